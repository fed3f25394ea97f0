/* One row of the outbox on its way. */
#ifndef NOTIFY_DELIVERY_H
#define NOTIFY_DELIVERY_H

#include "notify/receivers/receiver.h"

struct notifier;

struct lane { /* one destination */
    const struct destination_config *d;
    int in_flight;
    double tokens; /* how many messages may go at once, refilled with time */
    int64_t tokens_ms, not_before_ms;
    int failures;     /* in a row */
    int64_t probe_ms; /* while it fails: when one message may try again */
    bool in_trouble;  /* that was told elsewhere, and not yet that it is over */
};
#define LANE_FAILS 5 /* so many failures in a row: it is tried with one message at a time, and others are told */

struct delivery {
    struct notifier *notifier; /* NULL: it is gone, nobody marks this any more */
    struct delivery *next;
    struct lane *lane;
    struct arena memory;
    struct outbox_row row; /* strings in memory */
    struct finding finding;
    struct sending sending;
    bool under_way, was_plain, was_anew;
    bool tried; /* somebody was asked to take it: an update that is no news says nothing of its destination */
    bool finished; /* what came of it is known: */
    enum outcome outcome;
    struct error why;
    int64_t retry_after_ms;
    const char *saved_ref; /* what the store has */
};

/* Copies `row`. ERR_DATA when its finding cannot be read. */
int delivery_new(struct lane *lane, const struct outbox_row *row, const char *ref, enum language lang, struct delivery **ret, struct error *err);
void delivery_free(struct delivery *d);
/* Sends the next step; `finished` when there is none or it cannot be sent. */
void delivery_advance(struct delivery *d, struct net *net);
/* The answer to the step under way. Says whether to advance. */
bool delivery_answer(struct delivery *d, const struct net_result *r);
/* notify.c */
void delivery_on_done(void *context, const struct net_result *r);

#endif
