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

static bool far_enough(double difference, const struct change_rest *rest, const struct effect *e)
{
    return difference > demand(e->least) && difference > demand(e->sigma) * change_noise(rest);
}

/* How many of the baseline are, scaled, on the wanted side of the recent median. Half of them must be for their median to be, and counting costs less than sorting. */
static bool half_below(double recent, const struct change_rest *r, double scale)
{
    size_t below = 0;
    for (size_t i = 0; i < r->len; i++)
        below += r->baseline[i] * scale < recent;
    return below > (r->len - 1) / 2;
}

static bool half_above(double recent, const struct change_rest *r, double scale)
{
    size_t above = 0;
    for (size_t i = 0; i < r->len; i++)
        above += r->baseline[i] * scale > recent;
    return above > (r->len - 1) / 2;
}

/* Nearly all windows look like their baseline: what costs more is asked for later. */
enum stats_truth stats_falling(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s)
{
    struct change c;
    struct change_rest rest;
    double scale = 1 - demand(e->by);
    if (!change_begin(recent, baseline, e->min_baseline, &c, &rest, s))
        return STATS_UNKNOWN;
    if (scale >= 0 && !half_above(c.recent, &rest, scale))
        return STATS_FALSE;
    c.baseline = change_baseline(&rest);
    return truth(c.baseline > 0 && c.recent < c.baseline * scale && far_enough(c.baseline - c.recent, &rest, e));
}

enum stats_truth stats_surging(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s)
{
    struct change c;
    struct change_rest rest;
    double scale = 1 + demand(e->by);
    if (!change_begin(recent, baseline, e->min_baseline, &c, &rest, s))
        return STATS_UNKNOWN;
    if (!half_below(c.recent, &rest, scale))
        return STATS_FALSE;
    c.baseline = change_baseline(&rest);
    return truth(c.recent > c.baseline * scale && far_enough(c.recent - c.baseline, &rest, e));
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
