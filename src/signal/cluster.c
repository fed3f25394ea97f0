#include "signal/cluster.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rule/function.h"
#include "signal/alert.h"

#define WINDOW_SLOTS_MAX 20000

static size_t window_slots(const struct signal *s, int64_t interval_ms)
{
    int64_t least = s->window_ms ? (WINDOW_LEAST_MAX - 1) * CLUSTER_GRAIN_MAX_MS / interval_ms : 0;
    int64_t slots = (s->window_ms / interval_ms > least ? s->window_ms / interval_ms : least) + 1 + WINDOW_LEAST_MAX;
    return slots > WINDOW_SLOTS_MAX ? WINDOW_SLOTS_MAX : (size_t)slots;
}

struct cluster *cluster_new(const struct ruleset *rules, const char *name, int64_t interval_ms)
{
    struct cluster *c = xcalloc(1, sizeof(*c));
    size_t kinds = rules->kinds_len, signals = rules->signals_len;
    int64_t longest = 0;
    c->rules = rules;
    c->interval_ms = c->grain_ms = interval_ms;
    c->slot = INT64_MIN;
    c->name = intern_str(&c->values, name);
    c->domains = xcalloc(kinds, sizeof(*c->domains));
    c->disturbed = xcalloc(kinds, sizeof(*c->disturbed));
    c->joins = xcalloc(kinds * kinds, sizeof(*c->joins));
    c->windows = xcalloc(signals + 1, sizeof(*c->windows));
    c->seasons = xcalloc(signals + 1, sizeof(*c->seasons));
    c->bounds = xcalloc(signals + 1, sizeof(*c->bounds));
    c->health = xcalloc(signals + 1, sizeof(*c->health));
    for (size_t i = 0; i < signals; i++) {
        c->windows[i] = window_new(window_slots(rules->signals[i], interval_ms));
        c->seasons[i] = rules->signals[i]->seasonal ? season_new(rules->signals[i], interval_ms) : NULL;
        if (rules->signals[i]->window_ms > longest)
            longest = rules->signals[i]->window_ms;
    }
    for (size_t i = 0; i < kinds; i++) {
        c->domains[i] = domain_new(rules->kinds[i]);
        c->disturbed[i] = window_new((size_t)(longest / interval_ms) + 2);
        if (rules->kinds[i]->identity_len == 0)
            domain_add(c->domains[i], NULL, NULL);
    }
    return c;
}

void cluster_free(struct cluster *c)
{
    if (!c)
        return;
    size_t kinds = c->rules->kinds_len;
    for (size_t i = 0; i < kinds * kinds; i++)
        join_free(c->joins[i]);
    for (size_t i = 0; i < kinds; i++) {
        domain_free(c->domains[i]);
        window_free(c->disturbed[i]);
    }
    for (size_t i = 0; i < c->rules->signals_len; i++) {
        window_free(c->windows[i]);
        season_free(c->seasons[i]);
        free(c->bounds[i].items);
    }
    free(c->domains);
    free(c->disturbed);
    free(c->joins);
    free(c->windows);
    free(c->seasons);
    free(c->bounds);
    free(c->health);
    intern_free(&c->values);
    free(c);
}

struct domain *cluster_domain(const struct cluster *c, const struct entity_kind *kind)
{
    return c->domains[kind->id];
}

const struct join *cluster_join(struct cluster *c, const struct entity_kind *left, const struct entity_kind *right)
{
    struct join **j = &c->joins[left->id * c->rules->kinds_len + right->id];
    if (!*j)
        *j = join_new(c->domains[left->id], c->domains[right->id]);
    join_refresh(*j);
    return *j;
}

/* `failed` is an answer that was not whole, NULL when one was. */
static void note_health(struct cluster *c, const struct signal *s, const struct answer *failed, int64_t slot)
{
    struct signal_health *h = &c->health[s->index];
    if (!failed) {
        h->health = HEALTH_OK;
        h->failing_since = 0;
        return;
    }
    h->health = failed->state == ANSWER_PARTIAL ? HEALTH_PARTIAL : HEALTH_FAILED;
    if (!h->failing_since)
        h->failing_since = slot;
    snprintf(h->error, sizeof(h->error), "%.*s", (int)sizeof(h->error) - 1, failed->error.text);
}

/* An entity known a slot ago that a whole answer lacks: zero where the signal says so. */
static void fill_vanished(const struct cluster *c, const struct signal *s, int64_t slot)
{
    struct window *w = c->windows[s->index];
    for (size_t row = 0; row < w->rows; row++)
        if (isnan(window_get(w, row, slot)) && !isnan(window_get(w, row, slot - 1)))
            window_set(w, row, slot, 0);
}

