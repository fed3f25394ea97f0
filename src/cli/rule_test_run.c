/* A rule test: the engine over a script, slot by slot, and what is expected compared with what is. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/rule_test.h"
#include "notify/sparkline.h"
#include "signal/batch.h"

#define START_MS INT64_C(1767571200000) /* a Monday's midnight: times in failures read as since the start */
#define CHARTS_MAX 6
#define CHART_SLOTS 80
#define CHART_COLUMNS 40
#define APART_MS 30000 /* a message waits so long for what belongs to it */

struct run {
    const struct rule_test *test;
    struct engine *engine;
    struct map ended; /* symptom and entity -> how it ended */
    int64_t start_ms;
    int64_t now_ms;   /* since the start */
    bool *failed;     /* by expectation: was told */
    struct map *apart; /* by expectation of messages: name of the incident -> slots in which it stood by itself */
    size_t failures;
    struct rule_update *update; /* NULL = nothing is rewritten */
    struct strbuf *out; /* what is not as expected */
};

/* ---- what is ---- */

static uint64_t key_of(const char *symptom, const struct label_set *entity)
{
    return hash_str(label_set_fingerprint(entity), symptom);
}

static void happened(void *context, const struct finding *f, enum effect_kind kind)
{
    static const enum expected_state ends[] = {[EFFECT_RESOLVED] = EXPECT_RESOLVED, [EFFECT_LOST] = EXPECT_LOST, [EFFECT_GONE] = EXPECT_RESOLVED};
    struct run *r = context;
    uint64_t key = key_of(f->symptom, &f->entity);
    if (kind == EFFECT_FIRED)
        map_remove(&r->ended, key);
    else if ((size_t)kind < ARRAY_LEN(ends) && ends[kind])
        *map_put(&r->ended, key, NULL) = (void *)(uintptr_t)ends[kind]; /* NOLINT: a small number in a pointer-sized value */
}

static struct watch *watch_of(const struct run *r)
{
    return &r->engine->watches[0];
}

static enum expected_state state_of(const struct run *r, const struct symptom *s, size_t row)
{
    const struct watch *w = watch_of(r);
    const struct instance *i = states_at(w->states, s, row);
    struct label_set entity;
    if (i && instance_fires(i))
        return i->blind_since_ms ? EXPECT_UNKNOWN : EXPECT_FIRING;
    if (i && i->state == STATE_PENDING)
        return EXPECT_PENDING;
    label_set_of_row(cluster_domain(w->cluster, s->kind), row, &entity);
    void **end = map_get(&r->ended, key_of(s->id, &entity));
    return end ? (enum expected_state)(uintptr_t)*end : EXPECT_INACTIVE;
}

static bool row_matches(const struct domain *d, size_t row, const struct name_values *want)
{
    for (size_t i = 0; i < want->len; i++) {
        const char *value = domain_value(d, row, entity_kind_label(d->kind, want->items[i].name));
        if (!value || strcmp(value, want->items[i].value) != 0)
            return false;
    }
    return true;
}

/* ---- saying what is wrong ---- */

static void print_time(struct strbuf *out, int64_t ms)
{
    duration_print(out, ms);
    if (!out->len)
        strbuf_adds(out, "0s");
}

static void complain(struct run *r, const struct expectation *e, const char *expected, const char *found)
{
    struct strbuf at = STRBUF_INIT(64);
    print_time(&at, r->now_ms);
    strbuf_addf(r->out, "%s:%d:%d: %s: at %s: expected %s, but %s\n", e->place.file, e->place.line, e->place.col, r->test->name, at.buf, expected, found);
    strbuf_free(&at);
    r->failures++;
}

static void describe_entity(struct strbuf *out, const struct entity_kind *kind, const char *const *values)
{
    for (size_t i = 0; i < kind->identity_len; i++)
        strbuf_addf(out, "%s%s=%s", i ? ", " : " for ", kind->labels[i], values[i]);
}

static bool reads(const struct expr *e, const struct signal *s)
{
    if (e->signal && (e->signal == s || (e->signal->derived && reads(e->signal->derived, s))))
        return true;
    for (size_t i = 0; i < e->args_len; i++)
        if (reads(e->args[i], s))
            return true;
    return false;
}

/* A series of another entity than the one that was expected is of no interest. */
static bool concerns(const struct script_series *s, const struct name_values *entity)
{
    for (size_t i = 0; i < entity->len; i++) {
        size_t label = entity_kind_label(s->signal->kind, entity->items[i].name);
        if (label < s->signal->kind->identity_len && strcmp(s->identity[label], entity->items[i].value) != 0)
            return false;
    }
    return true;
}

