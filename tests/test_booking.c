/* Tests of analyzer/attribute/booking.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/attribute/booking.h"
#include "../analyzer/detect/plan.h"
#include "tallying.h"

struct level {
    const char *customer;
    uint16_t rank;
    int64_t time_s;
    struct tally_identifier identifiers[3];
    size_t identifier_count;
    uint32_t cells[2];
    size_t fix_count;
};

static struct sighting sighting_of(struct level *level)
{
    struct sighting made = {.identifiers = level->identifiers, .identifier_count = level->identifier_count, .cells = level->cells,
                            .fix_count = level->fix_count, .findings = (uint32_t)(level->identifier_count + level->fix_count)};
    if (level->customer != NULL) {
        made.has_customer = true;
        made.customer_rank = level->rank;
        made.customer = (struct span){level->customer, strlen(level->customer)};
    }
    if (level->time_s != 0) made.has_time = true, made.time_s = level->time_s;
    return made;
}

struct booked {
    struct tallying tallying;
    struct booking *booking;
};

static struct booked booked_open(void)
{
    struct booked made = {.tallying = tallying_open(2)};
    struct fault fault;
    assert_int_equal(booking_open(made.tallying.writer, &made.booking, &fault), STATUS_OK);
    return made;
}

static void booked_close(struct booked *booked)
{
    tallying_close(&booked->tallying);
    booking_close(booked->booking);
}

/* Books a unit of a source; returns whether it was a record. */
static bool book_in(struct booked *booked, uint32_t source, struct level *levels, size_t count, const char *path_customer)
{
    struct sighting sightings[4];
    const struct sighting *chain[4];
    for (size_t i = 0; i < count; i++) sightings[i] = sighting_of(&levels[i]), chain[i] = &sightings[i];
    struct booking_context context = {.source = source, .source_set = source, .place = {.file = 3, .unit = 8}};
    if (path_customer != NULL) context.path_customer = (struct span){path_customer, strlen(path_customer)};
    bool was_record = false;
    struct fault fault;
    assert_int_equal(booking_unit(booked->booking, chain, count, &context, &was_record, &fault), STATUS_OK);
    return was_record;
}

static bool book(struct booked *booked, struct level *levels, size_t count, const char *path_customer)
{
    return book_in(booked, 1, levels, count, path_customer);
}

#define VIN(text) an_identifier(KIND_VIN, GRADE_CONFIRMED, text)
#define VIN_A "JTDKN3DU7A1224466"
#define VIN_B "4T1BF1FK1CU334455"

/* Books one unit and expects it on one customer with a basis. */
static void expect_customer(struct level *levels, size_t count, const char *path_customer, const char *customer, uint8_t basis)
{
    struct booked booked = booked_open();
    assert_true(book(&booked, levels, count, path_customer));
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    assert_int_equal(resolved_customer_count(booked.tallying.resolved), 1);
    struct customer_row row;
    tallying_row(&booked.tallying, customer, &row);
    assert_int_equal(row.basis, basis);
    assert_int_equal(row.records, 1);
    assert_int_equal(row.tier, TIER_T1);
    assert_int_equal(row.source_count, 1);
    assert_int_equal(row.sources[0], 1);
    assert_int_equal(row.first_object, 3);
    assert_int_equal(row.first_unit, 9);
    assert_int_equal(totals->persons_best, 1);
    assert_int_equal(booking_counts(booked.booking)->records, 1);
    booked_close(&booked);
}

static void a_unit_that_names_its_customer_is_that_customers(void **unused)
{
    (void)unused;
    struct level own = {.customer = "C-1", .identifiers = {VIN(VIN_A)}, .identifier_count = 1};
    expect_customer(&own, 1, NULL, "C-1", BASIS_FIELD);
    expect_customer(&own, 1, "P-1", "C-1", BASIS_FIELD);
    struct level both[2] = {own, {.customer = "C-2"}};
    expect_customer(both, 2, NULL, "C-1", BASIS_FIELD);
    struct level later = {.customer = "C-1", .rank = 5, .identifiers = {VIN(VIN_A)}, .identifier_count = 1};
    struct level first_rank[2] = {later, {.customer = "C-2", .rank = 0}};
    expect_customer(first_rank, 2, NULL, "C-1", BASIS_FIELD);
}

