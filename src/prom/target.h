/* One scrape target while it is being read, field by field in any order. */
#ifndef PROM_TARGET_H
#define PROM_TARGET_H

#include "base/strbuf.h"
#include "prom/prom.h"

struct target {
    struct strbuf pool, url, last_error;
    bool up, unknown;
    int64_t last_scrape_ms, interval_ms;
};

void target_init(struct target *t);
void target_reset(struct target *t);
/* `key` is the API's name of the field; one of target.c's table. */
void target_field(struct target *t, const char *key, const char *text, size_t len);
/* Borrows from `t` and `labels`. */
struct prom_target target_show(const struct target *t, const struct prom_label *labels, size_t len);
void target_free(struct target *t);

#endif
