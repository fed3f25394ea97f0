/*
 * Peers of test_crash.c, in the place of src/net: the functions of net/net.h that senders call are defined here, and the linker takes them instead. A request is taken or
 * not, and answered, by ten behaviours; what net.c makes of such answers on a real socket is proven by tests/unit/net and tests/integration/notify.sh.
 */
#ifndef UNIT_NOTIFY_CRASH_PEER_H
#define UNIT_NOTIFY_CRASH_PEER_H

#include <curl/curl.h>

#include "crash_world.h"

/* Is it taken: 0 no, 1 yes, 2 who knows. The answer: as net.c tells it. */
static const struct behaviour {
    const char *name;
    int takes, error, curl, status;
    int64_t delay_ms, retry_after_ms;
} behaviours[] = {
    {"200, but no", 0, 0, 0, 200, 100, -1}, /* Slack's and Telegram's way; for the others it is a yes */
    {"429", 0, ERR_REFUSED, 0, 429, 100, 7000},
    {"500", 2, ERR_REFUSED, 0, 500, 100, -1},
    {"hang", 2, ERR_TIMEOUT, 0, 0, 15000, -1},
    {"reset after the body", 2, ERR_NET, CURLE_RECV_ERROR, 0, 200, -1},
    {"slow drip", 1, 0, 0, 200, 12000, -1},
    {"huge body", 1, ERR_LIMIT, 0, 200, 900, -1},
    {"302", 0, ERR_REFUSED, 0, 302, 100, -1},
    {"wrong TLS name", 0, ERR_NET, CURLE_PEER_FAILED_VERIFICATION, 0, 50, -1},
    {"200", 1, 0, 0, 200, 150, -1},
};
#define GOOD (ARRAY_LEN(behaviours) - 1)

struct asked { /* a request under way: gone with the process */
    struct asked *next;
    void (*on_done)(void *context, const struct net_result *r);
    void *context;
    const struct behaviour *b;
    int64_t at_ms;
    int destination;
    struct said said; /* incident -1 = about our own troubles */
    char *body;
};
static struct asked *asked;

static bool says_so(enum receiver_type type)
{
    return type == RECEIVER_SLACK || type == RECEIVER_TELEGRAM;
}

/* The first mark in a body; false when it holds none, or is about a trouble of our own and quotes it. */
static bool read_mark(const char *body, struct said *ret)
{
    *ret = (struct said){.incident = -1};
    bool ours = strstr(body, "do not get through") || strstr(body, "nightbell outbox list");
    for (const char *at = ours ? NULL : strchr(body, 'i'); at; at = strchr(at + 1, 'i'))
        if (sscanf(at, "i%2dr%3ut%3d%c%c", &ret->incident, &ret->revision, &ret->tick, &ret->state, &ret->severity) == 5)
            return true;
    ret->incident = -1;
    return false;
}

/* Nothing may claim an end that is none, nor hide one. */
static void check_tone(const struct said *s, const char *body, int destination)
{
    static const char *const resolved[RECEIVER_TYPES] = {[RECEIVER_PAGERDUTY] = "\"event_action\":\"resolve\"", [RECEIVER_WEBHOOK] = "\"state\":\"resolved\"",
                                                     [RECEIVER_EMAIL] = "X-Nightbell-Status: resolved"};
    const char *word = resolved[world->types[destination]] ? resolved[world->types[destination]] : "esolved after";
    if ((strcasestr(body, word) != NULL) == (s->state == 'R'))
        return;
    fprintf(stderr, "%s\n", body);
    fault(s->state == 'R' ? "an end that does not say so" : "a false resolve", s, destination);
}

static bool same_said(const struct said *a, const struct said *b)
{
    return a->incident == b->incident && a->revision == b->revision && a->tick == b->tick && a->way == b->way;
}

static void take(const struct said *s, const char *body, int destination)
{
    struct lane_seen *l = &world->lanes[s->incident][destination];
    struct said *before = &l->last_by_way[s->way - '0'];
    struct event e = s->tick < world->ticks ? world->events[s->tick][s->incident] : (struct event){0};
    world->taken++;
    if (!e.kind || e.revision != s->revision || e.state != s->state)
        fault("what never was", s, destination);
    if (s->tick > world_tick())
        fault("what is still to come", s, destination);
    if (l->last.incident >= 0 && (s->revision < l->last.revision || s->tick < l->last.tick))
        fault("out of order", s, destination);
    if (same_said(s, before)) {
        world->twice++;
        if (!l->doubtful[s->way - '0'])
            fault("told twice", s, destination);
    }
    check_tone(s, body, destination);
    l->last = *before = *s;
    l->doubtful[s->way - '0'] = false;
}

