/* A message as plain text, for terminals and mails. */
#include <string.h>

#include "notify/escape.h"
#include "notify/message.h"
#include "notify/words.h"

#define COLUMNS 78

/* Hangul, Han and their like take two columns. */
static size_t width_of(uint32_t code)
{
    return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) ||
                   (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff60) || (code >= 0x1f300 && code <= 0x1faff)
               ? 2
               : 1;
}

static size_t width(const char *text, size_t len)
{
    size_t columns = 0;
    for (const char *p = text; p < text + len;)
        columns += width_of(utf8_next(&p));
    return columns;
}

/* Words of `text` after `first`, later lines after `rest`; a word longer than a line is left whole. A newline begins a new line. */
static void wrap(struct strbuf *out, const char *first, const char *rest, const char *text)
{
    strbuf_adds(out, first);
    size_t column = width(first, strlen(first));
    bool begun = false;
    while (*text) {
        size_t len = strcspn(text, " \n");
        size_t columns = width(text, len);
        if (begun && column + 1 + columns > COLUMNS) {
            strbuf_addf(out, "\n%s", rest);
            column = width(rest, strlen(rest));
            begun = false;
        }
        if (begun) {
            strbuf_addc(out, ' ');
            column++;
        }
        strbuf_add(out, text, len);
        column += columns;
        begun = begun || len > 0;
        text += len;
        if (*text == '\n') {
            strbuf_addf(out, "\n%s", rest);
            column = width(rest, strlen(rest));
            begun = false;
        }
        text += *text != '\0';
    }
    strbuf_addc(out, '\n');
}

static void print_section(const struct section *s, struct strbuf *out)
{
    static const struct {
        const char *first, *rest;
    } indents[] = {[LINE_PLAIN] = {"  ", "  "}, [LINE_RANKED] = {"  ", "     "}, [LINE_ITEM] = {"     - ", "       "}};
    strbuf_addf(out, "\n%s\n", s->title);
    for (size_t i = 0; i < s->len; i++) {
        const struct line *line = &s->lines[i];
        if (line->kind == LINE_COMMAND)
            strbuf_addf(out, "       %s\n", line->text);
        else
            wrap(out, indents[line->kind].first, indents[line->kind].rest, line->text);
    }
}

void message_print(const struct message *m, enum language lang, struct strbuf *out)
{
    wrap(out, "", "  ", m->headline);
    wrap(out, "", "", m->lead);
    strbuf_addc(out, '\n');
    for (size_t i = 0; i < m->facts_len; i++) {
        const struct fact *f = &m->facts[i];
        AUTO(strbuf) struct strbuf label = STRBUF_INIT(512);
        strbuf_addf(&label, "%s: %s%s", f->label, f->spark ? f->spark : "", f->spark ? " " : "");
        wrap(out, label.buf, "  ", f->value);
    }
    for (size_t i = 0; i < m->sections_len; i++)
        print_section(&m->sections[i], out);
    if (m->links_len)
        strbuf_addf(out, "\n%s\n", word(lang, W_LINKS));
    for (size_t i = 0; i < m->links_len; i++)
        strbuf_addf(out, "  %s: %s\n", m->links[i].name, m->links[i].url);
    strbuf_addc(out, '\n');
    wrap(out, "", "  ", m->footer);
}
