#include "notify/peer_silence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "notify/receivers/receiver.h"

#define EVERY_MS 15000
#define FIRST_MS 3000
#define ANSWER_MAX (8 * 1024 * 1024)
#define MATCHERS_MAX (16 * 1024)

struct peer {
    const struct destination_config *d;
    struct peer_silences *all;
    struct reading *under_way;
    int64_t due_ms;
    bool answered; /* or failed to, once */
    bool failing;
    size_t skipped; /* said once for each number */
};

struct peer_silences {
    const struct clock *clock;
    struct store *store;
    struct peer *items;
    size_t len;
};

struct reading {
    struct peer *of; /* NULL: it is gone */
};

/* ---- an answer ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool add_matcher(struct matchers *m, const json_t *json)
{
    bool regex = json_is_true(json_object_get(json, "isRegex")), unequal = json_is_false(json_object_get(json, "isEqual")); /* older ones do not say it */
    enum matcher_op op = regex ? (unequal ? MATCH_NOT_REGEX : MATCH_REGEX) : (unequal ? MATCH_NOT_EQUAL : MATCH_EQUAL);
    return json_is_string(json_object_get(json, "value")) && matchers_add(m, text_of(json, "name"), op, text_of(json, "value"), NULL) == 0;
}

/* All of its matchers as a text; NULL = we cannot honour it. */
static const char *matchers_text(const json_t *list, struct arena *a)
{
    AUTO(matchers) struct matchers m = {0};
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(MATCHERS_MAX);
    size_t i;
    json_t *json;
    json_array_foreach(list, i, json)
        if (!add_matcher(&m, json))
            return NULL;
    if (!matchers_ask_for_something(&m) || matchers_name(&m, "role"))
        return NULL;
    matchers_print(&m, &text);
    return text.truncated ? NULL : arena_strdup(a, text.buf);
}

/* False when it is over or cannot be honoured; the latter is counted. */
static bool read_one(const json_t *json, int64_t now_ms, struct arena *a, struct silence_row *ret, size_t *skipped)
{
    int64_t starts_ms, ends_ms;
    if (time_parse(text_of(json, "startsAt"), now_ms, &starts_ms, NULL) != 0 || time_parse(text_of(json, "endsAt"), now_ms, &ends_ms, NULL) != 0) {
        ++*skipped;
        return false;
    }
    if (ends_ms <= now_ms || starts_ms > now_ms + PEER_SILENCE_LEASE_MS)
        return false;
    *ret = (struct silence_row){.created_ms = now_ms, .starts_ms = starts_ms, .ends_ms = ends_ms};
    if (ret->ends_ms > now_ms + PEER_SILENCE_LEASE_MS)
        ret->ends_ms = now_ms + PEER_SILENCE_LEASE_MS;
    ret->matchers = matchers_text(json_object_get(json, "matchers"), a);
    ret->peer_id = arena_strdup(a, text_of(json, "id"));
    ret->author = arena_strdup(a, text_of(json, "createdBy"));
    ret->comment = arena_strdup(a, text_of(json, "comment"));
    if (ret->matchers && *ret->peer_id)
        return true;
    ++*skipped;
    return false;
}

int peer_silences_read(const char *body, size_t len, int64_t now_ms, struct arena *a, struct silence_row **ret, size_t *ret_len, size_t *ret_skipped, struct error *err)
{
    json_error_t why;
    json_t *list = json_loadb(body, len, 0, &why), *json;
    size_t i;
    *ret_len = *ret_skipped = 0;
    if (!json_is_array(list)) {
        json_decref(list);
        return error_set(err, ERR_SYNTAX, "its silences cannot be read: %s", list ? "not a list" : why.text);
    }
    *ret = arena_array(a, json_array_size(list) + 1, sizeof(**ret));
    json_array_foreach(list, i, json)
        *ret_len += read_one(json, now_ms, a, &(*ret)[*ret_len], ret_skipped);
    json_decref(list);
    return 0;
}

/* ---- asking ---- */

