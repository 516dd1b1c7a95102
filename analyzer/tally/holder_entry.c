#include "holder_entry.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMED_FIX = 1,
    HAS_TIMES = 2,
    HAS_POSSIBLE = 4,
    HAS_PLACE = 8,
    HAS_POINTS = 16,
    MORE_POINTS = 32,
    MORE_CELLS = 64,
    MORE_DAYS = 128,
    KEY_CUSTOMER = 0,
    NUMBERS_MAX = 16 * LEB128_BYTES_MAX, /* of all single numbers of a value */
    POINTS_TOGETHER = 4,
    SETS_MAX = DISTINCT_EXACT_MAX * 16 + POINTS_TOGETHER * 8 + 2 * TIMES_KEPT_MAX * 8 + 8,
    TIMES_MORE = 128, /* in their count byte: there were more */
    KEY_SET = HOLDER_SET + 1,
    PLACE_BYTES_MAX = 3 * LEB128_BYTES_MAX,
    COUNTS_BYTES_MAX = 3 * LEB128_BYTES_MAX
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to merge the counts");
}

static enum status not_an_entry(struct fault *fault)
{
    return fault_set(fault, STATUS_DAMAGED, "an entry is not what this program writes");
}

/* The smallest of mixed values, ascending: DISTINCT_EXACT_MAX, of nights and hours TIMES_KEPT_MAX. */
struct smallest {
    size_t count;
    bool more; /* there were more than are here */
    uint64_t values[TIMES_KEPT_MAX];
};

/* How many of them are kept, what tells two apart, and what two of one key become. */
struct smallest_rule {
    unsigned payload_bits, max;
    uint64_t (*join)(uint64_t a, uint64_t b); /* NULL: there is nothing but the key */
};
static const struct smallest_rule plain_rule = {0, DISTINCT_EXACT_MAX, NULL}, /* cells and days */
    points_rule = {POINT_PAYLOAD_BITS, DISTINCT_EXACT_MAX, point_join}, nights_rule = {NIGHT_PAYLOAD_BITS, TIMES_KEPT_MAX, night_join},
    hours_rule = {HOUR_PAYLOAD_BITS, TIMES_KEPT_MAX, hour_join};

/* What is summed up. */
struct sums {
    uint64_t records, records_possible, fixes;
    int64_t time_first, time_last;
    struct entry_place place;
    uint8_t basis, basis_possible;
    bool timed_fix, timed, placed;
};

/* A value, taken apart. */
struct opened {
    struct sums sums;
    struct smallest points, cells, days, nights, hours; /* all but points only where there were more of these */
    struct bytes_reader sources; /* at the first distance */
    uint64_t source_count;
    struct bytes_reader facts;   /* at the first fact */
    uint64_t fact_count;
};

/* A fact within a value. */
struct opened_fact {
    const char *at; /* kind, state, length, packed */
    size_t length;
    struct entry_place place;
    uint64_t records;
    int64_t time_first, time_last; /* first > last: none */
};

/* ------------------------------------------------------------------ writing */

/* Always inline, with bytes that are the caller's own variable: then where the next byte goes stays in a register. */
__attribute__((always_inline)) static inline void put_place(struct bytes *to, const struct entry_place *place)
{
    bytes_put_leb128(to, place->file);
    bytes_put_leb128(to, place->piece);
    bytes_put_leb128_any(to, place->unit);
}

/* first > last: no time. */
__attribute__((always_inline)) static inline void put_counts(struct bytes *to, uint64_t records, int64_t time_first, int64_t time_last)
{
    bool timed = time_first <= time_last;
    bytes_put_leb128(to, records);
    bytes_put_leb128(to, timed ? (uint64_t)time_first + 1 : 0);
    if (timed) bytes_put_leb128_any(to, (uint64_t)(time_last - time_first));
}

/* The key is written as it is, so that runs compress. Some at a time, of which those behind the last say nothing and are written over: most
 * holders have so few, and how many is guessed wrong as often as not. */
__attribute__((always_inline)) static inline void put_points(struct bytes *to, const uint64_t *mixed, size_t count)
{
    bytes_put_byte(to, (unsigned)count);
    for (size_t done = 0; done < count; done += POINTS_TOGETHER) {
        for (size_t k = 0; k < POINTS_TOGETHER; k++) {
            uint64_t point = mixed[done + k < count ? done + k : done], payload = point & ((1u << POINT_PAYLOAD_BITS) - 1);
            uint64_t unmixed = htole64(unmix51(point >> POINT_PAYLOAD_BITS) << POINT_PAYLOAD_BITS | payload);
            memcpy(to->at + to->count + (done + k) * sizeof unmixed, &unmixed, sizeof unmixed);
        }
    }
    to->count += count * sizeof *mixed;
}

/* Nights or hours. */
static void put_times(struct bytes *to, const uint64_t *times, size_t count, bool more)
{
    bytes_put_byte(to, (unsigned)count | (more ? TIMES_MORE : 0u));
    for (size_t i = 0; i < count; i++) bytes_put_u64(to, times[i]);
}

/* Cells fill 30 bits, days 16: the upper half says nothing. */
static void put_small(struct bytes *to, const uint64_t *mixed, size_t count)
{
    bytes_put_byte(to, (unsigned)count);
    for (size_t i = 0; i < count; i++) bytes_put_u32(to, (uint32_t)unmix64(mixed[i]));
}

bool entry_key_write(const struct tally *tally, const struct holder *holder, struct bytes *key)
{
    struct span name = holder_key(tally, holder);
    if (!bytes_reserve(key, name.len + 1)) return false;
    bytes_put_byte(key, holder->kind == HOLDER_CUSTOMER ? KEY_CUSTOMER : holder->kind + 1u); /* of a set, KEY_SET */
    bytes_copy(key->at + key->count, name.at, name.len);
    key->count += name.len;
    return true;
}

static size_t mask_words(const struct tally *tally)
{
    return tally->source_count <= 64 ? 1 : (tally->source_count + 63) / 64;
}

static const uint64_t *mask_of(const struct tally *tally, const struct holder *holder)
{
    if (tally->source_count <= 64) return &holder->sources;
    return region_at(&tally->region, (uint32_t)holder->sources);
}

__attribute__((always_inline)) static inline void put_sources(struct bytes *to, const uint64_t *mask, size_t words)
{
    uint64_t count = 0, before = 0;
    for (size_t w = 0; w < words; w++) count += (unsigned)__builtin_popcountll(mask[w]);
    bytes_put_leb128(to, count);
    for (size_t w = 0; w < words; w++) {
        for (uint64_t left = mask[w]; left != 0; left &= left - 1) {
            uint64_t source = 64 * w + (unsigned)__builtin_ctzll(left);
            bytes_put_leb128(to, source - before);
            before = source;
        }
    }
}

