#include "cli/check_baseline.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/strbuf.h"

#define FILE_MAX ((size_t)64 << 20)

struct known {
    const char *key, *symptom, *cluster;
    enum severity severity;
};

struct baseline {
    struct arena words;
    VEC(struct known) list; /* by key */
    VEC(const char *) clusters;
    int64_t time_ms;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->key, ((const struct known *)b)->key);
}

static bool take_finding(struct baseline *b, json_t *event)
{
    AUTO(strbuf) struct strbuf key = STRBUF_INIT(FINDING_KEY_MAX);
    const char *symptom = json_string_value(json_object_get(event, "symptom")), *cluster = json_string_value(json_object_get(event, "cluster"));
    const char *severity = json_string_value(json_object_get(event, "severity")), *name;
    json_t *entity = json_object_get(event, "entity"), *value;
    struct label_set labels = {0};
    struct known known = {0};
    if (!symptom || !cluster || !severity || !json_is_object(entity) || !severity_parse(severity, &known.severity))
        return false;
    json_object_foreach(entity, name, value)
    {
        if (!json_is_string(value) || labels.len == LABEL_SET_MAX)
            return false;
        labels.items[labels.len++] = (struct label){name, json_string_value(value)};
    }
    finding_key(&key, symptom, cluster, labels);
    known.key = arena_strdup(&b->words, key.buf);
    known.symptom = arena_strdup(&b->words, symptom);
    known.cluster = arena_strdup(&b->words, cluster);
    vec_push(&b->list, known);
    return true;
}

static bool take_all(struct baseline *b, json_t *root)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_t *findings = json_object_get(root, "findings"), *clusters = json_object_get(root, "clusters"), *one;
    size_t i;
    if (!schema || strcmp(schema, "nightbell.check/1") != 0 || !json_is_array(findings) || !json_is_integer(json_object_get(root, "time")))
        return false;
    b->time_ms = json_integer_value(json_object_get(root, "time")) * 1000;
    json_array_foreach(clusters, i, one)
    {
        if (json_is_string(one))
            vec_push(&b->clusters, arena_strdup(&b->words, json_string_value(one)));
    }
    json_array_foreach(findings, i, one)
    {
        if (!take_finding(b, one))
            return false;
    }
    if (b->list.len)
        qsort(b->list.items, b->list.len, sizeof(b->list.items[0]), by_key);
    return true;
}

int baseline_read(const char *path, struct baseline **ret, struct error *err)
{
    char *text = NULL;
    size_t len = 0;
    *ret = NULL;
    int code = file_read(path, FILE_MAX, &text, &len, err);
    if (code < 0)
        return code;
    struct baseline *b = xcalloc(1, sizeof(*b));
    b->words.name = "baseline";
    json_t *root = json_loadb(text, len, 0, NULL);
    if (!root || !take_all(b, root))
        code = error_set(err, ERR_DATA, "%s: is not what nightbell check --save writes", path);
    json_decref(root);
    free(text);
    if (code < 0)
        baseline_free(b);
    else
        *ret = b;
    return code;
}

void baseline_free(struct baseline *b)
{
    if (!b)
        return;
    vec_free(&b->list);
    vec_free(&b->clusters);
    arena_free(&b->words);
    free(b);
}

static const struct known *find(const struct baseline *b, const struct finding *f)
{
    AUTO(strbuf) struct strbuf key = STRBUF_INIT(FINDING_KEY_MAX);
    if (!b || !b->list.len)
        return NULL;
    finding_key(&key, f->symptom, f->cluster, f->entity);
    return bsearch(&(struct known){.key = key.buf}, b->list.items, b->list.len, sizeof(b->list.items[0]), by_key);
}

bool baseline_knows(const struct baseline *b, const struct finding *f)
{
    const struct known *k = find(b, f);
    return k && f->severity <= k->severity;
}

size_t baseline_len(const struct baseline *b)
{
    return b ? b->list.len : 0;
}

int64_t baseline_time_ms(const struct baseline *b)
{
    return b->time_ms;
}

int baseline_fits(const struct baseline *b, const char *const *clusters, size_t len, struct error *err)
{
    for (size_t i = 0; i < b->clusters.len; i++)
        for (size_t k = 0; k < len; k++)
            if (strcmp(b->clusters.items[i], clusters[k]) == 0)
                return 0;
    return !b->clusters.len ? 0 : error_set(err, ERR_INVALID, "the baseline is of other clusters (%s%s)", b->clusters.items[0], b->clusters.len > 1 ? ", …" : "");
}

struct since baseline_since(const struct baseline *b, const struct finding *const *findings, size_t len,
                            enum sight (*sight)(const void *context, const char *symptom, const char *cluster), const void *context)
{
    struct since since = {0};
    bool *found = xcalloc(baseline_len(b) + 1, sizeof(*found));
    for (size_t i = 0; i < len; i++) {
        const struct known *k = find(b, findings[i]);
        if (k)
            found[k - b->list.items] = true;
        since.known += baseline_knows(b, findings[i]);
    }
    for (size_t i = 0; i < baseline_len(b); i++) {
        enum sight seen = found[i] ? SIGHT_ELSEWHERE : sight(context, b->list.items[i].symptom, b->list.items[i].cluster);
        since.gone += seen == SIGHT_CLEAR;
        since.unseen += seen == SIGHT_NONE;
    }
    free(found);
    return since;
}
