/* What is wrong between the rules and a server's data without any rule asking: windows that two scrapes do not fit into, rates of what is no counter. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "cli/doctor.h"
#include "prom/prom.h"
#include "prom/promql.h"
#include "signal/source.h"

#define TEXT_MAX 2000
#define NAMED_MAX 6
#define RESETS_MAX 4 /* in ten minutes: what restarts more often has other troubles */
#define WAVER 0.95   /* the interval of scrapes is an estimate */

enum own_check { WINDOW_SHORT, RATE_OF_GAUGE };

static const struct source_check checks[DOCTOR_OWN_CHECKS] = {
    [WINDOW_SHORT] = {.id = "window-short", .fault = true},
    [RATE_OF_GAUGE] = {.id = "rate-of-gauge", .fault = true},
};

static const char *const fixes[DOCTOR_OWN_CHECKS][LANGUAGES] = {
    [WINDOW_SHORT] = {[LANG_EN] = "scrape more often, or give these rules longer windows (params under overrides)",
                      [LANG_KO] = "더 자주 수집하거나 이 규칙의 창을 늘리십시오 (overrides의 params)"},
    [RATE_OF_GAUGE] = {[LANG_EN] = "a counter never falls but at a restart: bind what is a gauge without rate(), and let only one of two replicas answer",
                       [LANG_KO] = "카운터는 재시작 때에만 줄어듭니다: 게이지는 rate() 없이 연결하고, 복제본이 둘이면 하나만 응답하게 하십시오"},
};

static void list_word(struct strbuf *out, size_t n, const char *word)
{
    if (n < NAMED_MAX)
        strbuf_addf(out, "%s%s", n ? ", " : "", word);
    else if (n == NAMED_MAX)
        strbuf_adds(out, ", …");
}

static void put(struct examination *x, struct check_view *c, size_t found, const char *says)
{
    c->found = found;
    c->says = arena_strdup(&x->arena, says);
    c->fix = fixes[c->check - checks][x->session->lang];
}

/* ---- windows ---- */

static bool symptom_looks_below(const struct symptom *s, double seconds)
{
    bool below = has_window_below(s->when, seconds) || (s->clear_when && has_window_below(s->clear_when, seconds));
    for (size_t i = 0; i < s->escalate_len; i++)
        below |= has_window_below(s->escalate[i].when, seconds);
    for (size_t k = 0; k < s->suspects_len; k++)
        for (size_t i = 0; i < s->suspects[k].evidence_len; i++)
            below |= has_window_below(s->suspects[k].evidence[i].when, seconds);
    return below;
}

static void check_windows(struct examination *x, struct check_view *c)
{
    static const char *const words[LANGUAGES] = {[LANG_EN] = "windows of these rules hold fewer than two samples, which come every ",
                                                 [LANG_KO] = "이 규칙의 창에는 표본이 둘도 들어가지 않습니다. 표본 간격: "};
    const struct engine *e = x->session->engine;
    int64_t step_ms = e->scrape_ms > e->interval_ms ? e->scrape_ms : e->interval_ms;
    AUTO(strbuf) struct strbuf named = STRBUF_INIT(TEXT_MAX);
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(TEXT_MAX);
    AUTO(strbuf) struct strbuf step = STRBUF_INIT(64);
    size_t found = 0;
    for (size_t i = 0; i < e->rules->symptoms_len; i++) {
        const struct symptom *s = e->rules->symptoms[i];
        if (!s->disabled && !s->alert && symptom_looks_below(s, WAVER * 2 * (double)step_ms / 1000))
            list_word(&named, found++, s->id);
    }
    duration_print(&step, (step_ms + 500) / 1000 * 1000);
    if (!found)
        return;
    strbuf_addf(&text, "%s%s: %s", words[x->session->lang], step.buf, named.buf);
    put(x, c, 1, text.buf);
}

/* ---- rates ---- */

struct suspicion { /* a selector that some binding takes the rate of */
    const struct signal *signal;
    const char *metric, *selector;
    bool falls;
    const char *error;
    struct arena *arena;
};

struct suspicions {
    struct arena *arena;
    struct map known; /* hash of the selector */
    VEC(struct suspicion) list;
};

