/* Expressions of Prometheus rule files that cannot do what they are for: never true, always true, latched, blind. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "prom/promql.h"
#include "rule/alert.h"
#include "rule/build.h"

#define SHOWN_MAX 3

struct query { /* one alert's */
    struct lint *l;
    struct arena *arena;
    const struct alert_rule *alert;
    const struct promql *root;
};

static const char *shown(const struct query *q, const struct promql *x)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(300);
    promql_print(x, &text);
    size_t len = text.len;
    bool bracketed = x->type == PROMQL_BINARY && !x->range_ms && len > 2;
    return arena_strndup(q->arena, text.buf + bracketed, len - 2 * bracketed);
}

#define COMPLAIN(q, check, ...) lint_report((q)->l, check, (q)->alert->binding.place, __VA_ARGS__)

static bool named(const struct promql *x, const char *const *names, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strcmp(x->name, names[i]) == 0)
            return true;
    return false;
}
#define IS_ONE_OF(x, ...) named(x, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool is_growth(const struct promql *x)
{
    return x->type == PROMQL_CALL && IS_ONE_OF(x, "rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets");
}

static bool is_aggregate(const struct promql *x, const char *name)
{
    return x->type == PROMQL_AGGREGATION && strcmp(x->name, name) == 0;
}

/* The number that it is, whatever the series; NaN when it is none. */
static double constant_of(const struct promql *x)
{
    if (x->type == PROMQL_NUMBER)
        return x->number;
    if (x->type != PROMQL_BINARY || promql_is_comparison(x))
        return NAN;
    double a = constant_of(x->args[0]), b = constant_of(x->args[1]);
    return *x->name == '+' ? a + b : *x->name == '-' ? a - b : *x->name == '*' ? a * b : *x->name == '/' ? a / b : NAN;
}

/* The least value that it can have. */
static double least_of(const struct promql *x)
{
    double constant = constant_of(x);
    if (!isnan(constant))
        return constant;
    if (x->type == PROMQL_CALL && IS_ONE_OF(x, "absent", "absent_over_time", "count_over_time", "present_over_time"))
        return 1;
    if (x->type == PROMQL_CALL)
        return IS_ONE_OF(x, "rate", "irate", "increase", "changes", "resets", "abs", "sqrt") ? 0 : -INFINITY;
    if (x->type == PROMQL_AGGREGATION) {
        if (IS_ONE_OF(x, "count", "group"))
            return 1;
        double arg = x->args_len ? least_of(x->args[x->args_len - 1]) : -INFINITY;
        return IS_ONE_OF(x, "sum", "min", "max", "avg", "topk", "bottomk") && arg >= 0 ? arg : -INFINITY;
    }
    if (x->type != PROMQL_BINARY)
        return -INFINITY;
    double a = least_of(x->args[0]), b = least_of(x->args[1]);
    if (strcmp(x->name, "or") == 0)
        return fmin(a, b);
    if (promql_is_comparison(x) || IS_ONE_OF(x, "and", "unless"))
        return a;
    return *x->name == '+' ? a + b : strchr("*/", *x->name) && a >= 0 && b >= 0 ? 0 : -INFINITY;
}

static const char *mirrored(const char *op)
{
    return *op == '<' ? (op[1] ? ">=" : ">") : *op == '>' ? (op[1] ? "<=" : "<") : op;
}

