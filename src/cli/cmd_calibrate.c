/* nightbell calibrate: what the answers of nightbell feedback say about the weights in the rules. Prints; whoever writes rules decides. */
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/feedback.h"
#include "model/json.h"

static bool take(void *context, const struct feedback_row *row)
{
    AUTO(arena) struct arena a = ARENA_INIT("finding");
    struct calibration *c = context;
    struct finding f;
    json_t *tree = json_loads(row->finding, 0, NULL);
    if (tree && finding_from_json(tree, &a, &f, NULL) == 0)
        calibration_take(c, &f, row->verdict, row->cause ? row->cause : "");
    json_decref(tree);
    return true;
}

static bool is_wanted(const struct options *o, const struct cause *c)
{
    for (size_t i = 0; i < o->words_len; i++)
        if (strcmp(o->words[i], c->id) == 0)
            return true;
    return !o->words_len;
}

static size_t answers(const struct calibration *c)
{
    size_t n = 0;
    for (int i = 0; i < FEEDBACK_COUNT; i++)
        n += c->answers[i];
    return n;
}

/* ---- text ---- */

static void print_side(const char *name, size_t with, size_t with_all, size_t without, size_t without_all)
{
    printf("    %-9s in %zu of %zu with it, in %zu of %zu without", name, with, with_all, without, without_all);
}

static void print_weight(const struct tally *t, bool truth, double now_db)
{
    double says = tally_db(t, truth), suggested = tally_suggests(t, truth, now_db);
    printf(now_db == 0 ? "; the rule: nothing" : "; the rule: %+.0f dB", now_db);
    if (!isnan(says))
        printf(", the answers: %+.0f dB", says);
    if (!isnan(suggested) && suggested != now_db)
        printf("; try %+.0f", suggested);
    putchar('\n');
}

static void print_piece(const struct weighed *w)
{
    const struct tally *t = &w->tally;
    size_t with = t->with_true + t->with_false, without = t->without_true + t->without_false;
    printf("  %s\n", w->evidence->when->text);
    print_side(w->evidence->exclude ? "excludes" : "true", t->with_true, with, t->without_true, without);
    if (w->evidence->exclude) {
        puts(t->with_true ? "; wrong where it was the cause" : "");
        return;
    }
    print_weight(t, true, w->evidence->db);
    print_side("false", t->with_false, with, t->without_false, without);
    print_weight(t, false, w->evidence->else_db);
}

static void print_cause(const struct cause *cause, const struct cause_tally *t)
{
    printf("\ncause %s: it was it in %zu of %zu answers that know", cause->id, t->was, t->was + t->was_not);
    if (t->believed)
        printf(", believed in %zu and right in %zu", t->believed, t->right);
    if (t->unsuspected)
        printf(", not even suspected in %zu more", t->unsuspected);
    putchar('\n');
}

/* Where it was neither the cause nor believed, there is nothing to compare; whoever asks for it by name is told all the same. */
static bool is_told(const struct calibration *c, const struct options *o, const struct cause *cause)
{
    const struct cause_tally *t = &c->causes[cause->index];
    return is_wanted(o, cause) && (t->was || t->believed || t->unsuspected || (o->words_len && t->was_not));
}

static void print_text(const struct calibration *c, const struct options *o)
{
    printf("%zu answers: %zu right, %zu wrong, %zu something else", answers(c), c->answers[FEEDBACK_RIGHT], c->answers[FEEDBACK_WRONG], c->answers[FEEDBACK_OTHER]);
    if (c->foreign)
        printf(" (%zu pieces of their evidence are not in these rules)", c->foreign);
    printf("\nA weight is suggested from %d answers that could judge the piece, %d with the cause and %d without, and moves by %d dB at most.\n", ANSWERS_LEAST,
           ANSWERS_LEAST_EACH, ANSWERS_LEAST_EACH, SUGGEST_MOST_DB);
    for (size_t i = 0; i < c->rules->causes_len; i++) {
        const struct cause *cause = c->rules->causes[i];
        if (!is_told(c, o, cause))
            continue;
        print_cause(cause, &c->causes[i]);
        for (size_t k = 0; k < c->items.len; k++)
            if (c->items.items[k].cause == cause && tally_answers(&c->items.items[k].tally))
                print_piece(&c->items.items[k]);
    }
}

