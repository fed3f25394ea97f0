/* nightbell check: the state now, as an exit code. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "cli/check_formats.h"
#include "cli/coverage.h"

#define RETRIES_MAX 100

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

static enum sight sight(const void *context, const char *symptom, const char *cluster)
{
    const struct check_report *r = context;
    struct engine *e = r->session->engine;
    if (!session_wants(r->options, cluster) || (r->only && strcmp(r->only->id, symptom) != 0))
        return SIGHT_ELSEWHERE;
    const struct symptom *s = r->unanswered ? NULL : ruleset_symptom(e->rules, symptom);
    for (size_t i = 0; s && !s->disabled && i < e->watches_len; i++)
        if (strcmp(e->watches[i].cluster->name, cluster) == 0)
            return engine_symptom_judged(e, &e->watches[i], s) && !engine_kind_vanished(&e->watches[i], s->kind) ? SIGHT_CLEAR : SIGHT_NONE;
    return SIGHT_NONE;
}

/* ---- the command ---- */

static void wait_until(int64_t wall_ms)
{
    while (clock_now_ms(&clock_system) < wall_ms)
        clock_system.sleep_until_ms(clock_system.context, wall_ms);
}

static void look(struct session *s, struct check_report *r, struct tally *t, struct strbuf *why)
{
    t->worst = EXIT_OK;
    t->findings.len = 0;
    r->unanswered = NULL;
    r->judged = (struct judged){0};
    if (session_warm_up(s, s->now_ms) != 0) {
        r->unanswered = "the source gave no answer that could be used";
        r->result = EXIT_UNKNOWN;
    } else if (session_lacks_cluster(r->options, s, why)) {
        r->unanswered = why->buf;
        r->result = EXIT_UNKNOWN;
    } else {
        engine_findings(s->engine, false, count, t);
        r->judged = judge(r);
        judge_vanished(r, &r->judged);
        r->result = result_of(t->worst, &r->judged);
    }
    r->findings = t->findings.items;
    r->findings_len = t->findings.len;
    r->since = baseline_since(r->baseline, r->findings, r->findings_len, sight, r);
}

/* The file that --save names, whole or not at all. */
static int save(const struct check_report *r)
{
    AUTO(heap) char *fresh = xasprintf("%s.new", r->options->save);
    if (r->unanswered) {
        print_error("--save: nothing is known, %s stays as it is", r->options->save);
        return 0;
    }
    FILE *out = fopen(fresh, "w");
    bool written = out != NULL;
    if (out) {
        check_write("json", out, r);
        written = !ferror(out) && fflush(out) == 0;
        written &= fclose(out) == 0;
    }
    if (written && rename(fresh, r->options->save) == 0)
        return 0;
    print_error("--save: %s: %m", r->options->save);
    if (out)
        unlink(fresh);
    return EXIT_CANNOT_WRITE;
}

/*
 * Prints the result and tells everybody who is to know, whatever it is. What fires is not hidden by a file or server that fails; that receivers
 * heard nothing, when they were to, is worse still.
 */
static int conclude(const struct check_report *r)
{
    const struct options *o = r->options;
    check_write(o->format, stdout, r);
    fflush(stdout);
    int code = o->save ? save(r) : 0;
    int pushed = o->pushgateway ? check_push(r) : 0;
    int delivered = o->notify && !r->unanswered ? check_deliver(r) : 0;
    if (o->heartbeat_url)
        check_heartbeat(r); /* its silence is what rings there */
    return delivered ? delivered : check_exit(r) ? (int)check_exit(r) : code ? code : pushed;
}

/* What --settle, --retries and --timeout say. */
struct check_pace {
    int64_t settle_ms, timeout_ms, retries;
};

static bool read_time(const char *name, const char *text, int64_t *ret_ms)
{
    if (!text || (duration_parse(text, strlen(text), ret_ms) && *ret_ms > 0))
        return true;
    print_error("check: --%s takes a time such as 30s, not \"%s\"", name, text);
    return false;
}

