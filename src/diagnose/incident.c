#include "diagnose/incident.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "diagnose/diagnose.h"
#include "diagnose/relation.h"

#define MEMBERS_TOLD 20
#define NOT_A_MEMBER SIZE_MAX
#define MANY 3 /* entities: two may be chance */

struct incidents *incidents_new(const struct cluster *c)
{
    struct incidents *in = xcalloc(1, sizeof(*in));
    in->cluster = c;
    return in;
}

static void incident_free(struct incident *g)
{
    vec_free(&g->told);
    free(g->members);
    free(g);
}

void incidents_free(struct incidents *in)
{
    if (!in)
        return;
    incidents_clear(in);
    for (size_t i = 0; i < in->len; i++)
        incident_free(in->items[i]);
    free(in->items);
    free(in->closed);
    free(in);
}

/* ---- membership ---- */

static void add_member(struct incident *g, struct instance *i, int64_t slot_ms)
{
    if (g->len == g->cap) {
        g->cap = g->cap ? g->cap * 2 : 4;
        g->members = xrealloc(g->members, g->cap, sizeof(struct instance *));
    }
    i->group_at = g->len;
    g->members[g->len++] = i;
    i->group = g;
    g->ever++;
    g->joined_ms = slot_ms;
    g->changed = true;
    if (!g->onset_ms || i->onset_ms < g->onset_ms)
        g->onset_ms = i->onset_ms;
    if (i->severity > g->peak)
        g->peak = i->severity;
}

/* A new one that `i` speaks for. */
static struct incident *put_incident(struct incidents *in, struct instance *i, int64_t slot_ms)
{
    struct incident *g = xcalloc(1, sizeof(*g));
    if (in->len == in->cap) {
        in->cap = in->cap ? in->cap * 2 : 8;
        in->items = xrealloc(in->items, in->cap, sizeof(struct incident *));
    }
    in->items[in->len++] = g;
    memcpy(g->id, i->incident, sizeof(g->id));
    g->opened_ms = slot_ms;
    g->onset_ms = i->onset_ms;
    g->lead = i;
    g->mechanism = relation_mechanism(in->cluster, i);
    return g;
}

static void open_incident(struct incidents *in, struct instance *i, int64_t slot_ms)
{
    add_member(put_incident(in, i, slot_ms), i, slot_ms);
}

/* The better speaker: a believed cause, then one that explains much, then severity, then who came first. */
static bool speaks_better(const struct incidents *in, const struct instance *a, const struct instance *b)
{
    if (relation_believed(a) != relation_believed(b))
        return relation_believed(a);
    const struct mechanism *ma = relation_mechanism(in->cluster, a), *mb = relation_mechanism(in->cluster, b);
    if (ma && mb && ma != mb && ma->covers[mb->root->index] != mb->covers[ma->root->index])
        return ma->covers[mb->root->index]; /* the one that the other follows from */
    if (a->severity != b->severity)
        return a->severity > b->severity;
    if (a->lead_verdict != b->lead_verdict && relation_believed(a))
        return a->lead_verdict < b->lead_verdict;
    return a->fired_ms < b->fired_ms;
}

/* One that has cleared speaks on while it explains all that are left. */
static bool may_speak(const struct incidents *in, const struct incident *g, const struct instance *i)
{
    const struct mechanism *m = relation_mechanism(in->cluster, i);
    if (i->group_at != NOT_A_MEMBER)
        return true;
    for (size_t k = 0; m && k < g->len; k++)
        if (!relation_shown_as(m, g->members[k]))
            return false;
    return m != NULL;
}

static void take_over(struct incident *g, struct instance *i)
{
    if (g->lead->group_at == NOT_A_MEMBER) { /* it has cleared: nothing keeps it here any more */
        g->lead->group = NULL;
        g->lead->dirty = true;
    }
    g->lead = i;
}

