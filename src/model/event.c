/* One line of the event contract: what a finding says to programs. The order of keys is part of the contract. */
#include <math.h>

#include "model/finding.h"
#include "model/json.h"

static json_t *sentences(const struct texts *texts, enum language lang)
{
    json_t *list = json_array();
    for (size_t i = 0; i < texts->len; i++)
        json_array_append_new(list, json_of_text(texts->items[i].in[lang]));
    return list;
}

/* Three digits after the point are all that a likelihood can mean. */
static json_t *rounded(double v)
{
    return json_of_number(round(v * 1000) / 1000);
}

static json_t *seconds(int64_t ms)
{
    return ms ? json_integer(ms / 1000) : json_null();
}

static json_t *causes(const struct finding *f, enum language lang)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->causes_len; i++) {
        const struct finding_cause *c = &f->causes[i];
        json_t *cause = json_object();
        json_object_set_new(cause, "id", json_of_text(c->id));
        json_object_set_new(cause, "verdict", json_string(verdict_names[c->verdict]));
        json_object_set_new(cause, "probability", rounded(c->probability));
        json_object_set_new(cause, "score_db", rounded(c->score_db));
        json_object_set_new(cause, "coverage", rounded(c->coverage));
        json_object_set_new(cause, "for", sentences(&c->pro, lang));
        json_object_set_new(cause, "against", sentences(&c->contra, lang));
        json_array_append_new(list, cause);
    }
    return list;
}

static json_t *remedies(const struct finding *f, enum language lang)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->remedies_len; i++) {
        const struct finding_remedy *r = &f->remedies[i];
        json_t *remedy = json_object();
        json_object_set_new(remedy, "text", json_of_text(r->text.in[lang]));
        if (r->command)
            json_object_set_new(remedy, "command", json_of_text(r->command));
        json_object_set_new(remedy, "risk", json_string(risk_names[r->risk]));
        json_array_append_new(list, remedy);
    }
    return list;
}

static void set_present(json_t *event, const char *key, const char *text)
{
    if (text && *text)
        json_object_set_new(event, key, json_of_text(text));
}

json_t *finding_event(const struct finding *f, enum language lang)
{
    json_t *event = json_object(), *entity = json_object();
    for (size_t i = 0; i < f->entity.len; i++)
        json_object_set_new_nocheck(entity, f->entity.items[i].name, json_of_text(f->entity.items[i].value));
    json_object_set_new(event, "schema", json_string("nightbell.event/1"));
    json_object_set_new(event, "time", json_integer(f->slot_ms / 1000));
    json_object_set_new(event, "event", json_string("symptom"));
    json_object_set_new(event, "state", json_string(finding_state_names[f->state]));
    json_object_set_new(event, "symptom", json_of_text(f->symptom));
    json_object_set_new(event, "cluster", json_of_text(f->cluster));
    json_object_set_new(event, "entity", entity);
    json_object_set_new(event, "severity", json_string(severity_names[f->severity]));
    json_object_set_new(event, "onset", seconds(f->onset_ms));
    json_object_set_new(event, "incident", json_of_text(f->incident));
    json_object_set_new(event, "role", json_string(role_names[f->role]));
    json_object_set_new(event, "causes", causes(f, lang));
    json_object_set_new(event, "remedies", remedies(f, lang));
    set_present(event, "reason", f->reason);
    if (f->silenced_by)
        json_object_set_new(event, "silenced_by", json_integer(f->silenced_by));
    set_present(event, "planned", f->planned);
    set_present(event, "acknowledged_by", f->ack_author);
    if (f->blind_since_ms)
        json_object_set_new(event, "blind_since", seconds(f->blind_since_ms));
    if (f->cleared_ms)
        json_object_set_new(event, "cleared", seconds(f->cleared_ms));
    set_present(event, "title", f->title.in[lang]);
    set_present(event, "effect", f->effect.in[lang]);
    return event;
}

json_t *incident_event(const struct finding *lead, bool resolved, int64_t opened_ms, size_t symptoms)
{
    json_t *event = json_object();
    json_object_set_new(event, "schema", json_string("nightbell.event/1"));
    json_object_set_new(event, "time", json_integer(lead->slot_ms / 1000));
    json_object_set_new(event, "event", json_string("incident"));
    json_object_set_new(event, "state", json_string(resolved ? "resolved" : "firing"));
    json_object_set_new(event, "incident", json_of_text(lead->incident));
    json_object_set_new(event, "cluster", json_of_text(lead->cluster));
    json_object_set_new(event, "severity", json_string(severity_names[lead->severity]));
    json_object_set_new(event, "root", json_of_text(lead->symptom));
    json_object_set_new(event, "symptoms", json_integer((json_int_t)symptoms));
    json_object_set_new(event, "opened", seconds(opened_ms));
    set_present(event, "reason", lead->reason);
    return event;
}
