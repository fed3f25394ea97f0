/* Which findings are one incident, who speaks for it, and when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "diagnose/diagnose.h"
#include "diagnose/incident.h"
#include "support/small_world.h"

/*
 * Houses hang on a grid (`power`). A house without heat is "cold"; its suspects are the grid and its own boiler. "dark" has the grid and the bulb. A storm takes the
 * grid down, everywhere; a boiler concerns its house only, and shows as damp there.
 */
static const char pack[] = "entities:\n  house: {labels: [house]}\n"
                           "signals:\n"
                           "  warmth: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "  light: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "  damp: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "  power: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "  wind: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "  boiler: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "mechanisms:\n"
                           "  - {id: storm, within: 5m, shows_as: [no-power]}\n"
                           "  - {id: no-power, scope: [house]}\n"
                           "  - {id: broken-boiler, scope: [house], shows_as: [no-heating]}\n"
                           "causes:\n"
                           "  - {id: storm, class: x, title: {en: storm, ko: storm}, evidence: [{if: max(wind) > 80%, db: +15, else_db: -3, family: w}, {if: power < 10%, db: +3, else_db: -15, family: p}]}\n"
                           "  - {id: no-power, class: x, title: {en: p, ko: p}, evidence: [{if: power < 10%, db: +10, else_db: -15, family: p}]}\n"
                           "  - {id: broken-boiler, class: x, title: {en: b, ko: b}, evidence: [{if: boiler < 10%, db: +15, else_db: -15, family: b}]}\n"
                           "  - {id: no-heating, class: x, title: {en: n, ko: n}, evidence: [{if: warmth < 50%, db: +3, else_db: -10, family: n}]}\n"
                           "symptoms:\n"
                           "  - {id: cold, entity: house, title: {en: '{house} is cold', ko: k}, effect: {en: e, ko: e}, when: warmth < 50%, severity: warning,\n"
                           "     causes: [storm, no-power, broken-boiler]}\n"
                           "  - {id: dark, entity: house, title: {en: '{house} is dark', ko: k}, effect: {en: e, ko: e}, when: light < 50%, severity: critical,\n"
                           "     causes: [storm, no-power]}\n"
                           "  - {id: mouldy, entity: house, title: {en: '{house} is mouldy', ko: k}, effect: {en: e, ko: e}, when: damp > 50%, severity: info,\n"
                           "     impact: true, causes: [no-heating]}\n";

struct town {
    struct small_world w;
    struct incidents *incidents;
};

static void open_town(struct town *t)
{
    small_world_open(&t->w, pack);
    t->incidents = incidents_new(t->w.cluster);
}

static void close_town(struct town *t)
{
    incidents_free(t->incidents);
    small_world_close(&t->w);
}

/* The state of a house in this slot; NAN = not known. */
static void house(struct town *t, const char *name, double warmth, double light, double damp, double power, double wind, double boiler)
{
    small_world_feed(&t->w, "warmth", name, NULL, warmth);
    small_world_feed(&t->w, "light", name, NULL, light);
    small_world_feed(&t->w, "damp", name, NULL, damp);
    small_world_feed(&t->w, "power", name, NULL, power);
    small_world_feed(&t->w, "wind", name, NULL, wind);
    small_world_feed(&t->w, "boiler", name, NULL, boiler);
}

static void step(struct town *t)
{
    incidents_clear(t->incidents);
    small_world_step(&t->w);
    size_t fresh = t->w.effects.len;
    for (size_t i = 0; i < fresh; i++)
        if (t->w.effects.items[i].kind == EFFECT_FIRED)
            diagnose_lead(&t->w.evaluator, t->w.effects.items[i].instance, &t->w.arena);
    for (size_t s = 0; s < t->w.rules->symptoms_len; s++)
        for (size_t row = 0; row < t->w.states->symptoms[s].rows; row++) {
            struct instance *i = t->w.states->symptoms[s].by_row[row];
            if (i && i->state == STATE_FIRING && i->fired_ms != i->last_ms && diagnose_lead(&t->w.evaluator, i, &t->w.arena))
                effects_add(&t->w.effects, EFFECT_CAUSE, i);
        }
    incidents_step(t->incidents, &t->w.effects, (t->w.slot - 1) * SMALL_WORLD_STEP_MS);
}

static void storm__two_houses__one_incident(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 0.2, 0.2, 0, 0, 0.9, 1);
    house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    assert_int_equal(t.incidents->len, 1);
    assert_int_equal(t.incidents->items[0]->ever, 3);
    assert_string_equal(t.incidents->items[0]->mechanism->root->id, "storm");
    assert_int_equal(t.incidents->items[0]->peak, SEVERITY_CRITICAL);
    close_town(&t);
}

static void boilers__two_houses__two_incidents(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 0.2, 1, 0.9, 1, 0, 0);
    house(&t, "b", 0.2, 1, 0, 1, 0, 0);
    step(&t);
    assert_int_equal(t.incidents->len, 2); /* the mould of a belongs to the boiler of a */
    size_t ever = t.incidents->items[0]->ever + t.incidents->items[1]->ever;
    assert_int_equal(ever, 3);
    close_town(&t);
}

