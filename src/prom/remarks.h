/* Warnings and infos of an answer: the first ones, each cut to a length that a person reads, on one line. */
#ifndef PROM_REMARKS_H
#define PROM_REMARKS_H

#include <stddef.h>

struct remarks {
    char **items;
    size_t len, cap;
};

void remark_add(struct remarks *r, const char *text, size_t len);
/* Replaces control characters by blanks. */
void remark_clean(char *text);
void remarks_free(struct remarks *r);

#endif
