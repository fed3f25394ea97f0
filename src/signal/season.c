#include "signal/season.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/entity.h"

#define AROUND_MS (30 * 60 * 1000) /* to either side */
#define STEP_MS (60 * 1000)
#define PIECE_MS (10 * 60 * 1000)
#define LEAST_PERCENT 60 /* as for windows */
#define LEAST_SAMPLES 3
#define FEW_ENTITIES 64 /* not worth tidying */

struct extent { /* of one entity in one piece */
    double least, most;
    uint32_t samples;
};

struct piece {
    int64_t number;
    bool answered;
    size_t len; /* entities known when it came */
    struct extent *of;
};

struct pieces { /* of one day, in the order of their numbers */
    struct piece *items;
    size_t len, cap;
};

struct season {
    const struct signal *signal;
    struct season_shape shape;
    const char **identities; /* identity_len for each entity; interned in the cluster */
    size_t entities, entities_cap;
    struct map index; /* hash of the identity -> entity + 1 */
    struct pieces days[SEASON_DAYS];
    size_t *entity_of_row; /* NO_ROW = none; of the domain and the entities as they were then */
    size_t rows, known_entities;
    uint64_t generation;
};

static int64_t rounded_up(int64_t ms, int64_t grid_ms)
{
    return (ms + grid_ms - 1) / grid_ms * grid_ms;
}

struct season_shape season_shape(int64_t interval_ms)
{
    const int64_t day_ms = INT64_C(86400000);
    struct season_shape s = {.step_ms = rounded_up(STEP_MS, interval_ms)};
    s.piece_ms = rounded_up(PIECE_MS, s.step_ms);
    s.ago_ms[SEASON_DAY] = day_ms - day_ms % interval_ms;
    s.ago_ms[SEASON_WEEK] = 7 * day_ms - 7 * day_ms % interval_ms;
    return s;
}

struct piece_range season_pieces(const struct season_shape *shape, int64_t from_ms, int64_t to_ms)
{
    return (struct piece_range){(from_ms - AROUND_MS) / shape->piece_ms, (to_ms + AROUND_MS) / shape->piece_ms};
}

struct season *season_new(const struct signal *signal, int64_t interval_ms)
{
    struct season *s = xcalloc(1, sizeof(*s));
    s->signal = signal;
    s->shape = season_shape(interval_ms);
    return s;
}

void season_free(struct season *s)
{
    if (!s)
        return;
    season_forget(s, INT64_MAX);
    for (int day = 0; day < SEASON_DAYS; day++)
        free(s->days[day].items);
    free(s->identities);
    free(s->entity_of_row);
    map_free(&s->index);
    free(s);
}

/* ---- entities ---- */

static size_t identity_len(const struct season *s)
{
    return s->signal->kind->identity_len;
}

static bool is_entity(const struct season *s, size_t entity, const char *const *identity)
{
    return memcmp(s->identities + entity * identity_len(s), identity, identity_len(s) * sizeof(*identity)) == 0;
}

static uint64_t hash_of(const struct season *s, const char *const *identity)
{
    return hash_bytes(HASH_INIT, identity, identity_len(s) * sizeof(*identity)); /* interned: the address is the text */
}

static size_t find_entity(const struct season *s, const char *const *identity)
{
    void **at;
    for (uint64_t hash = hash_of(s, identity); (at = map_get(&s->index, hash)); hash++)
        if (is_entity(s, (size_t)*at - 1, identity))
            return (size_t)*at - 1;
    return NO_ROW;
}

static size_t add_entity(struct season *s, const char *const *identity)
{
    size_t found = find_entity(s, identity);
    if (found != NO_ROW)
        return found;
    if (s->entities == s->entities_cap) {
        s->entities_cap = s->entities_cap ? 2 * s->entities_cap : 16;
        s->identities = xrealloc(s->identities, s->entities_cap * identity_len(s) + 1, sizeof(*s->identities));
    }
    memcpy(s->identities + s->entities * identity_len(s), identity, identity_len(s) * sizeof(*identity));
    uint64_t hash = hash_of(s, identity);
    while (map_get(&s->index, hash))
        hash++;
    *map_put(&s->index, hash, NULL) = (void *)++s->entities; /* NOLINT: an index in a pointer-sized value */
    return s->entities - 1;
}

/* ---- pieces ---- */

