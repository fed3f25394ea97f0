/*
 * Sends findings without an engine, for notify.sh. Each line of stdin is "KIND NAME REVISION [SEVERITY]": a finding of tests/unit/notify/findings.h or a
 * file of finding JSON is planned and committed; "drain SECONDS" sends what is due; "active ROLE…" shows one finding for each word to the mirrors; "outbox" prints what is left. At the end: the counts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/notify/findings.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/number.h"
#include "notify/notify.h"

struct driver {
    struct config config;
    struct destination_config d;
    struct store *store;
    struct net *net;
    struct notifier *notifier;
    struct arena a;
};

static void die(const char *what, const struct error *err)
{
    fprintf(stderr, "notify_driver: %s: %s\n", what, err ? err->text : "");
    exit(2);
}

static const struct {
    const char *option;
    enum receiver_type type;
    size_t offset;
} options[] = {
    {"--slack-api", RECEIVER_SLACK, offsetof(struct destination_config, http.url)},
    {"--slack-hook-file", RECEIVER_SLACK, offsetof(struct destination_config, http.url_file)},
    {"--token-file", RECEIVER_SLACK, offsetof(struct destination_config, token_file)},
    {"--channel", RECEIVER_SLACK, offsetof(struct destination_config, channel)},
    {"--mail-url", RECEIVER_EMAIL_WEBHOOK, offsetof(struct destination_config, http.url)},
    {"--webhook-url", RECEIVER_WEBHOOK, offsetof(struct destination_config, http.url)},
    {"--secret-file", RECEIVER_WEBHOOK, offsetof(struct destination_config, secret_file)},
    {"--pagerduty-url", RECEIVER_PAGERDUTY, offsetof(struct destination_config, http.url)},
    {"--routing-key-file", RECEIVER_PAGERDUTY, offsetof(struct destination_config, routing_key_file)},
    {"--alertmanager-url", RECEIVER_ALERTMANAGER, offsetof(struct destination_config, http.url)},
    {"--smtp", RECEIVER_EMAIL, offsetof(struct destination_config, smtp_url)},
    {"--user", RECEIVER_EMAIL, offsetof(struct destination_config, smtp_user)},
    {"--password-file", RECEIVER_EMAIL, offsetof(struct destination_config, smtp_password_file)},
    {"--ca-file", RECEIVER_EMAIL, offsetof(struct destination_config, http.tls.ca_file)},
    {"--lang", RECEIVER_TYPES, offsetof(struct destination_config, language)},
    {"--from", RECEIVER_TYPES, offsetof(struct destination_config, from)},
};

static int64_t integer(const char *text)
{
    int64_t n;
    if (!integer_parse(text, strlen(text), &n))
        die("not a number", &(struct error){.text = ""});
    return n;
}

static const char *parse(struct driver *v, int argc, char **argv)
{
    const char *path = ":memory:";
    v->d = (struct destination_config){.type = RECEIVER_STDOUT, .receiver = "oncall", .id = "oncall/test/0", .from = "nightbell@example.org"};
    v->d.to = arena_array(&v->a, 10, sizeof *v->d.to);
    for (int i = 1; i + 1 < argc; i += 2) {
        for (size_t k = 0; k < ARRAY_LEN(options); k++) {
            if (strcmp(argv[i], options[k].option) != 0)
                continue;
            memcpy((char *)&v->d + options[k].offset, &argv[i + 1], sizeof argv[i + 1]);
            v->d.type = options[k].type == RECEIVER_TYPES ? v->d.type : options[k].type;
        }
        if (strcmp(argv[i], "--store") == 0)
            path = argv[i + 1];
        if (strcmp(argv[i], "--to") == 0)
            v->d.to[v->d.to_len++] = argv[i + 1];
        if (strcmp(argv[i], "--timeout-ms") == 0)
            v->d.http.timeout_ms = integer(argv[i + 1]);
        if (strcmp(argv[i], "--charts") == 0)
            v->d.charts = true;
        if (strcmp(argv[i], "--require-tls") == 0)
            v->d.smtp_require_tls = true;
    }
    return path;
}

static struct finding named(struct driver *v, const char *name)
{
    struct finding f;
    struct error err = {0};
    if (strcmp(name, "firing") == 0)
        return finding_firing();
    if (strcmp(name, "unknown") == 0)
        return finding_unknown();
    if (strcmp(name, "resolved") == 0)
        return finding_ended(FINDING_RESOLVED, "condition_cleared");
    if (strcmp(name, "lost") == 0)
        return finding_ended(FINDING_UNKNOWN, "lost_sight");
    if (strcmp(name, "hostile") == 0)
        return finding_hostile();
    AUTO(heap) char *text = NULL;
    size_t len;
    if (file_read(name, 1 << 20, &text, &len, &err) != 0)
        die(name, &err);
    json_t *json = json_loadb(text, len, 0, NULL);
    if (finding_from_json(json, &v->a, &f, &err) != 0)
        die(name, &err);
    json_decref(json);
    return f;
}

static void enqueue(struct driver *v, const char *kind, const char *name, const char *revision, const char *severity)
{
    struct error err = {0};
    struct outbox_rows rows = {0};
    struct finding f = named(v, name);
    f.revision = (uint32_t)integer(revision);
    if (*severity)
        f.severity = strcmp(severity, "critical") == 0 ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    const struct finding *one[] = {&f};
    int64_t now = clock_now_ms(&clock_system);
    notify_plan(&v->config, &f, kind, now, &v->a, &rows);
    const struct commit c = {.slot_ms = now, .transitions = one, .transitions_len = 1, .outbox = rows.items, .outbox_len = rows.len};
    if (store_commit(v->store, &c, &err) != 0)
        die("commit", &err);
    free(rows.items);
}

static void print_outbox(struct driver *v)
{
    struct outbox_row *rows;
    size_t len;
    int64_t now = clock_now_ms(&clock_system);
    store_outbox_due(v->store, INT64_MAX, 100, &v->a, &rows, &len, NULL);
    for (size_t i = 0; i < len; i++)
        printf("left %s revision=%u attempts=%d in=%llds why=%s\n", rows[i].kind, rows[i].revision, rows[i].attempts,
               (long long)((rows[i].next_ms - now) / 1000), rows[i].last_error ? rows[i].last_error : "");
}

/* All of one incident, each with another entity; what was shown before and is not named now has ended. */
static void show(struct driver *v, char *roles)
{
    static const char *const topics[ROLE_COUNT] = {"t0", "t1", "t2", "t3"};
    notifier_active_begin(v->notifier);
    for (char *rest = NULL, *name = strtok_r(roles, " \n", &rest); name; name = strtok_r(NULL, " \n", &rest)) {
        struct finding f = finding_firing();
        for (int role = 0; role < ROLE_COUNT; role++)
            if (strcmp(name, role_names[role]) == 0)
                f.role = (enum role)role;
        f.entity.items[1].value = topics[f.role];
        f.fired_ms = clock_now_ms(&clock_system); /* what began long ago is not waited with */
        notifier_active_add(v->notifier, &f, NULL);
    }
    notifier_active_end(v->notifier);
}

