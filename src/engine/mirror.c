/* What fires, for receivers that are told states instead of changes: one finding at a time is put into words, handed over and forgotten. */
#include "engine/engine.h"
#include "engine/slot.h"

static const bool ends[] = {[EFFECT_RESOLVED] = true, [EFFECT_LOST] = true, [EFFECT_GONE] = true};

static void show(struct engine *e, struct watch *w, const struct instance *in, enum effect_kind kind, void (*tell)(struct notifier *n, const struct finding *f))
{
    struct finding f;
    arena_reset(&e->words);
    diagnose(&w->evaluator, in, kind, &e->words, &f);
    slot_place(w, in, &e->words, &f);
    tell(e->notifier, &f);
}

static void show_watch(struct engine *e, struct watch *w)
{
    for (size_t i = 0; i < w->effects.len; i++)
        if ((size_t)w->effects.items[i].kind < ARRAY_LEN(ends) && ends[w->effects.items[i].kind])
            show(e, w, w->effects.items[i].instance, w->effects.items[i].kind, notifier_ended);
    for (size_t s = 0; s < e->rules->symptoms_len; s++) {
        const struct symptom_states *of = &w->states->symptoms[s];
        for (size_t row = 0; of->active && row < of->rows; row++)
            if (of->by_row[row] && instance_fires(of->by_row[row]))
                show(e, w, of->by_row[row], of->by_row[row]->blind_since_ms ? EFFECT_BLIND : EFFECT_CAUSE, notifier_active_add);
    }
}

void slot_mirror(struct engine *e)
{
    bool changed = false;
    for (size_t i = 0; i < e->watches_len; i++)
        changed |= e->watches[i].effects.len > 0;
    if (!e->notifier || !notifier_wants_active(e->notifier, changed))
        return;
    notifier_active_begin(e->notifier);
    for (size_t i = 0; i < e->watches_len; i++)
        show_watch(e, &e->watches[i]);
    notifier_active_end(e->notifier);
}
