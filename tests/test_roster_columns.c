/* roster_columns.c: what the names of columns mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/attribute/roster_columns.h"

static struct fault fault;
static struct roles *roles;

static int roles_make(void **state)
{
    (void)state;
    struct profile *profile = NULL;
    if (profile_open(NULL, &profile, &fault) != STATUS_OK || roles_open(profile, &roles, &fault) != STATUS_OK) return 1;
    profile_free(profile);
    return 0;
}

static int roles_drop(void **state)
{
    (void)state;
    roles_free(roles);
    return 0;
}

static enum status columns_of(const char *const *names, size_t count, struct roster_columns *columns)
{
    assert_int_equal(roster_columns_open(columns, &fault), STATUS_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(roster_columns_add(columns, roles, (struct span){names[i], strlen(names[i])}, &fault), STATUS_OK);
    return roster_columns_judge(columns, &fault);
}

static void each_name_has_its_role(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum roster_role role;
    } rows[] = {
        {"customer_id", ROSTER_CUSTOMER}, {"Valid From", ROSTER_FROM}, {"契約終了日", ROSTER_TO}, {"country-code", ROSTER_COUNTRY},
        {"Subdivision", ROSTER_SUBDIVISION}, {"顧客区分", ROSTER_TYPE}, {"contact_post", ROSTER_CONTACT_POST},
        {"contact_email", ROSTER_CONTACT_EMAIL}, {"HasPhone", ROSTER_CONTACT_PHONE}, {"date.of.birth", ROSTER_BIRTH},
        {"vehicle_vin", ROSTER_IDENTIFIER}, {"車台番号", ROSTER_IDENTIFIER}, {"ＩＭＥＩ", ROSTER_IDENTIFIER}, {"imei_2", ROSTER_IDENTIFIER},
        {"email", ROSTER_IDENTIFIER}, {"terminal_id", ROSTER_IDENTIFIER}, {"remarks", ROSTER_IGNORED}, {"", ROSTER_IGNORED},
        {"vehicle_type", ROSTER_IGNORED}, {"lat", ROSTER_IGNORED},
    };
    enum { COUNT = sizeof rows / sizeof rows[0] };
    const char *names[COUNT];
    for (size_t i = 0; i < COUNT; i++) names[i] = rows[i].name;
    struct roster_columns columns;
    assert_int_equal(columns_of(names, COUNT, &columns), STATUS_OK);
    for (size_t i = 0; i < COUNT; i++)
        if (columns.columns[i].role != rows[i].role) fail_msg("\"%s\" has role %d, not %d", rows[i].name, (int)columns.columns[i].role, (int)rows[i].role);
    assert_int_equal(columns.of_role[ROSTER_TO], 2);
    roster_columns_free(&columns);
}

static void the_first_customer_of_the_specification_wins(void **state)
{
    (void)state;
    static const char *const names[] = {"email", "contract_id", "customer_no", "user_id"};
    struct roster_columns columns;
    assert_int_equal(columns_of(names, 4, &columns), STATUS_OK);
    assert_int_equal(columns.of_role[ROSTER_CUSTOMER], 2);
    assert_int_equal(columns.columns[0].role, ROSTER_IDENTIFIER);
    assert_int_equal(columns.columns[1].role, ROSTER_IGNORED);
    roster_columns_free(&columns);
    assert_int_equal(columns_of(names, 1, &columns), STATUS_OK); /* e-mail where nothing else is there */
    assert_int_equal(columns.of_role[ROSTER_CUSTOMER], 0);
    roster_columns_free(&columns);
}

static void names_are_told_escaped_and_cut(void **state)
{
    (void)state;
    char longest[300];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const names[] = {"customer_id", "a\x1b[31m\nb", longest};
    struct roster_columns columns;
    assert_int_equal(columns_of(names, 3, &columns), STATUS_OK);
    assert_string_equal(columns.columns[1].name, "a\\x1b[31m\\nb");
    assert_int_equal(strlen(columns.columns[2].name), ROSTER_NAME_BYTES_MAX);
    roster_columns_free(&columns);
}

static void no_role_is_given_twice(void **state)
{
    (void)state;
    static const char *const twice[] = {"customer_id", "valid_from", "start"}, *const customers[] = {"customer_id", "CustomerID"},
                            *const none[] = {"vin"};
    struct roster_columns columns;
    assert_int_equal(columns_of(twice, 3, &columns), STATUS_USAGE);
    assert_non_null(strstr(fault.message, "\"valid_from\" and \"start\""));
    roster_columns_free(&columns);
    assert_int_equal(columns_of(customers, 2, &columns), STATUS_USAGE);
    roster_columns_free(&columns);
    assert_int_equal(columns_of(none, 1, &columns), STATUS_USAGE);
    assert_non_null(strstr(fault.message, "customer_id"));
    roster_columns_free(&columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_has_its_role),
        cmocka_unit_test(the_first_customer_of_the_specification_wins),
        cmocka_unit_test(names_are_told_escaped_and_cut),
        cmocka_unit_test(no_role_is_given_twice),
    };
    return cmocka_run_group_tests(tests, roles_make, roles_drop);
}
