#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"
#include "series.h"
#include "support/assert_near.h"

static void moments__golden_series__as_numpy(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        const struct golden *g = &goldens[i];
        struct samples x = {g->v, g->len};
        assert_near(stats_mean(x), g->mean, 1e-12);
        assert_near(stats_stddev(x), g->stddev, 1e-10);
        assert_near(stats_cv(x), g->cv, 1e-12);
        assert_near(stats_sum(x), g->mean * (double)g->count, 1e-10);
    }
}

static void stddev__offset_of_epoch_milliseconds__as_without(void **state)
{
    (void)state;
    double v[1000], plain[1000];
    for (int i = 0; i < 1000; i++) {
        plain[i] = (i % 4) * 2; /* 0 2 4 6: variance 5 */
        v[i] = 1.7e12 + plain[i];
    }
    assert_near(stats_stddev(SAMPLES(plain)), sqrt(5), 1e-12);
    assert_near(stats_stddev(SAMPLES(v)), sqrt(5), 1e-6);
    assert_near(stats_mean(SAMPLES(v)), 1.7e12 + 3, 1e-3);
}

static void stddev__equal_samples__exactly_zero(void **state)
{
    (void)state;
    double v[97];
    static const double values[] = {0.1, 1.7e12 + 0.1, 1e-300, -3.3, 1e17 / 3};
    for (size_t k = 0; k < 5; k++) {
        for (int i = 0; i < 97; i++)
            v[i] = values[k];
        assert_near(stats_stddev(SAMPLES(v)), 0, 0);
        assert_near(stats_mean(SAMPLES(v)), values[k], 0);
    }
}

static void sum__small_beside_large__kept(void **state)
{
    (void)state;
    const double v[] = {1, 1e100, 1, NAN, -1e100};
    assert_near(stats_sum(SAMPLES(v)), 2, 0);
}

static void cv__scaled__same(void **state)
{
    (void)state;
    double v[SERIES_LEN], scaled[SERIES_LEN];
    for (unsigned seed = 1; seed <= 60; seed++) {
        series_make(seed, v);
        for (int i = 0; i < SERIES_LEN; i++)
            scaled[i] = 1234.5 * v[i];
        double cv = stats_cv(SAMPLES(v));
        if (isnan(cv))
            assert_true(isnan(stats_cv(SAMPLES(scaled))));
        else
            assert_near(stats_cv(SAMPLES(scaled)), cv, 1e-9 * cv);
    }
}

static void cv__mean_not_positive__nan(void **state)
{
    (void)state;
    const double zero[] = {0, 0, 0}, negative[] = {-1, -2, 1};
    assert_true(isnan(stats_cv(SAMPLES(zero))));
    assert_true(isnan(stats_cv(SAMPLES(negative))));
}

static void ends__gaps_at_both__skipped(void **state)
{
    (void)state;
    const double v[] = {NAN, INFINITY, 4, -9, NAN, 6, 5, NAN, -INFINITY};
    assert_int_equal(stats_count(SAMPLES(v)), 4);
    assert_near(stats_first(SAMPLES(v)), 4, 0);
    assert_near(stats_last(SAMPLES(v)), 5, 0);
    assert_near(stats_min(SAMPLES(v)), -9, 0);
    assert_near(stats_max(SAMPLES(v)), 6, 0);
    assert_near(stats_sum(SAMPLES(v)), 6, 0);
}

static void moments__nothing_known__nan(void **state)
{
    (void)state;
    const double v[] = {NAN, NAN, INFINITY};
    double (*const functions[])(struct samples) = {stats_mean, stats_stddev, stats_cv,   stats_min,
                                                   stats_max,  stats_sum,    stats_last, stats_first};
    for (size_t i = 0; i < 8; i++) {
        assert_true(isnan(functions[i](SAMPLES(v))));
        assert_true(isnan(functions[i]((struct samples){NULL, 0})));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments__golden_series__as_numpy),
        cmocka_unit_test(stddev__offset_of_epoch_milliseconds__as_without),
        cmocka_unit_test(stddev__equal_samples__exactly_zero),
        cmocka_unit_test(sum__small_beside_large__kept),
        cmocka_unit_test(cv__scaled__same),
        cmocka_unit_test(cv__mean_not_positive__nan),
        cmocka_unit_test(ends__gaps_at_both__skipped),
        cmocka_unit_test(moments__nothing_known__nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
