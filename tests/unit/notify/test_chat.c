/* Teams, Discord and Telegram against a server: what is posted, when, and what their answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "findings.h"
#include "notify/notify.h"
#include "support/http_sink.h"

static int64_t now_ms;

static int64_t fake_now(void *context)
{
    (void)context;
    return now_ms;
}

static const struct clock fake_clock = {.now_ms = fake_now};

static const struct {
    enum receiver_type type;
    const char *path, *taken; /* the answer of one that takes it */
} chats[] = {
    {RECEIVER_TEAMS, "/workflow", "1"},
    {RECEIVER_DISCORD, "/workflow", ""},
    {RECEIVER_TELEGRAM, "/bot123:abc/sendMessage", "{\"ok\":true,\"result\":{\"message_id\":77}}"},
    {RECEIVER_EMAIL_WEBHOOK, "/workflow", ""},
};

#define MAIL (ARRAY_LEN(chats) - 1) /* the last is one, and has no simpler form */

struct fixture {
    struct config config;
    struct destination_config d;
    struct http_sink sink;
    struct store *store;
    struct net *net;
    struct notifier *n;
    char url[100], token[32];
    uint32_t revision;
};

static void begin(struct fixture *x, size_t chat)
{
    static const char *to[] = {"oncall@example.org"};
    *x = (struct fixture){.config = {.language = "en"}, .token = "/tmp/nightbell-token-XXXXXX"};
    http_sink_open(&x->sink);
    x->sink.answer = chats[chat].taken;
    int fd = mkstemp(x->token);
    dprintf(fd, "123:abc\n");
    fchmod(fd, 0600);
    close(fd);
    snprintf(x->url, sizeof x->url, "%s%s", x->sink.url, chats[chat].type == RECEIVER_TELEGRAM ? "" : chats[chat].path);
    x->d = (struct destination_config){.type = chats[chat].type,
                                       .receiver = "oncall",
                                       .id = "oncall/chat/0",
                                       .http = {.url = x->url},
                                       .token_file = x->token,
                                       .channel = "-100",
                                       .from = "nightbell@example.org",
                                       .to = to,
                                       .to_len = 1};
    x->config.destinations = &x->d;
    x->config.destinations_len = 1;
    now_ms = ONSET_MS;
    assert_int_equal(store_open(":memory:", true, &x->store, NULL, NULL), 0);
    x->net = net_new(&(struct net_limits){0}, NULL);
    x->n = notifier_new(&x->config, x->store, x->net, &fake_clock);
}

static void end(struct fixture *x)
{
    notifier_free(x->n);
    net_free(x->net);
    store_close(x->store);
    http_sink_close(&x->sink);
    unlink(x->token);
}

/* Says it and lets `minutes` pass. How many requests came. */
static size_t say(struct fixture *x, const struct finding *f, const char *kind, int minutes)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_rows rows = {0};
    struct finding said = *f;
    size_t before = x->sink.len;
    said.revision = ++x->revision;
    notify_row(&x->d, &said, kind, now_ms, &a, &rows);
    assert_int_equal(store_commit(x->store, &(struct commit){.slot_ms = 1, .outbox = rows.items, .outbox_len = rows.len}, NULL), 0);
    free(rows.items);
    for (int i = 0; i < minutes * 6; i++) {
        notifier_pump(x->n);
        http_sink_turn(&x->sink, x->net);
        now_ms += 10000;
    }
    return x->sink.len - before;
}

static json_t *last_body(const struct fixture *x)
{
    json_t *json = json_loads(http_sink_body(x->sink.requests[x->sink.len - 1]), 0, NULL);
    assert_non_null(json);
    return json;
}

static void life__open_update_end__news_is_posted(void **state)
{
    (void)state;
    for (size_t c = 0; c < ARRAY_LEN(chats); c++) {
        struct fixture x;
        struct finding f = finding_firing(), over = finding_ended(FINDING_RESOLVED, "condition_cleared");
        char line[100];
        begin(&x, c);
        snprintf(line, sizeof line, "POST %s HTTP/1.1\r\n", chats[c].path);
        assert_int_equal(say(&x, &f, "open", 1), 1);
        assert_memory_equal(x.sink.requests[0], line, strlen(line));
        assert_int_equal(say(&x, &f, "update", 1), 0); /* nothing that anybody must hear */
        f.cannot_tell = true;
        assert_int_equal(say(&x, &f, "update", 1), 0); /* nor is that a cause became doubtful */
        f.cannot_tell = false;
        f.ack_author = "lee";
        assert_int_equal(say(&x, &f, "update", 1), 1);
        assert_int_equal(say(&x, &f, "update", 1), 0);
        f.state = FINDING_UNKNOWN;
        f.blind_since_ms = f.slot_ms;
        assert_int_equal(say(&x, &f, "update", 1), 1);
        assert_int_equal(say(&x, &f, "repeat", 1), 1);
        assert_int_equal(say(&x, &over, "resolve", 1), 1);
        assert_non_null(strstr(x.sink.requests[4], "RESOLVED"));
        assert_int_equal(notifier_counts(x.n).sent, 8);
        assert_int_equal(notifier_counts(x.n).dead, 0);
        end(&x);
    }
}

