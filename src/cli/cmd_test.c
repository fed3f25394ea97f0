/* nightbell test: rules against signals written down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/rule_test.h"

#define COMPLAINT_MAX ((size_t)1 << 20)

struct tally {
    size_t passed, failed, mistakes;
    size_t unwritten; /* files that could not be updated */
    struct rule_seen *seen; /* NULL = nobody asks */
    FILE *junit; /* cases so far, since their counts stand before them; NULL = as text */
    size_t broken; /* files that hold mistakes */
    bool as_junit, verbose;
};

static void tell_text(const char *path, const char *name, bool passed, const char *complaint, const struct tally *t)
{
    fputs(complaint, stdout);
    if (t->verbose)
        printf("%s  %s: %s\n", passed ? "ok    " : "FAILED", path, name);
}

/* `fault`: NULL = passed, "failure", or "error" of what could not run. */
static void tell_junit(FILE *out, const char *path, const char *name, const char *fault, const char *message, const char *complaint)
{
    fputs("  <testcase classname=\"", out);
    print_xml(out, path);
    fputs("\" name=\"", out);
    print_xml(out, name);
    if (!fault) {
        fputs("\" time=\"0\"/>\n", out);
        return;
    }
    fprintf(out, "\" time=\"0\">\n   <%s message=\"%s\" type=\"%s\">", fault, message, fault);
    print_xml(out, complaint);
    fprintf(out, "</%s>\n  </testcase>\n", fault);
}

/* All cases with their counts before them, as the schemas of JUnit's readers ask. */
static void print_junit(const struct tally *t, const char *cases)
{
    printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"nightbell test\">\n"
           " <testsuite name=\"rules\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"0\">\n%s </testsuite>\n</testsuites>\n",
           t->passed + t->failed + t->broken, t->failed, t->broken, cases);
}

static void run_test(const char *path, const struct rule_test *test, const struct config *config, struct tally *t)
{
    AUTO(strbuf) struct strbuf complaint = STRBUF_INIT(COMPLAINT_MAX);
    bool passed = rule_test_run(test, config, t->seen, NULL, &complaint) == RULE_TEST_PASSED;
    t->passed += passed;
    t->failed += !passed;
    if (t->junit)
        tell_junit(t->junit, path, test->name, passed ? NULL : "failure", "not as expected", complaint.buf);
    else
        tell_text(path, test->name, passed, complaint.buf, t);
}

static void run_file(const char *path, const struct rule_tests_context *c, struct tally *t)
{
    AUTO(arena) struct arena a = ARENA_INIT("rule tests");
    struct rule_tests tests;
    struct mistakes m = MISTAKES_INIT;
    rule_tests_read(path, c, &a, &tests, &m);
    mistakes_print(&m, stderr);
    t->mistakes += m.errors;
    t->broken += m.errors > 0;
    if (m.errors && t->junit)
        tell_junit(t->junit, path, "the file", "error", "it holds mistakes and was not run", "");
    for (size_t i = 0; m.errors == 0 && i < tests.len; i++)
        run_test(path, &tests.items[i], c->config, t);
    mistakes_free(&m);
    rule_tests_free(&tests);
}

/* What does not hold is rewritten; nothing is when a test of the file cannot run. */
static void update_tests(const char *path, const struct rule_tests *tests, const struct config *config, struct tally *t)
{
    AUTO(strbuf) struct strbuf complaint = STRBUF_INIT(COMPLAINT_MAX);
    struct error err = {0};
    bool runs = true;
    struct rule_update *u = rule_update_new(path, &err);
    for (size_t i = 0; u && runs && i < tests->len; i++) {
        strbuf_reset(&complaint);
        runs = rule_test_run(&tests->items[i], config, NULL, u, &complaint) != RULE_TEST_CANNOT_RUN;
    }
    if (!runs)
        fprintf(stderr, "%s%s: nothing is rewritten\n", complaint.buf, path);
    else if (!u || rule_update_write(u, &err) < 0)
        print_error("%s", err.text);
    t->unwritten += !runs || err.code < 0;
    rule_update_free(u);
}

static void update_file(const char *path, const struct rule_tests_context *c, struct tally *t)
{
    AUTO(arena) struct arena a = ARENA_INIT("rule tests");
    struct rule_tests tests;
    struct mistakes m = MISTAKES_INIT; /* run_file says them */
    rule_tests_read(path, c, &a, &tests, &m);
    if (m.errors == 0)
        update_tests(path, &tests, c->config, t);
    mistakes_free(&m);
    rule_tests_free(&tests);
}

static void run_files(const struct options *o, const struct rule_tests_context *c, struct tally *t)
{
    char *cases = NULL;
    size_t cases_len;
    t->junit = t->as_junit ? open_memstream(&cases, &cases_len) : NULL;
    for (size_t i = 0; i < o->words_len; i++) {
        if (o->update)
            update_file(o->words[i], c, t);
        run_file(o->words[i], c, t);
    }
    if (t->junit && fclose(t->junit) == 0)
        print_junit(t, cases);
    free(cases);
    if (!t->as_junit)
        printf("%zu passed, %zu failed%s\n", t->passed, t->failed, t->mistakes ? "; files with mistakes were not run" : "");
    if (t->seen)
        rule_seen_print(t->seen);
}

int cmd_test(const struct options *o)
{
    struct session s;
    struct tally t = {.as_junit = o->format && strcmp(o->format, "junit") == 0, .verbose = o->verbose};
    if (!o->words_len) {
        print_error("test: name the files to run, such as rules/tests/*.yaml");
        return EXIT_USAGE;
    }
    if (t.as_junit && (o->coverage || o->update)) {
        print_error("test: what %s prints is a text; run it without --format junit", o->update ? "--update" : "--coverage");
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
        t.seen = o->coverage ? rule_seen_new(s.rules) : NULL;
        run_files(o, &c, &t);
        rule_seen_free(t.seen);
        code = t.mistakes ? EXIT_INPUT : t.unwritten ? EXIT_CANNOT_WRITE : t.failed ? EXIT_WARNING : EXIT_OK;
    }
    session_close(&s);
    return code;
}
