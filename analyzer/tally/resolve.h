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
#include "severity.h"

enum tier { TIER_T1 = 1, TIER_T2, TIER_T3 };

/* How records were linked; written in this order, joined by '+'. */
enum { BASIS_FIELD = 1, BASIS_PARENT = 2, BASIS_PATH = 4, BASIS_ROSTER = 8, BASIS_LINK = 16 };
enum { BASIS_NAMED = BASIS_FIELD | BASIS_PARENT | BASIS_PATH, BASIS_WRITTEN = 31 };

/* What attribution adds to the basis of holders, and nobody writes: the roster names exactly one customer for the record's
 * time (T1); the given roster does not know this customer (T2); of a set of identifiers: several customers are possible;
 * of what is booked on a customer: nothing but that it is possible (T3). */
enum { BASIS_SURE = 32, BASIS_STRANGER = 64, BASIS_AMBIGUOUS = 64, BASIS_TENTATIVE = 128 };

#define TIME_NONE INT64_MIN

/* An identifier of more customers than that is shared, and links nobody. */
enum { SHARED_CUSTOMERS_MAX = 8 };

/* A distinct count: exact up to DISTINCT_EXACT_MAX, above that an estimate, written ~N. */
enum { DISTINCT_EXACT_MAX = 64 };
struct distinct { uint64_t count; bool estimated; };

enum { CUSTOMER_SOURCES_INLINE = 64, SOURCES_PAIRED_MAX = 64 };

struct customer_row {
    struct span customer_id;   /* as written; raw bytes */
    enum tier tier;
    uint8_t basis;             /* BASIS_ bits that are written */
    uint8_t basis_possible;    /* ... of possible records */
    bool sure;                 /* by roster or link at T1 */
    bool stranger;             /* the roster that was given does not know whom units name */
    uint16_t elements;         /* 1 << enum element */
    uint32_t jurisdiction;     /* its number (resolving.h); 0: unknown */
    uint64_t records, records_possible;
    uint32_t identifiers[KINDS_MAX]; /* distinct, confirmed or likely; of the first kind_count */
    uint64_t loc_fixes;
    struct distinct loc_points, loc_cells, loc_days;
    struct location_level loc_level;
    struct severity severity;
    int64_t time_first, time_last;    /* seconds since 1970 UTC, TIME_NONE for none */
    const uint32_t *sources;          /* indexes into the source names, ascending; may point into the row */
    uint32_t source_count;
    uint32_t own_sources[CUSTOMER_SOURCES_INLINE];
    uint32_t first_object;            /* first place in the total order: index into the ledger, unit from 1 */
    uint64_t first_unit;
};

struct kind_totals { uint64_t distinct, confirmed, likely, possible, rejected, sample, unattributed; };

/* How many unattributed identifiers of a kind begin so; never a whole one. */
enum { PREFIX_SIZE = 24, PREFIXES_MAX = 10, SHARED_LISTED_MAX = 100, COMPONENTS_LISTED_MAX = 5 };
struct prefix_count { uint8_t kind; char prefix[PREFIX_SIZE]; uint64_t identifiers; };

/* An identifier of more than SHARED_CUSTOMERS_MAX customers; not which. */
struct shared_identifier { uint8_t kind; uint64_t customers; };

/* Customers that identifiers tie together, and what these are; kinds: bits of KIND_BIT, the highest of KINDS_MAX for kinds of a
 * profile. */
struct component { uint64_t persons, identifiers, records; uint32_t kinds; };

/* homes: of T1 and T2 with LEVEL_HOME or above. */
struct jurisdiction_totals { uint64_t persons_by_tier[4], homes, homes_precise; };

/* By what persons can be reached, and how old they are, as a list of customers says: of those of T1 and T2. */
enum contact { CONTACT_POST, CONTACT_EMAIL, CONTACT_PHONE, CONTACT_COUNT };
enum age { AGE_UNKNOWN, AGE_UNDER_12, AGE_UNDER_18, AGE_ADULT, AGE_ELDERLY, AGE_COUNT };
struct person_totals {
    uint64_t reached_by[CONTACT_COUNT], reached, not_reached; /* in some way; in none of them */
    uint64_t ages[AGE_COUNT];
};

/* Persons of T1 and T2. */
struct location_totals {
    uint64_t persons[LEVEL_COUNT], precise[LEVEL_COUNT]; /* the latter of LEVEL_HOME and above alone */
    uint64_t sampled;                                    /* told from some of their days */
};
/* By context and ease, and by tier. */
struct severity_totals { uint64_t persons[SEVERITY_CONTEXT_MAX + 1][SEVERITY_EASE_STEPS + 1][TIER_T2 + 1]; };

/* severity: the highest of one of them. */
struct combination { uint16_t elements; uint64_t persons; struct severity severity; };

struct source_totals { uint64_t persons, persons_only_here, named_only, records, objects, bytes; };

/* A field that named customers, and in how many units; by_source has them for each source. */
struct customer_field { const char *name; uint64_t units; const uint64_t *by_source; };

struct totals {
    uint64_t persons_lower, persons_best, persons_upper, persons_upper_total;
    uint64_t persons_by_tier[4];                 /* by enum tier */
    uint64_t persons_by_element[ELEMENT_COUNT];  /* over persons_best */
    struct location_totals locations;
    struct severity_totals severities;
    struct combination *combinations; size_t combination_count; /* over persons_best, by elements text bytes */
    struct kind_totals kinds[KINDS_MAX];
    uint64_t vehicles_distinct;
    uint64_t clusters_unattributed, records_unattributed, records_ambiguous, records_orphan_location;
    int64_t unattributed_time_first, unattributed_time_last; /* of these records, without orphan locations */
    struct prefix_count *prefixes; size_t prefix_count; /* the most frequent of unattributed identifiers */
    uint64_t shared_identifiers;
    uint64_t records_cut;   /* that name no customer and have more identifiers than are followed */
    uint64_t possible_known; /* identifiers that are only possible here and that the roster lists: the scan did not know it */
    uint64_t records_across; /* that an interval of the roster holds in part: they are one holder, by a day or by a scan that did not know it */
    uint64_t roster_shared; /* identifiers that the roster gives to too many for a record: none of those is whose it is */
    struct shared_identifier *shared; size_t shared_count; /* the largest */
    struct component *components; size_t component_count;  /* the largest, largest first */
    uint64_t duplicate_groups, duplicate_most; /* customers that e-mail addresses and telephone numbers tie together; how many
                                                  fewer there would be if each group were one person */
    uint64_t conflict_records, ambiguous_groups;
    uint64_t organisations_by_tier[4], organisations_vehicles; /* apart from all persons; of T1 and T2 */
    struct jurisdiction_totals *jurisdictions; size_t jurisdiction_count; /* as numbered by who told them */
    struct person_totals people;
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
