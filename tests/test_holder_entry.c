/* Tests of analyzer/tally/holder_entry.c: values are held against a plain count of the same units,
 * against one tally of all of them, and against themselves merged in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/support/hash.h"
#include "../analyzer/tally/holder_entry.h"
#include "../analyzer/tally/holder_set.h"
#include "random.h"
#include "unit_making.h"

/* ------------------------------------------------------------------ a value, read the plain way */

enum { FACTS_MAX = 4096, SOURCES_MAX = 512 };

struct plain_fact {
    uint8_t kind, state, length; /* without FACT_PLACED */
    char packed[IDENTIFIER_SIZE];
    uint64_t file, piece, unit;
    uint64_t records, first, later; /* first: plus 1, or 0 for no time */
};

struct plain {
    bool timed_fix, timed, placed, more_points, more_cells, more_days, more_nights, more_hours;
    uint64_t records, possible, fixes, first, later, file, piece, unit;
    unsigned basis, basis_possible;
    uint32_t sources[SOURCES_MAX];
    size_t source_count, point_count, cell_count, day_count, night_count, hour_count, fact_count;
    uint64_t points[64], cells[64], days[64], nights[TIMES_KEPT_MAX], hours[TIMES_KEPT_MAX]; /* mixed */
    struct plain_fact facts[FACTS_MAX];
};

static int compare_facts(const void *left, const void *right)
{
    return memcmp(left, right, offsetof(struct plain_fact, file));
}

static void read_set(struct bytes_reader *from, int form, uint64_t *values, size_t *count)
{
    *count = bytes_take_byte(from);
    if (*count > 64) from->bad = true;
    for (size_t i = 0; i < *count && !from->bad; i++) {
        if (form == 0) {
            uint64_t point = bytes_take_u64(from);
            values[i] = mix51(point >> 13) << 13 | (point & 8191);
        } else {
            values[i] = mix64(bytes_take_u32(from));
        }
        if (i > 0 && values[i] <= values[i - 1]) from->bad = true;
    }
}

static void read_times(struct bytes_reader *from, uint64_t *times, size_t *count, bool *more)
{
    unsigned byte = bytes_take_byte(from);
    *more = byte >= 128;
    *count = byte % 128;
    for (size_t i = 0; i < *count && !from->bad; i++) {
        times[i] = bytes_take_u64(from);
        if (i > 0 && times[i] <= times[i - 1]) from->bad = true;
    }
}

static void read_facts(struct bytes_reader *from, struct plain *plain)
{
    plain->fact_count = bytes_take_leb128(from);
    if (plain->fact_count > FACTS_MAX) from->bad = true;
    for (size_t i = 0; i < plain->fact_count && !from->bad; i++) {
        struct plain_fact *fact = &plain->facts[i];
        memset(fact, 0, sizeof *fact);
        fact->kind = (uint8_t)bytes_take_byte(from);
        unsigned state = bytes_take_byte(from);
        fact->state = (uint8_t)(state & ~(unsigned)(FACT_PLACED | FACT_COUNTED));
        fact->length = (uint8_t)bytes_take_byte(from);
        const char *packed = bytes_take(from, fact->length);
        if (packed == NULL || fact->length >= IDENTIFIER_SIZE || fact->length == 0 ||
            fact->kind >= KIND_COUNT) {
            from->bad = true;
            return;
        }
        memcpy(fact->packed, packed, fact->length);
        bool placed = (state & FACT_PLACED) != 0;
        fact->file = placed ? bytes_take_leb128(from) : plain->file;
        fact->piece = placed ? bytes_take_leb128(from) : plain->piece;
        fact->unit = placed ? bytes_take_leb128(from) : plain->unit;
        bool counted = (state & FACT_COUNTED) != 0;
        fact->records = counted ? bytes_take_leb128(from) : plain->records + plain->possible;
        fact->first = counted ? bytes_take_leb128(from) : plain->timed ? plain->first + 1 : 0;
        fact->later = !counted ? plain->later : fact->first > 0 ? bytes_take_leb128(from) : 0;
    }
    if (!from->bad) qsort(plain->facts, plain->fact_count, sizeof plain->facts[0], compare_facts);
}

/* false: no value that is well-formed. */
static bool plain_read(struct span value, struct plain *plain)
{
    struct bytes_reader from = {value.at, value.at + value.len, false};
    memset(plain, 0, offsetof(struct plain, facts));
    unsigned flags = bytes_take_byte(&from);
    plain->timed_fix = flags & 1, plain->timed = flags >> 1 & 1, plain->placed = flags >> 3 & 1;
    plain->more_points = flags >> 5 & 1, plain->more_cells = flags >> 6 & 1,
    plain->more_days = flags >> 7 & 1;
    plain->records = bytes_take_leb128(&from);
    plain->basis = bytes_take_byte(&from);
    if ((flags & 4) != 0)
        plain->possible = bytes_take_leb128(&from), plain->basis_possible = bytes_take_byte(&from);
    if (plain->timed)
        plain->first = bytes_take_leb128(&from), plain->later = bytes_take_leb128(&from);
    if (plain->placed) {
        plain->file = bytes_take_leb128(&from), plain->piece = bytes_take_leb128(&from),
        plain->unit = bytes_take_leb128(&from);
    }
    plain->source_count = bytes_take_leb128(&from);
    uint64_t source = 0;
    if (plain->source_count > SOURCES_MAX) return false;
    for (size_t i = 0; i < plain->source_count; i++)
        plain->sources[i] = (uint32_t)(source += bytes_take_leb128(&from));
    plain->fixes = bytes_take_leb128(&from);
    if ((flags & 16) != 0) read_set(&from, 0, plain->points, &plain->point_count);
    if (plain->more_points) {
        read_set(&from, 1, plain->cells, &plain->cell_count);
        read_set(&from, 2, plain->days, &plain->day_count);
        read_times(&from, plain->nights, &plain->night_count, &plain->more_nights);
        read_times(&from, plain->hours, &plain->hour_count, &plain->more_hours);
    }
    read_facts(&from, plain);
    return !from.bad && from.at == from.end;
}

