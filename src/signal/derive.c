/* Derived labels: what an entity belongs to, by the ruleset's derivations. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "signal/cluster.h"

#define VIAS_MAX 64 /* an entity that is connected to more is not told by them */

/* Some row of `kind` has `value` for the label named `label`. */
static bool exists(const struct cluster *c, const struct entity_kind *kind, const char *label, const char *value)
{
    const struct domain *d = c->domains[kind->id];
    size_t at = entity_kind_label(kind, label);
    for (size_t row = 0; at != NO_ROW && row < d->rows; row++)
        if (domain_value(d, row, at) == value)
            return true;
    return false;
}

static const char *from_map(struct cluster *c, const char *value)
{
    for (size_t i = 0; i < c->rules->client_map.len; i++)
        if (regex_matches(c->rules->client_map_regex[i], value))
            return intern_str(&c->values, c->rules->client_map.items[i].value);
    return NULL;
}

static const char *from_pattern(struct cluster *c, const struct derivation *r, const char *value)
{
    const char *start = value;
    size_t len = strlen(value);
    if (r->pattern && (!regex_capture(r->pattern, value, &start, &len) || len == 0))
        return NULL;
    const char *found = intern_strn(&c->values, start, len);
    if (r->known_in && !exists(c, r->known_in, r->kind->labels[r->label], found))
        return NULL;
    return found;
}

/* Whether row `other` of r->through speaks of the same entity as `row`, whatever its `via` is. */
static bool same_entity(const struct derivation *r, const struct domain *d, size_t row, const struct domain *through, size_t other)
{
    for (size_t i = 0; i < d->kind->identity_len; i++) {
        size_t at = entity_kind_label(through->kind, d->kind->labels[i]);
        if (at == entity_kind_label(through->kind, r->via))
            continue;
        if (at == NO_ROW || domain_value(through, other, at) != domain_value(d, row, i))
            return false;
    }
    return true;
}

/* What the rows of r->through that speak of the entity give for `via`, each once; VIAS_MAX + 1 when there are more than that. What r->to has never heard of is
 * left out: exporters may give one thing under two names. */
static size_t collect_vias(const struct cluster *c, const struct derivation *r, const struct domain *d, size_t row, const char **ret)
{
    const struct domain *through = c->domains[r->through->id];
    size_t at = entity_kind_label(r->through, r->via), len = 0;
    for (size_t other = 0; other < through->rows; other++) {
        const char *via = domain_value(through, other, at);
        size_t k = 0;
        if (!via || !same_entity(r, d, row, through, other) || !exists(c, r->to, r->via, via))
            continue;
        while (k < len && ret[k] != via)
            k++;
        if (k == len && len == VIAS_MAX)
            return VIAS_MAX + 1;
        if (k == len)
            ret[len++] = via;
    }
    return len;
}

/* Whether `to` has a row with `value` for the label for each of the vias. */
static bool reaches_all(const struct domain *to, size_t label_at, const char *value, size_t via_at, const char *const *vias, size_t len)
{
    size_t reached = 0;
    for (size_t k = 0; k < len; k++) {
        bool found = false;
        for (size_t row = 0; row < to->rows && !found; row++)
            found = domain_value(to, row, via_at) == vias[k] && domain_value(to, row, label_at) == value;
        reached += found;
    }
    return reached == len;
}

/* The only value of the label that every `via` of this entity reaches; NULL when there is none or more than one. */
static const char *through_unique(const struct cluster *c, const struct derivation *r, const struct domain *d, size_t row)
{
    const struct domain *to = c->domains[r->to->id];
    size_t via_at = entity_kind_label(r->to, r->via), label_at = entity_kind_label(r->to, r->kind->labels[r->label]);
    const char *vias[VIAS_MAX], *only = NULL;
    size_t len = collect_vias(c, r, d, row, vias);
    if (len == 0 || len > VIAS_MAX)
        return NULL;
    for (size_t k = 0; k < to->rows; k++) {
        const char *value = domain_value(to, k, label_at);
        if (domain_value(to, k, via_at) != vias[0] || !value || value == only || !reaches_all(to, label_at, value, via_at, vias, len))
            continue;
        if (only)
            return NULL;
        only = value;
    }
    return only;
}

static const char *derived(struct cluster *c, const struct derivation *r, const struct domain *d, size_t row)
{
    if (r->through)
        return through_unique(c, r, d, row);
    size_t from = r->from ? entity_kind_label(d->kind, r->from) : 0;
    const char *value = domain_value(d, row, from);
    return r->use_map ? from_map(c, value) : from_pattern(c, r, value);
}

static uint64_t stamp(const struct cluster *c)
{
    uint64_t h = HASH_INIT;
    for (size_t k = 0; k < c->rules->kinds_len; k++)
        h = hash_bytes(h, &c->domains[k]->rows, sizeof(size_t));
    return h;
}

void cluster_derive(struct cluster *c)
{
    uint64_t now = stamp(c);
    if (now == c->derived_stamp)
        return;
    c->derived_stamp = now;
    for (size_t k = 0; k < c->rules->kinds_len; k++) {
        struct domain *d = c->domains[k];
        for (size_t label = d->kind->identity_len; label < d->kind->labels_len; label++) {
            for (size_t row = 0; row < d->rows; row++) {
                const char *value = NULL;
                for (size_t i = 0; !value && i < c->rules->derivations_len; i++)
                    if (c->rules->derivations[i].kind == d->kind && c->rules->derivations[i].label == label)
                        value = derived(c, &c->rules->derivations[i], d, row);
                if (value != domain_value(d, row, label))
                    domain_set_derived(d, row, label, value);
            }
        }
    }
}
