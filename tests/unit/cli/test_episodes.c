#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "cli/episodes.h"

static struct finding_cause causes[] = {
    {.id = "slow", .title.in = {"slow", "slow"}, .verdict = VERDICT_LIKELY},
    {.id = "full", .title.in = {"full", "full"}, .verdict = VERDICT_CONFIRMED},
};

static struct finding at(int64_t minute, const char *symptom, const char *who, enum severity severity, const char *incident)
{
    struct finding f = {.symptom = symptom, .cluster = "prod", .severity = severity, .slot_ms = minute * 60000, .title.in = {"a", "b"}};
    f.entity.items[f.entity.len++] = (struct label){"who", who};
    f.onset_ms = f.slot_ms - 60000;
    f.fired_ms = f.slot_ms;
    snprintf(f.incident, sizeof(f.incident), "%s", incident);
    return f;
}

static void tell(struct episodes *e, struct finding f, enum effect_kind kind, size_t cause)
{
    f.causes = &causes[cause];
    f.causes_len = 1;
    episodes_take(e, &f, kind);
}

static void take__fires_twice__two_episodes_with_their_ends(void **state)
{
    (void)state;
    struct options o = {0};
    struct intern words = INTERN_INIT;
    struct episodes e = {.options = &o, .words = &words};
    tell(&e, at(9, "late", "x", SEVERITY_WARNING, "1"), EFFECT_PENDING, 0);
    assert_int_equal(e.list.len, 0);
    tell(&e, at(10, "late", "x", SEVERITY_WARNING, "1"), EFFECT_FIRED, 0);
    tell(&e, at(11, "late", "x", SEVERITY_CRITICAL, "1"), EFFECT_SEVERITY, 1);
    tell(&e, at(12, "late", "x", SEVERITY_WARNING, "1"), EFFECT_RESOLVED, 0);
    tell(&e, at(13, "late", "y", SEVERITY_INFO, "2"), EFFECT_RESOLVED, 0); /* fired before anybody looked */
    tell(&e, at(20, "late", "x", SEVERITY_WARNING, "3"), EFFECT_FIRED, 0);
    assert_int_equal(e.list.len, 2);
    const struct episode *first = &e.list.items[0], *second = &e.list.items[1];
    assert_ptr_equal(first->key, second->key);
    assert_int_equal(first->fired_ms, 10 * 60000);
    assert_int_equal(first->ended_ms, 12 * 60000);
    assert_int_equal(first->severity, SEVERITY_CRITICAL);
    assert_string_equal(first->cause, "full"); /* a resolve ranks nothing anew */
    assert_int_equal(second->ended_ms, 0);
    assert_string_equal(second->cause, "slow");
    episodes_free(&e);
    intern_free(&words);
}

static void take__incident_of_several__one_page_where_it_first_was_a_warning(void **state)
{
    (void)state;
    struct options o = {0};
    struct intern words = INTERN_INIT;
    struct episodes e = {.options = &o, .words = &words};
    tell(&e, at(10, "late", "x", SEVERITY_INFO, "1"), EFFECT_FIRED, 0);
    tell(&e, at(11, "late", "y", SEVERITY_WARNING, "1"), EFFECT_FIRED, 0);
    tell(&e, at(12, "late", "x", SEVERITY_WARNING, "1"), EFFECT_SEVERITY, 0);
    tell(&e, at(13, "late", "z", SEVERITY_CRITICAL, "2"), EFFECT_FIRED, 0);
    assert_int_equal(e.list.len, 3);
    assert_false(e.list.items[0].page);
    assert_true(e.list.items[1].page);
    assert_true(e.list.items[2].page);
    episodes_free(&e);
    intern_free(&words);
}

static void take__not_asked_for__left_out(void **state)
{
    (void)state;
    static const char *const who[] = {"who=y"};
    struct options o = {.symptom = "late", .words = who, .words_len = 1};
    struct intern words = INTERN_INIT;
    struct episodes e = {.options = &o, .words = &words};
    tell(&e, at(10, "late", "x", SEVERITY_INFO, "1"), EFFECT_FIRED, 0);
    tell(&e, at(10, "early", "y", SEVERITY_INFO, "1"), EFFECT_FIRED, 0);
    tell(&e, at(10, "late", "y", SEVERITY_INFO, "1"), EFFECT_FIRED, 0);
    assert_int_equal(e.list.len, 1);
    assert_string_equal(e.list.items[0].entity.items[0].value, "y");
    episodes_free(&e);
    intern_free(&words);
}

static void take__nothing_believed__no_cause(void **state)
{
    (void)state;
    struct options o = {0};
    struct intern words = INTERN_INIT;
    struct episodes e = {.options = &o, .words = &words};
    struct finding f = at(10, "late", "x", SEVERITY_INFO, "1");
    f.cannot_tell = true;
    tell(&e, f, EFFECT_FIRED, 0);
    assert_null(e.list.items[0].cause);
    tell(&e, at(11, "late", "x", SEVERITY_INFO, "1"), EFFECT_CAUSE, 1);
    assert_string_equal(e.list.items[0].cause, "full");
    episodes_free(&e);
    intern_free(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take__fires_twice__two_episodes_with_their_ends),
        cmocka_unit_test(take__incident_of_several__one_page_where_it_first_was_a_warning),
        cmocka_unit_test(take__not_asked_for__left_out),
        cmocka_unit_test(take__nothing_believed__no_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
