/*
 * The past of other days, asked for ahead of the slots that look at it: for history stretch by stretch, live piece by piece after the tick, so that no slot waits for
 * it, the signals spread over the ten minutes. A source that does not reach back a week, or fails to, is asked one question in ten minutes whether it does by now.
 */
#include <stdlib.h>

#include "base/log.h"
#include "engine/engine.h"
#include "engine/slot.h"

#define RETRY_MS (5 * 60 * 1000)
#define NEVER_MS (INT64_MIN / 2)

struct question {
    struct watch *watch;
    size_t signal;
};

struct questions {
    struct question *items;
    size_t len, cap;
    int64_t now_ms;            /* the first slot that needs the answers */
    struct piece_range wanted;
    int64_t timeout_ms;
    bool failed;
};

/* The week-ago samples of some signal were there lately, or nobody has looked yet. */
static bool reaches_back(const struct watch *w, int64_t now_ms, const struct season_shape *shape)
{
    return w->reached_ms == 0 || now_ms - w->reached_ms <= 2 * shape->piece_ms;
}

static struct season *season_of(const struct question *q)
{
    return q->watch->cluster->seasons[q->signal];
}

static void note_failure(struct engine *e, struct questions *all, struct watch *w, const struct answer *a)
{
    w->season_retry_ms[a->signal->index] = all->now_ms + RETRY_MS;
    all->failed = true;
    if (!e->seasons_failing)
        log_warn("what was usual at this time of the day cannot be asked (%s: %s): until then nothing counts as usual", a->signal->name, a->error.text);
    e->seasons_failing = true;
}

static void take_answers(struct engine *e, struct questions *all, int day, struct piece_range range, struct batch *b)
{
    for (size_t i = 0, next; i < b->len; i = next) {
        struct watch *w = e->watches;
        for (next = i; next < b->len && b->answers[next].signal == b->answers[i].signal && b->answers[next].cluster == b->answers[i].cluster; next++)
            ;
        while (w->cluster != b->answers[i].cluster)
            w++;
        for (size_t k = i; k < next; k++)
            if (b->answers[k].state != ANSWER_OK)
                note_failure(e, all, w, &b->answers[k]);
        if (season_take(w->cluster->seasons[b->answers[i].signal->index], day, range, &b->answers[i], next - i) && day == SEASON_WEEK)
            w->reached_ms = range.last * season_shape(e->interval_ms).piece_ms;
    }
}

/* What one source is asked of one day: the pieces that any of the signals lacks, of those that lack some. */
static void ask_day(struct engine *e, struct source *source, struct questions *all, int day)
{
    struct season_shape shape = season_shape(e->interval_ms);
    struct piece_range range = {INT64_MAX, INT64_MIN}, lacks;
    struct batch b;
    batch_init(&b, 0, shape.step_ms, 1, e->rate_ms);
    for (size_t i = 0; i < all->len; i++) {
        struct question *q = &all->items[i];
        if (q->watch->source != source || !season_lacks(season_of(q), day, all->wanted, &lacks) ||
            (day == SEASON_DAY && !reaches_back(q->watch, all->now_ms, &shape)))
            continue;
        range.first = lacks.first < range.first ? lacks.first : range.first;
        range.last = lacks.last > range.last ? lacks.last : range.last;
        batch_plan_signal(&b, q->watch->cluster, e->rules->signals[q->signal]);
    }
    if (b.len) {
        b.from_ms = range.first * shape.piece_ms - shape.ago_ms[day];
        b.slots = (size_t)((range.last - range.first + 1) * (shape.piece_ms / shape.step_ms));
        b.tolerance_ms = e->interval_ms / 2;
        b.no_alerts = true;
        source->type->fetch(source, &b, all->timeout_ms);
        batch_merge(&b);
        take_answers(e, all, day, range, &b);
    }
    batch_free(&b);
}

