/* A file of rule tests, read with all its mistakes. */
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "cli/rule_test.h"

#define INTERVAL_MS 15000
#define SLOTS_MAX 20000

const char *const expected_state_names[EXPECTED_STATES] = {
#define X(name, text) [name] = text,
    RULE_TEST_STATES(X)
#undef X
};

struct reader {
    const struct rule_tests_context *context;
    struct arena *arena;
    struct mistakes *mistakes;
};

/* A list under `key`; NULL when it is absent, or no list (a mistake). */
static const struct node *list_of(const struct reader *r, const struct node *map, const char *key)
{
    const struct node *list = tree_get(map, key);
    if (!list || list->is_null)
        return NULL;
    if (list->type == NODE_LIST)
        return list;
    mistake_add(r->mistakes, list->place, "`%s` is a list", key);
    return NULL;
}

static struct name_values pairs_of(const struct reader *r, const struct node *map, const char *key)
{
    const struct node *pairs = tree_get(map, key);
    struct name_values ret = {0};
    if (!pairs || pairs->is_null)
        return ret;
    if (pairs->type != NODE_MAP) {
        mistake_add(r->mistakes, pairs->place, "`%s` is a map of labels: {label: value}", key);
        return ret;
    }
    ret.items = arena_array(r->arena, pairs->len + 1, sizeof(*ret.items));
    for (size_t i = 0; i < pairs->len; i++) {
        if (pairs->items[i]->type == NODE_SCALAR)
            ret.items[ret.len++] = (struct name_value){pairs->keys[i], pairs->items[i]->text};
        else
            mistake_add(r->mistakes, pairs->items[i]->place, "the value of the label %s is a text", pairs->keys[i]);
    }
    return ret;
}

/* ---- expectations ---- */

static bool find_symptom(const struct reader *r, const char *id, struct place at, const struct symptom **ret)
{
    const struct ruleset *rules = r->context->rules;
    *ret = ruleset_symptom(rules, id);
    if (*ret)
        return true;
    const char **ids = arena_array(r->arena, rules->symptoms_len + 1, sizeof(*ids));
    for (size_t i = 0; i < rules->symptoms_len; i++)
        ids[i] = rules->symptoms[i]->id;
    const char *near = did_you_mean(id, ids, rules->symptoms_len);
    if (near)
        mistake_add(r->mistakes, at, "unknown symptom \"%s\", did you mean \"%s\"?", id, near);
    else
        mistake_add(r->mistakes, at, "unknown symptom \"%s\"", id);
    return false;
}

static void check_entity(const struct reader *r, const struct node *map, const struct expectation *e)
{
    const struct entity_kind *kind = e->symptom->kind;
    for (size_t i = 0; i < e->entity.len; i++)
        if (entity_kind_label(kind, e->entity.items[i].name) == NO_ROW)
            mistake_add(r->mistakes, tree_get(map, "entity")->place, "%s is about a %s, which has no label %s", e->symptom->id, kind->name, e->entity.items[i].name);
}

static void check_cause(const struct reader *r, const struct node *map, const struct expectation *e)
{
    const struct symptom *s = e->symptom;
    const char **ids = arena_array(r->arena, s->suspects_len + 1, sizeof(*ids));
    if (!e->cause)
        return;
    for (size_t i = 0; i < s->suspects_len; i++) {
        ids[i] = s->suspects[i].cause->id;
        if (strcmp(ids[i], e->cause) == 0)
            return;
    }
    const char *near = did_you_mean(e->cause, ids, s->suspects_len);
    mistake_add(r->mistakes, tree_get(map, "cause")->place, near ? "%s has no cause \"%s\", did you mean \"%s\"?" : "%s has no cause \"%s\"", s->id, e->cause, near);
}

static void read_times(const struct reader *r, const struct node *map, struct expectation *e)
{
    bool at = tree_get(map, "at") != NULL, from = tree_get(map, "from") != NULL, to = tree_get(map, "to") != NULL;
    if (at ? from || to : !from || !to)
        mistake_add(r->mistakes, map->place, "an expectation has either `at`, or `from` and `to`");
    e->from_ms = tree_duration_ms(map, at ? "at" : "from", 0, r->mistakes);
    e->to_ms = at ? e->from_ms : tree_duration_ms(map, "to", 0, r->mistakes);
    if (e->to_ms < e->from_ms)
        mistake_add(r->mistakes, map->place, "`to` is before `from`");
}

