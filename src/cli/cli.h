/*
 * The command line: one row of a table a command, one file a command. Results go to stdout, everything else to stderr. Exit codes: 0 well, 1 warning (or a mistake found by lint),
 * 2 critical, 3 unknown, 64 wrong usage, 65 wrong input, 69 a source or server that does not answer, 70 our own fault, 73 a file that cannot be written, 78 wrong configuration.
 *
 * Map: main.c (dispatch, help), options.c (the table of options), session.c (from options to an engine), state_file.c (what the daemon keeps), print.c (findings on a
 * terminal), coverage.c (what a rule reads and lacks), calibration.c (what people's answers say of weights), cmd_*.c; check_*.c (results of check, and whom it tells),
 * doctor_*.c (what doctor finds out and prints), diagnose_alert.c (what Alertmanager asks about).
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "engine/engine.h"
#include "model/finding.h"
#include "model/matcher.h"
#include "rule/rule.h"

enum exit_code {
    EXIT_OK = 0,
    EXIT_WARNING = 1,
    EXIT_CRITICAL = 2,
    EXIT_UNKNOWN = 3,
    EXIT_USAGE = 64,
    EXIT_INPUT = 65,
    EXIT_UNREACHABLE = 69,
    EXIT_INTERNAL = 70,
    EXIT_CANNOT_WRITE = 73,
    EXIT_CONFIG = 78,
};

#define HOUR_MS (3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define WORD_LIST_MAX 16

struct word_list { /* of an option that may be repeated */
    const char *items[WORD_LIST_MAX + 1];
    size_t len;
};

struct options {
    const char *config, *source, *cluster, *from, *to, *at, *step, *format, *output, *lang, *note, *until, *events, *log_level;
    const char *fail_on, *symptom, *timeout, *state, *duration, *comment, *author;
    const char *unknown, *baseline, *save, *settle, *retries, *heartbeat_url, *pushgateway;
    const char *explain, *alertmanager;
    struct word_list rules, diff;
    bool noise;
    bool anonymise, notify, verbose, help, no_color, pending, why, suggest, dry_run, all, coverage, update;
    const char *const *words; /* what is left: files, entities */
    size_t words_len;
};

struct command {
    const char *name;
    const char *words; /* "FILE…" or "" */
    const char *summary;
    const char *options; /* long names it takes, separated by blanks */
    const char *formats; /* what --format takes, the default first, separated by blanks */
    const char *help;    /* more, may be "" */
    int (*run)(const struct options *o);
};

extern const struct command commands[];
extern const size_t commands_len;

enum option_type { OPTION_TEXT, OPTION_FLAG, OPTION_LIST };

struct option_row {
    const char *name;
    char letter; /* 0 = none */
    enum option_type type;
    const char *argument, *help; /* "a|b|c" in lower case: these values and no others */
    size_t offset;               /* in struct options */
};

extern const struct option_row option_rows[];
extern const size_t option_rows_len;
bool command_takes(const struct command *c, const char *option);

/* Fills `o` from argv[0..argc); false after having said what is wrong. */
bool options_parse(const struct command *c, int argc, char **argv, struct options *o);
void options_help(const struct command *c);

