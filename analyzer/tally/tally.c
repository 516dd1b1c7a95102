#include "tally.h"

#include <assert.h>
#include <stdlib.h>

#include "../support/hash.h"
#include "table.h"

enum {
    BUFFER_BYTES = 4096,          /* of one thread for one partition */
    BATCH_MAX = 64,               /* units of a buffer that are fetched ahead together */
    INDEX_FIRST = 64,
    HOUR_NONE = -1,               /* a fix without time: one point a cell */
    WIDE_WORDS = 4                /* two value_sets */
};

/* A unit on its way to its partition; identifiers, cells and holder follow, packed. */
struct parcel {
    uint32_t bytes; /* of the whole parcel, a multiple of 8 */
    uint32_t hash;
    uint32_t source;
    uint32_t holder_length;
    struct place place;
    int64_t time_s;
    uint32_t identifier_count, fix_count;
    uint8_t holder_kind, basis;
    bool record, possible;
};

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

/* ------------------------------------------------------------------ packing */

static bool all_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)(text[i] - '0') > 9) return false;
    return length > 0;
}

static unsigned hex_value(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10) & 15u;
}

uint8_t identifier_pack(uint8_t kind, const char *canonical, size_t length, char *out, uint8_t *packing)
{
    if (kind == KIND_MAC && length == 17) {
        *packing = PACKING_MAC;
        for (size_t i = 0; i < 6; i++)
            out[i] = (char)(hex_value(canonical[3 * i]) << 4 | hex_value(canonical[3 * i + 1]));
        return 6;
    }
    if (kind != KIND_VIN && all_digits(canonical, length)) {
        *packing = PACKING_DIGITS;
        size_t pairs = length / 2;
        for (size_t i = 0; i < pairs; i++)
            out[i] = (char)((canonical[2 * i] - '0') << 4 | (canonical[2 * i + 1] - '0'));
        if (length % 2 != 0) out[pairs++] = (char)((canonical[length - 1] - '0') << 4 | 0xF);
        return (uint8_t)pairs;
    }
    *packing = PACKING_TEXT;
    memcpy(out, canonical, length);
    return (uint8_t)length;
}

/* state byte: grade in bits 0-1, sample in bit 2, packing in bits 3-4 */
static uint8_t fact_state(enum grade grade, bool sample, uint8_t packing)
{
    return (uint8_t)((unsigned)grade | (sample ? 4u : 0u) | (unsigned)packing << 3);
}

/* ------------------------------------------------------------------ memory of a partition */

static bool bytes_reserve(struct partition *partition, size_t more)
{
    if (partition->byte_count + more <= partition->byte_capacity) return true;
    size_t capacity = partition->byte_capacity + partition->byte_capacity / 4 + more + 1024;
    if (capacity > UINT32_MAX) return false;
    char *bytes = realloc(partition->bytes, capacity);
    if (bytes == NULL) return false;
    partition->bytes = bytes;
    partition->byte_capacity = capacity;
    return true;
}

static bool words_reserve(struct partition *partition, size_t more)
{
    if (partition->word_count + more <= partition->word_capacity) return true;
    size_t capacity = partition->word_capacity + partition->word_capacity / 4 + more + 128;
    if (capacity > UINT32_MAX) return false;
    uint64_t *words = realloc(partition->words, capacity * sizeof *words);
    if (words == NULL) return false;
    partition->words = words;
    partition->word_capacity = capacity;
    return true;
}

static uint32_t words_take(struct partition *partition, size_t count)
{
    uint32_t at = (uint32_t)partition->word_count;
    memset(partition->words + at, 0, count * sizeof *partition->words);
    partition->word_count += count;
    return at;
}

/* ------------------------------------------------------------------ sets */

static bool set_room(struct partition *partition, struct value_set *set, uint8_t class)
{
    uint32_t at = partition->free_sets[class];
    if (at != 0) {
        partition->free_sets[class] = (uint32_t)partition->words[at];
    } else {
        if (!words_reserve(partition, (size_t)1 << class)) return false;
        at = words_take(partition, (size_t)1 << class);
    }
    if (set->allocated) {
        memcpy(partition->words + at, partition->words + set->at, set->count * sizeof(uint64_t));
        partition->words[set->at] = partition->free_sets[set->capacity_class];
        partition->free_sets[set->capacity_class] = set->at;
    }
    set->at = at;
    set->capacity_class = class;
    set->allocated = true;
    return true;
}

