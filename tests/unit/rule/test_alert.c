/* Prometheus rule files: what becomes of an alert, and what its texts say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pack.h"
#include "rule/alert.h"

#define GROUP "groups:\n  - name: g\n    rules:\n"

static struct ruleset *loaded(const char *text)
{
    struct mistakes m = MISTAKES_INIT;
    struct ruleset *r = pack_load_with(text, NULL, &m);
    mistakes_print(&m, stderr);
    assert_non_null(r);
    mistakes_free(&m);
    return r;
}

static void alerts__several_of_one_name__each_has_its_own_id(void **state)
{
    (void)state;
    struct ruleset *r = loaded(GROUP "      - {alert: Slow, expr: a > 1, labels: {severity: warning}}\n"
                                     "      - {alert: Slow, expr: a > 2, labels: {severity: critical}}\n"
                                     "      - {alert: Slow, expr: a > 3}\n"
                                     "      - {record: 'a:b', expr: a}\n"
                                     "      - {alert: Two words, expr: a}\n");
    static const char *const ids[] = {"Slow", "Slow-critical", "Slow-2", "Two-words"};
    assert_int_equal(r->symptoms_len, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(r->symptoms[i]->id, ids[i]);
    assert_int_equal(r->recorded_len, 1);
    ruleset_free(r);
}

static void alert__as_a_symptom__times_severity_expression(void **state)
{
    (void)state;
    struct ruleset *r = loaded("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n    - name: g\n      labels: {team: a, site: x}\n      rules:\n"
                               "        - alert: Slow\n          expr: |\n            rate(a[5m]) > $rate\n          for: 1h30m\n          keep_firing_for: 5m\n"
                               "          labels: {severity: Page, team: b, at: '{{ $value }}'}\n");
    const struct symptom *s = r->symptoms[0];
    assert_int_equal(s->severity, SEVERITY_CRITICAL);
    assert_int_equal(s->for_ms, 5400000);
    assert_int_equal(s->keep_firing_for_ms, 300000);
    assert_string_equal(s->alert->binding.query, "rate(a[5m]) > $rate\n");
    AUTO(arena) struct arena words = ARENA_INIT("words");
    struct label_set labels = {.len = 0};
    alert_labels_add(s->alert, &labels, &words);
    assert_int_equal(labels.len, 2); /* not the severity, nothing that changes with the value */
    assert_string_equal(label_set_value(&labels, "team"), "b");
    assert_string_equal(label_set_value(&labels, "site"), "x");
    assert_true(alerts_look_back_ms(r) >= 5700000);
    ruleset_free(r);
}

static void severity__words__three_levels(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum severity severity;
    } cases[] = {{"critical", SEVERITY_CRITICAL}, {"page", SEVERITY_CRITICAL}, {"major", SEVERITY_CRITICAL}, {"warning", SEVERITY_WARNING},
                 {"info", SEVERITY_INFO},         {"none", SEVERITY_INFO},     {"sev7", SEVERITY_WARNING},   {"'{{ $labels.x }}'", SEVERITY_WARNING}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[300];
        snprintf(text, sizeof(text), GROUP "      - {alert: A, expr: a, labels: {severity: %s}}\n", cases[i].word);
        struct ruleset *r = loaded(text);
        assert_int_equal(r->symptoms[0]->severity, cases[i].severity);
        ruleset_free(r);
    }
}

static void texts__of_annotations__as_the_server_expands_them(void **state)
{
    (void)state;
    static const struct {
        const char *text, *is;
        double value;
    } cases[] = {
        {"no braces", "no braces", 0},
        {"{{ $labels.a }} {{ .Labels.b }}", "x y", 0},
        {"{{ $labels.none }}!", "!", 0},
        {"{{ $labels }}", "map[a:x b:y]", 0},
        {"{{ $value }}", "0.5", 0.5},
        {"{{ $value }}", "1e+06", 1e6},
        {"{{ $value }}", "NaN", NAN},
        {"{{ $value | humanize }}", "1.235k", 1234.6},
        {"{{ $value | humanizeDuration }}", "-1m 30s", -90},
        {"{{ humanizePercentage $value }}", "12.34%", 0.1234},
        {"{{ printf \"%5.1f|%-4s|%%\" $value $labels.a }}", "  0.5|x   |%", 0.5},
        {"a {{- \" b \" -}} c", "a b c", 0},
        {"{{/* a remark */}}z", "z", 0},
        {"{{ \"}}\" }}", "}}", 0},
        {"{{ if $value }}x{{ end }}", "{{ if $value }}x{{ end }}", 1},
        {"{{ ((( $value )) }}", "{{ ((( $value )) }}", 1},
        {"{{ humanize }}", "{{ humanize }}", 1},
        {"{{ $value | }}", "{{ $value | }}", 1},
        {"{{ printf \"%.99999f%z\" $value }}", NULL, 1},
        {"{{ }}", "{{ }}", 1},
    };
    struct label_set labels = {.items = {{"a", "x"}, {"b", "y"}}, .len = 2};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(strbuf) struct strbuf text = STRBUF_INIT(500);
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(500);
        strbuf_addf(&text, GROUP "      - alert: A\n        expr: a\n        annotations:\n          summary: '%s'\n", cases[i].text);
        struct ruleset *r = loaded(text.buf);
        alert_text_write(&r->alerts[0]->title, &labels, cases[i].value, &out);
        if (cases[i].is)
            assert_string_equal(out.buf, cases[i].is);
        ruleset_free(r);
    }
}

