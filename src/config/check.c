#include "config/check.h"

#include <string.h>
#include <strings.h>

#include "base/regex.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool consists_of(const char *text, const char *allowed)
{
    return *text && text[strspn(text, allowed)] == '\0';
}

void check_name(const char *key, const char *text, struct place at, struct mistakes *m)
{
    (void)key;
    if (!consists_of(text, LETTERS DIGITS "_.-"))
        mistake_add(m, at, "a name consists of letters, digits, \"_\", \".\" and \"-\": \"%.60s\" does not", text);
}

void check_label(const char *key, const char *text, struct place at, struct mistakes *m)
{
    (void)key;
    if (!consists_of(text, LETTERS DIGITS "_") || strchr(DIGITS, *text))
        mistake_add(m, at, "\"%.60s\" is not the name of a label (letters, digits, \"_\")", text);
}

void check_regex(const char *key, const char *text, struct place at, struct mistakes *m)
{
    struct error err = {0};
    struct regex *r = regex_new(text, &err);
    if (!r)
        mistake_add(m, at, "\"%.60s\": %s", key, err.text);
    regex_free(r);
}

/* The host part "host:port" of "scheme://…"; NULL when the text has none of the two schemes. */
static const char *authority_of(const char *url, const char *scheme, const char *secure, size_t *ret_len)
{
    const char *const schemes[] = {scheme, secure};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], len) == 0) {
            *ret_len = strcspn(url + len, "/?#");
            return url + len;
        }
    }
    return NULL;
}

static void check_url(const char *key, const char *text, const char *const schemes[2], const char *secrets,
                      struct place at, struct mistakes *m)
{
    size_t len = 0;
    const char *host = authority_of(text, schemes[0], schemes[1], &len);
    /* The text itself is not repeated: it may be what should have been a secret. */
    if (!host)
        mistake_add(m, at, "\"%s\" must begin with %s or %s", key, schemes[0], schemes[1]);
    else if (memchr(host, '@', len))
        mistake_add(m, at, "\"%s\" must not contain a user or password, use %s", key, secrets);
    else if (len == 0 || *host == ':')
        mistake_add(m, at, "\"%s\" has no host", key);
    else if (strpbrk(text, " \"<>\\^`{|}"))
        mistake_add(m, at, "\"%s\" contains a character that a URL cannot have", key);
}

void check_http_url(const char *key, const char *text, struct place at, struct mistakes *m)
{
    check_url(key, text, (const char *const[]){"http://", "https://"}, "basic_auth", at, m);
}

void check_smtp_url(const char *key, const char *text, struct place at, struct mistakes *m)
{
    check_url(key, text, (const char *const[]){"smtp://", "smtps://"}, "\"user\" and \"password_file\"", at, m);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* "localhost:9090" and "prometheus.example.org" are servers whose scheme was forgotten, not files. */
static bool looks_like_path(const char *text)
{
    static const char *const endings[] = {".db", ".sqlite", ".sqlite3", ".recording"};
    if (*text == '/' || strncmp(text, "./", 2) == 0 || strncmp(text, "../", 3) == 0)
        return true;
    if (strchr(text, ':'))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        if (ends_with(text, endings[i]))
            return true;
    return strchr(text, '/') != NULL;
}

void check_source_url(const char *key, const char *text, struct place at, struct mistakes *m)
{
    if (looks_like_path(text))
        return;
    if (strstr(text, "://"))
        check_http_url(key, text, at, m);
    else
        mistake_add(m, at, "\"%s\" must begin with http:// or https://, or be the path of a recording (with a \"/\")", key);
}

void check_header_name(const char *key, const char *text, struct place at, struct mistakes *m)
{
    static const struct {
        const char *name, *instead;
    } refused[] = {
        {"authorization", "\"bearer_token_file\" or \"basic_auth\""},
        {"proxy-authorization", "a proxy without a password"},
        {"cookie", "\"bearer_token_file\" or \"basic_auth\""},
    };
    (void)key;
    if (!consists_of(text, LETTERS DIGITS "!#$%&'*+-.^_`|~"))
        mistake_add(m, at, "\"%.60s\" is not the name of an HTTP header", text);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (strcasecmp(text, refused[i].name) == 0)
            mistake_add(m, at, "header \"%s\" would show a secret here, use %s", text, refused[i].instead);
}

void check_address(const char *key, const char *text, struct place at, struct mistakes *m)
{
    const char *sign = strchr(text, '@');
    bool plain = consists_of(text, LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.@");
    if (!plain || !sign || sign == text || !sign[1] || strchr(sign + 1, '@') || strstr(text, ".."))
        mistake_add(m, at, "\"%s\" must be an address like oncall@example.org, not \"%.60s\"", key, text);
}

bool url_is_loopback(const char *url)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = strstr(url, "://");
    if (!host)
        return false;
    host += strlen("://");
    size_t len = *host == '[' ? strcspn(host, "]/") + 1 : strcspn(host, ":/?#");
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (strlen(hosts[i]) == len && strncasecmp(host, hosts[i], len) == 0)
            return true;
    return false;
}
