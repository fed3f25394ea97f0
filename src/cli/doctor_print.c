#include <string.h>

#include <jansson.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "cli/doctor.h"
#include "model/json.h"

#define WIDTH 110

/* ---- text ---- */

struct list { /* words with commas, broken into lines */
    size_t column, indent;
    bool begun;
};

static void list_add(struct list *l, const char *word)
{
    size_t len = strlen(word);
    if (l->begun)
        fputc(',', stdout);
    if (l->begun && l->column + len + 2 > WIDTH) {
        printf("\n%*s", (int)l->indent, "");
        l->column = l->indent;
    } else if (l->begun) {
        fputc(' ', stdout);
        l->column += 2;
    }
    fputs(word, stdout);
    l->column += len;
    l->begun = true;
}

static void print_source(const struct source_view *v, int64_t rate_ms)
{
    AUTO(strbuf) struct strbuf scrape = STRBUF_INIT(64);
    AUTO(strbuf) struct strbuf rate = STRBUF_INIT(64);
    printf("source %s  %s\n", v->name, v->url);
    if (v->error) {
        printf("  does not answer: %s\n", v->error);
        return;
    }
    if (v->recording) {
        printf("  a recording: it holds signals, not the exporters that they came from\n");
        return;
    }
    printf("  answers%s%s%s%s\n", *v->application || *v->version ? ": " : "", v->application, *v->application && *v->version ? " " : "", v->version);
    duration_print(&rate, rate_ms);
    if (v->scrape_ms) {
        duration_print(&scrape, (v->scrape_ms + 500) / 1000 * 1000);
        printf("  scrapes most targets every %s; rates look back %s\n", scrape.buf, rate.buf);
    } else {
        printf("  how often it scrapes is not known; rates look back %s\n", rate.buf);
    }
    if (v->up + v->down)
        printf("  targets now: %zu up, %zu down\n", v->up, v->down);
}

static void print_profiles(const struct ruleset *r, const struct cluster_view *v)
{
    const char *lead = "exporters";
    for (size_t i = 0; v->profiles_known && i < r->profiles_len; i++) {
        if (!v->profiles[i])
            continue;
        const struct profile_view *e = &v->exporters[i];
        printf("  %-10s %-15s on %zu target%s%s%s: %s\n", lead, r->profiles[i].id, e->targets, e->targets == 1 ? "" : "s",
               *e->versions ? ", version " : "", e->versions, r->profiles[i].help);
        lead = "";
    }
    if (v->profiles_known && *lead)
        printf("  %-10s none that the rules know\n", lead);
}

static void print_entities(const struct cluster_view *v)
{
    struct list l = {.column = 13, .indent = 13};
    printf("  %-10s ", "entities");
    for (size_t i = 0; i < v->entities_len; i++) {
        const struct entity_count *n = &v->entities[i];
        AUTO(strbuf) struct strbuf text = STRBUF_INIT(400);
        strbuf_addf(&text, "%zu %s", n->seen, n->kind->name);
        for (size_t label = n->kind->identity_len; label < n->kind->labels_len; label++)
            if (n->without[label])
                strbuf_addf(&text, " (%zu without %s)", n->without[label], n->kind->labels[label]);
        list_add(&l, text.buf);
    }
    puts(v->entities_len ? "" : "none seen lately");
}

static void print_found(const char *level, const struct check_view *c)
{
    printf("    %-8s %s: %s", level, c->check->id, c->says);
    if (c->found > 1)
        printf(" (and %zu more)", c->found - 1);
    printf("\n%13s%s\n", "", c->fix);
}

static void print_checks(const struct cluster_view *v, bool verbose)
{
    if (!v->checks_len)
        return;
    printf("  %-10s %zu of %zu find nothing", "checks", v->checks_len - v->faults - v->notes - v->checks_failed, v->checks_len);
    if (v->faults)
        printf(", %zu a fault", v->faults);
    putchar('\n');
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < v->checks_len; i++)
            if (v->checks[i].found && !v->checks[i].error && v->checks[i].check->fault == (pass == 0))
                print_found(pass == 0 ? "fault" : "note", &v->checks[i]);
    for (size_t i = 0; i < v->checks_len; i++) {
        const struct check_view *c = &v->checks[i];
        if (c->error)
            printf("    %-8s %s: %s\n", "failed", c->check->id, c->error);
        else if (verbose && !c->found)
            printf("    %-8s %s\n", "well", c->check->id);
    }
}