static void print_chart(const struct run *r, const struct script_series *s)
{
    struct strbuf line = STRBUF_INIT(1024), unit = STRBUF_INIT(64);
    double values[CHART_SLOTS];
    int64_t now = r->now_ms / r->test->interval_ms, from = now - CHART_SLOTS + 1 > 0 ? now - CHART_SLOTS + 1 : 0;
    for (int64_t i = from; i <= now; i++)
        values[i - from] = script_value(s, i);
    sparkline(&line, values, (size_t)(now - from + 1), CHART_COLUMNS);
    strbuf_adds(&line, "  ");
    unit_print(&s->signal->unit, &unit);
    value_format(&line, script_value(s, now), unit.buf, "no sample", duration_words_en);
    strbuf_addf(r->out, "    %s  %s\n", line.buf, s->text);
    strbuf_free(&line);
    strbuf_free(&unit);
}

static void print_charts(const struct run *r, const struct expectation *e)
{
    size_t shown = 0;
    for (size_t i = 0; i < r->test->script.len && shown < CHARTS_MAX; i++) {
        const struct script_series *s = &r->test->script.series[i];
        if (!reads(e->symptom->when, s->signal) || !concerns(s, &e->entity))
            continue;
        print_chart(r, s);
        shown++;
    }
}

/* ---- comparing ---- */

/* The reason why a row is not as expected; "" when it is. */
static void judge_row(const struct run *r, const struct expectation *e, size_t row, struct strbuf *why)
{
    struct watch *w = watch_of(r);
    enum expected_state is = state_of(r, e->symptom, row);
    const struct instance *i = states_at(w->states, e->symptom, row);
    bool same = is == e->state || (e->state == EXPECT_INACTIVE && (is == EXPECT_RESOLVED || is == EXPECT_LOST));
    if (!same) {
        strbuf_addf(why, "it is %s", expected_state_names[is]);
        if (i && i->pending_ms && (is == EXPECT_PENDING || is == EXPECT_FIRING || is == EXPECT_UNKNOWN)) {
            strbuf_adds(why, ", held first at ");
            print_time(why, i->pending_ms - r->start_ms);
        }
        return;
    }
    if (!i || !instance_fires(i))
        return;
    if (e->severity >= 0 && (int)i->severity != e->severity)
        strbuf_addf(why, "its severity is %s", severity_names[i->severity]);
    if (e->members && (!i->group || i->group->len < (size_t)e->members))
        strbuf_addf(why, "%sits incident has %zu", why->len ? ", " : "", i->group ? i->group->len : 0);
    if (!e->cause || why->len)
        return;
    struct finding *f = arena_alloc(&r->engine->arena, sizeof(*f));
    diagnose(&w->evaluator, i, EFFECT_FIRED, &r->engine->arena, f);
    const struct finding_cause *first = f->causes_len ? &f->causes[0] : NULL;
    if (!first || strcmp(first->id, e->cause) != 0 || (e->verdict >= 0 && (int)first->verdict != e->verdict))
        strbuf_addf(why, "its first cause is %s (%s, %.0f dB)", first ? first->id : "none", first ? verdict_names[first->verdict] : "-", first ? first->score_db : 0);
    for (size_t k = 1; why->len && k < f->causes_len && k < 4; k++)
        strbuf_addf(why, ", %s (%s, %.0f dB)", f->causes[k].id, verdict_names[f->causes[k].verdict], f->causes[k].score_db);
}

static void describe_expected(const struct expectation *e, struct strbuf *out)
{
    strbuf_addf(out, "%s %s", e->symptom->id, expected_state_names[e->state]);
    for (size_t i = 0; i < e->entity.len; i++)
        strbuf_addf(out, "%s%s=%s", i ? ", " : " for ", e->entity.items[i].name, e->entity.items[i].value);
    if (e->severity >= 0)
        strbuf_addf(out, ", severity %s", severity_names[e->severity]);
    if (e->members)
        strbuf_addf(out, ", at least %d in its incident", e->members);
    if (e->cause)
        strbuf_addf(out, ", cause %s%s%s", e->cause, e->verdict >= 0 ? " " : "", e->verdict >= 0 ? verdict_names[e->verdict] : "");
}

/* ---- what to write instead ---- */

