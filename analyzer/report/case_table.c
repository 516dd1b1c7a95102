#include "case_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/escape.h"
#include "../support/utf8.h"

/* A row of a table that is sorted in memory. */
struct kept_row {
    char *bytes; /* the row, then its key */
    size_t len, key_len;
    uint64_t line;
    bool quoted;
};

struct case_table {
    struct sheet *sheet;
    size_t key_column;
    bool paths;   /* keys are paths: always escaped, and two may be the same */
    bool sorted;
    bool unsure;  /* some key so far could also be another */
    bool started;
    char *key, *before; /* two buffers that change places */
    size_t key_len, before_len, key_capacity, before_capacity;
    char *scratch;
    size_t scratch_capacity;
    struct span cells[SHEET_COLUMNS_MAX];
    struct kept_row *kept;
    size_t kept_count, kept_capacity, kept_next;
};

static bool grow(char **bytes, size_t *capacity, size_t wanted)
{
    if (wanted <= *capacity)
        return true;
    char *grown = realloc(*bytes, 2 * wanted);
    if (grown == NULL)
        return false;
    *bytes = grown;
    *capacity = 2 * wanted;
    return true;
}

static struct span key_cell(struct case_table *table, const struct sheet_row *row)
{
    if (table->key_column == 0 && !row->quoted) {
        const char *comma = memchr(row->bytes, ',', row->len);
        return (struct span){row->bytes, comma != NULL ? (size_t)(comma - row->bytes) : row->len};
    }
    sheet_split(table->sheet, row, table->cells);
    return table->cells[table->key_column];
}

static bool is_neutralised(const char *text, size_t len)
{
    return len >= 2 && text[0] == '\'' && memchr("=+-@\t\r", text[1], 6) != NULL;
}

/* Undoes support/escape.h of a path, if the key is what it would have written. scratch has room for both forms. */
static void undo_escape(struct case_table *table)
{
    char *undone = table->scratch, *again = undone + table->key_len + 1;
    size_t undone_len = 0;
    table->key[table->key_len] = '\0';
    if (strlen(table->key) != table->key_len || !escape_undo(table->key, undone, &undone_len))
        return;
    size_t again_len = escape_write(again, table->key_len + 1, undone, undone_len);
    if (again_len != table->key_len || memcmp(again, table->key, again_len) != 0)
        return;
    if (!table->paths) {
        /* Its order is that of the cells; older versions had that of the bytes. Else it is a customer's own backslashes. */
        table->unsure |= !utf8_is_valid(undone, undone_len);
        return;
    }
    memcpy(table->key, undone, undone_len);
    table->key_len = undone_len;
}

static enum status read_key(struct case_table *table, const struct sheet_row *row, struct fault *fault)
{
    struct span cell = key_cell(table, row);
    if (!grow(&table->key, &table->key_capacity, cell.len + 1) ||
        !grow(&table->scratch, &table->scratch_capacity, 2 * cell.len + 2))
        return fault_set(fault, STATUS_FATAL, "no memory to read a case");
    table->key_len = sheet_unquote(cell, table->key);
    if (table->sorted)
        return STATUS_OK;
    if (is_neutralised(table->key, table->key_len)) {
        memmove(table->key, table->key + 1, --table->key_len);
        table->unsure = true;
    }
    if (memchr(table->key, '\\', table->key_len) != NULL)
        undo_escape(table);
    return STATUS_OK;
}

static int compare_bytes(const char *left, size_t left_len, const char *right, size_t right_len)
{
    int order = memcmp(left, right, left_len < right_len ? left_len : right_len);
    return order != 0 ? order : (left_len > right_len) - (left_len < right_len);
}

static void keep_before(struct case_table *table)
{
    char *bytes = table->before;
    size_t capacity = table->before_capacity;
    table->before = table->key;
    table->before_len = table->key_len;
    table->before_capacity = table->key_capacity;
    table->key = bytes;
    table->key_capacity = capacity;
}

static enum status next_in_file(struct case_table *table, struct sheet_row *row, struct fault *fault)
{
    keep_before(table);
    enum status status = sheet_next(table->sheet, row, fault);
    if (status == STATUS_OK)
        status = read_key(table, row, fault);
    if (status != STATUS_OK || table->sorted)
        return status;
    int order = table->started ? compare_bytes(table->before, table->before_len, table->key, table->key_len) : -1;
    table->started = true;
    if (order == 0 && !table->paths)
        return sheet_refuse(table->sheet, row->line, "this customer stands here twice", fault);
    return order <= 0 ? STATUS_OK : sheet_refuse(table->sheet, row->line, "this row is out of order", fault);
}

