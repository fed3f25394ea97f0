/* The pump: what is due is started, what is answered is marked. */
#include "notify/notify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "notify/delivery.h"
#include "notify/heartbeat.h"
#include "notify/mirror.h"
#include "notify/peer_silence.h"
#include "notify/trouble.h"

#define GIVE_UP_MS (INT64_C(24) * 60 * 60 * 1000)
#define ATTEMPTS_MAX 1000
#define STARTS_AT_ONCE 64
#define STRAY_EVERY_MS 60000
#define PROBE_MS 30000           /* a destination that fails is tried so often, and up to twice as long */
#define CRITICAL_WAITS_MS 120000 /* then the heartbeat says so */

struct notifier {
    const struct config *config;
    struct store *store;
    struct net *net;
    const struct clock *clock;
    struct lane *lanes;
    size_t lanes_len;
    struct mirrors *mirrors; /* NULL = no receiver wants one */
    struct peer_silences *peer_silences; /* NULL = none are read */
    struct delivery *deliveries; /* under way, or finished and not yet marked in the store */
    struct notify_counts counts;
    struct heartbeat *heartbeat; /* NULL = nobody is to be pinged */
    bool watched;    /* trouble is told through other destinations */
    bool waiting;    /* something is due that could not be started yet */
    int64_t wake_ms; /* when something of a destination that fails may be tried */
    bool store_failing;
    unsigned seed;
    int64_t strays_ms; /* when strays were last looked for */
};

static const struct pace *pace_of(const struct lane *lane)
{
    return &receiver_find(lane->d->type)->pace;
}

struct notifier *notifier_new(const struct config *config, struct store *store, struct net *net, const struct clock *clock)
{
    struct notifier *n = xcalloc(1, sizeof *n);
    n->config = config;
    n->store = store;
    n->net = net;
    n->clock = clock;
    n->seed = (unsigned)(clock_now_ms(clock) ^ mono_ms());
    n->lanes_len = config->destinations_len;
    n->lanes = xcalloc(n->lanes_len + 1, sizeof *n->lanes);
    for (size_t i = 0; i < n->lanes_len; i++)
        n->lanes[i] = (struct lane){.d = &config->destinations[i], .tokens = receiver_find(config->destinations[i].type)->pace.burst};
    n->strays_ms = INT64_MIN;
    n->mirrors = mirrors_new(config, clock);
    n->heartbeat = heartbeat_new(config);
    return n;
}

/* What is under way is left to end by itself; it was not marked and will be sent again by who comes next. */
void notifier_free(struct notifier *n)
{
    if (!n)
        return;
    for (struct delivery *d = n->deliveries, *next; d; d = next) {
        next = d->next;
        d->notifier = NULL;
        if (!d->under_way)
            delivery_free(d);
    }
    mirrors_free(n->mirrors);
    peer_silences_free(n->peer_silences);
    heartbeat_free(n->heartbeat);
    free(n->lanes);
    free(n);
}

static double random_share(struct notifier *n)
{
    return (double)rand_r(&n->seed) / ((double)RAND_MAX + 1);
}

static void drop(struct notifier *n, struct delivery *d)
{
    struct delivery **at = &n->deliveries;
    while (*at && *at != d)
        at = &(*at)->next;
    if (*at)
        *at = d->next;
    d->lane->in_flight--;
    delivery_free(d);
}

/* ---- trouble ---- */

static struct trouble trouble_of(const struct notifier *n)
{
    return (struct trouble){.config = n->config, .store = n->store, .lanes = n->lanes, .lanes_len = n->lanes_len};
}

/* A refusal for being too fast is no failure: it says when to come back. */
static void note_outcome(struct notifier *n, struct delivery *d, int64_t now)
{
    struct lane *lane = d->lane;
    if (d->outcome == OUTCOME_THROTTLED)
        return;
    bool fails = d->outcome != OUTCOME_SENT && d->outcome != OUTCOME_DEAD; /* dead: the peer works and does not want this one */
    if (!fails && lane->failures >= LANE_FAILS)
        log_info("%s takes messages again", lane->d->id);
    lane->failures = fails ? lane->failures + 1 : 0;
    if (lane->failures >= LANE_FAILS)
        lane->probe_ms = now + PROBE_MS + (int64_t)(random_share(n) * PROBE_MS);
}

