/* Order statistics by selection: no full sort, linear time, and never a NaN in a comparison. */
#include <stdlib.h>

#include "base/alloc.h"
#include "stats/inner.h"

#define MAD_TO_SIGMA 1.4826             /* of a normal distribution */
#define MEAN_DEVIATION_TO_SIGMA 1.2533  /* likewise */

void scratch_free(struct scratch *s)
{
    free(s->buf);
    *s = (struct scratch){0};
}

double *scratch_room(struct scratch *s, size_t len)
{
    if (s->cap >= len && s->buf)
        return s->buf;
    /* Not realloc in place: nobody wants the old content, so there is nothing to copy. */
    free(s->buf);
    s->cap = len < 64 ? 64 : len;
    s->buf = xrealloc(NULL, s->cap, sizeof *s->buf);
    return s->buf;
}

size_t run_known(struct samples x, double *to)
{
    size_t len = 0;
    for (size_t i = 0; i < x.len; i++)
        if (is_known(x.v[i]))
            to[len++] = x.v[i];
    return len;
}

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static double middle_of(double a, double b, double c)
{
    if (a < b)
        return b < c ? b : a < c ? c : a;
    return a < c ? a : b < c ? c : b;
}

static void sift_down(double *v, size_t root, size_t len)
{
    for (size_t child; (child = 2 * root + 1) < len; root = child) {
        if (child + 1 < len && v[child] < v[child + 1])
            child++;
        if (!(v[root] < v[child]))
            return;
        swap(&v[root], &v[child]);
    }
}

static void heap_sort(double *v, size_t len)
{
    for (size_t i = len / 2; i-- > 0;)
        sift_down(v, i, len);
    for (size_t end = len; end-- > 1;) {
        swap(&v[0], &v[end]);
        sift_down(v, 0, end);
    }
}

/*
 * Three parts: smaller than, equal to and larger than the pivot. Long runs of equal values, usual in counters at rest, end at once. Two passes without
 * a branch on the data are several times faster than one with: the processor cannot guess how the next value compares.
 */
static void split_at(double *v, size_t len, double pivot, size_t *ret_less, size_t *ret_more)
{
    size_t less = 0;
    for (size_t i = 0; i < len; i++) {
        double t = v[i];
        v[i] = v[less];
        v[less] = t;
        less += t < pivot;
    }
    size_t more = less;
    for (size_t i = less; i < len; i++) {
        double t = v[i];
        v[i] = v[more];
        v[more] = t;
        more += t <= pivot;
    }
    *ret_less = less;
    *ret_more = more;
}

double select_kth(double *v, size_t len, size_t k)
{
    /* Two rounds for each halving are plenty; past that the pivots are bad, and sorting what is left bounds the cost. */
    int patience = 2;
    for (size_t size = len; size > 1; size /= 2)
        patience += 2;
    size_t lo = 0, hi = len;
    while (hi - lo > 1) {
        size_t less, more, n = hi - lo;
        if (patience-- == 0) {
            heap_sort(v + lo, n);
            break;
        }
        split_at(v + lo, n, middle_of(v[lo], v[lo + n / 2], v[hi - 1]), &less, &more);
        if (k < lo + less)
            hi = lo + less;
        else if (k >= lo + more)
            lo = lo + more;
        else
            break;
    }
    return v[k];
}

static double smallest(const double *v, size_t len)
{
    double least = v[0];
    for (size_t i = 1; i < len; i++)
        if (v[i] < least)
            least = v[i];
    return least;
}

double run_median(double *v, size_t len)
{
    double low = select_kth(v, len, (len - 1) / 2);
    if (len % 2 == 1)
        return low;
    return 0.5 * low + 0.5 * smallest(v + len / 2, len / 2); /* halves first: the sum may overflow */
}

static void to_deviations(double *v, size_t len, double centre)
{
    for (size_t i = 0; i < len; i++)
        v[i] = fabs(v[i] - centre);
}

double run_mad_sigma(double *v, size_t len)
{
    to_deviations(v, len, run_median(v, len));
    return MAD_TO_SIGMA * run_median(v, len);
}

double stats_median(struct samples x, struct scratch *s)
{
    double *v = scratch_room(s, x.len);
    size_t len = run_known(x, v);
    return len > 0 ? run_median(v, len) : NAN;
}

double stats_quantile(struct samples x, double q, struct scratch *s)
{
    double *v = scratch_room(s, x.len);
    size_t len = run_known(x, v);
    if (len == 0 || !(q >= 0 && q <= 1))
        return NAN;
    double rank = q * (double)(len - 1);
    size_t k = (size_t)rank;
    double low = select_kth(v, len, k);
    if (k + 1 >= len)
        return low;
    return low + (smallest(v + k + 1, len - k - 1) - low) * (rank - (double)k);
}

double stats_mad_sigma(struct samples x, struct scratch *s)
{
    double *v = scratch_room(s, x.len);
    size_t len = run_known(x, v);
    if (len == 0)
        return NAN;
    double sigma = run_mad_sigma(v, len);
    if (sigma > 0)
        return sigma;
    /* More than half of the samples are the median: the MAD is blind to the others. v holds the deviations now. */
    return MEAN_DEVIATION_TO_SIGMA * stats_mean((struct samples){v, len});
}
