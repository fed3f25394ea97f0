/*
 * Mails: multipart/alternative of text and HTML, the latter with its chart, all base64, so that no line is long and nothing in a part can look like a boundary or a lone dot.
 * All mails of one finding have one subject and refer to one root id that no mail bears: that is what readers thread by.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/map.h"
#include "notify/chart.h"
#include "notify/escape.h"
#include "notify/html.h"
#include "notify/receivers/receiver.h"

#define PART_MAX (100 * 1024) /* some readers cut there */
#define PICTURE_ID "chart@nightbell"
#define ENCODED_WORD_BYTES 39 /* 52 base64 characters, 64 with "=?UTF-8?B?" and "?=", 73 after "Subject: ": at most 76 a line */

static void base64_lines(struct strbuf *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len; at += 57) {
        base64_add(out, text + at, len - at < 57 ? len - at : 57);
        strbuf_adds(out, "\r\n");
    }
}

/* LF to CRLF, as text inside a mail is. */
static const char *crlf(struct arena *a, const char *text)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(2 * PART_MAX);
    for (; *text; text++) {
        if (*text == '\n')
            strbuf_addc(&out, '\r');
        strbuf_addc(&out, *text);
    }
    return arena_strdup(a, out.buf);
}

static bool is_plain_header(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            return false;
    return strlen(text) <= 66 && !strstr(text, "=?");
}

/* RFC 2047: whole characters in words of at most 75, folded. */
static void header_text(struct strbuf *out, const char *text)
{
    if (is_plain_header(text)) {
        strbuf_adds(out, text);
        return;
    }
    for (const char *gap = ""; *text; gap = "\r\n ") {
        const char *end = text, *next = text;
        while (*next && (size_t)(next - text) <= ENCODED_WORD_BYTES) {
            end = next;
            utf8_next(&next);
        }
        if ((size_t)(next - text) <= ENCODED_WORD_BYTES)
            end = next;
        strbuf_addf(out, "%s=?UTF-8?B?", gap);
        base64_add(out, text, (size_t)(end - text));
        strbuf_adds(out, "?=");
        text = end;
    }
}

static void date_text(struct strbuf *out, int64_t ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    if (!gmtime_r(&seconds, &t))
        t = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
    strbuf_addf(out, "%s, %02d %s %d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min,
                t.tm_sec);
}

/* Refused, not mended: what comes from the settings and could begin another header or another command. */
static int check_address(const char *address, struct error *err)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    for (const char *p = address; p && *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7e || strchr("<>,;\"\\()", *p))
            return error_set(err, ERR_INVALID, "mail address holds a character that is not allowed there");
    return at && at != address && at[1] ? 0 : error_set(err, ERR_INVALID, "mail address is not of the form name@host");
}

static int check_addresses(const struct destination_config *d, struct error *err)
{
    int failed = check_address(d->from, err);
    for (size_t i = 0; !failed && i < d->to_len; i++)
        failed = check_address(d->to[i], err);
    return failed || d->to_len ? failed : error_set(err, ERR_INVALID, "mail has no recipient");
}

int mail_text_make(const struct destination_config *d, const struct finding *f, const char *kind, enum language lang, bool with_picture, struct arena *a,
                   struct mail_text *ret, struct error *err)
{
    struct message m;
    int failed = check_addresses(d, err);
    if (failed)
        return failed;
    message_make(f, kind, lang, a, &m);
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(PART_MAX), html = STRBUF_INIT(PART_MAX);
    message_print(&m, lang, &text);
    const struct fact *picture = with_picture ? message_picture(&m) : NULL;
    AUTO(strbuf) struct strbuf png = STRBUF_INIT(CHART_PNG_MAX);
    if (picture && !chart_png(picture->chart, f->onset_ms, &png))
        picture = NULL;
    message_html(&m, lang, picture ? "cid:" PICTURE_ID : NULL, &html);
    const char *host = strrchr(d->from, '@') + 1;
    unsigned lane = (unsigned)(hash_str(HASH_INIT, d->id ? d->id : "") & 0xffffffff);
    char repeat[32] = "";
    if (strcmp(kind, "repeat") == 0)
        snprintf(repeat, sizeof repeat, ".%" PRId64, f->slot_ms / 1000);
    *ret = (struct mail_text){
        .subject = m.subject,
        .message_id = arena_printf(a, "nightbell.%s.%u%s.%08x@%s", f->incident, f->revision, repeat, lane, host),
        .root_id = arena_printf(a, "nightbell.%s.root.%08x@%s", f->incident, lane, host),
        .plain = arena_strdup(a, text.buf),
        .html = arena_strdup(a, html.buf),
        .png_len = picture ? png.len : 0,
    };
    if (picture)
        ret->png = memcpy(arena_alloc(a, png.len), png.buf, png.len);
    return 0;
}

