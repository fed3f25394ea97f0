#include "prom/points.h"

#include <string.h>

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

/* [-]digits[.digits], ended by a quote at text[len], the point at text[point] (point == len: none). */
static inline bool value_read(const char *text, size_t len, size_t point, double *ret)
{
    size_t minus = *text == '-', decimals = len - point - (point < len), count = point - minus + decimals;
    uint64_t w = 0;
    if (point <= minus || point + 1 == len || count > DIGITS_MAX || !digits_add(text + minus, point - minus, &w))
        return false;
    if (decimals > 0 && !digits_add(text + point + 1, decimals, &w))
        return false;
    double v = digits_scale(w, decimals);
    *ret = minus ? -v : v;
    return true;
}

static inline bool is_pair(const char *p, const char *pair)
{
    return memcmp(p, pair, 2) == 0;
}

/* The first eight bytes of a point, `[` and seven digits that do not begin with 0, and the time that they write. They change every 1,000 seconds only. */
struct time_head {
    uint64_t text;
    int64_t time_ms;
};

static bool time_head_read(const char *p, struct time_head *ret)
{
    uint64_t digits = word_at(p) >> 8;
    if (p[1] == '0' || not_digits(digits | (uint64_t)'0' << 56))
        return false;
    *ret = (struct time_head){word_at(p), (int64_t)digits_value(digits, 7) * 1000 * 1000};
    return true;
}

/* `[` and ten digits that do not begin with 0, then `,"`. */
static inline bool time_read(const char *p, struct time_head *head, int64_t *ret_ms)
{
    unsigned hundreds = (unsigned)(p[8] - '0'), tens = (unsigned)(p[9] - '0'), ones = (unsigned)(p[10] - '0');
    if (*p != '[' || !is_pair(p + 11, ",\"") || hundreds > 9 || tens > 9 || ones > 9)
        return false;
    if (word_at(p) != head->text && !time_head_read(p, head))
        return false;
    *ret_ms = head->time_ms + (int64_t)(hundreds * 100 + tens * 10 + ones) * 1000;
    return true;
}

const char *points_scan(const char *text, const char *end, struct points *to)
{
    const char *p = text;
    int64_t *time = to->times + to->len, *full = to->times + to->cap, last_ms = to->len ? time[-1] : INT64_MIN;
    double *value = to->values + to->len;
    struct time_head head = {0};
    for (; end - p >= ROOM && time < full; time++, value++) {
        const char *digits = p + VALUE_AT;
        uint32_t quotes = places_of('"', digits), points = places_of('.', digits);
        size_t len = quotes ? (size_t)__builtin_ctz(quotes) : 0;
        int64_t time_ms;
        double v;
        if (len == 0 || !is_pair(digits + len + 1, "],") || !time_read(p, &head, &time_ms) || time_ms <= last_ms)
            break;
        /* What is no plain decimal is NaN, which whole series are made of, an infinity or has an exponent. */
        if (!value_read(digits, len, (size_t)__builtin_ctz(quotes | points), &v) && !decimal_parse(digits, len, &v))
            break;
        *time = last_ms = time_ms;
        *value = v;
        p = digits + len + 3;
    }
    to->len = (size_t)(time - to->times);
    return p;
}
