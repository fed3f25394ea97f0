/* nightbell backtest: the engine over history. */
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "cli/cli.h"

#define HOUR_MS (3600 * 1000)

struct timeline {
    const struct options *options;
    enum language lang;
    bool jsonl, color;
    size_t fired, resolved, incidents;
};

static const char *const happenings[] = {
    [EFFECT_PENDING] = "pending", [EFFECT_DROPPED] = "dropped",   [EFFECT_FIRED] = "firing",       [EFFECT_SEVERITY] = "severity", [EFFECT_CAUSE] = "cause",
    [EFFECT_BLIND] = "blind",     [EFFECT_SEES] = "sees again",   [EFFECT_RESOLVED] = "resolved",  [EFFECT_LOST] = "lost sight",   [EFFECT_GONE] = "gone",
};

static void print_row(const struct timeline *t, const struct finding *f, enum effect_kind kind)
{
    struct strbuf at = STRBUF_INIT(32);
    time_format_utc(&at, f->slot_ms);
    const char *color = !t->color || kind == EFFECT_RESOLVED ? "" : severity_color(f->severity);
    printf("%s  %s%-10s %-8s%s  %s%s", at.buf, color, happenings[kind], severity_names[f->severity], *color ? "\033[0m" : "",
           f->role == ROLE_SYMPTOM || f->role == ROLE_IMPACT ? "  + " : "", f->title.in[t->lang]);
    if (f->causes_len && f->causes[0].verdict != VERDICT_RULED_OUT && kind != EFFECT_RESOLVED)
        printf("  <- %s (%s)", f->causes[0].title.in[t->lang], f->cannot_tell ? "cannot tell" : verdict_names[f->causes[0].verdict]);
    putchar('\n');
    strbuf_free(&at);
}

static void happened(void *context, const struct finding *f, enum effect_kind kind)
{
    struct timeline *t = context;
    if (!session_wants(t->options, f->cluster))
        return;
    t->fired += kind == EFFECT_FIRED;
    t->resolved += kind == EFFECT_RESOLVED;
    if (t->jsonl) {
        if (kind == EFFECT_DROPPED)
            return;
        print_event(stdout, f, t->lang); /* main() sees whether stdout took it */
        return;
    }
    bool minor = kind == EFFECT_PENDING || kind == EFFECT_DROPPED || kind == EFFECT_CAUSE;
    if (!minor || t->options->verbose)
        print_row(t, f, kind);
}

static void incident(void *context, const struct finding *lead, const struct incident *g, bool resolved)
{
    struct timeline *t = context;
    struct strbuf at = STRBUF_INIT(32);
    if (!session_wants(t->options, lead->cluster))
        return;
    t->incidents += !resolved;
    if (t->jsonl) {
        print_incident(stdout, lead, g, resolved);
        return;
    }
    if (!resolved || (g->ever <= 1 && !t->options->verbose))
        return;
    time_format_utc(&at, lead->slot_ms);
    printf("%s  %-10s %-8s  incident %s is over: %zu findings, last %s\n", at.buf, "over", severity_names[g->peak], g->id, g->ever, lead->title.in[t->lang]);
    strbuf_free(&at);
}

int cmd_backtest(const struct options *o)
{
    struct session s;
    struct timeline t = {.options = o, .color = color_wanted(o), .jsonl = o->format && strcmp(o->format, "jsonl") == 0};
    struct engine_sink sink = {happened, incident, progress_show, &t};
    struct error err = {0};
    int64_t from_ms = 0, to_ms = 0;
    if (o->format && !t.jsonl && strcmp(o->format, "text") != 0) {
        print_error("backtest: unknown format \"%s\"; there are text and jsonl", o->format);
        return EXIT_USAGE;
    }
    int code = session_open(o, NULL, &sink, &s);
    if (code == 0)
        code = session_time(&s, o->to, s.now_ms, &to_ms);
    if (code == 0)
        code = session_time(&s, o->from, s.engine->recording_from_ms ? s.engine->recording_from_ms : to_ms - HOUR_MS, &from_ms);
    if (code == 0 && from_ms >= to_ms) {
        print_error("backtest: --from must be before --to");
        code = EXIT_USAGE;
    }
    if (code == 0) {
        t.lang = s.lang;
        int64_t warm_ms = from_ms - engine_look_back_ms(s.engine);
        int failed = engine_discover(s.engine, warm_ms, to_ms, &err);
        if (failed == 0)
            failed = engine_replay(s.engine, warm_ms, from_ms - 1, REPLAY_QUIET, &err);
        if (failed == 0)
            failed = engine_replay(s.engine, from_ms, to_ms, REPLAY_TELL, &err);
        if (failed < 0) {
            print_error("%s", err.text);
            code = exit_code_of(failed);
        } else if (!t.jsonl) {
            printf("%zu incidents: %zu findings fired, %zu resolved\n", t.incidents, t.fired, t.resolved);
        }
    }
    session_close(&s);
    return code;
}
