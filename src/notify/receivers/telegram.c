/*
 * Telegram's Bot API: HTML of which nothing comes from data unescaped; what follows is a reply to the first message of the incident. Edits would be silent there, so
 * only what is news is said.
 */
#include <stdlib.h>
#include <string.h>

#include "notify/escape.h"
#include "notify/lines.h"
#include "notify/receivers/receiver.h"
#include "notify/receivers/said.h"

#define API "https://api.telegram.org"
#define TEXT_MAX 4000 /* of 4,096 */

/* "@name" would call that person: a joiner of no width after the sign keeps it a name. */
static void escape(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        const char one[2] = {*text, '\0'};
        escape_html(out, one);
        if (*text == '@')
            strbuf_adds(out, "\xe2\x81\xa0");
    }
}

static void add_link(struct strbuf *out, const char *name, const char *url)
{
    strbuf_adds(out, "<a href=\"");
    escape_html(out, url);
    strbuf_adds(out, "\">");
    escape(out, name);
    strbuf_adds(out, "</a>");
}

static void escape_plain(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        strbuf_addc(out, *text);
        if (*text == '@')
            strbuf_adds(out, "\xe2\x81\xa0");
    }
}

static const struct notation html = {escape, escape_html, "<b>", "</b>", "<pre>", "</pre>", "", add_link};
static const struct notation bare = {escape_plain, escape_nothing, "", "", "", "", "@", NULL};

static int build(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, bool plain,
                 struct arena *a, struct payload *ret, struct error *err)
{
    struct message m;
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(16 * TEXT_MAX);
    message_make(f, kind, lang, a, &m);
    message_lines(&m, lang, plain ? &bare : &html, TEXT_MAX, false, &text);
    json_t *json = json_object(), *old = ref ? json_loads(ref, 0, NULL) : NULL;
    json_object_set_new(json, "chat_id", json_of_text(d->channel));
    json_object_set_new(json, "text", json_of_text(text.buf));
    if (!plain)
        json_object_set_new(json, "parse_mode", json_string("HTML"));
    json_object_set_new(json, "link_preview_options", json_pack("{s:b}", "is_disabled", 1));
    json_int_t first = json_integer_value(json_object_get(old, "message_id"));
    if (first)
        json_object_set_new(json, "reply_parameters", json_pack("{s:I, s:b}", "message_id", first, "allow_sending_without_reply", 1));
    json_decref(old);
    return json_payload(json, a, ret, err);
}

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err)
{
    return build(d, f, kind, ref, lang, false, a, ret, err);
}

/* The token stands in the middle of the URL. */
static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    struct payload p;
    if (s->step > 0)
        return 1;
    int failed = build(s->d, s->f, s->kind, s->ref, s->lang, s->plain, s->a, &p, err);
    if (failed)
        return failed;
    ret->request = payload_request(s->d, &p, NULL, 0, s->a);
    ret->request.url = NULL;
    ret->request.url_file = s->d->token_file;
    ret->request.url_before = arena_printf(s->a, "%s/bot", s->d->http.url ? s->d->http.url : API);
    ret->request.url_after = "/sendMessage";
    return 0;
}

/* Replies are to the first message, whatever was said since. */
static void keep(struct sending *s, const json_t *answer)
{
    json_t *old = s->ref ? json_loads(s->ref, 0, NULL) : NULL, *json = json_object();
    json_int_t first = json_integer_value(json_object_get(old, "message_id"));
    json_int_t this = json_integer_value(json_object_get(json_object_get(answer, "result"), "message_id"));
    if (first || this)
        json_object_set_new(json, "message_id", json_integer(first ? first : this));
    s->ref = said_ref(s->a, s->f, json);
    json_decref(old);
}

static enum outcome judge_refusal(struct sending *s, const json_t *answer, const struct net_result *r, struct error *why)
{
    const char *said = said_text(answer, "description");
    json_int_t after = json_integer_value(json_object_get(json_object_get(answer, "parameters"), "retry_after"));
    enum outcome o = outcome_of_http(r, why);
    if (after > 0 && after < 100000)
        s->wait_ms = after * 1000;
    if (strstr(said, "can't parse entities") || strstr(said, "too long"))
        return OUTCOME_PLAIN;
    return strstr(said, "chat not found") ? OUTCOME_CONFIG : o;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    if (r->error.code && r->error.code != ERR_REFUSED)
        return outcome_of_http(r, why);
    json_t *answer = json_loadb(r->body, r->body_len, 0, NULL);
    enum outcome o = OUTCOME_SENT;
    if (r->error.code) {
        o = judge_refusal(s, answer, r, why);
    } else if (!json_is_true(json_object_get(answer, "ok"))) {
        error_set(why, ERR_DATA, "telegram: an answer that does not say ok");
        o = OUTCOME_AMBIGUOUS;
    } else {
        keep(s, answer);
    }
    json_decref(answer);
    return o;
}

static const struct transport transport = {prepare, judge};
/* One a second and chat is what it allows, twenty a minute in a group. */
const struct receiver telegram_receiver = {.render = render, .transport = &transport, .posts = true, .pace = {1, 0.33, 5}};
