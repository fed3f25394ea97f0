/*
 * Rule tests: signals written down, and what is expected of the rules at which time. A file:
 *
 *   interval: 15s                       # evaluation grid
 *   background: [series…]               # every test has these too, unless it says them itself
 *   tests:
 *     - name: what it shows
 *       input_series: [{series: 'queue_lag{site="a",queue="q"}', values: '100x40 100+50x40', noise: 3%}]
 *       facts: [{name: host_network_capacity, value: 10Gbit/s, match: {host: "db-.*"}}]    # as in the configuration
 *       failing: [{signals: [queue_lag], from: 12m, to: 14m}]                           # queries that fail meanwhile
 *       expect:
 *         - {at: 14m, symptom: falls-behind, state: firing, entity: {group: g}, severity: warning, cause: slow, verdict: likely}
 *         - {from: 0s, to: 9m, quiet: true}                # nothing of warning or above fires, in no slot of these
 *         - {from: 0s, to: 30m, messages: 1}               # so many incidents of warning or above stood apart, each for longer than a message waits
 *         - {at: 14m, symptom: falls-behind, state: firing, members: 3}   # its incident has at least so many
 *
 * Times count from the first value. States: inactive (neither pending nor firing), pending, firing, unknown (firing, but blind), resolved (fired, and told as
 * over), lost (fired, and given up as lost sight of).
 *
 * Map: rule_test_read.c (a file to tests), rule_test_run.c (a test to its verdict), rule_test_seen.c (what tests have shown of rules), rule_test_update.c (files
 * rewritten with what was seen), cmd_test.c (the command).
 */
#ifndef CLI_RULE_TEST_H
#define CLI_RULE_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "config/tree.h"
#include "engine/engine.h"
#include "rule/rule.h"
#include "signal/script.h"

#define RULE_TEST_STATES(X)                                                                                                                        \
    X(EXPECT_INACTIVE, "inactive")                                                                                                                 \
    X(EXPECT_PENDING, "pending")                                                                                                                   \
    X(EXPECT_FIRING, "firing")                                                                                                                     \
    X(EXPECT_UNKNOWN, "unknown")                                                                                                                   \
    X(EXPECT_RESOLVED, "resolved")                                                                                                                 \
    X(EXPECT_LOST, "lost")

enum expected_state {
#define X(name, text) name,
    RULE_TEST_STATES(X)
#undef X
    EXPECTED_STATES
};
extern const char *const expected_state_names[EXPECTED_STATES];

struct expectation {
    int64_t from_ms, to_ms; /* since the start; the same for `at` */
    bool quiet;
    int messages;                  /* -1 = not asked */
    int members;                   /* at least; 0 = not asked */
    const struct symptom *symptom; /* not when quiet, nor with messages */
    enum expected_state state;
    struct name_values entity; /* labels that the entity must have; empty = any */
    int severity, verdict;     /* -1 = any */
    const char *cause;         /* NULL = any */
    const struct node *map;    /* as it was read; in the arena of the file */
    struct place place;
};

/* What is, where an expectation does not hold. */
struct rule_outcome {
    enum expected_state state;
    int severity, verdict, members, messages; /* of what fires; 0 where it was not asked for */
    const char *cause;                        /* first one; NULL = none, or not asked */
};

struct rule_test {
    const char *name;
    int64_t interval_ms;
    const struct ruleset *rules;
    struct ruleset *own_rules; /* loaded for the test's facts; NULL = the shared ones */
    struct script script;
    struct expectation *expectations;
    size_t expectations_len;
    int64_t end_ms; /* the last time at which something is expected */
    struct place place;
};

/* What tests are read with. */
struct rule_tests_context {
    const struct config *config;
    const char *const *rule_paths;
    size_t rule_paths_len;
    const struct ruleset *rules;
};

struct rule_tests {
    struct rule_test *items;
    size_t len;
};

/* All tests of a file; with mistakes in `m` when something is wrong. Memory in the arena, but own_rules: rule_tests_free. */
void rule_tests_read(const char *path, const struct rule_tests_context *c, struct arena *a, struct rule_tests *ret, struct mistakes *m);
void rule_tests_free(struct rule_tests *t);

/* What tests have shown of each condition and piece of evidence. */
struct rule_seen;
struct rule_seen *rule_seen_new(const struct ruleset *rules);
void rule_seen_note(struct rule_seen *seen, struct watch *w); /* after a slot */
void rule_seen_print(const struct rule_seen *seen);           /* what none has shown, and how much there is */
void rule_seen_free(struct rule_seen *seen);

/* A file of tests that is to say what was seen. Expectations that hold over a range, or of several entities that differ, are left: a person decides. */
struct rule_update;
struct rule_update *rule_update_new(const char *path, struct error *err); /* NULL when it cannot be read; `path` is borrowed */
void rule_update_note(struct rule_update *u, const struct expectation *e, const struct rule_outcome *is);
void rule_update_leave(struct rule_update *u, const struct expectation *e, const char *why);
/* Prints the lines that change and writes the file, unless nothing does. */
int rule_update_write(struct rule_update *u, struct error *err);
void rule_update_free(struct rule_update *u);

enum rule_test_result { RULE_TEST_PASSED, RULE_TEST_FAILED, RULE_TEST_CANNOT_RUN };

/* What is not as expected is added to `out`, in lines. `seen` and `update` may be NULL. */
enum rule_test_result rule_test_run(const struct rule_test *t, const struct config *config, struct rule_seen *seen, struct rule_update *update, struct strbuf *out);

#endif
