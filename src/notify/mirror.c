#include "notify/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "notify/receivers/receiver.h"

#define TELL_END_MS (15 * 60 * 1000) /* an end is repeated so long */
#define ALERTS_MAX 5000              /* in one mirror; what comes later waits until there is room */
#define ALERTS_A_POST 500
#define TURN_MS 1000 /* between two posts of one round */

/* One alert; what it is about is `key`, its name for the peer is its labels. */
struct alert {
    char *key; /* symptom, cluster, entity */
    json_t *labels, *annotations;
    char *link;
    int64_t starts_ms, ended_ms; /* 0 = fires */
    int64_t told_ms;             /* 0 = news */
    bool seen;                   /* in the picture that is being taken */
};

struct post;

struct mirror { /* one destination */
    const struct destination_config *d;
    size_t destination; /* its index in the configuration */
    enum language lang;
    struct alert **items;
    size_t len, cap;
    struct post *post; /* under way */
    int64_t not_before_ms;
    int failures;
    char why[200]; /* the last one failed */
    bool full;
};

struct mirrors {
    const struct clock *clock;
    struct mirror *items;
    size_t len;
    int64_t taken_ms; /* when the last picture was */
};

struct post {
    struct mirror *mirror; /* NULL: it is gone */
    const struct clock *clock;
    struct arena memory;
    struct alert **alerts; /* in it; none is freed while it is under way */
    bool *ended;           /* as they were told */
    size_t len;
    int64_t sent_ms;
};

/* ---- alerts ---- */

static char *key_of(const struct finding *f)
{
    AUTO(strbuf) struct strbuf key = STRBUF_INIT(16 * 1024);
    strbuf_addf(&key, "%s\x1f%s", f->symptom, f->cluster);
    for (size_t i = 0; i < f->entity.len; i++)
        strbuf_addf(&key, "\x1f%s\x1f%s", f->entity.items[i].name, f->entity.items[i].value);
    return strbuf_detach(&key);
}

static void alert_free(struct alert *x)
{
    json_decref(x->labels);
    json_decref(x->annotations);
    free(x->link);
    free(x->key);
    free(x);
}

/* The one that fires under this key. */
static struct alert *find(const struct mirror *m, const char *key)
{
    for (size_t i = 0; i < m->len; i++)
        if (!m->items[i]->ended_ms && strcmp(m->items[i]->key, key) == 0)
            return m->items[i];
    return NULL;
}

static void say(struct alert *x, const struct mirror *m, const struct finding *f)
{
    AUTO(arena) struct arena a = ARENA_INIT("alert");
    const char *link = alert_link(f, &a);
    json_decref(x->annotations);
    x->annotations = alert_annotations(f, m->lang);
    free(x->link);
    x->link = link ? xstrdup(link) : NULL;
}

/* What fires again under the name of one that ended is that one: two would contradict each other. */
static struct alert *revive(struct mirror *m, const struct finding *f, const json_t *labels)
{
    for (size_t i = 0; i < m->len; i++) {
        struct alert *x = m->items[i];
        if (!x->ended_ms || !json_equal(labels, x->labels))
            continue;
        x->ended_ms = x->told_ms = 0;
        x->starts_ms = alert_starts_ms(f);
        say(x, m, f);
        return x;
    }
    return NULL;
}

static struct alert *add(struct mirror *m, const struct finding *f, const char *key)
{
    if (m->len >= ALERTS_MAX) {
        if (!m->full)
            log_warn("%s: more than %d alerts; the rest is told when there is room", m->d->id, ALERTS_MAX);
        m->full = true;
        return NULL;
    }
    struct alert *x = xcalloc(1, sizeof *x);
    x->key = xstrdup(key);
    x->labels = alert_labels(f);
    x->starts_ms = alert_starts_ms(f);
    say(x, m, f);
    vec_push(m, x);
    return x;
}

static void end_alert(struct alert *x, int64_t now_ms)
{
    x->ended_ms = now_ms;
    x->told_ms = 0;
}

/* Told under other labels from now on (its incident, its part in it, its severity): the old name ends. */
static void refresh(struct mirror *m, const struct finding *f, int64_t now_ms)
{
    AUTO(heap) char *key = key_of(f);
    struct alert *x = find(m, key);
    json_t *labels = alert_labels(f);
    if (x && json_equal(labels, x->labels)) {
        say(x, m, f);
    } else {
        if (x)
            end_alert(x, now_ms);
        x = revive(m, f, labels);
        x = x ? x : add(m, f, key);
    }
    if (x)
        x->seen = true;
    json_decref(labels);
}

