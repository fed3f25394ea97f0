/* nightbell test: rules against signals written down. */
#include <stdio.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/rule_test.h"

struct tally {
    size_t passed, failed, mistakes;
};

static void run_file(const char *path, const struct rule_tests_context *c, bool verbose, struct tally *t)
{
    AUTO(arena) struct arena a = ARENA_INIT("rule tests");
    struct rule_tests tests;
    struct mistakes m = MISTAKES_INIT;
    rule_tests_read(path, c, &a, &tests, &m);
    mistakes_print(&m, stderr);
    t->mistakes += m.errors;
    for (size_t i = 0; m.errors == 0 && i < tests.len; i++) {
        bool passed = rule_test_run(&tests.items[i], c->config);
        t->passed += passed;
        t->failed += !passed;
        if (verbose)
            printf("%s  %s: %s\n", passed ? "ok    " : "FAILED", path, tests.items[i].name);
    }
    mistakes_free(&m);
    rule_tests_free(&tests);
}

int cmd_test(const struct options *o)
{
    struct session s;
    struct tally t = {0};
    if (!o->words_len) {
        print_error("test: name the files to run, such as rules/tests/*.yaml");
        return EXIT_USAGE;
    }
    int code = session_load(o, &s);
    if (code == 0) {
        struct rule_tests_context c = {
            .config = s.config,
            .rule_paths = o->rules.len ? o->rules.items : s.config->rules,
            .rule_paths_len = o->rules.len ? o->rules.len : s.config->rules_len,
            .rules = s.rules,
        };
        for (size_t i = 0; i < o->words_len; i++)
            run_file(o->words[i], &c, o->verbose, &t);
        printf("%zu passed, %zu failed\n", t.passed, t.failed);
        code = t.mistakes ? EXIT_INPUT : t.failed ? EXIT_WARNING : EXIT_OK;
    }
    session_close(&s);
    return code;
}
