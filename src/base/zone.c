/* Zone files (RFC 8536): a table of transitions, and for what comes after the last one a rule in POSIX' TZ notation. */
#include "base/zone.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/number.h"

#define FOLDER "/usr/share/zoneinfo"
#define FILE_MAX (1 << 20)
#define HEADER 44
#define DAY_S 86400

struct day_rule { /* when a period begins, in local time of the one before */
    enum { DAY_JULIAN, DAY_OF_YEAR, DAY_OF_WEEK } type;
    int month, week, day; /* DAY_OF_WEEK: the week-th (5 = last) such weekday; else `day` alone */
    int64_t time_s;
};

struct zone {
    size_t len;
    int64_t *at_s; /* transitions, oldest first */
    int *offset_s; /* from each of them on */
    int first_s;   /* before all of them */
    bool has_rule, has_summer;
    int standard_s, summer_s;
    struct day_rule begin, end; /* of summer time */
};

/* ---- reading ---- */

struct block { /* counts of one part of the file */
    uint32_t isut, isstd, leap, time, type, abbreviation;
};

static int64_t big_endian(const unsigned char *p, size_t bytes)
{
    uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

static bool read_header(const unsigned char *p, size_t left, struct block *ret)
{
    uint32_t *const counts[] = {&ret->isut, &ret->isstd, &ret->leap, &ret->time, &ret->type, &ret->abbreviation};
    if (left < HEADER || memcmp(p, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        *counts[i] = (uint32_t)big_endian(p + 20 + 4 * i, 4);
        if (*counts[i] > FILE_MAX)
            return false;
    }
    return true;
}

static size_t block_size(const struct block *b, size_t time_bytes)
{
    return b->time * (time_bytes + 1) + b->type * 6 + b->abbreviation + b->leap * (time_bytes + 4) + b->isstd + b->isut;
}

static bool read_table(struct zone *z, const unsigned char *p, const struct block *b)
{
    const unsigned char *kinds = p + b->time * 8, *types = kinds + b->time;
    if (!b->type)
        return false;
    z->len = b->time;
    z->at_s = xcalloc(z->len + 1, sizeof(*z->at_s));
    z->offset_s = xcalloc(z->len + 1, sizeof(*z->offset_s));
    z->first_s = (int)big_endian(types, 4);
    for (size_t i = 0; i < z->len; i++) {
        z->at_s[i] = big_endian(p + 8 * i, 8);
        if (kinds[i] >= b->type || (i && z->at_s[i] <= z->at_s[i - 1]))
            return false;
        z->offset_s[i] = (int)big_endian(types + 6 * kinds[i], 4);
    }
    return true;
}

/* ---- the rule: "EST5EDT,M3.2.0,M11.1.0" ---- */

static bool read_name(const char **at)
{
    size_t len = **at == '<' ? strcspn(*at, ">") + 1 : strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (len < 3 || strlen(*at) < len)
        return false;
    *at += len;
    return true;
}

static bool read_int(const char **at, int64_t *ret)
{
    size_t digits = strspn(*at, "0123456789");
    bool ok = digits > 0 && digits < 5 && integer_parse(*at, digits, ret);
    *at += digits;
    return ok;
}

/* "5", "-9", "+1:30", "26:00:10" */
static bool read_time(const char **at, int64_t *ret_s)
{
    static const int64_t units[] = {3600, 60, 1};
    int64_t sign = **at == '-' ? -1 : 1;
    *at += **at == '-' || **at == '+';
    *ret_s = 0;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        int64_t v;
        if (i && **at != ':')
            break;
        *at += i > 0;
        if (!read_int(at, &v))
            return false;
        *ret_s += sign * v * units[i];
    }
    return true;
}

static bool read_day(const char **at, struct day_rule *ret)
{
    int64_t a = 0, b = 0, c = 0;
    *ret = (struct day_rule){.type = **at == 'M' ? DAY_OF_WEEK : **at == 'J' ? DAY_JULIAN : DAY_OF_YEAR, .time_s = 2 * 3600};
    *at += ret->type != DAY_OF_YEAR;
    if (!read_int(at, &a))
        return false;
    if (ret->type == DAY_OF_WEEK) {
        if (*(*at)++ != '.' || !read_int(at, &b) || *(*at)++ != '.' || !read_int(at, &c) || a < 1 || a > 12 || b < 1 || b > 5 || c > 6)
            return false;
        ret->month = (int)a;
        ret->week = (int)b;
    }
    ret->day = (int)(ret->type == DAY_OF_WEEK ? c : a);
    if (**at != '/')
        return true;
    ++*at;
    return read_time(at, &ret->time_s);
}

static bool read_rule(struct zone *z, const char *at)
{
    int64_t offset_s;
    if (!read_name(&at) || !read_time(&at, &offset_s))
        return false;
    z->has_rule = true;
    z->standard_s = (int)-offset_s;
    if (!*at)
        return true;
    z->has_summer = true;
    z->summer_s = z->standard_s + 3600;
    if (!read_name(&at))
        return false;
    if (*at != ',') {
        if (!read_time(&at, &offset_s))
            return false;
        z->summer_s = (int)-offset_s;
    }
    return *at++ == ',' && read_day(&at, &z->begin) && *at++ == ',' && read_day(&at, &z->end) && !*at;
}

/* ---- the file ---- */

static bool read_all(struct zone *z, const char *data, size_t len)
{
    const unsigned char *p = (const unsigned char *)data, *end = p + len;
    struct block b;
    if (!read_header(p, len, &b) || p[4] < '2' || block_size(&b, 4) + HEADER > len) /* version 1 ends in 2037: nobody writes it alone any more */
        return false;
    p += HEADER + block_size(&b, 4);
    if (!read_header(p, (size_t)(end - p), &b) || block_size(&b, 8) + HEADER > (size_t)(end - p))
        return false;
    p += HEADER;
    if (!read_table(z, p, &b))
        return false;
    p += block_size(&b, 8);
    if (end - p < 2 || *p != '\n' || end[-1] != '\n')
        return false;
    AUTO(heap) char *rule = xstrndup((const char *)p + 1, (size_t)(end - p) - 2);
    return !*rule || read_rule(z, rule);
}

static bool is_zone_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    return *name && *name != '/' && name[strspn(name, letters)] == '\0';
}

