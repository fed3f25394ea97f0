#include "notify/flap.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"

#define HOUR_MS (60 * 60 * 1000)
#define KEPT 8
#define SWEEP_AT 1024 /* entries; twice what was left by the last sweep after that */

struct openings {
    int64_t at_ms[KEPT]; /* a ring */
    size_t next;
};

struct flaps {
    struct map map; /* what opened -> struct openings */
    size_t sweep_at;
};

struct flaps *flaps_new(void)
{
    struct flaps *all = xcalloc(1, sizeof *all);
    all->sweep_at = SWEEP_AT;
    return all;
}

void flaps_free(struct flaps *all)
{
    size_t at = 0;
    uint64_t key;
    void *value;
    while (all && map_next(&all->map, &at, &key, &value))
        free(value);
    if (all)
        map_free(&all->map);
    free(all);
}

static size_t within_hour(const struct openings *o, int64_t now_ms)
{
    size_t len = 0;
    for (size_t i = 0; i < KEPT; i++)
        len += o->at_ms[i] && now_ms - o->at_ms[i] < HOUR_MS;
    return len;
}

/* Forgets what was quiet for an hour, so that the table is no larger than what opens within one. */
static void sweep(struct flaps *all, int64_t now_ms)
{
    struct map kept = MAP_INIT;
    size_t at = 0;
    uint64_t key;
    void *value;
    while (map_next(&all->map, &at, &key, &value)) {
        if (within_hour(value, now_ms))
            *map_put(&kept, key, NULL) = value;
        else
            free(value);
    }
    map_free(&all->map);
    all->map = kept;
    all->sweep_at = kept.len * 2 > SWEEP_AT ? kept.len * 2 : SWEEP_AT;
}

size_t flaps_opened(struct flaps *all, const struct finding *f, int64_t now_ms)
{
    uint64_t key = hash_str(hash_str(HASH_INIT, f->symptom), "\x1f");
    key = hash_str(hash_str(key, f->cluster), "\x1f");
    uint64_t entity = label_set_fingerprint(&f->entity);
    key = hash_bytes(key, &entity, sizeof entity);
    if (all->map.len >= all->sweep_at)
        sweep(all, now_ms);
    void **slot = map_put(&all->map, key, NULL);
    if (!*slot)
        *slot = xcalloc(1, sizeof(struct openings));
    struct openings *o = *slot;
    o->at_ms[o->next] = now_ms;
    o->next = (o->next + 1) % KEPT;
    return within_hour(o, now_ms);
}
