/* Tokens to a tree, by precedence climbing. The first mistake ends the expression: what would follow is guesswork. */
#include <string.h>

#include "rule/syntax.h"

#define DEPTH_MAX 64   /* of nesting; the checker recurses as deep */
#define NODES_MAX 2000 /* of one expression */

struct parser {
    const struct source *source;
    struct arena *arena;
    struct intern *names;
    struct mistakes *mistakes;
    struct token token; /* the next one */
    size_t last_end;    /* end of the one before */
    int depth, nodes;
    bool failed;
};

enum { POWER_ELSE = 1, POWER_OR, POWER_AND, POWER_NOT, POWER_COMPARE, POWER_SUM, POWER_PRODUCT, POWER_NEGATION };

static const struct {
    int power; /* 0 = no infix operator */
    enum expr_op op;
} infix[TOKEN_TYPES] = {
    [TOKEN_ELSE] = {POWER_ELSE, EXPR_ELSE},    [TOKEN_OR] = {POWER_OR, EXPR_OR},      [TOKEN_AND] = {POWER_AND, EXPR_AND},
    [TOKEN_LT] = {POWER_COMPARE, EXPR_LT},     [TOKEN_LE] = {POWER_COMPARE, EXPR_LE}, [TOKEN_GT] = {POWER_COMPARE, EXPR_GT},
    [TOKEN_GE] = {POWER_COMPARE, EXPR_GE},     [TOKEN_EQ] = {POWER_COMPARE, EXPR_EQ}, [TOKEN_NE] = {POWER_COMPARE, EXPR_NE},
    [TOKEN_PLUS] = {POWER_SUM, EXPR_ADD},      [TOKEN_MINUS] = {POWER_SUM, EXPR_SUB}, [TOKEN_STAR] = {POWER_PRODUCT, EXPR_MUL},
    [TOKEN_SLASH] = {POWER_PRODUCT, EXPR_DIV},
};

static struct syntax *parse_expression(struct parser *p, int power);

static void advance(struct parser *p)
{
    p->last_end = p->token.start + p->token.len;
    p->token = lex_token(p->source, p->last_end, p->names, p->mistakes);
    if (p->token.type == TOKEN_WRONG)
        p->failed = true;
}

static void *fail(struct parser *p, size_t offset, const char *what)
{
    if (!p->failed)
        mistake_add(p->mistakes, source_place(p->source, offset), "%s", what);
    p->failed = true;
    return NULL;
}

static void *fail_expected(struct parser *p, const char *expected)
{
    if (p->failed)
        return NULL;
    const struct token *t = &p->token;
    if (t->type == TOKEN_END)
        mistake_add(p->mistakes, source_place(p->source, t->start), "the expression ends here, expected %s", expected);
    else
        mistake_add(p->mistakes, source_place(p->source, t->start), "unexpected \"%.*s\", expected %s", (int)t->len, p->source->text + t->start,
                    expected);
    p->failed = true;
    return NULL;
}

static bool expect(struct parser *p, enum token_type type)
{
    char expected[16];
    if (p->failed)
        return false;
    if (p->token.type == type) {
        advance(p);
        return true;
    }
    snprintf(expected, sizeof expected, "\"%s\"", token_words(type));
    fail_expected(p, expected);
    return false;
}

static struct syntax *new_node(struct parser *p, enum syntax_type type, size_t start)
{
    struct syntax *x = arena_alloc(p->arena, sizeof *x);
    x->type = type;
    x->start = start;
    x->end = p->last_end;
    x->depth = 1;
    if (++p->nodes > NODES_MAX)
        return fail(p, start, "the expression is too long");
    return x;
}

static bool add_arg(struct parser *p, struct syntax *x, struct syntax *arg, const char *name)
{
    if (!arg)
        return false;
    if (x->args_len == SYNTAX_ARGS_MAX)
        return fail(p, arg->start, "too many arguments");
    x->arg_names[x->args_len] = name;
    x->args[x->args_len++] = arg;
    if (arg->depth >= x->depth)
        x->depth = arg->depth + 1;
    if (x->depth > DEPTH_MAX)
        return fail(p, x->start, "the expression is nested too deeply");
    x->end = p->last_end;
    return true;
}

static const char *take_name(struct parser *p)
{
    const char *name = intern_strn(p->names, p->source->text + p->token.start, p->token.len);
    advance(p);
    return name;
}

/* A keyword argument looks like a name until "=" follows. */
static const char *take_keyword(struct parser *p)
{
    if (p->token.type != TOKEN_NAME)
        return NULL;
    struct mistakes ignored = MISTAKES_INIT; /* whatever follows is reported when its turn comes */
    struct token next = lex_token(p->source, p->token.start + p->token.len, p->names, &ignored);
    mistakes_free(&ignored);
    if (next.type != TOKEN_ASSIGN)
        return NULL;
    const char *name = take_name(p);
    advance(p);
    return name;
}

static struct syntax *parse_firing(struct parser *p, struct syntax *call)
{
    struct token id = lex_id(p->source, p->token.start + p->token.len);
    if (id.len == 0)
        return fail(p, id.start, "firing() takes the id of a symptom");
    call->id = intern_strn(p->names, p->source->text + id.start, id.len);
    p->token = id;
    advance(p);
    if (!expect(p, TOKEN_CLOSE))
        return NULL;
    call->end = p->last_end;
    return call;
}

