/*
 * What Alertmanager's webhook says (its payload version 4): alerts with their labels and times. Fields that are not known are passed over; a body that is none, or one
 * beyond the caps, is refused as a whole and says why.
 */
#ifndef MODEL_WEBHOOK_H
#define MODEL_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "model/entity.h"

#define WEBHOOK_BODY_MAX (1024 * 1024)
#define WEBHOOK_ALERTS_MAX 1000
#define WEBHOOK_VALUE_MAX 4096 /* bytes of a label's value */

struct webhook_alert {
    const char *name; /* its label alertname, "" = it has none */
    bool firing;      /* else it has ended */
    int64_t starts_ms, ends_ms; /* 0 = not said */
    struct label_set labels;
};

struct webhook {
    struct webhook_alert *alerts; /* at least one */
    size_t len;
    size_t left_out; /* so many more did not fit, says Alertmanager */
};

/* All in `a`. ERR_LIMIT beyond a cap, ERR_DATA when it is no such body. */
int webhook_read(const char *body, size_t len, struct arena *a, struct webhook *ret, struct error *err);

#endif
