/*
 * Silences that people make in Alertmanager, honoured by every other destination: read four times a minute from those that say `honour_silences`, kept in the store beside
 * our own, on a lease. A silence that ends early over there ends here with the next reading; when nobody answers any more, all of them end with their lease and we ring:
 * what is not known to be silenced is not.
 *
 * Functions do nothing when `all` is NULL.
 */
#ifndef NOTIFY_PEER_SILENCE_H
#define NOTIFY_PEER_SILENCE_H

#include "base/clock.h"
#include "config/config.h"
#include "net/net.h"
#include "store/store.h"

#define PEER_SILENCE_LEASE_MS (10 * 60 * 1000)

struct peer_silences;

struct peer_silences *peer_silences_new(const struct config *config, const struct clock *clock, struct store *store); /* NULL = no destination wants it; borrows all */
void peer_silences_free(struct peer_silences *all); /* what is under way is left to end by itself */
/* Asks those whose time has come. When it wants to be called again (ms, wall); INT64_MAX = never. */
int64_t peer_silences_pump(struct peer_silences *all, struct net *net, int64_t now_ms);
/* Waits until each has answered once, or for a few seconds: before the first message after a start. */
void peer_silences_first(struct peer_silences *all, struct net *net);

/*
 * The rows of an answer of GET /api/v2/silences, in `a`: what is in force or still to come, its end cut to the lease. ERR_SYNTAX when it is none. What cannot be said by
 * our matchers, or asks for nothing or for a label that changes (`role`), is left out, and so keeps nothing back; `ret_skipped` counts it.
 */
int peer_silences_read(const char *body, size_t len, int64_t now_ms, struct arena *a, struct silence_row **ret, size_t *ret_len, size_t *ret_skipped, struct error *err);

#endif