static struct syntax *parse_call(struct parser *p, const char *name, size_t start)
{
    struct syntax *call = new_node(p, SYNTAX_CALL, start);
    if (!call)
        return NULL;
    call->name = name;
    call->name_start = start;
    if (strcmp(name, "firing") == 0)
        return parse_firing(p, call);
    advance(p);
    while (p->token.type != TOKEN_CLOSE) {
        const char *keyword = take_keyword(p);
        if (!add_arg(p, call, parse_expression(p, POWER_ELSE), keyword))
            return NULL;
        if (p->token.type != TOKEN_CLOSE && !expect(p, TOKEN_COMMA))
            return NULL;
    }
    advance(p);
    if (p->failed)
        return NULL;
    call->end = p->last_end;
    return call;
}

static struct syntax *parse_name(struct parser *p)
{
    size_t start = p->token.start;
    const char *name = take_name(p);
    if (p->failed)
        return NULL;
    if (p->token.type == TOKEN_OPEN)
        return parse_call(p, name, start);
    struct syntax *x = new_node(p, SYNTAX_NAME, start);
    if (!x)
        return NULL;
    x->name = name;
    x->name_start = start;
    return x;
}

static struct syntax *parse_leaf(struct parser *p, enum syntax_type type)
{
    struct token t = p->token;
    advance(p);
    struct syntax *x = p->failed ? NULL : new_node(p, type, t.start);
    if (!x)
        return NULL;
    x->number = type == SYNTAX_TRUTH ? t.type == TOKEN_TRUE : t.number;
    x->unit = t.unit;
    if (type == SYNTAX_PARAM)
        x->name = intern_strn(p->names, p->source->text + t.start + 1, t.len - 1);
    return x;
}

static struct syntax *parse_prefix(struct parser *p, enum expr_op op, int power)
{
    size_t start = p->token.start;
    advance(p);
    struct syntax *arg = parse_expression(p, power);
    struct syntax *x = arg ? new_node(p, SYNTAX_OPERATION, start) : NULL;
    if (!x || !add_arg(p, x, arg, NULL))
        return NULL;
    x->op = op;
    return x;
}

static struct syntax *parse_group(struct parser *p)
{
    size_t start = p->token.start;
    advance(p);
    struct syntax *x = parse_expression(p, POWER_ELSE);
    if (!x || !expect(p, TOKEN_CLOSE))
        return NULL;
    x->start = start; /* with its parentheses, so that a text taken from it stays true */
    x->end = p->last_end;
    return x;
}

static struct syntax *parse_primary(struct parser *p)
{
    switch (p->token.type) {
    case TOKEN_NUMBER:
        return parse_leaf(p, SYNTAX_NUMBER);
    case TOKEN_PARAM:
        return parse_leaf(p, SYNTAX_PARAM);
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        return parse_leaf(p, SYNTAX_TRUTH);
    case TOKEN_NAME:
        return parse_name(p);
    case TOKEN_OPEN:
        return parse_group(p);
    case TOKEN_MINUS:
        return parse_prefix(p, EXPR_NEG, POWER_NEGATION);
    case TOKEN_NOT:
        return parse_prefix(p, EXPR_NOT, POWER_NOT);
    default:
        return fail_expected(p, "a signal, a number or a function");
    }
}

static struct syntax *parse_postfix(struct parser *p, struct syntax *x)
{
    while (x && p->token.type == TOKEN_OPEN_WINDOW) {
        advance(p);
        struct syntax *length = parse_expression(p, POWER_ELSE);
        if (!length || !expect(p, TOKEN_CLOSE_WINDOW))
            return NULL;
        struct syntax *window = new_node(p, SYNTAX_WINDOW, x->start);
        if (!window || !add_arg(p, window, x, NULL) || !add_arg(p, window, length, NULL))
            return NULL;
        x = window;
    }
    return x;
}

static struct syntax *parse_infix(struct parser *p, struct syntax *left, int power)
{
    while (left && infix[p->token.type].power >= power) {
        struct token op = p->token;
        int binds = infix[op.type].power;
        advance(p);
        struct syntax *right = parse_expression(p, binds + 1);
        if (!right)
            return NULL;
        if (binds == POWER_COMPARE && infix[p->token.type].power == POWER_COMPARE)
            return fail(p, p->token.start, "comparisons do not chain: write \"a < b and b < c\"");
        struct syntax *x = new_node(p, SYNTAX_OPERATION, left->start);
        if (!x || !add_arg(p, x, left, NULL) || !add_arg(p, x, right, NULL))
            return NULL;
        x->op = infix[op.type].op;
        x->name_start = op.start;
        left = x;
    }
    return left;
}

static struct syntax *parse_expression(struct parser *p, int power)
{
    if (p->failed)
        return NULL;
    if (++p->depth > DEPTH_MAX)
        return fail(p, p->token.start, "the expression is nested too deeply");
    struct syntax *x = parse_infix(p, parse_postfix(p, parse_primary(p)), power);
    p->depth--;
    return p->failed ? NULL : x;
}

struct syntax *syntax_parse(const struct source *s, struct arena *a, struct intern *names, struct mistakes *m)
{
    struct parser p = {.source = s, .arena = a, .names = names, .mistakes = m};
    advance(&p);
    struct syntax *x = parse_expression(&p, POWER_ELSE);
    if (x && p.token.type != TOKEN_END)
        return fail_expected(&p, "an operator or the end");
    return p.failed ? NULL : x;
}

const char *syntax_text(const struct source *s, const struct syntax *x, struct arena *a)
{
    char *text = arena_strndup(a, s->text + x->start, x->end - x->start);
    size_t len = 0;
    for (const char *from = text; *from; from++) {
        bool space = *from == ' ' || *from == '\n' || *from == '\t' || *from == '\r';
        if (space && len && text[len - 1] == ' ')
            continue;
        text[len++] = space ? ' ' : *from;
    }
    while (len && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
    return text;
}
