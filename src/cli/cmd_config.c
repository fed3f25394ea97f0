/* nightbell config check: a configuration file, and the overrides in it against the rules. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

int cmd_config(const struct options *o)
{
    struct mistakes m = MISTAKES_INIT;
    if (o->words_len != 1 || strcmp(o->words[0], "check") != 0) {
        print_error("config: say what to do: nightbell config check -c FILE");
        return EXIT_USAGE;
    }
    if (!o->config) {
        print_error("config check: needs --config FILE");
        return EXIT_USAGE;
    }
    struct config *config = config_load(o->config, &m);
    struct ruleset *rules = config ? ruleset_load(config->rules, config->rules_len, config, &m) : NULL;
    mistakes_print(&m, stdout);
    size_t errors = m.errors;
    if (!errors)
        printf("%s: ok\n", o->config);
    ruleset_free(rules);
    config_free(config);
    mistakes_free(&m);
    return errors ? EXIT_CONFIG : EXIT_OK;
}
