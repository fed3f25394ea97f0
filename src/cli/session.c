/* From options to an engine that knows the state at a time. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/cli.h"
#include "signal/recording.h"

#define LABEL_LEN_MAX 200
#define PERIOD_MAX_MS (3LL * 366 * DAY_MS) /* "--from 2030" is a second in 1970 */

int exit_code_of(int error_code)
{
    switch (error_code) {
    case ERR_NET:
    case ERR_TIMEOUT:
    case ERR_REFUSED:
        return EXIT_UNREACHABLE;
    case ERR_IO:
    case ERR_FULL:
    case ERR_PERMISSION:
    case ERR_BUSY: /* another daemon has it */
        return EXIT_CANNOT_WRITE;
    case ERR_SYNTAX:
    case ERR_INVALID:
    case ERR_DATA:
    case ERR_NOT_FOUND:
    case ERR_CORRUPT:
    case ERR_VERSION:
        return EXIT_INPUT;
    default:
        return EXIT_INTERNAL;
    }
}

/* --source stands for a configuration of one source. */
void session_use_source(struct config *c, const char *url)
{
    struct source_config *s = arena_array(&c->arena, 1, sizeof(*s));
    if (c->sources_len)
        *s = c->sources[0];
    else
        *s = (struct source_config){.max_in_flight = 8, .max_bytes = 256LL << 20, .max_series = 500000};
    s->name = "source";
    s->http.url = url;
    s->http.url_file = NULL;
    c->sources = s;
    c->sources_len = 1;
    for (size_t i = 0; i < c->clusters_len; i++)
        c->clusters[i].source = s->name;
}

int session_log_level(const struct options *o)
{
    enum log_level level = LOG_LEVEL_WARN;
    if (o->log_level && !log_level_parse(o->log_level, &level)) {
        print_error("--log-level: \"%s\" is none of error, warn, info, debug", o->log_level);
        return EXIT_USAGE;
    }
    log_set_level(level);
    return 0;
}

int session_load_config(const struct options *o, struct session *s)
{
    *s = (struct session){0};
    int code = session_log_level(o);
    if (code)
        return code;
    struct mistakes m = MISTAKES_INIT;
    s->config = o->config ? config_load(o->config, &m) : config_default();
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    if (!s->config)
        return EXIT_CONFIG;
    if (o->source)
        session_use_source(s->config, o->source);
    const char *lang = o->lang ? o->lang : s->config->language;
    if (!language_parse(lang, &s->lang)) {
        print_error("--lang: \"%s\" is not a language that is here: en, ko", lang);
        return EXIT_USAGE;
    }
    return 0;
}

