#include "prom/response.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "prom/decimal.h"
#include "prom/json.h"
#include "prom/points.h"
#include "prom/remarks.h"
#include "prom/series.h"
#include "prom/target.h"

#define LABELS_MAX_BYTES (1024 * 1024) /* of one series */
#define TEXT_MAX_BYTES (64 * 1024)     /* of one error text, label value, … */
#define HEAD_BYTES 64                  /* of the body, to be shown when it is not JSON */
#define POINTS_AT_ONCE 512
#define TIME_MAX_S 1e12                /* beyond it, and beyond 32,000 years, a timestamp is a mistake */

/* Where in the document we are: one of these a level. */
enum spot {
    AT_NOWHERE,
    AT_ROOT,
    AT_WARNINGS,
    AT_INFOS,
    AT_DATA,       /* of a query: resultType, result */
    AT_RESULT,     /* series, or the time and value of a scalar or string */
    AT_SERIES,
    AT_METRIC,     /* labels */
    AT_VALUES,
    AT_POINT,      /* [time, "value"] */
    AT_HISTOGRAMS, /* points that are skipped */
    AT_STRINGS,    /* label values */
    AT_SETS,       /* label sets of /series */
    AT_TARGETS,
    AT_TARGET_LIST,
    AT_TARGET,
    AT_BUILD,
    AT_SKIPPED,
};

/* What was met already: a key that comes twice would count twice. */
enum seen { SEEN_DATA = 1, SEEN_RESULT = 2, SEEN_METRIC = 4, SEEN_VALUES = 8 };

struct response {
    enum response_kind kind;
    struct response_limits limits;
    struct prom_sink sink;
    struct json json;
    struct error error;

    enum spot places[JSON_DEPTH_MAX + 1];
    int depth;
    bool opened;             /* the document is an object */
    const struct rule *rule; /* of the last key; NULL = an unknown one */
    unsigned seen;

    struct strbuf label_text; /* name NUL value NUL … of the current series */
    size_t label_count;
    VEC(struct prom_label) labels;
    VEC(int64_t) times;
    VEC(double) values;
    int point_parts;     /* of the current [time, value] */
    int64_t point_ms;
    size_t series_histograms;
    struct series_line line;
    bool line_holds;     /* the labels of the current series, not label_text */
    struct target target;

    struct strbuf status, error_type, error_text, result_type, text, version, application;
    struct remarks warnings, infos;
    bool partial;
    int result_parts;    /* of a scalar or string: 1 = its time, 2 = its text */

    size_t series, points, histograms, duplicates;
    char head[HEAD_BYTES];
    size_t head_len;
    int64_t bytes;
};

#define ANY_OF(a, b) (1u << (a) | 1u << (b))
#define ONLY(a) (1u << (a))

struct rule {
    enum spot at;
    const char *key;  /* NULL = an element of an array */
    unsigned events;  /* which may come here, a bit each */
    int kind;         /* of the answer; -1 = all */
    enum spot to;    /* when a container opens */
    unsigned once;    /* enum seen */
    size_t text;      /* offset of the strbuf that takes the string; 0 = none */
    bool (*act)(struct response *r, enum json_event event, const char *text, size_t len);
};

static bool fail(struct response *r, int code, const char *what)
{
    if (!r->error.code)
        error_set(&r->error, code, "%s", what);
    return false;
}

/* ---- what is given to the sink ---- */

static bool stopped(struct response *r, bool go_on)
{
    return go_on || fail(r, ERR_CANCELLED, "stopped by the reader");
}

static bool count_series(struct response *r)
{
    if (r->limits.series && r->series == r->limits.series) {
        error_set(&r->error, ERR_LIMIT, "answer has more than %zu series", r->limits.series);
        return false;
    }
    r->series++;
    return true;
}

static void collect_labels(struct response *r)
{
    r->labels.len = 0;
    const char *p = r->label_text.buf;
    for (size_t i = 0; i < r->label_count; i++) {
        const char *value = p + strlen(p) + 1;
        vec_push(&r->labels, (struct prom_label){.name = p, .value = value});
        p = value + strlen(value) + 1;
    }
}

