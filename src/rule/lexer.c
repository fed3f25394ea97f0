/* Text to tokens. */
#include <ctype.h>
#include <string.h>

#include "rule/syntax.h"

struct source source_of_node(const struct node *node)
{
    return (struct source){node->text, strlen(node->text), node->place, node->text, 0, node->quoted && !node->block_indent, node->block_indent};
}

struct source source_of_text(const char *text, const char *name)
{
    return (struct source){text, strlen(text), {name, 1, 1}, text, 0, false, 0};
}

struct source source_part(const struct source *s, size_t start, size_t len)
{
    struct source part = *s;
    part.text += start;
    part.len = len;
    part.shift += start;
    return part;
}

struct place source_place(const struct source *s, size_t offset)
{
    size_t at = s->shift + offset;
    struct place place = s->place;
    if (!s->block_indent) {
        place.col += (int)at + s->quoted;
        return place;
    }
    size_t line_start = 0;
    place.line++;
    for (size_t i = 0; i < at && s->scalar[i]; i++) {
        if (s->scalar[i] != '\n')
            continue;
        place.line++;
        line_start = i + 1;
    }
    place.col = (int)(s->block_indent + at - line_start);
    return place;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char at(const struct source *s, size_t offset)
{
    return offset < s->len ? s->text[offset] : '\0';
}

static size_t skip_space(const struct source *s, size_t offset)
{
    while (is_space(at(s, offset)))
        offset++;
    return offset;
}

static size_t name_end(const struct source *s, size_t offset)
{
    while (is_letter(at(s, offset)) || is_digit(at(s, offset)))
        offset++;
    return offset;
}

/* "/s" right behind a number belongs to it when a time unit stands there alone: 5/s, but 5/sum(x). */
static size_t rate_end(const struct source *s, size_t offset)
{
    static const char *const units[] = {"s", "ms", "m", "min", "h", "d"};
    if (at(s, offset) != '/')
        return offset;
    size_t end = name_end(s, offset + 1);
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strlen(units[i]) == end - offset - 1 && strncmp(units[i], s->text + offset + 1, end - offset - 1) == 0)
            return at(s, end) == '(' ? offset : end;
    return offset;
}

static struct token lex_number(const struct source *s, size_t start, struct intern *names, struct mistakes *m)
{
    size_t end = start;
    while (is_digit(at(s, end)) || at(s, end) == '.' || is_letter(at(s, end)) ||
           ((at(s, end) == '-' || at(s, end) == '+') && (at(s, end - 1) == 'e' || at(s, end - 1) == 'E') && is_digit(at(s, end + 1))))
        end++;
    if (at(s, end) == '%')
        end++;
    end = rate_end(s, end);
    struct token t = {.type = TOKEN_NUMBER, .start = start, .len = end - start};
    if (!unit_parse_literal(s->text + start, t.len, names, &t.number, &t.unit)) {
        mistake_add(m, source_place(s, start), "\"%.*s\" is no number with a unit; write e.g. 30s, 80%%, 10MiB, 5/s", (int)t.len, s->text + start);
        t.type = TOKEN_WRONG;
    }
    return t;
}

static const struct {
    const char *word;
    enum token_type type;
} words[] =
    {
        {"else", TOKEN_ELSE}, {"or", TOKEN_OR}, {"and", TOKEN_AND}, {"not", TOKEN_NOT}, {"true", TOKEN_TRUE}, {"false", TOKEN_FALSE},
},
  signs[] = {
      /* longer ones first */
      {"<=", TOKEN_LE},         {">=", TOKEN_GE},          {"==", TOKEN_EQ},   {"!=", TOKEN_NE},    {"<", TOKEN_LT},   {">", TOKEN_GT},
      {"+", TOKEN_PLUS},        {"-", TOKEN_MINUS},        {"*", TOKEN_STAR},  {"/", TOKEN_SLASH},  {"(", TOKEN_OPEN}, {")", TOKEN_CLOSE},
      {"[", TOKEN_OPEN_WINDOW}, {"]", TOKEN_CLOSE_WINDOW}, {",", TOKEN_COMMA}, {"=", TOKEN_ASSIGN},
};

/* What people write who know another language. */
static const struct {
    const char *wrong, *advice;
} habits[] = {
    {"&&", "write \"and\""},
    {"||", "write \"or\""},
    {"!", "write \"not\""},
    {"\"", "texts cannot be compared here"},
    {"'", "texts cannot be compared here"},
    {"{", "signals have no label matchers here; their queries do"},
    {"%", "a percentage has its number right before the sign: 80%"},
};

const char *token_words(enum token_type type)
{
    static const char *const names[TOKEN_TYPES] = {
        [TOKEN_END] = "the end", [TOKEN_NUMBER] = "a number", [TOKEN_NAME] = "a name", [TOKEN_PARAM] = "a parameter"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (words[i].type == type)
            return words[i].word;
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (signs[i].type == type)
            return signs[i].word;
    return names[type] ? names[type] : "something else";
}

static struct token lex_name(const struct source *s, size_t start)
{
    struct token t = {.type = TOKEN_NAME, .start = start, .len = name_end(s, start) - start};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i].word) == t.len && strncmp(words[i].word, s->text + start, t.len) == 0)
            t.type = words[i].type;
    return t;
}

static bool starts_with(const struct source *s, size_t offset, const char *sign)
{
    size_t len = strlen(sign);
    return offset + len <= s->len && memcmp(s->text + offset, sign, len) == 0;
}

static struct token lex_wrong(const struct source *s, size_t start, struct mistakes *m)
{
    unsigned char c = (unsigned char)s->text[start];
    struct token t = {.type = TOKEN_WRONG, .start = start, .len = 1};
    for (size_t i = 0; i < ARRAY_LEN(habits); i++) {
        if (!starts_with(s, start, habits[i].wrong))
            continue;
        mistake_add(m, source_place(s, start), "unexpected \"%s\": %s", habits[i].wrong, habits[i].advice);
        return t;
    }
    if (isprint(c))
        mistake_add(m, source_place(s, start), "unexpected character '%c'", c);
    else
        mistake_add(m, source_place(s, start), "unexpected byte 0x%02x", c);
    return t;
}

struct token lex_token(const struct source *s, size_t offset, struct intern *names, struct mistakes *m)
{
    size_t start = skip_space(s, offset);
    if (start >= s->len)
        return (struct token){.type = TOKEN_END, .start = s->len};
    char c = s->text[start];
    if (is_digit(c) || (c == '.' && is_digit(at(s, start + 1))))
        return lex_number(s, start, names, m);
    if (is_letter(c))
        return lex_name(s, start);
    if (c == '$' && is_letter(at(s, start + 1)))
        return (struct token){.type = TOKEN_PARAM, .start = start, .len = name_end(s, start + 1) - start};
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (starts_with(s, start, signs[i].word))
            return (struct token){.type = signs[i].type, .start = start, .len = strlen(signs[i].word)};
    return lex_wrong(s, start, m);
}

struct token lex_id(const struct source *s, size_t offset)
{
    size_t start = skip_space(s, offset), end = start;
    while (is_letter(at(s, end)) || is_digit(at(s, end)) || (end > start && at(s, end) == '-'))
        end++;
    return (struct token){.type = TOKEN_NAME, .start = start, .len = end - start};
}
