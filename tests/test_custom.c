#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../analyzer/detect/custom.h"
#include "../analyzer/record/shape.h"
#include "../detectors/packed.h"
#include "random.h"

struct customizing {
    struct customs *customs;
    struct custom_search *search;
};

static struct customizing open_all(const struct custom_definition *definitions, size_t count)
{
    struct customizing made = {NULL, NULL};
    struct fault fault;
    size_t failed;
    if (customs_open(definitions, count, &made.customs, &failed, &fault) != STATUS_OK) fail_msg("%zu: %s", failed, fault.message);
    assert_int_equal(custom_search_open(made.customs, &made.search, &fault), STATUS_OK);
    return made;
}

static void close_all(struct customizing *made)
{
    custom_search_close(made->search);
    customs_close(made->customs);
    assert_int_equal(kind_count, KIND_COUNT);
}

static void assert_refused(struct custom_definition definition, const char *says)
{
    struct customs *customs = NULL;
    struct fault fault;
    size_t failed;
    assert_int_equal(customs_open(&definition, 1, &customs, &failed, &fault), STATUS_USAGE);
    assert_null(customs);
    assert_int_equal(kind_count, KIND_COUNT);
    if (strstr(fault.message, says) == NULL) fail_msg("\"%s\" does not say \"%s\"", fault.message, says);
}

static const char *const unit_field[] = {"unit"}, *const both_fields[] = {"unit", "box"};

static const struct custom_definition dcm = {
    .name = "dcm_serial", .element = ELEMENT_DEV, .pattern = "DCM[0-9]{9}", .fields = unit_field, .field_count = 1,
    .canonical = CANONICAL_UPPER, .unlabelled = GRADE_POSSIBLE};

static const struct custom_definition card = {
    .name = "card", .element = ELEMENT_DEV, .pattern = "[0-9]{4}(?:-[0-9]{4}){2}", .fields = both_fields, .field_count = 2,
    .checksum = {.type = CHECKSUM_LUHN}, .canonical = CANONICAL_DIGITS, .unlabelled = GRADE_POSSIBLE};

static void assert_judged(struct customizing *made, size_t label, const char *text, const char *kind, enum grade grade, const char *canonical)
{
    struct verdict verdict;
    uint32_t found = custom_judge(made->search, label, (struct span){text, strlen(text)}, &verdict);
    if (kind == NULL) {
        assert_int_equal(found, KIND_NONE);
        assert_int_equal(verdict.grade, GRADE_NONE);
        return;
    }
    char have[IDENTIFIER_SIZE];
    assert_int_not_equal(found, KIND_NONE);
    assert_string_equal(detectors[found]->name, kind);
    assert_int_equal(verdict.grade, grade);
    verdict_text(&verdict, have);
    assert_string_equal(have, canonical);
}

static void a_value_under_a_field_of_its_own_is_judged_whole(void **unused)
{
    (void)unused;
    const struct custom_definition definitions[] = {dcm, card};
    struct customizing made = open_all(definitions, 2);
    assert_int_equal(customs_label_count(made.customs), 2);
    assert_string_equal(customs_label(made.customs, 0), "unit");
    assert_string_equal(customs_label(made.customs, 1), "box");
    assert_judged(&made, 0, " dcm123456789 ", "dcm_serial", GRADE_CONFIRMED, "DCM123456789");
    assert_judged(&made, 0, "DCM1234567890", NULL, GRADE_NONE, "");
    assert_judged(&made, 0, "0000-0000-0018", "card", GRADE_CONFIRMED, "000000000018");
    assert_judged(&made, 1, "0000-0000-0019", "card", GRADE_POSSIBLE, "000000000019");
    assert_judged(&made, 1, "DCM123456789", NULL, GRADE_NONE, "");
    assert_judged(&made, 0, "\xEF\xBC\xA4\xEF\xBC\xA3\xEF\xBC\xAD" "123456789", "dcm_serial", GRADE_CONFIRMED, "DCM123456789");
    close_all(&made);
}

/* A text without shapes. */
static size_t text_search(struct custom_search *search, struct span text, bool everywhere, const struct custom_finding **findings)
{
    return custom_search_text(search, &(struct custom_text){text.at, NULL, 0, text.len}, everywhere, findings);
}

static void assert_found(struct customizing *made, const char *text, const char *expected)
{
    for (int everywhere = 0; everywhere < 2; everywhere++) {
        const struct custom_finding *findings;
        char have[512] = "";
        size_t count = text_search(made->search, (struct span){text, strlen(text)}, everywhere != 0, &findings);
        for (size_t i = 0; i < count; i++) {
            char canonical[IDENTIFIER_SIZE] = "";
            if (findings[i].verdict.grade != GRADE_NONE) verdict_text(&findings[i].verdict, canonical);
            sprintf(have + strlen(have), "%s=%s(%s) ", detectors[findings[i].kind]->name, canonical, grade_name(findings[i].verdict.grade));
        }
        assert_string_equal(have, expected);
    }
}

