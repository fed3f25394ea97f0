#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "rule/function.h"
#include "unit/rule/pack.h"

static struct ruleset *rules;

static int load(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    rules = pack_load(PACK_WORLD PACK_SYMPTOM("wait > $long"), &m);
    mistakes_print(&m, stdout);
    mistakes_free(&m);
    return rules ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    ruleset_free(rules);
    return 0;
}

static const struct expr *compile_for(const char *text, const char *kind)
{
    struct mistakes m = MISTAKES_INIT;
    const struct expr *e = ruleset_expr(rules, text, ruleset_kind(rules, kind), &m);
    if (!e)
        fail_msg("%s: %s", text, m.items[0].text);
    mistakes_free(&m);
    return e;
}

static void expr__kinds__joined_and_reduced(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *text, *shape;
    } cases[] = {
        {"shop", "queue > 5", "(gt queue@shop 5)"},
        {"till", "queue > 5", "(gt (join->till queue@shop) 5)"},
        {"shop", "sum(served) < entering", "(lt (reduce->shop served@till) entering@shop)"},
        {"shop", "all(load < 10%)", "(reduce->shop (lt load@till 0.1))"},
        {"shop", "any(served > entering)", "(reduce->shop (gt served@till (join->till entering@shop)))"},
        {"shop", "count(load > 90%) >= 3", "(ge (reduce->shop (gt load@till 0.9)) 3)"},
        {"shop", "max(queue) > 5", "(gt queue@shop 5)"},
        {"shop", "max(walkers) > 5", "(gt (reduce->shop walkers@street) 5)"},
        {"shop", "min(speed) > 1/s", "(gt (reduce->shop speed@clerk) 1)"},
        {"shop", "max(share(served)) > 80%", "(gt (reduce->shop (share served@till)) 0.8)"},
        {"shop", "peers(queue) > 2", "(gt (peers queue@shop) 2)"},
        {"shop", "max(peers(load)) > 2", "(gt (reduce->shop (peers load@till)) 2)"},
        {"shop", "min(queue, 5) > 1", "(gt (min2 queue@shop 5) 1)"},
        {"shop", "known(queue) and not known(wait)", "(and (known queue@shop) (not (known wait@shop)))"},
        {"shop", "queue / entering > 30s", "(gt (div queue@shop entering@shop) 30)"},
        {"shop", "queue > seats", "(gt queue@shop seats@shop)"},
        {"till", "firing(queue-grows)", "(firing)"},
        {"shop", "queue > 2 * seasonal_max(queue)", "(gt queue@shop (mul 2 (seasonal <queue@shop>)))"},
        {"till", "queue > seasonal_min(queue)", "(gt (join->till queue@shop) (join->till (seasonal <queue@shop>)))"},
        {"shop", "any(load > seasonal_max(load))", "(reduce->shop (gt load@till (seasonal <load@till>)))"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(500);
        pack_shape(compile_for(cases[i].text, cases[i].kind), &out);
        assert_string_equal(out.buf, cases[i].shape);
    }
}

static void expr__windows__samples_kept_where_they_belong(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *text, *shape;
    } cases[] = {
        {"shop", "rising(queue[5m])", "(window <queue@shop> 300 0.2 0 0.6)"},
        {"till", "rising(queue[5m])", "(join->till (window <queue@shop> 300 0.2 0 0.6))"},
        {"shop", "falling(entering[3m], by=50%)", "(window <entering@shop> 180 1800 0.5 0 4)"},
        {"shop", "sum(served[10m]) > 3/s", "(gt (reduce->shop (window <served@till> 600)) 3)"},
        {"shop", "any(falling(served[3m]))", "(reduce->shop (window <served@till> 180 1800 0.3 0 4))"},
        {"shop", "avg((queue / entering)[3m]) > 1m", "(gt (window <queue / entering@shop> 180) 60)"},
        {"shop", "falling(sum(served)[3m])", "(window <sum(served)@shop> 180 1800 0.3 0 4)"},
        {"shop", "held((queue > 5)[10m]) > 90%", "(gt (window <queue > 5@shop> 600) 0.9)"},
        {"shop", "queue > 2 * before(queue)", "(gt queue@shop (mul 2 (before <queue@shop>)))"},
        {"shop", "max(load) > before(max(load))", "(gt (reduce->shop load@till) (before <max(load)@shop>))"},
        {"shop", "avg(queue[max(2m, 2 * wait)]) > 1", "(gt (window <queue@shop> (max2 120 (mul 2 wait@shop))) 1)"},
        {"shop", "quantile(wait[5m], 0.9) > 1m", "(gt (window <wait@shop> 300 0.9) 60)"},
        {"till", "rising(queue[5m], min=served * 10s)", "(window <(join queue)@till> 300 0.2 (mul served@till 10) 0.6)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(500);
        pack_shape(compile_for(cases[i].text, cases[i].kind), &out);
        if (i + 1 == ARRAY_LEN(cases)) { /* a coarser signal with a finer parameter: kept over the finer kind */
            assert_non_null(strstr(out.buf, "@till> 300 0.2 (mul served@till 10)"));
            continue;
        }
        assert_string_equal(out.buf, cases[i].shape);
    }
}

