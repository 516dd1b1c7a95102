#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../detectors/packed.h"

/* Packs, checks the bytes, and makes the same text of them again. */
static void expect_packed(enum kind kind, const char *canonical, enum packing expected, const char *bytes,
                          size_t length)
{
    char packed[IDENTIFIER_SIZE], text[IDENTIFIER_SIZE];
    uint8_t packing;
    assert_int_equal(identifier_pack((uint8_t)kind, canonical, strlen(canonical), packed, &packing), length);
    assert_int_equal(packing, expected);
    if (bytes != NULL) assert_memory_equal(packed, bytes, length);
    assert_int_equal(identifier_unpack(packing, packed, length, text), strlen(canonical));
    assert_string_equal(text, canonical);
}

static void every_kind_comes_back_as_it_was(void **unused)
{
    (void)unused;
    expect_packed(KIND_VIN, "1M8GDM9AXKP042788", PACKING_SIX_BITS, NULL, 13);
    expect_packed(KIND_VIN, "ZZZZZZZZZZZZZZZZZ", PACKING_SIX_BITS, NULL, 13);
    expect_packed(KIND_IMEI, "490154203237518", PACKING_DIGITS, "\x94\x10\x45\x02\x23\x73\x15\xF8", 8);
    expect_packed(KIND_ICCID, "898101012345678901", PACKING_DIGITS, NULL, 9);
    expect_packed(KIND_ICCID, "8981010123456789012", PACKING_DIGITS, NULL, 10);
    expect_packed(KIND_ICCID, "89810101234567890123", PACKING_DIGITS, NULL, 10);
    expect_packed(KIND_MAC, "3c:5a:b4:77:88:99", PACKING_OCTETS, "\x3c\x5a\xb4\x77\x88\x99", 6);
    expect_packed(KIND_EUI64, "00:15:8d:00:02:7a:bc:de", PACKING_OCTETS, "\x00\x15\x8d\x00\x02\x7a\xbc\xde", 8);
    expect_packed(KIND_UUID, "919108f7-52d1-4320-9bac-f847db4148a8", PACKING_OCTETS,
                  "\x91\x91\x08\xf7\x52\xd1\x43\x20\x9b\xac\xf8\x47\xdb\x41\x48\xa8", 16);
    expect_packed(KIND_ADVERTISING_ID, "00000000-0000-4000-8000-00000000000f", PACKING_OCTETS, NULL, 16);
    expect_packed(KIND_ANDROID_ID, "0ce11437aaef25f7", PACKING_TEXT, "0ce11437aaef25f7", 16);
    expect_packed(KIND_ETC_OBU, "0502310012345000123", PACKING_DIGITS, NULL, 10);
    expect_packed(KIND_FRAME_NUMBER, "ZVW30-1234567", PACKING_TEXT, "ZVW30-1234567", 13);
    expect_packed(KIND_FRAME_NUMBER, "\xE5\x93\x81[12]12345678\xE5\x93\x81", PACKING_TEXT, NULL, 18);
}

/* What a check packs from the words that it has is what identifier_pack makes of the text. */
static void checks_pack_the_same(void **unused)
{
    (void)unused;
    static const struct { enum kind kind; const char *text; } values[] = {
        {KIND_VIN, "1M8GDM9AXKP042788"}, {KIND_IMEI, "490154203237518"}, {KIND_ICCID, "8981100022312345679"},
        {KIND_ICCID, "898110002231234567"}, {KIND_MAC, "00:1e:ae:89:c3:5a"}, {KIND_FRAME_NUMBER, "ZVW30-1234567"},
        {KIND_EUI64, "AC-DE-48-23-45-67-AB-CD"}, {KIND_UUID, "{919108F7-52D1-4320-9BAC-F847DB4148A8}"},
        {KIND_ADVERTISING_ID, "919108f7-52d1-4320-9bac-f847db4148a8"}, {KIND_ANDROID_ID, "1234567890123456"},
        {KIND_ANDROID_ID, "ce11437aaef25f7"}, {KIND_ETC_OBU, "05023-10012345-000123"}, {KIND_TERMINAL_ID, "12345678"},
        {KIND_TERMINAL_ID, "DCM-0012345"}, {KIND_SERIAL, "F17ABC12DEF3"}, {KIND_PLATE, "品川300あ1234"},
        {KIND_EMAIL, "Taro.Yamada@example.co.jp"}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct candidate candidate = {{values[i].text, strlen(values[i].text)}, true};
        struct verdict verdict;
        detectors[values[i].kind]->check(&candidate, &verdict);
        assert_true(verdict.grade > GRADE_NONE);
        char text[IDENTIFIER_SIZE], packed[IDENTIFIER_SIZE];
        uint8_t packing, length = (uint8_t)verdict_text(&verdict, text);
        length = identifier_pack((uint8_t)values[i].kind, text, length, packed, &packing);
        assert_int_equal(length, verdict.length);
        assert_int_equal(packing, verdict.packing);
        assert_memory_equal(packed, verdict.packed, length);
    }
}

static void a_refusal_has_no_text(void **unused)
{
    (void)unused;
    struct verdict verdict;
    verdict_reject(&verdict, REASON_FORM);
    char text[IDENTIFIER_SIZE] = "x";
    assert_int_equal(verdict_text(&verdict, text), 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_as_it_was),
        cmocka_unit_test(checks_pack_the_same),
        cmocka_unit_test(a_refusal_has_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
