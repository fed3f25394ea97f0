/* The engine: what survives a restart, and that history and live are the same slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "engine/engine.h"
#include "signal/feed.h"
#include "signal/recording.h"
#include "signal/script.h"

#define STEP_MS 15000
#define START_MS INT64_C(1500000000000) /* on the grid */

#define HEAT                                                                                                                                       \
    "entities:\n"                                                                                                                                  \
    "  house: {labels: [house]}\n"                                                                                                                 \
    "signals:\n"                                                                                                                                   \
    "  heat: {help: h, unit: ratio, entity: house, fact: true}\n"
#define SYMPTOM(id)                                                                                                                                \
    "symptoms:\n"                                                                                                                                  \
    "  - id: " id "\n"                                                                                                                             \
    "    entity: house\n"                                                                                                                          \
    "    title: {en: '{house} is hot', ko: '{house} 과열'}\n"                                                                                      \
    "    effect: {en: e, ko: e}\n"                                                                                                                 \
    "    when: avg(heat[1m]) > 80%\n"                                                                                                              \
    "    for: 30s\n"                                                                                                                               \
    "    clear_when: avg(heat[1m]) < 60%\n"                                                                                                        \
    "    severity: warning\n"                                                                                                                      \
    "    lost_after: 2m\n"                                                                                                                         \
    "    causes: []\n"

static const char config_text[] = "receivers: {oncall: [{stdout: {}}], lead: [{stdout: {}}]}\nroute: {receiver: oncall, escalate: {after: 7d, to: [lead]}}\n";

struct world {
    struct config *config;
    struct ruleset *rules;
    struct source *source; /* of the engine */
    struct engine *engine;
    struct store *store;
    struct strbuf events; /* "slot kind house;" in order */
    struct strbuf lines;  /* the same as JSON lines */
};

static void on_finding(void *context, const struct finding *f, enum effect_kind kind)
{
    struct world *w = context;
    json_t *json = finding_event(f, LANG_EN);
    char *text = json_dumps(json, JSON_COMPACT);
    strbuf_addf(&w->events, "%lld%c", (long long)((f->slot_ms - START_MS) / STEP_MS), ".pdFSCBVRLG"[kind]);
    strbuf_addf(&w->lines, "%s\n", text);
    free(text);
    json_decref(json);
}

static int64_t start_now(void *context)
{
    (void)context;
    return START_MS;
}

static void no_sleep(void *context, int64_t wall_ms)
{
    (void)context;
    (void)wall_ms;
}

static const struct clock still = {start_now, no_sleep, NULL};

static char *write_text(const char *text, const char *suffix)
{
    char path[64];
    snprintf(path, sizeof(path), "/tmp/nightbell-engine-XXXXXX%s", suffix);
    int fd = mkstemps(path, (int)strlen(suffix));
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    return strdup(path);
}

static void load(struct world *w, const char *pack)
{
    struct mistakes m = MISTAKES_INIT;
    char *config = write_text(config_text, ".yaml"), *rules = write_text(pack, ".yaml");
    const char *paths[] = {rules};
    *w = (struct world){.events = STRBUF_INIT(1 << 20), .lines = STRBUF_INIT(1 << 24)};
    w->config = config_load(config, &m);
    w->rules = w->config ? ruleset_load(paths, 1, w->config, &m) : NULL;
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    unlink(config);
    unlink(rules);
    free(config);
    free(rules);
    assert_non_null(w->rules);
}

static void open_on(struct world *w, struct source *source)
{
    struct error err = {0};
    struct engine_sink sink = {.finding = on_finding, .context = w};
    w->source = source;
    if (engine_new_on(w->config, w->rules, &still, &sink, source, &w->engine, &err) < 0 || engine_discover(w->engine, START_MS, START_MS, &err) < 0)
        fail_msg("%s", err.text);
}

/* One letter a slot from START_MS on: h hot, c cold, ? nothing. */
static void feed(struct source *source, const char *slots)
{
    struct label labels[] = {{"house", "a"}};
    for (size_t i = 0; slots[i]; i++)
        if (slots[i] != '?')
            feed_sample(source, "heat", labels, 1, START_MS + (int64_t)i * STEP_MS, slots[i] == 'h' ? 0.9 : 0.2);
}