static void obey(struct driver *v, char *line)
{
    char words[4][512] = {""};
    int n = sscanf(line, "%511s %511s %511s %511s", words[0], words[1], words[2], words[3]);
    if (n >= 2 && strcmp(words[0], "drain") == 0)
        printf("drained=%d\n", notifier_drain(v->notifier, clock_now_ms(&clock_system) + integer(words[1]) * 1000));
    else if (n >= 1 && strcmp(words[0], "outbox") == 0)
        print_outbox(v);
    else if (n >= 1 && strcmp(words[0], "active") == 0)
        show(v, line + strlen("active"));
    else if (n >= 3)
        enqueue(v, words[0], words[1], words[2], words[3]);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct driver v = {.a = ARENA_INIT("driver")};
    struct error err = {0};
    const char *path = parse(&v, argc, argv);
    v.config.language = "en";
    v.config.route.receiver = "oncall";
    v.config.destinations = &v.d;
    v.config.destinations_len = 1;
    if (store_open(path, true, &v.store, NULL, &err) != 0)
        die("store", &err);
    const struct net_limits limits = {0};
    v.net = net_new(&limits, &err);
    if (!v.net)
        die("net", &err);
    v.notifier = notifier_new(&v.config, v.store, v.net, &clock_system);
    char line[2048];
    while (fgets(line, sizeof line, stdin))
        obey(&v, line);
    struct notify_counts c = notifier_counts(v.notifier);
    printf("sent=%d failed=%d dead=%d in_flight=%d\n", (int)c.sent, (int)c.failed, (int)c.dead, (int)c.in_flight);
    notifier_free(v.notifier);
    net_free(v.net);
    store_close(v.store);
    arena_free(&v.a);
    return 0;
}
