#include "signal/alert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rule/alert.h"

void alerts_bind(struct cluster *c)
{
    for (size_t i = 0; i < c->rules->alerts_len; i++) {
        struct bounds *b = &c->bounds[c->rules->alerts[i]->holds->index];
        b->len = 0;
        vec_push(b, (struct bound){&c->rules->alerts[i]->binding, ""});
    }
}

void alerts_link(struct batch *b)
{
    struct map last = MAP_INIT; /* by signal: its latest answer, index + 1 */
    for (size_t i = 0; i < b->len; i++) {
        struct answer *a = &b->answers[i];
        if (!a->signal->alert)
            continue;
        bool fresh;
        void **slot = map_put(&last, a->signal->index, &fresh);
        if (!fresh) {
            b->answers[(uintptr_t)*slot - 1].twin = a;
            a->served = true;
        }
        *slot = (void *)(uintptr_t)(i + 1);
    }
    map_free(&last);
}

static bool names_cluster(const struct cluster *c, const struct prom_label *labels, size_t len)
{
    for (size_t i = 0; i < c->match.len; i++)
        if (strcmp(prom_label_value(labels, len, c->match.items[i].name), c->match.items[i].value) != 0)
            return false;
    return c->match.len > 0;
}

static const char *identity_of(struct answer *a, const struct prom_label *labels, size_t len)
{
    AUTO(arena) struct arena words = ARENA_INIT("labels");
    struct label_set set = {.len = 0};
    for (size_t i = 0; i < len; i++)
        if (strcmp(labels[i].name, "__name__") != 0)
            label_set_put(&set, labels[i].name, labels[i].value);
    alert_labels_add(a->signal->alert, &set, &words);
    return label_set_pack(&set, &a->cluster->values);
}

void alert_series(struct answer *first, const struct prom_label *labels, size_t len)
{
    struct answer *owner = first;
    for (struct answer *a = first; a; a = a->twin) {
        a->at = NULL;
        if (owner == first && names_cluster(a->cluster, labels, len))
            owner = a;
    }
    const char *identity = identity_of(owner, labels, len);
    answer_series_identity(owner, &identity);
}

void alert_ingest(struct cluster *c, const struct answer *a, size_t index, int64_t slot, int64_t slot_ms)
{
    const struct alert_rule *rule = a->signal->alert;
    struct domain *d = c->domains[rule->kind->id];
    struct window *holds = c->windows[rule->holds->index], *values = c->windows[rule->value->index];
    for (size_t i = 0; i < a->len; i++) {
        double v = a->series[i].values[index];
        if (is_absent(v))
            continue;
        size_t row = domain_add(d, a->series[i].identity, NULL);
        d->last_seen_ms[row] = slot_ms;
        window_set(holds, row, slot, 1);
        window_set(values, row, slot, v);
    }
    for (size_t row = 0; row < d->rows; row++) {
        if (row < holds->rows && window_get(holds, row, slot) == 1)
            continue;
        window_set(holds, row, slot, 0);
        window_set(values, row, slot, row < values->rows ? window_get(values, row, slot - 1) : NAN); /* what it was when it ended */
    }
}
