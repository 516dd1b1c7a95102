/* What threads, earlier runs and other shards counted beside the tally.
 *
 * Shape    (detect_counts, booking) of each thread, sums of an earlier run or another shard -> sums -> totals
 * Merging  is addition; of the period, the extremes
 */
#ifndef SUMS_H
#define SUMS_H

#include "../attribute/booking.h"
#include "../attribute/roles.h"
#include "../detect/detect.h"
#include "../support/bytes.h"
#include "../tally/field_sums.h"

struct sums {
    uint64_t records, orphan_locations, findings, fixes, locations_possible, locations_rejected, times_without_zone;
    uint64_t rejected[KINDS_MAX], rejected_by_reason[REASON_COUNT];
    int64_t time_first, time_last; /* of orphan locations; TIME_NONE */
    struct customer_units *fields; /* by source and field; each once */
    size_t field_count, field_capacity;
    struct field_sums seen_fields; /* what fields were taken for, over finished objects */
};

struct sums sums_none(void);
void sums_free(struct sums *sums);

/* Adds what a thread counted, or other sums. Fails    false: no memory. */
bool sums_add_thread(struct sums *sums, const struct detect_counts *found, struct booking *booking);
bool sums_add(struct sums *sums, const struct sums *more);

/* Appends them to bytes, and adds what was written so. Fails    false: no memory; not what was written. */
bool sums_write(const struct sums *sums, struct bytes *to);
bool sums_read(struct sums *sums, struct bytes_reader *from);

/* The field of a rank, or what stands for none: "e-mail", "path". Lends from the roles. */
const char *sums_field_name(const struct roles *roles, size_t rank);

/* Fills what totals have of them. */
MUST_USE enum status sums_totals(const struct sums *sums, const struct roles *roles, size_t source_count, struct totals *totals,
                                 struct fault *fault);

#endif
