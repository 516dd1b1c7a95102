/* roster_table.c: growth, intervals of all forms, and the last bits of every limit that a test can reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../analyzer/attribute/roster_table.h"

enum { SEED = 5, OFFSET_S = 32400, ROW_BYTES = 512 };

static struct fault fault;

/* A row with one identifier of the kind's text form, or none. */
static struct roster_row *row_make(char *buffer, const char *id, const char *identifier, int64_t from_s, int64_t to_s)
{
    memset(buffer, 0, ROW_BYTES);
    struct roster_row *row = (struct roster_row *)(void *)buffer;
    *row = (struct roster_row){.hash = roster_id_hash((struct span){id, strlen(id)}, SEED), .from_s = from_s, .to_s = to_s, .birth_day = ROSTER_BIRTH_UNKNOWN,
                               .id_length = (uint8_t)strlen(id)};
    char *at = (char *)(row + 1);
    if (identifier != NULL) {
        char packed[IDENTIFIER_SIZE] = {0};
        memcpy(packed, identifier, strlen(identifier));
        row->key_bytes = (uint16_t)roster_key_write(at, KIND_SERIAL, PACKING_TEXT, packed, (uint8_t)strlen(identifier));
        uint32_t hash = roster_identifier_hash(at, packed, SEED);
        row->identifier_count = 1;
        memcpy(at + row->key_bytes + row->id_length, &hash, sizeof hash);
    }
    memcpy(at + row->key_bytes, id, strlen(id));
    return row;
}

static void open_table(struct roster_table *table, int32_t offset_s, bool births)
{
    assert_int_equal(roster_table_open(table, SEED, offset_s, &(struct roster_expected){.births = births}, &fault), STATUS_OK);
}

static uint32_t find(const struct roster_table *table, const char *text)
{
    struct span id = {text, strlen(text)};
    return roster_table_find(table, id, roster_id_hash(id, SEED));
}

static struct roster_item item_of(const struct roster_table *table, const char *id)
{
    return roster_item_read(roster_item_at(&table->items, find(table, id)));
}

static void add(struct roster_table *table, const char *id, const char *identifier, int64_t from_s, int64_t to_s)
{
    _Alignas(8) char buffer[ROW_BYTES];
    enum roster_role contradicted;
    assert_int_equal(roster_table_add(table, row_make(buffer, id, identifier, from_s, to_s), &contradicted, &fault), STATUS_OK);
    assert_int_equal(contradicted, ROSTER_ROLE_COUNT);
}

static void many_customers_are_found_again(void **state)
{
    (void)state;
    enum { CUSTOMERS = 50000 };
    struct roster_table table;
    open_table(&table, 0, false);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CUSTOMERS; i++) {
            char id[24];
            snprintf(id, sizeof id, "%x", (unsigned)i * 2654435761u);
            add(&table, id, NULL, ROSTER_OPEN_FROM, ROSTER_OPEN_TO);
            struct span found = roster_items_id(&table.items, find(&table, id));
            assert_int_equal(found.len, strlen(id));
            assert_memory_equal(found.at, id, found.len);
        }
    }
    assert_int_equal(table.items.customer_count, CUSTOMERS);
    assert_int_equal(table.types[ROSTER_TYPE_UNKNOWN], CUSTOMERS);
    assert_int_equal(roster_table_finish(&table, 2, &fault), STATUS_OK);
    assert_int_equal(find(&table, "none"), ROSTER_NOBODY);
    roster_table_free(&table);
}

