/* What a message says. */
#include "notify/message.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "notify/chart.h"
#include "notify/escape.h"
#include "notify/sparkline.h"
#include "notify/storm.h"
#include "notify/words.h"

#define TITLE_MAX 140
#define SENTENCE_MAX 400
#define COMMAND_MAX 1200
#define CAUSES_SHOWN 3
#define EVIDENCE_SHOWN 3
#define RULED_OUT_SHOWN 5
#define STEPS_SHOWN 4
#define MEMBERS_SHOWN 6
#define SPARK_COLUMNS 12

struct writing {
    const struct finding *f;
    enum language lang;
    struct arena *a;
    struct message *m;
};

static const char *clean(const struct writing *w, const struct text *t)
{
    return text_clean(w->a, t->in[w->lang], SENTENCE_MAX);
}

static const char *fill(const struct writing *w, enum word which, const char *v0, const char *v1, const char *v2)
{
    return word_fill(w->a, w->lang, which, v0, v1, v2);
}

static void add_line(const struct writing *w, struct section *s, enum line_kind kind, const char *text)
{
    if (s->len == s->cap) {
        struct line *more = arena_array(w->a, s->cap * 2 + 8, sizeof *more);
        if (s->len)
            memcpy(more, s->lines, s->len * sizeof *more);
        s->lines = more;
        s->cap = s->cap * 2 + 8;
    }
    s->lines[s->len++] = (struct line){kind, text};
}

static struct section *begin_section(const struct writing *w, enum word title)
{
    struct section *s = &w->m->sections[w->m->sections_len++];
    *s = (struct section){.title = word(w->lang, title)};
    return s;
}

/* An empty section is none. */
static void end_section(const struct writing *w)
{
    if (w->m->sections[w->m->sections_len - 1].len == 0)
        w->m->sections_len--;
}

static void add_more(const struct writing *w, struct section *s, size_t count)
{
    if (count > 0)
        add_line(w, s, LINE_PLAIN, fill(w, W_MORE, arena_printf(w->a, "%zu", count), NULL, NULL));
}

const char *message_time(struct arena *a, int64_t ms)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(64);
    time_format_utc(&text, ms); /* 2026-11-22T21:00:00Z */
    return text.len >= 16 ? arena_printf(a, "%.10s %.5s UTC", text.buf, text.buf + 11) : arena_strdup(a, text.buf);
}

static const char *const *duration_words(const struct writing *w)
{
    return w->lang == LANG_KO ? duration_words_ko : duration_words_en;
}

static const char *duration_text(const struct writing *w, int64_t ms)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(64);
    duration_say(&text, ms > 0 ? ms : 0, duration_words(w));
    return arena_strdup(w->a, text.buf);
}

static int64_t began_ms(const struct finding *f)
{
    return f->onset_ms ? f->onset_ms : f->fired_ms ? f->fired_ms : f->slot_ms;
}

static int64_t lasted_ms(const struct finding *f)
{
    return (f->resolved_ms ? f->resolved_ms : f->slot_ms) - began_ms(f);
}

enum tone message_tone(const struct finding *f)
{
    if (f->reason && strcmp(f->reason, "lost_sight") == 0)
        return TONE_LOST;
    if (f->reason && strcmp(f->reason, "rule_removed") == 0)
        return TONE_REMOVED;
    if (f->reason && strcmp(f->reason, "merged") == 0)
        return TONE_MERGED;
    if (f->state == FINDING_RESOLVED)
        return TONE_RESOLVED;
    return f->state == FINDING_UNKNOWN || f->blind_since_ms ? TONE_BLIND : TONE_FIRING;
}

static bool ended(const struct writing *w)
{
    return w->m->tone >= TONE_RESOLVED;
}

/* ---- headline and lead ---- */

static const char *verdict_text(const struct writing *w, const struct finding_cause *c)
{
    const char *verdict = word_verdict(w->lang, c->verdict);
    return isnan(c->probability) ? verdict : arena_printf(w->a, "%s, %.0f %%", verdict, c->probability * 100);
}

