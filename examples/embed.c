/*
 * Nightbell inside another program: the web pack of examples/web is fed with an hour of a service whose latency jumps, and tells what it thinks of it.
 *
 *     cc -Iinclude examples/embed.c build/release/libnightbell.a $(pkg-config --libs libcurl jansson yaml-0.1 sqlite3 zlib) -lm -o embed
 *     ./embed examples/web
 *
 * Exit code 0 when the jump was found and nothing was found before it.
 */
#include <math.h>
#include <stdio.h>

#include "nightbell/nightbell.h"

#define STEP_MS 15000
#define START_MS INT64_C(1795000005000) /* a multiple of STEP_MS */
#define JUMP_SLOT 160
#define SLOTS 200

static size_t fired, fired_early;

static void on_event(void *context, const char *event_json)
{
    const int *slot = context;
    puts(event_json);
    fired++;
    fired_early += *slot < JUMP_SLOT;
}

static int feed(struct nb_engine *nb, int slot)
{
    const struct nb_label shop[] = {{"service", "shop"}};
    int64_t now_ms = START_MS + (int64_t)slot * STEP_MS;
    double wave = 1 + 0.05 * sin(slot * 0.7); /* no load is ever quite even */
    double latency = (slot < JUMP_SLOT ? 0.080 : 0.900) * wave; /* seconds */
    const struct {
        const char *signal;
        double value;
    } samples[] = {{"requests", 120 * wave}, {"latency", latency}, {"failed_requests", 0}};
    int status = NB_OK;
    for (size_t i = 0; status == NB_OK && i < sizeof(samples) / sizeof(samples[0]); i++)
        status = nb_feed(nb, samples[i].signal, shop, 1, now_ms, samples[i].value);
    return status;
}

int main(int argc, char **argv)
{
    struct nb_engine *nb;
    struct nb_options options = {.rules = argc > 1 ? argv[1] : "examples/web", .interval_ms = STEP_MS};
    char error[300];
    int slot = 0;
    if (nb_open(&options, &nb, error, sizeof(error)) != NB_OK) {
        fprintf(stderr, "embed: %s\n", error);
        return 2;
    }
    nb_on_event(nb, on_event, &slot);
    for (; slot < SLOTS; slot++) {
        if (feed(nb, slot) != NB_OK || nb_tick(nb, START_MS + (int64_t)slot * STEP_MS, error, sizeof(error)) != NB_OK) {
            fprintf(stderr, "embed: slot %d: %s\n", slot, error);
            nb_close(nb);
            return 2;
        }
    }
    size_t now = nb_findings(nb, NULL, NULL);
    printf("nightbell %s: %zu events, %zu of them before the jump; %zu findings now\n", nb_version(), fired, fired_early, now);
    nb_close(nb);
    return now > 0 && fired_early == 0 ? 0 : 1;
}
