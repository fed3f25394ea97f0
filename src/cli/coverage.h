/*
 * What an expression reads, and what keeps it from ever being true: the arithmetic of blindness, without data. `doctor`, `check` and `explain` ask.
 */
#ifndef CLI_COVERAGE_H
#define CLI_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "rule/rule.h"

struct signal_list { /* each once, in the order met */
    const struct signal **items;
    size_t len, cap;
};
void signal_list_add(struct signal_list *l, const struct signal *s);
bool signal_list_has(const struct signal_list *l, const struct signal *s);
void signal_list_free(struct signal_list *l);
DEFINE_AUTO(signal_list, struct signal_list, signal_list_free)

/* The signals that sources and the configuration give; derived ones are followed to what they are computed from. */
void signals_read(const struct expr *e, struct signal_list *ret);

/*
 * Whether `e` can be true (or, a number, known) when only the signals with has[index] are there: of `a else b` and `a or b` one side is enough. What is
 * lacking is added to `missing` (may be NULL), of two ways the shorter.
 */
bool can_be_known(const struct expr *e, const bool *has, struct signal_list *missing);

/* `e` is a window of less than that, or reads one somewhere. */
bool is_window_below(const struct expr *e, double seconds);
bool has_window_below(const struct expr *e, double seconds);

#endif
