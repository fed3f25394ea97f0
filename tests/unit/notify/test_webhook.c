/* Signatures of Standard Webhooks, and what the JSON receivers ask of the peer: limits, actions, labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "findings.h"
#include "notify/escape.h"
#include "notify/receivers/receiver.h"

static const char id[] = "msg_p5jXN8AQM9LWM0D4loKWxJek", body[] = "{\"test\": 2432232314}";
#define TIMESTAMP 1614265330
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" /* of the specification's libraries */

static const char *signed_with(struct arena *a, const char *secret, struct error *err)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(1024);
    return webhook_sign(secret, id, TIMESTAMP, body, strlen(body), &out, err) == 0 ? arena_strdup(a, out.buf) : NULL;
}

static void sign__example_of_the_specification__as_printed_there(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    assert_string_equal(signed_with(&a, SECRET, NULL), SIGNATURE);
    assert_string_equal(signed_with(&a, SECRET "\n\n" SECRET "\r\n", NULL), SIGNATURE " " SIGNATURE);
    assert_string_not_equal(signed_with(&a, "any text of enough bytes", NULL), SIGNATURE);
}

static void sign__bad_secret__mistake_in_the_settings_that_does_not_show_it(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "\n", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_not!base64!not!base64!", SECRET "\nshort"};
    AUTO(arena) struct arena a = ARENA_INIT("test");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = {0};
        assert_null(signed_with(&a, bad[i], &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_null(strstr(err.text, "not!"));
    }
}

static json_t *rendered(enum receiver_type type, const struct finding *f, const char *kind)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct destination_config d = {.type = type, .id = "oncall/x/0"};
    struct payload p;
    assert_int_equal(receiver_find(type)->render(&d, f, kind, NULL, LANG_EN, &a, &p, NULL), 0);
    assert_true(p.len < 512 * 1024);
    json_t *json = json_loadb(p.body, p.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    return json;
}

static void webhook__any_finding__reads_back_as_the_finding(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct finding f = finding_hostile(), back;
    json_t *json = rendered(RECEIVER_WEBHOOK, &f, "update");
    assert_string_equal(json_string_value(json_object_get(json, "kind")), "update");
    assert_string_equal(json_string_value(json_object_get(json, "schema")), "nightbell.finding/1");
    assert_int_equal(finding_from_json(json, &a, &back, NULL), 0);
    assert_string_equal(back.incident, f.incident);
    assert_int_equal(back.causes_len, f.causes_len);
    json_decref(json);
}

static const struct {
    enum finding_state state;
    const char *reason, *action;
} endings[] = {
    {FINDING_FIRING, NULL, "trigger"},
    {FINDING_UNKNOWN, NULL, "trigger"},
    {FINDING_RESOLVED, "condition_cleared", "resolve"},
    {FINDING_RESOLVED, "entity_gone", "resolve"},
    {FINDING_RESOLVED, "merged", "resolve"},
    {FINDING_UNKNOWN, "lost_sight", "trigger"}, /* nobody knows that it is over */
    {FINDING_UNKNOWN, "rule_removed", "resolve"},
};

static void pagerduty__each_state__resolved_only_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        struct finding f = finding_ended(endings[i].state, endings[i].reason);
        json_t *json = rendered(RECEIVER_PAGERDUTY, &f, "resolve");
        assert_string_equal(json_string_value(json_object_get(json, "event_action")), endings[i].action);
        assert_string_equal(json_string_value(json_object_get(json, "dedup_key")), f.incident);
        json_decref(json);
    }
}

static void pagerduty__hostile_names__within_its_limits(void **state)
{
    (void)state;
    struct finding f = finding_hostile();
    json_t *json = rendered(RECEIVER_PAGERDUTY, &f, "open"), *payload = json_object_get(json, "payload");
    const char *summary = json_string_value(json_object_get(payload, "summary")), *source = json_string_value(json_object_get(payload, "source"));
    assert_true(*summary && text_units(summary) <= 1024 && text_is_plain_line(summary));
    assert_true(*source && text_units(source) <= 255 && text_is_plain_line(source));
    assert_null(json_object_get(json, "routing_key"));
    assert_int_equal(json_array_size(json_object_get(json, "links")), 1); /* no script, no login */
    json_decref(json);
}

static void alert__numbers_change__labels_do_not(void **state)
{
    (void)state;
    struct finding before = finding_firing(), later = finding_unknown();
    later.severity = before.severity;
    later.slot_ms += MINUTE_MS;
    json_t *one = alert_labels(&before), *two = alert_labels(&later);
    assert_true(json_equal(one, two));
    json_decref(one);
    json_decref(two);
}

static void alert__odd_labels__left_out_and_ours_win(void **state)
{
    (void)state;
    struct finding f = finding_firing();
    f.entity.len = 4;
    f.entity.items[0] = (struct label){"severity", "none"};
    f.entity.items[1] = (struct label){"1st", "x"};
    f.entity.items[2] = (struct label){"a-b", "x"};
    f.entity.items[3] = (struct label){"group", ""};
    json_t *json = alert_labels(&f);
    assert_int_equal(json_object_size(json), 6);
    assert_string_equal(json_string_value(json_object_get(json, "severity")), "critical");
    json_decref(json);
}

static void alert__begins_when_it_ends__not_refused(void **state)
{
    (void)state;
    json_t *empty = json_object(), *json = alert_json(empty, empty, NULL, ONSET_MS, ONSET_MS);
    assert_string_not_equal(json_string_value(json_object_get(json, "startsAt")), json_string_value(json_object_get(json, "endsAt")));
    json_decref(json);
    json_decref(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign__example_of_the_specification__as_printed_there),
        cmocka_unit_test(sign__bad_secret__mistake_in_the_settings_that_does_not_show_it),
        cmocka_unit_test(webhook__any_finding__reads_back_as_the_finding),
        cmocka_unit_test(pagerduty__each_state__resolved_only_with_a_reason),
        cmocka_unit_test(pagerduty__hostile_names__within_its_limits),
        cmocka_unit_test(alert__numbers_change__labels_do_not),
        cmocka_unit_test(alert__odd_labels__left_out_and_ours_win),
        cmocka_unit_test(alert__begins_when_it_ends__not_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
