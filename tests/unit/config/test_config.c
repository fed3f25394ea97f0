/* nightbell.yaml: defaults, the example file, and every mistake of a bad file at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "config/config.h"

#ifndef SOURCE_DIR
#define SOURCE_DIR "."
#endif

struct loaded {
    struct config *config;
    struct mistakes mistakes;
    char *said; /* all mistakes; the file is called "c.yaml" in it */
    size_t said_len;
};

/* Replaces the temporary file's path at the start of every line. */
static void collect(struct loaded *l, const char *path)
{
    char *raw = NULL, *line, *rest;
    size_t raw_len;
    FILE *out = open_memstream(&raw, &raw_len);
    mistakes_print(&l->mistakes, out);
    fclose(out);
    out = open_memstream(&l->said, &l->said_len);
    for (line = raw; *line; line = rest + 1) {
        rest = strchr(line, '\n');
        assert_non_null(rest);
        *rest = '\0';
        bool ours = strncmp(line, path, strlen(path)) == 0;
        fprintf(out, "%s%s\n", ours ? "c.yaml" : "", ours ? line + strlen(path) : line);
    }
    fclose(out);
    free(raw);
}

static void load(struct loaded *l, const char *text)
{
    char path[] = "/tmp/nightbell-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    *l = (struct loaded){.mistakes = MISTAKES_INIT};
    l->config = config_load(path, &l->mistakes);
    unlink(path);
    collect(l, path);
}

static void drop(struct loaded *l)
{
    config_free(l->config);
    mistakes_free(&l->mistakes);
    free(l->said);
}

static void assert_defaults(const struct config *c)
{
    assert_string_equal(c->state_path, "/var/lib/nightbell/state.db");
    assert_true(c->interval_ms == 15000);
    assert_true(c->timeout_ms == 15000);
    assert_true(c->offset_ms == 0);
    assert_true(c->route.repeat_interval_ms == 4 * 3600 * 1000);
    assert_string_equal(c->language, "en");
    assert_int_equal(c->rules_len, 1);
    assert_string_equal(c->rules[0], "builtin");
    assert_int_equal(c->sources_len, 0);
    assert_int_equal(c->clusters_len, 0);
    assert_int_equal(c->destinations_len, 0);
    assert_null(c->route.receiver);
}

static void default__no_file__is_complete(void **state)
{
    (void)state;
    unsetenv("STATE_DIRECTORY");
    struct config *c = config_default();
    assert_defaults(c);
    assert_null(c->path);
    config_free(c);
}

static void default__under_systemd__state_is_in_its_first_directory(void **state)
{
    (void)state;
    setenv("STATE_DIRECTORY", "/var/lib/one:/var/lib/two", 1);
    struct config *c = config_default();
    assert_string_equal(c->state_path, "/var/lib/one/nightbell.db");
    config_free(c);
    unsetenv("STATE_DIRECTORY");
}

static void load__empty_or_null_sections__are_the_defaults(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "# nothing\n", "sources:\nclusters:\nrules:\nroute:\ninterval:\nreceivers: {}\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct loaded l;
        load(&l, texts[i]);
        assert_string_equal(l.said, "");
        assert_non_null(l.config);
        assert_defaults(l.config);
        drop(&l);
    }
}

static void load__missing_file__is_one_mistake(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    assert_null(config_load("/nonexistent/nightbell.yaml", &m));
    assert_int_equal(m.len, 1);
    assert_int_equal(m.errors, 1);
    assert_string_equal(m.items[0].place.file, "/nonexistent/nightbell.yaml");
    assert_non_null(strstr(m.items[0].text, "No such file"));
    mistakes_free(&m);
}

