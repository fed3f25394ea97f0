/*
 * What a signal was at this time of the day a day ago and a week ago: per entity the least and the most of the hour around.
 *
 * The past is kept in pieces of ten minutes, one sample a minute, each reduced on arrival to least, most (of a running median of three: an outlier is no level) and the
 * number of samples, so that an hour is made of seven of them and every ten minutes one piece a day is asked for. Pieces are numbered by the time that they are the past of (time / piece_ms), whatever the day. What is known of a slot depends on
 * its time alone, not on when it was asked for: live and history say the same.
 *
 * An hour is known when every piece of it was answered and the entity has 60 % of the samples in it; what is known of one of the days only is unknown, as that day may
 * have had an incident at this hour. Entities are remembered by identity: the past may come before the present has told of them, and makes none.
 * Memory: 24 bytes an entity, day and piece, nine pieces a day while live.
 */
#ifndef SIGNAL_SEASON_H
#define SIGNAL_SEASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signal/batch.h"

enum { SEASON_DAY, SEASON_WEEK, SEASON_DAYS };

struct season;
struct domain;

struct season_shape { /* by the grid of the samples, so that a recording has them, too */
    int64_t step_ms, piece_ms;
    int64_t ago_ms[SEASON_DAYS];
};

struct season_shape season_shape(int64_t interval_ms);

struct piece_range { /* both included */
    int64_t first, last;
};

/* The pieces that the slots from..to look at. */
struct piece_range season_pieces(const struct season_shape *shape, int64_t from_ms, int64_t to_ms);

struct season *season_new(const struct signal *signal, int64_t interval_ms);
void season_free(struct season *s);
/* Whether pieces of the range were not answered yet on that day; those not held stand in `ret`. */
bool season_lacks(const struct season *s, int day, struct piece_range wanted, struct piece_range *ret);
/*
 * Takes the answers of this signal (answers[0..len), laid over each other by batch_merge()) to a batch over `range`, shifted by the day; pieces that are held stay. One
 * answer that is not whole leaves all of them unknown, and to be asked for again. Returns whether any entity had a sample.
 */
bool season_take(struct season *s, int day, struct piece_range range, const struct answer *answers, size_t len);
/* Drops pieces before `first`. */
void season_forget(struct season *s, int64_t first);
/* By row of the domain: what it reached on both days (`most`: the lesser of their greatest values), or fell to (the greater of their least); NaN unknown. */
void season_column(struct season *s, const struct domain *d, int64_t slot_ms, bool most, double *out);

#endif
