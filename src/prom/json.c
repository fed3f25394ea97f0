#include "prom/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "prom/word.h"

enum json_state { WANT_VALUE, WANT_ELEMENT_OR_END, WANT_KEY_OR_END, WANT_KEY, WANT_COLON, WANT_COMMA_OR_END, WANT_NOTHING };

static const char *const wanted[] = {
    [WANT_VALUE] = "expected a value",       [WANT_ELEMENT_OR_END] = "expected a value or ]",
    [WANT_KEY_OR_END] = "expected a key or }", [WANT_KEY] = "expected a key",
    [WANT_COLON] = "expected a colon",         [WANT_COMMA_OR_END] = "expected a comma or the end of the list",
    [WANT_NOTHING] = "expected nothing more",
};

enum json_token { TOKEN_NONE, TOKEN_STRING, TOKEN_NUMBER, TOKEN_WORD };

void json_init(struct json *j, const struct json_handler *handler)
{
    *j = (struct json){.handler = *handler, .state = WANT_VALUE};
}

void json_free(struct json *j)
{
    free(j->carry);
    free(j->decoded);
    *j = (struct json){0};
}

static int fail_at(struct json *j, int64_t offset, const char *what)
{
    return error_set(&j->failure, ERR_SYNTAX, "byte %lld: %s", (long long)offset, what);
}

static int emit(struct json *j, enum json_event event, const char *text, size_t len)
{
    if (j->handler.event(j->handler.context, event, text, len))
        return 0;
    return error_set(&j->failure, ERR_CANCELLED, "stopped by the reader");
}

static void after_value(struct json *j)
{
    j->state = j->depth == 0 ? WANT_NOTHING : WANT_COMMA_OR_END;
}

/* ---- tokens ---- */

static int hex4(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

/* The \u escape at p (behind the 'u'), with its second half when it is a surrogate pair. Bytes read, 0 = wrong. */
static size_t decode_unicode(const char *p, const char *end, uint32_t *ret_code)
{
    int first = end - p >= 4 ? hex4(p) : -1;
    if (first < 0 || (first >= 0xDC00 && first <= 0xDFFF))
        return 0;
    *ret_code = (uint32_t)first;
    if (first < 0xD800 || first > 0xDBFF)
        return 4;
    int second = end - p >= 10 && p[4] == '\\' && p[5] == 'u' ? hex4(p + 6) : -1;
    if (second < 0xDC00 || second > 0xDFFF)
        return 0;
    *ret_code = 0x10000u + (((uint32_t)first - 0xD800u) << 10) + ((uint32_t)second - 0xDC00u);
    return 10;
}

static const char escape_names[] = "\"\\/bfnrt", escape_values[] = "\"\\/\b\f\n\r\t";

/* Unescapes text[0..len) to j->decoded, which is never longer than its source. False when an escape is wrong. */
static bool unescape(struct json *j, const char *text, size_t len, size_t *ret_len)
{
    if (j->decoded_cap < len) {
        j->decoded_cap = len + len / 2;
        j->decoded = xrealloc(j->decoded, j->decoded_cap, 1);
    }
    char *out = j->decoded;
    for (const char *p = text, *end = text + len; p < end;) {
        if (*p != '\\') {
            *out++ = *p++;
            continue;
        }
        char c = p[1]; /* the scan for the closing quote saw to it that a byte follows */
        p += 2;
        const char *known = c ? strchr(escape_names, c) : NULL;
        if (known) {
            *out++ = escape_values[known - escape_names];
            continue;
        }
        uint32_t code;
        size_t used = c == 'u' ? decode_unicode(p, end, &code) : 0;
        if (!used)
            return false;
        p += used;
        out += utf8_encode(code, out);
    }
    *ret_len = (size_t)(out - j->decoded);
    return true;
}

static int string_give(struct json *j, const char *text, size_t len)
{
    if (j->is_key)
        j->state = WANT_COLON;
    else
        after_value(j);
    return emit(j, j->is_key ? ON_KEY : ON_STRING, text, len);
}

static int string_done(struct json *j, const char *text, size_t len, int64_t offset)
{
    bool plain = true, ascii = true;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20)
            return fail_at(j, offset, "control character in a string");
        plain &= c != '\\';
        ascii &= c < 0x80;
    }
    if (!ascii && !utf8_valid(text, len))
        return fail_at(j, offset, "string is not UTF-8");
    if (!plain) {
        if (!unescape(j, text, len, &len))
            return fail_at(j, offset, "wrong escape in a string");
        text = j->decoded;
    }
    return string_give(j, text, len);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* number = [ "-" ] ( "0" / 1-9 digits ) [ "." digits ] [ e [ sign ] digits ] */
