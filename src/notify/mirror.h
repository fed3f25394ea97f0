/*
 * States for receivers that want to be told what is so, again and again (alertmanager): what fires stands in a mirror, one for each such destination, and
 * is posted when it changes and every minute with a lease; what has ended is posted as ended for a while, since the peer may forget. Nothing ends because somebody is
 * silent: only by mirrors_end() without it, or mirrors_end_one() with its reason.
 *
 * Functions do nothing (and want nothing) when the mirrors are NULL. A mirror owns copies.
 */
#ifndef NOTIFY_MIRROR_H
#define NOTIFY_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "config/config.h"
#include "model/finding.h"
#include "net/net.h"

struct mirrors;

struct mirrors *mirrors_new(const struct config *config, const struct clock *clock); /* NULL = no destination is one */
void mirrors_free(struct mirrors *all); /* what is under way is left to end by itself */
/* Is a new picture worth its cost: something changed, or the numbers told are a minute old. */
bool mirrors_want(const struct mirrors *all, bool changed, int64_t now_ms);
void mirrors_begin(struct mirrors *all);
/* `to`: as notifier_active_add() says. */
void mirrors_add(struct mirrors *all, const struct finding *f, const bool *to);
void mirrors_end(struct mirrors *all);
void mirrors_end_one(struct mirrors *all, const struct finding *f, const bool *to);
/* Posts what is due. When it wants to be called again (ms, wall), INT64_MAX = when something changes. */
int64_t mirrors_pump(struct mirrors *all, struct net *net, int64_t now_ms);
/* How many posts to that destination (index in the configuration) were not taken in a row, and why the last was not. */
int mirrors_failures(const struct mirrors *all, size_t destination, const char **ret_why);
/* Something is under way, or could be told at once. */
bool mirrors_busy(const struct mirrors *all, int64_t now_ms);

#endif