static void ingest_answer(struct cluster *c, const struct answer *a, size_t index, int64_t slot, int64_t slot_ms)
{
    struct domain *d = c->domains[a->signal->kind->id];
    struct window *w = c->windows[a->signal->index];
    for (size_t i = 0; i < a->len; i++) {
        double v = a->series[i].values[index];
        if (is_absent(v))
            continue;
        bool follows = a->signal->follows && d->made;
        size_t row = follows ? domain_find(d, a->series[i].identity) : domain_add(d, a->series[i].identity, NULL);
        if (row == NO_ROW)
            continue;
        d->last_seen_ms[row] = slot_ms;
        d->made |= !a->signal->follows;
        if (isnan(window_get(w, row, slot))) /* an earlier binding comes first */
            window_set(w, row, slot, v);
    }
}

static bool matches(const struct domain *d, size_t row, const struct label_match *m, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *value = domain_label(d, row, m[i].label);
        if (!value || !regex_matches(m[i].regex, value))
            return false;
    }
    return true;
}

/* What the configuration states holds for every matching entity that exists; of several that match the last. */
static void ingest_facts(struct cluster *c, int64_t slot)
{
    for (size_t i = 0; i < c->rules->facts_len; i++) {
        const struct fact *f = &c->rules->facts[i];
        const struct domain *d = c->domains[f->signal->kind->id];
        for (size_t row = 0; row < d->rows; row++)
            if (matches(d, row, f->match, f->match_len))
                window_set(c->windows[f->signal->index], row, slot, f->value);
    }
}

/* The answers of one signal, which stand together from `first` on. Returns where the next signal's begin. */
static size_t ingest_signal(struct cluster *c, const struct batch *batch, size_t first, size_t index)
{
    int64_t slot_ms = batch->from_ms + (int64_t)index * batch->step_ms;
    const struct signal *s = batch->answers[first].signal;
    const struct answer *failed = NULL;
    size_t i = first, whole = 0;
    for (; i < batch->len && batch->answers[i].signal == s && batch->answers[i].cluster == c; i++) {
        const struct answer *a = &batch->answers[i];
        if (a->state != ANSWER_OK) {
            failed = a;
            continue;
        }
        if (s->alert)
            alert_ingest(c, a, index, c->slot, slot_ms);
        else
            ingest_answer(c, a, index, c->slot, slot_ms);
        whole++;
    }
    note_health(c, s, whole ? NULL : failed, c->slot);
    if (!failed && s->vanishes == VANISH_ZERO) /* only who was asked by every binding is known to be gone */
        fill_vanished(c, s, c->slot);
    return i;
}

/* Those that make entities come before those that tell of them. */
static void ingest_signals(struct cluster *c, const struct batch *batch, size_t index, bool follow)
{
    for (size_t i = 0; i < batch->len;)
        i = batch->answers[i].cluster == c && batch->answers[i].signal->follows == follow ? ingest_signal(c, batch, i, index) : i + 1;
}

void cluster_ingest(struct cluster *c, const struct batch *batch, size_t index)
{
    c->slot = (batch->from_ms + (int64_t)index * batch->step_ms) / c->interval_ms;
    for (size_t i = 0; i < c->rules->signals_len; i++)
        window_advance(c->windows[i], c->slot);
    ingest_signals(c, batch, index, false);
    ingest_signals(c, batch, index, true);
    cluster_derive(c);
    ingest_facts(c, c->slot);
}

struct keeping {
    bool (*keep)(void *context, const struct entity_kind *kind, size_t row);
    void *context;
    const struct entity_kind *kind;
};

static bool keep_row(void *context, size_t row)
{
    const struct keeping *k = context;
    return k->keep && k->keep(k->context, k->kind, row);
}

void cluster_compact(struct cluster *c, int64_t before_ms, bool (*keep)(void *context, const struct entity_kind *kind, size_t row),
                     void (*on_moved)(void *context, const struct entity_kind *kind, const size_t *moved, size_t old_rows), void *context)
{
    for (size_t k = 0; k < c->rules->kinds_len; k++) {
        struct domain *d = c->domains[k];
        struct keeping keeping = {keep, context, d->kind};
        size_t old_rows = d->rows, *moved = NULL;
        if (d->kind->identity_len == 0 || domain_compact(d, before_ms, keep_row, &keeping, &moved) == 0)
            continue;
        for (size_t i = 0; i < c->rules->signals_len; i++)
            if (c->rules->signals[i]->kind == d->kind)
                window_move(c->windows[i], moved, old_rows, d->rows);
        window_move(c->disturbed[k], moved, old_rows, d->rows);
        if (on_moved)
            on_moved(context, d->kind, moved, old_rows);
        free(moved);
    }
}

size_t cluster_unbound(const struct cluster *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->rules->signals_len; i++)
        n += c->rules->signals[i]->used && c->rules->signals[i]->bindings_len && !c->bounds[i].len;
    return n;
}
