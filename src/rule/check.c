/* Syntax tree to typed nodes: names, operators, units. Calls are in call.c and window.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rule/build.h"

void complain(struct check *c, size_t offset, const char *fmt, ...)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(1000);
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    struct place at = source_place(c->source, offset);
    for (size_t i = 0; i < c->mistakes->len; i++) { /* a cause is compiled for every symptom that lists it */
        const struct mistake *old = &c->mistakes->items[i];
        if (old->place.line == at.line && old->place.col == at.col && strcmp(old->text, text.buf) == 0 && strcmp(old->place.file, at.file) == 0)
            return;
    }
    mistake_add(c->mistakes, at, "%s", text.buf);
}

struct let *scope_let(const struct scope *s, const char *name)
{
    for (size_t i = 0; i < s->lets_len; i++)
        if (strcmp(s->lets[i].name, name) == 0)
            return &s->lets[i];
    return NULL;
}

struct param *scope_param(const struct scope *s, const char *name)
{
    for (size_t i = 0; s->symptom && i < s->symptom->params_len; i++)
        if (strcmp(s->symptom->params[i]->name, name) == 0)
            return s->symptom->params[i];
    return NULL;
}

const char *hint_of(struct ruleset *r, const char *nearest)
{
    return nearest ? arena_printf(&r->arena, ", did you mean \"%s\"?", nearest) : "";
}

const char *suggest(struct check *c, const char *name)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < c->rules->signals_len; i++)
        if (!c->rules->signals[i]->derived)
            vec_push(&names, c->rules->signals[i]->name);
    for (size_t i = 0; i < c->scope->lets_len; i++)
        vec_push(&names, c->scope->lets[i].name);
    const char *nearest = did_you_mean(name, names.items, names.len);
    vec_free(&names);
    return hint_of(c->rules, nearest);
}

static const char *suggest_param(struct check *c, const char *name)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; c->scope->symptom && i < c->scope->symptom->params_len; i++)
        vec_push(&names, c->scope->symptom->params[i]->name);
    const char *nearest = did_you_mean(name, names.items, names.len);
    vec_free(&names);
    return hint_of(c->rules, nearest);
}

const char *unit_words(struct check *c, const struct expr *e)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(200);
    unit_print(&e->unit, &text);
    if (strcmp(text.buf, "s") == 0)
        return "seconds";
    if (strcmp(text.buf, "ratio") == 0)
        return "a ratio";
    if (strcmp(text.buf, "1") == 0)
        return "a bare number";
    return arena_strdup(&c->rules->arena, text.buf);
}

static const char *text_of(struct check *c, const struct syntax *x)
{
    return syntax_text(c->source, x, &c->rules->arena);
}

static bool is_zero(const struct expr *e)
{
    return e->op == EXPR_NUMBER && e->number == 0 && e->unit.any;
}

static const char *verb_of(enum expr_op op)
{
    return op == EXPR_ADD ? "add" : op == EXPR_SUB ? "subtract" : op == EXPR_ELSE ? "replace" : "compare";
}

/* A bare number beside something measured lacks its unit. */
static const char *advice_of(struct check *c, const struct expr *a, const struct expr *b)
{
    if (b->op != EXPR_NUMBER || b->unit.len || !b->unit.any)
        return "";
    const char *suffix = strcmp(unit_words(c, a), "seconds") == 0 ? "s" : strcmp(unit_words(c, a), "bytes") == 0 ? "B" : NULL;
    for (int i = 0; !suffix && i < a->unit.len; i++)
        if (strcmp(a->unit.dims[i].name, "s") == 0 && a->unit.dims[i].power == -1)
            suffix = "/s";
    return suffix ? arena_printf(&c->rules->arena, " (write e.g. %g%s)", b->number, suffix) : "";
}

bool check_units(struct check *c, const struct syntax *x, const struct expr *a, const struct expr *b)
{
    if (is_zero(a) || is_zero(b) || unit_compatible(&a->unit, &b->unit))
        return true;
    complain(c, x->start, "cannot %s %s with %s: %s%s", verb_of(x->op), unit_words(c, a), unit_words(c, b), text_of(c, x), advice_of(c, a, b));
    return false;
}

