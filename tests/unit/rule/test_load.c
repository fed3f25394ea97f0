#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "rule/function.h"
#include "rule/alert.h"
#include "unit/rule/pack.h"

#define CAUSES                                                                                                                                       \
    "    causes: [slow, {id: few, prior: +3, evidence: [{if: queue > 9, exclude: true}]}]\n"                                                         \
    "causes:\n"                                                                                                                                      \
    "  - id: slow\n"                                                                                                                                 \
    "    class: staff\n"                                                                                                                             \
    "    title: {en: slow, ko: 지연}\n"                                                                                                            \
    "    evidence: [{if: all(load > 90%), db: +15, else_db: -10, family: load, says: {en: 'all busy, {max(load)} and {wait}'}}]\n"                   \
    "    by_hand: {en: look at the tills, ko: 보기, command: 'look --shop {shop}'}\n"                                                              \
    "    remedies:\n"                                                                                                                                \
    "      - {risk: read-only, text: {en: look, ko: 보기}, command: 'look --shop {shop}'}\n"                                                       \
    "      - {risk: safe, only_if: queue > 3, text: {en: open, ko: 열기}, command: 'open --till {till}'}\n"                                        \
    "  - id: few\n"                                                                                                                                  \
    "    title: {en: few, ko: 부족}\n"

static struct ruleset *good(const char *text, const struct config *config)
{
    struct mistakes m = MISTAKES_INIT;
    struct ruleset *r = pack_load_with(text, config, &m);
    if (!r)
        mistakes_print(&m, stdout);
    mistakes_free(&m);
    assert_non_null(r);
    return r;
}

static void load__world__entities_signals_and_derivations(void **state)
{
    (void)state;
    struct ruleset *r = good(PACK_WORLD, NULL);
    assert_int_equal(r->kinds_len, 5);
    assert_string_equal(r->kinds[0]->name, "cluster");
    const struct entity_kind *clerk = ruleset_kind(r, "clerk");
    assert_int_equal(clerk->identity_len, 1);
    assert_int_equal(clerk->labels_len, 2);
    assert_int_equal(r->derivations_len, 2);
    assert_true(r->derivations[0].use_map);
    assert_string_equal(r->derivations[0].from, "clerk");
    assert_ptr_equal(r->derivations[1].known_in, ruleset_kind(r, "shop"));
    const struct signal *wait = ruleset_signal(r, "wait");
    assert_true(fabs(wait->bindings[0].scale - 0.001) < 1e-12);
    assert_string_equal(ruleset_signal(r, "served")->bindings[0].metrics[0], "out");
    assert_int_equal(ruleset_signal(r, "served")->bindings[0].metrics_len, 1);
    assert_true(ruleset_signal(r, "seats")->is_fact);
    assert_string_equal(r->cluster_labels[0], "town");
    assert_int_equal(r->labels_len, 1);
    assert_int_equal(r->labels[0].from_len, 2);
    assert_null(ruleset_signal(r, "nothing"));
    ruleset_free(r);
}

