/*
 * The functions over windows, as one table: parser, checker, evaluator, lint and the manual read it.
 *
 * A window function gets the samples of one row, oldest first, gaps as NaN, and its parameters as numbers in base units. Result unit: of the signal (SAME), a truth,
 * seconds, per second, or none. `baseline` functions also see the samples before the window (length: parameter `against`), without slots in which a symptom of a
 * related entity was firing or recovering.
 */
#ifndef RULE_FUNCTION_H
#define RULE_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>

enum result_unit { RESULT_TRUTH, RESULT_SAME, RESULT_PER_SECOND, RESULT_SECONDS, RESULT_RATIO, RESULT_COUNT };
enum param_unit { PARAM_RATIO, PARAM_SAME, PARAM_SECONDS, PARAM_NUMBER, PARAM_SERIES /* another value whose past is seen beside, in the same unit */ };

/*        id        name        result             baseline  least */
#define WINDOW_FUNCTIONS(F)                                                                                                                        \
    F(RISING,    "rising",    RESULT_TRUTH,      false,    3)                                                                                        \
    F(FALLING,   "falling",   RESULT_TRUTH,      true,     3)                                                                                        \
    F(SURGING,   "surging",   RESULT_TRUTH,      true,     3)                                                                                        \
    F(FLAT,      "flat",      RESULT_TRUTH,      false,    3)                                                                                        \
    F(UNSTABLE,  "unstable",  RESULT_TRUTH,      true,     3)                                                                                        \
    F(STUCK,     "stuck",     RESULT_TRUTH,      false,    3)                                                                                        \
    F(AVG,       "avg",       RESULT_SAME,       false,    3)                                                                                        \
    F(MEDIAN,    "median",    RESULT_SAME,       false,    3)                                                                                        \
    F(MIN,       "min",       RESULT_SAME,       false,    3)                                                                                        \
    F(MAX,       "max",       RESULT_SAME,       false,    3)                                                                                        \
    F(SUM,       "sum",       RESULT_SAME,       false,    1)                                                                                        \
    F(LAST,      "last",      RESULT_SAME,       false,    1) /* newest known sample */                                                              \
    F(DELTA,     "delta",     RESULT_SAME,       false,    2) /* last - first */                                                                     \
    F(INCREASE,  "increase",  RESULT_SAME,       false,    2) /* sum of the positive steps: a counter's growth over resets */                        \
    F(SLOPE,     "slope",     RESULT_PER_SECOND, false,    3) /* Theil-Sen */                                                                        \
    F(CHANGE,    "change",    RESULT_RATIO,      true,     3)  /* median of the window / median of the baseline */                                   \
    F(CV,        "cv",        RESULT_RATIO,      false,    3)                                                                                        \
    F(ZSCORE,    "zscore",    RESULT_RATIO,      true,     3)                                                                                        \
    F(QUANTILE,  "quantile",  RESULT_SAME,       false,    3)                                                                                        \
    F(BASELINE,  "baseline",  RESULT_SAME,       true,     3)  /* median of the baseline before the window */                                        \
    F(FORECAST,  "forecast",  RESULT_SAME,       false,    3) /* Theil-Sen, `ahead` from now */                                                      \
    F(TIME_TO,   "time_to",   RESULT_SECONDS,    false,    3) /* until `bound` at the present slope; infinite when moving away */                    \
    F(AGE,       "age",       RESULT_SECONDS,    false,    2) /* since the value last changed, at most the window */                                 \
    F(HELD,      "held",      RESULT_RATIO,      false,    3) /* share of known samples that are not 0: for truths */                                \
    F(COVERED,   "covered",   RESULT_RATIO,      false,    1) /* share of slots that are known */                                                    \
    F(HEADWAY,   "headway",   RESULT_COUNT,      false,    3) /* Burrow's verdict on a mark that moves along a log: enum headway_verdict */

enum window_function_id {
#define F(id, name, result, baseline, least) FN_##id,
    WINDOW_FUNCTIONS(F)
#undef F
    FN_COUNT
};

#define FUNCTION_PARAMS_MAX 6
#define WINDOW_LEAST_MAX 3 /* the greatest `least` */

/* A baseline of `against` undisturbed samples is looked for in at most so many times `against`: an incident is seen for so long before its own samples are all there is. */
#define BASELINE_LOOK_BACK 2

struct function_param {
    const char *name;
    enum param_unit unit;
    double value; /* the default; rules/shapes.yaml may set it; NaN = none */
};

struct window_function {
    enum window_function_id id;
    const char *name;
    enum result_unit result;
    bool baseline;
    size_t least; /* scrapes that its window sees at least, however short it is: one or two samples are no level, and one is no growth */
    struct function_param params[FUNCTION_PARAMS_MAX]; /* for baseline functions the first is `against` (seconds, 30 min) */
    size_t params_len;
    const char *help;
};

extern const struct window_function window_functions[FN_COUNT];
const struct window_function *window_function_find(const char *name);
/* The parameter that is a series; SIZE_MAX = none is. */
size_t window_function_series(const struct window_function *f);

/* Positions of parameters (args[1 + position] of an EXPR_WINDOW), fixed for the evaluator. */
enum { PARAM_AGAINST = 0 };
/*
 * rising(by=20%, min=0, tau=0.6)               flat(by=10%, min=0)
 * falling, surging(against=30m, by=30% / 100%, min=0, sigma=4)
 * unstable(against=30m, by=50%)                  stuck()
 * headway(behind=, allowed=0, reports=10): where the mark moved it was reported; of one function at most one parameter is a series
 * quantile(q)   forecast(ahead)   time_to(bound)   baseline(against=30m)   change(against=30m)   zscore(against=30m)
 * The minimal baseline is 5 minutes of samples.
 */

#endif
