/* Rows of two domains, grouped by the labels that both kinds have. */
#include "model/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct common { /* positions of the labels that both kinds have */
    size_t left[ENTITY_LABELS_MAX], right[ENTITY_LABELS_MAX], len;
};

struct grouping {             /* while a join is made: groups by their values */
    struct map index;         /* hash of values -> group + 1 */
    VEC(const char *) values; /* groups * width */
    VEC(size_t) next;         /* chain of groups with equal hash */
    size_t width;
};

static struct common common_labels(const struct entity_kind *left, const struct entity_kind *right)
{
    struct common c = {.len = 0};
    for (size_t i = 0; i < left->labels_len; i++) {
        size_t j = entity_kind_label(right, left->labels[i]);
        if (j == NO_ROW)
            continue;
        c.left[c.len] = i;
        c.right[c.len++] = j;
    }
    return c;
}

static size_t group_of(struct grouping *g, const char *const *key)
{
    void **head = map_put(&g->index, hash_bytes(HASH_INIT, key, g->width * sizeof *key), NULL);
    for (size_t at = (size_t)*head; at; at = g->next.items[at - 1])
        if (memcmp(g->values.items + (at - 1) * g->width, key, g->width * sizeof *key) == 0)
            return at - 1;
    for (size_t i = 0; i < g->width; i++)
        vec_push(&g->values, key[i]);
    vec_push(&g->next, (size_t)*head);
    *head = (void *)g->next.len;
    return g->next.len - 1;
}

static size_t *group_rows(struct grouping *g, const struct domain *d, const size_t *labels)
{
    size_t *group = xcalloc(d->rows ? d->rows : 1, sizeof *group);
    for (size_t row = 0; row < d->rows && g->width; row++) {
        const char *key[ENTITY_LABELS_MAX];
        bool known = true;
        for (size_t i = 0; i < g->width; i++) {
            key[i] = domain_value(d, row, labels[i]);
            known = known && key[i];
        }
        group[row] = known ? group_of(g, key) : NO_ROW;
    }
    return group;
}

static void join_make(struct join *j)
{
    struct common c = common_labels(j->left->kind, j->right->kind);
    struct grouping g = {.width = c.len};
    free(j->left_group);
    free(j->right_group);
    j->left_group = group_rows(&g, j->left, c.left);
    j->right_group = group_rows(&g, j->right, c.right);
    j->groups = c.len ? g.next.len : 1;
    map_free(&g.index);
    vec_free(&g.values);
    vec_free(&g.next);
    j->left_rows = j->left->rows;
    j->right_rows = j->right->rows;
    j->left_generation = j->left->generation;
    j->right_generation = j->right->generation;
}

struct join *join_new(const struct domain *left, const struct domain *right)
{
    struct join *j = xcalloc(1, sizeof *j);
    j->left = left;
    j->right = right;
    join_make(j);
    return j;
}

void join_refresh(struct join *j)
{
    bool same_left = j->left_rows == j->left->rows && j->left_generation == j->left->generation;
    bool same_right = j->right_rows == j->right->rows && j->right_generation == j->right->generation;
    if (!same_left || !same_right)
        join_make(j);
}

void join_free(struct join *j)
{
    if (!j)
        return;
    free(j->left_group);
    free(j->right_group);
    free(j);
}
