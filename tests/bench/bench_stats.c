/* Nanoseconds for each call of the statistics, for windows of 60 and 360 samples. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stats/stats.h"

#define LEN_MAX 360
#define LEAST_S 0.2

static double recent[LEN_MAX], baseline[4 * LEN_MAX];
static struct scratch scratch;
static const struct effect effect = {.by = 0.1, .sigma = 4, .tau = 0.6, .min_baseline = 20};

struct input {
    struct samples x, before;
};

static double run_median(struct input in)
{
    return stats_median(in.x, &scratch);
}

static double run_mad_sigma(struct input in)
{
    return stats_mad_sigma(in.x, &scratch);
}

static double run_stddev(struct input in)
{
    return stats_stddev(in.x);
}

static double run_trend(struct input in)
{
    struct trend t;
    return stats_trend(in.x, &t, &scratch) ? t.z : 0;
}

static double run_change(struct input in)
{
    struct change c;
    return stats_change(in.x, in.before, 20, &c, &scratch) ? c.noise : 0;
}

static double run_rising(struct input in)
{
    return stats_rising(in.x, &effect, &scratch);
}

static double run_flat(struct input in)
{
    return stats_flat(in.x, &effect, &scratch);
}

static double run_falling(struct input in)
{
    return stats_falling(in.x, in.before, &effect, &scratch);
}

static double run_unstable(struct input in)
{
    return stats_unstable(in.x, in.before, &effect, &scratch);
}

static const struct {
    const char *name;
    double (*run)(struct input in);
} calls[] = {
    {"median", run_median}, {"mad_sigma", run_mad_sigma}, {"stddev", run_stddev},   {"trend", run_trend},       {"change", run_change},
    {"rising", run_rising}, {"flat", run_flat},           {"falling", run_falling}, {"unstable", run_unstable},
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double ns_each(double (*run)(struct input in), struct input in)
{
    volatile double sink = 0;
    long count = 0;
    double start = now_s(), spent;
    do {
        for (int i = 0; i < 8; i++)
            sink = sink + run(in);
        count += 8;
        spent = now_s() - start;
    } while (spent < LEAST_S);
    return 1e9 * spent / (double)count;
}

static double noise(void)
{
    static unsigned long long state = 42;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

int main(void)
{
    for (int i = 0; i < LEN_MAX; i++)
        recent[i] = 100 + 40 * noise();
    for (int i = 0; i < 4 * LEN_MAX; i++)
        baseline[i] = 100 + 40 * noise();
    static const size_t lens[] = {60, 360};
    printf("%-12s %12s %12s\n", "ns per call", "n = 60", "n = 360");
    for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++) {
        printf("%-12s", calls[k].name);
        for (size_t n = 0; n < 2; n++)
            printf(" %12.0f", ns_each(calls[k].run, (struct input){{recent, lens[n]}, {baseline, 4 * lens[n]}}));
        printf("\n");
    }
    scratch_free(&scratch);
    return 0;
}
