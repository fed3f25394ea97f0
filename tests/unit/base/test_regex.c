#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "base/regex.h"
#include "base/strbuf.h"

static void regex_matches__whole_text_only(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"abc", "abc", true},
        {"abc", "xabc", false},
        {"abc", "abcx", false},
        {"a|b", "b", true},
        {"a|b", "ab", false},
        {"", "", true},
        {"", "x", false},
        {".*", "", true},
        {".+", "a\nb", true},
        {"\\d+", "0123", true},
        {"\\d+", "12a", false},
        {"\\w+", "a_9", true},
        {"\\w+", "a-9", false},
        {"a\\sb", "a b", true},
        {"a\\sb", "a\tb", true},
        {"\\D\\W\\S", "a-b", true},
        {"\\D", "1", false},
        {"[\\d.]+", "10.5", true},
        {"[\\w-]+", "a-b_c", true},
        {"[^\\d]+", "abc", true},
        {"[^\\d]+", "ab1", false},
        {"[\\]]", "]", true},
        {"[a\\-z]", "-", true},
        {"[a\\-z]", "m", false},
        {"[\\\\]", "\\", true},
        {"[^\\^]", "^", false},
        {"[\\^]", "^", true},
        {"[\\^a]", "a", true},
        {"[]a]+", "]a", true},
        {"[^]a]", "b", true},
        {"[[:alpha:]]+", "abc", true},
        {"[[.]+", "[.", true},
        {"a\\.b", "a.b", true},
        {"a\\.b", "axb", false},
        {"a\\-b\\/c", "a-b/c", true},
        {"\\(x\\)", "(x)", true},
        {"a{2,3}", "aaa", true},
        {"a{2,3}", "a", false},
        {"(?:ab)+", "abab", true},
        {"(?i)ABC", "abc", true},
        {"ABC", "abc", false},
        {"a.*?b", "axxb", true},
        {"(a|b)c", "bc", true},
        {"x(|y)", "x", true},
        {"__.*|tmp-[0-9a-f]{8}", "tmp-0123abcd", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct regex *r = regex_new(cases[i].pattern, &err);
        if (!r)
            fail_msg("%s", err.text);
        if (regex_matches(r, cases[i].text) != cases[i].matches)
            fail_msg("%s on \"%s\" is not %d", cases[i].pattern, cases[i].text, cases[i].matches);
        regex_free(r);
    }
}

static void regex_new__not_understood__refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"(",     "a)b(c", "a)",    "[a",   "a\\",        "(?=a)", "(?P<x>a)", "\\1",   "(a)\\1", "\\q",
                                        "[\\S]", "a++",   "a{2",   "[z-a]", "(a.*?)b", "a(?i)b", "[!-/]",    "*a",  "a{3,2}"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct regex *r = regex_new(cases[i], &err);
        if (r)
            fail_msg("%s was accepted", cases[i]);
        assert_int_equal(err.code, ERR_SYNTAX);
        assert_non_null(strstr(err.text, cases[i]));
    }
}

static void regex_new__endless_pattern__refused(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf pattern = STRBUF_INIT(100000);
    for (int i = 0; i < 20000; i++)
        strbuf_adds(&pattern, "ab");
    struct error err = {0};
    assert_null(regex_new(pattern.buf, &err));
    assert_int_equal(err.code, ERR_SYNTAX);
    strbuf_reset(&pattern);
    for (int i = 0; i < 500; i++)
        strbuf_adds(&pattern, "(a)");
    assert_null(regex_new(pattern.buf, &err));
}

static void regex_capture__first_capturing_group(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text, *captured; /* NULL: no match */
    } cases[] = {
        {"node-(\\d+)", "node-17", "17"},
        {"(?:node|host)-(\\d+)", "host-3", "3"},
        {"(?:(?:a)b)(c)(d)", "abcd", "c"},
        {"node-\\d+", "node-17", "node-17"},
        {"(?:a|b)", "b", "b"},
        {"node-(\\d+)", "node-x", NULL},
        {"(a)?b", "b", ""},
        {"(.*)-[^-]*", "a-b-c", "a-b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct regex *r = regex_new(cases[i].pattern, NULL);
        assert_non_null(r);
        const char *start = NULL;
        size_t len = 0;
        bool matched = regex_capture(r, cases[i].text, &start, &len);
        assert_int_equal(matched, cases[i].captured != NULL);
        if (matched && (len != strlen(cases[i].captured) || strncmp(start, cases[i].captured, len) != 0))
            fail_msg("%s took \"%.*s\" of %s", cases[i].pattern, (int)len, start, cases[i].text);
        regex_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regex_matches__whole_text_only),
        cmocka_unit_test(regex_new__not_understood__refused),
        cmocka_unit_test(regex_new__endless_pattern__refused),
        cmocka_unit_test(regex_capture__first_capturing_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
