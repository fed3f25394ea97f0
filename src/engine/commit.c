/*
 * What a slot changed, saved in one transaction: states, history and the messages they cause. While the file cannot be written the same goes into a store in memory
 * that delivers too, and the states stay marked as unsaved, so that the next commit that works carries them all.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "engine/engine.h"
#include "engine/slot.h"
#include "eval/sight.h"
#include "model/json_text.h"

/* What goes into the history. */
static const bool notable_kinds[] = {
    [EFFECT_FIRED] = true, [EFFECT_SEVERITY] = true, [EFFECT_CAUSE] = true, [EFFECT_BLIND] = true,
    [EFFECT_SEES] = true,  [EFFECT_RESOLVED] = true, [EFFECT_LOST] = true,  [EFFECT_GONE] = true,
};

static int stored_state(enum state s)
{
    return (int)s - STATE_PENDING; /* store_state_names begins with that */
}

#define EXTRA_MAX ((size_t)1 << 20) /* far beyond 63 names of signals, which may be whole expressions; it grows as needed */

static void put_unless_zero(struct strbuf *out, const char *key, int64_t v)
{
    if (v)
        json_text_put_integer(out, key, v);
}

/* Destinations by their names: numbers are another configuration's after a reload. */
static void write_tellings(const struct engine *e, const struct incident *g, struct strbuf *out)
{
    bool any = false;
    for (size_t k = 0; k < g->told.len; k++) {
        const struct telling *t = &g->told.items[k];
        if (!t->told_ms)
            continue;
        if (!any) {
            json_text_key(out, "told");
            json_text_open(out, '[');
        }
        any = true;
        json_text_open(out, '{');
        json_text_put_string(out, "to", e->config->destinations[t->destination].id);
        json_text_put_integer(out, "told_ms", t->told_ms);
        json_text_put_integer(out, "said_ms", t->said_ms);
        json_text_put_string(out, "severity", severity_names[t->severity]);
        json_text_put_bool(out, "current", t->current);
        if (t->digest[0])
            json_text_put_string(out, "digest", t->digest);
        json_text_close(out, '}');
    }
    if (any)
        json_text_close(out, ']');
}

/* What else an instance must know after a restart (restore.c reads it), as JSON text; what is missing is read as 0 and false. */
static void write_extra(const struct engine *e, const struct instance *i, struct strbuf *out)
{
    const char *names[SIGHT_SIGNALS_MAX];
    size_t len = sight_names(i, names);
    json_text_open(out, '{');
    if (i->lead) {
        json_text_put_string(out, "lead", i->lead);
        json_text_put_integer(out, "verdict", i->lead_verdict);
        json_text_put_number(out, "probability", i->lead_probability);
    }
    if (i->rival) {
        json_text_put_string(out, "rival", i->rival);
        json_text_put_integer(out, "rival_ms", i->rival_ms);
    }
    if (i->expected)
        json_text_put_bool(out, "expected", true);
    json_text_key(out, "held_by");
    json_text_open(out, '[');
    for (size_t k = 0; k < len; k++)
        json_text_string(out, names[k]);
    json_text_close(out, ']');
    put_unless_zero(out, "over_ms", i->over_ms);
    const struct incident *g = i->group;
    if (g) {
        json_text_put_string(out, "incident", g->id);
        json_text_put_integer(out, "opened_ms", g->opened_ms);
        json_text_put_integer(out, "ever", (int64_t)g->ever);
        json_text_put_string(out, "peak", severity_names[g->peak]);
        put_unless_zero(out, "revision", g->revision);
        put_unless_zero(out, "ack", g->ack);
        if (g->lead == i)
            json_text_put_bool(out, "speaks", true);
        write_tellings(e, g, out);
    }
    json_text_close(out, '}');
}

static struct state_row row_of(struct engine *e, const struct watch *w, const struct instance *i)
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
    AUTO(strbuf) struct strbuf extra = STRBUF_INIT(EXTRA_MAX);
    write_extra(e, i, &extra);
    r.extra_text = arena_strndup(&e->words, extra.buf, extra.len);
    return r;
}