static struct entry_place number_place(const struct place_numbers *numbers, const struct place *place)
{
    return (struct entry_place){place->file, place->piece, numbers->unit(numbers->context, place)};
}

static uint64_t counted_records(const struct fact_counts *counts)
{
    return (uint64_t)counts->records_carried << 32 | counts->records;
}

/* As fact_counts_read, one number at a time: what was copied in larger pieces would be waited for. */
static inline struct fact_counts counts_of(const char *fact)
{
    const char *at = fact + fact_counts_offset(fact);
    struct fact_counts counts;
    memcpy(&counts.records, at + offsetof(struct fact_counts, records), sizeof counts.records);
    memcpy(&counts.time_first, at + offsetof(struct fact_counts, time_first), sizeof counts.time_first);
    memcpy(&counts.time_last, at + offsetof(struct fact_counts, time_last), sizeof counts.time_last);
    memcpy(&counts.records_carried, at + offsetof(struct fact_counts, records_carried), sizeof counts.records_carried);
    return counts;
}

/* Whether the fact's own counts are those of the holder: then they are not written. */
static bool counts_as_holder(const struct tally *tally, const struct holder *holder, const struct fact_counts *counts)
{
    bool timed = holder->time_first <= holder->time_last, as_timed = counts->time_first <= counts->time_last;
    return counted_records(counts) == holder_records_all(tally, holder) && timed == as_timed &&
           (!timed || (counts->time_first == holder->time_first && counts->time_last == holder->time_last));
}

/* Facts as they lie in the blob; only places and counts change their form. */
__attribute__((always_inline)) static inline bool put_facts(const struct tally *tally, const struct holder *holder, const struct place_numbers *numbers, struct bytes *to)
{
    const char *begin = facts_begin(tally, holder), *end = facts_end(tally, holder);
    struct place first = {holder->file, holder_piece(holder), holder->block, holder->unit};
    size_t count = 0, placed = 0, counted = 0;
    for (const char *at = begin; at < end; at = fact_after(at)) count++, placed += fact_is_placed(at), counted += fact_is_counted(at);
    size_t more = placed * PLACE_BYTES_MAX + counted * COUNTS_BYTES_MAX;
    if (!bytes_reserve(to, LEB128_BYTES_MAX + (size_t)(end - begin) + more)) return false;
    bytes_put_leb128(to, count);
    if (placed == 0 && counted == 0) {
        bytes_put(to, begin, (size_t)(end - begin));
        return true;
    }
    for (const char *at = begin; at < end; at = fact_after(at)) {
        size_t state_at = to->count + 1;
        size_t length = FACT_HEADER_BYTES + (size_t)(uint8_t)at[2];
        bytes_copy(to->at + to->count, at, length);
        to->count += length;
        struct place place = fact_is_placed(at) ? fact_place(at) : first;
        struct fact_counts counts = fact_is_counted(at) ? counts_of(at) : (struct fact_counts){0};
        unsigned state = (unsigned char)at[1] & ~(unsigned)(FACT_PLACED | FACT_COUNTED);
        if (place_before(tally->order, &first, &place)) {
            state |= FACT_PLACED;
            struct entry_place numbered = number_place(numbers, &place);
            put_place(to, &numbered);
        }
        if (fact_is_counted(at) && !counts_as_holder(tally, holder, &counts)) {
            state |= FACT_COUNTED;
            put_counts(to, counted_records(&counts), counts.time_first, counts.time_last);
        }
        to->at[state_at] = (char)(unsigned char)state;
    }
    return true;
}

struct entry_fact entry_fact_of(const struct tally *tally, const struct holder *holder, const char *at, const struct place_numbers *numbers)
{
    struct place place = fact_is_placed(at) ? fact_place(at) : (struct place){holder->file, holder->piece, holder->block, holder->unit};
    struct entry_fact fact = {.fact = fact_read(at), .records = holder_records_all(tally, holder)};
    uint32_t first = holder->time_first, last = holder->time_last;
    if (fact_is_counted(at)) {
        struct fact_counts counts = fact_counts_read(at);
        fact.records = counted_records(&counts);
        first = counts.time_first;
        last = counts.time_last;
    }
    fact.fact.state = (uint8_t)(fact.fact.state & ~(unsigned)(FACT_PLACED | FACT_COUNTED));
    fact.place = number_place(numbers, &place);
    fact.time_first = first <= last ? first : TIME_NONE;
    fact.time_last = first <= last ? last : TIME_NONE;
    return fact;
}

bool entry_value_write(const struct tally *tally, const struct holder *holder, const struct place_numbers *numbers,
                       struct bytes *value)
{
    struct bytes to = *value;
    const struct holder_extra *extra = holder_extra(tally, holder);
    bool timed = holder->time_first <= holder->time_last, placed = holder->file != UINT32_MAX;
    bool possible = extra != NULL && extra->records_possible > 0, wide = holder->points.overflowed;
    size_t words = mask_words(tally);
    bool enough = bytes_reserve(&to, NUMBERS_MAX + 2 * SETS_MAX + words * 64 * LEB128_BYTES_MAX);
    if (!enough) return false;
    bytes_put_byte(&to, (holder->timed_fix ? TIMED_FIX : 0u) | (timed ? HAS_TIMES : 0u) | (possible ? HAS_POSSIBLE : 0u) |
                              (placed ? HAS_PLACE : 0u) | (holder->points.count > 0 ? HAS_POINTS : 0u) |
                              (wide ? MORE_POINTS : 0u) | (wide && extra->cells.overflowed ? MORE_CELLS : 0u) |
                              (wide && extra->days.overflowed ? MORE_DAYS : 0u));
    bytes_put_leb128(&to, holder_records(tally, holder));
    bytes_put_byte(&to, holder->basis);
    if (possible) {
        bytes_put_leb128(&to, extra->records_possible);
        bytes_put_byte(&to, extra->basis_possible);
    }
    if (timed) {
        bytes_put_leb128_any(&to, holder->time_first);
        bytes_put_leb128_any(&to, holder->time_last - holder->time_first);
    }
    if (placed) {
        struct place first = {holder->file, holder_piece(holder), holder->block, holder->unit};
        struct entry_place numbered = number_place(numbers, &first);
        put_place(&to, &numbered);
    }
    put_sources(&to, mask_of(tally, holder), words);
    bytes_put_leb128(&to, holder_fixes(tally, holder));
    if (holder->points.count > 0) put_points(&to, region_at(&tally->region, holder->points.at), holder->points.count);
    if (wide) {
        put_small(&to, region_at(&tally->region, extra->cells.at), extra->cells.count);
        put_small(&to, region_at(&tally->region, extra->days.at), extra->days.count);
        put_times(&to, region_at(&tally->region, extra->nights.at), extra->nights.count, extra->nights.overflowed);
        put_times(&to, region_at(&tally->region, extra->hours.at), extra->hours.count, extra->hours.overflowed);
    }
    enough = put_facts(tally, holder, numbers, &to);
    *value = to;
    return enough;
}

