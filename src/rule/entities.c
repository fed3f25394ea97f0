/* Sections "entities", "labels" and "profiles": what exists, and how exporters name it. */
#include <string.h>

#include "rule/build.h"

const struct regex *build_regex(struct ruleset *r, const char *pattern, struct place at, struct mistakes *m)
{
    struct error err = {0};
    struct regex *regex = regex_new(pattern, &err);
    if (regex)
        vec_push(&r->build->regexes, regex);
    else
        mistake_add(m, at, "the pattern \"%s\" is wrong: %s", pattern, err.text);
    return regex;
}

static struct entity_kind *new_kind(struct ruleset *r, const char *name)
{
    struct entity_kind *k = arena_alloc(&r->arena, sizeof *k);
    k->name = intern_str(&r->intern, name);
    k->help = "";
    k->id = r->kinds_len;
    r->kinds[r->kinds_len++] = k;
    return k;
}

static bool add_label(struct ruleset *r, struct entity_kind *k, const char *label, struct place at, struct mistakes *m)
{
    if (k->labels_len == ENTITY_LABELS_MAX) {
        mistake_add(m, at, "entity \"%s\" has more than %d labels", k->name, ENTITY_LABELS_MAX);
        return false;
    }
    if (entity_kind_label(k, label) != NO_ROW) {
        mistake_add(m, at, "entity \"%s\" has the label \"%s\" twice", k->name, label);
        return false;
    }
    k->labels[k->labels_len++] = intern_str(&r->intern, label);
    return true;
}

static void read_kind(struct ruleset *r, struct entity_kind *k, const struct definition *d, struct mistakes *m)
{
    static const char *const known[] = {"labels", "derived", "help", "made_by"};
    if (!tree_check_keys(d->node, "entity", known, ARRAY_LEN(known), m) && d->node->type != NODE_MAP)
        return;
    k->help = tree_text(d->node, "help", "", m);
    size_t len;
    const char **labels = tree_texts(d->node, "labels", &len, &r->arena, m);
    for (size_t i = 0; i < len; i++)
        add_label(r, k, labels[i], d->place, m);
    k->identity_len = k->labels_len;
    const struct node *derived = tree_get(d->node, "derived");
    for (size_t i = 0; derived && derived->type == NODE_MAP && i < derived->len; i++)
        add_label(r, k, derived->keys[i], derived->key_places[i], m);
    if (derived && derived->type != NODE_MAP && !derived->is_null)
        mistake_add(m, derived->place, "\"derived\" is a map: label to a list of ways to find it");
    if (k->identity_len == 0 && k != r->kinds[0])
        mistake_add(m, d->place, "entity \"%s\" has no labels: only \"%s\" needs none", k->name, r->kinds[0]->name);
}

void build_entities(struct ruleset *r, struct mistakes *m)
{
    const struct section *s = &r->build->sections[SECTION_ENTITIES];
    r->kinds = arena_array(&r->arena, s->items.len + r->build->alerts.len + 1, sizeof *r->kinds);
    new_kind(r, "cluster")->help = "the whole cluster";
    for (size_t i = 0; i < s->items.len; i++) {
        const struct definition *d = &s->items.items[i];
        struct entity_kind *k = strcmp(d->id, "cluster") == 0 ? r->kinds[0] : new_kind(r, d->id);
        read_kind(r, k, d, m);
    }
}

const char *suggest_kind(const struct ruleset *r, const char *name)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < r->kinds_len; i++)
        vec_push(&names, r->kinds[i]->name);
    const char *nearest = did_you_mean(name, names.items, names.len);
    vec_free(&names);
    return nearest;
}

static const struct entity_kind *read_kind_name(struct ruleset *r, const struct node *map, const char *key, struct mistakes *m)
{
    const char *name = tree_text(map, key, NULL, m);
    const struct entity_kind *k = name ? ruleset_kind(r, name) : NULL;
    if (name && !k)
        mistake_add(m, tree_get(map, key)->place, "unknown entity \"%s\"%s", name, hint_of(r, suggest_kind(r, name)));
    return k;
}

