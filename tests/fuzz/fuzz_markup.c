/* Reads any bytes as documents of tables that stand alone: pages, Excel's XML of 2003, and OpenDocument.
 *
 * Holds    no crash; pieces do not show; what a document becomes is a dump in which every row is a tuple; whatever has as many digits as
 *          an identifier is still in it; it is no more than so many times as long
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_markup (make test)
 */
#include "markup_reading.h"

static void check_form(const char *form, const char *bytes, size_t length)
{
    enum { TIMES = 256, FREELY = 4 << 20 }; /* copies of cells and empty ones, as markup_rows.h allows */
    struct document whole = document_read(form, NULL, bytes, length, length + 1);
    const struct document *const documents[] = {&whole};
    insist(whole.rows.count <= (size_t)TIMES * length + FREELY, "little does not become much");
    insist_same(&whole, form, NULL, bytes, length);
    insist_dump(&whole);
    /* Tags of OpenDocument say how often cells repeat, and values that are shown without an exponent. */
    bool has_values = strcmp(form, "opendocument") == 0;
    char *shown = has_values ? without_tags((struct span){bytes, length}) : NULL;
    if (!has_values) insist_digits(bytes, length, documents, 1);
    else if (shown != NULL) insist_digits(shown, length, documents, 1);
    free(shown);
    bytes_free(&whole.rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = copy_of(data, size, 0);
    (void)markup_sniff(bytes, size);
    check_form("html", bytes, size);
    check_form("spreadsheet", bytes, size);
    check_form("opendocument", bytes, size);
    free(bytes);
    return 0;
}
