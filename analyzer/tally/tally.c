#include "tally.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "../support/hash.h"
#include "table.h"

enum {
    BUFFER_BYTES = 8192,          /* of one thread for one partition */
    PARCEL_STEP = 8,
    PARCEL_AHEAD = 32,
    FACTS_SCANNED_MAX = 32,       /* above, a holder's facts are found by hash */
    FACT_COPIED = 24,             /* the header and 21 bytes: what nearly all kinds take */
    WAITING_MAX = 32,             /* points of a holder that has many, until they are added together */
    BATCH_MAX = 128,              /* units of a buffer that are fetched ahead together */
    INDEX_FIRST = 64,
    GIVEN_SHARE = 8,              /* of what holders take themselves, one in so many may lie unused */
    HASH_PARTITION_SHIFT = 58     /* the highest bits choose one of PARTITIONS */
};

/* A unit on its way to its partition; identifiers, cells and holder follow, packed. */
struct parcel {
    uint32_t bytes; /* of the whole parcel, a multiple of PARCEL_STEP */
    uint32_t hash;
    uint32_t source;
    uint32_t holder_length;
    struct place place;
    int64_t time_s;
    uint32_t facts_bytes, fix_count;
    uint8_t holder_kind, basis;
    uint8_t flags; /* PARCEL_RECORD, PARCEL_POSSIBLE */
};
enum { PARCEL_RECORD = 1, PARCEL_POSSIBLE = 2 };

struct buffer {
    uint64_t used; /* as wide as a parcel's alignment */
    char bytes[BUFFER_BYTES];
};

struct tally_writer {
    struct tally *tally;
    struct buffer buffers[PARTITIONS];
    char *large; /* for the rare unit that is larger than a buffer */
    size_t large_capacity;
};

/* ------------------------------------------------------------------ memory of a partition */

static size_t round_up(size_t bytes, size_t step)
{
    return (bytes + step - 1) / step * step;
}

void partition_give(struct tally *tally, struct partition *partition, uint32_t place, size_t bytes)
{
    size_t size = round_up(bytes, REGION_STEP) / REGION_STEP;
    if (size == 0 || size >= GIVEN_SIZES) return;
    memcpy(region_at(&tally->region, place), &partition->given[size], sizeof place);
    partition->given[size] = place;
    partition->given_sizes |= UINT64_C(1) << size;
    partition->given_steps += (uint32_t)size;
}

/* Of what was given back the smallest that has room; what is left of it is given back again. 0: there is none. */
static uint32_t given_take(struct tally *tally, struct partition *partition, size_t size)
{
    uint64_t fitting = size < GIVEN_SIZES ? partition->given_sizes >> size << size : 0;
    if (fitting == 0) return 0;
    size_t given = (size_t)__builtin_ctzll(fitting);
    uint32_t place = partition->given[given];
    memcpy(&partition->given[given], region_at(&tally->region, place), sizeof place);
    if (partition->given[given] == 0) partition->given_sizes &= ~(UINT64_C(1) << given);
    partition->given_steps -= (uint32_t)given;
    partition_give(tally, partition, place + (uint32_t)size, (given - size) * REGION_STEP);
    return place;
}

/* Memory for holders, blobs and sets: what an index that grew left behind, or a new chunk. */
static bool chunk_next(struct tally *tally, struct partition *partition, size_t bytes)
{
    bool spare = partition->spare_room >= bytes;
    uint32_t room = spare ? partition->spare_room : REGION_CHUNK_BYTES, chunk = spare ? partition->spare : region_take(&tally->region, room);
    if (chunk == 0) return false;
    if (spare) partition->spare_room = 0;
    partition->chunk = chunk;
    partition->chunk_used = 0;
    partition->chunk_room = room;
    return true;
}

uint32_t partition_take_fresh(struct tally *tally, struct partition *partition, size_t bytes)
{
    bytes = round_up(bytes, REGION_STEP);
    if (bytes > REGION_CHUNK_BYTES / 4) return region_take(&tally->region, bytes);
    if (partition->chunk_used + bytes > partition->chunk_room && !chunk_next(tally, partition, bytes)) return 0;
    uint32_t at = partition->chunk + partition->chunk_used / REGION_STEP;
    partition->chunk_used += (uint32_t)bytes;
    return at;
}

uint32_t partition_take(struct tally *tally, struct partition *partition, size_t bytes)
{
    uint32_t given = given_take(tally, partition, round_up(bytes, REGION_STEP) / REGION_STEP);
    return given != 0 ? given : partition_take_fresh(tally, partition, bytes);
}

uint32_t partition_take_zeros(struct tally *tally, struct partition *partition, size_t bytes)
{
    uint32_t at = partition_take(tally, partition, bytes);
    if (at != 0) memset(region_at(&tally->region, at), 0, bytes);
    return at;
}

static uint64_t *values_at(const struct tally *tally, uint32_t at)
{
    return region_at(&tally->region, at);
}

/* ------------------------------------------------------------------ sets */

static size_t set_bytes(const struct value_set *set)
{
    return set->allocated ? sizeof(uint64_t) * (2u << set->capacity_class) : 0;
}

/* How many steps of REGION_STEP the holder's points take right behind its blob; 0: they are elsewhere. */
static size_t points_behind_blob(const struct holder *holder)
{
    bool behind = holder->points.allocated && holder->blob_room < BLOB_LARGE && holder->points.at == holder->blob + holder->blob_room;
    size_t steps = behind ? set_bytes(&holder->points) / REGION_STEP : 0;
    return holder->blob_room + steps < BLOB_LARGE ? steps : 0;
}

/* holder: whose points these are, or NULL. What they leave right behind its blob is so little that nobody but the blob has use for it. */
static bool set_room(struct tally *tally, struct partition *partition, struct holder *holder, struct value_set *set, uint8_t class)
{
    uint32_t at = partition_take(tally, partition, sizeof(uint64_t) * (2u << class));
    if (at == 0) return false;
    if (set->allocated) {
        const uint64_t *old = values_at(tally, set->at);
        bytes_copy((char *)values_at(tally, at), (const char *)old, set->count * sizeof *old);
        if (holder != NULL && points_behind_blob(holder) == 1) holder->blob_room++;
        else partition_give(tally, partition, set->at, set_bytes(set));
    }
    set->at = at;
    set->capacity_class = class;
    set->allocated = true;
    return true;
}

/* How values of a set are told apart, by all but so many low bits, how many are kept, and what two of one key become. */
struct set_rule {
    unsigned payload_bits, max;
    uint64_t (*join)(uint64_t a, uint64_t b); /* NULL: there is nothing but the key */
};

/* Always inline: the rule is a constant for each caller. */
__attribute__((always_inline)) static inline bool set_add_by(struct tally *tally, struct partition *partition, struct holder *holder,
                                                             struct value_set *set, uint64_t value, const struct set_rule rule)
{
    uint64_t *values = values_at(tally, set->at);
    const uint64_t key = value >> rule.payload_bits;
    if (set->count == rule.max && key > values[rule.max - 1] >> rule.payload_bits) {
        set->overflowed = true;
        return true;
    }
    size_t low = 0;
    for (size_t left = set->count; left > 0;) { /* without branches that nobody could predict */
        size_t half = (left + 1) / 2;
        low += values[low + half - 1] >> rule.payload_bits < key ? half : 0;
        left -= half;
    }
    if (low < set->count && values[low] >> rule.payload_bits == key) {
        if (rule.join != NULL) values[low] = rule.join(values[low], value);
        return true;
    }
    if (set->count == rule.max) {
        set->overflowed = true;
        if (low == rule.max) return true;
        set->count--;
    } else if (!set->allocated || set->count == 2u << set->capacity_class) {
        if (!set_room(tally, partition, holder, set, set->allocated ? (uint8_t)(set->capacity_class + 1) : 0)) return false;
    }
    uint64_t *moving = values_at(tally, set->at);
    for (size_t i = set->count; i > low; i--) moving[i] = moving[i - 1];
    moving[low] = value;
    set->count++;
    return true;
}

