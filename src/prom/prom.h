/*
 * The Prometheus HTTP API (Prometheus, Thanos, Mimir, VictoriaMetrics): questions are asked side by side, answers of any size flow through a tokenizer
 * into the sink's callbacks, never into a tree.
 *
 * What flows is a proposal until `done` says that the answer was whole: the body may be cut, or end in an error, after a million samples. A receiver
 * discards all of it when result->error.code is not 0, and treats it as incomplete when result->partial is set. All callbacks come from net_pump()
 * (prom_run), in the order series, samples, series, samples, …, done; what they get is borrowed until they return.
 *
 * Files: promql.h the syntax of queries; prom.c requests; response.c the grammar of answers; json.c the tokenizer, decimal.c its numbers; series.c and
 * points.c the hot loops past it.
 */
#ifndef PROM_PROM_H
#define PROM_PROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "net/net.h"

struct prom; /* opaque: one server */

struct prom_label {
    const char *name, *value; /* UTF-8 without NUL; never NULL. As sent by the server, in its order */
};

const char *prom_label_value(const struct prom_label *labels, size_t len, const char *name); /* "" = not there, as the server sees it */

struct prom_target { /* an active target; "" where the server says nothing */
    const struct prom_label *labels;
    size_t labels_len;
    const char *pool, *url, *last_error;
    bool up, unknown;        /* unknown: not scraped yet */
    int64_t last_scrape_ms;  /* -1 = never or not said */
    int64_t interval_ms;     /* -1 = not said (servers before 2.29) */
};

enum prom_shape { PROM_NOTHING, PROM_VECTOR, PROM_MATRIX, PROM_SCALAR, PROM_STRING };

struct prom_result {
    struct error error;      /* code 0 = the answer is whole. ERR_REFUSED has the server's own words */
    const char *error_type;  /* of the server: "bad_data", "timeout", "execution", "unavailable", …; "" = none */
    int status;              /* HTTP status, 0 = no answer */
    int64_t retry_after_ms;  /* -1 = not said */
    bool partial;            /* the server said that something is missing or doubtful: warnings, isPartial */
    const char *const *warnings;
    size_t warnings_len;
    const char *const *infos; /* remarks on the query that do not make the answer unusable */
    size_t infos_len;
    enum prom_shape shape;
    const char *text;        /* PROM_STRING: the string; else "" */
    const char *version, *application; /* prom_buildinfo; "" = not said */
    int64_t bytes, elapsed_ms;
    size_t series, points;   /* given to the sink */
    size_t histograms;       /* native histogram points that were skipped; a series with nothing else is not given to the sink */
    size_t duplicates;       /* points dropped since the series already had that timestamp */
};

/*
 * Where an answer goes. Any callback but `done` may be NULL; one that returns false stops the transfer (ERR_CANCELLED).
 */
struct prom_sink {
    void *context;
    /* A series begins; a scalar is one without labels. prom_series() gives only these. */
    bool (*series)(void *context, const struct prom_label *labels, size_t len);
    /* All points of the series that just began, times strictly rising (len may be 0). NaN and ±Inf are values as sent. */
    bool (*samples)(void *context, const int64_t *time_ms, const double *value, size_t len);
    bool (*value)(void *context, const char *text);                      /* prom_label_values */
    bool (*target)(void *context, const struct prom_target *target);     /* prom_targets */
    void (*done)(void *context, const struct prom_result *result);       /* exactly once after a call below that returned 0 */
};

/* `config` and `net` are borrowed and outlive it. ERR_INVALID when the URL is not an http(s) one. */
struct prom *prom_new(const struct source_config *config, struct net *net, struct error *err);
void prom_free(struct prom *p); /* its questions must have ended: prom_run, or net_cancel_all */

/* All return 0 and answer later through the sink, or say now why they cannot. timeout_ms is the deadline and the server's `timeout=`; 0 = the config's, else 15 s. */
int prom_query(struct prom *p, const char *expr, int64_t time_ms, int64_t timeout_ms, const struct prom_sink *sink, struct error *err);
/* The grid start, start + step, … ≤ end. The server allows 11,000 points a series; whoever asks for more splits. */
int prom_query_range(struct prom *p, const char *expr, int64_t start_ms, int64_t end_ms, int64_t step_ms, int64_t timeout_ms, const struct prom_sink *sink,
                     struct error *err);
/* `match` has match_len selectors, any of which a series must match (0 = all; prom_series needs one); start_ms = end_ms = 0: the server's default span. */
int prom_label_values(struct prom *p, const char *label, const char *const *match, size_t match_len, int64_t start_ms, int64_t end_ms, int64_t timeout_ms,
                      const struct prom_sink *sink, struct error *err);
int prom_series(struct prom *p, const char *const *match, size_t match_len, int64_t start_ms, int64_t end_ms, int64_t timeout_ms,
                const struct prom_sink *sink, struct error *err);
int prom_targets(struct prom *p, int64_t timeout_ms, const struct prom_sink *sink, struct error *err);
int prom_buildinfo(struct prom *p, int64_t timeout_ms, const struct prom_sink *sink, struct error *err);

/* Pumps the net until every question of `p` has been answered. */
void prom_run(struct prom *p);
size_t prom_pending(const struct prom *p);

DEFINE_AUTO_PTR(prom, struct prom, prom_free)

#endif
