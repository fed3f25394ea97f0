/*
 * One symptom, N series that all fire in one slot and go on firing: what evaluating, saving and enqueueing costs, tick by tick. They fold into one incident, so
 * what is enqueued is one message, after group_wait. Prints seconds (wall and CPU), messages in the queue, and peak memory.
 *
 *     bench_tick [N] [DIRECTORY for the state file]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/engine.h"
#include "signal/feed.h"

static const char pack[] = "entities:\n  device: {labels: [device]}\n"
                           "signals:\n  level: {help: l, unit: ratio, entity: device, bindings: [{profile: p, query: 'level{$match}'}]}\n"
                           "profiles:\n  p: {help: p, probe: [level]}\n"
                           "symptoms:\n"
                           "  - {id: high, entity: device, title: {en: '{device} is high', ko: '{device} 높음'}, effect: {en: '{level:percent}', ko: '{level:percent}'},\n"
                           "     when: level > 80%, severity: warning, causes: []}\n";

struct cost {
    double wall, cpu; /* seconds */
};

static double seconds(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct ruleset *load(struct config *config)
{
    char path[] = "/tmp/nightbell-bench-XXXXXX.yaml";
    const char *paths[] = {path};
    struct mistakes m = MISTAKES_INIT;
    int fd = mkstemps(path, 5);
    if (fd < 0 || write(fd, pack, sizeof(pack) - 1) != (ssize_t)sizeof(pack) - 1)
        exit(2);
    close(fd);
    struct ruleset *r = ruleset_load(paths, 1, config, &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    unlink(path);
    return r;
}

#define TICKS 4 /* with the default group_wait of 30 s and interval of 15 s the third says the message */

static void feed_all(struct source *feed, size_t n, int64_t at_ms)
{
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof(name), "device-%zu", i);
        struct label l = {"device", name};
        feed_sample(feed, "level", &l, 1, at_ms, 0.9);
    }
}

static bool count(void *context, const struct outbox_row *row, const char *status)
{
    (void)row, (void)status;
    ++*(size_t *)context;
    return true;
}

static size_t queued(struct store *store)
{
    size_t len = 0;
    store_outbox_list(store, count, &len, NULL);
    return len;
}

static struct cost tick(struct engine *e, int64_t at_ms)
{
    struct error err = {0};
    struct cost before = {seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
    if (engine_tick(e, at_ms, &err) < 0)
        fprintf(stderr, "bench_tick: %s\n", err.text);
    return (struct cost){seconds(CLOCK_MONOTONIC) - before.wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - before.cpu};
}

static int run(struct engine *e, struct source *feed, struct store *store, size_t n, int64_t interval_ms)
{
    const int64_t start_ms = INT64_C(1795000005000);
    struct error err = {0};
    feed_all(feed, n, start_ms);
    if (engine_discover(e, start_ms, start_ms, &err) < 0 || engine_attach(e, store, NULL, &err) < 0) {
        fprintf(stderr, "bench_tick: %s\n", err.text);
        return 2;
    }
    printf("%zu series firing\n", n);
    for (int i = 0; i < TICKS; i++) {
        int64_t at_ms = start_ms + i * interval_ms;
        if (i)
            feed_all(feed, n, at_ms);
        struct cost c = tick(e, at_ms);
        printf("tick %d: %.2f s, CPU %.2f s; %zu firing, %zu in the queue\n", i + 1, c.wall, c.cpu, e->watches[0].states->symptoms[0].active, queued(store));
        feed_forget(feed, at_ms);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak %.0f MB\n", (double)usage.ru_maxrss / 1024);
    return 0;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    const char *dir = argc > 2 ? argv[2] : "/tmp";
    struct error err = {0};
    struct config *config = config_default();
    struct ruleset *rules = load(config);
    struct destination_config stdout_receiver = {.type = RECEIVER_STDOUT, .receiver = "bench", .id = "bench/0"};
    config->destinations = &stdout_receiver;
    config->destinations_len = 1;
    config->route.receiver = "bench";
    struct source *feed = feed_new("default");
    struct engine *e;
    struct store *store;
    struct store_note note;
    char path[300];
    snprintf(path, sizeof(path), "%s/nightbell-bench-%d.db", dir, (int)getpid());
    if (!rules || engine_new_on(config, rules, NULL, NULL, feed, &e, &err) < 0 || store_open(path, true, &store, &note, &err) < 0) {
        fprintf(stderr, "bench_tick: %s\n", err.text);
        return 2;
    }
    int code = run(e, feed, store, n, config->interval_ms);
    engine_free(e);
    store_close(store);
    ruleset_free(rules);
    config_free(config);
    unlink(path);
    return code;
}
