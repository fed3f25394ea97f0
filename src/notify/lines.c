/* Lines while there is room. */
#include "notify/lines.h"

#include <string.h>

#include "notify/escape.h"
#include "notify/words.h"

#define TEXT_MAX (64 * 1024)
#define MORE_UNITS 40 /* "… 12 more" and its line end */

struct page {
    const struct message *m;
    const struct notation *k;
    enum language lang;
    size_t max, left_out;
    struct strbuf *out;
};

void escape_nothing(struct strbuf *out, const char *text)
{
    strbuf_adds(out, text);
}

/* After the first line that had no room none follows, so that nothing stands below another's title. */
static void add(struct page *p, const char *line)
{
    if (p->left_out || text_units(p->out->buf) + text_units(line) + 1 > p->max)
        p->left_out++;
    else
        strbuf_addf(p->out, "%s%s", p->out->len ? "\n" : "", line);
}

static void add_strong(struct page *p, const char *text)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(TEXT_MAX);
    strbuf_adds(&line, p->k->strong);
    p->k->escape(&line, text);
    strbuf_adds(&line, p->k->strong_end);
    add(p, line.buf);
}

static void add_text(struct page *p, const char *before, const char *text)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(TEXT_MAX);
    strbuf_adds(&line, before);
    p->k->escape(&line, text);
    add(p, line.buf);
}

static void add_paragraphs(struct page *p, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        AUTO(strbuf) struct strbuf one = STRBUF_INIT(TEXT_MAX);
        strbuf_add(&one, text, len);
        add_text(p, "", one.buf);
        text += len + (text[len] == '\n');
    }
}

static void add_fact(struct page *p, const struct fact *f)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(TEXT_MAX);
    strbuf_adds(&line, p->k->strong);
    p->k->escape(&line, f->label);
    strbuf_addf(&line, "%s: %s%s", p->k->strong_end, f->spark ? f->spark : "", f->spark ? " " : "");
    p->k->escape(&line, f->value);
    add(p, line.buf);
}

static void add_command(struct page *p, const char *command)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(TEXT_MAX);
    if (strpbrk(command, p->k->not_in_commands)) {
        add_text(p, "", word(p->lang, W_WITHHELD));
        return;
    }
    strbuf_adds(&line, p->k->command);
    p->k->escape_command(&line, command);
    strbuf_adds(&line, p->k->command_end);
    add(p, line.buf);
}

static void add_section(struct page *p, const struct section *s)
{
    add(p, "");
    add_strong(p, s->title);
    for (size_t i = 0; i < s->len; i++) {
        const struct line *line = &s->lines[i];
        if (line->kind == LINE_COMMAND)
            add_command(p, line->text);
        else if (line->kind == LINE_RANKED)
            add_strong(p, line->text);
        else
            add_text(p, line->kind == LINE_ITEM ? "• " : "", line->text);
    }
}

static void add_end(const struct page *p, struct strbuf *end)
{
    const struct message *m = p->m;
    for (size_t i = 0; p->k->link && i < m->links_len; i++) {
        strbuf_adds(end, i ? " · " : "\n\n");
        p->k->link(end, m->links[i].name, m->links[i].url);
        if (text_units(end->buf) > p->max / 4) { /* one line of many: the first ones only */
            strbuf_reset(end);
            break;
        }
    }
    strbuf_adds(end, end->len ? "\n" : "\n\n");
    p->k->escape(end, m->footer);
}

void message_lines(const struct message *m, enum language lang, const struct notation *k, size_t max, bool bare, struct strbuf *out)
{
    AUTO(arena) struct arena a = ARENA_INIT("lines");
    AUTO(strbuf) struct strbuf end = STRBUF_INIT(TEXT_MAX);
    struct page p = {m, k, lang, max, 0, out};
    add_end(&p, &end);
    size_t taken = text_units(end.buf) + MORE_UNITS;
    p.max = max > taken ? max - taken : 0;
    if (!bare)
        add_strong(&p, m->headline);
    add_paragraphs(&p, m->lead);
    for (size_t i = 0; i < m->facts_len; i++)
        add_fact(&p, &m->facts[i]);
    for (size_t i = 0; i < m->sections_len; i++)
        add_section(&p, &m->sections[i]);
    if (p.left_out)
        strbuf_addf(out, "\n%s", word_fill(&a, lang, W_MORE, arena_printf(&a, "%zu", p.left_out), NULL, NULL));
    strbuf_adds(out, end.buf);
}
