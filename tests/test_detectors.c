/* Tests of detectors/detectors.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "../detectors/packed.h"
#include "../detectors/location.h"
#include "random.h"
#include "../detectors/value.h"

#define VIN_BIT KIND_BIT(KIND_VIN)
#define FRAME_BIT KIND_BIT(KIND_FRAME_NUMBER)
#define IMEI_BIT KIND_BIT(KIND_IMEI)

static void kinds_are_found_by_name(void **state)
{
    (void)state;
    assert_int_equal(kind_find("vin", 3), KIND_VIN);
    assert_int_equal(kind_find("frame_number", 12), KIND_FRAME_NUMBER);
    assert_int_equal(kind_find("mac", 3), KIND_MAC);
    assert_int_equal(kind_find("vi", 2), KIND_NONE);
    assert_int_equal(kind_find("", 0), KIND_NONE);
}

static void names_are_those_of_the_reports(void **state)
{
    (void)state;
    assert_string_equal(reason_name(REASON_CHECK_DIGIT), "CHECK_DIGIT");
    assert_string_equal(reason_name(REASON_COARSE), "COARSE");
    assert_string_equal(reason_name(REASON_ROUNDED_NUMBER), "ROUNDED_NUMBER");
    assert_string_equal(element_code(ELEMENT_NONE), "");
    assert_string_equal(element_code(ELEMENT_CHS), "CHS");
    assert_string_equal(element_code(ELEMENT_TIM), "TIM");
    assert_string_equal(grade_name(GRADE_LIKELY), "likely");
    assert_string_equal(detectors[KIND_ICCID]->column, "iccids");
    for (int reason = 1; reason < REASON_COUNT; reason++)
        assert_true(strlen(reason_name((enum reason)reason)) > 0);
}

/* What a labelled field is judged to be: "kind grade canonical" or the reason. */
static const char *field(const char *text, uint32_t label_mask, uint32_t allowed_mask)
{
    static char answer[128];
    struct verdict verdict;
    struct span value = {text, strlen(text)};
    enum kind kind = check_labelled(value, label_mask, allowed_mask, &verdict);
    strcpy(answer, kind == KIND_NONE ? reason_name(verdict.reason) : detectors[kind]->name);
    if (kind == KIND_NONE) return answer;
    strcat(strcat(answer, " "), grade_name(verdict.grade));
    char canonical[IDENTIFIER_SIZE];
    verdict_text(&verdict, canonical);
    return strcat(strcat(answer, " "), canonical);
}

static void fields_are_trimmed_and_folded(void **state)
{
    (void)state;
    const char *expected = "vin confirmed JTDKN3DU7A1224466";
    assert_string_equal(field("JTDKN3DU7A1224466", VIN_BIT, KINDS_ALL), expected);
    assert_string_equal(field("  \"JTDKN3DU7A1224466\" ", VIN_BIT, KINDS_ALL), expected);
    assert_string_equal(field("*JTDKN3DU7A1224466*", VIN_BIT, KINDS_ALL), expected);
    assert_string_equal(field("ＪＴＤＫＮ３ＤＵ７Ａ１２２４４６６", VIN_BIT, KINDS_ALL), expected);
    assert_string_equal(field("ZVW30ー1357924", FRAME_BIT, KINDS_ALL),
                        "frame_number confirmed ZVW30-1357924");
    assert_string_equal(field("神［４２］１２３４５６７８神", FRAME_BIT, KINDS_ALL),
                        "frame_number confirmed 神[42]12345678神");
}

static void fields_may_repeat_their_label(void **state)
{
    (void)state;
    assert_string_equal(field("IMEI: 35-925406-222333-4", IMEI_BIT, KINDS_ALL),
                        "imei confirmed 359254062223334");
    assert_string_equal(field("IMEISV=8681234500012301", IMEI_BIT, KINDS_ALL),
                        "imei likely 868123450001236");
    assert_string_equal(field("VIN JTDKN3DU7A1224466", VIN_BIT, KINDS_ALL),
                        "vin confirmed JTDKN3DU7A1224466");
    assert_string_equal(field("mac:3c:5a:b4:77:88:99", KIND_BIT(KIND_MAC), KINDS_ALL),
                        "mac confirmed 3c:5a:b4:77:88:99");
}

