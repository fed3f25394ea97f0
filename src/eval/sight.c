#include "eval/sight.h"

#include <math.h>
#include <string.h>

static size_t index_of(struct sight *s, const struct signal *signal)
{
    size_t i = 0;
    while (i < s->len && s->signals[i] != signal)
        i++;
    if (i == s->len && i < SIGHT_SIGNALS_MAX)
        s->signals[s->len++] = signal;
    return i;
}

static uint64_t signals_of(struct sight *s, const struct expr *e)
{
    uint64_t mask = 0;
    if (e->signal && e->op != EXPR_BEFORE) {
        size_t i = index_of(s, e->signal);
        mask |= i < SIGHT_SIGNALS_MAX ? UINT64_C(1) << i : 0;
    }
    for (size_t k = 0; k < e->args_len; k++)
        mask |= signals_of(s, e->args[k]);
    return mask;
}

void sight_begin(struct sight *s, struct evaluator *ev, const struct symptom *symptom)
{
    *s = (struct sight){.ev = ev, .symptom = symptom};
    signals_of(s, symptom->when); /* the order of bits must not depend on what holds */
}

/* Of a condition that holds, what made it hold: all sides of an `and`, the true ones of an `or`; what must not be, was not, and tells nothing. */
static uint64_t held_by(struct sight *s, const struct expr *e, size_t row)
{
    uint64_t mask = 0;
    if (e->op == EXPR_NOT || column_at(s->ev, e, row) != 1)
        return 0;
    if (e->op == EXPR_ELSE)
        return held_by(s, e->args[isnan(column_at(s->ev, e->args[0], row)) ? 1 : 0], row);
    if (e->op != EXPR_AND && e->op != EXPR_OR)
        return signals_of(s, e);
    for (size_t k = 0; k < e->args_len; k++)
        mask |= held_by(s, e->args[k], row);
    return mask;
}

static const struct window *window_of(const struct sight *s, size_t at)
{
    return s->ev->cluster->windows[s->signals[at]->index];
}

static bool known(const struct window *w, size_t row, int64_t slot)
{
    return row < w->rows && !isnan(window_get(w, row, slot));
}

/* By group of the join: some entity of the signal's kind has a value now. */
static bool *known_groups(struct sight *s, size_t at, const struct join *j)
{
    if (s->known[at])
        return s->known[at];
    bool *groups = s->known[at] = arena_array(s->ev->arena, j->groups + 1, sizeof(*groups));
    for (size_t row = 0; row < j->right_rows; row++)
        if (j->right_group[row] != NO_ROW && known(window_of(s, at), row, s->ev->slot))
            groups[j->right_group[row]] = true;
    return groups;
}

static bool known_now(struct sight *s, size_t at, size_t row)
{
    const struct entity_kind *kind = s->signals[at]->kind;
    if (kind == s->symptom->kind)
        return known(window_of(s, at), row, s->ev->slot);
    const struct join *j = cluster_join(s->ev->cluster, s->symptom->kind, kind);
    size_t group = row < j->left_rows ? j->left_group[row] : NO_ROW;
    return group == NO_ROW || known_groups(s, at, j)[group];
}

/*
 * What is known now is noted when it makes the condition hold, and no longer when it does not. What is not known now cannot make it hold (of `a else b` one may never
 * have been there, a window remembers what is lost): there it stays as it was.
 */
void sight_note(struct sight *s, struct instance *i)
{
    uint64_t before = i->state == STATE_PENDING || instance_fires(i) ? i->held_by : 0;
    uint64_t now = held_by(s, s->symptom->when, i->row);
    i->held_by = 0;
    for (size_t at = 0; at < s->len; at++) {
        uint64_t bit = UINT64_C(1) << at;
        if ((before | now) & bit)
            i->held_by |= (known_now(s, at, i->row) ? now : before) & bit;
    }
}

bool sight_lost(struct sight *s, const struct instance *i)
{
    for (size_t at = 0; at < s->len; at++)
        if ((i->held_by >> at & 1) && !known_now(s, at, i->row))
            return true;
    return false;
}

size_t sight_names(const struct instance *i, const char *ret[SIGHT_SIGNALS_MAX])
{
    struct sight s;
    size_t len = 0;
    sight_begin(&s, NULL, i->symptom);
    for (size_t at = 0; at < s.len; at++)
        if (i->held_by >> at & 1)
            ret[len++] = s.signals[at]->name;
    return len;
}

void sight_restore(struct instance *i, const char *name)
{
    struct sight s;
    sight_begin(&s, NULL, i->symptom);
    for (size_t at = 0; at < s.len; at++)
        if (strcmp(s.signals[at]->name, name) == 0)
            i->held_by |= UINT64_C(1) << at;
}
