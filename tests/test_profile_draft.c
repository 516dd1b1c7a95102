/* Tests of analyzer/commands/profile_draft.c: what stands in a profile that is made, and that it is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/commands/profile_draft.h"
#include "family_making.h"

static void assert_draft(struct families *families, const char *expected)
{
    struct profile empty = {.timezone_given = false}, *parsed = NULL;
    struct roles *roles = NULL;
    struct fault fault;
    struct json_writer writer = {.one_line = true};
    assert_int_equal(roles_open(&empty, &roles, &fault), STATUS_OK);
    assert_true(profile_draft_write(families, roles, &writer));
    assert_int_equal(writer.count, strlen(expected) + 1);
    assert_memory_equal(writer.bytes, expected, writer.count - 1);
    assert_int_equal(profile_parse((struct span){writer.bytes, writer.count}, &parsed, &fault), STATUS_OK);
    profile_free(parsed);
    roles_free(roles);
    free(writer.bytes);
    families_free(families);
}

static void roles_that_were_decided_stand_in_it(void **state)
{
    (void)state;
    struct families families = {0};
    static const struct made_field fields[] = {
        {"Customer ID", AS_CUSTOMER(0), FIELD_BY_NAME}, {"userid", AS_CUSTOMER(7), FIELD_BY_NAME}, {"mail", AS_CUSTOMER(ROLE_RANK_EMAIL), FIELD_BY_NAME},
        {"chassis", {.role = ROLE_IDENTIFIER, .label_mask = KIND_BIT(KIND_VIN) | KIND_BIT(KIND_FRAME_NUMBER)}, FIELD_BY_NAME},
        {"col5", AS_KIND(KIND_IMEI), FIELD_BY_STRUCTURE}, {"col6", AS_ROLE(ROLE_LATITUDE), FIELD_BY_STRUCTURE},
        {"col7", AS_ROLE(ROLE_LONGITUDE), FIELD_BY_STRUCTURE}, {"col8", AS_ROLE(ROLE_TIME), FIELD_BY_STRUCTURE}, {"note", AS_ROLE(ROLE_NONE), FIELD_BY_NAME}};
    family_made(&families, 0, "a.csv", "csv", FIELDS_OF_TABLE, fields, sizeof fields / sizeof *fields);
    assert_draft(&families, "{\"customer\":{\"fields\":[\"Customer ID\",\"userid\"]},\"roles\":{\"imei\":[\"col5\"],\"latitude\":[\"col6\"],"
                            "\"longitude\":[\"col7\"],\"time\":[\"col8\"],\"vin\":[\"chassis\"]}}");
}

static void a_path_that_names_a_customer_stands_as_the_name_that_it_is_known_by(void **state)
{
    (void)state;
    struct families families = {0};
    static const struct made_field fields[] = {{"records.customer_id", AS_CUSTOMER(0), FIELD_BY_NAME}};
    family_made(&families, 0, "a.json", "json", FIELDS_OF_TREE, fields, 1);
    assert_draft(&families, "{\"customer\":{\"fields\":[\"customerid\"]},\"roles\":{}}");
}

/* A name that would speak for a field of another role is left to the evidence. */
static void names_that_are_not_of_one_role_are_left_out(void **state)
{
    (void)state;
    struct families families = {0};
    static const struct made_field one[] = {{"imei", AS_KIND(KIND_IMEI), FIELD_BY_NAME}, {"col2", AS_KIND(KIND_VIN), FIELD_BY_STRUCTURE},
                                            {"serial", AS_ROLE(ROLE_NONE), FIELD_REFUSED}, {"868123450011227", AS_KIND(KIND_IMEI), FIELD_BY_STRUCTURE}};
    static const struct made_field other[] = {{"device_imei", AS_ROLE(ROLE_NONE), FIELD_REFUSED}, {"old_col2", AS_ROLE(ROLE_NONE), FIELD_BY_NAME}};
    family_made(&families, 0, "a.csv", "csv", FIELDS_OF_TABLE, one, 4);
    family_made(&families, 1, "b.csv", "csv", FIELDS_OF_TABLE, other, 2);
    assert_draft(&families, "{\"roles\":{}}");
}

static void axes_of_more_than_one_pair_are_left_out(void **state)
{
    (void)state;
    struct families families = {0};
    static const struct made_field fields[] = {{"p", AS_ROLE(ROLE_LATITUDE), FIELD_BY_STRUCTURE}, {"q", AS_ROLE(ROLE_LONGITUDE), FIELD_BY_STRUCTURE},
                                               {"lat", AS_ROLE(ROLE_LATITUDE), FIELD_BY_NAME}, {"lon", AS_ROLE(ROLE_LONGITUDE), FIELD_BY_NAME}};
    family_made(&families, 0, "a.csv", "csv", FIELDS_OF_TABLE, fields, 4);
    assert_draft(&families, "{\"roles\":{}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_that_were_decided_stand_in_it),
        cmocka_unit_test(a_path_that_names_a_customer_stands_as_the_name_that_it_is_known_by),
        cmocka_unit_test(names_that_are_not_of_one_role_are_left_out),
        cmocka_unit_test(axes_of_more_than_one_pair_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
