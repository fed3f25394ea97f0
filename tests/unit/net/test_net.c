/* Transfers: what is refused before sending, what comes back, mails; against tests/integration/fake_prometheus.py. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/net.h"
#include "net/request.h"
#include "support/fake_server.h"

static struct fake_server server;

struct got {
    struct net_result result;
    char body[256];
    int done;
};

static void note(void *context, const struct net_result *result)
{
    struct got *g = context;
    g->result = *result;
    snprintf(g->body, sizeof(g->body), "%s", result->body);
    g->done++;
}

static const char *mode_url(const char *mode)
{
    static char url[128];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s/x?secret=hunter2", server.http_port, mode);
    return url;
}

static struct got run(struct net_request request)
{
    struct got g = {0};
    struct error err = {0};
    struct net *net = net_new(&(struct net_limits){0}, &err);
    request.on_done = note;
    request.context = &g;
    if (net_start(net, &request, &err) < 0)
        fail_msg("refused: %s", err.text);
    net_run_until_idle(net);
    net_free(net);
    assert_int_equal(g.done, 1);
    return g;
}

static void request__that_could_inject__refused_before_sending(void **state)
{
    (void)state;
    static struct name_value crlf_value = {"X-A", "a\r\nX-B: b"}, crlf_name = {"X-A\r\nX-B", "a"}, blank_name = {"X A", "a"}, host = {"host", "evil"}, no_name = {"", "a"};
    static const char *const two_lines[] = {"a@example.org>\r\nRCPT TO:<evil@example.org"}, *const no_at[] = {"nobody"}, *const good[] = {"a@example.org"};
    static const struct net_mail bad_to = {.from = "n@example.org", .to = two_lines, .to_len = 1}, bad_name = {.from = "n@example.org", .to = no_at, .to_len = 1},
                                 none = {.from = "n@example.org"}, bad_from = {.from = "n@example.org\n", .to = good, .to_len = 1},
                                 bad_ehlo = {.from = "n@example.org", .to = good, .to_len = 1, .ehlo = "a b"}, fine = {.from = "n@example.org", .to = good, .to_len = 1};
    const struct net_request requests[] = {
        {.url = "http://h/", .headers = {&crlf_value, 1}}, {.url = "http://h/", .headers = {&crlf_name, 1}}, {.url = "http://h/", .headers = {&blank_name, 1}},
        {.url = "http://h/", .headers = {&host, 1}}, {.url = "http://h/", .headers = {&no_name, 1}}, {.url = "http://h/a b"}, {.url = "http://h/\r\n"}, {.url = "http://user:hunter2@h/"},
        {.url = "ftp://h/"}, {.url = "file:///etc/passwd"}, {.url = "smtp://h"}, {.url = ""}, {0}, {.url = "http://h/", .method = "GET / HTTP/1.1\r\n"},
        {.url = "http://h/", .content_type = "a\nb"}, {.url = "http://h/", .basic_user = "a:b"}, {.url = "http://h", .mail = &fine}, {.url = "smtp://h", .mail = &bad_to},
        {.url = "smtp://h", .mail = &bad_name}, {.url = "smtp://h", .mail = &none}, {.url = "smtp://h", .mail = &bad_from}, {.url = "smtp://h", .mail = &bad_ehlo},
        {.url = "smtp://h", .mail = &fine, .body = "a\nb\r\n", .body_len = 5}, {.url = "smtp://h", .mail = &fine, .body = "a\rb\r\n", .body_len = 5},
    };
    struct net *net = net_new(&(struct net_limits){0}, NULL);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct error err = {0};
        if (net_start(net, &requests[i], &err) != ERR_INVALID)
            fail_msg("request %zu is taken", i);
        assert_null(strstr(err.text, "hunter2"));
    }
    assert_int_equal(net_pending(net), 0);
    net_free(net);
}

static void answer__each__classified_without_showing_the_url(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        int code, status;
        int64_t retry_from_ms, retry_to_ms;
    } cases[] = {
        {"good", 0, 200, -1, -1}, {"bad", ERR_REFUSED, 400, -1, -1}, {"later", ERR_REFUSED, 503, 7000, 7000}, {"later_date", ERR_REFUSED, 429, 50000, 60000},
        {"redirect", ERR_REFUSED, 302, -1, -1}, {"short", ERR_DATA, 200, -1, -1}, {"huge", ERR_LIMIT, 200, -1, -1}, {"hangup", ERR_NET, 0, -1, -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct got g = run((struct net_request){.url = mode_url(cases[i].mode)});
        const struct net_result *r = &g.result;
        if (r->error.code != cases[i].code || r->status != cases[i].status || r->retry_after_ms < cases[i].retry_from_ms || r->retry_after_ms > cases[i].retry_to_ms)
            fail_msg("%s: %d %s, HTTP %d, retry after %lld", cases[i].mode, r->error.code, r->error.text, r->status, (long long)r->retry_after_ms);
        assert_null(strstr(r->error.text, "hunter2"));
    }
}

static void body__with_any_bytes__arrives_whole(void **state)
{
    (void)state;
    struct got g = run((struct net_request){.url = mode_url("post"), .body = "a\0b\r\n", .body_len = 5, .content_type = "text/plain"});
    assert_int_equal(g.result.error.code, 0);
    assert_int_equal(g.result.body_len, 5);
}

static void server__not_there__network_error(void **state)
{
    (void)state;
    struct got g = run((struct net_request){.url = "http://127.0.0.1:1/"});
    assert_int_equal(g.result.error.code, ERR_NET);
    assert_int_equal(g.result.status, 0);
}

static void address__link_local__never_contacted(void **state)
{
    (void)state;
    struct got g = run((struct net_request){.url = "http://169.254.169.254/latest/meta-data/"});
    assert_int_equal(g.result.error.code, ERR_NET);
    assert_non_null(strstr(g.result.error.text, "link-local"));
}

static void token__from_file__sent_and_refused_when_others_may_read(void **state)
{
    (void)state;
    char path[] = "/tmp/nightbell-token-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "hunter2\n", 8), 8);
    close(fd);
    struct net_request request = {.url = mode_url("echo"), .bearer_token_file = path};
    struct got g = run(request);
    if (g.result.error.code || !strstr(g.body, "\"authorization\": \"Bearer hunter2\""))
        fail_msg("%s %s", g.result.error.text, g.body);
    chmod(path, 0644);
    g = run(request);
    assert_true(g.result.error.code < 0);
    assert_null(strstr(g.result.error.text, "hunter2"));
    unlink(path);
}

static struct got mail_to(const char *address, bool require_tls)
{
    char url[64];
    static const char text[] = "Subject: x\r\n\r\n.\r\nend\r\n";
    const char *const to[] = {address};
    struct net_mail mail = {.from = "nightbell@example.org", .to = to, .to_len = 1, .require_tls = require_tls, .ehlo = "bell.example.org"};
    snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", server.smtp_port);
    return run((struct net_request){.url = url, .mail = &mail, .body = text, .body_len = sizeof(text) - 1});
}

static void mail__each_reply__classified_by_its_code(void **state)
{
    (void)state;
    struct got g = mail_to("oncall@example.org", false);
    if (g.result.error.code || g.result.status != 250)
        fail_msg("%d %s", g.result.status, g.result.error.text);
    g = mail_to("busy@example.org", false);
    assert_int_equal(g.result.error.code, ERR_REFUSED);
    assert_int_equal(g.result.status, 451);
    g = mail_to("gone@example.org", false);
    assert_int_equal(g.result.error.code, ERR_REFUSED);
    assert_int_equal(g.result.status, 550);
}

static void mail__tls_required_but_not_offered__not_sent(void **state)
{
    (void)state;
    struct got g = mail_to("oncall@example.org", true);
    assert_int_equal(g.result.error.code, ERR_NET);
    assert_non_null(strstr(g.result.error.text, "does not offer the TLS"));
}

static void retry_after__seconds_or_date__as_a_wait(void **state)
{
    (void)state;
    const int64_t now = INT64_C(784111777000); /* Sun, 06 Nov 1994 08:49:37 GMT */
    assert_int_equal(retry_after_parse("120", now), 120000);
    assert_int_equal(retry_after_parse(" 0", now), 0);
    assert_int_equal(retry_after_parse("Sun, 06 Nov 1994 08:50:37 GMT", now), 60000);
    assert_int_equal(retry_after_parse("Sun, 06 Nov 1994 08:48:37 GMT", now), 0);
    assert_int_equal(retry_after_parse("99999999999999999999", now), INT64_C(86400000));
    assert_int_equal(retry_after_parse("soon", now), -1);
}

