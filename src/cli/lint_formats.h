/* What `lint` found, and the forms in which programs take it. A form is one row of the table in lint_formats.c. */
#ifndef CLI_LINT_FORMATS_H
#define CLI_LINT_FORMATS_H

#include <stdio.h>

#include "cli/cli.h"

struct lint_result {
    const struct options *options;
    const struct mistakes *found; /* sorted */
    const struct ruleset *rules;  /* NULL: they cannot be used as they stand */
    const char *seen;             /* which time of which clusters was looked at; "" = no source was asked */
};

/*
 * lint_source.c: looks at --source from --from to --to with the config and rules of the session, adds what it finds, and says in `ret_seen` what it looked at. Exit code or 0.
 */
int lint_source(const struct options *o, struct session *s, struct mistakes *found, struct strbuf *ret_seen);

/* `name` NULL = the first of the table. */
void lint_write(const char *name, FILE *out, const struct lint_result *r);

#endif