static void choose_lead(const struct incidents *in, struct incident *g)
{
    struct instance *before = g->lead;
    if (!may_speak(in, g, g->lead))
        take_over(g, g->members[0]);
    for (size_t i = 0; i < g->len; i++)
        if (g->members[i] != g->lead && speaks_better(in, g->members[i], g->lead))
            take_over(g, g->members[i]);
    if (relation_mechanism(in->cluster, g->lead)) /* what was once believed is kept until something else is */
        g->mechanism = relation_mechanism(in->cluster, g->lead);
    if (g->lead != before) {
        g->changed = true;
        snprintf(g->why, sizeof(g->why), "%s speaks for it now", g->lead->symptom->id);
    }
}

static void take_out(struct incidents *in, const struct incident *g)
{
    size_t at = 0;
    while (at < in->len && in->items[at] != g)
        at++;
    memmove(&in->items[at], &in->items[at + 1], (in->len - at - 1) * sizeof(struct incident *));
    in->len--;
}

static void close_incident(struct incidents *in, struct incident *g)
{
    g->changed = false;
    take_out(in, g);
    if (in->closed_len == in->closed_cap) {
        in->closed_cap = in->closed_cap ? in->closed_cap * 2 : 8;
        in->closed = xrealloc(in->closed, in->closed_cap, sizeof(struct incident *));
    }
    in->closed[in->closed_len++] = g;
}

static void leave(struct incidents *in, struct instance *i, enum effect_kind kind)
{
    struct incident *g = i->group;
    struct instance *last = g->members[--g->len];
    snprintf(i->left, sizeof(i->left), "%s", g->ever > 1 ? g->id : "");
    g->members[i->group_at] = last;
    last->group_at = i->group_at;
    g->changed = true;
    g->end = kind;
    if (g->len == 0) {
        if (g->lead != i)
            i->group = NULL;
        close_incident(in, g); /* whoever leads it speaks the last word */
        return;
    }
    i->group_at = NOT_A_MEMBER;
    if (g->lead == i && kind == EFFECT_RESOLVED)
        return; /* choose_lead() at the end of the step says whether it goes on speaking */
    if (g->lead == i)
        g->lead = g->members[0];
    i->group = NULL;
}

/* All of `from` goes into `into`, under the older name. */
static void merge(struct incidents *in, struct incident *into, struct incident *from, int64_t slot_ms)
{
    bool older = from->opened_ms < into->opened_ms;
    snprintf(from->orphan, sizeof(from->orphan), "%s", older ? into->id : from->id);
    if (older) {
        memcpy(into->id, from->id, sizeof(into->id));
        into->opened_ms = from->opened_ms;
        uint32_t revision = into->revision;
        into->revision = from->revision;
        from->revision = revision;
        struct tellings told = into->told; /* what goes with a name are its messages */
        into->told = from->told;
        from->told = told;
        into->ack = from->ack;
    }
    for (size_t i = 0; i < from->len; i++)
        add_member(into, from->members[i], slot_ms);
    from->len = 0;
    from->into = into;
    close_incident(in, from);
}

/* ---- the step ---- */

static void join_or_open(struct incidents *in, struct instance *i, int64_t slot_ms)
{
    struct incident *best = NULL;
    const struct suspect *best_as = NULL;
    const char *why_not;
    for (size_t k = 0; k < in->len; k++) {
        const struct suspect *as = relation_explains(in->cluster, in->items[k], i, &why_not);
        if (as && (!best_as || i->suspicion[as - i->symptom->suspects] > i->suspicion[best_as - i->symptom->suspects])) {
            best = in->items[k];
            best_as = as;
        }
    }
    for (size_t k = 0; !best && k < in->len; k++) {
        struct incident *g = in->items[k];
        if (!relation_alike(in->cluster, g, i))
            continue;
        add_member(g, i, slot_ms);
        if (g->lead->symptom == i->symptom)
            snprintf(g->why, sizeof(g->why), "%s of others began at the same time", i->symptom->id);
        else
            snprintf(g->why, sizeof(g->why), "%s began at the same time: %s is suspected first of both", i->symptom->id, i->lead);
        return;
    }
    if (!best) {
        open_incident(in, i, slot_ms);
        return;
    }
    add_member(best, i, slot_ms);
    snprintf(best->why, sizeof(best->why), "%s joined: %s is how %s shows there", i->symptom->id, best_as->cause->id, best->mechanism->root->id);
    choose_lead(in, best);
}

