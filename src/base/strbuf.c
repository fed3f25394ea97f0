#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

char strbuf_empty[1]; /* shared by every empty buffer, so never written to */

/* Room for `len` more bytes and the NUL; the caller has checked the limit. */
static void reserve(struct strbuf *s, size_t len)
{
    size_t need = s->len + len + 1;
    if (need <= s->cap)
        return;
    size_t cap = s->cap < 32 ? 64 : s->cap * 2;
    if (s->limit < SIZE_MAX && cap > s->limit + 1)
        cap = s->limit + 1;
    if (cap < need)
        cap = need;
    s->buf = xrealloc(s->cap ? s->buf : NULL, cap, 1);
    s->cap = cap;
}

/* The longest prefix of at most `len` bytes that does not cut a character: backs out of continuation bytes. */
static size_t utf8_prefix(const char *data, size_t len)
{
    while (len > 0 && ((unsigned char)data[len] & 0xC0) == 0x80)
        len--;
    return len;
}

void strbuf_grow_add(struct strbuf *s, const char *data, size_t len)
{
    if (s->truncated || len == 0)
        return; /* what follows a cut would read as if nothing were missing */
    size_t room = s->limit - s->len;
    if (len > room) {
        len = utf8_prefix(data, room);
        s->truncated = true;
        if (len == 0)
            return;
    }
    reserve(s, len);
    memcpy(s->buf + s->len, data, len);
    s->len += len;
    s->buf[s->len] = '\0';
}

void strbuf_addf(struct strbuf *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(s, fmt, ap);
    va_end(ap);
}

void strbuf_vaddf(struct strbuf *s, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(small, sizeof(small), fmt, ap);
    if (len >= 0 && (size_t)len < sizeof(small)) {
        strbuf_add(s, small, (size_t)len);
    } else if (len >= 0 && !s->truncated) {
        char *large = xmalloc((size_t)len + 1);
        vsnprintf(large, (size_t)len + 1, fmt, again);
        strbuf_add(s, large, (size_t)len);
        free(large);
    }
    va_end(again);
}

void strbuf_reset(struct strbuf *s)
{
    s->len = 0;
    s->truncated = false;
    if (s->cap)
        s->buf[0] = '\0';
}

char *strbuf_detach(struct strbuf *s)
{
    char *text = s->cap ? s->buf : xstrdup("");
    s->buf = strbuf_empty;
    s->len = s->cap = 0;
    s->truncated = false;
    return text;
}

void strbuf_free(struct strbuf *s)
{
    if (s->cap)
        free(s->buf);
    s->buf = strbuf_empty;
    s->len = s->cap = 0;
    s->truncated = false;
}
