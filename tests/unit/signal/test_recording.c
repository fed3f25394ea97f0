/* Recordings: what is written is read, in any stretches; damaged and unfinished files are refused in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>

#include "signal/recording.h"
#include "signal/source.h"
#include "support/signal_world.h"

#define SLOTS 20

static const char pack[] = "entities:\n"
                           "  shop: {labels: [shop]}\n"
                           "profiles: {p: {help: p, probe: [a]}}\n"
                           "signals:\n"
                           "  guests: {help: h, unit: guests, entity: shop, bindings: [{profile: p, query: a}]}\n"
                           "  waiting: {help: h, unit: s, entity: shop, bindings: [{profile: p, query: b}]}\n"
                           "symptoms:\n"
                           "  - {id: x, entity: shop, title: {en: x, ko: x}, when: 'guests > 1 and waiting > 1s', severity: info, effect: {en: x, ko: x}}\n";

struct world {
    struct signal_world w;
    char path[64];
};

static int set_up(void **state)
{
    static struct world t;
    signal_world_open(&t.w, pack, (struct name_values){0});
    snprintf(t.path, sizeof(t.path), "/tmp/nightbell-recording-%d.nbr", (int)getpid());
    unlink(t.path);
    *state = &t;
    return 0;
}

static int tear_down(void **state)
{
    struct world *t = *state;
    unlink(t->path);
    signal_world_close(&t->w);
    return 0;
}

/* Odd on purpose: a gap, a NaN, an infinity, a negative zero. */
static double sample(size_t slot)
{
    return slot == 3 ? ABSENT : slot == 5 ? NAN : slot == 7 ? INFINITY : slot == 9 ? -0.0 : 0.1 * (double)slot;
}

static void fill(struct world *t, struct batch *b, size_t first, size_t slots, bool failed)
{
    const char *identity[] = {intern_str(&t->w.cluster->values, "north \"a\" 한")};
    struct error why = {.code = ERR_NET, .text = "away"};
    signal_world_bind(&t->w, "guests", 0, -1);
    signal_world_bind(&t->w, "waiting", 0, -1);
    batch_init(b, WORLD_START_MS + (int64_t)first * WORLD_STEP_MS, WORLD_STEP_MS, slots, 60000);
    batch_plan(b, t->w.cluster, true);
    assert_int_equal(b->len, 2);
    answer_series_identity(&b->answers[0], identity);
    for (size_t i = 0; i < slots; i++)
        b->answers[0].at->values[i] = sample(first + i);
    answer_done(&b->answers[0], ANSWER_OK, NULL);
    answer_done(&b->answers[1], failed ? ANSWER_FAILED : ANSWER_OK, failed ? &why : NULL);
}

static void write_all(struct world *t, size_t stretch)
{
    struct recording_writer *w;
    struct error err = {0};
    assert_int_equal(recording_create(t->path, WORLD_STEP_MS, 30000, "a note", &w, &err), 0);
    for (size_t at = 0; at < SLOTS; at += stretch) {
        struct batch b;
        fill(t, &b, at, at + stretch > SLOTS ? SLOTS - at : stretch, true);
        assert_int_equal(recording_add(w, &b, &err), 0);
        batch_free(&b);
    }
    assert_int_equal(recording_finish(w, &err), 0);
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b) && is_absent(a) == is_absent(b)) || (!isnan(a) && fabs(a - b) < 1e-15);
}

/* Slots first…first+slots of the recording are what was written. */
static void check_stretch(struct world *t, struct source *s, size_t first, size_t slots)
{
    struct batch b;
    batch_init(&b, WORLD_START_MS + (int64_t)first * WORLD_STEP_MS, WORLD_STEP_MS, slots, 60000);
    batch_plan(&b, t->w.cluster, true);
    assert_int_equal(b.len, 1); /* the signal that always failed is not in it */
    s->type->fetch(s, &b, 1000);
    assert_int_equal(b.answers[0].state, ANSWER_OK);
    assert_int_equal(b.answers[0].len, 1);
    assert_string_equal(b.answers[0].series[0].identity[0], "north \"a\" 한");
    for (size_t i = 0; i < slots; i++) {
        double wanted = first + i < SLOTS ? sample(first + i) : ABSENT, got = b.answers[0].series[0].values[i];
        if (isinf(wanted)) /* a source's policy has judged it once; NaN and Inf are judged again as NaN */
            wanted = NAN;
        if (!same(wanted, got))
            fail_msg("slot %zu: %g, not %g", first + i, got, wanted);
    }
    batch_free(&b);
}