static const char *end_lead(const struct writing *w)
{
    static const enum word after[] = {[TONE_RESOLVED] = W_RESOLVED_AFTER, [TONE_LOST] = W_LOST_AFTER, [TONE_REMOVED] = W_REMOVED_AFTER,
                                      [TONE_MERGED] = W_MERGED_AFTER};
    const struct finding *f = w->f;
    bool gone = f->reason && strcmp(f->reason, "entity_gone") == 0;
    int64_t end_ms = f->resolved_ms ? f->resolved_ms : f->slot_ms;
    const char *was = fill(w, W_WAS, word_severity(w->lang, f->severity), message_time(w->a, began_ms(f)), message_time(w->a, end_ms));
    const char *why = w->m->tone == TONE_RESOLVED ? word(w->lang, gone ? W_GONE : W_CLEARED) : "";
    return arena_printf(w->a, "%s %s%s%s", fill(w, after[w->m->tone], duration_text(w, lasted_ms(f)), NULL, NULL), was, *why ? " " : "", why);
}

static void write_head(const struct writing *w)
{
    static const enum word states[] = {[TONE_BLIND] = W_BLIND, [TONE_RESOLVED] = W_RESOLVED, [TONE_LOST] = W_LOST,
                                       [TONE_REMOVED] = W_REMOVED, [TONE_MERGED] = W_MERGED};
    struct message *m = w->m;
    const struct finding *f = w->f;
    m->title = text_clean(w->a, f->title.in[w->lang], TITLE_MAX);
    m->state_word = m->tone == TONE_FIRING ? word_severity(w->lang, f->severity) : word(w->lang, states[m->tone]);
    m->headline = arena_printf(w->a, "%s · %s", m->state_word, m->title);
    m->subject = arena_printf(w->a, "[nightbell %s] %s", text_clean(w->a, f->cluster, 40), m->title);
    const char *effect = clean(w, &f->effect);
    if (ended(w))
        m->lead = end_lead(w);
    else if (m->tone == TONE_BLIND)
        m->lead = fill(w, W_BLIND_LEAD, message_time(w->a, f->blind_since_ms ? f->blind_since_ms : f->slot_ms), NULL, NULL);
    else if (f->cleared_ms)
        m->lead = fill(w, W_CLEARED_LEAD, message_time(w->a, f->cleared_ms), NULL, NULL);
    else
        m->lead = effect;
    if (m->tone == TONE_BLIND && *effect)
        m->lead = arena_printf(w->a, "%s\n%s", m->lead, effect);
}

static void write_note(const struct writing *w, const char *kind)
{
    const struct finding *f = w->f;
    const char *cause = f->causes_len && !f->cannot_tell ? text_clean(w->a, f->causes[0].title.in[w->lang], 120) : NULL;
    const char *said = w->m->lead;
    if (!ended(w) && strcmp(kind, "open") != 0 && w->m->tone == TONE_FIRING) {
        bool again = strcmp(kind, "repeat") == 0;
        said = fill(w, again ? W_STILL : W_NOW, word_severity(w->lang, f->severity), duration_text(w, lasted_ms(f)), NULL);
    }
    if (!ended(w) && cause)
        said = arena_printf(w->a, "%s%s %s", said, *said && strchr(".:!?", said[strlen(said) - 1]) ? "" : ".", fill(w, W_LIKELY_CAUSE, cause, NULL, NULL));
    w->m->note = text_clean(w->a, arena_printf(w->a, "[%s] %s: %s", w->m->state_word, w->m->title, said), 1000);
}

/* ---- facts ---- */

static void add_fact(const struct writing *w, struct fact fact)
{
    if (w->m->facts_len < FACTS_MAX)
        w->m->facts[w->m->facts_len++] = fact;
}

