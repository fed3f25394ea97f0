/* Extended regular expressions (POSIX), anchored at both ends like Prometheus' matchers. */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

struct regex;

/* `\d \w \s (?:…)` are understood too (rewritten to POSIX, non-capturing groups kept out of the numbering). */
struct regex *regex_new(const char *pattern, struct error *err);
bool regex_matches(const struct regex *r, const char *text);
/* The first capturing group's text in `text`, or the whole match when the pattern has none; false when it does not match. Pointers into `text`. */
bool regex_capture(const struct regex *r, const char *text, const char **ret_start, size_t *ret_len);
void regex_free(struct regex *r);

#endif
