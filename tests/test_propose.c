/* Tests of analyzer/detect/propose.c; tests/fuzz_equal.c holds both ways equal over millions of texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/detect/propose.h"
#include "../analyzer/record/bits.h"

static int by_place(const void *a, const void *b)
{
    const struct proposal *x = a, *y = b;
    return x->start != y->start ? (x->start < y->start ? -1 : 1) : x->end < y->end ? -1 : x->end > y->end;
}

static void write_line(const struct proposal *found, size_t count, const char *bytes, char *line)
{
    size_t at = 0;
    line[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at += (size_t)sprintf(line + at, "%s%s %.*s", i > 0 ? "; " : "",
                              found[i].kind == KIND_NONE ? "none" : detectors[found[i].kind]->name,
                              (int)(found[i].end - found[i].start), bytes + found[i].start);
}

/* What both ways propose in text, as "kind value; kind value". */
static void expect(const char *text, const char *expected)
{
    static char block[1024 + SHAPE_PADDING];
    struct shape_word words[17];
    size_t length = strlen(text), count = 0;
    assert_true(length < 1024);
    memset(block, 0, sizeof block);
    memcpy(block, text, length);
    shape_portable(block, length, SHAPE_TEXT, 0, words);
    struct proposal found[32];
    for (size_t at = 0; at <= length; at++) {
        at = bits_next(&words->candidate, at, length + 1);
        if (at > length || !propose_at(block, 0, length, at, &found[count])) continue;
        size_t from = bits_run_start(&words->alnum, 0, at);
        struct proposal again;
        assert_true(propose_run_at(block, 0, length, from, at, &again));
        assert_int_equal(by_place(&again, &found[count++]), 0);
    }
    qsort(found, count, sizeof found[0], by_place);
    char line[1024];
    write_line(found, count, block, line);
    assert_string_equal(line, expected);

    struct proposer *proposer = NULL;
    struct fault fault;
    assert_int_equal(proposer_open(KINDS_ALL, &proposer, &fault), STATUS_OK);
    proposer_text(proposer, block, 0, length);
    for (count = 0; proposer_next(proposer, &found[count]);) count++;
    qsort(found, count, sizeof found[0], by_place);
    write_line(found, count, block, line);
    assert_string_equal(line, expected);
    proposer_close(proposer);
}

static void vins_stand_alone_and_end_in_four_digits(void **unused)
{
    (void)unused;
    expect("JTDKN3DU7A1224466", "vin JTDKN3DU7A1224466");
    expect("x,jtdkn3du7a1224466;", "vin jtdkn3du7a1224466");
    expect("IJTDKN3DU7A1224466", "vin IJTDKN3DU7A1224466");
    expect("XJTDKN3DU7A1224466", "none XJTDKN3DU7A1224466");
    expect("JTDKN3DU7A122446X", "none JTDKN3DU7A122446X");
    expect("JTDKN3DUOA1224466", "none JTDKN3DUOA1224466");
    expect("JTDKN3DU7A122446", "none JTDKN3DU7A122446");
    expect("JTDKN3DU7A1224466_x", "vin JTDKN3DU7A1224466");
    expect("車JTDKN3DU7A1224466台", "vin JTDKN3DU7A1224466");
    expect("12345678901234567.5", "vin 12345678901234567");
}

static void imeis_are_fifteen_digits_or_groups_with_one_separator(void **unused)
{
    (void)unused;
    expect("imei 356938035643809.", "imei 356938035643809");
    expect("35-693803-564380-9", "imei 35-693803-564380-9");
    expect("356938/03/564380/9", "imei 356938/03/564380/9");
    expect("35693803 564380 9", "imei 35693803 564380 9");
    expect("35-693803/564380-9", "");
    expect("35-693803-564380-91", "");
    expect("335-693803-564380-9", "");
    expect("0.356938035643809", "none 356938035643809");
    expect("356938035643809.5", "none 356938035643809");
    expect("1.35-693803-564380-9", "");
    expect("35693803564380", "none 35693803564380");
}

static void iccids_begin_with_89_or_98_and_may_end_in_a_filler(void **unused)
{
    (void)unused;
    expect("8981100077665544334", "iccid 8981100077665544334");
    expect("89811000776655443342", "iccid 89811000776655443342");
    expect("898110007766554433", "iccid 898110007766554433");
    expect("8981100077665544334F", "iccid 8981100077665544334F");
    expect("8981100077665544334f", "iccid 8981100077665544334f");
    expect("98180100776655443F43", "none 98180100776655443F43");
    expect("981801007766554433F4", "iccid 981801007766554433F4");
    expect("98180100776655443343", "iccid 98180100776655443343");
    expect("8881100077665544334", "none 8881100077665544334");
    expect("898110007766554433421", "none 898110007766554433421");
    expect("0.8981100077665544334", "none 8981100077665544334");
}

