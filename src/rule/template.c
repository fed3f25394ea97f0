/*
 * Texts with placeholders: {label}, {expression}, {expression:format}, {expression:words first|second|…}; {{ and }} are braces. [one|many] takes the form that goes
 * with the number before it.
 */
#include <string.h>

#include "rule/build.h"

#define PARTS_MAX 64
#define WORDS_MAX 16

static const struct {
    const char *name;
    enum value_format format;
} formats[] = {
    {"number", FORMAT_NUMBER}, {"duration", FORMAT_DURATION}, {"percent", FORMAT_PERCENT},
    {"rate", FORMAT_RATE},     {"bytes", FORMAT_BYTES},       {"text", FORMAT_TEXT},       {"words", FORMAT_WORDS},
};

struct templating {
    const struct expression *ctx;
    const struct source *source;
    enum template_use use;
    struct template_part parts[PARTS_MAX];
    size_t len;
    bool usable;
};

static void report(struct templating *t, size_t offset, const char *fmt, const char *what)
{
    struct check c = {t->ctx->rules, t->ctx->rules->build, t->ctx->mistakes, t->ctx->scope, t->source, t->ctx->scope->kind, NULL, false};
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(600);
    for (const char *at = fmt; *at; at++) /* one "@" stands for `what` */
        *at == '@' ? strbuf_adds(&text, what) : strbuf_addc(&text, *at);
    complain(&c, offset, "%s", text.buf);
    t->usable = false;
}

static bool any_kind_has(const struct ruleset *r, const char *label)
{
    for (size_t i = 0; i < r->kinds_len; i++)
        if (entity_kind_label(r->kinds[i], label) != NO_ROW)
            return true;
    return false;
}

static bool is_common_word(const char *name)
{
    return strcmp(name, "cluster") == 0 || strcmp(name, "bootstrap") == 0;
}

/* True when `name` was dealt with as a label. */
static bool add_label(struct templating *t, const char *name, size_t offset)
{
    const struct ruleset *r = t->ctx->rules;
    bool common = is_common_word(name), own = common || entity_kind_label(t->ctx->scope->kind, name) != NO_ROW;
    if (!own && (ruleset_signal(r, name) || scope_let(t->ctx->scope, name)))
        return false;
    bool known = own || any_kind_has(r, name);
    if (!known && t->use != TEMPLATE_LABELS)
        return false;
    if (!known)
        report(t, offset, "unknown label \"@\": a placeholder stands for a label here", name);
    else if (!own && t->use == TEMPLATE_COMMAND)
        t->usable = false;
    else if (!own && t->use == TEMPLATE_TEXT)
        report(t, offset, "this rule's entity has no label \"@\"", name);
    t->parts[t->len++].label = intern_str(&t->ctx->rules->intern, name);
    return true;
}

static enum value_format default_format(const struct expr *e)
{
    const struct unit *u = &e->unit;
    if (u->len == 0)
        return u->any || e->type == VALUE_TRUTH ? FORMAT_NUMBER : FORMAT_PERCENT;
    bool per_second = false, bytes = false;
    for (int i = 0; i < u->len; i++) {
        per_second = per_second || (strcmp(u->dims[i].name, "s") == 0 && u->dims[i].power == -1);
        bytes = bytes || (strcmp(u->dims[i].name, "bytes") == 0 && u->dims[i].power == 1);
    }
    if (u->len == 1 && strcmp(u->dims[0].name, "s") == 0 && u->dims[0].power == 1)
        return FORMAT_DURATION;
    return bytes ? FORMAT_BYTES : per_second ? FORMAT_RATE : FORMAT_NUMBER;
}

/* "a|b|c" */
static void add_words(struct templating *t, struct template_part *part, const char *text, size_t len)
{
    const char *end = text + len;
    part->words = arena_array(&t->ctx->rules->arena, WORDS_MAX, sizeof *part->words);
    while (part->words_len < WORDS_MAX) {
        const char *bar = memchr(text, '|', (size_t)(end - text)), *stop = bar ? bar : end;
        part->words[part->words_len++] = arena_strndup(&t->ctx->rules->arena, text, (size_t)(stop - text));
        if (!bar)
            return;
        text = bar + 1;
    }
    report(t, (size_t)(text - t->source->text), "too many words@", "");
}

static void add_value(struct templating *t, size_t start, size_t len, int format, size_t words)
{
    struct source part = source_part(t->source, start, len);
    const struct expr *e = expression_compile(t->ctx, &part, -1);
    if (!e) {
        t->usable = false;
        return;
    }
    struct template_part *added = &t->parts[t->len++];
    added->value = e;
    added->format = format < 0 ? default_format(e) : (enum value_format)format;
    if (words)
        add_words(t, added, t->source->text + start + len + 1 + strlen("words "), words);
}

/* Splits "expression:format" and "expression:words a|b"; -1 without a format, -2 for an unknown one. */
static int split_format(const struct templating *t, size_t start, size_t *len, size_t *ret_words)
{
    const char *text = t->source->text + start, *colon = memchr(text, ':', *len);
    if (!colon)
        return -1;
    size_t name_len = *len - (size_t)(colon - text) - 1;
    *len = (size_t)(colon - text);
    if (name_len > strlen("words ") && strncmp(colon + 1, "words ", strlen("words ")) == 0) {
        *ret_words = name_len - strlen("words ");
        return FORMAT_WORDS;
    }
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strlen(formats[i].name) == name_len && strncmp(formats[i].name, colon + 1, name_len) == 0)
            return formats[i].format == FORMAT_WORDS ? -2 : (int)formats[i].format;
    return -2;
}

