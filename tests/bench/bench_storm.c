/*
 * A storm: 1,000 incidents (100 of them critical) open within a minute. What one chat is told, in what order, how long its queue takes at the pace that the receiver
 * keeps, and what it costs; with storm control and without. The clock is ours, the chat a server in this process.
 *
 * usage: bench_storm [INCIDENTS]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "engine/engine.h"
#include "signal/feed.h"
#include "support/http_sink.h"

#define STEP_MS 15000
#define START_MS INT64_C(1500000000000)
#define WAVES 4      /* slots of the minute */
#define FIRST_SLOT 8 /* of them */
#define SLOTS 16
#define TURN_MS 250

static int64_t now_ms;

static int64_t bench_now(void *context)
{
    (void)context;
    return now_ms;
}

static void bench_sleep(void *context, int64_t wall_ms)
{
    (void)context;
    (void)wall_ms;
}

static const struct clock bench_clock = {bench_now, bench_sleep, NULL};

static char *write_file(const char *text)
{
    char path[] = "/tmp/nightbell-storm-XXXXXX.yaml";
    int fd = mkstemps(path, 5);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    return xstrdup(path);
}

static struct ruleset *make_rules(const struct config *config, int incidents)
{
    struct strbuf pack = STRBUF_INIT(16 << 20);
    struct mistakes m = MISTAKES_INIT;
    strbuf_adds(&pack, "entities:\n  house: {labels: [house]}\nsignals:\n");
    for (int k = 0; k < WAVES; k++)
        strbuf_addf(&pack, "  heat%d: {help: h, unit: ratio, entity: house, fact: true}\n", k);
    strbuf_adds(&pack, "symptoms:\n");
    for (int i = 0; i < incidents; i++)
        strbuf_addf(&pack, "  - {id: hot-%d, entity: house, title: {en: 'symptom %d of {house}', ko: 'x'}, effect: {en: e, ko: e}, when: 'last(heat%d[1m]) > 80%%', for: 0s, severity: %s, causes: []}\n",
                    i, i, i % WAVES, i % 10 == 5 ? "critical" : "warning");
    char *path = write_file(pack.buf);
    const char *paths[] = {path};
    struct ruleset *rules = ruleset_load(paths, 1, config, &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    unlink(path);
    free(path);
    strbuf_free(&pack);
    return rules;
}

static double cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6 + (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec / 1e6;
}

struct count {
    size_t critical, others, digests, told; /* `told`: requests counted so far */
    int64_t last_critical_ms, last_ms;
    size_t critical_after_others;
};

static void count_new(struct count *c, const struct http_sink *sink)
{
    for (; c->told < sink->len; c->told++) {
        const char *body = sink->requests[c->told];
        bool digest = strstr(body, "incident-digest") != NULL, critical = !digest && strstr(body, "CRITICAL") != NULL;
        c->digests += digest;
        c->critical += critical;
        c->others += !critical && !digest;
        c->critical_after_others += critical && c->others > 0;
        if (critical)
            c->last_critical_ms = now_ms;
        c->last_ms = now_ms;
    }
}

static void run(int incidents, bool control)
{
    struct http_sink sink;
    struct error err = {0};
    struct mistakes m = MISTAKES_INIT;
    struct strbuf text = STRBUF_INIT(4096);
    http_sink_open(&sink);
    sink.answer = "ok";
    char *secret = write_file(sink.url);
    strbuf_addf(&text, "receivers: {oncall: [{slack: {webhook_url_file: %s}}]}\nroute: {receiver: oncall, group_wait: 0s}\n%s", secret, control ? "" : "storm: {messages: 0, critical: 0}\n");
    char *path = write_file(text.buf);
    struct config *config = config_load(path, &m);
    mistakes_print(&m, stderr);
    struct ruleset *rules = config ? make_rules(config, incidents) : NULL;
    struct source *feed = feed_new("default");
    struct engine *e = NULL;
    struct store *store = NULL;
    struct count c = {0};
    struct label house[] = {{"house", "a"}};
    now_ms = START_MS;
    for (int slot = 0; slot < SLOTS + WAVES; slot++)
        for (int k = 0; k < WAVES; k++) {
            char name[16];
            snprintf(name, sizeof name, "heat%d", k);
            feed_sample(feed, name, house, 1, START_MS + slot * STEP_MS, slot >= FIRST_SLOT + k ? 0.9 : 0.2);
        }
    if (!rules || engine_new_on(config, rules, &bench_clock, NULL, feed, &e, &err) < 0 || store_open(":memory:", false, &store, NULL, &err) < 0)
        abort();
    engine_discover(e, START_MS, START_MS, &err);
    struct notifier *n = notifier_new(config, store, e->net, &bench_clock);
    engine_attach(e, store, n, &err);
    double tick_s = 0, before_s = cpu_s();
    int64_t storm_ms = START_MS + FIRST_SLOT * STEP_MS;
    for (int slot = 0; slot < SLOTS || (!control && now_ms < storm_ms + 3600000 && c.told < (size_t)incidents); slot++) {
        double from_s = cpu_s();
        now_ms = START_MS + slot * STEP_MS;
        if (slot < SLOTS)
            engine_tick(e, now_ms, &err);
        tick_s += cpu_s() - from_s;
        for (int turn = 0; turn < STEP_MS / TURN_MS; turn++, now_ms += TURN_MS) {
            notifier_pump(n);
            http_sink_turn(&sink, e->net);
            count_new(&c, &sink);
        }
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%s: %d incidents, %zu critical messages, %zu others, %zu of the digest; critical after another: %zu; last critical %.0f s and last message %.0f s after the storm began; "
           "ticks %.2f s CPU, all %.2f s CPU, peak %ld MB\n",
           control ? "with storm control" : "without", incidents, c.critical, c.others, c.digests, c.critical_after_others, (double)(c.last_critical_ms - storm_ms) / 1000,
           (double)(c.last_ms - storm_ms) / 1000, tick_s, cpu_s() - before_s, usage.ru_maxrss / 1024);
    notifier_free(n);
    engine_free(e);
    store_close(store);
    ruleset_free(rules);
    config_free(config);
    mistakes_free(&m);
    http_sink_close(&sink);
    strbuf_free(&text);
    unlink(path);
    unlink(secret);
    free(path);
    free(secret);
}

int main(int argc, char **argv)
{
    int64_t incidents = 1000;
    if (argc > 1 && !integer_parse(argv[1], strlen(argv[1]), &incidents))
        return 64;
    run((int)incidents, true);
    run((int)incidents, false);
    return 0;
}
