/*
 * What must survive: states of symptoms, findings' history and the outbox, in one SQLite file (WAL, synchronous FULL, STRICT, one writer).
 *
 * A tick's transitions and the notifications that they cause are one transaction: after a crash either both are there or neither.
 * When the file cannot be written (disk full, locked, corrupt) store_commit() says so and the caller keeps ringing from memory; the next commit
 * carries everything that is not yet saved, since the caller hands over whole states.
 *
 * Map: db.c (open, pragmas), db.h (statements), schema.c (migrations), state.c (states, commit), history.c, outbox.c, outbox_hand.c, silence.c, feedback.c, care.c
 * (check, copy). Times are ms since 1970.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "model/finding.h"

struct store;

struct store_note { /* what opening had to say: a corrupt file was put aside, … ; "" when nothing */
    char text[512];
};

/*
 * Opens or makes the file. Refuses (ERR_INVALID) a database of another program, (ERR_VERSION) one of a newer version, (ERR_PERMISSION, ERR_IO). A corrupt file is renamed to
 * PATH.corrupt-<time> and a new one made; `ret_note` says so. ":memory:" is allowed. A second daemon on the same file: ERR_BUSY (an exclusive lock file PATH.lock held by flock).
 */
int store_open(const char *path, bool exclusive, struct store **ret, struct store_note *ret_note, struct error *err);
void store_close(struct store *s);

/* One symptom's state on one entity, as eval keeps it. */
struct state_row {
    const char *symptom, *cluster;
    struct label_set entity;
    int state;                  /* eval's number, by name in the file: "pending" "firing" "recovering" "settling" */
    enum severity severity;
    char incident[17];
    int64_t onset_ms, pending_ms, fired_ms, held_ms, clear_ms, blind_since_ms, last_ms;
    uint32_t revision;
    const char *extra_text;     /* on write: anything else that eval wants back, as JSON text; may be NULL */
    json_t *extra;              /* on read: that, a new reference; NULL = none */
};
extern const char *const store_state_names[4];

/* A row for the outbox: one finding to one destination. */
struct outbox_row {
    int64_t id;                 /* 0 on enqueue */
    char incident[17];
    const char *destination;    /* destination_config.id */
    const char *kind;           /* "open" "update" "resolve" "repeat" */
    uint32_t revision;
    int64_t created_ms, next_ms;
    int attempts;
    const char *finding;        /* JSON text of the finding */
    const char *last_error;     /* NULL */
};

struct commit { /* all borrowed */
    int64_t slot_ms;
    const struct state_row *states; /* to be inserted or replaced */
    size_t states_len;
    const struct state_row *ended;  /* to be deleted (symptom, cluster, entity are read) */
    size_t ended_len;
    const struct finding *const *transitions; /* into the history */
    size_t transitions_len;
    const struct outbox_row *outbox; /* enqueued; (incident, destination, revision) is unique, for "repeat" with created_ms: a second one is ignored */
    size_t outbox_len;
};

int store_commit(struct store *s, const struct commit *c, struct error *err);
/* The same in pieces, for a slot in which very much happened: nothing is saved before store_end(keep true) returned 0. After a failure of any: store_end(keep false). */
int store_begin(struct store *s, struct error *err);
int store_add(struct store *s, const struct commit *piece, struct error *err);
int store_end(struct store *s, bool keep, struct error *err);
/* All states; `each` gets rows whose strings live until it returns. */
int store_load_states(struct store *s, void (*each)(void *context, const struct state_row *row), void *context, struct error *err);
int64_t store_last_slot_ms(struct store *s); /* of the last commit, 0 = none */

/*
 * The outbox. Per (incident, destination) rows are sent in the order of revisions; a newer row supersedes older unsent ones except that an unsent "open" stays the first thing said
 * (the newer finding is sent in its place), an unsent reminder stays one, and after one that may have come an update is a reminder. store_outbox_due() gives the rows that may be sent now, at most `limit`, strings in `a`.
 */
int store_outbox_due(struct store *s, int64_t now_ms, size_t limit, struct arena *a, struct outbox_row **ret, size_t *ret_len, struct error *err);
/* The same for one destination; NULL = any. */
int store_outbox_due_to(struct store *s, const char *destination, int64_t now_ms, size_t limit, struct arena *a, struct outbox_row **ret, size_t *ret_len,
                        struct error *err);
