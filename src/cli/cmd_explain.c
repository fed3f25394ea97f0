/* nightbell explain: one symptom, cause or signal in words, from the rules as they are loaded. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/coverage.h"
#include "notify/sparkline.h"
#include "rule/alert.h"

static void print_place(const struct place *at)
{
    if (at->file)
        printf("  %s:%d\n", at->file, at->line);
}

static void print_words(const struct template_part *p)
{
    bool of_value = p->format == FORMAT_WORDS;
    if (of_value)
        printf("{%s:words ", p->value->text);
    else
        putchar('[');
    for (size_t i = 0; i < p->words_len; i++)
        printf("%s%s", i ? "|" : "", p->words[i]);
    putchar(of_value ? '}' : ']');
}

/* A template as it was written. */
static void print_template(const struct template *t)
{
    static const char *const formats[] = {
        [FORMAT_NUMBER] = ":number", [FORMAT_DURATION] = ":duration", [FORMAT_PERCENT] = ":percent",
        [FORMAT_RATE] = ":rate",     [FORMAT_BYTES] = ":bytes",       [FORMAT_TEXT] = "",
        [FORMAT_WORDS] = "",
    };
    for (size_t i = 0; i < t->len; i++) {
        const struct template_part *p = &t->parts[i];
        if (p->literal)
            fputs(p->literal, stdout);
        else if (p->label)
            printf("{%s}", p->label);
        else if (p->words)
            print_words(p);
        else
            printf("{%s%s}", p->value->text, formats[p->format]);
    }
}

static void print_texts(const struct texts_template *t, enum language lang)
{
    print_template(t->in[lang].len ? &t->in[lang] : &t->in[LANG_EN]);
}

/* A text of several lines keeps its shape under its heading. */
static void print_block(const char *text, size_t indent)
{
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n"), blank = strspn(line, " ");
        printf("%*s%.*s\n", (int)indent, "", (int)(len > blank ? len - blank : 0), line + (len > blank ? blank : len));
        line += len + (line[len] == '\n');
    }
}

static void print_field(const char *name, const char *value)
{
    printf("  %-11s %s\n", name, value);
}

static void print_condition(const char *name, const struct expr *e)
{
    if (!e)
        return;
    printf("  %s\n", name);
    print_block(e->text, 4);
}

static void print_duration(const char *name, int64_t ms)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(64);
    if (!ms)
        return;
    duration_print(&text, ms);
    print_field(name, text.buf);
}

static void print_signal_line(const struct signal *s)
{
    AUTO(strbuf) struct strbuf unit = STRBUF_INIT(64);
    unit_print(&s->unit, &unit);
    printf("    %-28s %s", s->name, s->help);
    if (unit.len)
        printf(" (%s)", unit.buf);
    if (s->is_fact)
        fputs(" [stated in the configuration]", stdout);
    for (size_t i = 0; i < s->bindings_len; i++)
        printf("%s%s", i ? ", " : " [", s->bindings[i].profile->id);
    fputs(s->bindings_len ? "]\n" : "\n", stdout);
}

static void print_params(const struct symptom *s)
{
    if (s->params_len)
        printf("  parameters (overrides: in the configuration change them)\n");
    for (size_t i = 0; i < s->params_len; i++) {
        const struct param *p = s->params[i];
        AUTO(strbuf) struct strbuf value = STRBUF_INIT(64);
        AUTO(strbuf) struct strbuf unit = STRBUF_INIT(64);
        unit_print(&p->unit, &unit);
        value_format(&value, p->value, unit.buf, "none", duration_words_en);
        printf("    $%-20s %-12s %s\n", p->name, value.buf, p->help);
    }
}

/* ---- causes ---- */

static void print_evidence(const struct evidence *e, enum language lang)
{
    if (e->exclude)
        printf("    rules it out  %s\n", e->when->text);
    else
        printf("    %+5.0f dB      %s\n", e->db, e->when->text);
    if (e->says.given) {
        printf("%18s\"", "");
        print_texts(&e->says, lang);
        printf("\"\n");
    }
    if (e->else_db == 0)
        return;
    printf("    %+5.0f dB      otherwise", e->else_db);
    if (e->else_says.given) {
        printf(": \"");
        print_texts(&e->else_says, lang);
        putchar('"');
    }
    putchar('\n');
}

