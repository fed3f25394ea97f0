#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const char *error_code_str(int code)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {
        {ERR_OK, "ok"},
#define X(name, value, text) {name, text},
        ERROR_CODES(X)
#undef X
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].code == code)
            return texts[i].text;
    return "unknown error";
}

/* One line: what came from a peer may hold newlines; a cut must not leave half a character. */
static void make_sentence(char *text, size_t size, int wanted)
{
    if (wanted >= 0 && (size_t)wanted >= size) {
        size_t end = size - 1; /* where the NUL stands; the character before it may have lost its tail */
        size_t start = end;
        while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
            start--;
        if (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0xC0) {
            unsigned char lead = (unsigned char)text[start - 1];
            size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
            if (end - (start - 1) < length)
                text[start - 1] = '\0';
        }
    }
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = ' ';
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
    if (!err)
        return code;
    va_list ap;
    va_start(ap, fmt);
    char text[sizeof(err->text)]; /* an argument may be err->text itself */
    int wanted = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    make_sentence(text, sizeof(text), wanted);
    err->code = code;
    memcpy(err->text, text, strlen(text) + 1);
    return code;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
    if (!err)
        return ERR_OK;
    char context[sizeof(err->text)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(context, sizeof(context), fmt, ap);
    va_end(ap);
    return error_set(err, err->code, "%s: %s", context, err->text);
}

const char *const mistake_level_names[MISTAKE_LEVELS] = {"error", "warning", "note"};

static void mistake_take(struct mistakes *m, struct place at, enum mistake_level level, const char *check, char *text)
{
    at.file = at.file ? xstrdup(at.file) : NULL;
    vec_push(m, (struct mistake){.place = at, .level = level, .check = check, .text = text});
    m->errors += level == MISTAKE_ERROR;
    m->notes += level == MISTAKE_NOTE;
}

static PRINTF(4, 0) void mistake_put(struct mistakes *m, struct place at, enum mistake_level level, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    size_t size = (len < 0 ? 0 : (size_t)len) + 1;
    char *text = xcalloc(size, 1);
    vsnprintf(text, size, fmt, again);
    va_end(again);
    mistake_take(m, at, level, NULL, text);
}

void mistake_found(struct mistakes *m, struct place at, enum mistake_level level, const char *check, const char *text)
{
    mistake_take(m, at, level, check, xstrdup(text));
}

void mistake_add(struct mistakes *m, struct place at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    mistake_put(m, at, MISTAKE_ERROR, fmt, ap);
    va_end(ap);
}

void mistake_of_file(struct mistakes *m, const char *file, const struct error *err)
{
    size_t len = strlen(file);
    bool named = strncmp(err->text, file, len) == 0 && strncmp(err->text + len, ": ", 2) == 0;
    mistake_add(m, (struct place){.file = file}, "%s", err->text + (named ? len + 2 : 0));
}

void mistake_warn(struct mistakes *m, struct place at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    mistake_put(m, at, MISTAKE_WARNING, fmt, ap);
    va_end(ap);
}

static int by_place(const void *a, const void *b)
{
    const struct mistake *x = a, *y = b;
    int files = strcmp(x->place.file ? x->place.file : "", y->place.file ? y->place.file : "");
    if (files)
        return files;
    if (x->place.line != y->place.line)
        return x->place.line < y->place.line ? -1 : 1;
    if (x->place.col != y->place.col)
        return x->place.col < y->place.col ? -1 : 1;
    return strcmp(x->text, y->text);
}

void mistakes_sort(struct mistakes *m)
{
    if (m->len)
        qsort(m->items, m->len, sizeof(*m->items), by_place);
}

void mistake_print(const struct mistake *x, FILE *out)
{
    if (x->place.file)
        fprintf(out, "%s:", x->place.file);
    if (x->place.line)
        fprintf(out, "%d:", x->place.line);
    if (x->place.line && x->place.col)
        fprintf(out, "%d:", x->place.col);
    fputs(x->place.file ? " " : "", out);
    if (x->level != MISTAKE_ERROR)
        fprintf(out, "%s: ", mistake_level_names[x->level]);
    fprintf(out, "%s\n", x->text);
}

void mistakes_print(struct mistakes *m, FILE *out)
{
    mistakes_sort(m);
    for (size_t i = 0; i < m->len; i++)
        mistake_print(&m->items[i], out);
}

void mistakes_free(struct mistakes *m)
{
    for (size_t i = 0; i < m->len; i++) {
        free((void *)(uintptr_t)m->items[i].place.file);
        free(m->items[i].text);
    }
    free(m->items);
    *m = (struct mistakes)MISTAKES_INIT;
}

enum { WORD_LIMIT = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits from `a` to `b`; two neighbours swapped, the commonest slip, count as one. Both at most WORD_LIMIT long. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][WORD_LIMIT + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(change, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_len];
}

const char *did_you_mean(const char *word, const char *const *candidates, size_t len)
{
    size_t word_len = strlen(word);
    if (word_len > WORD_LIMIT)
        return NULL;
    const char *nearest = NULL;
    size_t best = word_len / 3 + 1;
    for (size_t i = 0; i < len; i++) {
        size_t candidate_len = strlen(candidates[i]);
        if (candidate_len > WORD_LIMIT)
            continue;
        size_t distance = edit_distance(word, word_len, candidates[i], candidate_len);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
