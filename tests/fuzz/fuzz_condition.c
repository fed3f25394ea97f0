/* Feeds texts to the condition language: lexer, parser, checker and the makers of templates, over a small world with one of every kind of name. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "unit/rule/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct ruleset *r, const char *text, const struct entity_kind *kind)
{
    struct mistakes m = MISTAKES_INIT;
    const struct expr *e = ruleset_expr(r, text, kind, &m);
    if ((e != NULL) != (m.errors == 0) || (e && e->kind != kind)) /* refused without a word, or taken with one */
        abort();
    mistakes_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mistakes m = MISTAKES_INIT;
    char *text = xstrndup((const char *)data, size);
    struct ruleset *r = pack_load(PACK_WORLD PACK_SYMPTOM("wait > $long"), &m);
    for (size_t i = 0; r && i < r->kinds_len; i++)
        feed(r, text, r->kinds[i]);
    for (size_t i = 0; r && i < r->exprs_len; i++)
        for (size_t j = 0; j < r->exprs[i]->args_len; j++)
            if (r->exprs[i]->args[j]->id >= i)
                abort();
    if (r)
        ruleset_lint(r, r, &m);
    ruleset_free(r);
    mistakes_free(&m);
    free(text);
    return 0;
}
