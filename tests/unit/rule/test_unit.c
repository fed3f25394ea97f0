#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "rule/unit.h"

static struct intern names;

static bool close_to(double a, double b)
{
    return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b) + 1e-300);
}

static void unit_parse__known_and_counted__base_units(void **state)
{
    (void)state;
    static const struct {
        const char *text, *prints;
        double scale;
    } cases[] = {
        {"s", "s", 1},
        {"ms", "s", 1e-3},
        {"records/s", "records/s", 1},
        {"bytes", "bytes", 1},
        {"MiB", "bytes", 1048576},
        {"ratio", "ratio", 1},
        {"%", "ratio", 0.01},
        {"1", "1", 1},
        {"1/s", "1/s", 1},
        {"1/min", "1/s", 1.0 / 60},
        {"Gbit/s", "bytes/s", 1.25e8},
        {"records", "records", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct unit u;
        double scale;
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
        assert_true(unit_parse(cases[i].text, &names, &u, &scale));
        unit_print(&u, &out);
        assert_string_equal(out.buf, cases[i].prints);
        assert_true(close_to(scale, cases[i].scale));
    }
}

static void unit_parse__malformed__refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "/", "a//b", "re cords", "s^2", "a*b*c*d*e", "records/"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct unit u;
        double scale;
        if (unit_parse(cases[i], &names, &u, &scale))
            fail_msg("\"%s\" was taken", cases[i]);
    }
}

static void literal__number_with_unit__base_value(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
        const char *unit;
    } cases[] = {
        {"30s", 30, "s"},      {"5m", 300, "s"},
        {"1h30m", 5400, "s"},  {"500ms", 0.5, "s"},
        {"80%", 0.8, "ratio"}, {"10MiB", 10485760, "bytes"},
        {"5/s", 5, "1/s"},     {"10Gbit/s", 1.25e9, "bytes/s"},
        {"60/m", 1, "1/s"},    {"0.5", 0.5, "1"},
        {"1e9", 1e9, "1"},     {"1.5e-3", 0.0015, "1"},
        {"-3s", -3, "s"},      {"2d", 172800, "s"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct unit u;
        double v;
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
        if (!unit_parse_literal(cases[i].text, strlen(cases[i].text), &names, &v, &u))
            fail_msg("\"%s\" was refused", cases[i].text);
        unit_print(&u, &out);
        assert_string_equal(out.buf, cases[i].unit);
        if (!close_to(v, cases[i].value))
            fail_msg("\"%s\" is %g", cases[i].text, v);
    }
}

static void literal__malformed__refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "x", "5x", "5records", "1..2", "5/", "5/MiB", "1e999", "%", "5 s", "--5"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct unit u;
        double v;
        if (unit_parse_literal(cases[i], strlen(cases[i]), &names, &v, &u))
            fail_msg("\"%s\" was taken", cases[i]);
    }
}

static void compatible__by_table__as_the_language_says(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool agree;
    } cases[] = {
        {"s", "records", false},
        {"s", "1", false},
        {"records", "1", true},
        {"records/s", "requests/s", false},
        {"records/s", "records/s", true},
        {"members", "partitions", true},
        {"ratio", "1", true},
        {"ratio", "records", false},
        {"bytes", "s", false},
        {"records/s", "1", false},
        {"records/s", "records", false},
        {"bytes/s", "bytes/s", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct unit a, b;
        double scale;
        assert_true(unit_parse(cases[i].a, &names, &a, &scale) && unit_parse(cases[i].b, &names, &b, &scale));
        if (unit_compatible(&a, &b) != cases[i].agree || unit_compatible(&b, &a) != cases[i].agree)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
}

static void product__records_by_rate__seconds(void **state)
{
    (void)state;
    struct unit lag, rate;
    double scale;
    assert_true(unit_parse("records", &names, &lag, &scale) && unit_parse("records/s", &names, &rate, &scale));
    struct unit time = unit_product(&lag, &rate, -1);
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
    unit_print(&time, &out);
    assert_string_equal(out.buf, "s");
    struct unit none = unit_product(&lag, &lag, -1);
    assert_int_equal(none.len, 0);
    assert_false(none.any);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unit_parse__known_and_counted__base_units),  cmocka_unit_test(unit_parse__malformed__refused),
        cmocka_unit_test(literal__number_with_unit__base_value),      cmocka_unit_test(literal__malformed__refused),
        cmocka_unit_test(compatible__by_table__as_the_language_says), cmocka_unit_test(product__records_by_rate__seconds),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    intern_free(&names);
    return failed;
}
