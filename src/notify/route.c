#include "notify/route.h"

#include <string.h>

size_t route_reach(const struct config *c, const struct finding *f, struct reach *ret)
{
    size_t len = 0;
    if (!c->route.receiver || f->severity == SEVERITY_INFO || f->state == FINDING_PENDING)
        return 0;
    for (size_t i = 0; i < c->destinations_len; i++)
        if (c->destinations[i].receiver && strcmp(c->destinations[i].receiver, c->route.receiver) == 0)
            ret[len++] = (struct reach){i, &c->route};
    return len;
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
    if (!c->route || c->silenced)
        return NULL;
    bool at_once = c->mirrors || c->severity == SEVERITY_CRITICAL;
    return at_once || !waits(c->opened_ms + c->route->group_wait_ms, c, next_ms) ? "open" : NULL;
}

static const char *update_due(const struct telling *t, const struct telling_case *c, int64_t *next_ms)
{
    int64_t interval_ms = c->route ? c->route->group_interval_ms : 0;
    if (c->silenced || t->current)
        return NULL;
    return c->severity > t->severity || !waits(t->said_ms + interval_ms, c, next_ms) ? "update" : NULL;
}

static const char *repeat_due(const struct telling *t, const struct telling_case *c, int64_t *next_ms)
{
    if (c->silenced || c->acknowledged || !c->route)
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