static void expr__mistake__says_what_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int col;
        const char *says;
    } cases[] = {
        {"queu > 5", 1, "unknown signal \"queu\", did you mean \"queue\"?"},
        {"wait > 1000", 1, "cannot compare seconds with a bare number: wait > 1000 (write e.g. 1000s)"},
        {"wait > queue", 1, "cannot compare seconds with people: wait > queue"},
        {"served > 1/s", 1, "served is per till, this rule is per shop: reduce it, e.g. max(served)"},
        {"walkers > 1", 1, "walkers is per street, this rule is per shop"},
        {"all(load) < 10%", 1, "write all(load < 10%)"},
        {"any(load)", 5, "write e.g. any(load > 0)"},
        {"sum(load > 1)", 5, "any(), all() and count() take conditions"},
        {"max(served * walkers)", 1, "max() mixes served (per till) and walkers (per street)"},
        {"max(5) > 3", 1, "has nothing to range over"},
        {"rising(queue)", 1, "rising() takes a window: rising(queue[5m])"},
        {"queue[5m] > 3", 1, "stands alone"},
        {"rising(served[5m])", 1, "e.g. any(rising(served[5m]))"},
        {"rising(queue[5])", 14, "a window's length is a time"},
        {"rising(queue[0s])", 14, "longer than nothing"},
        {"rising(queue[48h])", 14, "at most 24h"},
        {"rising(queue[5m], byy=3)", 23, "rising() has no parameter \"byy\", did you mean \"by\"?"},
        {"rising(queue[5m], by=30s)", 22, "is in a ratio, not in seconds"},
        {"rising(queue[5m], 3)", 19, "parameters of rising() have names"},
        {"quantile(queue[5m])", 1, "needs its parameter \"q\""},
        {"rising((queue > 5)[5m])", 8, "held((queue > 5)[5m])"},
        {"queue and wait > 1s", 1, "\"and\" takes conditions, queue is a number"},
        {"(queue > 1) + 1", 1, "\"+\" takes numbers"},
        {"$fast > 1s", 1, "unknown parameter \"$fast\""},
        {"firing(queue-growz)", 1, "unknown symptom \"queue-growz\", did you mean \"queue-grows\"?"},
        {"risin(queue[5m])", 1, "unknown function \"risin\", did you mean \"rising\"?"},
        {"rate(queue[5m])", 1, "rates are made by a signal's query"},
        {"max(before(load)) > 1", 5, "so it stands outside"},
        {"avg((queue - before(queue))[5m]) > 1", 14, "cannot be looked at through a window"},
        {"rising", 1, "is a function"},
        {"till > 3", 1, "is a label, not a signal"},
        {"avg((3)[5m]) > 1", 5, "never changes"},
        {"queue > seasonal_max(wait)", 1, "cannot compare people with seconds"},
        {"seasonal_max(queue + 1) > 5", 14, "takes the name of a signal"},
        {"seasonal_max(queue[5m]) > 5", 14, "takes the name of a signal"},
        {"seasonal_max(queu) > 5", 14, "unknown signal \"queu\""},
        {"seasonal_max(served) > 5/s", 1, "seasonal_max(served) is per till, this rule is per shop"},
        {"seasonal_mox(queue) > 5", 1, "did you mean \"seasonal_max\"?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mistakes m = MISTAKES_INIT;
        const struct expr *e = ruleset_expr(rules, cases[i].text, ruleset_kind(rules, "shop"), &m);
        if (e || m.len == 0)
            fail_msg("%s was taken", cases[i].text);
        if (m.items[0].place.col != cases[i].col || !strstr(m.items[0].text, cases[i].says))
            fail_msg("%s: %d: %s", cases[i].text, m.items[0].place.col, m.items[0].text);
        mistakes_free(&m);
    }
}

