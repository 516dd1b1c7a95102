/* What the blocks and the index of a run are sealed with.
 *
 * How      four keys from the case's, each HMAC-SHA256 under it of "breachtally run 1: " and "cipher", "tag", "hash"
 *          or "fingerprint": none of them tells of another, and the fingerprint can stand in the open
 * Context  a block and an index never share one, nor two blocks of a run, nor runs of different content (run.h)
 */
#ifndef RUN_SEAL_H
#define RUN_SEAL_H

#include "../support/seal.h"
#include "run.h"
#include "run_layout.h"

enum {
    BLOCK_CONTEXT_BYTES = 1 + 4 + 8 + (BLOCK_TAG - BLOCK_RAW),
    INDEX_CONTEXT_BYTES = 1 + HEADER_CHECKSUM + FOOTER_INDEX_CHECKSUM
};

/* NULL: no memory, or a libcrypto without AES and HMAC-SHA256. */
struct seal *run_seal_open(const uint8_t key[RUN_CASE_KEY_BYTES]);

/* block: its header is filled in but for checksum and tag. */
static inline struct span run_block_context(char room[BLOCK_CONTEXT_BYTES], uint32_t content, uint64_t number,
                                            const char *block)
{
    room[0] = 'b';
    layout_put(room + 1, content, 4);
    layout_put(room + 5, number, 8);
    memcpy(room + 13, block + BLOCK_RAW, BLOCK_TAG - BLOCK_RAW);
    return (struct span){room, BLOCK_CONTEXT_BYTES};
}

static inline struct span run_index_context(char room[INDEX_CONTEXT_BYTES], const char *header, const char *footer)
{
    room[0] = 'i';
    memcpy(room + 1, header, HEADER_CHECKSUM);
    memcpy(room + 1 + HEADER_CHECKSUM, footer, FOOTER_INDEX_CHECKSUM);
    return (struct span){room, INDEX_CONTEXT_BYTES};
}

#endif
