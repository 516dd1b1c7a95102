/* Tests of analyzer/tally/resolve.c: totals and rows, beside a plain count of the same units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/support/hash.h"
#include "tallying.h"

static void add(struct tallying *tallying, const struct tally_unit *unit)
{
    struct fault fault;
    assert_int_equal(tally_add(tallying->writer, unit, &fault), STATUS_OK);
}

static struct tally_unit unit_of(const char *customer)
{
    return (struct tally_unit){.holder_kind = HOLDER_CUSTOMER, .holder = {customer, strlen(customer)}, .record = true,
                               .basis = BASIS_FIELD, .time_s = TIME_NONE};
}

static void nothing_resolves_to_nothing(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(0);
    const struct totals *totals = tallying_resolve(&tallying, 2);
    assert_int_equal(resolved_customer_count(tallying.resolved), 0);
    assert_int_equal(totals->persons_upper_total, 0);
    assert_int_equal(totals->combination_count, 0);
    assert_int_equal(totals->data_time_first, TIME_NONE);
    tallying_close(&tallying);
}

static void tiers_elements_and_combinations_add_up(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(2);
    struct tally_identifier vin = an_identifier(KIND_VIN, GRADE_LIKELY, "JTDKN3DU7A1224466");
    struct tally_identifier frame = an_identifier(KIND_FRAME_NUMBER, GRADE_LIKELY, "ZVW30-1357924");
    struct tally_identifier weak = an_identifier(KIND_VIN, GRADE_POSSIBLE, "4T1BF1FK1CU334455");
    uint32_t cell = 7;
    struct tally_unit unit = unit_of("C-1");
    unit.identifiers = &vin, unit.identifier_count = 1;
    add(&tallying, &unit);
    unit = unit_of("C-2");
    unit.identifiers = &frame, unit.identifier_count = 1, unit.cells = &cell, unit.fix_count = 1, unit.time_s = 100, unit.source = 1;
    add(&tallying, &unit);
    unit = unit_of("C-3");
    unit.identifiers = &weak, unit.identifier_count = 1, unit.possible = true;
    add(&tallying, &unit);
    unit = unit_of("C-4");
    unit.record = false;
    add(&tallying, &unit);
    struct tally_unit nobodys = {.holder_kind = KIND_VIN, .holder = {"4T1BF1FK1CU334456", 17}, .record = true, .time_s = 900};
    struct tally_identifier other = an_identifier(KIND_VIN, GRADE_CONFIRMED, "4T1BF1FK1CU334456");
    nobodys.identifiers = &other, nobodys.identifier_count = 1;
    add(&tallying, &nobodys);
    const struct totals *totals = tallying_resolve(&tallying, 2);
    assert_int_equal(totals->persons_lower, 2);
    assert_int_equal(totals->persons_best, 2);
    assert_int_equal(totals->persons_upper, 3);
    assert_int_equal(totals->persons_upper_total, 4);
    assert_int_equal(totals->persons_by_tier[TIER_T1], 2);
    assert_int_equal(totals->persons_by_tier[TIER_T3], 1);
    assert_int_equal(totals->persons_by_element[ELEMENT_VIN], 1);
    assert_int_equal(totals->persons_by_element[ELEMENT_CHS], 1);
    assert_int_equal(totals->persons_by_element[ELEMENT_LOC], 1);
    assert_int_equal(totals->persons_by_element[ELEMENT_TIM], 1);
    assert_int_equal(totals->combination_count, 2);
    assert_int_equal(totals->combinations[0].persons + totals->combinations[1].persons, 2);
    assert_int_equal(totals->customers_named_only, 1);
    assert_int_equal(totals->records_unattributed, 1);
    assert_int_equal(totals->records_ambiguous, 1);
    assert_int_equal(totals->vehicles_distinct, 3);
    assert_int_equal(totals->kinds[KIND_VIN].possible, 1);
    assert_int_equal(totals->kinds[KIND_VIN].unattributed, 1);
    assert_int_equal(totals->data_time_first, 100);
    assert_int_equal(totals->data_time_last, 900);
    assert_int_equal(totals->by_source[0].persons, 1);
    assert_int_equal(totals->by_source[1].persons, 1);
    assert_int_equal(totals->by_source[1].persons_only_here, 1);
    tallying_close(&tallying);
}

static void what_the_scan_counted_and_the_ledger_is_carried_over(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(2);
    struct object objects[3] = {{.source = 0, .size_bytes = 100, .records = 5},
                                {.source = 1, .size_bytes = 50, .records = 2},
                                {.source = 1, .size_bytes = 20, .records = 1, .is_piece = true}};
    tallying.list.objects = objects;
    tallying.list.count = 3;
    struct fault fault;
    struct totals scanned = {.data_time_first = 50, .data_time_last = 60, .findings = 9, .records_orphan_location = 2};
    scanned.kinds[KIND_MAC].rejected = 4;
    struct resolving resolving = {.tally = tallying.tally, .list = &tallying.list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = 1};
    assert_int_equal(resolve(&resolving, &scanned, &tallying.resolved, &fault), STATUS_OK);
    const struct totals *totals = resolved_totals(tallying.resolved);
    assert_int_equal(totals->findings, 9);
    assert_int_equal(totals->records_orphan_location, 2);
    assert_int_equal(totals->kinds[KIND_MAC].rejected, 4);
    assert_int_equal(totals->data_time_first, 50);
    assert_int_equal(totals->data_time_last, 60);
    assert_int_equal(totals->by_source[0].records, 5);
    assert_int_equal(totals->by_source[0].bytes, 100);
    assert_int_equal(totals->by_source[1].objects, 2);
    assert_int_equal(totals->by_source[1].records, 3);
    assert_int_equal(totals->by_source[1].bytes, 50);
    tallying_close(&tallying);
}

static void sources_may_be_many(void **unused)
{
    (void)unused;
    static const uint32_t counts[] = {63, 64, 65, 128, 129, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct tallying tallying = tallying_open(counts[c]);
        for (uint32_t customer = 0; customer < 50; customer++) {
            char name[16];
            sprintf(name, "C-%02u", customer);
            struct tally_unit unit = unit_of(name);
            for (uint32_t k = 0; k <= customer; k++) {
                unit.source = (counts[c] - 1 - k * 7 % counts[c]) % counts[c];
                add(&tallying, &unit);
            }
        }
        const struct totals *totals = tallying_resolve(&tallying, 2);
        for (uint32_t customer = 0; customer < 50; customer++) {
            struct customer_row row;
            resolved_customer(tallying.resolved, customer, &row);
            bool expected[1000] = {false};
            uint32_t distinct = 0;
            for (uint32_t k = 0; k <= customer; k++) {
                bool *one = &expected[(counts[c] - 1 - k * 7 % counts[c]) % counts[c]];
                distinct += !*one;
                *one = true;
            }
            assert_int_equal(row.source_count, distinct);
            for (uint32_t i = 0; i < row.source_count; i++) {
                assert_true(expected[row.sources[i]]);
                if (i > 0) assert_true(row.sources[i] > row.sources[i - 1]);
            }
        }
        assert_int_equal(totals->by_source[counts[c] - 1].persons, 50);
        assert_int_equal(totals->by_source[counts[c] - 1].persons_only_here, 1);
        tallying_close(&tallying);
    }
}

/* ------------------------------------------------------------------ beside a plain count */

