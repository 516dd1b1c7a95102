#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_BUFFER_BYTES = 1 << 20,
    WRITE_BACK_BYTES = 8 << 20,
    DIRECT_FROM_BYTES = 2 << 20, /* smaller files are as well read from the page cache soon */
    DIRECT_STEP = 4096,          /* of memory, places and lengths; what a device wants more of says EINVAL */
    FILE_MODE = 0600,
    OPEN_TRIES = 2
};

/* A thread that writes one buffer of a large file while the next is filled. What of the file has to do with writing is the
 * thread's while count is above 0. */
struct behind {
    pthread_t thread;
    pthread_mutex_t lock; /* over all that follows */
    pthread_cond_t moved;
    char *buffer;
    size_t count; /* of it, that is to be written; 0: nothing is */
    bool ending;
    enum status status; /* the first failure, and then nothing more is written */
    struct fault fault;
};

struct file {
    int folder;
    int descriptor;
    char name[FILE_NAME_SIZE];
    char partial[FILE_NAME_SIZE + 16];
    uint64_t position_bytes; /* where the next byte to be written goes */
    size_t buffered; /* of the buffer */
    char *buffer;
    bool direct, refuses_direct; /* past the page cache */
    bool failed;
    struct behind *behind; /* NULL: the file is not large, or there is no thread to be had */
    bool alone;            /* the latter */
};

