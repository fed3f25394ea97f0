/* Section "symptoms": declared first, so that any may name any other, then compiled. */
#include <math.h>
#include <string.h>

#include "rule/build.h"

#define LOST_AFTER_MS (3600 * 1000)
#define SETTLE_MS (5 * 60 * 1000)

static const struct node *node_of(const struct ruleset *r, const struct symptom *s)
{
    return r->build->sections[SECTION_SYMPTOMS].items.items[s->index].node;
}

static const struct entity_kind *read_kind(struct ruleset *r, const struct node *node, struct mistakes *m)
{
    const char *name = tree_need_text(node, "entity", "symptom", m);
    const struct entity_kind *k = name ? ruleset_kind(r, name) : NULL;
    if (name && !k)
        mistake_add(m, tree_get(node, "entity")->place, "unknown entity \"%s\"%s", name, hint_of(r, suggest_kind(r, name)));
    return k;
}

static void read_param(struct ruleset *r, struct param *p, const struct node *node, struct mistakes *m)
{
    static const char *const known[] = {"default", "help", "unit"};
    double scale;
    struct unit unit;
    const struct node *map = node->type == NODE_MAP ? node : NULL;
    const struct node *value = map ? tree_get(map, "default") : node;
    if (map)
        tree_check_keys(map, "parameter", known, ARRAY_LEN(known), m);
    p->help = map ? tree_text(map, "help", "", m) : "";
    p->place = node->place;
    if (!value || value->type != NODE_SCALAR) {
        mistake_add(m, node->place, "parameter \"%s\" needs \"default\"", p->name);
        return;
    }
    if (!unit_parse_literal(value->text, strlen(value->text), &r->intern, &p->value, &p->unit))
        mistake_add(m, value->place, "the default of \"%s\" is a number with its unit, e.g. 30s, 80%%, 5/s", p->name);
    const char *text = map ? tree_text(map, "unit", NULL, m) : NULL;
    if (!text)
        return;
    if (!unit_parse(text, &r->intern, &unit, &scale) || !unit_compatible(&unit, &p->unit))
        mistake_add(m, tree_get(map, "unit")->place, "\"%s\" is not the unit of the default", text);
    else
        p->unit = unit;
}

static void read_params(struct ruleset *r, struct symptom *s, const struct node *params, struct mistakes *m)
{
    if (!params)
        return;
    if (params->type != NODE_MAP) {
        mistake_add(m, params->place, "\"params\" is a map of names");
        return;
    }
    s->params = arena_array(&r->arena, params->len, sizeof *s->params);
    for (size_t i = 0; i < params->len; i++) {
        struct param *p = arena_alloc(&r->arena, sizeof *p);
        p->name = intern_str(&r->intern, params->keys[i]);
        p->symptom = s;
        s->params[s->params_len++] = p;
        read_param(r, p, params->items[i], m);
    }
}

static void declare(struct ruleset *r, struct symptom *s, const struct definition *d, struct mistakes *m)
{
    static const char *const known[] = {"id",     "seed", "entity",     "title",           "params",   "let",      "impact",
                                        "when",   "for",  "clear_when", "keep_firing_for", "severity", "escalate",
                                        "effect", "show", "lost_after", "settle",          "causes"};
    const struct node *node = d->node;
    tree_check_keys(node, "symptom", known, ARRAY_LEN(known), m);
    s->id = d->id;
    s->place = d->place;
    s->kind = read_kind(r, node, m);
    if (!s->kind)
        s->kind = r->kinds[0];
    s->seed = (int)tree_number(node, "seed", 0, m);
    s->for_ms = tree_duration_ms(node, "for", 0, m);
    s->keep_firing_for_ms = tree_duration_ms(node, "keep_firing_for", 0, m);
    s->impact = tree_bool(node, "impact", false, m);
    s->lost_after_ms = tree_duration_ms(node, "lost_after", LOST_AFTER_MS, m);
    s->settle_ms = tree_duration_ms(node, "settle", SETTLE_MS, m);
    s->severity = (enum severity)tree_choice(node, "severity", severity_names, SEVERITY_COUNT, SEVERITY_WARNING, m);
    read_params(r, s, tree_get(node, "params"), m);
}

