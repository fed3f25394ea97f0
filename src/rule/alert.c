/* Prometheus rule files: groups of alerts and recording rules, as Prometheus, Thanos, Mimir and the operator's resource (under `spec`) write them. */
#include <stdio.h>
#include <string.h>

#include "rule/alert_term.h"
#include "rule/build.h"

#define LOST_AFTER_MS (3600 * 1000)
#define SETTLE_MS (5 * 60 * 1000)
#define LOOK_BACK_MS (3600 * 1000)
#define VALUE_KEPT_MS (10 * 60 * 1000)

/* ---- what a file says ---- */

static bool is_rule_file(const struct node *root)
{
    return tree_get(root, "groups") || tree_get(tree_get(root, "spec"), "groups");
}

static void note_recorded(struct ruleset *r, struct place at, size_t *in_file)
{
    if ((*in_file)++ == 0)
        vec_push(&r->build->recorded, (struct recorded){.place = at});
    r->build->recorded.items[r->build->recorded.len - 1].len++;
}

static void read_rule(struct ruleset *r, const struct node *group, const struct node *rule, size_t *recorded, struct mistakes *m)
{
    static const char *const known[] = {"alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations", "debug", "enabled", "update_entries_limit"};
    if (!tree_check_keys(rule, "rule", known, ARRAY_LEN(known), m) && rule->type != NODE_MAP)
        return;
    if (!tree_get(rule, "alert") == !tree_get(rule, "record"))
        mistake_add(m, rule->place, "a rule has either \"alert\" or \"record\"");
    else if (!tree_need_text(rule, "expr", "a rule", m))
        return;
    else if (tree_get(rule, "record"))
        note_recorded(r, rule->place, recorded);
    else if (tree_need_text(rule, "alert", "a rule", m))
        vec_push(&r->build->alerts, (struct alert_node){.group = group, .rule = rule});
}

static void read_group(struct ruleset *r, const struct node *group, size_t *recorded, struct mistakes *m)
{
    static const char *const known[] = {"name",        "interval",    "limit",       "query_offset",   "evaluation_delay", "labels", "rules", "partial_response_strategy",
                                        "concurrency", "type",        "eval_offset", "eval_delay",     "params",           "headers", "tenant", "source_tenants",
                                        "eval_alignment", "align_evaluation_time_on_interval", "debug", "notifier_headers"};
    if (!tree_check_keys(group, "group", known, ARRAY_LEN(known), m) && group->type != NODE_MAP)
        return;
    tree_need_text(group, "name", "a group", m);
    const struct node *rules = tree_get(group, "rules");
    if (rules && rules->type != NODE_LIST && !rules->is_null)
        mistake_add(m, rules->place, "\"rules\" is a list of alerts and recording rules");
    for (size_t i = 0; rules && rules->type == NODE_LIST && i < rules->len; i++)
        read_rule(r, group, rules->items[i], recorded, m);
}

bool alerts_read(struct ruleset *r, const struct node *root, struct mistakes *m)
{
    static const char *const plain[] = {"groups", "namespace"}, *const resource[] = {"apiVersion", "kind", "metadata", "spec", "status"}, *const spec_keys[] = {"groups"};
    const struct node *spec = tree_get(root, "spec");
    size_t recorded = 0;
    if (!is_rule_file(root))
        return false;
    const struct node *groups = tree_get(tree_get(root, "groups") ? root : spec, "groups");
    if (tree_get(root, "groups")) {
        tree_check_keys(root, "rule file", plain, ARRAY_LEN(plain), m);
    } else {
        tree_check_keys(root, "rule file", resource, ARRAY_LEN(resource), m);
        tree_check_keys(spec, "spec", spec_keys, ARRAY_LEN(spec_keys), m);
    }
    if (groups->type != NODE_LIST && !groups->is_null)
        mistake_add(m, groups->place, "\"groups\" is a list of groups of rules");
    for (size_t i = 0; groups->type == NODE_LIST && i < groups->len; i++)
        read_group(r, groups->items[i], &recorded, m);
    return true;
}

/* ---- an alert's parts ---- */