struct peer_silences *peer_silences_new(const struct config *config, const struct clock *clock, struct store *store)
{
    struct peer_silences *all = xcalloc(1, sizeof(*all));
    *all = (struct peer_silences){.clock = clock, .store = store, .items = xcalloc(config->destinations_len + 1, sizeof(*all->items))};
    for (size_t i = 0; i < config->destinations_len; i++)
        if (config->destinations[i].honour_silences)
            all->items[all->len++] = (struct peer){.d = &config->destinations[i], .all = all};
    if (all->len)
        return all;
    peer_silences_free(all);
    return NULL;
}

void peer_silences_free(struct peer_silences *all)
{
    for (size_t i = 0; all && i < all->len; i++)
        if (all->items[i].under_way)
            all->items[i].under_way->of = NULL;
    if (all)
        free(all->items);
    free(all);
}

static void failed(struct peer *p, const struct error *why)
{
    if (!p->failing)
        log_warn("%s: its silences are not known, those that were end within %d min: %s", p->d->id, PEER_SILENCE_LEASE_MS / 60000, why->text);
    p->failing = true;
}

static int keep(struct peer *p, const struct net_result *r, struct error *err)
{
    AUTO(arena) struct arena a = ARENA_INIT("silences");
    int64_t now_ms = clock_now_ms(p->all->clock);
    struct silence_row *rows;
    size_t len, skipped;
    int code = peer_silences_read(r->body, r->body_len, now_ms, &a, &rows, &len, &skipped, err);
    if (code == 0)
        code = store_silences_put(p->all->store, p->d->id, rows, len, now_ms, err);
    if (code == 0 && skipped && skipped != p->skipped)
        log_warn("%s: %zu of its silences cannot be honoured here (their matchers)", p->d->id, skipped);
    if (code == 0)
        p->skipped = skipped;
    return code;
}

static void on_done(void *context, const struct net_result *r)
{
    struct reading *reading = context;
    struct peer *p = reading->of;
    struct error err = r->error;
    free(reading);
    if (!p)
        return;
    p->under_way = NULL;
    p->answered = true;
    if (err.code == ERR_CANCELLED)
        return;
    if (err.code || keep(p, r, &err) != 0) {
        failed(p, &err);
        return;
    }
    if (p->failing)
        log_info("%s: its silences are known again", p->d->id);
    p->failing = false;
}

static void ask(struct peer *p, struct net *net)
{
    AUTO(arena) struct arena a = ARENA_INIT("silences");
    struct reading *reading = xcalloc(1, sizeof(*reading));
    struct net_request q = alertmanager_ask(p->d, "/api/v2/silences", &a);
    struct error err = {0};
    q.max_bytes = ANSWER_MAX;
    q.on_done = on_done;
    q.context = reading;
    reading->of = p;
    if (net_start(net, &q, &err) == 0) {
        p->under_way = reading;
        return;
    }
    free(reading);
    p->answered = true;
    failed(p, &err);
}

int64_t peer_silences_pump(struct peer_silences *all, struct net *net, int64_t now_ms)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; all && i < all->len; i++) {
        struct peer *p = &all->items[i];
        if (!p->under_way && (now_ms >= p->due_ms || p->due_ms > now_ms + EVERY_MS)) { /* or the clock was set back */
            p->due_ms = now_ms + EVERY_MS;
            ask(p, net);
        }
        next_ms = p->due_ms < next_ms ? p->due_ms : next_ms;
    }
    return next_ms;
}

void peer_silences_first(struct peer_silences *all, struct net *net)
{
    int64_t until_ms = mono_ms() + FIRST_MS;
    size_t waiting = all ? all->len : 0;
    if (all)
        peer_silences_pump(all, net, clock_now_ms(all->clock));
    while (waiting && mono_ms() < until_ms) {
        net_pump(net, 50, NULL, 0);
        waiting = 0;
        for (size_t i = 0; i < all->len; i++)
            waiting += !all->items[i].answered;
    }
}
