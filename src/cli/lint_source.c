/* nightbell lint --source: what can be known about rules with data. Signals that nothing gives, windows that hold no trend, conditions that never held. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "cli/coverage.h"
#include "cli/lint_formats.h"
#include "rule/lint.h"

#define TEXT_MAX 2000
#define WAVER 0.95 /* the interval of scrapes is an estimate */

/* A symptom's condition, or a part of it: how it came out over all entities and slots. */
struct trial {
    const struct symptom *symptom;
    const struct expr *expr;
    size_t held, failed;
};

struct trials {
    const struct options *options;
    const struct session *session;
    struct mistakes *found;
    bool *given;            /* by signal: it has series, or the configuration states it */
    VEC(struct trial) list; /* of a symptom first the whole, then its smallest parts */
    bool counts;            /* the warm-up is over */
    const char *span;       /* in words */
};

static PRINTF(4, 5) void report(const struct trials *t, enum lint_check_id check, struct place at, const char *fmt, ...)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(TEXT_MAX);
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < t->found->len; i++) { /* rules share their conditions */
        const struct mistake *x = &t->found->items[i];
        if (x->check == lint_checks[check].id && x->place.line == at.line && x->place.col == at.col && strcmp(x->text, text.buf) == 0)
            return;
    }
    mistake_found(t->found, at, lint_checks[check].level, lint_checks[check].id, text.buf);
}

/* ---- signals ---- */

static bool is_given(const struct trials *t, const struct signal *s)
{
    const struct engine *e = t->session->engine;
    for (size_t i = 0; i < e->watches_len; i++)
        if (session_wants(t->options, e->watches[i].cluster->name) && e->watches[i].cluster->bounds[s->index].len)
            return true;
    for (size_t i = 0; i < e->rules->facts_len; i++)
        if (e->rules->facts[i].signal == s)
            return true;
    return false;
}

static bool is_asked(const struct signal *s)
{
    return s->used && !s->derived && !s->alert;
}

static void check_signals(const struct trials *t)
{
    const struct ruleset *r = t->session->rules;
    for (size_t i = 0; i < r->signals_len; i++) {
        const struct signal *s = r->signals[i];
        AUTO(strbuf) struct strbuf from = STRBUF_INIT(TEXT_MAX);
        t->given[i] = is_given(t, s);
        if (!is_asked(s) || t->given[i])
            continue;
        for (size_t k = 0; k < s->bindings_len; k++)
            strbuf_addf(&from, "%s%s", k ? ", " : "", s->bindings[k].profile->id);
        report(t, CHECK_NO_SERIES, s->place, "signal \"%s\" has no series (%s)%s%s", s->name, from.len ? from.buf : "a fact: the configuration states none",
               s->absent && *s->absent ? ": " : "", s->absent ? s->absent : "");
    }
}

/* ---- windows ---- */

static void check_windows(const struct trials *t)
{
    const struct engine *e = t->session->engine;
    int64_t step_ms = e->scrape_ms > e->interval_ms ? e->scrape_ms : e->interval_ms;
    AUTO(strbuf) struct strbuf step = STRBUF_INIT(64);
    duration_format(&step, (step_ms + 500) / 1000 * 1000);
    for (size_t i = 0; i < e->rules->exprs_len; i++) {
        const struct expr *x = e->rules->exprs[i];
        if (is_window_below(x, WAVER * 2 * (double)step_ms / 1000))
            report(t, CHECK_SHORT_WINDOW, x->place, "the window is shorter than two samples, which come every %s: %s", step.buf, x->text);
    }
}

/* ---- conditions ---- */

static void collect(struct trials *t, const struct symptom *s, const struct expr *e)
{
    if (e->op == EXPR_AND || e->op == EXPR_OR) {
        for (size_t i = 0; i < e->args_len; i++)
            collect(t, s, e->args[i]);
        return;
    }
    if (e->type == VALUE_TRUTH && e->kind == s->kind && e->op != EXPR_NUMBER)
        vec_push(&t->list, (struct trial){.symptom = s, .expr = e});
}

static void collect_all(struct trials *t)
{
    const struct ruleset *r = t->session->rules;
    for (size_t i = 0; i < r->symptoms_len; i++) {
        struct symptom *s = r->symptoms[i];
        if (s->disabled || s->alert)
            continue;
        vec_push(&t->list, (struct trial){.symptom = s, .expr = s->when});
        if (s->when->op == EXPR_AND || s->when->op == EXPR_OR)
            collect(t, s, s->when);
    }
}

static void try_all(void *context, struct engine *e)
{
    struct trials *t = context;
    for (size_t i = 0; t->counts && i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        for (size_t k = 0; session_wants(t->options, w->cluster->name) && k < t->list.len; k++) {
            struct trial *x = &t->list.items[k];
            size_t rows = cluster_domain(w->cluster, x->symptom->kind)->rows;
            column_for_symptom(&w->evaluator, x->symptom);
            const double *truth = rows ? column_of(&w->evaluator, x->expr) : NULL;
            for (size_t row = 0; row < rows; row++) {
                x->held += truth[row] == 1;
                x->failed += truth[row] == 0;
            }
        }
    }
}

