/* What of a batch comes into the windows: preference, gaps, vanished entities, facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "support/signal_world.h"

static const char pack[] = "entities:\n"
                           "  shop: {labels: [shop]}\n"
                           "profiles: {good: {help: g, probe: [a]}, poor: {help: p, probe: [b]}}\n"
                           "signals:\n"
                           "  guests: {help: h, unit: guests, entity: shop, bindings: [{profile: good, query: a}, {profile: poor, query: b}]}\n"
                           "  errors: {help: h, unit: 1/s, entity: shop, vanishes: zero, bindings: [{profile: good, query: c}, {profile: poor, query: d}]}\n"
                           "symptoms:\n"
                           "  - {id: x, entity: shop, title: {en: x, ko: x}, when: 'guests > 1 and errors > 1/s', severity: info, effect: {en: x, ko: x}}\n";

static int set_up(void **state)
{
    static struct signal_world w;
    signal_world_open(&w, pack, (struct name_values){0});
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    signal_world_close(*state);
    return 0;
}

/* An answer in one letter a binding: 0…9 that value for shop "s", - whole without it, n it is NaN, F failed, P partial. Takes the slot into the cluster. */
static void slot(struct signal_world *w, int64_t number, const char *answers)
{
    struct batch b;
    struct error why = {.code = ERR_NET, .text = "away"};
    struct prom_label labels[] = {{"shop", "s"}};
    batch_init(&b, WORLD_START_MS + number * WORLD_STEP_MS, WORLD_STEP_MS, 1, 60000);
    batch_plan(&b, w->cluster, false);
    assert_int_equal(b.len, strlen(answers));
    for (size_t i = 0; answers[i]; i++) {
        bool failed = answers[i] == 'F', partial = answers[i] == 'P';
        if (answers[i] != '-') {
            answer_series(&b.answers[i], labels, 1);
            answer_sample(&b.answers[i], b.from_ms, answers[i] == 'n' ? NAN : failed || partial ? 7 : answers[i] - '0');
        }
        answer_done(&b.answers[i], failed ? ANSWER_FAILED : partial ? ANSWER_PARTIAL : ANSWER_OK, failed || partial ? &why : NULL);
    }
    cluster_ingest(w->cluster, &b, 0);
    batch_free(&b);
}

static double value(const struct signal_world *w, const char *signal, int64_t number)
{
    size_t row = signal_world_row(w, signal, "s", NULL);
    return row == NO_ROW ? NAN : window_get(w->cluster->windows[ruleset_signal(w->rules, signal)->index], row, WORLD_START_MS / WORLD_STEP_MS + number);
}

struct preference {
    const char *answers;
    double expected; /* NaN = gap */
    enum health health;
};

static const struct preference preferences[] = {
    {"12", 1, HEALTH_OK},  {"-2", 2, HEALTH_OK},      {"n2", 2, HEALTH_OK},        {"1-", 1, HEALTH_OK},  {"--", NAN, HEALTH_OK},
    {"nn", NAN, HEALTH_OK}, {"FF", NAN, HEALTH_FAILED}, {"PP", NAN, HEALTH_PARTIAL}, {"02", 0, HEALTH_OK},
};

static void ingest__two_bindings__the_first_that_says_something(void **state)
{
    struct signal_world *w = *state;
    signal_world_bind(w, "guests", 0, 1);
    for (size_t i = 0; i < ARRAY_LEN(preferences); i++) {
        const struct preference *p = &preferences[i];
        slot(w, (int64_t)i, p->answers);
        double v = value(w, "guests", (int64_t)i);
        if (isnan(p->expected) ? !isnan(v) : v != p->expected)
            fail_msg("%s gave %g, not %g", p->answers, v, p->expected);
        if (w->cluster->health[ruleset_signal(w->rules, "guests")->index].health != p->health)
            fail_msg("%s left the wrong health", p->answers);
    }
}

static void ingest__failed__gap_and_since_when(void **state)
{
    struct signal_world *w = *state;
    signal_world_bind(w, "guests", 0, -1);
    const struct signal_health *h = &w->cluster->health[ruleset_signal(w->rules, "guests")->index];
    slot(w, 0, "5");
    assert_true(value(w, "guests", 0) == 5);
    slot(w, 1, "F");
    assert_true(isnan(value(w, "guests", 1)));
    slot(w, 2, "P");
    assert_true(isnan(value(w, "guests", 2)));
    assert_int_equal(h->failing_since, WORLD_START_MS / WORLD_STEP_MS + 1);
    assert_string_equal(h->error, "away");
    slot(w, 3, "6");
    assert_int_equal(h->failing_since, 0);
    assert_true(value(w, "guests", 3) == 6);
}

static void ingest__vanished__zero_only_where_the_signal_says_so(void **state)
{
    struct signal_world *w = *state;
    signal_world_bind(w, "guests", 0, -1);
    signal_world_bind(w, "errors", 0, -1);
    slot(w, 0, "54");
    slot(w, 1, "--");
    assert_true(isnan(value(w, "guests", 1)));
    assert_true(value(w, "errors", 1) == 0);
    slot(w, 2, "5-");
    assert_true(value(w, "errors", 2) == 0); /* and stays so */
}

