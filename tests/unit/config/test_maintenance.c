/* Maintenance windows: when they are, what they expect, until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "config/maintenance.h"

static struct config *load(const char *windows)
{
    char path[] = "/tmp/nightbell-config-XXXXXX";
    struct mistakes m = MISTAKES_INIT;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    dprintf(fd, "maintenance: [%s]\n", windows);
    close(fd);
    struct config *c = config_load(path, &m);
    unlink(path);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    assert_non_null(c);
    return c;
}

static int64_t at(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(time_parse(text, 0, &ms, NULL), 0);
    return ms;
}

static const struct maintenance_config *expects(const struct config *c, const char *cluster, const char *broker, const char *time)
{
    const struct finding f = {.symptom = "slow", .cluster = cluster, .severity = SEVERITY_WARNING, .entity = {.items = {{"broker", broker}}, .len = 1}};
    return maintenance_at(c->maintenance, c->maintenance_len, &f, at(time));
}

static void window__at_many_times__holds_when_it_says(void **state)
{
    static const struct { /* 25 November 2026 is a Wednesday */
        const char *window, *time;
        bool holds;
    } rows[] = {
        {"{schedule: 'Sun 02:00-04:00'}", "2026-11-29T02:00:00Z", true},
        {"{schedule: 'Sun 02:00-04:00'}", "2026-11-29T04:00:00Z", false},
        {"{schedule: 'Sun 02:00-04:00'}", "2026-11-28T03:00:00Z", false},
        {"{schedule: 'Sun 02:00-04:00', timezone: Asia/Seoul}", "2026-11-28T17:00:00Z", true},
        {"{schedule: 'Sun 02:00-04:00', timezone: Asia/Seoul}", "2026-11-29T02:00:00Z", false},
        {"{schedule: 'mon-fri 22:00-01:30'}", "2026-11-25T23:59:59Z", true},
        {"{schedule: 'mon-fri 22:00-01:30'}", "2026-11-28T01:29:00Z", true}, /* Friday's night */
        {"{schedule: 'mon-fri 22:00-01:30'}", "2026-11-23T01:00:00Z", false},
        {"{schedule: 'mon-fri 22:00-01:30'}", "2026-11-28T22:30:00Z", false},
        {"{schedule: 'Sat-Mon,Wed 10:00-11:00'}", "2026-11-29T10:30:00Z", true},
        {"{schedule: 'Sat-Mon,Wed 10:00-11:00'}", "2026-11-25T10:30:00Z", true},
        {"{schedule: 'Sat-Mon,Wed 10:00-11:00'}", "2026-11-24T10:30:00Z", false},
        {"{schedule: 'Sat 22:00-02:00'}", "2026-11-29T01:00:00Z", true},
        {"{schedule: 'Sat,Sun 00:00-24:00'}", "2026-11-29T23:59:59Z", true},
        {"{schedule: 'daily 03:00-03:30'}", "2026-11-26T03:29:59Z", true},
        {"{from: '2026-11-25T10:00:00Z', to: '2026-11-25T12:00:00+01:00'}", "2026-11-25T10:59:59Z", true},
        {"{from: '2026-11-25T10:00:00Z', to: '2026-11-25T12:00:00+01:00'}", "2026-11-25T11:00:00Z", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config *c = load(rows[i].window);
        if (!expects(c, "prod", "b-1", rows[i].time) == rows[i].holds)
            fail_msg("%s at %s", rows[i].window, rows[i].time);
        config_free(c);
    }
}

static void window__matchers_and_cluster__only_those(void **state)
{
    (void)state;
    struct config *c = load("{name: one, cluster: prod, match: {broker: b-1}, schedule: 'daily 00:00-24:00'}, {name: two, matchers: ['broker=~\"c-.*\"', 'severity!=critical'], "
                            "schedule: 'daily 00:00-24:00'}");
    assert_string_equal(expects(c, "prod", "b-1", "2026-11-25T10:00:00Z")->name, "one");
    assert_null(expects(c, "other", "b-1", "2026-11-25T10:00:00Z"));
    assert_null(expects(c, "prod", "b-2", "2026-11-25T10:00:00Z"));
    assert_string_equal(expects(c, "other", "c-2", "2026-11-25T10:00:00Z")->name, "two");
    config_free(c);
}

static void until__deadline_or_end__the_earlier(void **state)
{
    (void)state;
    struct config *c = load("{schedule: 'daily 10:00-10:30', deadline: 20m}, {from: '2026-11-25T10:00:00Z', to: '2026-11-25T10:05:00Z'}");
    const struct maintenance_config *daily = &c->maintenance[0], *once = &c->maintenance[1];
    assert_int_equal(maintenance_until_ms(daily, at("2026-11-25T10:03:00Z"), at("2026-11-25T10:02:15Z")), at("2026-11-25T10:22:15Z"));
    assert_int_equal(maintenance_until_ms(daily, at("2026-11-25T10:20:00Z"), at("2026-11-25T10:20:00Z")), at("2026-11-25T10:30:00Z"));
    assert_int_equal(maintenance_until_ms(once, at("2026-11-25T10:01:00Z"), at("2026-11-25T10:01:00Z")), at("2026-11-25T10:05:00Z"));
    config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window__at_many_times__holds_when_it_says),
        cmocka_unit_test(window__matchers_and_cluster__only_those),
        cmocka_unit_test(until__deadline_or_end__the_earlier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