static void two_faults__same_minute__stay_apart(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 0.2, 1, 0, 0, 0.9, 1);
    house(&t, "b", 0.2, 1, 0, 1, 0.9, 0); /* has power: its boiler it is, storm or not */
    step(&t);
    assert_int_equal(t.incidents->len, 2);
    close_town(&t);
}

static void unknown_cause__began_together__one_until_a_cause_is_its_own(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    for (int i = 0; i < 3; i++) {
        house(&t, "a", 0.2, 1, 0, NAN, NAN, NAN);
        house(&t, "b", 0.2, 1, 0, NAN, NAN, NAN);
        house(&t, "c", 0.2, 1, 0, NAN, NAN, NAN);
        step(&t);
        assert_int_equal(t.incidents->len, 1);
    }
    house(&t, "a", 0.2, 1, 0, NAN, NAN, NAN);
    house(&t, "b", 0.2, 1, 0, NAN, NAN, 0);
    house(&t, "c", 0.2, 1, 0, NAN, NAN, NAN);
    step(&t);
    assert_int_equal(t.incidents->len, 2);
    close_town(&t);
}

static void late_cause__takes_in_what_it_explains__older_name_stays(void **state)
{
    (void)state;
    struct town t;
    char name[17];
    open_town(&t);
    house(&t, "a", 1, 0.2, 0, NAN, NAN, NAN);
    step(&t);
    memcpy(name, t.incidents->items[0]->id, sizeof(name));
    house(&t, "a", 1, 0.2, 0, 0, 0.9, NAN);
    house(&t, "b", 0.2, 1, 0, 0, 0.9, NAN);
    step(&t);
    assert_int_equal(t.incidents->len, 1);
    assert_int_equal(t.incidents->items[0]->ever, 2);
    assert_string_equal(t.incidents->items[0]->id, name);
    close_town(&t);
}

static void lead_clears__what_it_explains_goes_on__it_has_the_last_word(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 1, 0.2, 0, 0, 0.9, 1);
    house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    assert_string_equal(t.incidents->items[0]->lead->symptom->id, "dark");
    house(&t, "a", 1, 1, 0, 1, 0.9, 1);
    house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    assert_int_equal(t.incidents->len, 1);
    const struct incident *g = t.incidents->items[0];
    assert_string_equal(g->lead->symptom->id, "dark");
    assert_true(incident_outlives(g->lead));
    assert_int_equal(g->len, 1);
    assert_string_equal(g->mechanism->root->id, "storm");
    const struct window *marks = t.w.cluster->disturbed[g->lead->symptom->kind->id];
    assert_true(window_get(marks, g->lead->row, t.w.slot - 1) == 1);
    for (int i = 0; i < 40; i++) { /* however long: it is not forgotten before */
        house(&t, "a", 1, 1, 0, 1, 0.9, 1);
        house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
        step(&t);
    }
    assert_string_equal(g->lead->symptom->id, "dark");
    assert_false(window_get(marks, g->lead->row, t.w.slot - 1) == 1); /* but its entity is well again: baselines may learn from it */
    house(&t, "a", 1, 1, 0, 1, 0, 1);
    house(&t, "b", 1, 1, 0, 1, 0, 1);
    step(&t);
    assert_int_equal(t.incidents->len, 0);
    assert_int_equal(t.incidents->closed_len, 1);
    assert_string_equal(t.incidents->closed[0]->lead->symptom->id, "dark");
    assert_int_equal(t.incidents->closed[0]->end, EFFECT_RESOLVED);
    close_town(&t);
}

static void lead_clears__back_again__same_incident(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    for (int i = 0; i < 3; i++) {
        house(&t, "a", 1, i == 1 ? 1 : 0.2, 0, i == 1, 0.9, 1);
        house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
        step(&t);
        assert_int_equal(t.incidents->len, 1);
        assert_string_equal(t.incidents->items[0]->lead->symptom->id, "dark");
        assert_int_equal(t.incidents->items[0]->len, i == 1 ? 1 : 2);
    }
    close_town(&t);
}

/* What is left has a cause of its own: the cleared one is silent. */
static void lead_clears__it_does_not_explain_the_rest__another_speaks(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 1, 0.2, 0, 0, 0.9, 1);
    house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    assert_int_equal(t.incidents->items[0]->len, 2);
    for (int i = 0; i < 6; i++) {
        house(&t, "a", 1, 1, 0, 1, 0, 1);
        house(&t, "b", 0.2, 1, 0, 1, 0, 0);
        step(&t);
    }
    assert_int_equal(t.incidents->len, 1);
    assert_string_equal(t.incidents->items[0]->lead->symptom->id, "cold");
    assert_false(incident_outlives(t.incidents->items[0]->lead));
    close_town(&t);
}

