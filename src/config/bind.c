#include "config/bind.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "config/config.h"

struct target { /* one field of one object, and the value for it */
    struct bind *bind;
    const struct field *field;
    const struct node *map;   /* where the value stands, so that the tree's readers can name it */
    const struct node *value; /* never NULL */
    char *object;
};

static void *member(const struct target *t, size_t offset)
{
    return t->object + offset;
}

void check_line(const char *key, const char *text, struct place at, struct mistakes *m)
{
    if (!*text)
        mistake_add(m, at, "\"%s\" is empty", key);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7F) {
            mistake_add(m, at, "\"%s\" must be one line without control characters", key);
            return;
        }
    }
}

static void check_text(const struct target *t, const char *text, struct place at)
{
    size_t before = t->bind->mistakes->errors;
    check_line(t->field->name, text, at, t->bind->mistakes);
    if (t->field->check && t->bind->mistakes->errors == before)
        t->field->check(t->field->name, text, at, t->bind->mistakes);
}

static void read_text(const struct target *t)
{
    const char *text = tree_text(t->map, t->field->name, NULL, t->bind->mistakes);
    if (text)
        check_text(t, text, t->value->place);
    *(const char **)member(t, t->field->offset) = text;
}

static void read_choice(const struct target *t)
{
    const char *const *choices = t->field->choices;
    size_t len = 0;
    while (choices[len])
        len++;
    int i = tree_choice(t->map, t->field->name, choices, len, -1, t->bind->mistakes);
    *(const char **)member(t, t->field->offset) = i < 0 ? t->field->fallback : choices[i];
}

static void read_bool(const struct target *t)
{
    *(bool *)member(t, t->field->offset) = tree_bool(t->map, t->field->name, false, t->bind->mistakes);
}

static bool bytes_parse(const char *text, int64_t *ret)
{
    static const struct {
        const char *suffix;
        int64_t factor;
    } units[] = {
        {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {"", 1},
    };
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strcmp(text + digits, units[i].suffix) == 0)
            return integer_parse(text, digits, ret) && !__builtin_mul_overflow(*ret, units[i].factor, ret);
    return false;
}

/* A number by its type; false when the text is none. */
static bool parse_number(enum field_type type, const char *text, int64_t *ret)
{
    if (type == FIELD_DURATION)
        return duration_parse(text, strlen(text), ret);
    if (type == FIELD_BYTES)
        return bytes_parse(text, ret);
    return integer_parse(text, strlen(text), ret);
}

static void print_number(struct strbuf *out, enum field_type type, int64_t value)
{
    if (type == FIELD_DURATION)
        duration_print(out, value);
    else
        strbuf_addf(out, "%" PRId64, value);
}

static void report_range(const struct target *t)
{
    const struct field *f = t->field;
    AUTO(strbuf) struct strbuf range = STRBUF_INIT(100);
    print_number(&range, f->type, f->min);
    strbuf_adds(&range, " and ");
    print_number(&range, f->type, f->max);
    mistake_add(t->bind->mistakes, t->value->place, "\"%s\" must be between %s, not %.40s", f->name, range.buf,
                t->value->text);
}

static void store_number(const struct target *t, int64_t value)
{
    if (t->field->type == FIELD_INT)
        *(int *)member(t, t->field->offset) = (int)value;
    else
        *(int64_t *)member(t, t->field->offset) = value;
}

static void read_number(const struct target *t)
{
    static const char *const expected[] = {
        [FIELD_INT] = "a whole number",
        [FIELD_COUNT] = "a whole number",
        [FIELD_BYTES] = "a size like 64MiB",
        [FIELD_DURATION] = "a duration like 15s, 5m or 1h30m",
    };
    const struct field *f = t->field;
    int64_t value;

    if (t->value->type != NODE_SCALAR || !parse_number(f->type, t->value->text, &value))
        mistake_add(t->bind->mistakes, t->value->place, "\"%s\" must be %s%s%.60s%s", f->name, expected[f->type],
                    t->value->type == NODE_SCALAR ? ", not \"" : "", t->value->text,
                    t->value->type == NODE_SCALAR ? "\"" : "");
    else if ((f->min || f->max) && (value < f->min || value > f->max))
        report_range(t);
    else
        store_number(t, value);
}

