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

/* All that would be told is silenced: one finding that is not keeps the incident's voice. */
static bool is_silenced(const struct deciding *d, const struct watch *w, const struct incident *g)
{
    for (size_t k = 0; k < g->len; k++) {
        struct finding f;
        if (g->members[k]->severity == SEVERITY_INFO && g->peak != SEVERITY_INFO)
            continue;
        label(w, g->members[k], g, &f);
        if (!silences_find(d->e->silences, false, &f, d->now_ms))
            return false;
    }
    return true;
}

static int64_t ack_of(const struct deciding *d, const struct finding *lead)
{
    const struct silence *s = silences_find(d->e->silences, true, lead, d->now_ms);
    return s ? s->id : 0;
}

static const struct route_config *route_to(const struct deciding *d, size_t len, size_t destination)
{
    for (size_t i = 0; i < len; i++)
        if (d->reach[i].destination == destination)
            return d->reach[i].route;
    return NULL;
}

static void decide_one(const struct deciding *d, struct incident *g, struct telling *t, struct telling_case c)
{
    int64_t next_ms;
    bool outside, muted = c.route && route_muted(c.route, g->peak, d->now_ms, &outside);
    c.held |= muted;
    c.mirrors = receiver_find(d->e->config->destinations[t->destination].type)->mirrors;
    t->due = telling_due(t, &c, &next_ms);
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
    g->lead->dirty = true; /* its row keeps who was told what */
}

static void decide(const struct deciding *d, struct watch *w, struct incident *g)
{
    struct finding lead;
    label(w, g->lead, g, &lead);
    lead.severity = g->peak;
    struct telling_case c = {.slot_ms = d->slot_ms, .opened_ms = g->opened_ms, .severity = g->peak};
    int64_t ack = silences_any(d->e->silences, true) ? ack_of(d, &lead) : 0;
    c.acknowledged = ack != 0;
    c.held = silences_any(d->e->silences, false) && is_silenced(d, w, g);
    size_t reached = route_reach(d->e->config, &lead, d->reach);
    for (size_t i = 0; i < reached; i++)
        incident_telling(g, d->reach[i].destination);
    g->look_ms = INT64_MAX;
    for (size_t i = 0; i < g->told.len; i++) {
        struct telling *t = &g->told.items[i];
        t->current &= !g->changed && (ack == g->ack || !ack); /* that somebody is at it is news, that nobody is any more is none */
        c.route = route_to(d, reached, t->destination);
        decide_one(d, g, t, c);
    }
    g->ack = ack;
}

void tell_decide(struct engine *e, int64_t slot_ms)
{
    struct deciding d = {.e = e, .slot_ms = slot_ms, .now_ms = clock_now_ms(e->clock)};
    if (!e->store)
        return;
    if (!e->silences)
        e->silences = silences_new();
    d.holds_changed = silences_read(e->silences, e->store, d.now_ms);
    d.reach = xcalloc(e->config->destinations_len + 1, sizeof(*d.reach));
    for (size_t i = 0; i < e->watches_len; i++) {
        struct incidents *all = e->watches[i].incidents;
        for (size_t k = 0; k < all->len; k++)
            if (all->items[k]->changed || d.holds_changed || slot_ms >= all->items[k]->look_ms)
                decide(&d, &e->watches[i], all->items[k]);
    }
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
