/* What people said of causes: the last word counts, is kept with what it was about, and outlives the history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/db.h"

static struct store *fresh(void)
{
    struct store *s;
    struct error err = {0};
    assert_int_equal(store_open(":memory:", true, &s, NULL, &err), 0);
    return s;
}

static void put(struct store *s, const char *incident, int64_t time_ms, enum feedback verdict, const char *cause)
{
    const struct feedback_row row = {.incident = incident, .time_ms = time_ms, .verdict = verdict, .cause = cause, .author = "kim", .comment = "so", .finding = "{}"};
    assert_int_equal(store_feedback_put(s, &row, NULL), 0);
}

static bool print(void *context, const struct feedback_row *row)
{
    char *text = context;
    snprintf(text + strlen(text), 200 - strlen(text), "%s:%lld:%s:%s:%s:%s:%s ", row->incident, (long long)row->time_ms, feedback_names[row->verdict],
             row->cause ? row->cause : "-", row->author, row->comment, row->finding);
    return true;
}

static const char *all(struct store *s)
{
    static char text[200];
    text[0] = '\0';
    assert_int_equal(store_feedbacks(s, print, text, NULL), 0);
    return text;
}

static void put__twice_on_one_incident__the_last_word_counts(void **state)
{
    (void)state;
    struct store *s = fresh();
    put(s, "aaaa", 10, FEEDBACK_WRONG, NULL);
    put(s, "bbbb", 20, FEEDBACK_RIGHT, NULL);
    put(s, "aaaa", 30, FEEDBACK_OTHER, "disk");
    assert_string_equal(all(s), "bbbb:20:right:-:kim:so:{} aaaa:30:other:disk:kim:so:{} ");
    store_close(s);
}

static void drop__once__gone_and_then_unknown(void **state)
{
    (void)state;
    struct store *s = fresh();
    struct error err = {0};
    put(s, "aaaa", 10, FEEDBACK_RIGHT, NULL);
    assert_int_equal(store_feedback_drop(s, "aaaa", &err), 0);
    assert_string_equal(all(s), "");
    assert_int_equal(store_feedback_drop(s, "aaaa", &err), ERR_NOT_FOUND);
    store_close(s);
}

static void prune__all_history__what_was_said_stays(void **state)
{
    (void)state;
    struct store *s = fresh();
    put(s, "aaaa", 10, FEEDBACK_RIGHT, NULL);
    assert_int_equal(store_prune(s, 1000000, NULL), 0);
    assert_string_equal(all(s), "aaaa:10:right:-:kim:so:{} ");
    store_close(s);
}

static bool join(void *context, const char *json)
{
    char *text = context;
    snprintf(text + strlen(text), 200 - strlen(text), "%s", json);
    return strcmp(json, "{\"incident\":\"abcd3\"}") != 0;
}

static void findings_of__prefix__its_rows_newest_first_until_told_to_stop(void **state)
{
    (void)state;
    struct store *s = fresh();
    static const char *const rows[] = {"{\"incident\":\"abcd1\"}", "{\"incident\":\"abcd3\"}", "not json", "{\"incident\":\"abcd2\"}", "{\"incident\":\"ab_d4\"}"};
    char text[200] = "";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t id;
        assert_int_equal(finding_add(s, (int64_t)i, true, rows[i], &id, NULL), 0);
    }
    assert_int_equal(store_findings_of(s, "abcd", join, text, NULL), 0);
    assert_string_equal(text, "{\"incident\":\"abcd2\"}{\"incident\":\"abcd3\"}");
    text[0] = '\0';
    assert_int_equal(store_findings_of(s, "ab_d", join, text, NULL), 0);
    assert_string_equal(text, "{\"incident\":\"ab_d4\"}");
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put__twice_on_one_incident__the_last_word_counts),
        cmocka_unit_test(drop__once__gone_and_then_unknown),
        cmocka_unit_test(prune__all_history__what_was_said_stays),
        cmocka_unit_test(findings_of__prefix__its_rows_newest_first_until_told_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