static void else_the_nearest_enclosing_level_names_it(void **unused)
{
    (void)unused;
    struct level levels[3] = {{.identifiers = {VIN(VIN_A)}, .identifier_count = 1}, {.customer = "C-2"}, {.customer = "C-3"}};
    expect_customer(levels, 3, "P-1", "C-2", BASIS_PARENT);
    levels[1].customer = NULL;
    expect_customer(levels, 3, "P-1", "C-3", BASIS_PARENT);
}

static void else_the_path_does(void **unused)
{
    (void)unused;
    struct level own = {.identifiers = {VIN(VIN_A)}, .identifier_count = 1};
    expect_customer(&own, 1, "P-1", "P-1", BASIS_PATH);
}

static void an_email_address_names_a_customer_only_where_nothing_else_does(void **unused)
{
    (void)unused;
    struct level own = {.customer = "a@example.org", .rank = ROLE_RANK_EMAIL, .identifiers = {VIN(VIN_A)}, .identifier_count = 1};
    expect_customer(&own, 1, NULL, "a@example.org", BASIS_FIELD);
    expect_customer(&own, 1, "P-1", "P-1", BASIS_PATH);
    struct level levels[2] = {own, {.customer = "C-2"}};
    expect_customer(levels, 2, "P-1", "C-2", BASIS_PARENT);
    struct level enclosing[2] = {{.identifiers = {VIN(VIN_A)}, .identifier_count = 1},
                                 {.customer = "b@example.org", .rank = ROLE_RANK_EMAIL}};
    expect_customer(enclosing, 2, NULL, "b@example.org", BASIS_PARENT);
    struct level nearer[2] = {own, {.customer = "b@example.org", .rank = ROLE_RANK_EMAIL}};
    expect_customer(nearer, 2, NULL, "a@example.org", BASIS_FIELD);
}

static void the_fields_that_named_customers_are_counted(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level own = {.customer = "C-1", .rank = 7, .identifiers = {VIN(VIN_A)}, .identifier_count = 1};
    book(&booked, &own, 1, NULL);
    own.rank = ROLE_RANK_EMAIL + 1;
    book(&booked, &own, 1, NULL);
    own.customer = NULL;
    book(&booked, &own, 1, "P-1");
    book(&booked, &own, 1, "P-1");
    assert_int_equal(booking_counts(booked.booking)->records, 4);
    static const struct customer_units expected[] = {{1, 7, 1}, {1, CUSTOMER_FIELD_EMAIL, 1}, {1, CUSTOMER_FIELD_PATH, 2}};
    const struct customer_units *units = NULL;
    size_t count = 0;
    assert_true(booking_customer_units(booked.booking, &units, &count));
    assert_int_equal(count, 3);
    assert_memory_equal(units, expected, sizeof expected);
    booked_close(&booked);
}

/* Sources in turns, some of them again and again, with a look at the counts in between. */
static void they_are_counted_for_each_source(void **unused)
{
    (void)unused;
    enum { SOURCES = 2, TURNS = 3000 };
    struct booked booked = booked_open();
    struct level own = {.customer = "C-1", .identifiers = {VIN(VIN_A)}, .identifier_count = 1};
    uint64_t expected[SOURCES][3] = {{0}};
    const struct customer_units *units = NULL;
    size_t count = 0;
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        uint32_t source = turn * 2654435761u >> 31;
        own.rank = (uint16_t)(turn % 3);
        for (uint32_t i = 0; i <= turn % 4; i++, expected[source][own.rank]++)
            assert_true(book_in(&booked, source, &own, 1, NULL));
        if (turn == TURNS / 2) assert_true(booking_customer_units(booked.booking, &units, &count));
    }
    assert_true(booking_customer_units(booked.booking, &units, &count));
    assert_int_equal(count, 3 * SOURCES);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(units[i].source, i / 3);
        assert_int_equal(units[i].field, i % 3);
        assert_int_equal(units[i].units, expected[i / 3][i % 3]);
    }
    booked_close(&booked);
}

