#include "diagnose/relation.h"

#include <string.h>

#define TOGETHER_MS 60000     /* what begins within that time began together */
#define EARLY_MS 90000        /* clocks and windows tell an onset no better than that */
#define VALUES_MAX 64         /* of a label; an entity that belongs to more is not told by them */
#define SUSPECT_LEAST_DB (-3) /* a suspect that is further down is not what this finding looks like */

/* ---- who agrees on the scope ---- */

struct values {
    const char *items[VALUES_MAX];
    size_t len;
};

static void put_value(struct values *v, const char *value)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->items[i] == value)
            return;
    if (value && v->len < VALUES_MAX)
        v->items[v->len++] = value;
}

/* The values of `label` in the rows of a finer kind that contain the entity. */
static void values_of_finer(const struct domain *d, size_t row, const struct domain *finer, const char *label, struct values *ret)
{
    size_t at = entity_kind_label(finer->kind, label), own[ENTITY_LABELS_MAX];
    for (size_t l = 0; l < d->kind->identity_len; l++)
        own[l] = entity_kind_label(finer->kind, d->kind->labels[l]);
    for (size_t other = 0; other < finer->rows; other++) {
        bool same = true;
        for (size_t l = 0; same && l < d->kind->identity_len; l++)
            same = domain_value(finer, other, own[l]) == domain_value(d, row, l);
        if (same)
            put_value(ret, domain_value(finer, other, at));
    }
}

/* What an entity has for `label`: its own value, or those of finer entities that contain it. */
static void values_of(const struct cluster *c, const struct instance *i, const char *label, struct values *ret)
{
    const struct domain *d = cluster_domain(c, i->symptom->kind);
    size_t own = entity_kind_label(d->kind, label);
    ret->len = 0;
    if (own != NO_ROW) {
        put_value(ret, domain_value(d, i->row, own));
        return;
    }
    for (size_t k = 0; d->kind->identity_len && k < c->rules->kinds_len; k++)
        if (entity_kind_label(c->domains[k]->kind, label) != NO_ROW && entity_kind_covers(c->domains[k]->kind, d->kind))
            values_of_finer(d, i->row, c->domains[k], label, ret);
}

static bool agree_on(const struct cluster *c, const struct instance *a, const struct instance *b, const char *label)
{
    struct values va, vb;
    values_of(c, a, label, &va);
    values_of(c, b, label, &vb);
    for (size_t i = 0; i < va.len; i++)
        for (size_t k = 0; k < vb.len; k++)
            if (va.items[i] == vb.items[k])
                return true;
    return false;
}

bool relation_in_scope(const struct cluster *c, const struct mechanism *m, const struct instance *a, const struct instance *b)
{
    for (size_t i = 0; i < m->scope_len; i++)
        if (!agree_on(c, a, b, m->scope[i]))
            return false;
    return true;
}

/* ---- what explains what ---- */

bool relation_believed(const struct instance *i)
{
    return i->lead && i->lead_verdict >= 0 && i->lead_verdict <= VERDICT_LIKELY;
}

/* The mechanism of the cause that leads, believed or not. */
static const struct mechanism *suspected(const struct cluster *c, const struct instance *i)
{
    const struct symptom *s = i->symptom;
    for (size_t k = 0; i->lead && k < s->suspects_len; k++)
        if (strcmp(s->suspects[k].cause->id, i->lead) == 0)
            return c->rules->mechanisms[s->suspects[k].cause->index];
    return NULL;
}

const struct mechanism *relation_mechanism(const struct cluster *c, const struct instance *i)
{
    return relation_believed(i) ? suspected(c, i) : NULL;
}

const struct suspect *relation_shown_as(const struct mechanism *m, const struct instance *i)
{
    const struct suspect *best = NULL;
    double best_db = SUSPECT_LEAST_DB;
    for (size_t k = 0; i->suspicion && k < i->symptom->suspects_len; k++) {
        const struct suspect *s = &i->symptom->suspects[k];
        bool covered = m->covers[s->cause->index];
        if (!covered && relation_believed(i) && strcmp(s->cause->id, i->lead) == 0)
            return NULL;
        if (covered && i->suspicion[k] >= best_db) {
            best = s;
            best_db = i->suspicion[k];
        }
    }
    return best;
}

const struct suspect *relation_explains(const struct cluster *c, const struct incident *g, const struct instance *i, const char **ret_why_not)
{
    *ret_why_not = "its cause is not known";
    if (!g->mechanism)
        return NULL;
    *ret_why_not = i->onset_ms < g->onset_ms - EARLY_MS ? "began before it" : "began too late";
    if (i->onset_ms < g->onset_ms - EARLY_MS || i->onset_ms > g->joined_ms + g->mechanism->within_ms)
        return NULL;
    *ret_why_not = "began after it had cleared";
    if (incident_outlives(g->lead) && i->onset_ms > g->lead->over_ms)
        return NULL;
    *ret_why_not = "had cleared before it began";
    if (incident_outlives(i) && i->over_ms < g->onset_ms)
        return NULL;
    *ret_why_not = relation_believed(i) ? "has another cause" : "shows nothing of it";
    const struct suspect *s = relation_shown_as(g->mechanism, i);
    if (!s)
        return NULL;
    *ret_why_not = "is another entity's matter";
    return relation_in_scope(c, g->mechanism, g->lead, i) ? s : NULL;
}

bool relation_together(int64_t a_ms, int64_t b_ms)
{
    return a_ms - b_ms <= TOGETHER_MS && b_ms - a_ms <= TOGETHER_MS;
}

/* What comes first among the suspects, when it is not ruled out. */
static const char *first_suspect(const struct instance *i)
{
    return i->lead && i->lead_verdict < VERDICT_RULED_OUT ? i->lead : NULL;
}

bool relation_same_suspect(const struct instance *a, const struct instance *b)
{
    const char *x = first_suspect(a), *y = first_suspect(b);
    return x && y && strcmp(x, y) == 0;
}

bool relation_alike(const struct cluster *c, const struct incident *g, const struct instance *i)
{
    const struct instance *lead = g->lead;
    if (g->mechanism || relation_believed(lead) || relation_believed(i) || !relation_together(g->onset_ms, i->onset_ms))
        return false;
    if (relation_same_suspect(lead, i)) {
        const struct mechanism *m = suspected(c, i);
        return lead->symptom == i->symptom || (m && relation_in_scope(c, m, lead, i));
    }
    return lead->symptom == i->symptom && (!first_suspect(lead) || !first_suspect(i)); /* nothing says that it has different reasons */
}
