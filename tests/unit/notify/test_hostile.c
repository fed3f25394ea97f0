/* Every receiver × every field that foreigners can write × what they may write there, languages in turn: harmless, or refused in a word. */
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

static const char *const to[] = {"oncall@example.org"};
static const char *const languages[LANGUAGES] = {"en", "ko"};

static const struct {
    const char *name;
    struct destination_config d;
} receivers[] = {
    {"slack", {.type = RECEIVER_SLACK, .id = "oncall/slack/0", .token_file = "/run/secrets/slack", .channel = "#oncall"}},
    {"slack webhook", {.type = RECEIVER_SLACK, .id = "oncall/slack/1", .http = {.url_file = "/run/secrets/hook"}}},
    {"email", {.type = RECEIVER_EMAIL, .id = "oncall/email/0", .from = "nightbell@example.org"}},
    {"generic mail", {.type = RECEIVER_EMAIL_WEBHOOK, .id = "oncall/email_webhook/0", .from = "nightbell@example.org"}},
    {"webhook", {.type = RECEIVER_WEBHOOK, .id = "oncall/webhook/0"}},
    {"pagerduty", {.type = RECEIVER_PAGERDUTY, .id = "oncall/pagerduty/0"}},
    {"alertmanager", {.type = RECEIVER_ALERTMANAGER, .id = "oncall/alertmanager/0"}},
    {"teams", {.type = RECEIVER_TEAMS, .id = "oncall/teams/0"}},
    {"discord", {.type = RECEIVER_DISCORD, .id = "oncall/discord/0"}},
    {"telegram", {.type = RECEIVER_TELEGRAM, .id = "oncall/telegram/0", .channel = "-100"}},
    {"stdout", {.type = RECEIVER_STDOUT, .id = "oncall/stdout/0"}},
};

/* ---- what is written ---- */

static char long_text[4001], long_korean[4001];

static const char *const hostile[] = {
    "<!channel>", "<@U1> <#C1|x> <http://evil.example.org|click>", "a&b &lt; &amp;amp;", "`", "```", "*bold* _it_ ~s~ | >q", "\n>quote\n# head", "@everyone @here",
    "$(reboot)", "`reboot`", "'; rm -rf / #", "\"; reboot; \"", "x\r\nBcc: evil@example.org\r\n\r\nbody", "\r\n.\r\nMAIL FROM:<evil@example.org>", "\xe2\x80\xae" "gpj.exe\xe2\x81\xa6",
    "\xff\xfe\x80 \xc0\xaf \xed\xa0\x80", "\x1b[31mred\x1b]0;title\x07", "\x7f\x01\x08\xc2\x85", "<script>alert(1)</script>", "\" onload=\"alert(1)", "</pre></b><a href=\"http://evil.example.org\">",
    "[x](http://evil.example.org)", "<at>all</at>", "{\"a\":1}}", "=?UTF-8?B?QmNj?=", "%0d%0aBcc:", "::error::x", "\xe2\x80\x8b\xef\xbb\xbf", "e\xcc\x81\xcc\x81\xcc\x81", "", long_text, long_korean,
};

static void make_long_texts(void)
{
    memset(long_text, 'x', sizeof long_text - 1);
    memset(long_korean, 0, sizeof long_korean);
    for (size_t i = 0; i + 3 < sizeof long_korean; i += 3)
        memcpy(long_korean + i, "한", 3);
}

/* What a rule gives for a command: each value in single quotes, as rule/template.c quotes it. */
static const char *quoted_command(struct arena *a, const char *value)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(32 * 1024);
    strbuf_adds(&out, "tool --group '");
    for (; *value; value++)
        if (*value == '\'')
            strbuf_adds(&out, "'\\''");
        else
            strbuf_addc(&out, *value);
    strbuf_adds(&out, "' --describe");
    return arena_strdup(a, out.buf);
}

/* ---- where ---- */

struct hostile_world { /* a finding that may be written to */
    struct arena *a;
    struct finding f;
    struct finding_cause cause;
    struct finding_remedy remedy;
    struct finding_chart chart;
    struct finding_link link;
    struct finding_member member;
    struct text line;
};

static void begin(struct hostile_world *w, struct arena *a)
{
    *w = (struct hostile_world){.a = a, .f = finding_firing(), .cause = causes[0], .remedy = remedies[0], .chart = charts[0], .link = links[0]};
    w->member = (struct finding_member){.symptom = "other", .title = causes[0].title};
    w->f.causes = &w->cause;
    w->f.remedies = &w->remedy;
    w->f.charts = &w->chart;
    w->f.links = &w->link;
    w->f.members = &w->member;
    w->f.causes_len = w->f.remedies_len = w->f.charts_len = w->f.links_len = w->f.members_len = 1;
    w->line = pro_slow[0];
}

static struct text both(const char *text)
{
    return (struct text){{text, text}};
}

