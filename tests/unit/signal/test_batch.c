/* Answers: labels to entities, values to base units, what is absent and what is NaN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "support/signal_world.h"

static const char pack[] = "labels:\n"
                           "  shop:\n"
                           "    - {from: [address], pattern: '([^.:]+)\\.shops(?:\\.[^:]*)?(?::\\d+)?'}\n"
                           "    - {from: [shop, branch, instance, address], pattern: '([^:]+)(?::\\d+)?'}\n"
                           "entities:\n"
                           "  queue: {labels: [shop, till]}\n"
                           "profiles: {tills: {help: t, probe: [a]}}\n"
                           "signals:\n"
                           "  waiting: {help: h, unit: s, entity: queue, bindings: [{profile: tills, query: a, unit: ms, labels: {lane: till}}]}\n"
                           "  calm: {help: h, unit: s, entity: queue, nan: zero, bindings: [{profile: tills, query: b}]}\n"
                           "  worst: {help: h, unit: s, entity: queue, nan: infinite, bindings: [{profile: tills, query: c}]}\n"
                           "symptoms:\n"
                           "  - {id: x, entity: queue, title: {en: x, ko: x}, when: 'waiting > 1s and calm > 1s and worst > 1s', severity: info, effect: {en: x, ko: x}}\n";

struct world {
    struct signal_world w;
    struct batch batch;
};

static int set_up(void **state)
{
    static struct world t;
    signal_world_open(&t.w, pack, (struct name_values){0});
    signal_world_bind(&t.w, "waiting", 0, -1);
    signal_world_bind(&t.w, "calm", 0, -1);
    signal_world_bind(&t.w, "worst", 0, -1);
    batch_init(&t.batch, WORLD_START_MS, WORLD_STEP_MS, 4, 60000);
    batch_plan(&t.batch, t.w.cluster, false);
    *state = &t;
    return t.batch.len == 3 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *t = *state;
    batch_free(&t->batch);
    signal_world_close(&t->w);
    return 0;
}

struct mapping {
    struct prom_label labels[3];
    const char *shop, *till; /* NULL = not mapped */
};

static const struct mapping mappings[] = {
    {{{"shop", "north"}, {"lane", "1"}}, "north", "1"},
    {{{"branch", "north"}, {"lane", "1"}}, "north", "1"},
    {{{"instance", "north:9100"}, {"lane", "1"}}, "north", "1"},   /* the pattern's group */
    {{{"branch", "b"}, {"shop", "s"}, {"lane", "1"}}, "s", "1"},   /* the first that is there */
    {{{"shop", ""}, {"branch", "b"}, {"lane", "1"}}, "b", "1"},    /* empty is absent */
    {{{"shop", "s"}, {"till", "own"}}, "s", "own"},                /* our own name will do */
    {{{"shop", "s"}, {"till", "own"}, {"lane", "1"}}, "s", "1"},   /* but the binding knows better */
    {{{"address", "north.shops.example.org:80"}, {"lane", "1"}}, "north", "1"}, /* the first rule that matches */
    {{{"address", "north.example.org:80"}, {"lane", "1"}}, "north.example.org", "1"},
    {{{"shop", "s"}}, NULL, NULL},
    {{{"lane", "1"}}, NULL, NULL},
};

static void answer_series__labels__entity_or_unmapped(void **state)
{
    struct world *t = *state;
    for (size_t i = 0; i < ARRAY_LEN(mappings); i++) {
        const struct mapping *m = &mappings[i];
        struct answer *a = signal_world_answer(&t->batch, 0);
        size_t len = 0, unmapped = a->unmapped;
        while (len < 3 && m->labels[len].name)
            len++;
        answer_series(a, m->labels, len);
        assert_int_equal(a->unmapped - unmapped, !m->shop);
        if (!m->shop) {
            assert_null(a->at);
            answer_sample(a, WORLD_START_MS, 1); /* goes nowhere */
            continue;
        }
        assert_string_equal(a->at->identity[0], m->shop);
        assert_string_equal(a->at->identity[1], m->till);
    }
}

