/* Tests of detectors/collision.c: one for each pair of kinds that meet in one field or one form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../detectors/collision.h"
#include "../detectors/packed.h"

/* What a value is under a field name: "kind grade canonical", or the reason why it is none. */
static const char *under(const char *name, const char *text)
{
    static char answer[128];
    struct verdict verdict;
    enum kind kind = check_labelled((struct span){text, strlen(text)}, label_kinds(name, strlen(name)), KINDS_ALL, &verdict);
    char canonical[IDENTIFIER_SIZE];
    verdict_text(&verdict, canonical);
    if (kind == KIND_NONE) return reason_name(verdict.reason);
    snprintf(answer, sizeof answer, "%s %s %s", detectors[kind]->name, grade_name(verdict.grade), canonical);
    return answer;
}

/* The kinds that take a value without a label, joined by '+'. */
static const char *alone(const char *text)
{
    static char answer[256];
    answer[0] = '\0';
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct candidate candidate = {{text, strlen(text)}, false};
        struct verdict verdict;
        detectors[kind]->check(&candidate, &verdict);
        if (verdict.grade == GRADE_NONE) continue;
        if (answer[0] != '\0') strcat(answer, "+");
        strcat(strcat(strcat(answer, detectors[kind]->name), " "), grade_name(verdict.grade));
    }
    return answer;
}

static void rows_of_a_label_stand_together(void **state)
{
    (void)state;
    size_t rows = 0;
    for (unsigned label = 0; label < KIND_COUNT; label++) {
        const struct collision_rows *of = &collision_rows[label];
        rows += of->count;
        assert_true((size_t)of->first + of->count <= collision_count);
        for (size_t i = 0; i < of->count; i++) assert_int_equal(collisions[of->first + i].label, label);
    }
    assert_int_equal(rows, collision_count);
}

static void fifteen_digits_are_what_their_label_says(void **state)
{
    (void)state;
    /* Right in every way as an IMEI, and the country of Bermuda as an IMSI. */
    assert_string_equal(under("imei", "350077523237513"), "imei confirmed 350077523237513");
    assert_string_equal(under("imsi", "350077523237513"), "imsi likely 350077523237513");
    assert_string_equal(alone("350077523237513"), "imei likely");
    assert_string_equal(under("imsi", "440101234567890"), "imsi confirmed 440101234567890");
    assert_string_equal(alone("440101234567890"), "");
}

static void an_imsi_field_of_no_country_may_hold_an_imei(void **state)
{
    (void)state;
    assert_string_equal(under("imsi", "868123450001236"), "imei likely 868123450001236");
    assert_string_equal(under("imsi", "868123450001235"), "ISSUER");
}

static void sixteen_digits_are_an_imeisv_under_its_label_and_a_card_without(void **state)
{
    (void)state;
    assert_string_equal(under("imeisv", "3568680000414120"), "imei likely 356868000041418");
    assert_string_equal(under("imei", "3568680000414120"), "imei likely 356868000041418");
    assert_string_equal(under("imei", "4111111111111111"), "OTHER_KIND");
    assert_string_equal(alone("3568680000414120"), "");
    assert_string_equal(alone("4111111111111111"), "");
}

static void fifteen_digits_of_a_payment_card_are_none(void **state)
{
    (void)state;
    assert_string_equal(under("imei", "371449635398431"), "OTHER_KIND");
    assert_string_equal(alone("371449635398431"), "");
}

static void an_imei_field_may_hold_a_meid_and_the_other_way_round(void **state)
{
    (void)state;
    assert_string_equal(under("imei", "A10000009296F2"), "meid likely A10000009296F2");
    assert_string_equal(under("imei", "A10000009296F2F"), "meid confirmed A10000009296F2");
    assert_string_equal(under("meid", "354178036859789"), "imei likely 354178036859789");
    assert_string_equal(under("meid", "354178036859780"), "ISSUER"); /* not a label of IMEIs */
    assert_string_equal(under("imei", "99000112345678"), "imei likely 990001123456782");
    assert_string_equal(under("meid", "99000112345678"), "meid likely 99000112345678");
}

