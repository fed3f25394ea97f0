/*
 * Time zones as data: offsets read from the system's zone files, without TZ of the environment, which other threads read. A zone does not change after it was loaded.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>
#include "base/error.h"

struct zone;

/* "Asia/Seoul"; "UTC"; "Local" is this machine's. ERR_NOT_FOUND when the system has no such zone, ERR_DATA when its file is none. */
int zone_load(const char *name, struct zone **ret, struct error *err);
void zone_free(struct zone *z);
/* Seconds to add to UTC at that time (Unix seconds); NULL = UTC. */
int zone_offset_s(const struct zone *z, int64_t unix_s);

#endif
