/*
 * Delivery when the process is killed at any step and peers answer in ten ways. Over random histories, and over one killed at each of its steps: nothing is lost, nothing
 * comes out of order in its lane, nothing twice unless it was in doubt whether it had come, and nothing is said to be over that is not.
 * HISTORIES=n and SEED=n choose others; a fault names the seed that shows it again, TRACE=1 with all that went to and fro.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/file.h"
#include "crash_peer.h"
#include "findings.h"

#ifdef __SANITIZE_ADDRESS__
#define HISTORIES 24 /* a fork costs ten times as much */
#define EACH_STEP 40
#else
#define HISTORIES 300 /* HISTORIES=1000 takes 17 s of one core */
#define EACH_STEP 4
#endif
#define DEATHS_MAX 6
#define TURNS_MAX 20000

static char folder[64], db_path[96], secret_path[96], log_path[96];
static struct config config;
static struct destination_config destinations[DESTINATIONS_MAX];

/* ---- what would make two runs of a seed differ, and where the state file is written ---- */

int rand_r(unsigned *seed)
{
    (void)seed;
    return dice_of(&world->dice, RAND_MAX);
}

static int64_t fake_now(void *context)
{
    (void)context;
    return world->now_ms;
}
static const struct clock fake_clock = {.now_ms = fake_now};

static ssize_t counted_pwrite(int fd, const void *data, size_t len, off_t at)
{
    step();
    return pwrite(fd, data, len, at);
}

static int counted_ftruncate(int fd, off_t len)
{
    step();
    return ftruncate(fd, len);
}

static void count_writes(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    static const char *const writers[] = {"pwrite", "pwrite64"};
    for (size_t i = 0; i < ARRAY_LEN(writers); i++)
        vfs->xSetSystemCall(vfs, writers[i], (sqlite3_syscall_ptr)counted_pwrite);
    assert_int_equal(vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)counted_ftruncate), SQLITE_OK);
}

/* ---- a life ---- */

static void configure(void)
{
    static char urls[DESTINATIONS_MAX][32], ids[DESTINATIONS_MAX][32];
    static const char *to[] = {"oncall@example.org"};
    config = (struct config){.language = "en", .route.receiver = "oncall", .destinations = destinations, .destinations_len = (size_t)world->destinations};
    for (int i = 0; i < world->destinations; i++) {
        snprintf(urls[i], sizeof urls[i], "http://p%d/", i);
        snprintf(ids[i], sizeof ids[i], "oncall/%d", i);
        destinations[i] = (struct destination_config){.type = world->types[i], .receiver = "oncall", .id = ids[i], .http.url = urls[i], .smtp_url = urls[i], .channel = "#c",
                                                      .from = "bell@example.org", .to = to, .to_len = 1, .routing_key_file = secret_path};
        if (world->types[i] != RECEIVER_SLACK || !world->hook)
            destinations[i].token_file = secret_path;
    }
}

static struct finding finding_of(int k, int tick, const struct event *e, struct arena *a)
{
    struct finding f = finding_firing();
    if (e->state == 'U')
        f = finding_unknown();
    if (e->state == 'R' || e->state == 'L')
        f = finding_ended(e->state == 'R' ? FINDING_RESOLVED : FINDING_UNKNOWN, e->state == 'R' ? "condition_cleared" : "lost_sight");
    snprintf(f.incident, sizeof f.incident, "%016x", k + 1);
    f.revision = e->revision;
    f.severity = e->severity;
    const char *title = arena_printf(a, "i%02dr%03ut%03d%c%c", k, e->revision, tick, e->state, *severity_names[e->severity]);
    f.title = (struct text){{title, title}};
    return f;
}

static struct state_row state_of(int k, const struct event *e)
{
    static const char *const names[INCIDENTS_MAX] = {"s0", "s1", "s2", "s3"};
    struct state_row row = {.symptom = names[k], .cluster = "orders", .state = 1, .severity = e->severity, .revision = e->revision};
    snprintf(row.incident, sizeof row.incident, "%016x", k + 1);
    return row;
}

