/* Tests of analyzer/commands/unit_troubles.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/commands/unit_troubles.h"

static void parts_of_a_detail_are_parted_and_cut_to_its_size(void **unused)
{
    (void)unused;
    char detail[16] = "";
    detail_add(detail, sizeof detail, "%s", "comma");
    assert_string_equal(detail, "comma");
    detail_add(detail, sizeof detail, "%d columns", 14);
    assert_string_equal(detail, "comma; 14 colum");
    detail_add(detail, sizeof detail, "more");
    assert_string_equal(detail, "comma; 14 colum");
}

static void the_gravest_trouble_decides_and_all_are_told(void **unused)
{
    (void)unused;
    struct object object = {.status = OBJECT_COMPLETE};
    const struct unit_troubles none = {0, 0, 0}, text = {0, 3, 0};
    const struct unit_troubles all = {TROUBLE_MATCH_LIMIT | TROUBLE_OVERSIZED, 2, 7};
    char detail[OBJECT_DETAIL_SIZE] = "x";
    unit_troubles_mark(&none, &object);
    unit_troubles_mark(&text, &object);
    assert_int_equal(object.status, OBJECT_COMPLETE);
    unit_troubles_tell(&none, detail, sizeof detail);
    assert_string_equal(detail, "x");
    unit_troubles_mark(&all, &object);
    assert_int_equal(object.status, OBJECT_PARTIAL);
    assert_int_equal(object.reason, COVERAGE_LIMIT_DEPTH);
    unit_troubles_tell(&all, detail, sizeof detail);
    assert_string_equal(detail, "x; a unit of over 16777216 bytes read in pieces; 2 units read as text; 7 units inherit the identifiers of the "
                                "innermost enclosing levels alone");
    const struct unit_troubles off = {TROUBLE_BROKE_OFF, 1, 0};
    object = (struct object){.status = OBJECT_COMPLETE};
    unit_troubles_mark(&off, &object);
    assert_int_equal(object.status, OBJECT_PARTIAL);
    assert_int_equal(object.reason, COVERAGE_RESIDUE_SCANNED_RAW);
    detail[1] = '\0';
    unit_troubles_tell(&off, detail, sizeof detail);
    assert_string_equal(detail, "x; a document that breaks off; 1 unit read as text");
    object = (struct object){.status = OBJECT_FAILED, .reason = COVERAGE_VANISHED};
    unit_troubles_mark(&all, &object);
    assert_int_equal(object.reason, COVERAGE_VANISHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_detail_are_parted_and_cut_to_its_size),
        cmocka_unit_test(the_gravest_trouble_decides_and_all_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
