/* Scans any bytes as an object of a dump, whatever they are taken for.
 *
 * Holds    no crash; status, units, records, findings and whom they are booked on do not depend on how large blocks are and how many bytes a
 *          read gives; and all bytes are accounted for
 * But      how far into what follows XML that is not well formed is mended is up to the block
 * Input    its first byte says how long a unit may be, and how large blocks are
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_units (make test)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../scanning.h"
#include "insisting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct freedom {
        size_t block_bytes, read_bytes;
    } freedoms[] = {{1, 0}, {90, 7}, {700, 1}};
    if (size < 1) return 0;
    struct scanning *scanning = scanning_make();
    scanning->unit_bytes_max = (size_t)100 + 20 * (size_t)data[0];
    scanning_file(scanning, "x", (const char *)data + 1, size - 1);
    scanning_run(scanning, NULL, 1 << 20, 0, 1);
    char *expected = scanning_print(scanning);
    uint64_t examined = scanning->list.objects[0].bytes_examined + scanning->list.objects[0].bytes_unexamined;
    insist(examined == size - 1, "all bytes are accounted for");
    const struct freedom *freedom = &freedoms[data[0] % (sizeof freedoms / sizeof freedoms[0])];
    scanning_run(scanning, NULL, freedom->block_bytes, freedom->read_bytes, 1);
    char *again = scanning_print(scanning);
    bool is_mended = strstr(scanning->list.objects[0].format, "xml") != NULL && scanning->list.objects[0].detail[0] != '\0';
    bool same = is_mended || strcmp(again, expected) == 0;
    if (!same) fprintf(stderr, "with blocks of %zu:\n%s\ninstead of\n%s\n", freedom->block_bytes, again, expected);
    insist(same, "blocks and reads do not show");
    free(again);
    free(expected);
    scanning_close(scanning);
    return 0;
}
