/* Why a customer is counted, for people and for programs: the figures of its line in impact.csv, and each identifier
 * behind them, masked, with the place where it was first read.
 *
 * Shape    whoever reads the case fills a struct customer_view -> customer_view_sort -> text or JSON
 * Privacy  of an identifier mask.h decides what is shown; where several look the same, numbers tell them apart. No
 *          position at all
 */
#ifndef CUSTOMER_VIEW_H
#define CUSTOMER_VIEW_H

#include <stdio.h>

#include "../attribute/exposures.h"
#include "../tally/resolve.h"

/* All places are a path of the ledger and the number of the unit, from 1. */
struct view_place {
    const char *path;
    uint64_t unit;
};

struct view_identifier {
    enum kind kind;
    enum grade grade;
    bool sample; /* a published value, of documentation or emulators */
    char canonical[IDENTIFIER_SIZE];
    struct view_place first;
    struct view_place named; /* the first record with it that names the customer; path NULL: there is none */
    struct view_place tied;  /* the first that does not, and is the customer's, or may be, by the roster or by another record */
    char masked[IDENTIFIER_SIZE];
    uint64_t number, alike; /* the number among those of the kind that look the same */
};

struct customer_view {
    bool named_only; /* no record: only the ID and the case are known */
    struct customer_row row;
    struct view_place first;
    struct exposure exposed; /* when its sources lay open, from the first to the last day that is known; "" where none is */
    uint64_t exposed_days;   /* of the union of these windows */
    char *const *source_names;
    const char *const *fields; /* that name customers in these sources */
    size_t field_count;
    struct view_identifier *identifiers;
    size_t identifier_count;
    bool case_finished;
    uint32_t shard_count, shards_missing;
};

/* Masks, sorts by kind and value as shown, then by the value, and numbers. */
void customer_view_sort(struct customer_view *view);

/* What the tier is, and why, in words; the text is the caller's. NULL: no memory. */
char *customer_view_reason(const struct customer_view *view);

/* Fails    FATAL: no memory. Whether out took it all is the caller's to see. */
MUST_USE enum status customer_view_text(FILE *out, const struct customer_view *view, struct fault *fault);
MUST_USE enum status customer_view_json(FILE *out, const struct customer_view *view, struct fault *fault);

#endif
