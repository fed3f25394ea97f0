/* nightbell backtest --noise: how often each symptom rings, how shortly, and how often it calls somebody. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/number.h"
#include "cli/backtest.h"
#include "cli/episodes.h"
#include "model/json.h"
#include "stats/stats.h"

#define SHORT_MS (5 * 60 * 1000) /* over before anybody has opened a laptop */
#define SHIFT_MS (8.0 * 3600 * 1000)
#define WEEK_MS (7.0 * 24 * 3600 * 1000)

struct noise {
    const char *symptom; /* NULL = all of them */
    size_t firings, ended, brief, pages;
    size_t entities; /* of one symptom; an entity may have several */
    double median_s; /* of those that ended; NaN = none did */
};

struct noise_report {
    struct period period;
    struct scratch scratch;
    VEC(struct noise) rows; /* of what rang, the worst first */
    struct noise all;
    size_t silent, blind; /* that never rang; of those, that could not be judged in the end either */
};

struct ring { /* an episode that counts */
    const struct episode *of;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct ring *)a)->of->key, ((const struct ring *)b)->of->key);
}

/* `list`: one symptom's, or all; reordered. */
static struct noise count(const char *symptom, struct ring *list, size_t len, struct scratch *scratch)
{
    struct noise n = {.symptom = symptom, .firings = len};
    double *seconds = xcalloc(len + 1, sizeof(*seconds));
    if (len)
        qsort(list, len, sizeof(*list), by_key);
    for (size_t i = 0; i < len; i++) {
        const struct episode *x = list[i].of;
        n.entities += i == 0 || x->key != list[i - 1].of->key;
        n.pages += x->page;
        if (!x->ended_ms)
            continue;
        n.brief += x->ended_ms - x->fired_ms < SHORT_MS;
        seconds[n.ended++] = (double)(x->ended_ms - x->fired_ms) / 1000;
    }
    n.median_s = stats_median((struct samples){seconds, n.ended}, scratch);
    free(seconds);
    return n;
}

static int worst_first(const void *a, const void *b)
{
    const struct noise *x = a, *y = b;
    if (x->pages != y->pages)
        return x->pages > y->pages ? -1 : 1;
    if (x->firings != y->firings)
        return x->firings > y->firings ? -1 : 1;
    return strcmp(x->symptom, y->symptom);
}

static bool is_blind(const struct options *o, const struct session *s, const struct symptom *symptom)
{
    for (size_t i = 0; i < s->engine->watches_len; i++) {
        struct watch *w = &s->engine->watches[i];
        if (session_wants(o, w->cluster->name) && engine_symptom_judged(s->engine, w, symptom))
            return false;
    }
    return true;
}

static void make_report(const struct options *o, const struct session *session, const struct episodes *e, struct noise_report *r)
{
    const struct ruleset *rules = session->rules;
    struct ring *list = xcalloc(e->list.len + 1, sizeof(*list)); /* what began within the period */
    size_t all = 0;
    for (size_t s = 0; s < rules->symptoms_len; s++) {
        size_t first = all;
        const char *id = rules->symptoms[s]->id;
        if (rules->symptoms[s]->disabled || (o->symptom && strcmp(o->symptom, id) != 0))
            continue;
        for (size_t i = 0; i < e->list.len; i++)
            if (e->list.items[i].fired_ms >= r->period.from_ms && strcmp(e->list.items[i].symptom, id) == 0)
                list[all++].of = &e->list.items[i];
        if (all > first) {
            vec_push(&r->rows, count(id, list + first, all - first, &r->scratch));
            continue;
        }
        r->silent++;
        r->blind += is_blind(o, session, rules->symptoms[s]);
    }
    r->all = count(NULL, list, all, &r->scratch);
    if (r->rows.len)
        qsort(r->rows.items, r->rows.len, sizeof(*r->rows.items), worst_first);
    free(list);
}

static double per(const struct noise_report *r, size_t n, double ms)
{
    return (double)n * ms / (double)(r->period.to_ms - r->period.from_ms);
}

