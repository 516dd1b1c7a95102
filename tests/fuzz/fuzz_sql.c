/* Reads any bytes as an SQL dump.
 *
 * Holds    no crash, no byte read beyond what is in hand; and whatever the blocks and however much is in hand at once, each
 *          byte is taken for the same. A sample has what was asked for and no more
 * Input    its first three bytes say whether backslashes escape, how large the blocks are, and how much is in hand
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_sql (make test)
 */
#include "../../analyzer/record/record_sql_sample.h"
#include "../sql_reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { FREEDOMS = 3, ALL = 1 << 20 };
    if (size < FREEDOMS) return 0;
    struct span text = {(const char *)data + FREEDOMS, size - FREEDOMS};
    bool backslash = data[0] % 2 != 0, said;
    bool whole_broke_off, parts_broke_off;
    char *whole = read_to_the_end(text, backslash, ALL, ALL, &whole_broke_off);
    char *parts = read_to_the_end(text, backslash, (size_t)data[1] + 1, (size_t)data[2] + 1, &parts_broke_off);
    sql_insist(whole_broke_off == parts_broke_off);
    if (strcmp(whole, parts) != 0) {
        fprintf(stderr, "fuzz_sql: blocks show:\n%s\n-- instead of\n%s\n", parts, whole);
        abort();
    }
    free(whole);
    free(parts);
    (void)sql_begins(text, &said);
    enum { ROWS = 3, BYTES = 100 };
    struct sql_sample *sample;
    struct fault fault;
    sql_insist(sql_sample_open(text, data[1] % 2 != 0, backslash, ROWS, BYTES, &sample, &fault) == STATUS_OK);
    for (size_t i = 0; i < sample->count; i++) {
        const struct sql_sample_table *table = sample->tables[i];
        sql_insist(table->rows <= ROWS && table->text.count <= BYTES && (table->rows == 0 || table->column_count > 0));
        for (size_t k = 0; k < i; k++)
            sql_insist(sample->tables[k]->key.count != table->key.count || memcmp(sample->tables[k]->key.at, table->key.at, table->key.count) != 0);
    }
    sql_sample_close(sample);
    return 0;
}
