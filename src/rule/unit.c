/* Units: names with a scale, products of them, and literals. */
#include "rule/unit.h"

#include <math.h>
#include <string.h>

#include "base/attributes.h"
#include "base/number.h"

struct known_unit {
    const char *name, *dimension; /* NULL = a ratio */
    double scale;
    bool in_literals;
};

#define KIB 1024.0

static const struct known_unit known_units[] = {
    {"s", "s", 1, true},
    {"ms", "s", 1e-3, true},
    {"us", "s", 1e-6, true},
    {"ns", "s", 1e-9, true},
    {"m", "s", 60, true},
    {"min", "s", 60, true},
    {"h", "s", 3600, true},
    {"d", "s", 86400, true},
    {"w", "s", 604800, true},
    {"y", "s", 31536000, true},
    {"seconds", "s", 1, false},
    {"bytes", "bytes", 1, false},
    {"B", "bytes", 1, true},
    {"kB", "bytes", 1e3, true},
    {"MB", "bytes", 1e6, true},
    {"GB", "bytes", 1e9, true},
    {"TB", "bytes", 1e12, true},
    {"KiB", "bytes", KIB, true},
    {"MiB", "bytes", KIB *KIB, true},
    {"GiB", "bytes", KIB *KIB *KIB, true},
    {"TiB", "bytes", KIB *KIB *KIB *KIB, true},
    {"bits", "bytes", 1.0 / 8, false},
    {"bit", "bytes", 1.0 / 8, true},
    {"kbit", "bytes", 1e3 / 8, true},
    {"Mbit", "bytes", 1e6 / 8, true},
    {"Gbit", "bytes", 1e9 / 8, true},
    {"ratio", NULL, 1, false},
    {"%", NULL, 0.01, true},
    {"percent", NULL, 0.01, false},
};

static const struct known_unit *find_unit(const char *text, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(known_units); i++)
        if (strlen(known_units[i].name) == len && memcmp(known_units[i].name, text, len) == 0)
            return &known_units[i];
    return NULL;
}

static bool is_measured(const char *name)
{
    return strcmp(name, "s") == 0 || strcmp(name, "bytes") == 0;
}

/* Multiplies `u` by name^power, keeping the dimensions sorted and without zeros. False when there are too many. */
static bool multiply(struct unit *u, const char *name, int power)
{
    int at = 0;
    while (at < u->len && strcmp(u->dims[at].name, name) < 0)
        at++;
    if (at < u->len && strcmp(u->dims[at].name, name) == 0) {
        u->dims[at].power += power;
        if (u->dims[at].power != 0)
            return true;
        u->len--;
        memmove(&u->dims[at], &u->dims[at + 1], (size_t)(u->len - at) * sizeof u->dims[0]);
        return true;
    }
    if (u->len == UNIT_DIMENSIONS_MAX)
        return false;
    memmove(&u->dims[at + 1], &u->dims[at], (size_t)(u->len - at) * sizeof u->dims[0]);
    u->dims[at].name = name;
    u->dims[at].power = power;
    u->len++;
    return true;
}

static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return len > 0 && len < 64;
}

/* One factor: "s", "records", "%", "1". */
static bool parse_factor(const char *text, size_t len, int power, struct intern *names, struct unit *u, double *scale)
{
    if (len == 1 && *text == '1')
        return true;
    const struct known_unit *known = find_unit(text, len);
    if (known) {
        *scale *= power > 0 ? known->scale : 1 / known->scale;
        return !known->dimension || multiply(u, intern_str(names, known->dimension), power);
    }
    return is_name(text, len) && multiply(u, intern_strn(names, text, len), power);
}

bool unit_parse(const char *text, struct intern *names, struct unit *ret, double *ret_scale)
{
    struct unit u = {.any = strcmp(text, "1") == 0};
    double scale = 1;
    int power = 1;
    for (const char *at = text;;) {
        size_t len = strcspn(at, "/*");
        if (!parse_factor(at, len, power, names, &u, &scale))
            return false;
        if (!at[len])
            break;
        power = at[len] == '/' ? -1 : 1;
        at += len + 1;
    }
    *ret = u;
    *ret_scale = scale;
    return true;
}

