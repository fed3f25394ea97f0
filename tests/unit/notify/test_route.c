/* Who is told and when: a day of one message, as letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "notify/route.h"

#define MINUTE_MS 60000

/*
 * One character a minute: . nothing new, u something changed, c it changed and is critical now, s silenced, S silenced and something changed, a acknowledged, x no route
 * leads there any more, X that and something changed. Out: o open, u update, r repeat, - nothing.
 */
static const struct {
    const char *what, *minutes, *said;
    int64_t wait_ms, interval_ms, repeat_ms;
    bool mirrors;
} days[] = {
    {"told at once, then reminders", "u.........", "o---r---r-", 0, 0, 4 * MINUTE_MS, false},
    {"waits for what belongs to it", "u....", "--o--", 2 * MINUTE_MS, 0, 60 * MINUTE_MS, false},
    {"critical does not wait", "uc...", "-o---", 3 * MINUTE_MS, 0, 60 * MINUTE_MS, false},
    {"a mirror does not wait and hears once", "uu...u", "o-----", 3 * MINUTE_MS, 0, 2 * MINUTE_MS, true},
    {"changes are told", "u.u.uu", "o-u-uu", 0, 0, 60 * MINUTE_MS, false},
    {"changes wait for the interval", "u.uuuuu.", "o--u--u-", 0, 3 * MINUTE_MS, 60 * MINUTE_MS, false},
    {"a rise in severity does not", "u.uc....", "o--u----", 0, 5 * MINUTE_MS, 60 * MINUTE_MS, false},
    {"a change when a reminder is due is one", "u...u....", "o---u---r", 0, 0, 4 * MINUTE_MS, false},
    {"silenced from the start: told when that ends", "SsSs..", "----o-", 0, 0, 60 * MINUTE_MS, false},
    {"silenced later: what changed is told when that ends", "u.sSss..", "o-----u-", 0, 0, 60 * MINUTE_MS, false},
    {"silenced later, nothing changed: nothing to say", "u.ssss..", "o-------", 0, 0, 60 * MINUTE_MS, false},
    {"a reminder that a silence kept back comes after it", "u.ssss..", "o-----r-", 0, 0, 4 * MINUTE_MS, false},
    {"acknowledged: no reminders, but what changes", "uaaaaAa...", "o----u---r", 0, 0, 4 * MINUTE_MS, false},
    {"where no route leads any more changes are told, no reminders", "u.xxXxxx", "o---u---", 0, 0, 3 * MINUTE_MS, false},
    {"where none ever led nothing is", "XxxX", "----", 0, 0, 3 * MINUTE_MS, false},
};

static void telling__by_the_minute__as_it_should_be(void **state)
{
    (void)state;
    for (size_t d = 0; d < ARRAY_LEN(days); d++) {
        struct route_config route = {.group_wait_ms = days[d].wait_ms, .group_interval_ms = days[d].interval_ms, .repeat_interval_ms = days[d].repeat_ms};
        struct telling t = {0};
        char said[64] = "";
        int64_t start_ms = 1000 * MINUTE_MS, look_ms = 0;
        struct telling_case c = {.opened_ms = start_ms, .severity = SEVERITY_WARNING, .mirrors = days[d].mirrors};
        for (size_t i = 0; days[d].minutes[i]; i++) {
            char now = days[d].minutes[i];
            c.slot_ms = start_ms + (int64_t)i * MINUTE_MS;
            c.severity = now == 'c' ? SEVERITY_CRITICAL : c.severity;
            c.silenced = now == 's' || now == 'S';
            c.acknowledged = now == 'a' || now == 'A';
            c.route = now == 'x' || now == 'X' ? NULL : &route;
            t.current = t.current && !strchr("ucSAX", now);
            const char *kind = telling_due(&t, &c, &look_ms);
            said[i] = kind ? kind[0] : '-';
            if (kind)
                telling_done(&t, kind, &c);
        }
        if (strcmp(said, days[d].said) != 0)
            fail_msg("%s:\n  %s\n  %s\n  %s expected", days[d].what, days[d].minutes, said, days[d].said);
    }
}

static void telling__when_to_look_again__the_first_thing_to_come(void **state)
{
    (void)state;
    const struct route_config route = {.group_wait_ms = 2000, .group_interval_ms = 5000, .repeat_interval_ms = 60000};
    const struct telling fresh = {0}, told = {.told_ms = 100000, .said_ms = 100000, .current = true}, stale = {.told_ms = 100000, .said_ms = 100000};
    struct telling_case c = {.slot_ms = 101000, .opened_ms = 100000, .route = &route};
    int64_t next_ms;
    assert_null(telling_due(&fresh, &c, &next_ms));
    assert_int_equal(next_ms, 102000);
    assert_null(telling_due(&told, &c, &next_ms));
    assert_int_equal(next_ms, 160000);
    assert_null(telling_due(&stale, &c, &next_ms));
    assert_int_equal(next_ms, 105000);
    c.silenced = true;
    assert_null(telling_due(&stale, &c, &next_ms));
    assert_int_equal(next_ms, INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(telling__by_the_minute__as_it_should_be),
        cmocka_unit_test(telling__when_to_look_again__the_first_thing_to_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
