#include "units.h"

#include <stdlib.h>
#include <string.h>

#include "../detect/propose.h"
#include "../record/record_csv.h"
#include "../record/record_json.h"

enum {
    SPARE_FIELDS = 8,       /* empty cells behind the last column that are no reason to distrust a row */
    PENDING_LOOKED_AT = 16, /* axes of one object that wait for their other half */
    JSON_PATH_MAX = 1024,
    INHERITED_LEVELS_MAX = 256, /* enclosing levels with something to inherit, from the inside out */
    NEIGHBOUR_DECIMALS = 3,
    FULL_WIDTH_LEAD = 0xE2  /* first bytes of full-width characters begin here */
};

/* ------------------------------------------------------------------ the plan of a table */

struct axis_columns {
    uint16_t latitude, longitude;
};

struct table_plan {
    size_t column_count;
    struct field_plan *plans;
    uint16_t *acting; /* columns with a role other than an axis */
    size_t acting_count;
    struct axis_columns *pairs;
    size_t pair_count;
    uint16_t *others; /* columns whose text is searched */
    size_t other_count;
    char *header;     /* the header row as it stands, without its line end */
    size_t header_length;
};

void table_plan_close(struct table_plan *plan)
{
    if (plan == NULL) return;
    free(plan->plans);
    free(plan->acting);
    free(plan->pairs);
    free(plan->others);
    free(plan->header);
    free(plan);
}

static void plan_sort_columns(struct table_plan *plan)
{
    for (size_t i = 0; i < plan->column_count; i++) {
        uint8_t role = plan->plans[i].role;
        if (role == ROLE_CUSTOMER || role == ROLE_TIME || role == ROLE_IDENTIFIER) plan->acting[plan->acting_count++] = (uint16_t)i;
        if (role == ROLE_NONE) plan->others[plan->other_count++] = (uint16_t)i;
        if (role != ROLE_LATITUDE) continue;
        size_t match = plan->column_count;
        for (size_t k = 0; k < plan->column_count && match == plan->column_count; k++)
            if (plan->plans[k].role == ROLE_LONGITUDE && plan->plans[k].pair == plan->plans[i].pair) match = k;
        if (match < plan->column_count) plan->pairs[plan->pair_count++] = (struct axis_columns){(uint16_t)i, (uint16_t)match};
    }
    /* An axis without its other half is a column like any other. */
    for (size_t i = 0; i < plan->column_count; i++) {
        if (plan->plans[i].role != ROLE_LATITUDE && plan->plans[i].role != ROLE_LONGITUDE) continue;
        bool paired = false;
        for (size_t k = 0; k < plan->pair_count; k++) paired |= plan->pairs[k].latitude == i || plan->pairs[k].longitude == i;
        if (!paired) plan->others[plan->other_count++] = (uint16_t)i;
    }
}

enum status table_plan_open(const struct layout *layout, struct span header_row, const struct roles *roles,
                            struct table_plan **plan, struct fault *fault)
{
    struct table_plan *made = calloc(1, sizeof *made);
    *plan = made;
    size_t columns = layout->column_count < CSV_COLUMNS_MAX ? layout->column_count : CSV_COLUMNS_MAX;
    size_t padded = header_row.len + SHAPE_PADDING;
    struct csv_field *fields = malloc((columns + 1) * sizeof *fields);
    struct shape_word *words = malloc(shape_word_count(header_row.len) * sizeof *words);
    char *name = malloc(header_row.len + 1);
    if (made != NULL) {
        made->column_count = columns;
        made->plans = calloc(columns, sizeof *made->plans);
        made->acting = calloc(columns, sizeof *made->acting);
        made->others = calloc(columns, sizeof *made->others);
        made->pairs = calloc(columns, sizeof *made->pairs);
        made->header = calloc(padded, 1);
    }
    bool enough = made != NULL && made->plans != NULL && made->acting != NULL && made->others != NULL && made->pairs != NULL &&
                  made->header != NULL && fields != NULL && words != NULL && name != NULL;
    if (enough) {
        memcpy(made->header, header_row.at, header_row.len);
        shape_portable(made->header, header_row.len, SHAPE_CSV, layout->delimiter, words);
        struct csv_rows rows = {made->header, words, 0, header_row.len, layout->delimiter, fields, columns};
        struct csv_row row = {0};
        if (csv_next(&rows, &row)) {
            made->header_length = row.end;
            for (size_t i = 0; i < columns && i < row.field_count; i++) {
                struct span cell = {made->header + fields[i].start, fields[i].end - fields[i].start};
                size_t length = cell.len;
                if (fields[i].quoted) length = csv_unquote(cell, name);
                else memcpy(name, cell.at, cell.len);
                made->plans[i] = roles_plan(roles, name, length, true);
            }
        }
        plan_sort_columns(made);
    }
    free(fields);
    free(words);
    free(name);
    if (enough) return STATUS_OK;
    table_plan_close(made);
    *plan = NULL;
    return fault_set(fault, STATUS_FATAL, "no memory for the columns of a table");
}

