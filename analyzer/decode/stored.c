#include "stored.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../evidence/object_open.h"

enum { READ_BYTES = 1 << 20, SKIP_BYTES = 4096, SKIPS_MAX = 1000, READ_AHEAD_FROM = 4 << 20 };

static const char *open_trouble(enum coverage_reason reason)
{
    switch (reason) {
    case COVERAGE_VANISHED:
        return "gone since the folder was listed";
    case COVERAGE_PERMISSION_DENIED:
        return "may not be opened";
    case COVERAGE_NO_FDS:
        return "no free file descriptor";
    case COVERAGE_CHANGED_DURING_READ:
        return "became a symbolic link, or a folder above it did";
    case COVERAGE_NOT_REGULAR:
        return "is no regular file";
    default:
        return "cannot be opened";
    }
}

static bool open_file(struct stored *stored, const struct object *object)
{
    enum coverage_reason reason = COVERAGE_NONE;
    stored->descriptor = object_open(object, &stored->before, &reason);
    if (stored->descriptor < 0) {
        bool skipped = reason == COVERAGE_NOT_REGULAR;
        outcome_mark(stored->ledger->outcome, skipped ? OBJECT_SKIPPED : OBJECT_FAILED, reason,
                     "%s", open_trouble(reason));
        return false;
    }
    stored->can_seek = true;
    if (object->is_piece) {
        stored->begin = object->start_bytes;
        stored->end = object->start_bytes + object->size_bytes;
        if (!stored_seek(stored, stored->begin)) {
            outcome_mark(stored->ledger->outcome, OBJECT_FAILED, COVERAGE_IO_ERROR,
                         "cannot be positioned");
            return false;
        }
    } else if (stored->before.st_size > 0) {
        /* A size of 0 may be a lie (proc): only reading tells. */
        stored->end = stored->before.st_size;
    }
    if (stored->end != INT64_MAX && stored->end - stored->begin >= READ_AHEAD_FROM)
        posix_fadvise(stored->descriptor, stored->begin, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

bool stored_open(struct stored *stored, const struct object *object, struct stream_ledger *ledger,
                 enum status *status)
{
    *status = STATUS_OK;
    memset(stored, 0, sizeof *stored);
    stored->descriptor = -1;
    stored->end = INT64_MAX;
    stored->ledger = ledger;
    stored->walked_bytes = object->is_piece ? -1 : object->size_bytes;
    stored->read_bytes =
        ledger->options->read_bytes == 0 ? READ_BYTES : ledger->options->read_bytes;
    if (object->open_path == NULL) {
        stored->is_standard_input = true;
        stored->descriptor = STDIN_FILENO;
    } else if (!open_file(stored, object)) {
        return false;
    }
    if (!ledger->options->hash || object->is_piece) return true;
    stored->hash = sha256_open();
    if (stored->hash == NULL) *status = STATUS_FATAL;
    return stored->hash != NULL;
}

/* Waits and is repeated where that is all that is wrong. Standard input is waited for before it is read: a read would not end
 * when a signal comes just before it. */
static ssize_t read_patiently(struct stored *stored, char *bytes, size_t wanted)
{
    const struct stop *stop = &stored->ledger->options->stop;
    bool waits = stored->is_standard_input && stop->flag != NULL;
    for (;;) {
        struct pollfd wait[] = {{stored->descriptor, POLLIN, 0}, {stop->descriptor, POLLIN, 0}};
        if (waits) (void)poll(wait, stop->flag != NULL ? 2 : 1, -1);
        stored->interrupted = stop_is_wanted(stop);
        if (stored->interrupted) return 0;
        if (waits && wait[0].revents == 0) continue;
        ssize_t got = read(stored->descriptor, bytes, wanted);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN)) return got;
        waits = errno == EAGAIN || stored->is_standard_input;
    }
}

static size_t to_next_step(int64_t position)
{
    return (size_t)(SKIP_BYTES - position % SKIP_BYTES);
}

/* A place that cannot be read: true where reading may go on behind it. */
static bool skip(struct stored *stored)
{
    int64_t next = stored->position + (int64_t)to_next_step(stored->position);
    if (next > stored->end) next = stored->end;
    bool known = stored->position < stored->skipped_to; /* a second time over the same place */
    bool counts = !stored->draining && !known;
    int64_t from = stored->position;
    if (!stored->can_seek || (!known && stored->skip_count == SKIPS_MAX) ||
        !stored_seek(stored, next)) {
        if (counts) {
            outcome_mark(stored->ledger->outcome, OBJECT_PARTIAL, COVERAGE_IO_ERROR,
                         "cannot be read from offset %" PRId64 " on", from);
        }
        return false;
    }
    stored->gap_next = true;
    stored->missing_bytes += (uint64_t)(next - from);
    if (known) return true;
    stored->skipped_to = next;
    stored->skip_count++;
    if (counts) {
        stored->ledger->stored_unexamined += (uint64_t)(next - from);
        outcome_mark(stored->ledger->outcome, OBJECT_PARTIAL, COVERAGE_IO_ERROR,
                     "read errors, the first at offset %" PRId64, from);
    }
    return true;
}

