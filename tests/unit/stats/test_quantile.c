#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "series.h"
#include "support/assert_near.h"

static struct scratch scratch;

static int free_scratch(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

static void order__golden_series__as_numpy(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        const struct golden *g = &goldens[i];
        struct samples x = {g->v, g->len};
        assert_int_equal(stats_count(x), g->count);
        assert_near(stats_median(x, &scratch), g->median, 1e-12);
        assert_near(stats_quantile(x, 0.1, &scratch), g->q10, 1e-12);
        assert_near(stats_quantile(x, 0.95, &scratch), g->q95, 1e-12);
        assert_near(stats_mad_sigma(x, &scratch), g->mad_sigma, 1e-12);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A quantile by sorting. */
static double sorted_quantile(const double *sorted, size_t len, double q)
{
    double rank = q * (double)(len - 1);
    size_t k = (size_t)rank;
    return k + 1 < len ? sorted[k] + (sorted[k + 1] - sorted[k]) * (rank - (double)k) : sorted[k];
}

/* Shapes that make a careless pivot take quadratic time, or more. */
static double nasty(int shape, size_t i, size_t len, struct dice *d)
{
    switch (shape) {
    case 0:
        return (double)i;
    case 1:
        return -(double)i;
    case 2:
        return (double)(i < len / 2 ? i : len - i);
    case 3:
        return 7;
    case 4:
        return dice_below(d, 3);
    case 5:
        return (double)(i * 7919 % (len + 1));
    default:
        return dice_next(d);
    }
}

static void quantile__any_shape_and_length__as_by_sorting(void **state)
{
    (void)state;
    static double v[1100], sorted[1100];
    struct dice d = dice_of(5);
    for (int shape = 0; shape < 7; shape++)
        for (size_t len = 1; len <= 1100; len += len < 40 ? 1 : 53) {
            for (size_t i = 0; i < len; i++)
                v[i] = sorted[i] = nasty(shape, i, len, &d);
            qsort(sorted, len, sizeof *sorted, by_value);
            struct samples x = {v, len};
            static const double qs[] = {0, 0.01, 0.25, 0.5, 0.77, 0.99, 1};
            for (size_t k = 0; k < 7; k++)
                assert_near(stats_quantile(x, qs[k], &scratch), sorted_quantile(sorted, len, qs[k]), 1e-12);
            assert_near(stats_median(x, &scratch), sorted_quantile(sorted, len, 0.5), 1e-12);
        }
}

static void quantile__millions_of_ordered_samples__ends_soon(void **state)
{
    (void)state;
    size_t len = 1 << 20;
    double *v = malloc(len * sizeof *v);
    assert_non_null(v);
    struct dice d = dice_of(9);
    for (int shape = 0; shape < 6; shape++) { /* quadratic time would be minutes: ctest's limit */
        for (size_t i = 0; i < len; i++)
            v[i] = nasty(shape, i, len, &d);
        double low = stats_quantile((struct samples){v, len}, 0.25, &scratch);
        assert_true(low <= stats_median((struct samples){v, len}, &scratch));
    }
    free(v);
}

static void median__permuted__same(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    for (unsigned seed = 1; seed <= 60; seed++) {
        series_make(seed, v);
        double median = stats_median(SAMPLES(v), &scratch), spread_before = stats_mad_sigma(SAMPLES(v), &scratch);
        struct dice d = dice_of(seed);
        for (int i = SERIES_LEN - 1; i > 0; i--) {
            int j = dice_below(&d, i + 1);
            double t = v[i];
            v[i] = v[j];
            v[j] = t;
        }
        assert_near(stats_median(SAMPLES(v), &scratch), median, 0);
        assert_near(stats_mad_sigma(SAMPLES(v), &scratch), spread_before, 1e-9 * fabs(spread_before));
    }
}

static void mad_sigma__scaled_and_shifted__scales_only(void **state)
{
    (void)state;
    double v[SERIES_LEN], moved[SERIES_LEN];
    for (unsigned seed = 1; seed <= 60; seed++) {
        series_make(seed, v);
        for (int i = 0; i < SERIES_LEN; i++)
            moved[i] = 1e6 - 8 * v[i];
        double sigma = stats_mad_sigma(SAMPLES(v), &scratch);
        assert_near(stats_mad_sigma(SAMPLES(moved), &scratch), 8 * sigma, 1e-6);
        assert_near(stats_median(SAMPLES(moved), &scratch), 1e6 - 8 * stats_median(SAMPLES(v), &scratch), 1e-6);
    }
}

static void mad_sigma__constant__zero(void **state)
{
    (void)state;
    const double v[] = {0.1, 0.1, 0.1, NAN, 0.1};
    assert_near(stats_mad_sigma(SAMPLES(v), &scratch), 0, 0);
}

static void order__nothing_known__nan(void **state)
{
    (void)state;
    const double v[] = {NAN, INFINITY, -INFINITY, NAN};
    assert_int_equal(stats_count(SAMPLES(v)), 0);
    for (size_t len = 0; len <= 4; len++) {
        struct samples x = {len ? v : NULL, len};
        assert_true(isnan(stats_median(x, &scratch)));
        assert_true(isnan(stats_quantile(x, 0.5, &scratch)));
        assert_true(isnan(stats_mad_sigma(x, &scratch)));
    }
}

static void quantile__q_out_of_range__nan(void **state)
{
    (void)state;
    assert_true(isnan(stats_quantile(SAMPLES(lag), -0.01, &scratch)));
    assert_true(isnan(stats_quantile(SAMPLES(lag), 1.01, &scratch)));
    assert_true(isnan(stats_quantile(SAMPLES(lag), NAN, &scratch)));
}

static void median__gaps_and_infinities__left_out(void **state)
{
    (void)state;
    const double v[] = {INFINITY, 1, NAN, 5, 3, -INFINITY, NAN};
    double before[7];
    memcpy(before, v, sizeof v);
    assert_near(stats_median(SAMPLES(v), &scratch), 3, 0);
    assert_memory_equal(before, v, sizeof v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order__golden_series__as_numpy),
        cmocka_unit_test(quantile__any_shape_and_length__as_by_sorting),
        cmocka_unit_test(quantile__millions_of_ordered_samples__ends_soon),
        cmocka_unit_test(median__permuted__same),
        cmocka_unit_test(mad_sigma__scaled_and_shifted__scales_only),
        cmocka_unit_test(mad_sigma__constant__zero),
        cmocka_unit_test(order__nothing_known__nan),
        cmocka_unit_test(quantile__q_out_of_range__nan),
        cmocka_unit_test(median__gaps_and_infinities__left_out),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
