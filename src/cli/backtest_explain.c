/* nightbell backtest --explain TIME: conditions and evidence as they were then, piece by piece, with their values. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "base/strbuf.h"
#include "cli/backtest.h"
#include "model/json.h"
#include "notify/sparkline.h"

#define TEXT_MAX 4000

/* One symptom of one entity. */
struct subject {
    struct engine *engine;
    struct watch *watch;
    const struct symptom *symptom;
    size_t row;
    const struct instance *instance; /* NULL = quiet */
    struct label_set entity;
};

struct explaining {
    const struct session *session;
    const struct options *options;
    void (*each)(struct explaining *x, const struct subject *s);
    json_t *list;
    size_t told;
};

static const char *truth_word(double v)
{
    return isnan(v) ? "unknown" : v != 0 ? "true" : "false";
}

/* Its parts that hold or not for the same rows; the others were summed up before they came here. */
static size_t parts_of(const struct expr *e, const struct expr *const **ret)
{
    *ret = (const struct expr *const *)e->args;
    if (e->op != EXPR_AND && e->op != EXPR_OR && e->op != EXPR_NOT && e->op != EXPR_ELSE)
        return 0;
    for (size_t i = 0; i < e->args_len; i++)
        if (e->args[i]->type != VALUE_TRUTH || e->args[i]->kind != e->kind)
            return 0;
    return e->args_len;
}

/* The text in one line. */
static void put_line(struct strbuf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (!isspace((unsigned char)*c))
            strbuf_addc(out, *c);
        else if (out->len && out->buf[out->len - 1] != ' ')
            strbuf_addc(out, ' ');
    }
}

static double value_of(const struct subject *s, const struct expr *e)
{
    return column_at(&s->watch->evaluator, e, s->row);
}

static void put_value(struct strbuf *out, const struct subject *s, const struct expr *e)
{
    AUTO(strbuf) struct strbuf unit = STRBUF_INIT(64);
    unit_print(&e->unit, &unit);
    value_format(out, value_of(s, e), unit.buf, "unknown", duration_words_en);
}

/* A condition in a line; of a comparison also what stood on its sides, a number that is written there left out. */
static void print_expr(const struct subject *s, const struct expr *e)
{
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(TEXT_MAX);
    put_line(&line, e->text);
    if (expr_is_comparison(e)) {
        strbuf_adds(&line, "   (");
        put_value(&line, s, e->args[0]);
        strbuf_adds(&line, e->args[1]->op == EXPR_NUMBER ? "" : " against ");
        if (e->args[1]->op != EXPR_NUMBER)
            put_value(&line, s, e->args[1]);
        strbuf_addc(&line, ')');
    }
    puts(line.buf);
}

/* ---- text ---- */

/* "a and b and c" has three parts, though it was read as two; what "else" falls back to is said by the whole. */
static void print_condition(const struct subject *s, const struct expr *e, const struct expr *whole, int depth)
{
    const struct expr *const *parts;
    size_t len = parts_of(e, &parts);
    bool more = whole && whole->op == e->op && (e->op == EXPR_AND || e->op == EXPR_OR);
    if (e->op == EXPR_NUMBER && whole)
        return;
    if (!more) {
        printf("    %-8s%*s", truth_word(value_of(s, e)), depth * 2, "");
        print_expr(s, e);
    }
    for (size_t i = 0; i < len; i++)
        print_condition(s, parts[i], e, more ? depth : depth + 1);
}

static void print_named(const char *name, const struct subject *s, const struct expr *e)
{
    printf("  %s\n", name);
    print_condition(s, e, NULL, 0);
}

static void print_since(const char *what, int64_t ms)
{
    AUTO(strbuf) struct strbuf at = STRBUF_INIT(32);
    if (!ms)
        return;
    time_format_utc(&at, ms);
    printf(", %s %s", what, at.buf);
}

static void print_wait(int64_t for_ms)
{
    AUTO(strbuf) struct strbuf wait = STRBUF_INIT(64);
    duration_format(&wait, for_ms);
    printf(", fires when it has held for %s", wait.buf);
}

