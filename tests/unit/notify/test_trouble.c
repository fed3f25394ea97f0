/* What one destination does not take is told through another: once, and once when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "findings.h"
#include "notify/notify.h"
#include "notify/trouble.h"
#include "support/http_sink.h"

static int64_t now_ms;

static int64_t fake_now(void *context)
{
    (void)context;
    return now_ms;
}

static const struct clock fake_clock = {.now_ms = fake_now};

enum { BROKEN, WORKS, ALSO, DESTINATIONS };

struct fixture {
    struct config config;
    struct destination_config d[DESTINATIONS];
    struct http_sink sink;
    struct store *store;
    struct net *net;
    struct notifier *n;
    char urls[DESTINATIONS][100];
    uint32_t revision;
};

static void begin(struct fixture *x, bool watched)
{
    static const char *const ids[DESTINATIONS] = {"oncall/webhook/0", "others/webhook/0", "others/webhook/1"};
    *x = (struct fixture){.config = {.language = "en", .route.receiver = "oncall"}};
    http_sink_open(&x->sink);
    for (size_t i = 0; i < DESTINATIONS; i++) {
        snprintf(x->urls[i], sizeof x->urls[i], "%s/%zu", x->sink.url, i);
        x->d[i] = (struct destination_config){.type = RECEIVER_WEBHOOK, .receiver = i ? "others" : "oncall", .id = ids[i], .http = {.url = x->urls[i]}};
    }
    x->d[BROKEN].http.url = "http://127.0.0.1:1/";
    x->config.destinations = x->d;
    x->config.destinations_len = DESTINATIONS;
    now_ms = ONSET_MS;
    assert_int_equal(store_open(":memory:", true, &x->store, NULL, NULL), 0);
    x->net = net_new(&(struct net_limits){0}, NULL);
    x->n = notifier_new(&x->config, x->store, x->net, &fake_clock);
    if (watched)
        notifier_watch(x->n);
}

static void end(struct fixture *x)
{
    notifier_free(x->n);
    net_free(x->net);
    store_close(x->store);
    http_sink_close(&x->sink);
}

static void say(struct fixture *x, size_t destination)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_rows rows = {0};
    struct finding f = finding_firing();
    f.revision = ++x->revision;
    notify_row(&x->d[destination], &f, "open", now_ms, &a, &rows);
    assert_int_equal(store_commit(x->store, &(struct commit){.slot_ms = 1, .outbox = rows.items, .outbox_len = rows.len}, NULL), 0);
    free(rows.items);
}

/* Some minutes, as they would go by. */
static void pass(struct fixture *x, int minutes)
{
    for (int i = 0; i < minutes * 2; i++) {
        for (int k = 0; k < 4; k++) {
            notifier_pump(x->n);
            http_sink_turn(&x->sink, x->net);
        }
        now_ms += 30000;
    }
}

/* Of what came, about our own trouble, to destination `to` as "state state …". */
static const char *told(const struct fixture *x, size_t to)
{
    static char text[300];
    text[0] = '\0';
    for (size_t i = 0; i < x->sink.len; i++) {
        char path[16];
        snprintf(path, sizeof path, "POST /%zu ", to);
        if (strncmp(x->sink.requests[i], path, strlen(path)) == 0 && strstr(x->sink.requests[i], "\"delivery-failing\""))
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", strstr(x->sink.requests[i], "\"resolved\"") ? "over" : "trouble");
    }
    return text;
}

static void fails_again_and_again__told_once_and_that_it_is_over(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, true);
    say(&x, BROKEN);
    pass(&x, 1);
    assert_string_equal(told(&x, WORKS), ""); /* not at the first failure */
    pass(&x, 30);
    assert_string_equal(told(&x, WORKS), "trouble ");
    assert_string_equal(told(&x, ALSO), "");
    assert_non_null(strstr(x.sink.requests[0], "oncall/webhook/0"));
    assert_non_null(strstr(x.sink.requests[0], finding_firing().title.in[LANG_EN])); /* what could not be said is said here */
    x.d[BROKEN].http.url = x.urls[BROKEN];
    pass(&x, 10);
    assert_string_equal(told(&x, WORKS), "trouble over ");
    end(&x);
}

static void refused_for_good__told(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, true);
    x.d[BROKEN].http.url = "no url";
    say(&x, BROKEN);
    pass(&x, 1);
    assert_int_equal(store_outbox_dead_count(x.store), 1);
    assert_string_equal(told(&x, WORKS), "trouble ");
    end(&x);
}

static void restarted_in_between__that_it_is_over_is_told_all_the_same(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, true);
    say(&x, BROKEN);
    pass(&x, 30);
    assert_string_equal(told(&x, WORKS), "trouble ");
    notifier_free(x.n);
    x.n = notifier_new(&x.config, x.store, x.net, &fake_clock);
    notifier_watch(x.n);
    pass(&x, 30);
    assert_string_equal(told(&x, WORKS), "trouble "); /* once is enough */
    x.d[BROKEN].http.url = x.urls[BROKEN];
    pass(&x, 10);
    assert_string_equal(told(&x, WORKS), "trouble over ");
    end(&x);
}

static void nobody_else__nothing_is_told_in_circles(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, true);
    for (size_t i = 0; i < DESTINATIONS; i++)
        x.d[i].http.url = "http://127.0.0.1:1/";
    for (size_t i = 0; i < DESTINATIONS; i++)
        say(&x, i);
    pass(&x, 120);
    size_t rows = 0;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    for (size_t i = 0; i < DESTINATIONS; i++) {
        char incident[17];
        const char *kind, *to;
        trouble_incident(x.d[i].id, incident);
        rows += store_outbox_last(x.store, incident, &a, &kind, &to);
    }
    assert_true(rows <= DESTINATIONS - 1);
    assert_int_equal(x.sink.len, 0);
    end(&x);
}

static void not_watched__nothing_is_told(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, false);
    say(&x, BROKEN);
    pass(&x, 30);
    assert_int_equal(x.sink.len, 0);
    end(&x);
}

static void fails__tried_with_one_message_at_a_time(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, true);
    x.sink.status = 500;
    for (size_t i = 0; i < 20; i++) { /* twenty incidents */
        struct finding f = finding_firing();
        AUTO(arena) struct arena a = ARENA_INIT("test");
        struct outbox_rows rows = {0};
        snprintf(f.incident, sizeof f.incident, "%016zu", i);
        notify_row(&x.d[WORKS], &f, "open", now_ms, &a, &rows);
        assert_int_equal(store_commit(x.store, &(struct commit){.slot_ms = 1, .outbox = rows.items, .outbox_len = rows.len}, NULL), 0);
        free(rows.items);
    }
    for (int i = 0; i < 20; i++) {
        notifier_pump(x.n);
        http_sink_turn(&x.sink, x.net);
    }
    size_t first = x.sink.len;
    assert_true(first >= LANE_FAILS && first < 15);
    pass(&x, 5);
    assert_true(x.sink.len - first <= 10); /* one in thirty seconds at most */
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails_again_and_again__told_once_and_that_it_is_over),
        cmocka_unit_test(refused_for_good__told),
        cmocka_unit_test(restarted_in_between__that_it_is_over_is_told_all_the_same),
        cmocka_unit_test(nobody_else__nothing_is_told_in_circles),
        cmocka_unit_test(not_watched__nothing_is_told),
        cmocka_unit_test(fails__tried_with_one_message_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
