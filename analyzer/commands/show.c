/* breachtally show: why a customer is counted.
 *
 * Shape    customer -> its entry in the runs -> the figures, by the way that impact.csv goes; each identifier with the
 *          place where it was first read -> view
 * Reads    the case's tally/ alone, and of the runs only the blocks where the customer would stand
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../attribute/customer_key.h"
#include "../attribute/roles.h"
#include "../report/customer_view.h"
#include "../support/escape.h"
#include "../support/sheet.h"
#include "../tally/entry_find.h"
#include "../tally/resolving.h"
#include "case_open.h"
#include "case_places.h"
#include "commands.h"

struct showing {
    const char *folder;
    struct case_opened opened;
    struct case_places places;
    struct bytes key, value; /* the customer's entry */
    struct bytes part;       /* what of it records that name the customer say, or what others do */
    struct profile *profile;
    struct roles *roles;
    struct tally *tally; /* of this customer alone */
    struct object_reader objects;
    struct texts *paths; /* of places */
    struct resolved *resolved;
    const char *fields[CUSTOMER_FIELDS_MAX];
    struct customer_view view;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to show a customer");
}

static enum status damaged(const struct showing *showing, struct fault *fault)
{
    return case_refuse(showing->folder, "the counts of this customer are damaged", fault);
}

static struct span span_of(const struct bytes *bytes)
{
    return (struct span){bytes->at, bytes->count};
}

/* ------------------------------------------------------------------ finding */

/* The customer's entry in so many of the runs of holders, and of those of what is booked. */
static enum status find_in(struct showing *showing, size_t holders, size_t booked, struct bytes *value, struct fault *fault)
{
    const struct case_state *state = &showing->opened.state;
    const struct place_order order = {case_places_before, &showing->places};
    struct entry_places places = {showing->opened.tally, &showing->opened.identity, state->holders.names, state->booked.names,
                                  holders, booked, &order, showing->profile->timezone_offset_s};
    return entry_find(&places, (uint32_t)state->list.source_count, span_of(&showing->key), value, fault);
}

/* Customer IDs come first in the order of keys: holder_entry.h. */
static enum status find_exactly(struct showing *showing, struct span customer, struct fault *fault)
{
    const struct case_state *state = &showing->opened.state;
    showing->key.count = 0;
    if (customer.len == 0) return STATUS_END;
    if (!bytes_reserve(&showing->key, customer.len + 1)) return no_memory(fault);
    bytes_put_byte(&showing->key, 0);
    bytes_put(&showing->key, customer.at, customer.len);
    return find_in(showing, state->holders.count, state->booked.count, &showing->value, fault);
}

static bool is_neutralised(const char *text)
{
    return text[0] == '\'' && text[1] != '\0' && strchr("=+-@\t\r", text[1]) != NULL;
}

/* The customer with a key, or whose ID it is where that is escaped. */
static enum status find_either(struct showing *showing, struct span text, struct fault *fault)
{
    struct bytes room = {0};
    struct span key;
    enum status status = find_exactly(showing, text, fault);
    bool enough = status != STATUS_END || customer_key(text, &room, &key);
    if (!enough) status = no_memory(fault);
    if (status == STATUS_END && key.at != text.at) status = find_exactly(showing, key, fault);
    bytes_free(&room);
    return status;
}

/* As it stands; then as what a cell of impact.csv, or a line of this command, means that says so: without the ' that stops
 * spreadsheets, and with escapes undone. room is as large as the text. */
static enum status find_meant(struct showing *showing, const char *text, char *room, struct fault *fault)
{
    enum status status = STATUS_END;
    for (int neutralised = 0; neutralised <= is_neutralised(text) && status == STATUS_END; neutralised++) {
        const char *from = text + neutralised;
        size_t length = 0;
        status = find_either(showing, (struct span){from, strlen(from)}, fault);
        if (status == STATUS_END && strchr(from, '\\') != NULL && escape_undo(from, room, &length))
            status = find_either(showing, (struct span){room, length}, fault);
    }
    return status;
}