/* What is left of the value when sums, means and factors around it are taken away. */
static const struct promql *core_of(const struct promql *x)
{
    for (;;) {
        if (x->type == PROMQL_AGGREGATION && x->args_len && !IS_ONE_OF(x, "count", "group", "count_values", "stddev", "stdvar"))
            x = x->args[x->args_len - 1];
        else if (x->type == PROMQL_BINARY && strchr("*/+-", *x->name) && !isnan(constant_of(x->args[1])))
            x = x->args[0];
        else if (x->type == PROMQL_BINARY && strchr("*+", *x->name) && !isnan(constant_of(x->args[0])))
            x = x->args[1];
        else if (x->type == PROMQL_CALL && x->args_len && IS_ONE_OF(x, "abs", "round", "ceil", "floor", "clamp_min", "clamp_max", "sort", "sort_desc",
                                                                    "avg_over_time", "max_over_time", "min_over_time", "last_over_time"))
            x = x->args[0];
        else
            return x;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

/* ---- comparisons ---- */

/* x op k */
static void judge_bound(const struct query *q, const struct promql *whole, const struct promql *x, const char *op, double k)
{
    double least = least_of(x);
    bool never = (*op == '<' && (op[1] ? least > k : least >= k)) || (strcmp(op, "==") == 0 && least > k);
    bool always = *op == '>' && (op[1] ? least >= k : least > k);
    if (never)
        COMPLAIN(q, CHECK_QUERY_CONSTANT, "this can never hold: %s%s", shown(q, whole),
                 least == 1 ? "; where there is nothing to count the answer is empty, not 0: absent(…) asks for that" : "");
    if (always)
        COMPLAIN(q, CHECK_QUERY_CONSTANT, "this always holds: %s", shown(q, whole));
    const struct promql *core = core_of(x);
    if (core->type == PROMQL_SELECTOR && (ends_with(core->name, "_total") || ends_with(core->name, "_bucket")) && k != 0 && *op == '>')
        COMPLAIN(q, CHECK_COUNTER_LEVEL, "%s is a counter: over %g it stays there for good; ask for its growth, increase(%s[10m])", core->name, k, core->name);
}

/* The expression without a constant factor. */
static const struct promql *without_factor(const struct promql *x)
{
    while (x->type == PROMQL_BINARY && strchr("*/", *x->name))
        if (!isnan(constant_of(x->args[1])))
            x = x->args[0];
        else if (*x->name == '*' && !isnan(constant_of(x->args[0])))
            x = x->args[1];
        else
            break;
    return x;
}

static bool same(const struct promql *a, const struct promql *b)
{
    AUTO(strbuf) struct strbuf x = STRBUF_INIT(4096);
    AUTO(strbuf) struct strbuf y = STRBUF_INIT(4096);
    promql_print(a, &x);
    promql_print(b, &y);
    return strcmp(x.buf, y.buf) == 0;
}

static bool contains(const struct promql *x, bool (*is)(const struct promql *))
{
    if (is(x))
        return true;
    for (size_t i = 0; i < x->args_len; i++)
        if (contains(x->args[i], is))
            return true;
    return false;
}

static bool is_deviation(const struct promql *x)
{
    return is_aggregate(x, "stddev");
}

static void judge_comparison(const struct query *q, const struct promql *x)
{
    double left = constant_of(x->args[0]), right = constant_of(x->args[1]);
    if (isnan(left) && !isnan(right))
        judge_bound(q, x, x->args[0], x->name, right);
    else if (!isnan(left) && isnan(right))
        judge_bound(q, x, x->args[1], mirrored(x->name), left);
    if (!isnan(left) || !isnan(right))
        return;
    if (same(without_factor(x->args[0]), without_factor(x->args[1])))
        COMPLAIN(q, CHECK_QUERY_CONSTANT, "this compares something with a multiple of itself: %s", shown(q, x));
    else if (contains(x->args[1], is_deviation) || contains(x->args[0], is_deviation))
        COMPLAIN(q, CHECK_DEVIATION_OF_FEW, "of n values none lies more than sqrt(n - 1) standard deviations from their mean, so that two need six series and three ten: hold each "
                    "against the others without it");
}

/* ---- labels ---- */

struct label_list {
    const char *const *items;
    size_t len;
};

/* The labels that its series have, where an aggregation says so. */
static bool labels_of(const struct promql *x, struct label_list *ret)
{
    if (x->type == PROMQL_AGGREGATION && x->grouping != GROUPING_WITHOUT && !IS_ONE_OF(x, "topk", "bottomk", "limitk", "limit_ratio", "count_values")) {
        *ret = (struct label_list){x->labels, x->labels_len};
        return true;
    }
    if (x->type == PROMQL_CALL && x->args_len && !IS_ONE_OF(x, "label_replace", "label_join", "vector", "scalar", "absent", "histogram_quantile", "time"))
        return labels_of(x->args[0], ret);
    if (x->type != PROMQL_BINARY || x->one_to_many || x->grouping != GROUPING_NONE)
        return false;
    return labels_of(isnan(constant_of(x->args[0])) ? x->args[0] : x->args[1], ret);
}

static bool has_label(const struct label_list *list, const char *label)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->items[i], label) == 0)
            return true;
    return false;
}

