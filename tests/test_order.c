/* Tests of analyzer/tally/order.c, by the order of the resolved rows and of entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/tally/holder_entry.h"
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

static void add_holder(struct tallying *tallying, uint8_t kind, struct span holder, bool record)
{
    struct fault fault;
    struct tally_unit unit = {.holder_kind = kind, .holder = holder, .record = record, .time_s = TIME_NONE};
    assert_int_equal(tally_add(tallying->writer, &unit, &fault), STATUS_OK);
}

/* Which holder of each partition is looked at next. */
struct looking {
    const struct tally *tally;
    uint32_t next[PARTITIONS];
};

static void look(void *context, int thread, uint32_t partition, const struct holder *holder)
{
    struct looking *looking = context;
    (void)thread;
    if (holder != partition_holder(looking->tally, &looking->tally->partitions[partition], looking->next[partition]++)) abort();
}

/* Each holder once, in the order of entries' keys, and each looked at once. */
static void expect_holders_sorted(struct tallying *tallying, size_t count, size_t customer_count)
{
    struct fault fault;
    assert_int_equal(tally_flush(tallying->writer, &fault), STATUS_OK);
    for (int threads = 1; threads <= 3; threads++) {
        struct looking looking = {.tally = tallying->tally};
        struct holder_look looker = {look, &looking};
        struct sorted_holders sorted;
        struct bytes last = {0}, key = {0};
        assert_int_equal(holders_sort(tallying->tally, threads, threads == 2 ? NULL : &looker, &sorted, &fault), STATUS_OK);
        assert_int_equal(sorted.count, count);
        assert_int_equal(sorted.customer_count, customer_count);
        for (size_t i = 0; i < count; i++) {
            const struct holder *holder = region_at(&tallying->tally->region, sorted.refs[i].holder);
            key.count = 0;
            assert_true(entry_key_write(tallying->tally, holder, &key));
            if (i > 0 && by_bytes(&(struct span){last.at, last.count}, &(struct span){key.at, key.count}) >= 0) fail_msg("holder %zu is not behind the one before", i);
            struct bytes before = last;
            last = key;
            key = before;
        }
        for (uint32_t p = 0; p < PARTITIONS && threads != 2; p++) assert_int_equal(looking.next[p], tallying->tally->partitions[p].holder_count);
        bytes_free(&last);
        bytes_free(&key);
        sorted_holders_free(&sorted);
    }
}

/* Keys are guessed from some customers: one that is like none of these, in a byte, at its begin, by being short, is in order too. */
static void all_holders_are_in_order_whether_a_guess_holds_or_not(void **unused)
{
    (void)unused;
    static const char *const strange[] = {NULL, "C0000\xFF", "B00000017", "C", "C0000000100000", "D"};
    enum { COUNT = 30000 };
    for (size_t s = 0; s < sizeof strange / sizeof strange[0]; s++) {
        struct tallying tallying = tallying_open(1);
        for (unsigned i = 0; i < COUNT; i++) {
            char id[16];
            snprintf(id, sizeof id, "C%08u", i * 7919u % COUNT);
            add_holder(&tallying, HOLDER_CUSTOMER, (struct span){id, strlen(id)}, i % 5 != 0);
            if (i % 4 == 0) add_holder(&tallying, (uint8_t)(i % 3 == 0 ? KIND_IMEI : KIND_VIN), (struct span){id, strlen(id)}, true);
            if (i % 10 == 0) add_holder(&tallying, HOLDER_SET, (struct span){id, strlen(id)}, true);
        }
        bool one_more = strange[s] != NULL;
        if (one_more) add_holder(&tallying, HOLDER_CUSTOMER, (struct span){strange[s], strlen(strange[s])}, true);
        expect_holders_sorted(&tallying, COUNT + COUNT / 4 + COUNT / 10 + one_more, COUNT + one_more);
        tallying_close(&tallying);
    }
}

static void holders_without_any_customer_are_in_order(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    expect_holders_sorted(&tallying, 0, 0);
    for (unsigned i = 0; i < 5000; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", i * 7919u % 5000);
        add_holder(&tallying, i % 2 == 0 ? KIND_IMEI : HOLDER_SET, (struct span){id, strlen(id)}, true);
    }
    expect_holders_sorted(&tallying, 5000, 0);
    tallying_close(&tallying);
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
        cmocka_unit_test(all_holders_are_in_order_whether_a_guess_holds_or_not),
        cmocka_unit_test(holders_without_any_customer_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
