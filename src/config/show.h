/*
 * A configuration as it is in force: every value with where it came from, as YAML that is a configuration again. It follows the tables that read it (bind.h).
 * Secrets are files and only named; what stands behind the "?" of a URL is not shown.
 */
#ifndef CONFIG_SHOW_H
#define CONFIG_SHOW_H

#include "base/strbuf.h"
#include "config/bind.h"

struct show {
    struct strbuf *out;
    size_t indent;
    bool dash;           /* the next line begins an entry of a list */
    const char *unsaid;  /* where what the file does not say comes from */
};

/* A line "key: value  # where". `value` NULL: a heading, whose content follows further in (show_deeper). `where` NULL: nothing to say. */
void show_line(struct show *s, const char *key, const char *value, const char *where);
/* "file:line" of a place, in `buf`. */
const char *show_place(const struct place *at, char buf[static 300]);
void show_record(struct show *s, const struct record *record, const struct node *map, const void *object);
/* The same under a heading. */
void show_block(struct show *s, const char *key, const struct record *record, const struct node *map, const void *object);
#define SHOW_STEP 2

#endif