static void print_remedy(const struct remedy *r, enum language lang)
{
    printf("    %-13s ", risk_names[r->risk]);
    print_texts(&r->text, lang);
    putchar('\n');
    if (r->command.len) {
        printf("%18s$ ", "");
        print_template(&r->command);
        putchar('\n');
    }
    if (r->only_if)
        printf("%18sonly if %s\n", "", r->only_if->text);
}

static void print_suspect(const struct suspect *s, enum language lang)
{
    if (s->prior_db != 0)
        printf("    %+5.0f dB      beforehand\n", s->prior_db);
    for (size_t i = 0; i < s->evidence_len; i++)
        print_evidence(&s->evidence[i], lang);
    if (s->cause->by_hand.given) {
        printf("  to tell by hand\n    ");
        print_texts(&s->cause->by_hand, lang);
        putchar('\n');
        if (s->by_hand_command.len) {
            printf("    $ ");
            print_template(&s->by_hand_command);
            putchar('\n');
        }
    }
    if (s->remedies_len)
        printf("  what to do\n");
    for (size_t i = 0; i < s->remedies_len; i++)
        print_remedy(&s->remedies[i], lang);
}

static void print_mechanism(const struct ruleset *r, const struct cause *c)
{
    const struct mechanism *m = r->mechanisms[c->index];
    const char *lead = "shows as";
    for (size_t i = 0; m && i < r->causes_len; i++) {
        if (!m->covers[i] || r->causes[i] == c)
            continue;
        print_field(lead, r->causes[i]->id);
        lead = "";
    }
    if (m && m->scope_len) {
        printf("  %-11s", "of the same");
        for (size_t i = 0; i < m->scope_len; i++)
            printf("%s %s", i ? "," : "", m->scope[i]);
        putchar('\n');
    }
    if (m)
        print_duration("within", m->within_ms);
    lead = "may be due";
    for (size_t i = 0; i < r->causes_len; i++) {
        const struct mechanism *other = r->mechanisms[i];
        if (!other || r->causes[i] == c || !other->covers[c->index])
            continue;
        print_field(lead, r->causes[i]->id);
        lead = "";
    }
}

static const struct suspect *suspect_of(const struct symptom *s, const struct cause *c)
{
    for (size_t i = 0; i < s->suspects_len; i++)
        if (s->suspects[i].cause == c)
            return &s->suspects[i];
    return NULL;
}

/* Evidence may differ by symptom: shown as the symptom with the most of it sees it. */
static void explain_cause(const struct ruleset *r, const struct cause *c, enum language lang)
{
    const struct suspect *shown = NULL;
    const struct symptom *from = NULL;
    AUTO(signal_list) struct signal_list reads = {0};
    printf("cause %s: ", c->id);
    print_texts(&c->title, lang);
    putchar('\n');
    print_place(&c->place);
    print_field("class", c->class_name ? c->class_name : "-");
    print_mechanism(r, c);
    printf("  suspected by\n");
    for (size_t i = 0; i < r->symptoms_len; i++) {
        const struct suspect *s = suspect_of(r->symptoms[i], c);
        if (!s)
            continue;
        printf("    %-30s ", r->symptoms[i]->id);
        print_texts(&r->symptoms[i]->title, lang);
        putchar('\n');
        if (!shown || s->evidence_len > shown->evidence_len) {
            shown = s;
            from = r->symptoms[i];
        }
        for (size_t k = 0; k < s->evidence_len; k++)
            signals_read(s->evidence[k].when, &reads);
    }
    if (!shown)
        return;
    printf("  evidence, as %s sees it (+10 dB: ten times as likely)\n", from->id);
    print_suspect(shown, lang);
    printf("  signals\n");
    for (size_t i = 0; i < reads.len; i++)
        print_signal_line(reads.items[i]);
}

/* ---- symptoms ---- */

