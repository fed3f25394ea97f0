#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"

static const int64_t now = INT64_C(1795381200000); /* 2026-11-22T21:00:00Z */

static void time_parse__notations__milliseconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"now", INT64_C(1795381200000)},
        {"-2h", INT64_C(1795381200000) - 7200000},
        {"-1h30m", INT64_C(1795381200000) - 5400000},
        {"2026-11-22T21:00:00Z", INT64_C(1795381200000)},
        {"2026-11-22 21:00:00z", INT64_C(1795381200000)},
        {"2026-11-22T22:30:00+01:30", INT64_C(1795381200000)},
        {"2026-11-22T20:00:00-01:00", INT64_C(1795381200000)},
        {"2026-11-22T21:00:00.25Z", INT64_C(1795381200250)},
        {"2026-11-22T21:00:00.123456Z", INT64_C(1795381200123)},
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.5Z", -500},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000)},
        {"2100-03-01T00:00:00Z", INT64_C(4107542400000)},
        {"1795381200", INT64_C(1795381200000)},
        {"1795381200.5", INT64_C(1795381200500)},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t ms = -1;
        if (time_parse(cases[i].text, now, &ms, NULL) != 0 || ms != cases[i].ms)
            fail_msg("%s became %lld", cases[i].text, (long long)ms);
    }
}

static void time_parse__anything_else__refused_with_the_text(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "yesterday",
                                        "2h",
                                        "-2",
                                        "2026-02-29T00:00:00Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-00-01T00:00:00Z",
                                        "2026-11-22T24:00:00Z",
                                        "2026-11-22T21:60:00Z",
                                        "2026-11-22T21:00:00",
                                        "2026-11-22T21:00:00.Z",
                                        "2026-11-22T21:00:00+0100",
                                        "2026-11-22T21:00:00+24:00",
                                        "2026-11-22T21:00:00Zx",
                                        "2026-11-22",
                                        "1e300",
                                        "NaN",
                                        "Inf"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        int64_t ms;
        if (time_parse(cases[i], now, &ms, &err) != ERR_SYNTAX)
            fail_msg("\"%s\" was accepted", cases[i]);
        assert_non_null(strstr(err.text, cases[i]));
    }
}

static void time_format__utc(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *utc, *brief;
    } cases[] = {
        {INT64_C(1795381200000), "2026-11-22T21:00:00Z", "21:00:00"},
        {INT64_C(1795381200999), "2026-11-22T21:00:00Z", "21:00:00"},
        {-1, "1969-12-31T23:59:59Z", "23:59:59"},
        {0, "1970-01-01T00:00:00Z", "00:00:00"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z", "00:00:00"},
    };
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&out);
        time_format_utc(&out, cases[i].ms);
        assert_string_equal(out.buf, cases[i].utc);
        strbuf_reset(&out);
        time_format_short(&out, cases[i].ms);
        assert_string_equal(out.buf, cases[i].brief);
    }
}

static void time_parse__every_day_of_a_century__formats_back(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    for (int64_t day = 0; day < 40000; day++) {
        strbuf_reset(&out);
        time_format_utc(&out, day * 86400000);
        int64_t again;
        assert_int_equal(time_parse(out.buf, 0, &again, NULL), 0);
        assert_true(again == day * 86400000);
    }
}

static int64_t fixed_now(void *context)
{
    return *(int64_t *)context;
}

static void clock__own_functions__asked_with_their_context(void **state)
{
    (void)state;
    int64_t at = 42;
    struct clock c = {.now_ms = fixed_now, .context = &at};
    assert_true(clock_now_ms(&c) == 42);
    at = 43;
    assert_true(clock_now_ms(&c) == 43);
}

static void clock_system__runs_forward_and_sleeps(void **state)
{
    (void)state;
    int64_t wall = clock_now_ms(&clock_system), mono = mono_ms();
    assert_true(wall > INT64_C(1600000000000));
    clock_system.sleep_until_ms(clock_system.context, wall + 20);
    assert_true(mono_ms() - mono >= 15);
    clock_system.sleep_until_ms(clock_system.context, wall - 1000); /* the past: at once */
    assert_true(mono_ms() - mono < 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_parse__notations__milliseconds),          cmocka_unit_test(time_parse__anything_else__refused_with_the_text),
        cmocka_unit_test(time_format__utc),                             cmocka_unit_test(time_parse__every_day_of_a_century__formats_back),
        cmocka_unit_test(clock__own_functions__asked_with_their_context), cmocka_unit_test(clock_system__runs_forward_and_sleeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
