/* Tests of analyzer/tally/tally.c, read through the resolved view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/support/hash.h"
#include "../analyzer/support/parallel.h"
#include "../analyzer/tally/table.h"
#include "tallying.h"

static void add(struct tally_writer *writer, const struct tally_unit *unit)
{
    struct fault fault;
    assert_int_equal(tally_add(writer, unit, &fault), STATUS_OK);
}

static struct tally_unit unit_of(const char *customer)
{
    return (struct tally_unit){.holder_kind = HOLDER_CUSTOMER, .holder = {customer, strlen(customer)}, .record = true,
                               .basis = BASIS_FIELD, .time_s = TIME_NONE};
}

static void sums_and_extremes_are_kept_per_customer(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(3);
    struct tally_unit unit = unit_of("C-1");
    unit.place = (struct place){5, 0, 2, 7}, unit.time_s = 2000, unit.source = 2;
    add(tallying.writer, &unit);
    unit.place = (struct place){5, 0, 1, 9}, unit.time_s = 500, unit.source = 0, unit.basis = BASIS_PATH;
    add(tallying.writer, &unit);
    unit.place = (struct place){6, 0, 0, 0}, unit.time_s = TIME_NONE;
    add(tallying.writer, &unit);
    unit.possible = true, unit.basis = BASIS_PARENT, unit.time_s = 7;
    add(tallying.writer, &unit);
    struct tally_unit other = unit_of("C-2");
    add(tallying.writer, &other);
    tallying_resolve(&tallying, 1);
    struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
    assert_int_equal(row.records, 3);
    assert_int_equal(row.records_possible, 1);
    assert_int_equal(row.tier, TIER_T1);
    assert_int_equal(row.basis, BASIS_FIELD | BASIS_PATH);
    assert_int_equal(row.time_first, 7);
    assert_int_equal(row.time_last, 2000);
    assert_int_equal(row.source_count, 2);
    assert_int_equal(row.sources[0], 0);
    assert_int_equal(row.sources[1], 2);
    assert_int_equal(row.first_object, 5);
    assert_int_equal(row.first_unit, 1010);
    tallying_row(&tallying, "C-2", &row);
    assert_int_equal(row.records, 1);
    assert_int_equal(row.time_first, TIME_NONE);
    assert_int_equal(row.time_last, TIME_NONE);
    tallying_close(&tallying);
}

/* Few sources are bits of a word, many those of a mask elsewhere. */
static void a_unit_of_several_sources_counts_for_each(void **unused)
{
    (void)unused;
    static const uint32_t counts[] = {4, 64, 65, 300};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        uint32_t count = counts[c], begins[] = {0, 2, 5}, sources[] = {0, count - 1, 0, 1, 2};
        struct source_sets sets = {.source_count = count, .begins = begins, .sources = sources, .count = 2};
        struct tallying tallying = tallying_open(count);
        tally_set_sources(tallying.tally, &sets);
        struct tally_unit unit = unit_of("C-1");
        unit.source = count;
        add(tallying.writer, &unit);
        unit.source = 2;
        add(tallying.writer, &unit);
        unit = unit_of("C-2");
        unit.source = count + 1;
        add(tallying.writer, &unit);
        unit.source = 1;
        add(tallying.writer, &unit);
        unit = unit_of("C-3");
        unit.source = count - 1;
        add(tallying.writer, &unit);
        const struct totals *totals = tallying_resolve(&tallying, 2);
        struct customer_row row;
        tallying_row(&tallying, "C-1", &row);
        assert_int_equal(row.records, 2);
        assert_int_equal(row.source_count, 3);
        assert_memory_equal(row.sources, ((const uint32_t[]){0, 2, count - 1}), 3 * sizeof(uint32_t));
        tallying_row(&tallying, "C-2", &row);
        assert_int_equal(row.source_count, 3);
        assert_memory_equal(row.sources, ((const uint32_t[]){0, 1, 2}), 3 * sizeof(uint32_t));
        assert_int_equal(totals->by_source[0].persons, 2);
        assert_int_equal(totals->by_source[1].persons, 1);
        assert_int_equal(totals->by_source[2].persons, 2);
        assert_int_equal(totals->by_source[count - 1].persons, 2);
        assert_int_equal(totals->by_source[count - 1].persons_only_here, 1);
        if (totals->overlaps != NULL) assert_int_equal(totals->overlaps[2], 2);
        tallying_close(&tallying);
    }
}

static void places_are_ordered_by_file_piece_block_and_unit(void **unused)
{
    (void)unused;
    static const struct place places[] = {{2, 1, 0, 0}, {2, 0, 9, 9}, {2, 0, 9, 3}, {2, 0, 1, 8}, {1, 7, 0, 0}, {1, 0, 5, 5}};
    struct tallying tallying = tallying_open(1);
    struct tally_unit unit = unit_of("C-1");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        unit.place = places[i];
        add(tallying.writer, &unit);
    }
    tallying_resolve(&tallying, 1);
    struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
    assert_int_equal(row.first_object, 1);
    assert_int_equal(row.first_unit, 5006);
    tallying_close(&tallying);
}

