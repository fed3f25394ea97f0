#include "prom/prom.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "prom/response.h"

#define TIMEOUT_MS 15000
#define MAX_BYTES (INT64_C(256) * 1024 * 1024)
#define MAX_SERIES 500000
#define MAX_POINTS 20000000
#define MAX_IN_FLIGHT 8
#define FORM_BYTES (4 * 1024 * 1024) /* of parameters */

struct prom {
    const struct source_config *config;
    struct net *net;
    char *base, *tail; /* URL up to the API's path; "?…" of the configured URL or "" */
    size_t pending;
};

/* One question on its way. */
struct question {
    struct prom *prom;
    struct prom_sink sink;
    struct response *response;
};

/* ---- life ---- */

struct prom *prom_new(const struct source_config *config, struct net *net, struct error *err)
{
    const char *url = config->http.url;
    if (!url || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) || strchr(url, '#')) {
        error_set(err, ERR_INVALID, "source %s: URL must begin with http:// or https://", config->name ? config->name : "");
        return NULL;
    }
    size_t path = strcspn(url, "?");
    const char *tail = url + path;
    while (path > 0 && url[path - 1] == '/')
        path--;
    struct prom *p = xcalloc(1, sizeof(*p));
    p->config = config;
    p->net = net;
    p->base = xstrndup(url, path);
    p->tail = xstrdup(tail);
    return p;
}

void prom_free(struct prom *p)
{
    if (!p)
        return;
    free(p->base);
    free(p->tail);
    free(p);
}

size_t prom_pending(const struct prom *p)
{
    return p->pending;
}

void prom_run(struct prom *p)
{
    while (p->pending > 0)
        net_pump(p->net, 1000, NULL, 0);
}

/* ---- answers ---- */

/* Which error to tell: what the server says in its body, else what went wrong on the way, else what is wrong with the body. */
static void choose_error(struct prom_result *result, const struct net_result *net)
{
    struct error body = result->error;
    bool reader_stopped = net->error.code == ERR_CANCELLED && net->curl_code != 0 && body.code; /* on_body said no */
    bool transferred = net->status > 0 && net->curl_code == 0 && net->error.code != ERR_CANCELLED;
    result->error = net->error;
    if (!net->error.code || reader_stopped)
        result->error = body;
    else if (transferred && net->status >= 400 && body.code == ERR_REFUSED)
        error_set(&result->error, ERR_REFUSED, "HTTP %d: %.450s", net->status, body.text);
    else if (transferred && net->status >= 400 && body.code && net->bytes > 0)
        error_set(&result->error, ERR_REFUSED, "HTTP %d, and the %.450s", net->status, body.text);
}

static void on_done(void *context, const struct net_result *net)
{
    struct question *q = context;
    struct prom_result result = {
        .status = net->status,
        .retry_after_ms = net->retry_after_ms,
        .bytes = net->bytes,
        .elapsed_ms = net->elapsed_ms,
    };
    response_finish(q->response, &result);
    choose_error(&result, net);
    q->prom->pending--;
    q->sink.done(q->sink.context, &result);
    response_free(q->response);
    free(q);
}

static bool on_body(void *context, const char *data, size_t len)
{
    struct question *q = context;
    return response_feed(q->response, data, len);
}

/* ---- parameters ---- */

static void add_escaped(struct strbuf *out, const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, (int)strlen(text));
    strbuf_adds(out, escaped ? escaped : "");
    curl_free(escaped);
}

static void add_param(struct strbuf *form, const char *name, const char *value)
{
    strbuf_addf(form, "%s%s=", form->len ? "&" : "", name);
    add_escaped(form, value);
}

static void add_seconds(struct strbuf *form, const char *name, int64_t ms)
{
    int64_t whole = ms / 1000, rest = ms % 1000;
    const char *sign = ms < 0 ? "-" : "";
    strbuf_addf(form, "%s%s=%s%lld.%03lld", form->len ? "&" : "", name, sign, (long long)llabs(whole), (long long)llabs(rest));
}

static void add_span(struct strbuf *form, const char *const *match, size_t match_len, int64_t start_ms, int64_t end_ms)
{
    for (size_t i = 0; i < match_len; i++)
        add_param(form, "match[]", match[i]);
    if (start_ms == 0 && end_ms == 0)
        return;
    add_seconds(form, "start", start_ms);
    add_seconds(form, "end", end_ms);
}

/* ---- questions ---- */

struct ask {
    enum response_kind kind;
    const char *path;   /* behind /api/v1/ */
    bool post;          /* the API takes the parameters as a form; else in the URL */
    struct strbuf form; /* freed by ask() */
    int64_t timeout_ms;
    const struct prom_sink *sink;
};

static int64_t deadline(const struct prom *p, int64_t timeout_ms)
{
    if (timeout_ms > 0)
        return timeout_ms;
    return p->config->http.timeout_ms > 0 ? p->config->http.timeout_ms : TIMEOUT_MS;
}

static struct question *question_new(struct prom *p, const struct ask *a)
{
    struct question *q = xcalloc(1, sizeof(*q));
    struct response_limits limits = {
        .series = p->config->max_series > 0 ? (size_t)p->config->max_series : MAX_SERIES,
        .points = MAX_POINTS,
    };
    q->prom = p;
    q->sink = *a->sink;
    q->response = response_new(a->kind, &limits, a->sink);
    return q;
}