static void identifiers_and_time_come_from_enclosing_levels_too(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level levels[3] = {{.cells = {77}, .fix_count = 1},
                              {.identifiers = {an_identifier(KIND_IMEI, GRADE_CONFIRMED, "868123450011227")}, .identifier_count = 1, .time_s = 1681719330},
                              {.customer = "C-1", .identifiers = {VIN(VIN_A), VIN(VIN_B)}, .identifier_count = 2, .time_s = 5}};
    assert_true(book(&booked, levels, 3, NULL));
    tallying_resolve(&booked.tallying, 1);
    struct customer_row row;
    tallying_row(&booked.tallying, "C-1", &row);
    assert_int_equal(row.identifiers[KIND_VIN], 2);
    assert_int_equal(row.identifiers[KIND_IMEI], 1);
    assert_int_equal(row.loc_fixes, 1);
    assert_int_equal(row.time_first, 1681719330);
    assert_int_equal(row.time_last, 1681719330);
    assert_int_equal(row.elements, 1u << ELEMENT_VIN | 1u << detectors[KIND_IMEI]->element | 1u << ELEMENT_LOC | 1u << ELEMENT_TIM);
    booked_close(&booked);
}

static void fixes_of_enclosing_levels_are_not_counted_again(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level levels[2] = {{.identifiers = {VIN(VIN_A)}, .identifier_count = 1}, {.customer = "C-1", .cells = {77}, .fix_count = 1}};
    assert_true(book(&booked, levels, 2, NULL));
    tallying_resolve(&booked.tallying, 1);
    struct customer_row row;
    tallying_row(&booked.tallying, "C-1", &row);
    assert_int_equal(row.loc_fixes, 0);
    booked_close(&booked);
}

static void without_a_customer_the_first_kind_holds_the_record(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level own = {.identifiers = {an_identifier(KIND_MAC, GRADE_CONFIRMED, "3c:5a:b4:77:88:99"),
                                        an_identifier(KIND_IMEI, GRADE_LIKELY, "868123450011227")},
                        .identifier_count = 2};
    assert_true(book(&booked, &own, 1, NULL));
    /* The same IMEI alone has the same holder: one cluster. */
    struct level imei = {.identifiers = {an_identifier(KIND_IMEI, GRADE_LIKELY, "868123450011227")}, .identifier_count = 1};
    assert_true(book(&booked, &imei, 1, NULL));
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    assert_int_equal(resolved_customer_count(booked.tallying.resolved), 0);
    assert_int_equal(totals->clusters_unattributed, 1);
    assert_int_equal(totals->records_unattributed, 2);
    assert_int_equal(totals->kinds[KIND_MAC].unattributed, 1);
    assert_int_equal(totals->persons_upper, 0);
    assert_int_equal(totals->persons_upper_total, 1);
    booked_close(&booked);
}

static void likely_identifiers_hold_before_possible_ones(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level mixed = {.identifiers = {an_identifier(KIND_VIN, GRADE_POSSIBLE, VIN_A),
                                          an_identifier(KIND_MAC, GRADE_LIKELY, "3c:5a:b4:77:88:99")},
                          .identifier_count = 2};
    assert_true(book(&booked, &mixed, 1, NULL));
    struct level mac = {.customer = "C-1", .identifiers = {an_identifier(KIND_MAC, GRADE_LIKELY, "3c:5a:b4:77:88:99")}, .identifier_count = 1};
    assert_true(book(&booked, &mac, 1, NULL));
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    /* Held by the MAC, which a customer has as well. */
    assert_int_equal(totals->clusters_unattributed, 0);
    assert_int_equal(totals->kinds[KIND_VIN].possible, 1);
    booked_close(&booked);
}

