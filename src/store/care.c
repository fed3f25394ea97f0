/* What an operator does with the file by hand while the daemon may be running: looking whether it is sound, and copying it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/db.h"

#define BUSY_WAIT_MS 5000

static int open_to_read(const char *path, sqlite3 **ret, struct error *err)
{
    int code = sqlite3_open_v2(path, ret, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return db_error(*ret, code, path, err);
    sqlite3_extended_result_codes(*ret, 1);
    sqlite3_busy_timeout(*ret, BUSY_WAIT_MS);
    sqlite3_db_config(*ret, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    int failed = schema_check(*ret, path, err);
    return failed == ERR_CORRUPT ? error_prefix(err, "%s", path) : failed;
}

/* The first column of each row is something wrong, but "ok". */
static int ask(sqlite3 *db, const char *sql, void (*each)(void *context, const char *what), void *context, size_t *count, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        const unsigned char *text = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
        if (!text || strcmp((const char *)text, "ok") == 0)
            continue;
        each(context, (const char *)text);
        ++*count;
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? 0 : db_error(db, code, "looking at the state file", err);
}

static int take_figures(sqlite3 *db, struct store_figures *ret, struct error *err)
{
    const struct {
        const char *sql;
        int64_t *to;
    } figures[] = {
        {"PRAGMA user_version", &ret->version},
        {"SELECT ifnull(max(value), 0) FROM meta WHERE name = 'last_slot_ms'", &ret->last_slot_ms},
        {"SELECT count(*) FROM state", &ret->states},
        {"SELECT count(*) FROM finding WHERE listed = 1", &ret->findings},
        {"SELECT count(*) FROM outbox WHERE done_ms IS NULL", &ret->waiting},
        {"SELECT count(*) FROM outbox WHERE status = 'dead'", &ret->given_up},
    };
    int failed = 0;
    for (size_t i = 0; !failed && i < ARRAY_LEN(figures); i++)
        failed = db_number(db, figures[i].sql, figures[i].to, err);
    return failed;
}

int store_examine(const char *path, void (*each)(void *context, const char *what), void *context, struct store_figures *ret, struct error *err)
{
    static const char *const questions[] = {
        "PRAGMA integrity_check(20)",
        "SELECT 'a row of ' || \"table\" || ' speaks of a row of ' || parent || ' that is not there' FROM pragma_foreign_key_check LIMIT 20",
        "SELECT 'message ' || id || ' has no finding' FROM outbox WHERE done_ms IS NULL AND finding_id NOT IN (SELECT id FROM finding) LIMIT 20",
        "SELECT 'the finding of ' || time_ms || ' is no JSON' FROM finding WHERE NOT json_valid(json) LIMIT 20",
    };
    sqlite3 *db = NULL;
    size_t problems = 0;
    *ret = (struct store_figures){0};
    int failed = open_to_read(path, &db, err);
    for (size_t i = 0; !failed && !problems && i < ARRAY_LEN(questions); i++) /* of a broken file rows need not be asked */
        failed = ask(db, questions[i], each, context, &problems, err);
    if (!failed && !problems)
        failed = take_figures(db, ret, err);
    sqlite3_close(db);
    if (failed)
        return failed;
    return problems ? error_set(err, ERR_CORRUPT, "%s is damaged", path) : 0;
}

static void ignore(void *context, const char *what)
{
    (void)context, (void)what;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* All pages at once, so that no commit comes in between; without the log that a copy has no use for. */
static int copy_pages(sqlite3 *from, const char *to, struct error *err)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_backup *backup = code == SQLITE_OK ? sqlite3_backup_init(db, "main", from, "main") : NULL;
    if (backup) {
        sqlite3_backup_step(backup, -1);
        code = sqlite3_backup_finish(backup);
    }
    if (code == SQLITE_OK && backup)
        code = sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    size_t problems = 0;
    int failed = code == SQLITE_OK && backup ? 0 : db_error(db, sqlite3_errcode(db), to, err);
    if (!failed)
        failed = ask(db, "PRAGMA quick_check(1)", ignore, NULL, &problems, err);
    sqlite3_close(db);
    return problems ? error_set(err, ERR_CORRUPT, "the state file is damaged: nightbell db check says where") : failed;
}

static int cannot(const char *path, struct error *err)
{
    return error_set(err, errno == ENOSPC ? ERR_FULL : errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO, "%s: %s", path, strerror(errno));
}

int store_copy(const char *path, const char *to, struct error *err)
{
    AUTO(heap) char *fresh = xasprintf("%s.new", to);
    sqlite3 *db = NULL;
    if (is_same_file(path, to))
        return error_set(err, ERR_INVALID, "%s is the state file itself", to);
    int failed = open_to_read(path, &db, err);
    if (!failed) {
        unlink(fresh); /* of a copy that was cut off */
        int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* before SQLite makes it as the umask says */
        failed = fd < 0 ? cannot(fresh, err) : 0;
        if (fd >= 0)
            close(fd);
    }
    if (!failed)
        failed = copy_pages(db, fresh, err);
    sqlite3_close(db);
    if (!failed && rename(fresh, to) != 0)
        failed = cannot(to, err);
    if (failed)
        unlink(fresh);
    return failed;
}
