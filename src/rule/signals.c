/* Sections "signals" and "shapes". */
#include <math.h>
#include <string.h>

#include "rule/build.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

static size_t word_len(const char *text)
{
    size_t len = 0;
    while (is_letter(text[len]) || (len && text[len] >= '0' && text[len] <= '9'))
        len++;
    return len;
}

static bool is_word(const char *text, size_t len, const char *const *words, size_t words_len)
{
    for (size_t i = 0; i < words_len; i++)
        if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
            return true;
    return false;
}

static const char *skip_quoted(const char *at)
{
    char quote = *at++;
    while (*at && *at != quote)
        at += *at == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : at;
}

/* Behind the bracket that closes the one at `at`. */
static const char *skip_bracket(const char *at)
{
    const char close = *at == '{' ? '}' : *at == '[' ? ']' : ')';
    for (at++; *at && *at != close;)
        at = *at == '"' || *at == '\'' ? skip_quoted(at) : at + 1;
    return *at ? at + 1 : at;
}

static const char *skip_spaces(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Reads over PromQL and gives the names that stand for series: no functions, keywords, labels. */
const char **query_metrics(struct ruleset *r, const char *query, size_t *ret_len)
{
    static const char *const grouping[] = {"by", "without", "on", "ignoring", "group_left", "group_right"};
    static const char *const keywords[] = {"and", "or", "unless", "bool", "offset", "atan2", "inf", "Inf", "nan", "NaN", "start", "end"};
    VEC(const char *) found = {0};
    for (const char *at = query; *at;) {
        size_t len = word_len(at);
        if (len == 0) {
            bool number = *at >= '0' && *at <= '9';
            if (*at == '"' || *at == '\'')
                at = skip_quoted(at);
            else if (*at == '{' || *at == '[')
                at = skip_bracket(at);
            else if (*at == '$')
                at += 1 + word_len(at + 1);
            else
                at++;
            while (number && (is_letter(*at) || (*at >= '0' && *at <= '9') || *at == '.'))
                at++; /* 5m, 0x1f, 1e6: no names */
            continue;
        }
        const char *next = skip_spaces(at + len);
        if (is_word(at, len, grouping, ARRAY_LEN(grouping))) {
            at = *next == '(' ? skip_bracket(next) : next;
            continue;
        }
        bool aggregates = is_word(next, word_len(next), grouping, 2); /* sum by (…) (…) */
        if (*next != '(' && !aggregates && !is_word(at, len, keywords, ARRAY_LEN(keywords))) {
            const char *name = intern_strn(&r->intern, at, len);
            bool old = false;
            for (size_t i = 0; i < found.len; i++)
                old = old || found.items[i] == name;
            if (!old)
                vec_push(&found, name);
        }
        at += len;
    }
    const char **metrics = arena_array(&r->arena, found.len, sizeof *metrics);
    for (size_t i = 0; i < found.len; i++)
        metrics[i] = found.items[i];
    *ret_len = found.len;
    vec_free(&found);
    return metrics;
}

static const struct profile *find_profile(struct ruleset *r, const char *id, struct place at, struct mistakes *m)
{
    VEC(const char *) ids = {0};
    const struct profile *found = NULL;
    for (size_t i = 0; i < r->profiles_len; i++) {
        if (strcmp(r->profiles[i].id, id) == 0)
            found = &r->profiles[i];
        vec_push(&ids, r->profiles[i].id);
    }
    if (!found)
        mistake_add(m, at, "unknown profile \"%s\"%s", id, hint_of(r, did_you_mean(id, ids.items, ids.len)));
    vec_free(&ids);
    return found;
}

static bool read_unit(struct ruleset *r, const struct node *map, struct unit *ret, double *ret_scale, struct mistakes *m)
{
    const char *text = tree_text(map, "unit", NULL, m);
    if (!text)
        return false;
    if (unit_parse(text, &r->intern, ret, ret_scale))
        return true;
    mistake_add(m, tree_get(map, "unit")->place, "\"%s\" is no unit; write e.g. s, bytes, ratio, records/s", text);
    return false;
}

static void read_binding(struct ruleset *r, struct signal *s, double signal_scale, const struct node *node, struct mistakes *m)
{
    static const char *const known[] = {"profile", "query", "labels", "unit"};
    if (!tree_check_keys(node, "binding", known, ARRAY_LEN(known), m) && node->type != NODE_MAP)
        return;
    struct binding *b = &s->bindings[s->bindings_len];
    const char *profile = tree_need_text(node, "profile", "binding", m);
    b->place = node->place;
    b->query = tree_need_text(node, "query", "binding", m);
    b->labels = label_rules_read(r, tree_get(node, "labels"), &b->labels_len, m);
    b->scale = signal_scale;
    b->profile = profile ? find_profile(r, profile, tree_get(node, "profile")->place, m) : NULL;
    struct unit unit;
    if (read_unit(r, node, &unit, &b->scale, m) && !unit_compatible(&unit, &s->unit)) {
        mistake_add(m, tree_get(node, "unit")->place, "the binding's unit does not measure the same thing as the signal's");
        return;
    }
    if (!b->profile || !b->query)
        return;
    b->metrics = query_metrics(r, b->query, &b->metrics_len);
    s->bindings_len++;
}

static void read_kind(struct ruleset *r, struct signal *s, const struct definition *d, struct mistakes *m)
{
    const char *kind = tree_need_text(d->node, "entity", "signal", m);
    s->kind = kind ? ruleset_kind(r, kind) : NULL;
    if (kind && !s->kind)
        mistake_add(m, tree_get(d->node, "entity")->place, "unknown entity \"%s\"%s", kind, hint_of(r, suggest_kind(r, kind)));
    if (!s->kind)
        s->kind = r->kinds[0]; /* so that what names it is checked all the same */
}

static void check_name(const struct definition *d, struct mistakes *m)
{
    static const char *const words[] = {"and", "or", "not", "else", "true", "false"};
    if (word_len(d->id) != strlen(d->id) || strchr(d->id, ':') || is_word(d->id, strlen(d->id), words, ARRAY_LEN(words)))
        mistake_add(m, d->place, "\"%s\" cannot name a signal: letters, digits and _ only, and no word of the language", d->id);
}

static void read_signal(struct ruleset *r, struct signal *s, const struct definition *d, struct mistakes *m)
{
    static const char *const known[] = {"help", "unit", "entity", "nan", "vanishes", "bindings", "fact", "absent", "spare"};
    static const char *const nan_words[] = {"unknown", "zero", "infinite"}, *const vanish_words[] = {"unknown", "zero"};
    double scale = 1;
    s->absent = s->spare = "";
    s->kind = r->kinds[0];
    if (!tree_check_keys(d->node, "signal", known, ARRAY_LEN(known), m) && d->node->type != NODE_MAP)
        return;
    check_name(d, m);
    s->help = tree_text(d->node, "help", "", m);
    read_kind(r, s, d, m);
    if (!tree_get(d->node, "unit"))
        mistake_add(m, d->place, "signal \"%s\" needs \"unit\": e.g. s, bytes, ratio, records/s, 1", d->id);
    read_unit(r, d->node, &s->unit, &scale, m);
    s->nan = (enum nan_policy)tree_choice(d->node, "nan", nan_words, ARRAY_LEN(nan_words), NAN_UNKNOWN, m);
    s->vanishes = (enum vanish_policy)tree_choice(d->node, "vanishes", vanish_words, ARRAY_LEN(vanish_words), VANISH_UNKNOWN, m);
    s->absent = tree_text(d->node, "absent", "", m);
    s->spare = tree_text(d->node, "spare", "", m);
    s->is_fact = tree_bool(d->node, "fact", false, m);
    const struct node *bindings = tree_get(d->node, "bindings");
    if (bindings && bindings->type != NODE_LIST) {
        mistake_add(m, bindings->place, "\"bindings\" is a list, in order of preference");
        return;
    }
    s->bindings = bindings ? arena_array(&r->arena, bindings->len, sizeof *s->bindings) : NULL;
    for (size_t i = 0; bindings && i < bindings->len; i++)
        read_binding(r, s, scale, bindings->items[i], m);
    if ((!bindings || bindings->len == 0) && !s->is_fact)
        mistake_add(m, d->place, "signal \"%s\" has no bindings and is no fact: it could never be known", d->id);
}

/* "made_by" of an entity: all other signals about it follow these. */
static void read_makers(struct ruleset *r, const struct definition *entity, struct mistakes *m)
{
    size_t len;
    const char **names = tree_texts(entity->node, "made_by", &len, &r->arena, m);
    const struct entity_kind *kind = ruleset_kind(r, entity->id);
    for (size_t i = 0; len && i < r->signals_len; i++)
        r->signals[i]->follows = r->signals[i]->kind == kind;
    for (size_t i = 0; i < len; i++) {
        struct signal *s = NULL;
        for (size_t k = 0; !s && k < r->signals_len; k++)
            if (strcmp(r->signals[k]->name, names[i]) == 0)
                s = r->signals[k];
        if (s && s->kind == kind)
            s->follows = false;
        else
            mistake_add(m, tree_get(entity->node, "made_by")->place, "\"%s\" is no signal about %s", names[i], entity->id);
    }
}

void build_signals(struct ruleset *r, struct mistakes *m)
{
    const struct section *section = &r->build->sections[SECTION_SIGNALS];
    for (size_t i = 0; i < section->items.len; i++) {
        const struct definition *d = &section->items.items[i];
        struct signal *s = arena_alloc(&r->arena, sizeof *s);
        s->name = d->id;
        s->index = i;
        s->place = d->place;
        vec_push(&r->build->signal_list, s);
        read_signal(r, s, d, m);
    }
    r->signals = r->build->signal_list.items;
    r->signals_len = r->build->signal_list.len;
    for (size_t i = 0; i < r->build->sections[SECTION_ENTITIES].items.len; i++)
        read_makers(r, &r->build->sections[SECTION_ENTITIES].items.items[i], m);
}

static void read_shape_param(struct ruleset *r, const struct window_function *fn, const struct node *map, size_t entry, struct mistakes *m)
{
    const char *names[FUNCTION_PARAMS_MAX];
    size_t at = fn->params_len;
    for (size_t i = 0; i < fn->params_len; i++) {
        names[i] = fn->params[i].name;
        if (strcmp(names[i], map->keys[entry]) == 0)
            at = i;
    }
    const struct node *value = map->items[entry];
    struct unit unit;
    double number;
    if (at == fn->params_len)
        mistake_add(m, map->key_places[entry], "%s() has no parameter \"%s\"%s", fn->name, map->keys[entry],
                    hint_of(r, did_you_mean(map->keys[entry], names, fn->params_len)));
    else if (value->type != NODE_SCALAR || !unit_parse_literal(value->text, strlen(value->text), &r->intern, &number, &unit))
        mistake_add(m, value->place, "\"%s\" of %s() is a number with its unit, e.g. 30%%, 30m", names[at], fn->name);
    else if (fn->params[at].unit == PARAM_SECONDS && !(unit.len == 1 && strcmp(unit.dims[0].name, "s") == 0 && unit.dims[0].power == 1))
        mistake_add(m, value->place, "\"%s\" of %s() is a time, e.g. 30m", names[at], fn->name);
    else if (fn->params[at].unit != PARAM_SECONDS && unit.len)
        mistake_add(m, value->place, "\"%s\" of %s() has no unit", names[at], fn->name);
    else
        r->build->shapes[fn->id][at] = number;
}

void build_shapes(struct ruleset *r, struct mistakes *m)
{
    const char *names[FN_COUNT];
    for (size_t i = 0; i < FN_COUNT; i++) {
        names[i] = window_functions[i].name;
        for (size_t j = 0; j < FUNCTION_PARAMS_MAX; j++)
            r->build->shapes[i][j] = window_functions[i].params[j].value;
    }
    const struct section *s = &r->build->sections[SECTION_SHAPES];
    for (size_t i = 0; i < s->items.len; i++) {
        const struct definition *d = &s->items.items[i];
        const struct window_function *fn = window_function_find(d->id);
        if (!fn)
            mistake_add(m, d->place, "unknown function \"%s\"%s", d->id, hint_of(r, did_you_mean(d->id, names, FN_COUNT)));
        else if (d->node->type != NODE_MAP)
            mistake_add(m, d->node->place, "a shape is a map of its parameters");
        for (size_t j = 0; fn && d->node->type == NODE_MAP && j < d->node->len; j++)
            read_shape_param(r, fn, d->node, j, m);
    }
}
