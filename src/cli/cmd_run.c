/*
 * nightbell run: the daemon's life. Open state, restore, make up what was missed, then the loop; SIGHUP loads configuration and rules anew and begins again with the
 * same state, unless they have mistakes: then the old ones stay.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/sd_notify.h"

#define DRAIN_MS 5000
#define RETRY_MS 5000

struct daemon {
    const struct options *options;
    struct session session;
    struct session next; /* read at a reload, lived after it */
    struct store *store, *next_store; /* next_store: of `next`; the same one unless it is to be another file */
    struct notifier *notifier;
    struct loop_control control;
    FILE *events; /* --events, NULL = not wanted */
    bool failing, events_failing;
};

/* Developers' way to run the daemon over the past: with NIGHTBELL_CLOCK=<Unix seconds> it believes that it is then, and waiting takes no time. */
static int64_t replayed_ms;

static int64_t replay_now(void *context)
{
    return *(const int64_t *)context;
}

static void replay_sleep_until(void *context, int64_t wall_ms)
{
    int64_t *now_ms = context;
    if (wall_ms > *now_ms)
        *now_ms = wall_ms;
}

static const struct clock clock_replay = {replay_now, replay_sleep_until, &replayed_ms};

static const struct clock *clock_wanted(void)
{
    const char *start = getenv("NIGHTBELL_CLOCK");
    struct error err;
    if (!start || !*start || (!replayed_ms && time_parse(start, 0, &replayed_ms, &err) < 0))
        return &clock_system;
    return &clock_replay;
}

/* Every event, as backtest prints it; whoever reads along sees it at once. */
static void on_finding(void *context, const struct finding *f, enum effect_kind kind)
{
    struct daemon *d = context;
    if (!d->events || kind == EFFECT_DROPPED || !session_wants(d->options, f->cluster))
        return;
    bool written = print_event(d->events, f, d->session.lang) && fflush(d->events) == 0;
    if (!written && !d->events_failing)
        log_error("--events: %s: %m", d->options->events);
    d->events_failing = !written;
    clearerr(d->events);
}

static void on_incident(void *context, const struct finding *lead, const struct incident *g, bool resolved)
{
    struct daemon *d = context;
    if (d->events && session_wants(d->options, lead->cluster)) {
        print_incident(d->events, lead, g, resolved);
        fflush(d->events);
    }
}

static void on_signal(void *context, struct loop_control *c)
{
    struct signalfd_siginfo info;
    (void)context;
    while (read(c->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            c->reload = 1;
        else
            c->stop = 1;
    }
}

static void on_tick(void *context, const struct engine *e, int64_t slot_ms, int code, const struct error *err)
{
    struct daemon *d = context;
    size_t fires = 0;
    char status[200];
    for (size_t i = 0; i < e->watches_len; i++)
        for (size_t s = 0; s < e->rules->symptoms_len; s++)
            fires += e->watches[i].states->symptoms[s].active;
    if (code < 0 && !d->failing)
        log_error("tick: %s; what fires stays as it is", err->text);
    if (code == 0 && d->failing)
        log_info("ticks work again");
    d->failing = code < 0;
    snprintf(status, sizeof(status), "WATCHDOG=1\nSTATUS=%zu clusters, %zu findings, slot %lld%s", e->watches_len, fires, (long long)(slot_ms / 1000),
             d->failing ? ", blind" : "");
    sd_notify_send(status);
}

static int open_signals(struct loop_control *c)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    c->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return c->signal_fd < 0 ? -1 : 0;
}

/* A daemon says more than a command, unless it was told how much. */
static void set_run_log_level(const struct options *o)
{
    if (!o->log_level)
        log_set_level(LOG_LEVEL_INFO);
}

/* Waits for a while or a signal. */
static void pause_ms(struct daemon *d, int ms)
{
    struct pollfd fd = {.fd = d->control.signal_fd, .events = POLLIN};
    if (poll(&fd, 1, ms) > 0)
        on_signal(d, &d->control);
}

/* Until some source has answered once there is nothing to watch; what was told before stays told. */
static void wait_for_source(struct daemon *d)
{
    struct engine *e = d->session.engine;
    struct error err = {0};
    bool said = false;
    while (!d->control.stop && !d->control.reload) {
        int64_t now_ms = clock_now_ms(e->clock);
        if (engine_discover(e, now_ms - 10 * 60 * 1000, now_ms, &err) == 0)
            return;
        if (!said)
            log_error("no source answers, waiting: %s", err.text);
        if (e->config->clusters_len) /* the clusters are known without it: their findings must be seen to be blind */
            return;
        said = true;
        sd_notify_send("STATUS=waiting for a source");
        pause_ms(d, RETRY_MS);
    }
}

static void tell_failure(const char *what, const struct error *err)
{
    log_warn("%s: %s", what, err->text);
}

