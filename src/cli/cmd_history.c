/* nightbell history: what the daemon found, out of its state file, while it runs or after. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/feedback.h"
#include "model/json.h"
#include "store/store.h"

#define ROWS_MAX 100000

struct row {
    int64_t time_ms;
    char *json;
};

struct said { /* what somebody said of an incident's cause */
    char *text, *author, *comment, *cause;
    enum feedback verdict;
};

struct rows {
    VEC(struct row) list;
    VEC(struct said) answers;
    struct map answered; /* incident -> place in answers + 1 */
    bool cut;
};

static bool take_answer(void *context, const struct feedback_row *row)
{
    struct rows *r = context;
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(4096);
    feedback_print(row, &text);
    vec_push(&r->answers, (struct said){xstrdup(text.buf), xstrdup(row->author), xstrdup(row->comment), row->cause ? xstrdup(row->cause) : NULL, row->verdict});
    *map_put(&r->answered, hash_str(HASH_INIT, row->incident), NULL) = (void *)(uintptr_t)r->answers.len;
    return true;
}

static void free_answer(const struct said *a)
{
    free(a->text);
    free(a->author);
    free(a->comment);
    free(a->cause);
}

/* Told with whoever speaks for the incident. */
static const struct said *answer_to(const struct rows *r, const struct finding *f)
{
    void **at = f->role == ROLE_ROOT || f->role == ROLE_SINGLE ? map_get(&r->answered, hash_str(HASH_INIT, f->incident)) : NULL;
    return at ? &r->answers.items[(uintptr_t)*at - 1] : NULL;
}

static bool take(void *context, int64_t time_ms, const char *json)
{
    struct rows *r = context;
    r->cut = r->list.len == ROWS_MAX;
    if (!r->cut)
        vec_push(&r->list, (struct row){time_ms, xstrdup(json)});
    return !r->cut;
}

static void print_json(const struct finding *f, const struct said *answer, enum language lang)
{
    json_t *event = finding_event(f, lang);
    if (answer) {
        json_t *told = json_pack("{s:s}", "verdict", feedback_names[answer->verdict]);
        if (answer->cause)
            json_object_set_new(told, "cause", json_of_text(answer->cause));
        json_object_set_new(told, "by", json_of_text(answer->author));
        json_object_set_new(told, "comment", json_of_text(answer->comment));
        json_object_set_new(event, "feedback", told);
    }
    json_dumpf(event, stdout, JSON_COMPACT | JSON_DIGITS);
    putchar('\n');
    json_decref(event);
}

static void print_text(const struct finding *f, const struct said *answer, enum language lang, bool color)
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
    if (answer) {
        printf("  [");
        print_clean(answer->text);
        putchar(']');
    }
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
                print_json(&f, answer_to(r, &f), lang);
            else
                print_text(&f, answer_to(r, &f), lang, color_wanted(o));
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
    if (code == 0)
        code = store_feedbacks(store, take_answer, ret, &err);
    store_close(store);
    if (code < 0)
        print_error("history: %s: %s", path, err.text);
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
    for (size_t i = 0; i < rows.answers.len; i++)
        free_answer(&rows.answers.items[i]);
    vec_free(&rows.answers);
    map_free(&rows.answered);
    session_close(&s);
    return code;
}
