/* A row of values as block characters, and single values with their unit. */
#ifndef NOTIFY_SPARKLINE_H
#define NOTIFY_SPARKLINE_H

#include <stddef.h>

#include "base/number.h"
#include "base/strbuf.h"

/* At most `columns` of ▁▂▃▄▅▆▇█, a gap is '·'; each column is the mean of what falls into it. */
void sparkline(struct strbuf *out, const double *values, size_t len, size_t columns);
/* "12 min", "4.5 MiB/s", "37 %", "4,100 records/s"; NaN gives `unknown`. */
void value_format(struct strbuf *out, double v, const char *unit, const char *unknown, const char *const words[DURATION_WORDS]);

#endif
