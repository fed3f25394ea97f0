/* A recent window against the baseline before it: is the difference larger than the baseline's own restlessness? */
#include <string.h>

#include "stats/inner.h"

#define BLOCKS_MIN 4 /* medians of blocks; fewer say nothing about their spread */

static double copied_mad_sigma(const double *v, size_t len, double *spare)
{
    memcpy(spare, v, len * sizeof *v);
    return run_mad_sigma(spare, len);
}

/*
 * Medians of half-overlapping blocks as long as the recent window, over the samples that are there. They see slow swings that the spread of single
 * samples, divided by the root of the length, would promise away.
 */
static size_t block_medians(const double *v, size_t len, size_t width, double *spare, double *ret_medians)
{
    size_t step = width / 2 > 1 ? width / 2 : 1, blocks = 0;
    size_t last = len > width ? len - width : 0;
    for (size_t from = 0; from <= last; from += step) {
        size_t n = len - from < width ? len - from : width;
        memcpy(spare, v + from, n * sizeof *v);
        ret_medians[blocks++] = run_median(spare, n);
    }
    return blocks;
}

/*
 * Plain MAD, without the fallback of stats_mad_sigma(): a baseline that mostly rests is allowed to have no noise, and the effect asked for decides.
 * A median of neighbours that resemble each other is worth a quarter of their number.
 */
static double noise_of(const double *baseline, size_t len, size_t width, double *spare, double *medians)
{
    double single = copied_mad_sigma(baseline, len, spare) / sqrt(fmax(1, (double)width / 4));
    size_t blocks = block_medians(baseline, len, width, spare, medians);
    return blocks >= BLOCKS_MIN ? fmax(single, run_mad_sigma(medians, blocks)) : single;
}

bool change_begin(struct samples recent, struct samples baseline, size_t min_baseline, struct change *ret, struct change_rest *rest, struct scratch *s)
{
    size_t known = stats_count(baseline);
    if (!enough_known(recent) || known == 0 || known < min_baseline)
        return false;
    size_t most = known > recent.len ? known : recent.len;
    double *old = scratch_room(s, 2 * known + most), *medians = old + known, *spare = medians + known;
    *ret = (struct change){.baseline_count = run_known(baseline, old), .recent_count = run_known(recent, spare), .baseline = NAN, .noise = NAN};
    *rest = (struct change_rest){.baseline = old, .len = known, .width = recent.len, .spare = spare, .medians = medians};
    ret->recent = run_median(spare, ret->recent_count);
    return true;
}

double change_baseline(const struct change_rest *r)
{
    memcpy(r->spare, r->baseline, r->len * sizeof *r->spare);
    return run_median(r->spare, r->len);
}

double change_noise(const struct change_rest *r)
{
    return noise_of(r->baseline, r->len, r->width, r->spare, r->medians);
}

bool stats_change(struct samples recent, struct samples baseline, size_t min_baseline, struct change *ret, struct scratch *s)
{
    struct change_rest rest;
    if (!change_begin(recent, baseline, min_baseline, ret, &rest, s))
        return false;
    ret->baseline = change_baseline(&rest);
    ret->noise = change_noise(&rest);
    return true;
}