/* An incident whose cause is known takes in the others that it explains, each as a whole. */
static void take_in(struct incidents *in, struct incident *g, int64_t slot_ms)
{
    for (size_t k = in->len; k-- > 0;) {
        struct incident *other = in->items[k];
        const char *why_not;
        const struct suspect *as = other == g ? NULL : relation_explains(in->cluster, g, other->lead, &why_not);
        bool follows = as && (!other->mechanism || !other->mechanism->covers[g->mechanism->root->index] || other->mechanism == g->mechanism);
        if (!follows)
            continue;
        snprintf(g->why, sizeof(g->why), "took in %s: %s is how %s shows there", other->lead->symptom->id, as->cause->id, g->mechanism->root->id);
        merge(in, g, other, slot_ms);
    }
}

/* Members of the symptom of `i` for which the same cause comes first. */
static size_t count_alike(const struct incident *g, const struct instance *i)
{
    size_t n = 0;
    for (size_t k = 0; k < g->len; k++)
        n += g->members[k]->symptom == i->symptom && relation_same_suspect(g->members[k], i);
    return n;
}

/* The same began together, for the same believed reason. */
static bool like(const struct incident *a, const struct incident *b)
{
    bool same = a->lead->symptom == b->lead->symptom && relation_same_suspect(a->lead, b->lead);
    return same && relation_believed(a->lead) && relation_believed(b->lead) && relation_together(a->onset_ms, b->onset_ms);
}

/* What many have at once, each for the same reason, has one reason that none of them shows: it is one matter, whatever the scope. */
static void take_in_alike(struct incidents *in, struct incident *g, int64_t slot_ms)
{
    size_t all = 0;
    for (size_t k = 0; k < in->len; k++)
        all += like(g, in->items[k]) ? count_alike(in->items[k], g->lead) : 0;
    if (all < MANY)
        return;
    for (size_t k = in->len; k-- > 0;) {
        struct incident *other = in->items[k];
        if (other == g || !like(g, other))
            continue;
        merge(in, g, other, slot_ms);
        snprintf(g->why, sizeof(g->why), "%s began for %zu at the same time, with %s for each", g->lead->symptom->id, all, g->lead->lead);
    }
}

/* Members that only began together: one whose cause is now believed, and explains none of the others, is a matter of its own. */
static void part(struct incidents *in, struct instance *i, int64_t slot_ms)
{
    struct incident *g = i->group;
    const struct mechanism *m = relation_mechanism(in->cluster, i);
    size_t explained = 0;
    if (g->mechanism || g->len < 2 || !relation_believed(i) || count_alike(g, i) >= MANY)
        return;
    for (size_t k = 0; m && k < g->len; k++)
        explained += g->members[k] != i && relation_shown_as(m, g->members[k]) && relation_in_scope(in->cluster, m, i, g->members[k]);
    if (explained)
        return;
    leave(in, i, EFFECT_NONE);
    join_or_open(in, i, slot_ms);
}

void incidents_step(struct incidents *in, const struct effects *effects, int64_t slot_ms)
{
    for (size_t k = 0; k < effects->len; k++) {
        struct instance *i = effects->items[k].instance;
        enum effect_kind kind = effects->items[k].kind;
        bool outlives = incident_outlives(i);
        if (kind == EFFECT_FIRED && outlives)
            add_member(i->group, i, slot_ms); /* it is back */
        else if (kind == EFFECT_FIRED && (!i->group || i->group_at == NOT_A_MEMBER))
            join_or_open(in, i, slot_ms);
        else if (i->group && (kind == EFFECT_RESOLVED || kind == EFFECT_LOST || kind == EFFECT_GONE))
            leave(in, i, kind);
        else if (i->group) {
            i->group->changed = true;
            if (kind == EFFECT_CAUSE)
                part(in, i, slot_ms);
        }
        if (i->group && i->severity > i->group->peak)
            i->group->peak = i->severity;
    }
    for (size_t k = 0; k < in->len; k++)
        if (in->items[k]->changed)
            choose_lead(in, in->items[k]);
    for (size_t k = 0; k < in->len; k++)
        if (in->items[k]->changed && in->items[k]->mechanism)
            take_in(in, in->items[k], slot_ms);
    for (size_t k = 0; k < in->len; k++)
        if (in->items[k]->changed)
            take_in_alike(in, in->items[k], slot_ms);
}