/* ------------------------------------------------------------------ the reader */

struct level {
    struct sighting sighting;
    uint32_t parent;
    uint32_t heir_of; /* the nearest enclosing level that has anything to inherit; UINT32_MAX: none */
    bool has_inner;
};

struct pending_axis {
    uint32_t object, level, pair;
    bool latitude;
    struct span value;
};

/* The position of a GeoJSON point: "type" and "coordinates" of one object, in any order. */
struct geometry {
    uint32_t object;
    bool is_point;
    size_t count;
    struct span axes[2];
};

enum node_kind { NODE_PLAIN, NODE_TYPE, NODE_COORDINATES };

struct node_plan {
    struct field_plan field;
    uint8_t kind;
};

struct unit_reader {
    struct detect *detect;
    struct booking *booking;
    const struct roles *roles;
    shape_function *shape;
    struct shape_word *words;
    size_t word_capacity;
    struct sighting sighting;
    struct csv_field *fields;
    size_t field_capacity;

    struct json_parser *json;
    struct node_plan *nodes;
    uint32_t node_count, node_capacity;
    struct level *levels;
    size_t level_count, level_capacity;
    const struct sighting *chain[INHERITED_LEVELS_MAX];
    struct pending_axis *pending;
    size_t pending_count, pending_capacity;
    struct geometry geometry;

    /* of the block in hand */
    const struct block *block;
    struct block_counts *counts;
    struct booking_context context;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory left to read units");
}

static void sighting_free(struct sighting *sighting)
{
    free(sighting->identifiers);
    free(sighting->cells);
}

enum status unit_reader_open(struct detect *detect, struct booking *booking, const struct roles *roles, shape_function *shape,
                             struct unit_reader **reader, struct fault *fault)
{
    struct unit_reader *made = calloc(1, sizeof *made);
    *reader = made;
    if (made == NULL) return no_memory(fault);
    made->detect = detect;
    made->booking = booking;
    made->roles = roles;
    made->shape = shape;
    enum status status = record_json_open(&made->json, fault);
    if (status == STATUS_OK) return status;
    unit_reader_close(made);
    *reader = NULL;
    return status;
}

void unit_reader_close(struct unit_reader *reader)
{
    if (reader == NULL) return;
    record_json_close(reader->json);
    sighting_free(&reader->sighting);
    for (size_t i = 0; i < reader->level_capacity; i++) sighting_free(&reader->levels[i].sighting);
    free(reader->levels);
    free(reader->pending);
    free(reader->nodes);
    free(reader->fields);
    free(reader->words);
    free(reader);
}

/* Books what stands in levels as the next unit. */
static enum status book(struct unit_reader *reader, const struct sighting *const *levels, size_t level_count, struct fault *fault)
{
    bool record = false;
    reader->context.place.unit = reader->block->place.unit + (uint32_t)reader->counts->units++;
    if (level_count == 1 && levels[0]->findings == 0 && !levels[0]->has_customer && reader->context.path_customer.len == 0)
        return STATUS_OK;
    enum status status = booking_unit(reader->booking, levels, level_count, &reader->context, &record, fault);
    reader->counts->records += record;
    return status;
}

static enum status book_one(struct unit_reader *reader, struct fault *fault)
{
    const struct sighting *own = &reader->sighting;
    return book(reader, &own, 1, fault);
}