static void check_example_sources(const struct config *c)
{
    assert_int_equal(c->sources_len, 1);
    const struct source_config *s = &c->sources[0];
    assert_string_equal(s->name, "prod");
    assert_string_equal(s->http.url, "http://prometheus.example.org:9090");
    assert_int_equal(s->max_in_flight, 8);
    assert_true(s->max_bytes == INT64_C(256) << 20);
    assert_true(s->max_series == 500000);
    assert_int_equal(c->clusters_len, 1);
    assert_string_equal(c->clusters[0].name, "orders");
    assert_string_equal(c->clusters[0].source, "prod");
    assert_string_equal(c->clusters[0].match.items[0].name, "cluster");
    assert_string_equal(c->clusters[0].match.items[0].value, "orders");
    assert_string_equal(c->clusters[0].links.items[0].name, "dashboard");
}

static void check_example_destinations(const struct config *c)
{
    assert_int_equal(c->destinations_len, 2);
    const struct destination_config *slack = &c->destinations[0], *email = &c->destinations[1];
    assert_int_equal(slack->type, RECEIVER_SLACK);
    assert_string_equal(slack->id, "oncall/slack/0");
    assert_string_equal(slack->receiver, "oncall");
    assert_string_equal(slack->http.url, "https://slack.com/api");
    assert_string_equal(slack->channel, "#kafka-oncall");
    assert_null(slack->language);
    assert_string_equal(email->id, "oncall/email/0");
    assert_string_equal(email->smtp_url, "smtp://mail.example.org:587");
    assert_true(email->smtp_require_tls);
    assert_int_equal(email->to_len, 1);
    assert_string_equal(email->to[0], "oncall@example.org");
    assert_string_equal(email->language, "ko");
    assert_string_equal(c->route.receiver, "oncall");
}

static void load__example_file__has_no_mistakes(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    struct config *c = config_load(SOURCE_DIR "/examples/nightbell.yaml", &m);
    mistakes_print(&m, stderr);
    assert_int_equal(m.len, 0);
    assert_non_null(c);
    check_example_sources(c);
    check_example_destinations(c);
    assert_int_equal(c->overrides_len, 2);
    assert_string_equal(c->overrides[0].params.items[0].value, "1h");
    assert_int_equal(c->overrides[0].param_places[0].line, 109);
    assert_string_equal(c->overrides[1].severity, "info");
    assert_int_equal(c->facts_len, 1);
    assert_string_equal(c->facts[0].value, "10Gbit/s");
    assert_string_equal(c->client_groups.items[0].value, "payments");
    config_free(c);
    mistakes_free(&m);
}

static char *read_golden(const char *path)
{
    char *text;
    size_t len;
    struct error err = {0};
    if (file_read(path, 1 << 20, &text, &len, &err) < 0)
        fail_msg("%s: %s", path, err.text);
    return text;
}

static void load__bad_files__all_mistakes_at_once(void **state)
{
    static const char *const names[] = {"bad", "routes"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO(heap) char *bad_path = xasprintf(SOURCE_DIR "/tests/golden/config/%s.yaml", names[i]);
        AUTO(heap) char *path = xasprintf(SOURCE_DIR "/tests/golden/config/%s.txt", names[i]);
        char *bad = read_golden(bad_path), *expected = read_golden(path);
        struct loaded l;
        load(&l, bad);
        assert_null(l.config);
        if (strcmp(l.said, expected) != 0) {
            fputs(l.said, stderr); /* fail_msg would cut it */
            fail_msg("not as in %s", path);
        }
        drop(&l);
        free(bad);
        free(expected);
    }
}