static void add_headers(const struct destination_config *d, const struct finding *f, const struct mail_text *t, struct strbuf *out)
{
    strbuf_adds(out, "Date: ");
    date_text(out, f->slot_ms);
    strbuf_addf(out, "\r\nFrom: Nightbell <%s>\r\nTo: ", d->from);
    for (size_t i = 0; i < d->to_len; i++)
        strbuf_addf(out, "%s%s", i ? ",\r\n " : "", d->to[i]);
    strbuf_adds(out, "\r\nSubject: ");
    header_text(out, t->subject);
    strbuf_addf(out, "\r\nMessage-ID: <%s>\r\nIn-Reply-To: <%s>\r\nReferences: <%s>\r\n", t->message_id, t->root_id, t->root_id);
    strbuf_addf(out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nX-Nightbell-Status: %s; severity=%s; revision=%u\r\n",
                finding_state_names[f->state], severity_names[f->severity], f->revision);
    strbuf_adds(out, "MIME-Version: 1.0\r\n");
}

static void add_part(struct strbuf *out, const char *boundary, const char *type, const char *text, size_t len)
{
    strbuf_addf(out, "--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n", boundary, type);
    base64_lines(out, text, len);
}

static void begin_parts(struct strbuf *out, const char *type, const char *boundary)
{
    strbuf_addf(out, "Content-Type: multipart/%s;\r\n boundary=\"%s\"\r\n\r\n", type, boundary);
}

static void add_text(struct strbuf *out, const char *boundary, const char *type, const char *text, struct arena *a)
{
    const char *lines = crlf(a, text);
    add_part(out, boundary, arena_printf(a, "%s; charset=UTF-8", type), lines, strlen(lines));
}

/* The page and what it shows belong together. */
static void add_page(struct strbuf *out, const char *boundary, const struct mail_text *t, struct arena *a)
{
    const char *inner = arena_printf(a, "=_page_%s", boundary + 2); /* neither begins with the other */
    strbuf_addf(out, "--%s\r\n", boundary);
    begin_parts(out, "related", inner);
    add_text(out, inner, "text/html", t->html, a);
    add_part(out, inner, "image/png; name=\"chart.png\"\r\nContent-ID: <" PICTURE_ID ">\r\nContent-Disposition: inline; filename=\"chart.png\"", t->png, t->png_len);
    strbuf_addf(out, "--%s--\r\n", inner);
}

int mime_make(const struct destination_config *d, const struct finding *f, const struct mail_text *t, struct arena *a, struct payload *ret,
              struct error *err)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(8 * PART_MAX);
    uint64_t mark = hash_str(hash_str(HASH_INIT, t->message_id), t->plain);
    const char *boundary = arena_printf(a, "=_nightbell_%016" PRIx64, mark); /* "=_" cannot occur in base64 */
    add_headers(d, f, t, &out);
    begin_parts(&out, "alternative", boundary);
    add_text(&out, boundary, "text/plain", t->plain, a);
    if (t->png)
        add_page(&out, boundary, t, a);
    else
        add_text(&out, boundary, "text/html", t->html, a);
    strbuf_addf(&out, "--%s--\r\n", boundary);
    if (out.truncated)
        return error_set(err, ERR_LIMIT, "the mail is too large");
    *ret = (struct payload){.content_type = "message/rfc822", .body = arena_strndup(a, out.buf, out.len), .len = out.len, .subject = t->subject};
    return 0;
}