int zone_load(const char *name, struct zone **ret, struct error *err)
{
    AUTO(heap) char *path = strcmp(name, "Local") == 0 ? xstrdup("/etc/localtime") : xasprintf(FOLDER "/%s", name), *data = NULL;
    size_t len;
    *ret = NULL;
    if (strcmp(name, "UTC") == 0)
        return 0;
    if (!is_zone_name(name) || file_read(path, FILE_MAX, &data, &len, NULL) != 0)
        return error_set(err, ERR_NOT_FOUND, "there is no time zone \"%.60s\" on this machine (names are like Europe/Berlin; package tzdata)", name);
    struct zone *z = xcalloc(1, sizeof(*z));
    if (read_all(z, data, len)) {
        *ret = z;
        return 0;
    }
    zone_free(z);
    return error_set(err, ERR_DATA, "%s is not a zone file that can be read", path);
}

void zone_free(struct zone *z)
{
    if (!z)
        return;
    free(z->at_s);
    free(z->offset_s);
    free(z);
}

/* ---- asking ---- */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to January 1st of the year. */
static int64_t year_start(int64_t year)
{
    int64_t y = year - 1;
    return (year - 1970) * 365 + (y / 4 - 1969 / 4) - (y / 100 - 1969 / 100) + (y / 400 - 1969 / 400);
}

static int64_t year_of(int64_t unix_s)
{
    int64_t days = unix_s / DAY_S - (unix_s % DAY_S < 0), year = 1970 + days / 366;
    while (year_start(year + 1) <= days)
        year++;
    return year;
}

/* Seconds since 1970 in local time when the rule's period begins in that year. */
static int64_t rule_time(const struct day_rule *r, int64_t year)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int64_t day = year_start(year);
    if (r->type == DAY_OF_YEAR)
        return (day + r->day) * DAY_S + r->time_s;
    if (r->type == DAY_JULIAN) /* counts no leap day */
        return (day + r->day - 1 + (is_leap(year) && r->day > 59)) * DAY_S + r->time_s;
    int64_t first = day + before[r->month - 1] + (is_leap(year) && r->month > 2), length = before[r->month] - before[r->month - 1] + (is_leap(year) && r->month == 2);
    int64_t weekday = (first + 4) % 7, at = (r->day - weekday + 7) % 7 + 7 * (r->week - 1);
    return (first + (at >= length ? at - 7 : at)) * DAY_S + r->time_s;
}

static int offset_by_rule(const struct zone *z, int64_t unix_s)
{
    if (!z->has_summer)
        return z->standard_s;
    int64_t year = year_of(unix_s + z->standard_s);
    int64_t begin_s = rule_time(&z->begin, year) - z->standard_s, end_s = rule_time(&z->end, year) - z->summer_s;
    bool summer = begin_s < end_s ? unix_s >= begin_s && unix_s < end_s : unix_s >= begin_s || unix_s < end_s;
    return summer ? z->summer_s : z->standard_s;
}

int zone_offset_s(const struct zone *z, int64_t unix_s)
{
    if (!z)
        return 0;
    if (z->has_rule && (!z->len || unix_s >= z->at_s[z->len - 1]))
        return offset_by_rule(z, unix_s);
    size_t low = 0, high = z->len; /* transitions at or before it */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (z->at_s[middle] <= unix_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? z->offset_s[low - 1] : z->first_s;
}
