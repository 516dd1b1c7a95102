/* Tests of analyzer/tally/sorter.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/tally/sorter.h"
#include "run_making.h"

enum { ENTRIES = 6000 };

struct sorting {
    char folder[64];
    int directory;
    struct run_identity identity;
    struct sorter *sorter;
};

static struct sorting sorting_open(int lanes, size_t memory_bytes, const struct sorter_joiner *joiner)
{
    struct sorting made = {.identity = identity_of(1, 2, 1)};
    struct fault fault;
    made.directory = folder_make(made.folder);
    struct sorting_options options = {made.directory, &made.identity, 5, "test", lanes, memory_bytes, joiner};
    assert_int_equal(sorter_open(&options, &made.sorter, &fault), STATUS_OK);
    return made;
}

static void sorting_close(struct sorting *sorting)
{
    sorter_close(sorting->sorter);
    assert_true(folder_remove(sorting->directory, sorting->folder, (const char *const[]){NULL}));
}

static void add(struct sorting *sorting, int lane, const char *key, const char *value)
{
    struct fault fault;
    assert_int_equal(sorter_add(sorting->sorter, lane, text(key), text(value), &fault), STATUS_OK);
}

static void nothing_is_sorted_to_nothing(void **unused)
{
    (void)unused;
    struct sorting sorting = sorting_open(2, 1 << 20, NULL);
    struct sorter_walk *walk = NULL;
    struct span key, value;
    struct fault fault;
    assert_int_equal(sorter_seal(sorting.sorter, &fault), STATUS_OK);
    assert_int_equal(sorter_entry_count(sorting.sorter), 0);
    assert_int_equal(sorter_walk_open(sorting.sorter, &walk, &fault), STATUS_OK);
    assert_int_equal(sorter_walk_next(walk, &key, &value, &fault), STATUS_END);
    assert_int_equal(sorter_walk_next(walk, &key, &value, &fault), STATUS_END);
    sorter_walk_close(walk);
    sorter_walk_close(NULL);
    sorting_close(&sorting);
}

static void all_entries_come_back_in_order(void **unused)
{
    (void)unused;
    static const struct { int lanes; size_t memory_bytes; } ways[] = {{1, 1 << 30}, {1, 1}, {3, 1}, {2, 1 << 18}};
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        struct sorting sorting = sorting_open(ways[w].lanes, ways[w].memory_bytes, NULL);
        static bool seen[ENTRIES];
        memset(seen, 0, sizeof seen);
        for (int i = 0; i < ENTRIES; i++) {
            char key[80], value[80];
            snprintf(key, sizeof key, "key %05d and something behind it to fill the memory of a lane", i * 7919 % ENTRIES / 2);
            snprintf(value, sizeof value, "%d", i * 7919 % ENTRIES);
            add(&sorting, i % ways[w].lanes, key, value);
        }
        struct fault fault;
        assert_int_equal(sorter_seal(sorting.sorter, &fault), STATUS_OK);
        assert_int_equal(sorter_entry_count(sorting.sorter), ENTRIES);
        for (int again = 0; again < 2; again++) { /* any number of walks */
            struct sorter_walk *walk = NULL;
            struct span key, value;
            assert_int_equal(sorter_walk_open(sorting.sorter, &walk, &fault), STATUS_OK);
            for (int i = 0; i < ENTRIES; i++) {
                assert_int_equal(sorter_walk_next(walk, &key, &value, &fault), STATUS_OK);
                char number[16] = "", of[16] = "";
                memcpy(number, key.at + 4, 5);
                memcpy(of, value.at, value.len);
                assert_int_equal(atoi(number), i / 2);
                assert_int_equal(atoi(of) / 2, i / 2);
                seen[atoi(of)] = !again;
            }
            assert_int_equal(sorter_walk_next(walk, &key, &value, &fault), STATUS_END);
            sorter_walk_close(walk);
            for (int i = 0; i < ENTRIES && again == 0; i++) assert_true(seen[i]);
        }
        sorting_close(&sorting);
    }
}

/* Adds up values of one byte. */
static enum status sum_open(const void *context, void **joiner, struct fault *fault)
{
    (void)context, (void)fault;
    *joiner = calloc(1, 1);
    return STATUS_OK;
}

static enum status sum_join(void *joiner, const struct span *values, size_t count, struct span *joined, struct fault *fault)
{
    (void)fault;
    char sum = 0;
    for (size_t i = 0; i < count; i++) sum = (char)(sum + values[i].at[0]);
    *(char *)joiner = sum;
    *joined = (struct span){joiner, 1};
    return STATUS_OK;
}

static void equal_keys_become_one_where_they_join(void **unused)
{
    (void)unused;
    static const struct sorter_joiner joiner = {sum_open, free, sum_join, NULL};
    for (int lanes = 1; lanes <= 3; lanes++) {
        struct sorting sorting = sorting_open(lanes, 1, &joiner);
        char key[128];
        for (int i = 0; i < ENTRIES; i++) {
            snprintf(key, sizeof key, "%0100d", i % 100);
            add(&sorting, i % lanes, key, "\1");
        }
        struct sorter_walk *walk = NULL;
        struct span got, value;
        struct fault fault;
        assert_int_equal(sorter_seal(sorting.sorter, &fault), STATUS_OK);
        assert_int_equal(sorter_walk_open(sorting.sorter, &walk, &fault), STATUS_OK);
        for (int i = 0; i < 100; i++) {
            assert_int_equal(sorter_walk_next(walk, &got, &value, &fault), STATUS_OK);
            snprintf(key, sizeof key, "%0100d", i);
            assert_int_equal(got.len, 100);
            assert_memory_equal(got.at, key, 100);
            assert_int_equal(value.len, 1);
            assert_int_equal(value.at[0], ENTRIES / 100);
        }
        assert_int_equal(sorter_walk_next(walk, &got, &value, &fault), STATUS_END);
        sorter_walk_close(walk);
        sorting_close(&sorting);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_sorted_to_nothing),
        cmocka_unit_test(all_entries_come_back_in_order),
        cmocka_unit_test(equal_keys_become_one_where_they_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
