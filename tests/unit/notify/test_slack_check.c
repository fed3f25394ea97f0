/* The checks of Slack payloads: what we render passes all of them, and each finds what it is there for, at its very limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "findings.h"
#include "notify/receivers/slack_check.h"

static const struct destination_config bot = {.type = RECEIVER_SLACK, .id = "oncall/slack/0", .token_file = "/run/secrets/slack", .channel = "#oncall"};
static const struct destination_config hook = {.type = RECEIVER_SLACK, .id = "oncall/slack/1", .http = {.url_file = "/run/secrets/hook"}};

/* ---- what we render ---- */

static void render__every_state_language_and_form__no_fault(void **state)
{
    static const char ref[] = "{\"channel\":\"C0EXAMPLE\",\"ts\":\"1795000125.000419\",\"severity\":\"warning\",\"tone\":0,\"cause\":\"\"}";
    (void)state;
    const struct finding findings[] = {finding_firing(), finding_unknown(), finding_ended(FINDING_RESOLVED, "condition_cleared"), finding_ended(FINDING_RESOLVED, "entity_gone"),
                                       finding_ended(FINDING_UNKNOWN, "lost_sight"), finding_hostile()};
    const struct destination_config *const ways[] = {&bot, &hook};
    for (size_t i = 0; i < ARRAY_LEN(findings); i++)
        for (size_t w = 0; w < ARRAY_LEN(ways); w++)
            for (int lang = 0; lang < LANGUAGES; lang++)
                for (int update = 0; update < 2; update++) {
                    AUTO(arena) struct arena a = ARENA_INIT("test");
                    AUTO(strbuf) struct strbuf faults = STRBUF_INIT(64 * 1024);
                    struct payload p;
                    const struct receiver *r = receiver_find(RECEIVER_SLACK);
                    assert_int_equal(r->render(ways[w], &findings[i], update ? "update" : "open", update ? ref : NULL, (enum language)lang, &a, &p, NULL), 0);
                    if (r->check(ways[w], &findings[i], update ? "update" : "open", update ? ref : NULL, (enum language)lang, &p, &faults))
                        fail_msg("finding %zu, way %zu, language %d, update %d:\n%s", i, w, lang, update, faults.buf);
                }
}

/* ---- what each finds ---- */

static const char good[] = "{\"channel\":\"#oncall\",\"text\":\"WARNING: hot\",\"parse\":\"none\",\"link_names\":false,\"blocks\":["
                           "{\"type\":\"header\",\"block_id\":\"h\",\"text\":{\"type\":\"plain_text\",\"text\":\"WARNING: hot\"}},"
                           "{\"type\":\"section\",\"block_id\":\"s\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"TEXT\",\"verbatim\":true}},"
                           "{\"type\":\"context\",\"block_id\":\"c\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":\"foot\",\"verbatim\":true}]}]}";

/* `good` with `what` replaced; the caller frees. */
static char *with(const char *what, const char *instead)
{
    const char *at = strstr(good, what);
    assert_non_null(at);
    return xasprintf("%.*s%s%s", (int)(at - good), good, instead, at + strlen(what));
}

static size_t faults_of(const char *body, enum slack_form form, struct strbuf *out)
{
    struct slack_check c = {.form = form, .out = out};
    return slack_check(&c, body, strlen(body));
}

