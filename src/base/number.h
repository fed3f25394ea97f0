/* Numbers and durations as texts, strict and the same in every locale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/strbuf.h"

/* The whole of text[0..len) as a double: decimal, exponent, "NaN", "+Inf", "-Inf", "Inf". False when it is anything else. */
bool number_parse(const char *text, size_t len, double *ret);
bool integer_parse(const char *text, size_t len, int64_t *ret);
/* Prometheus durations: "15s", "1h30m", "500ms", "1d", "2w", "1y". False when malformed or over 100 years. */
bool duration_parse(const char *text, size_t len, int64_t *ret_ms);
/* For people: "45 s", "3 min 20 s", "2 h 5 min", "4 d 3 h" (two largest parts). */
void duration_format(struct strbuf *out, int64_t ms);
/* The same in other words: day, hour, minute, second, millisecond, each as it follows its number. */
#define DURATION_WORDS 5
extern const char *const duration_words_en[DURATION_WORDS], *const duration_words_ko[DURATION_WORDS];
void duration_say(struct strbuf *out, int64_t ms, const char *const words[DURATION_WORDS]);
/* The shortest exact Prometheus form: "1h30m". */
void duration_print(struct strbuf *out, int64_t ms);
/*
 * To twelve digits, before a value becomes a text of fewer. A server adds up in any order: a sum in the middle between two texts, such as 1275 / 60, must not
 * become now the one and now the other by its last bit.
 */
double number_steady(double v);
/* For people, three significant digits with separators as needed: 0.031, 4.5, 812, 24,000, 1.2 M. "unknown" for NaN. */
void number_format(struct strbuf *out, double v);
/* "10.4 MiB", "812 B"; */
void bytes_format(struct strbuf *out, double bytes);

#endif
