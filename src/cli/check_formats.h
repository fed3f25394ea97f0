/* What `check` found, and the forms in which programs take it. A form is one row of the table in check_formats.c. */
#ifndef CLI_CHECK_FORMATS_H
#define CLI_CHECK_FORMATS_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/check_baseline.h"
#include "cli/cli.h"

struct check_report {
    const struct options *options;
    const struct session *session; /* engine NULL: there was no answer */
    const struct finding **findings;
    size_t findings_len;
    struct judged judged;
    const struct symptom *only; /* NULL = all */
    enum severity fail_on;
    enum exit_code result;           /* EXIT_OK … EXIT_UNKNOWN */
    enum exit_code as_unknown;       /* the exit code of an unknown result (--unknown) */
    const struct baseline *baseline; /* NULL = everything is new */
    struct since since;              /* the baseline against the findings */
    const char *unanswered;          /* why nothing is known; NULL when something is */
};

extern const char *const check_result_names[4]; /* by exit code */
bool check_counts(const struct check_report *r, const struct finding *f); /* new and severe enough for the exit code */
enum exit_code check_exit(const struct check_report *r);                  /* of the program */
bool check_looks_at(const struct check_report *r, const struct symptom *s);

/* `name` NULL = the first of the table. */
void check_write(const char *name, FILE *out, const struct check_report *r);
/* The last line of texts: "RESULT …". */
void check_write_result(FILE *out, const struct check_report *r);

/* check_tell.c: what others are told. Exit code or 0, having said why. */
int check_push(const struct check_report *r);      /* replaces the group at --pushgateway */
int check_heartbeat(const struct check_report *r); /* --heartbeat-url; URL/fail when critical or unknown */
int check_deliver(const struct check_report *r);   /* --notify */

/*
 * check_timeout.c: --timeout. The work goes on in a process of its own, so that a source that never ends hangs nothing and everybody can still be told.
 * Returns true in that process (at once when `ms` is 0), false in the one that waits: then `ret_code` is its exit code, or -1 when it was not done in time.
 */
bool check_is_worker(int64_t ms, int *ret_code);
void check_in_time(void); /* the worker has its result: what follows takes as long as it takes */

#endif
