#include "config/interval.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/number.h"
#include "config/sections.h"

#define DAY_MINUTES (24 * 60)

static const char *const weekday_names[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", NULL};
static const char *const month_names[] = {"", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", NULL};

/* ---- asking ---- */

static bool in_ranges(const struct int_ranges *r, int value)
{
    for (size_t i = 0; i < r->len; i++)
        if (value >= r->items[i].from && value <= r->items[i].to)
            return true;
    return r->len == 0;
}

static bool in_times(const struct int_ranges *r, int minute)
{
    for (size_t i = 0; i < r->len; i++)
        if (minute >= r->items[i].from && minute < r->items[i].to)
            return true;
    return r->len == 0;
}

static int month_length(const struct tm *t)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = t->tm_year + 1900;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[t->tm_mon] + (t->tm_mon == 1 && leap);
}

/* "-3:-1" of a month of 30 days is "28:30"; what lies outside of the month is cut. */
static bool in_days(const struct int_ranges *r, const struct tm *t)
{
    int length = month_length(t);
    for (size_t i = 0; i < r->len; i++) {
        int from = r->items[i].from < 0 ? length + 1 + r->items[i].from : r->items[i].from;
        int to = r->items[i].to < 0 ? length + 1 + r->items[i].to : r->items[i].to;
        if (t->tm_mday >= from && t->tm_mday <= to)
            return true;
    }
    return r->len == 0;
}

static bool part_holds(const struct interval_part *p, int64_t unix_s)
{
    time_t local = (time_t)(unix_s + zone_offset_s(p->zone, unix_s));
    struct tm t;
    gmtime_r(&local, &t);
    return in_times(&p->times, t.tm_hour * 60 + t.tm_min) && in_ranges(&p->weekdays, t.tm_wday) && in_days(&p->days, &t) && in_ranges(&p->months, t.tm_mon + 1) &&
           in_ranges(&p->years, t.tm_year + 1900);
}

bool interval_holds(const struct time_interval_config *t, int64_t ms)
{
    for (size_t i = 0; i < t->len; i++)
        if (part_holds(&t->parts[i], ms / 1000 - (ms % 1000 < 0)))
            return true;
    return false;
}

/* ---- reading ---- */

/* One end of a range: a name of `names` or a number between `least` and `most`. */
static bool read_end(const char *text, size_t len, const char *const *names, int least, int most, int *ret)
{
    int64_t number;
    size_t sign = len > 0 && *text == '-';
    for (int i = 0; names && names[i]; i++) {
        if (!*names[i] || strlen(names[i]) != len || strncasecmp(names[i], text, len) != 0)
            continue;
        *ret = i;
        return true;
    }
    if (names == weekday_names || !integer_parse(text + sign, len - sign, &number))
        return false;
    number = sign ? -number : number;
    *ret = (int)number;
    return number >= least && number <= most && number != 0;
}

static const struct range_kind {
    const char *key, *expected;
    const char *const *names;
    int least, most;
} kinds[] = {
    {"weekdays", "a day or days like monday:friday", weekday_names, 0, 6},
    {"days_of_month", "days from 1 to 31, or -31 to -1 from the month's end, like 1:7 or -1", NULL, -31, 31},
    {"months", "months like january:march or 1:3", month_names, 1, 12},
    {"years", "years like 2026 or 2026:2028", NULL, 1970, 9999},
};

/* Days from both ends of a month cannot be compared before the month is known. */
static bool in_order(const struct int_range *r)
{
    return (r->from < 0) != (r->to < 0) ? r->to < 0 : r->from <= r->to;
}

static void read_range(struct bind *b, const struct range_kind *kind, const char *text, struct place at, struct int_ranges *ret)
{
    const char *colon = strchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : strlen(text);
    struct int_range r;
    bool ok = read_end(text, len, kind->names, kind->least, kind->most, &r.from);
    r.to = r.from;
    if (ok && colon)
        ok = read_end(colon + 1, strlen(colon + 1), kind->names, kind->least, kind->most, &r.to);
    if (!ok)
        mistake_add(b->mistakes, at, "\"%s\" takes %s, not \"%.60s\"", kind->key, kind->expected, text);
    else if (!in_order(&r))
        mistake_add(b->mistakes, at, "\"%s\": \"%.60s\" ends before it begins", kind->key, text);
    else
        ret->items[ret->len++] = r;
}

static void read_ranges(struct bind *b, const struct node *map, const struct range_kind *kind, const char **texts, size_t len, struct int_ranges *ret)
{
    const struct node *value = tree_get(map, kind->key);
    ret->items = arena_array(b->arena, len + 1, sizeof(*ret->items));
    for (size_t i = 0; i < len; i++)
        read_range(b, kind, texts[i], value->type == NODE_LIST && i < value->len ? value->items[i]->place : value->place, ret);
}

static bool read_minute(const char *text, int *ret)
{
    if (strlen(text) != 5 || text[2] != ':' || !isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[3]) ||
        !isdigit((unsigned char)text[4]))
        return false;
    *ret = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
    return text[3] < '6' && *ret <= DAY_MINUTES;
}