/* So many findings or states are put into words, saved and forgotten at a time: a slot in which everything fires takes no more memory than one in which little does. */
#define PIECE 500

/* One pass over what happened: into `store` (NULL = nowhere), and to the sink when `tell`. */
struct saving {
    struct engine *e;
    struct store *store;
    bool tell;
    int64_t slot_ms;
    struct error err;
    int failed;
};

static bool notable(const struct finding *f, enum effect_kind kind)
{
    return f->state != FINDING_PENDING && (size_t)kind < ARRAY_LEN(notable_kinds) && notable_kinds[kind];
}

static void save_piece(struct saving *s, const struct commit *piece)
{
    if (s->store && !s->failed)
        s->failed = store_add(s->store, piece, &s->err);
}

static void save_findings(struct saving *s, struct watch *w, const struct effect_row *rows, size_t len)
{
    struct engine *e = s->e;
    const struct finding *history[PIECE];
    size_t history_len = 0;
    arena_reset(&e->words);
    for (size_t i = 0; i < len; i++) {
        struct finding *f = arena_alloc(&e->words, sizeof(*f));
        diagnose(&w->evaluator, rows[i].instance, rows[i].kind, &e->words, f);
        slot_place(w, rows[i].instance, &e->words, f);
        tell_mark(e, f);
        if (s->tell && e->sink.finding)
            e->sink.finding(e->sink.context, f, rows[i].kind);
        if (s->store && notable(f, rows[i].kind))
            history[history_len++] = f;
    }
    struct commit piece = {.slot_ms = s->slot_ms, .transitions = history, .transitions_len = history_len};
    save_piece(s, &piece);
}

/* ---- messages: one stream an incident ---- */

/* The rows of a message that `f` speaks: the kind that is due to each destination, or `kind` to all that were told before. */
static void enqueue(struct saving *s, const struct incident *g, struct finding *f, const char *kind)
{
    struct outbox_rows outbox = {0};
    for (size_t i = 0; s->store && i < g->told.len; i++) {
        const struct telling *t = &g->told.items[i];
        const char *as = kind ? (t->told_ms && !t->digest[0] ? kind : NULL) : t->due;
        if (as)
            notify_row(&s->e->config->destinations[t->destination], f, as, clock_now_ms(s->e->clock), &s->e->words, &outbox);
    }
    struct commit piece = {.slot_ms = s->slot_ms, .outbox = outbox.items, .outbox_len = outbox.len};
    if (outbox.len)
        save_piece(s, &piece);
    free(outbox.items);
}

/* Its lead's finding, under the incident's name and revision. */
static struct finding *spoken(struct saving *s, struct watch *w, const struct incident *g, enum effect_kind kind)
{
    struct finding *f = arena_alloc(&s->e->words, sizeof(*f));
    diagnose(&w->evaluator, g->lead, kind, &s->e->words, f);
    slot_place(w, g->lead, &s->e->words, f);
    memcpy(f->incident, g->id, sizeof(f->incident));
    f->severity = g->peak;
    f->revision = g->revision;
    f->members_ever = g->ever;
    f->flaps = g->flaps >= FLAP_TIMES ? (uint32_t)g->flaps : 0;
    tell_mark(s->e, f);
    return f;
}

static void tell_incident(struct saving *s, struct watch *w, struct incident *g)
{
    bool opened = g->opened_ms == s->slot_ms;
    for (size_t i = 0; g->changed && i < g->len; i++)
        g->members[i]->dirty = true;
    g->lead->dirty |= g->changed;
    if (!g->speaks && !opened)
        return;
    arena_reset(&s->e->words);
    if (s->tell && g->speaks)
        g->revision++;
    struct finding *f = spoken(s, w, g, g->lead->blind_since_ms ? EFFECT_BLIND : EFFECT_CAUSE);
    if (s->tell && opened && s->e->sink.incident)
        s->e->sink.incident(s->e->sink.context, f, g, false);
    if (g->speaks)
        enqueue(s, g, f, NULL);
}

