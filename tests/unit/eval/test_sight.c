#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "eval/sight.h"
#include "support/small_world.h"

/* A queue is long or (where that is measured) the wait is; the clear condition forgives what is not measured. */
static const char rules[] = "entities:\n"
                            "  shop: {labels: [shop], help: a shop}\n"
                            "  queue: {labels: [shop, till], help: a queue in it}\n"
                            "profiles: {tills: {help: tills, probe: [guests]}}\n"
                            "signals:\n"
                            "  waiting: {entity: queue, unit: guests, help: who waits, bindings: [{profile: tills, query: 'waiting'}]}\n"
                            "  wait: {entity: queue, unit: s, help: how long, bindings: [{profile: tills, query: 'wait'}]}\n"
                            "  heat: {entity: shop, unit: degrees, help: how hot, bindings: [{profile: tills, query: 'heat'}]}\n"
                            "  staff: {entity: shop, unit: people, help: who works, bindings: [{profile: tills, query: 'staff'}]}\n"
                            "symptoms:\n"
                            "  - id: slow\n"
                            "    entity: queue\n"
                            "    title: {en: slow, ko: slow}\n"
                            "    effect: {en: x, ko: x}\n"
                            "    when: '((max(waiting[1m]) > 5 else wait > 60s else false) or (wait > 60s else false) or (heat > 40 else false)) and not (staff > 9 else false)'\n"
                            "    clear_when: (waiting < 4 else true) and (wait < 30s else true) and (heat < 35 else true)\n"
                            "    keep_firing_for: 30s\n"
                            "    severity: warning\n";

/* NAN = not fed in this slot. */
struct slot {
    double waiting, wait, heat, staff;
};

static const double NONE = NAN;

static void feed(struct small_world *w, struct slot s)
{
    static const char *const names[] = {"waiting", "wait", "heat", "staff"};
    const double values[] = {s.waiting, s.wait, s.heat, s.staff};
    for (size_t i = 0; i < 4; i++)
        if (!isnan(values[i]))
            small_world_feed(w, names[i], "north", i < 2 ? "1" : NULL, values[i]);
    small_world_step(w);
}

static const struct instance *instance(const struct small_world *w)
{
    return states_at(w->states, ruleset_symptom(w->rules, "slow"), 0);
}

static bool fires(const struct small_world *w)
{
    return instance(w) && instance_fires(instance(w));
}

struct course {
    const char *name;
    struct slot before, after; /* it fires by `before`, then comes `after` */
    bool resolves;
};

static const struct course courses[] = {
    {"what made it fire is well again", {9, 5, 20, 3}, {1, 5, 20, 3}, true},
    {"what made it fire is lost", {9, 5, 20, 3}, {NAN, 5, 20, 3}, false},
    {"all is lost", {9, 5, 20, 3}, {NAN, NAN, NAN, NAN}, false},
    {"another signal is lost", {9, 5, 20, 3}, {1, NAN, 20, 3}, true},
    {"what stands in for what was never there is well again", {NAN, 90, 20, 3}, {NAN, 5, 20, 3}, true},
    {"what stands in for what was never there is lost", {NAN, 90, 20, 3}, {NAN, NAN, 20, 3}, false},
    {"what was never there stays away", {9, NAN, NAN, NAN}, {1, NAN, NAN, NAN}, true},
    {"one of two that made it fire is lost", {9, 90, 20, 3}, {1, NAN, 20, 3}, false},
    {"a signal of a coarser entity made it fire and is lost", {1, 5, 50, 3}, {1, 5, NAN, 3}, false},
    {"a signal of a coarser entity made it fire and is well", {1, 5, 50, 3}, {1, 5, 20, 3}, true},
    {"what only kept it from being excused is lost", {9, 5, 20, 3}, {1, 5, 20, NAN}, true},
};

static void resolve__needs_what_made_it_fire(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(courses) / sizeof(courses[0]); i++) {
        const struct course *c = &courses[i];
        struct small_world w;
        small_world_open(&w, rules);
        for (int k = 0; k < 4; k++)
            feed(&w, c->before);
        if (!fires(&w))
            fail_msg("%s: does not fire", c->name);
        for (int k = 0; k < 12; k++)
            feed(&w, c->after);
        if (fires(&w) == c->resolves)
            fail_msg("%s: %s", c->name, c->resolves ? "still fires" : "resolved");
        if (!c->resolves && !instance(&w)->blind_since_ms)
            fail_msg("%s: not told to be blind", c->name);
        small_world_close(&w);
    }
}

static void resolve__lost_and_seen_again__after_all(void **state)
{
    (void)state;
    struct small_world w;
    small_world_open(&w, rules);
    for (int k = 0; k < 4; k++)
        feed(&w, (struct slot){9, 5, NONE, NONE});
    for (int k = 0; k < 8; k++)
        feed(&w, (struct slot){NONE, 5, NONE, NONE});
    assert_true(fires(&w) && instance(&w)->blind_since_ms);
    for (int k = 0; k < 4; k++)
        feed(&w, (struct slot){1, 5, NONE, NONE});
    assert_false(fires(&w));
    small_world_close(&w);
}

/* What is kept over a restart are names, since bits depend on the rules. */
static void held_by__as_names_and_back__the_same(void **state)
{
    (void)state;
    struct small_world w;
    const char *names[SIGHT_SIGNALS_MAX];
    small_world_open(&w, rules);
    for (int k = 0; k < 4; k++)
        feed(&w, (struct slot){9, 90, 20, 3});
    struct instance *i = states_put(w.states, ruleset_symptom(w.rules, "slow"), 0);
    uint64_t noted = i->held_by;
    assert_int_equal(sight_names(i, names), 2);
    assert_string_equal(names[0], "waiting");
    assert_string_equal(names[1], "wait");
    i->held_by = 0;
    sight_restore(i, names[1]);
    sight_restore(i, "no such signal");
    sight_restore(i, names[0]);
    assert_true(i->held_by == noted);
    for (int k = 0; k < 8; k++)
        feed(&w, (struct slot){1, NONE, NONE, NONE});
    assert_true(fires(&w) && i->blind_since_ms);
    small_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolve__needs_what_made_it_fire),
        cmocka_unit_test(resolve__lost_and_seen_again__after_all),
        cmocka_unit_test(held_by__as_names_and_back__the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
