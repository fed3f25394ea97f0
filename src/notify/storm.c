#include "notify/storm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "notify/words.h"

#define EDIT_EVERY_MS 60000

static struct allowance allowance_new(int64_t len)
{
    return (struct allowance){.at_ms = xcalloc((size_t)len, sizeof(int64_t)), .len = (size_t)len};
}

struct storm *storms_new(const struct config *c)
{
    struct storm *all = xcalloc(c->destinations_len + 1, sizeof *all);
    for (size_t i = 0; i < c->destinations_len; i++) {
        all[i].usual = allowance_new(c->storm.messages);
        all[i].critical = allowance_new(c->storm.critical);
    }
    return all;
}

void storms_free(struct storm *all, const struct config *c)
{
    for (size_t i = 0; all && i < c->destinations_len; i++) {
        free(all[i].usual.at_ms);
        free(all[i].critical.at_ms);
    }
    free(all);
}

bool storm_allows(struct storm *s, const struct config *c, bool critical, int64_t now_ms)
{
    struct allowance *w = critical ? &s->critical : &s->usual;
    if (!w->len)
        return true; /* no limit was set */
    int64_t oldest_ms = w->at_ms[w->next];
    if (oldest_ms && now_ms - oldest_ms < c->storm.within_ms && now_ms >= oldest_ms)
        return false;
    w->at_ms[w->next] = now_ms;
    w->next = (w->next + 1) % w->len;
    return true;
}

void storm_join(struct storm *s, const char *destination, int64_t slot_ms)
{
    s->changed = true;
    if (s->id[0])
        return;
    uint64_t hash = hash_bytes(hash_str(hash_str(HASH_INIT, "digest for "), destination), &slot_ms, sizeof slot_ms);
    snprintf(s->id, sizeof s->id, "%016" PRIx64, hash);
    s->opened_ms = slot_ms;
    s->told_ms = s->said_ms = 0;
}

void storm_begin(struct storm *s)
{
    if (s->due && strcmp(s->due, "resolve") == 0)
        s->id[0] = '\0';
    s->due = NULL;
}

void storm_decide(struct storm *s, size_t members, int64_t repeat_ms, int64_t slot_ms)
{
    if (!members)
        s->due = "resolve";
    else if (!s->told_ms)
        s->due = "open";
    else if (s->changed && slot_ms - s->said_ms >= EDIT_EVERY_MS)
        s->due = "update";
    else if (slot_ms - s->told_ms >= repeat_ms)
        s->due = "repeat";
    if (!s->due)
        return;
    s->changed = false;
    s->said_ms = slot_ms;
    if (strcmp(s->due, "update") != 0)
        s->told_ms = slot_ms;
}

static struct text counted(const struct digest *g, struct arena *a)
{
    struct text t;
    size_t warnings = g->by_severity[SEVERITY_WARNING] + g->by_severity[SEVERITY_INFO], all = warnings + g->by_severity[SEVERITY_CRITICAL];
    for (int lang = 0; lang < LANGUAGES; lang++)
        t.in[lang] = word_fill(a, (enum language)lang, W_DIGEST, arena_printf(a, "%zu", all), arena_printf(a, "%zu", g->by_severity[SEVERITY_CRITICAL]),
                               arena_printf(a, "%zu", warnings));
    return t;
}

static struct text said(enum word w)
{
    struct text t;
    for (int lang = 0; lang < LANGUAGES; lang++)
        t.in[lang] = word((enum language)lang, w);
    return t;
}

void digest_finding(const struct storm *s, const struct digest *g, const char *destination, int64_t slot_ms, struct arena *a, struct finding *ret)
{
    size_t all = g->by_severity[SEVERITY_INFO] + g->by_severity[SEVERITY_WARNING] + g->by_severity[SEVERITY_CRITICAL];
    *ret = (struct finding){
        .symptom = DIGEST_SYMPTOM, .cluster = g->cluster ? g->cluster : "*", .entity = {.items = {{"destination", destination}}, .len = 1},
        .state = all ? FINDING_FIRING : FINDING_RESOLVED, .severity = g->by_severity[SEVERITY_CRITICAL] ? SEVERITY_CRITICAL : SEVERITY_WARNING, .role = ROLE_SINGLE,
        .slot_ms = slot_ms, .onset_ms = s->opened_ms, .fired_ms = s->opened_ms, .resolved_ms = all ? 0 : slot_ms, .reason = all ? NULL : "condition_cleared",
        .revision = (uint32_t)(slot_ms / 1000), /* grows over restarts too */
        .title = all ? counted(g, a) : said(W_DIGEST_OVER), .effect = said(W_DIGEST_WHY), .next_check = {{"", ""}},
        .members_len = g->worst_len, .members_more = all - g->worst_len, .members_ever = all,
    };
    memcpy(ret->incident, s->id, sizeof ret->incident);
    ret->members = arena_array(a, g->worst_len + 1, sizeof *ret->members);
    memcpy(ret->members, g->worst, g->worst_len * sizeof *ret->members);
    ret->remedies = arena_alloc(a, sizeof *ret->remedies);
    *ret->remedies = (struct finding_remedy){.text = said(W_DIGEST_SEE), .command = "nightbell history", .risk = RISK_READ_ONLY};
    ret->remedies_len = all ? 1 : 0;
}
