#include "digest_desk.h"

#include <stdlib.h>

enum {
    KEPT_BITS = DIGEST_BYTES * 8,
    FIRST_BITS = 12, /* as many buckets as the nearest caches have room for, with a line and a counter each */
    STEP_BITS = 8,
    BUCKETS = 1 << STEP_BITS,
    FEW = 16
};

enum status desk_open(size_t records_max, struct desk **desk, struct fault *fault)
{
    *desk = calloc(1, sizeof **desk);
    if (*desk == NULL) return fault_set(fault, STATUS_FATAL, "no memory to count records");
    /* What is counted in 32 bits must fit them. */
    (*desk)->records_max = records_max < UINT32_MAX ? records_max : UINT32_MAX;
    return STATUS_OK;
}

void desk_close(struct desk *desk)
{
    if (desk == NULL) return;
    free(desk->records);
    free(desk->blocks);
    free(desk);
}

enum status desk_fit(struct desk *desk, size_t block_count, size_t record_count, struct fault *fault)
{
    desk->block_count = desk->record_count = 0;
    if (block_count > desk->block_capacity) {
        free(desk->blocks);
        desk->blocks = malloc(block_count * sizeof *desk->blocks);
        desk->block_capacity = desk->blocks != NULL ? block_count : 0;
    }
    if (record_count > desk->record_capacity) {
        /* A little more, so that the next, slightly larger, touches no new memory. */
        size_t capacity = record_count + record_count / 8;
        if (capacity > desk->records_max) capacity = desk->records_max;
        free(desk->records);
        desk->records = malloc(capacity * sizeof *desk->records);
        desk->record_capacity = desk->records != NULL ? capacity : 0;
    }
    if (block_count > desk->block_capacity || record_count > desk->record_capacity)
        return fault_set(fault, STATUS_FATAL, "no memory to count records");
    return STATUS_OK;
}

void desk_add(struct desk *desk, const void *at, size_t count)
{
    desk->blocks[desk->block_count++] = (struct digest_block){at, count};
    desk->record_count += count;
}

/* `bits` of a record from its bit `from` on, the top one being bit 0. Never across the two halves. */
static size_t digit(struct digest record, unsigned from, unsigned bits)
{
    uint64_t half = from < 64 ? record.high << from : record.low << (from - 64);
    return (size_t)(half >> (64 - bits));
}

/* So many that a bucket gets four to eight records, if they are well mixed. */
static unsigned bits_for(size_t count, unsigned from, unsigned most)
{
    unsigned left = from < 64 ? 64 - from : KEPT_BITS - from, bits = 1;
    if (most > left) most = left;
    while (bits < most && count >> (bits + 3) != 0) bits++;
    return bits;
}

/* Puts every record into the bucket of its digit, in place (American flag sort). */
static void spread(struct digest *records, size_t count, unsigned from, unsigned bits, uint32_t *starts)
{
    uint32_t next[BUCKETS];
    size_t buckets = (size_t)1 << bits;
    memset(starts, 0, (buckets + 1) * sizeof *starts);
    for (size_t i = 0; i < count; i++) starts[digit(records[i], from, bits) + 1]++;
    for (size_t b = 0; b < buckets; b++) starts[b + 1] += starts[b];
    memcpy(next, starts, buckets * sizeof *next);
    for (size_t b = 0; b < buckets; b++) {
        while (next[b] < starts[b + 1]) {
            struct digest moving = records[next[b]];
            for (size_t to; (to = digit(moving, from, bits)) != b;) {
                struct digest there = records[next[to]];
                records[next[to]++] = moving;
                moving = there;
            }
            records[next[b]++] = moving;
        }
    }
}

static size_t count_few(const struct digest *records, size_t count)
{
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++) seen |= digests_equal(records[i], records[k]);
        distinct += !seen;
    }
    return distinct;
}

/* Of records that are equal up to bit `from`, in no order. */
static size_t count_distinct(struct digest *records, size_t count, unsigned from)
{
    if (count <= FEW) return count_few(records, count);
    if (from >= KEPT_BITS) return 1;
    size_t distinct = 0;
    uint32_t starts[BUCKETS + 1];
    unsigned bits = bits_for(count, from, STEP_BITS);
    spread(records, count, from, bits, starts);
    for (size_t b = 0; b < (size_t)1 << bits; b++)
        distinct += count_distinct(records + starts[b], starts[b + 1] - starts[b], from + bits);
    return distinct;
}

