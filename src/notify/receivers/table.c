/* All receivers, by type. */
#include "notify/receivers/receiver.h"

static const struct receiver *const receivers[RECEIVER_TYPES] = {
#define X(id, name) [id] = &name##_receiver,
    RECEIVERS(X)
#undef X
};

const struct receiver *receiver_find(enum receiver_type type)
{
    return receivers[type];
}
