/*
 * Does a payload keep what Slack asks for, and our own stricter rules? Numbers V01 … V28 name the checks. What is wrong is said in lines of `out`:
 * "V14 blocks[2].text: …". Used by tests and by `notify test --dry-run`.
 *
 * slack_check.c V01–V12, the form; slack_grammar.c V13–V20, texts; slack_sense.c V21–V28, what is said against the finding.
 */
#ifndef NOTIFY_RECEIVERS_SLACK_CHECK_H
#define NOTIFY_RECEIVERS_SLACK_CHECK_H

#include <jansson.h>

#include "notify/notify.h"

enum slack_form { SLACK_WEBHOOK, SLACK_POST, SLACK_UPDATE };

struct slack_check {
    enum slack_form form;
    const char *const *mentions; /* allowed ones, as they stand between < and >; NULL = none; ends with NULL */
    const struct finding *f;     /* NULL = only form and texts are checked */
    enum language lang;
    struct strbuf *out;
    size_t faults, units;        /* units: of all texts so far */
};

/* How many faults there are. */
size_t slack_check(struct slack_check *c, const char *body, size_t len);

/* Inside */
void slack_fault(struct slack_check *c, const char *number, const char *where, const char *fmt, ...) PRINTF(4, 5);
void slack_check_mrkdwn(struct slack_check *c, const char *where, const char *text);
void slack_check_plain(struct slack_check *c, const char *where, const char *text);
void slack_check_sense(struct slack_check *c, json_t *body);
/* What a reader sees: entities taken back. */
void slack_unescape(struct strbuf *out, const char *text);
/* V26, V28 need other renderings: the same once more, and the one in the other language. */
void slack_check_again(struct slack_check *c, const struct payload *p, const struct payload *again, const struct payload *other);

#endif
