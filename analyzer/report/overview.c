/* The short table for people: coverage first, because every number below it holds for what was read
 * and for nothing else. No customer, no identifier, no place is named here. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/escape.h"
#include "../tally/holder_set.h"
#include "cell.h"
#include "report.h"

enum { GROUPED_SIZE = 32, PATH_SHOWN_SIZE = 72, UNREAD_LINES_MAX = 10 };

struct look {
    const char *strong, *plain; /* terminal sequences, or nothing */
};

static struct look choose_look(FILE *out)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    bool styled = isatty(fileno(out)) && (no_color == NULL || no_color[0] == '\0') && terminal != NULL &&
                  strcmp(terminal, "dumb") != 0;
    return styled ? (struct look){"\033[1m", "\033[0m"} : (struct look){"", ""};
}

/* "1,204,233" */
static const char *grouped(uint64_t number, char text[GROUPED_SIZE])
{
    char digits[CELL_NUMBER_BYTES];
    size_t count = (size_t)(cell_write_unsigned(digits, number) - digits);
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return text;
}

static const char *size_text(uint64_t bytes, char text[GROUPED_SIZE])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1024 && unit < 6; unit++)
        size /= 1024;
    snprintf(text, GROUPED_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    return text;
}

static bool is_unread(const struct object *object)
{
    return object->status == OBJECT_PENDING || coverage_reason_is_incomplete(object->reason);
}

struct coverage {
    uint64_t files, complete, unread, bytes, bytes_unread, member_bytes_unread;
    uint64_t broken_off, residue; /* objects all of whose bytes were scanned: that lack their end; that are not all what their format says */
};

static void add_residue(struct coverage *coverage, const struct object *object)
{
    if (object->status != OBJECT_PARTIAL || object->reason != COVERAGE_RESIDUE_SCANNED_RAW) return;
    bool breaks_off = strstr(object_detail(object), OBJECT_BREAKS_OFF) != NULL;
    coverage->broken_off += breaks_off;
    coverage->residue += !breaks_off;
}

static struct coverage add_coverage(const struct object_list *list)
{
    struct coverage coverage = {0};
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        bool unread = is_unread(object);
        coverage.unread += unread;
        add_residue(&coverage, object);
        if (object->is_piece) {
            coverage.member_bytes_unread += unread ? object->bytes_unexamined : 0;
            continue;
        }
        coverage.files++;
        coverage.complete += !unread && object->status != OBJECT_SKIPPED;
        coverage.bytes += object->size_bytes > 0 ? (uint64_t)object->size_bytes : 0;
        coverage.bytes_unread += unread ? object->bytes_unexamined : 0;
    }
    coverage.unread += ledger_sums(list->ledger)->unread;
    coverage.member_bytes_unread += ledger_sums(list->ledger)->unread_bytes;
    return coverage;
}

static void print_coverage(FILE *out, struct look look, const struct coverage *coverage)
{
    char complete[GROUPED_SIZE], all[GROUPED_SIZE], size[GROUPED_SIZE], unread[GROUPED_SIZE];
    fprintf(out, "%sCoverage%s     %s of %s files fully examined (%s)", look.strong, look.plain,
            grouped(coverage->complete, complete), grouped(coverage->files, all), size_text(coverage->bytes, size));
    if (coverage->unread > 0) {
        fprintf(out, "; %s%s could not be", look.strong, grouped(coverage->unread, unread));
        /* None: of what breaks off nobody knows how much is missing. */
        if (coverage->bytes_unread > 0) fprintf(out, ", %s unread", size_text(coverage->bytes_unread, size));
        if (coverage->member_bytes_unread > 0) fprintf(out, " (of members: %s)", size_text(coverage->member_bytes_unread, size));
        fprintf(out, ": numbers are minimums%s", look.plain);
    }
    fputc('\n', out);
    if (coverage->broken_off > 0)
        fprintf(out, "             %s %s off before %s end: what is there was scanned, and nobody knows how much is missing\n",
                grouped(coverage->broken_off, all), coverage->broken_off == 1 ? "file or member breaks" : "files or members break",
                coverage->broken_off == 1 ? "its" : "their");
    if (coverage->residue > 0)
        fprintf(out, "             %s %s parts that are not what their format says, scanned as they are: see coverage.csv\n",
                grouped(coverage->residue, all), coverage->residue == 1 ? "file or member has" : "files or members have");
}

