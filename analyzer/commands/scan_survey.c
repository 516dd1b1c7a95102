#include "../report/impact_csv.h"
#include "../report/mask.h"
#include "../tally/booked.h"
#include "../tally/sorter.h"
#include "scan.h"

/* Identifiers, counted while holders are put in order. */
struct surveying {
    struct scan *scan;
    struct identifier_counting *counting;
    enum status status;
    struct fault fault;
};

static void note_identifiers(void *context, int thread, uint32_t partition, const struct holder *holder)
{
    const struct surveying *surveying = context;
    identifiers_note(surveying->counting, thread, partition, holder);
}

/* All are noted: what was noted is counted, and its memory given back. */
static void count_identifiers(void *context)
{
    struct surveying *surveying = context;
    surveying->scan->identifiers_known = true;
    surveying->status = identifiers_noted(surveying->counting, &surveying->scan->identifiers, &surveying->fault);
    identifiers_close(surveying->counting);
    surveying->counting = NULL;
}

static void look_at_customer(void *context, int thread, uint32_t partition, const struct holder *holder)
{
    (void)partition;
    attribution_look(context, thread, holder);
}

/* What attribution finds out of customers one by one is found while all are put in order. What fails is done again after the checkpoint,
 * and told then. */
static void attribution_prepare(struct scan *scan)
{
    struct fault seen;
    scan->persons.count = holder_number_end(scan->tally);
    scan->persons.of = pages_take(scan->persons.count * sizeof *scan->persons.of);
    struct attribution_options options = {.runs = &scan->runs,
                                          .roster = scan->roster,
                                          .list = &scan->list,
                                          .loaded = scan->tally,
                                          .numbers = {scan_unit, scan->feed},
                                          .sorted = &scan->sorted,
                                          .jurisdictions = &scan->jurisdictions,
                                          .persons = scan->persons.of == NULL ? NULL : &scan->persons};
    if (feed_number_units(scan->feed, &seen) != STATUS_OK) return;
    if (jurisdictions_open(scan->roster, &scan->jurisdictions, &seen) != STATUS_OK) return;
    if (scan->aware_s != OPTIONS_NO_TIME) scan->jurisdictions.aware_s = scan->aware_s;
    if (attribution_begin(&options, &scan->attributing, &seen) != STATUS_OK) scan->attributing = NULL;
}

static enum status survey_with_roster(struct scan *scan, struct fault *fault)
{
    attribution_prepare(scan);
    struct holder_look look = {look_at_customer, scan->attributing};
    bool looks = scan->attributing != NULL && attribution_wants(scan->attributing);
    return holders_sort(scan->tally, scan->thread_count, looks ? &look : NULL, &scan->sorted, fault);
}

enum status scan_survey(struct scan *scan, struct fault *fault)
{
    /* A roster books on customers: identifiers are counted after that. */
    if (scan->roster != NULL) return survey_with_roster(scan, fault);
    struct harvest_options harvest = {identifier_prefix, roster_known(NULL)};
    struct surveying surveying = {.scan = scan};
    struct holder_look look = {note_identifiers, &surveying};
    enum status status = identifiers_open(scan->tally, NULL, scan->thread_count, &harvest, &surveying.counting, fault);
    if (status != STATUS_OK) return status;
    identifiers_reuse(surveying.counting, &scan->spare);
    status = holders_look_sort(scan->tally, scan->thread_count, &look, count_identifiers, &scan->sorted, fault);
    identifiers_close(surveying.counting);
    if (status != STATUS_OK || surveying.status == STATUS_OK) return status;
    *fault = surveying.fault;
    return surveying.status;
}

/* What is made of holders whose entries were just written: sums, the rows of impact.csv, and, of holders with what is booked on them,
 * notes of their identifiers. */
struct following {
    struct scan *scan;
    struct case_files files;
    struct impact_csv *impact; /* NULL: it is made later */
    const struct sorted_holders *sorted; /* of the holders that are followed */
    const struct booked_order *booked;   /* that order, where it is another than that of the entries; else NULL */
    struct identifier_counting *counting; /* NULL: they are counted already */
};

static void follow(void *context, int thread, size_t number, size_t first, size_t end)
{
    const struct following *following = context;
    if (following->booked != NULL) {
        bool last = end == following->scan->sorted.count;
        first = booked_order_at(following->booked, first, false);
        end = booked_order_at(following->booked, end, last);
    }
    size_t customers = following->sorted->customer_count;
    size_t first_other = first > customers ? first : end < customers ? end : customers;
    if (following->impact == NULL) first_other = first;
    else impact_csv_add(following->impact, thread, number, first, first_other);
    for (size_t i = first_other; i < end; i++) resolve_add(following->scan->begun, thread, i);
    if (following->counting != NULL) identifiers_note_piece(following->counting, thread, number, first, end);
}

/* Sums the holder up, too. */
static bool take_row(void *context, int thread, size_t index, struct customer_row *row)
{
    return resolve_add_row(context, thread, index, row);
}

