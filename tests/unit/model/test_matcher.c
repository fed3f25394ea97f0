/* Matchers: what is read, what is refused and where, what matches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "model/matcher.h"

static struct finding sample(void)
{
    return (struct finding){.symptom = "queue-stalled", .cluster = "prod", .severity = SEVERITY_WARNING, .incident = "00000000000000aa",
                            .entity = {.items = {{"queue", "orders"}, {"owner", "a\"b,c"}}, .len = 2}};
}

static void parse__all_forms__match_what_they_say(void **state)
{
    static const struct {
        const char *text;
        bool matches;
    } rows[] = {
        {"queue=orders", true},
        {"queue=\"orders\"", true},
        {"{queue=\"orders\"}", true},
        {" { queue = \"orders\" , cluster != test } ", true},
        {"queue=order", false},
        {"queue=~\"ord.*\"", true},
        {"queue=~ord", false}, /* of the whole value */
        {"queue!~\"pay|ship\"", true},
        {"queue!~\"pay|orders\"", false},
        {"severity=warning,symptom=queue-stalled,alertname=queue-stalled,incident_id=00000000000000aa", true},
        {"severity=~\"critical|warning\"", true},
        {"missing=\"\"", true}, /* what is not there is empty */
        {"missing!=x", true},
        {"missing=~\".+\"", false},
        {"owner=\"a\\\"b,c\"", true},
        {"", true},
        {"{}", true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(matchers) struct matchers m = {0};
        struct error err = {0};
        const struct finding f = sample();
        if (matchers_parse(&m, rows[i].text, NULL, &err) != 0)
            fail_msg("%s: %s", rows[i].text, err.text);
        if (matchers_match(&m, &f) != rows[i].matches)
            fail_msg("%s: matches %d", rows[i].text, !rows[i].matches);
    }
}

static void parse__wrong__says_what_and_where(void **state)
{
    static const struct {
        const char *text;
        int code;
        size_t at;
        const char *says;
    } rows[] = {
        {"queue", ERR_SYNTAX, 0, "expected =, !=, =~ or !~ after \"queue\""},
        {"queue=orders, =x", ERR_SYNTAX, 14, "expected the name of a label"},
        {"queue=\"orders", ERR_SYNTAX, 0, "lacks its closing quote"},
        {"queue=~\"(\"", ERR_INVALID, 0, ""},
        {"1queue=x", ERR_SYNTAX, 0, "expected the name of a label"},
        {"queue=a b=c", ERR_SYNTAX, 0, "expected a comma"},
        {"{queue=a", ERR_SYNTAX, 1, "is not closed"},
        {"{queue=a} x", ERR_SYNTAX, 1, "is not closed"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(matchers) struct matchers m = {0};
        struct error err = {0};
        size_t at = 99;
        assert_int_equal(matchers_parse(&m, rows[i].text, &at, &err), rows[i].code);
        assert_int_equal(at, rows[i].at);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].text, err.text);
    }
}

static void print__parsed_again__the_same(void **state)
{
    static const char *const texts[] = {"a=\"b\"", "a=\"b\",c=~\"d.*\",e!=\"\",f!~\"g|h\"", "a=\"q\\\"uo\\\\te\""};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO(matchers) struct matchers m = {0};
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(200);
        assert_int_equal(matchers_parse(&m, texts[i], NULL, NULL), 0);
        matchers_print(&m, &out);
        assert_string_equal(out.buf, texts[i]);
    }
}

static void ask_for_something__only_what_an_empty_label_fails(void **state)
{
    static const struct {
        const char *text;
        bool asks;
    } rows[] = {{"", false}, {"a=~\".*\"", false}, {"a!=b", false}, {"a=\"\"", false}, {"a=b", true}, {"a=~\".+\"", true}, {"a!=b,c=d", true}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(matchers) struct matchers m = {0};
        assert_int_equal(matchers_parse(&m, rows[i].text, NULL, NULL), 0);
        assert_int_equal(matchers_ask_for_something(&m), rows[i].asks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__all_forms__match_what_they_say),
        cmocka_unit_test(parse__wrong__says_what_and_where),
        cmocka_unit_test(print__parsed_again__the_same),
        cmocka_unit_test(ask_for_something__only_what_an_empty_label_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
