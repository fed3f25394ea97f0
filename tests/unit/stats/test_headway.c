#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "stats/stats.h"

#define NONE SIZE_MAX

static const struct headway_case {
    const char *name;
    struct report reports[15];
    size_t len, room;
    double ends[8];
    size_t ends_len;
    double behind, now, allowed, complete;
    struct headway expected;
} cases[] = {
#include "headway_cases.inc"
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct headway judge(const struct headway_case *c)
{
    return stats_headway(&(struct headway_input){.reports = c->reports, .len = c->len, .room = c->room, .ends = c->ends, .ends_len = c->ends_len,
                                                 .behind = c->behind, .now = c->now, .allowed = c->allowed, .complete = c->complete});
}

static void headway__burrows_cases__its_verdicts(void **state)
{
    (void)state;
    assert_int_equal(CASES, 37); /* acceptance test F.5-11: all of them */
    for (size_t i = 0; i < CASES; i++) {
        struct headway found = judge(&cases[i]);
        if (found.verdict != cases[i].expected.verdict)
            fail_msg("%s: %d instead of %d", cases[i].name, found.verdict, cases[i].expected.verdict);
    }
}

static void headway__burrows_cases__its_reasons(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct headway found = judge(&cases[i]), expected = cases[i].expected;
        if (found.back != expected.back || found.always_behind != expected.always_behind || found.stopped != expected.stopped ||
            found.stalled != expected.stalled || found.never_less_behind != expected.never_less_behind ||
            found.caught_up_lately != expected.caught_up_lately)
            fail_msg("%s: back %zd, always behind %d, stopped %d, stalled %d, never less behind %d, caught up lately %d", cases[i].name,
                     (ssize_t)found.back, found.always_behind, found.stopped, found.stalled, found.never_less_behind, found.caught_up_lately);
    }
}

static void headway__nothing_reported_or_backlog_not_known__unknown(void **state)
{
    (void)state;
    const struct report one = {10, 0, 5};
    assert_int_equal(stats_headway(&(struct headway_input){.behind = 5, .now = 10}).verdict, HEADWAY_UNKNOWN);
    assert_int_equal(stats_headway(&(struct headway_input){.reports = &one, .len = 1, .room = 1, .behind = NAN, .now = 10}).verdict, HEADWAY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headway__burrows_cases__its_verdicts),
        cmocka_unit_test(headway__burrows_cases__its_reasons),
        cmocka_unit_test(headway__nothing_reported_or_backlog_not_known__unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
