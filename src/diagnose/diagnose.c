#include "diagnose/diagnose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "config/maintenance.h"
#include "rule/alert.h"

#define RIVAL_MS 60000
#define CHART_POINTS 60
#define CHART_BEFORE_MS (10 * 60 * 1000) /* a chart begins so long before the onset */
#define BEFORE_GAP_MS 60000
#define BEFORE_SPAN_MS 120000
#define REMEDIES_MAX 8
#define OUT_DB (-30) /* what is told of a suspect that was ruled out */

/* ---- words ---- */

static struct text same_text(const char *s)
{
    struct text t;
    for (int i = 0; i < LANGUAGES; i++)
        t.in[i] = s;
    return t;
}

static struct text evidence_text(const struct render_context *c, const struct evidence *e, bool truth, struct arena *a)
{
    const struct texts_template *t = truth || !e->else_says.given ? &e->says : &e->else_says;
    if (t->given && (truth || e->else_says.given))
        return render_texts(c, t, a);
    return same_text(truth ? e->when->text : arena_printf(a, "not (%s)", e->when->text));
}

static bool known_anywhere(const struct evaluator *ev, const struct signal *s)
{
    const struct window *w = ev->cluster->windows[s->index];
    for (size_t i = 0; i < w->rows; i++)
        if (!isnan(window_get(w, i, ev->slot)))
            return true;
    return false;
}

/* The signals below `e` as "a, b": those that nobody has at present, or `all`. */
static void name_signals(struct evaluator *ev, const struct expr *e, bool all, struct strbuf *out)
{
    const struct signal *s = e->signal;
    if (s && s->derived) {
        name_signals(ev, s->derived, all, out);
        return;
    }
    if (s && (all || !known_anywhere(ev, s)) && !strstr(out->buf, s->name))
        strbuf_addf(out, "%s%s", out->len ? ", " : "", s->name);
    for (size_t i = 0; i < e->args_len; i++)
        name_signals(ev, e->args[i], all, out);
}

static const char *const cannot_judge[LANGUAGES] = {[LANG_EN] = "not known: ", [LANG_KO] = "확인할 수 없는 신호: "};

static struct text missing_text(const struct render_context *c, const struct evidence *e, struct arena *a)
{
    AUTO(strbuf) struct strbuf names = STRBUF_INIT(300);
    struct text t;
    name_signals(c->ev, e->when, false, &names);
    if (!names.len) /* others have them: this entity, or this long ago, does not */
        name_signals(c->ev, e->when, true, &names);
    for (int lang = 0; lang < LANGUAGES; lang++)
        t.in[lang] = arena_printf(a, "%s%s", cannot_judge[lang], names.len ? names.buf : e->when->text);
    return t;
}

/* ---- causes ---- */

static double weight(const struct evidence *e)
{
    return e->exclude ? 100 : fmax(fabs(e->db), fabs(e->else_db));
}

static void put_text(struct texts *list, struct text t)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->items[i].in[LANG_EN], t.in[LANG_EN]) == 0)
            return;
    list->items[list->len++] = t;
}

