/*
 * From findings to people. route.c says who hears of an incident and when (pure), the engine puts that into the outbox; `notifier_pump()` sends what is due and records what came of it.
 * A receiver is one row of a table: how it renders a finding and how it sends. Rendering is separate from sending, so that texts can be tested and shown (`demo`, golden tests).
 *
 * Sending is at least once: a crash between the peer's answer and our mark repeats a message, never loses one. Slack messages are edited in place, mails of one finding form a thread.
 *
 * Map: route.c who hears of it and when, silence.c what keeps it back, peer_silence.c who else says so, storm.c what is told together, plan.c rows of the outbox; message.c a finding as sections of text in one language, with words.c, sparkline.c, escape.c; text.c, lines.c, html.c, mime.c its forms;
 * receivers/ how each is rendered, sent and judged (table.c lists them); outcome.c what answers mean and when to try again; delivery.c one row on its way;
 * mirror.c states that are told again and again; heartbeat.c, trouble.c the watch over ourselves; notify.c the pump.
 */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/config.h"
#include "model/finding.h"
#include "net/net.h"
#include "store/store.h"

struct outbox_rows {
    struct outbox_row *items;
    size_t len, cap;
};
/* Appends the row that says `f` to one destination (its JSON text in `a`, shared with the last row when that is of the same finding). `kind`: open, update, resolve, repeat. */
void notify_row(const struct destination_config *d, const struct finding *f, const char *kind, int64_t now_ms, struct arena *a, struct outbox_rows *rows);
/* The same for every destination that the routes lead to at once, for one-shot commands, which keep nothing. */
void notify_plan(const struct config *config, const struct finding *f, const char *kind, int64_t now_ms, struct arena *a, struct outbox_rows *rows);

/* A finished message of one receiver. Text in the arena. */
struct payload {
    const char *content_type;
    const char *body;
    size_t len;
    const char *subject; /* mail */
};

struct transport;

struct receiver {
    /* Renders `f`; `kind` as in the outbox; `ref` = what was kept of the earlier message (JSON text or NULL). */
    int (*render)(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a, struct payload *ret,
                  struct error *err);
    /* What is wrong with a payload that it rendered, a line each in `out`; how much. NULL = nothing can be said. */
    size_t (*check)(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, const struct payload *p,
                    struct strbuf *out);
    const struct transport *transport; /* receivers/receiver.h */
    struct pace { /* how fast it takes messages */
        int in_flight;
        double per_second, burst; /* 0 = no limit */
    } pace;
    bool posts;   /* each message is one more that people read: an update that is no news (receivers/said.h) is not sent */
    bool wants_all; /* programs read it: no digests */
    bool mirrors; /* is told what is so, again and again, instead of what happened: no rows in the outbox (mirror.c) */
};
const struct receiver *receiver_find(enum receiver_type type);

struct notifier;
struct notifier *notifier_new(const struct config *config, struct store *store, struct net *net, const struct clock *clock);
void notifier_free(struct notifier *n);
/* Starts sends that are due and handles finished ones; never blocks. Returns when it next wants to be called (ms, wall), INT64_MAX = when something new comes. */
int64_t notifier_pump(struct notifier *n);
/* Waits until everything due is sent or `deadline_ms` (wall) is reached: for one-shot commands and a clean stop. True when nothing due is left. */
bool notifier_drain(struct notifier *n, int64_t deadline_ms);

/*
 * The watch over ourselves, for a daemon. After notifier_watch() what a destination does not take is told through another one (trouble.h), and what is silenced in
 * Alertmanager is kept back (peer_silence.h; it waits some seconds for the first answer). notifier_cycle(): a cycle has
 * ended, complete or why not; the heartbeat hears that, or that a critical message waits too long.
 */
void notifier_watch(struct notifier *n);
void notifier_cycle(struct notifier *n, const char *why_not);

/*
 * For receivers that mirror a state (alertmanager): everything that fires, after a slot; what ended in it, with its reason, before that. What is in the mirror and no
 * longer fires is told to have ended. Between two calls the mirror stays as it is and is told again, so that a source that is down ends nothing. Copied, not borrowed.
 */
bool notifier_wants_active(const struct notifier *n, bool changed); /* nobody needs it: spare the work */
/* `to`: which destinations of the configuration (an array of them all); NULL = all that mirror. */
void notifier_ended(struct notifier *n, const struct finding *f, const bool *to);
void notifier_active_begin(struct notifier *n);
void notifier_active_add(struct notifier *n, const struct finding *f, const bool *to);
void notifier_active_end(struct notifier *n);

struct notify_counts {
    uint64_t sent, failed, dead, in_flight;
};
struct notify_counts notifier_counts(const struct notifier *n);

#endif
