/* States told again and again, to a server that keeps what it got: news at once, all of it every minute, an end only when it is one. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/alloc.h"
#include "findings.h"
#include "notify/mirror.h"

static int64_t now_ms;

#define ONCALL ((const bool[]){true, false}) /* of the two destinations only the first is told */

static int64_t fake_now(void *context)
{
    (void)context;
    return now_ms;
}

static const struct clock fake_clock = {.now_ms = fake_now};

struct fixture {
    struct config config;
    struct destination_config d[2];
    struct net *net;
    struct mirrors *all;
    char url[64];
    int listener, status;
    json_t *posts; /* bodies, oldest first */
};

static void begin(struct fixture *x)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *x = (struct fixture){.config = {.language = "en", .route.receiver = "oncall"}, .status = 200, .posts = json_array()};
    x->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(x->listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(x->listener, 8), 0);
    assert_int_equal(getsockname(x->listener, (struct sockaddr *)&at, &len), 0);
    snprintf(x->url, sizeof x->url, "http://127.0.0.1:%d/", ntohs(at.sin_port));
    x->d[0] = (struct destination_config){.type = RECEIVER_ALERTMANAGER, .receiver = "oncall", .id = "oncall/alertmanager/0", .http = {.url = x->url}};
    x->d[1] = (struct destination_config){.type = RECEIVER_ALERTMANAGER, .receiver = "others", .id = "others/alertmanager/0", .http = {.url = x->url}};
    x->config.destinations = x->d;
    x->config.destinations_len = 2;
    now_ms = ONSET_MS + 20 * MINUTE_MS;
    x->net = net_new(&(struct net_limits){0}, NULL);
    x->all = mirrors_new(&x->config, &fake_clock);
    assert_non_null(x->all);
}

static void end(struct fixture *x)
{
    mirrors_free(x->all);
    net_free(x->net);
    close(x->listener);
    json_decref(x->posts);
}

static size_t content_length(const char *request)
{
    const char *at = strstr(request, "\r\nContent-Length: ");
    return at ? strtoul(at + strlen("\r\nContent-Length: "), NULL, 10) : 0;
}

static void serve(struct fixture *x, int fd)
{
    static char request[1 << 20];
    size_t len = 0;
    const char *body = NULL;
    while (!body || strlen(body) < content_length(request)) {
        ssize_t got = recv(fd, request + len, sizeof request - 1 - len, MSG_DONTWAIT);
        if (got <= 0) {
            assert_true(net_pump(x->net, 5, NULL, 0) > 0); /* the rest is still on our side */
            continue;
        }
        request[len += (size_t)got] = '\0';
        body = strstr(request, "\r\n\r\n");
        body = body ? body + 4 : NULL;
    }
    assert_non_null(body);
    assert_memory_equal(request, "POST /api/v2/alerts HTTP/1.1\r\n", strlen("POST /api/v2/alerts HTTP/1.1\r\n"));
    json_t *alerts = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(alerts);
    json_array_append_new(x->posts, alerts);
    dprintf(fd, "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", x->status);
    close(fd);
}

/* Everything that goes without time going by. Returns how many posts came. */
static size_t settle(struct fixture *x)
{
    size_t before = json_array_size(x->posts);
    for (int i = 0; i < 200; i++) {
        mirrors_pump(x->all, x->net, now_ms);
        size_t left = net_pump(x->net, 5, NULL, 0);
        int fd = accept(x->listener, NULL, NULL);
        if (fd >= 0)
            serve(x, fd);
        else if (!left && !mirrors_busy(x->all, now_ms))
            break;
    }
    return json_array_size(x->posts) - before;
}

static void picture(struct fixture *x, const struct finding *const *f, size_t len)
{
    mirrors_begin(x->all);
    for (size_t i = 0; i < len; i++)
        mirrors_add(x->all, f[i], ONCALL);
    mirrors_end(x->all);
}

static const json_t *alert(const struct fixture *x, size_t back, size_t i)
{
    return json_array_get(json_array_get(x->posts, json_array_size(x->posts) - 1 - back), i);
}

/* How long an alert still holds when it is told; 0 or less: it has ended. */
static int64_t lease_ms(const json_t *a)
{
    int64_t ends_ms = 0;
    assert_int_equal(time_parse(json_string_value(json_object_get(a, "endsAt")), 0, &ends_ms, NULL), 0);
    return ends_ms - now_ms;
}

static const char *label(const json_t *a, const char *name)
{
    return json_string_value(json_object_get(json_object_get(a, "labels"), name));
}

static void active__told_at_once_and_every_minute__with_a_lease(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing();
    picture(&x, (const struct finding *[]){&f}, 1);
    assert_int_equal(settle(&x), 1);
    assert_int_equal(lease_ms(alert(&x, 0, 0)), 5 * MINUTE_MS);
    now_ms += 15000;
    picture(&x, (const struct finding *[]){&f}, 1);
    assert_int_equal(settle(&x), 0); /* the same, not a minute old */
    now_ms += 45000;
    assert_int_equal(settle(&x), 1);
    assert_int_equal(lease_ms(alert(&x, 0, 0)), 5 * MINUTE_MS);
    end(&x);
}

static void silence__no_picture_for_an_hour__still_told_to_fire(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing(), blind = finding_unknown();
    picture(&x, (const struct finding *[]){&f}, 1);
    settle(&x);
    blind.severity = f.severity;
    picture(&x, (const struct finding *[]){&blind}, 1);
    for (int i = 0; i < 60; i++) {
        now_ms += MINUTE_MS;
        assert_int_equal(settle(&x), 1);
        assert_int_equal(json_array_size(json_array_get(x.posts, json_array_size(x.posts) - 1)), 1);
        assert_true(lease_ms(alert(&x, 0, 0)) > 0);
    }
    end(&x);
}

