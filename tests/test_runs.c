/* Tests of analyzer/tally/runs.c and identifier_spool.c: what is written in several goes, merged
 * and loaded part by part resolves to what one tally in memory does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "unit_making.h"

static const struct place_numbers numbers = {unit_of_place, NULL};

struct spilling {
    char folder[64];
    struct runs runs;
    struct tallying tallying;
};

static void spilling_open(struct spilling *spilling, uint32_t sources, int thread_count,
                          size_t memory_bytes)
{
    *spilling = (struct spilling){.tallying = tallying_open(sources)};
    spilling->runs = (struct runs){.identity = identity_of(1, 2, RUN_CONTENT_HOLDERS),
                                   .source_count = sources,
                                   .thread_count = thread_count,
                                   .memory_bytes = memory_bytes};
    spilling->runs.directory = folder_make(spilling->folder);
}

static size_t folder_count(const char *folder, bool remove)
{
    DIR *open = opendir(folder);
    assert_non_null(open);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        count++;
        if (remove && unlinkat(dirfd(open), entry->d_name, 0) != 0)
            unlinkat(dirfd(open), entry->d_name, AT_REMOVEDIR);
    }
    closedir(open);
    return count;
}

static void spilling_close(struct spilling *spilling)
{
    int directory = spilling->runs.directory;
    tallying_close(&spilling->tallying);
    runs_free(&spilling->runs);
    folder_count(spilling->folder, true);
    close(directory);
    assert_int_equal(rmdir(spilling->folder), 0);
}

static void spill(struct spilling *spilling)
{
    struct fault fault;
    writer_flush(spilling->tallying.writer);
    assert_int_equal(runs_write(&spilling->runs, spilling->tallying.tally, &numbers, &fault),
                     STATUS_OK);
    tally_clear(spilling->tallying.tally);
}

/* All units in `spills` goes. */
static void spill_units(struct spilling *spilling, const struct made_unit *units, uint32_t count,
                        uint32_t spills)
{
    for (uint32_t s = 0; s < spills; s++) {
        uint32_t from = (uint32_t)((uint64_t)count * s / spills),
                 to = (uint32_t)((uint64_t)count * (s + 1) / spills);
        for (uint32_t i = from; i < to; i++)
            unit_add(spilling->tallying.writer, &units[i]);
        spill(spilling);
    }
}

static const struct totals scanned = {.data_time_first = TIME_NONE,
                                      .data_time_last = TIME_NONE,
                                      .records_raw = 12,
                                      .findings = 13,
                                      .records_orphan_location = 14,
                                      .locations_rejected = 15};

static const struct totals *resolve_runs(struct spilling *spilling)
{
    struct tallying *tallying = &spilling->tallying;
    struct resolving resolving = {.tally = tallying->tally, .runs = &spilling->runs, .list = &tallying->list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = spilling->runs.thread_count};
    struct fault fault = {.message = ""};
    enum status status = resolve(&resolving, &scanned, &tallying->resolved, &fault);
    if (status != STATUS_OK) fail_msg("%s", fault.message);
    return resolved_totals(tallying->resolved);
}

static struct tallying resolve_in_memory(const struct made_unit *units, uint32_t count,
                                         uint32_t sources)
{
    struct tallying tallying = tallying_open(sources);
    struct fault fault;
    for (uint32_t i = 0; i < count; i++)
        unit_add(tallying.writer, &units[i]);
    writer_flush(tallying.writer);
    static struct object_list list;
    list = tallying.list;
    struct resolving resolving = {.tally = tallying.tally, .list = &list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = 1};
    assert_int_equal(resolve(&resolving, &scanned, &tallying.resolved, &fault), STATUS_OK);
    return tallying;
}

