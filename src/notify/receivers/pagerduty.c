/*
 * PagerDuty's Events API v2. The incident is the dedup_key, so that what comes twice is one alert there. What ends without evidence is not resolved: a person closes it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/json.h"
#include "notify/escape.h"
#include "notify/receivers/receiver.h"

#define SUMMARY_MAX 1000 /* of 1,024 */
#define SOURCE_MAX 255
#define DETAIL_MAX 8000 /* a section; 512 kB are allowed for all */
#define LINKS_MAX 10

static const char *const severities[SEVERITY_COUNT] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_CRITICAL] = "critical",
};

static const char *const actions[] = {
    [TONE_FIRING] = "trigger",   [TONE_BLIND] = "trigger",   [TONE_RESOLVED] = "resolve",
    [TONE_LOST] = "trigger",     [TONE_REMOVED] = "resolve", [TONE_MERGED] = "resolve",
};

static const char *entity_text(const struct finding *f, struct arena *a)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(4 * SOURCE_MAX);
    for (size_t i = 0; i < f->entity.len; i++)
        strbuf_addf(&text, "%s%s=%s", i ? " " : "", f->entity.items[i].name, f->entity.items[i].value);
    return text_clean(a, text.buf, SOURCE_MAX - 100);
}

/* Whole lines only: a command is never cut. */
static json_t *section_text(const struct section *s)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(4 * DETAIL_MAX);
    size_t units = 0;
    for (size_t i = 0; i < s->len; i++) {
        units += text_units(s->lines[i].text) + 3;
        if (units > DETAIL_MAX)
            break;
        strbuf_addf(&text, "%s%s%s", i ? "\n" : "", s->lines[i].kind == LINE_ITEM ? "- " : "", s->lines[i].text);
    }
    return json_of_text(text.buf);
}

static json_t *details(const struct message *m, const struct finding *f)
{
    json_t *json = json_object();
    json_object_set_new(json, "lead", json_of_text(m->lead));
    for (size_t i = 0; i < m->facts_len; i++)
        json_object_set_new(json, m->facts[i].label, json_of_text(m->facts[i].value));
    for (size_t i = 0; i < m->sections_len; i++)
        json_object_set_new(json, m->sections[i].title, section_text(&m->sections[i]));
    json_object_set_new(json, "incident", json_of_text(f->incident));
    json_object_set_new(json, "revision", json_integer(f->revision));
    return json;
}

static json_t *links(const struct message *m)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->links_len && i < LINKS_MAX; i++)
        json_array_append_new(list, json_pack("{s:o, s:o}", "href", json_of_text(m->links[i].url), "text", json_of_text(m->links[i].name)));
    return list;
}

static json_t *payload(const struct message *m, const struct finding *f, struct arena *a)
{
    AUTO(strbuf) struct strbuf time = STRBUF_INIT(40);
    json_t *json = json_object();
    const char *entity = entity_text(f, a);
    time_format_utc(&time, f->slot_ms);
    json_object_set_new(json, "summary", json_of_text(text_clean(a, m->headline, SUMMARY_MAX)));
    json_object_set_new(json, "source", json_of_text(text_clean(a, arena_printf(a, "%s %s", f->cluster, entity), SOURCE_MAX)));
    json_object_set_new(json, "severity", json_string(severities[f->severity]));
    json_object_set_new(json, "timestamp", json_string(time.buf));
    if (*entity)
        json_object_set_new(json, "component", json_of_text(entity));
    json_object_set_new(json, "group", json_of_text(text_clean(a, f->cluster, SOURCE_MAX)));
    json_object_set_new(json, "class", json_of_text(text_clean(a, f->symptom, SOURCE_MAX)));
    json_object_set_new(json, "custom_details", details(m, f));
    return json;
}

static json_t *event(const struct finding *f, const char *kind, enum language lang, struct arena *a)
{
    struct message m;
    message_make(f, kind, lang, a, &m);
    json_t *json = json_pack("{s:s, s:s, s:s}", "event_action", actions[m.tone], "dedup_key", f->incident, "client", "Nightbell");
    json_object_set_new(json, "payload", payload(&m, f, a));
    if (m.links_len)
        json_object_set_new(json, "links", links(&m));
    return json;
}

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err)
{
    (void)d, (void)ref;
    return json_payload(event(f, kind, lang, a), a, ret, err); /* without the key, which is put in when it is sent */
}

static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    struct payload p;
    char *key;
    if (s->step > 0)
        return 1;
    int failed = secret_read(s->d->routing_key_file, &key, err);
    if (failed)
        return failed;
    json_t *json = event(s->f, s->kind, s->lang, s->a);
    json_object_set_new(json, "routing_key", json_of_text(key));
    secret_free(key);
    failed = json_payload(json, s->a, &p, err);
    if (!failed)
        ret->request = payload_request(s->d, &p, NULL, 0, s->a);
    return failed;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    (void)s;
    enum outcome o = outcome_of_http(r, why);
    return o == OUTCOME_AMBIGUOUS ? OUTCOME_RETRY : o; /* the same dedup_key: once there */
}

static const struct transport transport = {prepare, judge};
const struct receiver pagerduty_receiver = {.render = render, .transport = &transport, .pace = {2, 2, 20}};
