/* From the places that a case's runs have to what reports say of them: an object, and the number of a unit in it.
 *
 * Ranges   units of a range are numbered within it: what the ranges before it have comes on top, and the object is its file
 * Owns     sorted ranges, from case_places_open to case_places_close; the state must outlive it
 */
#ifndef CASE_PLACES_H
#define CASE_PLACES_H

#include <pthread.h>

#include "../evidence/piece_order.h"
#include "case_state.h"

struct case_place {
    struct object_piece piece;
    uint64_t units_before; /* in its file; 0 unless it is a range */
};

struct case_places {
    const struct object_list *list;
    struct case_place *places; /* of what stands in the list itself, by file and number */
    size_t count;
    struct piece_order *order; /* of the others, under the lock */
    pthread_mutex_t *lock;
};

/* Fails    false: no memory. */
bool case_places_open(const struct case_state *state, struct case_places *places);
void case_places_close(struct case_places *places);

/* The number of a unit as its run has it, and as reports say it; the ledger index of its object. As struct place_source wants them,
 * with a struct case_places as context. */
uint64_t case_places_number(const struct case_places *places, uint32_t file, uint32_t piece, uint64_t unit);
uint64_t case_places_unit(const void *context, const struct place *place);
uint32_t case_places_object(const void *context, uint32_t file, uint32_t piece);

/* The order of pieces of a file, for struct place_order: ranges by number, members by path. From any thread. */
bool case_places_before(const void *context, uint32_t file, uint32_t a, uint32_t b);

/* Whether the ledger could not be read for that: then nothing may be concluded. Fails    FATAL, with what is wrong. */
MUST_USE enum status case_places_failure(const struct case_places *places, struct fault *fault);

#endif