static enum status following_open(struct scan *scan, struct sorted_holders *sorted, struct following *following, struct fault *fault)
{
    struct fault seen;
    const struct jurisdictions *jurisdictions = &scan->jurisdictions;
    struct resolving resolving = {.tally = scan->tally,
                                  .list = &scan->list,
                                  .places = {scan_unit, scan_object, scan->feed, false},
                                  .thread_count = scan->thread_count,
                                  .sorted = sorted,
                                  .persons = jurisdictions_persons(jurisdictions),
                                  .persons_kept = scan->persons};
    following->scan = scan;
    following->sorted = sorted;
    enum status status = resolve_begin(&resolving, &scan->begun, fault);
    if (status != STATUS_OK) return status;
    following->files = (struct case_files){.folder = scan->folder,
                                           .list = &scan->list,
                                           .profile = scan->profile,
                                           .roster = scan->roster,
                                           .jurisdictions = jurisdictions,
                                           .thread_count = scan->thread_count};
    if (impact_csv_open(&following->files, (struct impact_rows){take_row, scan->begun}, &following->impact, &seen) != STATUS_OK) following->impact = NULL;
    return STATUS_OK;
}

static void drop_begun(struct scan *scan)
{
    resolved_close(scan->begun);
    scan->begun = NULL;
}

/* Where the file fails, it and the sums are made again when all counts are committed, and what fails then is told. */
static void following_close(struct following *following)
{
    struct fault seen;
    struct scan *scan = following->scan;
    if (following->impact == NULL || impact_csv_close(following->impact, &scan->impact, &seen) == STATUS_OK) return;
    scan->impact = NULL;
    drop_begun(scan);
}

/* ------------------------------------------------------------------ with a roster */

/* Finds what is to be booked, and the holders with it in their order, which is another than that of their entries where there is any.
 * false: it is too much to be put into the tally, or something fails, which whoever does it again after the checkpoint tells. */
static bool attribute_before(struct scan *scan, struct following *following, struct booked_order *order)
{
    struct fault seen;
    struct place_numbers numbers = {scan_unit, scan->feed};
    if (scan->attributing == NULL) return false;
    if (attribution_find(scan->attributing, &seen) != STATUS_OK) {
        attribution_close(scan->attributing);
        scan->attributing = NULL;
        return false;
    }
    roster_forget_identifiers(scan->roster); /* nobody asks any more whose one is */
    const struct sorter *booked = attribution_booked(scan->attributing);
    if (!booked_is_few(sorter_entry_count(booked), scan->tally)) return false;
    if (sorter_entry_count(booked) == 0) return true;
    if (booked_order_open(&scan->runs, booked, scan->tally, &numbers, &scan->sorted, order, &seen) != STATUS_OK) return false;
    following->booked = order;
    return true;
}

static void persons_drop(struct scan *scan)
{
    pages_free(scan->persons.of, scan->persons.count * sizeof *scan->persons.of);
    scan->persons = (struct persons_kept){0};
}

/* Identifiers are counted of the holders with what is booked on them; where that fails, all is resolved from the runs. */
static void identifiers_take(struct scan *scan, struct following *following, bool whole)
{
    struct fault seen;
    scan->identifiers_known = whole && scan->begun != NULL;
    if (scan->identifiers_known && identifiers_noted(following->counting, &scan->identifiers, &seen) == STATUS_OK) return;
    identifier_totals_free(&scan->identifiers);
    scan->identifiers_known = false;
    file_abandon(scan->impact);
    scan->impact = NULL;
    drop_begun(scan);
}

static enum status checkpoint_followed(struct scan *scan, struct following *following, struct sorted_holders *sorted, struct fault *fault)
{
    struct write_follower follower = {follow, following};
    struct fault seen;
    struct harvest_options harvest = {identifier_prefix, roster_known(scan->roster)};
    struct identifier_pieces pieces = {sorted, runs_pieces(scan->sorted.count)};
    enum status status;
    if (identifiers_open(scan->tally, &pieces, scan->thread_count, &harvest, &following->counting, &seen) == STATUS_OK &&
        following_open(scan, sorted, following, &seen) == STATUS_OK) {
        identifiers_reuse(following->counting, &scan->spare);
        status = scan_checkpoint(scan, true, &follower, fault);
        following_close(following);
        persons_drop(scan);
        identifiers_take(scan, following, status == STATUS_OK);
    } else {
        pages_close(&scan->spare);
        status = scan_checkpoint(scan, true, NULL, fault);
    }
    identifiers_close(following->counting);
    return status;
}

static enum status checkpoint_with_roster(struct scan *scan, struct fault *fault)
{
    struct following following = {.booked = NULL};
    struct booked_order order = {0};
    enum status status;
    if (attribute_before(scan, &following, &order)) {
        struct sorted_holders *sorted = following.booked != NULL ? &order.sorted : &scan->sorted;
        status = checkpoint_followed(scan, &following, sorted, fault);
        if (following.booked != NULL && scan->begun != NULL) { /* whose order it is from now on */
            sorted_holders_free(&scan->sorted);
            scan->sorted = order.sorted;
            order.sorted = (struct sorted_holders){0};
        }
    } else {
        pages_close(&scan->spare);
        status = scan_checkpoint(scan, true, NULL, fault);
    }
    persons_drop(scan);
    booked_order_close(&order);
    return status;
}

enum status scan_checkpoint_last(struct scan *scan, struct fault *fault)
{
    struct following following = {.booked = NULL};
    struct write_follower follower = {follow, &following};
    if (scan->roster != NULL && scan->sorted.refs != NULL) return checkpoint_with_roster(scan, fault);
    if (!scan->identifiers_known || scan->identifiers.tied) return scan_checkpoint(scan, true, NULL, fault);
    enum status status = following_open(scan, &scan->sorted, &following, fault);
    if (status != STATUS_OK) return status;
    status = scan_checkpoint(scan, true, &follower, fault);
    following_close(&following);
    return status;
}
