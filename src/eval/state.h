/*
 * What holds where, since when: one instance per symptom and entity that is not quiet.
 *
 *   inactive ──true──► pending ──for──► firing ──clear──► recovering ──keep_firing_for──► settling ──settle──► inactive
 *
 * Unknown moves nothing forward: it stops the clocks of pending and recovering, and marks firing as blind. Blind for `lost_after` ends an instance as lost
 * sight of. Only a clear condition that is true, never one that is unknown, resolves. `settling` tells nobody anything: it keeps the samples out of
 * baselines, and lasts while the instance speaks for an incident. The rows of the table `transitions` in state.c are all there is to know.
 */
#ifndef EVAL_STATE_H
#define EVAL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "eval/column.h"
#include "rule/rule.h"
#include "signal/cluster.h"

struct incident;

enum state { STATE_INACTIVE, STATE_PENDING, STATE_FIRING, STATE_RECOVERING, STATE_SETTLING, STATES };
extern const char *const state_names[STATES];

/* What a step did that others want to know. */
enum effect_kind { EFFECT_NONE, EFFECT_PENDING, EFFECT_DROPPED, EFFECT_FIRED, EFFECT_SEVERITY, EFFECT_CAUSE, EFFECT_BLIND, EFFECT_SEES, EFFECT_RESOLVED, EFFECT_LOST, EFFECT_GONE };

struct instance {
    const struct symptom *symptom;
    size_t row;
    enum state state;
    enum severity severity;
    char incident[17];
    int64_t onset_ms;       /* when the change began, as far as the windows tell */
    int64_t pending_ms;     /* first slot in which the condition held */
    int64_t held_ms;        /* how long it held while it could be judged */
    int64_t fired_ms;
    int64_t clear_ms;       /* how long the clear condition held */
    int64_t blind_since_ms; /* 0 = sees */
    int64_t last_ms;        /* last slot that was stepped */
    int64_t over_ms;        /* settling: when the trouble ended, as far as the windows tell */
    int64_t settled_ms;     /* settling ends then */
    uint32_t revision;
    const char *lead;       /* id of the leading cause when it was last told, NULL */
    int lead_verdict;
    double lead_probability;
    const char *rival;      /* id of the cause that is believed now instead of the lead, NULL: it has to be for a while (diagnose.c) */
    int64_t rival_ms;       /* since when */
    const struct maintenance_config *planned; /* the window that expects it; NULL = none, or no longer */
    uint64_t held_by;       /* the signals by which the condition last held (sight.h) */
    double *suspicion;      /* by suspect of the symptom: dB, -infinity where ruled out; NULL until its causes were ranked. Owned */
    size_t group_at;        /* its place among the incident's members */
    struct incident *group; /* the incident that it belongs to or, settling, speaks for (diagnose/incident.h); NULL until it fired */
    char left[17];          /* id of the incident of several that it left last; "" = none */
    bool expected;          /* by a window when it was last looked at: known after a restart, too */
    bool dirty;             /* to be saved */
};

struct symptom_states {
    struct instance **by_row; /* NULL = inactive */
    size_t rows;
    size_t active; /* instances that are not NULL */
};

struct states { /* of one cluster */
    struct cluster *cluster;
    struct symptom_states *symptoms; /* by symptom index */
};

struct effect_row {
    enum effect_kind kind;
    struct instance *instance;
};

struct effects {
    struct effect_row *items;
    size_t len, cap;
    struct instance **ended; /* freed by states_collect */
    size_t ended_len, ended_cap;
};

struct states *states_new(struct cluster *c);
void states_free(struct states *st);
const struct instance *states_at(const struct states *st, const struct symptom *s, size_t row);
/* An instance for (symptom, row), made inactive when there is none: for restoring. */
struct instance *states_put(struct states *st, const struct symptom *s, size_t row);
/* Firing in the sense of firing(): firing or recovering. */
bool instance_fires(const struct instance *i);

/* Evaluates every symptom at the evaluator's slot and steps all instances; what happened is appended to `out`. */
void states_step(struct states *st, struct evaluator *ev, struct effects *out);
/* Marks, for all kinds, the rows that baselines must leave out in this slot. */
void states_mark_disturbed(struct states *st, struct evaluator *ev);
void instance_free(struct instance *i);
/* Adds an effect that another floor found (a new leading cause). */
void effects_add(struct effects *e, enum effect_kind kind, struct instance *i);
/* Frees the instances that ended in this slot, once everything was told. */
void effects_clear(struct effects *e);
/* Rows moved: by_row follows. */
void states_moved(struct states *st, const struct entity_kind *kind, const size_t *moved, size_t old_rows);

#endif
