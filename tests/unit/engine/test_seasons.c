/* The same time on other days: asked for ahead and rarely, the same live as in history, and what cannot be asked is not usual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "engine/engine.h"
#include "signal/script.h"

#define STEP_MS 15000
#define START_MS INT64_C(1500000000000) /* on the grid, at a full hour or half of one */
#define MINUTES(n) ((n) * 4)

static const char pack[] = "entities:\n"
                           "  house: {labels: [house]}\n"
                           "signals:\n"
                           "  heat: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "  cold: {help: h, unit: ratio, entity: house, fact: true}\n"
                           "symptoms:\n"
                           "  - id: hot\n"
                           "    entity: house\n"
                           "    title: {en: '{house} is hot', ko: '{house} 과열'}\n"
                           "    effect: {en: e, ko: e}\n"
                           "    let: {usual: (heat <= 120% * seasonal_max(heat) else false)}\n"
                           "    when: surging(heat[1m], against=10m) and not usual and not (cold < seasonal_min(cold) else false)\n"
                           "    severity: warning\n"
                           "    causes: []\n";

/* Counts what is asked of other days, and may refuse to say. */
struct spy {
    struct source source;
    struct source *inner;
    size_t asked; /* answers to batches of other days */
    bool refuses;
};

static int spy_discover(struct source *s, const struct ruleset *rules, int64_t from_ms, int64_t to_ms, struct arena *a, struct discovery *ret, struct error *err)
{
    struct source *inner = ((struct spy *)s)->inner;
    return inner->type->discover(inner, rules, from_ms, to_ms, a, ret, err);
}

static int spy_bind(struct source *s, struct cluster *c, const struct name_values *match, int64_t from_ms, int64_t to_ms, struct error *err)
{
    struct source *inner = ((struct spy *)s)->inner;
    return inner->type->bind(inner, c, match, from_ms, to_ms, err);
}

static void spy_fetch(struct source *s, struct batch *b, int64_t timeout_ms)
{
    struct spy *spy = (struct spy *)s;
    struct error why = {.code = ERR_NET, .text = "too long ago"};
    bool past = b->from_ms < START_MS - 12 * 3600000;
    spy->asked += past ? b->len : 0;
    for (size_t i = 0; past && spy->refuses && i < b->len; i++)
        answer_done(&b->answers[i], ANSWER_FAILED, &why);
    if (!past || !spy->refuses)
        spy->inner->type->fetch(spy->inner, b, timeout_ms);
}

static void spy_free(struct source *s)
{
    source_free(((struct spy *)s)->inner);
}

static const struct source_type spy_type = {"spy", spy_discover, spy_bind, spy_fetch, spy_free};

struct world {
    struct config *config;
    struct ruleset *rules;
    struct arena arena;
    struct script script;
    struct spy spy;
    struct engine *engine;
    struct strbuf events; /* "slot kind;" in order */
};

static void on_finding(void *context, const struct finding *f, enum effect_kind kind)
{
    struct world *w = context;
    strbuf_addf(&w->events, "%lld%c", (long long)((f->slot_ms - START_MS) / STEP_MS), ".pdFSCBVRLG"[kind]);
}

static void load(struct world *w, const char *series)
{
    char path[] = "/tmp/nightbell-seasons-XXXXXX.yaml";
    const char *paths[] = {path};
    struct mistakes m = MISTAKES_INIT;
    struct error err = {0};
    int fd = mkstemps(path, 5);
    if (fd < 0 || write(fd, pack, strlen(pack)) != (ssize_t)strlen(pack))
        abort();
    close(fd);
    *w = (struct world){.arena = ARENA_INIT("test"), .events = STRBUF_INIT(1 << 16), .config = config_default()};
    w->rules = ruleset_load(paths, 1, w->config, &m);
    unlink(path);
    if (w->rules)
        script_read(tree_read_text(series, strlen(series), "test.yaml", &w->arena, &m), w->rules, &w->arena, &w->script, &m);
    mistakes_print(&m, stderr);
    assert_int_equal(m.errors, 0);
    mistakes_free(&m);
    struct engine_sink sink = {.finding = on_finding, .context = w};
    w->spy = (struct spy){.source = {&spy_type, "spy"}, .inner = script_source_new(&w->script, START_MS, STEP_MS)};
    if (engine_new_on(w->config, w->rules, NULL, &sink, &w->spy.source, &w->engine, &err) < 0 || engine_discover(w->engine, START_MS, START_MS, &err) < 0)
        fail_msg("%s", err.text);
}