static enum severity severity_of(const char *word)
{
    static const struct {
        const char *word;
        enum severity severity;
    } words[] = {
        {"critical", SEVERITY_CRITICAL}, {"crit", SEVERITY_CRITICAL},   {"page", SEVERITY_CRITICAL}, {"emergency", SEVERITY_CRITICAL}, {"fatal", SEVERITY_CRITICAL},
        {"major", SEVERITY_CRITICAL},    {"error", SEVERITY_CRITICAL},  {"high", SEVERITY_CRITICAL}, {"disaster", SEVERITY_CRITICAL},  {"info", SEVERITY_INFO},
        {"none", SEVERITY_INFO},         {"low", SEVERITY_INFO},        {"notice", SEVERITY_INFO},   {"informational", SEVERITY_INFO}, {"debug", SEVERITY_INFO},
    };
    for (size_t i = 0; word && i < ARRAY_LEN(words); i++)
        if (strcasecmp(words[i].word, word) == 0)
            return words[i].severity;
    return SEVERITY_WARNING;
}

static void put_label(struct alert_rule *a, const struct alert_label *label)
{
    size_t i = 0;
    while (i < a->labels_len && strcmp(a->labels[i].name, label->name) != 0)
        i++;
    a->labels[i] = *label;
    a->labels_len = i == a->labels_len ? a->labels_len + 1 : a->labels_len;
}

static void read_labels(struct ruleset *r, struct alert_rule *a, const struct node *map, struct mistakes *m)
{
    if (!map || map->is_null)
        return;
    if (map->type != NODE_MAP) {
        mistake_add(m, map->place, "\"labels\" is a map of names to texts");
        return;
    }
    for (size_t i = 0; i < map->len; i++) {
        struct alert_label label = {.name = map->keys[i]};
        if (map->items[i]->type != NODE_SCALAR) {
            mistake_add(m, map->items[i]->place, "the label \"%s\" must be a text", label.name);
            continue;
        }
        struct source s = source_of_node(map->items[i]);
        alert_text_read(&s, &r->arena, m, &label.text);
        if (strcmp(label.name, "severity") == 0)
            a->severity_word = map->items[i]->text;
        else
            put_label(a, &label);
    }
}

/* The first of the annotations that is there. */
static const char *read_annotation(struct ruleset *r, const struct node *map, const char *const *keys, size_t len, struct alert_text *ret, struct mistakes *m)
{
    for (size_t i = 0; i < len; i++) {
        const struct node *node = tree_get(map, keys[i]);
        if (!node || node->type != NODE_SCALAR || !*node->text)
            continue;
        struct source s = source_of_node(node);
        alert_text_read(&s, &r->arena, m, ret);
        return keys[i];
    }
    return NULL;
}

static void read_annotations(struct ruleset *r, struct alert_rule *a, const struct node *map, struct mistakes *m)
{
    static const char *const titles[] = {"summary", "title", "message"}, *const effects[] = {"description", "message", "details"};
    static const char *const links[] = {"runbook_url", "runbook", "dashboard_url", "dashboard"};
    if (map && map->type != NODE_MAP && !map->is_null) {
        mistake_add(m, map->place, "\"annotations\" is a map of names to texts");
        return;
    }
    for (size_t i = 0; map && i < map->len; i++)
        if (map->items[i]->type != NODE_SCALAR)
            mistake_add(m, map->items[i]->place, "the annotation \"%s\" must be a text", map->keys[i]);
    const char *title = read_annotation(r, map, titles, ARRAY_LEN(titles), &a->title, m);
    const char *effect = read_annotation(r, map, effects, ARRAY_LEN(effects), &a->effect, m);
    if (title && effect && strcmp(title, effect) == 0)
        a->effect = (struct alert_text){0};
    a->link_name = read_annotation(r, map, links, ARRAY_LEN(links), &a->link, m);
}

/* ---- alerts, kinds and signals ---- */

static struct signal *new_signal(struct ruleset *r, const struct alert_rule *a, const char *name)
{
    struct signal *s = arena_alloc(&r->arena, sizeof *s);
    s->name = intern_str(&r->intern, name);
    s->help = a->name;
    s->absent = "";
    s->index = r->build->signal_list.len;
    s->unit = (struct unit){.any = true};
    s->kind = a->kind;
    s->alert = a;
    s->place = a->place;
    vec_push(&r->build->signal_list, s);
    return s;
}

