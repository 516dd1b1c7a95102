/* Tests of detectors/imsi.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/imsi.h"
#include "judging.h"

#define IMSI_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_IMSI, text, labelled, grade, canonical)
#define IMSI_REFUSES(text, labelled, reason) REFUSES(KIND_IMSI, text, labelled, reason)

static void a_known_network_confirms_and_a_known_country_makes_likely(void **state)
{
    (void)state;
    IMSI_ACCEPTS("440101234567890", true, GRADE_CONFIRMED, "440101234567890");
    IMSI_ACCEPTS("441200123456789", true, GRADE_CONFIRMED, "441200123456789");
    IMSI_ACCEPTS("429011234567890", true, GRADE_CONFIRMED, "429011234567890");
    IMSI_ACCEPTS("262991234567890", true, GRADE_LIKELY, "262991234567890"); /* no network that the tables know */
}

static void fourteen_digits_are_worth_one_grade_less(void **state)
{
    (void)state;
    IMSI_ACCEPTS("44010123456789", true, GRADE_LIKELY, "44010123456789");
    IMSI_ACCEPTS("26299123456789", true, GRADE_POSSIBLE, "26299123456789");
    IMSI_REFUSES("4401012345678", true, REASON_FORM);
    IMSI_REFUSES("4401012345678901", true, REASON_FORM);
}

static void a_network_that_the_country_has_not_is_possible(void **state)
{
    (void)state;
    IMSI_ACCEPTS("440991234567890", true, GRADE_POSSIBLE, "440991234567890"); /* given back */
    IMSI_ACCEPTS("555551234567890", true, GRADE_POSSIBLE, "555551234567890"); /* one network, 555-01 */
    assert_int_equal(judged(KIND_IMSI, "555551234567890", true).reason, REASON_ISSUER);
    IMSI_ACCEPTS("555011234567890", true, GRADE_CONFIRMED, "555011234567890");
}

static void countries_that_are_none_are_refused(void **state)
{
    (void)state;
    IMSI_REFUSES("439011234567890", true, REASON_ISSUER);
    IMSI_REFUSES("800101234567890", true, REASON_ISSUER);
    IMSI_REFUSES("000000000000000", true, REASON_PLACEHOLDER);
    IMSI_REFUSES("222222222222222", true, REASON_PLACEHOLDER);
}

static void without_a_label_it_is_nothing(void **state)
{
    (void)state;
    IMSI_REFUSES("440101234567890", false, REASON_UNLABELLED);
    IMSI_REFUSES("439011234567890", false, REASON_FORM);
    assert_null(detectors[KIND_IMSI]->pattern);
}

static void parts_may_be_separated(void **state)
{
    (void)state;
    IMSI_ACCEPTS("440 10 1234567890", true, GRADE_CONFIRMED, "440101234567890");
    IMSI_ACCEPTS("440-20-1234567890", true, GRADE_CONFIRMED, "440201234567890");
    IMSI_REFUSES("440--20-1234567890", true, REASON_FORM);
    IMSI_REFUSES("440-20-123456789A", true, REASON_FORM);
    IMSI_REFUSES("", true, REASON_FORM);
}

static void swapped_nibbles_of_the_card_are_undone(void **state)
{
    (void)state;
    IMSI_ACCEPTS("084904011032547698", true, GRADE_CONFIRMED, "440100123456789");
    IMSI_ACCEPTS("0841040110325476F8", true, GRADE_LIKELY, "44010012345678");
    IMSI_REFUSES("0841040110325476F8", false, REASON_UNLABELLED);
    IMSI_REFUSES("0849040110325476F8", true, REASON_FORM);
    IMSI_REFUSES("084104011032547698", true, REASON_FORM);
    IMSI_REFUSES("094904011032547698", true, REASON_FORM);
    IMSI_REFUSES("08490401103254769A", true, REASON_FORM);
    IMSI_REFUSES("0849A4011032547698", true, REASON_FORM);
}

/* Two and three digits are different networks; where a country has both, the one that is known tells. */
static void network_codes_have_the_length_of_their_country(void **state)
{
    (void)state;
    assert_int_equal(imsi_mnc_length("440101234567890"), 2);
    assert_int_equal(imsi_mnc_length("310150123456789"), 3);
    assert_int_equal(imsi_mnc_length("441200123456789"), 3);
    assert_int_equal(imsi_mnc_length("732101123456789"), 3);
    assert_int_equal(imsi_mnc_length("001010123456789"), 2);
    assert_int_equal(imsi_mnc_length("439011234567890"), 0);
}

static void test_networks_are_samples(void **state)
{
    (void)state;
    assert_true(judged(KIND_IMSI, "001010123456780", true).sample);
    assert_true(judged(KIND_IMSI, "999991234567890", true).sample);
    assert_true(judged(KIND_IMSI, "310260000000000", true).sample);
    assert_false(judged(KIND_IMSI, "440101234567890", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_network_confirms_and_a_known_country_makes_likely),
        cmocka_unit_test(fourteen_digits_are_worth_one_grade_less),
        cmocka_unit_test(a_network_that_the_country_has_not_is_possible),
        cmocka_unit_test(countries_that_are_none_are_refused),
        cmocka_unit_test(without_a_label_it_is_nothing),
        cmocka_unit_test(parts_may_be_separated),
        cmocka_unit_test(swapped_nibbles_of_the_card_are_undone),
        cmocka_unit_test(network_codes_have_the_length_of_their_country),
        cmocka_unit_test(test_networks_are_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
