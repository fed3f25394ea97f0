/* Rows of the outbox. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "notify/notify.h"
#include "notify/route.h"

#define CRITICAL_AHEAD_MS 600000 /* in the queue, which goes by when a message is due: before all of the last ten minutes that is not critical */

static const char *text_of(const struct finding *f, struct arena *a)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(FINDING_TEXT_MAX);
    finding_text(f, &text);
    return arena_strndup(a, text.buf, text.len);
}

void notify_row(const struct destination_config *d, const struct finding *f, const char *kind, int64_t now_ms, struct arena *a, struct outbox_rows *rows)
{
    const struct outbox_row *last = rows->len ? &rows->items[rows->len - 1] : NULL;
    bool same = last && last->revision == f->revision && strcmp(last->incident, f->incident) == 0;
    if (receiver_find(d->type)->mirrors)
        return;
    int64_t ahead_ms = f->severity == SEVERITY_CRITICAL ? CRITICAL_AHEAD_MS : 0;
    struct outbox_row row = {.destination = d->id, .kind = kind, .revision = f->revision, .created_ms = now_ms, .next_ms = now_ms - ahead_ms,
                             .finding = same ? last->finding : text_of(f, a)};
    memcpy(row.incident, f->incident, sizeof row.incident);
    vec_push(rows, row);
}

void notify_plan(const struct config *config, const struct finding *f, const char *kind, int64_t now_ms, struct arena *a, struct outbox_rows *rows)
{
    struct reach *reach = arena_array(a, config->destinations_len + 1, sizeof *reach);
    size_t len = route_reach(config, f, reach);
    for (size_t i = 0; i < len; i++)
        if (!reach[i].after_ms)
            notify_row(&config->destinations[reach[i].destination], f, kind, now_ms, a, rows);
}