static void eids_are_thirty_two_digits(void **unused)
{
    (void)unused;
    expect("89086030202200000022000023022943", "eid 89086030202200000022000023022943");
    expect("x=35840001020304050607080910111275;", "eid 35840001020304050607080910111275");
    expect("8908603020220000002200002302294", "");
    expect("890860302022000000220000230229430", "");
    expect("d41d8cd98f00b204e9800998ecf8427e", "");
    expect("0.89086030202200000022000023022943", "");
    expect("89086030202200000022000023022943.5", "");
}

static void meids_are_fifteen_hex_digits_from_a_letter(void **unused)
{
    (void)unused;
    expect("AF0123450ABCDEC", "meid AF0123450ABCDEC");
    expect("x=af0123450abcdec.5", "meid af0123450abcdec");
    expect("AF0123450ABCDE", "none AF0123450ABCDE");
    expect("AF0123450ABCDECF", "none AF0123450ABCDECF");
    expect("GF0123450ABCDEC", "none GF0123450ABCDEC");
    expect("AF0123450ABCDEG", "none AF0123450ABCDEG");
    expect("8F0123450ABCDEC", "none 8F0123450ABCDEC");
}

static void frame_numbers_are_a_prefix_a_dash_and_a_serial(void **unused)
{
    (void)unused;
    expect("ZVW30-1357924", "frame_number ZVW30-1357924");
    expect("SV30-12345,", "frame_number SV30-12345");
    expect("zvw30-1357924", "none zvw30-1357924");
    expect("ZVW30-1234", "");
    expect("ZVW30-12345678", "");
    expect("Z-1357924", "");
    expect("ABCDEFGH-1357924", "");
    expect("3VW30-1357924", "");
    expect("DAA-ZVW30-1357924", "");
    expect("ZVW30-1357924-1", "");
    expect("ZVW30-0052877~ZVW30-0440673", "frame_number ZVW30-0052877; frame_number ZVW30-0440673");
}

static void macs_are_six_pairs_or_three_groups_of_four(void **unused)
{
    (void)unused;
    expect("3c:5a:b4:77:88:99", "mac 3c:5a:b4:77:88:99");
    expect("3C-5A-B4-77-88-99", "mac 3C-5A-B4-77-88-99");
    expect("3c5a.b477.8899", "mac 3c5a.b477.8899");
    expect("3c5a-b477-8899", "mac 3c5a-b477-8899");
    expect("3c:5a-b4:77:88:99", "");
    expect("3g:5a:b4:77:88:99", "");
    expect("3c:5a:b4:77:88", "");
    expect("mac=3c:5a:b4:77:88:99.", "mac 3c:5a:b4:77:88:99");
}

static void eight_octets_in_groups_are_an_eui64(void **unused)
{
    (void)unused;
    expect("00:15:8d:00:02:7a:bc:de", "eui64 00:15:8d:00:02:7a:bc:de");
    expect("00-15-8D-00-02-7A-BC-DE,", "eui64 00-15-8D-00-02-7A-BC-DE");
    expect("x=0013.a200.4012.3456.", "eui64 0013.a200.4012.3456");
    expect("00:15:8d-00:02:7a:bc:de", "");
    expect("00:15:8d:00:02:7a:bc", "");
    expect("00:15:8d:00:02:7a:bc:de:f0", "");
    expect("00:15:8d:00:02:7a:bc:de:f", "");
    expect("::00:15:8d:00:02:7a:bc:de", "");
    expect("0013.a200.4012.3456.7", "");
    expect("0.0013.a200.4012.3456", "");
    expect("a0013.a200.4012.3456", "");
    expect("0013-a200-4012-3456", "");
}

static void longer_runs_of_groups_are_no_macs(void **unused)
{
    (void)unused;
    expect("AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD", "");
    expect("3c:5a:b4:77:88:99:aa", "");
    expect("aa:3c:5a:b4:77:88:99", "");
    expect("919108f7-52d1-4320-9bac-f847db4148a8", "none 919108f7-52d1-4320-9bac-f847db4148a8");
    expect("2001:0db8:3c:5a:b4:77:88:99", "");
    expect("::3c:5a:b4:77:88:99", "");
}