static void exponents_are_undone_where_all_digits_are_there(void **state)
{
    (void)state;
    assert_string_equal(field("3.54178036859789E+14", IMEI_BIT, KINDS_ALL), "imei confirmed 354178036859789");
    assert_string_equal(field("3,54178036859789e14", IMEI_BIT, KINDS_ALL), "imei confirmed 354178036859789");
    assert_string_equal(field(" \"3.54178036859789E+14\"", IMEI_BIT, KINDS_ALL), "imei confirmed 354178036859789");
    assert_string_equal(field("354178036859789.0", IMEI_BIT, KINDS_ALL), "imei confirmed 354178036859789");
    assert_string_equal(field("354178030000059.0", IMEI_BIT, KINDS_ALL), "imei confirmed 354178030000059"); /* as 16 digits a card's */
    assert_string_equal(field("35417803685978.0", IMEI_BIT, KINDS_ALL), "imei likely 354178036859789");
    assert_string_equal(field("8981100000000000512.0", KIND_BIT(KIND_ICCID), KINDS_ALL), "ROUNDED_NUMBER");
    assert_string_equal(field("3.54178E+14", IMEI_BIT, KINDS_ALL), "ROUNDED_NUMBER");
    assert_string_equal(field("8.98110007766554E+18", KIND_BIT(KIND_ICCID), KINDS_ALL), "ROUNDED_NUMBER");
    assert_string_equal(field("4.40101E+14", KIND_BIT(KIND_IMSI), KINDS_ALL), "ROUNDED_NUMBER");
    assert_string_equal(field("8E+31", KIND_BIT(KIND_EID), KINDS_ALL), "ROUNDED_NUMBER");
    /* Of no kind that is a number, and of another form. */
    assert_string_equal(field("3.54178E+14", VIN_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("3.54178E+14", KIND_BIT(KIND_MAC), KINDS_ALL), "FORM");
    assert_string_equal(field("3.54178E-14", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("3.54178E+", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("35.4178E+14", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("3.54178E+99", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("0.354178E+15", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("E+14", IMEI_BIT, KINDS_ALL), "FORM");
}

static void hex_of_ascii_is_undone_under_a_label(void **state)
{
    (void)state;
    const char *vin = "vin confirmed JTDKN3DU7A1224466", *imei = "imei confirmed 354178036859789";
    assert_string_equal(field("49 02 01 4A 54 44 4B 4E 33 44 55 37 41 31 32 32 34 34 36 36", VIN_BIT, KINDS_ALL), vin);
    assert_string_equal(field("4902014a54444b4e334455374131323234343636", VIN_BIT, KINDS_ALL), vin);
    assert_string_equal(field("4A54444B4E334455374131323234343636", VIN_BIT, KINDS_ALL), vin);
    assert_string_equal(field("000F333534313738303336383539373839", IMEI_BIT, KINDS_ALL), imei);
    assert_string_equal(field("333534313738303336383539373839", IMEI_BIT, KINDS_ALL), imei);
    assert_string_equal(field("000E333534313738303336383539373839", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("33353431373830333638353937383", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("33353431373830333638353937382D", IMEI_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("3335343137383033363835393738GG", IMEI_BIT, KINDS_ALL), "FORM");
}

static void numbers_are_rounded_where_zeros_follow_seventeen_digits(void **state)
{
    (void)state;
    assert_true(value_rounded("8981100077665544300", 19));
    assert_true(value_rounded("89811000776655443000", 20));
    assert_false(value_rounded("8981100077665544310", 19));
    assert_false(value_rounded("898110007766554430", 18)); /* one zero is there by chance too often */
}

static void separators_stand_alone_between_characters(void **state)
{
    (void)state;
    char out[4];
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {{"a-b c", 3}, {"abcd", 4}, {"abcde", 5}, {"a--b", 0}, {"-ab", 0}, {"ab-", 0}, {"", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(value_compact((struct span){cases[i].text, strlen(cases[i].text)}, " -", out, sizeof out), cases[i].count);
    assert_int_equal(value_compact((struct span){"a\0b", 3}, " -", out, sizeof out), 3);
}

static void labels_may_have_words_of_their_own(void **state)
{
    (void)state;
    assert_string_equal(field("IMEI No. 356741081002007", IMEI_BIT, KINDS_ALL), "imei confirmed 356741081002007");
    assert_string_equal(field("IMEI 35 674108 100200 7", IMEI_BIT, KINDS_ALL), "imei confirmed 356741081002007");
    assert_string_equal(field("VIN No. WVWZZZ1KZ8W654321", VIN_BIT, KINDS_ALL), "vin confirmed WVWZZZ1KZ8W654321");
}

static void vehicle_numbers_cross_over(void **state)
{
    (void)state;
    assert_string_equal(field("ZVW30-0052877", VIN_BIT, KINDS_ALL),
                        "frame_number confirmed ZVW30-0052877");
    assert_string_equal(field("WVWZZZ1KZ8W654321", FRAME_BIT, KINDS_ALL),
                        "vin confirmed WVWZZZ1KZ8W654321");
    assert_string_equal(field("ZVW30-0052877", VIN_BIT, VIN_BIT), "FORM");
}

static void fields_that_are_no_value_say_why(void **state)
{
    (void)state;
    assert_string_equal(field("", VIN_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("n/a", VIN_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("00000000000000000", VIN_BIT, KINDS_ALL), "PLACEHOLDER");
    assert_string_equal(field("ZVW30-0052877~ZVW30-0440673", FRAME_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("ZVW30-0052877～ZVW30-0440673", FRAME_BIT, KINDS_ALL), "FORM");
    assert_string_equal(field("371449635398431", IMEI_BIT, KINDS_ALL), "OTHER_KIND");
    assert_string_equal(field("JTDKN3DU7A1224466", 0, KINDS_ALL), "FORM");
    assert_string_equal(field("JTDKN3DU7A1224466", VIN_BIT, 0), "FORM");
}

/* A good value of any kind with some of its characters changed, dropped, doubled, or joined to another's. */
static size_t value_change(char *value, size_t size)
{
    static const char *const good[] = {
        "1HGBH41JXMN109186", "WAUFXSCD5EL666223", "JTDBR32E720052111", "JT2BG22K1W0123456", "ZVW30-1234567", "GDB-1234567", "NHP10-2123456", "品[41]123456品",
        "350077523237513", "490154203237518", "35-007752-323751-3", "35007752 323751 3", "8981201950328585472", "8944500102198304826", "89811000200012345675", "89049032123451234512345678901235",
        "00:1A:2B:3C:4D:5E", "001a.2b3c.4d5e", "3C-5A-B4-01-02-03", "fe80::21a:2bff:fe3c:4d5e", "00:1A:2B:FF:FE:3C:4D:5E", "021A2BFFFE3C4D5E", "A0000027B9D0A2", "A0000027B9D0A2F", "C5000012345678"};
    static const char alphabet[] = "0000123456789ABCDEFXIOQZabf:-. /";
    const char *first = good[random_below(sizeof good / sizeof good[0])], *second = good[random_below(sizeof good / sizeof good[0])];
    size_t keep = random_below(3) == 0 ? random_below((uint32_t)strlen(first) + 1) : strlen(first), length = 0;
    for (size_t i = 0; i < keep && length < size; i++) value[length++] = first[i];
    for (size_t i = keep; keep < strlen(first) && i < strlen(second) && length < size; i++) value[length++] = second[i];
    for (uint32_t changes = random_below(4); changes > 0 && length > 1; changes--) {
        size_t at = random_below((uint32_t)length);
        uint32_t how = random_below(5);
        if (how == 0) memmove(value + at, value + at + 1, --length - at);
        else if (how == 1 && length < size) memmove(value + at + 1, value + at, length++ - at);
        else value[at] = alphabet[random_below(sizeof alphabet - 1)];
    }
    return length;
}

/* A roster's columns have the check without a label asked first, and the label's only where that doubts the value. */
static void what_holds_without_a_label_is_confirmed_with_it(void **state)
{
    (void)state;
    enum { ROUNDS = 400000 };
    uint32_t held[KIND_COUNT] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        char text[64];
        struct span value = {text, value_change(text, sizeof text)};
        for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
            struct verdict alone, labelled;
            if (detectors[kind]->pattern == NULL) continue;
            detectors[kind]->check(&(struct candidate){value, false}, &alone);
            if (alone.grade < GRADE_LIKELY) continue;
            enum kind found = check_labelled(value, KIND_BIT(kind) | (random_below(2) == 0 ? 0u : KINDS_ALL << kind & KINDS_ALL), KINDS_ALL, &labelled);
            bool same = labelled.packing == alone.packing && labelled.length == alone.length && memcmp(labelled.packed, alone.packed, alone.length) == 0;
            if (found != kind || labelled.grade != GRADE_CONFIRMED || !same)
                fail_msg("%s: \"%.*s\" is %s without a label, and with it %s %s", detectors[kind]->name, (int)value.len, value.at, grade_name(alone.grade),
                         found == KIND_NONE ? "nothing" : detectors[found]->name, grade_name(labelled.grade));
            held[kind]++;
        }
    }
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if (detectors[kind]->pattern != NULL && held[kind] < 100) fail_msg("%s: only %u values hold without a label", detectors[kind]->name, held[kind]);
}

static void values_too_long_are_left_alone(void **state)
{
    (void)state;
    char text[400], buffer[VALUE_SIZE];
    memset(text, '1', sizeof text);
    struct span value = {text, sizeof text};
    uint32_t label_mask;
    assert_int_equal(value_clean(value, buffer, &label_mask).len, 0);
    assert_int_equal(value_fold(value, buffer, sizeof buffer), VALUE_SIZE + 1);
}

static pcre2_code *compiled(const char *pattern)
{
    int error;
    PCRE2_SIZE offset;
    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &offset, NULL);
}

/* The text that a pattern proposes first, or "". */
static const char *proposed(const char *pattern, const char *text)
{
    static char match[256];
    pcre2_code *code = compiled(pattern);
    assert_non_null(code);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    int found = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data, NULL);
    const PCRE2_SIZE *range = pcre2_get_ovector_pointer(data);
    size_t len = found > 0 ? range[1] - range[0] : 0;
    if (len > 0) memcpy(match, text + range[0], len);
    match[len] = '\0';
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return match;
}

static void patterns_propose_whole_runs(void **state)
{
    (void)state;
    const char *vin = detectors[KIND_VIN]->pattern;
    assert_string_equal(proposed(vin, "id=JTDKN3DU7A1224466;"), "JTDKN3DU7A1224466");
    assert_string_equal(proposed(vin, "/IJTDKN3DU7A1224466.pdf"), "IJTDKN3DU7A1224466");
    assert_string_equal(proposed(vin, "aJTDKN3DU7A1224466"), "");
    assert_string_equal(proposed(vin, "JTDKN3DU7A12244667"), "");

    const char *frame = detectors[KIND_FRAME_NUMBER]->pattern;
    assert_string_equal(proposed(frame, "車台番号ZVW30-0052877~"), "ZVW30-0052877");
    assert_string_equal(proposed(frame, "CVE-2023-27350"), "");
    assert_string_equal(proposed(frame, "ZVW30-00528770"), "");

    const char *iccid = detectors[KIND_ICCID]->pattern;
    assert_string_equal(proposed(iccid, "x 8981100055544433325F y"), "8981100055544433325F");
    assert_string_equal(proposed(iccid, "981802547698103254F3"), "981802547698103254F3");
    assert_string_equal(proposed(iccid, "8.8981100055544433325"), "");
}

static void the_imei_pattern_knows_its_groups(void **state)
{
    (void)state;
    const char *imei = detectors[KIND_IMEI]->pattern;
    assert_string_equal(proposed(imei, "imei 868123450011227 ok"), "868123450011227");
    assert_string_equal(proposed(imei, "(490154/20/323751/8)"), "490154/20/323751/8");
    assert_string_equal(proposed(imei, "35-417803-685978-9"), "35-417803-685978-9");
    assert_string_equal(proposed(imei, "35-417803/685978-9"), "");
    assert_string_equal(proposed(imei, "35417803 685978 9"), "35417803 685978 9");
    assert_string_equal(proposed(imei, "868123450011227.5"), "");
    assert_string_equal(proposed(imei, "0.868123450011227"), "");
    assert_string_equal(proposed(imei, "8681234500112270"), "");
}

static void the_mac_pattern_leaves_longer_runs_alone(void **state)
{
    (void)state;
    const char *mac = detectors[KIND_MAC]->pattern;
    assert_string_equal(proposed(mac, "bt_addr=3c:5a:b4:77:88:99 r"), "3c:5a:b4:77:88:99");
    assert_string_equal(proposed(mac, "mac:3C-5A-B4-77-88-99"), "3C-5A-B4-77-88-99");
    assert_string_equal(proposed(mac, "f4f5.e812.3456"), "f4f5.e812.3456");
    assert_string_equal(proposed(mac, "f4f5-e812-3456,"), "f4f5-e812-3456");
    assert_string_equal(proposed(mac, "7f3e8d2c-1b4a-4c5d-9e6f-0a1b2c3d4e5f"), "");
    assert_string_equal(proposed(mac, "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99"), "");
    assert_string_equal(proposed(mac, "AA-BB-CC-DD-EE-FF-00-11"), "");
    assert_string_equal(proposed(mac, "fe80::12:34:56:78:9a:bc"), "");
    assert_string_equal(proposed(mac, "2001:12:34:56:78:9a:bc"), "");
    assert_string_equal(proposed(mac, "3c:5a-b4:77:88:99"), "");
}

static void the_location_pattern_proposes_pairs(void **state)
{
    (void)state;
    assert_string_equal(proposed(location_pattern, "loc=35.681236,139.767125 x"),
                        "35.681236,139.767125");
    assert_string_equal(proposed(location_pattern, "51.500729 / -0.124625"),
                        "51.500729 / -0.124625");
    assert_string_equal(proposed(location_pattern, "ip 192.168.100.200 -> 10.0.0.1"), "");
    assert_string_equal(proposed(location_pattern, "1.2.3,4.5.6"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found_by_name),
        cmocka_unit_test(names_are_those_of_the_reports),
        cmocka_unit_test(fields_are_trimmed_and_folded),
        cmocka_unit_test(fields_may_repeat_their_label),
        cmocka_unit_test(exponents_are_undone_where_all_digits_are_there),
        cmocka_unit_test(hex_of_ascii_is_undone_under_a_label),
        cmocka_unit_test(numbers_are_rounded_where_zeros_follow_seventeen_digits),
        cmocka_unit_test(separators_stand_alone_between_characters),
        cmocka_unit_test(labels_may_have_words_of_their_own),
        cmocka_unit_test(vehicle_numbers_cross_over),
        cmocka_unit_test(fields_that_are_no_value_say_why),
        cmocka_unit_test(what_holds_without_a_label_is_confirmed_with_it),
        cmocka_unit_test(values_too_long_are_left_alone),
        cmocka_unit_test(patterns_propose_whole_runs),
        cmocka_unit_test(the_imei_pattern_knows_its_groups),
        cmocka_unit_test(the_mac_pattern_leaves_longer_runs_alone),
        cmocka_unit_test(the_location_pattern_proposes_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