static void assert_totals_equal(const struct totals *a, const struct totals *b, size_t sources)
{
    struct totals x = *a, y = *b;
    assert_int_equal(x.combination_count, y.combination_count);
    for (size_t i = 0; i < x.combination_count; i++) {
        assert_int_equal(x.combinations[i].elements, y.combinations[i].elements);
        assert_int_equal(x.combinations[i].persons, y.combinations[i].persons);
    }
    for (size_t i = 0; i < sources; i++) {
        assert_int_equal(x.by_source[i].persons, y.by_source[i].persons);
        assert_int_equal(x.by_source[i].persons_only_here, y.by_source[i].persons_only_here);
        assert_int_equal(x.by_source[i].records, y.by_source[i].records);
    }
    for (size_t k = 0; k < KIND_COUNT; k++) {
        assert_int_equal(x.kinds[k].distinct, y.kinds[k].distinct);
        assert_int_equal(x.kinds[k].confirmed, y.kinds[k].confirmed);
        assert_int_equal(x.kinds[k].likely, y.kinds[k].likely);
        assert_int_equal(x.kinds[k].possible, y.kinds[k].possible);
        assert_int_equal(x.kinds[k].sample, y.kinds[k].sample);
        assert_int_equal(x.kinds[k].unattributed, y.kinds[k].unattributed);
    }
    assert_int_equal(x.clusters_unattributed, y.clusters_unattributed);
    assert_int_equal(x.shared_identifiers, y.shared_identifiers);
    assert_int_equal(x.records_unattributed, y.records_unattributed);
    assert_int_equal(x.records_ambiguous, y.records_ambiguous);
    assert_int_equal(x.customers_named_only, y.customers_named_only);
    assert_int_equal(x.overlaps != NULL, y.overlaps != NULL);
    for (size_t i = 0; x.overlaps != NULL && i < sources * sources; i++)
        if (i / sources < i % sources) assert_int_equal(x.overlaps[i], y.overlaps[i]);
    assert_int_equal(x.prefix_count, y.prefix_count);
    assert_memory_equal(x.prefixes, y.prefixes, x.prefix_count * sizeof *x.prefixes);
    assert_int_equal(x.shared_count, y.shared_count);
    for (size_t i = 0; i < x.shared_count; i++) assert_int_equal(x.shared[i].customers, y.shared[i].customers);
    assert_int_equal(x.component_count, y.component_count);
    for (size_t i = 0; i < x.component_count; i++) {
        assert_int_equal(x.components[i].persons, y.components[i].persons);
        assert_int_equal(x.components[i].identifiers, y.components[i].identifiers);
        assert_int_equal(x.components[i].records, y.components[i].records);
        assert_int_equal(x.components[i].kinds, y.components[i].kinds);
    }
    assert_int_equal(x.jurisdiction_count, y.jurisdiction_count);
    assert_memory_equal(x.jurisdictions, y.jurisdictions, x.jurisdiction_count * sizeof *x.jurisdictions);
    x.prefixes = y.prefixes = NULL;
    x.shared = y.shared = NULL;
    x.components = y.components = NULL;
    x.jurisdictions = y.jurisdictions = NULL;
    x.combinations = y.combinations = NULL;
    x.by_source = y.by_source = NULL;
    x.overlaps = y.overlaps = NULL;
    assert_memory_equal(&x, &y, sizeof x); /* and the rest */
}

static void assert_distinct_equal(struct distinct a, struct distinct b)
{
    assert_int_equal(a.count, b.count);
    assert_int_equal(a.estimated, b.estimated);
}

static void assert_row_equal(const struct customer_row *a, const struct customer_row *b)
{
    assert_int_equal(a->customer_id.len, b->customer_id.len);
    assert_memory_equal(a->customer_id.at, b->customer_id.at, a->customer_id.len);
    assert_int_equal(a->tier, b->tier);
    assert_int_equal(a->basis, b->basis);
    assert_int_equal(a->elements, b->elements);
    assert_int_equal(a->records, b->records);
    assert_int_equal(a->records_possible, b->records_possible);
    assert_memory_equal(a->identifiers, b->identifiers, kind_count * sizeof *a->identifiers);
    assert_int_equal(a->loc_fixes, b->loc_fixes);
    assert_distinct_equal(a->loc_points, b->loc_points);
    assert_distinct_equal(a->loc_cells, b->loc_cells);
    assert_distinct_equal(a->loc_days, b->loc_days);
    assert_int_equal(a->time_first, b->time_first);
    assert_int_equal(a->time_last, b->time_last);
    assert_int_equal(a->source_count, b->source_count);
    for (uint32_t i = 0; i < a->source_count; i++)
        assert_int_equal(a->sources[i], b->sources[i]);
    assert_int_equal(a->first_object, b->first_object);
    assert_int_equal(a->first_unit, b->first_unit);
}

/* All rows in order, and parts once more from the last to the first. Returns how many parts have
 * rows. */
