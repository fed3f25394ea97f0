/*
 * Planned work. Within a window what begins to fire on what it matches is expected: it is information until it has lasted for the deadline or the window is over; then it has its
 * own severity again and is told as if it had just begun. Symptoms that are the harm itself (`impact` in the rules) are never expected. Unlike a silence, which keeps every
 * message back whatever happens, a window lets through what does not pass.
 */
#ifndef CONFIG_MAINTENANCE_H
#define CONFIG_MAINTENANCE_H

#include "config/config.h"
#include "model/finding.h"

/* The first window that expects `f` (identity and severity are read) at that time; NULL = none. */
const struct maintenance_config *maintenance_at(const struct maintenance_config *all, size_t len, const struct finding *f, int64_t now_ms);
/* When that which fires since `fired_ms` is no longer expected, asked within the window. */
int64_t maintenance_until_ms(const struct maintenance_config *m, int64_t now_ms, int64_t fired_ms);

#endif
