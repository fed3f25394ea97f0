/*
 * All receivers: one row each. X(id, name): `name` is its word in the configuration; its file notify/receivers/NAME.c defines NAME_receiver, and receiver.c has its
 * keys, NAME_fields, and finish_NAME, which checks them together.
 */
#ifndef CONFIG_RECEIVERS_H
#define CONFIG_RECEIVERS_H

#define RECEIVERS(X)                                                                                                   \
    X(RECEIVER_SLACK, slack)                                                                                           \
    X(RECEIVER_EMAIL, email)                                                                                           \
    X(RECEIVER_EMAIL_WEBHOOK, email_webhook)                                                                           \
    X(RECEIVER_WEBHOOK, webhook)                                                                                       \
    X(RECEIVER_PAGERDUTY, pagerduty)                                                                                   \
    X(RECEIVER_ALERTMANAGER, alertmanager)                                                                             \
    X(RECEIVER_TEAMS, teams)                                                                                           \
    X(RECEIVER_DISCORD, discord)                                                                                       \
    X(RECEIVER_TELEGRAM, telegram)                                                                                     \
    X(RECEIVER_STDOUT, stdout)

enum receiver_type {
#define X(id, name) id,
    RECEIVERS(X)
#undef X
        RECEIVER_TYPES
};

#endif