static void read_texts(const struct target *t)
{
    size_t *len = member(t, t->field->also);
    *(const char ***)member(t, t->field->offset) =
        tree_texts(t->map, t->field->name, len, t->bind->arena, t->bind->mistakes);
    if (t->value->type == NODE_SCALAR)
        check_text(t, t->value->text, t->value->place);
    if (t->value->type != NODE_LIST)
        return;
    for (size_t i = 0; i < t->value->len; i++)
        if (t->value->items[i]->type == NODE_SCALAR && !t->value->items[i]->is_null)
            check_text(t, t->value->items[i]->text, t->value->items[i]->place);
    if (t->value->len == 0 && t->field->required)
        mistake_add(t->bind->mistakes, t->value->place, "\"%s\" is empty", t->field->name);
}

static bool expect_type(const struct target *t, enum node_type type, const char *expected)
{
    if (t->value->type != type)
        mistake_add(t->bind->mistakes, t->value->place, "\"%s\" must be %s", t->field->name, expected);
    return t->value->type == type;
}

/* The key of entry `i` of a map whose keys the user chooses. */
static void check_entry_key(const struct target *t, size_t i)
{
    size_t before = t->bind->mistakes->errors;
    const char *key = t->value->keys[i];
    check_line(*key ? key : t->field->name, key, t->value->key_places[i], t->bind->mistakes);
    if (t->field->check_key && t->bind->mistakes->errors == before)
        t->field->check_key(key, key, t->value->key_places[i], t->bind->mistakes);
}

static void read_pairs(const struct target *t)
{
    struct name_values *pairs = member(t, t->field->offset);
    if (!expect_type(t, NODE_MAP, "a map (name: text)"))
        return;
    pairs->items = arena_array(t->bind->arena, t->value->len, sizeof(*pairs->items));
    struct place *places = arena_array(t->bind->arena, t->value->len, sizeof(*places));
    for (size_t i = 0; i < t->value->len; i++) {
        const struct node *n = t->value->items[i];
        check_entry_key(t, i);
        if (n->type != NODE_SCALAR) {
            mistake_add(t->bind->mistakes, n->place, "\"%.60s\" must be a text", t->value->keys[i]);
            continue;
        }
        check_text(t, n->text, n->place);
        places[pairs->len] = n->place;
        pairs->items[pairs->len++] = (struct name_value){t->value->keys[i], n->text};
    }
    if (t->field->also)
        *(struct place **)member(t, t->field->also) = places;
}

static void read_nested(const struct target *t)
{
    bind_record(t->bind, t->field->record, t->value, member(t, t->field->offset));
}

static void bind_entry(const struct target *t, char *object, const struct node *map, struct place at)
{
    const struct record *record = t->field->record;
    if (record->place_offset)
        memcpy(object + record->place_offset, &at, sizeof(at));
    bind_record(t->bind, record, map, object);
}

static char *new_objects(const struct target *t)
{
    char *objects = arena_array(t->bind->arena, t->value->len, t->field->record->size);
    *(void **)member(t, t->field->offset) = objects;
    *(size_t *)member(t, t->field->also) = t->value->len;
    return objects;
}

static void read_records(const struct target *t)
{
    if (!expect_type(t, NODE_LIST, "a list of maps"))
        return;
    char *objects = new_objects(t);
    for (size_t i = 0; i < t->value->len; i++)
        bind_entry(t, objects + i * t->field->record->size, t->value->items[i], t->value->items[i]->place);
}

static void read_named(const struct target *t)
{
    const struct record *record = t->field->record;
    if (!expect_type(t, NODE_MAP, "a map (name: {…})"))
        return;
    char *objects = new_objects(t);
    for (size_t i = 0; i < t->value->len; i++) {
        char *object = objects + i * record->size;
        check_entry_key(t, i);
        memcpy(object + record->name_offset, &t->value->keys[i], sizeof(t->value->keys[i]));
        bind_entry(t, object, t->value->items[i], t->value->key_places[i]);
    }
}