/* A label that must be among the kind's identity, from which alone others are derived. */
static const char *read_source_label(struct ruleset *r, const struct node *map, const char *key, const struct entity_kind *k, struct mistakes *m)
{
    const char *name = tree_text(map, key, NULL, m);
    if (!name)
        return NULL;
    size_t at = entity_kind_label(k, name);
    if (at == NO_ROW || at >= k->identity_len)
        mistake_add(m, tree_get(map, key)->place, "\"%s\" is not among the labels that identify \"%s\"", name, k->name);
    return intern_str(&r->intern, name);
}

static void check_through(const struct derivation *d, const struct node *node, struct mistakes *m)
{
    const char *label = d->kind->labels[d->label];
    if (!d->to || !d->via) {
        mistake_add(m, node->place, "\"through\" needs \"via\" (a label of both) and \"in\" (the entity that has \"%s\")", label);
        return;
    }
    for (size_t i = 0; i < d->kind->identity_len; i++)
        if (entity_kind_label(d->through, d->kind->labels[i]) == NO_ROW)
            mistake_add(m, node->place, "\"%s\" lacks the label \"%s\" of \"%s\"", d->through->name, d->kind->labels[i], d->kind->name);
    if (entity_kind_label(d->through, d->via) == NO_ROW)
        mistake_add(m, node->place, "\"%s\" has no label \"%s\"", d->through->name, d->via);
    if (entity_kind_label(d->to, d->via) == NO_ROW || entity_kind_label(d->to, label) == NO_ROW)
        mistake_add(m, node->place, "\"%s\" needs the labels \"%s\" and \"%s\"", d->to->name, d->via, label);
}

static struct derivation read_derivation(struct ruleset *r, const struct entity_kind *k, size_t label, const struct node *node, struct mistakes *m)
{
    static const char *const known[] = {"map", "from", "pattern", "known_in", "through", "via", "in"};
    struct derivation d = {.kind = k, .label = label};
    tree_check_keys(node, "derivation", known, ARRAY_LEN(known), m);
    const char *map = tree_text(node, "map", NULL, m), *pattern = tree_text(node, "pattern", NULL, m), *via = tree_text(node, "via", NULL, m);
    d.from = read_source_label(r, node, "from", k, m);
    d.known_in = read_kind_name(r, node, "known_in", m);
    d.through = read_kind_name(r, node, "through", m);
    d.to = read_kind_name(r, node, "in", m);
    d.via = via ? intern_str(&r->intern, via) : NULL;
    d.use_map = map != NULL;
    size_t map_len = map ? strlen(map) : 0;
    if (map &&
        (map_len < 7 || strcmp(map + map_len - 7, "_groups") != 0)) /* the configuration's one map: client_groups, by whatever name clients go */
        mistake_add(m, tree_get(node, "map")->place, "unknown map \"%s\", the configuration has \"client_groups\"", map);
    if (pattern)
        d.pattern = build_regex(r, pattern, tree_get(node, "pattern")->place, m);
    if (d.use_map && !d.from && k->identity_len)
        d.from = k->labels[0];
    if (tree_get(node, "through")) {
        if (d.through)
            check_through(&d, node, m);
    } else if (!d.from) {
        mistake_add(m, node->place, "a derivation names \"map\", \"from\" or \"through\"");
    }
    if (d.known_in && entity_kind_label(d.known_in, k->labels[label]) == NO_ROW)
        mistake_add(m, node->place, "\"%s\" has no label \"%s\"", d.known_in->name, k->labels[label]);
    return d;
}

void build_derivations(struct ruleset *r, struct mistakes *m)
{
    VEC(struct derivation) found = {0};
    for (size_t i = 0; i < r->kinds_len; i++) {
        const struct definition *d = section_find(&r->build->sections[SECTION_ENTITIES], r->kinds[i]->name);
        const struct node *derived = d ? tree_get(d->node, "derived") : NULL;
        for (size_t j = 0; derived && derived->type == NODE_MAP && j < derived->len; j++) {
            size_t label = entity_kind_label(r->kinds[i], derived->keys[j]);
            const struct node *ways = derived->items[j];
            if (ways->type != NODE_LIST || ways->len == 0)
                mistake_add(m, ways->place, "\"%s\" needs a list of ways to find it, e.g. [{from: …, pattern: …}]", derived->keys[j]);
            for (size_t n = 0; label != NO_ROW && ways->type == NODE_LIST && n < ways->len; n++)
                vec_push(&found, read_derivation(r, r->kinds[i], label, ways->items[n], m));
        }
    }
    r->derivations_len = found.len;
    r->derivations = arena_array(&r->arena, found.len, sizeof *r->derivations);
    if (found.len)
        memcpy(r->derivations, found.items, found.len * sizeof *found.items);
    vec_free(&found);
}