int session_log_level(const struct options *o); /* --log-level; exit code or 0 */
/* What --source says, instead of the configuration's sources. */
void session_use_source(struct config *c, const char *url);
/* Config, rules and engine of a command; session_close frees all. Returns 0 or an exit code, having said why. */
struct session {
    struct config *config;
    struct ruleset *rules;
    struct engine *engine;
    enum language lang;
    int64_t now_ms; /* --at, or now, or a recording's end */
};
int session_load_config(const struct options *o, struct session *s); /* config only */
int session_load(const struct options *o, struct session *s);        /* config and rules */
/* The engine on top of them. */
int session_start(const struct options *o, const struct clock *clock, const struct engine_sink *sink, struct session *s);
/* Both. */
int session_open(const struct options *o, const struct clock *clock, const struct engine_sink *sink, struct session *s);
/* Discovers and warms up so that the state at `at_ms` is known. */
int session_warm_up(struct session *s, int64_t at_ms);
void session_close(struct session *s);
bool session_wants(const struct options *o, const char *cluster);
/* Of the --cluster, the --symptom and the entities (words LABEL=VALUE) that are asked for. */
bool session_wants_finding(const struct options *o, const char *symptom, const char *cluster, const struct label_set *entity);
/* True, and says why, when nothing that was ever seen has all of the words: then silence says nothing about it. */
bool session_lacks_entity(const struct options *o, const struct session *s, struct strbuf *why);
bool session_reads_words(const struct options *o, const char *command); /* false having said which word is no LABEL=VALUE */
/* false having said which word's label no entity of the rules has: nothing could ever be found there. */
bool session_knows_words(const struct options *o, const struct session *s, const char *command);
/* The --symptom; NULL when none is asked for. Exit code or 0. */
int session_symptom(const struct options *o, const struct session *s, const char *command, const struct symptom **ret);
/* --cluster names none of those that were found: says so into `why`. */
bool session_lacks_cluster(const struct options *o, const struct session *s, struct strbuf *why);
/* --from and --to; without --from a recording's start, or `default_ms` before the end. Exit code or 0. */
struct period {
    int64_t from_ms, to_ms;
};
int session_period(const struct session *s, const struct options *o, const char *command, int64_t default_ms, struct period *ret);
/* Discovers, and warms up so that the state at the period's start is known; then lets it pass as if it were live. Exit code or 0. */
int session_warm_up_before(struct session *s, const struct period *p);
int session_pass(struct session *s, const struct period *p);
/* "at" relative to the session's now; exit code or 0. */
int session_time(const struct session *s, const char *text, int64_t fallback_ms, int64_t *ret);
int exit_code_of(int error_code);

/* state_file.c: the daemon's state file, beside it or without it. Opens what --state or the configuration says, unless it is not there; exit code or 0. */
int state_file_open(const struct options *o, struct session *s, struct store **ret);
/* --for, or `fallback_ms`; exit code or 0 (cmd_silence.c). */
int duration_option(const struct options *o, int64_t fallback_ms, int64_t *ret_ms);
/* Can findings have a label of that name; `ret_near`: if not, which was meant, or NULL (cmd_silence.c). */
bool label_is_known(const struct ruleset *r, const char *name, const char **ret_near);
/* Who runs the command: --author, or the user's name. */
const char *author_of(const struct options *o);
/* Findings that fire according to the file, as far as matchers read them: identity, severity, incident; `own` is the finding's own id. False stops. */
int state_file_findings(struct store *store, bool (*each)(void *context, const struct finding *f, const char *own), void *context, struct error *err);

/* print.c */
bool color_wanted(const struct options *o);
void print_error(const char *fmt, ...) PRINTF(1, 2);
void print_finding_line(const struct finding *f, enum language lang, bool color); /* one line and its likely cause */
void print_finding(const struct finding *f, enum language lang);                  /* everything */
const char *severity_color(enum severity s);
void print_xml(FILE *out, const char *text); /* as an attribute's value or an element's text */
void print_clean(const char *text); /* names may hold anything: control characters never reach the terminal */
void print_tree(FILE *out, json_t *root); /* JSON for programs, indented; takes the reference */
/* One JSON object and a line break; false when it cannot be written. */
bool print_event(FILE *out, const struct finding *f, enum language lang);
bool print_incident(FILE *out, const struct finding *lead, const struct incident *g, bool resolved);
/* A line that GitHub shows beside the code or the run: `kind` error, warning or notice; `at` and `more` may be NULL. */
void print_annotation(FILE *out, const char *kind, const struct place *at, const char *title, const char *text, const char *more);
/* Progress of long work on a terminal's stderr, once it takes longer than a second; progress_clear() before anything else is printed. */
void progress_show(void *context, size_t done, size_t all);
void progress_clear(void);

int cmd_run(const struct options *o);
int cmd_check(const struct options *o);
int cmd_doctor(const struct options *o);
int cmd_explain(const struct options *o);
int cmd_history(const struct options *o);
int cmd_completion(const struct options *o);
int cmd_diagnose(const struct options *o);
int cmd_backtest(const struct options *o);
int cmd_record(const struct options *o);
int cmd_test(const struct options *o);
int cmd_lint(const struct options *o);
int cmd_config(const struct options *o);
int cmd_notify(const struct options *o);
int cmd_outbox(const struct options *o);
int cmd_silence(const struct options *o);
int cmd_ack(const struct options *o);
int cmd_feedback(const struct options *o);
int cmd_calibrate(const struct options *o);
int cmd_db(const struct options *o);
int cmd_man(const struct options *o);
int cmd_version(const struct options *o);

#endif