static void print_customers(FILE *out, struct look look, const struct totals *totals, bool all_read)
{
    char best[GROUPED_SIZE], lower[GROUPED_SIZE], upper[GROUPED_SIZE], total[GROUPED_SIZE];
    fprintf(out, "%sCustomers%s    %s affected (at least %s, at most %s", look.strong, look.plain,
            grouped(totals->persons_best, best), grouped(totals->persons_lower, lower),
            grouped(totals->persons_upper, upper));
    if (totals->clusters_unattributed > 0)
        fprintf(out, "; %s with the %s identifiers that nobody is named for",
                grouped(totals->persons_upper_total, total), grouped(totals->clusters_unattributed, lower));
    fputs(all_read ? ")\n" : "; of what was read)\n", out);

    bool titled = false;
    for (int i = 0; i < ELEMENT_COUNT; i++) {
        if (totals->persons_by_element[i] == 0)
            continue;
        fprintf(out, "%s%s %s", titled ? ", " : "             by element: ", element_code((enum element)i),
                grouped(totals->persons_by_element[i], best));
        titled = true;
    }
    if (titled)
        fputc('\n', out);
    uint64_t homes = totals->locations.persons[LEVEL_HOME] + totals->locations.persons[LEVEL_HOME_AND_WORK];
    uint64_t precise = totals->locations.precise[LEVEL_HOME] + totals->locations.precise[LEVEL_HOME_AND_WORK];
    if (homes > 0)
        fprintf(out, "             of %s positions would show the square kilometre where nights are spent, of %s to address level\n",
                grouped(homes, best), grouped(precise, lower));
    uint64_t organisations = totals->organisations_by_tier[TIER_T1] + totals->organisations_by_tier[TIER_T2];
    if (organisations > 0)
        fprintf(out, "             %s organisations besides, which are no persons\n", grouped(organisations, best));
    if (totals->customers_named_only > 0)
        fprintf(out, "             %s more are named without any identifier or position\n",
                grouped(totals->customers_named_only, best));
}

static void print_records(FILE *out, struct look look, const struct totals *totals)
{
    char records[GROUPED_SIZE], distinct[GROUPED_SIZE], unattributed[GROUPED_SIZE], fixes[GROUPED_SIZE];
    fprintf(out, "%sRecords%s      %s", look.strong, look.plain, grouped(totals->records_raw, records));
    if (totals->distinct_known)
        fprintf(out, ", %s of them distinct", grouped(totals->records_distinct, distinct));
    fprintf(out, "; %s attributed to nobody; %s positions\n",
            grouped(totals->records_unattributed + totals->records_orphan_location, unattributed),
            grouped(totals->loc_fixes, fixes));
    if (totals->records_ambiguous > 0)
        fprintf(out, "             %s more may be several customers' or are only possible\n", grouped(totals->records_ambiguous, records));
    if (totals->shared_identifiers > 0)
        fprintf(out, "             %s identifiers of more than %d customers link nobody, unless a roster says whose they are\n",
                grouped(totals->shared_identifiers, records), SHARED_CUSTOMERS_MAX);
    if (totals->records_cut > 0)
        fprintf(out, "             %s name no customer and have more than %d identifiers: the others lead nowhere\n",
                grouped(totals->records_cut, records), HOLDER_SET_MAX);
    if (totals->possible_known > 0)
        fprintf(out, "             %s identifiers that the roster lists are only possible here: a scan with it does not doubt them\n",
                grouped(totals->possible_known, records));
    if (totals->records_across > 0)
        fprintf(out, "             %s are of days within which the roster names another customer: a scan with it tells them apart\n",
                grouped(totals->records_across, records));
    if (totals->roster_shared > 0)
        fprintf(out, "             %s identifiers that the roster gives to more than %d customers at once link nobody\n",
                grouped(totals->roster_shared, records), SHARED_CUSTOMERS_MAX);
}

