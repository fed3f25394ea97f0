#include "eval/state.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/maintenance.h"
#include "eval/sight.h"

const char *const state_names[STATES] = {"inactive", "pending", "firing", "recovering", "settling"};

enum input { IN_TRUE, IN_CLEAR, IN_FALSE, IN_UNKNOWN, IN_ANY };
enum after { AT_ONCE, AFTER_FOR, AFTER_KEEP, AFTER_SETTLE };

struct transition {
    enum state from;
    enum input input;
    enum after after;
    enum state to;
    enum effect_kind effect;
};

/*
 * Of the rows for a state and an input the first whose time has come is taken; none: it stays. Input is true when the condition holds, clear when the clear
 * condition does and the condition does not, unknown when neither can be said, false otherwise.
 */
static const struct transition transitions[] = {
    {STATE_INACTIVE, IN_TRUE, AFTER_FOR, STATE_FIRING, EFFECT_FIRED},
    {STATE_INACTIVE, IN_TRUE, AT_ONCE, STATE_PENDING, EFFECT_PENDING},
    {STATE_PENDING, IN_TRUE, AFTER_FOR, STATE_FIRING, EFFECT_FIRED},
    {STATE_PENDING, IN_CLEAR, AT_ONCE, STATE_INACTIVE, EFFECT_DROPPED},
    {STATE_PENDING, IN_FALSE, AT_ONCE, STATE_INACTIVE, EFFECT_DROPPED},
    {STATE_FIRING, IN_CLEAR, AFTER_KEEP, STATE_SETTLING, EFFECT_RESOLVED},
    {STATE_FIRING, IN_CLEAR, AT_ONCE, STATE_RECOVERING, EFFECT_NONE},
    {STATE_RECOVERING, IN_CLEAR, AFTER_KEEP, STATE_SETTLING, EFFECT_RESOLVED},
    {STATE_RECOVERING, IN_TRUE, AT_ONCE, STATE_FIRING, EFFECT_NONE},
    {STATE_RECOVERING, IN_FALSE, AT_ONCE, STATE_FIRING, EFFECT_NONE},
    {STATE_SETTLING, IN_TRUE, AFTER_FOR, STATE_FIRING, EFFECT_FIRED},
    {STATE_SETTLING, IN_TRUE, AT_ONCE, STATE_PENDING, EFFECT_PENDING},
    {STATE_SETTLING, IN_ANY, AFTER_SETTLE, STATE_INACTIVE, EFFECT_NONE},
};

void instance_free(struct instance *i)
{
    if (!i)
        return;
    free(i->suspicion);
    free(i);
}

struct states *states_new(struct cluster *c)
{
    struct states *st = xcalloc(1, sizeof(*st));
    st->cluster = c;
    st->symptoms = xcalloc(c->rules->symptoms_len + 1, sizeof(*st->symptoms));
    return st;
}

void states_free(struct states *st)
{
    if (!st)
        return;
    for (size_t i = 0; i < st->cluster->rules->symptoms_len; i++) {
        for (size_t row = 0; row < st->symptoms[i].rows; row++)
            instance_free(st->symptoms[i].by_row[row]);
        free(st->symptoms[i].by_row);
    }
    free(st->symptoms);
    free(st);
}

const struct instance *states_at(const struct states *st, const struct symptom *s, size_t row)
{
    const struct symptom_states *of = &st->symptoms[s->index];
    return row < of->rows ? of->by_row[row] : NULL;
}

bool instance_fires(const struct instance *i)
{
    return i->state == STATE_FIRING || i->state == STATE_RECOVERING;
}

static void make_room(struct symptom_states *of, size_t rows)
{
    if (rows <= of->rows)
        return;
    of->by_row = xrealloc(of->by_row, rows, sizeof(*of->by_row));
    memset(of->by_row + of->rows, 0, (rows - of->rows) * sizeof(*of->by_row));
    of->rows = rows;
}