static bool give_series(struct response *r, const struct prom_label *labels, size_t len)
{
    if (!count_series(r))
        return false;
    if (r->sink.series && !stopped(r, r->sink.series(r->sink.context, labels, len)))
        return false;
    if (r->kind == RESPONSE_QUERY && r->sink.samples)
        return stopped(r, r->sink.samples(r->sink.context, r->times.items, r->values.items, r->times.len));
    return true;
}

static void series_begin(struct response *r)
{
    strbuf_reset(&r->label_text);
    r->label_count = 0;
    r->line_holds = false;
    r->times.len = r->values.len = 0;
    r->series_histograms = 0;
    r->seen &= ~(unsigned)(SEEN_METRIC | SEEN_VALUES);
}

static bool give_collected(struct response *r)
{
    if (r->line_holds)
        return give_series(r, r->line.labels, r->line.len);
    collect_labels(r);
    return give_series(r, r->labels.items, r->labels.len);
}

static bool series_end(struct response *r)
{
    if (!(r->seen & SEEN_METRIC))
        return fail(r, ERR_DATA, "answer has a series without metric");
    if (r->times.len == 0 && r->series_histograms > 0)
        return true;
    return give_collected(r);
}

/* A point of the current series. Equal times are one point too many, times that go back are no series. */
static inline bool point_add(struct response *r, int64_t time_ms, double value)
{
    size_t len = r->times.len;
    if (len && time_ms <= r->times.items[len - 1]) {
        if (time_ms < r->times.items[len - 1])
            return fail(r, ERR_DATA, "answer has a series whose timestamps go back");
        r->duplicates++;
        return true;
    }
    if (r->limits.points && r->points == r->limits.points) {
        error_set(&r->error, ERR_LIMIT, "answer has more than %zu points", r->limits.points);
        return false;
    }
    r->points++;
    vec_push(&r->times, time_ms);
    vec_push(&r->values, value);
    return true;
}

/* ---- actions ---- */

static bool time_from(struct response *r, const char *text, size_t len, int64_t *ret_ms)
{
    double seconds;
    if (!decimal_parse(text, len, &seconds) || !(fabs(seconds) <= TIME_MAX_S))
        return fail(r, ERR_DATA, "answer has a timestamp out of range");
    *ret_ms = llround(seconds * 1000);
    return true;
}

static bool act_label(struct response *r, enum json_event event, const char *text, size_t len)
{
    (void)event;
    if (memchr(text, '\0', len))
        return fail(r, ERR_DATA, "answer has a label with a NUL byte");
    strbuf_add(&r->label_text, text, len);
    strbuf_add(&r->label_text, "", 1);
    if (r->label_text.truncated)
        return fail(r, ERR_LIMIT, "answer has a series with more than 1 MiB of labels");
    return true;
}

static bool act_point(struct response *r, enum json_event event, const char *text, size_t len)
{
    int part = r->point_parts++;
    if (part == 0 && event == ON_NUMBER)
        return time_from(r, text, len, &r->point_ms);
    double value;
    if (part != 1 || event != ON_STRING)
        return fail(r, ERR_DATA, "answer has a point that is not [time, \"value\"]");
    if (!decimal_parse(text, len, &value))
        return fail(r, ERR_DATA, "answer has a value that is not a number");
    return point_add(r, r->point_ms, value);
}

static bool act_result_part(struct response *r, enum json_event event, const char *text, size_t len)
{
    int part = r->result_parts++;
    if (part == 0 && event == ON_NUMBER)
        return time_from(r, text, len, &r->point_ms);
    if (part != 1 || event != ON_STRING)
        return fail(r, ERR_DATA, "answer has a scalar that is not [time, \"value\"]");
    strbuf_add(&r->text, text, len);
    return !r->text.truncated || fail(r, ERR_LIMIT, "answer has a string of more than 64 KiB");
}

static bool act_histogram(struct response *r, enum json_event event, const char *text, size_t len)
{
    (void)event, (void)text, (void)len;
    r->series_histograms++;
    r->histograms++;
    return true;
}

