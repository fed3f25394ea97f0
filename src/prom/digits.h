/*
 * Decimal digits in machine words: what decimal.c and points.c have in common. Everything here reads whole words; the caller sees to it that they lie
 * within its buffer.
 */
#ifndef PROM_DIGITS_H
#define PROM_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prom/word.h"

#define DIGITS_MAX 19 /* 10^19 - 1 fits in 64 bits */

static const uint64_t whole_powers_of_10[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

/* The top bit of bytes that are no digits. Exact up to the first of them: carries and borrows only reach bytes above it. */
static inline uint64_t not_digits(uint64_t x)
{
    return ((x + EACH(0x46)) | (x - EACH(0x30))) & EACH(0x80);
}

/*
 * The number that the first `len` bytes of the word write, 1 … 8 digits: shifting out what follows leaves leading zeros, and three multiplications join
 * digits to pairs, pairs to fours, fours to eight.
 */
static inline uint64_t digits_value(uint64_t x, size_t len)
{
    x = (x - EACH(0x30)) << (8 * (8 - len));
    x = (x * 10 + (x >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x * 100 + (x >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (x * 10000 + (x >> 32)) & UINT64_C(0xFFFFFFFF);
}

/* Adds `len` digits at p to *w; false when there are not so many. */
static inline bool digits_add(const char *p, size_t len, uint64_t *w)
{
    uint64_t x;
    for (; len > 8; len -= 8, p += 8) {
        x = word_at(p);
        if (not_digits(x))
            return false;
        *w = *w * whole_powers_of_10[8] + digits_value(x, 8);
    }
    x = word_at(p);
    if (not_digits(x) << (8 * (8 - len)))
        return false;
    *w = *w * whole_powers_of_10[len] + digits_value(x, len);
    return true;
}

/* w / 10^k for w above 2^53, correctly rounded; k up to DIGITS_MAX. */
double digits_divide(uint64_t w, int k);

/* w / 10^k, correctly rounded. Up to 2^53 both are exact doubles, and one division rounds once (Clinger). */
static inline double digits_scale(uint64_t w, size_t k)
{
    static const double powers_of_10[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
    if (k == 0)
        return (double)w;
    return w <= (UINT64_C(1) << 53) ? (double)w / powers_of_10[k] : digits_divide(w, (int)k);
}

#endif