/* Cells and days. */
static bool set_add(struct tally *tally, struct partition *partition, struct value_set *set, uint64_t value)
{
    return set_add_by(tally, partition, NULL, set, value, (struct set_rule){0, DISTINCT_EXACT_MAX, NULL});
}

static bool points_add(struct tally *tally, struct partition *partition, struct holder *holder, uint64_t point)
{
    return set_add_by(tally, partition, holder, &holder->points, point, (struct set_rule){POINT_PAYLOAD_BITS, DISTINCT_EXACT_MAX, point_join});
}

static bool nights_add(struct tally *tally, struct partition *partition, struct value_set *set, uint64_t night)
{
    return set_add_by(tally, partition, NULL, set, night, (struct set_rule){NIGHT_PAYLOAD_BITS, TIMES_KEPT_MAX, night_join});
}

static bool hours_add(struct tally *tally, struct partition *partition, struct value_set *set, uint64_t hour)
{
    return set_add_by(tally, partition, NULL, set, hour, (struct set_rule){HOUR_PAYLOAD_BITS, TIMES_KEPT_MAX, hour_join});
}

/* keys: how many there can be; 0: 2^64. */
static struct distinct set_count(const struct tally *tally, const struct value_set *set, unsigned payload_bits, uint64_t keys)
{
    if (!set->overflowed) return (struct distinct){set->count, false};
    uint64_t largest = values_at(tally, set->at)[DISTINCT_EXACT_MAX - 1] >> payload_bits;
    __uint128_t all = keys == 0 ? (__uint128_t)1 << 64 : keys;
    __uint128_t estimate = (DISTINCT_EXACT_MAX - 1) * all / ((__uint128_t)largest + 1);
    if (estimate <= DISTINCT_EXACT_MAX) estimate = DISTINCT_EXACT_MAX + 1;
    return (struct distinct){(uint64_t)estimate, true};
}

/* The rare part of a holder, made when it is first needed; NULL: no memory. */
static struct holder_extra *extra_of(struct tally *tally, struct partition *partition, struct holder *holder)
{
    if (holder->extra == 0) holder->extra = partition_take_zeros(tally, partition, sizeof(struct holder_extra));
    return holder->extra == 0 ? NULL : region_at(&tally->region, holder->extra);
}

static bool wide_add(struct tally *tally, struct partition *partition, struct holder_extra *extra, uint64_t point)
{
    uint64_t key = unmix51(point >> POINT_PAYLOAD_BITS);
    if (!set_add(tally, partition, &extra->cells, mix64(point_cell(key)))) return false;
    if (point_hour(key) == POSITION_HOUR_NONE) return true;
    struct day_point of_day = day_point_of(point, &tally->days);
    return set_add(tally, partition, &extra->days, mix64(point_hour(key) / 24)) &&
           nights_add(tally, partition, &extra->nights, night_of(&of_day)) &&
           (!of_day.weekday || hours_add(tally, partition, &extra->hours, hour_of(&of_day, &tally->days)));
}

/* Once the points are no longer all there, cells, days, nights and hours get sets of their own, and further points wait until there are
 * some. */
static bool widen(struct tally *tally, struct partition *partition, struct holder *holder, const uint64_t *points, size_t count)
{
    struct holder_extra *extra = extra_of(tally, partition, holder);
    if (extra == NULL) return false;
    extra->wide = true;
    extra->waiting = partition_take(tally, partition, WAITING_MAX * sizeof(uint64_t));
    if (extra->waiting == 0) return false;
    for (size_t i = 0; i < count; i++)
        if (!wide_add(tally, partition, extra, points[i])) return false;
    return true;
}

static void set_fetch(const struct tally *tally, const struct value_set *set)
{
    const char *values = (const char *)values_at(tally, set->at);
    for (size_t at = 0; at < set->count * sizeof(uint64_t); at += 64) __builtin_prefetch(values + at, 1);
}

/* Adds the points that wait: the sets of such a holder are some 50 cache lines, which are fetched for all of these together. */
static bool waiting_add(struct tally *tally, struct partition *partition, struct holder *holder)
{
    struct holder_extra *extra = region_at(&tally->region, holder->extra);
    const struct value_set *sets[] = {&holder->points, &extra->cells, &extra->days, &extra->nights, &extra->hours};
    const uint64_t *waiting = values_at(tally, extra->waiting);
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) set_fetch(tally, sets[i]);
    for (size_t i = 0; i < extra->waiting_count; i++)
        if (!points_add(tally, partition, holder, waiting[i]) || !wide_add(tally, partition, extra, waiting[i])) return false;
    extra->waiting_count = 0;
    return true;
}

static bool all_waiting_add(struct tally *tally, struct partition *partition)
{
    while (partition->first_waiting != 0) {
        struct holder *holder = region_at(&tally->region, partition->first_waiting);
        struct holder_extra *extra = region_at(&tally->region, holder->extra);
        if (!waiting_add(tally, partition, holder)) return false;
        partition->first_waiting = extra->next_waiting;
        extra->listed = false;
    }
    return true;
}

/* Counts in 32 bits and carries the rest. */
static bool count_up(struct tally *tally, struct partition *partition, struct holder *holder, uint32_t *counter)
{
    if (++*counter != 0) return true;
    struct holder_extra *extra = extra_of(tally, partition, holder);
    if (extra == NULL) return false;
    *(counter == &holder->records ? &extra->records_carried : &extra->fixes_carried) += UINT64_C(1) << 32;
    return true;
}

static bool point_wait(struct tally *tally, struct partition *partition, struct holder *holder, uint64_t point)
{
    struct holder_extra *extra = region_at(&tally->region, holder->extra);
    if (!extra->listed) {
        extra->next_waiting = partition->first_waiting;
        partition->first_waiting = region_place(&tally->region, holder);
        extra->listed = true;
    }
    values_at(tally, extra->waiting)[extra->waiting_count++] = point;
    return extra->waiting_count < WAITING_MAX || waiting_add(tally, partition, holder);
}

static bool point_add(struct tally *tally, struct partition *partition, struct holder *holder, uint64_t point)
{
    if (holder->points.overflowed) return point_wait(tally, partition, holder, point);
    if (holder->points.count < DISTINCT_EXACT_MAX) return points_add(tally, partition, holder, point);
    uint64_t points[DISTINCT_EXACT_MAX];
    memcpy(points, values_at(tally, holder->points.at), sizeof points);
    if (!points_add(tally, partition, holder, point)) return false;
    if (!holder->points.overflowed) return true;
    return widen(tally, partition, holder, points, DISTINCT_EXACT_MAX) && point_wait(tally, partition, holder, point);
}

static bool holder_add_fix(struct tally *tally, struct partition *partition, struct holder *holder, uint32_t cell, int64_t time_s)
{
    if (!point_add(tally, partition, holder, point_make(cell, time_s))) return false;
    if (time_s != TIME_NONE) holder->timed_fix = true;
    return count_up(tally, partition, holder, &holder->fixes);
}

/* Puts the value into its place among those before it, which are in order; one of its key is joined. */
static size_t value_insert(uint64_t *values, size_t count, uint64_t value, unsigned payload_bits, uint64_t (*join)(uint64_t, uint64_t))
{
    size_t at = count;
    while (at > 0 && values[at - 1] >> payload_bits > value >> payload_bits) at--;
    if (at > 0 && values[at - 1] >> payload_bits == value >> payload_bits) {
        values[at - 1] = join(values[at - 1], value);
        return count;
    }
    memmove(values + at + 1, values + at, (count - at) * sizeof *values);
    values[at] = value;
    return count + 1;
}

