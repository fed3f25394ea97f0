#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/number.h"

#define MINUTES INT64_C(60000)
#define HOURS (60 * MINUTES)
#define DAYS (24 * HOURS)

static void duration_parse__prometheus_notation__milliseconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"0", 0},          {"0s", 0},        {"15s", 15000},     {"500ms", 500},       {"1h30m", 90 * MINUTES}, {"1d", DAYS},
        {"2w", 14 * DAYS}, {"1y", 365 * DAYS}, {"1m", MINUTES},  {"1m1ms", MINUTES + 1}, {"100y", 36500 * DAYS},
        {"1y2w3d4h5m6s7ms", (365 + 17) * DAYS + 4 * HOURS + 5 * MINUTES + 6007},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t ms = -1;
        if (!duration_parse(cases[i].text, strlen(cases[i].text), &ms) || ms != cases[i].ms)
            fail_msg("%s became %lld ms", cases[i].text, (long long)ms);
    }
}

static void duration_parse__anything_else__refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"",     "5",    "s",     "-5s",  "1.5h", "5 s",  "5S",   "30m1h", "1h1h", "1hm", "1hour", "101y", "100y1ms",
                                        "99999999999999999999s", "9223372036854775807ms", "+5s", "00"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t ms = 42;
        if (duration_parse(cases[i], strlen(cases[i]), &ms))
            fail_msg("\"%s\" was taken as %lld ms", cases[i], (long long)ms);
    }
}

static void duration_format__two_largest_parts(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "0 s"},
        {5, "5 ms"},
        {999, "999 ms"},
        {45000, "45 s"},
        {45600, "46 s"},
        {59700, "1 min"},
        {200000, "3 min 20 s"},
        {180000, "3 min"},
        {125 * MINUTES, "2 h 5 min"},
        {HOURS - 300, "1 h"},
        {DAYS - 1, "1 d"},
        {4 * DAYS + 3 * HOURS, "4 d 3 h"},
        {4 * DAYS + 3 * HOURS + 31 * MINUTES, "4 d 4 h"},
        {4 * DAYS + 59 * MINUTES, "4 d 1 h"},
        {400 * DAYS, "400 d"},
        {-200000, "-3 min 20 s"},
    };
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&out);
        duration_format(&out, cases[i].ms);
        assert_string_equal(out.buf, cases[i].text);
    }
}

static void duration_format__extremes__no_overflow(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    duration_format(&out, INT64_MAX);
    assert_non_null(strstr(out.buf, " d"));
    strbuf_reset(&out);
    duration_format(&out, INT64_MIN);
    assert_true(out.buf[0] == '-');
}

static void duration_print__parsed_again__same(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "0s"}, {500, "500ms"}, {90 * MINUTES, "1h30m"}, {90 * DAYS, "90d"}, {14 * DAYS, "2w"}, {365 * DAYS, "1y"}, {366 * DAYS, "366d"},
        {61001, "1m1s1ms"},
    };
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&out);
        duration_print(&out, cases[i].ms);
        assert_string_equal(out.buf, cases[i].text);
        int64_t again;
        assert_true(duration_parse(out.buf, out.len, &again));
        assert_true(again == cases[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duration_parse__prometheus_notation__milliseconds), cmocka_unit_test(duration_parse__anything_else__refused),
        cmocka_unit_test(duration_format__two_largest_parts),                cmocka_unit_test(duration_format__extremes__no_overflow),
        cmocka_unit_test(duration_print__parsed_again__same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
