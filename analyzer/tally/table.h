/* The inside of a tally, for those who read it out: partitions, holders, facts, sets.
 *
 * Shape    partition: index -> holders; all in one region, found by place
 *
 *     holder.blob ------> [key length u32][key][fact][fact] ...
 *     fact                [kind][state][length][packed canonical], then struct place if FACT_PLACED: where it was
 *                         first read; without, that is the holder's own first place; then struct fact_counts if
 *                         FACT_COUNTED: in how many records it was, and when; without, in all of the holder's
 *     holder.points.at -> points (positions.h), ascending
 *
 * Most holders are three cache lines side by side: the holder itself, its blob with the key and all facts, its points. Where the
 * blob grows, the points move away from there, and leave it their room; where it grows by more, it moves: tables of pages are
 * what a look into the region waits for.
 * Points of a holder that has many wait in its holder_extra, until there are some or a writer is flushed.
 */
#ifndef TABLE_H
#define TABLE_H

#include <pthread.h>

#include "../support/hash.h"
#include "positions.h"
#include "region.h"
#include "resolve.h"
#include "tally.h"

enum { PARTITIONS = 64, GIVEN_SIZES = 33 /* up to 512 bytes */, HOLDERS_PER_LIST = 256, HOLDER_LIST_WORDS = HOLDERS_PER_LIST + HOLDERS_PER_LIST / 32, BLOB_HEADER_BYTES = 4 };

/* The smallest of all values added, ascending: DISTINCT_EXACT_MAX, of nights and hours TIMES_KEPT_MAX. */
struct value_set {
    uint32_t at;
    uint8_t count;
    uint8_t capacity_class; /* room for 2 << capacity_class values */
    bool allocated;
    bool overflowed; /* a value beyond these was seen */
};

/* What few holders need. */
struct holder_extra {
    struct value_set cells, days, nights, hours; /* once points overflowed */
    uint64_t records_carried, fixes_carried; /* what does not fit the holder's own 32 bits */
    uint64_t records_possible;
    uint32_t fact_index;               /* offsets of facts in the blob by hash, once there are many */
    uint32_t fact_index_mask, fact_count;
    uint32_t waiting;                  /* once wide: points that are to be added yet */
    uint32_t next_waiting;             /* if listed: place of the next holder of the partition with points that wait, 0: none */
    uint8_t waiting_count;
    bool listed;                       /* some may wait */
    uint8_t basis_possible;
    bool wide;                         /* cells, days, nights and hours are kept */
};

struct holder {
    uint32_t blob, blob_used;
    uint32_t records, fixes; /* low parts: see holder_extra */
    uint32_t time_first, time_last; /* seconds since 1970; first > last: none */
    uint64_t sources; /* a mask, or with over 64 sources the place of a mask */
    struct value_set points;
    uint32_t extra; /* place of a holder_extra; 0: none */
    uint32_t file, block, unit; /* first place */
    uint16_t piece;
    uint8_t kind;
    uint8_t basis;
    bool timed_fix : 1;
    bool counted : 1;  /* all its facts have counts of their own, and those to come: there are many */
    bool numbered : 1; /* loaded from an entry: its place has the unit's number, see holder_entry.h */
    uint8_t piece_high; /* with piece: see holder_piece */
    uint16_t blob_room; /* steps of REGION_STEP, or with BLOB_LARGE set of BLOB_LARGE_STEP */
};

/* The piece of the first place. */
static inline uint32_t holder_piece(const struct holder *holder)
{
    return (uint32_t)holder->piece_high << 16 | holder->piece;
}

enum { BLOB_LARGE = 0x8000, BLOB_LARGE_STEP = 64 * 1024 };

/* The hash stands beside the place, so that a look past other holders touches none of them. */
struct slot {
    uint32_t hash;
    uint32_t holder; /* its place; 0: free */
};