static void tick(struct world *w, int64_t from_slot, int64_t to_slot)
{
    struct error err = {0};
    for (int64_t slot = from_slot; slot <= to_slot; slot++)
        if (engine_tick(w->engine, START_MS + slot * STEP_MS, &err) < 0)
            fail_msg("slot %lld: %s", (long long)slot, err.text);
}

static void shut(struct world *w)
{
    engine_free(w->engine);
    store_close(w->store);
    ruleset_free(w->rules);
    config_free(w->config);
    strbuf_free(&w->events);
    strbuf_free(&w->lines);
}

/* A life on a file: what was fed, samples of the past taken, states restored. Returns the last slot of the life before (-1 = none). */
static int64_t begin(struct world *w, const char *pack, const char *slots, const char *path)
{
    struct error err = {0};
    struct store_note note;
    load(w, pack);
    struct source *source = feed_new("default");
    feed(source, slots);
    open_on(w, source);
    assert_int_equal(store_open(path, false, &w->store, &note, &err), 0);
    int64_t last_ms = store_last_slot_ms(w->store);
    if (last_ms)
        assert_int_equal(engine_replay(w->engine, last_ms - engine_look_back_ms(w->engine), last_ms, REPLAY_WINDOWS, &err), 0);
    assert_int_equal(engine_attach(w->engine, w->store, NULL, &err), last_ms);
    return last_ms ? (last_ms - START_MS) / STEP_MS : -1;
}

static const struct instance *only_instance(const struct world *w)
{
    return states_at(w->engine->watches[0].states, w->rules->symptoms[0], 0);
}

static char *state_file(void)
{
    char *path = write_text("", ".db");
    unlink(path);
    return path;
}

static void remove_state(char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[128];
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    free(path);
}

static void restore__firing__all_clocks_and_no_second_message(void **state)
{
    char *path = state_file();
    struct world first, second;
    (void)state;
    begin(&first, HEAT SYMPTOM("hot"), "cccchhhhhhhh", path);
    tick(&first, 0, 11);
    assert_string_equal(first.events.buf, "7p9F");
    struct instance was = *only_instance(&first);
    assert_int_equal(was.state, STATE_FIRING);
    shut(&first);

    assert_int_equal(begin(&second, HEAT SYMPTOM("hot"), "cccchhhhhhhhhhcccccccc", path), 11);
    const struct instance *is = only_instance(&second);
    assert_non_null(is);
    assert_int_equal(is->state, was.state);
    assert_int_equal(is->severity, was.severity);
    assert_string_equal(is->incident, was.incident);
    assert_int_equal(is->onset_ms, was.onset_ms);
    assert_int_equal(is->pending_ms, was.pending_ms);
    assert_int_equal(is->held_ms, was.held_ms);
    assert_int_equal(is->fired_ms, was.fired_ms);
    assert_int_equal(is->revision, was.revision);
    tick(&second, 12, 21);
    assert_string_equal(second.events.buf, "15R");
    assert_non_null(strstr(second.lines.buf, was.incident));
    shut(&second);
    remove_state(path);
}

static void restore__pending__clock_stands_still_over_the_gap(void **state)
{
    char *path = state_file();
    struct world first, second;
    (void)state;
    begin(&first, HEAT SYMPTOM("hot"), "cccchhhh", path);
    tick(&first, 0, 7); /* holds since slot 7 */
    assert_string_equal(first.events.buf, "7p");
    shut(&first);

    begin(&second, HEAT SYMPTOM("hot"), "cccchhhhhhhhhhhhhhhhhhhhhhhh", path);
    assert_int_equal(only_instance(&second)->held_ms, 0);
    tick(&second, 20, 20); /* nobody looked in between: not yet 30 s, and one sample is too few to tell */
    assert_int_equal(only_instance(&second)->state, STATE_PENDING);
    assert_int_equal(only_instance(&second)->held_ms, 0);
    tick(&second, 21, 24);
    assert_string_equal(second.events.buf, "23F");
    shut(&second);
    remove_state(path);
}

