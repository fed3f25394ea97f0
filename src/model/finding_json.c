/* A whole finding as JSON and back. Reading trusts nothing: a state file may be old, cut or edited. */
#include <math.h>
#include <string.h>

#include "model/finding.h"
#include "model/json.h"

static const char schema_name[] = "nightbell.finding/1";
static const char *const language_keys[LANGUAGES] = {[LANG_EN] = "en", [LANG_KO] = "ko"};

static json_t *text_json(const struct text *t)
{
    json_t *json = json_object();
    for (int i = 0; i < LANGUAGES; i++)
        json_object_set_new(json, language_keys[i], json_of_text(t->in[i] ? t->in[i] : ""));
    return json;
}

static json_t *texts_json(const struct texts *t)
{
    json_t *list = json_array();
    for (size_t i = 0; i < t->len; i++)
        json_array_append_new(list, text_json(&t->items[i]));
    return list;
}

static json_t *cause_json(const struct finding_cause *c)
{
    json_t *json = json_object();
    json_object_set_new(json, "id", json_of_text(c->id));
    json_object_set_new(json, "title", text_json(&c->title));
    json_object_set_new(json, "verdict", json_string(verdict_names[c->verdict]));
    json_object_set_new(json, "probability", json_of_number(c->probability));
    json_object_set_new(json, "score_db", json_of_number(c->score_db));
    json_object_set_new(json, "coverage", json_of_number(c->coverage));
    json_object_set_new(json, "for", texts_json(&c->pro));
    json_object_set_new(json, "against", texts_json(&c->contra));
    json_object_set_new(json, "missing", texts_json(&c->missing));
    return json;
}

static json_t *remedy_json(const struct finding_remedy *r)
{
    json_t *json = json_object();
    json_object_set_new(json, "cause", json_of_text(r->cause));
    json_object_set_new(json, "text", text_json(&r->text));
    json_object_set_new(json, "command", json_of_text(r->command));
    json_object_set_new(json, "risk", json_string(risk_names[r->risk]));
    return json;
}

static json_t *chart_json(const struct finding_chart *c)
{
    json_t *json = json_object(), *values = json_array();
    for (size_t i = 0; i < c->len; i++)
        json_array_append_new(values, json_of_number(c->values[i]));
    json_object_set_new(json, "name", json_of_text(c->name));
    json_object_set_new(json, "unit", json_of_text(c->unit));
    json_object_set_new(json, "label", text_json(&c->label));
    json_object_set_new(json, "start_ms", json_integer(c->start_ms));
    json_object_set_new(json, "step_ms", json_integer(c->step_ms));
    json_object_set_new(json, "values", values);
    json_object_set_new(json, "before", json_of_number(c->before));
    json_object_set_new(json, "now", json_of_number(c->now));
    json_object_set_new(json, "peak", json_of_number(c->peak));
    return json;
}

static json_t *link_json(const struct finding_link *l)
{
    json_t *json = json_object();
    json_object_set_new(json, "name", json_of_text(l->name));
    json_object_set_new(json, "url", json_of_text(l->url));
    return json;
}

static json_t *member_json(const struct finding_member *m)
{
    json_t *json = json_object();
    json_object_set_new(json, "symptom", json_of_text(m->symptom));
    json_object_set_new(json, "title", text_json(&m->title));
    json_object_set_new(json, "severity", json_string(severity_names[m->severity]));
    json_object_set_new(json, "onset_ms", json_integer(m->onset_ms));
    json_object_set_new(json, "impact", json_boolean(m->impact));
    return json;
}

static void set_times(const struct finding *f, json_t *json)
{
    json_object_set_new(json, "slot_ms", json_integer(f->slot_ms));
    json_object_set_new(json, "onset_ms", json_integer(f->onset_ms));
    json_object_set_new(json, "fired_ms", json_integer(f->fired_ms));
    json_object_set_new(json, "blind_since_ms", json_integer(f->blind_since_ms));
    json_object_set_new(json, "resolved_ms", json_integer(f->resolved_ms));
}

