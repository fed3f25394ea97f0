/* Block Kit. Every variable text is escaped on its way in; what has no room is dropped by whole lines. */
#include "notify/receivers/slack_blocks.h"

#include <string.h>

#include "model/json.h"
#include "notify/escape.h"
#include "notify/words.h"

#define BLOCKS_BYTES_MAX 12000
#define HEADER_MAX 150
#define LEAD_MAX 1000
#define FIELD_MAX 400
#define CONTEXT_MAX 1000
#define PLAIN_MAX 2000
#define SECTIONS_BUDGET 5000 /* units over all sections; each at most SECTION_MAX */
#define SECTION_MAX 2600

struct writing {
    const struct finding *f;
    const struct message *m;
    enum language lang;
    size_t percent; /* of the budgets */
};

/* ---- text ---- */

/* The entity's value that begins at `at` and holds a character that Slack would take for formatting; 0 = none. */
static size_t odd_name_len(const struct finding *f, const char *at)
{
    size_t longest = 0;
    for (size_t i = 0; i < f->entity.len; i++) {
        const char *value = f->entity.items[i].value;
        size_t len = value ? strlen(value) : 0;
        if (len > longest && strpbrk(value, "*_~:") && strncmp(at, value, len) == 0)
            longest = len;
    }
    return longest;
}

/* A sentence with odd names in code spans. False, and nothing added, when it has no room in `max` units. */
static bool add_sentence(struct strbuf *out, const struct finding *f, const char *text, size_t max)
{
    size_t start = out->len, units = 0;
    const char *plain = text;
    for (const char *p = text;; p++) {
        size_t name = *p ? odd_name_len(f, p) : 0;
        if (*p && !name)
            continue;
        AUTO(strbuf) struct strbuf piece = STRBUF_INIT(8192);
        strbuf_add(&piece, plain, (size_t)(p - plain));
        units += escape_mrkdwn(out, piece.buf, SIZE_MAX);
        if (!*p)
            break;
        strbuf_reset(&piece);
        strbuf_add(&piece, p, name);
        strbuf_addc(out, '`');
        units += 2 + escape_mrkdwn(out, piece.buf, SIZE_MAX);
        strbuf_addc(out, '`');
        plain = p + name;
        p = plain - 1;
    }
    if (units <= max)
        return true;
    out->len = start;
    out->buf[start] = '\0';
    return false;
}

/* A sentence that must be there: cut when it has no room. */
static void add_cut(struct strbuf *out, const struct finding *f, const char *text, size_t max)
{
    if (!add_sentence(out, f, text, max))
        escape_mrkdwn(out, text, max);
}

static json_t *text_object(const char *type, const char *text)
{
    json_t *json = json_object();
    bool plain = strcmp(type, "plain_text") == 0;
    json_object_set_new(json, "type", json_string(type));
    json_object_set_new(json, plain ? "emoji" : "verbatim", json_boolean(!plain));
    json_object_set_new(json, "text", json_of_text(text));
    return json;
}

static json_t *mrkdwn(const struct strbuf *text)
{
    return text_object("mrkdwn", text->buf);
}

static json_t *block(const struct writing *w, const char *type, const char *mark)
{
    json_t *json = json_object();
    json_object_set_new(json, "type", json_string(type));
    /* Slack asks for other ids with each edit; the same finding gives the same bytes. */
    json_object_set_new(json, "block_id", json_sprintf("%s-%s-%u-%lld", mark, w->f->incident, w->f->revision, (long long)(w->f->slot_ms / 1000)));
    return json;
}

/* ---- blocks ---- */

static json_t *header(const struct writing *w)
{
    json_t *json = block(w, "header", "h");
    AUTO(arena) struct arena a = ARENA_INIT("header");
    char *text = arena_strdup(&a, text_clean(&a, w->m->headline, HEADER_MAX));
    for (char *p = text; *p; p++) /* plain_text knows no markup, but `<!` in it looks like a mention to people and filters */
        if (*p == '<' || *p == '>')
            *p = *p == '<' ? '(' : ')';
    json_object_set_new(json, "text", text_object("plain_text", text));
    return json;
}

static json_t *lead(const struct writing *w)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(16 * 1024);
    const char *rest = w->m->lead;
    for (size_t i = 0; *rest && i < 3; i++) {
        AUTO(strbuf) struct strbuf line = STRBUF_INIT(8192);
        strbuf_add(&line, rest, strcspn(rest, "\n"));
        if (i)
            strbuf_addc(&text, '\n');
        add_cut(&text, w->f, line.buf, LEAD_MAX * w->percent / 100);
        rest += strcspn(rest, "\n");
        rest += *rest == '\n';
    }
    if (!text.len)
        return NULL;
    json_t *json = block(w, "section", "d");
    json_object_set_new(json, "text", mrkdwn(&text));
    return json;
}

static json_t *field(const struct writing *w, const struct fact *fact)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(8192);
    strbuf_addc(&text, '*');
    escape_mrkdwn(&text, fact->label, 80);
    strbuf_adds(&text, "*\n");
    if (fact->spark)
        strbuf_addf(&text, "`%s` ", fact->spark);
    if (fact->time_ms) {
        AUTO(arena) struct arena a = ARENA_INIT("time");
        strbuf_addf(&text, "<!date^%lld^{date_short_pretty} {time}|%s>%s%s", (long long)(fact->time_ms / 1000), message_time(&a, fact->time_ms),
                    *fact->rest ? " " : "", fact->rest);
    } else {
        add_cut(&text, w->f, fact->value, FIELD_MAX);
    }
    return mrkdwn(&text);
}

