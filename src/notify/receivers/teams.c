/*
 * Microsoft Teams, by a workflow's webhook: an adaptive card of text runs, in which nothing is markup, so that names cannot do anything. It can only post: what opens,
 * ends and is news.
 */
#include <string.h>

#include "model/json.h"
#include "notify/escape.h"
#include "notify/receivers/receiver.h"
#include "notify/words.h"

#define BYTES_MAX 20000 /* about 28,000 are allowed; 21,000 were measured by one client */
#define LINKS_MAX 5

static json_t *run(const char *text, bool strong, bool command, const char *color)
{
    json_t *json = json_pack("{s:s, s:o}", "type", "TextRun", "text", json_of_text(text));
    if (strong)
        json_object_set_new(json, "weight", json_string("Bolder"));
    if (command)
        json_object_set_new(json, "fontType", json_string("Monospace"));
    if (color)
        json_object_set_new(json, "color", json_string(color));
    return json;
}

/* A paragraph of one or two runs; `second` NULL = one. */
static json_t *paragraph(json_t *first, json_t *second, const char *spacing)
{
    json_t *runs = json_pack("[o]", first);
    if (second)
        json_array_append_new(runs, second);
    return json_pack("{s:s, s:s, s:o}", "type", "RichTextBlock", "spacing", spacing, "inlines", runs);
}

static void add_head(const struct message *m, json_t *body)
{
    static const char *const colors[] = {[TONE_FIRING] = "Attention", [TONE_BLIND] = "Warning",   [TONE_RESOLVED] = "Good",
                                         [TONE_LOST] = "Warning",     [TONE_REMOVED] = "Default", [TONE_MERGED] = "Default"};
    json_t *title = run(m->headline, true, false, colors[m->tone]);
    json_object_set_new(title, "size", json_string("Medium"));
    json_array_append_new(body, paragraph(title, NULL, "None"));
    const char *rest = m->lead;
    while (*rest) {
        size_t len = strcspn(rest, "\n");
        AUTO(strbuf) struct strbuf line = STRBUF_INIT(8192);
        strbuf_add(&line, rest, len);
        json_array_append_new(body, paragraph(run(line.buf, false, false, NULL), NULL, "Small"));
        rest += len + (rest[len] == '\n');
    }
    for (size_t i = 0; i < m->facts_len; i++) {
        const struct fact *f = &m->facts[i];
        AUTO(strbuf) struct strbuf label = STRBUF_INIT(1024), value = STRBUF_INIT(8192);
        strbuf_addf(&label, "%s: ", f->label);
        strbuf_addf(&value, "%s%s%s", f->spark ? f->spark : "", f->spark ? " " : "", f->value);
        json_array_append_new(body, paragraph(run(label.buf, true, false, NULL), run(value.buf, false, false, NULL), i ? "None" : "Medium"));
    }
}

static size_t bytes_of(const json_t *json)
{
    return json_dumpb(json, NULL, 0, JSON_COMPACT);
}

static json_t *line_block(const struct line *line)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(8192);
    strbuf_addf(&text, "%s%s", line->kind == LINE_ITEM ? "• " : "", line->text);
    return paragraph(run(text.buf, line->kind == LINE_RANKED, line->kind == LINE_COMMAND, NULL), NULL, line->kind == LINE_RANKED ? "Small" : "None");
}

/* Whole lines while there is room; says how many have none. */
static size_t add_sections(const struct message *m, json_t *body, size_t room)
{
    size_t left_out = 0;
    for (size_t i = 0; i < m->sections_len; i++) {
        const struct section *s = &m->sections[i];
        for (size_t k = 0; k < s->len; k++) {
            json_t *title = k ? NULL : paragraph(run(s->title, true, false, NULL), NULL, "Medium"), *line = line_block(&s->lines[k]);
            size_t bytes = bytes_of(line) + (title ? bytes_of(title) : 0) + 2;
            bool fits = !left_out && bytes <= room;
            room -= fits ? bytes : 0;
            left_out += !fits;
            if (fits && title)
                json_array_append(body, title);
            if (fits)
                json_array_append(body, line);
            json_decref(title);
            json_decref(line);
        }
    }
    return left_out;
}

static json_t *actions(const struct message *m)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->links_len && i < LINKS_MAX; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "type", "Action.OpenUrl", "title", json_of_text(m->links[i].name), "url",
                                              json_of_text(m->links[i].url)));
    return list;
}

static json_t *card(const struct message *m, enum language lang, bool plain, struct arena *a)
{
    json_t *body = json_array(), *links = actions(m);
    add_head(m, body);
    size_t taken = bytes_of(body) + bytes_of(links) + 1200; /* envelope, "n more", footer */
    size_t left_out = plain ? 0 : add_sections(m, body, taken < BYTES_MAX ? BYTES_MAX - taken : 0);
    if (left_out)
        json_array_append_new(body, paragraph(run(word_fill(a, lang, W_MORE, arena_printf(a, "%zu", left_out), NULL, NULL), false, false, NULL), NULL, "Small"));
    json_t *foot = run(m->footer, false, false, NULL);
    json_object_set_new(foot, "size", json_string("Small"));
    json_array_append_new(body, paragraph(foot, NULL, "Medium"));
    json_t *json = json_pack("{s:s, s:s, s:s, s:o, s:{s:s}}", "type", "AdaptiveCard", "$schema", "http://adaptivecards.io/schemas/adaptive-card.json", "version", "1.4",
                             "body", body, "msteams", "width", "Full");
    if (json_array_size(links))
        json_object_set(json, "actions", links);
    json_object_set_new(json, "fallbackText", json_of_text(text_clean(a, m->note, 500)));
    json_decref(links);
    return json;
}

static int build(const struct finding *f, const char *kind, enum language lang, bool plain, struct arena *a, struct payload *ret, struct error *err)
{
    struct message m;
    message_make(f, kind, lang, a, &m);
    json_t *attachment = json_pack("{s:s, s:n, s:o}", "contentType", "application/vnd.microsoft.card.adaptive", "contentUrl", "content", card(&m, lang, plain, a));
    return json_payload(json_pack("{s:s, s:[o]}", "type", "message", "attachments", attachment), a, ret, err);
}

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err)
{
    (void)d, (void)ref;
    return build(f, kind, lang, false, a, ret, err);
}

static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    return post_prepare(s, build, ret, err);
}

/* Older webhooks take everything and say in the body what came of it. */
static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    (void)s;
    enum outcome o = outcome_of_http(r, why);
    if (o == OUTCOME_SENT && strstr(r->body, "delivery failed")) {
        error_set(why, ERR_REFUSED, "teams: the message was not delivered");
        return strstr(r->body, "429") ? OUTCOME_THROTTLED : OUTCOME_RETRY;
    }
    return r->status == 400 || r->status == 413 ? OUTCOME_PLAIN : o;
}

static const struct transport transport = {prepare, judge};
/* More than four a second are refused. */
const struct receiver teams_receiver = {.render = render, .transport = &transport, .posts = true, .pace = {2, 2, 4}};