static struct piece *find_piece(const struct season *s, int day, int64_t number)
{
    const struct pieces *p = &s->days[day];
    for (size_t i = p->len; i > 0 && p->items[i - 1].number >= number; i--)
        if (p->items[i - 1].number == number)
            return &p->items[i - 1];
    return NULL;
}

static bool is_answered(const struct season *s, int day, int64_t number)
{
    const struct piece *p = find_piece(s, day, number);
    return p && p->answered;
}

bool season_lacks(const struct season *s, int day, struct piece_range wanted, struct piece_range *ret)
{
    while (wanted.first <= wanted.last && is_answered(s, day, wanted.first))
        wanted.first++;
    while (wanted.first <= wanted.last && is_answered(s, day, wanted.last))
        wanted.last--;
    *ret = wanted;
    return wanted.first <= wanted.last;
}

static struct piece *add_piece(struct season *s, int day, int64_t number)
{
    struct pieces *p = &s->days[day];
    struct piece *old = find_piece(s, day, number);
    if (old)
        return old;
    size_t at = p->len;
    vec_push(p, (struct piece){.number = number});
    for (; at > 0 && p->items[at - 1].number > number; at--)
        p->items[at] = p->items[at - 1];
    p->items[at] = (struct piece){.number = number};
    return &p->items[at];
}

static void widen(struct extent *e, double least, double most)
{
    e->least = least < e->least ? least : e->least;
    e->most = most > e->most ? most : e->most;
}