static void tell_outcome(struct notifier *n, struct delivery *d, bool given_up, int64_t now)
{
    const struct trouble t = trouble_of(n);
    if (n->watched && d->outcome == OUTCOME_SENT)
        trouble_over(&t, d->lane, now);
    else if (n->watched && (given_up || d->lane->failures >= LANE_FAILS))
        trouble_say(&t, d->lane, &d->row, &d->finding, d->why.text, now);
}

void notifier_watch(struct notifier *n)
{
    const struct trouble t = trouble_of(n);
    n->watched = true;
    trouble_restore(&t);
    n->peer_silences = peer_silences_new(n->config, n->clock, n->store);
    peer_silences_first(n->peer_silences, n->net);
}

/* Mirrors post by themselves; what they meet is told all the same. */
static void watch_mirrors(struct notifier *n, int64_t now)
{
    const struct trouble t = trouble_of(n);
    for (size_t i = 0; n->watched && i < n->lanes_len; i++) {
        const char *why;
        if (!receiver_find(n->lanes[i].d->type)->mirrors)
            continue;
        if (mirrors_failures(n->mirrors, i, &why) >= LANE_FAILS)
            trouble_say(&t, &n->lanes[i], NULL, NULL, why, now);
        else if (mirrors_failures(n->mirrors, i, &why) == 0)
            trouble_over(&t, &n->lanes[i], now);
    }
}

void notifier_cycle(struct notifier *n, const char *why_not)
{
    AUTO(arena) struct arena a = ARENA_INIT("cycle");
    int64_t now = clock_now_ms(n->clock);
    const char *destination = "";
    int64_t waits_ms = n->heartbeat && !why_not ? store_outbox_critical_ms(n->store, now - CRITICAL_WAITS_MS, &a, &destination) : 0;
    if (waits_ms)
        why_not = arena_printf(&a, "a critical message to %s waits for %" PRId64 " s", destination, (now - waits_ms) / 1000);
    heartbeat_cycle(n->heartbeat, n->net, why_not, now);
}

/* ---- marking ---- */

static int mark_again(struct notifier *n, struct delivery *d, int64_t now, int64_t wait_ms, struct error *err)
{
    int failed = store_outbox_retry(n->store, d->row.id, now + wait_ms, d->why.text, err);
    if (failed)
        return failed;
    n->counts.failed++;
    if (d->outcome == OUTCOME_THROTTLED) {
        d->lane->not_before_ms = now + wait_ms;
        failed = store_outbox_defer(n->store, d->row.destination, now + wait_ms, err);
    }
    return failed;
}

static int mark_dead(struct notifier *n, const struct delivery *d, int64_t now, struct error *err)
{
    int failed = store_outbox_dead(n->store, d->row.id, now, d->why.text, err);
    if (failed)
        return failed;
    n->counts.dead++;
    log_error("message about incident %s to %s is given up%s: %s", d->row.incident, d->row.destination,
              d->outcome == OUTCOME_CONFIG ? ", mend its settings" : "", d->why.text);
    return 0;
}

static int mark(struct notifier *n, struct delivery *d, bool *ret_given_up, struct error *err)
{
    int64_t now = clock_now_ms(n->clock);
    *ret_given_up = false;
    if (d->outcome == OUTCOME_SENT) {
        int failed = store_outbox_sent(n->store, d->row.id, now, err);
        n->counts.sent += failed == 0;
        return failed;
    }
    int64_t wait_ms = outcome_wait_ms(d->outcome, d->row.attempts, d->retry_after_ms, random_share(n));
    bool over = now - d->row.created_ms > GIVE_UP_MS || d->row.attempts + 1 >= ATTEMPTS_MAX;
    *ret_given_up = wait_ms < 0 || over;
    return *ret_given_up ? mark_dead(n, d, now, err) : mark_again(n, d, now, wait_ms, err);
}

