/* nightbell lint: everything that can be known about rules without data. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static size_t count_files(const struct mistakes *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->len; i++)
        n += i == 0 || strcmp(m->items[i].place.file, m->items[i - 1].place.file) != 0;
    return n;
}

static void print_ok(const struct ruleset *r, size_t warnings)
{
    size_t recorded = 0;
    printf("ok: %zu symptoms, %zu causes, %zu signals, %zu warnings\n", r->symptoms_len - r->alerts_len, r->causes_len,
           r->signals_len - 2 * r->alerts_len, warnings); /* an alert keeps two signals of its own */
    for (size_t i = 0; i < r->recorded_len; i++)
        recorded += r->recorded[i].len;
    if (r->alerts_len + recorded)
        printf("of Prometheus rule files: %zu alerts; %zu recording rules are left to Prometheus\n", r->alerts_len, recorded);
}

int cmd_lint(const struct options *o)
{
    struct mistakes m = MISTAKES_INIT;
    static const char *const builtin[] = {"builtin"};
    struct config *config = o->config ? config_load(o->config, &m) : config_default();
    const char *const *paths = o->words_len ? o->words : o->rules_len ? o->rules : o->config && config ? config->rules : builtin;
    size_t len = o->words_len ? o->words_len : o->rules_len ? o->rules_len : o->config && config ? config->rules_len : 1;
    struct ruleset *rules = config ? ruleset_load(paths, len, config, &m) : NULL;
    if (rules)
        ruleset_lint(rules, &m);
    mistakes_print(&m, stdout);
    size_t errors = m.errors;
    if (errors)
        printf("%zu mistakes, %zu warnings in %zu files\n", errors, m.len - errors, count_files(&m));
    else if (rules)
        print_ok(rules, m.len);
    ruleset_free(rules);
    config_free(config);
    mistakes_free(&m);
    return errors ? EXIT_WARNING : EXIT_OK;
}
