/*
 * What the files of this folder share: scratch memory, selection, and the points a trend is computed on. Not for other floors.
 *
 * Nothing here sees a gap: run_known() and points_of() leave them out, so no NaN ever reaches a comparison that orders.
 */
#ifndef STATS_INNER_H
#define STATS_INNER_H

#include <math.h>

#include "stats/stats.h"

/* Room for `len` doubles; what was there before is lost. */
double *scratch_room(struct scratch *s, size_t len);

static inline bool is_known(double v)
{
    return isfinite(v);
}

/* 60 % of the samples are there, and at least one. */
bool enough_known(struct samples x);

/* Copies the samples that are not gaps to `to` (room for x.len) and returns how many. */
size_t run_known(struct samples x, double *to);

/* The k-th smallest (from 0) of v[0..len), k < len. Reorders v: smaller or equal before k, larger or equal behind it. */
double select_kth(double *v, size_t len, size_t k);

/* Median and 1.4826 * MAD of v[0..len), len > 0; both reorder v, the second overwrites it. */
double run_median(double *v, size_t len);
double run_mad_sigma(double *v, size_t len);

/* A change in three steps, since few need the next one: the recent median, and from what is left in scratch the baseline's and the noise. */
struct change_rest {
    const double *baseline; /* known samples, in order */
    size_t len, width;      /* width: of the recent window */
    double *medians, *spare;
};
bool change_begin(struct samples recent, struct samples baseline, size_t min_baseline, struct change *ret, struct change_rest *rest, struct scratch *s);
double change_baseline(const struct change_rest *r);
double change_noise(const struct change_rest *r);

/* Points of a trend: position in steps and value, without gaps. They live in scratch. */
struct points {
    double *at, *v;
    double *spare; /* room for 4 * len doubles, or for one per pair of points, whichever is more */
    size_t len;
    size_t count;  /* samples that are not gaps, before bucketing */
    double median; /* of all samples that are not gaps */
    double span;   /* steps from the first to the last sample */
};

/* False with fewer than 4 samples. */
bool points_of(struct samples x, struct points *ret, struct scratch *s);
double points_slope(const struct points *p);                            /* Theil-Sen, per step */
double points_kendall(const struct points *p, double *ret_ties);        /* S; and sum of t(t-1)(2t+5) over the groups of equal values */
static inline double points_tau(const struct points *p, double kendall) /* tau-a */
{
    return kendall / (0.5 * (double)p->len * (double)(p->len - 1));
}

#endif
