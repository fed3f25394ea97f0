/* Expectations rewritten with what was seen, by place in the text: comments, order and layout of all else stay as they were written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cli/rule_test.h"

#define FILE_MAX ((size_t)64 << 20)

struct edit { /* text[from..to) becomes `with` */
    size_t from, to;
    const char *with;
};

struct rule_update {
    const char *path;
    char *text;
    size_t len;
    struct arena words;
    VEC(struct edit) edits;
    size_t rewritten, left;
};

struct rule_update *rule_update_new(const char *path, struct error *err)
{
    struct rule_update *u = xcalloc(1, sizeof(*u));
    u->path = path;
    u->words.name = "rewritten tests";
    if (file_read(path, FILE_MAX, &u->text, &u->len, err) == 0)
        return u;
    rule_update_free(u);
    return NULL;
}

void rule_update_free(struct rule_update *u)
{
    if (!u)
        return;
    free(u->text);
    vec_free(&u->edits);
    arena_free(&u->words);
    free(u);
}

/* ---- places ---- */

/* Columns count characters, not bytes. */
static size_t offset_of(const struct rule_update *u, struct place at)
{
    size_t i = 0;
    for (int line = 1; line < at.line && i < u->len; i++)
        line += u->text[i] == '\n';
    for (int col = 1; col < at.col && i < u->len; col++)
        for (i++; i < u->len && ((unsigned char)u->text[i] & 0xC0) == 0x80;)
            i++;
    return i;
}

/* Where the value ends that begins at `from`; 0 when it is not written as it reads (escapes, several lines). */
static size_t value_end(const struct rule_update *u, size_t from, const char *value)
{
    size_t quote = u->text[from] == '"' || u->text[from] == '\'', len = strlen(value);
    if (from + len + 2 * quote > u->len || strncmp(u->text + from + quote, value, len) != 0 || strchr(value, '\n'))
        return 0;
    return quote && u->text[from + 1 + len] != u->text[from] ? 0 : from + len + 2 * quote;
}