static void what_nobody_wants_is_not_looked_for(void **unused)
{
    (void)unused;
    const struct custom_definition definitions[] = {dcm, card};
    struct customizing made = open_all(definitions, 2);
    const uint32_t first = KIND_COUNT, second = KIND_COUNT + 1;
    const char text[] = "DCM123456789 and 0000-0000-0018 there";
    bool wanted[KINDS_MAX] = {[KIND_COUNT] = true, [KIND_COUNT + 1] = true};
    customs_choose(made.customs, wanted);
    assert_true(customs_want(made.customs, first) && customs_want(made.customs, second));
    assert_found(&made, text, "dcm_serial=DCM123456789(possible) card=000000000018(likely) ");
    wanted[KIND_COUNT] = false;
    customs_choose(made.customs, wanted);
    assert_false(customs_want(made.customs, first));
    assert_true(customs_want(made.customs, second));
    assert_found(&made, text, "card=000000000018(likely) ");
    custom_search_block(made.search, text, sizeof text - 1);
    const struct custom_finding *findings;
    assert_int_equal(text_search(made.search, (struct span){text, sizeof text - 1}, false, &findings), 1);
    assert_judged(&made, 0, "DCM123456789", NULL, GRADE_NONE, "");
    assert_judged(&made, 0, "0000-0000-0018", "card", GRADE_CONFIRMED, "000000000018");
    assert_true(customs_search_text(made.customs));
    wanted[KIND_COUNT + 1] = false;
    customs_choose(made.customs, wanted);
    assert_false(customs_search_text(made.customs));
    assert_found(&made, text, "");
    assert_false(customs_search_text(NULL));
    customs_choose(NULL, wanted);
    assert_false(customs_want(NULL, second));
    close_all(&made);
}

static void text_is_searched_between_boundaries(void **unused)
{
    (void)unused;
    struct custom_definition never = dcm, trusted = dcm;
    never.name = "never", never.pattern = "NVR[0-9]{3}", never.unlabelled = GRADE_NONE, never.field_count = 0;
    trusted.name = "trusted", trusted.pattern = "TRU[0-9]{3}", trusted.unlabelled = GRADE_LIKELY, trusted.field_count = 0;
    const struct custom_definition definitions[] = {dcm, card, never, trusted};
    struct customizing made = open_all(definitions, 4);
    assert_found(&made, "unit DCM123456789, DCM000000001! dcm000000002", "dcm_serial=DCM123456789(possible) dcm_serial=DCM000000001(possible) ");
    assert_found(&made, "XDCM123456789 DCM1234567890 DCM12345678", "");
    assert_found(&made, "paid with 0000-0000-0018 and 0000-0000-0019", "card=000000000018(likely) card=(none) ");
    assert_found(&made, "\xE3\x81\x82" "DCM123456789", "");
    assert_found(&made, "_DCM123456789_", "dcm_serial=DCM123456789(possible) ");
    assert_found(&made, "NVR123 TRU123", "trusted=TRU123(likely) ");
    assert_found(&made, "", "");
    close_all(&made);
}

static void a_built_in_name_means_that_kind(void **unused)
{
    (void)unused;
    struct custom_definition own = dcm;
    own.name = "imei", own.element = ELEMENT_NET, own.pattern = "I-[0-9]{6}";
    struct customizing made = open_all(&own, 1);
    struct verdict verdict;
    assert_int_equal(custom_judge(made.search, 0, (struct span){"I-123456", 8}, &verdict), KIND_IMEI);
    close_all(&made);
    own.element = ELEMENT_DEV;
    assert_refused(own, "has the element NET");
}

static void definitions_of_one_name_are_one_kind(void **unused)
{
    (void)unused;
    struct custom_definition other = dcm;
    other.pattern = "TCU-[0-9]{5}";
    const struct custom_definition definitions[] = {dcm, other};
    struct customizing made = open_all(definitions, 2);
    assert_int_equal(kind_count, KIND_COUNT + 1);
    assert_judged(&made, 0, "TCU-00017", "dcm_serial", GRADE_CONFIRMED, "TCU-00017");
    close_all(&made);
}

