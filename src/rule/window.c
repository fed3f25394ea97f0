/* Functions of time: where the samples are kept, with which parameters, and what becomes of values of a finer kind. */
#include <math.h>
#include <string.h>

#include "rule/build.h"

static const char *text_of(struct check *c, const struct syntax *x)
{
    return syntax_text(c->source, x, &c->rules->arena);
}

/* The kind whose rows keep the samples: the finest that the window and its parameters name. */
static const struct entity_kind *window_kind(struct check *c, const struct syntax *x)
{
    struct kinds k = {.len = 0};
    for (size_t i = 0; i < x->args_len; i++)
        kinds_collect(c, x->args[i], &k);
    if (k.contextual || k.len == 0)
        kinds_add(&k, c->kind, x);
    size_t a, b;
    const struct entity_kind *kind = kinds_finest(&k, &a, &b);
    if (kind)
        return kind;
    for (size_t i = 0; i < k.len; i++) {
        if (entity_kind_covers(c->kind, k.items[i].kind))
            continue;
        complain(c, x->name_start, "%s() mixes %s (per %s) and %s (per %s), and neither has the other's labels: reduce one of them first", x->name,
                 text_of(c, k.items[a].by), k.items[a].kind->name, text_of(c, k.items[b].by), k.items[b].kind->name);
        return NULL;
    }
    return c->kind;
}

/* The value whose past is wanted, as a signal over c->kind. */
static struct signal *windowed(struct check *c, const struct syntax *x)
{
    struct check inner = *c;
    inner.in_window = true;
    const struct expr *e = compile(&inner, x);
    if (!e)
        return NULL;
    if (!isnan(expr_constant(e)) || e->op == EXPR_PARAM) {
        complain(c, x->start, "%s never changes: it has no past to look at", text_of(c, x));
        return NULL;
    }
    return node_signal(c, e);
}

static struct unit seconds_unit(struct check *c)
{
    struct unit u = {.len = 1};
    u.dims[0].name = intern_str(&c->rules->intern, "s");
    u.dims[0].power = 1;
    return u;
}

static struct unit param_unit(struct check *c, enum param_unit unit, const struct signal *s)
{
    if (unit == PARAM_SAME || unit == PARAM_SERIES)
        return s->unit;
    return unit == PARAM_SECONDS ? seconds_unit(c) : (struct unit){.any = unit == PARAM_NUMBER};
}

