/*
 * Theil-Sen for the slope, Mann-Kendall for the significance.
 *
 * Neighbouring samples of a metric resemble each other, and plain Mann-Kendall takes that for a trend: at a nominal 1 % it cries for half of all
 * AR(1) series with phi = 0.9. So z is corrected after Hamed and Rao (1998), and callers ask for an effect beside it.
 */
#include <float.h>
#include <string.h>

#include "stats/inner.h"

#define POINTS_MIN 4
#define POINTS_MAX 360

static size_t pairs_of(size_t len)
{
    return len * (len - 1) / 2;
}

static size_t all_points(struct samples x, double *at, double *v)
{
    size_t len = 0;
    for (size_t i = 0; i < x.len; i++) {
        if (!is_known(x.v[i]))
            continue;
        at[len] = (double)i;
        v[len++] = x.v[i];
    }
    return len;
}

/*
 * One point for each bucket of `width` samples: the median position and the median value of what is there, so a straight line stays one, gaps or not.
 * In place: a bucket gives at most one point for one or more that it read.
 */
static size_t bucketed(size_t len, double *at, double *v, size_t width)
{
    size_t out = 0;
    for (size_t i = 0, end; i < len; i = end) {
        double limit = (floor(at[i] / (double)width) + 1) * (double)width;
        for (end = i; end < len && at[end] < limit; end++)
            ;
        at[out] = 0.5 * (at[i + (end - i - 1) / 2] + at[i + (end - i) / 2]);
        v[out++] = run_median(v + i, end - i);
    }
    return out;
}

bool points_of(struct samples x, struct points *ret, struct scratch *s)
{
    size_t count = stats_count(x);
    if (count < POINTS_MIN)
        return false;
    size_t most = count < POINTS_MAX ? count : POINTS_MAX;
    size_t spare = pairs_of(most) > 4 * most ? pairs_of(most) : 4 * most;
    double *room = scratch_room(s, 2 * count + (spare > count ? spare : count));
    *ret = (struct points){.at = room, .v = room + count, .spare = room + 2 * count, .count = count};
    ret->len = all_points(x, ret->at, ret->v);
    ret->span = ret->at[count - 1] - ret->at[0];
    memcpy(ret->spare, ret->v, count * sizeof *ret->v);
    ret->median = run_median(ret->spare, count);
    if (count > POINTS_MAX)
        ret->len = bucketed(count, ret->at, ret->v, (x.len + POINTS_MAX - 1) / POINTS_MAX);
    return ret->len >= POINTS_MIN;
}

double points_slope(const struct points *p)
{
    double *slopes = p->spare;
    size_t len = 0;
    for (size_t i = 0; i + 1 < p->len; i++)
        for (size_t j = i + 1; j < p->len; j++)
            slopes[len++] = (p->v[j] - p->v[i]) / (p->at[j] - p->at[i]);
    return run_median(slopes, len);
}

/* Merges the sorted runs [0, mid) and [mid, len) and returns how many pairs stood the wrong way round. */
static double merge(const double *from, size_t mid, size_t len, double *to)
{
    double inversions = 0;
    size_t a = 0, b = mid;
    for (size_t i = 0; i < len; i++) {
        if (b == len || (a < mid && from[a] <= from[b])) {
            to[i] = from[a++];
        } else {
            to[i] = from[b++];
            inversions += (double)(mid - a);
        }
    }
    return inversions;
}

/* Sorts v[0..len) with `spare` of the same size; returns the inversions it met: the discordant pairs. */
static double sort_counting(double *v, double *spare, size_t len)
{
    double inversions = 0;
    double *from = v, *to = spare;
    for (size_t width = 1; width < len; width *= 2) {
        for (size_t lo = 0; lo < len; lo += 2 * width) {
            size_t left = len - lo;
            inversions += merge(from + lo, width < left ? width : left, 2 * width < left ? 2 * width : left, to + lo);
        }
        double *t = from;
        from = to;
        to = t;
    }
    if (from != v)
        memcpy(v, from, len * sizeof *v);
    return inversions;
}

