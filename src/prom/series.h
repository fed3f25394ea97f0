/*
 * The hot loop of answers: a whole series of an instant one as servers write it, `{"metric":{"team":"payments","queue":"orders"},"value":[1795383140,"12.5"]},`,
 * and the head of one of a range answer, up to the points, `{"metric":{"team":"payments","queue":"orders"},"values":[`.
 *
 * Only what is nearly always there is read here: no blanks, labels of plain ASCII, one value. What is otherwise, or cut, is left to whoever reads
 * everything.
 */
#ifndef PROM_SERIES_H
#define PROM_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prom/prom.h"

#define SERIES_LABELS 32
#define SERIES_TEXT 2048 /* bytes of all its labels */

struct series_line {
    struct prom_label labels[SERIES_LABELS]; /* into `text` */
    size_t len;
    bool range;      /* its points are next */
    int64_t time_ms; /* not of a range */
    double value;
    char text[SERIES_TEXT];
};

/* Returns the place behind the series and its comma, or that of a range's first point, or NULL: then `ret` is not to be read. */
const char *series_scan(const char *text, const char *end, struct series_line *ret);

#endif
