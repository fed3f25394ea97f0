/* Sums and moments. Compensated and centred: samples may be small changes on top of a large offset, such as 1.7e12. */
#include "stats/inner.h"

size_t stats_count(struct samples x)
{
    size_t count = 0;
    for (size_t i = 0; i < x.len; i++)
        count += is_known(x.v[i]);
    return count;
}

bool enough_known(struct samples x)
{
    size_t count = stats_count(x);
    return count > 0 && count * 5 >= x.len * 3;
}

/* Neumaier's sum: carries what each addition rounds away. */
struct sum {
    double total, lost;
};

static void sum_add(struct sum *s, double v)
{
    double total = s->total + v;
    s->lost += fabs(s->total) >= fabs(v) ? (s->total - total) + v : (v - total) + s->total;
    s->total = total;
}

double stats_sum(struct samples x)
{
    struct sum s = {0};
    size_t count = 0;
    for (size_t i = 0; i < x.len; i++) {
        if (!is_known(x.v[i]))
            continue;
        sum_add(&s, x.v[i]);
        count++;
    }
    return count > 0 ? s.total + s.lost : NAN;
}

double stats_min(struct samples x)
{
    double least = NAN;
    for (size_t i = 0; i < x.len; i++)
        if (is_known(x.v[i]) && !(x.v[i] >= least))
            least = x.v[i];
    return least;
}

double stats_max(struct samples x)
{
    double most = NAN;
    for (size_t i = 0; i < x.len; i++)
        if (is_known(x.v[i]) && !(x.v[i] <= most))
            most = x.v[i];
    return most;
}

double stats_first(struct samples x)
{
    for (size_t i = 0; i < x.len; i++)
        if (is_known(x.v[i]))
            return x.v[i];
    return NAN;
}

double stats_last(struct samples x)
{
    for (size_t i = x.len; i-- > 0;)
        if (is_known(x.v[i]))
            return x.v[i];
    return NAN;
}

double stats_mean(struct samples x)
{
    size_t count = stats_count(x);
    if (count == 0)
        return NAN;
    double mean = stats_sum(x) / (double)count;
    /* Rounding may carry the mean of equal samples past them; a deviation out of nothing would follow. */
    double least = stats_min(x), most = stats_max(x);
    return mean < least ? least : mean > most ? most : mean;
}

double stats_stddev(struct samples x)
{
    size_t count = stats_count(x);
    if (count == 0)
        return NAN;
    double mean = stats_mean(x), squares = 0, rest = 0;
    for (size_t i = 0; i < x.len; i++) {
        if (!is_known(x.v[i]))
            continue;
        double d = x.v[i] - mean;
        squares += d * d;
        rest += d; /* 0 but for the rounding of the mean */
    }
    double variance = (squares - rest * rest / (double)count) / (double)count;
    return variance > 0 ? sqrt(variance) : variance <= 0 ? 0 : NAN;
}

double stats_cv(struct samples x)
{
    double mean = stats_mean(x);
    return mean > 0 ? stats_stddev(x) / mean : NAN;
}
