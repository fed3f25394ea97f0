/* A tick: plan, fetch, evaluate, diagnose, commit, publish. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "engine/engine.h"
#include "engine/slot.h"

#define LEAD_EVERY_MS 60000   /* how often the causes of what fires are ranked anew */
#define FORGET_AFTER_MS (2 * 3600 * 1000)
#define COMPACT_EVERY 64      /* slots */

/* Expressions whose past is looked at are kept like signals. */
static void keep_derived(struct watch *w)
{
    const struct ruleset *r = w->cluster->rules;
    for (size_t i = 0; i < r->signals_len; i++) {
        const struct signal *s = r->signals[i];
        if (!s->derived)
            continue;
        const double *column = column_of(&w->evaluator, s->derived);
        size_t rows = cluster_domain(w->cluster, s->kind)->rows;
        window_reserve(w->cluster->windows[i], rows);
        for (size_t row = 0; row < rows; row++)
            window_set(w->cluster->windows[i], row, w->evaluator.slot, column[row]);
    }
}

/*
 * Ranks the causes of what fires; a new leading cause is an effect like any other. Only while the condition itself holds: what recovers looks healthy, and would
 * clear every suspect.
 */
static void refresh_leads(struct watch *w, int64_t slot_ms, struct arena *a)
{
    const struct ruleset *r = w->cluster->rules;
    size_t fresh = w->effects.len;
    for (size_t i = 0; i < fresh; i++) /* what fired now tells its lead anyway */
        if (w->effects.items[i].kind == EFFECT_FIRED)
            diagnose_lead(&w->evaluator, w->effects.items[i].instance, a);
    for (size_t i = 0; i < r->symptoms_len; i++) {
        struct symptom_states *of = &w->states->symptoms[i];
        column_for_symptom(&w->evaluator, r->symptoms[i]);
        const double *when = of->active ? column_of(&w->evaluator, r->symptoms[i]->when) : NULL;
        for (size_t row = 0; of->active && row < of->rows; row++) {
            struct instance *in = of->by_row[row];
            if (in && in->state == STATE_FIRING && when[row] == 1 && in->fired_ms != slot_ms && (slot_ms - in->fired_ms) % LEAD_EVERY_MS < w->cluster->interval_ms &&
                diagnose_lead(&w->evaluator, in, a))
                effects_add(&w->effects, EFFECT_CAUSE, in);
        }
    }
}

static bool has_instance(void *context, const struct entity_kind *kind, size_t row)
{
    const struct watch *w = context;
    for (size_t i = 0; i < w->cluster->rules->symptoms_len; i++)
        if (w->cluster->rules->symptoms[i]->kind == kind && states_at(w->states, w->cluster->rules->symptoms[i], row))
            return true;
    return false;
}

static void rows_moved(void *context, const struct entity_kind *kind, const size_t *moved, size_t old_rows)
{
    struct watch *w = context;
    states_moved(w->states, kind, moved, old_rows);
}

void slot_evaluate(struct engine *e, struct watch *w, const struct batch *b, size_t index)
{
    int64_t slot_ms = b->from_ms + (int64_t)index * b->step_ms;
    if ((slot_ms / e->interval_ms) % COMPACT_EVERY == 0)
        cluster_compact(w->cluster, slot_ms - FORGET_AFTER_MS, has_instance, rows_moved, w);
    w->cluster->grain_ms = engine_grain_ms(e);
    cluster_ingest(w->cluster, b, index);
    column_begin(&w->evaluator, &e->arena, w->cluster->slot);
    keep_derived(w);
    if (e->mode == REPLAY_WINDOWS)
        return;
    states_step(w->states, &w->evaluator, &w->effects);
    states_mark_disturbed(w->states, &w->evaluator);
    refresh_leads(w, slot_ms, &e->arena);
    incidents_step(w->incidents, &w->effects, slot_ms);
}

