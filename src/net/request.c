#include "net/request.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

#define ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3, without < and > */
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static bool has_control(const char *text)
{
    for (const char *p = text; *p; p++)
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7F)
            return true;
    return false;
}

static bool only(const char *text, const char *allowed)
{
    return *text && text[strspn(text, allowed)] == '\0';
}

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define TOKEN ALNUM "!#$%&'*+-.^_`|~" /* RFC 9110 5.6.2 */

/* ---- URL ---- */

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 || (strncmp(host, "127.", 4) == 0 && only(host, "0123456789."));
}

static bool scheme_fits(const char *scheme, bool mail)
{
    return mail ? strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0 : strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
}

static int url_parts(CURLU *parts, bool mail, struct origin *ret, struct error *err)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    int rc = 0;
    if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) || curl_url_get(parts, CURLUPART_HOST, &host, 0))
        rc = error_set(err, ERR_INVALID, "not a URL");
    else if (!scheme_fits(scheme, mail))
        rc = error_set(err, ERR_INVALID, "URL must begin with %s", mail ? "smtp:// or smtps://" : "http:// or https://");
    else if (curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) || strlen(host) > 255)
        rc = error_set(err, ERR_INVALID, "URL has no usable host and port");
    if (rc == 0) {
        snprintf(ret->scheme, sizeof(ret->scheme), "%s", scheme);
        snprintf(ret->text, sizeof(ret->text), "%s://%s:%s", scheme, host, port);
        ret->loopback = is_loopback(host);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return rc;
}

static int url_check(const char *url, bool mail, struct origin *ret, struct error *err)
{
    if (!url || !*url)
        return error_set(err, ERR_INVALID, "no URL");
    for (const char *p = url; *p; p++)
        if ((unsigned char)*p <= 0x20 || *p == 0x7F)
            return error_set(err, ERR_INVALID, "URL holds a blank or a control character");
    CURLU *parts = curl_url();
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER);
    int rc;
    if (code == CURLUE_USER_NOT_ALLOWED)
        rc = error_set(err, ERR_INVALID, "URL holds a user name: give user and password file on their own");
    else if (code == CURLUE_UNSUPPORTED_SCHEME)
        rc = error_set(err, ERR_INVALID, "URL must begin with %s", mail ? "smtp:// or smtps://" : "http:// or https://");
    else if (code)
        rc = error_set(err, ERR_INVALID, "not a URL: %s", curl_url_strerror(code));
    else
        rc = url_parts(parts, mail, ret, err);
    curl_url_cleanup(parts);
    return rc;
}

/* ---- HTTP ---- */

static int header_check(const struct name_value *header, struct error *err)
{
    static const char *const ours[] = {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "TE", "Trailer", "Upgrade"};
    if (!only(header->name, TOKEN))
        return error_set(err, ERR_INVALID, "header name holds a character that no header name may hold");
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (strcasecmp(header->name, ours[i]) == 0)
            return error_set(err, ERR_INVALID, "header %s cannot be set", ours[i]);
    if (has_control(header->value))
        return error_set(err, ERR_INVALID, "value of header %.100s holds a control character", header->name);
    return 0;
}

