#include "signal/script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "signal/notation.h"
#include "signal/source.h"

/* ---- noise ---- */

static double uniform(uint64_t *seed) /* -1 … 1 */
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (double)(*seed >> 11) * 0x1p-52 - 1;
}

/* Four uniform numbers make nearly a normal one; theirs is a variance of 4/3. */
static double normal(uint64_t *seed)
{
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += uniform(seed);
    return sum * sqrt(0.75);
}

static uint64_t seed_of(const struct script_series *s)
{
    uint64_t h = hash_str(HASH_INIT, s->signal->name);
    for (size_t i = 0; i < s->signal->kind->identity_len; i++)
        h = hash_str(hash_str(h, "\xff"), s->identity[i]);
    return h ? h : 1;
}

static void add_noise(const struct script_series *s, double *values, double size, bool relative)
{
    uint64_t seed = seed_of(s);
    for (size_t i = 0; i < s->len; i++) {
        double off = normal(&seed) * size;
        if (!isfinite(values[i]))
            continue;
        double noisy = values[i] + (relative ? values[i] * off : off);
        values[i] = values[i] >= 0 && noisy < 0 ? 0 : noisy;
    }
}

static void read_noise(const struct node *map, const struct script_series *s, double *values, struct mistakes *m)
{
    const char *text = tree_text(map, "noise", NULL, m);
    size_t len = text ? strlen(text) : 0;
    bool relative = len && text[len - 1] == '%';
    double size;
    if (!text)
        return;
    if (!number_parse(text, len - relative, &size) || !isfinite(size) || size < 0)
        mistake_add(m, tree_get(map, "noise")->place, "noise is a standard deviation, such as 5%% of the value or 0.2 in the signal's unit");
    else
        add_noise(s, values, relative ? size / 100 : size, relative);
}

/* ---- reading ---- */

static struct place place_in(const struct node *text, size_t column)
{
    struct place at = text->place;
    if (text->block_indent) {
        at.line++;
        at.col = (int)(text->block_indent + column - 1);
    } else {
        at.col += (int)column - 1 + text->quoted;
    }
    return at;
}

static const struct signal *find_signal(const struct ruleset *rules, const char *name, const struct node *at, struct mistakes *m)
{
    const struct signal *s = ruleset_signal(rules, name);
    if (s && !s->derived)
        return s;
    const char **names = xcalloc(rules->signals_len + 1, sizeof(*names));
    size_t len = 0;
    for (size_t i = 0; i < rules->signals_len; i++)
        if (!rules->signals[i]->derived)
            names[len++] = rules->signals[i]->name;
    const char *near = did_you_mean(name, names, len);
    if (near)
        mistake_add(m, place_in(at, 1), "unknown signal \"%s\", did you mean \"%s\"?", name, near);
    else
        mistake_add(m, place_in(at, 1), "unknown signal \"%s\"", name);
    free(names);
    return NULL;
}

static const struct notation_label *find_label(const struct notation_series *parsed, const char *name)
{
    for (size_t i = 0; i < parsed->len; i++)
        if (strcmp(parsed->labels[i].name, name) == 0)
            return &parsed->labels[i];
    return NULL;
}

/* The labels must be those of the kind, all of them and no others: anything else would name another entity than the writer thinks. */
static bool read_identity(const struct notation_series *parsed, const struct node *at, struct script_series *s, struct mistakes *m)
{
    const struct entity_kind *kind = s->signal->kind;
    size_t before = m->errors;
    for (size_t i = 0; i < kind->identity_len; i++) {
        const struct notation_label *label = find_label(parsed, kind->labels[i]);
        if (!label || !label->value[0])
            mistake_add(m, place_in(at, 1), "%s is a signal of a %s and needs the label %s", s->signal->name, kind->name, kind->labels[i]);
        else
            s->identity[i] = label->value;
    }
    for (size_t i = 0; i < parsed->len; i++) {
        size_t index = entity_kind_label(kind, parsed->labels[i].name);
        if (index == NO_ROW || index >= kind->identity_len)
            mistake_add(m, place_in(at, parsed->columns[i]), "%s has no label %s", s->signal->name, parsed->labels[i].name);
        else if (find_label(parsed, parsed->labels[i].name) != &parsed->labels[i])
            mistake_add(m, place_in(at, parsed->columns[i]), "label %s twice", parsed->labels[i].name);
    }
    return m->errors == before;
}

