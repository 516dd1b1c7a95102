/* Tests of analyzer/report/mask.c: a type may be shown, a thing never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/report/mask.h"

static void assert_masked(enum kind kind, const char *canonical, const char *expected)
{
    char masked[IDENTIFIER_SIZE];
    memset(masked, 'x', sizeof masked);
    identifier_mask(kind, canonical, masked);
    assert_string_equal(masked, expected);
}

static void each_kind_shows_its_type(void **state)
{
    (void)state;
    assert_masked(KIND_VIN, "1M8GDM9AXKP042788", "1M8**************");
    assert_masked(KIND_FRAME_NUMBER, "ZVW30-1234567", "ZVW30-*******");
    assert_masked(KIND_IMEI, "357613004448485", "35761300*******");
    assert_masked(KIND_ICCID, "89014103211118510720", "8901****************");
    assert_masked(KIND_ICCID, "894480000000000000", "8944**************");
    assert_masked(KIND_MAC, "00:1b:21:3a:4c:5d", "00:1b:21:**:**:**");
    assert_masked(KIND_IMSI, "440101234567890", "440************");
    assert_masked(KIND_MEID, "AF0123450ABCDE", "AF012345******");
    assert_masked(KIND_EID, "89049032123451234512345678901235", "89049032************************");
    assert_masked(KIND_ESN, "8075B7ED", "80******");
    assert_masked(KIND_MSISDN, "+819012345678", "+************");
    assert_masked(KIND_EUI64, "00:15:8d:00:02:7a:bc:de", "00:15:8d:**:**:**:**:**");
    assert_masked(KIND_EUI64, "02:15:8d:00:02:7a:bc:de", "**:**:**:**:**:**:**:**");
    assert_masked(KIND_UUID, "919108f7-52d1-4320-9bac-f847db4148a8", "********-****-****-****-************");
    assert_masked(KIND_EMAIL, "a.b@corp.jp", "*.*@****.**");
}

static void an_address_that_was_made_up_shows_nothing(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef", made_up[] = "2367abef";
    for (size_t i = 0; i < 16; i++) {
        char mac[] = "a0:1b:21:3a:4c:5d", masked[IDENTIFIER_SIZE];
        mac[1] = digits[i];
        identifier_mask(KIND_MAC, mac, masked);
        assert_int_equal(masked[0] == '*', strchr(made_up, digits[i]) != NULL);
        assert_string_equal(masked + 9, "**:**:**");
    }
}

static void a_stamped_number_shows_its_characters_and_no_digit(void **state)
{
    (void)state;
    assert_masked(KIND_FRAME_NUMBER, "東[12]345678東", "東[**]******東");
    assert_masked(KIND_FRAME_NUMBER, "ZVW301234567", "************");
}

static void a_plate_shows_its_place(void **state)
{
    (void)state;
    assert_masked(KIND_PLATE, "品川 300 あ 12-34", "品川 *** * **-**");
    assert_masked(KIND_PLATE, "なにわ 500 さ ・・・1", "なにわ *** * ****");
    assert_masked(KIND_PLATE, "300 Y ・123", "*** * ****");
}

static void what_is_not_as_long_as_its_kind_shows_nothing(void **state)
{
    (void)state;
    assert_masked(KIND_VIN, "1M8GDM9AXKP04278", "****************");
    assert_masked(KIND_IMEI, "35761300444848", "**************");
    assert_masked(KIND_IMEI, "3576", "****");
    assert_masked(KIND_ICCID, "8901", "****");
    assert_masked(KIND_MAC, "001b213a4c5d", "************");
    assert_masked(KIND_IMSI, "4401012345678", "*************");
    assert_masked(KIND_MEID, "AF0123450ABCD", "*************");
    assert_masked(KIND_EID, "8904903212345123451234567890123", "*******************************");
    assert_masked(KIND_ESN, "8075B7E", "*******");
    assert_masked(KIND_VIN, "", "");
    assert_masked(KIND_COUNT, "abcXYZ019-", "*********-");
    char longest[IDENTIFIER_SIZE], expected[IDENTIFIER_SIZE];
    memset(longest, '7', sizeof longest - 1);
    memset(expected, '*', sizeof expected - 1);
    longest[IDENTIFIER_SIZE - 1] = expected[IDENTIFIER_SIZE - 1] = '\0';
    assert_masked(KIND_IMEI, longest, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_shows_its_type),
        cmocka_unit_test(an_address_that_was_made_up_shows_nothing),
        cmocka_unit_test(a_plate_shows_its_place),
        cmocka_unit_test(a_stamped_number_shows_its_characters_and_no_digit),
        cmocka_unit_test(what_is_not_as_long_as_its_kind_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