/* ------------------------------------------------------------------ reading */

static struct entry_place take_place(struct bytes_reader *from)
{
    uint64_t file = bytes_take_leb128(from), piece = bytes_take_leb128(from), unit = bytes_take_leb128(from);
    if (file >= UINT32_MAX || piece > PLACE_PIECES_MAX || unit == 0) from->bad = true;
    return (struct entry_place){(uint32_t)file, (uint32_t)piece, unit};
}

/* Points come with their keys unmixed. */
static void take_points(struct bytes_reader *from, struct smallest *set)
{
    set->count = bytes_take_byte(from);
    if (set->count > DISTINCT_EXACT_MAX) from->bad = true;
    for (size_t i = 0; i < set->count && !from->bad; i++) {
        uint64_t point = bytes_take_u64(from), payload = point & ((1u << POINT_PAYLOAD_BITS) - 1);
        set->values[i] = mix51(point >> POINT_PAYLOAD_BITS) << POINT_PAYLOAD_BITS | payload;
        if (payload >> 7 > 59 || (payload >> 1 & 63) > 59) from->bad = true;
        if (i > 0 && set->values[i] >> POINT_PAYLOAD_BITS <= set->values[i - 1] >> POINT_PAYLOAD_BITS) from->bad = true;
    }
}

static void take_times(struct bytes_reader *from, unsigned payload_bits, struct smallest *set)
{
    unsigned count = bytes_take_byte(from);
    set->more = (count & TIMES_MORE) != 0;
    set->count = count & ~(unsigned)TIMES_MORE;
    for (size_t i = 0; i < set->count && !from->bad; i++) {
        set->values[i] = bytes_take_u64(from);
        if (i > 0 && set->values[i] >> payload_bits <= set->values[i - 1] >> payload_bits) from->bad = true;
    }
    from->bad |= set->more && set->count < TIMES_KEPT_MAX;
}

static void take_small(struct bytes_reader *from, struct smallest *set)
{
    set->count = bytes_take_byte(from);
    if (set->count > DISTINCT_EXACT_MAX) from->bad = true;
    for (size_t i = 0; i < set->count && !from->bad; i++) {
        set->values[i] = mix64(bytes_take_u32(from));
        if (i > 0 && set->values[i] <= set->values[i - 1]) from->bad = true;
    }
}

static bool value_open(struct span value, struct opened *opened)
{
    struct bytes_reader from = {value.at, value.at + value.len, false};
    unsigned flags = bytes_take_byte(&from);
    opened->sums.timed_fix = (flags & TIMED_FIX) != 0;
    opened->sums.timed = (flags & HAS_TIMES) != 0;
    opened->sums.placed = (flags & HAS_PLACE) != 0;
    opened->sums.records = bytes_take_leb128(&from);
    opened->sums.basis = (uint8_t)bytes_take_byte(&from);
    opened->sums.records_possible = (flags & HAS_POSSIBLE) != 0 ? bytes_take_leb128(&from) : 0;
    opened->sums.basis_possible = (flags & HAS_POSSIBLE) != 0 ? (uint8_t)bytes_take_byte(&from) : 0;
    if (opened->sums.timed) {
        uint64_t first = bytes_take_leb128(&from), later = bytes_take_leb128(&from);
        if (first > UINT32_MAX || later > UINT32_MAX - first) from.bad = true;
        opened->sums.time_first = (int64_t)first;
        opened->sums.time_last = (int64_t)(first + later);
    }
    opened->sums.place = opened->sums.placed ? take_place(&from) : (struct entry_place){0};
    opened->source_count = bytes_take_leb128(&from);
    opened->sources = from;
    for (uint64_t i = 0; i < opened->source_count && !from.bad; i++) bytes_take_leb128(&from);
    opened->sums.fixes = bytes_take_leb128(&from);
    opened->points.count = opened->cells.count = opened->days.count = opened->nights.count = opened->hours.count = 0;
    opened->nights.more = opened->hours.more = false;
    opened->points.more = (flags & MORE_POINTS) != 0;
    opened->cells.more = (flags & MORE_CELLS) != 0;
    opened->days.more = (flags & MORE_DAYS) != 0;
    if ((flags & HAS_POINTS) != 0) take_points(&from, &opened->points);
    if (opened->points.more) {
        take_small(&from, &opened->cells);
        take_small(&from, &opened->days);
        take_times(&from, NIGHT_PAYLOAD_BITS, &opened->nights);
        take_times(&from, HOUR_PAYLOAD_BITS, &opened->hours);
    }
    /* Only what is full has lost anything. */
    from.bad |= (opened->points.more && opened->points.count < DISTINCT_EXACT_MAX) ||
                (opened->cells.more && opened->cells.count < DISTINCT_EXACT_MAX) ||
                (opened->days.more && opened->days.count < DISTINCT_EXACT_MAX);
    opened->fact_count = bytes_take_leb128(&from);
    opened->facts = from;
    if (opened->fact_count > 0 && !opened->sums.placed) return false; /* a record brought them, from somewhere */
    return !from.bad;
}

/* The next source of a value; false where it is none that there is. */
static bool next_source(struct bytes_reader *from, uint64_t *source, uint32_t source_count)
{
    uint64_t distance = bytes_take_leb128(from);
    if (from->bad || distance >= source_count || *source + distance >= source_count) return false;
    *source += distance;
    return true;
}

/* Whether what is packed gives a text that is shorter than IDENTIFIER_SIZE. */
static bool packing_holds(uint8_t packing, const char *packed, size_t length)
{
    switch (packing) {
    case PACKING_SIX_BITS: return length == 13;
    case PACKING_OCTETS: return length == 6 || length == 8 || length == 16;
    case PACKING_DIGITS: return 2 * length < IDENTIFIER_SIZE || (2 * length == IDENTIFIER_SIZE && (uint8_t)packed[length - 1] >= 0xF0);
    default: return length < IDENTIFIER_SIZE;
    }
}

