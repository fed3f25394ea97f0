/*
 * The outbox: one lane per (incident, destination). What is due is the newest unsent row of a lane, said as "open" while the lane's "open" is unsent, and an
 * update as "repeat" while a reminder is, or while one before it may have come: tried in vain, given up, or there when we began; when it is sent or given up, the older ones of the lane are superseded. A row that comes while another one is under way is
 * newer and stays.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/db.h"

int outbox_add(struct store *s, const struct outbox_row *row, int64_t finding_id, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_ADD, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, row->incident);
    db_bind_text(q, 2, row->destination);
    db_bind_text(q, 3, row->kind);
    sqlite3_bind_int64(q, 4, row->revision);
    sqlite3_bind_int64(q, 5, strcmp(row->kind, "repeat") == 0 ? row->created_ms : 0);
    sqlite3_bind_int64(q, 6, row->created_ms);
    sqlite3_bind_int64(q, 7, row->next_ms);
    sqlite3_bind_int64(q, 8, row->attempts);
    sqlite3_bind_int64(q, 9, finding_id);
    return db_step_done(s, q, "adding to the outbox", err);
}

static const char *column_copy(sqlite3_stmt *q, int at, struct arena *a)
{
    const char *text = (const char *)sqlite3_column_text(q, at);
    return text ? arena_strdup(a, text) : NULL;
}

static void read_row(sqlite3_stmt *q, struct arena *a, struct outbox_row *row)
{
    *row = (struct outbox_row){.id = sqlite3_column_int64(q, 0), .destination = column_copy(q, 2, a)};
    snprintf(row->incident, sizeof row->incident, "%s", (const char *)sqlite3_column_text(q, 1));
    int unsent = sqlite3_column_int(q, 10); /* 2 = the lane's open, 1 = a reminder */
    bool doubt = sqlite3_column_int(q, 11);
    row->kind = column_copy(q, 3, a);
    if (unsent == 2)
        row->kind = "open";
    else if ((unsent == 1 || doubt) && strcmp(row->kind, "update") == 0)
        row->kind = "repeat"; /* else an update that is no news would take it away, or leave what nobody knows to have come as the last word */
    row->revision = (uint32_t)sqlite3_column_int64(q, 4);
    row->created_ms = sqlite3_column_int64(q, 5);
    row->next_ms = sqlite3_column_int64(q, 6);
    row->attempts = sqlite3_column_int(q, 7);
    row->finding = column_copy(q, 8, a);
    row->last_error = column_copy(q, 9, a);
}

int store_outbox_due(struct store *s, int64_t now_ms, size_t limit, struct arena *a, struct outbox_row **ret, size_t *ret_len, struct error *err)
{
    return store_outbox_due_to(s, NULL, now_ms, limit, a, ret, ret_len, err);
}

int store_outbox_due_to(struct store *s, const char *destination, int64_t now_ms, size_t limit, struct arena *a,
                        struct outbox_row **ret, size_t *ret_len, struct error *err)
{
    *ret = NULL;
    *ret_len = 0;
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_DUE, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, now_ms);
    sqlite3_bind_int64(q, 2, (int64_t)limit);
    db_bind_text(q, 3, destination);
    sqlite3_bind_int64(q, 4, s->found_id);
    struct outbox_row *rows = arena_array(a, limit, sizeof *rows);
    size_t len = 0;
    int code = SQLITE_DONE;
    while (len < limit && (code = sqlite3_step(q)) == SQLITE_ROW)
        read_row(q, a, &rows[len++]);
    int failed = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : db_error(s->db, code, "reading the outbox", err);
    db_reset(q);
    *ret = rows;
    *ret_len = failed ? 0 : len;
    return failed;
}

int64_t store_outbox_next_ms(struct store *s)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_NEXT, NULL);
    int64_t next = INT64_MAX;
    if (q && sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) == SQLITE_INTEGER)
        next = sqlite3_column_int64(q, 0);
    if (q)
        db_reset(q);
    return next;
}

