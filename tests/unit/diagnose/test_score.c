/* Ranking by evidence: families, exclusions, coverage, verdicts, "something else". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "diagnose/diagnose.h"
#include "support/small_world.h"

#define HEAD                                                                                                                                       \
    "entities:\n  house: {labels: [house]}\n"                                                                                                      \
    "signals:\n"                                                                                                                                   \
    "  heat: {help: h, unit: ratio, entity: house, fact: true}\n"                                                                                  \
    "  gone: {help: h, unit: ratio, entity: house, fact: true}\n"                                                                                  \
    "symptoms:\n"                                                                                                                                  \
    "  - {id: hot, entity: house, title: {en: '{house} is hot', ko: '{house} 과열'}, effect: {en: '{heat:percent} hot', ko: '{heat:percent}'},\n"   \
    "     when: heat > 80%, severity: warning, causes: [fire, sun]}\n"                                                                            \
    "causes:\n"
#define CAUSE(id, evidence) "  - {id: " id ", class: x, title: {en: " id ", ko: " id "}, evidence: [" evidence "]}\n"

struct outcome {
    double db[2], p[2], coverage[2];
    enum verdict verdict[2];
    const char *first;
    bool cannot_tell;
};

static void rank(const char *yaml, struct outcome *ret)
{
    struct small_world w;
    small_world_open(&w, yaml);
    size_t row = small_world_feed(&w, "heat", "a", NULL, 0.9);
    small_world_feed(&w, "gone", "a", NULL, NAN);
    small_world_step(&w);
    struct score *s = score_suspects(&w.evaluator, ruleset_symptom(w.rules, "hot"), row, &w.arena, &ret->cannot_tell);
    for (int i = 0; i < 2; i++) {
        int at = strcmp(s[i].suspect->cause->id, "fire") == 0 ? 0 : 1;
        ret->db[at] = s[i].db;
        ret->p[at] = s[i].probability;
        ret->coverage[at] = s[i].coverage;
        ret->verdict[at] = s[i].verdict;
    }
    ret->first = strcmp(s[0].suspect->cause->id, "fire") == 0 ? "fire" : "sun";
    small_world_close(&w);
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void score__families__strongest_of_each_sign_counts(void **state)
{
    (void)state;
    struct outcome o;
    rank(HEAD CAUSE("fire", "{if: heat > 80%, db: +15, family: f}, {if: heat > 85%, db: +10, family: f}, {if: heat > 99%, db: +3, else_db: -3, family: f}, "
                            "{if: heat > 10%, db: +6, family: g}")
             CAUSE("sun", "{if: heat > 99%, db: +15, else_db: -10, family: f}"),
         &o);
    assert_true(near(o.db[0], 15 - 3 + 6));
    assert_true(near(o.db[1], -10));
    assert_true(near(o.coverage[0], 1));
    assert_int_equal(o.verdict[0], VERDICT_CONFIRMED);
    assert_int_equal(o.verdict[1], VERDICT_RULED_OUT);
    assert_false(o.cannot_tell);
    assert_true(near(o.p[0], pow(10, 1.8) / (1 + pow(10, 1.8) + 0.1)));
}

static void score__unknown_evidence__says_nothing_and_lowers_coverage(void **state)
{
    (void)state;
    struct outcome o;
    rank(HEAD CAUSE("fire", "{if: heat > 80%, db: +6, family: f}, {if: gone > 80%, db: +15, else_db: -15, family: g}")
             CAUSE("sun", "{if: gone > 99%, db: +15, else_db: -10, family: f}"),
         &o);
    assert_true(near(o.db[0], 6) && near(o.db[1], 0));
    assert_true(near(o.coverage[0], 6.0 / 21) && near(o.coverage[1], 0));
    assert_int_equal(o.verdict[0], VERDICT_POSSIBLE); /* coverage under 0.3 never makes a verdict */
    assert_true(o.cannot_tell);
}

