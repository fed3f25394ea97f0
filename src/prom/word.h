/* Text eight bytes at a time, in a machine word whose lowest byte is the first: the same on every machine. */
#ifndef PROM_WORD_H
#define PROM_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EACH(byte) ((byte) * UINT64_C(0x0101010101010101))
#define WORD_BYTES 8

static inline uint64_t word_at(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

/* The top bit of bytes that are 0. Exact up to the first of them: borrows only reach bytes above it. */
static inline uint64_t zero_bytes(uint64_t x)
{
    return (x - EACH(1)) & ~x & EACH(0x80);
}

/* How many bytes from p on need no care within a JSON string: ASCII but no quote, backslash or control character. */
static inline size_t plain_bytes(const char *p, const char *end)
{
    const char *start = p;
    for (; end - p >= WORD_BYTES; p += WORD_BYTES) {
        uint64_t x = word_at(p), low = (x - EACH(0x20)) & ~x;
        uint64_t special = zero_bytes(x ^ EACH('"')) | zero_bytes(x ^ EACH('\\')) | ((low | x) & EACH(0x80));
        if (special)
            return (size_t)(p - start) + (size_t)__builtin_ctzll(special) / 8;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80)
        p++;
    return (size_t)(p - start);
}

#endif
