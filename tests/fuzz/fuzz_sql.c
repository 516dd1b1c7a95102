/* Reads any bytes as an SQL dump.
 *
 * Holds    no crash, no byte read beyond what is in hand; and whatever the blocks and however much is in hand at once, each
 *          byte is taken for the same
 * Input    its first three bytes say whether backslashes escape, how large the blocks are, and how much is in hand
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_sql (make test)
 */
#include "../sql_reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { FREEDOMS = 3, ALL = 1 << 20 };
    if (size < FREEDOMS) return 0;
    struct span text = {(const char *)data + FREEDOMS, size - FREEDOMS};
    bool backslash = data[0] % 2 != 0, said;
    char *whole = read_in_blocks(text, backslash, ALL, ALL);
    char *parts = read_in_blocks(text, backslash, (size_t)data[1] + 1, (size_t)data[2] + 1);
    if (strcmp(whole, parts) != 0) {
        fprintf(stderr, "fuzz_sql: blocks show:\n%s\n-- instead of\n%s\n", parts, whole);
        abort();
    }
    free(whole);
    free(parts);
    (void)sql_begins(text, &said);
    return 0;
}
