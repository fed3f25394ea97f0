/*
 * The engine: clusters, their states, and the tick that moves them on.
 *
 *   plan ─► fetch ─► evaluate ─► diagnose ─► commit ─► publish          (tick.c, one screen)
 *
 * `run`, `check`, `backtest`, `diagnose` and `record` are this engine with another clock, source and sink. One thread; net_pump() is the only place where
 * it waits. The config and the ruleset are borrowed and outlive it.
 *
 * Map: engine.c (sources, clusters, life), tick.c (a tick), replay.c (stretches of history), seasons.c (the same time on other days), findings.c (what fires now), tell.c (who is told), commit.c (what is saved), mirror.c (what is shown), restore.c (what was saved), loop.c (the daemon).
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/config.h"
#include "diagnose/diagnose.h"
#include "diagnose/incident.h"
#include "eval/column.h"
#include "eval/state.h"
#include "model/finding.h"
#include "net/net.h"
#include "notify/flap.h"
#include "notify/notify.h"
#include "notify/silence.h"
#include "notify/storm.h"
#include "rule/rule.h"
#include "signal/source.h"
#include "store/store.h"

/* A cluster that is watched, with all that belongs to it. */
struct watch {
    struct cluster *cluster;
    struct states *states;
    struct evaluator evaluator;
    struct effects effects; /* of the current slot */
    struct incidents *incidents;
    struct source *source;
    struct name_values match;
    int64_t reached_ms;       /* until when samples of a week ago were seen; 0 = nobody has looked */
    int64_t tried_piece;      /* when it was last tried, while there are none */
    int64_t *season_retry_ms; /* by signal: not asked before, after a failure */
};

struct engine;

struct engine_sink {
    /* Everything that happens to findings, in order; `f` is borrowed. */
    void (*finding)(void *context, const struct finding *f, enum effect_kind kind);
    /* An incident was opened or has ended (may be NULL); `lead` speaks for it. */
    void (*incident)(void *context, const struct finding *lead, const struct incident *g, bool resolved);
    /* Long work: `done` of `all` slots (may be NULL); half of the way is the asking. */
    void (*progress)(void *context, size_t done, size_t all);
    /* A slot of history was evaluated; columns may be asked for until it returns (may be NULL). */
    void (*slot)(void *context, struct engine *e);
    void *context;
};

enum replay_mode {
    REPLAY_TELL,    /* as live */
    REPLAY_QUIET,   /* states move, nobody is told */
    REPLAY_WINDOWS, /* only samples are taken: the states of that time are known otherwise */
};

struct engine {
    const struct config *config;
    const struct ruleset *rules;
    const struct clock *clock;
    struct engine_sink sink;
    struct net *net;
    struct source **sources;
    size_t sources_len;
    struct watch *watches;
    size_t watches_len;
    struct arena arena;      /* of the tick */
    struct arena words;      /* of the findings that are being told */
    struct arena discovered; /* names and matchers of clusters */
    int64_t interval_ms, rate_ms, timeout_ms;
    int64_t scrape_ms;       /* of the slowest source, as far as is known; 0 = not at all */
    int64_t recording_from_ms, recording_to_ms; /* span of the first source when it is a recording, else 0 */
    int64_t slot_ms;         /* newest evaluated */
    int64_t bound_ms;        /* when bindings were last looked for */
    bool seasons_failing;
    struct store *store;       /* NULL = nothing is kept */
    struct store *memory;      /* stands in while `store` cannot be written */
    struct notifier *notifier; /* NULL = nothing is sent */
    struct notifier *memory_notifier;
    struct silences *silences; /* in force; NULL until something is kept */
    struct flaps *flaps;       /* what comes and goes; NULL until something is kept */
    struct storm *storms;      /* one a destination; NULL until something is kept */
    bool mirror_news;          /* in this slot a receiver that mirrors is to be told of an incident */
    int64_t store_failing_since_ms;
    enum replay_mode mode;
    struct {
        size_t done, slots, all; /* before this stretch, in it, altogether; all 0 = live */
        size_t source;           /* that is being asked */
    } replay;
    char incomplete[300]; /* why the last tick was not complete; "" = it was */
};

/* Opens the sources of the config. `clock` NULL = the system's. */
int engine_new(const struct config *config, const struct ruleset *rules, const struct clock *clock, const struct engine_sink *sink, struct engine **ret,
               struct error *err);
/* The same on a source that the caller made (fed, scripted) and hands over. */
int engine_new_on(const struct config *config, const struct ruleset *rules, const struct clock *clock, const struct engine_sink *sink, struct source *source,
                  struct engine **ret, struct error *err);
void engine_free(struct engine *e);

/* Finds clusters and bindings that have data in the period. What was known stays when a source does not answer; an error only when no source did. */
int engine_discover(struct engine *e, int64_t from_ms, int64_t to_ms, struct error *err);

/* How much history the rules look at. */
int64_t engine_look_back_ms(const struct engine *e);
/* How far apart values are that can differ: by the interval, or by the time between scrapes where that is longer. */
int64_t engine_grain_ms(const struct engine *e);
int64_t engine_align(const struct engine *e, int64_t ms); /* down to the grid */

/* One slot of live data: asks, evaluates, commits. Negative when nothing could be kept or no source answered; the state is right either way. */
int engine_tick(struct engine *e, int64_t slot_ms, struct error *err);

/* Slots from..to of history. Returns ERR_NET, ERR_REFUSED, … when no query of a stretch was answered. */
int engine_replay(struct engine *e, int64_t from_ms, int64_t to_ms, enum replay_mode mode, struct error *err);
/* Tells the sink (and plans messages for) everything that fires now: after a quiet replay. */
void engine_announce(struct engine *e);

/* Findings that fire now (or are pending, if asked), each diagnosed: by incident, the worst first, its lead before the others; memory of the tick's arena, valid until the next slot. */
void engine_findings(struct engine *e, bool with_pending, void (*each)(void *context, const struct finding *f), void *context);

/* What could be judged in the newest slot. */
struct judged {
    size_t symptoms, judged; /* over all clusters: symptoms that are on; of them with a known condition for some entity */
    size_t failed;           /* signals whose query failed or was incomplete */
    char error[160];         /* of one of those */
};
void engine_judged(struct engine *e, struct judged *ret);
/* Symptoms of a watch that could not be judged for any entity in the newest slot. */
bool engine_symptom_judged(struct engine *e, struct watch *w, const struct symptom *s);

/* Entities of this kind were there, and no answer of the newest slots has any of them: whoever told of them is gone. */
bool engine_kind_vanished(const struct watch *w, const struct entity_kind *kind);

/* Attaches what is kept and who is told. Restores states; returns the last committed slot or 0. */
int64_t engine_attach(struct engine *e, struct store *store, struct notifier *notifier, struct error *err);

/* Puts what happened in this slot into words, tells the sink, and saves all of it in one transaction, or in memory while that does not work (commit.c). */
int engine_commit(struct engine *e, int64_t slot_ms, struct error *err);

/* The daemon: ticks on the grid, sends in between, until `stop` is set by a signal. Reload: see loop.c. */
struct loop_control {
    volatile int stop, reload;   /* set from a signal's descriptor */
    int signal_fd;               /* -1 = none */
    void (*on_tick)(void *context, const struct engine *e, int64_t slot_ms, int code, const struct error *err);
    void (*on_signal)(void *context, struct loop_control *c);
    void *context;
    int64_t until_ms;            /* stop after this slot; 0 = never */
};
int engine_run(struct engine *e, struct loop_control *control, struct error *err);

DEFINE_AUTO_PTR(engine, struct engine, engine_free)

#endif