/* How a signal could be had: of a profile that is there but does not give it, or of one that is not there. */
static void say_what_is_needed(const struct cluster_view *v, const struct signal *s, bool metrics, struct strbuf *out)
{
    const char *lead = "needs ";
    if (!s->bindings_len)
        strbuf_adds(out, "to be stated in the configuration (facts:)");
    for (size_t i = 0; i < s->bindings_len; i++) {
        const struct binding *b = &s->bindings[i];
        if (!v->profiles[b->profile->index])
            continue;
        strbuf_addf(out, "%s%s is here, but gives no ", out->len ? "; " : "", b->profile->id);
        for (size_t m = 0; m < b->metrics_len; m++)
            strbuf_addf(out, "%s%s", m ? ", " : "", b->metrics[m]);
    }
    bool said = out->len > 0;
    for (size_t i = 0; !said && i < s->bindings_len; i++, lead = "") {
        const struct binding *b = &s->bindings[i];
        strbuf_addf(out, "%s%s", *lead ? lead : i + 1 < s->bindings_len ? ", " : " or ", b->profile->id);
        for (size_t m = 0; metrics && m < b->metrics_len; m++)
            strbuf_addf(out, "%s%s%s", m ? ", " : " (", b->metrics[m], m + 1 == b->metrics_len ? ")" : "");
    }
}

/* Where a signal comes from, or what it would take. */
static void describe_signal(const struct examination *x, const struct cluster_view *v, const struct signal *s, struct strbuf *out)
{
    const struct bounds *bound = &v->watch->cluster->bounds[s->index];
    if (v->signals[s->index] == PRESENCE_MISSING)
        say_what_is_needed(v, s, x->options->verbose, out);
    for (size_t k = 0; k < bound->len; k++)
        if (bound->items[k].binding)
            strbuf_addf(out, "%s%s", out->len ? ", " : "", bound->items[k].binding->profile->id);
    if (v->signals[s->index] == PRESENCE_MISSING && *s->absent)
        strbuf_addf(out, "; %s", s->absent);
    if (v->signals[s->index] == PRESENCE_FAILING)
        strbuf_addf(out, ": %s", v->watch->cluster->health[s->index].error);
}

/* The signals after `at` of which the same is to be said. */
static size_t alike(const struct examination *x, const struct cluster_view *v, const char *const *texts, size_t at, bool *done, bool print)
{
    const struct ruleset *r = x->session->rules;
    struct list l = {.column = 13, .indent = 13};
    size_t n = 0;
    for (size_t i = at; i < r->signals_len; i++) {
        if (done[i] || !texts[i] || v->signals[i] != v->signals[at] || strcmp(texts[i], texts[at]) != 0)
            continue;
        n++;
        if (!print)
            continue;
        done[i] = true;
        list_add(&l, r->signals[i]->name);
    }
    return n;
}

static void print_signals(struct examination *x, const struct cluster_view *v)
{
    const struct ruleset *r = x->session->rules;
    const char **texts = arena_array(&x->arena, r->signals_len + 1, sizeof(*texts));
    bool *done = arena_array(&x->arena, r->signals_len + 1, sizeof(*done)), verbose = x->options->verbose;
    printf("  %-10s %zu of %zu have values\n", "signals", v->signals_seen, v->signals_used);
    for (size_t i = 0; i < r->signals_len; i++) {
        AUTO(strbuf) struct strbuf text = STRBUF_INIT(2000);
        if (!signal_counts(r->signals[i]) || (v->signals[i] == PRESENCE_SEEN && !verbose))
            continue;
        describe_signal(x, v, r->signals[i], &text);
        texts[i] = arena_strdup(&x->arena, text.buf);
    }
    for (size_t i = 0; i < r->signals_len; i++) {
        if (!texts[i] || done[i])
            continue;
        if (verbose || !*texts[i] || alike(x, v, texts, i, done, false) < 3) {
            printf("    %-8s %-*s%s%s\n", presence_names[v->signals[i]], *texts[i] ? 32 : 0, r->signals[i]->name, *texts[i] ? " " : "", texts[i]);
            continue;
        }
        printf("    %-8s %s:\n%13s", presence_names[v->signals[i]], texts[i], "");
        alike(x, v, texts, i, done, true);
        putchar('\n');
    }
}

/* A profile that is here does not give what it could: how it would. */
static void print_lacks(const struct ruleset *r, const struct cluster_view *v)
{
    for (size_t p = 0; p < r->profiles_len; p++) {
        size_t lacks = 0;
        for (size_t i = 0; v->profiles[p] && *r->profiles[p].lacks && i < r->signals_len; i++) {
            const struct signal *s = r->signals[i];
            if (!signal_counts(s) || v->signals[i] != PRESENCE_MISSING || *s->absent)
                continue;
            for (size_t k = 0; k < s->bindings_len; k++)
                lacks += s->bindings[k].profile == &r->profiles[p];
        }
        if (lacks)
            printf("    %s: %s\n", r->profiles[p].id, r->profiles[p].lacks);
    }
}

