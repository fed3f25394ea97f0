#include "notify/trouble.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "notify/words.h"

void trouble_incident(const char *destination, char ret[17])
{
    snprintf(ret, 17, "%016" PRIx64, hash_str(hash_str(HASH_INIT, "trouble of "), destination));
}

/* Is the message itself about some trouble of ours? */
static bool is_ours(const struct trouble *t, const char *incident)
{
    char id[17];
    for (size_t i = 0; i < t->lanes_len; i++) {
        trouble_incident(t->lanes[i].d->id, id);
        if (strcmp(id, incident) == 0)
            return true;
    }
    return false;
}

static bool can_tell(const struct lane *l, const struct lane *about)
{
    return l != about && l->failures < LANE_FAILS && !l->in_trouble && !receiver_find(l->d->type)->mirrors;
}

/* Another destination: of the first route's receiver if it has one, else the first that works. */
static const struct lane *other_lane(const struct trouble *t, const struct lane *about)
{
    const char *first = t->config->route.receiver;
    for (int any = 0; any < 2; any++)
        for (size_t i = 0; i < t->lanes_len; i++)
            if (can_tell(&t->lanes[i], about) && (any || (first && t->lanes[i].d->receiver && strcmp(t->lanes[i].d->receiver, first) == 0)))
                return &t->lanes[i];
    return NULL;
}

static struct text both(struct arena *a, enum word which, const char *const v0[LANGUAGES], const char *const v1[LANGUAGES])
{
    struct text t;
    for (int lang = 0; lang < LANGUAGES; lang++)
        t.in[lang] = word_fill(a, (enum language)lang, which, v0[lang], v1 ? v1[lang] : NULL, NULL);
    return t;
}

static struct text same(struct arena *a, enum word which, const char *value)
{
    const char *const values[LANGUAGES] = {value, value};
    return both(a, which, values, NULL);
}

static struct finding about(const struct lane *lane, struct arena *a, int64_t now_ms)
{
    struct finding f = {
        .symptom = "delivery-failing", .cluster = "nightbell", .entity = {.items = {{"destination", lane->d->id}}, .len = 1}, .state = FINDING_FIRING,
        .severity = SEVERITY_WARNING, .role = ROLE_SINGLE, .slot_ms = now_ms, .onset_ms = now_ms, .fired_ms = now_ms, .cannot_tell = false,
        .revision = (uint32_t)(now_ms / 1000), /* grows over restarts too */
        .title = same(a, W_TROUBLE, lane->d->id), .next_check = {{"", ""}},
    };
    trouble_incident(lane->d->id, f.incident);
    return f;
}

static bool enqueue(const struct trouble *t, const struct destination_config *to, const struct finding *f, const char *kind, int64_t now_ms)
{
    AUTO(arena) struct arena a = ARENA_INIT("trouble");
    struct outbox_rows rows = {0};
    struct error err = {0};
    notify_row(to, f, kind, now_ms, &a, &rows);
    int failed = store_commit(t->store, &(struct commit){.slot_ms = store_last_slot_ms(t->store), .outbox = rows.items, .outbox_len = rows.len}, &err);
    if (failed)
        log_error("trouble with %s cannot be told: %s", f->entity.items[0].value, err.text);
    free(rows.items);
    return !failed;
}

void trouble_say(const struct trouble *t, struct lane *lane, const struct outbox_row *row, const struct finding *lost, const char *why, int64_t now_ms)
{
    AUTO(arena) struct arena a = ARENA_INIT("trouble");
    if (lane->in_trouble || (row && is_ours(t, row->incident)))
        return;
    const struct lane *to = other_lane(t, lane);
    if (!to) {
        log_error("%s does not take messages (%s), and there is no other destination to tell that", lane->d->id, why);
        return;
    }
    struct finding f = about(lane, &a, now_ms);
    const char *const reasons[LANGUAGES] = {why, why};
    f.effect = lost ? both(&a, W_TROUBLE_LOST, reasons, lost->title.in) : same(&a, W_TROUBLE_WHY, why);
    f.severity = lost && lost->severity == SEVERITY_CRITICAL && lost->state != FINDING_RESOLVED ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    struct finding_remedy steps[] = {{.text = same(&a, W_TROUBLE_LIST, NULL), .command = "nightbell outbox list", .risk = RISK_READ_ONLY},
                                     {.text = same(&a, W_TROUBLE_TEST, NULL), .command = "nightbell notify test", .risk = RISK_SAFE}};
    f.remedies = steps;
    f.remedies_len = ARRAY_LEN(steps);
    lane->in_trouble = enqueue(t, to->d, &f, "open", now_ms);
}

static const struct destination_config *named(const struct trouble *t, const char *id)
{
    for (size_t i = 0; i < t->lanes_len; i++)
        if (strcmp(t->lanes[i].d->id, id) == 0)
            return t->lanes[i].d;
    return NULL;
}

/* To whom it was told it is told that it is over. */
void trouble_over(const struct trouble *t, struct lane *lane, int64_t now_ms)
{
    AUTO(arena) struct arena a = ARENA_INIT("trouble");
    const char *kind, *to;
    if (!lane->in_trouble)
        return;
    struct finding f = about(lane, &a, now_ms);
    f.state = FINDING_RESOLVED;
    f.reason = "condition_cleared";
    f.resolved_ms = now_ms;
    f.revision++; /* it may have begun in this second */
    f.effect = same(&a, W_TROUBLE_WHY, "");
    bool told = store_outbox_last(t->store, f.incident, &a, &kind, &to) && strcmp(kind, "resolve") != 0;
    const struct destination_config *d = told ? named(t, to) : NULL;
    lane->in_trouble = d && !enqueue(t, d, &f, "resolve", now_ms);
}

void trouble_restore(const struct trouble *t)
{
    AUTO(arena) struct arena a = ARENA_INIT("trouble");
    for (size_t i = 0; i < t->lanes_len; i++) {
        char incident[17];
        const char *kind, *to;
        trouble_incident(t->lanes[i].d->id, incident);
        t->lanes[i].in_trouble = store_outbox_last(t->store, incident, &a, &kind, &to) && strcmp(kind, "resolve") != 0;
    }
}
