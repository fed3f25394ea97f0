/* A message as simple HTML: one column, inline style, no remote content, readable on a phone. */
#include <string.h>

#include "notify/escape.h"
#include "notify/html.h"
#include "notify/words.h"

#define LINE_STYLE "style=\"margin:4px 0\""

static const char *const colors[] = {
    [TONE_FIRING] = "#b00020", [TONE_BLIND] = "#6a4c00", [TONE_RESOLVED] = "#1b5e20", [TONE_LOST] = "#6a4c00", [TONE_REMOVED] = "#444444",
    [TONE_MERGED] = "#444444"};

static void paragraphs(struct strbuf *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        AUTO(strbuf) struct strbuf line = STRBUF_INIT(8192);
        strbuf_add(&line, text, len);
        strbuf_adds(out, "<p " LINE_STYLE ">");
        escape_html(out, line.buf);
        strbuf_adds(out, "</p>\n");
        text += len + (text[len] == '\n');
    }
}

static void image(struct strbuf *out, const struct fact *f, const char *url)
{
    strbuf_addf(out, "<br>\n<img src=\"%s\" alt=\"", url);
    escape_html(out, f->value);
    strbuf_adds(out, "\" style=\"width:100%;max-width:560px\"><br>\n<span style=\"color:#666666;font-size:12px\">");
    escape_html(out, f->range);
    strbuf_adds(out, "</span>");
}

static void facts(struct strbuf *out, const struct message *m, const char *picture)
{
    const struct fact *drawn = picture ? message_picture(m) : NULL;
    strbuf_adds(out, "<p style=\"margin:12px 0\">");
    for (size_t i = 0; i < m->facts_len; i++) {
        const struct fact *f = &m->facts[i];
        strbuf_addf(out, "%s<b>", i ? "<br>\n" : "");
        escape_html(out, f->label);
        strbuf_adds(out, "</b>: ");
        if (f->spark && f != drawn)
            strbuf_addf(out, "<code aria-hidden=\"true\">%s</code> ", f->spark);
        escape_html(out, f->value);
        if (f == drawn)
            image(out, f, picture);
    }
    strbuf_adds(out, "</p>\n");
}

static void section(struct strbuf *out, const struct section *s)
{
    static const struct {
        const char *begin, *end;
    } marks[] = {
        [LINE_PLAIN] = {"<p " LINE_STYLE ">", "</p>\n"},
        [LINE_RANKED] = {"<p style=\"margin:8px 0 2px\"><b>", "</b></p>\n"},
        [LINE_ITEM] = {"<p style=\"margin:2px 0 2px 16px\">• ", "</p>\n"},
        [LINE_COMMAND] = {"<pre style=\"margin:4px 0 4px 16px;padding:8px;background:#f2f2f2;white-space:pre-wrap;word-break:break-all\">", "</pre>\n"},
    };
    strbuf_adds(out, "<h3 style=\"margin:16px 0 4px;font-size:16px\">");
    escape_html(out, s->title);
    strbuf_adds(out, "</h3>\n");
    for (size_t i = 0; i < s->len; i++) {
        strbuf_adds(out, marks[s->lines[i].kind].begin);
        escape_html(out, s->lines[i].text);
        strbuf_adds(out, marks[s->lines[i].kind].end);
    }
}

static void links(struct strbuf *out, const struct message *m)
{
    for (size_t i = 0; i < m->links_len; i++) {
        strbuf_adds(out, i ? " · <a href=\"" : "<p style=\"margin:16px 0 4px\"><a href=\"");
        escape_html(out, m->links[i].url);
        strbuf_adds(out, "\">");
        escape_html(out, m->links[i].name);
        strbuf_adds(out, "</a>");
    }
    if (m->links_len)
        strbuf_adds(out, "</p>\n");
}

void message_html(const struct message *m, enum language lang, const char *picture, struct strbuf *out)
{
    static const char *const codes[LANGUAGES] = {[LANG_EN] = "en", [LANG_KO] = "ko"};
    strbuf_addf(out,
                "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"></head>\n"
                "<body style=\"margin:0;padding:12px;font-family:sans-serif;font-size:15px;line-height:1.4;max-width:640px\">\n"
                "<h2 style=\"margin:0 0 8px;font-size:18px;color:%s\">",
                codes[lang], colors[m->tone]);
    escape_html(out, m->headline);
    strbuf_adds(out, "</h2>\n");
    paragraphs(out, m->lead);
    facts(out, m, picture);
    for (size_t i = 0; i < m->sections_len; i++)
        section(out, &m->sections[i]);
    links(out, m);
    strbuf_adds(out, "<p style=\"color:#666666;font-size:12px\">");
    escape_html(out, m->footer);
    strbuf_adds(out, "</p>\n</body></html>\n");
}