static void what_cannot_be_right_is_refused(void **unused)
{
    (void)unused;
    static const char *const good[] = {"DCM123456789"}, *const bad[] = {"DCM12345678"}, *const wrong[] = {"0000-0000-0019"};
    struct custom_definition one = dcm;
    one.pattern = "DCM[0-9";
    assert_refused(one, "no pattern at offset");
    one.pattern = "DCM)(x";
    assert_refused(one, "no pattern at offset");
    one.pattern = "[0-9]*";
    assert_refused(one, "fits the empty text");
    one = dcm;
    one.must_match = bad, one.must_match_count = 1;
    assert_refused(one, "must match and does not");
    one.must_match_count = 0, one.must_not_match = good, one.must_not_match_count = 1;
    assert_refused(one, "must not match and does");
    one = card;
    one.must_match = wrong, one.must_match_count = 1;
    assert_refused(one, "wrong checksum");
}

/* What cannot be counted is refused with a reason that is, or with the pattern where all of its values are such. */
static void values_without_room_are_said(void **unused)
{
    (void)unused;
    struct custom_definition token = dcm;
    token.pattern = "T[0-9a-f]{40,64}";
    struct customizing made = open_all(&token, 1);
    struct verdict verdict;
    static const char text[] = "Taaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    assert_true(custom_judge(made.search, 0, (struct span){text, IDENTIFIER_SIZE - 1}, &verdict) != KIND_NONE);
    assert_int_equal(verdict.grade, GRADE_CONFIRMED);
    assert_true(custom_judge(made.search, 0, (struct span){text, IDENTIFIER_SIZE}, &verdict) != KIND_NONE);
    assert_int_equal(verdict.grade, GRADE_NONE);
    assert_int_equal(verdict.reason, REASON_TOO_LONG);
    close_all(&made);
    token.pattern = "T[0-9a-f]{64}";
    assert_refused(token, "longer than the 47 characters");
    token.canonical = CANONICAL_DIGITS;
    made = open_all(&token, 1);
    close_all(&made);
}

static void too_many_kinds_are_refused(void **unused)
{
    (void)unused;
    static struct custom_definition definitions[CUSTOMS_MAX + 1];
    static char names[CUSTOMS_MAX + 1][16];
    struct customs *customs = NULL;
    struct fault fault;
    size_t failed;
    for (int i = 0; i <= CUSTOMS_MAX; i++) {
        definitions[i] = dcm;
        sprintf(names[i], "kind%d", i);
        definitions[i].name = names[i];
    }
    assert_int_equal(customs_open(definitions, CUSTOMS_MAX + 1, &customs, &failed, &fault), STATUS_USAGE);
    assert_int_equal(failed, CUSTOMS_MAX);
    assert_int_equal(kind_count, KIND_COUNT);
    assert_int_equal(customs_open(definitions, CUSTOMS_MAX, &customs, &failed, &fault), STATUS_OK);
    assert_int_equal(kind_count, KINDS_MAX);
    customs_close(customs);
}

static void a_pattern_that_takes_too_long_is_said(void **unused)
{
    (void)unused;
    struct custom_definition slow = dcm;
    slow.pattern = "(?:[a-z]+)+[0-9]";
    slow.canonical = CANONICAL_AS_IS;
    struct customizing made = open_all(&slow, 1);
    const struct custom_finding *findings;
    assert_false(custom_search_take_limit(made.search));
    text_search(made.search, (struct span){"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac b", 42}, true, &findings);
    assert_true(custom_search_take_limit(made.search));
    assert_false(custom_search_take_limit(made.search));
    close_all(&made);
}

/* Lines with the values of 200 kinds in them, whole, cut, and run together: what the filters let through must be all that
 * the patterns find, in a block and by itself. */