static void fifteen_hex_digits_are_a_meid_by_their_check_digit(void **state)
{
    (void)state;
    assert_string_equal(alone("A10000009296F2F"), "meid likely");
    assert_string_equal(alone("A10000009296F2E"), "");
    assert_string_equal(alone("A10000009296F2"), "");
}

static void a_device_field_may_hold_an_imei_however_it_is_written(void **state)
{
    (void)state;
    assert_string_equal(under("device_id", "354178036859789"), "imei likely 354178036859789");
    assert_string_equal(under("device_id", "354178036859780"), "terminal_id likely 354178036859780");
    assert_string_equal(under("device_id", "3.54178036859789E+14"), "imei likely 354178036859789");
    assert_string_equal(under("device_id", "3.54178E+14"), "ROUNDED_NUMBER");
    assert_string_equal(under("device_id", "000F333534313738303336383539373839"), "imei likely 354178036859789");
}

static void an_esn_field_may_hold_a_meid(void **state)
{
    (void)state;
    assert_string_equal(under("esn", "8075B7ED"), "esn likely 8075B7ED");
    assert_string_equal(under("esn", "A10000009296F2"), "meid likely A10000009296F2");
    assert_string_equal(under("meid", "8075B7ED"), "FORM");
}

static void a_card_field_may_hold_an_eid_and_the_other_way_round(void **state)
{
    (void)state;
    assert_string_equal(under("iccid", "89086030202200000022000023022943"), "eid confirmed 89086030202200000022000023022943");
    assert_string_equal(under("eid", "8914800000000000006"), "iccid likely 8914800000000000006");
    assert_string_equal(under("eid", "8914800000000000001"), "FORM");
}

static void a_vin_field_may_hold_a_frame_number_and_the_other_way_round(void **state)
{
    (void)state;
    assert_string_equal(under("vin", "ZVW30-0052877"), "frame_number confirmed ZVW30-0052877");
    assert_string_equal(under("frame_no", "JTDKN3DU7A1224466"), "vin confirmed JTDKN3DU7A1224466");
}

static void eighteen_to_twenty_digits_from_89_are_a_card_and_decimal_meids_need_a_label(void **state)
{
    (void)state;
    assert_string_equal(alone("8914800000000000006"), "iccid likely");
    assert_string_equal(alone("2936087365007037100"), "");
    assert_string_equal(under("meid", "2936087365007037100"), "meid confirmed AF0123450ABCDE");
    assert_string_equal(under("iccid", "2936087365007037100"), "FORM");
}

static void thirty_two_digits_are_an_eid_and_hex_digits_are_none(void **state)
{
    (void)state;
    assert_string_equal(alone("89086030202200000022000023022943"), "eid likely");
    assert_string_equal(alone("35840001020304050607080910111275"), "eid possible");
    assert_string_equal(alone("d41d8cd98f00b204e9800998ecf8427e"), "");
}

static void twenty_hex_digits_from_98_are_a_card_if_they_decode(void **state)
{
    (void)state;
    assert_string_equal(alone("98109909002143658739"), "iccid likely");
    assert_string_equal(alone("98180100214365870900"), "");
}

static void times_are_no_identifiers(void **state)
{
    (void)state;
    static const char *const times[] = {"1683849600", "1683849600000", "1683849600000000", "1683849600000000000",
                                        "20230512093105"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) assert_string_equal(alone(times[i]), "");
}

