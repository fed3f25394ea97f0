#include "prom/remarks.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/strbuf.h"

#define REMARKS_MAX 64
#define REMARK_BYTES 1024

void remark_clean(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = ' ';
}

void remark_add(struct remarks *r, const char *text, size_t len)
{
    if (r->len == REMARKS_MAX)
        return;
    struct strbuf s = STRBUF_INIT(REMARK_BYTES);
    strbuf_add(&s, text, len);
    vec_push(r, strbuf_detach(&s));
    remark_clean(r->items[r->len - 1]);
}

void remarks_free(struct remarks *r)
{
    for (size_t i = 0; i < r->len; i++)
        free(r->items[i]);
    vec_free(r);
}