static void filters_hide_nothing(void **unused)
{
    (void)unused;
    enum { KINDS = 200, LINES = 20000, LINE_MAX_BYTES = 160 };
    static struct custom_definition definitions[KINDS];
    static char names[KINDS][16], patterns[KINDS][64], block[LINES * LINE_MAX_BYTES + SHAPE_PADDING];
    static struct shape_word words[(LINES * LINE_MAX_BYTES + SHAPE_PADDING) / 64 + 2];
    static size_t starts[LINES + 1];
    for (int i = 0; i < KINDS; i++) {
        definitions[i] = dcm;
        sprintf(names[i], "kind%d", i);
        if (i % 16 == 5) sprintf(patterns[i], "[0-9]{%d}[-.][0-9]{%d}", 1 + i % 5, 1 + i % 3);
        else if (i % 16 == 6) sprintf(patterns[i], "[0-9A-F]{%d,%d}", 4 + i % 6, 9 + i % 9);
        else if (i % 16 == 7) sprintf(patterns[i], "(?<=[-_]U%d)[0-9]+(?:[-x][0-9a-f]{1,%d})?", i % 10, 1 + i % 5);
        else if (i % 16 == 8) sprintf(patterns[i], "(?:K|text|[A-C]-?){1,2}[0-9]{%d}\\b", 1 + i % 6);
        else if (i % 16 == 9) sprintf(patterns[i], "[A-Z][0-9]*(?:-[A-Z]|_#[0-9]+)");
        else if (i % 4 == 0) sprintf(patterns[i], "K%02d[A-F]{2}[0-9]{4}", i % 100);
        else if (i % 4 == 1) sprintf(patterns[i], "[%c-%c][0-9]{%d}", 'A' + i % 20, 'C' + i % 20, 5 + i % 9);
        else if (i % 4 == 2) sprintf(patterns[i], "(?i)u%d(?:-|\\.)[0-9a-f]+", i);
        else if (i % 8 == 3) sprintf(patterns[i], "[0-9]{%d}-[A-C%c]", 1 + i % 5, 'D' + i % 20);
        else sprintf(patterns[i], "#%d[0-9]{2}", i % 10);
        definitions[i].name = names[i], definitions[i].pattern = patterns[i], definitions[i].field_count = 0;
        if (i % 7 == 0) definitions[i].checksum.type = CHECKSUM_LUHN_HEX, definitions[i].canonical = CANONICAL_DIGITS;
    }
    struct customizing made = open_all(definitions, KINDS);
    uint64_t state = 11;
    size_t used = 0, found_count = 0;
    for (int line = 0; line < LINES; line++) {
        starts[line] = used;
        for (uint64_t n = 1 + random_next(&state) % 6; n > 0; n--) {
            static const char *const between[] = {" ", "", "-", "_", ",", ".", "x"};
            unsigned number = (unsigned)random_next(&state);
            switch (random_next(&state) % 6) {
            case 0: used += (size_t)sprintf(block + used, "K%02dAF%04u", number % 100, number % 10000); break;
            case 1: used += (size_t)sprintf(block + used, "%c%0*u", 'A' + (int)(number % 26), 4 + (int)(number % 11), number); break;
            case 2: used += (size_t)sprintf(block + used, "U%u-%x", number % 220, number); break;
            case 3: used += (size_t)sprintf(block + used, "#%03u", number % 1000); break;
            case 4: used += (size_t)sprintf(block + used, "%u-%c", number % 100000, 'A' + (int)(number % 26)); break;
            default: used += (size_t)sprintf(block + used, "text%u", number % 7); break;
            }
            used += (size_t)sprintf(block + used, "%s", between[random_next(&state) % 7]);
        }
        block[used++] = '\n';
    }
    starts[LINES] = used;
    shape_portable(block, used, SHAPE_TEXT, 0, words);
    custom_search_block(made.search, block, used);
    for (int line = 0; line < LINES; line++) {
        struct span text = {block + starts[line], starts[line + 1] - starts[line] - 1};
        const struct custom_finding *findings;
        static struct custom_finding all[1024];
        size_t count = text_search(made.search, text, true, &findings);
        assert_true(count <= 1024);
        if (count > 0) memcpy(all, findings, count * sizeof *all);
        const struct custom_text shaped = {block, words, starts[line], starts[line + 1] - 1};
        assert_int_equal(custom_search_text(made.search, &shaped, false, &findings), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(findings[i].kind, all[i].kind);
            assert_ptr_equal(findings[i].text.at, all[i].text.at);
            assert_int_equal(findings[i].text.len, all[i].text.len);
            assert_int_equal(findings[i].verdict.grade, all[i].verdict.grade);
        }
        char copy[1024];
        memcpy(copy, text.at, text.len);
        assert_int_equal(text_search(made.search, (struct span){copy, text.len}, false, &findings), count);
        found_count += count;
    }
    assert_true(found_count > 10000);
    assert_false(custom_search_take_limit(made.search));
    assert_false(custom_search_failed(made.search));
    close_all(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_under_a_field_of_its_own_is_judged_whole),
        cmocka_unit_test(what_nobody_wants_is_not_looked_for),
        cmocka_unit_test(text_is_searched_between_boundaries),
        cmocka_unit_test(a_built_in_name_means_that_kind),
        cmocka_unit_test(definitions_of_one_name_are_one_kind),
        cmocka_unit_test(what_cannot_be_right_is_refused),
        cmocka_unit_test(values_without_room_are_said),
        cmocka_unit_test(too_many_kinds_are_refused),
        cmocka_unit_test(a_pattern_that_takes_too_long_is_said),
        cmocka_unit_test(filters_hide_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
