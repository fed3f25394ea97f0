/* Mails by a provider's HTTP API, each by a template of its request. Another provider is another row of `providers`. */
#include <stdlib.h>
#include <string.h>

#include "model/json.h"
#include "model/template.h"
#include "notify/escape.h"
#include "notify/receivers/receiver.h"

#define FORM_MAX (1 << 20)

static const struct {
    const char *name;
    bool form; /* the members of the object as a form instead of JSON */
    const char *body;
} providers[] = {
    {"generic", false,
     "{\"from\": \"{from}\", \"to\": [\"{to}\"], \"subject\": \"{subject}\", \"text\": \"{text}\", \"html\": \"{html}\", \"message_id\": \"{message_id}\"}"},
    {"sendgrid", false,
     "{\"personalizations\": [{\"to\": [{\"email\": \"{to}\"}]}], \"from\": {\"email\": \"{from}\", \"name\": \"Nightbell\"}, \"subject\": \"{subject}\","
     " \"content\": [{\"type\": \"text/plain\", \"value\": \"{text}\"}, {\"type\": \"text/html\", \"value\": \"{html}\"}],"
     " \"headers\": {\"In-Reply-To\": \"<{root_id}>\", \"References\": \"<{root_id}>\", \"Auto-Submitted\": \"auto-generated\"}}"},
    {"mailgun", true,
     "{\"from\": \"Nightbell <{from}>\", \"to\": \"{to}\", \"subject\": \"{subject}\", \"text\": \"{text}\", \"html\": \"{html}\", \"h:Message-Id\": \"<{message_id}>\","
     " \"h:In-Reply-To\": \"<{root_id}>\", \"h:References\": \"<{root_id}>\", \"h:Auto-Submitted\": \"auto-generated\"}"},
    {"resend", false,
     "{\"from\": \"Nightbell <{from}>\", \"to\": [\"{to}\"], \"subject\": \"{subject}\", \"text\": \"{text}\", \"html\": \"{html}\","
     " \"headers\": {\"In-Reply-To\": \"<{root_id}>\", \"References\": \"<{root_id}>\", \"Auto-Submitted\": \"auto-generated\"}}"},
};

static json_t *filled(json_t *template, const struct destination_config *d, const struct finding *f, const struct mail_text *t)
{
    const char *const *to = (const char *const *)d->to, *const state = finding_state_names[f->state], *const severity = severity_names[f->severity],
                      *const incident = f->incident;
    const struct template_place places[] = {
        {"from", &d->from, 1},        {"to", to, d->to_len},     {"subject", &t->subject, 1}, {"text", &t->plain, 1},   {"html", &t->html, 1},
        {"message_id", &t->message_id, 1}, {"root_id", &t->root_id, 1}, {"incident_id", &incident, 1},   {"status", &state, 1}, {"severity", &severity, 1},
    };
    return template_fill(template, places, ARRAY_LEN(places));
}

static int form_payload(json_t *json, struct arena *a, struct payload *ret, struct error *err)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(FORM_MAX);
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value) {
        strbuf_adds(&out, out.len ? "&" : "");
        escape_form(&out, key);
        strbuf_addc(&out, '=');
        escape_form(&out, json_string_value(value));
    }
    json_decref(json);
    if (out.truncated)
        return error_set(err, ERR_LIMIT, "the mail is too large");
    *ret = (struct payload){.content_type = "application/x-www-form-urlencoded", .body = arena_strndup(a, out.buf, out.len), .len = out.len};
    return 0;
}

static int render(const struct destination_config *d, const struct finding *f, const char *kind, enum language lang, struct arena *a, struct payload *ret,
                  struct mail_text *text, struct error *err)
{
    json_t *template;
    size_t i = 0;
    while (i < ARRAY_LEN(providers) && strcmp(providers[i].name, d->provider ? d->provider : "generic") != 0)
        i++;
    if (i == ARRAY_LEN(providers))
        return error_set(err, ERR_INVALID, "unknown mail provider \"%s\"", d->provider);
    int failed = mail_text_make(d, f, kind, lang, false, a, text, err);
    if (!failed)
        failed = template_read(d->template ? d->template : providers[i].body, mail_places, &template, err);
    if (failed)
        return failed;
    json_t *json = filled(template, d, f, text);
    json_decref(template);
    failed = providers[i].form ? form_payload(json, a, ret, err) : json_payload(json, a, ret, err);
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
