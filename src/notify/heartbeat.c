#include "notify/heartbeat.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

#define PING_TIMEOUT_MS 10000

struct ping;

struct heartbeat {
    const struct heartbeat_config *config;
    struct ping *under_way;
    int64_t pinged_ms; /* the last one that was started; 0 = none, or the last one came to nothing */
    bool failing;      /* what it was told last */
    bool unheard;      /* the last ping was not taken: said once */
};

struct ping {
    struct heartbeat *of; /* NULL: it is gone */
};

struct heartbeat *heartbeat_new(const struct config *config)
{
    if (!config->heartbeat.http.url && !config->heartbeat.http.url_file)
        return NULL;
    struct heartbeat *h = xcalloc(1, sizeof *h);
    h->config = &config->heartbeat;
    return h;
}

void heartbeat_free(struct heartbeat *h)
{
    if (h && h->under_way)
        h->under_way->of = NULL;
    free(h);
}

static void not_taken(struct heartbeat *h, const struct error *why)
{
    if (!h->unheard)
        log_warn("heartbeat: %s", why->text);
    h->unheard = true;
    h->pinged_ms = 0; /* again with the next cycle */
}

static void on_done(void *context, const struct net_result *r)
{
    struct ping *p = context;
    struct heartbeat *h = p->of;
    if (h && r->error.code && r->error.code != ERR_CANCELLED)
        not_taken(h, &r->error);
    else if (h && h->unheard && !r->error.code)
        log_info("heartbeat: it is heard again");
    if (h)
        h->unheard = h->unheard && r->error.code;
    if (h)
        h->under_way = NULL;
    free(p);
}

static void ping(struct heartbeat *h, struct net *net, const char *why_not, int64_t now_ms)
{
    struct net_request q = net_request_to(&h->config->http);
    struct error err = {0};
    if (why_not && *h->config->fail == '/')
        q.url_after = h->config->fail;
    else if (why_not) {
        q.url = h->config->fail;
        q.url_file = NULL;
    }
    q.method = "POST";
    q.body = why_not ? why_not : "";
    q.body_len = strlen(q.body);
    q.content_type = "text/plain; charset=utf-8";
    q.deadline_ms = q.deadline_ms ? q.deadline_ms : PING_TIMEOUT_MS;
    struct ping *p = xcalloc(1, sizeof *p);
    p->of = h;
    q.on_done = on_done;
    q.context = p;
    h->pinged_ms = now_ms;
    h->failing = why_not != NULL;
    if (net_start(net, &q, &err) == 0) {
        h->under_way = p;
        return;
    }
    free(p);
    not_taken(h, &err);
}

void heartbeat_cycle(struct heartbeat *h, struct net *net, const char *why_not, int64_t now_ms)
{
    if (!h || h->under_way)
        return;
    bool silent = why_not && strcmp(h->config->fail, "none") == 0;
    bool news = h->failing != (why_not != NULL);
    if (!silent && (news || !h->pinged_ms || now_ms - h->pinged_ms >= h->config->every_ms || now_ms < h->pinged_ms))
        ping(h, net, why_not, now_ms);
}
