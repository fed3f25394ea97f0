/* What people see, for every receiver, language and state, against tests/golden/notify/. UPDATE_GOLDEN=1 writes them anew: read the difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "findings.h"
#include "model/json.h"
#include "notify/notify.h"

static const char *const languages[LANGUAGES] = {"en", "ko"};
static const char *const to[] = {"oncall@example.org", "second@example.org"};

static const struct {
    const char *name;
    struct destination_config d;
    bool json;
} receivers[] = {
    {"slack.json", {.type = RECEIVER_SLACK, .id = "oncall/slack/0", .token_file = "/run/secrets/slack", .channel = "#oncall"}, true},
    {"slack-webhook.json", {.type = RECEIVER_SLACK, .id = "oncall/slack/1", .http = {.url_file = "/run/secrets/hook"}}, true},
    {"eml", {.type = RECEIVER_EMAIL, .id = "oncall/email/0", .from = "nightbell@example.org"}, false},
    {"mail.json", {.type = RECEIVER_EMAIL_WEBHOOK, .id = "oncall/email_webhook/0", .from = "nightbell@example.org"}, true},
    {"sendgrid.json", {.type = RECEIVER_EMAIL_WEBHOOK, .id = "oncall/email_webhook/1", .from = "nightbell@example.org", .provider = "sendgrid"}, true},
    {"resend.json", {.type = RECEIVER_EMAIL_WEBHOOK, .id = "oncall/email_webhook/2", .from = "nightbell@example.org", .provider = "resend"}, true},
    {"mailgun.txt", {.type = RECEIVER_EMAIL_WEBHOOK, .id = "oncall/email_webhook/3", .from = "nightbell@example.org", .provider = "mailgun"}, false},
    {"webhook.json", {.type = RECEIVER_WEBHOOK, .id = "oncall/webhook/0"}, true},
    {"pagerduty.json", {.type = RECEIVER_PAGERDUTY, .id = "oncall/pagerduty/0"}, true},
    {"alertmanager.json", {.type = RECEIVER_ALERTMANAGER, .id = "oncall/alertmanager/0"}, true},
    {"teams.json", {.type = RECEIVER_TEAMS, .id = "oncall/teams/0"}, true},
    {"discord.json", {.type = RECEIVER_DISCORD, .id = "oncall/discord/0"}, true},
    {"telegram.json", {.type = RECEIVER_TELEGRAM, .id = "oncall/telegram/0", .channel = "-100123"}, true},
    {"txt", {.type = RECEIVER_STDOUT, .id = "oncall/stdout/0"}, false},
};

static const char slack_ref[] = "{\"channel\":\"C0EXAMPLE\",\"ts\":\"1795000125.000419\",\"severity\":\"warning\",\"tone\":0,\"cause\":\"\"}";

/* A picture is bytes of zlib, which may change with its version: test_chart.c looks at the pixels. */
static void leave_out_picture(char *mail)
{
    char *type = strstr(mail, "Content-Type: image/png"), *body = type ? strstr(type, "\n\n") : NULL, *end = body ? strstr(body, "\n--") : NULL;
    if (end)
        memmove(body + 2, end, strlen(end) + 1);
}

/* JSON in many lines; mails with bare LF, so that the files are like all others in the tree. */
static char *readable(const struct payload *p, bool json)
{
    if (json) {
        json_t *value = json_loadb(p->body, p->len, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(value);
        AUTO(heap) char *text = json_dumps(value, JSON_INDENT(1) | JSON_DIGITS);
        json_decref(value);
        return xasprintf("%s\n", text);
    }
    char *text = xstrndup(p->body, p->len), *end = text;
    for (const char *c = text; *c; c++)
        if (*c != '\r')
            *end++ = *c;
    *end = '\0';
    leave_out_picture(text);
    return text;
}

static void compare(const char *name, const char *text)
{
    AUTO(heap) char *path = xasprintf("%s/tests/golden/notify/%s", SOURCE_DIR, name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        return;
    }
    AUTO(heap) char *golden = NULL;
    size_t len;
    struct error err = {0};
    if (file_read(path, 1 << 20, &golden, &len, &err) != 0)
        fail_msg("%s: %s (UPDATE_GOLDEN=1 writes it)", path, err.text);
    if (strcmp(golden, text) != 0) {
        print_message("--- now:\n%s\n", text);
        fail_msg("%s differs from what was written", path);
    }
}

static void check_all(const char *name, const struct finding *f, const char *kind, const char *ref)
{
    for (size_t i = 0; i < ARRAY_LEN(receivers); i++) {
        bool another_form = receivers[i].d.provider != NULL; /* of the same texts: two findings show what it makes of them */
        if (another_form && strcmp(name, "firing") != 0 && strcmp(name, "hostile") != 0)
            continue;
        for (int lang = 0; lang < LANGUAGES; lang++) {
            AUTO(arena) struct arena a = ARENA_INIT("golden");
            struct destination_config d = receivers[i].d;
            const char *addresses[] = {to[0], to[1]};
            d.to = addresses;
            d.to_len = 2;
            struct payload p, again;
            struct error err = {0};
            const struct receiver *r = receiver_find(d.type);
            assert_int_equal(r->render(&d, f, kind, d.token_file ? ref : NULL, (enum language)lang, &a, &p, &err), 0);
            assert_int_equal(r->render(&d, f, kind, d.token_file ? ref : NULL, (enum language)lang, &a, &again, &err), 0);
            assert_int_equal(p.len, again.len);
            assert_memory_equal(p.body, again.body, p.len);
            AUTO(heap) char *file = xasprintf("%s.%s.%s", name, languages[lang], receivers[i].name);
            AUTO(heap) char *text = readable(&p, receivers[i].json);
            compare(file, text);
        }
    }
}

static void golden__firing__as_written(void **state)
{
    (void)state;
    struct finding f = finding_firing();
    check_all("firing", &f, "open", NULL);
}

static void golden__unknown__as_written(void **state)
{
    (void)state;
    struct finding f = finding_unknown();
    check_all("unknown", &f, "update", slack_ref);
}

static void golden__resolved__as_written(void **state)
{
    (void)state;
    struct finding f = finding_ended(FINDING_RESOLVED, "condition_cleared");
    check_all("resolved", &f, "resolve", slack_ref);
    f.reason = "entity_gone";
    check_all("gone", &f, "resolve", slack_ref);
}

static void golden__lost__as_written(void **state)
{
    (void)state;
    struct finding f = finding_ended(FINDING_UNKNOWN, "lost_sight");
    check_all("lost", &f, "resolve", slack_ref);
}

static void golden__hostile__as_written(void **state)
{
    (void)state;
    struct finding f = finding_hostile();
    check_all("hostile", &f, "open", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden__firing__as_written),   cmocka_unit_test(golden__unknown__as_written), cmocka_unit_test(golden__resolved__as_written),
        cmocka_unit_test(golden__lost__as_written),     cmocka_unit_test(golden__hostile__as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