/* The same for what stands in quotes: a cell copied out of the file. */
static enum status find_quoted(struct showing *showing, const char *customer, char *room, struct fault *fault)
{
    size_t length = strlen(customer);
    if (length < 2 || customer[0] != '"' || customer[length - 1] != '"') return STATUS_END;
    char *unquoted = malloc(length + 1);
    if (unquoted == NULL) return no_memory(fault);
    unquoted[sheet_unquote((struct span){customer, length}, unquoted)] = '\0';
    enum status status = find_meant(showing, unquoted, room, fault);
    free(unquoted);
    return status;
}

static uint32_t shards_missing(const struct case_state *state)
{
    uint32_t missing = 0;
    for (uint32_t s = 0; s < state->shard_count; s++) missing += !shard_is_in(state, s);
    return missing;
}

static enum status not_found(const struct showing *showing, struct fault *fault)
{
    const struct case_state *state = &showing->opened.state;
    uint32_t missing = shards_missing(state);
    char why[160];
    int length = snprintf(why, sizeof why, "this customer is not in the case");
    if (!state->finished)
        length += snprintf(why + length, sizeof why - (size_t)length, "; it is not finished (scan --resume goes on)");
    if (missing > 0)
        snprintf(why + length, sizeof why - (size_t)length, "; it has %u of %u shards: merge them first",
                 state->shard_count - missing, state->shard_count);
    return case_refuse(showing->folder, why, fault);
}

static enum status find(struct showing *showing, const char *customer, struct fault *fault)
{
    struct fault inner = {0};
    char *room = malloc(strlen(customer) + 1);
    if (room == NULL) return no_memory(fault);
    enum status status = find_meant(showing, customer, room, &inner);
    if (status == STATUS_END) status = find_quoted(showing, customer, room, &inner);
    free(room);
    if (status == STATUS_END) return not_found(showing, fault);
    if (status == STATUS_DAMAGED || status == STATUS_USAGE) return case_refuse(showing->folder, inner.message, fault);
    *fault = inner;
    return status;
}

/* ------------------------------------------------------------------ figures */

/* A place in an object, whose path is kept. */
static enum status path_read(struct showing *showing, size_t index, uint64_t unit, struct view_place *place, struct fault *fault)
{
    const struct object *object;
    showing->objects.list = &showing->opened.state.list;
    enum status status = object_list_read(&showing->objects, index, &object, fault);
    if (status != STATUS_OK) return status;
    *place = (struct view_place){texts_keep(&showing->paths, object->path), unit};
    return place->path != NULL ? STATUS_OK : no_memory(fault);
}

/* What impact.csv says of the customer, made as its line is made: resolved, from a tally that holds nobody else. */
static enum status read_row(struct showing *showing, struct fault *fault)
{
    struct customer_view *view = &showing->view;
    const struct case_state *state = &showing->opened.state;
    enum status status = tally_open((uint32_t)state->list.source_count, &showing->tally, fault);
    if (status == STATUS_OK) tally_set_zone(showing->tally, showing->profile->timezone_offset_s);
    if (status == STATUS_OK)
        status = entry_load(showing->tally, &showing->tally->partitions[0], span_of(&showing->key),
                            span_of(&showing->value), fault);
    struct resolving resolving = {
        .tally = showing->tally, .list = &state->list, .places = {case_places_unit, case_places_object, &showing->places, true}, .thread_count = 1};
    struct totals nothing = {.data_time_first = TIME_NONE, .data_time_last = TIME_NONE};
    if (status == STATUS_OK) status = resolve(&resolving, &nothing, &showing->resolved, fault);
    if (status != STATUS_OK) return status;
    if (resolved_customer_count(showing->resolved) != 1) return damaged(showing, fault);
    resolved_customer(showing->resolved, 0, &view->row);
    return path_read(showing, view->row.first_object, view->row.first_unit, &view->first, fault);
}

static enum status place_read(struct showing *showing, const struct entry_place *place, struct view_place *first, struct fault *fault)
{
    const struct case_places *places = &showing->places;
    if (place->file >= places->list->walked_count) return damaged(showing, fault);
    return path_read(showing, case_places_object(places, place->file, place->piece), case_places_number(places, place->file, place->piece, place->unit),
                     first, fault);
}

