/*
 * Time is data: wall clock in milliseconds since 1970 (UTC) passed down, and a clock behind two functions so that tests and replays bring
 * their own. `mono_ms` only measures elapsed time.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/strbuf.h"

struct clock {
    int64_t (*now_ms)(void *context);
    void (*sleep_until_ms)(void *context, int64_t wall_ms); /* may return early */
    void *context;
};

extern const struct clock clock_system;

int64_t mono_ms(void);
int64_t clock_now_ms(const struct clock *c);
/* "now", "-2h", RFC 3339 ("2026-11-22T21:00:00Z", offset allowed), Unix seconds (fraction allowed). */
int time_parse(const char *text, int64_t now_ms, int64_t *ret_ms, struct error *err);
void time_format_utc(struct strbuf *out, int64_t ms);       /* 2026-11-22T21:00:00Z */
void time_format_short(struct strbuf *out, int64_t ms);     /* 21:00:00 */

#endif
