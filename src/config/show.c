#include "config/show.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "config/config.h"

#define COMMENT_COLUMN 52

/* ---- lines ---- */

/* To us all plain scalars are texts; to other readers of YAML 12:30 is a number. */
static bool is_plain(const char *text)
{
    if (!*text || strcasecmp(text, "null") == 0 || (isdigit((unsigned char)*text) && strchr(text, ':')))
        return false;
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:+-");
    return text[len] == '\0' && (isalnum((unsigned char)text[0]) || strchr("_./", text[0])) && text[len - 1] != ':';
}

static void put_quoted(struct strbuf *out, const char *text)
{
    strbuf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_addc(out, '\\');
        strbuf_addc(out, *text);
    }
    strbuf_addc(out, '"');
}

static void put_text(struct strbuf *out, const char *text)
{
    if (is_plain(text))
        strbuf_adds(out, text);
    else
        put_quoted(out, text); /* texts are one line without control characters (bind.h) */
}

void show_line(struct show *s, const char *key, const char *value, const char *where)
{
    size_t start = s->out->len;
    strbuf_addf(s->out, "%*s%s", (int)(s->dash ? s->indent - SHOW_STEP : s->indent), "", s->dash ? "- " : "");
    s->dash = false;
    put_text(s->out, key);
    strbuf_addf(s->out, ":%s%s", value ? " " : "", value ? value : "");
    size_t width = s->out->len - start;
    if (where)
        strbuf_addf(s->out, "%*s # %s", (int)(width < COMMENT_COLUMN ? COMMENT_COLUMN - width : 0), "", where);
    strbuf_addc(s->out, '\n');
}

const char *show_place(const struct place *at, char buf[static 300])
{
    snprintf(buf, 300, "%.280s:%d", at->file ? at->file : "", at->line);
    return buf;
}

/* ---- values ---- */

/* One field of one object. `value` NULL: the file says nothing. */
struct shown {
    struct show *show;
    const struct field *field;
    const struct node *value;
    const char *object;
};

static const void *member(const struct shown *v, size_t offset)
{
    return v->object + offset;
}

static void put_value(const struct shown *v, const char *text)
{
    char buf[300];
    const char *unsaid = v->field->variable && getenv(v->field->variable) ? v->field->variable : v->show->unsaid;
    show_line(v->show, v->field->name, text, v->value ? show_place(&v->value->place, buf) : unsaid);
}

/* A webhook's address may end in what only its owner should know. */
static void put_without_query(struct strbuf *out, const char *text)
{
    const char *query = strstr(text, "://") ? strchr(text, '?') : NULL;
    AUTO(strbuf) struct strbuf kept = STRBUF_INIT(8192);
    strbuf_add(&kept, text, query ? (size_t)(query - text) : strlen(text));
    strbuf_adds(&kept, query ? "?..." : "");
    put_text(out, kept.buf);
}

static void show_text(const struct shown *v)
{
    const char *text = *(const char *const *)member(v, v->field->offset);
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(8192);
    if (!text)
        return;
    put_without_query(&line, text);
    put_value(v, line.buf);
}

static void show_bool(const struct shown *v)
{
    bool on = *(const bool *)member(v, v->field->offset);
    if (on || v->value)
        put_value(v, on ? "true" : "false");
}

static void show_number(const struct shown *v)
{
    const void *at = member(v, v->field->offset);
    int64_t n = v->field->type == FIELD_INT ? *(const int *)at : *(const int64_t *)at;
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(64);
    if (!n && !v->value && !v->field->fallback)
        return;
    if (v->field->type == FIELD_DURATION)
        duration_print(&line, n);
    else
        strbuf_addf(&line, "%lld", (long long)n);
    put_value(v, line.buf);
}

static void show_texts(const struct shown *v)
{
    const char *const *texts = *(const char *const *const *)member(v, v->field->offset);
    size_t len = *(const size_t *)member(v, v->field->also);
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(64 * 1024);
    for (size_t i = 0; i < len; i++) {
        strbuf_adds(&line, i ? ", " : "[");
        put_quoted(&line, texts[i]);
    }
    strbuf_adds(&line, "]");
    if (len)
        put_value(v, line.buf);
}

static void show_pairs(const struct shown *v)
{
    const struct name_values *pairs = member(v, v->field->offset);
    struct show *s = v->show;
    if (!pairs->len)
        return;
    show_line(s, v->field->name, NULL, NULL);
    s->indent += SHOW_STEP;
    for (size_t i = 0; i < pairs->len; i++) {
        const struct node *value = tree_get(v->value, pairs->items[i].name);
        AUTO(strbuf) struct strbuf line = STRBUF_INIT(8192);
        char buf[300];
        put_without_query(&line, pairs->items[i].value);
        show_line(s, pairs->items[i].name, line.buf, value ? show_place(&value->place, buf) : s->unsaid);
    }
    s->indent -= SHOW_STEP;
}