static void insertion_sort(struct digest *records, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct digest moving = records[i];
        size_t k = i;
        for (; k > 0 && digest_before(moving, records[k - 1]); k--) records[k] = records[k - 1];
        records[k] = moving;
    }
}

/* Each record goes where the number of those before it says, without a step that hangs on which of two is the first: that would be guessed
 * wrong every other time. Upper halves alone are compared, and where two of them are equal all is sorted once more. */
static void sort_few(struct digest *records, size_t count)
{
    struct digest sorted[FEW];
    unsigned before[FEW] = {0};
    bool equal = false;
    for (size_t i = 1; i < count; i++) {
        uint64_t high = records[i].high;
        unsigned rank = 0;
        for (size_t k = 0; k < i; k++) {
            unsigned later = records[k].high > high;
            equal |= records[k].high == high;
            before[k] += later;
            rank += !later;
        }
        before[i] = rank;
    }
    for (size_t i = 0; i < count; i++) sorted[before[i]] = records[i];
    memcpy(records, sorted, count * sizeof *records);
    if (equal) insertion_sort(records, count);
}

static void sort_records(struct digest *records, size_t count, unsigned from)
{
    if (count <= FEW) {
        if (count > 1) sort_few(records, count);
        return;
    }
    if (from >= KEPT_BITS) return;
    uint32_t starts[BUCKETS + 1];
    unsigned bits = bits_for(count, from, STEP_BITS);
    spread(records, count, from, bits, starts);
    for (size_t b = 0; b < (size_t)1 << bits; b++)
        sort_records(records + starts[b], starts[b + 1] - starts[b], from + bits);
}

static size_t make_single(struct digest *records, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !digests_equal(records[kept - 1], records[i])) records[kept++] = records[i];
    return kept;
}

/* Copies the blocks' digests to the desk, into the bucket of their first bits. starts has a place for each bucket and
 * one more. */
static unsigned desk_spread(struct desk *desk, uint32_t *starts)
{
    uint32_t next[1 << FIRST_BITS];
    unsigned bits = bits_for(desk->record_count, 0, FIRST_BITS);
    size_t buckets = (size_t)1 << bits;
    memset(starts, 0, (buckets + 1) * sizeof *starts);
    for (const struct digest_block *block = desk->blocks; block < desk->blocks + desk->block_count; block++)
        for (size_t i = 0; i < block->count; i++) {
            uint64_t first;
            memcpy(&first, block->at + i * DIGEST_BYTES, sizeof first);
            starts[(first >> (64 - bits)) + 1]++;
        }
    for (size_t b = 0; b < buckets; b++) starts[b + 1] += starts[b];
    memcpy(next, starts, buckets * sizeof *next);
    for (const struct digest_block *block = desk->blocks; block < desk->blocks + desk->block_count; block++)
        for (size_t i = 0; i < block->count; i++) {
            struct digest record = digest_unpack(block->at + i * DIGEST_BYTES);
            desk->records[next[record.high >> (64 - bits)]++] = record;
        }
    return bits;
}

size_t desk_count(struct desk *desk)
{
    uint32_t starts[(1 << FIRST_BITS) + 1];
    size_t distinct = 0;
    if (desk->record_count == 0) return 0;
    unsigned bits = desk_spread(desk, starts);
    for (size_t b = 0; b < (size_t)1 << bits; b++)
        distinct += count_distinct(desk->records + starts[b], starts[b + 1] - starts[b], bits);
    return distinct;
}

void desk_sort(struct desk *desk)
{
    uint32_t starts[(1 << FIRST_BITS) + 1];
    if (desk->record_count == 0) return;
    unsigned bits = desk_spread(desk, starts);
    for (size_t b = 0; b < (size_t)1 << bits; b++)
        sort_records(desk->records + starts[b], starts[b + 1] - starts[b], bits);
    desk->record_count = make_single(desk->records, desk->record_count);
}

/* In place: a packed digest never reaches what is not packed yet. */
const unsigned char *desk_pack(struct desk *desk)
{
    unsigned char *packed = (unsigned char *)desk->records;
    for (size_t i = 0; i < desk->record_count; i++) {
        struct digest record = desk->records[i];
        digest_pack(packed + i * DIGEST_BYTES, record);
    }
    return packed;
}
