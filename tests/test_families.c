/* Tests of analyzer/commands/families.c: what is alike, whatever the order in which it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "family_making.h"

static const struct made_field table[] = {{"customer_id", AS_CUSTOMER(0), FIELD_BY_NAME}, {"vin", AS_KIND(KIND_VIN), FIELD_BY_NAME}};

static void tables_with_equal_columns_are_one_family(void **state)
{
    (void)state;
    struct families families = {0};
    family_made(&families, 4, "dump/z/2.csv", "csv", FIELDS_OF_TABLE, table, 2);
    family_made(&families, 1, "dump/a/17.csv", "csv", FIELDS_OF_TABLE, table, 2);
    family_made(&families, 2, "dump/a/18.csv", "csv", FIELDS_OF_TABLE, table, 1);
    family_made(&families, 3, "dump/a/18.gz", "gzip>csv", FIELDS_OF_TABLE, table, 2);
    families_settle(&families);
    assert_int_equal(families.count, 3);
    const struct family *both = &families.families[0];
    assert_int_equal(both->objects, 2);
    assert_int_equal(both->bytes, 205);
    assert_string_equal(both->path, "dump/a/9.csv");
    assert_int_equal(both->field_count, 2);
    assert_string_equal(both->fields[1].name, "vin");
    assert_int_equal(both->fields[1].values, 20);
    assert_int_equal(both->fields[1].valid, 18);
    assert_string_equal(both->fields[1].shapes[0], "A"); /* of the first in path order */
    families_free(&families);
}

static void other_objects_are_alike_by_their_paths(void **state)
{
    (void)state;
    struct families families = {0};
    static const struct made_field other[] = {{"b", AS_ROLE(ROLE_TIME), FIELD_BY_NAME}, {"a.vin", AS_KIND(KIND_VIN), FIELD_BY_NAME}};
    family_made(&families, 0, "dump/2023-04-01/e1.json", "json", FIELDS_OF_TREE, other, 1);
    family_made(&families, 1, "dump/2023-04-12/e25.json", "json", FIELDS_OF_TREE, other, 2);
    family_made(&families, 2, "dump/2023-04-12/f25.json", "json", FIELDS_OF_TREE, other, 2);
    families_settle(&families);
    assert_int_equal(families.count, 2);
    assert_string_equal(families.families[0].path, "dump/9-9-9/e9.json");
    assert_int_equal(families.families[0].field_count, 2);
    assert_int_equal(families.families[0].fields[0].objects, 2);
    assert_int_equal(families.families[0].fields[1].objects, 1);
    families_free(&families);
}

static void a_field_of_two_roles_stands_there_twice(void **state)
{
    (void)state;
    struct families families = {0};
    static const struct made_field refused[] = {{"customer_id", AS_CUSTOMER(0), FIELD_BY_NAME}, {"vin", AS_ROLE(ROLE_NONE), FIELD_REFUSED}};
    family_made(&families, 0, "a.csv", "csv", FIELDS_OF_TABLE, table, 2);
    family_made(&families, 1, "b.csv", "csv", FIELDS_OF_TABLE, refused, 2);
    families_settle(&families);
    assert_int_equal(families.count, 1);
    assert_int_equal(families.families[0].field_count, 3);
    assert_string_equal(families.families[0].fields[1].role, "none");
    assert_string_equal(families.families[0].fields[2].role, "vin");
    families_free(&families);
}

static void the_first_customer_in_the_order_of_names_is_the_one(void **state)
{
    (void)state;
    struct families families = {0};
    static const struct made_field fields[] = {{"email", AS_CUSTOMER(ROLE_RANK_EMAIL), FIELD_BY_NAME}, {"ownerid", AS_CUSTOMER(18), FIELD_BY_NAME},
                                               {"userid", AS_CUSTOMER(7), FIELD_BY_NAME}};
    family_made(&families, 0, "a.csv", "csv", FIELDS_OF_TABLE, fields, 3);
    assert_string_equal(family_customer(&families.families[0])->name, "userid");
    families_free(&families);
    family_made(&families, 0, "a.csv", "csv", FIELDS_OF_TABLE, table + 1, 1);
    assert_null(family_customer(&families.families[0]));
    families_free(&families);
}

/* More than there is room for, from the front and from the back. */
static void too_many_are_cut_the_same_in_any_order(void **state)
{
    (void)state;
    struct families up = {0}, down = {0};
    enum { MADE = FAMILIES_MAX + 40 };
    for (size_t i = 0; i < MADE; i++)
        for (int turn = 0; turn < 2; turn++) {
            char path[16], letters[16];
            size_t number = turn == 0 ? i : MADE - 1 - i;
            snprintf(letters, sizeof letters, "%04zu", number);
            for (char *c = letters; *c != '\0'; c++) *c = (char)(*c - '0' + 'a');
            snprintf(path, sizeof path, "%s", letters);
            family_made(turn == 0 ? &up : &down, number, path, "json", FIELDS_OF_TREE, table, 2);
        }
    assert_true(up.cut && down.cut);
    assert_int_equal(up.count, FAMILIES_MAX);
    assert_int_equal(down.count, FAMILIES_MAX);
    for (size_t i = 0; i < FAMILIES_MAX; i++) assert_string_equal(up.families[i].key, down.families[i].key);
    families_free(&up);
    families_free(&down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_with_equal_columns_are_one_family),
        cmocka_unit_test(other_objects_are_alike_by_their_paths),
        cmocka_unit_test(a_field_of_two_roles_stands_there_twice),
        cmocka_unit_test(the_first_customer_in_the_order_of_names_is_the_one),
        cmocka_unit_test(too_many_are_cut_the_same_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
