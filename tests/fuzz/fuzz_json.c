/* The tokenizer against jansson: both accept a document or both refuse it, and the way it is cut changes nothing. */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prom/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
    uint64_t hash;
    bool nul_in_key;
};

static bool mix(void *context, enum json_event event, const char *text, size_t len)
{
    struct trace *t = context;
    t->hash = (t->hash ^ (uint64_t)event) * UINT64_C(1099511628211);
    for (size_t i = 0; i < len; i++)
        t->hash = (t->hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    t->nul_in_key |= event == ON_KEY && len && memchr(text, '\0', len);
    return true;
}

static int parse(const char *text, size_t len, size_t step, struct trace *ret)
{
    struct json j;
    *ret = (struct trace){0};
    json_init(&j, &(struct json_handler){.event = mix, .context = ret});
    int rc = 0;
    for (size_t at = 0; at < len && rc == 0; at += step)
        rc = json_feed(&j, text + at, len - at < step ? len - at : step, NULL);
    if (rc == 0)
        rc = json_finish(&j, NULL);
    json_free(&j);
    return rc;
}

static void die(const char *what)
{
    fprintf(stderr, "fuzz_json: %s\n", what);
    abort();
}

static void against_jansson(const char *text, size_t size, int rc, const struct trace *trace)
{
    if (size == 0)
        return;
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    enum json_error_code code = root ? json_error_unknown : json_error_code(&error);
    /* numbers beyond double or int64 and NUL in keys are jansson's own limits; depth and token length are ours */
    bool its_limit = code == json_error_numeric_overflow || code == json_error_null_byte_in_key || code == json_error_stack_overflow || trace->nul_in_key;
    if (rc == 0 && !root && !its_limit)
        die("accepted what jansson refuses");
    /* jansson overlooks a NUL byte between tokens */
    if (rc == ERR_SYNTAX && root && !memchr(text, '\0', size))
        die("refused what jansson accepts");
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 7};
    const char *text = (const char *)data;
    struct trace whole, pieces;
    int rc = parse(text, size, size ? size : 1, &whole);
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        if (parse(text, size, steps[i], &pieces) != rc || pieces.hash != whole.hash)
            die("a cut changes what is read");
    against_jansson(text, size, rc, &whole);
    return 0;
}
