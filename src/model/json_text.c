#include "model/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* What stands before decides: after an opening, a colon or nothing there is no comma. */
static void separate(struct strbuf *out)
{
    char last = out->len ? out->buf[out->len - 1] : '[';
    if (last != '{' && last != '[' && last != ':')
        strbuf_addc(out, ',');
}

void json_text_open(struct strbuf *out, char bracket)
{
    separate(out);
    strbuf_addc(out, bracket);
}

void json_text_close(struct strbuf *out, char bracket)
{
    strbuf_addc(out, bracket);
}

void json_text_key(struct strbuf *out, const char *key)
{
    separate(out);
    strbuf_addc(out, '"');
    strbuf_adds(out, key);
    strbuf_add(out, "\":", 2);
}

static void put_escaped(struct strbuf *out, unsigned char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *at = c ? strchr(plain, c) : NULL;
    if (at) {
        strbuf_addc(out, '\\');
        strbuf_addc(out, letters[at - plain]);
    } else {
        strbuf_addf(out, "\\u%04X", c);
    }
}

/* Where the plain run at `at` ends: bytes that stand for themselves in a text that is valid UTF-8 (asked only when a byte needs it). */
static const char *plain_run(const char *at, const char *text, int *valid)
{
    for (;; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < 0x20 || c == '"' || c == '\\')
            return at;
        if (c >= 0x80 && *valid < 0)
            *valid = utf8_valid(text, strlen(text));
        if (c >= 0x80 && !*valid)
            return at;
    }
}

void json_text_string(struct strbuf *out, const char *text)
{
    separate(out);
    if (!text) {
        strbuf_add(out, "null", 4);
        return;
    }
    int valid = -1;
    strbuf_addc(out, '"');
    for (const char *run = text;; run++) {
        const char *from = run;
        run = plain_run(run, text, &valid);
        strbuf_add(out, from, (size_t)(run - from));
        if (!*run)
            break;
        if ((unsigned char)*run >= 0x80)
            strbuf_addc(out, '?');
        else
            put_escaped(out, (unsigned char)*run);
    }
    strbuf_addc(out, '"');
}

void json_text_integer(struct strbuf *out, int64_t v)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    separate(out);
    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) != 0);
    if (v < 0)
        digits[--at] = '-';
    strbuf_add(out, digits + at, sizeof(digits) - at);
}

void json_text_number(struct strbuf *out, double v)
{
    char text[32];
    if (isnan(v)) {
        json_text_string(out, NULL);
    } else if (isinf(v)) {
        json_text_string(out, v > 0 ? "+Inf" : "-Inf");
    } else if (v == floor(v) && fabs(v) < 1e15) {
        json_text_integer(out, (int64_t)v);
    } else {
        snprintf(text, sizeof(text), "%.15g", v);
        if (strtod(text, NULL) != v)
            snprintf(text, sizeof(text), "%.17g", v);
        separate(out);
        strbuf_adds(out, text);
    }
}

void json_text_bool(struct strbuf *out, bool v)
{
    separate(out);
    strbuf_adds(out, v ? "true" : "false");
}

void json_text_put_string(struct strbuf *out, const char *key, const char *value)
{
    json_text_key(out, key);
    json_text_string(out, value);
}

void json_text_put_integer(struct strbuf *out, const char *key, int64_t value)
{
    json_text_key(out, key);
    json_text_integer(out, value);
}

void json_text_put_number(struct strbuf *out, const char *key, double value)
{
    json_text_key(out, key);
    json_text_number(out, value);
}

void json_text_put_bool(struct strbuf *out, const char *key, bool value)
{
    json_text_key(out, key);
    json_text_bool(out, value);
}
