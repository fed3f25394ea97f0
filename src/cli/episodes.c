#include "cli/episodes.h"

static void note(struct episodes *e, struct episode *x, const struct finding *f)
{
    bool believed = f->causes_len && !f->cannot_tell && f->causes[0].verdict != VERDICT_RULED_OUT;
    x->cause = believed ? intern_str(e->words, f->causes[0].id) : NULL;
    x->cause_title = believed ? intern_str(e->words, f->causes[0].title.in[e->lang]) : NULL;
    if (f->severity > x->severity)
        x->severity = f->severity;
    if (f->severity == SEVERITY_INFO || !f->incident[0])
        return;
    bool fresh = false;
    map_put(&e->paged, (uint64_t)(uintptr_t)intern_str(e->words, f->incident), &fresh);
    x->page |= fresh;
}

static struct episode *begin(struct episodes *e, const char *key, const struct finding *f)
{
    struct episode x = {.key = key,
                        .symptom = intern_str(e->words, f->symptom),
                        .cluster = intern_str(e->words, f->cluster),
                        .title = intern_str(e->words, f->title.in[e->lang]),
                        .entity.len = f->entity.len,
                        .onset_ms = f->onset_ms,
                        .fired_ms = f->fired_ms};
    for (size_t i = 0; i < f->entity.len; i++)
        x.entity.items[i] = (struct label){intern_str(e->words, f->entity.items[i].name), intern_str(e->words, f->entity.items[i].value)};
    vec_push(&e->list, x);
    return &e->list.items[e->list.len - 1];
}

void episodes_take(void *context, const struct finding *f, enum effect_kind kind)
{
    struct episodes *e = context;
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(FINDING_KEY_MAX);
    bool over = kind == EFFECT_RESOLVED || kind == EFFECT_LOST || kind == EFFECT_GONE;
    if (!session_wants_finding(e->options, f->symptom, f->cluster, &f->entity))
        return;
    finding_key(&text, f->symptom, f->cluster, f->entity);
    const char *key = intern_str(e->words, text.buf);
    void **at = map_get(&e->open, (uint64_t)(uintptr_t)key);
    struct episode *x = at ? &e->list.items[(uintptr_t)*at - 1] : NULL;
    if (!x && kind == EFFECT_FIRED) {
        x = begin(e, key, f);
        *map_put(&e->open, (uint64_t)(uintptr_t)key, NULL) = (void *)(uintptr_t)e->list.len;
    }
    if (!x)
        return;
    if (!over) {
        note(e, x, f);
        return;
    }
    x->ended_ms = f->slot_ms;
    map_remove(&e->open, (uint64_t)(uintptr_t)key);
}

void episodes_incident(void *context, const struct finding *lead, const struct incident *g, bool resolved)
{
    struct episodes *e = context;
    (void)g;
    e->incidents += !resolved && session_wants_finding(e->options, lead->symptom, lead->cluster, &lead->entity);
}

void episodes_free(struct episodes *e)
{
    map_free(&e->open);
    map_free(&e->paged);
    vec_free(&e->list);
}
