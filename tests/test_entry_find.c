/* Tests of analyzer/tally/entry_find.c, and of the reader of facts in holder_entry.c: what is found of a holder in any
 * number of runs is held against the units that were written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/tally/entry_find.h"
#include "unit_making.h"

static const struct place_numbers numbers = {unit_of_place, NULL};

enum { SOURCES = 5, UNITS = 6000 };

struct finding {
    char folder[64];
    struct runs runs;
    struct tallying tallying;
};

static void finding_open(struct finding *finding, int thread_count)
{
    *finding = (struct finding){.tallying = tallying_open(SOURCES)};
    finding->runs = (struct runs){
        .identity = identity_of(1, 2, RUN_CONTENT_HOLDERS), .source_count = SOURCES, .thread_count = thread_count};
    finding->runs.directory = folder_make(finding->folder);
}

static void finding_spill(struct finding *finding)
{
    struct fault fault;
    writer_flush(finding->tallying.writer);
    assert_int_equal(runs_write(&finding->runs, finding->tallying.tally, &numbers, &fault), STATUS_OK);
    tally_clear(finding->tallying.tally);
}

static void finding_close(struct finding *finding)
{
    for (size_t i = 0; i < finding->runs.count; i++) unlinkat(finding->runs.directory, finding->runs.names[i], 0);
    close(finding->runs.directory);
    assert_int_equal(rmdir(finding->folder), 0);
    runs_free(&finding->runs);
    tallying_close(&finding->tallying);
}

static enum status find(const struct finding *finding, struct span key, struct bytes *value)
{
    struct fault fault = {.message = ""};
    struct entry_places places = {finding->runs.directory, &finding->runs.identity, finding->runs.names, NULL, finding->runs.count, 0, NULL, 0};
    enum status status = entry_find(&places, SOURCES, key, value, &fault);
    if (status != STATUS_OK && status != STATUS_END) print_message("%s\n", fault.message);
    return status;
}

static enum status find_customer(const struct finding *finding, const char *customer, struct bytes *value)
{
    char key[80];
    size_t length = (size_t)snprintf(key + 1, sizeof key - 1, "%s", customer);
    key[0] = 0;
    return find(finding, (struct span){key, length + 1}, value);
}

static struct entry_place place_of(const struct made_unit *unit)
{
    return (struct entry_place){unit->place.file, unit->place.piece, unit_of_place(NULL, &unit->place)};
}

static bool is_before(const struct entry_place *a, const struct entry_place *b)
{
    return a->file != b->file ? a->file < b->file : a->piece != b->piece ? a->piece < b->piece : a->unit < b->unit;
}

static bool is_of(const struct made_unit *unit, const char *customer)
{
    return unit->record && unit->holder_kind == HOLDER_CUSTOMER && strcmp(unit->holder, customer) == 0;
}

static bool is_fact(const struct tally_identifier *identifier, const struct fact *fact)
{
    return identifier->kind == fact->kind && identifier->length == fact->packed_length &&
           memcmp(identifier->packed, fact->packed, fact->packed_length) == 0;
}

/* The fact as all units of the customer have it. */
static void assert_fact(const struct made_unit *units, const char *customer, const struct entry_fact *fact)
{
    enum grade best = GRADE_NONE;
    struct entry_place first = {UINT32_MAX, 0, 0};
    for (size_t i = 0; i < UNITS; i++) {
        struct entry_place place = place_of(&units[i]);
        for (size_t k = 0; is_of(&units[i], customer) && k < units[i].identifier_count; k++) {
            if (!is_fact(&units[i].identifiers[k], &fact->fact)) continue;
            if (fact_grade(units[i].identifiers[k].state) > best) best = fact_grade(units[i].identifiers[k].state);
            if (is_before(&place, &first)) first = place;
        }
    }
    assert_int_equal(fact_grade(fact->fact.state), best);
    assert_int_equal(fact->fact.state & 0x20, 0);
    assert_int_equal(fact->place.file, first.file);
    assert_int_equal(fact->place.piece, first.piece);
    assert_int_equal(fact->place.unit, first.unit);
}

/* How many different identifiers the customer has. */
static size_t distinct_of(const struct made_unit *units, const char *customer)
{
    struct tally_identifier *seen = calloc(UNITS * MADE_IDENTIFIERS_MAX, sizeof *seen);
    size_t count = 0;
    assert_non_null(seen);
    for (size_t i = 0; i < UNITS; i++) {
        for (size_t k = 0; is_of(&units[i], customer) && k < units[i].identifier_count; k++) {
            const struct tally_identifier *identifier = &units[i].identifiers[k];
            bool known = false;
            for (size_t s = 0; s < count && !known; s++)
                known = seen[s].kind == identifier->kind && seen[s].length == identifier->length &&
                        memcmp(seen[s].packed, identifier->packed, identifier->length) == 0;
            if (!known) seen[count++] = *identifier;
        }
    }
    free(seen);
    return count;
}

