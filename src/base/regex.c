/*
 * A pattern as Prometheus writes it (RE2) is rewritten to a POSIX extended one, compiled as ^(…)$. What has no equal there is refused rather
 * than understood differently.
 */
#include "base/regex.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"

enum { PATTERN_LIMIT = 4096, GROUPS_LIMIT = 64 };

struct regex {
    regex_t compiled;
    size_t capture; /* number of the first capturing group among all of them, 0 = the whole match */
};

struct rewrite {
    const char *at;
    struct strbuf out;
    size_t groups, capture; /* groups seen; which of them captures first */
    size_t depth;
    bool ignore_case, lazy;
    const char *mistake;
};

static const struct {
    char letter;
    const char *inside; /* between brackets; NULL: not possible there */
    const char *alone;
} classes[] = {
    {'d', "0-9", "[0-9]"},  {'w', "0-9A-Za-z_", "[0-9A-Za-z_]"},  {'s', " \t\n\r\f", "[ \t\n\r\f]"},
    {'D', NULL, "[^0-9]"}, {'W', NULL, "[^0-9A-Za-z_]"},          {'S', NULL, "[^ \t\n\r\f]"},
    {'t', "\t", "\t"},      {'n', "\n", "\n"},                     {'r', "\r", "\r"},
    {'b', NULL, "\\b"},     {'B', NULL, "\\B"},
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The text for the escaped letter `c`, or NULL with the mistake noted. */
static const char *class_text(struct rewrite *r, char c, bool inside)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        if (classes[i].letter != c)
            continue;
        const char *text = inside ? classes[i].inside : classes[i].alone;
        if (!text)
            r->mistake = "this class cannot stand between brackets";
        return text;
    }
    r->mistake = c >= '0' && c <= '9' ? "back references are not supported" : "unknown escape";
    return NULL;
}

static void escape_rewrite(struct rewrite *r)
{
    char c = *++r->at;
    if (c == '\0') {
        r->mistake = "ends in a backslash";
        return;
    }
    r->at++;
    if (is_alnum(c)) {
        const char *text = class_text(r, c, false);
        if (text)
            strbuf_adds(&r->out, text);
    } else if (strchr(".[]()*+?{}|^$\\", c)) {
        strbuf_addf(&r->out, "\\%c", c);
    } else {
        strbuf_addc(&r->out, c); /* "\-": POSIX leaves an escaped ordinary character undefined */
    }
}

/* What POSIX takes literally between brackets only in one position: ']' first, '^' not first, '-' last, '[' not before '.', '=' or ':'. */
struct bracket {
    struct strbuf items;
    bool close, caret, dash, open;
};

static void bracket_literal(struct bracket *b, char c)
{
    static const char placed[] = "]^-[";
    bool *const seen[] = {&b->close, &b->caret, &b->dash, &b->open};
    const char *p = strchr(placed, c);
    if (p)
        *seen[p - placed] = true;
    else
        strbuf_addc(&b->items, c);
}

static void bracket_item(struct rewrite *r, struct bracket *b)
{
    const char *at = r->at;
    const char *named_end = at[0] == '[' && at[1] == ':' ? strstr(at + 2, ":]") : NULL;
    if (named_end) { /* [:alpha:] */
        strbuf_add(&b->items, at, (size_t)(named_end + 2 - at));
        r->at = named_end + 2;
    } else if (at[0] == '\\' && is_alnum(at[1])) {
        const char *text = class_text(r, at[1], true);
        if (text)
            strbuf_adds(&b->items, text);
        r->at += 2;
    } else if (at[0] == '\\' && at[1] != '\0') {
        bracket_literal(b, at[1]);
        r->at += 2;
    } else if (is_alnum(at[0]) && at[1] == '-' && is_alnum(at[2])) {
        strbuf_add(&b->items, at, 3);
        r->at += 3;
    } else if (at[1] == '-' && at[2] != ']' && at[2] != '\0' && at[0] != '-') {
        r->mistake = "a range between brackets must go from a letter or digit to another";
    } else {
        bracket_literal(b, at[0]);
        r->at++;
    }
}

static void bracket_rewrite(struct rewrite *r)
{
    struct bracket b = {.items = STRBUF_INIT(2 * PATTERN_LIMIT)};
    r->at++;
    bool negated = *r->at == '^';
    if (negated)
        r->at++;
    bool first = true;
    while (*r->at && (*r->at != ']' || first) && !r->mistake) {
        bracket_item(r, &b);
        first = false;
    }
    if (!r->mistake && *r->at != ']')
        r->mistake = "has a [ without its ]";
    if (!r->mistake)
        r->at++;
    bool only_caret = b.caret && !negated && !b.close && b.items.len == 0 && !b.dash && !b.open;
    if (only_caret)
        strbuf_adds(&r->out, "\\^"); /* "[^]" would be an open bracket */
    else
        strbuf_addf(&r->out, "[%s%s%s%s%s%s]", negated ? "^" : "", b.close ? "]" : "", b.items.buf, b.open ? "[" : "",
                    b.caret ? "^" : "", b.dash ? "-" : "");
    strbuf_free(&b.items);
}