static bool read_pace(const struct options *o, struct check_pace *p)
{
    *p = (struct check_pace){0};
    if (!read_time("settle", o->settle, &p->settle_ms) || !read_time("timeout", o->timeout, &p->timeout_ms))
        return false;
    if (o->retries && (!integer_parse(o->retries, strlen(o->retries), &p->retries) || p->retries < 0 || p->retries > RETRIES_MAX)) {
        print_error("check: --retries takes a number up to %d, not \"%s\"", RETRIES_MAX, o->retries);
        return false;
    }
    if (p->settle_ms && o->at) {
        print_error("check: --settle waits for what is to come; --at looks at what was");
        return false;
    }
    return true;
}

static int open_session(const struct options *o, struct session *s, struct check_report *r)
{
    static const struct engine_sink sink = {.progress = progress_show};
    int code = session_open(o, NULL, &sink, s);
    return code ? code : session_symptom(o, s, "check", &r->only);
}

/* The baseline tells of what is looked at. */
static int fits(const struct check_report *r)
{
    const struct engine *e = r->session->engine;
    struct error err = {0};
    VEC(const char *) names = {0};
    for (size_t i = 0; i < e->watches_len; i++)
        if (session_wants(r->options, e->watches[i].cluster->name))
            vec_push(&names, e->watches[i].cluster->name);
    bool fit = !r->baseline || r->unanswered || baseline_fits(r->baseline, names.items, names.len, &err) == 0;
    if (!fit)
        print_error("%s: %s", r->options->baseline, err.text);
    vec_free(&names);
    return fit ? 0 : EXIT_INPUT;
}

/* Each attempt is a new engine: a later "now", and nothing left of answers that failed. */
static int attempts(const struct check_pace *p, struct session *s, struct check_report *r)
{
    AUTO(strbuf) struct strbuf why = STRBUF_INIT(500);
    struct tally t = {.report = r};
    int code = 0;
    for (int64_t left = p->retries;; left--) {
        code = open_session(r->options, s, r);
        if (code)
            break;
        strbuf_reset(&why);
        look(s, r, &t, &why);
        if (r->result != EXIT_UNKNOWN || left == 0 || s->engine->recording_to_ms)
            break;
        int64_t until_ms = clock_now_ms(&clock_system) + s->engine->interval_ms;
        session_close(s);
        wait_until(until_ms);
    }
    check_in_time();
    if (code == 0)
        code = fits(r);
    if (code == 0)
        code = conclude(r);
    vec_free(&t.findings);
    return code;
}

static int too_late(struct check_report *r)
{
    AUTO(strbuf) struct strbuf why = STRBUF_INIT(100);
    strbuf_addf(&why, "not done within %s", r->options->timeout);
    r->unanswered = why.buf;
    r->result = EXIT_UNKNOWN;
    r->since = baseline_since(r->baseline, NULL, 0, sight, r);
    return conclude(r);
}

static void read_words(const struct options *o, struct check_report *r)
{
    severity_parse(o->fail_on, &r->fail_on);
    if (o->unknown)
        r->as_unknown = strcmp(o->unknown, "ok") == 0 ? EXIT_OK : EXIT_CRITICAL;
}

int cmd_check(const struct options *o)
{
    struct session s = {0};
    struct check_report r = {.options = o, .session = &s, .fail_on = SEVERITY_WARNING, .as_unknown = EXIT_UNKNOWN};
    struct baseline *baseline = NULL;
    struct check_pace pace;
    struct error err = {0};
    int code;
    read_words(o, &r);
    if (!read_pace(o, &pace))
        return EXIT_USAGE;
    if (o->baseline && baseline_read(o->baseline, &baseline, &err) < 0) {
        print_error("--baseline: %s", err.text);
        return EXIT_INPUT;
    }
    r.baseline = baseline;
    wait_until(clock_now_ms(&clock_system) + pace.settle_ms);
    if (check_is_worker(pace.timeout_ms, &code))
        code = attempts(&pace, &s, &r);
    else if (code < 0)
        code = too_late(&r);
    session_close(&s);
    baseline_free(baseline);
    return code;
}