static int save_ref(struct notifier *n, struct delivery *d, struct error *err)
{
    if (!d->sending.ref || d->sending.ref == d->saved_ref)
        return 0;
    int failed = store_set_message_ref(n->store, d->row.incident, d->row.destination, d->sending.ref, err);
    if (!failed)
        d->saved_ref = d->sending.ref;
    return failed;
}

/* What cannot be marked (disk full) stays here and is not sent again; the next pump tries to mark it. */
static void settle(struct notifier *n, struct delivery *d)
{
    struct error err = {0};
    int failed = save_ref(n, d, &err);
    bool given_up = false;
    if (!failed)
        failed = mark(n, d, &given_up, &err);
    if (failed && !n->store_failing)
        log_error("outbox: %s; what was sent is remembered until it can be marked", err.text);
    n->store_failing = failed != 0;
    if (failed)
        return;
    if (d->tried) {
        note_outcome(n, d, clock_now_ms(n->clock));
        tell_outcome(n, d, given_up, clock_now_ms(n->clock));
    }
    drop(n, d);
}

void delivery_on_done(void *context, const struct net_result *r)
{
    struct delivery *d = context;
    struct notifier *n = d->notifier;
    d->under_way = false;
    if (!n) {
        delivery_free(d);
        return;
    }
    if (r->error.code == ERR_CANCELLED) { /* we end: not the destination's fault, and not an attempt */
        drop(n, d);
        return;
    }
    if (delivery_answer(d, r)) {
        struct error err = {0};
        save_ref(n, d, &err); /* at once: a crash before the next step must not post a second message */
        delivery_advance(d, n->net);
    }
    if (d->finished)
        settle(n, d);
}

/* ---- starting ---- */

static bool is_under_way(const struct notifier *n, const struct outbox_row *row)
{
    for (const struct delivery *d = n->deliveries; d; d = d->next)
        if (strcmp(d->row.incident, row->incident) == 0 && strcmp(d->row.destination, row->destination) == 0)
            return true;
    return false;
}

static enum language language_of(const struct notifier *n, const struct destination_config *d)
{
    enum language lang = LANG_EN;
    const char *name = d->language ? d->language : n->config->language;
    if (name)
        language_parse(name, &lang);
    return lang;
}

static void start(struct notifier *n, struct lane *lane, const struct outbox_row *row)
{
    struct error err = {0};
    struct delivery *d = NULL;
    AUTO(heap) char *ref = store_message_ref(n->store, row->incident, row->destination);
    if (delivery_new(lane, row, ref, language_of(n, lane->d), &d, &err) != 0) {
        if (store_outbox_dead(n->store, row->id, clock_now_ms(n->clock), err.text, NULL) == 0)
            n->counts.dead++;
        log_error("message about incident %s cannot be read: %s", row->incident, err.text);
        return;
    }
    d->notifier = n;
    d->next = n->deliveries;
    n->deliveries = d;
    delivery_advance(d, n->net);
    if (d->finished)
        settle(n, d);
}

static void refill(struct lane *lane, int64_t now)
{
    double per_second = pace_of(lane)->per_second, burst = pace_of(lane)->burst;
    if (lane->tokens_ms && now > lane->tokens_ms)
        lane->tokens += (double)(now - lane->tokens_ms) / 1000 * per_second;
    if (lane->tokens > burst)
        lane->tokens = burst;
    lane->tokens_ms = now;
}

static bool has_room(const struct lane *lane, int64_t now)
{
    const struct pace *pace = pace_of(lane);
    if (lane->failures >= LANE_FAILS && (lane->in_flight || now < lane->probe_ms))
        return false;
    return lane->in_flight < pace->in_flight && (pace->per_second <= 0 || lane->tokens >= 1) && now >= lane->not_before_ms;
}

static void pump_lane(struct notifier *n, struct lane *lane, int64_t now)
{
    if (lane->failures >= LANE_FAILS && !lane->in_flight && now < lane->probe_ms) {
        n->wake_ms = lane->probe_ms < n->wake_ms ? lane->probe_ms : n->wake_ms;
        return;
    }
    AUTO(arena) struct arena a = ARENA_INIT("due");
    struct outbox_row *rows;
    size_t len;
    struct error err = {0};
    refill(lane, now);
    size_t limit = (size_t)lane->in_flight + (has_room(lane, now) ? STARTS_AT_ONCE : 1);
    if (store_outbox_due_to(n->store, lane->d->id, now, limit, &a, &rows, &len, &err) != 0) {
        log_debug("outbox: %s", err.text);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        if (is_under_way(n, &rows[i]))
            continue;
        if (!has_room(lane, now)) {
            n->waiting = true;
            return;
        }
        lane->tokens -= 1;
        start(n, lane, &rows[i]);
    }
}

