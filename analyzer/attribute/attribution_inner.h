/* The parts of attribution.h, for the files that make it up.
 *
 * Shape    attribution.c: the order of the steps; attribution_read.c: 1 and 2, attribution_ties.c: what 2 books;
 *          attribution_join.c: 3; attribution_judge.c: 4 and 5; attribution_groups.c: what is left ambiguous
 */
#ifndef ATTRIBUTION_INNER_H
#define ATTRIBUTION_INNER_H

#include <stdatomic.h>

#include "../tally/sorter.h"
#include "attribution.h"
#include "candidates.h"

enum {
    KEY_CUSTOMER = 0,        /* holder_entry.h */
    KEY_SETS = HOLDER_SET + 1,
    NAME_BYTES_MAX = FACT_HEADER_BYTES + IDENTIFIER_SIZE, /* of an identifier as a key */
    LINK_VALUE_BYTES = 16,
    RANGES_PER_THREAD = 8,
    LOOKED_SETS = 1, LOOKED_ROSTER = 2, /* some set has an identifier of the kind that the roster does not have; some customer of the roster has one */
    SET_ROSTERED = 0x80, /* beside a position in a set: the roster has the identifier */
    ROUNDS_MAX = LINK_HOPS_MAX + 1
};

struct batch;
struct attribution_worker {
    struct batch *batch;         /* while customers are looked at on somebody else's way */
    struct entry_merger *merger; /* its own */
    enum status status;
    struct fault fault;
    uint64_t records_possible; /* by ties */
    uint64_t records_cut;
    uint64_t marked; /* identifiers of sets, each as often as it is in one */
};

struct attributing {
    const struct attribution_options *options; /* the copy */
    struct attribution_options copied;
    struct attribution *made; /* the totals */
    struct attribution totals;
    struct sorter *sets;              /* identifier, set -> position in it, SET_ROSTERED */
    struct sorter *links[ROUNDS_MAX]; /* identifier, customer -> times; by the hop that found them */
    struct sorter *leads[ROUNDS_MAX]; /* set, position -> what the identifier leads to */
    struct sorter *conflicts;         /* customer -> how many of its records have an identifier that the roster gives to somebody else */
    struct sorter *booked;            /* key -> value, of what the result is */
    struct sorter *shared;            /* identifiers that lead nowhere, since the roster gives them to too many */
    struct sorter *groups;            /* customer key -> identifier that it is one of several candidates of */
    size_t rounds;
    atomic_uint *marks; /* identifiers of sets that the roster does not have: two bits, of a word by their hash */
    size_t mark_words;
    size_t set_count; /* how many sets units made in the tally, where its order is given */
    atomic_uchar looked[UINT8_MAX + 1]; /* by kind: LOOKED_ bits; of other kinds nothing is to be found out */
    bool looks; /* customers are looked at on somebody else's way */
    struct span *range_keys; /* of all runs, for the threads */
    size_t range_count;
    struct attribution_worker *workers;
};

/* An identifier as a key: [kind][packing][length][packed]. Returns its length. */
static inline size_t name_write(uint8_t kind, uint8_t packing, const char *packed, size_t length, char name[NAME_BYTES_MAX])
{
    name[0] = (char)kind;
    name[1] = (char)packing;
    name[2] = (char)length;
    __builtin_memcpy(name + FACT_HEADER_BYTES, packed, length);
    return FACT_HEADER_BYTES + length;
}

/* How much of a key that begins with one is that; 0: the key is too short. */
static inline size_t name_length(struct span key)
{
    size_t length = key.len < FACT_HEADER_BYTES ? 0 : FACT_HEADER_BYTES + (size_t)(uint8_t)key.at[2];
    return length > key.len || length > NAME_BYTES_MAX ? 0 : length;
}

struct tally_identifier name_identifier(const char *name);

/* Opens a sorter on all threads' lanes. joiner: or NULL. */
MUST_USE enum status attribution_sorter(const struct attributing *attributing, const char *name, const struct sorter_joiner *joiner,
                                        struct sorter **sorter, struct fault *fault);

/* Values of links: two times; untimed: first > last. */
void link_write(int64_t time_first, int64_t time_last, char value[LINK_VALUE_BYTES]);
bool link_read(struct span value, int64_t *time_first, int64_t *time_last);

/* How many sets units made in a tally. */
size_t attribution_set_count(const struct tally *tally);

/* Where the sets begin among all holders in their order, of which they are the last. */
size_t attribution_first_set(const struct attribution_options *options);

/* What one thread needs to book ties; merger is lent. */
struct tying {
    struct attributing *attributing;
    int thread;
    struct entry_merger *merger;
    struct bytes key;
    struct narrowed narrowed;
    struct lead lead;
};
void attribution_tying_open(struct attributing *attributing, int thread, struct entry_merger *merger, struct tying *tying);
void attribution_tying_close(struct tying *tying);
/* Books a fact of a customer, which the roster gives to somebody else, on those whom it names for it. */
MUST_USE enum status attribution_tie(struct tying *tying, struct span customer, const struct entry_fact *fact, struct fault *fault);

/* The steps. */
/* Sets of a tally that is in no order yet, if there are but a few: *few. */
MUST_USE enum status attribution_read_few_sets(struct attributing *attributing, bool *few, struct fault *fault);
MUST_USE enum status attribution_looks_open(struct attributing *attributing, struct fault *fault);
MUST_USE enum status attribution_looks_end(struct attributing *attributing, struct fault *fault);
void attribution_looks_close(struct attributing *attributing); /* does nothing where there are none */
MUST_USE enum status attribution_read_sets(struct attributing *attributing, struct fault *fault);
MUST_USE enum status attribution_read_customers(struct attributing *attributing, struct fault *fault);
MUST_USE enum status attribution_join(struct attributing *attributing, size_t round, struct fault *fault);
/* Once all ties are booked: with how many records these were, too. */
MUST_USE enum status attribution_count_conflicts(struct attributing *attributing, struct fault *fault);
/* Judges all; book: with what follows. Else *links gets what further identifiers the decided ones tie, sealed. */
MUST_USE enum status attribution_judge(struct attributing *attributing, bool book, struct sorter *links, struct fault *fault);
MUST_USE enum status attribution_count_shared(struct attributing *attributing, struct fault *fault);
MUST_USE enum status attribution_count_groups(struct attributing *attributing, struct fault *fault);

/* What the roster says of an identifier, as a lead of BASIS_ROSTER; count 0: nothing. False: it has more intervals than
 * INTERVALS_MAX: it leads nowhere. */
bool roster_lead(const struct roster *roster, const struct tally_identifier *identifier, struct lead *lead);

static inline enum status attribution_no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to attribute records");
}

static inline enum status attribution_damaged(struct fault *fault)
{
    return fault_set(fault, STATUS_DAMAGED, "what was sorted for attribution cannot be read back");
}

#endif
