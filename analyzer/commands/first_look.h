/* What an object is, by the bytes that it begins with: decided here alone, for scan, which reads it so, for inspect,
 * which shows it, and for shards, which cut it.
 *
 * Shape    stream -> charset -> first bytes in UTF-8 -> layout, fields
 * Same     the bytes are those up to SNIFF_BYTES, the end or a gap, however the object is read
 * Threads  one at a time for each sampler, charset and stream
 */
#ifndef FIRST_LOOK_H
#define FIRST_LOOK_H

#include "../decode/charset.h"
#include "sample.h"

enum { FIRST_BYTES_ROOM = SNIFF_BYTES + 64 * 1024 }; /* one read may give so much beyond what is looked at */

struct first_bytes {
    const char *at;
    size_t length;
    bool ended;     /* nothing comes behind them */
    bool has_gap;   /* bytes are missing before them, or behind */
    const char *form;  /* of rows: charset_form; NULL */
    bool has_cr_lines; /* carriage returns have become line feeds */
};

/* Turns the line ends of the first bytes of an object where that has to be; the same is to be done to all that follow. */
bool first_turn_line_ends(char *bytes, size_t length);

/* Reads the first bytes of the object that the stream stands at the front of into room for FIRST_BYTES_ROOM.
 * Fails    FATAL: no memory. */
MUST_USE enum status first_read(struct charset *charset, struct stream *stream, char *room, struct first_bytes *first, struct fault *fault);

/* Decides the layout. */
void first_layout(const struct first_bytes *first, const struct roles *roles, struct layout *layout);

/* The same, but where it is known, and what the fields are: sample_fields has more of that. id: of the object.
 * Fails    FATAL: no memory. */
MUST_USE enum status first_look(struct sampler *sampler, const struct first_bytes *first, uint64_t id, bool layout_known,
                                struct layout *layout, struct sampled **sampled, struct fault *fault);

#endif
