/* Answers of every endpoint: no crash, the same result however the body is cut, and promises to the sink kept. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prom/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what)
{
    fprintf(stderr, "fuzz_response: %s\n", what);
    abort();
}

static void mix(uint64_t *hash, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ ((const unsigned char *)data)[i]) * UINT64_C(1099511628211);
}

static bool on_series(void *context, const struct prom_label *labels, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        mix(context, labels[i].name, strlen(labels[i].name) + 1);
        mix(context, labels[i].value, strlen(labels[i].value) + 1);
    }
    return true;
}

static bool on_samples(void *context, const int64_t *time_ms, const double *value, size_t len)
{
    for (size_t i = 1; i < len; i++)
        if (time_ms[i] <= time_ms[i - 1])
            die("times do not rise");
    mix(context, time_ms, len * sizeof(*time_ms));
    mix(context, value, len * sizeof(*value));
    return true;
}

static bool on_value(void *context, const char *text)
{
    mix(context, text, strlen(text));
    return true;
}

static bool on_target(void *context, const struct prom_target *target)
{
    mix(context, target->url, strlen(target->url));
    return on_series(context, target->labels, target->labels_len);
}

static int read_in_steps(enum response_kind kind, const char *body, size_t size, size_t step, uint64_t *ret_hash)
{
    struct prom_sink sink = {ret_hash, on_series, on_samples, on_value, on_target, NULL};
    struct response_limits limits = {.series = 50, .points = 500};
    struct prom_result result = {0};
    struct response *r = response_new(kind, &limits, &sink);
    *ret_hash = 0;
    bool go_on = true;
    for (size_t at = 0; at < size && go_on; at += step)
        go_on = response_feed(r, body + at, size - at < step ? size - at : step);
    response_finish(r, &result);
    if (result.error.code > 0 || (result.error.code && !result.error.text[0]) || strpbrk(result.error.text, "\n\r"))
        die("an error without a proper text");
    if (result.series > limits.series || result.points > limits.points)
        die("over the limits");
    mix(ret_hash, &result.series, sizeof(result.series));
    response_free(r);
    return result.error.code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *body = (const char *)data;
    for (int kind = RESPONSE_QUERY; kind <= RESPONSE_BUILDINFO; kind++) {
        uint64_t whole, pieces;
        int rc = read_in_steps((enum response_kind)kind, body, size, size ? size : 1, &whole);
        for (size_t step = 1; step <= 13; step += 6)
            if (read_in_steps((enum response_kind)kind, body, size, step, &pieces) != rc || pieces != whole)
                die("a cut changes what is read");
    }
    return 0;
}
