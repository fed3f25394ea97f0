/* nightbell lint: everything that can be known about rules without data. */
#include "cli/lint_formats.h"

int cmd_lint(const struct options *o)
{
    struct mistakes m = MISTAKES_INIT;
    static const char *const builtin[] = {"builtin"};
    struct config *config = o->config ? config_load(o->config, &m) : config_default();
    const char *const *paths = o->words_len ? o->words : o->rules.len ? o->rules.items : o->config && config ? config->rules : builtin;
    size_t len = o->words_len ? o->words_len : o->rules.len ? o->rules.len : o->config && config ? config->rules_len : 1;
    struct ruleset *rules = config ? ruleset_load(paths, len, config, &m) : NULL;
    if (rules)
        ruleset_lint(rules, &m);
    mistakes_sort(&m);
    lint_write(o->format, stdout, &(struct lint_result){o, &m, rules});
    bool wrong = m.errors > 0;
    ruleset_free(rules);
    config_free(config);
    mistakes_free(&m);
    return wrong ? EXIT_WARNING : EXIT_OK;
}
