#include "sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"

enum { SHEET_BUFFER_BYTES = 1 << 20, NAME_SHOWN_SIZE = 256 };

struct sheet {
    char name[NAME_SHOWN_SIZE];
    int descriptor;
    bool at_end;
    char *buffer;
    size_t capacity, begin, end;
    uint64_t line; /* of the row that comes next */
    char *header;
    size_t column_count;
    struct span columns[SHEET_COLUMNS_MAX];
};

enum status sheet_refuse(const struct sheet *sheet, uint64_t line, const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_USAGE, "%s, line %llu: %s", sheet->name, (unsigned long long)line, what);
}

/* Where the row at bytes ends. END: more bytes are needed to tell. DAMAGED: a quote where none can stand. */
static enum status find_quoted_end(const char *bytes, size_t count, size_t *len, uint64_t *line_breaks)
{
    const char *at = bytes, *end = bytes + count;
    while (at < end) {
        if (*at == '"') {
            for (at++;; at++) {
                const char *quote = memchr(at, '"', (size_t)(end - at));
                if (quote == NULL || quote + 1 == end)
                    return STATUS_END;
                for (; at < quote; at++)
                    *line_breaks += *at == '\n';
                at = quote + 1;
                if (*at != '"')
                    break;
            }
        } else {
            while (at < end && *at != ',' && *at != '\n' && *at != '"')
                at++;
        }
        if (at == end)
            return STATUS_END;
        if (*at == '\n') {
            *len = (size_t)(at - bytes);
            return STATUS_OK;
        }
        if (*at++ != ',')
            return STATUS_DAMAGED;
    }
    return STATUS_END;
}

static enum status find_row(const struct sheet *sheet, struct sheet_row *row, uint64_t *line_breaks)
{
    const char *bytes = sheet->buffer + sheet->begin;
    size_t count = sheet->end - sheet->begin;
    *row = (struct sheet_row){.bytes = bytes, .line = sheet->line};
    *line_breaks = 1;
    const char *newline = count > 0 ? memchr(bytes, '\n', count) : NULL;
    if (newline == NULL)
        return STATUS_END;
    row->len = (size_t)(newline - bytes);
    row->quoted = memchr(bytes, '"', row->len) != NULL;
    return row->quoted ? find_quoted_end(bytes, count, &row->len, line_breaks) : STATUS_OK;
}

/* More bytes behind those that are left, which move to the front. */
static enum status refill(struct sheet *sheet, struct fault *fault)
{
    size_t left = sheet->end - sheet->begin;
    memmove(sheet->buffer, sheet->buffer + sheet->begin, left);
    sheet->begin = 0;
    sheet->end = left;
    if (left == sheet->capacity) {
        if (sheet->capacity >= SHEET_ROW_BYTES_MAX)
            return sheet_refuse(sheet, sheet->line, "the row has no end", fault);
        char *grown = realloc(sheet->buffer, 2 * sheet->capacity);
        if (grown == NULL)
            return fault_set(fault, STATUS_FATAL, "no memory to read %s", sheet->name);
        sheet->buffer = grown;
        sheet->capacity *= 2;
    }
    ssize_t count = 0;
    do
        count = read(sheet->descriptor, sheet->buffer + left, sheet->capacity - left);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fault_set(fault, STATUS_USAGE, "%s: cannot be read: %s", sheet->name, strerror(errno));
    sheet->end += (size_t)count;
    sheet->at_end = count == 0;
    return STATUS_OK;
}

static enum status next_row(struct sheet *sheet, struct sheet_row *row, struct fault *fault)
{
    for (;;) {
        uint64_t line_breaks = 0;
        enum status found = find_row(sheet, row, &line_breaks);
        if (found == STATUS_DAMAGED)
            return sheet_refuse(sheet, sheet->line, "a quote stands where none can", fault);
        if (found == STATUS_OK) {
            sheet->begin += row->len + 1;
            sheet->line += line_breaks;
            return STATUS_OK;
        }
        if (sheet->at_end)
            return sheet->begin == sheet->end
                       ? STATUS_END
                       : sheet_refuse(sheet, sheet->line, "the file ends within this row", fault);
        enum status status = refill(sheet, fault);
        if (status != STATUS_OK)
            return status;
    }
}

/* Cuts a row that is known to be whole; cells beyond cells_max are counted only. */
static size_t split(const struct sheet_row *row, struct span *cells, size_t cells_max)
{
    const char *at = row->bytes, *end = at + row->len;
    for (size_t count = 0;; at++) {
        const char *first = at;
        if (at < end && *at == '"') {
            do
                at = (const char *)memchr(at + 1, '"', (size_t)(end - at - 1)) + 1;
            while (at < end && *at == '"');
        } else {
            const char *comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
            at = comma != NULL ? comma : end;
        }
        if (count < cells_max)
            cells[count] = (struct span){first, (size_t)(at - first)};
        count++;
        if (at == end)
            return count;
    }
}

