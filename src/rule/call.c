/* Calls: across entities, and of plain numbers. */
#include <string.h>

#include "rule/build.h"

static const char *text_of(struct check *c, const struct syntax *x)
{
    return syntax_text(c->source, x, &c->rules->arena);
}

static bool takes(struct check *c, const struct syntax *x, size_t len)
{
    for (size_t i = 0; i < x->args_len; i++) {
        if (!x->arg_names[i])
            continue;
        complain(c, x->args[i]->start, "%s() has no parameter \"%s\"", x->name, x->arg_names[i]);
        return false;
    }
    if (x->args_len == len)
        return true;
    complain(c, x->name_start, "%s() takes %s, not %zu", x->name, len == 1 ? "one argument" : "two arguments", x->args_len);
    return false;
}

/* The kind that the inside of `x` lives over; NULL with a mistake. */
static const struct entity_kind *inner_kind(struct check *c, const struct syntax *x)
{
    struct kinds k = {.len = 0};
    for (size_t i = 0; i < x->args_len; i++)
        kinds_collect(c, x->args[i], &k);
    size_t a, b;
    const struct entity_kind *kind = kinds_finest(&k, &a, &b);
    if (kind)
        return kind;
    if (k.len == 0) {
        /* An unknown name inside is the real mistake, and compiling finds it. */
        size_t before = c->mistakes->len;
        struct check probe = *c;
        probe.reducer = x->name;
        compile(&probe, x->args[0]);
        if (c->mistakes->len == before)
            complain(c, x->name_start, "%s() has nothing to range over: %s names no signal of its own", x->name, text_of(c, x->args[0]));
        return NULL;
    }
    complain(c, x->name_start, "%s() mixes %s (per %s) and %s (per %s), and neither has the other's labels: reduce one of them first", x->name,
             text_of(c, k.items[a].by), k.items[a].kind->name, text_of(c, k.items[b].by), k.items[b].kind->name);
    return NULL;
}

static const struct expr *reduce(struct check *c, const struct expr *e, enum reducer reducer, const struct syntax *x)
{
    struct expr model = {.op = EXPR_REDUCE,
                         .type = reducer == REDUCE_ANY || reducer == REDUCE_ALL ? VALUE_TRUTH : VALUE_NUMBER,
                         .kind = c->kind,
                         .args = &e,
                         .args_len = 1,
                         .reducer = reducer};
    if (reducer == REDUCE_COUNT)
        model.unit.any = true;
    else if (model.type == VALUE_NUMBER)
        model.unit = e->unit;
    return node_make(c, &model, x);
}

static bool check_reduced(struct check *c, const struct syntax *x, const struct expr *e, enum reducer reducer)
{
    const struct syntax *arg = x->args[0];
    if (reducer == REDUCE_COUNT)
        return true;
    if (reducer == REDUCE_ANY || reducer == REDUCE_ALL) {
        if (e->type == VALUE_TRUTH)
            return true;
        complain(c, arg->start, "%s() takes a condition, %s is a number: write e.g. %s(%s > 0)", x->name, text_of(c, arg), x->name, text_of(c, arg));
        return false;
    }
    if (e->type == VALUE_NUMBER)
        return true;
    complain(c, arg->start, "%s() takes numbers, %s is a condition: any(), all() and count() take conditions", x->name, text_of(c, arg));
    return false;
}

static const struct expr *compile_reducer(struct check *c, const struct syntax *x, enum reducer reducer)
{
    if (!takes(c, x, 1))
        return NULL;
    if (x->args[0]->type == SYNTAX_WINDOW) {
        complain(c, x->args[0]->start, "%s() takes no window: put it into a function of time, e.g. %s(held(%s) > 50%%)", x->name, x->name,
                 text_of(c, x->args[0]));
        return NULL;
    }
    const struct entity_kind *kind = inner_kind(c, x);
    if (!kind)
        return NULL;
    struct check inner = *c;
    inner.kind = kind;
    inner.reducer = x->name;
    const struct expr *e = compile(&inner, x->args[0]);
    if (!e || !check_reduced(c, x, e, reducer))
        return NULL;
    if (reducer != REDUCE_COUNT && entity_kind_covers(c->kind, kind))
        return node_over(c, e, c->kind, x); /* of one value every reducer is that value */
    return reduce(c, e, reducer, x);
}

static const struct expr *compile_peers(struct check *c, const struct syntax *x)
{
    if (!takes(c, x, 1))
        return NULL;
    const struct entity_kind *kind = inner_kind(c, x);
    const struct expr *e = kind ? compile_over(c, x->args[0], kind) : NULL;
    if (!e || !check_number(c, x->args[0], e, x->name))
        return NULL;
    bool share = strcmp(x->name, "share") == 0;
    struct expr model = {.op = share ? EXPR_SHARE : EXPR_PEERS, .type = VALUE_NUMBER, .kind = kind, .args = &e, .args_len = 1};
    if (share) /* of a row's own rule the total is the cluster's: it is the only row of its own scope */
        model.scope = entity_kind_covers(c->scope->kind, kind) ? c->rules->kinds[0] : c->scope->kind;
    e = node_make(c, &model, x);
    if (entity_kind_covers(c->kind, kind))
        return node_over(c, e, c->kind, x);
    complain(c, x->name_start, "%s is per %s, this rule is per %s: reduce it, e.g. max(%s)", text_of(c, x), kind->name, c->kind->name, text_of(c, x));
    return NULL;
}

