/* Tests of analyzer/attribute/structure.c: what values tell of a field, and when too few or too mixed ones tell nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/attribute/structure.h"
#include "evidence_making.h"

typedef const char *made_function(unsigned number, char value[MADE_VALUE_SIZE]);

static void fill(struct field *field, made_function *make, unsigned from, unsigned count)
{
    char value[MADE_VALUE_SIZE];
    for (unsigned i = from; i < from + count; i++) {
        make(i, value);
        field_add(field, (struct span){value, strlen(value)});
    }
}

static struct field under(uint32_t labels)
{
    return (struct field){.named = {.role = labels != 0 ? ROLE_IDENTIFIER : ROLE_NONE, .label_mask = labels}};
}

static void assert_field(const struct field *field, enum field_how how, const char *role)
{
    char name[ROLE_NAME_SIZE];
    field_role_name(&field->plan, name);
    assert_string_equal(name, role);
    assert_string_equal(field_how_name(field->how), field_how_name(how));
}

static void values_that_pass_a_check_label_their_field(void **state)
{
    (void)state;
    struct {
        made_function *make;
        const char *role;
    } kinds[] = {{imei_made, "imei"}, {iccid_made, "iccid"}, {vin_made, "vin"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct field field = under(0);
        fill(&field, kinds[i].make, 0, 40);
        assert_true(fields_decide(&field, 1, FIELDS_OF_TABLE));
        assert_field(&field, FIELD_BY_STRUCTURE, kinds[i].role);
        assert_int_equal(field.evidence.seen, 40);
        assert_int_equal(field.evidence.valid, 40);
        assert_true(field.checked);
    }
}

static void too_few_values_tell_nothing(void **state)
{
    (void)state;
    struct field field = under(0);
    fill(&field, imei_made, 0, STRUCTURE_VALUES_MIN - 1);
    assert_false(fields_decide(&field, 1, FIELDS_OF_TABLE));
    assert_field(&field, FIELD_BY_NAME, "none");
    /* Nor does one value, however often it stands there. */
    struct field same = under(0);
    for (int i = 0; i < 100; i++) fill(&same, imei_made, 3, 1);
    assert_false(fields_decide(&same, 1, FIELDS_OF_TABLE));
    assert_int_equal(same.evidence.seen, 100);
    assert_int_equal(same.evidence.distinct, 1);
}

static void values_that_pass_by_chance_tell_nothing(void **state)
{
    (void)state;
    struct field field = under(0);
    fill(&field, order_made, 0, 60);
    assert_false(fields_decide(&field, 1, FIELDS_OF_TABLE));
    assert_field(&field, FIELD_BY_NAME, "none");
}

static void a_mixed_field_is_of_no_kind(void **state)
{
    (void)state;
    struct field field = under(0);
    fill(&field, imei_made, 0, 30);
    fill(&field, order_made, 0, 30);
    assert_false(fields_decide(&field, 1, FIELDS_OF_TABLE));
    /* Damage leaves most of them. */
    struct field damaged = under(0);
    fill(&damaged, imei_made, 0, 40);
    fill(&damaged, order_made, 0, 8);
    assert_true(fields_decide(&damaged, 1, FIELDS_OF_TABLE));
    assert_field(&damaged, FIELD_BY_STRUCTURE, "imei");
    /* Two kinds that make up nearly all of it are both of it. */
    struct field both = under(0);
    fill(&both, imei_made, 0, 24);
    fill(&both, iccid_made, 0, 24);
    assert_true(fields_decide(&both, 1, FIELDS_OF_TABLE));
    assert_field(&both, FIELD_BY_STRUCTURE, "iccid+imei");
}

