/* nightbell backtest --diff: the same history under two sets of rules, firing by firing. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/number.h"
#include "cli/backtest.h"
#include "cli/episodes.h"
#include "model/json.h"

enum { OURS, OTHERS, SIDES };

struct side {
    struct options options;
    struct session session;
    struct episodes episodes;
    struct engine_sink sink;
    size_t pages;
    struct judged judged; /* in the end */
    VEC(const char *) lacking; /* symptoms that only the other side has */
};

struct pair { /* a firing as both sides see it; NULL = it does not fire there */
    const struct episode *of[SIDES];
};

struct comparison {
    struct side side[SIDES];
    struct period period;
    VEC(struct pair) pairs; /* that differ, as they began */
    size_t more, less, earlier, later, cause, severity, same;
};

/* A name for the other rules: as they were given. */
static const char *other_name(const struct comparison *c)
{
    const struct word_list *l = &c->side[OURS].options.diff;
    return l->items[l->len - 1];
}

static const struct episode *any(const struct pair *p)
{
    return p->of[OURS] ? p->of[OURS] : p->of[OTHERS];
}

static int64_t delay_ms(const struct pair *p)
{
    return p->of[OURS] && p->of[OTHERS] ? p->of[OTHERS]->fired_ms - p->of[OURS]->fired_ms : 0;
}

/* Symptoms and causes are interned by both sides together: equal texts, equal addresses. */
static bool other_cause(const struct pair *p)
{
    return p->of[OURS] && p->of[OTHERS] && p->of[OURS]->cause != p->of[OTHERS]->cause;
}

static bool other_severity(const struct pair *p)
{
    return p->of[OURS] && p->of[OTHERS] && p->of[OURS]->severity != p->of[OTHERS]->severity;
}

static void take_pair(struct comparison *c, struct pair p)
{
    bool more = !p.of[OURS], less = !p.of[OTHERS], earlier = delay_ms(&p) < 0, later = delay_ms(&p) > 0;
    c->more += more;
    c->less += less;
    c->earlier += earlier;
    c->later += later;
    c->cause += other_cause(&p);
    c->severity += other_severity(&p);
    if (more || less || earlier || later || other_cause(&p) || other_severity(&p))
        vec_push(&c->pairs, p);
    else
        c->same++;
}

static int by_who_then_when(const void *a, const void *b)
{
    const struct episode *x = a, *y = b;
    int who = strcmp(x->key, y->key);
    return who ? who : x->fired_ms < y->fired_ms ? -1 : x->fired_ms > y->fired_ms;
}

static bool is_before(const struct episode *x, const struct episode *y)
{
    int who = strcmp(x->key, y->key);
    return who < 0 || (who == 0 && x->ended_ms && x->ended_ms <= y->onset_ms);
}

/* Two firings of the same finding are the same matter when they overlap, each counted from its onset. */
static void pair_up(struct comparison *c)
{
    const struct episode *ours = c->side[OURS].episodes.list.items, *others = c->side[OTHERS].episodes.list.items;
    size_t i = 0, k = 0, ours_len = c->side[OURS].episodes.list.len, others_len = c->side[OTHERS].episodes.list.len;
    while (i < ours_len || k < others_len) {
        if (k == others_len || (i < ours_len && is_before(&ours[i], &others[k])))
            take_pair(c, (struct pair){{&ours[i++], NULL}});
        else if (i == ours_len || is_before(&others[k], &ours[i]))
            take_pair(c, (struct pair){{NULL, &others[k++]}});
        else
            take_pair(c, (struct pair){{&ours[i++], &others[k++]}});
    }
}

static int as_they_began(const void *a, const void *b)
{
    const struct episode *x = any(a), *y = any(b);
    if (x->fired_ms != y->fired_ms)
        return x->fired_ms < y->fired_ms ? -1 : 1;
    return strcmp(x->key, y->key);
}

static void list_lacking(struct side *side, const struct ruleset *other)
{
    for (size_t i = 0; i < other->symptoms_len; i++)
        if (!ruleset_symptom(side->session.rules, other->symptoms[i]->id))
            vec_push(&side->lacking, other->symptoms[i]->id);
}

