/* Texts that say what is not so: names that are gone, units that the value has not, defaults that are others. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rule/build.h"

void lint_words(struct lint *l, const char *text, const char *what, struct place at)
{
    for (size_t i = 0; text && i < l->known->pitfalls_len; i++) {
        const struct pitfall *p = &l->known->pitfalls[i];
        if (p->text && strstr(text, p->text))
            lint_report(l, CHECK_PITFALL, at, "%s names %s: %s", what, p->text, p->says);
    }
}

/* ---- units ---- */

static bool is_of(const struct unit *u, const char *dimension, int power)
{
    for (int i = 0; i < u->len; i++)
        if (strcmp(u->dims[i].name, dimension) == 0 && u->dims[i].power == power)
            return true;
    return false;
}

/* What a format makes of the value, and whether the value is that. */
static const char *misread(const struct template_part *p)
{
    const struct unit *u = &p->value->unit;
    if (p->format == FORMAT_DURATION && !(u->len == 1 && is_of(u, "s", 1)))
        return "a time";
    if (p->format == FORMAT_PERCENT && u->len)
        return "a share";
    if (p->format == FORMAT_RATE && !is_of(u, "s", -1))
        return "a rate";
    return p->format == FORMAT_BYTES && !is_of(u, "bytes", 1) ? "bytes" : NULL;
}

/* The words after a value call it a rate. */
static bool says_rate(const char *after)
{
    static const char *const rates[] = {"/s", " per second", "/sec"};
    size_t word = strcspn(after + (*after == ' '), " ,.;:/") + (*after == ' ');
    for (size_t i = 0; i < ARRAY_LEN(rates); i++)
        if (strncmp(after, rates[i], strlen(rates[i])) == 0 || strncmp(after + word, rates[i], strlen(rates[i])) == 0)
            return true;
    return false;
}

static void lint_units(struct lint *l, const struct template *t, const char *what, struct place at)
{
    for (size_t i = 0; i < t->len; i++) {
        const struct template_part *p = &t->parts[i], *next = i + 1 < t->len ? p + 1 : NULL;
        if (!p->value || p->value->unit.any || p->words)
            continue;
        const char *read_as = misread(p);
        AUTO(strbuf) struct strbuf unit = STRBUF_INIT(100);
        unit_print(&p->value->unit, &unit);
        if (read_as)
            lint_report(l, CHECK_UNIT_SHOWN, at, "%s shows %s as %s, but it is in %s", what, p->value->text, read_as, unit.buf);
        else if (next && next->literal && says_rate(next->literal) && !is_of(&p->value->unit, "s", -1))
            lint_report(l, CHECK_UNIT_SHOWN, at, "%s calls %s a rate, but it is in %s", what, p->value->text, unit.buf);
    }
}

/* ---- defaults ---- */

/* "5 min", "10", "30 %" in base units; NaN when there is no number. */
static double quantity(const char *text)
{
    static const struct {
        const char *word;
        double factor;
    } units[] = {{"ms", 0.001}, {"min", 60}, {"%", 0.01}, {"s", 1}, {"h", 3600}, {"d", 86400}};
    char *end;
    double v = strtod(text, &end);
    if (end == text)
        return NAN;
    end += *end == ' ';
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strncmp(end, units[i].word, strlen(units[i].word)) == 0)
            return v * units[i].factor;
    return v;
}

/* The start of the number that ends before `end`, with at most one word between. */
static const char *number_before(const char *text, const char *end)
{
    for (int word = 0; word < 2; word++) {
        while (end > text && end[-1] == ' ')
            end--;
        const char *start = end;
        while (start > text && start[-1] != ' ')
            start--;
        if (isdigit((unsigned char)*start))
            return start;
        end = start;
    }
    return NULL;
}

static bool is_default(const struct symptom *s, double v)
{
    for (size_t i = 0; i < s->params_len; i++)
        if (fabs(s->params[i]->value - v) <= 1e-9 * fabs(v))
            return true;
    return false;
}

void lint_defaults(struct lint *l, const char *text, const struct symptom *s, struct place at)
{
    const char *by = strstr(text, "by default"), *plain = strstr(text, "default ");
    const char *number = by ? number_before(text, by) : plain ? plain + strlen("default ") : NULL;
    double v = number ? quantity(number) : NAN;
    size_t len = !number ? 0 : by ? (size_t)(by - number) : strcspn(number, ",;.)");
    while (len > 0 && number[len - 1] == ' ')
        len--;
    if (!isnan(v) && !is_default(s, v))
        lint_report(l, CHECK_OTHER_DEFAULT, at, "the text says that %.*s is a default, but no parameter of \"%s\" has it", (int)len, number, s->id);
}

/* ---- whole texts ---- */

void lint_template(struct lint *l, const struct texts_template *t, const char *what, const struct symptom *s, struct place at)
{
    for (int lang = 0; lang < LANGUAGES; lang++) {
        AUTO(strbuf) struct strbuf words = STRBUF_INIT(8192);
        for (size_t i = 0; i < t->in[lang].len; i++)
            strbuf_adds(&words, t->in[lang].parts[i].literal ? t->in[lang].parts[i].literal : "{}");
        lint_words(l, words.buf, what, at);
        lint_units(l, &t->in[lang], what, at);
        if (s && lang == LANG_EN)
            lint_defaults(l, words.buf, s, at);
    }
}
