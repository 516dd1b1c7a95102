#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/evidence/object.h"

static void troubles_are_kept_by_their_gravity(void **state)
{
    (void)state;
    struct object object = {0};
    object_mark(&object, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW, "one");
    object_mark(&object, OBJECT_PARTIAL, COVERAGE_TRUNCATED, "two");
    object_mark(&object, OBJECT_PARTIAL, COVERAGE_BAD_CHECKSUM, "three");
    assert_int_equal(object.reason, COVERAGE_TRUNCATED);
    assert_string_equal(object_detail(&object), "two");
    object_mark(&object, OBJECT_FAILED, COVERAGE_NO_MEMORY, NULL);
    assert_string_equal(object_status_name(object.status), "FAILED");
    assert_string_equal(coverage_reason_name(object.reason), "NO_MEMORY");
    assert_string_equal(object_detail(&object), "");
    assert_false(coverage_reason_is_incomplete(COVERAGE_SYMLINK_NOT_FOLLOWED));
    assert_true(coverage_reason_is_incomplete(COVERAGE_LOOP));
    struct object plain = {0};
    object_mark(&plain, OBJECT_COMPLETE, COVERAGE_NONE, NULL);
    assert_int_equal(plain.status, OBJECT_COMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(troubles_are_kept_by_their_gravity)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
