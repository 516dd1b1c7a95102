#include "object_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
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

/* A path too long for one call is opened folder by folder, in steps that are short enough. */
static int open_in_steps(const char *path, int flags)
{
    int folder = AT_FDCWD;
    char part[PATH_MAX];
    while (strlen(path) > STEP_BYTES_MAX) {
        const char *cut = path + STEP_BYTES_MAX;
        while (cut > path && *cut != '/')
            cut--;
        if (cut == path) break; /* one name of that length: no file system has it */
        memcpy(part, path, (size_t)(cut - path));
        part[cut - path] = '\0';
        int next = openat(folder, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int error = errno;
        if (folder != AT_FDCWD) close(folder);
        if (next < 0) {
            errno = error;
            return -1;
        }
        folder = next;
        path = cut + strspn(cut, "/");
    }
    int descriptor = openat(folder, path, flags);
    int error = errno;
    if (folder != AT_FDCWD) close(folder);
    errno = error;
    return descriptor;
}

static int open_with(const char *path, int flags)
{
    int descriptor = open(path, flags);
    if (descriptor < 0 && errno == ENAMETOOLONG) descriptor = open_in_steps(path, flags);
    return descriptor;
}

/* Times of access stay as they are where the kernel lets us: only the owner may ask for that. */
static int open_once(const char *path)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
    int descriptor = open_with(path, flags | O_NOATIME);
    return descriptor < 0 && errno == EPERM ? open_with(path, flags) : descriptor;
}

int object_open(const char *open_path, struct stat *about, enum coverage_reason *reason)
{
    int descriptor = open_once(open_path);
    for (int i = 0; i < DESCRIPTOR_WAITS && descriptor < 0 && (errno == EMFILE || errno == ENFILE);
         i++) {
        struct timespec wait = {0, DESCRIPTOR_WAIT_MS * 1000000L};
        nanosleep(&wait, NULL);
        descriptor = open_once(open_path);
    }
    if (descriptor < 0) {
        /* The walk saw a file here: a link in its place is a change, and its bytes are missing. */
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