static void add_time_fact(const struct writing *w, enum word label, int64_t ms, int64_t lasted)
{
    const char *rest = lasted > 0 ? arena_printf(w->a, "(%s)", duration_text(w, lasted)) : "";
    const char *value = arena_printf(w->a, "%s%s%s", message_time(w->a, ms), *rest ? " " : "", rest);
    add_fact(w, (struct fact){.label = word(w->lang, label), .value = value, .time_ms = ms, .rest = rest});
}

static const char *value_text(const struct writing *w, double v, const char *unit)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(64);
    value_format(&text, v, unit, word(w->lang, W_UNKNOWN), duration_words(w));
    return arena_strdup(w->a, text.buf);
}

static void add_ack_fact(const struct writing *w)
{
    const struct finding *f = w->f;
    const char *comment = f->ack_comment ? text_clean(w->a, f->ack_comment, 200) : "";
    const char *who = fill(w, W_ACK_UNTIL, text_clean(w->a, f->ack_author, 60), message_time(w->a, f->ack_until_ms), NULL);
    add_fact(w, (struct fact){.label = word(w->lang, W_ACK), .value = arena_printf(w->a, "%s%s%s", who, *comment ? ": " : "", comment), .rest = ""});
}

static const char *clock_text(const struct writing *w, int64_t ms)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(40);
    time_format_short(&text, ms); /* 21:00:00 */
    return arena_strndup(w->a, text.buf, 5);
}

/* What no exporter gives gets no line: it would show nothing. */
static bool ever_seen(const struct finding_chart *c)
{
    double low, high;
    return chart_range(c, &low, &high) || !isnan(c->before) || !isnan(c->now) || !isnan(c->peak);
}

static void add_chart_fact(const struct writing *w, const struct finding_chart *c)
{
    const char *unit = c->unit ? text_clean(w->a, c->unit, 40) : "";
    AUTO(strbuf) struct strbuf spark = STRBUF_INIT(256);
    sparkline(&spark, c->values, c->len, SPARK_COLUMNS);
    const char *numbers = fill(w, W_NUMBERS, value_text(w, c->before, unit), value_text(w, c->now, unit), value_text(w, c->peak, unit));
    struct fact fact = {.label = text_clean(w->a, c->label.in[w->lang], 60), .value = numbers, .rest = "", .spark = spark.len ? arena_strdup(w->a, spark.buf) : NULL};
    double low, high;
    if (chart_range(c, &low, &high)) {
        fact.chart = c;
        fact.range = arena_printf(w->a, "%s – %s, %s – %s UTC", value_text(w, low, unit), value_text(w, high, unit), clock_text(w, c->start_ms),
                                  clock_text(w, c->start_ms + c->step_ms * (int64_t)(c->len - 1)));
    }
    add_fact(w, fact);
}

static void write_facts(const struct writing *w)
{
    const struct finding *f = w->f;
    add_fact(w, (struct fact){.label = word(w->lang, W_CLUSTER), .value = text_clean(w->a, f->cluster, 100), .rest = ""});
    if (!ended(w)) {
        add_time_fact(w, W_SINCE, began_ms(f), lasted_ms(f));
        if (f->blind_since_ms)
            add_time_fact(w, W_BLIND_SINCE, f->blind_since_ms, f->slot_ms - f->blind_since_ms);
        if (f->flaps)
            add_fact(w, (struct fact){.label = word(w->lang, W_FLAPS), .value = fill(w, W_FLAPS_TIMES, arena_printf(w->a, "%u", f->flaps), NULL, NULL), .rest = ""});
        if (f->planned)
            add_fact(w, (struct fact){.label = word(w->lang, W_PLANNED), .rest = "",
                                      .value = fill(w, W_PLANNED_UNTIL, text_clean(w->a, f->planned, 60), message_time(w->a, f->planned_until_ms), NULL)});
        if (f->ack_author)
            add_ack_fact(w);
    }
    for (size_t i = 0; i < f->charts_len; i++)
        if (ever_seen(&f->charts[i]))
            add_chart_fact(w, &f->charts[i]);
}