static void files__wrong__place_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
        int line;
    } cases[] = {
        {GROUP "      - {alert: A, exp: a}\n", "unknown key \"exp\", did you mean \"expr\"?", 4},
        {GROUP "      - {expr: a}\n", "a rule has either \"alert\" or \"record\"", 4},
        {GROUP "      - {alert: A, record: b, expr: a}\n", "a rule has either \"alert\" or \"record\"", 4},
        {GROUP "      - {alert: A}\n", "a rule needs \"expr\"", 4},
        {GROUP "      - {alert: A, expr: a, for: soon}\n", "\"for\" must be a duration like 15s, 5m or 1h30m, not \"soon\"", 4},
        {GROUP "      - {alert: A, expr: a, labels: [b]}\n", "\"labels\" is a map of names to texts", 4},
        {GROUP "      - {alert: A, expr: a, annotations: {summary: [b]}}\n", "the annotation \"summary\" must be a text", 4},
        {GROUP "      - alert: A\n        expr: a\n        annotations:\n          summary: '{{ $value'\n", "\"{{\" is not closed with \"}}\"", 7},
        {"groups: {a: b}\n", "\"groups\" is a list of groups of rules", 1},
        {"groups: [{rules: []}]\n", "a group needs \"name\"", 1},
        {"groups: [{name: g, rules: 7}]\n", "\"rules\" is a list of alerts and recording rules", 1},
        {"groups: [7]\n", "group must be a map (key: value)", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mistakes m = MISTAKES_INIT;
        struct ruleset *r = pack_load_with(cases[i].text, NULL, &m);
        assert_null(r);
        assert_true(m.len >= 1);
        assert_string_equal(m.items[0].text, cases[i].says);
        assert_int_equal(m.items[0].place.line, cases[i].line);
        mistakes_free(&m);
    }
}

static void lint__an_alert__what_a_reader_would_miss(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    struct ruleset *r = loaded(GROUP "      - {alert: A, expr: a}\n"
                                     "      - {alert: B, expr: a, labels: {severity: sev7, at: '{{ $value }}'}, annotations: {summary: '{{ range query \"up\" }}{{ end }}'}}\n"
                                     "      - {record: c, expr: a}\n      - {record: d, expr: a}\n");
    static const char *const say[] = {"alert \"A\" has no label \"severity\": it counts as a warning", "alert \"A\" has neither summary nor description: a message can only say its name",
                                      "alert \"B\": the severity \"sev7\" is not known, it counts as a warning", "the summary is shown as written: it uses range",
                                      "alert \"B\": its label \"at\" changes with the value and is left out",
                                      "2 recording rules are left to Prometheus: it evaluates them, alerts read what they give",
                                      "nothing in this file tells when its series are gone or have other names (a, …): alerts over nothing are silent; see absent(…)"};
    ruleset_lint(r, r, &m);
    assert_int_equal(m.errors, 0);
    assert_int_equal(m.len, sizeof(say) / sizeof(say[0]));
    for (size_t i = 0; i < m.len; i++)
        assert_string_equal(m.items[i].text, say[i]);
    mistakes_free(&m);
    ruleset_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts__several_of_one_name__each_has_its_own_id), cmocka_unit_test(alert__as_a_symptom__times_severity_expression),
        cmocka_unit_test(severity__words__three_levels),                    cmocka_unit_test(texts__of_annotations__as_the_server_expands_them),
        cmocka_unit_test(files__wrong__place_and_reason),                   cmocka_unit_test(lint__an_alert__what_a_reader_would_miss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
