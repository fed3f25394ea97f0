/*
 * Any program: the finding as JSON (schema nightbell.finding/1) with the `kind` of the message, signed as Standard Webhooks 1.0.0 says. `webhook-id` is the same for
 * every try of one revision of an incident: who remembers it drops what comes twice.
 */
#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/sha256.h"
#include "notify/receivers/receiver.h"

#define KEY_MIN 16
#define KEY_MAX 256
#define KEYS_MAX 4

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err)
{
    (void)d, (void)ref, (void)lang;
    json_t *json = finding_to_json(f);
    json_object_set_new(json, "kind", json_string(kind));
    return json_payload(json, a, ret, err);
}

static void sign_with(const char *key, size_t key_len, const char *head, const char *body, size_t len, struct strbuf *ret)
{
    unsigned char digest[SHA256_BYTES];
    struct hmac_sha256 h;
    hmac_sha256_begin(&h, key, key_len);
    hmac_sha256_add(&h, head, strlen(head));
    hmac_sha256_add(&h, body, len);
    hmac_sha256_end(&h, digest);
    strbuf_adds(ret, ret->len ? " v1," : "v1,");
    base64_add(ret, digest, sizeof digest);
}

static int sign_line(const char *line, size_t line_len, const char *head, const char *body, size_t len, struct strbuf *ret, struct error *err)
{
    static const char prefix[] = "whsec_";
    const size_t prefix_len = sizeof prefix - 1;
    AUTO(strbuf) struct strbuf bytes = STRBUF_INIT(KEY_MAX);
    const char *key = line;
    size_t key_len = line_len;
    if (line_len > prefix_len && memcmp(line, prefix, prefix_len) == 0) {
        if (!base64_decode(&bytes, line + prefix_len, line_len - prefix_len))
            return error_set(err, ERR_INVALID, "the secret of the webhook begins with whsec_, but base64 does not follow");
        key = bytes.buf;
        key_len = bytes.truncated ? KEY_MAX + 1 : bytes.len;
    }
    bool fits = key_len >= KEY_MIN && key_len <= KEY_MAX;
    if (fits)
        sign_with(key, key_len, head, body, len, ret);
    if (bytes.len)
        explicit_bzero(bytes.buf, bytes.len);
    return fits ? 0 : error_set(err, ERR_INVALID, "the secret of the webhook must have %d to %d bytes, better 24 random ones or more", KEY_MIN, KEY_MAX);
}

int webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body, size_t len, struct strbuf *ret, struct error *err)
{
    AUTO(strbuf) struct strbuf head = STRBUF_INIT(256);
    strbuf_addf(&head, "%s.%" PRId64 ".", id, timestamp_s);
    int keys = 0, failed = 0;
    while (*secret && !failed && keys < KEYS_MAX) {
        size_t line_len = strcspn(secret, "\r\n");
        if (line_len) {
            failed = sign_line(secret, line_len, head.buf, body, len, ret, err);
            keys++;
        }
        secret += line_len + strspn(secret + line_len, "\r\n");
    }
    return failed || keys ? failed : error_set(err, ERR_INVALID, "the secret of the webhook is empty");
}

static int sign(const struct sending *s, const char *id, int64_t now_s, const struct payload *p, struct strbuf *ret, struct error *err)
{
    char *secret = NULL;
    if (!s->d->secret_file)
        return 0;
    int failed = secret_read(s->d->secret_file, &secret, err);
    if (!failed)
        failed = webhook_sign(secret, id, now_s, p->body, p->len, ret, err);
    secret_free(secret);
    return failed;
}

static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    struct payload p;
    if (s->step > 0)
        return 1;
    int failed = render(s->d, s->f, s->kind, s->ref, s->lang, s->a, &p, err);
    if (failed)
        return failed;
    const char *id = arena_printf(s->a, "%s-%u", s->f->incident, s->f->revision);
    int64_t now_s = clock_now_ms(&clock_system) / 1000; /* the peer's clock is a real one, whatever ours is */
    AUTO(strbuf) struct strbuf signature = STRBUF_INIT(1024);
    failed = sign(s, id, now_s, &p, &signature, err);
    if (failed)
        return failed;
    const struct name_value headers[] = {
        {"webhook-id", id},
        {"webhook-timestamp", arena_printf(s->a, "%" PRId64, now_s)},
        {"Idempotency-Key", id},
        {"webhook-signature", arena_strdup(s->a, signature.buf)},
    };
    ret->request = payload_request(s->d, &p, headers, ARRAY_LEN(headers) - (signature.len == 0), s->a);
    return 0;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    (void)s;
    enum outcome o = outcome_of_http(r, why);
    return o == OUTCOME_AMBIGUOUS ? OUTCOME_RETRY : o; /* its id says that it came before */
}

static const struct transport transport = {prepare, judge};
const struct receiver webhook_receiver = {.render = render, .transport = &transport, .pace = {4, 0, 0}, .wants_all = true};
