/* The tokenizer: what it accepts, what it emits, and that the cut into pieces never matters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "prom/json.h"

static bool note(void *context, enum json_event event, const char *text, size_t len)
{
    static const char *const signs[] = {"{", "}", "[", "]", "k", "s", "n", "T", "F", "N"};
    struct strbuf *out = context;
    strbuf_adds(out, signs[event]);
    if (event == ON_KEY || event == ON_STRING || event == ON_NUMBER) {
        strbuf_addc(out, '(');
        strbuf_add(out, text, len);
        strbuf_addc(out, ')');
    }
    return true;
}

/* The events of the text fed in pieces [0, cut), [cut, len); cut = SIZE_MAX: byte by byte. */
static int parse(const char *text, size_t len, size_t cut, struct strbuf *out, struct error *err)
{
    struct json j;
    json_init(&j, &(struct json_handler){.event = note, .context = out});
    int rc = 0;
    for (size_t at = 0; at < len && rc == 0;) {
        size_t piece = cut == SIZE_MAX ? 1 : at < cut ? cut - at : len - at;
        char *copy = malloc(piece); /* exact, so that a sanitizer sees each byte read beyond */
        memcpy(copy, text + at, piece);
        rc = json_feed(&j, copy, piece, err);
        free(copy);
        at += piece;
    }
    if (rc == 0)
        rc = json_finish(&j, err);
    json_free(&j);
    return rc;
}

static void expect(const char *text, int code, const char *events)
{
    size_t len = strlen(text);
    for (size_t cut = 0; cut <= len + 1; cut++) {
        struct strbuf out = STRBUF_INIT(65536);
        struct error err = {0};
        int rc = parse(text, len, cut == len + 1 ? SIZE_MAX : cut, &out, &err);
        if (rc != code || (events && strcmp(out.buf, events) != 0))
            fail_msg("%s cut at %zu: %d %s, events %s", text, cut, rc, err.text, out.buf);
        strbuf_free(&out);
    }
}

static void document__well_formed__events_wherever_it_is_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *events;
    } cases[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"{\"a\":[1,-2.5e+3,true,false,null]}", "{k(a)[n(1)n(-2.5e+3)TFN]}"},
        {"{\"a\" : {\"b\" : \"c\"} , \"d\":[[],{}]}", "{k(a){k(b)s(c)}k(d)[[]{}]}"},
        {"\"x\\\"y\\\\z\\/\\b\\f\\n\\r\\t\"", "s(x\"y\\z/\b\f\n\r\t)"},
        {"\"\\u0041\\u00e9\\uD55c\\ud83d\\ude00\"", "s(A\u00e9\ud55c\U0001F600)"},
        {"\"\u00e9\ud55c\U0001F600\x7f\"", "s(\u00e9\ud55c\U0001F600\x7f)"},
        {"0", "n(0)"},
        {"-0.0e-0", "n(-0.0e-0)"},
        {"true", "T"},
        {"\"\"", "s()"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect(cases[i].text, 0, cases[i].events);
}

static void document__malformed__refused_wherever_it_is_cut(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "[1 2]", "{\"a\":1 \"b\":2}", "]", "}", "[}", "{]",
        "1 2", "{} {}", "[] x", "01", "-", "+1", "1.", ".5", "1e", "1e+", "--1", "1.2.3", "0x10", "tru", "truex", "nul", "True", "NaN", "Infinity", "'a'", "\"", "\"a", "\"a\nb\"",
        "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\x80\"", "\"\xc0\xaf\"", "\"\xe0\x80\x80\"",
        "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xe2\x82\"", "\xef\xbb\xbf{}", "/* */ 1", "[1]]", "{\"a\"::1}", "[\"a\":1]", "\"\t\"", "\\",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect(cases[i], ERR_SYNTAX, NULL);
}

static void error__of_syntax__names_the_byte(void **state)
{
    (void)state;
    struct strbuf out = STRBUF_INIT(1024);
    struct error err = {0};
    assert_int_equal(parse("{\"a\":1,}", 8, 0, &out, &err), ERR_SYNTAX);
    assert_string_equal(err.text, "byte 7: expected a key");
    strbuf_free(&out);
}

static void depth__32_levels__accepted_and_33_refused(void **state)
{
    (void)state;
    char text[2 * (JSON_DEPTH_MAX + 1) + 1];
    for (int depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        expect(text, depth == JSON_DEPTH_MAX ? 0 : ERR_LIMIT, NULL);
    }
}