/* ------------------------------------------------------------------ a plain count of units */

static int compare_numbers(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* The smallest of values that differ above the payload; what two of one key become is said by join. */
static size_t smallest_by(uint64_t *values, size_t count, unsigned payload, uint64_t (*join)(uint64_t, uint64_t), size_t most, uint64_t *to, bool *more)
{
    size_t distinct = 0;
    qsort(values, count, sizeof *values, compare_numbers);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && values[i] >> payload == values[i - 1] >> payload) {
            if (distinct <= most && join != NULL) to[distinct - 1] = join(to[distinct - 1], values[i]);
            continue;
        }
        if (distinct < most) to[distinct] = values[i];
        distinct++;
    }
    *more = distinct > most;
    return distinct < most ? distinct : most;
}

/* The 64 smallest of distinct values. */
static size_t smallest_of(uint64_t *values, size_t count, uint64_t to[64], bool *more)
{
    return smallest_by(values, count, 0, NULL, 64, to, more);
}

/* Whether the unit has it before. */
static bool is_repeated(const struct made_unit *unit, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (identifier_compare(&unit->identifiers[k], &unit->identifiers[i]) == 0) return true;
    return false;
}

static void model_count(struct plain_fact *fact, int64_t time_s)
{
    fact->records++;
    if (time_s == TIME_NONE) return;
    uint64_t time = (uint64_t)time_s + 1, last = fact->first + fact->later;
    if (fact->first == 0 || time < fact->first) fact->first = time;
    if (last == 0 || time > last) last = time;
    fact->later = last - fact->first;
}

static struct plain_fact *model_fact(struct plain *plain, const struct tally_identifier *identifier,
                       const uint64_t place[3])
{
    size_t i = 0;
    for (; i < plain->fact_count; i++) {
        struct plain_fact *have = &plain->facts[i];
        if (have->kind != identifier->kind || have->length != identifier->length ||
            memcmp(have->packed, identifier->packed, have->length) != 0 ||
            ((have->state ^ identifier->state) & 0x18) != 0)
            continue;
        if ((identifier->state & 3) > (have->state & 3)) have->state = identifier->state;
        bool before = place[0] != have->file    ? place[0] < have->file
                      : place[1] != have->piece ? place[1] < have->piece
                                                : place[2] < have->unit;
        if (before) have->file = place[0], have->piece = place[1], have->unit = place[2];
        return have;
    }
    assert_true(i < FACTS_MAX);
    struct plain_fact *made = &plain->facts[plain->fact_count++];
    *made = (struct plain_fact){.kind = identifier->kind,
                                .state = identifier->state,
                                .length = identifier->length,
                                .file = place[0],
                                .piece = place[1],
                                .unit = place[2]};
    memcpy(made->packed, identifier->packed, identifier->length);
    return made;
}

struct points {
    uint64_t *points, *cells, *days, *nights, *hours;
    size_t count, days_count, hours_count;
};

static void model_unit(struct plain *plain, const struct made_unit *unit, bool seen[SOURCES_MAX],
                       struct points *all)
{
    const uint64_t place[3] = {unit->place.file, unit->place.piece,
                               unit_of_place(NULL, &unit->place)};
    seen[unit->source] = true;
    if (unit->possible)
        plain->possible++, plain->basis_possible |= unit->basis;
    else
        plain->records++, plain->basis |= unit->basis;
    bool before = place[0] != plain->file    ? place[0] < plain->file
                  : place[1] != plain->piece ? place[1] < plain->piece
                                             : place[2] < plain->unit;
    if (!plain->placed || before)
        plain->file = place[0], plain->piece = place[1], plain->unit = place[2];
    plain->placed = true;
    if (unit->time_s != TIME_NONE) {
        uint64_t time = (uint64_t)unit->time_s, last = plain->first + plain->later;
        if (!plain->timed || time < plain->first) plain->first = time;
        if (!plain->timed || time > last) last = time;
        plain->later = last - plain->first;
        plain->timed = true;
    }
    for (size_t i = 0; i < unit->identifier_count; i++) {
        struct plain_fact *fact = model_fact(plain, &unit->identifiers[i], place);
        if (!is_repeated(unit, i)) model_count(fact, unit->time_s);
    }
    for (size_t i = 0; i < unit->fix_count; i++) {
        static const struct vehicle_days utc = {3, 180};
        uint64_t point = all->points[all->count] = point_make(unit->cells[i], unit->time_s);
        all->cells[all->count++] = mix64(unit->cells[i] & CELL_MASK);
        if (unit->time_s != TIME_NONE) {
            struct day_point of_day = day_point_of(point, &utc);
            all->nights[all->days_count] = night_of(&of_day);
            if (of_day.weekday) all->hours[all->hours_count++] = hour_of(&of_day, &utc);
            all->days[all->days_count++] = mix64((uint64_t)(unit->time_s / 86400));
        }
        plain->fixes++;
        plain->timed_fix |= unit->time_s != TIME_NONE;
    }
}

