#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "signal/cluster.h"
#include "signal/script.h"
#include "signal/source.h"

#define START_MS INT64_C(1500000000000)
#define STEP_MS 15000

static const char rules_text[] = "entities:\n"
                                 "  shop: {labels: [shop], help: a shop}\n"
                                 "  queue: {labels: [shop, till], help: a queue in it}\n"
                                 "profiles: {tills: {help: tills, probe: [guests]}}\n"
                                 "signals:\n"
                                 "  guests: {entity: shop, unit: guests, help: who is in, bindings: [{profile: tills, query: 'guests'}]}\n"
                                 "  waiting: {entity: queue, unit: guests, help: who waits, bindings: [{profile: tills, query: 'waiting'}]}\n"
                                 "symptoms:\n"
                                 "  - {id: full, entity: shop, title: {en: full, ko: full}, when: 'guests > 5 and sum(waiting) > 1', severity: info, effect: {en: x, ko: x}}\n";

struct world {
    struct ruleset *rules;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct world w;
    char path[] = "/tmp/nightbell-test-XXXXXX.yaml";
    const char *paths[] = {path};
    int fd = mkstemps(path, 5);
    struct mistakes m = MISTAKES_INIT;
    if (fd < 0 || write(fd, rules_text, strlen(rules_text)) != (ssize_t)strlen(rules_text))
        return -1;
    close(fd);
    w = (struct world){.arena = ARENA_INIT("test")};
    w.rules = ruleset_load(paths, 1, NULL, &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    unlink(path);
    *state = &w;
    return w.rules ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    ruleset_free(w->rules);
    arena_free(&w->arena);
    return 0;
}

static void read_text(struct world *w, const char *text, struct script *ret, struct mistakes *m)
{
    const struct node *list = tree_read_text(text, strlen(text), "test.yaml", &w->arena, m);
    script_read(list, w->rules, &w->arena, ret, m);
}

static struct script good(struct world *w, const char *text)
{
    struct mistakes m = MISTAKES_INIT;
    struct script s;
    read_text(w, text, &s, &m);
    if (m.len)
        fail_msg("%s", m.items[0].text);
    mistakes_free(&m);
    return s;
}

struct bad {
    const char *text;
    int line, col;
    const char *says;
};

static const struct bad bad_texts[] = {
    {"- {series: 'gusts{shop=\"a\"}', values: '1'}", 1, 13, "did you mean \"guests\""},
    {"- {series: 'guests{shop=\"a\", till=\"1\"}', values: '1'}", 1, 30, "no label till"},
    {"- {series: 'guests', values: '1'}", 1, 13, "needs the label shop"},
    {"- {series: 'waiting{shop=\"a\"}', values: '1'}", 1, 13, "needs the label till"},
    {"- {series: 'guests{shop=\"\"}', values: '1'}", 1, 13, "needs the label shop"},
    {"- {series: 'guests{shop=\"a\",shop=\"b\"}', values: '1'}", 1, 29, "twice"},
    {"- {series: 'guests{shop=\"a}', values: '1'}", 1, 28, "does not end"},
    {"- {series: 'guests{shop=\"a\"}', values: '1 2 z'}", 1, 45, "number"},
    {"- {series: 'guests{shop=\"a\"}', values: 1 2 z}", 1, 44, "number"},
    {"- series: 'guests{shop=\"a\"}'\n  values: |\n    1 z", 3, 7, "number"},
    {"- {series: 'guests{shop=\"a\"}'}", 1, 3, "values"},
    {"- {series: 'guests{shop=\"a\"}', value: '1'}", 1, 32, "did you mean \"values\""},
    {"- {series: 'guests{shop=\"a\"}', values: '1', noise: much}", 1, 52, "deviation"},
    {"- {series: 'guests{shop=\"a\"}', values: '1', noise: -3%}", 1, 52, "deviation"},
    {"- {series: 'guests{shop=\"a\"}', values: '1', week_ago: '1 z'}", 1, 58, "number"},
    {"- {series: 'guests{shop=\"a\"}', values: '1', week_age: '1'}", 1, 45, "did you mean \"week_ago\""},
    {"- {series: 'guests{shop=\"a\"}', values: '1'}\n- {series: 'guests{shop=\"a\"}', values: '2'}", 2, 3, "line 1 already"},
    {"- guests", 1, 3, "series"},
    {"guests: 1", 1, 1, "list"},
};

static void read__mistakes__told_with_their_place(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_LEN(bad_texts); i++) {
        const struct bad *c = &bad_texts[i];
        struct mistakes m = MISTAKES_INIT;
        struct script s;
        bool found = false;
        read_text(w, c->text, &s, &m);
        for (size_t k = 0; k < m.len; k++)
            found = found || (m.items[k].place.line == c->line && m.items[k].place.col == c->col && strstr(m.items[k].text, c->says));
        if (!found)
            fail_msg("\"%s\": %s at %d:%d", c->text, m.len ? m.items[0].text : "no mistake", m.len ? m.items[0].place.line : 0, m.len ? m.items[0].place.col : 0);
        mistakes_free(&m);
    }
}

static void noise__same_series__same_values_whatever_the_order_of_labels(void **state)
{
    struct world *w = *state;
    struct script a = good(w, "- {series: 'waiting{shop=\"a\",till=\"1\"}', values: '100x200', noise: 5%}");
    struct script b = good(w, "- {series: 'waiting{till=\"1\",shop=\"a\"}', values: '100x200', noise: 5%}");
    struct script c = good(w, "- {series: 'waiting{till=\"2\",shop=\"a\"}', values: '100x200', noise: 5%}");
    size_t same = 0;
    for (int64_t i = 0; i <= 200; i++) {
        assert_true(script_value(&a.series[0], i) == script_value(&b.series[0], i));
        same += script_value(&a.series[0], i) == script_value(&c.series[0], i);
    }
    assert_true(same < 3);
}

