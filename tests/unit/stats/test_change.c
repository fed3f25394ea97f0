#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "series.h"
#include "support/assert_near.h"

static struct scratch scratch;

static int free_scratch(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

static const struct prototype_case {
    unsigned seed;
    size_t window;
    double by, recent, baseline, noise, cv;
    int truths[3]; /* falling, surging, rising */
} cases[] = {
#include "prototype_cases.inc"
};
#define CASES (sizeof cases / sizeof cases[0])

static struct samples recent_of(const double *v, size_t window)
{
    return (struct samples){v + SERIES_LEN - window, window};
}

static struct samples baseline_of(const double *v, size_t window)
{
    size_t end = SERIES_LEN - window, len = end < 120 ? end : 120;
    return (struct samples){v + end - len, len};
}

static void change__seeded_series__as_the_prototype(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    size_t known = 0;
    for (const struct prototype_case *c = cases; c < cases + CASES; c++) {
        series_make(c->seed, v);
        struct change got;
        bool ok = stats_change(recent_of(v, c->window), baseline_of(v, c->window), 20, &got, &scratch);
        assert_int_equal(ok, !isnan(c->recent));
        if (!ok)
            continue;
        known++;
        assert_near(got.recent, c->recent, 1e-12 * fabs(c->recent));
        assert_near(got.baseline, c->baseline, 1e-12 * fabs(c->baseline));
        assert_near(got.noise, c->noise, 1e-9 * fabs(c->noise));
        if (!isnan(c->cv))
            assert_near(stats_cv(recent_of(v, c->window)), c->cv, 1e-9 * c->cv);
    }
    assert_in_range(known, 300, CASES);
}

static void truths__seeded_series__as_the_prototype(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    for (const struct prototype_case *c = cases; c < cases + CASES; c++) {
        series_make(c->seed, v);
        struct samples recent = recent_of(v, c->window), baseline = baseline_of(v, c->window);
        struct effect e = {.by = c->by, .least = NAN, .sigma = 4, .tau = 0.6, .min_baseline = 20};
        int got[] = {(int)stats_falling(recent, baseline, &e, &scratch), (int)stats_surging(recent, baseline, &e, &scratch),
                     (int)stats_rising(recent, &e, &scratch)};
        /* The one intended difference: three samples are no trend. */
        int expected[] = {c->truths[0], c->truths[1], stats_count(recent) < 4 ? (int)STATS_UNKNOWN : c->truths[2]};
        for (int i = 0; i < 3; i++)
            if (got[i] != expected[i])
                fail_msg("seed %u, truth %d: %d, the prototype says %d", c->seed, i, got[i], expected[i]);
    }
}

static void change__offset_moved__moves_medians_not_noise(void **state)
{
    (void)state;
    double v[SERIES_LEN], moved[SERIES_LEN];
    for (unsigned seed = 1; seed <= 60; seed++) {
        series_make(seed, v);
        for (int i = 0; i < SERIES_LEN; i++)
            moved[i] = v[i] + 1.7e12;
        struct change a, b;
        bool ok = stats_change(recent_of(v, 12), baseline_of(v, 12), 20, &a, &scratch);
        assert_int_equal(stats_change(recent_of(moved, 12), baseline_of(moved, 12), 20, &b, &scratch), ok);
        if (!ok)
            continue;
        assert_near(b.recent, a.recent + 1.7e12, 0.01);
        assert_near(b.baseline, a.baseline + 1.7e12, 0.01);
        assert_near(b.noise, a.noise, 0.01);
    }
}

static void change__sixty_percent_of_recent__least_that_is_known(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    struct change c;
    for (int i = 0; i < SERIES_LEN; i++)
        v[i] = i;
    for (int i = 0; i < 4; i++)
        v[SERIES_LEN - 1 - i] = NAN;
    assert_true(stats_change(recent_of(v, 10), baseline_of(v, 10), 20, &c, &scratch));
    assert_int_equal(c.recent_count, 6);
    assert_int_equal(c.baseline_count, 120);
    v[SERIES_LEN - 5] = INFINITY;
    assert_false(stats_change(recent_of(v, 10), baseline_of(v, 10), 20, &c, &scratch));
}

static void change__baseline_short_of_the_minimum__unknown(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    series_make(8, v);
    struct change c;
    assert_true(stats_change(recent_of(v, 10), (struct samples){v, 20}, 20, &c, &scratch));
    assert_false(stats_change(recent_of(v, 10), (struct samples){v, 19}, 20, &c, &scratch));
    assert_true(stats_change(recent_of(v, 10), (struct samples){v, 1}, 0, &c, &scratch));
    assert_false(stats_change(recent_of(v, 10), (struct samples){v, 0}, 0, &c, &scratch));
    assert_false(stats_change((struct samples){v, 0}, (struct samples){v, 50}, 0, &c, &scratch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change__seeded_series__as_the_prototype),
        cmocka_unit_test(truths__seeded_series__as_the_prototype),
        cmocka_unit_test(change__offset_moved__moves_medians_not_noise),
        cmocka_unit_test(change__sixty_percent_of_recent__least_that_is_known),
        cmocka_unit_test(change__baseline_short_of_the_minimum__unknown),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