static void restore__pending_without_a_gap__its_clock_goes_on(void **state)
{
    char *path = state_file();
    struct world first, second;
    (void)state;
    begin(&first, HEAT SYMPTOM("hot"), "cccchhhhh", path);
    tick(&first, 0, 8); /* held for one slot of two */
    shut(&first);

    begin(&second, HEAT SYMPTOM("hot"), "cccchhhhhhhhhhhh", path);
    assert_int_equal(only_instance(&second)->held_ms, STEP_MS);
    tick(&second, 9, 9);
    assert_string_equal(second.events.buf, "9F");
    shut(&second);
    remove_state(path);
}

static void restore__missed_slots_replayed__fires_in_the_slot_that_it_would_have(void **state)
{
    char *path = state_file();
    struct world first, second;
    struct error err = {0};
    (void)state;
    begin(&first, HEAT SYMPTOM("hot"), "cccchhhh", path);
    tick(&first, 0, 7);
    shut(&first);

    begin(&second, HEAT SYMPTOM("hot"), "cccchhhhhhhhhhhhhhhhhhhhhhhh", path);
    assert_int_equal(engine_replay(second.engine, START_MS + 8 * STEP_MS, START_MS + 20 * STEP_MS, REPLAY_TELL, &err), 0);
    assert_string_equal(second.events.buf, "9F");
    shut(&second);
    remove_state(path);
}

struct seen {
    size_t removed, others;
};

static bool count_reasons(void *context, int64_t time_ms, const char *finding_json)
{
    struct seen *seen = context;
    (void)time_ms;
    if (strstr(finding_json, "\"rule_removed\""))
        seen->removed++;
    else
        seen->others++;
    return true;
}

static size_t due_kinds(struct store *store, const char *kind)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_row *rows;
    struct error err = {0};
    size_t len, n = 0;
    assert_int_equal(store_outbox_due(store, START_MS + 1000 * STEP_MS, 100, &a, &rows, &len, &err), 0);
    for (size_t i = 0; i < len; i++)
        n += strcmp(rows[i].kind, kind) == 0;
    return n;
}

static void mark_sent(struct store *store)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_row *rows;
    struct error err = {0};
    size_t len;
    assert_int_equal(store_outbox_due(store, START_MS + 1000 * STEP_MS, 100, &a, &rows, &len, &err), 0);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(store_outbox_sent(store, rows[i].id, START_MS, &err), 0);
}

static void restore__rule_removed__said_once_and_not_as_cleared(void **state)
{
    char *path = state_file();
    struct world w;
    struct error err = {0};
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhh", path);
    tick(&w, 0, 7);
    assert_int_equal(due_kinds(w.store, "open"), 1);
    mark_sent(w.store);
    shut(&w);
    for (size_t life = 0; life < 2; life++) { /* the second life finds nothing left to say */
        struct seen seen = {0};
        begin(&w, HEAT SYMPTOM("warm"), "hhhhhhhhhh", path);
        assert_int_equal(store_history(w.store, 0, INT64_MAX, count_reasons, &seen, &err), 0);
        assert_int_equal(seen.removed, 1);
        assert_int_equal(due_kinds(w.store, "resolve"), life == 0);
        mark_sent(w.store);
        shut(&w);
    }
    remove_state(path);
}

static void restore__cluster_out_of_sight__its_states_wait(void **state)
{
    char *path = state_file();
    struct world w;
    struct error err = {0};
    struct store_note note;
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhh", path);
    tick(&w, 0, 7);
    shut(&w);

    load(&w, HEAT SYMPTOM("hot"));
    open_on(&w, feed_new("elsewhere"));
    assert_int_equal(store_open(path, false, &w.store, &note, &err), 0);
    assert_true(engine_attach(w.engine, w.store, NULL, &err) > 0);
    tick(&w, 8, 9);
    assert_string_equal(w.events.buf, "");
    shut(&w);

    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhhhh", path);
    assert_int_equal(only_instance(&w)->state, STATE_FIRING);
    tick(&w, 10, 11);
    assert_string_equal(w.events.buf, "");
    shut(&w);
    remove_state(path);
}

