#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BUFFER_BYTES = 1 << 20, WRITE_BACK_BYTES = 8 << 20, FILE_MODE = 0600, OPEN_TRIES = 2 };

struct file {
    int folder;
    int descriptor;
    char name[FILE_NAME_SIZE];
    char partial[FILE_NAME_SIZE + 16];
    uint64_t position_bytes; /* where the buffer's first byte goes */
    size_t buffered;
    char *buffer;
};

static enum status fail(const struct file *file, const char *what, struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "%s: %s: %s", file->name, what, strerror(errno));
}

static enum status open_partial(struct file *file, struct fault *fault)
{
    for (int try = 0; try < OPEN_TRIES && file->descriptor < 0; try++) {
        /* O_EXCL: neither a link nor a file that somebody else put there is written through. */
        file->descriptor = openat(file->folder, file->partial,
                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
        if (file->descriptor < 0 && errno == EEXIST)
            unlinkat(file->folder, file->partial, 0);
        else if (file->descriptor < 0)
            break;
    }
    if (file->descriptor < 0)
        return fail(file, "cannot be made", fault);
    return STATUS_OK;
}

enum status file_open_at(int folder, const char *name, struct file **file, struct fault *fault)
{
    *file = NULL;
    if (strlen(name) >= FILE_NAME_SIZE)
        return fault_set(fault, STATUS_FATAL, "%s: too long a name for a file of a case", name);
    struct file *made = calloc(1, sizeof *made);
    if (made == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory for writing a file");
    made->descriptor = -1;
    snprintf(made->name, sizeof made->name, "%s", name);
    snprintf(made->partial, sizeof made->partial, ".%s.partial", made->name);
    made->folder = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    made->buffer = malloc(FILE_BUFFER_BYTES);
    enum status status = made->buffer == NULL ? fault_set(fault, STATUS_FATAL, "no memory for writing a file")
                         : made->folder < 0   ? fail(made, "cannot open the folder for it", fault)
                                              : open_partial(made, fault);
    if (status != STATUS_OK) {
        file_abandon(made);
        return status;
    }
    *file = made;
    return STATUS_OK;
}

enum status file_open(const char *folder, const char *name, struct file **file, struct fault *fault)
{
    *file = NULL;
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return fault_set(fault, STATUS_FATAL, "%s: cannot open the folder for it: %s", name, strerror(errno));
    enum status status = file_open_at(descriptor, name, file, fault);
    close(descriptor);
    return status;
}

enum status file_write_at(struct file *file, uint64_t position_bytes, const char *bytes, size_t count,
                          struct fault *fault)
{
    uint64_t begin_bytes = position_bytes;
    size_t left = count;
    while (left > 0) {
        ssize_t written = pwrite(file->descriptor, bytes, left, (off_t)position_bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            if (written == 0)
                errno = ENOSPC;
            return fail(file, "cannot be written", fault);
        }
        bytes += written;
        left -= (size_t)written;
        position_bytes += (uint64_t)written;
    }
    /* Only starts the write-back, of many chunks at once; a file system that cannot will do it at fsync. */
    uint64_t first = begin_bytes / WRITE_BACK_BYTES, last = position_bytes / WRITE_BACK_BYTES;
    if (last > first)
        (void)sync_file_range(file->descriptor, (off_t)(first * WRITE_BACK_BYTES),
                              (off_t)((last - first) * WRITE_BACK_BYTES), SYNC_FILE_RANGE_WRITE);
    return STATUS_OK;
}

enum status file_flush(struct file *file, uint64_t *position_bytes, struct fault *fault)
{
    enum status status = file_write_at(file, file->position_bytes, file->buffer, file->buffered, fault);
    file->position_bytes += file->buffered;
    file->buffered = 0;
    *position_bytes = file->position_bytes;
    return status;
}

enum status file_write(struct file *file, const char *bytes, size_t count, struct fault *fault)
{
    uint64_t position_bytes = 0;
    enum status status = STATUS_OK;
    if (count > FILE_BUFFER_BYTES - file->buffered)
        status = file_flush(file, &position_bytes, fault);
    if (status != STATUS_OK)
        return status;
    if (count >= FILE_BUFFER_BYTES) {
        status = file_write_at(file, file->position_bytes, bytes, count, fault);
        file->position_bytes += count;
        return status;
    }
    memcpy(file->buffer + file->buffered, bytes, count);
    file->buffered += count;
    return STATUS_OK;
}

static enum status finish(struct file *file, struct fault *fault)
{
    uint64_t position_bytes = 0;
    enum status status = file_flush(file, &position_bytes, fault);
    if (status != STATUS_OK)
        return status;
    if (fsync(file->descriptor) != 0)
        return fail(file, "cannot be brought to the disk", fault);
    int descriptor = file->descriptor;
    file->descriptor = -1;
    if (close(descriptor) != 0)
        return fail(file, "cannot be closed", fault);
    if (renameat(file->folder, file->partial, file->folder, file->name) != 0)
        return fail(file, "cannot get its name", fault);
    file->partial[0] = '\0';
    if (fsync(file->folder) != 0 && errno != EINVAL)
        return fail(file, "its folder cannot be brought to the disk", fault);
    return STATUS_OK;
}

enum status file_close(struct file *file, struct fault *fault)
{
    enum status status = finish(file, fault);
    file_abandon(file);
    return status;
}

void file_abandon(struct file *file)
{
    if (file == NULL)
        return;
    if (file->descriptor >= 0)
        close(file->descriptor);
    if (file->folder >= 0) {
        if (file->partial[0] != '\0')
            unlinkat(file->folder, file->partial, 0);
        close(file->folder);
    }
    free(file->buffer);
    free(file);
}

static enum status read_all(int descriptor, size_t bytes_max, char **bytes, size_t *count, struct fault *fault)
{
    size_t capacity = 64 * 1024;
    *bytes = malloc(capacity);
    for (*count = 0; *bytes != NULL;) {
        ssize_t got = read(descriptor, *bytes + *count, capacity - *count - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault_set(fault, STATUS_USAGE, "cannot be read: %s", strerror(errno));
        *count += (size_t)got;
        (*bytes)[*count] = '\0';
        if (got == 0)
            return STATUS_OK;
        if (*count > bytes_max)
            return fault_set(fault, STATUS_USAGE, "larger than %zu bytes", bytes_max);
        if (capacity - *count < 2) {
            capacity *= 2;
            char *grown = realloc(*bytes, capacity);
            if (grown == NULL)
                free(*bytes);
            *bytes = grown;
        }
    }
    return fault_set(fault, STATUS_FATAL, "no memory to read a file");
}

enum status file_read_whole(const char *path, size_t bytes_max, char **bytes, size_t *count,
                            struct fault *fault)
{
    *bytes = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fault_set(fault, STATUS_USAGE, "cannot be opened: %s", strerror(errno));
    enum status status = read_all(descriptor, bytes_max, bytes, count, fault);
    close(descriptor);
    if (status != STATUS_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}
