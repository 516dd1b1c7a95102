#include "merge_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../evidence/ledger.h"
#include "../report/report.h"

#define MARK_NAME ".merge.partial"

enum { MARK_MODE = 0600 };

static const char *const made[] = {"case.key", "coverage.csv", "impact.csv", "summary.json", "case.json"};

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

static bool is_partial(const char *name)
{
    return name[0] == '.' && ends_with(name, ".partial");
}

static bool is_made(const char *name)
{
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        if (strcmp(name, made[i]) == 0) return true;
    return is_partial(name);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *folder_read(int top, const char *name)
{
    int descriptor = top < 0 ? -1 : openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (stream == NULL && descriptor >= 0) close(descriptor);
    return stream;
}

/* Removes what a merge makes there; false where anything else is left. */
static bool remove_made(int top, const char *folder, bool remove)
{
    bool all = true;
    DIR *stream = folder_read(top, folder);
    bool is_tally = strcmp(folder, ".") != 0;
    for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        const char *name = entry->d_name;
        bool known = is_tally ? ends_with(name, ".run") || strcmp(name, LEDGER_NAME) == 0 || is_partial(name) : is_made(name);
        if (known && remove && strcmp(name, MARK_NAME) != 0) unlinkat(dirfd(stream), name, 0);
        all &= known || is_dots(name) || (!is_tally && strcmp(name, "tally") == 0);
    }
    if (stream != NULL) closedir(stream);
    return all;
}

/* The mark goes last: until then, what is there is known to be left over. */
static void clear(int top)
{
    remove_made(top, "tally", true);
    unlinkat(top, "tally", AT_REMOVEDIR);
    remove_made(top, ".", true);
}

static bool is_whole(int top)
{
    return faccessat(top, "case.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether a merge that was killed left the folder. */
static bool is_left_over(int top)
{
    return !is_whole(top) && remove_made(top, ".", false) && remove_made(top, "tally", false);
}

static bool mark_is_of(int mark, const uint8_t of[SHA256_DIGEST_BYTES])
{
    uint8_t said[SHA256_DIGEST_BYTES];
    return pread(mark, said, sizeof said, 0) == (ssize_t)sizeof said && memcmp(said, of, sizeof said) == 0;
}

/* Before anything of the case: a whole one whose mark says nothing would be nobody's. */
static bool mark_write(int mark, const uint8_t of[SHA256_DIGEST_BYTES])
{
    ssize_t written = pwrite(mark, of, SHA256_DIGEST_BYTES, 0);
    if (written >= 0 && written < SHA256_DIGEST_BYTES) errno = ENOSPC;
    return written == SHA256_DIGEST_BYTES && fsync(mark) == 0;
}

enum status merge_folder_open(const char *folder, const uint8_t of[SHA256_DIGEST_BYTES], int *mark, bool *finished, struct fault *fault)
{
    *finished = false;
    struct fault refused;
    enum status status = case_folder_create(folder, &refused);
    bool there = status != STATUS_OK;
    int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *mark = top < 0 ? -1 : openat(top, MARK_NAME, (there ? O_RDWR : O_RDWR | O_CREAT) | O_NOFOLLOW | O_CLOEXEC, MARK_MODE);
    if (there && *mark < 0) *fault = refused;
    else if (*mark < 0) status = fault_set(fault, STATUS_FATAL, "the case folder cannot be written to: %s", strerror(errno));
    else if (flock(*mark, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        status = fault_set(fault, STATUS_USAGE, "another merge is at work on this case folder");
    else if (there && is_whole(top) && mark_is_of(*mark, of)) status = STATUS_OK, *finished = true;
    else if (there && !is_left_over(top)) *fault = refused;
    else status = STATUS_OK;
    if (status == STATUS_OK && !*finished) {
        if (there) clear(top);
        if (!mark_write(*mark, of)) status = fault_set(fault, STATUS_FATAL, "the case folder cannot be written to: %s", strerror(errno));
        if (status == STATUS_OK) (void)!fsync(top);
        else unlinkat(top, MARK_NAME, 0);
    }
    if (top >= 0) close(top);
    if (status != STATUS_OK && *mark >= 0) {
        close(*mark);
        *mark = -1;
    }
    return status;
}

static void mark_remove(int top, int mark)
{
    if (top >= 0) unlinkat(top, MARK_NAME, 0);
    if (top >= 0) close(top);
    close(mark);
}

void merge_folder_done(const char *folder, int mark)
{
    mark_remove(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), mark);
}

void merge_folder_leave(int mark)
{
    close(mark);
}

void merge_folder_clear(const char *folder, int mark)
{
    int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top >= 0) clear(top);
    mark_remove(top, mark);
}
