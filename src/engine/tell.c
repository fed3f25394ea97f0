/* Which messages a slot gives to whom. Decided once, before anything is saved: the file and the store in memory that stands in for it then get the same. */
#include <string.h>

#include "base/alloc.h"
#include "engine/engine.h"
#include "engine/slot.h"
#include "notify/route.h"

#define INTERVAL_STEP_MS 15000 /* times of routes are told in minutes: looked at often enough */

struct deciding {
    struct engine *e;
    int64_t slot_ms, now_ms;
    bool holds_changed;  /* other silences are in force than in the slot before */
    struct reach *reach; /* room for all destinations */
};

/* As much of a finding as matchers read. */
static void label(const struct watch *w, const struct instance *i, const struct incident *g, struct finding *ret)
{
    *ret = (struct finding){.symptom = i->symptom->id, .cluster = w->cluster->name, .severity = i->severity, .state = FINDING_FIRING};
    memcpy(ret->incident, g->id, sizeof(ret->incident));
    label_set_of_row(cluster_domain(w->cluster, i->symptom->kind), i->row, &ret->entity);
}

typedef const struct silence *find_silence(const struct silences *all, bool ack, const struct finding *f, int64_t now_ms);

/* All that would be told is silenced: one finding that is not keeps the incident's voice. */
static bool is_silenced(const struct deciding *d, const struct watch *w, const struct incident *g, find_silence *find)
{
    for (size_t k = 0; k < g->len; k++) {
        struct finding f;
        if (g->members[k]->severity == SEVERITY_INFO && g->peak != SEVERITY_INFO)
            continue;
        label(w, g->members[k], g, &f);
        if (!find(d->e->silences, false, &f, d->now_ms))
            return false;
    }
    return true;
}

static int64_t ack_of(const struct deciding *d, const struct finding *lead)
{
    const struct silence *s = silences_find(d->e->silences, true, lead, d->now_ms);
    return s ? s->id : 0;
}

static const struct reach *reach_to(const struct deciding *d, size_t len, size_t destination)
{
    static const struct reach none = {0};
    for (size_t i = 0; i < len; i++)
        if (d->reach[i].destination == destination)
            return &d->reach[i];
    return &none;
}

/* In the digest, and so told; a rise to critical gives it a message of its own when there is room. */
static const char *due_in_digest(const struct deciding *d, const struct telling *t, const struct telling_case *c)
{
    struct storm *s = &d->e->storms[t->destination];
    bool rises = c->severity == SEVERITY_CRITICAL && t->severity != SEVERITY_CRITICAL && !c->held && c->route;
    if (!s->id[0]) { /* restored: the digest goes on */
        memcpy(s->id, t->digest, sizeof(s->id));
        s->opened_ms = s->told_ms = s->said_ms = t->told_ms;
    }
    s->changed |= !t->current;
    return rises && storm_allows(s, d->e->config, true, d->now_ms) ? "open" : NULL;
}

/* After a quiet night several that still fire are told together, in the morning's digest; what is critical has its own message all the same. */
static bool in_morning_digest(const struct deciding *d, const struct telling *t, const struct telling_case *c)
{
    size_t waiting = 0;
    if (!t->muted || c->severity == SEVERITY_CRITICAL)
        return false;
    if (d->e->storms[t->destination].id[0])
        return true;
    for (size_t i = 0; i < d->e->watches_len; i++) {
        const struct incidents *all = d->e->watches[i].incidents;
        for (size_t k = 0; k < all->len; k++)
            for (size_t n = 0; n < all->items[k]->told.len; n++) {
                const struct telling *other = &all->items[k]->told.items[n];
                waiting += other->destination == t->destination && other->muted && !other->told_ms && all->items[k]->peak != SEVERITY_CRITICAL;
            }
    }
    return waiting > 1;
}