static const struct entity_kind *new_kind(struct ruleset *r, const struct alert_rule *a, size_t number)
{
    struct entity_kind *k = arena_alloc(&r->arena, sizeof *k);
    char name[40];
    snprintf(name, sizeof(name), "alert_%zu", number);
    k->name = intern_str(&r->intern, name);
    k->help = a->name;
    k->id = r->kinds_len;
    k->open = true;
    k->identity_len = k->labels_len = 1;
    k->labels[0] = intern_str(&r->intern, "labels of the alert");
    r->kinds[r->kinds_len++] = k;
    return k;
}

static struct alert_rule *declare(struct ruleset *r, const struct alert_node *from, size_t number, struct mistakes *m)
{
    struct alert_rule *a = arena_alloc(&r->arena, sizeof *a);
    const struct node *rule = from->rule, *group_labels = tree_get(from->group, "labels"), *labels = tree_get(rule, "labels");
    a->name = tree_text(rule, "alert", "", m);
    a->group = tree_text(from->group, "name", "", m);
    a->place = tree_get(rule, "alert")->place;
    a->binding = (struct binding){.query = tree_text(rule, "expr", "", m), .scale = 1, .place = tree_get(rule, "expr")->place};
    a->for_ms = tree_duration_ms(rule, "for", 0, m);
    a->keep_firing_for_ms = tree_duration_ms(rule, "keep_firing_for", 0, m);
    a->shifted = tree_get(from->group, "query_offset") || tree_get(from->group, "evaluation_delay") || tree_get(from->group, "eval_delay");
    a->labels = arena_array(&r->arena, (group_labels ? group_labels->len : 0) + (labels ? labels->len : 0) + 1, sizeof *a->labels);
    read_labels(r, a, group_labels, m);
    read_labels(r, a, labels, m);
    read_annotations(r, a, tree_get(rule, "annotations"), m);
    a->severity = severity_of(a->severity_word);
    a->kind = new_kind(r, a, number);
    char name[40];
    snprintf(name, sizeof(name), "alert_%zu", number);
    struct signal *holds = new_signal(r, a, name);
    holds->used = true;
    a->holds = holds;
    snprintf(name, sizeof(name), "alert_%zu_value", number);
    struct signal *value = new_signal(r, a, name);
    value->window_ms = VALUE_KEPT_MS;
    a->value = value;
    return a;
}

void alerts_declare(struct ruleset *r, struct mistakes *m)
{
    struct build *b = r->build;
    r->alerts = arena_array(&r->arena, b->alerts.len + 1, sizeof *r->alerts);
    for (size_t i = 0; i < b->alerts.len; i++)
        r->alerts[r->alerts_len++] = declare(r, &b->alerts.items[i], i + 1, m);
    r->signals = b->signal_list.items;
    r->signals_len = b->signal_list.len;
    r->recorded = b->recorded.items;
    r->recorded_len = b->recorded.len;
}

/* ---- symptoms ---- */

static bool is_taken(const struct ruleset *r, const char *id)
{
    for (size_t i = 0; i < r->symptoms_len; i++)
        if (strcmp(r->symptoms[i]->id, id) == 0)
            return true;
    return false;
}

/* Its name; where several alerts share one, as a warning and a critical one often do, with the severity, else with a number. */
static const char *symptom_id(struct ruleset *r, const struct alert_rule *a)
{
    char *id = arena_strdup(&r->arena, a->name);
    for (char *c = id; *c; c++)
        if (strchr(" \t\n/\\\"'{}()[],=", *c))
            *c = '-';
    const char *chosen = id;
    if (is_taken(r, chosen) && a->severity_word)
        chosen = arena_printf(&r->arena, "%s-%s", id, a->severity_word);
    for (int n = 2; is_taken(r, chosen); n++)
        chosen = arena_printf(&r->arena, "%s-%d", id, n);
    return intern_str(&r->intern, chosen);
}

static void plain_text(struct ruleset *r, const char *words, struct texts_template *ret)
{
    ret->in[LANG_EN].parts = arena_array(&r->arena, 1, sizeof *ret->in[LANG_EN].parts);
    ret->in[LANG_EN].parts[0].literal = words;
    ret->in[LANG_EN].len = 1;
    ret->given = true;
}