/* The part of a literal behind its number: "%", "MiB", "Gbit/s", "/min". */
static bool parse_suffix(const char *text, size_t len, struct intern *names, struct unit *u, double *scale)
{
    const char *slash = memchr(text, '/', len);
    size_t first = slash ? (size_t)(slash - text) : len;
    if (first) {
        const struct known_unit *known = find_unit(text, first);
        if (!known || !known->in_literals || !parse_factor(text, first, 1, names, u, scale))
            return false;
    }
    if (!slash)
        return true;
    const struct known_unit *per = find_unit(slash + 1, len - first - 1);
    return per && per->in_literals && per->dimension && strcmp(per->dimension, "s") == 0 &&
           parse_factor(slash + 1, len - first - 1, -1, names, u, scale);
}

bool unit_parse_literal(const char *text, size_t len, struct intern *names, double *ret_value, struct unit *ret)
{
    bool negative = len && *text == '-';
    const char *start = text + negative;
    len -= negative;
    size_t digits = 0;
    while (digits < len && ((start[digits] >= '0' && start[digits] <= '9') || start[digits] == '.'))
        digits++;
    if (digits && digits < len && (start[digits] == 'e' || start[digits] == 'E')) { /* an exponent, when digits follow */
        size_t at = digits + 1;
        if (at < len && (start[at] == '+' || start[at] == '-'))
            at++;
        size_t before = at;
        while (at < len && start[at] >= '0' && start[at] <= '9')
            at++;
        digits = at > before ? at : digits;
    }
    double value;
    struct unit u = {.any = true};
    if (digits == 0 || !number_parse(start, digits, &value))
        return false;
    double scale = 1;
    int64_t ms;
    if (digits < len && !parse_suffix(start + digits, len - digits, names, &u, &scale)) {
        if (!duration_parse(start, len, &ms)) /* several parts: 1h30m */
            return false;
        u = (struct unit){.any = true};
        multiply(&u, intern_str(names, "s"), 1);
        value = (double)ms / 1000;
        scale = 1;
    }
    /* Only a bare number, and a bare number per time, take a counted unit. */
    bool percent = len && start[len - 1] == '%';
    u.any = !percent && (digits == len || start[digits] == '/');
    *ret_value = (negative ? -1 : 1) * value * scale;
    *ret = u;
    return isfinite(value);
}

static int power_of(const struct unit *u, const char *name)
{
    for (int i = 0; i < u->len; i++)
        if (strcmp(u->dims[i].name, name) == 0)
            return u->dims[i].power;
    return 0;
}

/* Every dimension of `a` that matters occurs in `b` with the same power. */
static bool agrees(const struct unit *a, const struct unit *b, bool counted_too)
{
    for (int i = 0; i < a->len; i++)
        if ((counted_too || is_measured(a->dims[i].name)) && power_of(b, a->dims[i].name) != a->dims[i].power)
            return false;
    return true;
}

/* Counts of things and their quotients: seats, seats/rooms. */
bool unit_is_count(const struct unit *u)
{
    for (int i = 0; i < u->len; i++)
        if (is_measured(u->dims[i].name))
            return false;
    return u->len > 0;
}

bool unit_compatible(const struct unit *a, const struct unit *b)
{
    bool strict = !a->any && !b->any && !(unit_is_count(a) && unit_is_count(b));
    return agrees(a, b, strict) && agrees(b, a, strict);
}

struct unit unit_product(const struct unit *a, const struct unit *b, int sign)
{
    struct unit u = *a;
    u.any = a->any && b->any;
    for (int i = 0; i < b->len; i++)
        if (!multiply(&u, b->dims[i].name, sign * b->dims[i].power))
            break; /* five dimensions mean nothing to anybody: what is left over is dropped */
    return u;
}

static void print_dims(const struct unit *u, int sign, struct strbuf *out)
{
    bool first = true;
    for (int i = 0; i < u->len; i++) {
        for (int n = 0; n < u->dims[i].power * sign; n++) {
            if (!first || sign < 0)
                strbuf_addc(out, sign < 0 ? '/' : '*');
            strbuf_adds(out, u->dims[i].name);
            first = false;
        }
    }
}

void unit_print(const struct unit *u, struct strbuf *out)
{
    if (u->len == 0) {
        strbuf_adds(out, u->any ? "1" : "ratio");
        return;
    }
    size_t before = out->len;
    print_dims(u, 1, out);
    if (out->len == before)
        strbuf_adds(out, "1");
    print_dims(u, -1, out);
}
