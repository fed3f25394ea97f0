/*
 * Errors: one code, one sentence, and for texts that people wrote the place in it.
 *
 * A function that can fail returns 0 or a negative `enum error_code` and fills the `struct error *` that came last. `struct mistakes` collects
 * all that is wrong with a set of files, so that a user mends them in one go.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attributes.h"

#define ERROR_CODES(X)                                                                                                                             \
    X(ERR_SYNTAX, -1, "syntax error")          /* a text that does not follow its grammar */                                                       \
    X(ERR_INVALID, -2, "invalid value")        /* well-formed, but not allowed here */                                                             \
    X(ERR_IO, -3, "input/output error")        /* file system */                                                                                   \
    X(ERR_NET, -4, "network error")            /* no answer: name, connection, TLS */                                                              \
    X(ERR_TIMEOUT, -5, "timed out")                                                                                                                \
    X(ERR_REFUSED, -6, "refused by the peer")  /* an answer that says no: HTTP 4xx/5xx, status:error */                                            \
    X(ERR_DATA, -7, "unusable data")           /* an answer that is not what was asked for */                                                      \
    X(ERR_LIMIT, -8, "limit exceeded")         /* a cap of ours */                                                                                 \
    X(ERR_NOT_FOUND, -9, "not found")                                                                                                              \
    X(ERR_BUSY, -10, "busy")                                                                                                                       \
    X(ERR_CORRUPT, -11, "corrupt")                                                                                                                 \
    X(ERR_VERSION, -12, "unsupported version")                                                                                                     \
    X(ERR_FULL, -13, "no space left")                                                                                                              \
    X(ERR_PERMISSION, -14, "permission denied")                                                                                                    \
    X(ERR_CANCELLED, -15, "cancelled")

enum error_code {
    ERR_OK = 0,
#define X(name, value, text) name = value,
    ERROR_CODES(X)
#undef X
};

struct error {
    int code;       /* 0 while nothing went wrong */
    char text[512]; /* one sentence, no newline, never a secret */
};

const char *error_code_str(int code);
/* Fills `err` (may be NULL) and returns `code`, so that a caller can `return error_set(…)`. */
int error_set(struct error *err, int code, const char *fmt, ...) PRINTF(3, 4);
/* Puts "context: " before the text that is there. Returns err->code. */
int error_prefix(struct error *err, const char *fmt, ...) PRINTF(2, 3);

/* A place in a text that a person wrote; line and col count from 1, 0 = unknown. `file` is borrowed. */
struct place {
    const char *file;
    int line, col;
};

enum mistake_level { MISTAKE_ERROR, MISTAKE_WARNING, MISTAKE_NOTE, MISTAKE_LEVELS };
extern const char *const mistake_level_names[MISTAKE_LEVELS];

struct mistake {
    struct place place; /* file name is owned by the list */
    enum mistake_level level;
    const char *check; /* static: the id of what was looked for; NULL = the text cannot be used as it stands */
    char *text;
};

struct mistakes {
    struct mistake *items;
    size_t len, cap;
    size_t errors, notes; /* how many of them are MISTAKE_ERROR, MISTAKE_NOTE */
};

#define MISTAKES_INIT {0}

void mistake_add(struct mistakes *m, struct place at, const char *fmt, ...) PRINTF(3, 4);
void mistake_warn(struct mistakes *m, struct place at, const char *fmt, ...) PRINTF(3, 4);
/* What an error says of `file`, whose name its text may begin with. */
void mistake_of_file(struct mistakes *m, const char *file, const struct error *err);
void mistake_found(struct mistakes *m, struct place at, enum mistake_level level, const char *check, const char *text);
void mistakes_sort(struct mistakes *m); /* by file and place */
/* "file:line:col: text", a line. */
void mistake_print(const struct mistake *x, FILE *out);
/* All of them, sorted. */
void mistakes_print(struct mistakes *m, FILE *out);
void mistakes_free(struct mistakes *m);

/*
 * The candidate nearest to `word` (edit distance at most a third of its length), or NULL. `candidates` has `len` pointers.
 */
const char *did_you_mean(const char *word, const char *const *candidates, size_t len);

#endif
