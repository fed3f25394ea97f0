/* Opening the file, and running statements on it. */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#define BUSY_WAIT_MS 2000 /* less than a tick: the engine must not stand still behind a reader */

static const char *const sql_texts[STATEMENT_COUNT] = {
#define X(id, sql) [id] = sql,
    STATEMENTS(X)
#undef X
};

static const struct {
    int sqlite, code;
} meanings[] = {
    {SQLITE_FULL, ERR_FULL},          {SQLITE_BUSY, ERR_BUSY},          {SQLITE_LOCKED, ERR_BUSY},       {SQLITE_CORRUPT, ERR_CORRUPT},
    {SQLITE_NOTADB, ERR_CORRUPT},     {SQLITE_PERM, ERR_PERMISSION},    {SQLITE_READONLY, ERR_PERMISSION}, {SQLITE_AUTH, ERR_PERMISSION},
    {SQLITE_CONSTRAINT, ERR_INVALID}, {SQLITE_MISMATCH, ERR_INVALID},   {SQLITE_TOOBIG, ERR_LIMIT},
};

static int meaning_of(sqlite3 *db, int code)
{
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        if (meanings[i].sqlite == (code & 0xff))
            return meanings[i].code;
    int os = db ? sqlite3_system_errno(db) : 0;
    if (os == ENOSPC || os == EDQUOT)
        return ERR_FULL;
    if (os == EACCES || os == EPERM || os == EROFS)
        return ERR_PERMISSION;
    return ERR_IO;
}

int db_error(sqlite3 *db, int code, const char *doing, struct error *err)
{
    return error_set(err, meaning_of(db, code), "%s: %s", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

sqlite3_stmt *db_statement(struct store *s, enum statement which, struct error *err)
{
    if (s->statements[which])
        return s->statements[which];
    int code = sqlite3_prepare_v3(s->db, sql_texts[which], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[which], NULL);
    if (code != SQLITE_OK)
        db_error(s->db, code, "preparing a statement", err);
    return s->statements[which];
}

void db_reset(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

int db_step_done(struct store *s, sqlite3_stmt *statement, const char *doing, struct error *err)
{
    int code;
    do {
        code = sqlite3_step(statement);
    } while (code == SQLITE_ROW);
    int ret = code == SQLITE_DONE ? 0 : db_error(s->db, code, doing, err);
    db_reset(statement);
    return ret;
}

int db_run(struct store *s, enum statement which, const char *doing, struct error *err)
{
    sqlite3_stmt *statement = db_statement(s, which, err);
    return statement ? db_step_done(s, statement, doing, err) : meaning_of(s->db, sqlite3_errcode(s->db));
}

void db_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    if (text)
        sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, at);
}

int db_change_one(struct store *s, enum statement which, int64_t id, int64_t now_ms, const char *doing, const char *why_not, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, which, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, now_ms);
    int failed = db_step_done(s, q, doing, err);
    if (!failed && sqlite3_changes(s->db) == 0)
        return error_set(err, ERR_NOT_FOUND, "%s", why_not);
    return failed;
}

static bool is_memory(const char *path)
{
    return strcmp(path, ":memory:") == 0;
}

static int system_error(const char *path, const char *doing, struct error *err)
{
    int code = errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : errno == ENOSPC ? ERR_FULL : ERR_IO;
    return error_set(err, code, "%s: %s: %m", path, doing);
}

/* The lock file stays when we end: removing it would let two daemons hold locks on two files of one name. */
static int take_lock(struct store *s, struct error *err)
{
    AUTO(heap) char *path = xasprintf("%s.lock", s->path);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0)
        return system_error(path, errno == ENOENT ? "cannot open, its folder must exist (the configuration's `state` says where)" : "cannot open", err);
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return error_set(err, ERR_BUSY, "%s is in use by another nightbell", s->path);
    return system_error(path, "cannot lock", err);
}

/* Makes the file with our mode before SQLite would with the umask's; its WAL takes the same mode. */
static int claim_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return system_error(path, "cannot open", err);
    struct stat st;
    int failed = fstat(fd, &st);
    close(fd); /* before SQLite locks the file: closing it later would drop those locks */
    if (failed)
        return system_error(path, "cannot stat", err);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_IO, "%s is not a regular file", path);
    if (st.st_mode & S_IWOTH)
        return error_set(err, ERR_PERMISSION, "%s may be written by anybody (mode %03o); chmod o-w it", path, (unsigned)(st.st_mode & 0777));
    return 0;
}

static int first_text(sqlite3 *db, const char *sql, char *ret, size_t size)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    const unsigned char *text = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
    snprintf(ret, size, "%s", text ? (const char *)text : "");
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

