#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* What `fmt` with `text` writes to stderr at `level`. */
static size_t logged(void (*log)(const char *fmt, ...), const char *text, char *ret, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    log("%s", text);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t got = read(ends[0], ret, size - 1);
    close(ends[0]);
    ret[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

static void log__level__decides(void **state)
{
    (void)state;
    char line[8192];
    static const struct {
        enum log_level set;
        void (*log)(const char *fmt, ...);
        const char *says; /* NULL: silent */
    } cases[] = {
        {LOG_LEVEL_INFO, log_info, "level=info msg=\"x\"\n"},   {LOG_LEVEL_INFO, log_debug, NULL},
        {LOG_LEVEL_DEBUG, log_debug, "level=debug msg=\"x\"\n"}, {LOG_LEVEL_ERROR, log_warn, NULL},
        {LOG_LEVEL_ERROR, log_error, "level=error msg=\"x\"\n"}, {LOG_LEVEL_WARN, log_warn, "level=warn msg=\"x\"\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        log_set_level(cases[i].set);
        size_t len = logged(cases[i].log, "x", line, sizeof(line));
        if (cases[i].says)
            assert_non_null(strstr(line, cases[i].says));
        else
            assert_int_equal(len, 0);
    }
}

static void log__text_from_outside__stays_one_line(void **state)
{
    (void)state;
    char line[8192];
    log_set_level(LOG_LEVEL_INFO);
    logged(log_info, "a\nlevel=error \"b\" \\ \x1b[0m", line, sizeof(line));
    assert_non_null(strstr(line, "msg=\"a\\nlevel=error \\\"b\\\" \\\\ \\x1b[0m\"\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_int_equal(strncmp(line, "ts=20", 5), 0);
}

static void log__endless_text__one_bounded_line(void **state)
{
    (void)state;
    char line[8192], text[6000];
    memset(text, '\n', sizeof(text)); /* each becomes two bytes */
    text[sizeof(text) - 1] = '\0';
    size_t len = logged(log_error, text, line, sizeof(line));
    assert_true(len > 1000 && len <= 4096);
    assert_memory_equal(line + len - 2, "\"\n", 2);
}

static void log_level_parse__names(void **state)
{
    (void)state;
    enum log_level level;
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_LEVEL_DEBUG);
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_LEVEL_ERROR);
    assert_false(log_level_parse("verbose", &level));
    assert_false(log_level_parse("", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log__level__decides),
        cmocka_unit_test(log__text_from_outside__stays_one_line),
        cmocka_unit_test(log__endless_text__one_bounded_line),
        cmocka_unit_test(log_level_parse__names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
