/* nightbell check: the state now, as an exit code. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "cli/check_formats.h"
#include "cli/coverage.h"

struct tally {
    const struct check_report *report;
    VEC(const struct finding *) findings;
    enum exit_code worst;
};

static void count(void *context, const struct finding *f)
{
    struct tally *t = context;
    if (!session_wants(t->report->options, f->cluster) || (t->report->only && strcmp(f->symptom, t->report->only->id) != 0))
        return;
    enum exit_code code = !check_counts(t->report, f) ? EXIT_OK : f->severity == SEVERITY_CRITICAL ? EXIT_CRITICAL : EXIT_WARNING;
    vec_push(&t->findings, f);
    if (code > t->worst)
        t->worst = code;
}

/* What fires is bad whatever else is not known; with nothing firing, what could not be looked at is no "ok". */
static enum exit_code result_of(enum exit_code worst, const struct judged *j)
{
    if (worst != EXIT_OK)
        return worst;
    return j->failed || !j->judged ? EXIT_UNKNOWN : EXIT_OK;
}

/* Of the clusters and symptoms that are asked for; a signal that nobody reads there may fail. */
static struct judged judge(const struct check_report *r)
{
    struct engine *e = r->session->engine;
    struct judged j = {0};
    AUTO(signal_list) struct signal_list reads = {0};
    if (r->only)
        signals_read(r->only->when, &reads);
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        if (!session_wants(r->options, w->cluster->name))
            continue;
        for (size_t s = 0; s < e->rules->symptoms_len; s++) {
            bool asked = check_looks_at(r, e->rules->symptoms[s]);
            j.symptoms += asked;
            j.judged += asked && engine_symptom_judged(e, w, e->rules->symptoms[s]);
        }
        for (size_t k = 0; k < e->rules->signals_len; k++) {
            const struct signal_health *h = &w->cluster->health[k];
            bool failed = h->health == HEALTH_FAILED || h->health == HEALTH_PARTIAL;
            if (!failed || (r->only && !signal_list_has(&reads, e->rules->signals[k])))
                continue;
            j.failed++;
            memcpy(j.error, h->error, sizeof(j.error));
        }
    }
    return j;
}

/* What told of entities and is gone cannot say that they are well: that counts as unreadable. */
static void judge_vanished(const struct check_report *r, struct judged *j)
{
    const struct engine *e = r->session->engine;
    for (size_t i = 0; i < e->watches_len; i++) {
        const struct watch *w = &e->watches[i];
        for (size_t k = 0; session_wants(r->options, w->cluster->name) && k < e->rules->kinds_len; k++) {
            const struct entity_kind *kind = e->rules->kinds[k];
            if ((r->only && r->only->kind != kind) || !engine_kind_vanished(w, kind))
                continue;
            j->failed++;
            snprintf(j->error, sizeof(j->error), "every %s that was there has vanished from the answers", kind->name);
        }
    }
}

/* One-shot delivery: an outbox in memory, emptied before the program ends. */
static int deliver(struct session *s, const struct check_report *r)
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
    for (size_t i = 0; i < r->findings_len; i++)
        notify_plan(s->config, r->findings[i], "open", clock_now_ms(&clock_system), &s->engine->arena, &rows);
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

/* ---- --timeout: a source that never ends must not hang cron ---- */

static struct {
    char *text; /* the whole result, made beforehand: a signal's code may only write it */
    size_t len;
} too_late;

static void give_up(int sig)
{
    (void)sig;
    for (size_t at = 0; at < too_late.len;) {
        ssize_t n = write(STDOUT_FILENO, too_late.text + at, too_late.len - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    _exit(EXIT_UNKNOWN);
}

static bool start_timeout(const struct options *o, const struct check_report *r)
{
    int64_t ms = 0;
    if (!o->timeout)
        return true;
    if (!duration_parse(o->timeout, strlen(o->timeout), &ms) || ms <= 0) {
        print_error("check: --timeout takes a time such as 30s, not \"%s\"", o->timeout);
        return false;
    }
    AUTO(strbuf) struct strbuf why = STRBUF_INIT(100);
    strbuf_addf(&why, "not done within %s", o->timeout);
    struct check_report late = *r;
    late.unanswered = why.buf;
    late.result = EXIT_UNKNOWN;
    FILE *out = open_memstream(&too_late.text, &too_late.len);
    if (!out)
        return false;
    check_write(o->format, out, &late);
    fclose(out);
    struct sigaction action = {.sa_handler = give_up};
    struct itimerval after = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    sigaction(SIGALRM, &action, NULL);
    return setitimer(ITIMER_REAL, &after, NULL) == 0;
}

static void stop_timeout(void)
{
    struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
    free(too_late.text);
    too_late.text = NULL;
    too_late.len = 0;
}

/* ---- the command ---- */

static int find_symptom(const struct options *o, const struct ruleset *rules, struct check_report *r)
{
    VEC(const char *) ids = {0};
    r->only = o->symptom ? ruleset_symptom(rules, o->symptom) : NULL;
    if (r->only || !o->symptom)
        return 0;
    for (size_t i = 0; i < rules->symptoms_len; i++)
        vec_push(&ids, rules->symptoms[i]->id);
    const char *near = did_you_mean(o->symptom, ids.items, ids.len);
    print_error(near ? "check: unknown symptom \"%s\", did you mean \"%s\"?" : "check: unknown symptom \"%s\"", o->symptom, near);
    vec_free(&ids);
    return EXIT_USAGE;
}

static int report(const struct options *o, struct session *s, struct check_report *r)
{
    struct tally t = {.report = r};
    int code = 0;
    if (session_warm_up(s, s->now_ms) != 0) {
        r->unanswered = "the source gave no answer that could be used";
        r->result = EXIT_UNKNOWN;
    } else {
        engine_findings(s->engine, false, count, &t);
        r->judged = judge(r);
        judge_vanished(r, &r->judged);
        r->result = result_of(t.worst, &r->judged);
        r->findings = t.findings.items;
        r->findings_len = t.findings.len;
    }
    stop_timeout();
    check_write(o->format, stdout, r);
    if (o->notify && !r->unanswered)
        code = deliver(s, r);
    vec_free(&t.findings);
    return code ? code : (int)r->result;
}

int cmd_check(const struct options *o)
{
    struct session s = {0};
    struct engine_sink sink = {.progress = progress_show};
    struct check_report r = {.options = o, .session = &s, .fail_on = SEVERITY_WARNING};
    for (size_t i = 0; o->fail_on && i < SEVERITY_COUNT; i++)
        if (strcmp(o->fail_on, severity_names[i]) == 0)
            r.fail_on = (enum severity)i;
    if (!start_timeout(o, &r))
        return EXIT_USAGE;
    int code = session_open(o, NULL, &sink, &s);
    if (code == 0)
        code = find_symptom(o, s.rules, &r);
    if (code == 0)
        code = report(o, &s, &r);
    stop_timeout();
    session_close(&s);
    return code;
}