static const struct {
    const char *number, *what, *instead;
    bool fault;
} rows[] = {
    {"V01", "{\"channel\"", "[{\"channel\"", true},
    {"V01", "\"channel\":", "\"text\":\"again\",\"channel\":", true},
    {"V02", "\"parse\":\"none\",", "", true},
    {"V02", "\"link_names\":false", "\"link_names\":true", true},
    {"V02", "\"channel\":\"#oncall\",", "", true},
    {"V02", "\"parse\":\"none\"", "\"parse\":\"none\",\"icon\":1", true},
    {"V02", "\"parse\":\"none\"", "\"parse\":\"none\",\"thread_ts\":\"1795000125.000419\"", false},
    {"V02", "\"parse\":\"none\"", "\"parse\":\"none\",\"thread_ts\":\"1795000125.00041\"", true},
    {"V02", "\"parse\":\"none\"", "\"parse\":\"none\",\"ts\":\"1795000125.000419\"", true},
    {"V03", "\"text\":\"WARNING: hot\",\"parse\"", "\"text\":\" \",\"parse\"", true},
    {"V03", "\"text\":\"WARNING: hot\",\"parse\"", "\"parse\"", true},
    {"V04", "\"type\":\"section\"", "\"type\":\"actions\"", true},
    {"V05", "\"block_id\":\"s\"", "\"block_id\":\"s\",\"txt\":1", true},
    {"V06", "\"block_id\":\"s\"", "\"block_id\":\"h\"", true},
    {"V06", "\"block_id\":\"s\",", "", true},
    {"V07", "\"parse\":\"none\"", "\"parse\":\"none\",\"attachments\":[{}]", true},
    {"V08", "\"type\":\"plain_text\"", "\"type\":\"mrkdwn\"", true},
    {"V08", "\"text\":\"TEXT\",\"verbatim\":true", "\"text\":\"TEXT\",\"verbatim\":true,\"emoji\":true", true},
    {"V09", "\"text\":\"TEXT\"", "\"text\":\"\"", true},
    {"V10", "\"elements\":[{\"type\":\"mrkdwn\",\"text\":\"foot\",\"verbatim\":true}]", "\"elements\":[]", true},
    {"V12", "\"text\":\"TEXT\",\"verbatim\":true", "\"text\":\"TEXT\"", true},
    {"V13", "TEXT", "a\\u0007b", true},
    {"V13", "TEXT", "a\xe2\x80\xae" "b", true},
    {"V13", "TEXT", "a\\nb", false},
    {"V14", "TEXT", "a & b", true},
    {"V14", "TEXT", "a &amp; b &lt;c&gt;", false},
    {"V14", "TEXT", "a &quot; b", true},
    {"V15", "TEXT", "a < b", true},
    {"V15", "TEXT", "a > b", true},
    {"V15", "TEXT", "<>", true},
    {"V15", "TEXT", "<http://a.example.org|<b>>", true},
    {"V16", "TEXT", "<!channel>", true},
    {"V16", "TEXT", "<@U1>", true},
    {"V16", "TEXT", "<http://a.example.org>", true},
    {"V16", "TEXT", "<http://a.example.org| >", true},
    {"V16", "TEXT", "<http://a.example.org|a>", false},
    {"V16", "TEXT", "<!date^1795000000^{date_num} {time}|2026-11-18 11:06 UTC>", false},
    {"V16", "TEXT", "<!date^1795000000^{day}|2026-11-18 11:06 UTC>", true},
    {"V16", "TEXT", "<!date^17950x^{date_num}|2026-11-18 11:06 UTC>", true},
    {"V16", "TEXT", "<!date^1795000000^{date_num}|2026-11-18 11:06>", true},
    {"V17", "TEXT", "<http://u:p@a.example.org/|a>", true},
    {"V17", "TEXT", "<http://a.example.org/a b|a>", true},
    {"V17", "TEXT", "<http://a.example.org/a%20b?c=d&amp;e=f|a>", false},
    {"V18", "TEXT", "```x", true},
    {"V18", "TEXT", "`x", true},
    {"V18", "TEXT", "`x\\ny`", true},
    {"V18", "TEXT", "```x```", false},
    {"V18", "TEXT", "```x`y```", true},
    {"V18", "TEXT", "`x` and `y`", false},
    {"V20", "\"text\":\"WARNING: hot\"}}", "\"text\":\"<!here>\"}}", true},
    {"V20", "\"text\":\"WARNING: hot\"}}", "\"text\":\"a < b\"}}", false},
};

