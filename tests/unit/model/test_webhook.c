/* Bodies of Alertmanager's webhook: what is read, and how what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "model/webhook.h"

#define ALERT "{\"status\":\"firing\",\"labels\":{\"alertname\":\"A\"}}"

static void read__what_alertmanager_sends__labels_and_times(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct webhook w;
    struct error err = {0};
    static const char body[] =
        "{\"receiver\":\"bell\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"alertname\":\"Late\",\"team\":\"a=b\"},\"annotations\":{},"
        "\"startsAt\":\"2026-11-22T21:00:00.123456789+09:00\",\"endsAt\":\"0001-01-01T00:00:00Z\",\"fingerprint\":\"5ef77f1f8a3ecfad\"},"
        "{\"status\":\"resolved\",\"labels\":{},\"startsAt\":\"2026-11-22T11:00:00Z\",\"endsAt\":\"2026-11-22T12:00:01Z\"}],"
        "\"version\":\"4\",\"groupKey\":\"{}:{}\",\"truncatedAlerts\":3,\"notification_reason\":\"first\"}";
    assert_int_equal(webhook_read(body, strlen(body), &a, &w, &err), 0);
    assert_int_equal(w.len, 2);
    assert_int_equal(w.left_out, 3);
    assert_string_equal(w.alerts[0].name, "Late");
    assert_true(w.alerts[0].firing);
    assert_string_equal(label_set_value(&w.alerts[0].labels, "team"), "a=b");
    assert_int_equal(w.alerts[0].starts_ms / 1000, 1795348800);
    assert_int_equal(w.alerts[0].ends_ms, 0);
    assert_string_equal(w.alerts[1].name, "");
    assert_false(w.alerts[1].firing);
    assert_int_equal(w.alerts[1].ends_ms, INT64_C(1795348801000));
}

static const struct {
    const char *body, *says;
} refused[] = {
    {"", "not JSON: line 1"},
    {"{\"version\":\"4\",\"alerts\":[" ALERT "]", "not JSON: line 1"},
    {"[" ALERT "]", "a list: alerts of Alertmanager's API"},
    {"{\"alerts\":[" ALERT "]}", "it has no \"version\": \"4\""},
    {"{\"version\":4,\"alerts\":[" ALERT "]}", "it has no \"version\": \"4\""},
    {"{\"version\":\"3\",\"alerts\":[" ALERT "]}", "version \"3\" of a webhook's body"},
    {"{\"version\":\"4\"}", "it holds no \"alerts\""},
    {"{\"version\":\"4\",\"alerts\":[]}", "it holds no \"alerts\""},
    {"{\"version\":\"4\",\"alerts\":[" ALERT ",7]}", "alert 2 of 2: its \"status\""},
    {"{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\"}]}", "alert 1 of 1: it has no \"labels\""},
    {"{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":1}}]}", "its label \"a\" is no text"},
    {"{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":{},\"startsAt\":\"noon\"}]}", "its \"startsAt\" is no time: noon"},
    {"{\"version\":\"4\",\"version\":\"4\",\"alerts\":[" ALERT "]}", "duplicate object key"},
};

static void expect_refused(const char *body, size_t len, const char *says)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct webhook w;
    struct error err = {0};
    if (webhook_read(body, len, &a, &w, &err) == 0 || !strstr(err.text, says) || w.len)
        fail_msg("%.200s: \"%s\" does not say \"%s\"", body, err.text, says);
}

static void read__no_such_body__refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        expect_refused(refused[i].body, strlen(refused[i].body), refused[i].says);
}

static void read__beyond_the_caps__refused(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf many = STRBUF_INIT(WEBHOOK_BODY_MAX), wide = STRBUF_INIT(WEBHOOK_BODY_MAX), deep = STRBUF_INIT(WEBHOOK_BODY_MAX);
    strbuf_adds(&many, "{\"version\":\"4\",\"alerts\":[" ALERT);
    for (int i = 0; i < WEBHOOK_ALERTS_MAX; i++)
        strbuf_adds(&many, "," ALERT);
    strbuf_adds(&many, "]}");
    expect_refused(many.buf, many.len, "it holds 1001 alerts");
    strbuf_adds(&wide, "{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"a\":\"");
    for (int i = 0; i <= WEBHOOK_VALUE_MAX; i++)
        strbuf_addc(&wide, 'x');
    strbuf_adds(&wide, "\"}}]}");
    expect_refused(wide.buf, wide.len, "is longer than 4096 bytes");
    for (int i = 0; i < 100000; i++)
        strbuf_addc(&deep, '[');
    expect_refused(deep.buf, deep.len, "not JSON");
    expect_refused(deep.buf, WEBHOOK_BODY_MAX + 1, "longer than 1048576 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__what_alertmanager_sends__labels_and_times),
        cmocka_unit_test(read__no_such_body__refused_with_the_reason),
        cmocka_unit_test(read__beyond_the_caps__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