static bool has_entities(const struct trials *t, const struct entity_kind *kind)
{
    const struct engine *e = t->session->engine;
    for (size_t i = 0; i < e->watches_len; i++)
        if (session_wants(t->options, e->watches[i].cluster->name) && cluster_domain(e->watches[i].cluster, kind)->rows)
            return true;
    return false;
}

/* Why a whole was never known: signals that nobody gives, or else its parts that were not known either. */
static void report_blind(const struct trials *t, size_t first, size_t end)
{
    const struct symptom *s = t->list.items[first].symptom;
    AUTO(signal_list) struct signal_list missing = {0};
    AUTO(strbuf) struct strbuf why = STRBUF_INIT(TEXT_MAX);
    if (!can_be_known(s->when, t->given, &missing)) {
        for (size_t i = 0; i < missing.len; i++)
            strbuf_addf(&why, "%s%s", i ? ", " : "it lacks ", missing.items[i]->name);
    } else if (!has_entities(t, s->kind)) {
        strbuf_addf(&why, "there is no %s", s->kind->name);
    } else {
        for (size_t i = first + 1; i < end; i++)
            if (t->list.items[i].held + t->list.items[i].failed == 0)
                strbuf_addf(&why, "%s%s", why.len ? "; " : "never known: ", t->list.items[i].expr->text);
    }
    report(t, CHECK_BLIND, s->place, "symptom \"%s\" could not be judged once in %s: %s", s->id, t->span,
           why.len ? why.buf : "what it looks at was never known together");
}

static void report_never(const struct trials *t, const struct trial *x)
{
    AUTO(strbuf) struct strbuf often = STRBUF_INIT(64);
    number_format(&often, (double)x->failed);
    if (x->failed)
        report(t, CHECK_NEVER_HELD, x->expr->place, "this never held in %s (%s times false): %s", t->span, often.buf, x->expr->text);
    else
        report(t, CHECK_NEVER_HELD, x->expr->place, "this was never known in %s: %s", t->span, x->expr->text);
}

/* The whole at `first`, its parts until the next symptom. */
static void judge(const struct trials *t, size_t first, size_t end)
{
    const struct trial *whole = &t->list.items[first];
    size_t idle = 0;
    if (whole->held + whole->failed == 0) {
        report_blind(t, first, end);
        return;
    }
    for (size_t i = end - first > 1 ? first + 1 : first; i < end; i++) {
        if (t->list.items[i].held)
            continue;
        report_never(t, &t->list.items[i]);
        idle++;
    }
    if (!whole->held && !idle)
        report(t, CHECK_NEVER_HELD, whole->expr->place, "each part of this held in %s, but never all at once: %s", t->span, whole->expr->text);
}

static void judge_all(const struct trials *t)
{
    for (size_t first = 0, end; first < t->list.len; first = end) {
        for (end = first + 1; end < t->list.len && t->list.items[end].symptom == t->list.items[first].symptom; end++)
            ;
        judge(t, first, end);
    }
}

/* ---- the command ---- */

int lint_source(const struct options *o, struct session *s, struct mistakes *found, struct strbuf *ret_seen)
{
    struct trials t = {.options = o, .session = s, .found = found};
    struct engine_sink sink = {.progress = progress_show, .slot = try_all, .context = &t};
    AUTO(strbuf) struct strbuf span = STRBUF_INIT(64);
    struct period p = {0};
    session_use_source(s->config, o->source);
    int code = session_start(o, NULL, &sink, s);
    if (code == 0)
        code = session_period(s, o, "lint", DAY_MS, &p);
    if (code)
        return code;
    duration_format(&span, p.to_ms - p.from_ms);
    t.span = span.buf;
    collect_all(&t);
    t.given = xcalloc(s->rules->signals_len + 1, sizeof(*t.given));
    code = session_warm_up_before(s, &p);
    t.counts = true;
    if (code == 0)
        code = session_pass(s, &p);
    if (code == 0 && session_lacks_cluster(o, s, ret_seen)) {
        print_error("lint: %s", ret_seen->buf);
        code = EXIT_INPUT;
    }
    if (code == 0) {
        check_signals(&t);
        check_windows(&t);
        judge_all(&t);
        strbuf_addf(ret_seen, "%s of ", span.buf);
        for (size_t i = 0; i < s->engine->watches_len; i++)
            strbuf_addf(ret_seen, "%s%s", i ? ", " : "", s->engine->watches[i].cluster->name);
    }
    vec_free(&t.list);
    free(t.given);
    return code;
}
