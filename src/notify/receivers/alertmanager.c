/*
 * Alertmanager's API v2: alerts under labels of our own. What is in the labels names the alert, so nothing that changes with the numbers is there; the rest is in
 * annotations, which the newest post replaces. The mirror (notify/mirror.c) tells them again and again; the outbox sends a single one for tests only.
 */
#include <string.h>

#include "model/json.h"
#include "notify/escape.h"
#include "notify/receivers/receiver.h"

#define VALUE_MAX 500
#define DESCRIPTION_MAX 2000
#define COMMAND_MAX 1200

static const char *const reserved[] = {"alertname", "severity", "cluster", "incident_id", "role", "symptom"};

static bool is_label_name(const char *name)
{
    if (!*name || (*name >= '0' && *name <= '9'))
        return false;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

/* Alertmanager drops empty labels; so they are not there either. */
static void set(json_t *json, struct arena *a, const char *name, const char *value, size_t max)
{
    const char *clean = value ? text_clean(a, value, max) : "";
    if (*clean)
        json_object_set_new(json, name, json_of_text(clean));
}

json_t *alert_labels(const struct finding *f)
{
    AUTO(arena) struct arena a = ARENA_INIT("labels");
    json_t *json = json_object();
    for (size_t i = 0; i < f->entity.len; i++) {
        const char *name = f->entity.items[i].name;
        if (is_label_name(name) && !is_reserved(name))
            set(json, &a, name, f->entity.items[i].value, VALUE_MAX);
    }
    set(json, &a, "alertname", f->symptom, VALUE_MAX);
    set(json, &a, "symptom", f->symptom, VALUE_MAX);
    set(json, &a, "cluster", f->cluster, VALUE_MAX);
    set(json, &a, "severity", severity_names[f->severity], VALUE_MAX);
    set(json, &a, "incident_id", f->incident, VALUE_MAX);
    set(json, &a, "role", role_names[f->role], VALUE_MAX);
    return json;
}

static void add_line(struct strbuf *out, size_t *units, const char *before, const char *text)
{
    *units += text_units(before) + text_units(text);
    if (*units <= DESCRIPTION_MAX)
        strbuf_addf(out, "%s%s", before, text);
}

static json_t *description(const struct message *m)
{
    static const char *const before[] = {[LINE_PLAIN] = "\n", [LINE_RANKED] = "\n", [LINE_ITEM] = "\n  - ", [LINE_COMMAND] = "\n  "};
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(4 * DESCRIPTION_MAX);
    size_t units = 0;
    add_line(&text, &units, "", m->lead);
    for (size_t i = 0; i < m->sections_len; i++) {
        add_line(&text, &units, "\n", m->sections[i].title);
        for (size_t k = 0; k < m->sections[i].len; k++)
            add_line(&text, &units, before[m->sections[i].lines[k].kind], m->sections[i].lines[k].text);
    }
    return json_of_text(text.buf);
}

/* What is known without doubt to change nothing comes first among the remedies. */
static const char *first_command(const struct finding *f)
{
    if (f->next_command)
        return f->next_command;
    for (size_t i = 0; i < f->remedies_len; i++)
        if (f->remedies[i].command && f->remedies[i].risk == RISK_READ_ONLY)
            return f->remedies[i].command;
    return NULL;
}

json_t *alert_annotations(const struct finding *f, enum language lang)
{
    AUTO(arena) struct arena a = ARENA_INIT("annotations");
    struct message m;
    message_make(f, "update", lang, &a, &m);
    json_t *json = json_object();
    const char *command = first_command(f);
    set(json, &a, "summary", m.headline, VALUE_MAX);
    json_object_set_new(json, "description", description(&m));
    if (f->causes_len && f->causes[0].verdict != VERDICT_RULED_OUT) {
        set(json, &a, "cause", f->causes[0].title.in[lang], VALUE_MAX);
        set(json, &a, "cause_id", f->causes[0].id, VALUE_MAX);
        set(json, &a, "verdict", verdict_names[f->causes[0].verdict], VALUE_MAX);
    }
    if (m.tone < TONE_RESOLVED && command && strlen(command) <= COMMAND_MAX && text_is_plain_line(command))
        set(json, &a, "command", command, COMMAND_MAX);
    if (m.links_len)
        json_object_set_new(json, "dashboard_url", json_of_text(m.links[0].url));
    return json;
}

const char *alert_link(const struct finding *f, struct arena *a)
{
    AUTO(strbuf) struct strbuf url = STRBUF_INIT(2000);
    for (size_t i = 0; i < f->links_len; i++) {
        strbuf_reset(&url);
        if (escape_url(&url, f->links[i].url) && !url.truncated)
            return arena_strdup(a, url.buf);
    }
    return NULL;
}

int64_t alert_starts_ms(const struct finding *f)
{
    return f->fired_ms ? f->fired_ms : f->onset_ms ? f->onset_ms : f->slot_ms;
}

static json_t *time_json(int64_t ms)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(40);
    time_format_utc(&text, ms);
    return json_string(text.buf);
}

json_t *alert_json(const json_t *labels, const json_t *annotations, const char *link, int64_t starts_ms, int64_t ends_ms)
{
    json_t *json = json_object();
    json_object_set_new(json, "labels", json_deep_copy(labels));
    json_object_set_new(json, "annotations", json_deep_copy(annotations));
    json_object_set_new(json, "startsAt", time_json(starts_ms));
    json_object_set_new(json, "endsAt", time_json(ends_ms > starts_ms ? ends_ms : starts_ms + 1000)); /* else it is refused */
    if (link)
        json_object_set_new(json, "generatorURL", json_of_text(link));
    return json;
}

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err)
{
    (void)d, (void)kind, (void)ref;
    json_t *labels = alert_labels(f), *annotations = alert_annotations(f, lang), *list = json_array();
    int64_t ends_ms = message_tone(f) >= TONE_RESOLVED ? (f->resolved_ms ? f->resolved_ms : f->slot_ms) : f->slot_ms + ALERT_LEASE_MS;
    json_array_append_new(list, alert_json(labels, annotations, alert_link(f, a), alert_starts_ms(f), ends_ms));
    json_decref(labels);
    json_decref(annotations);
    return json_payload(list, a, ret, err);
}

static const char *url_of(const struct destination_config *d, const char *path, struct arena *a)
{
    size_t len = strlen(d->http.url);
    while (len && d->http.url[len - 1] == '/')
        len--;
    return arena_printf(a, "%.*s%s", (int)len, d->http.url, path);
}

struct net_request alertmanager_ask(const struct destination_config *d, const char *path, struct arena *a)
{
    struct net_request q = net_request_to(&d->http);
    q.url = url_of(d, path, a);
    return q;
}

struct net_request alertmanager_request(const struct destination_config *d, const struct payload *p, struct arena *a)
{
    struct net_request q = payload_request(d, p, NULL, 0, a);
    q.url = url_of(d, "/api/v2/alerts", a);
    return q;
}

static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    struct payload p;
    if (s->step > 0)
        return 1;
    int failed = render(s->d, s->f, s->kind, s->ref, s->lang, s->a, &p, err);
    if (!failed)
        ret->request = alertmanager_request(s->d, &p, s->a);
    return failed;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    (void)s;
    enum outcome o = outcome_of_http(r, why);
    return o == OUTCOME_AMBIGUOUS ? OUTCOME_RETRY : o;
}

static const struct transport transport = {prepare, judge};
const struct receiver alertmanager_receiver = {.render = render, .transport = &transport, .pace = {1, 0, 0}, .mirrors = true};
