/*
 * What exists, by labels. An entity kind names the labels that identify an entity ("queue": site, name); derived labels are looked up from
 * them and only serve joins. All rows of one kind in one cluster form a domain; every column of values over that kind has the domain's row order.
 *
 * Label values are interned strings: equal text, equal address. Rows are only added until domain_compact(), which changes the generation.
 * The kind with no labels is the cluster itself: it always has exactly one row.
 */
#ifndef MODEL_ENTITY_H
#define MODEL_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

#define ENTITY_LABELS_MAX 8 /* identity and derived together */
#define NO_ROW SIZE_MAX

struct entity_kind {
    const char *name; /* interned */
    const char *help;
    size_t id; /* index in the ruleset */
    size_t identity_len; /* the first labels identify */
    size_t labels_len;   /* identity and derived */
    bool open;           /* its one label is a whole label set, packed: whatever labels a source gives */
    const char *labels[ENTITY_LABELS_MAX]; /* interned */
};

/* Index of `label` among the kind's labels, or NO_ROW. */
size_t entity_kind_label(const struct entity_kind *k, const char *label);
/* All labels of `coarse` occur in `fine` (identity or derived): a value of `coarse` applies to every `fine`. */
bool entity_kind_covers(const struct entity_kind *fine, const struct entity_kind *coarse);

struct domain {
    const struct entity_kind *kind;
    const char **values; /* rows * labels_len; a derived label that is not known is NULL */
    size_t rows, cap;
    uint64_t generation; /* changes when a row index means something else, or a derived value changed */
    int64_t *last_seen_ms;
    bool made;           /* a signal that makes such entities has: others make none any more */
    struct map index; /* hash of identity -> row + 1, chained by `next` */
    size_t *next;
};

struct domain *domain_new(const struct entity_kind *kind);
void domain_free(struct domain *d);
/* `identity`: identity_len interned values. NO_ROW when it is not there. */
size_t domain_find(const struct domain *d, const char *const *identity);
/* Finds or adds; a new row's derived labels are NULL. */
size_t domain_add(struct domain *d, const char *const *identity, bool *ret_new);
const char *domain_value(const struct domain *d, size_t row, size_t label);
void domain_set_derived(struct domain *d, size_t row, size_t label, const char *value);
/*
 * Drops rows last seen before `before_ms` for which keep(context, row) is false. `ret_moved[old]` = new row or NO_ROW (array of the old length, caller frees); returns the
 * number of dropped rows (0: nothing moved, `ret_moved` NULL).
 */
size_t domain_compact(struct domain *d, int64_t before_ms, bool (*keep)(void *context, size_t row), void *context, size_t **ret_moved);

/* Alertmanager's fingerprint (FNV-1a 64 over sorted name 0xFF value 0xFF) of name/value pairs; sorts a copy. */
struct label {
    const char *name, *value;
};
#define LABEL_SET_MAX 32
struct label_set {
    struct label items[LABEL_SET_MAX];
    size_t len;
};
const char *label_set_value(const struct label_set *s, const char *name); /* NULL = it has none */
uint64_t label_set_fingerprint(const struct label_set *s);
void label_set_of_row(const struct domain *d, size_t row, struct label_set *ret); /* identity labels only */
/* The value of a label of the row, of an open kind out of its set; NULL when it has none. */
const char *domain_label(const struct domain *d, size_t row, const char *name);
/* The whole set as one interned identity of an open kind: equal sets, equal address. */
const char *label_set_pack(const struct label_set *s, struct intern *values);
/* Replaces or adds; an empty value takes it away. What is beyond LABEL_SET_MAX is left out. */
void label_set_put(struct label_set *s, const char *name, const char *value);

#endif
