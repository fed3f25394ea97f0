#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/finding.h"

static struct text pro_items[] = {{{"queue is full", "대기열 가득 참"}}}, contra_items[] = {{{"tills are idle", "계산대 유휴"}}};
static double chart_values[] = {1.5, NAN, INFINITY};

static struct finding_evidence pieces[] = {{0x01ab23cd, 1}, {0xfffffff0, 0}, {7, NAN}};
static struct finding_cause causes[] = {{
    .id = "slow-till",
    .title = {{"slow till", "느린 계산대"}},
    .verdict = VERDICT_LIKELY,
    .probability = 0.8123456,
    .score_db = 13,
    .coverage = 0.7,
    .pro = {pro_items, 1},
    .contra = {contra_items, 1},
    .evidence = pieces,
    .evidence_len = 3,
}};
static struct finding_remedy remedies[] = {
    {.cause = "slow-till", .text = {{"look", "보기"}}, .command = "look --till 'a b'", .risk = RISK_READ_ONLY},
    {.text = {{"open another", "추가"}}, .risk = RISK_SAFE},
};
static struct finding_chart charts[] = {{
    .name = "queue",
    .unit = "people",
    .label = {{"queue", "대기"}},
    .start_ms = 1000,
    .step_ms = 15000,
    .values = chart_values,
    .len = 3,
    .before = 1,
    .now = NAN,
    .peak = INFINITY,
}};
static struct finding_link links[] = {{"dashboard", "https://example.org/d"}};

static struct finding example(void)
{
    return (struct finding){
        .incident = "3f2a9c01",
        .symptom = "queue-grows",
        .cluster = "default",
        .entity = {.items = {{"shop", "north"}, {"till", "1"}}, .len = 2},
        .state = FINDING_FIRING,
        .severity = SEVERITY_WARNING,
        .role = ROLE_ROOT,
        .slot_ms = 1795000000000,
        .onset_ms = 1794999820999,
        .fired_ms = 1795000000000,
        .revision = 3,
        .title = {{"The queue grows", "대기열 증가"}},
        .effect = {{"People wait", "대기"}},
        .causes = causes,
        .causes_len = 1,
        .next_check = {{"look", "보기"}},
        .remedies = remedies,
        .remedies_len = 2,
        .charts = charts,
        .charts_len = 1,
        .links = links,
        .links_len = 1,
    };
}

static char *dump(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

static void event__firing__is_the_contract(void **state)
{
    (void)state;
    struct finding f = example();
    char *text = dump(finding_event(&f, LANG_EN));
    assert_string_equal(
        text, "{\"schema\":\"nightbell.event/1\",\"time\":1795000000,\"event\":\"symptom\",\"state\":\"firing\","
              "\"symptom\":\"queue-grows\",\"cluster\":\"default\",\"entity\":{\"shop\":\"north\",\"till\":\"1\"},\"severity\":\"warning\","
              "\"onset\":1794999820,\"incident\":\"3f2a9c01\",\"role\":\"root\",\"causes\":[{\"id\":\"slow-till\",\"verdict\":\"likely\","
              "\"probability\":0.81200000000000006,\"score_db\":13,\"coverage\":0.69999999999999996,\"for\":[\"queue is full\"],"
              "\"against\":[\"tills are idle\"]}],\"remedies\":[{\"text\":\"look\",\"command\":\"look --till 'a b'\",\"risk\":\"read-only\"},"
              "{\"text\":\"open another\",\"risk\":\"safe\"}],\"title\":\"The queue grows\",\"effect\":\"People wait\"}");
    free(text);
}

static void event__blind_and_resolved__say_since_when_and_why(void **state)
{
    (void)state;
    struct finding f = example();
    f.state = FINDING_UNKNOWN;
    f.blind_since_ms = 1795000060500;
    json_t *event = finding_event(&f, LANG_KO);
    assert_string_equal(json_string_value(json_object_get(event, "state")), "unknown");
    assert_int_equal(json_integer_value(json_object_get(event, "blind_since")), 1795000060);
    assert_string_equal(json_string_value(json_object_get(event, "title")), "대기열 증가");
    json_decref(event);
    f.state = FINDING_RESOLVED;
    f.reason = "condition_cleared";
    event = finding_event(&f, LANG_EN);
    assert_string_equal(json_string_value(json_object_get(event, "reason")), "condition_cleared");
    json_decref(event);
}

static void event__label_not_utf8__still_told(void **state)
{
    (void)state;
    struct finding f = example();
    f.entity.items[0].value = "no\xffrth";
    json_t *event = finding_event(&f, LANG_EN);
    assert_string_equal(json_string_value(json_object_get(json_object_get(event, "entity"), "shop")), "no?rth");
    json_decref(event);
}

static void json__there_and_back__same_json(void **state)
{
    (void)state;
    struct finding f = example(), back;
    f.blind_since_ms = 5;
    f.cannot_tell = true;
    json_t *json = finding_to_json(&f);
    struct arena a = ARENA_INIT("test");
    struct error err = {0};
    assert_int_equal(finding_from_json(json, &a, &back, &err), 0);
    char *before = dump(json), *after = dump(finding_to_json(&back));
    assert_string_equal(before, after);
    assert_true(isnan(back.charts[0].values[1]) && isinf(back.charts[0].values[2]) && isnan(back.charts[0].now));
    assert_string_equal(back.incident, "3f2a9c01");
    assert_null(back.reason);
    assert_int_equal(back.causes[0].evidence_len, 3);
    assert_int_equal(back.causes[0].evidence[0].key, 0x01ab23cd);
    assert_true(back.causes[0].evidence[1].truth == 0 && isnan(back.causes[0].evidence[2].truth));
    free(before);
    free(after);
    arena_free(&a);
}

static void from_json__not_a_finding__refused_with_the_key(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *says;
    } cases[] = {
        {"schema", "\"nightbell.finding/9\"", "schema"},
        {"incident", "\"0123456789abcdef0\"", "incident"},
        {"state", "\"burning\"", "state"},
        {"causes", "3", "causes"},
        {"title", "\"text\"", "en"},
        {"slot_ms", "\"now\"", "slot_ms"},
        {"entity", "[[\"shop\"]]", "entity"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct finding f = example(), back;
        json_t *json = finding_to_json(&f);
        json_object_set_new(json, cases[i].key, json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
        struct arena a = ARENA_INIT("test");
        struct error err = {0};
        assert_int_equal(finding_from_json(json, &a, &back, &err), ERR_DATA);
        assert_non_null(strstr(err.text, cases[i].says));
        json_decref(json);
        arena_free(&a);
    }
}

static void language__known_and_unknown__parsed_or_refused(void **state)
{
    (void)state;
    enum language lang = LANG_EN;
    assert_true(language_parse("ko", &lang));
    assert_int_equal(lang, LANG_KO);
    assert_false(language_parse("fr", &lang));
    assert_int_equal(lang, LANG_KO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event__firing__is_the_contract),
        cmocka_unit_test(event__blind_and_resolved__say_since_when_and_why),
        cmocka_unit_test(event__label_not_utf8__still_told),
        cmocka_unit_test(json__there_and_back__same_json),
        cmocka_unit_test(from_json__not_a_finding__refused_with_the_key),
        cmocka_unit_test(language__known_and_unknown__parsed_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