static void a_customer_that_is_only_named_is_no_row(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_unit unit = unit_of("C-1");
    unit.record = false;
    add(tallying.writer, &unit);
    add(tallying.writer, &unit);
    unit = unit_of("C-2");
    add(tallying.writer, &unit);
    unit.record = false;
    add(tallying.writer, &unit);
    const struct totals *totals = tallying_resolve(&tallying, 1);
    assert_int_equal(resolved_customer_count(tallying.resolved), 1);
    assert_int_equal(totals->customers_named_only, 1);
    assert_int_equal(tally_customer_count(tallying.tally), 2);
    tallying_close(&tallying);
}

static void identifiers_are_distinct_and_keep_their_best_grade(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_identifier identifiers[] = {
        an_identifier(KIND_IMEI, GRADE_POSSIBLE, "868123450011227"), an_identifier(KIND_IMEI, GRADE_LIKELY, "868123450011227"),
        an_identifier(KIND_IMEI, GRADE_CONFIRMED, "868123450011227"), an_identifier(KIND_IMEI, GRADE_LIKELY, "868123450011227"),
        an_identifier(KIND_ICCID, GRADE_LIKELY, "8981100077665544334"), an_identifier(KIND_ICCID, GRADE_LIKELY, "898110007766554433"),
        an_identifier(KIND_ICCID, GRADE_POSSIBLE, "8981100077665544335"), an_identifier(KIND_MAC, GRADE_LIKELY, "3c:5a:b4:77:88:99"),
        an_identifier(KIND_VIN, GRADE_LIKELY, "12345678901234567"), an_identifier(KIND_FRAME_NUMBER, GRADE_LIKELY, "ZVW30-1357924")};
    struct tally_unit unit = unit_of("C-1");
    for (size_t i = 0; i < sizeof identifiers / sizeof identifiers[0]; i++) {
        unit.identifiers = &identifiers[i];
        unit.identifier_count = 1;
        add(tallying.writer, &unit);
    }
    unit.identifiers = identifiers;
    unit.identifier_count = sizeof identifiers / sizeof identifiers[0];
    add(tallying.writer, &unit);
    const struct totals *totals = tallying_resolve(&tallying, 2);
    struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
    assert_int_equal(row.identifiers[KIND_IMEI], 1);
    assert_int_equal(row.identifiers[KIND_ICCID], 2);
    assert_int_equal(row.identifiers[KIND_MAC], 1);
    assert_int_equal(row.identifiers[KIND_VIN], 1);
    assert_int_equal(row.identifiers[KIND_FRAME_NUMBER], 1);
    assert_int_equal(row.records, 11);
    assert_int_equal(totals->kinds[KIND_IMEI].confirmed, 1);
    assert_int_equal(totals->kinds[KIND_IMEI].likely, 0);
    assert_int_equal(totals->kinds[KIND_IMEI].possible, 0);
    assert_int_equal(totals->kinds[KIND_ICCID].distinct, 2);
    assert_int_equal(totals->kinds[KIND_ICCID].possible, 1);
    assert_int_equal(totals->vehicles_distinct, 2);
    tallying_close(&tallying);
}

