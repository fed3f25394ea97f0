/* A finding read back from JSON (written by finding_text.c). Reading trusts nothing: a state file may be old, cut or edited. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/finding.h"
#include "model/json.h"

const char finding_schema[] = "nightbell.finding/1";
static const char *const language_keys[LANGUAGES] = {[LANG_EN] = "en", [LANG_KO] = "ko"};

json_t *finding_to_json(const struct finding *f)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(FINDING_TEXT_MAX);
    finding_text(f, &text);
    return json_loadb(text.buf, text.len, 0, NULL);
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

static void read_evidence(struct reading *r, json_t *map, struct finding_cause *ret)
{
    const char *key;
    json_t *truth;
    ret->evidence = arena_array(r->arena, json_object_size(map), sizeof *ret->evidence);
    json_object_foreach(map, key, truth) {
        char *end;
        unsigned long number = strtoul(key, &end, 16);
        if (end == key || *end || number > UINT32_MAX)
            wrong(r, "evidence", "named by its keys");
        ret->evidence[ret->evidence_len++] = (struct finding_evidence){(uint32_t)number, number_of(r, truth, "evidence")};
    }
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
    read_evidence(r, json_object_get(json, "evidence"), ret);
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

static void read_hand(struct reading *r, const json_t *json, struct finding *ret)
{
    const json_t *ack = json_object_get(json, "acknowledged");
    ret->cleared_ms = json_integer_value(json_object_get(json, "cleared_ms"));
    ret->flaps = (uint32_t)json_integer_value(json_object_get(json, "flaps"));
    ret->silenced_by = json_integer_value(json_object_get(json, "silenced_by"));
    const json_t *planned = json_object_get(json, "planned");
    if (planned) {
        ret->planned = read_text(r, planned, "name", false);
        ret->planned_until_ms = read_integer(r, planned, "until_ms");
    }
    if (!ack)
        return;
    ret->ack_author = read_text(r, ack, "by", false);
    ret->ack_comment = read_text(r, ack, "comment", true);
    ret->ack_until_ms = read_integer(r, ack, "until_ms");
}

int finding_from_json(const json_t *json, struct arena *a, struct finding *ret, struct error *err)
{
    struct reading r = {a, err, false};
    *ret = (struct finding){0};
    const char *schema = json_string_value(json_object_get(json, "schema"));
    if (!schema || strcmp(schema, finding_schema) != 0)
        return error_set(err, ERR_DATA, "stored finding: schema is \"%s\", not \"%s\"", schema ? schema : "", finding_schema);
    read_identity(&r, json, ret);
    read_times(&r, json, ret);
    read_hand(&r, json, ret);
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