static void expr__two_mistakes_in_one_condition__both_told(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    assert_null(ruleset_expr(rules, "queu > 5 and wai > 3s", ruleset_kind(rules, "shop"), &m));
    assert_int_equal(m.len, 2);
    mistakes_free(&m);
}

static void expr__same_meaning__same_node(void **state)
{
    (void)state;
    const struct expr *a = compile_for("rising(queue[5m]) and queue > 5", "shop"), *b = compile_for("queue>5 and rising( queue[300s] )", "shop");
    assert_ptr_equal(a->args[0], b->args[1]);
    assert_ptr_equal(a->args[1], b->args[0]);
    const struct expr *x = compile_for("avg((queue / entering)[3m]) > 1m", "shop"), *y = compile_for("max((queue / entering)[9m]) > 2m", "shop");
    assert_ptr_equal(x->args[0]->signal, y->args[0]->signal);
    assert_true(x->args[0]->signal->window_ms == 540000);
}

static void exprs__order__arguments_come_first(void **state)
{
    (void)state;
    compile_for("falling((sum(served) - entering)[3m]) and queue > before(queue)", "shop");
    for (size_t i = 0; i < rules->exprs_len; i++) {
        const struct expr *e = rules->exprs[i];
        assert_int_equal(e->id, i);
        for (size_t j = 0; j < e->args_len; j++)
            assert_true(e->args[j]->id < i);
        if (e->signal && e->signal->derived)
            assert_true(e->signal->derived->id < i);
    }
    for (size_t i = 0; i < rules->signals_len; i++)
        assert_int_equal(rules->signals[i]->index, i);
}

static void units__results_of_operators__as_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text, *unit;
    } cases[] = {
        {"queue / entering", "s"}, {"queue / queue", "ratio"},  {"slope(queue[5m])", "people/s"}, {"count(load > 1)", "1"}, {"wait * 2", "s"},
        {"age(queue[5m])", "s"},   {"queue / seats", "people"}, {"change(wait[3m])", "ratio"},    {"1 / wait", "1/s"},      {"max(wait, 0)", "s"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
        unit_print(&compile_for(cases[i].text, "shop")->unit, &out);
        if (strcmp(out.buf, cases[i].unit) != 0)
            fail_msg("%s is in %s", cases[i].text, out.buf);
    }
}

static void window_ms__baseline_and_onset__room_for_both(void **state)
{
    (void)state;
    compile_for("falling(wait[3m])", "shop");
    assert_true(ruleset_signal(rules, "wait")->window_ms >= (3 + 30) * 60000);
    compile_for("before(seats) > 1", "shop");
    assert_true(ruleset_signal(rules, "seats")->window_ms >= 30 * 60000);
    compile_for("avg(entering[2 * wait]) > 1/s", "shop");
    assert_true(ruleset_signal(rules, "entering")->window_ms >= 15 * 60000);
}

static void functions__table__in_the_order_of_ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < FN_COUNT; i++) {
        assert_int_equal(window_functions[i].id, i);
        assert_ptr_equal(window_function_find(window_functions[i].name), &window_functions[i]);
        if (window_functions[i].baseline)
            assert_string_equal(window_functions[i].params[PARAM_AGAINST].name, "against");
    }
    assert_null(window_function_find("mode"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expr__kinds__joined_and_reduced),
        cmocka_unit_test(expr__windows__samples_kept_where_they_belong),
        cmocka_unit_test(expr__mistake__says_what_and_where),
        cmocka_unit_test(expr__two_mistakes_in_one_condition__both_told),
        cmocka_unit_test(expr__same_meaning__same_node),
        cmocka_unit_test(exprs__order__arguments_come_first),
        cmocka_unit_test(units__results_of_operators__as_expected),
        cmocka_unit_test(window_ms__baseline_and_onset__room_for_both),
        cmocka_unit_test(functions__table__in_the_order_of_ids),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