/* Its own message, or none of its own: then it stands in the digest. */
static const char *due_by_itself(const struct deciding *d, struct telling *t, const struct telling_case *c, int64_t *ret_next_ms)
{
    const struct destination_config *to = &d->e->config->destinations[t->destination];
    struct storm *s = &d->e->storms[t->destination];
    const char *due = telling_due(t, c, ret_next_ms);
    if (!due || t->told_ms || c->mirrors || receiver_find(to->type)->wants_all)
        return due;
    if (!in_morning_digest(d, t, c) && storm_allows(s, d->e->config, c->severity == SEVERITY_CRITICAL, d->now_ms))
        return due;
    storm_join(s, to->id, d->slot_ms);
    telling_done(t, due, c);
    memcpy(t->digest, s->id, sizeof(t->digest));
    return NULL;
}

static void decide_one(const struct deciding *d, struct incident *g, struct telling *t, struct telling_case c)
{
    int64_t next_ms;
    bool outside, muted = c.route && route_muted(c.route, g->peak, d->now_ms, &outside);
    c.held |= muted;
    t->muted |= muted && !t->told_ms;
    bool stood = t->digest[0] != '\0';
    if (stood) {
        next_ms = INT64_MAX;
        t->due = due_in_digest(d, t, &c);
        t->current = true;
        if (t->due)
            t->digest[0] = '\0';
    } else {
        t->due = due_by_itself(d, t, &c, &next_ms);
    }
    g->lead->dirty |= t->due || stood != (t->digest[0] != '\0'); /* its row keeps who was told what */
    if (muted && d->slot_ms + INTERVAL_STEP_MS < next_ms)
        next_ms = d->slot_ms + INTERVAL_STEP_MS;
    g->look_ms = next_ms < g->look_ms ? next_ms : g->look_ms;
    if (!t->due)
        return;
    g->speaks |= !c.mirrors;
    d->e->mirror_news |= c.mirrors;
    telling_done(t, t->due, &c);
    next_ms = c.route && !c.mirrors ? t->told_ms + c.route->repeat_interval_ms : INT64_MAX;
    g->look_ms = next_ms < g->look_ms ? next_ms : g->look_ms;
}

/* Until when an incident that flaps must last to be told; 0 = it does not flap. At its fourth time it still is told at once, and says so. */
static int64_t stays_until_ms(const struct incident *g)
{
    if (g->flaps <= FLAP_TIMES)
        return 0;
    return g->opened_ms + (g->peak == SEVERITY_CRITICAL ? FLAP_STAYS_CRITICAL_MS : FLAP_STAYS_MS);
}

static void decide(const struct deciding *d, struct watch *w, struct incident *g)
{
    struct finding lead;
    label(w, g->lead, g, &lead);
    lead.severity = g->peak;
    if (g->opened_ms == d->slot_ms && !g->flaps)
        g->flaps = flaps_opened(d->e->flaps, &lead, d->slot_ms);
    struct telling_case c = {.slot_ms = d->slot_ms, .opened_ms = g->opened_ms, .severity = g->peak};
    int64_t ack = silences_any(d->e->silences, true) ? ack_of(d, &lead) : 0;
    c.acknowledged = ack != 0;
    int64_t stays_ms = stays_until_ms(g);
    bool waits = d->slot_ms < stays_ms, any = silences_any(d->e->silences, false);
    bool held_here = waits || (any && is_silenced(d, w, g, silences_find_own)), held = held_here || (any && is_silenced(d, w, g, silences_find));
    size_t reached = route_reach(d->e->config, &lead, d->reach);
    for (size_t i = 0; i < reached; i++)
        incident_telling(g, d->reach[i].destination);
    g->look_ms = d->slot_ms < stays_ms ? stays_ms : INT64_MAX;
    for (size_t i = 0; i < g->told.len; i++) {
        struct telling *t = &g->told.items[i];
        t->current &= !g->changed && (ack == g->ack || !ack); /* that somebody is at it is news, that nobody is any more is none */
        const struct reach *r = reach_to(d, reached, t->destination);
        c.route = r->route;
        c.after_ms = r->after_ms;
        c.mirrors = receiver_find(d->e->config->destinations[t->destination].type)->mirrors;
        c.held = c.mirrors ? held_here : held; /* Alertmanager keeps its own silences, and shows what they keep back */
        decide_one(d, g, t, c);
    }
    g->ack = ack;
}

