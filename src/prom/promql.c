#include "prom/promql.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"

#define DEPTH_MAX 60

struct parser {
    const char *at;
    struct arena *arena;
    size_t depth;
    bool failed;
};

static const struct operation {
    const char *name;
    int level; /* binds tighter the higher */
} operations[] = {{"or", 1}, {"and", 2}, {"unless", 2}, {"==", 3}, {"!=", 3}, {"<=", 3}, {">=", 3}, {"<", 3},
                  {">", 3},  {"+", 4},   {"-", 4},      {"*", 5},  {"/", 5},  {"%", 5},  {"atan2", 5}, {"^", 7}};
#define NEGATION_LEVEL 6
#define POWER_LEVEL 7

static const char *const aggregations[] = {"sum",   "min",          "max",     "avg",  "group",    "stddev", "stdvar",
                                           "count", "count_values", "bottomk", "topk", "quantile", "limitk", "limit_ratio"};

static void *fail(struct parser *p)
{
    p->failed = true;
    return NULL;
}

static void skip_blank(struct parser *p)
{
    for (;;) {
        while (isspace((unsigned char)*p->at))
            p->at++;
        if (*p->at != '#')
            return;
        p->at += strcspn(p->at, "\n");
    }
}

static bool take(struct parser *p, const char *text)
{
    skip_blank(p);
    size_t len = strlen(text);
    if (strncmp(p->at, text, len) != 0)
        return false;
    p->at += len;
    return true;
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == ':';
}

/* A whole word, and no piece of a longer one. */
static bool take_word(struct parser *p, const char *word)
{
    skip_blank(p);
    size_t len = strlen(word);
    if (strncasecmp(p->at, word, len) != 0 || is_word_char(p->at[len]))
        return false;
    p->at += len;
    return true;
}

static const char *read_name(struct parser *p)
{
    skip_blank(p);
    size_t len = 0;
    while (is_word_char(p->at[len]))
        len++;
    if (len == 0 || isdigit((unsigned char)*p->at))
        return NULL;
    const char *name = arena_strndup(p->arena, p->at, len);
    p->at += len;
    return name;
}

static struct promql *new_node(struct parser *p, enum promql_type type, const char *name)
{
    struct promql *q = arena_alloc(p->arena, sizeof *q);
    q->type = type;
    q->name = name;
    q->matchers = "";
    return q;
}

/* What stands in quotes, without them. */
static const char *read_string(struct parser *p)
{
    char quote = *p->at;
    const char *start = ++p->at;
    while (*p->at && *p->at != quote)
        p->at += quote != '`' && *p->at == '\\' && p->at[1] ? 2 : 1;
    if (!*p->at)
        return fail(p);
    return arena_strndup(p->arena, start, (size_t)(p->at++ - start));
}

static int64_t read_duration(struct parser *p)
{
    int64_t ms = 0;
    size_t len = 0;
    skip_blank(p);
    while (isalnum((unsigned char)p->at[len]))
        len++;
    if (!duration_parse(p->at, len, &ms))
        p->failed = true;
    p->at += len;
    return ms;
}

/* "(a, b)" */
static void read_labels(struct parser *p, struct promql *q)
{
    if (!take(p, "(")) {
        p->failed = true;
        return;
    }
    while (!p->failed && !take(p, ")")) {
        skip_blank(p);
        const char *label = *p->at == '"' ? read_string(p) : read_name(p);
        if (!label || q->labels_len == PROMQL_LABELS_MAX) {
            p->failed = true;
            return;
        }
        q->labels[q->labels_len++] = label;
        take(p, ",");
    }
}

static struct promql *read_expression(struct parser *p, int level);

static void read_arguments(struct parser *p, struct promql *q)
{
    if (!take(p, "(")) {
        p->failed = true;
        return;
    }
    while (!p->failed && !take(p, ")")) {
        struct promql *arg = read_expression(p, 0);
        if (!arg || q->args_len == PROMQL_ARGS_MAX) {
            p->failed = true;
            return;
        }
        q->args[q->args_len++] = arg;
        skip_blank(p);
        if (!take(p, ",") && *p->at != ')')
            p->failed = true;
    }
}

static void read_grouping(struct parser *p, struct promql *q)
{
    if (q->grouping != GROUPING_NONE)
        return;
    q->grouping = take_word(p, "by") ? GROUPING_BY : take_word(p, "without") ? GROUPING_WITHOUT : GROUPING_NONE;
    if (q->grouping != GROUPING_NONE)
        read_labels(p, q);
}