/* The level of four points or more. */
static struct location_level level_of_points(const struct tally *tally, const uint64_t *points, size_t count)
{
    uint64_t nights[DISTINCT_EXACT_MAX], hours[DISTINCT_EXACT_MAX];
    struct whereabouts of = {.nights = nights, .hours = hours, .points = points, .point_count = count};
    for (size_t i = 0; i < count; i++) {
        if (!point_is_timed(points[i])) continue;
        struct day_point of_day = day_point_of(points[i], &tally->days);
        of.night_count = value_insert(nights, of.night_count, night_of(&of_day), NIGHT_PAYLOAD_BITS, night_join);
        if (of_day.weekday) of.hour_count = value_insert(hours, of.hour_count, hour_of(&of_day, &tally->days), HOUR_PAYLOAD_BITS, hour_join);
    }
    return location_level_find(&of, &tally->days);
}

static struct position_counts wide_positions(const struct tally *tally, const struct holder *holder, const struct holder_extra *extra)
{
    struct position_counts counts = {.points = set_count(tally, &holder->points, POINT_PAYLOAD_BITS, POINT_KEYS),
                                     .cells = set_count(tally, &extra->cells, 0, 0),
                                     .days = set_count(tally, &extra->days, 0, 0)};
    struct whereabouts of = {.nights = values_at(tally, extra->nights.at), .hours = values_at(tally, extra->hours.at),
                             .night_count = extra->nights.count, .hour_count = extra->hours.count, .hours_more = extra->hours.overflowed,
                             .points = values_at(tally, holder->points.at), .point_count = holder->points.count};
    counts.level = location_level_find(&of, &tally->days);
    counts.level_sampled = extra->nights.overflowed || extra->hours.overflowed;
    return counts;
}

/* Of one to three points, without a step that hangs on what they are: that would be guessed wrong every other time. Those that are not
 * there stand for the first, which counts once. */
static void few_positions(const uint64_t *points, size_t count, struct position_counts *counts)
{
    uint64_t key[3];
    bool timed[3], precise = false;
    uint32_t cell[3], day[3];
    for (size_t i = 0; i < 3; i++) {
        uint64_t point = points[i < count ? i : 0];
        key[i] = unmix51(point >> POINT_PAYLOAD_BITS);
        cell[i] = point_cell(key[i]);
        day[i] = point_hour(key[i]) / 24;
        timed[i] = point_hour(key[i]) != POSITION_HOUR_NONE;
        precise |= (point & 1) != 0;
    }
    unsigned cells = 1u + (cell[1] != cell[0]) + ((cell[2] != cell[0]) & (cell[2] != cell[1]));
    unsigned days = (unsigned)timed[0] + (timed[1] & !(timed[0] & (day[1] == day[0]))) +
                    (timed[2] & !(timed[0] & (day[2] == day[0])) & !(timed[1] & (day[2] == day[1])));
    *counts = (struct position_counts){.points = {count, false}, .cells = {cells, false}, .days = {days, false}, .level = {LEVEL_FEW, precise}};
}

_Static_assert(LEVEL_TRACE_POINTS > 3, "few points are no trace");

static struct position_counts many_positions(const struct tally *tally, const struct holder *holder)
{
    const struct holder_extra *extra = holder_extra(tally, holder);
    if (extra != NULL && extra->wide) return wide_positions(tally, holder, extra);
    struct position_counts counts = {.points = {holder->points.count, false}};
    const uint64_t *points = values_at(tally, holder->points.at);
    uint32_t cells[DISTINCT_EXACT_MAX], days[DISTINCT_EXACT_MAX];
    uint8_t in_cell[DISTINCT_EXACT_MAX], most = 0;
    bool precise = false;
    for (size_t i = 0; i < holder->points.count; i++) {
        uint64_t key = unmix51(points[i] >> POINT_PAYLOAD_BITS);
        uint32_t cell = point_cell(key), day = point_hour(key) / 24;
        precise |= (points[i] & 1) != 0;
        size_t k = 0;
        while (k < counts.cells.count && cells[k] != cell) k++;
        if (k == counts.cells.count) cells[k] = cell, in_cell[k] = 0, counts.cells.count++;
        if (++in_cell[k] > most) most = in_cell[k];
        if (point_hour(key) == POSITION_HOUR_NONE) continue;
        k = 0;
        while (k < counts.days.count && days[k] != day) k++;
        if (k == counts.days.count) days[counts.days.count++] = day;
    }
    uint8_t level = holder->points.count >= LEVEL_TRACE_POINTS ? LEVEL_TRACE : holder->points.count > 0 ? LEVEL_FEW : LEVEL_NONE;
    counts.level = (struct location_level){level, precise};
    if (level < LEVEL_TRACE || most < HOME_DAYS_MIN) return counts; /* a home is one cell in several hours */
    counts.level = level_of_points(tally, points, holder->points.count);
    return counts;
}

void holder_positions(const struct tally *tally, const struct holder *holder, struct position_counts *counts)
{
    if (holder->points.count - 1u < 3) few_positions(values_at(tally, holder->points.at), holder->points.count, counts);
    else *counts = many_positions(tally, holder);
}

/* ------------------------------------------------------------------ holders and facts */

/* Whether the fact at `have` is that of the identifier; both are [kind][state][length][packed].
 * No identifier is empty, so either has at least four bytes. */
static bool same_fact(const char *have, const char *identifier)
{
    uint32_t a, b;
    memcpy(&a, have, sizeof a);
    memcpy(&b, identifier, sizeof b);
    /* kind, packing, length and the first packed byte at once; sample and grade follow from the rest */
    static const uint32_t compared = UINT32_C(0xFFFF18FF);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (((a ^ b) & compared) != 0) return false;
#else
    if (((a ^ b) & __builtin_bswap32(compared)) != 0) return false;
#endif
    return bytes_equal(have + FACT_HEADER_BYTES + 1, identifier + FACT_HEADER_BYTES + 1, (size_t)(uint8_t)identifier[2] - 1);
}

/* The record that a fact comes with. */
struct record_place {
    struct place place;
    struct place before; /* the holder's first place until now */
    bool is_first;       /* place is the holder's first */
    bool precedes;       /* ... and was not until now; facts of the record are marked FACT_SEEN */
    bool counted;        /* the holder had records before: facts that are new to it are not in all of them */
    uint32_t time_first, time_last; /* first > last: none */
    const struct place_order *order;
};

/* One more in the upper bits of a fact's records. */
static __attribute__((noinline)) void fact_carry(char *counts)
{
    uint16_t carried;
    memcpy(&carried, counts + offsetof(struct fact_counts, records_carried), sizeof carried);
    carried++;
    memcpy(counts + offsetof(struct fact_counts, records_carried), &carried, sizeof carried);
}

static void fact_count(char *have, const struct record_place *record)
{
    /* Each as wide as it was stored: what is read in larger pieces is waited for. */
    char *counts = have + fact_counts_offset(have);
    uint32_t records, first, last;
    memcpy(&records, counts + offsetof(struct fact_counts, records), sizeof records);
    memcpy(&first, counts + offsetof(struct fact_counts, time_first), sizeof first);
    memcpy(&last, counts + offsetof(struct fact_counts, time_last), sizeof last);
    first = record->time_first < first ? record->time_first : first;
    last = record->time_last > last ? record->time_last : last;
    records++;
    memcpy(counts + offsetof(struct fact_counts, records), &records, sizeof records);
    memcpy(counts + offsetof(struct fact_counts, time_first), &first, sizeof first);
    memcpy(counts + offsetof(struct fact_counts, time_last), &last, sizeof last);
    if (records == 0) fact_carry(counts);
}