static bool act_partial(struct response *r, enum json_event event, const char *text, size_t len)
{
    (void)text, (void)len;
    r->partial |= event == ON_TRUE;
    return true;
}

static bool act_warning(struct response *r, enum json_event event, const char *text, size_t len)
{
    (void)event;
    remark_add(&r->warnings, text, len);
    return true;
}

static bool act_info(struct response *r, enum json_event event, const char *text, size_t len)
{
    (void)event;
    remark_add(&r->infos, text, len);
    return true;
}

static bool act_value(struct response *r, enum json_event event, const char *text, size_t len)
{
    (void)event;
    if (memchr(text, '\0', len))
        return fail(r, ERR_DATA, "answer has a label with a NUL byte");
    if (!count_series(r))
        return false;
    strbuf_reset(&r->text);
    strbuf_add(&r->text, text, len);
    return !r->sink.value || stopped(r, r->sink.value(r->sink.context, r->text.buf));
}

static bool act_target_field(struct response *r, enum json_event event, const char *text, size_t len)
{
    (void)event;
    target_field(&r->target, r->rule->key, text, len);
    return true;
}

static bool target_end(struct response *r)
{
    collect_labels(r);
    if (!count_series(r))
        return false;
    struct prom_target shown = target_show(&r->target, r->labels.items, r->labels.len);
    return !r->sink.target || stopped(r, r->sink.target(r->sink.context, &shown));
}

/* ---- the grammar ---- */

#define TEXT(field) .text = offsetof(struct response, field)
#define QUERY .kind = RESPONSE_QUERY
#define ALL .kind = -1

static const struct rule rules[] = {
    {AT_ROOT, "status", ONLY(ON_STRING), ALL, TEXT(status)},
    {AT_ROOT, "errorType", ONLY(ON_STRING), ALL, TEXT(error_type)},
    {AT_ROOT, "error", ONLY(ON_STRING), ALL, TEXT(error_text)},
    {AT_ROOT, "isPartial", ANY_OF(ON_TRUE, ON_FALSE), ALL, .act = act_partial},
    {AT_ROOT, "warnings", ONLY(ON_ARRAY), ALL, .to = AT_WARNINGS},
    {AT_ROOT, "infos", ONLY(ON_ARRAY), ALL, .to = AT_INFOS},
    {AT_ROOT, "data", ONLY(ON_OBJECT), QUERY, .to = AT_DATA, .once = SEEN_DATA},
    {AT_ROOT, "data", ONLY(ON_ARRAY), .kind = RESPONSE_VALUES, .to = AT_STRINGS, .once = SEEN_DATA},
    {AT_ROOT, "data", ONLY(ON_ARRAY), .kind = RESPONSE_SERIES, .to = AT_SETS, .once = SEEN_DATA},
    {AT_ROOT, "data", ONLY(ON_OBJECT), .kind = RESPONSE_TARGETS, .to = AT_TARGETS, .once = SEEN_DATA},
    {AT_ROOT, "data", ONLY(ON_OBJECT), .kind = RESPONSE_BUILDINFO, .to = AT_BUILD, .once = SEEN_DATA},
    {AT_WARNINGS, NULL, ONLY(ON_STRING), ALL, .act = act_warning},
    {AT_INFOS, NULL, ONLY(ON_STRING), ALL, .act = act_info},

    {AT_DATA, "resultType", ONLY(ON_STRING), QUERY, TEXT(result_type)},
    {AT_DATA, "result", ONLY(ON_ARRAY), QUERY, .to = AT_RESULT, .once = SEEN_RESULT},
    {AT_RESULT, NULL, ONLY(ON_OBJECT), QUERY, .to = AT_SERIES},
    {AT_RESULT, NULL, ANY_OF(ON_NUMBER, ON_STRING), QUERY, .act = act_result_part},
    {AT_SERIES, "metric", ONLY(ON_OBJECT), QUERY, .to = AT_METRIC, .once = SEEN_METRIC},
    {AT_SERIES, "value", ONLY(ON_ARRAY), QUERY, .to = AT_POINT, .once = SEEN_VALUES},
    {AT_SERIES, "values", ONLY(ON_ARRAY), QUERY, .to = AT_VALUES, .once = SEEN_VALUES},
    {AT_SERIES, "histogram", ONLY(ON_ARRAY), QUERY, .to = AT_SKIPPED, .act = act_histogram},
    {AT_SERIES, "histograms", ONLY(ON_ARRAY), QUERY, .to = AT_HISTOGRAMS},
    {AT_HISTOGRAMS, NULL, ONLY(ON_ARRAY), QUERY, .to = AT_SKIPPED, .act = act_histogram},
    {AT_VALUES, NULL, ONLY(ON_ARRAY), QUERY, .to = AT_POINT},
    {AT_POINT, NULL, ANY_OF(ON_NUMBER, ON_STRING), QUERY, .act = act_point},

    {AT_STRINGS, NULL, ONLY(ON_STRING), ALL, .act = act_value},
    {AT_SETS, NULL, ONLY(ON_OBJECT), ALL, .to = AT_METRIC},

    {AT_TARGETS, "activeTargets", ONLY(ON_ARRAY), ALL, .to = AT_TARGET_LIST, .once = SEEN_RESULT},
    {AT_TARGET_LIST, NULL, ONLY(ON_OBJECT), ALL, .to = AT_TARGET},
    {AT_TARGET, "labels", ONLY(ON_OBJECT), ALL, .to = AT_METRIC, .once = SEEN_METRIC},
    {AT_TARGET, "scrapePool", ONLY(ON_STRING), ALL, .act = act_target_field},
    {AT_TARGET, "scrapeUrl", ONLY(ON_STRING), ALL, .act = act_target_field},
    {AT_TARGET, "lastError", ONLY(ON_STRING), ALL, .act = act_target_field},
    {AT_TARGET, "health", ONLY(ON_STRING), ALL, .act = act_target_field},
    {AT_TARGET, "lastScrape", ONLY(ON_STRING), ALL, .act = act_target_field},
    {AT_TARGET, "scrapeInterval", ONLY(ON_STRING), ALL, .act = act_target_field},

    {AT_BUILD, "version", ONLY(ON_STRING), ALL, TEXT(version)},
    {AT_BUILD, "application", ONLY(ON_STRING), ALL, TEXT(application)},
};