struct instance *states_put(struct states *st, const struct symptom *s, size_t row)
{
    struct symptom_states *of = &st->symptoms[s->index];
    make_room(of, row + 1);
    if (!of->by_row[row]) {
        of->by_row[row] = xcalloc(1, sizeof(struct instance));
        of->by_row[row]->symptom = s;
        of->by_row[row]->row = row;
        of->active++;
    }
    return of->by_row[row];
}

void effects_add(struct effects *out, enum effect_kind kind, struct instance *i)
{
    if (out->len == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 16;
        out->items = xrealloc(out->items, out->cap, sizeof(*out->items));
    }
    out->items[out->len++] = (struct effect_row){kind, i};
    i->dirty = true;
    i->revision++;
}

static void end(struct states *st, struct instance *i, struct effects *out)
{
    struct symptom_states *of = &st->symptoms[i->symptom->index];
    of->by_row[i->row] = NULL;
    of->active--;
    if (out->ended_len == out->ended_cap) {
        out->ended_cap = out->ended_cap ? out->ended_cap * 2 : 16;
        out->ended = xrealloc(out->ended, out->ended_cap, sizeof(struct instance *));
    }
    out->ended[out->ended_len++] = i;
}

/* The same finding has the same name in every run over the same data: symptom, cluster, entity and when it began. */
static void name_incident(const struct states *st, struct instance *i)
{
    struct label_set labels;
    label_set_of_row(cluster_domain(st->cluster, i->symptom->kind), i->row, &labels);
    uint64_t h = label_set_fingerprint(&labels);
    h = hash_str(h, i->symptom->id);
    h = hash_str(h, st->cluster->name);
    h = hash_bytes(h, &i->pending_ms, sizeof(i->pending_ms));
    snprintf(i->incident, sizeof(i->incident), "%016" PRIx64, h);
}

/* Half of the longest window that the condition looks at: about so long before it held, the change began. */
static int64_t look_back_ms(const struct expr *e)
{
    int64_t longest = 0;
    if (e->op == EXPR_WINDOW && e->args[0]->op == EXPR_NUMBER)
        longest = (int64_t)(e->args[0]->number * 500);
    for (size_t k = 0; k < e->args_len; k++) {
        int64_t inner = look_back_ms(e->args[k]);
        longest = inner > longest ? inner : longest;
    }
    return longest;
}

/* The same of what makes the condition hold: a rule with several ways to hold must not date what began by one of them by the windows of another. */
static int64_t look_back_held_ms(struct evaluator *ev, const struct expr *e, size_t row)
{
    int64_t longest = 0;
    if (e->op == EXPR_NOT || column_at(ev, e, row) != 1)
        return 0;
    if (e->op == EXPR_ELSE)
        return look_back_held_ms(ev, e->args[isnan(column_at(ev, e->args[0], row)) ? 1 : 0], row);
    if (e->op != EXPR_AND && e->op != EXPR_OR)
        return look_back_ms(e);
    for (size_t k = 0; k < e->args_len; k++) {
        int64_t inner = look_back_held_ms(ev, e->args[k], row);
        longest = inner > longest ? inner : longest;
    }
    return longest;
}

static void begin(const struct states *st, struct evaluator *ev, struct instance *i, int64_t now_ms)
{
    i->pending_ms = now_ms;
    i->onset_ms = now_ms - look_back_held_ms(ev, i->symptom->when, i->row);
    i->held_ms = i->fired_ms = i->clear_ms = i->blind_since_ms = i->over_ms = i->settled_ms = 0;
    i->severity = i->symptom->severity;
    i->revision = 0;
    i->planned = NULL;
    i->expected = false;
    i->lead = i->rival = NULL;
    i->lead_verdict = -1;
    name_incident(st, i);
}

/*
 * What must hold for a while must be seen to hold: where scrapes are further apart than slots, one sample is seen in several of them, so that `for` is a scrape at
 * least. What rings at once (for: 0s) still does.
 */
