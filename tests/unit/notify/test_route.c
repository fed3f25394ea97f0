/* Who is told and when: a day of one message, as letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    int64_t after_ms;
} days[] = {
    {"told at once, then reminders", "u.........", "o---r---r-", 0, 0, 4 * MINUTE_MS, false, 0},
    {"waits for what belongs to it", "u....", "--o--", 2 * MINUTE_MS, 0, 60 * MINUTE_MS, false, 0},
    {"critical does not wait", "uc...", "-o---", 3 * MINUTE_MS, 0, 60 * MINUTE_MS, false, 0},
    {"a mirror does not wait and hears once", "uu...u", "o-----", 3 * MINUTE_MS, 0, 2 * MINUTE_MS, true, 0},
    {"changes are told", "u.u.uu", "o-u-uu", 0, 0, 60 * MINUTE_MS, false, 0},
    {"changes wait for the interval", "u.uuuuu.", "o--u--u-", 0, 3 * MINUTE_MS, 60 * MINUTE_MS, false, 0},
    {"a rise in severity does not", "u.uc....", "o--u----", 0, 5 * MINUTE_MS, 60 * MINUTE_MS, false, 0},
    {"a change when a reminder is due is one", "u...u....", "o---u---r", 0, 0, 4 * MINUTE_MS, false, 0},
    {"silenced from the start: told when that ends", "SsSs..", "----o-", 0, 0, 60 * MINUTE_MS, false, 0},
    {"silenced later: what changed is told when that ends", "u.sSss..", "o-----u-", 0, 0, 60 * MINUTE_MS, false, 0},
    {"silenced later, nothing changed: nothing to say", "u.ssss..", "o-------", 0, 0, 60 * MINUTE_MS, false, 0},
    {"a reminder that a silence kept back comes after it", "u.ssss..", "o-----r-", 0, 0, 4 * MINUTE_MS, false, 0},
    {"acknowledged: no reminders, but what changes", "uaaaaAa...", "o----u---r", 0, 0, 4 * MINUTE_MS, false, 0},
    {"where no route leads any more changes are told, no reminders", "u.xxXxxx", "o---u---", 0, 0, 3 * MINUTE_MS, false, 0},
    {"escalated: told when it has lasted, then as ever", "uu..u....", "---ou-r--", 0, 0, 3 * MINUTE_MS, false, 3 * MINUTE_MS},
    {"escalated: critical does not come earlier", "uc...", "---o-", 0, 0, 60 * MINUTE_MS, false, 3 * MINUTE_MS},
    {"escalated: acknowledged in time, nobody else hears", "u.aaaAaa", "--------", 0, 0, 3 * MINUTE_MS, false, 2 * MINUTE_MS + 1},
    {"escalated: the acknowledgement ends and it still lasts", "u.aaaa..", "------o-", 0, 0, 60 * MINUTE_MS, false, 3 * MINUTE_MS},
    {"escalated: silenced then", "u.sssss.", "-------o", 0, 0, 60 * MINUTE_MS, false, 3 * MINUTE_MS},
    {"where none ever led nothing is", "XxxX", "----", 0, 0, 3 * MINUTE_MS, false, 0},
};

static void telling__by_the_minute__as_it_should_be(void **state)
{
    (void)state;
    for (size_t d = 0; d < ARRAY_LEN(days); d++) {
        struct route_config route = {.group_wait_ms = days[d].wait_ms, .group_interval_ms = days[d].interval_ms, .repeat_interval_ms = days[d].repeat_ms};
        struct telling t = {0};
        char said[64] = "";
        int64_t start_ms = 1000 * MINUTE_MS, look_ms = 0;
        struct telling_case c = {.opened_ms = start_ms, .severity = SEVERITY_WARNING, .mirrors = days[d].mirrors, .after_ms = days[d].after_ms};
        for (size_t i = 0; days[d].minutes[i]; i++) {
            char now = days[d].minutes[i];
            c.slot_ms = start_ms + (int64_t)i * MINUTE_MS;
            c.severity = now == 'c' ? SEVERITY_CRITICAL : c.severity;
            c.held = now == 's' || now == 'S';
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
    c.held = true;
    assert_null(telling_due(&stale, &c, &next_ms));
    assert_int_equal(next_ms, INT64_MAX);
}

/* ---- the tree ---- */

