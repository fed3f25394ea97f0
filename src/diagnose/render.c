#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "diagnose/diagnose.h"
#include "rule/alert.h"

#define TEXT_LIMIT 2000
#define COMMAND_LIMIT 1000

static const char *const unknown_word[LANGUAGES] = {[LANG_EN] = "unknown", [LANG_KO] = "알 수 없음"};
static const char *const endless_word[LANGUAGES] = {[LANG_EN] = "endless", [LANG_KO] = "무한"};

static bool per_second(const struct unit *u)
{
    for (int i = 0; u && i < u->len; i++)
        if (strcmp(u->dims[i].name, "s") == 0 && u->dims[i].power < 0)
            return true;
    return false;
}

static const char *const *const time_words[LANGUAGES] = {[LANG_EN] = duration_words_en, [LANG_KO] = duration_words_ko};

/* "3 min 20 s"; below ten seconds one part with its fraction: "4.2 s", "135 ms". */
static void put_duration(double seconds, enum language lang, struct strbuf *out)
{
    const char *const *words = time_words[lang];
    if (fabs(seconds) < 1)
        strbuf_addf(out, fabs(seconds) < 0.01 ? "%.1f%s" : "%.0f%s", seconds * 1000, words[4]);
    else if (fabs(seconds) < 10)
        strbuf_addf(out, "%.1f%s", seconds, words[3]);
    else
        duration_say(out, seconds > 3e9 ? INT64_C(3000000000000) : (int64_t)llround(seconds * 1000), words);
}

void render_value(double value, enum value_format format, const struct unit *unit, enum language lang, struct strbuf *out)
{
    if (isnan(value)) {
        strbuf_adds(out, unknown_word[lang]);
        return;
    }
    if (isinf(value)) {
        strbuf_adds(out, endless_word[lang]);
        return;
    }
    value = number_steady(value);
    switch (format) {
    case FORMAT_DURATION:
        put_duration(value, lang, out);
        return;
    case FORMAT_PERCENT:
        strbuf_addf(out, fabs(value) < 0.1 && value != 0 ? "%.1f %%" : "%.0f %%", value * 100);
        return;
    case FORMAT_BYTES:
        bytes_format(out, value);
        break;
    case FORMAT_RATE:
    case FORMAT_NUMBER:
    case FORMAT_TEXT:
    case FORMAT_WORDS:
        number_format(out, value);
        break;
    }
    if (format == FORMAT_RATE || (format == FORMAT_BYTES && per_second(unit)))
        strbuf_adds(out, "/s");
}

/* NULL when the entity does not have the label or its value is not known. */
static const char *label_value(const struct render_context *c, const char *label)
{
    const struct cluster *cluster = c->ev->cluster;
    if (strcmp(label, "cluster") == 0)
        return cluster->name;
    if (strcmp(label, "bootstrap") == 0)
        return cluster->bootstrap ? cluster->bootstrap : "BOOTSTRAP_SERVER";
    size_t at = entity_kind_label(c->kind, label);
    return at == NO_ROW ? NULL : domain_value(cluster_domain(cluster, c->kind), c->row, at);
}

/* "[one|many]": what reads as 1 is one. */
static void put_form(double value, const struct template_part *p, enum language lang, struct strbuf *out)
{
    AUTO(strbuf) struct strbuf number = STRBUF_INIT(64);
    render_value(value, p->format, &p->value->unit, lang, &number);
    strbuf_adds(out, p->words[strcmp(number.buf, "1") == 0 ? 0 : 1]);
}

static void put_word(double value, const struct template_part *p, enum language lang, struct strbuf *out)
{
    bool named = value >= 1 && value < (double)p->words_len + 1;
    strbuf_adds(out, named ? p->words[(size_t)value - 1] : unknown_word[lang]);
}

/* A text as it is put together, clause by clause. What says nothing, since a value in it is not known, is left out: the clause, or the sentence that begins with it. */
struct wording {
    struct strbuf *out;
    size_t sentence, clause; /* where they begin */
    bool empty;              /* the clause lacks a value */
    bool lost;               /* the sentence lacks its first clause */
};

static void end_clause(struct wording *w, const char *stop)
{
    bool last = *stop != ';';
    w->lost |= w->empty && w->clause == w->sentence;
    if (w->empty)
        strbuf_cut(w->out, w->lost ? w->sentence : w->clause);
    w->empty = w->lost && !last;
    w->clause = w->out->len;
    if (!w->lost)
        strbuf_adds(w->out, stop);
    if (!last)
        return;
    w->lost = false;
    w->sentence = w->clause = w->out->len;
}

static void put_literal(struct wording *w, const char *text, bool last)
{
    for (size_t i = 0; text[i]; i++) {
        bool stops = text[i] == '.' || text[i] == ';';
        if (stops && (text[i + 1] == ' ' || (last && !text[i + 1]))) {
            const char stop[] = {text[i], text[i + 1], '\0'};
            end_clause(w, stop);
            i += text[i + 1] != '\0';
        } else {
            strbuf_addc(w->out, text[i]);
        }
    }
}

static void put_part(const struct render_context *c, const struct template_part *p, enum language lang, struct wording *w)
{
    if (p->label) {
        const char *value = label_value(c, p->label);
        w->empty |= !value;
        strbuf_adds(w->out, value ? value : unknown_word[lang]);
        return;
    }
    double value = column_at(c->ev, p->value, c->row);
    w->empty |= isnan(value);
    if (p->format == FORMAT_WORDS)
        put_word(value, p, lang, w->out);
    else if (p->words)
        put_form(value, p, lang, w->out);
    else
        render_value(value, p->format, &p->value->unit, lang, w->out);
}

