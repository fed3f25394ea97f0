/*
 * A Prometheus server as a source.
 *
 * Finding out goes by names that have data in the period asked for: first which of the ruleset's cluster labels has values on the profiles' probe metrics,
 * then per cluster which metric names exist with its matchers, and which exist with none of these labels at all (host exporters often lack them). A binding is
 * taken when any of its metrics is there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "prom/prom.h"
#include "signal/alert.h"
#include "signal/source.h"

struct prometheus_source {
    struct source source;
    struct prom *prom;
    int64_t timeout_ms;
};

struct names { /* the set of texts that a label_values call gave */
    struct intern set;
    VEC(const char *) list;
    struct error error;
};

static bool take_name(void *context, const char *text)
{
    struct names *n = context;
    if (!intern_find(&n->set, text))
        vec_push(&n->list, intern_str(&n->set, text));
    return true;
}

static void take_done(void *context, const struct prom_result *result)
{
    struct names *n = context;
    n->error = result->error;
}

static void names_free(struct names *n)
{
    vec_free(&n->list);
    intern_free(&n->set);
}

/* Values of `label` on series that match the selector, between from and to. */
static int ask_values(struct prometheus_source *s, const char *label, const char *selector, int64_t from_ms, int64_t to_ms, struct names *ret,
                      struct error *err)
{
    struct prom_sink sink = {.context = ret, .value = take_name, .done = take_done};
    int code = prom_label_values(s->prom, label, &selector, 1, from_ms, to_ms, s->timeout_ms, &sink, err);
    if (code < 0)
        return code;
    prom_run(s->prom);
    if (ret->error.code < 0 && err)
        *err = ret->error;
    return ret->error.code;
}

static const char **all_probes(const struct ruleset *rules, size_t *ret_len, struct arena *a)
{
    size_t len = 0;
    for (size_t i = 0; i < rules->profiles_len; i++)
        len += rules->profiles[i].probe_len;
    const char **names = arena_array(a, len + 1, sizeof(*names));
    *ret_len = 0;
    for (size_t i = 0; i < rules->profiles_len; i++)
        for (size_t k = 0; k < rules->profiles[i].probe_len; k++)
            names[(*ret_len)++] = rules->profiles[i].probe[k];
    return names;
}

struct one_value {
    double value;
    bool known;
};

static bool take_value(void *context, const int64_t *time_ms, const double *value, size_t len)
{
    struct one_value *v = context;
    (void)time_ms;
    if (len && value[len - 1] == value[len - 1])
        *v = (struct one_value){value[len - 1], true};
    return true;
}

static void ignore_done(void *context, const struct prom_result *result)
{
    (void)context;
    (void)result;
}

/*
 * How many samples `up` has says how often targets are scraped; a quarter of the targets may be slower or gone. Only targets that are older than the window
 * count, since new ones seem to be scraped rarely; where all are new two minutes must do.
 */
#define SCRAPES_QUERY                                                                                                                              \
    "quantile(0.25, count_over_time(up[10m]) and up offset 10m) or 5 * quantile(0.25, count_over_time(up[2m]) and up offset 2m)"

static int64_t ask_scrape_interval(struct prometheus_source *s, int64_t at_ms)
{
    struct one_value v = {0};
    struct prom_sink sink = {.context = &v, .samples = take_value, .done = ignore_done};
    struct error err;
    if (prom_query(s->prom, SCRAPES_QUERY, at_ms, s->timeout_ms, &sink, &err) < 0)
        return 0;
    prom_run(s->prom);
    return v.known && v.value >= 1 ? (int64_t)(600000 / v.value) : 0;
}

static void add_cluster(struct discovery *d, const char *label, const char *value, struct arena *a)
{
    struct found_cluster *c = &d->clusters[d->len++];
    c->name = arena_strdup(a, value);
    if (label) {
        c->match.len = 1;
        c->match.items = arena_array(a, 1, sizeof(*c->match.items));
        c->match.items[0] = (struct name_value){label, c->name};
    }
}

