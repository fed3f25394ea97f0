/*
 * A recording: samples of signals in one SQLite file, made from batches and read as a source. It holds what the bindings gave, in base units, so that it can be
 * judged anywhere by any ruleset that knows the signals' names.
 *
 *   meta(key, value)                 schema "nightbell.recording/1", interval_ms, from_ms, to_ms; scrape_ms of its source, where known; note; names "anonymous"
 *   signal(id, name, entity, unit)   names as in the ruleset that recorded
 *   series(id, cluster, signal, identity)          identity: JSON object of labels
 *   chunk(series, from_ms, slots, values)          zlib-compressed little-endian doubles on the grid; one NaN pattern means absent
 */
#ifndef SIGNAL_RECORDING_H
#define SIGNAL_RECORDING_H

#include <stdint.h>

#include "base/error.h"
#include "signal/batch.h"

struct recording_writer;

/* Makes the file anew (refuses one that exists). `scrape_ms`: 0 = not known. `note` (may be NULL) is kept as meta "note". */
int recording_create(const char *path, int64_t interval_ms, int64_t scrape_ms, const char *note, struct recording_writer **ret, struct error *err);
/* From here on names of entities and clusters are replaced (signal/anonymise.h). */
int recording_anonymise(struct recording_writer *w, const struct ruleset *rules, struct error *err);
/* Adds what the batch's whole answers have, merged by signal (batch_merge); failed answers leave gaps. */
int recording_add(struct recording_writer *w, struct batch *b, struct error *err);
/* The same of a time before the recording's: it can be asked for, but the span stays. The step may be a multiple of the interval: what lies between is not known. */
int recording_add_past(struct recording_writer *w, struct batch *b, struct error *err);
int recording_finish(struct recording_writer *w, struct error *err); /* frees; the file is whole only after this returned 0 */

struct source;
struct recording_info {
    int64_t interval_ms, from_ms, to_ms;
    int64_t scrape_ms; /* 0 = not known */
    char note[256];
};
void recording_info(const struct source *s, struct recording_info *ret); /* of a source opened by recording_open */
bool source_is_recording(const struct source *s);

#endif
