/* What only a server can say: which exporters a cluster has, where and of which version, and what the checks of the rules find. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "cli/doctor.h"
#include "prom/prom.h"
#include "rule/alert.h"

#define TEXT_MAX 1000

struct asking { /* one cluster at its server */
    struct examination *x;
    struct cluster_view *view;
    struct prom *server;
    const char *matchers, *comma; /* of its own series */
};

static void note_result(void *context, const struct prom_result *result)
{
    (void)context;
    if (result->error.code < 0)
        print_error("looking for exporters: %s", result->error.text);
}

/* ---- exporters ---- */

struct targets { /* series of the probes lately: which profile is where */
    const struct ruleset *rules;
    struct cluster_view *view;
    struct map seen; /* hash of profile and instance */
    struct strbuf *versions; /* by profile */
};

static bool is_probe(const struct profile *p, const char *name)
{
    for (size_t k = 0; k < p->probe_len; k++)
        if (strcmp(p->probe[k], name) == 0)
            return true;
    return false;
}

static uint64_t key_of(size_t profile, const char *instance)
{
    return hash_str(hash_bytes(HASH_INIT, &profile, sizeof(profile)), instance);
}

static bool take_target(void *context, const struct prom_label *labels, size_t len)
{
    struct targets *t = context;
    const char *name = prom_label_value(labels, len, "__name__"), *instance = prom_label_value(labels, len, "instance");
    for (size_t i = 0; i < t->rules->profiles_len; i++) {
        bool fresh = false;
        if (!is_probe(&t->rules->profiles[i], name))
            continue;
        t->view->profiles[i] = true;
        map_put(&t->seen, key_of(i, instance), &fresh);
        t->view->exporters[i].targets += fresh;
    }
    return true;
}

static bool take_version(void *context, const struct prom_label *labels, size_t len)
{
    struct targets *t = context;
    const char *name = prom_label_value(labels, len, "__name__"), *instance = prom_label_value(labels, len, "instance"), *version = prom_label_value(labels, len, "version");
    for (size_t i = 0; i < t->rules->profiles_len; i++) {
        struct strbuf *known = &t->versions[i];
        if (strcmp(t->rules->profiles[i].version, name) == 0 && *version && map_get(&t->seen, key_of(i, instance)) && !strstr(known->buf, version))
            strbuf_addf(known, "%s%s", known->len ? ", " : "", version);
    }
    return true;
}

/* The names as selectors: series of the cluster, and those that bear none of its labels, as exporters on hosts often do. */
static void ask_series(const struct asking *a, const char *const *names, size_t len, const struct prom_sink *sink)
{
    struct arena *arena = &a->x->arena;
    const char *match[2], *pattern = query_alternation(names, len, arena);
    int64_t to_ms = a->x->session->now_ms;
    struct error err = {0};
    match[0] = arena_printf(arena, "{__name__=~\"%s\"%s%s}", pattern, a->comma, a->matchers);
    match[1] = arena_printf(arena, "{__name__=~\"%s\"%s%s}", pattern, a->comma, query_matchers(&a->view->watch->match, true, arena));
    if (len && prom_series(a->server, match, *a->comma ? 2 : 1, to_ms - DOCTOR_RECENT_MS, to_ms, DOCTOR_TIMEOUT_MS, sink, &err) == 0)
        prom_run(a->server);
}

static void find_profiles(const struct asking *a)
{
    const struct ruleset *r = a->x->session->rules;
    struct arena *arena = &a->x->arena;
    struct targets t = {.rules = r, .view = a->view, .versions = arena_array(arena, r->profiles_len + 1, sizeof(*t.versions))};
    struct prom_sink probes = {.context = &t, .series = take_target, .done = note_result}, builds = {.context = &t, .series = take_version, .done = note_result};
    size_t len = 0, versions_len = 0;
    for (size_t i = 0; i < r->profiles_len; i++)
        len += r->profiles[i].probe_len;
    const char **names = arena_array(arena, len + 1, sizeof(*names)), **versions = arena_array(arena, r->profiles_len + 1, sizeof(*versions));
    len = 0;
    for (size_t i = 0; i < r->profiles_len; i++) {
        for (size_t k = 0; k < r->profiles[i].probe_len; k++)
            names[len++] = r->profiles[i].probe[k];
        if (*r->profiles[i].version)
            versions[versions_len++] = r->profiles[i].version;
        t.versions[i] = (struct strbuf)STRBUF_INIT(200);
    }
    ask_series(a, names, len, &probes);
    ask_series(a, versions, versions_len, &builds);
    for (size_t i = 0; i < r->profiles_len; i++) {
        a->view->exporters[i].versions = arena_strdup(arena, t.versions[i].buf);
        strbuf_free(&t.versions[i]);
    }
    map_free(&t.seen);
    a->view->profiles_known = true;
}

