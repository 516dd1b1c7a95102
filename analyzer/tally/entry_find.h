/* One holder out of all runs of a case.
 *
 * Shape    key of a holder -> the run's block that may have it, of each run -> one value (holder_entry.h)
 * Memory   one run's index and a block at a time, and what the runs have of this holder
 */
#ifndef ENTRY_FIND_H
#define ENTRY_FIND_H

#include "holder_entry.h"
#include "runs.h"

/* The runs of a case: of holders, and of what is booked on customers besides. */
struct entry_places {
    int directory;
    const struct run_identity *identity; /* of those of holders */
    char *const *runs, *const *booked;
    size_t run_count, booked_count;
    const struct place_order *order; /* of places; NULL: that of numbers */
    int32_t zone_s;                  /* as in struct runs */
};

/* order: of places, or NULL. Puts the holder's value, merged, in place of what is in *value.
 * END: no run has it. Fails    FATAL. DAMAGED and USAGE: a run is damaged or foreign. */
MUST_USE enum status entry_find(const struct entry_places *places, uint32_t source_count, struct span key, struct bytes *value,
                                struct fault *fault);

#endif