bool check_number(struct check *c, const struct syntax *x, const struct expr *e, const char *who)
{
    if (e->type == VALUE_NUMBER)
        return true;
    complain(c, x->start, "%s takes numbers, %s is a condition", who, text_of(c, x));
    return false;
}

bool check_truth(struct check *c, const struct syntax *x, const struct expr *e, const char *who)
{
    if (e->type == VALUE_TRUTH)
        return true;
    complain(c, x->start, "%s takes conditions, %s is a number%s", who, text_of(c, x), e->op == EXPR_NUMBER ? "" : ": compare it with something");
    return false;
}

/* An expression over one kind, wanted over another. */
const struct expr *node_bring(struct check *c, const struct expr *e, const struct syntax *x)
{
    if (entity_kind_covers(c->kind, e->kind))
        return node_over(c, e, c->kind, x);
    const char *text = text_of(c, x), *reducer = e->type == VALUE_TRUTH ? "any" : "max";
    if (c->reducer)
        complain(c, x->start, "%s is per %s, inside %s() everything is per %s: reduce it, e.g. %s(%s)", text, e->kind->name, c->reducer,
                 c->kind->name, reducer, text);
    else
        complain(c, x->start, "%s is per %s, this rule is per %s: reduce it, e.g. %s(%s)", text, e->kind->name, c->kind->name, reducer, text);
    return NULL;
}

const struct expr *compile_let(struct check *c, struct let *let)
{
    let->used = true;
    if (let->state == LET_GOOD)
        return let->expr;
    if (let->state == LET_BAD)
        return NULL;
    struct check inner = {c->rules, c->build, c->mistakes, c->scope, &let->source, c->scope->kind, NULL, false};
    if (let->state == LET_BUSY) {
        complain(&inner, 0, "\"%s\" is defined by itself", let->name);
        let->state = LET_BAD;
        return NULL;
    }
    let->state = LET_BUSY;
    struct syntax *x = syntax_parse(&let->source, &c->rules->arena, &c->rules->intern, c->mistakes);
    let->expr = x ? compile(&inner, x) : NULL;
    let->state = let->expr ? LET_GOOD : LET_BAD;
    return let->expr;
}

static bool is_label(const struct ruleset *r, const char *name)
{
    for (size_t i = 0; i < r->kinds_len; i++)
        if (entity_kind_label(r->kinds[i], name) != NO_ROW)
            return true;
    return false;
}

static void *unknown_name(struct check *c, const struct syntax *x)
{
    enum reducer r;
    if (scope_param(c->scope, x->name))
        complain(c, x->name_start, "unknown signal \"%s\", did you mean the parameter \"$%s\"?", x->name, x->name);
    else if (window_function_find(x->name) || is_reducer(x->name, &r))
        complain(c, x->name_start, "\"%s\" is a function: write %s(…)", x->name, x->name);
    else if (is_label(c->rules, x->name) && !*suggest(c, x->name))
        complain(c, x->name_start, "\"%s\" is a label, not a signal: labels have no values to compute with", x->name);
    else
        complain(c, x->name_start, "unknown signal \"%s\"%s", x->name, suggest(c, x->name));
    return NULL;
}

static const struct expr *compile_name(struct check *c, const struct syntax *x)
{
    struct let *let = scope_let(c->scope, x->name);
    if (let) {
        const struct expr *e = compile_let(c, let);
        return e ? node_bring(c, e, x) : NULL;
    }
    const struct signal *s = ruleset_signal(c->rules, x->name);
    if (!s)
        return unknown_name(c, x);
    struct expr model = {.op = EXPR_SIGNAL, .type = VALUE_NUMBER, .unit = s->unit, .kind = s->kind, .signal = s};
    return node_bring(c, node_make(c, &model, x), x);
}

static const struct expr *compile_param(struct check *c, const struct syntax *x)
{
    const struct param *p = scope_param(c->scope, x->name);
    if (!p) {
        complain(c, x->start, "unknown parameter \"$%s\"%s", x->name, suggest_param(c, x->name));
        return NULL;
    }
    mark(&c->build->used_params, p);
    struct expr model = {.op = EXPR_PARAM, .type = VALUE_NUMBER, .unit = p->unit, .kind = c->kind, .param = p};
    return node_make(c, &model, x);
}

