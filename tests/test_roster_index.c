/* roster_index.c, with roster_items.c below it: what was added is found, in the order in which it came and once, whatever shares a bucket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/attribute/roster_index.h"

enum { SEED = 11, CUSTOMERS_MAX = 300000, KEYS_BYTES = 256 * 24 };

static struct fault fault;
static struct roster_intervals intervals;

struct world {
    struct roster_items items;
    struct roster_index index;
    uint32_t customers[CUSTOMERS_MAX]; /* their items; 0: not there */
};

struct told {
    uint32_t customer, interval;
};

static struct world *world_open(uint64_t file_bytes)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_int_equal(roster_items_open(&world->items, file_bytes, false, &fault), STATUS_OK);
    assert_int_equal(roster_index_open(&world->index, SEED, file_bytes, &fault), STATUS_OK);
    return world;
}

static void world_close(struct world *world)
{
    roster_index_free(&world->index);
    roster_items_free(&world->items);
    free(world);
}

static size_t key_make(const char *value, char key[ROSTER_KEY_BYTES_MAX])
{
    char packed[IDENTIFIER_SIZE] = {0};
    memcpy(packed, value, strlen(value));
    return roster_key_write(key, KIND_SERIAL, PACKING_TEXT, packed, (uint8_t)strlen(value));
}

static uint32_t hash_of(const char *key)
{
    return roster_identifier_hash(key, key + ROSTER_KEY_HEAD, SEED);
}

/* A line with these identifiers. */
static void add(struct world *world, const char *const *values, unsigned count, uint32_t customer, uint32_t interval)
{
    static char keys[KEYS_BYTES + ROSTER_ROW_SLACK];
    uint32_t hashes[256];
    size_t length = 0;
    for (unsigned i = 0; i < count; i++) {
        char key[ROSTER_KEY_BYTES_MAX] = {0};
        size_t bytes = key_make(values[i], key);
        hashes[i] = hash_of(key);
        memcpy(keys + length, key, bytes);
        length += bytes;
    }
    char id[64] = {0};
    struct roster_item item = {.interval = interval, .key_bytes = (uint16_t)length};
    uint32_t number = world->customers[customer];
    if (number == 0) {
        item.id_length = (uint8_t)snprintf(id, sizeof id, "%u", customer);
        number = world->customers[customer] = roster_items_add_customer(&world->items, &item, id, keys, ROSTER_BIRTH_UNKNOWN);
    } else {
        number = roster_items_add_further(&world->items, &item, number, keys);
    }
    assert_int_not_equal(number, 0);
    assert_int_equal(roster_index_add(&world->index, (const char *)hashes, count, number, &fault), STATUS_OK);
}

static void add_one(struct world *world, const char *value, uint32_t customer, uint32_t interval)
{
    add(world, &value, 1, customer, interval);
}

/* Those of a value; at most count. */
static size_t find(const struct world *world, const char *value, struct told *told, size_t count)
{
    char key[ROSTER_KEY_BYTES_MAX] = {0};
    struct roster_found found;
    size_t number = 0;
    key_make(value, key);
    roster_index_begin(&world->index, hash_of(key), &found);
    roster_index_entries(&world->index, &found);
    roster_index_fetch(&world->index, &world->items, &found);
    roster_index_resolve(&world->index, &world->items, key, &found);
    for (uint32_t item; (item = roster_index_next(&world->index, &world->items, key, &found)) != 0; number++) {
        struct span id = roster_items_id(&world->items, roster_item_customer(&world->items, item));
        char text[16] = {0};
        assert_true(number < count && id.len < sizeof text);
        memcpy(text, id.at, id.len);
        told[number] = (struct told){(uint32_t)strtoul(text, NULL, 10), roster_item_read(roster_item_at(&world->items, item)).interval};
    }
    return number;
}

static void finish(struct world *world, int thread_count)
{
    assert_int_equal(roster_index_finish(&world->index, &world->items, &intervals, thread_count, &fault), STATUS_OK);
}

static uint64_t count_all(const struct world *world)
{
    uint64_t count = 0;
    for (size_t s = 0; s < ROSTER_SHARES; s++) count += world->index.shares[s].count;
    return count;
}

static void value_make(uint32_t i, char value[32])
{
    snprintf(value, 32, "%.*s%u", (int)(i % 17), "ABCDEFGHIJKLMNOPQR", i);
}

