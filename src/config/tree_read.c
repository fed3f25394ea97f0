/* What readers of a tree ask: keys and typed values, each wrong one reported with its place and what was expected. */
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "config/tree.h"

#define SHOWN_MAX 60 /* characters of a wrong value worth repeating */

struct node *tree_get(const struct node *map, const char *key)
{
    if (!map || map->type != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->len; i++)
        if (strcmp(map->keys[i], key) == 0)
            return map->items[i];
    return NULL;
}

bool tree_check_keys(const struct node *map, const char *what, const char *const *known, size_t len, struct mistakes *m)
{
    if (!map || map->is_null)
        return true;
    if (map->type != NODE_MAP) {
        mistake_add(m, map->place, "%s must be a map (key: value)", what);
        return false;
    }
    size_t before = m->errors;
    for (size_t i = 0; i < map->len; i++) {
        const char *key = map->keys[i];
        size_t k = 0;
        while (k < len && strcmp(known[k], key) != 0)
            k++;
        if (k < len)
            continue;
        const char *near = did_you_mean(key, known, len);
        if (near)
            mistake_add(m, map->key_places[i], "unknown key \"%.*s\", did you mean \"%s\"?", SHOWN_MAX, key, near);
        else
            mistake_add(m, map->key_places[i], "unknown key \"%.*s\" in %s", SHOWN_MAX, key, what);
    }
    return m->errors == before;
}

static const char *const node_names[] = {"a text", "a list", "a map"};

/* The scalar at `key`, or NULL when it is absent (null counts as absent) or, reported, no scalar. */
static const struct node *find_scalar(const struct node *map, const char *key, const char *expected, struct mistakes *m)
{
    const struct node *n = tree_get(map, key);
    if (!n || n->is_null)
        return NULL;
    if (n->type == NODE_SCALAR)
        return n;
    mistake_add(m, n->place, "\"%s\" must be %s, not %s", key, expected, node_names[n->type]);
    return NULL;
}

static void report_value(const struct node *n, const char *key, const char *expected, struct mistakes *m)
{
    mistake_add(m, n->place, "\"%s\" must be %s, not \"%.*s\"%s", key, expected, SHOWN_MAX, n->text,
                n->quoted ? " in quotes" : "");
}

const char *tree_text(const struct node *map, const char *key, const char *fallback, struct mistakes *m)
{
    const struct node *n = find_scalar(map, key, "a text", m);
    return n ? n->text : fallback;
}

bool tree_bool(const struct node *map, const char *key, bool fallback, struct mistakes *m)
{
    const struct node *n = find_scalar(map, key, "true or false", m);
    if (!n)
        return fallback;
    if (!n->quoted && strcmp(n->text, "true") == 0)
        return true;
    if (!n->quoted && strcmp(n->text, "false") == 0)
        return false;
    report_value(n, key, "true or false", m);
    return fallback;
}

double tree_number(const struct node *map, const char *key, double fallback, struct mistakes *m)
{
    const struct node *n = find_scalar(map, key, "a number", m);
    double value;
    if (!n)
        return fallback;
    if (!n->quoted && number_parse(n->text, strlen(n->text), &value))
        return value;
    report_value(n, key, "a number", m);
    return fallback;
}

int64_t tree_duration_ms(const struct node *map, const char *key, int64_t fallback, struct mistakes *m)
{
    static const char expected[] = "a duration like 15s, 5m or 1h30m";
    const struct node *n = find_scalar(map, key, expected, m);
    int64_t value;
    if (!n)
        return fallback;
    if (duration_parse(n->text, strlen(n->text), &value))
        return value;
    report_value(n, key, expected, m);
    return fallback;
}

const char *tree_need_text(const struct node *map, const char *key, const char *what, struct mistakes *m)
{
    const struct node *n = tree_get(map, key);
    if (n && n->type != NODE_SCALAR)
        mistake_add(m, n->place, "\"%s\" must be a text, not %s", key, node_names[n->type]);
    else if (n && !n->is_null && *n->text)
        return n->text;
    else if (map)
        mistake_add(m, n ? n->place : map->place, "%s needs \"%s\"", what, key);
    return NULL;
}

const char **tree_texts(const struct node *map, const char *key, size_t *ret_len, struct arena *a, struct mistakes *m)
{
    struct node *n = tree_get(map, key);
    *ret_len = 0;
    if (!n || n->is_null)
        return NULL;
    if (n->type == NODE_MAP) {
        mistake_add(m, n->place, "\"%s\" must be a list of texts, not a map", key);
        return NULL;
    }
    struct node **items = n->type == NODE_LIST ? n->items : &n;
    size_t len = n->type == NODE_LIST ? n->len : 1;
    const char **texts = arena_array(a, len, sizeof(*texts));
    for (size_t i = 0; i < len; i++) {
        if (items[i]->type == NODE_SCALAR && !items[i]->is_null)
            texts[(*ret_len)++] = items[i]->text;
        else
            mistake_add(m, items[i]->place, "\"%s\" must be a list of texts, not of %s", key,
                        items[i]->is_null ? "nothing" : node_names[items[i]->type]);
    }
    return texts;
}

static void report_choice(const struct node *n, const char *key, const char *const *choices, size_t len,
                          struct mistakes *m)
{
    const char *near = did_you_mean(n->text, choices, len);
    if (near) {
        mistake_add(m, n->place, "\"%s\" cannot be \"%.*s\", did you mean \"%s\"?", key, SHOWN_MAX, n->text, near);
        return;
    }
    AUTO(strbuf) struct strbuf list = STRBUF_INIT(400);
    for (size_t i = 0; i < len; i++)
        strbuf_addf(&list, "%s%s", i == 0 ? "" : i + 1 == len ? " or " : ", ", choices[i]);
    report_value(n, key, list.buf, m);
}

int tree_choice(const struct node *map, const char *key, const char *const *choices, size_t len, int fallback,
                struct mistakes *m)
{
    const struct node *n = find_scalar(map, key, "a text", m);
    if (!n)
        return fallback;
    for (size_t i = 0; i < len; i++)
        if (strcmp(choices[i], n->text) == 0)
            return (int)i;
    report_choice(n, key, choices, len, m);
    return fallback;
}
