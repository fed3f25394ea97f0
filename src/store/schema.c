/* The tables, as steps from one version of the file to the next. A step that was released is never edited; a new one is added. */
#include <inttypes.h>

#include "store/db.h"

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "CREATE TABLE state(symptom TEXT NOT NULL, cluster TEXT NOT NULL, entity TEXT NOT NULL, state TEXT NOT NULL,"
    "  severity TEXT NOT NULL, incident TEXT NOT NULL, onset_ms INTEGER NOT NULL, pending_ms INTEGER NOT NULL, fired_ms INTEGER NOT NULL,"
    "  held_ms INTEGER NOT NULL, clear_ms INTEGER NOT NULL, blind_since_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL, extra TEXT,"
    "  PRIMARY KEY(symptom, cluster, entity)) STRICT, WITHOUT ROWID;"
    /* One text for the history (listed = 1) and for every row of the outbox that says it. */
    "CREATE TABLE finding(id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, listed INTEGER NOT NULL, json TEXT NOT NULL) STRICT;"
    "CREATE INDEX finding_time ON finding(time_ms);"
    /*
     * done_ms NULL = to be sent; status then is 'queued', later 'sent', 'superseded' or 'dead'. repeat_ms tells the reminders of one revision apart,
     * 0 for all other kinds. Words are checked by our code: CHECKs made enqueueing twice as slow.
     */
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY, incident TEXT NOT NULL, destination TEXT NOT NULL, kind TEXT NOT NULL,"
    "  revision INTEGER NOT NULL, repeat_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    "  finding_id INTEGER NOT NULL, last_error TEXT, done_ms INTEGER, status TEXT NOT NULL DEFAULT 'queued',"
    "  UNIQUE(incident, destination, revision, repeat_ms)) STRICT;"
    "CREATE INDEX outbox_queue ON outbox(next_ms) WHERE done_ms IS NULL;"
    "CREATE INDEX outbox_done ON outbox(done_ms) WHERE done_ms IS NOT NULL;"
    "CREATE INDEX outbox_dead ON outbox(id) WHERE status = 'dead';"
    "CREATE TABLE message(incident TEXT NOT NULL, destination TEXT NOT NULL, ref TEXT NOT NULL, time_ms INTEGER NOT NULL,"
    "  PRIMARY KEY(incident, destination)) STRICT;",
    /* 2: AUTOINCREMENT, since a number that was given away must never mean another silence */
    "CREATE TABLE silence(id INTEGER PRIMARY KEY AUTOINCREMENT, ack INTEGER NOT NULL, matchers TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    "  starts_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL, author TEXT NOT NULL, comment TEXT NOT NULL) STRICT;"
    "CREATE INDEX silence_end ON silence(ends_ms);",
    /* 3: with the finding as it was judged, since the history is forgotten sooner than what was learned from it */
    "CREATE TABLE feedback(incident TEXT PRIMARY KEY, time_ms INTEGER NOT NULL, verdict TEXT NOT NULL, cause TEXT, author TEXT NOT NULL,"
    "  comment TEXT NOT NULL, finding TEXT NOT NULL) STRICT;",
    /* 4: silences that were read from another program; origin NULL = made here */
    "ALTER TABLE silence ADD COLUMN origin TEXT;"
    "ALTER TABLE silence ADD COLUMN peer_id TEXT;"
    "CREATE UNIQUE INDEX silence_peer ON silence(origin, peer_id) WHERE origin IS NOT NULL;",
};
#define SCHEMA_VERSION ((int64_t)ARRAY_LEN(steps))

int schema_check(sqlite3 *db, const char *path, struct error *err)
{
    int64_t application = 0, version = 0, tables = 0;
    int failed = db_number(db, "PRAGMA application_id", &application, err);
    if (!failed)
        failed = db_number(db, "PRAGMA user_version", &version, err);
    if (!failed)
        failed = db_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (failed)
        return failed;
    if (application != STORE_APPLICATION_ID && (application != 0 || tables != 0))
        return error_set(err, ERR_INVALID, "%s is a database of another program; give `state` another path", path);
    if (version > SCHEMA_VERSION)
        return error_set(err, ERR_VERSION, "%s was written by a newer version (schema %" PRId64 ", this program knows %" PRId64 ")", path, version,
                         SCHEMA_VERSION);
    return 0;
}

static int migrate_step(sqlite3 *db, int64_t version, struct error *err)
{
    AUTO(strbuf) struct strbuf sql = STRBUF_INIT(64 * 1024);
    strbuf_addf(&sql, "BEGIN IMMEDIATE;%sPRAGMA application_id=%d;PRAGMA user_version=%" PRId64 ";COMMIT;", steps[version], STORE_APPLICATION_ID,
                version + 1);
    int code = sqlite3_exec(db, sql.buf, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return 0;
    int ret = db_error(db, code, "making the state file's tables", err);
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return ret;
}

int schema_migrate(sqlite3 *db, struct error *err)
{
    int64_t version = 0;
    int failed = db_number(db, "PRAGMA user_version", &version, err);
    for (; !failed && version < SCHEMA_VERSION; version++)
        failed = migrate_step(db, version, err);
    return failed;
}