static bool is_rate(const struct promql *q)
{
    static const char *const rates[] = {"rate", "irate", "increase"};
    for (size_t i = 0; i < ARRAY_LEN(rates); i++)
        if (q->type == PROMQL_CALL && strcmp(q->name, rates[i]) == 0)
            return true;
    return false;
}

static void suspect(struct suspicions *all, const struct signal *s, const struct promql *q)
{
    bool fresh = false;
    const struct promql *of = is_rate(q) && q->args_len ? q->args[0] : NULL;
    for (size_t i = 0; i < q->args_len; i++)
        suspect(all, s, q->args[i]);
    if (!of || of->type != PROMQL_SELECTOR)
        return;
    char *selector = arena_printf(all->arena, "%s{%s}", of->name, of->matchers ? of->matchers : "");
    map_put(&all->known, hash_str(HASH_INIT, selector), &fresh);
    if (fresh)
        vec_push(&all->list, (struct suspicion){.signal = s, .metric = of->name, .selector = selector, .arena = all->arena});
}

static void suspect_bindings(const struct examination *x, const struct cluster_view *v, struct suspicions *all)
{
    const struct engine *e = x->session->engine;
    for (size_t i = 0; i < e->rules->signals_len; i++) {
        const struct bounds *bound = &v->watch->cluster->bounds[i];
        for (size_t k = 0; signal_counts(e->rules->signals[i]) && k < bound->len; k++) {
            if (!bound->items[k].binding)
                continue;
            AUTO(heap) char *text = query_expand(bound->items[k].binding->query, bound->items[k].matchers, e->rate_ms);
            const struct promql *q = promql_parse(text, all->arena);
            if (q)
                suspect(all, e->rules->signals[i], q);
        }
    }
}

static bool take_fall(void *context, const struct prom_label *labels, size_t len)
{
    (void)labels, (void)len;
    ((struct suspicion *)context)->falls = true;
    return true;
}

static void take_end(void *context, const struct prom_result *result)
{
    struct suspicion *s = context;
    if (result->error.code < 0)
        s->error = arena_strdup(s->arena, result->error.text);
}

static void ask(struct examination *x, struct prom *server, struct suspicions *all)
{
    for (size_t i = 0; i < all->list.len; i++) {
        struct suspicion *s = &all->list.items[i];
        struct prom_sink sink = {.context = s, .series = take_fall, .done = take_end};
        struct error err = {0};
        char *query = arena_printf(all->arena, "count(resets(%s[10m]) > %d)", s->selector, RESETS_MAX);
        if (prom_query(server, query, x->session->now_ms, DOCTOR_TIMEOUT_MS, &sink, &err) < 0)
            s->error = arena_strdup(all->arena, err.text);
    }
    prom_run(server);
}

static void check_rates(struct examination *x, struct cluster_view *v, struct prom *server, struct check_view *c)
{
    static const char *const words[LANGUAGES] = {[LANG_EN] = "what the rate is taken of falls again and again, so it is a gauge, or two copies of a counter: ",
                                                 [LANG_KO] = "증가율을 구하는 값이 거듭 줄어듭니다. 게이지이거나 한 카운터의 두 사본입니다: "};
    struct suspicions all = {.arena = &x->arena};
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(TEXT_MAX);
    size_t found = 0;
    suspect_bindings(x, v, &all);
    ask(x, server, &all);
    strbuf_adds(&text, words[x->session->lang]);
    for (size_t i = 0; i < all.list.len; i++) {
        const struct suspicion *s = &all.list.items[i];
        if (s->error && !c->error)
            c->error = s->error;
        if (s->falls)
            list_word(&text, found++, arena_printf(&x->arena, "%s (signal %s)", s->metric, s->signal->name));
    }
    if (found) {
        c->error = NULL;
        put(x, c, 1, text.buf);
    }
    vec_free(&all.list);
    map_free(&all.known);
}

void check_own(struct examination *x, struct cluster_view *v, struct prom *server, struct check_view *ret)
{
    for (size_t i = 0; i < DOCTOR_OWN_CHECKS; i++)
        ret[i] = (struct check_view){.check = &checks[i], .says = "", .fix = ""};
    check_windows(x, &ret[WINDOW_SHORT]);
    check_rates(x, v, server, &ret[RATE_OF_GAUGE]);
}
