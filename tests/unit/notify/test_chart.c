/* A chart's PNG: a file that readers take, and the right pixels in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/alloc.h"
#include "notify/chart.h"

#define ROW (1 + 3 * CHART_WIDTH)

static uint32_t number(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The raw rows, after a look at every byte around them; the caller frees. */
static unsigned char *decode(const struct strbuf *png)
{
    const unsigned char *at = (const unsigned char *)png->buf, *end = at + png->len;
    uLongf len = (uLongf)CHART_HEIGHT * ROW;
    unsigned char *rows = xmalloc(len);
    static const char *const types[] = {"IHDR", "IDAT", "IEND"};
    assert_memory_equal(at, "\x89PNG\r\n\x1a\n", 8);
    at += 8;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        uint32_t size = number(at);
        assert_true(at + 12 + size <= end);
        assert_memory_equal(at + 4, types[i], 4);
        assert_int_equal(number(at + 8 + size), crc32(0, at + 4, size + 4));
        if (i == 0) {
            assert_int_equal(number(at + 8), CHART_WIDTH);
            assert_int_equal(number(at + 12), CHART_HEIGHT);
        }
        if (i == 1)
            assert_int_equal(uncompress(rows, &len, at + 8, size), Z_OK);
        at += 12 + size;
    }
    assert_ptr_equal(at, end);
    assert_int_equal(len, CHART_HEIGHT * ROW);
    return rows;
}

/* Which of the colours has a pixel in a column (its share of the width, 0 to 1)? */
static bool has(const unsigned char *rows, double share, unsigned char r, unsigned char g, unsigned char b)
{
    size_t x = 8 + (size_t)(share * (CHART_WIDTH - 17));
    for (size_t y = 0; y < CHART_HEIGHT; y++) {
        const unsigned char *p = rows + y * ROW + 1 + 3 * x;
        if (p[0] == r && p[1] == g && p[2] == b)
            return true;
    }
    return false;
}

#define LINE 0x1f, 0x5f, 0xa8
#define AREA 0xdc, 0xe8, 0xf5
#define GREY 0xee, 0xee, 0xee
#define RED 0xb0, 0x00, 0x20

/* Height of the line above the ground, in shares, in a column. */
static double height(const unsigned char *rows, double share)
{
    size_t x = 8 + (size_t)(share * (CHART_WIDTH - 17));
    double sum = 0, len = 0;
    for (size_t y = 0; y < CHART_HEIGHT; y++) {
        const unsigned char *p = rows + y * ROW + 1 + 3 * x;
        if (p[0] == 0x1f && p[2] == 0xa8) {
            sum += (double)y + 0.5;
            len++;
        }
    }
    assert_true(len > 0);
    return (CHART_HEIGHT - 8 - sum / len) / (CHART_HEIGHT - 16);
}

static void png__a_rise__drawn_where_it_is(void **state)
{
    (void)state;
    double values[] = {0, 0, 0, 0, 50, 100, 100, 100, 100};
    const struct finding_chart c = {.start_ms = 1000000, .step_ms = 15000, .values = values, .len = ARRAY_LEN(values)};
    AUTO(strbuf) struct strbuf png = STRBUF_INIT(CHART_PNG_MAX);
    assert_true(chart_png(&c, 1000000 + 2 * 15000, &png));
    AUTO(heap) unsigned char *rows = decode(&png);
    assert_true(fabs(height(rows, 0.1) - 0) < 0.02);
    assert_true(fabs(height(rows, 0.5) - 0.5) < 0.02);
    assert_true(fabs(height(rows, 0.9) - 1) < 0.02);
    assert_true(has(rows, 0.25, RED));
    assert_false(has(rows, 0.6, RED));
    assert_true(has(rows, 0.9, AREA));
    assert_false(has(rows, 0.9, GREY));
}

static void png__not_known__grey_and_no_line(void **state)
{
    (void)state;
    double values[] = {5, 5, NAN, NAN, NAN, 5, 5};
    const struct finding_chart c = {.step_ms = 15000, .values = values, .len = ARRAY_LEN(values)};
    AUTO(strbuf) struct strbuf png = STRBUF_INIT(CHART_PNG_MAX);
    assert_true(chart_png(&c, 0, &png));
    AUTO(heap) unsigned char *rows = decode(&png);
    assert_true(has(rows, 0.5, GREY));
    assert_false(has(rows, 0.5, LINE));
    assert_false(has(rows, 0.5, AREA));
    assert_true(has(rows, 0.05, LINE));
    assert_false(has(rows, 0.05, GREY));
}

static void range__from_zero_unless_below(void **state)
{
    (void)state;
    static const struct {
        double values[3], low, high;
        bool drawn;
    } cases[] = {
        {{10, 20, 15}, 0, 20, true},   {{-5, 3, 0}, -5, 3, true},        {{-5, -3, -4}, -5, 0, true},       {{0, 0, 0}, 0, 1, true},
        {{1, INFINITY, 2}, 0, 2, true}, {{NAN, NAN, 7}, 0, 7, false},    {{NAN, NAN, NAN}, 0, 1, false},    {{NAN, INFINITY, INFINITY}, 0, 1, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double values[3], low, high;
        memcpy(values, cases[i].values, sizeof values);
        const struct finding_chart c = {.step_ms = 1, .values = values, .len = 3};
        AUTO(strbuf) struct strbuf png = STRBUF_INIT(CHART_PNG_MAX);
        assert_int_equal(chart_range(&c, &low, &high), cases[i].drawn);
        assert_true(fabs(low - cases[i].low) < 1e-9 && fabs(high - cases[i].high) < 1e-9);
        assert_int_equal(chart_png(&c, 1, &png), cases[i].drawn);
    }
}

static void png__strange_charts__drawn_or_not_but_never_beyond(void **state)
{
    (void)state;
    double values[3000] = {0};
    static const struct {
        int64_t start_ms, step_ms, onset_ms;
        size_t len;
    } cases[] = {{0, 0, 5, 3}, {INT64_MAX / 2, 1, 1, 3}, {0, -15000, 30000, 3}, {0, 1, 1500, 3000}, {0, 1, 0, 0}, {0, 1, 0, 1}, {-5, 15000, 1, 2}};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        values[i] = i % 2 ? 1e308 : -1e308;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct finding_chart c = {.start_ms = cases[i].start_ms, .step_ms = cases[i].step_ms, .values = values, .len = cases[i].len};
        AUTO(strbuf) struct strbuf png = STRBUF_INIT(CHART_PNG_MAX);
        assert_int_equal(chart_png(&c, cases[i].onset_ms, &png), cases[i].len >= 2);
        if (cases[i].len >= 2)
            free(decode(&png));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png__a_rise__drawn_where_it_is),
        cmocka_unit_test(png__not_known__grey_and_no_line),
        cmocka_unit_test(range__from_zero_unless_below),
        cmocka_unit_test(png__strange_charts__drawn_or_not_but_never_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
