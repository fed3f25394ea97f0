/*
 * The chart of a new Slack message, as a picture in its thread: three more requests, for which the token needs the scope files:write. What is refused or fails is
 * logged and left out: the message is there, and block characters with numbers in it. After a crash in between nothing is made up for.
 */
#ifndef NOTIFY_RECEIVERS_SLACK_CHART_H
#define NOTIFY_RECEIVERS_SLACK_CHART_H

#include "notify/receivers/receiver.h"

/* The request of `step` (0, 1, 2) after the message that s->ref names; false when there is none, or no more. */
bool slack_chart_prepare(struct sending *s, size_t step, struct net_request *ret);
void slack_chart_judge(struct sending *s, size_t step, const struct net_result *r);

/* May a picture be sent to where Slack's answer says: its own servers over TLS, or the host of `api_url`. */
bool slack_chart_url_is_good(const char *url, const char *api_url);

#endif
