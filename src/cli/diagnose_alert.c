#include "cli/diagnose_alert.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "signal/batch.h"

#define PRINTED_MAX 10
#define AFTER_MS (5 * 60 * 1000) /* by then a symptom fires that began with the alert */

/* ---- reading ---- */

static int read_stream(FILE *in, char **ret, size_t *ret_len, struct error *err)
{
    char *body = xmalloc(WEBHOOK_BODY_MAX + 1);
    *ret_len = fread(body, 1, WEBHOOK_BODY_MAX + 1, in); /* one more: too long is seen by the reader */
    *ret = body;
    return ferror(in) ? error_set(err, ERR_IO, "cannot be read") : 0;
}

/* When what still fires began, a little later; when all has ended, just before the last did. */
static int64_t time_of(const struct webhook *w)
{
    int64_t fires_ms = 0, ended_ms = 0;
    for (size_t i = 0; i < w->len; i++) {
        const struct webhook_alert *a = &w->alerts[i];
        if (a->firing && a->starts_ms > fires_ms)
            fires_ms = a->starts_ms;
        if (!a->firing && a->ends_ms > ended_ms)
            ended_ms = a->ends_ms;
    }
    if (fires_ms)
        return fires_ms + AFTER_MS;
    return ended_ms > AFTER_MS ? ended_ms - AFTER_MS : 0;
}

int asked_read(const char *path, struct alerts_asked *ret)
{
    struct error err = {0};
    AUTO(heap) char *body = NULL;
    size_t len = 0;
    bool in = strcmp(path, "-") == 0;
    *ret = (struct alerts_asked){.memory = ARENA_INIT("alerts")};
    int failed = in ? read_stream(stdin, &body, &len, &err) : file_read(path, WEBHOOK_BODY_MAX, &body, &len, &err);
    if (!failed)
        failed = webhook_read(body, len, &ret->memory, &ret->body, &err);
    ret->at_ms = failed ? 0 : time_of(&ret->body);
    if (failed)
        print_error("diagnose: --alertmanager: %s", err.text);
    return failed ? EXIT_INPUT : 0;
}

void asked_free(struct alerts_asked *all)
{
    arena_free(&all->memory);
}

/* ---- what they are about ---- */

/* The i-th label that the rules give names to, NULL when an earlier rule is about the same. */
static const char *label_at(const struct ruleset *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(r->labels[k].to, r->labels[i].to) == 0)
            return NULL;
    return r->labels[i].to;
}

/* Our label `to` of an alert, as a series' labels would be read; false = it has none, as nothing has NULL. */
static bool our_label(const struct ruleset *r, const struct label_set *labels, const char *to, const char **ret, size_t *ret_len)
{
    struct prom_label series[LABEL_SET_MAX];
    for (size_t i = 0; i < labels->len; i++)
        series[i] = (struct prom_label){labels->items[i].name, labels->items[i].value};
    if (!to)
        return false;
    if (label_by_rules(r->labels, r->labels_len, to, series, labels->len, ret, ret_len))
        return true;
    *ret = label_set_value(labels, to);
    *ret_len = *ret ? strlen(*ret) : 0;
    return *ret_len;
}

static bool same(const char *text, const char *part, size_t len)
{
    return strlen(text) == len && memcmp(text, part, len) == 0;
}

/* Is anything there called so? What nothing is called (an exporter's own address) says nothing about entities. */
static bool is_known(const struct cluster *c, const char *label, const char *value, size_t len)
{
    for (size_t k = 0; k < c->rules->kinds_len; k++) {
        const struct domain *d = cluster_domain(c, c->rules->kinds[k]);
        size_t at = entity_kind_label(d->kind, label);
        for (size_t row = 0; at != NO_ROW && row < d->rows; row++) {
            const char *known = domain_value(d, row, at);
            if (known && same(known, value, len))
                return true;
        }
    }
    return false;
}

/* Under one of the names of clusters it says this one, or none at all; the configuration's labels of the cluster decide where there are any. */
static bool is_in(const struct webhook_alert *a, const struct cluster *c)
{
    for (size_t i = 0; i < c->match.len; i++) {
        const char *value = label_set_value(&a->labels, c->match.items[i].name);
        if (value && strcmp(value, c->match.items[i].value) != 0)
            return false;
    }
    for (size_t i = 0; !c->match.len && i < c->rules->cluster_labels_len; i++) {
        const char *value = label_set_value(&a->labels, c->rules->cluster_labels[i]);
        if (value && strcmp(c->name, "default") != 0 && strcmp(value, c->name) != 0)
            return false;
    }
    return true;
}

static bool is_about(const struct webhook_alert *a, const struct cluster *c, const struct finding *f)
{
    bool names_any = false, agrees = false;
    for (size_t i = 0; i < c->rules->labels_len; i++) {
        const char *label = label_at(c->rules, i), *value;
        size_t len;
        if (!our_label(c->rules, &a->labels, label, &value, &len) || !is_known(c, label, value, len))
            continue;
        names_any = true;
        const char *has = label_set_value(&f->entity, label);
        if (has && !same(has, value, len))
            return false;
        agrees |= has != NULL;
    }
    return agrees || !names_any;
}

bool asked_about(const struct alerts_asked *all, const struct engine *e, const struct finding *f)
{
    for (size_t k = 0; k < e->watches_len; k++) {
        const struct cluster *c = e->watches[k].cluster;
        for (size_t i = 0; strcmp(c->name, f->cluster) == 0 && i < all->body.len; i++)
            if (is_in(&all->body.alerts[i], c) && is_about(&all->body.alerts[i], c, f))
                return true;
    }
    return false;
}

/* ---- saying so ---- */

/* Its labels by our names: those that something in the cluster has, or the others. */
static size_t add_labels(const struct webhook_alert *a, const struct cluster *c, bool known, struct strbuf *out)
{
    size_t added = 0, len;
    for (size_t i = 0; i < c->rules->labels_len; i++) {
        const char *label = label_at(c->rules, i), *value;
        if (our_label(c->rules, &a->labels, label, &value, &len) && is_known(c, label, value, len) == known)
            strbuf_addf(out, "%s%s=%.*s", added++ ? ", " : known ? " about " : "; nothing is called ", label, (int)len, value);
    }
    return added;
}

static void print_alert(const struct webhook_alert *a, const struct engine *e)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(4096);
    int64_t ms = a->firing ? a->starts_ms : a->ends_ms;
    strbuf_addf(&line, "alert %s, %s", *a->name ? a->name : "without a name", a->firing ? "firing" : "resolved");
    if (ms) {
        strbuf_adds(&line, a->firing ? " since " : " at ");
        time_format_utc(&line, ms);
    }
    size_t added = 0;
    const struct cluster *in = NULL;
    for (size_t k = 0; !added && k < e->watches_len; k++)
        if (is_in(a, e->watches[k].cluster)) {
            in = e->watches[k].cluster;
            added = add_labels(a, in, true, &line);
        }
    if (!in)
        strbuf_adds(&line, "; no cluster here has its labels");
    else if (!added && add_labels(a, in, false, &line))
        strbuf_addf(&line, " here: all of %s is looked at", in->name);
    print_clean(line.buf);
    putchar('\n');
}

void asked_print(const struct alerts_asked *all, const struct engine *e)
{
    size_t more = all->body.left_out;
    for (size_t i = 0; i < all->body.len; i++) {
        if (i < PRINTED_MAX)
            print_alert(&all->body.alerts[i], e);
        else
            more++;
    }
    if (more)
        printf("and %zu more alerts\n", more);
    putchar('\n');
}
