/* The truths that rules ask for. Each needs an effect, not only a difference; what cannot be known is unknown. */
#include "stats/inner.h"

#define STUCK_MIN 3
#define BLOCKS_MIN 2
#define RESTLESS 3 /* times the baseline's own cv */

static enum stats_truth truth(bool holds)
{
    return holds ? STATS_TRUE : STATS_FALSE;
}

/* A demand that is not made (NaN, or less than nothing) is 0. */
static double demand(double v)
{
    return v > 0 ? v : 0;
}

static bool far_enough(double difference, const struct change *c, const struct effect *e)
{
    return difference > fmax(demand(e->sigma) * c->noise, demand(e->least));
}

enum stats_truth stats_falling(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s)
{
    struct change c;
    if (!stats_change(recent, baseline, e->min_baseline, &c, s))
        return STATS_UNKNOWN;
    return truth(c.baseline > 0 && c.recent < c.baseline * (1 - demand(e->by)) && far_enough(c.baseline - c.recent, &c, e));
}

enum stats_truth stats_surging(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s)
{
    struct change c;
    if (!stats_change(recent, baseline, e->min_baseline, &c, s))
        return STATS_UNKNOWN;
    return truth(c.recent > c.baseline * (1 + demand(e->by)) && far_enough(c.recent - c.baseline, &c, e));
}

enum stats_truth stats_rising(struct samples x, const struct effect *e, struct scratch *s)
{
    struct points p;
    if (!enough_known(x) || !points_of(x, &p, s))
        return STATS_UNKNOWN;
    /* tau costs n log n, the slope n squared: most series end here. */
    double ties, tau = points_tau(&p, points_kendall(&p, &ties));
    if (e->tau > 0 && !(tau > e->tau))
        return STATS_FALSE;
    double gain = points_slope(&p) * p.span;
    return truth(gain > fmax(demand(e->least), demand(e->by) * demand(p.median)));
}

enum stats_truth stats_flat(struct samples x, const struct effect *e, struct scratch *s)
{
    struct points p;
    if (!enough_known(x) || !points_of(x, &p, s))
        return STATS_UNKNOWN;
    double gain = points_slope(&p) * p.span;
    return truth(fabs(gain) <= fmax(demand(e->least), demand(e->by) * fabs(p.median))); /* at rest on 0 is flat, too */
}

/*
 * Median cv of the baseline's blocks, counted back from its end. A block that is mostly gaps has none, nor has one at rest on 0.
 * NaN with fewer than BLOCKS_MIN.
 */
static double baseline_cv(struct samples baseline, size_t width, struct scratch *s)
{
    double *cvs = scratch_room(s, baseline.len / width + 1);
    size_t blocks = 0;
    for (size_t end = baseline.len; end >= width; end -= width) {
        struct samples block = {baseline.v + end - width, width};
        double cv = enough_known(block) ? stats_cv(block) : NAN;
        if (is_known(cv))
            cvs[blocks++] = cv;
    }
    return blocks >= BLOCKS_MIN ? run_median(cvs, blocks) : NAN;
}

enum stats_truth stats_unstable(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s)
{
    if (!enough_known(recent))
        return STATS_UNKNOWN;
    double cv = stats_cv(recent);
    if (!(cv > demand(e->by))) /* NaN: at rest */
        return STATS_FALSE;
    double before = stats_count(baseline) >= e->min_baseline ? baseline_cv(baseline, recent.len, s) : NAN;
    return is_known(before) ? truth(cv > RESTLESS * before) : STATS_UNKNOWN;
}

enum stats_truth stats_stuck(struct samples x)
{
    if (!enough_known(x) || stats_count(x) < STUCK_MIN)
        return STATS_UNKNOWN;
    return truth(stats_min(x) >= stats_max(x));
}