const struct fact *message_picture(const struct message *m)
{
    for (size_t i = 0; i < m->facts_len; i++)
        if (m->facts[i].chart)
            return &m->facts[i];
    return NULL;
}

/* ---- causes ---- */

static void write_cause(const struct writing *w, struct section *s, const struct finding_cause *c, size_t rank)
{
    const char *title = clean(w, &c->title);
    add_line(w, s, LINE_RANKED, arena_printf(w->a, "%zu. %s (%s)", rank, title, verdict_text(w, c)));
    for (size_t i = 0; i < c->pro.len && i < EVIDENCE_SHOWN; i++)
        add_line(w, s, LINE_ITEM, clean(w, &c->pro.items[i]));
    for (size_t i = 0; i < c->contra.len && i < EVIDENCE_SHOWN - 1; i++)
        add_line(w, s, LINE_ITEM, fill(w, W_AGAINST, clean(w, &c->contra.items[i]), NULL, NULL));
}

static size_t causes_in_question(const struct finding *f)
{
    size_t len = 0;
    while (len < f->causes_len && f->causes[len].verdict != VERDICT_RULED_OUT)
        len++;
    return len;
}

static void write_causes(const struct writing *w)
{
    const struct finding *f = w->f;
    size_t open = causes_in_question(f), shown = open < CAUSES_SHOWN ? open : CAUSES_SHOWN;
    struct section *s = begin_section(w, f->cannot_tell ? W_POSSIBLE_CAUSES : W_LIKELY_CAUSES);
    if (f->cannot_tell && open)
        add_line(w, s, LINE_PLAIN, fill(w, W_UNCLEAR, clean(w, &f->causes[0].title), NULL, NULL));
    else if (f->causes_len && !open)
        add_line(w, s, LINE_PLAIN, word(w->lang, W_UNCLEAR_NONE));
    for (size_t i = 0; i < shown; i++)
        write_cause(w, s, &f->causes[i], i + 1);
    add_more(w, s, open - shown);
    end_section(w);
}

static void write_ruled_out(const struct writing *w)
{
    const struct finding *f = w->f;
    struct section *s = begin_section(w, W_RULED_OUT);
    size_t first = causes_in_question(f);
    for (size_t i = first; i < f->causes_len && i < first + RULED_OUT_SHOWN; i++) {
        const struct finding_cause *c = &f->causes[i];
        const char *title = clean(w, &c->title);
        const char *text = c->contra.len ? arena_printf(w->a, "%s: %s", title, clean(w, &c->contra.items[0])) : title;
        add_line(w, s, LINE_ITEM, text_clean(w->a, text, SENTENCE_MAX));
    }
    if (f->causes_len > first + RULED_OUT_SHOWN)
        add_more(w, s, f->causes_len - first - RULED_OUT_SHOWN);
    end_section(w);
}

/* The same signal may be missing for several causes: said once. */
static bool said_already(const struct section *s, const char *text)
{
    for (size_t i = 0; i < s->len; i++)
        if (strcmp(s->lines[i].text, text) == 0)
            return true;
    return false;
}

static void add_command(const struct writing *w, struct section *s, const char *command)
{
    if (!command || !*command)
        return;
    if (strlen(command) <= COMMAND_MAX && text_is_plain_line(command))
        add_line(w, s, LINE_COMMAND, command);
    else
        add_line(w, s, LINE_ITEM, word(w->lang, W_WITHHELD));
}

static void write_missing(const struct writing *w)
{
    const struct finding *f = w->f;
    struct section *s = begin_section(w, W_NOT_JUDGED);
    for (size_t i = 0; i < causes_in_question(f); i++) {
        for (size_t j = 0; j < f->causes[i].missing.len && s->len < 4; j++) {
            const char *text = clean(w, &f->causes[i].missing.items[j]);
            if (!said_already(s, text))
                add_line(w, s, LINE_ITEM, text);
        }
    }
    end_section(w);
}

