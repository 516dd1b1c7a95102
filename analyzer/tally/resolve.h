/* From the tally to what reports say: customers in order, and totals.
 *
 * Shape    tally -> resolve -> rows by index, totals; reports read nothing else
 * Threads  resolve() and resolved_part_open work on all threads; rows of an open part may be read by any thread
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "../../detectors/detectors.h"
#include "../evidence/walk.h"
#include "../support/fault.h"
#include "field_sums.h"

enum tier { TIER_T1 = 1, TIER_T2, TIER_T3 };

/* How records were linked; written in this order, joined by '+'. */
enum { BASIS_FIELD = 1, BASIS_PARENT = 2, BASIS_PATH = 4, BASIS_ROSTER = 8, BASIS_LINK = 16 };

#define TIME_NONE INT64_MIN

/* A distinct count: exact up to DISTINCT_EXACT_MAX, above that an estimate, written ~N. */
enum { DISTINCT_EXACT_MAX = 64 };
struct distinct { uint64_t count; bool estimated; };

enum { CUSTOMER_SOURCES_INLINE = 64, SOURCES_PAIRED_MAX = 64 };

struct customer_row {
    struct span customer_id;   /* as written; raw bytes */
    enum tier tier;
    uint8_t basis;             /* BASIS_ bits */
    uint16_t elements;         /* 1 << enum element */
    uint64_t records, records_possible;
    uint32_t identifiers[KINDS_MAX]; /* distinct, confirmed or likely; of the first kind_count */
    uint64_t loc_fixes;
    struct distinct loc_points, loc_cells, loc_days;
    int64_t time_first, time_last;    /* seconds since 1970 UTC, TIME_NONE for none */
    const uint32_t *sources;          /* indexes into the source names, ascending; may point into the row */
    uint32_t source_count;
    uint32_t own_sources[CUSTOMER_SOURCES_INLINE];
    uint32_t first_object;            /* first place in the total order: index into the ledger, unit from 1 */
    uint64_t first_unit;
};

struct kind_totals { uint64_t distinct, confirmed, likely, possible, rejected, sample, unattributed; };

struct combination { uint16_t elements; uint64_t persons; };

struct source_totals { uint64_t persons, persons_only_here, records, objects, bytes; };

/* A field that named customers, and in how many units; by_source has them for each source. */
struct customer_field { const char *name; uint64_t units; const uint64_t *by_source; };

struct totals {
    uint64_t persons_lower, persons_best, persons_upper, persons_upper_total;
    uint64_t persons_by_tier[4];                 /* by enum tier */
    uint64_t persons_by_element[ELEMENT_COUNT];  /* over persons_best */
    struct combination *combinations; size_t combination_count; /* over persons_best, by elements text bytes */
    struct kind_totals kinds[KINDS_MAX];
    uint64_t vehicles_distinct;
    uint64_t clusters_unattributed, records_unattributed, records_ambiguous, records_orphan_location;
    uint64_t shared_identifiers;
    uint64_t records_raw, findings, loc_fixes, locations_possible, locations_rejected;
    bool distinct_known;                         /* --records-distinct exact */
    uint64_t records_distinct;
    uint64_t customers_named_only;
    int64_t data_time_first, data_time_last;
    uint64_t times_without_zone;
    struct source_totals *by_source;             /* as many as list->source_count */
    uint64_t *overlaps;                          /* [a * source_count + b], a < b: persons in both; NULL with more than
                                                    SOURCES_PAIRED_MAX sources, or with one */
    uint64_t rejected_by_reason[REASON_COUNT];
    struct customer_field *customer_fields; size_t customer_field_count; /* one block of memory with all by_source */
    const struct field_sums *fields;             /* what fields were taken for; lent by who resolves; NULL: nobody looked */
};

struct resolved;

/* Customers come in parts, one of which is in memory at a time; within a part and from part to part they are sorted by
 * customer_id bytes. Not beside any other call. Fails    FATAL, DAMAGED: the runs cannot be read again. */
size_t resolved_part_count(const struct resolved *resolved);
MUST_USE enum status resolved_part_open(struct resolved *resolved, size_t part, size_t *customer_count, struct fault *fault);
size_t resolved_customer_count(const struct resolved *resolved); /* of the part that was opened last; after resolve, of
                                                                    the only part, if there is one */
/* A row of the part that was opened last. Its spans live until the next one is. */
void resolved_customer(const struct resolved *resolved, size_t index, struct customer_row *row);
const struct totals *resolved_totals(const struct resolved *resolved);

#endif