static bool number_valid(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    if (p == end || !is_digit(*p))
        return false;
    if (*p++ != '0')
        while (p < end && is_digit(*p))
            p++;
    if (p < end && *p == '.') {
        if (++p == end || !is_digit(*p))
            return false;
        while (p < end && is_digit(*p))
            p++;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (++p < end && (*p == '+' || *p == '-'))
            p++;
        if (p == end || !is_digit(*p))
            return false;
        while (p < end && is_digit(*p))
            p++;
    }
    return p == end;
}

static int number_done(struct json *j, const char *text, size_t len, int64_t offset)
{
    if (!number_valid(text, text + len))
        return fail_at(j, offset, "malformed number");
    after_value(j);
    return emit(j, ON_NUMBER, text, len);
}

static int word_done(struct json *j, const char *text, size_t len, int64_t offset)
{
    static const struct {
        const char *text;
        enum json_event event;
    } words[] = {{"true", ON_TRUE}, {"false", ON_FALSE}, {"null", ON_NULL}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (len == strlen(words[i].text) && memcmp(text, words[i].text, len) == 0) {
            after_value(j);
            return emit(j, words[i].event, text, len);
        }
    return fail_at(j, offset, "unknown word");
}

static const char *string_end(struct json *j, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (j->escaped)
            j->escaped = false;
        else if (*p == '\\')
            j->escaped = true;
        else if (*p == '"')
            return p;
    }
    return NULL;
}

static const char *number_end(const char *p, const char *end)
{
    while (p < end && (is_digit(*p) || *p == '.' || *p == '-' || *p == '+' || *p == 'e' || *p == 'E'))
        p++;
    return p < end ? p : NULL;
}

static const char *word_end(const char *p, const char *end)
{
    while (p < end && *p >= 'a' && *p <= 'z')
        p++;
    return p < end ? p : NULL;
}

static int carry(struct json *j, const char *text, size_t len)
{
    if (len > JSON_TOKEN_MAX - j->carry_len)
        return error_set(&j->failure, ERR_LIMIT, "a string or number of more than %d bytes", JSON_TOKEN_MAX);
    if (j->carry_cap < j->carry_len + len) {
        j->carry_cap = (j->carry_len + len) * 2;
        j->carry = xrealloc(j->carry, j->carry_cap, 1);
    }
    if (len)
        memcpy(j->carry + j->carry_len, text, len);
    j->carry_len += len;
    return 0;
}

/* Ends the token that lies in text[0..len), or in the carry buffer and text together. */
static int token_done(struct json *j, const char *text, size_t len, int64_t offset)
{
    static int (*const done[])(struct json *, const char *, size_t, int64_t) = {
        [TOKEN_STRING] = string_done, [TOKEN_NUMBER] = number_done, [TOKEN_WORD] = word_done};
    int token = j->token;
    if (j->carry_len) {
        if (carry(j, text, len) < 0)
            return j->failure.code;
        text = j->carry;
        len = j->carry_len;
    } else if (len > JSON_TOKEN_MAX) {
        return error_set(&j->failure, ERR_LIMIT, "a string or number of more than %d bytes", JSON_TOKEN_MAX);
    }
    j->token = TOKEN_NONE;
    j->carry_len = 0;
    return done[token](j, text, len, offset);
}

/* Goes on with the token at p; returns the place behind it, or `end` when it is cut there. */
static const char *token_scan(struct json *j, const char *p, const char *end, int64_t offset)
{
    bool is_string = j->token == TOKEN_STRING;
    if (is_string && !j->carry_len && !j->escaped) {
        const char *quote = p + plain_bytes(p, end);
        if (quote < end && *quote == '"' && quote - p <= JSON_TOKEN_MAX) {
            j->token = TOKEN_NONE;
            string_give(j, p, (size_t)(quote - p));
            return quote + 1;
        }
    }
    const char *stop = is_string                  ? string_end(j, p, end)
                       : j->token == TOKEN_NUMBER ? number_end(p, end)
                                                  : word_end(p, end);
    if (!stop) {
        carry(j, p, (size_t)(end - p));
        return end;
    }
    token_done(j, p, (size_t)(stop - p), offset + (stop - p));
    return is_string ? stop + 1 : stop;
}

/* ---- structure ---- */

