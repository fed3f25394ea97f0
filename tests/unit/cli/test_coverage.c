#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/coverage.h"

static struct ruleset *rules;
static bool has[4096];

static int load(void **state)
{
    static const char *const paths[] = {SOURCE_DIR "/tests/golden/cli/rules.yaml"};
    struct mistakes m = MISTAKES_INIT;
    (void)state;
    rules = ruleset_load(paths, 1, NULL, &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    return rules ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    ruleset_free(rules);
    return 0;
}

static const struct expr *expr(const char *text, const char *kind)
{
    struct mistakes m = MISTAKES_INIT;
    const struct expr *e = ruleset_expr(rules, text, ruleset_kind(rules, kind), &m);
    mistakes_print(&m, stderr);
    mistakes_free(&m);
    assert_non_null(e);
    return e;
}

/* Only the named signals, divided by blanks, are there. */
static void only(const char *names)
{
    memset(has, 0, sizeof(has));
    for (size_t i = 0; i < rules->signals_len; i++) {
        const char *name = rules->signals[i]->name, *at = strstr(names, name);
        has[i] = at && (at[strlen(name)] == ' ' || at[strlen(name)] == '\0');
    }
}

static void can_be_known__table__answers_and_names_what_lacks(void **state)
{
    static const struct {
        const char *text, *kind, *there;
        bool known;
        const char *missing; /* names in order, each followed by a blank */
    } cases[] = {
        {"consumer_lag > 5", "subscription", "consumer_lag", true, ""},
        {"consumer_lag > 5", "subscription", "", false, "consumer_lag "},
        {"consumer_lag > 5 and committed_rate > 1/s", "subscription", "consumer_lag", false, "committed_rate "},
        {"consumer_lag > 5 or committed_rate > 1/s", "subscription", "consumer_lag", true, ""},
        {"(consumer_lag else committed_rate * 1s) > 5", "subscription", "committed_rate", true, ""},
        {"consumer_lag > 5 and committed_rate > 1/s or members > 3", "subscription", "", false, "members "},
        {"known(consumer_lag)", "subscription", "", true, ""},
        {"rising(consumer_lag[5m]) and not max(members) == 0", "subscription", "consumer_lag", false, "members "},
        {"sum(committed_rate) > 0/s", "group", "committed_rate", true, ""},
        {"max((sum(consumer_lag) / members)[5m]) > 10", "group", "consumer_lag", false, "members "},
        {"consumer_lag > consumer_lag", "subscription", "", false, "consumer_lag "},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(signal_list) struct signal_list missing = {0};
        char names[256] = "";
        const struct expr *e = expr(cases[i].text, cases[i].kind);
        only(cases[i].there);
        bool known = can_be_known(e, has, &missing);
        for (size_t k = 0; k < missing.len; k++)
            snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ", missing.items[k]->name);
        if (known != cases[i].known || strcmp(names, cases[i].missing) != 0)
            fail_msg("%s: known %d, missing \"%s\"", cases[i].text, known, names);
    }
}

static void signals_read__derived_signal__what_it_is_computed_from_once(void **state)
{
    AUTO(signal_list) struct signal_list reads = {0};
    (void)state;
    signals_read(expr("max((sum(consumer_lag) / members)[5m]) > members", "group"), &reads);
    assert_int_equal(reads.len, 2);
    assert_true(signal_list_has(&reads, ruleset_signal(rules, "consumer_lag")));
    assert_true(signal_list_has(&reads, ruleset_signal(rules, "members")));
}

static void has_window_below__table__also_within_derived_signals(void **state)
{
    static const struct {
        const char *text;
        double seconds;
        bool below;
    } cases[] = {
        {"max(members[30s]) > 3", 31, true},
        {"max(members[30s]) > 3", 30, false},
        {"members > 3", 1000, false},
        {"members > 3 and max(members[5m]) > 1", 301, true},
        {"max((sum(consumer_lag[30s]) / members)[5m]) > 10", 60, true},
        {"rising(members[5m])", 60, false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (has_window_below(expr(cases[i].text, "group"), cases[i].seconds) != cases[i].below)
            fail_msg("%s below %.0f s", cases[i].text, cases[i].seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(can_be_known__table__answers_and_names_what_lacks),
        cmocka_unit_test(has_window_below__table__also_within_derived_signals),
        cmocka_unit_test(signals_read__derived_signal__what_it_is_computed_from_once),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
