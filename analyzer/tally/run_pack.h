/* The door to zstd and xxHash: how the blocks of a run are made small, and how one sees that they are whole.
 *
 * Quirks   zstd's decoder takes several frames in a row, skippable frames and those of its forerunners: run_unpack
 *          takes one frame of today's format that names its size. A level's parameters differ from version to version
 * Threads  one packer or unpacker, one thread at a time
 */
#ifndef RUN_PACK_H
#define RUN_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_packer;
struct run_unpacker;

struct run_packer *run_packer_open(void);               /* NULL: no memory */
void run_packer_close(struct run_packer *packer);       /* accepts NULL */
struct run_unpacker *run_unpacker_open(void);           /* NULL: no memory */
void run_unpacker_close(struct run_unpacker *unpacker); /* accepts NULL */
size_t run_unpacker_bytes(void);

/* The room that run_pack wants for so many bytes. */
size_t run_pack_room(size_t raw_bytes);

/* Gives the packed length; 0: zstd cannot, which is a lack of memory. */
size_t run_pack(struct run_packer *packer, const char *raw, size_t raw_bytes, char *packed, size_t room);

/* Whether packed is one frame of exactly raw_bytes; if so they are in raw. */
bool run_unpack(struct run_unpacker *unpacker, const char *packed, size_t packed_bytes, char *raw, size_t raw_bytes);

/* Whether so many packed bytes can become as many: zstd turns 4 bytes into 128 KiB at best. */
bool run_unpack_plausible(size_t packed_bytes, size_t raw_bytes);

uint64_t run_checksum(const char *bytes, size_t count, uint64_t seed);

#endif
