/* What is said, held against the finding. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "notify/escape.h"
#include "notify/message.h"
#include "notify/receivers/slack_check.h"
#include "notify/words.h"

#define CAUSES_MAX 3
#define STEPS_MAX 4

/* As the renderer shows foreign text: a backtick would be code. */
static void put_shown(struct strbuf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '`')
            strbuf_adds(out, "ˋ");
        else
            strbuf_addc(out, *text);
}

/* All texts of the blocks, unescaped, a line each. */
static void collect(json_t *json, struct strbuf *out)
{
    size_t at;
    json_t *one;
    const char *key, *type = json_string_value(json_object_get(json, "type"));
    json_array_foreach(json, at, one)
        collect(one, out);
    json_object_foreach(json, key, one) {
        if (!json_is_string(one) || strcmp(key, "text") != 0) {
            collect(one, out);
        } else if (type && strcmp(type, "plain_text") == 0) {
            put_shown(out, json_string_value(one)); /* a header's text is what it is: a backtick there is no code */
            strbuf_addc(out, '\n');
        } else {
            slack_unescape(out, json_string_value(one));
            strbuf_addc(out, '\n');
        }
    }
}

static void check_words(struct slack_check *c, const struct message *m, json_t *body, const char *all)
{
    AUTO(strbuf) struct strbuf fallback = STRBUF_INIT(64 * 1024), title = STRBUF_INIT(64 * 1024);
    put_shown(&title, m->title);
    slack_unescape(&fallback, json_string_value(json_object_get(body, "text")));
    if (!strstr(fallback.buf, m->state_word) || !strstr(fallback.buf, title.buf))
        slack_fault(c, "V03", "text", "does not say %s and what it is about", m->state_word);
    if (!all)
        return;
    if (strncmp(all, m->state_word, strlen(m->state_word)) != 0)
        slack_fault(c, "V21", "header", "does not begin with %s", m->state_word);
    if (m->tone >= TONE_RESOLVED && !strstr(all, word_severity(c->lang, c->f->severity)))
        slack_fault(c, "V21", "blocks", "an end that does not say how severe it was");
}

static void check_since(struct slack_check *c, const struct message *m, json_t *blocks)
{
    const struct finding *f = c->f;
    if (m->tone >= TONE_RESOLVED)
        return;
    AUTO(heap) char *text = json_dumps(blocks, 0);
    char token[64];
    int64_t since_ms = f->onset_ms ? f->onset_ms : f->fired_ms ? f->fired_ms : f->slot_ms;
    snprintf(token, sizeof token, "<!date^%lld^", (long long)(since_ms / 1000));
    if (!text || !strstr(text, token))
        slack_fault(c, "V22", "fields", "since is not %s", token);
}

static void check_causes(struct slack_check *c)
{
    const struct finding *f = c->f;
    double before = 1;
    for (size_t i = 0; i < f->causes_len && i < CAUSES_MAX && f->causes[i].verdict != VERDICT_RULED_OUT; i++) {
        double p = f->causes[i].probability;
        if (isnan(p))
            continue;
        if (p < 0 || p > 1 || p > before + 1e-9)
            slack_fault(c, "V23", "causes", "probability %g is not within 0 and 1, or more than that before it", p);
        before = p;
    }
}

/* A line's count of those that begin "*N. ". */
static size_t ranked_lines(const char *text)
{
    size_t len = 0;
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        len += p[0] == '*' && isdigit((unsigned char)p[1]) && p[2] == '.' && p[3] == ' ';
    }
    return len;
}

/* Outside of single quotes nothing may be run or put in by the shell, and quotes end. */
static const char *shell_fault(const char *command)
{
    char quote = 0;
    for (const char *p = command; *p; p++) {
        if (quote == '\'') {
            quote = *p == '\'' ? 0 : quote;
        } else if (*p == '\\' && p[1]) {
            p++;
        } else if (*p == '`' || (*p == '$' && p[1] == '(')) {
            return "runs something inside";
        } else if (quote) {
            quote = *p == quote ? 0 : quote;
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        }
    }
    return quote ? "has a quote that does not end" : NULL;
}

static bool is_command_of(const struct finding *f, const char *command)
{
    if (f->next_command && strcmp(f->next_command, command) == 0)
        return true;
    for (size_t i = 0; i < f->remedies_len; i++)
        if (f->remedies[i].command && strcmp(f->remedies[i].command, command) == 0)
            return true;
    return false;
}