static void round_trip__any_stretches__the_same_samples(void **state)
{
    struct world *t = *state;
    static const size_t stretches[] = {1, 3, 7, SLOTS};
    for (size_t k = 0; k < ARRAY_LEN(stretches); k++) {
        struct source *s;
        struct error err = {0};
        struct recording_info info;
        write_all(t, stretches[k]);
        assert_int_equal(recording_open(t->path, &s, &err), 0);
        recording_info(s, &info);
        assert_true(source_is_recording(s));
        assert_int_equal(info.from_ms, WORLD_START_MS);
        assert_int_equal(info.scrape_ms, 30000);
        assert_int_equal(info.to_ms, WORLD_START_MS + (SLOTS - 1) * WORLD_STEP_MS);
        assert_int_equal(info.interval_ms, WORLD_STEP_MS);
        assert_string_equal(info.note, "a note");
        assert_int_equal(s->type->bind(s, t->w.cluster, &(struct name_values){0}, 0, 0, &err), 0);
        check_stretch(t, s, 0, SLOTS);
        check_stretch(t, s, 2, 4);
        check_stretch(t, s, SLOTS - 2, 5);
        source_free(s);
        unlink(t->path);
    }
}

static void add_past__coarser_samples_of_a_day_ago__there_when_asked_and_not_in_the_span(void **state)
{
    struct world *t = *state;
    const int64_t past_ms = WORLD_START_MS - 86400000, minute_ms = 4 * WORLD_STEP_MS;
    const char *identity[] = {intern_str(&t->w.cluster->values, "south")};
    struct recording_writer *w;
    struct recording_info info;
    struct error err = {0};
    struct source *s;
    struct batch b;
    assert_int_equal(recording_create(t->path, WORLD_STEP_MS, 0, NULL, &w, &err), 0);
    fill(t, &b, 0, SLOTS, false);
    assert_int_equal(recording_add(w, &b, &err), 0);
    batch_free(&b);
    batch_init(&b, past_ms, minute_ms, 10, 60000);
    batch_plan_signal(&b, t->w.cluster, ruleset_signal(t->w.rules, "guests"));
    answer_series_identity(&b.answers[0], identity);
    for (int i = 0; i < 10; i++)
        answer_sample(&b.answers[0], past_ms + i * minute_ms, i);
    answer_done(&b.answers[0], ANSWER_OK, NULL);
    assert_int_equal(recording_add_past(w, &b, &err), 0);
    batch_free(&b);
    assert_int_equal(recording_finish(w, &err), 0);

    assert_int_equal(recording_open(t->path, &s, &err), 0);
    recording_info(s, &info);
    assert_int_equal(info.from_ms, WORLD_START_MS);
    assert_int_equal(s->type->bind(s, t->w.cluster, &(struct name_values){0}, 0, 0, &err), 0);
    batch_init(&b, past_ms, minute_ms, 12, 60000);
    b.tolerance_ms = WORLD_STEP_MS / 2;
    batch_plan_signal(&b, t->w.cluster, ruleset_signal(t->w.rules, "guests"));
    s->type->fetch(s, &b, 1000);
    assert_int_equal(b.answers[0].len, 1);
    for (int i = 0; i < 10; i++)
        assert_true(b.answers[0].series[0].values[i] == i);
    assert_true(is_absent(b.answers[0].series[0].values[10]));
    batch_free(&b);
    source_free(s);
}

