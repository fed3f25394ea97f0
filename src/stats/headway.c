/*
 * How work gets on that is told by reports: the evaluation of Burrow (github.com/linkedin/Burrow, caching.go), order and comparisons as they are there, so that its
 * verdict can stand beside others. What it calls OK may still be ill: a single moment without backlog hides a stall, a dip of one hides growth.
 */
#include "stats/inner.h"

static bool always_behind(const struct headway_input *in)
{
    for (size_t i = 0; i < in->len; i++)
        if (in->reports[i].behind <= in->allowed)
            return false; /* a report that does not say counts for neither */
    return true;
}

static bool stopped(const struct headway_input *in)
{
    double first = in->reports[0].at, last = in->reports[in->len - 1].at;
    return in->now - last > last - first;
}

/* The log ended lately where the last report stands: whatever waits came since. */
static bool caught_up_lately(const struct headway_input *in)
{
    for (size_t i = 0; i < in->ends_len; i++)
        if (in->ends[i] <= in->reports[in->len - 1].mark)
            return true;
    return false;
}

/* Only the first step back is looked at. */
static size_t step_back(const struct headway_input *in)
{
    for (size_t i = 1; i < in->len; i++)
        if (in->reports[i].mark < in->reports[i - 1].mark)
            return i;
    return SIZE_MAX;
}

static bool made_good(const struct headway_input *in, size_t back)
{
    for (size_t i = back; i < in->len; i++)
        if (in->reports[i].mark >= in->reports[back - 1].mark)
            return true;
    return false;
}

static bool stalled(const struct headway_input *in)
{
    for (size_t i = 1; i < in->len; i++)
        if (in->reports[i].mark != in->reports[0].mark)
            return false;
    return true;
}

static bool never_less_behind(const struct headway_input *in)
{
    double before = NAN;
    for (size_t i = 0; i < in->len; i++) {
        double behind = in->reports[i].behind;
        if (isnan(behind))
            continue;
        if (behind < before)
            return false;
        before = behind;
    }
    return true;
}

static enum headway_verdict verdict_of(const struct headway_input *in, const struct headway *h)
{
    if ((double)in->len < in->complete * (double)in->room || in->behind <= in->allowed)
        return HEADWAY_OK;
    if (h->stopped && !h->caught_up_lately)
        return HEADWAY_STOP;
    if (h->back != SIZE_MAX && !made_good(in, h->back))
        return HEADWAY_REWIND;
    if (h->always_behind && h->stalled)
        return HEADWAY_STALL;
    return h->always_behind && h->never_less_behind ? HEADWAY_WARN : HEADWAY_OK;
}

struct headway stats_headway(const struct headway_input *in)
{
    struct headway h = {.verdict = HEADWAY_UNKNOWN, .back = SIZE_MAX};
    if (in->len == 0 || isnan(in->behind))
        return h;
    h.always_behind = always_behind(in);
    h.back = step_back(in);
    h.stopped = stopped(in);
    h.stalled = stalled(in);
    h.never_less_behind = never_less_behind(in);
    h.caught_up_lately = caught_up_lately(in);
    h.verdict = verdict_of(in, &h);
    return h;
}
