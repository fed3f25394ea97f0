/*
 * A small world for tests of what stands above the rules: a ruleset from a text, one cluster, and samples written by hand. Slot numbers count from 1000; the interval is
 * 15 s. `small_world_feed` writes a value for an entity of a signal in the slot to come, `small_world_step` evaluates it.
 */
#ifndef SUPPORT_SMALL_WORLD_H
#define SUPPORT_SMALL_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "eval/column.h"
#include "eval/state.h"
#include "rule/rule.h"
#include "signal/cluster.h"

#define SMALL_WORLD_STEP_MS 15000

struct small_world {
    struct config *config;
    struct ruleset *rules;
    struct cluster *cluster;
    struct states *states;
    struct evaluator evaluator;
    struct effects effects;
    struct arena arena;
    int64_t slot;
};

static inline void small_world_open(struct small_world *w, const char *yaml)
{
    char path[] = "/tmp/nightbell-test-XXXXXX.yaml";
    int fd = mkstemps(path, 5);
    const char *paths[] = {path};
    struct mistakes m = MISTAKES_INIT;
    if (fd < 0 || write(fd, yaml, strlen(yaml)) != (ssize_t)strlen(yaml))
        abort();
    close(fd);
    *w = (struct small_world){.slot = 1000, .arena = ARENA_INIT("test")};
    w->config = config_default();
    w->rules = ruleset_load(paths, 1, w->config, &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    unlink(path);
    if (!w->rules)
        abort();
    w->cluster = cluster_new(w->rules, "test", SMALL_WORLD_STEP_MS);
    w->states = states_new(w->cluster);
    evaluator_init(&w->evaluator, w->cluster, w->states);
    window_advance(w->cluster->windows[0], w->slot);
    for (size_t i = 0; i < w->rules->signals_len; i++)
        window_advance(w->cluster->windows[i], w->slot);
}

static inline void small_world_close(struct small_world *w)
{
    effects_clear(&w->effects);
    evaluator_free(&w->evaluator);
    states_free(w->states);
    cluster_free(w->cluster);
    ruleset_free(w->rules);
    config_free(w->config);
    arena_free(&w->arena);
}

/* `a`, `b`: the entity's label values in order (b may be NULL). Returns the row. */
static inline size_t small_world_feed(struct small_world *w, const char *signal, const char *a, const char *b, double value)
{
    const struct signal *s = ruleset_signal(w->rules, signal);
    const char *identity[] = {a ? intern_str(&w->cluster->values, a) : NULL, b ? intern_str(&w->cluster->values, b) : NULL};
    size_t row = domain_add(cluster_domain(w->cluster, s->kind), identity, NULL);
    window_set(w->cluster->windows[s->index], row, w->slot, value);
    return row;
}

/* Evaluates the current slot and moves on to the next; effects of this slot are in w->effects until the next step. */
static inline void small_world_step(struct small_world *w)
{
    effects_clear(&w->effects);
    arena_reset(&w->arena);
    w->cluster->slot = w->slot;
    cluster_derive(w->cluster);
    column_begin(&w->evaluator, &w->arena, w->slot);
    for (size_t i = 0; i < w->rules->signals_len; i++) {
        const struct signal *s = w->rules->signals[i];
        if (!s->derived)
            continue;
        const double *column = column_of(&w->evaluator, s->derived);
        for (size_t row = 0; row < cluster_domain(w->cluster, s->kind)->rows; row++)
            window_set(w->cluster->windows[i], row, w->slot, column[row]);
    }
    states_step(w->states, &w->evaluator, &w->effects);
    states_mark_disturbed(w->states, &w->evaluator);
    w->slot++;
    for (size_t i = 0; i < w->rules->signals_len; i++)
        window_advance(w->cluster->windows[i], w->slot);
}

/* The value of an expression over `kind` for the row, in the slot last stepped. */
static inline double small_world_value(struct small_world *w, const char *symptom_let, size_t row)
{
    const struct symptom *s = ruleset_symptom(w->rules, symptom_let);
    return column_at(&w->evaluator, s->when, row);
}

#endif
