#include "eval/column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "eval/state.h"
#include "rule/function.h"

#define BEFORE_GAP_MS 60000
#define BEFORE_SPAN_MS 120000

static size_t rows_of(const struct evaluator *ev, const struct entity_kind *kind)
{
    return cluster_domain(ev->cluster, kind)->rows;
}

static double *new_column(struct evaluator *ev, size_t rows)
{
    return arena_array_raw(ev->arena, rows + 1, sizeof(double));
}

/* ---- values that come from somewhere ---- */

static void op_number(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    (void)ev;
    for (size_t i = 0; i < rows; i++)
        out[i] = e->number;
}

static bool row_matches(const struct domain *d, size_t row, const struct label_match *m, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t label = entity_kind_label(d->kind, m[i].label);
        const char *value = label == NO_ROW ? NULL : domain_value(d, row, label);
        if (!value || !regex_matches(m[i].regex, value))
            return false;
    }
    return true;
}

static void op_param(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const struct ruleset *r = ev->cluster->rules;
    const struct domain *d = cluster_domain(ev->cluster, e->kind);
    for (size_t i = 0; i < rows; i++)
        out[i] = e->param->value;
    for (size_t k = 0; k < r->param_overrides_len; k++) {
        const struct param_override *o = &r->param_overrides[k];
        for (size_t i = 0; o->param == e->param && i < rows; i++)
            if (row_matches(d, i, o->match, o->match_len))
                out[i] = o->value;
    }
}

static void op_signal(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const struct window *w = ev->cluster->windows[e->signal->index];
    for (size_t i = 0; i < rows; i++)
        out[i] = window_get(w, i, ev->slot);
}

static void op_firing(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const struct join *j = cluster_join(ev->cluster, e->kind, e->symptom->kind);
    double *any = new_column(ev, j->groups);
    memset(any, 0, (j->groups + 1) * sizeof(*any));
    for (size_t i = 0; i < j->right_rows; i++) {
        const struct instance *in = ev->states ? states_at(ev->states, e->symptom, i) : NULL;
        if (in && instance_fires(in) && j->right_group[i] != NO_ROW)
            any[j->right_group[i]] = 1;
    }
    for (size_t i = 0; i < rows; i++)
        out[i] = j->left_group[i] == NO_ROW ? NAN : any[j->left_group[i]];
}

/* ---- arithmetic, comparison, logic: row by row ---- */

#define UNARY(name, formula)                                                                                                                       \
    static void op_##name(struct evaluator *ev, const struct expr *e, double *out, size_t rows)                                                    \
    {                                                                                                                                              \
        const double *x = column_of(ev, e->args[0]);                                                                                               \
        for (size_t i = 0; i < rows; i++)                                                                                                          \
            out[i] = (formula);                                                                                                                    \
    }
#define BINARY(name, formula)                                                                                                                      \
    static void op_##name(struct evaluator *ev, const struct expr *e, double *out, size_t rows)                                                    \
    {                                                                                                                                              \
        const double *x = column_of(ev, e->args[0]), *y = column_of(ev, e->args[1]);                                                               \
        for (size_t i = 0; i < rows; i++)                                                                                                          \
            out[i] = (formula);                                                                                                                    \
    }
#define COMPARE(name, op) BINARY(name, isnan(x[i]) || isnan(y[i]) ? NAN : (double)(x[i] op y[i]))

UNARY(neg, -x[i])
UNARY(not, isnan(x[i]) ? NAN : (double)(x[i] == 0))
UNARY(abs, fabs(x[i]))
UNARY(known, (double)!isnan(x[i]))
BINARY(add, x[i] + y[i])
BINARY(sub, x[i] - y[i])
BINARY(mul, x[i] * y[i])
BINARY(div, x[i] / y[i])
COMPARE(lt, <)
COMPARE(le, <=)
COMPARE(gt, >)
COMPARE(ge, >=)
COMPARE(eq, ==)
COMPARE(ne, !=)
BINARY(min2, isnan(x[i]) || isnan(y[i]) ? NAN : x[i] < y[i] ? x[i] : y[i])
BINARY(max2, isnan(x[i]) || isnan(y[i]) ? NAN : x[i] > y[i] ? x[i] : y[i])

/* ---- logic: where one side decides in every row, the other is not worked out; the cheaper side goes first ---- */

static bool all_are(const double *x, size_t rows, double v)
{
    size_t i = 0;
    while (i < rows && x[i] == v)
        i++;
    return i == rows;
}

