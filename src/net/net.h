/*
 * Transfers over libcurl: HTTP requests and mails, many at once, from one thread.
 *
 * A transfer waits in our own queue until its turn (at most `in_flight` at once, and so many per server), and its deadline starts when it is handed to
 * libcurl, so that waiting never counts as the server's slowness. net_pump() does all the work and calls the callbacks; only net_wakeup() may be called
 * from another thread. net_start() copies what it needs. Secrets are read from their files when a transfer is handed to libcurl and wiped after it.
 * Redirects are not followed, no .netrc, no cookies, no other protocol than that of the URL, no link-local address, TLS is verified, proxies are those of
 * libcurl's environment variables. No error text holds more of a URL than scheme, host and port.
 *
 * Files: net.c queue and loop; transfer.c what libcurl is told and what it answers; request.c what is refused before anything is sent.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

struct net; /* opaque: one curl_multi and its queue */

struct net_limits {
    int in_flight; /* over all servers; 0 = 32 */
    int per_host;  /* per scheme, host and port; 0 = 8 */
};

struct net_result {
    struct error error;     /* code 0: HTTP status 2xx and the whole body, or a mail that the server took */
    int curl_code;          /* CURLcode; 0 as well when the server's answer was a refusal */
    int status;             /* HTTP status or last SMTP reply code; 0 = there was no answer */
    int64_t retry_after_ms; /* from Retry-After; -1 = not said */
    const char *body;       /* when no on_body was given: NUL-terminated, never NULL; borrowed until on_done returns */
    size_t body_len;
    int64_t bytes;          /* of the body, after inflating */
    int64_t elapsed_ms;     /* since it was handed to libcurl */
    const char *content_type; /* "" = not said; borrowed */
};

/* An envelope; the payload is the request's body with CRLF line ends (dots are stuffed by libcurl). One recipient a transfer gives one result each. */
struct net_mail {
    const char *from;
    const char *const *to;
    size_t to_len;
    const char *user, *password_file; /* NULL = no login */
    bool require_tls;                 /* smtp://: STARTTLS or nothing. A login to another host than loopback always requires it */
    const char *ehlo;                 /* NULL = the host's name */
};

struct net_request {
    const char *method;     /* NULL = GET, or POST when there is a body */
    const char *url;        /* http, https; smtp, smtps for mails. Userinfo is refused */
    const char *url_file;   /* instead of url: a secret URL, or a secret in the middle of one: */
    const char *url_before, *url_after; /* what stands before and after it (or url); NULL = nothing. A query of it stays the last */
    struct name_values headers;
    const char *content_type; /* of the body; NULL = none said */
    const void *body;
    size_t body_len;
    const char *bearer_token_file;
    const char *basic_user, *basic_password_file;
    struct tls_config tls;
    int64_t deadline_ms;    /* 0 = 15 s */
    int64_t max_bytes;      /* of the answer's body, after inflating; 0 = 64 KiB; beyond it ERR_LIMIT */
    int per_host;           /* instead of net_limits.per_host; 0 = that */
    bool compressed;        /* ask for gzip, unless the server is this machine */
    const struct net_mail *mail; /* NULL = HTTP */
    bool (*on_body)(void *context, const char *data, size_t len); /* each piece of the body; false stops the transfer (ERR_CANCELLED); NULL = collect */
    void (*on_done)(void *context, const struct net_result *result); /* exactly once after a net_start that returned 0; may call net_start */
    void *context;
};

/* NULL when libcurl cannot start. */
struct net *net_new(const struct net_limits *limits, struct error *err);
void net_free(struct net *n); /* cancels what is there (on_done is called) */

/* A request to the server of `http`: its url, headers, credentials, TLS files and timeout; borrowed from `http`. */
struct net_request net_request_to(const struct http_config *http);

/* Queues a copy. ERR_INVALID (line breaks in headers or addresses, URL, …), or why url_file cannot be read: then on_done is not called. */
int net_start(struct net *n, const struct net_request *request, struct error *err);

/*
 * Starts what may start, waits at most `wait_ms` for something to happen on the transfers or on `extra` (may be NULL; its revents are filled), ends what is
 * finished. Returns how many transfers are left, waiting ones included. Not from inside a callback; at most 16 in `extra`.
 */
size_t net_pump(struct net *n, int wait_ms, struct pollfd *extra, size_t extra_len);
void net_run_until_idle(struct net *n);
void net_cancel_all(struct net *n); /* on_done with ERR_CANCELLED for each; not from inside on_body */
void net_wakeup(struct net *n);     /* ends the wait of a net_pump; from any thread */
size_t net_pending(const struct net *n);

DEFINE_AUTO_PTR(net, struct net, net_free)

#endif
