/*
 * Decimal digits in machine words: what decimal.c and points.c have in common. Everything here reads whole words; the caller sees to it that they lie
 * within its buffer.
 */
#ifndef PROM_DIGITS_H
#define PROM_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* 1 / 10^k as multiplier * 2^-(63 + exponent), the multiplier cut to 64 bits; [0] is not used. */
static const struct {
    uint64_t multiplier;
    int exponent;
} reciprocals_of_10[DIGITS_MAX + 1] = {
    {0, 0},
    {UINT64_C(0xcccccccccccccccc), 2}, {UINT64_C(0xa3d70a3d70a3d70a), 5}, {UINT64_C(0x83126e978d4fdf3b), 8}, {UINT64_C(0xd1b71758e219652b), 12},
    {UINT64_C(0xa7c5ac471b478423), 15}, {UINT64_C(0x8637bd05af6c69b5), 18}, {UINT64_C(0xd6bf94d5e57a42bc), 22}, {UINT64_C(0xabcc77118461cefc), 25},
    {UINT64_C(0x89705f4136b4a597), 28}, {UINT64_C(0xdbe6fecebdedd5be), 32}, {UINT64_C(0xafebff0bcb24aafe), 35}, {UINT64_C(0x8cbccc096f5088cb), 38},
    {UINT64_C(0xe12e13424bb40e13), 42}, {UINT64_C(0xb424dc35095cd80f), 45}, {UINT64_C(0x901d7cf73ab0acd9), 48}, {UINT64_C(0xe69594bec44de15b), 52},
    {UINT64_C(0xb877aa3236a4b449), 55}, {UINT64_C(0x9392ee8e921d5d07), 58}, {UINT64_C(0xec1e4a7db69561a5), 62},
};

/* 2^e for exponents of normal doubles. */
static inline double power_of_2(int e)
{
    uint64_t bits = (uint64_t)(e + 1023) << 52;
    double v;
    memcpy(&v, &bits, sizeof(v));
    return v;
}

/*
 * w / 10^k, correctly rounded, k up to DIGITS_MAX; false when that takes an exact division.
 *
 * Up to 2^53 both are exact doubles, and one division rounds once (Clinger). Above, a multiplication by the reciprocal gives a quotient that is at most
 * 1 too small. That decides nothing unless the bits that rounding drops (9 or 10 of 62 or 63) are next to one half.
 */
static inline bool digits_scale(uint64_t w, size_t k, double *ret)
{
    static const double powers_of_10[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
    if (w <= UINT64_C(1) << 53) {
        *ret = k == 0 ? (double)(int64_t)w : (double)(int64_t)w / powers_of_10[k];
        return true;
    }
    if (k == 0) {
        *ret = (double)w;
        return true;
    }
    int up = __builtin_clzll(w);
    uint64_t q = (uint64_t)(((unsigned __int128)(w << up) * reciprocals_of_10[k].multiplier) >> 65), half = 256 + ((q >> 62) << 8);
    *ret = (double)(int64_t)(q | 1) * power_of_2(-up - reciprocals_of_10[k].exponent);
    return (q & (2 * half - 1)) + 2 - half > 3;
}

#endif
