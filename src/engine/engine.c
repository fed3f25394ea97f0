#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "signal/recording.h"

#define RATE_STEP_MS 15000
#define RATE_SCRAPES 4 /* a rate needs four scrapes to survive one that is lost */

static int open_sources(struct engine *e, struct error *err)
{
    e->sources = xcalloc(e->config->sources_len + 1, sizeof(*e->sources));
    for (size_t i = 0; i < e->config->sources_len; i++) {
        int code = source_open(&e->config->sources[i], e->net, &e->sources[e->sources_len], err);
        if (code < 0)
            return code;
        e->sources_len++;
    }
    if (!e->sources_len)
        return error_set(err, ERR_INVALID, "no source: give --source URL or FILE, or `sources:` in the configuration");
    if (source_is_recording(e->sources[0])) {
        struct recording_info info;
        recording_info(e->sources[0], &info);
        e->interval_ms = info.interval_ms;
        e->recording_from_ms = info.from_ms;
        e->recording_to_ms = info.to_ms;
    }
    return 0;
}

static struct engine *bare_engine(const struct config *config, const struct ruleset *rules, const struct clock *clock, const struct engine_sink *sink,
                                  struct error *err)
{
    struct engine *e = xcalloc(1, sizeof(*e));
    int in_flight = 0;
    *e = (struct engine){.config = config, .rules = rules, .clock = clock ? clock : &clock_system, .interval_ms = config->interval_ms};
    e->arena = (struct arena)ARENA_INIT("tick");
    e->words = (struct arena)ARENA_INIT("findings");
    e->discovered = (struct arena)ARENA_INIT("clusters");
    e->rate_ms = rules->rate_ms;
    e->timeout_ms = config->timeout_ms ? config->timeout_ms : config->interval_ms;
    if (sink)
        e->sink = *sink;
    for (size_t i = 0; i < config->sources_len; i++)
        in_flight += config->sources[i].max_in_flight;
    struct net_limits limits = {.in_flight = in_flight + 16};
    e->net = net_new(&limits, err);
    return e;
}

int engine_new(const struct config *config, const struct ruleset *rules, const struct clock *clock, const struct engine_sink *sink, struct engine **ret,
               struct error *err)
{
    struct engine *e = bare_engine(config, rules, clock, sink, err);
    int code = e->net ? open_sources(e, err) : ERR_NET;
    if (code < 0) {
        engine_free(e);
        return code;
    }
    *ret = e;
    return 0;
}

int engine_new_on(const struct config *config, const struct ruleset *rules, const struct clock *clock, const struct engine_sink *sink, struct source *source,
                  struct engine **ret, struct error *err)
{
    struct engine *e = bare_engine(config, rules, clock, sink, err);
    e->sources = xcalloc(1, sizeof(*e->sources));
    e->sources[e->sources_len++] = source;
    if (!e->net) {
        engine_free(e);
        return ERR_NET;
    }
    *ret = e;
    return 0;
}

static void watch_free(struct watch *w)
{
    incidents_free(w->incidents);
    effects_clear(&w->effects);
    evaluator_free(&w->evaluator);
    free(w->season_retry_ms);
    states_free(w->states);
    cluster_free(w->cluster);
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->watches_len; i++)
        watch_free(&e->watches[i]);
    free(e->watches);
    if (e->net)
        net_cancel_all(e->net);
    notifier_free(e->memory_notifier);
    silences_free(e->silences);
    storms_free(e->storms, e->config);
    flaps_free(e->flaps);
    store_close(e->memory);
    for (size_t i = 0; i < e->sources_len; i++)
        source_free(e->sources[i]);
    free(e->sources);
    net_free(e->net);
    arena_free(&e->arena);
    arena_free(&e->words);
    arena_free(&e->discovered);
    free(e);
}

/* ---- clusters ---- */

static struct watch *find_watch(struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->watches_len; i++)
        if (strcmp(e->watches[i].cluster->name, name) == 0)
            return &e->watches[i];
    return NULL;
}

