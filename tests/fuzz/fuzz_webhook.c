/* Feeds bodies to the reader of Alertmanager's webhook, and reads what it kept of them. */
#include <stdint.h>
#include <string.h>

#include "model/webhook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena a = ARENA_INIT("fuzz");
    struct webhook w;
    size_t bytes = 0;
    if (webhook_read((const char *)data, size, &a, &w, NULL) != 0)
        return 0;
    for (size_t i = 0; i < w.len; i++)
        for (size_t k = 0; k < w.alerts[i].labels.len; k++)
            bytes += strlen(w.alerts[i].labels.items[k].name) + strlen(w.alerts[i].labels.items[k].value);
    return bytes > size ? -1 : 0;
}
