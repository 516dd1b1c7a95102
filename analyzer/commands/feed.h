/* Hands out blocks of whole units: many small files and one huge file keep all threads busy alike.
 *
 * Shape    files -> stream -> objects, one behind the other -> charset -> layout -> blocks, cut where a unit ends
 * How      a thread takes an object of its own as long as there are unopened ones (largest first), and
 *          then helps with those of the others. Only reading, decoding and cutting of one file are
 *          done one after another, under that file's lock: one thread decodes, others read its units meanwhile.
 * Limits   UNIT_BYTES_MAX: a longer value of JSON comes in parts, each with what encloses it (part.h); any other unit in
 *          pieces that are read as text (OVERSIZED_RECORD)
 * Owns     open objects and their rests; the ledger's entries are finished here
 * Threads  any number call feed_next and feed_done at once, each with its own feed_buffer
 * Stop     once options.stream.stop is wanted, feed_next gives END, and what is open stays open for feed_state
 * Ranges   of a file that shards share, a range is an object of its own here, with the units that start in it, numbered from its
 *          first one; the file's own entry is only hashed
 * Resume   what an earlier run counted is passed over, and must be what it was: where it has to be read again (SHA-256, gzip),
 *          all of it, of a range all that was counted; else, in a plain file with --hash none, the first and the last 64 KiB of it,
 *          and no more is read. An SQL dump is always read again, since what a tuple belongs to stands anywhere before it
 */
#ifndef FEED_H
#define FEED_H

#include <stdatomic.h>

#include "../decode/charset.h"
#include "../evidence/source_sets.h"
#include "../record/unit_start.h"
#include "units.h"

enum { BLOCK_BYTES_DEFAULT = 256 * 1024 };

/* What of the counted part of an object a checksum is of: all decoded bytes, or what stream_ends_checksum reads again. NONE:
 * standard input, and plain files that need not be read again and cannot be read everywhere, or whose character set was found
 * late. */
enum progress_check { PROGRESS_CHECK_NONE, PROGRESS_CHECK_ALL, PROGRESS_CHECK_ENDS, PROGRESS_CHECK_COUNT };

#define PARTS_NONE UINT64_MAX

/* How far an object has been read and counted: where a later run goes on. */
struct object_progress {
    size_t index;    /* in the ledger */
    uint64_t offset; /* in the decoded object, in UTF-8, where the next unit begins; of a container's file: in all that its members gave */
    uint64_t units, records, findings, broken, cut_off;
    uint64_t breaks;     /* values that were too long and went no further as such */
    uint32_t arrays;     /* of JSON, around outermost objects, that are open there */
    uint64_t parts_from; /* where the value begins that is too long and goes on at the offset; PARTS_NONE */
    bool hit_limit, path_limit, oversized, oversized_seen; /* oversized: within a unit that is too long */
    bool late_seen, broke_off, cut_row, short_row; /* see struct block_counts */
    bool charset_settled; /* see charset_jump */
    bool charset_foreign; /* ... of a set that is not known */
    enum progress_check check;
    uint64_t checksum;
};

/* A piece of a file and the order it stands in, of those that stand in the list itself: see struct place. */
struct object_piece {
    uint32_t file, number;
    size_t index; /* in the ledger */
};

struct feed_options {
    struct object_list *list;
    const struct object_progress *progress; /* of an earlier run: objects that it began */
    size_t progress_count;
    const struct object_piece *pieces;      /* ranges, which are in the list already */
    size_t piece_count;
    const struct source_sets *source_sets;  /* NULL: each file has its own source alone */
    const struct roles *roles;
    struct stream_options stream;
    size_t block_bytes; /* 0: BLOCK_BYTES_DEFAULT; units longer than that still stay whole */
    size_t unit_bytes_max; /* 0: UNIT_BYTES_MAX */
};

struct feed_progress {
    atomic_ullong bytes, objects, attention;
};

struct feed;
struct open_file;
struct open_object;

/* A thread's place in the feed: the file it works on and the memory that blocks are lent from. */
struct feed_buffer {
    struct open_file *current;
    struct sampler *sampler; /* NULL: it has opened no object yet */
    char *bytes;
    size_t capacity;
    struct sql_stretches stretches;
};

MUST_USE enum status feed_open(const struct feed_options *options, struct feed **feed, struct fault *fault);
void feed_close(struct feed *feed); /* accepts NULL */
void feed_buffer_free(struct feed_buffer *buffer);

/* Lends the next block until the thread's next call. The path rules' matcher is the thread's own.
 * Fails    END: nothing left for this thread. FATAL: no memory. USAGE: an object is not what an earlier run began. */
MUST_USE enum status feed_next(struct feed *feed, struct feed_buffer *buffer, struct path_matcher *matcher, struct block *block,
                               struct open_object **object, struct fault *fault);

/* Says what became of a block. */
void feed_done(struct feed *feed, struct open_object *object, const struct block *block, const struct block_counts *counts);

const struct feed_progress *feed_progress(const struct feed *feed);

/* What the fields of all objects that were finished were taken for. No thread may be at work on a block. */
struct field_sums;
const struct field_sums *feed_fields(const struct feed *feed);

/* Numbers the units of what was handed out so far, for feed_unit. No thread may be at work on a block. */
MUST_USE enum status feed_number_units(struct feed *feed, struct fault *fault);

/* What an interrupted run needs to go on, beside the ledger: objects that were begun and not finished, in no order, and the ranges.
 * No thread may be at work on a block. progress is the caller's to free.
 * Fails    FATAL: no memory; DAMAGED: as ledger_read. */
MUST_USE enum status feed_state(const struct feed *feed, struct object_progress **progress, size_t *progress_count,
                                const struct object_piece **pieces, size_t *piece_count, struct fault *fault);

/* Which of two pieces of a file comes first, by their paths: for struct place_order; from any thread. feed: where a
 * struct feed * stands. */
bool feed_piece_before(const void *feed, uint32_t file, uint32_t a, uint32_t b);

/* Whether the ledger could not be read for that: then nothing may be concluded. Fails    FATAL, with what is wrong. */
MUST_USE enum status feed_failure(struct feed *feed, struct fault *fault);

/* The unit number (from 1) of a place in a finished object, or in any after feed_number_units; and the ledger index of
 * the object of a file or piece. */
uint64_t feed_unit(const struct feed *feed, const struct place *place);
uint32_t feed_object(const struct feed *feed, uint32_t file, uint32_t piece);

#endif
