/* Queries as trees: what is read, how it binds, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "prom/promql.h"

static void promql__text__as_it_binds(void **state)
{
    (void)state;
    static const struct {
        const char *text, *read_as;
    } cases[] = {
        {"up", "up"},
        {"up{job=\"a}b\"} == 0", "(up{job=\"a}b\"} == 0)"},
        {"{__name__=~\"x.*\"}", "{__name__=~\"x.*\"}"},
        {"a + b * c ^ d ^ e - f", "((a + (b * (c ^ (d ^ e)))) - f)"},
        {"a or b and c unless d", "(a or ((b and c) unless d))"},
        {"-a ^ 2 > -3", "(-(a ^ 2) > -3)"},
        {"sum by (x, y) (a)", "sum by (x, y) (a)"},
        {"sum (a) without (x)", "sum without (x) (a)"},
        {"SUM(a)", "SUM(a)"},
        {"sum", "sum"}, /* a metric may be called so */
        {"rate(a[5m] offset 1d)", "rate(a[5m] offset 1d)"},
        {"max_over_time(rate(a[5m])[1h:30s])", "max_over_time(rate(a[5m])[1h])"},
        {"max_over_time(a[1h:])", "max_over_time(a[1h])"},
        {"a / on (x) group_left () b", "(a / on (x) b)"},
        {"a / ignoring (x) group_left (y) (b + c)", "(a / ignoring (x) (b + c))"},
        {"a * on (x) group_left (b + c)", "(a * on (x) (b + c))"},
        {"a > bool 1e3", "(a > 1000)"},
        {"a > 5m", "(a > 300)"},
        {"a @ end()", "a"},
        {"# said\n a # here\n", "a"},
        {"label_replace(a, 'x', \"$1\", `y`, '(.*)\\'')", "label_replace(a, \"x\", \"$1\", \"y\", \"(.*)\\'\")"},
        {"topk(3, a)", "topk(3, a)"},
        {"job:a:rate5m > Inf", "(job:a:rate5m > inf)"},
        {"bytes_total", "bytes_total"},
        {"order > 1", "(order > 1)"}, /* begins like an operator */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(1000);
        struct promql *q = promql_parse(cases[i].text, &a);
        if (!q)
            fail_msg("%s: not read", cases[i].text);
        promql_print(q, &out);
        assert_string_equal(out.buf, cases[i].read_as);
    }
}

static void promql__other_languages_and_halves__refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "a b", "a +", "(a", "a)", "sum(a", "a{x=\"1", "a[5x]", "rate(a[5m)", "a or", "1 2", "foo(", "a{", "'open", "$x"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        if (promql_parse(cases[i], &a))
            fail_msg("%s: read", cases[i]);
    }
}

static void promql__very_deep__refused_not_overrun(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    char text[4001];
    memset(text, '(', 4000);
    text[4000] = '\0';
    assert_null(promql_parse(text, &a));
    memset(text, '-', 4000);
    assert_null(promql_parse(text, &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promql__text__as_it_binds),
        cmocka_unit_test(promql__other_languages_and_halves__refused),
        cmocka_unit_test(promql__very_deep__refused_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
