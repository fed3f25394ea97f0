/*
 * Episodes: a firing from the slot in which it begins to the one in which it is over, made of what an engine tells while history passes.
 */
#ifndef CLI_EPISODES_H
#define CLI_EPISODES_H

#include "base/alloc.h"
#include "base/map.h"
#include "cli/cli.h"

struct episode { /* all texts are interned */
    const char *key; /* finding_key: who */
    const char *symptom, *cluster, *title;
    const char *cause, *cause_title; /* that led last; NULL = none was believed */
    struct label_set entity;
    enum severity severity; /* the highest */
    int64_t onset_ms, fired_ms, ended_ms; /* ended 0 = it fires still */
    bool page;              /* the first of its incident that is more than info: somebody is called */
};

struct episodes {
    const struct options *options; /* which findings count */
    enum language lang;
    struct intern *words; /* shared by those that are to be compared */
    struct map open;      /* key -> index + 1 */
    struct map paged;     /* incidents that somebody was called for */
    VEC(struct episode) list; /* as they began */
    size_t incidents;
};

/* For struct engine_sink; `context` is the episodes. */
void episodes_take(void *context, const struct finding *f, enum effect_kind kind);
void episodes_incident(void *context, const struct finding *lead, const struct incident *g, bool resolved);
void episodes_free(struct episodes *e);

#endif
