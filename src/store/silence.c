/* Silences and acknowledgements: made by hand beside the daemon, which reads them every tick, or read from a peer. */
#include "store/db.h"

int store_silence_add(struct store *s, const struct silence_row *row, int64_t *ret_id, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_SILENCE_ADD, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int(q, 1, row->ack);
    db_bind_text(q, 2, row->matchers);
    sqlite3_bind_int64(q, 3, row->created_ms);
    sqlite3_bind_int64(q, 4, row->starts_ms);
    sqlite3_bind_int64(q, 5, row->ends_ms);
    db_bind_text(q, 6, row->author);
    db_bind_text(q, 7, row->comment);
    int failed = db_step_done(s, q, "keeping a silence", err);
    *ret_id = sqlite3_last_insert_rowid(s->db);
    return failed;
}

int store_silence_expire(struct store *s, int64_t id, int64_t now_ms, struct error *err)
{
    return db_change_one(s, SQL_SILENCE_EXPIRE, id, now_ms, "ending a silence", "there is none of that number, it has ended, or it was made in another program", err);
}

static int end_peers(struct store *s, const char *origin, int64_t now_ms, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_SILENCE_PEER_END, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, origin);
    sqlite3_bind_int64(q, 2, now_ms);
    return db_step_done(s, q, "ending a peer's silences", err);
}

static int put_peer(struct store *s, const char *origin, const struct silence_row *row, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_SILENCE_PEER, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, row->matchers);
    sqlite3_bind_int64(q, 2, row->created_ms);
    sqlite3_bind_int64(q, 3, row->starts_ms);
    sqlite3_bind_int64(q, 4, row->ends_ms);
    db_bind_text(q, 5, row->author);
    db_bind_text(q, 6, row->comment);
    db_bind_text(q, 7, origin);
    db_bind_text(q, 8, row->peer_id);
    return db_step_done(s, q, "keeping a peer's silence", err);
}

int store_silences_put(struct store *s, const char *origin, const struct silence_row *rows, size_t len, int64_t now_ms, struct error *err)
{
    int failed = db_run(s, SQL_BEGIN, "starting a transaction", err);
    if (failed)
        return failed;
    failed = end_peers(s, origin, now_ms, err);
    for (size_t i = 0; !failed && i < len; i++)
        failed = put_peer(s, origin, &rows[i], err);
    if (!failed)
        failed = db_run(s, SQL_COMMIT, "committing", err);
    if (failed && !sqlite3_get_autocommit(s->db))
        db_run(s, SQL_ROLLBACK, "rolling back", NULL);
    return failed;
}

int store_silences(struct store *s, int64_t after_ms, bool (*each)(void *context, const struct silence_row *row), void *context, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_SILENCE_ALL, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, after_ms);
    int code;
    bool more = true;
    while (more && (code = sqlite3_step(q)) == SQLITE_ROW) {
        const struct silence_row row = {
            .id = sqlite3_column_int64(q, 0),
            .ack = sqlite3_column_int(q, 1),
            .matchers = (const char *)sqlite3_column_text(q, 2),
            .created_ms = sqlite3_column_int64(q, 3),
            .starts_ms = sqlite3_column_int64(q, 4),
            .ends_ms = sqlite3_column_int64(q, 5),
            .author = (const char *)sqlite3_column_text(q, 6),
            .comment = (const char *)sqlite3_column_text(q, 7),
            .origin = (const char *)sqlite3_column_text(q, 8),
            .peer_id = (const char *)sqlite3_column_text(q, 9),
        };
        more = each(context, &row);
    }
    int failed = !more || code == SQLITE_DONE ? 0 : db_error(s->db, code, "reading silences", err);
    db_reset(q);
    return failed;
}