/* ---- checks ---- */

struct check_answer {
    struct arena *arena;
    struct check_view *view;
    struct label_set first;
    double value;
};

static bool take_found(void *context, const struct prom_label *labels, size_t len)
{
    struct check_answer *a = context;
    if (a->view->found++)
        return true;
    for (size_t i = 0; i < len; i++)
        label_set_put(&a->first, arena_strdup(a->arena, labels[i].name), arena_strdup(a->arena, labels[i].value));
    return true;
}

static bool take_value(void *context, const int64_t *time_ms, const double *value, size_t len)
{
    struct check_answer *a = context;
    (void)time_ms;
    if (a->view->found == 1 && len)
        a->value = value[len - 1];
    return true;
}

static void take_end(void *context, const struct prom_result *result)
{
    struct check_answer *a = context;
    if (result->error.code < 0)
        a->view->error = arena_strdup(a->arena, result->error.text);
}

/* $look_back is how far back the rules look; the rest as in a binding. */
static char *expand(const struct asking *a, const char *ask)
{
    const struct engine *e = a->x->session->engine;
    static const char word[] = "$look_back";
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(8192);
    for (const char *at; (at = strstr(ask, word)) != NULL; ask = at + strlen(word)) {
        strbuf_add(&out, ask, (size_t)(at - ask));
        duration_print(&out, engine_look_back_ms(e));
    }
    strbuf_adds(&out, ask);
    return query_expand(out.buf, a->matchers, e->rate_ms);
}

static const char *say(const struct check_answer *a, const struct alert_text *texts, enum language lang)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(TEXT_MAX);
    alert_text_write(&texts[lang], &a->first, a->value, &out);
    return arena_strdup(a->arena, out.buf);
}

static void count_check(struct cluster_view *v, const struct check_view *c)
{
    v->checks_failed += c->error != NULL;
    v->faults += !c->error && c->found && c->check->fault;
    v->notes += !c->error && c->found && !c->check->fault;
}

static void run_checks(const struct asking *a)
{
    const struct ruleset *r = a->x->session->rules;
    struct arena *arena = &a->x->arena;
    struct check_answer *answers = arena_array(arena, r->checks_len + 1, sizeof(*answers));
    bool now = !a->x->options->at;
    a->view->checks = arena_array(arena, r->checks_len + DOCTOR_OWN_CHECKS, sizeof(*a->view->checks));
    for (size_t i = 0, n = 0; i < r->checks_len; i++) {
        if (r->checks[i].live && !now)
            continue;
        struct check_view *c = &a->view->checks[n];
        struct error err = {0};
        AUTO(heap) char *query = expand(a, r->checks[i].ask);
        *c = (struct check_view){.check = &r->checks[i], .says = "", .fix = ""};
        answers[n] = (struct check_answer){.arena = arena, .view = c};
        struct prom_sink sink = {.context = &answers[n], .series = take_found, .samples = take_value, .done = take_end};
        if (prom_query(a->server, query, c->check->live ? clock_now_ms(&clock_system) : a->x->session->now_ms, DOCTOR_TIMEOUT_MS, &sink, &err) < 0)
            c->error = arena_strdup(arena, err.text);
        a->view->checks_len = ++n;
    }
    prom_run(a->server);
    for (size_t i = 0; i < a->view->checks_len; i++) {
        struct check_view *c = &a->view->checks[i];
        if (c->found) {
            c->says = say(&answers[i], c->check->says, a->x->session->lang);
            c->fix = say(&answers[i], c->check->fix, a->x->session->lang);
        }
    }
    check_own(a->x, a->view, a->server, &a->view->checks[a->view->checks_len]);
    a->view->checks_len += DOCTOR_OWN_CHECKS;
    for (size_t i = 0; i < a->view->checks_len; i++)
        count_check(a->view, &a->view->checks[i]);
}

void ask_cluster(struct examination *x, struct cluster_view *v)
{
    struct engine *e = x->session->engine;
    struct error err = {0};
    size_t at = 0;
    v->exporters = arena_array(&x->arena, e->rules->profiles_len + 1, sizeof(*v->exporters));
    while (at < e->sources_len && e->sources[at] != v->watch->source)
        at++;
    if (at == e->sources_len || x->sources[at].recording)
        return;
    AUTO(prom) struct prom *server = prom_new(&e->config->sources[at], e->net, &err);
    if (!server)
        return;
    struct asking a = {x, v, server, query_matchers(&v->watch->match, false, &x->arena), v->watch->match.len ? "," : ""};
    find_profiles(&a);
    run_checks(&a);
}