static void read_own(const struct target *t)
{
    t->field->read(t->bind, t->value, t->object);
}

static void (*const readers[])(const struct target *t) = {
    [FIELD_TEXT] = read_text,       [FIELD_CHOICE] = read_choice,  [FIELD_BOOL] = read_bool,
    [FIELD_INT] = read_number,      [FIELD_COUNT] = read_number,   [FIELD_BYTES] = read_number,
    [FIELD_DURATION] = read_number, [FIELD_TEXTS] = read_texts,    [FIELD_PAIRS] = read_pairs,
    [FIELD_RECORD] = read_nested,   [FIELD_RECORDS] = read_records, [FIELD_NAMED] = read_named,
    [FIELD_OWN] = read_own,
};

/* Reads the default through the reader, from a map as if it stood in the file. */
static void read_fallback(struct bind *b, const struct field *f, char *object)
{
    struct node *value = arena_alloc(b->arena, sizeof(*value));
    *value = (struct node){.type = NODE_SCALAR, .text = f->fallback};
    const char *key = f->name;
    struct node map = {.type = NODE_MAP, .text = "", .len = 1, .items = &value, .keys = &key};
    readers[f->type](&(struct target){b, f, &map, value, object});
}

static void bind_field(struct bind *b, const struct record *record, const struct field *f, const struct node *map,
                       char *object)
{
    const struct node *value = tree_get(map, f->name);
    bool absent = !value || value->is_null;

    if (f->fallback)
        read_fallback(b, f, object);
    if (!absent)
        readers[f->type](&(struct target){b, f, map, value, object});
    else if (f->type == FIELD_RECORD)
        bind_record(b, f->record, NULL, object + f->offset);
    if (absent && f->required && !f->fallback && map)
        mistake_add(b->mistakes, value ? value->place : map->place, "%s needs \"%s\": %s", record->what, f->name,
                    f->help);
}

void bind_record(struct bind *b, const struct record *record, const struct node *map, void *object)
{
    if (map && !map->is_null) {
        const char **names = xcalloc(record->len, sizeof(*names));
        for (size_t i = 0; i < record->len; i++)
            names[i] = record->fields[i].name;
        bind_check_keys(b, record->what, map, names, record->len);
        free(names);
    }
    if (map && map->type != NODE_MAP && !map->is_null)
        return; /* reported */
    for (size_t i = 0; i < record->len; i++)
        bind_field(b, record, &record->fields[i], map, object);
    if (record->finish)
        record->finish(b, map, object);
}

/* "token" where the format has "token_file". */
static bool is_inline_secret(const char *key, const char *const *names, size_t len)
{
    size_t key_len = strlen(key);
    bool in_file = false;
    for (size_t i = 0; i < len; i++) {
        if (strcmp(names[i], key) == 0)
            return false;
        in_file |= strncmp(names[i], key, key_len) == 0 && strcmp(names[i] + key_len, "_file") == 0;
    }
    return in_file;
}

void bind_check_keys(const struct bind *b, const char *what, const struct node *map, const char *const *names, size_t len)
{
    VEC(const char *) known = {0};
    for (size_t i = 0; i < len; i++)
        vec_push(&known, names[i]);
    for (size_t i = 0; i < b->later_len; i++)
        if (strcmp(b->later[i].what, what) == 0)
            vec_push(&known, b->later[i].key);
    size_t later_end = known.len;
    for (size_t i = 0; map->type == NODE_MAP && i < map->len; i++) {
        const char *key = map->keys[i];
        for (size_t k = len; k < later_end; k++)
            if (strcmp(known.items[k], key) == 0)
                mistake_add(b->mistakes, map->key_places[i], "\"%s\" is not supported yet by this version", key);
        if (is_inline_secret(key, names, len)) {
            mistake_add(b->mistakes, map->key_places[i],
                        "\"%s\" would show a secret here: put it into a file and name that with \"%s_file\"", key, key);
            vec_push(&known, key);
        }
    }
    tree_check_keys(map, what, known.items, known.len, b->mistakes);
    vec_free(&known);
}
