/* What is told by itself and what together; what comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "findings.h"
#include "notify/flap.h"
#include "notify/storm.h"

static struct destination_config destination = {.id = "oncall/slack/0"};
static const struct config config = {.destinations = &destination, .destinations_len = 1, .storm = {.messages = 3, .critical = 2, .within_ms = 600000}};

static void allowance__so_many_within_the_time__critical_beside_them(void **state)
{
    (void)state;
    struct storm *s = storms_new(&config);
    for (int i = 0; i < 3; i++)
        assert_true(storm_allows(s, &config, false, 1000 + i));
    assert_false(storm_allows(s, &config, false, 2000));
    assert_true(storm_allows(s, &config, true, 2000));
    assert_true(storm_allows(s, &config, true, 2000));
    assert_false(storm_allows(s, &config, true, 2000));
    assert_false(storm_allows(s, &config, false, 600999));
    assert_true(storm_allows(s, &config, false, 601000)); /* the first is ten minutes ago */
    assert_false(storm_allows(s, &config, false, 601000));
    storms_free(s, &config);
}

static void allowance__none_set__no_limit(void **state)
{
    (void)state;
    const struct config none = {.destinations = &destination, .destinations_len = 1};
    struct storm *s = storms_new(&none);
    for (int i = 0; i < 100; i++)
        assert_true(storm_allows(s, &none, i % 2, 1));
    storms_free(s, &none);
}

static void digest__its_life(void **state)
{
    (void)state;
    struct storm *s = storms_new(&config);
    const int64_t at_ms = ONSET_MS, repeat_ms = 4 * 60 * MINUTE_MS;
    static const struct {
        int64_t after_s;
        size_t members;
        bool joins;
        const char *due; /* NULL = nothing */
    } slots[] = {
        {0, 4, true, "open"}, {15, 9, true, NULL}, {45, 12, true, NULL}, {60, 12, false, "update"}, {75, 12, false, NULL}, {3600, 12, false, NULL},
        {4 * 3600, 12, false, "repeat"}, {4 * 3600 + 15, 0, false, "resolve"}, {4 * 3600 + 30, 5, true, "open"},
    };
    char first[17] = "";
    for (size_t i = 0; i < ARRAY_LEN(slots); i++) {
        int64_t now_ms = at_ms + slots[i].after_s * 1000;
        storm_begin(s);
        if (slots[i].joins)
            storm_join(s, destination.id, now_ms);
        storm_decide(s, slots[i].members, repeat_ms, now_ms);
        if ((s->due && slots[i].due ? strcmp(s->due, slots[i].due) : s->due != slots[i].due) != 0)
            fail_msg("after %lld s: %s", (long long)slots[i].after_s, s->due ? s->due : "nothing");
        if (i == 0)
            memcpy(first, s->id, sizeof first);
    }
    assert_string_not_equal(first, s->id); /* another storm is another digest */
    storms_free(s, &config);
}

static void digest__as_a_message__in_both_languages(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("digest");
    struct storm *s = storms_new(&config);
    const struct finding_member worst[] = {{.symptom = "x", .title = {{"payments is falling behind", "payments 지연"}}, .severity = SEVERITY_CRITICAL}};
    struct digest g = {.by_severity = {0, 30, 7}, .worst = worst, .worst_len = 1};
    struct finding f, again;
    storm_join(s, destination.id, ONSET_MS);
    digest_finding(s, &g, destination.id, ONSET_MS + MINUTE_MS, &a, &f);
    assert_string_equal(f.title.in[LANG_EN], "37 open incidents, told together: 7 critical, 30 warning");
    assert_string_equal(f.title.in[LANG_KO], "모아 알리는 열린 인시던트 37건: 심각 7, 경고 30");
    assert_string_equal(f.cluster, "*");
    assert_int_equal(f.severity, SEVERITY_CRITICAL);
    assert_int_equal(f.members_more, 36);
    json_t *json = finding_to_json(&f);
    assert_int_equal(finding_from_json(json, &a, &again, NULL), 0);
    assert_string_equal(again.incident, s->id);
    json_decref(json);
    g = (struct digest){.worst = worst};
    digest_finding(s, &g, destination.id, ONSET_MS + MINUTE_MS, &a, &f);
    assert_int_equal(f.state, FINDING_RESOLVED);
    storms_free(s, &config);
}

static void flaps__counted_by_what_and_within_the_hour(void **state)
{
    (void)state;
    struct flaps *all = flaps_new();
    struct finding f = finding_firing(), other = finding_firing();
    other.cluster = "another";
    for (size_t i = 1; i <= 6; i++) {
        assert_int_equal(flaps_opened(all, &f, ONSET_MS + (int64_t)i * 5 * MINUTE_MS), i);
        assert_int_equal(flaps_opened(all, &other, ONSET_MS + (int64_t)i * 2 * 60 * MINUTE_MS), 1);
    }
    assert_int_equal(flaps_opened(all, &f, ONSET_MS + 70 * MINUTE_MS), 5); /* the first two are forgotten, this one is new */
    assert_int_equal(flaps_opened(all, &f, ONSET_MS + 300 * MINUTE_MS), 1);
    flaps_free(all);
}

static void flaps__many_things__no_larger_than_an_hour(void **state)
{
    (void)state;
    struct flaps *all = flaps_new();
    struct finding f = finding_firing();
    char names[5000][16];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(names[i], sizeof names[i], "g%zu", i);
        f.entity.items[0].value = names[i];
        assert_int_equal(flaps_opened(all, &f, ONSET_MS + (int64_t)i * MINUTE_MS), 1);
    }
    f.entity.items[0].value = names[4990];
    assert_int_equal(flaps_opened(all, &f, ONSET_MS + INT64_C(5000) * MINUTE_MS), 2); /* what is of the last hour survived the sweeps */
    flaps_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allowance__so_many_within_the_time__critical_beside_them),
        cmocka_unit_test(allowance__none_set__no_limit),
        cmocka_unit_test(digest__its_life),
        cmocka_unit_test(digest__as_a_message__in_both_languages),
        cmocka_unit_test(flaps__counted_by_what_and_within_the_hour),
        cmocka_unit_test(flaps__many_things__no_larger_than_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
