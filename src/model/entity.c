/* Entity kinds, and the rows of a domain with their index. */
#include "model/entity.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

size_t entity_kind_label(const struct entity_kind *k, const char *label)
{
    for (size_t i = 0; i < k->labels_len; i++)
        if (k->labels[i] == label || strcmp(k->labels[i], label) == 0)
            return i;
    return NO_ROW;
}

bool entity_kind_covers(const struct entity_kind *fine, const struct entity_kind *coarse)
{
    for (size_t i = 0; i < coarse->identity_len; i++)
        if (entity_kind_label(fine, coarse->labels[i]) == NO_ROW)
            return false;
    return true;
}

struct domain *domain_new(const struct entity_kind *kind)
{
    struct domain *d = xcalloc(1, sizeof *d);
    d->kind = kind;
    d->generation = 1;
    if (kind->identity_len == 0) { /* the cluster itself is always there */
        bool is_new;
        domain_add(d, NULL, &is_new);
    }
    return d;
}

void domain_free(struct domain *d)
{
    if (!d)
        return;
    map_free(&d->index);
    free(d->values);
    free(d->last_seen_ms);
    free(d->next);
    free(d);
}

/* Equal texts have equal addresses, so the addresses are hashed, not the texts. */
static uint64_t identity_hash(const struct domain *d, const char *const *identity)
{
    return d->kind->identity_len ? hash_bytes(HASH_INIT, identity, d->kind->identity_len * sizeof *identity) : HASH_INIT;
}

static const char **row_values(const struct domain *d, size_t row)
{
    return d->values + row * d->kind->labels_len;
}

static bool row_is(const struct domain *d, size_t row, const char *const *identity)
{
    for (size_t i = 0; i < d->kind->identity_len; i++)
        if (row_values(d, row)[i] != identity[i])
            return false;
    return true;
}

size_t domain_find(const struct domain *d, const char *const *identity)
{
    void **head = map_get(&d->index, identity_hash(d, identity));
    for (size_t at = head ? (size_t)*head : 0; at; at = d->next[at - 1])
        if (row_is(d, at - 1, identity))
            return at - 1;
    return NO_ROW;
}

static void index_row(struct domain *d, size_t row)
{
    void **head = map_put(&d->index, identity_hash(d, row_values(d, row)), NULL);
    d->next[row] = (size_t)*head;
    *head = (void *)(row + 1);
}

static void reserve_rows(struct domain *d, size_t rows)
{
    if (rows <= d->cap)
        return;
    d->cap = rows < 16 ? 16 : rows + rows / 2;
    size_t labels = d->kind->labels_len ? d->kind->labels_len : 1;
    d->values = xrealloc(d->values, d->cap, labels * sizeof *d->values);
    d->last_seen_ms = xrealloc(d->last_seen_ms, d->cap, sizeof *d->last_seen_ms);
    d->next = xrealloc(d->next, d->cap, sizeof *d->next);
}

size_t domain_add(struct domain *d, const char *const *identity, bool *ret_new)
{
    size_t row = domain_find(d, identity);
    if (ret_new)
        *ret_new = row == NO_ROW;
    if (row != NO_ROW)
        return row;
    reserve_rows(d, d->rows + 1);
    row = d->rows++;
    for (size_t i = 0; i < d->kind->labels_len; i++)
        row_values(d, row)[i] = i < d->kind->identity_len ? identity[i] : NULL;
    d->last_seen_ms[row] = 0;
    index_row(d, row);
    return row;
}

const char *domain_value(const struct domain *d, size_t row, size_t label)
{
    return row_values(d, row)[label];
}

void domain_set_derived(struct domain *d, size_t row, size_t label, const char *value)
{
    const char **at = row_values(d, row) + label;
    if (*at == value)
        return;
    *at = value;
    d->generation++;
}

/* Moves the rows that stay to the front, in their order. */
static void move_rows(struct domain *d, const size_t *moved)
{
    size_t labels = d->kind->labels_len, rows = 0;
    for (size_t row = 0; row < d->rows; row++) {
        if (moved[row] == NO_ROW)
            continue;
        if (labels)
            memmove(row_values(d, moved[row]), row_values(d, row), labels * sizeof *d->values);
        d->last_seen_ms[moved[row]] = d->last_seen_ms[row];
        rows = moved[row] + 1;
    }
    d->rows = rows;
    map_free(&d->index);
    d->index = (struct map)MAP_INIT;
    for (size_t row = 0; row < d->rows; row++)
        index_row(d, row);
    d->generation++;
}