static void in_title(struct hostile_world *w, const char *text)
{
    w->f.entity.items[0].value = text;
    w->f.title = both(arena_printf(w->a, "%s is falling behind", text));
}
static void in_entity_name(struct hostile_world *w, const char *text) { w->f.entity.items[0].name = text; }
static void in_entity(struct hostile_world *w, const char *text) { w->f.entity.items[1].value = text; }
static void in_cluster(struct hostile_world *w, const char *text) { w->f.cluster = text; }
static void in_symptom(struct hostile_world *w, const char *text) { w->f.symptom = text; }
static void in_effect(struct hostile_world *w, const char *text) { w->f.effect = both(text); }
static void in_cause(struct hostile_world *w, const char *text) { w->cause.title = both(text); }
static void in_cause_id(struct hostile_world *w, const char *text) { w->cause.id = text; }
static void in_check(struct hostile_world *w, const char *text) { w->f.next_check = both(text); }
static void in_remedy(struct hostile_world *w, const char *text) { w->remedy.text = both(text); }
static void in_label(struct hostile_world *w, const char *text) { w->chart.label = both(text); }
static void in_unit(struct hostile_world *w, const char *text) { w->chart.unit = text; }
static void in_link_name(struct hostile_world *w, const char *text) { w->link.name = text; }
static void in_link(struct hostile_world *w, const char *text) { w->link.url = arena_printf(w->a, "https://example.org/%s", text); }
static void in_host(struct hostile_world *w, const char *text) { w->link.url = text; }
static void in_member(struct hostile_world *w, const char *text) { w->member.title = both(text); }
static void in_command(struct hostile_world *w, const char *text)
{
    w->remedy.command = quoted_command(w->a, text);
    w->f.next_command = w->remedy.command;
}
static void in_evidence(struct hostile_world *w, const char *text)
{
    w->line = both(text);
    w->cause.pro = w->cause.contra = w->cause.missing = (struct texts){&w->line, 1};
}

static const struct {
    const char *name;
    void (*put)(struct hostile_world *w, const char *text);
} fields[] = {
    {"title", in_title},   {"entity name", in_entity_name}, {"entity", in_entity}, {"cluster", in_cluster}, {"symptom", in_symptom}, {"effect", in_effect},
    {"cause", in_cause},   {"cause id", in_cause_id},       {"check", in_check},   {"remedy", in_remedy},   {"label", in_label},     {"unit", in_unit},
    {"link name", in_link_name}, {"link", in_link},         {"host", in_host},     {"member", in_member},   {"command", in_command}, {"evidence", in_evidence},
};

/* ---- what must hold ---- */

static const char *fault; /* of the payload that is looked at */

static void look(bool holds, const char *what)
{
    if (!holds && !fault)
        fault = what;
}

static bool is_printable(const char *text, const char *also)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(1 << 20);
    for (; *text; text++)
        if (!strchr(also, *text))
            strbuf_addc(&line, *text);
    return text_is_plain_line(line.buf);
}

/* Every text in it, and every key. */
static void each_text(json_t *json, void (*on)(const char *text, bool command))
{
    size_t at;
    json_t *one;
    const char *key;
    if (json_is_string(json))
        on(json_string_value(json), false);
    json_array_foreach(json, at, one)
        each_text(one, on);
    json_object_foreach(json, key, one) {
        on(key, false);
        each_text(one, on);
    }
}

static void no_controls(const char *text, bool command)
{
    (void)command;
    if (strstr(text, "MIME") || strstr(text, "<html"))
        return; /* mails are looked at as such */
    char word_joiner_less[1 << 16], *end = word_joiner_less; /* telegram's own */
    for (const char *p = text; *p && end < word_joiner_less + sizeof word_joiner_less - 1; p++) {
        if (strncmp(p, "\xe2\x81\xa0", 3) == 0)
            p += 2;
        else
            *end++ = *p;
    }
    *end = '\0';
    look(is_printable(word_joiner_less, "\n"), "a control, a direction mark or foreign bytes");
}

static void check_any_json(const struct destination_config *d, const struct payload *p)
{
    json_t *json = json_loadb(p->body, p->len, JSON_REJECT_DUPLICATES, NULL);
    look(json != NULL, "no JSON");
    if (d->type != RECEIVER_WEBHOOK) /* the finding as it is, for programs */
        each_text(json, no_controls);
    json_decref(json);
}

static void check_headers(const struct payload *p)
{
    const char *end = strstr(p->body, "\r\n\r\n");
    look(end != NULL, "no headers");
    size_t colons = 0;
    for (const char *line = p->body; line && line < end; line = strstr(line, "\r\n")) {
        line += *line == '\r' ? 2 : 0;
        look(strncasecmp(line, "bcc", 3) != 0, "a header of somebody else");
        colons += *line != ' ';
    }
    look(colons <= 14, "more headers than we write");
    for (const char *c = p->body; *c; c++)
        look((unsigned char)*c < 0x7f && (*c >= ' ' || *c == '\r' || *c == '\n'), "bytes beyond ASCII");
}

