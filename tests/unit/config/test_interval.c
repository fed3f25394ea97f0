/* Times that routes name: when they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "config/config.h"

static struct config *load(const char *part)
{
    char path[] = "/tmp/nightbell-config-XXXXXX";
    struct mistakes m = MISTAKES_INIT;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    dprintf(fd, "time_intervals: [{name: t, time_intervals: [%s]}]\n", part);
    close(fd);
    struct config *c = config_load(path, &m);
    unlink(path);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    assert_non_null(c);
    return c;
}

static void interval__at_many_times__holds_when_it_says(void **state)
{
    static const struct {
        const char *part, *time;
        bool holds;
    } rows[] = {
        {"{}", "2026-11-25T14:00:00Z", true},
        {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-25T09:00:00Z", true},
        {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-25T08:59:59Z", false},
        {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-25T16:59:59Z", true},
        {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-25T17:00:00Z", false},
        {"{times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]}", "2026-11-25T23:59:59Z", true},
        {"{times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]}", "2026-11-25T00:00:00Z", true},
        {"{weekdays: ['monday:friday']}", "2026-11-25T12:00:00Z", true}, /* a Wednesday */
        {"{weekdays: ['monday:friday']}", "2026-11-28T12:00:00Z", false},
        {"{weekdays: [Saturday, sunday]}", "2026-11-29T12:00:00Z", true},
        {"{weekdays: ['monday:friday'], times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-25T18:00:00Z", false},
        {"{weekdays: ['monday:friday'], times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-28T10:00:00Z", false},
        {"{weekdays: [monday]}, {weekdays: [wednesday]}", "2026-11-25T12:00:00Z", true},
        {"{days_of_month: ['-1']}", "2026-11-30T12:00:00Z", true},
        {"{days_of_month: ['-1']}", "2026-11-29T12:00:00Z", false},
        {"{days_of_month: ['-1']}", "2024-02-29T12:00:00Z", true},
        {"{days_of_month: ['-3:-1']}", "2026-02-26T12:00:00Z", true},
        {"{days_of_month: ['28:-1']}", "2026-02-28T12:00:00Z", true},
        {"{days_of_month: ['1:7'], weekdays: [tuesday]}", "2026-12-01T12:00:00Z", true},
        {"{months: ['november:december']}", "2026-10-31T23:59:59Z", false},
        {"{months: ['11', january]}", "2026-11-01T00:00:00Z", true},
        {"{years: ['2025:2026']}", "2026-12-31T23:59:59Z", true},
        {"{years: [2025]}", "2026-01-01T00:00:00Z", false},
        /* The clock of the place, not ours. */
        {"{times: [{start_time: '09:00', end_time: '17:00'}], location: Asia/Seoul}", "2026-11-25T00:00:00Z", true},
        {"{times: [{start_time: '09:00', end_time: '17:00'}], location: Asia/Seoul}", "2026-11-25T09:00:00Z", false},
        {"{weekdays: [thursday], location: Asia/Seoul}", "2026-11-25T15:00:00Z", true},
        {"{months: [january], location: America/New_York}", "2026-02-01T04:59:59Z", true},
        {"{times: [{start_time: '08:00', end_time: '09:00'}], location: Europe/Berlin}", "2026-03-28T07:30:00Z", true}, /* winter time */
        {"{times: [{start_time: '08:00', end_time: '09:00'}], location: Europe/Berlin}", "2026-03-29T07:30:00Z", false}, /* summer time since that night */
        {"{times: [{start_time: '08:00', end_time: '09:00'}], location: Europe/Berlin}", "2026-03-29T06:30:00Z", true},
        /* An hour that is not there never holds, one that comes twice holds twice. */
        {"{times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin}", "2026-03-29T01:30:00Z", false},
        {"{times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin}", "2026-10-25T00:30:00Z", true},
        {"{times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin}", "2026-10-25T01:30:00Z", true},
    };
    (void)state;
    if (access("/usr/share/zoneinfo/Asia/Seoul", R_OK) != 0)
        skip();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ms;
        struct config *c = load(rows[i].part);
        assert_int_equal(time_parse(rows[i].time, 0, &ms, NULL), 0);
        if (interval_holds(&c->time_intervals[0], ms) != rows[i].holds)
            fail_msg("%s at %s: %d", rows[i].part, rows[i].time, !rows[i].holds);
        config_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(interval__at_many_times__holds_when_it_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