static size_t assert_rows_equal(struct resolved *runs, const struct resolved *memory)
{
    struct customer_row *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    size_t parts = resolved_part_count(runs), at = 0, with_rows = 0,
           expected = resolved_customer_count(memory), count;
    struct fault fault;
    char before[70000] = "";
    size_t before_length = 0;
    for (size_t part = 0; part < parts; part++) {
        assert_int_equal(resolved_part_open(runs, part, &count, &fault), STATUS_OK);
        assert_int_equal(count, resolved_customer_count(runs));
        with_rows += count > 0;
        for (size_t i = 0; i < count; i++, at++) {
            assert_true(at < expected);
            resolved_customer(runs, i, a);
            resolved_customer(memory, at, b);
            assert_row_equal(a, b);
            if (at > 0)
                assert_true(run_key_compare((struct span){before, before_length}, a->customer_id) <
                            0);
            memcpy(before, a->customer_id.at, before_length = a->customer_id.len);
        }
    }
    assert_int_equal(at, expected);
    for (size_t part = parts; part-- > 0;) {
        assert_int_equal(resolved_part_open(runs, part, &count, &fault), STATUS_OK);
        at -= count;
        for (size_t i = 0; i < count; i++) {
            resolved_customer(runs, i, a);
            resolved_customer(memory, at + i, b);
            assert_row_equal(a, b);
        }
    }
    assert_int_equal(at, 0);
    free(a);
    free(b);
    return with_rows;
}

/* ------------------------------------------------------------------ tests */

static const struct unit_chances crowded = {.customers = 60,
                                            .identifiers = 60,
                                            .cells = 30,
                                            .sources = 5,
                                            .unattributed = 30,
                                            .hours = 2000};
static const struct unit_chances many = {.customers = 3000,
                                         .identifiers = 4000,
                                         .cells = 500,
                                         .sources = 100,
                                         .unattributed = 45,
                                         .hours = 900};
static const struct unit_chances lonely = {.customers = 40,
                                           .identifiers = 900,
                                           .cells = 500,
                                           .sources = 64,
                                           .unattributed = 97,
                                           .hours = 900};
static const struct unit_chances *const all_chances[] = {&crowded, &many, &lonely};
static const int thread_counts[] = {1, 2, 3, 8};

static void several_goes_resolve_to_what_one_tally_does(void **unused)
{
    (void)unused;
    for (unsigned c = 0; c < 3; c++) {
        enum { COUNT = 4000 };
        struct made_unit *units = units_made(500 + c, all_chances[c], COUNT);
        units_shuffle(units, COUNT, 3);
        struct tallying memory = resolve_in_memory(units, COUNT, all_chances[c]->sources);
        const struct totals *expected = resolved_totals(memory.resolved);
        assert_true(expected->persons_best > 20 && expected->records_ambiguous > 0 &&
                    expected->records_unattributed > 100);
        assert_true(c == 0 ? expected->shared_identifiers > 0
                           : expected->clusters_unattributed > 5);
        assert_true(c != 1 ||
                    (expected->customers_named_only > 0 && expected->persons_by_tier[TIER_T3] > 0));
        for (size_t t = 0; t < sizeof thread_counts / sizeof thread_counts[0]; t++) {
            static const uint32_t spills[] = {1, 3, 14};
            for (size_t s = 0; s < 3; s++) {
                struct spilling spilling;
                spilling_open(&spilling, all_chances[c]->sources, thread_counts[t],
                              s == 2 ? 4096 : 1 << 20);
                spill_units(&spilling, units, COUNT, spills[s]);
                assert_true(spilling.runs.count >= spills[s] &&
                            spilling.runs.count <= spills[s] * (unsigned)thread_counts[t]);
                assert_totals_equal(resolve_runs(&spilling), expected, all_chances[c]->sources);
                assert_true(assert_rows_equal(spilling.tallying.resolved, memory.resolved) > 0);
                spilling_close(&spilling);
            }
        }
        tallying_close(&memory);
        free(units);
    }
}

/* A customer of a long name fills a good part of a block, so that there are many blocks to divide.
 */
static void long_name(char *name, uint32_t number, size_t length)
{
    memset(name, 'a' + (int)(number % 3), length);
    snprintf(name, 12, "%06u", (unsigned)(number * UINT32_C(7919) % 1000000));
    name[6] = '-';
}

