/* Writing recordings: batches become rows, in one transaction that recording_finish() commits. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include <jansson.h>

#include "base/alloc.h"
#include "signal/anonymise.h"
#include "signal/cluster.h"
#include "signal/recording.h"

struct recording_writer {
    sqlite3 *db;
    sqlite3_stmt *signal, *series, *chunk;
    struct anonymiser *names; /* NULL = names stay */
    int64_t interval_ms, from_ms, to_ms;
};

static const char schema[] = "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) STRICT;"
                             "CREATE TABLE signal(id INTEGER PRIMARY KEY, name TEXT UNIQUE, entity TEXT, unit TEXT) STRICT;"
                             "CREATE TABLE series(id INTEGER PRIMARY KEY, cluster TEXT, signal INTEGER, identity TEXT, UNIQUE(cluster, signal, identity)) STRICT;"
                             "CREATE TABLE chunk(series INTEGER, from_ms INTEGER, slots INTEGER, \"values\" BLOB, PRIMARY KEY(series, from_ms)) STRICT;"
                             "BEGIN";

static int failed(struct recording_writer *w, struct error *err)
{
    int code = sqlite3_errcode(w->db) == SQLITE_FULL ? ERR_FULL : ERR_IO;
    return error_set(err, code, "recording: %s", sqlite3_errmsg(w->db));
}

static int put_meta(struct recording_writer *w, const char *key, const char *value, struct error *err)
{
    char *sql = sqlite3_mprintf("INSERT OR REPLACE INTO meta VALUES(%Q, %Q)", key, value);
    int code = sqlite3_exec(w->db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    return code == SQLITE_OK ? 0 : failed(w, err);
}

static int put_milliseconds(struct recording_writer *w, const char *key, int64_t ms, struct error *err)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)ms);
    return put_meta(w, key, text, err);
}

static void writer_free(struct recording_writer *w)
{
    sqlite3_finalize(w->signal);
    sqlite3_finalize(w->series);
    sqlite3_finalize(w->chunk);
    sqlite3_close(w->db);
    anonymiser_free(w->names);
    free(w);
}

int recording_create(const char *path, int64_t interval_ms, int64_t scrape_ms, const char *note, struct recording_writer **ret, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0)
        return error_set(err, ERR_IO, "%s: cannot be made (%m); an existing file is not overwritten", path);
    close(fd);
    struct recording_writer *w = xcalloc(1, sizeof(*w));
    *w = (struct recording_writer){.interval_ms = interval_ms, .from_ms = INT64_MAX, .to_ms = INT64_MIN};
    int code = sqlite3_open(path, &w->db) == SQLITE_OK && sqlite3_exec(w->db, "PRAGMA journal_mode=OFF", NULL, NULL, NULL) == SQLITE_OK &&
                       sqlite3_exec(w->db, schema, NULL, NULL, NULL) == SQLITE_OK &&
                       sqlite3_prepare_v2(w->db,
                                          "INSERT INTO signal(name, entity, unit) VALUES(?1, ?2, ?3) ON CONFLICT(name) DO UPDATE SET entity = ?2 "
                                          "RETURNING id",
                                          -1, &w->signal, NULL) == SQLITE_OK &&
                       sqlite3_prepare_v2(w->db,
                                          "INSERT INTO series(cluster, signal, identity) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET identity = ?3 "
                                          "RETURNING id",
                                          -1, &w->series, NULL) == SQLITE_OK &&
                       sqlite3_prepare_v2(w->db, "INSERT OR IGNORE INTO chunk VALUES(?1, ?2, ?3, ?4)", -1, &w->chunk, NULL) == SQLITE_OK
                   ? 0
                   : failed(w, err);
    if (code == 0 && note)
        code = put_meta(w, "note", note, err);
    if (code == 0 && scrape_ms > 0)
        code = put_milliseconds(w, "scrape_ms", scrape_ms, err);
    if (code < 0) {
        writer_free(w);
        unlink(path);
        return code;
    }
    *ret = w;
    return 0;
}

int recording_anonymise(struct recording_writer *w, const struct ruleset *rules, struct error *err)
{
    w->names = anonymiser_new(rules->kept_names, rules->kept_names_len);
    return put_meta(w, "names", "anonymous", err);
}