static void check_commands(struct slack_check *c, const char *all)
{
    for (const char *p = strstr(all, "```"); p; p = strstr(p, "```")) {
        const char *end = strstr(p + 3, "```");
        if (!end)
            return; /* V18 says it */
        AUTO(strbuf) struct strbuf command = STRBUF_INIT(8192);
        strbuf_add(&command, p + 3, (size_t)(end - p - 3));
        const char *fault = shell_fault(command.buf);
        if (fault)
            slack_fault(c, "V24", "commands", "%s: %.60s", fault, command.buf);
        if (!is_command_of(c->f, command.buf))
            slack_fault(c, "V24", "commands", "none of the finding's: %.60s", command.buf);
        p = end + 3;
    }
}

static void check_links(struct slack_check *c, const struct message *m, const char *all)
{
    for (size_t i = 0; i < m->links_len; i++) {
        AUTO(strbuf) struct strbuf link = STRBUF_INIT(4096);
        strbuf_addf(&link, "<%s|", m->links[i].url);
        const char *first = strstr(all, link.buf);
        size_t same = 0;
        for (size_t k = 0; k < m->links_len; k++)
            same += strcmp(m->links[k].url, m->links[i].url) == 0;
        if (first && same < 2 && strstr(first + 1, link.buf))
            slack_fault(c, "V25", "links", "there twice: %.60s", m->links[i].url);
        if (!first && strlen(m->links[i].url) < 200 && m->links_len < 4)
            slack_fault(c, "V25", "links", "missing: %.60s", m->links[i].url);
    }
}

void slack_check_sense(struct slack_check *c, json_t *body)
{
    AUTO(arena) struct arena a = ARENA_INIT("sense");
    AUTO(strbuf) struct strbuf all = STRBUF_INIT(256 * 1024);
    json_t *blocks = json_object_get(body, "blocks");
    struct message m;
    message_make(c->f, "open", c->lang, &a, &m);
    collect(blocks, &all);
    check_causes(c);
    check_words(c, &m, body, json_array_size(blocks) ? all.buf : NULL);
    if (!json_array_size(blocks))
        return;
    check_since(c, &m, blocks);
    check_commands(c, all.buf);
    check_links(c, &m, all.buf);
    if (ranked_lines(all.buf) > CAUSES_MAX + STEPS_MAX)
        slack_fault(c, "V24", "blocks", "more than %d causes and %d steps", CAUSES_MAX, STEPS_MAX);
}

/* ---- renderings against each other ---- */

/* " 12 1,840,000 0.5 ": every number once, in the order in which it appears first. */
static void numbers_of(const struct payload *p, struct strbuf *out)
{
    AUTO(strbuf) struct strbuf all = STRBUF_INIT(256 * 1024);
    json_t *body = json_loadb(p->body, p->len, 0, NULL);
    collect(json_object_get(body, "blocks"), &all);
    json_decref(body);
    strbuf_addc(out, ' ');
    for (const char *s = all.buf; *s;) {
        size_t len = strspn(s, "0123456789.,");
        while (len && !isdigit((unsigned char)s[len - 1]))
            len--;
        if (!isdigit((unsigned char)*s) || !len) {
            s++;
            continue;
        }
        AUTO(strbuf) struct strbuf one = STRBUF_INIT(256);
        strbuf_addf(&one, " %.*s ", (int)len, s);
        if (!strstr(out->buf, one.buf))
            strbuf_addf(out, "%s", one.buf + 1);
        s += len;
    }
}

static void check_numbers(struct slack_check *c, const struct strbuf *here, const struct strbuf *there)
{
    const char *p = here->buf + 1;
    while (*p) {
        size_t len = strcspn(p, " ");
        AUTO(strbuf) struct strbuf one = STRBUF_INIT(256);
        strbuf_addf(&one, " %.*s ", (int)len, p);
        if (!strstr(there->buf, one.buf))
            slack_fault(c, "V26", "numbers", "%.*s stands in one language only", (int)len, p);
        p += len + 1;
    }
}

/* Where something was left out for want of room the languages may differ. */
static bool is_whole(const struct payload *p)
{
    return !strstr(p->body, "…");
}

void slack_check_again(struct slack_check *c, const struct payload *p, const struct payload *again, const struct payload *other)
{
    if (again->len != p->len || memcmp(again->body, p->body, p->len) != 0)
        slack_fault(c, "V28", "body", "rendered twice it differs");
    if (!is_whole(p) || !is_whole(other))
        return;
    AUTO(strbuf) struct strbuf here = STRBUF_INIT(64 * 1024), there = STRBUF_INIT(64 * 1024);
    numbers_of(p, &here);
    numbers_of(other, &there);
    check_numbers(c, &here, &there);
    check_numbers(c, &there, &here);
}