enum { CUSTOMERS = 200000, UNITS = 900000, SOURCES = 70, WRITERS = 3, IMEIS = 400000, MACS = 300000 };

/* A unit by its number; all of it follows from that. */
struct made {
    uint32_t customer; /* CUSTOMERS: nobody, held by the identifier */
    bool record, possible;
    uint8_t basis, fix_count, identifier_count;
    uint32_t source;
    struct place place;
    int64_t time_s;
    uint32_t cells[2];
    uint32_t values[2]; /* identifiers: an IMEI below IMEIS, else a MAC */
    uint8_t grades[2];
};

static void make(uint32_t number, struct made *made)
{
    uint64_t a = mix64(2 * (uint64_t)number + 1), b = mix64(2 * (uint64_t)number + 2);
    *made = (struct made){.customer = (uint32_t)(a % CUSTOMERS)};
    made->identifier_count = (uint8_t)((a >> 40 & 3) % 3);
    for (int i = 0; i < 2; i++) {
        uint64_t drawn = mix64(b + (uint64_t)i);
        made->values[i] = (uint32_t)(drawn % (IMEIS + MACS));
        if ((drawn >> 40 & 0x3FF) == 0) made->values[i] = (uint32_t)(drawn >> 50 & 7); /* a few that many share */
        made->grades[i] = (uint8_t)(1 + (drawn >> 56) % 3);
    }
    if ((a >> 42 & 15) == 0 && made->identifier_count == 2) {
        made->customer = CUSTOMERS;
        made->grades[0] = made->grades[1] = GRADE_LIKELY;
    }
    made->fix_count = made->customer == CUSTOMERS ? 0 : (uint8_t)((b >> 8 & 7) > 5 ? 2 : (b >> 8 & 1));
    made->cells[0] = (uint32_t)(a % CUSTOMERS) * 3 + (uint32_t)(b >> 12 & 3), made->cells[1] = made->cells[0] + 1;
    bool likely = made->fix_count > 0;
    for (int i = 0; i < made->identifier_count; i++) likely |= made->grades[i] >= GRADE_LIKELY;
    made->record = made->fix_count > 0 || made->identifier_count > 0;
    made->possible = made->record && !likely;
    made->basis = (uint8_t)(1u << (b >> 16) % 3);
    made->source = (uint32_t)(b >> 20) % SOURCES;
    made->place = (struct place){(uint32_t)(b >> 28) % 5000, 0, (uint32_t)(b >> 44) % 7, (uint32_t)(b >> 50) % 1000};
    made->time_s = (b >> 60) < 4 ? TIME_NONE : (int64_t)(1600000000 + (a >> 46) * 600);
}

