/*
 * YAML onto structs by tables: one row says a key's name, type, place in the struct, default and limits, and is all there is to say about it.
 *
 * A default is written as a user would write it and goes through the same reading. What is absent (or null) gets its default; what is wrong is
 * reported with its place and gets it too, so that the rest is still checked. Texts point into the tree. Everywhere, texts are one line: a control
 * character is a mistake, which keeps line ends out of headers, addresses and commands.
 */
#ifndef CONFIG_BIND_H
#define CONFIG_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/tree.h"

enum field_type {
    FIELD_TEXT,     /* const char * */
    FIELD_CHOICE,   /* const char *, one of .choices */
    FIELD_BOOL,     /* bool */
    FIELD_INT,      /* int, within .min … .max */
    FIELD_COUNT,    /* int64_t, within .min … .max */
    FIELD_BYTES,    /* int64_t: "256MiB", "64kB", "1000" */
    FIELD_DURATION, /* int64_t, milliseconds */
    FIELD_TEXTS,    /* const char **, and a size_t at .also */
    FIELD_PAIRS,    /* struct name_values, and struct place * (one a pair) at .also when that is set */
    FIELD_RECORD,   /* a map onto the fields of .record, relative to .offset */
    FIELD_RECORDS,  /* a list of maps: struct *, and a size_t at .also */
    FIELD_NAMED,    /* a map of maps: like FIELD_RECORDS, the key goes to the record's name */
    FIELD_OWN,      /* .read does it */
};

struct bind;
struct show; /* show.h */

/* Looks at a text and reports what is wrong with it. */
typedef void check_fn(const char *key, const char *text, struct place at, struct mistakes *m);

struct field {
    const char *name;
    enum field_type type;
    size_t offset, also;
    bool required;        /* absence is a mistake (unless there is a fallback), an empty list too */
    const char *fallback; /* as a user would write it; NULL = zero */
    const char *help;     /* one line */
    const char *const *choices; /* ends with NULL */
    int64_t min, max;           /* numbers, bytes, durations; both 0 = no limits */
    check_fn *check, *check_key; /* texts, values of pairs; keys of pairs and of named records */
    const struct record *record;
    void (*read)(struct bind *b, const struct node *value, void *object);
    void (*show)(struct show *s, const struct node *value, const void *object); /* FIELD_OWN; NULL = as it was written */
    const char *variable; /* of the environment, when the default hangs on it */
};

struct record {
    const char *what; /* "source" */
    const struct field *fields;
    size_t len, size;
    size_t name_offset;         /* FIELD_NAMED */
    size_t place_offset;        /* struct place; 0 = none */
    const char *unsaid;         /* where what is absent comes from; NULL = "default" */
    void (*finish)(struct bind *b, const struct node *map, void *object); /* what one field alone does not tell; `map` may be NULL */
};

/* A key of the documented format that this version does not do: refused, since what is silently ignored is believed to work. */
struct later_key {
    const char *what, *key;
};

struct bind {
    struct arena *arena;
    struct mistakes *mistakes;
    const struct later_key *later;
    size_t later_len;
};

/* Fills `object` (zeroed) from `map`; NULL or null = all defaults. */
void bind_record(struct bind *b, const struct record *record, const struct node *map, void *object);
/* Reports keys that `names` (len) does not have; knows keys of later versions and secrets that belong into a file. */
void bind_check_keys(const struct bind *b, const char *what, const struct node *map, const char *const *names, size_t len);
/* Reports control characters and emptiness. */
void check_line(const char *key, const char *text, struct place at, struct mistakes *m);

#endif
