/*
 * A string that grows up to a limit. `buf` is never NULL and always ends in NUL. What does not fit is cut at a UTF-8 boundary and `truncated`
 * stays set, to be asked once at the end.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/attributes.h"

struct strbuf {
    char *buf;
    size_t len, cap, limit;
    bool truncated;
};

extern char strbuf_empty[1];
#define STRBUF_INIT(max) {.buf = strbuf_empty, .limit = (max)} /* max in bytes without the NUL */

void strbuf_add(struct strbuf *s, const char *data, size_t len);
void strbuf_adds(struct strbuf *s, const char *text);
void strbuf_addc(struct strbuf *s, char c);
void strbuf_addf(struct strbuf *s, const char *fmt, ...) PRINTF(2, 3);
void strbuf_vaddf(struct strbuf *s, const char *fmt, va_list ap) PRINTF(2, 0);
void strbuf_reset(struct strbuf *s);
char *strbuf_detach(struct strbuf *s); /* the caller frees; `s` is empty again */
void strbuf_free(struct strbuf *s);

DEFINE_AUTO(strbuf, struct strbuf, strbuf_free)

#endif
