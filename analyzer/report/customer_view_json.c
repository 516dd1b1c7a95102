#include <stdlib.h>
#include <string.h>

#include "../support/escape.h"
#include "../support/json.h"
#include "../support/utf8.h"
#include "cell.h"
#include "customer_view.h"

/* Escaped as in impact.csv, with "#unit" behind it where the unit is not 0. */
static void write_escaped(struct json_writer *writer, const char *key, struct span bytes, uint64_t unit)
{
    size_t size = bytes.len * ESCAPE_GROWTH + CELL_NUMBER_BYTES + 2;
    char *text = malloc(size);
    if (text == NULL) {
        writer->failed = true;
        return;
    }
    char *end = text + escape_write(text, size, bytes.at, bytes.len);
    if (unit > 0) {
        *end++ = '#';
        end = cell_write_unsigned(end, unit);
    }
    json_write_span(writer, key, (struct span){text, (size_t)(end - text)});
    free(text);
}

static void write_place(struct json_writer *writer, const char *key, const struct view_place *place)
{
    write_escaped(writer, key, (struct span){place->path, strlen(place->path)}, place->unit);
}

static void write_place_if(struct json_writer *writer, const char *key, const struct view_place *place)
{
    if (place->path == NULL) json_write_null(writer, key);
    else write_place(writer, key, place);
}

static void write_distinct(struct json_writer *writer, const char *key, struct distinct distinct)
{
    json_object_open(writer, key);
    json_write_unsigned(writer, "count", distinct.count);
    json_write_boolean(writer, "estimated", distinct.estimated);
    json_object_close(writer);
}

static void write_time(struct json_writer *writer, const char *key, int64_t seconds)
{
    char text[CELL_TIME_BYTES];
    *cell_write_time(text, seconds) = '\0';
    json_write_text(writer, key, text[0] != '\0' ? text : NULL);
}

static void write_fields(struct json_writer *writer, const struct customer_view *view)
{
    json_list_open(writer, "customer_fields");
    for (size_t i = 0; i < view->field_count; i++) json_write_text(writer, NULL, view->fields[i]);
    json_list_close(writer);
}

static void write_customer(struct json_writer *writer, struct span customer)
{
    if (utf8_is_valid(customer.at, customer.len)) json_write_span(writer, "customer_id", customer);
    else write_escaped(writer, "customer_id", customer, 0);
}

static void write_elements(struct json_writer *writer, uint16_t elements)
{
    json_list_open(writer, "elements");
    for (unsigned e = 0; e < ELEMENT_COUNT; e++)
        if ((elements >> e & 1) != 0) json_write_text(writer, NULL, element_code((enum element)e));
    json_list_close(writer);
}

static void write_identifiers(struct json_writer *writer, const struct customer_view *view)
{
    json_list_open(writer, "identifiers");
    for (size_t i = 0; i < view->identifier_count; i++) {
        const struct view_identifier *identifier = &view->identifiers[i];
        json_object_open(writer, NULL);
        json_write_unsigned(writer, "alike", identifier->alike);
        write_place(writer, "first", &identifier->first);
        write_place_if(writer, "first_named", &identifier->named);
        write_place_if(writer, "first_tied", &identifier->tied);
        json_write_text(writer, "grade", grade_name(identifier->grade));
        json_write_text(writer, "kind", detectors[identifier->kind]->name);
        json_write_unsigned(writer, "number", identifier->number);
        json_write_boolean(writer, "sample", identifier->sample);
        json_write_text(writer, "value_masked", identifier->masked);
        json_object_close(writer);
    }
    json_list_close(writer);
}

static void write_sources(struct json_writer *writer, const struct customer_view *view)
{
    json_list_open(writer, "sources");
    for (uint32_t i = 0; i < view->row.source_count; i++) {
        const char *name = view->source_names[view->row.sources[i]];
        write_escaped(writer, NULL, (struct span){name, strlen(name)}, 0);
    }
    json_list_close(writer);
}

/* Keys that a customer without a record has not; those before and behind them are written around this. */
static void write_figures(struct json_writer *writer, const struct customer_view *view)
{
    const struct customer_row *row = &view->row;
    write_time(writer, "data_time_first", row->time_first);
    write_time(writer, "data_time_last", row->time_last);
    write_elements(writer, row->elements);
    write_place(writer, "evidence_ref", &view->first);
    json_write_unsigned(writer, "exposure_days", view->exposed_days);
    json_write_text(writer, "exposure_first", view->exposed.from[0] != '\0' ? view->exposed.from : NULL);
    json_write_text(writer, "exposure_last", view->exposed.to[0] != '\0' ? view->exposed.to : NULL);
    write_identifiers(writer, view);
    char basis[CELL_BASIS_BYTES];
    *cell_write_basis(basis, row->basis) = '\0';
    json_write_text(writer, "link_basis", basis);
    write_distinct(writer, "loc_cells", row->loc_cells);
    write_distinct(writer, "loc_days", row->loc_days);
    json_write_unsigned(writer, "loc_fixes", row->loc_fixes);
    char level[] = {'L', (char)('0' + row->loc_level.level), '\0'};
    json_write_text(writer, "loc_level", level);
    write_distinct(writer, "loc_points", row->loc_points);
    json_write_boolean(writer, "loc_precise", row->loc_level.precise);
}

static void write_document(struct json_writer *writer, const struct customer_view *view, const char *reason)
{
    static const char *const tiers[] = {NULL, "T1", "T2", "T3"};
    json_object_open(writer, NULL);
    json_write_boolean(writer, "case_finished", view->case_finished);
    if (!view->named_only) write_fields(writer, view);
    write_customer(writer, view->row.customer_id);
    if (!view->named_only) write_figures(writer, view);
    json_write_boolean(writer, "named_only", view->named_only);
    json_write_unsigned(writer, "records", view->row.records);
    json_write_unsigned(writer, "records_possible", view->row.records_possible);
    json_write_text(writer, "schema", "breachtally show 1");
    if (!view->named_only) {
        char severity[8];
        *cell_write_severity(severity, view->row.severity) = '\0';
        json_write_text(writer, "severity", view->row.severity.context > 0 ? severity : NULL);
    }
    json_write_unsigned(writer, "shards_missing", view->shards_missing);
    if (!view->named_only) write_sources(writer, view);
    json_write_text(writer, "tier", view->named_only ? NULL : tiers[view->row.tier]);
    json_write_text(writer, "tier_reason", reason);
    json_object_close(writer);
    json_end_line(writer);
}

enum status customer_view_json(FILE *out, const struct customer_view *view, struct fault *fault)
{
    struct json_writer writer = {0};
    char *reason = customer_view_reason(view);
    if (reason == NULL) return fault_set(fault, STATUS_FATAL, "no memory to show a customer");
    write_document(&writer, view, reason);
    free(reason);
    enum status status = writer.failed ? fault_set(fault, STATUS_FATAL, "no memory to show a customer") : STATUS_OK;
    /* The command looks at the stream in the end. */
    if (status == STATUS_OK) (void)fwrite(writer.bytes, 1, writer.count, out);
    free(writer.bytes);
    return status;
}
