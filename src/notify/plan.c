/* Who hears of a change. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "notify/notify.h"

static bool is_told(const struct finding *f)
{
    return f->severity != SEVERITY_INFO && f->state != FINDING_PENDING;
}

static const char *text_of(const struct finding *f, struct arena *a)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(FINDING_TEXT_MAX);
    finding_text(f, &text);
    return arena_strndup(a, text.buf, text.len);
}

void notify_plan(const struct config *config, const struct finding *f, const char *kind, int64_t now_ms, struct arena *a, struct outbox_rows *rows)
{
    const char *text = NULL;
    if (!config->route_receiver || !is_told(f))
        return;
    for (size_t i = 0; i < config->destinations_len; i++) {
        const struct destination_config *d = &config->destinations[i];
        if (!d->receiver || strcmp(d->receiver, config->route_receiver) != 0 || receiver_find(d->type)->mirrors)
            continue;
        if (!text)
            text = text_of(f, a);
        struct outbox_row row = {
            .destination = d->id, .kind = kind, .revision = f->revision, .created_ms = now_ms, .next_ms = now_ms, .finding = text};
        memcpy(row.incident, f->incident, sizeof row.incident);
        vec_push(rows, row);
    }
}
