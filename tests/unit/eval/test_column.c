/* Expressions over entities: unknown, joins, reductions, windows, baselines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "support/small_world.h"

/* One symptom per expression, so that its truth is the column. */
#define PACK                                                                                                                                       \
    "entities:\n"                                                                                                                                  \
    "  house: {labels: [house]}\n"                                                                                                                 \
    "  room: {labels: [house, room]}\n"                                                                                                            \
    "  meter: {labels: [meter], derived: {house: [{from: meter, pattern: '^(.+)-[0-9]+$', known_in: house}]}}\n"                                   \
    "signals:\n"                                                                                                                                   \
    "  heat: {help: h, unit: ratio, entity: house, fact: true}\n"                                                                                  \
    "  cold: {help: h, unit: ratio, entity: house, fact: true}\n"                                                                                  \
    "  light: {help: h, unit: ratio, entity: room, fact: true}\n"                                                                                  \
    "  load: {help: h, unit: ratio, entity: meter, fact: true}\n"                                                                                  \
    "causes: []\n"                                                                                                                                 \
    "symptoms:\n"
#define RULE(id, entity, when)                                                                                                                     \
    "  - {id: " id ", entity: " entity ", title: {en: t, ko: t}, effect: {en: e, ko: e}, when: '" when "', severity: warning, causes: []}\n"

static double value(const char *when, const char *entity, void (*fill)(struct small_world *), size_t row)
{
    struct small_world w;
    char yaml[8192];
    snprintf(yaml, sizeof(yaml), PACK "  - {id: x, entity: %s, title: {en: t, ko: t}, effect: {en: e, ko: e}, when: '%s', severity: warning, causes: []}\n",
             entity, when);
    small_world_open(&w, yaml);
    fill(&w);
    small_world_step(&w);
    double v = small_world_value(&w, "x", row);
    small_world_close(&w);
    return v;
}

static void two_houses(struct small_world *w)
{
    small_world_feed(w, "heat", "a", NULL, 0.5);
    small_world_feed(w, "heat", "b", NULL, NAN);
    small_world_feed(w, "cold", "a", NULL, 0.1);
    small_world_feed(w, "cold", "b", NULL, 0.1);
    small_world_feed(w, "light", "a", "attic", 0.2);
    small_world_feed(w, "light", "a", "cellar", 0.6);
    small_world_feed(w, "light", "b", "attic", 0.9);
    small_world_feed(w, "light", "b", "cellar", NAN);
    small_world_feed(w, "load", "a-1", NULL, 0.3);
    small_world_feed(w, "load", "a-2", NULL, 0.5);
    small_world_feed(w, "load", "stray", NULL, 0.9);
}

struct truth_case {
    const char *when, *entity;
    size_t row;
    double want; /* NAN = unknown */
};

static const struct truth_case cases[] = {
    /* Kleene */
    {"heat > 40%", "house", 0, 1},
    {"heat > 40%", "house", 1, NAN},
    {"heat > 40% and cold > 50%", "house", 1, 0},
    {"heat > 40% or cold < 50%", "house", 1, 1},
    {"heat > 40% and cold < 50%", "house", 1, NAN},
    {"not heat > 40%", "house", 1, NAN},
    {"(heat else cold) < 20%", "house", 1, 1},
    {"known(heat)", "house", 1, 0},
    {"heat / cold == 5", "house", 0, 1},
    {"min(heat, cold) == 10%", "house", 0, 1},
    {"min(heat, cold) == 10%", "house", 1, NAN},
    /* a coarser kind seen from a finer */
    {"heat == 50%", "room", 0, 1},
    {"heat == 50%", "room", 1, 1},
    {"heat == 50%", "room", 2, NAN},
    {"light > cold", "room", 2, 1},
    /* reductions by common labels */
    {"max(light) == 60%", "house", 0, 1},
    {"sum(light) > 79% and sum(light) < 81%", "house", 0, 1},
    {"max(light) == 90%", "house", 1, 1},
    {"any(light > 80%)", "house", 1, 1},
    {"any(light > 95%)", "house", 1, NAN},
    {"all(light > 80%)", "house", 1, NAN},
    {"all(light > 95%)", "house", 1, 0},
    {"count(light > 50%) == 1", "house", 0, 1},
    {"count(light) == 1", "house", 1, 1},
    /* derived labels join; a meter of no house belongs to nobody */
    {"sum(load) == 80%", "house", 0, 1},
    {"sum(load) == 80%", "house", 1, NAN},
    {"heat > 0", "meter", 0, 1},
    {"heat > 0", "meter", 2, NAN},
    /* nothing in common: the whole cluster */
    {"sum(cold) == 20%", "meter", 2, NAN}, /* house is a label of meter, and this one has none */
    {"max(light) == 90%", "cluster", 0, 1},
    /* peers and shares */
    {"peers(light) > 2.9", "room", 1, 0},
    {"peers(light) == 1", "room", 1, 0},
    {"max(share(light)) > 74%", "house", 0, 1},
};