struct partition {
    pthread_mutex_t lock;
    struct slot *index; /* in the region, too: on small pages half of all looks would wait for the tables of pages */
    uint32_t index_mask;
    uint32_t holder_count;
    uint32_t customer_count; /* named ones, with a record or without */
    uint32_t set_count;      /* of those sets that units made: partition_sets */
    uint64_t fact_count;
    uint32_t *holder_lists; /* places of lists of HOLDERS_PER_LIST places of holders each, and a bit for each: see partition_sets */
    uint32_t holder_list_capacity;
    uint32_t chunk, chunk_used, chunk_room; /* where holders, blobs and sets are put: place, bytes, bytes */
    uint32_t spare, spare_room; /* the same, for when the chunk is full: place, bytes (0: none) */
    uint32_t given[GIVEN_SIZES]; /* the first of those given back, by steps of REGION_STEP; its first four bytes are the next */
    uint64_t given_sizes;        /* a bit for each size of which there is one */
    uint32_t given_steps;        /* all of them together */
    uint32_t first_waiting;      /* place of a holder with points that wait, 0: none */
};

struct tally {
    uint64_t seed;
    uint32_t source_count;
    const struct source_sets *source_sets; /* NULL: every number is a source */
    const struct place_order *order;       /* NULL: that of numbers */
    uint32_t file_count; /* of what is loaded: places beyond are damage; 0: not known */
    struct vehicle_days days;
    struct region region;
    struct partition partitions[PARTITIONS];
};

/* One identifier of one holder. */
struct fact {
    uint8_t kind;
    uint8_t state; /* as stored: grade, sample and packing */
    uint8_t packed_length;
    const char *packed;
};

enum {
    FACT_PACKING_BITS = 3,
    FACT_PLACED = 0x20,
    FACT_SEEN = 0x40, /* while a record is added that comes before the holder's first */
    FACT_COUNTED = 0x80
};

/* Of a fact that may not be in all records of its holder: in how many it is, and from when to when. */
struct fact_counts {
    uint32_t records;               /* the lower 32 bits */
    uint32_t time_first, time_last; /* seconds since 1970; first > last: none */
    uint16_t records_carried;       /* the next 16 */
};
enum { FACT_COUNTS_BYTES = 14 }; /* as they stand in the blob */

static inline struct fact fact_read(const char *at)
{
    return (struct fact){(uint8_t)at[0], (uint8_t)at[1], (uint8_t)at[2], at + FACT_HEADER_BYTES};
}

static inline bool fact_is_placed(const char *at)
{
    return ((uint8_t)at[1] & FACT_PLACED) != 0;
}

static inline bool fact_is_counted(const char *at)
{
    return ((uint8_t)at[1] & FACT_COUNTED) != 0;
}

/* Without branches: which facts are placed and counted nobody could guess. */
static inline size_t fact_bytes(const char *at)
{
    return FACT_HEADER_BYTES + (size_t)(uint8_t)at[2] + sizeof(struct place) * fact_is_placed(at) + FACT_COUNTS_BYTES * (size_t)fact_is_counted(at);
}

static inline const char *fact_after(const char *at)
{
    return at + fact_bytes(at);
}

/* Of a fact that is placed. */
static inline struct place fact_place(const char *at)
{
    struct place place;
    __builtin_memcpy(&place, at + FACT_HEADER_BYTES + (uint8_t)at[2], sizeof place);
    return place;
}

/* Of a fact that is counted: where its counts stand. */
static inline size_t fact_counts_offset(const char *at)
{
    return FACT_HEADER_BYTES + (size_t)(uint8_t)at[2] + (fact_is_placed(at) ? sizeof(struct place) : 0);
}

static inline struct fact_counts fact_counts_read(const char *at)
{
    struct fact_counts counts;
    __builtin_memcpy(&counts, at + fact_counts_offset(at), FACT_COUNTS_BYTES);
    return counts;
}

static inline uint8_t fact_packing(uint8_t state)
{
    return state >> FACT_PACKING_SHIFT & FACT_PACKING_BITS;
}

static inline bool place_before(const struct place_order *order, const struct place *a, const struct place *b)
{
    return a->file != b->file     ? a->file < b->file
           : a->piece != b->piece ? piece_before(order, a->file, a->piece, b->piece)
           : a->block != b->block ? a->block < b->block
                                  : a->unit < b->unit;
}

