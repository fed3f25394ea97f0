#include <math.h>
#include <stdlib.h>

#include "diagnose/diagnose.h"

#define CLAMP_DB 30
#define DECISIVE_DB 15
#define RULED_OUT_DB (-6)

#define CONFIRMED_COVERAGE 0.6
#define CONFIRMED_MARGIN_DB 6
#define CONFIRMED_PROBABILITY 0.8
#define LIKELY_PROBABILITY 0.5
#define LIKELY_MARGIN_DB 3
#define TELLING_COVERAGE 0.3

struct family {
    const char *name;
    double plus, minus; /* the strongest of each sign */
    size_t plus_at, minus_at;
    double weight; /* the most that it could say */
    bool judged;
};

static struct family *family_of(struct family *families, size_t *len, const char *name)
{
    for (size_t i = 0; i < *len; i++)
        if (families[i].name == name)
            return &families[i];
    families[*len] = (struct family){.name = name, .plus_at = SIZE_MAX, .minus_at = SIZE_MAX};
    return &families[(*len)++];
}

static void weigh(struct family *f, const struct evidence *e, size_t at, double truth)
{
    double weight = fmax(fabs(e->db), fabs(e->else_db));
    f->weight = fmax(f->weight, weight);
    if (isnan(truth))
        return;
    f->judged |= weight > 0;
    double says = truth == 1 ? e->db : e->else_db;
    if (says > f->plus) {
        f->plus = says;
        f->plus_at = at;
    } else if (says < f->minus) {
        f->minus = says;
        f->minus_at = at;
    }
}

static void score_one(struct evaluator *ev, const struct suspect *suspect, size_t row, struct arena *a, struct score *ret)
{
    size_t n = suspect->evidence_len, families_len = 0;
    struct family *families = arena_array(a, n + 1, sizeof(*families));
    *ret = (struct score){.suspect = suspect, .db = suspect->prior_db};
    ret->truths = arena_array(a, n + 1, sizeof(*ret->truths));
    ret->counted = arena_array(a, n + 1, sizeof(*ret->counted));
    for (size_t i = 0; i < n; i++) {
        const struct evidence *e = &suspect->evidence[i];
        double truth = ret->truths[i] = column_at(ev, e->when, row);
        if (e->exclude)
            ret->excluded |= truth == 1;
        else
            weigh(family_of(families, &families_len, e->family), e, i, truth);
    }
    double judged = 0, all = 0;
    for (size_t i = 0; i < families_len; i++) {
        const struct family *f = &families[i];
        ret->db += f->plus + f->minus;
        ret->decisive |= f->plus >= DECISIVE_DB;
        judged += f->judged ? f->weight : 0;
        all += f->weight;
        if (f->plus_at != SIZE_MAX)
            ret->counted[f->plus_at] = true;
        if (f->minus_at != SIZE_MAX)
            ret->counted[f->minus_at] = true;
    }
    ret->coverage = all > 0 ? judged / all : 0;
    ret->db = fmax(-CLAMP_DB, fmin(CLAMP_DB, ret->db));
}

static bool ruled_out(const struct score *s)
{
    return s->excluded || s->db <= RULED_OUT_DB;
}

static int best_first(const void *a, const void *b)
{
    const struct score *x = a, *y = b;
    if (ruled_out(x) != ruled_out(y))
        return ruled_out(x) ? 1 : -1;
    if (x->db != y->db)
        return x->db < y->db ? 1 : -1;
    return (x->suspect > y->suspect) - (x->suspect < y->suspect); /* as listed */
}

static void share_out(struct score *scores, size_t n)
{
    double sum = 1; /* something else: 0 dB */
    for (size_t i = 0; i < n; i++)
        sum += scores[i].excluded ? 0 : pow(10, scores[i].db / 10);
    for (size_t i = 0; i < n; i++)
        scores[i].probability = scores[i].excluded ? 0 : pow(10, scores[i].db / 10) / sum;
}

static enum verdict verdict_of(const struct score *s, double margin_db)
{
    if (ruled_out(s))
        return VERDICT_RULED_OUT;
    if (s->coverage < TELLING_COVERAGE)
        return VERDICT_POSSIBLE;
    if (s->decisive && s->coverage >= CONFIRMED_COVERAGE && margin_db >= CONFIRMED_MARGIN_DB && s->probability >= CONFIRMED_PROBABILITY)
        return VERDICT_CONFIRMED;
    return s->probability >= LIKELY_PROBABILITY && margin_db >= LIKELY_MARGIN_DB ? VERDICT_LIKELY : VERDICT_POSSIBLE;
}

struct score *score_suspects(struct evaluator *ev, const struct symptom *s, size_t row, struct arena *a, bool *ret_cannot_tell)
{
    size_t n = s->suspects_len;
    struct score *scores = arena_array(a, n + 1, sizeof(*scores));
    column_for_symptom(ev, s);
    for (size_t i = 0; i < n; i++)
        score_one(ev, &s->suspects[i], row, a, &scores[i]);
    share_out(scores, n);
    qsort(scores, n, sizeof(*scores), best_first);
    *ret_cannot_tell = true;
    for (size_t i = 0; i < n; i++) {
        double next = i + 1 < n && !ruled_out(&scores[i + 1]) && scores[i + 1].db > 0 ? scores[i + 1].db : 0;
        scores[i].verdict = verdict_of(&scores[i], scores[i].db - next);
        if (scores[i].verdict == VERDICT_CONFIRMED || scores[i].verdict == VERDICT_LIKELY)
            *ret_cannot_tell = false;
    }
    return scores;
}