static void parts_are_many_and_in_order(void **unused)
{
    (void)unused;
    enum { CUSTOMERS = 600, LENGTH = 40000, SPILLS = 2 };
    struct tallying memory = tallying_open(1);
    struct spilling spilling;
    spilling_open(&spilling, 1, 2, 16 << 20);
    char *name = malloc(LENGTH);
    struct fault fault;
    for (uint32_t s = 0; s < SPILLS; s++) {
        for (uint32_t i = 0; i < CUSTOMERS; i++) {
            uint32_t number = (i * 31 + s * 100) % (CUSTOMERS + 50);
            long_name(name, number, LENGTH);
            struct tally_identifier identifier =
                identifier_made(KIND_IMEI, GRADE_LIKELY, number / 12);
            struct tally_unit unit = {.holder_kind = HOLDER_CUSTOMER,
                                      .holder = {name, LENGTH},
                                      .record = true,
                                      .basis = BASIS_FIELD,
                                      .time_s = TIME_NONE,
                                      .identifiers = &identifier,
                                      .identifier_count = 1,
                                      .place = {s, 0, 0, i}};
            struct tally_unit nobodys = unit;
            char canonical[IDENTIFIER_SIZE];
            struct tally_identifier own = identifier_made(KIND_MAC, GRADE_LIKELY, i / 3);
            nobodys.holder_kind = KIND_IMEI,
            nobodys.holder =
                (struct span){canonical, tally_identifier_text(&identifier, canonical)};
            if (i % 2 == 0)
                nobodys.identifiers = &own, nobodys.holder_kind = KIND_MAC,
                nobodys.holder.len = tally_identifier_text(&own, canonical);
            struct tally_writer *const writers[] = {memory.writer, spilling.tallying.writer};
            for (int w = 0; w < 2; w++) {
                assert_int_equal(tally_add(writers[w], &unit, &fault), STATUS_OK);
                assert_int_equal(tally_add(writers[w], &nobodys, &fault), STATUS_OK);
            }
        }
        spill(&spilling);
    }
    free(name);
    writer_flush(memory.writer);
    struct resolving resolving = {.tally = memory.tally, .list = &memory.list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = 2};
    assert_int_equal(resolve(&resolving, &scanned, &memory.resolved, &fault), STATUS_OK);
    assert_totals_equal(resolve_runs(&spilling), resolved_totals(memory.resolved), 1);
    assert_true(resolved_part_count(spilling.tallying.resolved) > 3);
    size_t with_rows = assert_rows_equal(spilling.tallying.resolved, memory.resolved);
    assert_true(with_rows > 3);
    spilling_close(&spilling);
    tallying_close(&memory);
}

static void assert_files_are(const struct spilling *spilling, size_t more)
{
    for (size_t i = 0; i < spilling->runs.count; i++)
        assert_int_equal(faccessat(spilling->runs.directory, spilling->runs.names[i], F_OK, 0), 0);
    assert_int_equal(folder_count(spilling->folder, false), spilling->runs.count + more);
}

static void merged_runs_stay_until_they_are_dropped(void **unused)
{
    (void)unused;
    enum { COUNT = 1000 };
    struct made_unit *units = units_made(6, &crowded, COUNT);
    for (int threads = 1; threads <= 3; threads++) {
        struct spilling spilling;
        struct fault fault;
        spilling_open(&spilling, crowded.sources, threads, 1);
        spill_units(&spilling, units, COUNT, 30);
        size_t before = spilling.runs.count;
        char **names = malloc(before * sizeof *names);
        for (size_t i = 0; i < before; i++)
            names[i] = strdup(spilling.runs.names[i]);
        assert_files_are(&spilling, 0);
        assert_int_equal(runs_open_all(&spilling.runs, &fault), STATUS_OK);
        assert_true(spilling.runs.count < before && spilling.runs.count <= 4 + (size_t)threads);
        assert_true(spilling.runs.stale_count >= before - spilling.runs.count);
        assert_files_are(&spilling, spilling.runs.stale_count);
        for (size_t i = 0; i < before; i++)
            assert_int_equal(faccessat(spilling.runs.directory, names[i], F_OK, 0), 0);
        runs_drop_stale(&spilling.runs);
        assert_int_equal(spilling.runs.stale_count, 0);
        assert_files_are(&spilling, 0);
        /* More can be written after that, and all is opened again. */
        spill_units(&spilling, units, COUNT, 9);
        assert_int_equal(runs_open_all(&spilling.runs, &fault), STATUS_OK);
        assert_int_equal(runs_open_all(&spilling.runs, &fault), STATUS_OK);
        runs_drop_stale(&spilling.runs);
        assert_files_are(&spilling, 0);
        struct made_unit *twice = malloc(2 * COUNT * sizeof *twice);
        memcpy(twice, units, COUNT * sizeof *units);
        memcpy(twice + COUNT, units, COUNT * sizeof *units);
        struct tallying memory = resolve_in_memory(twice, 2 * COUNT, crowded.sources);
        assert_totals_equal(resolve_runs(&spilling), resolved_totals(memory.resolved),
                            crowded.sources);
        assert_rows_equal(spilling.tallying.resolved, memory.resolved);
        tallying_close(&memory);
        free(twice);
        for (size_t i = 0; i < before; i++)
            free(names[i]);
        free(names);
        spilling_close(&spilling);
    }
    free(units);
}

