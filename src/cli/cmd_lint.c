/* nightbell lint: everything that can be known about rules without data, and with a source what its data say of them. */
#include "base/alloc.h"
#include "cli/lint_formats.h"

int cmd_lint(const struct options *o)
{
    struct mistakes m = MISTAKES_INIT;
    AUTO(strbuf) struct strbuf seen = STRBUF_INIT(2000);
    static const char *const builtin[] = {"builtin"};
    struct config *config = o->config ? config_load(o->config, &m) : config_default();
    const char *const *paths = o->words_len ? o->words : o->rules.len ? o->rules.items : o->config && config ? config->rules : builtin;
    size_t len = o->words_len ? o->words_len : o->rules.len ? o->rules.len : o->config && config ? config->rules_len : 1;
    struct session s = {.config = config, .rules = config ? ruleset_load(paths, len, config, &m) : NULL};
    struct mistakes ignored = MISTAKES_INIT;
    struct ruleset *known = s.rules ? ruleset_load(builtin, ARRAY_LEN(builtin), NULL, &ignored) : NULL; /* what the built-in rules know of names used elsewhere */
    int code = session_log_level(o);
    if (s.rules)
        ruleset_lint(s.rules, known ? known : s.rules, &m);
    if (code == 0 && o->source && m.errors == 0)
        code = lint_source(o, &s, &m, &seen);
    mistakes_sort(&m);
    lint_write(o->format, stdout, &(struct lint_result){o, &m, s.rules, seen.buf});
    if (code == 0 && m.errors)
        code = EXIT_WARNING;
    session_close(&s);
    ruleset_free(known);
    mistakes_free(&ignored);
    mistakes_free(&m);
    return code;
}