static void take_counts(struct bytes_reader *from, struct opened_fact *fact)
{
    fact->records = bytes_take_leb128(from);
    uint64_t first = bytes_take_leb128(from), later = first > 0 ? bytes_take_leb128(from) : 0;
    if (first > UINT32_MAX + UINT64_C(1) || later > UINT32_MAX || (first > 0 && first - 1 + later > UINT32_MAX)) from->bad = true;
    fact->time_first = first > 0 ? (int64_t)first - 1 : INT64_MAX;
    fact->time_last = first > 0 ? (int64_t)(first - 1 + later) : INT64_MIN;
}

/* What a fact does not say of itself is as its holder's. */
static bool take_fact(struct bytes_reader *from, const struct sums *sums, struct opened_fact *fact)
{
    const unsigned known = FACT_GRADE_BITS | FACT_SAMPLE_BIT | FACT_PACKING_BITS << FACT_PACKING_SHIFT | FACT_PLACED | FACT_COUNTED;
    const char *head = bytes_take(from, FACT_HEADER_BYTES);
    if (head == NULL) return false;
    uint8_t state = (uint8_t)head[1];
    size_t length = (uint8_t)head[2];
    const char *packed = length > 0 ? bytes_take(from, length) : NULL;
    if ((uint8_t)head[0] >= kind_count || (state & ~known) != 0 || fact_grade(state) == GRADE_NONE || packed == NULL) return false;
    if (!packing_holds(fact_packing(state), packed, length)) return false;
    fact->at = head;
    fact->length = FACT_HEADER_BYTES + length;
    fact->place = (state & FACT_PLACED) != 0 ? take_place(from) : sums->place;
    fact->records = sums->records + sums->records_possible;
    fact->time_first = sums->timed ? sums->time_first : INT64_MAX;
    fact->time_last = sums->timed ? sums->time_last : INT64_MIN;
    if ((state & FACT_COUNTED) != 0) take_counts(from, fact);
    return !from->bad;
}

static bool next_fact(struct opened *opened, struct opened_fact *fact)
{
    return take_fact(&opened->facts, &opened->sums, fact);
}

enum status entry_facts_open(struct span value, struct entry_facts *facts, struct fault *fault)
{
    struct opened opened;
    if (!value_open(value, &opened)) return not_an_entry(fault);
    const struct sums *sums = &opened.sums;
    *facts = (struct entry_facts){.from = opened.facts,
                                  .left = opened.fact_count,
                                  .placed = sums->placed,
                                  .first = sums->place,
                                  .records = sums->records,
                                  .records_possible = sums->records_possible,
                                  .time_first = sums->timed ? sums->time_first : TIME_NONE,
                                  .time_last = sums->timed ? sums->time_last : TIME_NONE,
                                  .basis = sums->basis,
                                  .basis_possible = sums->basis_possible};
    return STATUS_OK;
}

enum status entry_facts_next(struct entry_facts *facts, struct entry_fact *fact, struct fault *fault)
{
    struct opened_fact opened;
    if (facts->left == 0) return facts->from.at == facts->from.end ? STATUS_END : not_an_entry(fault);
    struct sums sums = {.records = facts->records, .records_possible = facts->records_possible, .place = facts->first,
                        .timed = facts->time_first != TIME_NONE, .time_first = facts->time_first, .time_last = facts->time_last};
    if (!take_fact(&facts->from, &sums, &opened)) return not_an_entry(fault);
    facts->left--;
    bool timed = opened.time_first <= opened.time_last;
    *fact = (struct entry_fact){fact_read(opened.at), opened.place, opened.records, timed ? opened.time_first : TIME_NONE,
                                timed ? opened.time_last : TIME_NONE};
    fact->fact.state = (uint8_t)(fact->fact.state & ~(unsigned)(FACT_PLACED | FACT_COUNTED));
    return STATUS_OK;
}

/* ------------------------------------------------------------------ merging */

struct entry_merger {
    const struct place_order *order; /* NULL: that of numbers */
    uint32_t source_count;
    struct vehicle_days vehicle_days;
    size_t words;
    uint64_t *mask;
    struct opened_fact *facts;
    size_t fact_count, fact_capacity;
    struct bytes merged;
    struct opened opened; /* large: not on the stack */
    struct smallest points, cells, days, nights, hours, scratch;
};

enum status entry_merger_open(uint32_t source_count, int32_t zone_s, struct entry_merger **merger, struct fault *fault)
{
    struct entry_merger *made = calloc(1, sizeof *made);
    *merger = made;
    if (made == NULL) return no_memory(fault);
    made->source_count = source_count;
    made->vehicle_days = vehicle_days_of(zone_s);
    made->words = source_count <= 64 ? 1 : (source_count + 63) / 64;
    made->mask = calloc(made->words, sizeof *made->mask);
    if (made->mask != NULL) return STATUS_OK;
    entry_merger_close(made);
    *merger = NULL;
    return no_memory(fault);
}

void entry_merger_set_order(struct entry_merger *merger, const struct place_order *order)
{
    merger->order = order;
}

void entry_merger_close(struct entry_merger *merger)
{
    if (merger == NULL) return;
    free(merger->mask);
    free(merger->facts);
    bytes_free(&merger->merged);
    free(merger);
}

/* The smallest of both, ascending. Always inline: the rule is a constant for each caller. */
__attribute__((always_inline)) static inline void smallest_join(struct smallest *to, const struct smallest *from, const struct smallest_rule *rule,
                                                                struct smallest *scratch)
{
    size_t a = 0, b = 0, count = 0;
    bool more = to->more || from->more;
    while (a < to->count || b < from->count) {
        uint64_t key_a = a < to->count ? to->values[a] >> rule->payload_bits : UINT64_MAX;
        uint64_t key_b = b < from->count ? from->values[b] >> rule->payload_bits : UINT64_MAX;
        bool in_a = a < to->count && (b == from->count || key_a <= key_b), in_b = b < from->count && (a == to->count || key_b <= key_a);
        if (count == rule->max) {
            more = true;
            break;
        }
        uint64_t value = in_a ? to->values[a] : from->values[b];
        if (in_a && in_b && rule->join != NULL) value = rule->join(value, from->values[b]);
        a += in_a;
        b += in_b;
        scratch->values[count++] = value;
    }
    memcpy(to->values, scratch->values, count * sizeof *to->values);
    to->count = count;
    to->more = more;
}

static void plain_join(struct smallest *to, const struct smallest *from, struct smallest *scratch)
{
    smallest_join(to, from, &plain_rule, scratch);
}

