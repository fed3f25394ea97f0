#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

static struct trend trend_of(struct samples x)
{
    struct trend t;
    assert_true(stats_trend(x, &t, &scratch));
    return t;
}

static void trend__golden_series__as_scipy_and_pymannkendall(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        const struct golden *g = &goldens[i];
        struct trend t = trend_of((struct samples){g->v, g->len});
        assert_near(t.slope, g->slope, 1e-12);
        assert_near(t.tau, g->tau, 1e-12);
        assert_near(t.z, g->z, 1e-9);
        assert_near(t.median, g->median, 1e-12);
        assert_int_equal(t.count, g->count);
    }
    assert_near(trend_of(SAMPLES(gaps)).gain, 10 * 0.6535714285714286, 1e-12); /* first known sample at 1, last at 11 */
}

static double sign_sum(const double *v, size_t len)
{
    double sum = 0;
    for (size_t i = 0; i < len; i++)
        for (size_t j = i + 1; j < len; j++)
            sum += (v[j] > v[i]) - (v[j] < v[i]); /* false for gaps */
    return sum;
}

static void tau__random_series_with_ties_and_gaps__as_by_all_pairs(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    for (unsigned seed = 1; seed <= 120; seed++) {
        series_make(seed, v);
        double n = (double)stats_count(SAMPLES(v));
        assert_near(trend_of(SAMPLES(v)).tau, sign_sum(v, SERIES_LEN) / (n * (n - 1) / 2), 1e-12);
    }
}

static void trend__shifted_and_scaled__slope_scales_tau_and_z_stay(void **state)
{
    (void)state;
    double v[SERIES_LEN], moved[SERIES_LEN], mirrored[SERIES_LEN];
    for (unsigned seed = 1; seed <= 80; seed++) {
        series_make(seed, v);
        for (int i = 0; i < SERIES_LEN; i++) {
            moved[i] = 4 * v[i] + 1024;
            mirrored[i] = -v[i];
        }
        struct trend t = trend_of(SAMPLES(v)), m = trend_of(SAMPLES(moved)), r = trend_of(SAMPLES(mirrored));
        double scale = 1e-9 * (1 + fabs(t.median));
        assert_near(m.slope, 4 * t.slope, scale);
        assert_near(m.tau, t.tau, 1e-12);
        assert_near(m.z, t.z, 1e-6);
        assert_near(r.slope, -t.slope, scale);
        assert_near(r.tau, -t.tau, 1e-12);
        assert_near(r.z, -t.z, 1e-6);
    }
}

static void slope__offset_of_epoch_milliseconds__exact(void **state)
{
    (void)state;
    double v[200];
    for (int i = 0; i < 200; i++)
        v[i] = 1.7e12 + 0.25 * i;
    struct trend t = trend_of(SAMPLES(v));
    assert_near(t.slope, 0.25, 1e-12);
    assert_near(t.gain, 0.25 * 199, 1e-9);
    assert_near(t.tau, 1, 0);
}

static void trend__line_with_gaps_of_any_length__slope_of_the_line(void **state)
{
    (void)state;
    static double v[5000];
    static const size_t lens[] = {4, 5, 60, 359, 360, 361, 719, 721, 1440, 5000};
    for (size_t k = 0; k < 10; k++) {
        struct dice d = dice_of(k);
        for (size_t i = 0; i < lens[k]; i++)
            v[i] = lens[k] > 5 && dice_next(&d) < 0.3 ? NAN : 10 - 0.5 * (double)i;
        struct samples x = {v, lens[k]};
        struct trend t = trend_of(x);
        assert_near(t.slope, -0.5, 1e-12);
        assert_near(t.tau, -1, 0);
        assert_near(t.gain, stats_last(x) - stats_first(x), 1e-9);
        assert_near(t.median, stats_median(x, &scratch), 0);
        assert_int_equal(t.count, stats_count(x));
        assert_true(t.z < -1);
    }
}

static void trend__long_noisy_ramp__bucketed_near_the_truth(void **state)
{
    (void)state;
    static double v[3000];
    struct dice d = dice_of(77);
    for (int i = 0; i < 3000; i++)
        v[i] = 0.01 * i + 8 * dice_next(&d) + (i % 97 == 0 ? 1e6 : 0); /* outliers */
    assert_near(trend_of(SAMPLES(v)).slope, 0.01, 0.0005);
}

static void trend__constant__nothing(void **state)
{
    (void)state;
    double v[30];
    for (int i = 0; i < 30; i++)
        v[i] = 0.1;
    struct trend t = trend_of(SAMPLES(v));
    assert_near(t.slope, 0, 0);
    assert_near(t.tau, 0, 0);
    assert_near(t.z, 0, 0);
}

static void trend__fewer_than_four_samples__false(void **state)
{
    (void)state;
    const double v[] = {1, NAN, 2, NAN, 3, INFINITY};
    struct trend t;
    assert_false(stats_trend(SAMPLES(v), &t, &scratch));
    assert_false(stats_trend((struct samples){NULL, 0}, &t, &scratch));
}

/* 401 samples, but 400 of them are within one bucket of a very long run. */
static void trend__all_samples_in_two_buckets__false(void **state)
{
    (void)state;
    static double v[360000];
    for (size_t i = 0; i < 360000; i++)
        v[i] = i < 400 ? (double)i : NAN;
    v[359999] = 1;
    struct trend t;
    assert_false(stats_trend(SAMPLES(v), &t, &scratch));
}

static double gauss(struct dice *d)
{
    return sqrt(-2 * log(1 - dice_next(d))) * cos(6.283185307179586 * dice_next(d));
}

static int false_alarms(double phi, int runs)
{
    struct dice d = dice_of(3);
    int alarms = 0;
    for (int run = 0; run < runs; run++) {
        double v[60], x = 0;
        for (int i = -40; i < 60; i++) {
            x = phi * x + gauss(&d);
            if (i >= 0)
                v[i] = x;
        }
        alarms += fabs(trend_of(SAMPLES(v)).z) > 2.576;
    }
    return alarms;
}

static void z__autocorrelated_noise__far_fewer_false_alarms_than_plain(void **state)
{
    (void)state;
    assert_in_range(false_alarms(0, 1000), 1, 25);     /* nominal 1 % */
    assert_in_range(false_alarms(0.6, 1000), 0, 120);  /* plain: 19 % */
    assert_in_range(false_alarms(0.9, 1000), 0, 320);  /* plain: 48 % */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trend__golden_series__as_scipy_and_pymannkendall),
        cmocka_unit_test(tau__random_series_with_ties_and_gaps__as_by_all_pairs),
        cmocka_unit_test(trend__shifted_and_scaled__slope_scales_tau_and_z_stay),
        cmocka_unit_test(slope__offset_of_epoch_milliseconds__exact),
        cmocka_unit_test(trend__line_with_gaps_of_any_length__slope_of_the_line),
        cmocka_unit_test(trend__long_noisy_ramp__bucketed_near_the_truth),
        cmocka_unit_test(trend__constant__nothing),
        cmocka_unit_test(trend__fewer_than_four_samples__false),
        cmocka_unit_test(trend__all_samples_in_two_buckets__false),
        cmocka_unit_test(z__autocorrelated_noise__far_fewer_false_alarms_than_plain),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
