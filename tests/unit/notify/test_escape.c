/* Foreign text made harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "notify/escape.h"
#include "notify/sparkline.h"
#include "notify/words.h"

#include <math.h>

static void clean__foreign_characters__gone(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain", "plain"},
        {"a\r\nb\tc", "a  b c"},
        {"\x1b[31mred", "[31mred"},
        {"\x7f\xc2\x9f", ""},
        {"\xe2\x80\xae" "rtl\xe2\x80\xac", "rtl"},
        {"a\xff" "b", "a?b"},
        {"\xc0\x80", "??"},
        {"\xed\xa0\x80", "???"},
        {"\xe2\x82", "??"},
        {"\xf4\x90\x80\x80", "????"},
        {"한국어 😀", "한국어 😀"},
        {"\xef\xbf\xbd", "?"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        assert_string_equal(text_clean(&a, cases[i].in, 100), cases[i].out);
    }
    AUTO(arena) struct arena a = ARENA_INIT("test");
    assert_string_equal(text_clean(&a, NULL, 100), "");
}

static void clean__too_long__cut_at_a_character(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t max;
        const char *out;
    } cases[] = {
        {"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abcde…"}, {"한국어입니다", 4, "한국어…"}, {"ab😀😀", 5, "ab😀…"}, {"ab😀😀", 6, "ab😀😀"},
        {"abe\xcc\x81xy", 5, "abe\xcc\x81…"}, {"abe\xcc\x81xy", 4, "ab…"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        const char *out = text_clean(&a, cases[i].in, cases[i].max);
        assert_string_equal(out, cases[i].out);
        assert_true(text_units(out) <= cases[i].max);
    }
}

static void mrkdwn__escaped_once_and_never_cut_inside(void **state)
{
    (void)state;
    for (size_t max = 0; max < 30; max++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(1000);
        size_t units = escape_mrkdwn(&out, "<a>&`b`&amp;", max);
        assert_int_equal(units, text_units(out.buf));
        assert_true(units <= max);
        for (const char *p = out.buf; (p = strchr(p, '&')); p++)
            assert_true(strncmp(p, "&amp;", 5) == 0 || strncmp(p, "&lt;", 4) == 0 || strncmp(p, "&gt;", 4) == 0);
    }
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(1000);
    escape_mrkdwn(&out, "<!channel>&`", 100);
    assert_string_equal(out.buf, "&lt;!channel&gt;&amp;ˋ");
}

static void html__five_characters__escaped(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(1000);
    escape_html(&out, "<b a=\"1\" c='2'>&");
    assert_string_equal(out.buf, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
}

static void url__only_web_addresses_without_login(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* NULL = refused */
    } cases[] = {
        {"https://example.org/a b?c=<d>|e", "https://example.org/a%20b?c=%3Cd%3E%7Ce"},
        {"http://example.org", "http://example.org"},
        {"https://example.org/a@b", "https://example.org/a@b"},
        {"javascript:alert(1)", NULL}, {"https://", NULL}, {"https:///x", NULL}, {"https://u:p@example.org/", NULL}, {"ftp://example.org", NULL}, {"", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(1000);
        assert_int_equal(escape_url(&out, cases[i].in), cases[i].out != NULL);
        if (cases[i].out)
            assert_string_equal(out.buf, cases[i].out);
    }
}

static void plain_line__controls_and_hidden_characters__refused(void **state)
{
    (void)state;
    assert_true(text_is_plain_line("tool --group 'a b' $(x) 한 ?"));
    static const char *const bad[] = {"a\nb", "a\x1b[0m", "a\xff", "a\xe2\x80\xae", "a\xe2\x80\x8b", "a\tb"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(text_is_plain_line(bad[i]));
}

static void spark__gaps_and_extremes(void **state)
{
    (void)state;
    static const struct {
        double values[9];
        size_t len;
        const char *out;
    } cases[] = {
        {{0, 1, 2, 3, 4, 5, 6, 7}, 8, "▁▂▃▄▅▆▇█"}, {{1, NAN, 3}, 3, "▁·█"}, {{5, 5, 5}, 3, "▅▅▅"}, {{0, 0}, 2, "▁▁"}, {{NAN}, 1, "·"},
        {{0, INFINITY, 1}, 3, "▁██"}, {{0}, 0, ""}, {{0, 1, 2, 3, 4, 5, 6, 7, 7}, 9, "▁▂▃▄▅▆▇█"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(1000);
        sparkline(&out, cases[i].values, cases[i].len, 9);
        if (i < 7)
            assert_string_equal(out.buf, cases[i].out);
        AUTO(strbuf) struct strbuf narrow = STRBUF_INIT(1000);
        sparkline(&narrow, cases[i].values, cases[i].len, 3);
        assert_true(text_units(narrow.buf) <= 3);
    }
}

static void value__with_its_unit(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *unit, *out;
    } cases[] = {
        {456, "s", "7 min 36 s"}, {0.012, "s", "12 ms"}, {0.37, "ratio", "37 %"}, {4718592, "bytes/s", "4.5 MiB/s"}, {4100, "records/s", "4,100 records/s"},
        {NAN, "s", "unknown"}, {3, "1", "3"}, {5, "/s", "5/s"}, {0, "s", "0 s"},
        {1, "members", "1 member"}, {0, "members", "0 members"}, {1.04, "records/s", "1.04 records/s"}, {1, "records/s", "1 record/s"}, {1, "entries", "1 entry"}, {1, "1/s", "1/s"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
        value_format(&out, cases[i].v, cases[i].unit, "unknown", duration_words_en);
        assert_string_equal(out.buf, cases[i].out);
    }
}

/* The particles whose form depends on the sound before them. */
static void words__korean__no_particle_after_a_value(void **state)
{
    (void)state;
    static const char *const particles[] = {"은", "는", "이", "가", "을", "를", "와", "과", "으로", "로"};
    for (int w = 0; w < WORD_COUNT; w++) {
        const char *ko = word(LANG_KO, (enum word)w), *en = word(LANG_EN, (enum word)w);
        assert_true(*ko && *en);
        for (const char *p = ko; (p = strchr(p, '}')); p++)
            for (size_t i = 0; i < ARRAY_LEN(particles); i++)
                assert_true(strncmp(p + 1, particles[i], strlen(particles[i])) != 0);
        for (char n = '0'; n <= '2'; n++) {
            const char slot[] = {'{', n, '}', '\0'};
            assert_int_equal(strstr(ko, slot) != NULL, strstr(en, slot) != NULL);
        }
    }
}

static void words__values__are_not_read_as_words(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    assert_string_equal(word_fill(&a, LANG_EN, W_UNCLEAR, "{0}%s{1}", NULL, NULL), "Cause unclear; most likely: {0}%s{1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean__foreign_characters__gone),
        cmocka_unit_test(clean__too_long__cut_at_a_character),
        cmocka_unit_test(mrkdwn__escaped_once_and_never_cut_inside),
        cmocka_unit_test(html__five_characters__escaped),
        cmocka_unit_test(url__only_web_addresses_without_login),
        cmocka_unit_test(plain_line__controls_and_hidden_characters__refused),
        cmocka_unit_test(spark__gaps_and_extremes),
        cmocka_unit_test(value__with_its_unit),
        cmocka_unit_test(words__korean__no_particle_after_a_value),
        cmocka_unit_test(words__values__are_not_read_as_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
