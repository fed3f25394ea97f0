#include "signal/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "signal/alert.h"

/* A quiet NaN with a payload of its own: arithmetic treats it as unknown, is_absent() knows it. */
#define ABSENT_BITS UINT64_C(0x7ff8000000000abc)

const double ABSENT = __builtin_nan("0xabc");

bool is_absent(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof(bits));
    return bits == ABSENT_BITS;
}

void batch_init(struct batch *b, int64_t from_ms, int64_t step_ms, size_t slots, int64_t rate_ms)
{
    *b = (struct batch){.from_ms = from_ms, .step_ms = step_ms, .tolerance_ms = step_ms / 2, .slots = slots, .rate_ms = rate_ms};
}

void batch_plan_signal(struct batch *b, struct cluster *c, const struct signal *s)
{
    const struct bounds *bounds = &c->bounds[s->index];
    for (size_t k = 0; k < bounds->len; k++) {
        if (b->len == b->cap) {
            b->cap = b->cap ? 2 * b->cap : 64;
            b->answers = xrealloc(b->answers, b->cap, sizeof(*b->answers));
        }
        b->answers[b->len++] = (struct answer){
            .batch = b,
            .cluster = c,
            .signal = s,
            .binding = bounds->items[k].binding,
            .matchers = bounds->items[k].matchers,
        };
    }
}

void batch_plan(struct batch *b, struct cluster *c, bool all)
{
    for (size_t i = 0; i < c->rules->signals_len; i++) {
        const struct signal *s = c->rules->signals[i];
        if ((!s->used && !all) || (s->alert && b->no_alerts))
            continue;
        batch_plan_signal(b, c, s);
    }
}

static void answer_clear(struct answer *a);

static void overlay(struct answer *onto, const struct series *s, size_t slots)
{
    answer_series_identity(onto, s->identity);
    for (size_t i = 0; i < slots; i++)
        if (isnan(onto->at->values[i]) && !is_absent(s->values[i]))
            onto->at->values[i] = s->values[i];
}

void batch_merge(struct batch *b)
{
    struct answer *first = NULL;
    for (size_t i = 0; i < b->len; i++) {
        struct answer *a = &b->answers[i];
        if (a->state != ANSWER_OK)
            continue;
        if (!first || first->signal != a->signal || first->cluster != a->cluster) {
            first = a;
            continue;
        }
        for (size_t k = 0; k < a->len; k++)
            overlay(first, &a->series[k], b->slots);
        answer_clear(a);
    }
}

static void answer_clear(struct answer *a)
{
    for (size_t i = 0; i < a->len; i++)
        free(a->series[i].values);
    free(a->series);
    map_free(&a->index);
    a->series = NULL;
    a->at = NULL;
    a->len = a->cap = 0;
}

void batch_free(struct batch *b)
{
    for (size_t i = 0; i < b->len; i++)
        answer_clear(&b->answers[i]);
    free(b->answers);
    *b = (struct batch){0};
}

void answer_series_identity(struct answer *a, const char *const *identity)
{
    const struct entity_kind *kind = a->signal->kind;
    uint64_t hash = HASH_INIT;
    for (size_t i = 0; i < kind->identity_len; i++)
        hash = hash_bytes(hash, &identity[i], sizeof(identity[i])); /* interned: the address is the text */
    bool fresh;
    void **slot = map_put(&a->index, hash, &fresh);
    while (!fresh && memcmp(a->series[(size_t)*slot - 1].identity, identity, kind->identity_len * sizeof(*identity)) != 0)
        slot = map_put(&a->index, ++hash, &fresh);
    if (!fresh) {
        a->at = &a->series[(size_t)*slot - 1];
        a->duplicates++;
        return;
    }
    if (a->len == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 16;
        a->series = xrealloc(a->series, a->cap, sizeof(*a->series));
    }
    struct series *s = &a->series[a->len++];
    *slot = (void *)a->len; /* NOLINT: an index in a pointer-sized value */
    memcpy(s->identity, identity, kind->identity_len * sizeof(*identity));
    s->values = xmalloc(a->batch->slots * sizeof(*s->values));
    for (size_t i = 0; i < a->batch->slots; i++)
        s->values[i] = ABSENT;
    a->at = s;
}