int64_t store_outbox_next_ms(struct store *s); /* when the next row is due; INT64_MAX = none */
int store_outbox_sent(struct store *s, int64_t id, int64_t now_ms, struct error *err);
int store_outbox_retry(struct store *s, int64_t id, int64_t next_ms, const char *why, struct error *err);
int store_outbox_dead(struct store *s, int64_t id, int64_t now_ms, const char *why, struct error *err);
/* A whole destination waits (it said "too many"); no attempt is counted. */
int store_outbox_defer(struct store *s, const char *destination, int64_t next_ms, struct error *err);
/* The oldest message about something critical that waits since before `before_ms`; 0 = none does. `ret_destination` in `a`. */
int64_t store_outbox_critical_ms(struct store *s, int64_t before_ms, struct arena *a, const char **ret_destination);
/* Kind and destination of the incident's last message that was not dropped, in `a`; false = there is none. */
bool store_outbox_last(struct store *s, const char *incident, struct arena *a, const char **ret_kind, const char **ret_destination);
size_t store_outbox_dead_count(struct store *s);
/* What waits ("queued") and what was given up ("dead"), oldest first; `row` without its finding, borrowed until `each` returns; false stops. */
int store_outbox_list(struct store *s, bool (*each)(void *context, const struct outbox_row *row, const char *status), void *context, struct error *err);
/* By hand: at once and with a new life, or never. ERR_NOT_FOUND when it neither waits nor was given up, or something newer of its incident was said since. */
int store_outbox_again(struct store *s, int64_t id, int64_t now_ms, struct error *err);
int store_outbox_drop(struct store *s, int64_t id, int64_t now_ms, struct error *err);

/* What a destination needs to come back to a message: slack's channel and ts, a mail's Message-ID. One JSON text per (incident, destination). */
char *store_message_ref(struct store *s, const char *incident, const char *destination); /* NULL = none; the caller frees */
int store_set_message_ref(struct store *s, const char *incident, const char *destination, const char *json, struct error *err);

/* A silence (what it matches is not told) or an acknowledgement (somebody is at it: no reminders), made by hand or read from a peer. */
struct silence_row {
    int64_t id;            /* 0 on adding */
    bool ack;
    const char *matchers;  /* model/matcher.h reads it */
    int64_t created_ms, starts_ms, ends_ms;
    const char *author, *comment; /* never NULL */
    const char *origin, *peer_id; /* the destination that it was read from, and its name there; NULL = it was made here */
};
int store_silence_add(struct store *s, const struct silence_row *row, int64_t *ret_id, struct error *err);
/* What `origin` has now, in one transaction: what it no longer has ends at `now_ms`, what it has ends as `rows` say. Of a row that is known only end and comment change. */
int store_silences_put(struct store *s, const char *origin, const struct silence_row *rows, size_t len, int64_t now_ms, struct error *err);
/* Ends it now. ERR_NOT_FOUND when there is none of that number, it has ended, or it was not made here. */
int store_silence_expire(struct store *s, int64_t id, int64_t now_ms, struct error *err);
/* Those that end after `after_ms`, oldest first; `row` is borrowed until `each` returns, false stops. */
int store_silences(struct store *s, int64_t after_ms, bool (*each)(void *context, const struct silence_row *row), void *context, struct error *err);

/* History, newest first; `each` returns false to stop. */
int store_history(struct store *s, int64_t from_ms, int64_t to_ms, bool (*each)(void *context, int64_t time_ms, const char *finding_json), void *context, struct error *err);
/* All that is kept of the incidents whose id begins with `prefix`, newest first; false stops. */
int store_findings_of(struct store *s, const char *prefix, bool (*each)(void *context, const char *finding_json), void *context, struct error *err);

/* What people said of an incident's cause, with the finding that they judged; the last word on an incident counts. */
#define FEEDBACKS(X) X(FEEDBACK_RIGHT, "right") X(FEEDBACK_WRONG, "wrong") X(FEEDBACK_OTHER, "other")
#define X(id, name) id,
enum feedback { FEEDBACKS(X) FEEDBACK_COUNT };
#undef X
extern const char *const feedback_names[FEEDBACK_COUNT];
struct feedback_row {
    const char *incident;
    int64_t time_ms;
    enum feedback verdict;
    const char *cause;           /* of "other": what it was; else NULL */
    const char *author, *comment; /* never NULL */
    const char *finding;         /* JSON text */
};
int store_feedback_put(struct store *s, const struct feedback_row *row, struct error *err);
/* Takes it back. ERR_NOT_FOUND when nothing was said of that incident. */
int store_feedback_drop(struct store *s, const char *incident, struct error *err);
/* Oldest first; `row` is borrowed until `each` returns, false stops. */
int store_feedbacks(struct store *s, bool (*each)(void *context, const struct feedback_row *row), void *context, struct error *err);

struct store_figures {
    int64_t version, last_slot_ms, states, findings, waiting, given_up; /* last_slot_ms 0 = none */
};
/*
 * Looks at all of a file and changes nothing; a daemon may be writing it. `each` is told what is wrong with it, then ERR_CORRUPT; ERR_INVALID, ERR_VERSION as
 * store_open(). A file that is not there is an error.
 */
int store_examine(const char *path, void (*each)(void *context, const char *what), void *context, struct store_figures *ret, struct error *err);
/* A copy as of one moment, whole or not at all, in a file of its own that only its owner reads; a daemon may be writing the original. */
int store_copy(const char *path, const char *to, struct error *err);
/* Deletes history, silences that ended, and sent or dead outbox rows older than `before_ms`, at most 500 rows of each. */
int store_prune(struct store *s, int64_t before_ms, struct error *err);

#endif
