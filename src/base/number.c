#define _GNU_SOURCE /* strtod_l */
#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attributes.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal text taken apart: value = mantissa * 10^exponent, exact unless `inexact` (more digits than a mantissa holds). */
struct decimal {
    uint64_t mantissa;
    int exponent;
    bool negative, inexact;
};

static const char *digits_scan(const char *p, const char *end, struct decimal *d, int exponent_step)
{
    for (; p < end && is_digit(*p); p++) {
        if (d->mantissa > (UINT64_MAX - 9) / 10)
            d->inexact = true;
        else
            d->mantissa = d->mantissa * 10 + (uint64_t)(*p - '0');
        d->exponent -= exponent_step;
    }
    return p;
}

/* The exponent after 'e', or NULL. Beyond ±100,000 the value does not change any more. */
static const char *exponent_scan(const char *p, const char *end, struct decimal *d)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return NULL;
    int exponent = 0;
    for (; p < end && is_digit(*p); p++)
        if (exponent < 100000)
            exponent = exponent * 10 + (*p - '0');
    d->exponent += negative ? -exponent : exponent;
    return p;
}

static bool decimal_scan(const char *p, const char *end, struct decimal *d)
{
    if (p < end && (*p == '-' || *p == '+'))
        d->negative = *p++ == '-';
    if (p == end || !is_digit(*p))
        return false;
    p = digits_scan(p, end, d, 0);
    if (p < end && *p == '.') {
        p++;
        if (p == end || !is_digit(*p))
            return false;
        p = digits_scan(p, end, d, 1);
    }
    if (p < end && (*p == 'e' || *p == 'E'))
        p = exponent_scan(p + 1, end, d);
    return p == end;
}

/*
 * Clinger's fast path: a mantissa up to 2^53 and a power of ten up to 10^22 are both exact doubles, so that one multiplication or division
 * rounds once and correctly. Holds only where double arithmetic is done in double.
 */
static bool decimal_fast(const struct decimal *d, double *ret)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (FLT_EVAL_METHOD != 0 || d->inexact || d->mantissa > (UINT64_C(1) << 53) || d->exponent > 22 || d->exponent < -22)
        return false;
    double v = (double)d->mantissa;
    v = d->exponent < 0 ? v / powers[-d->exponent] : v * powers[d->exponent];
    *ret = d->negative ? -v : v;
    return true;
}

static locale_t c_locale;

static void c_locale_make(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0)
        abort(); /* the "C" locale is built into libc */
}

static bool decimal_slow(const char *text, size_t len, double *ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, c_locale_make);
    char small[128];
    char *copy = len < sizeof(small) ? small : xmalloc(len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    double v = strtod_l(copy, NULL, c_locale);
    if (copy != small)
        free(copy);
    if (isinf(v))
        return false; /* a finite text that no double holds */
    *ret = v;
    return true;
}

static bool special_parse(const char *text, size_t len, double *ret)
{
    static const struct {
        const char *text;
        double value;
    } specials[] = {{"NaN", NAN}, {"+Inf", INFINITY}, {"-Inf", -INFINITY}, {"Inf", INFINITY}};
    for (size_t i = 0; i < ARRAY_LEN(specials); i++) {
        if (strlen(specials[i].text) == len && memcmp(text, specials[i].text, len) == 0) {
            *ret = specials[i].value;
            return true;
        }
    }
    return false;
}

bool number_parse(const char *text, size_t len, double *ret)
{
    struct decimal d = {0};
    if (!decimal_scan(text, text + len, &d))
        return special_parse(text, len, ret);
    return decimal_fast(&d, ret) || decimal_slow(text, len, ret);
}

bool integer_parse(const char *text, size_t len, int64_t *ret)
{
    const char *p = text, *end = text + len;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    int64_t v = 0; /* kept negative: that side reaches one further */
    for (; p < end; p++) {
        if (!is_digit(*p) || __builtin_mul_overflow(v, (int64_t)10, &v) || __builtin_sub_overflow(v, (int64_t)(*p - '0'), &v))
            return false;
    }
    if (!negative && v == INT64_MIN)
        return false;
    *ret = negative ? v : -v;
    return true;
}

/* The three significant digits of a value below 1000 or so; never an exponent for values from 0.0001 on. */
static void digits3_add(struct strbuf *out, double v)
{
    double size = fabs(v);
    strbuf_addf(out, size >= 99.95 ? "%.0f" : "%.3g", v);
}

static void grouped_add(struct strbuf *out, double v)
{
    char digits[32];
    int len = snprintf(digits, sizeof(digits), "%.0f", fabs(v));
    if (v < 0)
        strbuf_addc(out, '-');
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            strbuf_addc(out, ',');
        strbuf_addc(out, digits[i]);
    }
}

/* NaN and the infinities, for which no unit makes sense. */
static bool unusual_add(struct strbuf *out, double v)
{
    if (isfinite(v))
        return false;
    strbuf_adds(out, isnan(v) ? "unknown" : v > 0 ? "infinite" : "-infinite");
    return true;
}

static double rounded(double v, int digits)
{
    char text[40];
    snprintf(text, sizeof(text), "%.*e", digits - 1, v);
    number_parse(text, strlen(text), &v);
    return v;
}

double number_steady(double v)
{
    return rounded(v, 12);
}

/* `v` to three significant digits, so that 999.7 is found to be 1,000 before its unit is chosen. */
static double rounded3(double v)
{
    return rounded(number_steady(v), 3);
}

void number_format(struct strbuf *out, double v)
{
    static const struct {
        double from, divisor;
        const char *suffix;
    } units[] = {{1e15, 0, ""}, {1e12, 1e12, " T"}, {1e9, 1e9, " G"}, {1e6, 1e6, " M"}};
    if (unusual_add(out, v))
        return;
    v = rounded3(v);
    double size = fabs(v);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (size < units[i].from)
            continue;
        if (units[i].divisor == 0)
            strbuf_addf(out, "%.3g", v);
        else
            digits3_add(out, v / units[i].divisor);
        strbuf_adds(out, units[i].suffix);
        return;
    }
    if (size >= 1000)
        grouped_add(out, v);
    else
        digits3_add(out, size > 0 ? v : 0.0); /* no "-0" */
}

void bytes_format(struct strbuf *out, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    if (unusual_add(out, bytes))
        return;
    bytes = number_steady(bytes);
    size_t unit = 0;
    while (fabs(bytes) >= 1023.5 && unit + 1 < ARRAY_LEN(units)) {
        bytes /= 1024;
        unit++;
    }
    digits3_add(out, fabs(bytes) > 0 ? bytes : 0.0);
    strbuf_addf(out, " %s", units[unit]);
}