static bool same_labels(const struct label_list *a, const struct label_list *b)
{
    for (size_t i = 0; i < a->len; i++)
        if (!has_label(b, a->items[i]))
            return false;
    return a->len == b->len;
}

static const char *listed(const struct query *q, const struct label_list *list)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(200);
    for (size_t i = 0; i < list->len; i++)
        strbuf_addf(&text, "%s%s", i ? ", " : "", list->items[i]);
    return list->len ? arena_strdup(q->arena, text.buf) : "none";
}

static void judge_labels(const struct query *q, const struct promql *x)
{
    struct label_list a, b;
    if (x->grouping != GROUPING_NONE || strcmp(x->name, "or") == 0 || !isnan(constant_of(x->args[0])) || !isnan(constant_of(x->args[1])))
        return;
    if (labels_of(x->args[0], &a) && labels_of(x->args[1], &b) && !same_labels(&a, &b))
        COMPLAIN(q, CHECK_LABELS_APART, "the two sides of \"%s\" never meet: their labels are (%s) and (%s); say on (…) or ignoring (…)", x->name, listed(q, &a), listed(q, &b));
}

/* ---- single pieces ---- */

static bool is_quantile(const struct promql *x)
{
    return x->type == PROMQL_SELECTOR && (strstr(x->matchers, "quantile=") || strstr(x->name, "percentile") || strstr(x->name, "_p9"));
}

static void judge_piece(const struct query *q, const struct promql *x)
{
    if (IS_ONE_OF(x, "avg", "sum") && x->type == PROMQL_AGGREGATION && x->args_len && is_quantile(core_of(x->args[0])))
        COMPLAIN(q, CHECK_MEAN_OF_QUANTILES, "%s of quantiles is no quantile: %s; take max(), or histogram_quantile() over summed buckets", x->name, shown(q, x));
    if (x->type == PROMQL_SELECTOR && (strstr(x->name, "meanrate") || strstr(x->name, "MeanRate") || strstr(x->matchers, "MeanRate")))
        COMPLAIN(q, CHECK_MEAN_SINCE_START, "%s is a mean since the process began: it hardly moves when things change", x->name);
    if (promql_is_comparison(x))
        judge_comparison(q, x);
    if (x->type == PROMQL_BINARY)
        judge_labels(q, x);
    for (size_t i = 0; i < x->args_len; i++)
        judge_piece(q, x->args[i]);
}

/* Quiet by nature is not silent by fault: without anything beside it, no growth says nothing. */
static void judge_silence(const struct query *q)
{
    const struct promql *x = q->root;
    if (!promql_is_comparison(x) || constant_of(x->args[1]) != 0 || !(strcmp(x->name, "==") == 0 || strcmp(x->name, "<=") == 0))
        return;
    if (is_growth(core_of(x->args[0])))
        COMPLAIN(q, CHECK_QUIET_BY_NATURE, "this holds for whatever is quiet by nature, too: demand as well that there was something a day ago (offset 1d): %s", shown(q, x));
}

/* ---- what the pack knows of a metric ---- */

static bool uses(const struct promql *x, const struct pitfall *p, bool averaged, const char **ret_metric)
{
    bool here = x->type == PROMQL_SELECTOR && regex_matches(p->metric, x->name) && (p->use != PITFALL_AVERAGED || averaged);
    if (here)
        *ret_metric = x->name;
    for (size_t i = 0; !here && i < x->args_len; i++)
        here = uses(x->args[i], p, averaged || is_aggregate(x, "avg"), ret_metric);
    return here;
}

