/* Time zones, against what the C library says of the same files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/zone.h"

static const char *const names[] = {"Asia/Seoul",        "Europe/Berlin",    "Europe/Dublin",   "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu",
                                    "Africa/Casablanca", "America/Nuuk",     "Pacific/Chatham", "Antarctica/Troll", "Etc/GMT+5",           "America/St_Johns",  "UTC"};

static void offset__all_hours_of_many_years__as_the_c_library_says(void **state)
{
    (void)state;
    if (access("/usr/share/zoneinfo/Asia/Seoul", R_OK) != 0)
        skip();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct zone *z;
        struct error err = {0};
        if (zone_load(names[i], &z, &err) != 0)
            fail_msg("%s", err.text);
        setenv("TZ", names[i], 1);
        tzset();
        for (int64_t at = -500000000; at < INT64_C(4200000000); at += 7 * 3600 + 1) { /* 1954 to 2103 */
            struct tm local;
            time_t t = (time_t)at;
            localtime_r(&t, &local);
            if (zone_offset_s(z, at) != local.tm_gmtoff)
                fail_msg("%s at %lld: %d, not %ld", names[i], (long long)at, zone_offset_s(z, at), local.tm_gmtoff);
        }
        zone_free(z);
    }
}

static void offset__the_second_of_a_change__new_from_then_on(void **state)
{
    (void)state;
    struct zone *z;
    if (zone_load("Europe/Berlin", &z, NULL) != 0)
        skip();
    assert_int_equal(zone_offset_s(z, 1774745999), 3600); /* 2026-03-29 00:59:59 UTC */
    assert_int_equal(zone_offset_s(z, 1774746000), 7200);
    assert_int_equal(zone_offset_s(z, INT64_C(2714688000)), 3600); /* January and July 2056: long after the table's end */
    assert_int_equal(zone_offset_s(z, INT64_C(2730000000)), 7200);
    zone_free(z);
}

static void load__no_zone__refused(void **state)
{
    static const char *const wrong[] = {"", "Asia/Soul", "../../../etc/passwd", "/etc/localtime", "Asia/Seoul\n", "zone.tab", "KST"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct zone *z;
        struct error err = {0};
        assert_true(zone_load(wrong[i], &z, &err) < 0);
        assert_null(z);
        assert_true(err.text[0] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offset__all_hours_of_many_years__as_the_c_library_says),
        cmocka_unit_test(offset__the_second_of_a_change__new_from_then_on),
        cmocka_unit_test(load__no_zone__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
