/* History: the same slots as live, fetched in stretches. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/engine.h"
#include "engine/slot.h"

#define STRETCH_SLOTS 960 /* four hours at 15 s */

int64_t engine_look_back_ms(const struct engine *e)
{
    int64_t longest = 0;
    for (size_t i = 0; i < e->rules->signals_len; i++)
        if (e->rules->signals[i]->window_ms > longest)
            longest = e->rules->signals[i]->window_ms;
    if (e->rules->alerts_len && alerts_look_back_ms(e->rules) > longest)
        longest = alerts_look_back_ms(e->rules);
    return longest + 10 * 60 * 1000;
}

int64_t engine_align(const struct engine *e, int64_t ms)
{
    return ms - ms % e->interval_ms;
}

/* Alerts need no past but their own `for`: a warm-up asks for them at its end only, and not at all when the states of that time are known. */
static bool wants_alerts(const struct engine *e, int64_t stretch_end_ms, int64_t end_ms)
{
    return e->mode == REPLAY_TELL || (e->mode == REPLAY_QUIET && stretch_end_ms > end_ms - alerts_look_back_ms(e->rules));
}

static int stretch(struct engine *e, int64_t from_ms, size_t slots, size_t done, size_t all, struct error *err)
{
    struct batch *batches = xcalloc(e->sources_len + 1, sizeof(*batches));
    struct error ignored;
    int64_t stretch_end_ms = from_ms + (int64_t)slots * e->interval_ms, end_ms = from_ms + (int64_t)(all - done) * e->interval_ms;
    slot_fetch(e, batches, from_ms, slots, wants_alerts(e, stretch_end_ms, end_ms));
    int code = slot_answers(e, batches, err);
    seasons_replay(e, from_ms, stretch_end_ms - e->interval_ms);
    for (size_t k = 0; k < slots; k++) {
        arena_reset(&e->arena);
        for (size_t i = 0; i < e->watches_len; i++)
            slot_evaluate(e, &e->watches[i], slot_batch(e, batches, &e->watches[i]), k);
        slot_publish(e, from_ms + (int64_t)k * e->interval_ms, &ignored);
        if (e->sink.slot)
            e->sink.slot(e->sink.context, e);
        if (e->sink.progress)
            e->sink.progress(e->sink.context, k + 1 < slots ? done + (slots + k) / 2 : done + slots, all);
    }
    for (size_t s = 0; s < e->sources_len; s++)
        batch_free(&batches[s]);
    free(batches);
    return code;
}

int engine_replay(struct engine *e, int64_t from_ms, int64_t to_ms, enum replay_mode mode, struct error *err)
{
    int64_t first = engine_align(e, from_ms + e->interval_ms - 1), last = engine_align(e, to_ms);
    size_t all = last >= first ? (size_t)((last - first) / e->interval_ms) + 1 : 0;
    int code = 0;
    e->mode = mode;
    for (size_t done = 0; done < all && code == 0;) {
        size_t slots = all - done < STRETCH_SLOTS ? all - done : STRETCH_SLOTS;
        e->replay.done = done, e->replay.slots = slots, e->replay.all = all;
        code = stretch(e, first + (int64_t)done * e->interval_ms, slots, done, all, err);
        done += slots;
    }
    e->mode = REPLAY_TELL;
    e->replay.all = 0;
    return code;
}

/* Which incident a finding belongs to, as what. */
void slot_place(struct watch *w, const struct instance *i, struct arena *a, struct finding *f)
{
    const struct incident *g = i->group;
    bool left = !g && f->resolved_ms && *i->left;
    if (!g && !left)
        return;
    memcpy(f->incident, left ? i->left : g->id, sizeof(f->incident));
    f->role = incident_role(g, i);
    if (g && g->lead == i)
        incident_members(g, &w->evaluator, a, f);
}

void engine_announce(struct engine *e)
{
    struct error ignored;
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        for (size_t s = 0; s < e->rules->symptoms_len; s++)
            for (size_t row = 0; row < w->states->symptoms[s].rows; row++) {
                struct instance *in = w->states->symptoms[s].by_row[row];
                if (in && in->state != STATE_SETTLING)
                    in->dirty = true;
                if (in && instance_fires(in))
                    effects_add(&w->effects, EFFECT_FIRED, in);
            }
        for (size_t g = 0; g < w->incidents->len; g++)
            w->incidents->items[g]->changed = true;
    }
    slot_publish(e, e->slot_ms, &ignored);
}
