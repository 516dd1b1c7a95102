#include "units.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "../detect/propose.h"
#include "../record/record_csv.h"
#include "../record/record_json.h"

enum {
    SPARE_FIELDS = 8,       /* empty cells behind the last column that are no reason to distrust a row */
    PENDING_LOOKED_AT = 16, /* axes of one object that wait for their other half */
    JSON_PATH_MAX = 1024,
    JSON_EVENTS = 256,          /* taken from the parser at once */
    INHERITED_PER_BYTE = 16,    /* what all units of one JSON value may inherit, in levels and identifiers: so much */
    INHERITED_FREELY = 1 << 20, /* for each of its bytes and so much more; then each has the identifiers of the */
    INHERITED_AT_LEAST = 256,   /* innermost levels that hold no more than so much */
    NEIGHBOUR_DECIMALS = 3,
    FULL_WIDTH_LEAD = 0xE2  /* first bytes of full-width characters begin here */
};

/* ------------------------------------------------------------------ the plan of a table */

struct axis_columns {
    uint16_t latitude, longitude;
};

struct acting_column {
    struct field_plan plan;
    uint32_t column;
};

struct table_plan {
    size_t column_count;
    struct field_plan *plans;
    struct acting_column *acting; /* columns with a role other than an axis */
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
        if (role == ROLE_CUSTOMER || role == ROLE_TIME || role == ROLE_IDENTIFIER)
            plan->acting[plan->acting_count++] = (struct acting_column){plan->plans[i], (uint32_t)i};
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
    uint32_t *bounds = malloc((columns + 1) * sizeof *bounds);
    bool *quoted = malloc(columns + 1);
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
                  made->header != NULL && bounds != NULL && quoted != NULL && words != NULL && name != NULL;
    if (enough) {
        memcpy(made->header, header_row.at, header_row.len);
        shape_portable(made->header, header_row.len, SHAPE_CSV, layout->delimiter, words);
        struct csv_rows rows = {made->header, words, 0, header_row.len, layout->delimiter, bounds, quoted, columns};
        struct csv_row row = {0};
        if (csv_next(&rows, &row)) {
            made->header_length = row.end;
            for (size_t i = 0; i < columns && i < row.field_count; i++) {
                struct csv_field field = csv_field_at(&rows, row.has_quoted, i);
                struct span cell = {made->header + field.start, field.end - field.start};
                size_t length = cell.len;
                if (field.quoted) length = csv_unquote(cell, name);
                else memcpy(name, cell.at, cell.len);
                made->plans[i] = roles_plan(roles, name, length, true);
            }
        }
        plan_sort_columns(made);
    }
    free(bounds);
    free(quoted);
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
    uint32_t named_by, timed_by; /* the level, this one or around it, that names a customer, a time; see chain_cut */
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

enum take { TAKE_TEXT, TAKE_FIELD, TAKE_AXIS };

/* What becomes of the values of a node. */
struct node_plan {
    struct field_plan field;
    uint8_t kind; /* enum node_kind */
    uint8_t take; /* enum take */
};

struct unit_reader {
    struct detect *detect;
    struct booking *booking;
    const struct roles *roles;
    shape_function *shape;
    struct shape_word *words;
    size_t word_capacity;
    struct sighting sighting;
    struct csv_rows rows; /* of a table */
    struct csv_row row;
    size_t field_capacity;

    struct json_parser *json;
    struct node_plan *nodes;
    uint32_t node_count, node_capacity;
    struct level *levels;
    size_t level_count, level_capacity;
    struct json_event *events;
    const struct sighting **chain; /* a level and those it inherits from, from the inside out */
    size_t chain_capacity;
    struct sighting heading; /* the customer and the time of levels that a chain leaves out */
    uint64_t inherited_left; /* of what the units of the value in hand may inherit */
    bool chains_cut;         /* some units of the value in hand did not inherit all */
    struct pending_axis *pending;
    size_t pending_count, pending_capacity;
    struct geometry geometry;
    struct detect_counts counts_before; /* from before the value in hand, if it goes on behind the events in hand */
    bool goes_on;

