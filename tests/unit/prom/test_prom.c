/* Questions to a server that has bad days (tests/integration/fake_prometheus.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "prom/prom.h"
#include "support/fake_server.h"

static struct fake_server server;

struct heard {
    struct strbuf labels;
    struct prom_result result; /* only its numbers are used after done */
    char warning[64], type[64];
    int done;
};

static bool note_series(void *context, const struct prom_label *labels, size_t len)
{
    struct heard *h = context;
    strbuf_adds(&h->labels, "{");
    for (size_t i = 0; i < len; i++)
        strbuf_addf(&h->labels, "%s=%s;", labels[i].name, labels[i].value);
    strbuf_adds(&h->labels, "}");
    return true;
}

static void note_done(void *context, const struct prom_result *result)
{
    struct heard *h = context;
    h->result = *result;
    snprintf(h->warning, sizeof(h->warning), "%s", result->warnings_len ? result->warnings[0] : "");
    snprintf(h->type, sizeof(h->type), "%s", result->error_type);
    h->done++;
}

struct asked {
    char url[128];
    struct source_config config;
    struct net *net;
    struct prom *prom;
};

static void open_mode(struct asked *a, const char *mode)
{
    memset(a, 0, sizeof(*a));
    snprintf(a->url, sizeof(a->url), "http://127.0.0.1:%d/%s/", server.http_port, mode);
    a->config = (struct source_config){.name = "fake", .http.url = a->url, .max_in_flight = 4, .max_bytes = 1000000, .max_series = 100000};
    a->net = net_new(&(struct net_limits){0}, NULL);
    a->prom = prom_new(&a->config, a->net, NULL);
    assert_non_null(a->prom);
}

static void close_mode(struct asked *a)
{
    assert_int_equal(prom_pending(a->prom), 0);
    prom_free(a->prom);
    net_free(a->net);
}

static struct prom_sink sink_to(struct heard *h)
{
    *h = (struct heard){.labels = STRBUF_INIT(4096)};
    return (struct prom_sink){.context = h, .series = note_series, .done = note_done};
}

static void question__each_behaviour__its_own_clear_error(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        int code;
        const char *text; /* must be part of the error */
        const char *type;
        int status;
        int64_t retry_after_ms;
        bool partial;
    } cases[] = {
        {"good", 0, "", "", 200, -1, false},
        {"partial", 0, "", "", 200, -1, true},
        {"warning", 0, "", "", 200, -1, true},
        {"bad", ERR_REFUSED, "HTTP 400: bad_data: 1:5: parse error", "bad_data", 400, -1, false},
        {"later", ERR_REFUSED, "HTTP 503: unavailable: starting", "unavailable", 503, 7000, false},
        {"missing", ERR_REFUSED, "HTTP 404, and the answer is not a JSON object: starts with \"404 page not found", "", 404, -1, false},
        {"gateway", ERR_REFUSED, "HTTP 502, and the answer is not a JSON object: starts with \"<html>", "", 502, -1, false},
        {"html", ERR_DATA, "answer is not a JSON object: starts with \"<html><body>Sign in", "", 200, -1, false},
        {"short", ERR_DATA, "answer was cut short", "", 200, -1, false},
        {"shortchunk", ERR_DATA, "answer was cut short", "", 200, -1, false},
        {"cut", ERR_DATA, "cut short after", "", 200, -1, false},
        {"hangup", ERR_NET, "closed without an answer", "", 0, -1, false},
        {"redirect", ERR_REFUSED, "a redirect to evil.example.org: redirects are not followed", "", 302, -1, false},
        {"huge", ERR_LIMIT, "larger than 1000000 bytes", "", 200, -1, false},
        {"slow", ERR_TIMEOUT, "no answer within 0.4 s", "", 0, -1, false},
        {"drip", ERR_TIMEOUT, "no whole answer within 0.4 s", "", 200, -1, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct asked a;
        struct heard h;
        struct prom_sink sink = sink_to(&h);
        open_mode(&a, cases[i].mode);
        bool waits = cases[i].code == ERR_TIMEOUT;
        assert_int_equal(prom_query(a.prom, "up", 1000, waits ? 400 : 10000, &sink, NULL), 0);
        prom_run(a.prom);
        const struct prom_result *r = &h.result;
        if (h.done != 1 || r->error.code != cases[i].code || !strstr(r->error.text, cases[i].text) || strcmp(h.type, cases[i].type) != 0 || r->status != cases[i].status ||
            r->retry_after_ms != cases[i].retry_after_ms || r->partial != cases[i].partial)
            fail_msg("%s: %d %s; type %s, HTTP %d, retry after %lld, partial %d", cases[i].mode, r->error.code, r->error.text, h.type, r->status, (long long)r->retry_after_ms,
                     r->partial);
        if (strstr(r->error.text, "steal") || strstr(r->error.text, "api/v1"))
            fail_msg("%s: shows a path: %s", cases[i].mode, r->error.text);
        strbuf_free(&h.labels);
        close_mode(&a);
    }
}

static void expect_label(const struct heard *h, const char *text)
{
    if (!strstr(h->labels.buf, text))
        fail_msg("no %s in %s", text, h->labels.buf);
}

