/* Whatever a finding holds, what is sent stays within the limits and well-formed: findings made of random pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "findings.h"
#include "notify/escape.h"
#include "notify/notify.h"

static unsigned seed = 11;

static const char *const pieces[] = {"a", "payments", " ", "&", "<", ">", "`", "```", "*", "_", "~", "|", "한국어", "😀", "\r\n", "\n", "\xff", "\xe2\x80\xae", "e\xcc\x81",
                                     "<!channel>", "&amp;", "\"", "'", "$(x)", "\\", "=?UTF-8?B?", ".", "--", "\x01", "--=_nightbell_"};

static const char *random_text(struct arena *a, size_t most)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(8192);
    for (size_t n = (size_t)rand_r(&seed) % (most + 1); n > 0; n--)
        strbuf_adds(&out, pieces[(size_t)rand_r(&seed) % ARRAY_LEN(pieces)]);
    return arena_strdup(a, out.buf);
}

static struct text random_both(struct arena *a, size_t most)
{
    return (struct text){{random_text(a, most), random_text(a, most)}};
}

static struct texts random_texts(struct arena *a)
{
    struct texts t = {arena_array(a, 6, sizeof(struct text)), (size_t)rand_r(&seed) % 6};
    for (size_t i = 0; i < t.len; i++)
        t.items[i] = random_both(a, 150);
    return t;
}

static struct finding random_finding(struct arena *a)
{
    struct finding f = finding_firing();
    f.title = random_both(a, 200);
    f.effect = random_both(a, 400);
    f.cluster = random_text(a, 60);
    f.entity.items[1].value = random_text(a, 3);
    f.causes_len = (size_t)rand_r(&seed) % 9;
    f.causes = arena_array(a, 9, sizeof *f.causes);
    for (size_t i = 0; i < f.causes_len; i++)
        f.causes[i] = (struct finding_cause){.id = "x", .title = random_both(a, 100), .verdict = i > 4 ? VERDICT_RULED_OUT : VERDICT_POSSIBLE, .probability = 0.3,
                                             .pro = random_texts(a), .contra = random_texts(a), .missing = random_texts(a)};
    f.remedies_len = (size_t)rand_r(&seed) % 7;
    f.remedies = arena_array(a, 7, sizeof *f.remedies);
    for (size_t i = 0; i < f.remedies_len; i++)
        f.remedies[i] = (struct finding_remedy){"x", random_both(a, 100), random_text(a, 60), (enum risk)(rand_r(&seed) % RISK_COUNT)};
    f.links_len = (size_t)rand_r(&seed) % 5;
    f.links = arena_array(a, 5, sizeof *f.links);
    for (size_t i = 0; i < f.links_len; i++)
        f.links[i] = (struct finding_link){random_text(a, 5), arena_printf(a, "https://example.org/%s", random_text(a, 300))};
    f.cannot_tell = rand_r(&seed) % 2;
    return f;
}

static void check_markup(const char *text)
{
    size_t ticks = 0, open = 0;
    for (const char *p = text; *p; p++) {
        ticks += *p == '`';
        if (*p == '<') {
            assert_int_equal(open, 0);
            assert_true(strncmp(p, "<http", 5) == 0 || strncmp(p, "<!date^", 7) == 0);
            open = 1;
        } else if (*p == '>') {
            assert_int_equal(open, 1);
            open = 0;
        } else if (*p == '&') {
            assert_true(strncmp(p, "&amp;", 5) == 0 || strncmp(p, "&lt;", 4) == 0 || strncmp(p, "&gt;", 4) == 0);
        }
        assert_true((unsigned char)*p >= 0x20 || *p == '\n');
    }
    assert_int_equal(ticks % 2, 0);
    assert_int_equal(open, 0);
}

static size_t check_text(const json_t *object, size_t most)
{
    const char *text = json_string_value(json_object_get(object, "text"));
    assert_non_null(text);
    size_t units = text_units(text);
    assert_true(units >= 1 && units <= most);
    if (strcmp(json_string_value(json_object_get(object, "type")), "mrkdwn") == 0)
        check_markup(text);
    return units;
}

static void check_slack(const struct payload *p)
{
    json_t *body = json_loadb(p->body, p->len, JSON_REJECT_DUPLICATES, NULL), *block, *part;
    assert_non_null(body);
    size_t i, k, sum = 0;
    const json_t *blocks = json_object_get(body, "blocks");
    assert_true(json_array_size(blocks) >= 3 && json_array_size(blocks) <= 20);
    json_array_foreach(blocks, i, block) {
        const json_t *text = json_object_get(block, "text");
        if (text)
            sum += check_text(text, strcmp(json_string_value(json_object_get(block, "type")), "header") == 0 ? 150 : 3000);
        json_array_foreach(json_object_get(block, "fields"), k, part)
            sum += check_text(part, 2000);
        json_array_foreach(json_object_get(block, "elements"), k, part)
            sum += check_text(part, 2000);
    }
    assert_true(sum <= 8000);
    assert_true(json_dumpb(blocks, NULL, 0, JSON_COMPACT) <= 12000);
    assert_true(text_units(json_string_value(json_object_get(body, "text"))) <= 2000);
    json_decref(body);
}

static void check_mail(const struct payload *p)
{
    size_t line = 0;
    bool head = true, word = false;
    for (size_t i = 0; i < p->len; i++) {
        unsigned char c = (unsigned char)p->body[i];
        assert_true((c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n');
        if (c == '\r') {
            assert_true(i + 1 < p->len && p->body[i + 1] == '\n');
            assert_true(line <= (word && head ? 76u : 998u));
            head = head && line > 0;
            line = 0;
            word = false;
            i++;
            continue;
        }
        assert_true(c != '\n');
        word = word || strncmp(p->body + i, "=?UTF-8?", 8) == 0;
        if (line == 0 && head)
            assert_true(strncmp(p->body + i, "Bcc", 3) != 0);
        line++;
    }
    assert_null(strstr(p->body, "\r\n.\r\n"));
}

static void render__random_findings__within_limits(void **state)
{
    (void)state;
    static const char *to[] = {"oncall@example.org"};
    static const struct destination_config destinations[] = {
        {.type = RECEIVER_SLACK, .token_file = "t", .channel = "#c", .id = "a"},
        {.type = RECEIVER_EMAIL, .from = "n@example.org", .to = to, .to_len = 1, .id = "b"},
        {.type = RECEIVER_STDOUT, .id = "c"},
    };
    for (int round = 0; round < 400; round++) {
        AUTO(arena) struct arena a = ARENA_INIT("test");
        struct finding f = random_finding(&a);
        for (size_t i = 0; i < ARRAY_LEN(destinations); i++) {
            struct payload p;
            struct error err = {0};
            assert_int_equal(receiver_find(destinations[i].type)->render(&destinations[i], &f, "open", NULL, (enum language)(round % LANGUAGES), &a, &p, &err), 0);
            assert_int_equal(p.body[p.len], '\0');
            if (i == 0)
                check_slack(&p);
            else if (i == 1)
                check_mail(&p);
            else
                for (const char *c = p.body; *c; c++)
                    assert_true((unsigned char)*c >= 0x20 || *c == '\n');
        }
    }
}

/* Three bytes a character: the limit in bytes is reached long before that in characters. */
static void render__long_korean__within_bytes(void **state)
{
    (void)state;
    AUTO(arena) struct arena a = ARENA_INIT("test");
    AUTO(strbuf) struct strbuf long_text = STRBUF_INIT(3000);
    while (!long_text.truncated)
        strbuf_adds(&long_text, "처리지연");
    const struct text both = {{long_text.buf, long_text.buf}};
    struct texts texts = {arena_array(&a, 3, sizeof both), 3};
    texts.items[0] = texts.items[1] = texts.items[2] = both;
    struct finding f = finding_firing();
    f.title = f.effect = both;
    f.causes = arena_array(&a, 8, sizeof *f.causes);
    f.causes_len = 8;
    for (size_t i = 0; i < 8; i++)
        f.causes[i] = (struct finding_cause){.id = "x", .title = both, .verdict = i > 3 ? VERDICT_RULED_OUT : VERDICT_POSSIBLE, .pro = texts, .contra = texts,
                                             .missing = texts};
    struct finding_remedy steps[] = {{"x", both, NULL, RISK_SAFE}, {"x", both, NULL, RISK_SAFE}, {"x", both, NULL, RISK_SAFE}};
    f.remedies = steps;
    f.remedies_len = 3;
    const struct destination_config d = {.type = RECEIVER_SLACK, .token_file = "t", .channel = "#c", .id = "a"};
    struct payload p;
    assert_int_equal(receiver_find(d.type)->render(&d, &f, "open", NULL, LANG_KO, &a, &p, NULL), 0);
    check_slack(&p);
    assert_true(p.len > 7000); /* cut, but not to nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(render__random_findings__within_limits), cmocka_unit_test(render__long_korean__within_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
