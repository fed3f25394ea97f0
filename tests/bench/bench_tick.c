/*
 * One symptom, N series that all fire in one slot: what evaluating, saving and enqueueing costs. Prints seconds and peak memory.
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

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
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
    config->route_receiver = "bench";
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
    const int64_t start_ms = INT64_C(1795000005000);
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof(name), "device-%zu", i);
        struct label l = {"device", name};
        feed_sample(feed, "level", &l, 1, start_ms, 0.9);
    }
    if (engine_discover(e, start_ms, start_ms, &err) < 0 || engine_attach(e, store, NULL, &err) < 0) {
        fprintf(stderr, "bench_tick: %s\n", err.text);
        return 2;
    }
    double before = seconds();
    int code = engine_tick(e, start_ms, &err);
    double took = seconds() - before;
    size_t queued = 0;
    before = seconds();
    engine_tick(e, start_ms + config->interval_ms, &err);
    double second = seconds() - before;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    queued = e->watches[0].states->symptoms[0].active;
    printf("%zu series firing: first tick %.2f s (evaluated, saved, enqueued: %zu, code %d), next tick %.2f s, peak %.0f MB\n", n, took, queued, code, second,
           (double)usage.ru_maxrss / 1024);
    engine_free(e);
    store_close(store);
    ruleset_free(rules);
    config_free(config);
    unlink(path);
    return 0;
}