static void nothing_makes_no_run(void **unused)
{
    (void)unused;
    struct spilling spilling;
    spilling_open(&spilling, 1, 3, 1);
    spill(&spilling);
    assert_int_equal(spilling.runs.count, 0);
    assert_int_equal(folder_count(spilling.folder, false), 0);
    struct made_unit one = {
        .holder_kind = HOLDER_CUSTOMER, .holder = "C-1", .record = true, .time_s = TIME_NONE};
    spill_units(&spilling, &one, 1, 1);
    assert_int_equal(spilling.runs.count, 1);
    assert_int_equal(resolve_runs(&spilling)->persons_best, 1);
    spilling_close(&spilling);
}

/* Counts that are written and stay in memory, too, are resolved there, in the order in which they
 * were written. */
static void an_order_that_was_found_is_taken_over(void **unused)
{
    (void)unused;
    enum { COUNT = 4000 };
    for (unsigned c = 0; c < 3; c++) {
        struct made_unit *units = units_made(700 + c, all_chances[c], COUNT);
        struct tallying memory = resolve_in_memory(units, COUNT, all_chances[c]->sources);
        for (int threads = 1; threads <= 3; threads++) {
            struct spilling spilling;
            struct sorted_holders sorted;
            struct fault fault;
            spilling_open(&spilling, all_chances[c]->sources, threads, 1 << 20);
            for (uint32_t i = 0; i < COUNT; i++)
                unit_add(spilling.tallying.writer, &units[i]);
            writer_flush(spilling.tallying.writer);
            assert_int_equal(holders_sort(spilling.tallying.tally, threads, NULL, &sorted, &fault), STATUS_OK);
            assert_int_equal(runs_write_sorted(&spilling.runs, spilling.tallying.tally, &numbers,
                                               &sorted, NULL, &fault),
                             STATUS_OK);
            struct tallying *tallying = &spilling.tallying;
            struct resolving resolving = {.tally = tallying->tally, .list = &tallying->list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = threads, .sorted = &sorted};
            assert_int_equal(resolve(&resolving, &scanned, &tallying->resolved, &fault), STATUS_OK);
            sorted_holders_free(&sorted);
            assert_totals_equal(resolved_totals(tallying->resolved),
                                resolved_totals(memory.resolved), all_chances[c]->sources);
            assert_rows_equal(tallying->resolved, memory.resolved);
            spilling_close(&spilling);
        }
        tallying_close(&memory);
        free(units);
    }
}

/* Sums up what was just written, on whichever thread wrote it. */
struct following {
    struct resolved *begun;
    atomic_size_t pieces, holders, records;
};

static void follow(void *context, int thread, size_t number, size_t first, size_t end)
{
    struct following *following = context;
    (void)number;
    for (size_t i = first; i < end; i++) {
        struct customer_row row;
        if (i % 2 == 0) resolve_add(following->begun, thread, i);
        else if (resolve_add_row(following->begun, thread, i, &row)) atomic_fetch_add(&following->records, row.records);
    }
    atomic_fetch_add(&following->pieces, 1);
    atomic_fetch_add(&following->holders, end - first);
}