static void word_template(const struct render_context *c, const struct template *t, enum language lang, bool whole, struct strbuf *out)
{
    struct wording w = {.out = out};
    for (size_t i = 0; i < t->len; i++) {
        if (t->parts[i].literal)
            put_literal(&w, t->parts[i].literal, i + 1 == t->len);
        else
            put_part(c, &t->parts[i], lang, &w);
        w.empty &= !whole;
    }
    end_clause(&w, "");
    while (out->len && out->buf[out->len - 1] == ' ')
        strbuf_cut(out, out->len - 1);
}

/* When nothing would be left, all of it is said, with what is unknown in it. */
const char *render_template(const struct render_context *c, const struct template *t, enum language lang, struct arena *a)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(TEXT_LIMIT);
    word_template(c, t, lang, false, &out);
    if (!out.len)
        word_template(c, t, lang, true, &out);
    return arena_strdup(a, out.buf);
}

struct text render_texts(const struct render_context *c, const struct texts_template *t, struct arena *a)
{
    struct text text;
    for (int lang = 0; lang < LANGUAGES; lang++)
        text.in[lang] = render_template(c, &t->in[t->in[lang].len ? lang : LANG_EN], (enum language)lang, a);
    return text;
}

/* The value that the alert gave last: while nothing answers, and when it has ended, it is still what there is to say. */
static double last_value(const struct render_context *c, const struct alert_rule *r)
{
    const struct window *w = c->ev->cluster->windows[r->value->index];
    double v = NAN;
    for (int64_t slot = c->ev->slot; c->row < w->rows && isnan(v) && slot > c->ev->slot - (int64_t)w->slots; slot--)
        v = window_get(w, c->row, slot);
    return v;
}

const char *render_alert(const struct render_context *c, const struct symptom *s, const struct alert_text *t, struct arena *a)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(TEXT_LIMIT);
    struct label_set labels;
    label_set_of_row(cluster_domain(c->ev->cluster, s->kind), c->row, &labels);
    alert_text_write(t, &labels, last_value(c, s->alert), &out);
    return arena_strdup(a, out.buf);
}

static bool is_added(const struct alert_rule *r, const char *name)
{
    for (size_t i = 0; i < r->labels_len; i++)
        if (strcmp(r->labels[i].name, name) == 0)
            return true;
    return false;
}

static bool is_of_scrape(const char *name)
{
    return strcmp(name, "instance") == 0 || strcmp(name, "job") == 0;
}

/* The summary, or else the name; one that does not say whom it is about is followed by the labels that the expression gave. */
static const char *alert_title(const struct render_context *c, const struct symptom *s, struct arena *a)
{
    const struct alert_text *summary = &s->alert->title;
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(TEXT_LIMIT);
    struct label_set labels;
    bool any = false;
    label_set_of_row(cluster_domain(c->ev->cluster, s->kind), c->row, &labels);
    strbuf_adds(&out, summary->written ? render_alert(c, s, summary, a) : s->alert->name);
    for (size_t k = 0; !summary->has_labels && k < 2 * labels.len; k++) { /* who was scraped tells least: it comes last */
        const struct label *l = &labels.items[k % labels.len];
        if (is_added(s->alert, l->name) || is_of_scrape(l->name) != (k >= labels.len))
            continue;
        strbuf_addf(&out, "%s%s=%s", any ? ", " : " (", l->name, l->value);
        any = true;
    }
    strbuf_adds(&out, any ? ")" : "");
    return arena_strdup(a, out.buf);
}

static struct text in_all_languages(const char *words)
{
    struct text text;
    for (int lang = 0; lang < LANGUAGES; lang++)
        text.in[lang] = words;
    return text;
}

struct text render_title(const struct render_context *c, const struct symptom *s, struct arena *a)
{
    if (!s->alert)
        return render_texts(c, &s->title, a);
    return in_all_languages(alert_title(c, s, a));
}

struct text render_effect(const struct render_context *c, const struct symptom *s, struct arena *a)
{
    if (!s->alert)
        return render_texts(c, &s->effect, a);
    return in_all_languages(s->alert->effect.written ? render_alert(c, s, &s->alert->effect, a) : "");
}

static bool plain_word(const char *s)
{
    return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,=+@%-")] == '\0' && *s != '-';
}

static void put_quoted(const char *value, struct strbuf *out)
{
    if (plain_word(value)) {
        strbuf_adds(out, value);
        return;
    }
    strbuf_addc(out, '\'');
    for (; *value; value++) {
        if (*value == '\'')
            strbuf_adds(out, "'\\''");
        else
            strbuf_addc(out, (unsigned char)*value < 0x20 || *value == 0x7f ? '?' : *value);
    }
    strbuf_addc(out, '\'');
}

const char *render_command(const struct render_context *c, const struct template *t, struct arena *a)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(COMMAND_LIMIT);
    if (!t->len)
        return NULL;
    for (size_t i = 0; i < t->len; i++) {
        const struct template_part *p = &t->parts[i];
        if (p->literal) {
            strbuf_adds(&out, p->literal);
        } else if (p->label) {
            const char *value = label_value(c, p->label);
            if (!value)
                return NULL;
            put_quoted(value, &out);
        } else {
            double value = column_at(c->ev, p->value, c->row);
            if (!isfinite(value))
                return NULL;
            strbuf_addf(&out, "%.0f", number_steady(value));
        }
    }
    return out.truncated ? NULL : arena_strdup(a, out.buf);
}
