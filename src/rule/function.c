/* The table of functions over windows. */
#include "rule/function.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* clang-format off: a table */
#define NEEDED NAN /* no default: must be given */
#define AGAINST                                                                                                                                      \
    {                                                                                                                                                \
        "against", PARAM_SECONDS, 1800                                                                                                               \
    }

/*        id        parameters, in the evaluator's order; their number; help */
#define PARAMETERS_RISING                                                                                                                            \
    {{"by", PARAM_RATIO, 0.2}, {"min", PARAM_SAME, 0}, {"tau", PARAM_NUMBER, 0.6}}, 3, "a steady trend upwards within the window"
#define PARAMETERS_FALLING {AGAINST, {"by", PARAM_RATIO, 0.3}, {"min", PARAM_SAME, 0}, {"sigma", PARAM_NUMBER, 4}}, 4, "well below its usual value"
#define PARAMETERS_SURGING {AGAINST, {"by", PARAM_RATIO, 1}, {"min", PARAM_SAME, 0}, {"sigma", PARAM_NUMBER, 4}}, 4, "well above its usual value"
#define PARAMETERS_FLAT {{"by", PARAM_RATIO, 0.1}, {"min", PARAM_SAME, 0}}, 2, "no trend within the window"
#define PARAMETERS_UNSTABLE {AGAINST, {"by", PARAM_RATIO, 0.5}}, 2, "varies much, and much more than usual"
#define PARAMETERS_STUCK {{0}}, 0, "all samples are equal"
#define PARAMETERS_AVG {{0}}, 0, "mean of the window"
#define PARAMETERS_MEDIAN {{0}}, 0, "median of the window"
#define PARAMETERS_MIN {{0}}, 0, "least of the window"
#define PARAMETERS_MAX {{0}}, 0, "greatest of the window"
#define PARAMETERS_SUM {{0}}, 0, "sum of the samples"
#define PARAMETERS_LAST {{0}}, 0, "newest known sample"
#define PARAMETERS_DELTA {{0}}, 0, "last minus first"
#define PARAMETERS_INCREASE {{0}}, 0, "growth of a counter over resets"
#define PARAMETERS_SLOPE {{0}}, 0, "trend per second"
#define PARAMETERS_CHANGE {AGAINST}, 1, "recent by usual value"
#define PARAMETERS_CV {{0}}, 0, "coefficient of variation"
#define PARAMETERS_ZSCORE {AGAINST}, 1, "distance from the usual value in its usual spreads"
#define PARAMETERS_QUANTILE {{"q", PARAM_NUMBER, NEEDED}}, 1, "quantile of the window"
#define PARAMETERS_BASELINE {AGAINST}, 1, "the usual value before the window"
#define PARAMETERS_FORECAST {{"ahead", PARAM_SECONDS, NEEDED}}, 1, "the trend's value so far from now"
#define PARAMETERS_TIME_TO {{"bound", PARAM_SAME, NEEDED}}, 1, "time until the trend meets a bound"
#define PARAMETERS_AGE {{0}}, 0, "time since the value last changed, at most the window"
#define PARAMETERS_HELD {{0}}, 0, "share of the known samples that are true, or not 0"
#define PARAMETERS_COVERED {{0}}, 0, "share of slots that are known"
#define PARAMETERS_HEADWAY                                                                                                                           \
    {{"behind", PARAM_SERIES, NEEDED}, {"allowed", PARAM_SAME, 0}, {"reports", PARAM_NUMBER, 10}}, 3,                                                \
        "Burrow's verdict on a mark and how far it is behind: 1 well, 2 falling behind, 4 stopped, 5 stalled, 6 went back"

/* clang-format on */
#define ENTRY(id, name, result, baseline, least, ...) [FN_##id] = {FN_##id, name, result, baseline, least, __VA_ARGS__},
#define F(id, name, result, baseline, least) ENTRY(id, name, result, baseline, least, PARAMETERS_##id)
const struct window_function window_functions[FN_COUNT] = {WINDOW_FUNCTIONS(F)};
#undef F

const struct window_function *window_function_find(const char *name)
{
    for (size_t i = 0; i < FN_COUNT; i++)
        if (strcmp(window_functions[i].name, name) == 0)
            return &window_functions[i];
    return NULL;
}

size_t window_function_series(const struct window_function *f)
{
    for (size_t i = 0; i < f->params_len; i++)
        if (f->params[i].unit == PARAM_SERIES)
            return i;
    return SIZE_MAX;
}