static double middle(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Of the middle ones of three neighbours, where there are any: one minute's outlier of a day is no level that was reached. */
static struct extent extent_of(const double *values, size_t len)
{
    struct extent single = {INFINITY, -INFINITY, 0}, e = single;
    for (size_t i = 0; i < len; i++) {
        if (isnan(values[i]))
            continue;
        widen(&single, values[i], values[i]);
        single.samples++;
        if (i < 2 || isnan(values[i - 1]) || isnan(values[i - 2]))
            continue;
        double v = middle(values[i - 2], values[i - 1], values[i]);
        widen(&e, v, v);
        e.samples = 1;
    }
    if (!e.samples)
        return single;
    e.samples = single.samples;
    return e;
}

/* One piece out of an answer's series, from slot `from` on. */
static bool take_piece(struct season *s, int day, int64_t number, const struct answer *a, size_t from)
{
    size_t slots = (size_t)(s->shape.piece_ms / s->shape.step_ms);
    struct piece *p = add_piece(s, day, number);
    bool any = false;
    if (p->answered)
        return false;
    p->answered = true;
    p->len = s->entities;
    p->of = xcalloc(p->len + 1, sizeof(*p->of));
    for (size_t i = 0; i < a->len; i++) {
        struct extent *e = &p->of[find_entity(s, a->series[i].identity)];
        *e = extent_of(a->series[i].values + from, slots);
        any |= e->samples > 0;
    }
    return any;
}

bool season_take(struct season *s, int day, struct piece_range range, const struct answer *answers, size_t len)
{
    size_t slots = (size_t)(s->shape.piece_ms / s->shape.step_ms);
    bool any = false, whole = len > 0;
    for (size_t i = 0; i < len; i++)
        whole &= answers[i].state == ANSWER_OK;
    for (int64_t number = range.first; !whole && number <= range.last; number++)
        add_piece(s, day, number);
    if (!whole)
        return false;
    for (size_t i = 0; i < answers->len; i++)
        add_entity(s, answers->series[i].identity);
    for (int64_t number = range.first; number <= range.last; number++)
        any |= take_piece(s, day, number, answers, (size_t)(number - range.first) * slots);
    return any;
}

/* ---- forgetting ---- */

static bool *entities_in_use(const struct season *s, size_t *ret_len)
{
    bool *used = xcalloc(s->entities + 1, sizeof(*used));
    for (int day = 0; day < SEASON_DAYS; day++)
        for (size_t i = 0; i < s->days[day].len; i++)
            for (size_t e = 0; e < s->days[day].items[i].len; e++)
                used[e] |= s->days[day].items[i].of[e].samples > 0;
    *ret_len = 0;
    for (size_t e = 0; e < s->entities; e++)
        *ret_len += used[e];
    return used;
}

static void drop_extents(struct piece *p, const bool *used)
{
    size_t kept = 0;
    for (size_t e = 0; e < p->len; e++)
        if (used[e])
            p->of[kept++] = p->of[e];
    p->len = kept;
}

/* Entities that no piece has any more: names that come and go must not pile up. */
static void tidy(struct season *s)
{
    size_t kept, old = s->entities;
    AUTO(heap) bool *used = entities_in_use(s, &kept);
    if (kept + FEW_ENTITIES > old / 2)
        return;
    for (int day = 0; day < SEASON_DAYS; day++)
        for (size_t i = 0; i < s->days[day].len; i++)
            drop_extents(&s->days[day].items[i], used);
    map_free(&s->index);
    s->index = (struct map)MAP_INIT;
    s->entities = 0;
    for (size_t e = 0; e < old; e++)
        if (used[e])
            add_entity(s, s->identities + e * identity_len(s)); /* moves down, never onto what is still to come */
    s->rows = 0;
}

void season_forget(struct season *s, int64_t first)
{
    size_t dropped = 0;
    for (int day = 0; day < SEASON_DAYS; day++) {
        struct pieces *p = &s->days[day];
        size_t kept = 0;
        for (size_t i = 0; i < p->len; i++) {
            if (p->items[i].number >= first)
                p->items[kept++] = p->items[i];
            else
                free(p->items[i].of);
        }
        dropped += p->len - kept;
        p->len = kept;
    }
    if (dropped)
        tidy(s);
}

/* ---- what was usual ---- */

/* Rows of the domain and entities here come and go; mostly they do not. */
static const size_t *entities_of_rows(struct season *s, const struct domain *d)
{
    if (s->generation != d->generation || s->known_entities != s->entities)
        s->rows = 0;
    if (s->rows < d->rows)
        s->entity_of_row = xrealloc(s->entity_of_row, d->rows, sizeof(*s->entity_of_row));
    for (; s->rows < d->rows; s->rows++)
        s->entity_of_row[s->rows] = find_entity(s, d->values + s->rows * d->kind->labels_len);
    s->generation = d->generation;
    s->known_entities = s->entities;
    return s->entity_of_row;
}

/* The hour's pieces, or false when one was not answered. */
static bool find_hour(const struct season *s, int day, struct piece_range hour, const struct piece **ret)
{
    for (int64_t number = hour.first; number <= hour.last; number++) {
        ret[number - hour.first] = find_piece(s, day, number);
        if (!ret[number - hour.first] || !ret[number - hour.first]->answered)
            return false;
    }
    return true;
}

static double of_hour(const struct season *s, const struct piece *const *pieces, size_t len, size_t entity, bool most)
{
    struct extent all = {INFINITY, -INFINITY, 0};
    size_t slots = len * (size_t)(s->shape.piece_ms / s->shape.step_ms), samples = 0;
    for (size_t i = 0; i < len; i++) {
        const struct extent *e = entity < pieces[i]->len ? &pieces[i]->of[entity] : NULL;
        if (!e || !e->samples)
            continue;
        widen(&all, e->least, e->most);
        samples += e->samples;
    }
    return samples < LEAST_SAMPLES || samples * 100 < slots * LEAST_PERCENT ? NAN : most ? all.most : all.least;
}

#define HOUR_PIECES (2 * AROUND_MS / PIECE_MS + 2) /* longer pieces are fewer */

void season_column(struct season *s, const struct domain *d, int64_t slot_ms, bool most, double *out)
{
    const struct piece *hours[SEASON_DAYS][HOUR_PIECES];
    struct piece_range hour = season_pieces(&s->shape, slot_ms, slot_ms);
    size_t len = (size_t)(hour.last - hour.first) + 1;
    bool known = find_hour(s, SEASON_DAY, hour, hours[SEASON_DAY]) && find_hour(s, SEASON_WEEK, hour, hours[SEASON_WEEK]);
    const size_t *entities = known ? entities_of_rows(s, d) : NULL;
    for (size_t row = 0; row < d->rows; row++) {
        out[row] = NAN;
        if (!known || entities[row] == NO_ROW)
            continue;
        double day = of_hour(s, hours[SEASON_DAY], len, entities[row], most), week = of_hour(s, hours[SEASON_WEEK], len, entities[row], most);
        if (!isnan(day) && !isnan(week))
            out[row] = (day < week) == most ? day : week;
    }
}
