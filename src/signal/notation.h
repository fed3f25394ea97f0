/*
 * promtool's way to write series down, as rule tests have it: `queue_lag{site="a"}` and `0+10x20 _x3 stale 5`.
 *
 *   a        the value a                 axn      a, and n times more
 *   a+bxn    a, a+b, … a+n*b             a-bxn    a, a-b, … a-n*b
 *   _        no sample                   _xn      n slots without a sample
 *   stale    the series ends here        NaN, Inf, -Inf are values
 *
 * n counts as promtool's does: `5x3` is four values, `_x3` three gaps. There is no look-back here: a slot without a sample is unknown at once.
 * Pure: texts in, values out; columns count from 1.
 */
#ifndef SIGNAL_NOTATION_H
#define SIGNAL_NOTATION_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

#define NOTATION_VALUES_MAX 100000 /* of one series */
#define NOTATION_LABELS_MAX 16

struct notation_values { /* owns `items`: free() */
    double *items;       /* ABSENT where there is no sample */
    size_t len, cap;
};

struct notation_label {
    const char *name, *value;
};

struct notation_series { /* texts in the arena */
    const char *name;
    struct notation_label labels[NOTATION_LABELS_MAX];
    size_t columns[NOTATION_LABELS_MAX]; /* where each label's name begins */
    size_t len;
};

/* Both return 0, or ERR_SYNTAX or ERR_LIMIT with the column of the mistake; `ret` of the values keeps what came before it. */
int notation_values(const char *text, struct notation_values *ret, size_t *ret_column, struct error *err);
int notation_series(const char *text, struct arena *a, struct notation_series *ret, size_t *ret_column, struct error *err);

#endif
