/*
 * Inside of receivers: how one outbox row travels. A receiver prepares requests step by step and judges the answers by tables; notify.c does what the
 * outcome says. A new receiver is one file, which defines NAME_receiver, a row of config/receivers.h and its keys in config/receiver.c.
 */
#ifndef NOTIFY_RECEIVERS_RECEIVER_H
#define NOTIFY_RECEIVERS_RECEIVER_H

#include "notify/message.h"
#include "notify/notify.h"

enum outcome {
    OUTCOME_SENT,      /* this step is done */
    OUTCOME_RETRY,     /* surely not taken: again, with growing waits */
    OUTCOME_THROTTLED, /* the whole destination waits as long as it says */
    OUTCOME_AMBIGUOUS, /* perhaps taken: again, but late, since it may come twice */
    OUTCOME_DEAD,      /* this message will never be taken */
    OUTCOME_CONFIG,    /* nothing will be taken until somebody mends the settings */
    OUTCOME_PLAIN,     /* our form was refused: once more in the simplest one */
    OUTCOME_ANEW,      /* the message to be edited is gone: say it as a new one */
    OUTCOME_SPLIT,     /* one of several recipients was refused: one by one */
};

struct sending {
    const struct destination_config *d;
    const struct finding *f;
    const char *kind;
    enum language lang;
    struct arena *a;
    const char *ref; /* what is kept about the earlier message, JSON or NULL; replaced by a judge that learned more */
    size_t step;
    bool plain, split;
    bool notable;    /* slack: the change deserves more than a silent edit */
    bool posted;     /* slack: it is a new message, so its chart may follow */
    const char *upload_url, *file_id; /* slack: where the chart goes; NULL = it does not, or not yet */
    size_t accepted; /* mail: recipients so far */
    int64_t wait_ms; /* the answer's body said when to come again; 0 = it did not */
};

struct wire {
    struct net_request request;
    struct net_mail mail;
};

struct transport {
    /* The request of s->step. 1 = there is no such step: all is said. Negative: it cannot be said (`err`). Strings in s->a. */
    int (*prepare)(struct sending *s, struct wire *ret, struct error *err);
    /* What the answer means; `why` gets a sentence unless it is OUTCOME_SENT. NULL: the receiver never asks anybody. */
    enum outcome (*judge)(struct sending *s, const struct net_result *r, struct error *why);
};

/* outcome.c: tables */
enum outcome outcome_of_http(const struct net_result *r, struct error *why);
enum outcome outcome_of_smtp(const struct net_result *r, struct error *why);
/* `name` is what Slack said; false when the table does not know it. */
bool outcome_of_slack(const char *name, enum outcome *ret);
/* When to try again after `attempts` tries in vain (ms from now), `random` in [0, 1). -1: never. */
int64_t outcome_wait_ms(enum outcome o, int attempts, int64_t retry_after_ms, double random);

/* request.c: takes the reference to `json`; the request to `d` with its headers and `more`. */
int json_payload(json_t *json, struct arena *a, struct payload *ret, struct error *err);
/* The only step of a receiver that posts a message made by `build` (`plain`: in its simplest form). */
typedef int build_fn(const struct finding *f, const char *kind, enum language lang, bool plain, struct arena *a, struct payload *ret, struct error *err);
int post_prepare(struct sending *s, build_fn *build, struct wire *ret, struct error *err);
struct net_request payload_request(const struct destination_config *d, const struct payload *p, const struct name_value *more, size_t more_len, struct arena *a);

/*
 * webhook.c: "v1,<base64>" of Standard Webhooks 1.0.0 for each line of `secret` ("whsec_<base64>" or the key itself), a blank between; so that a key can be changed
 * while both are taken. ERR_INVALID when a key is none or too short.
 */
int webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body, size_t len, struct strbuf *ret, struct error *err);

/* alertmanager.c: what names an alert and what is said about it; new references. `f` decides alone: the same finding gives the same labels. */
json_t *alert_labels(const struct finding *f);
json_t *alert_annotations(const struct finding *f, enum language lang);
/* One alert of the API; takes no references. `ends_ms`: until then it holds if nobody says otherwise. */
json_t *alert_json(const json_t *labels, const json_t *annotations, const char *link, int64_t starts_ms, int64_t ends_ms);
const char *alert_link(const struct finding *f, struct arena *a); /* NULL = none */
int64_t alert_starts_ms(const struct finding *f);
struct net_request alertmanager_ask(const struct destination_config *d, const char *path, struct arena *a); /* GET */
struct net_request alertmanager_request(const struct destination_config *d, const struct payload *p, struct arena *a);
#define ALERT_LEASE_MS (5 * 60 * 1000) /* five sends may fail before an alert ends by itself, as Alertmanager's own resolve_timeout */
#define ALERT_RESEND_MS (60 * 1000)

/* mime.c */
struct mail_text {
    const char *subject, *message_id, *root_id; /* ids without < > */
    const char *plain, *html;
    const char *png; /* the chart that `html` shows; NULL = none */
    size_t png_len;
};
/* `with_picture`: when there is enough to draw. */
int mail_text_make(const struct destination_config *d, const struct finding *f, const char *kind, enum language lang, bool with_picture, struct arena *a, struct mail_text *ret,
                   struct error *err);
/* The whole mail, CRLF line ends. */
int mime_make(const struct destination_config *d, const struct finding *f, const struct mail_text *t, struct arena *a, struct payload *ret, struct error *err);

#define X(id, name) extern const struct receiver name##_receiver;
RECEIVERS(X)
#undef X

#endif
