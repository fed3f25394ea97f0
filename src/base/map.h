/*
 * Hash tables. `struct map`: 64-bit key to pointer-sized value, open addressing. `struct intern`: one address per distinct string, so that equal
 * strings are compared by pointer; interned strings live as long as the table.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
    struct map_slot *slots;
    size_t len, cap, used; /* used counts tombstones too */
};

#define MAP_INIT {0}

/* The address of the value of `key` or NULL; valid until the next put. */
void **map_get(const struct map *m, uint64_t key);
/* The address of the value of `key`, made (NULL) when it was not there; `ret_new` may be NULL. */
void **map_put(struct map *m, uint64_t key, bool *ret_new);
bool map_remove(struct map *m, uint64_t key);
/* Iterates in no order: `size_t at = 0; while (map_next(m, &at, &key, &value))`. */
bool map_next(const struct map *m, size_t *at, uint64_t *ret_key, void **ret_value);
void map_free(struct map *m);

/* FNV-1a 64: start with HASH_INIT, feed pieces. */
#define HASH_INIT UINT64_C(14695981039346656037)
uint64_t hash_bytes(uint64_t h, const void *data, size_t len);
uint64_t hash_str(uint64_t h, const char *s);

struct intern {
    struct map map; /* hash -> chain of strings */
    size_t bytes;
};

#define INTERN_INIT {0}

const char *intern_str(struct intern *t, const char *s);
const char *intern_strn(struct intern *t, const char *s, size_t len);
/* The interned string equal to `s`, or NULL when it was never interned. */
const char *intern_find(const struct intern *t, const char *s);
void intern_free(struct intern *t);

#endif