static void load__symptom__defaults_and_suspects(void **state)
{
    (void)state;
    struct ruleset *r = good(PACK_WORLD PACK_SYMPTOM("wait > $long") "    show: [queue, sum(served)]\n" CAUSES, NULL);
    const struct symptom *s = ruleset_symptom(r, "queue-grows");
    assert_int_equal(s->severity, SEVERITY_WARNING);
    assert_true(s->lost_after_ms == 3600000 && s->settle_ms == 300000 && s->for_ms == 0);
    assert_int_equal(s->params_len, 1);
    assert_true(fabs(s->params[0]->value - 600) < 1e-9);
    assert_int_equal(s->suspects_len, 2);
    assert_true(fabs(s->suspects[1].prior_db - 3) < 1e-9);
    assert_true(s->suspects[1].evidence[0].exclude);
    const struct evidence *e = &s->suspects[0].evidence[0];
    assert_true(e->db > 14.9 && e->else_db < -9.9);
    assert_string_equal(e->family, "load");
    assert_int_equal(e->says.in[LANG_EN].len, 4);
    assert_int_equal(e->says.in[LANG_EN].parts[1].format, FORMAT_PERCENT);
    assert_int_equal(e->says.in[LANG_EN].parts[3].format, FORMAT_DURATION);
    assert_int_equal(s->suspects[0].remedies_len, 2);
    assert_int_equal(s->suspects[0].remedies[0].command.len, 2);
    assert_string_equal(s->suspects[0].remedies[0].command.parts[1].label, "shop");
    assert_int_equal(s->suspects[0].remedies[1].command.len, 0); /* a shop has no till */
    assert_int_equal(s->suspects[0].by_hand_command.len, 2);
    assert_int_equal(s->show_len, 2);
    assert_non_null(s->show[1].signal->derived);
    assert_ptr_equal(s->show[1].signal->kind, s->kind);
    assert_true(s->show[0].signal->window_ms >= 1800000);
    ruleset_free(r);
}