static void check__each_fault__found_by_its_number(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf none = STRBUF_INIT(4096);
    assert_int_equal(faults_of(good, SLACK_POST, &none), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(heap) char *body = with(rows[i].what, rows[i].instead);
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(4096);
        size_t faults = faults_of(body, SLACK_POST, &out);
        bool found = faults > 0 && strstr(out.buf, rows[i].number);
        if (rows[i].fault ? !found : faults > 0)
            fail_msg("%s: %s -> %s: %s", rows[i].number, rows[i].what, rows[i].instead, faults ? out.buf : "no fault");
    }
}

/* ---- lengths ---- */

static void check__lengths__at_the_limit_and_one_beyond(void **state)
{
    static const struct {
        const char *number, *what;
        size_t max;
    } limits[] = {
        {"V03", "\"text\":\"WARNING: hot\",\"parse\"", 4000}, {"V09", "\"text\":\"WARNING: hot\"}}", 150}, {"V09", "TEXT", 3000}, {"V09", "foot", 2000},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        for (size_t beyond = 0; beyond < 2; beyond++) {
            AUTO(strbuf) struct strbuf text = STRBUF_INIT(8192), out = STRBUF_INIT(4096);
            bool key = limits[i].what[0] == '"';
            strbuf_adds(&text, key ? "\"text\":\"" : "");
            for (size_t k = 0; k < limits[i].max + beyond; k++)
                strbuf_addc(&text, 'x');
            strbuf_adds(&text, key ? i == 0 ? "\",\"parse\"" : "\"}}" : "");
            AUTO(heap) char *body = with(limits[i].what, text.buf);
            size_t faults = faults_of(body, SLACK_POST, &out);
            if ((faults > 0) != (beyond == 1) || (beyond && !strstr(out.buf, limits[i].number)))
                fail_msg("%s: %zu: %s", limits[i].number, limits[i].max + beyond, out.buf);
        }
}

static void check__sums__at_the_limit_and_one_beyond(void **state)
{
    (void)state;
    for (size_t blocks = 20; blocks <= 21; blocks++) {
        AUTO(strbuf) struct strbuf body = STRBUF_INIT(64 * 1024), out = STRBUF_INIT(4096);
        strbuf_adds(&body, "{\"channel\":\"c\",\"text\":\"t\",\"parse\":\"none\",\"link_names\":false,\"blocks\":[");
        for (size_t i = 0; i < blocks; i++)
            strbuf_addf(&body, "%s{\"type\":\"divider\",\"block_id\":\"b%zu\"}", i ? "," : "", i);
        strbuf_adds(&body, "]}");
        assert_int_equal(faults_of(body.buf, SLACK_POST, &out) > 0, blocks > 20);
        assert_int_equal(strstr(out.buf, "V04") != NULL, blocks > 20);
    }
    for (size_t units = 8000; units <= 8001; units++) { /* in four texts */
        AUTO(strbuf) struct strbuf body = STRBUF_INIT(64 * 1024), out = STRBUF_INIT(4096);
        strbuf_adds(&body, "{\"channel\":\"c\",\"text\":\"t\",\"parse\":\"none\",\"link_names\":false,\"blocks\":[");
        for (size_t i = 0, left = units; i < 4; i++) {
            size_t len = i == 3 ? left : 2000;
            strbuf_addf(&body, "%s{\"type\":\"section\",\"block_id\":\"b%zu\",\"text\":{\"type\":\"mrkdwn\",\"verbatim\":true,\"text\":\"", i ? "," : "", i);
            for (size_t k = 0; k < len; k++)
                strbuf_addc(&body, 'x');
            strbuf_adds(&body, "\"}}");
            left -= len;
        }
        strbuf_adds(&body, "]}");
        assert_int_equal(faults_of(body.buf, SLACK_POST, &out) > 0, units > 8000);
        assert_int_equal(strstr(out.buf, "V11") != NULL, units > 8000);
    }
}

/* ---- against the finding ---- */

static json_t *rendered(const struct finding *f, enum language lang, struct arena *a)
{
    struct payload p;
    assert_int_equal(receiver_find(RECEIVER_SLACK)->render(&bot, f, "open", NULL, lang, a, &p, NULL), 0);
    return json_loadb(p.body, p.len, 0, NULL);
}

static bool finds(const struct finding *f, json_t *body, const char *number)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(64 * 1024);
    struct slack_check c = {.form = SLACK_POST, .f = f, .lang = LANG_EN, .out = &out};
    AUTO(heap) char *text = json_dumps(body, JSON_COMPACT);
    slack_check(&c, text, strlen(text));
    return strstr(out.buf, number) != NULL;
}

