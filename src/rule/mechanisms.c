/* Section "mechanisms": how causes show elsewhere, and what follows from that over several steps. */
#include <string.h>

#include "rule/build.h"

#define WITHIN_MS (5 * 60 * 1000)

static const struct cause *find_cause(struct ruleset *r, const char *id, struct place at, struct mistakes *m)
{
    VEC(const char *) ids = {0};
    const struct cause *found = NULL;
    for (size_t i = 0; i < r->causes_len; i++) {
        if (strcmp(r->causes[i]->id, id) == 0)
            found = r->causes[i];
        vec_push(&ids, r->causes[i]->id);
    }
    if (!found)
        mistake_add(m, at, "unknown cause \"%s\"%s", id, hint_of(r, did_you_mean(id, ids.items, ids.len)));
    vec_free(&ids);
    return found;
}

static bool is_label(const struct ruleset *r, const char *name)
{
    for (size_t i = 0; i < r->kinds_len; i++)
        if (entity_kind_label(r->kinds[i], name) != NO_ROW)
            return true;
    return false;
}

static void read_scope(struct ruleset *r, struct mechanism *x, const struct node *node, struct mistakes *m)
{
    x->scope = tree_texts(node, "scope", &x->scope_len, &r->arena, m);
    for (size_t i = 0; i < x->scope_len; i++) {
        if (!is_label(r, x->scope[i]))
            mistake_add(m, tree_get(node, "scope")->place, "\"%s\" is no label of any entity", x->scope[i]);
        x->scope[i] = intern_str(&r->intern, x->scope[i]);
    }
}

static struct mechanism *read_mechanism(struct ruleset *r, const struct definition *d, struct mistakes *m)
{
    static const char *const known[] = {"id", "scope", "within", "shows_as"};
    const struct cause *root = find_cause(r, d->id, d->place, m);
    if (!root)
        return NULL;
    struct mechanism *x = arena_alloc(&r->arena, sizeof *x);
    tree_check_keys(d->node, "mechanism", known, ARRAY_LEN(known), m);
    x->root = root;
    x->place = d->place;
    x->within_ms = tree_duration_ms(d->node, "within", WITHIN_MS, m);
    x->covers = arena_array(&r->arena, r->causes_len, sizeof *x->covers);
    x->covers[root->index] = true;
    read_scope(r, x, d->node, m);
    size_t len;
    const char **shows = tree_texts(d->node, "shows_as", &len, &r->arena, m);
    for (size_t i = 0; i < len; i++) {
        const struct node *list = tree_get(d->node, "shows_as");
        const struct cause *as = find_cause(r, shows[i], list->type == NODE_LIST ? list->items[i]->place : list->place, m);
        if (as)
            x->covers[as->index] = true;
    }
    return x;
}

/* What a cause shows as shows further, until nothing is added. */
static bool spread(const struct ruleset *r, struct mechanism *x)
{
    bool grew = false;
    for (size_t i = 0; i < r->causes_len; i++) {
        const struct mechanism *next = x->covers[i] ? r->mechanisms[i] : NULL;
        for (size_t k = 0; next && k < r->causes_len; k++) {
            grew |= next->covers[k] && !x->covers[k];
            x->covers[k] |= next->covers[k];
        }
    }
    return grew;
}

void mechanisms_read(struct ruleset *r, struct mistakes *m)
{
    const struct section *section = &r->build->sections[SECTION_MECHANISMS];
    r->mechanisms = arena_array(&r->arena, r->causes_len + 1, sizeof *r->mechanisms);
    for (size_t i = 0; i < section->items.len; i++) {
        struct mechanism *x = read_mechanism(r, &section->items.items[i], m);
        if (x)
            r->mechanisms[x->root->index] = x;
    }
    for (size_t i = 0; i < r->causes_len; i++)
        while (r->mechanisms[i] && spread(r, r->mechanisms[i]))
            ;
}
