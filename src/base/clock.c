#include "base/clock.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/number.h"

#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int64_t clock_read(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now(void *context)
{
    (void)context;
    return clock_read(CLOCK_REALTIME);
}

static void system_sleep_until(void *context, int64_t wall_ms)
{
    (void)context;
    if (wall_ms <= 0)
        return;
    struct timespec t = {.tv_sec = wall_ms / 1000, .tv_nsec = wall_ms % 1000 * 1000000};
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}

const struct clock clock_system = {.now_ms = system_now, .sleep_until_ms = system_sleep_until};

int64_t mono_ms(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_now_ms(const struct clock *c)
{
    return c->now_ms(c->context);
}

/* Exactly `count` digits; moves *p behind them. */
static bool digits_take(const char **p, int count, int *ret)
{
    int v = 0;
    for (int i = 0; i < count; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        v = v * 10 + (**p - '0');
    }
    *ret = v;
    return true;
}

static bool char_take(const char **p, const char *any_of)
{
    if (**p == '\0' || !strchr(any_of, **p))
        return false;
    (*p)++;
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 of a day of the Gregorian calendar; counts years from March, so that the leap day comes last. */
static int64_t days_since_epoch(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static bool fraction_take(const char **p, int64_t *ret_ms)
{
    int64_t scale = 100;
    const char *start = *p;
    for (; **p >= '0' && **p <= '9'; (*p)++, scale /= 10)
        *ret_ms += (**p - '0') * scale;
    return *p > start;
}

static bool offset_take(const char **p, int64_t *ret_ms)
{
    if (char_take(p, "Zz"))
        return true;
    int hours, minutes;
    int sign = **p == '-' ? -1 : 1;
    if (!char_take(p, "+-") || !digits_take(p, 2, &hours) || !char_take(p, ":") || !digits_take(p, 2, &minutes))
        return false;
    *ret_ms = sign * (hours * 60 + minutes) * INT64_C(60000);
    return hours < 24 && minutes < 60;
}

static bool rfc3339_parse(const char *p, int64_t *ret_ms)
{
    int year, month, day, hour, minute, second;
    int64_t fraction_ms = 0, offset_ms = 0;
    if (!digits_take(&p, 4, &year) || !char_take(&p, "-") || !digits_take(&p, 2, &month) || !char_take(&p, "-") || !digits_take(&p, 2, &day) ||
        !char_take(&p, "Tt ") || !digits_take(&p, 2, &hour) || !char_take(&p, ":") || !digits_take(&p, 2, &minute) || !char_take(&p, ":") ||
        !digits_take(&p, 2, &second))
        return false;
    if (char_take(&p, ".") && !fraction_take(&p, &fraction_ms))
        return false;
    if (!offset_take(&p, &offset_ms) || *p != '\0')
        return false;
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t seconds = days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *ret_ms = seconds * 1000 + fraction_ms - offset_ms;
    return true;
}

int time_parse(const char *text, int64_t now_ms, int64_t *ret_ms, struct error *err)
{
    size_t len = strlen(text);
    int64_t ago_ms;
    double seconds;
    if (strcmp(text, "now") == 0) {
        *ret_ms = now_ms;
        return 0;
    }
    if (text[0] == '-' && duration_parse(text + 1, len - 1, &ago_ms)) {
        *ret_ms = now_ms - ago_ms;
        return 0;
    }
    if (rfc3339_parse(text, ret_ms))
        return 0;
    if (text[0] != '-' && number_parse(text, len, &seconds) && isfinite(seconds) && seconds <= (double)LAST_SECOND) {
        *ret_ms = (int64_t)llround(seconds * 1000);
        return 0;
    }
    return error_set(err, ERR_SYNTAX, "\"%s\" is not a time: now, -2h, 2026-11-22T21:00:00Z or Unix seconds", text);
}

static struct tm broken_down(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0)); /* towards the past, also before 1970 */
    struct tm tm = {.tm_mday = 1, .tm_year = 70};
    gmtime_r(&seconds, &tm);
    return tm;
}

void time_format_utc(struct strbuf *out, int64_t ms)
{
    struct tm tm = broken_down(ms);
    strbuf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void time_format_short(struct strbuf *out, int64_t ms)
{
    struct tm tm = broken_down(ms);
    strbuf_addf(out, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}
