/* SHA-256 against FIPS 180-4's examples, HMAC against RFC 4231, base64 against RFC 4648. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/base64.h"
#include "base/sha256.h"

static void assert_digest(const unsigned char digest[SHA256_BYTES], const char *hex)
{
    char text[2 * SHA256_BYTES + 1];
    for (size_t i = 0; i < SHA256_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, hex);
}

static const struct {
    const char *text, *digest;
} hashes[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void sha256__examples_of_the_standard__as_printed_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
        struct sha256 s;
        unsigned char digest[SHA256_BYTES];
        sha256_begin(&s);
        sha256_add(&s, hashes[i].text, strlen(hashes[i].text));
        sha256_end(&s, digest);
        assert_digest(digest, hashes[i].digest);
    }
}

static void sha256__a_million_bytes_in_odd_pieces__as_printed_there(void **state)
{
    (void)state;
    struct sha256 s;
    unsigned char digest[SHA256_BYTES];
    char piece[97];
    memset(piece, 'a', sizeof piece);
    sha256_begin(&s);
    for (size_t left = 1000000, part; left; left -= part) {
        part = left < sizeof piece ? left : sizeof piece;
        sha256_add(&s, piece, part);
    }
    sha256_end(&s, digest);
    assert_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static const struct { /* RFC 4231, cases 1, 2, 3, 6, 7 */
    const char *key, *data;
    char key_byte;
    size_t key_len;
    char data_byte;
    size_t data_len;
    const char *digest;
} macs[] = {
    {NULL, "Hi There", 0x0b, 20, 0, 0, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", "what do ya want for nothing?", 0, 0, 0, 0, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {NULL, NULL, (char)0xaa, 20, (char)0xdd, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {NULL, "Test Using Larger Than Block-Size Key - Hash Key First", (char)0xaa, 131, 0, 0, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {NULL,
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
     (char)0xaa, 131, 0, 0, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static void hmac__cases_of_rfc_4231__as_printed_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
        char key[200], data[200];
        struct hmac_sha256 h;
        unsigned char digest[SHA256_BYTES];
        memset(key, macs[i].key_byte, sizeof key);
        memset(data, macs[i].data_byte, sizeof data);
        const char *k = macs[i].key ? macs[i].key : key, *d = macs[i].data ? macs[i].data : data;
        hmac_sha256_begin(&h, k, macs[i].key ? strlen(k) : macs[i].key_len);
        hmac_sha256_add(&h, d, macs[i].data ? strlen(d) : macs[i].data_len);
        hmac_sha256_end(&h, digest);
        assert_digest(digest, macs[i].digest);
    }
}

static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

static void base64__vectors_of_rfc_4648__both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        AUTO(strbuf) struct strbuf coded = STRBUF_INIT(100), plain = STRBUF_INIT(100), bare = STRBUF_INIT(100);
        base64_add(&coded, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(coded.buf, pairs[i][1]);
        assert_true(base64_decode(&plain, coded.buf, coded.len));
        assert_string_equal(plain.buf, pairs[i][0]);
        assert_true(base64_decode(&bare, coded.buf, strcspn(coded.buf, "=")));
        assert_string_equal(bare.buf, pairs[i][0]);
    }
}

static void base64__not_base64__refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"A", "=", "A===", "Zg=", "Z g=", "Zm9v\n", "Zh==", "Zm9v=", "Zg==Zg==", "-_-_"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(100);
        if (base64_decode(&out, wrong[i], strlen(wrong[i])))
            fail_msg("taken: %s", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256__examples_of_the_standard__as_printed_there),
        cmocka_unit_test(sha256__a_million_bytes_in_odd_pieces__as_printed_there),
        cmocka_unit_test(hmac__cases_of_rfc_4231__as_printed_there),
        cmocka_unit_test(base64__vectors_of_rfc_4648__both_ways),
        cmocka_unit_test(base64__not_base64__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
