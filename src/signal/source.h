/*
 * A source gives signals: a Prometheus server, or a recording of one. Both answer the same questions, so that what runs on live data runs on a file.
 *
 * A source belongs to the caller; clusters found are made by the caller from what `discover` says. `fetch` returns when every answer of the batch has ended,
 * well or not: a source that is down is a batch of failed answers, not an error of fetch.
 */
#ifndef SIGNAL_SOURCE_H
#define SIGNAL_SOURCE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"
#include "net/net.h"
#include "rule/rule.h"
#include "signal/batch.h"
#include "signal/cluster.h"

struct found_cluster {
    const char *name;
    struct name_values match; /* label = value of its series; empty = everything */
};

struct discovery { /* memory in the arena given to discover */
    struct found_cluster *clusters;
    size_t len;
    int64_t scrape_ms; /* typical scrape interval; 0 = not known */
    int64_t from_ms, to_ms; /* a recording's span; 0 = open */
};

struct source;

struct source_type {
    const char *name;
    /* Which clusters have data between from and to. */
    int (*discover)(struct source *s, const struct ruleset *rules, int64_t from_ms, int64_t to_ms, struct arena *a, struct discovery *ret, struct error *err);
    /* Fills c->bounds with the bindings that have data for it between from and to; keeps them as they are on failure. */
    int (*bind)(struct source *s, struct cluster *c, const struct name_values *match, int64_t from_ms, int64_t to_ms, struct error *err);
    void (*fetch)(struct source *s, struct batch *b, int64_t timeout_ms);
    void (*free)(struct source *s);
};

struct source {
    const struct source_type *type;
    const char *name; /* as configured */
};

/* By its URL: http(s) is a server (sharing `net`), "builtin" the embedded recording, anything else the path of a recording. */
int source_open(const struct source_config *config, struct net *net, struct source **ret, struct error *err);
void source_free(struct source *s);

int prometheus_source_open(const struct source_config *config, struct net *net, struct source **ret, struct error *err);
int recording_open(const char *path, struct source **ret, struct error *err);

/* A query's text for a cluster: $match, $rate, $rate_s replaced (query.c). */
char *query_expand(const char *query, const char *matchers, int64_t rate_ms);
/* `label="value",…` with PromQL escapes, in the arena; "" for none. With `absent` true: `label=""` for each. */
char *query_matchers(const struct name_values *match, bool absent, struct arena *a);
/* Metric names in `names` as one anchored alternation: name|name|… */
char *query_alternation(const char *const *names, size_t len, struct arena *a);

#endif
