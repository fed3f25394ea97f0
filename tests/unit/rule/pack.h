/* A small world for tests of rules: shops, their tills, clerks known by name, streets. Texts are loaded through a file, as users' are. */
#ifndef TEST_RULE_PACK_H
#define TEST_RULE_PACK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "rule/rule.h"

#define PACK_WORLD                                                                                                                                   \
    "cluster_labels: [town]\n"                                                                                                                       \
    "labels:\n"                                                                                                                                      \
    "  shop: {from: [shop, store], pattern: '([^:]+)(?::\\d+)?'}\n"                                                                                  \
    "entities:\n"                                                                                                                                    \
    "  cluster: {labels: []}\n"                                                                                                                      \
    "  shop: {labels: [shop]}\n"                                                                                                                     \
    "  till: {labels: [shop, till]}\n"                                                                                                               \
    "  street: {labels: [street]}\n"                                                                                                                 \
    "  clerk:\n"                                                                                                                                     \
    "    labels: [clerk]\n"                                                                                                                          \
    "    derived: {shop: [{map: client_groups}, {from: clerk, pattern: '(.+)-\\d+', known_in: shop}]}\n"                                             \
    "profiles:\n"                                                                                                                                    \
    "  counter: {help: a counter at the door, probe: [shop_queue]}\n"                                                                                \
    "signals:\n"                                                                                                                                     \
    "  queue: {help: people waiting, unit: people, entity: shop, bindings: [{profile: counter, query: 'sum by (shop) (shop_queue{$match})'}]}\n"     \
    "  entering: {help: people coming, unit: people/s, entity: shop, bindings: [{profile: counter, query: 'sum by (shop) "                           \
    "(rate(in{$match}[$rate]))'}]}\n"                                                                                                                \
    "  served: {help: people served, unit: people/s, entity: till, bindings: [{profile: counter, query: 'sum by (shop, till) "                       \
    "(rate(out{$match}[$rate]))'}]}\n"                                                                                                               \
    "  wait: {help: time in the queue, unit: s, entity: shop, bindings: [{profile: counter, query: 'wait_ms{$match}', unit: ms}]}\n"                 \
    "  load: {help: share of the time that a till is busy, unit: ratio, entity: till, bindings: [{profile: counter, query: 'load{$match}'}]}\n"      \
    "  speed: {help: items scanned, unit: items/s, entity: clerk, bindings: [{profile: counter, query: 'speed{$match}'}]}\n"                         \
    "  walkers: {help: people outside, unit: people, entity: street, bindings: [{profile: counter, query: 'walkers{$match}'}]}\n"                    \
    "  seats: {help: seats in a shop, unit: seats, entity: shop, fact: true}\n"

/* One symptom over shops whose condition is the argument. */
#define PACK_SYMPTOM(when) PACK_BEGIN when "\n"
#define PACK_BEGIN                                                                                                                                   \
    "symptoms:\n"                                                                                                                                    \
    "  - id: queue-grows\n"                                                                                                                          \
    "    entity: shop\n"                                                                                                                             \
    "    title: {en: 'a queue in {shop}', ko: '{shop} 대기열'}\n"                                                                                 \
    "    params: {long: {default: 10m, help: a wait nobody likes}}\n"                                                                                \
    "    when: "

static inline struct ruleset *pack_load_with(const char *text, const struct config *config, struct mistakes *m)
{
    char path[] = "/tmp/nightbell-pack-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    const char *const paths[] = {path};
    struct ruleset *r = ruleset_load(paths, 1, config, m);
    unlink(path);
    return r;
}

static inline struct ruleset *pack_load(const char *text, struct mistakes *m)
{
    return pack_load_with(text, NULL, m);
}

/* True when some mistake's text contains `part`; says what there was otherwise. */
static inline bool pack_says(const struct mistakes *m, const char *part)
{
    for (size_t i = 0; i < m->len; i++)
        if (strstr(m->items[i].text, part))
            return true;
    printf("expected \"%s\", got %zu mistakes:\n", part, m->len);
    for (size_t i = 0; i < m->len; i++)
        printf("  %d:%d: %s\n", m->items[i].place.line, m->items[i].place.col, m->items[i].text);
    return false;
}

/* The shape of an expression in one line: (AND (LT signal@shop 5@shop) …). */
static inline void pack_shape(const struct expr *e, struct strbuf *out)
{
    static const char *const names[EXPR_OP_COUNT] = {"number", "param", "signal", "firing", "neg",    "not",  "add",    "sub",   "mul",  "div",
                                                     "lt",     "le",    "gt",     "ge",     "eq",     "ne",   "and",    "or",    "else", "known",
                                                     "min2",   "max2",  "abs",    "window", "before", "seasonal", "join", "reduce", "peers", "share"};
    if (e->op == EXPR_NUMBER)
        strbuf_addf(out, "%g", e->number);
    else if (e->op == EXPR_SIGNAL)
        strbuf_addf(out, "%s@%s", e->signal->name, e->kind->name);
    else if (e->op == EXPR_PARAM)
        strbuf_addf(out, "$%s", e->param->name);
    else
        strbuf_addf(out, "(%s", names[e->op]);
    if (e->op == EXPR_NUMBER || e->op == EXPR_SIGNAL || e->op == EXPR_PARAM)
        return;
    if (e->op == EXPR_WINDOW || e->op == EXPR_BEFORE || e->op == EXPR_SEASONAL)
        strbuf_addf(out, " <%s@%s>", e->signal->name, e->signal->kind->name);
    if (e->op == EXPR_JOIN || e->op == EXPR_REDUCE)
        strbuf_addf(out, "->%s", e->kind->name);
    for (size_t i = 0; i < e->args_len; i++) {
        strbuf_addc(out, ' ');
        pack_shape(e->args[i], out);
    }
    strbuf_addc(out, ')');
}

#endif
