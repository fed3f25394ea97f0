/* nightbell feedback: what an incident's cause turned out to be. Kept with the finding as it was judged, for nightbell calibrate; changes no judgement by itself. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/feedback.h"
#include "model/json.h"

#define PREFIX_LEAST 4

/*
 * The finding that is answered to: of what spoke for the incident the one whose cause was believed most, and of equals the oldest: later ones may speak for what was left over when
 * the trouble itself was gone.
 */
struct search {
    char found[17], other[17]; /* incidents of that prefix; "" = none */
    char *json;                /* NULL = in none of what is kept were causes weighed */
    enum verdict verdict;      /* of its first cause */
    bool believed;
};

static bool is_better(const struct search *s, const struct finding *f)
{
    if (!s->json || s->believed == f->cannot_tell)
        return !s->json || s->believed < !f->cannot_tell;
    return f->causes[0].verdict <= s->verdict; /* the newest comes first */
}

static bool compare(void *context, const char *finding_json)
{
    struct search *j = context;
    AUTO(arena) struct arena a = ARENA_INIT("finding");
    struct finding f;
    json_t *tree = json_loads(finding_json, 0, NULL);
    bool read = tree && finding_from_json(tree, &a, &f, NULL) == 0;
    json_decref(tree);
    if (!read)
        return true;
    if (*j->found && strcmp(j->found, f.incident) != 0) {
        snprintf(j->other, sizeof j->other, "%s", f.incident);
        return false;
    }
    snprintf(j->found, sizeof j->found, "%s", f.incident);
    if ((f.role != ROLE_ROOT && f.role != ROLE_SINGLE) || !feedback_weighed(&f) || !is_better(j, &f))
        return true;
    free(j->json);
    j->json = xstrdup(finding_json);
    j->verdict = f.causes[0].verdict;
    j->believed = !f.cannot_tell;
    return true;
}

static int find(struct store *store, const char *word, struct search *ret)
{
    struct error err = {0};
    if (strlen(word) < PREFIX_LEAST) {
        print_error("feedback: give at least four characters of the incident's id");
        return EXIT_USAGE;
    }
    int failed = store_findings_of(store, word, compare, ret, &err);
    if (failed)
        print_error("feedback: %s", err.text);
    else if (!*ret->found)
        print_error("feedback: no incident in the history has an id that begins with \"%s\"; see nightbell history", word);
    else if (*ret->other)
        print_error("feedback: \"%s\" may mean %s or %s", word, ret->found, ret->other);
    else if (!ret->json)
        print_error("feedback: no causes were weighed for %s; take the id of a line that fires", ret->found);
    return failed ? exit_code_of(failed) : *ret->found && !*ret->other && ret->json ? 0 : EXIT_INPUT;
}

static int put(struct store *store, const struct options *o, const struct search *j, enum feedback verdict)
{
    AUTO(arena) struct arena a = ARENA_INIT("finding");
    struct finding f;
    struct error err = {0};
    json_t *tree = json_loads(j->json, 0, NULL);
    int failed = finding_from_json(tree, &a, &f, &err);
    json_decref(tree);
    if (!failed && verdict != FEEDBACK_OTHER && !j->believed) {
        print_error("feedback: no cause was believed in incident %s: say what it was, as in feedback %s other %s", j->found, o->words[0], f.causes[0].id);
        return EXIT_USAGE;
    }
    const struct feedback_row row = {.incident = j->found, .time_ms = clock_now_ms(&clock_system), .verdict = verdict,
                                     .cause = verdict == FEEDBACK_OTHER ? o->words[2] : NULL, .author = author_of(o),
                                     .comment = o->comment ? o->comment : "", .finding = j->json};
    if (!failed)
        failed = store_feedback_put(store, &row, &err);
    if (failed) {
        print_error("feedback: %s", err.text);
        return exit_code_of(failed);
    }
    printf("incident %s, ", j->found);
    print_clean(f.title.in[LANG_EN]);
    if (j->believed)
        printf(": %s %s", f.causes[0].id, verdict == FEEDBACK_RIGHT ? "was right" : "was not it");
    else
        printf(": no cause was believed");
    printf("%s%s\n", row.cause ? "; it was " : "", row.cause ? row.cause : "");
    return EXIT_OK;
}

