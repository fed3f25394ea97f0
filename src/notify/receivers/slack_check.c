/* The form of a payload: keys, types, limits. */
#include "notify/receivers/slack_check.h"

#include <string.h>

#include "notify/escape.h"

#define BODY_BYTES_MAX 40000
#define BLOCKS_BYTES_MAX 12000
#define UNITS_MAX 8000
#define BLOCKS_MAX 20

void slack_fault(struct slack_check *c, const char *number, const char *where, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    strbuf_addf(c->out, "%s %s: ", number, where);
    strbuf_vaddf(c->out, fmt, ap);
    strbuf_addc(c->out, '\n');
    va_end(ap);
    c->faults++;
}

/* ---- keys ---- */

static bool is_one_of(const char *word, const char *words)
{
    size_t len = strlen(word);
    for (const char *p = words; (p = strstr(p, word)); p += len)
        if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
            return true;
    return false;
}

static void check_keys(struct slack_check *c, const char *number, const char *where, json_t *object, const char *allowed)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
        if (!is_one_of(key, allowed))
            slack_fault(c, number, where, "key \"%.60s\" is not known there", key);
}

static bool is_ts(const char *text)
{
    return text && strlen(text) == 17 && strspn(text, "0123456789") == 10 && text[10] == '.' && strspn(text + 11, "0123456789") == 6;
}

static void check_top(struct slack_check *c, json_t *body)
{
    json_t *ts = json_object_get(body, "ts"), *thread = json_object_get(body, "thread_ts"), *channel = json_object_get(body, "channel");
    bool web = c->form != SLACK_WEBHOOK;
    check_keys(c, "V02", "body", body, "channel ts thread_ts reply_broadcast text parse link_names unfurl_links unfurl_media attachments blocks");
    if (web != json_is_string(channel))
        slack_fault(c, "V02", "channel", web ? "missing" : "a webhook has its own");
    if ((c->form == SLACK_UPDATE) != (ts != NULL) || (ts && !is_ts(json_string_value(ts))))
        slack_fault(c, "V02", "ts", "an update, and nothing else, needs one like 1771563725.000419");
    if (thread && (c->form != SLACK_POST || !is_ts(json_string_value(thread))))
        slack_fault(c, "V02", "thread_ts", "not one, or not of a post");
    const char *parse = json_string_value(json_object_get(body, "parse"));
    if (web && (!parse || strcmp(parse, "none") != 0 || !json_is_false(json_object_get(body, "link_names"))))
        slack_fault(c, "V02", "parse", "\"parse\":\"none\" and \"link_names\":false are missing");
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \n\t")] == '\0';
}

static void check_fallback(struct slack_check *c, json_t *body)
{
    const char *text = json_string_value(json_object_get(body, "text"));
    if (!text || is_blank(text) || text_units(text) > 4000)
        slack_fault(c, "V03", "text", "missing, blank or longer than 4,000");
    else
        slack_check_mrkdwn(c, "text", text);
}

static void check_attachments(struct slack_check *c, json_t *body)
{
    json_t *list = json_object_get(body, "attachments");
    if (list && (c->form != SLACK_UPDATE || json_array_size(list) > 0))
        slack_fault(c, "V07", "attachments", "none are used; an update empties what an older version left");
}

/* ---- text objects ---- */

struct text_kind {
    const char *type;
    size_t max;
};

static void check_text(struct slack_check *c, const char *where, json_t *object, struct text_kind kind)
{
    const char *type = json_string_value(json_object_get(object, "type")), *text = json_string_value(json_object_get(object, "text"));
    bool plain = strcmp(kind.type, "plain_text") == 0;
    if (!type || strcmp(type, kind.type) != 0)
        slack_fault(c, "V08", where, "type is not %s", kind.type);
    check_keys(c, json_object_get(object, plain ? "verbatim" : "emoji") ? "V08" : "V05", where, object, plain ? "type text emoji" : "type text verbatim");
    size_t units = text ? text_units(text) : 0;
    c->units += units;
    if (units < 1 || units > kind.max)
        slack_fault(c, "V09", where, "length %zu is not within 1 and %zu", units, kind.max);
    if (!plain && !json_is_true(json_object_get(object, "verbatim")))
        slack_fault(c, "V12", where, "\"verbatim\":true is missing");
    if (text && plain)
        slack_check_plain(c, where, text);
    else if (text)
        slack_check_mrkdwn(c, where, text);
}