/* The last word: resolved or lost with its last member, or that it goes on under another name. */
static void end_incident(struct saving *s, struct watch *w, struct incident *g)
{
    arena_reset(&s->e->words);
    if (s->tell)
        g->revision++;
    struct finding *f = spoken(s, w, g, g->into ? EFFECT_CAUSE : g->end);
    if (g->into) {
        memcpy(f->incident, g->orphan, sizeof(f->incident));
        f->state = FINDING_RESOLVED;
        f->reason = "merged";
        f->resolved_ms = s->slot_ms;
    } else if (s->tell && s->e->sink.incident) {
        s->e->sink.incident(s->e->sink.context, f, g, true);
    }
    enqueue(s, g, f, "resolve");
    g->lead->dirty = true; /* one that settles is not kept any longer */
}

static void tell_incidents(struct saving *s, struct watch *w)
{
    for (size_t i = 0; i < w->incidents->closed_len; i++)
        end_incident(s, w, w->incidents->closed[i]);
    for (size_t i = 0; i < w->incidents->len; i++)
        tell_incident(s, w, w->incidents->items[i]);
}

/* ---- digests of what opened beyond what can be told ---- */

struct digesting {
    struct saving *s;
    struct digest digest;
    struct finding_member worst[DIGEST_WORST];
    const struct incident *ranked[DIGEST_WORST];
    struct watch *of[DIGEST_WORST];
};

static bool is_worse(const struct incident *a, const struct incident *b)
{
    return a->peak != b->peak ? a->peak > b->peak : a->opened_ms < b->opened_ms;
}

static void rank(void *context, struct watch *w, const struct incident *g)
{
    struct digesting *d = context;
    struct digest *x = &d->digest;
    bool first = x->by_severity[0] + x->by_severity[1] + x->by_severity[2] == 0;
    x->by_severity[g->peak]++;
    x->cluster = first || (x->cluster && strcmp(x->cluster, w->cluster->name) == 0) ? w->cluster->name : NULL;
    size_t at = x->worst_len < DIGEST_WORST ? x->worst_len++ : DIGEST_WORST;
    for (; at > 0 && is_worse(g, d->ranked[at - 1]); at--)
        if (at < DIGEST_WORST) {
            d->ranked[at] = d->ranked[at - 1];
            d->of[at] = d->of[at - 1];
        }
    if (at < DIGEST_WORST) {
        d->ranked[at] = g;
        d->of[at] = w;
    }
}

static void tell_digest(struct saving *s, size_t destination)
{
    struct engine *e = s->e;
    const struct storm *storm = &e->storms[destination];
    struct digesting d = {.s = s};
    struct outbox_rows outbox = {0};
    struct finding f;
    arena_reset(&e->words);
    d.digest.worst = d.worst;
    tell_digest_members(e, destination, rank, &d);
    for (size_t i = 0; i < d.digest.worst_len; i++) {
        const struct finding *lead = spoken(s, d.of[i], d.ranked[i], EFFECT_CAUSE);
        d.worst[i] = (struct finding_member){.symptom = lead->symptom, .title = lead->title, .severity = d.ranked[i]->peak, .onset_ms = d.ranked[i]->onset_ms};
    }
    digest_finding(storm, &d.digest, e->config->destinations[destination].id, s->slot_ms, &e->words, &f);
    notify_row(&e->config->destinations[destination], &f, storm->due, clock_now_ms(e->clock), &e->words, &outbox);
    save_piece(s, &(struct commit){.slot_ms = s->slot_ms, .outbox = outbox.items, .outbox_len = outbox.len});
    free(outbox.items);
}

static void tell_digests(struct saving *s)
{
    for (size_t i = 0; s->store && s->e->storms && i < s->e->config->destinations_len; i++)
        if (s->e->storms[i].due)
            tell_digest(s, i);
}

struct state_rows {
    VEC(struct state_row) kept;
    VEC(struct state_row) ended;
};

