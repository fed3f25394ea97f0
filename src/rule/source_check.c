/* Section "checks": what can be wrong with the exporters, the scraping and the server themselves, as questions to the server. Texts are those of alerts. */
#include <string.h>

#include "rule/alert_term.h"
#include "rule/build.h"

/* A text alone stands for all languages, and English for one that is not given. */
static const struct node *in_language(const struct node *node, const char *language)
{
    if (node->type != NODE_MAP)
        return node;
    const struct node *text = tree_get(node, language);
    return text ? text : tree_get(node, "en");
}

static void read_texts(struct ruleset *r, const struct node *map, const char *key, struct alert_text *ret, struct mistakes *m)
{
    static const char *const languages[LANGUAGES] = {[LANG_EN] = "en", [LANG_KO] = "ko"};
    const struct node *node = tree_get(map, key);
    if (!node || (node->type == NODE_MAP && !tree_get(node, "en")) || node->type == NODE_LIST) {
        mistake_add(m, node ? node->place : map->place, "a check needs \"%s\": {en: …, ko: …}", key);
        return;
    }
    if (node->type == NODE_MAP)
        tree_check_keys(node, "text", languages, ARRAY_LEN(languages), m);
    for (int i = 0; i < LANGUAGES; i++) {
        struct source s = source_of_node(in_language(node, languages[i]));
        alert_text_read(&s, &r->arena, m, &ret[i]);
        if (ret[i].beyond)
            mistake_add(m, ret[i].place, "a text of a check cannot say \"%s\"", ret[i].beyond);
    }
}

void checks_read(struct ruleset *r, struct mistakes *m)
{
    static const char *const known[] = {"id", "level", "live", "ask", "says", "fix"}, *const levels[] = {"note", "fault"};
    const struct section *s = &r->build->sections[SECTION_CHECKS];
    r->checks = arena_array(&r->arena, s->items.len + 1, sizeof *r->checks);
    for (size_t i = 0; i < s->items.len; i++) {
        const struct definition *d = &s->items.items[i];
        struct source_check *c = &r->checks[r->checks_len++];
        tree_check_keys(d->node, "check", known, ARRAY_LEN(known), m);
        c->id = d->id;
        c->place = d->place;
        c->fault = tree_choice(d->node, "level", levels, ARRAY_LEN(levels), 0, m) == 1;
        c->live = tree_bool(d->node, "live", false, m);
        c->ask = tree_need_text(d->node, "ask", "a check", m);
        c->says = arena_array(&r->arena, LANGUAGES, sizeof *c->says);
        c->fix = arena_array(&r->arena, LANGUAGES, sizeof *c->fix);
        read_texts(r, d->node, "says", c->says, m);
        read_texts(r, d->node, "fix", c->fix, m);
    }
}