void show_block(struct show *s, const char *key, const struct record *record, const struct node *map, const void *object)
{
    size_t before = s->out->len;
    bool dash = s->dash;
    show_line(s, key, NULL, NULL);
    size_t empty = s->out->len;
    s->indent += SHOW_STEP;
    show_record(s, record, map, object);
    s->indent -= SHOW_STEP;
    if (s->out->len > empty)
        return;
    s->out->len = before;
    s->out->buf[before] = '\0';
    s->dash = dash;
    show_line(s, key, "{}", NULL);
}

static void show_nested(const struct shown *v)
{
    if (v->value)
        show_block(v->show, v->field->name, v->field->record, v->value, member(v, v->field->offset));
}

/* An entry that says nothing is one nevertheless. */
static void end_entry(struct show *s)
{
    if (s->dash)
        strbuf_addf(s->out, "%*s- {}\n", (int)(s->indent - SHOW_STEP), "");
    s->dash = false;
}

static void show_records(const struct shown *v)
{
    const char *objects = *(const char *const *)member(v, v->field->offset);
    struct show *s = v->show;
    if (!v->value || !v->value->len)
        return;
    show_line(s, v->field->name, NULL, NULL);
    s->indent += 2 * SHOW_STEP;
    for (size_t i = 0; i < v->value->len; i++) {
        s->dash = true;
        show_record(s, v->field->record, v->value->items[i], objects + i * v->field->record->size);
        end_entry(s);
    }
    s->indent -= 2 * SHOW_STEP;
}

static void show_named(const struct shown *v)
{
    const char *objects = *(const char *const *)member(v, v->field->offset);
    struct show *s = v->show;
    if (!v->value || !v->value->len)
        return;
    show_line(s, v->field->name, NULL, NULL);
    s->indent += SHOW_STEP;
    for (size_t i = 0; i < v->value->len; i++)
        show_block(s, v->value->keys[i], v->field->record, v->value->items[i], objects + i * v->field->record->size);
    s->indent -= SHOW_STEP;
}

static void show_node(struct show *s, const char *key, const struct node *n);

static void show_list(struct show *s, const char *key, const struct node *list)
{
    show_line(s, key, NULL, NULL);
    s->indent += 2 * SHOW_STEP;
    for (size_t i = 0; i < list->len; i++) {
        const struct node *item = list->items[i];
        s->dash = true;
        for (size_t k = 0; k < item->len && item->type == NODE_MAP; k++)
            show_node(s, item->keys[k], item->items[k]);
        end_entry(s);
    }
    s->indent -= 2 * SHOW_STEP;
}

/* As it was written: a text, a map, a list of maps. */
static void show_node(struct show *s, const char *key, const struct node *n)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(8192);
    char buf[300];
    if (n->type == NODE_LIST) {
        show_list(s, key, n);
        return;
    }
    if (n->type == NODE_SCALAR) {
        put_without_query(&line, n->text);
        show_line(s, key, n->is_null ? "null" : line.buf, show_place(&n->place, buf));
        return;
    }
    show_line(s, key, NULL, NULL);
    s->indent += SHOW_STEP;
    for (size_t i = 0; i < n->len; i++)
        show_node(s, n->keys[i], n->items[i]);
    s->indent -= SHOW_STEP;
}

static void show_own(const struct shown *v)
{
    if (v->value && v->field->show)
        v->field->show(v->show, v->value, v->object);
    else if (v->value)
        show_node(v->show, v->field->name, v->value);
}

static void (*const writers[])(const struct shown *v) = {
    [FIELD_TEXT] = show_text,       [FIELD_CHOICE] = show_text,   [FIELD_BOOL] = show_bool,
    [FIELD_INT] = show_number,      [FIELD_COUNT] = show_number,  [FIELD_BYTES] = show_number,
    [FIELD_DURATION] = show_number, [FIELD_TEXTS] = show_texts,   [FIELD_PAIRS] = show_pairs,
    [FIELD_RECORD] = show_nested,   [FIELD_RECORDS] = show_records, [FIELD_NAMED] = show_named,
    [FIELD_OWN] = show_own,
};

void show_record(struct show *s, const struct record *record, const struct node *map, const void *object)
{
    const char *unsaid = s->unsaid;
    s->unsaid = record->unsaid ? record->unsaid : "default";
    for (size_t i = 0; i < record->len; i++) {
        const struct node *value = tree_get(map, record->fields[i].name);
        writers[record->fields[i].type](&(struct shown){s, &record->fields[i], value && !value->is_null ? value : NULL, object});
    }
    s->unsaid = unsaid;
}
