#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static void strbuf__never_written__empty_text(void **state)
{
    (void)state;
    struct strbuf s = STRBUF_INIT(10);
    assert_string_equal(s.buf, "");
    strbuf_reset(&s);
    char *text = strbuf_detach(&s);
    assert_string_equal(text, "");
    free(text);
    strbuf_free(&s);
}

static void strbuf_add__pieces__joined(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf s = STRBUF_INIT(100000);
    for (int i = 0; i < 1000; i++) {
        strbuf_adds(&s, "ab");
        strbuf_addc(&s, '-');
        strbuf_addf(&s, "%03d", i);
    }
    assert_int_equal(s.len, 6000);
    assert_memory_equal(s.buf + 5994, "ab-999", 7);
    assert_false(s.truncated);
}

static void strbuf_addf__longer_than_its_scratch__whole(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf s = STRBUF_INIT(2000);
    strbuf_addf(&s, "%01000d", 5);
    assert_int_equal(s.len, 1000);
    assert_int_equal(s.buf[999], '5');
    strbuf_addf(&s, "%01500d", 5);
    assert_int_equal(s.len, 2000);
    assert_true(s.truncated);
}

static void strbuf_add__over_the_limit__cut_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t limit;
        const char *kept;
    } cases[] = {
        {"abcdef", 6, "abcdef"},  {"abcdef", 5, "abcde"},     {"ab\xC3\xA9z", 3, "ab"},       {"ab\xC3\xA9z", 4, "ab\xC3\xA9"},
        {"\xE2\x82\xAC!", 2, ""}, {"\xF0\x9F\x98\x80", 3, ""}, {"a\xF0\x9F\x98\x80", 4, "a"}, {"abc", 0, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf s = STRBUF_INIT(cases[i].limit);
        strbuf_adds(&s, cases[i].text);
        assert_string_equal(s.buf, cases[i].kept);
        assert_int_equal(s.truncated, strlen(cases[i].kept) < strlen(cases[i].text));
    }
}

static void strbuf_add__after_a_cut__nothing_more(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf s = STRBUF_INIT(5);
    strbuf_adds(&s, "abc\xE2\x82\xAC");
    strbuf_adds(&s, "x");
    assert_string_equal(s.buf, "abc");
    assert_true(s.truncated);
    strbuf_reset(&s);
    assert_false(s.truncated);
    strbuf_adds(&s, "x");
    assert_string_equal(s.buf, "x");
}

static void strbuf_detach__buffer_goes_to_the_caller(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf s = STRBUF_INIT(50);
    strbuf_adds(&s, "first");
    char *first = strbuf_detach(&s);
    strbuf_adds(&s, "second");
    assert_string_equal(first, "first");
    assert_string_equal(s.buf, "second");
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strbuf__never_written__empty_text),
        cmocka_unit_test(strbuf_add__pieces__joined),
        cmocka_unit_test(strbuf_addf__longer_than_its_scratch__whole),
        cmocka_unit_test(strbuf_add__over_the_limit__cut_between_characters),
        cmocka_unit_test(strbuf_add__after_a_cut__nothing_more),
        cmocka_unit_test(strbuf_detach__buffer_goes_to_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