static void print_head(const struct subject *s)
{
    const struct instance *i = s->instance;
    printf("%s ", s->symptom->id);
    for (size_t k = 0; k < s->entity.len; k++) {
        printf(" %s=", s->entity.items[k].name);
        print_clean(s->entity.items[k].value);
    }
    printf("  (%s)\n  %s", s->watch->cluster->name, state_names[i ? i->state : STATE_INACTIVE]);
    if (i) {
        printf(", %s", severity_names[i->severity]);
        print_since("onset", i->onset_ms);
        print_since("held since", i->pending_ms);
        print_since("fired", i->fired_ms);
        print_since("blind since", i->blind_since_ms);
        if (i->state == STATE_PENDING)
            print_wait(s->symptom->for_ms);
        if (i->group)
            printf(", incident %s", i->group->id);
    }
    putchar('\n');
}

static void print_evidence(const struct subject *s, const struct score *score)
{
    for (size_t i = 0; i < score->suspect->evidence_len; i++) {
        const struct evidence *e = &score->suspect->evidence[i];
        double db = isnan(score->truths[i]) ? 0 : score->truths[i] != 0 ? e->db : e->else_db;
        if (e->exclude)
            printf("      %-8s rules out  ", truth_word(score->truths[i]));
        else if (db == 0)
            printf("      %-8s            ", truth_word(score->truths[i]));
        else
            printf("      %-8s %+3.0f dB %-4s", truth_word(score->truths[i]), db, score->counted[i] ? "" : "(-)");
        print_expr(s, e->when);
    }
}

static void print_causes(const struct subject *s)
{
    bool cannot_tell;
    struct score *scores = score_suspects(&s->watch->evaluator, s->symptom, s->row, &s->engine->arena, &cannot_tell);
    for (size_t i = 0; i < s->symptom->suspects_len; i++) {
        const struct score *c = &scores[i];
        printf("  cause %s: %s", c->suspect->cause->id, verdict_names[c->verdict]);
        if (!c->excluded)
            printf(", %+.0f dB, %.0f %%", c->db, c->probability * 100);
        printf(", %.0f %% of its evidence known\n", c->coverage * 100);
        print_evidence(s, c);
    }
}

static void tell_text(struct explaining *x, const struct subject *s)
{
    if (x->told)
        putchar('\n');
    print_head(s);
    print_named("fires when", s, s->symptom->when);
    if (s->instance && instance_fires(s->instance) && s->symptom->clear_when)
        print_named("clears when", s, s->symptom->clear_when);
    if (s->instance && instance_fires(s->instance))
        print_causes(s);
}

/* ---- JSON ---- */

static json_t *json_of_condition(const struct subject *s, const struct expr *e)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(TEXT_MAX);
    const struct expr *const *parts;
    size_t len = parts_of(e, &parts);
    double v = value_of(s, e);
    put_line(&text, e->text);
    json_t *json = json_pack("{s:o, s:o}", "text", json_of_text(text.buf), "holds", isnan(v) ? json_null() : json_boolean(v != 0));
    json_t *list = json_array();
    for (size_t i = 0; i < len; i++)
        json_array_append_new(list, json_of_condition(s, parts[i]));
    for (size_t i = 0; i < 2 && expr_is_comparison(e); i++)
        json_array_append_new(list, json_pack("{s:o, s:o}", "text", json_of_text(e->args[i]->text), "value", json_of_number(value_of(s, e->args[i]))));
    json_object_set_new(json, "parts", list);
    return json;
}

static json_t *json_of_cause(const struct subject *s, const struct score *c)
{
    json_t *evidence = json_array();
    for (size_t i = 0; i < c->suspect->evidence_len; i++) {
        const struct evidence *e = &c->suspect->evidence[i];
        json_t *one = json_of_condition(s, e->when);
        json_object_set_new(one, "db", json_of_number(e->db));
        json_object_set_new(one, "else_db", json_of_number(e->else_db));
        json_object_set_new(one, "excludes", json_boolean(e->exclude));
        json_object_set_new(one, "counted", json_boolean(c->counted[i]));
        json_array_append_new(evidence, one);
    }
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "id", json_of_text(c->suspect->cause->id), "verdict", verdict_names[c->verdict], "score_db",
                     json_of_number(c->db), "probability", json_of_number(c->probability), "coverage", json_of_number(c->coverage), "evidence", evidence);
}

static json_t *seconds(int64_t ms)
{
    return ms ? json_integer(ms / 1000) : json_null();
}

