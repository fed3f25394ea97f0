/*
 * A string that grows up to a limit. `buf` is never NULL and always ends in NUL. What does not fit is cut at a UTF-8 boundary and `truncated`
 * stays set, to be asked once at the end.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "base/attributes.h"

struct strbuf {
    char *buf;
    size_t len, cap, limit;
    bool truncated;
};

extern char strbuf_empty[1];
#define STRBUF_INIT(max) {.buf = strbuf_empty, .limit = (max)} /* max in bytes without the NUL */

void strbuf_grow_add(struct strbuf *s, const char *data, size_t len); /* strbuf_add where there is no room yet, or the limit is near */

/* Inline, as texts are made of many small pieces. `cap` is never beyond the limit and its NUL. */
static inline void strbuf_add(struct strbuf *s, const char *data, size_t len)
{
    if (s->truncated || len >= s->cap - s->len) {
        strbuf_grow_add(s, data, len);
        return;
    }
    memcpy(s->buf + s->len, data, len);
    s->len += len;
    s->buf[s->len] = '\0';
}

static inline void strbuf_adds(struct strbuf *s, const char *text)
{
    strbuf_add(s, text, strlen(text));
}

static inline void strbuf_addc(struct strbuf *s, char c)
{
    strbuf_add(s, &c, 1);
}

void strbuf_addf(struct strbuf *s, const char *fmt, ...) PRINTF(2, 3);
void strbuf_vaddf(struct strbuf *s, const char *fmt, va_list ap) PRINTF(2, 0);
/* The first `len` bytes remain; `len` is at most s->len. */
static inline void strbuf_cut(struct strbuf *s, size_t len)
{
    s->len = len;
    s->buf[len] = '\0';
}

void strbuf_reset(struct strbuf *s);
char *strbuf_detach(struct strbuf *s); /* the caller frees; `s` is empty again */
void strbuf_free(struct strbuf *s);

DEFINE_AUTO(strbuf, struct strbuf, strbuf_free)

#endif
