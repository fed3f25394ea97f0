/* The text of queries: what the rules leave open is filled in per cluster. */
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "signal/source.h"

#define QUERY_LIMIT 16384

static bool starts(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* `{$match,x="y"}` with nothing to match becomes `{x="y"}`. */
static const char *put_matchers(struct strbuf *out, const char *after, const char *matchers)
{
    strbuf_adds(out, matchers);
    if (!*matchers && *after == ',')
        after++;
    return after;
}

char *query_expand(const char *query, const char *matchers, int64_t rate_ms)
{
    struct strbuf out = STRBUF_INIT(QUERY_LIMIT);
    while (*query) {
        if (starts(query, "$match")) {
            query = put_matchers(&out, query + strlen("$match"), matchers);
        } else if (starts(query, "$rate_s")) {
            strbuf_addf(&out, "%lld", (long long)(rate_ms / 1000));
            query += strlen("$rate_s");
        } else if (starts(query, "$rate")) {
            duration_print(&out, rate_ms);
            query += strlen("$rate");
        } else {
            strbuf_addc(&out, *query++);
        }
    }
    return strbuf_detach(&out);
}

static void put_quoted(struct strbuf *out, const char *value)
{
    strbuf_addc(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            strbuf_addc(out, '\\');
        if (*value == '\n')
            strbuf_adds(out, "\\n");
        else
            strbuf_addc(out, *value);
    }
    strbuf_addc(out, '"');
}

char *query_matchers(const struct name_values *match, bool absent, struct arena *a)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(QUERY_LIMIT);
    for (size_t i = 0; i < match->len; i++) {
        strbuf_addf(&out, "%s%s=", i ? "," : "", match->items[i].name);
        put_quoted(&out, absent ? "" : match->items[i].value);
    }
    return arena_strdup(a, out.buf);
}

char *query_alternation(const char *const *names, size_t len, struct arena *a)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(1 << 20);
    for (size_t i = 0; i < len; i++)
        strbuf_addf(&out, "%s%s", i ? "|" : "", names[i]);
    return arena_strdup(a, out.buf);
}
