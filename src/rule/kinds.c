/* What kinds of entities an expression speaks of: decides over which rows a reducer's inner expression lives, and where a window's samples are kept.
 */
#include <string.h>

#include "rule/build.h"

static const struct {
    const char *name;
    enum reducer reducer;
} reducers[] = {
    {"any", REDUCE_ANY}, {"all", REDUCE_ALL}, {"count", REDUCE_COUNT}, {"sum", REDUCE_SUM},
    {"max", REDUCE_MAX}, {"min", REDUCE_MIN}, {"avg", REDUCE_AVG},
};

bool is_reducer(const char *name, enum reducer *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(reducers); i++) {
        if (strcmp(reducers[i].name, name) != 0)
            continue;
        *ret = reducers[i].reducer;
        return true;
    }
    return false;
}

static size_t positional(const struct syntax *x)
{
    size_t n = 0;
    while (n < x->args_len && !x->arg_names[n])
        n++;
    return n;
}

bool call_is_window(const struct syntax *x)
{
    enum reducer r;
    if (x->type != SYNTAX_CALL || !window_function_find(x->name))
        return false;
    /* sum avg min max are reducers too: only a window makes them functions of time */
    return !is_reducer(x->name, &r) || (x->args_len > 0 && x->args[0]->type == SYNTAX_WINDOW);
}

bool call_is_reducer(const struct syntax *x, enum reducer *ret)
{
    return x->type == SYNTAX_CALL && is_reducer(x->name, ret) && !call_is_window(x) && positional(x) < 2;
}

void kinds_add(struct kinds *k, const struct entity_kind *kind, const struct syntax *by)
{
    for (size_t i = 0; i < k->len; i++)
        if (k->items[i].kind == kind)
            return;
    if (k->len == KINDS_MAX)
        return; /* they cannot form a chain any more: the first sixteen tell it */
    k->items[k->len].kind = kind;
    k->items[k->len++].by = by;
}

static void collect_param(struct check *c, const struct syntax *x, struct kinds *ret)
{
    /* A parameter is the same everywhere unless an override singles out rows of the rule's own kind. */
    const struct param *p = scope_param(c->scope, x->name);
    for (size_t i = 0; p && i < c->build->overrides.len; i++)
        if (c->build->overrides.items[i].param == p && c->build->overrides.items[i].match_len)
            kinds_add(ret, c->scope->kind, x);
}

static void collect_name(struct check *c, const struct syntax *x, struct kinds *ret)
{
    const struct signal *s = scope_let(c->scope, x->name) ? NULL : ruleset_signal(c->rules, x->name);
    if (s)
        kinds_add(ret, s->kind, x);
    else if (scope_let(c->scope, x->name))
        kinds_add(ret, c->scope->kind, x);
}

void kinds_collect(struct check *c, const struct syntax *x, struct kinds *ret)
{
    enum reducer reducer;
    if (x->type == SYNTAX_NAME)
        collect_name(c, x, ret);
    if (x->type == SYNTAX_PARAM)
        collect_param(c, x, ret);
    if (call_is_reducer(x, &reducer) || (x->type == SYNTAX_CALL && (strcmp(x->name, "firing") == 0 || strcmp(x->name, "before") == 0))) {
        ret->contextual = true;
        return;
    }
    for (size_t i = 0; i < x->args_len; i++)
        kinds_collect(c, x->args[i], ret);
}

const struct entity_kind *kinds_finest(const struct kinds *k, size_t *ret_a, size_t *ret_b)
{
    size_t best = 0;
    for (size_t i = 1; i < k->len; i++)
        if (entity_kind_covers(k->items[i].kind, k->items[best].kind) && !entity_kind_covers(k->items[best].kind, k->items[i].kind))
            best = i;
    for (size_t i = 0; i < k->len; i++) {
        if (entity_kind_covers(k->items[best].kind, k->items[i].kind))
            continue;
        *ret_a = best;
        *ret_b = i;
        return NULL;
    }
    return k->len ? k->items[best].kind : NULL;
}
