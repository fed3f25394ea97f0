#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, size) __asan_poison_memory_region((p), (size))
#define unpoison(p, size) __asan_unpoison_memory_region((p), (size))
#else
#define poison(p, size) ((void)(p), (void)(size))
#define unpoison(p, size) ((void)(p), (void)(size))
#endif

enum {
    ALIGN = _Alignof(max_align_t),
    FIRST_BLOCK = 4096,
    LARGEST_GROWTH = 4 << 20, /* blocks double up to this; a larger request gets a block of its own */
};

struct arena_block {
    struct arena_block *next;
    size_t used, cap;
    _Alignas(max_align_t) unsigned char data[];
};

static NORETURN void arena_overflow(const struct arena *a, size_t size)
{
    fprintf(stderr, "arena \"%s\": %zu bytes do not fit (%zu used, limit %zu)\n", a->name ? a->name : "?", size, a->used, a->limit);
    abort();
}

static struct arena_block *block_new(size_t cap)
{
    struct arena_block *b = xmalloc(sizeof(*b) + cap);
    b->next = NULL;
    b->used = 0;
    b->cap = cap;
    poison(b->data, cap);
    return b;
}

static void block_free(struct arena_block *b)
{
    unpoison(b->data, b->cap);
    free(b);
}

/* A block with `size` bytes free. One that serves only this request goes behind the newest, whose rest is still of use. */
static struct arena_block *block_with(struct arena *a, size_t size)
{
    struct arena_block *newest = a->blocks;
    if (newest && newest->cap - newest->used >= size)
        return newest;
    size_t growth = newest ? newest->cap * 2 : FIRST_BLOCK;
    if (growth > LARGEST_GROWTH)
        growth = LARGEST_GROWTH;
    if (newest && size > growth) {
        struct arena_block *own = block_new(size);
        own->next = newest->next;
        newest->next = own;
        return own;
    }
    struct arena_block *b = block_new(size > growth ? size : growth);
    b->next = newest;
    a->blocks = b;
    return b;
}

static void *take(struct arena *a, size_t size)
{
    size_t asked = size ? size : 1;
    if (asked > SIZE_MAX / 2)
        arena_overflow(a, size);
    size_t rounded = (asked + ALIGN - 1) / ALIGN * ALIGN;
    if (a->limit && (rounded > a->limit || a->used > a->limit - rounded))
        arena_overflow(a, size);
    struct arena_block *b = block_with(a, rounded);
    void *p = b->data + b->used;
    b->used += rounded;
    a->used += rounded;
    unpoison(p, asked);
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(take(a, size), 0, size);
}

void *arena_array_raw(struct arena *a, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        arena_overflow(a, count);
    return take(a, total);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    void *p = arena_array_raw(a, count, size);
    return memset(p, 0, count * size);
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    len = strnlen(s, len);
    char *copy = take(a, len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    size_t size = (len < 0 ? 0 : (size_t)len) + 1;
    char *text = take(a, size);
    text[0] = '\0';
    vsnprintf(text, size, fmt, again);
    va_end(again);
    return text;
}

void arena_reset(struct arena *a)
{
    struct arena_block *largest = NULL;
    for (struct arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (largest && b->cap <= largest->cap) {
            block_free(b);
            continue;
        }
        if (largest)
            block_free(largest);
        largest = b;
    }
    if (largest) {
        largest->next = NULL;
        largest->used = 0;
        poison(largest->data, largest->cap);
    }
    a->blocks = largest;
    a->used = 0;
}

void arena_free(struct arena *a)
{
    for (struct arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        block_free(b);
    }
    a->blocks = NULL;
    a->used = 0;
}
