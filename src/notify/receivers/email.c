/* Mails by SMTP: one transfer to all recipients; when one of them is refused, one by one, so that a mistyped address does not silence the others. */
#include <string.h>

#include "base/log.h"
#include "notify/receivers/receiver.h"

static int render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err)
{
    (void)ref;
    struct mail_text text;
    int failed = mail_text_make(d, f, kind, lang, true, a, &text, err);
    return failed ? failed : mime_make(d, f, &text, a, ret, err);
}

static int prepare(struct sending *s, struct wire *ret, struct error *err)
{
    const struct destination_config *d = s->d;
    if (s->step >= (s->split ? d->to_len : 1))
        return 1;
    struct payload p;
    int failed = render(d, s->f, s->kind, s->ref, s->lang, s->a, &p, err);
    if (failed)
        return failed;
    const char *const *to = (const char *const *)d->to;
    ret->mail = (struct net_mail){
        .from = d->from,
        .to = s->split ? &to[s->step] : to,
        .to_len = s->split ? 1 : d->to_len,
        .user = d->smtp_user,
        .password_file = d->smtp_password_file,
        .require_tls = d->smtp_require_tls,
    };
    ret->request = (struct net_request){
        .url = d->smtp_url,
        .body = p.body,
        .body_len = p.len,
        .tls = d->http.tls,
        .deadline_ms = d->http.timeout_ms,
        .mail = &ret->mail,
    };
    return 0;
}

static enum outcome judge(struct sending *s, const struct net_result *r, struct error *why)
{
    enum outcome o = outcome_of_smtp(r, why);
    bool last = s->step + 1 == s->d->to_len;
    if (!s->split)
        return o == OUTCOME_SPLIT && s->d->to_len < 2 ? OUTCOME_DEAD : o;
    if (o == OUTCOME_SENT) {
        s->accepted++;
        return o;
    }
    log_warn("mail to %s was not taken: %s", s->d->to[s->step], why->text);
    if (!last || s->accepted)
        return OUTCOME_SENT; /* of this recipient no more can be had; the others go on */
    return o == OUTCOME_SPLIT ? OUTCOME_DEAD : o;
}

static const struct transport transport = {prepare, judge};
const struct receiver email_receiver = {.render = render, .transport = &transport, .posts = true, .pace = {2, 0, 0}};