static void print_judging(const struct symptom *s)
{
    print_condition("when", s->when);
    print_condition("clear when", s->clear_when);
    print_duration("for", s->for_ms);
    print_duration("keeps for", s->keep_firing_for_ms);
    print_field("severity", severity_names[s->severity]);
    for (size_t i = 0; i < s->escalate_len; i++)
        printf("  %-11s %s when %s\n", "", severity_names[s->escalate[i].severity], s->escalate[i].when->text);
}

/* An alert of a Prometheus rule file, which has no causes. */
static void explain_alert(const struct symptom *s)
{
    const struct alert_rule *a = s->alert;
    printf("alert %s of the group \"%s\"\n", s->id, a->group);
    print_place(&s->place);
    if (a->title.written)
        print_field("summary", a->title.written);
    if (a->effect.written)
        print_field("description", a->effect.written);
    if (s->disabled)
        print_field("switched", "off by the configuration");
    print_duration("for", s->for_ms);
    print_duration("keeps for", s->keep_firing_for_ms);
    print_field("severity", severity_names[s->severity]);
    for (size_t i = 0; i < a->labels_len; i++)
        printf("  %-11s %s: %s\n", i ? "" : "labels", a->labels[i].name, a->labels[i].text.written);
    printf("  asks the server\n");
    print_block(a->binding.query, 4);
}

static void explain_symptom(const struct symptom *s, enum language lang)
{
    AUTO(signal_list) struct signal_list reads = {0};
    printf("symptom %s: ", s->id);
    print_texts(&s->title, lang);
    putchar('\n');
    print_place(&s->place);
    printf("  %-11s ", "effect");
    print_texts(&s->effect, lang);
    printf("\n  %-11s %s (%s)\n", "of each", s->kind->name, s->kind->help);
    if (s->disabled)
        print_field("switched", "off by the configuration");
    print_judging(s);
    print_params(s);
    signals_read(s->when, &reads);
    if (s->clear_when)
        signals_read(s->clear_when, &reads);
    for (size_t i = 0; i < s->escalate_len; i++)
        signals_read(s->escalate[i].when, &reads);
    printf("  signals\n");
    for (size_t i = 0; i < reads.len; i++)
        print_signal_line(reads.items[i]);
    if (s->suspects_len)
        printf("  possible causes (nightbell explain CAUSE says more)\n");
    for (size_t i = 0; i < s->suspects_len; i++) {
        printf("    %-28s ", s->suspects[i].cause->id);
        print_texts(&s->suspects[i].cause->title, lang);
        putchar('\n');
        for (size_t k = 0; k < s->suspects[i].evidence_len; k++) {
            const struct evidence *e = &s->suspects[i].evidence[k];
            if (e->exclude)
                printf("%33srules it out: %s\n", "", e->when->text);
            else
                printf("%33s%+.0f/%+.0f dB: %s\n", "", e->db, e->else_db, e->when->text);
        }
    }
}

/* ---- signals ---- */

static bool lists(const struct expr *e, const struct signal *s)
{
    AUTO(signal_list) struct signal_list reads = {0};
    signals_read(e, &reads);
    return signal_list_has(&reads, s);
}

static bool suspects_by(const struct symptom *symptom, const struct cause *c, const struct signal *s)
{
    const struct suspect *suspect = suspect_of(symptom, c);
    for (size_t i = 0; suspect && i < suspect->evidence_len; i++)
        if (lists(suspect->evidence[i].when, s))
            return true;
    return false;
}

static void print_readers(const struct ruleset *r, const struct signal *s)
{
    const char *lead = "symptoms";
    for (size_t i = 0; i < r->symptoms_len; i++) {
        if (!lists(r->symptoms[i]->when, s))
            continue;
        print_field(lead, r->symptoms[i]->id);
        lead = "";
    }
    lead = "causes";
    for (size_t c = 0; c < r->causes_len; c++) {
        bool reads = false;
        for (size_t i = 0; !reads && i < r->symptoms_len; i++)
            reads = suspects_by(r->symptoms[i], r->causes[c], s);
        if (!reads)
            continue;
        print_field(lead, r->causes[c]->id);
        lead = "";
    }
}