static void load__mail_providers__their_addresses_and_forms(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *url, *says; /* url NULL: refused, and why */
    } cases[] = {
        {"provider: sendgrid", "https://api.sendgrid.com/v3/mail/send", ""},
        {"provider: resend", "https://api.resend.com/emails", ""},
        {"provider: resend, url: \"http://localhost/x\"", "http://localhost/x", ""},
        {"provider: mailgun", NULL, "needs \"url\" or \"url_file\""},
        {"provider: mailgan", NULL, "mailgun"},
        {"url: \"http://localhost\", template: '{\"t\": [\"{to}\"]}'", "http://localhost", ""},
        {"url: \"http://localhost\", template: '{\"t\": \"{too}\"}'", NULL, "{too} is no place"},
        {"url: \"http://localhost\", template: '{\"t\": {to}}'", NULL, "not JSON"},
        {"provider: resend, template: '{}'", NULL, "goes with the provider \"generic\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct loaded l;
        AUTO(heap) char *text = xasprintf("receivers: {r: [{email_webhook: {from: n@example.org, to: [o@example.org], %s}}]}\nroute: {receiver: r}\n", cases[i].keys);
        load(&l, text);
        assert_int_equal(l.config != NULL, cases[i].url != NULL);
        if (cases[i].url)
            assert_string_equal(l.config->destinations[0].http.url, cases[i].url);
        else
            assert_non_null(strstr(l.said, cases[i].says));
        drop(&l);
    }
}

static void load__urls__servers_and_paths(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool good;
    } cases[] = {
        {"http://localhost:9090", true},        {"https://[::1]:9090/prometheus", true}, {"HTTP://a.example.org", true},
        {"/var/lib/incident", true},            {"./incident", true},                    {"recordings/incident", true},
        {"incident.sqlite", true},              {"localhost:9090", false},               {"localhost:9090/x", false},
        {"prometheus.example.org", false},      {"http://", false},                      {"http://:9090", false},
        {"https://user:pw@a.example.org", false}, {"file:///etc/passwd", false},         {"http://a b", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[200];
        snprintf(text, sizeof(text), "sources: {a: {url: \"%s\"}}\n", cases[i].url);
        struct loaded l;
        load(&l, text);
        if ((l.config != NULL) != cases[i].good)
            fail_msg("%s: %s", cases[i].url, l.said);
        drop(&l);
    }
}

static void load__passwords_in_urls__are_not_repeated(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, "sources: {a: {url: \"http://user:hunter2@a.example.org\"}}\n"
             "receivers: {r: [{email: {smtp: \"smtp://u:hunter2@m.example.org\", from: a@example.org, to: a@example.org}}]}\n"
             "route: {receiver: r}\n");
    assert_null(l.config);
    assert_int_equal(l.mistakes.errors, 2);
    assert_null(strstr(l.said, "hunter2"));
    drop(&l);
}

static void load__addresses__one_plain_mailbox(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool good;
    } cases[] = {
        {"on-call+kafka@mail.example.org", true}, {"a@b", true},           {"a", false},       {"@b", false},
        {"a@", false},                            {"a@b@c", false},        {"a b@c", false},   {"<a@b>", false},
        {"a@b,c@d", false},                       {"a@b\\r\\nBcc: x", false}, {"a@b\\0c", false}, {"", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[300];
        snprintf(text, sizeof(text),
                 "receivers: {r: [{email: {smtp: \"smtp://m.example.org\", from: a@b, to: [\"%s\"]}}]}\nroute: {receiver: r}\n",
                 cases[i].address);
        struct loaded l;
        load(&l, text);
        if ((l.config != NULL) != cases[i].good)
            fail_msg("\"%s\": %s", cases[i].address, l.said);
        drop(&l);
    }
}