static void a_name_whose_values_fail_as_by_chance_is_not_believed(void **state)
{
    (void)state;
    struct field field = under(KIND_BIT(KIND_IMEI));
    fill(&field, order_made, 0, 40);
    assert_true(fields_decide(&field, 1, FIELDS_OF_TABLE));
    assert_field(&field, FIELD_REFUSED, "none");
    /* Values of another kind make it that. */
    struct field other = under(KIND_BIT(KIND_IMEI));
    fill(&other, iccid_made, 0, 40);
    assert_true(fields_decide(&other, 1, FIELDS_OF_TREE));
    assert_field(&other, FIELD_BY_STRUCTURE, "iccid");
    /* With half of them valid it is believed. */
    struct field half = under(KIND_BIT(KIND_IMEI));
    fill(&half, imei_made, 0, 20);
    fill(&half, order_made, 0, 20);
    assert_false(fields_decide(&half, 1, FIELDS_OF_TABLE));
    assert_field(&half, FIELD_BY_NAME, "imei");
    /* With too few it is, too. */
    struct field few = under(KIND_BIT(KIND_IMEI));
    fill(&few, order_made, 0, STRUCTURE_VALUES_MIN - 1);
    assert_false(fields_decide(&few, 1, FIELDS_OF_TABLE));
}

static const char *rounded_made(unsigned number, char value[MADE_VALUE_SIZE])
{
    snprintf(value, MADE_VALUE_SIZE, "8.981%03uE+18", number % 1000);
    return value;
}

static const char *unknown_made(unsigned number, char value[MADE_VALUE_SIZE])
{
    snprintf(value, MADE_VALUE_SIZE, "%c%c%c-%05u", 'A' + number % 7, 'B' + number % 5, 'Q', number * 7 % 100000);
    return value;
}

/* What a spreadsheet has done is damage, and says nothing against the name; nor does a form without a checksum. */
static void damage_refuses_no_name(void **state)
{
    (void)state;
    struct field rounded = under(KIND_BIT(KIND_ICCID));
    fill(&rounded, rounded_made, 0, 40);
    assert_int_equal(rounded.evidence.valid, 0);
    assert_false(fields_decide(&rounded, 1, FIELDS_OF_TABLE));
    assert_field(&rounded, FIELD_BY_NAME, "iccid");
    struct field unknown = under(KIND_BIT(KIND_FRAME_NUMBER));
    fill(&unknown, unknown_made, 0, 40);
    assert_false(fields_decide(&unknown, 1, FIELDS_OF_TABLE));
    assert_field(&unknown, FIELD_BY_NAME, "frame_number");
}

static void what_only_a_label_tells_is_never_refused(void **state)
{
    (void)state;
    struct field field = under(KIND_BIT(KIND_IMSI));
    fill(&field, vin_made, 0, 40);
    assert_false(fields_decide(&field, 1, FIELDS_OF_TABLE));
    assert_field(&field, FIELD_BY_NAME, "imsi");
    struct field several = under(KIND_BIT(KIND_IMEI) | KIND_BIT(KIND_TERMINAL_ID));
    fill(&several, order_made, 0, 40);
    several.evidence.distinct_valid = 0;
    assert_false(fields_decide(&several, 1, FIELDS_OF_TABLE));
}

static void the_profile_and_customers_stand_whatever_the_values(void **state)
{
    (void)state;
    struct field field = under(KIND_BIT(KIND_IMEI));
    field.named.by_profile = 1;
    fill(&field, order_made, 0, 40);
    assert_false(fields_decide(&field, 1, FIELDS_OF_TABLE));
    assert_field(&field, FIELD_BY_PROFILE, "imei");
    struct field customer = {.named = {.role = ROLE_CUSTOMER}};
    fill(&customer, imei_made, 0, 40);
    assert_false(fields_decide(&customer, 1, FIELDS_OF_TABLE));
    assert_field(&customer, FIELD_BY_NAME, "customer");
    assert_int_equal(customer.evidence.valid, 40);
}

static void in_text_no_name_is_refused(void **state)
{
    (void)state;
    struct field fields[2] = {under(KIND_BIT(KIND_IMEI)), under(0)};
    fill(&fields[0], order_made, 0, 40);
    fill(&fields[1], imei_made, 0, 40);
    assert_true(fields_decide(fields, 2, FIELDS_OF_TEXT));
    assert_field(&fields[0], FIELD_BY_NAME, "imei");
    assert_field(&fields[1], FIELD_BY_STRUCTURE, "imei");
}

