#include "signal/window.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/entity.h"

struct window *window_new(size_t slots)
{
    struct window *w = xcalloc(1, sizeof(*w));
    w->slots = slots ? slots : 1;
    w->newest = INT64_MIN;
    return w;
}

void window_free(struct window *w)
{
    if (!w)
        return;
    free(w->values);
    free(w);
}

void window_reserve(struct window *w, size_t rows)
{
    if (rows <= w->rows)
        return;
    if (rows > w->rows_cap) {
        w->rows_cap = rows < 8 ? 8 : rows + rows / 4;
        w->values = xrealloc(w->values, w->rows_cap * w->slots, sizeof(*w->values));
    }
    for (size_t i = w->rows * w->slots; i < rows * w->slots; i++)
        w->values[i] = NAN;
    w->rows = rows;
}

static size_t position(const struct window *w, int64_t slot)
{
    int64_t at = slot % (int64_t)w->slots;
    return (size_t)(at < 0 ? at + (int64_t)w->slots : at);
}

void window_advance(struct window *w, int64_t slot)
{
    if (w->newest != INT64_MIN && slot <= w->newest)
        return;
    int64_t fresh = w->newest == INT64_MIN ? (int64_t)w->slots : slot - w->newest;
    if (fresh > (int64_t)w->slots)
        fresh = (int64_t)w->slots;
    for (int64_t s = slot - fresh + 1; s <= slot; s++) {
        size_t at = position(w, s);
        for (size_t row = 0; row < w->rows; row++)
            w->values[row * w->slots + at] = NAN;
    }
    w->newest = slot;
}

static int holds(const struct window *w, size_t row, int64_t slot)
{
    return row < w->rows && w->newest != INT64_MIN && slot <= w->newest && slot > w->newest - (int64_t)w->slots;
}

void window_set(struct window *w, size_t row, int64_t slot, double value)
{
    window_reserve(w, row + 1);
    if (holds(w, row, slot))
        w->values[row * w->slots + position(w, slot)] = value;
}

double window_get(const struct window *w, size_t row, int64_t slot)
{
    return holds(w, row, slot) ? w->values[row * w->slots + position(w, slot)] : NAN;
}

void window_copy(const struct window *w, size_t row, int64_t from, int64_t to, double *out)
{
    bool none = row >= w->rows || w->newest == INT64_MIN;
    int64_t oldest = none ? to + 1 : w->newest - (int64_t)w->slots + 1, last = none ? from - 1 : w->newest;
    int64_t begin = from > oldest ? from : oldest, end = to < last ? to : last; /* what the ring holds of it */
    for (int64_t s = from; s <= to && s < begin; s++)
        out[s - from] = NAN;
    for (int64_t s = end + 1 > from ? end + 1 : from; s <= to; s++)
        out[s - from] = NAN;
    if (begin > end)
        return;
    const double *ring = w->values + row * w->slots;
    size_t len = (size_t)(end - begin + 1), at = position(w, begin), straight = w->slots - at < len ? w->slots - at : len;
    memcpy(out + (begin - from), ring + at, straight * sizeof(*out));
    memcpy(out + (begin - from) + straight, ring, (len - straight) * sizeof(*out));
}

void window_move(struct window *w, const size_t *moved, size_t old_rows, size_t new_rows)
{
    if (old_rows > w->rows)
        old_rows = w->rows;
    size_t kept = 0;
    for (size_t row = 0; row < old_rows; row++) {
        if (moved[row] == NO_ROW)
            continue;
        if (moved[row] != row) /* rows only move down, in order */
            for (size_t s = 0; s < w->slots; s++)
                w->values[moved[row] * w->slots + s] = w->values[row * w->slots + s];
        kept = moved[row] + 1;
    }
    w->rows = kept < new_rows ? kept : new_rows;
}