static void explain_signal(const struct ruleset *r, const struct signal *s)
{
    static const char *const nan_words[] = {"NaN is unknown", "NaN is 0", "NaN is infinite"};
    static const char *const vanish_words[] = {"a series that vanished is unknown", "a series that vanished is 0"};
    AUTO(strbuf) struct strbuf unit = STRBUF_INIT(64);
    unit_print(&s->unit, &unit);
    printf("signal %s: %s\n", s->name, s->help);
    print_place(&s->place);
    print_field("unit", unit.len ? unit.buf : "1");
    printf("  %-11s %s (%s)\n", "of each", s->kind->name, s->kind->help);
    print_field("absence", nan_words[s->nan]);
    print_field("", vanish_words[s->vanishes]);
    if (s->is_fact)
        print_field("given by", "the configuration (facts:)");
    if (*s->spare && !s->used)
        print_field("spare", s->spare);
    for (size_t i = 0; i < s->bindings_len; i++) {
        const struct binding *b = &s->bindings[i];
        printf("  from %s\n", b->profile->id);
        print_block(b->query, 4);
        if (b->scale != 1)
            printf("    times %.9g\n", b->scale);
    }
    print_readers(r, s);
}

/* ---- finding what is meant ---- */

struct named {
    const struct symptom *symptom;
    const struct cause *cause;
    const struct signal *signal;
};

static struct named find(const struct ruleset *r, const char *id)
{
    struct named n = {.symptom = ruleset_symptom(r, id), .signal = ruleset_signal(r, id)};
    for (size_t i = 0; i < r->causes_len; i++)
        if (strcmp(r->causes[i]->id, id) == 0)
            n.cause = r->causes[i];
    if (n.signal && (n.signal->derived || n.signal->alert))
        n.signal = NULL;
    return n;
}

static void not_found(const struct ruleset *r, const char *id)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < r->symptoms_len; i++)
        vec_push(&names, r->symptoms[i]->id);
    for (size_t i = 0; i < r->causes_len; i++)
        vec_push(&names, r->causes[i]->id);
    for (size_t i = 0; i < r->signals_len; i++)
        if (!r->signals[i]->derived && !r->signals[i]->alert)
            vec_push(&names, r->signals[i]->name);
    const char *near = did_you_mean(id, names.items, names.len);
    if (near)
        print_error("explain: there is no \"%s\", did you mean \"%s\"?", id, near);
    else
        print_error("explain: there is no symptom, cause or signal \"%s\"; nightbell explain lists them all", id);
    vec_free(&names);
}

static void print_all(const struct ruleset *r, enum language lang)
{
    printf("symptoms\n");
    for (size_t i = 0; i < r->symptoms_len; i++) {
        printf("  %-30s ", r->symptoms[i]->id);
        print_texts(&r->symptoms[i]->title, lang);
        putchar('\n');
    }
    printf("causes\n");
    for (size_t i = 0; i < r->causes_len; i++) {
        printf("  %-30s ", r->causes[i]->id);
        print_texts(&r->causes[i]->title, lang);
        putchar('\n');
    }
    printf("signals\n");
    for (size_t i = 0; i < r->signals_len; i++)
        if (!r->signals[i]->derived && !r->signals[i]->alert)
            printf("  %-30s %s\n", r->signals[i]->name, r->signals[i]->help);
}

int cmd_explain(const struct options *o)
{
    struct session s;
    int code = session_load(o, &s);
    if (code == 0 && !o->words_len)
        print_all(s.rules, s.lang);
    for (size_t i = 0; code == 0 && i < o->words_len; i++) {
        struct named n = find(s.rules, o->words[i]);
        if (i)
            putchar('\n');
        if (n.symptom && n.symptom->alert)
            explain_alert(n.symptom);
        else if (n.symptom)
            explain_symptom(n.symptom, s.lang);
        if (n.cause)
            explain_cause(s.rules, n.cause, s.lang);
        if (n.signal)
            explain_signal(s.rules, n.signal);
        if (!n.symptom && !n.cause && !n.signal) {
            not_found(s.rules, o->words[i]);
            code = EXIT_INPUT;
        }
    }
    session_close(&s);
    return code;
}