/* `decides`: 0 for and, 1 for or. Kleene's, whichever side goes first. */
static void op_logic(struct evaluator *ev, const struct expr *e, double *out, size_t rows, double decides)
{
    bool turned = ev->cost[e->args[1]->id] < ev->cost[e->args[0]->id];
    const double *x = column_of(ev, e->args[turned]);
    if (all_are(x, rows, decides)) {
        memcpy(out, x, rows * sizeof(*out));
        return;
    }
    const double *y = column_of(ev, e->args[!turned]);
    for (size_t i = 0; i < rows; i++)
        out[i] = x[i] == decides || y[i] == decides ? decides : isnan(x[i]) || isnan(y[i]) ? NAN : 1 - decides;
}

static void op_and(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    op_logic(ev, e, out, rows, 0);
}

static void op_or(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    op_logic(ev, e, out, rows, 1);
}

static void op_else(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const double *x = column_of(ev, e->args[0]), *y = NULL;
    for (size_t i = 0; i < rows; i++) {
        if (isnan(x[i]) && !y)
            y = column_of(ev, e->args[1]);
        out[i] = isnan(x[i]) ? y[i] : x[i];
    }
}

/* ---- windows ---- */

static double *span(struct evaluator *ev, size_t len)
{
    if (len > ev->span_cap) {
        ev->span_cap = len + len / 2;
        ev->span = xrealloc(ev->span, ev->span_cap, sizeof(*ev->span));
    }
    return ev->span;
}

static size_t slots_of(const struct evaluator *ev, double seconds, size_t least)
{
    double interval_ms = (double)ev->cluster->interval_ms, slots = ceil(seconds * 1000 / interval_ms - 1e-9);
    if (least > 1) /* so many scrapes, where they are further apart than slots: one value seen four times is no level either */
        least = 1 + (size_t)ceil((double)(least - 1) * (double)ev->cluster->grain_ms / interval_ms);
    return !(slots >= (double)least) ? least : slots > 100000 ? 100000 : (size_t)slots;
}

/*
 * The newest `want` slots before `before` in which nothing of a related entity was disturbed, into out[0..want) oldest first; slots that are not found
 * in `BASELINE_LOOK_BACK * want` are gaps.
 */
static void undisturbed(const struct evaluator *ev, const struct expr *e, size_t row, int64_t before, size_t want, double *out)
{
    const struct window *w = ev->cluster->windows[e->signal->index];
    const struct window *marks = ev->cluster->disturbed[e->kind->id];
    size_t at = want;
    window_copy(marks, row, before - (int64_t)want + 1, before, out);
    while (at > 0 && !(out[at - 1] == 1))
        at--;
    if (at == 0) { /* nothing was: nearly always */
        window_copy(w, row, before - (int64_t)want + 1, before, out);
        return;
    }
    at = want;
    for (int64_t slot = before; at > 0 && slot > before - (int64_t)(BASELINE_LOOK_BACK * want); slot--)
        if (!(window_get(marks, row, slot) == 1))
            out[--at] = window_get(w, row, slot);
    while (at > 0)
        out[--at] = NAN;
}

static void op_window(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const struct window *w = ev->cluster->windows[e->signal->index];
    const double *args[1 + FUNCTION_PARAMS_MAX];
    size_t series = window_function_series(e->function);
    const struct window *beside = series == SIZE_MAX ? NULL : ev->cluster->windows[e->args[1 + series]->signal->index];
    for (size_t k = 0; k < e->args_len; k++)
        args[k] = column_of(ev, e->args[k]);
    for (size_t row = 0; row < rows; row++) {
        double params[FUNCTION_PARAMS_MAX];
        for (size_t k = 1; k < e->args_len; k++)
            params[k - 1] = args[k][row];
        if (isnan(args[0][row])) {
            out[row] = NAN;
            continue;
        }
        size_t len = slots_of(ev, args[0][row], e->function->least), against = e->function->baseline ? slots_of(ev, params[PARAM_AGAINST], 1) : 0;
        double *buf = span(ev, 2 * len + against);
        window_copy(w, row, ev->slot - (int64_t)len + 1, ev->slot, buf);
        if (against)
            undisturbed(ev, e, row, ev->slot - (int64_t)len, against, buf + len);
        if (beside)
            window_copy(beside, row, ev->slot - (int64_t)len + 1, ev->slot, buf + len + against);
        struct window_input in = {
            .recent = {buf, len},
            .baseline = {buf + len, against},
            .beside = {buf + len + against, beside ? len : 0},
            .params = params,
            .step_s = (double)ev->cluster->interval_ms / 1000,
            .scratch = &ev->scratch,
        };
        out[row] = window_function_apply(e->function, &in);
    }
}

