/* Who hears of what, and the pump without a network: giving up, strays, a store that cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/alloc.h"
#include "findings.h"
#include "notify/notify.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static int64_t now_ms = ONSET_MS;

static int64_t fake_now(void *context)
{
    (void)context;
    return now_ms;
}

static const struct clock fake_clock = {.now_ms = fake_now};

struct fixture {
    struct config config;
    struct destination_config d[2];
    struct store *store;
    struct net *net;
    struct notifier *n;
};

static void begin(struct fixture *x, enum receiver_type type)
{
    static const char *to[] = {"oncall@example.org"};
    struct error err = {0};
    const struct net_limits limits = {0};
    *x = (struct fixture){.config = {.language = "en", .route.receiver = "oncall"}};
    x->d[0] = (struct destination_config){.type = type, .receiver = "oncall", .id = "oncall/a/0", .from = "nightbell@example.org", .to = to, .to_len = 1,
                                          .http = {.url = "http://127.0.0.1:1/"}, .smtp_url = "smtp://127.0.0.1:1"};
    x->d[1] = (struct destination_config){.type = RECEIVER_STDOUT, .receiver = "others", .id = "others/stdout/0"};
    x->config.destinations = x->d;
    x->config.destinations_len = 2;
    now_ms = ONSET_MS;
    assert_int_equal(store_open(":memory:", true, &x->store, NULL, &err), 0);
    x->net = net_new(&limits, &err);
    assert_non_null(x->net);
    x->n = notifier_new(&x->config, x->store, x->net, &fake_clock);
}

static void end(struct fixture *x)
{
    notifier_free(x->n);
    net_free(x->net);
    store_close(x->store);
}

static void enqueue(struct fixture *x, const char *destination, const char *kind, uint32_t revision, const char *text)
{
    struct outbox_row row = {.incident = "3f2a9c017f3a91c2", .destination = destination, .kind = kind, .revision = revision, .created_ms = now_ms,
                             .next_ms = now_ms, .finding = text};
    assert_int_equal(store_commit(x->store, &(struct commit){.slot_ms = now_ms, .outbox = &row, .outbox_len = 1}, NULL), 0);
}

static char *sample_text(void)
{
    struct finding f = finding_firing();
    json_t *json = finding_to_json(&f);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

static void pump_all(struct fixture *x)
{
    for (int i = 0; i < 100; i++) {
        notifier_pump(x->n);
        if (net_pump(x->net, 20, NULL, 0) == 0)
            return;
    }
}

static void plan__each_destination_of_the_route__one_row(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, RECEIVER_STDOUT);
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_rows rows = {0};
    struct finding f = finding_firing();
    notify_plan(&x.config, &f, "open", 5, &a, &rows);
    assert_int_equal(rows.len, 1);
    assert_string_equal(rows.items[0].destination, "oncall/a/0");
    assert_string_equal(rows.items[0].kind, "open");
    assert_string_equal(rows.items[0].incident, f.incident);
    assert_int_equal(rows.items[0].revision, 4);
    assert_int_equal(rows.items[0].created_ms, 5);
    assert_true(rows.items[0].next_ms < 5); /* critical: ahead of what waits */
    f.severity = SEVERITY_INFO;
    notify_plan(&x.config, &f, "open", 5, &a, &rows);
    f.severity = SEVERITY_WARNING;
    f.state = FINDING_PENDING;
    notify_plan(&x.config, &f, "open", 5, &a, &rows);
    x.config.route.receiver = NULL;
    f.state = FINDING_FIRING;
    notify_plan(&x.config, &f, "open", 5, &a, &rows);
    assert_int_equal(rows.len, 1);
    free(rows.items);
    end(&x);
}

static void pump__destination_no_longer_configured__given_up(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, RECEIVER_STDOUT);
    AUTO(heap) char *text = sample_text();
    enqueue(&x, "gone/slack/0", "open", 1, text);
    notifier_pump(x.n);
    assert_int_equal(store_outbox_dead_count(x.store), 1);
    assert_true(notifier_pump(x.n) == INT64_MAX);
    end(&x);
}