static struct promql *read_aggregation(struct parser *p, const char *name)
{
    struct promql *q = new_node(p, PROMQL_AGGREGATION, name);
    read_grouping(p, q);
    read_arguments(p, q);
    read_grouping(p, q);
    return q;
}

static void read_matchers(struct parser *p, struct promql *q)
{
    const char *start = p->at;
    while (*p->at && *p->at != '}' && !p->failed) {
        if (strchr("\"'`", *p->at))
            read_string(p);
        else
            p->at++;
    }
    if (p->failed || !*p->at) {
        p->failed = true;
        return;
    }
    q->matchers = arena_strndup(p->arena, start, (size_t)(p->at++ - start));
}

static struct promql *read_selector(struct parser *p, const char *name)
{
    struct promql *q = new_node(p, PROMQL_SELECTOR, name);
    if (take(p, "{"))
        read_matchers(p, q);
    return q;
}

/* "[5m]", "[1h:5m]", "offset 1d", "@ end()" */
static struct promql *read_modifiers(struct parser *p, struct promql *q)
{
    for (;;) {
        if (p->failed || !q)
            return q;
        if (take(p, "[")) {
            q->range_ms = read_duration(p);
            if (take(p, ":") && !take(p, "]"))
                read_duration(p);
            else if (p->at[-1] == ']')
                continue;
            if (!take(p, "]"))
                p->failed = true;
        } else if (take_word(p, "offset")) {
            take(p, "-");
            q->shift_ms = read_duration(p);
        } else if (take(p, "@")) {
            q->fixed = read_expression(p, POWER_LEVEL) != NULL;
        } else {
            return q;
        }
    }
}

static bool is_aggregation(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(aggregations); i++)
        if (strcasecmp(aggregations[i], name) == 0)
            return true;
    return false;
}

static struct promql *read_named(struct parser *p)
{
    const char *name = read_name(p);
    if (!name)
        return fail(p);
    if (strcasecmp(name, "inf") == 0 || strcasecmp(name, "nan") == 0) {
        struct promql *q = new_node(p, PROMQL_NUMBER, "");
        q->number = strcasecmp(name, "inf") == 0 ? INFINITY : NAN;
        return q;
    }
    skip_blank(p);
    bool grouped = strncasecmp(p->at, "by", 2) == 0 || strncasecmp(p->at, "without", 7) == 0;
    if (is_aggregation(name) && (*p->at == '(' || grouped))
        return read_aggregation(p, name);
    if (*p->at != '(')
        return read_selector(p, name);
    struct promql *q = new_node(p, PROMQL_CALL, name);
    read_arguments(p, q);
    return q;
}

static struct promql *read_number(struct parser *p)
{
    struct promql *q = new_node(p, PROMQL_NUMBER, "");
    size_t len = 0;
    while (isalnum((unsigned char)p->at[len]) || p->at[len] == '.' || (len && strchr("+-", p->at[len]) && strchr("eE", p->at[len - 1]) && p->at[len]))
        len++;
    int64_t ms;
    if (duration_parse(p->at, len, &ms))
        q->number = (double)ms / 1000;
    else if (!number_parse(p->at, len, &q->number))
        return fail(p);
    p->at += len;
    return q;
}

static struct promql *read_primary(struct parser *p)
{
    skip_blank(p);
    if (take(p, "(")) {
        struct promql *q = read_expression(p, 0);
        return q && take(p, ")") ? q : fail(p);
    }
    if (*p->at && strchr("\"'`", *p->at)) {
        struct promql *q = new_node(p, PROMQL_STRING, "");
        q->matchers = read_string(p);
        return p->failed ? NULL : q;
    }
    if (isdigit((unsigned char)*p->at) || *p->at == '.')
        return read_number(p);
    if (*p->at == '{')
        return read_selector(p, "");
    return read_named(p);
}

static struct promql *read_operand(struct parser *p)
{
    if (take(p, "+"))
        return read_expression(p, NEGATION_LEVEL);
    if (!take(p, "-"))
        return read_modifiers(p, read_primary(p));
    struct promql *of = read_expression(p, NEGATION_LEVEL);
    if (!of)
        return NULL;
    if (of->type == PROMQL_NUMBER) {
        of->number = -of->number;
        return of;
    }
    struct promql *q = new_node(p, PROMQL_NEGATIVE, "-");
    q->args[q->args_len++] = of;
    return q;
}

