/* Silences of Alertmanager: what of an answer is taken, how long it is believed, and that nothing is kept back that is not known to be silenced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/log.h"
#include "findings.h"
#include "notify/peer_silence.h"
#include "notify/silence.h"
#include "support/http_sink.h"

#define NOW_MS 1795383000000 /* 2026-11-22T21:30:00Z */

static const char *silence(const char *matchers, const char *starts, const char *ends)
{
    static char text[1000];
    snprintf(text, sizeof text, "[{\"id\":\"a1\",\"status\":{\"state\":\"active\"},\"startsAt\":\"%s\",\"endsAt\":\"%s\",\"createdBy\":\"kim\",\"comment\":\"moving\",\"matchers\":%s}]",
             starts, ends, matchers);
    return text;
}

#define GROUP "[{\"name\":\"group\",\"value\":\"payments\",\"isRegex\":false,\"isEqual\":true}]"
#define BEFORE "2026-11-22T21:00:00.000Z"
#define AFTER "2026-11-22T21:31:00.5Z"

static void read__what_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *matchers, *starts, *ends, *text; /* NULL: not taken */
        size_t skipped;
        int64_t lasts_ms;
    } cases[] = {
        {GROUP, BEFORE, AFTER, "group=\"payments\"", 0, 60500},
        {GROUP, BEFORE, "2026-11-23T21:00:00+02:00", "group=\"payments\"", 0, PEER_SILENCE_LEASE_MS},
        {GROUP, "2026-11-22T21:35:00Z", "2026-11-22T21:36:00Z", "group=\"payments\"", 0, 360000},
        {GROUP, "2026-11-22T22:35:00Z", "2026-11-22T23:36:00Z", NULL, 0, 0}, /* in time enough when it is read again */
        {GROUP, BEFORE, "2026-11-22T21:30:00Z", NULL, 0, 0},                /* over */
        {GROUP, BEFORE, "soon", NULL, 1, 0},
        {"[{\"name\":\"group\",\"value\":\"a|b\",\"isRegex\":true},{\"name\":\"severity\",\"value\":\"critical\",\"isRegex\":false,\"isEqual\":false}]", BEFORE, AFTER,
         "group=~\"a|b\",severity!=\"critical\"", 0, 60500},
        {"[{\"name\":\"x\",\"value\":\"y.*\",\"isRegex\":true,\"isEqual\":false}]", BEFORE, AFTER, NULL, 1, 0}, /* asks for nothing: everything would match */
        {"[]", BEFORE, AFTER, NULL, 1, 0},
        {"[{\"name\":\"group\",\"value\":\"(\",\"isRegex\":true}]", BEFORE, AFTER, NULL, 1, 0},
        {"[{\"name\":\"group\",\"value\":\"a\",\"isRegex\":false},{\"name\":\"role\",\"value\":\"root\",\"isRegex\":false,\"isEqual\":false}]", BEFORE, AFTER, NULL, 1, 0},
        {"[{\"name\":\"\\u00e9\",\"value\":\"a\",\"isRegex\":false}]", BEFORE, AFTER, NULL, 1, 0},
        {"[{\"name\":\"group\",\"value\":7,\"isRegex\":false}]", BEFORE, AFTER, NULL, 1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        struct silence_row *rows;
        size_t len, skipped;
        const char *body = silence(cases[i].matchers, cases[i].starts, cases[i].ends);
        assert_int_equal(peer_silences_read(body, strlen(body), NOW_MS, &a, &rows, &len, &skipped, NULL), 0);
        assert_int_equal(len, cases[i].text != NULL);
        assert_int_equal(skipped, cases[i].skipped);
        if (!len)
            continue;
        assert_string_equal(rows[0].matchers, cases[i].text);
        assert_string_equal(rows[0].author, "kim");
        assert_int_equal(rows[0].ends_ms - NOW_MS, cases[i].lasts_ms);
    }
}

static void read__no_answer_of_alertmanager__refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "<html>", "{}", "null", "[{\"id\":"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        struct silence_row *rows;
        size_t len, skipped;
        struct error err = {0};
        assert_int_equal(peer_silences_read(bodies[i], strlen(bodies[i]), NOW_MS, &a, &rows, &len, &skipped, &err), ERR_SYNTAX);
        assert_int_equal(len, 0);
    }
}

/* ---- asked again and again ---- */

struct fixture {
    struct http_sink sink;
    struct net *net;
    struct store *store;
    struct destination_config d;
    struct config config;
    struct peer_silences *peers;
    struct silences *known;
    struct finding f;
    int64_t now_ms;
    struct clock clock;
};

static int64_t now_of(void *context)
{
    return *(int64_t *)context;
}