/* A fact that is there comes again. */
static void fact_upgrade(char *have, const char *identifier, const struct record_place *record)
{
    if ((identifier[1] & FACT_GRADE_BITS) > (have[1] & FACT_GRADE_BITS))
        have[1] = (char)(identifier[1] | (have[1] & (FACT_PLACED | FACT_COUNTED)));
    if (fact_is_counted(have)) fact_count(have, record);
    if (record->precedes) have[1] = (char)(have[1] | FACT_SEEN);
    if (!fact_is_placed(have)) return;
    struct place first = fact_place(have);
    if (place_before(record->order, &record->place, &first))
        memcpy(have + FACT_HEADER_BYTES + (uint8_t)have[2], &record->place, sizeof record->place);
}

/* Rounds up to what a blob can have room for. */
size_t blob_size(size_t bytes, uint16_t *code)
{
    size_t small = round_up(bytes, REGION_STEP) / REGION_STEP, large = round_up(bytes, BLOB_LARGE_STEP) / BLOB_LARGE_STEP;
    *code = (uint16_t)(small < BLOB_LARGE ? small : BLOB_LARGE | large);
    return small < BLOB_LARGE ? small * REGION_STEP : large < BLOB_LARGE ? large * BLOB_LARGE_STEP : 0;
}

static size_t blob_capacity(const struct holder *holder)
{
    if (holder->blob_room < BLOB_LARGE) return (size_t)holder->blob_room * REGION_STEP;
    return (size_t)(holder->blob_room - BLOB_LARGE) * BLOB_LARGE_STEP;
}

/* The blob is elsewhere from now on. */
static void blob_move(struct tally *tally, struct partition *partition, struct holder *holder, uint32_t place, uint16_t room)
{
    partition_give(tally, partition, holder->blob, blob_capacity(holder));
    holder->blob = place;
    holder->blob_room = room;
}

/* Lets the blob grow by the points right behind it, which move: that leaves no gap that nobody fills. */
static bool blob_take_points(struct tally *tally, struct partition *partition, struct holder *holder)
{
    size_t steps = points_behind_blob(holder), bytes = set_bytes(&holder->points);
    uint32_t place = partition_take(tally, partition, bytes);
    if (place == 0) return false;
    memcpy(values_at(tally, place), values_at(tally, holder->points.at), bytes);
    holder->points.at = place;
    holder->blob_room = (uint16_t)(holder->blob_room + steps);
    return true;
}

/* Makes room for more bytes in the holder's blob. */
static bool blob_reserve(struct tally *tally, struct partition *partition, struct holder *holder, size_t more)
{
    size_t capacity = blob_capacity(holder), needed = holder->blob_used + more;
    if (needed <= capacity) return true;
    if (needed <= capacity + points_behind_blob(holder) * REGION_STEP) return blob_take_points(tally, partition, holder);
    uint16_t code;
    size_t wanted = blob_size(capacity < 512 ? needed : needed + capacity / 2, &code);
    if (wanted == 0) return false;
    uint32_t made = partition_take(tally, partition, wanted);
    if (made == 0) return false;
    memcpy(region_at(&tally->region, made), region_at(&tally->region, holder->blob), holder->blob_used);
    blob_move(tally, partition, holder, made, code);
    return true;
}

static uint64_t identifier_hash(const struct tally *tally, const char *identifier)
{
    return hash_short(identifier + FACT_HEADER_BYTES, (uint8_t)identifier[2], tally->seed ^ (uint8_t)identifier[0]);
}

/* The slot of an identifier in the index of a holder with many facts. */
static uint32_t *fact_slot(const struct tally *tally, const struct holder *holder, const struct holder_extra *extra, const char *identifier)
{
    uint32_t *index = region_at(&tally->region, extra->fact_index);
    const char *blob = region_at(&tally->region, holder->blob);
    uint32_t slot = (uint32_t)identifier_hash(tally, identifier) & extra->fact_index_mask;
    while (index[slot] != 0 && !same_fact(blob + index[slot], identifier)) slot = (slot + 1) & extra->fact_index_mask;
    return &index[slot];
}

/* Indexes all facts of the holder anew, with room for twice as many. */
static bool fact_index_make(struct tally *tally, struct partition *partition, struct holder *holder, struct holder_extra *extra)
{
    uint32_t size = 4 * FACTS_SCANNED_MAX;
    while (size < 4 * extra->fact_count) size *= 2;
    extra->fact_index = partition_take_zeros(tally, partition, size * sizeof(uint32_t));
    extra->fact_index_mask = size - 1;
    if (extra->fact_index == 0) return false;
    const char *blob = region_at(&tally->region, holder->blob), *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at))
        *fact_slot(tally, holder, extra, at) = (uint32_t)(at - blob);
    return true;
}

/* Where the place of a fact stands, or would. */
static inline size_t placed_offset(const char *at)
{
    return FACT_HEADER_BYTES + (size_t)(uint8_t)at[2];
}

/* Makes room for more bytes and puts the facts at its end, from where they are written to the blob anew, one after another. NULL: no memory. */
static char *facts_lift(struct tally *tally, struct partition *partition, struct holder *holder, size_t more)
{
    if (!blob_reserve(tally, partition, holder, more)) return NULL;
    char *facts = (char *)(uintptr_t)facts_begin(tally, holder);
    memmove(facts + more, facts, (size_t)(facts_end(tally, holder) - facts));
    return facts + more;
}

static inline bool is_to_place(const char *fact, bool all)
{
    return !fact_is_placed(fact) && (all || (fact[1] & FACT_SEEN) == 0);
}

/* Gives facts that stand at the holder's first place that place as their own: all of them, or those not FACT_SEEN. */
static bool facts_place(struct tally *tally, struct partition *partition, struct holder *holder, const struct place *first, bool all)
{
    size_t count = 0;
    const char *end = facts_end(tally, holder);
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) count += is_to_place(at, all);
    const char *from = facts_lift(tally, partition, holder, count * sizeof *first);
    if (from == NULL) return false;
    end = facts_end(tally, holder) + count * sizeof *first;
    for (char *to = (char *)(uintptr_t)facts_begin(tally, holder); from < end;) {
        size_t length = fact_bytes(from), before = placed_offset(from), after = length - before;
        bool placing = is_to_place(from, all);
        memmove(to, from, before);
        to[1] = (char)((to[1] & ~FACT_SEEN) | (placing ? FACT_PLACED : 0));
        to += before;
        if (placing) memcpy(to, first, sizeof *first), to += sizeof *first;
        memmove(to, from + before, after);
        to += after;
        from += length;
    }
    holder->blob_used += (uint32_t)(count * sizeof *first);
    return true;
}

/* Which of the holder's first facts: a bit for each; or, with more than FACTS_SCANNED_MAX, all. */
struct fact_choice {
    uint64_t bits;
    bool all;
};

static inline bool is_to_count(const char *fact, struct fact_choice choice, size_t number)
{
    return !fact_is_counted(fact) && (choice.all || (choice.bits >> number & 1) != 0);
}

/* From now on these facts are counted: so far each was in all of the holder's records. */
static bool facts_count(struct tally *tally, struct partition *partition, struct holder *holder, struct fact_choice choice)
{
    uint64_t records = holder_records_all(tally, holder);
    struct fact_counts counts = {(uint32_t)records, holder->time_first, holder->time_last, (uint16_t)(records >> 32)};
    const char *end = facts_end(tally, holder);
    size_t count = 0, number = 0;
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at)) count += is_to_count(at, choice, number++);
    const char *from = facts_lift(tally, partition, holder, count * FACT_COUNTS_BYTES);
    if (from == NULL) return false;
    end = facts_end(tally, holder) + count * FACT_COUNTS_BYTES;
    number = 0;
    for (char *to = (char *)(uintptr_t)facts_begin(tally, holder); from < end;) {
        size_t length = fact_bytes(from);
        bool counting = is_to_count(from, choice, number++);
        memmove(to, from, length);
        from += length;
        if (counting) {
            to[1] = (char)(to[1] | FACT_COUNTED);
            memcpy(to + length, &counts, FACT_COUNTS_BYTES);
            length += FACT_COUNTS_BYTES;
        }
        to += length;
    }
    holder->blob_used += (uint32_t)(count * FACT_COUNTS_BYTES);
    return true;
}

