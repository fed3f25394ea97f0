/* One transfer: what libcurl is told, what comes in, what its end means. It belongs to the queue of net.c. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include <curl/curl.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "net/net.h"
#include "net/request.h"

struct transfer {
    struct transfer *prev, *next;
    struct arena memory;
    struct net_request request; /* our copy, in memory */
    char *url;                  /* may be a secret: wiped */
    struct origin origin;

    CURL *easy; /* NULL until it was handed to libcurl */
    struct curl_slist *headers, *recipients;
    struct strbuf body;
    size_t sent;       /* of a mail's payload */
    int64_t bytes, begun_ms;
    bool over_limit, stopped, denied;
    char curl_text[CURL_ERROR_SIZE];
};

/* Takes `url`, which must come from secret_read or malloc. */
struct transfer *transfer_new(const struct net_request *request, char *url, const struct origin *origin);
void transfer_free(struct transfer *t);
/* Makes t->easy, reading secrets. An error is the result of the transfer. */
int transfer_begin(struct transfer *t, struct error *err);
/* Tells on_done: `failure` (code 0 = none) is ours, else `code` is libcurl's word. */
void transfer_end(struct transfer *t, CURLcode code, const struct error *failure);

#endif
