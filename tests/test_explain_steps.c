/* Tests of analyzer/commands/explain_steps.c: each step with what was found, what was expected and how it ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../analyzer/commands/explain_steps.h"

/* "found|expected|result" of the step of that name; "" where there is none. */
static const char *step_of(enum kind kind, const char *value, bool labelled, const char *name)
{
    static char text[2 * STEP_TEXT_SIZE + 16];
    struct step steps[STEPS_MAX];
    size_t count = steps_list(kind, (struct span){value, strlen(value)}, labelled, steps);
    assert_in_range(count, 1, STEPS_MAX);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        if (strcmp(steps[i].name, name) == 0)
            snprintf(text, sizeof text, "%s|%s|%s", steps[i].found, steps[i].expected, step_result_name(steps[i].result));
    return text;
}

static void a_check_digit_is_computed_and_binds_where_the_region_says_so(void **state)
{
    (void)state;
    assert_string_equal(step_of(KIND_VIN, "1M8GDM9AXKP042788", false, "check digit"), "X|X|holds");
    assert_string_equal(step_of(KIND_VIN, "1fadzkhp5dr064425", false, "check digit"), "5|4|fails");
    assert_string_equal(step_of(KIND_VIN, "WP0ZZZ99ZTS392124", false, "check digit"), "Z|8|open");
    assert_string_equal(step_of(KIND_VIN, "WP0ZZZ99ZTS392124", false, "region"), "WP, check digit does not bind|allocated by ISO 3780|holds");
    assert_string_equal(step_of(KIND_VIN, "1M8GDM9AXKP042788", false, "model year"), "K, 1989||holds");
    assert_string_equal(step_of(KIND_VIN, "1M8GDM9AXKP042788", false, "maker"), "1M8|known|holds");
}

static void a_value_of_another_length_or_alphabet_ends_there(void **state)
{
    (void)state;
    assert_string_equal(step_of(KIND_VIN, "1M8GDM9AXKP04278", false, "length"), "16|17|fails");
    assert_string_equal(step_of(KIND_VIN, "1M8GDM9AXKP04278", false, "check digit"), "");
    assert_string_equal(step_of(KIND_VIN, "1M8GOM9AXKP042788", false, "alphabet"), "O at position 5|digits, letters without I O Q|fails");
    assert_string_equal(step_of(KIND_EID, "8904\x01", false, "length"), "5|32|fails");
    assert_string_equal(step_of(KIND_IMEI, "86742072219659\x1b", false, "alphabet"), "another byte at position 15|digits|fails");
    assert_string_equal(step_of(KIND_VIN, "", false, "length"), "0|17|fails");
}

static void mobile_numbers_show_issuer_and_check_digit(void **state)
{
    (void)state;
    assert_string_equal(step_of(KIND_IMEI, "867420722196592", false, "check digit"), "2|1|fails");
    assert_string_equal(step_of(KIND_IMEI, "86-742072-219659-1", true, "check digit"), "1|1|holds");
    assert_string_equal(step_of(KIND_IMEI, "35417803685978", true, "check digit"), "not written|9|open");
    assert_string_equal(step_of(KIND_IMEI, "777420722196592", false, "issuer"), "77|a reporting body of GSMA TS.06|fails");
    assert_string_equal(step_of(KIND_ICCID, "8914800000000000001", true, "check digit"), "1|6|fails");
    assert_string_equal(step_of(KIND_ICCID, "98109909002143658739", false, "check digit"), "3|3|holds");
    assert_string_equal(step_of(KIND_ICCID, "8944107149430953677", true, "country"), "441|a calling code of ITU-T E.164|holds");
    assert_string_equal(step_of(KIND_IMSI, "440101234567890", true, "country"), "440|of ITU-T E.212|holds");
    assert_string_equal(step_of(KIND_IMSI, "439011234567890", true, "country"), "439|of ITU-T E.212|fails");
    assert_string_equal(step_of(KIND_EID, "89049032123451234512345678901234", false, "check digit"), "34|35|fails");
    assert_string_equal(step_of(KIND_EID, "89086030202200000022000023022943", false, "check digit"), "43|43|holds");
    assert_string_equal(step_of(KIND_MEID, "A10000009296F2F", false, "check digit"), "F|F|holds");
    assert_string_equal(step_of(KIND_MEID, "5F0123450ABCDE", true, "region"), "5F|A0 to FF, or 99|fails");
    assert_string_equal(step_of(KIND_ESN, "8075B7ED", true, "length"), "8|8 hex or 11 decimal|holds");
}