static void equal_kinds_are_ordered_by_their_values_in_any_order_of_finding(void **unused)
{
    (void)unused;
    for (int order = 0; order < 2; order++) {
        struct booked booked = booked_open();
        struct level own = {.identifiers = {VIN(order == 0 ? VIN_A : VIN_B), VIN(order == 0 ? VIN_B : VIN_A)}, .identifier_count = 2};
        assert_true(book(&booked, &own, 1, NULL));
        struct level first = {.identifiers = {VIN(VIN_B)}, .identifier_count = 1}; /* '4' before 'J' */
        assert_true(book(&booked, &first, 1, NULL));
        tallying_resolve(&booked.tallying, 1);
        assert_int_equal(resolved_totals(booked.tallying.resolved)->clusters_unattributed, 1);
        booked_close(&booked);
    }
}

static void a_record_with_possible_evidence_only_is_a_t3_link(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level own = {.customer = "C-1", .identifiers = {an_identifier(KIND_VIN, GRADE_POSSIBLE, VIN_A)}, .identifier_count = 1};
    assert_true(book(&booked, &own, 1, NULL));
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    struct customer_row row;
    tallying_row(&booked.tallying, "C-1", &row);
    assert_int_equal(row.tier, TIER_T3);
    assert_int_equal(row.records, 0);
    assert_int_equal(row.records_possible, 1);
    assert_int_equal(row.basis, BASIS_FIELD);
    assert_int_equal(row.elements, 0);
    assert_int_equal(row.identifiers[KIND_VIN], 0);
    assert_int_equal(totals->persons_best, 0);
    assert_int_equal(totals->persons_upper, 1);
    assert_int_equal(totals->records_ambiguous, 1);
    booked_close(&booked);
    /* A fix beside it makes it a record like any other. */
    booked = booked_open();
    own.cells[0] = 5, own.fix_count = 1;
    assert_true(book(&booked, &own, 1, NULL));
    tallying_resolve(&booked.tallying, 1);
    tallying_row(&booked.tallying, "C-1", &row);
    assert_int_equal(row.tier, TIER_T1);
    booked_close(&booked);
}

static void a_position_without_anybody_is_an_orphan(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level own = {.cells = {5}, .fix_count = 1};
    assert_true(book(&booked, &own, 1, NULL));
    own.time_s = 2000;
    assert_true(book(&booked, &own, 1, NULL));
    own.time_s = 1000;
    assert_true(book(&booked, &own, 1, NULL));
    const struct booking_counts *counts = booking_counts(booked.booking);
    assert_int_equal(counts->records, 3);
    assert_int_equal(counts->orphan_locations, 3);
    assert_int_equal(counts->orphan_time_first, 1000);
    assert_int_equal(counts->orphan_time_last, 2000);
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    assert_int_equal(totals->records_unattributed, 0);
    assert_int_equal(totals->persons_upper_total, 0);
    booked_close(&booked);
}

#define PHONE an_identifier(KIND_MSISDN, GRADE_CONFIRMED, "+819012345678")

