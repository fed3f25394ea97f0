#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "series.h"

static struct scratch scratch;

static int free_scratch(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

#define MAX 160

/* Series as a picture: digits are values, '.' is a gap; times ten. */
static struct samples drawn(const char *picture, double *v)
{
    size_t len = strlen(picture);
    assert_in_range(len, 0, MAX);
    for (size_t i = 0; i < len; i++)
        v[i] = picture[i] == '.' ? NAN : 10.0 * (picture[i] - '0');
    return (struct samples){v, len};
}

enum shape { RISING, FALLING, FLAT, SURGING, UNSTABLE, STUCK };

static enum stats_truth shape_of(enum shape shape, struct samples recent, struct samples baseline, const struct effect *e)
{
    switch (shape) {
    case RISING:
        return stats_rising(recent, e, &scratch);
    case FALLING:
        return stats_falling(recent, baseline, e, &scratch);
    case FLAT:
        return stats_flat(recent, e, &scratch);
    case SURGING:
        return stats_surging(recent, baseline, e, &scratch);
    case UNSTABLE:
        return stats_unstable(recent, baseline, e, &scratch);
    case STUCK:
        return stats_stuck(recent);
    }
    fail_msg("no such shape");
    return STATS_UNKNOWN;
}

#define CALM "5565545655655456556554565565545655655456"

static const struct drawing {
    const char *what;
    enum shape shape;
    const char *baseline, *recent;
    double by, least, sigma, tau;
    enum stats_truth expected;
} drawings[] = {
    {"half of it is gone", FALLING, CALM, "22232222", 0.3, NAN, 4, NAN, STATS_TRUE},
    {"half of it is gone, but the least is not reached", FALLING, CALM, "22232222", 0.3, 31, 4, NAN, STATS_FALSE},
    {"one dip is no fall", FALLING, CALM, "55055555", 0.3, NAN, 4, NAN, STATS_FALSE},
    {"within the noise", FALLING, "1919191919191919191919191919191919191919", "44444444", 0.1, NAN, 4, NAN, STATS_FALSE},
    {"baseline of zero never falls", FALLING, "0000000000000000", "00000000", 0.3, NAN, 4, NAN, STATS_FALSE},
    {"no demand at all: any fall", FALLING, "5555555555555555", "44444444", NAN, NAN, NAN, NAN, STATS_TRUE},
    {"no demand at all: no fall", FALLING, "5555555555555555", "55555555", NAN, NAN, NAN, NAN, STATS_FALSE},
    {"gaps: five of eight are enough", FALLING, CALM, "2.2.2.22", 0.3, NAN, 4, NAN, STATS_TRUE},
    {"gaps: four of eight are not", FALLING, CALM, "2.2.2.2.", 0.3, NAN, 4, NAN, STATS_UNKNOWN},
    {"baseline of gaps", FALLING, "..........", "22222222", 0.3, NAN, 4, NAN, STATS_UNKNOWN},
    {"the source is down", FALLING, CALM, "........", 0.3, NAN, 4, NAN, STATS_UNKNOWN},

    {"from nothing", SURGING, "0000000000000000", "44444444", 1, NAN, 4, NAN, STATS_TRUE},
    {"from nothing, under the least", SURGING, "0000000000000000", "44444444", 1, 40, 4, NAN, STATS_FALSE},
    {"doubled is not more than doubled", SURGING, "2222222222222222", "44444444", 1, NAN, 4, NAN, STATS_FALSE},
    {"one spike is no surge", SURGING, CALM, "55955555", 0.3, NAN, 4, NAN, STATS_FALSE},

    {"steady climb", RISING, "", "1122334455", 0.2, NAN, NAN, 0.6, STATS_TRUE},
    {"steady climb, under the least", RISING, "", "1122334455", 0.2, 100, NAN, 0.6, STATS_FALSE},
    {"tau demanded is not exceeded", RISING, "", "1122334455", 0.2, NAN, NAN, 0.95, STATS_FALSE},
    {"saw tooth", RISING, "", "1357135713571357", 0.2, NAN, NAN, 0.6, STATS_FALSE},
    {"saw tooth climbs a little without a demand on tau", RISING, "", "135713571357139", NAN, NAN, NAN, NAN, STATS_TRUE},
    {"descent", RISING, "", "5544332211", 0.2, NAN, NAN, 0.6, STATS_FALSE},
    {"three samples", RISING, "", "123", 0.2, NAN, NAN, 0.6, STATS_UNKNOWN},
    {"climb with too many gaps", RISING, "", "1.2.3.4.5.6.", 0.2, NAN, NAN, 0.6, STATS_UNKNOWN},
    {"constant", RISING, "", "3333333333", NAN, NAN, NAN, NAN, STATS_FALSE},

    {"constant", FLAT, "", "3333333333", 0.1, NAN, NAN, NAN, STATS_TRUE},
    {"at rest on zero", FLAT, "", "0000000000", 0.1, NAN, NAN, NAN, STATS_TRUE},
    {"climb", FLAT, "", "1122334455", 0.1, NAN, NAN, NAN, STATS_FALSE},
    {"climb below the least", FLAT, "", "1122334455", 0.1, 50, NAN, NAN, STATS_TRUE},
    {"descent", FLAT, "", "5544332211", 0.1, NAN, NAN, NAN, STATS_FALSE},
    {"gaps", FLAT, "", "33..3..3.3", 0.1, NAN, NAN, NAN, STATS_UNKNOWN},

    {"calm, then wild", UNSTABLE, CALM, "90909090", 0.5, NAN, NAN, NAN, STATS_TRUE},
    {"wild as ever", UNSTABLE, "9090909090909090", "90909090", 0.5, NAN, NAN, NAN, STATS_FALSE},
    {"calm", UNSTABLE, CALM, "55655455", 0.5, NAN, NAN, NAN, STATS_FALSE},
    {"calm with no past is known to be calm", UNSTABLE, "", "55655455", 0.5, NAN, NAN, NAN, STATS_FALSE},
    {"wild with one block of past", UNSTABLE, "5565545556555", "90909090", 0.5, NAN, NAN, NAN, STATS_UNKNOWN},
    {"wild, of two blocks one is of gaps", UNSTABLE, "55655455..5.5.5.", "90909090", 0.5, NAN, NAN, NAN, STATS_UNKNOWN},
    {"wild after rest on zero, which has no cv", UNSTABLE, "0000000000000000", "90909090", 0.5, NAN, NAN, NAN, STATS_UNKNOWN},
    {"at rest", UNSTABLE, CALM, "00000000", 0.5, NAN, NAN, NAN, STATS_FALSE},
    {"gaps", UNSTABLE, CALM, "9.9.0.0.", 0.5, NAN, NAN, NAN, STATS_UNKNOWN},

    {"equal", STUCK, "", "777", NAN, NAN, NAN, NAN, STATS_TRUE},
    {"equal with gaps", STUCK, "", "7.7.7", NAN, NAN, NAN, NAN, STATS_TRUE},
    {"equal with too many gaps", STUCK, "", "7..7.7", NAN, NAN, NAN, NAN, STATS_UNKNOWN},
    {"two", STUCK, "", "77", NAN, NAN, NAN, NAN, STATS_UNKNOWN},
    {"moves", STUCK, "", "7778", NAN, NAN, NAN, NAN, STATS_FALSE},
    {"nothing", STUCK, "", "", NAN, NAN, NAN, NAN, STATS_UNKNOWN},
};
#define DRAWINGS (sizeof drawings / sizeof drawings[0])

static void shapes__drawn_series__as_expected(void **state)
{
    (void)state;
    double recent[MAX], baseline[MAX];
    for (const struct drawing *d = drawings; d < drawings + DRAWINGS; d++) {
        struct effect e = {.by = d->by, .least = d->least, .sigma = d->sigma, .tau = d->tau, .min_baseline = 10};
        enum stats_truth got = shape_of(d->shape, drawn(d->recent, recent), drawn(d->baseline, baseline), &e);
        if (got != d->expected)
            fail_msg("%s (shape %d) %s | %s: %d, expected %d", d->what, (int)d->shape, d->baseline, d->recent, (int)got, (int)d->expected);
    }
}

static void unstable__baseline_short_of_the_minimum__unknown(void **state)
{
    (void)state;
    double recent[MAX], baseline[MAX];
    struct effect e = {.by = 0.5, .min_baseline = 40};
    assert_int_equal(stats_unstable(drawn("90909090", recent), drawn(CALM, baseline), &e, &scratch), STATS_TRUE);
    e.min_baseline = 41;
    assert_int_equal(stats_unstable(drawn("90909090", recent), drawn(CALM, baseline), &e, &scratch), STATS_UNKNOWN);
}

static void shapes__scaled__same_truth(void **state)
{
    (void)state;
    double v[SERIES_LEN], scaled[SERIES_LEN];
    struct effect e = {.by = 0.3, .sigma = 4, .tau = 0.6, .min_baseline = 20};
    for (unsigned seed = 1; seed <= 200; seed++) {
        series_make(seed, v);
        for (int i = 0; i < SERIES_LEN; i++)
            scaled[i] = 0x1p20 * v[i];
        for (int shape = RISING; shape <= STUCK; shape++)
            assert_int_equal(shape_of((enum shape)shape, (struct samples){v + 120, 20}, (struct samples){v, 120}, &e),
                             shape_of((enum shape)shape, (struct samples){scaled + 120, 20}, (struct samples){scaled, 120}, &e));
    }
}

static void shapes__rising_and_flat__never_both(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    struct effect e = {.by = 0.2, .tau = 0.6};
    for (unsigned seed = 1; seed <= 200; seed++) {
        series_make(seed, v);
        struct samples x = {v + 110, 30};
        assert_false(stats_rising(x, &e, &scratch) == STATS_TRUE && stats_flat(x, &e, &scratch) == STATS_TRUE);
    }
}

static void shapes__more_gaps__known_becomes_unknown_once(void **state)
{
    (void)state;
    double v[SERIES_LEN];
    struct effect e = {.by = 0.3, .sigma = 4, .tau = 0.6, .min_baseline = 20};
    series_make(8, v);
    for (int gaps = 0; gaps <= 20; gaps++) {
        for (int shape = RISING; shape <= STUCK; shape++) {
            enum stats_truth t = shape_of((enum shape)shape, (struct samples){v + 120, 20}, (struct samples){v, 120}, &e);
            assert_int_equal(t == STATS_UNKNOWN, gaps > 8);
        }
        if (gaps < 20)
            v[120 + gaps * 7 % 20] = NAN;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes__drawn_series__as_expected),
        cmocka_unit_test(unstable__baseline_short_of_the_minimum__unknown),
        cmocka_unit_test(shapes__scaled__same_truth),
        cmocka_unit_test(shapes__rising_and_flat__never_both),
        cmocka_unit_test(shapes__more_gaps__known_becomes_unknown_once),
    };
    return cmocka_run_group_tests(tests, NULL, free_scratch);
}
