/* Tests of analyzer/attribute/field_shown.c: names are shown, values never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/attribute/field_shown.h"

static void assert_name(const char *name, bool one_component, const char *expected, bool whole)
{
    char shown[FIELD_NAME_SIZE];
    bool all = field_show_name((struct span){name, strlen(name)}, one_component, shown);
    assert_string_equal(shown, expected);
    assert_int_equal(all, whole);
}

static void names_stand_as_they_are(void **state)
{
    (void)state;
    static const char *const names[] = {"imei", "imei_2", "col128", "vehicle.tcu.imei", "latE7", "gps_lat2", "車台番号", "Customer No.", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_name(names[i], false, names[i], true);
    assert_name("a.b", true, "a.b", true);
}

static void components_that_are_values_are_hidden(void **state)
{
    (void)state;
    assert_name("vehicles.JTDKN3DU7A1224466.imei", false, "vehicles.A{5}9AA9A9{7}.imei", false);
    assert_name("868123450011227", true, "9{15}", false);
    assert_name("3c:5a:b4:00:11:22", true, "9a:9a:a9:99:99:99", false);
    assert_name("aa:bb:cc:dd:ee:ff", true, "aa:aa:aa:aa:aa:aa", false);
    assert_name("deadbeefcafe", true, "a{12}", false);
    assert_name("by_mail.taro@example.org", false, "by_mail.a{4}@a{7}.org", false);
    assert_name("xn76urx6", true, "aa99aaa9", false);
    assert_name("C00024722", true, "A9{8}", false);
}

static void bytes_that_are_no_text_are_escaped(void **state)
{
    (void)state;
    assert_name("a\xff", true, "a\\xff", false);
    assert_name("a\nb", true, "a\\nb", false);
}

static void long_names_are_cut(void **state)
{
    (void)state;
    char name[400], shown[FIELD_NAME_SIZE];
    memset(name, 'a', sizeof name);
    for (size_t i = 7; i < sizeof name; i += 8) name[i] = '.';
    assert_false(field_show_name((struct span){name, sizeof name}, false, shown));
    assert_true(strlen(shown) < FIELD_NAME_SIZE);
    assert_string_equal(shown + strlen(shown) - 3, "...");
    assert_false(field_show_name((struct span){name, 5000 < sizeof name ? 5000 : sizeof name}, true, shown));
}

static void assert_shape(const char *value, const char *expected)
{
    char shown[FIELD_SHAPE_SIZE];
    field_show_shape((struct span){value, strlen(value)}, shown);
    assert_string_equal(shown, expected);
}

static void shapes_hold_no_letter_and_no_digit_of_the_value(void **state)
{
    (void)state;
    assert_shape("", "");
    assert_shape("JTDKN3DU7A1224466", "A{5}9AA9A9{7}");
    assert_shape("2023-04-17T08:15:30Z", "9{4}-99-99A99:99:99A");
    assert_shape("-35.681236", "-99.9{6}");
    assert_shape("品川 500 さ 12-34", "xx 999 x 99-99");
    assert_shape("a\tb\n", "a a ");
    assert_shape("\x80\x81", "");
    char shown[FIELD_SHAPE_SIZE], text[4000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 2 == 0 ? 'a' : '7';
    field_show_shape((struct span){text, sizeof text}, shown);
    assert_true(strlen(shown) < FIELD_SHAPE_SIZE);
    assert_null(strchr(shown, '7'));
    assert_string_equal(shown + strlen(shown) - 3, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_as_they_are),
        cmocka_unit_test(components_that_are_values_are_hidden),
        cmocka_unit_test(bytes_that_are_no_text_are_escaped),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(shapes_hold_no_letter_and_no_digit_of_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