/* The week first: where it is not known, the day is of no use. */
static void ask_all(struct engine *e, struct questions *all)
{
    for (size_t i = 0; i < all->len; i++)
        if (all->items[i].watch->reached_ms == 0)
            all->items[i].watch->reached_ms = NEVER_MS;
    for (size_t s = 0; all->len && s < e->sources_len; s++) {
        ask_day(e, e->sources[s], all, SEASON_WEEK);
        ask_day(e, e->sources[s], all, SEASON_DAY);
    }
    if (all->len && !all->failed)
        e->seasons_failing = false;
    vec_free(all);
}

static bool is_asked(const struct watch *w, size_t signal)
{
    return w->cluster->seasons[signal] && w->cluster->bounds[signal].len;
}

static bool lacks_any(const struct watch *w, size_t signal, struct piece_range wanted)
{
    struct piece_range lacks;
    return season_lacks(w->cluster->seasons[signal], SEASON_WEEK, wanted, &lacks) || season_lacks(w->cluster->seasons[signal], SEASON_DAY, wanted, &lacks);
}

static void forget(struct watch *w, int64_t first)
{
    for (size_t i = 0; i < w->cluster->rules->signals_len; i++)
        if (w->cluster->seasons[i])
            season_forget(w->cluster->seasons[i], first);
}

void seasons_replay(struct engine *e, int64_t from_ms, int64_t to_ms)
{
    struct season_shape shape = season_shape(e->interval_ms);
    struct questions all = {.now_ms = from_ms, .timeout_ms = e->timeout_ms};
    all.wanted = season_pieces(&shape, from_ms, to_ms + shape.piece_ms); /* one more, so that what goes on live has it */
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        forget(w, all.wanted.first);
        for (size_t k = 0; k < e->rules->signals_len; k++)
            if (is_asked(w, k))
                vec_push(&all, (struct question){w, k});
    }
    ask_all(e, &all);
}

/* While the source does not reach back: one of the signals that have values now, another one each time. */
static void try_one(struct questions *all, struct watch *w, int64_t turn)
{
    size_t candidates = 0, at = 0;
    for (size_t k = 0; k < w->cluster->rules->signals_len; k++)
        candidates += is_asked(w, k) && w->cluster->windows[k]->rows;
    for (size_t k = 0; candidates && k < w->cluster->rules->signals_len; k++)
        if (is_asked(w, k) && w->cluster->windows[k]->rows && at++ == (size_t)turn % candidates && lacks_any(w, k, all->wanted))
            vec_push(all, (struct question){w, k});
}

void seasons_ahead(struct engine *e, int64_t slot_ms)
{
    struct season_shape shape = season_shape(e->interval_ms);
    struct piece_range next = season_pieces(&shape, slot_ms + e->interval_ms, slot_ms + e->interval_ms);
    struct questions all = {.now_ms = slot_ms, .timeout_ms = e->timeout_ms / 2};
    int64_t spread_ms = shape.piece_ms * 3 / 4, since_ms = slot_ms % shape.piece_ms;
    all.wanted = season_pieces(&shape, slot_ms + e->interval_ms, slot_ms + shape.piece_ms);
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        int64_t turn_ms = 0;
        forget(w, next.first);
        if (!reaches_back(w, slot_ms, &shape)) {
            if (w->tried_piece != slot_ms / shape.piece_ms)
                try_one(&all, w, slot_ms / shape.piece_ms);
            w->tried_piece = slot_ms / shape.piece_ms;
            continue;
        }
        for (size_t k = 0; k < e->rules->signals_len; k++) {
            if (!is_asked(w, k))
                continue;
            turn_ms = (turn_ms + e->interval_ms) % spread_ms;
            if (slot_ms >= w->season_retry_ms[k] && (lacks_any(w, k, next) || (since_ms >= turn_ms && lacks_any(w, k, all.wanted))))
                vec_push(&all, (struct question){w, k});
        }
    }
    ask_all(e, &all);
}