/* What is summed up while it is written is what is summed up after that, and what was written is the same. */
static void holders_can_be_resolved_while_they_are_written(void **unused)
{
    (void)unused;
    enum { COUNT = 6000 };
    size_t most_pieces = 0;
    for (unsigned c = 0; c < 3; c++) {
        struct made_unit *units = units_made(900 + c, all_chances[c], COUNT);
        struct tallying memory = resolve_in_memory(units, COUNT, all_chances[c]->sources);
        for (int threads = 1; threads <= 3; threads++) {
            struct spilling spilling;
            struct sorted_holders sorted;
            struct fault fault;
            spilling_open(&spilling, all_chances[c]->sources, threads, 1 << 20);
            for (uint32_t i = 0; i < COUNT; i++) unit_add(spilling.tallying.writer, &units[i]);
            writer_flush(spilling.tallying.writer);
            struct tallying *tallying = &spilling.tallying;
            struct following following = {.begun = NULL};
            struct write_follower follower = {follow, &following};
            struct resolving resolving = {.tally = tallying->tally, .list = &tallying->list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = threads, .sorted = &sorted};
            assert_int_equal(holders_sort(tallying->tally, threads, NULL, &sorted, &fault), STATUS_OK);
            assert_int_equal(resolve_begin(&resolving, &following.begun, &fault), STATUS_OK);
            assert_int_equal(runs_write_sorted(&spilling.runs, tallying->tally, &numbers, &sorted, &follower, &fault), STATUS_OK);
            assert_int_equal(atomic_load(&following.holders), sorted.count);
            assert_true(atomic_load(&following.records) > 0);
            if (atomic_load(&following.pieces) > most_pieces) most_pieces = atomic_load(&following.pieces);
            resolving.begun = following.begun;
            assert_int_equal(resolve(&resolving, &scanned, &tallying->resolved, &fault), STATUS_OK);
            assert_null(sorted.refs);
            assert_totals_equal(resolved_totals(tallying->resolved), resolved_totals(memory.resolved), all_chances[c]->sources);
            assert_rows_equal(tallying->resolved, memory.resolved);
            resolved_close(tallying->resolved);
            tallying->resolved = NULL;
            assert_totals_equal(resolve_runs(&spilling), resolved_totals(memory.resolved), all_chances[c]->sources);
            assert_rows_equal(spilling.tallying.resolved, memory.resolved);
            spilling_close(&spilling);
        }
        tallying_close(&memory);
        free(units);
    }
    assert_true(most_pieces > 1);
}

/* A run in whose name something stands already cannot be finished: then none of this go counts. */
static void a_go_that_fails_leaves_no_half(void **unused)
{
    (void)unused;
    enum { COUNT = 1000 };
    struct made_unit *units = units_made(6, &crowded, COUNT);
    struct spilling spilling;
    struct fault fault;
    spilling_open(&spilling, crowded.sources, 3, 1);
    spill_units(&spilling, units, COUNT, 1);
    assert_int_equal(spilling.runs.count, 3);
    char blocked[32];
    snprintf(blocked, sizeof blocked, "holders-%06u.run", (unsigned)spilling.runs.next_number + 3);
    assert_int_equal(mkdirat(spilling.runs.directory, blocked, 0700), 0);
    for (uint32_t i = 0; i < COUNT; i++)
        unit_add(spilling.tallying.writer, &units[i]);
    writer_flush(spilling.tallying.writer);
    assert_int_equal(runs_write(&spilling.runs, spilling.tallying.tally, &numbers, &fault),
                     STATUS_FATAL);
    assert_int_equal(spilling.runs.count, 3);
    assert_files_are(&spilling, 1);
    tally_clear(spilling.tallying.tally);
    struct tallying memory = resolve_in_memory(units, COUNT, crowded.sources);
    assert_totals_equal(resolve_runs(&spilling), resolved_totals(memory.resolved), crowded.sources);
    tallying_close(&memory);
    spilling_close(&spilling);
    free(units);
}

