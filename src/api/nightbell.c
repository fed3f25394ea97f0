/* The library's contract (include/nightbell/nightbell.h) over the engine. */
#include "nightbell/nightbell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/engine.h"
#include "model/json.h"
#include "signal/feed.h"

struct nb_engine {
    struct config *config;
    struct ruleset *rules;
    struct engine *engine;
    struct source *feed; /* NULL when it has a source of its own; owned by the engine */
    enum language language;
    bool bound;
    void (*on_event)(void *context, const char *event_json);
    void *on_event_context;
};

static const char *const status_texts[] = {"ok", "invalid", "source unreachable", "failed"};

const char *nb_version(void)
{
    return "0.1.0";
}

const char *nb_status_text(int status)
{
    return status <= 0 && -status < (int)ARRAY_LEN(status_texts) ? status_texts[-status] : "unknown status";
}

static int say(int status, char *error, size_t error_size, const char *text)
{
    if (error && error_size)
        snprintf(error, error_size, "%s", text);
    return status;
}

static int status_of(const struct error *err)
{
    if (err->code == ERR_NET || err->code == ERR_TIMEOUT || err->code == ERR_REFUSED)
        return NB_UNREACHABLE;
    return err->code == ERR_INVALID || err->code == ERR_SYNTAX || err->code == ERR_NOT_FOUND ? NB_INVALID : NB_FAILED;
}

static void emit(const struct nb_engine *nb, const struct finding *f, void (*each)(void *context, const char *event_json), void *context)
{
    json_t *event = finding_event(f, nb->language);
    char *text = json_dumps(event, JSON_COMPACT | JSON_DIGITS);
    if (text)
        each(context, text);
    free(text);
    json_decref(event);
}

static void happened(void *context, const struct finding *f, enum effect_kind kind)
{
    const struct nb_engine *nb = context;
    if (nb->on_event && kind != EFFECT_DROPPED)
        emit(nb, f, nb->on_event, nb->on_event_context);
}

static int load_rules(struct nb_engine *nb, const char *path, char *error, size_t error_size)
{
    struct mistakes m = MISTAKES_INIT;
    nb->rules = ruleset_load(&path, 1, nb->config, &m);
    for (size_t i = 0; !nb->rules && i < m.len; i++) {
        if (m.items[i].level != MISTAKE_ERROR)
            continue;
        AUTO(heap) char *text = xasprintf("%s:%d:%d: %s", m.items[i].place.file, m.items[i].place.line, m.items[i].place.col, m.items[i].text);
        say(NB_INVALID, error, error_size, text);
        break;
    }
    mistakes_free(&m);
    return nb->rules ? NB_OK : NB_INVALID;
}

static int open_engine(struct nb_engine *nb, const struct nb_options *o, char *error, size_t error_size)
{
    struct error err = {0};
    struct engine_sink sink = {.finding = happened, .context = nb};
    struct source *source = NULL;
    struct source_config config = {.name = "source", .max_in_flight = 8, .max_bytes = 256LL << 20, .max_series = 500000, .http = {.url = o->source}};
    if (!o->source) {
        nb->feed = source = feed_new(o->cluster ? o->cluster : "default");
    } else {
        nb->config->sources = arena_array(&nb->config->arena, 1, sizeof(config));
        nb->config->sources[0] = config;
        nb->config->sources_len = 1;
    }
    int code = source ? engine_new_on(nb->config, nb->rules, NULL, &sink, source, &nb->engine, &err)
                      : engine_new(nb->config, nb->rules, NULL, &sink, &nb->engine, &err);
    return code < 0 ? say(status_of(&err), error, error_size, err.text) : NB_OK;
}

