/* What `check` found, and the forms in which programs take it. A form is one row of the table in check_formats.c. */
#ifndef CLI_CHECK_FORMATS_H
#define CLI_CHECK_FORMATS_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/cli.h"

struct check_report {
    const struct options *options;
    const struct session *session; /* engine NULL: there was no answer */
    const struct finding **findings;
    size_t findings_len;
    struct judged judged;
    const struct symptom *only; /* NULL = all */
    enum severity fail_on;
    enum exit_code result; /* EXIT_OK … EXIT_UNKNOWN */
    const char *unanswered; /* why nothing is known; NULL when something is */
};

extern const char *const check_result_names[4]; /* by exit code */
bool check_counts(const struct check_report *r, const struct finding *f); /* severe enough for the exit code */
bool check_looks_at(const struct check_report *r, const struct symptom *s);

/* `name` NULL = the first of the table. */
void check_write(const char *name, FILE *out, const struct check_report *r);

#endif