static void damaged_and_foreign_runs_are_refused(void **unused)
{
    (void)unused;
    enum { COUNT = 500 };
    struct made_unit *units = units_made(8, &crowded, COUNT);
    struct spilling spilling;
    struct fault fault;
    spilling_open(&spilling, crowded.sources, 2, 1 << 20);
    spill_units(&spilling, units, COUNT, 2);
    spilling.runs.identity = identity_of(9, 2, RUN_CONTENT_HOLDERS);
    assert_int_equal(runs_open_all(&spilling.runs, &fault), STATUS_USAGE);
    spilling.runs.identity = identity_of(1, 2, RUN_CONTENT_HOLDERS);
    assert_int_equal(runs_open_all(&spilling.runs, &fault), STATUS_OK);
    /* A source that the set does not have. */
    spilling.runs.source_count = 2;
    spilling.runs.memory_bytes = 1 << 20;
    struct run_ranges ranges;
    assert_int_equal(runs_ranges(&spilling.runs, 1 << 20, &ranges, &fault), STATUS_OK);
    assert_int_equal(runs_load(&spilling.runs, &ranges, 0, spilling.tallying.tally, &fault),
                     STATUS_DAMAGED);
    run_ranges_free(&ranges);
    spilling.runs.source_count = crowded.sources;
    size_t count;
    char *bytes = bytes_load(spilling.runs.directory, spilling.runs.names[1], &count);
    assert_non_null(bytes);
    bytes[count / 2] = (char)(bytes[count / 2] ^ 1);
    assert_true(bytes_store(spilling.runs.directory, spilling.runs.names[1], bytes, count));
    free(bytes);
    struct resolving resolving = {.tally = spilling.tallying.tally, .runs = &spilling.runs, .list = &spilling.tallying.list, .places = {unit_of_place, object_of_place, NULL, false}, .thread_count = 2};
    assert_int_equal(resolve(&resolving, &scanned, &spilling.tallying.resolved, &fault),
                     STATUS_DAMAGED);
    assert_null(spilling.tallying.resolved);
    spilling_close(&spilling);
    free(units);
}

/* Two cases whose files and sources have other numbers, gathered into a third. */
static void runs_of_other_cases_are_gathered(void **unused)
{
    (void)unused;
    enum { COUNT = 3000, FILES = 4 };
    struct made_unit *units = units_made(99, &crowded, COUNT);
    uint32_t files[2][FILES] = {{0, 2, 4, 6}, {1, 3, 5, 7}},
             sources[2][5] = {{0, 1, 2, 3, 4}, {5, 4, 6, 0, 1}};
    for (size_t t = 0; t < sizeof thread_counts / sizeof thread_counts[0]; t++) {
        struct spilling cases[2], gathered;
        struct run_origin origins[200];
        struct entry_map maps[2];
        struct run_identity identities[2];
        size_t origin_count = 0;
        struct fault fault;
        spilling_open(&gathered, 7, thread_counts[t], 1);
        for (int c = 0; c < 2; c++) {
            spilling_open(&cases[c], 5, thread_counts[t], 1);
            cases[c].runs.identity = identities[c] = identity_of(c + 20, 2, RUN_CONTENT_HOLDERS);
            spill_units(&cases[c], units + c * (COUNT / 2), COUNT / 2, 7);
            maps[c] = (struct entry_map){files[c], sources[c], FILES, 5};
            for (size_t i = 0; i < cases[c].runs.count; i++)
                origins[origin_count++] = (struct run_origin){
                    cases[c].runs.directory, &identities[c], cases[c].runs.names[i], &maps[c]};
        }
        assert_int_equal(runs_gather(&gathered.runs, origins, origin_count, &fault), STATUS_OK);
        struct made_unit *renamed = malloc(COUNT * sizeof *renamed);
        memcpy(renamed, units, COUNT * sizeof *units);
        for (uint32_t i = 0; i < COUNT; i++) {
            renamed[i].place.file = files[i >= COUNT / 2][renamed[i].place.file];
            renamed[i].source = sources[i >= COUNT / 2][renamed[i].source];
        }
        struct tallying memory = resolve_in_memory(renamed, COUNT, 7);
        assert_totals_equal(resolve_runs(&gathered), resolved_totals(memory.resolved), 7);
        assert_rows_equal(gathered.tallying.resolved, memory.resolved);
        tallying_close(&memory);
        free(renamed);
        spilling_close(&gathered);
        for (int c = 0; c < 2; c++)
            spilling_close(&cases[c]);
    }
    free(units);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_goes_resolve_to_what_one_tally_does),
        cmocka_unit_test(parts_are_many_and_in_order),
        cmocka_unit_test(merged_runs_stay_until_they_are_dropped),
        cmocka_unit_test(nothing_makes_no_run),
        cmocka_unit_test(an_order_that_was_found_is_taken_over),
        cmocka_unit_test(holders_can_be_resolved_while_they_are_written),
        cmocka_unit_test(a_go_that_fails_leaves_no_half),
        cmocka_unit_test(damaged_and_foreign_runs_are_refused),
        cmocka_unit_test(runs_of_other_cases_are_gathered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
