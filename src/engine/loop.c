/* The daemon's loop: a tick on every grid point, deliveries in between. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "engine/engine.h"

#define REBIND_EVERY_MS (10 * 60 * 1000)
#define RECENT_MS (10 * 60 * 1000)
#define PRUNE_EVERY_MS (3600 * 1000)
#define KEEP_HISTORY_MS (90LL * 86400 * 1000)
#define WAIT_MAX_MS 1000

static int64_t soonest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Sends what is due and waits until `until_ms`, a signal, or the next delivery. */
static void deliver_until(struct engine *e, struct loop_control *control, int64_t until_ms)
{
    while (!control->stop && !control->reload) {
        int64_t now_ms = clock_now_ms(e->clock), next_ms = until_ms;
        if (e->notifier)
            next_ms = soonest(next_ms, notifier_pump(e->notifier));
        if (e->memory_notifier)
            next_ms = soonest(next_ms, notifier_pump(e->memory_notifier));
        if (now_ms >= until_ms)
            return;
        int64_t wait_ms = next_ms > now_ms ? next_ms - now_ms : 0;
        struct pollfd fd = {.fd = control->signal_fd, .events = POLLIN};
        if (e->clock != &clock_system) { /* its time passes when it is waited for; what is under way still takes its own */
            e->clock->sleep_until_ms(e->clock->context, net_pending(e->net) ? now_ms : next_ms);
            wait_ms = net_pending(e->net) ? WAIT_MAX_MS : 0;
        }
        net_pump(e->net, (int)soonest(wait_ms, WAIT_MAX_MS), control->signal_fd >= 0 ? &fd : NULL, control->signal_fd >= 0);
        if (control->signal_fd >= 0 && (fd.revents & POLLIN) && control->on_signal)
            control->on_signal(control->context, control);
    }
}

static void keep_house(struct engine *e, int64_t slot_ms, int64_t *pruned_ms)
{
    struct error err;
    if (slot_ms - e->bound_ms >= REBIND_EVERY_MS && engine_discover(e, slot_ms - RECENT_MS, slot_ms, &err) < 0)
        e->bound_ms = slot_ms - REBIND_EVERY_MS + 60000; /* again in a minute */
    if (e->store && slot_ms - *pruned_ms >= PRUNE_EVERY_MS) {
        if (store_prune(e->store, slot_ms - KEEP_HISTORY_MS, &err) < 0)
            log_warn("history is not pruned: %s", err.text);
        *pruned_ms = slot_ms;
    }
}

/* After a pause (a machine that slept, a source that hung) the slots that were missed are made up from history. */
static void catch_up(struct engine *e, int64_t slot_ms)
{
    struct error err;
    int64_t oldest = slot_ms - engine_look_back_ms(e), from_ms = e->slot_ms + e->interval_ms;
    if (e->slot_ms && slot_ms - e->slot_ms > e->interval_ms &&
        engine_replay(e, from_ms > oldest ? from_ms : oldest, slot_ms - e->interval_ms, REPLAY_TELL, &err) < 0)
        log_warn("missed slots cannot be made up: %s", err.text);
}

/* A tick that takes longer than the interval makes the next slots late: an operator must hear that the machine or the servers are too small. */
static int timed_tick(struct engine *e, int64_t slot_ms, struct error *err)
{
    int64_t before_ms = mono_ms();
    int code = engine_tick(e, slot_ms, err);
    int64_t took_ms = mono_ms() - before_ms;
    if (took_ms > e->interval_ms)
        log_warn("the tick took %" PRId64 " ms, longer than the interval of %" PRId64 " ms: the slots it missed are made up from history", took_ms,
                 e->interval_ms);
    else
        log_debug("the tick took %" PRId64 " ms", took_ms);
    return code;
}

int engine_run(struct engine *e, struct loop_control *control, struct error *err)
{
    int64_t pruned_ms = 0;
    int code = 0;
    while (!control->stop && !control->reload) {
        int64_t slot_ms = engine_align(e, clock_now_ms(e->clock) - e->config->offset_ms);
        if (slot_ms <= e->slot_ms)
            slot_ms = e->slot_ms + e->interval_ms;
        if (control->until_ms && slot_ms > control->until_ms)
            break;
        deliver_until(e, control, slot_ms + e->config->offset_ms);
        if (control->stop || control->reload)
            break;
        catch_up(e, slot_ms);
        code = timed_tick(e, slot_ms, err);
        if (e->notifier)
            notifier_cycle(e->notifier, e->incomplete[0] ? e->incomplete : NULL);
        if (control->on_tick)
            control->on_tick(control->context, e, slot_ms, code, err);
        keep_house(e, slot_ms, &pruned_ms);
    }
    return control->until_ms ? code : 0;
}