void symptoms_declare(struct ruleset *r, struct mistakes *m)
{
    const struct section *section = &r->build->sections[SECTION_SYMPTOMS];
    r->symptoms = arena_array(&r->arena, section->items.len + r->alerts_len + 1, sizeof *r->symptoms);
    r->symptoms_len = section->items.len;
    for (size_t i = 0; i < section->items.len; i++) {
        r->symptoms[i] = arena_alloc(&r->arena, sizeof **r->symptoms);
        r->symptoms[i]->index = i;
        declare(r, r->symptoms[i], &section->items.items[i], m);
    }
    alerts_to_symptoms(r);
}

static void read_lets(const struct expression *ctx, const struct node *lets)
{
    struct scope *scope = ctx->scope;
    if (!lets)
        return;
    if (lets->type != NODE_MAP) {
        mistake_add(ctx->mistakes, lets->place, "\"let\" is a map: name to expression");
        return;
    }
    scope->lets = arena_array(&ctx->rules->arena, lets->len, sizeof *scope->lets);
    for (size_t i = 0; i < lets->len; i++) {
        if (lets->items[i]->type != NODE_SCALAR) {
            mistake_add(ctx->mistakes, lets->items[i]->place, "\"%s\" is an expression", lets->keys[i]);
            continue;
        }
        if (ruleset_signal(ctx->rules, lets->keys[i]))
            mistake_add(ctx->mistakes, lets->key_places[i], "\"%s\" is a signal's name already: give the expression another", lets->keys[i]);
        scope->lets[scope->lets_len++] =
            (struct let){.name = intern_str(&ctx->rules->intern, lets->keys[i]), .source = source_of_node(lets->items[i])};
    }
}

/* A name for an expression is checked whether it is used or not. */
static void compile_lets(const struct expression *ctx)
{
    for (size_t i = 0; i < ctx->scope->lets_len; i++) {
        struct let *let = &ctx->scope->lets[i];
        struct check c = {ctx->rules, ctx->rules->build, ctx->mistakes, ctx->scope, &let->source, ctx->scope->kind, NULL, false};
        bool used = let->used;
        compile_let(&c, let);
        let->used = used;
    }
}

/* The expression under `key`, NULL when there is none or it is wrong. */
static const struct expr *read_condition(const struct expression *ctx, const struct node *map, const char *key)
{
    const struct node *node = tree_get(map, key);
    if (!node)
        return NULL;
    if (node->type != NODE_SCALAR || !*node->text) {
        mistake_add(ctx->mistakes, node->place, "\"%s\" is a condition", key);
        return NULL;
    }
    struct source s = source_of_node(node);
    return expression_compile(ctx, &s, VALUE_TRUTH);
}

static void read_escalations(const struct expression *ctx, struct symptom *s, const struct node *list)
{
    static const char *const known[] = {"when", "severity"};
    if (!list)
        return;
    if (list->type != NODE_LIST) {
        mistake_add(ctx->mistakes, list->place, "\"escalate\" is a list of {when: …, severity: …}");
        return;
    }
    s->escalate = arena_array(&ctx->rules->arena, list->len, sizeof *s->escalate);
    for (size_t i = 0; i < list->len; i++) {
        const struct node *node = list->items[i];
        tree_check_keys(node, "escalation", known, ARRAY_LEN(known), ctx->mistakes);
        struct escalation e = {.when = read_condition(ctx, node, "when")};
        e.severity = (enum severity)tree_choice(node, "severity", severity_names, SEVERITY_COUNT, SEVERITY_CRITICAL, ctx->mistakes);
        if (!tree_get(node, "when"))
            mistake_add(ctx->mistakes, node->place, "an escalation needs \"when\"");
        if (e.when)
            s->escalate[s->escalate_len++] = e;
    }
}

