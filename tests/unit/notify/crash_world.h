/*
 * What test_crash.c plays: a history of incidents that follows from a seed, told while peers answer badly and the process is killed.
 *
 * A life is a child process; what it did to the outside (what the peers took, how late it is) stands in memory that is shared with its parent and outlives it, as the
 * outside does. It dies at step `die_at`: each write to the state file, each request and each answer is one. Messages are told apart by a mark in their title, which
 * every receiver says: "i02r007t011Fc" is incident 2, revision 7, tick 11, firing, critical.
 */
#ifndef UNIT_NOTIFY_CRASH_WORLD_H
#define UNIT_NOTIFY_CRASH_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "notify/notify.h"

#define TICK_MS INT64_C(15000)
#define BEGIN_MS INT64_C(1795000000000)
#define TICKS_MAX 24
#define INCIDENTS_MAX 4
#define DESTINATIONS_MAX 3
#define DIED 9 /* a life's exit code, as by kill -9 */

struct dice {
    uint64_t state;
};

static inline uint64_t dice_next(struct dice *d)
{
    uint64_t z = (d->state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline int dice_of(struct dice *d, int sides)
{
    return (int)(dice_next(d) % (uint64_t)sides);
}

struct event { /* what a tick does to an incident */
    const char *kind; /* NULL = nothing */
    uint32_t revision;
    char state; /* F firing, U not seen, R resolved, L lost sight of */
    enum severity severity;
};

struct said { /* a mark, and the way it came by */
    int incident, tick;
    uint32_t revision;
    char state, severity, way;
};

struct lane_seen { /* of one incident, at one peer */
    struct said last, last_by_way[3]; /* taken; incident -1 = none */
    bool doubtful[3]; /* by way: since the last one was taken an answer was bad or we died before it was kept */
    int asked;     /* so many are under way, or their answers are being kept */
    bool refused;  /* a message was answered in a way that gives it up */
};

struct world {
    struct event events[TICKS_MAX][INCIDENTS_MAX];
    int ticks, incidents, destinations;
    enum receiver_type types[DESTINATIONS_MAX];
    bool watched, hook, traced; /* a daemon's; Slack without a token; for people */
    struct dice dice;   /* the peers' */
    int weather[DESTINATIONS_MAX]; /* how many of ten answers are bad */
    bool calm;          /* all peers work again */
    int64_t now_ms, steps, die_at, requests, taken, twice, dead;
    struct lane_seen lanes[INCIDENTS_MAX][DESTINATIONS_MAX];
    char fault[600];
};

static struct world *world; /* shared with the child */

static void fault(const char *what, const struct said *s, int destination)
{
    if (!world->fault[0])
        snprintf(world->fault, sizeof world->fault, "%s: incident %d revision %u tick %d state %c way %c, destination %d, at step %lld", what, s->incident, s->revision, s->tick,
                 s->state, s->way, destination, (long long)world->steps);
}

/* Every request and answer, for whoever looks into one seed with TRACE=1. */
static void trace(const char *what, const char *how, const struct said *s, int destination)
{
    if (world->traced)
        fprintf(stderr, "step %lld at %lld ms, destination %d: %s %s: incident %d revision %u tick %d state %c way %c\n", (long long)world->steps,
                (long long)(world->now_ms - BEGIN_MS), destination, what, how, s->incident, s->revision, s->tick, s->state, s->way);
}

static void step(void)
{
    if (++world->steps == world->die_at)
        _exit(DIED);
}

/* ---- histories ---- */

static void script_incident(struct dice *d, int k)
{
    int at = dice_of(d, world->ticks / 2), end = dice_of(d, 5) ? at + 1 + dice_of(d, world->ticks - at) : world->ticks;
    struct event now = {"open", 1, 'F', dice_of(d, 2) ? SEVERITY_CRITICAL : SEVERITY_WARNING};
    world->events[at][k] = now;
    for (at++; at < world->ticks && at < end; at++) {
        static const char *const kinds[] = {"update", "update", "repeat"};
        if (dice_of(d, 3) == 0)
            continue;
        now.kind = kinds[dice_of(d, 3)];
        now.revision += now.kind[0] == 'u';
        if (now.kind[0] == 'u') {
            now.state = dice_of(d, 5) ? 'F' : 'U';
            now.severity = dice_of(d, 4) ? now.severity : dice_of(d, 2) ? SEVERITY_CRITICAL : SEVERITY_WARNING;
        }
        world->events[at][k] = now;
    }
    if (end < world->ticks)
        world->events[end][k] = (struct event){"resolve", now.revision + 1, dice_of(d, 6) ? 'R' : 'L', now.severity};
}

static void world_begin(uint64_t seed)
{
    static const enum receiver_type types[] = {RECEIVER_SLACK, RECEIVER_SLACK, RECEIVER_EMAIL_WEBHOOK, RECEIVER_EMAIL, RECEIVER_WEBHOOK,
                                               RECEIVER_PAGERDUTY, RECEIVER_TELEGRAM, RECEIVER_DISCORD, RECEIVER_TEAMS};
    struct dice d = {seed};
    *world = (struct world){.now_ms = BEGIN_MS, .die_at = -1};
    world->ticks = 8 + dice_of(&d, TICKS_MAX - 8);
    world->incidents = 1 + dice_of(&d, INCIDENTS_MAX);
    world->destinations = 1 + dice_of(&d, DESTINATIONS_MAX);
    world->traced = getenv("TRACE") != NULL;
    world->watched = dice_of(&d, 2);
    world->hook = dice_of(&d, 3) == 0;
    for (int i = 0; i < world->destinations; i++) {
        world->types[i] = types[dice_of(&d, (int)ARRAY_LEN(types))];
        world->weather[i] = dice_of(&d, 10);
    }
    for (int k = 0; k < world->incidents; k++)
        script_incident(&d, k);
    for (int k = 0; k < INCIDENTS_MAX; k++)
        for (int i = 0; i < DESTINATIONS_MAX; i++) {
            struct lane_seen *l = &world->lanes[k][i];
            l->last.incident = l->last_by_way[0].incident = l->last_by_way[1].incident = l->last_by_way[2].incident = -1;
        }
    world->dice = d;
}

/* The last that happened to an incident up to a tick; kind NULL = nothing yet. */
static struct event world_at(int incident, int tick)
{
    while (tick >= 0 && !world->events[tick][incident].kind)
        tick--;
    return tick < 0 ? (struct event){0} : world->events[tick][incident];
}

static int world_tick(void)
{
    return (int)((world->now_ms - BEGIN_MS) / TICK_MS);
}

static void doubt(struct lane_seen *l)
{
    memset(l->doubtful, true, sizeof l->doubtful);
}

#endif
