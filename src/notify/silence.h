/*
 * The silences and acknowledgements that are in force, read from the store every tick and kept compiled. A silence keeps messages back, an acknowledgement only reminders.
 * When the store cannot be read, those that were known stay, each until its end.
 */
#ifndef NOTIFY_SILENCE_H
#define NOTIFY_SILENCE_H

#include "model/matcher.h"
#include "store/store.h"

struct silence {
    int64_t id;
    bool ack;
    struct matchers matchers;
    int64_t starts_ms, ends_ms;
    char *author, *comment;
    bool elsewhere; /* made in Alertmanager (peer_silence.h), which knows it by itself */
};

struct silences {
    struct silence *items;
    size_t len, cap;
    uint64_t in_force; /* tells one set of those in force from another */
};

struct silences *silences_new(void);
void silences_free(struct silences *all);
/* Takes what the store has. True when others are in force at `now_ms` than at the last call. */
bool silences_read(struct silences *all, struct store *store, int64_t now_ms);
/* The oldest in force that matches; NULL = none. `all` may be NULL. */
const struct silence *silences_find(const struct silences *all, bool ack, const struct finding *f, int64_t now_ms);
/* The same without those made elsewhere: for the receiver that knows them and wants to be told all the same. */
const struct silence *silences_find_own(const struct silences *all, bool ack, const struct finding *f, int64_t now_ms);
bool silences_any(const struct silences *all, bool ack); /* worth asking */

#endif
