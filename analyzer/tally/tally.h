/* Adds up what units showed, per holder, with exact keys.
 *
 * Shape    unit (holder, identifiers, cells, time, place) -> tally_add -> partitions of holders
 * How      holders are split into PARTITIONS by hash. A thread collects units per partition and
 *          applies a full buffer at once, under that partition's lock and with its memory fetched
 *          ahead. One table instead of one a thread: half the memory on two threads, no merge at
 *          the end. Every operation commutes (sums, extremes, unions), so order never shows.
 * Sets     cells, points and days are kept as the DISTINCT_EXACT_MAX smallest values of a bijection:
 *          exact up to there, an estimate above (k minimum values, Bar-Yossef et al. 2002); of a holder of more points whole
 *          vehicle days, chosen in the same way (positions.h)
 * Memory   about 195 bytes a customer with four identifiers and two points, its slot in the index included
 * Owns     everything; units are copied
 * Threads  tally_add on one tally_writer a thread; the rest after all writers are closed
 */
#ifndef TALLY_H
#define TALLY_H

#include "../../detectors/packed.h"
#include "../evidence/source_sets.h"
#include "../support/fault.h"

/* Whom units are booked on: a customer; nobody yet, by what all of the unit's identifiers are (holder_set.h); else the
 * kind of an identifier. */
enum { HOLDER_CUSTOMER = 255, HOLDER_SET = 253 };

/* Where a unit stands; the order of all places is (file, piece, block, unit), of two pieces of a file that of place_order. */
enum { PLACE_PIECES_MAX = (1 << 24) - 1 };

struct place {
    uint32_t file;  /* index of the file in the ledger */
    uint32_t piece; /* 0, or the number of a member or residue within the file, in the order in which they stand there */
    uint32_t block;
    uint32_t unit;  /* within the block, from 0 */
};

/* Which of two pieces of a file comes first: the file itself before all in it, these by their paths, which are the ledger's. */
struct place_order {
    bool (*before)(const void *context, uint32_t file, uint32_t a, uint32_t b);
    const void *context;
};

/* order: NULL for that of numbers. */
static inline bool piece_before(const struct place_order *order, uint32_t file, uint32_t a, uint32_t b)
{
    return order == NULL || a == 0 || b == 0 || a == b ? a < b : order->before(order->context, file, a, b);
}

/* An identifier as holders keep it, byte by byte: packed.h tells the forms. */
struct tally_identifier {
    uint8_t kind;   /* enum kind */
    uint8_t state;  /* grade (POSSIBLE and better), sample and packing */
    uint8_t length; /* of what is packed */
    char packed[IDENTIFIER_SIZE];
};

enum { FACT_HEADER_BYTES = 3, FACT_GRADE_BITS = 3, FACT_SAMPLE_BIT = 4, FACT_PACKING_SHIFT = 3 };

static inline enum grade fact_grade(uint8_t state)
{
    return (enum grade)(state & FACT_GRADE_BITS);
}

static inline void tally_identifier_set(struct tally_identifier *identifier, enum kind kind,
                                        const struct verdict *verdict)
{
    identifier->kind = (uint8_t)kind;
    identifier->state = (uint8_t)((unsigned)verdict->grade | (verdict->sample ? FACT_SAMPLE_BIT : 0u) |
                                  (unsigned)verdict->packing << FACT_PACKING_SHIFT);
    identifier->length = verdict->length;
    /* Word by word, as checks write it, so that no load waits for two stores. */
    __builtin_memcpy(identifier->packed, verdict->packed, 8);
    __builtin_memcpy(identifier->packed + 8, verdict->packed + 8, 8);
    if (verdict->length > 16) __builtin_memcpy(identifier->packed, verdict->packed, sizeof identifier->packed);
}

struct refused_marks;

/* Values that somebody has on a list of his own: no check refuses or doubts them. Handed in. */
struct known_values {
    bool (*has)(const void *context, const struct tally_identifier *identifier); /* NULL: there is no list */
    const void *context;
    const struct refused_marks *marks; /* of those that a check might refuse or doubt */
};

/* Writes the canonical form with its final NUL and returns its length. */
static inline size_t tally_identifier_text(const struct tally_identifier *identifier, char canonical[IDENTIFIER_SIZE])
{
    return identifier_unpack(identifier->state >> FACT_PACKING_SHIFT & 3, identifier->packed, identifier->length, canonical);
}

struct tally_unit {
    uint8_t holder_kind;  /* HOLDER_CUSTOMER, HOLDER_SET or an enum kind */
    struct span holder;   /* customer ID, key of a set, or canonical identifier */
    bool record;          /* false: the unit only names the customer */
    bool possible;        /* a T3 link: counted apart */
    uint8_t basis;        /* BASIS_ bits of resolve.h */
    uint32_t source;      /* or the number of a set of several */
    struct place place;
    int64_t time_s;       /* event time, TIME_NONE for none */
    const struct tally_identifier *identifiers;
    size_t identifier_count;
    const uint32_t *cells; /* one per fix: tally_cell, with CELL_PRECISE of positions.h */
    size_t fix_count;
};

struct tally;
struct tally_writer;

MUST_USE enum status tally_open(uint32_t source_count, struct tally **tally, struct fault *fault);
void tally_close(struct tally *tally); /* accepts NULL */
/* Says what the numbers of several sources stand for. Before the first unit; lent while the tally lives. */
void tally_set_sources(struct tally *tally, const struct source_sets *sets);
/* By which hash of their keys customers are found, and lie in partitions: hash_short with this seed; a seed of its own without. Before the
 * first unit. Who has a table by the same hash then meets it in its order while he goes through partitions. */
void tally_set_customer_seed(struct tally *tally, uint64_t seed);
/* In which zone vehicle days begin, seconds east of UTC; UTC without. Before the first unit. */
void tally_set_zone(struct tally *tally, int32_t offset_s);
/* What tally_set_sources is for sources, for the order of pieces; from any thread that adds units. */
void tally_set_order(struct tally *tally, const struct place_order *order);

MUST_USE enum status tally_writer_open(struct tally *tally, struct tally_writer **writer, struct fault *fault);
/* Copies the unit. Fails FATAL: no memory. */
MUST_USE enum status tally_add(struct tally_writer *writer, const struct tally_unit *unit, struct fault *fault);
/* Applies what is still buffered, and what waits in holders. Fails FATAL: no memory. */
MUST_USE enum status tally_flush(struct tally_writer *writer, struct fault *fault);
void tally_writer_close(struct tally_writer *writer); /* accepts NULL */

/* Empties it: no holders, no memory but what is kept for the next ones. Nothing may be waiting in writers. */
void tally_clear(struct tally *tally);

/* What the counts take in memory by now, without what waits in writers. */
size_t tally_bytes(const struct tally *tally);

/* Cell of a position: 30 seconds of latitude by 45 of longitude (notification, 2.8). */
static inline uint32_t tally_cell(int32_t latitude_e7, int32_t longitude_e7)
{
    uint64_t row = (uint64_t)((int64_t)latitude_e7 + 900000000) * 120 / 10000000;
    uint64_t column = (uint64_t)((int64_t)longitude_e7 + 1800000000) * 80 / 10000000;
    return (uint32_t)(row << 15 | column); /* 21,600 rows, 28,800 columns */
}

#endif
