/* What JSON posting receivers share. */
#include <stdlib.h>
#include <string.h>

#include "model/json.h"
#include "notify/receivers/receiver.h"

int json_payload(json_t *json, struct arena *a, struct payload *ret, struct error *err)
{
    char *body = json_dumps(json, JSON_COMPACT | JSON_DIGITS);
    json_decref(json);
    if (!body)
        return error_set(err, ERR_DATA, "the message cannot be written as JSON");
    *ret = (struct payload){.content_type = "application/json; charset=utf-8", .body = arena_strdup(a, body), .len = strlen(body)};
    free(body);
    return 0;
}

int post_prepare(struct sending *s, build_fn *build, struct wire *ret, struct error *err)
{
    struct payload p;
    if (s->step > 0)
        return 1;
    int failed = build(s->f, s->kind, s->lang, s->plain, s->a, &p, err);
    if (!failed)
        ret->request = payload_request(s->d, &p, NULL, 0, s->a);
    return failed;
}

struct net_request payload_request(const struct destination_config *d, const struct payload *p, const struct name_value *more, size_t more_len, struct arena *a)
{
    struct net_request q = net_request_to(&d->http);
    struct name_value *headers = arena_array(a, q.headers.len + more_len + 1, sizeof *headers);
    if (q.headers.len)
        memcpy(headers, q.headers.items, q.headers.len * sizeof *headers);
    if (more_len)
        memcpy(headers + q.headers.len, more, more_len * sizeof *headers);
    q.headers = (struct name_values){headers, q.headers.len + more_len};
    q.content_type = p->content_type;
    q.body = p->body;
    q.body_len = p->len;
    return q;
}