static void packing_keeps_different_values_apart(void **unused)
{
    (void)unused;
    static const char *const values[] = {"1", "10", "1F", "12345678901234", "123456789012345", "1234567890123456", "ZVW30-1", "f", ""};
    enum { VALUES = sizeof values / sizeof values[0] };
    char packed[VALUES][IDENTIFIER_SIZE];
    uint8_t lengths[VALUES], packings[VALUES];
    for (size_t i = 0; i < VALUES; i++) lengths[i] = identifier_pack(KIND_ICCID, values[i], strlen(values[i]), packed[i], &packings[i]);
    for (size_t i = 0; i < VALUES; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(lengths[i] == lengths[k] && packings[i] == packings[k] && memcmp(packed[i], packed[k], lengths[i]) == 0);
    assert_int_equal(lengths[3], 7);
    char mac[IDENTIFIER_SIZE];
    uint8_t packing;
    assert_int_equal(identifier_pack(KIND_MAC, "3c:5a:b4:77:88:99", 17, mac, &packing), 6);
    assert_int_equal(packing, PACKING_OCTETS);
    assert_memory_equal(mac, "\x3c\x5a\xb4\x77\x88\x99", 6);
}

/* ------------------------------------------------------------------ sets */

static void expect_within(struct distinct have, uint64_t truth)
{
    if (truth <= DISTINCT_EXACT_MAX) {
        assert_int_equal(have.count, truth);
        assert_false(have.estimated);
        return;
    }
    assert_true(have.estimated);
    assert_true(have.count > DISTINCT_EXACT_MAX);
    assert_in_range(have.count, truth * 6 / 10, truth * 14 / 10);
}

static void distinct_positions_are_exact_to_64_and_estimated_beyond(void **unused)
{
    (void)unused;
    static const uint64_t counts[] = {1, 2, 63, 64, 65, 66, 100, 1000, 30000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct tallying tallying = tallying_open(1);
        struct tally_unit unit = unit_of("C-1");
        for (int again = 0; again < 2; again++)
            for (uint64_t k = 0; k < counts[i]; k++) {
                uint32_t cell = 700000000 + (uint32_t)(k * 37);
                unit.cells = &cell;
                unit.fix_count = 1;
                unit.time_s = (int64_t)k * 86400 + 1600000000; /* another cell on another day each time */
                add(tallying.writer, &unit);
            }
        tallying_resolve(&tallying, 1);
        struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
        assert_int_equal(row.loc_fixes, 2 * counts[i]);
        expect_within(row.loc_points, counts[i]);
        expect_within(row.loc_cells, counts[i]);
        expect_within(row.loc_days, counts[i]);
        tallying_close(&tallying);
    }
}

static void cells_and_days_stay_exact_while_points_are_many(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_unit unit = unit_of("C-1");
    for (int hour = 0; hour < 24 * 30; hour++) {
        uint32_t cell = 700000000 + (uint32_t)(hour % 10);
        unit.cells = &cell;
        unit.fix_count = 1;
        unit.time_s = 1600041600 + hour * 3600;
        add(tallying.writer, &unit);
    }
    tallying_resolve(&tallying, 1);
    struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
    expect_within(row.loc_points, 720);
    assert_int_equal(row.loc_cells.count, 10);
    assert_false(row.loc_cells.estimated);
    assert_int_equal(row.loc_days.count, 30);
    assert_false(row.loc_days.estimated);
    tallying_close(&tallying);
}

static void assert_sets_equal(const struct tally *a, const struct value_set *set, const struct tally *b, const struct value_set *other)
{
    assert_int_equal(set->count, other->count);
    assert_int_equal(set->overflowed, other->overflowed);
    assert_memory_equal(region_at(&a->region, set->at), region_at(&b->region, other->at), set->count * sizeof(uint64_t));
}

/* Two customers, one by one on two writers; flushed: after each, so that no point waits. */
static struct tally *tally_of_many_fixes(bool flushed, unsigned fixes)
{
    struct tally *tally = NULL;
    struct tally_writer *writers[2] = {NULL, NULL};
    struct fault fault;
    assert_int_equal(tally_open(1, &tally, &fault), STATUS_OK);
    for (int w = 0; w < 2; w++) assert_int_equal(tally_writer_open(tally, &writers[w], &fault), STATUS_OK);
    for (unsigned i = 0; i < 2 * fixes; i++) {
        struct tally_unit unit = unit_of(i % 2 == 0 ? "C-1" : "C-22");
        uint64_t drawn = mix64(i);
        uint32_t cell = 700000000 + (uint32_t)drawn % 200;
        unit.cells = &cell;
        unit.fix_count = 1;
        unit.time_s = drawn >> 60 == 0 ? TIME_NONE : 1600000000 + (int64_t)(drawn >> 32) % (86400 * 400);
        add(writers[drawn >> 20 & 1], &unit);
        if (flushed) assert_int_equal(tally_flush(writers[drawn >> 20 & 1], &fault), STATUS_OK);
    }
    for (int w = 0; w < 2; w++) {
        assert_int_equal(tally_flush(writers[w], &fault), STATUS_OK);
        tally_writer_close(writers[w]);
    }
    return tally;
}

static void points_that_wait_are_all_added(void **unused)
{
    (void)unused;
    static const unsigned counts[] = {64, 65, 66, 95, 96, 97, 98, 128, 129, 1000, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct tally *tally = tally_of_many_fixes(false, counts[i]), *at_once = tally_of_many_fixes(true, counts[i]);
        for (int customer = 0; customer < 2; customer++) {
            struct span key = {customer == 0 ? "C-1" : "C-22", customer == 0 ? 3 : 4};
            struct partition *partition;
            const struct holder *a = tally_find(tally, HOLDER_CUSTOMER, key, &partition), *b = tally_find(at_once, HOLDER_CUSTOMER, key, &partition);
            assert_int_equal(a->fixes, counts[i]);
            assert_int_equal(b->fixes, counts[i]);
            assert_sets_equal(tally, &a->points, at_once, &b->points);
            const struct holder_extra *x = holder_extra(tally, a), *y = holder_extra(at_once, b);
            assert_int_equal(x == NULL, y == NULL);
            if (x == NULL) continue;
            assert_int_equal(x->waiting_count, 0);
            assert_sets_equal(tally, &x->cells, at_once, &y->cells);
            assert_sets_equal(tally, &x->days, at_once, &y->days);
            assert_sets_equal(tally, &x->nights, at_once, &y->nights);
            assert_sets_equal(tally, &x->hours, at_once, &y->hours);
        }
        tally_close(tally);
        tally_close(at_once);
    }
}

static void a_point_is_a_cell_in_an_hour(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_unit unit = unit_of("C-1");
    static const struct {
        uint32_t cell;
        int64_t time_s;
    } fixes[] = {{1, 0}, {1, 3599}, {1, 3600}, {2, 3600}, {1, 86399}, {1, 86400}, {1, TIME_NONE}, {1, TIME_NONE}, {3, TIME_NONE}};
    for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++) {
        unit.cells = &fixes[i].cell;
        unit.fix_count = 1;
        unit.time_s = fixes[i].time_s;
        add(tallying.writer, &unit);
    }
    tallying_resolve(&tallying, 1);
    struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
    /* hours 0 and 1 in cell 1, hour 1 in cell 2, hours 23 and 24 in cell 1, cells 1 and 3 without a time. */
    assert_int_equal(row.loc_points.count, 7);
    assert_int_equal(row.loc_cells.count, 3);
    assert_int_equal(row.loc_days.count, 2);
    assert_int_equal(row.loc_fixes, 9);
    assert_true((row.elements & 1u << ELEMENT_TIM) != 0);
    tallying_close(&tallying);
}