static void flush_states(struct saving *s, struct state_rows *rows)
{
    struct commit piece = {.slot_ms = s->slot_ms, .states = rows->kept.items, .states_len = rows->kept.len, .ended = rows->ended.items, .ended_len = rows->ended.len};
    save_piece(s, &piece);
    arena_reset(&s->e->words);
    rows->kept.len = rows->ended.len = 0;
}

static void save_states(struct saving *s, const struct watch *w, struct state_rows *rows)
{
    arena_reset(&s->e->words);
    for (size_t k = 0; k < w->cluster->rules->symptoms_len; k++) {
        const struct symptom_states *of = &w->states->symptoms[k];
        for (size_t row = 0; of->active && row < of->rows; row++) {
            const struct instance *i = of->by_row[row];
            if (!i || !i->dirty)
                continue;
            if (i->state == STATE_SETTLING && !incident_outlives(i))
                vec_push(&rows->ended, row_of(s->e, w, i));
            else
                vec_push(&rows->kept, row_of(s->e, w, i));
            if (rows->kept.len + rows->ended.len >= PIECE)
                flush_states(s, rows);
        }
    }
    for (size_t k = 0; k < w->effects.ended_len; k++)
        vec_push(&rows->ended, row_of(s->e, w, w->effects.ended[k]));
    flush_states(s, rows); /* the next watch's words take their place */
}

static int save_slot(struct saving *s)
{
    struct engine *e = s->e;
    struct state_rows rows = {0};
    if (s->store)
        s->failed = store_begin(s->store, &s->err);
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        for (size_t at = 0; at < w->effects.len; at += PIECE)
            save_findings(s, w, w->effects.items + at, w->effects.len - at < PIECE ? w->effects.len - at : PIECE);
        tell_incidents(s, w);
        if (s->store)
            save_states(s, w, &rows);
    }
    tell_digests(s);
    if (s->store) {
        flush_states(s, &rows); /* where nothing is watched yet: the time of the slot */
        int ended = store_end(s->store, !s->failed, s->failed ? NULL : &s->err);
        s->failed = s->failed ? s->failed : ended;
    }
    vec_free(&rows.kept);
    vec_free(&rows.ended);
    return s->failed;
}

static struct store *memory_store(struct engine *e)
{
    struct error err;
    struct store_note note;
    if (!e->memory && store_open(":memory:", false, &e->memory, &note, &err) == 0)
        e->memory_notifier = notifier_new(e->config, e->memory, e->net, e->clock);
    return e->memory;
}

static void save_in_memory(struct engine *e, int64_t slot_ms, const struct error *why)
{
    if (!e->store_failing_since_ms) {
        e->store_failing_since_ms = slot_ms;
        log_error("state cannot be saved, alerts go on from memory: %s", why->text);
    }
    struct saving again = {.e = e, .store = memory_store(e), .slot_ms = slot_ms};
    if (!again.store || save_slot(&again) < 0)
        log_error("not even in memory: %s", again.err.text);
}

static void all_saved(struct engine *e)
{
    if (e->store_failing_since_ms)
        log_info("state is saved again");
    e->store_failing_since_ms = 0;
    for (size_t i = 0; i < e->watches_len; i++)
        for (size_t k = 0; k < e->rules->symptoms_len; k++) {
            const struct symptom_states *of = &e->watches[i].states->symptoms[k];
            for (size_t row = 0; of->active && row < of->rows; row++)
                if (of->by_row[row])
                    of->by_row[row]->dirty = false;
        }
}

int engine_commit(struct engine *e, int64_t slot_ms, struct error *err)
{
    struct saving s = {.e = e, .store = e->store, .tell = true, .slot_ms = slot_ms};
    tell_decide(e, slot_ms);
    int code = save_slot(&s);
    if (!e->store)
        return 0;
    if (code == 0) {
        all_saved(e);
        return 0;
    }
    save_in_memory(e, slot_ms, &s.err);
    if (err)
        *err = s.err;
    return code;
}
