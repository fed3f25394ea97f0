#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "signal/batch.h"
#include "signal/notation.h"

#define GAP (-7777)

struct good_values {
    const char *text;
    size_t len;
    double values[8]; /* GAP = no sample */
};

static const struct good_values good_values[] = {
    {"", 0, {0}},
    {"  5 ", 1, {5}},
    {"1 2 3", 3, {1, 2, 3}},
    {"5x3", 4, {5, 5, 5, 5}},
    {"5x0", 1, {5}},
    {"0+10x3", 4, {0, 10, 20, 30}},
    {"10-2.5x3", 4, {10, 7.5, 5, 2.5}},
    {"-3+1x2", 3, {-3, -2, -1}},
    {"-3-1x2", 3, {-3, -4, -5}},
    {"_", 1, {GAP}},
    {"_x3", 3, {GAP, GAP, GAP}},
    {"1 _x2 2", 4, {1, GAP, GAP, 2}},
    {"1 stale 2", 3, {1, GAP, 2}},
    {"stalex2", 2, {GAP, GAP}},
    {"1e3 1e-3 2.5E2 1e+1", 4, {1000, 0.001, 250, 10}},
    {"1e3x1", 2, {1000, 1000}},
    {"Inf -Inf +Inf inf", 4, {INFINITY, -INFINITY, INFINITY, INFINITY}},
    {"Inf+1x1", 2, {INFINITY, INFINITY}},
    {"0x3", 4, {0, 0, 0, 0}}, /* no hexadecimal number */
    {"1\n\t2", 2, {1, 2}},
};

static void values__in_promtools_notation__as_promtool_reads_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good_values); i++) {
        const struct good_values *c = &good_values[i];
        struct notation_values got = {0};
        struct error err = {0};
        size_t column = 0;
        if (notation_values(c->text, &got, &column, &err) != 0 || got.len != c->len)
            fail_msg("\"%s\": %s, %zu values", c->text, err.text, got.len);
        for (size_t k = 0; k < got.len; k++) {
            bool gap = c->values[k] == GAP;
            if (gap != is_absent(got.items[k]) || (!gap && !(fabs(got.items[k] - c->values[k]) < 1e-12) && got.items[k] != c->values[k]))
                fail_msg("\"%s\": value %zu is %g", c->text, k, got.items[k]);
        }
        free(got.items);
    }
}

static void values__nan__is_a_value_and_no_gap(void **state)
{
    (void)state;
    struct notation_values got = {0};
    struct error err = {0};
    size_t column;
    assert_int_equal(notation_values("NaN nanx1 -NaN", &got, &column, &err), 0);
    assert_int_equal(got.len, 4);
    for (size_t i = 0; i < got.len; i++)
        assert_true(isnan(got.items[i]) && !is_absent(got.items[i]));
    free(got.items);
}

struct bad_text {
    const char *text;
    int code;
    size_t column;
    const char *says;
};

static const struct bad_text bad_values[] = {
    {"{{schema:0 sum:1 count:1}}", ERR_SYNTAX, 1, "histograms"},
    {"1 2 {{}}x3", ERR_SYNTAX, 5, "histograms"},
    {"1 apples", ERR_SYNTAX, 3, "number"},
    {"1+2", ERR_SYNTAX, 4, "how often"},
    {"1x", ERR_SYNTAX, 3, "how often"},
    {"1x-3", ERR_SYNTAX, 3, "how often"},
    {"1+x3", ERR_SYNTAX, 3, "number"},
    {"1 2x3y", ERR_SYNTAX, 6, "blank"},
    {"1,2", ERR_SYNTAX, 2, "blank"},
    {"_ _y", ERR_SYNTAX, 4, "blank"},
    {"0xff", ERR_SYNTAX, 3, "how often"},
    {"--1", ERR_SYNTAX, 2, "number"},
    {"1x99999999999", ERR_LIMIT, 3, "often"},
    {"1x99999 2", ERR_LIMIT, 10, "100,000"},
    {"_x100001", ERR_LIMIT, 9, "100,000"},
};

static void values__malformed__refused_with_the_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
        const struct bad_text *c = &bad_values[i];
        struct notation_values got = {0};
        struct error err = {0};
        size_t column = 0;
        int code = notation_values(c->text, &got, &column, &err);
        if (code != c->code || column != c->column || !strstr(err.text, c->says))
            fail_msg("\"%s\": code %d, column %zu, \"%s\"", c->text, code, column, err.text);
        free(got.items);
    }
}

static void series__labels_in_all_quotes__read(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct notation_series s;
    struct error err = {0};
    size_t column;
    assert_int_equal(notation_series(" shop:queue_len { shop = \"a \\\"b\\\"\\n\", kind='c\\\\' ,raw=`\\n`, } ", &a, &s, &column, &err), 0);
    assert_string_equal(s.name, "shop:queue_len");
    assert_int_equal(s.len, 3);
    assert_string_equal(s.labels[0].name, "shop");
    assert_string_equal(s.labels[0].value, "a \"b\"\n");
    assert_string_equal(s.labels[1].value, "c\\");
    assert_string_equal(s.labels[2].value, "\\n");
    assert_int_equal(s.columns[1], 39);
}

static void series__without_labels__read(void **state)
{
    (void)state;
    static const char *const texts[] = {"guests", "guests{}", "guests { }"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        struct notation_series s;
        struct error err = {0};
        size_t column;
        assert_int_equal(notation_series(texts[i], &a, &s, &column, &err), 0);
        assert_string_equal(s.name, "guests");
        assert_int_equal(s.len, 0);
    }
}

static const struct bad_text bad_series[] = {
    {"", ERR_SYNTAX, 1, "name"},
    {"{a=\"b\"}", ERR_SYNTAX, 1, "name"},
    {"1x", ERR_SYNTAX, 1, "name"},
    {"x{a}", ERR_SYNTAX, 4, "="},
    {"x{a=}", ERR_SYNTAX, 5, "quotes"},
    {"x{a=b}", ERR_SYNTAX, 5, "quotes"},
    {"x{a=\"b", ERR_SYNTAX, 7, "end"},
    {"x{a=\"\\q\"}", ERR_SYNTAX, 7, "escape"},
    {"x{a=\"b\" c=\"d\"}", ERR_SYNTAX, 9, ", or }"},
    {"x{a=\"b\"", ERR_SYNTAX, 8, ", or }"},
    {"x{a=\"b\",", ERR_SYNTAX, 9, "name"},
    {"x{a=\"b\"} 5", ERR_SYNTAX, 10, "values"},
    {"x{a='',b='',c='',d='',e='',f='',g='',h='',i='',j='',k='',l='',m='',n='',o='',p='',q=''}", ERR_LIMIT, 83, "16"},
};

static void series__malformed__refused_with_the_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_series); i++) {
        const struct bad_text *c = &bad_series[i];
        AUTO(arena) struct arena a = ARENA_INIT("test");
        struct notation_series s;
        struct error err = {0};
        size_t column = 0;
        int code = notation_series(c->text, &a, &s, &column, &err);
        if (code != c->code || column != c->column || !strstr(err.text, c->says))
            fail_msg("\"%s\": code %d, column %zu, \"%s\"", c->text, code, column, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values__in_promtools_notation__as_promtool_reads_them),
        cmocka_unit_test(values__nan__is_a_value_and_no_gap),
        cmocka_unit_test(values__malformed__refused_with_the_column),
        cmocka_unit_test(series__labels_in_all_quotes__read),
        cmocka_unit_test(series__without_labels__read),
        cmocka_unit_test(series__malformed__refused_with_the_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
