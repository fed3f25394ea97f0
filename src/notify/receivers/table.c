/* All receivers. */
#include "notify/receivers/receiver.h"

static const struct receiver receivers[RECEIVER_TYPES] = {
    {RECEIVER_SLACK, "slack", slack_render},
    {RECEIVER_EMAIL, "email", email_render},
    {RECEIVER_EMAIL_WEBHOOK, "email_webhook", email_webhook_render},
    {RECEIVER_STDOUT, "stdout", stdout_render},
};

static const struct transport *const transports[RECEIVER_TYPES] = {
    [RECEIVER_SLACK] = &slack_transport,
    [RECEIVER_EMAIL] = &email_transport,
    [RECEIVER_EMAIL_WEBHOOK] = &email_webhook_transport,
    [RECEIVER_STDOUT] = &stdout_transport,
};

const struct receiver *receiver_find(enum receiver_type type)
{
    for (size_t i = 0; i < ARRAY_LEN(receivers); i++)
        if (receivers[i].type == type)
            return &receivers[i];
    return NULL;
}

const struct transport *transport_find(enum receiver_type type)
{
    return transports[type];
}
