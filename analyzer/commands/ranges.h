/* Ranges of files, by which shards share those that are too large for one.
 *
 * Shape    first bytes of a file -> whether it can be cut;  its layout, a range -> the units that are the range's;
 *          the ranges of a file, read -> the line of the file
 * Rule     a range has the units that start within it; the file's own entry is hashed, and has none
 * Sets     a file is cut where its first bytes, and samples of what follows, are ASCII or UTF-8. What decides its character set is the
 *          first byte beyond ASCII: where all ranges that have such bytes decide the same, it is read as a whole file is. Where they
 *          do not, or UTF-16 is joined to it, the file's line says so
 */
#ifndef RANGES_H
#define RANGES_H

#include "../evidence/walk.h"
#include "../record/unit_start.h"
#include "feed.h"
#include "first_look.h"

/* What a file begins with. */
struct range_sample {
    struct first_bytes first;
    bool is_plain;   /* its bytes are its text, and it can be read from any place on */
    bool is_settled; /* it is decided that they stay so; else all are ASCII, and what comes is decided where it comes */
    enum charset_kind set; /* NONE, or UNKNOWN */
};

/* Reads them to bytes, where there is FIRST_BYTES_ROOM. Fails    FATAL: no memory. */
MUST_USE enum status range_sample(const struct object *file, const struct stream_options *options, char *bytes, struct range_sample *sample,
                                  struct fault *fault);

/* As struct shard_options wants it. */
struct range_looking {
    struct stream_options stream;
    const struct roles *roles;
    const struct object_list *list; /* whose sources may have roles of their own; NULL: they have not */
};
bool ranges_can_cut(void *context, const struct object *object);

/* How a file is read. */
struct range_layout {
    const struct layout *layout;
    bool has_cr_lines; /* carriage returns are line ends: sniff_has_cr_lines */
};

/* Where the first unit begins that starts in a file at `begin` or behind it, and the first at `end` or behind it.
 * Fails    DAMAGED: the file is not what was listed. FATAL: no memory. */
struct range_bounds {
    struct unit_start begin, end;
};
MUST_USE enum status range_bounds_find(const struct object *file, const struct range_layout *layout, const struct stop *stop,
                                       uint64_t begin, uint64_t end, struct range_bounds *bounds, struct fault *fault);

#define CHARSET_FOREIGN "beyond ASCII in no character set that is known: as it is"

/* Notes in which character set a range was read. */
void range_set_note(const struct charset *charset, const struct layout *layout, struct range_read *range);

/* The ranges of a list as pieces; the caller frees them. Fails    false: no memory. */
bool ranges_pieces(const struct object_list *list, struct object_piece **pieces, size_t *count);

/* Makes the line of a cut file out of its own entry, which is `file`, and its ranges, in their order. Those that are elsewhere, and
 * the digest if the file's entry is, are missing. Fails    false: no memory. */
MUST_USE bool ranges_join(struct object *file, const struct object *const *ranges, size_t count, struct texts **texts);

#endif