static void read_expectation(const struct reader *r, const struct node *map, struct expectation *e)
{
    static const char *const known[] = {"at", "from", "to", "quiet", "symptom", "state", "entity", "severity", "cause", "verdict", "messages", "members"};
    struct mistakes *m = r->mistakes;
    *e = (struct expectation){.map = map, .place = map->place, .severity = -1, .verdict = -1, .messages = -1};
    tree_check_keys(map, "expectation", known, ARRAY_LEN(known), m);
    if (map->type != NODE_MAP)
        return;
    read_times(r, map, e);
    e->quiet = tree_bool(map, "quiet", false, m);
    e->messages = (int)tree_number(map, "messages", -1, m);
    e->members = (int)tree_number(map, "members", 0, m);
    if (e->quiet || e->messages >= 0) {
        if (tree_get(map, "symptom") || tree_get(map, "state"))
            mistake_add(m, map->place, "`%s` is about all symptoms; for one say its state%s", e->quiet ? "quiet" : "messages", e->quiet ? ": inactive" : "");
        return;
    }
    const char *id = tree_need_text(map, "symptom", "expectation", m);
    if (!id || !find_symptom(r, id, tree_get(map, "symptom")->place, &e->symptom))
        return;
    if (!tree_get(map, "state"))
        mistake_add(m, map->place, "an expectation needs a `state`");
    e->state = (enum expected_state)tree_choice(map, "state", expected_state_names, EXPECTED_STATES, EXPECT_FIRING, m);
    e->entity = pairs_of(r, map, "entity");
    e->severity = tree_choice(map, "severity", severity_names, SEVERITY_COUNT, -1, m);
    e->cause = tree_text(map, "cause", NULL, m);
    e->verdict = tree_choice(map, "verdict", verdict_names, VERDICT_COUNT, -1, m);
    if (e->verdict >= 0 && !e->cause)
        mistake_add(m, tree_get(map, "verdict")->place, "a verdict needs the `cause` it is about");
    if (e->cause && e->state != EXPECT_FIRING && e->state != EXPECT_UNKNOWN)
        mistake_add(m, tree_get(map, "cause")->place, "only what fires has a cause");
    check_entity(r, map, e);
    check_cause(r, map, e);
}

static void read_expectations(const struct reader *r, const struct node *map, struct rule_test *t)
{
    const struct node *list = list_of(r, map, "expect");
    if (!list || !list->len) {
        mistake_add(r->mistakes, map->place, "a test that expects nothing cannot fail: give `expect`");
        return;
    }
    t->expectations = arena_array(r->arena, list->len, sizeof(*t->expectations));
    t->expectations_len = list->len;
    for (size_t i = 0; i < list->len; i++) {
        struct expectation *e = &t->expectations[i];
        read_expectation(r, list->items[i], e);
        if (e->to_ms > t->end_ms)
            t->end_ms = e->to_ms;
        if (e->to_ms / t->interval_ms > SLOTS_MAX)
            mistake_add(r->mistakes, e->place, "more than 20,000 slots after the start");
    }
}

/* ---- failures, facts ---- */

static void read_failure(const struct reader *r, const struct node *map, struct rule_test *t, struct script_failure *out)
{
    static const char *const known[] = {"signals", "from", "to"};
    size_t len = 0;
    tree_check_keys(map, "failure", known, ARRAY_LEN(known), r->mistakes);
    const char **names = tree_texts(map, "signals", &len, r->arena, r->mistakes);
    int64_t from = tree_duration_ms(map, "from", 0, r->mistakes) / t->interval_ms;
    int64_t to = tree_duration_ms(map, "to", INT64_C(1) << 50, r->mistakes) / t->interval_ms;
    for (size_t i = 0; i < len; i++) {
        const struct signal *s = ruleset_signal(t->rules, names[i]);
        if (s)
            out[t->script.failures_len++] = (struct script_failure){s, from, to};
        else
            mistake_add(r->mistakes, map->place, "unknown signal \"%s\"", names[i]);
    }
}

static size_t count_signals(const struct node *list)
{
    size_t n = 0;
    for (size_t i = 0; list && i < list->len; i++) {
        const struct node *signals = tree_get(list->items[i], "signals");
        n += signals && signals->type == NODE_LIST ? signals->len : 1;
    }
    return n;
}

static void read_failures(const struct reader *r, const struct node *map, struct rule_test *t)
{
    const struct node *list = list_of(r, map, "failing");
    t->script.failures = arena_array(r->arena, count_signals(list) + 1, sizeof(*t->script.failures));
    for (size_t i = 0; list && i < list->len; i++)
        read_failure(r, list->items[i], t, t->script.failures);
}