static const char tree[] = "receivers: {oncall: [{stdout: {}}], quiet: [{stdout: {}}], batch: [{stdout: {}}, {stdout: {}}], lead: [{stdout: {}}], twin: [{stdout: {}}]}\n"
                           "time_intervals:\n"
                           "  - {name: nights, time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]}]}\n"
                           "  - {name: weekdays, time_intervals: [{weekdays: ['monday:friday']}]}\n"
                           "route:\n"
                           "  receiver: oncall\n"
                           "  group_interval: 10m\n"
                           "  severity_bypass: critical\n"
                           "  routes:\n"
                           "    - {match: {severity: info}, receiver: quiet}\n"
                           "    - {matchers: [severity=critical], receiver: lead, continue: true, group_wait: 0s}\n"
                           "    - matchers: ['queue=~\"batch-.*\"', cluster!=test]\n"
                           "      receiver: batch\n"
                           "      repeat_interval: 24h\n"
                           "      mute_time_intervals: [nights]\n"
                           "      escalate: {after: 15m, to: [lead]}\n"
                           "      routes:\n"
                           "        - {match: {queue: batch-b}, repeat_interval: 1h, active_time_intervals: [weekdays]}\n"
                           "        - {match_re: {queue: 'batch-[c-e]'}, receiver: twin, continue: true, severity_bypass: info}\n"
                           "        - {match: {queue: batch-c}, receiver: batch}\n";

static struct config *load_tree(void)
{
    char path[] = "/tmp/nightbell-routes-XXXXXX";
    struct mistakes m = MISTAKES_INIT;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, tree, strlen(tree)), strlen(tree));
    close(fd);
    struct config *c = config_load(path, &m);
    unlink(path);
    mistakes_print(&m, stderr);
    assert_int_equal(m.len, 0);
    mistakes_free(&m);
    return c;
}

static struct finding about(const char *queue, const char *cluster, enum severity severity)
{
    return (struct finding){.symptom = "stalled", .cluster = cluster, .severity = severity, .state = FINDING_FIRING, .entity = {.items = {{"queue", queue}}, .len = 1}};
}

static void reach__by_labels__the_deepest_that_match(void **state)
{
    static const struct {
        const char *queue, *cluster;
        enum severity severity;
        const char *to; /* ids of destinations; + = when nobody acknowledges it */
    } rows[] = {
        {"orders", "prod", SEVERITY_WARNING, "oncall/stdout/0 "},
        {"orders", "prod", SEVERITY_CRITICAL, "lead/stdout/0 "}, /* continue goes on, but nothing else matches: the parent is not asked */
        {"orders", "prod", SEVERITY_INFO, "quiet/stdout/0 "},
        {"batch-a", "prod", SEVERITY_WARNING, "batch/stdout/0 batch/stdout/1 lead/stdout/0+ "},
        {"batch-a", "prod", SEVERITY_CRITICAL, "lead/stdout/0 batch/stdout/0 batch/stdout/1 "},
        {"batch-a", "test", SEVERITY_WARNING, "oncall/stdout/0 "},
        {"batch-b", "prod", SEVERITY_WARNING, "batch/stdout/0 batch/stdout/1 lead/stdout/0+ "}, /* the parent's receiver */
        {"batch-c", "prod", SEVERITY_WARNING, "twin/stdout/0 lead/stdout/0+ batch/stdout/0 batch/stdout/1 "},
        {"batch-d", "prod", SEVERITY_WARNING, "twin/stdout/0 lead/stdout/0+ "},
    };
    (void)state;
    struct config *c = load_tree();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct finding f = about(rows[i].queue, rows[i].cluster, rows[i].severity);
        struct reach reach[8];
        char to[200] = "";
        size_t len = route_reach(c, &f, reach);
        for (size_t k = 0; k < len; k++)
            snprintf(to + strlen(to), sizeof to - strlen(to), "%s%s ", c->destinations[reach[k].destination].id, reach[k].after_ms == 15 * MINUTE_MS ? "+" : "");
        if (strcmp(to, rows[i].to) != 0)
            fail_msg("%s of %s: %s, not %s", rows[i].queue, rows[i].cluster, to, rows[i].to);
    }
    config_free(c);
}

