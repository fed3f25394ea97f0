/*
 * Decimal numbers at the speed of an answer: exact like strtod, an order of magnitude faster for what servers send.
 *
 * The simple form [-]digits[.digits] with at most 19 digits is converted with integers only; everything else goes to number_parse().
 */
#ifndef PROM_DECIMAL_H
#define PROM_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the simple form at text; returns the place behind it, or NULL when what stands there is something else (or ends at `end`: it may go on). */
const char *decimal_scan(const char *text, const char *end, double *ret);
/* The whole of text[0..len): any decimal number, NaN, ±Inf. */
bool decimal_parse(const char *text, size_t len, double *ret);
/* Seconds with at most 3 decimals as milliseconds; as decimal_scan. */
const char *decimal_scan_ms(const char *text, const char *end, int64_t *ret_ms);

#endif