/* A tick as the engine makes one: states, history and outbox in one commit. */
static bool commit_tick(struct store *s, int tick)
{
    AUTO(arena) struct arena a = ARENA_INIT("tick");
    struct outbox_rows rows = {0};
    struct finding findings[INCIDENTS_MAX];
    const struct finding *changes[INCIDENTS_MAX];
    struct state_row states[INCIDENTS_MAX], ended[INCIDENTS_MAX];
    struct commit c = {.slot_ms = BEGIN_MS + tick * TICK_MS, .states = states, .ended = ended, .transitions = changes};
    for (int k = 0; k < world->incidents; k++) {
        const struct event *e = &world->events[tick][k];
        if (!e->kind)
            continue;
        findings[k] = finding_of(k, tick, e, &a);
        changes[c.transitions_len++] = &findings[k];
        notify_plan(&config, &findings[k], e->kind, world->now_ms, &a, &rows);
        if (strcmp(e->kind, "resolve") == 0)
            ended[c.ended_len++] = state_of(k, e);
        else
            states[c.states_len++] = state_of(k, e);
    }
    c.outbox = rows.items;
    c.outbox_len = rows.len;
    bool done = store_commit(s, &c, NULL) == 0;
    free(rows.items);
    return done;
}

struct restored {
    int len, wrong, tick;
};

static void check_state(void *context, const struct state_row *row)
{
    struct restored *r = context;
    struct event e = world_at(row->symptom[1] - '0', r->tick);
    r->len++;
    r->wrong += !e.kind || strcmp(e.kind, "resolve") == 0 || row->revision != e.revision || row->severity != e.severity;
}

/* What a life finds is what the last committed tick left. Says which tick is next. */
static int check_restored(struct store *s)
{
    int64_t last_ms = store_last_slot_ms(s);
    struct restored r = {.tick = last_ms ? (int)((last_ms - BEGIN_MS) / TICK_MS) : -1};
    int open = 0;
    for (int k = 0; k < world->incidents; k++) {
        struct event e = world_at(k, r.tick);
        open += e.kind && strcmp(e.kind, "resolve") != 0;
    }
    if (store_load_states(s, check_state, &r, NULL) != 0 || r.wrong || r.len != open)
        fault("states that are not those of the last commit", &(struct said){.incident = r.len, .tick = r.tick}, -1);
    return r.tick + 1;
}

/* Sends and waits until `until_ms`; 0 = until nothing is left to send. */
static void pass(struct notifier *n, struct store *s, int64_t until_ms)
{
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        int64_t next_ms = notifier_pump(n), answer_ms = peer_next_ms();
        if (!until_ms && answer_ms == INT64_MAX && store_outbox_next_ms(s) == INT64_MAX)
            return;
        next_ms = next_ms > world->now_ms + 1000 ? next_ms : world->now_ms + 1000;
        next_ms = answer_ms < next_ms ? answer_ms : next_ms;
        if (until_ms && next_ms >= until_ms) {
            world->now_ms = until_ms;
            return;
        }
        world->now_ms = next_ms > world->now_ms ? next_ms : world->now_ms + 1;
        peer_answer_due();
    }
    fault("it never ends", &(struct said){0}, -1);
}

static bool note_left(void *context, const struct outbox_row *row, const char *status)
{
    struct said s = {.incident = (int)strtol(row->incident, NULL, 16) - 1, .revision = row->revision};
    int to = row->destination[strlen("oncall/")] - '0';
    bool ours = strncmp(row->incident, "00000000000", 11) == 0; /* else about a trouble of our own */
    (void)context;
    if (strcmp(status, "dead") != 0)
        fault("still waiting at the end", &s, to);
    else if (ours && !world->lanes[s.incident][to].refused)
        fault("given up without a reason", &s, to);
    world->dead++;
    if (ours && row->revision == world_at(s.incident, world->ticks - 1).revision)
        world->lanes[s.incident][to].last.incident = -2; /* nobody waits for it */
    return true;
}

/* Each peer knows how each incident stands, or it is known that it does not. */
static void check_end(struct store *s)
{
    store_outbox_list(s, note_left, NULL, NULL);
    for (int k = 0; k < world->incidents; k++) {
        struct event e = world_at(k, world->ticks - 1);
        for (int i = 0; e.kind && i < world->destinations; i++) {
            const struct said *last = &world->lanes[k][i].last;
            bool all = receiver_find(world->types[i])->wants_all;
            if (last->incident == -2)
                continue;
            if (last->incident < 0 || last->state != e.state || (all && last->revision != e.revision) || (e.severity == SEVERITY_CRITICAL && last->severity != 'c'))
                fault("lost", &(struct said){k, world->ticks, e.revision, e.state, 0, '0'}, i);
        }
    }
}

static void live(void)
{
    struct store *s;
    if (store_open(db_path, true, &s, NULL, NULL) != 0) {
        fault("a state file that cannot be opened", &(struct said){0}, -1);
        return;
    }
    struct notifier *n = notifier_new(&config, s, NULL, &fake_clock);
    if (world->watched)
        notifier_watch(n);
    for (int tick = check_restored(s); tick < world->ticks; tick++) {
        int64_t slot_ms = BEGIN_MS + tick * TICK_MS;
        world->now_ms = world->now_ms > slot_ms ? world->now_ms : slot_ms;
        if (!commit_tick(s, tick))
            fault("a commit that failed", &(struct said){.tick = tick}, -1);
        pass(n, s, slot_ms + TICK_MS > world->now_ms ? slot_ms + TICK_MS : world->now_ms + 1000);
    }
    world->calm = true;
    pass(n, s, 0);
    check_end(s);
    notifier_free(n);
    store_close(s);
}

