/*
 * Whether a symptom still sees what it saw: the signals by which its condition last held must be known before it may resolve.
 *
 * A condition like `queue > 5 or (wait > 3s else false)` is false when the wait is not known, and a clear condition may say the same, since a signal that nobody gives
 * must not keep a symptom from working. But a signal that made it fire and is lost afterwards says nothing: that is no all-clear.
 */
#ifndef EVAL_SIGHT_H
#define EVAL_SIGHT_H

#include "eval/column.h"
#include "eval/state.h"

#define SIGHT_SIGNALS_MAX 63 /* bits of a mask; no condition reads so many */

/* One symptom in one slot; nothing in it is owned (the tick's arena). */
struct sight {
    struct evaluator *ev;
    const struct symptom *symptom;
    const struct signal *signals[SIGHT_SIGNALS_MAX]; /* that the condition reads, in the order in which they stand in it */
    size_t len;
    bool *known[SIGHT_SIGNALS_MAX]; /* signals of other kinds: by group of the join, made when asked for */
};

void sight_begin(struct sight *s, struct evaluator *ev, const struct symptom *symptom);
/* The condition holds: notes by which signals. */
void sight_note(struct sight *s, struct instance *i);
/* True when one of those is not known now for the instance's entity (of signals of others: for any that belongs to it). */
bool sight_lost(struct sight *s, const struct instance *i);
/* What was noted as names of signals, for keeping: bits mean something to one ruleset only. Returns how many; names that the condition no longer reads are dropped. */
size_t sight_names(const struct instance *i, const char *ret[SIGHT_SIGNALS_MAX]);
void sight_restore(struct instance *i, const char *name);

#endif