size_t domain_compact(struct domain *d, int64_t before_ms, bool (*keep)(void *context, size_t row), void *context, size_t **ret_moved)
{
    *ret_moved = NULL;
    if (d->kind->identity_len == 0 || d->rows == 0)
        return 0;
    size_t *moved = xcalloc(d->rows, sizeof *moved), kept = 0, old_rows = d->rows;
    for (size_t row = 0; row < d->rows; row++) {
        bool stays = d->last_seen_ms[row] >= before_ms || (keep && keep(context, row));
        moved[row] = stays ? kept++ : NO_ROW;
    }
    if (kept == old_rows) {
        free(moved);
        return 0;
    }
    move_rows(d, moved);
    *ret_moved = moved;
    return old_rows - kept;
}

static int label_order(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    return strcmp(x->name, y->name);
}

uint64_t label_set_fingerprint(const struct label_set *s)
{
    static const unsigned char separator = 0xFF;
    struct label_set sorted = *s;
    qsort(sorted.items, sorted.len, sizeof *sorted.items, label_order);
    uint64_t h = HASH_INIT;
    for (size_t i = 0; i < sorted.len; i++) {
        h = hash_bytes(hash_str(h, sorted.items[i].name), &separator, 1);
        h = hash_bytes(hash_str(h, sorted.items[i].value), &separator, 1);
    }
    return h;
}

/* name NUL value NUL … and an empty name: the texts of a set are read in place. */
static void label_set_unpack(const char *packed, struct label_set *ret)
{
    ret->len = 0;
    while (*packed && ret->len < LABEL_SET_MAX) {
        struct label *l = &ret->items[ret->len++];
        l->name = packed;
        l->value = l->name + strlen(l->name) + 1;
        packed = l->value + strlen(l->value) + 1;
    }
}

static void put_text(char *packed, size_t *at, const char *text)
{
    size_t len = strlen(text) + 1;
    memcpy(packed + *at, text, len);
    *at += len;
}

const char *label_set_pack(const struct label_set *s, struct intern *values)
{
    struct label_set sorted = *s;
    size_t len = 0, at = 0;
    if (sorted.len)
        qsort(sorted.items, sorted.len, sizeof *sorted.items, label_order);
    for (size_t i = 0; i < sorted.len; i++)
        len += strlen(sorted.items[i].name) + strlen(sorted.items[i].value) + 2;
    char *packed = xmalloc(len + 1);
    for (size_t i = 0; i < sorted.len; i++) {
        put_text(packed, &at, sorted.items[i].name);
        put_text(packed, &at, sorted.items[i].value);
    }
    const char *interned = intern_strn(values, packed, len);
    free(packed);
    return interned;
}

void label_set_put(struct label_set *s, const char *name, const char *value)
{
    size_t i = 0;
    while (i < s->len && strcmp(s->items[i].name, name) != 0)
        i++;
    if (*value && i < LABEL_SET_MAX) {
        s->items[i] = (struct label){name, value};
        s->len = i == s->len ? s->len + 1 : s->len;
    } else if (!*value && i < s->len) {
        s->items[i] = s->items[--s->len];
    }
}

void label_set_of_row(const struct domain *d, size_t row, struct label_set *ret)
{
    if (d->kind->open) {
        label_set_unpack(domain_value(d, row, 0), ret);
        return;
    }
    ret->len = d->kind->identity_len;
    for (size_t i = 0; i < ret->len; i++)
        ret->items[i] = (struct label){d->kind->labels[i], domain_value(d, row, i)};
}

const char *label_set_value(const struct label_set *s, const char *name)
{
    for (size_t i = 0; i < s->len; i++)
        if (strcmp(s->items[i].name, name) == 0)
            return s->items[i].value;
    return NULL;
}

const char *domain_label(const struct domain *d, size_t row, const char *name)
{
    struct label_set set;
    if (d->kind->open) {
        label_set_unpack(domain_value(d, row, 0), &set);
        return label_set_value(&set, name);
    }
    size_t label = entity_kind_label(d->kind, name);
    return label == NO_ROW ? NULL : domain_value(d, row, label);
}