static int64_t must_hold_ms(const struct states *st, const struct symptom *s)
{
    int64_t scrapes_ms = st->cluster->grain_ms > st->cluster->interval_ms ? st->cluster->grain_ms : 0;
    return s->for_ms > 0 && s->for_ms < scrapes_ms ? scrapes_ms : s->for_ms;
}

static bool time_has_come(const struct states *st, const struct instance *i, enum after after, int64_t now_ms)
{
    switch (after) {
    case AFTER_FOR:
        return i->held_ms >= must_hold_ms(st, i->symptom);
    case AFTER_KEEP:
        return i->clear_ms >= i->symptom->keep_firing_for_ms;
    case AFTER_SETTLE:
        return now_ms >= i->settled_ms && !i->group; /* it may still speak for an incident */
    case AT_ONCE:
        break;
    }
    return true;
}

static const struct transition *find_transition(const struct states *st, const struct instance *i, enum input input, int64_t now_ms)
{
    for (size_t k = 0; k < ARRAY_LEN(transitions); k++) {
        const struct transition *t = &transitions[k];
        if (t->from == i->state && (t->input == input || t->input == IN_ANY) && time_has_come(st, i, t->after, now_ms))
            return t;
    }
    return NULL;
}

/* Clocks run only while what they measure is known to hold. */
static void run_clocks(struct instance *i, enum input input, int64_t now_ms, int64_t interval_ms)
{
    int64_t elapsed = i->last_ms ? now_ms - i->last_ms : 0;
    if (elapsed > 2 * interval_ms) /* nobody looked in between */
        elapsed = 0;
    if (i->state == STATE_PENDING && input == IN_TRUE)
        i->held_ms += elapsed;
    if (i->state == STATE_RECOVERING && input == IN_CLEAR)
        i->clear_ms += elapsed;
    i->dirty |= i->state == STATE_PENDING || i->state == STATE_RECOVERING; /* a restart must not set its clock back */
    i->last_ms = now_ms;
}

static void judge_sight(struct states *st, struct instance *i, enum input input, int64_t now_ms, struct effects *out)
{
    if (!instance_fires(i))
        return;
    if (input == IN_CLEAR && i->blind_since_ms)
        return; /* nothing to tell: it resolves shortly */
    if (input != IN_UNKNOWN) {
        if (i->blind_since_ms) {
            i->blind_since_ms = 0;
            effects_add(out, EFFECT_SEES, i);
        }
        return;
    }
    if (!i->blind_since_ms) {
        i->blind_since_ms = now_ms;
        effects_add(out, EFFECT_BLIND, i);
    } else if (now_ms - i->blind_since_ms >= i->symptom->lost_after_ms) {
        effects_add(out, EFFECT_LOST, i);
        end(st, i, out);
    }
}

static void step(struct states *st, struct evaluator *ev, struct instance *i, enum input input, int64_t now_ms, struct effects *out)
{
    enum state before = i->state;
    if ((before == STATE_INACTIVE || before == STATE_SETTLING) && input == IN_TRUE)
        begin(st, ev, i, now_ms);
    run_clocks(i, input, now_ms, st->cluster->interval_ms);
    const struct transition *t = find_transition(st, i, input, now_ms);
    if (t) {
        i->state = t->to;
        i->dirty = true;
        if (t->to == STATE_FIRING && t->effect == EFFECT_FIRED)
            i->fired_ms = now_ms;
        if (t->to == STATE_FIRING || t->to == STATE_RECOVERING)
            i->clear_ms = 0;
        if (t->to == STATE_SETTLING) {
            i->over_ms = now_ms - i->clear_ms - look_back_ms(i->symptom->clear_when ? i->symptom->clear_when : i->symptom->when);
            i->settled_ms = now_ms + i->symptom->settle_ms;
        }
        if (t->effect != EFFECT_NONE)
            effects_add(out, t->effect, i);
        if (t->to == STATE_INACTIVE) {
            end(st, i, out);
            return;
        }
    }
    judge_sight(st, i, input, now_ms, out);
}

