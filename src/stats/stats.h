/*
 * Arithmetic on arrays of doubles, and nothing else: no time stamps, no units, no names.
 *
 * Values are equally spaced samples, oldest first; NaN is a gap, and so is an infinity. Every function counts what it had: fewer than it needs gives NaN (numbers) or
 * STATS_UNKNOWN (truths), never a guess. Inputs are not changed. Scratch memory comes from the caller's `struct scratch`, grown as needed and reused.
 *
 * Map: quantile.c (median, MAD, quantiles), moments.c (mean, deviation, cv), trend.c (Theil-Sen, Mann-Kendall), change.c (recent against baseline),
 * shape.c (the six truths: rising falling flat surging unstable stuck), headway.c (how work gets on that is told by reports).
 */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stats_truth { STATS_FALSE = 0, STATS_TRUE = 1, STATS_UNKNOWN = 2 };

/* Reusable working memory. Owned by the caller, freed with scratch_free. */
struct scratch {
    double *buf;
    size_t cap;
};
void scratch_free(struct scratch *s);

/* A borrowed run of samples. */
struct samples {
    const double *v;
    size_t len;
};

size_t stats_count(struct samples x); /* samples that are not gaps */
double stats_median(struct samples x, struct scratch *s);
double stats_quantile(struct samples x, double q, struct scratch *s); /* type 7, q in [0, 1] */
double stats_mad_sigma(struct samples x, struct scratch *s);          /* 1.4826 * MAD; falls back to 1.2533 * mean absolute deviation when MAD is 0 */
double stats_mean(struct samples x);
double stats_stddev(struct samples x); /* population; centred, exact for large offsets */
double stats_cv(struct samples x);     /* stddev / mean; NaN when mean <= 0 */
double stats_min(struct samples x);
double stats_max(struct samples x);
double stats_sum(struct samples x);
double stats_last(struct samples x);  /* last sample that is not a gap */
double stats_first(struct samples x);

struct trend {
    double slope;      /* per step, Theil-Sen */
    double gain;       /* slope over the span from the first to the last sample */
    double tau;        /* Kendall's tau-a in [-1, 1] */
    double z;          /* Mann-Kendall with ties and Hamed-Rao correction, which only ever lowers it */
    double median;
    size_t count;
};
/* False with fewer than 4 samples. At most 360 points are used: longer runs are bucketed by median first. */
bool stats_trend(struct samples x, struct trend *ret, struct scratch *s);

struct change {
    double recent, baseline; /* medians */
    double noise;            /* standard error of a recent-window median, from the baseline: MAD of the values and of block medians, the larger */
    size_t recent_count, baseline_count;
};
/*
 * Recent window against the baseline before it. False (unknown) when under 60 % of `recent` or fewer than `min_baseline` samples of `baseline` are there.
 */
bool stats_change(struct samples recent, struct samples baseline, size_t min_baseline, struct change *ret, struct scratch *s);

/* What counts as an effect, beside significance. NaN or 0 in a field = no such demand. */
struct effect {
    double by;       /* relative: 0.3 = 30 % */
    double least;    /* absolute, in the samples' unit */
    double sigma;    /* how many noise units; 4 where a rule says nothing */
    double tau;      /* for trends: Kendall's tau that is needed, 0.6 */
    size_t min_baseline;
};

/* recent < baseline * (1 - by), and by more than sigma * noise and `least`. A baseline that is not positive is never falling. */
enum stats_truth stats_falling(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s);
/* recent > baseline * (1 + by), and by more than sigma * noise and `least`. */
enum stats_truth stats_surging(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s);
/* A sustained trend upwards within x: tau > e->tau, gain > max(e->least, e->by * median). Needs 60 % of the samples. */
enum stats_truth stats_rising(struct samples x, const struct effect *e, struct scratch *s);
/* No trend: |gain| not above max(e->least, e->by * |median|). Needs 60 % of the samples. */
enum stats_truth stats_flat(struct samples x, const struct effect *e, struct scratch *s);
/*
 * cv(recent) > e->by and > 3 * cv of baseline blocks of the same length (median). Recent samples at rest (mean <= 0) are not unstable; else unknown with fewer than
 * two blocks that have a cv: 60 % of their samples and a mean > 0.
 */
enum stats_truth stats_unstable(struct samples recent, struct samples baseline, const struct effect *e, struct scratch *s);
/* All samples equal (at least 60 % there, 3 or more). */
enum stats_truth stats_stuck(struct samples x);

/* A report of whoever works along a growing log: up to which mark it is done. */
struct report {
    double mark, at; /* `at`: when, in any unit */
    double behind;   /* from the mark to the end of the log as the report came; NaN = not known */
};

struct headway_input {
    const struct report *reports; /* oldest first, at least one */
    size_t len, room;             /* of so many as are kept */
    const double *ends;           /* where the log ended lately */
    size_t ends_len;
    double behind, now;           /* at present, in the units of a report */
    double allowed;               /* so far behind is not behind */
    double complete;              /* below this share of `room` nothing is judged: OK */
};

enum headway_verdict { HEADWAY_UNKNOWN = 0, HEADWAY_OK = 1, HEADWAY_WARN = 2, HEADWAY_STOP = 4, HEADWAY_STALL = 5, HEADWAY_REWIND = 6 }; /* Burrow's numbers */

struct headway {
    enum headway_verdict verdict;
    size_t back; /* the first report whose mark is below the one before; SIZE_MAX = none */
    bool always_behind, stopped, stalled, never_less_behind, caught_up_lately; /* what it was judged by */
};
/* UNKNOWN without a report or when it is not known how far behind. */
struct headway stats_headway(const struct headway_input *in);

#endif