static void drop_kept(struct case_table *table)
{
    for (size_t i = 0; i < table->kept_count; i++)
        free(table->kept[i].bytes);
    free(table->kept);
    table->kept = NULL;
    table->kept_count = table->kept_capacity = table->kept_next = 0;
}

static bool keep_row(struct case_table *table, const struct sheet_row *row)
{
    if (table->kept_count == table->kept_capacity) {
        size_t capacity = 2 * table->kept_capacity + 1024;
        struct kept_row *grown = realloc(table->kept, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        table->kept = grown;
        table->kept_capacity = capacity;
    }
    struct kept_row kept = {malloc(row->len + table->key_len + 1), row->len, table->key_len, row->line, row->quoted};
    if (kept.bytes == NULL)
        return false;
    memcpy(kept.bytes, row->bytes, row->len);
    memcpy(kept.bytes + row->len, table->key, table->key_len);
    table->kept[table->kept_count++] = kept;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct kept_row *left = a, *right = b;
    int order = compare_bytes(left->bytes + left->len, left->key_len, right->bytes + right->len, right->key_len);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

static enum status keep_all(struct case_table *table, struct fault *fault)
{
    struct sheet_row row;
    enum status status = STATUS_OK;
    while ((status = next_in_file(table, &row, fault)) == STATUS_OK) {
        if (!keep_row(table, &row))
            return fault_set(fault, STATUS_FATAL, "no memory to sort a case");
    }
    if (status != STATUS_END)
        return status;
    if (table->kept_count > 0)
        qsort(table->kept, table->kept_count, sizeof *table->kept, by_key);
    return STATUS_OK;
}

enum status case_table_open(const char *folder, const char *file_name, const char *key_column, bool sorted,
                            struct case_table **table, struct fault *fault)
{
    *table = NULL;
    struct case_table *made = calloc(1, sizeof *made);
    if (made == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to read a case");
    made->sorted = sorted;
    made->paths = strcmp(key_column, "path") == 0;
    enum status status = sheet_open(folder, file_name, &made->sheet, fault);
    struct span name = {key_column, strlen(key_column)};
    if (status == STATUS_OK && !sheet_column_find(made->sheet, name, &made->key_column)) {
        char what[64];
        snprintf(what, sizeof what, "there is no column %s", key_column);
        status = sheet_refuse(made->sheet, 1, what, fault);
    }
    if (status == STATUS_OK &&
        (!grow(&made->key, &made->key_capacity, 64) || !grow(&made->before, &made->before_capacity, 64)))
        status = fault_set(fault, STATUS_FATAL, "no memory to read a case");
    if (status == STATUS_OK && sorted)
        status = keep_all(made, fault);
    if (status != STATUS_OK) {
        case_table_close(made);
        return status;
    }
    *table = made;
    return STATUS_OK;
}

void case_table_close(struct case_table *table)
{
    if (table == NULL)
        return;
    drop_kept(table);
    free(table->key);
    free(table->before);
    free(table->scratch);
    sheet_close(table->sheet);
    free(table);
}

enum status case_table_next(struct case_table *table, struct sheet_row *row, struct span *key, struct fault *fault)
{
    if (table->sorted) {
        if (table->kept_next == table->kept_count) {
            drop_kept(table);
            return STATUS_END;
        }
        const struct kept_row *kept = &table->kept[table->kept_next++];
        *row = (struct sheet_row){kept->bytes, kept->len, kept->line, kept->quoted};
        *key = (struct span){kept->bytes + kept->len, kept->key_len};
        return STATUS_OK;
    }
    enum status status = next_in_file(table, row, fault);
    *key = (struct span){table->key, table->key_len};
    return status;
}

bool case_table_is_unsure(const struct case_table *table)
{
    return table->unsure;
}

const struct sheet *case_table_sheet(const struct case_table *table)
{
    return table->sheet;
}

size_t case_table_key_column(const struct case_table *table)
{
    return table->key_column;
}
