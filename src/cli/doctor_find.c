#include "cli/doctor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "prom/prom.h"
#include "rule/alert.h"

#define X(id, name) [id] = name,
const char *const presence_names[PRESENCE_COUNT] = {PRESENCES(X)};
const char *const judgement_names[JUDGEMENT_COUNT] = {JUDGEMENTS(X)};
#undef X

/* ---- sources ---- */

struct build {
    struct arena *arena;
    struct source_view *view;
};

static void take_build(void *context, const struct prom_result *result)
{
    struct build *b = context;
    b->view->application = arena_strdup(b->arena, result->application);
    b->view->version = arena_strdup(b->arena, result->version);
}

static bool take_target(void *context, const struct prom_target *target)
{
    struct build *b = context;
    b->view->up += target->up;
    b->view->down += !target->up && !target->unknown;
    return true;
}

static void ignore_result(void *context, const struct prom_result *result)
{
    (void)context, (void)result;
}

/* What only a server can say; a proxy may not, which is no fault. */
static void ask_server(struct examination *x, const struct source_config *config, struct source_view *v)
{
    struct error err = {0};
    struct build b = {&x->arena, v};
    struct prom_sink build = {.context = &b, .done = take_build}, targets = {.context = &b, .target = take_target, .done = ignore_result};
    AUTO(prom) struct prom *p = prom_new(config, x->session->engine->net, &err);
    if (!p)
        return;
    prom_buildinfo(p, DOCTOR_TIMEOUT_MS, &build, &err);
    prom_targets(p, DOCTOR_TIMEOUT_MS, &targets, &err);
    prom_run(p);
}

static const char *shown_url(const char *url, struct arena *a)
{
    const char *host = strstr(url, "://"), *at = host ? strchr(host + 3, '@') : NULL;
    if (!at || strcspn(host + 3, "/") < (size_t)(at - host - 3))
        return url;
    return arena_printf(a, "%.*s%s", (int)(host + 3 - url), url, at + 1);
}

void examine_sources(struct examination *x, int64_t from_ms)
{
    struct engine *e = x->session->engine;
    x->sources = arena_array(&x->arena, e->sources_len + 1, sizeof(*x->sources));
    for (size_t i = 0; i < e->sources_len; i++) {
        const struct source_config *config = &e->config->sources[i];
        struct source_view *v = &x->sources[x->sources_len++];
        struct discovery found;
        struct error err = {0};
        *v = (struct source_view){.name = config->name, .application = "", .version = ""};
        v->url = shown_url(config->http.url ? config->http.url : config->http.url_file ? config->http.url_file : "", &x->arena);
        v->recording = strcmp(e->sources[i]->type->name, "prometheus") != 0;
        if (e->sources[i]->type->discover(e->sources[i], e->rules, from_ms, x->session->now_ms, &x->arena, &found, &err) < 0)
            v->error = arena_strdup(&x->arena, err.text);
        else
            v->scrape_ms = found.scrape_ms;
        if (!v->error && !v->recording)
            ask_server(x, config, v);
    }
}

/* ---- entities ---- */

static void examine_entities(struct examination *x, struct cluster_view *v)
{
    const struct cluster *c = v->watch->cluster;
    v->entities = arena_array(&x->arena, c->rules->kinds_len + 1, sizeof(*v->entities));
    for (size_t k = 0; k < c->rules->kinds_len; k++) {
        const struct domain *d = c->domains[k];
        struct entity_count n = {.kind = d->kind};
        for (size_t row = 0; !d->kind->open && d->kind->identity_len && row < d->rows; row++) {
            if (d->last_seen_ms[row] < x->session->now_ms - DOCTOR_RECENT_MS)
                continue;
            n.seen++;
            for (size_t label = d->kind->identity_len; label < d->kind->labels_len; label++)
                n.without[label] += !domain_value(d, row, label);
        }
        if (n.seen)
            v->entities[v->entities_len++] = n;
    }
}

/* ---- signals ---- */

bool signal_counts(const struct signal *s)
{
    return s->used && !s->derived && !s->alert;
}

static bool is_fact(const struct ruleset *r, const struct signal *s)
{
    for (size_t i = 0; i < r->facts_len; i++)
        if (r->facts[i].signal == s)
            return true;
    return false;
}

static bool has_values(const struct cluster *c, const struct signal *s)
{
    const struct window *w = c->windows[s->index];
    for (size_t row = 0; w && row < w->rows; row++)
        for (int64_t slot = w->newest; slot > w->newest - (int64_t)w->slots; slot--)
            if (!isnan(window_get(w, row, slot)))
                return true;
    return false;
}

