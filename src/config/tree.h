/*
 * A YAML file as a tree that remembers where everything stood.
 *
 * Read from libyaml's events: scalars, lists, maps. Aliases and anchors are refused (a hostile file cannot grow), duplicate keys are a mistake,
 * depth is at most 32, one document a file. The tree lives in the arena it was read into. Unknown keys are found by `tree_check_keys`, so that every
 * reader says what it knows and the user gets a "did you mean".
 */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum node_type { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_type type;
    struct place place;       /* where the value starts */
    const char *text;         /* scalar: its text, "" for an empty one */
    bool quoted;              /* scalar: was quoted or a block, so "true" is a string; an unquoted empty or ~ or null scalar is_null */
    bool is_null;
    size_t block_indent;      /* scalar in block style: first text line is at place.line + 1, text starts at this column (1-based), else 0 */
    size_t len;               /* list, map: entries */
    struct node **items;      /* list: values; map: values */
    const char **keys;        /* map: keys, in file order */
    struct place *key_places; /* map */
};

/* NULL when the file cannot be read or is not YAML at all: then `m` has the reason. An empty file is an empty map. */
struct node *tree_read_file(const char *path, struct arena *a, struct mistakes *m);
struct node *tree_read_text(const char *text, size_t len, const char *name, struct arena *a, struct mistakes *m);

/* The value of `key`, or NULL when `map` is NULL, no map, or has no such key. Says nothing. */
struct node *tree_get(const struct node *map, const char *key);
/* Reports every key of `map` that is not in `known` ("unknown key "fro", did you mean "for"?"); reports when `map` is no map. `what` names the thing: "symptom". */
bool tree_check_keys(const struct node *map, const char *what, const char *const *known, size_t len, struct mistakes *m);

/* Typed readers: the value of `key` in `map`, `fallback` when absent (no mistake) or of the wrong type (a mistake with place and expectation). */
const char *tree_text(const struct node *map, const char *key, const char *fallback, struct mistakes *m);
bool tree_bool(const struct node *map, const char *key, bool fallback, struct mistakes *m);
double tree_number(const struct node *map, const char *key, double fallback, struct mistakes *m);
int64_t tree_duration_ms(const struct node *map, const char *key, int64_t fallback, struct mistakes *m);
/* Like tree_text, but absence is a mistake too; NULL then. */
const char *tree_need_text(const struct node *map, const char *key, const char *what, struct mistakes *m);
/* A list or a single scalar as texts; `*ret_len` 0 when absent. */
const char **tree_texts(const struct node *map, const char *key, size_t *ret_len, struct arena *a, struct mistakes *m);
/* Index of the scalar `key` in `choices`, `fallback` when absent; a mistake with did-you-mean when it is none of them. */
int tree_choice(const struct node *map, const char *key, const char *const *choices, size_t len, int fallback, struct mistakes *m);

#endif
