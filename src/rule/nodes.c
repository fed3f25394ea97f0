/* Typed nodes: equal ones over the same kind are one, and what a node needs of its signals' past is noted. */
#include <math.h>
#include <string.h>

#include "rule/build.h"

static void key_of(const struct expr *e, struct strbuf *key)
{
    strbuf_addf(key, "%d %d %p %a %p %p %p %p %d %p %d", e->op, e->type, (const void *)e->kind, e->number, (const void *)e->signal,
                (const void *)e->symptom, (const void *)e->param, (const void *)e->function, e->reducer, (const void *)e->scope, e->unit.any);
    for (int i = 0; i < e->unit.len; i++)
        strbuf_addf(key, " %s^%d", e->unit.dims[i].name, e->unit.dims[i].power);
    for (size_t i = 0; i < e->args_len; i++)
        strbuf_addf(key, " #%zu", e->args[i]->id);
}

static void note_need(struct check *c, const struct signal *signal, int64_t window_ms)
{
    struct signal *s = c->build->signal_list.items[signal->index];
    s->used = true;
    if (window_ms > s->window_ms)
        s->window_ms = window_ms;
}

static void note_use(struct check *c, const struct expr *e)
{
    if (!e->signal)
        return;
    int64_t need = 0;
    if (e->op == EXPR_BEFORE)
        need = WINDOW_BEFORE_MS;
    if (e->op == EXPR_WINDOW) {
        double length = node_greatest(c, e->args[0]);
        double against = e->function->baseline ? BASELINE_LOOK_BACK * node_greatest(c, e->args[1 + PARAM_AGAINST]) : 0;
        need = (isnan(length) ? WINDOW_UNKNOWN_MS : (int64_t)(length * 1000)) + (isnan(against) ? WINDOW_UNKNOWN_MS : (int64_t)(against * 1000));
        size_t beside = window_function_series(e->function);
        if (beside != SIZE_MAX)
            note_need(c, e->args[1 + beside]->signal, need);
    }
    note_need(c, e->signal, need);
    if (e->op == EXPR_SEASONAL)
        c->build->signal_list.items[e->signal->index]->seasonal = true;
}

/* As written, but without parentheses around the whole. */
static const char *bare_text(struct check *c, const struct syntax *x)
{
    const char *text = syntax_text(c->source, x, &c->rules->arena);
    for (;;) {
        size_t len = strlen(text), depth = 0, at = 0;
        if (*text != '(')
            return text;
        do
            depth += text[at] == '(' ? 1 : text[at] == ')' ? (size_t)-1 : 0;
        while (depth && text[++at]);
        if (at + 1 != len)
            return text;
        text = arena_strndup(&c->rules->arena, text + 1, len - 2);
    }
}

const struct expr *node_make(struct check *c, const struct expr *model, const struct syntax *at)
{
    AUTO(strbuf) struct strbuf key = STRBUF_INIT(8192);
    key_of(model, &key);
    const char *interned = intern_str(&c->build->keys, key.buf);
    bool is_new;
    void **slot = map_put(&c->build->exprs, (uint64_t)(uintptr_t)interned, &is_new);
    if (!is_new)
        return *slot;
    struct expr *e = arena_alloc(&c->rules->arena, sizeof *e);
    *e = *model;
    *slot = e;
    e->id = c->build->expr_list.len;
    e->text = bare_text(c, at);
    e->place = source_place(c->source, at->start);
    if (e->args_len) {
        e->args = arena_array(&c->rules->arena, e->args_len, sizeof *e->args);
        memcpy(e->args, model->args, e->args_len * sizeof *e->args);
    }
    vec_push(&c->build->expr_list, e);
    c->rules->exprs = c->build->expr_list.items;
    c->rules->exprs_len = c->build->expr_list.len;
    note_use(c, e);
    return e;
}

const struct expr *node_number(struct check *c, double number, struct unit unit, const struct syntax *at)
{
    struct expr model = {.op = EXPR_NUMBER, .type = VALUE_NUMBER, .unit = unit, .kind = c->kind, .number = number};
    return node_make(c, &model, at);
}

const struct expr *node_over(struct check *c, const struct expr *e, const struct entity_kind *kind, const struct syntax *at)
{
    if (!e || e->kind == kind)
        return e;
    struct expr model = {.op = EXPR_JOIN, .type = e->type, .unit = e->unit, .kind = kind, .args = &e, .args_len = 1};
    return node_make(c, &model, at);
}

struct signal *node_signal(struct check *c, const struct expr *e)
{
    if (e->op == EXPR_SIGNAL)
        return c->build->signal_list.items[e->signal->index];
    bool is_new;
    void **slot = map_put(&c->build->derived, e->id + 1, &is_new);
    if (!is_new)
        return *slot;
    struct signal *s = arena_alloc(&c->rules->arena, sizeof *s);
    *slot = s;
    s->name = intern_str(&c->rules->intern, e->text);
    s->help = s->absent = "";
    s->index = c->build->signal_list.len;
    s->unit = e->unit;
    s->kind = e->kind;
    s->derived = e;
    s->used = true;
    s->place = e->place;
    vec_push(&c->build->signal_list, s);
    c->rules->signals = c->build->signal_list.items;
    c->rules->signals_len = c->build->signal_list.len;
    return s;
}

static double greatest_param(const struct check *c, const struct param *p)
{
    double greatest = p->value;
    for (size_t i = 0; i < c->build->overrides.len; i++)
        if (c->build->overrides.items[i].param == p && c->build->overrides.items[i].value > greatest)
            greatest = c->build->overrides.items[i].value;
    return greatest;
}

static double arithmetic(enum expr_op op, double a, double b)
{
    switch (op) {
    case EXPR_ADD:
        return a + b;
    case EXPR_SUB:
        return a - b;
    case EXPR_MUL:
        return a * b;
    case EXPR_DIV:
        return a / b;
    case EXPR_MIN2:
        return a < b ? a : b;
    case EXPR_MAX2:
        return a > b ? a : b;
    case EXPR_LT:
        return a < b;
    case EXPR_LE:
        return a <= b;
    case EXPR_GT:
        return a > b;
    case EXPR_GE:
        return a >= b;
    case EXPR_EQ:
        return a == b;
    case EXPR_NE:
        return a != b;
    case EXPR_AND:
        return a != 0 && b != 0;
    case EXPR_OR:
        return a != 0 || b != 0;
    default:
        return NAN;
    }
}

/* With `c`, parameters count with their greatest value; without, not at all. */
static double value_of(const struct check *c, const struct expr *e)
{
    if (e->op == EXPR_NUMBER)
        return e->number;
    if (e->op == EXPR_PARAM)
        return c ? greatest_param(c, e->param) : NAN;
    if (e->op == EXPR_JOIN || e->op == EXPR_NEG || e->op == EXPR_NOT || e->op == EXPR_ABS) {
        double v = value_of(c, e->args[0]);
        if (isnan(v) || e->op == EXPR_JOIN)
            return v;
        return e->op == EXPR_NEG ? -v : e->op == EXPR_ABS ? fabs(v) : v == 0;
    }
    if (e->args_len != 2)
        return NAN;
    double a = value_of(c, e->args[0]), b = value_of(c, e->args[1]);
    return isnan(a) || isnan(b) ? NAN : arithmetic(e->op, a, b);
}

double node_greatest(const struct check *c, const struct expr *e)
{
    return value_of(c, e);
}

double expr_constant(const struct expr *e)
{
    return value_of(NULL, e);
}