/* Runs `first` (?1 = id, ?2 = time) and `then` as one transaction; `then` is bound already. */
static int run_pair(struct store *s, enum statement first, int64_t id, int64_t time_ms, sqlite3_stmt *then, struct error *err)
{
    struct error why = {0};
    sqlite3_stmt *q = db_statement(s, first, &why);
    int failed = q ? db_run(s, SQL_BEGIN, "starting a transaction", &why) : why.code;
    if (!failed) {
        sqlite3_bind_int64(q, 1, id);
        sqlite3_bind_int64(q, 2, time_ms);
        failed = db_step_done(s, q, "marking older rows of the outbox", &why);
    }
    if (!failed)
        failed = db_step_done(s, then, "marking a row of the outbox", &why);
    else
        db_reset(then);
    if (!failed)
        failed = db_run(s, SQL_COMMIT, "committing", &why);
    if (failed && !sqlite3_get_autocommit(s->db))
        db_run(s, SQL_ROLLBACK, "rolling back", NULL);
    if (failed && err)
        *err = why;
    return failed;
}

static int finish(struct store *s, int64_t id, int64_t now_ms, const char *status, const char *why, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_DONE, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, now_ms);
    db_bind_text(q, 3, status);
    db_bind_text(q, 4, why);
    return run_pair(s, SQL_OUTBOX_OLDER, id, now_ms, q, err);
}

int store_outbox_sent(struct store *s, int64_t id, int64_t now_ms, struct error *err)
{
    return finish(s, id, now_ms, "sent", NULL, err);
}

int store_outbox_dead(struct store *s, int64_t id, int64_t now_ms, const char *why, struct error *err)
{
    return finish(s, id, now_ms, "dead", why, err);
}

/* The older rows of the lane wait as long, else they would be what is next. */
int store_outbox_retry(struct store *s, int64_t id, int64_t next_ms, const char *why, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_RETRY, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, next_ms);
    db_bind_text(q, 3, why);
    return run_pair(s, SQL_OUTBOX_LANE, id, next_ms, q, err);
}

int store_outbox_defer(struct store *s, const char *destination, int64_t next_ms, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_DEFER, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, destination);
    sqlite3_bind_int64(q, 2, next_ms);
    return db_step_done(s, q, "letting a destination wait", err);
}

int64_t store_outbox_critical_ms(struct store *s, int64_t before_ms, struct arena *a, const char **ret_destination)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_CRITICAL, NULL);
    int64_t since_ms = 0;
    if (!q)
        return 0;
    sqlite3_bind_int64(q, 1, before_ms);
    if (sqlite3_step(q) == SQLITE_ROW) {
        since_ms = sqlite3_column_int64(q, 0);
        *ret_destination = column_copy(q, 1, a);
    }
    db_reset(q);
    return since_ms;
}

bool store_outbox_last(struct store *s, const char *incident, struct arena *a, const char **ret_kind, const char **ret_destination)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_LAST, NULL);
    if (!q)
        return false;
    db_bind_text(q, 1, incident);
    bool found = sqlite3_step(q) == SQLITE_ROW;
    if (found) {
        *ret_kind = column_copy(q, 0, a);
        *ret_destination = column_copy(q, 1, a);
    }
    db_reset(q);
    return found;
}

size_t store_outbox_dead_count(struct store *s)
{
    sqlite3_stmt *q = db_statement(s, SQL_OUTBOX_DEAD, NULL);
    size_t count = q && sqlite3_step(q) == SQLITE_ROW ? (size_t)sqlite3_column_int64(q, 0) : 0;
    if (q)
        db_reset(q);
    return count;
}

char *store_message_ref(struct store *s, const char *incident, const char *destination)
{
    sqlite3_stmt *q = db_statement(s, SQL_MESSAGE_GET, NULL);
    if (!q)
        return NULL;
    db_bind_text(q, 1, incident);
    db_bind_text(q, 2, destination);
    char *ref = sqlite3_step(q) == SQLITE_ROW ? xstrdup((const char *)sqlite3_column_text(q, 0)) : NULL;
    db_reset(q);
    return ref;
}

int store_set_message_ref(struct store *s, const char *incident, const char *destination, const char *json, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_MESSAGE_SET, err);
    if (!q)
        return err ? err->code : ERR_IO;
    db_bind_text(q, 1, incident);
    db_bind_text(q, 2, destination);
    db_bind_text(q, 3, json);
    sqlite3_bind_int64(q, 4, clock_now_ms(&clock_system)); /* only tells when it may be pruned */
    return db_step_done(s, q, "keeping a message's reference", err);
}
