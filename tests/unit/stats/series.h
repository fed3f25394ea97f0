/* Seeded random series for the tests of statistics; the twin of series_make() in prototype_cases.py, to the bit: integers, + and * only. */
#ifndef UNIT_STATS_SERIES_H
#define UNIT_STATS_SERIES_H

#include <math.h>
#include <stdint.h>

#include "stats/stats.h"

#define SERIES_LEN 140

#define SAMPLES(array) ((struct samples){(array), sizeof(array) / sizeof((array)[0])})

struct dice {
    uint64_t state;
};

static inline double dice_next(struct dice *d) /* [0, 1) */
{
    d->state = d->state * 6364136223846793005u + 1442695040888963407u;
    return (double)(d->state >> 11) * 0x1p-53;
}

static inline int dice_below(struct dice *d, int n)
{
    return (int)(dice_next(d) * n);
}

static inline struct dice dice_of(uint64_t seed)
{
    struct dice d = {seed * 0x9E3779B97F4A7C15u + 1};
    for (int i = 0; i < 4; i++)
        dice_next(&d);
    return d;
}

static inline void series_make(unsigned seed, double *v)
{
    struct dice d = dice_of(seed);
    unsigned kind = seed % 8;
    double level = 1 + 1000 * dice_next(&d);
    double noise = level * 0.4 * dice_next(&d);
    int turn = SERIES_LEN - 4 - dice_below(&d, 30);
    double size = 2.5 * dice_next(&d);
    double missing = seed % 3 == 0 ? 0.5 * dice_next(&d) : 0;
    double walk = level;
    for (int i = 0; i < SERIES_LEN; i++) {
        double u = dice_next(&d) - 0.5, x = level + noise * u;
        if (kind == 1 && i >= turn)
            x = x * (size * 0.5);
        else if (kind == 2 && i >= turn)
            x = x * (1 + size);
        else if (kind == 3 && i >= turn)
            x = x + level * size * 0.05 * (i - turn);
        else if (kind == 4)
            x = walk = walk + noise * u;
        else if (kind == 5)
            x = u < 0.3 ? 0 : (int)(5 * (u + 0.5));
        else if (kind == 6)
            x = u > 0.3 ? x * 4 : x * 0.1;
        else if (kind == 7)
            x = (int)(4 + 4 * u) + (i >= turn ? (int)(4 * size) : 0);
        v[i] = dice_next(&d) < missing ? NAN : x;
    }
}

#endif
