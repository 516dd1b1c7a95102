/* Tests of analyzer/commands/json_maps.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../analyzer/commands/json_maps.h"

static const struct field_plan customer_id = {.role = ROLE_CUSTOMER, .rank = 1}, user_id = {.role = ROLE_CUSTOMER, .rank = 7},
                               e_mail = {.role = ROLE_CUSTOMER, .rank = ROLE_RANK_EMAIL},
                               vin = {.role = ROLE_IDENTIFIER, .label_mask = 1}, imei = {.role = ROLE_IDENTIFIER, .label_mask = 2},
                               time_of = {.role = ROLE_TIME}, latitude = {.role = ROLE_LATITUDE}, note = {.role = ROLE_NONE};

/* A value in a few characters: {} are objects, [] such as are elements; letters stand for values: of customers ABC by customer_id,
 * abc by user_id, xyz by e-mail, - for one whom customer_id does not name; v is a VIN, i an IMEI, l a latitude, t a time, n a note. */
static void value_add(struct json_maps *maps, char c)
{
    bool enough;
    if (c >= 'A' && c <= 'C') enough = json_maps_value(maps, &customer_id, (struct span){&c, 1});
    else if (c >= 'a' && c <= 'c') enough = json_maps_value(maps, &user_id, (struct span){&c, 1});
    else if (c >= 'x') enough = json_maps_value(maps, &e_mail, (struct span){&c, 1});
    else enough = json_maps_value(maps, c == '-' ? &customer_id : c == 'v' ? &vin : c == 'i' ? &imei : c == 't' ? &time_of : c == 'l' ? &latitude : &note,
                                  (struct span){"", 0});
    assert_true(enough);
}

/* Of a value the places of objects that are elements. Places are multiplied by `scale`. */
static void expect_scaled(const char *text, bool emails, uint32_t scale, const char *expected)
{
    struct json_maps *maps = json_maps_open();
    const uint32_t *levels = NULL;
    size_t count = 0;
    char got[200] = "";
    assert_non_null(maps);
    for (int turn = 0; turn < 2; turn++) { /* the second is not disturbed by the first */
        json_maps_begin(maps);
        for (uint32_t i = 0; text[i] != '\0'; i++) {
            if (text[i] == '{' || text[i] == '[') assert_true(json_maps_open_object(maps, i * scale, text[i] == '[' || i == 0));
            else if (text[i] == '}' || text[i] == ']') assert_true(json_maps_close_object(maps, (i + 1) * scale));
            else value_add(maps, text[i]);
        }
        assert_true(json_maps_end(maps, emails, &levels, &count));
    }
    for (size_t i = 0; i < count; i++) sprintf(got + strlen(got), "%s%u", i > 0 ? " " : "", levels[i] / scale);
    if (strcmp(got, expected) != 0) fail_msg("%s gives \"%s\", expected \"%s\"", text, got, expected);
    json_maps_close(maps);
}

static void expect(const char *text, const char *expected)
{
    expect_scaled(text, true, 1, expected);
}

static void members_that_name_different_customers_are_elements(void **unused)
{
    (void)unused;
    expect("{{Av}{Bv}}", "1 5");
    expect("{n{Av}{Bi}{l}n}", "2 6 10"); /* all of them, alike or not */
    expect("{{{Av}{Bv}}{{Cv}}}", "1 2 6 11"); /* in one of two as in two of them */
    expect("{{{A}v}{n{B}v}}", "1 7");         /* however deep */
    expect("{{Aav}{bv}}", "1 6");             /* by the second of two fields, too */
}

static void what_is_one_customers_stays_together(void **unused)
{
    (void)unused;
    expect("{A{nv}{ni}}", "");
    expect("{{Av}{i}}", "");
    expect("{{Av}{nA}{lA}n}", "");
    expect("{{Av}{bi}}", ""); /* two fields: the first of both decides, as the specification has it */
    expect("{[Av][Bv]}", "");
    expect("{{[Av]}{[Bv]}}", ""); /* these have levels of their own */
    expect("{A{-}}", "");
    expect("{}", "");
    expect("{{}{}}", "");
}

static void members_that_are_alike_are_elements(void **unused)
{
    (void)unused;
    expect("{A{{vi}{vi}}}", "3 7");
    expect("{{{nvi}{ivn}}}", "2 7");
    expect("{{Av}{v}}", "1 5");
    expect("{{v}{i}}", "");
    expect("{{vi}{v}}", "");
    expect("{{v}{v}n}", ""); /* there is something else */
    expect("{{v}{v}[v]}", "");
    expect("{{v}}", "");
    expect("{{l}{l}}", ""); /* two positions of one thing */
    expect("{{lt}{tl}}", "1 5");
    expect("{{t}{t}}", "");
    expect("{{Av}{-i}}", "1 5");
    expect("{{A}{-}}", ""); /* nothing is known of what is nobody's */
    expect("{{A}{-v}{i}}", "");
}

