#include "signal/notation.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/number.h"
#include "signal/batch.h"

struct scan {
    const char *start, *at;
    size_t *ret_column;
    struct error *err;
};

static int wrong(const struct scan *s, int code, const char *what)
{
    *s->ret_column = (size_t)(s->at - s->start) + 1;
    return error_set(s->err, code, "%s", what);
}

static bool is_name(char c, bool first)
{
    return isalpha((unsigned char)c) || c == '_' || c == ':' || (!first && isdigit((unsigned char)c));
}

static void skip_blanks(struct scan *s)
{
    while (*s->at && strchr(" \t\r\n", *s->at))
        s->at++;
}

/* ---- values ---- */

/* Words that are numbers; promtool reads them in any case. */
static const struct {
    const char *word;
    double value;
} named[] = {{"nan", NAN}, {"infinity", INFINITY}, {"inf", INFINITY}};

static int scan_number(struct scan *s, double *ret)
{
    const char *p = s->at;
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        if (strncasecmp(p, named[i].word, strlen(named[i].word)) == 0) {
            s->at += strlen(named[i].word);
            *ret = named[i].value;
            return 0;
        }
    p += strspn(p, "0123456789");
    if (*p == '.')
        p += 1 + strspn(p + 1, "0123456789");
    if (p > s->at && (*p == 'e' || *p == 'E')) {
        const char *exponent = p + 1 + (p[1] == '+' || p[1] == '-');
        if (isdigit((unsigned char)*exponent))
            p = exponent + strspn(exponent, "0123456789");
    }
    if (p == s->at || !number_parse(s->at, (size_t)(p - s->at), ret))
        return wrong(s, ERR_SYNTAX, "here belongs a number, _, stale, NaN or Inf");
    s->at = p;
    return 0;
}

static int scan_signed(struct scan *s, double *ret)
{
    bool minus = *s->at == '-';
    if (minus || *s->at == '+')
        s->at++;
    int code = scan_number(s, ret);
    *ret = minus ? -*ret : *ret;
    return code;
}

/* The n of xn, when there is one. */
static int scan_times(struct scan *s, int64_t *ret)
{
    if (*s->at != 'x')
        return 0;
    s->at++;
    size_t digits = strspn(s->at, "0123456789");
    if (!digits)
        return wrong(s, ERR_SYNTAX, "after x belongs how often");
    if (digits > 9 || !integer_parse(s->at, digits, ret))
        return wrong(s, ERR_LIMIT, "too often");
    s->at += digits;
    return 0;
}

static int put(struct scan *s, struct notation_values *ret, double from, double step, int64_t count)
{
    if (count > NOTATION_VALUES_MAX - (int64_t)ret->len)
        return wrong(s, ERR_LIMIT, "more than 100,000 values");
    vec_reserve(ret, ret->len + (size_t)count);
    for (int64_t i = 0; i < count; i++)
        ret->items[ret->len++] = i && step != 0 ? from + (double)i * step : from;
    return 0;
}

static int scan_gap(struct scan *s, struct notation_values *ret)
{
    int64_t times = 1;
    s->at += *s->at == '_' ? 1 : strlen("stale");
    int code = scan_times(s, &times);
    return code ? code : put(s, ret, ABSENT, 0, times);
}

static int scan_run(struct scan *s, struct notation_values *ret)
{
    double from, step = 0;
    int64_t times = 0;
    int code = scan_signed(s, &from);
    bool steps = code == 0 && (*s->at == '+' || *s->at == '-');
    if (steps)
        code = scan_signed(s, &step);
    if (code == 0 && steps && *s->at != 'x')
        return wrong(s, ERR_SYNTAX, "a step needs how often: 0+10x20");
    if (code == 0)
        code = scan_times(s, &times);
    return code ? code : put(s, ret, from, step, times + 1);
}

