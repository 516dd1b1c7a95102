/* Tests of analyzer/evidence/piece_order.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/evidence/piece_order.h"
#include "piece_making.h"

enum { PIECES = 2000 };

/* A file whose pieces are in the order of paths, and one where they are not. */
static void pieces_come_in_the_order_of_paths(void **unused)
{
    (void)unused;
    static struct made_piece made[2][PIECES];
    struct object files[] = {{.path = (char[]){"a"}, .below_root = "a"}, {.path = (char[]){"b"}, .below_root = "b"}};
    struct object_list list = {.objects = files, .count = 2, .walked_count = 2, .ledger_begin = 2};
    struct fault fault;
    assert_int_equal(ledger_open(&list.ledger, &fault), STATUS_OK);
    for (uint32_t i = 0; i < PIECES; i++) {
        for (uint32_t f = 0; f < 2; f++) {
            piece_make(&made[f][i], &files[f], f, i + 1, f == 0);
            assert_int_equal(ledger_add(list.ledger, &made[f][i].object, NULL, &fault), STATUS_OK);
        }
    }
    assert_true(ledger_is_in_order(list.ledger, 0));
    assert_false(ledger_is_in_order(list.ledger, 1));
    struct piece_order *order = piece_order_open(&list);
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t f = round % 2, a = random_below(round < 10000 ? 20 : PIECES), b = random_below(PIECES);
        bool before = a != b && strcmp(made[f][a].path, made[f][b].path) < 0;
        assert_int_equal(piece_order_before(order, f, a + 1, b + 1), before);
        assert_int_equal(piece_order_before(order, f, b + 1, a + 1), a != b && !before);
    }
    assert_true(piece_order_before(order, 1, PIECES + 1, PIECES + 2)); /* that nobody knows */
    assert_false(piece_order_before(order, 1, PIECES + 2, 1));
    assert_int_equal(piece_order_failure(order, &fault), STATUS_OK);
    assert_int_equal(piece_order_failure(NULL, &fault), STATUS_OK);
    piece_order_close(order);
    piece_order_close(NULL);
    ledger_close(list.ledger);
    for (uint32_t i = 0; i < PIECES; i++) free(made[0][i].path), free(made[1][i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_in_the_order_of_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
