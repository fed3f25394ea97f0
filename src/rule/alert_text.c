/* What texts of alerts say: the values of terms, as Go and Prometheus write them. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/number.h"
#include "rule/alert_term.h"

struct cell { /* what a term is worth */
    bool is_number;
    double number;
    const char *text;
};

struct writing {
    const struct label_set *labels;
    double value;
    struct arena *arena;
};

/* ---- numbers as Go writes them ---- */

static bool write_odd(struct strbuf *out, double v)
{
    if (isnan(v))
        strbuf_adds(out, "NaN");
    else if (isinf(v))
        strbuf_adds(out, v > 0 ? "+Inf" : "-Inf");
    return !isfinite(v);
}

/* The fewest digits that give the same number again. */
static void write_shortest(struct strbuf *out, double v)
{
    char text[40];
    int digits = 1;
    if (write_odd(out, v))
        return;
    do
        snprintf(text, sizeof(text), "%.*e", digits - 1, v);
    while (strtod(text, NULL) != v && ++digits <= 17);
    int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent < -4 || exponent >= 6) /* as Go decides for its shortest form */
        strbuf_adds(out, text);
    else
        strbuf_addf(out, "%.*f", digits - 1 > exponent ? digits - 1 - exponent : 0, v);
}

static void write_four(struct strbuf *out, double v, const char *prefix)
{
    if (!write_odd(out, v))
        strbuf_addf(out, "%.4g", v);
    strbuf_adds(out, prefix);
}

static const char *const small_prefixes[] = {"m", "u", "n", "p", "f", "a", "z", "y"};

static const char *shrink(double *v, double by, const char *const *prefixes, size_t len)
{
    const char *prefix = "";
    for (size_t i = 0; i < len && fabs(*v) >= by; i++) {
        prefix = prefixes[i];
        *v /= by;
    }
    return prefix;
}

static const char *grow(double *v)
{
    const char *prefix = "";
    for (size_t i = 0; i < ARRAY_LEN(small_prefixes) && fabs(*v) < 1; i++) {
        prefix = small_prefixes[i];
        *v *= 1000;
    }
    return prefix;
}

static void humanize(double v, struct strbuf *out)
{
    static const char *const large[] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
    bool plain = v == 0 || !isfinite(v);
    const char *prefix = plain ? "" : fabs(v) >= 1 ? shrink(&v, 1000, large, ARRAY_LEN(large)) : grow(&v);
    write_four(out, v, prefix);
}

static void humanize_1024(double v, struct strbuf *out)
{
    static const char *const large[] = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
    const char *prefix = isfinite(v) && fabs(v) > 1 ? shrink(&v, 1024, large, ARRAY_LEN(large)) : "";
    write_four(out, v, prefix);
}

static void humanize_percentage(double v, struct strbuf *out)
{
    write_four(out, v * 100, "%");
}

static void humanize_duration(double v, struct strbuf *out)
{
    if (!isfinite(v) || v == 0) {
        write_four(out, v, isfinite(v) ? "s" : "");
        return;
    }
    if (fabs(v) < 1) {
        const char *prefix = grow(&v);
        write_four(out, v, prefix);
        strbuf_addc(out, 's');
        return;
    }
    if (v < 0)
        strbuf_addc(out, '-');
    v = fabs(v);
    long long all = v < 9e18 ? (long long)v : (long long)9e18, days = all / 86400, hours = all / 3600 % 24, minutes = all / 60 % 60;
    if (days)
        strbuf_addf(out, "%lldd ", days);
    if (days || hours)
        strbuf_addf(out, "%lldh ", hours);
    if (days || hours || minutes)
        strbuf_addf(out, "%lldm %llds", minutes, all % 60);
    else
        write_four(out, v, "s");
}

static void humanize_timestamp(double v, struct strbuf *out)
{
    if (write_odd(out, v))
        return;
    int64_t ms = fabs(v) < 9e9 ? (int64_t)(v * 1e9) / 1000000 : 0; /* cut, as the server does */
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    int rest = (int)(ms - (int64_t)seconds * 1000);
    char text[40], fraction[8] = "";
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    if (rest) {
        snprintf(fraction, sizeof(fraction), ".%03d", rest);
        for (size_t n = strlen(fraction); n && fraction[n - 1] == '0'; n--)
            fraction[n - 1] = '\0';
    }
    strbuf_addf(out, "%s%s +0000 UTC", text, fraction);
}

