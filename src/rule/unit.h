/*
 * Units of values: a product of base dimensions. Time (s), data (bytes) and counted things (records, members, …: any name) are dimensions; a ratio has none.
 * All values are held in base units: seconds, bytes, 1. A counted thing agrees with a bare number, time and data do not: 1000 alone cannot be compared with
 * seconds (0 can, with anything). Plain counts agree with each other (more guests than seats), but not per time or with data: requests/s are no records/s.
 */
#ifndef RULE_UNIT_H
#define RULE_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"

#define UNIT_DIMENSIONS_MAX 4

struct unit {
    struct {
        const char *name; /* interned: "s", "bytes", "records", … */
        int power;
    } dims[UNIT_DIMENSIONS_MAX]; /* sorted by name, powers not 0 */
    int len;
    bool any; /* a bare number: takes what counted unit it meets; of zero: any unit */
};

/* "records/s", "s", "ms" (scale 0.001), "bytes/s", "ratio", "%"(0.01), "1"; false when malformed. `ret_scale` = factor to base units. */
bool unit_parse(const char *text, struct intern *names, struct unit *ret, double *ret_scale);
/* A literal with unit: "30s", "80%", "10MiB", "5/s", "10Gbit/s", "1h30m", "24,000"? no: plain numbers without separators. Value in base units. */
bool unit_parse_literal(const char *text, size_t len, struct intern *names, double *ret_value, struct unit *ret);
bool unit_compatible(const struct unit *a, const struct unit *b); /* may be added, compared */
struct unit unit_product(const struct unit *a, const struct unit *b, int sign); /* sign -1: quotient */
bool unit_is_count(const struct unit *u); /* of things only: no time, no data, no ratio */
void unit_print(const struct unit *u, struct strbuf *out);

#endif