static void points_join(struct smallest *to, const struct smallest *from, struct smallest *scratch)
{
    smallest_join(to, from, &points_rule, scratch);
}

static void nights_join(struct smallest *to, const struct smallest *from, struct smallest *scratch)
{
    smallest_join(to, from, &nights_rule, scratch);
}

static void hours_join(struct smallest *to, const struct smallest *from, struct smallest *scratch)
{
    smallest_join(to, from, &hours_rule, scratch);
}

static void smallest_add(void (*join)(struct smallest *, const struct smallest *, struct smallest *), struct smallest *to, uint64_t value,
                         struct smallest *scratch)
{
    struct smallest one;
    one.values[0] = value;
    one.count = 1;
    one.more = false;
    join(to, &one, scratch);
}

/* What cells, days, nights and hours all points give. */
static void spread_points(struct entry_merger *merger, const struct smallest *points)
{
    for (size_t i = 0; i < points->count; i++) {
        uint64_t key = unmix51(points->values[i] >> POINT_PAYLOAD_BITS);
        smallest_add(plain_join, &merger->cells, mix64(point_cell(key)), &merger->scratch);
        if (point_hour(key) == POSITION_HOUR_NONE) continue;
        smallest_add(plain_join, &merger->days, mix64(point_hour(key) / 24), &merger->scratch);
        struct day_point of_day = day_point_of(points->values[i], &merger->vehicle_days);
        smallest_add(nights_join, &merger->nights, night_of(&of_day), &merger->scratch);
        if (of_day.weekday) smallest_add(hours_join, &merger->hours, hour_of(&of_day, &merger->vehicle_days), &merger->scratch);
    }
}

static enum status gather_facts(struct entry_merger *merger, struct opened *opened, struct fault *fault)
{
    if (opened->fact_count > (size_t)(opened->facts.end - opened->facts.at)) return not_an_entry(fault);
    size_t needed = merger->fact_count + opened->fact_count;
    if (needed > merger->fact_capacity) {
        struct opened_fact *facts = realloc(merger->facts, 2 * needed * sizeof *facts);
        if (facts == NULL) return no_memory(fault);
        merger->facts = facts;
        merger->fact_capacity = 2 * needed;
    }
    for (uint64_t i = 0; i < opened->fact_count; i++)
        if (!next_fact(opened, &merger->facts[merger->fact_count++])) return not_an_entry(fault);
    return opened->facts.at == opened->facts.end ? STATUS_OK : not_an_entry(fault);
}

static bool entry_place_before(const struct entry_merger *merger, const struct entry_place *a, const struct entry_place *b)
{
    return a->file != b->file     ? a->file < b->file
           : a->piece != b->piece ? piece_before(merger->order, a->file, a->piece, b->piece)
                                  : a->unit < b->unit;
}

/* By identifier, and equal ones by grade, the best first. What is left is the sample bit, which follows from the
 * identifier: it decides too, so that no order shows even where it does not. */
static int compare_facts(const void *left, const void *right)
{
    const struct opened_fact *a = left, *b = right;
    if (a->at[0] != b->at[0]) return (uint8_t)a->at[0] < (uint8_t)b->at[0] ? -1 : 1;
    uint8_t packing_a = fact_packing((uint8_t)a->at[1]), packing_b = fact_packing((uint8_t)b->at[1]);
    if (packing_a != packing_b) return packing_a < packing_b ? -1 : 1;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    int order = memcmp(a->at + FACT_HEADER_BYTES, b->at + FACT_HEADER_BYTES, a->length - FACT_HEADER_BYTES);
    if (order != 0) return order;
    int better = (int)fact_grade((uint8_t)b->at[1]) - (int)fact_grade((uint8_t)a->at[1]);
    return better != 0 ? better : ((uint8_t)b->at[1] & FACT_SAMPLE_BIT) - ((uint8_t)a->at[1] & FACT_SAMPLE_BIT);
}

static bool same_identifier(const struct opened_fact *a, const struct opened_fact *b)
{
    return a->at[0] == b->at[0] && a->length == b->length && fact_packing((uint8_t)a->at[1]) == fact_packing((uint8_t)b->at[1]) &&
           memcmp(a->at + FACT_HEADER_BYTES, b->at + FACT_HEADER_BYTES, a->length - FACT_HEADER_BYTES) == 0;
}

/* Equal facts become one. */
static void join_facts(struct entry_merger *merger)
{
    if (merger->fact_count == 0) return;
    qsort(merger->facts, merger->fact_count, sizeof *merger->facts, compare_facts);
    size_t last = 0;
    for (size_t i = 1; i < merger->fact_count; i++) {
        struct opened_fact *kept = &merger->facts[last];
        const struct opened_fact *more = &merger->facts[i];
        if (!same_identifier(kept, more)) {
            merger->facts[++last] = *more;
            continue;
        }
        if (entry_place_before(merger, &more->place, &kept->place)) kept->place = more->place;
        kept->records += more->records;
        if (more->time_first < kept->time_first) kept->time_first = more->time_first;
        if (more->time_last > kept->time_last) kept->time_last = more->time_last;
    }
    merger->fact_count = last + 1;
}

static bool counts_as_sums(const struct opened_fact *fact, const struct sums *all)
{
    bool timed = fact->time_first <= fact->time_last;
    return fact->records == all->records + all->records_possible && timed == all->timed &&
           (!timed || (fact->time_first == all->time_first && fact->time_last == all->time_last));
}

static bool put_merged_facts(struct entry_merger *merger, const struct sums *all)
{
    struct bytes *to = &merger->merged;
    size_t one = FACT_HEADER_BYTES + IDENTIFIER_SIZE + PLACE_BYTES_MAX + COUNTS_BYTES_MAX;
    if (!bytes_reserve(to, LEB128_BYTES_MAX + merger->fact_count * one)) return false;
    bytes_put_leb128(to, merger->fact_count);
    for (size_t i = 0; i < merger->fact_count; i++) {
        const struct opened_fact *fact = &merger->facts[i];
        bool placed = entry_place_before(merger, &all->place, &fact->place), counted = !counts_as_sums(fact, all);
        size_t state_at = to->count + 1;
        bytes_put(to, fact->at, fact->length);
        unsigned state = (uint8_t)to->at[state_at] & ~(unsigned)(FACT_PLACED | FACT_COUNTED);
        to->at[state_at] = (char)(unsigned char)(state | (placed ? FACT_PLACED : 0u) | (counted ? FACT_COUNTED : 0u));
        if (placed) put_place(to, &fact->place);
        if (counted) put_counts(to, fact->records, fact->time_first, fact->time_last);
    }
    return true;
}

