/* What fires, for receivers that are told states instead of changes: one finding at a time is put into words, handed over and forgotten. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/slot.h"

static const bool ends[] = {[EFFECT_RESOLVED] = true, [EFFECT_LOST] = true, [EFFECT_GONE] = true};

static const struct finding *worded(struct engine *e, struct watch *w, const struct instance *in, enum effect_kind kind)
{
    arena_reset(&e->words);
    struct finding *f = arena_alloc(&e->words, sizeof(*f));
    diagnose(&w->evaluator, in, kind, &e->words, f);
    slot_place(w, in, &e->words, f);
    return f;
}

/* Who was told of the incident; false when nobody was. */
static bool told_to(const struct engine *e, const struct incident *g, bool *ret)
{
    bool any = false;
    memset(ret, 0, e->config->destinations_len * sizeof(*ret));
    for (size_t k = 0; g && k < g->told.len; k++) {
        ret[g->told.items[k].destination] = g->told.items[k].told_ms != 0;
        any |= g->told.items[k].told_ms != 0;
    }
    return any;
}

/* Where the incident was told, its findings are shown: a silence takes nothing away that stands there, since that would look like an all-clear. */
static void show(struct engine *e, struct watch *w, const struct instance *in, bool *to)
{
    const struct incident *g = in->group;
    if (told_to(e, g, to) && (in->severity != SEVERITY_INFO || g->peak == SEVERITY_INFO))
        notifier_active_add(e->notifier, worded(e, w, in, in->blind_since_ms ? EFFECT_BLIND : EFFECT_CAUSE), to);
}

static void show_watch(struct engine *e, struct watch *w, bool *to)
{
    for (size_t i = 0; i < w->effects.len; i++) {
        const struct instance *in = w->effects.items[i].instance;
        if ((size_t)w->effects.items[i].kind >= ARRAY_LEN(ends) || !ends[w->effects.items[i].kind])
            continue;
        told_to(e, in->group, to);
        notifier_ended(e->notifier, worded(e, w, in, w->effects.items[i].kind), in->group ? to : NULL); /* one that left a larger incident ends where it stands */
    }
    for (size_t s = 0; s < e->rules->symptoms_len; s++) {
        const struct symptom_states *of = &w->states->symptoms[s];
        for (size_t row = 0; of->active && row < of->rows; row++)
            if (of->by_row[row] && instance_fires(of->by_row[row]))
                show(e, w, of->by_row[row], to);
    }
}

void slot_mirror(struct engine *e)
{
    bool changed = e->mirror_news;
    e->mirror_news = false;
    for (size_t i = 0; i < e->watches_len; i++)
        changed |= e->watches[i].effects.len > 0;
    if (!e->notifier || !notifier_wants_active(e->notifier, changed))
        return;
    bool *to = xcalloc(e->config->destinations_len + 1, sizeof(*to));
    notifier_active_begin(e->notifier);
    for (size_t i = 0; i < e->watches_len; i++)
        show_watch(e, &e->watches[i], to);
    notifier_active_end(e->notifier);
    free(to);
}
