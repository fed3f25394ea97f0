/* Conditions that cannot be meant: what is always true or never, whatever the samples say. */
#include <math.h>
#include <string.h>

#include "rule/build.h"

#define BOUNDS_MAX 64

struct range { /* closed */
    double low, high;
};

static const struct range anything = {-INFINITY, INFINITY};

/* Queries made of growth alone never go below zero. */
static bool counts_upwards(const struct signal *s)
{
    static const char *const growing[] = {"rate(", "increase("}, *const signed_ones[] = {" - ", "deriv(", "delta("};
    for (size_t i = 0; i < s->bindings_len; i++) {
        bool grows = false;
        for (size_t j = 0; j < ARRAY_LEN(growing); j++)
            grows = grows || strstr(s->bindings[i].query, growing[j]);
        for (size_t j = 0; j < ARRAY_LEN(signed_ones); j++)
            grows = grows && !strstr(s->bindings[i].query, signed_ones[j]);
        if (!grows)
            return false;
    }
    return s->bindings_len > 0;
}

static struct range range_of(const struct expr *e);

static struct range range_of_window(const struct expr *e)
{
    struct range same = e->signal->derived ? range_of(e->signal->derived) : anything;
    if (!e->signal->derived && counts_upwards(e->signal))
        same.low = 0;
    switch (e->function->id) {
    case FN_HELD:
    case FN_COVERED:
        return (struct range){0, 1};
    case FN_HEADWAY:
        return (struct range){1, 6};
    case FN_CV:
    case FN_AGE:
    case FN_INCREASE:
    case FN_TIME_TO:
        return (struct range){0, INFINITY};
    case FN_AVG:
    case FN_MEDIAN:
    case FN_MIN:
    case FN_MAX:
    case FN_LAST:
    case FN_QUANTILE:
    case FN_BASELINE:
        return same;
    case FN_SUM:
        return (struct range){same.low >= 0 ? 0 : -INFINITY, INFINITY};
    default:
        return anything;
    }
}

static struct range range_of(const struct expr *e)
{
    struct range r = anything;
    double constant = expr_constant(e);
    if (!isnan(constant))
        return (struct range){constant, constant};
    switch (e->op) {
    case EXPR_SIGNAL:
    case EXPR_SEASONAL:
        if (e->signal->derived)
            return range_of(e->signal->derived);
        r.low = counts_upwards(e->signal) ? 0 : -INFINITY;
        return r;
    case EXPR_JOIN:
    case EXPR_NEG:
        r = range_of(e->args[0]);
        return e->op == EXPR_JOIN ? r : (struct range){-r.high, -r.low};
    case EXPR_ABS:
        return (struct range){0, INFINITY};
    case EXPR_SHARE:
        return (struct range){0, 1};
    case EXPR_REDUCE:
        if (e->reducer == REDUCE_COUNT) /* of none that is known it is unknown; so of numbers it is never 0 */
            return (struct range){e->args[0]->type == VALUE_NUMBER, INFINITY};
        r = range_of(e->args[0]);
        return e->reducer == REDUCE_SUM ? (struct range){r.low >= 0 ? 0 : -INFINITY, INFINITY} : r;
    case EXPR_WINDOW:
        return range_of_window(e);
    default:
        return r;
    }
}

/* Without constants that it is multiplied with or divided by. */
static const struct expr *without_factor(const struct expr *e)
{
    for (;;) {
        if ((e->op == EXPR_MUL || e->op == EXPR_DIV) && !isnan(expr_constant(e->args[1])))
            e = e->args[0];
        else if (e->op == EXPR_MUL && !isnan(expr_constant(e->args[0])))
            e = e->args[1];
        else
            return e;
    }
}

/* -1 can never hold, 1 always does, 0 depends. */
static int certainty(const struct expr *e)
{
    struct range a = range_of(e->args[0]), b = range_of(e->args[1]);
    switch (e->op) {
    case EXPR_LT:
        return a.high < b.low ? 1 : a.low >= b.high ? -1 : 0;
    case EXPR_LE:
        return a.high <= b.low ? 1 : a.low > b.high ? -1 : 0;
    case EXPR_GT:
        return a.low > b.high ? 1 : a.high <= b.low ? -1 : 0;
    case EXPR_GE:
        return a.low >= b.high ? 1 : a.high < b.low ? -1 : 0;
    case EXPR_EQ:
        return a.low > b.high || a.high < b.low ? -1 : 0;
    case EXPR_NE:
        return a.low > b.high || a.high < b.low ? 1 : 0;
    default:
        return 0;
    }
}

