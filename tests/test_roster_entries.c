/* roster_entries.c: what was added is found, in the order in which it came and once, however much of it shares a bucket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/attribute/roster_entries.h"

enum { SEED = 11 };

static struct fault fault;
static struct roster_intervals intervals;

struct told {
    uint32_t customer, interval;
};

/* As identifiers stand in a row: share, key. Returns the key's length. */
static size_t identifier_write(const char *value, char identifier[1 + ROSTER_KEY_BYTES_MAX + ROSTER_ROW_SLACK])
{
    char packed[IDENTIFIER_SIZE] = {0};
    memcpy(packed, value, strlen(value));
    size_t length = roster_key_write(identifier + 1, KIND_SERIAL, PACKING_TEXT, packed, (uint8_t)strlen(value));
    identifier[0] = (char)roster_share(roster_key_hash(identifier + 1, packed, SEED));
    return length;
}

static void add(struct roster_entries *entries, const char *value, uint32_t customer, uint32_t interval)
{
    char identifier[1 + ROSTER_KEY_BYTES_MAX + ROSTER_ROW_SLACK] = {0};
    identifier_write(value, identifier);
    assert_int_equal(roster_entries_add(entries, identifier, 1, customer, interval, &fault), STATUS_OK);
}

/* Those of a value; at most count. */
static size_t find(const struct roster_entries *entries, const char *value, struct told *told, size_t count)
{
    char identifier[1 + ROSTER_KEY_BYTES_MAX + ROSTER_ROW_SLACK] = {0};
    size_t length = identifier_write(value, identifier), found = 0;
    const struct roster_share *share = &entries->shares[(unsigned char)identifier[0]];
    uint64_t hash = roster_key_hash(identifier + 1, identifier + 1 + ROSTER_KEY_HEAD, SEED);
    uint32_t place = share->buckets[roster_bucket(share, roster_hash_below(hash))];
    for (bool more = place != 0; more;) {
        const char *at = roster_entry_at(entries, place);
        struct roster_entry entry = roster_entry_read(at);
        if (memcmp(at + ROSTER_ENTRY_HEAD, identifier + 1, length) == 0) {
            assert_true(found < count);
            told[found++] = (struct told){entry.customer, entry.interval};
        }
        more = !entry.last;
        place += (uint32_t)(roster_entry_bytes(entries, at) >> entries->unit_bits);
    }
    return found;
}

static void finish(struct roster_entries *entries, int thread_count)
{
    assert_int_equal(roster_entries_finish(entries, &intervals, thread_count, &fault), STATUS_OK);
}

/* Many values, each twice with another customer and once again; sizes of files that make units of one, two and 16 bytes. */
static void all_are_found_in_order_and_once(void **state)
{
    (void)state;
    enum { VALUES = 60000 };
    static const struct {
        uint64_t file_bytes;
        unsigned unit_bits;
        int thread_count;
    } cases[] = {{0, 2, 1}, {3000000, 0, 3}, {UINT64_C(3) << 29, 1, 2}, {UINT64_C(15) << 30, 4, 1}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct roster_entries entries;
        assert_int_equal(roster_entries_open(&entries, SEED, cases[c].file_bytes, &fault), STATUS_OK);
        assert_int_equal(entries.unit_bits, cases[c].unit_bits);
        for (uint32_t round = 0; round < 3; round++)
            for (uint32_t i = 0; i < VALUES; i++) {
                char value[32];
                snprintf(value, sizeof value, "%.*s%u", (int)(i % 17), "ABCDEFGHIJKLMNOPQR", i);
                add(&entries, value, i + round % 2, UINT32_C(1) << 31 | i);
            }
        finish(&entries, cases[c].thread_count);
        uint64_t count = 0;
        for (size_t s = 0; s < ROSTER_SHARES; s++) count += entries.shares[s].count;
        assert_int_equal(count, 2 * VALUES);
        for (uint32_t i = 0; i < VALUES; i++) {
            char value[32];
            struct told told[3];
            snprintf(value, sizeof value, "%.*s%u", (int)(i % 17), "ABCDEFGHIJKLMNOPQR", i);
            assert_int_equal(find(&entries, value, told, 3), 2);
            assert_int_equal(told[0].customer, i);
            assert_int_equal(told[1].customer, i + 1);
            assert_int_equal(told[1].interval, UINT32_C(1) << 31 | i);
        }
        struct told none;
        assert_int_equal(find(&entries, "none", &none, 1), 0);
        roster_entries_free(&entries);
    }
}

/* A tester's device on every line: its bucket is larger than a chunk, and stands in the order of the lines, each customer once. */
static void a_bucket_may_be_larger_than_a_chunk(void **state)
{
    (void)state;
    enum { CUSTOMERS = 20000 };
    struct roster_entries entries;
    struct told *told = calloc(CUSTOMERS, sizeof *told);
    assert_non_null(told);
    assert_int_equal(roster_entries_open(&entries, SEED, 1 << 20, &fault), STATUS_OK);
    for (uint32_t i = 0; i < CUSTOMERS; i++) {
        char value[24];
        snprintf(value, sizeof value, "OWN%u", i);
        add(&entries, "TESTER", CUSTOMERS - i, UINT32_C(1) << 31);
        add(&entries, value, i, UINT32_C(1) << 31);
        if (i % 3 == 0) add(&entries, "TESTER", CUSTOMERS - i / 3, UINT32_C(1) << 31);
    }
    finish(&entries, 2);
    assert_true(entries.chunk_bytes < CUSTOMERS * 10);
    assert_int_equal(find(&entries, "TESTER", told, CUSTOMERS), CUSTOMERS);
    for (uint32_t i = 0; i < CUSTOMERS; i++) assert_int_equal(told[i].customer, CUSTOMERS - i);
    assert_int_equal(find(&entries, "OWN777", told, 1), 1);
    assert_int_equal(told[0].customer, 777);
    free(told);
    roster_entries_free(&entries);
}

static void none_at_all_is_none(void **state)
{
    (void)state;
    struct roster_entries entries;
    struct told told;
    assert_int_equal(roster_entries_open(&entries, SEED, 100, &fault), STATUS_OK);
    finish(&entries, 2);
    assert_int_equal(find(&entries, "A", &told, 1), 0);
    roster_entries_free(&entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_found_in_order_and_once),
        cmocka_unit_test(a_bucket_may_be_larger_than_a_chunk),
        cmocka_unit_test(none_at_all_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
