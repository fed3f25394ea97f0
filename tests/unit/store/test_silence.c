/* Silences in the store: kept, ended, forgotten, over a migration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"

static struct store *fresh(void)
{
    struct store *s;
    struct error err = {0};
    assert_int_equal(store_open(":memory:", true, &s, NULL, &err), 0);
    return s;
}

static int64_t add(struct store *s, const char *matchers, bool ack, int64_t ends_ms)
{
    const struct silence_row row = {.ack = ack, .matchers = matchers, .created_ms = 10, .starts_ms = 10, .ends_ms = ends_ms, .author = "kim", .comment = "why"};
    struct error err = {0};
    int64_t id = 0;
    assert_int_equal(store_silence_add(s, &row, &id, &err), 0);
    return id;
}

static bool print(void *context, const struct silence_row *row)
{
    char *text = context;
    snprintf(text + strlen(text), 200 - strlen(text), "%lld:%d:%s:%lld:%s:%s ", (long long)row->id, row->ack, row->matchers, (long long)row->ends_ms, row->author,
             row->comment);
    return true;
}

static const char *all(struct store *s, int64_t after_ms)
{
    static char text[200];
    text[0] = '\0';
    assert_int_equal(store_silences(s, after_ms, print, text, NULL), 0);
    return text;
}

static void add__several__listed_until_they_end(void **state)
{
    (void)state;
    struct store *s = fresh();
    add(s, "a=\"b\"", false, 100);
    add(s, "c=\"d\"", true, 200);
    assert_string_equal(all(s, 50), "1:0:a=\"b\":100:kim:why 2:1:c=\"d\":200:kim:why ");
    assert_string_equal(all(s, 100), "2:1:c=\"d\":200:kim:why ");
    assert_string_equal(all(s, 200), "");
    store_close(s);
}

static void expire__in_force__ends_now_and_only_once(void **state)
{
    (void)state;
    struct store *s = fresh();
    int64_t id = add(s, "a=\"b\"", false, 100);
    struct error err = {0};
    assert_int_equal(store_silence_expire(s, id, 60, &err), 0);
    assert_string_equal(all(s, 60), "");
    assert_string_equal(all(s, 0), "1:0:a=\"b\":60:kim:why ");
    assert_int_equal(store_silence_expire(s, id, 70, &err), ERR_NOT_FOUND);
    assert_int_equal(store_silence_expire(s, 99, 70, &err), ERR_NOT_FOUND);
    store_close(s);
}

static void prune__ended_long_ago__number_is_not_given_again(void **state)
{
    (void)state;
    struct store *s = fresh();
    int64_t first = add(s, "a=\"b\"", false, 100);
    assert_int_equal(store_prune(s, 101, NULL), 0);
    assert_string_equal(all(s, 0), "");
    assert_true(add(s, "a=\"b\"", false, 100) > first);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add__several__listed_until_they_end),
        cmocka_unit_test(expire__in_force__ends_now_and_only_once),
        cmocka_unit_test(prune__ended_long_ago__number_is_not_given_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