int nb_open(const struct nb_options *options, struct nb_engine **ret, char *error, size_t error_size)
{
    struct nb_engine *nb = xcalloc(1, sizeof(*nb));
    nb->config = config_default();
    if (options->interval_ms)
        nb->config->interval_ms = options->interval_ms;
    int status = NB_OK;
    if (options->interval_ms < 0 || (options->language && !language_parse(options->language, &nb->language)))
        status = say(NB_INVALID, error, error_size, options->interval_ms < 0 ? "interval_ms is negative" : "language is neither en nor ko");
    if (status == NB_OK)
        status = load_rules(nb, options->rules ? options->rules : "builtin", error, error_size);
    if (status == NB_OK)
        status = open_engine(nb, options, error, error_size);
    if (status != NB_OK) {
        nb_close(nb);
        return status;
    }
    *ret = nb;
    return NB_OK;
}

void nb_close(struct nb_engine *nb)
{
    if (!nb)
        return;
    engine_free(nb->engine);
    ruleset_free(nb->rules);
    config_free(nb->config);
    free(nb);
}

int nb_feed(struct nb_engine *nb, const char *signal, const struct nb_label *labels, size_t labels_len, int64_t time_ms, double value)
{
    const struct signal *s = ruleset_signal(nb->rules, signal);
    struct label own[ENTITY_LABELS_MAX];
    if (!nb->feed || !s || s->derived || labels_len != s->kind->identity_len)
        return NB_INVALID;
    for (size_t i = 0; i < labels_len; i++) {
        size_t at = entity_kind_label(s->kind, labels[i].name);
        if (at == NO_ROW || at >= s->kind->identity_len)
            return NB_INVALID;
        own[i] = (struct label){labels[i].name, labels[i].value};
    }
    nb->bound &= feed_knows(nb->feed, signal);
    feed_sample(nb->feed, signal, own, labels_len, time_ms, value);
    return NB_OK;
}

/* Looks for clusters and bindings when that has not been done, or a signal was fed for the first time. */
static int bind(struct nb_engine *nb, int64_t from_ms, int64_t to_ms, struct error *err)
{
    if (nb->bound)
        return 0;
    int code = engine_discover(nb->engine, from_ms, to_ms, err);
    nb->bound = code == 0;
    return code;
}

int nb_tick(struct nb_engine *nb, int64_t time_ms, char *error, size_t error_size)
{
    struct error err = {0};
    int64_t slot_ms = engine_align(nb->engine, time_ms);
    if (slot_ms <= nb->engine->slot_ms)
        return say(NB_INVALID, error, error_size, "this slot was evaluated already");
    int code = bind(nb, slot_ms - 10 * 60 * 1000, slot_ms, &err);
    if (code == 0)
        code = engine_tick(nb->engine, slot_ms, &err);
    if (nb->feed)
        feed_forget(nb->feed, slot_ms + nb->engine->interval_ms / 2);
    return code < 0 ? say(status_of(&err), error, error_size, err.text) : NB_OK;
}

int nb_replay(struct nb_engine *nb, int64_t from_ms, int64_t to_ms, char *error, size_t error_size)
{
    struct error err = {0};
    if (nb->feed || from_ms > to_ms)
        return say(NB_INVALID, error, error_size, nb->feed ? "a fed engine has no history" : "from is after to");
    int code = bind(nb, from_ms, to_ms, &err);
    if (code == 0)
        code = engine_replay(nb->engine, from_ms, to_ms, REPLAY_TELL, &err);
    return code < 0 ? say(status_of(&err), error, error_size, err.text) : NB_OK;
}

void nb_on_event(struct nb_engine *nb, void (*each)(void *context, const char *event_json), void *context)
{
    nb->on_event = each;
    nb->on_event_context = context;
}

struct counting {
    const struct nb_engine *nb;
    void (*each)(void *context, const char *event_json);
    void *context;
    size_t len;
};

static void count(void *context, const struct finding *f)
{
    struct counting *c = context;
    c->len++;
    if (c->each)
        emit(c->nb, f, c->each, c->context);
}

size_t nb_findings(struct nb_engine *nb, void (*each)(void *context, const char *event_json), void *context)
{
    struct counting c = {nb, each, context, 0};
    if (nb->engine->slot_ms)
        engine_findings(nb->engine, false, count, &c);
    return c.len;
}
