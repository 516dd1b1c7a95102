/* Tests of detectors/notations.c and detectors/notation.c. */
#include "notating.h"

static void notations_stand_beside_one_another(void **state)
{
    (void)state;
    tells("geo:35.681236,139.767125 POINT(137.163461 35.054212) +48.8577+002.295/",
          "35.681236,139.767125 confirmed <geo:35.681236,139.767125>; "
          "35.054212,137.163461 confirmed <POINT(137.163461 35.054212)>; "
          "48.857700,2.295000 likely <+48.8577+002.295/>");
}

/* A link with degrees in its query, an address in a link: each byte belongs to one of them. */
static void what_is_taken_is_not_taken_again(void **state)
{
    (void)state;
    tells("https://maps.google.com/?q=35.681236,139.767125&x=geo:35.1111,139.2222",
          "35.681236,139.767125 confirmed <https://maps.google.com/?q=35.681236,139.767125&x=geo:35.1111,139.2222>");
    tells("geo:35.681236,139.767125+48.8577+002.295/",
          "35.681236,139.767125 confirmed <geo:35.681236,139.767125+48.8577+002.295/>");
}

static void angles_are_added_up(void **state)
{
    (void)state;
    const struct coordinate none = {0, 0, false};
    struct coordinate parts[3] = {coordinate_read((struct span){"35", 2}), coordinate_read((struct span){"40", 2}),
                                  coordinate_read((struct span){"52.45", 5})};
    struct coordinate angle = coordinate_of_angle(parts, false);
    assert_true(angle.valid);
    assert_int_equal(angle.value_e7, 356812361);
    assert_int_equal(angle.decimals, 6);
    angle = coordinate_of_angle(parts, true);
    assert_int_equal(angle.value_e7, -356812361);
    parts[2] = none;
    assert_int_equal(coordinate_of_angle(parts, false).decimals, 2);
    parts[1] = coordinate_read((struct span){"60", 2});
    assert_false(coordinate_of_angle(parts, false).valid);
    parts[1] = coordinate_read((struct span){"59.9", 4});
    assert_true(coordinate_of_angle(parts, false).valid);
    parts[2] = coordinate_read((struct span){"1", 1});
    assert_false(coordinate_of_angle(parts, false).valid);
    parts[1] = none;
    assert_false(coordinate_of_angle(parts, false).valid);
}

static void numbers_end_where_they_end(void **state)
{
    (void)state;
    struct coordinate number;
    struct span text = {"-35.5.1", 7};
    assert_int_equal(notation_number(text, 0, &number), 5);
    assert_int_equal(number.value_e7, -355000000);
    assert_int_equal(notation_number(text, 5, &number), 5);
    assert_false(number.valid);
    text = (struct span){"3.5e1e", 6};
    assert_int_equal(notation_number(text, 0, &number), 5);
    assert_int_equal(number.value_e7, 350000000);
}

static void every_row_has_its_bytes(void **state)
{
    (void)state;
    struct notation_bytes bytes;
    notation_bytes_read(&bytes, true);
    for (uint32_t i = 0; i < NOTATION_COUNT; i++) {
        bool first = false, second = false;
        for (int byte = 0; byte < 256; byte++) {
            first |= (bytes.first[byte] >> i & 1) != 0;
            second |= (bytes.second[byte] >> i & 1) != 0;
        }
        assert_true(first && second);
        assert_true(strlen(notations[i]->name) > 0 && strlen(notations[i]->source) > 0);
    }
    notation_bytes_read(&bytes, false);
    assert_int_equal(bytes.first['0'] >> NOTATION_wkb & 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notations_stand_beside_one_another),
        cmocka_unit_test(what_is_taken_is_not_taken_again),
        cmocka_unit_test(angles_are_added_up),
        cmocka_unit_test(numbers_end_where_they_end),
        cmocka_unit_test(every_row_has_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