/* Whole days of the roster's zone or not, near, far, open: every time comes back as it went in. */
static void intervals_come_back(void **state)
{
    (void)state;
    static const int64_t times[] = {ROSTER_OPEN_FROM, INT64_C(-62135596800), -631152000 - OFFSET_S - 86400, -631152000 - OFFSET_S, -631152000,
                                    -1, 0, -OFFSET_S, 86400 - OFFSET_S, 1681689600 - OFFSET_S, 1681689600, 1681689601, 2199916800 - OFFSET_S,
                                    INT64_C(2200003200) - OFFSET_S, INT64_C(2200089600) - OFFSET_S, INT64_C(5031072000) - OFFSET_S,
                                    INT64_C(5031158400) - OFFSET_S, INT64_C(221845392000), ROSTER_OPEN_TO};
    enum { COUNT = sizeof times / sizeof times[0] };
    struct roster_table table;
    open_table(&table, OFFSET_S, false);
    for (size_t from = 0; from < COUNT; from++)
        for (size_t to = from + 1; to < COUNT; to++) {
            char id[32], identifier[32];
            snprintf(id, sizeof id, "C%zu-%zu", from, to);
            snprintf(identifier, sizeof identifier, "SERIAL%zu-%zu-OF-A-LENGTH", from, to);
            add(&table, id, identifier, times[from], times[to]);
        }
    assert_int_equal(roster_table_finish(&table, 3, &fault), STATUS_OK);
    size_t seen = 0;
    for (uint32_t item = 0; (item = roster_items_next(&table.items, item)) != 0; seen++) {
        struct span id = roster_items_id(&table.items, item);
        size_t from = 0, to = 0;
        char text[32];
        snprintf(text, sizeof text, "%.*s", (int)id.len, id.at);
        assert_int_equal(sscanf(text, "C%zu-%zu", &from, &to), 2);
        struct roster_times found = roster_interval_times(&table.intervals, roster_item_read(roster_item_at(&table.items, item)).interval);
        if (found.from_s != times[from] || found.to_s != times[to])
            fail_msg("[%lld, %lld) came back as [%lld, %lld)", (long long)times[from], (long long)times[to], (long long)found.from_s, (long long)found.to_s);
    }
    assert_int_equal(seen, COUNT * (COUNT - 1) / 2);
    assert_true(table.intervals.count > 0 && table.intervals.count < seen);
    roster_table_free(&table);
}

/* An interval that the line before had is the same one; the next one is another, and so is the first again. */
static void intervals_of_lines_in_a_row_are_made_once(void **state)
{
    (void)state;
    enum { TIMES = 3, EACH = 4 };
    struct roster_intervals intervals;
    uint32_t made[TIMES][EACH], days, open;
    roster_intervals_open(&intervals, OFFSET_S);
    for (uint32_t t = 0; t < TIMES; t++)
        for (uint32_t i = 0; i < EACH; i++) {
            assert_int_equal(roster_interval_make(&intervals, t, t + 1, &made[t][i], &fault), STATUS_OK);
            assert_int_equal(made[t][i], t);
        }
    assert_int_equal(roster_interval_make(&intervals, -OFFSET_S, 86400 - OFFSET_S, &days, &fault), STATUS_OK);
    assert_int_equal(roster_interval_make(&intervals, -OFFSET_S, ROSTER_OPEN_TO, &open, &fault), STATUS_OK);
    assert_int_not_equal(days, open);
    assert_int_equal(intervals.count, TIMES);
    assert_int_equal(roster_interval_times(&intervals, days).to_s, 86400 - OFFSET_S);
    assert_true(roster_interval_times(&intervals, open).to_s == ROSTER_OPEN_TO);
    assert_int_equal(roster_interval_times(&intervals, made[1][EACH - 1]).from_s, 1);
    assert_int_equal(roster_interval_make(&intervals, 0, 1, &made[0][0], &fault), STATUS_OK);
    assert_int_equal(roster_interval_times(&intervals, made[0][0]).to_s, 1);
    roster_intervals_free(&intervals);
}

