#include "../report/impact_csv.h"
#include "../report/mask.h"
#include "scan.h"

static void note_identifiers(void *context, int thread, uint32_t partition, const struct holder *holder)
{
    identifiers_note(context, thread, partition, holder);
}

enum status scan_survey(struct scan *scan, struct fault *fault)
{
    /* A roster books on nearly all customers: then they are counted after that. */
    if (scan->roster != NULL) return holders_sort(scan->tally, scan->thread_count, NULL, &scan->sorted, fault);
    struct harvest_options harvest = {identifier_prefix, roster_known(NULL)};
    struct identifier_counting *counting = NULL;
    enum status status = identifiers_open(scan->tally, scan->thread_count, &harvest, &counting, fault);
    struct holder_look look = {note_identifiers, counting};
    if (status == STATUS_OK) status = holders_sort(scan->tally, scan->thread_count, &look, &scan->sorted, fault);
    if (status == STATUS_OK) {
        scan->identifiers_known = true;
        status = identifiers_noted(counting, &scan->identifiers, fault);
    }
    identifiers_close(counting);
    return status;
}

/* What is made of holders whose entries were just written: sums, and the rows of impact.csv. */
struct following {
    struct scan *scan;
    struct case_files files;
    struct impact_csv *impact; /* NULL: it is made later */
};

static void follow(void *context, int thread, size_t number, size_t first, size_t end)
{
    const struct following *following = context;
    size_t customers = following->scan->sorted.customer_count;
    size_t first_other = first > customers ? first : end < customers ? end : customers;
    if (following->impact == NULL) first_other = first;
    else impact_csv_add(following->impact, thread, number, first, first_other);
    for (size_t i = first_other; i < end; i++) resolve_add(following->scan->begun, thread, i);
}

/* Sums the holder up, too. */
static bool take_row(void *context, int thread, size_t index, struct customer_row *row)
{
    return resolve_add_row(context, thread, index, row);
}

static enum status following_open(struct scan *scan, struct following *following, struct fault *fault)
{
    struct fault seen;
    struct resolving resolving = {.tally = scan->tally,
                                  .list = &scan->list,
                                  .places = {scan_unit, scan_object, scan->feed, false},
                                  .thread_count = scan->thread_count,
                                  .sorted = &scan->sorted};
    enum status status = resolve_begin(&resolving, &scan->begun, fault);
    if (status != STATUS_OK) return status;
    *following = (struct following){.scan = scan,
                                    .files = {.folder = scan->folder,
                                              .list = &scan->list,
                                              .profile = scan->profile,
                                              .thread_count = scan->thread_count}};
    if (impact_csv_open(&following->files, (struct impact_rows){take_row, scan->begun}, &following->impact, &seen) != STATUS_OK) following->impact = NULL;
    return STATUS_OK;
}

enum status scan_checkpoint_last(struct scan *scan, struct fault *fault)
{
    struct following following;
    struct write_follower follower = {follow, &following};
    if (!scan->identifiers_known || scan->identifiers.tied) return scan_checkpoint(scan, true, NULL, fault);
    enum status status = following_open(scan, &following, fault);
    if (status != STATUS_OK) return status;
    status = scan_checkpoint(scan, true, &follower, fault);
    /* Where the file fails, it and the sums are made again when all counts are committed, and what fails then is told. */
    struct fault seen;
    if (following.impact == NULL || impact_csv_close(following.impact, &scan->impact, &seen) == STATUS_OK) return status;
    scan->impact = NULL;
    resolved_close(scan->begun);
    scan->begun = NULL;
    return status;
}
