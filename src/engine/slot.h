/* The steps of a tick, shared by live ticks and replays. */
#ifndef ENGINE_SLOT_H
#define ENGINE_SLOT_H

#include "base/alloc.h"
#include "engine/engine.h"

/* Asks for `slots` slots from from_ms on, alerts of rule files or not: one batch per source, in the order of e->sources. Free each with batch_free. */
void slot_fetch(struct engine *e, struct batch *batches, int64_t from_ms, size_t slots, bool with_alerts);
struct batch *slot_batch(struct engine *e, struct batch *batches, const struct watch *w);
/* 0 when any answer is whole (or nothing was asked), else the last one's error. */
int slot_answers(const struct engine *e, const struct batch *batches, struct error *err);
/* What the conditions of the slots from..to ask of other days; after a live slot what the next ones will ask. */
void seasons_replay(struct engine *e, int64_t from_ms, int64_t to_ms);
void seasons_ahead(struct engine *e, int64_t slot_ms);
/* Takes slot `index` of the batch into the watch; what happened is in w->effects. */
void slot_evaluate(struct engine *e, struct watch *w, const struct batch *b, size_t index);
/* Writes into `f` which incident the instance belongs to, as what, and for a lead who else does. */
void slot_place(struct watch *w, const struct instance *i, struct arena *a, struct finding *f);
/* Tells and keeps what happened in this slot. */
int slot_publish(struct engine *e, int64_t slot_ms, struct error *err);
/* Decides which messages the slot's incidents give to whom: tellings' `due`, incidents' `speaks` (tell.c). */
void tell_decide(struct engine *e, int64_t slot_ms);
/* How many incidents stand in the digest of that destination; each may be shown. */
size_t tell_digest_members(const struct engine *e, size_t destination, void (*each)(void *context, struct watch *w, const struct incident *g), void *context);
/* Writes into a finding by whom it is silenced or acknowledged; strings are borrowed until the next slot. */
void tell_mark(const struct engine *e, struct finding *f);
/* Shows everything that fires, and what ended in this slot, to the receivers that mirror a state. */
void slot_mirror(struct engine *e);

#endif