static void a_fix_without_a_time_is_no_element_of_time(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    uint32_t cells[] = {1, 1, 2};
    struct tally_unit unit = unit_of("C-1");
    unit.cells = cells;
    unit.fix_count = 3;
    add(tallying.writer, &unit);
    struct tally_unit timed = unit_of("C-1");
    timed.time_s = 1000;
    add(tallying.writer, &timed);
    tallying_resolve(&tallying, 1);
    struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
    assert_int_equal(row.elements, 1u << ELEMENT_LOC);
    assert_int_equal(row.loc_fixes, 3);
    assert_int_equal(row.loc_cells.count, 2);
    assert_int_equal(row.loc_days.count, 0);
    tallying_close(&tallying);
}

static void cells_lie_side_by_side_over_the_globe(void **unused)
{
    (void)unused;
    assert_int_equal(tally_cell(-900000000, -1800000000), 0);
    assert_int_equal(tally_cell(356812360, 1397671250) >> 15, 15081);
    assert_int_equal(tally_cell(356812360, 1397671250) & 0x7FFF, 25581);
    assert_int_equal(tally_cell(900000000, 1799999999) >> 15, 21600);
    assert_int_equal(tally_cell(0, 1799999999) & 0x7FFF, 28799);
    assert_int_equal(tally_cell(0, 0), tally_cell(83332, 124999));
    assert_int_not_equal(tally_cell(0, 0), tally_cell(83334, 0));
    assert_int_not_equal(tally_cell(0, 0), tally_cell(0, 125000));
    assert_int_not_equal(tally_cell(0, 0), tally_cell(-1, 0));
}

static void a_unit_larger_than_a_buffer_is_taken_whole(void **unused)
{
    (void)unused;
    enum { FIXES = 5000, NAME = 9000 };
    struct tallying tallying = tallying_open(1);
    uint32_t *cells = malloc(FIXES * sizeof *cells);
    for (uint32_t i = 0; i < FIXES; i++) cells[i] = i * 11;
    char *name = malloc(NAME + 1);
    memset(name, 'C', NAME);
    name[NAME] = '\0';
    struct tally_unit unit = unit_of("C-1");
    unit.cells = cells;
    unit.fix_count = FIXES;
    add(tallying.writer, &unit);
    unit.holder = (struct span){name, NAME};
    unit.fix_count = 1;
    add(tallying.writer, &unit);
    tallying_resolve(&tallying, 1);
    struct customer_row row;
    tallying_row(&tallying, "C-1", &row);
    assert_int_equal(row.loc_fixes, FIXES);
    tallying_row(&tallying, name, &row);
    assert_int_equal(row.loc_fixes, 1);
    tallying_close(&tallying);
    free(cells);
    free(name);
}

static void ids_that_begin_alike_or_hold_any_bytes_are_different(void **unused)
{
    (void)unused;
    static const struct span ids[] = {{"C", 1}, {"C\0", 2}, {"C\0\0", 3}, {"c", 1}, {"C ", 2}, {"\xFF", 1}, {"C1", 2}};
    struct tallying tallying = tallying_open(1);
    struct tally_unit unit = unit_of("");
    for (size_t i = 0; i < 7; i++) {
        unit.holder = ids[i];
        for (size_t times = 0; times <= i; times++) add(tallying.writer, &unit);
    }
    tallying_resolve(&tallying, 1);
    assert_int_equal(resolved_customer_count(tallying.resolved), 7);
    static const uint64_t records[] = {1, 2, 3, 5, 7, 4, 6}; /* in the order of bytes */
    for (size_t i = 0; i < 7; i++) {
        struct customer_row row;
        resolved_customer(tallying.resolved, i, &row);
        assert_int_equal(row.records, records[i]);
    }
    tallying_close(&tallying);
}

/* ------------------------------------------------------------------ many writers */

enum { WRITERS = 4, UNITS = 40000, CUSTOMERS = 300 };