static void assert_customer(const struct finding *finding, const struct made_unit *units, const char *customer)
{
    struct bytes value = {0};
    struct fault fault;
    struct entry_facts facts;
    struct entry_fact fact;
    assert_int_equal(find_customer(finding, customer, &value), STATUS_OK);
    assert_int_equal(entry_facts_open((struct span){value.at, value.count}, &facts, &fault), STATUS_OK);
    size_t count = 0, records = 0;
    struct entry_place first = {UINT32_MAX, 0, 0};
    for (size_t i = 0; i < UNITS; i++) {
        struct entry_place place = place_of(&units[i]);
        records += is_of(&units[i], customer);
        if (is_of(&units[i], customer) && is_before(&place, &first)) first = place;
    }
    assert_int_equal(facts.placed, records > 0);
    if (facts.placed) assert_memory_equal(&facts.first, &first, sizeof first);
    enum status status;
    while ((status = entry_facts_next(&facts, &fact, &fault)) == STATUS_OK) {
        assert_fact(units, customer, &fact);
        count++;
    }
    assert_int_equal(status, STATUS_END);
    assert_int_equal(count, distinct_of(units, customer));
    bytes_free(&value);
}

static void a_customer_is_the_sum_of_what_all_runs_have(void **state)
{
    (void)state;
    static const struct unit_chances chances = {
        .customers = 40, .identifiers = 30, .cells = 50, .sources = SOURCES, .unattributed = 20, .hours = 90};
    static const struct { int threads; uint32_t spills; } ways[] = {{1, 1}, {2, 1}, {1, 4}, {3, 7}};
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        struct made_unit *units = units_made(11 + w, &chances, UNITS);
        struct finding finding;
        finding_open(&finding, ways[w].threads);
        for (uint32_t i = 0; i < UNITS; i++) {
            unit_add(finding.tallying.writer, &units[i]);
            if ((i + 1) % (UNITS / ways[w].spills) == 0) finding_spill(&finding);
        }
        finding_spill(&finding);
        for (unsigned i = 0; i < UNITS; i++) /* the first unit of each customer */
            if (units[i].holder_kind == HOLDER_CUSTOMER && i < 200) assert_customer(&finding, units, units[i].holder);
        finding_close(&finding);
        free(units);
    }
}

static struct made_unit a_unit(const char *customer, bool record)
{
    struct made_unit unit = {
        .holder_kind = HOLDER_CUSTOMER, .record = record, .basis = BASIS_FIELD, .time_s = TIME_NONE};
    snprintf(unit.holder, sizeof unit.holder, "%s", customer);
    if (record) {
        unit.identifiers[0] = identifier_made(KIND_IMEI, GRADE_LIKELY, 5);
        unit.identifier_count = 1;
    }
    return unit;
}

static void the_beginning_of_a_name_is_another_name(void **state)
{
    (void)state;
    static const char *const there[] = {"C1", "C1\x01", "C10", "C12"};
    static const char *const not_there[] = {"C", "C1\x01\x01", "C11", "C13", "D", "c1", "C100"};
    struct finding finding;
    struct bytes value = {0};
    finding_open(&finding, 2);
    for (size_t i = 0; i < 4; i++) {
        struct made_unit unit = a_unit(there[i], true);
        for (size_t k = 0; k <= i; k++) unit_add(finding.tallying.writer, &unit);
    }
    finding_spill(&finding);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(find_customer(&finding, there[i], &value), STATUS_OK);
        assert_int_equal(value.at[1], i + 1); /* its records: see the format */
    }
    for (size_t i = 0; i < 7; i++) assert_int_equal(find_customer(&finding, not_there[i], &value), STATUS_END);
    bytes_free(&value);
    finding_close(&finding);
}

static void a_customer_is_no_identifier(void **state)
{
    (void)state;
    struct finding finding;
    struct bytes value = {0};
    finding_open(&finding, 1);
    struct made_unit unit = a_unit("868123400000005", true), named = a_unit("named", false);
    unit.holder_kind = KIND_IMEI;
    unit_add(finding.tallying.writer, &unit);
    unit_add(finding.tallying.writer, &named);
    finding_spill(&finding);
    assert_int_equal(find_customer(&finding, "868123400000005", &value), STATUS_END);
    char key[] = " 868123400000005";
    key[0] = KIND_IMEI + 1;
    assert_int_equal(find(&finding, (struct span){key, strlen(key)}, &value), STATUS_OK);

    struct entry_facts facts;
    struct entry_fact fact;
    struct fault fault;
    assert_int_equal(find_customer(&finding, "named", &value), STATUS_OK);
    assert_int_equal(entry_facts_open((struct span){value.at, value.count}, &facts, &fault), STATUS_OK);
    assert_false(facts.placed);
    assert_int_equal(entry_facts_next(&facts, &fact, &fault), STATUS_END);
    bytes_free(&value);
    finding_close(&finding);
}