static bool in_array(const struct json *j)
{
    return j->depth > 0 && (j->arrays & 1u);
}

static int open_level(struct json *j, bool array)
{
    if (j->depth == JSON_DEPTH_MAX)
        return error_set(&j->failure, ERR_LIMIT, "more than %d levels", JSON_DEPTH_MAX);
    j->arrays = j->arrays << 1 | (array ? 1u : 0u);
    j->depth++;
    j->state = array ? WANT_ELEMENT_OR_END : WANT_KEY_OR_END;
    return emit(j, array ? ON_ARRAY : ON_OBJECT, "", 0);
}

static int close_level(struct json *j, bool array)
{
    j->arrays >>= 1;
    j->depth--;
    after_value(j);
    return emit(j, array ? ON_ARRAY_END : ON_OBJECT_END, "", 0);
}

static bool may_close(const struct json *j, bool array)
{
    return j->depth > 0 && in_array(j) == array &&
           (j->state == WANT_COMMA_OR_END || j->state == (array ? WANT_ELEMENT_OR_END : WANT_KEY_OR_END));
}

static bool begin_token(struct json *j, enum json_token token, bool is_key)
{
    j->token = (int)token;
    j->is_key = is_key;
    j->escaped = false;
    return true;
}

/* Takes the byte c where a value may begin. True when c itself is used up, so that the next byte is to be looked at. */
static bool value_begin(struct json *j, char c, int64_t offset)
{
    if (c == '{' || c == '[')
        return open_level(j, c == '['), true;
    if (c == '"')
        return begin_token(j, TOKEN_STRING, false);
    if (c == '-' || is_digit(c))
        return !begin_token(j, TOKEN_NUMBER, false);
    if (c >= 'a' && c <= 'z')
        return !begin_token(j, TOKEN_WORD, false);
    fail_at(j, offset, wanted[j->state]);
    return true;
}

/* Takes one byte outside of tokens and blanks. True when it is used up. */
static bool take(struct json *j, char c, int64_t offset)
{
    bool value = j->state == WANT_VALUE || j->state == WANT_ELEMENT_OR_END;
    bool key = j->state == WANT_KEY || j->state == WANT_KEY_OR_END;
    if ((c == ']' || c == '}') && may_close(j, c == ']'))
        return close_level(j, c == ']'), true;
    if (value)
        return value_begin(j, c, offset);
    if (key && c == '"')
        return begin_token(j, TOKEN_STRING, true);
    if (c == ',' && j->state == WANT_COMMA_OR_END)
        j->state = in_array(j) ? WANT_VALUE : WANT_KEY;
    else if (c == ':' && j->state == WANT_COLON)
        j->state = WANT_VALUE;
    else
        fail_at(j, offset, wanted[j->state]);
    return true;
}

void json_descend(struct json *j)
{
    assert(j->depth + 2 <= JSON_DEPTH_MAX);
    j->arrays = j->arrays << 2 | 1u;
    j->depth += 2;
}

void json_ascend(struct json *j)
{
    j->arrays >>= 2;
    j->depth -= 2;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int json_feed(struct json *j, const char *data, size_t len, struct error *err)
{
    const char *p = data, *end = data + len;
    while (p < end && !j->failure.code) {
        if (j->token) {
            p = token_scan(j, p, end, j->offset + (p - data));
            continue;
        }
        if (is_blank(*p)) {
            p++;
            continue;
        }
        if (j->handler.bulk && in_array(j) && (j->state == WANT_VALUE || j->state == WANT_ELEMENT_OR_END)) {
            size_t eaten = j->handler.bulk(j->handler.context, p, (size_t)(end - p));
            p += eaten;
            if (eaten)
                j->state = WANT_VALUE;
            if (p == end || (eaten && is_blank(*p)))
                continue;
        }
        if (take(j, *p, j->offset + (p - data)))
            p++;
    }
    j->offset += (int64_t)len;
    if (j->failure.code)
        return error_set(err, j->failure.code, "%s", j->failure.text);
    return 0;
}

int json_finish(struct json *j, struct error *err)
{
    if (!j->failure.code && j->depth == 0 && (j->token == TOKEN_NUMBER || j->token == TOKEN_WORD))
        token_done(j, "", 0, j->offset);
    if (!j->failure.code && j->state != WANT_NOTHING)
        error_set(&j->failure, ERR_SYNTAX, "cut short after %lld bytes", (long long)j->offset);
    if (j->failure.code)
        return error_set(err, j->failure.code, "%s", j->failure.text);
    return 0;
}