static bool fact_append(struct tally *tally, struct partition *partition, struct holder *holder, const char *identifier,
                        const struct record_place *record, bool placed)
{
    size_t bytes = FACT_HEADER_BYTES + (size_t)(uint8_t)identifier[2], more = placed ? sizeof record->place : 0;
    if (record->counted) more += FACT_COUNTS_BYTES;
    if (!blob_reserve(tally, partition, holder, bytes + more)) return false;
    char *to = (char *)region_at(&tally->region, holder->blob) + holder->blob_used;
    bytes_copy(to, identifier, bytes);
    if (placed) memcpy(to + bytes, &record->place, sizeof record->place);
    to[1] = (char)(to[1] | (placed ? FACT_PLACED : 0) | (record->precedes ? FACT_SEEN : 0) | (record->counted ? FACT_COUNTED : 0));
    if (record->counted) {
        static const uint32_t one = 1;
        char *counts = to + fact_counts_offset(to);
        memcpy(counts + offsetof(struct fact_counts, records), &one, sizeof one);
        memcpy(counts + offsetof(struct fact_counts, time_first), &record->time_first, sizeof record->time_first);
        memcpy(counts + offsetof(struct fact_counts, time_last), &record->time_last, sizeof record->time_last);
        memset(counts + offsetof(struct fact_counts, records_carried), 0, sizeof(uint16_t));
    }
    holder->blob_used += (uint32_t)(bytes + more);
    partition->fact_count++;
    return true;
}

/* Holders with many facts find them by hash: a customer with a million vehicles is no reason to stand still. For the
 * same reason all their facts are placed, so that a first place that changes touches none of them. */
static bool holder_add_fact_indexed(struct tally *tally, struct partition *partition, struct holder *holder, const char *identifier,
                                    struct record_place *record, uint32_t fact_count)
{
    struct holder_extra *extra = extra_of(tally, partition, holder);
    if (extra == NULL) return false;
    if (extra->fact_index == 0) {
        struct place first = {holder->file, holder_piece(holder), holder->block, holder->unit};
        extra->fact_count = fact_count;
        if (record->precedes && !facts_place(tally, partition, holder, &record->before, false)) return false;
        record->precedes = false;
        if (!facts_place(tally, partition, holder, &first, true) || !fact_index_make(tally, partition, holder, extra)) return false;
    }
    uint32_t *slot = fact_slot(tally, holder, extra, identifier);
    if (*slot != 0) {
        fact_upgrade((char *)region_at(&tally->region, holder->blob) + *slot, identifier, record);
        return true;
    }
    *slot = holder->blob_used;
    if (!fact_append(tally, partition, holder, identifier, record, true)) return false;
    extra->fact_count++;
    return extra->fact_count * 2 <= extra->fact_index_mask || fact_index_make(tally, partition, holder, extra);
}

/* identifier lies in the parcel as a fact lies in a blob. *expected is where it stands if it is in the same order
 * as at the holder's other records; it moves on. */
static bool holder_add_fact(struct tally *tally, struct partition *partition, struct holder *holder, const char *identifier,
                            struct record_place *record, uint32_t *expected)
{
    char *blob = region_at(&tally->region, holder->blob);
    if (*expected < holder->blob_used && same_fact(blob + *expected, identifier)) {
        fact_upgrade(blob + *expected, identifier, record);
        *expected += (uint32_t)fact_bytes(blob + *expected);
        return true;
    }
    if (holder->extra != 0 && holder_extra(tally, holder)->fact_index != 0)
        return holder_add_fact_indexed(tally, partition, holder, identifier, record, 0);
    const char *end = blob + holder->blob_used;
    uint32_t count = 0;
    for (char *at = (char *)(uintptr_t)facts_begin(tally, holder); at < end; at += fact_bytes(at), count++) {
        if (!same_fact(at, identifier)) continue;
        fact_upgrade(at, identifier, record);
        *expected = (uint32_t)(fact_after(at) - blob);
        return true;
    }
    if (count >= FACTS_SCANNED_MAX) {
        *expected = UINT32_MAX; /* all facts move */
        return holder_add_fact_indexed(tally, partition, holder, identifier, record, count);
    }
    bool added = fact_append(tally, partition, holder, identifier, record, !record->is_first);
    *expected = holder->blob_used;
    return added;
}

static bool index_grow(struct tally *tally, struct partition *partition)
{
    uint32_t had = partition->index == NULL ? 0 : partition->index_mask + 1, size = had == 0 ? INDEX_FIRST : had * 2;
    uint32_t place = region_take(&tally->region, size * sizeof(struct slot)); /* zeros */
    if (place == 0) return false;
    struct slot *index = region_at(&tally->region, place);
    for (uint32_t i = 0; i < had; i++) {
        struct slot moving = partition->index[i];
        if (moving.holder == 0) continue;
        uint32_t at = moving.hash & (size - 1);
        while (index[at].holder != 0) at = (at + 1) & (size - 1);
        index[at] = moving;
    }
    if (had * sizeof *index > partition->spare_room) {
        partition->spare = region_place(&tally->region, partition->index);
        partition->spare_room = had * (uint32_t)sizeof *index;
    }
    partition->index = index;
    partition->index_mask = size - 1;
    return true;
}

uint32_t partition_holder_take(struct tally *tally, struct partition *partition)
{
    uint32_t number = partition->holder_count / HOLDERS_PER_LIST, within = partition->holder_count % HOLDERS_PER_LIST;
    if (within == 0) {
        if (number == partition->holder_list_capacity) {
            uint32_t capacity = 2 * partition->holder_list_capacity + 4;
            uint32_t *lists = realloc(partition->holder_lists, capacity * sizeof *lists);
            if (lists == NULL) return 0;
            partition->holder_lists = lists;
            partition->holder_list_capacity = capacity;
        }
        uint32_t list = region_take(&tally->region, HOLDER_LIST_WORDS * sizeof(uint32_t));
        if (list == 0) return 0;
        partition->holder_lists[number] = list;
    }
    uint32_t place = partition_take_fresh(tally, partition, sizeof(struct holder));
    if (place == 0) return 0;
    uint32_t *places = region_at(&tally->region, partition->holder_lists[number]);
    places[within] = place;
    partition->holder_count++;
    return place;
}

/* A blob beside its holder is looked up with it; but memory comes first. */
static bool is_much_given(const struct partition *partition)
{
    return (size_t)partition->given_steps * REGION_STEP > partition->holder_count * sizeof(struct holder) / GIVEN_SHARE;
}

static struct holder *holder_make(struct tally *tally, struct partition *partition, const struct parcel *parcel, const char *key,
                                  uint32_t slot)
{
    size_t mask_bytes = tally->source_count > 64 ? (tally->source_count + 63) / 64 * sizeof(uint64_t) : 0;
    /* The facts of the first record are known: most holders never need more. */
    uint16_t blob_room;
    size_t blob_bytes = blob_size(BLOB_HEADER_BYTES + (size_t)parcel->holder_length + parcel->facts_bytes, &blob_room);
    uint32_t place = partition_holder_take(tally, partition);
    uint32_t blob_place = blob_bytes == 0 ? 0 : is_much_given(partition) ? partition_take(tally, partition, blob_bytes) : partition_take_fresh(tally, partition, blob_bytes);
    uint32_t mask_place = mask_bytes > 0 ? partition_take_zeros(tally, partition, mask_bytes) : 0;
    if (place == 0 || blob_place == 0 || (mask_bytes > 0 && mask_place == 0)) return NULL;
    struct holder *holder = region_at(&tally->region, place);
    *holder = (struct holder){.kind = parcel->holder_kind,
                              .blob = blob_place,
                              .blob_room = blob_room,
                              .blob_used = BLOB_HEADER_BYTES + parcel->holder_length,
                              .sources = mask_place,
                              .time_first = UINT32_MAX,
                              .file = UINT32_MAX,
                              .block = UINT32_MAX,
                              .unit = UINT32_MAX,
                              .piece = UINT16_MAX, .piece_high = UINT8_MAX};
    char *blob = region_at(&tally->region, blob_place);
    memcpy(blob, &parcel->holder_length, sizeof(uint32_t));
    bytes_copy(blob + BLOB_HEADER_BYTES, key, parcel->holder_length);
    partition->customer_count += parcel->holder_kind == HOLDER_CUSTOMER;
    if (parcel->holder_kind == HOLDER_SET) {
        uint32_t last = partition->holder_count - 1, *places = region_at(&tally->region, partition->holder_lists[last / HOLDERS_PER_LIST]);
        places[HOLDERS_PER_LIST + last % HOLDERS_PER_LIST / 32] |= UINT32_C(1) << last % 32;
        partition->set_count++;
    }
    partition->index[slot] = (struct slot){parcel->hash, place};
    return holder;
}

