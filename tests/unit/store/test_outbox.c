/* The outbox: lanes, order, superseding, waiting, giving up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"

static struct store *fresh(void)
{
    struct store *s;
    struct error err = {0};
    assert_int_equal(store_open(":memory:", true, &s, NULL, &err), 0);
    return s;
}

static struct outbox_row row(const char *incident, const char *destination, const char *kind, uint32_t revision, const char *finding)
{
    struct outbox_row r = {.destination = destination, .kind = kind, .revision = revision, .created_ms = 1000, .next_ms = 1000, .finding = finding};
    snprintf(r.incident, sizeof r.incident, "%s", incident);
    return r;
}

static void enqueue(struct store *s, struct outbox_row r)
{
    struct error err = {0};
    const struct commit c = {.slot_ms = 1000, .outbox = &r, .outbox_len = 1};
    assert_int_equal(store_commit(s, &c, &err), 0);
}

/* What is due at `now_ms` as "incident/destination/kind/finding …". */
static const char *due(struct store *s, int64_t now_ms)
{
    static char text[1024];
    AUTO(arena) struct arena a = ARENA_INIT("due");
    struct outbox_row *rows;
    size_t len;
    struct error err = {0};
    assert_int_equal(store_outbox_due(s, now_ms, 10, &a, &rows, &len, &err), 0);
    text[0] = '\0';
    for (size_t i = 0; i < len; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s/%s/%s/%s", i ? " " : "", rows[i].incident, rows[i].destination, rows[i].kind,
                 rows[i].finding);
    return text;
}

static struct outbox_row first_due(struct store *s, int64_t now_ms, struct arena *a)
{
    struct outbox_row *rows;
    size_t len;
    assert_int_equal(store_outbox_due(s, now_ms, 1, a, &rows, &len, NULL), 0);
    assert_int_equal(len, 1);
    return rows[0];
}

static void due__newer_update__supersedes_older(void **state)
{
    (void)state;
    struct store *s = fresh();
    enqueue(s, row("a", "x", "update", 2, "2"));
    enqueue(s, row("a", "x", "update", 3, "3"));
    assert_string_equal(due(s, 1000), "a/x/update/3");
    store_close(s);
}

static void due__open_unsent_then_resolve__newest_said_as_open(void **state)
{
    (void)state;
    struct store *s = fresh();
    enqueue(s, row("a", "x", "open", 1, "1"));
    enqueue(s, row("a", "x", "update", 2, "2"));
    enqueue(s, row("a", "x", "resolve", 3, "3"));
    assert_string_equal(due(s, 1000), "a/x/open/3");
    store_close(s);
}

static void due__reminder_unsent_then_update__newest_said_as_a_reminder(void **state)
{
    (void)state;
    struct store *s = fresh();
    enqueue(s, row("a", "x", "repeat", 2, "2"));
    enqueue(s, row("a", "x", "update", 3, "3"));
    assert_string_equal(due(s, 1000), "a/x/repeat/3");
    enqueue(s, row("a", "x", "resolve", 4, "4"));
    assert_string_equal(due(s, 1000), "a/x/resolve/4");
    store_close(s);
}

/* The one before it may have come: who reads it must not be left with that. */
static void due__update_after_one_that_may_have_come__said_as_a_reminder(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "update", 2, "2"));
    store_outbox_retry(s, first_due(s, 1000, &a).id, 1000, "no answer", NULL);
    assert_string_equal(due(s, 1000), "a/x/update/2");
    enqueue(s, row("a", "x", "update", 3, "3"));
    assert_string_equal(due(s, 1000), "a/x/repeat/3");
    store_outbox_dead(s, first_due(s, 1000, &a).id, 1001, "302", NULL);
    enqueue(s, row("a", "x", "update", 4, "4"));
    assert_string_equal(due(s, 1001), "a/x/repeat/4");
    store_outbox_sent(s, first_due(s, 1001, &a).id, 1002, NULL);
    enqueue(s, row("a", "x", "update", 5, "5"));
    assert_string_equal(due(s, 1002), "a/x/update/5");
    store_close(s);
}

