/* What `check` tells others besides its exit code: a Pushgateway, a watchdog, and the receivers of the configuration. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "cli/check_formats.h"
#include "net/net.h"

#define URL_MAX 4096
#define DELIVER_MS 30000

static void wipe(struct strbuf *s)
{
    secret_free(strbuf_detach(s));
}

/* A URL as given, or out of the file that "@FILE" names: watchdogs' addresses are secrets, and everybody sees a command line. */
static int read_url(const char *given, struct strbuf *out, struct error *err)
{
    char *secret = NULL;
    if (given[0] != '@') {
        strbuf_adds(out, given);
        return 0;
    }
    int code = secret_read(given + 1, &secret, err);
    if (code == 0)
        strbuf_adds(out, secret);
    secret_free(secret);
    return code;
}

static void note_end(void *context, const struct net_result *result)
{
    *(struct error *)context = result->error;
}

static int send(const struct net_request *request, struct error *err)
{
    struct net_request r = *request;
    struct error end = {0};
    struct net *net = net_new(&(struct net_limits){0}, err);
    if (!net)
        return err->code;
    r.on_done = note_end;
    r.context = &end;
    int code = net_start(net, &r, err);
    net_run_until_idle(net);
    net_free(net);
    if (code == 0 && end.code) {
        *err = end;
        code = end.code;
    }
    return code;
}

static void add_in_base64(struct strbuf *url, const char *text)
{
    struct strbuf coded = STRBUF_INIT(URL_MAX);
    base64_add(&coded, text, strlen(text));
    for (char *c = coded.buf; *c && *c != '='; c++)
        strbuf_addc(url, *c == '+' ? '-' : *c == '/' ? '_' : *c);
    strbuf_free(&coded);
}

/* The group of metrics that this check replaces as a whole: what no longer fires must not stay there. */
static void pushgateway_path(const struct check_report *r, struct strbuf *url)
{
    const char *cluster = r->options->cluster;
    if (strstr(url->buf, "/metrics/job"))
        return;
    while (url->len && url->buf[url->len - 1] == '/')
        url->buf[--url->len] = '\0';
    strbuf_adds(url, "/metrics/job/nightbell_check");
    if (cluster && cluster[0]) {
        strbuf_adds(url, "/cluster@base64/");
        add_in_base64(url, cluster);
    }
}

/* Watchdogs take "URL/fail" as bad news. */
static void heartbeat_path(const struct check_report *r, struct strbuf *url)
{
    size_t query = strcspn(url->buf, "?");
    AUTO(heap) char *rest = xstrdup(url->buf + query);
    if (check_exit(r) < EXIT_CRITICAL)
        return;
    while (query && url->buf[query - 1] == '/')
        query--;
    url->len = query;
    url->buf[query] = '\0';
    strbuf_adds(url, "/fail");
    strbuf_adds(url, rest);
}

static void write_metrics(FILE *out, const struct check_report *r)
{
    check_write("openmetrics", out, r);
}

/* Somebody who takes a text at a URL. */
struct listener {
    const char *option, *method, *content_type;
    void (*write)(FILE *out, const struct check_report *r);
    void (*path)(const struct check_report *r, struct strbuf *url);
};

static const struct listener pushgateway = {"--pushgateway", "PUT", "text/plain; version=0.0.4", write_metrics, pushgateway_path};
static const struct listener watchdog = {"--heartbeat-url", "POST", "text/plain; charset=utf-8", check_write_result, heartbeat_path};

static int tell(const struct listener *l, const char *given, const struct check_report *r)
{
    struct strbuf url = STRBUF_INIT(URL_MAX);
    struct error err = {0};
    char *text = NULL;
    size_t len = 0;
    int code = read_url(given, &url, &err);
    FILE *out = open_memstream(&text, &len);
    if (out) {
        l->write(out, r);
        fclose(out);
    }
    if (code == 0) {
        l->path(r, &url);
        code = send(&(struct net_request){.method = l->method, .url = url.buf, .content_type = l->content_type, .body = text, .body_len = len}, &err);
    }
    if (code < 0)
        print_error("%s: %s", l->option, err.text);
    wipe(&url);
    free(text);
    return code < 0 ? exit_code_of(code) : 0;
}

int check_push(const struct check_report *r)
{
    return tell(&pushgateway, r->options->pushgateway, r);
}

int check_heartbeat(const struct check_report *r)
{
    return tell(&watchdog, r->options->heartbeat_url, r);
}

/* One-shot delivery: an outbox in memory, emptied before the program ends. */
int check_deliver(const struct check_report *r)
{
    struct engine *e = r->session->engine;
    const struct config *config = r->session->config;
    struct error err = {0};
    struct store_note note;
    struct store *store = NULL;
    struct outbox_rows rows = {0};
    if (!config->destinations_len || !config->route.receiver) {
        print_error("--notify: the configuration names no receiver (receivers:, route:)");
        return EXIT_CONFIG;
    }
    if (store_open(":memory:", false, &store, &note, &err) < 0) {
        print_error("%s", err.text);
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < r->findings_len; i++)
        if (!baseline_knows(r->baseline, r->findings[i]))
            notify_plan(config, r->findings[i], "open", clock_now_ms(&clock_system), &e->arena, &rows);
    struct commit c = {.slot_ms = r->session->now_ms, .outbox = rows.items, .outbox_len = rows.len};
    int code = store_commit(store, &c, &err);
    struct notifier *n = notifier_new(config, store, e->net, &clock_system);
    bool all = code == 0 && notifier_drain(n, clock_now_ms(&clock_system) + DELIVER_MS) && store_outbox_dead_count(store) == 0;
    notifier_free(n);
    store_close(store);
    free(rows.items);
    if (!all)
        print_error("--notify: not everything could be delivered");
    return all ? 0 : EXIT_UNREACHABLE;
}
