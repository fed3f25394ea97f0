/* What answers say of weights: whom they speak of, add-one smoothing, how far a suggestion goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "cli/feedback.h"
#include "support/small_world.h"

static const char rules[] = "entities:\n  house: {labels: [house]}\n"
                            "signals:\n  heat: {help: h, unit: ratio, entity: house, fact: true}\n"
                            "symptoms:\n  - {id: hot, entity: house, title: {en: t, ko: t}, effect: {en: e, ko: e}, when: heat > 80%, severity: warning, causes: [fire, sun]}\n"
                            "causes:\n"
                            "  - {id: fire, class: x, title: {en: f, ko: f}, evidence: [{if: heat > 81%, db: +15}, {if: heat > 82%, exclude: true}]}\n"
                            "  - {id: sun, class: x, title: {en: s, ko: s}, evidence: [{if: heat > 81%, db: -3, else_db: +6}]}\n";

struct world {
    struct small_world w;
    struct calibration c;
    struct finding_evidence fire[2], sun[1];
    struct finding_cause causes[2];
    struct finding f;
};

static void open_world(struct world *x)
{
    *x = (struct world){0};
    small_world_open(&x->w, rules);
    calibration_init(&x->c, x->w.rules);
    const struct suspect *s = ruleset_symptom(x->w.rules, "hot")->suspects;
    x->fire[0] = (struct finding_evidence){evidence_key(&s[0].evidence[0]), 1};
    x->fire[1] = (struct finding_evidence){evidence_key(&s[0].evidence[1]), 0};
    x->sun[0] = (struct finding_evidence){evidence_key(&s[1].evidence[0]), 0};
    x->causes[0] = (struct finding_cause){.id = "fire", .evidence = x->fire, .evidence_len = 2};
    x->causes[1] = (struct finding_cause){.id = "sun", .evidence = x->sun, .evidence_len = 1};
    x->f = (struct finding){.causes = x->causes, .causes_len = 2};
}

static void close_world(struct world *x)
{
    calibration_free(&x->c);
    small_world_close(&x->w);
}

static const struct tally *tally_of(const struct world *x, size_t i)
{
    return &x->c.items.items[i].tally;
}

static void expect(const struct tally *t, size_t with_true, size_t with_false, size_t without_true, size_t without_false)
{
    assert_int_equal(t->with_true, with_true);
    assert_int_equal(t->with_false, with_false);
    assert_int_equal(t->without_true, without_true);
    assert_int_equal(t->without_false, without_false);
}

static void take__right__first_was_it_and_the_others_were_not(void **state)
{
    (void)state;
    struct world x;
    open_world(&x);
    calibration_take(&x.c, &x.f, FEEDBACK_RIGHT, "");
    assert_int_equal(x.c.items.len, 3); /* of fire, of fire, of sun: one condition under two causes is two */
    expect(tally_of(&x, 0), 1, 0, 0, 0);
    expect(tally_of(&x, 1), 0, 1, 0, 0);
    expect(tally_of(&x, 2), 0, 0, 0, 1);
    assert_int_equal(x.c.causes[0].right, 1);
    assert_int_equal(x.c.causes[1].was_not, 1);
    close_world(&x);
}

static void take__wrong__speaks_of_the_first_alone(void **state)
{
    (void)state;
    struct world x;
    open_world(&x);
    calibration_take(&x.c, &x.f, FEEDBACK_WRONG, "");
    expect(tally_of(&x, 0), 0, 0, 1, 0);
    expect(tally_of(&x, 2), 0, 0, 0, 0);
    close_world(&x);
}

static void take__other__that_one_was_it(void **state)
{
    (void)state;
    struct world x;
    open_world(&x);
    x.sun[0].truth = NAN; /* what was not known counts nowhere */
    calibration_take(&x.c, &x.f, FEEDBACK_OTHER, "sun");
    expect(tally_of(&x, 0), 0, 0, 1, 0);
    expect(tally_of(&x, 2), 0, 0, 0, 0);
    assert_int_equal(x.c.causes[1].was, 1);
    assert_int_equal(x.c.causes[1].unsuspected, 0);
    x.f.causes_len = 1;
    x.fire[0].key ^= 1;
    calibration_take(&x.c, &x.f, FEEDBACK_OTHER, "sun");
    assert_int_equal(x.c.causes[1].unsuspected, 1);
    assert_int_equal(x.c.foreign, 1);
    close_world(&x);
}

static void db__counts__ratio_of_smoothed_shares(void **state)
{
    (void)state;
    static const struct {
        struct tally t;
        double when_true, when_false;
    } cases[] = {
        {{9, 1, 1, 9}, 10 * 0.69897, 10 * -0.69897},      /* (10/12) / (2/12) = 5 */
        {{8, 0, 0, 8}, 10 * 0.954243, 10 * -0.954243},    /* never infinite: (9/10) / (1/10) = 9 */
        {{5, 5, 5, 5}, 0, 0},
        {{3, 0, 0, 0}, NAN, NAN},                         /* nothing to compare with */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double t = tally_db(&cases[i].t, true), f = tally_db(&cases[i].t, false);
        assert_true(isnan(cases[i].when_true) ? isnan(t) && isnan(f) : fabs(t - cases[i].when_true) < 1e-3 && fabs(f - cases[i].when_false) < 1e-3);
    }
}

static void suggests__enough_answers__three_db_at_most(void **state)
{
    (void)state;
    static const struct {
        struct tally t;
        double now, suggested;
    } cases[] = {
        {{9, 1, 1, 9}, 15, 12},   /* they say 7 */
        {{9, 1, 1, 9}, 8, 7},
        {{9, 1, 1, 9}, 0, NAN},   /* the rule lets it say nothing */
        {{9, 0, 1, 9}, 15, NAN},  /* 19 */
        {{4, 0, 8, 8}, 15, NAN},  /* too few with the cause */
        {{5, 0, 8, 8}, -9, -6},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double s = tally_suggests(&cases[i].t, true, cases[i].now);
        assert_true(isnan(cases[i].suggested) ? isnan(s) : fabs(s - cases[i].suggested) < 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take__right__first_was_it_and_the_others_were_not), cmocka_unit_test(take__wrong__speaks_of_the_first_alone),
        cmocka_unit_test(take__other__that_one_was_it),                      cmocka_unit_test(db__counts__ratio_of_smoothed_shares),
        cmocka_unit_test(suggests__enough_answers__three_db_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