static enum presence presence_of(const struct cluster *c, const struct signal *s)
{
    enum health health = c->health[s->index].health;
    if (is_fact(c->rules, s))
        return PRESENCE_SEEN;
    if (!c->bounds[s->index].len)
        return PRESENCE_MISSING;
    if (health == HEALTH_FAILED || health == HEALTH_PARTIAL)
        return PRESENCE_FAILING;
    return has_values(c, s) ? PRESENCE_SEEN : PRESENCE_EMPTY;
}

static void examine_signals(struct examination *x, struct cluster_view *v, bool *has)
{
    const struct ruleset *r = x->session->rules;
    for (size_t i = 0; i < r->signals_len; i++) {
        if (!signal_counts(r->signals[i]))
            continue;
        v->signals[i] = presence_of(v->watch->cluster, r->signals[i]);
        has[i] = v->signals[i] == PRESENCE_SEEN || v->signals[i] == PRESENCE_EMPTY;
        v->signals_used++;
        v->signals_seen += v->signals[i] == PRESENCE_SEEN;
    }
}

/* ---- what can be judged ---- */

static const char *alert_trouble(const struct watch *w, const struct symptom *s)
{
    const struct signal_health *h = &w->cluster->health[s->alert->holds->index];
    return h->health == HEALTH_UNBOUND ? "needs a server: here is none that could be asked its expression" : h->error;
}

static struct view judge_symptom(struct engine *e, struct watch *w, const struct symptom *s, const bool *has)
{
    struct view v = {.id = s->id};
    AUTO(signal_list) struct signal_list reads = {0};
    if (s->alert) {
        v.judgement = engine_symptom_judged(e, w, s) ? JUDGED : BLIND;
        v.why = v.judgement == JUDGED ? NULL : alert_trouble(w, s);
        return v;
    }
    if (!can_be_known(s->when, has, &v.missing)) {
        v.judgement = BLIND;
        return v;
    }
    if (engine_symptom_judged(e, w, s)) {
        v.judgement = JUDGED;
        return v;
    }
    signals_read(s->when, &reads);
    for (size_t i = 0; cluster_domain(w->cluster, s->kind)->rows && i < reads.len; i++)
        if (!has[reads.items[i]->index])
            signal_list_add(&v.missing, reads.items[i]);
    v.judgement = v.missing.len ? JUDGED_PARTLY : QUIET;
    return v;
}

/* Over all symptoms that suspect it. `counts` is false when no evidence speaks of it at all. */
static struct view judge_cause(const struct ruleset *r, const struct cause *cause, const bool *has, bool *ret_counts)
{
    struct view v = {.id = cause->id};
    double weight = 0, known = 0;
    for (size_t s = 0; s < r->symptoms_len; s++) {
        for (size_t k = 0; !r->symptoms[s]->disabled && k < r->symptoms[s]->suspects_len; k++) {
            const struct suspect *suspect = &r->symptoms[s]->suspects[k];
            for (size_t i = 0; suspect->cause == cause && i < suspect->evidence_len; i++) {
                const struct evidence *e = &suspect->evidence[i];
                double db = e->exclude ? 15 : fmax(fabs(e->db), fabs(e->else_db));
                weight += db;
                known += can_be_known(e->when, has, &v.missing) ? db : 0;
            }
        }
    }
    *ret_counts = weight > 0;
    v.known = weight > 0 ? known / weight : 0;
    v.judgement = v.known >= 1 ? JUDGED : v.known > 0 ? JUDGED_PARTLY : BLIND;
    return v;
}

static void add_view(struct views *v, struct view one)
{
    v->items[v->len++] = one;
    v->by[one.judgement]++;
}

static void examine_rules(struct examination *x, struct cluster_view *v, const bool *has)
{
    const struct ruleset *r = x->session->rules;
    v->symptoms.items = arena_array(&x->arena, r->symptoms_len + 1, sizeof(*v->symptoms.items));
    v->causes.items = arena_array(&x->arena, r->causes_len + 1, sizeof(*v->causes.items));
    for (size_t i = 0; i < r->symptoms_len; i++)
        if (!r->symptoms[i]->disabled)
            add_view(&v->symptoms, judge_symptom(x->session->engine, v->watch, r->symptoms[i], has));
    for (size_t i = 0; i < r->causes_len; i++) {
        bool counts;
        struct view cause = judge_cause(r, r->causes[i], has, &counts);
        if (counts)
            add_view(&v->causes, cause);
        else
            signal_list_free(&cause.missing);
    }
}