static bool is_list(enum spot at)
{
    static const bool list[] = {[AT_WARNINGS] = true, [AT_INFOS] = true,   [AT_RESULT] = true, [AT_VALUES] = true,      [AT_POINT] = true,
                                [AT_STRINGS] = true,  [AT_SETS] = true,    [AT_TARGET_LIST] = true, [AT_HISTOGRAMS] = true, [AT_SKIPPED] = false};
    return list[at];
}

static bool applies(const struct response *r, const struct rule *rule, enum spot at, const char *key, size_t len)
{
    if (rule->at != at || (rule->kind != -1 && rule->kind != (int)r->kind))
        return false;
    return rule->key ? key && strncmp(rule->key, key, len) == 0 && rule->key[len] == '\0' : !key;
}

/* The first rule for that key (NULL = an element), or NULL. Rules of the same key stand together. */
static const struct rule *rule_find(const struct response *r, enum spot at, const char *key, size_t len)
{
    for (const struct rule *rule = rules; rule < rules + ARRAY_LEN(rules); rule++)
        if (applies(r, rule, at, key, len))
            return rule;
    return NULL;
}

/* The rule that takes the event, among `first` and those behind it for the same key. */
static const struct rule *rule_for_event(const struct response *r, const struct rule *first, enum json_event event)
{
    size_t len = first->key ? strlen(first->key) : 0;
    for (const struct rule *rule = first; rule < rules + ARRAY_LEN(rules) && applies(r, rule, first->at, first->key, len); rule++)
        if (rule->events & ONLY(event))
            return rule;
    return NULL;
}