static void many_members_need_not_all_be_alike(void **unused)
{
    (void)unused;
    expect("{{i}{i}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}}", "1 4 7 10 13 16 19 22 25 28 31 34 37 40 43 46 49");
    expect("{{A}{n}{A}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}}", "1 4 7 10 13 16 19 22 25 28 31 34 37 40 43 46 49");
    expect("{{l}{l}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}}", "");
    expect("{{i}{n}{i}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}}", "");
    expect("{{i}{i}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}}", "");
    expect("{{i}{i}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}n}", "");
}

static void a_member_that_names_another_customer_than_its_object_is_one(void **unused)
{
    (void)unused;
    expect("{A{v}{Bv}}", "5");
    expect("{{v}{{Bv}}A}", "4"); /* behind it, too, and as a whole */
    expect("{A{A}{a}{-}}", "");
    expect("{A{Bv}{Cv}}", "2 6");
}

static void e_mail_fields_count_where_no_other_field_names_anybody(void **unused)
{
    (void)unused;
    expect("{{xv}{yi}}", "1 5");
    expect("{A{xn}{yn}}", "");
    expect("{-{xv}{yi}}", "2 6");
    expect_scaled("{{xv}{yi}}", false, 1, "");
}

static void a_long_object_of_many_is_a_map(void **unused)
{
    (void)unused;
    const char *many = "{n{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}}", *few = "{n{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}{n}nnn}";
    uint32_t scale = MAP_BYTES_MIN / (uint32_t)strlen(many) + 1;
    expect(many, "");
    expect_scaled(many, true, scale, "2 5 8 11 14 17 20 23 26 29 32 35 38 41 44 47 50");
    expect_scaled(few, true, scale, "");
    expect_scaled(many, true, 2 * scale, ""); /* so many do not begin within the first of it */
}

static void more_fields_and_members_than_are_told_apart_do_no_harm(void **unused)
{
    (void)unused;
    struct json_maps *maps = json_maps_open();
    const uint32_t *levels;
    size_t count = 0;
    json_maps_begin(maps);
    assert_true(json_maps_open_object(maps, 0, true));
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(json_maps_open_object(maps, 1 + i, false));
        for (uint16_t rank = 0; rank < 40; rank++) {
            struct field_plan plan = {.role = ROLE_CUSTOMER, .rank = rank};
            char name[16];
            assert_true(json_maps_value(maps, &plan, (struct span){name, (size_t)sprintf(name, "%u", i + rank)}));
        }
        assert_true(json_maps_close_object(maps, 1 + i));
    }
    assert_true(json_maps_close_object(maps, 5001));
    assert_true(json_maps_end(maps, true, &levels, &count));
    assert_int_equal(count, 5000);
    for (uint32_t i = 0; i < 5000; i++) assert_int_equal(levels[i], 1 + i);
    json_maps_close(maps);
}

static void fields_are_the_same_by_what_they_mean(void **unused)
{
    (void)unused;
    assert_int_equal(json_maps_field(&note), 0);
    assert_int_equal(json_maps_field(&(struct field_plan){.role = ROLE_TIME}), 0);
    assert_true(json_maps_field(&vin) != 0 && json_maps_field(&vin) != json_maps_field(&imei));
    assert_true(json_maps_field(&customer_id) != json_maps_field(&user_id));
    assert_true(json_maps_field(&vin) == json_maps_field(&(struct field_plan){.role = ROLE_IDENTIFIER, .label_mask = 1, .by_profile = 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_name_different_customers_are_elements),
        cmocka_unit_test(what_is_one_customers_stays_together),
        cmocka_unit_test(members_that_are_alike_are_elements),
        cmocka_unit_test(many_members_need_not_all_be_alike),
        cmocka_unit_test(a_member_that_names_another_customer_than_its_object_is_one),
        cmocka_unit_test(e_mail_fields_count_where_no_other_field_names_anybody),
        cmocka_unit_test(a_long_object_of_many_is_a_map),
        cmocka_unit_test(more_fields_and_members_than_are_told_apart_do_no_harm),
        cmocka_unit_test(fields_are_the_same_by_what_they_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
