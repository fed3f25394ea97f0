/* A message as Slack's Block Kit, within our own budget: 20 blocks, 8,000 units of text, 12,000 bytes. */
#ifndef NOTIFY_RECEIVERS_SLACK_BLOCKS_H
#define NOTIFY_RECEIVERS_SLACK_BLOCKS_H

#include <jansson.h>

#include "notify/message.h"

/* All give new references. */
json_t *slack_blocks(const struct message *m, const struct finding *f, enum language lang);
json_t *slack_note(const struct message *m, size_t max); /* one line, escaped */
json_t *slack_plain_text(const struct message *m, enum language lang); /* without blocks, at most 2,000 units */

#endif