static const struct behaviour *choose(int destination)
{
    if (world->calm || dice_of(&world->dice, 10) >= world->weather[destination])
        return &behaviours[GOOD];
    return &behaviours[dice_of(&world->dice, (int)GOOD)];
}

int net_start(struct net *n, const struct net_request *q, struct error *err)
{
    (void)n, (void)err;
    step();
    struct asked *a = calloc(1, sizeof *a);
    const char *url = q->url ? q->url : q->url_before;
    *a = (struct asked){.on_done = q->on_done, .context = q->context, .destination = url[strlen("http://p")] - '0'};
    char *body = a->body = calloc(1, q->body_len + 1);
    memcpy(body, q->body, q->body_len);
    a->b = choose(a->destination);
    a->at_ms = world->now_ms + a->b->delay_ms;
    bool sayer = says_so(world->types[a->destination]);
    bool taken = a->b->takes == 1 || (a->b->takes == 2 && dice_of(&world->dice, 2)) || (a->b == &behaviours[0] && !sayer);
    if (a->b == &behaviours[0] && sayer)
        taken = dice_of(&world->dice, 3) == 1; /* its body says which error, below: one of them after it was taken */
    world->requests++;
    bool marked = read_mark(body, &a->said);
    a->said.way = strstr(url, "chat.update") ? '1' : strstr(body, "\"thread_ts\"") ? '2' : '0';
    trace(taken ? "takes" : "does not take", a->b->name, &a->said, a->destination);
    if (marked) {
        struct lane_seen *l = &world->lanes[a->said.incident][a->destination];
        l->asked++;
        if (taken)
            take(&a->said, body, a->destination);
    }
    for (struct asked **at = &asked;; at = &(*at)->next)
        if (!*at) {
            *at = a;
            break;
        }
    step();
    return 0;
}

/* What a peer that says so in the body says. */
static const char *answer_of(const struct asked *a)
{
    static const char *const not[] = {"{\"ok\":false,\"error\":\"internal_error\"}", "{\"ok\":false,\"error\":\"ratelimited\"}", "{\"ok\":false,\"error\":\"service_unavailable\"}"};
    enum receiver_type type = world->types[a->destination];
    if (a->b == &behaviours[0] && type == RECEIVER_SLACK && world->hook)
        return "internal_error";
    if (a->b == &behaviours[0] && says_so(type))
        return not[dice_of(&world->dice, ARRAY_LEN(not))];
    if (type == RECEIVER_SLACK)
        return world->hook ? "ok" : "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1795000125.000000\"}";
    return "{\"ok\":true,\"result\":{\"message_id\":7}}";
}

static void answer(struct asked *a)
{
    struct net_result r = {.status = a->b->status, .curl_code = a->b->curl, .retry_after_ms = a->b->retry_after_ms, .body = answer_of(a), .content_type = ""};
    r.body_len = strlen(r.body);
    if (world->types[a->destination] == RECEIVER_EMAIL)
        r.status = a->b->error ? a->b->status == 500 || a->b->status == 429 ? 451 : a->b->status == 302 ? 554 : a->b->status : 250;
    if (a->b->error)
        error_set(&r.error, (enum error_code)a->b->error, "the peer: %s", a->b->name);
    struct lane_seen *l = a->said.incident >= 0 ? &world->lanes[a->said.incident][a->destination] : NULL;
    bool good = a->b == &behaviours[GOOD] || strcmp(a->b->name, "slow drip") == 0;
    if (l) {
        if (!good)
            doubt(l);
        l->refused |= r.status == 302 || r.status == 554;
    }
    trace("answers", a->b->name, &a->said, a->destination);
    step();
    a->on_done(a->context, &r);
    if (l)
        l->asked--;
    step();
    free(a->body);
    free(a);
}

/* When the next answer comes; INT64_MAX = none is awaited. */
static int64_t peer_next_ms(void)
{
    int64_t next_ms = INT64_MAX;
    for (const struct asked *a = asked; a; a = a->next)
        next_ms = a->at_ms < next_ms ? a->at_ms : next_ms;
    return next_ms;
}

static void peer_answer_due(void)
{
    for (struct asked **at = &asked; *at;) {
        struct asked *a = *at;
        if (a->at_ms > world->now_ms) {
            at = &a->next;
            continue;
        }
        *at = a->next;
        answer(a); /* may ask more */
        at = &asked;
    }
}

/* ---- the rest of net/net.h that is called ---- */

struct net_request net_request_to(const struct http_config *http)
{
    return (struct net_request){.url = http->url, .url_file = http->url_file};
}

size_t net_pump(struct net *n, int wait_ms, struct pollfd *extra, size_t extra_len)
{
    (void)n, (void)wait_ms, (void)extra, (void)extra_len;
    return 0;
}

size_t net_pending(const struct net *n)
{
    (void)n;
    return 0;
}

#endif
