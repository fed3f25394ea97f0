/* Recordings as a source; writing them is in recording_writer.c. */
#include "signal/recording.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <jansson.h>

#include "base/alloc.h"
#include "signal/builtin_recording.h"
#include "signal/source.h"

struct recording {
    struct source source;
    sqlite3 *db;
    struct recording_info info;
};

static void recording_free(struct source *base)
{
    struct recording *r = (struct recording *)base;
    sqlite3_close(r->db);
    free(r);
}

static int recording_discover(struct source *base, const struct ruleset *rules, int64_t from_ms, int64_t to_ms, struct arena *a,
                              struct discovery *ret, struct error *err)
{
    struct recording *r = (struct recording *)base;
    sqlite3_stmt *st;
    (void)rules, (void)from_ms, (void)to_ms;
    *ret = (struct discovery){.scrape_ms = r->info.scrape_ms, .from_ms = r->info.from_ms, .to_ms = r->info.to_ms};
    if (sqlite3_prepare_v2(r->db, "SELECT DISTINCT cluster FROM series ORDER BY cluster", -1, &st, NULL) != SQLITE_OK)
        return error_set(err, ERR_CORRUPT, "recording: %s", sqlite3_errmsg(r->db));
    ret->clusters = arena_array(a, 64, sizeof(*ret->clusters));
    int step;
    while ((step = sqlite3_step(st)) == SQLITE_ROW && ret->len < 64)
        ret->clusters[ret->len++].name = arena_strdup(a, (const char *)sqlite3_column_text(st, 0));
    if (step != SQLITE_DONE && step != SQLITE_ROW)
        error_set(err, ERR_CORRUPT, "recording: damaged (%s)", sqlite3_errmsg(r->db));
    sqlite3_finalize(st);
    if (step != SQLITE_DONE && step != SQLITE_ROW)
        return ERR_CORRUPT;
    return ret->len ? 0 : error_set(err, ERR_DATA, "recording: holds no series");
}