/* ---- silences and acknowledgements ---- */

static int64_t by_hand(struct world *w, const char *matchers, bool ack)
{
    const struct silence_row row = {.ack = ack, .matchers = matchers, .starts_ms = START_MS, .ends_ms = START_MS + 3600000, .author = "kim", .comment = "on it"};
    int64_t id = 0;
    assert_int_equal(store_silence_add(w->store, &row, &id, NULL), 0);
    return id;
}

static size_t due_any(struct store *store)
{
    return due_kinds(store, "open") + due_kinds(store, "update") + due_kinds(store, "repeat") + due_kinds(store, "resolve");
}

static void silence__from_the_start__kept_and_told_when_it_ends(void **state)
{
    char *path = state_file();
    struct world w;
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhhhhhhhhhhhh", path);
    int64_t id = by_hand(&w, "symptom=\"hot\",house=~\"a|b\"", false);
    tick(&w, 0, 12);
    assert_int_equal(only_instance(&w)->state, STATE_FIRING);
    assert_non_null(strstr(w.lines.buf, "\"silenced_by\":1"));
    assert_int_equal(due_any(w.store), 0);
    assert_int_equal(store_silence_expire(w.store, id, START_MS, NULL), 0);
    tick(&w, 13, 13);
    assert_int_equal(due_kinds(w.store, "open"), 1);
    shut(&w);
    remove_state(path);
}

static void silence__ends_with_what_it_hid__nobody_hears_of_either(void **state)
{
    char *path = state_file();
    struct world w;
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhhcccccccccccc", path);
    by_hand(&w, "house=a", false);
    tick(&w, 0, 21);
    assert_non_null(strstr(w.events.buf, "R"));
    assert_int_equal(due_any(w.store), 0);
    shut(&w);
    remove_state(path);
}

static void silence__after_it_was_told__its_end_is_told(void **state)
{
    char *path = state_file();
    struct world w;
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhhcccccccccccc", path);
    tick(&w, 0, 8);
    assert_int_equal(due_kinds(w.store, "open"), 1);
    mark_sent(w.store);
    by_hand(&w, "house=a", false);
    tick(&w, 9, 21);
    assert_int_equal(due_any(w.store), 1);
    assert_int_equal(due_kinds(w.store, "resolve"), 1);
    shut(&w);
    remove_state(path);
}

static void silence__of_one_of_two_findings__the_incident_is_told(void **state)
{
    static const char *const matchers[] = {"house=a", "house=~\"a|b\""};
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(matchers); k++) {
        char *path = state_file();
        struct world w;
        struct label b[] = {{"house", "b"}};
        begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhh", path);
        for (int64_t i = 0; i < 10; i++)
            feed_sample(w.source, "heat", b, 1, START_MS + i * STEP_MS, 0.9);
        by_hand(&w, matchers[k], false);
        tick(&w, 0, 9);
        assert_int_equal(w.engine->watches[0].incidents->len, 1);
        assert_int_equal(due_any(w.store), k == 0);
        shut(&w);
        remove_state(path);
    }
}

static void ack__of_an_incident__said_once_and_no_reminders_until_it_ends(void **state)
{
    char *path = state_file(), matcher[64];
    struct world w;
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", path);
    w.config->route.repeat_interval_ms = 4 * STEP_MS;
    tick(&w, 0, 8);
    mark_sent(w.store);
    tick(&w, 9, 12);
    assert_int_equal(due_kinds(w.store, "repeat"), 1);
    mark_sent(w.store);
    snprintf(matcher, sizeof(matcher), "incident_id=%s", only_instance(&w)->incident);
    int64_t id = by_hand(&w, matcher, true);
    tick(&w, 13, 13);
    assert_int_equal(due_kinds(w.store, "update"), 1);
    mark_sent(w.store);
    tick(&w, 14, 30);
    assert_int_equal(due_any(w.store), 0);
    assert_int_equal(store_silence_expire(w.store, id, START_MS, NULL), 0);
    tick(&w, 31, 31);
    assert_int_equal(due_kinds(w.store, "repeat"), 1);
    shut(&w);
    remove_state(path);
}

