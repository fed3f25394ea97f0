#include "prom/points.h"

#include "prom/decimal.h"
#include "prom/digits.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define ROOM 64     /* bytes that may be loaded without looking at the end: a point takes at most 40, a word read at its last byte ends before 64 */
#define VALUE_AT 13 /* [1795383140,"  */
#define LOOKED_AT 32

/* Where in the 32 bytes at p the byte c stands, a bit each. */
static inline uint32_t places_of(char c, const char *p)
{
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi8(c);
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)p), high = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(low, wanted)) | (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(high, wanted)) << 16;
#else
    uint32_t places = 0;
    for (int i = 0; i < LOOKED_AT; i++)
        places |= (uint32_t)(p[i] == c) << i;
    return places;
#endif
}

/* [-]digits[.digits], ended by a quote at text[len]. */
static inline bool value_read(const char *text, size_t len, double *ret)
{
    uint32_t dots = places_of('.', text) & ((UINT32_C(1) << len) - 1);
    size_t minus = *text == '-', point = dots ? (size_t)__builtin_ctz(dots) : len;
    size_t whole = point - minus, decimals = dots ? len - point - 1 : 0;
    uint64_t w = 0;
    if (point <= minus || whole + decimals > DIGITS_MAX || !digits_add(text + minus, whole, &w))
        return false;
    if (dots && (decimals == 0 || !digits_add(text + point + 1, decimals, &w)))
        return false;
    double v = digits_scale(w, decimals);
    *ret = minus ? -v : v;
    return true;
}

/* `[` and ten digits that do not begin with 0, then `,"`. */
static inline bool time_read(const char *p, int64_t *ret_ms)
{
    uint64_t x = word_at(p + 1);
    unsigned tens = (unsigned)(p[9] - '0'), ones = (unsigned)(p[10] - '0');
    if (*p != '[' || p[11] != ',' || p[12] != '"' || not_digits(x) || p[1] == '0' || tens > 9 || ones > 9)
        return false;
    *ret_ms = (int64_t)(digits_value(x, 8) * 100 + tens * 10 + ones) * 1000;
    return true;
}

const char *points_scan(const char *text, const char *end, struct points *to)
{
    const char *p = text;
    int64_t *time = to->times + to->len, *full = to->times + to->cap, last_ms = to->len ? time[-1] : INT64_MIN;
    double *value = to->values + to->len;
    for (; end - p >= ROOM && time < full; time++, value++) {
        const char *digits = p + VALUE_AT;
        uint32_t quotes = places_of('"', digits);
        size_t len = quotes ? (size_t)__builtin_ctz(quotes) : 0;
        int64_t time_ms;
        double v;
        if (len == 0 || digits[len + 1] != ']' || digits[len + 2] != ',' || !time_read(p, &time_ms) || time_ms <= last_ms)
            break;
        if (!value_read(digits, len, &v) && !decimal_parse(digits, len, &v)) /* NaN, which whole series are made of, infinities, exponents */
            break;
        *time = last_ms = time_ms;
        *value = v;
        p = digits + len + 3;
    }
    to->len = (size_t)(time - to->times);
    return p;
}
