#include "prom/points.h"

#include <string.h>

#include "prom/decimal.h"
#include "prom/digits.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ROOM 64      /* bytes that may be loaded without looking at the end: a point takes at most 48, and a word at its last byte ends before 64 */
#define BEFORE 32    /* bytes before a point that may be loaded with it */
#define VALUE_AT 13  /* [1795383140,"  */
#define LOOKED_AT 32 /* bytes from there on among which the value has to end */

static inline bool is_pair(const char *p, const char *pair)
{
    return memcmp(p, pair, 2) == 0;
}

/* ---- times ---- */

/*
 * Times rise by equal steps, so the text of the next one is known before it is looked at: the first digits of the last one, which change every 115 days,
 * and its last eight one step on. Those are added in decimal, a byte each, the last digit lowest.
 */
struct clock {
    char start[4];           /* `[` and three digits; NULs = no step is known, nothing is foreseen */
    uint64_t digits, step;   /* the last eight of the next time and of the step */
    int64_t now_ms, step_ms; /* of the last point; INT64_MIN = none yet */
};

#define DIGITS_AT 3
#define QUOTE_AT 11
#define STEP_MAX_MS INT64_C(100000000000) /* what eight digits can say */

/* A carry runs on through bytes that hold 0xF6 + 9, and those that gave none are told by their bit 4. */
static inline uint64_t digits_sum(uint64_t a, uint64_t b)
{
    uint64_t sum = a + b + EACH(0xF6);
    return sum - ((sum >> 4) & EACH(1)) * 0xF6;
}

/* False when the time is not the one that was foreseen. */
static inline bool clock_tick(struct clock *c, const char *p)
{
    if (word_at(p + DIGITS_AT) != (__builtin_bswap64(c->digits) | EACH('0')) || memcmp(p, c->start, sizeof(c->start)) != 0 || !is_pair(p + QUOTE_AT, ",\""))
        return false;
    c->now_ms += c->step_ms;
    c->digits = digits_sum(c->digits, c->step);
    return true;
}

static uint64_t step_digits(int64_t seconds)
{
    uint64_t digits = 0;
    for (int i = 0; i < WORD_BYTES; i++, seconds /= 10)
        digits |= (uint64_t)(seconds % 10) << (8 * i);
    return digits;
}

/* `[` and ten digits that do not begin with 0, then `,"`, for any time later than the last. */
static bool clock_set(struct clock *c, const char *p)
{
    uint64_t seconds = 0;
    if (*p != '[' || p[1] == '0' || !is_pair(p + QUOTE_AT, ",\"") || !digits_add(p + 1, 10, &seconds))
        return false;
    int64_t ms = (int64_t)seconds * 1000, step_ms = c->now_ms == INT64_MIN ? STEP_MAX_MS : ms - c->now_ms;
    if (step_ms <= 0)
        return false;
    if (step_ms != c->step_ms)
        c->step = step_digits(step_ms / 1000);
    memcpy(c->start, p, sizeof(c->start));
    if (step_ms >= STEP_MAX_MS)
        memset(c->start, 0, sizeof(c->start));
    c->now_ms = ms;
    c->step_ms = step_ms;
    c->digits = digits_sum(__builtin_bswap64(word_at(p + DIGITS_AT) ^ EACH('0')), c->step);
    return true;
}

/* ---- values ---- */

/* Where in the LOOKED_AT bytes at p the byte c stands, a bit each. */
static inline uint32_t places_of(char c, const char *p)
{
#if defined(__x86_64__)
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

static inline bool value_of(uint64_t digits, size_t decimals, bool minus, double *ret)
{
    double v;
    if (!digits_scale(digits, decimals, &v))
        return false;
    *ret = minus ? -v : v;
    return true;
}

/* [-]digits[.digits] at text, ended by a quote at text[len]. */
static inline bool value_read(const char *text, size_t len, double *ret)
{
    uint32_t dots = places_of('.', text) & ~(UINT32_MAX << len);
    size_t point = dots ? (size_t)__builtin_ctz(dots) : len;
    size_t minus = *text == '-', decimals = len - point - (point < len), count = point - minus + decimals;
    uint64_t w = 0;
    if (point <= minus || point + 1 == len || count > DIGITS_MAX || !digits_add(text + minus, point - minus, &w))
        return false;
    if (decimals > 0 && !digits_add(text + point + 1, decimals, &w))
        return false;
    return value_of(w, decimals, minus, ret);
}

/* ---- values, 32 bytes at once ---- */

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i bytes_at(const void *p)
{
    return _mm256_loadu_si256(p);
}

AVX2 static inline uint32_t places_of_avx2(char c, const char *p)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes_at(p), _mm256_set1_epi8(c)));
}

