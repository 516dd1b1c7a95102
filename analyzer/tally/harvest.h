/* What is told of identifiers beside their numbers: how unattributed ones begin, which are shared, which tie customers together,
 * how many are only possible here and known elsewhere. Never a whole identifier.
 *
 * Memory   24 bytes for each different beginning: of makers, types, countries there are not many
 * Threads  one struct harvest a thread; all are merged into one
 */
#ifndef HARVEST_H
#define HARVEST_H

#include "components.h"
#include "tally.h"

/* Writes how much of an identifier may be shown; its length, 0 for nothing. Handed in. */
typedef size_t prefix_function(enum kind kind, const char *canonical, char prefix[PREFIX_SIZE]);

struct harvest_options {
    prefix_function *prefix; /* NULL: beginnings are not looked at */
    struct known_values known;
};

struct harvest {
    struct harvest_options options;
    uint64_t possible_known;
    struct prefix_count *prefixes; /* open addressing; identifiers 0: free */
    size_t prefix_count, prefix_room;
    struct shared_identifier shared[SHARED_LISTED_MAX + 1];
    size_t shared_count;
    struct ties ties;
};

void harvest_free(struct harvest *harvest);

/* An identifier, confirmed or likely, that nobody has. False: no memory. */
bool harvest_unattributed(struct harvest *harvest, uint8_t kind, uint8_t packing, const char *packed, size_t length);

/* An identifier that is only possible. */
void harvest_possible(struct harvest *harvest, uint8_t kind, uint8_t packing, const char *packed, size_t length);

/* An identifier, confirmed or likely, and how many customers have it. */
void harvest_group(struct harvest *harvest, uint8_t kind, uint64_t customers);

/* False: no memory. */
bool harvest_merge(struct harvest *to, const struct harvest *from);

/* Moves the beginnings to the front, the most frequent first. */
void harvest_sort(struct harvest *harvest);

#endif