static bool enter(struct response *r, enum spot to)
{
    enum spot from = r->places[r->depth];
    r->places[++r->depth] = to;
    if (to == AT_SERIES || to == AT_TARGET || (to == AT_METRIC && from == AT_SETS))
        series_begin(r);
    if (to == AT_TARGET)
        target_reset(&r->target);
    if (to == AT_POINT)
        r->point_parts = 0;
    return true;
}

static bool leave(struct response *r)
{
    enum spot left = r->places[r->depth--], now = r->places[r->depth];
    if (left == AT_SERIES)
        return series_end(r);
    if (left == AT_METRIC && now == AT_SETS)
        return give_collected(r);
    if (left == AT_TARGET)
        return target_end(r);
    if (left == AT_POINT && r->point_parts != 2)
        return fail(r, ERR_DATA, "answer has a point that is not [time, \"value\"]");
    return true;
}

static bool on_key(struct response *r, const char *text, size_t len)
{
    enum spot at = r->places[r->depth];
    if (at != AT_METRIC) {
        r->rule = rule_find(r, at, text, len);
        return true;
    }
    r->label_count++;
    return act_label(r, ON_KEY, text, len);
}

static bool wrong_type(struct response *r, const struct rule *rule)
{
    if (rule->key)
        error_set(&r->error, ERR_DATA, "answer has \"%s\" of a wrong type", rule->key);
    else
        error_set(&r->error, ERR_DATA, "answer has a list element of a wrong type");
    return false;
}

static bool follow(struct response *r, const struct rule *first, enum json_event event, const char *text, size_t len)
{
    const struct rule *rule = rule_for_event(r, first, event);
    if (!rule && !(event == ON_NULL && first->key)) /* Go writes null for an empty list */
        return wrong_type(r, first);
    unsigned once = (rule ? rule : first)->once;
    if (r->seen & once) {
        error_set(&r->error, ERR_DATA, "answer has \"%s\" twice", first->key);
        return false;
    }
    r->seen |= once;
    if (!rule)
        return true;
    if (rule->text) {
        struct strbuf *out = (struct strbuf *)(void *)((char *)r + rule->text);
        strbuf_reset(out);
        strbuf_add(out, text, len);
    }
    if (rule->act && !rule->act(r, event, text, len))
        return false;
    return event == ON_OBJECT || event == ON_ARRAY ? enter(r, rule->to) : true;
}

static bool on_event(void *context, enum json_event event, const char *text, size_t len)
{
    struct response *r = context;
    enum spot at = r->places[r->depth];
    bool opens = event == ON_OBJECT || event == ON_ARRAY;
    if (r->error.code)
        return false;
    if (event == ON_KEY)
        return on_key(r, text, len);
    if (event == ON_OBJECT_END || event == ON_ARRAY_END)
        return leave(r);
    if (at == AT_NOWHERE)
        return (r->opened = event == ON_OBJECT) && enter(r, AT_ROOT);
    if (at == AT_METRIC)
        return event == ON_STRING ? act_label(r, event, text, len) : fail(r, ERR_DATA, "answer has a label that is not a string");
    const struct rule *first = at == AT_SKIPPED ? NULL : is_list(at) ? rule_find(r, at, NULL, 0) : r->rule;
    if (first)
        return follow(r, first, event, text, len);
    return !opens || enter(r, AT_SKIPPED);
}

/* What the events of a range's head and end would do. */
static void range_begin(struct response *r)
{
    json_descend(&r->json);
    r->places[++r->depth] = AT_SERIES;
    r->places[++r->depth] = AT_VALUES;
    r->seen |= SEEN_METRIC | SEEN_VALUES;
    r->line_holds = true;
}

static bool range_end(struct response *r)
{
    json_ascend(&r->json);
    r->depth -= 2;
    return series_end(r);
}

/* Points that come one behind the other go straight from the buffer into the columns, up to the first that is not written as usual. */
static const char *take_points(struct response *r, const char *p, const char *end)
{
    size_t before = r->times.len, room = POINTS_AT_ONCE;
    if (r->limits.points && r->limits.points - r->points < room)
        room = r->limits.points - r->points; /* the one too many is told by point_add() */
    vec_reserve(&r->times, before + room);
    vec_reserve(&r->values, before + room);
    struct points to = {r->times.items, r->values.items, before, before + room};
    p = points_scan(p, end, &to);
    r->points += to.len - before;
    r->times.len = r->values.len = to.len;
    return p;
}

