/* What is legal but cannot be meant: rules, texts and queries. Conditions are in lint_condition.c. */
#include <stdlib.h>
#include <string.h>

#include "rule/build.h"

const struct lint_check lint_checks[LINT_CHECK_COUNT] = {
#define X(name, level, id, help) {id, level, help},
    LINT_CHECKS(X)
#undef X
};

void lint_report(struct lint *l, enum lint_check_id check, struct place at, const char *fmt, ...)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(1000);
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < l->mistakes->len; i++) {
        const struct mistake *old = &l->mistakes->items[i];
        if (old->place.line == at.line && old->place.col == at.col && strcmp(old->text, text.buf) == 0 &&
            strcmp(old->place.file ? old->place.file : "", at.file ? at.file : "") == 0)
            return;
    }
    mistake_found(l->mistakes, at, lint_checks[check].level, lint_checks[check].id, text.buf);
}

/* Particles whose form hangs on the sound before them: wrong for half of all values when glued to a placeholder. */
static const char *first_particle(const char *text)
{
    static const char *const particles[] = {"은", "는", "이", "가", "을", "를", "와", "과", "로", "으로"};
    for (size_t i = 0; i < ARRAY_LEN(particles); i++) {
        size_t len = strlen(particles[i]);
        if (strncmp(text, particles[i], len) == 0 && (text[len] == '\0' || strchr(" ,.;)", text[len])))
            return particles[i];
    }
    return NULL;
}

static void lint_text(struct lint *l, const struct texts_template *t, const char *what, const struct symptom *s, struct place at)
{
    if (!t->given)
        return;
    lint_template(l, t, what, s, at);
    if (t->in[LANG_KO].len == 0)
        lint_report(l, CHECK_NO_TRANSLATION, at, "%s has no Korean text", what);
    for (size_t i = 1; i < t->in[LANG_KO].len; i++) {
        const struct template_part *part = &t->in[LANG_KO].parts[i];
        const char *particle = part->literal ? first_particle(part->literal) : NULL;
        if (particle)
            lint_report(l, CHECK_GLUED_PARTICLE, at, "%s: a particle is glued to a placeholder in Korean: \"}%s\"", what, particle);
    }
    for (int lang = 0; lang < LANGUAGES; lang++)
        for (size_t i = 0; i < t->in[lang].len; i++)
            if (t->in[lang].parts[i].literal && strstr(t->in[lang].parts[i].literal, "! "))
                lint_report(l, CHECK_EXCLAMATION, at, "%s has an exclamation mark", what);
}

static void lint_values(struct lint *l, const struct texts_template *t)
{
    for (int lang = 0; lang < LANGUAGES; lang++)
        for (size_t i = 0; i < t->in[lang].len; i++)
            lint_condition(l, t->in[lang].parts[i].value);
}

static void lint_evidence(struct lint *l, const struct evidence *e)
{
    lint_condition(l, e->when);
    lint_text(l, &e->says, "evidence", NULL, e->place);
    lint_text(l, &e->else_says, "evidence", NULL, e->place);
    lint_values(l, &e->says);
    if (e->db != 0 && e->else_db != 0 && (e->db > 0) == (e->else_db > 0))
        lint_report(l, CHECK_ONE_SIDED, e->place, "\"db\" and \"else_db\" weigh to the same side: whatever the condition says changes nothing");
}

static bool is_destructive(const struct template *command)
{
    static const char *const words[] = {"--delete", "--reset-offsets", "unclean", "rm -", "--execute", "kill ", "restart", "--alter"};
    for (size_t i = 0; i < command->len; i++)
        for (size_t w = 0; w < ARRAY_LEN(words); w++)
            if (command->parts[i].literal && strstr(command->parts[i].literal, words[w]))
                return true;
    return false;
}

static bool is_rehearsal(const struct template *command)
{
    for (size_t i = 0; i < command->len; i++)
        if (command->parts[i].literal && strstr(command->parts[i].literal, "--dry-run"))
            return true;
    return false;
}

static void lint_remedy(struct lint *l, const struct remedy *r)
{
    lint_condition(l, r->only_if);
    lint_text(l, &r->text, "remedy", NULL, r->place);
    for (size_t i = 0; i < r->command.len; i++)
        lint_words(l, r->command.parts[i].literal, "a command", r->place);
    lint_values(l, &r->text);
    if (r->risk == RISK_READ_ONLY && is_destructive(&r->command) && !is_rehearsal(&r->command))
        lint_report(l, CHECK_NOT_READ_ONLY, r->place, "the remedy's command changes something, but its risk is read-only");
}

static void lint_suspect(struct lint *l, const struct suspect *s, const struct symptom *symptom)
{
    if (s->evidence_len == 0)
        lint_report(l, CHECK_NO_EVIDENCE, symptom->place, "cause \"%s\" has no evidence in symptom \"%s\": nothing could speak for it or against it",
                    s->cause->id, symptom->id);
    for (size_t i = 0; i < s->evidence_len; i++)
        lint_evidence(l, &s->evidence[i]);
    for (size_t i = 0; i < s->remedies_len; i++)
        lint_remedy(l, &s->remedies[i]);
}

static bool gets_critical(const struct symptom *s)
{
    for (size_t i = 0; i < s->escalate_len; i++)
        if (s->escalate[i].severity == SEVERITY_CRITICAL)
            return true;
    return s->severity == SEVERITY_CRITICAL;
}