static inline struct span holder_key(const struct tally *tally, const struct holder *holder)
{
    const char *blob = region_at(&tally->region, holder->blob);
    uint32_t length;
    __builtin_memcpy(&length, blob, sizeof length);
    return (struct span){blob + BLOB_HEADER_BYTES, length};
}

/* The facts of a holder: from here to facts_end, step by step with fact_after. */
static inline const char *facts_begin(const struct tally *tally, const struct holder *holder)
{
    struct span key = holder_key(tally, holder);
    return key.at + key.len;
}

static inline const char *facts_end(const struct tally *tally, const struct holder *holder)
{
    return (const char *)region_at(&tally->region, holder->blob) + holder->blob_used;
}

/* What is rare stands apart; NULL: all of it is zero. */
static inline const struct holder_extra *holder_extra(const struct tally *tally, const struct holder *holder)
{
    return holder->extra == 0 ? NULL : region_at(&tally->region, holder->extra);
}

static inline uint64_t holder_records(const struct tally *tally, const struct holder *holder)
{
    return holder->records + (holder->extra == 0 ? 0 : holder_extra(tally, holder)->records_carried);
}

static inline uint64_t holder_fixes(const struct tally *tally, const struct holder *holder)
{
    return holder->fixes + (holder->extra == 0 ? 0 : holder_extra(tally, holder)->fixes_carried);
}

/* All records with the holder's facts: those booked on it, and possible ones. */
static inline uint64_t holder_records_all(const struct tally *tally, const struct holder *holder)
{
    return holder_records(tally, holder) + (holder->extra == 0 ? 0 : holder_extra(tally, holder)->records_possible);
}

/* Holder number i of a partition, in the order in which they were made. */
static inline struct holder *partition_holder(const struct tally *tally, const struct partition *partition, uint32_t i)
{
    const uint32_t *places = region_at(&tally->region, partition->holder_lists[i / HOLDERS_PER_LIST]);
    return region_at(&tally->region, places[i % HOLDERS_PER_LIST]);
}

/* Which of the 32 holders from number i on, a multiple of 32, are sets that units made: so a few are found without a look at all others. */
static inline uint32_t partition_sets(const struct tally *tally, const struct partition *partition, uint32_t i)
{
    const uint32_t *places = region_at(&tally->region, partition->holder_lists[i / HOLDERS_PER_LIST]);
    return places[HOLDERS_PER_LIST + i % HOLDERS_PER_LIST / 32];
}

/* Of a holder by its place: no two have one. */
static inline size_t holder_number(const struct tally *tally, const struct holder *holder)
{
    return region_place(&tally->region, holder) / (sizeof(struct holder) / REGION_STEP);
}

/* One more than the highest number so far. */
static inline size_t holder_number_end(struct tally *tally)
{
    return atomic_load(&tally->region.used) / sizeof(struct holder) + 1;
}

/* Whether len bytes are equal: keys and facts are short, so a call would cost more than the comparison. */
static inline bool bytes_equal(const char *a, const char *b, size_t len)
{
    uint64_t x, y;
    if (len >= 8 && len <= 16) { /* most: two words that may overlap */
        uint64_t v, w;
        __builtin_memcpy(&x, a, 8);
        __builtin_memcpy(&y, b, 8);
        __builtin_memcpy(&v, a + len - 8, 8);
        __builtin_memcpy(&w, b + len - 8, 8);
        return ((x ^ y) | (v ^ w)) == 0;
    }
    for (; len > 8; a += 8, b += 8, len -= 8) {
        __builtin_memcpy(&x, a, 8);
        __builtin_memcpy(&y, b, 8);
        if (x != y) return false;
    }
    uint64_t differing = 0;
    if (len == 8) {
        __builtin_memcpy(&x, a, 8);
        __builtin_memcpy(&y, b, 8);
        differing = x ^ y;
    } else if (len >= 4) {
        uint32_t v, w;
        __builtin_memcpy(&v, a, 4);
        __builtin_memcpy(&w, b, 4);
        differing = v ^ w;
        __builtin_memcpy(&v, a + len - 4, 4);
        __builtin_memcpy(&w, b + len - 4, 4);
        differing |= v ^ w;
    } else {
        for (size_t i = 0; i < len; i++) differing |= (uint64_t)(a[i] ^ b[i]);
    }
    return differing == 0;
}