static void load__later_path__replaces_by_id(void **state)
{
    (void)state;
    char dir[] = "/tmp/nightbell-rules-XXXXXX", path[64], tests[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a.yaml", dir);
    snprintf(tests, sizeof tests, "%s/tests", dir);
    FILE *f = fopen(path, "w");
    fputs(PACK_WORLD PACK_SYMPTOM("wait > $long"), f);
    fclose(f);
    char own[64], ignored[80];
    snprintf(own, sizeof own, "%s/b.yaml.own", dir);
    f = fopen(own, "w");
    fputs(PACK_SYMPTOM("queue > 7 or wait > $long") "    severity: info\n", f);
    fclose(f);
    mkdir(tests, 0700);
    snprintf(ignored, sizeof ignored, "%s/x.yaml", tests);
    f = fopen(ignored, "w");
    fputs("this is no rule file: [", f);
    fclose(f);
    struct mistakes m = MISTAKES_INIT;
    const char *const paths[] = {dir, own};
    struct ruleset *r = ruleset_load(paths, 2, NULL, &m);
    mistakes_print(&m, stdout);
    assert_non_null(r);
    assert_int_equal(r->symptoms_len, 1);
    assert_int_equal(r->symptoms[0]->severity, SEVERITY_INFO);
    struct ruleset *alone = ruleset_load(paths, 1, NULL, &m);
    assert_true(alone->hash != r->hash);
    ruleset_free(alone);
    ruleset_free(r);
    mistakes_free(&m);
    unlink(path);
    unlink(own);
    unlink(ignored);
    rmdir(tests);
    rmdir(dir);
}

static void load__file_not_there__said(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    const char *const paths[] = {"/nowhere/rules.yaml"};
    assert_null(ruleset_load(paths, 1, NULL, &m));
    assert_int_equal(m.errors, 1);
    mistakes_free(&m);
}

static void shapes__defaults__taken_by_every_use(void **state)
{
    (void)state;
    struct ruleset *r =
        good(PACK_WORLD "shapes: {falling: {by: 50%, sigma: 6, against: 1h}}\n" PACK_SYMPTOM("falling(queue[5m]) and wait > $long"), NULL);
    const struct expr *e = ruleset_symptom(r, "queue-grows")->when->args[0];
    assert_true(fabs(e->args[1]->number - 3600) < 1e-9);
    assert_true(fabs(e->args[2]->number - 0.5) < 1e-9);
    assert_true(fabs(e->args[4]->number - 6) < 1e-9);
    assert_int_equal(ruleset_signal(r, "queue")->window_ms, (5 + BASELINE_LOOK_BACK * 60) * 60000);
    ruleset_free(r);
}

/* What a configuration would say, made by hand. */
static struct name_value long_param[] = {{"long", "20m"}}, shop_match[] = {{"shop", "north.*"}}, wrong_param[] = {{"lung", "20m"}},
                         wrong_unit[] = {{"long", "20MiB"}}, clerks[] = {{"jo.*", "north"}};

static void config__overrides_facts_and_map__taken(void **state)
{
    (void)state;
    struct override_config overrides[] = {
        {.symptom = "queue-grows", .match = {shop_match, 1}, .params = {long_param, 1}},
        {.symptom = "queue-grows", .match = {shop_match, 1}, .severity = "critical"},
        {.symptom = "queue-grows", .disable = true},
    };
    struct fact_config facts[] = {{.name = "seats", .value = "40", .match = {shop_match, 1}}};
    struct config c = {.overrides = overrides, .overrides_len = 3, .facts = facts, .facts_len = 1, .client_groups = {clerks, 1}};
    struct ruleset *r = good(PACK_WORLD PACK_SYMPTOM("wait > $long"), &c);
    const struct symptom *s = ruleset_symptom(r, "queue-grows");
    assert_true(s->disabled);
    assert_int_equal(r->param_overrides_len, 1);
    assert_ptr_equal(r->param_overrides[0].param, s->params[0]);
    assert_true(fabs(r->param_overrides[0].value - 1200) < 1e-9);
    assert_true(regex_matches(r->param_overrides[0].match[0].regex, "northern"));
    assert_int_equal(r->disables_len, 2);
    assert_true(r->disables[0].has_severity && r->disables[0].severity == SEVERITY_CRITICAL && !r->disables[0].disable);
    assert_int_equal(r->facts_len, 1);
    assert_true(fabs(r->facts[0].value - 40) < 1e-9);
    assert_int_equal(r->client_map.len, 1);
    assert_true(regex_matches(r->client_map_regex[0], "joan"));
    ruleset_free(r);
}

static void config__mistakes__all_said(void **state)
{
    (void)state;
    struct override_config overrides[] = {
        {.symptom = "queue-growz", .disable = true},           {.symptom = "queue-grows", .params = {wrong_param, 1}},
        {.symptom = "queue-grows", .params = {wrong_unit, 1}}, {.symptom = "queue-grows", .match = {wrong_param, 1}, .disable = true},
        {.symptom = "queue-grows", .severity = "awful"},
    };
    struct fact_config facts[] = {{.name = "seatz", .value = "40"}, {.name = "queue", .value = "40"}, {.name = "seats", .value = "40s"}};
    struct config c = {.overrides = overrides, .overrides_len = 5, .facts = facts, .facts_len = 3};
    struct mistakes m = MISTAKES_INIT;
    assert_null(pack_load_with(PACK_WORLD PACK_SYMPTOM("wait > $long"), &c, &m));
    static const char *const said[] = {
        "unknown symptom \"queue-growz\", did you mean \"queue-grows\"?",
        "has no parameter \"lung\", did you mean \"long\"?",
        "does not measure what the parameter",
        "\"shop\" has no label \"lung\" to match",
        "unknown severity \"awful\"",
        "no rule asks for a fact \"seatz\", did you mean \"seats\"?",
        "\"queue\" is measured, it cannot be stated",
        "is not what \"seats\" is measured in",
    };
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        assert_true(pack_says(&m, said[i]));
    assert_int_equal(m.errors, ARRAY_LEN(said));
    mistakes_free(&m);
}

static void param__overridden_for_some_rows__window_kept_per_row(void **state)
{
    (void)state;
    struct override_config overrides[] = {{.symptom = "till-slow", .match = {shop_match, 1}, .params = {long_param, 1}}};
    struct config c = {.overrides = overrides, .overrides_len = 1};
    static const char text[] = PACK_WORLD "symptoms:\n  - id: till-slow\n    entity: till\n    title: t\n    params: {long: {default: 10s}}\n"
                                          "    when: rising(wait[5m], min=$long)\n";
    struct ruleset *plain = good(text, NULL), *special = good(text, &c);
    assert_int_equal(ruleset_symptom(plain, "till-slow")->when->op, EXPR_JOIN); /* the shop's own trend */
    const struct expr *e = ruleset_symptom(special, "till-slow")->when;
    assert_int_equal(e->op, EXPR_WINDOW);
    assert_string_equal(e->signal->kind->name, "till");
    ruleset_free(plain);
    ruleset_free(special);
}

static void golden__many_mistakes__all_at_once(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    const char *const paths[] = {"tests/golden/rule/mistakes.yaml"};
    assert_null(ruleset_load(paths, 1, NULL, &m));
    char *printed = NULL, *expected;
    size_t len, expected_len;
    FILE *out = open_memstream(&printed, &len);
    mistakes_print(&m, out);
    fclose(out);
    struct error err = {0};
    if (getenv("UPDATE_GOLDEN")) {
        FILE *f = fopen("tests/golden/rule/mistakes.expected", "w");
        fputs(printed, f);
        fclose(f);
    }
    assert_int_equal(file_read("tests/golden/rule/mistakes.expected", 1 << 20, &expected, &expected_len, &err), 0);
    assert_string_equal(printed, expected);
    assert_true(m.errors >= 30);
    free(printed);
    free(expected);
    mistakes_free(&m);
}

static void example__web_service__loads_and_lints_clean(void **state)
{
    (void)state;
    struct mistakes m = MISTAKES_INIT;
    const char *const paths[] = {"examples/web"};
    struct ruleset *r = ruleset_load(paths, 1, NULL, &m);
    assert_non_null(r);
    ruleset_lint(r, r, &m);
    mistakes_print(&m, stdout);
    assert_int_equal(m.len, 0);
    assert_int_equal(r->symptoms_len, 2);
    assert_int_equal(r->causes_len, 3);
    ruleset_free(r);
    mistakes_free(&m);
}

static void checks__read__texts_in_both_languages_or_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"checks:\n  - {id: a, says: x, fix: y}\n", "a check needs \"ask\""},
        {"checks:\n  - {id: a, ask: up, fix: y}\n", "a check needs \"says\": {en: …, ko: …}"},
        {"checks:\n  - {id: a, ask: up, says: {ko: x}, fix: y}\n", "a check needs \"says\": {en: …, ko: …}"},
        {"checks:\n  - {id: a, ask: up, says: '{{ query \"x\" }}', fix: y}\n", "a text of a check cannot say \"query\""},
        {"checks:\n  - {id: a, ask: up, level: bad, says: x, fix: y}\n", "\"level\" must be note or fault, not \"bad\""},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct mistakes m = MISTAKES_INIT;
        assert_null(pack_load_with(wrong[i].text, NULL, &m));
        assert_string_equal(m.items[0].text, wrong[i].says);
        mistakes_free(&m);
    }
    struct mistakes m = MISTAKES_INIT;
    struct ruleset *r = pack_load_with("checks:\n  - {id: a, level: fault, ask: up == 0, says: {en: x, ko: z}, fix: y}\n", NULL, &m);
    assert_int_equal(m.len, 0);
    assert_true(r->checks_len == 1 && r->checks[0].fault);
    assert_string_equal(r->checks[0].says[LANG_KO].written, "z");
    assert_string_equal(r->checks[0].fix[LANG_KO].written, "y");
    mistakes_free(&m);
    ruleset_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load__world__entities_signals_and_derivations),
        cmocka_unit_test(load__symptom__defaults_and_suspects),
        cmocka_unit_test(load__later_path__replaces_by_id),
        cmocka_unit_test(load__file_not_there__said),
        cmocka_unit_test(shapes__defaults__taken_by_every_use),
        cmocka_unit_test(config__overrides_facts_and_map__taken),
        cmocka_unit_test(config__mistakes__all_said),
        cmocka_unit_test(param__overridden_for_some_rows__window_kept_per_row),
        cmocka_unit_test(golden__many_mistakes__all_at_once),
        cmocka_unit_test(example__web_service__loads_and_lints_clean),
        cmocka_unit_test(checks__read__texts_in_both_languages_or_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
