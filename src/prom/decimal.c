#include "prom/decimal.h"

#include <string.h>

#include "base/number.h"

#define DIGITS_MAX 19 /* 10^19 - 1 fits in 64 bits */

static const uint64_t powers_of_5[DIGITS_MAX + 1] = {
    1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u, 48828125u, 244140625u, 1220703125u, 6103515625u, 30517578125u,
    152587890625u, 762939453125u, 3814697265625u, 19073486328125u,
};

static const double powers_of_10[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};

/* 2^e for exponents of normal doubles. */
static double power_of_2(int e)
{
    uint64_t bits = (uint64_t)(e + 1023) << 52;
    double v;
    memcpy(&v, &bits, sizeof(v));
    return v;
}

/*
 * w / 10^k, correctly rounded. Up to 2^53 both are exact doubles, and one division rounds once (Clinger). Above: w / 5^k in integers, both shifted to the
 * top so that the quotient has at least 63 bits, its last bit made sticky with the rest; the conversion to double rounds once, 2^n is exact.
 */
static double divide(uint64_t w, int k)
{
    if (w <= (UINT64_C(1) << 53))
        return (double)w / powers_of_10[k];
    int up_w = __builtin_clzll(w), up_d = __builtin_clzll(powers_of_5[k]);
    uint64_t d = powers_of_5[k] << up_d;
    unsigned __int128 n = (unsigned __int128)(w << up_w) << 63;
    uint64_t q = (uint64_t)(n / d), rest = (uint64_t)(n % d);
    return (double)(q | (rest != 0)) * power_of_2(up_d - up_w - k - 63);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

const char *decimal_scan(const char *text, const char *end, double *ret)
{
    const char *p = text;
    bool negative = p < end && *p == '-';
    p += negative;
    const char *first = p;
    uint64_t w = 0;
    for (; p < end && is_digit(*p); p++)
        w = w * 10 + (uint64_t)(*p - '0');
    ptrdiff_t digits = p - first;
    int decimals = 0;
    if (digits > 0 && p < end && *p == '.') {
        const char *point = p++;
        for (; p < end && is_digit(*p); p++)
            w = w * 10 + (uint64_t)(*p - '0');
        if (p - point - 1 > DIGITS_MAX || p == point + 1)
            return NULL;
        decimals = (int)(p - point - 1);
        digits += decimals;
        if (*first == '0' && point == first + 1)
            digits--; /* 0.1234567890123456789: the leading zero takes no room */
    }
    if (p == end || digits == 0 || digits > DIGITS_MAX || *p == 'e' || *p == 'E')
        return NULL;
    double v = decimals == 0 ? (double)w : divide(w, decimals);
    *ret = negative ? -v : v;
    return p;
}

bool decimal_parse(const char *text, size_t len, double *ret)
{
    char room[32]; /* decimal_scan wants to see what follows */
    if (len < sizeof(room)) {
        memcpy(room, text, len);
        room[len] = '"';
        if (decimal_scan(room, room + len + 1, ret) == room + len)
            return true;
    }
    return number_parse(text, len, ret);
}

const char *decimal_scan_ms(const char *text, const char *end, int64_t *ret_ms)
{
    const char *p = text;
    int64_t ms = 0;
    for (; p < end && is_digit(*p) && p - text <= 12; p++)
        ms = ms * 10 + (*p - '0');
    ptrdiff_t digits = p - text;
    if (digits == 0 || digits > 12 || (digits > 1 && *text == '0'))
        return NULL;
    int missing = 3;
    if (p < end && *p == '.') {
        const char *point = p++;
        for (; p < end && is_digit(*p) && missing > 0; p++, missing--)
            ms = ms * 10 + (*p - '0');
        if (p == point + 1)
            return NULL;
    }
    if (p == end || is_digit(*p) || *p == 'e' || *p == 'E')
        return NULL;
    while (missing-- > 0)
        ms *= 10;
    *ret_ms = ms;
    return p;
}
