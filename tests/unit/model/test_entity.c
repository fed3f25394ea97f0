#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/entity.h"

static const struct entity_kind shop = {.name = "shop", .identity_len = 1, .labels_len = 1, .labels = {"shop"}};
static const struct entity_kind till = {.name = "till", .identity_len = 2, .labels_len = 3, .labels = {"shop", "till", "floor"}};
static const struct entity_kind floor_kind = {.name = "floor", .identity_len = 1, .labels_len = 1, .labels = {"floor"}};
static const struct entity_kind whole = {.name = "cluster"};

static struct intern names;

static size_t add(struct domain *d, const char *a, const char *b, bool *ret_new)
{
    const char *identity[] = {intern_str(&names, a), b ? intern_str(&names, b) : NULL};
    return domain_add(d, identity, ret_new);
}

static void covers__labels_identity_or_derived__true(void **state)
{
    (void)state;
    assert_true(entity_kind_covers(&till, &shop));
    assert_true(entity_kind_covers(&till, &floor_kind));
    assert_true(entity_kind_covers(&shop, &whole));
    assert_false(entity_kind_covers(&shop, &till));
    assert_int_equal(entity_kind_label(&till, "floor"), 2);
    assert_int_equal(entity_kind_label(&till, "street"), NO_ROW);
}

static void domain_add__same_identity_twice__same_row(void **state)
{
    (void)state;
    struct domain *d = domain_new(&till);
    bool is_new;
    assert_int_equal(add(d, "north", "1", &is_new), 0);
    assert_true(is_new);
    assert_int_equal(add(d, "north", "2", &is_new), 1);
    assert_int_equal(add(d, "north", "1", &is_new), 0);
    assert_false(is_new);
    assert_int_equal(d->rows, 2);
    const char *absent[] = {intern_str(&names, "south"), intern_str(&names, "1")};
    assert_int_equal(domain_find(d, absent), NO_ROW);
    domain_free(d);
}

static void domain_add__many_rows__all_found_again(void **state)
{
    (void)state;
    struct domain *d = domain_new(&till);
    char name[16];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(add(d, i % 2 ? "a" : "b", name, NULL), i);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "t%d", i);
        const char *identity[] = {intern_str(&names, i % 2 ? "a" : "b"), intern_str(&names, name)};
        assert_int_equal(domain_find(d, identity), i);
    }
    domain_free(d);
}

static void domain_new__no_labels__has_its_one_row(void **state)
{
    (void)state;
    struct domain *d = domain_new(&whole);
    assert_int_equal(d->rows, 1);
    assert_int_equal(domain_find(d, NULL), 0);
    size_t *moved;
    assert_int_equal(domain_compact(d, INT64_MAX, NULL, NULL, &moved), 0);
    assert_int_equal(d->rows, 1);
    domain_free(d);
}

static void set_derived__new_value__new_generation(void **state)
{
    (void)state;
    struct domain *d = domain_new(&till);
    size_t row = add(d, "north", "1", NULL);
    assert_null(domain_value(d, row, 2));
    uint64_t before = d->generation;
    domain_set_derived(d, row, 2, intern_str(&names, "ground"));
    assert_string_equal(domain_value(d, row, 2), "ground");
    assert_int_not_equal(d->generation, before);
    before = d->generation;
    domain_set_derived(d, row, 2, intern_str(&names, "ground"));
    assert_int_equal(d->generation, before);
    domain_free(d);
}

static bool keep_row_2(void *context, size_t row)
{
    (void)context;
    return row == 2;
}

static void compact__old_rows__dropped_unless_kept(void **state)
{
    (void)state;
    struct domain *d = domain_new(&till);
    for (int i = 0; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        size_t row = add(d, "north", name, NULL); /* may move the array */
        d->last_seen_ms[row] = i == 3 ? 1000 : 10;
    }
    size_t *moved;
    uint64_t before = d->generation;
    assert_int_equal(domain_compact(d, 500, keep_row_2, NULL, &moved), 2);
    assert_int_equal(moved[0], NO_ROW);
    assert_int_equal(moved[1], NO_ROW);
    assert_int_equal(moved[2], 0);
    assert_int_equal(moved[3], 1);
    free(moved);
    assert_int_not_equal(d->generation, before);
    assert_string_equal(domain_value(d, 0, 1), "2");
    assert_int_equal(d->last_seen_ms[1], 1000);
    assert_int_equal(add(d, "north", "3", NULL), 1);
    assert_int_equal(add(d, "north", "0", NULL), 2);
    assert_int_equal(domain_compact(d, 0, NULL, NULL, &moved), 0);
    assert_null(moved);
    domain_free(d);
}

/* Values as Alertmanager's Go code gives them for the same sets. */
static void fingerprint__order_of_labels__does_not_matter(void **state)
{
    (void)state;
    struct label_set ab = {.items = {{"a", "1"}, {"b", "2"}}, .len = 2}, ba = {.items = {{"b", "2"}, {"a", "1"}}, .len = 2};
    struct label_set other = {.items = {{"a", "12"}, {"b", ""}}, .len = 2}, none = {.len = 0};
    assert_true(label_set_fingerprint(&ab) == label_set_fingerprint(&ba));
    assert_true(label_set_fingerprint(&ab) != label_set_fingerprint(&other));
    assert_true(label_set_fingerprint(&none) == UINT64_C(14695981039346656037));
    assert_string_equal(ba.items[0].name, "b");
}

static void label_set_of_row__derived_labels__left_out(void **state)
{
    (void)state;
    struct domain *d = domain_new(&till);
    size_t row = add(d, "north", "7", NULL);
    domain_set_derived(d, row, 2, intern_str(&names, "ground"));
    struct label_set s;
    label_set_of_row(d, row, &s);
    assert_int_equal(s.len, 2);
    assert_string_equal(s.items[1].name, "till");
    assert_string_equal(s.items[1].value, "7");
    domain_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers__labels_identity_or_derived__true),      cmocka_unit_test(domain_add__same_identity_twice__same_row),
        cmocka_unit_test(domain_add__many_rows__all_found_again),        cmocka_unit_test(domain_new__no_labels__has_its_one_row),
        cmocka_unit_test(set_derived__new_value__new_generation),        cmocka_unit_test(compact__old_rows__dropped_unless_kept),
        cmocka_unit_test(fingerprint__order_of_labels__does_not_matter), cmocka_unit_test(label_set_of_row__derived_labels__left_out),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    intern_free(&names);
    return failed;
}