/* Only what is allowed is tried, and the field's own kinds come before others. */
static void kinds_that_are_not_wanted_are_not_tried(void **state)
{
    (void)state;
    struct verdict verdict;
    struct span meid = {"A10000009296F2", 14};
    assert_int_equal(check_labelled(meid, KIND_BIT(KIND_IMEI), KIND_BIT(KIND_IMEI), &verdict), KIND_NONE);
    assert_int_equal(check_labelled(meid, KIND_BIT(KIND_IMEI), KIND_BIT(KIND_MEID), &verdict), KIND_MEID);
    for (size_t i = 0; i < collision_count; i++) {
        assert_true(collisions[i].label < KIND_COUNT && collisions[i].kind < KIND_COUNT);
        assert_int_not_equal(collisions[i].label, collisions[i].kind);
        for (size_t k = 0; k < i; k++)
            assert_false(collisions[k].label == collisions[i].label && collisions[k].kind == collisions[i].kind);
    }
}

/* Values of which each is a whole one or a part of one: below the length of a row none is of its kind, at it one may be. */
static void values_too_short_to_be_asked_are_none(void **state)
{
    (void)state;
    static const char *const whole[] = {"1HGBH41JXMN109186", "NZE121-0012345", "AB12-12345", "AB-12345", "354840000000008", "490154203237518", "8981100012345678909", "898110001234567890",
                                        "89086030202200000022000023022943", "00:1B:44:11:3A:B7", "001B.4411.3AB7", "001B-4411-3AB7", "::200:ff:fe00:0", "fe80::21b:44ff:fe11:3ab7",
                                        "00:1B:44:FF:FE:11:3A:B7", "001B.44FF.FE11.3AB7", "550e8400-e29b-41d4-a716-446655440000", "550e8400e29b41d4a716446655440000",
                                        "urn:uuid:550e8400-e29b-41d4-a716-446655440000", "尾[12]12345尾", "尾[12]12345678尾"};
    bool reached[KIND_COUNT] = {false};
    for (size_t i = 0; i < collision_count; i++) {
        const struct collision *row = &collisions[i];
        if (row->length_min == 0) continue;
        for (size_t w = 0; w < sizeof whole / sizeof *whole; w++) {
            size_t length = strlen(whole[w]);
            for (size_t from = 0; from < length; from++) {
                for (size_t count = 1; from + count <= length; count++) {
                    struct verdict verdict;
                    detectors[row->kind]->check(&(struct candidate){{whole[w] + from, count}, row->labelled}, &verdict);
                    bool found = verdict.grade != GRADE_NONE || (row->labelled && verdict.reason != REASON_FORM);
                    if (count < row->length_min) assert_false(found);
                    if (count == row->length_min && found) reached[row->kind] = true;
                }
            }
        }
    }
    assert_true(reached[KIND_VIN] && reached[KIND_IMEI] && reached[KIND_EID] && reached[KIND_MAC] && reached[KIND_EUI64] && reached[KIND_UUID]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_label_stand_together),
        cmocka_unit_test(fifteen_digits_are_what_their_label_says),
        cmocka_unit_test(an_imsi_field_of_no_country_may_hold_an_imei),
        cmocka_unit_test(sixteen_digits_are_an_imeisv_under_its_label_and_a_card_without),
        cmocka_unit_test(fifteen_digits_of_a_payment_card_are_none),
        cmocka_unit_test(an_imei_field_may_hold_a_meid_and_the_other_way_round),
        cmocka_unit_test(fifteen_hex_digits_are_a_meid_by_their_check_digit),
        cmocka_unit_test(a_device_field_may_hold_an_imei_however_it_is_written),
        cmocka_unit_test(an_esn_field_may_hold_a_meid),
        cmocka_unit_test(a_card_field_may_hold_an_eid_and_the_other_way_round),
        cmocka_unit_test(a_vin_field_may_hold_a_frame_number_and_the_other_way_round),
        cmocka_unit_test(eighteen_to_twenty_digits_from_89_are_a_card_and_decimal_meids_need_a_label),
        cmocka_unit_test(thirty_two_digits_are_an_eid_and_hex_digits_are_none),
        cmocka_unit_test(twenty_hex_digits_from_98_are_a_card_if_they_decode),
        cmocka_unit_test(times_are_no_identifiers),
        cmocka_unit_test(kinds_that_are_not_wanted_are_not_tried),
        cmocka_unit_test(values_too_short_to_be_asked_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