static void column__table__as_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double v = value(cases[i].when, cases[i].entity, two_houses, cases[i].row);
        if (!(v == cases[i].want || (isnan(v) && isnan(cases[i].want))))
            fail_msg("%s over %s, row %zu: %g, wanted %g", cases[i].when, cases[i].entity, cases[i].row, v, cases[i].want);
    }
}

static void fill_history(struct small_world *w, double (*of)(int), int slots)
{
    for (int i = 0; i < slots; i++) {
        small_world_feed(w, "heat", "a", NULL, of(i));
        if (i + 1 < slots)
            small_world_step(w);
    }
}

static double falls(int i)
{
    return (i < 60 ? 1.0 : 0.3) + 0.01 * ((i * 7) % 5);
}
static double steady(int i)
{
    return 1.0 + 0.01 * ((i * 7) % 5);
}
static double gap_at_the_end(int i)
{
    return i < 66 ? steady(i) : NAN;
}
static double climbs(int i)
{
    return 1.0 + (i > 40 ? 0.1 * (i - 40) : 0);
}

static void fill_falls(struct small_world *w)
{
    fill_history(w, falls, 72);
}
static void fill_steady(struct small_world *w)
{
    fill_history(w, steady, 72);
}
static void fill_gap(struct small_world *w)
{
    fill_history(w, gap_at_the_end, 72);
}
static void fill_climbs(struct small_world *w)
{
    fill_history(w, climbs, 72);
}

static void falling__step_down__true(void **state)
{
    (void)state;
    assert_true(value("falling(heat[2m])", "house", fill_falls, 0) == 1);
    assert_true(value("falling(heat[2m])", "house", fill_steady, 0) == 0);
    assert_true(value("falling((heat * 2)[2m], by=50%)", "house", fill_falls, 0) == 1);
    assert_true(value("falling(heat[2m], by=90%)", "house", fill_falls, 0) == 0);
}

static void falling__window_mostly_gap__unknown_not_false(void **state)
{
    (void)state;
    assert_true(isnan(value("falling(heat[2m])", "house", fill_gap, 0)));
    assert_true(isnan(value("not falling(heat[2m])", "house", fill_gap, 0)));
    assert_true(value("covered(heat[2m]) < 60%", "house", fill_gap, 0) == 1);
}

static void numbers__of_windows__as_said(void **state)
{
    (void)state;
    assert_true(value("rising(heat[5m])", "house", fill_climbs, 0) == 1);
    assert_true(value("rising(heat[5m])", "house", fill_steady, 0) == 0);
    assert_true(value("delta(heat[60s]) > 29% and delta(heat[60s]) < 31%", "house", fill_climbs, 0) == 1);
    assert_true(value("baseline(heat[2m]) > 100% and baseline(heat[2m]) < 104%", "house", fill_falls, 0) == 1);
    assert_true(value("change(heat[2m]) < 40%", "house", fill_falls, 0) == 1);
    assert_true(value("held((heat > 50%)[2m]) == 0", "house", fill_falls, 0) == 1);
    assert_true(value("time_to(heat[5m], bound=10) > 10s", "house", fill_climbs, 0) == 1);
    assert_true(value("max(heat[15m]) > 100%", "house", fill_falls, 0) == 1);
}

static double spikes(int i)
{
    return i == 71 ? 5 : 1; /* in the newest slot of fill_history's 72 */
}
static void fill_spikes(struct small_world *w)
{
    fill_history(w, spikes, 72);
}

/* One sample is no level, and the distance of one is no growth: at long intervals short windows reach further back. */
static void window__shorter_than_few_slots__takes_the_few(void **state)
{
    (void)state;
    assert_true(value("last(heat[1s]) == 500%", "house", fill_spikes, 0) == 1);
    assert_true(value("median(heat[1s]) == 100%", "house", fill_spikes, 0) == 1);
    assert_true(value("surging(heat[1s])", "house", fill_spikes, 0) == 0);
    assert_true(value("increase(heat[1s]) > 9% and increase(heat[1s]) < 11%", "house", fill_climbs, 0) == 1);
}