static void write_next(const struct writing *w)
{
    const struct finding *f = w->f;
    struct section *s = begin_section(w, W_NEXT);
    size_t rank = 1;
    const char *check = clean(w, &f->next_check);
    if (*check) {
        add_line(w, s, LINE_RANKED, arena_printf(w->a, "%zu. %s: %s", rank++, word(w->lang, W_CHECK), check));
        add_command(w, s, f->next_command);
    }
    size_t shown = 0;
    for (; shown < f->remedies_len && rank <= STEPS_SHOWN; shown++) {
        const struct finding_remedy *r = &f->remedies[shown];
        const char *text = clean(w, &r->text);
        bool changes = r->risk >= RISK_DISRUPTIVE;
        add_line(w, s, LINE_RANKED, changes ? arena_printf(w->a, "%zu. %s: %s", rank, word_risk(w->lang, r->risk), text)
                                            : arena_printf(w->a, "%zu. %s (%s)", rank, text, word_risk(w->lang, r->risk)));
        rank++;
        add_command(w, s, r->command);
    }
    add_more(w, s, f->remedies_len - shown);
    end_section(w);
}

/* What else is part of the incident: harm first, then the worst. */
static void write_members(const struct writing *w)
{
    const struct finding *f = w->f;
    struct section *s = begin_section(w, strcmp(f->symptom, DIGEST_SYMPTOM) == 0 ? W_OPEN_NOW : W_MEMBERS);
    size_t shown = 0;
    for (int harm = 1; harm >= 0; harm--) {
        for (size_t i = 0; i < f->members_len && shown < MEMBERS_SHOWN; i++) {
            const struct finding_member *m = &f->members[i];
            if (m->impact != (harm == 1))
                continue;
            add_line(w, s, LINE_ITEM, arena_printf(w->a, "%s (%s)", clean(w, &m->title), word_severity(w->lang, m->severity)));
            shown++;
        }
    }
    add_more(w, s, f->members_len - shown + f->members_more);
    end_section(w);
}

static void write_cause_was(const struct writing *w)
{
    const struct finding *f = w->f;
    if (f->causes_len == 0 || f->causes[0].verdict == VERDICT_RULED_OUT)
        return;
    const char *was = fill(w, W_CAUSE_WAS, clean(w, &f->causes[0].title), verdict_text(w, &f->causes[0]), NULL);
    w->m->lead = arena_printf(w->a, "%s\n%s", w->m->lead, was);
}

static void write_links(const struct writing *w)
{
    struct finding_link *links = arena_array(w->a, w->f->links_len, sizeof *links);
    for (size_t i = 0; i < w->f->links_len; i++) {
        AUTO(strbuf) struct strbuf url = STRBUF_INIT(2000);
        const char *name = text_clean(w->a, w->f->links[i].name, 60);
        if (escape_url(&url, w->f->links[i].url) && !url.truncated && *name)
            links[w->m->links_len++] = (struct finding_link){name, arena_strdup(w->a, url.buf)};
    }
    w->m->links = links;
}

void message_make(const struct finding *f, const char *kind, enum language lang, struct arena *a, struct message *ret)
{
    *ret = (struct message){.tone = message_tone(f)};
    const struct writing w = {f, lang, a, ret};
    write_head(&w);
    write_note(&w, kind);
    write_facts(&w);
    if (ended(&w)) {
        write_cause_was(&w);
    } else {
        write_causes(&w);
        write_next(&w);
        write_members(&w);
        write_ruled_out(&w);
        write_missing(&w);
    }
    write_links(&w);
    ret->footer = fill(&w, W_FOOTER, text_clean(a, f->symptom, 80), f->incident, arena_printf(a, "%u", f->revision));
}