/* ---- functions ---- */

static const char *text_of(const struct cell *c, struct arena *a)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(64);
    if (!c->is_number)
        return c->text;
    write_shortest(&out, c->number);
    return arena_strdup(a, out.buf);
}

static double number_of(const struct cell *c)
{
    double v = NAN;
    if (c->is_number)
        return c->number;
    return number_parse(c->text, strlen(c->text), &v) ? v : NAN;
}

static void upper(const char *text, struct strbuf *out)
{
    for (; *text; text++)
        strbuf_addc(out, (char)toupper((unsigned char)*text));
}

static void lower(const char *text, struct strbuf *out)
{
    for (; *text; text++)
        strbuf_addc(out, (char)tolower((unsigned char)*text));
}

static void title(const char *text, struct strbuf *out)
{
    for (bool first = true; *text; first = *text == ' ', text++)
        strbuf_addc(out, first ? (char)toupper((unsigned char)*text) : *text);
}

static void strip_port(const char *text, struct strbuf *out)
{
    const char *colon = strrchr(text, ':');
    bool port = colon && colon[1] && colon[1 + strspn(colon + 1, "0123456789")] == '\0' && (*text == '[' || strchr(text, ':') == colon);
    size_t len = port ? (size_t)(colon - text) : strlen(text);
    bool bracketed = port && *text == '[' && len >= 2 && text[len - 1] == ']';
    strbuf_add(out, text + bracketed, len - 2 * bracketed);
}

static void as_it_is(const char *text, struct strbuf *out)
{
    strbuf_adds(out, text);
}

struct verb { /* %-08.2f */
    char letter;
    bool left, zeros, plus, has_precision;
    int width, precision;
};

static int digits(const char **at)
{
    int n = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        n = n < 100 ? n * 10 + (**at - '0') : n;
    return n;
}

/* `at` stands behind the "%"; afterwards behind the letter. */
static struct verb read_verb(const char **at)
{
    struct verb v = {.precision = 6};
    for (; **at && strchr("+-# 0", **at); (*at)++) {
        v.left |= **at == '-';
        v.zeros |= **at == '0';
        v.plus |= **at == '+';
    }
    v.width = digits(at);
    if (**at == '.') {
        (*at)++;
        v.has_precision = true;
        v.precision = digits(at);
    }
    v.letter = **at;
    *at += **at != '\0';
    return v;
}

static void put_padded(const struct verb *v, const char *text, struct strbuf *out)
{
    int len = (int)strlen(text), pad = v->width > len ? v->width - len : 0;
    if (v->zeros && !v->left && pad && strchr("+-", *text))
        strbuf_addc(out, *text++);
    for (; !v->left && pad; pad--)
        strbuf_addc(out, v->zeros ? '0' : ' ');
    strbuf_adds(out, text);
    for (; pad; pad--)
        strbuf_addc(out, ' ');
}

static void put_number(const struct verb *v, double number, struct strbuf *out)
{
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(500);
    if (v->plus && number >= 0)
        strbuf_addc(&text, '+');
    if (!isfinite(number))
        write_odd(&text, number);
    else if (v->letter == 'f' || v->letter == 'F')
        strbuf_addf(&text, "%.*f", v->precision, number);
    else if (v->letter == 'e')
        strbuf_addf(&text, "%.*e", v->precision, number);
    else if (v->has_precision)
        strbuf_addf(&text, "%.*g", v->precision, number);
    else
        write_shortest(&text, number);
    put_padded(v, text.buf, out);
}

static void put_verb(const struct verb *v, const struct cell *arg, struct arena *a, struct strbuf *out)
{
    if (v->letter == '%') {
        strbuf_addc(out, '%');
        return;
    }
    if (!arg || !v->letter)
        return;
    if (arg->is_number && v->letter != 's' && v->letter != 'q') {
        put_number(v, arg->number, out);
        return;
    }
    const char *text = text_of(arg, a);
    put_padded(v, v->letter == 'q' ? arena_printf(a, "\"%s\"", text) : v->has_precision ? arena_strndup(a, text, strnlen(text, (size_t)v->precision)) : text, out);
}

