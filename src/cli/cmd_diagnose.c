/* nightbell diagnose: everything about what fires now. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/diagnose_alert.h"
#include "model/json.h"

struct diagnosing {
    const struct options *options;
    const struct engine *engine;
    const struct alerts_asked *alerts; /* NULL = none were given */
    enum language lang;
    size_t told, others;
    enum receiver_type as; /* RECEIVER_STDOUT, or whose message is shown */
    bool json;
};

static void show_message(const struct diagnosing *d, const struct finding *f)
{
    AUTO(arena) struct arena a = ARENA_INIT("message");
    static const char *to[] = {"oncall@example.org"};
    struct destination_config dest = {.type = d->as, .receiver = "oncall", .id = "oncall/0", .channel = "#oncall", .from = "nightbell@example.org",
                                      .to = to, .to_len = 1, .smtp_url = "smtp://localhost"};
    struct payload p = {0};
    struct error err = {0};
    if (receiver_find(d->as)->render(&dest, f, "open", NULL, d->lang, &a, &p, &err) < 0)
        print_error("%s", err.text);
    else
        printf("%.*s\n", (int)p.len, p.body);
}

static void tell(void *context, const struct finding *f)
{
    struct diagnosing *d = context;
    bool told_by_lead = f->role == ROLE_SYMPTOM || f->role == ROLE_IMPACT, asked = d->options->words_len || d->alerts;
    if (!session_wants_finding(d->options, f->symptom, f->cluster, &f->entity) || (d->alerts && !asked_about(d->alerts, d->engine, f)) ||
        (told_by_lead && !asked && !d->options->verbose && !d->json)) {
        d->others++;
        return;
    }
    if (d->json) {
        json_t *json = finding_to_json(f);
        json_dumpf(json, stdout, JSON_COMPACT | JSON_DIGITS);
        putchar('\n');
        json_decref(json);
    } else if (d->as != RECEIVER_STDOUT) {
        show_message(d, f);
    } else {
        if (d->told)
            putchar('\n');
        print_finding(f, d->lang);
    }
    d->told++;
}

static bool pick_format(const struct options *o, struct diagnosing *d)
{
    static const struct {
        const char *name;
        enum receiver_type as;
        bool json;
    } formats[] = {{"text", RECEIVER_STDOUT, false}, {"json", RECEIVER_STDOUT, true}, {"slack", RECEIVER_SLACK, false}, {"email", RECEIVER_EMAIL, false}};
    d->as = RECEIVER_STDOUT;
    for (size_t i = 0; o->format && i < ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i].name, o->format) != 0)
            continue;
        d->as = formats[i].as;
        d->json = formats[i].json;
        return true;
    }
    if (o->format)
        print_error("diagnose: unknown format \"%s\"; there are text, json, slack and email", o->format);
    return !o->format;
}

/* How the incidents came to be. */
static void print_why(const struct options *o, const struct engine *e)
{
    for (size_t i = 0; i < e->watches_len; i++) {
        const struct watch *w = &e->watches[i];
        for (size_t k = 0; session_wants(o, w->cluster->name) && k < w->incidents->len; k++) {
            AUTO(strbuf) struct strbuf why = STRBUF_INIT(64 * 1024);
            incident_why(w->incidents, w->incidents->items[k], &why);
            fputs(why.buf, stdout);
        }
    }
}

static int show(struct diagnosing *d, const struct session *s)
{
    const struct options *o = d->options;
    struct judged j;
    bool words = !d->json && d->as == RECEIVER_STDOUT && !o->why;
    if (d->alerts && words)
        asked_print(d->alerts, s->engine);
    if (o->why)
        print_why(o, s->engine);
    else
        engine_findings(s->engine, o->pending, tell, d);
    engine_judged(s->engine, &j);
    AUTO(strbuf) struct strbuf why = STRBUF_INIT(4000);
    if (!d->told && !o->why && (session_lacks_cluster(o, s, &why) || session_lacks_entity(o, s, &why))) {
        print_error("diagnose: %s", why.buf);
        return EXIT_UNKNOWN;
    }
    if (!d->told && !d->json && !o->why)
        printf("%s (%zu of %zu symptoms could be judged%s%s)\n", d->others ? "nothing fires there" : "nothing fires", j.judged, j.symptoms, j.failed ? "; " : "", j.error);
    return !d->told && (j.failed || !j.judged) ? EXIT_UNKNOWN : EXIT_OK;
}

/* --at decides; else an alert is looked at when it came, not when somebody has time for it. */
static int64_t time_asked(const struct diagnosing *d, const struct session *s)
{
    bool by_alert = d->alerts && !d->options->at && d->alerts->at_ms && d->alerts->at_ms < s->now_ms;
    return by_alert ? d->alerts->at_ms : s->now_ms;
}

int cmd_diagnose(const struct options *o)
{
    struct session s;
    struct engine_sink sink = {.progress = progress_show};
    struct diagnosing d = {.options = o};
    struct alerts_asked alerts = {.memory = ARENA_INIT("alerts")};
    if (!pick_format(o, &d))
        return EXIT_USAGE;
    if (!session_reads_words(o, "diagnose"))
        return EXIT_USAGE;
    int code = o->alertmanager ? asked_read(o->alertmanager, &alerts) : 0;
    d.alerts = o->alertmanager ? &alerts : NULL;
    if (code == 0) {
        code = session_open(o, NULL, &sink, &s);
        if (code == 0 && !session_knows_words(o, &s, "diagnose"))
            code = EXIT_USAGE;
        if (code == 0)
            code = session_warm_up(&s, time_asked(&d, &s));
        if (code == 0) {
            d.lang = s.lang;
            d.engine = s.engine;
            code = show(&d, &s);
        }
        session_close(&s);
    }
    asked_free(&alerts);
    return code;
}