static void pump__finding_that_cannot_be_read__given_up(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{", "[]", "{\"schema\":\"nightbell.finding/1\"}", "{\"schema\":\"other\"}"};
    struct fixture x;
    begin(&x, RECEIVER_STDOUT);
    for (uint32_t i = 0; i < ARRAY_LEN(texts); i++) {
        enqueue(&x, "oncall/a/0", "open", i + 1, texts[i]);
        notifier_pump(x.n);
        assert_int_equal(notifier_counts(x.n).dead, i + 1);
    }
    end(&x);
}

static void pump__nobody_answers__tried_for_a_day_then_given_up(void **state)
{
    (void)state;
    static const enum receiver_type types[] = {RECEIVER_EMAIL, RECEIVER_EMAIL_WEBHOOK};
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        struct fixture x;
        begin(&x, types[t]);
        AUTO(heap) char *text = sample_text();
        enqueue(&x, "oncall/a/0", "open", 1, text);
        pump_all(&x);
        assert_int_equal(notifier_counts(x.n).failed, 1);
        assert_int_equal(notifier_counts(x.n).dead, 0);
        int64_t next = notifier_pump(x.n);
        assert_true(next > now_ms && next <= now_ms + 120000); /* it waits, and says until when */
        pump_all(&x);
        assert_int_equal(notifier_counts(x.n).failed, 1);
        now_ms += DAY_MS - 1000;
        pump_all(&x);
        assert_int_equal(notifier_counts(x.n).failed, 2);
        now_ms += DAY_MS;
        pump_all(&x);
        assert_int_equal(notifier_counts(x.n).dead, 1);
        assert_int_equal(store_outbox_dead_count(x.store), 1);
        end(&x);
    }
}

static void pump__bad_address__mistake_in_the_settings(void **state)
{
    (void)state;
    static const char *const bad[] = {"x@example.org\r\nRCPT TO:<evil@example.org>", "no-at", "a b@example.org", "<a@example.org>", "@example.org", "a@"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct fixture x;
        begin(&x, RECEIVER_EMAIL);
        x.d[0].from = bad[i];
        AUTO(heap) char *text = sample_text();
        enqueue(&x, "oncall/a/0", "open", 1, text);
        pump_all(&x);
        assert_int_equal(notifier_counts(x.n).dead, 1);
        end(&x);
    }
}

static void pump__sent_but_cannot_be_marked__not_said_twice(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, RECEIVER_STDOUT);
    store_close(x.store);
    char folder[] = "/tmp/nb-notify-XXXXXX";
    assert_non_null(mkdtemp(folder));
    AUTO(heap) char *path = xasprintf("%s/state.db", folder);
    assert_int_equal(store_open(path, false, &x.store, NULL, NULL), 0);
    notifier_free(x.n);
    x.n = notifier_new(&x.config, x.store, x.net, &fake_clock);
    AUTO(heap) char *text = sample_text();
    enqueue(&x, "oncall/a/0", "open", 1, text);

    int out = dup(STDOUT_FILENO), ends[2];
    char said[8192];
    assert_int_equal(pipe(ends), 0);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    int locked = sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    notifier_pump(x.n);
    uint64_t sent_while_locked = notifier_counts(x.n).sent, waiting = notifier_counts(x.n).in_flight;
    sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(other);
    notifier_pump(x.n);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    close(ends[1]);
    ssize_t len = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    said[len > 0 ? len : 0] = '\0';
    const char *first = strstr(said, "CRITICAL ·");

    assert_int_equal(locked, SQLITE_OK);
    assert_int_equal(sent_while_locked, 0);
    assert_int_equal(waiting, 1);
    assert_int_equal(notifier_counts(x.n).sent, 1);
    assert_non_null(first);
    assert_null(strstr(first + 1, "CRITICAL ·"));
    end(&x);
}

static void free__while_under_way__leaves_nothing_behind(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, RECEIVER_EMAIL_WEBHOOK);
    AUTO(heap) char *text = sample_text();
    enqueue(&x, "oncall/a/0", "open", 1, text);
    notifier_pump(x.n);
    assert_int_equal(notifier_counts(x.n).in_flight, 1);
    end(&x); /* LeakSanitizer looks at the rest */
}

static void drain__nothing_due__true_at_once(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x, RECEIVER_STDOUT);
    assert_true(notifier_drain(x.n, now_ms));
    assert_true(notifier_pump(x.n) == INT64_MAX);
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan__each_destination_of_the_route__one_row),
        cmocka_unit_test(pump__destination_no_longer_configured__given_up),
        cmocka_unit_test(pump__finding_that_cannot_be_read__given_up),
        cmocka_unit_test(pump__nobody_answers__tried_for_a_day_then_given_up),
        cmocka_unit_test(pump__bad_address__mistake_in_the_settings),
        cmocka_unit_test(pump__sent_but_cannot_be_marked__not_said_twice),
        cmocka_unit_test(free__while_under_way__leaves_nothing_behind),
        cmocka_unit_test(drain__nothing_due__true_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