static void what_is_said_may_come_line_by_line(void **state)
{
    (void)state;
    struct roster_table table;
    _Alignas(8) char buffer[ROW_BYTES];
    enum roster_role contradicted;
    open_table(&table, 0, false);
    struct roster_row *row = row_make(buffer, "C", NULL, ROSTER_OPEN_FROM, ROSTER_OPEN_TO);
    memcpy(row->place.country, "US", 2);
    assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
    memcpy(row->place.subdivision, "CA", 2);
    row->contact_known = ROSTER_POST;
    assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
    assert_int_equal(contradicted, ROSTER_ROLE_COUNT);
    row->contact_known = ROSTER_PHONE | ROSTER_POST;
    row->contact = ROSTER_PHONE;
    assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
    assert_int_equal(contradicted, ROSTER_ROLE_COUNT);
    assert_int_equal(item_of(&table, "C").contact, ROSTER_PHONE);
    memcpy(row->place.subdivision, "NY", 2);
    assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
    assert_int_equal(contradicted, ROSTER_SUBDIVISION);
    memcpy(row->place.subdivision, "CA", 2);
    row->contact = ROSTER_PHONE | ROSTER_POST;
    assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
    assert_int_equal(contradicted, ROSTER_CONTACT_POST);
    uint16_t place = item_of(&table, "C").place;
    assert_memory_equal(table.places[place].subdivision, "CA", 3);
    assert_int_equal(table.place_customers[place], 1); /* and none has what was known before */
    assert_int_equal(table.place_customers[place - 1], 0);
    roster_table_free(&table);
}

/* Birth dates may come with later lines. */
static void births_come_back(void **state)
{
    (void)state;
    enum { CUSTOMERS = 30000 };
    struct roster_table table;
    _Alignas(8) char buffer[ROW_BYTES];
    enum roster_role contradicted;
    open_table(&table, 0, true);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CUSTOMERS; i++) {
            char id[24];
            snprintf(id, sizeof id, "C%d", i);
            struct roster_row *row = row_make(buffer, id, NULL, ROSTER_OPEN_FROM, ROSTER_OPEN_TO);
            if (round == 1 && i % 7 == 3) row->birth_day = i - 20000;
            assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
            assert_int_equal(contradicted, ROSTER_ROLE_COUNT);
        }
    }
    for (int i = 0; i < CUSTOMERS; i++) {
        char id[24];
        snprintf(id, sizeof id, "C%d", i);
        assert_int_equal(roster_items_birth(&table.items, find(&table, id)), i % 7 == 3 ? i - 20000 : ROSTER_BIRTH_UNKNOWN);
    }
    struct roster_row *row = row_make(buffer, "C3", NULL, ROSTER_OPEN_FROM, ROSTER_OPEN_TO);
    row->birth_day = 0;
    assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
    assert_int_equal(contradicted, ROSTER_BIRTH);
    roster_table_free(&table);
}

/* Places are numbered as they come, and found again among many. */
static void places_are_found_again(void **state)
{
    (void)state;
    enum { PLACES = 20000 };
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct roster_table table;
    _Alignas(8) char buffer[ROW_BYTES];
    enum roster_role contradicted;
    open_table(&table, 0, false);
    for (int i = 0; i < 2 * PLACES; i++) {
        char id[24];
        snprintf(id, sizeof id, "C%d", i);
        int place = i % PLACES;
        struct roster_row *row = row_make(buffer, id, NULL, ROSTER_OPEN_FROM, ROSTER_OPEN_TO);
        memcpy(row->place.country, "US", 2);
        row->place.subdivision[0] = digits[place % 36];
        row->place.subdivision[1] = digits[place / 36 % 36];
        row->place.subdivision[2] = digits[place / 36 / 36];
        assert_int_equal(roster_table_add(&table, row, &contradicted, &fault), STATUS_OK);
        assert_int_equal(item_of(&table, id).place, place + 1);
    }
    assert_int_equal(table.place_count, PLACES + 1);
    roster_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_customers_are_found_again),
        cmocka_unit_test(intervals_come_back),
        cmocka_unit_test(intervals_of_lines_in_a_row_are_made_once),
        cmocka_unit_test(what_is_said_may_come_line_by_line),
        cmocka_unit_test(births_come_back),
        cmocka_unit_test(places_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
