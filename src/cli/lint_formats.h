/* What `lint` found, and the forms in which programs take it. A form is one row of the table in lint_formats.c. */
#ifndef CLI_LINT_FORMATS_H
#define CLI_LINT_FORMATS_H

#include <stdio.h>

#include "cli/cli.h"

struct lint_result {
    const struct options *options;
    const struct mistakes *found; /* sorted */
    const struct ruleset *rules;  /* NULL: they cannot be used as they stand */
};

/* `name` NULL = the first of the table. */
void lint_write(const char *name, FILE *out, const struct lint_result *r);

#endif