static void question__range__goes_out_as_a_form_with_deadline(void **state)
{
    (void)state;
    struct asked a;
    struct heard h;
    struct prom_sink sink = sink_to(&h);
    struct name_value org = {"X-Scope-OrgID", "orders"};
    open_mode(&a, "echo");
    a.config.http.headers = (struct name_values){&org, 1};
    assert_int_equal(prom_query_range(a.prom, "rate(x{a=\"b&c\"}[5m])", 1500, 3600000, 15000, 2500, &sink, NULL), 0);
    prom_run(a.prom);
    assert_int_equal(h.result.error.code, 0);
    static const char *const wanted[] = {"method=POST;", "path=/echo/api/v1/query_range;", "query=rate(x{a=\"b&c\"}[5m]);", "start=1.500;", "end=3600.000;", "step=15.000;", "timeout=2.500;",
                                         "x_scope_orgid=orders;", "content_type=application/x-www-form-urlencoded;", "user_agent=nightbell/"};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
        expect_label(&h, wanted[i]);
    if (strstr(h.labels.buf, "accept_encoding") || strstr(h.labels.buf, "expect="))
        fail_msg("asks for too much: %s", h.labels.buf);
    strbuf_free(&h.labels);
    close_mode(&a);
}

static void question__url_with_a_query__keeps_it_behind_the_path(void **state)
{
    (void)state;
    struct asked a;
    struct heard h;
    struct prom_sink sink = sink_to(&h);
    open_mode(&a, "echo");
    prom_free(a.prom);
    snprintf(a.url, sizeof(a.url), "http://127.0.0.1:%d/echo?extra_label=tenant", server.http_port);
    a.prom = prom_new(&a.config, a.net, NULL);
    assert_int_equal(prom_query(a.prom, "up", 1000, 0, &sink, NULL), 0);
    prom_run(a.prom);
    expect_label(&h, "path=/echo/api/v1/query;");
    expect_label(&h, "extra_label=tenant;");
    strbuf_free(&h.labels);
    close_mode(&a);
}

static void questions__many__at_most_max_in_flight_and_waiting_is_not_the_servers_time(void **state)
{
    (void)state;
    struct asked a;
    struct heard h;
    struct prom_sink sink = sink_to(&h);
    open_mode(&a, "busy");
    for (int i = 0; i < 24; i++) /* 6 rounds of 0.15 s, each with a deadline of 0.7 s */
        assert_int_equal(prom_query(a.prom, "up", 1000, 700, &sink, NULL), 0);
    assert_int_equal(prom_pending(a.prom), 24);
    int64_t begun = mono_ms();
    prom_run(a.prom);
    assert_int_equal(h.done, 24);
    assert_int_equal(h.result.error.code, 0);
    expect_label(&h, "most=4;");
    assert_null(strstr(h.labels.buf, "most=5;"));
    assert_true(mono_ms() - begun >= 850);
    strbuf_free(&h.labels);
    close_mode(&a);
}

static void series__over_the_cap__limit(void **state)
{
    (void)state;
    struct asked a;
    struct heard h;
    struct prom_sink sink = sink_to(&h);
    open_mode(&a, "huge");
    a.config.max_series = 10;
    a.config.max_bytes = INT64_C(1) << 40;
    assert_int_equal(prom_query(a.prom, "up", 1000, 0, &sink, NULL), 0);
    prom_run(a.prom);
    assert_int_equal(h.result.error.code, ERR_LIMIT);
    assert_string_equal(h.result.error.text, "answer has more than 10 series");
    assert_int_equal(h.result.series, 10);
    strbuf_free(&h.labels);
    close_mode(&a);
}

static void net_cancel_all__while_asking__done_once_with_cancelled(void **state)
{
    (void)state;
    struct asked a;
    struct heard h;
    struct prom_sink sink = sink_to(&h);
    open_mode(&a, "slow");
    for (int i = 0; i < 6; i++)
        assert_int_equal(prom_query(a.prom, "up", 1000, 0, &sink, NULL), 0);
    net_pump(a.net, 10, NULL, 0);
    net_cancel_all(a.net);
    assert_int_equal(h.done, 6);
    assert_int_equal(h.result.error.code, ERR_CANCELLED);
    strbuf_free(&h.labels);
    close_mode(&a);
}

static void prom_new__other_url__invalid(void **state)
{
    (void)state;
    static const char *const urls[] = {NULL, "", "incident.rec", "ftp://host/", "file:///etc/passwd", "http://host/#x"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        struct source_config config = {.name = "s", .http.url = urls[i]};
        struct error err = {0};
        assert_null(prom_new(&config, NULL, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static int start(void **state)
{
    (void)state;
    return fake_server_start(&server);
}

static int stop(void **state)
{
    (void)state;
    fake_server_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(question__each_behaviour__its_own_clear_error),
        cmocka_unit_test(question__range__goes_out_as_a_form_with_deadline),
        cmocka_unit_test(question__url_with_a_query__keeps_it_behind_the_path),
        cmocka_unit_test(questions__many__at_most_max_in_flight_and_waiting_is_not_the_servers_time),
        cmocka_unit_test(series__over_the_cap__limit),
        cmocka_unit_test(net_cancel_all__while_asking__done_once_with_cancelled),
        cmocka_unit_test(prom_new__other_url__invalid),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