static struct watch *add_watch(struct engine *e, const char *name, struct source *source, const struct name_values *match)
{
    /* evaluators point to their watch's states, not to the watch, so that the array may move */
    e->watches = xrealloc(e->watches, e->watches_len + 1, sizeof(*e->watches));
    struct watch *w = &e->watches[e->watches_len++];
    *w = (struct watch){.source = source, .match = *match};
    w->cluster = cluster_new(e->rules, name, e->interval_ms);
    w->season_retry_ms = xcalloc(e->rules->signals_len + 1, sizeof(*w->season_retry_ms));
    w->states = states_new(w->cluster);
    w->incidents = incidents_new(w->cluster);
    evaluator_init(&w->evaluator, w->cluster, w->states);
    column_begin(&w->evaluator, &e->arena, 0);
    return w;
}

static struct source *source_named(const struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->sources_len; i++)
        if (!name || strcmp(e->sources[i]->name, name) == 0)
            return e->sources[i];
    return e->sources[0];
}

static void watch_configured(struct engine *e)
{
    for (size_t i = 0; i < e->config->clusters_len; i++) {
        const struct cluster_config *c = &e->config->clusters[i];
        struct watch *w = find_watch(e, c->name);
        if (!w)
            w = add_watch(e, c->name, source_named(e, c->source), &c->match);
        w->cluster->bootstrap = c->bootstrap;
        w->cluster->links = c->links;
    }
}

/* Rates look at enough scrapes of the slowest source. Estimates waver by a scrape: only a change that matters is taken, so that rates do not jump. */
static void follow_scrapes(struct engine *e, int64_t scrape_ms)
{
    int64_t wanted_ms = (scrape_ms * RATE_SCRAPES + RATE_STEP_MS - 1) / RATE_STEP_MS * RATE_STEP_MS;
    if (wanted_ms < e->rules->rate_ms)
        wanted_ms = e->rules->rate_ms;
    if (wanted_ms > e->rate_ms + e->rate_ms / 5 || (e->sources_len == 1 && wanted_ms < e->rate_ms - e->rate_ms / 5))
        e->rate_ms = wanted_ms;
}

int64_t engine_grain_ms(const struct engine *e)
{
    int64_t scrape_ms = e->rate_ms > e->rules->rate_ms ? e->rate_ms / RATE_SCRAPES : 0; /* else faster than the shortest rate needs */
    int64_t grain_ms = scrape_ms < CLUSTER_GRAIN_MAX_MS ? scrape_ms : CLUSTER_GRAIN_MAX_MS;
    return grain_ms > e->interval_ms ? grain_ms : e->interval_ms;
}

static int watch_found(struct engine *e, struct source *source, int64_t from_ms, int64_t to_ms, struct error *err)
{
    struct discovery found;
    int code = source->type->discover(source, e->rules, from_ms, to_ms, &e->discovered, &found, err);
    if (code < 0)
        return code;
    follow_scrapes(e, found.scrape_ms);
    if (found.scrape_ms > e->scrape_ms)
        e->scrape_ms = found.scrape_ms;
    for (size_t i = 0; !e->config->clusters_len && i < found.len; i++)
        if (!find_watch(e, found.clusters[i].name))
            add_watch(e, found.clusters[i].name, source, &found.clusters[i].match);
    return 0;
}

int engine_discover(struct engine *e, int64_t from_ms, int64_t to_ms, struct error *err)
{
    size_t answered = 0;
    struct error last = {0};
    watch_configured(e);
    for (size_t i = 0; i < e->sources_len; i++) {
        if (watch_found(e, e->sources[i], from_ms, to_ms, &last) == 0)
            answered++;
        else
            log_warn("source %s: %s", e->sources[i]->name, last.text);
    }
    for (size_t i = 0; i < e->watches_len; i++) {
        struct watch *w = &e->watches[i];
        if (w->source->type->bind(w->source, w->cluster, &w->match, from_ms, to_ms, &last) < 0)
            log_warn("cluster %s: bindings stay as they are: %s", w->cluster->name, last.text);
    }
    e->bound_ms = to_ms;
    if (answered)
        return 0;
    if (err)
        *err = last;
    return last.code ? last.code : ERR_NET;
}
