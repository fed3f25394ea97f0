/* JSON with places: what is filled in stays in its string, lists repeat, mistakes are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "model/template.h"

static const char *const two[] = {"a@example.org", "b@example.org"}, *const hostile[] = {"\"}], \"x\": {to} \\"}, *const names[] = {"to", "text", "none", NULL};
static const struct template_place places[] = {{"to", two, 2}, {"text", hostile, 1}, {"none", NULL, 0}};

static void fill__places__stay_in_their_strings(void **state)
{
    (void)state;
    static const struct {
        const char *template, *filled;
    } cases[] = {
        {"{\"to\": [\"{to}\"]}", "{\"to\":[\"a@example.org\",\"b@example.org\"]}"},
        {"{\"to\": \"{to}\"}", "{\"to\":\"a@example.org, b@example.org\"}"},
        {"{\"p\": [{\"to\": [{\"email\": \"<{to}>\", \"n\": 1}]}]}", "{\"p\":[{\"to\":[{\"email\":\"<a@example.org>\",\"n\":1},{\"email\":\"<b@example.org>\",\"n\":1}]}]}"},
        {"{\"to\": [\"x\", \"{to}\", \"y\"]}", "{\"to\":[\"x\",\"a@example.org\",\"b@example.org\",\"y\"]}"},
        {"{\"t\": \"{text}\"}", "{\"t\":\"\\\"}], \\\"x\\\": {to} \\\\\"}"},
        {"{\"t\": [\"{text}\"]}", "{\"t\":[\"\\\"}], \\\"x\\\": {to} \\\\\"]}"},
        {"{\"t\": [\"{none}\", \"{}\", \"{ a}\", true, null, 1.5]}", "{\"t\":[\"{}\",\"{ a}\",true,null,1.5]}"},
        {"{}", "{}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *template;
        struct error err = {0};
        if (template_read(cases[i].template, names, &template, &err) != 0)
            fail_msg("%s: %s", cases[i].template, err.text);
        json_t *filled = template_fill(template, places, ARRAY_LEN(places));
        AUTO(heap) char *text = json_dumps(filled, JSON_COMPACT);
        assert_string_equal(text, cases[i].filled);
        json_decref(filled);
        json_decref(template);
    }
}

static void read__mistakes__are_told(void **state)
{
    (void)state;
    static const struct {
        const char *template, *says;
        int code;
    } cases[] = {
        {"{\"a\": \"{subjekt}\"}", "{subjekt} is no place", ERR_INVALID},
        {"{\"a\": [{\"b\": \"x {too} y\"}]}", "{too} is no place", ERR_INVALID},
        {"{\"a\": {to}}", "not JSON", ERR_SYNTAX},
        {"[\"{to}\"]", "not a JSON object", ERR_SYNTAX},
        {"", "not JSON", ERR_SYNTAX},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *template;
        struct error err = {0};
        assert_int_equal(template_read(cases[i].template, names, &template, &err), cases[i].code);
        assert_null(template);
        assert_non_null(strstr(err.text, cases[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill__places__stay_in_their_strings),
        cmocka_unit_test(read__mistakes__are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