void incidents_clear(struct incidents *in)
{
    for (size_t i = 0; i < in->closed_len; i++) {
        if (in->closed[i]->lead->group == in->closed[i])
            in->closed[i]->lead->group = NULL; /* it may live on, settling, and fire again one day */
        incident_free(in->closed[i]);
    }
    in->closed_len = 0;
    for (size_t i = 0; i < in->len; i++)
        in->items[i]->changed = in->items[i]->speaks = false;
}

struct telling *incident_telling(struct incident *g, size_t destination)
{
    for (size_t i = 0; i < g->told.len; i++)
        if (g->told.items[i].destination == destination)
            return &g->told.items[i];
    vec_push(&g->told, (struct telling){.destination = destination});
    return &g->told.items[g->told.len - 1];
}

/* Every member's row may be older than another's; the newest of each destination counts. */
static void restore_telling(struct incident *g, const struct telling *was)
{
    struct telling *t = incident_telling(g, was->destination);
    if (was->told_ms > t->told_ms || was->said_ms > t->said_ms)
        *t = *was;
}

void incidents_restore(struct incidents *in, struct instance *i, const struct incident_mark *mark)
{
    struct incident *g = NULL;
    for (size_t k = 0; !g && k < in->len; k++)
        if (strcmp(in->items[k]->id, mark->id) == 0)
            g = in->items[k];
    if (!g)
        g = put_incident(in, i, i->fired_ms);
    i->group = g;
    i->group_at = NOT_A_MEMBER;
    if (instance_fires(i))
        add_member(g, i, i->fired_ms);
    snprintf(g->id, sizeof(g->id), "%s", mark->id);
    if (mark->lead)
        g->lead = i;
    if (mark->lead && relation_mechanism(in->cluster, i))
        g->mechanism = relation_mechanism(in->cluster, i);
    g->revision = mark->revision > g->revision ? mark->revision : g->revision;
    for (size_t k = 0; k < mark->told_len; k++)
        restore_telling(g, &mark->told[k]);
    g->ack = mark->ack > g->ack ? mark->ack : g->ack;
    g->opened_ms = mark->opened_ms;
    g->ever = mark->ever > g->ever ? mark->ever : g->ever;
    g->peak = mark->peak > g->peak ? mark->peak : g->peak;
    g->changed = false;
}

bool incident_outlives(const struct instance *lead)
{
    return lead->group && lead->group->lead == lead && lead->group_at == NOT_A_MEMBER && lead->group->len > 0;
}

void incidents_restored(struct incidents *in)
{
    for (size_t k = in->len; k-- > 0;) {
        struct incident *g = in->items[k];
        if (g->len)
            continue;
        g->lead->group = NULL;
        take_out(in, g);
        incident_free(g);
    }
}

enum role incident_role(const struct incident *g, const struct instance *i)
{
    if (g ? g->ever <= 1 : !*i->left)
        return ROLE_SINGLE;
    if (g && g->lead == i)
        return ROLE_ROOT;
    return i->symptom->impact ? ROLE_IMPACT : ROLE_SYMPTOM;
}