static int drop(struct store *store, const char *incident)
{
    struct error err = {0};
    int failed = store_feedback_drop(store, incident, &err);
    if (failed)
        print_error("feedback: %s: %s", incident, err.text);
    return failed ? exit_code_of(failed) : EXIT_OK;
}

static int say(struct store *store, const struct session *s, const struct options *o)
{
    struct search j = {0};
    enum feedback verdict = FEEDBACK_RIGHT;
    while (verdict < FEEDBACK_COUNT && strcmp(feedback_names[verdict], o->words[1]) != 0)
        verdict++;
    if (verdict == FEEDBACK_OTHER && !cause_is_known(s->rules, o->words[2], "feedback"))
        return EXIT_USAGE;
    int code = find(store, o->words[0], &j);
    if (code == 0)
        code = verdict == FEEDBACK_COUNT ? drop(store, j.found) : put(store, o, &j, verdict);
    free(j.json);
    return code;
}

/* ---- list ---- */

static json_t *json_of(const struct feedback_row *row, const char *at)
{
    json_t *json = json_pack("{s:s, s:s, s:s}", "incident", row->incident, "time", at, "verdict", feedback_names[row->verdict]);
    json_object_set_new(json, "cause", json_of_text(row->cause));
    json_object_set_new(json, "author", json_of_text(row->author));
    json_object_set_new(json, "comment", json_of_text(row->comment));
    return json;
}

static bool print_row(void *context, const struct feedback_row *row)
{
    const struct options *o = context;
    AUTO(strbuf) struct strbuf at = STRBUF_INIT(40), words = STRBUF_INIT(4096);
    time_format_utc(&at, row->time_ms);
    if (o->format && strcmp(o->format, "json") == 0) {
        json_t *json = json_of(row, at.buf);
        json_dumpf(json, stdout, JSON_COMPACT | JSON_DIGITS);
        putchar('\n');
        json_decref(json);
        return true;
    }
    feedback_print(row, &words);
    printf("%s  %s  ", at.buf, row->incident);
    print_clean(words.buf);
    if (*row->comment) {
        printf(" (");
        print_clean(row->comment);
        putchar(')');
    }
    putchar('\n');
    return true;
}

static int list(struct store *store, const struct options *o)
{
    struct error err = {0};
    int failed = store_feedbacks(store, print_row, (void *)(uintptr_t)o, &err);
    if (failed)
        print_error("feedback: %s", err.text);
    return failed ? exit_code_of(failed) : EXIT_OK;
}

/* right, wrong and none stand alone; other names what it was. */
static bool words_are_well(const struct options *o)
{
    if (o->words_len == 1)
        return strcmp(o->words[0], "list") == 0;
    if (o->words_len < 2)
        return false;
    bool other = strcmp(o->words[1], "other") == 0;
    bool alone = strcmp(o->words[1], "right") == 0 || strcmp(o->words[1], "wrong") == 0 || strcmp(o->words[1], "none") == 0;
    return (other && o->words_len == 3) || (alone && o->words_len == 2);
}

int cmd_feedback(const struct options *o)
{
    struct session s;
    struct store *store;
    if (!words_are_well(o)) {
        print_error("feedback: say of which incident, and what it was: nightbell feedback INCIDENT right|wrong|none, feedback INCIDENT other CAUSE, feedback list (-c FILE)");
        return EXIT_USAGE;
    }
    int code = state_file_open(o, &s, &store);
    if (code == 0)
        code = o->words_len == 1 ? list(store, o) : say(store, &s, o);
    store_close(store);
    session_close(&s);
    return code;
}