static void print_identifiers(FILE *out, struct look look, const struct totals *totals)
{
    static const char *const columns[] = {"distinct", "confirmed", "likely", "possible", "rejected"};
    fprintf(out, "%s%-13s%s", look.strong, "Identifiers", look.plain);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        fprintf(out, "%*s", i == 0 ? 28 : 13, columns[i]);
    fputc('\n', out);
    for (size_t i = 0; i < kind_count; i++) {
        const struct kind_totals *kind = &totals->kinds[i];
        const uint64_t numbers[] = {kind->distinct, kind->confirmed, kind->likely, kind->possible,
                                    kind->rejected};
        uint64_t sum = 0;
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++)
            sum += numbers[j];
        if (sum == 0)
            continue;
        fprintf(out, "%13s%-15s", "", detectors[i]->name);
        char text[GROUPED_SIZE];
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++)
            fprintf(out, "%13s", grouped(numbers[j], text));
        fputc('\n', out);
    }
}

static void print_period(FILE *out, struct look look, const struct totals *totals)
{
    if (totals->data_time_first == TIME_NONE)
        return;
    char first[CELL_TIME_BYTES] = "", last[CELL_TIME_BYTES] = "";
    *cell_write_time(first, totals->data_time_first) = '\0';
    *cell_write_time(last, totals->data_time_last) = '\0';
    fprintf(out, "%sPeriod%s       %s to %s", look.strong, look.plain, first, last);
    char text[GROUPED_SIZE];
    if (totals->times_without_zone > 0)
        fprintf(out, " (%s times name no zone)", grouped(totals->times_without_zone, text));
    fputc('\n', out);
}

static void print_object(FILE *out, const struct object *object)
{
    char path[PATH_SHOWN_SIZE], size[GROUPED_SIZE];
    escape_write_tail(path, sizeof path, object->path, strlen(object->path));
    fprintf(out, "             %s: %s", path, coverage_reason_name(object->reason));
    if (object->bytes_unexamined > 0) fprintf(out, " (%s)", size_text(object->bytes_unexamined, size));
    const char *detail = object_detail(object);
    fprintf(out, "%s%s\n", detail[0] != '\0' ? ": " : "", detail);
}

/* The first ones, in the order of the ledger. */
static void print_unread(FILE *out, struct look look, const struct object_list *list, uint64_t count)
{
    uint64_t shown = 0;
    struct ledger_reader *reader = NULL;
    struct fault fault; /* what cannot be read here is in coverage.csv, or that was not written */
    if (count > 0)
        fprintf(out, "%sNot fully examined%s\n", look.strong, look.plain);
    for (size_t i = 0; i < list->count && shown < UNREAD_LINES_MAX; i++)
        if (is_unread(&list->objects[i])) {
            print_object(out, &list->objects[i]);
            shown++;
        }
    if (shown < UNREAD_LINES_MAX && shown < count && ledger_reader_open(list->ledger, &reader, &fault) != STATUS_OK)
        return;
    for (size_t i = 0; shown < UNREAD_LINES_MAX && shown < count && i < ledger_count(list->ledger); i++) {
        const struct object *piece;
        if (ledger_read(reader, i, &piece, &fault) != STATUS_OK)
            break;
        if (is_unread(piece)) {
            print_object(out, piece);
            shown++;
        }
    }
    ledger_reader_close(reader);
    char text[GROUPED_SIZE];
    if (count > shown)
        fprintf(out, "             and %s more: see coverage.csv\n", grouped(count - shown, text));
}

void report_table(FILE *out, const struct case_files *files)
{
    struct look look = choose_look(out);
    const struct totals *totals = resolved_totals(files->resolved);
    const struct coverage coverage = add_coverage(files->list);
    print_coverage(out, look, &coverage);
    print_customers(out, look, totals, coverage.unread == 0);
    print_records(out, look, totals);
    print_identifiers(out, look, totals);
    print_period(out, look, totals);
    print_unread(out, look, files->list, coverage.unread);
    char folder[PATH_SHOWN_SIZE];
    escape_write_tail(folder, sizeof folder, files->folder, strlen(files->folder));
    fprintf(out, "%sWritten%s      %s: impact.csv, summary.json, coverage.csv, case.json, tally/, case.key\n", look.strong,
            look.plain, folder);
}