/* What units give for a holder. */
static void model(const struct made_unit *units, size_t count, uint8_t kind, const char *holder,
                  struct plain *plain)
{
    bool seen[SOURCES_MAX] = {false};
    struct points all = {malloc((4 * count + 1) * sizeof(uint64_t)),
                         malloc((4 * count + 1) * sizeof(uint64_t)),
                         malloc((4 * count + 1) * sizeof(uint64_t)),
                         malloc((4 * count + 1) * sizeof(uint64_t)),
                         malloc((4 * count + 1) * sizeof(uint64_t)), 0, 0, 0};
    memset(plain, 0, offsetof(struct plain, facts));
    for (size_t i = 0; i < count; i++)
        if (units[i].record && units[i].holder_kind == kind && strcmp(units[i].holder, holder) == 0)
            model_unit(plain, &units[i], seen, &all);
    for (size_t i = 0; !plain->placed && i < count; i++)
        if (units[i].holder_kind == kind && strcmp(units[i].holder, holder) == 0) seen[units[i].source] = true;
    for (uint32_t s = 0; s < SOURCES_MAX; s++)
        if (seen[s]) plain->sources[plain->source_count++] = s;
    plain->point_count = smallest_by(all.points, all.count, 13, point_join, 64, plain->points, &plain->more_points);
    bool more_cells, more_days, more_nights, more_hours;
    size_t cells = smallest_of(all.cells, all.count, plain->cells, &more_cells);
    size_t days = smallest_of(all.days, all.days_count, plain->days, &more_days);
    size_t nights = smallest_by(all.nights, all.days_count, 48, night_join, TIMES_KEPT_MAX, plain->nights, &more_nights);
    size_t hours = smallest_by(all.hours, all.hours_count, 43, hour_join, TIMES_KEPT_MAX, plain->hours, &more_hours);
    if (plain->more_points)
        plain->cell_count = cells, plain->day_count = days, plain->night_count = nights, plain->hour_count = hours, plain->more_cells = more_cells,
        plain->more_days = more_days, plain->more_nights = more_nights, plain->more_hours = more_hours;
    else
        memset(plain->cells, 0, sizeof plain->cells), memset(plain->days, 0, sizeof plain->days), memset(plain->nights, 0, sizeof plain->nights),
            memset(plain->hours, 0, sizeof plain->hours);
    qsort(plain->facts, plain->fact_count, sizeof plain->facts[0], compare_facts);
    free(all.points);
    free(all.cells);
    free(all.days);
    free(all.nights);
    free(all.hours);
}

static void assert_plain_equal(const struct plain *a, const struct plain *b)
{
    assert_int_equal(a->records, b->records);
    assert_int_equal(a->possible, b->possible);
    assert_int_equal(a->basis, b->basis);
    assert_int_equal(a->basis_possible, b->basis_possible);
    assert_int_equal(a->fixes, b->fixes);
    assert_int_equal(a->timed_fix, b->timed_fix);
    assert_int_equal(a->timed, b->timed);
    assert_int_equal(a->first, b->first);
    assert_int_equal(a->later, b->later);
    assert_int_equal(a->placed, b->placed);
    assert_int_equal(a->file, b->file);
    assert_int_equal(a->piece, b->piece);
    assert_int_equal(a->unit, b->unit);
    assert_int_equal(a->source_count, b->source_count);
    assert_memory_equal(a->sources, b->sources, a->source_count * sizeof a->sources[0] + 1);
    assert_int_equal(a->more_points, b->more_points);
    assert_int_equal(a->more_cells, b->more_cells);
    assert_int_equal(a->more_days, b->more_days);
    assert_int_equal(a->point_count, b->point_count);
    assert_int_equal(a->cell_count, b->cell_count);
    assert_int_equal(a->day_count, b->day_count);
    assert_memory_equal(a->points, b->points, sizeof a->points);
    assert_memory_equal(a->cells, b->cells, sizeof a->cells);
    assert_memory_equal(a->days, b->days, sizeof a->days);
    assert_int_equal(a->more_nights, b->more_nights);
    assert_int_equal(a->night_count, b->night_count);
    assert_memory_equal(a->nights, b->nights, sizeof a->nights);
    assert_int_equal(a->more_hours, b->more_hours);
    assert_int_equal(a->hour_count, b->hour_count);
    assert_memory_equal(a->hours, b->hours, sizeof a->hours);
    assert_int_equal(a->fact_count, b->fact_count);
    for (size_t i = 0; i < a->fact_count; i++) {
        assert_int_equal(compare_facts(&a->facts[i], &b->facts[i]), 0);
        assert_int_equal(a->facts[i].file, b->facts[i].file);
        assert_int_equal(a->facts[i].piece, b->facts[i].piece);
        assert_int_equal(a->facts[i].unit, b->facts[i].unit);
        assert_int_equal(a->facts[i].records, b->facts[i].records);
        assert_int_equal(a->facts[i].first, b->facts[i].first);
        assert_int_equal(a->facts[i].later, b->facts[i].later);
    }
}

/* ------------------------------------------------------------------ entries of a tally */

static const struct place_numbers numbers = {unit_of_place, NULL};

struct entry {
    struct span key, value;
};

struct entries {
    struct entry *entries;
    size_t count;
};

static struct span span_copy(const struct bytes *bytes)
{
    char *at = malloc(bytes->count + 1);
    if (at == NULL) abort();
    memcpy(at, bytes->at, bytes->count);
    return (struct span){at, bytes->count};
}

static int compare_entries(const void *left, const void *right)
{
    return run_key_compare(((const struct entry *)left)->key, ((const struct entry *)right)->key);
}

static struct entries entries_of(const struct tally *tally)
{
    struct entries all = {0};
    for (uint32_t number = 0; number < PARTITIONS; number++)
        all.count += tally->partitions[number].holder_count;
    all.entries = calloc(all.count + 1, sizeof *all.entries);
    size_t at = 0;
    struct bytes key = {0}, value = {0};
    for (uint32_t number = 0; number < PARTITIONS; number++)
        for (uint32_t i = 0; i < tally->partitions[number].holder_count; i++) {
            const struct holder *holder = partition_holder(tally, &tally->partitions[number], i);
            key.count = value.count = 0;
            assert_true(entry_key_write(tally, holder, &key));
            assert_true(entry_value_write(tally, holder, &numbers, &value));
            all.entries[at++] = (struct entry){span_copy(&key), span_copy(&value)};
        }
    bytes_free(&key);
    bytes_free(&value);
    qsort(all.entries, all.count, sizeof *all.entries, compare_entries);
    return all;
}

