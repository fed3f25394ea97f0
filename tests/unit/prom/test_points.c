/* The hot loop of range answers: what it reads, and what it must leave to whoever reads everything. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "prom/points.h"

#define PADDING 64 /* the scan looks that far ahead */

struct read_points {
    int64_t times[8];
    double values[8];
    size_t len, used;
};

/* The text, of `len` bytes since it may hold NUL, with nothing but blanks behind it. */
static struct read_points scan(const char *text, size_t len)
{
    struct read_points r = {0};
    struct points to = {r.times, r.values, 0, ARRAY_LEN(r.times)};
    char *padded = malloc(len + PADDING);
    assert_non_null(padded);
    memcpy(padded, text, len);
    memset(padded + len, ' ', PADDING);
    r.used = (size_t)(points_scan(padded, padded + len + PADDING, &to) - padded);
    r.len = to.len;
    free(padded);
    return r;
}

static void point__of_a_usual_form__read_exactly(void **state)
{
    (void)state;
    static const char *const values[] = {
        "0", "7", "-7", "0.5", "-0.5", "12.25", "99999999", "123456789", "12345678.12345678", "0.000123", "1234567890123456789", "0.1234567890123456", "123.45678901234567",
        "9007199254740993", "1234567890123.5", "-98765432.123456789", "1e300", "+Inf", "-Inf", "5e-324", "17976931348623157e292",
    };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        char text[128];
        int len = snprintf(text, sizeof(text), "[1795383999,\"%s\"],[1795384000,\"1\"],", values[i]);
        struct read_points r = scan(text, (size_t)len);
        if (r.len != 2 || r.used != (size_t)len || r.times[0] != INT64_C(1795383999000) || r.times[1] != INT64_C(1795384000000))
            fail_msg("%s: %zu points, %zu of %d bytes", values[i], r.len, r.used, len);
        double wanted = strtod(values[i], NULL);
        if (memcmp(&r.values[0], &wanted, sizeof(wanted)) != 0)
            fail_msg("%s: read as %.17g", values[i], r.values[0]);
    }
    assert_true(isnan(scan("[1795383999,\"NaN\"],", 19).values[0]));
}

#define TEXT(s) (s), sizeof(s) - 1

static void point__of_another_form__left(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len, points;
    } cases[] = {
        {TEXT("[1795383140.5,\"1\"],"), 0},
        {TEXT("[795383140,\"1\"],"), 0},
        {TEXT("[0795383140,\"1\"],"), 0},
        {TEXT("[179538x140,\"1\"],"), 0},
        {TEXT("[1795383x40,\"1\"],"), 0},
        {TEXT("[1795383140 ,\"1\"],"), 0},
        {TEXT("[1795383140, \"1\"],"), 0},
        {TEXT("[1795383140,\"1\"]]"), 0},
        {TEXT("[1795383140,\"1\" ],"), 0},
        {TEXT("[1795383140,\"\"],"), 0},
        {TEXT("[1795383140,\"-\"],"), 0},
        {TEXT("[1795383140,\".\"],"), 0},
        {TEXT("[1795383140,\"1.2.3\"],"), 0},
        {TEXT("[1795383140,\"1x\"],"), 0},
        {TEXT("\0\0\0\0\0\0\0\0" "140,\"1\"],"), 0},
        {TEXT("[1795383140,\"1\"],[1795383140,\"2\"],"), 1},
        {TEXT("[1795383140,\"1\"],[1795383139,\"2\"],"), 1},
        {TEXT("[1795383140,\"1\"],{1795383150,\"2\"],"), 1},
        {TEXT("[1795383140,\"1\"],[1795383150,\"two\"],"), 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct read_points r = scan(cases[i].text, cases[i].len);
        if (r.len != cases[i].points)
            fail_msg("%s: %zu points", cases[i].text, r.len);
    }
}

static void point__near_the_end_or_beyond_the_room__left(void **state)
{
    (void)state;
    struct read_points r = {0};
    struct points to = {r.times, r.values, 0, 1};
    static const char text[] = "[1795383140,\"1\"],[1795383150,\"2\"],                                                                ";
    assert_ptr_equal(points_scan(text, text + 17, &to), text);
    assert_int_equal(to.len, 0);
    assert_ptr_equal(points_scan(text, text + sizeof(text) - 1, &to), text + 17);
    assert_int_equal(to.len, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(point__of_a_usual_form__read_exactly),
        cmocka_unit_test(point__of_another_form__left),
        cmocka_unit_test(point__near_the_end_or_beyond_the_room__left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