static void restore__told_acknowledged_and_silenced__says_nothing_anew(void **state)
{
    char *path = state_file(), matcher[64];
    struct world w;
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhh", path);
    tick(&w, 0, 8);
    mark_sent(w.store);
    snprintf(matcher, sizeof(matcher), "incident_id=%s", only_instance(&w)->incident);
    by_hand(&w, matcher, true);
    tick(&w, 9, 9);
    mark_sent(w.store);
    shut(&w);
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhhhhcccccccccccc", path);
    tick(&w, 10, 11);
    assert_int_equal(due_any(w.store), 0);
    tick(&w, 12, 23);
    assert_int_equal(due_kinds(w.store, "resolve"), 1);
    shut(&w);
    remove_state(path);
}

static void escalate__unless_acknowledged__one_message_more_and_its_end_over_a_restart(void **state)
{
    static const char hot[] = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", cold[] = "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhcccccccccccc";
    (void)state;
    for (int acked = 0; acked < 2; acked++) {
        char *path = state_file(), matcher[64];
        struct world w;
        begin(&w, HEAT SYMPTOM("hot"), hot, path);
        w.config->route.escalate.after_ms = 20 * STEP_MS;
        tick(&w, 0, 8);
        assert_int_equal(due_kinds(w.store, "open"), 1);
        snprintf(matcher, sizeof(matcher), "incident_id=%s", only_instance(&w)->incident);
        if (acked)
            by_hand(&w, matcher, true);
        tick(&w, 9, 10);
        mark_sent(w.store);
        shut(&w);
        begin(&w, HEAT SYMPTOM("hot"), cold, path);
        w.config->route.escalate.after_ms = 20 * STEP_MS;
        tick(&w, 11, 16);
        assert_int_equal(due_any(w.store), 0);
        tick(&w, 17, 39);
        assert_int_equal(due_kinds(w.store, "open"), !acked);
        assert_int_equal(due_any(w.store), !acked);
        mark_sent(w.store);
        tick(&w, 40, 51);
        assert_int_equal(due_kinds(w.store, "resolve"), acked ? 1 : 2);
        shut(&w);
        remove_state(path);
    }
}

/* The clock stands at 02:40 UTC. */
static void mute__by_the_routes_times__told_when_they_are_over(void **state)
{
    struct int_range night = {0, 6 * 60};
    struct interval_part part = {.times = {&night, 1}};
    const struct time_interval_config nights = {.name = "nights", .parts = &part, .len = 1}, *mute_at[] = {&nights};
    const char *mute[] = {"nights"};
    char *path = state_file();
    struct world w;
    (void)state;
    begin(&w, HEAT SYMPTOM("hot"), "hhhhhhhhhhhhhhhhhhhh", path);
    w.config->route.mute = mute;
    w.config->route.mute_at = mute_at;
    w.config->route.mute_len = 1;
    tick(&w, 0, 12);
    assert_int_equal(due_any(w.store), 0);
    night.to = 2 * 60;
    tick(&w, 13, 13);
    assert_int_equal(due_kinds(w.store, "open"), 1);
    shut(&w);
    remove_state(path);
}

/* ---- storms, and what comes and goes ---- */

#define STORM 30
#define STORM_CRITICAL 8

/* Thirty symptoms of one house, eight of them critical: thirty incidents at once. */
static char *storm_pack(void)
{
    struct strbuf pack = STRBUF_INIT(1 << 20);
    strbuf_adds(&pack, HEAT "symptoms:\n");
    for (int i = 0; i < STORM; i++)
        strbuf_addf(&pack,
                    "  - {id: hot-%d, entity: house, title: {en: 'symptom %d of {house}', ko: 'x'}, effect: {en: e, ko: e}, when: 'avg(heat[1m]) > 80%%',\n"
                    "     for: 0s, clear_when: 'avg(heat[1m]) < 60%%', severity: %s, causes: []}\n",
                    i, i, i < STORM - STORM_CRITICAL ? "warning" : "critical");
    return strbuf_detach(&pack);
}

