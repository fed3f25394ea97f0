/*
 * The hot loop of range answers: points as servers write them, one behind the other, `[1795383140,"12.5"],[1795383155,"12.75"],`.
 *
 * Only what is nearly always there is read here: whole seconds of our time, rising times (values may be any: quiet summaries are NaN for hours). The first
 * point that is otherwise, and the last bytes of the buffer, are left to whoever reads everything.
 */
#ifndef PROM_POINTS_H
#define PROM_POINTS_H

#include <stddef.h>
#include <stdint.h>

struct points { /* columns of the caller; points are added behind `len` */
    int64_t *times;
    double *values;
    size_t len, cap;
};

/* Reads whole points with the comma behind them; returns the place behind the last one that was added. */
const char *points_scan(const char *text, const char *end, struct points *to);

/* The same for machines without AVX2: there for tests. */
const char *points_scan_plainly(const char *text, const char *end, struct points *to);

#endif
