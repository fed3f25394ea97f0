/* maintenance: times in which what happens to some entities is planned, and so is only told as information for a while. */
#include "config/maintenance.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "config/sections.h"

#define DAY_MINUTES (24 * 60)
#define MINUTE_MS INT64_C(60000)

/* ---- asking ---- */

static bool is_time(const struct maintenance_config *m, int64_t now_ms)
{
    return m->from_ms || m->to_ms ? now_ms >= m->from_ms && now_ms < m->to_ms : interval_holds(&m->times, now_ms);
}

const struct maintenance_config *maintenance_at(const struct maintenance_config *all, size_t len, const struct finding *f, int64_t now_ms)
{
    for (size_t i = 0; i < len; i++)
        if (is_time(&all[i], now_ms) && (!all[i].cluster || strcmp(all[i].cluster, f->cluster) == 0) && matchers_match(&all[i].matchers, f))
            return &all[i];
    return NULL;
}

int64_t maintenance_until_ms(const struct maintenance_config *m, int64_t now_ms, int64_t fired_ms)
{
    int64_t end_ms = m->to_ms, deadline_ms = fired_ms + m->deadline_ms;
    if (!end_ms)
        for (end_ms = now_ms - now_ms % MINUTE_MS; end_ms < deadline_ms && is_time(m, end_ms);)
            end_ms += MINUTE_MS;
    return end_ms < deadline_ms ? end_ms : deadline_ms;
}

/* ---- reading ---- */

static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static int day_of(const char *text)
{
    for (int i = 0; i < (int)ARRAY_LEN(days); i++)
        if (strncasecmp(text, days[i], 3) == 0)
            return i;
    return -1;
}

/* "Sun", "Mon-Fri", "Sat,Sun", "daily": one bit a day; 0 when it is none of these. */
static unsigned read_days(const char *text, size_t len)
{
    unsigned mask = 0;
    if (len == strlen("daily") && strncasecmp(text, "daily", len) == 0)
        return 0x7f;
    for (size_t at = 0; at < len; at++) {
        int from = len - at >= 3 ? day_of(text + at) : -1, to = from;
        at += 3;
        if (from >= 0 && at < len && text[at] == '-') {
            to = len - at >= 4 ? day_of(text + at + 1) : -1;
            at += 4;
        }
        if (from < 0 || to < 0 || (at < len && text[at] != ','))
            return 0;
        for (int day = from;; day = (day + 1) % 7) {
            mask |= 1u << day;
            if (day == to)
                break;
        }
    }
    return mask;
}

static bool read_minutes(const char *text, struct int_range *ret)
{
    int h1, m1, h2, m2, end = 0;
    if (sscanf(text, "%2d:%2d-%2d:%2d%n", &h1, &m1, &h2, &m2, &end) != 4 || text[end] || h1 < 0 || m1 < 0 || h2 < 0 || m2 < 0 || m1 > 59 || m2 > 59)
        return false;
    *ret = (struct int_range){h1 * 60 + m1, h2 * 60 + m2};
    return ret->from < DAY_MINUTES && ret->to <= DAY_MINUTES && ret->from != ret->to;
}

static bool add_part(struct bind *b, struct maintenance_config *m, unsigned mask, int from, int to, struct place at)
{
    struct interval_part *p = &m->times.parts[m->times.len++];
    struct error err = {0};
    p->times.items = arena_array(b->arena, 1, sizeof(*p->times.items));
    p->times.items[p->times.len++] = (struct int_range){from, to};
    p->weekdays.items = arena_array(b->arena, 7, sizeof(*p->weekdays.items));
    for (int day = 0; day < 7; day++)
        if (mask & 1u << day)
            p->weekdays.items[p->weekdays.len++] = (struct int_range){day, day};
    if (m->timezone && zone_load(m->timezone, &p->zone, &err) < 0)
        mistake_add(b->mistakes, at, "%s", err.text);
    return err.code == 0;
}