#define LIST(json, key, items, len, one)                                                                                                             \
    do {                                                                                                                                             \
        json_t *list_ = json_array();                                                                                                                \
        for (size_t i_ = 0; i_ < (len); i_++)                                                                                                        \
            json_array_append_new(list_, one(&(items)[i_]));                                                                                         \
        json_object_set_new(json, key, list_);                                                                                                       \
    } while (0)

static json_t *label_json(const struct label *l)
{
    json_t *pair = json_array(); /* a pair, so that the order of labels and odd names survive */
    json_array_append_new(pair, json_of_text(l->name));
    json_array_append_new(pair, json_of_text(l->value));
    return pair;
}

json_t *finding_to_json(const struct finding *f)
{
    json_t *json = json_object();
    json_object_set_new(json, "schema", json_string(schema_name));
    json_object_set_new(json, "incident", json_of_text(f->incident));
    json_object_set_new(json, "symptom", json_of_text(f->symptom));
    json_object_set_new(json, "cluster", json_of_text(f->cluster));
    LIST(json, "entity", f->entity.items, f->entity.len, label_json);
    json_object_set_new(json, "state", json_string(finding_state_names[f->state]));
    json_object_set_new(json, "severity", json_string(severity_names[f->severity]));
    json_object_set_new(json, "role", json_string(role_names[f->role]));
    set_times(f, json);
    json_object_set_new(json, "reason", json_of_text(f->reason));
    json_object_set_new(json, "revision", json_integer(f->revision));
    json_object_set_new(json, "title", text_json(&f->title));
    json_object_set_new(json, "effect", text_json(&f->effect));
    LIST(json, "causes", f->causes, f->causes_len, cause_json);
    json_object_set_new(json, "cannot_tell", json_boolean(f->cannot_tell));
    json_object_set_new(json, "next_check", text_json(&f->next_check));
    json_object_set_new(json, "next_command", json_of_text(f->next_command));
    LIST(json, "remedies", f->remedies, f->remedies_len, remedy_json);
    LIST(json, "charts", f->charts, f->charts_len, chart_json);
    LIST(json, "links", f->links, f->links_len, link_json);
    LIST(json, "members", f->members, f->members_len, member_json);
    json_object_set_new(json, "members_more", json_integer((json_int_t)f->members_more));
    json_object_set_new(json, "members_ever", json_integer((json_int_t)f->members_ever));
    return json;
}

/* Reading: the first thing that is wrong is remembered, the rest is read on with harmless values. */
struct reading {
    struct arena *arena;
    struct error *err;
    bool failed;
};

static void wrong(struct reading *r, const char *key, const char *expected)
{
    if (!r->failed)
        error_set(r->err, ERR_DATA, "stored finding: \"%s\" is not %s", key, expected);
    r->failed = true;
}

static const char *read_text(struct reading *r, const json_t *map, const char *key, bool may_lack)
{
    const json_t *json = json_object_get(map, key);
    if (json_is_string(json))
        return arena_strdup(r->arena, json_string_value(json));
    if (!may_lack || (json && !json_is_null(json)))
        wrong(r, key, "a text");
    return may_lack ? NULL : "";
}

static int64_t read_integer(struct reading *r, const json_t *map, const char *key)
{
    const json_t *json = json_object_get(map, key);
    if (!json_is_integer(json))
        wrong(r, key, "an integer");
    return json_integer_value(json);
}

static double number_of(struct reading *r, const json_t *json, const char *key)
{
    if (json_is_number(json))
        return json_number_value(json);
    if (json_is_string(json) && strcmp(json_string_value(json), "+Inf") == 0)
        return INFINITY;
    if (json_is_string(json) && strcmp(json_string_value(json), "-Inf") == 0)
        return -INFINITY;
    if (!json_is_null(json))
        wrong(r, key, "a number");
    return NAN;
}

