/* Section "pitfalls": names that rules from elsewhere use, and what lint has to say about that. */
#include <string.h>

#include "rule/build.h"

void pitfalls_read(struct ruleset *r, struct mistakes *m)
{
    static const char *const known[] = {"id", "text", "metric", "use", "least_for", "says"};
    static const char *const uses[] = {
        [PITFALL_NAMED] = "named", [PITFALL_COMPARED] = "compared", [PITFALL_AVERAGED] = "averaged", [PITFALL_NONE] = "none", [PITFALL_NEARLY_ALL] = "nearly-all"};
    const struct section *s = &r->build->sections[SECTION_PITFALLS];
    r->pitfalls = arena_array(&r->arena, s->items.len + 1, sizeof *r->pitfalls);
    for (size_t i = 0; i < s->items.len; i++) {
        const struct definition *d = &s->items.items[i];
        struct pitfall *p = &r->pitfalls[r->pitfalls_len++];
        const struct node *metric = tree_get(d->node, "metric");
        tree_check_keys(d->node, "pitfall", known, ARRAY_LEN(known), m);
        p->id = d->id;
        p->text = tree_text(d->node, "text", NULL, m);
        p->use = tree_choice(d->node, "use", uses, ARRAY_LEN(uses), PITFALL_NAMED, m);
        p->least_for_ms = tree_duration_ms(d->node, "least_for", 0, m);
        p->says = tree_need_text(d->node, "says", "a pitfall", m);
        if (!p->text == !metric)
            mistake_add(m, d->place, "a pitfall has either \"text\" or \"metric\"");
        if (metric)
            p->metric = build_regex(r, tree_text(d->node, "metric", "", m), metric->place, m);
    }
}
