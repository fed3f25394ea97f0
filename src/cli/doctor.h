/*
 * What `doctor` finds out: which sources answer, which exporters are there, which signals have a binding, and what that lets us judge. doctor_find.c and
 * doctor_ask.c ask and reckon, doctor_check.c finds what no check of the rules asks for, doctor_print.c says it.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/coverage.h"
#include "prom/prom.h"

#define DOCTOR_RECENT_MS (10 * 60 * 1000) /* what was seen so lately is there */
#define DOCTOR_TIMEOUT_MS 15000
#define DOCTOR_OWN_CHECKS 2 /* besides those of the rules */

#define PRESENCES(X)                                                                                                                                  \
    X(PRESENCE_SEEN, "seen")       /* has values */                                                                                                   \
    X(PRESENCE_EMPTY, "empty")     /* a binding, but it gives nothing at present */                                                                   \
    X(PRESENCE_FAILING, "failing") /* its query fails */                                                                                              \
    X(PRESENCE_MISSING, "missing") /* no binding has series, no fact is given */

#define JUDGEMENTS(X)                                                                                                                              \
    X(JUDGED, "judged")                                                                                                                            \
    X(JUDGED_PARTLY, "partly") /* of a cause: some of its evidence; of a symptom: it may be seen to fire, but not that it does not */                                                                              \
    X(QUIET, "quiet")          /* all it needs is there, but there is nothing to judge at present */                                               \
    X(BLIND, "blind")          /* signals are missing */

#define X(id, name) id,
enum presence { PRESENCES(X) PRESENCE_COUNT };
enum judgement { JUDGEMENTS(X) JUDGEMENT_COUNT };
#undef X
extern const char *const presence_names[PRESENCE_COUNT];
extern const char *const judgement_names[JUDGEMENT_COUNT];

struct view { /* of a symptom or a cause */
    const char *id;
    enum judgement judgement;
    double known; /* of a cause: share of its evidence, by weight, that can be judged */
    struct signal_list missing;
    const char *why; /* of a blind alert of a rule file; NULL = `missing` says it */
};

struct views {
    struct view *items;
    size_t len;
    size_t by[JUDGEMENT_COUNT];
};

struct offer { /* a profile that is not here, and what it would bring besides those before it */
    const struct profile *profile;
    size_t signals, symptoms, causes;
};

struct profile_view { /* of an exporter that is here */
    size_t targets;
    const char *versions; /* "1.9.0, 1.8.1"; "" = not said */
};

struct entity_count {
    const struct entity_kind *kind;
    size_t seen;                       /* lately */
    size_t without[ENTITY_LABELS_MAX]; /* of these: for how many a derived label is not known */
};

struct check_view { /* what a check of the rules found at the server */
    const struct source_check *check;
    size_t found;
    const char *says, *fix; /* of the first; "" when nothing was found */
    const char *error;      /* NULL = it was answered */
};

struct cluster_view {
    struct watch *watch;
    bool profiles_known; /* a recording does not tell */
    bool *profiles;      /* by index: found */
    struct profile_view *exporters; /* by index */
    struct entity_count *entities;
    size_t entities_len;
    struct check_view *checks; /* none for a recording */
    size_t checks_len, faults, notes, checks_failed;
    enum presence *signals; /* by index; of used signals that are neither derived nor unused */
    size_t signals_seen, signals_used;
    struct views symptoms, causes;
    struct offer *offers; /* the best first */
    size_t offers_len;
};

struct source_view {
    const char *name, *url;           /* url without user and password; a recording's path */
    const char *error;                /* NULL = it answers */
    const char *application, *version; /* "" = not said */
    int64_t scrape_ms;                /* 0 = not known */
    size_t up, down;                  /* targets, now; both 0 = not said */
    bool recording;
};

struct examination {
    struct session *session;
    const struct options *options;
    struct arena arena;
    struct source_view *sources;
    size_t sources_len;
    struct cluster_view *clusters;
    size_t clusters_len;
};

/* A signal that doctor counts: some rule reads it, and a source or the configuration must give it. */
bool signal_counts(const struct signal *s);

/* Asks the sources at the session's time. The engine must have been warmed up when one answers. */
void examine_sources(struct examination *x, int64_t from_ms);
void examine_clusters(struct examination *x);
/* doctor_ask.c: what only a server can say of a cluster: its exporters and what the checks find. */
void ask_cluster(struct examination *x, struct cluster_view *v);
/* doctor_check.c: DOCTOR_OWN_CHECKS of them. */
void check_own(struct examination *x, struct cluster_view *v, struct prom *server, struct check_view *ret);
void examination_free(struct examination *x);

void doctor_print_text(struct examination *x);
void doctor_print_json(const struct examination *x, const char *result);
void doctor_print_suggestions(const struct examination *x);

#endif
