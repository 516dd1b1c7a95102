#include "object_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STEP_BYTES_MAX = PATH_MAX - 96, DESCRIPTOR_WAITS = 5, DESCRIPTOR_WAIT_MS = 20 };

enum coverage_reason coverage_reason_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return COVERAGE_VANISHED;
    case EACCES:
    case EPERM:
        return COVERAGE_PERMISSION_DENIED;
    case ELOOP:
        return COVERAGE_SYMLINK_NOT_FOLLOWED;
    case EMFILE:
    case ENFILE:
        return COVERAGE_NO_FDS;
    case ENOMEM:
        return COVERAGE_NO_MEMORY;
    case ENXIO:
    case ENODEV:
    case EISDIR:
        return COVERAGE_NOT_REGULAR;
    default:
        return COVERAGE_IO_ERROR;
    }
}

/* --- one step: a path that is short enough, from a folder ---------------------------------------
 */

typedef int step_open(int folder, const char *path, int flags);

/* Wherever the path leads. */
static int step_anywhere(int folder, const char *path, int flags)
{
    return openat(folder, path, flags);
}

/* Never through a link, never out of the folder. ENOSYS: the kernel is older than 5.6. */
static int step_beneath(int folder, const char *path, int flags)
{
    struct open_how how = {.flags = (unsigned)flags,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

/* The same for one name. Of a folder that is a link, openat says no more than that it is none. */
static int step_name(int folder, const char *name, int flags)
{
    char target;
    int descriptor = openat(folder, name, flags | O_NOFOLLOW);
    if (descriptor < 0 && errno == ENOTDIR)
        errno = readlinkat(folder, name, &target, 1) >= 0 ? ELOOP : ENOTDIR;
    return descriptor;
}

/* --- in steps ----------------------------------------------------------------------------------
 */

/* Where the first step ends: behind one name, or before step_bytes_max; NULL: it is the last. */
static const char *step_end(const char *path, size_t step_bytes_max)
{
    if (step_bytes_max == 0) return strchr(path, '/');
    if (strlen(path) <= step_bytes_max) return NULL;
    return memrchr(path, '/', step_bytes_max);
}

/* Opens folder by folder: a path too long for one call, or (step_bytes_max 0) name by name. */
static int open_in_steps(int folder, const char *path, int flags, step_open *step,
                         size_t step_bytes_max)
{
    int at = folder;
    char part[PATH_MAX];
    for (const char *end; (end = step_end(path, step_bytes_max)) != NULL && end > path;) {
        size_t length = (size_t)(end - path);
        int next = -1;
        errno = ENAMETOOLONG; /* one name of that length: no file system has it */
        if (length < sizeof part) {
            memcpy(part, path, length);
            part[length] = '\0';
            next = step(at, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        int error = errno;
        if (at != folder) close(at);
        errno = error;
        if (next < 0) return -1;
        at = next;
        path = end + strspn(end, "/");
    }
    int descriptor = step(at, path, flags);
    int error = errno;
    if (at != folder) close(at);
    errno = error;
    return descriptor;
}

static int open_anywhere(const char *path, int flags)
{
    int descriptor = open(path, flags);
    if (descriptor < 0 && errno == ENAMETOOLONG)
        descriptor = open_in_steps(AT_FDCWD, path, flags, step_anywhere, STEP_BYTES_MAX);
    return descriptor;
}

int object_open_by_names(int folder, const char *path, int flags)
{
    return open_in_steps(folder, path, flags, step_name, 0);
}

static int open_beneath(int folder, const char *path, int flags)
{
    int descriptor = step_beneath(folder, path, flags);
    if (descriptor < 0 && errno == ENAMETOOLONG)
        descriptor = open_in_steps(folder, path, flags, step_beneath, STEP_BYTES_MAX);
    /* EPERM: what a filter of system calls says that does not know this one. */
    if (descriptor < 0 && (errno == ENOSYS || (errno == EPERM && (flags & O_NOATIME) == 0)))
        descriptor = object_open_by_names(folder, path, flags);
    return descriptor;
}

/* The folder that was named as evidence, which may be a link; only where no descriptor of it was
 * kept. */
static int root_open(const struct object *object)
{
    char root[PATH_MAX];
    size_t length = object->root_bytes > 1 ? object->root_bytes - 1 : 1; /* without the final '/' */
    if (length >= sizeof root) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(root, object->open_path, length);
    root[length] = '\0';
    return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int open_with(const struct object *object, int flags)
{
    if (object->root_bytes == 0) return open_anywhere(object->open_path, flags);
    const char *below = object->open_path + object->root_bytes;
    if (object->root_descriptor >= 0) return open_beneath(object->root_descriptor, below, flags);
    int root = root_open(object);
    if (root < 0) return -1;
    int descriptor = open_beneath(root, below, flags);
    int error = errno;
    close(root);
    errno = error;
    return descriptor;
}

/* Times of access stay as they are where the kernel lets us: only the owner may ask for that. */
static int open_once(const struct object *object)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
    int descriptor = open_with(object, flags | O_NOATIME);
    return descriptor < 0 && errno == EPERM ? open_with(object, flags) : descriptor;
}

int object_open(const struct object *object, struct stat *about, enum coverage_reason *reason)
{
    int descriptor = open_once(object);
    for (int i = 0; i < DESCRIPTOR_WAITS && descriptor < 0 && (errno == EMFILE || errno == ENFILE);
         i++) {
        struct timespec wait = {0, DESCRIPTOR_WAIT_MS * 1000000L};
        nanosleep(&wait, NULL);
        descriptor = open_once(object);
    }
    if (descriptor < 0) {
        /* The walk saw a file here: a link in its place, or in that of a folder above it, is a change,
         * and its bytes are missing. */
        *reason = errno == ELOOP ? COVERAGE_CHANGED_DURING_READ : coverage_reason_of_errno(errno);
        return -1;
    }
    if (fstat(descriptor, about) != 0)
        *reason = coverage_reason_of_errno(errno);
    else if (!S_ISREG(about->st_mode))
        *reason = COVERAGE_NOT_REGULAR;
    else
        return descriptor;
    close(descriptor);
    return -1;
}