static bool is_plain_name(const char *text)
{
    return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static void add_placeholder(struct templating *t, size_t start, size_t len)
{
    size_t words = 0;
    int format = split_format(t, start, &len, &words);
    if (format == -2) {
        report(t, start + len + 1, "unknown format; there are number, duration, percent, rate, bytes, text and words first|second|…@", "");
        return;
    }
    const char *name = arena_strndup(&t->ctx->rules->arena, t->source->text + start, len);
    if (len == 0)
        report(t, start, "an empty placeholder@; a brace itself is written {{ or }}", "");
    else if (is_plain_name(name) && add_label(t, name, start))
        return;
    else if (t->use == TEMPLATE_LABELS)
        report(t, start, "only labels can be named here, not \"@\"", name);
    else
        add_value(t, start, len, format, words);
}

static void add_literal(struct templating *t, const struct strbuf *literal)
{
    if (literal->len)
        t->parts[t->len++].literal = arena_strndup(&t->ctx->rules->arena, literal->buf, literal->len);
}

/* The length of "[one|many]" at `at`; 0 when it is something else in brackets. */
static size_t choice_len(const struct source *s, size_t at)
{
    const char *text = s->text + at, *end = memchr(text, ']', s->len - at);
    size_t len = end ? (size_t)(end - text) : 0, bars = 0;
    for (size_t i = 1; i < len; i++) {
        if (strchr("[{}", text[i]))
            return 0;
        bars += text[i] == '|';
    }
    return bars == 1 ? len + 1 : 0;
}

static void add_choice(struct templating *t, size_t at, size_t len)
{
    size_t number = t->len;
    while (number > 0 && !(t->parts[number - 1].value && !t->parts[number - 1].words))
        number--;
    if (number == 0) {
        if (t->usable) /* else the number itself was wrong */
            report(t, at, "no number stands before @, by which a form could be chosen", arena_strndup(&t->ctx->rules->arena, t->source->text + at, len));
        return;
    }
    struct template_part *part = &t->parts[t->len++];
    *part = t->parts[number - 1];
    add_words(t, part, t->source->text + at + 1, len - 2);
}

static void split(struct templating *t)
{
    const struct source *s = t->source;
    AUTO(strbuf) struct strbuf literal = STRBUF_INIT(8192);
    size_t at = 0, choice = 0;
    while (at < s->len && t->len + 2 < PARTS_MAX) {
        char c = s->text[at];
        if ((c == '{' || c == '}') && at + 1 < s->len && s->text[at + 1] == c) {
            strbuf_addc(&literal, c);
            at += 2;
        } else if (c == '[' && t->use == TEMPLATE_TEXT && (choice = choice_len(s, at)) > 0) {
            add_literal(t, &literal);
            strbuf_reset(&literal);
            add_choice(t, at, choice);
            at += choice;
        } else if (c == '{') {
            const char *end = memchr(s->text + at, '}', s->len - at);
            if (!end) {
                report(t, at, "the placeholder is not closed with \"}\"@", "");
                return;
            }
            add_literal(t, &literal);
            strbuf_reset(&literal);
            add_placeholder(t, at + 1, (size_t)(end - s->text) - at - 1);
            at = (size_t)(end - s->text) + 1;
        } else {
            strbuf_addc(&literal, c);
            at++;
        }
    }
    if (at < s->len)
        report(t, at, "too many placeholders in one text@", "");
    add_literal(t, &literal);
}

bool template_compile(const struct expression *ctx, const struct source *s, enum template_use use, struct template *ret)
{
    struct templating t = {.ctx = ctx, .source = s, .use = use, .usable = true};
    split(&t);
    *ret = (struct template){0};
    if (!t.usable)
        return false;
    ret->len = t.len;
    ret->parts = arena_array(&ctx->rules->arena, t.len, sizeof *ret->parts);
    if (t.len)
        memcpy(ret->parts, t.parts, t.len * sizeof *t.parts);
    return true;
}

void texts_compile(const struct expression *ctx, const struct node *node, enum template_use use, struct texts_template *ret)
{
    static const char *const known[] = {"en", "ko", "command"}; /* a by_hand has a command beside its texts */
    static const char *const languages[LANGUAGES] = {[LANG_EN] = "en", [LANG_KO] = "ko"};
    *ret = (struct texts_template){0};
    if (!node)
        return;
    if (node->type == NODE_SCALAR) {
        struct source s = source_of_node(node);
        ret->given = template_compile(ctx, &s, use, &ret->in[LANG_EN]);
        return;
    }
    tree_check_keys(node, "text", known, ARRAY_LEN(known), ctx->mistakes);
    for (int i = 0; i < LANGUAGES && node->type == NODE_MAP; i++) {
        const struct node *text = tree_get(node, languages[i]);
        if (text && text->type != NODE_SCALAR)
            mistake_add(ctx->mistakes, text->place, "\"%s\" is a text", languages[i]);
        if (!text || text->type != NODE_SCALAR)
            continue;
        struct source s = source_of_node(text);
        ret->given = template_compile(ctx, &s, use, &ret->in[i]) || ret->given;
    }
    if (node->type == NODE_MAP && !tree_get(node, "en"))
        mistake_add(ctx->mistakes, node->place, "a text needs \"en\"");
}

void texts_check_labels(const struct texts_template *t, const struct entity_kind *kind, const char *what, struct place at, struct mistakes *m)
{
    for (int lang = 0; lang < LANGUAGES; lang++)
        for (size_t i = 0; i < t->in[lang].len; i++) {
            const char *label = t->in[lang].parts[i].label;
            if (!label || is_common_word(label) || entity_kind_label(kind, label) != NO_ROW)
                continue;
            mistake_add(m, at, "%s names {%s}, but \"%s\" has no such label", what, label, kind->name);
            return;
        }
}