static void take_into_hash(struct stored *stored, const char *bytes, size_t count)
{
    int64_t end = stored->position + (int64_t)count;
    if (stored->hash == NULL || end <= stored->hashed_to) return;
    size_t known =
        stored->position < stored->hashed_to ? (size_t)(stored->hashed_to - stored->position) : 0;
    sha256_add(stored->hash, bytes + known, count - known);
    stored->hashed_to = end;
}

enum status stored_read(struct stored *stored, char *bytes, size_t capacity, bool joined,
                        size_t *count, bool *gap)
{
    *count = 0;
    *gap = false;
    for (bool retry = false; !stored->ended && !stored->interrupted && stored->position < stored->end;) {
        if (joined && stored->gap_next) return STATUS_OK;
        size_t wanted = capacity < stored->read_bytes ? capacity : stored->read_bytes;
        if ((int64_t)wanted > stored->end - stored->position)
            wanted = (size_t)(stored->end - stored->position);
        /* The second try is a short one: what is wrong may stand far behind. */
        if (retry && wanted > to_next_step(stored->position))
            wanted = to_next_step(stored->position);

        ssize_t got = read_patiently(stored, bytes, wanted);
        if (got > 0) {
            take_into_hash(stored, bytes, (size_t)got);
            stored->position += got;
            *count = (size_t)got;
            *gap = stored->gap_next;
            stored->gap_next = false;
            return STATUS_OK;
        }
        if (stored->interrupted) return STATUS_END;
        if (got == 0)
            stored->ended = true;
        else if (retry && !skip(stored))
            stored->ended = stored->is_broken = true;
        retry = got < 0 && !retry;
    }
    return STATUS_END;
}

bool stored_seek(struct stored *stored, int64_t position)
{
    if (lseek(stored->descriptor, position, SEEK_SET) != position) return false;
    stored->position = position;
    stored->ended = false;
    stored->gap_next = false;
    return true;
}

size_t stored_read_some(const struct stored *stored, int64_t position, char *bytes, size_t count)
{
    size_t have = 0;
    while (have < count) {
        ssize_t got = pread(stored->descriptor, bytes + have, count - have, position + (int64_t)have);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        have += (size_t)got;
    }
    return have;
}

bool stored_read_at(const struct stored *stored, int64_t position, char *bytes, size_t count)
{
    return stored_read_some(stored, position, bytes, count) == count;
}

static void drain(struct stored *stored, char *scratch, size_t capacity)
{
    bool size_unknown = stored->end == INT64_MAX, gap;
    if (stored->hash == NULL && !size_unknown) return;
    stored->draining = stored->ledger->stopped;
    for (size_t count; stored_read(stored, scratch, capacity, false, &count, &gap) == STATUS_OK;) {
    }
}

static void look_for_changes(struct stored *stored, bool is_short)
{
    struct stream_outcome *outcome = stored->ledger->outcome;
    struct stat now;
    const struct stat *was = &stored->before;
    if (stored->is_standard_input) return;
    if (is_short) {
        outcome_mark(outcome, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ,
                     "ended at offset %" PRId64 " of %" PRId64, stored->position, stored->end);
    } else if (stored->walked_bytes >= 0 && stored->walked_bytes != was->st_size) {
        outcome_mark(outcome, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ,
                     "size was %" PRId64 " when listed and %" PRId64 " when opened",
                     stored->walked_bytes, (int64_t)was->st_size);
    } else if (fstat(stored->descriptor, &now) == 0 &&
               (now.st_size != was->st_size || now.st_ino != was->st_ino ||
                now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
                now.st_mtim.tv_nsec != was->st_mtim.tv_nsec ||
                now.st_ctim.tv_sec != was->st_ctim.tv_sec ||
                now.st_ctim.tv_nsec != was->st_ctim.tv_nsec)) {
        outcome_mark(outcome, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ,
                     "size or times changed while it was read");
    }
}

void stored_finish(struct stored *stored, char *scratch, size_t capacity)
{
    struct stream_ledger *ledger = stored->ledger;
    struct stream_outcome *outcome = ledger->outcome;
    drain(stored, scratch, capacity);
    bool cut = stored->ended && stored->end != INT64_MAX && stored->position < stored->end;
    bool is_short = cut && !stored->is_broken;
    look_for_changes(stored, is_short);

    uint64_t total =
        (uint64_t)((stored->end == INT64_MAX ? stored->position : stored->end) - stored->begin);
    if (ledger->stopped)
        ledger->stored_unexamined += total - ledger->stopped_at;
    else if (cut)
        ledger->stored_unexamined += (uint64_t)(stored->end - stored->position);
    if (stored->walked_bytes > (int64_t)total &&
        !stored->is_standard_input) { /* it shrank before it was opened */
        ledger->stored_unexamined += (uint64_t)stored->walked_bytes - total;
        total = (uint64_t)stored->walked_bytes;
    }
    if (ledger->stored_unexamined > total) ledger->stored_unexamined = total;
    outcome->stored_unexamined = ledger->stored_unexamined;
    outcome->stored_examined = total - ledger->stored_unexamined;
    if (stored->hash != NULL && stored->missing_bytes == 0 && !cut && !stored->is_broken) {
        sha256_take(stored->hash, outcome->sha256);
        outcome->hashed = true;
    }
}

void stored_close(struct stored *stored)
{
    if (stored->descriptor >= 0 && !stored->is_standard_input) close(stored->descriptor);
    stored->descriptor = -1;
    sha256_close(stored->hash);
    stored->hash = NULL;
}