static void levels__objects_in_arrays__each_closes_as_it_opened(void **state)
{
    (void)state;
    struct strbuf text = STRBUF_INIT(1024), events = STRBUF_INIT(1024);
    for (int i = 0; i < JSON_DEPTH_MAX / 2; i++) {
        strbuf_adds(&text, "[{\"k\":");
        strbuf_adds(&events, "[{k(k)");
    }
    strbuf_adds(&text, "1");
    strbuf_adds(&events, "n(1)");
    for (int i = 0; i < JSON_DEPTH_MAX / 2; i++) {
        strbuf_adds(&text, "}]");
        strbuf_adds(&events, "}]");
    }
    expect(text.buf, 0, events.buf);
    strbuf_free(&text);
    strbuf_free(&events);
}

static void token__longer_than_the_cap__refused(void **state)
{
    (void)state;
    static char text[JSON_TOKEN_MAX + 8];
    for (int over = 0; over < 2; over++) {
        size_t len = (size_t)JSON_TOKEN_MAX + (size_t)over;
        memset(text, 'a', sizeof(text));
        text[0] = text[len + 1] = '"';
        const size_t cuts[] = {0, len / 2};
        for (size_t i = 0; i < 2; i++) {
            struct strbuf out = STRBUF_INIT(16);
            struct error err = {0};
            assert_int_equal(parse(text, len + 2, cuts[i], &out, &err), over ? ERR_LIMIT : 0);
            strbuf_free(&out);
        }
    }
}

static bool stop_at_key(void *context, enum json_event event, const char *text, size_t len)
{
    (void)text, (void)len;
    ++*(int *)context;
    return event != ON_KEY;
}

static void reader__that_stops__hears_no_more_and_the_error_stays(void **state)
{
    (void)state;
    int heard = 0;
    struct json j;
    json_init(&j, &(struct json_handler){.event = stop_at_key, .context = &heard});
    assert_int_equal(json_feed(&j, "{\"a\":1}", 7, NULL), ERR_CANCELLED);
    assert_int_equal(json_feed(&j, "{}", 2, NULL), ERR_CANCELLED);
    assert_int_equal(json_finish(&j, NULL), ERR_CANCELLED);
    assert_int_equal(heard, 2);
    json_free(&j);
}

/* Eats "7," and nothing else. */
static size_t eat_sevens(void *context, const char *text, size_t len)
{
    size_t at = 0;
    (void)context;
    while (len - at >= 2 && text[at] == '7' && text[at + 1] == ',')
        at += 2;
    return at;
}

static void bulk__eats_elements__grammar_goes_on_behind_them(void **state)
{
    (void)state;
    static const struct {
        const char *text, *events;
        int code;
    } cases[] = {
        {"[7,7,8,7,9]", "[n(8)n(9)]", 0}, {"[7,7]", "[n(7)]", 0}, {"[7,]", "[", ERR_SYNTAX}, {"[7,,8]", "[", ERR_SYNTAX}, {"[7, 8]", "[n(8)]", 0}, {"{\"a\":7,\"b\":1}", "{k(a)n(7)k(b)n(1)}", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct strbuf out = STRBUF_INIT(1024);
        struct json j;
        json_init(&j, &(struct json_handler){.event = note, .bulk = eat_sevens, .context = &out});
        int rc = json_feed(&j, cases[i].text, strlen(cases[i].text), NULL);
        if (rc == 0)
            rc = json_finish(&j, NULL);
        assert_int_equal(rc, cases[i].code);
        assert_string_equal(out.buf, cases[i].events);
        json_free(&j);
        strbuf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document__well_formed__events_wherever_it_is_cut),
        cmocka_unit_test(document__malformed__refused_wherever_it_is_cut),
        cmocka_unit_test(error__of_syntax__names_the_byte),
        cmocka_unit_test(depth__32_levels__accepted_and_33_refused),
        cmocka_unit_test(levels__objects_in_arrays__each_closes_as_it_opened),
        cmocka_unit_test(token__longer_than_the_cap__refused),
        cmocka_unit_test(reader__that_stops__hears_no_more_and_the_error_stays),
        cmocka_unit_test(bulk__eats_elements__grammar_goes_on_behind_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