static double read_number(struct reading *r, const json_t *map, const char *key)
{
    return number_of(r, json_object_get(map, key), key);
}

static int read_choice(struct reading *r, const json_t *map, const char *key, const char *const *names, int len)
{
    const char *text = json_string_value(json_object_get(map, key));
    for (int i = 0; text && i < len; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    wrong(r, key, "one of its words");
    return 0;
}

static struct text text_of(struct reading *r, const json_t *json)
{
    struct text t;
    for (int i = 0; i < LANGUAGES; i++)
        t.in[i] = read_text(r, json, language_keys[i], false);
    return t;
}

static struct text read_both(struct reading *r, const json_t *map, const char *key)
{
    return text_of(r, json_object_get(map, key));
}

/* The list under `key`; its length in `ret_len`, 0 when it is none. */
static const json_t *read_list(struct reading *r, const json_t *map, const char *key, size_t *ret_len)
{
    const json_t *list = json_object_get(map, key);
    if (!json_is_array(list))
        wrong(r, key, "a list");
    *ret_len = json_array_size(list);
    return list;
}

static struct texts read_texts(struct reading *r, const json_t *map, const char *key)
{
    struct texts t;
    const json_t *list = read_list(r, map, key, &t.len);
    t.items = arena_array(r->arena, t.len, sizeof *t.items);
    for (size_t i = 0; i < t.len; i++)
        t.items[i] = text_of(r, json_array_get(list, i));
    return t;
}

static void read_cause(struct reading *r, const json_t *json, struct finding_cause *ret)
{
    ret->id = read_text(r, json, "id", false);
    ret->title = read_both(r, json, "title");
    ret->verdict = (enum verdict)read_choice(r, json, "verdict", verdict_names, VERDICT_COUNT);
    ret->probability = read_number(r, json, "probability");
    ret->score_db = read_number(r, json, "score_db");
    ret->coverage = read_number(r, json, "coverage");
    ret->pro = read_texts(r, json, "for");
    ret->contra = read_texts(r, json, "against");
    ret->missing = read_texts(r, json, "missing");
}

static void read_remedy(struct reading *r, const json_t *json, struct finding_remedy *ret)
{
    ret->cause = read_text(r, json, "cause", true);
    ret->text = read_both(r, json, "text");
    ret->command = read_text(r, json, "command", true);
    ret->risk = (enum risk)read_choice(r, json, "risk", risk_names, RISK_COUNT);
}

static void read_chart(struct reading *r, const json_t *json, struct finding_chart *ret)
{
    const json_t *values = read_list(r, json, "values", &ret->len);
    ret->name = read_text(r, json, "name", false);
    ret->unit = read_text(r, json, "unit", true);
    ret->label = read_both(r, json, "label");
    ret->start_ms = read_integer(r, json, "start_ms");
    ret->step_ms = read_integer(r, json, "step_ms");
    ret->values = arena_array(r->arena, ret->len, sizeof *ret->values);
    for (size_t i = 0; i < ret->len; i++)
        ret->values[i] = number_of(r, json_array_get(values, i), "values");
    ret->before = read_number(r, json, "before");
    ret->now = read_number(r, json, "now");
    ret->peak = read_number(r, json, "peak");
}

static void read_link(struct reading *r, const json_t *json, struct finding_link *ret)
{
    ret->name = read_text(r, json, "name", false);
    ret->url = read_text(r, json, "url", false);
}

static void read_member(struct reading *r, const json_t *json, struct finding_member *ret)
{
    ret->symptom = read_text(r, json, "symptom", false);
    ret->title = read_both(r, json, "title");
    ret->severity = (enum severity)read_choice(r, json, "severity", severity_names, SEVERITY_COUNT);
    ret->onset_ms = read_integer(r, json, "onset_ms");
    ret->impact = json_is_true(json_object_get(json, "impact"));
}

#define READ_LIST(r, json, key, items, len, one)                                                                                                     \
    do {                                                                                                                                             \
        const json_t *list_ = read_list(r, json, key, &(len));                                                                                       \
        (items) = arena_array((r)->arena, (len), sizeof *(items));                                                                                   \
        for (size_t i_ = 0; i_ < (len); i_++)                                                                                                        \
            one((r), json_array_get(list_, i_), &(items)[i_]);                                                                                       \
    } while (0)

static void read_identity(struct reading *r, const json_t *json, struct finding *ret)
{
    const char *incident = read_text(r, json, "incident", false);
    size_t len = strlen(incident);
    if (len >= sizeof ret->incident)
        wrong(r, "incident", "at most 16 characters");
    else
        memcpy(ret->incident, incident, len + 1);
    ret->symptom = read_text(r, json, "symptom", false);
    ret->cluster = read_text(r, json, "cluster", false);
    size_t labels;
    const json_t *entity = read_list(r, json, "entity", &labels);
    if (labels > LABEL_SET_MAX) {
        wrong(r, "entity", "short enough");
        labels = 0;
    }
    ret->entity.len = labels;
    for (size_t i = 0; i < labels; i++) {
        const json_t *pair = json_array_get(entity, i);
        const char *name = json_string_value(json_array_get(pair, 0)), *value = json_string_value(json_array_get(pair, 1));
        if (!name || !value)
            wrong(r, "entity", "a list of pairs");
        ret->entity.items[i] = (struct label){arena_strdup(r->arena, name ? name : ""), arena_strdup(r->arena, value ? value : "")};
    }
}

static void read_times(struct reading *r, const json_t *json, struct finding *ret)
{
    ret->slot_ms = read_integer(r, json, "slot_ms");
    ret->onset_ms = read_integer(r, json, "onset_ms");
    ret->fired_ms = read_integer(r, json, "fired_ms");
    ret->blind_since_ms = read_integer(r, json, "blind_since_ms");
    ret->resolved_ms = read_integer(r, json, "resolved_ms");
    ret->revision = (uint32_t)read_integer(r, json, "revision");
}

int finding_from_json(const json_t *json, struct arena *a, struct finding *ret, struct error *err)
{
    struct reading r = {a, err, false};
    *ret = (struct finding){0};
    const char *schema = json_string_value(json_object_get(json, "schema"));
    if (!schema || strcmp(schema, schema_name) != 0)
        return error_set(err, ERR_DATA, "stored finding: schema is \"%s\", not \"%s\"", schema ? schema : "", schema_name);
    read_identity(&r, json, ret);
    read_times(&r, json, ret);
    ret->state = (enum finding_state)read_choice(&r, json, "state", finding_state_names, FINDING_STATE_COUNT);
    ret->severity = (enum severity)read_choice(&r, json, "severity", severity_names, SEVERITY_COUNT);
    ret->role = (enum role)read_choice(&r, json, "role", role_names, ROLE_COUNT);
    ret->reason = read_text(&r, json, "reason", true);
    ret->title = read_both(&r, json, "title");
    ret->effect = read_both(&r, json, "effect");
    READ_LIST(&r, json, "causes", ret->causes, ret->causes_len, read_cause);
    ret->cannot_tell = json_is_true(json_object_get(json, "cannot_tell"));
    ret->next_check = read_both(&r, json, "next_check");
    ret->next_command = read_text(&r, json, "next_command", true);
    READ_LIST(&r, json, "remedies", ret->remedies, ret->remedies_len, read_remedy);
    READ_LIST(&r, json, "charts", ret->charts, ret->charts_len, read_chart);
    READ_LIST(&r, json, "links", ret->links, ret->links_len, read_link);
    READ_LIST(&r, json, "members", ret->members, ret->members_len, read_member);
    ret->members_more = (size_t)json_integer_value(json_object_get(json, "members_more"));
    ret->members_ever = (size_t)json_integer_value(json_object_get(json, "members_ever"));
    return r.failed ? ERR_DATA : 0;
}
