/* Alerts of rule files as signals: what whole, failed and foreign answers mean. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rule/alert.h"
#include "signal/alert.h"
#include "support/signal_world.h"

#define RULES "groups: [{name: g, rules: [{alert: A, expr: 'a > 1', labels: {severity: info, team: 't-{{ $labels.site }}', old: ''}}]}]\n"

struct world {
    struct signal_world w;
    int64_t slot_ms;
};

static int set_up(void **state)
{
    struct world *t = xcalloc(1, sizeof(*t));
    signal_world_open(&t->w, RULES, (struct name_values){0});
    alerts_bind(t->w.cluster);
    t->slot_ms = WORLD_START_MS;
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct world *t = *state;
    signal_world_close(&t->w);
    free(t);
    return 0;
}

/* One slot: the alert holds for `site` ("" = for nobody) with `value`, or the answer has failed. */
static void slot(struct world *t, const char *site, double value, enum answer_state how)
{
    struct batch b;
    batch_init(&b, t->slot_ms, WORLD_STEP_MS, 1, 60000);
    batch_plan(&b, t->w.cluster, false);
    assert_int_equal(b.len, 1);
    alerts_link(&b);
    if (*site) {
        const struct prom_label labels[] = {{"__name__", "a"}, {"site", site}, {"old", "x"}, {"team", "theirs"}};
        answer_series(&b.answers[0], labels, 4);
        answer_sample(&b.answers[0], t->slot_ms, value);
    }
    answer_done(&b.answers[0], how, NULL);
    cluster_ingest(t->w.cluster, &b, 0);
    batch_free(&b);
    t->slot_ms += WORLD_STEP_MS;
}

static double holds(const struct world *t)
{
    const struct alert_rule *a = t->w.rules->alerts[0];
    return window_get(t->w.cluster->windows[a->holds->index], 0, t->w.cluster->slot);
}

static double value(const struct world *t)
{
    const struct alert_rule *a = t->w.rules->alerts[0];
    return window_get(t->w.cluster->windows[a->value->index], 0, t->w.cluster->slot);
}

static void ingest__answers__holds_ended_or_not_known(void **state)
{
    struct world *t = *state;
    slot(t, "north", 0, ANSWER_OK); /* a value of 0 holds as well as any */
    assert_true(holds(t) == 1 && value(t) == 0);
    slot(t, "north", NAN, ANSWER_OK);
    assert_true(holds(t) == 1 && isnan(value(t)));
    slot(t, "north", 7, ANSWER_OK);
    slot(t, "", 0, ANSWER_FAILED);
    assert_true(isnan(holds(t)));
    slot(t, "", 0, ANSWER_OK); /* although the slot before is not known */
    assert_true(holds(t) == 0);
    slot(t, "north", 8, ANSWER_OK);
    slot(t, "", 0, ANSWER_OK);
    assert_true(holds(t) == 0 && value(t) == 8);
}

static void identity__labels_of_series_and_rule__as_alertmanager_would_see_them(void **state)
{
    struct world *t = *state;
    struct label_set labels;
    slot(t, "north", 1, ANSWER_OK);
    const struct domain *d = cluster_domain(t->w.cluster, t->w.rules->alerts[0]->kind);
    label_set_of_row(d, 0, &labels);
    assert_int_equal(labels.len, 2); /* no name, no severity, none that the rule makes empty */
    assert_string_equal(domain_label(d, 0, "site"), "north");
    assert_string_equal(domain_label(d, 0, "team"), "t-north");
    assert_null(domain_label(d, 0, "old"));
    const char *again = label_set_pack(&labels, &t->w.cluster->values);
    assert_int_equal(domain_find(d, &again), 0);
}

static void twins__two_clusters_of_a_server__asked_once_told_to_whom_it_names(void **state)
{
    struct world *t = *state;
    struct name_value of_a = {"town", "a"}, of_b = {"town", "b"};
    struct cluster *b = cluster_new(t->w.rules, "b", WORLD_STEP_MS);
    t->w.cluster->match = (struct name_values){.items = &of_a, .len = 1};
    b->match = (struct name_values){.items = &of_b, .len = 1};
    alerts_bind(b);
    struct batch batch;
    batch_init(&batch, WORLD_START_MS, WORLD_STEP_MS, 1, 60000);
    batch_plan(&batch, t->w.cluster, false);
    batch_plan(&batch, b, false);
    alerts_link(&batch);
    struct answer *first = &batch.answers[0], *second = &batch.answers[1];
    assert_true(!first->served && second->served && first->twin == second);
    static const char *const towns[] = {"a", "b", "elsewhere", ""};
    for (size_t i = 0; i < 4; i++) {
        const struct prom_label labels[] = {{"town", towns[i]}, {"site", "s"}};
        answer_series(first, labels, 2);
        assert_true(towns[i][0] == 'b' ? second->at && !first->at : first->at && !second->at);
    }
    assert_int_equal(first->len, 3);
    assert_int_equal(second->len, 1);
    batch_free(&batch);
    cluster_free(b);
}

static void plan__without_alerts__nothing_is_asked(void **state)
{
    struct world *t = *state;
    struct batch b;
    batch_init(&b, WORLD_START_MS, WORLD_STEP_MS, 1, 60000);
    b.no_alerts = true;
    batch_plan(&b, t->w.cluster, true);
    assert_int_equal(b.len, 0);
    batch_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ingest__answers__holds_ended_or_not_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(identity__labels_of_series_and_rule__as_alertmanager_would_see_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(twins__two_clusters_of_a_server__asked_once_told_to_whom_it_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plan__without_alerts__nothing_is_asked, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