static void read_shown(const struct expression *ctx, struct symptom *s, const struct node *node)
{
    static const char *const known[] = {"name", "label", "value"};
    const struct node *value = node;
    if (node->type == NODE_MAP) {
        tree_check_keys(node, "chart", known, ARRAY_LEN(known), ctx->mistakes);
        value = tree_get(node, "value") ? tree_get(node, "value") : tree_get(node, "name");
    }
    if (!value || value->type != NODE_SCALAR) {
        mistake_add(ctx->mistakes, node->place, "a chart is a signal or an expression, or {name: …, value: …, label: {en: …, ko: …}}");
        return;
    }
    struct source source = source_of_node(value);
    struct signal *signal = expression_signal(ctx, &source);
    if (!signal)
        return;
    if (signal->derived && signal->derived->type == VALUE_TRUTH)
        mistake_add(ctx->mistakes, value->place, "a chart shows a number, \"%s\" is a condition", value->text);
    signal->used = true;
    if (signal->window_ms < WINDOW_SHOWN_MS)
        signal->window_ms = WINDOW_SHOWN_MS;
    struct shown *shown = &s->show[s->show_len++];
    shown->signal = signal;
    shown->name = intern_str(&ctx->rules->intern, node->type == NODE_MAP ? tree_text(node, "name", value->text, ctx->mistakes) : value->text);
    texts_compile(ctx, node->type == NODE_MAP ? tree_get(node, "label") : NULL, TEMPLATE_TEXT, &shown->label);
}

static void read_show(const struct expression *ctx, struct symptom *s, const struct node *list)
{
    if (!list)
        return;
    if (list->type != NODE_LIST) {
        mistake_add(ctx->mistakes, list->place, "\"show\" is a list");
        return;
    }
    s->show = arena_array(&ctx->rules->arena, list->len, sizeof *s->show);
    for (size_t i = 0; i < list->len; i++)
        read_shown(ctx, s, list->items[i]);
}

/* For lint: the names are gone once the symptom is made. */
static void note_unused_lets(const struct expression *ctx)
{
    for (size_t i = 0; i < ctx->scope->lets_len; i++)
        if (!ctx->scope->lets[i].used)
            vec_push(&ctx->rules->build->unused_lets, (struct unused){ctx->scope->lets[i].name, source_place(&ctx->scope->lets[i].source, 0)});
}

static void compile_symptom(struct ruleset *r, struct symptom *s, struct mistakes *m)
{
    const struct node *node = node_of(r, s);
    struct scope scope = {.symptom = s, .kind = s->kind};
    struct expression ctx = {r, m, &scope};
    read_lets(&ctx, tree_get(node, "let"));
    compile_lets(&ctx);
    s->when = read_condition(&ctx, node, "when");
    if (!tree_get(node, "when"))
        mistake_add(m, s->place, "symptom \"%s\" needs \"when\"", s->id);
    s->clear_when = read_condition(&ctx, node, "clear_when");
    read_escalations(&ctx, s, tree_get(node, "escalate"));
    texts_compile(&ctx, tree_get(node, "title"), TEMPLATE_TEXT, &s->title);
    texts_compile(&ctx, tree_get(node, "effect"), TEMPLATE_TEXT, &s->effect);
    if (!tree_get(node, "title"))
        mistake_add(m, s->place, "symptom \"%s\" needs \"title\"", s->id);
    read_show(&ctx, s, tree_get(node, "show"));
    suspects_compile(&ctx, tree_get(node, "causes"), s);
    note_unused_lets(&ctx);
}

void symptoms_compile(struct ruleset *r, struct mistakes *m)
{
    for (size_t i = 0; i < r->symptoms_len; i++)
        if (!r->symptoms[i]->alert)
            compile_symptom(r, r->symptoms[i], m);
    alerts_compile(r, m);
}