int slot_publish(struct engine *e, int64_t slot_ms, struct error *err)
{
    e->slot_ms = slot_ms;
    int code = e->mode == REPLAY_TELL ? engine_commit(e, slot_ms, err) : 0;
    if (e->mode == REPLAY_TELL)
        slot_mirror(e);
    for (size_t i = 0; i < e->watches_len; i++) {
        incidents_clear(e->watches[i].incidents);
        effects_clear(&e->watches[i].effects);
    }
    return code;
}

static void fetched(void *context, size_t ended, size_t all)
{
    struct engine *e = context;
    size_t share = e->replay.slots * (e->replay.source * all + ended) / (2 * all * e->sources_len);
    e->sink.progress(e->sink.context, e->replay.done + share, e->replay.all);
}

/* One batch per source, since a source answers for itself. */
void slot_fetch(struct engine *e, struct batch *batches, int64_t from_ms, size_t slots, bool with_alerts)
{
    for (size_t s = 0; s < e->sources_len; s++) {
        batch_init(&batches[s], from_ms, e->interval_ms, slots, e->rate_ms);
        batches[s].no_alerts = !with_alerts;
        e->replay.source = s;
        batches[s].on_answer = e->replay.all && e->sink.progress ? fetched : NULL;
        batches[s].context = e;
        for (size_t i = 0; i < e->watches_len; i++)
            if (e->watches[i].source == e->sources[s])
                batch_plan(&batches[s], e->watches[i].cluster, false);
        e->sources[s]->type->fetch(e->sources[s], &batches[s], e->timeout_ms);
    }
}

struct batch *slot_batch(struct engine *e, struct batch *batches, const struct watch *w)
{
    for (size_t s = 0; s < e->sources_len; s++)
        if (e->sources[s] == w->source)
            return &batches[s];
    return NULL;
}

int slot_answers(const struct engine *e, const struct batch *batches, struct error *err)
{
    size_t asked = 0;
    for (size_t s = 0; s < e->sources_len; s++) {
        for (size_t i = 0; i < batches[s].len; i++) {
            asked++;
            if (batches[s].answers[i].state == ANSWER_OK)
                return 0;
            if (err)
                *err = batches[s].answers[i].error;
        }
    }
    return asked ? (err ? err->code : ERR_NET) : 0;
}

/* A source of which no question was answered; of one that answers some the others are its own matter: what they are about is unknown, and said to be. */
static const struct answer *unanswered(const struct batch *b)
{
    for (size_t i = 0; i < b->len; i++)
        if (b->answers[i].state == ANSWER_OK)
            return NULL;
    return b->len ? &b->answers[b->len - 1] : NULL;
}

static void note_completeness(struct engine *e, const struct batch *batches, const struct error *kept)
{
    e->incomplete[0] = '\0';
    if (!e->watches_len)
        snprintf(e->incomplete, sizeof(e->incomplete), "no cluster was found yet");
    for (size_t s = 0; s < e->sources_len && !e->incomplete[0]; s++) {
        const struct answer *a = unanswered(&batches[s]);
        if (a)
            snprintf(e->incomplete, sizeof(e->incomplete), "source %s does not answer: %.200s", e->sources[s]->name, a->error.text);
    }
    if (kept->code && !e->incomplete[0])
        snprintf(e->incomplete, sizeof(e->incomplete), "the state cannot be saved: %.200s", kept->text);
}

int engine_tick(struct engine *e, int64_t slot_ms, struct error *err)
{
    struct batch *batches = xcalloc(e->sources_len + 1, sizeof(*batches));
    struct error kept = {0};
    arena_reset(&e->arena);

    slot_fetch(e, batches, slot_ms, 1, true); /* failures become unknown, never fewer symptoms */
    for (size_t i = 0; i < e->watches_len; i++)
        slot_evaluate(e, &e->watches[i], slot_batch(e, batches, &e->watches[i]), 0);
    int answered = slot_answers(e, batches, err);
    int saved = slot_publish(e, slot_ms, &kept);
    note_completeness(e, batches, &kept);
    seasons_ahead(e, slot_ms);

    for (size_t s = 0; s < e->sources_len; s++)
        batch_free(&batches[s]);
    free(batches);
    if (saved < 0 && answered == 0 && err)
        *err = kept;
    return answered < 0 ? answered : saved;
}