static int order_by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int prometheus_discover(struct source *base, const struct ruleset *rules, int64_t from_ms, int64_t to_ms, struct arena *a,
                               struct discovery *ret, struct error *err)
{
    struct prometheus_source *s = (struct prometheus_source *)base;
    size_t probes_len;
    const char **probes = all_probes(rules, &probes_len, a);
    char *selector = arena_printf(a, "{__name__=~\"%s\"}", query_alternation(probes, probes_len, a));
    *ret = (struct discovery){0};
    for (size_t i = 0; probes_len && i < rules->cluster_labels_len && !ret->len; i++) {
        struct names values = {0};
        int code = ask_values(s, rules->cluster_labels[i], selector, from_ms, to_ms, &values, err);
        if (code < 0) {
            names_free(&values);
            return code;
        }
        ret->clusters = arena_array(a, values.list.len + 1, sizeof(*ret->clusters));
        if (values.list.len)
            qsort(values.list.items, values.list.len, sizeof(*values.list.items), order_by_name);
        for (size_t k = 0; k < values.list.len; k++)
            if (values.list.items[k][0])
                add_cluster(ret, rules->cluster_labels[i], values.list.items[k], a);
        names_free(&values);
    }
    if (!ret->len) {
        ret->clusters = arena_array(a, 1, sizeof(*ret->clusters));
        add_cluster(ret, NULL, "default", a);
    }
    ret->scrape_ms = ask_scrape_interval(s, to_ms);
    return 0;
}

static const char **all_metrics(const struct ruleset *rules, size_t *ret_len, struct arena *a)
{
    size_t len = 0;
    for (size_t i = 0; i < rules->signals_len; i++)
        for (size_t k = 0; k < rules->signals[i]->bindings_len; k++)
            len += rules->signals[i]->bindings[k].metrics_len;
    const char **names = arena_array(a, len + 1, sizeof(*names));
    struct intern seen = INTERN_INIT;
    *ret_len = 0;
    for (size_t i = 0; i < rules->signals_len; i++) {
        for (size_t k = 0; k < rules->signals[i]->bindings_len; k++) {
            const struct binding *b = &rules->signals[i]->bindings[k];
            for (size_t m = 0; m < b->metrics_len; m++) {
                if (intern_find(&seen, b->metrics[m]))
                    continue;
                intern_str(&seen, b->metrics[m]);
                names[(*ret_len)++] = b->metrics[m];
            }
        }
    }
    intern_free(&seen);
    return names;
}

static bool has_any(const struct names *n, const struct binding *b)
{
    for (size_t i = 0; i < b->metrics_len; i++)
        if (intern_find(&n->set, b->metrics[i]))
            return true;
    return false;
}

static const struct bound *bound_before(const struct bounds *bounds, const struct binding *b)
{
    for (size_t i = 0; i < bounds->len; i++)
        if (bounds->items[i].binding == b)
            return &bounds->items[i];
    return NULL;
}

/* What answered once is asked as long as we run: series that are gone must be seen to be gone, a signal that nobody asks for says nothing. */
static void choose(struct cluster *c, const struct names *own, const struct names *shared, const char *matchers, const char *absent)
{
    for (size_t i = 0; i < c->rules->signals_len; i++) {
        const struct signal *s = c->rules->signals[i];
        if (s->alert)
            continue;
        struct bounds before = c->bounds[i];
        c->bounds[i] = (struct bounds){0};
        for (size_t k = 0; k < s->bindings_len; k++) {
            const struct binding *b = &s->bindings[k];
            const struct bound *old = bound_before(&before, b);
            if (has_any(own, b))
                vec_push(&c->bounds[i], (struct bound){b, matchers});
            else if (has_any(shared, b))
                vec_push(&c->bounds[i], (struct bound){b, absent});
            else if (old)
                vec_push(&c->bounds[i], *old);
        }
        free(before.items);
        if (!c->bounds[i].len)
            c->health[i].health = HEALTH_UNBOUND;
    }
}