/* The message is of one finding; held against a changed one, the difference is found. */
static void sense__of_another_finding__found(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct finding f = finding_firing(), other = finding_firing();
    json_t *body = rendered(&f, LANG_EN, &a);
    static const char *const numbers[] = {"V03", "V21", "V22", "V23", "V24", "V25"};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        assert_false(finds(&f, body, numbers[i]));
    other.severity = SEVERITY_WARNING;
    assert_true(finds(&other, body, "V21"));
    other = f;
    other.title = (struct text){{"something else", "x"}};
    assert_true(finds(&other, body, "V03"));
    other = f;
    other.onset_ms += 1000;
    assert_true(finds(&other, body, "V22"));
    struct finding_cause rising[2] = {f.causes[0], f.causes[1]};
    rising[1].probability = 0.9;
    other = f;
    other.causes = rising;
    other.causes_len = 2;
    assert_true(finds(&other, body, "V23"));
    other = f;
    other.next_command = "another command";
    assert_true(finds(&other, body, "V24"));
    struct finding_link elsewhere = {"Dashboard", "https://grafana.example.org/d/other"};
    other = f;
    other.links = &elsewhere;
    other.links_len = 1;
    assert_true(finds(&other, body, "V25"));
    json_decref(body);
}

static void sense__command_that_runs_something_inside__found(void **state)
{
    static const char *const bad[] = {"tool --group $(reboot)", "tool --group \"$(reboot)\"", "tool 'unfinished"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        struct finding f = finding_firing();
        f.next_command = bad[i];
        json_t *body = rendered(&f, LANG_EN, &a);
        assert_true(finds(&f, body, "V24"));
        json_decref(body);
    }
}

static void again__numbers_of_one_language_only__found(void **state)
{
    (void)state;
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(4096);
    struct slack_check c = {.form = SLACK_POST, .out = &out};
    AUTO(heap) char *one = with("TEXT", "lag 1,840,000"), *two = with("TEXT", "lag 1,840,001"), *same = with("TEXT", "지연 1,840,000");
    const struct payload p = {.body = one, .len = strlen(one)}, differs = {.body = two, .len = strlen(two)}, korean = {.body = same, .len = strlen(same)};
    slack_check_again(&c, &p, &p, &korean);
    assert_int_equal(c.faults, 0);
    slack_check_again(&c, &p, &p, &differs);
    assert_non_null(strstr(out.buf, "V26"));
    slack_check_again(&c, &p, &differs, &korean);
    assert_non_null(strstr(out.buf, "V28"));
}

static void escaped_twice__found(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    struct finding f = finding_firing();
    json_t *body = rendered(&f, LANG_EN, &a), *section = NULL;
    size_t at;
    json_t *block;
    json_array_foreach(json_object_get(body, "blocks"), at, block)
        if (json_object_get(block, "text") && strcmp(json_string_value(json_object_get(block, "type")), "section") == 0)
            section = block;
    assert_non_null(section);
    json_object_set_new(json_object_get(section, "text"), "text", json_string("a &amp;lt; b"));
    assert_true(finds(&f, body, "V19"));
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(render__every_state_language_and_form__no_fault), cmocka_unit_test(check__each_fault__found_by_its_number),
        cmocka_unit_test(check__lengths__at_the_limit_and_one_beyond),     cmocka_unit_test(check__sums__at_the_limit_and_one_beyond),
        cmocka_unit_test(sense__of_another_finding__found),                cmocka_unit_test(sense__command_that_runs_something_inside__found),
        cmocka_unit_test(again__numbers_of_one_language_only__found),      cmocka_unit_test(escaped_twice__found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