static int load_rules(const struct options *o, struct session *s)
{
    struct mistakes m = MISTAKES_INIT;
    const char *const *paths = o->rules.len ? o->rules.items : s->config->rules;
    size_t len = o->rules.len ? o->rules.len : s->config->rules_len;
    s->rules = ruleset_load(paths, len, s->config, &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    return s->rules ? 0 : EXIT_CONFIG;
}

int session_load(const struct options *o, struct session *s)
{
    int code = session_load_config(o, s);
    return code ? code : load_rules(o, s);
}

/* Said once: nothing that follows would show it. */
static void note_blind_alerts(const struct session *s)
{
    const struct engine *e = s->engine;
    for (size_t i = 0; s->rules->alerts_len && i < e->sources_len; i++)
        if (source_is_recording(e->sources[i]))
            print_error("%zu %s blind here: a recording holds signals, not the series that they ask for", s->rules->alerts_len,
                        s->rules->alerts_len == 1 ? "alert of a Prometheus rule file is" : "alerts of Prometheus rule files are");
}

int session_open(const struct options *o, const struct clock *clock, const struct engine_sink *sink, struct session *s)
{
    int code = session_load(o, s);
    return code ? code : session_start(o, clock, sink, s);
}

int session_start(const struct options *o, const struct clock *clock, const struct engine_sink *sink, struct session *s)
{
    struct error err = {0};
    int failed = engine_new(s->config, s->rules, clock, sink, &s->engine, &err);
    if (failed < 0) {
        print_error("%s", err.text);
        return exit_code_of(failed);
    }
    note_blind_alerts(s);
    s->now_ms = s->engine->recording_to_ms ? s->engine->recording_to_ms : clock_now_ms(s->engine->clock);
    return o->at ? session_time(s, o->at, s->now_ms, &s->now_ms) : 0;
}

int session_time(const struct session *s, const char *text, int64_t fallback_ms, int64_t *ret)
{
    struct error err = {0};
    *ret = fallback_ms;
    if (!text || time_parse(text, s->now_ms, ret, &err) == 0)
        return 0;
    print_error("%s", err.text);
    return EXIT_USAGE;
}

int session_warm_up(struct session *s, int64_t at_ms)
{
    struct engine *e = s->engine;
    struct error err = {0};
    int64_t from_ms = at_ms - engine_look_back_ms(e);
    int code = engine_discover(e, from_ms, at_ms, &err);
    if (code == 0)
        code = engine_replay(e, from_ms, at_ms, REPLAY_QUIET, &err);
    if (code < 0)
        print_error("%s", err.text);
    return code < 0 ? exit_code_of(code) : 0;
}

int session_period(const struct session *s, const struct options *o, const char *command, int64_t default_ms, struct period *ret)
{
    int code = session_time(s, o->to, s->now_ms, &ret->to_ms);
    if (code == 0)
        code = session_time(s, o->from, s->engine->recording_from_ms ? s->engine->recording_from_ms : ret->to_ms - default_ms, &ret->from_ms);
    if (code)
        return code;
    if (ret->from_ms < s->engine->recording_from_ms)
        ret->from_ms = s->engine->recording_from_ms;
    if (ret->from_ms < ret->to_ms && ret->to_ms - ret->from_ms <= PERIOD_MAX_MS)
        return 0;
    if (o->from && s->engine->recording_from_ms && ret->to_ms <= s->engine->recording_from_ms) {
        print_error("%s: the recording begins after --to", command);
        return EXIT_USAGE;
    }
    print_error(ret->from_ms >= ret->to_ms ? "%s: --from must be before --to" : "%s: --from is more than three years before --to", command);
    return EXIT_USAGE;
}

int session_warm_up_before(struct session *s, const struct period *p)
{
    struct error err = {0};
    int64_t warm_ms = p->from_ms - engine_look_back_ms(s->engine);
    int failed = engine_discover(s->engine, warm_ms, p->to_ms, &err);
    if (failed == 0)
        failed = engine_replay(s->engine, warm_ms, p->from_ms - 1, REPLAY_QUIET, &err);
    if (failed < 0)
        print_error("%s", err.text);
    return failed < 0 ? exit_code_of(failed) : 0;
}

int session_pass(struct session *s, const struct period *p)
{
    struct error err = {0};
    int failed = engine_replay(s->engine, p->from_ms, p->to_ms, REPLAY_TELL, &err);
    if (failed < 0)
        print_error("%s", err.text);
    return failed < 0 ? exit_code_of(failed) : 0;
}

void session_close(struct session *s)
{
    engine_free(s->engine);
    ruleset_free(s->rules);
    config_free(s->config);
    *s = (struct session){0};
}

bool session_wants(const struct options *o, const char *cluster)
{
    return !o->cluster || strcmp(o->cluster, cluster) == 0;
}

static const char *label_of(const char *cluster, const struct label_set *entity, const char *name, size_t len)
{
    if (len == strlen("cluster") && strncmp(name, "cluster", len) == 0)
        return cluster;
    for (size_t i = 0; i < entity->len; i++)
        if (strlen(entity->items[i].name) == len && strncmp(entity->items[i].name, name, len) == 0)
            return entity->items[i].value;
    return NULL;
}

bool session_wants_finding(const struct options *o, const char *symptom, const char *cluster, const struct label_set *entity)
{
    for (size_t i = 0; i < o->words_len; i++) {
        const char *word = o->words[i], *equals = strchr(word, '=');
        const char *value = label_of(cluster, entity, word, (size_t)(equals - word));
        if (!value || strcmp(value, equals + 1) != 0)
            return false;
    }
    return session_wants(o, cluster) && (!o->symptom || strcmp(o->symptom, symptom) == 0);
}

bool session_reads_words(const struct options *o, const char *command)
{
    for (size_t i = 0; i < o->words_len; i++) {
        if (!strchr(o->words[i], '=')) {
            print_error("%s: \"%s\" is no LABEL=VALUE, such as cluster=test", command, o->words[i]);
            return false;
        }
    }
    return true;
}

bool session_knows_words(const struct options *o, const struct session *s, const char *command)
{
    VEC(const char *) labels = {0};
    bool known = true;
    vec_push(&labels, "cluster");
    for (size_t k = 0; k < s->rules->kinds_len; k++)
        for (size_t i = 0; i < s->rules->kinds[k]->labels_len; i++)
            vec_push(&labels, s->rules->kinds[k]->labels[i]);
    for (size_t w = 0; known && !s->rules->alerts_len && w < o->words_len; w++) { /* series of rule files have whatever labels they have */
        char name[LABEL_LEN_MAX];
        size_t i = 0;
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(o->words[w], "="), o->words[w]);
        while (i < labels.len && strcmp(labels.items[i], name) != 0)
            i++;
        known = i < labels.len;
        const char *near = known ? NULL : did_you_mean(name, labels.items, labels.len);
        if (!known)
            print_error(near ? "%s: nothing has a label \"%s\", did you mean \"%s\"?" : "%s: nothing has a label \"%s\"", command, name, near);
    }
    vec_free(&labels);
    return known;
}