static void noise__relative__has_the_size_that_was_asked_for(void **state)
{
    struct script s = good(*state, "- {series: 'guests{shop=\"a\"}', values: '100x5000', noise: 5%}");
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < 5000; i++) {
        double v = script_value(&s.series[0], i) - 100;
        sum += v;
        squares += v * v;
    }
    assert_true(fabs(sum / 5000) < 0.3);
    assert_true(fabs(sqrt(squares / 5000) - 5) < 0.3);
}

static void noise__around_zero__never_negative_and_gaps_stay(void **state)
{
    struct script s = good(*state, "- {series: 'guests{shop=\"a\"}', values: '0x100 _x5 Inf', noise: 2}");
    double most = 0;
    for (int64_t i = 0; i <= 100; i++) {
        assert_true(script_value(&s.series[0], i) >= 0);
        most = fmax(most, script_value(&s.series[0], i));
    }
    assert_true(most > 1);
    assert_true(is_absent(script_value(&s.series[0], 103)));
    assert_true(isinf(script_value(&s.series[0], 106)));
    assert_true(is_absent(script_value(&s.series[0], 107)));
    assert_true(is_absent(script_value(&s.series[0], -1)));
}

static void add__background__does_not_replace_what_the_test_says(void **state)
{
    struct world *w = *state;
    struct script own = good(w, "- {series: 'guests{shop=\"a\"}', values: '1'}");
    struct script background = good(w, "- {series: 'guests{shop=\"a\"}', values: '2'}\n- {series: 'guests{shop=\"b\"}', values: '3'}");
    script_add(&own, &background, &w->arena);
    assert_int_equal(own.len, 2);
    assert_true(script_value(&own.series[0], 0) == 1);
    assert_true(script_value(&own.series[1], 0) == 3);
}

/* One batch of `slots` slots from slot `first` on, taken into a fresh cluster up to its last slot. */
static struct cluster *fetch(struct world *w, const struct script *s, int64_t first, size_t slots)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct source *source = script_source_new(s, START_MS, STEP_MS);
    struct discovery found;
    struct error err = {0};
    struct batch b;
    assert_int_equal(source->type->discover(source, w->rules, 0, 0, &a, &found, &err), 0);
    assert_int_equal(found.len, 1);
    struct cluster *c = cluster_new(w->rules, found.clusters[0].name, STEP_MS);
    assert_int_equal(source->type->bind(source, c, &found.clusters[0].match, 0, 0, &err), 0);
    batch_init(&b, START_MS + first * STEP_MS, STEP_MS, slots, 60000);
    batch_plan(&b, c, false);
    source->type->fetch(source, &b, 1000);
    for (size_t i = 0; i < slots; i++)
        cluster_ingest(c, &b, i);
    batch_free(&b);
    source_free(source);
    return c;
}

static double value_at(struct world *w, const struct cluster *c, const char *signal, size_t row, int64_t slot)
{
    return window_get(c->windows[ruleset_signal(w->rules, signal)->index], row, START_MS / STEP_MS + slot);
}

static void fetch__series_with_a_gap__samples_in_their_slots(void **state)
{
    struct world *w = *state;
    struct script s = good(w, "- {series: 'guests{shop=\"a\"}', values: '1 _ 3'}\n- {series: 'guests{shop=\"b\"}', values: '5x9'}");
    struct cluster *c = fetch(w, &s, 0, 3);
    assert_int_equal(cluster_domain(c, ruleset_kind(w->rules, "shop"))->rows, 2);
    assert_true(isnan(value_at(w, c, "guests", 0, 1)));
    assert_true(value_at(w, c, "guests", 0, 2) == 3);
    assert_true(value_at(w, c, "guests", 1, 2) == 5);
    cluster_free(c);
}

static void fetch__signal_without_series__not_bound(void **state)
{
    struct world *w = *state;
    struct script s = good(w, "- {series: 'guests{shop=\"a\"}', values: '1 2 3'}");
    struct cluster *c = fetch(w, &s, 2, 1);
    assert_int_equal(c->bounds[ruleset_signal(w->rules, "guests")->index].len, 1);
    assert_int_equal(c->bounds[ruleset_signal(w->rules, "waiting")->index].len, 0);
    assert_int_equal(cluster_unbound(c), 1);
    assert_true(value_at(w, c, "guests", 0, 2) == 3);
    cluster_free(c);
}

static void fetch__failing_signal__failed_in_those_slots_only(void **state)
{
    struct world *w = *state;
    struct script s = good(w, "- {series: 'guests{shop=\"a\"}', values: '1x9'}\n- {series: 'waiting{shop=\"a\",till=\"1\"}', values: '1x9'}");
    struct script_failure f = {ruleset_signal(w->rules, "guests"), 2, 3};
    s.failures = &f;
    s.failures_len = 1;
    for (int64_t slot = 0; slot < 6; slot++) {
        struct cluster *c = fetch(w, &s, slot, 1);
        enum health want = slot == 2 || slot == 3 ? HEALTH_FAILED : HEALTH_OK;
        assert_int_equal(c->health[ruleset_signal(w->rules, "guests")->index].health, want);
        assert_int_equal(c->health[ruleset_signal(w->rules, "waiting")->index].health, HEALTH_OK);
        cluster_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read__mistakes__told_with_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(noise__same_series__same_values_whatever_the_order_of_labels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(noise__relative__has_the_size_that_was_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(noise__around_zero__never_negative_and_gaps_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(add__background__does_not_replace_what_the_test_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetch__series_with_a_gap__samples_in_their_slots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetch__signal_without_series__not_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetch__failing_signal__failed_in_those_slots_only, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
