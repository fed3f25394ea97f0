/*
 * Matchers over a finding's labels, as Prometheus and Alertmanager write them: `group=~"batch-.*"`, `severity!=info`. All of a list must match. Regular expressions are
 * of the whole value. A label that a finding has not is an empty one.
 *
 * The labels of a finding: those of its entity, and symptom (also as alertname), cluster, severity, incident_id; the same names as in Alertmanager.
 */
#ifndef MODEL_MATCHER_H
#define MODEL_MATCHER_H

#include "base/error.h"
#include "base/strbuf.h"
#include "model/finding.h"

enum matcher_op { MATCH_EQUAL, MATCH_NOT_EQUAL, MATCH_REGEX, MATCH_NOT_REGEX, MATCH_OPS };
extern const char *const matcher_op_names[MATCH_OPS]; /* "=", "!=", "=~", "!~" */

struct matcher {
    char *name, *value; /* owned */
    enum matcher_op op;
    struct regex *regex; /* of the two last */
};

struct matchers { /* owns what it holds; {0} is an empty one, which matches everything */
    struct matcher *items;
    size_t len, cap;
};

/* Appends one; ERR_SYNTAX for a name that is none, ERR_INVALID for a regular expression that does not compile. */
int matchers_add(struct matchers *m, const char *name, enum matcher_op op, const char *value, struct error *err);
/* Appends those of a text: `a="b", c=~"d"`, in braces or not, values quoted or not. `ret_at` (may be NULL): where in the text it went wrong. */
int matchers_parse(struct matchers *m, const char *text, size_t *ret_at, struct error *err);
/* The text that gives them back: `a="b",c=~"d"`. */
void matchers_print(const struct matchers *m, struct strbuf *out);
void matchers_free(struct matchers *m);

bool matchers_match(const struct matchers *m, const struct finding *f);
/* Some matcher asks for a label to be there: without one, everything would match by having nothing. */
bool matchers_ask_for_something(const struct matchers *m);
/* Do they speak of this label? */
bool matchers_name(const struct matchers *m, const char *name);

DEFINE_AUTO(matchers, struct matchers, matchers_free)

/* The value of a finding's label, NULL = it has none. Reads identity and severity only. */
const char *finding_label(const struct finding *f, const char *name);
/* Names that every finding has; NULL ends it. */
extern const char *const finding_labels[];

#endif
