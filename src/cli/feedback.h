/*
 * What people's answers say of the weights of evidence. An answer tells of every cause that was weighed whether it was the cause: of all of them when the right one is known,
 * of the first alone when it is only known to be wrong. Counting in which of them a piece of evidence was true gives its likelihood ratio; one is added to each count, so that
 * few answers say little.
 */
#ifndef CLI_FEEDBACK_H
#define CLI_FEEDBACK_H

#include "base/alloc.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "model/finding.h"
#include "rule/rule.h"
#include "store/store.h"

/* A word of a suggestion is worth it only with so many answers, of each kind and in all; it moves a weight by so much at most. */
#define ANSWERS_LEAST 20
#define ANSWERS_LEAST_EACH 5
#define SUGGEST_MOST_DB 3

/* Answers in which a piece of evidence could be judged: `with` the cause it is about, and `without`. */
struct tally {
    size_t with_true, with_false, without_true, without_false;
};

struct weighed { /* a piece of evidence of a cause, wherever it is suspected */
    const struct cause *cause;
    const struct evidence *evidence;
    struct tally tally;
};

struct cause_tally {
    size_t was, was_not; /* answers that know whether it was it */
    size_t believed, right; /* it was named first and believed; and was it */
    size_t unsuspected; /* it was it, and the symptom did not suspect it */
};

struct calibration {
    const struct ruleset *rules;
    VEC(struct weighed) items; /* by cause, as the rules list them */
    struct map index;          /* cause and evidence_key -> place in items + 1 */
    struct cause_tally *causes; /* by cause index */
    size_t answers[FEEDBACK_COUNT];
    size_t foreign;            /* pieces that the rules have no more */
};

void calibration_init(struct calibration *c, const struct ruleset *rules);
void calibration_free(struct calibration *c);
/* An answer to `judged`; `cause` is what it was, of FEEDBACK_OTHER only. */
void calibration_take(struct calibration *c, const struct finding *judged, enum feedback verdict, const char *cause);
/* Decibels that the answers give the piece when it is true, or when it is false; NaN when there is nothing to compare. */
double tally_db(const struct tally *t, bool truth);
size_t tally_answers(const struct tally *t);
/* The weight `now_db` moved towards what the answers say, in whole decibels; NaN when they are too few, or when the rules do not let it speak that way (0). */
double tally_suggests(const struct tally *t, bool truth, double now_db);

/* "right, says kim", "wrong, …", "it was disk-slow, …". */
void feedback_print(const struct feedback_row *row, struct strbuf *out);
bool cause_is_known(const struct ruleset *r, const char *id, const char *command); /* false having said which was meant */
bool feedback_weighed(const struct finding *f); /* causes were weighed in it, and how is kept */

#endif
