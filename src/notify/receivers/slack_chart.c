#include "notify/receivers/slack_chart.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/json.h"
#include "notify/chart.h"
#include "notify/escape.h"
#include "notify/receivers/said.h"

static bool has_end(const char *text, size_t len, const char *end)
{
    return len >= strlen(end) && strncmp(text + len - strlen(end), end, strlen(end)) == 0;
}

bool slack_chart_url_is_good(const char *url, const char *api_url)
{
    const char *host = strstr(api_url, "://");
    size_t origin = host ? (size_t)(host - api_url) + 3 + strcspn(host + 3, "/?#") : 0;
    if (origin && strncmp(url, api_url, origin) == 0 && (url[origin] == '/' || url[origin] == '\0'))
        return true;
    if (strncmp(url, "https://", 8) != 0)
        return false;
    size_t len = strcspn(url + 8, "/?#");
    return !memchr(url + 8, '@', len) && !memchr(url + 8, '\\', len) && (has_end(url + 8, len, ".slack.com") || has_end(url + 8, len, ".slack-gov.com"));
}

/* ---- the picture ---- */

static bool draw(const struct sending *s, struct strbuf *png, const char **ret_title)
{
    struct message m;
    message_make(s->f, s->kind, s->lang, s->a, &m);
    const struct fact *f = message_picture(&m);
    if (!f || !chart_png(f->chart, s->f->onset_ms, png))
        return false;
    *ret_title = arena_printf(s->a, "%s: %s (%s)", f->label, f->value, f->range);
    return true;
}

/* ---- requests ---- */

static void set_method(const struct sending *s, const char *method, const char *type, const char *body, size_t len, struct net_request *ret)
{
    *ret = net_request_to(&s->d->http);
    ret->url = arena_printf(s->a, "%s%s", s->d->http.url, method);
    ret->bearer_token_file = s->d->token_file;
    ret->content_type = type;
    ret->body = body;
    ret->body_len = len;
}

/* Of a form, since this method does not take JSON. */
static void ask(const struct sending *s, const struct strbuf *png, const char *title, struct net_request *ret)
{
    AUTO(strbuf) struct strbuf form = STRBUF_INIT(16 * 1024);
    strbuf_addf(&form, "filename=chart.png&length=%zu&alt_txt=", png->len);
    escape_form(&form, title);
    set_method(s, "/files.getUploadURLExternal", "application/x-www-form-urlencoded", arena_strdup(s->a, form.buf), form.len, ret);
}

static void put(const struct sending *s, const struct strbuf *png, struct net_request *ret)
{
    *ret = net_request_to(&s->d->http); /* without the token: the URL is the permission */
    ret->url = s->upload_url;
    ret->content_type = "image/png";
    ret->body = memcpy(arena_alloc(s->a, png->len), png->buf, png->len);
    ret->body_len = png->len;
}

static void complete(const struct sending *s, const char *title, struct net_request *ret)
{
    json_t *ref = json_loads(s->ref, 0, NULL);
    json_t *json = json_pack("{s:[{s:s}]}", "files", "id", s->file_id);
    json_object_set_new(json_array_get(json_object_get(json, "files"), 0), "title", json_of_text(title));
    json_object_set_new(json, "channel_id", json_of_text(said_text(ref, "channel")));
    json_object_set_new(json, "thread_ts", json_of_text(said_text(ref, "ts")));
    char *text = json_dumps(json, JSON_COMPACT);
    const char *body = arena_strdup(s->a, text ? text : "{}");
    set_method(s, "/files.completeUploadExternal", "application/json; charset=utf-8", body, strlen(body), ret);
    free(text);
    json_decref(json);
    json_decref(ref);
}

bool slack_chart_prepare(struct sending *s, size_t step, struct net_request *ret)
{
    AUTO(strbuf) struct strbuf png = STRBUF_INIT(CHART_PNG_MAX);
    const char *title;
    if (!s->d->charts || !s->ref || step > 2 || (step > 0 && !s->file_id) || !draw(s, &png, &title))
        return false;
    if (step == 0)
        ask(s, &png, title, ret);
    else if (step == 1)
        put(s, &png, ret);
    else
        complete(s, title, ret);
    return true;
}

/* ---- answers ---- */

static void leave_out(struct sending *s, const char *why)
{
    bool scope = strcmp(why, "missing_scope") == 0;
    log_warn("%s: the chart is left out: %s%s", s->d->id, why, scope ? " (give the token files:write, or take `charts` out of the configuration)" : "");
    s->file_id = NULL;
}

/* What the answer to the first request says; NULL = good. */
static const char *read_place(struct sending *s, const json_t *answer)
{
    const char *url = said_text(answer, "upload_url"), *id = said_text(answer, "file_id");
    if (!*id || strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != strlen(id))
        return "the answer names no file";
    if (!slack_chart_url_is_good(url, s->d->http.url))
        return "it is to be sent to a server that is not Slack's";
    s->upload_url = arena_strdup(s->a, url);
    s->file_id = arena_strdup(s->a, id);
    return NULL;
}

void slack_chart_judge(struct sending *s, size_t step, const struct net_result *r)
{
    json_t *answer = step == 1 || r->error.code ? NULL : json_loadb(r->body, r->body_len, 0, NULL);
    const char *why = r->error.code ? r->error.text : NULL;
    if (!why && step != 1 && !json_is_true(json_object_get(answer, "ok")))
        why = *said_text(answer, "error") ? text_clean(s->a, said_text(answer, "error"), 60) : "the answer is not Slack's";
    else if (!why && step == 0)
        why = read_place(s, answer);
    if (why)
        leave_out(s, why);
    json_decref(answer);
}