static void shut(struct world *w)
{
    engine_free(w->engine);
    ruleset_free(w->rules);
    config_free(w->config);
    arena_free(&w->arena);
    strbuf_free(&w->events);
}

static void tick(struct world *w, int64_t from_slot, int64_t to_slot)
{
    struct error err = {0};
    for (int64_t slot = from_slot; slot <= to_slot; slot++)
        if (engine_tick(w->engine, START_MS + slot * STEP_MS, &err) < 0)
            fail_msg("slot %lld: %s", (long long)slot, err.text);
}

static void replay(struct world *w, int64_t from_slot, int64_t to_slot)
{
    struct error err = {0};
    if (engine_replay(w->engine, START_MS + from_slot * STEP_MS, START_MS + to_slot * STEP_MS, REPLAY_TELL, &err) < 0)
        fail_msg("%s", err.text);
}

#define HEAT(past) "- {series: 'heat{house=\"a\"}', values: '0.1x99 0.5x60'" past "}\n"
#define COLD "- {series: 'cold{house=\"a\"}', values: '0.2x159', day_ago: '0.1', week_ago: '0.1'}\n"

static const struct {
    const char *past;
    bool rings;
} pasts[] = {
    {"", true},
    {", day_ago: '0.1', week_ago: '0.1'", true},
    {", day_ago: '0.1x99 0.5x60', week_ago: '0.1x99 0.5x60'", false},
    {", day_ago: '0.1x159 0.5x60', week_ago: '0.1x39 0.5x20 0.1'", false}, /* a quarter of an hour later, or earlier */
    {", day_ago: '0.1x99 0.5x60', week_ago: '0.1'", true},
    {", day_ago: '0.1', week_ago: '0.1x99 0.5x60'", true},
    {", day_ago: '0.1x99 0.5x60'", true},
    {", day_ago: '_', week_ago: '0.5'", true},
};

static void seasonal__every_past__live_and_history_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pasts); i++) {
        AUTO(heap) char *series = xasprintf("- {series: 'heat{house=\"a\"}', values: '0.1x99 0.5x60'%s}\n" COLD, pasts[i].past);
        struct world live, history;
        load(&live, series);
        tick(&live, 0, 130);
        load(&history, series);
        replay(&history, 0, 130);
        assert_string_equal(live.events.buf, history.events.buf);
        if ((strchr(live.events.buf, 'F') != NULL) != pasts[i].rings)
            fail_msg("past %zu: %s", i, live.events.buf);
        shut(&live);
        shut(&history);
    }
}

static void live__an_hour__each_day_of_a_signal_once_in_ten_minutes(void **state)
{
    struct world w;
    (void)state;
    load(&w, HEAT(", day_ago: '0.1', week_ago: '0.1'") COLD);
    replay(&w, 0, MINUTES(10) - 1);
    size_t before = w.spy.asked;
    assert_int_equal(before, 4);
    tick(&w, MINUTES(10), MINUTES(70) - 1);
    assert_int_equal(w.spy.asked - before, 4 * 6);
    shut(&w);
}

static void live__no_history__one_question_in_ten_minutes(void **state)
{
    struct world w;
    (void)state;
    load(&w, HEAT(""));
    replay(&w, 0, MINUTES(10) - 1);
    size_t before = w.spy.asked;
    tick(&w, MINUTES(10), MINUTES(70) - 1);
    assert_in_range(w.spy.asked - before, 1, 6);
    shut(&w);
}

static void live__a_source_that_fails__not_usual_asked_again_and_heard_when_it_answers(void **state)
{
    struct world w;
    (void)state;
    load(&w, HEAT(", day_ago: '0.1x99 0.5x60', week_ago: '0.1x99 0.5x60'") COLD);
    w.spy.refuses = true;
    tick(&w, 0, 110);
    assert_non_null(strchr(w.events.buf, 'F'));
    assert_in_range(w.spy.asked, 3, 6); /* both signals, then one of them every ten minutes */
    w.spy.refuses = false;
    tick(&w, 111, 159);
    assert_non_null(strchr(w.events.buf, 'R')); /* as on both days, after all */
    assert_in_range(w.spy.asked, 8, 20);
    shut(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seasonal__every_past__live_and_history_agree),
        cmocka_unit_test(live__an_hour__each_day_of_a_signal_once_in_ten_minutes),
        cmocka_unit_test(live__no_history__one_question_in_ten_minutes),
        cmocka_unit_test(live__a_source_that_fails__not_usual_asked_again_and_heard_when_it_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
