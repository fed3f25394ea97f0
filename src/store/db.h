/* Inside of the store: the connection, its statements, and what SQLite's answers mean. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "base/strbuf.h"
#include "store/store.h"

#define STORE_APPLICATION_ID 0x4e424c4c /* "NBLL" in the file's header */

#define STATEMENTS(X)                                                                                                                              \
    X(SQL_BEGIN, "BEGIN IMMEDIATE")                                                                                                                   \
    X(SQL_COMMIT, "COMMIT")                                                                                                                           \
    X(SQL_ROLLBACK, "ROLLBACK")                                                                                                                       \
    X(SQL_SLOT_SET, "INSERT INTO meta(name, value) VALUES('last_slot_ms', ?1) ON CONFLICT(name) DO UPDATE SET value = excluded.value")                \
    X(SQL_SLOT_GET, "SELECT value FROM meta WHERE name = 'last_slot_ms'")                                                                             \
    X(SQL_STATE_PUT, "INSERT OR REPLACE INTO state(symptom, cluster, entity, state, severity, incident, onset_ms, pending_ms, fired_ms, held_ms, "    \
                     "clear_ms, blind_since_ms, last_ms, revision, extra) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)")                \
    X(SQL_STATE_DELETE, "DELETE FROM state WHERE symptom = ?1 AND cluster = ?2 AND entity = ?3")                                                      \
    X(SQL_STATE_ALL, "SELECT symptom, cluster, entity, state, severity, incident, onset_ms, pending_ms, fired_ms, held_ms, clear_ms, "                \
                     "blind_since_ms, last_ms, revision, extra FROM state")                                                                           \
    X(SQL_FINDING_ADD, "INSERT INTO finding(time_ms, listed, json) VALUES(?1, ?2, ?3)")                                                               \
    X(SQL_HISTORY_RANGE, "SELECT time_ms, json FROM finding WHERE time_ms BETWEEN ?1 AND ?2 AND listed = 1 ORDER BY time_ms DESC, id DESC")           \
    X(SQL_FINDING_PRUNE, "DELETE FROM finding WHERE id IN (SELECT id FROM finding WHERE time_ms < ?1 "                                                \
                         "AND id NOT IN (SELECT finding_id FROM outbox) ORDER BY time_ms LIMIT 500)")                                                 \
    X(SQL_OUTBOX_ADD, "INSERT INTO outbox(incident, destination, kind, revision, repeat_ms, created_ms, next_ms, attempts, finding_id) "              \
                      "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT(incident, destination, revision, repeat_ms) DO NOTHING")                        \
    X(SQL_OUTBOX_DUE, "SELECT n.id, n.incident, n.destination, n.kind, n.revision, n.created_ms, n.next_ms, n.attempts, f.json, n.last_error, "       \
                      "(SELECT max(CASE o.kind WHEN 'open' THEN 2 WHEN 'repeat' THEN 1 ELSE 0 END) FROM outbox o WHERE o.done_ms IS NULL "            \
                      "AND o.incident = n.incident AND o.destination = n.destination), "                                                              \
                      "EXISTS(SELECT 1 FROM outbox o WHERE o.incident = n.incident AND o.destination = n.destination AND (o.revision, o.id) < (n.revision, n.id) "\
                      "AND (o.done_ms IS NULL AND (o.attempts > 0 OR o.id <= ?4) OR o.status = 'dead' AND NOT EXISTS(SELECT 1 FROM outbox l "         \
                      "WHERE l.incident = o.incident AND l.destination = o.destination AND l.status = 'sent' AND l.id > o.id))) "                     \
                      "FROM outbox n JOIN finding f ON f.id = n.finding_id WHERE n.done_ms IS NULL "                                                  \
                      "AND n.next_ms <= ?1 AND (?3 IS NULL OR n.destination = ?3) "                                                                   \
                      "AND NOT EXISTS(SELECT 1 FROM outbox o WHERE o.done_ms IS NULL AND o.incident = n.incident "                                    \
                      "AND o.destination = n.destination AND (o.revision, o.id) > (n.revision, n.id)) ORDER BY n.next_ms, n.id LIMIT ?2")             \
    X(SQL_OUTBOX_NEXT, "SELECT min(next_ms) FROM outbox WHERE done_ms IS NULL")                                                                       \
    X(SQL_OUTBOX_OLDER, "UPDATE outbox SET done_ms = ?2, status = 'superseded' WHERE done_ms IS NULL AND id IN (SELECT o.id FROM outbox o, "          \
                        "outbox n WHERE n.id = ?1 AND o.done_ms IS NULL AND o.incident = n.incident AND o.destination = n.destination "               \
                        "AND (o.revision, o.id) < (n.revision, n.id))")                                                                               \
    X(SQL_OUTBOX_DONE, "UPDATE outbox SET done_ms = ?2, status = ?3, last_error = ?4, attempts = attempts + 1 WHERE id = ?1 AND done_ms IS NULL")     \
    X(SQL_OUTBOX_RETRY, "UPDATE outbox SET next_ms = ?2, last_error = ?3, attempts = attempts + 1 WHERE id = ?1 AND done_ms IS NULL")                 \
    X(SQL_OUTBOX_LANE, "UPDATE outbox SET next_ms = max(next_ms, ?2) WHERE done_ms IS NULL AND id IN (SELECT o.id FROM outbox o, outbox n "           \
                       "WHERE n.id = ?1 AND o.done_ms IS NULL AND o.incident = n.incident AND o.destination = n.destination "                         \
                       "AND (o.revision, o.id) < (n.revision, n.id))")                                                                                \
    X(SQL_OUTBOX_DEFER, "UPDATE outbox SET next_ms = ?2 WHERE done_ms IS NULL AND destination = ?1 AND next_ms < ?2")                                 \
    X(SQL_OUTBOX_DEAD, "SELECT count(*) FROM outbox WHERE status = 'dead'")                                                                           \
    X(SQL_OUTBOX_CRITICAL, "SELECT n.created_ms, n.destination FROM outbox n JOIN finding f ON f.id = n.finding_id WHERE n.done_ms IS NULL "           \
                           "AND n.created_ms < ?1 AND json_extract(f.json, '$.severity') = 'critical' ORDER BY n.created_ms LIMIT 1")                 \
    X(SQL_OUTBOX_LAST, "SELECT kind, destination FROM outbox WHERE incident = ?1 AND status <> 'dropped' ORDER BY id DESC LIMIT 1")                   \
    X(SQL_OUTBOX_LIST, "SELECT id, incident, destination, kind, revision, created_ms, next_ms, attempts, last_error, status FROM outbox "            \
                       "WHERE done_ms IS NULL OR status = 'dead' ORDER BY id")                                                                        \
    X(SQL_OUTBOX_AGAIN, "UPDATE outbox SET done_ms = NULL, status = 'queued', attempts = 0, created_ms = ?2, next_ms = ?2 WHERE id = ?1 "             \
                        "AND (done_ms IS NULL OR status = 'dead') AND NOT EXISTS(SELECT 1 FROM outbox n WHERE n.incident = outbox.incident "          \
                        "AND n.destination = outbox.destination AND (n.revision, n.id) > (outbox.revision, outbox.id) AND n.status = 'sent')")        \
    X(SQL_OUTBOX_DROP, "UPDATE outbox SET done_ms = ?2, status = 'dropped' WHERE id = ?1 AND (done_ms IS NULL OR status = 'dead')")                   \
    X(SQL_OUTBOX_PRUNE, "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_ms < ?1 ORDER BY done_ms LIMIT 500)")                       \
    X(SQL_MESSAGE_GET, "SELECT ref FROM message WHERE incident = ?1 AND destination = ?2")                                                            \
    X(SQL_MESSAGE_SET, "INSERT OR REPLACE INTO message(incident, destination, ref, time_ms) VALUES(?1, ?2, ?3, ?4)")                                  \
    X(SQL_MESSAGE_PRUNE, "DELETE FROM message WHERE rowid IN (SELECT m.rowid FROM message m WHERE m.time_ms < ?1 AND NOT EXISTS(SELECT 1 FROM "       \
                         "state s WHERE s.incident = m.incident) AND NOT EXISTS(SELECT 1 FROM outbox o WHERE o.done_ms IS NULL "                      \
                         "AND o.incident = m.incident AND o.destination = m.destination) ORDER BY m.time_ms LIMIT 500)")                              \
    X(SQL_SILENCE_ADD, "INSERT INTO silence(ack, matchers, created_ms, starts_ms, ends_ms, author, comment) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")      \
    X(SQL_SILENCE_EXPIRE, "UPDATE silence SET ends_ms = ?2 WHERE id = ?1 AND ends_ms > ?2 AND origin IS NULL")                                        \
    X(SQL_SILENCE_ALL, "SELECT id, ack, matchers, created_ms, starts_ms, ends_ms, author, comment, origin, peer_id FROM silence "                     \
                       "WHERE ends_ms > ?1 ORDER BY id")                                                                                              \
    X(SQL_SILENCE_PEER, "INSERT INTO silence(ack, matchers, created_ms, starts_ms, ends_ms, author, comment, origin, peer_id) "                       \
                        "VALUES(0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(origin, peer_id) WHERE origin IS NOT NULL "                            \
                        "DO UPDATE SET ends_ms = excluded.ends_ms, comment = excluded.comment")                                                       \
    X(SQL_SILENCE_PEER_END, "UPDATE silence SET ends_ms = ?2 WHERE origin = ?1 AND ends_ms > ?2")                                                     \
    X(SQL_SILENCE_PRUNE, "DELETE FROM silence WHERE id IN (SELECT id FROM silence WHERE ends_ms < ?1 ORDER BY ends_ms LIMIT 500)")                    \
    X(SQL_FEEDBACK_PUT, "INSERT OR REPLACE INTO feedback(incident, time_ms, verdict, cause, author, comment, finding) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
    X(SQL_FEEDBACK_DROP, "DELETE FROM feedback WHERE incident = ?1")                                                                                  \
    X(SQL_FEEDBACK_ALL, "SELECT incident, time_ms, verdict, cause, author, comment, finding FROM feedback ORDER BY time_ms, incident")                \
    X(SQL_FINDING_OF, "SELECT json FROM finding WHERE json_valid(json) AND substr(json_extract(json, '$.incident'), 1, length(?1)) = ?1 "             \
                      "ORDER BY time_ms DESC, id DESC")                                                                                               \
    X(SQL_VACUUM, "PRAGMA incremental_vacuum(1000)")

enum statement {
#define X(id, sql) id,
    STATEMENTS(X)
#undef X
        STATEMENT_COUNT
};

struct store {
    sqlite3 *db;
    int lock_fd; /* -1 = not exclusive */
    int64_t found_id; /* of the outbox's last row when it was opened */
    char *path;
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* made at first use */
};

/* What SQLite's last answer on `db` means in our codes; the text is "doing: what it said". */
int db_error(sqlite3 *db, int code, const char *doing, struct error *err);
/* The number that a query gives. */
int db_number(sqlite3 *db, const char *sql, int64_t *ret, struct error *err);
/* The prepared statement, unbound; NULL with `err`. Give it back with db_reset() at once after use. */
sqlite3_stmt *db_statement(struct store *s, enum statement which, struct error *err);
void db_reset(sqlite3_stmt *statement);
/* Binds nothing, runs to the end. */
int db_run(struct store *s, enum statement which, const char *doing, struct error *err);
/* Steps a bound statement that gives no rows, and resets it. */
int db_step_done(struct store *s, sqlite3_stmt *statement, const char *doing, struct error *err);

/* Borrowed text or NULL, bound without a copy: it must live until the statement is reset. */
void db_bind_text(sqlite3_stmt *statement, int at, const char *text);
/* Runs a statement whose ?1 is a number and ?2 a time; ERR_NOT_FOUND with `why_not` when it changed nothing. */
int db_change_one(struct store *s, enum statement which, int64_t id, int64_t now_ms, const char *doing, const char *why_not, struct error *err);

/* schema.c */
int schema_check(sqlite3 *db, const char *path, struct error *err); /* ours, and not newer */
int schema_migrate(sqlite3 *db, struct error *err);

/* "team=payments,queue=orders": the set as one text, `\` before `\` `,` `=`; any bytes come back unchanged. */
void label_set_print(struct strbuf *out, const struct label_set *set);
/* Cuts `text` into `ret` in place. False when it is not such a text. */
bool label_set_scan(char *text, struct label_set *ret);

/* The parts of a commit. */
int state_put(struct store *s, const struct state_row *row, struct error *err);
int state_delete(struct store *s, const struct state_row *row, struct error *err);
/* Keeps a finding's text; `listed` = as a part of the history. */
int finding_add(struct store *s, int64_t time_ms, bool listed, const char *json, int64_t *ret_id, struct error *err);
int outbox_add(struct store *s, const struct outbox_row *row, int64_t finding_id, struct error *err);

#endif
