#include "diagnose/incident.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "diagnose/diagnose.h"

#define EARLY_MS 90000     /* clocks and windows tell an onset no better than that */
#define TOGETHER_MS 60000  /* what begins within that time began together */
#define SUSPECT_LEAST_DB (-3) /* a suspect that is further down is not what this finding looks like */

struct incidents *incidents_new(struct states *st)
{
    struct incidents *in = xcalloc(1, sizeof(*in));
    in->states = st;
    return in;
}

static void incident_free(struct incident *g)
{
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

/* ---- who agrees on the scope ---- */

/* Whether an entity has `value` for `label`: its own, or that of a finer entity which contains it. */
static bool has_value(const struct cluster *c, const struct instance *i, const char *label, const char *value)
{
    const struct domain *d = cluster_domain(c, i->symptom->kind);
    size_t own = entity_kind_label(d->kind, label);
    if (own != NO_ROW)
        return domain_value(d, i->row, own) == value;
    for (size_t k = 0; k < c->rules->kinds_len; k++) {
        const struct domain *finer = c->domains[k];
        size_t at = entity_kind_label(finer->kind, label);
        if (at == NO_ROW || d->kind->identity_len == 0 || !entity_kind_covers(finer->kind, d->kind))
            continue;
        for (size_t row = 0; row < finer->rows; row++) {
            bool same = domain_value(finer, row, at) == value;
            for (size_t l = 0; same && l < d->kind->identity_len; l++)
                same = domain_value(finer, row, entity_kind_label(finer->kind, d->kind->labels[l])) == domain_value(d, i->row, l);
            if (same)
                return true;
        }
    }
    return false;
}

/* The two have a value of the label in common. */
static bool agree_on(const struct cluster *c, const struct instance *a, const struct instance *b, const char *label)
{
    const struct domain *d = cluster_domain(c, a->symptom->kind);
    size_t own = entity_kind_label(d->kind, label);
    if (own != NO_ROW)
        return domain_value(d, a->row, own) && has_value(c, b, label, domain_value(d, a->row, own));
    for (size_t k = 0; k < c->rules->kinds_len; k++) {
        const struct domain *any = c->domains[k];
        size_t at = entity_kind_label(any->kind, label);
        for (size_t row = 0; at != NO_ROW && row < any->rows; row++) {
            const char *value = domain_value(any, row, at);
            if (value && has_value(c, a, label, value) && has_value(c, b, label, value))
                return true;
        }
    }
    return false;
}

static bool in_scope(const struct cluster *c, const struct mechanism *m, const struct instance *a, const struct instance *b)
{
    for (size_t i = 0; i < m->scope_len; i++)
        if (!agree_on(c, a, b, m->scope[i]))
            return false;
    return true;
}

/* ---- what explains what ---- */

static bool believed(const struct instance *i)
{
    return i->lead && i->lead_verdict >= 0 && i->lead_verdict <= VERDICT_LIKELY;
}

static const struct mechanism *mechanism_of(const struct incidents *in, const struct instance *i)
{
    const struct symptom *s = i->symptom;
    for (size_t k = 0; believed(i) && k < s->suspects_len; k++)
        if (strcmp(s->suspects[k].cause->id, i->lead) == 0)
            return in->states->cluster->rules->mechanisms[s->suspects[k].cause->index];
    return NULL;
}

/* The suspect of `i` that the mechanism shows as, the one with the most evidence; NULL when there is none, or when something else is believed. */
static const struct suspect *shown_as(const struct mechanism *m, const struct instance *i)
{
    const struct suspect *best = NULL;
    double best_db = SUSPECT_LEAST_DB;
    for (size_t k = 0; i->suspicion && k < i->symptom->suspects_len; k++) {
        const struct suspect *s = &i->symptom->suspects[k];
        bool covered = m->covers[s->cause->index];
        if (!covered && believed(i) && strcmp(s->cause->id, i->lead) == 0)
            return NULL;
        if (covered && i->suspicion[k] >= best_db) {
            best = s;
            best_db = i->suspicion[k];
        }
    }
    return best;
}

/* The suspect as which the incident's cause shows in `i`; NULL and why not. */
static const struct suspect *explains(const struct incidents *in, const struct incident *g, const struct instance *i, const char **ret_why_not)
{
    *ret_why_not = "its cause is not known";
    if (!g->mechanism)
        return NULL;
    *ret_why_not = i->onset_ms < g->onset_ms - EARLY_MS ? "began before it" : "began too late";
    if (i->onset_ms < g->onset_ms - EARLY_MS || i->onset_ms > g->joined_ms + g->mechanism->within_ms)
        return NULL;
    *ret_why_not = believed(i) ? "has another cause" : "shows nothing of it";
    const struct suspect *s = shown_as(g->mechanism, i);
    if (!s)
        return NULL;
    *ret_why_not = "is another entity's matter";
    return in_scope(in->states->cluster, g->mechanism, g->lead, i) ? s : NULL;
}

/* Nothing is known of either but that the same thing happened to both at once. */
static bool alike(const struct incident *g, const struct instance *i)
{
    int64_t apart = i->onset_ms - g->onset_ms;
    return !g->mechanism && !believed(g->lead) && !believed(i) && g->lead->symptom == i->symptom && apart <= TOGETHER_MS && apart >= -TOGETHER_MS;
}

/* ---- membership ---- */

static void add_member(struct incident *g, struct instance *i, int64_t slot_ms)
{
    if (g->len == g->cap) {
        g->cap = g->cap ? g->cap * 2 : 4;
        g->members = xrealloc(g->members, g->cap, sizeof(struct instance *));
    }
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

static struct incident *open_incident(struct incidents *in, struct instance *i, int64_t slot_ms)
{
    struct incident *g = xcalloc(1, sizeof(*g));
    if (in->len == in->cap) {
        in->cap = in->cap ? in->cap * 2 : 8;
        in->items = xrealloc(in->items, in->cap, sizeof(struct incident *));
    }
    in->items[in->len++] = g;
    memcpy(g->id, i->incident, sizeof(g->id));
    g->opened_ms = slot_ms;
    g->lead = i;
    g->mechanism = mechanism_of(in, i);
    add_member(g, i, slot_ms);
    return g;
}

/* The better speaker: a believed cause, then one that explains much, then severity, then who came first. */
static bool speaks_better(const struct incidents *in, const struct instance *a, const struct instance *b)
{
    if (believed(a) != believed(b))
        return believed(a);
    const struct mechanism *ma = mechanism_of(in, a), *mb = mechanism_of(in, b);
    if (ma && mb && ma != mb && ma->covers[mb->root->index] != mb->covers[ma->root->index])
        return ma->covers[mb->root->index]; /* the one that the other follows from */
    if (a->severity != b->severity)
        return a->severity > b->severity;
    if (a->lead_verdict != b->lead_verdict && believed(a))
        return a->lead_verdict < b->lead_verdict;
    return a->fired_ms < b->fired_ms;
}

static void choose_lead(const struct incidents *in, struct incident *g)
{
    struct instance *before = g->lead;
    g->lead = g->len ? g->members[0] : NULL;
    for (size_t i = 1; i < g->len; i++)
        if (speaks_better(in, g->members[i], g->lead))
            g->lead = g->members[i];
    if (g->lead && mechanism_of(in, g->lead)) /* what was once believed is kept until something else is */
        g->mechanism = mechanism_of(in, g->lead);
    if (g->lead && before && g->lead != before) {
        g->changed = true;
        snprintf(g->why, sizeof(g->why), "%s speaks for it now", g->lead->symptom->id);
    }
}

static void close_incident(struct incidents *in, struct incident *g)
{
    g->changed = false;
    size_t at = 0;
    while (at < in->len && in->items[at] != g)
        at++;
    memmove(&in->items[at], &in->items[at + 1], (in->len - at - 1) * sizeof(struct incident *));
    in->len--;
    if (in->closed_len == in->closed_cap) {
        in->closed_cap = in->closed_cap ? in->closed_cap * 2 : 8;
        in->closed = xrealloc(in->closed, in->closed_cap, sizeof(struct incident *));
    }
    in->closed[in->closed_len++] = g;
}

static void leave(struct incidents *in, struct instance *i, enum effect_kind kind)
{
    struct incident *g = i->group;
    size_t at = 0;
    while (at < g->len && g->members[at] != i)
        at++;
    memmove(&g->members[at], &g->members[at + 1], (g->len - at - 1) * sizeof(struct instance *));
    g->len--;
    g->changed = true;
    g->end = kind;
    if (g->len == 0) {
        close_incident(in, g); /* its last member stays its lead: it speaks the last word */
        return;
    }
    i->group = NULL;
    if (g->lead == i)
        choose_lead(in, g);
}

/* All of `from` goes into `into`, under the older name. */
static void merge(struct incidents *in, struct incident *into, struct incident *from, const struct suspect *as, int64_t slot_ms)
{
    bool older = from->opened_ms < into->opened_ms;
    bool from_told = from->told_ms != 0, into_told = into->told_ms != 0;
    snprintf(from->orphan, sizeof(from->orphan), "%s", older ? into->id : from->id);
    if (older) {
        memcpy(into->id, from->id, sizeof(into->id));
        into->opened_ms = from->opened_ms;
        uint32_t revision = into->revision;
        into->revision = from->revision;
        from->revision = revision;
        into->told_ms = from_told ? from->told_ms : 0;
        from->told_ms = into_told ? slot_ms : 0; /* from here on about the name that is given up */
    }
    for (size_t i = 0; i < from->len; i++)
        add_member(into, from->members[i], slot_ms);
    snprintf(into->why, sizeof(into->why), "took in %s: %s is how %s shows there", from->lead->symptom->id, as->cause->id, into->mechanism->root->id);
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
        const struct suspect *as = explains(in, in->items[k], i, &why_not);
        if (as && (!best_as || i->suspicion[as - i->symptom->suspects] > i->suspicion[best_as - i->symptom->suspects])) {
            best = in->items[k];
            best_as = as;
        }
    }
    for (size_t k = 0; !best && k < in->len; k++) {
        if (!alike(in->items[k], i))
            continue;
        add_member(in->items[k], i, slot_ms);
        snprintf(in->items[k]->why, sizeof(in->items[k]->why), "%s of others began at the same time", i->symptom->id);
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
        const struct suspect *as = other == g ? NULL : explains(in, g, other->lead, &why_not);
        bool follows = as && (!other->mechanism || !other->mechanism->covers[g->mechanism->root->index] || other->mechanism == g->mechanism);
        if (follows)
            merge(in, g, other, as, slot_ms);
    }
}

/* Members that only began together: one whose cause is now believed, and explains none of the others, is a matter of its own. */
static void part(struct incidents *in, struct instance *i, int64_t slot_ms)
{
    struct incident *g = i->group;
    const struct mechanism *m = mechanism_of(in, i);
    size_t explained = 0;
    if (g->mechanism || g->len < 2 || !believed(i))
        return;
    for (size_t k = 0; m && k < g->len; k++)
        explained += g->members[k] != i && shown_as(m, g->members[k]) && in_scope(in->states->cluster, m, i, g->members[k]);
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
        if (kind == EFFECT_FIRED && !i->group)
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
}

void incidents_clear(struct incidents *in)
{
    for (size_t i = 0; i < in->closed_len; i++) {
        if (in->closed[i]->lead && in->closed[i]->lead->group == in->closed[i])
            in->closed[i]->lead->group = NULL; /* it may live on, settling, and fire again one day */
        incident_free(in->closed[i]);
    }
    in->closed_len = 0;
    for (size_t i = 0; i < in->len; i++)
        in->items[i]->changed = false;
}

void incidents_restore(struct incidents *in, struct instance *i, const struct incident_mark *mark)
{
    struct incident *g = NULL;
    for (size_t k = 0; !g && k < in->len; k++)
        if (strcmp(in->items[k]->id, mark->id) == 0)
            g = in->items[k];
    if (g)
        add_member(g, i, i->fired_ms);
    else
        g = open_incident(in, i, i->fired_ms);
    snprintf(g->id, sizeof(g->id), "%s", mark->id);
    if (mark->lead)
        g->lead = i;
    if (mark->lead && mechanism_of(in, i))
        g->mechanism = mechanism_of(in, i);
    g->revision = mark->revision > g->revision ? mark->revision : g->revision;
    g->told_ms = mark->told_ms > g->told_ms ? mark->told_ms : g->told_ms;
    g->opened_ms = mark->opened_ms;
    g->ever = mark->ever > g->ever ? mark->ever : g->ever;
    g->changed = false;
}

enum role incident_role(const struct incident *g, const struct instance *i)
{
    if (!g || g->ever <= 1)
        return ROLE_SINGLE;
    if (g->lead == i)
        return ROLE_ROOT;
    return i->symptom->impact ? ROLE_IMPACT : ROLE_SYMPTOM;
}

void incident_members(const struct incident *g, struct evaluator *ev, struct arena *a, struct finding *ret)
{
    ret->members = arena_array(a, g->len + 1, sizeof(*ret->members));
    ret->members_len = 0;
    ret->members_ever = g->ever;
    for (size_t k = 0; k < g->len; k++) {
        const struct instance *i = g->members[k];
        if (i == g->lead)
            continue;
        struct render_context context = {ev, i->symptom->kind, i->row};
        struct finding_member m = {.symptom = i->symptom->id, .severity = i->severity, .onset_ms = i->onset_ms, .impact = i->symptom->impact,
                                   .title = render_texts(&context, &i->symptom->title, a)};
        size_t at = ret->members_len++;
        for (; at > 0 && ret->members[at - 1].severity < m.severity; at--)
            ret->members[at] = ret->members[at - 1];
        ret->members[at] = m;
    }
}

/* ---- why ---- */

static void put_instance(const struct incidents *in, const struct instance *i, struct strbuf *out)
{
    struct label_set labels;
    label_set_of_row(cluster_domain(in->states->cluster, i->symptom->kind), i->row, &labels);
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
    const struct suspect *as = g->mechanism ? shown_as(g->mechanism, i) : NULL;
    strbuf_adds(out, i == g->lead ? "  speaks  " : "  belongs ");
    put_instance(in, i, out);
    strbuf_addf(out, ", %+lld s", (long long)((i->onset_ms - g->onset_ms) / 1000));
    if (as)
        strbuf_addf(out, ", as %s", as->cause->id);
    put_scores(i, out);
    strbuf_addc(out, '\n');
}

void incident_why(const struct incidents *in, const struct incident *g, struct strbuf *out)
{
    strbuf_addf(out, "incident %s: %s%s%s\n", g->id, g->mechanism ? g->mechanism->root->id : "no cause is believed", *g->why ? "; last: " : "", g->why);
    for (size_t k = 0; k < g->len; k++)
        put_member(in, g, g->members[k], out);
    for (size_t k = 0; g->mechanism && k < in->len; k++) {
        const char *why_not;
        if (in->items[k] == g || explains(in, g, in->items[k]->lead, &why_not))
            continue;
        strbuf_adds(out, "  apart   ");
        put_instance(in, in->items[k]->lead, out);
        strbuf_addf(out, ": %s\n", why_not);
    }
}