static inline bool holder_is(const struct tally *tally, const struct holder *holder, const struct parcel *parcel, const char *key)
{
    struct span have = holder_key(tally, holder);
    return holder->kind == parcel->holder_kind && have.len == parcel->holder_length && bytes_equal(have.at, key, have.len);
}

static struct holder *holder_find_or_make(struct tally *tally, struct partition *partition, const struct parcel *parcel, const char *key)
{
    assert(partition->index != NULL || partition->holder_count == 0);
    /* At most five slots of eight are taken. */
    if (partition->index == NULL || partition->holder_count >= (partition->index_mask + 1) / 8 * 5)
        if (!index_grow(tally, partition)) return NULL;
    uint32_t slot = parcel->hash & partition->index_mask;
    for (; partition->index[slot].holder != 0; slot = (slot + 1) & partition->index_mask) {
        if (partition->index[slot].hash != parcel->hash) continue;
        struct holder *holder = region_at(&tally->region, partition->index[slot].holder);
        if (holder_is(tally, holder, parcel, key)) return holder;
    }
    return holder_make(tally, partition, parcel, key, slot);
}

struct holder *tally_find(struct tally *tally, uint8_t kind, struct span key, struct partition **partition)
{
    uint64_t hash = hash_short(key.at, key.len, tally->seed + kind);
    *partition = &tally->partitions[hash >> HASH_PARTITION_SHIFT];
    const struct partition *of = *partition;
    if (of->index == NULL) return NULL;
    for (uint32_t slot = (uint32_t)hash & of->index_mask; of->index[slot].holder != 0; slot = (slot + 1) & of->index_mask) {
        struct holder *holder = region_at(&tally->region, of->index[slot].holder);
        struct span have = holder_key(tally, holder);
        if (of->index[slot].hash == (uint32_t)hash && holder->kind == kind && have.len == key.len && bytes_equal(have.at, key.at, key.len)) return holder;
    }
    return NULL;
}

static void holder_set_place(struct holder *holder, const struct place *place)
{
    holder->file = place->file;
    holder->piece = (uint16_t)place->piece;
    holder->piece_high = (uint8_t)(place->piece >> 16);
    holder->block = place->block;
    holder->unit = place->unit;
}

/* Times that 32 bits do not hold are none that event_time_read gives. */
static void holder_add_time(struct holder *holder, int64_t time_s)
{
    if (time_s < 0 || time_s > UINT32_MAX) return;
    if ((uint32_t)time_s < holder->time_first) holder->time_first = (uint32_t)time_s;
    if ((uint32_t)time_s > holder->time_last) holder->time_last = (uint32_t)time_s;
}

static void holder_add_one_source(const struct tally *tally, struct holder *holder, uint32_t source)
{
    if (tally->source_count <= 64) holder->sources |= UINT64_C(1) << source;
    else values_at(tally, (uint32_t)holder->sources)[source / 64] |= UINT64_C(1) << source % 64;
}

static void holder_add_source(const struct tally *tally, struct holder *holder, uint32_t source)
{
    if (source < tally->source_count) {
        holder_add_one_source(tally, holder, source);
        return;
    }
    const struct source_sets *sets = tally->source_sets;
    uint32_t set = source - tally->source_count;
    for (uint32_t i = sets->begins[set]; i < sets->begins[set + 1]; i++) holder_add_one_source(tally, holder, sets->sources[i]);
}

static void holder_clear_sources(const struct tally *tally, struct holder *holder)
{
    if (tally->source_count <= 64) holder->sources = 0;
    else memset(values_at(tally, (uint32_t)holder->sources), 0, (tally->source_count + 63) / 64 * sizeof(uint64_t));
}

/* Whether the facts of a record are all the holder has, as they come: then nothing is to be done. */
static inline bool facts_are(const struct tally *tally, const struct holder *holder, uint32_t at, const char *facts,
                             uint32_t bytes)
{
    const char *blob = region_at(&tally->region, holder->blob);
    return holder->blob_used - at == bytes && bytes_equal(blob + at, facts, bytes);
}

/* The facts of a holder's first record as they come: its blob was made with room for them. Returns their end. */
static inline const char *facts_copy(struct tally *tally, struct partition *partition, struct holder *holder, const char *at, const char *end)
{
    size_t bytes = (size_t)(end - at);
    if (blob_capacity(holder) - holder->blob_used < bytes) return at;
    memcpy((char *)region_at(&tally->region, holder->blob) + holder->blob_used, at, bytes);
    holder->blob_used += (uint32_t)bytes;
    for (; at < end; at += FACT_HEADER_BYTES + (uint8_t)at[2]) partition->fact_count++;
    return end;
}

/* What facts that are counted one by one take from the record. */
static void record_count(const struct parcel *parcel, struct record_place *record)
{
    bool timed = parcel->time_s >= 0 && parcel->time_s <= UINT32_MAX;
    record->time_first = timed ? (uint32_t)parcel->time_s : UINT32_MAX;
    record->time_last = timed ? (uint32_t)parcel->time_s : 0;
}

static bool fact_is_among(const char *fact, const char *facts, const char *end)
{
    while (facts < end && !same_fact(fact, facts)) facts = fact_after(facts);
    return facts < end;
}

/* Facts that the holder's records had all of, and this one, whose facts are given, has not, are counted one by one from now on. Of a holder
 * with many facts that are all of them, and those to come: no record of it is held against all. Before the record is counted. */
static bool facts_look(struct tally *tally, struct partition *partition, struct holder *holder, const char *record_facts, const char *record_end)
{
    struct fact_choice missing = {0};
    const char *end = facts_end(tally, holder), *next = record_facts;
    size_t number = 0;
    for (const char *at = facts_begin(tally, holder); at < end; at = fact_after(at), number++) {
        if (number == FACTS_SCANNED_MAX) {
            missing.all = holder->counted = true;
            break;
        }
        if (next < record_end && same_fact(at, next)) next = fact_after(next); /* mostly they come in the same order */
        else if (!fact_is_counted(at) && !fact_is_among(at, record_facts, record_end)) missing.bits |= UINT64_C(1) << number;
    }
    if (missing.bits == 0 && !missing.all) return true;
    if (!facts_count(tally, partition, holder, missing)) return false;
    bool indexed = holder->extra != 0 && holder_extra(tally, holder)->fact_index != 0;
    return !indexed || fact_index_make(tally, partition, holder, extra_of(tally, partition, holder));
}

