#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/number.h"

static bool same_double(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

static void number_parse__whole_text__exact_value(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},           {"-0", -0.0},       {"1", 1},
        {"007", 7},         {"1.5", 1.5},       {"-2.25", -2.25},
        {"+3", 3},          {"1e3", 1000},      {"1E-3", 0.001},
        {"1e+2", 100},      {"0.1", 0.1},       {"1e22", 1e22},
        {"1e23", 1e23},     {"5e-324", 5e-324}, {"1.7976931348623157e308", 1.7976931348623157e308},
        {"1e-400", 0},      {"NaN", NAN},       {"Inf", INFINITY},
        {"+Inf", INFINITY}, {"-Inf", -INFINITY}, {"9007199254740993", 9007199254740992.0},
        {"0.30000000000000004", 0.30000000000000004},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"0.000000000000000000000000000001234", 1.234e-30},
        {"1700000000.123", 1700000000.123},
        {"1e-99999999999999999999", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double v = -1;
        if (!number_parse(cases[i].text, strlen(cases[i].text), &v) || !same_double(v, cases[i].value))
            fail_msg("%s became %.17g", cases[i].text, v);
    }
}

static void number_parse__anything_else__refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"",    " 1",  "1 ",   "1.",  ".5", "1e",   "1e+",  "--1",  "+-1", "0x10", "1,5", "1_000", "nan",
                                        "inf", "+NaN", "Infinity", "1.5.2", "1e5e5", "1e999", "-1e999", "e5", "+", "-",   "1f"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double v = 42;
        if (number_parse(cases[i], strlen(cases[i]), &v))
            fail_msg("\"%s\" was taken as %g", cases[i], v);
    }
}

static void number_parse__length_ends_the_text__rest_not_read(void **state)
{
    (void)state;
    double v;
    assert_true(number_parse("125garbage", 3, &v));
    assert_true(v == 125);
    assert_true(number_parse("12.5", 2, &v));
    assert_true(v == 12);
    assert_false(number_parse("1\0" "2", 3, &v));
}

static void number_parse__longer_than_its_buffer__still_exact(void **state)
{
    (void)state;
    char text[301];
    memset(text, '0', sizeof(text));
    memcpy(text, "1.5", 3);
    text[300] = '1';
    double v;
    assert_true(number_parse(text, sizeof(text), &v));
    assert_true(v == 1.5);
}

static void integer_parse__limits__kept(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-5", true, -5},
        {"+5", true, 5},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"1.0", false, 0},
        {"1 ", false, 0},
        {"a", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t v = 0;
        bool ok = integer_parse(cases[i].text, strlen(cases[i].text), &v);
        if (ok != cases[i].ok || v != cases[i].value)
            fail_msg("%s: %d, %lld", cases[i].text, ok, (long long)v);
    }
}

static void number_format__three_digits_for_people(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        {0, "0"},          {-0.0, "0"},       {0.031, "0.031"},  {4.5, "4.5"},      {812, "812"},      {812.4, "812"},
        {99.97, "100"},    {999.7, "1,000"},  {24000, "24,000"}, {24013, "24,000"}, {-1234, "-1,230"}, {1.2e6, "1.2 M"},
        {999999, "1 M"},   {123.4e6, "123 M"}, {5.04e9, "5.04 G"}, {2e12, "2 T"},   {NAN, "unknown"},  {INFINITY, "infinite"},
        {-INFINITY, "-infinite"}, {-0.5, "-0.5"}, {100, "100"}, {1e15, "1e+15"},
    };
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&out);
        number_format(&out, cases[i].v);
        assert_string_equal(out.buf, cases[i].text);
    }
}

static void format__sums_in_another_order__the_same_text(void **state)
{
    (void)state;
    static const double middles[] = {21.25, 0.03125, 812.5, 1.0625, -21.25, 1145};
    AUTO(strbuf) struct strbuf below = STRBUF_INIT(300), above = STRBUF_INIT(300);
    for (size_t i = 0; i < ARRAY_LEN(middles); i++) {
        strbuf_reset(&below);
        strbuf_reset(&above);
        number_format(&below, nextafter(middles[i], -INFINITY));
        bytes_format(&below, nextafter(middles[i] * 1024, -INFINITY));
        number_format(&above, nextafter(middles[i], INFINITY));
        bytes_format(&above, nextafter(middles[i] * 1024, INFINITY));
        assert_string_equal(below.buf, above.buf);
    }
}

static void bytes_format__binary_units(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        {0, "0 B"}, {812, "812 B"}, {1023, "1023 B"}, {1024, "1 KiB"}, {10.4 * 1024 * 1024, "10.4 MiB"}, {1048575, "1 MiB"}, {-2048, "-2 KiB"},
        {NAN, "unknown"}, {1.5 * 1099511627776.0, "1.5 TiB"},
    };
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        strbuf_reset(&out);
        bytes_format(&out, cases[i].v);
        assert_string_equal(out.buf, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_parse__whole_text__exact_value),
        cmocka_unit_test(number_parse__anything_else__refused),
        cmocka_unit_test(number_parse__length_ends_the_text__rest_not_read),
        cmocka_unit_test(number_parse__longer_than_its_buffer__still_exact),
        cmocka_unit_test(integer_parse__limits__kept),
        cmocka_unit_test(number_format__three_digits_for_people),
        cmocka_unit_test(format__sums_in_another_order__the_same_text),
        cmocka_unit_test(bytes_format__binary_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
