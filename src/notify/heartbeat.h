/*
 * A dead man's switch: a server elsewhere is pinged while every cycle is complete, told the reason when one was not, and rings when it hears nothing. It hears nothing as
 * well when we hang, crash or are cut off: so nothing is pinged between cycles, and nothing is made up for.
 */
#ifndef NOTIFY_HEARTBEAT_H
#define NOTIFY_HEARTBEAT_H

#include "base/clock.h"
#include "config/config.h"
#include "net/net.h"

struct heartbeat;

struct heartbeat *heartbeat_new(const struct config *config); /* NULL = nobody is to be pinged */
void heartbeat_free(struct heartbeat *h);                     /* what is under way is left to end by itself */
/* A cycle has ended at `now_ms`; `why_not` in a sentence, NULL = it was complete. Starts a ping when one is due. `h` may be NULL. */
void heartbeat_cycle(struct heartbeat *h, struct net *net, const char *why_not, int64_t now_ms);

#endif