static double one_scrape(int i)
{
    return i >= 68 ? 5 : 1; /* four slots that all show the same scrape */
}
static void fill_one_scrape(struct small_world *w)
{
    fill_history(w, one_scrape, 72);
}
static void fill_one_of_rare_scrapes(struct small_world *w)
{
    w->cluster->grain_ms = 60000;
    fill_one_scrape(w);
}

static void window__scrapes_further_apart_than_slots__takes_a_few_scrapes(void **state)
{
    (void)state;
    assert_true(value("median(heat[1m]) == 500%", "house", fill_one_scrape, 0) == 1);
    assert_true(value("median(heat[1m]) == 100%", "house", fill_one_of_rare_scrapes, 0) == 1);
    assert_true(value("last(heat[1m]) == 500%", "house", fill_one_of_rare_scrapes, 0) == 1);
}

/* A reader of a log: `heat` is where it stands, `cold` what is left. */
static void fill_reader(struct small_world *w, double (*stands)(int), double (*left)(int))
{
    for (int i = 0; i < 60; i++) {
        small_world_feed(w, "heat", "a", NULL, stands(i));
        small_world_feed(w, "cold", "a", NULL, left(i));
        if (i + 1 < 60)
            small_world_step(w);
    }
}

static double reads_on(int i)
{
    return 100 + 10 * i;
}
static double stops(int i)
{
    return 100 + 10 * (i < 40 ? i : 40);
}
static double goes_back(int i)
{
    return i < 58 ? 100 + 10 * i : 150;
}
static double nothing(int i)
{
    (void)i;
    return 0;
}
static double ever_more(int i)
{
    return 5 * i;
}
static double up_and_down(int i)
{
    return 50 + 10 * (i % 3);
}
static double not_known(int i)
{
    (void)i;
    return NAN;
}

#define READER(name, stands, left)                                                                                                                  \
    static void name(struct small_world *w)                                                                                                         \
    {                                                                                                                                               \
        fill_reader(w, stands, left);                                                                                                               \
    }
READER(keeps_up, reads_on, nothing)
READER(falls_behind, reads_on, ever_more)
READER(saws, reads_on, up_and_down)
READER(stands_still, stops, ever_more)
READER(is_reset, goes_back, ever_more)
READER(blind, reads_on, not_known)

static void headway__of_samples__verdict(void **state)
{
    (void)state;
    static const struct {
        void (*fill)(struct small_world *);
        double want;
    } readers[] = {{keeps_up, 1}, {falls_behind, 2}, {saws, 1}, {stands_still, 4}, {is_reset, 6}, {blind, NAN}};
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        for (int verdict = 1; verdict <= 6; verdict++) {
            char when[80];
            snprintf(when, sizeof(when), "headway(heat[15m], behind=cold) == %d", verdict);
            double v = value(when, "house", readers[i].fill, 0);
            if (!(isnan(readers[i].want) ? isnan(v) : v == (readers[i].want == verdict)))
                fail_msg("reader %zu: verdict %d is %g, %g was wanted", i, verdict, v, readers[i].want);
        }
}

/* With the incident left out of the baseline it is seen for as long as it lasts. */
static double long_fall(int i)
{
    return (i < 130 ? 1.0 : 0.3) + 0.01 * ((i * 7) % 5);
}

static void baseline__incident_longer_than_baseline__still_seen(void **state)
{
    (void)state;
    struct small_world w;
    small_world_open(&w, PACK RULE("x", "house", "falling(heat[2m], against=15m)"));
    size_t row = 0;
    for (int i = 0; i < 130 + 70; i++) { /* 70 slots: longer than the window and the baseline */
        row = small_world_feed(&w, "heat", "a", NULL, long_fall(i));
        small_world_step(&w);
    }
    assert_true(small_world_value(&w, "x", row) == 1);
    small_world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(column__table__as_said),
        cmocka_unit_test(falling__step_down__true),
        cmocka_unit_test(falling__window_mostly_gap__unknown_not_false),
        cmocka_unit_test(numbers__of_windows__as_said),
        cmocka_unit_test(window__shorter_than_few_slots__takes_the_few),
        cmocka_unit_test(window__scrapes_further_apart_than_slots__takes_a_few_scrapes),
        cmocka_unit_test(headway__of_samples__verdict),
        cmocka_unit_test(baseline__incident_longer_than_baseline__still_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