/* In the arena; NULL with a mistake. */
static double *read_notation(const struct node *map, const char *key, const char *text, struct arena *a, size_t *ret_len, struct mistakes *m)
{
    struct notation_values parsed = {0};
    struct error err = {0};
    size_t column = 1;
    double *values = NULL;
    if (notation_values(text, &parsed, &column, &err)) {
        mistake_add(m, place_in(tree_get(map, key), column), "%s", err.text);
    } else {
        values = arena_array(a, parsed.len + 1, sizeof(*values));
        if (parsed.len)
            memcpy(values, parsed.items, parsed.len * sizeof(*values));
        *ret_len = parsed.len;
    }
    free(parsed.items);
    return values;
}

static bool read_values(const struct node *map, struct script_series *s, struct arena *a, struct mistakes *m)
{
    static const char *const ago[SEASON_DAYS] = {[SEASON_DAY] = "day_ago", [SEASON_WEEK] = "week_ago"};
    const char *text = tree_need_text(map, "values", "series", m);
    double *values = text ? read_notation(map, "values", text, a, &s->len, m) : NULL;
    if (!values)
        return false;
    s->values = values;
    read_noise(map, s, values, m);
    for (int day = 0; day < SEASON_DAYS; day++) {
        text = tree_text(map, ago[day], NULL, m);
        s->ago[day].values = text ? read_notation(map, ago[day], text, a, &s->ago[day].len, m) : NULL;
    }
    return true;
}

static bool read_series(const struct node *map, const struct ruleset *rules, struct arena *a, struct script_series *s, struct mistakes *m)
{
    static const char *const known[] = {"series", "values", "noise", "day_ago", "week_ago"};
    struct notation_series parsed;
    struct error err = {0};
    size_t column = 1;
    if (!tree_check_keys(map, "series", known, ARRAY_LEN(known), m) && map->type != NODE_MAP)
        return false;
    *s = (struct script_series){.text = tree_need_text(map, "series", "series", m), .place = map->place};
    const struct node *at = tree_get(map, "series");
    if (!s->text)
        return false;
    if (notation_series(s->text, a, &parsed, &column, &err) < 0) {
        mistake_add(m, place_in(at, column), "%s", err.text);
        return false;
    }
    s->signal = find_signal(rules, parsed.name, at, m);
    return s->signal && read_identity(&parsed, at, s, m) && read_values(map, s, a, m);
}

static bool same_series(const struct script_series *a, const struct script_series *b)
{
    if (a->signal != b->signal)
        return false;
    for (size_t i = 0; i < a->signal->kind->identity_len; i++)
        if (strcmp(a->identity[i], b->identity[i]) != 0)
            return false;
    return true;
}

static const struct script_series *find_series(const struct script *s, const struct script_series *like)
{
    for (size_t i = 0; i < s->len; i++)
        if (same_series(&s->series[i], like))
            return &s->series[i];
    return NULL;
}

void script_read(const struct node *list, const struct ruleset *rules, struct arena *a, struct script *ret, struct mistakes *m)
{
    *ret = (struct script){0};
    if (!list || list->is_null)
        return;
    if (list->type != NODE_LIST) {
        mistake_add(m, list->place, "here belongs a list of series: [{series: 'name{label=\"value\"}', values: '0+1x10'}, …]");
        return;
    }
    ret->series = arena_array(a, list->len + 1, sizeof(*ret->series));
    for (size_t i = 0; i < list->len; i++) {
        struct script_series s;
        if (!read_series(list->items[i], rules, a, &s, m))
            continue;
        const struct script_series *other = find_series(ret, &s);
        if (other)
            mistake_add(m, s.place, "this series is in line %d already", other->place.line);
        else
            ret->series[ret->len++] = s;
    }
}

void script_add(struct script *s, const struct script *background, struct arena *a)
{
    struct script_series *all = arena_array(a, s->len + background->len + 1, sizeof(*all));
    size_t own = s->len, len = own;
    if (own)
        memcpy(all, s->series, own * sizeof(*all));
    for (size_t i = 0; i < background->len; i++)
        if (!find_series(s, &background->series[i]))
            all[len++] = background->series[i];
    s->series = all;
    s->len = len;
}

#define HALF_DAY_MS (12 * 3600 * 1000)

