/* The inside of a tally, for those who read it out: partitions, holders, facts, sets.
 *
 * Shape    partition: index -> holders; bytes (keys and facts), words (sets)
 *
 *     holder.key  --> bytes: [length u32][key]
 *     holder.fact --> bytes: [next u32][kind][state][length][packed canonical] --> next ...
 *     holder.points.at --> words: mixed values, ascending
 */
#ifndef TABLE_H
#define TABLE_H

#include <pthread.h>

#include "resolve.h"
#include "tally.h"

enum { PARTITIONS = 256, SET_CLASSES = 7 };

/* The smallest DISTINCT_EXACT_MAX of all values added, ascending, in partition.words. */
struct value_set {
    uint32_t at;
    uint8_t count;
    uint8_t capacity_class; /* room for 1 << capacity_class values */
    bool allocated;
    bool overflowed; /* a value beyond DISTINCT_EXACT_MAX was seen */
};

struct holder {
    uint32_t hash;
    uint32_t key;
    uint32_t fact; /* 0: none */
    uint32_t wide; /* cells and days, once points overflowed: two sets in words; 0: none */
    uint64_t records, records_possible, fixes;
    int64_t time_first, time_last;
    uint64_t sources; /* a mask, or with over 64 sources the place of a mask in words */
    struct value_set points;
    struct place first;
    uint8_t kind;
    uint8_t basis, basis_possible;
    bool timed_fix;
};

struct partition {
    pthread_mutex_t lock;
    uint32_t *index; /* holder number + 1; 0: free */
    uint32_t index_mask;
    struct holder *holders;
    uint32_t holder_count, holder_capacity;
    uint32_t customer_count; /* named ones, with a record or without */
    char *bytes;
    size_t byte_count, byte_capacity;
    uint64_t *words;
    size_t word_count, word_capacity;
    uint32_t free_sets[SET_CLASSES]; /* first free set of a class, 0: none; its first word is the next */
};

struct tally {
    uint64_t seed;
    uint32_t source_count;
    struct partition partitions[PARTITIONS];
};

/* One identifier of one holder. */
struct fact {
    uint32_t next;
    uint8_t kind;
    enum grade grade;
    bool sample;
    uint8_t state; /* as stored: grade, sample and packing */
    const char *packed;
    uint8_t packed_length;
};

enum { FACT_HEADER_BYTES = 7 };

struct fact fact_read(const struct partition *partition, uint32_t at);
struct span holder_key(const struct partition *partition, const struct holder *holder);

/* Packs a canonical form: digits by nibbles, MACs as six bytes, others as they are. Returns the
 * length; *packing tells the forms apart. out has room for IDENTIFIER_SIZE. */
enum { PACKING_TEXT, PACKING_DIGITS, PACKING_MAC };
uint8_t identifier_pack(uint8_t kind, const char *canonical, size_t length, char *out, uint8_t *packing);

/* Counts of a holder's positions. */
struct position_counts {
    struct distinct points, cells, days;
};
struct position_counts holder_positions(const struct partition *partition, const struct holder *holder);

#endif