static void a_linking_key_makes_no_record_and_no_element(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level own = {.customer = "C-1", .identifiers = {PHONE}, .identifier_count = 1};
    assert_false(book(&booked, &own, 1, NULL));
    own.customer = NULL;
    assert_false(book(&booked, &own, 1, NULL));
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    assert_int_equal(totals->customers_named_only, 1);
    assert_int_equal(totals->persons_best, 0);
    assert_int_equal(totals->persons_upper_total, 0);
    booked_close(&booked);

    booked = booked_open();
    struct level with = {.customer = "C-1", .identifiers = {PHONE, VIN(VIN_A)}, .identifier_count = 2};
    assert_true(book(&booked, &with, 1, NULL));
    totals = tallying_resolve(&booked.tallying, 1);
    struct customer_row row;
    tallying_row(&booked.tallying, "C-1", &row);
    assert_int_equal(row.elements, 1u << ELEMENT_VIN);
    assert_int_equal(row.identifiers[KIND_MSISDN], 1);
    assert_int_equal(totals->kinds[KIND_MSISDN].confirmed, 1);
    booked_close(&booked);
}

static void a_linking_key_holds_a_position_that_names_nobody(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level own = {.identifiers = {PHONE}, .identifier_count = 1, .cells = {5}, .fix_count = 1};
    assert_true(book(&booked, &own, 1, NULL));
    assert_int_equal(booking_counts(booked.booking)->orphan_locations, 0);
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    assert_int_equal(totals->clusters_unattributed, 1);
    assert_int_equal(totals->kinds[KIND_MSISDN].unattributed, 1);
    booked_close(&booked);

    /* Beside a possible number it makes the record no likelier, and does not hold it. */
    booked = booked_open();
    struct level possible = {.identifiers = {PHONE, an_identifier(KIND_VIN, GRADE_POSSIBLE, VIN_A)}, .identifier_count = 2};
    assert_true(book(&booked, &possible, 1, NULL));
    struct level vin = {.customer = "C-1", .identifiers = {VIN(VIN_A)}, .identifier_count = 1};
    assert_true(book(&booked, &vin, 1, NULL));
    totals = tallying_resolve(&booked.tallying, 1);
    assert_int_equal(totals->persons_best, 1);
    assert_int_equal(totals->records_unattributed, 1);
    booked_close(&booked);
}

static void a_unit_that_shows_nothing_only_names_its_customer(void **unused)
{
    (void)unused;
    struct booked booked = booked_open();
    struct level own = {.customer = "C-1", .time_s = 1000};
    assert_false(book(&booked, &own, 1, NULL));
    struct level nothing = {.time_s = 1000};
    assert_false(book(&booked, &nothing, 1, NULL));
    const struct totals *totals = tallying_resolve(&booked.tallying, 1);
    assert_int_equal(resolved_customer_count(booked.tallying.resolved), 0);
    assert_int_equal(totals->customers_named_only, 1);
    assert_int_equal(totals->data_time_first, TIME_NONE);
    assert_int_equal(booking_counts(booked.booking)->records, 0);
    assert_int_equal(booking_counts(booked.booking)->orphan_time_first, TIME_NONE);
    booked_close(&booked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_that_names_its_customer_is_that_customers),
        cmocka_unit_test(else_the_nearest_enclosing_level_names_it),
        cmocka_unit_test(else_the_path_does),
        cmocka_unit_test(an_email_address_names_a_customer_only_where_nothing_else_does),
        cmocka_unit_test(the_fields_that_named_customers_are_counted),
        cmocka_unit_test(they_are_counted_for_each_source),
        cmocka_unit_test(identifiers_and_time_come_from_enclosing_levels_too),
        cmocka_unit_test(fixes_of_enclosing_levels_are_not_counted_again),
        cmocka_unit_test(without_a_customer_the_first_kind_holds_the_record),
        cmocka_unit_test(likely_identifiers_hold_before_possible_ones),
        cmocka_unit_test(equal_kinds_are_ordered_by_their_values_in_any_order_of_finding),
        cmocka_unit_test(a_record_with_possible_evidence_only_is_a_t3_link),
        cmocka_unit_test(a_position_without_anybody_is_an_orphan),
        cmocka_unit_test(a_linking_key_makes_no_record_and_no_element),
        cmocka_unit_test(a_linking_key_holds_a_position_that_names_nobody),
        cmocka_unit_test(a_unit_that_shows_nothing_only_names_its_customer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