static void lint_steps(struct lint *l, const struct symptom *s)
{
    size_t remedies = 0;
    for (size_t i = 0; i < s->suspects_len; i++)
        remedies += s->suspects[i].remedies_len;
    if (s->suspects_len == 0)
        lint_report(l, CHECK_NO_CAUSE, s->place, "symptom \"%s\" names no cause", s->id);
    if (gets_critical(s) && remedies == 0)
        lint_report(l, CHECK_NO_REMEDY, s->place, "symptom \"%s\" is critical but names no remedy", s->id);
}

static void lint_symptom(struct lint *l, const struct symptom *s)
{
    lint_condition(l, s->when);
    lint_condition(l, s->clear_when);
    lint_silence(l, s->when);
    if (s->when && s->when == s->clear_when)
        lint_report(l, CHECK_CLEARS_AS_FIRES, s->place, "symptom \"%s\" clears by the same condition that makes it fire", s->id);
    for (size_t i = 0; i < s->escalate_len; i++) {
        lint_condition(l, s->escalate[i].when);
        if (s->escalate[i].severity <= s->severity)
            lint_report(l, CHECK_NO_ESCALATION, s->place, "symptom \"%s\" escalates to \"%s\", which is no more than it has", s->id,
                        severity_names[s->escalate[i].severity]);
    }
    lint_text(l, &s->title, "title", s, s->place);
    lint_text(l, &s->effect, "effect", s, s->place);
    lint_values(l, &s->effect);
    for (size_t i = 0; i < s->params_len; i++)
        lint_defaults(l, s->params[i]->help, s, s->params[i]->place);
    for (size_t i = 0; i < s->params_len; i++)
        if (!is_marked(&l->rules->build->used_params, s->params[i]))
            lint_report(l, CHECK_UNUSED_PARAMETER, s->params[i]->place, "parameter \"%s\" is never used", s->params[i]->name);
    for (size_t i = 0; i < s->suspects_len; i++)
        lint_suspect(l, &s->suspects[i], s);
    lint_steps(l, s);
}

static bool is_name_char(char c)
{
    return c == '_' || c == ':' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Every selector of `metric` carries the cluster's matchers. */
static bool is_matched(const char *query, const char *metric)
{
    size_t len = strlen(metric);
    for (const char *at = strstr(query, metric); at; at = strstr(at + 1, metric)) {
        if ((at > query && (is_name_char(at[-1]) || at[-1] == '"' || at[-1] == '$')) || is_name_char(at[len]) || at[len] == '"')
            continue; /* part of another name, or a label's value */
        const char *open = at + len, *close = *open == '{' ? strchr(open, '}') : NULL;
        const char *match = close ? strstr(open, "$match") : NULL;
        if (!match || match > close)
            return false;
    }
    return true;
}

static void lint_binding(struct lint *l, const struct signal *s, const struct binding *b)
{
    if (b->metrics_len == 0)
        lint_report(l, CHECK_NO_METRIC, b->place, "the query of \"%s\" names no metric", s->name);
    for (size_t i = 0; i < b->metrics_len; i++) {
        const char *metric = b->metrics[i];
        if (!is_matched(b->query, metric))
            lint_report(l, CHECK_NO_MATCH, b->place, "a selector of \"%s\" lacks {$match}: it would read every cluster's series", metric);
        if (strstr(metric, "meanrate") || strstr(metric, "MeanRate"))
            lint_report(l, CHECK_MEAN_SINCE_START, b->place, "\"%s\" is a mean since the process began: it hardly moves when things change", metric);
    }
}

static void lint_signals(struct lint *l)
{
    for (size_t i = 0; i < l->rules->signals_len; i++) {
        const struct signal *s = l->rules->signals[i];
        if (s->derived || s->alert)
            continue;
        if (!s->used && !*s->spare)
            lint_report(l, CHECK_UNUSED_SIGNAL, s->place, "signal \"%s\" is used by no rule", s->name);
        if (!*s->help)
            lint_report(l, CHECK_NO_HELP, s->place, "signal \"%s\" has no help", s->name);
        for (size_t j = 0; j < s->bindings_len; j++)
            lint_binding(l, s, &s->bindings[j]);
    }
}

static void lint_causes(struct lint *l)
{
    for (size_t i = 0; i < l->rules->causes_len; i++) {
        const struct cause *c = l->rules->causes[i];
        lint_text(l, &c->title, "title", NULL, c->place);
        lint_text(l, &c->by_hand, "by_hand", NULL, c->place);
        if (!is_marked(&l->rules->build->used_causes, c))
            lint_report(l, CHECK_UNUSED_CAUSE, c->place, "no symptom lists the cause \"%s\"", c->id);
    }
}

void ruleset_lint(const struct ruleset *r, const struct ruleset *known, struct mistakes *m)
{
    struct lint l = {r, known, m, xcalloc(r->exprs_len + 1, sizeof(bool))};
    for (size_t i = 0; i < r->symptoms_len; i++)
        if (!r->symptoms[i]->alert)
            lint_symptom(&l, r->symptoms[i]);
    lint_causes(&l);
    lint_signals(&l);
    lint_alerts(&l);
    lint_queries(&l);
    for (size_t i = 0; i < r->build->unused_lets.len; i++)
        lint_report(&l, CHECK_UNUSED_NAME, r->build->unused_lets.items[i].place, "\"%s\" is never used", r->build->unused_lets.items[i].name);
    free(l.seen);
}
