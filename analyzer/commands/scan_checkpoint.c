#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/version.h"
#include "scan.h"

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the state of the case");
}

uint64_t scan_unit(const void *feed, const struct place *place)
{
    return feed_unit(feed, place);
}

uint32_t scan_object(const void *feed, uint32_t file, uint32_t piece)
{
    return feed_object(feed, file, piece);
}

enum status scan_sums(const struct scan *scan, struct sums *sums, struct fault *fault)
{
    *sums = sums_none();
    bool enough = sums_add(sums, &scan->sums_before);
    for (int i = 0; i < scan->thread_count && enough; i++)
        enough = sums_add_thread(sums, detect_counts(scan->workers[i].detect), scan->workers[i].booking);
    if (enough && scan->feed != NULL) enough = field_sums_add(&sums->seen_fields, feed_fields(scan->feed));
    if (enough) return STATUS_OK;
    sums_free(sums);
    return no_memory(fault);
}

enum status scan_commit(struct scan *scan, bool finished, struct fault *fault)
{
    const struct options *options = scan->options;
    uint8_t *shards = calloc(options->shard_count / 8 + 1, 1);
    struct case_state state = {.version = (char *)(uintptr_t)BREACHTALLY_VERSION,
                               .settings = scan->settings,
                               .profile_given = options->profile_path != NULL,
                               .profile = scan->profile_text,
                               .roster_given = scan->roster != NULL,
                               .aware_given = scan->aware_s != OPTIONS_NO_TIME,
                               .aware_s = scan->aware_s,
                               .hash = options->hash,
                               .distinct = options->records_distinct,
                               .finished = finished,
                               .shard_count = options->shard_count,
                               .shards = shards,
                               .next_number = scan->runs.next_number,
                               .holders = {scan->runs.names, scan->runs.count, scan->runs.capacity},
                               .digests = scan->digest_runs,
                               .booked = {&scan->runs.booked, scan->runs.booked != NULL, 0},
                               .list = scan->list};
    memcpy(state.listing, scan->listing, sizeof state.listing);
    if (scan->roster != NULL) memcpy(state.roster, roster_sha256(scan->roster), sizeof state.roster);
    if (shards == NULL) return no_memory(fault);
    shards[options->shard / 8] = (uint8_t)(1u << options->shard % 8);
    const struct object_piece *pieces = NULL;
    enum status status = feed_failure(scan->feed, fault);
    if (status == STATUS_OK) status = feed_state(scan->feed, &state.progress, &state.progress_count, &pieces, &state.piece_count, fault);
    state.pieces = (struct object_piece *)(uintptr_t)pieces;
    if (status == STATUS_OK) status = scan_sums(scan, &state.sums, fault);
    if (status == STATUS_OK) status = case_state_write(scan->runs.directory, &scan->runs.identity, &state, fault);
    if (status == STATUS_OK) {
        runs_drop_stale(&scan->runs);
        for (size_t i = 0; i < scan->digest_stale.count; i++) unlinkat(scan->runs.directory, scan->digest_stale.names[i], 0);
        names_free(&scan->digest_stale);
    }
    sums_free(&state.sums);
    free(state.progress);
    free(shards);
    return status;
}

enum status scan_checkpoint(struct scan *scan, bool keep, const struct write_follower *follower, struct fault *fault)
{
    struct place_numbers numbers = {scan_unit, scan->feed};
    enum status status = feed_number_units(scan->feed, fault);
    if (status == STATUS_OK && scan->sorted.refs == NULL)
        status = holders_sort(scan->tally, scan->thread_count, NULL, &scan->sorted, fault);
    if (status == STATUS_OK) status = runs_write_sorted(&scan->runs, scan->tally, &numbers, &scan->sorted, follower, fault);
    if (!keep) sorted_holders_free(&scan->sorted);
    if (status == STATUS_OK) status = scan_digests_write(scan, keep, fault);
    if (status == STATUS_OK) status = scan_commit(scan, keep, fault);
    if (status == STATUS_OK && !keep) tally_clear(scan->tally);
    clock_gettime(CLOCK_MONOTONIC, &scan->checkpointed);
    atomic_store(&scan->bytes_since, 0);
    return status;
}