static void compare(struct comparison *c)
{
    for (int i = 0; i < SIDES; i++) {
        struct side *side = &c->side[i];
        engine_judged(side->session.engine, &side->judged);
        list_lacking(side, c->side[!i].session.rules);
        if (side->episodes.list.len)
            qsort(side->episodes.list.items, side->episodes.list.len, sizeof(*side->episodes.list.items), by_who_then_when);
        for (size_t k = 0; k < side->episodes.list.len; k++)
            side->pages += side->episodes.list.items[k].page;
    }
    pair_up(c);
    if (c->pairs.len)
        qsort(c->pairs.items, c->pairs.len, sizeof(*c->pairs.items), as_they_began);
}

/* ---- text ---- */

static void put_change(struct strbuf *out, const char *what, const char *from, const char *to)
{
    strbuf_addf(out, "%s%s %s -> %s", out->len ? "; " : "", what, from ? from : "none", to ? to : "none");
}

/* What differs, in words; `ret_kind` the first of it. */
static void say(const struct pair *p, struct strbuf *out, const char **ret_kind)
{
    const struct episode *a = p->of[OURS], *b = p->of[OTHERS], *one = any(p);
    int64_t delay = delay_ms(p);
    *ret_kind = !a ? "more" : !b ? "less" : delay < 0 ? "earlier" : delay > 0 ? "later" : other_cause(p) ? "cause" : "severity";
    if (!a || !b) {
        strbuf_adds(out, one->ended_ms ? "for " : "to the end");
        if (one->ended_ms)
            duration_format(out, one->ended_ms - one->fired_ms);
        if (one->cause)
            strbuf_addf(out, "; cause %s", one->cause);
        return;
    }
    if (delay) {
        strbuf_adds(out, "by ");
        duration_format(out, delay < 0 ? -delay : delay);
    }
    if (other_cause(p))
        put_change(out, "cause", a->cause, b->cause);
    if (other_severity(p))
        put_change(out, "severity", severity_names[a->severity], severity_names[b->severity]);
}

static void print_pair(const struct pair *p)
{
    AUTO(strbuf) struct strbuf at = STRBUF_INIT(32);
    AUTO(strbuf) struct strbuf words = STRBUF_INIT(500);
    const struct episode *one = any(p);
    const char *kind;
    say(p, &words, &kind);
    time_format_utc(&at, one->fired_ms);
    printf("%s  %-8s %-8s  ", at.buf, kind, severity_names[one->severity]);
    print_clean(one->title);
    printf(" [%s]  (%s)\n", one->symptom, words.buf);
}

static void print_lacking(const struct side *side, const char *where)
{
    for (size_t i = 0; i < side->lacking.len; i++)
        printf("%s%s%s", i ? ", " : "only ", i ? "" : where, side->lacking.items[i]);
    if (side->lacking.len)
        putchar('\n');
}

static void print_side(const char *name, const struct side *side)
{
    printf("%s: %zu firings, %zu incidents, %zu pages; %zu of %zu symptoms judged in the end\n", name, side->episodes.list.len,
           side->episodes.incidents, side->pages, side->judged.judged, side->judged.symptoms);
}

static void write_text(const struct comparison *c)
{
    const struct side *ours = &c->side[OURS], *others = &c->side[OTHERS];
    AUTO(strbuf) struct strbuf where = STRBUF_INIT(500);
    strbuf_addf(&where, "in %s: ", other_name(c));
    print_lacking(ours, where.buf);
    print_lacking(others, "in the rules now: ");
    for (size_t i = 0; i < c->pairs.len; i++)
        print_pair(&c->pairs.items[i]);
    print_side("now", ours);
    print_side(other_name(c), others);
    printf("RESULT %s: %zu more, %zu less, %zu earlier, %zu later, %zu of another cause, %zu of another severity, %zu the same\n", c->pairs.len ? "differ" : "same",
           c->more, c->less, c->earlier, c->later, c->cause, c->severity, c->same);
}

/* ---- JSON ---- */

