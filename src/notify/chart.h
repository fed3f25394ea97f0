/*
 * A chart as a PNG: values over time as a line on a tinted area, from zero (or the lowest value below it) to the highest; grey where nothing was known; a dashed line
 * where the change began. There are no letters in it, since a machine without a screen has no fonts: who shows it says scale and time beside it (struct fact `range`).
 */
#ifndef NOTIFY_CHART_H
#define NOTIFY_CHART_H

#include "base/strbuf.h"
#include "model/finding.h"

#define CHART_PNG_MAX ((size_t)256 << 10)
#define CHART_WIDTH 1120 /* twice what is shown, for the screens of phones */
#define CHART_HEIGHT 320

/* The ends of the scale; false when there is nothing to draw (fewer than two known values). */
bool chart_range(const struct finding_chart *c, double *ret_low, double *ret_high);
/* Adds the PNG; false as chart_range(), or when it does not fit. `onset_ms` 0 = not marked. */
bool chart_png(const struct finding_chart *c, int64_t onset_ms, struct strbuf *out);

#endif