static void read_fact(const struct reader *r, const struct node *map, struct fact_config *f)
{
    static const char *const known[] = {"name", "value", "match"};
    tree_check_keys(map, "fact", known, ARRAY_LEN(known), r->mistakes);
    *f = (struct fact_config){.place = map->place, .match = pairs_of(r, map, "match")};
    f->name = tree_need_text(map, "name", "fact", r->mistakes);
    f->value = tree_need_text(map, "value", "fact", r->mistakes);
}

/* Facts are part of a ruleset, so a test that has some loads its own. */
static void read_facts(const struct reader *r, const struct node *map, struct rule_test *t)
{
    const struct rule_tests_context *c = r->context;
    const struct node *list = list_of(r, map, "facts");
    size_t before = r->mistakes->errors;
    struct config config = *c->config;
    t->rules = c->rules;
    if (!list || !list->len)
        return;
    config.facts = arena_array(r->arena, list->len + c->config->facts_len, sizeof(*config.facts));
    if (c->config->facts_len)
        memcpy(config.facts, c->config->facts, c->config->facts_len * sizeof(*config.facts));
    for (size_t i = 0; i < list->len; i++)
        read_fact(r, list->items[i], &config.facts[config.facts_len++]);
    if (r->mistakes->errors == before)
        t->own_rules = ruleset_load(c->rule_paths, c->rule_paths_len, &config, r->mistakes);
    if (t->own_rules)
        t->rules = t->own_rules;
}

/* ---- tests ---- */

static int64_t interval_of(const struct reader *r, const struct node *map, int64_t fallback)
{
    int64_t ms = tree_duration_ms(map, "interval", fallback, r->mistakes);
    if (ms >= 1000 && ms <= 3600 * 1000)
        return ms;
    mistake_add(r->mistakes, tree_get(map, "interval")->place, "an interval is between 1s and 1h");
    return fallback;
}

static void read_test(const struct reader *shared, const struct node *file, const struct node *map, struct rule_test *t)
{
    static const char *const known[] = {"name", "interval", "input_series", "facts", "failing", "expect"};
    struct mistakes *m = shared->mistakes;
    struct script background;
    *t = (struct rule_test){.place = map->place, .interval_ms = INTERVAL_MS, .rules = shared->context->rules};
    tree_check_keys(map, "test", known, ARRAY_LEN(known), m);
    if (map->type != NODE_MAP)
        return;
    t->name = tree_need_text(map, "name", "test", m);
    t->interval_ms = interval_of(shared, map, interval_of(shared, file, INTERVAL_MS));
    read_facts(shared, map, t);

    struct rule_tests_context context = *shared->context;
    context.rules = t->rules;
    struct reader r = {&context, shared->arena, m};
    script_read(list_of(&r, map, "input_series"), t->rules, r.arena, &t->script, m);
    read_failures(&r, map, t);
    read_expectations(&r, map, t);

    struct mistakes told = MISTAKES_INIT; /* rule_tests_read reports the background's once for all tests */
    const struct node *list = tree_get(file, "background");
    script_read(list && list->type == NODE_LIST ? list : NULL, t->rules, r.arena, &background, &told);
    script_add(&t->script, &background, r.arena);
    mistakes_free(&told);
}

void rule_tests_read(const char *path, const struct rule_tests_context *c, struct arena *a, struct rule_tests *ret, struct mistakes *m)
{
    static const char *const known[] = {"interval", "background", "tests"};
    struct reader r = {c, a, m};
    struct script background;
    *ret = (struct rule_tests){0};
    const struct node *file = tree_read_file(path, a, m);
    if (!file)
        return;
    tree_check_keys(file, "file of rule tests", known, ARRAY_LEN(known), m);
    if (file->type != NODE_MAP)
        return;
    script_read(list_of(&r, file, "background"), c->rules, a, &background, m);
    const struct node *list = list_of(&r, file, "tests");
    if (!list || !list->len) {
        mistake_add(m, file->place, "no tests: give a list under `tests`");
        return;
    }
    ret->items = arena_array(a, list->len, sizeof(*ret->items));
    ret->len = list->len;
    for (size_t i = 0; i < list->len; i++)
        read_test(&r, file, list->items[i], &ret->items[i]);
}

void rule_tests_free(struct rule_tests *t)
{
    for (size_t i = 0; i < t->len; i++)
        ruleset_free(t->items[i].own_rules);
    *t = (struct rule_tests){0};
}