static struct net_request request_for(const struct prom *p, const struct ask *a, const char *url, struct question *q)
{
    struct net_request request = net_request_to(&p->config->http);
    request.url = url;
    request.url_file = NULL;
    request.deadline_ms = deadline(p, a->timeout_ms);
    request.max_bytes = p->config->max_bytes > 0 ? p->config->max_bytes : MAX_BYTES;
    request.per_host = p->config->max_in_flight > 0 ? p->config->max_in_flight : MAX_IN_FLIGHT;
    request.compressed = true;
    request.on_body = on_body;
    request.on_done = on_done;
    request.context = q;
    if (a->post) {
        request.body = a->form.buf;
        request.body_len = a->form.len;
        request.content_type = "application/x-www-form-urlencoded";
    }
    return request;
}

static int ask(struct prom *p, struct ask *a, struct error *err)
{
    struct strbuf url = STRBUF_INIT(FORM_BYTES);
    int rc;
    strbuf_addf(&url, "%s/api/v1/%s%s", p->base, a->path, p->tail);
    if (!a->post && a->form.len)
        strbuf_addf(&url, "%c%s", *p->tail ? '&' : '?', a->form.buf);
    if (a->form.truncated || url.truncated) {
        rc = error_set(err, ERR_LIMIT, "question of more than %d bytes", FORM_BYTES);
    } else {
        struct question *q = question_new(p, a);
        struct net_request request = request_for(p, a, url.buf, q);
        rc = net_start(p->net, &request, err);
        if (rc == 0) {
            p->pending++;
        } else {
            response_free(q->response);
            free(q);
        }
    }
    strbuf_free(&url);
    strbuf_free(&a->form);
    return rc;
}

int prom_query(struct prom *p, const char *expr, int64_t time_ms, int64_t timeout_ms, const struct prom_sink *sink, struct error *err)
{
    struct ask a = {RESPONSE_QUERY, "query", true, STRBUF_INIT(FORM_BYTES), timeout_ms, sink};
    add_param(&a.form, "query", expr);
    add_seconds(&a.form, "time", time_ms);
    add_seconds(&a.form, "timeout", deadline(p, timeout_ms));
    return ask(p, &a, err);
}

int prom_query_range(struct prom *p, const char *expr, int64_t start_ms, int64_t end_ms, int64_t step_ms, int64_t timeout_ms, const struct prom_sink *sink,
                     struct error *err)
{
    struct ask a = {RESPONSE_QUERY, "query_range", true, STRBUF_INIT(FORM_BYTES), timeout_ms, sink};
    if (step_ms <= 0 || end_ms < start_ms)
        return error_set(err, ERR_INVALID, "range must have a step and an end that is not before its start");
    add_param(&a.form, "query", expr);
    add_seconds(&a.form, "start", start_ms);
    add_seconds(&a.form, "end", end_ms);
    add_seconds(&a.form, "step", step_ms);
    add_seconds(&a.form, "timeout", deadline(p, timeout_ms));
    return ask(p, &a, err);
}

const char *prom_label_value(const struct prom_label *labels, size_t len, const char *name)
{
    for (size_t i = 0; i < len; i++)
        if (strcmp(labels[i].name, name) == 0)
            return labels[i].value;
    return "";
}

int prom_label_values(struct prom *p, const char *label, const char *const *match, size_t match_len, int64_t start_ms, int64_t end_ms, int64_t timeout_ms,
                      const struct prom_sink *sink, struct error *err)
{
    struct strbuf path = STRBUF_INIT(FORM_BYTES);
    strbuf_adds(&path, "label/");
    add_escaped(&path, label);
    strbuf_adds(&path, "/values");
    struct ask a = {RESPONSE_VALUES, path.buf, false, STRBUF_INIT(FORM_BYTES), timeout_ms, sink};
    add_span(&a.form, match, match_len, start_ms, end_ms);
    int rc = ask(p, &a, err);
    strbuf_free(&path);
    return rc;
}

int prom_series(struct prom *p, const char *const *match, size_t match_len, int64_t start_ms, int64_t end_ms, int64_t timeout_ms,
                const struct prom_sink *sink, struct error *err)
{
    struct ask a = {RESPONSE_SERIES, "series", true, STRBUF_INIT(FORM_BYTES), timeout_ms, sink};
    if (match_len == 0)
        return error_set(err, ERR_INVALID, "series need a selector");
    add_span(&a.form, match, match_len, start_ms, end_ms);
    return ask(p, &a, err);
}

int prom_targets(struct prom *p, int64_t timeout_ms, const struct prom_sink *sink, struct error *err)
{
    struct ask a = {RESPONSE_TARGETS, "targets", false, STRBUF_INIT(FORM_BYTES), timeout_ms, sink};
    add_param(&a.form, "state", "active");
    return ask(p, &a, err);
}

int prom_buildinfo(struct prom *p, int64_t timeout_ms, const struct prom_sink *sink, struct error *err)
{
    struct ask a = {RESPONSE_BUILDINFO, "status/buildinfo", false, STRBUF_INIT(FORM_BYTES), timeout_ms, sink};
    return ask(p, &a, err);
}