static void load__smtp__tls_is_required_beyond_this_machine(void **state)
{
    (void)state;
    static const struct {
        const char *smtp;
        bool required;
    } cases[] = {
        {"smtp: \"smtp://m.example.org:587\"", true},     {"smtp: \"smtp://localhost:25\"", false},
        {"smtp: \"smtp://127.0.0.1\"", false},            {"smtp: \"smtp://[::1]:25\"", false},
        {"smtp: \"smtp://localhost.example.org\"", true}, {"smtp: \"smtps://m.example.org\"", false},
        {"smtp: \"smtp://m.example.org\", require_tls: false", false},
        {"smtp: \"smtp://localhost\", require_tls: true", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[300];
        snprintf(text, sizeof(text), "receivers: {r: [{email: {%s, from: a@b, to: c@d}}]}\nroute: {receiver: r}\n", cases[i].smtp);
        struct loaded l;
        load(&l, text);
        assert_non_null(l.config);
        if (l.config->destinations[0].smtp_require_tls != cases[i].required)
            fail_msg("%s", cases[i].smtp);
        drop(&l);
    }
}

static void load__destinations__ids_count_by_type(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, "receivers:\n"
             "  r:\n"
             "    - stdout:\n"
             "    - slack: {webhook_url_file: /run/a}\n"
             "    - stdout: {language: ko}\n"
             "    - email_webhook: {url_file: /run/b, timeout: 3s, from: n@example.org, to: [o@example.org]}\n"
             "route: {receiver: r, repeat_interval: 2h}\n");
    assert_string_equal(l.said, "");
    assert_non_null(l.config);
    const struct config *c = l.config;
    assert_int_equal(c->destinations_len, 4);
    assert_string_equal(c->destinations[0].id, "r/stdout/0");
    assert_string_equal(c->destinations[1].id, "r/slack/0");
    assert_string_equal(c->destinations[2].id, "r/stdout/1");
    assert_string_equal(c->destinations[3].id, "r/email_webhook/0");
    assert_null(c->destinations[1].http.url);
    assert_string_equal(c->destinations[1].http.url_file, "/run/a");
    assert_string_equal(c->destinations[3].provider, "generic");
    assert_true(c->destinations[3].http.timeout_ms == 3000);
    assert_true(c->route.repeat_interval_ms == 2 * 3600 * 1000);
    assert_int_equal(c->destinations[2].place.line, 5);
    drop(&l);
}

static void load__doubtful_settings__warn_but_load(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, "sources: {p: {url: \"https://a.example.org\", tls: {insecure_skip_verify: true}}}\n"
             "clusters: {c: {}}\n"
             "receivers: {r: [{slack: {webhook_url_file: f, channel: \"#x\"}}]}\n");
    assert_non_null(l.config);
    assert_string_equal(l.config->clusters[0].source, "p"); /* the only one */
    assert_int_equal(l.mistakes.errors, 0);
    assert_int_equal(l.mistakes.len, 3);
    drop(&l);
}

static void load__environment__is_not_expanded(void **state)
{
    (void)state;
    setenv("NIGHTBELL_TEST", "expanded", 1);
    struct loaded l;
    load(&l, "state: /tmp/${NIGHTBELL_TEST}/$NIGHTBELL_TEST\n");
    assert_non_null(l.config);
    assert_string_equal(l.config->state_path, "/tmp/${NIGHTBELL_TEST}/$NIGHTBELL_TEST");
    drop(&l);
    unsetenv("NIGHTBELL_TEST");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default__no_file__is_complete),
        cmocka_unit_test(default__under_systemd__state_is_in_its_first_directory),
        cmocka_unit_test(load__empty_or_null_sections__are_the_defaults),
        cmocka_unit_test(load__missing_file__is_one_mistake),
        cmocka_unit_test(load__example_file__has_no_mistakes),
        cmocka_unit_test(load__bad_files__all_mistakes_at_once),
        cmocka_unit_test(load__mail_providers__their_addresses_and_forms),
        cmocka_unit_test(load__urls__servers_and_paths),
        cmocka_unit_test(load__passwords_in_urls__are_not_repeated),
        cmocka_unit_test(load__addresses__one_plain_mailbox),
        cmocka_unit_test(load__smtp__tls_is_required_beyond_this_machine),
        cmocka_unit_test(load__destinations__ids_count_by_type),
        cmocka_unit_test(load__doubtful_settings__warn_but_load),
        cmocka_unit_test(load__environment__is_not_expanded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
