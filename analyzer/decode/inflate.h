/* Raw deflate (RFC 1951), restartable anywhere, by zlib or by ISA-L.
 *
 * Damage   all that stands before it is delivered. On sound data both deliver the same bytes; on
 * damaged data ISA-L delivers at least what zlib does (it takes incomplete codes, which zlib
 * refuses) Repeats  the same cuts of input and output give the same result; callers who need the
 * same result for all reads must cut the same Threads  one inflation, one thread at a time
 */
#ifndef INFLATE_H
#define INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "stream.h"

enum inflate_result {
    INFLATE_MORE,   /* wants more input, or more room */
    INFLATE_END,    /* the final block is complete; input stands behind it */
    INFLATE_DAMAGED /* no deflate data; what could be decoded is in output */
};

enum { INFLATE_LAST_BYTES = 8, INFLATE_HISTORY_BYTES = 32 << 10 };

struct inflation;

struct inflation *inflation_open(enum inflater inflater); /* NULL: no memory */
void inflation_reset(struct inflation *inflation);
void inflation_close(struct inflation *inflation); /* accepts NULL */

/* Decodes from *input (its up to 8 bytes before may be given back at the end: they must still stand
 * there) into output; moves *input and sets *count. room >= 1; with less than 4 KiB some of what stands
 * just before a damage may be lost. Lengths below 2 GiB. */
enum inflate_result inflation_run(struct inflation *inflation, const uint8_t **input, size_t length,
                                  uint8_t *output, size_t room, size_t *count);

/* When no more input will come: what else the bits so far say, a few bytes at most
 * (INFLATE_LAST_BYTES). */
size_t inflation_last(struct inflation *inflation, uint8_t output[]);

/* Copies of the output the latest bytes that matches may refer to, at most INFLATE_HISTORY_BYTES;
 * gives how many. */
size_t inflation_history(struct inflation *inflation, uint8_t history[]);

uint32_t inflate_crc32(uint32_t crc, const uint8_t *bytes, size_t length);
uint32_t inflate_adler32(uint32_t adler, const uint8_t *bytes, size_t length);

#endif