/* All but the facts; sets and sources are the merger's. */
static void put_sums(struct entry_merger *merger, const struct sums *all)
{
    struct bytes *to = &merger->merged;
    bool wide = merger->points.more;
    bytes_put_byte(to, (all->timed_fix ? TIMED_FIX : 0u) | (all->timed ? HAS_TIMES : 0u) | (all->records_possible > 0 ? HAS_POSSIBLE : 0u) |
                           (all->placed ? HAS_PLACE : 0u) | (merger->points.count > 0 ? HAS_POINTS : 0u) | (wide ? MORE_POINTS : 0u) |
                           (wide && merger->cells.more ? MORE_CELLS : 0u) | (wide && merger->days.more ? MORE_DAYS : 0u));
    bytes_put_leb128(to, all->records);
    bytes_put_byte(to, all->basis);
    if (all->records_possible > 0) {
        bytes_put_leb128(to, all->records_possible);
        bytes_put_byte(to, all->basis_possible);
    }
    if (all->timed) {
        bytes_put_leb128(to, (uint64_t)all->time_first);
        bytes_put_leb128(to, (uint64_t)(all->time_last - all->time_first));
    }
    if (all->placed) put_place(to, &all->place);
    put_sources(to, merger->mask, merger->words);
    bytes_put_leb128(to, all->fixes);
    if (merger->points.count > 0) put_points(to, merger->points.values, merger->points.count);
    if (wide) {
        put_small(to, merger->cells.values, merger->cells.count);
        put_small(to, merger->days.values, merger->days.count);
        put_times(to, merger->nights.values, merger->nights.count, merger->nights.more);
        put_times(to, merger->hours.values, merger->hours.count, merger->hours.more);
    }
}

static void sum_up(const struct entry_merger *merger, struct sums *all, const struct sums *more)
{
    all->records += more->records;
    all->records_possible += more->records_possible;
    all->fixes += more->fixes;
    /* What has no record says nothing of whether all records are only possible. */
    uint8_t tentative = all->basis & BASIS_TENTATIVE;
    if (more->placed) tentative = more->basis & BASIS_TENTATIVE & (all->placed ? all->basis : BASIS_TENTATIVE);
    all->basis = (uint8_t)((all->basis | more->basis) & ~(unsigned)BASIS_TENTATIVE) | tentative;
    all->basis_possible |= more->basis_possible;
    all->timed_fix |= more->timed_fix;
    if (more->timed) {
        if (!all->timed || more->time_first < all->time_first) all->time_first = more->time_first;
        if (!all->timed || more->time_last > all->time_last) all->time_last = more->time_last;
        all->timed = true;
    }
    if (more->placed && (!all->placed || entry_place_before(merger, &more->place, &all->place))) all->place = more->place;
    all->placed |= more->placed;
}

/* No positions at all. */
static void clear_points(struct entry_merger *merger)
{
    struct smallest *sets[] = {&merger->points, &merger->cells, &merger->days, &merger->nights, &merger->hours};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) sets[i]->count = 0, sets[i]->more = false;
}

/* Points of all; and once these are not all there, cells, days, nights and hours of all. */
static void join_points(struct entry_merger *merger, const struct span *values, size_t count)
{
    clear_points(merger);
    for (size_t i = 0; i < count; i++) {
        (void)value_open(values[i], &merger->opened);
        points_join(&merger->points, &merger->opened.points, &merger->scratch);
    }
    for (size_t i = 0; merger->points.more && i < count; i++) {
        (void)value_open(values[i], &merger->opened);
        if (!merger->opened.points.more) {
            spread_points(merger, &merger->opened.points);
        } else {
            plain_join(&merger->cells, &merger->opened.cells, &merger->scratch);
            plain_join(&merger->days, &merger->opened.days, &merger->scratch);
            nights_join(&merger->nights, &merger->opened.nights, &merger->scratch);
            hours_join(&merger->hours, &merger->opened.hours, &merger->scratch);
        }
    }
}

/* The basis of a value, without taking the rest apart. */
static uint8_t value_basis(struct span value)
{
    struct bytes_reader from = {value.at, value.at + value.len, false};
    bytes_take_byte(&from);
    bytes_take_leb128(&from);
    return (uint8_t)bytes_take_byte(&from);
}

static uint64_t value_records(struct span value)
{
    struct bytes_reader from = {value.at, value.at + value.len, false};
    bytes_take_byte(&from);
    return bytes_take_leb128(&from);
}

/* Whether some of the values are only possible, and others have records that are booked. */
static bool is_outdone(const struct span *values, size_t count)
{
    bool tentative = false;
    uint64_t records = 0;
    for (size_t i = 0; i < count; i++)
        if ((value_basis(values[i]) & BASIS_TENTATIVE) != 0) tentative = true;
    for (size_t i = 0; tentative && i < count && records == 0; i++) records = value_records(values[i]);
    return tentative && records > 0;
}

/* Reads a value to its end, so that damage shows where nothing of it is used, too. */
static enum status value_check(struct entry_merger *merger, struct span value, struct fault *fault)
{
    struct opened *opened = &merger->opened;
    if (!value_open(value, opened)) return not_an_entry(fault);
    uint64_t source = 0;
    for (uint64_t s = 0; s < opened->source_count; s++)
        if (!next_source(&opened->sources, &source, merger->source_count)) return not_an_entry(fault);
    merger->fact_count = 0;
    return gather_facts(merger, opened, fault);
}

/* Splits off what is outdone: of that the possible records are left. *kept is how many values stay, which go to the front. */
static enum status outdone_drop(struct entry_merger *merger, struct span *values, size_t count, size_t *kept, struct sums *dropped,
                                struct fault *fault)
{
    *kept = 0;
    for (size_t i = 0; i < count; i++) {
        if ((value_basis(values[i]) & BASIS_TENTATIVE) == 0) {
            values[(*kept)++] = values[i];
            continue;
        }
        enum status status = value_check(merger, values[i], fault);
        if (status != STATUS_OK) return status;
        dropped->basis |= merger->opened.sums.basis & (uint8_t)~BASIS_TENTATIVE; /* what it was marked with stays */
        dropped->records_possible += merger->opened.sums.records_possible;
        dropped->basis_possible |= merger->opened.sums.basis_possible;
    }
    return STATUS_OK;
}