/* Many values, each twice with another customer and once again; sizes of files that make units of one, four, eight and 32 bytes.
 * Among so many some have the same hash. */
static void all_are_found_in_order_and_once(void **state)
{
    (void)state;
    enum { VALUES = 200000 };
    static const struct {
        uint64_t file_bytes;
        unsigned unit_bits;
        int thread_count;
    } cases[] = {{0, 3, 1}, {3000000, 0, 3}, {UINT64_C(3) << 29, 2, 2}, {UINT64_C(15) << 30, 5, 1}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct world *world = world_open(cases[c].file_bytes);
        assert_int_equal(world->items.unit_bits, cases[c].unit_bits);
        for (uint32_t round = 0; round < 3; round++)
            for (uint32_t i = 0; i < VALUES; i++) {
                char value[32];
                value_make(i, value);
                add_one(world, value, i + round % 2, UINT32_C(1) << 31 | i);
            }
        finish(world, cases[c].thread_count);
        assert_int_equal(count_all(world), 2 * VALUES);
        for (uint32_t i = 0; i < VALUES; i++) {
            char value[32];
            struct told told[3];
            value_make(i, value);
            assert_int_equal(find(world, value, told, 3), 2);
            assert_int_equal(told[0].customer, i);
            assert_int_equal(told[1].customer, i + 1);
            assert_int_equal(told[1].interval, UINT32_C(1) << 31 | i);
        }
        struct told none;
        assert_int_equal(find(world, "none", &none, 1), 0);
        world_close(world);
    }
}

/* What lies between two identifiers of a share may be more than two bytes say, by little or by much, as where few lines have any. */
static void identifiers_may_be_far_apart(void **state)
{
    (void)state;
    enum { FAR_APART = 2000, EVERY = 97 };
    static const char *const none[] = {""};
    struct world *world = world_open(3000000);
    for (uint32_t i = 0; i < FAR_APART * EVERY; i++) {
        char value[32];
        value_make(i, value);
        if (i % EVERY == 0) add_one(world, value, i, UINT32_C(1) << 31 | i);
        else add(world, none, 0, i, 0);
    }
    assert_true(world->items.memory.count / (FAR_APART / ROSTER_SHARES) > UINT16_MAX);
    finish(world, 2);
    assert_int_equal(count_all(world), FAR_APART);
    for (uint32_t i = 0; i < FAR_APART * EVERY; i++) {
        char value[32];
        struct told told;
        value_make(i, value);
        assert_int_equal(find(world, value, &told, 1), i % EVERY == 0);
        if (i % EVERY == 0) assert_int_equal(told.customer, i);
    }
    world_close(world);
}

/* A tester's device on every line: its list is larger than a chunk, and stands in the order of the lines, each customer once. What
 * is in a list is marked as shared, and nothing else. */
static void a_list_may_be_larger_than_a_chunk(void **state)
{
    (void)state;
    enum { CUSTOMERS = 20000 };
    struct world *world = world_open(1 << 20);
    struct told *told = calloc(CUSTOMERS, sizeof *told);
    assert_non_null(told);
    for (uint32_t i = 0; i < CUSTOMERS; i++) {
        char value[24];
        snprintf(value, sizeof value, "OWN%u", i);
        add_one(world, "TESTER", CUSTOMERS - i, UINT32_C(1) << 31);
        add_one(world, value, CUSTOMERS + 1 + i, UINT32_C(1) << 31);
        if (i % 3 == 0) add_one(world, "TESTER", CUSTOMERS - i / 3, UINT32_C(1) << 31);
    }
    finish(world, 2);
    assert_true(world->index.chunk_bytes < CUSTOMERS * 4);
    assert_int_equal(count_all(world), 2 * CUSTOMERS);
    assert_int_equal(find(world, "TESTER", told, CUSTOMERS), CUSTOMERS);
    for (uint32_t i = 0; i < CUSTOMERS; i++) assert_int_equal(told[i].customer, CUSTOMERS - i);
    assert_int_equal(find(world, "OWN777", told, 1), 1);
    assert_int_equal(told[0].customer, CUSTOMERS + 1 + 777);
    assert_true(roster_item_read(roster_item_at(&world->items, world->customers[5])).shared);
    assert_false(roster_item_read(roster_item_at(&world->items, world->customers[CUSTOMERS + 5])).shared);
    free(told);
    world_close(world);
}

/* Lines of many identifiers, so far back in the range that numbers of items leave no room for tags: several identifiers of a line
 * share a bucket, some of them with another customer, and some stand twice in their line. */
