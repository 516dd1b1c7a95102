/* Ends a process, or lets a call of it fail, at its K-th call that changes a disk: what kill -9, a full disk and a broken
 * one do at moments that nobody can choose.
 *
 * Usage    LD_PRELOAD=die_at.so DIE_AT=K DIE_HOW=HOW program ...
 *          before   ends the process in place of the call, with the status 137 of a process that was killed
 *          half     does half of a write first, or all of any other call, and ends it then
 *          EIO      the call fails with it, that one time
 *          ENOSPC   it fails with it, and so does all that follows and needs room
 *          TERM     the process gets SIGTERM before the call
 *          count    nothing, but DIE_SAY
 *          DIE_SAY  a file that gets the name of that call, or with count how many there were, when the process ends
 * How      calls the system itself, past every library
 * Counts   write and pwrite beyond the standard streams, fsync, fdatasync, rename, link, unlink, mkdir, and open with
 *          O_CREAT; of all threads together
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KILLED = 137 };
enum verdict { GO_ON, FAIL, HALF };

/* A library that is loaded first has no other place to keep anything. */
static atomic_ulong calls;
static atomic_bool full;

static void say(const char *text)
{
    const char *path = getenv("DIE_SAY");
    if (path == NULL) return;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return;
    (void)!syscall(SYS_write, descriptor, text, strlen(text));
    (void)!syscall(SYS_write, descriptor, "\n", 1);
    close(descriptor);
}

static void die(void)
{
    syscall(SYS_exit_group, KILLED);
}

/* What is to become of this call. Ends the process where it is to end before the call. */
static enum verdict judge(const char *name, bool needs_room)
{
    const char *at = getenv("DIE_AT"), *how = getenv("DIE_HOW");
    unsigned long number = atomic_fetch_add(&calls, 1) + 1;
    if (how == NULL || strcmp(how, "count") == 0) return GO_ON;
    if (atomic_load(&full) && needs_room) return errno = ENOSPC, FAIL;
    if (at == NULL || number != strtoul(at, NULL, 10)) return GO_ON;
    say(name);
    if (strcmp(how, "before") == 0) die();
    if (strcmp(how, "half") == 0) return HALF;
    if (strcmp(how, "EIO") == 0) return errno = EIO, FAIL;
    if (strcmp(how, "TERM") == 0) return (void)kill(getpid(), SIGTERM), GO_ON;
    atomic_store(&full, true);
    return needs_room ? (errno = ENOSPC, FAIL) : GO_ON;
}

__attribute__((destructor)) static void tell(void)
{
    const char *how = getenv("DIE_HOW");
    char text[32];
    snprintf(text, sizeof text, "%lu", atomic_load(&calls));
    if (how != NULL && strcmp(how, "count") == 0) say(text);
}

/* Does a system call as far as the verdict on it says. */
#define DO(name, needs_room, result, call)               \
    do {                                                 \
        enum verdict verdict = judge(name, needs_room);  \
        if (verdict == FAIL) return -1;                  \
        result done = (result)(call);                    \
        if (verdict == HALF) die();                      \
        return done;                                     \
    } while (0)

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    if (descriptor <= STDERR_FILENO) return syscall(SYS_write, descriptor, bytes, count);
    DO("write", true, ssize_t, syscall(SYS_write, descriptor, bytes, verdict == HALF ? count / 2 : count));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    DO("pwrite", true, ssize_t, syscall(SYS_pwrite64, descriptor, bytes, verdict == HALF ? count / 2 : count, offset));
}

int fsync(int descriptor)
{
    DO("fsync", true, int, syscall(SYS_fsync, descriptor));
}

int fdatasync(int descriptor)
{
    DO("fdatasync", true, int, syscall(SYS_fdatasync, descriptor));
}

int rename(const char *from, const char *to)
{
    DO("rename", true, int, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    DO("renameat", true, int, syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    DO("linkat", true, int, syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

int unlink(const char *path)
{
    DO("unlink", false, int, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int unlinkat(int folder, const char *path, int flags)
{
    DO("unlinkat", false, int, syscall(SYS_unlinkat, folder, path, flags));
}

int mkdir(const char *path, mode_t mode)
{
    DO("mkdir", true, int, syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    DO("mkdirat", true, int, syscall(SYS_mkdirat, folder, path, mode));
}

static mode_t mode_of(int flags, va_list list)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    if ((flags & O_CREAT) == 0) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    DO("open", true, int, syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    if ((flags & O_CREAT) == 0) return (int)syscall(SYS_openat, folder, path, flags, mode);
    DO("openat", true, int, syscall(SYS_openat, folder, path, flags, mode));
}
