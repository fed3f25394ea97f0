/*
 * How the rows of two domains meet: by the labels that both kinds have. Both sides are numbered by the groups of equal common labels; a row whose
 * derived label is not known meets nobody (NO_ROW). With no common label there is one group: the whole cluster.
 * A join is made anew by join_refresh() when either domain grew or was compacted; otherwise that costs two comparisons.
 */
#ifndef MODEL_JOIN_H
#define MODEL_JOIN_H

#include "model/entity.h"

struct join {
    const struct domain *left, *right;
    size_t groups;
    size_t *left_group, *right_group; /* row -> group or NO_ROW */
    size_t left_rows, right_rows;
    uint64_t left_generation, right_generation;
};

struct join *join_new(const struct domain *left, const struct domain *right);
void join_refresh(struct join *j);
void join_free(struct join *j);

#endif
