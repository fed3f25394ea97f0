/* Series and values as rule tests write them: the first line is a series, the rest its values. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "signal/notation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(heap) char *text = xstrndup((const char *)data, size);
    AUTO(arena) struct arena a = ARENA_INIT("fuzz");
    struct notation_values values = {0};
    struct notation_series series;
    struct error err = {0};
    size_t column = 0;
    char *line_end = strchr(text, '\n');
    const char *rest = line_end ? line_end + 1 : "";
    if (line_end)
        *line_end = '\0';

    if (notation_series(text, &a, &series, &column, &err) < 0)
        assert(err.code < 0 && column >= 1 && column <= strlen(text) + 1);
    else
        assert(series.name[0] && series.len <= NOTATION_LABELS_MAX);
    if (notation_values(rest, &values, &column, &err) < 0)
        assert(err.code < 0 && column >= 1 && column <= strlen(rest) + 1);
    assert(values.len <= NOTATION_VALUES_MAX);
    free(values.items);
    return 0;
}