static void group_rewrite(struct rewrite *r)
{
    bool capturing = true;
    r->at++;
    if (r->at[0] == '?') {
        capturing = false;
        if (r->at[1] != ':') {
            r->mistake = "of the (?…) forms only (?:…) and a leading (?i) are supported";
            return;
        }
        r->at += 2;
    }
    r->groups++;
    r->depth++;
    if (capturing && !r->capture)
        r->capture = r->groups + 1; /* the anchors' group is number 1 */
    strbuf_addc(&r->out, '(');
}

static void quantifier_rewrite(struct rewrite *r)
{
    if (*r->at == '{') {
        const char *end = strchr(r->at, '}');
        if (!end) {
            r->mistake = "has a { without its }";
            return;
        }
        strbuf_add(&r->out, r->at, (size_t)(end + 1 - r->at));
        r->at = end + 1;
    } else {
        strbuf_addc(&r->out, *r->at++);
    }
    if (*r->at == '?') { /* the same texts match; only what a group takes differs, see regex_new() */
        r->lazy = true;
        r->at++;
    } else if (*r->at == '+') {
        r->mistake = "possessive quantifiers are not supported";
    }
}

static void rewrite_step(struct rewrite *r)
{
    switch (*r->at) {
    case '\\':
        escape_rewrite(r);
        break;
    case '[':
        bracket_rewrite(r);
        break;
    case '(':
        group_rewrite(r);
        break;
    case '*':
    case '+':
    case '?':
    case '{':
        quantifier_rewrite(r);
        break;
    case ')':
        if (r->depth == 0)
            r->mistake = "has a ) without its (";
        else
            r->depth--;
        strbuf_addc(&r->out, *r->at++);
        break;
    default:
        strbuf_addc(&r->out, *r->at++);
    }
}

static void pattern_rewrite(struct rewrite *r, const char *pattern)
{
    r->at = pattern;
    if (strncmp(pattern, "(?i)", 4) == 0) {
        r->ignore_case = true;
        r->at += 4;
    }
    strbuf_adds(&r->out, "^(");
    while (*r->at && !r->mistake)
        rewrite_step(r);
    strbuf_adds(&r->out, ")$");
    if (r->mistake)
        return;
    if (r->depth > 0)
        r->mistake = "has a ( without its )";
    else if (r->lazy && r->capture)
        r->mistake = "lazy quantifiers are not supported together with a group";
    else if (r->groups + 2 > GROUPS_LIMIT || r->out.truncated)
        r->mistake = "is too long";
}

struct regex *regex_new(const char *pattern, struct error *err)
{
    struct rewrite r = {.out = STRBUF_INIT(2 * PATTERN_LIMIT)};
    pattern_rewrite(&r, pattern);
    struct regex *regex = NULL;
    if (r.mistake) {
        error_set(err, ERR_SYNTAX, "regular expression \"%s\": %s", pattern, r.mistake);
    } else {
        regex = xcalloc(1, sizeof(*regex));
        regex->capture = r.capture;
        int failed = regcomp(&regex->compiled, r.out.buf, REG_EXTENDED | (r.ignore_case ? REG_ICASE : 0));
        if (failed) {
            char text[128];
            regerror(failed, &regex->compiled, text, sizeof(text));
            error_set(err, ERR_SYNTAX, "regular expression \"%s\": %s", pattern, text);
            free(regex);
            regex = NULL;
        }
    }
    strbuf_free(&r.out);
    return regex;
}

bool regex_matches(const struct regex *r, const char *text)
{
    return regexec(&r->compiled, text, 0, NULL, 0) == 0;
}

bool regex_capture(const struct regex *r, const char *text, const char **ret_start, size_t *ret_len)
{
    regmatch_t groups[GROUPS_LIMIT];
    if (regexec(&r->compiled, text, r->capture + 1, groups, 0) != 0)
        return false;
    const regmatch_t *g = &groups[r->capture];
    bool taken = g->rm_so >= 0; /* a group in the alternative that did not match took nothing */
    *ret_start = text + (taken ? g->rm_so : 0);
    *ret_len = taken ? (size_t)(g->rm_eo - g->rm_so) : 0;
    return true;
}

void regex_free(struct regex *r)
{
    if (!r)
        return;
    regfree(&r->compiled);
    free(r);
}
