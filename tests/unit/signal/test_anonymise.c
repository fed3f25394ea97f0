/* Names made unreadable: the same by the same, whole and within others; what is nobody's name stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "signal/anonymise.h"

static const char *const kept[] = {"member", "__own_topic"};

static int set_up(void **state)
{
    *state = anonymiser_new(kept, ARRAY_LEN(kept));
    return 0;
}

static int tear_down(void **state)
{
    anonymiser_free(*state);
    return 0;
}

/* Of `pattern` each @ stands for the replacement of `part`. */
static void expect(struct anonymiser *a, const char *name, const char *part, const char *pattern)
{
    char expected[200] = "";
    const char *stands = anonymise(a, part);
    for (const char *c = pattern; *c; c++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), *c == '@' ? "%s" : "%.1s", *c == '@' ? stands : c);
    assert_string_equal(anonymise(a, name), expected);
    assert_null(strstr(expected, part));
}

static void anonymise__joined__what_joins_stays_and_parts_match(void **state)
{
    static const struct {
        const char *name, *part, *pattern;
    } cases[] = {
        {"payments", "payments", "@"},
        {"payments-3", "payments", "@-3"},
        {"member-payments-12", "payments", "member-@-12"},
        {"payments:9092", "payments", "@:9092"},
        {"us_east.payments", "us_east.payments", "@"},
        {"member-us_east.payments-1", "us_east.payments", "member-@-1"},
        {"10.0.3.17:9092", "10.0.3.17", "@:9092"},
        {"결제-1", "결제", "@-1"},
        {"/payments//", "payments", "/@//"},
        {"6f1ed002-ab5f-4d1a-9a12-9d8a4f0b1c22", "6f1ed002-ab5f-4d1a-9a12-9d8a4f0b1c22", "@"},
        {"job-payments-6f1ed002-ab5f-4d1a-9a12-9d8a4f0b1c22-1", "job-payments-6f1ed002-ab5f-4d1a-9a12-9d8a4f0b1c22", "@-1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect(*state, cases[i].name, cases[i].part, cases[i].pattern);
    char quoted[100];
    snprintf(quoted, sizeof quoted, "\"%s@%s\"", anonymise(*state, "payments"), anonymise(*state, "payments"));
    assert_string_equal(anonymise(*state, "\"payments@payments\""), quoted);
}

static void anonymise__numbers_and_kept__stay(void **state)
{
    static const char *const cases[] = {"7", "65535", "1001", "member", "member-1", "__own_topic", "", "-", "1.2.3", "999.1.1.1"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(anonymise(*state, cases[i]), cases[i]);
    assert_string_not_equal(anonymise(*state, "__own_other"), "__own_other");
    assert_null(anonymise(*state, NULL));
}

static void anonymise__addresses_and_long_numbers__others_of_their_kind(void **state)
{
    const char *v4 = anonymise(*state, "ip-10-1-2-3"), *v6 = anonymise(*state, "[2001:db8::5]:9092"), *number = anonymise(*state, "customer-49301142");
    unsigned a, b, c, d;
    assert_int_equal(sscanf(strchr(v4, '-'), "-%u-%u-%u-%u", &a, &b, &c, &d), 4);
    assert_true(strncmp(v6, "[fd00::", 7) == 0 && strcmp(strchr(v6, ']'), "]:9092") == 0);
    assert_null(strstr(number, "49301142"));
    assert_int_equal(strlen(strrchr(number, '-')), 9);
    char bare[64];
    snprintf(bare, sizeof bare, "[%s]:9092", anonymise(*state, "2001:db8::5"));
    assert_string_equal(v6, bare);
    snprintf(bare, sizeof bare, "%u.%u.%u.%u", a, b, c, d);
    assert_string_equal(anonymise(*state, "10.1.2.3"), bare); /* the same address, written otherwise */
}

static void anonymise__many__no_two_alike(void **state)
{
    struct intern seen = INTERN_INIT;
    for (int i = 0; i < 20000; i++) {
        char name[32];
        snprintf(name, sizeof name, "a%dx", i);
        const char *made = anonymise(*state, name);
        size_t before = seen.map.len;
        intern_str(&seen, made);
        assert_int_equal(seen.map.len, before + 1);
        for (const char *c = made; *c; c++)
            assert_true(islower((unsigned char)*c));
    }
    intern_free(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(anonymise__joined__what_joins_stays_and_parts_match, set_up, tear_down),
        cmocka_unit_test_setup_teardown(anonymise__numbers_and_kept__stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(anonymise__addresses_and_long_numbers__others_of_their_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(anonymise__many__no_two_alike, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