static enum input input_of(double when, double clear)
{
    if (when == 1)
        return IN_TRUE;
    if (clear == 1)
        return IN_CLEAR;
    return isnan(clear) ? IN_UNKNOWN : IN_FALSE;
}

static bool covers_row(const struct disable_rule *d, const struct symptom *s, const struct domain *domain, size_t row)
{
    if (d->symptom && d->symptom != s)
        return false;
    for (size_t i = 0; i < d->match_len; i++) {
        const char *value = domain_label(domain, row, d->match[i].label);
        if (!value || !regex_matches(d->match[i].regex, value))
            return false;
    }
    return true;
}

static bool switched_off(const struct cluster *c, const struct symptom *s, size_t row)
{
    for (size_t k = 0; k < c->rules->disables_len; k++)
        if (c->rules->disables[k].disable && covers_row(&c->rules->disables[k], s, cluster_domain(c, s->kind), row))
            return true;
    return false;
}

/* Expected is what begins within a window, until its deadline or the window's end; never the harm itself. */
static const struct maintenance_config *planned(const struct cluster *c, const struct instance *i)
{
    const struct symptom *s = i->symptom;
    struct finding f = {.symptom = s->id, .cluster = c->name, .severity = s->severity, .state = FINDING_FIRING};
    if (!c->rules->maintenance_len || s->impact || (i->fired_ms != i->last_ms && !i->expected))
        return NULL;
    label_set_of_row(cluster_domain(c, s->kind), i->row, &f.entity);
    const struct maintenance_config *m = maintenance_at(c->rules->maintenance, c->rules->maintenance_len, &f, i->last_ms);
    return m && i->last_ms - i->fired_ms < m->deadline_ms ? m : NULL;
}

/* The symptom's severity, raised by the escalations that hold, unless the configuration says another; never lowered while it fires. */
static void judge_severity(struct evaluator *ev, struct instance *i, struct effects *out)
{
    const struct symptom *s = i->symptom;
    const struct cluster *c = ev->cluster;
    enum severity now = s->severity;
    i->planned = planned(c, i);
    i->expected = i->planned != NULL;
    if (i->planned) {
        i->severity = SEVERITY_INFO;
        return;
    }
    for (size_t k = 0; k < s->escalate_len; k++)
        if (s->escalate[k].severity > now && column_at(ev, s->escalate[k].when, i->row) == 1)
            now = s->escalate[k].severity;
    for (size_t k = 0; k < c->rules->disables_len; k++)
        if (c->rules->disables[k].has_severity && covers_row(&c->rules->disables[k], s, cluster_domain(c, s->kind), i->row))
            now = c->rules->disables[k].severity;
    if (now <= i->severity)
        return;
    bool told = i->state == STATE_FIRING && i->fired_ms != i->last_ms;
    i->severity = now;
    if (told)
        effects_add(out, EFFECT_SEVERITY, i);
}

static void step_symptom(struct states *st, struct evaluator *ev, const struct symptom *s, struct effects *out)
{
    struct symptom_states *of = &st->symptoms[s->index];
    size_t rows = cluster_domain(st->cluster, s->kind)->rows;
    int64_t now_ms = ev->slot * st->cluster->interval_ms;
    column_for_symptom(ev, s);
    const double *when = column_of(ev, s->when);
    const double *clear = s->clear_when && of->active ? column_of(ev, s->clear_when) : NULL;
    struct sight sight;
    bool looks = false; /* nothing holds or fires: nearly always */
    make_room(of, rows);
    for (size_t row = 0; row < rows; row++) {
        struct instance *i = of->by_row[row];
        if (!i && (when[row] != 1 || switched_off(st->cluster, s, row)))
            continue;
        if (!looks)
            sight_begin(&sight, ev, s);
        looks = true;
        double cleared = !clear ? (isnan(when[row]) ? NAN : (double)(when[row] == 0)) : clear[row];
        if (!i)
            i = states_put(st, s, row);
        enum input input = input_of(when[row], cleared);
        if (input == IN_TRUE)
            sight_note(&sight, i);
        else if (input == IN_CLEAR && instance_fires(i) && sight_lost(&sight, i))
            input = IN_UNKNOWN; /* it may look well only because what made it fire is not seen */
        step(st, ev, i, input, now_ms, out);
        if (of->by_row[row] == i && instance_fires(i))
            judge_severity(ev, i, out);
    }
}

