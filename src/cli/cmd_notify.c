/* nightbell notify test: a sample message, and that it is over, to every destination of the configuration; --dry-run prints it instead. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cli.h"

#define PATIENCE_MS 30000

#define T(en, ko) {{en, ko}}
static struct text proof[] = {T("somebody ran nightbell notify test", "nightbell notify test 명령이 실행됨")};
static struct finding_cause causes[] = {
    {.id = "test", .title = T("a test of the delivery", "전달 시험"), .verdict = VERDICT_CONFIRMED, .probability = 1, .score_db = 30, .coverage = 1, .pro = {proof, 1}}};
static struct finding_remedy remedies[] = {
    {.cause = "test", .text = T("nothing: this is what a message looks like", "없음: 메시지 형식 예시입니다"), .command = "nightbell notify test --dry-run", .risk = RISK_READ_ONLY}};

static struct finding sample(int64_t now_ms)
{
    struct finding f = {
        .symptom = "notify-test", .cluster = "test", .entity = {.items = {{"receiver", "all"}}, .len = 1}, .state = FINDING_FIRING, .severity = SEVERITY_WARNING,
        .role = ROLE_SINGLE, .slot_ms = now_ms, .onset_ms = now_ms - 120000, .fired_ms = now_ms - 60000, .revision = 1,
        .title = T("Test message: nothing is wrong", "시험 메시지: 이상 없음"),
        .effect = T("Nightbell can reach you here; a message that this is over follows.", "이 경로로 알림이 전달됩니다. 곧 해결 메시지가 이어집니다."),
        .next_check = T("", ""), .causes = causes, .causes_len = 1, .remedies = remedies, .remedies_len = 1,
    };
    snprintf(f.incident, sizeof f.incident, "%016" PRIx64, (uint64_t)now_ms); /* another one each time */
    return f;
}
#undef T

static void set_over(struct finding *f, int64_t now_ms)
{
    f->state = FINDING_RESOLVED;
    f->reason = "condition_cleared";
    f->resolved_ms = f->slot_ms = now_ms;
    f->revision++;
}

/* ---- dry run ---- */

/* Which checks of the receiver its own message fails. */
static int check_one(const struct destination_config *d, const struct finding *f, enum language lang, const struct payload *p)
{
    const struct receiver *r = receiver_find(d->type);
    AUTO(strbuf) struct strbuf faults = STRBUF_INIT(64 * 1024);
    size_t len = r->check ? r->check(d, f, "open", NULL, lang, p, &faults) : 0;
    if (len)
        print_error("%s: %zu checks failed\n%s", d->id, len, faults.buf);
    return len ? EXIT_INTERNAL : 0;
}

static int print_all(const struct session *s)
{
    struct finding f = sample(clock_now_ms(&clock_system));
    int code = 0;
    for (size_t i = 0; i < s->config->destinations_len; i++) {
        AUTO(arena) struct arena a = ARENA_INIT("sample");
        const struct destination_config *d = &s->config->destinations[i];
        enum language lang = s->lang;
        struct payload p = {0};
        struct error err = {0};
        if (d->language)
            language_parse(d->language, &lang);
        printf("--- %s\n", d->id);
        if (receiver_find(d->type)->render(d, &f, "open", NULL, lang, &a, &p, &err) == 0) {
            printf("%.*s\n", (int)p.len, p.body);
            int failed = check_one(d, &f, lang, &p);
            code = code ? code : failed;
            continue;
        }
        print_error("%s: %s", d->id, err.text);
        code = EXIT_CONFIG;
    }
    return code;
}

/* ---- for real ---- */

struct failures {
    const struct config *config;
    const char **why; /* by destination; NULL = none */
    struct arena *a;
};

static bool note_failure(void *context, const struct outbox_row *row, const char *status)
{
    struct failures *f = context;
    (void)status;
    for (size_t i = 0; i < f->config->destinations_len; i++)
        if (strcmp(f->config->destinations[i].id, row->destination) == 0)
            f->why[i] = arena_strdup(f->a, row->last_error ? row->last_error : "no answer in time");
    return true;
}

static int send_one(struct store *store, struct notifier *n, const struct config *c, const struct finding *f, const char *kind, struct error *err)
{
    AUTO(arena) struct arena a = ARENA_INIT("sample");
    struct outbox_row *rows = arena_array(&a, c->destinations_len, sizeof *rows);
    json_t *json = finding_to_json(f);
    AUTO(heap) char *text = json_dumps(json, JSON_COMPACT);
    int64_t now_ms = clock_now_ms(&clock_system);
    json_decref(json);
    for (size_t i = 0; i < c->destinations_len; i++) {
        rows[i] = (struct outbox_row){.destination = c->destinations[i].id, .kind = kind, .revision = f->revision, .created_ms = now_ms, .next_ms = now_ms, .finding = text};
        memcpy(rows[i].incident, f->incident, sizeof f->incident);
    }
    int failed = store_commit(store, &(struct commit){.slot_ms = now_ms, .outbox = rows, .outbox_len = c->destinations_len}, err);
    if (!failed)
        notifier_drain(n, now_ms + PATIENCE_MS);
    return failed;
}

static int tell_outcome(struct store *store, const struct config *c)
{
    AUTO(arena) struct arena a = ARENA_INIT("failures");
    struct failures f = {c, arena_array(&a, c->destinations_len, sizeof *f.why), &a};
    struct error err = {0};
    int code = 0;
    if (store_outbox_list(store, note_failure, &f, &err) < 0) {
        print_error("%s", err.text);
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < c->destinations_len; i++) {
        printf("%s: %s\n", c->destinations[i].id, f.why[i] ? f.why[i] : "sent");
        code = f.why[i] ? EXIT_UNREACHABLE : code;
    }
    return code;
}

static int send_all(const struct session *s)
{
    struct error err = {0};
    struct store *store = NULL;
    struct finding f = sample(clock_now_ms(&clock_system));
    AUTO(net) struct net *net = net_new(&(struct net_limits){0}, &err);
    int failed = net ? store_open(":memory:", false, &store, NULL, &err) : err.code;
    struct notifier *n = failed ? NULL : notifier_new(s->config, store, net, &clock_system);
    if (!failed)
        failed = send_one(store, n, s->config, &f, "open", &err);
    set_over(&f, clock_now_ms(&clock_system));
    if (!failed)
        failed = send_one(store, n, s->config, &f, "resolve", &err);
    int code = failed ? EXIT_INTERNAL : tell_outcome(store, s->config);
    if (failed)
        print_error("%s", err.text);
    notifier_free(n);
    if (store)
        store_close(store);
    return code;
}

int cmd_notify(const struct options *o)
{
    struct session s;
    if (o->words_len != 1 || strcmp(o->words[0], "test") != 0) {
        print_error("notify: say what to do: nightbell notify test -c FILE [--dry-run]");
        return EXIT_USAGE;
    }
    int code = session_load(o, &s);
    if (code == 0 && !s.config->destinations_len) {
        print_error("notify test: the configuration names no receiver (receivers:)");
        code = EXIT_CONFIG;
    }
    if (code == 0)
        code = o->dry_run ? print_all(&s) : send_all(&s);
    session_close(&s);
    return code;
}
