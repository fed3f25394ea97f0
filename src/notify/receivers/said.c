/* What was said last. */
#include "notify/receivers/said.h"

#include <stdlib.h>
#include <string.h>

static const char *top_cause(const struct finding *f)
{
    return f->causes_len && !f->cannot_tell ? f->causes[0].id : "";
}

const char *said_ref(struct arena *a, const struct finding *f, json_t *json)
{
    if (!json)
        json = json_object();
    json_object_set_new(json, "severity", json_string(severity_names[f->severity]));
    json_object_set_new(json, "tone", json_integer(message_tone(f)));
    json_object_set_new(json, "cause", json_of_text(top_cause(f)));
    json_object_set_new(json, "ack", json_of_text(f->ack_author ? f->ack_author : ""));
    char *text = json_dumps(json, JSON_COMPACT);
    const char *copy = arena_strdup(a, text ? text : "{}");
    free(text);
    json_decref(json);
    return copy;
}

const char *said_text(const json_t *ref, const char *key)
{
    const char *text = json_string_value(json_object_get(ref, key));
    return text ? text : "";
}

static bool rose(const struct finding *f, const json_t *ref)
{
    enum severity said;
    return severity_parse(said_text(ref, "severity"), &said) && f->severity > said;
}

bool said_is_news(const struct finding *f, const char *kind, const json_t *ref)
{
    if (strcmp(kind, "update") != 0 || !ref)
        return true;
    bool other_cause = *top_cause(f) && strcmp(top_cause(f), said_text(ref, "cause")) != 0;
    bool taken = f->ack_author && strcmp(f->ack_author, said_text(ref, "ack")) != 0;
    return rose(f, ref) || other_cause || taken || json_integer_value(json_object_get(ref, "tone")) != (json_int_t)message_tone(f);
}

bool said_worth_posting(const struct sending *s)
{
    json_t *ref = s->ref ? json_loads(s->ref, 0, NULL) : NULL;
    bool news = said_is_news(s->f, s->kind, ref);
    json_decref(ref);
    return news;
}
