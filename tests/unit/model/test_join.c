#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/join.h"

static const struct entity_kind shop = {.name = "shop", .identity_len = 1, .labels_len = 1, .labels = {"shop"}};
static const struct entity_kind till = {.name = "till", .identity_len = 1, .labels_len = 2, .labels = {"till", "shop"}};
static const struct entity_kind street = {.name = "street", .identity_len = 1, .labels_len = 1, .labels = {"street"}};

static struct intern names;

static size_t add(struct domain *d, const char *value)
{
    const char *identity[] = {intern_str(&names, value)};
    return domain_add(d, identity, NULL);
}

static void join__common_derived_label__same_group(void **state)
{
    (void)state;
    struct domain *shops = domain_new(&shop), *tills = domain_new(&till);
    add(shops, "north");
    add(shops, "south");
    add(tills, "1");
    add(tills, "2");
    add(tills, "3");
    domain_set_derived(tills, 0, 1, intern_str(&names, "south"));
    domain_set_derived(tills, 1, 1, intern_str(&names, "nowhere"));
    struct join *j = join_new(shops, tills);
    assert_int_equal(j->groups, 3);
    assert_int_equal(j->right_group[0], j->left_group[1]);
    assert_int_not_equal(j->right_group[1], j->left_group[0]);
    assert_int_not_equal(j->right_group[1], j->left_group[1]);
    assert_int_equal(j->right_group[2], NO_ROW);
    join_free(j);
    domain_free(shops);
    domain_free(tills);
}

static void join__no_common_label__one_group_of_all(void **state)
{
    (void)state;
    struct domain *shops = domain_new(&shop), *streets = domain_new(&street);
    add(shops, "north");
    add(streets, "main");
    add(streets, "side");
    struct join *j = join_new(shops, streets);
    assert_int_equal(j->groups, 1);
    assert_int_equal(j->left_group[0], 0);
    assert_int_equal(j->right_group[1], 0);
    join_free(j);
    domain_free(shops);
    domain_free(streets);
}

static void refresh__row_came_or_value_changed__seen(void **state)
{
    (void)state;
    struct domain *shops = domain_new(&shop), *tills = domain_new(&till);
    add(shops, "north");
    add(tills, "1");
    struct join *j = join_new(shops, tills);
    assert_int_equal(j->right_group[0], NO_ROW);
    domain_set_derived(tills, 0, 1, intern_str(&names, "north"));
    join_refresh(j);
    assert_int_equal(j->right_group[0], j->left_group[0]);
    add(shops, "south");
    join_refresh(j);
    assert_int_equal(j->left_rows, 2);
    assert_int_equal(j->groups, 2);
    size_t *same = j->left_group;
    join_refresh(j);
    assert_ptr_equal(same, j->left_group);
    join_free(j);
    domain_free(shops);
    domain_free(tills);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join__common_derived_label__same_group),
        cmocka_unit_test(join__no_common_label__one_group_of_all),
        cmocka_unit_test(refresh__row_came_or_value_changed__seen),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    intern_free(&names);
    return failed;
}