/* Samples up to the last saved slot, then the states of that slot, then what was missed since. */
static int begin(struct daemon *d)
{
    struct engine *e = d->session.engine;
    struct error err = {0};
    int64_t now_ms = engine_align(e, clock_now_ms(e->clock) - e->config->offset_ms) - e->interval_ms;
    int64_t oldest_ms = now_ms + e->interval_ms - engine_look_back_ms(e), last_ms = store_last_slot_ms(d->store);
    if (last_ms == now_ms + e->interval_ms) /* back within the same slot: it is done */
        now_ms = last_ms;
    bool fresh = last_ms < oldest_ms || last_ms > now_ms;
    int64_t known_ms = fresh ? now_ms : last_ms;
    enum replay_mode mode = last_ms ? REPLAY_WINDOWS : REPLAY_QUIET;
    if (engine_replay(e, oldest_ms, known_ms, mode, &err) < 0)
        tell_failure("history is not there, baselines will take their time", &err);
    if (engine_attach(e, d->store, d->notifier, &err) < 0) {
        print_error("%s", err.text);
        return EXIT_INTERNAL;
    }
    if (!last_ms)
        engine_announce(e);
    else if (!fresh && known_ms < now_ms && engine_replay(e, known_ms + e->interval_ms, now_ms, REPLAY_TELL, &err) < 0)
        tell_failure("the slots since the last run cannot be made up", &err);
    return 0;
}

static int open_state(const char *path, struct store **ret)
{
    struct error err = {0};
    struct store_note note = {{0}};
    int code = store_open(path, true, ret, &note, &err);
    if (note.text[0])
        log_error("%s", note.text);
    if (code == 0)
        return 0;
    print_error("state: %s", err.text);
    return exit_code_of(code);
}

/* What is open stays open: it is locked, and somebody may have put another file in its place. */
static int open_next_state(struct daemon *d)
{
    const char *now = d->session.config->state_path, *next = d->next.config->state_path;
    struct stat a, b;
    bool same = strcmp(now, next) == 0 || (stat(now, &a) == 0 && stat(next, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
    if (!same)
        return open_state(next, &d->next_store);
    d->next_store = d->store;
    return 0;
}

static void end(struct daemon *d)
{
    if (d->notifier)
        notifier_drain(d->notifier, clock_now_ms(d->session.engine->clock) + DRAIN_MS);
    notifier_free(d->notifier);
    d->notifier = NULL;
    session_close(&d->session);
    if (d->store != d->next_store)
        store_close(d->store);
    d->store = NULL;
}

/* Configuration, rules, and sources as far as they can be opened without asking anybody. */
static int read_all(struct daemon *d, struct session *s)
{
    struct engine_sink sink = {.finding = on_finding, .incident = on_incident, .context = d};
    int code = session_open(d->options, clock_wanted(), &sink, s);
    set_run_log_level(d->options);
    return code;
}

/* Read before the old one is given up, and then that very reading is used: the files may be other ones a moment later. */
static bool can_reload(struct daemon *d)
{
    int code = read_all(d, &d->next);
    if (code == 0)
        code = open_next_state(d);
    if (code)
        session_close(&d->next);
    return code == 0;
}

/* One life between two reloads. */
static int live(struct daemon *d)
{
    struct error err = {0};
    int code = 0;
    if (d->next.engine) {
        d->session = d->next;
        d->next = (struct session){0};
        d->store = d->next_store;
        d->next_store = NULL;
    } else {
        code = read_all(d, &d->session);
        if (code == 0)
            code = open_state(d->session.config->state_path, &d->store);
    }
    if (code == 0 && d->options->until)
        code = session_time(&d->session, d->options->until, 0, &d->control.until_ms);
    if (code == 0) {
        struct engine *e = d->session.engine;
        d->notifier = notifier_new(d->session.config, d->store, e->net, e->clock);
        notifier_watch(d->notifier);
        wait_for_source(d);
        code = d->control.stop ? 0 : begin(d);
        sd_notify_send("READY=1");
        log_info("watching %zu clusters with %zu symptoms every %lld s", e->watches_len, e->rules->symptoms_len, (long long)(e->interval_ms / 1000));
    }
    while (code == 0 && !d->control.stop) {
        engine_run(d->session.engine, &d->control, &err);
        if (!d->control.reload)
            break;
        d->control.reload = can_reload(d);
        if (d->control.reload)
            break;
        log_error("reload: configuration or rules cannot be used, the old ones stay in force");
    }
    end(d);
    return code;
}

int cmd_run(const struct options *o)
{
    struct daemon d = {.options = o, .control = {.signal_fd = -1, .on_tick = on_tick, .on_signal = on_signal}};
    int code = 0;
    d.control.context = &d;
    if (open_signals(&d.control) < 0) {
        print_error("signals: %s", strerror(errno));
        return EXIT_INTERNAL;
    }
    if (o->events && !(d.events = fopen(o->events, "ae"))) {
        print_error("--events: %s: %s", o->events, strerror(errno));
        return EXIT_CANNOT_WRITE;
    }
    do {
        d.control.reload = 0;
        code = live(&d);
        if (d.control.reload)
            log_info("reloaded");
    } while (code == 0 && d.control.reload && !d.control.stop);
    session_close(&d.next);
    store_close(d.next_store);
    sd_notify_send("STOPPING=1");
    close(d.control.signal_fd);
    if (d.events)
        fclose(d.events);
    return code;
}
