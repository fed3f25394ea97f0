#include "cli/coverage.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

bool signal_list_has(const struct signal_list *l, const struct signal *s)
{
    for (size_t i = 0; i < l->len; i++)
        if (l->items[i] == s)
            return true;
    return false;
}

void signal_list_add(struct signal_list *l, const struct signal *s)
{
    if (!signal_list_has(l, s))
        vec_push(l, s);
}

void signal_list_free(struct signal_list *l)
{
    vec_free(l);
}

void signals_read(const struct expr *e, struct signal_list *ret)
{
    if (e->signal && e->signal->derived)
        signals_read(e->signal->derived, ret);
    else if (e->signal)
        signal_list_add(ret, e->signal);
    for (size_t i = 0; i < e->args_len; i++)
        signals_read(e->args[i], ret);
}

static bool signal_known(const struct signal *s, const bool *has, struct signal_list *missing)
{
    if (s->derived)
        return can_be_known(s->derived, has, missing);
    if (!has[s->index] && missing)
        signal_list_add(missing, s);
    return has[s->index];
}

static bool either_known(const struct expr *e, const bool *has, struct signal_list *missing)
{
    AUTO(signal_list) struct signal_list left = {0};
    AUTO(signal_list) struct signal_list right = {0};
    if (can_be_known(e->args[0], has, &left) || can_be_known(e->args[1], has, &right))
        return true;
    const struct signal_list *shorter = right.len < left.len ? &right : &left;
    for (size_t i = 0; missing && i < shorter->len; i++)
        signal_list_add(missing, shorter->items[i]);
    return false;
}

bool can_be_known(const struct expr *e, const bool *has, struct signal_list *missing)
{
    if (e->op == EXPR_KNOWN)
        return true;
    if (e->op == EXPR_OR || e->op == EXPR_ELSE)
        return either_known(e, has, missing);
    bool known = !e->signal || signal_known(e->signal, has, missing);
    for (size_t i = 0; i < e->args_len; i++)
        known = can_be_known(e->args[i], has, missing) && known;
    return known;
}

static double seconds_of(const struct expr *e)
{
    return e->op == EXPR_NUMBER ? e->number : e->op == EXPR_PARAM ? e->param->value : NAN;
}

bool is_window_below(const struct expr *e, double seconds)
{
    return e->op == EXPR_WINDOW && seconds_of(e->args[0]) < seconds;
}

bool has_window_below(const struct expr *e, double seconds)
{
    bool below = is_window_below(e, seconds) || (e->signal && e->signal->derived && has_window_below(e->signal->derived, seconds));
    for (size_t i = 0; i < e->args_len; i++)
        below |= has_window_below(e->args[i], seconds);
    return below;
}