static void entries_free(struct entries *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free((void *)(uintptr_t)all->entries[i].key.at);
        free((void *)(uintptr_t)all->entries[i].value.at);
    }
    free(all->entries);
}

static const struct entry *entry_find(const struct entries *all, struct span key)
{
    const struct entry wanted = {key, {NULL, 0}};
    return all->count == 0
               ? NULL
               : bsearch(&wanted, all->entries, all->count, sizeof *all->entries, compare_entries);
}

/* The entries of a tally of those units whose part is `part`, or of all where part is negative. */
static struct entries entries_of_units(const struct made_unit *units, size_t count,
                                       const uint8_t *parts, int part, uint32_t sources)
{
    struct tallying tallying = tallying_open(sources);
    for (size_t i = 0; i < count; i++)
        if (part < 0 || parts[i] == part) unit_add(tallying.writer, &units[i]);
    writer_flush(tallying.writer);
    struct entries all = entries_of(tallying.tally);
    tallying_close(&tallying);
    return all;
}

static void assert_span_equal(struct span a, struct span b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.at, b.at, a.len);
}

static uint8_t key_kind(struct span key)
{
    return key.at[0] == 0 ? HOLDER_CUSTOMER : (uint8_t)(key.at[0] - 1);
}

/* ------------------------------------------------------------------ tests */

static const struct unit_chances crowded = {
    .customers = 12, .identifiers = 40, .cells = 9, .sources = 5, .unattributed = 20, .hours = 400};
static const struct unit_chances wide = {.customers = 6,
                                         .identifiers = 5000,
                                         .cells = 400,
                                         .sources = 300,
                                         .unattributed = 5,
                                         .hours = 9000};
static const struct unit_chances sparse = {.customers = 400,
                                           .identifiers = 300,
                                           .cells = 50,
                                           .sources = 64,
                                           .unattributed = 40,
                                           .hours = 100};
static const struct unit_chances *const all_chances[] = {&crowded, &wide, &sparse};

static void a_value_says_what_the_units_of_a_holder_say(void **unused)
{
    (void)unused;
    static struct plain expected, have;
    size_t wide_ones = 0, exact_ones = 0, placed_ones = 0, sampled = 0;
    for (size_t c = 0; c < 3; c++) {
        enum { COUNT = 2800 };
        struct made_unit *units = units_made(77 + c, all_chances[c], COUNT);
        units_shuffle(units, COUNT, 5);
        struct entries all = entries_of_units(units, COUNT, NULL, -1, all_chances[c]->sources);
        assert_true(all.count > 5);
        for (size_t i = 0; i < all.count; i++) {
            char name[128] = {0};
            memcpy(name, all.entries[i].key.at + 1, all.entries[i].key.len - 1);
            model(units, COUNT, key_kind(all.entries[i].key), name, &expected);
            assert_true(plain_read(all.entries[i].value, &have));
            assert_plain_equal(&expected, &have);
            wide_ones += have.more_cells;
            exact_ones += !have.more_points;
            sampled += have.more_nights && have.more_hours;
            for (size_t f = 0; f < have.fact_count; f++)
                placed_ones += have.facts[f].unit != have.unit;
        }
        entries_free(&all);
        free(units);
    }
    assert_true(wide_ones > 3 && exact_ones > 100 && placed_ones > 1000 && sampled > 3);
}

static uint64_t unit_loaded(const void *context, const struct place *place)
{
    (void)context;
    return loaded_unit(place);
}

/* What of a holder could go wrong is looked at: its facts' texts, its positions, its totals. */
static void holder_read(const struct tally *tally, const struct holder *holder)
{
    for (const char *at = facts_begin(tally, holder); at < facts_end(tally, holder);
         at = fact_after(at)) {
        char canonical[IDENTIFIER_SIZE];
        struct fact fact = fact_read(at);
        assert_true(identifier_unpack(fact_packing(fact.state), fact.packed, fact.packed_length,
                                      canonical) < IDENTIFIER_SIZE);
        assert_true(fact.kind < KIND_COUNT);
        assert_int_not_equal(fact_grade(fact.state), GRADE_NONE);
    }
    struct position_counts counts;
    holder_positions(tally, holder, &counts);
    assert_true(counts.points.estimated || counts.points.count <= DISTINCT_EXACT_MAX);
}

/* Of one to three points, which are looked at in another way than more: cells and days, told apart one by one. */
static void few_points_are_counted_like_many(void **unused)
{
    (void)unused;
    struct fault fault;
    struct tally *tally = NULL;
    uint64_t chance = 5;
    assert_int_equal(tally_open(1, &tally, &fault), STATUS_OK);
    uint32_t place = region_take(&tally->region, REGION_CHUNK_BYTES);
    uint64_t *points = region_at(&tally->region, place);
    for (int turn = 0; turn < 5000; turn++) {
        size_t count = 1 + (size_t)turn % 3, cells = 0, days = 0;
        uint32_t cell[3];
        int64_t day[3];
        bool precise = false;
        for (size_t i = 0; i < count; i++) {
            uint64_t drawn = random_step(&chance);
            bool is_precise = drawn % 5 == 0, timed = drawn % 7 > 1;
            int64_t time_s = 1400000000 + (int64_t)(drawn >> 8 & 1) * 86400 + (int64_t)(drawn >> 9 & 3) * 3600;
            cell[i] = (uint32_t)(drawn >> 20 & 1) + 77;
            day[i] = timed ? time_s / 86400 : -1;
            precise |= is_precise;
            points[i] = point_make(cell[i] | (is_precise ? CELL_PRECISE : 0), timed ? time_s : TIME_NONE);
            bool cell_seen = false, day_seen = day[i] < 0;
            for (size_t k = 0; k < i; k++) cell_seen |= cell[k] == cell[i], day_seen |= day[k] == day[i];
            cells += !cell_seen;
            days += !day_seen;
        }
        for (size_t i = count; i < 4; i++) points[i] = random_next(&chance); /* of others */
        struct holder holder = {.points = {.at = place, .count = (uint8_t)count}};
        struct position_counts counts;
        holder_positions(tally, &holder, &counts);
        assert_int_equal(counts.points.count, count);
        assert_int_equal(counts.cells.count, cells);
        assert_int_equal(counts.days.count, days);
        assert_false(counts.points.estimated || counts.cells.estimated || counts.days.estimated || counts.level_sampled);
        assert_int_equal(counts.level.level, LEVEL_FEW);
        assert_int_equal(counts.level.precise, precise);
    }
    tally_close(tally);
}

