/* Reads any bytes as layers of compression: zstd, xz, bzip2, lz4, zlib, gzip.
 *
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_frames (make test)
 */
#include "unpacking_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unpacking_check(data, size);
    return 0;
}