static enum status merge_values(struct entry_merger *merger, const struct span *values, size_t count, const struct sums *begin,
                                struct span *merged, struct fault *fault)
{
    struct sums all = *begin;
    memset(merger->mask, 0, merger->words * sizeof *merger->mask);
    merger->fact_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct opened *opened = &merger->opened;
        if (!value_open(values[i], opened)) return not_an_entry(fault);
        /* With a record, where it was only named does not count any more. */
        if (opened->sums.placed && !all.placed) memset(merger->mask, 0, merger->words * sizeof *merger->mask);
        uint64_t source = 0;
        for (uint64_t s = 0; s < opened->source_count; s++) {
            if (!next_source(&opened->sources, &source, merger->source_count)) return not_an_entry(fault);
            if (opened->sums.placed || !all.placed) merger->mask[source / 64] |= UINT64_C(1) << source % 64;
        }
        enum status status = gather_facts(merger, opened, fault);
        if (status != STATUS_OK) return status;
        sum_up(merger, &all, &opened->sums);
    }
    join_points(merger, values, count);
    join_facts(merger);
    merger->merged.count = 0;
    if (!bytes_reserve(&merger->merged, NUMBERS_MAX + 2 * SETS_MAX + merger->words * 64 * LEB128_BYTES_MAX)) return no_memory(fault);
    put_sums(merger, &all);
    if (!put_merged_facts(merger, &all)) return no_memory(fault);
    *merged = (struct span){merger->merged.at, merger->merged.count};
    return STATUS_OK;
}

enum status entry_merge(struct entry_merger *merger, const struct span *values, size_t count, struct span *merged,
                        struct fault *fault)
{
    *merged = count == 1 ? values[0] : (struct span){NULL, 0};
    if (count == 1) return STATUS_OK;
    struct sums none = {0};
    if (!is_outdone(values, count)) return merge_values(merger, values, count, &none, merged, fault);
    struct span *kept = malloc(count * sizeof *kept);
    if (kept == NULL) return no_memory(fault);
    memcpy(kept, values, count * sizeof *kept);
    size_t left = 0;
    enum status status = outdone_drop(merger, kept, count, &left, &none, fault);
    if (status == STATUS_OK) status = merge_values(merger, kept, left, &none, merged, fault);
    free(kept);
    return status;
}

static bool map_place(const struct entry_map *map, struct entry_place *place)
{
    if (place->file >= map->file_count) return false;
    place->file = map->files[place->file];
    return true;
}

enum status entry_translate(struct entry_merger *merger, struct span value, const struct entry_map *map, struct span *translated,
                            struct fault *fault)
{
    struct opened *opened = &merger->opened;
    memset(merger->mask, 0, merger->words * sizeof *merger->mask);
    merger->fact_count = 0;
    if (!value_open(value, opened)) return not_an_entry(fault);
    uint64_t source = 0;
    for (uint64_t s = 0; s < opened->source_count; s++) {
        if (!next_source(&opened->sources, &source, map->source_count)) return not_an_entry(fault);
        uint32_t mapped = map->sources[source];
        merger->mask[mapped / 64] |= UINT64_C(1) << mapped % 64;
    }
    enum status status = gather_facts(merger, opened, fault);
    if (status != STATUS_OK) return status;
    for (size_t i = 0; i < merger->fact_count; i++)
        if (!map_place(map, &merger->facts[i].place)) return not_an_entry(fault);
    if (opened->sums.placed && !map_place(map, &opened->sums.place)) return not_an_entry(fault);
    struct sums sums = opened->sums;
    join_points(merger, &value, 1);
    join_facts(merger);
    merger->merged.count = 0;
    if (!bytes_reserve(&merger->merged, NUMBERS_MAX + 2 * SETS_MAX + merger->words * 64 * LEB128_BYTES_MAX)) return no_memory(fault);
    put_sums(merger, &sums);
    if (!put_merged_facts(merger, &sums)) return no_memory(fault);
    *translated = (struct span){merger->merged.at, merger->merged.count};
    return STATUS_OK;
}

/* ------------------------------------------------------------------ booking anew */

static bool merged_begin(struct entry_merger *merger)
{
    memset(merger->mask, 0, merger->words * sizeof *merger->mask);
    merger->fact_count = 0;
    merger->merged.count = 0;
    return bytes_reserve(&merger->merged, NUMBERS_MAX + 2 * SETS_MAX + merger->words * 64 * LEB128_BYTES_MAX);
}

enum status entry_rebook(struct entry_merger *merger, struct span value, uint8_t basis, bool tentative, struct span *booked,
                         struct fault *fault)
{
    struct opened *opened = &merger->opened;
    if (!merged_begin(merger)) return no_memory(fault);
    if (!value_open(value, opened)) return not_an_entry(fault);
    uint64_t source = 0;
    for (uint64_t s = 0; s < opened->source_count; s++) {
        if (!next_source(&opened->sources, &source, merger->source_count)) return not_an_entry(fault);
        merger->mask[source / 64] |= UINT64_C(1) << source % 64;
    }
    enum status status = gather_facts(merger, opened, fault);
    if (status != STATUS_OK) return status;
    struct sums sums = opened->sums;
    join_points(merger, &value, 1);
    join_facts(merger);
    sums.basis = tentative ? BASIS_TENTATIVE : basis;
    sums.basis_possible = tentative ? (uint8_t)(basis & BASIS_WRITTEN) : 0;
    if (tentative) {
        sums.records_possible += sums.records;
        sums.records = sums.fixes = 0;
        sums.timed_fix = false;
        clear_points(merger);
    }
    put_sums(merger, &sums);
    if (!put_merged_facts(merger, &sums)) return no_memory(fault);
    *booked = (struct span){merger->merged.at, merger->merged.count};
    return STATUS_OK;
}

enum status entry_tie_write(struct entry_merger *merger, const struct entry_tie *tie, struct span *booked, struct fault *fault)
{
    const struct entry_fact *fact = tie->fact;
    struct sums sums = {.records_possible = fact->records, .basis = BASIS_TENTATIVE, .basis_possible = tie->basis,
                        .timed = fact->time_first != TIME_NONE, .time_first = fact->time_first, .time_last = fact->time_last,
                        .placed = true, .place = fact->place};
    char head[FACT_HEADER_BYTES + UINT8_MAX] = {(char)fact->fact.kind, (char)fact->fact.state, (char)fact->fact.packed_length};
    memcpy(head + FACT_HEADER_BYTES, fact->fact.packed, fact->fact.packed_length);
    if (!merged_begin(merger)) return no_memory(fault);
    clear_points(merger);
    if (tie->source < merger->source_count) merger->mask[tie->source / 64] |= UINT64_C(1) << tie->source % 64;
    put_sums(merger, &sums);
    struct bytes *to = &merger->merged;
    if (!bytes_reserve(to, LEB128_BYTES_MAX + sizeof head)) return no_memory(fault);
    bytes_put_leb128(to, 1);
    bytes_put(to, head, FACT_HEADER_BYTES + (size_t)fact->fact.packed_length);
    *booked = (struct span){to->at, to->count};
    return STATUS_OK;
}