struct bound { /* what a conjunction asks of one node */
    const struct expr *of;
    double low, high;
    bool low_open, high_open;
    const struct expr *low_by, *high_by;
};

struct bounds {
    struct bound items[BOUNDS_MAX];
    size_t len;
};

static struct bound *bound_of(struct bounds *b, const struct expr *of)
{
    for (size_t i = 0; i < b->len; i++)
        if (b->items[i].of == of)
            return &b->items[i];
    if (b->len == BOUNDS_MAX)
        return NULL;
    b->items[b->len] = (struct bound){.of = of, .low = -INFINITY, .high = INFINITY};
    return &b->items[b->len++];
}

static void narrow(struct bound *b, enum expr_op op, double v, const struct expr *by)
{
    if ((op == EXPR_GT || op == EXPR_GE || op == EXPR_EQ) && v >= b->low) {
        b->low_open = op == EXPR_GT || (v == b->low && b->low_open);
        b->low = v;
        b->low_by = by;
    }
    if ((op == EXPR_LT || op == EXPR_LE || op == EXPR_EQ) && v <= b->high) {
        b->high_open = op == EXPR_LT || (v == b->high && b->high_open);
        b->high = v;
        b->high_by = by;
    }
}

static enum expr_op mirrored(enum expr_op op)
{
    static const enum expr_op mirror[EXPR_OP_COUNT] = {
        [EXPR_LT] = EXPR_GT, [EXPR_LE] = EXPR_GE, [EXPR_GT] = EXPR_LT, [EXPR_GE] = EXPR_LE, [EXPR_EQ] = EXPR_EQ, [EXPR_NE] = EXPR_NE};
    return mirror[op];
}

static void collect_bounds(struct lint *l, const struct expr *e, struct bounds *b)
{
    if (e->op == EXPR_AND || e->op == EXPR_JOIN) {
        for (size_t i = 0; i < e->args_len; i++)
            collect_bounds(l, e->args[i], b);
        return;
    }
    if (!expr_is_comparison(e))
        return;
    double left = expr_constant(e->args[0]), right = expr_constant(e->args[1]);
    if (isnan(left) == isnan(right))
        return;
    struct bound *bound = bound_of(b, isnan(left) ? e->args[0] : e->args[1]);
    if (!bound)
        return;
    narrow(bound, isnan(left) ? e->op : mirrored(e->op), isnan(left) ? right : left, e);
    if (bound->low > bound->high || (bound->low == bound->high && (bound->low_open || bound->high_open)))
        lint_report(l, CHECK_CONSTANT_CONDITION, e->place, "this can never hold: %s and %s", bound->low_by->text, bound->high_by->text);
}

static void judge_window(struct lint *l, const struct expr *e)
{
    if (!e->function->baseline)
        return;
    double length = expr_constant(e->args[0]), against = expr_constant(e->args[1 + PARAM_AGAINST]);
    if (length > against)
        lint_report(l, CHECK_WINDOW_AGAINST, e->place, "the window is longer than what it is held against (%g s, %g s): %s", length, against, e->text);
}

static bool is_counter(const struct signal *s)
{
    static const char *const growth[] = {"rate(", "increase(", "delta(", "deriv(", "changes(", "resets(", " offset ", " - "};
    for (size_t i = 0; i < s->bindings_len; i++) {
        bool grows = false, total = false;
        for (size_t j = 0; j < ARRAY_LEN(growth); j++)
            grows = grows || strstr(s->bindings[i].query, growth[j]);
        for (size_t j = 0; j < s->bindings[i].metrics_len; j++) {
            size_t len = strlen(s->bindings[i].metrics[j]);
            total = total || (len > 6 && strcmp(s->bindings[i].metrics[j] + len - 6, "_total") == 0);
        }
        if (total && !grows)
            return true;
    }
    return false;
}

/* A counter over a line stays over it: only its growth can be judged. */
static void judge_counter(struct lint *l, const struct expr *e)
{
    for (size_t i = 0; i < 2; i++) {
        const struct expr *side = e->args[i];
        while (side->op == EXPR_JOIN || (side->op == EXPR_REDUCE && side->reducer != REDUCE_COUNT))
            side = side->args[0];
        if (side->op == EXPR_SIGNAL && is_counter(side->signal) && !isnan(expr_constant(e->args[1 - i])) && expr_constant(e->args[1 - i]) != 0)
            lint_report(l, CHECK_COUNTER_LEVEL, e->place, "\"%s\" is a counter and never comes down again: judge its growth, increase(%s[5m])",
                        side->signal->name, side->signal->name);
    }
}

