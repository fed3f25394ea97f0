/*
 * A script: signals written down by hand, as a source. Rule tests are made of it.
 *
 *   - {series: 'queue_lag{site="a", queue="q"}', values: '0x40 0+50x40', noise: 3%}
 *
 * Series name signals, labels are those that identify the signal's entity, values are in its base unit (notation.h). `noise` makes them look measured: a
 * standard deviation, relative with %, else in the signal's unit. It is the same in every run, since it springs from the series' name alone; what is not negative stays so.
 * `day_ago` and `week_ago` are the values at the same time of those days, the first and the last going on before and after: '30', or '30x200 90x40'. Without them nothing is known of it.
 * Signals without a series are not bound, as if no exporter gave them.
 */
#ifndef SIGNAL_SCRIPT_H
#define SIGNAL_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "config/tree.h"
#include "rule/rule.h"
#include "signal/season.h"

#define SCRIPT_CLUSTER "default"

struct source;

struct script_series {
    const struct signal *signal;
    const char *identity[ENTITY_LABELS_MAX]; /* in the order of the signal's kind */
    const double *values;                    /* one a slot; ABSENT where there is none */
    size_t len;
    struct {
        const double *values; /* of the slots that were so long before */
        size_t len;           /* 0 = not known */
    } ago[SEASON_DAYS];
    const char *text; /* as written: name and labels */
    struct place place;
};

struct script_failure { /* queries of a signal that fail: slots from..to, both included, relative to the start */
    const struct signal *signal;
    int64_t from, to;
};

struct script { /* memory in the arena it was read into */
    struct script_series *series;
    size_t len;
    struct script_failure *failures;
    size_t failures_len;
};

/* Reads a list of series; NULL is an empty one. Mistakes leave the series out. */
void script_read(const struct node *list, const struct ruleset *rules, struct arena *a, struct script *ret, struct mistakes *m);
/* Adds the series of `background` that the script does not have itself. */
void script_add(struct script *s, const struct script *background, struct arena *a);
/* The value of a series in a slot after the start; ABSENT outside. */
double script_value(const struct script_series *s, int64_t slot);
/* A source with one cluster, SCRIPT_CLUSTER; first values at start_ms. The script is borrowed. Freed by source_free(). */
struct source *script_source_new(const struct script *s, int64_t start_ms, int64_t interval_ms);

#endif
