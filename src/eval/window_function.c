/* The functions over windows: what each makes of a row's samples. */
#include <math.h>
#include <string.h>

#include "eval/column.h"
#include "rule/function.h"

#define BASELINE_LEAST_S 300
#define ENOUGH 0.6 /* share of a window's slots that must be known */

static double truth(enum stats_truth t)
{
    return t == STATS_UNKNOWN ? NAN : (double)t;
}

static bool enough(struct samples x)
{
    size_t known = stats_count(x);
    return known > 0 && (double)known >= ENOUGH * (double)x.len;
}

static struct effect effect_of(const struct window_input *in, double by, double min, double sigma, double tau)
{
    return (struct effect){.by = by, .least = min, .sigma = sigma, .tau = tau, .min_baseline = (size_t)ceil(BASELINE_LEAST_S / in->step_s)};
}

static double fn_rising(const struct window_input *in)
{
    struct effect e = effect_of(in, in->params[0], in->params[1], NAN, in->params[2]);
    return truth(stats_rising(in->recent, &e, in->scratch));
}

static double fn_flat(const struct window_input *in)
{
    struct effect e = effect_of(in, in->params[0], in->params[1], NAN, NAN);
    return truth(stats_flat(in->recent, &e, in->scratch));
}

static double fn_falling(const struct window_input *in)
{
    struct effect e = effect_of(in, in->params[1], in->params[2], in->params[3], NAN);
    return truth(stats_falling(in->recent, in->baseline, &e, in->scratch));
}

static double fn_surging(const struct window_input *in)
{
    struct effect e = effect_of(in, in->params[1], in->params[2], in->params[3], NAN);
    return truth(stats_surging(in->recent, in->baseline, &e, in->scratch));
}

static double fn_unstable(const struct window_input *in)
{
    struct effect e = effect_of(in, in->params[1], NAN, NAN, NAN);
    return truth(stats_unstable(in->recent, in->baseline, &e, in->scratch));
}

static double fn_stuck(const struct window_input *in)
{
    return truth(stats_stuck(in->recent));
}

static double fn_avg(const struct window_input *in)
{
    return enough(in->recent) ? stats_mean(in->recent) : NAN;
}

static double fn_median(const struct window_input *in)
{
    return enough(in->recent) ? stats_median(in->recent, in->scratch) : NAN;
}

static double fn_min(const struct window_input *in)
{
    return enough(in->recent) ? stats_min(in->recent) : NAN;
}

static double fn_max(const struct window_input *in)
{
    return enough(in->recent) ? stats_max(in->recent) : NAN;
}

static double fn_sum(const struct window_input *in)
{
    return enough(in->recent) ? stats_sum(in->recent) : NAN;
}

static double fn_last(const struct window_input *in)
{
    return stats_last(in->recent);
}

static double fn_delta(const struct window_input *in)
{
    return enough(in->recent) ? stats_last(in->recent) - stats_first(in->recent) : NAN;
}

static double fn_increase(const struct window_input *in)
{
    double total = 0, before = NAN;
    if (!enough(in->recent))
        return NAN;
    for (size_t i = 0; i < in->recent.len; i++) {
        double v = in->recent.v[i];
        if (isnan(v))
            continue;
        if (!isnan(before))
            total += v >= before ? v - before : v; /* a counter that restarted counts from zero */
        before = v;
    }
    return total;
}

static bool trend_of(const struct window_input *in, struct trend *ret)
{
    return enough(in->recent) && stats_trend(in->recent, ret, in->scratch);
}

static double fn_slope(const struct window_input *in)
{
    struct trend t;
    return trend_of(in, &t) ? t.slope / in->step_s : NAN;
}

static bool change_of(const struct window_input *in, struct change *ret)
{
    return stats_change(in->recent, in->baseline, (size_t)ceil(BASELINE_LEAST_S / in->step_s), ret, in->scratch);
}

static double fn_change(const struct window_input *in)
{
    struct change c;
    return change_of(in, &c) ? c.recent / c.baseline : NAN;
}

static double fn_zscore(const struct window_input *in)
{
    struct change c;
    return change_of(in, &c) && c.noise > 0 ? (c.recent - c.baseline) / c.noise : NAN;
}

static double fn_baseline(const struct window_input *in)
{
    return (double)stats_count(in->baseline) >= ceil(BASELINE_LEAST_S / in->step_s) ? stats_median(in->baseline, in->scratch) : NAN;
}

static double fn_cv(const struct window_input *in)
{
    return enough(in->recent) ? stats_cv(in->recent) : NAN;
}

static double fn_quantile(const struct window_input *in)
{
    return enough(in->recent) ? stats_quantile(in->recent, in->params[0], in->scratch) : NAN;
}

/* Where the trend's line, laid through the medians, stands now. */
static double level_now(const struct trend *t)
{
    return t->median + t->gain / 2;
}