/* memcpy for what is mostly short: two copies that may overlap, and no call. */
static inline void bytes_copy(char *to, const char *from, size_t len)
{
    if (len > 32 || len < 4) {
        if (len > 32) __builtin_memcpy(to, from, len);
        else for (size_t i = 0; i < len; i++) to[i] = from[i];
    } else if (len >= 16) {
        char first[16], last[16];
        __builtin_memcpy(first, from, 16);
        __builtin_memcpy(last, from + len - 16, 16);
        __builtin_memcpy(to, first, 16);
        __builtin_memcpy(to + len - 16, last, 16);
    } else if (len >= 8) {
        uint64_t first, last;
        __builtin_memcpy(&first, from, 8);
        __builtin_memcpy(&last, from + len - 8, 8);
        __builtin_memcpy(to, &first, 8);
        __builtin_memcpy(to + len - 8, &last, 8);
    } else {
        uint32_t first, last;
        __builtin_memcpy(&first, from, 4);
        __builtin_memcpy(&last, from + len - 4, 4);
        __builtin_memcpy(to, &first, 4);
        __builtin_memcpy(to + len - 4, &last, 4);
    }
}

/* hash_bytes, quicker for up to 16 bytes: these are read as two words that may overlap. */
static inline uint64_t hash_short(const char *bytes, size_t len, uint64_t seed)
{
    static const uint64_t odd1 = UINT64_C(0xd6e8feb86659fd93), odd2 = UINT64_C(0xa0761d6478bd642f);
    uint64_t first = 0, last = 0;
    if (len > 16) return hash_bytes(bytes, len, seed);
    if (len >= 8) {
        __builtin_memcpy(&first, bytes, 8);
        __builtin_memcpy(&last, bytes + len - 8, 8);
    } else if (len >= 4) {
        uint32_t low, high;
        __builtin_memcpy(&low, bytes, 4);
        __builtin_memcpy(&high, bytes + len - 4, 4);
        first = low;
        last = high;
    } else if (len > 0) {
        first = (unsigned char)bytes[0];
        last = (uint64_t)(unsigned char)bytes[len / 2] << 8 | (unsigned char)bytes[len - 1];
    }
    return hash_fold(hash_fold(first ^ odd1, last ^ seed) ^ odd2, seed ^ len ^ odd1);
}

/* Bytes of the partition's own, with anything in them, and what is to be used no longer; 0: no memory. Fresh ones are behind those
 * that were taken fresh before, wherever there is room. */
uint32_t partition_take_fresh(struct tally *tally, struct partition *partition, size_t bytes);
uint32_t partition_take(struct tally *tally, struct partition *partition, size_t bytes);
uint32_t partition_take_zeros(struct tally *tally, struct partition *partition, size_t bytes);
void partition_give(struct tally *tally, struct partition *partition, uint32_t place, size_t bytes);
/* A holder at its end. */
uint32_t partition_holder_take(struct tally *tally, struct partition *partition);

/* The holder of that kind and key; NULL where there is none. *partition is where it is, or would be. */
struct holder *tally_find(struct tally *tally, uint8_t kind, struct span key, struct partition **partition);

/* What a blob for so many bytes takes; *code says it in 16 bits. 0: too much. */
size_t blob_size(size_t bytes, uint16_t *code);

/* Counts of a holder's positions, and what they show. */
struct position_counts {
    struct distinct points, cells, days;
    struct location_level level;
    bool level_sampled; /* it is that of some of the days */
};
void holder_positions(const struct tally *tally, const struct holder *holder, struct position_counts *counts);

#endif
