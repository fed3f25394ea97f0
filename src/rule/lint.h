/*
 * What ruleset_lint() and, with a source, `nightbell lint` look for, as a table: how grave it is and what it means. A mistake's `check` is the id of its row.
 */
#ifndef RULE_LINT_H
#define RULE_LINT_H

#include <stddef.h>

#include "base/error.h"

/* name, level, id, what is wrong */
#define LINT_CHECKS(X) \
    X(CHECK_CONSTANT_CONDITION, MISTAKE_ERROR, "constant-condition", "A condition that is always true or never, whatever the samples say") \
    X(CHECK_WINDOW_AGAINST, MISTAKE_ERROR, "window-longer-than-usual", "A window that is longer than what it is held against") \
    X(CHECK_COUNTER_LEVEL, MISTAKE_WARNING, "counter-over-a-line", "A counter is held against a line: once over it, it stays there") \
    X(CHECK_RATIO_BOUND, MISTAKE_WARNING, "ratio-without-percent", "A ratio is held against a number that looks like percents") \
    X(CHECK_MEAN_OF_COUNTS, MISTAKE_WARNING, "mean-of-counts", "A mean of what one has and the others do not is held against a line") \
    X(CHECK_QUIET_BY_NATURE, MISTAKE_WARNING, "quiet-by-nature", "A condition that holds for whatever never has any traffic") \
    X(CHECK_UNIT_SHOWN, MISTAKE_ERROR, "other-unit-shown", "A text that shows a value in a unit that it does not have") \
    X(CHECK_OTHER_DEFAULT, MISTAKE_ERROR, "other-default", "A text that names a default which no parameter has") \
    X(CHECK_PITFALL, MISTAKE_WARNING, "pitfall", "A name that is gone, or that means something else than it seems to (pitfalls of the rules)") \
    X(CHECK_NO_TRANSLATION, MISTAKE_WARNING, "no-translation", "A text that has no Korean") \
    X(CHECK_GLUED_PARTICLE, MISTAKE_WARNING, "glued-particle", "A Korean particle whose form hangs on a value") \
    X(CHECK_EXCLAMATION, MISTAKE_WARNING, "exclamation-mark", "A text that shouts") \
    X(CHECK_ONE_SIDED, MISTAKE_ERROR, "one-sided-evidence", "Evidence that weighs to the same side whatever its condition says") \
    X(CHECK_NOT_READ_ONLY, MISTAKE_ERROR, "not-read-only", "A remedy that is called read-only changes something") \
    X(CHECK_NO_EVIDENCE, MISTAKE_ERROR, "cause-without-evidence", "A cause that nothing can speak for or against") \
    X(CHECK_NO_CAUSE, MISTAKE_WARNING, "symptom-without-cause", "A symptom that names no cause") \
    X(CHECK_NO_REMEDY, MISTAKE_ERROR, "critical-without-remedy", "A critical symptom that names no next step") \
    X(CHECK_CLEARS_AS_FIRES, MISTAKE_ERROR, "clears-as-it-fires", "A symptom that clears by the condition that makes it fire") \
    X(CHECK_NO_ESCALATION, MISTAKE_WARNING, "escalates-to-no-more", "An escalation to no more than the symptom has") \
    X(CHECK_UNUSED_PARAMETER, MISTAKE_WARNING, "unused-parameter", "A parameter that changes nothing") \
    X(CHECK_UNUSED_NAME, MISTAKE_WARNING, "unused-name", "A name in let: that nothing reads") \
    X(CHECK_UNUSED_CAUSE, MISTAKE_WARNING, "unlisted-cause", "A cause that no symptom lists") \
    X(CHECK_UNUSED_SIGNAL, MISTAKE_NOTE, "unused-signal", "A signal that no rule reads: it is recorded and may be used by other rules, but is not asked for otherwise") \
    X(CHECK_NO_HELP, MISTAKE_WARNING, "signal-without-help", "A signal that does not say what it is") \
    X(CHECK_NO_METRIC, MISTAKE_ERROR, "query-without-metric", "A query that names no metric") \
    X(CHECK_NO_MATCH, MISTAKE_ERROR, "query-without-match", "A selector without $match: it reads every cluster's series") \
    X(CHECK_MEAN_SINCE_START, MISTAKE_WARNING, "mean-since-start", "A mean since the process began: it hardly moves when things change") \
    X(CHECK_ALERT_SEVERITY, MISTAKE_WARNING, "alert-severity", "An alert of a Prometheus rule file whose severity is not known") \
    X(CHECK_ALERT_TEXT, MISTAKE_WARNING, "alert-text", "An alert of a Prometheus rule file whose text cannot be shown as Prometheus would") \
    X(CHECK_ALERT_OFFSET, MISTAKE_WARNING, "alert-offset", "A group of a Prometheus rule file that is evaluated with an offset") \
    X(CHECK_ALERT_LABEL, MISTAKE_WARNING, "alert-label", "A label of an alert that changes with the value") \
    X(CHECK_RECORDING_RULES, MISTAKE_WARNING, "recording-rules", "Recording rules, which are left to Prometheus") \
    X(CHECK_BLIND, MISTAKE_WARNING, "blind-symptom", "A symptom that could not be judged once in the time that was looked at") \
    X(CHECK_SHORT_WINDOW, MISTAKE_WARNING, "short-window", "A window that is shorter than two scrapes") \
    X(CHECK_NO_SERIES, MISTAKE_NOTE, "no-series", "A signal that nothing gives at the source") \
    X(CHECK_NEVER_HELD, MISTAKE_NOTE, "never-held", "A condition that never held in the time that was looked at") \
    X(CHECK_QUERY_CONSTANT, MISTAKE_WARNING, "query-constant", "An alert whose expression can never hold, or always does") \
    X(CHECK_MEAN_OF_QUANTILES, MISTAKE_WARNING, "mean-of-quantiles", "A sum or mean of quantiles, which is no quantile") \
    X(CHECK_DEVIATION_OF_FEW, MISTAKE_WARNING, "deviation-of-few", "Few values are held against their own mean and deviation") \
    X(CHECK_LABELS_APART, MISTAKE_WARNING, "labels-never-meet", "Two sides of an operator with different labels, so that no pair matches") \
    X(CHECK_TEXT_BESIDE, MISTAKE_WARNING, "text-beside-the-rule", "A text of an alert whose time or unit is not that of its expression") \
    X(CHECK_SILENT_WITHOUT, MISTAKE_WARNING, "silent-without-series", "A file of alerts none of which tells when their series are gone") \
    X(CHECK_CLUSTERS_MERGED, MISTAKE_WARNING, "clusters-merged", "Alerts that add up the clusters of one server")

enum lint_check_id {
#define X(name, level, id, help) name,
    LINT_CHECKS(X)
#undef X
    LINT_CHECK_COUNT,
    LINT_WITH_DATA = CHECK_BLIND, /* from here on a source is needed, and the caller looks (cli/lint_source.c) */
};

struct lint_check {
    const char *id;
    enum mistake_level level;
    const char *help; /* one sentence without its full stop */
};

extern const struct lint_check lint_checks[LINT_CHECK_COUNT];

#endif