static const char *value_in(const struct cluster *c, const struct domain *d, size_t row, const char *name)
{
    size_t label = entity_kind_label(d->kind, name);
    return strcmp(name, "cluster") == 0 ? c->name : label == NO_ROW ? NULL : domain_value(d, row, label);
}

static bool has_entity(const struct options *o, const struct cluster *c)
{
    for (size_t k = 0; k < c->rules->kinds_len; k++) {
        const struct domain *d = c->domains[k];
        for (size_t row = 0; row < d->rows; row++) {
            size_t i = 0;
            for (; i < o->words_len; i++) {
                AUTO(heap) char *name = xasprintf("%.*s", (int)strcspn(o->words[i], "="), o->words[i]);
                const char *value = value_in(c, d, row, name);
                if (!value || strcmp(value, o->words[i] + strlen(name) + 1) != 0)
                    break;
            }
            if (i == o->words_len)
                return true;
        }
    }
    return false;
}

bool session_lacks_entity(const struct options *o, const struct session *s, struct strbuf *why)
{
    const struct engine *e = s->engine;
    bool found = !o->words_len;
    for (size_t i = 0; !found && i < e->watches_len; i++)
        found = session_wants(o, e->watches[i].cluster->name) && has_entity(o, e->watches[i].cluster);
    if (found)
        return false;
    strbuf_adds(why, "nothing is known that has");
    for (size_t i = 0; i < o->words_len; i++)
        strbuf_addf(why, " %s", o->words[i]);
    return true;
}

int session_symptom(const struct options *o, const struct session *s, const char *command, const struct symptom **ret)
{
    const struct ruleset *rules = s->rules;
    VEC(const char *) ids = {0};
    *ret = o->symptom ? ruleset_symptom(rules, o->symptom) : NULL;
    if (*ret || !o->symptom)
        return 0;
    for (size_t i = 0; i < rules->symptoms_len; i++)
        vec_push(&ids, rules->symptoms[i]->id);
    const char *near = did_you_mean(o->symptom, ids.items, ids.len);
    print_error(near ? "%s: unknown symptom \"%s\", did you mean \"%s\"?" : "%s: unknown symptom \"%s\"", command, o->symptom, near);
    vec_free(&ids);
    return EXIT_USAGE;
}

bool session_lacks_cluster(const struct options *o, const struct session *s, struct strbuf *why)
{
    const struct engine *e = s->engine;
    VEC(const char *) names = {0};
    if (!o->cluster)
        return false;
    for (size_t i = 0; i < e->watches_len; i++)
        vec_push(&names, e->watches[i].cluster->name);
    bool lacks = true;
    for (size_t i = 0; i < names.len; i++)
        lacks &= strcmp(names.items[i], o->cluster) != 0;
    const char *near = lacks ? did_you_mean(o->cluster, names.items, names.len) : NULL;
    if (near)
        strbuf_addf(why, "there is no cluster \"%s\", did you mean \"%s\"?", o->cluster, near);
    else if (lacks)
        strbuf_addf(why, "there is no cluster \"%s\"%s", o->cluster, names.len ? "; there are: " : "");
    for (size_t i = 0; lacks && !near && i < names.len; i++)
        strbuf_addf(why, "%s%s", i ? ", " : "", names.items[i]);
    vec_free(&names);
    return lacks;
}