/* ---- what to install next ---- */

static const struct binding *binding_of(const struct signal *s, const struct profile *p)
{
    for (size_t i = 0; i < s->bindings_len; i++)
        if (s->bindings[i].profile == p)
            return &s->bindings[i];
    return NULL;
}

/* It is here and could give the signal, but does not: another exporter of its sort would be no help. */
static bool should_be_given(const struct cluster_view *v, const struct signal *s)
{
    for (size_t i = 0; i < s->bindings_len; i++)
        if (v->profiles[s->bindings[i].profile->index])
            return true;
    return false;
}

/* The number of signals that `p` would add to has[]. */
static size_t add_signals(const struct ruleset *r, const struct cluster_view *v, const struct profile *p, bool *has)
{
    size_t added = 0;
    for (size_t i = 0; i < r->signals_len; i++) {
        const struct signal *s = r->signals[i];
        if (has[i] || !signal_counts(s) || v->signals[i] != PRESENCE_MISSING || !binding_of(s, p) || should_be_given(v, s))
            continue;
        has[i] = true;
        added++;
    }
    return added;
}

static struct offer offer_of(const struct ruleset *r, const struct cluster_view *v, const struct profile *p, const bool *has)
{
    struct offer o = {.profile = p};
    bool *with = xcalloc(r->signals_len + 1, sizeof(*with));
    memcpy(with, has, r->signals_len * sizeof(*with));
    o.signals = add_signals(r, v, p, with);
    for (size_t i = 0; o.signals && i < r->symptoms_len; i++)
        o.symptoms += !r->symptoms[i]->disabled && !can_be_known(r->symptoms[i]->when, has, NULL) && can_be_known(r->symptoms[i]->when, with, NULL);
    for (size_t i = 0; o.signals && i < r->causes_len; i++) {
        bool counts;
        struct view before = judge_cause(r, r->causes[i], has, &counts), after = judge_cause(r, r->causes[i], with, &counts);
        o.causes += after.known > before.known;
        signal_list_free(&before.missing);
        signal_list_free(&after.missing);
    }
    free(with);
    return o;
}

static bool better(const struct offer *x, const struct offer *y)
{
    if (x->symptoms != y->symptoms)
        return x->symptoms > y->symptoms;
    if (x->causes != y->causes)
        return x->causes > y->causes;
    return x->signals > y->signals;
}

/* The best first, then the best of what it leaves, and so on. has[] grows by all of them. */
static void make_offers(struct examination *x, struct cluster_view *v, bool *has)
{
    const struct ruleset *r = x->session->rules;
    v->offers = arena_array(&x->arena, r->profiles_len + 1, sizeof(*v->offers));
    while (v->offers_len < r->profiles_len) {
        struct offer best = {0};
        for (size_t i = 0; i < r->profiles_len; i++) {
            struct offer o = v->profiles[i] || !r->profiles[i].offered ? (struct offer){0} : offer_of(r, v, &r->profiles[i], has);
            if (better(&o, &best))
                best = o;
        }
        if (best.symptoms + best.causes == 0)
            return;
        add_signals(r, v, best.profile, has);
        v->offers[v->offers_len++] = best;
    }
}

void examine_clusters(struct examination *x)
{
    struct engine *e = x->session->engine;
    const struct ruleset *r = x->session->rules;
    x->clusters = arena_array(&x->arena, e->watches_len + 1, sizeof(*x->clusters));
    for (size_t i = 0; i < e->watches_len; i++) {
        if (!session_wants(x->options, e->watches[i].cluster->name))
            continue;
        struct cluster_view *v = &x->clusters[x->clusters_len++];
        bool *has = arena_array(&x->arena, r->signals_len + 1, sizeof(*has));
        v->watch = &e->watches[i];
        v->profiles = arena_array(&x->arena, r->profiles_len + 1, sizeof(*v->profiles));
        v->signals = arena_array(&x->arena, r->signals_len + 1, sizeof(*v->signals));
        ask_cluster(x, v);
        examine_entities(x, v);
        examine_signals(x, v, has);
        examine_rules(x, v, has);
        make_offers(x, v, has);
    }
}

static void views_free(struct views *v)
{
    for (size_t i = 0; i < v->len; i++)
        signal_list_free(&v->items[i].missing);
}

void examination_free(struct examination *x)
{
    for (size_t i = 0; i < x->clusters_len; i++) {
        views_free(&x->clusters[i].symptoms);
        views_free(&x->clusters[i].causes);
    }
    arena_free(&x->arena);
}
