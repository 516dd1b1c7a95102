/* Tests of analyzer/report/coverage_order.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/report/coverage_order.h"
#include "piece_making.h"
#include "run_making.h"

enum { PIECES = 3000, FILES = 40 };

struct ordering {
    struct object_list list;
    struct object files[FILES];
    char paths[FILES][16];
    size_t place_of[FILES]; /* in the list, by the order of paths */
    struct made_piece made[PIECES];
    const struct object *expected[FILES + PIECES]; /* in order */
};

static int by_path(const void *left, const void *right)
{
    const struct object *a = *(const struct object *const *)left, *b = *(const struct object *const *)right;
    int order = strcmp(a->path, b->path);
    if (order != 0) return order;
    if (a->is_piece != b->is_piece) return a->is_piece ? 1 : -1;
    return a->units < b->units ? -1 : a->units > b->units; /* pieces: as they came up */
}

/* turns: how many times paths begin to ascend anew; PIECES: they are in no order. */
static struct ordering *ordering_make(size_t turns)
{
    struct ordering *ordering = calloc(1, sizeof *ordering);
    struct fault fault;
    for (size_t f = 0; f < FILES; f++) {
        snprintf(ordering->paths[f], sizeof ordering->paths[f], "d/%02zu", (f * 17) % FILES);
        ordering->files[f] = (struct object){.path = ordering->paths[f], .below_root = ordering->paths[f], .status = OBJECT_COMPLETE};
        ordering->place_of[(f * 17) % FILES] = f;
        ordering->expected[f] = &ordering->files[f];
    }
    ordering->list = (struct object_list){.objects = ordering->files, .count = FILES, .walked_count = FILES, .ledger_begin = FILES};
    assert_int_equal(ledger_open(&ordering->list.ledger, &fault), STATUS_OK);
    uint32_t numbers[FILES] = {0};
    for (size_t i = 0; i < PIECES; i++) {
        struct made_piece *made = &ordering->made[i];
        size_t each = PIECES / (turns + 1) + 1, file = turns == PIECES ? random_below(FILES) : i % each * FILES / each;
        if (turns < PIECES) file = ordering->place_of[file];
        piece_make(made, &ordering->files[file], (uint32_t)file, ++numbers[file], false);
        if (turns < PIECES || i % 100 == 7) sprintf(made->path, "%s!%04zu", ordering->files[file].path, turns == PIECES ? 0 : i % each); /* some of them alike */
        piece_tell(made);
        made->object.units = i + 1;
        made->object.path = made->path;
        assert_int_equal(ledger_add(ordering->list.ledger, &made->object, NULL, &fault), STATUS_OK);
        ordering->expected[FILES + i] = &made->object;
    }
    qsort(ordering->expected, FILES + PIECES, sizeof *ordering->expected, by_path);
    return ordering;
}

static void ordering_free(struct ordering *ordering)
{
    ledger_close(ordering->list.ledger);
    for (size_t i = 0; i < PIECES; i++) free(ordering->made[i].path);
    free(ordering);
}

static void assert_ordered(const struct ordering *ordering, const struct ledger_place *scratch, size_t chunk_bytes)
{
    struct fault fault;
    struct coverage_order *order = NULL;
    const struct object *object;
    assert_int_equal(coverage_order_open(&ordering->list, scratch, chunk_bytes, &order, &fault), STATUS_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(coverage_order_begin(order, &fault), STATUS_OK);
        for (size_t i = 0; i < FILES + PIECES; i++) {
            const struct object *expected = ordering->expected[i];
            assert_int_equal(coverage_order_next(order, &object, &fault), STATUS_OK);
            if (expected->is_piece) pieces_equal(expected, object);
            else assert_ptr_equal(expected, object);
        }
        assert_int_equal(coverage_order_next(order, &object, &fault), STATUS_END);
    }
    assert_int_equal(coverage_order_begin(order, &fault), STATUS_OK);
    assert_int_equal(coverage_order_next(order, &object, &fault), STATUS_OK);
    assert_string_equal(object->path, ordering->expected[0]->path);
    coverage_order_close(order);
}

static void objects_come_in_the_order_of_paths(void **unused)
{
    (void)unused;
    char folder[64];
    int directory = folder_make(folder);
    struct run_identity identity = identity_of(3, 1, 1);
    struct ledger_place scratch = {.directory = directory, .open_seal = run_seal_open, .held_bytes = 1, .is_scratch = true};
    memcpy(scratch.key, identity.key, sizeof scratch.key);
    static const size_t turns[] = {0, 1, 7, COVERAGE_COURSES_MAX - 1, COVERAGE_COURSES_MAX, COVERAGE_COURSES_MAX + 1, 500, PIECES};
    static const size_t chunks[] = {0, 1, 20000, 1 << 20, 1 << 30};
    for (size_t t = 0; t < sizeof turns / sizeof turns[0]; t++) {
        struct ordering *ordering = ordering_make(turns[t]);
        for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
            if (chunks[c] == 1 && t > 0) continue; /* each piece a course of its own */
            assert_ordered(ordering, NULL, chunks[c]);
            assert_ordered(ordering, &scratch, chunks[c]);
        }
        ordering_free(ordering);
    }
    assert_true(folder_remove(directory, folder, (const char *const[]){NULL})); /* nothing is left there */
}

static void a_list_may_have_no_pieces_or_nothing(void **unused)
{
    (void)unused;
    struct fault fault;
    struct coverage_order *order = NULL;
    const struct object *found;
    struct object one = {.path = (char[]){"x"}};
    struct object_list list = {.objects = &one, .count = 1, .walked_count = 1};
    assert_int_equal(coverage_order_open(&list, NULL, 0, &order, &fault), STATUS_OK);
    assert_int_equal(coverage_order_begin(order, &fault), STATUS_OK);
    assert_int_equal(coverage_order_next(order, &found, &fault), STATUS_OK);
    assert_ptr_equal(found, &one);
    assert_int_equal(coverage_order_next(order, &found, &fault), STATUS_END);
    coverage_order_close(order);
    list.count = 0;
    assert_int_equal(coverage_order_open(&list, NULL, 0, &order, &fault), STATUS_OK);
    assert_int_equal(coverage_order_begin(order, &fault), STATUS_OK);
    assert_int_equal(coverage_order_next(order, &found, &fault), STATUS_END);
    coverage_order_close(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_in_the_order_of_paths),
        cmocka_unit_test(a_list_may_have_no_pieces_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