static json_t *json_of_episode(const struct episode *x)
{
    if (!x)
        return json_null();
    return json_pack("{s:I, s:I, s:o, s:s, s:o}", "onset", (json_int_t)(x->onset_ms / 1000), "fired", (json_int_t)(x->fired_ms / 1000), "ended",
                     x->ended_ms ? json_integer(x->ended_ms / 1000) : json_null(), "severity", severity_names[x->severity], "cause", json_of_text(x->cause));
}

static json_t *json_of_pair(const struct pair *p)
{
    const struct episode *one = any(p);
    AUTO(strbuf) struct strbuf words = STRBUF_INIT(500);
    const char *kind;
    json_t *entity = json_object();
    for (size_t i = 0; i < one->entity.len; i++)
        json_object_set_new(entity, one->entity.items[i].name, json_of_text(one->entity.items[i].value));
    say(p, &words, &kind);
    return json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:o}", "kind", kind, "symptom", json_of_text(one->symptom), "cluster", json_of_text(one->cluster), "entity",
                     entity, "later_by", (json_int_t)(delay_ms(p) / 1000), "now", json_of_episode(p->of[OURS]), "other", json_of_episode(p->of[OTHERS]));
}

static json_t *json_of_side(const struct side *side)
{
    json_t *lacking = json_array();
    for (size_t i = 0; i < side->lacking.len; i++)
        json_array_append_new(lacking, json_of_text(side->lacking.items[i]));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "symptoms", (json_int_t)side->judged.symptoms, "judged", (json_int_t)side->judged.judged,
                     "firings", (json_int_t)side->episodes.list.len, "incidents", (json_int_t)side->episodes.incidents, "pages",
                     (json_int_t)side->pages, "lacks", lacking);
}

static void write_json(const struct comparison *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->pairs.len; i++)
        json_array_append_new(list, json_of_pair(&c->pairs.items[i]));
    json_t *root = json_pack("{s:s, s:I, s:I, s:o, s:o, s:o}", "schema", "nightbell.diff/1", "from", (json_int_t)(c->period.from_ms / 1000), "to",
                             (json_int_t)(c->period.to_ms / 1000), "now", json_of_side(&c->side[OURS]), "other", json_of_side(&c->side[OTHERS]),
                             "differences", list);
    json_object_set_new(root, "counts", json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "more", (json_int_t)c->more, "less", (json_int_t)c->less, "earlier",
                                                  (json_int_t)c->earlier, "later", (json_int_t)c->later, "cause", (json_int_t)c->cause, "severity",
                                                  (json_int_t)c->severity, "same", (json_int_t)c->same));
    print_tree(stdout, root);
}

/* ---- the command ---- */

static int open_side(struct comparison *c, int which, struct intern *words)
{
    struct side *side = &c->side[which];
    side->episodes.options = &side->options;
    side->episodes.words = words;
    side->sink = (struct engine_sink){
        .finding = episodes_take, .incident = episodes_incident, .progress = progress_show, .context = &side->episodes};
    int code = backtest_open(&side->options, &side->sink, &side->session, &c->period);
    side->episodes.lang = side->session.lang;
    return code;
}

int backtest_diff(const struct options *o)
{
    struct intern words = INTERN_INIT;
    struct comparison c = {.side = {{.options = *o}, {.options = *o}}};
    c.side[OTHERS].options.rules = o->diff;
    int code = 0;
    for (int i = 0; i < SIDES && code == 0; i++)
        code = open_side(&c, i, &words);
    for (int i = 0; i < SIDES && code == 0; i++)
        code = backtest_run(&c.side[i].session, &c.period, true);
    if (code == 0) {
        compare(&c);
        if (o->format && strcmp(o->format, "json") == 0)
            write_json(&c);
        else
            write_text(&c);
        code = c.pairs.len ? EXIT_WARNING : EXIT_OK;
    }
    for (int i = 0; i < SIDES; i++) {
        episodes_free(&c.side[i].episodes);
        session_close(&c.side[i].session);
        vec_free(&c.side[i].lacking);
    }
    vec_free(&c.pairs);
    intern_free(&words);
    return code;
}