static const struct expr *compile_known(struct check *c, const struct syntax *x)
{
    const struct expr *e = takes(c, x, 1) ? compile(c, x->args[0]) : NULL;
    struct expr model = {.op = EXPR_KNOWN, .type = VALUE_TRUTH, .kind = c->kind, .args = &e, .args_len = 1};
    return e ? node_make(c, &model, x) : NULL;
}

static const struct expr *compile_abs(struct check *c, const struct syntax *x)
{
    const struct expr *e = takes(c, x, 1) ? compile(c, x->args[0]) : NULL;
    if (!e || !check_number(c, x->args[0], e, "abs()"))
        return NULL;
    struct expr model = {.op = EXPR_ABS, .type = VALUE_NUMBER, .unit = e->unit, .kind = c->kind, .args = &e, .args_len = 1};
    return node_make(c, &model, x);
}

static const struct expr *compile_min_max(struct check *c, const struct syntax *x)
{
    if (!takes(c, x, 2))
        return NULL;
    const struct expr *args[2];
    bool good = true;
    for (size_t i = 0; i < 2; i++) {
        args[i] = compile(c, x->args[i]);
        good = args[i] && check_number(c, x->args[i], args[i], x->name) && good;
    }
    if (!good || !check_units(c, x, args[0], args[1]))
        return NULL;
    struct expr model = {
        .op = strcmp(x->name, "min") == 0 ? EXPR_MIN2 : EXPR_MAX2, .type = VALUE_NUMBER, .kind = c->kind, .args = args, .args_len = 2};
    model.unit = args[args[0]->unit.any ? 1 : 0]->unit;
    return node_make(c, &model, x);
}

static const struct expr *compile_firing(struct check *c, const struct syntax *x)
{
    const struct symptom *s = ruleset_symptom(c->rules, x->id);
    if (s && s == c->scope->symptom) {
        complain(c, x->start, "\"%s\" asks whether it fires itself", x->id);
        return NULL;
    }
    if (s) {
        struct expr model = {.op = EXPR_FIRING, .type = VALUE_TRUTH, .kind = c->kind, .symptom = s};
        return node_make(c, &model, x);
    }
    VEC(const char *) ids = {0};
    for (size_t i = 0; i < c->rules->symptoms_len; i++)
        vec_push(&ids, c->rules->symptoms[i]->id);
    complain(c, x->start, "unknown symptom \"%s\"%s", x->id, hint_of(c->rules, did_you_mean(x->id, ids.items, ids.len)));
    vec_free(&ids);
    return NULL;
}

/* The past of another day is asked of the source: only a signal has a question to ask it with. */
static const struct expr *compile_seasonal(struct check *c, const struct syntax *x)
{
    const struct syntax *of = takes(c, x, 1) ? x->args[0] : NULL;
    const struct signal *s = of && of->type == SYNTAX_NAME && !scope_let(c->scope, of->name) ? ruleset_signal(c->rules, of->name) : NULL;
    if (!of)
        return NULL;
    if (!s && of->type == SYNTAX_NAME && !scope_let(c->scope, of->name)) {
        compile(c, of); /* says that it is unknown */
        return NULL;
    }
    if (!s) {
        complain(c, of->start, "%s() takes the name of a signal: only those can be asked for as they were a week ago", x->name);
        return NULL;
    }
    struct expr model = {.op = EXPR_SEASONAL, .type = VALUE_NUMBER, .unit = s->unit, .kind = s->kind, .signal = s,
                         .reducer = strcmp(x->name, "seasonal_max") == 0 ? REDUCE_MAX : REDUCE_MIN};
    return node_bring(c, node_make(c, &model, x), x);
}

static const struct {
    const char *name;
    const struct expr *(*compile)(struct check *c, const struct syntax *x);
} functions[] = {
    {"peers", compile_peers}, {"share", compile_peers}, {"known", compile_known},   {"abs", compile_abs},
    {"min", compile_min_max}, {"max", compile_min_max}, {"firing", compile_firing}, {"before", compile_before},
    {"seasonal_min", compile_seasonal}, {"seasonal_max", compile_seasonal},
};

static void unknown_function(struct check *c, const struct syntax *x)
{
    static const char *const others[] = {"any", "all", "count", "peers", "share", "known", "abs", "firing", "before", "seasonal_min", "seasonal_max"};
    const char *names[ARRAY_LEN(others) + FN_COUNT];
    memcpy(names, others, sizeof others);
    for (size_t i = 0; i < FN_COUNT; i++)
        names[ARRAY_LEN(others) + i] = window_functions[i].name;
    const char *nearest = did_you_mean(x->name, names, ARRAY_LEN(names));
    if (!nearest && strcmp(x->name, "rate") == 0)
        complain(c, x->name_start, "unknown function \"rate\": rates are made by a signal's query; increase(x[5m]) is a counter's growth");
    else
        complain(c, x->name_start, "unknown function \"%s\"%s", x->name, hint_of(c->rules, nearest));
}

const struct expr *compile_call(struct check *c, const struct syntax *x)
{
    enum reducer reducer;
    if (call_is_window(x))
        return compile_window_call(c, x);
    if (call_is_reducer(x, &reducer))
        return compile_reducer(c, x, reducer);
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (strcmp(functions[i].name, x->name) == 0)
            return functions[i].compile(c, x);
    if (is_reducer(x->name, &reducer))
        takes(c, x, 1);
    else
        unknown_function(c, x);
    return NULL;
}