/* One point [seconds,"decimal"] of a less usual form, or the last of a series with the end of that; NULL when it is none, or is cut, or may not be added. */
static const char *take_point(struct response *r, const char *p, const char *end)
{
    static const char last[] = "\"]]},";
    int64_t time_ms;
    double value;
    const char *q = p < end && *p == '[' ? decimal_scan_ms(p + 1, end, &time_ms) : NULL;
    if (!q || end - q < 2 || q[0] != ',' || q[1] != '"')
        return NULL;
    q = decimal_scan(q + 2, end, &value);
    if (!q || end - q < (ptrdiff_t)sizeof(last) - 1)
        return NULL;
    bool more = q[2] == ',';
    if (memcmp(q, last, 2) != 0 || (!more && memcmp(q, last, sizeof(last) - 1) != 0))
        return NULL;
    if (!point_add(r, time_ms, value)) /* the next event ends the parse */
        return NULL;
    return more ? q + 3 : range_end(r) ? q + sizeof(last) - 1 : NULL;
}

static const char *take_values(struct response *r, const char *p, const char *end)
{
    const char *next = take_points(r, p, end);
    return next > p ? next : take_point(r, p, end);
}

/* A whole series of an instant answer, or the head of a range. */
static const char *take_series(struct response *r, const char *p, const char *end)
{
    const char *next = series_scan(p, end, &r->line);
    if (!next)
        return NULL;
    series_begin(r);
    if (r->line.range)
        return range_begin(r), next;
    return point_add(r, r->line.time_ms, r->line.value) && give_series(r, r->line.labels, r->line.len) ? next : NULL;
}

static const char *take(struct response *r, const char *p, const char *end)
{
    enum spot at = r->places[r->depth];
    return at == AT_VALUES ? take_values(r, p, end) : at == AT_RESULT ? take_series(r, p, end) : NULL;
}

static size_t on_bulk(void *context, const char *text, size_t len)
{
    struct response *r = context;
    const char *p = text, *end = text + len;
    for (const char *next; !r->error.code && (next = take(r, p, end));)
        p = next;
    return (size_t)(p - text);
}

/* ---- outside ---- */

struct response *response_new(enum response_kind kind, const struct response_limits *limits, const struct prom_sink *sink)
{
    struct response *r = xcalloc(1, sizeof(*r));
    r->kind = kind;
    r->limits = *limits;
    r->sink = *sink;
    json_init(&r->json, &(struct json_handler){.event = on_event, .bulk = on_bulk, .context = r});
    r->label_text = (struct strbuf)STRBUF_INIT(LABELS_MAX_BYTES);
    struct strbuf *const texts[] = {&r->status, &r->error_type, &r->error_text, &r->result_type, &r->text, &r->version, &r->application};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = (struct strbuf)STRBUF_INIT(TEXT_MAX_BYTES);
    target_init(&r->target);
    return r;
}

void response_free(struct response *r)
{
    if (!r)
        return;
    struct strbuf *const texts[] = {&r->status, &r->error_type, &r->error_text,  &r->result_type,
                                    &r->text,   &r->version,    &r->application, &r->label_text};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        strbuf_free(texts[i]);
    json_free(&r->json);
    target_free(&r->target);
    remarks_free(&r->warnings);
    remarks_free(&r->infos);
    vec_free(&r->labels);
    vec_free(&r->times);
    vec_free(&r->values);
    free(r);
}

bool response_feed(struct response *r, const char *data, size_t len)
{
    size_t head = len < HEAD_BYTES - r->head_len ? len : HEAD_BYTES - r->head_len;
    if (head)
        memcpy(r->head + r->head_len, data, head);
    r->head_len += head;
    r->bytes += (int64_t)len;
    if (json_feed(&r->json, data, len, NULL) == 0)
        return true;
    return !r->opened && r->head_len < HEAD_BYTES; /* a little more, to show it */
}

