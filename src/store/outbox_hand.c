/* The outbox in an operator's hands: what waits and what was given up, once more, or not at all. */
#include "store/db.h"

int store_outbox_list(struct store *s, bool (*each)(void *context, const struct outbox_row *row, const char *status), void *context, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_LIST, err);
    if (!q)
        return err ? err->code : ERR_IO;
    int code;
    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        struct outbox_row row = {
            .id = sqlite3_column_int64(q, 0),
            .destination = (const char *)sqlite3_column_text(q, 2),
            .kind = (const char *)sqlite3_column_text(q, 3),
            .revision = (uint32_t)sqlite3_column_int64(q, 4),
            .created_ms = sqlite3_column_int64(q, 5),
            .next_ms = sqlite3_column_int64(q, 6),
            .attempts = sqlite3_column_int(q, 7),
            .last_error = (const char *)sqlite3_column_text(q, 8),
        };
        snprintf(row.incident, sizeof row.incident, "%s", (const char *)sqlite3_column_text(q, 1));
        if (!each(context, &row, (const char *)sqlite3_column_text(q, 9))) {
            code = SQLITE_DONE;
            break;
        }
    }
    int failed = code == SQLITE_DONE ? 0 : db_error(s->db, code, "reading the outbox", err);
    db_reset(q);
    return failed;
}

int store_outbox_again(struct store *s, int64_t id, int64_t now_ms, struct error *err)
{
    return db_change_one(s, SQL_OUTBOX_AGAIN, id, now_ms, "queueing a message again", "no such message waits or was given up, or a newer one of its incident has gone out", err);
}

int store_outbox_drop(struct store *s, int64_t id, int64_t now_ms, struct error *err)
{
    return db_change_one(s, SQL_OUTBOX_DROP, id, now_ms, "dropping a message", "no such message waits or was given up", err);
}
