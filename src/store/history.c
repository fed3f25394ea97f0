/* What was found, in order of time. */
#include "store/db.h"

int finding_add(struct store *s, int64_t time_ms, bool listed, const char *json, int64_t *ret_id, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_FINDING_ADD, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, time_ms);
    sqlite3_bind_int(q, 2, listed);
    db_bind_text(q, 3, json);
    int failed = db_step_done(s, q, "keeping a finding", err);
    *ret_id = sqlite3_last_insert_rowid(s->db);
    return failed;
}

int store_history(struct store *s, int64_t from_ms, int64_t to_ms,
                  bool (*each)(void *context, int64_t time_ms, const char *finding_json), void *context, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_HISTORY_RANGE, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, from_ms);
    sqlite3_bind_int64(q, 2, to_ms);
    int code;
    bool more = true;
    while (more && (code = sqlite3_step(q)) == SQLITE_ROW)
        more = each(context, sqlite3_column_int64(q, 0), (const char *)sqlite3_column_text(q, 1));
    int ret = !more || code == SQLITE_DONE ? 0 : db_error(s->db, code, "reading the history", err);
    db_reset(q);
    return ret;
}

int store_prune(struct store *s, int64_t before_ms, struct error *err)
{
    static const enum statement slices[] = {SQL_OUTBOX_PRUNE, SQL_FINDING_PRUNE, SQL_MESSAGE_PRUNE, SQL_SILENCE_PRUNE};
    for (size_t i = 0; i < ARRAY_LEN(slices); i++) {
        sqlite3_stmt *q = db_statement(s, slices[i], err);
        if (!q)
            return err ? err->code : ERR_IO;
        sqlite3_bind_int64(q, 1, before_ms);
        int failed = db_step_done(s, q, "deleting old rows", err);
        if (failed)
            return failed;
    }
    return db_run(s, SQL_VACUUM, "giving back free pages", err);
}
