#include "prom/decimal.h"

#include <string.h>

#include "base/number.h"
#include "prom/digits.h"

static const uint64_t powers_of_5[DIGITS_MAX + 1] = {
    1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u, 48828125u, 244140625u, 1220703125u, 6103515625u, 30517578125u,
    152587890625u, 762939453125u, 3814697265625u, 19073486328125u,
};

/*
 * w / 5^k in integers, both shifted to the top so that the quotient has at least 63 bits, its last bit made sticky with the rest; the conversion to
 * double rounds once, 2^n is exact.
 */
static double divide_exactly(uint64_t w, size_t k)
{
    int up_w = __builtin_clzll(w), up_d = __builtin_clzll(powers_of_5[k]);
    uint64_t d = powers_of_5[k] << up_d;
    unsigned __int128 n = (unsigned __int128)(w << up_w) << 63;
    uint64_t q = (uint64_t)(n / d), rest = (uint64_t)(n % d);
    return (double)(q | (rest != 0)) * power_of_2(up_d - up_w - (int)k - 63);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

#define ROOM 64 /* bytes that may be loaded without looking at the end: more than any simple form has */

/* Adds the up to 8 digits at p to *w and returns how many there were. */
static inline int digits8(const char *p, uint64_t *w)
{
    uint64_t x = word_at(p), other = not_digits(x);
    int len = other ? __builtin_ctzll(other) / 8 : 8;
    if (len > 0)
        *w = *w * whole_powers_of_10[len] + digits_value(x, (size_t)len);
    return len;
}

/* All digits at p, at most 24 of them looked at; *w wraps above 19, which the caller counts. */
static inline const char *digits(const char *p, const char *end, uint64_t *w)
{
    if (end - p < ROOM) {
        for (; p < end && is_digit(*p); p++)
            *w = *w * 10 + (uint64_t)(*p - '0');
        return p;
    }
    for (int round = 0; round < 3; round++) {
        int len = digits8(p, w);
        p += len;
        if (len < 8)
            break;
    }
    return p;
}

const char *decimal_scan(const char *text, const char *end, double *ret)
{
    bool negative = text < end && *text == '-';
    const char *first = text + negative, *p;
    uint64_t w = 0;
    p = digits(first, end, &w);
    ptrdiff_t count = p - first, decimals = 0;
    if (count > 0 && p < end && *p == '.') {
        const char *point = p;
        p = digits(point + 1, end, &w);
        decimals = p - point - 1;
        count += decimals;
        if (decimals == 0 || decimals > DIGITS_MAX)
            return NULL;
        if (*first == '0' && point == first + 1)
            count--; /* 0.1234567890123456789: the leading zero takes no room */
    }
    if (p == end || count == 0 || count > DIGITS_MAX || *p == 'e' || *p == 'E')
        return NULL;
    double v;
    if (!digits_scale(w, (size_t)decimals, &v))
        v = divide_exactly(w, (size_t)decimals);
    *ret = negative ? -v : v;
    return p;
}

bool decimal_parse(const char *text, size_t len, double *ret)
{
    char room[2 * ROOM] = {0}; /* decimal_scan wants to see what follows */
    if (len < ROOM / 2) {
        memcpy(room, text, len);
        if (decimal_scan(room, room + sizeof(room), ret) == room + len)
            return true;
    }
    return number_parse(text, len, ret);
}

const char *decimal_scan_ms(const char *text, const char *end, int64_t *ret_ms)
{
    uint64_t whole = 0, thousandths = 0;
    if (end - text >= ROOM && text[10] == ',' && digits8(text, &whole) == 8 && is_digit(text[8]) && is_digit(text[9]) && *text != '0') {
        *ret_ms = (int64_t)(whole * 100 + (uint64_t)(text[8] - '0') * 10 + (uint64_t)(text[9] - '0')) * 1000;
        return text + 10; /* nearly always: whole seconds of our time */
    }
    whole = 0;
    const char *p = digits(text, end, &whole);
    ptrdiff_t count = p - text, decimals = 0;
    if (count == 0 || count > 12 || (count > 1 && *text == '0'))
        return NULL;
    if (p < end && *p == '.') {
        const char *point = p;
        p = digits(point + 1, end, &thousandths);
        decimals = p - point - 1;
        if (decimals == 0 || decimals > 3)
            return NULL;
    }
    if (p == end || *p == 'e' || *p == 'E')
        return NULL;
    *ret_ms = (int64_t)(whole * 1000 + thousandths * whole_powers_of_10[3 - decimals]);
    return p;
}
