#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/check_baseline.h"

static const char path[] = "baseline.json";

static int put(const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    return fclose(out);
}

static int take_away(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

#define HEAD "{\"schema\": \"nightbell.check/1\", \"time\": 1795384000, \"clusters\": [\"prod\"], \"findings\": ["
#define ONE "{\"symptom\": \"behind\", \"cluster\": \"prod\", \"severity\": \"warning\", \"entity\": {\"b\": \"2\", \"a\": \"1\"}}"

static struct finding finding(const char *symptom, const char *cluster, enum severity severity, const char *a)
{
    struct finding f = {.symptom = symptom, .cluster = cluster, .severity = severity};
    f.entity.items[f.entity.len++] = (struct label){"a", a};
    f.entity.items[f.entity.len++] = (struct label){"b", "2"};
    return f;
}

static void knows__same_finding__whatever_the_order_of_labels_unless_it_is_worse(void **state)
{
    static const struct {
        const char *symptom, *cluster, *a;
        enum severity severity;
        bool known;
    } rows[] = {
        {"behind", "prod", "1", SEVERITY_WARNING, true},  {"behind", "prod", "1", SEVERITY_INFO, true},     {"behind", "prod", "1", SEVERITY_CRITICAL, false},
        {"behind", "test", "1", SEVERITY_WARNING, false}, {"behind", "prod", "12", SEVERITY_WARNING, false}, {"ahead", "prod", "1", SEVERITY_WARNING, false},
    };
    struct baseline *b;
    struct error err = {0};
    (void)state;
    put(HEAD ONE "]}");
    assert_int_equal(baseline_read(path, &b, &err), 0);
    assert_int_equal(baseline_len(b), 1);
    assert_int_equal(baseline_time_ms(b), 1795384000000);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct finding f = finding(rows[i].symptom, rows[i].cluster, rows[i].severity, rows[i].a);
        if (baseline_knows(b, &f) != rows[i].known)
            fail_msg("row %zu", i);
    }
    baseline_free(b);
}

static enum sight by_first_letter(const void *context, const char *symptom, const char *cluster)
{
    (void)context;
    assert_string_equal(cluster, "prod");
    return symptom[0] == 'l' ? SIGHT_CLEAR : symptom[0] == 'm' ? SIGHT_NONE : SIGHT_ELSEWHERE;
}

#define OTHER(symptom) ", {\"symptom\": \"" symptom "\", \"cluster\": \"prod\", \"severity\": \"info\", \"entity\": {}}"

static void since__what_is_not_found_again__gone_only_where_it_would_be_seen(void **state)
{
    struct finding f = finding("behind", "prod", SEVERITY_CRITICAL, "1"), other = finding("ahead", "prod", SEVERITY_INFO, "1");
    const struct finding *now[] = {&f, &other};
    struct baseline *b;
    struct error err = {0};
    (void)state;
    put(HEAD ONE OTHER("late") OTHER("missing") OTHER("mute") OTHER("not-asked-for") "]}");
    assert_int_equal(baseline_read(path, &b, &err), 0);
    struct since s = baseline_since(b, now, 2, by_first_letter, NULL);
    assert_int_equal(s.known, 0); /* it is worse than it was; still it is not gone */
    assert_int_equal(s.gone, 1);
    assert_int_equal(s.unseen, 2);
    f.severity = SEVERITY_WARNING;
    s = baseline_since(b, now, 2, by_first_letter, NULL);
    assert_int_equal(s.known, 1);
    s = baseline_since(NULL, now, 2, by_first_letter, NULL);
    assert_int_equal(s.known + s.gone + s.unseen, 0);
    baseline_free(b);
}

static void fits__one_cluster_in_common__yes(void **state)
{
    static const char *const some[] = {"test", "prod"}, *const others[] = {"test", "production"};
    struct baseline *b;
    struct error err = {0};
    (void)state;
    put(HEAD ONE "]}");
    assert_int_equal(baseline_read(path, &b, &err), 0);
    assert_int_equal(baseline_fits(b, some, 2, &err), 0);
    assert_int_equal(baseline_fits(b, others, 2, &err), ERR_INVALID);
    assert_string_equal(err.text, "the baseline is of other clusters (prod)");
    baseline_free(b);
}

static void knows__no_baseline__nothing(void **state)
{
    struct finding f = finding("behind", "prod", SEVERITY_INFO, "1");
    (void)state;
    assert_false(baseline_knows(NULL, &f));
    assert_int_equal(baseline_len(NULL), 0);
}

static void read__not_a_baseline__refused(void **state)
{
    static const char *const texts[] = {
        "", "{}", "[]", "{\"schema\": \"nightbell.doctor/1\", \"time\": 1, \"findings\": []}", "{\"schema\": \"nightbell.check/1\", \"findings\": []}",
        HEAD "1]}", HEAD "{\"symptom\": \"x\"}]}", HEAD "{\"symptom\": \"x\", \"cluster\": \"y\", \"severity\": \"dire\", \"entity\": {}}]}",
        HEAD "{\"symptom\": \"x\", \"cluster\": \"y\", \"severity\": \"info\", \"entity\": {\"a\": 1}}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct baseline *b;
        struct error err = {0};
        put(texts[i]);
        if (baseline_read(path, &b, &err) != ERR_DATA || b || !strstr(err.text, path))
            fail_msg("text %zu: %s", i, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(knows__same_finding__whatever_the_order_of_labels_unless_it_is_worse, take_away),
        cmocka_unit_test_teardown(since__what_is_not_found_again__gone_only_where_it_would_be_seen, take_away),
        cmocka_unit_test_teardown(fits__one_cluster_in_common__yes, take_away),
        cmocka_unit_test(knows__no_baseline__nothing),
        cmocka_unit_test_teardown(read__not_a_baseline__refused, take_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
