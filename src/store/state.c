/* States of symptoms, and the commit that saves a tick as a whole. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "model/json.h"
#include "store/db.h"

const char *const store_state_names[4] = {"pending", "firing", "recovering", "settling"};

static void print_escaped(struct strbuf *out, const char *text)
{
    for (size_t plain; *text; text += plain) {
        plain = strcspn(text, "\\,=");
        strbuf_add(out, text, plain);
        if (!text[plain])
            return;
        const char pair[2] = {'\\', text[plain]};
        strbuf_add(out, pair, 2);
        plain++;
    }
}

void label_set_print(struct strbuf *out, const struct label_set *set)
{
    for (size_t i = 0; i < set->len; i++) {
        if (i)
            strbuf_addc(out, ',');
        print_escaped(out, set->items[i].name);
        strbuf_addc(out, '=');
        print_escaped(out, set->items[i].value);
    }
}

/* One part up to the first bare `end` or the text's end, unescaped in place; NULL when the end is missing but needed. */
static char *scan_part(char **at, char end, bool needed)
{
    char *start = *at, *to = start, *from = start;
    while (*from && *from != end) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from++;
    }
    bool found = *from == end && end;
    *at = found ? from + 1 : from;
    *to = '\0';
    return needed && !found ? NULL : start;
}

bool label_set_scan(char *text, struct label_set *ret)
{
    ret->len = 0;
    while (*text) {
        if (ret->len == LABEL_SET_MAX)
            return false;
        char *name = scan_part(&text, '=', true);
        if (!name)
            return false;
        ret->items[ret->len++] = (struct label){name, scan_part(&text, ',', false)};
    }
    return true;
}

static void bind_key(sqlite3_stmt *q, const struct state_row *row, struct strbuf *entity)
{
    label_set_print(entity, &row->entity);
    db_bind_text(q, 1, row->symptom);
    db_bind_text(q, 2, row->cluster);
    sqlite3_bind_text(q, 3, entity->buf, (int)entity->len, SQLITE_STATIC);
}

int state_put(struct store *s, const struct state_row *row, struct error *err)
{
    if (row->state < 0 || (size_t)row->state >= ARRAY_LEN(store_state_names) || (int)row->severity < 0 || row->severity >= SEVERITY_COUNT)
        return error_set(err, ERR_INVALID, "state of %s: no such state or severity", row->symptom);
    sqlite3_stmt *q = db_statement(s, SQL_STATE_PUT, err);
    if (!q)
        return err ? err->code : ERR_IO;
    AUTO(strbuf) struct strbuf entity = STRBUF_INIT(64 * 1024);
    bind_key(q, row, &entity);
    db_bind_text(q, 4, store_state_names[row->state]);
    db_bind_text(q, 5, severity_names[row->severity]);
    db_bind_text(q, 6, row->incident);
    const int64_t numbers[] = {row->onset_ms, row->pending_ms, row->fired_ms,  row->held_ms,
                               row->clear_ms, row->blind_since_ms, row->last_ms, row->revision};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        sqlite3_bind_int64(q, 7 + (int)i, numbers[i]);
    db_bind_text(q, 15, row->extra_text);
    return db_step_done(s, q, "saving a state", err);
}

int state_delete(struct store *s, const struct state_row *row, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_STATE_DELETE, err);
    if (!q)
        return err ? err->code : ERR_IO;
    AUTO(strbuf) struct strbuf entity = STRBUF_INIT(64 * 1024);
    bind_key(q, row, &entity);
    return db_step_done(s, q, "ending a state", err);
}

static uint64_t revision_key(const char *incident, uint32_t revision)
{
    return hash_bytes(hash_str(HASH_INIT, incident), &revision, sizeof revision);
}

/*
 * A finding that goes to somebody was already put into words for the outbox, and is kept once: `ids` maps revision keys to the row. (Keys of two
 * findings of one commit meet with odds below 1 in 10^9 even for 100,000 of them.)
 */
static int add_history(struct store *s, const struct commit *c, struct map *ids, struct error *err)
{
    struct map texts = MAP_INIT;
    for (size_t i = 0; c->transitions_len && i < c->outbox_len; i++)
        *map_put(&texts, revision_key(c->outbox[i].incident, c->outbox[i].revision), NULL) = (void *)(uintptr_t)(i + 1);
    AUTO(strbuf) struct strbuf made = STRBUF_INIT(FINDING_TEXT_MAX);
    int failed = 0;
    for (size_t i = 0; !failed && i < c->transitions_len; i++) {
        const struct finding *f = c->transitions[i];
        uint64_t key = revision_key(f->incident, f->revision);
        void **found = map_get(&texts, key);
        strbuf_reset(&made);
        if (!found)
            finding_text(f, &made);
        int64_t id;
        failed = finding_add(s, f->slot_ms, true, found ? c->outbox[(uintptr_t)*found - 1].finding : made.buf, &id, err);
        if (!failed && c->outbox_len)
            *map_put(ids, key, NULL) = (void *)(uintptr_t)id;
    }
    map_free(&texts);
    return failed;
}