static void make_unit(uint64_t number, struct tally_unit *unit, char name[16], struct tally_identifier *identifier, uint32_t cells[2])
{
    uint64_t drawn = mix64(number + 1);
    sprintf(name, "C-%u", (unsigned)(drawn % CUSTOMERS));
    *unit = unit_of(name);
    unit->record = drawn >> 9 & 1 || drawn >> 10 & 1;
    unit->possible = (drawn >> 11 & 7) == 0;
    unit->basis = (uint8_t)(1u << (drawn >> 14 & 1));
    unit->source = (uint32_t)(drawn >> 16) % 100;
    unit->place = (struct place){(uint32_t)(drawn >> 20 & 7), (uint32_t)(drawn >> 23 & 1), (uint32_t)(drawn >> 24 & 3), (uint32_t)number};
    unit->time_s = (drawn >> 26 & 3) == 0 ? TIME_NONE : (int64_t)(drawn >> 28 & 0xFFFFFF);
    char imei[24];
    sprintf(imei, "8681234%08u", (unsigned)(drawn >> 40 & 0x3FF));
    *identifier = an_identifier(KIND_IMEI, (enum grade)(1 + (drawn >> 50 & 1)), imei);
    unit->identifiers = identifier;
    unit->identifier_count = drawn >> 52 & 1;
    cells[0] = (uint32_t)(drawn >> 44 & 0xFFF), cells[1] = 5;
    unit->cells = cells;
    unit->fix_count = drawn >> 53 & 3 & ~(drawn >> 55 & 1);
    if (unit->fix_count > 2) unit->fix_count = 2;
}

struct writing {
    struct tally *tally;
    bool backwards;
};

static void write_share(void *context, int thread)
{
    const struct writing *writing = context;
    struct tally_writer *writer = NULL;
    struct fault fault;
    bool written = tally_writer_open(writing->tally, &writer, &fault) == STATUS_OK;
    for (uint64_t i = 0; i < UNITS && written; i++) {
        uint64_t number = writing->backwards ? UNITS - 1 - i : i;
        if (number % WRITERS != (uint64_t)thread) continue;
        struct tally_unit unit;
        struct tally_identifier identifier;
        char name[16];
        uint32_t cells[2];
        make_unit(number, &unit, name, &identifier, cells);
        written = tally_add(writer, &unit, &fault) == STATUS_OK;
    }
    if (!written || tally_flush(writer, &fault) != STATUS_OK) abort();
    tally_writer_close(writer);
}

static char *rows_print(const struct tallying *tallying)
{
    size_t count = resolved_customer_count(tallying->resolved), at = 0;
    char *text = malloc(count * 1200 + 1);
    for (size_t i = 0; i < count; i++) {
        struct customer_row row;
        resolved_customer(tallying->resolved, i, &row);
        at += (size_t)sprintf(text + at, "%.*s %d %d %d %llu %llu %u %llu %s%llu %s%llu %s%llu %lld %lld %u %llu:", (int)row.customer_id.len,
                              row.customer_id.at, (int)row.tier, row.basis, row.elements, (unsigned long long)row.records,
                              (unsigned long long)row.records_possible, row.identifiers[KIND_IMEI], (unsigned long long)row.loc_fixes,
                              row.loc_points.estimated ? "~" : "", (unsigned long long)row.loc_points.count,
                              row.loc_cells.estimated ? "~" : "", (unsigned long long)row.loc_cells.count,
                              row.loc_days.estimated ? "~" : "", (unsigned long long)row.loc_days.count, (long long)row.time_first,
                              (long long)row.time_last, row.first_object, (unsigned long long)row.first_unit);
        for (uint32_t k = 0; k < row.source_count; k++) at += (size_t)sprintf(text + at, " %u", row.sources[k]);
        text[at++] = '\n';
    }
    text[at] = '\0';
    return text;
}

static void the_order_of_units_and_the_number_of_writers_never_show(void **unused)
{
    (void)unused;
    char *first = NULL;
    for (int round = 0; round < 3; round++) {
        struct tallying tallying = tallying_open(100);
        struct writing writing = {tallying.tally, round == 1};
        if (round < 2) {
            for (int share = 0; share < WRITERS; share++) write_share(&writing, share);
        } else {
            parallel_run(WRITERS, write_share, &writing);
        }
        tallying_resolve(&tallying, round + 1);
        char *text = rows_print(&tallying);
        assert_true(strlen(text) > 10000);
        if (first == NULL) first = text;
        else {
            assert_string_equal(text, first);
            free(text);
        }
        tallying_close(&tallying);
    }
    free(first);
}

/* ------------------------------------------------------------------ first places of facts */

enum { FACT_POOL_MAX = 400 };

static const struct holder *only_holder(const struct tally *tally)
{
    const struct holder *found = NULL;
    for (uint32_t number = 0; number < PARTITIONS; number++)
        for (uint32_t i = 0; i < tally->partitions[number].holder_count; i++) {
            assert_null(found);
            found = partition_holder(tally, &tally->partitions[number], i);
        }
    assert_non_null(found);
    return found;
}

