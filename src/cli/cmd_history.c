/* nightbell history: what the daemon found, out of its state file, while it runs or after. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "store/store.h"

#define ROWS_MAX 100000

struct row {
    int64_t time_ms;
    char *json;
};

struct rows {
    VEC(struct row) list;
    bool cut;
};

static bool take(void *context, int64_t time_ms, const char *json)
{
    struct rows *r = context;
    r->cut = r->list.len == ROWS_MAX;
    if (!r->cut)
        vec_push(&r->list, (struct row){time_ms, xstrdup(json)});
    return !r->cut;
}

static void print_text(const struct finding *f, enum language lang, bool color)
{
    AUTO(strbuf) struct strbuf at = STRBUF_INIT(32);
    const char *paint = color && f->state != FINDING_RESOLVED ? severity_color(f->severity) : "";
    time_format_utc(&at, f->slot_ms);
    printf("%s  %s%-8s %-8s%s  %s  ", at.buf, paint, finding_state_names[f->state], severity_names[f->severity], *paint ? "\033[0m" : "", f->incident);
    print_clean(f->title.in[lang]);
    if (f->state == FINDING_RESOLVED && f->reason)
        printf("  (%s)", f->reason);
    else if (f->causes_len && !f->cannot_tell)
        printf("  <- %s (%s)", f->causes[0].title.in[lang], verdict_names[f->causes[0].verdict]);
    putchar('\n');
}

/* Oldest first: the store gives the newest first. */
static size_t print_rows(const struct options *o, const struct rows *r, enum language lang)
{
    bool json = o->format && strcmp(o->format, "json") == 0;
    size_t told = 0, unreadable = 0;
    for (size_t i = r->list.len; i-- > 0;) {
        AUTO(arena) struct arena a = ARENA_INIT("finding");
        struct finding f;
        json_t *tree = json_loads(r->list.items[i].json, 0, NULL);
        if (!tree || finding_from_json(tree, &a, &f, NULL) < 0) {
            unreadable++;
        } else if (session_wants_finding(o, f.symptom, f.cluster, &f.entity)) {
            told++;
            if (json)
                print_event(stdout, &f, lang);
            else
                print_text(&f, lang, color_wanted(o));
        }
        json_decref(tree);
    }
    if (unreadable)
        print_error("history: %zu entries cannot be read by this version", unreadable);
    if (r->cut)
        print_error("history: only the newest %d entries are shown; give --from and --to", ROWS_MAX);
    return told;
}

static int read_rows(const char *path, int64_t from_ms, int64_t to_ms, struct rows *ret)
{
    struct error err = {0};
    struct store_note note;
    struct store *store = NULL;
    if (access(path, F_OK) != 0) { /* opening would make it */
        print_error("history: %s: %m (the daemon keeps it; --state or the configuration's `state` says where)", path);
        return EXIT_INPUT;
    }
    int code = store_open(path, false, &store, &note, &err);
    if (code == 0)
        code = store_history(store, from_ms, to_ms, take, ret, &err);
    store_close(store);
    if (code < 0)
        print_error("%s", err.text);
    return code < 0 ? exit_code_of(code) : 0;
}

int cmd_history(const struct options *o)
{
    struct session s;
    struct rows rows = {0};
    int64_t from_ms = 0, to_ms = 0;
    int code = session_load_config(o, &s);
    s.now_ms = clock_now_ms(&clock_system);
    if (code == 0)
        code = session_time(&s, o->to, s.now_ms, &to_ms);
    if (code == 0)
        code = session_time(&s, o->from, to_ms - DAY_MS, &from_ms);
    if (code == 0)
        code = read_rows(o->state ? o->state : s.config->state_path, from_ms, to_ms, &rows);
    if (code == 0 && print_rows(o, &rows, s.lang) == 0 && !(o->format && strcmp(o->format, "json") == 0))
        printf("nothing was found in that time\n");
    for (size_t i = 0; i < rows.list.len; i++)
        free(rows.list.items[i].json);
    vec_free(&rows.list);
    session_close(&s);
    return code;
}
