/*
 * A source that is fed: whoever embeds the library pushes samples, each tick takes what came since the last one.
 * A signal that was fed once counts as bound; an entity that is not fed again is absent, as it would be in an answer.
 */
#ifndef SIGNAL_FEED_H
#define SIGNAL_FEED_H

#include "signal/source.h"

struct source *feed_new(const char *cluster);
/* `labels` are the entity's own (our names). The sample belongs to the tick whose slot is nearest to it. Copies. */
void feed_sample(struct source *feed, const char *signal, const struct label *labels, size_t len, int64_t time_ms, double value);
/* Whether the signal was ever fed. */
bool feed_knows(const struct source *feed, const char *signal);
/* Forgets samples before `before_ms`. */
void feed_forget(struct source *feed, int64_t before_ms);

#endif
