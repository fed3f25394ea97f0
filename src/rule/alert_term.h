/* The pieces of an alert's text (alert_text_read.c makes them, alert_text.c gives their worth): literals, and terms between "{{" and "}}". */
#ifndef RULE_ALERT_TERM_H
#define RULE_ALERT_TERM_H

#include "base/alloc.h"
#include "rule/alert.h"
#include "rule/syntax.h"

#define ALERT_TEXT_MAX 8192
#define TERM_ARGS_MAX 12

struct alert_function {
    const char *name;
    void (*of_number)(double v, struct strbuf *out);
    void (*of_text)(const char *text, struct strbuf *out);
    bool formats; /* printf */
};

/* NULL when there is none of that name. */
const struct alert_function *alert_function_find(const char *name);

enum term_type { TERM_TEXT, TERM_NUMBER, TERM_LABEL, TERM_LABELS, TERM_VALUE, TERM_CALL };

struct term {
    enum term_type type;
    const char *text; /* TERM_TEXT; of TERM_LABEL the name */
    double number;
    const struct alert_function *function;
    const struct term *args[TERM_ARGS_MAX];
    size_t args_len;
};

struct alert_part {
    const char *literal; /* or: */
    const struct term *term;
};

/* Reads a template into the arena; a text that no server would take is a mistake. */
void alert_text_read(const struct source *s, struct arena *a, struct mistakes *m, struct alert_text *ret);

#endif