static const char *name_in(const struct recording_writer *w, const char *name)
{
    return w->names ? anonymise(w->names, name) : name;
}

static int64_t returned_id(sqlite3_stmt *st)
{
    int64_t id = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
    sqlite3_reset(st);
    return id;
}

static char *identity_json(const struct recording_writer *w, const struct answer *a, const struct series *s)
{
    json_t *object = json_object();
    for (size_t i = 0; i < a->signal->kind->identity_len; i++)
        json_object_set_new(object, a->signal->kind->labels[i], json_string(name_in(w, s->identity[i])));
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text ? text : xstrdup("{}");
}

/* One value for each interval of the recording. */
static double *spread_out(const double *values, size_t slots, size_t every)
{
    double *out = xcalloc(slots * every, sizeof(*out));
    for (size_t i = 0; i < slots * every; i++)
        out[i] = i % every ? ABSENT : values[i / every];
    return out;
}

static int put_series(struct recording_writer *w, const struct answer *a, int64_t signal, const struct series *s, struct error *err)
{
    const struct batch *b = a->batch;
    size_t every = (size_t)(b->step_ms / w->interval_ms), slots = b->slots * every;
    AUTO(heap) char *identity = identity_json(w, a, s);
    AUTO(heap) double *spread = every > 1 ? spread_out(s->values, b->slots, every) : NULL;
    uLong size = (uLong)(slots * sizeof(double));
    uLongf packed = compressBound(size);
    AUTO(heap) Bytef *blob = xmalloc(packed);
    if (compress2(blob, &packed, (const Bytef *)(spread ? spread : s->values), size, 9) != Z_OK)
        return error_set(err, ERR_IO, "recording: cannot compress");
    sqlite3_bind_text(w->series, 1, name_in(w, a->cluster->name), -1, SQLITE_STATIC);
    sqlite3_bind_int64(w->series, 2, signal);
    sqlite3_bind_text(w->series, 3, identity, -1, SQLITE_STATIC);
    int64_t id = returned_id(w->series);
    sqlite3_bind_int64(w->chunk, 1, id);
    sqlite3_bind_int64(w->chunk, 2, b->from_ms);
    sqlite3_bind_int64(w->chunk, 3, (sqlite3_int64)slots);
    sqlite3_bind_blob(w->chunk, 4, blob, (int)packed, SQLITE_STATIC);
    int code = id >= 0 && sqlite3_step(w->chunk) == SQLITE_DONE ? 0 : failed(w, err);
    sqlite3_reset(w->chunk);
    return code;
}

int recording_add_past(struct recording_writer *w, struct batch *b, struct error *err)
{
    int code = 0;
    batch_merge(b);
    for (size_t i = 0; code == 0 && i < b->len; i++) {
        const struct answer *a = &b->answers[i];
        struct strbuf unit = STRBUF_INIT(64);
        if (a->state != ANSWER_OK)
            continue;
        unit_print(&a->signal->unit, &unit);
        sqlite3_bind_text(w->signal, 1, a->signal->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(w->signal, 2, a->signal->kind->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(w->signal, 3, unit.buf, -1, SQLITE_STATIC);
        int64_t signal = returned_id(w->signal);
        for (size_t k = 0; code == 0 && k < a->len; k++)
            code = put_series(w, a, signal, &a->series[k], err);
        strbuf_free(&unit);
    }
    return code;
}

int recording_add(struct recording_writer *w, struct batch *b, struct error *err)
{
    int code = recording_add_past(w, b, err);
    if (b->from_ms < w->from_ms)
        w->from_ms = b->from_ms;
    if (b->from_ms + (int64_t)(b->slots - 1) * b->step_ms > w->to_ms)
        w->to_ms = b->from_ms + (int64_t)(b->slots - 1) * b->step_ms;
    return code;
}

int recording_finish(struct recording_writer *w, struct error *err)
{
    int code = put_meta(w, "schema", "nightbell.recording/1", err);
    code = code < 0 ? code : put_milliseconds(w, "interval_ms", w->interval_ms, err);
    code = code < 0 ? code : put_milliseconds(w, "from_ms", w->from_ms, err);
    code = code < 0 ? code : put_milliseconds(w, "to_ms", w->to_ms, err);
    if (code == 0 && sqlite3_exec(w->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        code = failed(w, err);
    writer_free(w);
    return code;
}
