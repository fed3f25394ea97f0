/*
 * Nightbell as a library: load rules, feed samples (or open a source), tick, read findings.
 *
 *     struct nb_engine *nb;
 *     nb_open(&(struct nb_options){.rules = "rules/", .interval_ms = 15000}, &nb, error, sizeof(error));
 *     nb_feed(nb, "request_rate", labels, 1, now_ms, 120.0);
 *     nb_tick(nb, now_ms, error, sizeof(error));
 *     nb_findings(nb, print, NULL);
 *
 * Handles are opaque and owned by the caller. Functions return NB_OK or a negative status and put one sentence into the error buffer (may be NULL with size 0).
 * An engine is used from one thread at a time; different engines do not know of each other. Times are milliseconds since 1970 UTC. Texts are UTF-8 and, where a
 * callback gets them, borrowed until it returns. The interface is stable within a major version.
 */
#ifndef NIGHTBELL_NIGHTBELL_H
#define NIGHTBELL_NIGHTBELL_H

#include <stddef.h>
#include <stdint.h>

#define NB_VERSION_MAJOR 0
#define NB_VERSION_MINOR 1
#define NB_VERSION_PATCH 0

enum nb_status {
    NB_OK = 0,
    NB_INVALID = -1,     /* rules, options or times that are wrong: the sentence says where */
    NB_UNREACHABLE = -2, /* the source did not answer; what fired goes on firing, seen or blind */
    NB_FAILED = -3       /* anything else */
};

struct nb_engine;

struct nb_options {
    const char *rules;     /* "builtin", a file or a folder; NULL = "builtin" */
    const char *source;    /* URL of a Prometheus server or path of a recording; NULL = samples are fed */
    const char *cluster;   /* name of the fed cluster; NULL = "default" */
    int64_t interval_ms;   /* evaluation grid; 0 = 15,000, or a recording's */
    const char *language;  /* "en" (NULL) or "ko" */
};

struct nb_label {
    const char *name, *value;
};

/* The running library's version, "0.1.0"; and a status as a word. */
const char *nb_version(void);
const char *nb_status_text(int status);

/* Loads rules and opens the source. On NB_INVALID the error has the first mistake, "file:line:col: text". */
int nb_open(const struct nb_options *options, struct nb_engine **ret, char *error, size_t error_size);
void nb_close(struct nb_engine *nb); /* NULL is fine */

/* A sample of a signal that the rules know, for the entity named by `labels`, to be judged by the next nb_tick. NB_INVALID: no such signal, labels missing, or the engine has a source. */
int nb_feed(struct nb_engine *nb, const char *signal, const struct nb_label *labels, size_t labels_len, int64_t time_ms, double value);

/* Evaluates the slot of `time_ms` (aligned down to the grid); ticks go forward only. */
int nb_tick(struct nb_engine *nb, int64_t time_ms, char *error, size_t error_size);

/* With a source: evaluates all slots from..to of its history. */
int nb_replay(struct nb_engine *nb, int64_t from_ms, int64_t to_ms, char *error, size_t error_size);

/* Every change since the engine was opened goes to `each` as one JSON object (schema "nightbell.event/1"). NULL switches off. */
void nb_on_event(struct nb_engine *nb, void (*each)(void *context, const char *event_json), void *context);

/* What fires now (seen or blind), each as one JSON object of the same schema. Returns how many. */
size_t nb_findings(struct nb_engine *nb, void (*each)(void *context, const char *event_json), void *context);

#endif