static int recording_bind(struct source *base, struct cluster *c, const struct name_values *match, int64_t from_ms, int64_t to_ms, struct error *err)
{
    struct recording *r = (struct recording *)base;
    sqlite3_stmt *st;
    (void)match, (void)from_ms, (void)to_ms;
    /* By name alone: rules may have given the signal to another kind since; a series without that kind's labels is left out when it is read. */
    const char *sql = "SELECT DISTINCT s.name FROM signal s JOIN series e ON e.signal = s.id WHERE e.cluster = ?1 AND s.name = ?2";
    if (sqlite3_prepare_v2(r->db, sql, -1, &st, NULL) != SQLITE_OK)
        return error_set(err, ERR_CORRUPT, "recording: %s", sqlite3_errmsg(r->db));
    for (size_t i = 0; i < c->rules->signals_len; i++) {
        const struct signal *s = c->rules->signals[i];
        c->bounds[i].len = 0;
        if (s->derived || s->is_fact || s->alert)
            continue;
        sqlite3_bind_text(st, 1, c->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 2, s->name, -1, SQLITE_STATIC);
        if (sqlite3_step(st) == SQLITE_ROW)
            vec_push(&c->bounds[i], (struct bound){NULL, ""});
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    return 0;
}

/* The identity labels of the answer's kind out of the stored object; false when one is missing. */
static bool identity_from_json(struct answer *a, const char *text, const char **ret)
{
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const struct entity_kind *kind = a->signal->kind;
    bool whole = json_is_object(object);
    for (size_t i = 0; whole && i < kind->identity_len; i++) {
        const char *value = json_string_value(json_object_get(object, kind->labels[i]));
        whole = value != NULL;
        if (whole)
            ret[i] = intern_str(&a->cluster->values, value);
    }
    json_decref(object);
    return whole;
}

static bool feed_chunk(const struct recording *r, struct answer *a, int64_t from_ms, int slots, const void *blob, int bytes)
{
    if (slots <= 0 || slots > BATCH_SLOTS_MAX)
        return false;
    uLongf size = (uLongf)slots * sizeof(double);
    AUTO(heap) double *values = xmalloc(size);
    if (uncompress((Bytef *)values, &size, blob, (uLong)bytes) != Z_OK || size != (uLongf)slots * sizeof(double))
        return false;
    for (int i = 0; i < slots; i++)
        if (!is_absent(values[i]))
            answer_sample(a, from_ms + i * r->info.interval_ms, values[i]);
    return true;
}

static void fetch_one(const struct recording *r, sqlite3_stmt *st, struct answer *a)
{
    const struct batch *b = a->batch;
    struct error err = {0};
    sqlite3_int64 current = -1;
    int step;
    sqlite3_bind_text(st, 1, a->cluster->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, a->signal->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 3, b->from_ms);
    sqlite3_bind_int64(st, 4, b->from_ms + (int64_t)(b->slots - 1) * b->step_ms);
    sqlite3_bind_int64(st, 5, r->info.interval_ms);
    while ((step = sqlite3_step(st)) == SQLITE_ROW && !err.code) {
        const char *identity[ENTITY_LABELS_MAX];
        const char *text = (const char *)sqlite3_column_text(st, 1);
        if (!text || !identity_from_json(a, text, identity))
            continue;
        if (sqlite3_column_int64(st, 0) != current)
            answer_series_identity(a, identity);
        current = sqlite3_column_int64(st, 0);
        if (!feed_chunk(r, a, sqlite3_column_int64(st, 2), sqlite3_column_int(st, 3), sqlite3_column_blob(st, 4), sqlite3_column_bytes(st, 4)))
            error_set(&err, ERR_CORRUPT, "recording: damaged samples of %s", a->signal->name);
    }
    if (!err.code && step != SQLITE_DONE && step != SQLITE_ROW)
        error_set(&err, ERR_CORRUPT, "recording: %s", sqlite3_errmsg(r->db));
    sqlite3_reset(st);
    answer_done(a, err.code ? ANSWER_FAILED : ANSWER_OK, err.code ? &err : NULL);
}

static void recording_fetch(struct source *base, struct batch *b, int64_t timeout_ms)
{
    struct recording *r = (struct recording *)base;
    sqlite3_stmt *st = NULL;
    (void)timeout_ms;
    const char *sql = "SELECT e.id, e.identity, c.from_ms, c.slots, c.\"values\" FROM series e JOIN signal s ON s.id = e.signal"
                      " JOIN chunk c ON c.series = e.id WHERE e.cluster = ?1 AND s.name = ?2 AND c.from_ms <= ?4 AND c.from_ms + c.slots * ?5 > ?3"
                      " ORDER BY e.id, c.from_ms";
    int code = sqlite3_prepare_v2(r->db, sql, -1, &st, NULL);
    for (size_t i = 0; i < b->len; i++) {
        struct error err;
        if (code == SQLITE_OK) {
            fetch_one(r, st, &b->answers[i]);
            continue;
        }
        error_set(&err, ERR_CORRUPT, "recording: %s", sqlite3_errmsg(r->db));
        answer_done(&b->answers[i], ANSWER_FAILED, &err);
    }
    sqlite3_finalize(st);
}

static const struct source_type recording_type = {
    .name = "recording",
    .discover = recording_discover,
    .bind = recording_bind,
    .fetch = recording_fetch,
    .free = recording_free,
};

static void read_meta(const struct recording *r, const char *key, char *ret, size_t size)
{
    sqlite3_stmt *st;
    ret[0] = '\0';
    if (sqlite3_prepare_v2(r->db, "SELECT value FROM meta WHERE key = ?1", -1, &st, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0))
        snprintf(ret, size, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
}

static int read_info(struct recording *r, const char *path, struct error *err)
{
    char text[64];
    read_meta(r, "schema", text, sizeof(text));
    if (strcmp(text, "nightbell.recording/1") != 0)
        return error_set(err, text[0] ? ERR_VERSION : ERR_INVALID, "%s: %s", path,
                         text[0] ? "a recording of another version" : "not a recording (or damaged); recordings are made by `nightbell record`");
    read_meta(r, "interval_ms", text, sizeof(text));
    r->info.interval_ms = strtoll(text, NULL, 10);
    read_meta(r, "from_ms", text, sizeof(text));
    r->info.from_ms = strtoll(text, NULL, 10);
    read_meta(r, "to_ms", text, sizeof(text));
    r->info.to_ms = strtoll(text, NULL, 10);
    read_meta(r, "scrape_ms", text, sizeof(text));
    r->info.scrape_ms = strtoll(text, NULL, 10);
    read_meta(r, "note", r->info.note, sizeof(r->info.note));
    if (r->info.interval_ms <= 0 || r->info.to_ms <= r->info.from_ms)
        return error_set(err, ERR_CORRUPT, "%s: the recording was not finished", path);
    return 0;
}

static int open_builtin(struct recording *r, struct error *err)
{
    if (!builtin_recording_len)
        return error_set(err, ERR_NOT_FOUND, "this build has no recording inside; give --source URL or FILE");
    if (sqlite3_open_v2(":memory:", &r->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return error_set(err, ERR_IO, "cannot open a database in memory");
    unsigned char *data = (unsigned char *)(uintptr_t)builtin_recording; /* read only by the flag below */
    sqlite3_int64 len = (sqlite3_int64)builtin_recording_len;
    if (sqlite3_deserialize(r->db, "main", data, len, len, SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
        return error_set(err, ERR_CORRUPT, "the recording inside this build cannot be read");
    return 0;
}

static int open_file(struct recording *r, const char *path, struct error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return error_set(err, ERR_NOT_FOUND, "%s: %m; a source is a recording's file, or a server as http://HOST:PORT", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "%s: no file that could be a recording", path);
    if (access(path, R_OK) != 0)
        return error_set(err, ERR_PERMISSION, "%s: %m", path);
    if (sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        return error_set(err, ERR_NOT_FOUND, "%s: %s", path, sqlite3_errmsg(r->db));
    return 0;
}

int recording_open(const char *path, struct source **ret, struct error *err)
{
    struct recording *r = xcalloc(1, sizeof(*r));
    int code = 0;
    r->source.type = &recording_type;
    r->source.name = "recording";
    if (strcmp(path, "builtin") == 0)
        code = open_builtin(r, err);
    else
        code = open_file(r, path, err);
    if (code == 0)
        code = read_info(r, path, err);
    if (code < 0) {
        recording_free(&r->source);
        return code;
    }
    *ret = &r->source;
    return 0;
}

bool source_is_recording(const struct source *s)
{
    return s->type == &recording_type;
}

void recording_info(const struct source *s, struct recording_info *ret)
{
    *ret = ((const struct recording *)s)->info;
}
