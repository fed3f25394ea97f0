/* Texts of alerts: the part of Go's templates that people use there. */
#include <ctype.h>
#include <string.h>

#include "base/number.h"
#include "rule/alert_term.h"

#define DEPTH_MAX 16

struct reading {
    const struct source *source;
    struct arena *arena;
    size_t at, end; /* of the action */
    struct alert_text *text;
    int depth;
};

static void go_beyond(struct reading *r, size_t at, const char *what)
{
    if (r->text->beyond)
        return;
    r->text->beyond = what;
    r->text->place = source_place(r->source, at);
}

static void skip_blanks(struct reading *r)
{
    while (r->at < r->end && isspace((unsigned char)r->source->text[r->at]))
        r->at++;
}

static bool takes(struct reading *r, char c)
{
    skip_blanks(r);
    if (r->at >= r->end || r->source->text[r->at] != c)
        return false;
    r->at++;
    return true;
}

static const char *word(struct reading *r)
{
    size_t start = r->at;
    while (r->at < r->end && (isalnum((unsigned char)r->source->text[r->at]) || strchr("_.$", r->source->text[r->at])))
        r->at++;
    return arena_strndup(r->arena, r->source->text + start, r->at - start);
}

static const struct term *text_term(struct reading *r, char quote)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(ALERT_TEXT_MAX);
    struct term *t = arena_alloc(r->arena, sizeof(*t));
    size_t start = r->at - 1;
    while (r->at < r->end && r->source->text[r->at] != quote) {
        char c = r->source->text[r->at++];
        if (c == '\\' && quote == '"' && r->at < r->end) {
            c = r->source->text[r->at++];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        strbuf_addc(&out, c);
    }
    if (r->at++ >= r->end)
        go_beyond(r, start, "a text without its end");
    t->type = TERM_TEXT;
    t->text = arena_strdup(r->arena, out.buf);
    return t;
}

static const struct term *read_pipeline(struct reading *r);

static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* $value, $labels.name, .Labels.name; what only the server knows is empty here. */
static const struct term *variable(struct reading *r, const char *name, size_t at)
{
    static const char *const label_words[] = {"$labels.", ".Labels.", "$.Labels."}, *const value_words[] = {"$value", ".Value", "$.Value"};
    struct term *t = arena_alloc(r->arena, sizeof(*t));
    for (size_t i = 0; i < ARRAY_LEN(label_words); i++) {
        t->text = after(name, label_words[i]);
        t->type = TERM_LABEL;
        r->text->has_labels |= t->text != NULL;
        if (t->text && *t->text)
            return t;
    }
    t->type = TERM_LABELS;
    if (strcmp(name, "$labels") == 0 || strcmp(name, ".Labels") == 0) {
        r->text->has_labels = true;
        return t;
    }
    for (size_t i = 0; i < ARRAY_LEN(value_words); i++) {
        if (strcmp(name, value_words[i]) != 0)
            continue;
        r->text->has_value = true;
        t->type = TERM_VALUE;
        return t;
    }
    go_beyond(r, at, *name ? name : "something else than a name, a number or a text");
    return NULL;
}

static const struct term *operand(struct reading *r)
{
    skip_blanks(r);
    size_t start = r->at;
    char c = r->at < r->end ? r->source->text[r->at] : '\0';
    if (takes(r, '(')) {
        const struct term *inner = read_pipeline(r);
        if (!takes(r, ')'))
            go_beyond(r, start, "a bracket without its end");
        return inner;
    }
    if (c == '"' || c == '`') {
        r->at++;
        return text_term(r, c);
    }
    if (isdigit((unsigned char)c) || c == '-') {
        struct term *t = arena_alloc(r->arena, sizeof(*t));
        size_t len = 1;
        while (start + len < r->end && (isalnum((unsigned char)r->source->text[start + len]) || r->source->text[start + len] == '.'))
            len++;
        t->type = TERM_NUMBER;
        r->at = start + len;
        if (!number_parse(r->source->text + start, len, &t->number))
            go_beyond(r, start, "a number that is none");
        return t;
    }
    const char *name = word(r);
    return variable(r, name, start);
}

static bool at_end(struct reading *r)
{
    skip_blanks(r);
    return r->at >= r->end || strchr("|)", r->source->text[r->at]);
}

/* `index $labels "a-b"` is a label like any other. */
static const struct term *index_term(struct reading *r, size_t start)
{
    skip_blanks(r);
    const char *of = word(r);
    skip_blanks(r);
    char quote = r->at < r->end ? r->source->text[r->at] : '\0';
    if ((strcmp(of, "$labels") != 0 && strcmp(of, ".Labels") != 0) || (quote != '"' && quote != '`')) {
        go_beyond(r, start, "index");
        return NULL;
    }
    r->at++;
    const struct term *name = text_term(r, quote);
    struct term *t = arena_alloc(r->arena, sizeof(*t));
    t->type = TERM_LABEL;
    t->text = name->text;
    r->text->has_labels = true;
    return t;
}

