/* The durations of number.h. */
#include "base/number.h"

#include <string.h>

#include "base/attributes.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define YEAR (365 * DAY)
#define DURATION_LIMIT (100 * YEAR)

/* Largest first, the order in which a duration names them. */
static const struct unit {
    const char *name;   /* as written in rules */
    int spoken;         /* its place among the words told to people; -1 for those that people are not told */
    int64_t ms;
    bool whole; /* printed only when it divides the duration: "90d", not "12w6d" */
} units[] = {
    {"y", -1, YEAR, true},   {"w", -1, WEEK, true},   {"d", 0, DAY, false}, {"h", 1, HOUR, false},
    {"m", 2, MINUTE, false}, {"s", 3, SECOND, false}, {"ms", 4, 1, false},
};

const char *const duration_words_en[DURATION_WORDS] = {" d", " h", " min", " s", " ms"};
const char *const duration_words_ko[DURATION_WORDS] = {"일", "시간", "분", "초", "밀리초"};

/* The index of the unit at *p, at least `from`, or ARRAY_LEN(units). The letters end where the next digit begins. */
static size_t unit_scan(const char **p, const char *end, size_t from)
{
    const char *start = *p;
    while (*p < end && !(**p >= '0' && **p <= '9'))
        (*p)++;
    size_t len = (size_t)(*p - start);
    size_t i = from;
    while (i < ARRAY_LEN(units) && !(strlen(units[i].name) == len && memcmp(units[i].name, start, len) == 0))
        i++;
    return i;
}

bool duration_parse(const char *text, size_t len, int64_t *ret_ms)
{
    const char *p = text, *end = text + len;
    int64_t total = 0;
    size_t next_unit = 0;
    if (len == 1 && *text == '0') {
        *ret_ms = 0;
        return true;
    }
    if (p == end)
        return false;
    while (p < end) {
        const char *digits = p;
        while (p < end && *p >= '0' && *p <= '9')
            p++;
        int64_t count;
        if (p == digits || !integer_parse(digits, (size_t)(p - digits), &count))
            return false;
        size_t i = unit_scan(&p, end, next_unit);
        if (i == ARRAY_LEN(units) || count > DURATION_LIMIT / units[i].ms)
            return false;
        total += count * units[i].ms; /* at most one limit a unit: no overflow */
        next_unit = i + 1;
    }
    if (total > DURATION_LIMIT)
        return false;
    *ret_ms = total;
    return true;
}

static int64_t rounded(int64_t ms, int64_t to)
{
    return ms / to * to + (ms % to * 2 >= to ? to : 0);
}

void duration_format(struct strbuf *out, int64_t ms)
{
    duration_say(out, ms, duration_words_en);
}

void duration_say(struct strbuf *out, int64_t ms, const char *const words[DURATION_WORDS])
{
    if (ms < 0) {
        strbuf_addc(out, '-');
        ms = ms == INT64_MIN ? INT64_MAX : -ms;
    }
    if (ms > INT64_MAX - DAY)
        ms = INT64_MAX - DAY; /* leaves room to round */
    /* The second part is the last one told, so round to it; each step may lift the duration to the next. */
    if (ms >= SECOND)
        ms = rounded(ms, SECOND);
    if (ms >= HOUR)
        ms = rounded(ms, MINUTE);
    if (ms >= DAY)
        ms = rounded(ms, HOUR);
    if (ms == 0) {
        strbuf_addf(out, "0%s", words[3]);
        return;
    }
    const char *gap = "";
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        int64_t count = units[i].spoken >= 0 ? ms / units[i].ms : 0;
        if (count == 0)
            continue;
        strbuf_addf(out, "%s%lld%s", gap, (long long)count, words[units[i].spoken]);
        ms -= count * units[i].ms;
        gap = " ";
    }
}

void duration_print(struct strbuf *out, int64_t ms)
{
    if (ms < 0) {
        strbuf_addc(out, '-');
        ms = ms == INT64_MIN ? INT64_MAX : -ms;
    }
    if (ms == 0)
        strbuf_adds(out, "0s");
    for (size_t i = 0; i < ARRAY_LEN(units) && ms > 0; i++) {
        if (ms < units[i].ms || (units[i].whole && ms % units[i].ms != 0))
            continue;
        strbuf_addf(out, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
        ms %= units[i].ms;
    }
}
