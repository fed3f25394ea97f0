/* What is in force: read anew, compiled once, ended by time or by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "findings.h"
#include "notify/silence.h"

struct fixture {
    struct store *store;
    struct silences *all;
    struct finding f;
};

static void begin(struct fixture *x)
{
    assert_int_equal(store_open(":memory:", true, &x->store, NULL, NULL), 0);
    x->all = silences_new();
    x->f = finding_firing();
}

static void end(struct fixture *x)
{
    silences_free(x->all);
    store_close(x->store);
}

static int64_t add(struct fixture *x, const char *matchers, bool ack, int64_t starts_ms, int64_t ends_ms)
{
    const struct silence_row row = {.ack = ack, .matchers = matchers, .starts_ms = starts_ms, .ends_ms = ends_ms, .author = "kim", .comment = ""};
    int64_t id = 0;
    assert_int_equal(store_silence_add(x->store, &row, &id, NULL), 0);
    return id;
}

static int64_t found(const struct fixture *x, bool ack, int64_t now_ms)
{
    const struct silence *s = silences_find(x->all, ack, &x->f, now_ms);
    return s ? s->id : 0;
}

static void find__by_time_and_kind(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    int64_t later = add(&x, "severity=~\".+\"", false, 100, 200), ack = add(&x, "severity=~\".+\"", true, 0, 150);
    add(&x, "symptom=another", false, 0, 1000);
    assert_true(silences_read(x.all, x.store, 50));
    assert_int_equal(found(&x, false, 50), 0);
    assert_int_equal(found(&x, true, 50), ack);
    assert_int_equal(found(&x, false, 100), later);
    assert_int_equal(found(&x, false, 199), later);
    assert_int_equal(found(&x, false, 200), 0);
    assert_int_equal(found(&x, true, 150), 0);
    assert_int_equal(silences_find(NULL, false, &x.f, 1) == NULL, 1);
    end(&x);
}

static void read__says_when_others_are_in_force(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    assert_false(silences_read(x.all, x.store, 0));
    int64_t id = add(&x, "severity=~\".+\"", false, 0, 100);
    assert_true(silences_read(x.all, x.store, 0));
    assert_false(silences_read(x.all, x.store, 99));
    assert_true(silences_read(x.all, x.store, 100)); /* ended by itself */
    add(&x, "severity=~\".+\"", false, 150, 900);
    assert_false(silences_read(x.all, x.store, 149)); /* still to come */
    assert_true(silences_read(x.all, x.store, 150));
    assert_int_equal(store_silence_expire(x.store, id + 1, 160, NULL), 0);
    assert_true(silences_read(x.all, x.store, 160));
    assert_int_equal(found(&x, false, 160), 0);
    end(&x);
}

static void read__text_that_is_none__not_in_force(void **state)
{
    static const char *const texts[] = {"", "{}", "severity", "severity=~\"(\""};
    (void)state;
    struct fixture x;
    begin(&x);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        add(&x, texts[i], false, 0, 1000);
    silences_read(x.all, x.store, 1);
    assert_int_equal(found(&x, false, 1), 0);
    end(&x);
}

static void read__many_come_and_go__only_those_that_are_there(void **state)
{
    (void)state;
    struct fixture x;
    begin(&x);
    for (int i = 0; i < 50; i++)
        add(&x, i % 2 ? "severity=~\".+\"" : "symptom=another", false, 0, 100 + i);
    for (int64_t now_ms = 0; now_ms < 160; now_ms += 7) {
        silences_read(x.all, x.store, now_ms);
        int64_t first = now_ms < 101 ? 2 : (now_ms - 100 + 1) / 2 * 2 + 2; /* of the odd ones, the first that ends later */
        assert_int_equal(found(&x, false, now_ms), first <= 50 ? first : 0);
    }
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find__by_time_and_kind),
        cmocka_unit_test(read__says_when_others_are_in_force),
        cmocka_unit_test(read__text_that_is_none__not_in_force),
        cmocka_unit_test(read__many_come_and_go__only_those_that_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
