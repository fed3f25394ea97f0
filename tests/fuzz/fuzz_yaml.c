/* Any bytes as a YAML tree: no crash, no leak, every node inside the file, and a NULL tree always has its reason. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "config/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const struct node *n, int depth)
{
    if (n->place.line < 1 || n->place.col < 1 || depth > 33 || !n->text)
        abort();
    for (size_t i = 0; i < n->len; i++) {
        if (n->type == NODE_MAP && (!n->keys[i] || n->key_places[i].line < 1))
            abort();
        check_node(n->items[i], depth + 1);
    }
}

/* The typed readers on every key: whatever a value is, they answer or report. */
static void read_all(const struct node *map, struct arena *a, struct mistakes *m)
{
    static const char *const words[] = {"info", "warning", "critical"};
    size_t len;
    tree_check_keys(map, "thing", words, ARRAY_LEN(words), m);
    for (size_t i = 0; map->type == NODE_MAP && i < map->len; i++) {
        const char *key = map->keys[i];
        tree_text(map, key, NULL, m);
        tree_need_text(map, key, "thing", m);
        tree_bool(map, key, false, m);
        tree_number(map, key, 0, m);
        tree_duration_ms(map, key, 0, m);
        tree_texts(map, key, &len, a, m);
        tree_choice(map, key, words, ARRAY_LEN(words), 0, m);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT("fuzz");
    struct mistakes mistakes = MISTAKES_INIT;
    const struct node *root = tree_read_text((const char *)data, size, "fuzz.yaml", &arena, &mistakes);
    if (!root && mistakes.errors == 0)
        abort();
    if (root) {
        check_node(root, 1);
        read_all(root, &arena, &mistakes);
    }
    mistakes_free(&mistakes);
    arena_free(&arena);
    return 0;
}
