/*
 * An arena gives memory that is freed all at once: a ruleset's, or a tick's. There is no single free. Blocks grow; the limit is a cap on the sum
 * (0 = none): beyond it the process aborts with the arena's name, since what is put there is bounded by design.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include "base/attributes.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used, limit;
    const char *name;
};

#define ARENA_INIT(n) {.name = (n)}

void *arena_alloc(struct arena *a, size_t size);                      /* zeroed, aligned for any type */
void *arena_array(struct arena *a, size_t count, size_t size);        /* zeroed; product checked */
void *arena_array_raw(struct arena *a, size_t count, size_t size);    /* not zeroed: for columns that are written whole */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
void arena_reset(struct arena *a); /* keeps the largest block */
void arena_free(struct arena *a);

DEFINE_AUTO(arena, struct arena, arena_free)

#endif