static void due__lanes__do_not_touch_each_other(void **state)
{
    (void)state;
    struct store *s = fresh();
    enqueue(s, row("a", "x", "open", 1, "1"));
    enqueue(s, row("a", "y", "open", 1, "1"));
    enqueue(s, row("b", "x", "open", 9, "9"));
    assert_string_equal(due(s, 1000), "a/x/open/1 a/y/open/1 b/x/open/9");
    assert_string_equal(due(s, 999), "");
    store_close(s);
}

static void enqueue__same_revision_twice__once(void **state)
{
    (void)state;
    struct store *s = fresh();
    enqueue(s, row("a", "x", "open", 1, "first"));
    enqueue(s, row("a", "x", "update", 1, "second"));
    assert_string_equal(due(s, 1000), "a/x/open/first");
    store_close(s);
}

static void enqueue__repeats_of_one_revision__each_once(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct outbox_row r = row("a", "x", "open", 1, "1");
    enqueue(s, r);
    store_outbox_sent(s, first_due(s, 1000, &a).id, 1000, NULL);
    r.kind = "repeat";
    r.created_ms = r.next_ms = 5000;
    enqueue(s, r);
    enqueue(s, r);
    assert_string_equal(due(s, 5000), "a/x/repeat/1");
    store_outbox_sent(s, first_due(s, 5000, &a).id, 5000, NULL);
    assert_string_equal(due(s, 5000), "");
    r.created_ms = r.next_ms = 9000;
    enqueue(s, r);
    assert_string_equal(due(s, 9000), "a/x/repeat/1");
    store_close(s);
}

static void sent__newer_came_meanwhile__newer_stays(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    const struct outbox_row sending = first_due(s, 1000, &a);
    enqueue(s, row("a", "x", "update", 2, "2"));
    assert_int_equal(store_outbox_sent(s, sending.id, 1001, NULL), 0);
    assert_string_equal(due(s, 1001), "a/x/update/2");
    store_close(s);
}

static void sent__newest__ends_the_older_too(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    enqueue(s, row("a", "x", "update", 2, "2"));
    assert_int_equal(store_outbox_sent(s, first_due(s, 1000, &a).id, 1001, NULL), 0);
    assert_string_equal(due(s, 9999), "");
    assert_true(store_outbox_next_ms(s) == INT64_MAX);
    store_close(s);
}

static void retry__waits_and_keeps_why(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    enqueue(s, row("a", "x", "update", 2, "2"));
    assert_int_equal(store_outbox_retry(s, first_due(s, 1000, &a).id, 4000, "timed out", NULL), 0);
    assert_string_equal(due(s, 3999), "");
    assert_int_equal(store_outbox_next_ms(s), 4000);
    const struct outbox_row again = first_due(s, 4000, &a);
    assert_int_equal(again.attempts, 1);
    assert_string_equal(again.last_error, "timed out");
    assert_string_equal(again.kind, "open");
    store_close(s);
}

static void dead__is_counted_and_not_due(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    enqueue(s, row("a", "x", "update", 2, "2"));
    assert_int_equal(store_outbox_dead(s, first_due(s, 1000, &a).id, 1001, "channel_not_found", NULL), 0);
    assert_string_equal(due(s, 9999), "");
    assert_int_equal(store_outbox_dead_count(s), 1);
    store_close(s);
}

static void defer__one_destination__others_go_on(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    enqueue(s, row("b", "x", "open", 1, "1"));
    enqueue(s, row("a", "y", "open", 1, "1"));
    assert_int_equal(store_outbox_defer(s, "x", 8000, NULL), 0);
    assert_string_equal(due(s, 1000), "a/y/open/1");
    assert_string_equal(due(s, 8000), "a/y/open/1 a/x/open/1 b/x/open/1");
    assert_int_equal(first_due(s, 8000, &a).attempts, 0);
    store_close(s);
}

static void ref__set_twice__last_one(void **state)
{
    (void)state;
    struct store *s = fresh();
    assert_null(store_message_ref(s, "a", "x"));
    assert_int_equal(store_set_message_ref(s, "a", "x", "{\"ts\":1}", NULL), 0);
    assert_int_equal(store_set_message_ref(s, "a", "x", "{\"ts\":2}", NULL), 0);
    char *ref = store_message_ref(s, "a", "x");
    assert_string_equal(ref, "{\"ts\":2}");
    free(ref);
    store_close(s);
}

