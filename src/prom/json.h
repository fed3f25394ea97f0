/*
 * A push tokenizer for JSON (RFC 8259): bytes come in pieces of any size, events go out, nothing is kept but the token that a piece's end cut.
 *
 * Strict: no trailing comma, no leading zero, no control character in a string, UTF-8 and \u surrogate pairs are checked, one value a document.
 * Bounded: 32 levels, and a token of at most 1 MiB.
 */
#ifndef PROM_JSON_H
#define PROM_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define JSON_DEPTH_MAX 32
#define JSON_TOKEN_MAX (1024 * 1024)

enum json_event {
    ON_OBJECT,
    ON_OBJECT_END,
    ON_ARRAY,
    ON_ARRAY_END,
    ON_KEY,
    ON_STRING,
    ON_NUMBER, /* text as written; valid, but of any size */
    ON_TRUE,
    ON_FALSE,
    ON_NULL,
};

struct json_handler {
    /* text[0..len) of keys, strings (unescaped; may hold NUL bytes) and numbers; borrowed, not NUL-terminated. False stops the parse (ERR_CANCELLED). */
    bool (*event)(void *context, enum json_event event, const char *text, size_t len);
    /*
     * May be NULL. Offered the bytes where an element of an array begins; eats none or more whole elements, each together with the comma behind it,
     * and returns how many bytes that was. What it eats must be valid JSON: this is how a hot loop skips the events. It may also eat the beginning of
     * an element, or its end: json_descend(), json_ascend().
     */
    size_t (*bulk)(void *context, const char *text, size_t len);
    void *context;
};

struct json {
    struct json_handler handler;
    int state;            /* enum json_state in json.c: what may come next */
    int token;            /* enum json_token: the token that is being collected */
    bool escaped, is_key; /* in a string: the last byte was a backslash; the string is a key */
    uint32_t arrays;      /* one bit a level: 1 = array */
    int depth;
    int64_t offset;       /* bytes before the current piece */
    char *carry;          /* the cut token's bytes so far */
    size_t carry_len, carry_cap;
    char *decoded;        /* a string with escapes, unescaped */
    size_t decoded_cap;
    struct error failure; /* once set, stays */
};

void json_init(struct json *j, const struct json_handler *handler);
void json_free(struct json *j);
/* ERR_SYNTAX (with the byte's number), ERR_LIMIT, ERR_CANCELLED; the same again on every later call. */
int json_feed(struct json *j, const char *data, size_t len, struct error *err);
/* For `bulk`: it ate the beginning of an object up to that of an array in it, `{…:[`, of which an element is next. At most to the deepest level. */
void json_descend(struct json *j);
/* For `bulk`: it ate the end of such an array and object, and the comma behind, `]},`. */
void json_ascend(struct json *j);
/* The end of the document: ERR_SYNTAX when a whole value was not seen. */
int json_finish(struct json *j, struct error *err);

#endif
