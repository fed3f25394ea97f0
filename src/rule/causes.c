/* Section "causes", and the causes as each symptom sees them. */
#include <string.h>

#include "base/number.h"
#include "rule/build.h"

static const char *const evidence_keys[] = {"if", "db", "else_db", "exclude", "family", "says", "else_says"};
static const char *const remedy_keys[] = {"risk", "text", "command", "only_if"};

uint32_t evidence_key(const struct evidence *e)
{
    return (uint32_t)hash_str(e->exclude ? hash_str(HASH_INIT, "exclude ") : HASH_INIT, e->when->text);
}

static const struct node *node_of(const struct ruleset *r, const char *id)
{
    return section_find(&r->build->sections[SECTION_CAUSES], id)->node;
}

static void declare(struct ruleset *r, struct cause *c, const struct definition *d, struct mistakes *m)
{
    static const char *const known[] = {"id", "class", "title", "evidence", "by_hand", "remedies"};
    struct scope scope = {.kind = r->kinds[0]};
    struct expression ctx = {r, m, &scope};
    tree_check_keys(d->node, "cause", known, ARRAY_LEN(known), m);
    c->id = d->id;
    c->place = d->place;
    c->class_name = intern_str(&r->intern, tree_text(d->node, "class", "", m));
    texts_compile(&ctx, tree_get(d->node, "title"), TEMPLATE_LABELS, &c->title);
    texts_compile(&ctx, tree_get(d->node, "by_hand"), TEMPLATE_LABELS, &c->by_hand);
    if (!tree_get(d->node, "title"))
        mistake_add(m, d->place, "cause \"%s\" needs \"title\"", d->id);
}

void causes_declare(struct ruleset *r, struct mistakes *m)
{
    const struct section *section = &r->build->sections[SECTION_CAUSES];
    r->causes = arena_array(&r->arena, section->items.len, sizeof *r->causes);
    r->causes_len = section->items.len;
    for (size_t i = 0; i < section->items.len; i++) {
        r->causes[i] = arena_alloc(&r->arena, sizeof **r->causes);
        r->causes[i]->index = i;
        declare(r, r->causes[i], &section->items.items[i], m);
    }
}

/* YAML reads "+15" as a text; here it is a number. */
static double read_db(const struct node *map, const char *key, struct mistakes *m)
{
    const struct node *node = tree_get(map, key);
    double v = 0;
    if (!node)
        return 0;
    const char *text = node->type == NODE_SCALAR ? node->text : "";
    if (*text == '+')
        text++;
    if (!number_parse(text, strlen(text), &v) || !(v >= -30 && v <= 30)) {
        mistake_add(m, node->place, "\"%s\" is a number of decibels between -30 and +30", key);
        return 0;
    }
    return v;
}

static const struct expr *read_condition(const struct expression *ctx, const struct node *node)
{
    if (!node)
        return NULL;
    if (node->type != NODE_SCALAR || !*node->text) {
        mistake_add(ctx->mistakes, node->place, "a condition is needed here");
        return NULL;
    }
    struct source s = source_of_node(node);
    return expression_compile(ctx, &s, VALUE_TRUTH);
}

static void read_evidence(const struct expression *ctx, struct suspect *s, const struct node *node)
{
    if (!tree_check_keys(node, "evidence", evidence_keys, ARRAY_LEN(evidence_keys), ctx->mistakes) && node->type != NODE_MAP)
        return;
    struct evidence *e = &s->evidence[s->evidence_len];
    *e = (struct evidence){.place = node->place};
    const struct node *condition = tree_get(node, "if");
    if (!condition)
        mistake_add(ctx->mistakes, node->place, "evidence needs \"if\"");
    e->when = read_condition(ctx, condition);
    e->db = read_db(node, "db", ctx->mistakes);
    e->else_db = read_db(node, "else_db", ctx->mistakes);
    e->exclude = tree_bool(node, "exclude", false, ctx->mistakes);
    if (e->db == 0 && e->else_db == 0 && !e->exclude)
        mistake_add(ctx->mistakes, node->place, "evidence needs a weight: \"db\", \"else_db\" or \"exclude: true\"");
    const char *family = tree_text(node, "family", NULL, ctx->mistakes);
    e->family = intern_str(&ctx->rules->intern, family ? family : condition && condition->type == NODE_SCALAR ? condition->text : "");
    texts_compile(ctx, tree_get(node, "says"), TEMPLATE_TEXT, &e->says);
    texts_compile(ctx, tree_get(node, "else_says"), TEMPLATE_TEXT, &e->else_says);
    if (e->when)
        s->evidence_len++;
}