static struct tally_identifier identifier_of(uint32_t value, uint8_t grade)
{
    char text[24];
    if (value < IMEIS) sprintf(text, "8681234%08u", value);
    else sprintf(text, "3c:5a:b4:%02x:%02x:%02x", value >> 16 & 255, value >> 8 & 255, value & 255);
    return an_identifier(value < IMEIS ? KIND_IMEI : KIND_MAC, (enum grade)grade, text);
}

static void give(struct tally_writer *writer, const struct made *made)
{
    struct tally_identifier identifiers[2] = {identifier_of(made->values[0], made->grades[0]), identifier_of(made->values[1], made->grades[1])};
    char name[24], canonical[IDENTIFIER_SIZE];
    sprintf(name, "C%u", made->customer);
    struct tally_unit unit = {.holder_kind = HOLDER_CUSTOMER, .holder = {name, strlen(name)}, .record = made->record,
                              .possible = made->possible, .basis = made->basis, .source = made->source, .place = made->place,
                              .time_s = made->time_s, .identifiers = identifiers, .identifier_count = made->identifier_count,
                              .cells = made->cells, .fix_count = made->fix_count};
    if (made->customer == CUSTOMERS) {
        unit.holder_kind = identifiers[0].kind;
        unit.holder = (struct span){canonical, tally_identifier_text(&identifiers[0], canonical)};
    }
    struct fault fault;
    if (tally_add(writer, &unit, &fault) != STATUS_OK) fail_msg("no memory");
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts values and returns how many are distinct. */
static size_t distinct_of(uint64_t *values, size_t count)
{
    if (count == 0) return 0;
    qsort(values, count, sizeof *values, by_number);
    size_t distinct = 1;
    for (size_t i = 1; i < count; i++) distinct += values[i] != values[i - 1];
    return distinct;
}

static bool place_less(const struct place *a, const struct place *b)
{
    if (a->file != b->file) return a->file < b->file;
    if (a->block != b->block) return a->block < b->block;
    return a->unit < b->unit;
}

enum { PER_CUSTOMER_MAX = 64 };

/* Counts the units of one customer and compares its row. */
static void expect_row(const struct customer_row *row, const uint32_t *numbers, size_t count)
{
    uint64_t likely[2 * PER_CUSTOMER_MAX], points[2 * PER_CUSTOMER_MAX], cells[2 * PER_CUSTOMER_MAX], days[2 * PER_CUSTOMER_MAX];
    uint64_t sources[PER_CUSTOMER_MAX];
    size_t likely_count = 0, point_count = 0, day_count = 0, source_count = 0, records = 0, possible = 0, imeis = 0;
    int64_t first = TIME_NONE, last = TIME_NONE;
    struct place place = {UINT32_MAX, 0, 0, 0};
    uint8_t basis = 0, basis_possible = 0;
    for (size_t i = 0; i < count; i++) {
        struct made made;
        make(numbers[i], &made);
        if (!made.record) continue;
        records += !made.possible, possible += made.possible;
        *(made.possible ? &basis_possible : &basis) |= made.basis;
        sources[source_count++] = made.source;
        if (place_less(&made.place, &place)) place = made.place;
        if (made.time_s != TIME_NONE) {
            if (first == TIME_NONE || made.time_s < first) first = made.time_s;
            if (last == TIME_NONE || made.time_s > last) last = made.time_s;
        }
        for (int k = 0; k < made.identifier_count; k++)
            if (made.grades[k] >= GRADE_LIKELY) likely[likely_count++] = made.values[k];
        for (int k = 0; k < made.fix_count; k++) {
            cells[point_count] = made.cells[k];
            points[point_count++] = (uint64_t)made.cells[k] << 32 | (made.time_s == TIME_NONE ? 0xFFFFFFFFu : (uint32_t)(made.time_s / 3600));
            if (made.time_s != TIME_NONE) days[day_count++] = (uint64_t)(made.time_s / 86400);
        }
    }
    size_t distinct = distinct_of(likely, likely_count);
    for (size_t i = 0; i < likely_count; i++) imeis += likely[i] < IMEIS && (i == 0 || likely[i] != likely[i - 1]);
    assert_int_equal(row->records, records);
    assert_int_equal(row->records_possible, possible);
    assert_int_equal(row->tier, records > 0 ? TIER_T1 : TIER_T3);
    assert_int_equal(row->basis, records > 0 ? basis : basis_possible);
    assert_int_equal(row->identifiers[KIND_IMEI], imeis);
    assert_int_equal(row->identifiers[KIND_MAC], distinct - imeis);
    assert_int_equal(row->loc_fixes, point_count);
    assert_int_equal(row->loc_cells.count, distinct_of(cells, point_count));
    assert_int_equal(row->loc_points.count, distinct_of(points, point_count));
    assert_int_equal(row->loc_days.count, distinct_of(days, day_count));
    assert_int_equal(row->source_count, distinct_of(sources, source_count));
    assert_int_equal(row->time_first, first);
    assert_int_equal(row->time_last, last);
    assert_int_equal(row->first_object, place.file);
    assert_int_equal(row->first_unit, (uint64_t)place.block * 1000 + place.unit + 1);
}

/* Facts of all identifiers: value, customer (CUSTOMERS + n for the n-th holder that is nobody) and grade. */
struct known_fact {
    uint32_t value, holder;
    uint8_t grade;
};

static int by_value(const void *a, const void *b)
{
    const struct known_fact *x = a, *y = b;
    return x->value != y->value ? (x->value < y->value ? -1 : 1) : x->holder < y->holder ? -1 : x->holder > y->holder;
}

static uint32_t root_of(uint32_t *parents, uint32_t at)
{
    while (parents[at] != at) at = parents[at] = parents[parents[at]];
    return at;
}

/* Holders that are nobody are named by their identifier, so their number is CUSTOMERS + its value. */
static void expect_identifiers(const struct totals *totals)
{
    struct known_fact *facts = malloc(2 * UNITS * sizeof *facts);
    uint32_t *parents = malloc((IMEIS + MACS) * sizeof *parents);
    uint8_t *marks = calloc(IMEIS + MACS, 1); /* 1: a holder, 2: touches a customer */
    size_t count = 0;
    for (uint32_t i = 0; i < IMEIS + MACS; i++) parents[i] = i;
    for (uint32_t i = 0; i < UNITS; i++) {
        struct made made;
        make(i, &made);
        uint32_t holder = made.customer < CUSTOMERS ? made.customer : CUSTOMERS + made.values[0];
        if (made.customer == CUSTOMERS) marks[made.values[0]] |= 1;
        for (int k = 0; k < made.identifier_count && made.record; k++) facts[count++] = (struct known_fact){made.values[k], holder, made.grades[k]};
    }
    qsort(facts, count, sizeof *facts, by_value);
    struct kind_totals expected[2] = {{0}, {0}};
    uint64_t shared = 0, clusters = 0;
    for (size_t from = 0, to; from < count; from = to) {
        uint8_t grade = 0;
        size_t customers = 0;
        uint32_t nobody = UINT32_MAX, last = UINT32_MAX;
        for (to = from; to < count && facts[to].value == facts[from].value; to++) {
            const struct known_fact *fact = &facts[to];
            if (fact->grade > grade) grade = fact->grade;
            if (fact->grade < GRADE_LIKELY) continue; /* possible ones say of nobody whose they are */
            if (fact->holder < CUSTOMERS) customers += last != fact->holder, last = fact->holder;
            else if (nobody == UINT32_MAX) nobody = fact->holder - CUSTOMERS;
            else parents[root_of(parents, fact->holder - CUSTOMERS)] = root_of(parents, nobody);
        }
        struct kind_totals *kind = &expected[facts[from].value >= IMEIS];
        if (grade < GRADE_LIKELY) kind->possible++;
        else {
            kind->distinct++;
            *(grade == GRADE_CONFIRMED ? &kind->confirmed : &kind->likely) += 1;
            kind->unattributed += customers == 0;
            shared += customers > 8;
            if (customers > 0 && nobody != UINT32_MAX) marks[nobody] |= 2;
        }
    }
    for (uint32_t i = 0; i < IMEIS + MACS; i++) marks[root_of(parents, i)] |= marks[i];
    for (uint32_t i = 0; i < IMEIS + MACS; i++) clusters += parents[i] == i && marks[i] == 1;
    static const enum kind kinds[2] = {KIND_IMEI, KIND_MAC};
    for (int i = 0; i < 2; i++) {
        const struct kind_totals *have = &totals->kinds[kinds[i]];
        assert_int_equal(have->distinct, expected[i].distinct);
        assert_int_equal(have->confirmed, expected[i].confirmed);
        assert_int_equal(have->likely, expected[i].likely);
        assert_int_equal(have->possible, expected[i].possible);
        assert_int_equal(have->unattributed, expected[i].unattributed);
    }
    assert_int_equal(totals->shared_identifiers, shared);
    assert_true(shared > 0);
    assert_int_equal(totals->clusters_unattributed, clusters);
    assert_true(clusters > 100);
    free(facts);
    free(parents);
    free(marks);
}

/* Units of a customer lie side by side in numbers, from starts[c] to starts[c + 1]. */
static uint32_t *units_by_customer(uint32_t *starts)
{
    uint32_t *numbers = malloc(UNITS * sizeof *numbers);
    memset(starts, 0, (CUSTOMERS + 2) * sizeof *starts);
    struct made made;
    for (uint32_t i = 0; i < UNITS; i++) make(i, &made), starts[made.customer + 1]++;
    for (uint32_t c = 0; c <= CUSTOMERS; c++) starts[c + 1] += starts[c];
    uint32_t *next = malloc((CUSTOMERS + 2) * sizeof *next);
    memcpy(next, starts, (CUSTOMERS + 2) * sizeof *next);
    for (uint32_t i = 0; i < UNITS; i++) make(i, &made), numbers[next[made.customer]++] = i;
    free(next);
    return numbers;
}

static void two_hundred_thousand_customers_have_what_a_plain_count_gives(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(SOURCES);
    struct tally_writer *writers[WRITERS];
    struct fault fault;
    for (int w = 0; w < WRITERS; w++) assert_int_equal(tally_writer_open(tallying.tally, &writers[w], &fault), STATUS_OK);
    for (uint32_t i = 0; i < UNITS; i++) {
        struct made made;
        make(i, &made);
        give(writers[i % WRITERS], &made);
    }
    for (int w = 0; w < WRITERS; w++) {
        assert_int_equal(tally_flush(writers[w], &fault), STATUS_OK);
        tally_writer_close(writers[w]);
    }
    const struct totals *totals = tallying_resolve(&tallying, 2);

    uint32_t *starts = malloc((CUSTOMERS + 2) * sizeof *starts);
    uint32_t *numbers = units_by_customer(starts);
    uint64_t persons = 0, t1 = 0, records = 0, possible = 0, named_only = 0;
    for (size_t i = 0; i < resolved_customer_count(tallying.resolved); i++) {
        struct customer_row row;
        resolved_customer(tallying.resolved, i, &row);
        uint32_t customer = 0;
        for (size_t k = 1; k < row.customer_id.len; k++) customer = customer * 10 + (uint32_t)(row.customer_id.at[k] - '0');
        assert_in_range(starts[customer + 1] - starts[customer], 1, PER_CUSTOMER_MAX);
        expect_row(&row, numbers + starts[customer], starts[customer + 1] - starts[customer]);
        persons++, t1 += row.tier == TIER_T1, records += row.records, possible += row.records_possible;
    }
    uint64_t expected_records = 0, nobodys = 0;
    for (uint32_t c = 0; c <= CUSTOMERS; c++) {
        bool any = false;
        for (uint32_t k = starts[c]; k < starts[c + 1]; k++) {
            struct made made;
            make(numbers[k], &made);
            any |= made.record;
            expected_records += made.record;
            nobodys += made.record && c == CUSTOMERS;
        }
        named_only += c < CUSTOMERS && !any && starts[c + 1] > starts[c];
    }
    assert_int_equal(totals->customers_named_only, named_only);
    assert_int_equal(totals->persons_lower, t1);
    assert_int_equal(totals->persons_upper, persons);
    assert_int_equal(totals->records_ambiguous, possible);
    assert_int_equal(totals->records_unattributed, nobodys);
    assert_int_equal(records + possible + nobodys, expected_records);
    uint64_t combined = 0;
    for (size_t i = 0; i < totals->combination_count; i++) combined += totals->combinations[i].persons;
    assert_int_equal(combined, totals->persons_best);
    expect_identifiers(totals);
    free(numbers);
    free(starts);
    tallying_close(&tallying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_resolves_to_nothing),
        cmocka_unit_test(tiers_elements_and_combinations_add_up),
        cmocka_unit_test(what_the_scan_counted_and_the_ledger_is_carried_over),
        cmocka_unit_test(sources_may_be_many),
        cmocka_unit_test(two_hundred_thousand_customers_have_what_a_plain_count_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
