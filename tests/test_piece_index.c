/* Tests of analyzer/evidence/piece_index.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../analyzer/evidence/piece_index.h"
#include "random.h"

static void neighbours_are_one_row(void **unused)
{
    (void)unused;
    struct piece_index index = {0};
    struct piece_row row;
    assert_true(piece_index_find(&index, 3, 1) == PIECE_INDEX_NONE);
    assert_true(piece_index_last(&index, 3) == PIECE_INDEX_NONE);
    assert_false(piece_index_row(&index, 3, 0, &row));
    for (uint32_t i = 0; i < 1000; i++) assert_true(piece_index_add(&index, 3, 1 + i, 50 + i, true));
    assert_true(piece_index_add(&index, 9, 1, 1050, true));
    for (uint32_t i = 0; i < 10; i++) assert_true(piece_index_add(&index, 3, 1001 + i, 1051 + i, true));
    assert_true(piece_index_add(&index, 3, 2000, 1061, true));
    assert_int_equal(piece_index_find(&index, 3, 1), 50);
    assert_int_equal(piece_index_find(&index, 3, 1000), 1049);
    assert_int_equal(piece_index_find(&index, 3, 1001), 1051);
    assert_int_equal(piece_index_find(&index, 3, 1010), 1060);
    assert_true(piece_index_find(&index, 3, 1011) == PIECE_INDEX_NONE);
    assert_int_equal(piece_index_find(&index, 3, 2000), 1061);
    assert_true(piece_index_find(&index, 3, 0) == PIECE_INDEX_NONE);
    assert_int_equal(piece_index_last(&index, 3), 1061);
    assert_int_equal(piece_index_find(&index, 9, 1), 1050);
    assert_true(piece_index_row(&index, 3, 0, &row) && row.piece == 1 && row.number == 50 && row.count == 1000);
    assert_true(piece_index_row(&index, 3, 1, &row) && row.piece == 1001 && row.number == 1051 && row.count == 10);
    assert_true(piece_index_row(&index, 3, 2, &row) && row.piece == 2000 && row.count == 1);
    assert_false(piece_index_row(&index, 3, 3, &row));
    piece_index_free(&index);
}

static void order_is_that_of_numbers_and_of_paths(void **unused)
{
    (void)unused;
    struct piece_index index = {0};
    assert_false(piece_index_is_in_order(&index, 1));
    assert_true(piece_index_add(&index, 1, 1, 0, false)); /* the first one follows nothing */
    assert_true(piece_index_is_in_order(&index, 1));
    assert_true(piece_index_add(&index, 1, 3, 1, true));
    assert_true(piece_index_is_in_order(&index, 1));
    assert_true(piece_index_add(&index, 2, 5, 2, true) && piece_index_add(&index, 2, 6, 3, false));
    assert_false(piece_index_is_in_order(&index, 2));
    assert_true(piece_index_add(&index, 2, 7, 4, true));
    assert_false(piece_index_is_in_order(&index, 2));
    assert_true(piece_index_add(&index, 1, 2, 5, true)); /* a number that was left out */
    assert_false(piece_index_is_in_order(&index, 1));
    assert_int_equal(piece_index_find(&index, 1, 2), 5);
    assert_int_equal(piece_index_find(&index, 1, 3), 1);
    piece_index_free(&index);
}

/* Files in any order, numbers ascending in each, as threads come to them. */
static void any_mixture_is_found(void **unused)
{
    (void)unused;
    enum { FILES = 300, PIECES = 40000 };
    struct piece_index index = {0};
    static uint32_t counts[FILES], file_of[PIECES], piece_of[PIECES];
    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t file = random_below(FILES);
        for (uint32_t some = 1 + random_below(5); some > 0 && i < PIECES; some--, i++) {
            file_of[i] = file * 7919;
            piece_of[i] = ++counts[file];
            assert_true(piece_index_add(&index, file_of[i], piece_of[i], i, true));
        }
        i--;
    }
    for (uint32_t i = 0; i < PIECES; i++) assert_int_equal(piece_index_find(&index, file_of[i], piece_of[i]), i);
    uint32_t *files = piece_index_files(&index);
    assert_int_equal(index.count, FILES);
    for (uint32_t f = 0; f < FILES; f++) {
        assert_int_equal(files[f], f * 7919);
        assert_true(piece_index_is_in_order(&index, files[f]));
        struct piece_row row;
        uint32_t seen = 0;
        for (size_t r = 0; piece_index_row(&index, files[f], r, &row); r++) {
            assert_int_equal(row.piece, seen + 1);
            seen += row.count;
        }
        assert_int_equal(seen, counts[f]);
    }
    free(files);
    piece_index_free(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_one_row),
        cmocka_unit_test(order_is_that_of_numbers_and_of_paths),
        cmocka_unit_test(any_mixture_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