static void read_remedy(const struct expression *ctx, struct suspect *s, const struct node *node)
{
    if (!tree_check_keys(node, "remedy", remedy_keys, ARRAY_LEN(remedy_keys), ctx->mistakes) && node->type != NODE_MAP)
        return;
    struct remedy *r = &s->remedies[s->remedies_len];
    *r = (struct remedy){.place = node->place};
    if (!tree_get(node, "risk"))
        mistake_add(ctx->mistakes, node->place, "a remedy needs \"risk\": read-only, safe, disruptive, data-loss or irreversible");
    r->risk = (enum risk)tree_choice(node, "risk", risk_names, RISK_COUNT, RISK_IRREVERSIBLE, ctx->mistakes);
    if (!tree_get(node, "text"))
        mistake_add(ctx->mistakes, node->place, "a remedy needs \"text\"");
    texts_compile(ctx, tree_get(node, "text"), TEMPLATE_TEXT, &r->text);
    r->only_if = read_condition(ctx, tree_get(node, "only_if"));
    const struct node *command = tree_get(node, "command");
    if (command && command->type != NODE_SCALAR)
        mistake_add(ctx->mistakes, command->place, "\"command\" is a text");
    if (command && command->type == NODE_SCALAR) {
        struct source source = source_of_node(command);
        template_compile(ctx, &source, TEMPLATE_COMMAND, &r->command);
    }
    if (r->text.given)
        s->remedies_len++;
}

static size_t list_len(const struct node *list, const char *key, struct mistakes *m)
{
    if (!list || list->is_null)
        return 0;
    if (list->type == NODE_LIST)
        return list->len;
    mistake_add(m, list->place, "\"%s\" is a list", key);
    return 0;
}

static void read_by_hand(const struct expression *ctx, struct suspect *s, const struct node *by_hand)
{
    const struct node *command = tree_get(by_hand, "command");
    if (!command)
        return;
    if (command->type != NODE_SCALAR) {
        mistake_add(ctx->mistakes, command->place, "\"command\" is a text");
        return;
    }
    struct source source = source_of_node(command);
    template_compile(ctx, &source, TEMPLATE_COMMAND, &s->by_hand_command);
}

/* The cause's own lists first, then what the symptom adds. */
static void compile_suspect(const struct expression *ctx, struct suspect *s, const struct node *cause, const struct node *item)
{
    const struct node *maps[] = {cause, item->type == NODE_MAP ? item : NULL};
    size_t evidence = 0, remedies = 0;
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        evidence += list_len(tree_get(maps[i], "evidence"), "evidence", ctx->mistakes);
        remedies += list_len(tree_get(maps[i], "remedies"), "remedies", ctx->mistakes);
    }
    s->evidence = arena_array(&ctx->rules->arena, evidence, sizeof *s->evidence);
    s->remedies = arena_array(&ctx->rules->arena, remedies, sizeof *s->remedies);
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        const struct node *list = tree_get(maps[i], "evidence");
        for (size_t j = 0; list && list->type == NODE_LIST && j < list->len; j++)
            read_evidence(ctx, s, list->items[j]);
        list = tree_get(maps[i], "remedies");
        for (size_t j = 0; list && list->type == NODE_LIST && j < list->len; j++)
            read_remedy(ctx, s, list->items[j]);
    }
    read_by_hand(ctx, s, tree_get(cause, "by_hand"));
    texts_check_labels(&s->cause->title, ctx->scope->kind, "the cause's title", item->place, ctx->mistakes);
    texts_check_labels(&s->cause->by_hand, ctx->scope->kind, "the cause's by_hand", item->place, ctx->mistakes);
}

static const struct cause *find_cause(const struct expression *ctx, const char *id, struct place at)
{
    VEC(const char *) ids = {0};
    const struct cause *found = NULL;
    for (size_t i = 0; i < ctx->rules->causes_len; i++) {
        if (strcmp(ctx->rules->causes[i]->id, id) == 0)
            found = ctx->rules->causes[i];
        vec_push(&ids, ctx->rules->causes[i]->id);
    }
    if (!found)
        mistake_add(ctx->mistakes, at, "unknown cause \"%s\"%s", id, hint_of(ctx->rules, did_you_mean(id, ids.items, ids.len)));
    vec_free(&ids);
    return found;
}

static bool is_listed(const struct symptom *s, const struct cause *cause)
{
    for (size_t i = 0; i < s->suspects_len; i++)
        if (s->suspects[i].cause == cause)
            return true;
    return false;
}

static void read_suspect(const struct expression *ctx, const struct node *item, struct symptom *s)
{
    static const char *const known[] = {"id", "prior", "evidence", "remedies"};
    if (item->type == NODE_MAP)
        tree_check_keys(item, "cause of a symptom", known, ARRAY_LEN(known), ctx->mistakes);
    const char *id = item->type == NODE_SCALAR ? item->text : tree_need_text(item, "id", "cause of a symptom", ctx->mistakes);
    const struct cause *cause = id ? find_cause(ctx, id, item->place) : NULL;
    if (!cause)
        return;
    if (is_listed(s, cause)) {
        mistake_add(ctx->mistakes, item->place, "the cause \"%s\" is listed twice", id);
        return;
    }
    mark(&ctx->rules->build->used_causes, cause);
    struct suspect *suspect = &s->suspects[s->suspects_len++];
    suspect->cause = cause;
    suspect->prior_db = item->type == NODE_MAP ? read_db(item, "prior", ctx->mistakes) : 0;
    compile_suspect(ctx, suspect, node_of(ctx->rules, id), item);
}

void suspects_compile(const struct expression *ctx, const struct node *list, struct symptom *s)
{
    size_t len = list_len(list, "causes", ctx->mistakes);
    s->suspects = arena_array(&ctx->rules->arena, len, sizeof *s->suspects);
    for (size_t i = 0; i < len; i++)
        read_suspect(ctx, list->items[i], s);
}