/* The last n bytes, 0 … 32, all ones, those before them 0. */
AVX2 static inline __m256i last_bytes(size_t n)
{
    static const _Alignas(64) unsigned char edge[64] = { /* a line of the cache */
        [32] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    return bytes_at(edge + n);
}

/*
 * The same, with the bytes before the quote as 32 places, the last digit in the last one. What stands before the point moves one place up, which a second
 * load does, one byte earlier; what is no part of the value becomes 0. Then neighbours are joined: digits to pairs, fours, eights.
 */
AVX2 static inline bool value_read_avx2(const char *text, size_t len, double *ret)
{
    __m256i there = bytes_at(text + len - 32), before = bytes_at(text + len - 33);
    uint32_t dots = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(there, _mm256_set1_epi8('.')));
    size_t decimals = (size_t)__builtin_clz(dots | 1), minus = *text == '-'; /* place 0 is none of the value's */
    bool whole = decimals >= len;
    size_t count = len - minus - !whole;
    __m256i behind = last_bytes(whole ? 32 : decimals), d;
    d = _mm256_or_si256(_mm256_and_si256(behind, there), _mm256_andnot_si256(behind, before));
    d = _mm256_and_si256(_mm256_sub_epi8(d, _mm256_set1_epi8('0')), last_bytes(count));
    decimals = whole ? 0 : decimals;
    __m256i above_9 = _mm256_subs_epu8(d, _mm256_set1_epi8(9));
    if (!_mm256_testz_si256(above_9, above_9) || count > DIGITS_MAX || count <= decimals || text[len - 1] == '.')
        return false;
    d = _mm256_madd_epi16(_mm256_maddubs_epi16(d, _mm256_set1_epi16(0x010A)), _mm256_set1_epi32(0x00010064));
    d = _mm256_madd_epi16(_mm256_packus_epi32(d, d), _mm256_set1_epi32(0x00012710));
    uint64_t last = (uint64_t)_mm256_extract_epi64(d, 2), first = (uint64_t)_mm256_extract_epi64(d, 0) >> 32;
    uint64_t w = (first * whole_powers_of_10[8] + (uint32_t)last) * whole_powers_of_10[8] + (last >> 32);
    return value_of(w, decimals, minus, ret);
}
#endif

/* ---- points ---- */

static inline bool is_end(const char *p)
{
    return memcmp(p, "\"],[", 4) == 0;
}

/* The loop, made for each of the ways to read a value. It ends at the first point that is not what its predecessor let expect. */
__attribute__((always_inline)) static inline const char *scan(const char *p, const char *end, struct points *to, struct clock *clock,
                                                              uint32_t (*places)(char, const char *), bool (*read)(const char *, size_t, double *))
{
    struct clock c = *clock; /* in registers */
    int64_t *time = to->times + to->len, *full = to->times + to->cap;
    double *value = to->values + to->len;
    size_t len = 1;
    for (; end - p >= ROOM && time < full; time++, value++) {
        const char *text = p + VALUE_AT;
        if (!is_end(text + len)) { /* mostly as long as the last one: the branch lets the processor go on before it has looked */
            len = (size_t)__builtin_ctz(places('"', text) | 1u << (LOOKED_AT - 1));
            if (!is_end(text + len))
                break;
        }
        if (!read(text, len, value) || !clock_tick(&c, p))
            break;
        *time = c.now_ms;
        p = text + len + 3;
    }
    to->len = (size_t)(time - to->times);
    *clock = c;
    return p;
}

static const char *scan_plain(const char *p, const char *end, struct points *to, struct clock *clock)
{
    return scan(p, end, to, clock, places_of, value_read);
}

#if defined(__x86_64__)
AVX2 static const char *scan_avx2(const char *p, const char *end, struct points *to, struct clock *clock)
{
    return scan(p, end, to, clock, places_of_avx2, value_read_avx2);
}
#endif

/* A point whose value may be any number: NaN, which whole series are made of, infinities, exponents, many digits. */
static const char *scan_one(const char *p, const char *end, struct points *to, struct clock *clock)
{
    const char *text = p + VALUE_AT;
    uint32_t quotes = end - p >= ROOM && to->len < to->cap ? places_of('"', text) : 0;
    size_t len = quotes ? (size_t)__builtin_ctz(quotes) : 0;
    if (len == 0 || !is_pair(text + len + 1, "],"))
        return NULL;
    double *value = &to->values[to->len];
    if ((!value_read(text, len, value) && !decimal_parse(text, len, value)) || !clock_set(clock, p))
        return NULL;
    to->times[to->len++] = clock->now_ms;
    return text + len + 3;
}

typedef const char *scan_usual(const char *p, const char *end, struct points *to, struct clock *clock);

static const char *scan_all(scan_usual *usual, const char *text, const char *end, struct points *to)
{
    struct clock clock = {.now_ms = to->len ? to->times[to->len - 1] : INT64_MIN};
    const char *p = text;
    for (const char *next; (next = scan_one(p, end, to, &clock));)
        p = next - text < BEFORE ? next : usual(next, end, to, &clock);
    return p;
}

const char *points_scan_plainly(const char *text, const char *end, struct points *to)
{
    return scan_all(scan_plain, text, end, to);
}

const char *points_scan(const char *text, const char *end, struct points *to)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return scan_all(scan_avx2, text, end, to);
#endif
    return points_scan_plainly(text, end, to);
}