static void score__exclusion__rules_out_whatever_else_speaks_for_it(void **state)
{
    (void)state;
    struct outcome o;
    rank(HEAD CAUSE("fire", "{if: heat > 80%, db: +15, family: f}, {if: heat < 95%, exclude: true}") CAUSE("sun", "{if: heat > 80%, db: +3, family: f}"), &o);
    assert_int_equal(o.verdict[0], VERDICT_RULED_OUT);
    assert_true(near(o.p[0], 0));
    assert_string_equal(o.first, "sun");
}

static void score__no_evidence__everything_is_equal_with_something_else(void **state)
{
    (void)state;
    struct outcome o;
    rank(HEAD CAUSE("fire", "{if: gone > 80%, db: +15, family: f}") CAUSE("sun", "{if: gone > 80%, db: +15, family: f}"), &o);
    assert_true(near(o.p[0], 1.0 / 3) && near(o.p[1], 1.0 / 3));
    assert_true(o.cannot_tell);
}

static void score__two_strong_causes__neither_is_likely(void **state)
{
    (void)state;
    struct outcome o;
    rank(HEAD CAUSE("fire", "{if: heat > 80%, db: +15, family: f}") CAUSE("sun", "{if: heat > 70%, db: +15, family: f}"), &o);
    assert_int_equal(o.verdict[0], VERDICT_POSSIBLE);
    assert_int_equal(o.verdict[1], VERDICT_POSSIBLE);
    assert_true(o.cannot_tell);
}

static void score__sum_over_30_db__clamped(void **state)
{
    (void)state;
    struct outcome o;
    rank(HEAD CAUSE("fire", "{if: heat > 80%, db: +15, family: a}, {if: heat > 80%, db: +15, family: b}, {if: heat > 70%, db: +15, family: c}")
             CAUSE("sun", "{if: heat > 99%, db: +3, else_db: -3, family: f}"),
         &o);
    assert_true(near(o.db[0], 30));
}

static void diagnose__firing__finding_has_words_and_numbers(void **state)
{
    (void)state;
    struct small_world w;
    small_world_open(&w, HEAD CAUSE("fire", "{if: heat > 80%, db: +15, family: f, says: {en: 'it is {heat:percent}', ko: '{heat:percent}'}}")
                             CAUSE("sun", "{if: gone > 80%, db: +15, family: f}"));
    small_world_feed(&w, "heat", "it's; $(x)", NULL, 0.9);
    small_world_step(&w);
    assert_int_equal(w.effects.len, 1);
    assert_int_equal(w.effects.items[0].kind, EFFECT_FIRED);
    struct finding f;
    diagnose(&w.evaluator, w.effects.items[0].instance, EFFECT_FIRED, &w.arena, &f);
    assert_string_equal(f.title.in[LANG_EN], "it's; $(x) is hot");
    assert_string_equal(f.effect.in[LANG_EN], "90 % hot");
    assert_int_equal(f.state, FINDING_FIRING);
    assert_int_equal(f.causes_len, 2);
    assert_string_equal(f.causes[0].id, "fire");
    assert_string_equal(f.causes[0].pro.items[0].in[LANG_KO], "90 %");
    assert_int_equal(f.causes[1].missing.len, 1);
    assert_non_null(strstr(f.causes[1].missing.items[0].in[LANG_EN], "gone"));
    assert_int_equal(f.causes[0].evidence_len, 1);
    assert_true(f.causes[0].evidence[0].truth == 1);
    assert_true(isnan(f.causes[1].evidence[0].truth));
    const struct suspect *fire = &ruleset_symptom(w.rules, "hot")->suspects[0], *sun = fire + 1;
    assert_int_equal(f.causes[0].evidence[0].key, evidence_key(&fire->evidence[0]));
    assert_int_not_equal(evidence_key(&fire->evidence[0]), evidence_key(&sun->evidence[0]));
    small_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(score__families__strongest_of_each_sign_counts),
        cmocka_unit_test(score__unknown_evidence__says_nothing_and_lowers_coverage),
        cmocka_unit_test(score__exclusion__rules_out_whatever_else_speaks_for_it),
        cmocka_unit_test(score__no_evidence__everything_is_equal_with_something_else),
        cmocka_unit_test(score__two_strong_causes__neither_is_likely),
        cmocka_unit_test(score__sum_over_30_db__clamped),
        cmocka_unit_test(diagnose__firing__finding_has_words_and_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
