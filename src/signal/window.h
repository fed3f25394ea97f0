/*
 * The recent past of one signal: for each row of its domain a ring of slots.
 *
 * Slots are numbered (time / interval), so that a slot means the same everywhere. A slot that no answer covered, and every slot outside the ring, is a
 * gap: NaN, never a zero. Writing costs the same whatever the length. Rows are those of the signal's domain; a row that was never written has no cost
 * but its memory.
 */
#ifndef SIGNAL_WINDOW_H
#define SIGNAL_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct window {
    size_t slots; /* length of the ring */
    size_t rows, rows_cap;
    int64_t newest; /* slot number; INT64_MIN while empty */
    double *values; /* rows_cap * slots */
};

struct window *window_new(size_t slots);
void window_free(struct window *w);
/* Makes room for `rows` rows; new ones are gaps. */
void window_reserve(struct window *w, size_t rows);
/* Moves on to `slot`: what lies between is a gap. Never goes back. */
void window_advance(struct window *w, int64_t slot);
void window_set(struct window *w, size_t row, int64_t slot, double value);
double window_get(const struct window *w, size_t row, int64_t slot);
/* Copies slots from..to (both included) of a row into out[to - from + 1], oldest first. */
void window_copy(const struct window *w, size_t row, int64_t from, int64_t to, double *out);
/* After a domain was compacted: moved[old row] = new row or NO_ROW. */
void window_move(struct window *w, const size_t *moved, size_t old_rows, size_t new_rows);

#endif
