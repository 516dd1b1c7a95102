#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analyzer/report/case_totals.h"

static char folder[] = "/tmp/test_case_totals_XXXXXX";

static enum status read_text(const char *text, struct case_totals **totals, struct fault *fault)
{
    char path[64];
    snprintf(path, sizeof path, "%s/summary.json", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return case_totals_read(folder, totals, fault);
}

#define SCHEMA "\"schema\":\"breachtally summary 1\""

/* "field old new change; " of all pairs, in their order. */
static void assert_pairs(const char *old_text, const char *new_text, const char *expected)
{
    struct fault fault = {0};
    struct case_totals *old = NULL, *new = NULL;
    struct total_pair *pairs = NULL;
    size_t count = 0;
    if (read_text(old_text, &old, &fault) != STATUS_OK || read_text(new_text, &new, &fault) != STATUS_OK)
        fail_msg("%s", fault.message);
    assert_int_equal(case_totals_pair(old, new, &pairs, &count, &fault), STATUS_OK);
    char said[2048] = "";
    for (size_t i = 0; i < count; i++) {
        char change[32] = "";
        if (pairs[i].has_change)
            snprintf(change, sizeof change, "%c%llu", pairs[i].is_less ? '-' : '+',
                     (unsigned long long)pairs[i].change);
        size_t len = strlen(said);
        snprintf(said + len, sizeof said - len, "%s %s %s %s%s; ", pairs[i].field,
                 pairs[i].old != NULL ? pairs[i].old : "none", pairs[i].new != NULL ? pairs[i].new : "none", change,
                 pairs[i].differs ? "!" : "");
    }
    assert_string_equal(said, expected);
    free(pairs);
    case_totals_free(old);
    case_totals_free(new);
}

static void numbers_stand_side_by_side_in_the_order_of_meaning(void **state)
{
    (void)state;
    assert_pairs("{\"objects\":{\"listed\":3,\"complete\":3},\"persons_best\":10,\"persons_lower\":9," SCHEMA
                 ",\"aaa\":1,\"identifiers\":{\"vin\":{\"confirmed\":4,\"distinct\":5}}}\n",
                 "{\"objects\":{\"listed\":2,\"complete\":3},\"persons_best\":12,\"persons_lower\":9," SCHEMA
                 ",\"aaa\":1,\"identifiers\":{\"vin\":{\"confirmed\":4,\"distinct\":7}}}\n",
                 "persons_lower 9 9 +0; persons_best 10 12 +2!; identifiers.vin.distinct 5 7 +2!; "
                 "objects.complete 3 3 +0; objects.listed 3 2 -1!; aaa 1 1 +0; identifiers.vin.confirmed 4 4 +0; ");
}

static void no_digit_of_large_numbers_is_lost(void **state)
{
    (void)state;
    assert_pairs("{\"findings\":9007199254740993," SCHEMA ",\"x\":18446744073709551615,\"y\":18446744073709551616}",
                 "{\"findings\":9007199254740992," SCHEMA ",\"x\":0,\"y\":18446744073709551617}",
                 "findings 9007199254740993 9007199254740992 -1!; x 18446744073709551615 0 -18446744073709551615!; "
                 "y 18446744073709551616 18446744073709551617 !; ");
}

static void fields_that_one_case_has_differ(void **state)
{
    (void)state;
    assert_pairs("{\"a\":1," SCHEMA "}", "{\"b\":0," SCHEMA "}", "a 1 none !; b none 0 !; ");
    assert_pairs("{" SCHEMA ",\"data_time_first\":null}",
                 "{" SCHEMA ",\"data_time_first\":\"2023-01-01T00:00:00Z\"}",
                 "data_time_first none 2023-01-01T00:00:00Z !; ");
}

static void reasons_that_did_not_occur_are_zero(void **state)
{
    (void)state;
    assert_pairs("{\"rejected_by_reason\":{\"COARSE\":4},\"bytes\":{\"unexamined\":{}}," SCHEMA "}",
                 "{\"rejected_by_reason\":{},\"bytes\":{\"unexamined\":{\"ENCRYPTED\":7}}," SCHEMA "}",
                 "bytes.unexamined.ENCRYPTED 0 7 +7!; rejected_by_reason.COARSE 4 0 -4!; ");
}

static void lists_texts_and_blanks_are_stepped_over(void **state)
{
    (void)state;
    assert_pairs("\n{ \"l\" : [ 1 , { \"x\" : 2 } , [ ] ] , \"t\" : \"a\\\"b,}\\\\\" , " SCHEMA
                 " , \"n\" : 5 , \"z\" : { } , \"b\" : true , \"d\" : 1.5e3 , \"m\" : -2 }  \n",
                 "{\"n\":5,\"d\":1.5e3,\"m\":-3," SCHEMA "}", "d 1.5e3 1.5e3 ; m -2 -3 !; n 5 5 +0; ");
}

static void assert_refused(const char *text, const char *part)
{
    struct fault fault = {0};
    struct case_totals *totals = NULL;
    assert_int_equal(read_text(text, &totals, &fault), STATUS_USAGE);
    assert_null(totals);
    if (strstr(fault.message, part) == NULL || strstr(fault.message, "summary.json: ") == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault.message, part);
}

static void what_is_no_summary_is_refused(void **state)
{
    (void)state;
    assert_refused("", "line 1, column 1: this is no JSON");
    assert_refused("{\"a\":1,\n\"b\":}", "line 2, column");
    assert_refused("{\"a\":1}", "no summary of breachtally");
    assert_refused("[]", "no summary of breachtally");
    assert_refused("7", "no summary of breachtally");
    assert_refused("{\"schema\":\"another 1\"}", "no summary of breachtally");
    assert_refused("{\"schema\":1}", "no summary of breachtally");
    assert_refused("\xEF\xBB\xBF{" SCHEMA "}", "does not begin with {");
    assert_refused("{\"a\":1,\"a\":2," SCHEMA "}", "stands twice");
    assert_refused("{" SCHEMA "}}", "something stands behind");
}

static void every_cut_of_a_summary_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"bytes\":{\"listed\":12,\"l\":[1,\"x\\\"\"]}," SCHEMA ",\"data_time_last\":\"2023\"}";
    char cut[sizeof text];
    for (size_t count = 0; count < sizeof text - 1; count++) {
        memcpy(cut, text, count);
        cut[count] = '\0';
        assert_refused(cut, "this is no JSON");
    }
}

static void a_foreign_folder_is_refused(void **state)
{
    (void)state;
    struct fault fault = {0};
    struct case_totals *totals = NULL;
    assert_int_equal(case_totals_read("/nowhere\033", &totals, &fault), STATUS_USAGE);
    assert_string_equal(fault.message, "/nowhere\\x1b/summary.json: cannot be opened: No such file or directory");
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int clear(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/summary.json", folder);
    return unlink(path) != 0 || rmdir(folder) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stand_side_by_side_in_the_order_of_meaning),
        cmocka_unit_test(no_digit_of_large_numbers_is_lost),
        cmocka_unit_test(fields_that_one_case_has_differ),
        cmocka_unit_test(reasons_that_did_not_occur_are_zero),
        cmocka_unit_test(lists_texts_and_blanks_are_stepped_over),
        cmocka_unit_test(what_is_no_summary_is_refused),
        cmocka_unit_test(every_cut_of_a_summary_is_refused),
        cmocka_unit_test(a_foreign_folder_is_refused),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
