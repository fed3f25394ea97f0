#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/feedback.h"

#define CLAMP_DB 30

static uint64_t key_of(const struct cause *c, uint32_t evidence)
{
    return hash_bytes(hash_str(HASH_INIT, c->id), &evidence, sizeof evidence);
}

static int by_cause(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    if (x->cause != y->cause)
        return x->cause->index < y->cause->index ? -1 : 1;
    return x->evidence->place.line - y->evidence->place.line;
}

static void add_suspect(struct calibration *c, const struct suspect *s)
{
    for (size_t i = 0; i < s->evidence_len; i++) {
        bool fresh;
        map_put(&c->index, key_of(s->cause, evidence_key(&s->evidence[i])), &fresh);
        if (fresh)
            vec_push(&c->items, (struct weighed){.cause = s->cause, .evidence = &s->evidence[i]});
    }
}

void calibration_init(struct calibration *c, const struct ruleset *rules)
{
    *c = (struct calibration){.rules = rules, .causes = xcalloc(rules->causes_len + 1, sizeof(struct cause_tally))};
    for (size_t i = 0; i < rules->symptoms_len; i++)
        for (size_t k = 0; k < rules->symptoms[i]->suspects_len; k++)
            add_suspect(c, &rules->symptoms[i]->suspects[k]);
    if (c->items.len)
        qsort(c->items.items, c->items.len, sizeof(*c->items.items), by_cause);
    for (size_t i = 0; i < c->items.len; i++)
        *map_put(&c->index, key_of(c->items.items[i].cause, evidence_key(c->items.items[i].evidence)), NULL) = (void *)(uintptr_t)(i + 1);
}

void calibration_free(struct calibration *c)
{
    vec_free(&c->items);
    map_free(&c->index);
    free(c->causes);
}

static const struct cause *cause_of(const struct ruleset *r, const char *id)
{
    for (size_t i = 0; i < r->causes_len; i++)
        if (strcmp(r->causes[i]->id, id) == 0)
            return r->causes[i];
    return NULL;
}

static void take_pieces(struct calibration *c, const struct cause *cause, const struct finding_cause *told, bool was)
{
    for (size_t i = 0; i < told->evidence_len; i++) {
        void **at = map_get(&c->index, key_of(cause, told->evidence[i].key));
        struct tally *t = at ? &c->items.items[(uintptr_t)*at - 1].tally : NULL;
        if (!t)
            c->foreign++;
        else if (told->evidence[i].truth == 1)
            ++*(was ? &t->with_true : &t->without_true);
        else if (told->evidence[i].truth == 0)
            ++*(was ? &t->with_false : &t->without_false);
    }
}

void calibration_take(struct calibration *c, const struct finding *judged, enum feedback verdict, const char *cause)
{
    bool suspected = verdict != FEEDBACK_OTHER;
    c->answers[verdict]++;
    for (size_t i = 0; i < judged->causes_len; i++) {
        const struct finding_cause *told = &judged->causes[i];
        const struct cause *known = cause_of(c->rules, told->id);
        bool first = i == 0, was = verdict == FEEDBACK_RIGHT ? first : verdict == FEEDBACK_OTHER && strcmp(told->id, cause) == 0;
        suspected |= was;
        if (!known)
            c->foreign += told->evidence_len;
        if (!known || (verdict == FEEDBACK_WRONG && !first)) /* then nobody knows of the others */
            continue;
        struct cause_tally *t = &c->causes[known->index];
        ++*(was ? &t->was : &t->was_not);
        t->believed += first && !judged->cannot_tell;
        t->right += first && !judged->cannot_tell && was;
        take_pieces(c, known, told, was);
    }
    const struct cause *missed = suspected ? NULL : cause_of(c->rules, cause);
    if (missed)
        c->causes[missed->index].unsuspected++;
}

size_t tally_answers(const struct tally *t)
{
    return t->with_true + t->with_false + t->without_true + t->without_false;
}

double tally_db(const struct tally *t, bool truth)
{
    double with = (double)(t->with_true + t->with_false), without = (double)(t->without_true + t->without_false);
    if (with == 0 || without == 0)
        return NAN;
    double in_with = (double)(truth ? t->with_true : t->with_false) + 1, in_without = (double)(truth ? t->without_true : t->without_false) + 1;
    double db = 10 * log10((in_with / (with + 2)) / (in_without / (without + 2)));
    return fmax(-CLAMP_DB, fmin(CLAMP_DB, db));
}

double tally_suggests(const struct tally *t, bool truth, double now_db)
{
    size_t with = t->with_true + t->with_false, without = t->without_true + t->without_false;
    if (now_db == 0 || with < ANSWERS_LEAST_EACH || without < ANSWERS_LEAST_EACH || with + without < ANSWERS_LEAST)
        return NAN;
    return round(now_db + fmax(-SUGGEST_MOST_DB, fmin(SUGGEST_MOST_DB, tally_db(t, truth) - now_db)));
}

void feedback_print(const struct feedback_row *row, struct strbuf *out)
{
    if (row->verdict == FEEDBACK_OTHER)
        strbuf_addf(out, "it was %s", row->cause ? row->cause : "something else");
    else
        strbuf_addf(out, "%s", feedback_names[row->verdict]);
    strbuf_addf(out, ", says %s", row->author);
}

bool feedback_weighed(const struct finding *f)
{
    for (size_t i = 0; i < f->causes_len; i++)
        if (f->causes[i].evidence_len)
            return true;
    return false;
}

bool cause_is_known(const struct ruleset *r, const char *id, const char *command)
{
    VEC(const char *) ids = {0};
    bool known = false;
    for (size_t i = 0; i < r->causes_len; i++) {
        known |= strcmp(r->causes[i]->id, id) == 0;
        vec_push(&ids, r->causes[i]->id);
    }
    const char *near = known ? NULL : did_you_mean(id, ids.items, ids.len);
    if (near)
        print_error("%s: there is no cause \"%s\", did you mean \"%s\"?", command, id, near);
    else if (!known)
        print_error("%s: there is no cause \"%s\"; nightbell explain lists them", command, id);
    vec_free(&ids);
    return known;
}