static void ingest__vanished_behind_a_failure__not_zero(void **state)
{
    struct signal_world *w = *state;
    signal_world_bind(w, "errors", 0, -1);
    slot(w, 0, "4");
    slot(w, 1, "F");
    assert_true(isnan(value(w, "errors", 1)));
    slot(w, 2, "-"); /* nobody knows when it went */
    assert_true(isnan(value(w, "errors", 2)));
}

static void ingest__one_of_two_bindings_failed__not_zero(void **state)
{
    struct signal_world *w = *state;
    signal_world_bind(w, "errors", 0, 1);
    slot(w, 0, "4-");
    slot(w, 1, "F-"); /* the one that knew it did not answer */
    assert_true(isnan(value(w, "errors", 1)));
    slot(w, 2, "4-");
    slot(w, 3, "--");
    assert_true(value(w, "errors", 3) == 0);
}

static void ingest__entity_never_seen__not_zero(void **state)
{
    struct signal_world *w = *state;
    signal_world_bind(w, "guests", 0, -1);
    signal_world_bind(w, "errors", 0, -1);
    slot(w, 0, "5-");
    slot(w, 1, "5-");
    assert_true(isnan(value(w, "errors", 1)));
}

/* Whoever only counts guests does not make a stall of a passer-by, unless nobody tells of stalls at all. */
static void ingest__made_by__others_follow(void **state)
{
    static const char stalls[] = "entities:\n"
                                 "  stall: {labels: [stall], made_by: [open]}\n"
                                 "profiles: {good: {help: g, probe: [a]}}\n"
                                 "signals:\n"
                                 "  visits: {help: h, unit: guests, entity: stall, bindings: [{profile: good, query: a}]}\n"
                                 "  open: {help: h, unit: guests, entity: stall, bindings: [{profile: good, query: b}]}\n"
                                 "symptoms:\n"
                                 "  - {id: x, entity: stall, title: {en: x, ko: x}, when: 'visits > 1 and open > 1', severity: info, effect: {en: x, ko: x}}\n";
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct signal_world w;
        struct batch b;
        signal_world_open(&w, stalls, (struct name_values){0});
        signal_world_bind(&w, "visits", 0, -1);
        signal_world_bind(&w, "open", 0, -1);
        batch_init(&b, WORLD_START_MS, WORLD_STEP_MS, 1, 60000);
        batch_plan(&b, w.cluster, false);
        for (size_t i = 0; i < b.len; i++) {
            bool open = strcmp(b.answers[i].signal->name, "open") == 0;
            for (int k = 0; k < (open ? told : 2); k++) { /* "s" is told as open, "p" never */
                answer_series(&b.answers[i], (struct prom_label[]){{"stall", k ? "p" : "s"}}, 1);
                answer_sample(&b.answers[i], b.from_ms, 3);
            }
            answer_done(&b.answers[i], ANSWER_OK, NULL);
        }
        cluster_ingest(w.cluster, &b, 0);
        assert_int_equal(cluster_domain(w.cluster, ruleset_kind(w.rules, "stall"))->rows, told ? 1 : 2);
        batch_free(&b);
        signal_world_close(&w);
    }
}

static void unbound__counts_signals_in_use(void **state)
{
    struct signal_world *w = *state;
    assert_int_equal(cluster_unbound(w->cluster), 2);
    signal_world_bind(w, "errors", 0, -1);
    assert_int_equal(cluster_unbound(w->cluster), 1);
}

static void compact__not_seen__row_forgotten_and_windows_follow(void **state)
{
    struct signal_world *w = *state;
    struct batch b;
    static const char *const shops[] = {"old", "s"};
    signal_world_bind(w, "guests", 0, -1);
    for (int64_t k = 0; k < 2; k++) {
        struct prom_label labels[] = {{"shop", shops[k]}};
        batch_init(&b, WORLD_START_MS + k * WORLD_STEP_MS, WORLD_STEP_MS, 1, 60000);
        batch_plan(&b, w->cluster, false);
        answer_series(&b.answers[0], labels, 1);
        answer_sample(&b.answers[0], b.from_ms, 3 + (double)k);
        answer_done(&b.answers[0], ANSWER_OK, NULL);
        cluster_ingest(w->cluster, &b, 0);
        batch_free(&b);
    }
    cluster_compact(w->cluster, WORLD_START_MS + WORLD_STEP_MS, NULL, NULL, NULL);
    assert_int_equal(signal_world_row(w, "guests", "old", NULL), NO_ROW);
    assert_int_equal(signal_world_row(w, "guests", "s", NULL), 0);
    assert_true(value(w, "guests", 1) == 4);
    assert_true(isnan(value(w, "guests", 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ingest__two_bindings__the_first_that_says_something, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ingest__failed__gap_and_since_when, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ingest__vanished__zero_only_where_the_signal_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ingest__vanished_behind_a_failure__not_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ingest__one_of_two_bindings_failed__not_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ingest__entity_never_seen__not_zero, set_up, tear_down),
        cmocka_unit_test(ingest__made_by__others_follow),
        cmocka_unit_test_setup_teardown(unbound__counts_signals_in_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compact__not_seen__row_forgotten_and_windows_follow, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