/* A comparison of the metric itself, under any sums, with a number. */
static bool compares(const struct promql *x, const struct pitfall *p, const char **ret_metric)
{
    for (size_t side = 0; promql_is_comparison(x) && side < 2; side++) {
        double k = constant_of(x->args[1 - side]);
        const char *op = side ? mirrored(x->name) : x->name;
        const struct promql *core = core_of(x->args[side]);
        bool zero = (strcmp(op, "==") == 0 && k == 0) || (*op == '<' && k <= 1);
        if (isnan(k) || core->type != PROMQL_SELECTOR || !regex_matches(p->metric, core->name))
            continue;
        *ret_metric = core->name;
        if (p->use == PITFALL_NONE ? zero : p->use == PITFALL_NEARLY_ALL ? *op == '<' && k >= 1 : k != 0)
            return true;
    }
    for (size_t i = 0; i < x->args_len; i++)
        if (compares(x->args[i], p, ret_metric))
            return true;
    return false;
}

static void judge_by_pitfalls(const struct query *q)
{
    for (size_t i = 0; i < q->l->known->pitfalls_len; i++) {
        const struct pitfall *p = &q->l->known->pitfalls[i];
        const char *metric = NULL;
        if (!p->metric || (p->least_for_ms && q->alert->for_ms >= p->least_for_ms))
            continue;
        bool plain = p->use == PITFALL_NAMED || p->use == PITFALL_AVERAGED;
        if (plain ? uses(q->root, p, false, &metric) : compares(q->root, p, &metric))
            COMPLAIN(q, CHECK_PITFALL, "%s: %s", metric, p->says);
    }
}

/* ---- texts ---- */

static bool spans(const struct promql *x, int64_t ms)
{
    double s = (double)ms / 1000;
    if (x->range_ms == ms || x->shift_ms == ms || (x->type == PROMQL_NUMBER && (fabs(x->number) == s || fabs(x->number) == s * 1000)))
        return true;
    for (size_t i = 0; i < x->args_len; i++)
        if (spans(x->args[i], ms))
            return true;
    return false;
}

static bool has_range(const struct promql *x)
{
    return x->range_ms > 0;
}

/* "last 30 minutes", "for 5m": the time in ms, 0 when the word before it is no such word. */
static int64_t time_said(const char *text, const char *number)
{
    static const char *const words[] = {"last", "past", "for", "within", "than", "over"};
    static const struct {
        const char *word;
        int64_t ms;
    } units[] = {{"min", 60000}, {"m ", 60000}, {"hour", 3600000}, {"h ", 3600000}, {"sec", 1000}, {"s ", 1000}, {"day", 86400000}, {"d ", 86400000}};
    const char *end = number;
    while (end > text && end[-1] == ' ')
        end--;
    bool said = false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t len = strlen(words[i]);
        said = said || ((size_t)(end - text) >= len && strncasecmp(end - len, words[i], len) == 0);
    }
    char *after;
    double v = strtod(number, &after);
    after += *after == ' ';
    for (size_t i = 0; said && i < ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i].word), letters = len - (units[i].word[len - 1] == ' ');
        if (strncmp(after, units[i].word, letters) == 0 && (letters == len || !isalpha((unsigned char)after[letters])))
            return (int64_t)(v * (double)units[i].ms);
    }
    return 0;
}

static void judge_times(const struct query *q, const char *text)
{
    const struct alert_rule *a = q->alert;
    for (const char *at = text; *at; at++) {
        if (!isdigit((unsigned char)*at) || (at > text && at[-1] != ' '))
            continue;
        int64_t ms = time_said(text, at);
        if (ms && ms != a->for_ms && ms != a->keep_firing_for_ms && !spans(q->root, ms))
            COMPLAIN(q, CHECK_TEXT_BESIDE, "the text says \"%.*s\", but neither the expression nor \"for\" has such a time", (int)strcspn(at, ".,;)\n"), at);
    }
}

static bool is_rate(const struct promql *x)
{
    return (is_growth(x) && !IS_ONE_OF(x, "changes", "resets", "increase", "delta", "idelta")) || strstr(x->name, "rate") || strstr(x->name, "per_sec") ||
           strstr(x->name, "persec") || strstr(x->name, ":");
}

static void judge_unit(const struct query *q, const char *text)
{
    const char *value = strstr(text, "$value"), *end = value ? strstr(value, "}}") : NULL;
    if (!end || contains(q->root, is_rate))
        return;
    const char *after = end + 2, *rate = strstr(after, "/s"), *words = strstr(after, "per second");
    rate = rate ? rate : words;
    if (rate && rate - after < 20)
        COMPLAIN(q, CHECK_TEXT_BESIDE, "the text calls the value a rate (\"%.*s\"), but nothing in the expression is one", (int)(strcspn(rate, " .,;") + (size_t)(rate - after)), after);
}

