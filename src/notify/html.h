/* A message as an HTML page. */
#ifndef NOTIFY_HTML_H
#define NOTIFY_HTML_H

#include "notify/message.h"

void message_html(const struct message *m, enum language lang, struct strbuf *out);

#endif