/* set is a copy that the caller stores back, since the words may move. */
static bool set_add(struct partition *partition, struct value_set *set, uint64_t value)
{
    const uint64_t *values = partition->words + set->at;
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (values[middle] < value) low = middle + 1;
        else high = middle;
    }
    if (low < set->count && values[low] == value) return true;
    if (set->count == DISTINCT_EXACT_MAX) {
        set->overflowed = true;
        if (low == DISTINCT_EXACT_MAX) return true;
        set->count--;
    } else if (!set->allocated || set->count == 1u << set->capacity_class) {
        if (!set_room(partition, set, set->allocated ? (uint8_t)(set->capacity_class + 1) : 0))
            return false;
    }
    uint64_t *moving = partition->words + set->at;
    memmove(moving + low + 1, moving + low, (set->count - low) * sizeof *moving);
    moving[low] = value;
    set->count++;
    return true;
}

static struct distinct set_count(const struct partition *partition, const struct value_set *set)
{
    if (!set->overflowed) return (struct distinct){set->count, false};
    uint64_t largest = partition->words[set->at + DISTINCT_EXACT_MAX - 1];
    __uint128_t estimate = ((__uint128_t)(DISTINCT_EXACT_MAX - 1) << 64) / ((__uint128_t)largest + 1);
    if (estimate <= DISTINCT_EXACT_MAX) estimate = DISTINCT_EXACT_MAX + 1;
    return (struct distinct){(uint64_t)estimate, true};
}