static size_t param_index(const struct window_function *fn, const char *name)
{
    for (size_t i = 0; i < fn->params_len; i++)
        if (strcmp(fn->params[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

static void unknown_param(struct check *c, const struct syntax *x, const struct window_function *fn, size_t arg)
{
    const char *names[FUNCTION_PARAMS_MAX];
    AUTO(strbuf) struct strbuf list = STRBUF_INIT(200);
    for (size_t i = 0; i < fn->params_len; i++) {
        names[i] = fn->params[i].name;
        strbuf_addf(&list, "%s%s", i ? ", " : "; it has ", names[i]);
    }
    const char *nearest = did_you_mean(x->arg_names[arg], names, fn->params_len);
    complain(c, x->args[arg]->start, "%s() has no parameter \"%s\"%s", fn->name, x->arg_names[arg], nearest ? hint_of(c->rules, nearest) : list.buf);
}

/* Which argument gives which parameter; SIZE_MAX = the default. */
static bool match_params(struct check *c, const struct syntax *x, const struct window_function *fn, size_t *ret_arg)
{
    bool good = true;
    for (size_t i = 0; i < fn->params_len; i++)
        ret_arg[i] = SIZE_MAX;
    for (size_t arg = 1; arg < x->args_len; arg++) {
        /* One parameter without a default may stand without its name: quantile(x[5m], 0.9). */
        size_t at = x->arg_names[arg] ? param_index(fn, x->arg_names[arg]) : fn->params_len == 1 && isnan(fn->params[0].value) ? 0 : SIZE_MAX;
        if (at != SIZE_MAX && ret_arg[at] == SIZE_MAX) {
            ret_arg[at] = arg;
            continue;
        }
        if (at != SIZE_MAX)
            complain(c, x->args[arg]->start, "%s() gets \"%s\" twice", fn->name, fn->params[at].name);
        else if (x->arg_names[arg])
            unknown_param(c, x, fn, arg);
        else
            complain(c, x->args[arg]->start, "parameters of %s() have names: write %s(%s, %s=…)", fn->name, fn->name, text_of(c, x->args[0]),
                     fn->params_len ? fn->params[0].name : "name");
        good = false;
    }
    return good;
}

/* A value whose past is looked at beside the window's: the signal that keeps it. */
static const struct expr *compile_series(struct check *c, const struct syntax *x)
{
    struct signal *s = windowed(c, x);
    struct expr model = {.op = EXPR_SIGNAL, .type = VALUE_NUMBER, .kind = c->kind, .signal = s};
    if (!s)
        return NULL;
    model.unit = s->unit;
    model.type = s->derived ? s->derived->type : VALUE_NUMBER;
    return node_make(c, &model, x);
}

static const struct expr *compile_param(struct check *c, const struct syntax *x, const struct window_function *fn, size_t param, size_t arg,
                                        const struct signal *s)
{
    const struct function_param *p = &fn->params[param];
    struct unit unit = param_unit(c, p->unit, s);
    if (arg == SIZE_MAX) {
        double value = c->build->shapes[fn->id][param];
        if (!isnan(value))
            return node_number(c, value, unit, x);
        complain(c, x->name_start, "%s() needs its parameter \"%s\"", fn->name, p->name);
        return NULL;
    }
    const struct expr *e = p->unit == PARAM_SERIES ? compile_series(c, x->args[arg]) : compile(c, x->args[arg]);
    if (!e || !check_number(c, x->args[arg], e, fn->name))
        return NULL;
    bool zero = e->op == EXPR_NUMBER && e->number == 0;
    if (zero || unit_compatible(&e->unit, &unit))
        return e;
    struct expr expected = {.unit = unit};
    complain(c, x->args[arg]->start, "\"%s\" of %s() is in %s, not in %s", p->name, fn->name, unit_words(c, &expected), unit_words(c, e));
    return NULL;
}

static const struct expr *compile_length(struct check *c, const struct syntax *x)
{
    const struct expr *e = compile(c, x);
    if (!e || !check_number(c, x, e, "a window"))
        return NULL;
    struct unit seconds = seconds_unit(c);
    if (!unit_compatible(&e->unit, &seconds)) {
        complain(c, x->start, "a window's length is a time, e.g. [5m]; %s is %s", text_of(c, x), unit_words(c, e));
        return NULL;
    }
    double greatest = node_greatest(c, e);
    if (greatest <= 0 || greatest * 1000 > WINDOW_LONGEST_MS) {
        complain(c, x->start, "a window is longer than nothing and at most 24h, %s is not", text_of(c, x));
        return NULL;
    }
    return e;
}

static struct unit result_unit(struct check *c, const struct window_function *fn, const struct signal *s)
{
    struct unit seconds = seconds_unit(c);
    switch (fn->result) {
    case RESULT_SAME:
        return s->unit;
    case RESULT_PER_SECOND:
        return unit_product(&s->unit, &seconds, -1);
    case RESULT_SECONDS:
        return seconds;
    case RESULT_COUNT:
        return (struct unit){.any = true};
    default:
        return (struct unit){0};
    }
}

static bool takes_truths(enum window_function_id id)
{
    return id == FN_HELD || id == FN_COVERED || id == FN_AGE;
}

/* The function's value over c->kind. */
static const struct expr *window_node(struct check *c, const struct syntax *x, const struct window_function *fn)
{
    const struct syntax *window = x->args[0];
    struct signal *s = windowed(c, window->args[0]);
    const struct expr *args[1 + FUNCTION_PARAMS_MAX] = {compile_length(c, window->args[1])};
    bool good = s && args[0];
    if (s && s->derived && s->derived->type == VALUE_TRUTH && !takes_truths(fn->id)) {
        complain(c, window->start, "%s() takes numbers, %s is a condition: held(%s) is the share of the time that it was true", fn->name,
                 text_of(c, window->args[0]), text_of(c, window));
        good = false;
    }
    size_t from[FUNCTION_PARAMS_MAX];
    good = match_params(c, x, fn, from) && good;
    for (size_t i = 0; s && i < fn->params_len; i++) {
        args[1 + i] = compile_param(c, x, fn, i, from[i], s);
        good = good && args[1 + i];
    }
    if (!good)
        return NULL;
    struct expr model = {.op = EXPR_WINDOW,
                         .type = fn->result == RESULT_TRUTH ? VALUE_TRUTH : VALUE_NUMBER,
                         .kind = c->kind,
                         .signal = s,
                         .function = fn,
                         .args = args,
                         .args_len = 1 + fn->params_len};
    if (model.type == VALUE_NUMBER)
        model.unit = result_unit(c, fn, s);
    return node_make(c, &model, x);
}

/* A function of a finer kind's past, wanted here: sums are summed, greatest ones compared; what else could be meant the rule has to say. */
static const struct expr *reduce_window(struct check *c, const struct expr *e, const struct syntax *x)
{
    enum reducer reducer;
    if (is_reducer(x->name, &reducer)) {
        struct expr model = {.op = EXPR_REDUCE, .type = e->type, .unit = e->unit, .kind = c->kind, .args = &e, .args_len = 1, .reducer = reducer};
        return node_make(c, &model, x);
    }
    const char *text = text_of(c, x), *with = e->type == VALUE_TRUTH ? "any" : "max";
    complain(c, x->name_start, "%s is per %s, %s is per %s: reduce it, e.g. %s(%s)", text, e->kind->name, c->reducer ? c->reducer : "this rule",
             c->kind->name, with, text);
    return NULL;
}

const struct expr *compile_window_call(struct check *c, const struct syntax *x)
{
    const struct window_function *fn = window_function_find(x->name);
    if (x->args_len == 0 || x->args[0]->type != SYNTAX_WINDOW || x->arg_names[0]) {
        const char *what = x->args_len ? text_of(c, x->args[0]) : "x";
        complain(c, x->name_start, "%s() takes a window: %s(%s[5m])", fn->name, fn->name, what);
        return NULL;
    }
    const struct entity_kind *kind = window_kind(c, x);
    if (!kind)
        return NULL;
    struct check inner = *c;
    inner.kind = kind;
    const struct expr *e = window_node(&inner, x, fn);
    if (!e)
        return NULL;
    return entity_kind_covers(c->kind, kind) ? node_over(c, e, c->kind, x) : reduce_window(c, e, x);
}

const struct expr *compile_before(struct check *c, const struct syntax *x)
{
    if (x->args_len != 1 || x->arg_names[0]) {
        complain(c, x->name_start, "before() takes one argument");
        return NULL;
    }
    if (c->in_window) {
        complain(c, x->name_start, "before() cannot be looked at through a window: it belongs to one finding");
        return NULL;
    }
    if (c->reducer || c->kind != c->scope->kind) {
        complain(c, x->name_start, "before() is about this rule's entity, so it stands outside: before(%s(…))", c->reducer ? c->reducer : "max");
        return NULL;
    }
    struct signal *s = windowed(c, x->args[0]);
    if (!s)
        return NULL;
    if (s->derived && s->derived->type == VALUE_TRUTH) {
        complain(c, x->args[0]->start, "before() takes numbers, %s is a condition", text_of(c, x->args[0]));
        return NULL;
    }
    struct expr model = {.op = EXPR_BEFORE, .type = VALUE_NUMBER, .unit = s->unit, .kind = c->kind, .signal = s};
    return node_make(c, &model, x);
}
