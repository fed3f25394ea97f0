/* What fires now, and what could be judged: for whoever asks between ticks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/engine.h"
#include "engine/slot.h"
#include "rule/alert.h"

#define GONE_SLOTS 2 /* a scrape may be late */

struct listed {
    struct finding *finding;
    const struct incident *group; /* NULL while pending */
    bool speaks;
};

struct listing {
    VEC(struct listed) rows;
};

static int order(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    enum severity worst_x = x->group ? x->group->peak : x->finding->severity, worst_y = y->group ? y->group->peak : y->finding->severity;
    if (!x->group != !y->group)
        return x->group ? -1 : 1;
    if (worst_x != worst_y)
        return worst_x > worst_y ? -1 : 1;
    if (x->group != y->group && x->group->onset_ms != y->group->onset_ms)
        return x->group->onset_ms < y->group->onset_ms ? -1 : 1;
    if (x->group != y->group)
        return strcmp(x->group->id, y->group->id);
    if (x->speaks != y->speaks)
        return x->speaks ? -1 : 1;
    if (x->finding->severity != y->finding->severity)
        return x->finding->severity > y->finding->severity ? -1 : 1;
    if (x->finding->onset_ms != y->finding->onset_ms)
        return x->finding->onset_ms < y->finding->onset_ms ? -1 : 1;
    return strcmp(x->finding->incident, y->finding->incident);
}

static void list(struct engine *e, struct watch *w, const struct instance *in, struct listing *out)
{
    struct finding *f = arena_alloc(&e->arena, sizeof(*f));
    diagnose(&w->evaluator, in, in->state == STATE_PENDING ? EFFECT_PENDING : EFFECT_FIRED, &e->arena, f);
    slot_place(w, in, &e->arena, f);
    vec_push(&out->rows, (struct listed){f, in->group, in->group && in->group->lead == in});
}

void engine_findings(struct engine *e, bool with_pending, void (*each)(void *context, const struct finding *f), void *context)
{
    struct listing out = {0};
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        for (size_t s = 0; s < e->rules->symptoms_len; s++) {
            for (size_t row = 0; row < w->states->symptoms[s].rows; row++) {
                const struct instance *in = w->states->symptoms[s].by_row[row];
                if (in && (instance_fires(in) || (with_pending && in->state == STATE_PENDING)))
                    list(e, w, in, &out);
            }
        }
    }
    if (out.rows.len)
        qsort(out.rows.items, out.rows.len, sizeof(*out.rows.items), order);
    for (size_t i = 0; i < out.rows.len; i++)
        each(context, out.rows.items[i].finding);
    vec_free(&out.rows);
}

bool engine_symptom_judged(struct engine *e, struct watch *w, const struct symptom *s)
{
    (void)e;
    if (s->alert)
        return w->cluster->health[s->alert->holds->index].health == HEALTH_OK; /* whole answers say of all alerts whether they hold */
    size_t rows = cluster_domain(w->cluster, s->kind)->rows;
    column_for_symptom(&w->evaluator, s);
    const double *when = rows ? column_of(&w->evaluator, s->when) : NULL;
    for (size_t row = 0; row < rows; row++)
        if (!isnan(when[row]))
            return true;
    return false;
}

bool engine_kind_vanished(const struct watch *w, const struct entity_kind *kind)
{
    const struct domain *d = cluster_domain(w->cluster, kind);
    int64_t newest_ms = 0, slot_ms = w->cluster->slot * w->cluster->interval_ms;
    if (kind->open) /* alerts end */
        return false;
    for (size_t row = 0; row < d->rows; row++)
        if (d->last_seen_ms[row] > newest_ms)
            newest_ms = d->last_seen_ms[row];
    return newest_ms > 0 && slot_ms - newest_ms > GONE_SLOTS * w->cluster->interval_ms;
}

void engine_judged(struct engine *e, struct judged *ret)
{
    *ret = (struct judged){0};
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        for (size_t s = 0; s < e->rules->symptoms_len; s++) {
            if (e->rules->symptoms[s]->disabled)
                continue;
            ret->symptoms++;
            ret->judged += engine_symptom_judged(e, w, e->rules->symptoms[s]);
        }
        for (size_t k = 0; k < e->rules->signals_len; k++) {
            const struct signal_health *h = &w->cluster->health[k];
            if (h->health != HEALTH_FAILED && h->health != HEALTH_PARTIAL)
                continue;
            ret->failed++;
            memcpy(ret->error, h->error, sizeof(ret->error));
        }
    }
}
