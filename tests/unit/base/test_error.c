#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void error_set__filled_and_returned(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_set(&err, ERR_NET, "no answer from %s", "example.org"), ERR_NET);
    assert_int_equal(err.code, ERR_NET);
    assert_string_equal(err.text, "no answer from example.org");
    assert_int_equal(error_set(NULL, ERR_IO, "x"), ERR_IO);
}

static void error_set__text_from_outside__one_line_of_whole_characters(void **state)
{
    (void)state;
    struct error err = {0};
    error_set(&err, ERR_DATA, "two\nlines\x1b[31m");
    assert_string_equal(err.text, "two lines [31m");
    char text[601];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'a', sizeof(text));
        for (size_t i = shift; i + 3 < 600; i += 3)
            memcpy(text + i, "\xE2\x82\xAC", 3);
        text[600] = '\0';
        error_set(&err, ERR_DATA, "%s", text);
        size_t len = strlen(err.text);
        assert_true(len <= 511 && len >= 509);
        assert_int_equal((len - shift) % 3, 0);
    }
}

static void error_prefix__context_before_the_text(void **state)
{
    (void)state;
    struct error err = {0};
    error_set(&err, ERR_TIMEOUT, "no answer within 5 s");
    assert_int_equal(error_prefix(&err, "query %d", 3), ERR_TIMEOUT);
    assert_string_equal(err.text, "query 3: no answer within 5 s");
}

static void error_code_str__every_code__its_own_text(void **state)
{
    (void)state;
    assert_string_equal(error_code_str(0), "ok");
    assert_string_equal(error_code_str(ERR_SYNTAX), "syntax error");
    assert_string_equal(error_code_str(ERR_CANCELLED), "cancelled");
    assert_string_equal(error_code_str(-1000), "unknown error");
}

static void mistakes_print__sorted_with_places(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    char file[] = "b.yaml";
    mistake_add(&m, (struct place){file, 10, 2}, "third");
    mistake_warn(&m, (struct place){file, 9, 12}, "second %d", 2);
    mistake_add(&m, (struct place){"a.yaml", 0, 0}, "first");
    mistake_add(&m, (struct place){file, 10, 0}, "no column");
    mistake_add(&m, (struct place){0}, "nowhere");
    mistake_found(&m, (struct place){file, 9, 13}, MISTAKE_NOTE, "idle", "100% idle");
    memset(file, 'x', 6); /* the list has its own copy */
    assert_int_equal(m.len, 6);
    assert_int_equal(m.errors, 4);
    assert_int_equal(m.notes, 1);
    assert_string_equal(m.items[5].check, "idle");
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    mistakes_print(&m, out);
    fclose(out);
    assert_string_equal(text, "nowhere\n"
                              "a.yaml: first\n"
                              "b.yaml:9:12: warning: second 2\n"
                              "b.yaml:9:13: note: 100% idle\n"
                              "b.yaml:10: no column\n"
                              "b.yaml:10:2: third\n");
    free(text);
    mistakes_free(&m);
    assert_int_equal(m.len, 0);
}

static void did_you_mean__slips__nearest_name(void **state)
{
    (void)state;
    static const char *const names[] = {"queue_lag", "queue_lag_time", "disk_used", "up"};
    static const struct {
        const char *word, *meant;
    } cases[] = {
        {"queue_lga", "queue_lag"}, {"queue_lagtime", "queue_lag_time"}, {"dsik_used", "disk_used"}, {"queue_lag", "queue_lag"},
        {"temperature", NULL},      {"xx", NULL},                        {"", NULL},                 {"upp", "up"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *found = did_you_mean(cases[i].word, names, ARRAY_LEN(names));
        if (cases[i].meant)
            assert_string_equal(found ? found : "(nothing)", cases[i].meant);
        else
            assert_null(found);
    }
    assert_null(did_you_mean("x", NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_set__filled_and_returned),
        cmocka_unit_test(error_set__text_from_outside__one_line_of_whole_characters),
        cmocka_unit_test(error_prefix__context_before_the_text),
        cmocka_unit_test(error_code_str__every_code__its_own_text),
        cmocka_unit_test(mistakes_print__sorted_with_places),
        cmocka_unit_test(did_you_mean__slips__nearest_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
