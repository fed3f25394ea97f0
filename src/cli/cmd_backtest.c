/* nightbell backtest: the engine over history. */
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "cli/backtest.h"

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
    printf("%s  %s%-10s %-8s%s  %s", at.buf, color, happenings[kind], severity_names[f->severity], *color ? "\033[0m" : "",
           f->role == ROLE_SYMPTOM || f->role == ROLE_IMPACT ? "  + " : "");
    print_clean(f->title.in[t->lang]);
    if (f->causes_len && f->causes[0].verdict != VERDICT_RULED_OUT && kind != EFFECT_RESOLVED) {
        fputs("  <- ", stdout);
        print_clean(f->causes[0].title.in[t->lang]);
        printf(" (%s)", f->cannot_tell ? "cannot tell" : verdict_names[f->causes[0].verdict]);
    }
    putchar('\n');
    strbuf_free(&at);
}

static void happened(void *context, const struct finding *f, enum effect_kind kind)
{
    struct timeline *t = context;
    if (!session_wants_finding(t->options, f->symptom, f->cluster, &f->entity))
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
    if (!session_wants_finding(t->options, lead->symptom, lead->cluster, &lead->entity))
        return;
    t->incidents += !resolved;
    if (t->jsonl) {
        print_incident(stdout, lead, g, resolved);
        return;
    }
    if (!resolved || (g->ever <= 1 && !t->options->verbose))
        return;
    time_format_utc(&at, lead->slot_ms);
    printf("%s  %-10s %-8s  incident %s is over: %zu finding%s, last ", at.buf, "over", severity_names[g->peak], g->id, g->ever,
           g->ever == 1 ? "" : "s");
    print_clean(lead->title.in[t->lang]);
    putchar('\n');
    strbuf_free(&at);
}

int backtest_open(const struct options *o, const struct engine_sink *sink, struct session *s, struct period *ret)
{
    const struct symptom *asked;
    int code = session_open(o, NULL, sink, s);
    if (code == 0)
        code = session_symptom(o, s, "backtest", &asked);
    if (code == 0 && !session_knows_words(o, s, "backtest"))
        code = EXIT_USAGE;
    return code ? code : session_period(s, o, "backtest", HOUR_MS, ret);
}

int backtest_run(struct session *s, const struct period *p, bool announce)
{
    int code = session_warm_up_before(s, p);
    if (code == 0 && announce)
        engine_announce(s->engine);
    return code ? code : session_pass(s, p);
}

/* That nothing was told of what is not there is no good news. */
static int check_asked(const struct options *o, const struct session *s)
{
    AUTO(strbuf) struct strbuf why = STRBUF_INIT(4000);
    if (!session_lacks_cluster(o, s, &why) && !session_lacks_entity(o, s, &why))
        return EXIT_OK;
    print_error("backtest: %s", why.buf);
    return EXIT_INPUT;
}

static int timeline(const struct options *o)
{
    struct session s;
    struct period p;
    struct timeline t = {.options = o, .color = color_wanted(o), .jsonl = o->format && strcmp(o->format, "jsonl") == 0};
    struct engine_sink sink = {.finding = happened, .incident = incident, .progress = progress_show, .context = &t};
    int code = backtest_open(o, &sink, &s, &p);
    t.lang = s.lang;
    if (code == 0)
        code = backtest_run(&s, &p, false);
    if (code == 0 && !t.fired && !t.resolved)
        code = check_asked(o, &s);
    if (code == 0 && !t.jsonl)
        printf("%zu incident%s: %zu finding%s fired, %zu resolved\n", t.incidents, t.incidents == 1 ? "" : "s", t.fired, t.fired == 1 ? "" : "s", t.resolved);
    session_close(&s);
    return code;
}

int cmd_backtest(const struct options *o)
{
    static const struct {
        const char *json; /* what a program gets */
        int (*run)(const struct options *o);
    } forms[] = {{"jsonl", timeline}, {"json", backtest_noise}, {"json", backtest_diff}, {"json", backtest_explain}};
    size_t asked = (size_t)o->noise + (o->diff.len > 0) + (o->explain != NULL), form = o->noise ? 1 : o->diff.len ? 2 : o->explain ? 3 : 0;
    if (asked > 1) {
        print_error("backtest: one of --diff, --noise and --explain at a time");
        return EXIT_USAGE;
    }
    if (o->format && strcmp(o->format, "text") != 0 && strcmp(o->format, forms[form].json) != 0) {
        print_error("backtest: %s is written as text or %s", form ? "this" : "the timeline", forms[form].json);
        return EXIT_USAGE;
    }
    return session_reads_words(o, "backtest") ? forms[form].run(o) : EXIT_USAGE;
}