static bool places_equal(const struct place *a, const struct place *b)
{
    return !place_before(NULL, a, b) && !place_before(NULL, b, a);
}

/* Number i of a pool: its number stands in its canonical form. */
static struct tally_identifier pool_identifier(unsigned i, enum grade grade)
{
    char text[24];
    sprintf(text, i % 3 == 0 ? "8681234%08u" : i % 3 == 1 ? "3c:5a:b4:00:%02x:%02x" : "ZVW30-%07u", i % 3 == 1 ? i >> 8 : i, i & 255);
    return an_identifier(i % 3 == 0 ? KIND_IMEI : i % 3 == 1 ? KIND_MAC : KIND_FRAME_NUMBER, grade, text);
}

static void assert_first_places(const struct tally *tally, unsigned pool, const struct place *expected, const enum grade *grades)
{
    const struct holder *holder = only_holder(tally);
    struct place first = {holder->file, holder->piece, holder->block, holder->unit};
    unsigned found = 0, wanted = 0;
    for (unsigned i = 0; i < pool; i++) {
        struct tally_identifier identifier = pool_identifier(i, GRADE_LIKELY);
        wanted += grades[i] != GRADE_NONE;
        for (const char *at = facts_begin(tally, holder); at < facts_end(tally, holder); at = fact_after(at)) {
            struct fact fact = fact_read(at);
            if (fact.kind != identifier.kind || fact.packed_length != identifier.length || memcmp(fact.packed, identifier.packed, identifier.length) != 0)
                continue;
            struct place place = fact_is_placed(at) ? fact_place(at) : first;
            assert_true(places_equal(&place, &expected[i]));
            assert_int_equal(fact_grade(fact.state), grades[i]);
            assert_int_equal(fact.state & FACT_SEEN, 0);
            found++;
        }
    }
    assert_int_equal(found, wanted);
    unsigned all = 0;
    for (const char *at = facts_begin(tally, holder); at < facts_end(tally, holder); at = fact_after(at)) all++;
    assert_int_equal(all, wanted);
}

/* In how many records an identifier is, and when. */
struct expected_counts {
    uint64_t records;
    int64_t first_s, last_s; /* first > last: no time */
};

static void expect_record(struct expected_counts *counts, int64_t time_s)
{
    if (counts->records++ == 0) counts->first_s = INT64_MAX, counts->last_s = INT64_MIN;
    if (time_s == TIME_NONE) return;
    if (time_s < counts->first_s) counts->first_s = time_s;
    if (time_s > counts->last_s) counts->last_s = time_s;
}

static void assert_counts(const struct tally *tally, unsigned pool, const struct expected_counts *expected)
{
    const struct holder *holder = only_holder(tally);
    for (unsigned i = 0; i < pool; i++) {
        struct tally_identifier identifier = pool_identifier(i, GRADE_LIKELY);
        for (const char *at = facts_begin(tally, holder); at < facts_end(tally, holder); at = fact_after(at)) {
            struct fact fact = fact_read(at);
            if (fact.kind != identifier.kind || fact.packed_length != identifier.length || memcmp(fact.packed, identifier.packed, identifier.length) != 0)
                continue;
            struct fact_counts counts = {(uint32_t)holder_records_all(tally, holder), holder->time_first, holder->time_last, 0};
            if (fact_is_counted(at)) counts = fact_counts_read(at);
            assert_int_equal(counts.records, expected[i].records);
            assert_int_equal(counts.time_first <= counts.time_last, expected[i].first_s <= expected[i].last_s);
            if (counts.time_first > counts.time_last) continue;
            assert_int_equal(counts.time_first, expected[i].first_s);
            assert_int_equal(counts.time_last, expected[i].last_s);
        }
    }
}

/* What lies behind the blob must come through when it grows: points of so many fixes, each at an hour of its own. */
static void assert_points(const struct tally *tally, unsigned fixes)
{
    const struct holder *holder = only_holder(tally);
    assert_int_equal(holder->points.count, fixes);
    const uint64_t *points = region_at(&tally->region, holder->points.at);
    uint64_t seen = 0;
    for (unsigned i = 0; i < fixes; i++) {
        uint64_t key = unmix51(points[i] >> POINT_PAYLOAD_BITS);
        assert_true(i == 0 || points[i - 1] < points[i]);
        assert_int_equal(point_cell(key), 700000000 + point_hour(key));
        assert_true(point_hour(key) < fixes);
        seen |= UINT64_C(1) << point_hour(key);
    }
    assert_int_equal(__builtin_popcountll(seen), fixes);
}

