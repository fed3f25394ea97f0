#include "notify/route.h"

#include <string.h>

struct walk {
    const struct finding *f;
    void (*take)(struct walk *w, const struct route_config *r);
    const struct config *config;
    struct reach *reach;
    size_t len;
    const struct route_config *sought;
    bool found;
};

/* Takes the deepest nodes that match; true when any did. `asked`: a node on the way names the severity. */
static bool walk(struct walk *w, const struct route_config *r, bool asked)
{
    bool deeper = false;
    asked |= matchers_name(&r->matchers, "severity");
    if (!matchers_match(&r->matchers, w->f))
        return false;
    for (size_t i = 0; i < r->routes_len; i++) {
        bool matched = walk(w, &r->routes[i], asked);
        deeper |= matched;
        if (matched && !r->routes[i].go_on)
            break;
    }
    if (!deeper && r->receiver && (asked || w->f->severity != SEVERITY_INFO))
        w->take(w, r);
    return true;
}

/* Where two routes lead to one destination the first counts, but nobody waits for an escalation who is told at once. */
static void take_receiver(struct walk *w, const struct route_config *r, const char *receiver, int64_t after_ms)
{
    for (size_t i = 0; i < w->config->destinations_len; i++) {
        if (!w->config->destinations[i].receiver || strcmp(w->config->destinations[i].receiver, receiver) != 0)
            continue;
        size_t k = 0;
        while (k < w->len && w->reach[k].destination != i)
            k++;
        if (k == w->len || after_ms < w->reach[k].after_ms)
            w->reach[k] = (struct reach){i, r, after_ms};
        w->len += k == w->len;
    }
}

static void take_destinations(struct walk *w, const struct route_config *r)
{
    take_receiver(w, r, r->receiver, 0);
    for (size_t i = 0; i < r->escalate.to_len; i++)
        take_receiver(w, r, r->escalate.to[i], r->escalate.after_ms);
}

size_t route_reach(const struct config *c, const struct finding *f, struct reach *ret)
{
    struct walk w = {.f = f, .take = take_destinations, .config = c, .reach = ret};
    if (f->state != FINDING_PENDING)
        walk(&w, &c->route, false);
    return w.len;
}

static void seek(struct walk *w, const struct route_config *r)
{
    w->found |= r == w->sought;
}

bool route_leads_to(const struct config *c, const struct finding *f, const struct route_config *node)
{
    struct walk w = {.f = f, .take = seek, .sought = node};
    walk(&w, &c->route, false);
    return w.found;
}

static bool bypasses(const struct route_config *r, enum severity severity)
{
    enum severity from;
    return severity_parse(r->bypass, &from) && severity >= from;
}

const char *route_muted(const struct route_config *r, enum severity severity, int64_t ms, bool *ret_outside)
{
    *ret_outside = false;
    if (bypasses(r, severity))
        return NULL;
    for (size_t i = 0; i < r->mute_len; i++)
        if (interval_holds(r->mute_at[i], ms))
            return r->mute[i];
    for (size_t i = 0; i < r->active_len; i++)
        if (interval_holds(r->active_at[i], ms))
            return NULL;
    *ret_outside = r->active_len > 0;
    return r->active_len ? r->active[0] : NULL;
}

/* Waits until `at_ms`: true when that is still to come. */
static bool waits(int64_t at_ms, const struct telling_case *c, int64_t *next_ms)
{
    if (at_ms <= c->slot_ms)
        return false;
    if (at_ms < *next_ms)
        *next_ms = at_ms;
    return true;
}

/* Who belongs together shows within a moment; what is critical does not wait for it. */
static const char *first_due(const struct telling_case *c, int64_t *next_ms)
{
    if (!c->route || c->held)
        return NULL;
    if (c->after_ms)
        return !c->acknowledged && !waits(c->opened_ms + c->after_ms, c, next_ms) ? "open" : NULL;
    bool at_once = c->mirrors || c->severity == SEVERITY_CRITICAL;
    return at_once || !waits(c->opened_ms + c->route->group_wait_ms, c, next_ms) ? "open" : NULL;
}

static const char *update_due(const struct telling *t, const struct telling_case *c, int64_t *next_ms)
{
    int64_t interval_ms = c->route ? c->route->group_interval_ms : 0;
    if (c->held || t->current)
        return NULL;
    return c->severity > t->severity || !waits(t->said_ms + interval_ms, c, next_ms) ? "update" : NULL;
}

static const char *repeat_due(const struct telling *t, const struct telling_case *c, int64_t *next_ms)
{
    if (c->held || c->acknowledged || !c->route)
        return NULL;
    return waits(t->told_ms + c->route->repeat_interval_ms, c, next_ms) ? NULL : "repeat";
}

const char *telling_due(const struct telling *t, const struct telling_case *c, int64_t *ret_next_ms)
{
    *ret_next_ms = INT64_MAX;
    if (!t->told_ms)
        return first_due(c, ret_next_ms);
    if (c->mirrors)
        return NULL;
    const char *update = update_due(t, c, ret_next_ms);
    return update ? update : repeat_due(t, c, ret_next_ms);
}

void telling_done(struct telling *t, const char *kind, const struct telling_case *c)
{
    if (!t->told_ms || strcmp(kind, "repeat") == 0 || !c->route || c->slot_ms - t->told_ms >= c->route->repeat_interval_ms)
        t->told_ms = c->slot_ms; /* an update that comes when a reminder is due is one */
    t->said_ms = c->slot_ms;
    t->severity = c->severity;
    t->current = true;
}