static struct rule_outcome outcome_of(const struct run *r, const struct expectation *e, size_t row)
{
    struct watch *w = watch_of(r);
    const struct instance *i = states_at(w->states, e->symptom, row);
    struct rule_outcome is = {.state = state_of(r, e->symptom, row)};
    if (!i || !instance_fires(i))
        return is;
    is.severity = e->severity >= 0 ? (int)i->severity : 0;
    is.members = e->members && i->group ? (int)i->group->len : 0;
    if (!e->cause)
        return is;
    struct finding *f = arena_alloc(&r->engine->arena, sizeof(*f));
    diagnose(&w->evaluator, i, EFFECT_FIRED, &r->engine->arena, f);
    is.cause = f->causes_len ? f->causes[0].id : NULL;
    is.verdict = f->causes_len && e->verdict >= 0 ? (int)f->causes[0].verdict : 0;
    return is;
}

static bool outcomes_equal(const struct rule_outcome *x, const struct rule_outcome *y)
{
    bool same = x->state == y->state && x->severity == y->severity && x->members == y->members && x->verdict == y->verdict;
    return same && (x->cause && y->cause ? strcmp(x->cause, y->cause) == 0 : x->cause == y->cause);
}

static void note_outcome(const struct run *r, const struct expectation *e)
{
    const struct domain *d = cluster_domain(watch_of(r)->cluster, e->symptom->kind);
    struct rule_outcome is = {0};
    size_t seen = 0;
    if (e->from_ms != e->to_ms) {
        rule_update_leave(r->update, e, "it is about a range: say what holds in all of it");
        return;
    }
    for (size_t row = 0; row < d->rows; row++) {
        if (!row_matches(d, row, &e->entity))
            continue;
        struct rule_outcome one = outcome_of(r, e, row);
        if (seen++ && !outcomes_equal(&one, &is)) {
            rule_update_leave(r->update, e, "several that match differ: name one under `entity`");
            return;
        }
        is = one;
    }
    if (seen)
        rule_update_note(r->update, e, &is);
    else
        rule_update_leave(r->update, e, "there is nothing that matches its `entity`");
}

/* Inactive must be every entity that matches, anything else one of them. */
static bool judge_state(struct run *r, const struct expectation *e)
{
    struct strbuf expected = STRBUF_INIT(512), why = STRBUF_INIT(512), last = STRBUF_INIT(512);
    const struct domain *d = cluster_domain(watch_of(r)->cluster, e->symptom->kind);
    bool all = e->state == EXPECT_INACTIVE, good = false;
    size_t seen = 0;
    for (size_t row = 0; row < d->rows && (all || !good); row++) {
        if (!row_matches(d, row, &e->entity))
            continue;
        strbuf_reset(&why);
        judge_row(r, e, row, &why);
        good = !why.len;
        if (!good && (!last.len || all)) {
            strbuf_reset(&last);
            strbuf_adds(&last, why.buf);
        }
        seen++;
        if (all && !good)
            break;
    }
    if (!seen && all && !e->entity.len)
        good = true; /* there is nothing that could fire */
    else if (!seen)
        strbuf_addf(&last, "there is no such %s", d->kind->name);
    if (!good) {
        describe_expected(e, &expected);
        complain(r, e, expected.buf, last.buf);
        print_charts(r, e);
        if (r->update)
            note_outcome(r, e);
    }
    strbuf_free(&expected);
    strbuf_free(&why);
    strbuf_free(&last);
    return good;
}

static bool judge_quiet(struct run *r, const struct expectation *e)
{
    const struct watch *w = watch_of(r);
    struct strbuf found = STRBUF_INIT(1024);
    for (size_t s = 0; s < r->test->rules->symptoms_len; s++) {
        const struct symptom *symptom = r->test->rules->symptoms[s];
        const struct domain *d = cluster_domain(w->cluster, symptom->kind);
        for (size_t row = 0; row < w->states->symptoms[s].rows && row < d->rows; row++) {
            const struct instance *i = w->states->symptoms[s].by_row[row];
            if (!i || !instance_fires(i) || i->severity < SEVERITY_WARNING)
                continue;
            strbuf_addf(&found, "%s%s fires", found.len ? "; " : "", symptom->id);
            describe_entity(&found, d->kind, &d->values[row * d->kind->labels_len]);
            strbuf_addf(&found, " (%s)", severity_names[i->severity]);
        }
    }
    bool quiet = !found.len;
    if (!quiet)
        complain(r, e, "quiet", found.buf);
    if (!quiet && r->update)
        rule_update_leave(r->update, e, "that nothing fires is not what was seen: expect the symptoms instead, or mend the rule");
    strbuf_free(&found);
    return quiet;
}

