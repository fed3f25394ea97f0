/* Texts with placeholders become sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "diagnose/diagnose.h"
#include "support/small_world.h"

#define PACK                                                                                                                                       \
    "entities:\n  house: {labels: [house]}\n"                                                                                                      \
    "signals:\n"                                                                                                                                   \
    "  guests: {help: h, unit: guests, entity: house, fact: true}\n"                                                                               \
    "  rooms: {help: h, unit: rooms, entity: house, fact: true}\n"                                                                                 \
    "causes: []\n"                                                                                                                                 \
    "symptoms:\n"                                                                                                                                  \
    "  - {id: full, entity: house, title: {en: t, ko: t}, when: guests > rooms, severity: warning, causes: [], effect: {en: '%s', ko: k}}\n"

static void says(const char *text, double guests, double rooms, const char *wanted)
{
    struct small_world w;
    char yaml[4096];
    snprintf(yaml, sizeof(yaml), PACK, text);
    small_world_open(&w, yaml);
    size_t row = small_world_feed(&w, "guests", "a", NULL, guests);
    small_world_feed(&w, "rooms", "a", NULL, rooms);
    small_world_step(&w);
    const struct symptom *s = ruleset_symptom(w.rules, "full");
    struct render_context c = {&w.evaluator, s->kind, row};
    assert_string_equal(render_texts(&c, &s->effect, &w.arena).in[LANG_EN], wanted);
    small_world_close(&w);
}

static void form__by_the_number_before__as_it_reads(void **state)
{
    (void)state;
    says("{guests} [guest waits|guests wait]", 1, 1, "1 guest waits");
    says("{guests} [guest waits|guests wait]", 2, 1, "2 guests wait");
    says("{guests} [guest waits|guests wait]", 0, 1, "0 guests wait");
    says("{guests} [guest waits|guests wait]", 1.00001, 1, "1 guest waits");
    says("{guests} [guest waits|guests wait]", NAN, 1, "unknown guests wait");
    says("{guests} [guest|guests], {rooms} [room|rooms]", 1, 3, "1 guest, 3 rooms");
    says("{rooms} [room|rooms] [is|are] full", 1, 1, "1 room is full");
}

static void form__brackets_without_two_forms__as_written(void **state)
{
    (void)state;
    says("{guests} [see below]", 1, 1, "1 [see below]");
    says("{guests} [a|b|c]", 1, 1, "1 [a|b|c]");
    says("{max(guests)} [guest|guests]", 1, 1, "1 guest");
}

static void clause__lacks_a_value__is_left_out(void **state)
{
    (void)state;
    says("It is full. {guests} wait; {rooms} are free. Call.", 3, 2, "It is full. 3 wait; 2 are free. Call.");
    says("It is full. {guests} wait; {rooms} are free. Call.", 3, NAN, "It is full. 3 wait. Call.");
    says("It is full. {guests} wait; {rooms} are free. Call.", NAN, 2, "It is full. Call.");
    says("{guests} wait; {rooms} are free; look. Call {house}.", 3, NAN, "3 wait; look. Call a.");
    says("It is full. {guests} wait; {rooms} are free", 3, NAN, "It is full. 3 wait");
    says("It is full. {guests} wait", NAN, NAN, "It is full.");
    says("{guests} wait. {rooms} are free.", NAN, 2, "2 are free.");
}

static void clauses__all_lack_a_value__said_as_unknown(void **state)
{
    (void)state;
    says("{guests} wait; {rooms} are free.", NAN, NAN, "unknown wait; unknown are free.");
    says("{guests} wait, version 1.5 of it", NAN, NAN, "unknown wait, version 1.5 of it");
}

static void words__by_value__named(void **state)
{
    (void)state;
    says("It is {guests:words calm|full}.", 1, 1, "It is calm.");
    says("It is {guests:words calm|full}.", 2, 1, "It is full.");
    says("It is {guests:words calm|full}.", 3, 1, "It is unknown.");
    says("It is {guests:words calm|full}.", 0, 1, "It is unknown.");
    says("It is {guests:words calm|full}.", NAN, 1, "It is unknown.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form__by_the_number_before__as_it_reads),
        cmocka_unit_test(form__brackets_without_two_forms__as_written),
        cmocka_unit_test(clause__lacks_a_value__is_left_out),
        cmocka_unit_test(clauses__all_lack_a_value__said_as_unknown),
        cmocka_unit_test(words__by_value__named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
