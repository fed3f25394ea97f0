/*
 * What fired at another time, so that only what is new fails: a file that `check --save` or `check --format json` wrote.
 *
 * A finding is the same when symptom, cluster and entity are; it is known as long as it is no more severe than it was. What is not found again is gone only
 * where it would have been seen.
 */
#ifndef CLI_CHECK_BASELINE_H
#define CLI_CHECK_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/finding.h"

struct baseline; /* opaque */

/* ERR_DATA when the file is something else; ERR_NOT_FOUND, … as file_read. */
int baseline_read(const char *path, struct baseline **ret, struct error *err);
void baseline_free(struct baseline *b);
/* `b` NULL: nothing is known. */
bool baseline_knows(const struct baseline *b, const struct finding *f);
size_t baseline_len(const struct baseline *b);
int64_t baseline_time_ms(const struct baseline *b);
/* ERR_INVALID when it tells of none of these clusters. */
int baseline_fits(const struct baseline *b, const char *const *clusters, size_t len, struct error *err);

enum sight { SIGHT_ELSEWHERE, SIGHT_NONE, SIGHT_CLEAR }; /* not asked for; asked for and not judged; judged */
struct since {
    size_t known;        /* of the findings now */
    size_t gone, unseen; /* of the baseline: no longer there; nobody can tell */
};
/* `sight` says whether a symptom can be seen in a cluster now. `b` NULL: all zero. */
struct since baseline_since(const struct baseline *b, const struct finding *const *findings, size_t len,
                            enum sight (*sight)(const void *context, const char *symptom, const char *cluster), const void *context);

#endif