/* 30 is not 30 %: a measured share over 5 is a forgotten sign. */
static void judge_ratio(struct lint *l, const struct expr *e)
{
    for (size_t i = 0; i < 2; i++) {
        const struct expr *side = e->args[i], *other = e->args[1 - i];
        while (side->op == EXPR_JOIN || (side->op == EXPR_REDUCE && side->reducer != REDUCE_COUNT && side->reducer != REDUCE_SUM))
            side = side->args[0];
        bool measured = side->op == EXPR_SIGNAL || (side->op == EXPR_WINDOW && side->function->result == RESULT_SAME && side->function->id != FN_SUM);
        double bound = expr_constant(other);
        if (measured && side->type == VALUE_NUMBER && side->unit.len == 0 && !side->unit.any && other->unit.any && bound >= 5)
            lint_report(l, CHECK_RATIO_BOUND, e->place, "%s is a ratio, 1 is all of it: did you mean %g%%?", side->text, bound);
    }
}

/* Of things that one has and the others do not, a mean shows next to nothing. */
static void judge_mean(struct lint *l, const struct expr *e)
{
    for (size_t i = 0; i < 2; i++) {
        const struct expr *side = e->args[i];
        if (side->op == EXPR_REDUCE && side->reducer == REDUCE_AVG && side->args[0]->op == EXPR_SIGNAL && !side->args[0]->signal->derived &&
            unit_is_count(&side->unit) && !isnan(expr_constant(e->args[1 - i])))
            lint_report(l, CHECK_MEAN_OF_COUNTS, e->place, "a mean hides the one that has them: %s; take max() or sum()", e->text);
    }
}

static bool per_second(const struct unit *u)
{
    for (int i = 0; i < u->len; i++)
        if (strcmp(u->dims[i].name, "s") == 0 && u->dims[i].power == -1)
            return true;
    return false;
}

void lint_silence(struct lint *l, const struct expr *e)
{
    if (!e || (e->op != EXPR_EQ && e->op != EXPR_LE) || expr_constant(e->args[1]) != 0)
        return;
    const struct expr *side = e->args[0];
    while (side->op == EXPR_JOIN || side->op == EXPR_REDUCE)
        side = side->args[0];
    if ((side->op == EXPR_SIGNAL || side->op == EXPR_WINDOW) && per_second(&side->unit))
        lint_report(l, CHECK_QUIET_BY_NATURE, e->place, "this holds for whatever is quiet by nature, too: demand that it was not before, e.g. baseline(%s[5m]) > 0: %s",
                    side->signal->name, e->text);
}

static void judge_branches(struct lint *l, const struct expr *e)
{
    for (size_t i = 0; i < e->args_len; i++)
        if (e->op != EXPR_ELSE || i == 0 || isnan(expr_constant(e->args[i]))) /* "… else false" says what to take unknown for */
            lint_condition(l, e->args[i]);
    if (e->signal && e->signal->derived)
        lint_condition(l, e->signal->derived);
}

void lint_condition(struct lint *l, const struct expr *e)
{
    if (!e || l->seen[e->id])
        return;
    l->seen[e->id] = true;
    double constant = e->type == VALUE_TRUTH ? expr_constant(e) : NAN;
    if (!isnan(constant)) {
        lint_report(l, CHECK_CONSTANT_CONDITION, e->place, "this is always %s: %s", constant != 0 ? "true" : "false", e->text);
        return;
    }
    judge_branches(l, e);
    if (expr_is_comparison(e) && without_factor(e->args[0]) == without_factor(e->args[1]) && isnan(expr_constant(e->args[0])))
        lint_report(l, CHECK_CONSTANT_CONDITION, e->place, "this compares something with itself: %s", e->text);
    else if (expr_is_comparison(e) && certainty(e))
        lint_report(l, CHECK_CONSTANT_CONDITION, e->place,
                    certainty(e) > 0 ? "this always holds where it is known (then write known(…)): %s" : "this can never hold: %s", e->text);
    if (expr_is_comparison(e)) {
        judge_counter(l, e);
        judge_ratio(l, e);
        judge_mean(l, e);
    }
    if (e->op == EXPR_WINDOW)
        judge_window(l, e);
    if (e->op == EXPR_AND) {
        struct bounds b = {.len = 0};
        collect_bounds(l, e, &b);
    }
}