static enum status fail(struct file *file, const char *what, struct fault *fault)
{
    file->failed = true;
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
    made->buffer = aligned_alloc(DIRECT_STEP, FILE_BUFFER_BYTES);
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

/* Whether writes go past the page cache from now on; false also where the file system will not have it. */
static void direct_set(struct file *file, bool wanted)
{
    if (file->direct == wanted)
        return;
    int flags = fcntl(file->descriptor, F_GETFL);
    bool set = flags >= 0 && fcntl(file->descriptor, F_SETFL, wanted ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
    if (set)
        file->direct = wanted;
    else
        file->refuses_direct = true;
}

/* To where the file ends by now. */
static enum status put(struct file *file, const char *bytes, size_t count, struct fault *fault)
{
    while (count > 0) {
        ssize_t written = pwrite(file->descriptor, bytes, count, (off_t)file->position_bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EINVAL && file->direct) {
            file->refuses_direct = true;
            direct_set(file, false);
            continue;
        }
        if (written == 0)
            errno = ENOSPC;
        if (written <= 0)
            return fail(file, "cannot be written", fault);
        bytes += written;
        count -= (size_t)written;
        file->position_bytes += (uint64_t)written;
    }
    return STATUS_OK;
}

/* Only starts the write-back, of many bytes at once; a file system that cannot will do it at fsync. */
static void write_back(const struct file *file, uint64_t begin_bytes)
{
    uint64_t first = begin_bytes / WRITE_BACK_BYTES, last = file->position_bytes / WRITE_BACK_BYTES;
    if (last > first && !file->direct)
        (void)sync_file_range(file->descriptor, (off_t)(first * WRITE_BACK_BYTES),
                              (off_t)((last - first) * WRITE_BACK_BYTES), SYNC_FILE_RANGE_WRITE);
}

static enum status put_buffer(struct file *file, const char *buffer, size_t count, struct fault *fault)
{
    uint64_t begin_bytes = file->position_bytes;
    bool large = begin_bytes >= DIRECT_FROM_BYTES && begin_bytes % DIRECT_STEP == 0 && !file->refuses_direct;
    size_t whole = large ? count / DIRECT_STEP * DIRECT_STEP : 0;
    enum status status = STATUS_OK;
    if (whole > 0) {
        direct_set(file, true);
        status = put(file, buffer, whole, fault);
    }
    if (status == STATUS_OK && whole < count) {
        direct_set(file, false);
        status = file->direct ? fail(file, "cannot be written", fault) : put(file, buffer + whole, count - whole, fault);
    }
    if (status == STATUS_OK)
        write_back(file, begin_bytes);
    return status;
}

/* ---------------------------------------------------------------- behind the writer's back */

static void *write_behind(void *context)
{
    struct file *file = context;
    struct behind *behind = file->behind;
    pthread_mutex_lock(&behind->lock);
    for (;;) {
        while (behind->count == 0 && !behind->ending)
            pthread_cond_wait(&behind->moved, &behind->lock);
        if (behind->count == 0)
            break;
        enum status status = behind->status;
        pthread_mutex_unlock(&behind->lock);
        struct fault fault;
        if (status == STATUS_OK)
            status = put_buffer(file, behind->buffer, behind->count, &fault);
        pthread_mutex_lock(&behind->lock);
        if (status != STATUS_OK && behind->status == STATUS_OK) {
            behind->status = status;
            behind->fault = fault;
        }
        behind->count = 0;
        pthread_cond_broadcast(&behind->moved);
    }
    pthread_mutex_unlock(&behind->lock);
    return NULL;
}

static void behind_free(struct file *file)
{
    struct behind *behind = file->behind;
    file->behind = NULL;
    pthread_mutex_destroy(&behind->lock);
    pthread_cond_destroy(&behind->moved);
    free(behind->buffer);
    free(behind);
}

/* Once a file is large. Where it fails, who writes waits for the disk himself. */
static void behind_start(struct file *file)
{
    struct behind *made = calloc(1, sizeof *made);
    file->alone = true;
    if (made == NULL)
        return;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->moved, NULL);
    made->buffer = aligned_alloc(DIRECT_STEP, FILE_BUFFER_BYTES);
    file->behind = made;
    file->alone = made->buffer == NULL || pthread_create(&made->thread, NULL, write_behind, file) != 0;
    if (file->alone)
        behind_free(file);
}

/* Until nothing is being written. */
static enum status behind_wait(struct file *file, struct fault *fault)
{
    struct behind *behind = file->behind;
    pthread_mutex_lock(&behind->lock);
    while (behind->count > 0)
        pthread_cond_wait(&behind->moved, &behind->lock);
    enum status status = behind->status;
    if (status != STATUS_OK)
        *fault = behind->fault;
    pthread_mutex_unlock(&behind->lock);
    return status;
}

static enum status behind_end(struct file *file, struct fault *fault)
{
    struct behind *behind = file->behind;
    enum status status = behind_wait(file, fault);
    pthread_mutex_lock(&behind->lock);
    behind->ending = true;
    pthread_cond_broadcast(&behind->moved);
    pthread_mutex_unlock(&behind->lock);
    pthread_join(behind->thread, NULL);
    behind_free(file);
    return status;
}

/* Takes the buffer, which is full, for an empty one. */
static enum status hand_over(struct file *file, struct fault *fault)
{
    struct behind *behind = file->behind;
    enum status status = behind_wait(file, fault);
    if (status != STATUS_OK)
        return status;
    char *empty = behind->buffer;
    pthread_mutex_lock(&behind->lock);
    behind->buffer = file->buffer;
    behind->count = file->buffered;
    pthread_cond_broadcast(&behind->moved);
    pthread_mutex_unlock(&behind->lock);
    file->buffer = empty;
    file->buffered = 0;
    return STATUS_OK;
}

/* ---------------------------------------------------------------- writing */

static enum status flush(struct file *file, struct fault *fault)
{
    if (file->behind == NULL && !file->alone && file->position_bytes >= DIRECT_FROM_BYTES)
        behind_start(file);
    if (file->behind != NULL)
        return hand_over(file, fault);
    size_t count = file->buffered;
    file->buffered = 0;
    return put_buffer(file, file->buffer, count, fault);
}

/* What is left goes from this thread. */
static enum status flush_last(struct file *file, struct fault *fault)
{
    enum status status = file->behind != NULL ? behind_end(file, fault) : STATUS_OK;
    if (file->failed)
        return status != STATUS_OK ? status : fault_set(fault, STATUS_FATAL, "%s: closed after a failure", file->name);
    size_t count = file->buffered;
    file->buffered = 0;
    return status == STATUS_OK ? put_buffer(file, file->buffer, count, fault) : status;
}

enum status file_write(struct file *file, const char *bytes, size_t count, struct fault *fault)
{
    while (count > 0) {
        size_t room = FILE_BUFFER_BYTES - file->buffered, some = count < room ? count : room;
        memcpy(file->buffer + file->buffered, bytes, some);
        file->buffered += some;
        bytes += some;
        count -= some;
        if (file->buffered < FILE_BUFFER_BYTES)
            break;
        enum status status = flush(file, fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status file_seal(struct file *file, struct fault *fault)
{
    enum status status = flush_last(file, fault);
    if (status != STATUS_OK)
        return status;
    if (fsync(file->descriptor) != 0)
        return fail(file, "cannot be brought to the disk", fault);
    int descriptor = file->descriptor;
    file->descriptor = -1;
    if (close(descriptor) != 0)
        return fail(file, "cannot be closed", fault);
    free(file->buffer);
    file->buffer = NULL;
    return STATUS_OK;
}

static enum status finish(struct file *file, struct fault *fault)
{
    bool sealed = file->buffer == NULL;
    enum status status = sealed ? STATUS_OK : file_seal(file, fault);
    if (status != STATUS_OK)
        return status;
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
    struct fault fault;
    if (file->behind != NULL)
        (void)behind_end(file, &fault);
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
