/* Files to a ruleset: all texts are read into sections first, so that a later definition can replace an earlier one, then the sections are made one
 * by one. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "rule/build.h"
#include "rule/builtin.h"

#define FILE_LIMIT ((size_t)8 << 20)
#define FOLDER_DEPTH_MAX 8

static const struct {
    const char *key;
    bool is_list;
} sections[SECTIONS] = {
    [SECTION_ENTITIES] = {"entities", false}, [SECTION_PROFILES] = {"profiles", false}, [SECTION_SIGNALS] = {"signals", false},
    [SECTION_SYMPTOMS] = {"symptoms", true},  [SECTION_CAUSES] = {"causes", true},      [SECTION_LABELS] = {"labels", false},
    [SECTION_SHAPES] = {"shapes", false},     [SECTION_MECHANISMS] = {"mechanisms", true},
    [SECTION_CHECKS] = {"checks", true},      [SECTION_PITFALLS] = {"pitfalls", true},
};

struct reading {
    struct ruleset *rules;
    struct mistakes *mistakes;
    size_t round; /* which of the paths is read */
};

void mark(struct map *marks, const void *thing)
{
    map_put(marks, (uint64_t)(uintptr_t)thing, NULL);
}

bool is_marked(const struct map *marks, const void *thing)
{
    return map_get(marks, (uint64_t)(uintptr_t)thing) != NULL;
}

const struct definition *section_find(const struct section *s, const char *id)
{
    for (size_t i = 0; i < s->items.len; i++)
        if (strcmp(s->items.items[i].id, id) == 0)
            return &s->items.items[i];
    return NULL;
}

static void define(struct reading *r, struct section *s, const char *id, const struct node *node, struct place place)
{
    struct definition d = {intern_str(&r->rules->intern, id), node, place, r->round};
    for (size_t i = 0; i < s->items.len; i++) {
        struct definition *old = &s->items.items[i];
        if (old->id != d.id)
            continue;
        if (old->round == r->round)
            mistake_add(r->mistakes, place, "\"%s\" is defined twice, first at %s:%d", id, old->place.file, old->place.line);
        else
            *old = d;
        return;
    }
    vec_push(&s->items, d);
}