static void print_missing(const struct view *one)
{
    struct list l = {.column = 45, .indent = 45};
    for (size_t k = 0; k < one->missing.len; k++)
        list_add(&l, one->missing.items[k]->name);
    fputc('\n', stdout);
}

static void print_views(const char *what, const struct views *v, bool verbose)
{
    printf("  %-10s %zu of %zu can be judged", what, v->by[JUDGED], v->len);
    if (v->by[JUDGED_PARTLY])
        printf(", %zu more in part", v->by[JUDGED_PARTLY]);
    if (v->by[QUIET])
        printf(", %zu without anything to judge at present", v->by[QUIET]);
    fputc('\n', stdout);
    for (size_t i = 0; i < v->len; i++) {
        const struct view *one = &v->items[i];
        if (one->judgement == JUDGED && !verbose)
            continue;
        printf("    %-8s %-*s", judgement_names[one->judgement], one->missing.len || one->why ? 30 : 0, one->id);
        if (one->judgement == JUDGED_PARTLY && one->known > 0)
            printf(" %2.0f %%, lacks ", one->known * 100);
        else if (one->missing.len)
            fputs(" lacks      ", stdout);
        if (one->why)
            printf(" %s\n", one->why);
        else if (one->missing.len)
            print_missing(one);
        else
            fputc('\n', stdout);
    }
}

static void print_offers(const struct cluster_view *v)
{
    const char *lead = "next";
    for (size_t i = 0; i < v->offers_len && i < 3; i++) {
        const struct offer *o = &v->offers[i];
        printf("  %-10s %s (%s): %zu signals; %zu more symptoms, more evidence for %zu causes\n", lead, o->profile->id, o->profile->help, o->signals,
               o->symptoms, o->causes);
        lead = "";
    }
}

void doctor_print_text(struct examination *x)
{
    for (size_t i = 0; i < x->sources_len; i++)
        print_source(&x->sources[i], x->session->engine->rate_ms);
    for (size_t i = 0; i < x->clusters_len; i++) {
        const struct cluster_view *v = &x->clusters[i];
        printf("\ncluster %s\n", v->watch->cluster->name);
        print_profiles(x->session->rules, v);
        print_entities(v);
        print_checks(v, x->options->verbose);
        print_signals(x, v);
        print_lacks(x->session->rules, v);
        print_views("symptoms", &v->symptoms, x->options->verbose);
        print_views("causes", &v->causes, x->options->verbose);
        print_offers(v);
    }
}

void doctor_print_suggestions(const struct examination *x)
{
    const struct ruleset *r = x->session->rules;
    for (size_t p = 0; p < r->profiles_len; p++) {
        bool offered = false;
        for (size_t i = 0; i < x->clusters_len; i++)
            for (size_t k = 0; k < x->clusters[i].offers_len && k < 3; k++)
                offered |= x->clusters[i].offers[k].profile == &r->profiles[p];
        if (offered && r->profiles[p].scrape[0])
            printf("\n# %s: %s\n%s", r->profiles[p].id, r->profiles[p].help, r->profiles[p].scrape);
    }
}

/* ---- JSON ---- */

static json_t *source_json(const struct source_view *v)
{
    json_t *o = json_pack("{s:o, s:o, s:b, s:s}", "name", json_of_text(v->name), "url", json_of_text(v->url), "answers", v->error == NULL, "type",
                          v->recording ? "recording" : "prometheus");
    if (v->error)
        json_object_set_new(o, "error", json_of_text(v->error));
    if (v->error || v->recording)
        return o;
    json_object_set_new(o, "application", json_of_text(v->application));
    json_object_set_new(o, "version", json_of_text(v->version));
    json_object_set_new(o, "scrape_interval_s", v->scrape_ms ? json_of_number((double)v->scrape_ms / 1000) : json_null());
    json_object_set_new(o, "targets", json_pack("{s:I, s:I}", "up", (json_int_t)v->up, "down", (json_int_t)v->down));
    return o;
}