static int by_kind_and_canonical(const void *left, const void *right)
{
    const struct view_identifier *a = left, *b = right;
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->canonical, b->canonical);
}

/* Where the identifiers were first read by one part of the runs: records that name the customer, or what is booked besides. */
static enum status read_part(struct showing *showing, size_t holders, size_t booked, struct fault *fault)
{
    struct customer_view *view = &showing->view;
    struct entry_facts facts;
    struct entry_fact fact;
    enum status status = find_in(showing, holders, booked, &showing->part, fault);
    if (status == STATUS_END) return STATUS_OK;
    if (status == STATUS_OK) status = entry_facts_open(span_of(&showing->part), &facts, fault);
    if (status == STATUS_OK && booked > 0 && facts.records == 0 && view->row.records > 0) return STATUS_OK;
    while (status == STATUS_OK && (status = entry_facts_next(&facts, &fact, fault)) == STATUS_OK) {
        struct view_identifier wanted = {.kind = (enum kind)fact.fact.kind};
        identifier_unpack(fact_packing(fact.fact.state), fact.fact.packed, fact.fact.packed_length, wanted.canonical);
        struct view_identifier *of = bsearch(&wanted, view->identifiers, view->identifier_count, sizeof wanted, by_kind_and_canonical);
        if (of == NULL) continue; /* only possible, and no more than a count beside what is sure */
        status = place_read(showing, &fact.place, booked > 0 ? &of->tied : &of->named, fault);
    }
    return status == STATUS_END ? STATUS_OK : status;
}

static enum status read_parts(struct showing *showing, struct fault *fault)
{
    const struct case_state *state = &showing->opened.state;
    struct customer_view *view = &showing->view;
    if (view->identifier_count > 0) qsort(view->identifiers, view->identifier_count, sizeof *view->identifiers, by_kind_and_canonical);
    enum status status = read_part(showing, state->holders.count, 0, fault);
    return status == STATUS_OK && state->booked.count > 0 ? read_part(showing, 0, state->booked.count, fault) : status;
}

static enum status read_identifiers(struct showing *showing, struct entry_facts *facts, struct fault *fault)
{
    struct customer_view *view = &showing->view;
    struct entry_fact fact;
    enum status status;
    if (facts->left > showing->value.count) return damaged(showing, fault);
    view->identifiers = calloc((size_t)facts->left + 1, sizeof *view->identifiers);
    if (view->identifiers == NULL) return no_memory(fault);
    while ((status = entry_facts_next(facts, &fact, fault)) == STATUS_OK) {
        struct view_identifier *identifier = &view->identifiers[view->identifier_count++];
        identifier->kind = (enum kind)fact.fact.kind;
        identifier->grade = fact_grade(fact.fact.state);
        identifier->sample = (fact.fact.state & FACT_SAMPLE_BIT) != 0;
        identifier_unpack(fact_packing(fact.fact.state), fact.fact.packed, fact.fact.packed_length,
                          identifier->canonical);
        status = place_read(showing, &fact.place, &identifier->first, fault);
        if (status != STATUS_OK) return status;
    }
    if (status == STATUS_END) status = read_parts(showing, fault);
    customer_view_sort(view);
    return status;
}

static bool has_source(const struct customer_row *row, uint32_t source)
{
    for (uint32_t i = 0; i < row->source_count; i++)
        if (row->sources[i] == source) return true;
    return false;
}

/* The profile that the case was made with: it may have kinds of its own. */
static enum status profile_take(struct showing *showing, struct fault *fault)
{
    const struct case_state *state = &showing->opened.state;
    enum status status = state->profile_given ? profile_parse(span_of(&state->profile), &showing->profile, fault)
                                              : profile_open(NULL, &showing->profile, fault);
    return status == STATUS_OK ? roles_open(showing->profile, &showing->roles, fault) : status;
}

