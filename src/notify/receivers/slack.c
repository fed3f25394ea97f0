/*
 * Slack: by a bot's token a message that is edited in place (with a line in its thread when the change is notable, since edits are silent), or by an
 * incoming webhook, which can only post: what opens, ends and notable changes. A new message's chart may follow in its thread (slack_chart.c).
 */
#include <stdlib.h>
#include <string.h>

#include "model/json.h"
#include "notify/escape.h"
#include "notify/receivers/receiver.h"
#include "notify/receivers/said.h"
#include "notify/receivers/slack_blocks.h"
#include "notify/receivers/slack_chart.h"
#include "notify/receivers/slack_check.h"

#define API "https://slack.com/api"
#define BODY_FLAGS JSON_COMPACT

static bool is_webhook(const struct destination_config *d)
{
    return !d->token_file;
}

/* ---- what is kept of a message ---- */

static const char *dump(struct arena *a, json_t *json)
{
    char *text = json_dumps(json, BODY_FLAGS);
    const char *copy = arena_strdup(a, text ? text : "{}");
    free(text);
    return copy;
}

static const char *make_ref(struct arena *a, const struct finding *f, const char *channel, const char *ts)
{
    json_t *json = json_object();
    if (channel && ts) {
        json_object_set_new(json, "channel", json_of_text(channel));
        json_object_set_new(json, "ts", json_of_text(ts));
    }
    return said_ref(a, f, json);
}

/* ---- bodies ---- */

static const char *address(const struct destination_config *d, const json_t *ref, json_t *body)
{
    const char *ts = said_text(ref, "ts"), *channel = said_text(ref, "channel");
    if (is_webhook(d))
        return "";
    json_object_set_new(body, "channel", json_of_text(*ts ? channel : d->channel));
    if (*ts)
        json_object_set_new(body, "ts", json_of_text(ts));
    return *ts ? "/chat.update" : "/chat.postMessage";
}

static void set_manners(json_t *body, bool webhook, bool update)
{
    if (!webhook) {
        json_object_set_new(body, "parse", json_string("none"));
        json_object_set_new(body, "link_names", json_false());
    }
    if (!update) {
        json_object_set_new(body, "unfurl_links", json_false());
        json_object_set_new(body, "unfurl_media", json_false());
    } else {
        json_object_set_new(body, "attachments", json_array());
    }
}

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, bool plain,
                  struct arena *a, struct payload *ret, const char **ret_method)
{
    struct message m;
    message_make(f, kind, lang, a, &m);
    json_t *old = ref ? json_loads(ref, 0, NULL) : NULL, *body = json_object();
    const char *method = address(d, old, body);
    bool update = strcmp(method, "/chat.update") == 0;
    json_object_set_new(body, "text", plain ? slack_plain_text(&m, lang) : slack_note(&m, 2000));
    set_manners(body, is_webhook(d), update);
    json_t *blocks = plain ? update ? json_array() : NULL : slack_blocks(&m, f, lang);
    if (blocks)
        json_object_set_new(body, "blocks", blocks);
    const char *text = dump(a, body);
    *ret = (struct payload){.content_type = "application/json; charset=utf-8", .body = text, .len = strlen(text), .subject = m.subject};
    if (ret_method)
        *ret_method = method;
    json_decref(body);
    json_decref(old);
    return 0;
}

static int slack_render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                        struct payload *ret, struct error *err)
{
    (void)err;
    return render(d, f, kind, ref, lang, false, a, ret, NULL);
}

static size_t check(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, const struct payload *p,
                    struct strbuf *out)
{
    AUTO(arena) struct arena a = ARENA_INIT("check");
    struct payload again, other;
    const char *method;
    render(d, f, kind, ref, lang, false, &a, &again, &method);
    render(d, f, kind, ref, lang == LANG_EN ? LANG_KO : LANG_EN, false, &a, &other, NULL);
    enum slack_form form = is_webhook(d) ? SLACK_WEBHOOK : strcmp(method, "/chat.update") == 0 ? SLACK_UPDATE : SLACK_POST;
    struct slack_check c = {.form = form, .f = f, .lang = lang, .out = out};
    slack_check(&c, p->body, p->len);
    slack_check_again(&c, p, &again, &other);
    return c.faults;
}

/* One line below the message; to the whole channel when it became critical or still is. */
static void render_reply(const struct sending *s, const json_t *ref, bool broadcast, struct payload *ret)
{
    struct message m;
    message_make(s->f, s->kind, s->lang, s->a, &m);
    json_t *body = json_object();
    json_object_set_new(body, "channel", json_of_text(said_text(ref, "channel")));
    json_object_set_new(body, "thread_ts", json_of_text(said_text(ref, "ts")));
    if (broadcast)
        json_object_set_new(body, "reply_broadcast", json_true());
    json_object_set_new(body, "text", slack_note(&m, 2000));
    set_manners(body, false, false);
    const char *text = dump(s->a, body);
    *ret = (struct payload){.content_type = "application/json; charset=utf-8", .body = text, .len = strlen(text)};
    json_decref(body);
}

/* ---- sending ---- */

