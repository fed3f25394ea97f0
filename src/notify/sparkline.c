/* Small pictures and numbers for people. */
#include "notify/sparkline.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/* Mean of the finite values of column `at` of `columns`; NaN = a gap. An infinity is the worst of its column. */
static double column_value(const double *values, size_t len, size_t at, size_t columns)
{
    size_t from = at * len / columns, to = (at + 1) * len / columns;
    double sum = 0;
    size_t seen = 0;
    for (size_t i = from; i < to; i++) {
        if (isinf(values[i]))
            return values[i];
        if (isnan(values[i]))
            continue;
        sum += values[i];
        seen++;
    }
    return seen ? sum / (double)seen : NAN;
}

void sparkline(struct strbuf *out, const double *values, size_t len, size_t columns)
{
    if (columns > len)
        columns = len;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < columns; i++) {
        double v = column_value(values, len, i, columns);
        if (!isfinite(v))
            continue;
        low = fmin(low, v);
        high = fmax(high, v);
    }
    for (size_t i = 0; i < columns; i++) {
        double v = column_value(values, len, i, columns);
        double share = isinf(v) ? (v > 0 ? 1 : 0) : high > low ? (v - low) / (high - low) : high > 0 ? 0.5 : 0;
        strbuf_adds(out, isnan(v) ? "·" : blocks[(size_t)floor(share * 7 + 0.5)]);
    }
}

/* Units are written in rules as English plurals: members, retries, records/s. */
static void unit_add(struct strbuf *out, const char *unit, bool one)
{
    size_t len = strcspn(unit, "/");
    bool plural = one && len > 1 && unit[len - 1] == 's', ies = plural && len > 3 && strncmp(unit + len - 3, "ies", 3) == 0;
    if (len)
        strbuf_addc(out, ' ');
    strbuf_add(out, unit, len - (ies ? 3 : plural));
    strbuf_adds(out, ies ? "y" : "");
    strbuf_adds(out, unit + len);
}

void value_format(struct strbuf *out, double v, const char *unit, const char *unknown, const char *const words[DURATION_WORDS])
{
    if (isnan(v)) {
        strbuf_adds(out, unknown);
        return;
    }
    if (strcmp(unit, "s") == 0 && isfinite(v) && fabs(v) < 1e12) {
        if (fabs(v) >= 0.01 || !(fabs(v) > 0)) {
            duration_say(out, (int64_t)llround(v * 1000), words);
        } else {
            number_format(out, v * 1000);
            strbuf_adds(out, words[4]);
        }
        return;
    }
    if (strcmp(unit, "ratio") == 0 || strcmp(unit, "%") == 0) {
        number_format(out, v * 100);
        strbuf_adds(out, " %");
        return;
    }
    if (strncmp(unit, "bytes", 5) == 0 && (unit[5] == '\0' || unit[5] == '/')) {
        bytes_format(out, v);
        strbuf_adds(out, unit + 5);
        return;
    }
    size_t at = out->len;
    number_format(out, v);
    if (*unit && strcmp(unit, "1") != 0)
        unit_add(out, unit + (strncmp(unit, "1/", 2) == 0), strcmp(out->buf + at, "1") == 0); /* "1/s": 5/s */
}
