#include "signal/feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct fed {
    const char *signal; /* interned in `texts`, like names and values */
    struct label labels[ENTITY_LABELS_MAX];
    size_t labels_len;
    int64_t time_ms;
    double value;
};

struct feed {
    struct source source;
    const char *cluster;
    struct intern texts;
    struct map known; /* interned signal names ever fed */
    VEC(struct fed) samples;
};

bool feed_knows(const struct source *base, const char *signal)
{
    const struct feed *f = (const struct feed *)base;
    const char *name = intern_find(&f->texts, signal);
    return name && map_get(&f->known, (uint64_t)(uintptr_t)name);
}

static int feed_discover(struct source *base, const struct ruleset *rules, int64_t from_ms, int64_t to_ms, struct arena *a, struct discovery *ret,
                         struct error *err)
{
    const struct feed *f = (const struct feed *)base;
    (void)rules, (void)from_ms, (void)to_ms, (void)err;
    *ret = (struct discovery){.len = 1, .clusters = arena_array(a, 1, sizeof(*ret->clusters))};
    ret->clusters[0].name = f->cluster;
    return 0;
}

static int feed_bind(struct source *base, struct cluster *c, const struct name_values *match, int64_t from_ms, int64_t to_ms, struct error *err)
{
    const struct feed *f = (const struct feed *)base;
    (void)match, (void)from_ms, (void)to_ms, (void)err;
    for (size_t i = 0; i < c->rules->signals_len; i++) {
        c->bounds[i].len = 0;
        if (feed_knows(&f->source, c->rules->signals[i]->name))
            vec_push(&c->bounds[i], (struct bound){NULL, ""});
    }
    return 0;
}

static bool identity_of(struct answer *a, const struct fed *s, const char **ret)
{
    const struct entity_kind *kind = a->signal->kind;
    for (size_t i = 0; i < kind->identity_len; i++) {
        ret[i] = NULL;
        for (size_t k = 0; k < s->labels_len; k++)
            if (strcmp(s->labels[k].name, kind->labels[i]) == 0)
                ret[i] = intern_str(&a->cluster->values, s->labels[k].value);
        if (!ret[i])
            return false;
    }
    return true;
}

static void feed_fetch(struct source *base, struct batch *b, int64_t timeout_ms)
{
    const struct feed *f = (const struct feed *)base;
    (void)timeout_ms;
    for (size_t i = 0; i < b->len; i++) {
        struct answer *a = &b->answers[i];
        for (size_t k = 0; k < f->samples.len; k++) {
            const struct fed *s = &f->samples.items[k];
            const char *identity[ENTITY_LABELS_MAX];
            if (strcmp(s->signal, a->signal->name) != 0 || !identity_of(a, s, identity))
                continue;
            answer_series_identity(a, identity);
            answer_sample(a, s->time_ms, s->value);
        }
        answer_done(a, ANSWER_OK, NULL);
    }
}

static void feed_free(struct source *base)
{
    struct feed *f = (struct feed *)base;
    vec_free(&f->samples);
    map_free(&f->known);
    intern_free(&f->texts);
    free(f);
}

static const struct source_type feed_type = {"feed", feed_discover, feed_bind, feed_fetch, feed_free};

struct source *feed_new(const char *cluster)
{
    struct feed *f = xcalloc(1, sizeof(*f));
    f->source.type = &feed_type;
    f->source.name = "feed";
    f->cluster = intern_str(&f->texts, cluster);
    return &f->source;
}

void feed_sample(struct source *base, const char *signal, const struct label *labels, size_t len, int64_t time_ms, double value)
{
    struct feed *f = (struct feed *)base;
    struct fed s = {.signal = intern_str(&f->texts, signal), .time_ms = time_ms, .value = value};
    for (size_t i = 0; i < len && i < ENTITY_LABELS_MAX; i++)
        s.labels[s.labels_len++] = (struct label){intern_str(&f->texts, labels[i].name), intern_str(&f->texts, labels[i].value)};
    map_put(&f->known, (uint64_t)(uintptr_t)s.signal, NULL);
    vec_push(&f->samples, s);
}

void feed_forget(struct source *base, int64_t before_ms)
{
    struct feed *f = (struct feed *)base;
    size_t kept = 0;
    for (size_t i = 0; i < f->samples.len; i++)
        if (f->samples.items[i].time_ms >= before_ms)
            f->samples.items[kept++] = f->samples.items[i];
    f->samples.len = kept;
}
