#include "net/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"

#define DEADLINE_MS 15000
#define CONNECT_MS 5000
#define BODY_MAX (64 * 1024)
#define CONNECTION_AGE_S 600L
#define BUFFER_BYTES (512 * 1024L) /* 20 % less CPU than the default for large answers, 10 % less than 128 KiB */

/* ---- life ---- */

struct transfer *transfer_new(const struct net_request *request, char *url, const struct origin *origin)
{
    struct transfer *t = xcalloc(1, sizeof(*t));
    t->memory = (struct arena)ARENA_INIT("transfer");
    t->request = request_copy(&t->memory, request);
    t->url = url;
    t->origin = *origin;
    if (t->request.deadline_ms <= 0)
        t->request.deadline_ms = DEADLINE_MS;
    if (t->request.max_bytes <= 0)
        t->request.max_bytes = BODY_MAX;
    t->body = (struct strbuf)STRBUF_INIT((size_t)t->request.max_bytes);
    return t;
}

void transfer_free(struct transfer *t)
{
    if (t->easy)
        curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->recipients);
    strbuf_free(&t->body);
    secret_free(t->url);
    arena_free(&t->memory);
    free(t);
}

/* ---- what libcurl calls ---- */

static size_t on_write(char *data, size_t one, size_t len, void *context)
{
    struct transfer *t = context;
    (void)one;
    if ((int64_t)len > t->request.max_bytes - t->bytes) {
        t->over_limit = true;
        return 0;
    }
    t->bytes += (int64_t)len;
    if (!t->request.on_body) {
        strbuf_add(&t->body, data, len);
        return len;
    }
    if (t->request.on_body(t->request.context, data, len))
        return len;
    t->stopped = true;
    return 0;
}

static size_t on_read(char *room, size_t one, size_t len, void *context)
{
    struct transfer *t = context;
    (void)one;
    size_t left = t->request.body_len - t->sent;
    if (len > left)
        len = left;
    if (len)
        memcpy(room, (const char *)t->request.body + t->sent, len);
    t->sent += len;
    return len;
}

/* Link-local addresses are where cloud providers keep credentials; no monitored server lives there. */
static bool is_link_local(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return ntohl(v4.sin_addr.s_addr) >> 16 == 0xA9FE;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof(v6));
    const uint8_t *b = v6.sin6_addr.s6_addr;
    return IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) || (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && b[12] == 0xA9 && b[13] == 0xFE);
}

static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = context;
    (void)purpose;
    if (is_link_local(&address->addr)) {
        t->denied = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- what libcurl is told ---- */

static void set_safety(struct transfer *t)
{
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, t->origin.scheme);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, CONNECTION_AGE_S);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)t->request.deadline_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, t->request.deadline_ms < CONNECT_MS ? (long)t->request.deadline_ms : (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->request.max_bytes);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->curl_text);
}

static void set_tls(struct transfer *t)
{
    const struct tls_config *tls = &t->request.tls;
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls->insecure_skip_verify ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls->insecure_skip_verify ? 0L : 2L);
    if (tls->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca_file);
    if (tls->cert_file)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert_file);
    if (tls->key_file)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key_file);
}

/* Hands the secret in `path` to one option of libcurl, which keeps its own copy. */
static int set_secret(struct transfer *t, CURLoption option, const char *path, struct error *err)
{
    char *secret;
    int rc = secret_read(path, &secret, err);
    if (rc < 0)
        return rc;
    rc = request_check_secret(secret, path, err);
    if (rc == 0)
        curl_easy_setopt(t->easy, option, secret);
    secret_free(secret);
    return rc;
}

static int set_login(struct transfer *t, struct error *err)
{
    const struct net_request *q = &t->request;
    const char *user = q->mail ? q->mail->user : q->basic_user;
    const char *password_file = q->mail ? q->mail->password_file : q->basic_password_file;
    int rc = 0;
    if (q->bearer_token_file && !q->mail) {
        curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        return set_secret(t, CURLOPT_XOAUTH2_BEARER, q->bearer_token_file, err);
    }
    if (!user)
        return 0;
    curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(t->easy, CURLOPT_USERNAME, user);
    if (password_file)
        rc = set_secret(t, CURLOPT_PASSWORD, password_file, err);
    else
        curl_easy_setopt(t->easy, CURLOPT_PASSWORD, "");
    return rc;
}

static void add_header(struct transfer *t, const char *name, const char *value)
{
    /* "Name;" is libcurl's way to send a header without value */
    char *line = *value ? xasprintf("%s: %s", name, value) : xasprintf("%s;", name);
    t->headers = curl_slist_append(t->headers, line);
    secret_free(line);
}

static void set_http(struct transfer *t)
{
    const struct net_request *q = &t->request;
    CURL *easy = t->easy;
    for (size_t i = 0; i < q->headers.len; i++)
        add_header(t, q->headers.items[i].name, q->headers.items[i].value);
    if (q->body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, q->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
        t->headers = curl_slist_append(t->headers, "Expect:");
        if (q->content_type)
            add_header(t, "Content-Type", q->content_type);
        else
            t->headers = curl_slist_append(t->headers, "Content-Type:");
    }
    if (q->method && strcmp(q->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (q->method)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, q->method);
    if (q->compressed && !t->origin.loopback)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "nightbell/" NIGHTBELL_VERSION);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
}