static void identifiers_of_a_line_may_share_a_bucket(void **state)
{
    (void)state;
    enum { LINES = 60, VALUES = 120, FAR_BYTES = 1 << 30 };
    static char values[LINES][VALUES][16];
    struct world *world = world_open(FAR_BYTES / 4);
    assert_int_equal(world->items.unit_bits, 0);
    assert_true(world->items.memory.capacity < FAR_BYTES && pages_grow(&world->items.memory, FAR_BYTES + (1 << 22)));
    world->items.memory.count = FAR_BYTES;
    for (uint32_t i = 0; i < LINES; i++) {
        const char *line[VALUES + 1], *others[VALUES];
        unsigned count = 0;
        for (unsigned v = 0; v < VALUES; v++) {
            snprintf(values[i][v], sizeof values[i][v], "L%uV%u", i, v);
            line[v] = values[i][v];
            if (v % 7 == 3) others[count++] = values[i][v];
        }
        line[VALUES] = values[i][5];
        add(world, line, VALUES + 1, i, UINT32_C(1) << 31);
        if (i % 2 == 1) add(world, others, count, LINES + i, UINT32_C(1) << 31);
    }
    finish(world, 2);
    assert_int_equal(world->index.item_bits, ROSTER_ITEM_BITS);
    for (uint32_t i = 0; i < LINES; i++)
        for (unsigned v = 0; v < VALUES; v++) {
            struct told told[3];
            size_t expected = v % 7 == 3 && i % 2 == 1 ? 2 : 1;
            assert_int_equal(find(world, values[i][v], told, 3), expected);
            assert_int_equal(told[0].customer, i);
            if (expected == 2) assert_int_equal(told[1].customer, LINES + i);
        }
    world_close(world);
}

static void none_at_all_is_none(void **state)
{
    (void)state;
    struct world *world = world_open(100);
    struct told told;
    finish(world, 2);
    assert_int_equal(find(world, "A", &told, 1), 0);
    world_close(world);
}

/* Items stand behind one another, whatever their length. */
static void items_come_back_one_after_another(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1000, UINT64_C(20) << 30};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct roster_items items;
        char id[256 + ROSTER_ROW_SLACK], keys[600 + ROSTER_ROW_SLACK] = {0};
        uint32_t customer = 0, item = 0;
        memset(id, 'x', sizeof id);
        assert_int_equal(roster_items_open(&items, sizes[s], true, &fault), STATUS_OK);
        assert_int_equal(roster_items_next(&items, 0), 0);
        for (unsigned i = 1; i <= 255; i++) {
            struct roster_item made = {.interval = i, .key_bytes = (uint16_t)(2 * i), .id_length = (uint8_t)i, .place = (uint16_t)(i * 7)};
            customer = roster_items_add_customer(&items, &made, id, keys, (int32_t)i - 100);
            made.id_length = 0;
            assert_int_not_equal(customer, 0);
            assert_int_not_equal(roster_items_add_further(&items, &made, customer, keys), 0);
        }
        for (unsigned i = 1; i <= 255; i++) {
            item = customer = roster_items_next(&items, item);
            struct roster_item read = roster_item_read(roster_item_at(&items, item));
            assert_int_equal(read.interval, i);
            assert_int_equal(read.place, i * 7);
            assert_int_equal(roster_items_id(&items, item).len, i);
            assert_int_equal(roster_items_id(&items, item).at[i - 1], 'x');
            assert_int_equal(roster_items_birth(&items, item), (int)i - 100);
            roster_items_mark_shared(&items, item);
            assert_true(roster_item_read(roster_item_at(&items, item)).shared);
            assert_int_equal(roster_item_keys(&items, roster_item_at(&items, item)).len, 2 * i);
            item = roster_items_next(&items, item);
            assert_int_equal(roster_item_customer(&items, item), customer);
            assert_int_equal(roster_item_keys(&items, roster_item_at(&items, item)).len, 2 * i);
        }
        assert_int_equal(roster_items_next(&items, item), 0);
        roster_items_free(&items);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_found_in_order_and_once),
        cmocka_unit_test(identifiers_may_be_far_apart),
        cmocka_unit_test(a_list_may_be_larger_than_a_chunk),
        cmocka_unit_test(identifiers_of_a_line_may_share_a_bucket),
        cmocka_unit_test(none_at_all_is_none),
        cmocka_unit_test(items_come_back_one_after_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