/* The unit of a sum or choice of two: a bare number has taken the other's. */
static struct unit joint_unit(const struct expr *a, const struct expr *b)
{
    return is_zero(a) || (a->unit.any && !is_zero(b)) ? b->unit : a->unit;
}

struct operation { /* what an operator takes and gives */
    const char *name;
    enum { TAKES_NUMBERS, TAKES_TRUTHS, TAKES_SAME } takes;
    enum value_type gives;
    bool same_unit;
};

static const struct operation operations[EXPR_OP_COUNT] = {
    [EXPR_NEG] = {"-", TAKES_NUMBERS, VALUE_NUMBER, false}, [EXPR_NOT] = {"not", TAKES_TRUTHS, VALUE_TRUTH, false},
    [EXPR_ADD] = {"+", TAKES_NUMBERS, VALUE_NUMBER, true},  [EXPR_SUB] = {"-", TAKES_NUMBERS, VALUE_NUMBER, true},
    [EXPR_MUL] = {"*", TAKES_NUMBERS, VALUE_NUMBER, false}, [EXPR_DIV] = {"/", TAKES_NUMBERS, VALUE_NUMBER, false},
    [EXPR_LT] = {"<", TAKES_NUMBERS, VALUE_TRUTH, true},    [EXPR_LE] = {"<=", TAKES_NUMBERS, VALUE_TRUTH, true},
    [EXPR_GT] = {">", TAKES_NUMBERS, VALUE_TRUTH, true},    [EXPR_GE] = {">=", TAKES_NUMBERS, VALUE_TRUTH, true},
    [EXPR_EQ] = {"==", TAKES_NUMBERS, VALUE_TRUTH, true},   [EXPR_NE] = {"!=", TAKES_NUMBERS, VALUE_TRUTH, true},
    [EXPR_AND] = {"and", TAKES_TRUTHS, VALUE_TRUTH, false}, [EXPR_OR] = {"or", TAKES_TRUTHS, VALUE_TRUTH, false},
    [EXPR_ELSE] = {"else", TAKES_SAME, VALUE_NUMBER, true},
};

static bool check_operands(struct check *c, const struct syntax *x, const struct operation *op, const struct expr **args)
{
    char who[16];
    snprintf(who, sizeof who, "\"%s\"", op->name);
    bool good = true;
    for (size_t i = 0; i < x->args_len; i++) {
        if (op->takes == TAKES_NUMBERS)
            good = check_number(c, x->args[i], args[i], who) && good;
        if (op->takes == TAKES_TRUTHS)
            good = check_truth(c, x->args[i], args[i], who) && good;
    }
    if (op->takes == TAKES_SAME && args[0]->type != args[1]->type) {
        complain(c, x->start, "\"else\" needs two numbers or two conditions: %s", text_of(c, x));
        good = false;
    }
    return good && (!op->same_unit || args[0]->type == VALUE_TRUTH || check_units(c, x, args[0], args[1]));
}

static bool shares_dimension(const struct unit *a, const struct unit *b)
{
    for (int i = 0; i < a->len; i++)
        for (int j = 0; j < b->len; j++)
            if (strcmp(a->dims[i].name, b->dims[j].name) == 0)
                return true;
    return false;
}

/* Times or by a count of other things: an average of guests per room is measured in guests. */
static struct unit product_of(const struct unit *a, const struct unit *b, int sign)
{
    bool shared = shares_dimension(a, b);
    if (!shared && unit_is_count(b) && (a->len || sign < 0))
        return *a;
    if (!shared && sign > 0 && unit_is_count(a) && b->len)
        return *b;
    return unit_product(a, b, sign);
}

static struct unit unit_of(enum expr_op op, const struct expr **args)
{
    switch (op) {
    case EXPR_NEG:
        return args[0]->unit;
    case EXPR_MUL:
        return product_of(&args[0]->unit, &args[1]->unit, 1);
    case EXPR_DIV:
        return product_of(&args[0]->unit, &args[1]->unit, -1);
    case EXPR_ADD:
    case EXPR_SUB:
    case EXPR_ELSE:
        return joint_unit(args[0], args[1]);
    default:
        return (struct unit){0};
    }
}

