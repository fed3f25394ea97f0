#include "prom/series.h"

#include <string.h>

#include "prom/decimal.h"
#include "prom/word.h"

static const char head[] = "{\"metric\":{", instant[] = "},\"value\":[", range[] = "},\"values\":[", tail[] = "\"]},";

#define LITERAL(text) (text), sizeof(text) - 1

static const char *skip(const char *p, const char *end, const char *literal, size_t len)
{
    return (size_t)(end - p) >= len && memcmp(p, literal, len) == 0 ? p + len : NULL;
}

/* The closing quote of the plain string at p, NULL when it is not plain or cut. */
static const char *quote_after(const char *p, const char *end)
{
    const char *stop = p + plain_bytes(p, end);
    return stop < end && *stop == '"' ? stop : NULL;
}

/*
 * "name":"value",… up to the closing brace. The text is copied as a whole, then cut where the quotes stood: `cuts` has two places a label.
 */
static const char *labels_scan(const char *text, const char *end, struct series_line *ret)
{
    uint16_t cuts[2 * SERIES_LABELS];
    const char *p = text;
    size_t len = 0;
    if (end - text > SERIES_TEXT)
        end = text + SERIES_TEXT;
    for (bool more = end > p && *p == '"'; more; len++) {
        const char *name = p + 1, *name_end = len < SERIES_LABELS ? quote_after(name, end) : NULL;
        if (!name_end || end - name_end < 3 || name_end[1] != ':' || name_end[2] != '"')
            return NULL;
        const char *value = name_end + 3, *value_end = quote_after(value, end);
        if (!value_end || end - value_end < 3)
            return NULL;
        ret->labels[len] = (struct prom_label){ret->text + (name - text), ret->text + (value - text)};
        cuts[2 * len] = (uint16_t)(name_end - text);
        cuts[2 * len + 1] = (uint16_t)(value_end - text);
        p = value_end + 1;
        more = p[0] == ',' && p[1] == '"';
        p += more;
    }
    memcpy(ret->text, text, (size_t)(p - text));
    for (size_t i = 0; i < 2 * len; i++)
        ret->text[cuts[i]] = '\0';
    ret->len = len;
    return p;
}

const char *series_scan(const char *text, const char *end, struct series_line *ret)
{
    const char *p = skip(text, end, LITERAL(head));
    if (!p || !(p = labels_scan(p, end, ret)))
        return NULL;
    const char *points = skip(p, end, LITERAL(range));
    ret->range = points && points < end && *points == '[';
    if (ret->range)
        return points;
    p = skip(p, end, LITERAL(instant));
    if (p && (p = decimal_scan_ms(p, end, &ret->time_ms)))
        p = skip(p, end, LITERAL(",\""));
    if (p && (p = decimal_scan(p, end, &ret->value)))
        p = skip(p, end, LITERAL(tail));
    return p;
}