static void judge_text(const struct query *q, const struct alert_text *t, const char *what)
{
    if (!t->written)
        return;
    lint_words(q->l, t->written, what, q->alert->place);
    if (contains(q->root, has_range))
        judge_times(q, t->written);
    judge_unit(q, t->written);
}

/* ---- whole files ---- */

static bool asks_for_absence(const struct promql *x)
{
    return (x->type == PROMQL_CALL && IS_ONE_OF(x, "absent", "absent_over_time")) || (x->type == PROMQL_SELECTOR && strcmp(x->name, "up") == 0);
}

/* Sums over whatever a label would keep apart. */
static bool merges(const struct query *q, const struct promql *x)
{
    struct label_list labels = {x->labels, x->labels_len};
    if (x->type == PROMQL_AGGREGATION && x->grouping != GROUPING_WITHOUT && !IS_ONE_OF(x, "topk", "bottomk")) {
        for (size_t i = 0; i < q->l->known->cluster_labels_len; i++)
            if (has_label(&labels, q->l->known->cluster_labels[i]))
                return false;
        return !has_label(&labels, "instance") && !has_label(&labels, "job");
    }
    for (size_t i = 0; i < x->args_len; i++)
        if (merges(q, x->args[i]))
            return true;
    return false;
}

struct file_view {
    const char *name;
    const struct alert_rule *first, *first_merging;
    size_t alerts, merging;
    bool asks;
    struct strbuf metrics;
    size_t metrics_len;
};

static void note_metrics(struct file_view *f, const struct promql *x)
{
    if (x->type == PROMQL_SELECTOR && *x->name && f->metrics_len < SHOWN_MAX && !strstr(f->metrics.buf, x->name)) {
        strbuf_addf(&f->metrics, "%s%s", f->metrics_len ? ", " : "", x->name);
        f->metrics_len++;
    }
    for (size_t i = 0; i < x->args_len; i++)
        note_metrics(f, x->args[i]);
}

static void close_file(struct lint *l, struct file_view *f)
{
    if (f->alerts && !f->asks)
        lint_report(l, CHECK_SILENT_WITHOUT, f->first->place, "nothing in this file tells when its series are gone or have other names (%s, …): alerts over nothing are silent; "
                    "see absent(…)", f->metrics.buf);
    if (f->merging && l->known->cluster_labels_len)
        lint_report(l, CHECK_CLUSTERS_MERGED, f->first_merging->place, "%zu of the file's alerts throw%s the clusters of one server together: keep a label such as \"%s\" in by (…)",
                    f->merging, f->merging == 1 ? "s" : "", l->known->cluster_labels[0]);
    strbuf_free(&f->metrics);
    *f = (struct file_view){.metrics = STRBUF_INIT(400)};
}

static void judge_alert(struct lint *l, const struct alert_rule *a, struct file_view *f, struct arena *arena)
{
    struct query q = {l, arena, a, promql_parse(a->binding.query, arena)};
    if (!q.root)
        return; /* the server will say what it makes of it */
    judge_piece(&q, q.root);
    judge_silence(&q);
    judge_by_pitfalls(&q);
    judge_text(&q, &a->title, "the summary");
    judge_text(&q, &a->effect, "the description");
    f->first = f->first ? f->first : a;
    f->alerts++;
    f->asks = f->asks || contains(q.root, asks_for_absence);
    note_metrics(f, q.root);
    if (merges(&q, q.root)) {
        f->first_merging = f->first_merging ? f->first_merging : a;
        f->merging++;
    }
}

void lint_queries(struct lint *l)
{
    AUTO(arena) struct arena arena = ARENA_INIT("queries");
    struct file_view f = {.metrics = STRBUF_INIT(400)};
    for (size_t i = 0; i < l->rules->alerts_len; i++) {
        const struct alert_rule *a = l->rules->alerts[i];
        if (f.name && strcmp(f.name, a->place.file) != 0)
            close_file(l, &f);
        f.name = a->place.file;
        judge_alert(l, a, &f, &arena);
    }
    close_file(l, &f);
}
