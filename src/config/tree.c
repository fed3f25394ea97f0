/* libyaml's events turned into nodes; the typed readers are in tree_read.c. */
#include "config/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/map.h"

#define DEPTH_MAX 32
#define FILE_LIMIT ((size_t)4 << 20) /* a configuration or rule file beyond 4 MiB is a mistake of another kind */

struct reader {
    yaml_parser_t parser;
    const char *text; /* the whole source: marks alone do not tell a block's indent */
    size_t len;
    size_t seen_chars, seen_bytes; /* marks count characters: where the last one that was looked up stands in bytes */
    const char *name;
    struct arena *arena;
    struct mistakes *mistakes;
};

static struct node *read_value(struct reader *r, yaml_event_t *event, int depth);

static struct place place_of(const struct reader *r, const yaml_mark_t *mark)
{
    return (struct place){r->name, (int)mark->line + 1, (int)mark->column + 1};
}

/* libyaml gives an encoding error as a byte offset only. */
static struct place place_of_offset(const struct reader *r, size_t offset)
{
    struct place at = {r->name, 1, 1};
    for (size_t i = 0; i < offset && i < r->len; i++) {
        if (r->text[i] == '\n') {
            at.line++;
            at.col = 1;
        } else if (((unsigned char)r->text[i] & 0xC0) != 0x80) {
            at.col++;
        }
    }
    return at;
}

/* Marks are asked for in order, so all look-ups together walk the text once. */
static size_t byte_offset(struct reader *r, size_t chars)
{
    if (chars < r->seen_chars)
        r->seen_chars = r->seen_bytes = 0;
    while (r->seen_chars < chars && r->seen_bytes < r->len) {
        do
            r->seen_bytes++;
        while (r->seen_bytes < r->len && ((unsigned char)r->text[r->seen_bytes] & 0xC0) == 0x80);
        r->seen_chars++;
    }
    return r->seen_bytes;
}

static void report_parser_error(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_READER_ERROR) {
        mistake_add(r->mistakes, place_of_offset(r, p->problem_offset), "not valid UTF-8 text: %s", p->problem);
        return;
    }
    const yaml_mark_t *mark = &p->problem_mark;
    const char *problem = p->problem ? p->problem : "out of memory";
    size_t offset = byte_offset(r, mark->index);
    if (offset < r->len && r->text[offset] == '\t')
        problem = "a tab cannot indent, use spaces";
    if (p->context)
        mistake_add(r->mistakes, place_of(r, mark), "not valid YAML: %s (%s that began at line %d)", problem, p->context,
                    (int)p->context_mark.line + 1);
    else
        mistake_add(r->mistakes, place_of(r, mark), "not valid YAML: %s", problem);
}

static bool next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return true;
    report_parser_error(r);
    return false;
}

static struct node *new_node(struct reader *r, enum node_type type, const yaml_event_t *event)
{
    struct node *n = arena_alloc(r->arena, sizeof(*n));
    n->type = type;
    n->place = place_of(r, &event->start_mark);
    n->text = "";
    return n;
}

static void refuse_decoration(struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                              const yaml_char_t *tag)
{
    if (anchor)
        mistake_add(r->mistakes, place_of(r, &event->start_mark), "anchors (&%s) are not allowed, write the value out",
                    (const char *)anchor);
    if (tag)
        mistake_add(r->mistakes, place_of(r, &event->start_mark), "tags (%s) are not allowed", (const char *)tag);
}

static size_t leading_spaces(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] == ' ')
        n++;
    return n;
}

/*
 * The column where a block's text starts. The first line with text has the block's indent in the source, plus the spaces that are part of the
 * text (only possible with an explicit indentation indicator).
 */
static size_t find_block_indent(struct reader *r, const yaml_event_t *event, const char *text)
{
    while (*text == '\n')
        text++;
    const char *at = r->text + byte_offset(r, event->start_mark.index), *end = r->text + r->len;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        size_t spaces = leading_spaces(at, (size_t)(end - at));
        if (at + spaces < end && at[spaces] != '\n' && at[spaces] != '\r') {
            size_t kept = leading_spaces(text, strlen(text));
            return spaces >= kept ? spaces - kept + 1 : 1;
        }
    }
    return 0;
}

