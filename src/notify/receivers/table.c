/* All receivers. */
#include "notify/receivers/receiver.h"

static const struct receiver receivers[RECEIVER_TYPES] = {
    {RECEIVER_SLACK, "slack", slack_render, false},
    {RECEIVER_EMAIL, "email", email_render, false},
    {RECEIVER_EMAIL_WEBHOOK, "email_webhook", email_webhook_render, false},
    {RECEIVER_WEBHOOK, "webhook", webhook_render, false},
    {RECEIVER_PAGERDUTY, "pagerduty", pagerduty_render, false},
    {RECEIVER_ALERTMANAGER, "alertmanager", alertmanager_render, true},
    {RECEIVER_STDOUT, "stdout", stdout_render, false},
};

static const struct transport *const transports[RECEIVER_TYPES] = {
    [RECEIVER_SLACK] = &slack_transport,
    [RECEIVER_EMAIL] = &email_transport,
    [RECEIVER_EMAIL_WEBHOOK] = &email_webhook_transport,
    [RECEIVER_WEBHOOK] = &webhook_transport,
    [RECEIVER_PAGERDUTY] = &pagerduty_transport,
    [RECEIVER_ALERTMANAGER] = &alertmanager_transport,
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
