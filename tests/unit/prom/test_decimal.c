/* Decimal numbers: bit for bit what strtod says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prom/decimal.h"

static void check(const char *text)
{
    double got = 0, want = strtod(text, NULL);
    if (!decimal_parse(text, strlen(text), &got) || memcmp(&got, &want, sizeof(got)) != 0)
        fail_msg("%s: got %.17g, want %.17g", text, got, want);
    /* close to the end of the buffer the scan goes byte by byte */
    if (decimal_scan(text, text + strlen(text) + 1, &got) && memcmp(&got, &want, sizeof(got)) != 0)
        fail_msg("%s near the end: got %.17g, want %.17g", text, got, want);
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void number__edges__as_strtod(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0", "-0", "0.0", "1", "-1.5", "0.1", "0.3", "123456789012345678", "9999999999999999999", "9007199254740993", "9007199254740992.5", "9007199254740993.0", "0.9007199254740993",
        "0.1234567890123456789", "12345678901234567890", "1e22", "1e23", "-1.7976931348623157e+308", "4.9e-324", "2.2250738585072011e-308", "1.00000000000000011102230246251565",
        "179769313486231580793728971405301", "0.000000000000000000001", "18446744073709551615", "18446744073709551616", "7205759403792793.5",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        check(texts[i]);
}

static void number__random_digits__as_strtod(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    char text[64];
    for (int i = 0; i < 300000; i++) {
        uint64_t digits = next(&seed) >> (next(&seed) % 60);
        char plain[24];
        int len = snprintf(plain, sizeof(plain), "%llu", (unsigned long long)digits);
        int point = (int)(next(&seed) % (uint64_t)len);
        if (point == 0)
            snprintf(text, sizeof(text), "%s0.%s", next(&seed) & 1 ? "-" : "", plain);
        else
            snprintf(text, sizeof(text), "%.*s.%s", point, plain, plain + point);
        check(text);
    }
}

static void number__random_doubles_printed_shortest__come_back(void **state)
{
    (void)state;
    uint64_t seed = 1181783497276652981u;
    char text[64];
    for (int i = 0; i < 300000; i++) {
        double v = (double)(next(&seed) >> 11) / (double)(UINT64_C(1) << (next(&seed) % 60));
        snprintf(text, sizeof(text), "%.17g", v);
        check(text);
    }
}

static void number__special__by_name(void **state)
{
    (void)state;
    double v = 0;
    assert_true(decimal_parse("NaN", 3, &v) && isnan(v));
    assert_true(decimal_parse("+Inf", 4, &v) && isinf(v) && v > 0);
    assert_true(decimal_parse("-Inf", 4, &v) && isinf(v) && v < 0);
}

static void number__malformed__refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "-", ".", "1.", "1x", "1e", "--1", "1 ", " 1", "0x10", "1,5", "nope", "1.5.2", "e5"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        double v;
        if (decimal_parse(texts[i], strlen(texts[i]), &v))
            fail_msg("\"%s\" is taken as %g", texts[i], v);
    }
}

static void time__seconds__as_milliseconds_or_left_to_the_slow_way(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1 = not the simple form */
    } cases[] = {
        {"1795383140,", 1795383140000}, {"1795383140.5,", 1795383140500}, {"1795383140.123,", 1795383140123}, {"0,", 0}, {"0.001,", 1}, {"1795383140.1234,", -1},
        {"1795383140", -1}, {"-5,", -1}, {"1.79e9,", -1}, {"01,", -1}, {".5,", -1}, {"1.,", -1}, {",", -1}, {"1795383140123456,", -1}, {"99999999999999999999999999,", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t ms = -1;
        const char *end = cases[i].text + strlen(cases[i].text), *stop = decimal_scan_ms(cases[i].text, end, &ms);
        if (cases[i].ms < 0 ? stop != NULL : !stop || *stop != ',' || ms != cases[i].ms)
            fail_msg("%s: %lld", cases[i].text, (long long)ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number__edges__as_strtod),
        cmocka_unit_test(number__random_digits__as_strtod),
        cmocka_unit_test(number__random_doubles_printed_shortest__come_back),
        cmocka_unit_test(number__special__by_name),
        cmocka_unit_test(number__malformed__refused),
        cmocka_unit_test(time__seconds__as_milliseconds_or_left_to_the_slow_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