static void create__file_exists__refused_and_untouched(void **state)
{
    struct world *t = *state;
    struct recording_writer *w;
    struct source *s;
    struct error err = {0};
    write_all(t, SLOTS);
    assert_true(recording_create(t->path, WORLD_STEP_MS, 0, NULL, &w, &err) < 0);
    assert_non_null(strstr(err.text, t->path));
    assert_int_equal(recording_open(t->path, &s, &err), 0);
    source_free(s);
}

static void change(const char *path, const char *sql)
{
    sqlite3 *db;
    char *text = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
        fail_msg("%s: %s", sql, text);
    sqlite3_close(db);
}

struct damage {
    const char *sql;
    int code; /* of recording_open; 0 = seen by fetch as a failed answer */
};

static const struct damage damages[] = {
    {"DELETE FROM meta WHERE key = 'schema'", ERR_INVALID},
    {"UPDATE meta SET value = 'nightbell.recording/9' WHERE key = 'schema'", ERR_VERSION},
    {"DELETE FROM meta WHERE key = 'to_ms'", ERR_CORRUPT},
    {"UPDATE meta SET value = '0' WHERE key = 'interval_ms'", ERR_CORRUPT},
    {"UPDATE chunk SET \"values\" = x'00'", 0},
    {"UPDATE chunk SET \"values\" = substr(\"values\", 1, length(\"values\") / 2)", 0},
    {"UPDATE chunk SET slots = slots + 1", 0},
    {"UPDATE chunk SET slots = 2000000000", 0},
};

static void open__damaged__said_and_never_half_read(void **state)
{
    struct world *t = *state;
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        struct source *s;
        struct error err = {0};
        write_all(t, SLOTS);
        change(t->path, damages[i].sql);
        assert_int_equal(recording_open(t->path, &s, &err), damages[i].code);
        unlink(t->path);
        if (damages[i].code) {
            assert_true(err.text[0] != '\0');
            continue;
        }
        struct batch b;
        assert_int_equal(s->type->bind(s, t->w.cluster, &(struct name_values){0}, 0, 0, &err), 0);
        batch_init(&b, WORLD_START_MS, WORLD_STEP_MS, SLOTS, 60000);
        batch_plan(&b, t->w.cluster, true);
        s->type->fetch(s, &b, 1000);
        if (b.answers[0].state != ANSWER_FAILED || b.answers[0].len)
            fail_msg("%s: not noticed", damages[i].sql);
        batch_free(&b);
        source_free(s);
    }
}

static void open__unfinished__refused(void **state)
{
    struct world *t = *state;
    struct recording_writer *w;
    struct source *s;
    struct error err = {0};
    struct batch b;
    assert_int_equal(recording_create(t->path, WORLD_STEP_MS, 0, NULL, &w, &err), 0);
    fill(t, &b, 0, SLOTS, false);
    assert_int_equal(recording_add(w, &b, &err), 0);
    batch_free(&b);
    assert_true(recording_open(t->path, &s, &err) < 0); /* as after a crash */
    assert_int_equal(recording_finish(w, &err), 0);
    assert_int_equal(recording_open(t->path, &s, &err), 0);
    source_free(s);
}

static void open__no_recording__refused(void **state)
{
    struct world *t = *state;
    struct source *s;
    struct error err = {0};
    assert_true(recording_open(t->path, &s, &err) < 0); /* no file */
    assert_true(access(t->path, F_OK) != 0);            /* and none was made */
    int fd = open(t->path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "clusters: []\n", 13), 13);
    close(fd);
    assert_true(recording_open(t->path, &s, &err) < 0);
    assert_non_null(strstr(err.text, "not a recording"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(round_trip__any_stretches__the_same_samples, set_up, tear_down),
        cmocka_unit_test_setup_teardown(add_past__coarser_samples_of_a_day_ago__there_when_asked_and_not_in_the_span, set_up, tear_down),
        cmocka_unit_test_setup_teardown(create__file_exists__refused_and_untouched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(open__damaged__said_and_never_half_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(open__unfinished__refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(open__no_recording__refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