static void print_row(const struct noise_report *r, const struct noise *n, int width)
{
    AUTO(strbuf) struct strbuf week = STRBUF_INIT(32);
    AUTO(strbuf) struct strbuf shift = STRBUF_INIT(32);
    AUTO(strbuf) struct strbuf median = STRBUF_INIT(32);
    char brief[16] = "-", entities[24] = "";
    number_format(&week, per(r, n->firings, WEEK_MS));
    number_format(&shift, per(r, n->pages, SHIFT_MS));
    if (n->ended) {
        duration_format(&median, (int64_t)(n->median_s * 1000));
        snprintf(brief, sizeof(brief), "%.0f %%", 100.0 * (double)n->brief / (double)n->ended);
    }
    if (n->symptom)
        snprintf(entities, sizeof(entities), "%zu", n->entities);
    printf("%-*s %8zu %8s %8s %12s %9s %6zu %8s\n", width, n->symptom ? n->symptom : "all", n->firings, week.buf, brief, n->ended ? median.buf : "-", entities,
           n->pages, shift.buf);
}

static void write_text(const struct noise_report *r)
{
    AUTO(strbuf) struct strbuf span = STRBUF_INIT(200);
    int width = (int)strlen("symptom");
    for (size_t i = 0; i < r->rows.len; i++)
        if ((int)strlen(r->rows.items[i].symptom) > width)
            width = (int)strlen(r->rows.items[i].symptom);
    time_format_utc(&span, r->period.from_ms);
    strbuf_adds(&span, " to ");
    time_format_utc(&span, r->period.to_ms);
    strbuf_adds(&span, ", ");
    duration_format(&span, r->period.to_ms - r->period.from_ms);
    printf("%s%s\n\n", span.buf, r->period.to_ms - r->period.from_ms < DAY_MS ? ": too short a time to say much of a week" : "");
    if (r->rows.len)
        printf("%-*s %8s %8s %8s %12s %9s %6s %8s\n", width, "symptom", "firings", "a week", "under 5m", "median", "entities", "pages", "a shift");
    for (size_t i = 0; i < r->rows.len; i++)
        print_row(r, &r->rows.items[i], width);
    if (r->rows.len > 1)
        print_row(r, &r->all, width);
    printf("%s%zu symptoms never fired", r->rows.len ? "\n" : "", r->silent);
    if (r->blind)
        printf("; %zu of them because they could not be judged, at the end at least", r->blind);
    printf(". A page is an incident of at least a warning, counted where it began; a shift is 8 hours.\n");
}

static json_t *json_of(const struct noise_report *r, const struct noise *n)
{
    json_t *json = json_pack("{s:I, s:o, s:I, s:I, s:o, s:I, s:o}", "firings", (json_int_t)n->firings, "per_week", json_of_number(per(r, n->firings, WEEK_MS)),
                             "ended", (json_int_t)n->ended, "under_5m", (json_int_t)n->brief, "median_s", json_of_number(n->median_s), "pages",
                             (json_int_t)n->pages, "pages_per_shift", json_of_number(per(r, n->pages, SHIFT_MS)));
    if (!n->symptom)
        return json;
    json_object_set_new(json, "symptom", json_of_text(n->symptom));
    json_object_set_new(json, "entities", json_integer((json_int_t)n->entities));
    return json;
}

static void write_json(const struct noise_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->rows.len; i++)
        json_array_append_new(list, json_of(r, &r->rows.items[i]));
    json_t *root = json_pack("{s:s, s:I, s:I, s:o, s:o, s:I, s:I}", "schema", "nightbell.noise/1", "from", (json_int_t)(r->period.from_ms / 1000), "to",
                             (json_int_t)(r->period.to_ms / 1000), "symptoms", list, "all", json_of(r, &r->all), "silent", (json_int_t)r->silent,
                             "blind", (json_int_t)r->blind);
    print_tree(stdout, root);
}

int backtest_noise(const struct options *o)
{
    struct session s;
    struct intern words = INTERN_INIT;
    struct episodes e = {.options = o, .words = &words};
    struct engine_sink sink = {.finding = episodes_take, .incident = episodes_incident, .progress = progress_show, .context = &e};
    struct noise_report r = {0};
    int code = backtest_open(o, &sink, &s, &r.period);
    e.lang = s.lang;
    if (code == 0)
        code = backtest_run(&s, &r.period, true);
    if (code == 0) {
        make_report(o, &s, &e, &r);
        if (o->format && strcmp(o->format, "json") == 0)
            write_json(&r);
        else
            write_text(&r);
    }
    vec_free(&r.rows);
    scratch_free(&r.scratch);
    episodes_free(&e);
    intern_free(&words);
    session_close(&s);
    return code;
}