static void check_discord(const struct payload *p)
{
    json_t *json = json_loadb(p->body, p->len, 0, NULL), *embed = json_array_get(json_object_get(json, "embeds"), 0);
    const char *title = json_string_value(json_object_get(embed, "title")), *text = json_string_value(json_object_get(embed, "description"));
    look(json_array_size(json_object_get(json_object_get(json, "allowed_mentions"), "parse")) == 0, "mentions are allowed");
    look(text_units(title) <= 256 && text_units(text) <= 4096, "longer than Discord takes");
    json_decref(json);
}

static void check_telegram(const struct payload *p)
{
    json_t *json = json_loadb(p->body, p->len, 0, NULL);
    const char *text = json_string_value(json_object_get(json, "text"));
    look(text_units(text) <= 4096, "longer than Telegram takes");
    for (const char *c = strchr(text, '<'); c; c = strchr(c + 1, '<'))
        look(strncmp(c, "<b>", 3) == 0 || strncmp(c, "</b>", 4) == 0 || strncmp(c, "<pre>", 5) == 0 || strncmp(c, "</pre>", 6) == 0 ||
                 strncmp(c, "<a href=\"http", 13) == 0 || strncmp(c, "</a>", 4) == 0,
             "a tag that is not ours");
    json_decref(json);
}

static void check_slack(const struct destination_config *d, const struct finding *f, enum language lang, const struct payload *p)
{
    static char said[4096];
    AUTO(strbuf) struct strbuf faults = STRBUF_INIT(4000);
    if (receiver_find(d->type)->check(d, f, "open", NULL, lang, p, &faults)) {
        snprintf(said, sizeof said, "%s", faults.buf);
        look(false, said);
    }
}

static void check(const struct destination_config *d, const struct finding *f, enum language lang, const struct payload *p)
{
    fault = NULL;
    if (d->type == RECEIVER_STDOUT)
        look(is_printable(p->body, "\n"), "a control or a direction mark");
    else if (d->type == RECEIVER_EMAIL)
        check_headers(p);
    else
        check_any_json(d, p);
    if (d->type == RECEIVER_SLACK)
        check_slack(d, f, lang, p);
    if (d->type == RECEIVER_DISCORD)
        check_discord(p);
    if (d->type == RECEIVER_TELEGRAM)
        check_telegram(p);
    if (d->type == RECEIVER_TEAMS)
        look(p->len <= 28000, "longer than Teams takes");
}

static size_t try_one(size_t r, size_t field, size_t text, int lang)
{
    AUTO(arena) struct arena a = ARENA_INIT("hostile");
    struct hostile_world w;
    struct destination_config d = receivers[r].d;
    const char *addresses[] = {to[0]};
    d.to = addresses;
    d.to_len = 1;
    begin(&w, &a);
    fields[field].put(&w, hostile[text]);
    struct payload p = {0};
    struct error err = {0};
    int failed = receiver_find(d.type)->render(&d, &w.f, "open", NULL, (enum language)lang, &a, &p, &err);
    if (failed && *err.text)
        return 0; /* refused in a word */
    assert_int_equal(failed, 0);
    check(&d, &w.f, (enum language)lang, &p);
    if (fault)
        print_message("%s, %s, %s, \"%.40s\": %s\n", receivers[r].name, fields[field].name, languages[lang], hostile[text], fault);
    return fault != NULL;
}

static void render__hostile_text_in_any_field__harmless(void **state)
{
    size_t bad = 0, tried = 0;
    (void)state;
    make_long_texts();
    for (size_t r = 0; r < ARRAY_LEN(receivers); r++)
        for (size_t field = 0; field < ARRAY_LEN(fields); field++)
            for (size_t text = 0; text < ARRAY_LEN(hostile); text++)
                bad += try_one(r, field, text, (int)(r + field + text) % LANGUAGES), tried++; /* languages take turns */
    if (bad)
        fail_msg("%zu of %zu", bad, tried);
}

/* Addresses come from the settings; a line break there would be a recipient of somebody else. */
static void render__hostile_address__refused(void **state)
{
    static const char *const bad[] = {"x@example.org\r\nBcc: evil@example.org", "x", "@example.org", "x@", "x@example.org,evil@example.org", "x@ex ample.org", "\"x\"@example.org", "엑스@example.org"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO(arena) struct arena a = ARENA_INIT("address");
        const char *addresses[] = {bad[i]};
        struct destination_config d = {.type = RECEIVER_EMAIL, .id = "a", .from = "n@example.org", .to = addresses, .to_len = 1};
        struct finding f = finding_firing();
        struct payload p;
        struct error err = {0};
        assert_int_equal(receiver_find(d.type)->render(&d, &f, "open", NULL, LANG_EN, &a, &p, &err), ERR_INVALID);
        assert_true(*err.text != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(render__hostile_text_in_any_field__harmless), cmocka_unit_test(render__hostile_address__refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