static void set_request(const struct sending *s, const char *method, const struct payload *p, struct net_request *q)
{
    *q = net_request_to(&s->d->http);
    if (!is_webhook(s->d)) {
        q->url = arena_printf(s->a, "%s%s", s->d->http.url ? s->d->http.url : API, method);
        q->url_file = NULL;
        q->bearer_token_file = s->d->token_file;
    }
    q->content_type = p->content_type;
    q->body = p->body;
    q->body_len = p->len;
}

static int prepare_message(struct sending *s, const json_t *ref, struct wire *ret)
{
    struct payload p;
    const char *method;
    s->notable = said_is_news(s->f, s->kind, ref);
    if (is_webhook(s->d) && !s->notable)
        return 1;
    render(s->d, s->f, s->kind, s->ref, s->lang, s->plain, s->a, &p, &method);
    set_request(s, method, &p, &ret->request);
    s->posted = strcmp(method, "/chat.postMessage") == 0;
    s->notable = s->notable && strcmp(method, "/chat.update") == 0;
    return 0;
}

static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    (void)err;
    json_t *ref = s->ref ? json_loads(s->ref, 0, NULL) : NULL;
    int none = 1;
    if (s->step == 0) {
        none = prepare_message(s, ref, ret);
    } else if (s->step == 1 && s->notable) {
        struct payload p;
        bool loud = s->f->severity == SEVERITY_CRITICAL && message_tone(s->f) == TONE_FIRING;
        render_reply(s, ref, loud, &p);
        set_request(s, "/chat.postMessage", &p, &ret->request);
        none = 0;
    } else if (s->posted && message_tone(s->f) == TONE_FIRING) {
        none = !slack_chart_prepare(s, s->step - 1, &ret->request);
    }
    json_decref(ref);
    return none;
}

/* Slack's word for what went wrong, from a foreign body: a few harmless characters or nothing. */
static const char *error_name(struct arena *a, const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    return len > 0 && len <= 60 ? arena_strndup(a, text, len) : "";
}

static enum outcome judge_name(const char *name, const struct net_result *r, struct error *why)
{
    enum outcome o;
    error_set(why, ERR_REFUSED, "slack: %s", *name ? name : "an answer without a reason");
    if (outcome_of_slack(name, &o))
        return o;
    if (strncmp(name, "restricted_action", strlen("restricted_action")) == 0)
        return OUTCOME_CONFIG;
    return r->error.code ? outcome_of_http(r, *name ? NULL : why) : OUTCOME_DEAD;
}

static enum outcome judge_webhook(struct sending *s, const struct net_result *r, struct error *why)
{
    if (r->error.code == 0 && strcmp(r->body, "ok") == 0) {
        s->ref = make_ref(s->a, s->f, NULL, NULL);
        return OUTCOME_SENT;
    }
    if (r->error.code && r->error.code != ERR_REFUSED)
        return outcome_of_http(r, why);
    return r->status == 429 ? outcome_of_http(r, why) : judge_name(error_name(s->a, r->body), r, why);
}

static enum outcome judge_api(struct sending *s, const struct net_result *r, struct error *why)
{
    if (r->error.code)
        return outcome_of_http(r, why);
    json_t *answer = json_loadb(r->body, r->body_len, 0, NULL);
    enum outcome o = OUTCOME_SENT;
    if (!json_is_object(answer)) {
        error_set(why, ERR_DATA, "slack: the answer is not JSON");
        o = OUTCOME_AMBIGUOUS;
    } else if (!json_is_true(json_object_get(answer, "ok"))) {
        o = judge_name(error_name(s->a, said_text(answer, "error")), r, why);
    } else if (s->step == 0 && !s->notable) {
        s->ref = make_ref(s->a, s->f, said_text(answer, "channel"), said_text(answer, "ts"));
    }
    json_decref(answer);
    return o;
}

/*
 * The line in the thread came after the edit. Only now it is kept what was said, so that a crash between the two says it again. When the thread does
 * not take it (deleted, locked), the edit still stands.
 */
static enum outcome judge_reply(struct sending *s, const struct net_result *r, struct error *why)
{
    enum outcome o = judge_api(s, r, why);
    if (o != OUTCOME_SENT && o != OUTCOME_DEAD && o != OUTCOME_PLAIN && o != OUTCOME_ANEW)
        return o;
    json_t *ref = json_loads(s->ref, 0, NULL);
    s->ref = make_ref(s->a, s->f, said_text(ref, "channel"), said_text(ref, "ts"));
    json_decref(ref);
    return OUTCOME_SENT;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    if (is_webhook(s->d))
        return judge_webhook(s, r, why);
    if (s->step && s->posted) {
        slack_chart_judge(s, s->step - 1, r);
        return OUTCOME_SENT; /* what counts is said */
    }
    return s->step ? judge_reply(s, r, why) : judge_api(s, r, why);
}

static const struct transport transport = {prepare, judge};
/* One a second and channel is what it allows. */
const struct receiver slack_receiver = {.render = slack_render, .check = check, .transport = &transport, .pace = {2, 1, 3}};
