/* Feeds texts to the reader of PromQL, and prints what it made of them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "prom/promql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena a = ARENA_INIT("fuzz");
    char *text = xstrndup((const char *)data, size);
    struct promql *q = promql_parse(text, &a);
    if (q) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(1 << 16);
        promql_print(q, &out);
    }
    free(text);
    return 0;
}