static const struct operation *peek_operation(struct parser *p, int level)
{
    skip_blank(p);
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        const struct operation *o = &operations[i];
        size_t len = strlen(o->name);
        if (strncasecmp(p->at, o->name, len) == 0 && !(isalpha((unsigned char)*o->name) && is_word_char(p->at[len])))
            return o->level >= level ? o : NULL;
    }
    return NULL;
}

/* "bool", "on (…)", "group_left (…)" */
static void read_matching(struct parser *p, struct promql *q)
{
    take_word(p, "bool");
    q->grouping = take_word(p, "on") ? GROUPING_BY : take_word(p, "ignoring") ? GROUPING_WITHOUT : GROUPING_NONE;
    if (q->grouping != GROUPING_NONE)
        read_labels(p, q);
    q->one_to_many = take_word(p, "group_left") || take_word(p, "group_right");
    skip_blank(p);
    if (q->one_to_many && *p->at == '(') {
        struct promql included = {.type = PROMQL_BINARY};
        const char *before = p->at;
        read_labels(p, &included);
        if (p->failed) { /* no labels: the right side in brackets */
            p->failed = false;
            p->at = before;
        }
    }
}

static struct promql *read_expression(struct parser *p, int level)
{
    if (++p->depth > DEPTH_MAX)
        return fail(p);
    struct promql *left = read_operand(p);
    const struct operation *o;
    while (left && !p->failed && (o = peek_operation(p, level))) {
        struct promql *q = new_node(p, PROMQL_BINARY, o->name);
        p->at += strlen(o->name);
        read_matching(p, q);
        q->args[0] = left;
        q->args[1] = p->failed ? NULL : read_expression(p, o->level == POWER_LEVEL ? o->level : o->level + 1);
        q->args_len = 2;
        left = q->args[1] ? q : NULL;
    }
    p->depth--;
    return p->failed ? NULL : left;
}

struct promql *promql_parse(const char *text, struct arena *a)
{
    struct parser p = {.at = text, .arena = a};
    struct promql *q = read_expression(&p, 0);
    skip_blank(&p);
    return p.failed || *p.at ? NULL : q;
}

bool promql_is_comparison(const struct promql *q)
{
    return q->type == PROMQL_BINARY && (strchr("<>", *q->name) || strcmp(q->name, "==") == 0 || strcmp(q->name, "!=") == 0);
}

static void print_list(const char *word, const struct promql *q, struct strbuf *out)
{
    strbuf_addf(out, " %s (", word);
    for (size_t i = 0; i < q->labels_len; i++)
        strbuf_addf(out, "%s%s", i ? ", " : "", q->labels[i]);
    strbuf_adds(out, ") ");
}

static void print_binary(const struct promql *q, struct strbuf *out)
{
    strbuf_addc(out, '(');
    promql_print(q->args[0], out);
    strbuf_addf(out, " %s", q->name);
    if (q->grouping != GROUPING_NONE)
        print_list(q->grouping == GROUPING_BY ? "on" : "ignoring", q, out);
    else
        strbuf_addc(out, ' ');
    promql_print(q->args[1], out);
    strbuf_addc(out, ')');
}

static void print_called(const struct promql *q, struct strbuf *out)
{
    strbuf_adds(out, q->name);
    if (q->grouping != GROUPING_NONE)
        print_list(q->grouping == GROUPING_BY ? "by" : "without", q, out);
    strbuf_addc(out, '(');
    for (size_t i = 0; i < q->args_len; i++) {
        strbuf_adds(out, i ? ", " : "");
        promql_print(q->args[i], out);
    }
    strbuf_addc(out, ')');
}

void promql_print(const struct promql *q, struct strbuf *out)
{
    switch (q->type) {
    case PROMQL_NUMBER:
        strbuf_addf(out, "%g", q->number);
        break;
    case PROMQL_STRING:
        strbuf_addf(out, "\"%s\"", q->matchers);
        break;
    case PROMQL_SELECTOR:
        strbuf_addf(out, *q->matchers ? "%s{%s}" : "%s", q->name, q->matchers);
        break;
    case PROMQL_NEGATIVE:
        strbuf_addc(out, '-');
        promql_print(q->args[0], out);
        break;
    case PROMQL_BINARY:
        print_binary(q, out);
        break;
    case PROMQL_CALL:
    case PROMQL_AGGREGATION:
        print_called(q, out);
        break;
    }
    if (q->range_ms) {
        strbuf_addc(out, '[');
        duration_print(out, q->range_ms);
        strbuf_addc(out, ']');
    }
    if (q->shift_ms) {
        strbuf_adds(out, " offset ");
        duration_print(out, q->shift_ms);
    }
}
