/* Memory that cannot fail: these abort with a message, since a monitor without memory cannot say anything true. Freed with free(). */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>
#include "base/attributes.h"

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size); /* checks the product for overflow */
void *xrealloc(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);

/* Cleanup for a plain `AUTO(heap) char *s`. */
void heap_auto(void *pointer_to_pointer);

/*
 * A growable array: `VEC(struct x) v = {0}; vec_push(&v, item); v.items[i]; free(v.items)`.
 */
#define VEC(type)                                                                                                                                  \
    struct {                                                                                                                                       \
        type *items;                                                                                                                               \
        size_t len, cap;                                                                                                                           \
    }
#define vec_push(v, ...) (vec_reserve((v), (v)->len + 1), (v)->items[(v)->len++] = (__VA_ARGS__))
#define vec_reserve(v, n)                                                                                                                          \
    ((v)->cap >= (n) ? (void)0                                                                                                                     \
                     : (void)((v)->cap = (n) < 8 ? 8 : (n) + (n) / 2, (v)->items = xrealloc((v)->items, (v)->cap, sizeof(*(v)->items))))
#define vec_free(v) (free((v)->items), (v)->items = NULL, (v)->len = (v)->cap = 0)

#endif
