/* The hot loop of range answers: what it reads, and what it must leave to whoever reads everything, with the wide instructions of this machine and without. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "prom/points.h"

#define PADDING 64 /* the scan looks that far ahead */
#define POINTS_MAX 64

struct read_points {
    int64_t times[POINTS_MAX];
    double values[POINTS_MAX];
    size_t len, used;
};

typedef const char *scan_function(const char *text, const char *end, struct points *to);

static scan_function *const ways[] = {points_scan, points_scan_plainly};

/* The text, of `len` bytes since it may hold NUL, in a buffer of its own with nothing but blanks behind it. */
static struct read_points scan_by(scan_function *way, const char *text, size_t len)
{
    struct read_points r = {0};
    struct points to = {r.times, r.values, 0, ARRAY_LEN(r.times)};
    char *padded = malloc(len + PADDING);
    assert_non_null(padded);
    memcpy(padded, text, len);
    memset(padded + len, ' ', PADDING);
    r.used = (size_t)(way(padded, padded + len + PADDING, &to) - padded);
    r.len = to.len;
    free(padded);
    return r;
}

static struct read_points scan(const char *text, size_t len)
{
    struct read_points first = scan_by(ways[0], text, len), other = scan_by(ways[1], text, len);
    if (memcmp(&first, &other, sizeof(first)) != 0)
        fail_msg("read differently: %.*s", (int)len, text);
    return first;
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
#define LONG "0.12345678901234567" /* so many bytes that the next point is read by the loop */

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
        {TEXT("[1795383140,\"" LONG "\"],[1795383140,\"2\"],[1795383140,\"3\"],"), 1},
        {TEXT("[1799999970,\"" LONG "\"],[1799999985,\"2\"],[1700000000,\"3\"],[1700000015,\"4\"],"), 2},
        {TEXT("[1799999970,\"" LONG "\"],[1799999985,\"2\"],[1800000000,\"3\"],[1800000015,\"4\"],"), 4},
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
    static const char text[] = "[1795383140,\"1\"],[1795383150,\"2\"],                                                                ";
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct read_points r = {0};
        struct points to = {r.times, r.values, 0, 1};
        assert_ptr_equal(ways[i](text, text + 17, &to), text);
        assert_int_equal(to.len, 0);
        assert_ptr_equal(ways[i](text, text + sizeof(text) - 1, &to), text + 17);
        assert_int_equal(to.len, 1);
    }
}

/* ---- series, made at random ---- */

static uint64_t seed = 88172645463325252u;

static uint64_t below(uint64_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % limit;
}

struct series_text {
    char text[POINTS_MAX * 64];
    size_t len, points;
    struct read_points wanted;
};

static int add_value(char *out, size_t size)
{
    static const char *const rare[] = {"NaN", "+Inf", "-Inf", "1e-07", "-2.5e+21", "00012", "0.00000000000000000001", "12345678901234567890123", "-0"};
    uint64_t digits = (below(UINT32_MAX) << 32 | below(UINT32_MAX)) >> below(64);
    switch (below(8)) {
    case 0:
        return snprintf(out, size, "%s", rare[below(ARRAY_LEN(rare))]);
    case 1:
        return snprintf(out, size, "%s0.%0*llu", below(2) ? "-" : "", (int)below(19), (unsigned long long)digits);
    case 2:
        return snprintf(out, size, "%.17g", (double)digits / 1048576);
    case 3:
        return snprintf(out, size, "-%llu.%llu", (unsigned long long)below(1000), (unsigned long long)below(100000));
    case 4:
        return snprintf(out, size, "%.*f", (int)below(6), (double)(digits >> 40));
    default:
        return snprintf(out, size, "%llu", (unsigned long long)digits);
    }
}

/* Times near the turn of one digit or of many, by steps that mostly stay the same. */
static void make_series(struct series_text *s)
{
    static const int64_t starts[] = {1795383140, 1799999980, 1789999990, 1999999000, 1000000000, 9999990000};
    static const int64_t steps[] = {1, 10, 15, 60, 300, 3600, 86400, 99999999};
    int64_t time = starts[below(ARRAY_LEN(starts))], step = steps[below(ARRAY_LEN(steps))];
    *s = (struct series_text){0};
    for (; s->points < POINTS_MAX && time < INT64_C(10000000000); s->points++) {
        char value[40] = "";
        while (add_value(value, sizeof(value)) > 30)
            ;
        s->wanted.times[s->points] = time * 1000;
        s->wanted.values[s->points] = strtod(value, NULL);
        s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, "[%lld,\"%s\"],", (long long)time, value);
        time += below(16) ? step : 1 + (int64_t)below(100000);
    }
}

static bool same_value(double a, double b)
{
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof(a)) == 0;
}

static void series__of_any_values__as_strtod(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct series_text s;
        make_series(&s);
        struct read_points r = scan(s.text, s.len);
        if (r.len != s.points || r.used != s.len)
            fail_msg("%zu of %zu points: %s", r.len, s.points, s.text);
        for (size_t k = 0; k < r.len; k++)
            if (r.times[k] != s.wanted.times[k] || !same_value(r.values[k], s.wanted.values[k]))
                fail_msg("point %zu read as %lld, %.17g: %s", k, (long long)r.times[k], r.values[k], s.text);
    }
}

/* One wrong byte: what stands before it is read rightly, a point that it spoils is not read, and both ways see the same. */
static void series__with_a_wrong_byte__read_alike(void **state)
{
    (void)state;
    static const char bytes[] = "0159.-+eE\",[]{} :\0/;a";
    for (int i = 0; i < 20000; i++) {
        struct series_text s;
        make_series(&s);
        size_t at = below(s.len), point = 0;
        for (size_t k = 1; k < at; k++)
            point += s.text[k - 1] == ']' && s.text[k] == ',';
        char was = s.text[at];
        s.text[at] = bytes[below(sizeof(bytes) - 1)];
        struct read_points r = scan(s.text, s.len);
        bool framed = was != s.text[at] && strchr("[,\"]", was); /* no part of a number */
        if (r.len < point || (framed && r.len > point) || memcmp(r.times, s.wanted.times, point * sizeof(*r.times)) != 0)
            fail_msg("byte %zu in point %zu, %zu read: %s", at, point, r.len, s.text);
        for (size_t k = 1; k < r.len; k++)
            assert_true(r.times[k] > r.times[k - 1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(point__of_a_usual_form__read_exactly),
        cmocka_unit_test(point__of_another_form__left),
        cmocka_unit_test(point__near_the_end_or_beyond_the_room__left),
        cmocka_unit_test(series__of_any_values__as_strtod),
        cmocka_unit_test(series__with_a_wrong_byte__read_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
