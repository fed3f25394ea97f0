/* Mails by a provider's HTTP API: {"from", "to", "subject", "text", "html", "message_id"}. Another provider is another row of `providers`. */
#include <stdlib.h>
#include <string.h>

#include "model/json.h"
#include "notify/receivers/receiver.h"

static json_t *generic_body(const struct destination_config *d, const struct mail_text *t)
{
    json_t *json = json_object(), *to = json_array();
    for (size_t i = 0; i < d->to_len; i++)
        json_array_append_new(to, json_of_text(d->to[i]));
    json_object_set_new(json, "from", json_of_text(d->from));
    json_object_set_new(json, "to", to);
    json_object_set_new(json, "subject", json_of_text(t->subject));
    json_object_set_new(json, "text", json_of_text(t->plain));
    json_object_set_new(json, "html", json_of_text(t->html));
    json_object_set_new(json, "message_id", json_of_text(t->message_id));
    return json;
}

static const struct {
    const char *name;
    json_t *(*body)(const struct destination_config *d, const struct mail_text *t);
} providers[] = {{"generic", generic_body}};

static int render(const struct destination_config *d, const struct finding *f, const char *kind, enum language lang, struct arena *a, struct payload *ret,
                  struct mail_text *text, struct error *err)
{
    size_t i = 0;
    while (i < ARRAY_LEN(providers) && strcmp(providers[i].name, d->provider ? d->provider : "generic") != 0)
        i++;
    if (i == ARRAY_LEN(providers))
        return error_set(err, ERR_INVALID, "unknown mail provider \"%s\"", d->provider);
    int failed = mail_text_make(d, f, kind, lang, a, text, err);
    if (failed)
        return failed;
    json_t *json = providers[i].body(d, text);
    char *body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (!body)
        return error_set(err, ERR_DATA, "the mail cannot be written as JSON");
    *ret = (struct payload){.content_type = "application/json; charset=utf-8", .body = arena_strdup(a, body), .len = strlen(body), .subject = text->subject};
    free(body);
    return 0;
}

int email_webhook_render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang,
                         struct arena *a, struct payload *ret, struct error *err)
{
    struct mail_text text;
    (void)ref;
    return render(d, f, kind, lang, a, ret, &text, err);
}

static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    struct payload p;
    struct mail_text text;
    if (s->step > 0)
        return 1;
    int failed = render(s->d, s->f, s->kind, s->lang, s->a, &p, &text, err);
    if (failed)
        return failed;
    struct net_request q = net_request_to(&s->d->http);
    struct name_value *headers = arena_array(s->a, q.headers.len + 1, sizeof *headers);
    if (q.headers.len)
        memcpy(headers, q.headers.items, q.headers.len * sizeof *headers);
    headers[q.headers.len] = (struct name_value){"Idempotency-Key", text.message_id}; /* who knows it drops what comes twice */
    q.headers = (struct name_values){headers, q.headers.len + 1};
    q.content_type = p.content_type;
    q.body = p.body;
    q.body_len = p.len;
    ret->request = q;
    return 0;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    (void)s;
    return outcome_of_http(r, why);
}

const struct transport email_webhook_transport = {prepare, judge};
