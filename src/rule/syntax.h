/*
 * The syntax of conditions: text to tree, knowing nothing of signals or kinds. Every node remembers where it stood, so that any later mistake has a
 * place in the file that a person wrote.
 *
 *   else < or < and < not < comparison < + - < * / < unary - < window [ ]
 */
#ifndef RULE_SYNTAX_H
#define RULE_SYNTAX_H

#include "base/arena.h"
#include "base/error.h"
#include "config/tree.h"
#include "rule/rule.h"

/* A text inside a YAML file. `shift` = bytes of the scalar before `text` (an expression inside a sentence). */
struct source {
    const char *text;
    size_t len;
    struct place place; /* of the scalar */
    const char *scalar; /* the whole scalar's text, to count lines in */
    size_t shift;
    bool quoted;
    size_t block_indent;
};

struct source source_of_node(const struct node *node);
struct source source_of_text(const char *text, const char *name);
/* A part of a source. */
struct source source_part(const struct source *s, size_t start, size_t len);
struct place source_place(const struct source *s, size_t offset);

enum token_type {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_NAME,
    TOKEN_PARAM,
    TOKEN_ELSE,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_NOT,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_WINDOW,
    TOKEN_CLOSE_WINDOW,
    TOKEN_COMMA,
    TOKEN_ASSIGN,
    TOKEN_WRONG, /* reported already */
    TOKEN_TYPES
};

struct token {
    enum token_type type;
    size_t start, len;
    double number;
    struct unit unit;
};

/* The token at or after `offset`; what is no token is reported. */
struct token lex_token(const struct source *s, size_t offset, struct intern *names, struct mistakes *m);
/* The id of a symptom at or after `offset`: letters, digits, '-' and '_'. Length 0 when there is none. */
struct token lex_id(const struct source *s, size_t offset);
/* What a token is called in a message. */
const char *token_words(enum token_type type);

enum syntax_type { SYNTAX_NUMBER, SYNTAX_TRUTH, SYNTAX_NAME, SYNTAX_PARAM, SYNTAX_CALL, SYNTAX_WINDOW, SYNTAX_OPERATION };

#define SYNTAX_ARGS_MAX 8

struct syntax {
    enum syntax_type type;
    enum expr_op op;   /* SYNTAX_OPERATION */
    size_t start, end; /* bytes of the source */
    const char *name;  /* interned: name, param, called function */
    const char *id;    /* firing(id) */
    size_t name_start;
    double number;
    struct unit unit;
    struct syntax *args[SYNTAX_ARGS_MAX];   /* SYNTAX_WINDOW: what, length */
    const char *arg_names[SYNTAX_ARGS_MAX]; /* SYNTAX_CALL: keyword or NULL */
    size_t args_len;
    int depth;
};

/* NULL with a mistake. */
struct syntax *syntax_parse(const struct source *s, struct arena *a, struct intern *names, struct mistakes *m);
/* The text of a node, white space made single, in the arena. */
const char *syntax_text(const struct source *s, const struct syntax *x, struct arena *a);

#endif