/* What the tokenizer did not like, in terms of the answer. */
static void explain_syntax(struct response *r)
{
    struct strbuf shown = STRBUF_INIT(4 * HEAD_BYTES);
    strbuf_add(&shown, r->head, r->head_len);
    remark_clean(shown.buf);
    if (r->bytes == 0)
        fail(r, ERR_DATA, "answer is empty");
    else if (!r->opened)
        error_set(&r->error, ERR_DATA, "answer is not a JSON object: starts with \"%s%s\"", shown.buf, r->bytes > HEAD_BYTES ? "…" : "");
    else if (r->json.failure.code == ERR_LIMIT)
        error_set(&r->error, ERR_LIMIT, "answer has %s", r->json.failure.text);
    else
        error_set(&r->error, ERR_DATA, "answer is broken JSON: %s", r->json.failure.text);
    strbuf_free(&shown);
}

static bool result_check(struct response *r, enum prom_shape *ret_shape)
{
    static const char *const names[] = {
        [PROM_NOTHING] = "", [PROM_VECTOR] = "vector", [PROM_MATRIX] = "matrix", [PROM_SCALAR] = "scalar", [PROM_STRING] = "string"};
    for (size_t i = 1; i < ARRAY_LEN(names); i++)
        if (strcmp(r->result_type.buf, names[i]) == 0)
            *ret_shape = (enum prom_shape)i;
    bool single = *ret_shape == PROM_SCALAR || *ret_shape == PROM_STRING;
    if (*ret_shape == PROM_NOTHING || !(r->seen & SEEN_RESULT))
        return fail(r, ERR_DATA, "answer has no result of a known type");
    if (r->result_parts != (single ? 2 : 0) || (single && r->series > 0))
        return fail(r, ERR_DATA, "answer has a result that is not of its resultType");
    if (*ret_shape != PROM_SCALAR)
        return true;
    double value;
    if (!decimal_parse(r->text.buf, r->text.len, &value))
        return fail(r, ERR_DATA, "answer has a value that is not a number");
    series_begin(r);
    return point_add(r, r->point_ms, value) && give_collected(r);
}

static void body_check(struct response *r, enum prom_shape *ret_shape)
{
    if (r->error.code)
        return;
    if (json_finish(&r->json, NULL) < 0) {
        explain_syntax(r);
    } else if (strcmp(r->status.buf, "error") == 0 || r->error_text.len > 0) {
        remark_clean(r->error_text.buf);
        remark_clean(r->error_type.buf);
        const char *type = r->error_type.buf, *text = r->error_text.buf;
        error_set(&r->error, ERR_REFUSED, "%.64s%s%.400s", type, *type ? ": " : "", *text ? text : "an error without a text");
    } else if (strcmp(r->status.buf, "success") != 0) {
        fail(r, ERR_DATA, "answer has no status: not from a Prometheus API");
    } else if (!(r->seen & SEEN_DATA) || (r->kind == RESPONSE_TARGETS && !(r->seen & SEEN_RESULT))) {
        fail(r, ERR_DATA, "answer has no data");
    } else if (r->kind == RESPONSE_QUERY) {
        result_check(r, ret_shape);
    }
}

void response_finish(struct response *r, struct prom_result *ret)
{
    enum prom_shape shape = PROM_NOTHING;
    body_check(r, &shape);
    ret->error = r->error;
    ret->error_type = r->error_type.buf;
    ret->partial = r->partial || r->warnings.len > 0;
    ret->warnings = (const char *const *)r->warnings.items;
    ret->warnings_len = r->warnings.len;
    ret->infos = (const char *const *)r->infos.items;
    ret->infos_len = r->infos.len;
    ret->shape = r->error.code ? PROM_NOTHING : shape;
    ret->text = ret->shape == PROM_STRING ? r->text.buf : "";
    ret->version = r->version.buf;
    ret->application = r->application.buf;
    ret->series = r->series;
    ret->points = r->points;
    ret->histograms = r->histograms;
    ret->duplicates = r->duplicates;
}
