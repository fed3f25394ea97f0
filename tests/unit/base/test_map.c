#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/map.h"

static int numbers[4000];

static void map__puts_and_removes__like_an_array(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    bool there[2000] = {false};
    uint64_t random = 1;
    for (int i = 0; i < 100000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        size_t key = (size_t)(random >> 33) % ARRAY_LEN(there);
        if (random >> 63) {
            bool is_new;
            *map_put(&m, key, &is_new) = &numbers[key];
            assert_int_equal(is_new, !there[key]);
            there[key] = true;
        } else {
            assert_int_equal(map_remove(&m, key), there[key]);
            there[key] = false;
        }
    }
    size_t count = 0;
    for (size_t key = 0; key < ARRAY_LEN(there); key++) {
        void **value = map_get(&m, key);
        assert_int_equal(value != NULL, there[key]);
        if (value)
            assert_ptr_equal(*value, &numbers[key]);
        count += there[key];
    }
    assert_int_equal(m.len, count);
    assert_true(m.cap <= 8192); /* removals do not make it grow for ever */
    map_free(&m);
}

static void map_get__empty_or_absent__null(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    assert_null(map_get(&m, 0));
    assert_false(map_remove(&m, 0));
    map_put(&m, 0, NULL);
    assert_non_null(map_get(&m, 0));
    assert_null(*map_get(&m, 0));
    assert_null(map_get(&m, UINT64_MAX));
    map_free(&m);
    assert_null(map_get(&m, 0));
}

static void map_next__every_entry_once(void **state)
{
    (void)state;
    struct map m = MAP_INIT;
    for (uint64_t key = 0; key < 1000; key++)
        *map_put(&m, key << 40, NULL) = &numbers[key];
    bool seen[1000] = {false};
    size_t at = 0, count = 0;
    uint64_t key;
    void *value;
    while (map_next(&m, &at, &key, &value)) {
        assert_false(seen[key >> 40]);
        assert_ptr_equal(value, &numbers[key >> 40]);
        seen[key >> 40] = true;
        count++;
        map_remove(&m, key); /* allowed while iterating */
    }
    assert_int_equal(count, 1000);
    assert_int_equal(m.len, 0);
    map_free(&m);
}

static void hash_bytes__published_values_of_fnv1a(void **state)
{
    (void)state;
    assert_true(hash_str(HASH_INIT, "") == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_str(HASH_INIT, "a") == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_str(HASH_INIT, "foobar") == UINT64_C(0x85944171f73967e8));
    assert_true(hash_str(hash_str(HASH_INIT, "foo"), "bar") == UINT64_C(0x85944171f73967e8));
}

static void intern__equal_texts__one_address(void **state)
{
    (void)state;
    struct intern t = INTERN_INIT;
    const char *a = intern_str(&t, "payments");
    char copy[] = "payments";
    assert_ptr_equal(intern_str(&t, copy), a);
    assert_ptr_equal(intern_strn(&t, "payments-2", 8), a);
    assert_ptr_equal(intern_find(&t, copy), a);
    assert_true(intern_str(&t, "payment") != a);
    assert_null(intern_find(&t, "orders"));
    size_t bytes = t.bytes;
    intern_str(&t, "payments");
    assert_int_equal(t.bytes, bytes);
    intern_free(&t);
}

static void intern__many__addresses_stay(void **state)
{
    (void)state;
    struct intern t = INTERN_INIT;
    const char *first[5000];
    char text[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "name-%d", i);
        first[i] = intern_str(&t, text);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "name-%d", i);
        assert_string_equal(first[i], text);
        assert_ptr_equal(intern_find(&t, text), first[i]);
    }
    intern_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map__puts_and_removes__like_an_array),     cmocka_unit_test(map_get__empty_or_absent__null),
        cmocka_unit_test(map_next__every_entry_once),               cmocka_unit_test(hash_bytes__published_values_of_fnv1a),
        cmocka_unit_test(intern__equal_texts__one_address),         cmocka_unit_test(intern__many__addresses_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
