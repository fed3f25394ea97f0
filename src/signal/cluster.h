/*
 * What is known of one cluster: its entities, the recent past of every signal, how its kinds meet, and which bindings answer for it.
 *
 * A cluster is fed by cluster_ingest() slot after slot; everything that reads it (eval, diagnose) sees columns over domains. Label values are interned in the
 * cluster. It belongs to one ruleset.
 */
#ifndef SIGNAL_CLUSTER_H
#define SIGNAL_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "model/entity.h"
#include "model/join.h"
#include "rule/rule.h"
#include "signal/batch.h"
#include "signal/season.h"
#include "signal/window.h"

struct bound { /* a binding that answers for this cluster */
    const struct binding *binding; /* NULL: the source knows the signal itself (a recording) */
    const char *matchers;          /* `cluster="x"` or "" ; interned */
};

struct bounds {
    struct bound *items;
    size_t len, cap;
};

enum health { HEALTH_UNBOUND, HEALTH_OK, HEALTH_PARTIAL, HEALTH_FAILED };

struct signal_health { /* of the last slot */
    enum health health;
    int64_t failing_since; /* slot; 0 = well */
    char error[160];
};

struct cluster {
    const struct ruleset *rules;
    const char *name;      /* interned */
    const char *bootstrap; /* NULL = not known */
    struct name_values links;
    struct name_values match; /* labels of its series, as it was bound last; empty = all are its own */
    int64_t interval_ms;
    int64_t grain_ms; /* how often a value can change: the interval, or the time between scrapes when that is longer (at most CLUSTER_GRAIN_MAX_MS) */
    int64_t slot; /* newest ingested */
    struct intern values;
    struct domain **domains;  /* by kind */
    struct window **windows;  /* by signal */
    struct season **seasons;  /* by signal; NULL where no rule asks what was usual at this time of the day */
    struct window **disturbed; /* by kind: 1 in slots that baselines leave out */
    struct join **joins;      /* left kind * kinds + right kind; made when asked for */
    struct bounds *bounds;    /* by signal */
    struct signal_health *health; /* by signal */
    uint64_t derived_stamp;   /* what the derivations were last computed from */
};

#define CLUSTER_GRAIN_MAX_MS 120000

struct cluster *cluster_new(const struct ruleset *rules, const char *name, int64_t interval_ms);
void cluster_free(struct cluster *c);
struct domain *cluster_domain(const struct cluster *c, const struct entity_kind *kind);
/* The join between two kinds, up to date. */
const struct join *cluster_join(struct cluster *c, const struct entity_kind *left, const struct entity_kind *right);
/* Takes slot `index` of the batch: rows come to be, windows move on, facts are filled in, derived labels follow. */
void cluster_ingest(struct cluster *c, const struct batch *batch, size_t index);
/* Finds derived labels anew when entities came or went (derive.c). */
void cluster_derive(struct cluster *c);
/* Forgets entities not seen since `before_ms`, unless keep() says otherwise; `on_moved` tells who else indexes rows of the kind. */
void cluster_compact(struct cluster *c, int64_t before_ms, bool (*keep)(void *context, const struct entity_kind *kind, size_t row),
                     void (*on_moved)(void *context, const struct entity_kind *kind, const size_t *moved, size_t old_rows), void *context);
/* Number of signals in use that have no binding here. */
size_t cluster_unbound(const struct cluster *c);

#endif
