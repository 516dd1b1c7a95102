/* Reads any bytes as a run: as they are, with checksums set right, and sealed as if they had lain bare, so that what
 * lies behind checksums and seals is reached.
 *
 * Holds    no crash, no silence: a reading that ends well has as many entries as the run says, in order; all else is
 *          DAMAGED or USAGE. A cursor over a range and a merge of the run with itself see the same entries
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_run (make test)
 */
#include <stddef.h>
#include <stdint.h>

#include "../../analyzer/tally/run_merge.h"
#include "../run_making.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct span whole = {"", 0};

static void insist(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "fuzz_run: %s\n", what);
    abort();
}

static struct run_cursor *cursor_over(const struct run *run, struct span from, struct span to)
{
    struct run_cursor *cursor = NULL;
    struct fault fault;
    insist(run_cursor_open(run, from, to, &cursor, &fault) == STATUS_OK, "a cursor does not open");
    return cursor;
}

/* How many entries are >= from; whether all went well. */
static bool count_entries(const struct run *run, struct span from, uint64_t *count)
{
    struct run_cursor *cursor = cursor_over(run, from, whole);
    struct bytes last = {0};
    struct span key, value;
    struct fault fault;
    enum status status = STATUS_OK;
    for (*count = 0; (status = run_cursor_next(cursor, &key, &value, &fault)) == STATUS_OK; ++*count) {
        insist(run_key_compare(key, from) >= 0, "a key below the range");
        insist(run_key_compare((struct span){last.at, last.count}, key) <= 0, "keys descend");
        last.count = 0;
        insist(bytes_reserve(&last, key.len + 1), "no memory");
        bytes_put(&last, key.at, key.len);
        (void)run_checksum(value.at, value.len, 0); /* all of it can be read */
    }
    insist(status == STATUS_END || status == STATUS_DAMAGED, "a reading ends in another way");
    bytes_free(&last);
    run_cursor_close(cursor);
    return status == STATUS_END;
}

static void check_merge(const struct run *run, uint64_t count, bool good)
{
    struct run_cursor *cursors[2] = {cursor_over(run, whole, whole), cursor_over(run, whole, whole)};
    struct run_merge *merge = NULL;
    struct fault fault;
    enum status status = run_merge_open(cursors, 2, &merge, &fault);
    uint64_t values_seen = 0;
    while (status == STATUS_OK) {
        struct span key;
        const struct span *values = NULL;
        size_t value_count = 0;
        status = run_merge_next(merge, &key, &values, &value_count, &fault);
        if (status != STATUS_OK) break;
        for (size_t i = 0; i < value_count; i++) (void)run_checksum(values[i].at, values[i].len, 0);
        values_seen += value_count;
    }
    insist(status == (good ? STATUS_END : STATUS_DAMAGED), "a merge ends in another way than a reading");
    insist(!good || values_seen == 2 * count, "a merge loses values");
    run_merge_close(merge);
    for (int i = 0; i < 2; i++) run_cursor_close(cursors[i]);
}

static void check_run(const struct run *run)
{
    uint64_t count = 0, above = 0, parts = 0;
    bool good = count_entries(run, whole, &count);
    insist(!good || count == run_entry_count(run), "fewer entries than the run says, in silence");
    insist(run_totals(run)->raw_bytes / 32768 <= run_totals(run)->file_bytes, "more memory than the file allows");
    check_merge(run, count, good);
    struct span keys[3];
    size_t key_count = 0;
    struct fault fault;
    insist(run_split(&run, 1, 4, keys, &key_count, &fault) == STATUS_OK, "no dividing");
    if (!good || key_count == 0) return;
    insist(count_entries(run, keys[0], &above), "a part is damaged, the whole is not");
    struct run_cursor *cursor = cursor_over(run, whole, keys[0]);
    struct span key, value;
    while (run_cursor_next(cursor, &key, &value, &fault) == STATUS_OK) parts++;
    run_cursor_close(cursor);
    insist(parts + above == count, "parts that are not the whole");
}

/* The fingerprint and the tables are those that the file names, so that inputs need no right ones. */
static struct run_identity identity_named(const char *bytes, size_t size)
{
    struct run_identity identity = identity_of(1, 2, 3);
    if (size < HEADER_BYTES) return identity;
    memcpy(identity.key_fingerprint, bytes + HEADER_KEY, RUN_DIGEST_BYTES);
    memcpy(identity.detectors_digest, bytes + HEADER_DETECTORS, RUN_DIGEST_BYTES);
    identity.content = (uint32_t)layout_get(bytes + HEADER_CONTENT, 4);
    return identity;
}

static void check_bytes(int directory, const char *name, const char *bytes, size_t size)
{
    struct run_identity identity = identity_named(bytes, size);
    insist(bytes_store(directory, name, bytes, size), "no file");
    struct run *run = NULL;
    struct fault fault;
    enum status status = run_open(directory, name, &identity, &run, &fault);
    insist(status == STATUS_OK || status == STATUS_DAMAGED || status == STATUS_USAGE, "opening ends in another way");
    if (status == STATUS_OK) check_run(run);
    run_close(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int directory = open(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char name[32], *bytes = malloc(size + 1);
    snprintf(name, sizeof name, "fuzz_run.%ld", (long)getpid());
    insist(directory >= 0 && bytes != NULL, "no place to work in");
    if (size > 0) memcpy(bytes, data, size);
    check_bytes(directory, name, bytes, size);
    run_mend(bytes, size);
    check_bytes(directory, name, bytes, size);
    struct run_identity identity = identity_named(bytes, size);
    run_clothe(bytes, size, &identity);
    check_bytes(directory, name, bytes, size);
    free(bytes);
    unlinkat(directory, name, 0);
    close(directory);
    return 0;
}
