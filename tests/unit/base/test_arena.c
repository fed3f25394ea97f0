#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"

static void vec_push__many__in_order(void **state)
{
    (void)state;
    VEC(int) v = {0};
    for (int i = 0; i < 1000; i++)
        vec_push(&v, i * 3);
    assert_int_equal(v.len, 1000);
    assert_true(v.cap >= v.len);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(v.items[i], i * 3);
    vec_free(&v);
    assert_null(v.items);
    assert_int_equal(v.len, 0);
}

static void xstrndup__shorter_text__copies_to_its_end(void **state)
{
    (void)state;
    AUTO(heap) char *a = xstrndup("queue", 3);
    AUTO(heap) char *b = xstrndup("queue", 30);
    AUTO(heap) char *c = xasprintf("%s-%d", b, 7);
    assert_string_equal(a, "que");
    assert_string_equal(b, "queue");
    assert_string_equal(c, "queue-7");
}

static void xrealloc__to_nothing__still_a_pointer(void **state)
{
    (void)state;
    void *p = xrealloc(xmalloc(10), 0, 8);
    assert_non_null(p);
    free(p);
}

static void arena_alloc__dirty_block__zeroed_and_aligned(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    memset(arena_array_raw(&a, 1000, 1), 0xAB, 1000);
    arena_reset(&a);
    for (size_t size = 1; size < 100; size++) {
        unsigned char *p = arena_alloc(&a, size);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xCD, size);
    }
}

static void arena_alloc__many_sizes__pieces_do_not_overlap(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    unsigned char *pieces[300];
    size_t sizes[300];
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        sizes[i] = i % 50 == 49 ? 100000 : i * 7 + 1; /* also those that get a block of their own */
        pieces[i] = arena_array(&a, sizes[i], 1);
        memset(pieces[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], i % 251);
}

static void arena_reset__used_again__one_block_kept(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    for (int i = 0; i < 100; i++)
        arena_alloc(&a, 1000);
    assert_true(a.used >= 100000);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(a.blocks);
    struct arena_block *kept = a.blocks;
    arena_alloc(&a, 1000);
    assert_ptr_equal(a.blocks, kept);
}

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

static void arena_reset__old_pointers__poisoned(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    char *p = arena_alloc(&a, 24);
    assert_false(__asan_address_is_poisoned(p + 23));
    assert_true(__asan_address_is_poisoned(p + 24));
    arena_reset(&a);
    assert_true(__asan_address_is_poisoned(p));
}
#endif

static void arena_printf__long_text__whole(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    char *text = arena_printf(&a, "%0500d|%s", 7, "end");
    assert_int_equal(strlen(text), 504);
    assert_string_equal(text + 499, "7|end");
    assert_string_equal(arena_strdup(&a, "x"), "x");
    assert_string_equal(arena_strndup(&a, "abcdef", 2), "ab");
}

static void arena_alloc__up_to_the_limit__fits(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = {.name = "test", .limit = 4096};
    for (int i = 0; i < 4; i++)
        memset(arena_alloc(&a, 1024), 1, 1024);
    assert_int_equal(a.used, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vec_push__many__in_order),
        cmocka_unit_test(xstrndup__shorter_text__copies_to_its_end),
        cmocka_unit_test(xrealloc__to_nothing__still_a_pointer),
        cmocka_unit_test(arena_alloc__dirty_block__zeroed_and_aligned),
        cmocka_unit_test(arena_alloc__many_sizes__pieces_do_not_overlap),
        cmocka_unit_test(arena_reset__used_again__one_block_kept),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test(arena_reset__old_pointers__poisoned),
#endif
        cmocka_unit_test(arena_printf__long_text__whole),
        cmocka_unit_test(arena_alloc__up_to_the_limit__fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