static void define_items(struct reading *r, struct section *s, const struct node *list, const char *what)
{
    if (list->type != NODE_LIST) {
        if (!list->is_null)
            mistake_add(r->mistakes, list->place, "\"%s\" is a list of maps that begin with \"- id: …\"", what);
        return;
    }
    for (size_t i = 0; i < list->len; i++) {
        const struct node *item = list->items[i];
        if (item->type != NODE_MAP) {
            mistake_add(r->mistakes, item->place, "an entry of \"%s\" is a map that begins with \"id: …\"", what);
            continue;
        }
        const char *id = tree_need_text(item, "id", "an entry", r->mistakes);
        if (!id)
            continue;
        if (id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_")] || !*id)
            mistake_add(r->mistakes, tree_get(item, "id")->place, "the id \"%s\" may have small letters, digits, - and _ only", id);
        else
            define(r, s, id, item, item->place);
    }
}

static void define_keys(struct reading *r, struct section *s, const struct node *map, const char *what)
{
    if (map->type != NODE_MAP) {
        if (!map->is_null)
            mistake_add(r->mistakes, map->place, "\"%s\" is a map of names", what);
        return;
    }
    for (size_t i = 0; i < map->len; i++)
        define(r, s, map->keys[i], map->items[i], map->key_places[i]);
}

static void read_text(struct reading *r, const char *text, size_t len, const char *path)
{
    static const char *const known[] = {"cluster_labels", "kept_names", "entities", "profiles", "signals", "symptoms", "causes", "labels", "shapes", "mechanisms", "checks",
                                        "pitfalls"};
    struct ruleset *rules = r->rules;
    const char *name = arena_strdup(&rules->arena, path);
    rules->hash = hash_bytes(rules->hash, text, len); /* not the name: the same rules from another folder are the same */
    const struct node *root = tree_read_text(text, len, name, &rules->arena, r->mistakes);
    if (root && alerts_read(rules, root, r->mistakes))
        return;
    if (!root || !tree_check_keys(root, "rule file", known, ARRAY_LEN(known), r->mistakes)) {
        if (!root || root->type != NODE_MAP)
            return;
    }
    if (tree_get(root, "cluster_labels"))
        rules->build->cluster_labels = root;
    if (tree_get(root, "kept_names"))
        rules->build->kept_names = root;
    for (int i = 0; i < SECTIONS; i++) {
        const struct node *node = tree_get(root, sections[i].key);
        if (node && sections[i].is_list)
            define_items(r, &rules->build->sections[i], node, sections[i].key);
        else if (node)
            define_keys(r, &rules->build->sections[i], node, sections[i].key);
    }
}

static void read_file(struct reading *r, const char *path)
{
    char *data;
    size_t len;
    struct error err = {0};
    if (file_read(path, FILE_LIMIT, &data, &len, &err) < 0) {
        mistake_of_file(r->mistakes, path, &err);
        return;
    }
    read_text(r, data, len, path);
    free(data);
}

static void read_builtin(struct reading *r, const struct builtin_file *file)
{
    char *path = xasprintf("rules/%s", file->path);
    read_text(r, file->data, file->len, path);
    free(path);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static int rule_entry(const struct dirent *e)
{
    return e->d_name[0] != '.' && strcmp(e->d_name, "tests") != 0;
}

static void read_folder(struct reading *r, const char *path, int depth)
{
    struct dirent **entries;
    int len = scandir(path, &entries, rule_entry, alphasort);
    if (len < 0) {
        mistake_add(r->mistakes, (struct place){.file = path}, "cannot read the folder: %s", strerror(errno));
        return;
    }
    for (int i = 0; i < len; i++) {
        char *below = xasprintf("%s/%s", path, entries[i]->d_name);
        struct stat st;
        if (stat(below, &st) == 0 && S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MAX)
            read_folder(r, below, depth + 1);
        else if (ends_with(below, ".yaml") || ends_with(below, ".yml"))
            read_file(r, below);
        free(below);
        free(entries[i]);
    }
    free(entries);
}

static void read_path(struct reading *r, const char *path)
{
    struct stat st;
    if (strcmp(path, "builtin") == 0) {
        for (size_t i = 0; i < builtin_files_len; i++)
            read_builtin(r, &builtin_files[i]);
    } else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        char *trimmed = xstrdup(path);
        size_t len = strlen(trimmed);
        while (len > 1 && trimmed[len - 1] == '/')
            trimmed[--len] = '\0';
        read_folder(r, trimmed, 0);
        free(trimmed);
    } else {
        read_file(r, path);
    }
    r->round++;
}

/* A list of names at the root of the file that says it last. */
static const char **read_names(struct ruleset *r, const struct node *root, const char *key, size_t *ret_len, struct mistakes *m)
{
    const char **names = root ? tree_texts(root, key, ret_len, &r->arena, m) : NULL;
    for (size_t i = 0; i < *ret_len; i++)
        names[i] = intern_str(&r->intern, names[i]);
    return names;
}

static void read_client_map(struct ruleset *r, const struct config *config, struct mistakes *m)
{
    r->client_map = config->client_groups;
    r->client_map.items = arena_array(&r->arena, r->client_map.len, sizeof *r->client_map.items);
    r->client_map_regex = arena_array(&r->arena, r->client_map.len, sizeof *r->client_map_regex);
    for (size_t i = 0; i < r->client_map.len; i++) {
        const struct name_value *pair = &config->client_groups.items[i];
        r->client_map.items[i] = (struct name_value){arena_strdup(&r->arena, pair->name), intern_str(&r->intern, pair->value)};
        r->client_map_regex[i] = build_regex(r, pair->name, (struct place){.file = config->path ? config->path : "config"}, m);
    }
}

static struct ruleset *ruleset_new(void)
{
    struct ruleset *r = xcalloc(1, sizeof *r);
    r->arena = (struct arena)ARENA_INIT("ruleset");
    r->hash = HASH_INIT;
    r->rate_ms = 60000;
    r->build = xcalloc(1, sizeof *r->build);
    return r;
}

struct ruleset *ruleset_load(const char *const *paths, size_t len, const struct config *config, struct mistakes *m)
{
    size_t errors_before = m->errors;
    struct ruleset *r = ruleset_new();
    struct reading reading = {r, m, 1};
    for (size_t i = 0; i < len; i++)
        read_path(&reading, paths[i]);
    r->cluster_labels = read_names(r, r->build->cluster_labels, "cluster_labels", &r->cluster_labels_len, m);
    r->kept_names = read_names(r, r->build->kept_names, "kept_names", &r->kept_names_len, m);
    build_entities(r, m);
    build_derivations(r, m);
    build_labels(r, m);
    build_profiles(r, m);
    build_shapes(r, m);
    build_signals(r, m);
    alerts_declare(r, m);
    causes_declare(r, m);
    mechanisms_read(r, m);
    checks_read(r, m);
    pitfalls_read(r, m);
    symptoms_declare(r, m);
    if (config) {
        read_client_map(r, config, m);
        overrides_read(r, config, m);
        r->maintenance = config->maintenance;
        r->maintenance_len = config->maintenance_len;
        facts_read(r, config, m);
    }
    symptoms_compile(r, m);
    if (m->errors == errors_before)
        return r;
    ruleset_free(r);
    return NULL;
}

static void build_free(struct build *b)
{
    for (int i = 0; i < SECTIONS; i++)
        vec_free(&b->sections[i].items);
    for (size_t i = 0; i < b->regexes.len; i++)
        regex_free(b->regexes.items[i]);
    vec_free(&b->regexes);
    vec_free(&b->alerts);
    vec_free(&b->recorded);
    vec_free(&b->expr_list);
    vec_free(&b->signal_list);
    vec_free(&b->overrides);
    vec_free(&b->unused_lets);
    map_free(&b->exprs);
    map_free(&b->derived);
    map_free(&b->used_params);
    map_free(&b->used_causes);
    intern_free(&b->keys);
    free(b);
}

void ruleset_free(struct ruleset *r)
{
    if (!r)
        return;
    build_free(r->build);
    intern_free(&r->intern);
    arena_free(&r->arena);
    free(r);
}

const struct signal *ruleset_signal(const struct ruleset *r, const char *name)
{
    const char *interned = intern_find(&r->intern, name);
    for (size_t i = 0; interned && i < r->signals_len; i++)
        if (r->signals[i]->name == interned && !r->signals[i]->derived)
            return r->signals[i];
    return NULL;
}

const struct symptom *ruleset_symptom(const struct ruleset *r, const char *id)
{
    const char *interned = intern_find(&r->intern, id);
    for (size_t i = 0; interned && i < r->symptoms_len; i++)
        if (r->symptoms[i]->id == interned)
            return r->symptoms[i];
    return NULL;
}

const struct entity_kind *ruleset_kind(const struct ruleset *r, const char *name)
{
    const char *interned = intern_find(&r->intern, name);
    for (size_t i = 0; interned && i < r->kinds_len; i++)
        if (r->kinds[i]->name == interned)
            return r->kinds[i];
    return NULL;
}

const struct expr *ruleset_expr(struct ruleset *r, const char *text, const struct entity_kind *kind, struct mistakes *m)
{
    struct scope scope = {.kind = kind};
    struct source source = source_of_text(arena_strdup(&r->arena, text), "expression");
    return expression_compile(&(struct expression){r, m, &scope}, &source, -1);
}