enum status entry_mark(struct entry_merger *merger, uint8_t basis, struct span *mark, struct fault *fault)
{
    struct sums sums = {.basis = basis};
    if (!merged_begin(merger)) return no_memory(fault);
    clear_points(merger);
    put_sums(merger, &sums);
    bytes_put_leb128(&merger->merged, 0);
    *mark = (struct span){merger->merged.at, merger->merged.count};
    return STATUS_OK;
}

/* ------------------------------------------------------------------ loading */

static bool load_set(struct tally *tally, struct partition *partition, const struct smallest *set, struct value_set *to)
{
    if (set->count == 0) return true;
    size_t bytes = set->count * sizeof *set->values;
    to->at = partition_take(tally, partition, bytes);
    if (to->at == 0) return false;
    to->count = (uint8_t)set->count;
    to->overflowed = set->more;
    to->allocated = true;
    memcpy(region_at(&tally->region, to->at), set->values, bytes);
    return true;
}

/* The rare part, only where there is any. */
static bool load_extra(struct tally *tally, struct partition *partition, struct holder *holder, const struct opened *opened)
{
    const uint64_t upper = ~(uint64_t)UINT32_MAX;
    const struct sums *sums = &opened->sums;
    if (((sums->records | sums->fixes) & upper) == 0 && sums->records_possible == 0 && !opened->points.more) return true;
    holder->extra = partition_take_zeros(tally, partition, sizeof(struct holder_extra));
    if (holder->extra == 0) return false;
    struct holder_extra *extra = region_at(&tally->region, holder->extra);
    extra->records_carried = sums->records & upper;
    extra->fixes_carried = sums->fixes & upper;
    extra->records_possible = sums->records_possible;
    extra->basis_possible = sums->basis_possible;
    extra->wide = opened->points.more;
    return load_set(tally, partition, &opened->cells, &extra->cells) && load_set(tally, partition, &opened->days, &extra->days) &&
           load_set(tally, partition, &opened->nights, &extra->nights) && load_set(tally, partition, &opened->hours, &extra->hours);
}

static bool load_sources(struct tally *tally, struct partition *partition, struct holder *holder, struct opened *opened,
                         bool *is_entry)
{
    uint64_t *mask = &holder->sources;
    if (tally->source_count > 64) {
        holder->sources = partition_take_zeros(tally, partition, mask_words(tally) * sizeof *mask);
        if (holder->sources == 0) return false;
        mask = region_at(&tally->region, (uint32_t)holder->sources);
    }
    uint64_t source = 0;
    for (uint64_t i = 0; i < opened->source_count; i++) {
        if (!next_source(&opened->sources, &source, tally->source_count)) return *is_entry = false, true;
        mask[source / 64] |= UINT64_C(1) << source % 64;
    }
    return true;
}

/* The blob: key and facts; places are told through the holder's tally no longer. */
static bool load_blob(struct tally *tally, struct partition *partition, struct holder *holder, struct span name,
                      struct opened *opened, bool *is_entry)
{
    size_t most = (size_t)(opened->facts.end - opened->facts.at);
    uint16_t room;
    size_t bytes = blob_size(BLOB_HEADER_BYTES + name.len + most, &room);
    holder->blob = bytes > 0 ? partition_take(tally, partition, bytes) : 0;
    if (holder->blob == 0) return false;
    holder->blob_room = room;
    char *blob = region_at(&tally->region, holder->blob), *at = blob + BLOB_HEADER_BYTES;
    uint32_t length = (uint32_t)name.len;
    memcpy(blob, &length, sizeof length);
    memcpy(at, name.at, name.len);
    at += name.len;
    for (uint64_t i = 0; i < opened->fact_count; i++) {
        struct opened_fact fact;
        if (!next_fact(opened, &fact)) return *is_entry = false, true;
        memcpy(at, fact.at, fact.length);
        at[1] = (char)((unsigned char)at[1] & ~(unsigned)(FACT_PLACED | FACT_COUNTED));
        at += fact.length;
        partition->fact_count++;
    }
    holder->blob_used = (uint32_t)(at - blob);
    if (opened->facts.at != opened->facts.end) *is_entry = false;
    return true;
}

enum status entry_load(struct tally *tally, struct partition *partition, struct span key, struct span value,
                       struct fault *fault)
{
    struct opened opened;
    bool named = key.len >= 2 && key.len <= UINT32_MAX && ((uint8_t)key.at[0] <= kind_count || (uint8_t)key.at[0] == KEY_SET);
    if (!named || !value_open(value, &opened)) return not_an_entry(fault);
    if (opened.sums.placed && tally->file_count > 0 && opened.sums.place.file >= tally->file_count) return not_an_entry(fault);
    uint32_t place = partition_holder_take(tally, partition);
    if (place == 0) return no_memory(fault);
    struct holder *holder = region_at(&tally->region, place);
    const struct sums *sums = &opened.sums;
    *holder = (struct holder){.kind = key.at[0] == KEY_CUSTOMER ? HOLDER_CUSTOMER : (uint8_t)(key.at[0] - 1),
                              .basis = sums->basis,
                              .records = (uint32_t)sums->records,
                              .fixes = (uint32_t)sums->fixes,
                              .timed_fix = sums->timed_fix,
                              .time_first = sums->timed ? (uint32_t)sums->time_first : UINT32_MAX,
                              .time_last = sums->timed ? (uint32_t)sums->time_last : 0,
                              .file = sums->placed ? sums->place.file : UINT32_MAX,
                              .piece = (uint16_t)sums->place.piece, .piece_high = (uint8_t)(sums->place.piece >> 16),
                              .block = (uint32_t)(sums->place.unit >> 32),
                              .unit = (uint32_t)sums->place.unit};
    partition->customer_count += holder->kind == HOLDER_CUSTOMER;
    bool is_entry = true;
    bool enough = load_sources(tally, partition, holder, &opened, &is_entry) &&
                  load_set(tally, partition, &opened.points, &holder->points) && load_extra(tally, partition, holder, &opened) &&
                  load_blob(tally, partition, holder, (struct span){key.at + 1, key.len - 1}, &opened, &is_entry);
    if (!enough) return no_memory(fault);
    return is_entry ? STATUS_OK : not_an_entry(fault);
}