/* A second storm, while something of the first is left: it is its own incident. */
static void lead_clears__what_begins_later__stands_apart(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 1, 0.2, 0, 0, 0.9, 1);
    house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    house(&t, "a", 1, 1, 0, 1, 0.9, 1);
    house(&t, "b", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    step(&t);
    assert_int_equal(t.incidents->len, 1);
    house(&t, "c", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    assert_int_equal(t.incidents->len, 2);
    assert_int_equal(t.incidents->items[0]->len, 1);
    close_town(&t);
}

/* Not enough is known to believe it, but the grid comes first for both: cold and dark of one house are one matter, those of two are not. */
static void same_first_suspect__began_together__one_within_its_scope(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct town t;
        open_town(&t);
        house(&t, "a", 0.2, 1, 0, NAN, 0, 1);
        house(&t, "b", 1, 1, 0, NAN, 0, 1);
        step(&t);
        assert_int_equal(t.incidents->len, 1);
        assert_null(t.incidents->items[0]->mechanism);
        house(&t, "a", 0.2, other ? 1 : 0.2, 0, NAN, 0, 1);
        house(&t, "b", 1, other ? 0.2 : 1, 0, NAN, 0, 1);
        step(&t);
        assert_int_equal(t.incidents->len, other ? 2 : 1);
        close_town(&t);
    }
}

/* Two boilers that break in the same minute may be chance, three are one matter, though a boiler concerns its house only. */
static void same_cause__many_at_once__one_incident(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    (void)state;
    for (size_t houses = 2; houses <= 4; houses++) {
        struct town t;
        open_town(&t);
        for (size_t i = 0; i < houses; i++)
            house(&t, names[i], 0.2, 1, 0, 1, 0, 0);
        step(&t);
        assert_int_equal(t.incidents->len, houses == 2 ? 2 : 1);
        for (size_t i = 0; i < houses; i++)
            house(&t, names[i], 0.2, 1, 0, 1, 0, 0);
        step(&t);
        assert_int_equal(t.incidents->len, houses == 2 ? 2 : 1);
        assert_int_equal(t.incidents->items[0]->len, houses == 2 ? 1 : houses);
        close_town(&t);
    }
}

static void blind__is_no_end(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 0.2, 1, 0, 0, 0.9, 1);
    step(&t);
    house(&t, "a", NAN, NAN, NAN, NAN, NAN, NAN);
    step(&t);
    assert_int_equal(t.incidents->len, 1);
    assert_int_equal(t.incidents->closed_len, 0);
    close_town(&t);
}

static void role__by_place_and_kind(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 0.2, 1, 0.9, 1, 0, 0);
    step(&t);
    assert_int_equal(t.incidents->len, 1);
    const struct incident *g = t.incidents->items[0];
    assert_int_equal(g->len, 2);
    for (size_t i = 0; i < g->len; i++)
        assert_int_equal(incident_role(g, g->members[i]), strcmp(g->members[i]->symptom->id, "cold") == 0 ? ROLE_ROOT : ROLE_IMPACT);
    close_town(&t);
}

static const char *lead_of_a(const struct town *t)
{
    return t->w.states->symptoms[0].by_row[0]->lead;
}

static void belief__another_for_less_than_a_minute__stays(void **state)
{
    (void)state;
    struct town t;
    open_town(&t);
    house(&t, "a", 0.2, 1, 0, 1, 0, 0);
    step(&t);
    assert_string_equal(lead_of_a(&t), "broken-boiler");
    for (int round = 0; round < 2; round++) { /* it comes back in between: the minute begins anew */
        for (int i = 0; i < 3; i++) {
            house(&t, "a", 0.2, 1, 0, 0, 0, 1);
            step(&t);
            assert_string_equal(lead_of_a(&t), "broken-boiler");
        }
        if (round == 0) {
            house(&t, "a", 0.2, 1, 0, 1, 0, 0);
            step(&t);
        }
    }
    struct finding f;
    diagnose(&t.w.evaluator, t.w.states->symptoms[0].by_row[0], EFFECT_FIRED, &t.w.arena, &f);
    assert_string_equal(f.causes[0].id, "broken-boiler"); /* what is told is what is believed */
    for (int i = 0; i < 2; i++) {
        house(&t, "a", 0.2, 1, 0, 0, 0, 1);
        step(&t);
    }
    assert_string_equal(lead_of_a(&t), "no-power");
    close_town(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storm__two_houses__one_incident),
        cmocka_unit_test(boilers__two_houses__two_incidents),
        cmocka_unit_test(two_faults__same_minute__stay_apart),
        cmocka_unit_test(unknown_cause__began_together__one_until_a_cause_is_its_own),
        cmocka_unit_test(late_cause__takes_in_what_it_explains__older_name_stays),
        cmocka_unit_test(lead_clears__what_it_explains_goes_on__it_has_the_last_word),
        cmocka_unit_test(lead_clears__back_again__same_incident),
        cmocka_unit_test(lead_clears__it_does_not_explain_the_rest__another_speaks),
        cmocka_unit_test(lead_clears__what_begins_later__stands_apart),
        cmocka_unit_test(same_first_suspect__began_together__one_within_its_scope),
        cmocka_unit_test(same_cause__many_at_once__one_incident),
        cmocka_unit_test(blind__is_no_end),
        cmocka_unit_test(role__by_place_and_kind),
        cmocka_unit_test(belief__another_for_less_than_a_minute__stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