static uint64_t point_of(uint32_t cell, int32_t hour)
{
    return (uint64_t)cell << 32 | (uint32_t)hour;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Adds the cell and the day of a point to the two sets at holder.wide. */
static bool wide_add(struct partition *partition, struct holder *holder, uint64_t point)
{
    struct value_set sets[2];
    memcpy(sets, partition->words + holder->wide, sizeof sets);
    int32_t hour = (int32_t)(uint32_t)point;
    bool added = set_add(partition, &sets[0], mix64(point >> 32));
    if (added && hour != HOUR_NONE)
        added = set_add(partition, &sets[1], mix64((uint64_t)floor_divide(hour, 24)));
    memcpy(partition->words + holder->wide, sets, sizeof sets);
    return added;
}

/* Once the points are no longer all there, cells and days get sets of their own. */
static bool widen(struct partition *partition, struct holder *holder, const uint64_t *points, size_t count)
{
    static_assert(2 * sizeof(struct value_set) <= WIDE_WORDS * sizeof(uint64_t), "room for two sets");
    if (!words_reserve(partition, WIDE_WORDS)) return false;
    holder->wide = words_take(partition, WIDE_WORDS);
    for (size_t i = 0; i < count; i++)
        if (!wide_add(partition, holder, unmix64(points[i]))) return false;
    return true;
}

static bool holder_add_fix(struct partition *partition, struct holder *holder, uint32_t cell, int64_t time_s)
{
    int32_t hour = time_s == TIME_NONE ? HOUR_NONE : (int32_t)floor_divide(time_s, 3600);
    uint64_t point = point_of(cell, hour);
    if (!holder->points.overflowed && holder->points.count == DISTINCT_EXACT_MAX) {
        uint64_t points[DISTINCT_EXACT_MAX];
        memcpy(points, partition->words + holder->points.at, sizeof points);
        if (!set_add(partition, &holder->points, mix64(point))) return false;
        if (holder->points.overflowed && !widen(partition, holder, points, DISTINCT_EXACT_MAX)) return false;
    } else if (!set_add(partition, &holder->points, mix64(point))) {
        return false;
    }
    if (holder->wide != 0 && !wide_add(partition, holder, point)) return false;
    holder->fixes++;
    if (time_s != TIME_NONE) holder->timed_fix = true;
    return true;
}

struct position_counts holder_positions(const struct partition *partition, const struct holder *holder)
{
    struct position_counts counts = {.points = set_count(partition, &holder->points)};
    if (holder->wide != 0) {
        struct value_set sets[2];
        memcpy(sets, partition->words + holder->wide, sizeof sets);
        counts.cells = set_count(partition, &sets[0]);
        counts.days = set_count(partition, &sets[1]);
        return counts;
    }
    uint64_t cells[DISTINCT_EXACT_MAX], days[DISTINCT_EXACT_MAX];
    for (size_t i = 0; i < holder->points.count; i++) {
        uint64_t point = unmix64(partition->words[holder->points.at + i]);
        uint64_t cell = point >> 32;
        int32_t hour = (int32_t)(uint32_t)point;
        uint64_t day = (uint64_t)floor_divide(hour, 24);
        size_t k = 0;
        while (k < counts.cells.count && cells[k] != cell) k++;
        if (k == counts.cells.count) cells[counts.cells.count++] = cell;
        if (hour == HOUR_NONE) continue;
        k = 0;
        while (k < counts.days.count && days[k] != day) k++;
        if (k == counts.days.count) days[counts.days.count++] = day;
    }
    return counts;
}

/* ------------------------------------------------------------------ holders and facts */

struct span holder_key(const struct partition *partition, const struct holder *holder)
{
    uint32_t length;
    memcpy(&length, partition->bytes + holder->key, sizeof length);
    return (struct span){partition->bytes + holder->key + sizeof length, length};
}

struct fact fact_read(const struct partition *partition, uint32_t at)
{
    const char *bytes = partition->bytes + at;
    struct fact fact = {.kind = (uint8_t)bytes[4],
                        .state = (uint8_t)bytes[5],
                        .packed_length = (uint8_t)bytes[6],
                        .packed = bytes + FACT_HEADER_BYTES};
    memcpy(&fact.next, bytes, sizeof fact.next);
    fact.grade = (enum grade)(fact.state & 3u);
    fact.sample = (fact.state & 4u) != 0;
    return fact;
}

/* identifier: [kind][state][length][packed] as it lies in the parcel. */
static bool holder_add_fact(struct partition *partition, struct holder *holder, const char *identifier)
{
    uint8_t length = (uint8_t)identifier[2];
    uint32_t at = holder->fact, last = 0;
    while (at != 0) {
        char *bytes = partition->bytes + at;
        if (bytes[4] == identifier[0] && (uint8_t)bytes[6] == length &&
            ((bytes[5] ^ identifier[1]) & ~3) == 0 &&
            memcmp(bytes + FACT_HEADER_BYTES, identifier + 3, length) == 0) {
            if ((identifier[1] & 3) > (bytes[5] & 3)) bytes[5] = identifier[1];
            return true;
        }
        last = at;
        memcpy(&at, bytes, sizeof at);
    }
    if (!bytes_reserve(partition, FACT_HEADER_BYTES + (size_t)length)) return false;
    uint32_t made = (uint32_t)partition->byte_count;
    char *bytes = partition->bytes + made;
    memset(bytes, 0, sizeof(uint32_t));
    memcpy(bytes + 4, identifier, 3 + (size_t)length);
    partition->byte_count += FACT_HEADER_BYTES + (size_t)length;
    if (last == 0) holder->fact = made;
    else memcpy(partition->bytes + last, &made, sizeof made);
    return true;
}

static bool index_grow(struct partition *partition)
{
    uint32_t size = partition->index == NULL ? INDEX_FIRST : (partition->index_mask + 1) * 2;
    uint32_t *index = calloc(size, sizeof *index);
    if (index == NULL) return false;
    for (uint32_t i = 0; i < partition->holder_count; i++) {
        uint32_t slot = partition->holders[i].hash & (size - 1);
        while (index[slot] != 0) slot = (slot + 1) & (size - 1);
        index[slot] = i + 1;
    }
    free(partition->index);
    partition->index = index;
    partition->index_mask = size - 1;
    return true;
}

static bool holders_grow(struct partition *partition)
{
    if (partition->holder_count < partition->holder_capacity) return true;
    uint32_t capacity = partition->holder_capacity + partition->holder_capacity / 4 + 16;
    struct holder *holders = realloc(partition->holders, capacity * sizeof *holders);
    if (holders == NULL) return false;
    partition->holders = holders;
    partition->holder_capacity = capacity;
    return true;
}

static struct holder *holder_make(struct partition *partition, const struct parcel *parcel,
                                  const char *key, uint32_t slot, uint32_t source_count)
{
    size_t mask_words = source_count > 64 ? (source_count + 63) / 64 : 0;
    if (!holders_grow(partition) || !bytes_reserve(partition, sizeof(uint32_t) + parcel->holder_length) ||
        !words_reserve(partition, mask_words))
        return NULL;
    struct holder *holder = &partition->holders[partition->holder_count++];
    partition->customer_count += parcel->holder_kind == HOLDER_CUSTOMER;
    *holder = (struct holder){.hash = parcel->hash,
                              .kind = parcel->holder_kind,
                              .key = (uint32_t)partition->byte_count,
                              .time_first = TIME_NONE,
                              .time_last = TIME_NONE,
                              .first = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    if (mask_words > 0) holder->sources = words_take(partition, mask_words);
    memcpy(partition->bytes + partition->byte_count, &parcel->holder_length, sizeof(uint32_t));
    memcpy(partition->bytes + partition->byte_count + sizeof(uint32_t), key, parcel->holder_length);
    partition->byte_count += sizeof(uint32_t) + parcel->holder_length;
    partition->index[slot] = partition->holder_count;
    return holder;
}

static struct holder *holder_find_or_make(struct partition *partition, const struct parcel *parcel,
                                          const char *key, uint32_t source_count)
{
    /* At most five slots of eight are taken. */
    if (partition->index == NULL || partition->holder_count >= (partition->index_mask + 1) / 8 * 5)
        if (!index_grow(partition)) return NULL;
    uint32_t slot = parcel->hash & partition->index_mask;
    while (partition->index[slot] != 0) {
        struct holder *holder = &partition->holders[partition->index[slot] - 1];
        if (holder->hash == parcel->hash && holder->kind == parcel->holder_kind) {
            struct span have = holder_key(partition, holder);
            if (have.len == parcel->holder_length && memcmp(have.at, key, have.len) == 0) return holder;
        }
        slot = (slot + 1) & partition->index_mask;
    }
    return holder_make(partition, parcel, key, slot, source_count);
}

static bool place_before(const struct place *a, const struct place *b)
{
    if (a->file != b->file) return a->file < b->file;
    if (a->piece != b->piece) return a->piece < b->piece;
    if (a->block != b->block) return a->block < b->block;
    return a->unit < b->unit;
}

static void holder_add_source(struct partition *partition, struct holder *holder, uint32_t source, uint32_t source_count)
{
    if (source_count <= 64) holder->sources |= UINT64_C(1) << source;
    else partition->words[holder->sources + source / 64] |= UINT64_C(1) << source % 64;
}

static bool parcel_apply(struct tally *tally, struct partition *partition, const struct parcel *parcel)
{
    const char *key = (const char *)(parcel + 1);
    struct holder *holder = holder_find_or_make(partition, parcel, key, tally->source_count);
    if (holder == NULL) return false;
    holder_add_source(partition, holder, parcel->source, tally->source_count);
    if (!parcel->record) return true;

    if (parcel->possible) holder->records_possible++, holder->basis_possible |= parcel->basis;
    else holder->records++, holder->basis |= parcel->basis;
    if (place_before(&parcel->place, &holder->first)) holder->first = parcel->place;
    if (parcel->time_s != TIME_NONE) {
        if (holder->time_first == TIME_NONE || parcel->time_s < holder->time_first) holder->time_first = parcel->time_s;
        if (holder->time_last == TIME_NONE || parcel->time_s > holder->time_last) holder->time_last = parcel->time_s;
    }
    const char *at = key + parcel->holder_length;
    for (uint32_t i = 0; i < parcel->identifier_count; i++) {
        if (!holder_add_fact(partition, holder, at)) return false;
        at += 3 + (uint8_t)at[2];
    }
    for (uint32_t i = 0; i < parcel->fix_count; i++, at += sizeof(uint32_t)) {
        uint32_t cell;
        memcpy(&cell, at, sizeof cell);
        if (!holder_add_fix(partition, holder, cell, parcel->time_s)) return false;
    }
    return true;
}

/* Fetches ahead what a batch will touch, in three steps that each need the one before. */
static void batch_prefetch(const struct partition *partition, const struct parcel *const *batch, size_t count)
{
    if (partition->index == NULL) return;
    for (size_t i = 0; i < count; i++) __builtin_prefetch(&partition->index[batch[i]->hash & partition->index_mask]);
    uint32_t found[BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        found[i] = partition->index[batch[i]->hash & partition->index_mask];
        if (found[i] == 0) continue;
        const char *holder = (const char *)&partition->holders[found[i] - 1];
        __builtin_prefetch(holder);
        __builtin_prefetch(holder + 64);
    }
    for (size_t i = 0; i < count; i++) {
        if (found[i] == 0) continue;
        const struct holder *holder = &partition->holders[found[i] - 1];
        __builtin_prefetch(partition->bytes + holder->key);
        __builtin_prefetch(partition->bytes + holder->key + 64);
        if (holder->points.allocated) __builtin_prefetch(partition->words + holder->points.at);
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
        batch_prefetch(partition, batch, count);
        for (size_t i = 0; i < count && applied; i++) applied = parcel_apply(tally, partition, batch[i]);
    }
    pthread_mutex_unlock(&partition->lock);
    return applied;
}

/* ------------------------------------------------------------------ writers */

static size_t parcel_bytes_max(const struct tally_unit *unit)
{
    return sizeof(struct parcel) + unit->holder.len + unit->identifier_count * (3 + IDENTIFIER_SIZE) +
           unit->fix_count * sizeof(uint32_t) + 8;
}

/* Writes the unit as a parcel to `to`, which has room, and returns its bytes. */
static uint32_t parcel_write(const struct tally_unit *unit, uint64_t hash, char *to)
{
    char *at = to + sizeof(struct parcel);
    memcpy(at, unit->holder.at, unit->holder.len);
    at += unit->holder.len;
    for (size_t i = 0; i < unit->identifier_count; i++) {
        const struct tally_identifier *identifier = &unit->identifiers[i];
        uint8_t packing;
        uint8_t length = identifier_pack(identifier->kind, identifier->canonical, identifier->length, at + 3, &packing);
        at[0] = (char)identifier->kind;
        at[1] = (char)fact_state((enum grade)identifier->grade, identifier->sample, packing);
        at[2] = (char)length;
        at += 3 + length;
    }
    memcpy(at, unit->cells, unit->fix_count * sizeof *unit->cells);
    at += unit->fix_count * sizeof *unit->cells;
    size_t bytes = ((size_t)(at - to) + 7) & ~(size_t)7;
    struct parcel parcel = {.bytes = (uint32_t)bytes,
                            .hash = (uint32_t)hash,
                            .source = unit->source,
                            .holder_length = (uint32_t)unit->holder.len,
                            .place = unit->place,
                            .time_s = unit->time_s,
                            .identifier_count = (uint32_t)unit->identifier_count,
                            .holder_kind = unit->holder_kind,
                            .basis = unit->basis,
                            .fix_count = (uint32_t)unit->fix_count,
                            .record = unit->record,
                            .possible = unit->possible};
    memcpy(to, &parcel, sizeof parcel);
    return parcel.bytes;
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
    if (!buffer_apply(writer->tally, (uint32_t)(hash >> 56), writer->large, bytes)) return no_memory(fault);
    return STATUS_OK;
}

enum status tally_add(struct tally_writer *writer, const struct tally_unit *unit, struct fault *fault)
{
    assert(unit->source < writer->tally->source_count);
    uint64_t hash = hash_bytes(unit->holder.at, unit->holder.len, writer->tally->seed + unit->holder_kind);
    size_t bytes_max = parcel_bytes_max(unit);
    if (bytes_max > BUFFER_BYTES) return add_large(writer, unit, hash, bytes_max, fault);
    struct buffer *buffer = &writer->buffers[hash >> 56];
    if (buffer->used + bytes_max > BUFFER_BYTES) {
        if (!buffer_apply(writer->tally, (uint32_t)(hash >> 56), buffer->bytes, buffer->used)) return no_memory(fault);
        buffer->used = 0;
    }
    buffer->used += parcel_write(unit, hash, buffer->bytes + buffer->used);
    return STATUS_OK;
}

enum status tally_flush(struct tally_writer *writer, struct fault *fault)
{
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct buffer *buffer = &writer->buffers[i];
        if (buffer->used > 0 && !buffer_apply(writer->tally, i, buffer->bytes, buffer->used)) return no_memory(fault);
        buffer->used = 0;
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
    for (size_t i = 0; i < PARTITIONS; i++) {
        struct partition *partition = &made->partitions[i];
        pthread_mutex_init(&partition->lock, NULL);
        /* Place 0 of bytes and words means "none". */
        if (!bytes_reserve(partition, 8) || !words_reserve(partition, 1)) {
            tally_close(made);
            *tally = NULL;
            return no_memory(fault);
        }
        partition->byte_count = 8;
        partition->word_count = 1;
    }
    return STATUS_OK;
}

void tally_close(struct tally *tally)
{
    if (tally == NULL) return;
    for (size_t i = 0; i < PARTITIONS; i++) {
        struct partition *partition = &tally->partitions[i];
        pthread_mutex_destroy(&partition->lock);
        free(partition->index);
        free(partition->holders);
        free(partition->bytes);
        free(partition->words);
    }
    free(tally);
}
