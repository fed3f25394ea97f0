/* What the configuration says about rules: parameters, what is switched off, facts. */
#include <string.h>

#include "rule/build.h"

static bool labels_have(const struct entity_kind *kind, const char *label)
{
    return strcmp(label, "cluster") == 0 || !kind || kind->open || entity_kind_label(kind, label) != NO_ROW;
}

/* A label that no kind at all has. */
static bool is_foreign(const struct ruleset *r, const char *label)
{
    for (size_t i = 0; i < r->kinds_len; i++)
        if (r->kinds[i]->open || entity_kind_label(r->kinds[i], label) != NO_ROW)
            return false;
    return strcmp(label, "cluster") != 0;
}

const struct label_match *match_read(struct ruleset *r, const struct name_values *match, const struct entity_kind *kind, struct place at,
                                     size_t *ret_len, struct mistakes *m)
{
    struct label_match *list = arena_array(&r->arena, match->len, sizeof *list);
    *ret_len = 0;
    for (size_t i = 0; i < match->len; i++) {
        const struct name_value *pair = &match->items[i];
        if (!labels_have(kind, pair->name))
            mistake_add(m, at, "\"%s\" has no label \"%s\" to match", kind->name, pair->name);
        else if (!kind && is_foreign(r, pair->name))
            mistake_add(m, at, "nothing has a label \"%s\" to match", pair->name);
        const struct regex *regex = build_regex(r, pair->value, at, m);
        if (regex)
            list[(*ret_len)++] = (struct label_match){intern_str(&r->intern, pair->name), regex};
    }
    return list;
}

static struct param *find_param(const struct symptom *s, const char *name)
{
    for (size_t i = 0; i < s->params_len; i++)
        if (strcmp(s->params[i]->name, name) == 0)
            return s->params[i];
    return NULL;
}

static void unknown_param(struct ruleset *r, const struct symptom *s, const char *name, struct place at, struct mistakes *m)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < s->params_len; i++)
        vec_push(&names, s->params[i]->name);
    mistake_add(m, at, "symptom \"%s\" has no parameter \"%s\"%s", s->id, name, hint_of(r, did_you_mean(name, names.items, names.len)));
    vec_free(&names);
}

static bool override_param(struct ruleset *r, const struct symptom *s, const struct override_config *o, size_t at, struct mistakes *m)
{
    const struct name_value *pair = &o->params.items[at];
    struct place place = o->param_places ? o->param_places[at] : o->place;
    struct param *p = find_param(s, pair->name);
    if (!p) {
        if (o->symptom)
            unknown_param(r, s, pair->name, place, m);
        return false;
    }
    struct param_override override = {.param = p};
    struct unit unit;
    if (!unit_parse_literal(pair->value, strlen(pair->value), &r->intern, &override.value, &unit))
        mistake_add(m, place, "\"%s\" is a number with its unit, e.g. 30s, 80%%, 5/s", pair->name);
    else if (!unit_compatible(&unit, &p->unit))
        mistake_add(m, place, "\"%s\" does not measure what the parameter \"%s\" of \"%s\" does", pair->value, p->name, s->id);
    override.match = match_read(r, &o->match, s->kind, o->place, &override.match_len, m);
    vec_push(&r->build->overrides, override);
    return true;
}

static void read_params(struct ruleset *r, const struct symptom *only, const struct override_config *o, struct mistakes *m)
{
    for (size_t i = 0; i < o->params.len; i++) {
        bool found = only && override_param(r, only, o, i, m);
        for (size_t s = 0; !only && s < r->symptoms_len; s++)
            found = override_param(r, r->symptoms[s], o, i, m) || found;
        if (!found && !only)
            mistake_add(m, o->param_places ? o->param_places[i] : o->place, "no symptom has a parameter \"%s\"", o->params.items[i].name);
    }
}

static struct symptom *find_symptom(struct ruleset *r, const struct override_config *o, struct mistakes *m)
{
    VEC(const char *) ids = {0};
    struct symptom *found = NULL;
    for (size_t i = 0; i < r->symptoms_len; i++) {
        if (strcmp(r->symptoms[i]->id, o->symptom) == 0)
            found = r->symptoms[i];
        vec_push(&ids, r->symptoms[i]->id);
    }
    if (!found)
        mistake_add(m, o->place, "unknown symptom \"%s\"%s", o->symptom, hint_of(r, did_you_mean(o->symptom, ids.items, ids.len)));
    vec_free(&ids);
    return found;
}

static void read_switch(struct ruleset *r, struct symptom *s, const struct override_config *o, struct mistakes *m)
{
    if (!o->disable && !o->severity)
        return;
    struct disable_rule *d = &r->disables[r->disables_len++];
    *d = (struct disable_rule){.symptom = s, .disable = o->disable};
    d->match = match_read(r, &o->match, s ? s->kind : NULL, o->place, &d->match_len, m);
    if (o->disable && o->match.len == 0 && s)
        s->disabled = true;
    d->has_severity = severity_parse(o->severity, &d->severity);
    if (o->severity && !d->has_severity)
        mistake_add(m, o->place, "unknown severity \"%s\": info, warning or critical", o->severity);
}

void overrides_read(struct ruleset *r, const struct config *config, struct mistakes *m)
{
    r->disables = arena_array(&r->arena, config->overrides_len, sizeof *r->disables);
    for (size_t i = 0; i < config->overrides_len; i++) {
        const struct override_config *o = &config->overrides[i];
        struct symptom *s = o->symptom ? find_symptom(r, o, m) : NULL;
        if (o->symptom && !s)
            continue;
        read_params(r, s, o, m);
        read_switch(r, s, o, m);
    }
    r->param_overrides = r->build->overrides.items;
    r->param_overrides_len = r->build->overrides.len;
}

static const struct signal *find_fact(struct ruleset *r, const struct fact_config *f, struct mistakes *m)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < r->signals_len; i++)
        if (r->signals[i]->is_fact)
            vec_push(&names, r->signals[i]->name);
    const struct signal *s = ruleset_signal(r, f->name);
    if (!s)
        mistake_add(m, f->place, "no rule asks for a fact \"%s\"%s", f->name, hint_of(r, did_you_mean(f->name, names.items, names.len)));
    else if (!s->is_fact)
        mistake_add(m, f->place, "\"%s\" is measured, it cannot be stated", f->name);
    vec_free(&names);
    return s && s->is_fact ? s : NULL;
}

void facts_read(struct ruleset *r, const struct config *config, struct mistakes *m)
{
    r->facts = arena_array(&r->arena, config->facts_len, sizeof *r->facts);
    for (size_t i = 0; i < config->facts_len; i++) {
        const struct fact_config *f = &config->facts[i];
        const struct signal *s = find_fact(r, f, m);
        if (!s)
            continue;
        struct fact *fact = &r->facts[r->facts_len];
        struct unit unit;
        fact->signal = s;
        if (!unit_parse_literal(f->value, strlen(f->value), &r->intern, &fact->value, &unit))
            mistake_add(m, f->place, "\"%s\" is a number with its unit, e.g. 10Gbit/s, 30s, 5", f->value);
        else if (!unit_compatible(&unit, &s->unit))
            mistake_add(m, f->place, "\"%s\" is not what \"%s\" is measured in", f->value, f->name);
        else
            r->facts_len++;
        fact->match = match_read(r, &f->match, s->kind, f->place, &fact->match_len, m);
    }
}
