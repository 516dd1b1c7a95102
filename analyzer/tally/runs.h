/* The runs of one tally: what did not fit in memory, or is kept.
 *
 * Shape    tally -> runs_write -> runs of holders -> runs_load, a range of keys at a time -> tally
 * Files    holders-000001.run and so on in one folder; each time one for each thread. What attribution books on customers
 *          beside what names them is in one run more, booked-000001.run, which is made anew whenever all is resolved
 * Why      memory is bounded by the budget, not by the number of customers; and merging knows no order: runs of other
 *          threads, times and machines are the same thing
 * Threads  each function works on all threads itself
 */
#ifndef RUNS_H
#define RUNS_H

#include "holder_entry.h"
#include "order.h"
#include "run.h"

enum { RUN_CONTENT_HOLDERS = 1, RUN_CONTENT_DIGESTS = 2, RUN_CONTENT_BOOKED = 4, RUN_CONTENT_SORTED = 5 };

struct runs {
    int directory;   /* not owned */
    struct run_identity identity;
    uint32_t source_count;
    int32_t zone_s;  /* in which vehicle days begin (positions.h), seconds east of UTC */
    const struct place_order *order; /* of places while runs are merged; NULL: that of numbers */
    uint32_t file_count; /* places beyond are damage; 0: not known */
    int thread_count;
    size_t memory_bytes; /* for cursors while runs are merged */
    char **names;
    struct run **opened; /* after runs_open_all; NULL before. Behind them the one of what is booked, if there is any */
    char *booked;        /* its name; NULL: there is none */
    size_t count, capacity;
    uint32_t next_number;
    char **stale; /* runs that were merged into others, until these are committed */
    size_t stale_count;
};

void runs_free(struct runs *runs); /* closes; the files stay */

/* Takes a run of the folder into the set. Fails    FATAL: no memory. */
MUST_USE enum status runs_adopt(struct runs *runs, const char *name, struct fault *fault);

/* Writes all holders of the tally as runs. Nothing may be waiting in writers. A tally without holders makes no run.
 * The tally stays as it is; tally_clear makes room. Fails    FATAL: no memory, disk full. */
MUST_USE enum status runs_write(struct runs *runs, const struct tally *tally, const struct place_numbers *numbers, struct fault *fault);

/* Is given the holders from first up to end of the order, piece by piece, once their entries are written and while they are at hand.
 * Pieces are numbered from 0 in order; each is given once, by the thread that wrote it, and lower numbers begin before higher ones. */
struct write_follower {
    void (*follow)(void *context, int thread, size_t number, size_t first, size_t end);
    void *context;
};

/* Of how many pieces so many holders are. */
size_t runs_pieces(size_t holders);

/* The same, of all holders of the tally in an order that was found before. follower: NULL for none. */
MUST_USE enum status runs_write_sorted(struct runs *runs, const struct tally *tally, const struct place_numbers *numbers,
                                       const struct sorted_holders *sorted, const struct write_follower *follower, struct fault *fault);

/* Opens all, merging some first where there are more than memory_bytes allows to read at once.
 * Fails    FATAL. DAMAGED and USAGE: a run is damaged or foreign. */
MUST_USE enum status runs_open_all(struct runs *runs, struct fault *fault);

/* How many runs are opened. */
size_t runs_opened_count(const struct runs *runs);

struct sorter;
/* Makes the run of what is booked out of a sealed sorter and opens it. Without any entry
 * there is no run. After runs_open_all. Fails    FATAL. DAMAGED. */
MUST_USE enum status runs_book(struct runs *runs, const struct sorter *sorter, struct fault *fault);

/* A file of the folder that goes with runs_drop_stale. Fails    FATAL: no memory. */
MUST_USE enum status runs_add_stale(struct runs *runs, const char *name, struct fault *fault);

/* Merged entries of all opened runs with from <= key < to (both copied); an empty `to` is the end. One walk, one thread.
 * Lends each until the next call. Fails    END. FATAL, DAMAGED. */
struct runs_walk;
MUST_USE enum status runs_walk_open(const struct runs *runs, struct span from, struct span to, struct runs_walk **walk, struct fault *fault);
MUST_USE enum status runs_walk_next(struct runs_walk *walk, struct span *key, struct span *value, struct fault *fault);
void runs_walk_close(struct runs_walk *walk); /* accepts NULL */

/* A run of another set, maybe another folder and key. */
struct run_origin {
    int directory;
    const struct run_identity *identity;
    const char *name;
    const struct entry_map *map; /* what its files and sources are called here; NULL: the same */
};

/* Merges them into runs of this set. Fails    FATAL. DAMAGED and USAGE: one of them is damaged or foreign. */
MUST_USE enum status runs_gather(struct runs *runs, const struct run_origin *origins, size_t count, struct fault *fault);

/* Removes the files of runs that were merged into others. Whoever keeps a list of runs writes the new one first. */
void runs_drop_stale(struct runs *runs);

/* Ranges of keys of which each part, loaded, takes about memory_bytes, or PARTITIONS blocks: keys[0..count) begin the second and later ranges of
 * all PARTITIONS x parts. Lent as long as the runs. */
struct run_ranges {
    struct span *keys;
    size_t key_count, parts;
};
MUST_USE enum status runs_ranges(const struct runs *runs, size_t memory_bytes, struct run_ranges *ranges, struct fault *fault);
void run_ranges_free(struct run_ranges *ranges);

/* Empties the tally and puts the holders of a part into it, merged: in order within a partition, and the partitions in
 * order. Fails    FATAL, DAMAGED. */
MUST_USE enum status runs_load(const struct runs *runs, const struct run_ranges *ranges, size_t part, struct tally *tally,
                               struct fault *fault);

#endif
