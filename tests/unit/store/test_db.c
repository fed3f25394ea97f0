/* Opening: whose file it is, who may, what is broken; and a disk that is full. */
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "store/db.h"

static char *temporary(void)
{
    char pattern[] = "/tmp/nb-store-XXXXXX";
    assert_non_null(mkdtemp(pattern));
    return xasprintf("%s/state.db", pattern);
}

static void put_file(const char *path, const char *data, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

static void sql(const char *path, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int open_code(const char *path, struct error *err)
{
    struct store *s;
    int code = store_open(path, true, &s, NULL, err);
    if (code == 0)
        store_close(s);
    else
        assert_null(s);
    return code;
}

static void open__new_file__mode_and_identity(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    struct store *s;
    struct store_note note;
    mode_t before = umask(0);
    assert_int_equal(store_open(path, true, &s, &note, NULL), 0);
    assert_string_equal(note.text, "");
    store_close(s);
    umask(before);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(open_code(path, NULL), 0);
}

static void open__foreign_databases__refused_and_unchanged(void **state)
{
    (void)state;
    static const char *const cases[] = {"PRAGMA application_id=77", "CREATE TABLE theirs(x)", "CREATE TABLE theirs(x); PRAGMA user_version=1"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(heap) char *path = temporary();
        struct error err = {0};
        sql(path, cases[i]);
        assert_int_equal(open_code(path, &err), ERR_INVALID);
        assert_non_null(strstr(err.text, "another program"));
        sql(path, "CREATE TABLE still_there(x)");
    }
}

static void open__newer_version__refused(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    struct error err = {0};
    assert_int_equal(open_code(path, NULL), 0);
    sql(path, "PRAGMA user_version=999");
    assert_int_equal(open_code(path, &err), ERR_VERSION);
    assert_non_null(strstr(err.text, "999"));
}

static void open__writable_by_anybody__refused(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    struct error err = {0};
    assert_int_equal(open_code(path, NULL), 0);
    chmod(path, 0666);
    assert_int_equal(open_code(path, &err), ERR_PERMISSION);
}

static void open__somebody_elses_folder__permission(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    assert_int_equal(open_code(path, NULL), 0);
    pid_t other = fork();
    if (other == 0) {
        if (geteuid() == 0 && seteuid(65534) != 0)
            _exit(1);
        AUTO(heap) char *locked = xasprintf("%s", geteuid() == 65534 ? path : "/proc/1/state.db");
        struct store *s;
        struct error err = {0};
        int code = store_open(locked, false, &s, NULL, &err);
        _exit(code == ERR_PERMISSION || (geteuid() != 65534 && code == ERR_IO) ? 42 : 1);
    }
    int status;
    waitpid(other, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void open__a_folder_or_no_folder__io(void **state)
{
    (void)state;
    assert_int_equal(open_code("/tmp", NULL), ERR_IO);
    assert_int_equal(open_code("/tmp/no-such-folder-here/state.db", NULL), ERR_IO);
}

/* As a reader does that comes while the daemon starts. */
static void open__locked_for_a_moment__waits(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t other = fork();
    if (other == 0) {
        sqlite3 *db;
        bool held = sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK && write(ready[1], "x", 1) == 1;
        usleep(200 * 1000);
        _exit(held && sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK ? 42 : 1);
    }
    struct error err = {0};
    int status;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(open_code(path, &err), 0);
    waitpid(other, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 42);
    close(ready[0]);
    close(ready[1]);
}

static void open__second_daemon__busy_until_the_first_ends(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    struct store *first, *reader;
    struct error err = {0};
    assert_int_equal(store_open(path, true, &first, NULL, NULL), 0);
    assert_int_equal(open_code(path, &err), ERR_BUSY);
    assert_int_equal(store_open(path, false, &reader, NULL, NULL), 0);
    store_close(reader);
    store_close(first);
    assert_int_equal(open_code(path, NULL), 0);
}

static size_t files_like(const char *path, const char *suffix)
{
    AUTO(heap) char *pattern = xasprintf("%s%s", path, suffix);
    glob_t found = {0};
    size_t len = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return len;
}

static void open__corrupt__put_aside_and_started_anew(void **state)
{
    (void)state;
    AUTO(heap) char *garbage = xmalloc(8192);
    memset(garbage, 'g', 8192);
    for (int way = 0; way < 2; way++) {
        AUTO(heap) char *path = temporary();
        struct store *s;
        struct store_note note;
        if (way == 0) {
            put_file(path, garbage, 8192);
        } else { /* a good header, then ruins */
            assert_int_equal(open_code(path, NULL), 0);
            int fd = open(path, O_WRONLY);
            for (off_t at = 4096; at < 60000; at += 8192)
                assert_int_equal(pwrite(fd, garbage, 8192, at), 8192);
            close(fd);
        }
        assert_int_equal(store_open(path, false, &s, NULL, NULL), ERR_CORRUPT); /* who only looks moves nothing */
        assert_int_equal(store_open(path, true, &s, &note, NULL), 0);
        assert_non_null(strstr(note.text, ".corrupt-"));
        assert_int_equal(files_like(path, ".corrupt-*"), 1);
        const struct commit c = {.slot_ms = 5};
        assert_int_equal(store_commit(s, &c, NULL), 0);
        store_close(s);
    }
}

static struct outbox_row big_row(const char *text, uint32_t revision)
{
    return (struct outbox_row){.incident = "a", .destination = "x", .kind = "update", .revision = revision, .finding = text};
}

static void commit__disk_full__said_and_goes_on_when_there_is_room(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    AUTO(heap) char *text = xcalloc(1, 200001);
    memset(text, 'x', 200000);
    struct store *s;
    struct error err = {0};
    assert_int_equal(store_open(path, true, &s, NULL, NULL), 0);
    assert_int_equal(sqlite3_exec(s->db, "PRAGMA max_page_count=25", NULL, NULL, NULL), SQLITE_OK);
    struct outbox_row row = big_row(text, 1);
    const struct commit c = {.slot_ms = 5, .outbox = &row, .outbox_len = 1};
    assert_int_equal(store_commit(s, &c, &err), ERR_FULL);
    assert_int_equal(err.code, ERR_FULL);
    assert_int_equal(store_last_slot_ms(s), 0);
    assert_int_equal(sqlite3_exec(s->db, "PRAGMA max_page_count=3000", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_commit(s, &c, &err), 0);
    assert_int_equal(store_last_slot_ms(s), 5);
    store_close(s);
}

static void commit__file_system_full__said_and_goes_on_when_there_is_room(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    AUTO(heap) char *folder = xstrndup(path, strlen(path) - strlen("/state.db"));
    AUTO(heap) char *mount = xasprintf("mount -t tmpfs -o size=400k none %s 2>/dev/null", folder);
    if (system(mount) != 0) {
        print_message("no right to mount a small file system here: skipped\n");
        skip();
    }
    AUTO(heap) char *text = xcalloc(1, 300001);
    memset(text, 'x', 300000);
    struct store *s;
    struct error err = {0};
    int opened = store_open(path, true, &s, NULL, NULL), full = 0, small = 0;
    if (opened == 0) {
        struct outbox_row row = big_row(text, 1), little = big_row("{}", 2);
        full = store_commit(s, &(struct commit){.slot_ms = 5, .outbox = &row, .outbox_len = 1}, &err);
        AUTO(heap) char *grow = xasprintf("mount -o remount,size=4m %s", folder);
        assert_int_equal(system(grow), 0);
        small = store_commit(s, &(struct commit){.slot_ms = 6, .outbox = &little, .outbox_len = 1}, NULL);
        store_close(s);
    }
    AUTO(heap) char *unmount = xasprintf("umount %s", folder);
    assert_int_equal(system(unmount), 0);
    assert_int_equal(opened, 0);
    assert_int_equal(full, ERR_FULL);
    assert_int_equal(small, 0);
}

static void commit__another_writer__busy_and_goes_on_after(void **state)
{
    (void)state;
    AUTO(heap) char *path = temporary();
    struct store *s;
    struct error err = {0};
    assert_int_equal(store_open(path, true, &s, NULL, NULL), 0);
    sqlite3_busy_timeout(s->db, 10);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_commit(s, &(struct commit){.slot_ms = 5}, &err), ERR_BUSY);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(store_commit(s, &(struct commit){.slot_ms = 5}, &err), 0);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open__new_file__mode_and_identity),
        cmocka_unit_test(open__foreign_databases__refused_and_unchanged),
        cmocka_unit_test(open__newer_version__refused),
        cmocka_unit_test(open__writable_by_anybody__refused),
        cmocka_unit_test(open__somebody_elses_folder__permission),
        cmocka_unit_test(open__a_folder_or_no_folder__io),
        cmocka_unit_test(open__locked_for_a_moment__waits),
        cmocka_unit_test(open__second_daemon__busy_until_the_first_ends),
        cmocka_unit_test(open__corrupt__put_aside_and_started_anew),
        cmocka_unit_test(commit__disk_full__said_and_goes_on_when_there_is_room),
        cmocka_unit_test(commit__file_system_full__said_and_goes_on_when_there_is_room),
        cmocka_unit_test(commit__another_writer__busy_and_goes_on_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
