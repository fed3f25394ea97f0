/*
 * Expected values by other implementations: numpy 2 (median, quantile, mean, std), scipy.stats (median_abs_deviation, variation, theilslopes) and
 * pymannkendall (hamed_rao_modification_test). Where the latter's correction would raise z, the value is that of its original_test: ours only lowers.
 */
#ifndef UNIT_STATS_GOLDEN_H
#define UNIT_STATS_GOLDEN_H

#include <math.h>

static const double lag[] = {12, 15, 11, 19, 24, 22, 30, 28, 35, 41, 39, 44, 52, 49, 58, 61, 60, 70, 75, 71, 80, 88, 85, 93};
static const double wave[] = {50, 58, 64, 67, 66, 61, 54, 47, 41, 38, 39, 44, 52, 61, 69, 74, 74, 70, 63, 55, 48,
                              44, 44, 48, 55, 64, 73, 79, 81, 78, 72, 64, 56, 51, 50, 53, 59, 68, 77, 84, 87, 85};
static const double ties[] = {3, 3, 2, 3, 4, 4, 3, 5, 5, 4, 5, 6, 6, 6, 5, 7};
static const double gaps[] = {NAN, 2.5, 3.1, NAN, NAN, 4.8, 4.4, 6.2, NAN, 7.7, 7.1, 9.3, NAN};
static const double resting[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 9};
static const double spread[] = {0.31, -2.4, 7.7, 1e3, -55.25, 3.3, 3.3, 12.125, 0.001, -0.9, 18, 2.75};

static const struct golden {
    const char *name;
    const double *v;
    size_t len, count;
    double median, q10, q95, mad_sigma, mean, stddev, cv, slope, tau, z;
} goldens[] = {
#define G(v) #v, v, sizeof v / sizeof v[0]
    {G(lag), 24, 46.5, 16.200000000000003, 87.55, 34.0998, 48.416666666666664, 25.059789615149516, 0.5175860161476664, 3.5857843137254903,
     0.9347826086956522, 5.393149724886119},
    {G(wave), 42, 61, 44, 83.85, 16.3086, 61.11904761904762, 13.272245263370692, 0.21715399340146826, 0.5, 0.29500580720092917, 2.7438475048035307},
    {G(ties), 16, 4.5, 3, 6.25, 2.2239, 4.4375, 1.3678792892649556, 0.3082544877216801, 0.25, 0.7, 3.8339465978200566},
    {G(gaps), 8, 5.5, 2.92, 8.74, 2.81694, 5.6375, 2.1976905491902174, 0.38983424375879694, 0.6535714285714286, 0.8571428571428571,
     2.8455120410060126},
    {G(resting), 10, 0, 0, 6.75, 1.62929, 1.3, 2.8301943396169813, 2.1770725689361394, 0, 0.3333333333333333, 1.812433778408833},
    {G(spread), 12, 3.025, -2.25, 459.9, 6.37518, 82.41133333333333, 277.2062021890123, 3.3636902956997696, 0.2824090909090909,
     0.07575757575757576, 0.2749373586493883},
#undef G
};
#define GOLDENS (sizeof goldens / sizeof goldens[0])

#endif