static json_t *fields(const struct writing *w)
{
    json_t *json = block(w, "section", "f"), *list = json_array();
    for (size_t i = 0; i < w->m->facts_len; i++)
        json_array_append_new(list, field(w, &w->m->facts[i]));
    json_object_set_new(json, "fields", list);
    return json;
}

static bool add_line(const struct writing *w, const struct line *line, struct strbuf *out, size_t room)
{
    static const char *const starts[] = {[LINE_PLAIN] = "\n", [LINE_RANKED] = "\n*", [LINE_ITEM] = "\n• ", [LINE_COMMAND] = "\n"};
    size_t start = out->len;
    strbuf_adds(out, starts[line->kind]);
    bool fits;
    if (line->kind != LINE_COMMAND) {
        fits = room > 4 && add_sentence(out, w->f, line->text, room - 4);
    } else if (strchr(line->text, '`')) { /* would end the code block; another character in its place would be another command */
        fits = add_sentence(out, w->f, word(w->lang, W_WITHHELD), room);
    } else {
        strbuf_adds(out, "```");
        fits = room > 8 && escape_mrkdwn(out, line->text, SIZE_MAX) <= room - 8;
        strbuf_adds(out, "```");
    }
    if (line->kind == LINE_RANKED)
        strbuf_addc(out, '*');
    if (!fits) {
        out->len = start;
        out->buf[start] = '\0';
    }
    return fits;
}

/* Lines while there is room, then how many more there are. */
static json_t *section(const struct writing *w, size_t at, size_t *budget)
{
    const struct section *s = &w->m->sections[at];
    static const char *const marks[SECTIONS_MAX] = {"s0", "s1", "s2", "s3", "s4"};
    size_t max = *budget < SECTION_MAX ? *budget : SECTION_MAX;
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(32 * 1024);
    strbuf_addf(&text, "*%s*", s->title);
    size_t shown = 0;
    while (shown < s->len && text_units(text.buf) + 40 < max && add_line(w, &s->lines[shown], &text, max - 40 - text_units(text.buf)))
        shown++;
    if (shown == 0)
        return NULL;
    if (shown < s->len) {
        AUTO(arena) struct arena a = ARENA_INIT("more");
        strbuf_addf(&text, "\n%s", word_fill(&a, w->lang, W_MORE, arena_printf(&a, "%zu", s->len - shown), NULL, NULL));
    }
    *budget -= text_units(text.buf);
    json_t *json = block(w, "section", marks[at]);
    json_object_set_new(json, "text", mrkdwn(&text));
    return json;
}

static json_t *footer(const struct writing *w)
{
    json_t *json = block(w, "context", "l"), *elements = json_array();
    AUTO(strbuf) struct strbuf links = STRBUF_INIT(8192), text = STRBUF_INIT(2048);
    for (size_t i = 0; i < w->m->links_len; i++) {
        AUTO(strbuf) struct strbuf link = STRBUF_INIT(8192);
        strbuf_addf(&link, "%s<", links.len ? " · " : "");
        escape_mrkdwn(&link, w->m->links[i].url, SIZE_MAX);
        strbuf_addc(&link, '|');
        for (const char *p = w->m->links[i].name; *p; p++) { /* the label ends at `>`, which is escaped; a bar would begin another */
            const char one[2] = {*p == '|' ? '/' : *p, '\0'};
            if ((unsigned char)*p < 0x80)
                escape_mrkdwn(&link, one, SIZE_MAX);
            else
                strbuf_addc(&link, *p);
        }
        strbuf_addc(&link, '>');
        if (text_units(links.buf) + text_units(link.buf) <= CONTEXT_MAX)
            strbuf_adds(&links, link.buf);
    }
    if (links.len)
        json_array_append_new(elements, mrkdwn(&links));
    add_cut(&text, w->f, w->m->footer, CONTEXT_MAX);
    json_array_append_new(elements, mrkdwn(&text));
    json_object_set_new(json, "elements", elements);
    return json;
}

static json_t *build(const struct writing *w)
{
    size_t budget = SECTIONS_BUDGET * w->percent / 100;
    json_t *blocks = json_array(), *one = lead(w);
    json_array_append_new(blocks, header(w));
    if (one)
        json_array_append_new(blocks, one);
    json_array_append_new(blocks, fields(w));
    for (size_t i = 0; i < w->m->sections_len; i++)
        if ((one = section(w, i, &budget)))
            json_array_append_new(blocks, one);
    json_array_append_new(blocks, footer(w));
    return blocks;
}

/* Text of three bytes a character may be within the units and beyond the bytes: then again with less of everything. */
json_t *slack_blocks(const struct message *m, const struct finding *f, enum language lang)
{
    for (size_t percent = 100;; percent = percent * 3 / 4) {
        const struct writing w = {f, m, lang, percent};
        json_t *blocks = build(&w);
        if (json_dumpb(blocks, NULL, 0, JSON_COMPACT) <= BLOCKS_BYTES_MAX || percent < 10)
            return blocks;
        json_decref(blocks);
    }
}

json_t *slack_note(const struct message *m, size_t max)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(16 * 1024);
    escape_mrkdwn(&text, m->note, max);
    return json_of_text(text.buf);
}

json_t *slack_plain_text(const struct message *m, enum language lang)
{
    AUTO(strbuf) struct strbuf whole = STRBUF_INIT(64 * 1024), text = STRBUF_INIT(64 * 1024);
    message_print(m, lang, &whole);
    escape_mrkdwn(&text, whole.buf, PLAIN_MAX);
    return json_of_text(text.buf);
}