/* Beside the symptoms of the section, for which r->symptoms has room already. */
void alerts_to_symptoms(struct ruleset *r)
{
    for (size_t i = 0; i < r->alerts_len; i++) {
        const struct alert_rule *a = r->alerts[i];
        struct symptom *s = arena_alloc(&r->arena, sizeof *s);
        s->id = symptom_id(r, a);
        s->index = r->symptoms_len;
        s->kind = a->kind;
        s->alert = a;
        s->severity = a->severity;
        s->for_ms = a->for_ms;
        s->keep_firing_for_ms = a->keep_firing_for_ms;
        s->lost_after_ms = LOST_AFTER_MS;
        s->settle_ms = SETTLE_MS;
        s->place = a->place;
        plain_text(r, a->name, &s->title);
        plain_text(r, a->effect.written ? a->effect.written : "", &s->effect);
        r->symptoms[r->symptoms_len++] = s;
    }
}

void alerts_compile(struct ruleset *r, struct mistakes *m)
{
    for (size_t i = 0; i < r->symptoms_len; i++) {
        struct symptom *s = r->symptoms[i];
        if (!s->alert)
            continue;
        struct scope scope = {.symptom = s, .kind = s->kind};
        struct source source = source_of_text(arena_printf(&r->arena, "%s == 1", s->alert->holds->name), s->place.file);
        s->when = expression_compile(&(struct expression){r, m, &scope}, &source, VALUE_TRUTH);
    }
}

int64_t alerts_look_back_ms(const struct ruleset *r)
{
    int64_t longest = 0;
    for (size_t i = 0; i < r->alerts_len; i++) {
        int64_t needs = r->alerts[i]->for_ms + r->alerts[i]->keep_firing_for_ms;
        longest = needs > longest ? needs : longest;
    }
    return longest + LOOK_BACK_MS;
}

/* ---- lint ---- */

static void lint_alert_text(struct lint *l, const struct alert_text *t, const char *what)
{
    if (t->written && t->beyond)
        lint_report(l, CHECK_ALERT_TEXT, t->place, "%s is shown as written: it uses %s", what, t->beyond);
}

static void lint_alert(struct lint *l, const struct alert_rule *a)
{
    if (!a->severity_word)
        lint_report(l, CHECK_ALERT_SEVERITY, a->place, "alert \"%s\" has no label \"severity\": it counts as a warning", a->name);
    else if (a->severity == SEVERITY_WARNING && strncasecmp(a->severity_word, "warn", 4) != 0)
        lint_report(l, CHECK_ALERT_SEVERITY, a->place, "alert \"%s\": the severity \"%s\" is not known, it counts as a warning", a->name, a->severity_word);
    if (!a->title.written && !a->effect.written)
        lint_report(l, CHECK_ALERT_TEXT, a->place, "alert \"%s\" has neither summary nor description: a message can only say its name", a->name);
    if (a->shifted)
        lint_report(l, CHECK_ALERT_OFFSET, a->place, "alert \"%s\": its group is evaluated with an offset, which is not done here", a->name);
    lint_alert_text(l, &a->title, "the summary");
    lint_alert_text(l, &a->effect, "the description");
    lint_alert_text(l, &a->link, "the link");
    for (size_t i = 0; i < a->labels_len; i++) {
        if (a->labels[i].text.has_value)
            lint_report(l, CHECK_ALERT_LABEL, a->place, "alert \"%s\": its label \"%s\" changes with the value and is left out", a->name, a->labels[i].name);
        lint_alert_text(l, &a->labels[i].text, "the label");
    }
}

void lint_alerts(struct lint *l)
{
    for (size_t i = 0; i < l->rules->alerts_len; i++)
        lint_alert(l, l->rules->alerts[i]);
    for (size_t i = 0; i < l->rules->recorded_len; i++)
        lint_report(l, CHECK_RECORDING_RULES, l->rules->recorded[i].place, "%zu recording rule%s left to Prometheus: it evaluates them, alerts read what they give",
                    l->rules->recorded[i].len, l->rules->recorded[i].len == 1 ? " is" : "s are");
}
