/*
 * Names come from anybody who may connect: what is shown of them is made harmless in two steps. text_clean() leaves valid UTF-8 on one line with no
 * control and no direction-changing character; then each receiver escapes for its own notation. Lengths are UTF-16 units, the largest way that a
 * receiver may count.
 */
#ifndef NOTIFY_ESCAPE_H
#define NOTIFY_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

/* The next character at `*p` (not at the end); foreign bytes give '?' one by one. */
uint32_t utf8_next(const char **p);
size_t text_units(const char *text);
/* At most `max` units; a cut one ends in "…", at a boundary of what a reader sees as one character. */
const char *text_clean(struct arena *a, const char *text, size_t max);
/* No control character: may be pasted into a terminal as it stands. */
bool text_is_plain_line(const char *text);

/* Slack's mrkdwn: & < > escaped, backticks replaced; stops before `max` units, then with "…". Returns the units added. */
size_t escape_mrkdwn(struct strbuf *out, const char *text, size_t max);
void escape_html(struct strbuf *out, const char *text);
/* A name or value of a form (application/x-www-form-urlencoded). */
void escape_form(struct strbuf *out, const char *text);
/* A link's target: anything but what RFC 3986 leaves alone is percent-encoded. False when it is no http(s) URL or holds a user name. */
bool escape_url(struct strbuf *out, const char *url);

#endif