static int add_outbox(struct store *s, const struct commit *c, struct map *ids, struct error *err)
{
    int failed = 0;
    for (size_t i = 0; !failed && i < c->outbox_len; i++) {
        const struct outbox_row *row = &c->outbox[i];
        void **id = map_put(ids, revision_key(row->incident, row->revision), NULL);
        int64_t made = (int64_t)(uintptr_t)*id;
        if (!made)
            failed = finding_add(s, c->slot_ms, false, row->finding, &made, err);
        *id = (void *)(uintptr_t)made;
        if (!failed)
            failed = outbox_add(s, row, made, err);
    }
    return failed;
}

int store_begin(struct store *s, struct error *err)
{
    return db_run(s, SQL_BEGIN, "starting a transaction", err);
}

int store_add(struct store *s, const struct commit *c, struct error *err)
{
    int failed = 0;
    for (size_t i = 0; !failed && i < c->states_len; i++)
        failed = state_put(s, &c->states[i], err);
    for (size_t i = 0; !failed && i < c->ended_len; i++)
        failed = state_delete(s, &c->ended[i], err);
    struct map ids = MAP_INIT;
    if (!failed)
        failed = add_history(s, c, &ids, err);
    if (!failed)
        failed = add_outbox(s, c, &ids, err);
    map_free(&ids);
    if (failed)
        return failed;
    sqlite3_stmt *q = db_statement(s, SQL_SLOT_SET, err);
    if (!q)
        return err ? err->code : ERR_IO;
    sqlite3_bind_int64(q, 1, c->slot_ms);
    return db_step_done(s, q, "saving the time of the tick", err);
}

int store_end(struct store *s, bool keep, struct error *err)
{
    int failed = keep ? db_run(s, SQL_COMMIT, "committing", err) : 0;
    if ((failed || !keep) && !sqlite3_get_autocommit(s->db)) /* some errors (a full disk) have already rolled back */
        db_run(s, SQL_ROLLBACK, "rolling back", NULL);
    return failed;
}

int store_commit(struct store *s, const struct commit *c, struct error *err)
{
    struct error why = {0};
    int failed = store_begin(s, &why);
    if (!failed)
        failed = store_add(s, c, &why);
    int ended = store_end(s, !failed, failed ? NULL : &why);
    if ((failed || ended) && err)
        *err = why;
    return failed ? failed : ended;
}

static int index_of(const unsigned char *text, const char *const *names, size_t len)
{
    for (size_t i = 0; text && i < len; i++)
        if (strcmp((const char *)text, names[i]) == 0)
            return (int)i;
    return -1;
}

static bool read_state(sqlite3_stmt *q, char *entity, struct state_row *row)
{
    *row = (struct state_row){.symptom = (const char *)sqlite3_column_text(q, 0), .cluster = (const char *)sqlite3_column_text(q, 1)};
    row->state = index_of(sqlite3_column_text(q, 3), store_state_names, ARRAY_LEN(store_state_names));
    int severity = index_of(sqlite3_column_text(q, 4), severity_names, SEVERITY_COUNT);
    const char *incident = (const char *)sqlite3_column_text(q, 5);
    if (row->state < 0 || severity < 0 || strlen(incident) >= sizeof row->incident || !label_set_scan(entity, &row->entity))
        return false;
    row->severity = (enum severity)severity;
    memcpy(row->incident, incident, strlen(incident) + 1);
    int64_t *const numbers[] = {&row->onset_ms, &row->pending_ms, &row->fired_ms, &row->held_ms, &row->clear_ms, &row->blind_since_ms, &row->last_ms};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        *numbers[i] = sqlite3_column_int64(q, 6 + (int)i);
    row->revision = (uint32_t)sqlite3_column_int64(q, 13);
    const char *extra = (const char *)sqlite3_column_text(q, 14);
    row->extra = extra ? json_loads(extra, JSON_DECODE_ANY, NULL) : NULL;
    return true;
}

int store_load_states(struct store *s, void (*each)(void *context, const struct state_row *row), void *context, struct error *err)
{
    sqlite3_stmt *q = db_statement(s, SQL_STATE_ALL, err);
    if (!q)
        return err ? err->code : ERR_IO;
    int code, failed = 0;
    while (!failed && (code = sqlite3_step(q)) == SQLITE_ROW) {
        AUTO(heap) char *entity = xstrdup((const char *)sqlite3_column_text(q, 2));
        struct state_row row;
        if (read_state(q, entity, &row))
            each(context, &row);
        else
            failed = error_set(err, ERR_DATA, "the state file holds a state that cannot be read (symptom %s)", row.symptom);
    }
    if (!failed && code != SQLITE_DONE)
        failed = db_error(s->db, code, "reading states", err);
    db_reset(q);
    return failed;
}

int64_t store_last_slot_ms(struct store *s)
{
    sqlite3_stmt *q = db_statement(s, SQL_SLOT_GET, NULL);
    int64_t slot = q && sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    if (q)
        db_reset(q);
    return slot;
}