static size_t digests_due(struct store *store, const char *kind)
{
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_row *rows;
    size_t len, n = 0;
    assert_int_equal(store_outbox_due(store, START_MS + 1000 * STEP_MS, 100, &a, &rows, &len, NULL), 0);
    for (size_t i = 0; i < len; i++)
        n += strcmp(rows[i].kind, kind) == 0 && strstr(rows[i].finding, "\"incident-digest\"");
    return n;
}

static void storm__thirty_at_once__fifteen_by_themselves_and_a_digest(void **state)
{
    char *path = state_file(), *pack = storm_pack();
    struct world w;
    (void)state;
    begin(&w, pack, "hhhhhhhhhhhhhhhhcccccccccccc", path);
    tick(&w, 0, 7);
    assert_int_equal(due_kinds(w.store, "open"), 5 + 10 + 1);
    assert_int_equal(digests_due(w.store, "open"), 1);
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_row *rows;
    size_t len;
    assert_int_equal(store_outbox_due(w.store, START_MS + 1000 * STEP_MS, 100, &a, &rows, &len, NULL), 0);
    for (size_t i = 0; i < 5; i++) /* what is critical goes first */
        assert_non_null(strstr(rows[i].finding, "\"severity\":\"critical\""));
    mark_sent(w.store);
    shut(&w); /* a restart in the middle */
    begin(&w, pack, "hhhhhhhhhhhhhhhhcccccccccccc", path);
    tick(&w, 8, 15);
    assert_int_equal(due_any(w.store), 0);
    tick(&w, 16, 27);
    assert_int_equal(due_kinds(w.store, "resolve"), 15 + 1);
    assert_int_equal(digests_due(w.store, "resolve"), 1);
    assert_int_equal(due_any(w.store), 16);
    shut(&w);
    free(pack);
    remove_state(path);
}

/* The clock stands at 02:40 UTC; the night ends while all thirty still fire. */
static void mute__many_in_the_night__one_digest_in_the_morning(void **state)
{
    struct int_range night = {0, 6 * 60};
    struct interval_part part = {.times = {&night, 1}};
    const struct time_interval_config nights = {.name = "nights", .parts = &part, .len = 1}, *mute_at[] = {&nights};
    const char *mute[] = {"nights"};
    char *path = state_file(), *pack = storm_pack();
    struct world w;
    (void)state;
    begin(&w, pack, "hhhhhhhhhhhhhhhhcccccccccccc", path);
    w.config->storm.messages = w.config->storm.critical = 100;
    w.config->route.mute = mute;
    w.config->route.mute_at = mute_at;
    w.config->route.mute_len = 1;
    tick(&w, 0, 7);
    assert_int_equal(due_any(w.store), 0);
    night.to = 2 * 60;
    tick(&w, 8, 15);
    assert_int_equal(digests_due(w.store, "open"), 1);
    assert_int_equal(due_kinds(w.store, "open"), STORM_CRITICAL + 1);
    mark_sent(w.store);
    tick(&w, 16, 27);
    assert_int_equal(digests_due(w.store, "resolve"), 1);
    assert_int_equal(due_any(w.store), STORM_CRITICAL + 1);
    shut(&w);
    free(pack);
    remove_state(path);
}

static void flapping__told_four_times_then_only_when_it_stays(void **state)
{
    struct strbuf slots = STRBUF_INIT(4000);
    char *path = state_file();
    struct world w;
    size_t opens = 0, resolves = 0;
    (void)state;
    for (int i = 0; i < 7; i++) /* five minutes each */
        strbuf_adds(&slots, "hhhhhhhhhhcccccccccc");
    for (int i = 0; i < 60; i++)
        strbuf_addc(&slots, 'h');
    begin(&w, HEAT SYMPTOM("hot"), slots.buf, path);
    w.config->storm.messages = 100;
    for (int64_t slot = 0; slot < 140; slot++) {
        tick(&w, slot, slot);
        opens += due_kinds(w.store, "open");
        resolves += due_kinds(w.store, "resolve");
        mark_sent(w.store);
    }
    assert_int_equal(opens, 4);
    assert_int_equal(resolves, 4);
    tick(&w, 140, 170);
    assert_int_equal(due_any(w.store), 0);
    tick(&w, 171, 199); /* it stays */
    assert_int_equal(due_kinds(w.store, "open"), 1);
    shut(&w);
    strbuf_free(&slots);
    remove_state(path);
}

