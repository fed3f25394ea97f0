/* What the rules leave open in queries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "signal/source.h"

struct expansion {
    const char *query, *matchers;
    int64_t rate_ms;
    const char *expected;
};

static const struct expansion expansions[] = {
    {"a{$match}", "", 60000, "a{}"},
    {"a{$match}", "site=\"x\"", 60000, "a{site=\"x\"}"},
    {"a{$match,b=\"c\"}", "", 60000, "a{b=\"c\"}"},
    {"a{$match,b=\"c\"}", "site=\"x\",t=\"y\"", 60000, "a{site=\"x\",t=\"y\",b=\"c\"}"},
    {"rate(a{$match}[$rate]) / $rate_s", "", 60000, "rate(a{}[1m]) / 60"},
    {"rate(a[$rate])", "", 90000, "rate(a[1m30s])"},
    {"a offset $rate", "", 120000, "a offset 2m"},
    {"$rate_s$rate", "", 15000, "1515s"},
    {"a{b=\"$1\"} or $x", "", 15000, "a{b=\"$1\"} or $x"},
    {"", "", 15000, ""},
};

static void expand__placeholders__texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(expansions); i++) {
        const struct expansion *e = &expansions[i];
        char *text = query_expand(e->query, e->matchers, e->rate_ms);
        assert_string_equal(text, e->expected);
        free(text);
    }
}

static void matchers__odd_values__quoted(void **state)
{
    struct name_value pairs[] = {{"site", "a\"b\\c"}, {"place", "one\ntwo"}};
    struct name_values both = {pairs, 2}, none = {0};
    AUTO(arena) struct arena a = ARENA_INIT("test");
    (void)state;
    assert_string_equal(query_matchers(&both, false, &a), "site=\"a\\\"b\\\\c\",place=\"one\\ntwo\"");
    assert_string_equal(query_matchers(&both, true, &a), "site=\"\",place=\"\"");
    assert_string_equal(query_matchers(&none, false, &a), "");
}

static void alternation__names__joined(void **state)
{
    const char *const names[] = {"up", "a_total"};
    AUTO(arena) struct arena a = ARENA_INIT("test");
    (void)state;
    assert_string_equal(query_alternation(names, 2, &a), "up|a_total");
    assert_string_equal(query_alternation(names, 0, &a), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expand__placeholders__texts),
        cmocka_unit_test(matchers__odd_values__quoted),
        cmocka_unit_test(alternation__names__joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
