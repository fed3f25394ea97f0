/* nightbell check: the state now, as an exit code. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "cli/cli.h"

static const char *const formats[] = {"text", "json"};

struct tally {
    const struct options *options;
    const struct session *session;
    VEC(const struct finding *) findings;
    enum exit_code worst;
};

static void count(void *context, const struct finding *f)
{
    struct tally *t = context;
    enum exit_code code = f->severity == SEVERITY_CRITICAL ? EXIT_CRITICAL : f->severity == SEVERITY_WARNING ? EXIT_WARNING : EXIT_OK;
    if (!session_wants(t->options, f->cluster))
        return;
    vec_push(&t->findings, f);
    if (code > t->worst)
        t->worst = code;
}

static const char *result_word(enum exit_code code)
{
    static const char *const words[] = {"ok", "warning", "critical", "unknown"};
    return words[code];
}

/* What fires is bad whatever else is not known; with nothing firing, what could not be looked at is no "ok". */
static enum exit_code result_of(const struct tally *t, const struct judged *j)
{
    if (t->worst != EXIT_OK)
        return t->worst;
    return j->failed || !j->judged ? EXIT_UNKNOWN : EXIT_OK;
}

static void print_json(const struct tally *t, const struct judged *j, enum exit_code result)
{
    json_t *list = json_array();
    for (size_t i = 0; i < t->findings.len; i++)
        json_array_append_new(list, finding_event(t->findings.items[i], t->session->lang));
    json_t *root = json_pack("{s:s, s:I, s:s, s:o, s:{s:I, s:I, s:I, s:s}}", "schema", "nightbell.check/1", "time",
                             (json_int_t)(t->session->now_ms / 1000), "result", result_word(result), "findings", list, "coverage", "symptoms",
                             (json_int_t)j->symptoms, "judged", (json_int_t)j->judged, "failed_signals", (json_int_t)j->failed, "error", j->error);
    json_dumpf(root, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(root);
}

static void print_blind(struct engine *e, const struct judged *j)
{
    if (j->failed)
        printf("%zu signals could not be read: %s\n", j->failed, j->error);
    for (size_t i = 0; j->judged < j->symptoms && i < e->watches_len; i++) {
        const char *lead = "cannot judge";
        for (size_t s = 0; s < e->rules->symptoms_len; s++) {
            if (e->rules->symptoms[s]->disabled || engine_symptom_judged(e, &e->watches[i], e->rules->symptoms[s]))
                continue;
            if (*lead)
                printf("%s: %s", e->watches[i].cluster->name, lead);
            printf("%s %s", *lead ? "" : ",", e->rules->symptoms[s]->id);
            lead = "";
        }
        if (!*lead)
            putchar('\n');
    }
}

static void print_text(const struct options *o, const struct tally *t, const struct judged *j, enum exit_code result)
{
    for (size_t i = 0; i < t->findings.len; i++)
        print_finding_line(t->findings.items[i], t->session->lang, color_wanted(o));
    print_blind(t->session->engine, j);
    printf("RESULT %s: %zu findings, %zu of %zu symptoms judged\n", result_word(result), t->findings.len, j->judged, j->symptoms);
}

static void print_unanswered(bool json)
{
    if (json)
        printf("{\"schema\": \"nightbell.check/1\", \"result\": \"unknown\", \"findings\": []}\n");
    else
        printf("RESULT unknown: the source gave no answer that could be used\n");
}

/* One-shot delivery: an outbox in memory, emptied before the program ends. */
static int deliver(struct session *s, const struct tally *t)
{
    struct error err = {0};
    struct store_note note;
    struct store *store = NULL;
    struct outbox_rows rows = {0};
    if (!s->config->destinations_len || !s->config->route_receiver) {
        print_error("--notify: the configuration names no receiver (receivers:, route:)");
        return EXIT_CONFIG;
    }
    if (store_open(":memory:", false, &store, &note, &err) < 0) {
        print_error("%s", err.text);
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < t->findings.len; i++)
        notify_plan(s->config, t->findings.items[i], "open", clock_now_ms(&clock_system), &s->engine->arena, &rows);
    struct commit c = {.slot_ms = s->now_ms, .outbox = rows.items, .outbox_len = rows.len};
    int code = store_commit(store, &c, &err);
    struct notifier *n = notifier_new(s->config, store, s->engine->net, &clock_system);
    bool all = code == 0 && notifier_drain(n, clock_now_ms(&clock_system) + 30000) && store_outbox_dead_count(store) == 0;
    notifier_free(n);
    store_close(store);
    free(rows.items);
    if (!all)
        print_error("--notify: not everything could be delivered");
    return all ? 0 : EXIT_UNREACHABLE;
}

int cmd_check(const struct options *o)
{
    struct session s;
    struct engine_sink sink = {.progress = progress_show};
    bool json = o->format && strcmp(o->format, "json") == 0;
    if (o->format && !json && strcmp(o->format, "text") != 0) {
        const char *near = did_you_mean(o->format, formats, ARRAY_LEN(formats));
        print_error("check: unknown format \"%s\"%s%s", o->format, near ? ", did you mean " : "; there are text and json", near ? near : "");
        return EXIT_USAGE;
    }
    int code = session_open(o, NULL, &sink, &s);
    bool blind = code == 0 && session_warm_up(&s, s.now_ms) != 0;
    if (code || blind) {
        session_close(&s);
        if (blind)
            print_unanswered(json);
        return blind ? EXIT_UNKNOWN : code;
    }
    struct tally t = {.options = o, .session = &s};
    struct judged j;
    engine_findings(s.engine, false, count, &t);
    engine_judged(s.engine, &j);
    enum exit_code result = result_of(&t, &j);
    if (json)
        print_json(&t, &j, result);
    else
        print_text(o, &t, &j, result);
    code = o->notify ? deliver(&s, &t) : 0;
    vec_free(&t.findings);
    session_close(&s);
    return code ? code : (int)result;
}
