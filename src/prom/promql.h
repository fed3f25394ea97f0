/*
 * The syntax of PromQL as a tree, for whoever wants to judge a query; nothing is evaluated here. What a server understands beyond Prometheus's own language is not read:
 * promql_parse() gives NULL, and nothing is said about the query.
 */
#ifndef PROM_PROMQL_H
#define PROM_PROMQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

enum promql_type { PROMQL_NUMBER, PROMQL_STRING, PROMQL_SELECTOR, PROMQL_CALL, PROMQL_AGGREGATION, PROMQL_BINARY, PROMQL_NEGATIVE };
enum promql_grouping { GROUPING_NONE, GROUPING_BY, GROUPING_WITHOUT };

#define PROMQL_ARGS_MAX 8
#define PROMQL_LABELS_MAX 16

struct promql {
    enum promql_type type;
    const char *name;     /* of the metric ("" when only matchers say it), the function, or the operator */
    const char *matchers; /* of a selector, as written between the braces */
    double number;
    int64_t range_ms;     /* of a selector or a subquery: 0 = none */
    int64_t shift_ms;     /* its offset */
    bool fixed;           /* at a time of its own (@) */
    struct promql *args[PROMQL_ARGS_MAX];
    size_t args_len;
    enum promql_grouping grouping; /* of an aggregation: by, without; of an operator: on, ignoring */
    const char *labels[PROMQL_LABELS_MAX];
    size_t labels_len;
    bool one_to_many; /* group_left, group_right */
};

/* NULL when it is not PromQL as Prometheus has it. */
struct promql *promql_parse(const char *text, struct arena *a);
/* The same text for the same meaning, white space apart. */
void promql_print(const struct promql *q, struct strbuf *out);
bool promql_is_comparison(const struct promql *q);

#endif
