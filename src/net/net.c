#include "net/net.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "net/request.h"
#include "net/transfer.h"

#define IN_FLIGHT 32
#define PER_HOST 8
#define EXTRA_MAX 16 /* descriptors of the caller */

struct queue { /* doubly linked, in order of arrival */
    struct transfer *first, *last;
    size_t len;
};

struct net {
    CURLM *multi;
    struct net_limits limits;
    struct queue waiting, active;
    bool closing; /* net_cancel_all is at work: nothing new */
};

static void queue_add(struct queue *q, struct transfer *t)
{
    t->next = NULL;
    t->prev = q->last;
    *(q->last ? &q->last->next : &q->first) = t;
    q->last = t;
    q->len++;
}

static void queue_take(struct queue *q, struct transfer *t)
{
    *(t->prev ? &t->prev->next : &q->first) = t->next;
    *(t->next ? &t->next->prev : &q->last) = t->prev;
    q->len--;
}

/* ---- life ---- */

static CURLcode global_code;

static void global_init(void)
{
    global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct net *net_new(const struct net_limits *limits, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    CURLM *multi = global_code ? NULL : curl_multi_init();
    if (!multi) {
        error_set(err, ERR_NET, "libcurl cannot start: %s", curl_easy_strerror(global_code));
        return NULL;
    }
    struct net *n = xcalloc(1, sizeof(*n));
    n->multi = multi;
    n->limits.in_flight = limits->in_flight > 0 ? limits->in_flight : IN_FLIGHT;
    n->limits.per_host = limits->per_host > 0 ? limits->per_host : PER_HOST;
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)n->limits.in_flight);
    return n;
}

void net_free(struct net *n)
{
    if (!n)
        return;
    net_cancel_all(n);
    curl_multi_cleanup(n->multi);
    free(n);
}

/* ---- requests ---- */

struct net_request net_request_to(const struct http_config *http)
{
    return (struct net_request){
        .url = http->url,
        .url_file = http->url_file,
        .headers = http->headers,
        .bearer_token_file = http->bearer_token_file,
        .basic_user = http->basic_user,
        .basic_password_file = http->basic_password_file,
        .tls = http->tls,
        .deadline_ms = http->timeout_ms,
    };
}

/* The whole URL; to be wiped, since there may be a secret in it. */
static int url_of(const struct net_request *request, char **ret, struct error *err)
{
    char *middle = NULL;
    int rc = request->url_file ? secret_read(request->url_file, &middle, err) : 0;
    if (rc < 0 || (!request->url && !middle))
        return rc;
    if (request->url)
        middle = xstrdup(request->url);
    size_t path = request->url_after ? strcspn(middle, "?#") : strlen(middle);
    *ret = xasprintf("%s%.*s%s%s", request->url_before ? request->url_before : "", (int)path, middle, request->url_after ? request->url_after : "", middle + path);
    secret_free(middle);
    return 0;
}

int net_start(struct net *n, const struct net_request *request, struct error *err)
{
    struct origin origin = {0};
    char *url = NULL;
    if (n->closing)
        return error_set(err, ERR_CANCELLED, "no transfers any more");
    int rc = url_of(request, &url, err);
    if (rc == 0)
        rc = request_check(request, url, &origin, err);
    if (rc < 0) {
        secret_free(url);
        return rc;
    }
    queue_add(&n->waiting, transfer_new(request, url, &origin));
    return 0;
}

static int active_at(const struct net *n, const char *origin)
{
    int count = 0;
    for (const struct transfer *t = n->active.first; t; t = t->next)
        count += strcmp(t->origin.text, origin) == 0;
    return count;
}

/* The first in the queue whose server has room. */
static struct transfer *next_ready(const struct net *n)
{
    if (n->active.len >= (size_t)n->limits.in_flight)
        return NULL;
    for (struct transfer *t = n->waiting.first; t; t = t->next) {
        int room = t->request.per_host > 0 ? t->request.per_host : n->limits.per_host;
        if (active_at(n, t->origin.text) < room)
            return t;
    }
    return NULL;
}

static void start_ready(struct net *n)
{
    for (struct transfer *t; (t = next_ready(n));) {
        struct error failure = {0};
        queue_take(&n->waiting, t);
        if (transfer_begin(t, &failure) == 0 && curl_multi_add_handle(n->multi, t->easy) != CURLM_OK)
            error_set(&failure, ERR_NET, "libcurl refuses the transfer");
        if (!failure.code) {
            queue_add(&n->active, t);
            continue;
        }
        transfer_end(t, CURLE_OK, &failure);
        transfer_free(t);
    }
}

static void end_active(struct net *n, struct transfer *t, CURLcode code, const struct error *failure)
{
    curl_multi_remove_handle(n->multi, t->easy);
    queue_take(&n->active, t);
    transfer_end(t, code, failure);
    transfer_free(t);
}

static size_t end_finished(struct net *n)
{
    size_t ended = 0;
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(n->multi, &left));) {
        struct transfer *t;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE || curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t) != CURLE_OK)
            continue;
        end_active(n, t, code, NULL);
        ended++;
    }
    return ended;
}

static size_t work(struct net *n)
{
    int running;
    start_ready(n);
    curl_multi_perform(n->multi, &running);
    return end_finished(n);
}

/* poll(2)'s letters are libcurl's too, but only by luck. */
static const struct {
    short poll, curl;
} letters[] = {{POLLIN, CURL_WAIT_POLLIN}, {POLLPRI, CURL_WAIT_POLLPRI}, {POLLOUT, CURL_WAIT_POLLOUT}};

static void wait_for(struct net *n, int wait_ms, struct pollfd *extra, size_t extra_len)
{
    struct curl_waitfd fds[EXTRA_MAX] = {0};
    size_t len = extra_len < EXTRA_MAX ? extra_len : EXTRA_MAX;
    for (size_t i = 0; i < len; i++) {
        fds[i].fd = extra[i].fd;
        for (size_t k = 0; k < ARRAY_LEN(letters); k++)
            fds[i].events |= extra[i].events & letters[k].poll ? letters[k].curl : 0;
    }
    curl_multi_poll(n->multi, fds, (unsigned)len, wait_ms, NULL);
    for (size_t i = 0; i < len; i++) {
        extra[i].revents = 0;
        for (size_t k = 0; k < ARRAY_LEN(letters); k++)
            extra[i].revents |= fds[i].revents & letters[k].curl ? letters[k].poll : 0;
    }
}

size_t net_pump(struct net *n, int wait_ms, struct pollfd *extra, size_t extra_len)
{
    bool busy = work(n) > 0;
    wait_for(n, busy ? 0 : wait_ms, extra, extra_len);
    work(n);
    return net_pending(n);
}

void net_run_until_idle(struct net *n)
{
    while (net_pending(n) > 0)
        net_pump(n, 1000, NULL, 0);
}

void net_cancel_all(struct net *n)
{
    struct error cancelled = {0};
    error_set(&cancelled, ERR_CANCELLED, "cancelled");
    n->closing = true;
    while (n->waiting.first) {
        struct transfer *t = n->waiting.first;
        queue_take(&n->waiting, t);
        transfer_end(t, CURLE_OK, &cancelled);
        transfer_free(t);
    }
    while (n->active.first)
        end_active(n, n->active.first, CURLE_OK, &cancelled);
    n->closing = false;
}

void net_wakeup(struct net *n)
{
    curl_multi_wakeup(n->multi);
}

size_t net_pending(const struct net *n)
{
    return n->waiting.len + n->active.len;
}
