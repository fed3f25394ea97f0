/* Mails by a provider's HTTP API: {"from", "to", "subject", "text", "html", "message_id"}. Another provider is another row of `providers`. */
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
    int failed = mail_text_make(d, f, kind, lang, false, a, text, err);
    if (failed)
        return failed;
    json_t *json = providers[i].body(d, text);
    failed = json_payload(json, a, ret, err);
    ret->subject = failed ? NULL : text->subject;
    return failed;
}

static int email_webhook_render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                                struct payload *ret, struct error *err)
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
    const struct name_value key = {"Idempotency-Key", text.message_id}; /* who knows it drops what comes twice */
    ret->request = payload_request(s->d, &p, &key, 1, s->a);
    return 0;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    (void)s;
    return outcome_of_http(r, why);
}

static const struct transport transport = {prepare, judge};
const struct receiver email_webhook_receiver = {.render = email_webhook_render, .transport = &transport, .posts = true, .pace = {4, 0, 0}};
