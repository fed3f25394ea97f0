/* What is kept of a message that was said (the `ref` of the outbox), and what is worth being said after it. */
#ifndef NOTIFY_RECEIVERS_SAID_H
#define NOTIFY_RECEIVERS_SAID_H

#include "model/json.h"
#include "notify/receivers/receiver.h"

/* `json` (NULL = new, a reference is taken) with what `f` says put in, as text. */
const char *said_ref(struct arena *a, const struct finding *f, json_t *json);
const char *said_text(const json_t *ref, const char *key); /* "" = not kept */
/*
 * All but an update that leaves severity, state, cause and who is at it as they were said, or whose severity only fell, or whose cause became doubtful (while
 * things recover the evidence fades). `ref` NULL = nothing was said.
 */
bool said_is_news(const struct finding *f, const char *kind, const json_t *ref);
/* The same of a sending, for receivers that can only post. */
bool said_worth_posting(const struct sending *s);

#endif