/* Loads the entry into the tally and writes what was loaded. Fails as entry_load does. */
static enum status load_and_write(struct tally *tally, struct span key, struct span value,
                                  struct bytes *key_again, struct bytes *again)
{
    static const struct place_numbers loaded = {unit_loaded, NULL};
    struct fault fault = {.status = STATUS_OK};
    tally_clear(tally);
    enum status status = entry_load(tally, &tally->partitions[3], key, value, &fault);
    assert_int_equal(fault.status, status);
    key_again->count = again->count = 0;
    if (status != STATUS_OK) return status;
    const struct holder *holder = partition_holder(tally, &tally->partitions[3], 0);
    holder_read(tally, holder);
    assert_true(entry_key_write(tally, holder, key_again));
    assert_true(entry_value_write(tally, holder, &loaded, again));
    return status;
}

/* The value without the places and counts of facts: these are not loaded. */
static void without_places(struct span value, struct bytes *to)
{
    static struct plain plain;
    assert_true(plain_read(value, &plain));
    struct bytes_reader from = {value.at, value.at + value.len, false};
    unsigned flags = bytes_take_byte(&from);
    bytes_take_leb128(&from), bytes_take_byte(&from);
    if ((flags & 4) != 0) bytes_take_leb128(&from), bytes_take_byte(&from);
    for (size_t i = 0; i < ((flags & 2) != 0 ? 2u : 0) + ((flags & 8) != 0 ? 3u : 0); i++)
        bytes_take_leb128(&from);
    uint64_t sources = bytes_take_leb128(&from);
    for (uint64_t i = 0; i < sources; i++)
        bytes_take_leb128(&from);
    bytes_take_leb128(&from);
    if ((flags & 16) != 0) bytes_take(&from, 8 * (size_t)bytes_take_byte(&from));
    if ((flags & 32) != 0) bytes_take(&from, 4 * (size_t)bytes_take_byte(&from));
    if ((flags & 32) != 0) bytes_take(&from, 4 * (size_t)bytes_take_byte(&from));
    if ((flags & 32) != 0) bytes_take(&from, 8 * (size_t)(bytes_take_byte(&from) % 128));
    if ((flags & 32) != 0) bytes_take(&from, 8 * (size_t)(bytes_take_byte(&from) % 128));
    bytes_take_leb128(&from);
    to->count = 0;
    assert_true(bytes_reserve(to, value.len + 1));
    bytes_put(to, value.at, (size_t)(from.at - value.at));
    while (from.at < from.end) {
        const char *head = bytes_take(&from, 3);
        const char *packed = bytes_take(&from, (uint8_t)head[2]);
        assert_non_null(packed);
        bytes_put_byte(to, (uint8_t)head[0]);
        bytes_put_byte(to, (uint8_t)head[1] & ~(unsigned)(FACT_PLACED | FACT_COUNTED));
        bytes_put_byte(to, (uint8_t)head[2]);
        bytes_put(to, packed, (uint8_t)head[2]);
        for (int i = 0; i < 3 && ((uint8_t)head[1] & FACT_PLACED) != 0; i++)
            bytes_take_leb128(&from);
        if (((uint8_t)head[1] & FACT_COUNTED) == 0) continue;
        bytes_take_leb128(&from);
        if (bytes_take_leb128(&from) > 0) bytes_take_leb128(&from);
    }
    assert_false(from.bad);
}

static void what_is_loaded_is_what_was_written_but_places_of_facts(void **unused)
{
    (void)unused;
    struct bytes key = {0}, again = {0}, expected = {0};
    for (size_t c = 0; c < 3; c++) {
        enum { COUNT = 1200 };
        struct made_unit *units = units_made(3 + c, all_chances[c], COUNT);
        struct entries all = entries_of_units(units, COUNT, NULL, -1, all_chances[c]->sources);
        struct tallying room = tallying_open(all_chances[c]->sources);
        for (size_t i = 0; i < all.count; i++) {
            assert_int_equal(
                load_and_write(room.tally, all.entries[i].key, all.entries[i].value, &key, &again),
                STATUS_OK);
            without_places(all.entries[i].value, &expected);
            assert_span_equal((struct span){key.at, key.count}, all.entries[i].key);
            assert_span_equal((struct span){again.at, again.count},
                              (struct span){expected.at, expected.count});
        }
        tallying_close(&room);
        entries_free(&all);
        free(units);
    }
    bytes_free(&key);
    bytes_free(&again);
    bytes_free(&expected);
}

/* ------------------------------------------------------------------ merging */

static struct entry_merger *merger_of(uint32_t sources)
{
    struct entry_merger *merger;
    struct fault fault;
    assert_int_equal(entry_merger_open(sources, 0, &merger, &fault), STATUS_OK);
    return merger;
}

static struct span merged_copy(struct entry_merger *merger, const struct span *values, size_t count)
{
    struct span merged;
    struct fault fault;
    assert_int_equal(entry_merge(merger, values, count, &merged, &fault), STATUS_OK);
    struct bytes bytes = {(char *)(uintptr_t)merged.at, merged.len, merged.len};
    return span_copy(&bytes);
}

static void span_free(struct span span)
{
    free((void *)(uintptr_t)span.at);
}

enum { PARTS = 7 };