static void *wake(void *net)
{
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    net_wakeup(net);
    return NULL;
}

static void net_wakeup__from_another_thread__ends_the_wait(void **state)
{
    (void)state;
    struct net *net = net_new(&(struct net_limits){0}, NULL);
    pthread_t thread;
    int64_t begun = mono_ms();
    pthread_create(&thread, NULL, wake, net);
    net_pump(net, 20000, NULL, 0);
    assert_true(mono_ms() - begun < 15000);
    pthread_join(thread, NULL);
    net_free(net);
}

static void net_pump__extra_descriptor_ready__ends_the_wait_and_says_so(void **state)
{
    (void)state;
    struct net *net = net_new(&(struct net_limits){0}, NULL);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    struct pollfd extra = {.fd = ends[0], .events = POLLIN};
    net_pump(net, 20000, &extra, 1);
    assert_int_equal(extra.revents, POLLIN);
    close(ends[0]);
    close(ends[1]);
    net_free(net);
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
        cmocka_unit_test(request__that_could_inject__refused_before_sending),
        cmocka_unit_test(answer__each__classified_without_showing_the_url),
        cmocka_unit_test(body__with_any_bytes__arrives_whole),
        cmocka_unit_test(server__not_there__network_error),
        cmocka_unit_test(address__link_local__never_contacted),
        cmocka_unit_test(token__from_file__sent_and_refused_when_others_may_read),
        cmocka_unit_test(mail__each_reply__classified_by_its_code),
        cmocka_unit_test(mail__tls_required_but_not_offered__not_sent),
        cmocka_unit_test(retry_after__seconds_or_date__as_a_wait),
        cmocka_unit_test(net_wakeup__from_another_thread__ends_the_wait),
        cmocka_unit_test(net_pump__extra_descriptor_ready__ends_the_wait_and_says_so),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
