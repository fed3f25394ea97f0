/* What an operator does with the file by hand: is it sound, a copy of it; while somebody writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "store/db.h"

struct place_of_test {
    char folder[32];
    char *file, *copy;
    struct store *store; /* a daemon's: open all the while */
};

static int set_up(void **state)
{
    struct place_of_test *p = xcalloc(1, sizeof(*p));
    snprintf(p->folder, sizeof(p->folder), "/tmp/nb-care-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->file = xasprintf("%s/state.db", p->folder);
    p->copy = xasprintf("%s/copy.db", p->folder);
    assert_int_equal(store_open(p->file, true, &p->store, NULL, NULL), 0);
    *state = p;
    return 0;
}

static int take_away(void **state)
{
    struct place_of_test *p = *state;
    static const char *const ends[] = {"state.db", "state.db-wal", "state.db-shm", "state.db.lock", "copy.db", "copy.db.new"};
    store_close(p->store);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        AUTO(heap) char *path = xasprintf("%s/%s", p->folder, ends[i]);
        unlink(path);
    }
    rmdir(p->folder);
    free(p->file);
    free(p->copy);
    free(p);
    return 0;
}

static void commit(struct store *s, int64_t slot_ms)
{
    struct state_row row = {.symptom = "late", .cluster = "prod", .incident = "1", .severity = SEVERITY_WARNING};
    struct commit c = {.slot_ms = slot_ms, .states = &row, .states_len = 1};
    assert_int_equal(store_commit(s, &c, NULL), 0);
}

static void count(void *context, const char *what)
{
    assert_true(*what);
    ++*(size_t *)context;
}

static int examine(const char *path, struct store_figures *figures, size_t *ret_problems, struct error *err)
{
    *ret_problems = 0;
    return store_examine(path, count, ret_problems, figures, err);
}

static void examine__while_a_daemon_has_it__its_figures(void **state)
{
    struct place_of_test *p = *state;
    struct store_figures f;
    size_t problems;
    commit(p->store, 5000);
    assert_int_equal(examine(p->file, &f, &problems, NULL), 0);
    assert_int_equal(problems, 0);
    assert_int_equal(f.last_slot_ms, 5000);
    assert_int_equal(f.states, 1);
    assert_int_equal(f.waiting + f.given_up + f.findings, 0);
    assert_true(f.version > 0);
}

static void examine__message_without_its_finding__said(void **state)
{
    struct place_of_test *p = *state;
    struct store_figures f;
    struct error err = {0};
    size_t problems;
    assert_int_equal(sqlite3_exec(p->store->db,
                                  "INSERT INTO outbox(incident, destination, kind, revision, repeat_ms, created_ms, next_ms, attempts, finding_id) "
                                  "VALUES('1', 'oncall', 'open', 1, 0, 1, 1, 0, 99)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(examine(p->file, &f, &problems, &err), ERR_CORRUPT);
    assert_int_equal(problems, 1);
    assert_non_null(strstr(err.text, "state.db is damaged"));
}

static void copy__while_a_commit_is_under_way__what_was_committed(void **state)
{
    struct place_of_test *p = *state;
    struct store_figures f;
    size_t problems;
    commit(p->store, 5000);
    struct commit more = {.slot_ms = 9000};
    assert_int_equal(store_begin(p->store, NULL), 0);
    assert_int_equal(store_add(p->store, &more, NULL), 0);
    assert_int_equal(store_copy(p->file, p->copy, NULL), 0);
    assert_int_equal(store_end(p->store, true, NULL), 0);
    assert_int_equal(examine(p->copy, &f, &problems, NULL), 0);
    assert_int_equal(f.last_slot_ms, 5000);
    struct stat st;
    assert_int_equal(stat(p->copy, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(store_copy(p->file, p->copy, NULL), 0); /* over an older one */
    assert_int_equal(examine(p->copy, &f, &problems, NULL), 0);
    assert_int_equal(f.last_slot_ms, 9000);
    struct store *again; /* and it is a state file */
    assert_int_equal(store_open(p->copy, false, &again, NULL, NULL), 0);
    assert_int_equal(store_last_slot_ms(again), 9000);
    store_close(again);
}

static void damage(const char *path)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 8192 * 2, SEEK_SET), 0);
    for (int i = 0; i < 400; i++)
        fputc(0xa5, file);
    fclose(file);
}

static void copy__damaged_file__refused_and_the_old_copy_stays(void **state)
{
    struct place_of_test *p = *state;
    struct store_figures f;
    struct error err = {0};
    size_t problems;
    commit(p->store, 5000);
    assert_int_equal(store_copy(p->file, p->copy, NULL), 0);
    store_close(p->store);
    p->store = NULL;
    damage(p->file);
    assert_int_equal(examine(p->file, &f, &problems, &err), ERR_CORRUPT);
    assert_true(problems > 0);
    assert_int_equal(store_copy(p->file, p->copy, &err), ERR_CORRUPT);
    assert_int_equal(examine(p->copy, &f, &problems, NULL), 0);
    assert_int_equal(f.last_slot_ms, 5000);
    AUTO(heap) char *half = xasprintf("%s.new", p->copy);
    assert_int_not_equal(access(half, F_OK), 0);
}

static void care__what_is_no_state_file__refused(void **state)
{
    struct place_of_test *p = *state;
    struct store_figures f;
    struct error err = {0};
    size_t problems;
    sqlite3 *db;
    assert_int_equal(store_copy(p->file, p->file, &err), ERR_INVALID);
    assert_int_equal(sqlite3_open(p->copy, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE theirs(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(examine(p->copy, &f, &problems, &err), ERR_INVALID);
    assert_int_equal(store_copy(p->copy, p->folder, &err), ERR_INVALID);
    assert_true(examine(p->folder, &f, &problems, &err) < 0);
    unlink(p->copy);
    assert_true(examine(p->copy, &f, &problems, &err) < 0);
    assert_int_not_equal(access(p->copy, F_OK), 0); /* looking makes none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(examine__while_a_daemon_has_it__its_figures, set_up, take_away),
        cmocka_unit_test_setup_teardown(examine__message_without_its_finding__said, set_up, take_away),
        cmocka_unit_test_setup_teardown(copy__while_a_commit_is_under_way__what_was_committed, set_up, take_away),
        cmocka_unit_test_setup_teardown(copy__damaged_file__refused_and_the_old_copy_stays, set_up, take_away),
        cmocka_unit_test_setup_teardown(care__what_is_no_state_file__refused, set_up, take_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