/* A function with its arguments, or one operand. `piped` comes last. */
static const struct term *read_command(struct reading *r, const struct term *piped)
{
    skip_blanks(r);
    size_t start = r->at;
    struct term *t = arena_alloc(r->arena, sizeof(*t));
    if (r->at >= r->end || !isalpha((unsigned char)r->source->text[r->at])) {
        const struct term *one = operand(r);
        if (piped || !at_end(r))
            go_beyond(r, start, "a value where a function should be");
        return one;
    }
    const char *name = word(r);
    if (strcmp(name, "index") == 0 && !piped)
        return index_term(r, start);
    t->type = TERM_CALL;
    t->function = alert_function_find(name);
    if (!t->function) {
        go_beyond(r, start, name);
        return NULL;
    }
    while (!r->text->beyond && !at_end(r) && t->args_len < TERM_ARGS_MAX - 1)
        t->args[t->args_len++] = operand(r);
    if (piped)
        t->args[t->args_len++] = piped;
    if (!at_end(r) || t->args_len == 0 || (!t->function->formats && t->args_len > 1))
        go_beyond(r, start, arena_printf(r->arena, "%s with %zu values", name, t->args_len));
    return t;
}

static const struct term *read_pipeline(struct reading *r)
{
    const struct term *t = NULL;
    if (++r->depth > DEPTH_MAX)
        go_beyond(r, r->at, "brackets in brackets");
    do
        t = r->text->beyond ? NULL : read_command(r, t);
    while (t && takes(r, '|'));
    r->depth--;
    return t;
}

static void read_action(struct reading *r, struct alert_part *ret)
{
    const struct term *t = NULL;
    skip_blanks(r);
    if (r->end - r->at >= 2 && strncmp(r->source->text + r->at, "/*", 2) == 0) {
        ret->literal = "";
        return;
    }
    t = read_pipeline(r);
    skip_blanks(r);
    if (t && r->at < r->end)
        go_beyond(r, r->at, "more than one value");
    ret->term = t;
}

/* The end of an action that begins at `at`; braces in its texts do not count. */
static size_t action_end(const struct source *s, size_t at)
{
    char quote = '\0';
    for (; at + 1 < s->len; at++) {
        char c = s->text[at];
        if (quote && c == '\\' && quote == '"')
            at++;
        else if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '`')
            quote = c;
        else if (c == '}' && s->text[at + 1] == '}')
            return at;
    }
    return 0;
}

static const char *next_action(const struct source *s, size_t at)
{
    for (; at + 1 < s->len; at++)
        if (s->text[at] == '{' && s->text[at + 1] == '{')
            return s->text + at;
    return NULL;
}

/* "{{- " and " -}}" take the white space beside them. */
static bool trims(const struct source *s, size_t minus, size_t blank)
{
    return s->text[minus] == '-' && isspace((unsigned char)s->text[blank]);
}

static const char *literal(struct arena *a, const struct source *s, size_t from, size_t to, bool trim_left, bool trim_right)
{
    while (trim_left && from < to && isspace((unsigned char)s->text[from]))
        from++;
    while (trim_right && to > from && isspace((unsigned char)s->text[to - 1]))
        to--;
    return arena_strndup(a, s->text + from, to - from);
}

void alert_text_read(const struct source *s, struct arena *a, struct mistakes *m, struct alert_text *ret)
{
    VEC(struct alert_part) parts = {0};
    size_t at = 0;
    bool trim = false;
    *ret = (struct alert_text){.written = arena_strndup(a, s->text, s->len), .place = source_place(s, 0)};
    for (const char *open; (open = next_action(s, at)) != NULL;) {
        struct reading r = {.source = s, .arena = a, .text = ret, .at = (size_t)(open - s->text) + 2};
        struct alert_part part = {0};
        r.end = action_end(s, r.at);
        if (!r.end) {
            mistake_add(m, source_place(s, r.at - 2), "\"{{\" is not closed with \"}}\"");
            break;
        }
        size_t close = r.end;
        bool left = close > r.at + 1 && trims(s, r.at, r.at + 1), right = close > r.at + 1 && trims(s, close - 1, close - 2);
        vec_push(&parts, ((struct alert_part){.literal = literal(a, s, at, r.at - 2, trim, left)}));
        r.at += left;
        r.end -= right;
        read_action(&r, &part);
        vec_push(&parts, part);
        trim = right;
        at = close + 2;
    }
    vec_push(&parts, ((struct alert_part){.literal = literal(a, s, at, s->len, trim, false)}));
    struct alert_part *kept = arena_array(a, parts.len, sizeof(*kept));
    memcpy(kept, parts.items, parts.len * sizeof(*kept));
    ret->parts = kept;
    ret->len = parts.len;
    vec_free(&parts);
}
