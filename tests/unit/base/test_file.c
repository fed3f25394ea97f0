#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

static char folder[] = "/tmp/nightbell-test-XXXXXX";

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* A file of the test's folder; the caller frees the path and unlinks it. */
static char *written(const char *data, size_t len, mode_t mode)
{
    char *path = xasprintf("%s/file", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void file_read__any_bytes__whole(void **state)
{
    (void)state;
    AUTO(heap) char *path = written("a\0b\n", 4, 0644);
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(file_read(path, 4, &data, &len, NULL), 0);
    assert_int_equal(len, 4);
    assert_memory_equal(data, "a\0b\n", 5);
    free(data);
    unlink(path);
}

static void file_read__empty__empty_text(void **state)
{
    (void)state;
    AUTO(heap) char *path = written("", 0, 0644);
    char *data = NULL;
    size_t len = 9;
    assert_int_equal(file_read(path, 0, &data, &len, NULL), 0);
    assert_int_equal(len, 0);
    assert_string_equal(data, "");
    free(data);
    unlink(path);
}

static void file_read__size_not_told__read_to_the_end(void **state)
{
    (void)state;
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(file_read("/proc/self/status", 1 << 20, &data, &len, NULL), 0);
    assert_true(len > 100);
    assert_non_null(strstr(data, "Threads:"));
    free(data);
    assert_int_equal(file_read("/proc/self/status", 50, &data, &len, NULL), ERR_LIMIT);
}

static void file_read__fails__code_and_path(void **state)
{
    (void)state;
    AUTO(heap) char *big = written("12345", 5, 0644);
    AUTO(heap) char *fifo = xasprintf("%s/fifo", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const struct {
        const char *path;
        int code;
        const char *says;
    } cases[] = {
        {"/nonexistent/file", ERR_NOT_FOUND, "No such file"},
        {folder, ERR_INVALID, "is a directory"},
        {fifo, ERR_INVALID, "not a regular file"},
        {"/dev/null", ERR_INVALID, "not a regular file"},
        {big, ERR_LIMIT, "larger than 4 bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        char *data;
        size_t len;
        assert_int_equal(file_read(cases[i].path, 4, &data, &len, &err), cases[i].code);
        assert_non_null(strstr(err.text, cases[i].path));
        assert_non_null(strstr(err.text, cases[i].says));
    }
    unlink(big);
    unlink(fifo);
}

static void secret_read__newline_at_the_end__cut(void **state)
{
    (void)state;
    static const struct {
        const char *data, *secret;
    } cases[] = {{"s3cret\n", "s3cret"}, {"s3cret", "s3cret"}, {"s3cret\r\n", "s3cret"}, {" a b \n", " a b "}, {"a\n\n", "a\n"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(heap) char *path = written(cases[i].data, strlen(cases[i].data), 0640);
        char *secret = NULL;
        assert_int_equal(secret_read(path, &secret, NULL), 0);
        assert_string_equal(secret, cases[i].secret);
        secret_free(secret);
        unlink(path);
    }
    secret_free(NULL);
}

static void secret_read__others_may_read__refused_without_telling_it(void **state)
{
    (void)state;
    static const mode_t modes[] = {0644, 0604, 0602, 0601, 0777};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        AUTO(heap) char *path = written("s3cret\n", 7, modes[i]);
        struct error err = {0};
        char *secret = NULL;
        assert_int_equal(secret_read(path, &secret, &err), ERR_PERMISSION);
        assert_null(secret);
        assert_non_null(strstr(err.text, path));
        assert_null(strstr(err.text, "s3cret"));
        unlink(path);
    }
}

static void secret_read__empty_or_binary__refused(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
    } cases[] = {{"", 0}, {"\n", 1}, {"a\0b", 3}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(heap) char *path = written(cases[i].data, cases[i].len, 0600);
        char *secret = NULL;
        assert_int_equal(secret_read(path, &secret, NULL), ERR_INVALID);
        assert_null(secret);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_read__any_bytes__whole),
        cmocka_unit_test(file_read__empty__empty_text),
        cmocka_unit_test(file_read__size_not_told__read_to_the_end),
        cmocka_unit_test(file_read__fails__code_and_path),
        cmocka_unit_test(secret_read__newline_at_the_end__cut),
        cmocka_unit_test(secret_read__others_may_read__refused_without_telling_it),
        cmocka_unit_test(secret_read__empty_or_binary__refused),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
