/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), for signing what we send: small and slow enough for some messages a second. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

struct sha256 {
    uint32_t state[8];
    uint64_t len; /* bytes so far */
    unsigned char block[64];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);
/* Wipes `s`. */
void sha256_end(struct sha256 *s, unsigned char digest[SHA256_BYTES]);

struct hmac_sha256 {
    struct sha256 inner, outer;
};

void hmac_sha256_begin(struct hmac_sha256 *h, const void *key, size_t key_len);
void hmac_sha256_add(struct hmac_sha256 *h, const void *data, size_t len);
void hmac_sha256_end(struct hmac_sha256 *h, unsigned char digest[SHA256_BYTES]);

#endif
