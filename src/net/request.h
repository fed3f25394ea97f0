/* What is refused before anything is sent, and the copy of a request that a transfer keeps. */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include "base/arena.h"
#include "net/net.h"

struct origin {
    char text[300];      /* "https://host:port", what error texts may show; also the key of per-host limits */
    char scheme[8];
    bool loopback;
};

/* ERR_INVALID when the request must not be sent. `url` is request->url or what its file holds; never shown. Fills `ret_origin`. */
int request_check(const struct net_request *request, const char *url, struct origin *ret_origin, struct error *err);
/* All that `request` points to, url and url_file excepted (they become NULL). */
struct net_request request_copy(struct arena *memory, const struct net_request *request);
/* ERR_INVALID when `secret` holds a control character; `what` names its file. */
int request_check_secret(const char *secret, const char *what, struct error *err);
/* The value of a Retry-After header (seconds or HTTP date) as a wait from now; -1 = neither. At most a day. */
int64_t retry_after_parse(const char *value, int64_t now_ms);

#endif