/* ------------------------------------------------------------------ axes */

static void fill_pair(struct field *fields, double first, double second, const char *form)
{
    for (int i = 0; i < 40; i++) {
        char a[MADE_VALUE_SIZE], b[MADE_VALUE_SIZE];
        snprintf(a, sizeof a, form, first + i * 0.01234567);
        snprintf(b, sizeof b, form, second + i * 0.01345671);
        struct span one = {a, strlen(a)}, two = {b, strlen(b)};
        field_add(&fields[0], one);
        field_add(&fields[1], two);
        field_add_pair(&fields[0], one, two);
    }
}

static void two_fields_of_positions_are_axes(void **state)
{
    (void)state;
    struct field fields[2] = {under(0), under(0)};
    fill_pair(fields, 35.1, 139.2, "%.6f");
    assert_true(fields_decide(fields, 2, FIELDS_OF_TREE));
    assert_field(&fields[0], FIELD_BY_STRUCTURE, "latitude");
    assert_field(&fields[1], FIELD_BY_STRUCTURE, "longitude");
    assert_int_equal(fields[0].plan.pair, fields[1].plan.pair);
    assert_int_equal(fields[0].evidence.valid, 40);
    /* The longitude first. */
    struct field swapped[2] = {under(0), under(0)};
    fill_pair(swapped, 139.2, 35.1, "%.6f");
    assert_true(fields_decide(swapped, 2, FIELDS_OF_TABLE));
    assert_field(&swapped[0], FIELD_BY_STRUCTURE, "longitude");
    assert_field(&swapped[1], FIELD_BY_STRUCTURE, "latitude");
    /* Of America by their signs. */
    struct field west[2] = {under(0), under(0)};
    fill_pair(west, 40.1, -74.2, "%.6f");
    assert_true(fields_decide(west, 2, FIELDS_OF_TREE));
    assert_field(&west[1], FIELD_BY_STRUCTURE, "longitude");
}

static void numbers_that_need_be_no_degrees_are_none(void **state)
{
    (void)state;
    /* In Europe both could be anything; beside one another in a table they are a position without any label. */
    struct field fields[2] = {under(0), under(0)};
    fill_pair(fields, 50.1, 8.2, "%.6f");
    assert_false(fields_decide(fields, 2, FIELDS_OF_TREE));
    assert_true(fields_decide(fields, 2, FIELDS_OF_TABLE));
    /* Not with a third one. */
    struct field three[3] = {under(0), under(0), under(0)};
    fill_pair(three, 50.1, 8.2, "%.6f");
    fill_pair(three + 1, 8.2, 12.3, "%.6f");
    assert_false(fields_decide(three, 3, FIELDS_OF_TABLE));
    /* Too coarse, and out of range. */
    struct field coarse[2] = {under(0), under(0)};
    fill_pair(coarse, 35.1, 139.2, "%.4f");
    assert_false(fields_decide(coarse, 2, FIELDS_OF_TABLE));
    struct field far[2] = {under(0), under(0)};
    fill_pair(far, 135.1, 139.2, "%.6f");
    assert_false(fields_decide(far, 2, FIELDS_OF_TABLE));
}

/* ------------------------------------------------------------------ fields without names */

static void fill_text(struct field *field, const char *form)
{
    for (int i = 0; i < 40; i++) {
        char text[MADE_VALUE_SIZE];
        snprintf(text, sizeof text, form, i + 10);
        field_add(field, (struct span){text, strlen(text)});
    }
}

static void names_that_say_nothing_are_known(void **state)
{
    (void)state;
    static const char *const nothing[] = {"", "col1", "Column 12", "field_3", "C7", "_1"}, *const something[] = {"value", "imei", "status1", "x"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) assert_true(field_is_nameless((struct span){nothing[i], strlen(nothing[i])}));
    for (size_t i = 0; i < sizeof something / sizeof *something; i++)
        assert_false(field_is_nameless((struct span){something[i], strlen(something[i])}));
}

