/* What people said of the causes that were named: kept beside the history, never forgotten by itself. */
#include <string.h>

#include "store/db.h"

#define X(id, name) [id] = name,
const char *const feedback_names[FEEDBACK_COUNT] = {FEEDBACKS(X)};
#undef X

int store_feedback_put(struct store *s, const struct feedback_row *row, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_FEEDBACK_PUT, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, row->incident);
    sqlite3_bind_int64(q, 2, row->time_ms);
    db_bind_text(q, 3, feedback_names[row->verdict]);
    db_bind_text(q, 4, row->cause);
    db_bind_text(q, 5, row->author);
    db_bind_text(q, 6, row->comment);
    db_bind_text(q, 7, row->finding);
    return db_step_done(s, q, "keeping what was said of a cause", err);
}

int store_feedback_drop(struct store *s, const char *incident, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_FEEDBACK_DROP, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, incident);
    int failed = db_step_done(s, q, "taking back what was said of a cause", err);
    if (!failed && sqlite3_changes(s->db) == 0)
        return error_set(err, ERR_NOT_FOUND, "nothing was said of that incident");
    return failed;
}

static bool read_row(sqlite3_stmt *q, struct feedback_row *ret)
{
    const char *verdict = (const char *)sqlite3_column_text(q, 2);
    *ret = (struct feedback_row){
        .incident = (const char *)sqlite3_column_text(q, 0),
        .time_ms = sqlite3_column_int64(q, 1),
        .verdict = FEEDBACK_COUNT,
        .cause = (const char *)sqlite3_column_text(q, 3),
        .author = (const char *)sqlite3_column_text(q, 4),
        .comment = (const char *)sqlite3_column_text(q, 5),
        .finding = (const char *)sqlite3_column_text(q, 6),
    };
    for (int i = 0; i < FEEDBACK_COUNT; i++)
        if (strcmp(feedback_names[i], verdict) == 0)
            ret->verdict = (enum feedback)i;
    return ret->verdict != FEEDBACK_COUNT;
}

int store_feedbacks(struct store *s, bool (*each)(void *context, const struct feedback_row *row), void *context, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_FEEDBACK_ALL, err);
    if (!q)
        return err ? err->code : ERR_IO;
    int code, failed = 0;
    bool more = true;
    while (!failed && more && (code = sqlite3_step(q)) == SQLITE_ROW) {
        struct feedback_row row;
        if (read_row(q, &row))
            more = each(context, &row);
        else
            failed = error_set(err, ERR_DATA, "the state file holds a word on incident %s that this version does not know", row.incident);
    }
    if (!failed && more && code != SQLITE_DONE)
        failed = db_error(s->db, code, "reading what was said of causes", err);
    db_reset(q);
    return failed;
}

int store_findings_of(struct store *s, const char *prefix, bool (*each)(void *context, const char *finding_json), void *context, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_FINDING_OF, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, prefix);
    int code;
    bool more = true;
    while (more && (code = sqlite3_step(q)) == SQLITE_ROW)
        more = each(context, (const char *)sqlite3_column_text(q, 0));
    int failed = !more || code == SQLITE_DONE ? 0 : db_error(s->db, code, "reading an incident's history", err);
    db_reset(q);
    return failed;
}
