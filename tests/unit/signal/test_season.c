/* The same time on other days: both must be known, and what is known of an hour is what its pieces say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "signal/season.h"
#include "support/signal_world.h"

static const char pack[] = "entities:\n"
                           "  shop: {labels: [shop]}\n"
                           "profiles: {p: {help: p, probe: [a]}}\n"
                           "signals:\n"
                           "  guests: {help: h, unit: guests, entity: shop, bindings: [{profile: p, query: a}, {profile: p, query: b}]}\n"
                           "symptoms:\n"
                           "  - {id: x, entity: shop, title: {en: x, ko: x}, when: 'guests > seasonal_max(guests)', severity: info, effect: {en: x, ko: x}}\n";

#define SLOTS 70 /* seven pieces of ten minutes */
#define NOW_MS (WORLD_START_MS - WORLD_START_MS % 600000 + 5 * 60000)

struct world {
    struct signal_world w;
    struct season *season;
    struct season_shape shape;
    struct piece_range hour;
};

static int set_up(void **state)
{
    static struct world t;
    signal_world_open(&t.w, pack, (struct name_values){0});
    t.season = t.w.cluster->seasons[ruleset_signal(t.w.rules, "guests")->index];
    t.shape = season_shape(WORLD_STEP_MS);
    t.hour = season_pieces(&t.shape, NOW_MS, NOW_MS);
    *state = &t;
    return t.season ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *t = *state;
    signal_world_close(&t->w);
    return 0;
}

static const char *shop(struct world *t, const char *name)
{
    return intern_str(&t->w.cluster->values, name);
}

static void begin(struct world *t, struct batch *b, int day, int bindings)
{
    signal_world_bind(&t->w, "guests", 0, bindings > 1 ? 1 : -1);
    batch_init(b, t->hour.first * t->shape.piece_ms - t->shape.ago_ms[day], t->shape.step_ms, SLOTS, 60000);
    b->tolerance_ms = WORLD_STEP_MS / 2;
    batch_plan_signal(b, t->w.cluster, ruleset_signal(t->w.rules, "guests"));
}

/* One value a minute from `first` on; a letter stands for ten times its place in the alphabet, anything else for nothing. */
static void say(struct world *t, struct answer *a, const char *name, const char *minutes)
{
    const char *identity[] = {shop(t, name)};
    answer_series_identity(a, identity);
    for (size_t i = 0; minutes[i]; i++)
        if (minutes[i] >= 'a' && minutes[i] <= 'z')
            answer_sample(a, a->batch->from_ms + (int64_t)i * 60000, 10.0 * (minutes[i] - 'a'));
}

static bool take(struct world *t, struct batch *b, int day)
{
    batch_merge(b);
    bool any = season_take(t->season, day, t->hour, b->answers, b->len);
    batch_free(b);
    return any;
}

static bool take_day(struct world *t, int day, const char *name, const char *minutes)
{
    struct batch b;
    begin(t, &b, day, 1);
    say(t, &b.answers[0], name, minutes);
    answer_done(&b.answers[0], ANSWER_OK, NULL);
    return take(t, &b, day);
}

static double usual(struct world *t, const char *name, bool most)
{
    struct domain *d = cluster_domain(t->w.cluster, ruleset_signal(t->w.rules, "guests")->kind);
    const char *identity[] = {shop(t, name)};
    size_t row = domain_add(d, identity, NULL);
    double out[16];
    season_column(t->season, d, NOW_MS, most, out);
    return out[row];
}

#define HOUR "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BUSY "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbkkkkkkkkkkbbbbbbbbbbbbbbbbbbbbbbbb"
#define FULL "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbzzzzbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define LULL "ccccccccccccccccccccccccccccccccaaacccccccccccccccccccccccccccccccccccc"
#define SPIKE "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbzbbbbbbbbbbabbbbbbbbbbbbbbbbbbbbbb"
#define SOME "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb............................"
#define FEWER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb............................."

struct both {
    const char *day, *week;
    double most, least; /* NAN = unknown */
};

static const struct both cases[] = {
    {HOUR, HOUR, 10, 10},
    {BUSY, FULL, 100, 10},   /* what was reached on both days */
    {FULL, BUSY, 100, 10},
    {BUSY, HOUR, 10, 10},    /* one day's peak is no habit */
    {LULL, LULL, 20, 0},
    {LULL, HOUR, 10, 10},    /* nor is one day's lull */
    {SPIKE, SPIKE, 10, 10},  /* nor is a minute's outlier on both */
    {SOME, HOUR, 10, 10},    /* sixty percent */
    {HOUR, FEWER, NAN, NAN},
    {HOUR, "", NAN, NAN},
    {"", "", NAN, NAN},
};