static int http_check(const struct net_request *q, struct error *err)
{
    if (q->method && !only(q->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        return error_set(err, ERR_INVALID, "HTTP method must be of capital letters");
    if (q->content_type && has_control(q->content_type))
        return error_set(err, ERR_INVALID, "content type holds a control character");
    if (q->basic_user && (has_control(q->basic_user) || strchr(q->basic_user, ':')))
        return error_set(err, ERR_INVALID, "user name holds a colon or a control character");
    for (size_t i = 0; i < q->headers.len; i++)
        if (header_check(&q->headers.items[i], err) < 0)
            return ERR_INVALID;
    return 0;
}

/* ---- mail ---- */

static int address_check(const char *address, struct error *err)
{
    size_t len = strlen(address);
    const char *at = strrchr(address, '@');
    for (const char *p = address; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7F || strchr("<>\"\\,;()", *p))
            return error_set(err, ERR_INVALID, "mail address holds a blank, a control or another forbidden character");
    if (!at || at == address || !at[1] || len > ADDRESS_MAX)
        return error_set(err, ERR_INVALID, "mail address is not of the form name@host");
    return 0;
}

/* A bare CR or LF is how one mail becomes two. */
static bool lines_are_crlf(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            return false;
        if (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'))
            return false;
    }
    return true;
}

static int mail_check(const struct net_request *q, struct error *err)
{
    const struct net_mail *mail = q->mail;
    if (address_check(mail->from, err) < 0)
        return ERR_INVALID;
    if (mail->to_len == 0)
        return error_set(err, ERR_INVALID, "mail has no recipient");
    for (size_t i = 0; i < mail->to_len; i++)
        if (address_check(mail->to[i], err) < 0)
            return ERR_INVALID;
    if (mail->user && has_control(mail->user))
        return error_set(err, ERR_INVALID, "user name holds a control character");
    if (mail->ehlo && !only(mail->ehlo, ALNUM ".-"))
        return error_set(err, ERR_INVALID, "EHLO name is not a host name");
    if (!lines_are_crlf(q->body, q->body_len))
        return error_set(err, ERR_INVALID, "mail has a line that does not end in CRLF");
    return 0;
}

int request_check(const struct net_request *request, const char *url, struct origin *ret_origin, struct error *err)
{
    int rc = url_check(url, request->mail != NULL, ret_origin, err);
    if (rc == 0)
        rc = request->mail ? mail_check(request, err) : http_check(request, err);
    return rc;
}

int request_check_secret(const char *secret, const char *what, struct error *err)
{
    if (!*secret)
        return error_set(err, ERR_INVALID, "%.200s is empty", what);
    if (has_control(secret))
        return error_set(err, ERR_INVALID, "%.200s holds a control character", what);
    return 0;
}

/* ---- copy ---- */

static const char *copy(struct arena *memory, const char *text)
{
    return text ? arena_strdup(memory, text) : NULL;
}

static const struct net_mail *mail_copy(struct arena *memory, const struct net_mail *mail)
{
    struct net_mail *m = arena_alloc(memory, sizeof(*m));
    const char **to = arena_array(memory, mail->to_len, sizeof(*to));
    for (size_t i = 0; i < mail->to_len; i++)
        to[i] = copy(memory, mail->to[i]);
    *m = *mail;
    m->to = to;
    m->from = copy(memory, mail->from);
    m->user = copy(memory, mail->user);
    m->password_file = copy(memory, mail->password_file);
    m->ehlo = copy(memory, mail->ehlo);
    return m;
}

struct net_request request_copy(struct arena *memory, const struct net_request *request)
{
    struct net_request q = *request;
    q.url = q.url_file = q.url_before = q.url_after = NULL;
    q.headers.items = arena_array(memory, request->headers.len, sizeof(*q.headers.items));
    for (size_t i = 0; i < q.headers.len; i++)
        q.headers.items[i] = (struct name_value){copy(memory, request->headers.items[i].name), copy(memory, request->headers.items[i].value)};
    q.method = copy(memory, q.method);
    q.content_type = copy(memory, q.content_type);
    if (q.body) {
        char *body = arena_array_raw(memory, q.body_len + 1, 1);
        memcpy(body, q.body, q.body_len);
        q.body = body;
    }
    q.bearer_token_file = copy(memory, q.bearer_token_file);
    q.basic_user = copy(memory, q.basic_user);
    q.basic_password_file = copy(memory, q.basic_password_file);
    q.tls.ca_file = copy(memory, q.tls.ca_file);
    q.tls.cert_file = copy(memory, q.tls.cert_file);
    q.tls.key_file = copy(memory, q.tls.key_file);
    if (q.mail)
        q.mail = mail_copy(memory, q.mail);
    return q;
}

/* ---- Retry-After ---- */

int64_t retry_after_parse(const char *value, int64_t now_ms)
{
    while (*value == ' ')
        value++;
    int64_t wait_ms;
    if (only(value, "0123456789")) {
        int64_t seconds;
        bool fits = integer_parse(value, strlen(value), &seconds) && seconds <= DAY_MS / 1000;
        return fits ? seconds * 1000 : DAY_MS;
    }
    time_t date = curl_getdate(value, NULL);
    if (date < 0)
        return -1;
    wait_ms = (int64_t)date * 1000 - now_ms;
    return wait_ms < 0 ? 0 : wait_ms > DAY_MS ? DAY_MS : wait_ms;
}