/* A login without TLS would show the password to the network; on this machine there is none. */
static curl_usessl tls_level(const struct transfer *t)
{
    const struct net_mail *mail = t->request.mail;
    if (mail->require_tls || (mail->user && !t->origin.loopback))
        return CURLUSESSL_ALL;
    return t->origin.loopback ? CURLUSESSL_NONE : CURLUSESSL_TRY;
}

static void set_mail(struct transfer *t)
{
    const struct net_mail *mail = t->request.mail;
    CURL *easy = t->easy;
    char *from = arena_printf(&t->memory, "<%s>", mail->from);
    for (size_t i = 0; i < mail->to_len; i++)
        t->recipients = curl_slist_append(t->recipients, arena_printf(&t->memory, "<%s>", mail->to[i]));
    if (mail->ehlo) /* libcurl takes the name from the URL's path */
        curl_easy_setopt(easy, CURLOPT_URL, arena_printf(&t->memory, "%s/%s", t->origin.text, mail->ehlo));
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, t->recipients);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)tls_level(t));
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, t);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->request.body_len);
}

int transfer_begin(struct transfer *t, struct error *err)
{
    t->begun_ms = mono_ms();
    t->easy = curl_easy_init();
    if (!t->easy)
        return error_set(err, ERR_NET, "libcurl cannot make a transfer");
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    set_safety(t);
    set_tls(t);
    if (t->request.mail)
        set_mail(t);
    else
        set_http(t);
    return set_login(t, err);
}

/* ---- what its end means ---- */

static const char *header(const struct transfer *t, const char *name)
{
    struct curl_header *found;
    bool there = t->easy && !t->request.mail && curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK;
    return there ? found->value : NULL;
}

/* Shows only the host of a redirect's target: the rest may be as secret as the URL. */
static void explain_redirect(const struct transfer *t, int status, struct error *err)
{
    const char *location = header(t, "Location");
    char *host = NULL;
    CURLU *parts = curl_url();
    if (location && curl_url_set(parts, CURLUPART_URL, location, 0) == CURLUE_OK)
        curl_url_get(parts, CURLUPART_HOST, &host, 0);
    error_set(err, ERR_REFUSED, "%s answers HTTP %d, a redirect to %.200s: redirects are not followed, configure the final URL", t->origin.text, status,
              host ? host : "another path");
    curl_free(host);
    curl_url_cleanup(parts);
}

static void explain_answer(const struct transfer *t, int status, struct error *err)
{
    if (t->request.mail)
        return;
    if (status >= 300 && status < 400)
        explain_redirect(t, status, err);
    else if (status < 200 || status >= 300)
        error_set(err, ERR_REFUSED, "%s answers HTTP %d", t->origin.text, status);
}

static const struct {
    CURLcode curl;
    int code;
    const char *text; /* NULL = libcurl's own */
} meanings[] = {
    {CURLE_PARTIAL_FILE, ERR_DATA, "answer was cut short"},
    {CURLE_BAD_CONTENT_ENCODING, ERR_DATA, "answer was compressed wrongly"},
    {CURLE_FILESIZE_EXCEEDED, ERR_LIMIT, "answer is larger than allowed"},
    {CURLE_GOT_NOTHING, ERR_NET, "connection was closed without an answer"},
    {CURLE_USE_SSL_FAILED, ERR_NET, "server does not offer the TLS that is required"},
    {CURLE_LOGIN_DENIED, ERR_REFUSED, "login was refused"},
    {CURLE_COULDNT_RESOLVE_HOST, ERR_NET, "host name is not known"},
};

static void explain_failure(const struct transfer *t, CURLcode code, int status, struct error *err)
{
    const char *origin = t->origin.text;
    if (t->stopped)
        error_set(err, ERR_CANCELLED, "%s: stopped by the reader", origin);
    else if (t->over_limit)
        error_set(err, ERR_LIMIT, "%s: answer is larger than %lld bytes", origin, (long long)t->request.max_bytes);
    else if (t->denied)
        error_set(err, ERR_NET, "%s: link-local addresses are never contacted", origin);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        error_set(err, ERR_TIMEOUT, "%s: no %sanswer within %.1f s", origin, t->bytes ? "whole " : "", (double)t->request.deadline_ms / 1000);
    else if (t->request.mail && status >= 400)
        error_set(err, ERR_REFUSED, "%s answers SMTP %d", origin, status);
    if (err->code)
        return;
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        if (meanings[i].curl == code)
            error_set(err, meanings[i].code, "%s: %s", origin, meanings[i].text);
    if (!err->code)
        error_set(err, ERR_NET, "%s: %.200s", origin, t->curl_text[0] ? t->curl_text : curl_easy_strerror(code));
}

void transfer_end(struct transfer *t, CURLcode code, const struct error *failure)
{
    long status = 0;
    const char *content_type = header(t, "Content-Type"), *retry_after = header(t, "Retry-After");
    if (t->easy)
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    struct net_result result = {
        .curl_code = (int)code,
        .status = (int)status,
        .content_type = content_type ? content_type : "",
        .retry_after_ms = retry_after ? retry_after_parse(retry_after, clock_now_ms(&clock_system)) : -1,
        .body = t->body.buf,
        .body_len = t->body.len,
        .bytes = t->bytes,
        .elapsed_ms = t->easy ? mono_ms() - t->begun_ms : 0,
    };
    if (failure)
        result.error = *failure;
    else if (code)
        explain_failure(t, code, (int)status, &result.error);
    else
        explain_answer(t, (int)status, &result.error);
    t->request.on_done(t->request.context, &result);
}
