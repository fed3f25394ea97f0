/* Who is told of an incident, and when: pure decisions. */
#ifndef NOTIFY_ROUTE_H
#define NOTIFY_ROUTE_H

#include "config/config.h"
#include "diagnose/incident.h"
#include "model/finding.h"

struct reach { /* a destination that the routes lead to, and the route that did */
    size_t destination; /* index in the configuration */
    const struct route_config *route;
    int64_t after_ms; /* only when the incident is so old and nobody has acknowledged it; 0 = at once */
};

/*
 * Destinations that `f` (its labels are read) goes to, into `ret`, which has room for all of the configuration; how many. What is only information goes where a route
 * asks for it by `severity`, and nowhere else.
 */
size_t route_reach(const struct config *c, const struct finding *f, struct reach *ret);

/* Is a node one that `f` goes to: for whoever shows the tree. */
bool route_leads_to(const struct config *c, const struct finding *f, const struct route_config *node);
/* The name of the interval that keeps messages of that severity back at `ms` ("outside of NAME" in words of its own: `ret_outside`); NULL = none does. */
const char *route_muted(const struct route_config *r, enum severity severity, int64_t ms, bool *ret_outside);

/* What decides about one message. */
struct telling_case {
    int64_t slot_ms, opened_ms;
    enum severity severity;          /* the incident's worst so far */
    const struct route_config *route; /* NULL: none leads there any more; who was told goes on hearing what changes */
    bool mirrors;                    /* the receiver groups and repeats by itself */
    bool held;                       /* by a silence, or the route's times */
    bool acknowledged;
    int64_t after_ms;                /* as of struct reach */
};
/*
 * Kind of the message that is due ("open", "update", "repeat"), NULL = none. `ret_next_ms`: when to ask again though nothing changes; INT64_MAX = need not. What is
 * held is not lost: it is due as soon as nothing holds it.
 */
const char *telling_due(const struct telling *t, const struct telling_case *c, int64_t *ret_next_ms);
/* It was told so. */
void telling_done(struct telling *t, const char *kind, const struct telling_case *c);

#endif
