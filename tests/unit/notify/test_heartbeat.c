/* The dead man's switch: pinged while cycles are complete, told why when they are not, silent when nothing goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "notify/heartbeat.h"
#include "support/http_sink.h"

struct fixture {
    struct config config;
    struct http_sink sink;
    struct net *net;
    struct heartbeat *h;
    char url[100];
    int64_t now_ms;
};

static void begin(struct fixture *x, const char *fail)
{
    *x = (struct fixture){.now_ms = 1000000};
    http_sink_open(&x->sink);
    snprintf(x->url, sizeof x->url, "%s/ping/abc", x->sink.url);
    x->config.heartbeat = (struct heartbeat_config){.http = {.url = x->url}, .fail = fail, .every_ms = 60000};
    x->net = net_new(&(struct net_limits){0}, NULL);
    x->h = heartbeat_new(&x->config);
}

static void end(struct fixture *x)
{
    heartbeat_free(x->h);
    net_free(x->net);
    http_sink_close(&x->sink);
}

/* A cycle after so many seconds; the first line of what came, "" = nothing. */
static const char *cycle(struct fixture *x, int seconds, const char *why_not)
{
    static char line[200];
    x->now_ms += seconds * 1000;
    heartbeat_cycle(x->h, x->net, why_not, x->now_ms);
    if (!http_sink_turn(&x->sink, x->net))
        return "";
    snprintf(line, sizeof line, "%.*s", (int)strcspn(x->sink.requests[x->sink.len - 1], "\r"), x->sink.requests[x->sink.len - 1]);
    return line;
}

#define PING "POST /ping/abc HTTP/1.1"
#define FAIL "POST /ping/abc/fail HTTP/1.1"

static void cycle__complete__pinged_as_often_as_it_says(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, "/fail");
    assert_string_equal(cycle(&x, 0, NULL), PING);
    assert_string_equal(cycle(&x, 15, NULL), "");
    assert_string_equal(cycle(&x, 30, NULL), "");
    assert_string_equal(cycle(&x, 15, NULL), PING);
    end(&x);
}

static void cycle__incomplete__told_at_once_and_why(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, "/fail");
    assert_string_equal(cycle(&x, 0, NULL), PING);
    assert_string_equal(cycle(&x, 15, "source prod does not answer"), FAIL);
    assert_string_equal(http_sink_body(x.sink.requests[1]), "source prod does not answer");
    assert_string_equal(cycle(&x, 15, "source prod does not answer"), "");
    assert_string_equal(cycle(&x, 45, "source prod does not answer"), FAIL);
    assert_string_equal(cycle(&x, 15, NULL), PING); /* and at once that it is over */
    end(&x);
}

static void cycle__incomplete__where_the_settings_say(void **state)
{
    (void)state;
    struct fixture x;
    char other[100];
    begin(&x, "none");
    assert_string_equal(cycle(&x, 0, "no"), "");
    snprintf(other, sizeof other, "%s/elsewhere?x=1", x.sink.url);
    x.config.heartbeat.fail = other;
    assert_string_equal(cycle(&x, 60, "no"), "POST /elsewhere?x=1 HTTP/1.1");
    end(&x);
}

static void cycle__url_from_a_file_with_a_query__the_path_grows(void **state)
{
    (void)state;
    struct fixture x;
    char path[] = "/tmp/nightbell-heartbeat-XXXXXX";
    begin(&x, "/fail");
    int fd = mkstemp(path);
    dprintf(fd, "%s?rid=7\n", x.url);
    fchmod(fd, 0600);
    close(fd);
    x.config.heartbeat.http = (struct http_config){.url_file = path};
    assert_string_equal(cycle(&x, 0, "no"), "POST /ping/abc/fail?rid=7 HTTP/1.1");
    assert_string_equal(cycle(&x, 15, NULL), "POST /ping/abc?rid=7 HTTP/1.1");
    unlink(path);
    end(&x);
}

static void cycle__not_taken__again_with_the_next_one(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, "/fail");
    x.sink.status = 500;
    assert_string_equal(cycle(&x, 0, NULL), PING);
    x.sink.status = 200;
    assert_string_equal(cycle(&x, 15, NULL), PING);
    assert_string_equal(cycle(&x, 15, NULL), "");
    end(&x);
}

static void free__while_under_way__leaves_nothing_behind(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, "/fail");
    heartbeat_cycle(x.h, x.net, NULL, x.now_ms);
    assert_int_equal(net_pending(x.net), 1);
    end(&x);
}

static void new__nothing_said__nobody_is_pinged(void **state)
{
    (void)state;
    const struct config config = {0};
    assert_null(heartbeat_new(&config));
    heartbeat_cycle(NULL, NULL, NULL, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycle__complete__pinged_as_often_as_it_says), cmocka_unit_test(cycle__incomplete__told_at_once_and_why),
        cmocka_unit_test(cycle__incomplete__where_the_settings_say),   cmocka_unit_test(cycle__url_from_a_file_with_a_query__the_path_grows),
        cmocka_unit_test(cycle__not_taken__again_with_the_next_one),   cmocka_unit_test(free__while_under_way__leaves_nothing_behind),
        cmocka_unit_test(new__nothing_said__nobody_is_pinged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