/* ---- the same slots by any way ---- */

#define SLOTS 120

static const char script_text[] = "- {series: 'heat{house=\"a\"}', values: '20x9 90x19 20x19 _x9 90x39 20x19', noise: 5%}\n"
                                  "- {series: 'heat{house=\"b\"}', values: '50x39 85x19 _x19 85x9 10x29', noise: 10%}\n"
                                  "- {series: 'heat{house=\"c\"}', values: '10x119', noise: 2%}\n";

struct play {
    struct arena arena;
    struct script script;
    struct script_failure failure;
};

static struct source *open_script(struct world *w, struct play *p)
{
    struct mistakes m = MISTAKES_INIT;
    p->arena = (struct arena)ARENA_INIT("script");
    script_read(tree_read_text(script_text, strlen(script_text), "script.yaml", &p->arena, &m), w->rules, &p->arena, &p->script, &m);
    mistakes_print(&m, stderr);
    assert_int_equal(m.len, 0);
    mistakes_free(&m);
    p->failure = (struct script_failure){ruleset_signal(w->rules, "heat"), 70, 73};
    p->script.failures = &p->failure;
    p->script.failures_len = 1;
    return script_source_new(&p->script, START_MS, STEP_MS);
}

static const char percent_pack[] = "entities:\n  house: {labels: [house]}\n"
                                   "profiles: {stove: {help: s, probe: [heat]}}\n"
                                   "signals:\n  heat: {help: h, unit: C, entity: house, bindings: [{profile: stove, query: heat}]}\n"
                                   "symptoms:\n"
                                   "  - id: hot\n    entity: house\n    title: {en: '{house} has {heat:number}', ko: '{house} {heat:number}'}\n"
                                   "    effect: {en: e, ko: e}\n    when: avg(heat[1m]) > 80\n    for: 30s\n    clear_when: avg(heat[1m]) < 60\n"
                                   "    severity: warning\n    escalate: [{when: 'max(heat[1m]) > 99', severity: critical}]\n    lost_after: 2m\n    causes: []\n"
                                   "  - id: rise\n    entity: house\n    title: {en: '{house} gets warmer', ko: '{house} 상승'}\n"
                                   "    effect: {en: e, ko: e}\n    when: surging(heat[2m], by=30%)\n    for: 0s\n    severity: info\n    causes: []\n";

/* `ways`: how many slots at once; 0 = live. */
static char *events_of(struct source *(*make)(struct world *w, struct play *p), int64_t way)
{
    struct world w;
    struct play p = {0};
    struct error err = {0};
    load(&w, percent_pack);
    open_on(&w, make(&w, &p));
    for (int64_t slot = 0; slot < SLOTS; slot += way ? way : 1) {
        int64_t from_ms = START_MS + slot * STEP_MS, last_ms = START_MS + (SLOTS - 1) * STEP_MS;
        int64_t to_ms = from_ms + (way ? way - 1 : 0) * STEP_MS;
        if (way)
            engine_replay(w.engine, from_ms, to_ms < last_ms ? to_ms : last_ms, REPLAY_TELL, &err); /* a failed query is no failed test */
        else
            engine_tick(w.engine, from_ms, &err);
    }
    char *lines = strdup(w.lines.buf);
    shut(&w);
    arena_free(&p.arena);
    return lines;
}

static char recorded[64];

