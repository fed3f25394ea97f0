/* Texts as Slack reads them: escapes, control sequences, code. */
#include <string.h>

#include "notify/escape.h"
#include "notify/receivers/slack_check.h"

#define TARGET_MAX 2000

/* ---- what may stand anywhere ---- */

static void check_characters(struct slack_check *c, const char *where, const char *text)
{
    while (*text) {
        AUTO(strbuf) struct strbuf line = STRBUF_INIT(64 * 1024);
        size_t len = strcspn(text, "\n");
        strbuf_add(&line, text, len);
        if (!text_is_plain_line(line.buf)) {
            slack_fault(c, "V13", where, "holds a control, a direction mark or what is no UTF-8");
            return;
        }
        text += len + (text[len] == '\n');
    }
}

static size_t entity_len(const char *text)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;"};
    for (size_t i = 0; i < ARRAY_LEN(entities); i++)
        if (strncmp(text, entities[i], strlen(entities[i])) == 0)
            return strlen(entities[i]);
    return 0;
}

void slack_unescape(struct strbuf *out, const char *text)
{
    while (*text) {
        size_t len = entity_len(text);
        strbuf_addc(out, len == 5 ? '&' : len && text[1] == 'l' ? '<' : len ? '>' : *text);
        text += len ? len : 1;
    }
}

static void check_entities(struct slack_check *c, const char *where, const char *text)
{
    for (const char *p = strchr(text, '&'); p; p = strchr(p + 1, '&'))
        if (!entity_len(p)) {
            slack_fault(c, "V14", where, "\"&\" begins no entity: %.20s", p);
            return;
        }
}

/* Escaped twice: an entity of an entity, and the finding holds none. */
static void check_doubles(struct slack_check *c, const char *where, const char *text)
{
    if (!c->f)
        return;
    AUTO(strbuf) struct strbuf once = STRBUF_INIT(64 * 1024), model = STRBUF_INIT(FINDING_TEXT_MAX);
    slack_unescape(&once, text);
    for (const char *p = strchr(once.buf, '&'); p; p = strchr(p + 1, '&')) {
        if (!entity_len(p))
            continue;
        if (!model.len)
            finding_text(c->f, &model);
        char entity[8] = "";
        memcpy(entity, p, entity_len(p));
        if (!strstr(model.buf, entity))
            slack_fault(c, "V19", where, "escaped twice: %.20s", p);
    }
}

/* ---- control sequences ---- */

static bool is_date_format(const char *text, size_t len)
{
    static const char *const words[] = {"{date_num}",    "{date}",       "{date_short}",        "{date_long}",        "{date_pretty}", "{date_short_pretty}",
                                        "{date_long_pretty}", "{time}", "{time_secs}"};
    bool any = false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '{')
            continue;
        size_t k = 0;
        while (k < ARRAY_LEN(words) && strncmp(text + i, words[k], strlen(words[k])) != 0)
            k++;
        if (k == ARRAY_LEN(words))
            return false;
        any = true;
    }
    return any;
}

static const char *date_fault(const char *token)
{
    const char *epoch = token + strlen("!date^"), *format = strchr(epoch, '^'), *fallback = strchr(token, '|');
    if (!format || !fallback || format > fallback || strspn(epoch, "0123456789") != (size_t)(format - epoch) || format == epoch)
        return "a date needs <!date^SECONDS^FORMAT|TEXT>";
    if (!is_date_format(format + 1, (size_t)(fallback - format - 1)))
        return "a date's format has words that Slack does not know";
    return strstr(fallback, "UTC") ? NULL : "a date's text names no zone";
}

static const char *target_fault(const char *token, size_t len)
{
    AUTO(strbuf) struct strbuf raw = STRBUF_INIT(8192), url = STRBUF_INIT(8192), again = STRBUF_INIT(16384);
    strbuf_add(&raw, token, len);
    slack_unescape(&url, raw.buf);
    if (url.len > TARGET_MAX)
        return "a link's target is longer than 2,000";
    if (!escape_url(&again, url.buf) || strcmp(again.buf, url.buf) != 0)
        return "a link's target is no http(s) URL, holds a login, or characters that are not escaped";
    return NULL;
}

static bool is_allowed(const struct slack_check *c, const char *token)
{
    for (size_t i = 0; c->mentions && c->mentions[i]; i++)
        if (strcmp(c->mentions[i], token) == 0)
            return true;
    return false;
}

static void check_token(struct slack_check *c, const char *where, const char *token)
{
    const char *bar = strchr(token, '|'), *fault = NULL;
    if (strncmp(token, "!date^", strlen("!date^")) == 0) {
        if ((fault = date_fault(token)))
            slack_fault(c, "V16", where, "%s", fault);
        return;
    }
    if (strncmp(token, "http", 4) != 0) {
        if (!is_allowed(c, token))
            slack_fault(c, "V16", where, "control sequence <%.40s>", token);
        return;
    }
    if (!bar || bar[1 + strspn(bar + 1, " ")] == '\0' || strchr(bar + 1, '|'))
        slack_fault(c, "V16", where, "a link without a label, or with two");
    if ((fault = target_fault(token, bar ? (size_t)(bar - token) : strlen(token))))
        slack_fault(c, "V17", where, "%s", fault);
}

static void check_tokens(struct slack_check *c, const char *where, const char *text)
{
    while ((text = strpbrk(text, "<>"))) {
        const char *end = *text == '<' ? strpbrk(text + 1, "<>\n") : NULL;
        if (!end || *end != '>' || end == text + 1) {
            slack_fault(c, "V15", where, "an angle bracket that is not escaped: %.20s", text);
            return;
        }
        AUTO(strbuf) struct strbuf token = STRBUF_INIT(8192);
        strbuf_add(&token, text + 1, (size_t)(end - text - 1));
        check_token(c, where, token.buf);
        text = end + 1;
    }
}

/* ---- code ---- */

static void check_code(struct slack_check *c, const char *where, const char *text)
{
    bool fence = false, span = false;
    for (const char *p = text; *p; p++) {
        if (*p == '\n' && span) {
            slack_fault(c, "V18", where, "a code span that does not end in its line");
            return;
        }
        if (strncmp(p, "```", 3) == 0) {
            if (span)
                slack_fault(c, "V18", where, "a code block within a code span");
            fence = !fence;
            p += 2;
        } else if (*p == '`' && !fence) {
            span = !span;
        } else if (*p == '`') {
            slack_fault(c, "V18", where, "a backtick within a code block");
        }
    }
    if (fence || span)
        slack_fault(c, "V18", where, "code that does not end");
}

void slack_check_mrkdwn(struct slack_check *c, const char *where, const char *text)
{
    check_characters(c, where, text);
    check_entities(c, where, text);
    check_tokens(c, where, text);
    check_code(c, where, text);
    check_doubles(c, where, text);
}

void slack_check_plain(struct slack_check *c, const char *where, const char *text)
{
    check_characters(c, where, text);
    if (strstr(text, "<!") || strstr(text, "<@") || strstr(text, "<#"))
        slack_fault(c, "V20", where, "looks like a mention");
}