static struct lane *lane_of(struct notifier *n, const char *destination)
{
    for (size_t i = 0; i < n->lanes_len; i++)
        if (strcmp(n->lanes[i].d->id, destination) == 0)
            return &n->lanes[i];
    return NULL;
}

/* Rows for destinations that the settings no longer name would be due for ever. */
static void bury_strays(struct notifier *n, int64_t now)
{
    AUTO(arena) struct arena a = ARENA_INIT("strays");
    struct outbox_row *rows;
    size_t len;
    if (n->strays_ms != INT64_MIN && now - n->strays_ms < STRAY_EVERY_MS)
        return;
    n->strays_ms = now;
    if (store_outbox_due(n->store, now, 500, &a, &rows, &len, NULL) != 0)
        return;
    for (size_t i = 0; i < len; i++)
        if (!lane_of(n, rows[i].destination) && store_outbox_dead(n->store, rows[i].id, now, "its destination is no longer configured", NULL) == 0)
            n->counts.dead++;
}

static size_t under_way(const struct notifier *n)
{
    size_t len = 0;
    for (const struct delivery *d = n->deliveries; d; d = d->next)
        len++;
    return len;
}

int64_t notifier_pump(struct notifier *n)
{
    int64_t now = clock_now_ms(n->clock);
    for (struct delivery *d = n->deliveries, *next; d; d = next) {
        next = d->next;
        if (d->finished)
            settle(n, d);
    }
    bury_strays(n, now);
    n->waiting = false;
    n->wake_ms = INT64_MAX;
    for (size_t i = 0; i < n->lanes_len; i++)
        pump_lane(n, &n->lanes[i], now);
    int64_t again_ms = mirrors_pump(n->mirrors, n->net, now), next_ms = store_outbox_next_ms(n->store), peers_ms = peer_silences_pump(n->peer_silences, n->net, now);
    again_ms = again_ms < peers_ms ? again_ms : peers_ms;
    watch_mirrors(n, now);
    if (n->waiting || n->deliveries)
        next_ms = now + 200;
    else if (next_ms <= now)
        next_ms = now + 1000;
    return again_ms < next_ms ? again_ms : next_ms;
}

bool notifier_wants_active(const struct notifier *n, bool changed)
{
    return mirrors_want(n->mirrors, changed, clock_now_ms(n->clock));
}

void notifier_ended(struct notifier *n, const struct finding *f, const bool *to)
{
    mirrors_end_one(n->mirrors, f, to);
}

void notifier_active_begin(struct notifier *n)
{
    mirrors_begin(n->mirrors);
}

void notifier_active_add(struct notifier *n, const struct finding *f, const bool *to)
{
    mirrors_add(n->mirrors, f, to);
}

void notifier_active_end(struct notifier *n)
{
    mirrors_end(n->mirrors);
}

bool notifier_drain(struct notifier *n, int64_t deadline_ms)
{
    for (;;) {
        notifier_pump(n);
        if (!n->waiting && n->wake_ms == INT64_MAX && under_way(n) == 0 && !mirrors_busy(n->mirrors, clock_now_ms(n->clock)))
            return true;
        if (clock_now_ms(n->clock) >= deadline_ms)
            return false;
        net_pump(n->net, 50, NULL, 0);
        if (n->clock != &clock_system && !net_pending(n->net)) /* one that does not go by itself; what is under way takes its own time */
            n->clock->sleep_until_ms(n->clock->context, clock_now_ms(n->clock) + 50);
    }
}

struct notify_counts notifier_counts(const struct notifier *n)
{
    struct notify_counts counts = n->counts;
    counts.in_flight = under_way(n);
    return counts;
}