/* The fields that name customers in this one's sources. */
static void read_fields(struct showing *showing)
{
    const struct case_state *state = &showing->opened.state;
    struct customer_view *view = &showing->view;
    bool used[CUSTOMER_FIELDS_MAX] = {false};
    for (size_t i = 0; i < state->sums.field_count; i++)
        if (has_source(&view->row, state->sums.fields[i].source)) used[state->sums.fields[i].field] = true;
    for (size_t rank = 0; rank < CUSTOMER_FIELD_PATH; rank++)
        if (used[rank]) showing->fields[view->field_count++] = sums_field_name(showing->roles, rank);
    view->fields = showing->fields;
}

/* When the customer's sources lay open. */
static enum status read_exposure(struct showing *showing, struct fault *fault)
{
    struct customer_view *view = &showing->view;
    const struct customer_row *row = &view->row;
    struct exposure *windows = calloc((size_t)row->source_count + 1, sizeof *windows);
    if (windows == NULL) return no_memory(fault);
    for (uint32_t i = 0; i < row->source_count; i++) {
        windows[i] = source_exposure(showing->profile, view->source_names[row->sources[i]]);
        exposure_widen(&view->exposed, &windows[i]);
    }
    bool counted = exposure_days(windows, row->source_count, &view->exposed_days);
    free(windows);
    return counted ? STATUS_OK : no_memory(fault);
}

static enum status read_view(struct showing *showing, struct fault *fault)
{
    const struct case_state *state = &showing->opened.state;
    struct customer_view *view = &showing->view;
    struct entry_facts facts;
    struct view_place first;
    *view = (struct customer_view){.row = {.customer_id = {showing->key.at + 1, showing->key.count - 1}},
                                   .source_names = state->list.sources,
                                   .case_finished = state->finished,
                                   .shard_count = state->shard_count,
                                   .shards_missing = shards_missing(state)};
    enum status status = entry_facts_open(span_of(&showing->value), &facts, fault);
    if (status != STATUS_OK) return status;
    view->named_only = !facts.placed;
    if (view->named_only) return STATUS_OK;
    status = place_read(showing, &facts.first, &first, fault);
    if (status == STATUS_OK) status = read_row(showing, fault);
    if (status == STATUS_OK) status = read_identifiers(showing, &facts, fault);
    if (status == STATUS_OK) read_fields(showing);
    return status == STATUS_OK ? read_exposure(showing, fault) : status;
}

/* ------------------------------------------------------------------ the command */

static enum status show(struct showing *showing, const struct options *options, struct fault *fault)
{
    enum status status = case_open(showing->folder, &showing->opened, fault);
    if (status == STATUS_OK && !case_places_open(&showing->opened.state, &showing->places)) status = no_memory(fault);
    if (status == STATUS_OK) status = profile_take(showing, fault);
    if (status == STATUS_OK) status = find(showing, options->arguments[1], fault);
    if (status == STATUS_OK) status = read_view(showing, fault);
    if (status == STATUS_OK) status = case_places_failure(&showing->places, fault);
    if (status == STATUS_OK)
        status = options->json ? customer_view_json(stdout, &showing->view, fault)
                               : customer_view_text(stdout, &showing->view, fault);
    if (status == STATUS_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = fault_set(fault, STATUS_FATAL, "the customer cannot be printed: %s", strerror(errno));
    return status;
}

static void showing_close(struct showing *showing)
{
    free(showing->view.identifiers);
    resolved_close(showing->resolved);
    tally_close(showing->tally);
    roles_free(showing->roles);
    profile_free(showing->profile);
    bytes_free(&showing->key);
    bytes_free(&showing->value);
    bytes_free(&showing->part);
    object_reader_close(&showing->objects);
    texts_close(showing->paths);
    case_places_close(&showing->places);
    case_close(&showing->opened);
}

int command_show(const struct options *options)
{
    struct showing showing = {.folder = options->arguments[0], .opened = {.tally = -1}};
    struct fault fault = {0};
    enum status status = show(&showing, options, &fault);
    int exit_code = status == STATUS_OK ? EXIT_FINISHED : status == STATUS_FATAL ? EXIT_UNFINISHED : EXIT_USAGE;
    if (status != STATUS_OK) fprintf(stderr, "breachtally: %s\n", fault.message);
    showing_close(&showing);
    return exit_code;
}