/* ---- the picture ---- */

static bool is_told(const struct finding *f)
{
    return f->severity != SEVERITY_INFO && f->state != FINDING_PENDING;
}

struct mirrors *mirrors_new(const struct config *config, const struct clock *clock)
{
    struct mirrors *all = xcalloc(1, sizeof *all);
    all->clock = clock;
    all->items = xcalloc(config->destinations_len + 1, sizeof *all->items);
    for (size_t i = 0; i < config->destinations_len; i++) {
        const struct destination_config *d = &config->destinations[i];
        const char *language = d->language ? d->language : config->language;
        if (!receiver_find(d->type)->mirrors)
            continue;
        struct mirror *m = &all->items[all->len++];
        m->d = d;
        m->destination = i;
        if (language)
            language_parse(language, &m->lang);
    }
    if (all->len)
        return all;
    mirrors_free(all);
    return NULL;
}

void mirrors_free(struct mirrors *all)
{
    for (size_t i = 0; all && i < all->len; i++) {
        struct mirror *m = &all->items[i];
        if (m->post)
            m->post->mirror = NULL;
        for (size_t k = 0; k < m->len; k++)
            alert_free(m->items[k]);
        free(m->items);
    }
    if (all)
        free(all->items);
    free(all);
}

bool mirrors_want(const struct mirrors *all, bool changed, int64_t now_ms)
{
    return all && (changed || !all->taken_ms || now_ms - all->taken_ms >= ALERT_RESEND_MS);
}

void mirrors_begin(struct mirrors *all)
{
    for (size_t i = 0; all && i < all->len; i++)
        for (size_t k = 0; k < all->items[i].len; k++)
            all->items[i].items[k]->seen = false;
}

void mirrors_add(struct mirrors *all, const struct finding *f, const bool *to)
{
    for (size_t i = 0; all && i < all->len; i++)
        if (to ? to[all->items[i].destination] : is_told(f))
            refresh(&all->items[i], f, clock_now_ms(all->clock));
}

void mirrors_end(struct mirrors *all)
{
    int64_t now_ms = all ? clock_now_ms(all->clock) : 0;
    for (size_t i = 0; all && i < all->len; i++)
        for (size_t k = 0; k < all->items[i].len; k++)
            if (!all->items[i].items[k]->seen && !all->items[i].items[k]->ended_ms)
                end_alert(all->items[i].items[k], now_ms);
    if (all)
        all->taken_ms = now_ms;
}

/* One that is not here was told by an earlier life of ours: its end is told all the same. */
void mirrors_end_one(struct mirrors *all, const struct finding *f, const bool *to)
{
    AUTO(heap) char *key = all && f->severity != SEVERITY_INFO ? key_of(f) : NULL;
    for (size_t i = 0; key && i < all->len; i++) {
        struct alert *x = find(&all->items[i], key);
        if (!x && (!to || to[all->items[i].destination]))
            x = add(&all->items[i], f, key);
        else if (x)
            say(x, &all->items[i], f);
        if (x)
            end_alert(x, clock_now_ms(all->clock));
    }
}

/* ---- posting ---- */

static void post_free(struct post *p)
{
    arena_free(&p->memory);
    free(p);
}

static void forget_ended(struct mirror *m, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->len; i++) {
        struct alert *x = m->items[i];
        if (x->ended_ms && x->told_ms && now_ms - x->ended_ms >= TELL_END_MS)
            alert_free(x);
        else
            m->items[kept++] = x;
    }
    m->len = kept;
    m->full = m->full && kept >= ALERTS_MAX;
}

static void on_done(void *context, const struct net_result *r)
{
    struct post *p = context;
    struct mirror *m = p->mirror;
    struct error why = {0};
    if (m) {
        enum outcome o = outcome_of_http(r, &why);
        /* Of a refused post the good alerts were taken (400): told again with the next round, not at once. */
        bool taken = o == OUTCOME_SENT || r->status == 400;
        int64_t wait_ms = taken ? 0 : outcome_wait_ms(o == OUTCOME_THROTTLED ? o : OUTCOME_RETRY, m->failures, r->retry_after_ms, 0.5);
        for (size_t i = 0; taken && i < p->len; i++)
            if (p->ended[i] == (p->alerts[i]->ended_ms != 0)) /* what ended meanwhile is news again */
                p->alerts[i]->told_ms = p->sent_ms;
        if (o != OUTCOME_SENT)
            snprintf(m->why, sizeof m->why, "%.199s", why.text);
        if (o != OUTCOME_SENT && m->failures == 0)
            log_error("%s: alerts are not taken: %s", m->d->id, why.text);
        if (o == OUTCOME_SENT && m->failures)
            log_info("%s takes alerts again", m->d->id);
        m->failures = o == OUTCOME_SENT ? 0 : m->failures + 1;
        m->not_before_ms = clock_now_ms(p->clock) + (wait_ms < ALERT_RESEND_MS ? wait_ms : ALERT_RESEND_MS);
        m->post = NULL;
    }
    post_free(p);
}