/* ---- JSON ---- */

static json_t *json_weight(const struct tally *t, bool truth, double now_db)
{
    return json_pack("{s:o, s:o, s:o}", "rule_db", json_of_number(now_db), "answers_db", json_of_number(round(tally_db(t, truth) * 100) / 100), "suggested_db",
                     json_of_number(tally_suggests(t, truth, now_db)));
}

static json_t *json_piece(const struct weighed *w)
{
    const struct tally *t = &w->tally;
    json_t *piece = json_pack("{s:o, s:o, s:o, s:i, s:b}", "cause", json_of_text(w->cause->id), "condition", json_of_text(w->evidence->when->text), "file",
                              json_of_text(w->evidence->place.file), "line", w->evidence->place.line, "excludes", w->evidence->exclude);
    json_object_set_new(piece, "with", json_pack("{s:I, s:I}", "true", (json_int_t)t->with_true, "false", (json_int_t)t->with_false));
    json_object_set_new(piece, "without", json_pack("{s:I, s:I}", "true", (json_int_t)t->without_true, "false", (json_int_t)t->without_false));
    if (!w->evidence->exclude) {
        json_object_set_new(piece, "if_true", json_weight(t, true, w->evidence->db));
        json_object_set_new(piece, "if_false", json_weight(t, false, w->evidence->else_db));
    }
    return piece;
}

static void print_json(const struct calibration *c, const struct options *o)
{
    json_t *evidence = json_array(), *causes = json_array();
    for (size_t i = 0; i < c->items.len; i++)
        if (tally_answers(&c->items.items[i].tally) && is_wanted(o, c->items.items[i].cause))
            json_array_append_new(evidence, json_piece(&c->items.items[i]));
    for (size_t i = 0; i < c->rules->causes_len; i++) {
        const struct cause_tally *t = &c->causes[i];
        if (t->was + t->was_not + t->unsuspected && is_wanted(o, c->rules->causes[i]))
            json_array_append_new(causes, json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "id", json_of_text(c->rules->causes[i]->id), "was", (json_int_t)t->was, "was_not",
                                                    (json_int_t)t->was_not, "believed", (json_int_t)t->believed, "right", (json_int_t)t->right, "unsuspected",
                                                    (json_int_t)t->unsuspected));
    }
    print_tree(stdout, json_pack("{s:s, s:{s:I, s:I, s:I}, s:I, s:o, s:o}", "schema", "nightbell.calibration/1", "answers", "right",
                                 (json_int_t)c->answers[FEEDBACK_RIGHT], "wrong", (json_int_t)c->answers[FEEDBACK_WRONG], "other",
                                 (json_int_t)c->answers[FEEDBACK_OTHER], "foreign", (json_int_t)c->foreign, "causes", causes, "evidence", evidence));
}

static int calibrate(struct store *store, const struct session *s, const struct options *o)
{
    struct calibration c;
    struct error err = {0};
    calibration_init(&c, s->rules);
    int failed = store_feedbacks(store, take, &c, &err);
    if (failed)
        print_error("calibrate: %s", err.text);
    else if (o->format && strcmp(o->format, "json") == 0)
        print_json(&c, o);
    else if (!answers(&c))
        puts("nothing was answered yet: nightbell feedback INCIDENT right|wrong, or other CAUSE");
    else
        print_text(&c, o);
    calibration_free(&c);
    return failed ? exit_code_of(failed) : EXIT_OK;
}

int cmd_calibrate(const struct options *o)
{
    struct session s;
    struct store *store;
    int code = state_file_open(o, &s, &store);
    for (size_t i = 0; code == 0 && i < o->words_len; i++)
        code = cause_is_known(s.rules, o->words[i], "calibrate") ? 0 : EXIT_USAGE;
    if (code == 0)
        code = calibrate(store, &s, o);
    store_close(store);
    session_close(&s);
    return code;
}
