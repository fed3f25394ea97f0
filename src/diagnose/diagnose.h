/*
 * From a firing instance to a finding: causes ranked by evidence, words for it, what to do next.
 *
 * Evidence adds in decibels of likelihood ratio. Of one family only the strongest of each sign counts, an unknown piece says nothing and lowers the coverage, an exclusion removes
 * the cause, and "something else" takes part with 0 dB. Nothing here knows what the causes are about.
 *
 * Map: score.c (the arithmetic), render.c (templates to texts), diagnose.c (the finding), relation.c (which finding explains which), incident.c (many findings, one incident).
 */
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include "base/arena.h"
#include "eval/column.h"
#include "eval/state.h"
#include "model/finding.h"
#include "rule/rule.h"

/* One suspect's score on one row. */
struct score {
    const struct suspect *suspect;
    double db, probability, coverage;
    bool excluded, decisive;   /* decisive: a true piece of 15 dB or more */
    enum verdict verdict;
    double *truths;            /* by evidence: 1, 0, NaN */
    bool *counted;             /* by evidence: it is the strongest of its family and sign */
};

/* Scores of all suspects, best first, ruled-out last; in the arena. `ret_cannot_tell`: no cause is confirmed or likely. */
struct score *score_suspects(struct evaluator *ev, const struct symptom *s, size_t row, struct arena *a, bool *ret_cannot_tell);

struct alert_text;

/* What a template needs besides its expressions. */
struct render_context {
    struct evaluator *ev;
    const struct entity_kind *kind;
    size_t row;
};
/* Text for people. A clause that lacks a value is left out (a clause ends in "; " or ". "); where nothing would be left, the unknown number is said to be unknown. */
const char *render_template(const struct render_context *c, const struct template *t, enum language lang, struct arena *a);
struct text render_texts(const struct render_context *c, const struct texts_template *t, struct arena *a);
/* What the symptom is called and what it does; of an alert of a rule file in the words of its annotations. */
struct text render_title(const struct render_context *c, const struct symptom *s, struct arena *a);
struct text render_effect(const struct render_context *c, const struct symptom *s, struct arena *a);
const char *render_alert(const struct render_context *c, const struct symptom *s, const struct alert_text *t, struct arena *a);
/* A command: every value is quoted for a POSIX shell; NULL when a placeholder has no value. */
const char *render_command(const struct render_context *c, const struct template *t, struct arena *a);
void render_value(double value, enum value_format format, const struct unit *unit, enum language lang, struct strbuf *out);

/*
 * The finding for an instance after `kind` happened to it. Pending and resolved ones carry no ranking of their own: a resolve names the cause that led when it was last
 * told. Everything is in the arena.
 */
void diagnose(struct evaluator *ev, const struct instance *i, enum effect_kind kind, struct arena *a, struct finding *ret);

/*
 * Ranks the causes of an instance anew and notes the leading one; true when that is another one or another verdict than was told. One that was believed gives way
 * only to one that has been believed for a minute.
 */
bool diagnose_lead(struct evaluator *ev, struct instance *i, struct arena *a);

#endif
