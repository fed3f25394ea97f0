/*
 * What a slot changed, saved in one transaction: states, history and the messages they cause. While the file cannot be written the same goes into a store in memory
 * that delivers too, and the states stay marked as unsaved, so that the next commit that works carries them all.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "engine/engine.h"

static const char *const kinds[] = {
    [EFFECT_FIRED] = "open",     [EFFECT_SEVERITY] = "update", [EFFECT_CAUSE] = "update", [EFFECT_BLIND] = "update",
    [EFFECT_SEES] = "update",    [EFFECT_RESOLVED] = "resolve", [EFFECT_LOST] = "resolve", [EFFECT_GONE] = "resolve",
};

static int stored_state(enum state s)
{
    return (int)s - STATE_PENDING; /* store_state_names has pending, firing, recovering */
}

static struct state_row row_of(const struct watch *w, const struct instance *i)
{
    struct state_row r = {
        .symptom = i->symptom->id,
        .cluster = w->cluster->name,
        .state = stored_state(i->state),
        .severity = i->severity,
        .onset_ms = i->onset_ms,
        .pending_ms = i->pending_ms,
        .fired_ms = i->fired_ms,
        .held_ms = i->held_ms,
        .clear_ms = i->clear_ms,
        .blind_since_ms = i->blind_since_ms,
        .last_ms = i->last_ms,
        .revision = i->revision,
    };
    memcpy(r.incident, i->incident, sizeof(r.incident));
    label_set_of_row(cluster_domain(w->cluster, i->symptom->kind), i->row, &r.entity);
    if (i->lead)
        r.extra = json_pack("{s:s, s:i, s:f}", "lead", i->lead, "verdict", i->lead_verdict, "probability", i->lead_probability);
    return r;
}

struct changes {
    VEC(struct state_row) states;
    VEC(struct state_row) ended;
    VEC(struct instance *) dirty;
};

static void collect(const struct watch *w, struct changes *out)
{
    for (size_t s = 0; s < w->cluster->rules->symptoms_len; s++) {
        const struct symptom_states *of = &w->states->symptoms[s];
        for (size_t row = 0; of->active && row < of->rows; row++) {
            struct instance *i = of->by_row[row];
            if (!i || !i->dirty)
                continue;
            if (i->state == STATE_SETTLING)
                vec_push(&out->ended, row_of(w, i));
            else
                vec_push(&out->states, row_of(w, i));
            vec_push(&out->dirty, i);
        }
    }
    for (size_t k = 0; k < w->effects.ended_len; k++)
        vec_push(&out->ended, row_of(w, w->effects.ended[k]));
}

static void changes_free(struct changes *c)
{
    for (size_t i = 0; i < c->states.len; i++)
        json_decref(c->states.items[i].extra);
    for (size_t i = 0; i < c->ended.len; i++)
        json_decref(c->ended.items[i].extra);
    vec_free(&c->states);
    vec_free(&c->ended);
    vec_free(&c->dirty);
}

static void note_failure(struct engine *e, int64_t slot_ms, const struct error *err)
{
    if (!e->store_failing_since_ms) {
        e->store_failing_since_ms = slot_ms;
        log_error("state cannot be saved, alerts go on from memory: %s", err->text);
    }
}

static struct store *memory_store(struct engine *e)
{
    struct error err;
    struct store_note note;
    if (!e->memory && store_open(":memory:", false, &e->memory, &note, &err) == 0)
        e->memory_notifier = notifier_new(e->config, e->memory, e->net, e->clock);
    return e->memory;
}

static bool told(const struct finding *f, enum effect_kind kind)
{
    return f->state != FINDING_PENDING && (size_t)kind < ARRAY_LEN(kinds) && kinds[kind];
}

int engine_commit(struct engine *e, int64_t slot_ms, const struct finding *const *findings, const enum effect_kind *effect, size_t len, struct error *err)
{
    if (!e->store)
        return 0;
    struct changes changed = {0};
    struct outbox_rows outbox = {0};
    VEC(const struct finding *) history = {0};
    for (size_t i = 0; i < e->watches_len; i++)
        collect(&e->watches[i], &changed);
    for (size_t i = 0; i < len; i++) {
        if (!told(findings[i], effect[i]))
            continue;
        vec_push(&history, findings[i]);
        notify_plan(e->config, findings[i], kinds[effect[i]], clock_now_ms(e->clock), &e->arena, &outbox);
    }
    struct commit c = {slot_ms, changed.states.items, changed.states.len, changed.ended.items, changed.ended.len,
                       history.items, history.len, outbox.items, outbox.len};
    int code = store_commit(e->store, &c, err);
    if (code < 0) {
        struct error again;
        note_failure(e, slot_ms, err);
        if (memory_store(e) && store_commit(e->memory, &c, &again) < 0)
            log_error("not even in memory: %s", again.text);
    } else {
        if (e->store_failing_since_ms)
            log_info("state is saved again");
        e->store_failing_since_ms = 0;
        for (size_t i = 0; i < changed.dirty.len; i++)
            changed.dirty.items[i]->dirty = false;
    }
    changes_free(&changed);
    vec_free(&history);
    free(outbox.items);
    return code;
}