static size_t count_cells(const struct sheet_row *row)
{
    if (row->quoted)
        return split(row, NULL, 0);
    size_t count = 1;
    for (size_t i = 0; i < row->len; i++)
        count += row->bytes[i] == ',';
    return count;
}

enum status sheet_next(struct sheet *sheet, struct sheet_row *row, struct fault *fault)
{
    enum status status = next_row(sheet, row, fault);
    if (status != STATUS_OK)
        return status;
    size_t count = count_cells(row);
    if (count == sheet->column_count)
        return STATUS_OK;
    return fault_set(fault, STATUS_USAGE, "%s, line %llu: %zu columns, but the header has %zu", sheet->name,
                     (unsigned long long)row->line, count, sheet->column_count);
}

static bool is_name(struct span name)
{
    bool printable = name.len > 0 && name.len <= SHEET_NAME_BYTES_MAX;
    for (size_t i = 0; i < name.len; i++)
        printable = printable && name.at[i] > ' ' && name.at[i] < 0x7F;
    return printable;
}

static enum status check_names(const struct sheet *sheet, struct fault *fault)
{
    if (sheet->column_count > SHEET_COLUMNS_MAX)
        return sheet_refuse(sheet, 1, "too many columns", fault);
    if (sheet->column_count == 0)
        return sheet_refuse(sheet, 1, "this is no header that breachtally writes", fault);
    for (size_t i = 0, found = 0; i < sheet->column_count; i++) {
        if (!is_name(sheet->columns[i]))
            return sheet_refuse(sheet, 1, "this is no header that breachtally writes", fault);
        if (sheet_column_find(sheet, sheet->columns[i], &found) && found < i)
            return sheet_refuse(sheet, 1, "two columns have one name", fault);
    }
    return STATUS_OK;
}

/* The header is kept as long as the sheet. */
static enum status read_header(struct sheet *sheet, struct fault *fault)
{
    struct sheet_row row;
    enum status status = next_row(sheet, &row, fault);
    if (status == STATUS_END)
        return sheet_refuse(sheet, 1, "the header is missing", fault);
    if (status != STATUS_OK)
        return status;
    sheet->header = malloc(row.len + 1);
    if (sheet->header == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to read %s", sheet->name);
    memcpy(sheet->header, row.bytes, row.len);
    row.bytes = sheet->header;
    if (!row.quoted)
        sheet->column_count = split(&row, sheet->columns, SHEET_COLUMNS_MAX);
    return check_names(sheet, fault);
}

static enum status open_file(struct sheet *sheet, const char *path, struct fault *fault)
{
    struct stat facts;
    /* O_NONBLOCK: a pipe of that name is no case, and must not be waited for. */
    sheet->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (sheet->descriptor < 0 || fstat(sheet->descriptor, &facts) != 0)
        return fault_set(fault, STATUS_USAGE, "%s: cannot be opened: %s", sheet->name, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return fault_set(fault, STATUS_USAGE, "%s: is no file", sheet->name);
    sheet->capacity = SHEET_BUFFER_BYTES;
    sheet->buffer = malloc(sheet->capacity);
    if (sheet->buffer == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to read %s", sheet->name);
    return read_header(sheet, fault);
}

enum status sheet_open(const char *folder, const char *name, struct sheet **sheet, struct fault *fault)
{
    *sheet = NULL;
    struct sheet *made = calloc(1, sizeof *made);
    char *path = NULL;
    if (made == NULL || asprintf(&path, "%s/%s", folder, name) < 0) {
        free(made);
        return fault_set(fault, STATUS_FATAL, "no memory to read %s", name);
    }
    made->line = 1;
    escape_write_tail(made->name, sizeof made->name, path, strlen(path));
    enum status status = open_file(made, path, fault);
    free(path);
    if (status != STATUS_OK) {
        sheet_close(made);
        return status;
    }
    *sheet = made;
    return STATUS_OK;
}

void sheet_close(struct sheet *sheet)
{
    if (sheet == NULL)
        return;
    if (sheet->descriptor >= 0)
        close(sheet->descriptor);
    free(sheet->buffer);
    free(sheet->header);
    free(sheet);
}

size_t sheet_column_count(const struct sheet *sheet)
{
    return sheet->column_count;
}

struct span sheet_column(const struct sheet *sheet, size_t column)
{
    return sheet->columns[column];
}

bool sheet_column_find(const struct sheet *sheet, struct span name, size_t *column)
{
    for (size_t i = 0; i < sheet->column_count; i++) {
        if (sheet->columns[i].len == name.len && memcmp(sheet->columns[i].at, name.at, name.len) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
}

void sheet_split(const struct sheet *sheet, const struct sheet_row *row, struct span *cells)
{
    (void)split(row, cells, sheet->column_count);
}

size_t sheet_unquote(struct span cell, char *text)
{
    if (cell.len < 2 || cell.at[0] != '"') {
        memcpy(text, cell.at, cell.len);
        return cell.len;
    }
    size_t count = 0;
    for (size_t i = 1; i + 1 < cell.len; i++) {
        text[count++] = cell.at[i];
        if (cell.at[i] == '"')
            i++;
    }
    return count;
}