static void describe_incidents(const struct run *r, struct strbuf *out)
{
    const struct incidents *all = watch_of(r)->incidents;
    for (size_t i = 0; i < all->len; i++) {
        const struct incident *g = all->items[i];
        struct label_set entity;
        label_set_of_row(cluster_domain(watch_of(r)->cluster, g->lead->symptom->kind), g->lead->row, &entity);
        strbuf_addf(out, "%s%s", i ? "; " : " (now: ", g->lead->symptom->id);
        for (size_t k = 0; k < entity.len; k++)
            strbuf_addf(out, " %s=%s", entity.items[k].name, entity.items[k].value);
        strbuf_addf(out, ", %s, of %zu, %s", severity_names[g->peak], g->len, g->mechanism ? g->mechanism->root->id : "no cause known");
    }
    strbuf_adds(out, all->len ? ")" : "");
}

/* Each incident that a person would have been told of, over the whole range. */
static bool judge_messages(struct run *r, const struct expectation *e, struct map *apart)
{
    const struct incidents *all = watch_of(r)->incidents;
    size_t told = 0, at = 0;
    void *slots;
    for (size_t i = 0; i < all->len; i++)
        if (all->items[i]->peak >= SEVERITY_WARNING) {
            void **count = map_put(apart, hash_str(HASH_INIT, all->items[i]->id), NULL);
            *count = (char *)*count + 1;
        }
    if (r->now_ms + r->test->interval_ms <= e->to_ms)
        return true;
    for (uint64_t key; map_next(apart, &at, &key, &slots);)
        told += (int64_t)(uintptr_t)slots * r->test->interval_ms > APART_MS;
    if (told == (size_t)e->messages)
        return true;
    AUTO(strbuf) struct strbuf expected = STRBUF_INIT(64), found = STRBUF_INIT(2000);
    strbuf_addf(&expected, "%d message%s", e->messages, e->messages == 1 ? "" : "s");
    strbuf_addf(&found, "there would have been %zu", told);
    describe_incidents(r, &found);
    complain(r, e, expected.buf, found.buf);
    if (r->update)
        rule_update_note(r->update, e, &(struct rule_outcome){.messages = (int)told});
    return false;
}

static void judge_slot(struct run *r)
{
    for (size_t i = 0; i < r->test->expectations_len; i++) {
        const struct expectation *e = &r->test->expectations[i];
        /* the slot in which a time falls; of a range the first failure is told */
        if (r->failed[i] || r->now_ms + r->test->interval_ms <= e->from_ms || r->now_ms > e->to_ms)
            continue;
        r->failed[i] = !(e->quiet ? judge_quiet(r, e) : e->messages >= 0 ? judge_messages(r, e, &r->apart[i]) : judge_state(r, e));
    }
}

enum rule_test_result rule_test_run(const struct rule_test *t, const struct config *config, struct rule_seen *seen, struct rule_update *update, struct strbuf *out)
{
    struct config own = *config;
    struct error err = {0};
    struct run r = {.test = t, .update = update, .out = out, .start_ms = (START_MS + t->interval_ms - 1) / t->interval_ms * t->interval_ms};
    struct engine_sink sink = {.finding = happened, .context = &r};
    own.interval_ms = t->interval_ms;
    own.sources_len = own.clusters_len = 0;
    int code = engine_new_on(&own, t->rules, NULL, &sink, script_source_new(&t->script, r.start_ms, t->interval_ms), &r.engine, &err);
    if (code == 0)
        code = engine_discover(r.engine, r.start_ms, r.start_ms + t->end_ms, &err);
    r.failed = xcalloc(t->expectations_len + 1, sizeof(*r.failed));
    r.apart = xcalloc(t->expectations_len + 1, sizeof(*r.apart));
    for (r.now_ms = 0; code == 0 && r.now_ms <= t->end_ms; r.now_ms += t->interval_ms) {
        engine_tick(r.engine, r.start_ms + r.now_ms, &err); /* it says so when every query fails: that can be what is tested */
        judge_slot(&r);
        if (seen && r.engine->watches_len)
            rule_seen_note(seen, watch_of(&r));
    }
    if (code < 0)
        strbuf_addf(out, "%s:%d:%d: %s: %s\n", t->place.file, t->place.line, t->place.col, t->name, err.text);
    engine_free(r.engine);
    map_free(&r.ended);
    for (size_t i = 0; i < t->expectations_len; i++)
        map_free(&r.apart[i]);
    free(r.apart);
    free(r.failed);
    return code < 0 ? RULE_TEST_CANNOT_RUN : r.failures ? RULE_TEST_FAILED : RULE_TEST_PASSED;
}
