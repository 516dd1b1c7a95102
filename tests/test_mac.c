/* Tests of detectors/mac.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../detectors/mac.h"
#include "judging.h"

#define MAC_ACCEPTS(text, labelled, grade, canonical)                                              \
    ACCEPTS(KIND_MAC, text, labelled, grade, canonical)
#define MAC_REFUSES(text, labelled, reason) REFUSES(KIND_MAC, text, labelled, reason)

static void mac_of_an_assigned_block_is_likely_and_with_label_confirmed(void **state)
{
    (void)state;
    MAC_ACCEPTS("D0-50-99-84-A2-A0", false, GRADE_LIKELY, "d0:50:99:84:a2:a0");
    MAC_ACCEPTS("3c:5a:b4:77:88:99", true, GRADE_CONFIRMED, "3c:5a:b4:77:88:99");
    MAC_ACCEPTS("F4F5.E812.3456", false, GRADE_LIKELY, "f4:f5:e8:12:34:56");
    MAC_ACCEPTS("d050-9984-a2a0", false, GRADE_LIKELY, "d0:50:99:84:a2:a0");
}

static void mac_of_a_local_address_has_no_maker(void **state)
{
    (void)state;
    MAC_ACCEPTS("92:3b:ad:00:11:22", true, GRADE_LIKELY, "92:3b:ad:00:11:22");
    MAC_ACCEPTS("92:3b:ad:00:11:22", false, GRADE_POSSIBLE, "92:3b:ad:00:11:22");
    assert_true(mac_is_local(UINT64_C(0x923bad001122)));
    assert_false(mac_is_local(UINT64_C(0x3c5ab4778899)));
}

static void mac_block_that_was_handed_on_counts_by_its_pieces(void **state)
{
    (void)state;
    MAC_ACCEPTS("00:55:da:02:34:56", false, GRADE_LIKELY, "00:55:da:02:34:56");
    MAC_ACCEPTS("70:b3:d5:00:11:02", false, GRADE_LIKELY, "70:b3:d5:00:11:02");
    MAC_ACCEPTS("00:69:67:ff:01:02", false, GRADE_POSSIBLE, "00:69:67:ff:01:02");
}

static void mac_in_weak_forms_needs_a_label(void **state)
{
    (void)state;
    MAC_ACCEPTS("d0509984a2a0", true, GRADE_CONFIRMED, "d0:50:99:84:a2:a0");
    MAC_ACCEPTS("d05099-84a2a0", true, GRADE_CONFIRMED, "d0:50:99:84:a2:a0");
    MAC_ACCEPTS("D0 50 99 84 A2 A0", true, GRADE_CONFIRMED, "d0:50:99:84:a2:a0");
    MAC_ACCEPTS("0:4:4b:3:2:1", true, GRADE_CONFIRMED, "00:04:4b:03:02:01");
    MAC_REFUSES("d0509984a2a0", false, REASON_UNLABELLED);
    MAC_REFUSES("D0 50 99 84 A2 A0", false, REASON_UNLABELLED);
    MAC_REFUSES("0090-1234-5678", false, REASON_UNLABELLED);
}

static void mac_refuses_groups_and_placeholders(void **state)
{
    (void)state;
    MAC_REFUSES("33:33:00:00:00:01", true, REASON_GROUP_ADDRESS);
    MAC_REFUSES("01:00:5e:00:00:fb", false, REASON_GROUP_ADDRESS);
    MAC_REFUSES("00:00:00:00:00:00", true, REASON_PLACEHOLDER);
    MAC_REFUSES("ff:ff:ff:ff:ff:ff", true, REASON_PLACEHOLDER);
    MAC_REFUSES("02:00:00:00:00:00", true, REASON_PLACEHOLDER);
}

static void mac_refuses_mixed_separators_and_other_characters(void **state)
{
    (void)state;
    static const char *const others[] = {
        "01-02 03:04 05 ab", "A9C5 D4 9F EB D3", "0102.03:04.05ab", "01:02:03:04:05:z0",
        "01:02:03:04:05", "01:02:03:04:05:06:07", "0102:0304:05ab", "2001:db8::1", "12:34:56",
        "g0:50:99:84:a2:a0", "abc", "", "d0-50-99:84-a2-a0", "0:1a:2b:3:4:",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        MAC_REFUSES(others[i], true, REASON_FORM);
}

/* Each byte in each place: a hex digit counts with its value, its separator stands where it should, and nothing else is taken. */
static void mac_of_pairs_takes_hex_digits_alone(void **state)
{
    (void)state;
    static const char text[] = "3c:5a:b4:77:88:99";
    for (int mark = 0; mark < 2; mark++)
        for (size_t place = 0; place < sizeof text - 1; place++)
            for (unsigned byte = 0; byte < 256; byte++) {
                char changed[sizeof text];
                uint64_t address = 0, expected = UINT64_C(0x3c5ab4778899);
                memcpy(changed, text, sizeof text);
                for (size_t i = 2; mark == 1 && i < sizeof text - 1; i += 3) changed[i] = '-';
                bool between = place % 3 == 2, same = (unsigned char)changed[place] == byte;
                changed[place] = (char)byte;
                const char *digits = "0123456789abcdefABCDEF", *digit = byte == 0 ? NULL : strchr(digits, (int)byte);
                unsigned value = digit == NULL ? 0 : (unsigned)(digit - digits), shift = (unsigned)(11 - place / 3 * 2 - place % 3) * 4;
                if (value > 15) value -= 6;
                if (!between) expected = (expected & ~(UINT64_C(15) << shift)) | (uint64_t)value << shift;
                bool holds = between ? same : digit != NULL;
                assert_int_equal(mac_read((struct span){changed, sizeof text - 1}, false, &address), holds);
                if (holds) assert_int_equal(address, expected);
            }
}

static void mac_marks_documentation_addresses(void **state)
{
    (void)state;
    assert_true(judged(KIND_MAC, "00:00:5E:00:53:7F", true).sample);
    assert_true(judged(KIND_MAC, "de:ad:be:ef:12:34", true).sample);
    assert_true(judged(KIND_MAC, "00:11:22:33:44:55", true).sample);
    assert_false(judged(KIND_MAC, "3c:5a:b4:77:88:99", true).sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mac_of_an_assigned_block_is_likely_and_with_label_confirmed),
        cmocka_unit_test(mac_of_a_local_address_has_no_maker),
        cmocka_unit_test(mac_block_that_was_handed_on_counts_by_its_pieces),
        cmocka_unit_test(mac_in_weak_forms_needs_a_label),
        cmocka_unit_test(mac_refuses_groups_and_placeholders),
        cmocka_unit_test(mac_refuses_mixed_separators_and_other_characters),
        cmocka_unit_test(mac_of_pairs_takes_hex_digits_alone),
        cmocka_unit_test(mac_marks_documentation_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
