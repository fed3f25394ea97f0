/* What tests have shown of rules: which conditions and pieces of evidence were ever true and ever false, and what no test would notice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/rule_test.h"

struct both {
    bool yes, no;
};

struct symptom_seen {
    bool fired, resolved, blind;
    struct both when, clear;
    struct both *escalate;  /* by escalation */
    struct both **evidence; /* by suspect and piece, where it fired */
};

struct rule_seen {
    const struct ruleset *rules;
    struct symptom_seen *symptoms; /* by index */
};

struct rule_seen *rule_seen_new(const struct ruleset *rules)
{
    struct rule_seen *seen = xcalloc(1, sizeof(*seen));
    seen->rules = rules;
    seen->symptoms = xcalloc(rules->symptoms_len + 1, sizeof(*seen->symptoms));
    for (size_t i = 0; i < rules->symptoms_len; i++) {
        const struct symptom *s = rules->symptoms[i];
        struct symptom_seen *of = &seen->symptoms[i];
        of->escalate = xcalloc(s->escalate_len + 1, sizeof(struct both));
        of->evidence = xcalloc(s->suspects_len + 1, sizeof(struct both *));
        for (size_t k = 0; k < s->suspects_len; k++)
            of->evidence[k] = xcalloc(s->suspects[k].evidence_len + 1, sizeof(struct both));
    }
    return seen;
}

void rule_seen_free(struct rule_seen *seen)
{
    for (size_t i = 0; seen && i < seen->rules->symptoms_len; i++) {
        for (size_t k = 0; k < seen->rules->symptoms[i]->suspects_len; k++)
            free(seen->symptoms[i].evidence[k]);
        free(seen->symptoms[i].evidence);
        free(seen->symptoms[i].escalate);
    }
    if (seen)
        free(seen->symptoms);
    free(seen);
}

/* ---- noting ---- */

static void note(struct both *b, double truth)
{
    b->yes |= truth == 1;
    b->no |= truth == 0;
}

static void note_column(struct evaluator *ev, const struct expr *e, size_t rows, struct both *b)
{
    const double *column = e && rows && !(b->yes && b->no) ? column_of(ev, e) : NULL;
    for (size_t row = 0; column && row < rows; row++)
        note(b, column[row]);
}

static void note_firing(struct evaluator *ev, const struct symptom *s, const struct instance *i, struct symptom_seen *of)
{
    of->fired = true;
    of->blind |= i->blind_since_ms != 0;
    for (size_t k = 0; k < s->escalate_len; k++)
        note(&of->escalate[k], column_at(ev, s->escalate[k].when, i->row));
    if (s->clear_when)
        note(&of->clear, column_at(ev, s->clear_when, i->row));
    for (size_t k = 0; k < s->suspects_len; k++)
        for (size_t p = 0; p < s->suspects[k].evidence_len; p++)
            note(&of->evidence[k][p], column_at(ev, s->suspects[k].evidence[p].when, i->row));
}

/* `rules` of the watch may be another load of the same files: what has the same place is the same. */
void rule_seen_note(struct rule_seen *seen, struct watch *w)
{
    const struct ruleset *r = w->cluster->rules;
    for (size_t k = 0; k < r->symptoms_len && k < seen->rules->symptoms_len; k++) {
        const struct symptom *s = r->symptoms[k];
        struct symptom_seen *of = &seen->symptoms[k];
        const struct symptom_states *states = &w->states->symptoms[k];
        size_t rows = cluster_domain(w->cluster, s->kind)->rows;
        column_for_symptom(&w->evaluator, s);
        note_column(&w->evaluator, s->when, rows, &of->when);
        for (size_t row = 0; states->active && row < states->rows && row < rows; row++) {
            const struct instance *i = states->by_row[row];
            if (i && instance_fires(i))
                note_firing(&w->evaluator, s, i, of);
            of->resolved |= i && i->state == STATE_SETTLING;
        }
    }
    column_for_symptom(&w->evaluator, NULL);
}

/* ---- printing ---- */

struct counts {
    size_t all, seen; /* conditions and evidence, each way counted for itself */
};

static void count(struct counts *c, bool seen)
{
    c->all++;
    c->seen += seen;
}

static void print_gap(const struct symptom *s, bool *named, const char *what, const char *text, const char *gap)
{
    if (!*named)
        printf("%s  (%s:%d)\n", s->id, s->place.file, s->place.line);
    *named = true;
    printf("  %-9s%s%s%s\n", gap, what, *text ? ": " : "", text);
}

static void print_both(const struct symptom *s, bool *named, const char *what, const struct expr *e, const struct both *b, struct counts *c)
{
    count(c, b->yes);
    count(c, b->no);
    if (!b->yes || !b->no)
        print_gap(s, named, what, e->text, !b->yes && !b->no ? "unknown" : b->yes ? "not false" : "not true");
}

static void print_symptom(const struct symptom *s, const struct symptom_seen *of, struct counts *conditions, struct counts *evidence)
{
    bool named = false;
    print_both(s, &named, "when", s->when, &of->when, conditions);
    if (s->clear_when)
        print_both(s, &named, "clear_when", s->clear_when, &of->clear, conditions);
    for (size_t k = 0; k < s->escalate_len; k++)
        print_both(s, &named, severity_names[s->escalate[k].severity], s->escalate[k].when, &of->escalate[k], conditions);
    if (of->fired && !of->resolved)
        print_gap(s, &named, "no test in which it resolves", "", "");
    if (of->fired && !of->blind)
        print_gap(s, &named, "no test in which it cannot be seen while it fires", "", "");
    for (size_t k = 0; k < s->suspects_len; k++)
        for (size_t p = 0; p < s->suspects[k].evidence_len; p++)
            print_both(s, &named, s->suspects[k].cause->id, s->suspects[k].evidence[p].when, &of->evidence[k][p], evidence);
}

static double share(const struct counts *c)
{
    return c->all ? 100.0 * (double)c->seen / (double)c->all : 100;
}

void rule_seen_print(const struct rule_seen *seen)
{
    struct counts conditions = {0}, evidence = {0};
    size_t fired = 0, resolved = 0, blind = 0;
    puts("never seen by any test (evidence: while its symptom fired):");
    for (size_t i = 0; i < seen->rules->symptoms_len; i++) {
        const struct symptom_seen *of = &seen->symptoms[i];
        fired += of->fired;
        resolved += of->resolved;
        blind += of->blind;
        print_symptom(seen->rules->symptoms[i], of, &conditions, &evidence);
    }
    printf("symptoms: %zu; %zu fired, %zu resolved, %zu were blind meanwhile\n", seen->rules->symptoms_len, fired, resolved, blind);
    printf("conditions: %.0f %% of their outcomes seen (%zu of %zu)\n", share(&conditions), conditions.seen, conditions.all);
    printf("evidence: %.0f %% (%zu of %zu)\n", share(&evidence), evidence.seen, evidence.all);
}
