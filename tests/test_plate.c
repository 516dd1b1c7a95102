/* Tests of detectors/plate.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../detectors/plate.h"
#include "judging.h"

#define PLATE_ACCEPTS(text, labelled, grade, canonical) ACCEPTS(KIND_PLATE, text, labelled, grade, canonical)
#define PLATE_REFUSES(text, labelled, reason) REFUSES(KIND_PLATE, text, labelled, reason)

static void a_known_place_and_the_full_form_confirm(void **state)
{
    (void)state;
    PLATE_ACCEPTS("品川 300 あ 12-34", true, GRADE_CONFIRMED, "品川 300 あ 12-34");
    PLATE_ACCEPTS("品川 300 あ 12-34", false, GRADE_CONFIRMED, "品川 300 あ 12-34");
    PLATE_ACCEPTS("品川300あ1234", false, GRADE_CONFIRMED, "品川 300 あ 12-34");
    PLATE_ACCEPTS("多摩３００あ１２－３４", true, GRADE_CONFIRMED, "多摩 300 あ 12-34");
    PLATE_ACCEPTS("富士山　330　ら　3776", true, GRADE_CONFIRMED, "富士山 330 ら 37-76");
    PLATE_ACCEPTS("尾張小牧 501 と 88-88", false, GRADE_CONFIRMED, "尾張小牧 501 と 88-88");
}

static void classes_have_one_to_three_places_and_letters_in_the_last_two(void **state)
{
    (void)state;
    PLATE_ACCEPTS("練馬 5 さ 12-34", false, GRADE_CONFIRMED, "練馬 5 さ 12-34");
    PLATE_ACCEPTS("品川 55 た 98-76", false, GRADE_CONFIRMED, "品川 55 た 98-76");
    PLATE_ACCEPTS("豊田 30A さ 20-00", false, GRADE_CONFIRMED, "豊田 30A さ 20-00");
    PLATE_ACCEPTS("豊田 3YX さ 20-00", false, GRADE_CONFIRMED, "豊田 3YX さ 20-00");
    PLATE_REFUSES("品川 30B さ 12-34", true, REASON_FORM);
    PLATE_REFUSES("品川 3A さ 12-34", true, REASON_FORM);
    PLATE_REFUSES("品川 3000 あ 12-34", true, REASON_FORM);
    PLATE_REFUSES("品川 あ 12-34", true, REASON_FORM);
}

static void letters_of_foreign_forces_stand_for_a_kana(void **state)
{
    (void)state;
    PLATE_ACCEPTS("横浜 300 Y 12-34", true, GRADE_CONFIRMED, "横浜 300 Y 12-34");
    PLATE_ACCEPTS("横浜30Y1234", true, GRADE_CONFIRMED, "横浜 30 Y 12-34");
    PLATE_ACCEPTS("横浜300よ1234", true, GRADE_CONFIRMED, "横浜 300 よ 12-34");
    PLATE_REFUSES("横浜 300 A 12-34", true, REASON_FORM);
}

static void kana_that_no_plate_has_are_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"お", "し", "へ", "ん", "が", "ぱ", "ぁ", "っ", "ゐ", "ア", "漢"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char text[64];
        snprintf(text, sizeof text, "品川 300 %s 12-34", others[i]);
        PLATE_REFUSES(text, true, REASON_FORM);
    }
}

static void serials_below_a_thousand_are_padded(void **state)
{
    (void)state;
    PLATE_ACCEPTS("横浜 500 さ ・・・1", false, GRADE_CONFIRMED, "横浜 500 さ ・・・1");
    PLATE_ACCEPTS("横浜500さ・・12", false, GRADE_CONFIRMED, "横浜 500 さ ・・12");
    PLATE_ACCEPTS("横浜500さ･1-23", false, GRADE_CONFIRMED, "横浜 500 さ ・123");
    PLATE_ACCEPTS("横浜500さ..12", false, GRADE_CONFIRMED, "横浜 500 さ ・・12");
    PLATE_ACCEPTS("横浜500さ12", true, GRADE_CONFIRMED, "横浜 500 さ ・・12");
    PLATE_REFUSES("横浜500さ12", false, REASON_FORM);
    PLATE_REFUSES("横浜500さ・12", true, REASON_FORM);
    PLATE_REFUSES("横浜500さ・・・", true, REASON_FORM);
    PLATE_REFUSES("横浜500さ00-12", true, REASON_FORM);
    PLATE_REFUSES("横浜500さ00-00", true, REASON_FORM);
    PLATE_REFUSES("横浜500さ・012", true, REASON_FORM);
    PLATE_REFUSES("横浜500さ123-45", true, REASON_FORM);
    PLATE_REFUSES("横浜500さ12-345", true, REASON_FORM);
    PLATE_REFUSES("横浜500さ12-34x", true, REASON_FORM);
}

static void places_are_looked_up(void **state)
{
    (void)state;
    PLATE_REFUSES("東京 300 あ 12-34", true, REASON_ISSUER);
    PLATE_REFUSES("東京 300 あ 12-34", false, REASON_ISSUER);
    PLATE_REFUSES("東京都港区品川 300 あ 12-34", true, REASON_ISSUER);
    PLATE_ACCEPTS("300 あ 12-34", true, GRADE_LIKELY, "300 あ 12-34");
    PLATE_REFUSES("300 あ 12-34", false, REASON_UNLABELLED);
    PLATE_REFUSES("1234", true, REASON_FORM);
    PLATE_REFUSES("FF12", true, REASON_FORM);
    PLATE_REFUSES("B-MW 1234", true, REASON_FORM);
    PLATE_REFUSES("", true, REASON_FORM);
    PLATE_REFUSES("品川", true, REASON_FORM);
    PLATE_REFUSES("品川 300 あ 12-34 品川 300 あ 12-34 品川 300 あ 12-34 品川 300 あ 12-34", true, REASON_FORM);
}

static void expect_found(const char *text, const char *first, const char *second)
{
    struct span span = {text, strlen(text)}, plate = {text, 0};
    const char *const expected[] = {first, second};
    size_t at = 0;
    for (int i = 0; i < 2 && expected[i] != NULL; i++) {
        assert_true(plate_find(span, at, &plate));
        assert_int_equal(plate.len, strlen(expected[i]));
        assert_memory_equal(plate.at, expected[i], plate.len);
        at = (size_t)(plate.at + plate.len - text);
    }
    assert_false(plate_find(span, at, &plate));
}

static void plates_are_found_in_text(void **state)
{
    (void)state;
    expect_found("登録番号 品川 300 あ 12-34 車台番号", "品川 300 あ 12-34", NULL);
    expect_found("駐車違反:練馬500さ・・・1、東三河 330 ま 70-07", "練馬500さ・・・1", "三河 330 ま 70-07");
    expect_found("両品川300あ1234尾張小牧　501　と　88-88。", "品川300あ1234", "尾張小牧　501　と　88-88");
    expect_found("横浜 300 Y 12-34 moved", "横浜 300 Y 12-34", NULL);
    expect_found("東京 300 あ 12-34", NULL, NULL);
    expect_found("品川 3000 あ 12-34", NULL, NULL);
    expect_found("品川 300 あ 12-345", NULL, NULL);
    expect_found("品川 300 あ 12-34-56", NULL, NULL);
    expect_found("品川駅 300 あ 12-34", NULL, NULL);
    expect_found("品川から 12 km", NULL, NULL);
    expect_found("no other bytes at all, 300 Y 12-34", NULL, NULL);
    expect_found("品川 300 あ 1", NULL, NULL);
    expect_found("品川 3", NULL, NULL);
    expect_found("品川", NULL, NULL);
    expect_found("", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_place_and_the_full_form_confirm),
        cmocka_unit_test(classes_have_one_to_three_places_and_letters_in_the_last_two),
        cmocka_unit_test(letters_of_foreign_forces_stand_for_a_kana),
        cmocka_unit_test(kana_that_no_plate_has_are_refused),
        cmocka_unit_test(serials_below_a_thousand_are_padded),
        cmocka_unit_test(places_are_looked_up),
        cmocka_unit_test(plates_are_found_in_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