double points_kendall(const struct points *p, double *ret_ties)
{
    double *sorted = p->spare;
    memcpy(sorted, p->v, p->len * sizeof *sorted);
    double discordant = sort_counting(sorted, p->spare + p->len, p->len);
    double equal = 0, ties = 0;
    for (size_t i = 0, end; i < p->len; i = end) {
        for (end = i + 1; end < p->len && sorted[end] <= sorted[i]; end++)
            ;
        double t = (double)(end - i);
        equal += t * (t - 1) / 2;
        ties += t * (t - 1) * (2 * t + 5);
    }
    *ret_ties = ties;
    return (double)pairs_of(p->len) - equal - 2 * discordant;
}

/*
 * Ranks of what is left of the values without the slope, minus the mean rank. Equal within rounding is equal: the rest of an exact line is noise of
 * the arithmetic and must not look like a rhythm. Uses four times p->len of spare; the result is its first quarter.
 */
static double *residual_ranks(const struct points *p, double slope)
{
    size_t len = p->len;
    double *ranks = p->spare, *rest = ranks + len, *sorted = rest + len, *rank_of = sorted + len;
    double largest = 0;
    for (size_t i = 0; i < len; i++) {
        double fall = slope * (p->at[i] - p->at[0]);
        rest[i] = p->v[i] - fall;
        largest = fmax(largest, fmax(fabs(p->v[i]), fabs(fall)));
    }
    memcpy(sorted, rest, len * sizeof *sorted);
    sort_counting(sorted, rank_of, len);
    double rounding = 4 * DBL_EPSILON * largest;
    for (size_t i = 0, end; i < len; i = end) {
        for (end = i + 1; end < len && sorted[end] - sorted[end - 1] <= rounding; end++)
            ;
        for (size_t j = i; j < end; j++)
            rank_of[j] = 0.5 * (double)(i + end - 1) - 0.5 * (double)(len - 1);
    }
    for (size_t i = 0; i < len; i++) {
        size_t lo = 0, hi = len;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (sorted[mid] < rest[i])
                lo = mid + 1;
            else
                hi = mid;
        }
        ranks[i] = rank_of[lo < len ? lo : len - 1];
    }
    return ranks;
}

static double product_at_lag(const double *v, size_t len, size_t lag)
{
    double sum = 0;
    for (size_t i = 0; i + lag < len; i++)
        sum += v[i] * v[i + lag];
    return sum;
}

/* How much wider than for independent samples the variance of S is. */
static double hamed_rao(const struct points *p, double slope)
{
    const double *ranks = residual_ranks(p, slope);
    double n = (double)p->len, squares = product_at_lag(ranks, p->len, 0), sum = 0;
    if (!(squares > 0))
        return 1;
    double significant = 1.959963984540054 / sqrt(n); /* at 5 %, two-sided */
    for (size_t lag = 1; lag < p->len; lag++) {
        double k = (double)lag, rho = product_at_lag(ranks, p->len, lag) / squares;
        if (fabs(rho) > significant)
            sum += (n - k) * (n - k - 1) * (n - k - 2) * rho;
    }
    double factor = 1 + 2 * sum / (n * (n - 1) * (n - 2));
    return factor > 1 ? factor : 1; /* never sharper than independence: a negative estimate from few samples would prove anything */
}

static double mann_kendall_z(const struct points *p, double kendall, double ties, double slope)
{
    double n = (double)p->len;
    double variance = (n * (n - 1) * (2 * n + 5) - ties) / 18;
    if (!(variance > 0) || fabs(kendall) < 1)
        return 0;
    double steps = kendall > 0 ? kendall - 1 : kendall + 1; /* continuity */
    return steps / sqrt(variance * hamed_rao(p, slope));
}

bool stats_trend(struct samples x, struct trend *ret, struct scratch *s)
{
    struct points p;
    if (!points_of(x, &p, s))
        return false;
    double ties, kendall = points_kendall(&p, &ties);
    *ret = (struct trend){.tau = points_tau(&p, kendall), .median = p.median, .count = p.count};
    ret->slope = points_slope(&p);
    ret->gain = ret->slope * p.span;
    ret->z = mann_kendall_z(&p, kendall, ties, ret->slope);
    return true;
}