static double fn_forecast(const struct window_input *in)
{
    struct trend t;
    return trend_of(in, &t) ? level_now(&t) + t.slope * in->params[0] / in->step_s : NAN;
}

static double fn_time_to(const struct window_input *in)
{
    struct trend t;
    if (!trend_of(in, &t))
        return NAN;
    double left = in->params[0] - level_now(&t), slope = t.slope / in->step_s;
    if (left == 0)
        return 0;
    return slope != 0 && left / slope > 0 ? left / slope : INFINITY;
}

static double fn_age(const struct window_input *in)
{
    const double *v = in->recent.v;
    size_t len = in->recent.len, at = len;
    double now = stats_last(in->recent);
    if (!enough(in->recent))
        return NAN;
    while (at > 0 && (isnan(v[at - 1]) || v[at - 1] == now))
        at--;
    return (double)(len - at) * in->step_s;
}

static double fn_held(const struct window_input *in)
{
    size_t known = 0, held = 0;
    if (!enough(in->recent))
        return NAN;
    for (size_t i = 0; i < in->recent.len; i++) {
        known += !isnan(in->recent.v[i]);
        held += !isnan(in->recent.v[i]) && in->recent.v[i] != 0;
    }
    return (double)held / (double)known;
}

static double fn_covered(const struct window_input *in)
{
    return (double)stats_count(in->recent) / (double)in->recent.len;
}

/* The parameters of headway(), in its order; the first is the series beside. */
enum { HEADWAY_BEHIND, HEADWAY_ALLOWED, HEADWAY_REPORTS };
#define REPORTS_MAX 30

/*
 * Where the mark moved it was reported, with what was left behind it then; where it stood nobody can tell whether it was reported again. The oldest sample counts as a
 * report, too. Oldest first; of more than `max` the newest.
 */
static size_t reports_of(const struct window_input *in, struct report *out, size_t max)
{
    double before = NAN;
    size_t len = 0;
    for (size_t i = 0; i < in->recent.len; i++) {
        double mark = in->recent.v[i];
        if (isnan(mark) || mark == before)
            continue;
        if (len == max)
            memmove(out, out + 1, --len * sizeof(*out));
        out[len++] = (struct report){mark, (double)i, in->beside.v[i]};
        before = mark;
    }
    return len;
}

/* Where the log ended in each of the newest slots, as far as it is known. */
static size_t ends_of(const struct window_input *in, double *out, size_t slots)
{
    size_t len = 0, all = in->recent.len;
    for (size_t i = all > slots ? all - slots : 0; i < all; i++)
        if (!isnan(in->recent.v[i] + in->beside.v[i]))
            out[len++] = in->recent.v[i] + in->beside.v[i];
    return len;
}

static double fn_headway(const struct window_input *in)
{
    struct report reports[REPORTS_MAX];
    double ends[REPORTS_MAX];
    if (!enough(in->recent) || !enough(in->beside))
        return NAN;
    size_t room = (size_t)fmax(1, fmin(REPORTS_MAX, in->params[HEADWAY_REPORTS]));
    struct headway_input h = {
        .reports = reports,
        .len = reports_of(in, reports, room),
        .room = room,
        .ends = ends,
        .ends_len = ends_of(in, ends, room),
        .behind = stats_last(in->beside),
        .now = (double)in->recent.len - 1,
        .allowed = in->params[HEADWAY_ALLOWED],
    };
    enum headway_verdict verdict = stats_headway(&h).verdict;
    return verdict == HEADWAY_UNKNOWN ? NAN : verdict;
}

static double (*const functions[FN_COUNT])(const struct window_input *) = {
    [FN_RISING] = fn_rising,     [FN_FALLING] = fn_falling,   [FN_SURGING] = fn_surging,   [FN_FLAT] = fn_flat,
    [FN_UNSTABLE] = fn_unstable, [FN_STUCK] = fn_stuck,       [FN_AVG] = fn_avg,           [FN_MEDIAN] = fn_median,
    [FN_MIN] = fn_min,           [FN_MAX] = fn_max,           [FN_SUM] = fn_sum,           [FN_LAST] = fn_last,
    [FN_DELTA] = fn_delta,       [FN_INCREASE] = fn_increase, [FN_SLOPE] = fn_slope,       [FN_CHANGE] = fn_change,
    [FN_CV] = fn_cv,             [FN_ZSCORE] = fn_zscore,     [FN_QUANTILE] = fn_quantile, [FN_BASELINE] = fn_baseline,
    [FN_FORECAST] = fn_forecast, [FN_TIME_TO] = fn_time_to,   [FN_AGE] = fn_age,           [FN_HELD] = fn_held,
    [FN_COVERED] = fn_covered,   [FN_HEADWAY] = fn_headway,
};

double window_function_apply(const struct window_function *f, const struct window_input *in)
{
    return functions[f->id](in);
}