static void the_first_clock_without_a_name_is_the_time(void **state)
{
    (void)state;
    struct field fields[3] = {under(0), under(0), under(0)};
    for (int i = 0; i < 3; i++) fields[i].nameless = true;
    fill(&fields[0], imei_made, 0, 40);
    fill_text(&fields[1], "2023-04-17T08:15:%02dZ");
    fill_text(&fields[2], "2023-04-18T08:15:%02dZ");
    assert_true(fields_decide(fields, 3, FIELDS_OF_ROWS));
    assert_field(&fields[1], FIELD_BY_STRUCTURE, "time");
    assert_field(&fields[2], FIELD_BY_NAME, "none");
    /* Nothing else told, nothing made of it. */
    assert_false(fields_decide(fields + 1, 2, FIELDS_OF_ROWS));
    /* A field that is called a time is the time. */
    fields[2].named.role = ROLE_TIME;
    assert_true(fields_decide(fields, 3, FIELDS_OF_TABLE));
    assert_field(&fields[1], FIELD_BY_NAME, "none");
}

static void rows_that_name_their_values_stay_text(void **state)
{
    (void)state;
    struct field fields[2] = {under(0), under(0)};
    fields[0].nameless = fields[1].nameless = true;
    for (int i = 0; i < 40; i++) field_add(&fields[0], (struct span){"IMEI", 4});
    fill(&fields[1], imei_made, 0, 40);
    assert_false(fields_decide(fields, 2, FIELDS_OF_ROWS));
}

/* Three fine numbers side by side, or clocks that are not all of a column: text sees more of these than columns do. */
static void rows_that_columns_would_not_show_whole_stay_text(void **state)
{
    (void)state;
    struct field fields[4] = {under(0), under(0), under(0), under(0)};
    for (int i = 0; i < 4; i++) fields[i].nameless = true;
    fill(&fields[0], imei_made, 0, 40);
    fill_pair(fields + 1, 50.1, 8.2, "%.6f");
    fill_pair(fields + 2, 8.2, 12.3, "%.6f");
    assert_false(fields_decide(fields, 4, FIELDS_OF_ROWS));
    assert_field(&fields[0], FIELD_BY_NAME, "none");
    assert_true(fields_decide(fields, 1, FIELDS_OF_ROWS));
    struct field clocks[2] = {under(0), under(0)};
    clocks[0].nameless = clocks[1].nameless = true;
    fill(&clocks[0], imei_made, 0, 40);
    fill_text(&clocks[1], "2023-04-17T08:15:%02dZ");
    fill_text(&clocks[1], "something %d");
    assert_false(fields_decide(clocks, 2, FIELDS_OF_ROWS));
}

static void what_says_nothing_is_no_value(void **state)
{
    (void)state;
    struct field field = under(KIND_BIT(KIND_IMEI));
    static const char *const empty[] = {"", " ", "null", "N/A", "-"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) field_add(&field, (struct span){empty[i], strlen(empty[i])});
    assert_int_equal(field.evidence.seen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_pass_a_check_label_their_field),
        cmocka_unit_test(too_few_values_tell_nothing),
        cmocka_unit_test(values_that_pass_by_chance_tell_nothing),
        cmocka_unit_test(a_mixed_field_is_of_no_kind),
        cmocka_unit_test(a_name_whose_values_fail_as_by_chance_is_not_believed),
        cmocka_unit_test(damage_refuses_no_name),
        cmocka_unit_test(what_only_a_label_tells_is_never_refused),
        cmocka_unit_test(the_profile_and_customers_stand_whatever_the_values),
        cmocka_unit_test(in_text_no_name_is_refused),
        cmocka_unit_test(two_fields_of_positions_are_axes),
        cmocka_unit_test(numbers_that_need_be_no_degrees_are_none),
        cmocka_unit_test(names_that_say_nothing_are_known),
        cmocka_unit_test(the_first_clock_without_a_name_is_the_time),
        cmocka_unit_test(rows_that_name_their_values_stay_text),
        cmocka_unit_test(rows_that_columns_would_not_show_whole_stay_text),
        cmocka_unit_test(what_says_nothing_is_no_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
