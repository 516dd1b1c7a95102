#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../detectors/custom_checksum.h"

static bool holds(enum custom_checksum_type type, const char *text)
{
    struct custom_checksum checksum = {.type = type};
    return custom_checksum_holds(&checksum, (struct span){text, strlen(text)});
}

static void names_are_those_of_profiles(void **unused)
{
    (void)unused;
    static const char *const names[] = {"none", "luhn", "luhn_hex", "mod97", "mod11_weighted"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        enum custom_checksum_type type;
        assert_true(custom_checksum_type_find(names[i], &type));
        assert_int_equal(type, i);
        assert_string_equal(custom_checksum_type_name(type), names[i]);
    }
    enum custom_checksum_type type;
    assert_false(custom_checksum_type_find("crc32", &type));
}

static void each_family_holds_for_its_published_examples(void **unused)
{
    (void)unused;
    assert_true(holds(CHECKSUM_NONE, "anything"));
    assert_true(holds(CHECKSUM_LUHN, "79927398713"));
    assert_false(holds(CHECKSUM_LUHN, "79927398714"));
    assert_false(holds(CHECKSUM_LUHN, "7992739871A"));
    assert_true(holds(CHECKSUM_LUHN, "DCM79927398713"));
    assert_true(holds(CHECKSUM_LUHN, "DCM123456782"));
    assert_false(holds(CHECKSUM_LUHN, "DCM123456783"));
    assert_false(holds(CHECKSUM_LUHN, "DCM0"));
    assert_false(holds(CHECKSUM_LUHN, "0"));
    /* A MEID with its check digit, as in 3GPP2 X.S0008. */
    assert_true(holds(CHECKSUM_LUHN_HEX, "AF0123450ABCDEC"));
    assert_true(holds(CHECKSUM_LUHN_HEX, "af0123450abcdec"));
    assert_false(holds(CHECKSUM_LUHN_HEX, "AF0123450ABCDED"));
    assert_false(holds(CHECKSUM_LUHN_HEX, "AF0123450ABCDEG"));
    assert_true(holds(CHECKSUM_MOD97, "89049032123451234512345678901235"));
    assert_false(holds(CHECKSUM_MOD97, "89049032123451234512345678901234"));
    assert_true(holds(CHECKSUM_MOD97, "3214282912345698765432161182")); /* an IBAN's digits, as ISO 13616 turns them */
    assert_true(holds(CHECKSUM_MOD97, "370400440532013000DE89"));
    assert_false(holds(CHECKSUM_MOD97, "370400440532013000DE88"));
    assert_false(holds(CHECKSUM_MOD97, "37-4"));
}

/* ISBN-10: weights 10 to 2, X for ten. */
static struct custom_checksum isbn(void)
{
    struct custom_checksum checksum = {.type = CHECKSUM_WEIGHTED, .weight_count = 10, .check_position = 9, .modulus = 11};
    memset(checksum.values, CHECKSUM_NO_VALUE, sizeof checksum.values);
    for (unsigned i = 0; i < 10; i++) checksum.values['0' + i] = (uint8_t)i, checksum.weights[i] = (uint16_t)(10 - i);
    memcpy(checksum.remainders, "0X987654321", 11);
    return checksum;
}

static void weighted_sums_use_what_they_are_given(void **unused)
{
    (void)unused;
    struct custom_checksum checksum = isbn();
    static const char *const right[] = {"0306406152", "080442957X", "0131103628"}, *const wrong[] = {"0306406151", "0804429570", "030640615", "03064061520", "0306A06152"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) assert_true(custom_checksum_holds(&checksum, (struct span){right[i], strlen(right[i])}));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(custom_checksum_holds(&checksum, (struct span){wrong[i], strlen(wrong[i])}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_profiles),
        cmocka_unit_test(each_family_holds_for_its_published_examples),
        cmocka_unit_test(weighted_sums_use_what_they_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