/* Records of one customer at shuffled places, with identifiers of a pool; some places are taken twice. */
static void first_places_hold(uint64_t seed, unsigned pool, unsigned records, unsigned most)
{
    uint64_t state = seed;
    struct tallying tallying = tallying_open(1);
    static struct place expected[FACT_POOL_MAX];
    static enum grade grades[FACT_POOL_MAX];
    static struct expected_counts counts[FACT_POOL_MAX];
    unsigned fixes = 0;
    memset(grades, 0, sizeof grades);
    memset(counts, 0, sizeof counts);
    struct place least = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    for (unsigned r = 0; r < records; r++) {
        struct tally_identifier identifiers[FACT_POOL_MAX];
        struct tally_unit unit = unit_of("C-1");
        uint64_t drawn = mix64(++state);
        unit.place = (struct place){(uint32_t)(drawn & 3), (uint32_t)(drawn >> 2 & 1), (uint32_t)(drawn >> 3 & 3), (uint32_t)(drawn >> 5) % (records * 2)};
        unit.identifier_count = mix64(++state) % (most + 1);
        unit.possible = drawn >> 60 == 0;
        unit.record = (drawn >> 56 & 15) != 1;
        unit.identifiers = identifiers;
        unsigned begin = (unsigned)(mix64(++state) % pool);
        bool in_order = drawn >> 50 & 1, seen[FACT_POOL_MAX] = {false};
        uint32_t cell = 700000000 + fixes;
        if (unit.record && (drawn >> 40 & 3) != 0) unit.time_s = (int64_t)fixes * 3600 + (int64_t)(drawn >> 44 & 63);
        if (unit.time_s != TIME_NONE && fixes < 60) unit.cells = &cell, unit.fix_count = 1, fixes++;
        for (size_t i = 0; i < unit.identifier_count; i++) {
            unsigned number = in_order ? (begin + (unsigned)i) % pool : (unsigned)(mix64(++state) % pool);
            enum grade grade = (enum grade)(GRADE_POSSIBLE + mix64(++state) % 3);
            identifiers[i] = pool_identifier(number, grade);
            if (!unit.record) continue;
            if (!seen[number]) expect_record(&counts[number], unit.time_s);
            seen[number] = true;
            if (grades[number] == GRADE_NONE || place_before(NULL, &unit.place, &expected[number])) expected[number] = unit.place;
            if (grade > grades[number]) grades[number] = grade;
        }
        if (unit.record && place_before(NULL, &unit.place, &least)) least = unit.place;
        add(tallying.writer, &unit);
    }
    struct fault fault;
    assert_int_equal(tally_flush(tallying.writer, &fault), STATUS_OK);
    const struct holder *holder = only_holder(tallying.tally);
    if (least.file != UINT32_MAX) {
        struct place first = {holder->file, holder->piece, holder->block, holder->unit};
        assert_true(places_equal(&first, &least));
    }
    assert_first_places(tallying.tally, pool, expected, grades);
    assert_counts(tallying.tally, pool, counts);
    assert_points(tallying.tally, fixes);
    tallying_close(&tallying);
}

static void facts_keep_their_first_place_and_counts_in_any_order_of_records(void **unused)
{
    (void)unused;
    for (uint64_t round = 0; round < 600; round++) first_places_hold(round << 20, 1 + (unsigned)round % 31, 2 + (unsigned)round % 40, 5);
    for (uint64_t round = 0; round < 100; round++) first_places_hold(round << 20 | 1 << 19, 32, 60, 33);
}

static void many_facts_keep_their_first_place_and_counts_in_any_order_of_records(void **unused)
{
    (void)unused;
    for (uint64_t round = 0; round < 150; round++) first_places_hold(round << 20, 33 + (unsigned)round * 2, 300, 6);
    for (uint64_t round = 0; round < 60; round++) first_places_hold(round << 20 | 1 << 19, 33 + (unsigned)round, 40, 60);
    for (uint64_t round = 0; round < 20; round++) first_places_hold(round << 20 | 1 << 18, FACT_POOL_MAX, 30, FACT_POOL_MAX);
}

/* Places that descend would move all facts at each record, if those were not placed once for all: what was moved shows
 * in the memory taken, since a large blob that is left is not used again. */
static void facts_in_descending_order_take_memory_and_time_once(void **unused)
{
    (void)unused;
    enum { FACTS = 100000 };
    struct tallying tallying = tallying_open(1);
    struct tally_unit unit = unit_of("C-1");
    struct fault fault;
    for (unsigned i = 0; i < FACTS; i++) {
        char text[24];
        sprintf(text, "8681234%08u", i);
        struct tally_identifier identifier = an_identifier(KIND_IMEI, GRADE_LIKELY, text);
        unit.identifiers = &identifier, unit.identifier_count = 1;
        unit.place = (struct place){3, 0, FACTS - i, 7};
        add(tallying.writer, &unit);
    }
    assert_int_equal(tally_flush(tallying.writer, &fault), STATUS_OK);
    const struct holder *holder = only_holder(tallying.tally);
    unsigned number = 0;
    for (const char *at = facts_begin(tallying.tally, holder); at < facts_end(tallying.tally, holder); at = fact_after(at), number++) {
        struct place expected = {3, 0, FACTS - number, 7}, place = {holder->file, holder->piece, holder->block, holder->unit};
        if (fact_is_placed(at)) place = fact_place(at);
        assert_true(places_equal(&place, &expected));
    }
    assert_int_equal(number, FACTS);
    assert_true(tally_bytes(tallying.tally) < (size_t)FACTS * 200);
    tallying_close(&tallying);

    tallying = tallying_open(1);
    struct tally_identifier few[30];
    for (unsigned i = 0; i < 30; i++) few[i] = pool_identifier(i, GRADE_LIKELY);
    for (unsigned i = 0; i < FACTS; i++) {
        unit.identifiers = few + i % 29, unit.identifier_count = 2;
        unit.place = (struct place){3, 0, FACTS - i, 7};
        add(tallying.writer, &unit);
    }
    assert_int_equal(tally_flush(tallying.writer, &fault), STATUS_OK);
    assert_true(tally_bytes(tallying.tally) < 1 << 20);
    holder = only_holder(tallying.tally);
    assert_int_equal(holder->block, 1);
    for (const char *at = facts_begin(tallying.tally, holder); at < facts_end(tallying.tally, holder); at = fact_after(at))
        assert_true(!fact_is_placed(at) || fact_place(at).block <= 30);
    tallying_close(&tallying);
}