static int prometheus_bind(struct source *base, struct cluster *c, const struct name_values *match, int64_t from_ms, int64_t to_ms, struct error *err)
{
    struct prometheus_source *s = (struct prometheus_source *)base;
    AUTO(arena) struct arena a = ARENA_INIT("bindings");
    size_t len;
    const char **metrics = all_metrics(c->rules, &len, &a);
    const char *names = query_alternation(metrics, len, &a);
    const char *matchers = query_matchers(match, false, &a), *absent = query_matchers(match, true, &a);
    const char *comma = match->len ? "," : "";
    struct names own = {0}, shared = {0};
    c->match = *match;
    alerts_bind(c);
    if (!len) /* rules that read no metric by name */
        return 0;
    int code = ask_values(s, "__name__", arena_printf(&a, "{__name__=~\"%s\"%s%s}", names, comma, matchers), from_ms, to_ms, &own, err);
    if (code == 0 && match->len)
        code = ask_values(s, "__name__", arena_printf(&a, "{__name__=~\"%s\"%s%s}", names, comma, absent), from_ms, to_ms, &shared, err);
    if (code == 0)
        choose(c, &own, &shared, intern_str(&c->values, matchers), intern_str(&c->values, absent));
    names_free(&own);
    names_free(&shared);
    return code;
}

static bool take_series(void *context, const struct prom_label *labels, size_t len)
{
    answer_series(context, labels, len);
    return true;
}

static bool take_samples(void *context, const int64_t *time_ms, const double *value, size_t len)
{
    for (struct answer *a = context; a; a = a->twin)
        for (size_t i = 0; a->at && i < len; i++)
            answer_sample(a, time_ms[i], value[i]);
    return true;
}

static void finish(struct answer *a, enum answer_state state, const struct error *err)
{
    for (; a; a = a->twin)
        answer_done(a, state, err);
}

static void take_answer(void *context, const struct prom_result *result)
{
    struct error why = result->error;
    enum answer_state state = ANSWER_OK;
    if (result->error.code < 0) {
        state = ANSWER_FAILED;
    } else if (result->partial) {
        state = ANSWER_PARTIAL;
        error_set(&why, ERR_DATA, "incomplete answer: %s", result->warnings_len ? result->warnings[0] : "the server says that parts are missing");
    }
    finish(context, state, state == ANSWER_OK ? NULL : &why);
}

/* One instant query for one slot, a range query for more. */
static int ask(struct prometheus_source *s, struct answer *a, const char *query, int64_t timeout_ms, struct error *err)
{
    const struct batch *b = a->batch;
    struct prom_sink sink = {.context = a, .series = take_series, .samples = take_samples, .done = take_answer};
    int64_t last_ms = b->from_ms + (int64_t)(b->slots - 1) * b->step_ms;
    if (b->slots == 1)
        return prom_query(s->prom, query, b->from_ms, timeout_ms, &sink, err);
    return prom_query_range(s->prom, query, b->from_ms, last_ms, b->step_ms, timeout_ms, &sink, err);
}

static void prometheus_fetch(struct source *base, struct batch *b, int64_t timeout_ms)
{
    struct prometheus_source *s = (struct prometheus_source *)base;
    if (s->timeout_ms)
        timeout_ms = s->timeout_ms;
    alerts_link(b);
    for (size_t i = 0; i < b->len; i++) {
        struct answer *a = &b->answers[i];
        struct error err = {0};
        if (a->served)
            continue;
        AUTO(heap) char *query = a->signal->alert ? xstrdup(a->binding->query) : query_expand(a->binding->query, a->matchers, b->rate_ms);
        if (ask(s, a, query, timeout_ms, &err) < 0)
            finish(a, ANSWER_FAILED, &err);
    }
    prom_run(s->prom);
}

static void prometheus_free(struct source *base)
{
    struct prometheus_source *s = (struct prometheus_source *)base;
    prom_free(s->prom);
    free(s);
}

static const struct source_type prometheus_type = {
    .name = "prometheus",
    .discover = prometheus_discover,
    .bind = prometheus_bind,
    .fetch = prometheus_fetch,
    .free = prometheus_free,
};

int prometheus_source_open(const struct source_config *config, struct net *net, struct source **ret, struct error *err)
{
    struct prometheus_source *s = xcalloc(1, sizeof(*s));
    s->source.type = &prometheus_type;
    s->source.name = config->name;
    s->timeout_ms = config->http.timeout_ms;
    s->prom = prom_new(config, net, err);
    if (!s->prom) {
        free(s);
        return err && err->code ? err->code : ERR_INVALID;
    }
    *ret = &s->source;
    return 0;
}
