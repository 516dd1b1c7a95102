/* A scan of a folder by hand, without options, case folder and reports, for the tests of feed and units. */
#ifndef SCANNING_H
#define SCANNING_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../analyzer/commands/feed.h"
#include "../analyzer/support/parallel.h"
#include "tallying.h"

struct scanning {
    char folder[32];
    struct roles *roles;
    struct object_list list;
    struct tally *tally;
    struct feed *feed;
    struct resolved *resolved;
    struct object_reader reader;
    struct detect_options options;
    struct detect_counts counts;     /* of all threads */
    uint64_t records, orphans;
    size_t unit_bytes_max;           /* 0: as it is */
    void (*walked)(struct scanning *scanning); /* NULL; called between the walk and the reading */
};

static inline int scanning_remove(const char *path, const struct stat *about, int flag, struct FTW *walk)
{
    (void)about;
    (void)flag;
    (void)walk;
    return remove(path);
}

static inline struct scanning *scanning_make(void)
{
    struct scanning *made = calloc(1, sizeof *made);
    strcpy(made->folder, "/tmp/breachtally.XXXXXX");
    assert_non_null(mkdtemp(made->folder));
    return made;
}

static inline void scanning_file(const struct scanning *scanning, const char *name, const char *bytes, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scanning->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static inline void scanning_text(const struct scanning *scanning, const char *name, const char *text)
{
    scanning_file(scanning, name, text, strlen(text));
}

static inline struct field_plan scanning_plan(const void *roles, const char *name, size_t length, bool one_component)
{
    return roles_plan(roles, name, length, one_component);
}

static inline uint64_t scanning_unit(const void *feed, const struct place *place)
{
    return feed_unit(feed, place);
}

static inline uint32_t scanning_index(const void *feed, uint32_t file, uint32_t piece)
{
    return feed_object(feed, file, piece);
}

struct scanning_share {
    struct scanning *scanning;
    struct detect_counts counts[8];
    struct booking_counts booked[8];
};

static inline void scanning_work(void *context, int thread)
{
    struct scanning_share *share = context;
    struct scanning *scanning = share->scanning;
    struct detect *detect = NULL;
    struct booking *booking = NULL;
    struct tally_writer *writer = NULL;
    struct unit_reader *reader = NULL;
    struct path_matcher *matcher = NULL;
    struct feed_buffer buffer = {0};
    struct block block;
    struct open_object *object;
    struct fault fault;
    if (detect_open(&scanning->options, &detect, &fault) != STATUS_OK || tally_writer_open(scanning->tally, &writer, &fault) != STATUS_OK ||
        booking_open(writer, &booking, &fault) != STATUS_OK || path_matcher_open(scanning->roles, &matcher, &fault) != STATUS_OK ||
        unit_reader_open(detect, booking, scanning->roles, scanning->options.shape, &reader, &fault) != STATUS_OK)
        abort();
    enum status status;
    while ((status = feed_next(scanning->feed, &buffer, matcher, &block, &object, &fault)) == STATUS_OK) {
        struct block_counts counts;
        if (unit_reader_block(reader, &block, &counts, &fault) != STATUS_OK) abort();
        feed_done(scanning->feed, object, &block, &counts);
    }
    if (status != STATUS_END || tally_flush(writer, &fault) != STATUS_OK) abort();
    share->counts[thread] = *detect_counts(detect);
    share->booked[thread] = *booking_counts(booking);
    unit_reader_close(reader);
    path_matcher_close(matcher);
    booking_close(booking);
    tally_writer_close(writer);
    detect_close(detect);
    feed_buffer_free(&buffer);
}

/* Scans the folder. What a scan before left is closed first. */
static inline void scanning_close_results(struct scanning *scanning)
{
    resolved_close(scanning->resolved);
    feed_close(scanning->feed);
    tally_close(scanning->tally);
    object_reader_close(&scanning->reader);
    object_list_free(&scanning->list);
    roles_free(scanning->roles);
    scanning->resolved = NULL, scanning->feed = NULL, scanning->tally = NULL, scanning->roles = NULL;
    scanning->list = (struct object_list){0};
}

static inline void scanning_run(struct scanning *scanning, const struct profile *profile, size_t block_bytes, size_t read_bytes, int thread_count)
{
    scanning_close_results(scanning);
    struct fault fault;
    struct profile *empty = NULL;
    const char *name;
    if (profile == NULL) assert_int_equal(profile_open(NULL, &empty, &fault), STATUS_OK);
    assert_int_equal(roles_open(profile != NULL ? profile : empty, &scanning->roles, &fault), STATUS_OK);
    profile_free(empty);
    char *arguments[] = {scanning->folder};
    struct walk_options walking = {.arguments = arguments, .argument_count = 1};
    assert_int_equal(walk(&walking, &scanning->list, &fault), STATUS_OK);
    if (scanning->walked != NULL) scanning->walked(scanning);
    assert_int_equal(tally_open((uint32_t)scanning->list.source_count, &scanning->tally, &fault), STATUS_OK);
    struct feed_options feeding = {.list = &scanning->list, .roles = scanning->roles, .block_bytes = block_bytes, .unit_bytes_max = scanning->unit_bytes_max,
                                   .stream = {.hash = true, .read_bytes = read_bytes, .depth_max = 8, .ratio_max = 1000,
                                              .decoded_bytes_max = UINT64_C(1) << 40, .members_max = 10000000}};
    assert_int_equal(feed_open(&feeding, &scanning->feed, &fault), STATUS_OK);
    scanning->options = (struct detect_options){.kinds_mask = KINDS_ALL, .locations = true, .shape = shape_choose(NULL, &name),
                                                .plans = {scanning_plan, scanning->roles}};
    struct scanning_share share = {.scanning = scanning};
    parallel_run(thread_count, scanning_work, &share);
    scanning->counts = (struct detect_counts){0};
    scanning->records = scanning->orphans = 0;
    for (int t = 0; t < thread_count; t++) {
        scanning->counts.findings += share.counts[t].findings;
        scanning->counts.fixes += share.counts[t].fixes;
        scanning->records += share.booked[t].records;
        scanning->orphans += share.booked[t].orphan_locations;
    }
    struct totals scanned = {.data_time_first = TIME_NONE, .data_time_last = TIME_NONE};
    struct resolving resolving = {.tally = scanning->tally, .list = &scanning->list, .places = {scanning_unit, scanning_index, scanning->feed, false}, .thread_count = thread_count};
    assert_int_equal(resolve(&resolving, &scanned, &scanning->resolved, &fault), STATUS_OK);
}

/* Lent until the next call. */
static inline const struct object *scanning_entry(struct scanning *scanning, size_t index)
{
    const struct object *object = NULL;
    struct fault fault;
    scanning->reader.list = &scanning->list;
    assert_int_equal(object_list_read(&scanning->reader, index, &object, &fault), STATUS_OK);
    return object;
}

static inline const struct object *scanning_object(struct scanning *scanning, const char *name)
{
    for (size_t i = 0; i < object_list_total(&scanning->list); i++) {
        const struct object *object = scanning_entry(scanning, i);
        const char *slash = strrchr(object->path, '/');
        if (strcmp(slash == NULL ? object->path : slash + 1, name) == 0) return object;
    }
    fail_msg("no object %s", name);
    return NULL;
}

static inline bool scanning_row(const struct scanning *scanning, const char *customer, struct customer_row *row)
{
    for (size_t i = 0; i < resolved_customer_count(scanning->resolved); i++) {
        resolved_customer(scanning->resolved, i, row);
        if (row->customer_id.len == strlen(customer) && memcmp(row->customer_id.at, customer, row->customer_id.len) == 0) return true;
    }
    return false;
}

/* Objects and customers as lines; free the result. */
static inline char *scanning_print(struct scanning *scanning)
{
    size_t count = resolved_customer_count(scanning->resolved), length = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    for (size_t i = 0; i < object_list_total(&scanning->list); i++) {
        const struct object *object = scanning_entry(scanning, i);
        fprintf(out, "%s %s %s %s units %llu records %llu findings %llu bytes %llu+%llu %s\n", strrchr(object->path, '/') + 1,
                     object->format, object_status_name(object->status), coverage_reason_name(object->reason),
                     (unsigned long long)object->units, (unsigned long long)object->records, (unsigned long long)object->findings,
                     (unsigned long long)object->bytes_examined, (unsigned long long)object->bytes_unexamined, object->detail);
    }
    const struct totals *totals = resolved_totals(scanning->resolved);
    fprintf(out, "findings %llu fixes %llu records %llu orphans %llu unattributed %llu clusters %llu vehicles %llu\n",
                 (unsigned long long)scanning->counts.findings, (unsigned long long)scanning->counts.fixes,
                 (unsigned long long)scanning->records, (unsigned long long)scanning->orphans,
                 (unsigned long long)totals->records_unattributed, (unsigned long long)totals->clusters_unattributed,
                 (unsigned long long)totals->vehicles_distinct);
    for (size_t i = 0; i < count; i++) {
        struct customer_row row;
        resolved_customer(scanning->resolved, i, &row);
        fprintf(out, "%.*s %s#%llu basis %d records %llu+%llu vins %u imeis %u frames %u macs %u fixes %llu time %lld\n",
                     (int)row.customer_id.len, row.customer_id.at, strrchr(scanning_entry(scanning, row.first_object)->path, '/') + 1,
                     (unsigned long long)row.first_unit, row.basis, (unsigned long long)row.records,
                     (unsigned long long)row.records_possible, row.identifiers[KIND_VIN], row.identifiers[KIND_IMEI],
                     row.identifiers[KIND_FRAME_NUMBER], row.identifiers[KIND_MAC], (unsigned long long)row.loc_fixes,
                     (long long)row.time_first);
    }
    fclose(out);
    return text;
}

static inline void scanning_close(struct scanning *scanning)
{
    scanning_close_results(scanning);
    nftw(scanning->folder, scanning_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(scanning);
}

#endif