static int64_t due_ms(const struct alert *x)
{
    return x->told_ms ? x->told_ms + ALERT_RESEND_MS : 0;
}

static bool is_due(const struct alert *x, int64_t now_ms)
{
    return now_ms >= due_ms(x) || now_ms < x->told_ms; /* or the clock was set back */
}

/* What is news goes first, so that a round of many does not hold it up. */
static void collect(const struct mirror *m, struct post *p, int64_t now_ms)
{
    for (int news = 1; news >= 0; news--)
        for (size_t i = 0; i < m->len && p->len < ALERTS_A_POST; i++)
            if ((m->items[i]->told_ms == 0) == (news == 1) && is_due(m->items[i], now_ms)) {
                p->ended[p->len] = m->items[i]->ended_ms != 0;
                p->alerts[p->len++] = m->items[i];
            }
}

static json_t *alerts_json(const struct post *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->len; i++) {
        const struct alert *x = p->alerts[i];
        int64_t ends_ms = x->ended_ms ? x->ended_ms : p->sent_ms + ALERT_LEASE_MS;
        json_array_append_new(list, alert_json(x->labels, x->annotations, x->link, x->starts_ms, ends_ms));
    }
    return list;
}

static void send_due(struct mirrors *all, struct mirror *m, struct net *net, int64_t now_ms)
{
    struct post *p = xcalloc(1, sizeof *p);
    struct payload body;
    struct error err = {0};
    p->mirror = m;
    p->clock = all->clock;
    p->sent_ms = now_ms;
    p->memory = (struct arena)ARENA_INIT("alerts");
    p->alerts = arena_array(&p->memory, ALERTS_A_POST, sizeof(struct alert *));
    p->ended = arena_array(&p->memory, ALERTS_A_POST, sizeof *p->ended);
    collect(m, p, now_ms);
    int failed = p->len ? json_payload(alerts_json(p), &p->memory, &body, &err) : ERR_NOT_FOUND;
    if (!failed) {
        struct net_request q = alertmanager_request(m->d, &body, &p->memory);
        q.on_done = on_done;
        q.context = p;
        failed = net_start(net, &q, &err);
    }
    if (!failed) {
        m->post = p;
        return;
    }
    if (p->len && m->failures++ == 0)
        log_error("%s: alerts cannot be sent: %s", m->d->id, err.text);
    m->not_before_ms = p->len ? now_ms + ALERT_RESEND_MS : m->not_before_ms;
    post_free(p);
}

static int64_t next_ms(const struct mirror *m, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < m->len; i++)
        if (due_ms(m->items[i]) < next)
            next = due_ms(m->items[i]);
    if (next == INT64_MAX)
        return next;
    next = next > m->not_before_ms ? next : m->not_before_ms;
    return next > now_ms ? next : now_ms + TURN_MS;
}

int mirrors_failures(const struct mirrors *all, size_t destination, const char **ret_why)
{
    *ret_why = "";
    for (size_t i = 0; all && i < all->len; i++)
        if (all->items[i].destination == destination) {
            *ret_why = all->items[i].why;
            return all->items[i].failures;
        }
    return 0;
}

bool mirrors_busy(const struct mirrors *all, int64_t now_ms)
{
    for (size_t i = 0; all && i < all->len; i++) {
        const struct mirror *m = &all->items[i];
        if (m->post)
            return true;
        for (size_t k = 0; k < m->len; k++)
            if (m->items[k]->told_ms == 0 && now_ms >= m->not_before_ms)
                return true;
    }
    return false;
}

int64_t mirrors_pump(struct mirrors *all, struct net *net, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; all && i < all->len; i++) {
        struct mirror *m = &all->items[i];
        if (!m->post) {
            forget_ended(m, now_ms);
            if (now_ms >= m->not_before_ms)
                send_due(all, m, net, now_ms);
        }
        int64_t wanted = m->post ? now_ms + 200 : next_ms(m, now_ms);
        next = wanted < next ? wanted : next;
    }
    return next;
}