static void build_label(struct ruleset *r, const char *to, const struct node *node, struct mistakes *m)
{
    static const char *const known[] = {"from", "pattern"};
    struct label_rule *rule = &r->labels[r->labels_len++];
    rule->to = to;
    tree_check_keys(node, "label", known, ARRAY_LEN(known), m);
    rule->from = tree_texts(node, "from", &rule->from_len, &r->arena, m);
    const char *pattern = tree_text(node, "pattern", NULL, m);
    if (pattern)
        rule->pattern = build_regex(r, pattern, tree_get(node, "pattern")->place, m);
    if (rule->from_len == 0)
        mistake_add(m, node->place, "label \"%s\" needs \"from\": the exporters' names of it", to);
}

void build_labels(struct ruleset *r, struct mistakes *m)
{
    const struct section *s = &r->build->sections[SECTION_LABELS];
    size_t len = 0;
    for (size_t i = 0; i < s->items.len; i++)
        len += s->items.items[i].node->type == NODE_LIST ? s->items.items[i].node->len : 1;
    r->labels = arena_array(&r->arena, len, sizeof *r->labels);
    for (size_t i = 0; i < s->items.len; i++) {
        const struct definition *d = &s->items.items[i];
        for (size_t k = 0; d->node->type == NODE_LIST && k < d->node->len; k++)
            build_label(r, d->id, d->node->items[k], m);
        if (d->node->type != NODE_LIST)
            build_label(r, d->id, d->node, m);
    }
}

struct label_rule *label_rules_read(struct ruleset *r, const struct node *map, size_t *ret_len, struct mistakes *m)
{
    *ret_len = 0;
    if (!map)
        return NULL;
    if (map->type != NODE_MAP) {
        mistake_add(m, map->place, "\"labels\" is a map: the exporter's label to ours");
        return NULL;
    }
    struct label_rule *rules = arena_array(&r->arena, map->len, sizeof *rules);
    for (size_t i = 0; i < map->len; i++) {
        if (map->items[i]->type != NODE_SCALAR) {
            mistake_add(m, map->items[i]->place, "\"labels\" is a map: the exporter's label to ours");
            continue;
        }
        struct label_rule *rule = &rules[(*ret_len)++];
        rule->to = intern_str(&r->intern, map->items[i]->text);
        rule->from = arena_array(&r->arena, 1, sizeof *rule->from);
        rule->from[0] = map->keys[i];
        rule->from_len = 1;
    }
    return rules;
}

void build_profiles(struct ruleset *r, struct mistakes *m)
{
    static const char *const known[] = {"help", "probe", "scrape", "version", "lacks", "offered"};
    const struct section *s = &r->build->sections[SECTION_PROFILES];
    r->profiles = arena_array(&r->arena, s->items.len, sizeof *r->profiles);
    r->profiles_len = s->items.len;
    for (size_t i = 0; i < s->items.len; i++) {
        const struct definition *d = &s->items.items[i];
        struct profile *p = &r->profiles[i];
        p->id = d->id;
        p->index = i;
        tree_check_keys(d->node, "profile", known, ARRAY_LEN(known), m);
        p->help = tree_text(d->node, "help", "", m);
        p->offered = tree_bool(d->node, "offered", true, m);
        p->version = tree_text(d->node, "version", "", m);
        p->lacks = tree_text(d->node, "lacks", "", m);
        p->scrape = tree_text(d->node, "scrape", "", m);
        p->probe = tree_texts(d->node, "probe", &p->probe_len, &r->arena, m);
        if (p->probe_len == 0)
            mistake_add(m, d->place, "profile \"%s\" needs \"probe\": metric names that betray it", d->id);
    }
}