/* Units in parts; with `overlapping`, one of five is in two parts, and stands twice in the list. */
static struct made_unit *parts_make(const struct unit_chances *chances, uint64_t seed,
                                    bool overlapping, uint8_t *parts, uint32_t *count)
{
    struct chance chance = {seed * 31 + 7};
    uint32_t made = *count;
    struct made_unit *units = units_made(seed, chances, 2 * made);
    for (uint32_t i = 0; i < made; i++)
        parts[i] = (uint8_t)chance_below(&chance, PARTS);
    for (uint32_t i = 0; overlapping && i < made; i++) {
        if (chance_below(&chance, 5) != 0) continue;
        units[*count] = units[i];
        parts[*count] = (uint8_t)((parts[i] + 1 + chance_below(&chance, PARTS - 1)) % PARTS);
        ++*count;
    }
    return units;
}

static size_t values_of(const struct entries *parts, struct span key, struct span *values)
{
    size_t count = 0;
    for (size_t p = 0; p < PARTS; p++) {
        const struct entry *entry = entry_find(&parts[p], key);
        if (entry != NULL) values[count++] = entry->value;
    }
    return count;
}

/* Merges some at a time, in any order, until one is left. The caller frees. */
static struct span merged_by_chance(struct entry_merger *merger, const struct span *values,
                                    size_t count, struct chance *chance)
{
    struct span left[PARTS];
    for (size_t i = 0; i < count; i++) {
        struct bytes bytes = {(char *)(uintptr_t)values[i].at, values[i].len, values[i].len};
        left[i] = span_copy(&bytes);
    }
    while (count > 1) {
        size_t taken = 2 + chance_below(chance, (uint32_t)count - 1);
        for (size_t i = 0; i < taken; i++) {
            size_t k = i + chance_below(chance, (uint32_t)(count - i));
            struct span swapped = left[i];
            left[i] = left[k];
            left[k] = swapped;
        }
        struct span merged = merged_copy(merger, left, taken);
        for (size_t i = 0; i < taken; i++)
            span_free(left[i]);
        left[0] = merged;
        for (size_t i = taken; i < count; i++)
            left[i - taken + 1] = left[i];
        count -= taken - 1;
    }
    return left[0];
}

static void parts_merge_to_what_all_units_give(void **unused)
{
    (void)unused;
    static struct plain expected, have, modelled;
    size_t trees = 0, wide_ones = 0;
    for (unsigned round = 0; round < 6; round++) {
        enum { COUNT = 1400 };
        const struct unit_chances *chances = all_chances[round % 3];
        static uint8_t part_of[2 * COUNT];
        uint32_t count = COUNT;
        struct made_unit *units = parts_make(chances, 100 + round, round >= 3, part_of, &count);
        struct entries all = entries_of_units(units, count, NULL, -1, chances->sources),
                       parts[PARTS];
        for (int p = 0; p < PARTS; p++)
            parts[p] = entries_of_units(units, count, part_of, p, chances->sources);
        struct entry_merger *merger = merger_of(chances->sources);
        struct chance chance = {9000 + round};
        for (size_t i = 0; i < all.count; i++) {
            struct span values[PARTS];
            size_t value_count = values_of(parts, all.entries[i].key, values);
            assert_true(value_count > 0);
            struct span merged = merged_copy(merger, values, value_count);
            assert_true(plain_read(all.entries[i].value, &expected) && plain_read(merged, &have));
            assert_plain_equal(&expected, &have);
            if (i % 16 == 0) {
                char name[128] = {0};
                memcpy(name, all.entries[i].key.at + 1, all.entries[i].key.len - 1);
                model(units, count, key_kind(all.entries[i].key), name, &modelled);
                assert_plain_equal(&modelled, &have);
            }
            wide_ones += have.more_cells && have.more_days;
            for (unsigned t = 0; t < 12 && value_count > 2 && trees < 4000; t++, trees++) {
                struct span tree = merged_by_chance(merger, values, value_count, &chance);
                assert_span_equal(tree, merged);
                span_free(tree);
            }
            span_free(merged);
        }
        entry_merger_close(merger);
        entries_free(&all);
        for (int p = 0; p < PARTS; p++)
            entries_free(&parts[p]);
        free(units);
    }
    assert_true(trees >= 500);
    assert_true(wide_ones > 5);
}

static void a_holder_that_is_only_named_changes_nothing(void **unused)
{
    (void)unused;
    static struct plain before, after;
    struct made_unit named = {.holder_kind = HOLDER_CUSTOMER, .holder = "C-1", .time_s = TIME_NONE},
                     one = named;
    one.record = true, one.place = (struct place){4, 1, 0, 5}, one.source = 2, one.time_s = 99,
    one.fix_count = 1, one.cells[0] = 5;
    one.identifiers[0] = identifier_made(KIND_VIN, GRADE_LIKELY, 5), one.identifier_count = 1;
    struct entries a = entries_of_units(&named, 1, NULL, -1, 3),
                   b = entries_of_units(&one, 1, NULL, -1, 3);
    struct span values[2] = {a.entries[0].value, b.entries[0].value};
    struct entry_merger *merger = merger_of(3);
    for (int turned = 0; turned < 2; turned++) {
        struct span merged = merged_copy(merger, values, 2);
        assert_true(plain_read(values[turned == 0 ? 1 : 0], &before) && plain_read(merged, &after));
        assert_plain_equal(&before, &after);
        assert_int_equal(after.facts[0].unit, 6);
        span_free(merged);
        struct span swapped = values[0];
        values[0] = values[1];
        values[1] = swapped;
    }
    struct bytes key = {0}, again = {0};
    struct tallying room = tallying_open(3);
    assert_int_equal(load_and_write(room.tally, a.entries[0].key, a.entries[0].value, &key, &again),
                     STATUS_OK);
    assert_span_equal((struct span){again.at, again.count}, a.entries[0].value);
    assert_int_equal(partition_holder(room.tally, &room.tally->partitions[3], 0)->file, UINT32_MAX);
    tallying_close(&room);
    bytes_free(&key);
    bytes_free(&again);
    entry_merger_close(merger);
    entries_free(&a);
    entries_free(&b);
}