static void sort_evidence(const struct suspect *s, size_t *order)
{
    for (size_t i = 0; i < s->evidence_len; i++) {
        size_t at = i;
        for (; at > 0 && weight(&s->evidence[order[at - 1]]) < weight(&s->evidence[i]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static void tell_evidence(const struct render_context *c, const struct score *score, struct finding_cause *ret, struct arena *a)
{
    const struct suspect *s = score->suspect;
    size_t *order = arena_array(a, s->evidence_len + 1, sizeof(*order));
    struct texts *lists[] = {&ret->pro, &ret->contra, &ret->missing};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        lists[i]->items = arena_array(a, s->evidence_len + 2, sizeof(struct text));
    sort_evidence(s, order);
    for (size_t i = 0; i < s->evidence_len; i++) {
        const struct evidence *e = &s->evidence[order[i]];
        double truth = score->truths[order[i]];
        double says = e->exclude ? (truth == 1 ? -100 : 0) : truth == 1 ? e->db : e->else_db;
        if (isnan(truth))
            put_text(&ret->missing, missing_text(c, e, a));
        else if (says > 0 && score->counted[order[i]])
            put_text(&ret->pro, evidence_text(c, e, truth == 1, a));
        else if (says < 0 && (e->exclude || score->counted[order[i]]))
            put_text(&ret->contra, evidence_text(c, e, truth == 1, a));
    }
}

static void tell_cause(const struct render_context *c, const struct score *score, struct finding_cause *ret, struct arena *a)
{
    const struct cause *cause = score->suspect->cause;
    *ret = (struct finding_cause){
        .id = cause->id,
        .title = render_texts(c, &cause->title, a),
        .verdict = score->verdict,
        .probability = score->probability,
        .score_db = score->db,
        .coverage = score->coverage,
    };
    tell_evidence(c, score, ret, a);
}

/* ---- what to do ---- */

/* Of the two best causes the unknown piece that could say most: how to find it out by hand. */
static void next_check(const struct render_context *c, const struct score *scores, size_t n, struct finding *ret, struct arena *a)
{
    double best = 0;
    ret->next_check = same_text("");
    for (size_t i = 0; i < n && i < 2; i++) {
        const struct suspect *s = scores[i].suspect;
        if (scores[i].verdict == VERDICT_RULED_OUT || !s->cause->by_hand.given)
            continue;
        for (size_t k = 0; k < s->evidence_len; k++) {
            if (!isnan(scores[i].truths[k]) || s->evidence[k].exclude || weight(&s->evidence[k]) <= best)
                continue;
            best = weight(&s->evidence[k]);
            ret->next_check = render_texts(c, &s->cause->by_hand, a);
            ret->next_command = render_command(c, &s->by_hand_command, a);
        }
    }
}

static bool told_already(const struct finding *f, const struct finding_remedy *r)
{
    for (size_t i = 0; i < f->remedies_len; i++) {
        const struct finding_remedy *o = &f->remedies[i];
        if (r->command ? o->command && strcmp(o->command, r->command) == 0 : strcmp(o->text.in[LANG_EN], r->text.in[LANG_EN]) == 0)
            return true;
    }
    return false;
}

static void put_remedy(struct finding *f, const struct finding_remedy *r)
{
    size_t at = f->remedies_len++;
    for (; at > 0 && f->remedies[at - 1].risk > r->risk; at--)
        f->remedies[at] = f->remedies[at - 1];
    f->remedies[at] = *r;
}

/* Remedies of the causes that are believed; while none is, only what can be looked at without harm. */
static void tell_remedies(const struct render_context *c, const struct score *scores, size_t n, struct finding *ret, struct arena *a)
{
    ret->remedies = arena_array(a, REMEDIES_MAX + 1, sizeof(*ret->remedies));
    for (size_t i = 0; i < n; i++) {
        const struct suspect *s = scores[i].suspect;
        bool believed = scores[i].verdict <= VERDICT_LIKELY;
        if (scores[i].verdict == VERDICT_RULED_OUT || (!ret->cannot_tell && !believed))
            continue;
        for (size_t k = 0; k < s->remedies_len && ret->remedies_len < REMEDIES_MAX; k++) {
            const struct remedy *r = &s->remedies[k];
            if ((ret->cannot_tell && r->risk != RISK_READ_ONLY) || (r->only_if && column_at(c->ev, r->only_if, c->row) != 1))
                continue;
            struct finding_remedy told = {.cause = s->cause->id, .text = render_texts(c, &r->text, a), .command = render_command(c, &r->command, a),
                                          .risk = r->risk};
            if (!told_already(ret, &told))
                put_remedy(ret, &told);
        }
    }
}

/* ---- charts ---- */

/* "request_rate" reads as "request rate" where the rules have no better words for it. */
static const char *spaced(const char *name, struct arena *a)
{
    char *text = arena_strdup(a, name);
    for (char *c = text; *c; c++)
        if (*c == '_')
            *c = ' ';
    return text;
}

static void tell_chart(const struct render_context *c, const struct shown *shown, const struct instance *i, struct finding_chart *ret, struct arena *a)
{
    const struct evaluator *ev = c->ev;
    const struct window *w = ev->cluster->windows[shown->signal->index];
    int64_t step = ev->cluster->interval_ms;
    int64_t from = ((i->onset_ms ? i->onset_ms : ev->slot * step) - CHART_BEFORE_MS) / step;
    int64_t every = (ev->slot - from) / CHART_POINTS + 1;
    AUTO(strbuf) struct strbuf unit = STRBUF_INIT(64);
    unit_print(&shown->signal->unit, &unit);
    *ret = (struct finding_chart){
        .name = shown->name,
        .unit = arena_strdup(a, unit.buf),
        .label = shown->label.given ? render_texts(c, &shown->label, a) : same_text(spaced(shown->name, a)),
        .start_ms = from * step,
        .step_ms = every * step,
        .values = arena_array(a, CHART_POINTS + 2, sizeof(double)),
        .before = NAN,
        .now = window_get(w, c->row, ev->slot),
        .peak = NAN,
    };
    double known[BEFORE_SPAN_MS / 1000 + 1];
    size_t known_len = 0;
    int64_t before_to = (i->onset_ms - BEFORE_GAP_MS) / step, before_from = before_to - BEFORE_SPAN_MS / step;
    for (int64_t slot = from; slot <= ev->slot; slot++) {
        double v = window_get(w, c->row, slot);
        if ((slot - from) % every == 0)
            ret->values[ret->len++] = v;
        if (slot >= before_from && slot <= before_to && known_len < ARRAY_LEN(known))
            known[known_len++] = v;
        if (slot * step >= i->onset_ms && !isnan(v) && !(v <= ret->peak))
            ret->peak = v;
    }
    ret->before = stats_median((struct samples){known, known_len}, &c->ev->scratch);
}

static void tell_charts(const struct render_context *c, const struct instance *i, struct finding *ret, struct arena *a)
{
    const struct symptom *s = i->symptom;
    ret->charts = arena_array(a, s->show_len + 1, sizeof(*ret->charts));
    for (size_t k = 0; k < s->show_len; k++)
        tell_chart(c, &s->show[k], i, &ret->charts[ret->charts_len++], a);
}

/* ---- the finding ---- */

static enum finding_state state_of(const struct instance *i, enum effect_kind kind)
{
    if (kind == EFFECT_RESOLVED || kind == EFFECT_GONE)
        return FINDING_RESOLVED;
    if (kind == EFFECT_PENDING || kind == EFFECT_DROPPED)
        return FINDING_PENDING;
    return i->blind_since_ms ? FINDING_UNKNOWN : FINDING_FIRING;
}

static const char *reason_of(enum effect_kind kind)
{
    switch (kind) {
    case EFFECT_RESOLVED:
        return "condition_cleared";
    case EFFECT_GONE:
        return "entity_gone";
    case EFFECT_LOST:
        return "lost_sight";
    default:
        return NULL;
    }
}

static void tell_lead(const struct render_context *c, const struct instance *i, struct finding *ret, struct arena *a)
{
    const struct symptom *s = i->symptom;
    for (size_t k = 0; i->lead && k < s->suspects_len; k++) {
        const struct cause *cause = s->suspects[k].cause;
        if (strcmp(cause->id, i->lead) != 0)
            continue;
        ret->causes = arena_array(a, 1, sizeof(*ret->causes));
        ret->causes[ret->causes_len++] = (struct finding_cause){
            .id = cause->id, .title = render_texts(c, &cause->title, a), .verdict = (enum verdict)i->lead_verdict, .probability = i->lead_probability,
            .score_db = NAN, .coverage = NAN,
        };
        ret->cannot_tell = i->lead_verdict > VERDICT_LIKELY;
    }
}

/*
 * The ranking as it was when the condition last held. What recovers looks healthy and would clear the suspect that it is about; without evidence, since today's
 * would contradict it.
 */
static struct score *kept_scores(const struct instance *i, struct arena *a, bool *ret_cannot_tell)
{
    const struct symptom *s = i->symptom;
    size_t n = s->suspects_len;
    double sum = 1; /* something else: 0 dB */
    struct score *scores = arena_array(a, n + 1, sizeof(*scores));
    for (size_t k = 0; k < n; k++) {
        const struct suspect *suspect = &s->suspects[k];
        bool lead = strcmp(suspect->cause->id, i->lead) == 0, out = isinf(i->suspicion[k]);
        double db = lead ? INFINITY : out ? OUT_DB : i->suspicion[k];
        size_t at = k;
        for (; at > 0 && scores[at - 1].db < db; at--)
            scores[at] = scores[at - 1];
        scores[at] = (struct score){.suspect = suspect, .db = db, .excluded = out, .verdict = out ? VERDICT_RULED_OUT : VERDICT_POSSIBLE};
        scores[at].truths = arena_array(a, suspect->evidence_len + 1, sizeof(double));
        scores[at].counted = arena_array(a, suspect->evidence_len + 1, sizeof(bool));
        sum += out ? 0 : pow(10, i->suspicion[k] / 10);
    }
    if (n && isinf(scores[0].db)) {
        scores[0].db = isinf(i->suspicion[scores[0].suspect - s->suspects]) ? OUT_DB : i->suspicion[scores[0].suspect - s->suspects];
        scores[0].verdict = (enum verdict)i->lead_verdict;
    }
    for (size_t k = 0; k < n; k++)
        scores[k].probability = scores[k].excluded ? 0 : pow(10, scores[k].db / 10) / sum;
    *ret_cannot_tell = i->lead_verdict > VERDICT_LIKELY;
    return scores;
}

static void note_evidence(const struct score *score, struct finding_cause *ret, struct arena *a)
{
    const struct suspect *s = score->suspect;
    ret->evidence = arena_array(a, s->evidence_len + 1, sizeof(*ret->evidence));
    for (size_t i = 0; i < s->evidence_len; i++)
        ret->evidence[ret->evidence_len++] = (struct finding_evidence){evidence_key(&s->evidence[i]), score->truths[i]};
}

static void tell_ranking(const struct render_context *c, const struct instance *i, struct finding *ret, struct arena *a)
{
    size_t n = i->symptom->suspects_len;
    bool keep = i->suspicion && i->lead && (i->rival || column_at(c->ev, i->symptom->when, i->row) != 1);
    struct score *scores = keep ? kept_scores(i, a, &ret->cannot_tell) : score_suspects(c->ev, i->symptom, i->row, a, &ret->cannot_tell);
    ret->causes = arena_array(a, n + 1, sizeof(*ret->causes));
    for (size_t k = 0; k < n; k++) {
        struct finding_cause *told = &ret->causes[ret->causes_len++];
        tell_cause(c, &scores[k], told, a);
        if (!keep)
            note_evidence(&scores[k], told, a);
    }
    next_check(c, scores, n, ret, a);
    tell_remedies(c, scores, n, ret, a);
}

static void tell_links(const struct render_context *context, const struct symptom *s, struct finding *ret, struct arena *a)
{
    const struct cluster *c = context->ev->cluster;
    ret->links = arena_array(a, c->links.len + 2, sizeof(*ret->links));
    if (s->alert && s->alert->link_name)
        ret->links[ret->links_len++] = (struct finding_link){s->alert->link_name, render_alert(context, s, &s->alert->link, a)};
    for (size_t i = 0; i < c->links.len; i++)
        ret->links[ret->links_len++] = (struct finding_link){c->links.items[i].name, c->links.items[i].value};
}

void diagnose(struct evaluator *ev, const struct instance *i, enum effect_kind kind, struct arena *a, struct finding *ret)
{
    const struct symptom *s = i->symptom;
    struct cluster *c = ev->cluster;
    struct render_context context = {ev, s->kind, i->row};
    int64_t now_ms = ev->slot * c->interval_ms;
    *ret = (struct finding){
        .symptom = s->id,
        .cluster = c->name,
        .state = state_of(i, kind),
        .severity = i->severity,
        .role = ROLE_SINGLE,
        .slot_ms = now_ms,
        .onset_ms = i->onset_ms,
        .fired_ms = i->fired_ms,
        .blind_since_ms = i->blind_since_ms,
        .cleared_ms = i->state == STATE_SETTLING && kind == EFFECT_CAUSE ? i->over_ms : 0,
        .resolved_ms = kind == EFFECT_RESOLVED || kind == EFFECT_GONE || kind == EFFECT_LOST ? now_ms : 0,
        .reason = reason_of(kind),
        .revision = i->revision,
        .next_check = same_text(""),
    };
    if (i->planned && !ret->resolved_ms) {
        ret->planned = arena_strdup(a, i->planned->name);
        ret->planned_until_ms = maintenance_until_ms(i->planned, now_ms, i->fired_ms);
    }
    memcpy(ret->incident, i->incident, sizeof(ret->incident));
    label_set_of_row(cluster_domain(c, s->kind), i->row, &ret->entity);
    column_for_symptom(ev, s);
    ret->title = render_title(&context, s, a);
    ret->effect = render_effect(&context, s, a);
    tell_links(&context, s, ret, a);
    if (ret->state == FINDING_PENDING)
        return;
    tell_charts(&context, i, ret, a);
    if (ret->resolved_ms || i->blind_since_ms) /* what can no longer be seen is not judged anew */
        tell_lead(&context, i, ret, a);
    else
        tell_ranking(&context, i, ret, a);
}

static void note_suspicion(struct instance *i, const struct score *scores)
{
    const struct symptom *s = i->symptom;
    if (!i->suspicion)
        i->suspicion = xcalloc(s->suspects_len, sizeof(*i->suspicion));
    for (size_t k = 0; k < s->suspects_len; k++)
        i->suspicion[scores[k].suspect - s->suspects] = scores[k].verdict == VERDICT_RULED_OUT ? -INFINITY : scores[k].db;
}

/*
 * What fades away looks like something else for a moment: one series is well again before the average of another is. So another cause takes the place of
 * one that is believed only once it has been believed for a while.
 */
static bool is_passing(struct instance *i, const char *lead, int64_t now_ms)
{
    if (!i->rival || strcmp(i->rival, lead) != 0) {
        i->rival = lead;
        i->rival_ms = now_ms;
        i->dirty = true;
    }
    return now_ms - i->rival_ms < RIVAL_MS;
}

static void forget_rival(struct instance *i)
{
    i->dirty |= i->rival != NULL;
    i->rival = NULL;
}

bool diagnose_lead(struct evaluator *ev, struct instance *i, struct arena *a)
{
    bool cannot_tell;
    if (!i->symptom->suspects_len)
        return false;
    struct score *scores = score_suspects(ev, i->symptom, i->row, a, &cannot_tell);
    const char *lead = scores[0].suspect->cause->id;
    bool believed = i->lead && i->lead_verdict <= VERDICT_LIKELY, same = i->lead && strcmp(i->lead, lead) == 0;
    bool changed = !same || (int)scores[0].verdict < i->lead_verdict;
    if (believed && !same && !cannot_tell && is_passing(i, lead, ev->slot * ev->cluster->interval_ms))
        return false;
    forget_rival(i);
    if (believed && cannot_tell && i->suspicion)
        return false; /* what was believed is believed until something else is */
    if (believed && !changed) { /* nor is it believed less */
        note_suspicion(i, scores);
        return false;
    }
    i->lead = lead;
    i->lead_verdict = (int)scores[0].verdict;
    i->lead_probability = scores[0].probability;
    note_suspicion(i, scores);
    return changed;
}