static void op_before(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const struct window *w = ev->cluster->windows[e->signal->index];
    for (size_t row = 0; row < rows; row++) {
        const struct instance *in = ev->symptom && ev->states ? states_at(ev->states, ev->symptom, row) : NULL;
        out[row] = NAN;
        if (!in || !in->onset_ms)
            continue;
        int64_t to = (in->onset_ms - BEFORE_GAP_MS) / ev->cluster->interval_ms;
        size_t len = slots_of(ev, BEFORE_SPAN_MS / 1000.0, 1);
        double *buf = span(ev, len);
        window_copy(w, row, to - (int64_t)len + 1, to, buf);
        out[row] = stats_median((struct samples){buf, len}, &ev->scratch);
    }
}

static void op_seasonal(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    struct season *s = ev->cluster->seasons[e->signal->index];
    (void)rows;
    season_column(s, cluster_domain(ev->cluster, e->kind), ev->slot * ev->cluster->interval_ms, e->reducer == REDUCE_MAX, out);
}

/* ---- from one kind to another ---- */

static void op_join(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const double *x = column_of(ev, e->args[0]);
    const struct join *j = cluster_join(ev->cluster, e->kind, e->args[0]->kind);
    double *by_group = new_column(ev, j->groups);
    for (size_t i = 0; i < j->groups; i++)
        by_group[i] = NAN;
    for (size_t i = 0; i < j->right_rows; i++)
        if (j->right_group[i] != NO_ROW)
            by_group[j->right_group[i]] = x[i];
    for (size_t i = 0; i < rows; i++)
        out[i] = j->left_group[i] == NO_ROW ? NAN : by_group[j->left_group[i]];
}

struct tally { /* of one group */
    double sum, lost; /* what rounding took from the sum: the order of the rows must not show */
    double max, min;
    size_t known, nonzero, unknown;
};

static void tally_add(struct tally *t, double v)
{
    double sum = t->sum + v;
    t->lost += fabs(t->sum) >= fabs(v) ? (t->sum - sum) + v : (v - sum) + t->sum;
    t->sum = sum;
    t->max = !t->known || v > t->max ? v : t->max;
    t->min = !t->known || v < t->min ? v : t->min;
    t->nonzero += v != 0;
    t->known++;
}

static double tally_sum(const struct tally *t)
{
    return isfinite(t->sum) ? t->sum + t->lost : t->sum;
}

static double reduced(enum reducer r, bool truth, const struct tally *t)
{
    if (r == REDUCE_ANY)
        return t->nonzero ? 1 : t->unknown || !t->known ? NAN : 0;
    if (r == REDUCE_ALL)
        return t->nonzero < t->known ? 0 : t->unknown || !t->known ? NAN : 1;
    if (!t->known)
        return NAN;
    switch (r) {
    case REDUCE_COUNT:
        return truth ? (double)t->nonzero : (double)t->known;
    case REDUCE_SUM:
        return tally_sum(t);
    case REDUCE_MAX:
        return t->max;
    case REDUCE_MIN:
        return t->min;
    default:
        return tally_sum(t) / (double)t->known;
    }
}

static void op_reduce(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const struct expr *inner = e->args[0];
    const double *x = column_of(ev, inner);
    const struct join *j = cluster_join(ev->cluster, e->kind, inner->kind);
    struct tally *tallies = arena_array(ev->arena, j->groups + 1, sizeof(*tallies));
    for (size_t i = 0; i < j->right_rows; i++) {
        if (j->right_group[i] == NO_ROW)
            continue;
        struct tally *t = &tallies[j->right_group[i]];
        if (isnan(x[i]))
            t->unknown++;
        else
            tally_add(t, x[i]);
    }
    for (size_t i = 0; i < rows; i++)
        out[i] = j->left_group[i] == NO_ROW ? NAN : reduced(e->reducer, inner->type == VALUE_TRUTH, &tallies[j->left_group[i]]);
}

static int order_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of sorted[0..n) without its element `skip`. */
static double median_without(const double *sorted, size_t n, size_t skip)
{
    size_t left = n - 1, lo = (left - 1) / 2, hi = left / 2;
    double a = sorted[lo < skip ? lo : lo + 1], b = sorted[hi < skip ? hi : hi + 1];
    return (a + b) / 2;
}

static void op_peers(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const double *x = column_of(ev, e->args[0]);
    double *sorted = new_column(ev, rows);
    size_t n = 0;
    for (size_t i = 0; i < rows; i++)
        if (!isnan(x[i]))
            sorted[n++] = x[i];
    qsort(sorted, n, sizeof(*sorted), order_doubles);
    for (size_t i = 0; i < rows; i++) {
        out[i] = NAN;
        if (isnan(x[i]) || n < 2)
            continue;
        const double *at = bsearch(&x[i], sorted, n, sizeof(*sorted), order_doubles);
        double others = median_without(sorted, n, (size_t)(at - sorted));
        out[i] = others == 0 && x[i] == 0 ? 1 : x[i] / others;
    }
}