/* Counts that 32 bits do not hold are made of smaller ones by merging, doubling each time. */
static void counts_grow_beyond_32_bits(void **unused)
{
    (void)unused;
    static struct plain plain;
    struct made_unit unit = {.holder_kind = HOLDER_CUSTOMER,
                             .holder = "C-1",
                             .record = true,
                             .time_s = UINT32_MAX,
                             .fix_count = 3,
                             .place = {UINT32_MAX - 1, UINT16_MAX, UINT32_MAX / 1000, 0}};
    struct made_unit weak = unit;
    weak.possible = true;
    struct made_unit both[2] = {unit, weak};
    struct entries all = entries_of_units(both, 2, NULL, -1, 1);
    struct entry_merger *merger = merger_of(1);
    struct bytes bytes = {(char *)(uintptr_t)all.entries[0].value.at, all.entries[0].value.len,
                          all.entries[0].value.len};
    struct span value = span_copy(&bytes);
    for (int i = 0; i < 40; i++) {
        struct span twice[2] = {value, value}, doubled = merged_copy(merger, twice, 2);
        span_free(value);
        value = doubled;
    }
    assert_true(plain_read(value, &plain));
    assert_int_equal(plain.records, UINT64_C(1) << 40);
    assert_int_equal(plain.possible, UINT64_C(1) << 40);
    assert_int_equal(plain.fixes, UINT64_C(6) << 40);
    assert_int_equal(plain.first, UINT32_MAX);
    struct bytes key = {0}, again = {0};
    struct tallying room = tallying_open(1);
    assert_int_equal(load_and_write(room.tally, all.entries[0].key, value, &key, &again),
                     STATUS_OK);
    assert_span_equal((struct span){again.at, again.count}, value);
    const struct holder *holder = partition_holder(room.tally, &room.tally->partitions[3], 0);
    assert_int_equal(holder_records(room.tally, holder), UINT64_C(1) << 40);
    assert_int_equal(holder_fixes(room.tally, holder), UINT64_C(6) << 40);
    tallying_close(&room);
    bytes_free(&key);
    bytes_free(&again);
    span_free(value);
    entry_merger_close(merger);
    entries_free(&all);
}

static void numbers_of_another_case_are_translated(void **unused)
{
    (void)unused;
    static struct plain before, after;
    enum { COUNT = 1500, FILES = 2, SOURCES = 300 };
    struct made_unit *units = units_made(55, &wide, COUNT);
    uint32_t files[FILES] = {7, 90}, sources[SOURCES];
    for (uint32_t i = 0; i < SOURCES; i++)
        sources[i] = i + 100;
    struct entry_map map = {files, sources, FILES, SOURCES};
    struct entries all = entries_of_units(units, COUNT, NULL, -1, SOURCES);
    struct entry_merger *merger = merger_of(400);
    struct fault fault;
    for (size_t i = 0; i < all.count; i++) {
        struct span translated;
        assert_int_equal(entry_translate(merger, all.entries[i].value, &map, &translated, &fault),
                         STATUS_OK);
        assert_true(plain_read(all.entries[i].value, &before) && plain_read(translated, &after));
        for (size_t s = 0; s < before.source_count; s++)
            before.sources[s] += 100;
        if (before.placed) before.file = files[before.file];
        for (size_t f = 0; f < before.fact_count; f++)
            before.facts[f].file = files[before.facts[f].file];
        assert_plain_equal(&before, &after);
        /* What the map does not know. */
        struct entry_map fewer = map;
        fewer.file_count = 0;
        assert_int_equal(entry_translate(merger, all.entries[i].value, &fewer, &translated, &fault),
                         before.placed ? STATUS_DAMAGED : STATUS_OK);
        fewer = map;
        fewer.source_count =
            before.source_count > 0 ? before.sources[before.source_count - 1] - 100 : 0;
        assert_int_equal(entry_translate(merger, all.entries[i].value, &fewer, &translated, &fault),
                         before.source_count > 0 ? STATUS_DAMAGED : STATUS_OK);
    }
    entry_merger_close(merger);
    entries_free(&all);
    free(units);
}

/* ------------------------------------------------------------------ what is no entry */

struct damaging {
    struct entry_merger *merger;
    struct tally *room;
    struct span key, good;
    struct entry_map map;
    struct bytes key_again, again;
    size_t refused, read;
};

/* Merged, translated and loaded: refused by all, or well-formed in all. */
static void damaged_is_refused_or_well_formed(struct damaging *damaging, struct span value)
{
    static struct plain plain;
    struct span merged, values[2] = {value, damaging->good};
    struct fault fault = {.status = STATUS_OK};
    enum status status = entry_merge(damaging->merger, values, 2, &merged, &fault);
    assert_true(status == STATUS_OK || status == STATUS_DAMAGED);
    if (status == STATUS_OK) assert_true(plain_read(merged, &plain));
    enum status loaded = load_and_write(damaging->room, damaging->key, value, &damaging->key_again,
                                        &damaging->again);
    assert_int_equal(loaded, status);
    if (loaded == STATUS_OK)
        assert_true(plain_read((struct span){damaging->again.at, damaging->again.count}, &plain));
    status = entry_translate(damaging->merger, value, &damaging->map, &merged, &fault);
    assert_true(status == STATUS_DAMAGED || loaded == STATUS_OK);
    if (status == STATUS_OK) assert_true(plain_read(merged, &plain));
    damaging->refused += loaded != STATUS_OK;
    damaging->read += loaded == STATUS_OK;
}