void states_step(struct states *st, struct evaluator *ev, struct effects *out)
{
    const struct ruleset *r = st->cluster->rules;
    for (size_t i = 0; i < r->symptoms_len; i++)
        if (!r->symptoms[i]->disabled)
            step_symptom(st, ev, r->symptoms[i], out);
    column_for_symptom(ev, NULL);
}

/*
 * An entity is disturbed by an active instance whose entity shares labels with it and disagrees in none that both have. What is only worth a remark leaves
 * baselines alone: else a lasting remark would blind the rules beside it.
 */
static bool disturbs(const struct instance *i, int64_t now_ms)
{
    bool calm = i->state == STATE_SETTLING && now_ms >= i->settled_ms; /* it only still speaks for an incident */
    return !calm && (i->severity >= SEVERITY_WARNING || i->planned);
}

static void mark_kind(struct states *st, struct evaluator *ev, const struct symptom *s, const struct entity_kind *kind)
{
    const struct join *j = cluster_join(st->cluster, kind, s->kind);
    const struct symptom_states *of = &st->symptoms[s->index];
    struct window *marks = st->cluster->disturbed[kind->id];
    bool *active = arena_array(ev->arena, j->groups + 1, sizeof(*active));
    for (size_t row = 0; row < of->rows && row < j->right_rows; row++)
        if (of->by_row[row] && disturbs(of->by_row[row], ev->slot * st->cluster->interval_ms) && j->right_group[row] != NO_ROW)
            active[j->right_group[row]] = true;
    for (size_t row = 0; row < j->left_rows; row++)
        if (j->left_group[row] != NO_ROW && active[j->left_group[row]])
            window_set(marks, row, ev->slot, 1);
}

static bool shares_labels(const struct entity_kind *a, const struct entity_kind *b)
{
    for (size_t i = 0; i < a->labels_len; i++)
        if (entity_kind_label(b, a->labels[i]) != NO_ROW)
            return true;
    return a->labels_len == 0 && b->labels_len == 0;
}

void states_mark_disturbed(struct states *st, struct evaluator *ev)
{
    const struct ruleset *r = st->cluster->rules;
    for (size_t k = 0; k < r->kinds_len; k++)
        window_advance(st->cluster->disturbed[k], ev->slot);
    for (size_t i = 0; i < r->symptoms_len; i++)
        for (size_t k = 0; st->symptoms[i].active && !r->symptoms[i]->alert && k < r->kinds_len; k++) /* nobody knows what a foreign alert is about */
            if (shares_labels(r->kinds[k], r->symptoms[i]->kind))
                mark_kind(st, ev, r->symptoms[i], r->kinds[k]);
}

void effects_clear(struct effects *e)
{
    for (size_t i = 0; i < e->ended_len; i++)
        instance_free(e->ended[i]);
    free(e->ended);
    free(e->items);
    *e = (struct effects){0};
}

void states_moved(struct states *st, const struct entity_kind *kind, const size_t *moved, size_t old_rows)
{
    for (size_t i = 0; i < st->cluster->rules->symptoms_len; i++) {
        struct symptom_states *of = &st->symptoms[i];
        if (st->cluster->rules->symptoms[i]->kind != kind)
            continue;
        for (size_t row = 0; row < of->rows && row < old_rows; row++) {
            struct instance *in = of->by_row[row];
            of->by_row[row] = NULL;
            if (!in)
                continue;
            in->row = moved[row]; /* rows with an instance are kept */
            of->by_row[moved[row]] = in;
        }
    }
}