/* A time that is nearer to a day, or to a week, before the start than to the start itself is one of those. */
static double value_at(const struct script_series *s, int64_t since_start_ms, int64_t interval_ms)
{
    struct season_shape shape = season_shape(interval_ms);
    int day = since_start_ms >= -HALF_DAY_MS ? SEASON_DAYS : since_start_ms >= -shape.ago_ms[SEASON_WEEK] / 2 ? SEASON_DAY : SEASON_WEEK;
    if (day == SEASON_DAYS)
        return script_value(s, since_start_ms / interval_ms);
    int64_t slot = (since_start_ms + shape.ago_ms[day]) / interval_ms, last = (int64_t)s->ago[day].len - 1;
    return last < 0 ? ABSENT : s->ago[day].values[slot < 0 ? 0 : slot > last ? last : slot];
}

double script_value(const struct script_series *s, int64_t slot)
{
    return slot >= 0 && slot < (int64_t)s->len ? s->values[slot] : ABSENT;
}

/* ---- the source ---- */

struct script_source {
    struct source source;
    const struct script *script;
    int64_t start_ms, interval_ms;
};

static int script_discover(struct source *base, const struct ruleset *rules, int64_t from_ms, int64_t to_ms, struct arena *a, struct discovery *ret,
                           struct error *err)
{
    (void)base, (void)rules, (void)from_ms, (void)to_ms, (void)err;
    *ret = (struct discovery){.len = 1};
    ret->clusters = arena_array(a, 1, sizeof(*ret->clusters));
    ret->clusters[0].name = SCRIPT_CLUSTER;
    return 0;
}

static int script_bind(struct source *base, struct cluster *c, const struct name_values *match, int64_t from_ms, int64_t to_ms, struct error *err)
{
    const struct script *s = ((struct script_source *)base)->script;
    (void)match, (void)from_ms, (void)to_ms, (void)err;
    for (size_t i = 0; i < c->rules->signals_len; i++)
        c->bounds[i].len = 0;
    for (size_t i = 0; i < s->len; i++) {
        struct bounds *b = &c->bounds[s->series[i].signal->index];
        if (!b->len)
            vec_push(b, (struct bound){NULL, ""});
    }
    return 0;
}

static bool fails(const struct script_source *s, const struct answer *a, int64_t first)
{
    int64_t last = first + (int64_t)a->batch->slots - 1;
    for (size_t i = 0; i < s->script->failures_len; i++) {
        const struct script_failure *f = &s->script->failures[i];
        if (f->signal == a->signal && f->from <= last && f->to >= first)
            return true;
    }
    return false;
}

static void feed(const struct script_source *s, struct answer *a, const struct script_series *series)
{
    const struct batch *b = a->batch;
    const char *identity[ENTITY_LABELS_MAX];
    for (size_t i = 0; i < series->signal->kind->identity_len; i++)
        identity[i] = intern_str(&a->cluster->values, series->identity[i]);
    answer_series_identity(a, identity);
    for (size_t k = 0; k < b->slots; k++) {
        int64_t at_ms = b->from_ms + (int64_t)k * b->step_ms;
        double v = value_at(series, at_ms - s->start_ms, s->interval_ms);
        if (!is_absent(v))
            answer_sample(a, at_ms, v);
    }
}

static void script_fetch(struct source *base, struct batch *b, int64_t timeout_ms)
{
    const struct script_source *s = (const struct script_source *)base;
    int64_t first = (b->from_ms - s->start_ms) / s->interval_ms;
    (void)timeout_ms;
    for (size_t i = 0; i < b->len; i++) {
        struct answer *a = &b->answers[i];
        struct error err;
        if (fails(s, a, first)) {
            error_set(&err, ERR_NET, "the test lets queries of %s fail now", a->signal->name);
            answer_done(a, ANSWER_FAILED, &err);
            continue;
        }
        for (size_t k = 0; k < s->script->len; k++)
            if (s->script->series[k].signal == a->signal)
                feed(s, a, &s->script->series[k]);
        answer_done(a, ANSWER_OK, NULL);
    }
}

static void script_free(struct source *base)
{
    free(base);
}

static const struct source_type script_type = {
    .name = "script",
    .discover = script_discover,
    .bind = script_bind,
    .fetch = script_fetch,
    .free = script_free,
};

struct source *script_source_new(const struct script *s, int64_t start_ms, int64_t interval_ms)
{
    struct script_source *new = xcalloc(1, sizeof(*new));
    *new = (struct script_source){.source = {&script_type, "script"}, .script = s, .start_ms = start_ms, .interval_ms = interval_ms};
    return &new->source;
}
