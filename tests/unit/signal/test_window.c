#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "model/entity.h"
#include "signal/window.h"

static void window_get__never_written__gap(void **state)
{
    (void)state;
    struct window *w = window_new(4);
    assert_true(isnan(window_get(w, 0, 10)));
    window_advance(w, 10);
    window_reserve(w, 2);
    assert_true(isnan(window_get(w, 1, 10)));
    window_free(w);
}

static void window_set__within_the_ring__read_back(void **state)
{
    (void)state;
    struct window *w = window_new(3);
    for (int64_t slot = 100; slot < 110; slot++) {
        window_advance(w, slot);
        window_set(w, 0, slot, (double)slot);
    }
    assert_true(window_get(w, 0, 109) == 109);
    assert_true(window_get(w, 0, 107) == 107);
    assert_true(isnan(window_get(w, 0, 106)));
    assert_true(isnan(window_get(w, 0, 110)));
    window_free(w);
}

static void window_advance__slots_left_out__gaps_not_old_values(void **state)
{
    (void)state;
    struct window *w = window_new(4);
    window_advance(w, 1);
    window_set(w, 0, 1, 7);
    window_advance(w, 4);
    window_set(w, 0, 4, 8);
    double out[4];
    window_copy(w, 0, 1, 4, out);
    assert_true(out[0] == 7 && isnan(out[1]) && isnan(out[2]) && out[3] == 8);
    window_advance(w, 1000);
    window_copy(w, 0, 997, 1000, out);
    for (int i = 0; i < 4; i++)
        assert_true(isnan(out[i]));
    window_free(w);
}

static void window_advance__row_added_late__its_past_is_a_gap(void **state)
{
    (void)state;
    struct window *w = window_new(4);
    window_advance(w, 1);
    window_set(w, 0, 1, 1);
    window_advance(w, 2);
    window_set(w, 5, 2, 9);
    assert_true(isnan(window_get(w, 5, 1)));
    assert_true(window_get(w, 5, 2) == 9);
    assert_true(window_get(w, 0, 1) == 1);
    window_free(w);
}

static void window_move__rows_dropped__values_follow(void **state)
{
    (void)state;
    struct window *w = window_new(2);
    const size_t moved[] = {NO_ROW, 0, NO_ROW, 1};
    window_advance(w, 1);
    for (size_t row = 0; row < 4; row++)
        window_set(w, row, 1, (double)row);
    window_move(w, moved, 4, 2);
    assert_true(window_get(w, 0, 1) == 1);
    assert_true(window_get(w, 1, 1) == 3);
    window_set(w, 2, 1, 5); /* a new row does not see what was there before */
    assert_true(isnan(window_get(w, 2, 0)));
    window_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_get__never_written__gap),
        cmocka_unit_test(window_set__within_the_ring__read_back),
        cmocka_unit_test(window_advance__slots_left_out__gaps_not_old_values),
        cmocka_unit_test(window_advance__row_added_late__its_past_is_a_gap),
        cmocka_unit_test(window_move__rows_dropped__values_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
