#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "prom/promql.h"
#include "unit/rule/pack.h"

/* Everything in the world is used, so that only what a case adds is reported. */
#define USE_ALL "    show: [queue, entering, wait, seats, sum(served), max(load), max(speed), max(walkers)]\n"
#define ONE_CAUSE "    causes: [slow]\n" SLOW
#define SLOW                                                                                                                                         \
    "causes:\n"                                                                                                                                      \
    "  - id: slow\n"                                                                                                                                 \
    "    title: {en: slow, ko: 지연}\n"                                                                                                            \
    "    evidence: [{if: queue > 9, db: 3}]\n"                                                                                                       \
    "    remedies: [{risk: read-only, text: {en: look, ko: 보기}, command: look}]\n"

static void lint(const char *text, struct mistakes *m)
{
    struct ruleset *r = pack_load(text, m);
    if (!r)
        mistakes_print(m, stdout);
    assert_non_null(r);
    ruleset_lint(r, r, m);
    ruleset_free(r);
}

static void lint__good_pack__silent(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    lint(PACK_WORLD PACK_SYMPTOM("wait > $long and surging(queue[3m])") USE_ALL ONE_CAUSE, &m);
    mistakes_print(&m, stdout);
    assert_int_equal(m.len, 0);
    mistakes_free(&m);
}

static void lint__condition_that_cannot_be_meant__error(void **state)
{
    (void)state;
    static const struct {
        const char *when, *says;
    } cases[] = {
        {"wait > $long and queue > 5 and queue < 3", "can never hold: queue > 5 and queue < 3"},
        {"wait > $long and queue > 5 and 5 >= queue", "can never hold: queue > 5 and 5 >= queue"},
        {"wait > $long and queue == 5 and queue == 6", "can never hold: queue == 6 and queue == 5"},
        {"wait > $long or 3 > 2", "always true: 3 > 2"},
        {"wait > $long and false", "always false"},
        {"wait > $long and entering < 0", "this can never hold: entering < 0"},
        {"wait > $long and max(avg(served[5m])) < 0", "this can never hold"},
        {"wait > $long and count(load) == 0", "this can never hold: count(load) == 0"},
        {"wait > $long and max(share(served)) > 120%", "this can never hold"},
        {"wait > $long and covered(queue[5m]) >= 0", "this always holds"},
        {"wait > $long and queue > queue", "compares something with itself"},
        {"wait > $long and falling(queue[40m])", "the window is longer than what it is held against"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mistakes m = MISTAKES_INIT;
        char *all = xasprintf("%s%s\n%s", PACK_WORLD PACK_BEGIN, cases[i].when, USE_ALL ONE_CAUSE);
        lint(all, &m);
        if (m.errors != 1)
            printf("%s: %zu errors\n", cases[i].when, m.errors);
        assert_true(pack_says(&m, cases[i].says));
        assert_int_equal(m.errors, 1);
        free(all);
        mistakes_free(&m);
    }
}

static void lint__what_may_be_meant__not_reported(void **state)
{
    (void)state;
    static const char *const cases[] = {
        PACK_WORLD PACK_SYMPTOM("wait > $long and (queue > 5 or queue < 3)") USE_ALL ONE_CAUSE,
        PACK_WORLD PACK_SYMPTOM("wait > $long and (any(load > 90%) else false)") USE_ALL ONE_CAUSE,
        PACK_WORLD PACK_SYMPTOM("wait > $long and queue >= 5 and queue <= 5") USE_ALL ONE_CAUSE,
        PACK_WORLD PACK_SYMPTOM("wait > $long and count(load > 1) == 0") USE_ALL ONE_CAUSE,
        PACK_WORLD PACK_SYMPTOM("wait > $long and queue < 0") USE_ALL ONE_CAUSE, /* a plain query may give what it likes */
        PACK_WORLD "  parked: {help: p, unit: people, entity: shop, spare: for later, bindings: [{profile: counter, query: 'parked{$match}'}]}\n"
            PACK_SYMPTOM("wait > $long") USE_ALL ONE_CAUSE,
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mistakes m = MISTAKES_INIT;
        lint(cases[i], &m);
        mistakes_print(&m, stdout);
        assert_int_equal(m.len, 0);
        mistakes_free(&m);
    }
}

static void lint__rule_without_sense__said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {PACK_WORLD PACK_SYMPTOM("queue > 3") USE_ALL ONE_CAUSE, "parameter \"long\" is never used"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") "    let: {busy: queue > 3}\n" USE_ALL ONE_CAUSE, "\"busy\" is never used"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") ONE_CAUSE, "signal \"walkers\" is used by no rule"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") USE_ALL, "names no cause"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") "    severity: critical\n" USE_ALL, "is critical but names no remedy"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") "    escalate: [{when: queue > 9, severity: critical}]\n" USE_ALL,
         "is critical but names no remedy"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") "    clear_when: wait > $long\n" USE_ALL ONE_CAUSE, "clears by the same condition"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") "    effect: {en: long}\n" USE_ALL ONE_CAUSE, "effect has no Korean text"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") "    effect: {en: long, ko: '{shop}를 봅니다'}\n" USE_ALL ONE_CAUSE,
         "a particle is glued to a placeholder"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") USE_ALL ONE_CAUSE "  - {id: idle, title: {en: i, ko: i}, evidence: [{if: queue > 1, db: 1}]}\n",
         "no symptom lists the cause \"idle\""},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") USE_ALL "    causes: [idle]\ncauses:\n  - {id: idle, title: {en: i, ko: i}}\n", "has no evidence"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") USE_ALL
         "    causes: [{id: slow, remedies: [{risk: read-only, text: {en: r, ko: r}, command: 'tool --delete {shop}'}]}]\n" SLOW,
         "its risk is read-only"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long") USE_ALL "    causes: [{id: slow, evidence: [{if: queue > 1, db: 3, else_db: 6}]}]\n" SLOW,
         "weigh to the same side"},
        {PACK_WORLD "  all: {help: h, unit: people, entity: shop, bindings: [{profile: counter, query: 'sum by (shop) (all_total) / "
                    "x{$match}'}]}\n" PACK_SYMPTOM("wait > $long and all > 100") USE_ALL ONE_CAUSE,
         "a selector of \"all_total\" lacks {$match}"},
        {PACK_WORLD "  all: {help: h, unit: people, entity: shop, bindings: [{profile: counter, query: 'all_total{$match}'}]}\n" PACK_SYMPTOM(
             "wait > $long and all > 100") USE_ALL ONE_CAUSE,
         "is a counter and never comes down again"},
        {PACK_WORLD PACK_SYMPTOM("wait > $long and max(load) > 30") USE_ALL ONE_CAUSE, "load is a ratio, 1 is all of it: did you mean 30%?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mistakes m = MISTAKES_INIT;
        lint(cases[i].text, &m);
        assert_true(pack_says(&m, cases[i].says));
        mistakes_free(&m);
    }
}