static bool means_null(const char *text)
{
    static const char *const spellings[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        if (strcmp(text, spellings[i]) == 0)
            return true;
    return false;
}

static struct node *read_scalar(struct reader *r, const yaml_event_t *event)
{
    struct node *n = new_node(r, NODE_SCALAR, event);
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    yaml_scalar_style_t style = event->data.scalar.style;

    refuse_decoration(r, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (memchr(value, '\0', len))
        mistake_add(r->mistakes, n->place, "a text cannot contain a NUL character");
    n->text = arena_strndup(r->arena, value, strlen(value));
    n->quoted = style != YAML_PLAIN_SCALAR_STYLE;
    n->is_null = !n->quoted && means_null(n->text);
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
        n->block_indent = find_block_indent(r, event, n->text);
    return n;
}

static struct node *read_list(struct reader *r, const yaml_event_t *start, int depth)
{
    struct node *n = new_node(r, NODE_LIST, start);
    VEC(struct node *) items = {0};
    yaml_event_t event;
    bool ok = false;

    refuse_decoration(r, start, start->data.sequence_start.anchor, start->data.sequence_start.tag);
    while (next_event(r, &event)) {
        bool end = event.type == YAML_SEQUENCE_END_EVENT;
        struct node *item = end ? NULL : read_value(r, &event, depth);
        yaml_event_delete(&event);
        if (!item) {
            ok = end;
            break;
        }
        vec_push(&items, item);
    }
    n->len = items.len;
    n->items = arena_array(r->arena, items.len, sizeof(*n->items));
    for (size_t i = 0; i < items.len; i++)
        n->items[i] = items.items[i];
    vec_free(&items);
    return ok ? n : NULL;
}

struct entry {
    const char *key;
    struct place place;
    struct node *value;
};

struct entries {
    VEC(struct entry) list;
    struct map seen; /* hash of the key -> index + 1 */
};

/* The first of two equal keys stays. */
static void add_entry(struct reader *r, struct entries *e, struct entry entry)
{
    bool fresh;
    void **slot = map_put(&e->seen, hash_str(HASH_INIT, entry.key), &fresh);
    if (!fresh) {
        const struct entry *first = &e->list.items[(uintptr_t)*slot - 1];
        if (strcmp(first->key, entry.key) == 0) {
            mistake_add(r->mistakes, entry.place, "duplicate key \"%s\", first given at line %d", entry.key,
                        first->place.line);
            return;
        }
    }
    vec_push(&e->list, entry);
    *slot = (void *)(uintptr_t)e->list.len;
}

/* One "key: value" after the key's event; false when the file cannot be read further. */
static bool read_entry(struct reader *r, const yaml_event_t *key_event, struct entries *e, int depth)
{
    struct entry entry = {.place = place_of(r, &key_event->start_mark)};
    yaml_event_t event;

    if (key_event->type != YAML_SCALAR_EVENT) {
        mistake_add(r->mistakes, entry.place, "a key must be a plain text");
        return false;
    }
    entry.key = read_scalar(r, key_event)->text;
    if (!next_event(r, &event))
        return false;
    entry.value = read_value(r, &event, depth);
    yaml_event_delete(&event);
    if (!entry.value)
        return false;
    add_entry(r, e, entry);
    return true;
}

static void fill_map(struct reader *r, struct node *n, const struct entries *e)
{
    n->len = e->list.len;
    n->items = arena_array(r->arena, n->len, sizeof(*n->items));
    n->keys = arena_array(r->arena, n->len, sizeof(*n->keys));
    n->key_places = arena_array(r->arena, n->len, sizeof(*n->key_places));
    for (size_t i = 0; i < n->len; i++) {
        n->items[i] = e->list.items[i].value;
        n->keys[i] = e->list.items[i].key;
        n->key_places[i] = e->list.items[i].place;
    }
}

static struct node *read_map(struct reader *r, const yaml_event_t *start, int depth)
{
    struct node *n = new_node(r, NODE_MAP, start);
    struct entries entries = {.seen = MAP_INIT};
    yaml_event_t event;
    bool ok = false;

    refuse_decoration(r, start, start->data.mapping_start.anchor, start->data.mapping_start.tag);
    while (next_event(r, &event)) {
        bool end = event.type == YAML_MAPPING_END_EVENT;
        bool more = !end && read_entry(r, &event, &entries, depth);
        yaml_event_delete(&event);
        if (!more) {
            ok = end;
            break;
        }
    }
    fill_map(r, n, &entries);
    map_free(&entries.seen);
    vec_free(&entries.list);
    return ok ? n : NULL;
}

/* The value that begins with `event`; NULL when the file cannot be read further (reported). */
static struct node *read_value(struct reader *r, yaml_event_t *event, int depth)
{
    if (event->type == YAML_SCALAR_EVENT)
        return read_scalar(r, event);
    if (event->type == YAML_ALIAS_EVENT) { /* stands for nothing, so that the rest of the file is still checked */
        struct node *n = new_node(r, NODE_SCALAR, event);
        n->is_null = true;
        mistake_add(r->mistakes, n->place, "aliases (*%s) are not allowed, write the value out",
                    (const char *)event->data.alias.anchor);
        return n;
    }
    if (depth >= DEPTH_MAX) {
        mistake_add(r->mistakes, place_of(r, &event->start_mark), "nested deeper than %d levels", DEPTH_MAX);
        return NULL;
    }
    return event->type == YAML_SEQUENCE_START_EVENT ? read_list(r, event, depth + 1) : read_map(r, event, depth + 1);
}

static struct node *empty_map(struct reader *r)
{
    struct node *n = arena_alloc(r->arena, sizeof(*n));
    n->type = NODE_MAP;
    n->place = (struct place){r->name, 1, 1};
    n->text = "";
    return n;
}

/* The only document of the stream. */
static struct node *read_stream(struct reader *r)
{
    struct node *root = NULL;
    yaml_event_t event;
    while (next_event(r, &event)) {
        yaml_event_type_t type = event.type;
        bool ok = true;
        if (type == YAML_DOCUMENT_START_EVENT && root) {
            mistake_add(r->mistakes, place_of(r, &event.start_mark), "a second document: a file holds one");
            ok = false;
        } else if (type == YAML_SCALAR_EVENT || type == YAML_ALIAS_EVENT || type == YAML_SEQUENCE_START_EVENT ||
                   type == YAML_MAPPING_START_EVENT) {
            root = read_value(r, &event, 0);
            ok = root != NULL;
        }
        yaml_event_delete(&event);
        if (!ok)
            return NULL;
        if (type == YAML_STREAM_END_EVENT)
            return !root || root->is_null ? empty_map(r) : root;
    }
    return NULL;
}

struct node *tree_read_text(const char *text, size_t len, const char *name, struct arena *a, struct mistakes *m)
{
    size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* a byte order mark is no column */
    text += mark;
    len -= mark;
    struct reader r = {.text = text, .len = len, .name = arena_strdup(a, name), .arena = a, .mistakes = m};
    if (!yaml_parser_initialize(&r.parser)) {
        mistake_add(m, (struct place){.file = name}, "no memory to read it");
        return NULL;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    struct node *root = read_stream(&r);
    yaml_parser_delete(&r.parser);
    return root;
}

struct node *tree_read_file(const char *path, struct arena *a, struct mistakes *m)
{
    struct error err = {0};
    char *text;
    size_t len;
    if (file_read(path, FILE_LIMIT, &text, &len, &err) < 0) {
        mistake_of_file(m, path, &err);
        return NULL;
    }
    struct node *root = tree_read_text(text, len, path, a, m);
    free(text);
    return root;
}