static void put(struct answer *a, const char *shop)
{
    struct prom_label labels[] = {{"shop", shop}, {"till", "1"}};
    answer_series(a, labels, 2);
}

static void answer_sample__unit_of_the_binding__base_units(void **state)
{
    struct world *t = *state;
    struct answer *a = signal_world_answer(&t->batch, 0);
    put(a, "north");
    answer_sample(a, WORLD_START_MS, 1500);
    assert_true(fabs(a->at->values[0] - 1.5) < 1e-12);
}

static void answer_sample__nan__by_the_signals_policy(void **state)
{
    struct world *t = *state;
    static const double odd[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        int64_t at = WORLD_START_MS + (int64_t)i * WORLD_STEP_MS;
        for (size_t k = 0; k < 3; k++) {
            put(signal_world_answer(&t->batch, k), "north");
            answer_sample(signal_world_answer(&t->batch, k), at, odd[i]);
        }
        assert_true(isnan(t->batch.answers[0].at->values[i]));
        assert_false(is_absent(t->batch.answers[0].at->values[i])); /* it was said, and it was said to be NaN */
        assert_true(t->batch.answers[1].at->values[i] == 0);
        assert_true(isinf(t->batch.answers[2].at->values[i]));
    }
    assert_true(is_absent(t->batch.answers[0].at->values[3]));
    assert_true(is_absent(t->batch.answers[1].at->values[3])); /* a policy for NaN is none for nothing */
}

struct stamp {
    int64_t offset_ms;
    int slot; /* -1 = outside */
};

static const struct stamp stamps[] = {{0, 0}, {7000, 0}, {8000, 1}, {-7000, 0}, {-8000, -1}, {45000, 3}, {52000, 3}, {53000, -1}, {600000, -1}};

static void answer_sample__time__nearest_slot_or_none(void **state)
{
    struct world *t = *state;
    struct answer *a = signal_world_answer(&t->batch, 0);
    for (size_t i = 0; i < ARRAY_LEN(stamps); i++) {
        char shop[16];
        snprintf(shop, sizeof(shop), "s%zu", i);
        put(a, shop);
        answer_sample(a, WORLD_START_MS + stamps[i].offset_ms, 1);
        for (int slot = 0; slot < 4; slot++)
            assert_int_equal(!is_absent(a->at->values[slot]), slot == stamps[i].slot);
    }
}

static void answer_series__two_of_one_entity__the_first_stays(void **state)
{
    struct world *t = *state;
    struct answer *a = signal_world_answer(&t->batch, 0);
    put(a, "north");
    answer_sample(a, WORLD_START_MS, 1000);
    put(a, "north");
    answer_sample(a, WORLD_START_MS, 9000);
    answer_sample(a, WORLD_START_MS + WORLD_STEP_MS, 2000);
    assert_int_equal(a->len, 1);
    assert_int_equal(a->duplicates, 1);
    assert_true(a->series[0].values[0] == 1);
    assert_true(a->series[0].values[1] == 2);
}

static void answer_done__not_whole__nothing_is_left(void **state)
{
    struct world *t = *state;
    static const enum answer_state states[] = {ANSWER_FAILED, ANSWER_PARTIAL};
    struct error why = {.code = ERR_NET, .text = "away"};
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        struct answer *a = signal_world_answer(&t->batch, i);
        put(a, "north");
        answer_sample(a, WORLD_START_MS, 1);
        answer_done(a, states[i], &why);
        assert_int_equal(a->len, 0);
        assert_string_equal(a->error.text, "away");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answer_series__labels__entity_or_unmapped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answer_sample__unit_of_the_binding__base_units, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answer_sample__nan__by_the_signals_policy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answer_sample__time__nearest_slot_or_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answer_series__two_of_one_entity__the_first_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answer_done__not_whole__nothing_is_left, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
