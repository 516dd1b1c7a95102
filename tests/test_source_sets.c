/* Tests of analyzer/evidence/source_sets.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/evidence/source_sets.h"

static void assert_set(const struct source_sets *sets, uint32_t number, const uint32_t *expected, size_t count)
{
    assert_true(number >= sets->source_count && number < sets->source_count + sets->count);
    uint32_t set = number - sets->source_count;
    assert_int_equal(sets->begins[set + 1] - sets->begins[set], count);
    assert_memory_equal(sets->sources + sets->begins[set], expected, count * sizeof *expected);
}

static void a_file_stands_for_the_sources_of_its_duplicates(void **unused)
{
    (void)unused;
    enum { FILES = 9 };
    static char *const names[] = {"a", "b", "c", "d"};
    struct object objects[FILES + 1] = {
        {.source = 1},                                                /* 0: stands for all but c */
        {.source = 3},                                                /* 1: one in its own source alone */
        {.source = 2},                                                /* 2: stands for c and d */
        {.source = 3, .status = OBJECT_DUPLICATE, .duplicate_of = 0},
        {.source = 3, .status = OBJECT_DUPLICATE, .duplicate_of = 1},
        {.source = 0, .status = OBJECT_DUPLICATE, .duplicate_of = 0},
        {.source = 3, .status = OBJECT_DUPLICATE, .duplicate_of = 2},
        {.source = 3, .status = OBJECT_DUPLICATE, .duplicate_of = 0}, /* a second time in d */
        {.source = 0},                                                /* 8: no other is like it */
        {.source = 1, .is_piece = true},
    };
    struct object_list list = {.objects = objects, .count = FILES + 1, .walked_count = FILES, .sources = (char **)(uintptr_t)names, .source_count = 4};
    struct source_sets sets;
    struct fault fault;
    assert_int_equal(source_sets_make(&list, &sets, &fault), STATUS_OK);
    assert_int_equal(sets.source_count, 4);
    assert_int_equal(sets.count, 2);
    assert_set(&sets, source_set_of(&sets, &list, 0), (const uint32_t[]){0, 1, 3}, 3);
    assert_set(&sets, source_set_of(&sets, &list, 2), (const uint32_t[]){2, 3}, 2);
    assert_int_equal(source_set_of(&sets, &list, 1), 3);
    assert_int_equal(source_set_of(&sets, &list, 8), 0);
    source_sets_free(&sets);
}

static void without_duplicates_elsewhere_each_file_has_its_own_source(void **unused)
{
    (void)unused;
    static char *const names[] = {"a", "b"};
    struct object objects[3] = {{.source = 1}, {.source = 1, .status = OBJECT_DUPLICATE, .duplicate_of = 0}, {.source = 0}};
    struct object_list list = {.objects = objects, .count = 3, .walked_count = 3, .sources = (char **)(uintptr_t)names, .source_count = 2};
    struct source_sets sets;
    struct fault fault;
    assert_int_equal(source_sets_make(&list, &sets, &fault), STATUS_OK);
    assert_int_equal(sets.count, 0);
    assert_null(sets.of_file);
    for (size_t i = 0; i < 3; i++) assert_int_equal(source_set_of(&sets, &list, i), objects[i].source);
    assert_int_equal(source_set_of(NULL, &list, 2), 0);
    source_sets_free(&sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_stands_for_the_sources_of_its_duplicates),
        cmocka_unit_test(without_duplicates_elsewhere_each_file_has_its_own_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
