/*
 * All receivers: one row each. X(id, name, keys): `name` is its word in the configuration, its file notify/receivers/NAME.c, which defines NAME_receiver;
 * `keys` is the table in receiver.c of what may be said of it: "url" for those that are an URL and nothing else.
 */
#ifndef CONFIG_RECEIVERS_H
#define CONFIG_RECEIVERS_H

#define RECEIVERS(X)                                                                                                   \
    X(RECEIVER_SLACK, slack, slack)                                                                                    \
    X(RECEIVER_EMAIL, email, email)                                                                                    \
    X(RECEIVER_EMAIL_WEBHOOK, email_webhook, email_webhook)                                                            \
    X(RECEIVER_WEBHOOK, webhook, webhook)                                                                              \
    X(RECEIVER_PAGERDUTY, pagerduty, pagerduty)                                                                        \
    X(RECEIVER_ALERTMANAGER, alertmanager, alertmanager)                                                               \
    X(RECEIVER_STDOUT, stdout, stdout)

enum receiver_type {
#define X(id, name, keys) id,
    RECEIVERS(X)
#undef X
        RECEIVER_TYPES
};

#endif