static void addresses_and_uuids_show_who_gave_them(void **state)
{
    (void)state;
    assert_string_equal(step_of(KIND_MAC, "10:66:50:01:8f:ed", false, "issuer"), "106650|a block that IEEE assigned|holds");
    assert_string_equal(step_of(KIND_MAC, "12:66:50:01:8f:ed", false, "issuer"), "126650, made up locally|a block that IEEE assigned|open");
    assert_string_equal(step_of(KIND_MAC, "01:00:5e:00:00:01", false, "one device"), "01|no group address|fails");
    assert_string_equal(step_of(KIND_UUID, "919108f7-52d1-4320-9bac-f847db4148a8", true, "version"), "4|1 to 8|holds");
    assert_string_equal(step_of(KIND_UUID, "919108f7-52d1-4320-1bac-f847db4148a8", true, "variant"), "1|8 to B|fails");
    assert_string_equal(step_of(KIND_ADVERTISING_ID, "c232ab00-9414-11ec-b3c8-9f6bdeced846", true, "version"), "1|4|open");
    assert_string_equal(step_of(KIND_UUID, "c232ab00-9414-11ec-b3c8-9f6bdeced846", true, "node"), "9f:6b:de:ce:d8:46, random||open");
    assert_string_equal(step_of(KIND_UUID, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", true, "node"), "MAC 00:c0:4f:d4:30:c8||open");
    assert_string_equal(step_of(KIND_FRAME_NUMBER, "ZVW30-1234567", false, "serial"), "7 digits|7 digits|holds");
    assert_string_equal(step_of(KIND_FRAME_NUMBER, "ZVW30-12345", false, "serial"), "5 digits|7 digits|open");
}

static void what_has_no_checksum_shows_its_form(void **state)
{
    (void)state;
    assert_string_equal(step_of(KIND_PLATE, "品川 300 あ 12-34", true, "place"), "品川|of a registration office|holds");
    assert_string_equal(step_of(KIND_PLATE, "江戸 300 あ 12-34", false, "place"), "none|of a registration office|fails");
    assert_string_equal(step_of(KIND_MSISDN, "+81 90-1234-5678", true, "issuer"), "819...|a calling code of E.164|holds");
    assert_string_equal(step_of(KIND_MSISDN, "090-1234-5678", true, "prefix"), "none|+, 00 or 011|fails");
    assert_string_equal(step_of(KIND_ETC_OBU, "05023-10012345-00012", true, "length"), "18|19|fails");
    assert_string_equal(step_of(KIND_TERMINAL_ID, "DCM000123456", true, "digits"), "9|4 at least|holds");
    assert_string_equal(step_of(KIND_SERIAL, "AB12", true, "length"), "4|6 to 40|fails");
    assert_string_equal(step_of(KIND_ANDROID_ID, "4f1d2c3b5a69788g", true, "alphabet"), "G at position 16|hex digits|fails");
    assert_string_equal(step_of(KIND_EMAIL, "a@b", true, "domain"), "1 characters|with a point|fails");
    assert_string_equal(step_of(KIND_EMAIL, "", true, "form"), "no @|name@domain|fails");
}

static void a_label_is_needed_where_the_kind_is_found_by_it_alone(void **state)
{
    (void)state;
    assert_string_equal(step_of(KIND_IMSI, "440101234567890", false, "label"), "none|needed|fails");
    assert_string_equal(step_of(KIND_IMSI, "440101234567890", true, "label"), "given|needed|holds");
    assert_string_equal(step_of(KIND_VIN, "1M8GDM9AXKP042788", false, "label"), "none||open");
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) assert_non_null(detectors[kind]->chance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_digit_is_computed_and_binds_where_the_region_says_so),
        cmocka_unit_test(a_value_of_another_length_or_alphabet_ends_there),
        cmocka_unit_test(mobile_numbers_show_issuer_and_check_digit),
        cmocka_unit_test(addresses_and_uuids_show_who_gave_them),
        cmocka_unit_test(what_has_no_checksum_shows_its_form),
        cmocka_unit_test(a_label_is_needed_where_the_kind_is_found_by_it_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
