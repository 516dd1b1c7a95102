/* Tests of analyzer/tally/order.c, by the order of the resolved rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "tallying.h"

static int by_bytes(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    size_t least = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->at, y->at, least);
    return order != 0 ? order : x->len < y->len ? -1 : x->len > y->len;
}

/* Adds the IDs as they come and expects each once, in the order of bytes. Sorts ids. */
static void expect_sorted(struct span *ids, size_t count, int thread_count)
{
    struct tallying tallying = tallying_open(1);
    struct fault fault;
    for (size_t i = 0; i < count; i++) {
        struct tally_unit unit = {.holder_kind = HOLDER_CUSTOMER, .holder = ids[i], .record = true, .time_s = TIME_NONE};
        assert_int_equal(tally_add(tallying.writer, &unit, &fault), STATUS_OK);
    }
    tallying_resolve(&tallying, thread_count);
    if (count > 0) qsort(ids, count, sizeof *ids, by_bytes);
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && by_bytes(&ids[i - 1], &ids[i]) == 0) continue;
        struct customer_row row;
        assert_true(distinct < resolved_customer_count(tallying.resolved));
        resolved_customer(tallying.resolved, distinct++, &row);
        if (by_bytes(&row.customer_id, &ids[i]) != 0)
            fail_msg("row %zu is \"%.*s\", expected \"%.*s\"", distinct, (int)row.customer_id.len, row.customer_id.at, (int)ids[i].len, ids[i].at);
    }
    assert_int_equal(resolved_customer_count(tallying.resolved), distinct);
    tallying_close(&tallying);
}

static void none_one_and_two_customers_are_in_order(void **unused)
{
    (void)unused;
    struct span ids[] = {{"b", 1}, {"a", 1}};
    for (size_t count = 0; count <= 2; count++) expect_sorted(ids, count, 2);
}

static void prefixes_come_before_what_they_begin(void **unused)
{
    (void)unused;
    struct span ids[] = {{"C-10", 4}, {"C-1", 3},  {"C-100", 5},     {"C", 1},     {"C-", 2},          {"C-1000000000000", 15},
                         {"C-2", 3},  {"C-19", 4}, {"C-1\0", 4},     {"C-1\0\0", 5}, {"C-1\0\0\0\0\0\0\0\0", 11}, {"C-1\0\0\0\0\0\0\0\0a", 12}};
    expect_sorted(ids, sizeof ids / sizeof ids[0], 1);
    struct span chain[300];
    char text[300];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 300; i++) chain[i] = (struct span){text, 1 + (i * 7919) % 300};
    expect_sorted(chain, 300, 2);
}

static void bytes_are_compared_without_sign(void **unused)
{
    (void)unused;
    struct span ids[256];
    char bytes[256];
    for (size_t i = 0; i < 256; i++) {
        bytes[i] = (char)(i * 89);
        ids[i] = (struct span){&bytes[i], 1};
    }
    expect_sorted(ids, 256, 2);
    struct span japanese[] = {{"東京", 6}, {"A", 1}, {"\xFF\xFE", 2}, {"é", 2}, {"z", 1}, {"顧客1", 7}, {"\x7F", 1}, {"\x80", 1}};
    expect_sorted(japanese, 8, 1);
}

static void ids_with_a_long_common_beginning_are_in_order(void **unused)
{
    (void)unused;
    enum { COUNT = 5000, SIZE = 64 };
    char *text = malloc((size_t)COUNT * SIZE);
    struct span *ids = malloc(COUNT * sizeof *ids);
    for (int i = 0; i < COUNT; i++) {
        /* Differences before, inside and behind the eight bytes that are looked at first. */
        sprintf(text + i * SIZE, "customer-of-the-house-%c%020u", "ab"[i % 2], random_below(3000));
        ids[i] = (struct span){text + i * SIZE, strlen(text + i * SIZE)};
    }
    expect_sorted(ids, COUNT, 2);
    free(ids);
    free(text);
}

static void random_ids_are_in_order(void **unused)
{
    (void)unused;
    enum { COUNT = 20000, SIZE = 24 };
    static const char *const alphabets[] = {"ab", "0123456789", "a\xFF", "A\x80"};
    char *text = malloc((size_t)COUNT * SIZE);
    struct span *ids = malloc(COUNT * sizeof *ids);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < COUNT; i++) {
            char *id = text + i * SIZE;
            size_t length = 1 + random_below(SIZE);
            for (size_t k = 0; k < length; k++)
                id[k] = round < 4 ? alphabets[round][random_below((uint32_t)strlen(alphabets[round]))] : (char)random_below(256);
            ids[i] = (struct span){id, length};
        }
        expect_sorted(ids, COUNT, 1 + round % 3);
    }
    free(ids);
    free(text);
}

/* Equal in the eight bytes after what all have in common, and already in order, reversed, or like an organ pipe. */
static void shapes_that_are_bad_for_sorting_are_in_order(void **unused)
{
    (void)unused;
    enum { COUNT = 30000, SIZE = 32 };
    char *text = malloc((size_t)COUNT * SIZE);
    struct span *ids = malloc(COUNT * sizeof *ids);
    for (int shape = 0; shape < 3; shape++) {
        for (int i = 0; i < COUNT; i++) {
            int number = shape == 0 ? i : shape == 1 ? COUNT - i : i < COUNT / 2 ? 2 * i : 2 * (COUNT - i) - 1;
            sprintf(text + i * SIZE, "%c12345678%08d", i == 0 ? 'B' : 'A', number);
            ids[i] = (struct span){text + i * SIZE, strlen(text + i * SIZE)};
        }
        expect_sorted(ids, COUNT, 2);
    }
    free(ids);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_one_and_two_customers_are_in_order),
        cmocka_unit_test(prefixes_come_before_what_they_begin),
        cmocka_unit_test(bytes_are_compared_without_sign),
        cmocka_unit_test(ids_with_a_long_common_beginning_are_in_order),
        cmocka_unit_test(random_ids_are_in_order),
        cmocka_unit_test(shapes_that_are_bad_for_sorting_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