static void op_share(struct evaluator *ev, const struct expr *e, double *out, size_t rows)
{
    const double *x = column_of(ev, e->args[0]);
    const struct join *j = cluster_join(ev->cluster, e->kind, e->scope);
    double *sum = new_column(ev, j->groups);
    memset(sum, 0, (j->groups + 1) * sizeof(*sum));
    for (size_t i = 0; i < rows; i++)
        if (j->left_group[i] != NO_ROW && !isnan(x[i]))
            sum[j->left_group[i]] += x[i];
    for (size_t i = 0; i < rows; i++)
        out[i] = j->left_group[i] == NO_ROW ? NAN : x[i] / sum[j->left_group[i]];
}

static void (*const ops[EXPR_OP_COUNT])(struct evaluator *, const struct expr *, double *, size_t) = {
    [EXPR_NUMBER] = op_number, [EXPR_PARAM] = op_param, [EXPR_SIGNAL] = op_signal, [EXPR_FIRING] = op_firing, [EXPR_NEG] = op_neg,
    [EXPR_NOT] = op_not,       [EXPR_ADD] = op_add,     [EXPR_SUB] = op_sub,       [EXPR_MUL] = op_mul,       [EXPR_DIV] = op_div,
    [EXPR_LT] = op_lt,         [EXPR_LE] = op_le,       [EXPR_GT] = op_gt,         [EXPR_GE] = op_ge,         [EXPR_EQ] = op_eq,
    [EXPR_NE] = op_ne,         [EXPR_AND] = op_and,     [EXPR_OR] = op_or,         [EXPR_ELSE] = op_else,     [EXPR_KNOWN] = op_known,
    [EXPR_MIN2] = op_min2,     [EXPR_MAX2] = op_max2,   [EXPR_ABS] = op_abs,       [EXPR_WINDOW] = op_window, [EXPR_BEFORE] = op_before,
    [EXPR_SEASONAL] = op_seasonal, [EXPR_JOIN] = op_join,     [EXPR_REDUCE] = op_reduce, [EXPR_PEERS] = op_peers, [EXPR_SHARE] = op_share,
};

const double *column_of(struct evaluator *ev, const struct expr *e)
{
    double **memo = &ev->memo[e->id];
    if (*memo && (!ev->has_before[e->id] || ev->memo_symptom[e->id] == ev->symptom))
        return *memo;
    size_t rows = rows_of(ev, e->kind);
    double *out = new_column(ev, rows);
    ops[e->op](ev, e, out, rows);
    *memo = out;
    ev->memo_symptom[e->id] = ev->symptom;
    return out;
}

double column_at(struct evaluator *ev, const struct expr *e, size_t row)
{
    return column_of(ev, e)[row];
}

/* Roughly, in steps for a row: what is looked at, and how often a window is gone through. The past of other days comes last: it only tells of what stands out today. */
static uint32_t cost_of(const struct evaluator *ev, const struct expr *e)
{
    uint64_t cost = e->op == EXPR_SEASONAL ? 1000 : e->op != EXPR_WINDOW ? 1 : e->function->baseline ? 100 : 20;
    for (size_t k = 0; k < e->args_len; k++)
        cost += ev->cost[e->args[k]->id];
    return cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX;
}

void evaluator_init(struct evaluator *ev, struct cluster *c, const struct states *states)
{
    const struct ruleset *r = c->rules;
    *ev = (struct evaluator){.cluster = c, .states = states};
    ev->memo = xcalloc(r->exprs_len + 1, sizeof(*ev->memo));
    ev->memo_symptom = xcalloc(r->exprs_len + 1, sizeof(*ev->memo_symptom));
    ev->has_before = xcalloc(r->exprs_len + 1, sizeof(*ev->has_before));
    ev->cost = xcalloc(r->exprs_len + 1, sizeof(*ev->cost));
    for (size_t i = 0; i < r->exprs_len; i++) { /* arguments come before what uses them */
        const struct expr *e = r->exprs[i];
        ev->has_before[i] = e->op == EXPR_BEFORE;
        for (size_t k = 0; k < e->args_len; k++)
            ev->has_before[i] |= ev->has_before[e->args[k]->id];
        ev->cost[i] = cost_of(ev, e);
    }
}

void evaluator_free(struct evaluator *ev)
{
    free(ev->memo);
    free(ev->memo_symptom);
    free(ev->has_before);
    free(ev->cost);
    free(ev->span);
    scratch_free(&ev->scratch);
}

void column_begin(struct evaluator *ev, struct arena *arena, int64_t slot)
{
    ev->arena = arena;
    ev->slot = slot;
    ev->symptom = NULL;
    memset(ev->memo, 0, (ev->cluster->rules->exprs_len + 1) * sizeof(*ev->memo));
}

void column_for_symptom(struct evaluator *ev, const struct symptom *s)
{
    ev->symptom = s;
}
