#include "notify/silence.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"

struct silences *silences_new(void)
{
    return xcalloc(1, sizeof(struct silences));
}

static void clear(struct silence *s)
{
    matchers_free(&s->matchers);
    free(s->author);
    free(s->comment);
}

void silences_free(struct silences *all)
{
    for (size_t i = 0; all && i < all->len; i++)
        clear(&all->items[i]);
    if (all)
        free(all->items);
    free(all);
}

struct taking {
    struct silences *all;
    size_t kept; /* the first so many are those of the store, so far */
};

/* What is known already is only moved to its place: nothing of a silence changes but its end. */
static void keep(struct taking *t, size_t at, int64_t ends_ms)
{
    struct silence s = t->all->items[at];
    t->all->items[at] = t->all->items[t->kept];
    t->all->items[t->kept] = s;
    t->all->items[t->kept++].ends_ms = ends_ms;
}

static bool take(void *context, const struct silence_row *row)
{
    struct taking *t = context;
    struct silence s = {.id = row->id, .ack = row->ack, .starts_ms = row->starts_ms, .ends_ms = row->ends_ms, .elsewhere = row->origin != NULL};
    struct error err = {0};
    for (size_t i = t->kept; i < t->all->len; i++)
        if (t->all->items[i].id == row->id) {
            keep(t, i, row->ends_ms);
            return true;
        }
    if (matchers_parse(&s.matchers, row->matchers, NULL, &err) != 0 || s.matchers.len == 0) {
        log_warn("silence %lld is not in force: %s", (long long)row->id, err.text); /* a half-read one could match everything */
        matchers_free(&s.matchers);
        return true;
    }
    s.author = xstrdup(row->author);
    s.comment = xstrdup(row->comment);
    vec_push(t->all, s);
    keep(t, t->all->len - 1, s.ends_ms);
    return true;
}

static bool in_force(const struct silence *s, int64_t now_ms)
{
    return s->starts_ms <= now_ms && now_ms < s->ends_ms;
}

static uint64_t signature(const struct silences *all, int64_t now_ms)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < all->len; i++)
        if (in_force(&all->items[i], now_ms))
            sum += hash_bytes(HASH_INIT, &all->items[i].id, sizeof all->items[i].id);
    return sum;
}

bool silences_read(struct silences *all, struct store *store, int64_t now_ms)
{
    struct taking t = {all, 0};
    struct error err = {0};
    if (store_silences(store, now_ms, take, &t, &err) != 0) {
        log_debug("silences: %s", err.text);
        t.kept = all->len;
    }
    while (all->len > t.kept)
        clear(&all->items[--all->len]);
    uint64_t before = all->in_force;
    all->in_force = signature(all, now_ms);
    return before != all->in_force;
}

static const struct silence *find(const struct silences *all, bool ack, bool own, const struct finding *f, int64_t now_ms)
{
    const struct silence *found = NULL;
    for (size_t i = 0; all && i < all->len; i++) {
        const struct silence *s = &all->items[i];
        if (s->ack == ack && !(own && s->elsewhere) && in_force(s, now_ms) && (!found || s->id < found->id) && matchers_match(&s->matchers, f))
            found = s;
    }
    return found;
}

const struct silence *silences_find(const struct silences *all, bool ack, const struct finding *f, int64_t now_ms)
{
    return find(all, ack, false, f, now_ms);
}

const struct silence *silences_find_own(const struct silences *all, bool ack, const struct finding *f, int64_t now_ms)
{
    return find(all, ack, true, f, now_ms);
}

bool silences_any(const struct silences *all, bool ack)
{
    for (size_t i = 0; all && i < all->len; i++)
        if (all->items[i].ack == ack)
            return true;
    return false;
}
