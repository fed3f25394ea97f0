/*
 * What comes and goes again and again: from the fourth time within an hour on its message says so, and after that it is told only when it stays. What was told is still
 * told to have ended. Forgotten with the process: at worst somebody hears of it a few times more.
 */
#ifndef NOTIFY_FLAP_H
#define NOTIFY_FLAP_H

#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"

#define FLAP_TIMES 4                         /* seven changes within the hour */
#define FLAP_STAYS_MS (10 * 60 * 1000)       /* then what fires is told all the same */
#define FLAP_STAYS_CRITICAL_MS (2 * 60 * 1000)

struct flaps;

struct flaps *flaps_new(void);
void flaps_free(struct flaps *all);
/* It opened; `f` says what (symptom, cluster, entity). How often it did within the last hour, this time included. */
size_t flaps_opened(struct flaps *all, const struct finding *f, int64_t now_ms);

#endif
