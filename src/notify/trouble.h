/*
 * What a destination does not take is told through another one: once when it fails again and again or a message is given up, and once when it takes messages again. The
 * message is a finding of ours, in the outbox like all others; about its own failure nothing is told, so that this never goes round in circles.
 */
#ifndef NOTIFY_TROUBLE_H
#define NOTIFY_TROUBLE_H

#include "notify/delivery.h"

struct trouble { /* what to tell and where it may go */
    const struct config *config;
    struct store *store;
    struct lane *lanes; /* of all destinations */
    size_t lanes_len;
    enum language lang;
};

/* The incident under which the trouble of that destination is told. */
void trouble_incident(const char *destination, char ret[17]);
/* Takes over what an earlier life told. */
void trouble_restore(const struct trouble *t);
/* `lane` fails or has given up a message (`lost`, NULL = none in particular). */
void trouble_say(const struct trouble *t, struct lane *lane, const struct outbox_row *row, const struct finding *lost, const char *why, int64_t now_ms);
/* It took a message. */
void trouble_over(const struct trouble *t, struct lane *lane, int64_t now_ms);

#endif