    /* of the block in hand */
    const struct block *block;
    struct block_counts *counts;
    struct booking_context context;
    enum shape_kind kind; /* of the shapes */
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
    if (status == STATUS_OK) made->events = malloc(JSON_EVENTS * sizeof *made->events);
    if (status == STATUS_OK && made->events == NULL) status = no_memory(fault);
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
    free(reader->events);
    free(reader->chain);
    free(reader->pending);
    free(reader->nodes);
    free(reader->rows.bounds);
    free(reader->rows.quoted);
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
    struct shaped_text text = {reader->block->bytes, reader->words, start, end, reader->kind == SHAPE_TEXT};
    detect_text(reader->detect, &text, true, &reader->sighting);
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

static inline struct csv_field field_at(const struct unit_reader *reader, size_t column)
{
    return csv_field_at(&reader->rows, reader->row.has_quoted, column);
}

static struct span field_unquoted(struct unit_reader *reader, struct span value)
{
    if (memchr(value.at, '"', value.len) == NULL) return value;
    char *plain = detect_scratch(reader->detect, value.len);
    if (plain == NULL) return value;
    return (struct span){plain, csv_unquote(value, plain)};
}

/* A field's value, with doubled quotes undone. */
static inline struct span field_value(struct unit_reader *reader, const struct csv_field *field)
{
    struct span value = {reader->block->bytes + field->start, field->end - field->start};
    return field->quoted ? field_unquoted(reader, value) : value;
}

static inline struct span column_value(struct unit_reader *reader, size_t column, bool has_quoted)
{
    struct csv_field field = csv_field_at(&reader->rows, has_quoted, column);
    return field_value(reader, &field);
}

static void search_field(struct unit_reader *reader, const struct csv_field *field)
{
    struct span value = field_value(reader, field);
    if (value.at != reader->block->bytes + field->start) {
        detect_bytes(reader->detect, value, false, &reader->sighting);
        return;
    }
    struct shaped_text text = {.bytes = reader->block->bytes, .words = reader->words, .start = field->start, .end = field->end};
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

/* Whether all of eight bytes lie in '+' to '9' and none is ',' or '/', which leaves digits, '.', '+' and '-'. */
static inline bool eight_of_numbers(uint64_t word)
{
    uint64_t outside = (word - EIGHT_BYTES('+')) | (word + EIGHT_BYTES(0x7F - '9')) | word;
    uint64_t comma = word ^ EIGHT_BYTES(','), slash = word ^ EIGHT_BYTES('/');
    outside |= (comma - EIGHT_BYTES(1)) | (slash - EIGHT_BYTES(1));
    return (outside & EIGHT_BYTES(0x80)) == 0;
}

static inline bool is_number(const struct unit_reader *reader, const struct csv_field *field)
{
    const char *at = reader->block->bytes + field->start;
    size_t length = field->end - field->start;
    if (length == 0) return true;
    for (; length > 8; at += 8, length -= 8)
        if (!eight_of_numbers(eight_load(at))) return false;
    /* What stands behind the cell is moved out, zeros in. */
    unsigned behind = (unsigned)(8 * (8 - length));
    uint64_t word = eight_load(at) << behind >> behind;
    return eight_of_numbers(word | (EIGHT_BYTES('0') << (8 * length - 1) << 1));
}

/* One word that is too long for a candidate: hashes, sessions, tokens. */
static inline bool is_long_word(const struct unit_reader *reader, size_t start, size_t end)
{
    return end - start > PROPOSE_RUN_MAX && bits_run_end(&reader->words->alnum, start, end) == end;
}

/* Searches a cell in which a shape ends. Returns whether it is a fine number instead. */
static bool shaped_cell(struct unit_reader *reader, const struct csv_field *field)
{
    const struct shape_word *words = reader->words;
    size_t start = field->start, end = field->end;
    /* A candidate's bit may stand on the byte behind the cell. */
    bool decimals_only = !bits_any(&words->candidate, start, end + 1) && !bits_any(&words->key, start, end);
    if (!decimals_only || !is_number(reader, field)) {
        if (!is_long_word(reader, start, end)) search_field(reader, field);
        return false;
    }
    return is_fine_number(reader, field);
}

/* The same for a cell that fits a window; shapes are those in it and behind it. Most of these are single words, or
 * numbers with few decimals, and cost no search. */
static inline bool short_shaped_cell(struct unit_reader *reader, const struct csv_field *field, uint64_t shapes)
{
    const struct shape_word *words = reader->words;
    size_t start = field->start, length = field->end - field->start;
    uint64_t inside = (UINT64_C(1) << length) - 1;
    if (shapes == (bits_window(&words->decimal, start) & inside)) {
        const char *end = reader->block->bytes + field->end;
        bool short_fraction = length < NEIGHBOUR_DECIMALS + 1 || end[-1] == '.' || end[-2] == '.' || end[-3] == '.';
        return (!short_fraction || !is_number(reader, field)) && shaped_cell(reader, field);
    }
    if ((bits_window(&words->alnum, start) & inside) != inside) return shaped_cell(reader, field);
    if (length < PROPOSE_WORD_MIN || length > PROPOSE_WORD_MAX) return false;
    struct shaped_text text = {.bytes = reader->block->bytes, .words = words, .start = start, .end = field->end};
    detect_word(reader->detect, &text, &reader->sighting);
    return false;
}

/* Looks at a cell without a role. Returns whether it is a fine number, which is for its neighbours to judge. */
static inline __attribute__((always_inline)) bool search_cell(struct unit_reader *reader, size_t column, bool has_quoted)
{
    struct csv_field field = csv_field_at(&reader->rows, has_quoted, column);
    const uint64_t *escape = &reader->words->escape;
    size_t length = field.end - field.start;
    uint64_t shapes = 0;
    if (length < BITS_WINDOW) shapes = bits_window(escape, field.start) & ((UINT64_C(2) << length) - 1);
    else if (bits_any(escape, field.start, field.end + (size_t)1)) return shaped_cell(reader, &field);
    if (shapes != 0) return short_shaped_cell(reader, &field, shapes);
    /* Full-width digits have no shapes. */
    if ((unsigned char)reader->block->bytes[field.start] >= FULL_WIDTH_LEAD) search_field(reader, &field);
    return false;
}

/* Fine numbers side by side. */
struct fine_run {
    size_t from, count;
};

/* Exactly two of them may be a position. */
static __attribute__((noinline)) void fine_run_end(struct unit_reader *reader, struct fine_run *run)
{
    if (run->count == 2)
        detect_neighbours(reader->detect, column_value(reader, run->from, reader->row.has_quoted),
                          column_value(reader, run->from + 1, reader->row.has_quoted), &reader->sighting);
    run->count = 0;
}

static __attribute__((noinline)) void fine_run_add(struct unit_reader *reader, struct fine_run *run, size_t column)
{
    if (run->count > 0 && column != run->from + run->count) fine_run_end(reader, run);
    if (run->count++ == 0) run->from = column;
}

/* Cells without a role. */
static inline __attribute__((always_inline)) void search_others(struct unit_reader *reader, const struct table_plan *plan,
                                                               size_t field_count, bool has_quoted)
{
    struct fine_run run = {0, 0};
    for (const uint16_t *at = plan->others, *end = at + plan->other_count; at < end; at++) {
        if (*at < field_count && search_cell(reader, *at, has_quoted)) fine_run_add(reader, &run, *at);
        else if (run.count > 0) fine_run_end(reader, &run);
    }
    if (run.count > 0) fine_run_end(reader, &run);
}

/* Most rows have no quotes at all: has_quoted is a constant for them. */
static inline __attribute__((always_inline)) void read_row(struct unit_reader *reader, const struct table_plan *plan,
                                                          size_t field_count, bool has_quoted)
{
    sighting_reset(&reader->sighting);
    for (const struct acting_column *acting = plan->acting, *end = acting + plan->acting_count; acting < end; acting++) {
        if (acting->column >= field_count) break;
        struct csv_field field = csv_field_at(&reader->rows, has_quoted, acting->column);
        if (field.start == field.end) continue;
        if (!detect_field(reader->detect, &acting->plan, field_value(reader, &field), &reader->sighting) &&
            acting->plan.role == ROLE_IDENTIFIER)
            search_field(reader, &field);
    }
    for (size_t i = 0; i < plan->pair_count; i++) {
        struct axis_columns pair = plan->pairs[i];
        if (pair.latitude < field_count && pair.longitude < field_count)
            detect_pair(reader->detect, column_value(reader, pair.latitude, has_quoted),
                        column_value(reader, pair.longitude, has_quoted), &reader->sighting);
    }
    search_others(reader, plan, field_count, has_quoted);
}

/* Cells beyond the header's columns must be empty, else the row is not cut where its writer meant. */
static bool row_fits(const struct unit_reader *reader, size_t columns)
{
    if (reader->row.field_count > columns + SPARE_FIELDS) return false;
    for (size_t i = columns; i < reader->row.field_count; i++) {
        struct csv_field field = field_at(reader, i);
        if (field.end > field.start) return false;
    }
    return true;
}

static bool rows_open(struct unit_reader *reader, size_t room)
{
    if (reader->field_capacity >= room) return true;
    free(reader->rows.bounds);
    free(reader->rows.quoted);
    reader->rows.bounds = malloc((room + 1) * sizeof *reader->rows.bounds);
    reader->rows.quoted = malloc(room * sizeof *reader->rows.quoted);
    reader->field_capacity = reader->rows.bounds != NULL && reader->rows.quoted != NULL ? room : 0;
    return reader->field_capacity > 0;
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
    size_t columns = plan != NULL ? plan->column_count : 0, room = columns + SPARE_FIELDS + CSV_FIELDS_AT_ONCE;
    if (!rows_open(reader, room)) return no_memory(fault);
    reader->rows = (struct csv_rows){block->bytes, reader->words, start, end, block->layout->delimiter,
                                     reader->rows.bounds, reader->rows.quoted, room};
    while (csv_next(&reader->rows, &reader->row)) {
        struct csv_row row = reader->row;
        if (row.end == row.start) continue;
        enum status status;
        bool before_header = block->layout->has_header && block->offset + row.start < block->layout->header_end;
        if (plan != NULL && is_header(reader, plan, &row)) continue; /* again at the head of a joined file */
        if (plan != NULL && !before_header && row_fits(reader, columns)) {
            size_t field_count = row.field_count < columns ? row.field_count : columns;
            if (row.has_quoted) read_row(reader, plan, field_count, true);
            else read_row(reader, plan, field_count, false);
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

static struct node_plan node_plan(const struct unit_reader *reader, uint32_t node)
{
    char path[JSON_PATH_MAX];
    size_t length = record_json_node_path(reader->json, node, path, sizeof path);
    struct node_plan plan = {.kind = NODE_PLAIN, .take = TAKE_TEXT};
    if (length == 0) return plan;
    plan.field = roles_plan(reader->roles, path, length, false);
    if (plan.field.role != ROLE_NONE) plan.take = TAKE_FIELD;
    if (plan.field.role == ROLE_LATITUDE || plan.field.role == ROLE_LONGITUDE) plan.take = TAKE_AXIS;
    if (name_ends(path, length, "coordinates")) plan.kind = NODE_COORDINATES;
    if (name_ends(path, length, "type")) plan.kind = NODE_TYPE;
    return plan;
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
    for (uint32_t i = reader->node_count; i < count; i++) reader->nodes[i] = node_plan(reader, i);
    reader->node_count = count;
    return true;
}

static bool levels_grow(struct unit_reader *reader, uint32_t level)
{
    size_t capacity = 2 * (size_t)level + 8;
    struct level *levels = realloc(reader->levels, capacity * sizeof *levels);
    if (levels == NULL) return false;
    memset(levels + reader->level_capacity, 0, (capacity - reader->level_capacity) * sizeof *levels);
    reader->levels = levels;
    reader->level_capacity = capacity;
    return true;
}

static inline bool level_open(struct unit_reader *reader, uint32_t level, uint32_t parent)
{
    if (level >= reader->level_capacity && !levels_grow(reader, level)) return false;
    if (level > 0) {
        reader->levels[parent].has_inner = true;
    } else {
        reader->pending_count = 0;
        reader->geometry.object = 0;
    }
    struct level *opened = &reader->levels[level];
    sighting_reset(&opened->sighting);
    opened->parent = parent;
    opened->has_inner = false;
    reader->level_count = level + 1;
    return true;
}

/* An axis meets its other half in the same object, or waits for it. */
static __attribute__((noinline)) bool take_axis(struct unit_reader *reader, const struct json_event *event,
                                                const struct field_plan *plan, struct span value)
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

static inline void object_close(struct unit_reader *reader, uint32_t object, uint32_t level)
{
    while (reader->pending_count > 0 && reader->pending[reader->pending_count - 1].object == object) reader->pending_count--;
    struct geometry *geometry = &reader->geometry;
    if (geometry->object != object) return;
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
    detect_text(reader->detect, &(struct shaped_text){bytes, reader->words, event->start, event->end, false}, false, sighting);
}

/* What a GeoJSON point is made of. Returns whether the value is nothing else. */
static inline bool take_geometry(struct unit_reader *reader, const struct json_event *event, uint8_t kind,
                                 struct span value)
{
    if (kind == NODE_TYPE) {
        if (value.len == 5 && memcmp(value.at, "Point", 5) == 0) geometry_of(reader, event->object)->is_point = true;
        return false;
    }
    if (event->kind != JSON_SCALAR) return false;
    struct geometry *geometry = geometry_of(reader, event->object);
    if (geometry->count < 2) geometry->axes[geometry->count] = value;
    geometry->count++;
    return true;
}

static inline bool take_value(struct unit_reader *reader, const struct json_event *event)
{
    const struct node_plan *plan = &reader->nodes[event->node];
    struct sighting *sighting = &reader->levels[event->level].sighting;
    struct span value = {reader->block->bytes + event->start, event->end - event->start};
    if (event->has_escape) {
        char *plain = detect_scratch(reader->detect, value.len);
        if (plain == NULL) return false;
        value = (struct span){plain, record_json_unescape(value, plain)};
    }
    if (event->kind == JSON_SCALAR && (value.at[0] == 'n' || value.at[0] == 't' || value.at[0] == 'f')) return true;
    if (plan->kind != NODE_PLAIN && take_geometry(reader, event, plan->kind, value)) return true;
    /* Which elements of two arrays belong together is not said. */
    if (plan->take == TAKE_AXIS) return event->in_array || take_axis(reader, event, &plan->field, value);
    if (plan->take == TAKE_FIELD) {
        bool understood = detect_field(reader->detect, &plan->field, value, sighting);
        if (understood || plan->field.role != ROLE_IDENTIFIER) return true;
    }
    search_value(reader, event, value, sighting);
    return true;
}

static bool has_heritage(const struct sighting *sighting)
{
    return sighting->has_customer || sighting->has_time || sighting->identifier_count > 0;
}

static bool chain_push(struct unit_reader *reader, size_t *depth, const struct sighting *sighting)
{
    if (*depth == reader->chain_capacity) {
        size_t capacity = 2 * *depth + 16;
        const struct sighting **chain = realloc(reader->chain, capacity * sizeof *chain);
        if (chain == NULL) return false;
        reader->chain = chain;
        reader->chain_capacity = capacity;
    }
    reader->chain[(*depth)++] = sighting;
    return true;
}

/* Which level names the customer and the time of each, once somebody asks. Levels stand behind those around them. */
static void headings_find(struct unit_reader *reader)
{
    if (reader->chains_cut) return;
    reader->chains_cut = true;
    for (size_t i = 0; i < reader->level_count; i++) {
        struct level *level = &reader->levels[i];
        const struct sighting *own = &level->sighting;
        bool has_name = own->has_customer && own->customer_rank < ROLE_RANK_EMAIL;
        level->named_by = has_name ? (uint32_t)i : i > 0 ? reader->levels[level->parent].named_by : UINT32_MAX;
        level->timed_by = own->has_time ? (uint32_t)i : i > 0 ? reader->levels[level->parent].timed_by : UINT32_MAX;
    }
}

/* Ends a chain before a level: of it and those around it the customer and the time alone are inherited. */
static bool chain_cut(struct unit_reader *reader, size_t *depth, uint32_t level)
{
    headings_find(reader);
    uint32_t named_by = reader->levels[level].named_by, timed_by = reader->levels[level].timed_by;
    reader->counts->cut_off++;
    reader->heading = (struct sighting){0};
    if (named_by != UINT32_MAX) {
        const struct sighting *named = &reader->levels[named_by].sighting;
        reader->heading.has_customer = true;
        reader->heading.customer_rank = named->customer_rank;
        reader->heading.customer = named->customer;
    }
    if (timed_by != UINT32_MAX) {
        reader->heading.has_time = true;
        reader->heading.time_s = reader->levels[timed_by].sighting.time_s;
    }
    return chain_push(reader, depth, &reader->heading);
}

/* Puts a level and those it inherits from into the chain. Returns how many; 0: no memory. What many units inherit from
 * many levels grows as the square of their number, so the value in hand has a bound for it. */
static size_t chain_make(struct unit_reader *reader, uint32_t level)
{
    size_t depth = 0;
    uint64_t cost = 0;
    for (; level != UINT32_MAX; level = reader->levels[level].heir_of) {
        const struct sighting *sighting = &reader->levels[level].sighting;
        uint64_t more = depth > 0 ? 1 + sighting->identifier_count : 0;
        if (cost + more > INHERITED_AT_LEAST && cost + more > reader->inherited_left) {
            if (!chain_cut(reader, &depth, level)) return 0;
            break;
        }
        cost += more;
        if (!chain_push(reader, &depth, sighting)) return 0;
    }
    reader->inherited_left -= cost < reader->inherited_left ? cost : reader->inherited_left;
    return depth;
}

/* Books the units of a finished value: levels without levels inside, and any with a position of its own. */
static enum status book_levels(struct unit_reader *reader, size_t value_length, struct fault *fault)
{
    reader->inherited_left = INHERITED_FREELY + (uint64_t)INHERITED_PER_BYTE * value_length;
    reader->chains_cut = false;
    for (size_t i = 0; i < reader->level_count; i++) {
        struct level *level = &reader->levels[i];
        const struct level *parent = &reader->levels[level->parent];
        level->heir_of = i == 0 ? UINT32_MAX : has_heritage(&parent->sighting) ? level->parent : parent->heir_of;
        if (level->has_inner && level->sighting.fix_count == 0) continue;
        size_t depth = chain_make(reader, (uint32_t)i);
        if (depth == 0) return no_memory(fault);
        enum status status = book(reader, reader->chain, depth, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* What is not a field. STATUS_END: the range is done. */
static enum status json_event(struct unit_reader *reader, const struct json_event *event, struct fault *fault)
{
    switch ((enum json_event_kind)event->kind) {
    case JSON_VALUE_END:
        object_close(reader, event->object, event->level);
        reader->goes_on = false;
        return book_levels(reader, event->end - event->start, fault);
    case JSON_BROKEN:
        if (reader->goes_on) detect_counts_restore(reader->detect, &reader->counts_before);
        reader->goes_on = false;
        reader->counts->broken++;
        return text_units(reader, event->start, event->end, fault);
    case JSON_TEXT:
        return text_units(reader, event->start, event->end, fault);
    case JSON_END:
        return STATUS_END;
    default:
        return no_memory(fault);
    }
}

static enum status json_events(struct unit_reader *reader, const struct json_event *event, const struct json_event *end,
                               struct fault *fault)
{
    for (; event < end; event++) {
        if (event->kind == JSON_STRING || event->kind == JSON_SCALAR) {
            if (!take_value(reader, event)) return no_memory(fault);
        } else if (event->kind == JSON_OBJECT_CLOSE) {
            object_close(reader, event->object, event->level);
        } else if (event->kind == JSON_LEVEL_OPEN) {
            if (!level_open(reader, event->level, event->parent)) return no_memory(fault);
        } else {
            enum status status = json_event(reader, event, fault);
            if (status != STATUS_OK) return status;
        }
    }
    return STATUS_OK;
}

/* Counts are kept from before the first event of a value that goes on behind those in hand, since it may still turn out
 * to be none. */
static enum status json_units(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    struct json_parser *json = reader->json;
    const struct json_event *events = reader->events;
    if (record_json_node_count(json) >= JSON_NODES_MAX) record_json_nodes_reset(json), reader->node_count = 0;
    record_json_begin(json, reader->block->bytes, reader->words, start, end);
    reader->goes_on = false;
    for (;;) {
        size_t first, count = record_json_fill(json, reader->events, JSON_EVENTS, &first);
        if (record_json_node_count(json) > reader->node_count && !plan_nodes(reader)) return no_memory(fault);
        enum status status = json_events(reader, events, events + (first < count ? first : count), fault);
        if (first < count && status == STATUS_OK) {
            reader->counts_before = *detect_counts(reader->detect);
            reader->goes_on = true;
            status = json_events(reader, events + first, events + count, fault);
        }
        if (status != STATUS_OK) return status == STATUS_END ? STATUS_OK : status;
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
    size_t needed = shape_word_count(block->length) + 1; /* a window may reach into the word behind the last */
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
    reader->kind = kind;
    reader->shape(block->bytes, block->length, kind, block->layout->delimiter, reader->words);
    reader->words[needed - 1] = (struct shape_word){0};
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