static void tell_json(struct explaining *x, const struct subject *s)
{
    const struct instance *i = s->instance;
    json_t *entity = json_object();
    for (size_t k = 0; k < s->entity.len; k++)
        json_object_set_new(entity, s->entity.items[k].name, json_of_text(s->entity.items[k].value));
    json_t *json = json_pack("{s:o, s:o, s:o, s:s, s:o}", "symptom", json_of_text(s->symptom->id), "cluster", json_of_text(s->watch->cluster->name),
                             "entity", entity,
                             "state", state_names[i ? i->state : STATE_INACTIVE], "fires_when", json_of_condition(s, s->symptom->when));
    if (i) {
        json_object_set_new(json, "onset", seconds(i->onset_ms));
        json_object_set_new(json, "held_since", seconds(i->pending_ms));
        json_object_set_new(json, "fired", seconds(i->fired_ms));
        json_object_set_new(json, "blind_since", seconds(i->blind_since_ms));
    }
    if (i && instance_fires(i)) {
        bool cannot_tell;
        struct score *scores = score_suspects(&s->watch->evaluator, s->symptom, s->row, &s->engine->arena, &cannot_tell);
        json_t *causes = json_array();
        for (size_t k = 0; k < s->symptom->suspects_len; k++)
            json_array_append_new(causes, json_of_cause(s, &scores[k]));
        json_object_set_new(json, "clears_when", s->symptom->clear_when ? json_of_condition(s, s->symptom->clear_when) : json_null());
        json_object_set_new(json, "cannot_tell", json_boolean(cannot_tell));
        json_object_set_new(json, "causes", causes);
    }
    json_array_append_new(x->list, json);
}

/* ---- the command ---- */

/* What rang or was about to; of a symptom that is asked for also where it was quiet. */
static void explain_symptom(struct explaining *x, struct watch *w, const struct symptom *symptom)
{
    struct subject s = {.engine = x->session->engine, .watch = w, .symptom = symptom};
    const struct domain *d = cluster_domain(w->cluster, symptom->kind);
    for (s.row = 0; s.row < d->rows; s.row++) {
        s.instance = states_at(w->states, symptom, s.row);
        bool near = s.instance && s.instance->state != STATE_SETTLING && s.instance->state != STATE_INACTIVE;
        label_set_of_row(d, s.row, &s.entity);
        if ((!near && !x->options->symptom) || !session_wants_finding(x->options, symptom->id, w->cluster->name, &s.entity))
            continue;
        column_for_symptom(&w->evaluator, symptom);
        x->each(x, &s);
        x->told++;
    }
}

static void explain_all(struct explaining *x)
{
    const struct engine *e = x->session->engine;
    for (size_t i = 0; i < e->watches_len; i++)
        for (size_t k = 0; k < e->rules->symptoms_len; k++)
            if (!e->rules->symptoms[k]->disabled)
                explain_symptom(x, &e->watches[i], e->rules->symptoms[k]);
}

/* Exit code: what could not be judged is not well. */
static int conclude(struct explaining *x, int64_t at_ms)
{
    AUTO(strbuf) struct strbuf at = STRBUF_INIT(32);
    struct judged j;
    engine_judged(x->session->engine, &j);
    time_format_utc(&at, at_ms);
    if (x->list)
        print_tree(stdout, json_pack("{s:s, s:I, s:o, s:{s:I, s:I}}", "schema", "nightbell.explanation/1", "time", (json_int_t)(at_ms / 1000), "findings", x->list,
                                     "coverage", "symptoms", (json_int_t)j.symptoms, "judged", (json_int_t)j.judged));
    else if (!x->told)
        printf("%s at %s (%zu of %zu symptoms could be judged%s%s)%s\n", x->options->symptom ? "there was no such entity" : "nothing rang or was about to", at.buf,
               j.judged, j.symptoms, j.failed ? "; " : "", j.error, x->options->symptom ? "" : "; --symptom ID tells why not");
    return !x->told && (j.failed || !j.judged) ? EXIT_UNKNOWN : EXIT_OK;
}

int backtest_explain(const struct options *o)
{
    struct session s;
    struct period ignored;
    struct engine_sink sink = {.progress = progress_show};
    struct explaining x = {.session = &s, .options = o, .each = tell_text};
    int64_t at_ms = 0;
    int code = backtest_open(o, &sink, &s, &ignored);
    if (code == 0)
        code = session_time(&s, o->explain, s.now_ms, &at_ms);
    if (code == 0)
        code = session_warm_up(&s, at_ms);
    if (code == 0) {
        if (o->format && strcmp(o->format, "json") == 0) {
            x.list = json_array();
            x.each = tell_json;
        }
        explain_all(&x);
        code = conclude(&x, engine_align(s.engine, at_ms));
    }
    session_close(&s);
    return code;
}
