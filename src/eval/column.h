/*
 * Expressions become columns: one double for every row of the expression's kind. Unknown is NaN, truths are 0, 1 or NaN (Kleene).
 *
 * An evaluator serves one cluster for one slot; each expression is computed once (memo by expr.id), in the tick's arena. Columns are borrowed until
 * column_begin() of the next slot. `before()` depends on whose finding it is: column_for_symptom() says for which symptom the following columns are.
 */
#ifndef EVAL_COLUMN_H
#define EVAL_COLUMN_H

#include <stdint.h>

#include "base/arena.h"
#include "rule/rule.h"
#include "signal/cluster.h"
#include "stats/stats.h"

struct states;

struct evaluator {
    struct cluster *cluster;
    const struct states *states; /* for firing() and before(); may be NULL */
    struct arena *arena;
    int64_t slot;
    double **memo;                        /* by expr.id; NULL = not yet */
    const struct symptom **memo_symptom;  /* whose before() the memo is about */
    bool *has_before;                     /* by expr.id */
    uint32_t *cost;                       /* by expr.id, of a row: what to try first */
    const struct symptom *symptom;
    struct scratch scratch;
    double *span; /* working memory for windows */
    size_t span_cap;
};

void evaluator_init(struct evaluator *ev, struct cluster *c, const struct states *states);
void evaluator_free(struct evaluator *ev);
/* A new slot: forgets all columns; `arena` was reset by the caller. */
void column_begin(struct evaluator *ev, struct arena *arena, int64_t slot);
void column_for_symptom(struct evaluator *ev, const struct symptom *s);
/* The column, of cluster_domain(e->kind)->rows values. */
const double *column_of(struct evaluator *ev, const struct expr *e);
/* Its value in one row. */
double column_at(struct evaluator *ev, const struct expr *e, size_t row);

/* One window function on one row (window_function.c). `params` in the function's order, base units. */
struct window_input {
    struct samples recent, baseline;
    struct samples beside; /* of the parameter that is a series, aligned with `recent` */
    const double *params;
    double step_s;
    struct scratch *scratch;
};
double window_function_apply(const struct window_function *f, const struct window_input *in);

#endif
