/* Derived labels: configured, by pattern, by what else is known, and when none of it tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/signal_world.h"

static const char pack[] = "entities:\n"
                           "  team: {labels: [team]}\n"
                           "  desk: {labels: [team, room]}\n"
                           "  seen: {labels: [person, room]}\n"
                           "  person:\n"
                           "    labels: [person]\n"
                           "    derived:\n"
                           "      team:\n"
                           "        - {map: consumer_groups}\n"
                           "        - {from: person, pattern: '(?:staff-)?(.+)-\\d+', known_in: team}\n"
                           "        - {through: seen, via: room, in: desk}\n"
                           "profiles: {p: {help: p, probe: [a]}}\n"
                           "signals:\n"
                           "  size: {help: h, unit: people, entity: team, bindings: [{profile: p, query: a}]}\n"
                           "  desks: {help: h, unit: desks, entity: desk, bindings: [{profile: p, query: b}]}\n"
                           "  visits: {help: h, unit: visits, entity: seen, bindings: [{profile: p, query: c}]}\n"
                           "  work: {help: h, unit: ratio, entity: person, bindings: [{profile: p, query: d}]}\n"
                           "symptoms:\n"
                           "  - {id: x, entity: person, title: {en: x, ko: x}, when: 'work > 1%', severity: info, effect: {en: x, ko: x}}\n";

static struct name_value map_items[] = {{"boss-.*", "board"}};

static int set_up(void **state)
{
    static struct signal_world w;
    signal_world_open(&w, pack, (struct name_values){map_items, 1});
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    signal_world_close(*state);
    return 0;
}

static void add(struct signal_world *w, const char *signal, const char *a, const char *b)
{
    const char *identity[] = {intern_str(&w->cluster->values, a), b ? intern_str(&w->cluster->values, b) : NULL};
    domain_add(cluster_domain(w->cluster, ruleset_signal(w->rules, signal)->kind), identity, NULL);
}

static const char *team_of(struct signal_world *w, const char *person)
{
    cluster_derive(w->cluster);
    size_t row = signal_world_row(w, "work", person, NULL);
    const char *team = domain_value(cluster_domain(w->cluster, ruleset_signal(w->rules, "work")->kind), row, 1);
    return team ? team : "none";
}

static void derive__pattern__only_a_known_team(void **state)
{
    struct signal_world *w = *state;
    add(w, "work", "staff-cooks-1", NULL);
    add(w, "work", "cooks-12", NULL);
    add(w, "work", "cooks", NULL);
    assert_string_equal(team_of(w, "staff-cooks-1"), "none");
    add(w, "size", "cooks", NULL);
    assert_string_equal(team_of(w, "staff-cooks-1"), "cooks");
    assert_string_equal(team_of(w, "cooks-12"), "cooks");
    assert_string_equal(team_of(w, "cooks"), "none");
}

static void derive__configured__comes_first(void **state)
{
    struct signal_world *w = *state;
    add(w, "size", "boss", NULL);
    add(w, "work", "boss-1", NULL);
    add(w, "work", "my-boss-1", NULL); /* the pattern is anchored */
    assert_string_equal(team_of(w, "boss-1"), "board");
    assert_string_equal(team_of(w, "my-boss-1"), "none");
}

static void derive__through__the_only_team_of_all_rooms(void **state)
{
    struct signal_world *w = *state;
    add(w, "work", "ann", NULL);
    add(w, "desks", "cooks", "kitchen");
    add(w, "desks", "cooks", "cellar");
    add(w, "desks", "hosts", "hall");
    assert_string_equal(team_of(w, "ann"), "none"); /* seen nowhere */
    add(w, "visits", "ann", "kitchen");
    assert_string_equal(team_of(w, "ann"), "cooks");
    add(w, "visits", "ann", "cellar");
    assert_string_equal(team_of(w, "ann"), "cooks");
    add(w, "desks", "waiters", "kitchen"); /* a second team in one of her rooms, but not in the other */
    assert_string_equal(team_of(w, "ann"), "cooks");
    add(w, "desks", "waiters", "cellar"); /* now two teams are in all of them */
    assert_string_equal(team_of(w, "ann"), "none");
}

static void derive__through_a_room_of_nobody__left_out(void **state)
{
    struct signal_world *w = *state;
    add(w, "work", "ann", NULL);
    add(w, "desks", "cooks", "kitchen");
    add(w, "visits", "ann", "garden");
    assert_string_equal(team_of(w, "ann"), "none");
    add(w, "visits", "ann", "kitchen"); /* the garden may be another name of it */
    assert_string_equal(team_of(w, "ann"), "cooks");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(derive__pattern__only_a_known_team, set_up, tear_down),
        cmocka_unit_test_setup_teardown(derive__configured__comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(derive__through__the_only_team_of_all_rooms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(derive__through_a_room_of_nobody__left_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