/* seen: a holder of that hash, which is nearly always the one; or place 0. */
static bool parcel_apply(struct tally *tally, struct partition *partition, const struct parcel *parcel, uint32_t seen)
{
    const char *key = (const char *)(parcel + 1);
    struct holder *holder = region_at(&tally->region, seen);
    if (seen == 0 || !holder_is(tally, holder, parcel, key)) holder = holder_find_or_make(tally, partition, parcel, key);
    if (holder == NULL) return false;
    bool is_first = holder->file == UINT32_MAX;
    if ((parcel->flags & PARCEL_RECORD) == 0) {
        if (is_first) holder_add_source(tally, holder, parcel->source);
        return true;
    }

    const char *at = key + parcel->holder_length;
    uint32_t expected = BLOB_HEADER_BYTES + parcel->holder_length;
    bool same = facts_are(tally, holder, expected, at, parcel->facts_bytes);
    const char *end = at + parcel->facts_bytes;
    if (!same && !is_first && !holder->counted && !facts_look(tally, partition, holder, at, end)) return false;
    if (is_first) holder_clear_sources(tally, holder); /* where it was only named does not count any more */
    holder_add_source(tally, holder, parcel->source);
    if ((parcel->flags & PARCEL_POSSIBLE) != 0) {
        struct holder_extra *extra = extra_of(tally, partition, holder);
        if (extra == NULL) return false;
        extra->records_possible++;
        extra->basis_possible |= parcel->basis;
    } else {
        if (!count_up(tally, partition, holder, &holder->records)) return false;
        holder->basis |= parcel->basis;
    }
    /* Field by field in its place: a copy as a whole would wait for each of them. */
    struct record_place record = {.place = parcel->place, .counted = !is_first, .order = tally->order};
    record.before.file = holder->file;
    record.before.piece = holder_piece(holder);
    record.before.block = holder->block;
    record.before.unit = holder->unit;
    bool precedes = place_before(tally->order, &parcel->place, &record.before);
    bool indexed = holder->extra != 0 && holder_extra(tally, holder)->fact_index != 0;
    record.is_first = !place_before(tally->order, &record.before, &parcel->place);
    record.precedes = precedes && !is_first && !indexed;
    if (precedes) holder_set_place(holder, &parcel->place);
    if (parcel->time_s != TIME_NONE) holder_add_time(holder, parcel->time_s);
    if (is_first) at = facts_copy(tally, partition, holder, at, end);
    else if (same) at = end, record.precedes = false; /* all facts move to the new first place with the holder */
    if (at < end) record_count(parcel, &record);
    while (at < end) {
        if (!holder_add_fact(tally, partition, holder, at, &record, &expected)) return false;
        at = fact_after(at);
    }
    if (record.precedes && !facts_place(tally, partition, holder, &record.before, false)) return false;
    for (uint32_t i = 0; i < parcel->fix_count; i++, at += sizeof(uint32_t)) {
        uint32_t cell;
        memcpy(&cell, at, sizeof cell);
        if (!holder_add_fix(tally, partition, holder, cell, parcel->time_s)) return false;
    }
    return true;
}

/* Fetches ahead what a batch will touch, in steps that each need the one before. seen: of each the place of the first holder
 * with its hash, 0 where there is none by now. */
static void batch_prefetch(const struct tally *tally, const struct partition *partition, const struct parcel *const *batch, size_t count,
                           uint32_t *seen)
{
    memset(seen, 0, count * sizeof *seen);
    if (partition->index == NULL) return;
    for (size_t i = 0; i < count; i++) __builtin_prefetch(&partition->index[batch[i]->hash & partition->index_mask]);
    const struct holder *found[BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        uint32_t hash = batch[i]->hash, slot = hash & partition->index_mask;
        while (partition->index[slot].holder != 0 && partition->index[slot].hash != hash) slot = (slot + 1) & partition->index_mask;
        seen[i] = partition->index[slot].holder;
        found[i] = region_at(&tally->region, seen[i]);
        __builtin_prefetch(found[i], 1);
        __builtin_prefetch((const char *)found[i] + 64, 1);
        __builtin_prefetch((const char *)found[i] + 128, 1);
    }
    for (size_t i = 0; i < count; i++) {
        const char *blob = region_at(&tally->region, found[i]->blob);
        __builtin_prefetch(blob);
        __builtin_prefetch(blob + 64);
        if (found[i]->blob_used > 128) __builtin_prefetch(blob + 128);
        if (!found[i]->points.overflowed) { /* the front, and where the next one is put */
            __builtin_prefetch(values_at(tally, found[i]->points.at), 1);
            __builtin_prefetch(values_at(tally, found[i]->points.at) + found[i]->points.count, 1);
        }
        if (found[i]->extra != 0) __builtin_prefetch(holder_extra(tally, found[i]), 1);
    }
    for (size_t i = 0; i < count; i++) {
        const struct holder_extra *extra = holder_extra(tally, found[i]);
        if (extra != NULL && extra->wide) __builtin_prefetch(values_at(tally, extra->waiting) + extra->waiting_count, 1);
    }
}

static bool buffer_apply(struct tally *tally, uint32_t number, const char *bytes, size_t used)
{
    struct partition *partition = &tally->partitions[number];
    bool applied = true;
    pthread_mutex_lock(&partition->lock);
    for (size_t at = 0; at < used && applied;) {
        const struct parcel *batch[BATCH_MAX];
        size_t count = 0;
        while (at < used && count < BATCH_MAX) {
            batch[count] = (const struct parcel *)(const void *)(bytes + at);
            at += batch[count++]->bytes;
        }
        uint32_t seen[BATCH_MAX];
        batch_prefetch(tally, partition, batch, count, seen);
        for (size_t i = 0; i < count && applied; i++) applied = parcel_apply(tally, partition, batch[i], seen[i]);
    }
    pthread_mutex_unlock(&partition->lock);
    return applied;
}

/* ------------------------------------------------------------------ writers */

static size_t parcel_bytes_max(const struct tally_unit *unit)
{
    return sizeof(struct parcel) + unit->holder.len + unit->identifier_count * sizeof(struct tally_identifier) +
           unit->fix_count * sizeof(uint32_t) + FACT_COPIED;
}

/* Of two that are the same fact the first takes the better grade. */
static void fact_join(char *have, const char *identifier)
{
    if ((identifier[1] & FACT_GRADE_BITS) > (have[1] & FACT_GRADE_BITS)) have[1] = identifier[1];
}

static inline char *fact_write(char *at, const struct tally_identifier *identifier)
{
    assert(identifier->length > 0);
    /* Nearly all fit into the first copy. */
    memcpy(at, identifier, FACT_COPIED);
    if (FACT_HEADER_BYTES + identifier->length > FACT_COPIED) memcpy(at, identifier, sizeof *identifier);
    return at + FACT_HEADER_BYTES + identifier->length;
}

static int by_fact(const void *left, const void *right)
{
    const struct tally_identifier *a = left, *b = right;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    if (fact_packing(a->state) != fact_packing(b->state)) return fact_packing(a->state) < fact_packing(b->state) ? -1 : 1;
    return memcmp(a->packed, b->packed, a->length);
}

/* Facts of many identifiers, each once, sorted. NULL: no memory. */
static char *facts_write_sorted(const struct tally_unit *unit, char *to)
{
    struct tally_identifier *sorted = malloc(unit->identifier_count * sizeof *sorted);
    if (sorted == NULL) return NULL;
    memcpy(sorted, unit->identifiers, unit->identifier_count * sizeof *sorted);
    qsort(sorted, unit->identifier_count, sizeof *sorted, by_fact);
    char *at = to, *last = NULL;
    for (size_t i = 0; i < unit->identifier_count; i++) {
        char *end = fact_write(at, &sorted[i]);
        if (last != NULL && same_fact(last, at)) fact_join(last, at);
        else last = at, at = end;
    }
    free(sorted);
    return at;
}