static void names_of_any_length_are_looked_for(void **state)
{
    (void)state;
    struct finding finding;
    struct bytes value = {0};
    finding_open(&finding, 1);
    struct made_unit unit = a_unit("C1", true);
    unit_add(finding.tallying.writer, &unit);
    finding_spill(&finding);
    char *key = calloc(1, RUN_KEY_BYTES_MAX + 2);
    assert_non_null(key);
    memset(key + 1, 'C', RUN_KEY_BYTES_MAX);
    for (size_t length = RUN_KEY_BYTES_MAX - 1; length <= RUN_KEY_BYTES_MAX + 1; length++)
        assert_int_equal(find(&finding, (struct span){key, length}, &value), STATUS_END);
    free(key);
    bytes_free(&value);
    finding_close(&finding);
}

static void a_run_that_is_foreign_or_gone_is_refused(void **state)
{
    (void)state;
    struct finding finding;
    struct bytes value = {0};
    finding_open(&finding, 1);
    struct made_unit unit = a_unit("C1", true);
    unit_add(finding.tallying.writer, &unit);
    finding_spill(&finding);
    finding.runs.identity = identity_of(1, 3, RUN_CONTENT_HOLDERS);
    assert_int_equal(find_customer(&finding, "C1", &value), STATUS_USAGE);
    finding.runs.identity = identity_of(1, 2, RUN_CONTENT_HOLDERS);
    assert_int_equal(find_customer(&finding, "C1", &value), STATUS_OK);
    unlinkat(finding.runs.directory, finding.runs.names[0], 0);
    assert_int_equal(find_customer(&finding, "C1", &value), STATUS_DAMAGED);
    bytes_free(&value);
    finding_close(&finding);
}

static void assert_read_to_an_end(struct span value)
{
    struct entry_facts facts;
    struct entry_fact entry;
    struct fault fault;
    enum status status = entry_facts_open(value, &facts, &fault);
    while (status == STATUS_OK && (status = entry_facts_next(&facts, &entry, &fault)) == STATUS_OK) {
        char canonical[IDENTIFIER_SIZE];
        const struct fact *fact = &entry.fact;
        size_t length = identifier_unpack(fact_packing(fact->state), fact->packed, fact->packed_length, canonical);
        assert_true(length < IDENTIFIER_SIZE);
    }
    assert_true(status == STATUS_END || status == STATUS_DAMAGED);
}

/* Every beginning of a value, and every byte of it changed: an end or a refusal, and nothing else. */
static void a_value_that_is_none_is_refused(void **state)
{
    (void)state;
    struct finding finding;
    struct bytes value = {0};
    struct fault fault;
    finding_open(&finding, 1);
    struct made_unit unit = a_unit("C1", true);
    unit.fix_count = 2, unit.cells[0] = 7, unit.cells[1] = 9, unit.time_s = 1600000000;
    unit_add(finding.tallying.writer, &unit);
    unit.place.unit = 8;
    unit.identifiers[0] = identifier_made(KIND_VIN, GRADE_CONFIRMED, 7);
    unit.identifiers[1] = identifier_made(KIND_FRAME_NUMBER, GRADE_CONFIRMED, 8);
    unit.identifier_count = 2;
    unit_add(finding.tallying.writer, &unit);
    finding_spill(&finding);
    assert_int_equal(find_customer(&finding, "C1", &value), STATUS_OK);
    for (size_t length = 0; length < value.count; length++) {
        char *copy = malloc(length + 1); /* so that a sanitizer sees each read behind it */
        memcpy(copy, value.at, length);
        struct entry_facts facts;
        struct entry_fact fact;
        enum status status = entry_facts_open((struct span){copy, length}, &facts, &fault);
        while (status == STATUS_OK) status = entry_facts_next(&facts, &fact, &fault);
        assert_int_equal(status, STATUS_DAMAGED);
        free(copy);
    }
    for (size_t i = 0; i < value.count; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            value.at[i] = (char)(value.at[i] ^ 1 << bit);
            assert_read_to_an_end((struct span){value.at, value.count});
            value.at[i] = (char)(value.at[i] ^ 1 << bit);
        }
    }
    bytes_free(&value);
    finding_close(&finding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_customer_is_the_sum_of_what_all_runs_have),
        cmocka_unit_test(the_beginning_of_a_name_is_another_name),
        cmocka_unit_test(a_customer_is_no_identifier),
        cmocka_unit_test(names_of_any_length_are_looked_for),
        cmocka_unit_test(a_run_that_is_foreign_or_gone_is_refused),
        cmocka_unit_test(a_value_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
