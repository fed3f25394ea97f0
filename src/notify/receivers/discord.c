/*
 * Discord, by a channel's webhook: one embed, and a list of allowed mentions that is empty. It can only post: what opens, ends and is news.
 */
#include <string.h>

#include "model/json.h"
#include "notify/escape.h"
#include "notify/lines.h"
#include "notify/receivers/receiver.h"

#define TITLE_MAX 250        /* of 256 */
#define DESCRIPTION_MAX 4000 /* of 4,096; title and description together may have 6,000 */
#define CONTENT_MAX 1900     /* of 2,000 */

static const int colors[] = {[TONE_FIRING] = 0xb00020, [TONE_BLIND] = 0x8a6d00, [TONE_RESOLVED] = 0x1b5e20,
                             [TONE_LOST] = 0x8a6d00,   [TONE_REMOVED] = 0x666666, [TONE_MERGED] = 0x666666};

/* Whatever Markdown means something by gets a backslash; so does `:`, which would make links and emoji of names. */
static void escape(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_~`|<>#[]():@-+", *text))
            strbuf_addc(out, '\\');
        strbuf_addc(out, *text);
    }
}

static void add_link(struct strbuf *out, const char *name, const char *url)
{
    strbuf_addc(out, '[');
    escape(out, name);
    strbuf_adds(out, "](<");
    strbuf_adds(out, url); /* escape_url() left no bracket in it */
    strbuf_adds(out, ">)");
}

static const struct notation notation = {escape, escape_nothing, "**", "**", "```\n", "\n```", "`", add_link};

static json_t *embed(const struct message *m, enum language lang, struct arena *a)
{
    AUTO(strbuf) struct strbuf title = STRBUF_INIT(4 * TITLE_MAX), text = STRBUF_INIT(16 * DESCRIPTION_MAX);
    escape(&title, text_clean(a, m->headline, TITLE_MAX / 2)); /* each character may get a backslash */
    message_lines(m, lang, &notation, DESCRIPTION_MAX, true, &text);
    json_t *json = json_object();
    json_object_set_new(json, "title", json_of_text(title.buf));
    json_object_set_new(json, "description", json_of_text(text.buf));
    json_object_set_new(json, "color", json_integer(colors[m->tone]));
    return json;
}

static int build(const struct finding *f, const char *kind, enum language lang, bool plain, struct arena *a, struct payload *ret, struct error *err)
{
    struct message m;
    message_make(f, kind, lang, a, &m);
    json_t *json = json_object();
    if (plain) {
        AUTO(strbuf) struct strbuf text = STRBUF_INIT(8 * CONTENT_MAX);
        message_lines(&m, lang, &notation, CONTENT_MAX, false, &text);
        json_object_set_new(json, "content", json_of_text(text.buf));
    } else {
        json_object_set_new(json, "embeds", json_pack("[o]", embed(&m, lang, a)));
    }
    json_object_set_new(json, "allowed_mentions", json_pack("{s:[]}", "parse"));
    return json_payload(json, a, ret, err);
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

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    (void)s;
    enum outcome o = outcome_of_http(r, why);
    return r->status == 400 ? OUTCOME_PLAIN : o;
}

static const struct transport transport = {prepare, judge};
/* Five in two seconds is what a webhook allows. */
const struct receiver discord_receiver = {.render = render, .transport = &transport, .posts = true, .pace = {1, 2, 4}};