static void decide_all(const struct deciding *d, bool critical)
{
    for (size_t i = 0; i < d->e->watches_len; i++) {
        struct incidents *all = d->e->watches[i].incidents;
        for (size_t k = 0; k < all->len; k++)
            if ((all->items[k]->peak == SEVERITY_CRITICAL) == critical && (all->items[k]->changed || d->holds_changed || d->slot_ms >= all->items[k]->look_ms))
                decide(d, &d->e->watches[i], all->items[k]);
    }
}

size_t tell_digest_members(const struct engine *e, size_t destination, void (*each)(void *context, struct watch *w, const struct incident *g), void *context)
{
    size_t len = 0;
    for (size_t i = 0; i < e->watches_len; i++) {
        const struct incidents *all = e->watches[i].incidents;
        for (size_t k = 0; k < all->len; k++)
            for (size_t t = 0; t < all->items[k]->told.len; t++) {
                const struct telling *told = &all->items[k]->told.items[t];
                if (told->destination != destination || strcmp(told->digest, e->storms[destination].id) != 0)
                    continue;
                len++;
                if (each)
                    each(context, &e->watches[i], all->items[k]);
            }
    }
    return len;
}

/* What ended in this slot stands in a digest no more. */
static void note_ended(struct engine *e)
{
    for (size_t i = 0; i < e->watches_len; i++)
        for (size_t k = 0; k < e->watches[i].incidents->closed_len; k++) {
            const struct tellings *told = &e->watches[i].incidents->closed[k]->told;
            for (size_t t = 0; t < told->len; t++) {
                struct storm *s = &e->storms[told->items[t].destination];
                s->changed |= told->items[t].digest[0] != '\0';
                if (told->items[t].digest[0] && !s->id[0]) /* the first thing after a restart */
                    memcpy(s->id, told->items[t].digest, sizeof(s->id));
            }
        }
}

static void decide_digests(struct engine *e, int64_t slot_ms)
{
    note_ended(e);
    for (size_t i = 0; i < e->config->destinations_len; i++)
        if (e->storms[i].id[0])
            storm_decide(&e->storms[i], tell_digest_members(e, i, NULL, NULL), e->config->route.repeat_interval_ms, slot_ms);
}

void tell_decide(struct engine *e, int64_t slot_ms)
{
    struct deciding d = {.e = e, .slot_ms = slot_ms, .now_ms = clock_now_ms(e->clock)};
    if (!e->store)
        return;
    if (!e->silences)
        e->silences = silences_new();
    if (!e->storms)
        e->storms = storms_new(e->config);
    if (!e->flaps)
        e->flaps = flaps_new();
    for (size_t i = 0; i < e->config->destinations_len; i++)
        storm_begin(&e->storms[i]);
    d.holds_changed = silences_read(e->silences, e->store, d.now_ms);
    d.reach = xcalloc(e->config->destinations_len + 1, sizeof(*d.reach));
    decide_all(&d, true); /* the critical ones take what room there is first */
    decide_all(&d, false);
    decide_digests(e, slot_ms);
    free(d.reach);
}

void tell_mark(const struct engine *e, struct finding *f)
{
    int64_t now_ms = clock_now_ms(e->clock);
    const struct silence *s = silences_any(e->silences, false) ? silences_find(e->silences, false, f, now_ms) : NULL;
    const struct silence *ack = silences_any(e->silences, true) ? silences_find(e->silences, true, f, now_ms) : NULL;
    f->silenced_by = s ? s->id : 0;
    if (!ack)
        return;
    f->ack_author = ack->author;
    f->ack_comment = ack->comment;
    f->ack_until_ms = ack->ends_ms;
}