static void ended__told_at_once_with_its_reason__repeated_and_forgotten(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing(), over = finding_ended(FINDING_UNKNOWN, "lost_sight");
    picture(&x, (const struct finding *[]){&f}, 1);
    settle(&x);
    now_ms += 15000;
    mirrors_begin(x.all);
    mirrors_end_one(x.all, &over, ONCALL);
    mirrors_end(x.all);
    assert_int_equal(settle(&x), 1);
    assert_true(lease_ms(alert(&x, 0, 0)) <= 0);
    assert_true(json_equal(json_object_get(alert(&x, 0, 0), "labels"), json_object_get(alert(&x, 1, 0), "labels")));
    assert_non_null(strstr(json_string_value(json_object_get(json_object_get(alert(&x, 0, 0), "annotations"), "summary")), "LOST SIGHT"));
    size_t posts = 0;
    for (int i = 0; i < 30; i++) {
        now_ms += MINUTE_MS;
        posts += settle(&x);
    }
    assert_int_equal(posts, 14);
    end(&x);
}

static void ended__first_thing_after_a_restart__told(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding over = finding_ended(FINDING_RESOLVED, "condition_cleared");
    mirrors_begin(x.all);
    mirrors_end_one(x.all, &over, ONCALL);
    mirrors_end(x.all);
    assert_int_equal(settle(&x), 1);
    assert_true(lease_ms(alert(&x, 0, 0)) <= 0);
    end(&x);
}

static void again__fires_after_its_end__one_alert_that_fires(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing();
    picture(&x, (const struct finding *[]){&f}, 1);
    settle(&x);
    now_ms += 15000;
    picture(&x, NULL, 0);
    settle(&x);
    now_ms += 15000;
    picture(&x, (const struct finding *[]){&f}, 1);
    assert_int_equal(settle(&x), 1);
    assert_int_equal(json_array_size(json_array_get(x.posts, 2)), 1);
    assert_true(lease_ms(alert(&x, 0, 0)) > 0);
    end(&x);
}

static void role__changes__old_name_ends_and_new_one_fires(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing();
    picture(&x, (const struct finding *[]){&f}, 1);
    settle(&x);
    now_ms += 15000;
    f.role = ROLE_SYMPTOM;
    picture(&x, (const struct finding *[]){&f}, 1);
    assert_int_equal(settle(&x), 1);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(lease_ms(alert(&x, 0, i)) > 0, strcmp(label(alert(&x, 0, i), "role"), "symptom") == 0);
    end(&x);
}

static void peer__refuses__tried_again_until_it_takes_it(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing();
    x.status = 503;
    picture(&x, (const struct finding *[]){&f}, 1);
    assert_int_equal(settle(&x), 1);
    size_t posts = 0;
    for (int i = 0; i < 10; i++) {
        now_ms += 30000;
        posts += settle(&x);
    }
    assert_true(posts >= 4 && posts <= 10); /* not more seldom than every minute */
    x.status = 200;
    now_ms += MINUTE_MS;
    assert_int_equal(settle(&x), 1);
    assert_int_equal(settle(&x), 0);
    end(&x);
}

static void peer__finds_an_alert_invalid__no_blind_loop(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing();
    x.status = 400;
    picture(&x, (const struct finding *[]){&f}, 1);
    assert_int_equal(settle(&x), 1);
    now_ms += 30000;
    assert_int_equal(settle(&x), 0);
    now_ms += 30000;
    assert_int_equal(settle(&x), 1);
    end(&x);
}

static void many__thousands_of_alerts__in_posts_of_a_bounded_size(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing();
    mirrors_begin(x.all);
    for (int i = 0; i < 1200; i++) {
        char topic[20];
        snprintf(topic, sizeof topic, "t%d", i);
        f.entity.items[1].value = topic;
        mirrors_add(x.all, &f, ONCALL);
    }
    mirrors_end(x.all);
    assert_int_equal(settle(&x), 3);
    assert_int_equal(json_array_size(json_array_get(x.posts, 0)), 500);
    assert_int_equal(json_array_size(json_array_get(x.posts, 2)), 200);
    end(&x);
}

static void free__while_under_way__leaves_nothing_behind(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing();
    picture(&x, (const struct finding *[]){&f}, 1);
    mirrors_pump(x.all, x.net, now_ms);
    assert_int_equal(net_pending(x.net), 1);
    end(&x);
}

static void info__and_pending__not_told(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    struct finding f = finding_firing(), pending = finding_firing();
    f.severity = SEVERITY_INFO;
    pending.state = FINDING_PENDING;
    mirrors_begin(x.all);
    mirrors_add(x.all, &f, NULL);
    mirrors_add(x.all, &pending, NULL);
    mirrors_end(x.all);
    assert_int_equal(settle(&x), 0);
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active__told_at_once_and_every_minute__with_a_lease),
        cmocka_unit_test(silence__no_picture_for_an_hour__still_told_to_fire),
        cmocka_unit_test(ended__told_at_once_with_its_reason__repeated_and_forgotten),
        cmocka_unit_test(ended__first_thing_after_a_restart__told),
        cmocka_unit_test(again__fires_after_its_end__one_alert_that_fires),
        cmocka_unit_test(role__changes__old_name_ends_and_new_one_fires),
        cmocka_unit_test(peer__refuses__tried_again_until_it_takes_it),
        cmocka_unit_test(peer__finds_an_alert_invalid__no_blind_loop),
        cmocka_unit_test(many__thousands_of_alerts__in_posts_of_a_bounded_size),
        cmocka_unit_test(free__while_under_way__leaves_nothing_behind),
        cmocka_unit_test(info__and_pending__not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