static void reach__information__only_where_a_route_asks_for_it(void **state)
{
    (void)state;
    struct config *c = load_tree();
    struct reach reach[8];
    const struct finding f = about("batch-a", "prod", SEVERITY_INFO);
    c->route.routes++; /* without the one that asks */
    c->route.routes_len--;
    assert_int_equal(route_reach(c, &f, reach), 0);
    c->route.routes--;
    c->route.routes_len++;
    config_free(c);
}

static void inherit__what_a_child_does_not_say__is_its_parents(void **state)
{
    (void)state;
    struct config *c = load_tree();
    const struct route_config *lead = &c->route.routes[1], *batch = &c->route.routes[2], *b = &batch->routes[0], *twin = &batch->routes[1];
    assert_int_equal(lead->group_wait_ms, 0);
    assert_int_equal(batch->group_wait_ms, 30000);
    assert_int_equal(b->group_interval_ms, 600000);
    assert_int_equal(b->repeat_interval_ms, 3600000);
    assert_int_equal(twin->repeat_interval_ms, 24 * 3600000);
    assert_string_equal(b->receiver, "batch");
    assert_string_equal(b->bypass, "critical");
    assert_string_equal(twin->bypass, "info");
    assert_int_equal(b->mute_len, 0); /* times are a route's own, as in Alertmanager */
    config_free(c);
}

static void muted__by_times_and_severity(void **state)
{
    enum { NIGHT_MS = 1767222000, NOON_MS = 1767268800, SATURDAY_MS = 1767441600 }; /* 2025-12-31 23:00, 2026-01-01 12:00, 2026-01-03 12:00 UTC */
    static const struct {
        int route; /* 0 batch, 1 b, 2 twin */
        enum severity severity;
        int64_t at_s;
        const char *by;
        bool outside;
    } rows[] = {
        {0, SEVERITY_WARNING, NIGHT_MS, "nights", false}, {0, SEVERITY_WARNING, NOON_MS, NULL, false},     {0, SEVERITY_CRITICAL, NIGHT_MS, NULL, false},
        {1, SEVERITY_WARNING, NOON_MS, NULL, false},      {1, SEVERITY_WARNING, SATURDAY_MS, "weekdays", true}, {1, SEVERITY_CRITICAL, SATURDAY_MS, NULL, false},
        {2, SEVERITY_INFO, NIGHT_MS, NULL, false},
    };
    (void)state;
    struct config *c = load_tree();
    const struct route_config *batch = &c->route.routes[2], *routes[] = {batch, &batch->routes[0], &batch->routes[1]};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool outside;
        const char *by = route_muted(routes[rows[i].route], rows[i].severity, rows[i].at_s * 1000, &outside);
        if ((by && rows[i].by ? strcmp(by, rows[i].by) != 0 : by != rows[i].by) || outside != rows[i].outside)
            fail_msg("row %zu: %s %d", i, by ? by : "nothing", outside);
    }
    config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reach__by_labels__the_deepest_that_match),
        cmocka_unit_test(reach__information__only_where_a_route_asks_for_it),
        cmocka_unit_test(inherit__what_a_child_does_not_say__is_its_parents),
        cmocka_unit_test(muted__by_times_and_severity),
        cmocka_unit_test(telling__by_the_minute__as_it_should_be),
        cmocka_unit_test(telling__when_to_look_again__the_first_thing_to_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