/* ---- histories ---- */

/* A child that lives; true when it was killed. */
static bool life(void)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(fd, 2);
        live();
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    bool died = WIFEXITED(status) && WEXITSTATUS(status) == DIED;
    if (!died && (!WIFEXITED(status) || WEXITSTATUS(status)))
        fault("a life that crashed by itself", &(struct said){0}, -1);
    for (int k = 0; died && k < INCIDENTS_MAX; k++)
        for (int i = 0; i < DESTINATIONS_MAX; i++) {
            if (world->lanes[k][i].asked)
                doubt(&world->lanes[k][i]);
            world->lanes[k][i].asked = 0;
        }
    world->now_ms += died ? 1000 * dice_of(&world->dice, 60) : 0;
    return died;
}

static void fresh_file(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        AUTO(heap) char *path = xasprintf("%s%s", db_path, ends[i]);
        unlink(path);
    }
}

static void tell_fault(uint64_t seed, int64_t die_at)
{
    char *log = NULL;
    size_t len;
    if (file_read(log_path, 1 << 20, &log, &len, NULL) == 0)
        fprintf(stderr, "its lives said:\n%s\n", log); /* cmocka would cut it */
    free(log);
    fail_msg("SEED=%llu, first killed at step %lld: %s", (unsigned long long)seed, (long long)die_at, world->fault);
}

/* Dies at `die_at` (0 = never), and up to `more` times at some step after that. Says how many steps there were. */
static int64_t play(uint64_t seed, int64_t die_at, int more)
{
    struct dice deaths = {~seed};
    world_begin(seed);
    configure();
    fresh_file();
    unlink(log_path);
    world->die_at = die_at;
    while (life() && !world->fault[0])
        world->die_at = more-- > 0 ? world->steps + 1 + dice_of(&deaths, 300) : 0;
    if (world->fault[0])
        tell_fault(seed, die_at);
    return world->steps;
}

static int64_t number_of(const char *name, int64_t fallback)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : fallback;
}

static void histories__killed_at_random__nothing_lost_twice_or_false(void **state)
{
    (void)state;
    int64_t first = number_of("SEED", 1), len = number_of("HISTORIES", HISTORIES), requests = 0, taken = 0, twice = 0, dead = 0, killed = 0;
    for (int64_t i = 0; i < len; i++) {
        uint64_t seed = (uint64_t)(first + i);
        struct dice d = {seed * 77};
        int deaths = dice_of(&d, DEATHS_MAX);
        play(seed, deaths ? 1 + dice_of(&d, 400) : 0, deaths - 1);
        requests += world->requests;
        taken += world->taken;
        twice += world->twice;
        dead += world->dead;
        killed += deaths;
    }
    print_message("%lld histories, up to %lld kills: %lld requests, %lld messages taken, %lld twice (in doubt), %lld given up as the peer said\n", (long long)len,
                  (long long)killed, (long long)requests, (long long)taken, (long long)twice, (long long)dead);
    assert_true(len < HISTORIES || (twice > 0 && dead > 0 && taken > len)); /* else it proves nothing */
}

static void history__killed_at_each_step__nothing_lost_twice_or_false(void **state)
{
    static const uint64_t seeds[] = {3};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
        int64_t steps = play(seeds[i], 0, 0);
        assert_true(steps > 50);
        for (int64_t at = 1; at <= steps; at += EACH_STEP)
            play(seeds[i], at, 0);
        print_message("seed %llu: killed at each %d of %lld steps\n", (unsigned long long)seeds[i], EACH_STEP, (long long)steps);
    }
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/nb-crash-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    snprintf(db_path, sizeof db_path, "%s/state.db", folder);
    snprintf(secret_path, sizeof secret_path, "%s/secret", folder);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    int fd = open(secret_path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || write(fd, "0123456789abcdef0123456789abcdef\n", 33) != 33 || close(fd) != 0)
        return -1;
    world = mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    count_writes();
    return world == MAP_FAILED ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    fresh_file();
    unlink(secret_path);
    unlink(log_path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history__killed_at_each_step__nothing_lost_twice_or_false),
        cmocka_unit_test(histories__killed_at_random__nothing_lost_twice_or_false),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
