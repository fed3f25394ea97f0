#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "model/json.h"
#include "notify/notify.h"

void print_error(const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    progress_clear();
    fputs("nightbell: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

bool color_wanted(const struct options *o)
{
    const char *no = getenv("NO_COLOR");
    return !o->no_color && !(no && *no) && isatty(STDOUT_FILENO);
}

const char *severity_color(enum severity s)
{
    static const char *const colors[SEVERITY_COUNT] = {"\033[36m", "\033[33m", "\033[31m"};
    return colors[s];
}

void print_clean(const char *s)
{
    for (; *s; s++)
        putchar((unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
}

static const char *const state_words[LANGUAGES][2] = {{"cannot tell the cause", "cannot be seen at present"}, {"원인을 판단할 수 없음", "현재 확인할 수 없음"}};

void print_finding_line(const struct finding *f, enum language lang, bool color)
{
    struct strbuf since = STRBUF_INIT(32);
    time_format_short(&since, f->onset_ms);
    const char *indent = f->role == ROLE_SYMPTOM || f->role == ROLE_IMPACT ? "  + " : "";
    printf("%s%-8s%s %s  %s", color ? severity_color(f->severity) : "", severity_names[f->severity], color ? "\033[0m" : "", since.buf, indent);
    print_clean(f->title.in[lang]);
    if (f->state == FINDING_PENDING)
        printf("  (%s)", finding_state_names[f->state]);
    else if (f->state == FINDING_UNKNOWN)
        printf("  (%s)", state_words[lang][1]);
    if (f->causes_len && !f->cannot_tell) {
        fputs("  <- ", stdout);
        print_clean(f->causes[0].title.in[lang]);
        printf(" (%s, %.0f %%)", verdict_names[f->causes[0].verdict], f->causes[0].probability * 100);
    } else if (f->causes_len && f->state == FINDING_FIRING) {
        printf("  (%s)", state_words[lang][0]);
    }
    putchar('\n');
    strbuf_free(&since);
}

void print_finding(const struct finding *f, enum language lang)
{
    AUTO(arena) struct arena a = ARENA_INIT("print");
    struct destination_config d = {.type = RECEIVER_STDOUT, .receiver = "stdout", .id = "stdout"};
    struct payload p = {0};
    struct error err = {0};
    if (receiver_find(RECEIVER_STDOUT)->render(&d, f, "open", NULL, lang, &a, &p, &err) < 0) {
        print_error("%s", err.text);
        return;
    }
    fwrite(p.body, 1, p.len, stdout);
    if (p.len && p.body[p.len - 1] != '\n')
        putchar('\n');
}

static bool print_json(FILE *out, json_t *event)
{
    bool written = json_dumpf(event, out, JSON_COMPACT | JSON_DIGITS) == 0 && fputc('\n', out) != EOF;
    json_decref(event);
    return written;
}

void print_tree(FILE *out, json_t *root)
{
    json_dumpf(root, out, JSON_INDENT(1) | JSON_DIGITS);
    fputc('\n', out);
    json_decref(root);
}

bool print_event(FILE *out, const struct finding *f, enum language lang)
{
    return print_json(out, finding_event(f, lang));
}

bool print_incident(FILE *out, const struct finding *lead, const struct incident *g, bool resolved)
{
    return print_json(out, incident_event(lead, resolved, g->opened_ms, g->ever));
}

static void put_github(FILE *out, const char *s, bool property)
{
    for (; *s; s++) {
        if (*s == '%' || *s == '\r' || *s == '\n' || (property && (*s == ':' || *s == ',')))
            fprintf(out, "%%%02X", (unsigned)*s);
        else
            fputc((unsigned char)*s < 0x20 ? '?' : *s, out);
    }
}

void print_annotation(FILE *out, const char *kind, const struct place *at, const char *title, const char *text, const char *more)
{
    fprintf(out, "::%s ", kind);
    if (at && at->file) {
        fputs("file=", out);
        put_github(out, at->file, true);
        fprintf(out, ",line=%d,", at->line ? at->line : 1);
        if (at->col)
            fprintf(out, "col=%d,", at->col);
    }
    fputs("title=", out);
    put_github(out, title, true);
    fputs("::", out);
    put_github(out, text, false);
    if (more) {
        fputs(" - ", out);
        put_github(out, more, false);
    }
    fputc('\n', out);
}

#define PROGRESS_AFTER_MS 1000
#define PROGRESS_EVERY_MS 200

static struct {
    int64_t begun_ms, shown_ms;
    bool shown;
} progress;

void progress_clear(void)
{
    if (progress.shown)
        fputs("\r\033[K", stderr);
    progress.shown = false;
}

void progress_show(void *context, size_t done, size_t all)
{
    (void)context;
    int64_t now_ms = mono_ms();
    if (!progress.begun_ms)
        progress.begun_ms = now_ms;
    if (done == all) {
        progress_clear();
        progress.begun_ms = 0;
    }
    if (done == all || now_ms - progress.begun_ms < PROGRESS_AFTER_MS || now_ms - progress.shown_ms < PROGRESS_EVERY_MS || !isatty(STDERR_FILENO))
        return;
    progress.shown_ms = now_ms;
    progress.shown = true;
    fprintf(stderr, "\r\033[K%zu of %zu slots", done, all);
}

void print_xml(FILE *out, const char *text)
{
    static const struct {
        char c;
        const char *name;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\n', "&#10;"}};
    for (; *text; text++) {
        const char *name = NULL;
        for (size_t i = 0; i < ARRAY_LEN(entities); i++)
            if (entities[i].c == *text)
                name = entities[i].name;
        if (name)
            fputs(name, out);
        else
            fputc((unsigned char)*text < 0x20 ? '?' : *text, out); /* XML has no way to say these */
    }
}
