/*
 * An HTTP server in the test's own thread: keeps what was sent, answers with `status`. http_sink_turn() moves both sides until nothing is under way.
 */
#ifndef SUPPORT_HTTP_SINK_H
#define SUPPORT_HTTP_SINK_H

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/net.h"

struct http_sink {
    int listener, status;
    const char *answer; /* body */
    char url[64];       /* http://127.0.0.1:PORT */
    char **requests;    /* whole, oldest first */
    size_t len, cap;
};

static inline void http_sink_open(struct http_sink *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *s = (struct http_sink){.status = 200, .answer = ""};
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(s->listener, (struct sockaddr *)&at, len) < 0 || listen(s->listener, 8) < 0 || getsockname(s->listener, (struct sockaddr *)&at, &len) < 0)
        abort();
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
}

static inline void http_sink_close(struct http_sink *s)
{
    close(s->listener);
    for (size_t i = 0; i < s->len; i++)
        free(s->requests[i]);
    free(s->requests);
}

static inline const char *http_sink_body(const char *request)
{
    const char *body = strstr(request, "\r\n\r\n");
    return body ? body + 4 : NULL;
}

static inline void http_sink_serve(struct http_sink *s, struct net *net, int fd)
{
    static char request[1 << 20];
    size_t len = 0, wanted = SIZE_MAX;
    while (len < wanted) {
        ssize_t got = recv(fd, request + len, sizeof request - 1 - len, MSG_DONTWAIT);
        if (got <= 0) {
            net_pump(net, 5, NULL, 0);
            continue;
        }
        request[len += (size_t)got] = '\0';
        const char *body = http_sink_body(request), *length = strstr(request, "\r\nContent-Length: ");
        if (body)
            wanted = (size_t)(body - request) + (length ? strtoul(length + strlen("\r\nContent-Length: "), NULL, 10) : 0);
    }
    if (s->len == s->cap)
        s->requests = xrealloc(s->requests, s->cap = s->cap * 2 + 16, sizeof *s->requests);
    s->requests[s->len++] = xstrdup(request);
    dprintf(fd, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", s->status, strlen(s->answer), s->answer);
    close(fd);
}

/* How many requests came. */
static inline size_t http_sink_turn(struct http_sink *s, struct net *net)
{
    size_t before = s->len;
    for (int i = 0; i < 400 && net_pending(net); i++) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd >= 0)
            http_sink_serve(s, net, fd);
        net_pump(net, 5, NULL, 0);
    }
    return s->len - before;
}

#endif