/* The script's signals by way of a file. */
static struct source *open_recorded(struct world *w, struct play *p)
{
    struct error err = {0};
    struct recording_writer *writer;
    struct batch b;
    struct source *ret, *script = open_script(w, p);
    struct cluster *c = cluster_new(w->rules, SCRIPT_CLUSTER, STEP_MS);
    snprintf(recorded, sizeof(recorded), "/tmp/nightbell-engine-%d.nbr", (int)getpid());
    assert_int_equal(script->type->bind(script, c, &(struct name_values){0}, 0, 0, &err), 0);
    assert_int_equal(recording_create(recorded, STEP_MS, 0, NULL, &writer, &err), 0);
    for (int64_t slot = 0; slot < SLOTS; slot++) { /* one at a time, since a failed query fails for its whole batch */
        batch_init(&b, START_MS + slot * STEP_MS, STEP_MS, 1, 60000);
        batch_plan(&b, c, true);
        script->type->fetch(script, &b, 1000);
        assert_int_equal(recording_add(writer, &b, &err), 0);
        batch_free(&b);
    }
    assert_int_equal(recording_finish(writer, &err), 0);
    cluster_free(c);
    source_free(script);
    assert_int_equal(recording_open(recorded, &ret, &err), 0);
    unlink(recorded);
    return ret;
}

static void replay__slot_by_slot__equals_ticks(void **state)
{
    (void)state;
    char *live = events_of(open_script, 0), *replayed = events_of(open_script, 1);
    assert_non_null(strstr(live, "\"firing\""));
    assert_non_null(strstr(live, "\"unknown\""));
    assert_non_null(strstr(live, "\"resolved\""));
    assert_string_equal(live, replayed);
    free(live);
    free(replayed);
}

static void replay__recording_in_any_stretches__equals_ticks(void **state)
{
    static const int64_t ways[] = {1, 7, 64, SLOTS};
    (void)state;
    char *live = events_of(open_script, 0);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        char *replayed = events_of(open_recorded, ways[i]);
        assert_string_equal(live, replayed);
        free(replayed);
    }
    free(live);
}

static void replay__quiet__tells_nobody_but_knows(void **state)
{
    struct world w;
    struct error err = {0};
    (void)state;
    load(&w, HEAT SYMPTOM("hot"));
    struct source *source = feed_new("default");
    feed(source, "cccchhhhhhhhhh");
    open_on(&w, source);
    assert_int_equal(engine_replay(w.engine, START_MS, START_MS + 12 * STEP_MS, REPLAY_QUIET, &err), 0);
    assert_string_equal(w.events.buf, "");
    assert_int_equal(only_instance(&w)->state, STATE_FIRING);
    engine_announce(w.engine);
    assert_string_equal(w.events.buf, "12F");
    shut(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restore__firing__all_clocks_and_no_second_message),
        cmocka_unit_test(restore__pending__clock_stands_still_over_the_gap),
        cmocka_unit_test(restore__pending_without_a_gap__its_clock_goes_on),
        cmocka_unit_test(restore__missed_slots_replayed__fires_in_the_slot_that_it_would_have),
        cmocka_unit_test(restore__rule_removed__said_once_and_not_as_cleared),
        cmocka_unit_test(restore__cluster_out_of_sight__its_states_wait),
        cmocka_unit_test(silence__from_the_start__kept_and_told_when_it_ends),
        cmocka_unit_test(silence__ends_with_what_it_hid__nobody_hears_of_either),
        cmocka_unit_test(silence__after_it_was_told__its_end_is_told),
        cmocka_unit_test(silence__of_one_of_two_findings__the_incident_is_told),
        cmocka_unit_test(ack__of_an_incident__said_once_and_no_reminders_until_it_ends),
        cmocka_unit_test(restore__told_acknowledged_and_silenced__says_nothing_anew),
        cmocka_unit_test(escalate__unless_acknowledged__one_message_more_and_its_end_over_a_restart),
        cmocka_unit_test(mute__by_the_routes_times__told_when_they_are_over),
        cmocka_unit_test(mute__many_in_the_night__one_digest_in_the_morning),
        cmocka_unit_test(storm__thirty_at_once__fifteen_by_themselves_and_a_digest),
        cmocka_unit_test(flapping__told_four_times_then_only_when_it_stays),
        cmocka_unit_test(replay__slot_by_slot__equals_ticks),
        cmocka_unit_test(replay__recording_in_any_stretches__equals_ticks),
        cmocka_unit_test(replay__quiet__tells_nobody_but_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