static void check_list(struct slack_check *c, const char *where, json_t *list, size_t max)
{
    size_t at;
    json_t *one;
    if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > 10)
        slack_fault(c, "V10", where, "not a list of 1 to 10");
    json_array_foreach(list, at, one) {
        char place[96];
        snprintf(place, sizeof place, "%s[%zu]", where, at);
        check_text(c, place, one, (struct text_kind){"mrkdwn", max});
    }
}

/* ---- blocks ---- */

static void check_section(struct slack_check *c, const char *where, json_t *block)
{
    json_t *text = json_object_get(block, "text"), *fields = json_object_get(block, "fields");
    char place[80];
    snprintf(place, sizeof place, "%s.fields", where);
    if (!text && !fields)
        slack_fault(c, "V10", where, "a section needs text or fields");
    if (text)
        check_text(c, where, text, (struct text_kind){"mrkdwn", 3000});
    if (fields)
        check_list(c, place, fields, 2000);
}

static void check_header(struct slack_check *c, const char *where, json_t *block)
{
    check_text(c, where, json_object_get(block, "text"), (struct text_kind){"plain_text", 150});
}

static void check_context(struct slack_check *c, const char *where, json_t *block)
{
    check_list(c, where, json_object_get(block, "elements"), 2000);
}

static const struct {
    const char *type, *keys;
    void (*check)(struct slack_check *c, const char *where, json_t *block);
} block_types[] = {
    {"header", "type block_id text", check_header},
    {"section", "type block_id text fields expand", check_section},
    {"context", "type block_id elements", check_context},
    {"divider", "type block_id", NULL},
};

static void check_block(struct slack_check *c, json_t *blocks, size_t at)
{
    json_t *block = json_array_get(blocks, at);
    const char *type = json_string_value(json_object_get(block, "type")), *id = json_string_value(json_object_get(block, "block_id"));
    char where[40];
    snprintf(where, sizeof where, "blocks[%zu]", at);
    size_t i = 0;
    while (i < ARRAY_LEN(block_types) && (!type || strcmp(type, block_types[i].type) != 0))
        i++;
    if (i == ARRAY_LEN(block_types)) {
        slack_fault(c, "V04", where, "type \"%.40s\" is none that we use", type ? type : "");
        return;
    }
    check_keys(c, "V05", where, block, block_types[i].keys);
    if (!id || !*id || strlen(id) > 255)
        slack_fault(c, "V06", where, "block_id is missing or longer than 255");
    for (size_t k = 0; id && k < at; k++) {
        const char *other = json_string_value(json_object_get(json_array_get(blocks, k), "block_id"));
        if (other && strcmp(other, id) == 0)
            slack_fault(c, "V06", where, "block_id \"%.60s\" is there already", id);
    }
    if (block_types[i].check)
        block_types[i].check(c, where, block);
}

static void check_blocks(struct slack_check *c, json_t *body)
{
    json_t *blocks = json_object_get(body, "blocks");
    bool plain = json_is_array(blocks) && json_array_size(blocks) == 0 && c->form == SLACK_UPDATE;
    if (!blocks || plain) /* the simplest form: text alone */
        return;
    if (!json_is_array(blocks) || json_array_size(blocks) < 1 || json_array_size(blocks) > BLOCKS_MAX) {
        slack_fault(c, "V04", "blocks", "not a list of 1 to %d", BLOCKS_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(blocks); i++)
        check_block(c, blocks, i);
    size_t bytes = json_dumpb(blocks, NULL, 0, JSON_COMPACT);
    if (c->units > UNITS_MAX || bytes > BLOCKS_BYTES_MAX)
        slack_fault(c, "V11", "blocks", "%zu units and %zu bytes, of %d and %d", c->units, bytes, UNITS_MAX, BLOCKS_BYTES_MAX);
}

size_t slack_check(struct slack_check *c, const char *body, size_t len)
{
    json_error_t why;
    json_t *json = json_loadb(body, len, JSON_REJECT_DUPLICATES, &why);
    c->faults = c->units = 0;
    if (!json_is_object(json) || len > BODY_BYTES_MAX) {
        slack_fault(c, "V01", "body", "not one JSON object of at most %d bytes (%s)", BODY_BYTES_MAX, json ? "" : why.text);
        json_decref(json);
        return c->faults;
    }
    check_top(c, json);
    check_fallback(c, json);
    c->units = 0;
    check_attachments(c, json);
    check_blocks(c, json);
    if (c->f)
        slack_check_sense(c, json);
    json_decref(json);
    return c->faults;
}