static bool note_row(void *context, const struct outbox_row *r, const char *status)
{
    char *text = context;
    snprintf(text + strlen(text), 256 - strlen(text), "%s%s/%u/%s", *text ? " " : "", r->incident, r->revision, status);
    return true;
}

static const char *listed(struct store *s)
{
    static char text[256];
    text[0] = '\0';
    assert_int_equal(store_outbox_list(s, note_row, text, NULL), 0);
    return text;
}

static void hand__given_up__sent_again_at_once_with_a_new_life(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    enqueue(s, row("b", "x", "open", 1, "1"));
    int64_t id = first_due(s, 1000, &a).id;
    assert_int_equal(store_outbox_dead(s, id, 1500, "no", NULL), 0);
    assert_string_equal(listed(s), "a/1/dead b/1/queued");
    assert_int_equal(store_outbox_again(s, id, 90000, NULL), 0);
    assert_string_equal(listed(s), "a/1/queued b/1/queued");
    assert_string_equal(due(s, 89999), "b/x/open/1");
    assert_string_equal(due(s, 90000), "b/x/open/1 a/x/open/1");
    assert_int_equal(store_outbox_dead_count(s), 0);
    store_close(s);
}

static void hand__something_newer_was_said__not_sent_again(void **state)
{
    (void)state;
    struct store *s = fresh();
    struct error err = {0};
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    int64_t old = first_due(s, 1000, &a).id;
    store_outbox_dead(s, old, 1500, "no", NULL);
    enqueue(s, row("a", "x", "resolve", 2, "2"));
    store_outbox_sent(s, first_due(s, 1600, &a).id, 1700, NULL);
    assert_int_equal(store_outbox_again(s, old, 2000, &err), ERR_NOT_FOUND);
    assert_string_equal(due(s, 9999), "");
    store_close(s);
}

static void hand__dropped__gone_for_good(void **state)
{
    (void)state;
    struct store *s = fresh();
    struct error err = {0};
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    int64_t id = first_due(s, 1000, &a).id;
    assert_int_equal(store_outbox_drop(s, id, 2000, NULL), 0);
    assert_string_equal(listed(s), "");
    assert_int_equal(store_outbox_again(s, id, 2000, &err), ERR_NOT_FOUND);
    assert_int_equal(store_outbox_drop(s, id, 2000, &err), ERR_NOT_FOUND);
    assert_int_equal(store_outbox_drop(s, 12345, 2000, &err), ERR_NOT_FOUND);
    store_close(s);
}

static void prune__unsent_rows__stay(void **state)
{
    (void)state;
    struct store *s = fresh();
    AUTO(arena) struct arena a = ARENA_INIT("test");
    enqueue(s, row("a", "x", "open", 1, "1"));
    store_outbox_dead(s, first_due(s, 1000, &a).id, 1500, "no", NULL);
    enqueue(s, row("b", "x", "open", 1, "1"));
    assert_int_equal(store_prune(s, 2000, NULL), 0);
    assert_int_equal(store_outbox_dead_count(s), 0);
    assert_string_equal(due(s, 9999), "b/x/open/1");
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due__newer_update__supersedes_older),
        cmocka_unit_test(due__open_unsent_then_resolve__newest_said_as_open),
        cmocka_unit_test(due__reminder_unsent_then_update__newest_said_as_a_reminder),
        cmocka_unit_test(due__update_after_one_that_may_have_come__said_as_a_reminder),
        cmocka_unit_test(due__lanes__do_not_touch_each_other),
        cmocka_unit_test(enqueue__same_revision_twice__once),
        cmocka_unit_test(enqueue__repeats_of_one_revision__each_once),
        cmocka_unit_test(sent__newer_came_meanwhile__newer_stays),
        cmocka_unit_test(sent__newest__ends_the_older_too),
        cmocka_unit_test(retry__waits_and_keeps_why),
        cmocka_unit_test(dead__is_counted_and_not_due),
        cmocka_unit_test(defer__one_destination__others_go_on),
        cmocka_unit_test(ref__set_twice__last_one),
        cmocka_unit_test(hand__given_up__sent_again_at_once_with_a_new_life),
        cmocka_unit_test(hand__something_newer_was_said__not_sent_again),
        cmocka_unit_test(hand__dropped__gone_for_good),
        cmocka_unit_test(prune__unsent_rows__stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