static void begin(struct fixture *x)
{
    *x = (struct fixture){.now_ms = NOW_MS, .f = finding_firing()};
    http_sink_open(&x->sink);
    x->clock = (struct clock){.now_ms = now_of, .context = &x->now_ms};
    x->net = net_new(&(struct net_limits){0}, NULL);
    assert_int_equal(store_open(":memory:", true, &x->store, NULL, NULL), 0);
    x->d = (struct destination_config){.type = RECEIVER_ALERTMANAGER, .id = "oncall/alertmanager/0", .http = {.url = x->sink.url}, .honour_silences = true};
    x->config = (struct config){.destinations = &x->d, .destinations_len = 1};
    x->peers = peer_silences_new(&x->config, &x->clock, x->store);
    x->known = silences_new();
    log_set_level(LOG_LEVEL_ERROR);
}

static void end(struct fixture *x)
{
    silences_free(x->known);
    peer_silences_free(x->peers);
    store_close(x->store);
    net_free(x->net);
    http_sink_close(&x->sink);
}

/* Some seconds later, after this answer, is the finding silenced? */
static bool after(struct fixture *x, int seconds, int status, const char *answer)
{
    x->now_ms += seconds * 1000;
    x->sink.status = status;
    x->sink.answer = answer;
    peer_silences_pump(x->peers, x->net, x->now_ms);
    http_sink_turn(&x->sink, x->net);
    silences_read(x->known, x->store, x->now_ms);
    return silences_find(x->known, false, &x->f, x->now_ms) != NULL;
}

#define MINE "[{\"name\":\"cluster\",\"value\":\"prod\",\"isRegex\":false,\"isEqual\":true}]"
#define LATE "2026-11-23T21:00:00Z"

static void pump__silenced_there__silenced_here_until_it_ends_there(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    x.f.cluster = "prod";
    assert_true(after(&x, 0, 200, silence(MINE, BEFORE, LATE)));
    assert_null(silences_find_own(x.known, false, &x.f, x.now_ms));
    assert_true(after(&x, 300, 200, silence(MINE, BEFORE, LATE)));
    assert_true(after(&x, 550, 200, silence(MINE, BEFORE, LATE))); /* the lease goes on */
    assert_int_equal(x.sink.len, 3);
    assert_memory_equal(x.sink.requests[0], "GET /api/v2/silences HTTP/1.1", 29);
    assert_false(after(&x, 15, 200, "[]"));
    end(&x);
}

static void pump__nobody_answers__believed_for_a_while_only(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    x.f.cluster = "prod";
    assert_true(after(&x, 0, 200, silence(MINE, BEFORE, LATE)));
    assert_true(after(&x, 300, 500, ""));
    assert_true(after(&x, 290, 200, "<html>proxy</html>"));
    assert_false(after(&x, 15, 503, ""));
    assert_true(after(&x, 15, 200, silence(MINE, BEFORE, LATE)));
    end(&x);
}

static void pump__asked_four_times_a_minute(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    after(&x, 0, 200, "[]");
    after(&x, 5, 200, "[]");
    assert_int_equal(x.sink.len, 1);
    after(&x, 10, 200, "[]");
    assert_int_equal(x.sink.len, 2);
    after(&x, -3600, 200, "[]"); /* the clock was set back */
    assert_int_equal(x.sink.len, 3);
    end(&x);
}

static void put__a_silence_of_a_peer__not_ended_by_hand(void **state)
{
    (void)state;
    struct fixture x;
    struct error err = {0};
    begin(&x);
    x.f.cluster = "prod";
    assert_true(after(&x, 0, 200, silence(MINE, BEFORE, LATE)));
    const struct silence *s = silences_find(x.known, false, &x.f, x.now_ms);
    assert_int_equal(store_silence_expire(x.store, s->id, x.now_ms, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "another program"));
    end(&x);
}

static void new__nobody_wants_it__nothing(void **state)
{
    (void)state;
    struct config none = {0};
    assert_null(peer_silences_new(&none, &clock_system, NULL));
    assert_int_equal(peer_silences_pump(NULL, NULL, 0), INT64_MAX);
    peer_silences_first(NULL, NULL);
    peer_silences_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__what_is_taken),
        cmocka_unit_test(read__no_answer_of_alertmanager__refused),
        cmocka_unit_test(pump__silenced_there__silenced_here_until_it_ends_there),
        cmocka_unit_test(pump__nobody_answers__believed_for_a_while_only),
        cmocka_unit_test(pump__asked_four_times_a_minute),
        cmocka_unit_test(put__a_silence_of_a_peer__not_ended_by_hand),
        cmocka_unit_test(new__nobody_wants_it__nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