bool label_by_rules(const struct label_rule *rules, size_t rules_len, const char *to, const struct prom_label *labels, size_t len, const char **ret, size_t *ret_len)
{
    for (size_t i = 0; i < rules_len; i++) {
        for (size_t k = 0; strcmp(rules[i].to, to) == 0 && k < rules[i].from_len; k++) {
            const char *value = prom_label_value(labels, len, rules[i].from[k]);
            *ret = value;
            *ret_len = strlen(value);
            if (*ret_len && (!rules[i].pattern || regex_capture(rules[i].pattern, value, ret, ret_len)) && *ret_len)
                return true;
        }
    }
    return false;
}

static const char *by_rule(const struct label_rule *rules, size_t rules_len, const char *to, const struct prom_label *labels, size_t len,
                           struct intern *values)
{
    const char *start;
    size_t part;
    return label_by_rules(rules, rules_len, to, labels, len, &start, &part) ? intern_strn(values, start, part) : NULL;
}

/* The binding's own renames first, then the ruleset's, else a label that already has our name. */
static const char *identity_value(const struct answer *a, const char *label, const struct prom_label *labels, size_t len)
{
    struct intern *values = &a->cluster->values;
    const struct ruleset *rules = a->cluster->rules;
    const char *value = a->binding ? by_rule(a->binding->labels, a->binding->labels_len, label, labels, len, values) : NULL;
    if (!value)
        value = by_rule(rules->labels, rules->labels_len, label, labels, len, values);
    if (!value) {
        const char *same = prom_label_value(labels, len, label);
        value = *same ? intern_str(values, same) : NULL;
    }
    return value;
}

void answer_series(struct answer *a, const struct prom_label *labels, size_t len)
{
    const char *identity[ENTITY_LABELS_MAX];
    const struct entity_kind *kind = a->signal->kind;
    if (a->signal->alert) {
        alert_series(a, labels, len);
        return;
    }
    for (size_t i = 0; i < kind->identity_len; i++) {
        identity[i] = identity_value(a, kind->labels[i], labels, len);
        if (!identity[i]) {
            a->unmapped++;
            a->at = NULL;
            return;
        }
    }
    answer_series_identity(a, identity);
}

static double judged(const struct answer *a, double raw)
{
    if (a->signal->alert)
        return isnan(raw) ? NAN : raw; /* holds, whatever the value */
    if (isfinite(raw))
        return raw * (a->binding ? a->binding->scale : 1);
    switch (a->signal->nan) {
    case NAN_ZERO:
        return 0;
    case NAN_INFINITE:
        return INFINITY;
    case NAN_UNKNOWN:
        break;
    }
    return NAN;
}

void answer_sample(struct answer *a, int64_t time_ms, double value)
{
    const struct batch *b = a->batch;
    int64_t index = (time_ms - b->from_ms + b->step_ms / 2) / b->step_ms;
    if (!a->at || time_ms < b->from_ms - b->step_ms / 2 || index < 0 || (size_t)index >= b->slots || llabs(time_ms - b->from_ms - index * b->step_ms) > b->tolerance_ms)
        return;
    if (is_absent(a->at->values[index])) /* a second series of the same entity does not overwrite the first */
        a->at->values[index] = judged(a, value);
}

void answer_done(struct answer *a, enum answer_state state, const struct error *err)
{
    a->state = state;
    if (err)
        a->error = *err;
    if (state != ANSWER_OK) /* a sum over half the series is no sum */
        answer_clear(a);
    struct batch *b = a->batch;
    if (b->on_answer)
        b->on_answer(b->context, ++b->ended, b->len);
}
