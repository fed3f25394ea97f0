/*
 * The grammar of the API's answers, as a table of (place, key) → (place, action) over the tokenizer's events. Pure: no network, so that tests and the
 * fuzzer feed it bytes.
 */
#ifndef PROM_RESPONSE_H
#define PROM_RESPONSE_H

#include "prom/prom.h"

enum response_kind { RESPONSE_QUERY, RESPONSE_VALUES, RESPONSE_SERIES, RESPONSE_TARGETS, RESPONSE_BUILDINFO };

struct response_limits { /* 0 = none; beyond them ERR_LIMIT */
    size_t series;       /* series, label values or targets */
    size_t points;
};

struct response; /* opaque: one answer */

/* Copies `sink` and `limits`; sink->done is not called by anything here. */
struct response *response_new(enum response_kind kind, const struct response_limits *limits, const struct prom_sink *sink);
void response_free(struct response *r);
/* False once the answer is known to be of no use: the transfer may be stopped. */
bool response_feed(struct response *r, const char *data, size_t len);
/*
 * The end of the body. Fills everything in `ret` that comes from the body (borrowed from `r`): error code 0 only when a whole, well-formed answer said
 * "success"; HTTP fields stay as they are.
 */
void response_finish(struct response *r, struct prom_result *ret);

DEFINE_AUTO_PTR(response, struct response, response_free)

#endif
