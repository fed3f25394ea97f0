/* A message as an HTML page. */
#ifndef NOTIFY_HTML_H
#define NOTIFY_HTML_H

#include "notify/message.h"

/* `picture`: the URL of a PNG of message_picture(), escaped already; NULL = none, then block characters stand for it. */
void message_html(const struct message *m, enum language lang, const char *picture, struct strbuf *out);

#endif
