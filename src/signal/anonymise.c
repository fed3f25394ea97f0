#include "signal/anonymise.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/strbuf.h"

#define DIGITS_KEPT 5
#define UUID_LEN 36
#define NAME_MAX_LEN ((size_t)1 << 20)

/* What has replacements of its own kind, counted apart. */
enum kind { KIND_WORD, KIND_NUMBER, KIND_IPV4, KIND_IPV6, KIND_UUID, KINDS };

struct anonymiser {
    struct arena arena;
    struct intern words;
    struct map known; /* interned original -> replacement */
    uint64_t given[KINDS];
};

/* Keys of kept words and whole names lead to themselves. */
static void **place_of(struct anonymiser *a, const char *text)
{
    return map_put(&a->known, (uint64_t)(uintptr_t)intern_str(&a->words, text), NULL);
}

static bool is_kept(struct anonymiser *a, const char *text)
{
    const char *there = *place_of(a, text);
    return there && strcmp(there, text) == 0;
}

struct anonymiser *anonymiser_new(const char *const *kept, size_t kept_len)
{
    struct anonymiser *a = xcalloc(1, sizeof(*a));
    a->arena = (struct arena)ARENA_INIT("anonymiser");
    for (size_t i = 0; i < kept_len; i++)
        *place_of(a, kept[i]) = arena_strdup(&a->arena, kept[i]);
    return a;
}

void anonymiser_free(struct anonymiser *a)
{
    if (!a)
        return;
    map_free(&a->known);
    intern_free(&a->words);
    arena_free(&a->arena);
    free(a);
}

/* The n-th word that can be spoken: three syllables or more, which few real words look like; neighbours differ in all of them. */
static const char *spoken(struct anonymiser *a, uint64_t n)
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aeiou";
    const uint64_t syllables = (sizeof(consonants) - 1) * (sizeof(vowels) - 1), round = syllables * syllables * syllables;
    struct strbuf out = STRBUF_INIT(64);
    uint64_t rest = n % round * 190513 % round; /* has no factor in common with the round: each comes once */
    for (uint64_t count = 0, more = n / round; count < 3 || more; count++) {
        uint64_t s = count < 3 ? rest % syllables : more % syllables;
        strbuf_addc(&out, consonants[s % (sizeof(consonants) - 1)]);
        strbuf_addc(&out, vowels[s / (sizeof(consonants) - 1)]);
        rest /= syllables;
        more = count < 3 ? more : more / syllables;
    }
    const char *text = arena_strdup(&a->arena, out.buf);
    strbuf_free(&out);
    return text;
}

static const char *another(struct anonymiser *a, enum kind kind, size_t len)
{
    uint64_t n = a->given[kind]++;
    switch (kind) {
    case KIND_NUMBER:
        return arena_printf(&a->arena, "%0*" PRIu64, (int)len, n + 100000);
    case KIND_IPV4:
        return arena_printf(&a->arena, "10.%u.%u.%u", (unsigned)(n >> 16 & 255), (unsigned)(n >> 8 & 255), (unsigned)(n & 255));
    case KIND_IPV6:
        return arena_printf(&a->arena, "fd00::%" PRIx64, n + 1);
    case KIND_UUID:
        return arena_printf(&a->arena, "%08" PRIx64 "-0000-4000-8000-000000000000", n + 1);
    default:
        return spoken(a, n);
    }
}

static const char *replace(struct anonymiser *a, enum kind kind, const char *text, size_t len)
{
    char *copy = arena_strndup(&a->arena, text, len);
    const char *made = *place_of(a, copy);
    if (made)
        return made;
    do
        made = another(a, kind, len);
    while (is_kept(a, made)); /* what is kept is nobody else's name */
    *place_of(a, copy) = (void *)(uintptr_t)made;
    return made;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static size_t word_len(const char *text)
{
    size_t len = 0;
    while (is_word(text[len]))
        len++;
    return len;
}

static size_t uuid_len(const char *text)
{
    for (size_t i = 0; i < UUID_LEN; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return 0;
    }
    return is_word(text[UUID_LEN]) ? 0 : UUID_LEN;
}

/* Four numbers below 256 with `sep` between them: 10.0.3.17, as well ip-10-0-3-17. */
static size_t quad_len(const char *text, char sep)
{
    size_t len = 0;
    for (int part = 0; part < 4; part++) {
        size_t digits = strspn(text + len, "0123456789");
        if (!digits || digits > 3 || strtol(text + len, NULL, 10) > 255)
            return 0;
        len += digits;
        if (part < 3 && text[len++] != sep)
            return 0;
    }
    return is_word(text[len]) || (text[len] == sep && isdigit((unsigned char)text[len + 1])) ? 0 : len;
}

static void put_quad(struct anonymiser *a, const char *text, size_t len, char sep, struct strbuf *out)
{
    char dotted[16];
    for (size_t i = 0; i <= len; i++)
        dotted[i] = i == len ? '\0' : text[i] == sep ? '.' : text[i];
    for (const char *c = replace(a, KIND_IPV4, dotted, len); *c; c++)
        strbuf_addc(out, *c == '.' ? sep : *c);
}

static void put_word(struct anonymiser *a, const char *text, size_t len, struct strbuf *out)
{
    bool number = strspn(text, "0123456789") >= len;
    if (number && len <= DIGITS_KEPT)
        strbuf_add(out, text, len);
    else
        strbuf_adds(out, replace(a, number ? KIND_NUMBER : KIND_WORD, text, len));
}

/* At the start of a word: whatever begins there. Returns its length. */
static size_t put_next(struct anonymiser *a, const char *text, struct strbuf *out)
{
    size_t len = uuid_len(text);
    if (len) {
        strbuf_adds(out, replace(a, KIND_UUID, text, len));
        return len;
    }
    for (const char *sep = ".-_"; *sep; sep++)
        if ((len = quad_len(text, *sep))) {
            put_quad(a, text, len, *sep, out);
            return len;
        }
    len = word_len(text);
    put_word(a, text, len, out);
    return len;
}

/* "[fe80::1%eth0]:9092" and "fe80::1": the address as a whole, what follows it word by word. */
static size_t put_ipv6(struct anonymiser *a, const char *name, struct strbuf *out)
{
    struct in6_addr parsed;
    char address[INET6_ADDRSTRLEN];
    bool bracket = *name == '[';
    size_t len = strspn(name + bracket, "0123456789abcdefABCDEF:.");
    if (len < 2 || len >= sizeof(address))
        return 0;
    memcpy(address, name + bracket, len);
    address[len] = '\0';
    char after = name[bracket + len];
    if ((bracket ? after != ']' && after != '%' : after && after != '%') || inet_pton(AF_INET6, address, &parsed) != 1)
        return 0;
    if (bracket)
        strbuf_addc(out, '[');
    strbuf_adds(out, replace(a, KIND_IPV6, address, len));
    return bracket + len;
}

const char *anonymise(struct anonymiser *a, const char *name)
{
    if (!name)
        return NULL;
    if (is_kept(a, name))
        return name;
    struct strbuf out = STRBUF_INIT(NAME_MAX_LEN);
    for (size_t at = put_ipv6(a, name, &out); name[at];) {
        if (is_word(name[at]))
            at += put_next(a, name + at, &out);
        else
            strbuf_addc(&out, name[at++]);
    }
    const char *text = arena_strdup(&a->arena, out.buf);
    strbuf_free(&out);
    return text;
}