/* ------------------------------------------------------------------ text */

static enum status text_unit(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    sighting_reset(&reader->sighting);
    detect_text(reader->detect, &(struct shaped_text){reader->block->bytes, reader->words, start, end}, true, &reader->sighting);
    return book_one(reader, fault);
}

/* Lines of text in [at, end). Blank lines are no units. */
static enum status text_units(struct unit_reader *reader, size_t at, size_t end, struct fault *fault)
{
    const char *bytes = reader->block->bytes;
    while (at < end) {
        size_t line_end = bits_next(&reader->words->newline, at, end);
        size_t stop = line_end > at && bytes[line_end - 1] == '\r' ? line_end - 1 : line_end;
        if (stop > at) {
            enum status status = text_unit(reader, at, stop, fault);
            if (status != STATUS_OK) return status;
        }
        at = line_end + 1;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ tables */

/* A field's value, with doubled quotes undone. */
static struct span field_value(struct unit_reader *reader, const struct csv_field *field)
{
    struct span value = {reader->block->bytes + field->start, field->end - field->start};
    if (!field->quoted || memchr(value.at, '"', value.len) == NULL) return value;
    char *plain = detect_scratch(reader->detect, value.len);
    if (plain == NULL) return value;
    return (struct span){plain, csv_unquote(value, plain)};
}

static void search_field(struct unit_reader *reader, const struct csv_field *field)
{
    struct span value = field_value(reader, field);
    if (value.at != reader->block->bytes + field->start) {
        detect_bytes(reader->detect, value, false, &reader->sighting);
        return;
    }
    struct shaped_text text = {reader->block->bytes, reader->words, field->start, field->end};
    detect_text(reader->detect, &text, false, &reader->sighting);
}

/* Whether a cell is one decimal number with so many decimals that it could be half of a position. */
static bool is_fine_number(const struct unit_reader *reader, const struct csv_field *field)
{
    const char *at = reader->block->bytes + field->start, *end = reader->block->bytes + field->end;
    if (at < end && (*at == '-' || *at == '+')) at++;
    const char *point = NULL;
    for (const char *p = at; p < end; p++) {
        if (*p == '.' && point == NULL) point = p;
        else if ((unsigned char)(*p - '0') > 9) return false;
    }
    return point != NULL && end - point > NEIGHBOUR_DECIMALS;
}

static bool is_number(const struct unit_reader *reader, const struct csv_field *field)
{
    static const bool of_numbers[256] = {['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,
                                         ['7'] = 1, ['8'] = 1, ['9'] = 1, ['.'] = 1, ['-'] = 1, ['+'] = 1};
    const char *at = reader->block->bytes + field->start, *end = reader->block->bytes + field->end;
    while (at < end && of_numbers[(unsigned char)*at]) at++;
    return at == end;
}

/* One word that is too long for a candidate: hashes, sessions, tokens. */
static inline bool is_long_word(const struct unit_reader *reader, size_t start, size_t end)
{
    return end - start > PROPOSE_RUN_MAX && bits_run_end(&reader->words->alnum, start, end) == end;
}

/* Searches a cell in which a shape ends. Returns whether it is a fine number instead. */
static bool shaped_cell(struct unit_reader *reader, const struct csv_field *field)
{
    const char *end = reader->block->bytes + field->end;
    size_t length = field->end - field->start;
    if (is_long_word(reader, field->start, field->end)) return false;
    bool decimals_only = !bits_any(&reader->words->candidate, field->start, (size_t)field->end + 1) &&
                         !bits_any(&reader->words->key, field->start, field->end);
    if (!decimals_only || !is_number(reader, field)) {
        search_field(reader, field);
        return false;
    }
    bool short_fraction = length < NEIGHBOUR_DECIMALS + 1 || end[-1] == '.' || end[-2] == '.' || end[-3] == '.';
    return !short_fraction && is_fine_number(reader, field);
}

/* Cells without a role: text is searched; exactly two fine numbers side by side may be a position. */
static void search_others(struct unit_reader *reader, const struct table_plan *plan, size_t field_count)
{
    size_t run_from = 0, run = 0;
    const uint64_t *shapes = &reader->words->escape;
    for (size_t i = 0; i <= plan->other_count; i++) {
        size_t column = i < plan->other_count ? plan->others[i] : SIZE_MAX;
        bool fine = false;
        if (column < field_count) {
            const struct csv_field *field = &reader->fields[column];
            /* A bit may stand on the byte behind the cell. */
            if (bits_any(shapes, field->start, (size_t)field->end + 1))
                fine = shaped_cell(reader, field);
            else if ((unsigned char)reader->block->bytes[field->start] >= FULL_WIDTH_LEAD)
                search_field(reader, field); /* full-width digits have no shapes */
        }
        if (!fine && run == 0) continue;
        if (fine && run > 0 && column == run_from + run) {
            run++;
            continue;
        }
        if (run == 2)
            detect_neighbours(reader->detect, field_value(reader, &reader->fields[run_from]),
                              field_value(reader, &reader->fields[run_from + 1]), &reader->sighting);
        run_from = column;
        run = fine ? 1 : 0;
    }
}

static void read_row(struct unit_reader *reader, const struct table_plan *plan, size_t field_count)
{
    sighting_reset(&reader->sighting);
    for (size_t i = 0; i < plan->acting_count; i++) {
        size_t column = plan->acting[i];
        if (column >= field_count) break;
        const struct csv_field *field = &reader->fields[column];
        if (field->start == field->end) continue;
        if (!detect_field(reader->detect, &plan->plans[column], field_value(reader, field), &reader->sighting) &&
            plan->plans[column].role == ROLE_IDENTIFIER)
            search_field(reader, field);
    }
    for (size_t i = 0; i < plan->pair_count; i++) {
        struct axis_columns pair = plan->pairs[i];
        if (pair.latitude < field_count && pair.longitude < field_count)
            detect_pair(reader->detect, field_value(reader, &reader->fields[pair.latitude]),
                        field_value(reader, &reader->fields[pair.longitude]), &reader->sighting);
    }
    search_others(reader, plan, field_count);
}

/* Cells beyond the header's columns must be empty, else the row is not cut where its writer meant. */
static bool row_fits(const struct unit_reader *reader, const struct csv_row *row, size_t columns)
{
    if (row->field_count > columns + SPARE_FIELDS) return false;
    for (size_t i = columns; i < row->field_count; i++)
        if (reader->fields[i].end > reader->fields[i].start) return false;
    return true;
}

static bool is_header(const struct unit_reader *reader, const struct table_plan *plan, const struct csv_row *row)
{
    return row->end - row->start == plan->header_length &&
           memcmp(reader->block->bytes + row->start, plan->header, plan->header_length) == 0;
}

static enum status table_units(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    const struct block *block = reader->block;
    const struct table_plan *plan = block->plan;
    size_t columns = plan != NULL ? plan->column_count : 0;
    if (reader->field_capacity < columns + SPARE_FIELDS) {
        struct csv_field *fields = realloc(reader->fields, (columns + SPARE_FIELDS) * sizeof *fields);
        if (fields == NULL) return no_memory(fault);
        reader->fields = fields;
        reader->field_capacity = columns + SPARE_FIELDS;
    }
    struct csv_rows rows = {block->bytes, reader->words, start, end, block->layout->delimiter, reader->fields, columns + SPARE_FIELDS};
    struct csv_row row;
    while (csv_next(&rows, &row)) {
        if (row.end == row.start) continue;
        enum status status;
        bool before_header = block->layout->has_header && block->offset + row.start < block->layout->header_end;
        if (plan != NULL && is_header(reader, plan, &row)) continue; /* again at the head of a joined file */
        if (plan != NULL && !before_header && row_fits(reader, &row, columns)) {
            read_row(reader, plan, row.field_count < columns ? row.field_count : columns);
            status = book_one(reader, fault);
        } else {
            reader->counts->broken += plan != NULL && !before_header;
            status = text_unit(reader, row.start, row.end, fault);
        }
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ JSON */

static bool name_ends(const char *path, size_t length, const char *name)
{
    size_t name_length = strlen(name);
    return length >= name_length && memcmp(path + length - name_length, name, name_length) == 0 &&
           (length == name_length || path[length - name_length - 1] == '.');
}

/* Plans for nodes that the parser has made since. */
static bool plan_nodes(struct unit_reader *reader)
{
    uint32_t count = record_json_node_count(reader->json);
    if (count > reader->node_capacity) {
        struct node_plan *nodes = realloc(reader->nodes, 2 * (size_t)count * sizeof *nodes);
        if (nodes == NULL) return false;
        reader->nodes = nodes;
        reader->node_capacity = 2 * count;
    }
    for (; reader->node_count < count; reader->node_count++) {
        char path[JSON_PATH_MAX];
        size_t length = record_json_node_path(reader->json, reader->node_count, path, sizeof path);
        struct node_plan *plan = &reader->nodes[reader->node_count];
        *plan = (struct node_plan){.kind = NODE_PLAIN};
        if (length == 0) continue;
        plan->field = roles_plan(reader->roles, path, length, false);
        if (name_ends(path, length, "coordinates")) plan->kind = NODE_COORDINATES;
        if (name_ends(path, length, "type")) plan->kind = NODE_TYPE;
    }
    return true;
}

static bool level_open(struct unit_reader *reader, uint32_t level, uint32_t parent)
{
    if (level >= reader->level_capacity) {
        size_t capacity = 2 * (size_t)level + 8;
        struct level *levels = realloc(reader->levels, capacity * sizeof *levels);
        if (levels == NULL) return false;
        memset(levels + reader->level_capacity, 0, (capacity - reader->level_capacity) * sizeof *levels);
        reader->levels = levels;
        reader->level_capacity = capacity;
    }
    sighting_reset(&reader->levels[level].sighting);
    reader->levels[level].parent = parent;
    reader->levels[level].has_inner = false;
    if (level > 0) reader->levels[parent].has_inner = true;
    reader->level_count = level + 1;
    return true;
}

/* An axis meets its other half in the same object, or waits for it. */
static bool take_axis(struct unit_reader *reader, const struct json_event *event, const struct field_plan *plan, struct span value)
{
    bool latitude = plan->role == ROLE_LATITUDE;
    size_t looked = 0;
    for (size_t i = reader->pending_count; i > 0 && looked < PENDING_LOOKED_AT; i--, looked++) {
        struct pending_axis *other = &reader->pending[i - 1];
        if (other->object != event->object || other->pair != plan->pair || other->latitude == latitude) continue;
        detect_pair(reader->detect, latitude ? value : other->value, latitude ? other->value : value,
                    &reader->levels[event->level].sighting);
        *other = reader->pending[--reader->pending_count];
        return true;
    }
    if (reader->pending_count == reader->pending_capacity) {
        size_t capacity = 2 * reader->pending_capacity + 16;
        struct pending_axis *pending = realloc(reader->pending, capacity * sizeof *pending);
        if (pending == NULL) return false;
        reader->pending = pending;
        reader->pending_capacity = capacity;
    }
    reader->pending[reader->pending_count++] = (struct pending_axis){event->object, event->level, plan->pair, latitude, value};
    return true;
}

static struct geometry *geometry_of(struct unit_reader *reader, uint32_t object)
{
    if (reader->geometry.object != object) reader->geometry = (struct geometry){.object = object};
    return &reader->geometry;
}

static void object_close(struct unit_reader *reader, uint32_t object, uint32_t level)
{
    while (reader->pending_count > 0 && reader->pending[reader->pending_count - 1].object == object) reader->pending_count--;
    struct geometry *geometry = &reader->geometry;
    if (object == 0 || geometry->object != object) return;
    if (geometry->is_point && (geometry->count == 2 || geometry->count == 3))
        detect_pair(reader->detect, geometry->axes[1], geometry->axes[0], &reader->levels[level].sighting);
    *geometry = (struct geometry){0};
}

/* Whether a value in the block has anything to look for. */
static inline bool is_worth(const struct unit_reader *reader, const struct json_event *event)
{
    size_t start = event->start, end = event->end;
    const struct shape_word *word = &reader->words[start / 64];
    if (start / 64 == end / 64) {
        /* A candidate's bit may stand on the byte behind the value, the others' may not. */
        uint64_t inside = (UINT64_C(1) << end % 64) - (UINT64_C(1) << start % 64), behind = inside | UINT64_C(1) << end % 64;
        return (((word->key | word->decimal) & inside) | (word->candidate & behind)) != 0;
    }
    return bits_any(&reader->words->candidate, start, end + 1) || bits_any(&reader->words->key, start, end) ||
           bits_any(&reader->words->decimal, start, end);
}

static void search_value(struct unit_reader *reader, const struct json_event *event, struct span value, struct sighting *sighting)
{
    const char *bytes = reader->block->bytes;
    if (value.at != bytes + event->start) {
        detect_bytes(reader->detect, value, false, sighting);
        return;
    }
    bool wanted = event->kind == JSON_STRING ? is_worth(reader, event) || (unsigned char)value.at[0] >= FULL_WIDTH_LEAD
                                             : bits_any(&reader->words->candidate, event->start, event->end + 1);
    if (!wanted || is_long_word(reader, event->start, event->end)) return;
    detect_text(reader->detect, &(struct shaped_text){bytes, reader->words, event->start, event->end}, false, sighting);
}

static bool take_value(struct unit_reader *reader, const struct json_event *event)
{
    if (event->node >= reader->node_count && !plan_nodes(reader)) return false;
    const struct node_plan *plan = &reader->nodes[event->node];
    struct sighting *sighting = &reader->levels[event->level].sighting;
    struct span value = {reader->block->bytes + event->start, event->end - event->start};
    if (event->kind == JSON_STRING && event->has_escape) {
        char *plain = detect_scratch(reader->detect, value.len);
        if (plain == NULL) return false;
        value = (struct span){plain, record_json_unescape(value, plain)};
    }
    if (event->kind == JSON_SCALAR && (value.at[0] == 'n' || value.at[0] == 't' || value.at[0] == 'f')) return true;
    if (plan->kind == NODE_COORDINATES && event->kind == JSON_SCALAR) {
        struct geometry *geometry = geometry_of(reader, event->object);
        if (geometry->count < 2) geometry->axes[geometry->count] = value;
        geometry->count++;
        return true;
    }
    if (plan->kind == NODE_TYPE && value.len == 5 && memcmp(value.at, "Point", 5) == 0) geometry_of(reader, event->object)->is_point = true;
    uint8_t role = plan->field.role;
    /* Which elements of two arrays belong together is not said. */
    if (role == ROLE_LATITUDE || role == ROLE_LONGITUDE) return event->in_array || take_axis(reader, event, &plan->field, value);
    if (role != ROLE_NONE && detect_field(reader->detect, &plan->field, value, sighting)) return true;
    if (role == ROLE_NONE || role == ROLE_IDENTIFIER) search_value(reader, event, value, sighting);
    return true;
}

static bool has_heritage(const struct sighting *sighting)
{
    return sighting->has_customer || sighting->has_time || sighting->identifier_count > 0;
}

/* Books the units of a finished value: levels without levels inside, and any with a position of its own. */
static enum status book_levels(struct unit_reader *reader, struct fault *fault)
{
    for (size_t i = 0; i < reader->level_count; i++) {
        struct level *level = &reader->levels[i];
        const struct level *parent = &reader->levels[level->parent];
        level->heir_of = i == 0 ? UINT32_MAX : has_heritage(&parent->sighting) ? level->parent : parent->heir_of;
        if (level->has_inner && level->sighting.fix_count == 0) continue;
        size_t depth = 0;
        for (uint32_t at = (uint32_t)i; at != UINT32_MAX && depth < INHERITED_LEVELS_MAX; at = reader->levels[at].heir_of)
            reader->chain[depth++] = &reader->levels[at].sighting;
        enum status status = book(reader, reader->chain, depth, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

static enum status json_units(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    if (record_json_node_count(reader->json) >= JSON_NODES_MAX) record_json_nodes_reset(reader->json), reader->node_count = 0;
    record_json_begin(reader->json, reader->block->bytes, reader->words, start, end);
    struct detect_counts before = *detect_counts(reader->detect);
    for (;;) {
        struct json_event event;
        enum status status = STATUS_OK;
        switch (record_json_next(reader->json, &event)) {
        case JSON_LEVEL_OPEN:
            if (event.level == 0) {
                before = *detect_counts(reader->detect);
                reader->pending_count = 0;
                reader->geometry = (struct geometry){0};
            }
            if (!level_open(reader, event.level, event.parent)) return no_memory(fault);
            break;
        case JSON_STRING:
        case JSON_SCALAR:
            if (!take_value(reader, &event)) return no_memory(fault);
            break;
        case JSON_OBJECT_CLOSE:
            object_close(reader, event.object, event.level);
            break;
        case JSON_VALUE_END:
            object_close(reader, event.object, event.level);
            status = book_levels(reader, fault);
            break;
        case JSON_BROKEN:
            detect_counts_restore(reader->detect, &before);
            reader->counts->broken++;
            status = text_units(reader, event.start, event.end, fault);
            break;
        case JSON_TEXT:
            status = text_units(reader, event.start, event.end, fault);
            break;
        case JSON_NO_MEMORY:
            return no_memory(fault);
        case JSON_END:
            return STATUS_OK;
        }
        if (status != STATUS_OK) return status;
    }
}

static enum status json_lines(struct unit_reader *reader, size_t at, size_t end, struct fault *fault)
{
    while (at < end) {
        size_t line_end = bits_next(&reader->words->newline, at, end);
        enum status status = line_end > at ? json_units(reader, at, line_end, fault) : STATUS_OK;
        if (status != STATUS_OK) return status;
        at = line_end + 1;
    }
    return STATUS_OK;
}

/* ------------------------------------------------------------------ a block */

static enum status read_range(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    if (reader->block->text_only) return text_units(reader, start, end, fault);
    switch (reader->block->layout->format) {
    case FORMAT_CSV:
        return table_units(reader, start, end, fault);
    case FORMAT_NDJSON:
        return json_lines(reader, start, end, fault);
    case FORMAT_JSON:
        return json_units(reader, start, end, fault);
    default:
        return text_units(reader, start, end, fault);
    }
}

enum status unit_reader_block(struct unit_reader *reader, const struct block *block, struct block_counts *counts, struct fault *fault)
{
    *counts = (struct block_counts){0};
    reader->block = block;
    reader->counts = counts;
    reader->context = (struct booking_context){block->path_customer, block->source, block->place};
    size_t needed = shape_word_count(block->length);
    if (needed > reader->word_capacity) {
        struct shape_word *words = aligned_alloc(64, needed * sizeof *words);
        if (words == NULL) return no_memory(fault);
        free(reader->words);
        reader->words = words;
        reader->word_capacity = needed;
    }
    enum shape_kind kind = SHAPE_TEXT;
    if (!block->text_only && block->layout->format == FORMAT_CSV) kind = SHAPE_CSV;
    if (!block->text_only && (block->layout->format == FORMAT_JSON || block->layout->format == FORMAT_NDJSON)) kind = SHAPE_JSON;
    reader->shape(block->bytes, block->length, kind, block->layout->delimiter, reader->words);
    detect_block_begin(reader->detect, block->bytes, block->length);
    uint64_t findings = detect_counts(reader->detect)->findings;

    size_t start = 0, end = block->length;
    enum status status = STATUS_OK;
    if (block->first_partial) {
        start = bits_next(&reader->words->newline, 0, end);
        start += start < end;
        status = text_units(reader, 0, start, fault);
        counts->broken++;
    }
    size_t last = end;
    if (block->last_partial) {
        const char *newline = memrchr(block->bytes + start, '\n', end - start);
        last = newline == NULL ? start : (size_t)(newline - block->bytes) + 1;
    }
    if (status == STATUS_OK) status = read_range(reader, start, last, fault);
    if (status == STATUS_OK && last < end) {
        counts->broken++;
        status = text_units(reader, last, end, fault);
    }
    counts->findings = detect_counts(reader->detect)->findings - findings;
    counts->hit_limit = detect_take_limit(reader->detect);
    if (status == STATUS_OK && detect_failed(reader->detect)) status = no_memory(fault);
    return status;
}