struct clock_times {
    const char *start, *end;
};

static const struct field clock_fields[] = {
    {.name = "start_time", .type = FIELD_TEXT, .offset = offsetof(struct clock_times, start), .required = true, .help = "as in \"09:00\""},
    {.name = "end_time", .type = FIELD_TEXT, .offset = offsetof(struct clock_times, end), .required = true, .help = "as in \"17:30\", at most \"24:00\""},
};

static const struct record clock_record = {
    .what = "a time range", .fields = clock_fields, .len = ARRAY_LEN(clock_fields), .size = sizeof(struct clock_times),
};

static void read_times(struct bind *b, const struct node *value, void *object)
{
    struct interval_part *p = object;
    if (value->type != NODE_LIST) {
        mistake_add(b->mistakes, value->place, "\"times\" must be a list like [{start_time: \"09:00\", end_time: \"17:00\"}]");
        return;
    }
    p->times.items = arena_array(b->arena, value->len + 1, sizeof(*p->times.items));
    for (size_t i = 0; i < value->len; i++) {
        struct clock_times texts = {0};
        struct int_range r;
        bind_record(b, &clock_record, value->items[i], &texts);
        if (!texts.start || !texts.end)
            continue;
        if (!read_minute(texts.start, &r.from) || !read_minute(texts.end, &r.to))
            mistake_add(b->mistakes, value->items[i]->place, "a time is written as \"09:00\", up to \"24:00\"");
        else if (r.from >= r.to)
            mistake_add(b->mistakes, value->items[i]->place, "start_time must be before end_time: a night is two ranges, up to \"24:00\" and from \"00:00\" on");
        else
            p->times.items[p->times.len++] = r;
    }
}

static void finish_part(struct bind *b, const struct node *map, void *object)
{
    struct interval_part *p = object;
    struct error err = {0};
    read_ranges(b, map, &kinds[0], p->weekday_texts, p->weekday_texts_len, &p->weekdays);
    read_ranges(b, map, &kinds[1], p->day_texts, p->day_texts_len, &p->days);
    read_ranges(b, map, &kinds[2], p->month_texts, p->month_texts_len, &p->months);
    read_ranges(b, map, &kinds[3], p->year_texts, p->year_texts_len, &p->years);
    if (p->location && zone_load(p->location, &p->zone, &err) < 0)
        mistake_add(b->mistakes, tree_get(map, "location")->place, "%s", err.text);
}

#define AT(member) offsetof(struct interval_part, member)
static const struct field part_fields[] = {
    {.name = "times", .type = FIELD_OWN, .read = read_times, .help = "of the day"},
    {.name = "weekdays", .type = FIELD_TEXTS, .offset = AT(weekday_texts), .also = AT(weekday_texts_len), .help = "like monday:friday"},
    {.name = "days_of_month", .type = FIELD_TEXTS, .offset = AT(day_texts), .also = AT(day_texts_len), .help = "like 1:7 or -1"},
    {.name = "months", .type = FIELD_TEXTS, .offset = AT(month_texts), .also = AT(month_texts_len), .help = "like january:march"},
    {.name = "years", .type = FIELD_TEXTS, .offset = AT(year_texts), .also = AT(year_texts_len), .help = "like 2026:2028"},
    {.name = "location", .type = FIELD_TEXT, .offset = AT(location), .help = "time zone like Asia/Seoul; Local is the machine's, UTC when absent"},
};
#undef AT

static const struct record part_record = {
    .what = "a time interval", .fields = part_fields, .len = ARRAY_LEN(part_fields), .size = sizeof(struct interval_part), .finish = finish_part,
};

#define AT(member) offsetof(struct time_interval_config, member)
static const struct field interval_fields[] = {
    {.name = "name", .type = FIELD_TEXT, .offset = AT(name), .required = true, .check = check_name, .help = "that routes use"},
    {.name = "time_intervals", .type = FIELD_RECORDS, .offset = AT(parts), .also = AT(len), .record = &part_record, .required = true, .help = "when it holds"},
};

const struct record time_interval_record = {
    .what = "a named time interval", .fields = interval_fields, .len = ARRAY_LEN(interval_fields), .size = sizeof(struct time_interval_config),
    .place_offset = AT(place),
};
