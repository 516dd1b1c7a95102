/* Reads any bytes as text of any character set.
 *
 * Holds    no crash; however the bytes come, with the same gaps, the text is the same; and what is taken for nothing is not changed
 * Input    its first three bytes say how many bytes a read gives and where bytes are missing
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_charset (make test)
 */
#include <stdio.h>

#include "../charset_reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { FREEDOMS = 3, ALL = 1 << 20 };
    if (size <= FREEDOMS) return 0;
    const char *bytes = (const char *)data + FREEDOMS;
    size_t length = size - FREEDOMS, gap = data[1], other = (size_t)data[1] + data[2];
    struct charset_text whole = charset_text_read(bytes, length, ALL, gap, other);
    struct charset_text parts = charset_text_read(bytes, length, (size_t)data[0] + 1, gap, other);
    bool same = whole.text.count == parts.text.count && memcmp(whole.text.at, parts.text.at, whole.text.count) == 0;
    if (!same || whole.kind != parts.kind || whole.undecodable != parts.undecodable || whole.settled != parts.settled) {
        fprintf(stderr, "fuzz_charset: reads show\n");
        abort();
    }
    struct charset_text ungapped = charset_text_read(bytes, length, ALL, 0, 0);
    if (ungapped.plain && (ungapped.text.count != length || memcmp(ungapped.text.at, bytes, length) != 0)) {
        fprintf(stderr, "fuzz_charset: what is nothing is changed\n");
        abort();
    }
    bytes_free(&whole.text);
    bytes_free(&parts.text);
    bytes_free(&ungapped.text);
    return 0;
}
