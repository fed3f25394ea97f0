/*
 * An incident: findings that one cause explains. What fires joins an open incident when that incident's cause shows as one of its own suspects that is not ruled out
 * (rules: mechanisms), it began in time, it agrees on the mechanism's scope, and nothing else is believed to be its cause. An incident that learns its cause takes in
 * what it explains; the older of the two keeps its name. One thing broke, many things show it: findings that began together while no cause is believed are one, too, when
 * the same is suspected first of all, or when they are of one symptom and nothing is; and so are those of one symptom in three entities or more with the same cause believed
 * for each. A member whose cause becomes known and is nobody else's goes its own way. A finding that nothing explains is an incident of its own.
 *
 * The lead speaks for the incident: the member whose cause is believed most. One that clears goes on speaking while its cause explains all that are left, so that the last
 * word is of what broke and not of what healed last; else another takes over, in place. The incident ends with its last member.
 * Decisions are kept in words, so that a reader can follow them (`why`).
 */
#ifndef DIAGNOSE_INCIDENT_H
#define DIAGNOSE_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "eval/state.h"
#include "model/finding.h"

/* What one destination was told of an incident. */
struct telling {
    size_t destination;     /* index in the configuration */
    int64_t told_ms;        /* the first message or the last reminder, 0 = nothing yet */
    int64_t said_ms;        /* the last message of any kind */
    enum severity severity; /* that it was told */
    bool current;           /* it was told what is so now */
    bool muted;             /* the first message was kept back by the times of its route (known anew after a restart) */
    char digest[17];        /* it stands in that digest instead of having a message of its own; "" = it has one */
    const char *due;        /* kind of the message that this slot gives it, NULL = none */
};

struct tellings {
    struct telling *items;
    size_t len, cap;
};

struct incident {
    char id[17]; /* of its first finding */
    const struct mechanism *mechanism; /* of the cause that is believed; NULL = none is */
    struct instance *lead;     /* a member, or one that was and settles */
    struct instance **members; /* active ones, in no order */
    size_t len, cap;
    size_t ever;        /* members so far */
    int64_t onset_ms;   /* earliest of its members */
    int64_t joined_ms;  /* when the last one joined */
    int64_t opened_ms;
    enum severity peak; /* the highest severity so far */
    uint32_t revision;  /* of what is told about it */
    struct tellings told; /* one for each destination that it was to be told to */
    int64_t look_ms;    /* when to look again whether something is to be told, though nothing changes */
    int64_t ack;        /* the acknowledgement that was told of, 0 = none */
    size_t flaps;       /* how often the same opened within the hour before */
    bool changed;       /* in this slot */
    bool speaks;        /* in this slot: a message is due to somebody */
    char why[200];      /* the last decision about it */
    enum effect_kind end;      /* closed: what became of its last member */
    struct incident *into;     /* closed: taken in by that one, which may have taken over the name */
    char orphan[17];           /* then: the name that is no longer used */
};

struct incidents { /* of one cluster */
    const struct cluster *cluster;
    struct incident **items;
    size_t len, cap;
    struct incident **closed; /* in this slot; freed by incidents_clear */
    size_t closed_len, closed_cap;
};

/* What the state file keeps of an incident, with each of its members. */
struct incident_mark {
    const char *id;
    bool lead;
    uint32_t revision;
    int64_t opened_ms, ack;
    size_t ever;
    enum severity peak;
    const struct telling *told;
    size_t told_len;
};

struct incidents *incidents_new(const struct cluster *c);
void incidents_free(struct incidents *in);
/* Takes what happened in this slot: joins, merges, new leads, ends. */
void incidents_step(struct incidents *in, const struct effects *effects, int64_t slot_ms);
/* Forgets what ended in this slot and who changed. */
void incidents_clear(struct incidents *in);
/* Puts a restored instance into its incident, made when it is not there: as a member when it fires, else as one that only speaks for it. */
void incidents_restore(struct incidents *in, struct instance *i, const struct incident_mark *mark);
/* Once all are restored: forgets those of which nothing is left. */
void incidents_restored(struct incidents *in);
/* It speaks for an open incident although it has cleared itself. */
bool incident_outlives(const struct instance *lead);
/* What the destination was told of it; made when it is not there. */
struct telling *incident_telling(struct incident *g, size_t destination);
enum role incident_role(const struct incident *g, const struct instance *i);
/* How it came to be as it is: who speaks, who belongs and as what, which incidents stand apart and why; a line each. */
void incident_why(const struct incidents *in, const struct incident *g, struct strbuf *out);
/* The others of the incident, for the lead's message: the worst few with their titles, and how many more. */
void incident_members(const struct incident *g, struct evaluator *ev, struct arena *a, struct finding *ret);

#endif
