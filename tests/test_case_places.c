/* Tests of analyzer/commands/case_places.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/commands/case_places.h"

/* Two files, the second one read by three ranges, of which one is elsewhere; a residue of the first. */
static void units_of_ranges_are_numbered_through_their_file(void **unused)
{
    (void)unused;
    struct object objects[6] = {{.units = 50}, {.is_cut = true}, {.is_range = true, .units = 10}, {.is_range = true, .units = 7, .elsewhere = true},
                                {.is_range = true, .units = 5}, {.is_piece = true, .units = 3}};
    struct object_piece pieces[] = {{1, 3, 4}, {0, 1, 5}, {1, 1, 2}, {1, 2, 3}};
    struct case_state state = {.list = {.objects = objects, .count = 6, .walked_count = 2}, .pieces = pieces, .piece_count = 4};
    struct case_places places;
    assert_true(case_places_open(&state, &places));
    assert_int_equal(case_places_number(&places, 0, 0, 9), 9);
    assert_int_equal(case_places_number(&places, 0, 1, 2), 2);
    assert_int_equal(case_places_number(&places, 1, 1, 4), 4);
    assert_int_equal(case_places_number(&places, 1, 2, 4), 14);
    assert_int_equal(case_places_number(&places, 1, 3, 4), 14);
    assert_int_equal(case_places_number(&places, 1, 9, 4), 4);
    assert_int_equal(case_places_object(&places, 0, 0), 0);
    assert_int_equal(case_places_object(&places, 0, 1), 5);
    assert_int_equal(case_places_object(&places, 1, 3), 1);
    const struct place place = {1, 2, 1, 5}; /* as it is loaded: the unit's upper half in block */
    assert_true(case_places_unit(&places, &place) == (UINT64_C(1) << 32) + 15);
    case_places_close(&places);
}

static void a_case_without_pieces_has_none(void **unused)
{
    (void)unused;
    struct case_state state = {.list = {.count = 0}};
    struct case_places places;
    assert_true(case_places_open(&state, &places));
    assert_int_equal(case_places_number(&places, 3, 1, 8), 8);
    assert_int_equal(case_places_object(&places, 3, 1), 3);
    case_places_close(&places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_of_ranges_are_numbered_through_their_file),
        cmocka_unit_test(a_case_without_pieces_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
