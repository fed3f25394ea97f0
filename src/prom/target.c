#include "prom/target.h"

#include <string.h>

#include "base/clock.h"
#include "base/number.h"

#define FIELD_BYTES 4096
#define TIME_BYTES 64

void target_init(struct target *t)
{
    *t = (struct target){.pool = STRBUF_INIT(FIELD_BYTES), .url = STRBUF_INIT(FIELD_BYTES), .last_error = STRBUF_INIT(FIELD_BYTES)};
    target_reset(t);
}

void target_reset(struct target *t)
{
    strbuf_reset(&t->pool);
    strbuf_reset(&t->url);
    strbuf_reset(&t->last_error);
    t->up = false;
    t->unknown = true;
    t->last_scrape_ms = t->interval_ms = -1;
}

static void put(struct strbuf *out, const char *text, size_t len)
{
    strbuf_reset(out);
    strbuf_add(out, text, len);
}

static void put_pool(struct target *t, const char *text, size_t len)
{
    put(&t->pool, text, len);
}

static void put_url(struct target *t, const char *text, size_t len)
{
    put(&t->url, text, len);
}

static void put_last_error(struct target *t, const char *text, size_t len)
{
    put(&t->last_error, text, len);
}

static void put_health(struct target *t, const char *text, size_t len)
{
    t->up = len == 2 && memcmp(text, "up", 2) == 0;
    t->unknown = !t->up && !(len == 4 && memcmp(text, "down", 4) == 0);
}

/* RFC 3339 with up to nine decimals, of which none matter here; year 1 = never scraped. */
static void put_last_scrape(struct target *t, const char *text, size_t len)
{
    char whole[TIME_BYTES];
    size_t out = 0;
    bool fraction = false;
    if (len >= sizeof(whole) || (len >= 5 && memcmp(text, "0001-", 5) == 0))
        return;
    for (size_t i = 0; i < len; i++) {
        fraction = text[i] == '.' || (fraction && text[i] >= '0' && text[i] <= '9');
        if (!fraction)
            whole[out++] = text[i];
    }
    whole[out] = '\0';
    int64_t ms;
    if (time_parse(whole, 0, &ms, NULL) == 0)
        t->last_scrape_ms = ms;
}

static void put_interval(struct target *t, const char *text, size_t len)
{
    int64_t ms;
    if (duration_parse(text, len, &ms))
        t->interval_ms = ms;
}

static const struct {
    const char *key;
    void (*put)(struct target *t, const char *text, size_t len);
} fields[] = {
    {"scrapePool", put_pool}, {"scrapeUrl", put_url},           {"lastError", put_last_error},
    {"health", put_health},   {"lastScrape", put_last_scrape}, {"scrapeInterval", put_interval},
};

void target_field(struct target *t, const char *key, const char *text, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strcmp(fields[i].key, key) == 0)
            fields[i].put(t, text, len);
}

struct prom_target target_show(const struct target *t, const struct prom_label *labels, size_t len)
{
    return (struct prom_target){
        .labels = labels,
        .labels_len = len,
        .pool = t->pool.buf,
        .url = t->url.buf,
        .last_error = t->last_error.buf,
        .up = t->up,
        .unknown = t->unknown,
        .last_scrape_ms = t->last_scrape_ms,
        .interval_ms = t->interval_ms,
    };
}

void target_free(struct target *t)
{
    strbuf_free(&t->pool);
    strbuf_free(&t->url);
    strbuf_free(&t->last_error);
}