static void column__two_days__what_both_had(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world *t = *state;
        const struct both *c = &cases[i];
        tear_down(state);
        assert_int_equal(set_up(state), 0);
        take_day(t, SEASON_DAY, "a", c->day);
        take_day(t, SEASON_WEEK, "a", c->week);
        double most = usual(t, "a", true), least = usual(t, "a", false);
        if (!(isnan(c->most) ? isnan(most) && isnan(least) : most == c->most && least == c->least))
            fail_msg("case %zu: most %g, least %g", i, most, least);
    }
}

static void column__a_day_not_asked_for__unknown(void **state)
{
    struct world *t = *state;
    assert_true(take_day(t, SEASON_WEEK, "a", HOUR));
    assert_true(isnan(usual(t, "a", true)));
    assert_true(take_day(t, SEASON_DAY, "a", HOUR));
    assert_true(usual(t, "a", true) == 10);
    assert_true(isnan(usual(t, "b", true))); /* that shop was not there */
}

static void take__one_of_two_answers_failed__unknown_and_asked_again(void **state)
{
    struct world *t = *state;
    struct error why = {.code = ERR_NET, .text = "away"};
    struct piece_range lacks;
    struct batch b;
    take_day(t, SEASON_WEEK, "a", HOUR);
    begin(t, &b, SEASON_DAY, 2);
    say(t, &b.answers[0], "a", HOUR);
    answer_done(&b.answers[0], ANSWER_OK, NULL);
    answer_done(&b.answers[1], ANSWER_FAILED, &why);
    assert_false(take(t, &b, SEASON_DAY));
    assert_true(isnan(usual(t, "a", true)));
    assert_false(season_lacks(t->season, SEASON_WEEK, t->hour, &lacks));
    assert_true(season_lacks(t->season, SEASON_DAY, t->hour, &lacks));
    assert_true(lacks.first == t->hour.first && lacks.last == t->hour.last);
    take_day(t, SEASON_DAY, "a", HOUR);
    assert_true(usual(t, "a", true) == 10);
}

static void take__samples_between_the_minutes__left_out(void **state)
{
    struct world *t = *state;
    const char *identity[] = {shop(t, "a")};
    struct batch b;
    take_day(t, SEASON_WEEK, "a", BUSY);
    begin(t, &b, SEASON_DAY, 1);
    answer_series_identity(&b.answers[0], identity);
    for (int64_t i = 0; i < 4 * SLOTS; i++) /* a recording has one every 15 s */
        answer_sample(&b.answers[0], b.from_ms + i * 15000, i % 4 ? 70 : 30);
    answer_done(&b.answers[0], ANSWER_OK, NULL);
    take(t, &b, SEASON_DAY);
    assert_true(usual(t, "a", true) == 30);
}

static void forget__old_pieces__their_entities_go_and_the_others_stay(void **state)
{
    struct world *t = *state;
    struct piece_range lacks, later = {t->hour.first + 100, t->hour.last + 100};
    struct batch b;
    begin(t, &b, SEASON_DAY, 1);
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof(name), "short-%d", i);
        say(t, &b.answers[0], name, HOUR);
    }
    answer_done(&b.answers[0], ANSWER_OK, NULL);
    take(t, &b, SEASON_DAY);
    for (int day = 0; day < SEASON_DAYS; day++) {
        begin(t, &b, day, 1);
        say(t, &b.answers[0], "z", BUSY);
        answer_done(&b.answers[0], ANSWER_OK, NULL);
        season_take(t->season, day, later, b.answers, b.len);
        batch_free(&b);
    }
    season_forget(t->season, later.first);
    assert_true(season_lacks(t->season, SEASON_DAY, t->hour, &lacks));
    struct domain *d = cluster_domain(t->w.cluster, ruleset_signal(t->w.rules, "guests")->kind);
    const char *identity[] = {shop(t, "z")};
    size_t row = domain_add(d, identity, NULL);
    double out[4];
    season_column(t->season, d, NOW_MS + 100 * t->shape.piece_ms, true, out);
    assert_true(out[row] == 100);
}

static void shape__odd_intervals__on_their_grid(void **state)
{
    static const int64_t intervals[] = {1000, 7000, 15000, 45000, 60000, 300000, 7200000};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
        struct season_shape s = season_shape(intervals[i]);
        assert_true(s.step_ms >= 60000 && s.step_ms % intervals[i] == 0);
        assert_true(s.piece_ms >= 600000 && s.piece_ms % s.step_ms == 0);
        assert_true(s.ago_ms[SEASON_DAY] % intervals[i] == 0 && 86400000 - s.ago_ms[SEASON_DAY] < intervals[i]);
        assert_true(s.ago_ms[SEASON_WEEK] % intervals[i] == 0 && 7 * INT64_C(86400000) - s.ago_ms[SEASON_WEEK] < intervals[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(column__two_days__what_both_had, set_up, tear_down),
        cmocka_unit_test_setup_teardown(column__a_day_not_asked_for__unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(take__one_of_two_answers_failed__unknown_and_asked_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(take__samples_between_the_minutes__left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forget__old_pieces__their_entities_go_and_the_others_stay, set_up, tear_down),
        cmocka_unit_test(shape__odd_intervals__on_their_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
