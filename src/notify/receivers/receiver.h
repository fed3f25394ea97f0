/*
 * Inside of receivers: how one outbox row travels. A receiver prepares requests step by step and judges the answers by tables; notify.c does what the
 * outcome says. A new receiver is one file and one row in table.c.
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
    size_t accepted; /* mail: recipients so far */
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

const struct transport *transport_find(enum receiver_type type);

/* outcome.c: tables */
enum outcome outcome_of_http(const struct net_result *r, struct error *why);
enum outcome outcome_of_smtp(const struct net_result *r, struct error *why);
/* `name` is what Slack said; false when the table does not know it. */
bool outcome_of_slack(const char *name, enum outcome *ret);
/* When to try again after `attempts` tries in vain (ms from now), `random` in [0, 1). -1: never. */
int64_t outcome_wait_ms(enum outcome o, int attempts, int64_t retry_after_ms, double random);

/* mime.c */
struct mail_text {
    const char *subject, *message_id, *root_id; /* ids without < > */
    const char *plain, *html;
};
int mail_text_make(const struct destination_config *d, const struct finding *f, const char *kind, enum language lang, struct arena *a, struct mail_text *ret,
                   struct error *err);
/* The whole mail, CRLF line ends. */
int mime_make(const struct destination_config *d, const struct finding *f, const struct mail_text *t, struct arena *a, struct payload *ret, struct error *err);

/* Rows of table.c */
int slack_render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                 struct payload *ret, struct error *err);
int email_render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                 struct payload *ret, struct error *err);
int email_webhook_render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang,
                         struct arena *a, struct payload *ret, struct error *err);
int stdout_render(const struct destination_config *d, const struct finding *f, const char *kind, const char *ref, enum language lang, struct arena *a,
                  struct payload *ret, struct error *err);
extern const struct transport slack_transport, email_transport, email_webhook_transport, stdout_transport;

#endif
