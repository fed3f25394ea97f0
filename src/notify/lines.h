/*
 * A message as lines of another notation, for chats that are neither a page nor Block Kit. Only whole lines are left out, from the end: a command is shown as it is or
 * not at all.
 */
#ifndef NOTIFY_LINES_H
#define NOTIFY_LINES_H

#include "notify/message.h"

struct notation {
    void (*escape)(struct strbuf *out, const char *text);         /* a text among others */
    void (*escape_command)(struct strbuf *out, const char *text); /* one between `command` and its end */
    const char *strong, *strong_end, *command, *command_end;
    const char *not_in_commands; /* characters that no escape can make harmless there; "" = none */
    void (*link)(struct strbuf *out, const char *name, const char *url);
};

void escape_nothing(struct strbuf *out, const char *text);
/* Facts, sections, links and footer after headline (unless `bare`) and lead, in at most `max` units. */
void message_lines(const struct message *m, enum language lang, const struct notation *k, size_t max, bool bare, struct strbuf *out);

#endif