/* The unit's identifiers as facts, each once: a record that has one twice counts once for it. NULL: no memory. */
static inline char *facts_write(const struct tally_unit *unit, char *to)
{
    char *at = to;
    int greatest = -1;
    for (size_t i = 0; i < unit->identifier_count; i++) {
        const struct tally_identifier *identifier = &unit->identifiers[i];
        char *end = fact_write(at, identifier);
        if (identifier->kind > greatest) {
            greatest = identifier->kind;
        } else if (unit->identifier_count > FACTS_SCANNED_MAX) {
            return facts_write_sorted(unit, to);
        } else {
            char *have = to;
            while (have < at && !same_fact(have, at)) have += FACT_HEADER_BYTES + (uint8_t)have[2];
            if (have < at) fact_join(have, at), end = at;
        }
        at = end;
    }
    return at;
}

/* Writes the unit as a parcel to `to`, which has room, and returns its bytes; 0: no memory. */
static uint32_t parcel_write(const struct tally_unit *unit, uint64_t hash, char *to)
{
    char *at = to + sizeof(struct parcel);
    bytes_copy(at, unit->holder.at, unit->holder.len);
    at += unit->holder.len;
    const char *facts = at;
    at = facts_write(unit, at);
    if (at == NULL) return 0;
    size_t facts_bytes = (size_t)(at - facts);
    for (size_t i = 0; i < unit->fix_count; i++, at += sizeof *unit->cells) memcpy(at, &unit->cells[i], sizeof *unit->cells);
    size_t bytes = round_up((size_t)(at - to), PARCEL_STEP);
    /* Field by field, each as wide as it was stored: what is put together on the stack first, or read in larger pieces, is waited for. */
    struct parcel *parcel = (struct parcel *)(void *)to;
    parcel->bytes = (uint32_t)bytes;
    parcel->hash = (uint32_t)hash;
    parcel->source = unit->source;
    parcel->holder_length = (uint32_t)unit->holder.len;
    parcel->place.file = unit->place.file;
    parcel->place.piece = unit->place.piece;
    parcel->place.block = unit->place.block;
    parcel->place.unit = unit->place.unit;
    parcel->time_s = unit->time_s;
    parcel->facts_bytes = (uint32_t)facts_bytes;
    parcel->fix_count = (uint32_t)unit->fix_count;
    parcel->holder_kind = unit->holder_kind;
    parcel->basis = unit->basis;
    parcel->flags = (uint8_t)((unit->record ? PARCEL_RECORD : 0) | (unit->possible ? PARCEL_POSSIBLE : 0));
    return (uint32_t)bytes;
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory left for the counts");
}

/* A unit larger than a buffer goes straight to its partition. */
static enum status add_large(struct tally_writer *writer, const struct tally_unit *unit, uint64_t hash,
                             size_t bytes_max, struct fault *fault)
{
    if (bytes_max > writer->large_capacity) {
        char *large = realloc(writer->large, bytes_max);
        if (large == NULL) return no_memory(fault);
        writer->large = large;
        writer->large_capacity = bytes_max;
    }
    uint32_t bytes = parcel_write(unit, hash, writer->large);
    if (bytes == 0 || !buffer_apply(writer->tally, (uint32_t)(hash >> HASH_PARTITION_SHIFT), writer->large, bytes)) return no_memory(fault);
    return STATUS_OK;
}

enum status tally_add(struct tally_writer *writer, const struct tally_unit *unit, struct fault *fault)
{
    assert(unit->source < writer->tally->source_count + (writer->tally->source_sets == NULL ? 0 : writer->tally->source_sets->count));
    uint64_t hash = hash_short(unit->holder.at, unit->holder.len, writer->tally->seed + unit->holder_kind);
    size_t bytes_max = parcel_bytes_max(unit);
    if (bytes_max > BUFFER_BYTES) return add_large(writer, unit, hash, bytes_max, fault);
    struct buffer *buffer = &writer->buffers[hash >> HASH_PARTITION_SHIFT];
    if (buffer->used + bytes_max > BUFFER_BYTES) {
        if (!buffer_apply(writer->tally, (uint32_t)(hash >> HASH_PARTITION_SHIFT), buffer->bytes, buffer->used)) return no_memory(fault);
        buffer->used = 0;
    }
    uint32_t bytes = parcel_write(unit, hash, buffer->bytes + buffer->used);
    if (bytes == 0) return no_memory(fault);
    buffer->used += bytes;
    /* All buffers together are larger than the nearest cache: what the next unit will write to is fetched already. */
    __builtin_prefetch(buffer->bytes + buffer->used + PARCEL_AHEAD, 1);
    __builtin_prefetch(buffer->bytes + buffer->used + PARCEL_AHEAD + 64, 1);
    return STATUS_OK;
}

/* What waits in holders is added too: whoever flushes last leaves none. */
enum status tally_flush(struct tally_writer *writer, struct fault *fault)
{
    struct tally *tally = writer->tally;
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct buffer *buffer = &writer->buffers[i];
        if (buffer->used > 0 && !buffer_apply(tally, i, buffer->bytes, buffer->used)) return no_memory(fault);
        buffer->used = 0;
        pthread_mutex_lock(&tally->partitions[i].lock);
        bool added = all_waiting_add(tally, &tally->partitions[i]);
        pthread_mutex_unlock(&tally->partitions[i].lock);
        if (!added) return no_memory(fault);
    }
    return STATUS_OK;
}

enum status tally_writer_open(struct tally *tally, struct tally_writer **writer, struct fault *fault)
{
    *writer = calloc(1, sizeof **writer);
    if (*writer == NULL) return no_memory(fault);
    (*writer)->tally = tally;
    return STATUS_OK;
}

void tally_writer_close(struct tally_writer *writer)
{
    if (writer == NULL) return;
    free(writer->large);
    free(writer);
}

enum status tally_open(uint32_t source_count, struct tally **tally, struct fault *fault)
{
    struct tally *made = calloc(1, sizeof *made);
    *tally = made;
    if (made == NULL) return no_memory(fault);
    made->seed = hash_seed();
    made->source_count = source_count == 0 ? 1 : source_count;
    made->days = vehicle_days_of(0);
    for (size_t i = 0; i < PARTITIONS; i++) pthread_mutex_init(&made->partitions[i].lock, NULL);
    if (region_open(&made->region)) return STATUS_OK;
    tally_close(made);
    *tally = NULL;
    return no_memory(fault);
}

void tally_set_customer_seed(struct tally *tally, uint64_t seed)
{
    tally->seed = seed - HOLDER_CUSTOMER; /* to which the kind of a holder is added */
}

void tally_set_zone(struct tally *tally, int32_t offset_s)
{
    tally->days = vehicle_days_of(offset_s);
}

void tally_set_order(struct tally *tally, const struct place_order *order)
{
    tally->order = order;
}

void tally_set_sources(struct tally *tally, const struct source_sets *sets)
{
    assert(sets->source_count == tally->source_count || sets->count == 0);
    tally->source_sets = sets;
}

void tally_clear(struct tally *tally)
{
    region_clear(&tally->region);
    for (size_t i = 0; i < PARTITIONS; i++) {
        struct partition *partition = &tally->partitions[i];
        partition->index = NULL;
        partition->index_mask = 0;
        partition->holder_count = partition->customer_count = partition->set_count = 0;
        partition->fact_count = 0;
        partition->chunk = partition->chunk_used = partition->chunk_room = 0;
        partition->spare_room = 0;
        memset(partition->given, 0, sizeof partition->given);
        partition->given_sizes = partition->given_steps = 0;
        partition->first_waiting = 0;
    }
}

size_t tally_bytes(const struct tally *tally)
{
    return atomic_load_explicit(&tally->region.used, memory_order_relaxed);
}

void tally_close(struct tally *tally)
{
    if (tally == NULL) return;
    for (size_t i = 0; i < PARTITIONS; i++) {
        struct partition *partition = &tally->partitions[i];
        pthread_mutex_destroy(&partition->lock);
        free(partition->holder_lists);
    }
    region_close(&tally->region);
    free(tally);
}
