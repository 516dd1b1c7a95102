#include "coverage_csv.h"

#include <stdlib.h>
#include <string.h>

#include "../support/file.h"
#include "../support/sha256.h"
#include "cell.h"

enum { LINE_FIXED_BYTES = 512 };

struct line {
    char *bytes;
    size_t capacity;
};

static int by_path(const void *a, const void *b, void *context)
{
    const struct object *objects = context;
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    int order = strcmp(objects[left].path, objects[right].path);
    return order != 0 ? order : (left > right) - (left < right);
}

enum status coverage_order(const struct object_list *list, size_t **order, struct fault *fault)
{
    *order = malloc((list->count + 1) * sizeof **order);
    if (*order == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to order %zu objects", list->count);
    for (size_t i = 0; i < list->count; i++)
        (*order)[i] = i;
    qsort_r(*order, list->count, sizeof **order, by_path, list->objects);
    return STATUS_OK;
}

static bool make_room(struct line *line, const struct object *object)
{
    size_t wanted = LINE_FIXED_BYTES + cell_text_room(strlen(object->path)) +
                    cell_text_room(OBJECT_FORMAT_SIZE) + cell_text_room(OBJECT_DETAIL_SIZE);
    if (wanted <= line->capacity)
        return true;
    char *grown = realloc(line->bytes, wanted);
    if (grown == NULL)
        return false;
    line->bytes = grown;
    line->capacity = wanted;
    return true;
}

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* The cells that a line and its digest begin with. */
static char *write_identity(char *at, const struct object *object)
{
    at = cell_write_path(at, text_of(object->path), 0);
    *at++ = ',';
    at = cell_write_unsigned(at, object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0);
    *at++ = ',';
    if (object->hashed)
        at = cell_write_hex(at, object->sha256, SHA256_BYTES);
    *at++ = ',';
    return at;
}

static char *write_line(char *at, const struct object *object)
{
    at = write_identity(at, object);
    at = cell_write_text(at, text_of(object_format(object)));
    *at++ = ',';
    at = cell_write_name(at, object_status_name(object->status));
    *at++ = ',';
    at = cell_write_name(at, coverage_reason_name(object->reason));
    const uint64_t numbers[] = {object->bytes_examined, object->bytes_unexamined, object->units,
                                object->records, object->findings};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        *at++ = ',';
        at = cell_write_unsigned(at, numbers[i]);
    }
    *at++ = ',';
    at = cell_write_text(at, text_of(object_detail(object)));
    *at++ = '\n';
    return at;
}

static enum status write_lines(struct file *file, const struct object_list *list, const size_t *order,
                               struct line *line, struct fault *fault)
{
    static const char header[] = "path,size,sha256,format,status,reason,bytes_examined,bytes_unexamined,"
                                 "units,records,findings,detail\n";
    enum status status = file_write(file, header, sizeof header - 1, fault);
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++) {
        const struct object *object = &list->objects[order[i]];
        if (!make_room(line, object))
            return fault_set(fault, STATUS_FATAL, "no memory to write coverage.csv");
        char *end = write_line(line->bytes, object);
        status = file_write(file, line->bytes, (size_t)(end - line->bytes), fault);
    }
    return status;
}

enum status coverage_csv_write(const struct case_files *files, const size_t *order, struct file **made, struct fault *fault)
{
    *made = NULL;
    struct file *file = NULL;
    enum status status = file_open(files->folder, "coverage.csv", &file, fault);
    if (status != STATUS_OK)
        return status;
    struct line line = {0};
    status = write_lines(file, files->list, order, &line, fault);
    free(line.bytes);
    if (status == STATUS_OK)
        status = file_seal(file, fault);
    if (status != STATUS_OK)
        file_abandon(file);
    else
        *made = file;
    return status;
}

enum status coverage_digest(const struct object_list *list, const size_t *order,
                            uint8_t digest[SHA256_BYTES], struct fault *fault)
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL)
        return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    struct line line = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++) {
        const struct object *object = &list->objects[order[i]];
        if (!make_room(&line, object)) {
            status = fault_set(fault, STATUS_FATAL, "no memory for the digest of the evidence");
            break;
        }
        char *end = write_identity(line.bytes, object);
        end = cell_write_name(end, object_status_name(object->status));
        *end++ = '\n';
        sha256_add(hash, line.bytes, (size_t)(end - line.bytes));
    }
    free(line.bytes);
    sha256_take(hash, digest);
    sha256_close(hash);
    return status;
}