/* A night is two parts: up to midnight on its day, and from midnight on the day after. */
static void read_schedule(struct bind *b, struct maintenance_config *m, const struct node *map)
{
    const struct node *node = tree_get(map, "schedule"), *zone = tree_get(map, "timezone");
    const char *text = m->schedule;
    size_t len = strcspn(text, " ");
    unsigned mask = read_days(text, len);
    struct int_range r;
    m->times.parts = arena_array(b->arena, 2, sizeof(*m->times.parts));
    if (!mask || !text[len] || !read_minutes(text + len + strspn(text + len, " "), &r)) {
        mistake_add(b->mistakes, node->place, "\"schedule\" is days and a time, like \"Sun 02:00-04:00\", \"Mon-Fri 22:00-01:00\", \"Sat,Sun 00:00-24:00\" or \"daily 03:00-03:30\"");
        return;
    }
    struct place at = zone ? zone->place : node->place;
    if (add_part(b, m, mask, r.from, r.from < r.to ? r.to : DAY_MINUTES, at) && r.from > r.to && r.to > 0)
        add_part(b, m, (mask << 1 | mask >> 6) & 0x7f, 0, r.to, at);
}

static void read_moment(struct bind *b, const struct node *map, const char *key, const char *text, int64_t *ret_ms)
{
    struct error err = {0};
    if (!text || !isdigit((unsigned char)*text) || time_parse(text, 0, ret_ms, &err) < 0 || *ret_ms <= 0)
        mistake_add(b->mistakes, text ? tree_get(map, key)->place : map->place, "a single window needs \"from\" and \"to\", like \"2026-11-29T02:00:00Z\"");
}

static void finish(struct bind *b, const struct node *map, void *object)
{
    struct maintenance_config *m = object;
    if (!map)
        return;
    if (m->schedule && (m->from || m->to)) {
        mistake_add(b->mistakes, m->place, "a maintenance window takes \"schedule\", or \"from\" and \"to\", not both");
    } else if (m->schedule) {
        read_schedule(b, m, map);
    } else if (!m->from && !m->to) {
        mistake_add(b->mistakes, m->place, "a maintenance window needs \"schedule\", or \"from\" and \"to\"");
    } else {
        read_moment(b, map, "from", m->from, &m->from_ms);
        read_moment(b, map, "to", m->to, &m->to_ms);
        if (m->from_ms > 0 && m->to_ms > 0 && m->from_ms >= m->to_ms)
            mistake_add(b->mistakes, m->place, "the maintenance window ends before it begins");
    }
    read_matchers(b, map, &m->match, m->matcher_texts, m->matcher_texts_len, &m->matchers);
}

#define AT(member) offsetof(struct maintenance_config, member)
static const struct field fields[] = {
    {.name = "name", .type = FIELD_TEXT, .offset = AT(name), .fallback = "maintenance", .help = "what the work is, for messages"},
    {.name = "cluster", .type = FIELD_TEXT, .offset = AT(cluster), .check = check_name, .help = "whose; any when absent"},
    {.name = "match", .type = FIELD_PAIRS, .offset = AT(match), .check_key = check_label, .help = "label = value of what is worked on; all of the cluster when absent"},
    {.name = "matchers", .type = FIELD_TEXTS, .offset = AT(matcher_texts), .also = AT(matcher_texts_len), .help = "like group=~\"batch-.*\" or symptom!=\"disk-filling\""},
    {.name = "schedule", .type = FIELD_TEXT, .offset = AT(schedule), .help = "every week: \"Sun 02:00-04:00\", \"Mon-Fri 22:00-01:00\", \"daily 03:00-03:30\""},
    {.name = "timezone", .type = FIELD_TEXT, .offset = AT(timezone), .help = "of the schedule, like Asia/Seoul; Local is the machine's, UTC when absent"},
    {.name = "from", .type = FIELD_TEXT, .offset = AT(from), .help = "once: \"2026-11-29T02:00:00Z\""},
    {.name = "to", .type = FIELD_TEXT, .offset = AT(to), .help = "its end"},
    {.name = "deadline", .type = FIELD_DURATION, .offset = AT(deadline_ms), .fallback = "10m", .min = 1000, .max = INT64_C(24) * 3600 * 1000,
     .help = "what lasts longer is no longer expected and rings"},
};
#undef AT

const struct record maintenance_record = {
    .what = "a maintenance window", .fields = fields, .len = ARRAY_LEN(fields), .size = sizeof(struct maintenance_config),
    .place_offset = offsetof(struct maintenance_config, place), .finish = finish,
};

void maintenance_free(struct maintenance_config *all, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        matchers_free(&all[i].matchers);
        for (size_t k = 0; k < all[i].times.len; k++)
            zone_free(all[i].times.parts[k].zone);
    }
}
