/*
 * time_intervals of the configuration: Alertmanager's, field by field. An interval holds when one of its parts does, a part when all that it names does.
 */
#ifndef CONFIG_INTERVAL_H
#define CONFIG_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/zone.h"

struct int_range { /* both ends included; of times the end is not */
    int from, to;
};

struct int_ranges { /* empty = any */
    struct int_range *items;
    size_t len;
};

struct interval_part {
    struct int_ranges times;    /* minutes of the day */
    struct int_ranges weekdays; /* 0 = Sunday */
    struct int_ranges days;     /* of the month; negative ones count from its end */
    struct int_ranges months, years;
    const char *location;       /* NULL = UTC */
    struct zone *zone;          /* owned; NULL = UTC */
    const char **weekday_texts, **day_texts, **month_texts, **year_texts; /* as they were written */
    size_t weekday_texts_len, day_texts_len, month_texts_len, year_texts_len;
};

struct time_interval_config {
    const char *name;
    struct interval_part *parts;
    size_t len;
    struct place place;
};

bool interval_holds(const struct time_interval_config *t, int64_t ms);

#endif