/* The value in memory of its own size, so that a step beyond is seen. */
static void damaged_copy(struct damaging *damaging, const char *bytes, size_t count)
{
    char *exact = malloc(count > 0 ? count : 1);
    memcpy(exact, bytes, count);
    damaged_is_refused_or_well_formed(damaging, (struct span){exact, count});
    free(exact);
}

static void damage_all_bytes(struct damaging *damaging, struct span value)
{
    char *bytes = malloc(value.len + 1);
    memcpy(bytes, value.at, value.len);
    for (size_t i = 0; i < value.len; i++) {
        static const unsigned char flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255, 127};
        for (size_t f = 0; f < sizeof flips; f++) {
            bytes[i] = (char)(bytes[i] ^ flips[f]);
            damaged_copy(damaging, bytes, value.len);
            bytes[i] = (char)(bytes[i] ^ flips[f]);
        }
    }
    for (size_t length = 0; length < value.len; length++) {
        struct fault fault;
        struct span merged, values[2] = {{bytes, length}, damaging->good};
        assert_int_equal(entry_merge(damaging->merger, values, 2, &merged, &fault), STATUS_DAMAGED);
        damaged_copy(damaging, bytes, length);
    }
    bytes[value.len] = 0;
    size_t refused = damaging->refused;
    damaged_copy(damaging, bytes, value.len + 1);
    assert_int_equal(damaging->refused, refused + 1);
    free(bytes);
}

static void damaged_values_are_refused_or_well_formed(void **unused)
{
    (void)unused;
    for (size_t c = 0; c < 3; c++) {
        enum { COUNT = 700 };
        uint32_t files[1] = {3}, sources[300];
        for (uint32_t i = 0; i < 300; i++)
            sources[i] = i;
        struct made_unit *units = units_made(40 + c, all_chances[c], COUNT);
        struct entries all = entries_of_units(units, COUNT, NULL, -1, all_chances[c]->sources);
        struct tallying room = tallying_open(all_chances[c]->sources);
        struct damaging damaging = {.merger = merger_of(all_chances[c]->sources),
                                    .room = room.tally,
                                    .map = {files, sources, 1, all_chances[c]->sources}};
        size_t tried = 0, bytes = 0;
        for (size_t i = 0; i < all.count && bytes < 1500; i += 1 + all.count / 12) {
            damaging.key = all.entries[i].key;
            damaging.good = all.entries[(i + 1) % all.count].value;
            damage_all_bytes(&damaging, all.entries[i].value);
            bytes += all.entries[i].value.len;
            tried++;
        }
        assert_true(tried > 0 && damaging.refused > 100 && damaging.read > 100);
        bytes_free(&damaging.key_again);
        bytes_free(&damaging.again);
        entry_merger_close(damaging.merger);
        tallying_close(&room);
        entries_free(&all);
        free(units);
    }
}

static void bytes_by_chance_are_refused_or_well_formed(void **unused)
{
    (void)unused;
    struct chance chance = {4711};
    struct tallying room = tallying_open(70);
    uint32_t numbers_of[70] = {0};
    struct made_unit one = {
        .holder_kind = HOLDER_CUSTOMER, .holder = "C-1", .record = true, .time_s = 5};
    struct entries all = entries_of_units(&one, 1, NULL, -1, 70);
    struct damaging damaging = {.merger = merger_of(70),
                                .room = room.tally,
                                .key = all.entries[0].key,
                                .good = all.entries[0].value,
                                .map = {numbers_of, numbers_of, 70, 70}};
    for (int i = 0; i < 30000; i++) {
        char bytes[64];
        size_t count = chance_below(&chance, sizeof bytes + 1);
        for (size_t k = 0; k < count; k++)
            bytes[k] = (char)(chance_below(&chance, 3) == 0 ? chance_below(&chance, 256)
                                                            : chance_below(&chance, 3));
        damaged_copy(&damaging, bytes, count);
    }
    assert_true(damaging.refused > 100 && damaging.read > 10);
    bytes_free(&damaging.key_again);
    bytes_free(&damaging.again);
    entry_merger_close(damaging.merger);
    tallying_close(&room);
    entries_free(&all);
}

static void keys_that_are_none_are_refused(void **unused)
{
    (void)unused;
    struct made_unit one = {
        .holder_kind = HOLDER_CUSTOMER, .holder = "C-1", .record = true, .time_s = 5};
    struct entries all = entries_of_units(&one, 1, NULL, -1, 1);
    struct tallying room = tallying_open(1);
    struct bytes key = {0}, again = {0};
    struct span value = all.entries[0].value;
    char first[2] = {KIND_COUNT, 'x'};
    assert_int_equal(load_and_write(room.tally, (struct span){first, 2}, value, &key, &again),
                     STATUS_OK);
    first[0] = KIND_COUNT + 1;
    assert_int_equal(load_and_write(room.tally, (struct span){first, 2}, value, &key, &again),
                     STATUS_DAMAGED);
    first[0] = 0;
    assert_int_equal(load_and_write(room.tally, (struct span){first, 1}, value, &key, &again),
                     STATUS_DAMAGED);
    assert_int_equal(load_and_write(room.tally, (struct span){first, 0}, value, &key, &again),
                     STATUS_DAMAGED);
    tallying_close(&room);
    bytes_free(&key);
    bytes_free(&again);
    entries_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_points_are_counted_like_many),
        cmocka_unit_test(a_value_says_what_the_units_of_a_holder_say),
        cmocka_unit_test(what_is_loaded_is_what_was_written_but_places_of_facts),
        cmocka_unit_test(parts_merge_to_what_all_units_give),
        cmocka_unit_test(a_holder_that_is_only_named_changes_nothing),
        cmocka_unit_test(counts_grow_beyond_32_bits),
        cmocka_unit_test(numbers_of_another_case_are_translated),
        cmocka_unit_test(damaged_values_are_refused_or_well_formed),
        cmocka_unit_test(bytes_by_chance_are_refused_or_well_formed),
        cmocka_unit_test(keys_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
