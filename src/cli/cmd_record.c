/* nightbell record: signals of a period into a file. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "signal/recording.h"
#include "signal/season.h"

#define STRETCH_SLOTS 960

static void fetch(struct engine *e, struct batch *b, size_t *failed)
{
    b->no_alerts = true; /* their expressions need a server */
    e->sources[0]->type->fetch(e->sources[0], b, e->timeout_ms);
    for (size_t i = 0; i < b->len; i++)
        *failed += b->answers[i].state != ANSWER_OK;
}

static int record_stretch(struct engine *e, struct recording_writer *w, int64_t from_ms, size_t slots, size_t *failed, struct error *err)
{
    struct batch b;
    batch_init(&b, from_ms, e->interval_ms, slots, e->rate_ms);
    for (size_t i = 0; i < e->watches_len; i++)
        batch_plan(&b, e->watches[i].cluster, true);
    fetch(e, &b, failed);
    int code = recording_add(w, &b, err);
    batch_free(&b);
    return code;
}

/* ---- the same time on other days ---- */

static int record_past_stretch(struct engine *e, struct recording_writer *w, int64_t from_ms, size_t slots, size_t *failed, struct error *err)
{
    struct batch b;
    batch_init(&b, from_ms, season_shape(e->interval_ms).step_ms, slots, e->rate_ms);
    b.tolerance_ms = e->interval_ms / 2;
    for (size_t i = 0; i < e->watches_len; i++)
        for (size_t k = 0; k < e->rules->signals_len; k++)
            if (e->rules->signals[k]->seasonal)
                batch_plan_signal(&b, e->watches[i].cluster, e->rules->signals[k]);
    if (b.len)
        fetch(e, &b, failed);
    int code = recording_add_past(w, &b, err);
    batch_free(&b);
    return code;
}

/* What the rules ask of other days goes with it, else who reads it would ring for what came every day. Of a long recording much is in it already. */
static int record_past(struct engine *e, struct recording_writer *w, int64_t first_ms, int64_t last_ms, size_t *failed, struct error *err)
{
    struct season_shape shape = season_shape(e->interval_ms);
    struct piece_range pieces = season_pieces(&shape, first_ms, last_ms);
    int code = 0;
    for (int day = 0; day < SEASON_DAYS; day++) {
        int64_t from_ms = pieces.first * shape.piece_ms - shape.ago_ms[day], end_ms = (pieces.last + 1) * shape.piece_ms - shape.ago_ms[day];
        if (end_ms > first_ms)
            end_ms = first_ms;
        for (; code == 0 && from_ms < end_ms; from_ms += STRETCH_SLOTS * shape.step_ms) {
            int64_t slots = (end_ms - from_ms + shape.step_ms - 1) / shape.step_ms;
            code = record_past_stretch(e, w, from_ms, slots > STRETCH_SLOTS ? STRETCH_SLOTS : (size_t)slots, failed, err);
        }
    }
    return code;
}

/* ---- interrupted ---- */

static const char *volatile unfinished; /* NULL = there is nothing to take away */

static void take_away(int signal)
{
    if (unfinished)
        unlink(unfinished);
    raise(signal); /* its default came back with SA_RESETHAND: whoever started us sees what ended us */
}

/* Half a recording cannot be read: better none. */
static void guard(const char *path)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = take_away, .sa_flags = (int)SA_RESETHAND};
    unfinished = path;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        sigaction(ends[i], &action, NULL);
}

static void say_recorded(const struct session *s, const struct options *o, int64_t span_ms)
{
    AUTO(strbuf) struct strbuf span = STRBUF_INIT(64);
    duration_format(&span, span_ms);
    printf("%s: %s of ", o->output, span.buf);
    for (size_t i = 0; i < s->engine->watches_len; i++) {
        fputs(i ? ", " : "", stdout);
        print_clean(s->engine->watches[i].cluster->name);
    }
    puts(o->anonymise ? ", its names replaced" : "");
}

static int record(struct session *s, const struct options *o, int64_t from_ms, int64_t to_ms, struct error *err)
{
    struct engine *e = s->engine;
    struct recording_writer *w;
    size_t failed = 0;
    int64_t first = engine_align(e, from_ms + e->interval_ms - 1), last = engine_align(e, to_ms);
    int code = engine_discover(e, from_ms, to_ms, err);
    if (code == 0 && access(o->output, F_OK) != 0)
        guard(o->output); /* not a file that was there before */
    if (code == 0)
        code = recording_create(o->output, e->interval_ms, e->scrape_ms, o->note, &w, err);
    if (code < 0)
        return code;
    if (o->anonymise)
        code = recording_anonymise(w, s->rules, err);
    for (int64_t at = first; code == 0 && at <= last; at += STRETCH_SLOTS * e->interval_ms) {
        int64_t slots = (last - at) / e->interval_ms + 1;
        code = record_stretch(e, w, at, slots > STRETCH_SLOTS ? STRETCH_SLOTS : (size_t)slots, &failed, err);
        progress_show(NULL, (size_t)((at - first) / e->interval_ms), (size_t)((last - first) / e->interval_ms));
    }
    if (code == 0)
        code = record_past(e, w, first, last, &failed, err);
    struct error second = {0};
    int finished = recording_finish(w, code == 0 ? err : &second);
    if (code == 0)
        code = finished;
    if (code < 0)
        unlink(o->output);
    unfinished = NULL;
    if (code == 0 && failed)
        print_error("%zu queries failed: their signals have gaps", failed);
    if (code == 0)
        say_recorded(s, o, last - first + e->interval_ms);
    return code;
}

int cmd_record(const struct options *o)
{
    struct session s;
    struct error err = {0};
    struct period p;
    if (!o->output) {
        print_error("record: needs --output FILE");
        return EXIT_USAGE;
    }
    int code = session_open(o, NULL, NULL, &s);
    if (code == 0)
        code = session_period(&s, o, "record", HOUR_MS, &p);
    if (code == 0) {
        int failed = record(&s, o, p.from_ms, p.to_ms, &err);
        if (failed < 0) {
            print_error("%s", err.text);
            code = exit_code_of(failed);
        }
    }
    session_close(&s);
    return code;
}
