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

/* What the digest is over, at the beginning of the line's room; the line itself is to be made after. */
static void digest_add(struct sha256 *hash, const struct line *line, const struct object *object)
{
    char *end = write_identity(line->bytes, object);
    end = cell_write_name(end, object_status_name(object->status));
    *end++ = '\n';
    sha256_add(hash, line->bytes, (size_t)(end - line->bytes));
}

/* Goes through all objects: each into the digest, and, where there is a file, as a line into that. */
static enum status go_through(struct coverage_order *order, struct file *file, struct sha256 *hash, struct line *line, struct fault *fault)
{
    const struct object *object;
    enum status status = coverage_order_begin(order, fault);
    while (status == STATUS_OK && (status = coverage_order_next(order, &object, fault)) == STATUS_OK) {
        if (!make_room(line, object))
            return fault_set(fault, STATUS_FATAL, "no memory to write coverage.csv");
        digest_add(hash, line, object);
        if (file == NULL)
            continue;
        char *end = write_line(line->bytes, object);
        status = file_write(file, line->bytes, (size_t)(end - line->bytes), fault);
    }
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status digest_while(struct coverage_order *order, struct file *file, uint8_t digest[SHA256_BYTES], struct fault *fault)
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL)
        return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    struct line line = {0};
    enum status status = go_through(order, file, hash, &line, fault);
    free(line.bytes);
    sha256_take(hash, digest);
    sha256_close(hash);
    return status;
}

enum status coverage_csv_write(const struct case_files *files, struct coverage_order *order, struct file **made,
                               uint8_t digest[SHA256_BYTES], struct fault *fault)
{
    static const char header[] = "path,size,sha256,format,status,reason,bytes_examined,bytes_unexamined,"
                                 "units,records,findings,detail\n";
    *made = NULL;
    struct file *file = NULL;
    enum status status = file_open(files->folder, "coverage.csv", &file, fault);
    if (status != STATUS_OK)
        return status;
    status = file_write(file, header, sizeof header - 1, fault);
    if (status == STATUS_OK)
        status = digest_while(order, file, digest, fault);
    if (status == STATUS_OK)
        status = file_seal(file, fault);
    if (status != STATUS_OK)
        file_abandon(file);
    else
        *made = file;
    return status;
}

enum status coverage_digest(struct coverage_order *order, uint8_t digest[SHA256_BYTES], struct fault *fault)
{
    return digest_while(order, NULL, digest, fault);
}