static size_t line_start(const struct rule_update *u, size_t at)
{
    while (at && u->text[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(const struct rule_update *u, size_t at) /* behind its line break */
{
    while (at < u->len && u->text[at] != '\n')
        at++;
    return at + (at < u->len);
}

/* ---- edits ---- */

static bool add(struct rule_update *u, size_t from, size_t to, const char *with)
{
    struct edit e = {from, to, arena_strdup(&u->words, with)};
    for (size_t i = 0; i < u->edits.len; i++)
        if (from < u->edits.items[i].to && u->edits.items[i].from < to)
            return false;
    vec_push(&u->edits, e);
    return true;
}

static bool set(struct rule_update *u, const struct node *map, const char *key, const char *value)
{
    const struct node *n = tree_get(map, key);
    if (!n || strcmp(n->text, value) == 0)
        return true;
    size_t from = offset_of(u, n->place), to = value_end(u, from, n->text);
    return to && add(u, from, to, value);
}

/* Of {a: 1, key: 2}: with the comma before it, or, of the first, with the one behind it. */
static bool drop_between_commas(struct rule_update *u, size_t key, size_t end)
{
    size_t from = key, to = end;
    while (from && strchr(" \t\r\n", u->text[from - 1]))
        from--;
    if (from && u->text[from - 1] == ',' && add(u, from - 1, end, ""))
        return true;
    while (u->text[to] == ' ')
        to++;
    if (u->text[to] != ',')
        return false;
    for (to++; u->text[to] == ' ';)
        to++;
    return add(u, key, to, "");
}

static bool drop(struct rule_update *u, const struct node *map, const char *key)
{
    size_t i = 0;
    while (i < map->len && strcmp(map->keys[i], key) != 0)
        i++;
    if (i == map->len)
        return true;
    size_t from = offset_of(u, map->key_places[i]), to = value_end(u, offset_of(u, map->items[i]->place), map->items[i]->text), start = line_start(u, from);
    if (!to)
        return false;
    if (u->text[offset_of(u, map->place)] == '{')
        return drop_between_commas(u, from, to);
    return start + strspn(u->text + start, " ") == from && add(u, start, line_end(u, to), "");
}

void rule_update_leave(struct rule_update *u, const struct expectation *e, const char *why)
{
    printf("%s:%d:%d: left as it is: %s\n", e->place.file, e->place.line, e->place.col, why);
    u->left++;
}

static bool set_number(struct rule_update *u, const struct node *map, const char *key, int value)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", value);
    return set(u, map, key, text);
}

static bool rewrite(struct rule_update *u, const struct node *map, const struct rule_outcome *is)
{
    static const char *const of_firing[] = {"severity", "cause", "verdict", "members"};
    bool fires = is->state == EXPECT_FIRING || is->state == EXPECT_UNKNOWN, good = set(u, map, "state", expected_state_names[is->state]);
    for (size_t i = 0; !fires && i < ARRAY_LEN(of_firing); i++)
        good &= drop(u, map, of_firing[i]);
    if (!fires)
        return good;
    good &= set(u, map, "severity", severity_names[is->severity]) && set_number(u, map, "members", is->members);
    return good && (!tree_get(map, "cause") || (set(u, map, "cause", is->cause) && set(u, map, "verdict", verdict_names[is->verdict])));
}

void rule_update_note(struct rule_update *u, const struct expectation *e, const struct rule_outcome *is)
{
    size_t before = u->edits.len;
    bool fires = is->state == EXPECT_FIRING || is->state == EXPECT_UNKNOWN;
    if (e->messages < 0 && fires && tree_get(e->map, "cause") && !is->cause) {
        rule_update_leave(u, e, "no cause was named; take `cause` out if that is right");
        return;
    }
    if (e->messages >= 0 ? set_number(u, e->map, "messages", is->messages) : rewrite(u, e->map, is)) {
        u->rewritten++;
        return;
    }
    u->edits.len = before;
    rule_update_leave(u, e, "it is not written in a way that can be edited; change it by hand");
}

/* ---- writing ---- */

static int by_place(const void *a, const void *b)
{
    const struct edit *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static void print_lines(char sign, const char *text, size_t len)
{
    for (size_t at = 0, end; at < len; at = end) {
        const char *nl = memchr(text + at, '\n', len - at);
        end = nl ? (size_t)(nl - text) + 1 : len;
        printf("%c %.*s\n", sign, (int)(end - at - (nl != NULL)), text + at);
    }
}

/* Lines that edits meet, as they were and as they are; returns how many edits that was. Fills `out` up to the last of the lines. */
static size_t rewrite_lines(const struct rule_update *u, size_t at, size_t *from, struct strbuf *out)
{
    const struct edit *edits = u->edits.items;
    size_t start = line_start(u, edits[at].from), end = line_end(u, edits[at].to - 1), n = at, begun;
    int line = 1;
    for (size_t i = 0; i < start; i++)
        line += u->text[i] == '\n';
    strbuf_add(out, u->text + *from, start - *from);
    begun = out->len;
    for (*from = start; n < u->edits.len && edits[n].from < end; n++) {
        strbuf_add(out, u->text + *from, edits[n].from - *from);
        strbuf_adds(out, edits[n].with);
        *from = edits[n].to;
        if (line_end(u, edits[n].to - 1) > end)
            end = line_end(u, edits[n].to - 1);
    }
    strbuf_add(out, u->text + *from, end - *from);
    *from = end;
    printf("%s:%d:\n", u->path, line);
    print_lines('-', u->text + start, end - start);
    print_lines('+', out->buf + begun, out->len - begun);
    return n - at;
}

/* Whole or not at all, with the rights it had; a link stays one. */
static int write_file(const char *path, const struct strbuf *text, struct error *err)
{
    struct stat was;
    AUTO(heap) char *at = realpath(path, NULL);
    AUTO(heap) char *fresh = xasprintf("%s.new", at ? at : path);
    FILE *f = at && stat(at, &was) == 0 ? fopen(fresh, "we") : NULL;
    bool good = f && fwrite(text->buf, 1, text->len, f) == text->len && fchmod(fileno(f), was.st_mode & 07777) == 0;
    good = (!f || fclose(f) == 0) && good;
    if (good && rename(fresh, at) == 0)
        return 0;
    error_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
    if (f)
        unlink(fresh);
    return err->code;
}

int rule_update_write(struct rule_update *u, struct error *err)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(FILE_MAX);
    size_t from = 0;
    if (u->edits.len) {
        qsort(u->edits.items, u->edits.len, sizeof(u->edits.items[0]), by_place);
        for (size_t i = 0; i < u->edits.len;)
            i += rewrite_lines(u, i, &from, &out);
        strbuf_add(&out, u->text + from, u->len - from);
        if (write_file(u->path, &out, err) < 0)
            return err->code;
    }
    printf("%s: %zu expectation%s rewritten", u->path, u->rewritten, u->rewritten == 1 ? "" : "s");
    if (u->left)
        printf(", %zu left as %s", u->left, u->left == 1 ? "it is" : "they are");
    putchar('\n');
    return 0;
}
