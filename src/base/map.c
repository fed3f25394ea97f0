#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum slot_state { SLOT_FREE, SLOT_FULL, SLOT_REMOVED };

struct map_slot {
    uint64_t key;
    void *value;
    enum slot_state state;
};

/* The finalizer of splitmix64: keys are often small numbers or addresses, whose low bits alone would collide. */
static size_t mixed(uint64_t key)
{
    key = (key ^ (key >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    key = (key ^ (key >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (size_t)(key ^ (key >> 31));
}

/* The slot of `key`, or the one where it would go (the first removed or free slot of its probe). The table has a free slot. */
static struct map_slot *probe(const struct map *m, uint64_t key)
{
    struct map_slot *reuse = NULL;
    for (size_t i = mixed(key) & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct map_slot *s = &m->slots[i];
        if (s->state == SLOT_FREE)
            return reuse ? reuse : s;
        if (s->state == SLOT_FULL && s->key == key)
            return s;
        if (s->state == SLOT_REMOVED && !reuse)
            reuse = s;
    }
}

void **map_get(const struct map *m, uint64_t key)
{
    if (m->len == 0)
        return NULL;
    struct map_slot *s = probe(m, key);
    return s->state == SLOT_FULL ? &s->value : NULL;
}

static void rehash(struct map *m)
{
    /* grows only when the live entries need it: a table of many removals is swept in place of being doubled */
    size_t cap = m->cap ? m->cap : 16;
    while (m->len * 2 >= cap)
        cap *= 2;
    struct map grown = {.slots = xcalloc(cap, sizeof(struct map_slot)), .cap = cap};
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].state != SLOT_FULL)
            continue;
        *probe(&grown, m->slots[i].key) = m->slots[i];
        grown.len++;
    }
    grown.used = grown.len;
    free(m->slots);
    *m = grown;
}

void **map_put(struct map *m, uint64_t key, bool *ret_new)
{
    if (m->cap == 0 || (m->used + 1) * 4 > m->cap * 3)
        rehash(m);
    struct map_slot *s = probe(m, key);
    bool is_new = s->state != SLOT_FULL;
    if (is_new) {
        if (s->state == SLOT_FREE)
            m->used++;
        m->len++;
        *s = (struct map_slot){.key = key, .state = SLOT_FULL};
    }
    if (ret_new)
        *ret_new = is_new;
    return &s->value;
}

bool map_remove(struct map *m, uint64_t key)
{
    if (m->len == 0)
        return false;
    struct map_slot *s = probe(m, key);
    if (s->state != SLOT_FULL)
        return false;
    *s = (struct map_slot){.state = SLOT_REMOVED};
    m->len--;
    return true;
}

bool map_next(const struct map *m, size_t *at, uint64_t *ret_key, void **ret_value)
{
    for (; *at < m->cap; (*at)++) {
        const struct map_slot *s = &m->slots[*at];
        if (s->state != SLOT_FULL)
            continue;
        if (ret_key)
            *ret_key = s->key;
        if (ret_value)
            *ret_value = s->value;
        (*at)++;
        return true;
    }
    return false;
}

void map_free(struct map *m)
{
    free(m->slots);
    *m = (struct map)MAP_INIT;
}

uint64_t hash_bytes(uint64_t h, const void *data, size_t len)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * UINT64_C(1099511628211);
    return h;
}

uint64_t hash_str(uint64_t h, const char *s)
{
    return hash_bytes(h, s, strlen(s));
}

struct interned {
    struct interned *next; /* another string with the same hash */
    size_t len;
    char text[];
};

static const char *chain_find(const struct interned *e, const char *s, size_t len)
{
    for (; e; e = e->next)
        if (e->len == len && memcmp(e->text, s, len) == 0)
            return e->text;
    return NULL;
}

const char *intern_strn(struct intern *t, const char *s, size_t len)
{
    void **chain = map_put(&t->map, hash_bytes(HASH_INIT, s, len), NULL);
    const char *known = chain_find(*chain, s, len);
    if (known)
        return known;
    struct interned *e = xmalloc(sizeof(*e) + len + 1);
    e->next = *chain;
    e->len = len;
    memcpy(e->text, s, len);
    e->text[len] = '\0';
    *chain = e;
    t->bytes += sizeof(*e) + len + 1;
    return e->text;
}

const char *intern_str(struct intern *t, const char *s)
{
    return intern_strn(t, s, strlen(s));
}

const char *intern_find(const struct intern *t, const char *s)
{
    size_t len = strlen(s);
    void **chain = map_get(&t->map, hash_bytes(HASH_INIT, s, len));
    return chain ? chain_find(*chain, s, len) : NULL;
}

void intern_free(struct intern *t)
{
    size_t at = 0;
    void *value;
    while (map_next(&t->map, &at, NULL, &value)) {
        for (struct interned *e = value, *next; e; e = next) {
            next = e->next;
            free(e);
        }
    }
    map_free(&t->map);
    t->bytes = 0;
}