/* With a mistake in reading PromQL lint would be silent on what it cannot read. */
static void lint__queries_of_the_pack__all_read(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    const char *const paths[] = {"builtin"};
    struct ruleset *r = ruleset_load(paths, 1, NULL, &m);
    assert_non_null(r);
    size_t queries = 0;
    for (size_t i = 0; i < r->signals_len; i++)
        for (size_t j = 0; j < r->signals[i]->bindings_len; j++, queries++) {
            AUTO(arena) struct arena a = ARENA_INIT("test");
            AUTO(strbuf) struct strbuf text = STRBUF_INIT(1 << 16);
            for (const char *at = r->signals[i]->bindings[j].query; *at;) { /* what stands for $rate, $rate_s, $match */
                size_t len = *at == '$' ? 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
                strbuf_adds(&text, !len ? "" : strncmp(at, "$rate_s", 7) == 0 ? "60" : strncmp(at, "$rate", 5) == 0 ? "60s" : "");
                if (!len)
                    strbuf_addc(&text, *at);
                at += len ? len : 1;
            }
            if (!promql_parse(text.buf, &a))
                fail_msg("%s: %s", r->signals[i]->name, text.buf);
        }
    assert_true(queries > 100);
    ruleset_free(r);
    mistakes_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lint__good_pack__silent),
        cmocka_unit_test(lint__condition_that_cannot_be_meant__error),
        cmocka_unit_test(lint__what_may_be_meant__not_reported),
        cmocka_unit_test(lint__rule_without_sense__said),
        cmocka_unit_test(lint__queries_of_the_pack__all_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
