/* A whole finding as JSON text; finding_json.c reads it back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/finding.h"
#include "model/json_text.h"

static const char *const language_keys[LANGUAGES] = {[LANG_EN] = "en", [LANG_KO] = "ko"};

static void write_text(struct strbuf *out, const struct text *t)
{
    json_text_open(out, '{');
    for (int i = 0; i < LANGUAGES; i++)
        json_text_put_string(out, language_keys[i], t->in[i] ? t->in[i] : "");
    json_text_close(out, '}');
}

static void put_text(struct strbuf *out, const char *key, const struct text *t)
{
    json_text_key(out, key);
    write_text(out, t);
}

/* A list of `len` things, each written by `one`. */
#define PUT_LIST(out, key, items, len, one)                                                                                                        \
    do {                                                                                                                                           \
        json_text_key(out, key);                                                                                                                   \
        json_text_open(out, '[');                                                                                                                  \
        for (size_t i_ = 0; i_ < (len); i_++)                                                                                                      \
            one(out, &(items)[i_]);                                                                                                                \
        json_text_close(out, ']');                                                                                                                 \
    } while (0)

/* By key, and only where there is some: findings that say what was believed before have none. */
static void put_evidence(struct strbuf *out, const struct finding_cause *c)
{
    char key[9];
    if (!c->evidence_len)
        return;
    json_text_key(out, "evidence");
    json_text_open(out, '{');
    for (size_t i = 0; i < c->evidence_len; i++) {
        snprintf(key, sizeof key, "%08" PRIx32, c->evidence[i].key);
        json_text_put_number(out, key, c->evidence[i].truth);
    }
    json_text_close(out, '}');
}

static void write_cause(struct strbuf *out, const struct finding_cause *c)
{
    json_text_open(out, '{');
    json_text_put_string(out, "id", c->id);
    put_text(out, "title", &c->title);
    json_text_put_string(out, "verdict", verdict_names[c->verdict]);
    json_text_put_number(out, "probability", c->probability);
    json_text_put_number(out, "score_db", c->score_db);
    json_text_put_number(out, "coverage", c->coverage);
    PUT_LIST(out, "for", c->pro.items, c->pro.len, write_text);
    PUT_LIST(out, "against", c->contra.items, c->contra.len, write_text);
    PUT_LIST(out, "missing", c->missing.items, c->missing.len, write_text);
    put_evidence(out, c);
    json_text_close(out, '}');
}

static void write_remedy(struct strbuf *out, const struct finding_remedy *r)
{
    json_text_open(out, '{');
    json_text_put_string(out, "cause", r->cause);
    put_text(out, "text", &r->text);
    json_text_put_string(out, "command", r->command);
    json_text_put_string(out, "risk", risk_names[r->risk]);
    json_text_close(out, '}');
}

static void write_value(struct strbuf *out, const double *v)
{
    json_text_number(out, *v);
}

static void write_chart(struct strbuf *out, const struct finding_chart *c)
{
    json_text_open(out, '{');
    json_text_put_string(out, "name", c->name);
    json_text_put_string(out, "unit", c->unit);
    put_text(out, "label", &c->label);
    json_text_put_integer(out, "start_ms", c->start_ms);
    json_text_put_integer(out, "step_ms", c->step_ms);
    PUT_LIST(out, "values", c->values, c->len, write_value);
    json_text_put_number(out, "before", c->before);
    json_text_put_number(out, "now", c->now);
    json_text_put_number(out, "peak", c->peak);
    json_text_close(out, '}');
}

static void write_link(struct strbuf *out, const struct finding_link *l)
{
    json_text_open(out, '{');
    json_text_put_string(out, "name", l->name);
    json_text_put_string(out, "url", l->url);
    json_text_close(out, '}');
}

static void write_member(struct strbuf *out, const struct finding_member *m)
{
    json_text_open(out, '{');
    json_text_put_string(out, "symptom", m->symptom);
    put_text(out, "title", &m->title);
    json_text_put_string(out, "severity", severity_names[m->severity]);
    json_text_put_integer(out, "onset_ms", m->onset_ms);
    json_text_put_bool(out, "impact", m->impact);
    json_text_close(out, '}');
}

/* A pair, so that the order of labels and odd names survive. */
static void write_label(struct strbuf *out, const struct label *l)
{
    json_text_open(out, '[');
    json_text_string(out, l->name);
    json_text_string(out, l->value);
    json_text_close(out, ']');
}

static void put_times(struct strbuf *out, const struct finding *f)
{
    json_text_put_integer(out, "slot_ms", f->slot_ms);
    json_text_put_integer(out, "onset_ms", f->onset_ms);
    json_text_put_integer(out, "fired_ms", f->fired_ms);
    json_text_put_integer(out, "blind_since_ms", f->blind_since_ms);
    json_text_put_integer(out, "resolved_ms", f->resolved_ms);
}

/* Written only when there is something: most findings have none of it. */
static void put_hand(struct strbuf *out, const struct finding *f)
{
    if (f->cleared_ms)
        json_text_put_integer(out, "cleared_ms", f->cleared_ms);
    if (f->flaps)
        json_text_put_integer(out, "flaps", f->flaps);
    if (f->silenced_by)
        json_text_put_integer(out, "silenced_by", f->silenced_by);
    if (f->planned) {
        json_text_key(out, "planned");
        json_text_open(out, '{');
        json_text_put_string(out, "name", f->planned);
        json_text_put_integer(out, "until_ms", f->planned_until_ms);
        json_text_close(out, '}');
    }
    if (!f->ack_author)
        return;
    json_text_key(out, "acknowledged");
    json_text_open(out, '{');
    json_text_put_string(out, "by", f->ack_author);
    json_text_put_string(out, "comment", f->ack_comment);
    json_text_put_integer(out, "until_ms", f->ack_until_ms);
    json_text_close(out, '}');
}

void finding_text(const struct finding *f, struct strbuf *out)
{
    json_text_open(out, '{');
    json_text_put_string(out, "schema", finding_schema);
    json_text_put_string(out, "incident", f->incident);
    json_text_put_string(out, "symptom", f->symptom);
    json_text_put_string(out, "cluster", f->cluster);
    PUT_LIST(out, "entity", f->entity.items, f->entity.len, write_label);
    json_text_put_string(out, "state", finding_state_names[f->state]);
    json_text_put_string(out, "severity", severity_names[f->severity]);
    json_text_put_string(out, "role", role_names[f->role]);
    put_times(out, f);
    json_text_put_string(out, "reason", f->reason);
    json_text_put_integer(out, "revision", f->revision);
    put_hand(out, f);
    put_text(out, "title", &f->title);
    put_text(out, "effect", &f->effect);
    PUT_LIST(out, "causes", f->causes, f->causes_len, write_cause);
    json_text_put_bool(out, "cannot_tell", f->cannot_tell);
    put_text(out, "next_check", &f->next_check);
    json_text_put_string(out, "next_command", f->next_command);
    PUT_LIST(out, "remedies", f->remedies, f->remedies_len, write_remedy);
    PUT_LIST(out, "charts", f->charts, f->charts_len, write_chart);
    PUT_LIST(out, "links", f->links, f->links_len, write_link);
    PUT_LIST(out, "members", f->members, f->members_len, write_member);
    json_text_put_integer(out, "members_more", (int64_t)f->members_more);
    json_text_put_integer(out, "members_ever", (int64_t)f->members_ever);
    json_text_close(out, '}');
}