static json_t *signal_json(const struct cluster_view *v, const struct signal *s)
{
    const struct bounds *bound = &v->watch->cluster->bounds[s->index];
    json_t *o = json_pack("{s:s}", "state", presence_names[v->signals[s->index]]), *from = json_array();
    for (size_t k = 0; k < bound->len; k++)
        if (bound->items[k].binding)
            json_array_append_new(from, json_of_text(bound->items[k].binding->profile->id));
    json_object_set_new(o, "profiles", from);
    if (v->signals[s->index] == PRESENCE_FAILING)
        json_object_set_new(o, "error", json_of_text(v->watch->cluster->health[s->index].error));
    if (v->signals[s->index] != PRESENCE_MISSING)
        return o;
    json_t *needs = json_array();
    for (size_t i = 0; i < s->bindings_len; i++) {
        json_t *metrics = json_array();
        for (size_t m = 0; m < s->bindings[i].metrics_len; m++)
            json_array_append_new(metrics, json_of_text(s->bindings[i].metrics[m]));
        json_array_append_new(needs, json_pack("{s:s, s:o}", "profile", s->bindings[i].profile->id, "metrics", metrics));
    }
    json_object_set_new(o, "needs", needs);
    return o;
}

static json_t *views_json(const struct views *v, bool causes)
{
    json_t *all = json_object();
    for (size_t i = 0; i < v->len; i++) {
        const struct view *one = &v->items[i];
        json_t *missing = json_array();
        for (size_t k = 0; k < one->missing.len; k++)
            json_array_append_new(missing, json_of_text(one->missing.items[k]->name));
        json_t *o = json_pack("{s:s, s:o}", "state", judgement_names[one->judgement], "missing", missing);
        if (one->why)
            json_object_set_new(o, "why", json_of_text(one->why));
        if (causes)
            json_object_set_new(o, "known", json_real((double)(long)(one->known * 100 + 0.5) / 100));
        json_object_set_new(all, one->id, o);
    }
    return all;
}

static json_t *entities_json(const struct cluster_view *v)
{
    json_t *all = json_object();
    for (size_t i = 0; i < v->entities_len; i++)
        json_object_set_new(all, v->entities[i].kind->name, json_integer((json_int_t)v->entities[i].seen));
    return all;
}

static json_t *checks_json(const struct cluster_view *v)
{
    json_t *all = json_object();
    for (size_t i = 0; i < v->checks_len; i++) {
        const struct check_view *c = &v->checks[i];
        const char *state = c->error ? "failed" : !c->found ? "well" : c->check->fault ? "fault" : "note";
        json_t *o = json_pack("{s:s, s:I}", "state", state, "found", (json_int_t)c->found);
        if (c->error)
            json_object_set_new(o, "error", json_of_text(c->error));
        if (c->found) {
            json_object_set_new(o, "says", json_of_text(c->says));
            json_object_set_new(o, "fix", json_of_text(c->fix));
        }
        json_object_set_new(all, c->check->id, o);
    }
    return all;
}

static json_t *cluster_json(const struct ruleset *r, const struct cluster_view *v)
{
    json_t *profiles = v->profiles_known ? json_array() : json_null(), *signals = json_object(), *next = json_array();
    for (size_t i = 0; v->profiles_known && i < r->profiles_len; i++)
        if (v->profiles[i])
            json_array_append_new(profiles, json_pack("{s:o, s:I, s:o}", "id", json_of_text(r->profiles[i].id), "targets",
                                                      (json_int_t)v->exporters[i].targets, "versions", json_of_text(v->exporters[i].versions)));
    for (size_t i = 0; i < r->signals_len; i++)
        if (signal_counts(r->signals[i]))
            json_object_set_new(signals, r->signals[i]->name, signal_json(v, r->signals[i]));
    for (size_t i = 0; i < v->offers_len; i++) {
        const struct offer *o = &v->offers[i];
        json_array_append_new(next, json_pack("{s:s, s:I, s:I, s:I}", "profile", o->profile->id, "signals", (json_int_t)o->signals, "symptoms",
                                              (json_int_t)o->symptoms, "causes", (json_int_t)o->causes));
    }
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_of_text(v->watch->cluster->name), "source", v->watch->source->name,
                     "profiles", profiles, "entities", entities_json(v), "checks", checks_json(v), "signals", signals, "symptoms",
                     views_json(&v->symptoms, false), "causes", views_json(&v->causes, true), "next", next);
}

void doctor_print_json(const struct examination *x, const char *result)
{
    json_t *sources = json_array(), *clusters = json_array();
    for (size_t i = 0; i < x->sources_len; i++)
        json_array_append_new(sources, source_json(&x->sources[i]));
    for (size_t i = 0; i < x->clusters_len; i++)
        json_array_append_new(clusters, cluster_json(x->session->rules, &x->clusters[i]));
    json_t *root = json_pack("{s:s, s:I, s:s, s:o, s:o}", "schema", "nightbell.doctor/1", "time", (json_int_t)(x->session->now_ms / 1000), "result", result,
                             "sources", sources, "clusters", clusters);
    print_tree(stdout, root);
}
