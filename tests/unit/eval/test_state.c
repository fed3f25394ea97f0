/* The state machine: clocks, blindness, hysteresis, severity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "support/small_world.h"

static const char pack[] = "entities:\n"
                           "  house: {labels: [house]}\n"
                           "signals:\n"
                           "  heat: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "symptoms:\n"
                           "  - id: hot\n"
                           "    entity: house\n"
                           "    title: {en: '{house} is hot', ko: '{house} 과열'}\n"
                           "    effect: {en: e, ko: e}\n"
                           "    when: heat > 80%\n"
                           "    for: 30s\n"
                           "    clear_when: heat < 60%\n"
                           "    keep_firing_for: 30s\n"
                           "    severity: warning\n"
                           "    escalate: [{when: heat > 95%, severity: critical}]\n"
                           "    lost_after: 2m\n"
                           "    causes: []\n";

/* A letter a slot: h hot, m in between, c cold, x above 95 %, ? no data. What happened in each slot, a letter too. */
static char letter_of(enum effect_kind kind)
{
    static const char letters[] = {'.', 'p', 'd', 'F', 'S', 'C', 'B', 'V', 'R', 'L', 'G'};
    return letters[kind];
}

static void play(const char *slots, int64_t grain_ms, char *ret_events, size_t size)
{
    struct small_world w;
    size_t len = 0;
    small_world_open(&w, pack);
    w.cluster->grain_ms = grain_ms;
    for (const char *c = slots; *c; c++) {
        double heat = *c == 'h' ? 0.9 : *c == 'x' ? 0.99 : *c == 'm' ? 0.7 : *c == 'c' ? 0.2 : NAN;
        small_world_feed(&w, "heat", "a", NULL, heat);
        small_world_step(&w);
        assert_true(w.effects.len <= 2 && len + 3 < size);
        if (!w.effects.len)
            ret_events[len++] = '.';
        for (size_t i = 0; i < w.effects.len; i++)
            ret_events[len++] = letter_of(w.effects.items[i].kind);
    }
    ret_events[len] = '\0';
    small_world_close(&w);
}

struct history {
    const char *name, *slots, *events;
    int64_t grain_ms; /* 0 = the interval */
};

static const struct history histories[] = {
    {"fires only after it held for 30 s", "hhh", "p.F", 0},
    {"one hot slot rings nobody", "hccc", "pd..", 0},
    {"unknown stops the clock of pending", "hh?hh", "p..F.", 0},
    {"unknown first is no trouble", "???c", "....", 0},
    {"in between does not resolve", "hhhmmmmmm", "p.F......", 0},
    {"resolves after 30 s of clear", "hhhccc", "p.F..R", 0},
    {"a hot slot while recovering begins the wait anew", "hhhcchccc", "p.F.....R", 0},
    {"unknown while firing is blind, not resolved", "hhh??h", "p.FB.V", 0},
    {"unknown while recovering stops that clock, and nobody is told that it looks well again before it is over", "hhhc?cc", "p.F.B.R", 0},
    {"what was blind, looked well and holds again is told", "hhh?ch", "p.FB.V", 0},
    {"blind for two minutes is lost sight of", "hhh?????????c", "p.FB.......L.", 0},
    {"escalates once, and never down", "hhhxhx", "p.FS..", 0},
    {"fires at once with the higher severity", "hhx", "p.F", 0},
    {"fires again after a resolve", "hhhccchhh", "p.F..Rp.F", 0},
    {"where a value changes each minute only, it holds for a minute first", "hhhhhh", "p...F.", 60000},
    {"one such value rings nobody", "hhhhcc", "p...d.", 60000},
};

static void state__histories__as_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
        char events[64];
        play(histories[i].slots, histories[i].grain_ms, events, sizeof(events));
        if (strcmp(events, histories[i].events) != 0)
            fail_msg("%s: %s gave %s, wanted %s", histories[i].name, histories[i].slots, events, histories[i].events);
    }
}

static void state__within_a_window__information_until_the_deadline(void **state)
{
    static const struct {
        const char *name, *slots, *events, *severities; /* i, w, c: of what fires in that slot */
        bool impact;
        int from, to; /* slots of the window */
    } rows[] = {
        {"rings after the deadline", "hhhhhhhh", "p.F...S.", "..iiiiww", false, 0, 99},
        {"an escalation waits as well", "hhhxxxxx", "p.F...S.", "..iiiicc", false, 0, 99},
        {"what passes rings nobody", "hhhhccc", "p.F...R", "..iiii.", false, 0, 99},
        {"the window's end ends it", "hhhhhhhh", "p.F.S...", "..iiwwww", false, 0, 4},
        {"what fired before is not made less", "hhhhhhhh", "p.F.....", "..wwwwww", false, 3, 99},
        {"what begins after it is none of it", "hhhhhhhh", "p.F.....", "..wwwwww", false, 0, 2},
        {"the harm itself is never expected", "hhhhhhhh", "p.F.....", "..wwwwww", true, 0, 99},
    };
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
        struct small_world w;
        small_world_open(&w, pack);
        struct maintenance_config window = {.name = "work", .from_ms = (w.slot + rows[k].from) * SMALL_WORLD_STEP_MS, .to_ms = (w.slot + rows[k].to) * SMALL_WORLD_STEP_MS,
                                            .deadline_ms = 60000};
        w.rules->maintenance = &window;
        w.rules->maintenance_len = 1;
        w.rules->symptoms[0]->impact = rows[k].impact;
        char events[16] = "", severities[16] = "";
        for (size_t i = 0; rows[k].slots[i]; i++) {
            size_t row = small_world_feed(&w, "heat", "a", NULL, rows[k].slots[i] == 'h' ? 0.9 : rows[k].slots[i] == 'x' ? 0.99 : 0.1);
            small_world_step(&w);
            const struct instance *in = states_at(w.states, w.rules->symptoms[0], row);
            events[i] = w.effects.len ? letter_of(w.effects.items[0].kind) : '.';
            severities[i] = in && instance_fires(in) ? "iwc"[in->severity] : '.';
        }
        if (strcmp(events, rows[k].events) != 0 || strcmp(severities, rows[k].severities) != 0)
            fail_msg("%s: %s %s, wanted %s %s", rows[k].name, events, severities, rows[k].events, rows[k].severities);
        small_world_close(&w);
    }
}

static void state__same_data_twice__same_incident(void **state)
{
    (void)state;
    char first[17] = "";
    for (int run = 0; run < 2; run++) {
        struct small_world w;
        small_world_open(&w, pack);
        size_t row = 0;
        for (int i = 0; i < 4; i++) {
            row = small_world_feed(&w, "heat", "a", NULL, 0.9);
            small_world_step(&w);
        }
        const struct instance *in = states_at(w.states, ruleset_symptom(w.rules, "hot"), row);
        assert_non_null(in);
        assert_int_equal(strlen(in->incident), 16);
        if (run)
            assert_string_equal(in->incident, first);
        memcpy(first, in->incident, sizeof(first));
        small_world_close(&w);
    }
}

static void state__source_down_then_up__never_announced(void **state)
{
    (void)state;
    char events[200];
    play("hhh???????hhh", 0, events, sizeof(events));
    assert_null(strchr(events, 'R'));
    assert_null(strchr(events, 'L'));
    assert_string_equal(events, "p.FB......V..");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state__histories__as_said),
        cmocka_unit_test(state__within_a_window__information_until_the_deadline),
        cmocka_unit_test(state__same_data_twice__same_incident),
        cmocka_unit_test(state__source_down_then_up__never_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