static void print_format(const struct cell *args, size_t len, struct arena *a, struct strbuf *out)
{
    const char *at = text_of(&args[0], a);
    size_t next = 1;
    while (*at) {
        if (*at != '%') {
            strbuf_addc(out, *at++);
            continue;
        }
        at++;
        struct verb v = read_verb(&at);
        put_verb(&v, next < len ? &args[next] : NULL, a, out);
        next += v.letter != '%';
    }
}

static const struct alert_function functions[] = {
    {"humanize", humanize, NULL, false},
    {"humanize1024", humanize_1024, NULL, false},
    {"humanizeDuration", humanize_duration, NULL, false},
    {"humanizePercentage", humanize_percentage, NULL, false},
    {"humanizeTimestamp", humanize_timestamp, NULL, false},
    {"toUpper", NULL, upper, false},
    {"toLower", NULL, lower, false},
    {"title", NULL, title, false},
    {"stripPort", NULL, strip_port, false},
    {"print", NULL, as_it_is, false},
    {"printf", NULL, NULL, true},
};

const struct alert_function *alert_function_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}

/* ---- writing ---- */

static struct cell worth(const struct writing *w, const struct term *t);

static const char *label_of(const struct label_set *labels, const char *name)
{
    const char *value = label_set_value(labels, name);
    return value ? value : "";
}

/* As Go prints a map. The labels of a set are sorted. */
static struct cell all_labels(const struct writing *w)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(ALERT_TEXT_MAX);
    strbuf_adds(&out, "map[");
    for (size_t i = 0; i < w->labels->len; i++)
        strbuf_addf(&out, "%s%s:%s", i ? " " : "", w->labels->items[i].name, w->labels->items[i].value);
    strbuf_addc(&out, ']');
    return (struct cell){.text = arena_strdup(w->arena, out.buf)};
}

static struct cell call(const struct writing *w, const struct term *t)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(ALERT_TEXT_MAX);
    struct cell args[TERM_ARGS_MAX] = {{0}};
    for (size_t i = 0; i < t->args_len; i++)
        args[i] = worth(w, t->args[i]);
    if (t->function->formats)
        print_format(args, t->args_len, w->arena, &out);
    else if (t->function->of_number)
        t->function->of_number(number_of(&args[0]), &out);
    else
        t->function->of_text(text_of(&args[0], w->arena), &out);
    return (struct cell){.text = arena_strdup(w->arena, out.buf)};
}

static struct cell worth(const struct writing *w, const struct term *t)
{
    switch (t->type) {
    case TERM_NUMBER:
        return (struct cell){.is_number = true, .number = t->number};
    case TERM_VALUE:
        return (struct cell){.is_number = true, .number = w->value};
    case TERM_LABEL:
        return (struct cell){.text = label_of(w->labels, t->text)};
    case TERM_LABELS:
        return all_labels(w);
    case TERM_CALL:
        return call(w, t);
    case TERM_TEXT:
        break;
    }
    return (struct cell){.text = t->text};
}

void alert_text_write(const struct alert_text *t, const struct label_set *labels, double value, struct strbuf *out)
{
    AUTO(arena) struct arena a = ARENA_INIT("alert text");
    struct writing w = {labels, value, &a};
    if (t->beyond) {
        strbuf_adds(out, t->written);
        return;
    }
    for (size_t i = 0; i < t->len; i++) {
        if (t->parts[i].literal) {
            strbuf_adds(out, t->parts[i].literal);
        } else {
            struct cell c = worth(&w, t->parts[i].term);
            strbuf_adds(out, text_of(&c, &a));
        }
    }
}

void alert_labels_add(const struct alert_rule *r, struct label_set *labels, struct arena *a)
{
    const struct label_set given = *labels;
    for (size_t i = 0; i < r->labels_len; i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(ALERT_TEXT_MAX);
        if (r->labels[i].text.has_value) /* what changes with the value names nothing */
            continue;
        alert_text_write(&r->labels[i].text, &given, NAN, &out);
        label_set_put(labels, r->labels[i].name, arena_strdup(a, out.buf));
    }
}

