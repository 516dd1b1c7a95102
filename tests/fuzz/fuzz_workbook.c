/* Reads any bytes as a workbook: a sheet, the texts of its cells and its styles, one behind the other.
 *
 * Holds    no crash; pieces do not show; a sheet becomes a dump in which every row is a tuple; whatever has as many digits as an
 *          identifier is in what the sheet became, or, of the texts, in those that no sheet shows
 * Input    a byte 0xFF parts the three
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_workbook (make test)
 */
#include "../../analyzer/decode/workbook.h"
#include "markup_reading.h"

struct file {
    const char *bytes;
    size_t length;
};

static bool file_read_at(void *context, uint64_t offset, char *bytes, size_t count)
{
    const struct file *file = context;
    if (offset > file->length || count > file->length - offset) return false;
    memcpy(bytes, file->bytes + offset, count);
    return true;
}

static struct span part_take(struct span *left)
{
    const char *end = left->len == 0 ? NULL : memchr(left->at, 0xFF, left->len);
    struct span part = {left->at, end == NULL ? left->len : (size_t)(end - left->at)};
    size_t taken = part.len + (end != NULL);
    *left = (struct span){left->at + taken, left->len - taken};
    return part;
}

static struct workbook_part place_of(struct span part, const char *bytes)
{
    return (struct workbook_part){(uint64_t)(part.at - bytes), part.len, false};
}

/* Numbers of cells are shown as dates, and without exponents: their digits are no more there. */
static bool has_numbers_shown(struct span sheet)
{
    return memmem(sheet.at, sheet.len, "s=", 2) != NULL || memmem(sheet.at, sheet.len, " s", 2) != NULL || memchr(sheet.at, 'E', sheet.len) != NULL ||
           memchr(sheet.at, 'e', sheet.len) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file file = {copy_of(data, size, 0), size};
    struct span left = {file.bytes, size}, sheet = part_take(&left), texts = part_take(&left), styles = part_take(&left);
    struct byte_reader below = {.context = &file, .read_at = file_read_at};
    const struct workbook_part places[] = {place_of(texts, file.bytes), place_of(styles, file.bytes), place_of(sheet, file.bytes)};
    struct workbook *workbook = workbook_open(&below, INFLATER_FASTEST, &places[0], &places[1]);
    insist(workbook != NULL, "there is memory");
    struct document cells = document_read("sheet", workbook, sheet.at, sheet.len, sheet.len + 1);
    struct document others = document_read("texts", workbook, texts.at, texts.len, texts.len + 1);
    const struct document *const documents[] = {&cells, &others};
    insist_same(&cells, "sheet", workbook, sheet.at, sheet.len);
    insist_same(&others, "texts", workbook, texts.at, texts.len);
    insist_dump(&cells);
    insist_dump(&others);
    insist_digits(texts.at, texts.len, documents, 2);
    char *shown = without_tags(sheet);
    if (shown != NULL && !has_numbers_shown(sheet) && cells.lost == 0) insist_digits(shown, sheet.len, documents, 1);
    free(shown);
    bytes_free(&cells.rows);
    bytes_free(&others.rows);
    workbook_close(workbook);
    free((char *)(uintptr_t)file.bytes);
    return 0;
}