static void telegram__what_follows__answers_the_first_message(void **state)
{
    (void)state;
    struct fixture x;
    struct finding f = finding_firing(), over = finding_ended(FINDING_RESOLVED, "condition_cleared");
    begin(&x, 2);
    say(&x, &f, "open", 1);
    x.sink.answer = "{\"ok\":true,\"result\":{\"message_id\":78}}";
    say(&x, &f, "repeat", 1);
    say(&x, &over, "resolve", 1);
    json_t *body = last_body(&x);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(body, "reply_parameters"), "message_id")), 77);
    assert_string_equal(json_string_value(json_object_get(body, "chat_id")), "-100");
    json_decref(body);
    end(&x);
}

static void refused_form__once_more_in_the_simplest(void **state)
{
    (void)state;
    for (size_t c = 0; c < MAIL; c++) {
        struct fixture x;
        struct finding f = finding_firing();
        begin(&x, c);
        x.sink.status = 400;
        x.sink.answer = "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: can't parse entities\"}";
        assert_int_equal(say(&x, &f, "open", 10), 2); /* and no third time */
        assert_int_equal(notifier_counts(x.n).dead, 1);
        json_t *body = last_body(&x);
        assert_null(json_object_get(body, "embeds"));
        assert_null(json_object_get(body, "parse_mode"));
        assert_non_null(strstr(x.sink.requests[1], "payments is falling behind"));
        json_decref(body);
        end(&x);
    }
}

static void too_fast__waits_as_long_as_it_says(void **state)
{
    (void)state;
    struct fixture x;
    struct finding f = finding_firing();
    begin(&x, 2);
    x.sink.status = 429;
    x.sink.answer = "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests\",\"parameters\":{\"retry_after\":120}}";
    assert_int_equal(say(&x, &f, "open", 2), 1);
    x.sink.status = 200;
    x.sink.answer = chats[2].taken;
    for (int i = 0; i < 3; i++, now_ms += 10000) {
        notifier_pump(x.n);
        http_sink_turn(&x.sink, x.net);
    }
    assert_int_equal(x.sink.len, 2);
    end(&x);
}

static void teams__taken_but_not_delivered__again(void **state)
{
    (void)state;
    struct fixture x;
    struct finding f = finding_firing();
    begin(&x, 0);
    x.sink.answer = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429";
    assert_true(say(&x, &f, "open", 5) > 1);
    assert_int_equal(notifier_counts(x.n).sent, 0);
    x.sink.answer = "1";
    now_ms += 600000;
    for (int i = 0; i < 30; i++, now_ms += 10000) {
        notifier_pump(x.n);
        http_sink_turn(&x.sink, x.net);
    }
    assert_int_equal(notifier_counts(x.n).sent, 1);
    end(&x);
}

static void wrong_settings__said_and_not_repeated(void **state)
{
    (void)state;
    static const int statuses[] = {401, 404, 401};
    for (size_t c = 0; c < MAIL; c++) {
        struct fixture x;
        struct finding f = finding_firing();
        begin(&x, c);
        x.sink.status = statuses[c];
        x.sink.answer = "{\"ok\":false}";
        assert_int_equal(say(&x, &f, "open", 5), 1);
        assert_int_equal(notifier_counts(x.n).dead, 1);
        end(&x);
    }
}

/* A destination that fails is not well because there was nothing to say. */
static void no_news_while_it_fails__still_fails(void **state)
{
    (void)state;
    struct fixture x;
    struct finding f = finding_firing();
    begin(&x, 1);
    say(&x, &f, "open", 1);
    x.sink.status = 500;
    say(&x, &f, "repeat", 30);
    assert_true(x.sink.len >= 6);
    say(&x, &f, "update", 1); /* nothing is said */
    assert_true(say(&x, &f, "repeat", 1) <= 2); /* still one message in half a minute at most */
    end(&x);
}

/* That somebody is at it is worth a message; that he still is, is not. */
static void acknowledged__news_once(void **state)
{
    (void)state;
    struct fixture x;
    struct finding f = finding_firing();
    begin(&x, 1);
    say(&x, &f, "open", 1);
    f.ack_author = "kim";
    f.ack_comment = "looking at it";
    f.ack_until_ms = now_ms + 60 * MINUTE_MS;
    assert_int_equal(say(&x, &f, "update", 1), 1);
    assert_non_null(strstr(x.sink.requests[1], "looking at it"));
    assert_int_equal(say(&x, &f, "update", 1), 0);
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_news_while_it_fails__still_fails),     cmocka_unit_test(acknowledged__news_once),
        cmocka_unit_test(life__open_update_end__news_is_posted),   cmocka_unit_test(telegram__what_follows__answers_the_first_message),
        cmocka_unit_test(refused_form__once_more_in_the_simplest), cmocka_unit_test(too_fast__waits_as_long_as_it_says),
        cmocka_unit_test(teams__taken_but_not_delivered__again),   cmocka_unit_test(wrong_settings__said_and_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
