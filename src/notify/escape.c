/* Making foreign text harmless. */
#include "notify/escape.h"

#include <string.h>

static size_t sequence_len(unsigned char first)
{
    return first < 0x80 ? 1 : first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

uint32_t utf8_next(const char **p)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)*p;
    size_t len = sequence_len(s[0]);
    *p += 1;
    if (len == 1)
        return s[0];
    uint32_t code = len == 2 ? s[0] & 0x1fu : len == 3 ? s[0] & 0x0fu : s[0] & 0x07u;
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return '?';
        code = code << 6 | (s[i] & 0x3fu);
    }
    if (len == 0 || code < lowest[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return '?';
    *p += len - 1;
    return code;
}

static size_t units_of(uint32_t code)
{
    return code > 0xffff ? 2 : 1;
}

size_t text_units(const char *text)
{
    size_t units = 0;
    while (*text)
        units += units_of(utf8_next(&text));
    return units;
}

static const struct {
    uint32_t from, to;
    char instead; /* 0 = dropped */
} foreign[] = {
    {0x00, 0x08, 0},       {0x09, 0x0d, ' '},     {0x0e, 0x1f, 0},       {0x7f, 0x9f, 0},       {0x61c, 0x61c, 0},     {0x200b, 0x200b, 0},
    {0x200e, 0x200f, 0},   {0x2028, 0x2029, ' '}, {0x202a, 0x202e, 0},   {0x2060, 0x2064, 0},   {0x2066, 0x206f, 0},   {0xfeff, 0xfeff, 0},
    {0xfff9, 0xfffd, '?'}, {0xe0000, 0xe0fff, 0},
};

/* Combining marks, joiners and variation selectors belong to the character before them. */
static bool joins_previous(uint32_t code)
{
    return (code >= 0x300 && code <= 0x36f) || code == 0x200d || (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0x1f3fb && code <= 0x1f3ff) ||
           (code >= 0x1160 && code <= 0x11ff) || (code >= 0x20d0 && code <= 0x20ff);
}

static int replacement(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
        if (code >= foreign[i].from && code <= foreign[i].to)
            return foreign[i].instead;
    return -1;
}

static void add_char(struct strbuf *out, uint32_t code, const char *from, const char *to)
{
    int instead = replacement(code);
    if (instead > 0)
        strbuf_addc(out, (char)instead);
    else if (instead < 0 && code < 0x80)
        strbuf_addc(out, (char)code); /* also the '?' of a foreign byte */
    else if (instead < 0)
        strbuf_add(out, from, (size_t)(to - from));
}

const char *text_clean(struct arena *a, const char *text, size_t max)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(64 * 1024);
    size_t units = 0, cut_at = 0;
    bool joined = false;
    for (const char *p = text ? text : ""; *p;) {
        const char *from = p;
        uint32_t code = utf8_next(&p);
        if (!joined && !joins_previous(code) && units + 1 <= max)
            cut_at = out.len; /* here "…" still fits */
        joined = code == 0x200d;
        size_t before = out.len;
        add_char(&out, code, from, p);
        units += out.len > before ? units_of(code) : 0;
        if (units > max) {
            char *cut = arena_printf(a, "%.*s…", (int)cut_at, out.buf);
            return cut;
        }
    }
    return arena_strdup(a, out.buf);
}

bool text_is_plain_line(const char *text)
{
    while (*text) {
        const char *from = text;
        uint32_t code = utf8_next(&text);
        if (replacement(code) >= 0 || (code == '?' && *from != '?'))
            return false;
    }
    return true;
}

struct escape {
    char from;
    const char *to;
};

static const struct escape mrkdwn[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'`', "ˋ"}};
static const struct escape html[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

static const char *escaped(const struct escape *table, size_t len, char c)
{
    for (size_t i = 0; i < len; i++)
        if (table[i].from == c)
            return table[i].to;
    return NULL;
}

size_t escape_mrkdwn(struct strbuf *out, const char *text, size_t max)
{
    size_t units = 0, cut_len = out->len, cut_units = 0;
    while (*text) {
        const char *from = text;
        uint32_t code = utf8_next(&text);
        const char *instead = escaped(mrkdwn, ARRAY_LEN(mrkdwn), *from);
        size_t add = instead ? text_units(instead) : units_of(code);
        if (units + 1 <= max && !joins_previous(code)) {
            cut_len = out->len;
            cut_units = units;
        }
        if (units + add > max) {
            out->len = cut_len;
            if (max > 0)
                strbuf_adds(out, "…");
            return cut_units + (max > 0);
        }
        if (instead)
            strbuf_adds(out, instead);
        else
            strbuf_add(out, from, (size_t)(text - from));
        units += add;
    }
    return units;
}

void escape_html(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        const char *instead = escaped(html, ARRAY_LEN(html), *text);
        if (instead)
            strbuf_adds(out, instead);
        else
            strbuf_addc(out, *text);
    }
}

static void escape_percent(struct strbuf *out, const char *text, const char *kept)
{
    for (; *text; text++) {
        if (strchr(kept, *text))
            strbuf_addc(out, *text);
        else
            strbuf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

#define UNRESERVED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

void escape_form(struct strbuf *out, const char *text)
{
    escape_percent(out, text, UNRESERVED);
}

bool escape_url(struct strbuf *out, const char *url)
{
    const char *host = strncmp(url, "https://", 8) == 0 ? url + 8 : strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
    if (!host || !*host || *host == '/')
        return false;
    size_t authority = strcspn(host, "/?#");
    if (memchr(host, '@', authority) || memchr(host, '\\', authority))
        return false;
    escape_percent(out, url, UNRESERVED "/?=&:%+#,;@");
    return true;
}