static void long_runs_are_proposed_for_the_sake_of_a_label(void **unused)
{
    (void)unused;
    expect("abcdefghijkl", "none abcdefghijkl");
    expect("abcdefghijk", "");
    expect("abcdefghijklmnopqrstuvwx", "none abcdefghijklmnopqrstuvwx");
    expect("abcdefghijklmnopqrstuvwxy", "");
}

/* What is no identifier without one: UUIDs, IMEIs without their check digit, IMEISVs. */
static void groups_are_proposed_for_the_sake_of_a_label(void **unused)
{
    (void)unused;
    expect("idfa 919108F7-52D1-4320-9BAC-F847DB4148A8.", "none 919108F7-52D1-4320-9BAC-F847DB4148A8");
    expect("0919108f7-52d1-4320-9bac-f847db4148a8", "none f847db4148a8");
    expect("919108f7-52d1-4320-9bac-f847db4148a8-1", "none f847db4148a8");
    expect("919108f7-52d1-432-9bac-f847db4148a8", "none f847db4148a8");
    expect("imei 35686800-004141 ", "none 35686800-004141");
    expect("imei 35686800-004141-20", "none 35686800-004141-20");
    expect("35686800-004141-2", "imei 35686800-004141-2");
    expect("35686800-004141-", "");
    expect("1-35686800-004141", "");
    expect("135686800-004141", "");
    expect("35686800-004141.5", "");
    expect("1.35686800-004141", "");
}

static void a_piece_of_a_block_is_read_by_itself(void **unused)
{
    (void)unused;
    const char *text = "1.356938035643809.7";
    struct proposal proposal;
    assert_true(propose_at(text, 2, 17, 17, &proposal));
    assert_int_equal(proposal.kind, KIND_IMEI);
    assert_int_equal(proposal.start, 2);
    assert_int_equal(proposal.end, 17);
    assert_true(propose_at(text, 1, 17, 17, &proposal));
    assert_int_equal(proposal.kind, KIND_IMEI);
    assert_true(propose_at(text, 0, 17, 17, &proposal));
    assert_int_equal(proposal.kind, KIND_NONE);
    assert_true(propose_at(text, 5, 17, 17, &proposal)); /* a shorter run */
    assert_int_equal(proposal.start, 5);
    assert_false(propose_at(text, 6, 17, 17, &proposal));
    assert_false(propose_at(text, 17, 17, 17, &proposal));
}

static void only_the_kinds_asked_for_have_patterns(void **unused)
{
    (void)unused;
    struct proposer *proposer = NULL;
    struct fault fault;
    assert_int_equal(proposer_open(KIND_BIT(KIND_MAC), &proposer, &fault), STATUS_OK);
    const char *text = "JTDKN3DU7A1224466 3c:5a:b4:77:88:99";
    proposer_text(proposer, text, 0, strlen(text));
    struct proposal proposal;
    assert_true(proposer_next(proposer, &proposal));
    assert_int_equal(proposal.kind, KIND_MAC);
    assert_true(proposer_next(proposer, &proposal));
    assert_int_equal(proposal.kind, KIND_NONE);
    assert_false(proposer_next(proposer, &proposal));
    proposer_close(proposer);
    proposer_close(NULL);
}

static void words_are_of_ascii_letters_and_digits(void **unused)
{
    (void)unused;
    for (int c = 0; c < 256; c++) {
        bool expected = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        assert_int_equal(proposer_is_alnum((char)c), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vins_stand_alone_and_end_in_four_digits),
        cmocka_unit_test(imeis_are_fifteen_digits_or_groups_with_one_separator),
        cmocka_unit_test(iccids_begin_with_89_or_98_and_may_end_in_a_filler),
        cmocka_unit_test(eids_are_thirty_two_digits),
        cmocka_unit_test(meids_are_fifteen_hex_digits_from_a_letter),
        cmocka_unit_test(frame_numbers_are_a_prefix_a_dash_and_a_serial),
        cmocka_unit_test(macs_are_six_pairs_or_three_groups_of_four),
        cmocka_unit_test(eight_octets_in_groups_are_an_eui64),
        cmocka_unit_test(longer_runs_of_groups_are_no_macs),
        cmocka_unit_test(long_runs_are_proposed_for_the_sake_of_a_label),
        cmocka_unit_test(groups_are_proposed_for_the_sake_of_a_label),
        cmocka_unit_test(a_piece_of_a_block_is_read_by_itself),
        cmocka_unit_test(only_the_kinds_asked_for_have_patterns),
        cmocka_unit_test(words_are_of_ascii_letters_and_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