/* The worst few, harm before all else. */
static size_t worst_members(const struct incident *g, const struct instance **ret)
{
    size_t len = 0;
    for (size_t k = 0; k < g->len; k++) {
        const struct instance *i = g->members[k];
        size_t at = len < MEMBERS_TOLD ? len : MEMBERS_TOLD;
        if (i == g->lead)
            continue;
        for (; at > 0 && (ret[at - 1]->symptom->impact != i->symptom->impact ? i->symptom->impact : ret[at - 1]->severity < i->severity); at--)
            if (at < MEMBERS_TOLD)
                ret[at] = ret[at - 1];
        if (at < MEMBERS_TOLD)
            ret[at] = i;
        len += len < MEMBERS_TOLD;
    }
    return len;
}

void incident_members(const struct incident *g, struct evaluator *ev, struct arena *a, struct finding *ret)
{
    const struct instance *worst[MEMBERS_TOLD];
    ret->members_len = worst_members(g, worst);
    ret->members = arena_array(a, ret->members_len + 1, sizeof(*ret->members));
    ret->members_more = g->len - !incident_outlives(g->lead) - ret->members_len;
    ret->members_ever = g->ever;
    for (size_t k = 0; k < ret->members_len; k++) {
        const struct instance *i = worst[k];
        struct render_context context = {ev, i->symptom->kind, i->row};
        column_for_symptom(ev, i->symptom);
        ret->members[k] = (struct finding_member){.symptom = i->symptom->id, .severity = i->severity, .onset_ms = i->onset_ms, .impact = i->symptom->impact,
                                                  .title = render_title(&context, i->symptom, a)};
    }
}

/* ---- why ---- */

static void put_instance(const struct incidents *in, const struct instance *i, struct strbuf *out)
{
    struct label_set labels;
    label_set_of_row(cluster_domain(in->cluster, i->symptom->kind), i->row, &labels);
    strbuf_adds(out, i->symptom->id);
    for (size_t k = 0; k < labels.len; k++)
        strbuf_addf(out, "%s%s=%s", k ? ", " : " ", labels.items[k].name, labels.items[k].value);
}

/* The suspects with their decibels, best first as far as they speak for anything. */
static void put_scores(const struct instance *i, struct strbuf *out)
{
    const char *gap = ": ";
    for (double below = INFINITY, next; i->suspicion; below = next) {
        const struct suspect *best = NULL;
        next = -INFINITY;
        for (size_t k = 0; k < i->symptom->suspects_len; k++)
            if (i->suspicion[k] < below && i->suspicion[k] > next && i->suspicion[k] > 0) {
                next = i->suspicion[k];
                best = &i->symptom->suspects[k];
            }
        if (!best)
            return;
        strbuf_addf(out, "%s%s %+.0f dB", gap, best->cause->id, next);
        gap = ", ";
    }
}

static void put_member(const struct incidents *in, const struct incident *g, const struct instance *i, struct strbuf *out)
{
    const struct suspect *as = g->mechanism ? relation_shown_as(g->mechanism, i) : NULL;
    strbuf_adds(out, i == g->lead ? "  speaks  " : "  belongs ");
    put_instance(in, i, out);
    strbuf_addf(out, ", %+lld s%s", (long long)((i->onset_ms - g->onset_ms) / 1000), incident_outlives(i) ? ", has cleared" : "");
    if (as)
        strbuf_addf(out, ", as %s", as->cause->id);
    put_scores(i, out);
    strbuf_addc(out, '\n');
}

void incident_why(const struct incidents *in, const struct incident *g, struct strbuf *out)
{
    strbuf_addf(out, "incident %s: %s%s%s\n", g->id, g->mechanism ? g->mechanism->root->id : "no cause is believed", *g->why ? "; last: " : "", g->why);
    if (incident_outlives(g->lead))
        put_member(in, g, g->lead, out);
    for (size_t k = 0; k < g->len; k++)
        put_member(in, g, g->members[k], out);
    for (size_t k = 0; g->mechanism && k < in->len; k++) {
        const char *why_not;
        if (in->items[k] == g || relation_explains(in->cluster, g, in->items[k]->lead, &why_not))
            continue;
        strbuf_adds(out, "  apart   ");
        put_instance(in, in->items[k]->lead, out);
        strbuf_addf(out, ": %s\n", why_not);
    }
}
