/* A ruleset from a text and one cluster of it, for tests of the signal floor; answers are written by hand. */
#ifndef SUPPORT_SIGNAL_WORLD_H
#define SUPPORT_SIGNAL_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "config/config.h"
#include "rule/rule.h"
#include "signal/cluster.h"

#define WORLD_STEP_MS 15000
#define WORLD_START_MS INT64_C(1500000000000)

struct signal_world {
    struct config *config;
    struct ruleset *rules;
    struct cluster *cluster;
};

static inline void signal_world_open(struct signal_world *w, const char *yaml, struct name_values client_groups)
{
    char path[] = "/tmp/nightbell-signal-XXXXXX.yaml";
    int fd = mkstemps(path, 5);
    const char *paths[] = {path};
    struct mistakes m = MISTAKES_INIT;
    if (fd < 0 || write(fd, yaml, strlen(yaml)) != (ssize_t)strlen(yaml))
        abort();
    close(fd);
    w->config = config_default();
    w->config->client_groups = client_groups;
    w->rules = ruleset_load(paths, 1, w->config, &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    unlink(path);
    if (!w->rules)
        abort();
    w->cluster = cluster_new(w->rules, "test", WORLD_STEP_MS);
}

static inline void signal_world_close(struct signal_world *w)
{
    cluster_free(w->cluster);
    ruleset_free(w->rules);
    config_free(w->config);
}

/* Binds the signal to its bindings number `first` and `second` (-1 = none). */
static inline void signal_world_bind(struct signal_world *w, const char *signal, int first, int second)
{
    const struct signal *s = ruleset_signal(w->rules, signal);
    struct bounds *b = &w->cluster->bounds[s->index];
    b->len = 0;
    for (int i = 0; i < 2; i++)
        if ((i ? second : first) >= 0)
            vec_push(b, (struct bound){&s->bindings[i ? second : first], ""});
}

static inline struct answer *signal_world_answer(struct batch *b, size_t index)
{
    if (index >= b->len)
        abort();
    return &b->answers[index];
}

/* A row of an entity by its labels; NO_ROW when there is none. */
static inline size_t signal_world_row(const struct signal_world *w, const char *kind_of_signal, const char *a, const char *b)
{
    const struct domain *d = cluster_domain(w->cluster, ruleset_signal(w->rules, kind_of_signal)->kind);
    for (size_t row = 0; row < d->rows; row++)
        if (strcmp(domain_value(d, row, 0), a) == 0 && (!b || strcmp(domain_value(d, row, 1), b) == 0))
            return row;
    return NO_ROW;
}

#endif
