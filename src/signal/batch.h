/*
 * A batch: the questions of one tick (or of a stretch of history) and their answers, before they become samples of a cluster.
 *
 * An answer is whole or it is nothing: what came of a failed query is thrown away, so that it can only make things unknown. ABSENT marks a slot in
 * which a whole answer did not have the entity; NaN one in which the answer said NaN and the signal's policy calls that unknown.
 */
#ifndef SIGNAL_BATCH_H
#define SIGNAL_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "prom/prom.h"
#include "rule/rule.h"

struct cluster;

struct series { /* one entity's values over the batch's slots */
    const char *identity[ENTITY_LABELS_MAX]; /* interned in the cluster */
    double *values;                          /* batch.slots; base units; ABSENT where the answer had nothing */
};

enum answer_state { ANSWER_PENDING, ANSWER_OK, ANSWER_PARTIAL, ANSWER_FAILED };

struct answer {
    struct batch *batch;
    struct cluster *cluster;
    const struct signal *signal;
    const struct binding *binding; /* NULL = the source's own */
    const char *matchers;
    enum answer_state state;
    struct error error;
    struct series *series;
    size_t len, cap;
    struct map index;  /* identity hash -> series + 1 */
    struct series *at; /* the one that samples go to; NULL = unmapped, skip */
    size_t unmapped, duplicates;
    struct answer *twin; /* the same alert in another cluster: this one's answer serves it too (signal/alert.h) */
    bool served;         /* by another: not to be asked */
};

#define BATCH_SLOTS_MAX 10000 /* a server gives at most 11,000 points a series */

struct batch {
    int64_t from_ms, step_ms;
    int64_t tolerance_ms; /* a sample further from its slot is between two: half a step, less where the source has more samples than are asked for */
    size_t slots; /* 1 … BATCH_SLOTS_MAX */
    struct answer *answers; /* by cluster, signal, preference */
    size_t len, cap;
    int64_t rate_ms;
    bool no_alerts; /* alerts of rule files are not asked for */
    void (*on_answer)(void *context, size_t ended, size_t all); /* an answer has ended; may be NULL */
    void *context;
    size_t ended;
};

extern const double ABSENT;
bool is_absent(double v);

void batch_init(struct batch *b, int64_t from_ms, int64_t step_ms, size_t slots, int64_t rate_ms);
/* Adds a question for every bound signal of the cluster; only for those that an expression reads unless `all`. */
void batch_plan(struct batch *b, struct cluster *c, bool all);
/* The same for one signal, whether it is read or not. */
void batch_plan_signal(struct batch *b, struct cluster *c, const struct signal *s);
/* Lays the answers of several bindings of one signal over each other, as cluster_ingest() would: the first whole one then has everything, the others nothing. */
void batch_merge(struct batch *b);
void batch_free(struct batch *b);

/* Our label `to` of a series: of the rules in their order the part of the first value that is there and matches; false when there is none. Points into `labels`. */
bool label_by_rules(const struct label_rule *rules, size_t rules_len, const char *to, const struct prom_label *labels, size_t len, const char **ret, size_t *ret_len);
/* For sources: an answer's series by the exporter's labels, or by identity; then its samples; then how it ended. */
void answer_series(struct answer *a, const struct prom_label *labels, size_t len);
void answer_series_identity(struct answer *a, const char *const *identity);
void answer_sample(struct answer *a, int64_t time_ms, double value);
void answer_done(struct answer *a, enum answer_state state, const struct error *err);

#endif