static int scan_item(struct scan *s, struct notation_values *ret)
{
    if (strncmp(s->at, "{{", 2) == 0)
        return wrong(s, ERR_SYNTAX, "native histograms are no signals: a signal is one number, such as a mean or a percentile");
    int code = *s->at == '_' || strncmp(s->at, "stale", 5) == 0 ? scan_gap(s, ret) : scan_run(s, ret);
    if (code)
        return code;
    return !*s->at || strchr(" \t\r\n", *s->at) ? 0 : wrong(s, ERR_SYNTAX, "between two values belongs a blank");
}

int notation_values(const char *text, struct notation_values *ret, size_t *ret_column, struct error *err)
{
    struct scan s = {text, text, ret_column, err};
    for (skip_blanks(&s); *s.at; skip_blanks(&s)) {
        int code = scan_item(&s, ret);
        if (code)
            return code;
    }
    return 0;
}

/* ---- series ---- */

static int scan_name(struct scan *s, struct arena *a, const char *what, const char **ret)
{
    const char *from = s->at;
    if (!is_name(*s->at, true))
        return wrong(s, ERR_SYNTAX, what);
    while (is_name(*s->at, false))
        s->at++;
    *ret = arena_strndup(a, from, (size_t)(s->at - from));
    return 0;
}

static char unescaped(char c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static int scan_quoted(struct scan *s, struct arena *a, const char **ret)
{
    char quote = *s->at;
    if (!quote || !strchr("\"'`", quote))
        return wrong(s, ERR_SYNTAX, "here belongs a label's value in quotes");
    char *out = arena_alloc(a, strlen(s->at));
    size_t len = 0;
    for (s->at++; *s->at && *s->at != quote; s->at++) {
        bool escape = *s->at == '\\' && quote != '`' && s->at[1];
        s->at += escape;
        if (escape && !strchr("ntr\\\"'", *s->at))
            return wrong(s, ERR_SYNTAX, "unknown escape; there are \\n \\t \\r \\\\ \\\" and \\'");
        out[len++] = escape ? unescaped(*s->at) : *s->at;
    }
    if (!*s->at)
        return wrong(s, ERR_SYNTAX, "the quote does not end");
    s->at++;
    *ret = out;
    return 0;
}

static int scan_label(struct scan *s, struct arena *a, struct notation_series *ret)
{
    if (ret->len == NOTATION_LABELS_MAX)
        return wrong(s, ERR_LIMIT, "more than 16 labels");
    struct notation_label *label = &ret->labels[ret->len];
    ret->columns[ret->len] = (size_t)(s->at - s->start) + 1;
    int code = scan_name(s, a, "here belongs a label's name", &label->name);
    if (code)
        return code;
    skip_blanks(s);
    if (*s->at != '=')
        return wrong(s, ERR_SYNTAX, "after a label's name belongs =");
    s->at++;
    skip_blanks(s);
    code = scan_quoted(s, a, &label->value);
    ret->len += code == 0;
    return code;
}

static int scan_labels(struct scan *s, struct arena *a, struct notation_series *ret)
{
    s->at++;
    for (skip_blanks(s); *s->at != '}'; skip_blanks(s)) {
        int code = scan_label(s, a, ret);
        if (code)
            return code;
        skip_blanks(s);
        if (*s->at == ',')
            s->at++;
        else if (*s->at != '}')
            return wrong(s, ERR_SYNTAX, "after a label belongs , or }");
    }
    s->at++;
    return 0;
}

int notation_series(const char *text, struct arena *a, struct notation_series *ret, size_t *ret_column, struct error *err)
{
    struct scan s = {text, text, ret_column, err};
    *ret = (struct notation_series){.name = ""};
    skip_blanks(&s);
    int code = scan_name(&s, a, "here belongs a signal's name", &ret->name);
    skip_blanks(&s);
    if (code == 0 && *s.at == '{')
        code = scan_labels(&s, a, ret);
    skip_blanks(&s);
    if (code == 0 && *s.at)
        code = wrong(&s, ERR_SYNTAX, "nothing may follow the series; its values stand under `values`");
    return code;
}
