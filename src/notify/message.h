/*
 * A finding as what a message says, in one language and in order of worth: headline, lead, facts, sections, links, footer. Texts are clean (escape.h)
 * and not yet escaped. What a receiver has no room for it drops from the end, never inside a line.
 */
#ifndef NOTIFY_MESSAGE_H
#define NOTIFY_MESSAGE_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/finding.h"

enum tone {
    TONE_FIRING,
    TONE_BLIND,    /* was firing, cannot be seen at present */
    TONE_RESOLVED, /* with evidence */
    TONE_LOST,     /* ended without: not an all-clear */
    TONE_REMOVED,  /* ended since the rule is gone: not an all-clear either */
    TONE_MERGED,   /* goes on as part of another incident */
};

enum line_kind {
    LINE_PLAIN,
    LINE_RANKED,  /* a cause or a step with its number; `strong` in markup */
    LINE_ITEM,    /* below a ranked line: evidence */
    LINE_COMMAND, /* for a terminal: never cut, never wrapped */
};

struct line {
    enum line_kind kind;
    const char *text;
};

struct section {
    const char *title;
    struct line *lines;
    size_t len, cap;
};

struct fact {
    const char *label, *value;
    int64_t time_ms;   /* 0 = no time; else `value` begins with it in UTC and `rest` follows */
    const char *rest;  /* "(12 min)"; "" */
    const char *spark; /* NULL = none */
    const struct finding_chart *chart; /* what `spark` shows, when there is enough of it for a picture (chart.h); the finding's. NULL = none */
    const char *range; /* its scale and time: "0 – 900 ms, 20:10 – 20:40 UTC" */
};

#define FACTS_MAX 8
#define SECTIONS_MAX 6

struct message {
    enum tone tone;
    const char *state_word; /* "CRITICAL", "RESOLVED" */
    const char *title;
    const char *headline; /* state word · title */
    const char *subject;  /* the same for the life of the finding */
    const char *lead;     /* one or two sentences */
    struct fact facts[FACTS_MAX];
    size_t facts_len;
    struct section sections[SECTIONS_MAX];
    size_t sections_len;
    const struct finding_link *links; /* only http(s) ones, names clean */
    size_t links_len;
    const char *footer;
    const char *note; /* one line for a thread, a log, a lock screen */
};

enum tone message_tone(const struct finding *f);
void message_make(const struct finding *f, const char *kind, enum language lang, struct arena *a, struct message *ret);
/* The fact that deserves a picture; NULL = none. */
const struct fact *message_picture(const struct message *m);
/* As plain text: lines of at most 78 columns, commands and links on lines of their own. */
void message_print(const struct message *m, enum language lang, struct strbuf *out);
/* "2026-11-22 21:00 UTC" */
const char *message_time(struct arena *a, int64_t ms);

#endif