/* all(x) < 10%: the comparison belongs inside. */
static bool is_outside_quantifier(struct check *c, const struct syntax *x)
{
    enum reducer r;
    const struct syntax *call = x->args[0];
    if (x->args_len != 2 || operations[x->op].takes != TAKES_NUMBERS || !call_is_reducer(call, &r) || (r != REDUCE_ANY && r != REDUCE_ALL) ||
        call->args_len != 1 || call->args[0]->type == SYNTAX_OPERATION)
        return false;
    complain(c, x->start, "%s() takes a condition: write %s(%s %s %s)", call->name, call->name, text_of(c, call->args[0]), operations[x->op].name,
             text_of(c, x->args[1]));
    return true;
}

static const struct expr *compile_operation(struct check *c, const struct syntax *x)
{
    const struct expr *args[2] = {NULL};
    if (is_outside_quantifier(c, x))
        return NULL;
    bool good = true;
    for (size_t i = 0; i < x->args_len; i++) { /* both, so that both sides' mistakes are told */
        args[i] = compile(c, x->args[i]);
        good = good && args[i];
    }
    const struct operation *op = &operations[x->op];
    if (!good || !check_operands(c, x, op, args))
        return NULL;
    struct expr model = {.op = x->op, .type = x->op == EXPR_ELSE ? args[0]->type : op->gives, .kind = c->kind, .args = args, .args_len = x->args_len};
    if (model.type == VALUE_NUMBER)
        model.unit = unit_of(x->op, args);
    return node_make(c, &model, x);
}

static const struct expr *compile_leaf(struct check *c, const struct syntax *x)
{
    if (x->type == SYNTAX_NUMBER)
        return node_number(c, x->number, x->unit, x);
    struct expr model = {.op = EXPR_NUMBER, .type = VALUE_TRUTH, .kind = c->kind, .number = x->number};
    return node_make(c, &model, x);
}

const struct expr *compile(struct check *c, const struct syntax *x)
{
    switch (x->type) {
    case SYNTAX_NUMBER:
    case SYNTAX_TRUTH:
        return compile_leaf(c, x);
    case SYNTAX_NAME:
        return compile_name(c, x);
    case SYNTAX_PARAM:
        return compile_param(c, x);
    case SYNTAX_CALL:
        return compile_call(c, x);
    case SYNTAX_OPERATION:
        return compile_operation(c, x);
    case SYNTAX_WINDOW:
        complain(c, x->start, "the window %s stands alone: put it into a function, e.g. avg(%s)", text_of(c, x), text_of(c, x));
        return NULL;
    }
    return NULL;
}

const struct expr *compile_over(struct check *c, const struct syntax *x, const struct entity_kind *kind)
{
    struct check inner = *c;
    inner.kind = kind;
    return compile(&inner, x);
}

static struct check check_of(const struct expression *ctx, const struct source *s)
{
    return (struct check){ctx->rules, ctx->rules->build, ctx->mistakes, ctx->scope, s, ctx->scope->kind, NULL, false};
}

const struct expr *expression_compile(const struct expression *ctx, const struct source *s, int type)
{
    struct check c = check_of(ctx, s);
    struct syntax *x = syntax_parse(s, &ctx->rules->arena, &ctx->rules->intern, ctx->mistakes);
    const struct expr *e = x ? compile(&c, x) : NULL;
    if (!e || type < 0 || e->type == (enum value_type)type)
        return e;
    if (type == VALUE_TRUTH)
        complain(&c, x->start, "a condition is needed here, %s is a number", text_of(&c, x));
    else
        complain(&c, x->start, "a number is needed here, %s is a condition", text_of(&c, x));
    return NULL;
}

struct signal *expression_signal(const struct expression *ctx, const struct source *s)
{
    struct check c = check_of(ctx, s);
    c.in_window = true;
    struct syntax *x = syntax_parse(s, &ctx->rules->arena, &ctx->rules->intern, ctx->mistakes);
    const struct expr *e = x ? compile(&c, x) : NULL;
    return e ? node_signal(&c, e) : NULL;
}