int db_number(sqlite3 *db, const char *sql, int64_t *ret, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? 0 : db_error(db, code, "reading the state file", err);
}

static int harden(struct store *s, struct error *err)
{
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    static const char settings[] = "PRAGMA page_size=8192; PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON; PRAGMA auto_vacuum=INCREMENTAL;"
                                   "PRAGMA temp_store=MEMORY";
    int code = sqlite3_exec(s->db, settings, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : db_error(s->db, code, s->path, err);
}

static int choose_journal(struct store *s, struct error *err)
{
    char mode[16];
    int code = first_text(s->db, "PRAGMA journal_mode=WAL", mode, sizeof mode);
    if (code != SQLITE_OK)
        return db_error(s->db, code, s->path, err);
    if (strcmp(mode, "wal") != 0 && !is_memory(s->path))
        return error_set(err, ERR_IO, "%s: this file system cannot hold a write-ahead log (journal mode is %s); use a local disk", s->path, mode);
    code = sqlite3_exec(s->db, "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-32000", NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : db_error(s->db, code, s->path, err);
}

static int quick_check(struct store *s, struct error *err)
{
    char answer[256];
    int code = first_text(s->db, "PRAGMA quick_check(1)", answer, sizeof answer);
    if (code != SQLITE_OK)
        return db_error(s->db, code, s->path, err);
    return strcmp(answer, "ok") == 0 ? 0 : error_set(err, ERR_CORRUPT, "%s: %s", s->path, answer);
}

static void close_db(struct store *s)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(s->statements[i]);
    memset(s->statements, 0, sizeof s->statements);
    sqlite3_close(s->db);
    s->db = NULL;
}

static int open_db(struct store *s, struct error *err)
{
    int failed = is_memory(s->path) ? 0 : claim_file(s->path, err);
    if (failed)
        return failed;
    int code = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return db_error(s->db, code, s->path, err);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_WAIT_MS); /* the first look already may meet another's lock */
    int (*const sequence[])(struct store *, struct error *) = {harden, choose_journal, quick_check};
    failed = schema_check(s->db, s->path, err); /* first of all: nothing is changed in a file that is not ours */
    for (size_t i = 0; !failed && i < ARRAY_LEN(sequence); i++)
        failed = sequence[i](s, err);
    if (!failed)
        failed = schema_migrate(s->db, err);
    return failed ? failed : db_number(s->db, "SELECT ifnull(max(id), 0) FROM outbox", &s->found_id, err);
}

/* A corrupt file goes aside with its log, to be looked at by people; never deleted. */
static int put_aside(struct store *s, struct store_note *note, const struct error *why, struct error *err)
{
    AUTO(strbuf) struct strbuf aside = STRBUF_INIT(4096);
    strbuf_addf(&aside, "%s.corrupt-%" PRId64, s->path, clock_now_ms(&clock_system) / 1000);
    if (access(aside.buf, F_OK) == 0)
        strbuf_addf(&aside, "-%d", (int)getpid());
    if (rename(s->path, aside.buf) != 0)
        return system_error(s->path, "corrupt and cannot be put aside", err);
    static const char *const logs[] = {"-wal", "-shm"};
    for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
        AUTO(heap) char *from = xasprintf("%s%s", s->path, logs[i]);
        AUTO(heap) char *to = xasprintf("%s%s", aside.buf, logs[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return system_error(from, "cannot be put aside", err);
    }
    snprintf(note->text, sizeof note->text, "the state file was corrupt (%.200s); it is kept as %.200s and an empty one was started", why->text,
             aside.buf);
    return 0;
}

int store_open(const char *path, bool exclusive, struct store **ret, struct store_note *ret_note, struct error *err)
{
    struct store_note note = {""};
    struct error why = {0};
    struct store *s = xcalloc(1, sizeof *s);
    s->path = xstrdup(path);
    s->lock_fd = -1;
    *ret = NULL;

    int failed = exclusive && !is_memory(path) ? take_lock(s, &why) : 0;
    if (!failed)
        failed = open_db(s, &why);
    if (failed == ERR_CORRUPT && !is_memory(path) && exclusive) { /* who only reads leaves this to the daemon */
        close_db(s);
        struct error corrupt = why;
        failed = put_aside(s, &note, &corrupt, &why);
        if (!failed)
            failed = open_db(s, &why);
    }
    if (ret_note)
        *ret_note = note;
    if (!failed) {
        *ret = s;
        return 0;
    }
    store_close(s);
    if (err)
        *err = why;
    return failed;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    close_db(s);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    free(s->path);
    free(s);
}
