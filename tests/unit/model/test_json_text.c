/* What is written straight reads back through jansson as the same values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "model/json_text.h"

static const struct {
    const char *text, *read_back; /* NULL = the same */
} strings[] = {
    {"", NULL},
    {"plain", NULL},
    {"quote \" backslash \\ slash /", NULL},
    {"\b\f\n\r\t\x01\x1f\x7f", NULL},
    {"대기열 ≥ 3", NULL},
    {"ends in \"", NULL},
    {"a\xff" "b\xed\xa0\x80", "a?b???"},
    {"cut \xe2\x82", "cut ??"},
};

static void string__any_bytes__read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(200);
        json_text_string(&out, strings[i].text);
        json_t *read = json_loadb(out.buf, out.len, JSON_DECODE_ANY, NULL);
        assert_non_null(read);
        assert_string_equal(json_string_value(read), strings[i].read_back ? strings[i].read_back : strings[i].text);
        json_decref(read);
    }
}

static const struct {
    double value;
    const char *text;
} numbers[] = {
    {0, "0"},       {-0.0, "0"},    {42, "42"},           {-7, "-7"},          {0.1, "0.1"},           {1.0 / 3, "0.33333333333333331"},
    {1e15, "1e+15"}, {NAN, "null"}, {INFINITY, "\"+Inf\""}, {-INFINITY, "\"-Inf\""}, {5e-324, "4.94065645841247e-324"},
};

static void number__any_value__shortest_text_that_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(64);
        json_text_number(&out, numbers[i].value);
        assert_string_equal(out.buf, numbers[i].text);
    }
}

static void integer__extremes__all_digits(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(200);
    json_text_open(&out, '[');
    json_text_integer(&out, INT64_MIN);
    json_text_integer(&out, INT64_MAX);
    json_text_integer(&out, 0);
    json_text_close(&out, ']');
    assert_string_equal(out.buf, "[-9223372036854775808,9223372036854775807,0]");
}

static void object__nested__commas_stand_between(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(200);
    json_text_open(&out, '{');
    json_text_put_string(&out, "a", "ends in [");
    json_text_put_bool(&out, "b", true);
    json_text_key(&out, "c");
    json_text_open(&out, '[');
    json_text_close(&out, ']');
    json_text_key(&out, "d");
    json_text_open(&out, '[');
    json_text_string(&out, ":");
    json_text_string(&out, NULL);
    json_text_close(&out, ']');
    json_text_put_number(&out, "e", 1.5);
    json_text_put_integer(&out, "f", 2);
    json_text_close(&out, '}');
    assert_string_equal(out.buf, "{\"a\":\"ends in [\",\"b\":true,\"c\":[],\"d\":[\":\",null],\"e\":1.5,\"f\":2}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(string__any_bytes__read_back),
        cmocka_unit_test(number__any_value__shortest_text_that_reads_back),
        cmocka_unit_test(integer__extremes__all_digits),
        cmocka_unit_test(object__nested__commas_stand_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