/* The second record of each customer lacks an identifier, so that this is counted by itself, in a larger blob: the
 * blob before serves the next customers. */
static void memory_that_is_given_back_is_used_again(void **unused)
{
    (void)unused;
    enum { MANY = 20000, BYTES_A_CUSTOMER = 205 };
    struct tallying tallying = tallying_open(1);
    struct fault fault;
    for (unsigned i = 0; i < MANY; i++) {
        char name[16];
        struct tally_identifier identifiers[3];
        for (unsigned k = 0; k < 3; k++) identifiers[k] = pool_identifier(3 * i + 2 - k, GRADE_LIKELY);
        sprintf(name, "C-%07u", i);
        struct tally_unit unit = unit_of(name);
        unit.identifiers = identifiers, unit.identifier_count = 3;
        unit.place = (struct place){0, 0, i, 1};
        add(tallying.writer, &unit);
        unit.identifier_count = 2;
        unit.place = (struct place){0, 0, i, 2};
        add(tallying.writer, &unit);
    }
    assert_int_equal(tally_flush(tallying.writer, &fault), STATUS_OK);
    assert_true(tally_bytes(tallying.tally) < (size_t)MANY * BYTES_A_CUSTOMER);
    tallying_close(&tallying);
}

/* In the order of the hash, so that who has a table by it meets that in its order. */
static void customers_lie_by_a_hash_that_is_given(void **unused)
{
    (void)unused;
    enum { MANY = 2000, SEED = 77 };
    struct tallying tallying = tallying_open(1);
    struct fault fault;
    tally_set_customer_seed(tallying.tally, SEED);
    for (int i = 0; i < MANY; i++) {
        char id[16];
        sprintf(id, "C%d", i);
        struct tally_unit unit = unit_of(id);
        add(tallying.writer, &unit);
    }
    assert_int_equal(tally_flush(tallying.writer, &fault), STATUS_OK);
    for (int i = 0; i < MANY; i++) {
        char id[16];
        struct partition *partition;
        struct span key = {id, (size_t)sprintf(id, "C%d", i)};
        assert_non_null(tally_find(tallying.tally, HOLDER_CUSTOMER, key, &partition));
        assert_int_equal(partition - tallying.tally->partitions, hash_short(key.at, key.len, SEED) / (UINT64_MAX / PARTITIONS + 1));
    }
    tallying_close(&tallying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_extremes_are_kept_per_customer),
        cmocka_unit_test(a_unit_of_several_sources_counts_for_each),
        cmocka_unit_test(places_are_ordered_by_file_piece_block_and_unit),
        cmocka_unit_test(a_customer_that_is_only_named_is_no_row),
        cmocka_unit_test(identifiers_are_distinct_and_keep_their_best_grade),
        cmocka_unit_test(packing_keeps_different_values_apart),
        cmocka_unit_test(distinct_positions_are_exact_to_64_and_estimated_beyond),
        cmocka_unit_test(cells_and_days_stay_exact_while_points_are_many),
        cmocka_unit_test(points_that_wait_are_all_added),
        cmocka_unit_test(a_point_is_a_cell_in_an_hour),
        cmocka_unit_test(a_fix_without_a_time_is_no_element_of_time),
        cmocka_unit_test(cells_lie_side_by_side_over_the_globe),
        cmocka_unit_test(a_unit_larger_than_a_buffer_is_taken_whole),
        cmocka_unit_test(ids_that_begin_alike_or_hold_any_bytes_are_different),
        cmocka_unit_test(the_order_of_units_and_the_number_of_writers_never_show),
        cmocka_unit_test(facts_keep_their_first_place_and_counts_in_any_order_of_records),
        cmocka_unit_test(many_facts_keep_their_first_place_and_counts_in_any_order_of_records),
        cmocka_unit_test(facts_in_descending_order_take_memory_and_time_once),
        cmocka_unit_test(memory_that_is_given_back_is_used_again),
        cmocka_unit_test(customers_lie_by_a_hash_that_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
