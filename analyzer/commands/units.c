#include "units.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/checkdigit.h"
#include "sample.h"
#include "unit_reader.h"

enum {
    SPARE_FIELDS = 8, /* empty cells behind the last column that are no reason to distrust a row */
    NEIGHBOUR_DECIMALS = 3,
    DOTTED_MAX = 12,          /* a shape in a longer cell may be more than decimals */
    CELL_WINDOW = INDEX_WINDOW,
    SHAPED_RUN_MIN = 12,      /* a word that is shorter has no shape */
    AHEAD_DISTANCE = 1024,    /* rows that are further apart are shaped one by one */
    AHEAD_MIN = 512,
    AHEAD_MAX = 64 * 1024
};

/* ------------------------------------------------------------------ the plan of a table */

struct axis_columns {
    uint16_t latitude, longitude;
};

/* Axes that are not plain degrees: in whole numbers, or of a datum, in a unit or on a side that other columns name. */
struct special_columns {
    struct axis_columns axes;
    size_t sides[2]; /* their columns; column_count for none */
    uint8_t scale;
    bool composite;
};

struct acting_column {
    struct field_plan plan;
    uint32_t column;
};

struct table_plan {
    size_t column_count;
    struct field_plan *plans;
    struct acting_column *acting; /* columns with a role other than an axis, and one beyond all columns */
    size_t acting_count;
    struct axis_columns *pairs;
    size_t pair_count;
    struct special_columns *specials;
    size_t special_count, datum, unit; /* the latter: their columns; column_count for none */
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
    free(plan->specials);
    free(plan->others);
    free(plan->header);
    free(plan);
}

static size_t match_find(const struct table_plan *plan, uint8_t role, uint32_t pair)
{
    size_t column = 0;
    while (column < plan->column_count && (plan->plans[column].role != role || plan->plans[column].pair != pair)) column++;
    return column;
}

static size_t role_find(const struct table_plan *plan, uint8_t role)
{
    size_t column = 0;
    while (column < plan->column_count && plan->plans[column].role != role) column++;
    return column;
}

/* The column of a side: under its own name, else the first under one that says no axis. */
static size_t side_find(const struct table_plan *plan, uint8_t role, uint32_t pair)
{
    size_t any = plan->column_count;
    for (size_t i = 0; i < plan->column_count; i++) {
        if (plan->plans[i].role != role) continue;
        if (plan->plans[i].notation == 0 && plan->plans[i].pair == pair) return i;
        if (plan->plans[i].notation == 1 && any == plan->column_count) any = i;
    }
    return any;
}

/* Finds the other half of a latitude. */
static void plan_add_pair(struct table_plan *plan, size_t latitude)
{
    const struct field_plan *field = &plan->plans[latitude];
    uint8_t other = field->role == ROLE_LATITUDE ? ROLE_LONGITUDE : ROLE_SCALED_LONGITUDE;
    size_t match = match_find(plan, other, field->pair);
    if (match == plan->column_count) return;
    struct axis_columns axes = {(uint16_t)latitude, (uint16_t)match};
    size_t sides[2] = {side_find(plan, ROLE_LATITUDE_SIDE, field->pair), side_find(plan, ROLE_LONGITUDE_SIDE, field->pair)};
    bool has_notes = plan->datum < plan->column_count || plan->unit < plan->column_count || sides[0] < plan->column_count || sides[1] < plan->column_count;
    if (field->role == ROLE_LATITUDE && !has_notes && !field->composite) plan->pairs[plan->pair_count++] = axes;
    else plan->specials[plan->special_count++] = (struct special_columns){axes, {sides[0], sides[1]}, field->notation, field->composite};
}

static bool is_axis(uint8_t role)
{
    return role == ROLE_LATITUDE || role == ROLE_LONGITUDE || role == ROLE_SCALED_LATITUDE || role == ROLE_SCALED_LONGITUDE;
}

static bool holds(const struct axis_columns *axes, size_t column)
{
    return axes->latitude == column || axes->longitude == column;
}

static void plan_sort_columns(struct table_plan *plan)
{
    plan->datum = role_find(plan, ROLE_DATUM);
    plan->unit = role_find(plan, ROLE_ANGLE_UNIT);
    for (size_t i = 0; i < plan->column_count; i++) {
        uint8_t role = plan->plans[i].role;
        if (role == ROLE_CUSTOMER || role == ROLE_TIME || role == ROLE_IDENTIFIER || role == ROLE_CODE)
            plan->acting[plan->acting_count++] = (struct acting_column){plan->plans[i], (uint32_t)i};
        if (role == ROLE_NONE || role >= ROLE_DATUM) plan->others[plan->other_count++] = (uint16_t)i;
        if (role == ROLE_LATITUDE || role == ROLE_SCALED_LATITUDE) plan_add_pair(plan, i);
    }
    plan->acting[plan->acting_count].column = UINT32_MAX;
    /* An axis without its other half is a column like any other. */
    for (size_t i = 0; i < plan->column_count; i++) {
        if (!is_axis(plan->plans[i].role)) continue;
        bool paired = false;
        for (size_t k = 0; k < plan->pair_count; k++) paired |= holds(&plan->pairs[k], i);
        for (size_t k = 0; k < plan->special_count; k++) paired |= holds(&plan->specials[k].axes, i);
        if (!paired) plan->others[plan->other_count++] = (uint16_t)i;
    }
}

enum status table_plan_open(const struct layout *layout, struct span header_row, const struct roles *roles, struct sampler *sampler,
                            const struct sampled *own, struct table_plan **plan, struct fault *fault)
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
        made->acting = calloc(columns + 1, sizeof *made->acting);
        made->others = calloc(columns, sizeof *made->others);
        made->pairs = calloc(columns, sizeof *made->pairs);
        made->specials = calloc(columns, sizeof *made->specials);
        made->header = calloc(padded, 1);
    }
    bool enough = made != NULL && made->plans != NULL && made->acting != NULL && made->others != NULL && made->pairs != NULL && made->specials != NULL &&
                  made->header != NULL && bounds != NULL && quoted != NULL && words != NULL && name != NULL;
    if (enough) {
        memcpy(made->header, header_row.at, header_row.len);
        shape_portable(made->header, header_row.len, SHAPE_CSV, layout->delimiter, words);
        struct csv_rows rows = {made->header, words, 0, header_row.len, layout->delimiter, bounds, quoted, columns, 0};
        struct csv_row row = {0};
        if (csv_next(&rows, &row)) {
            made->header_length = row.end;
            for (size_t i = 0; i < columns && i < row.field_count; i++) {
                struct csv_field field = csv_field_at(&rows, row.has_quoted, i);
                struct span cell = {made->header + field.start, field.end - field.start};
                size_t length = cell.len;
                if (field.quoted) length = csv_unquote(cell, name);
                else memcpy(name, cell.at, cell.len);
                made->plans[i] = sampler != NULL ? sampler_plan(sampler, (struct span){name, length}) : roles_plan(roles, name, length, true);
            }
        }
        for (size_t i = 0; own != NULL && i < columns && i < own->count; i++) made->plans[i] = own->fields[i].plan;
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

enum status unit_no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory left to read units");
}

enum status unit_reader_open(struct detect *detect, struct booking *booking, const struct roles *roles, shape_function *shape,
                             struct unit_reader **reader, struct fault *fault)
{
    struct unit_reader *made = calloc(1, sizeof *made);
    *reader = made;
    if (made == NULL) return unit_no_memory(fault);
    made->detect = detect;
    made->booking = booking;
    made->roles = roles;
    made->shape = shape;
    made->index_rows = csv_index_of(shape);
    enum status status = json_units_open(made, fault);
    if (status == STATUS_OK) return status;
    unit_reader_close(made);
    *reader = NULL;
    return status;
}

void unit_reader_close(struct unit_reader *reader)
{
    if (reader == NULL) return;
    json_units_close(reader);
    xml_units_close(reader);
    bytes_free(&reader->made_json);
    free(reader->sighting.identifiers);
    free(reader->sighting.cells);
    free(reader->rows.bounds);
    free(reader->rows.quoted);
    csv_index_free(&reader->index);
    bytes_free(&reader->sql);
    bytes_free(&reader->sql_plain);
    bytes_free(&reader->sql_comments);
    free(reader->words);
    free(reader);
}

enum status unit_book(struct unit_reader *reader, const struct sighting *const *levels, size_t level_count, struct fault *fault)
{
    bool record = false;
    reader->context.unit = (uint32_t)reader->counts->units++;
    if (level_count == 1 && levels[0]->findings == 0 && !levels[0]->has_customer && reader->context.path_customer.len == 0)
        return STATUS_OK;
    enum status status = booking_unit(reader->booking, levels, level_count, &reader->context, &record, fault);
    reader->counts->records += record;
    return status;
}

static enum status book_one(struct unit_reader *reader, struct fault *fault)
{
    const struct sighting *own = &reader->sighting;
    return unit_book(reader, &own, 1, fault);
}

/* ------------------------------------------------------------------ text */

static enum status text_unit(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    sighting_reset(&reader->sighting);
    struct shaped_text text = {reader->block->bytes, reader->words, start, end, reader->kind == SHAPE_TEXT};
    detect_text(reader->detect, &text, true, &reader->sighting);
    return book_one(reader, fault);
}

enum status text_units(struct unit_reader *reader, size_t at, size_t end, struct fault *fault)
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

/* Where shaping begins for what stands from start on. Shapes reach back: they are the same as in a block that is shaped
 * as a whole. */
static size_t shape_base(size_t start)
{
    size_t base = start / 64 * 64;
    return base > 0 ? base - 64 : 0;
}

/* Makes the shapes of the row in hand where they are not there yet. Where one row wants them, the next ones often do:
 * they are shaped together, more of them each time. */
static __attribute__((noinline)) void row_shapes_make(struct unit_reader *reader)
{
    const struct block *block = reader->block;
    size_t start = reader->row.start, end = reader->row.end, base = shape_base(start);
    bool close = start < reader->shaped_end + AHEAD_DISTANCE;
    reader->shape_ahead = !close ? 0 : reader->shape_ahead < AHEAD_MAX ? 2 * reader->shape_ahead + AHEAD_MIN : AHEAD_MAX;
    size_t to = block->length - end > reader->shape_ahead ? end + reader->shape_ahead + 1 : block->length;
    reader->shape(block->bytes + base, to - base, SHAPE_CSV, block->layout->delimiter, reader->words + base / 64);
    reader->shaped_end = to;
}

static inline void row_shapes_want(struct unit_reader *reader)
{
    if (reader->indexed && reader->row.end >= reader->shaped_end && reader->shaped_end < reader->block->length)
        row_shapes_make(reader);
}

static void search_field(struct unit_reader *reader, const struct csv_field *field)
{
    struct span value = field_value(reader, field);
    if (value.at != reader->block->bytes + field->start) {
        detect_bytes(reader->detect, value, false, &reader->sighting);
        return;
    }
    row_shapes_want(reader);
    struct shaped_text text = {.bytes = reader->block->bytes, .words = reader->words, .start = field->start, .end = field->end};
    detect_text(reader->detect, &text, false, &reader->sighting);
}

static __attribute__((noinline)) void search_column(struct unit_reader *reader, size_t column)
{
    struct csv_field field = csv_field_at(&reader->rows, reader->row.has_quoted, column);
    search_field(reader, &field);
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

static bool is_number(const struct unit_reader *reader, const struct csv_field *field)
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

/* Searches a cell that is neither empty nor one word. Returns whether it is a fine number. */
static __attribute__((noinline)) bool search_odd_cell(struct unit_reader *reader, const struct csv_field *field)
{
    row_shapes_want(reader);
    const struct shape_word *words = reader->words;
    size_t start = field->start, end = field->end;
    /* A candidate's bit may stand on the byte behind the cell. */
    if (!bits_any(&words->worth, start, end + 1)) {
        /* Full-width digits have no shapes, nor have plates and some notations of positions. */
        unsigned char lead = (unsigned char)reader->block->bytes[start];
        if (lead >= reader->wordless_lead && (lead >= FULL_WIDTH_LEAD || marks_any(reader->marks, start, end) ||
                                              unit_has_other_bytes(reader, start, end)))
            search_field(reader, field);
        return false;
    }
    bool decimals_only = !bits_any(&words->candidate, start, end + 1) && !bits_any(&words->key, start, end);
    if (decimals_only && is_number(reader, field)) return is_fine_number(reader, field);
    search_field(reader, field);
    /* The shape may be one that the cell before began. */
    return is_fine_number(reader, field);
}

static inline uint64_t alnum_window(const struct unit_reader *reader, size_t start, bool indexed)
{
    return indexed ? csv_index_alnum(&reader->index, start) : bits_window(&reader->words->alnum, start);
}

/* The first place in a cell that is no letter or digit, or its end. */
static size_t word_end(const struct unit_reader *reader, const struct csv_field *field, bool indexed)
{
    for (size_t at = field->start; at < field->end; at += CELL_WINDOW) {
        uint64_t others = ~alnum_window(reader, at, indexed) & ((UINT64_C(1) << CELL_WINDOW) - 1);
        if (others != 0) {
            size_t end = at + (size_t)__builtin_ctzll(others);
            return end < field->end ? end : field->end;
        }
    }
    return field->end;
}

/* A cell with dots alone between its letters and digits is too short for anything but a number: whether it is too short
 * for a fine one, too. */
static inline bool dotted_is_nothing(const struct csv_field *field, uint64_t dots)
{
    size_t point = field->start + (size_t)__builtin_ctzll(dots);
    return (dots & (dots - 1)) != 0 || field->end - point <= NEIGHBOUR_DECIMALS;
}

static inline bool are_dots(const char *bytes, uint64_t places)
{
    for (; places != 0; places &= places - 1)
        if (bytes[__builtin_ctzll(places)] != '.') return false;
    return true;
}

/* A cell that is one word. */
static inline void search_word(struct unit_reader *reader, size_t start, size_t end)
{
    struct shaped_text text = {.bytes = reader->block->bytes, .words = reader->words, .start = start, .end = end};
    detect_word(reader->detect, &text, &reader->sighting);
}

/* The same in a block with notations of positions. Shorter ones than those of shapes may have a mark. */
static __attribute__((noinline)) bool search_marked_word(struct unit_reader *reader, const struct csv_field *field)
{
    size_t start = field->start, end = field->end, length = end - start;
    row_shapes_want(reader);
    if (length < SHAPED_RUN_MIN) return !bits_any(&reader->words->worth, start, end + 1) && search_odd_cell(reader, field);
    if (notation_run_fits(length)) return search_odd_cell(reader, field);
    search_word(reader, start, end);
    return false;
}

/* Looks at a cell without a role. Returns whether it is a fine number, which is for its neighbours to judge. */
static inline __attribute__((always_inline)) bool search_cell(struct unit_reader *reader, size_t column, bool has_quoted, bool indexed)
{
    struct csv_field field = csv_field_at(&reader->rows, has_quoted, column);
    size_t start = field.start, length = field.end - start;
    if (length == 0) return false;
    if (length > CELL_WINDOW)
        return (notation_run_fits(length) || word_end(reader, &field, indexed) < field.end) && search_odd_cell(reader, &field);
    uint64_t others = ~alnum_window(reader, start, indexed) & ((UINT64_C(1) << length) - 1);
    if (others != 0) {
        bool nothing = length <= DOTTED_MAX && dotted_is_nothing(&field, others) && are_dots(reader->block->bytes + start, others) &&
                       (reader->wordless_lead > 0 || !marks_any(reader->marks, start, field.end));
        return !nothing && search_odd_cell(reader, &field);
    }
    if (reader->wordless_lead == 0 && marks_any(reader->marks, start, field.end)) return search_marked_word(reader, &field);
    if (notation_run_fits(length)) return search_odd_cell(reader, &field);
    search_word(reader, start, field.end);
    return false;
}

/* The same where any text can hold a value of the profile's own kinds: cells that could are not passed over. */
static __attribute__((noinline)) bool search_custom_cell(struct unit_reader *reader, size_t column, bool has_quoted, bool indexed)
{
    struct csv_field field = csv_field_at(&reader->rows, has_quoted, column);
    if (field.end == field.start) return false;
    if (!field.quoted && !detect_may_be_custom(reader->detect, field.start, field.end) && !unit_has_other_bytes(reader, field.start, field.end))
        return search_cell(reader, column, has_quoted, indexed);
    search_field(reader, &field);
    return is_fine_number(reader, &field);
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
                                                               size_t field_count, bool has_quoted, bool indexed)
{
    struct fine_run run = {0, 0};
    bool any = detect_searches_customs(reader->detect);
    for (const uint16_t *at = plan->others, *end = at + plan->other_count; at < end; at++) {
        if (*at < field_count && (any ? search_custom_cell(reader, *at, has_quoted, indexed) : search_cell(reader, *at, has_quoted, indexed))) fine_run_add(reader, &run, *at);
        else if (run.count > 0) fine_run_end(reader, &run);
    }
    if (run.count > 0) fine_run_end(reader, &run);
}

/* What a cell says of axes, if it is there. */
static void note_column(struct unit_reader *reader, const struct table_plan *plan, size_t column, size_t field_count, struct axis_notes *notes)
{
    if (column < field_count) (void)detect_note(&plan->plans[column], column_value(reader, column, reader->row.has_quoted), notes);
}

static __attribute__((noinline)) void take_specials(struct unit_reader *reader, const struct table_plan *plan, size_t field_count)
{
    bool has_quoted = reader->row.has_quoted;
    struct axis_notes of_all = {false, false, {'\0', '\0'}};
    note_column(reader, plan, plan->datum, field_count, &of_all);
    note_column(reader, plan, plan->unit, field_count, &of_all);
    for (size_t i = 0; i < plan->special_count; i++) {
        const struct special_columns *special = &plan->specials[i];
        struct axis_columns axes = special->axes;
        struct axis_notes notes = of_all;
        for (int side = 0; side < 2; side++) note_column(reader, plan, special->sides[side], field_count, &notes);
        if (special->composite) reader->sighting.fixes_are = FIX_FIELD;
        if (axes.latitude < field_count && axes.longitude < field_count)
            detect_pair_as(reader->detect, column_value(reader, axes.latitude, has_quoted),
                           column_value(reader, axes.longitude, has_quoted), special->scale, &notes, &reader->sighting);
        reader->sighting.fixes_are = FIX_AXES;
    }
}

/* Most rows have no quotes at all: has_quoted is a constant for them. */
static inline __attribute__((always_inline)) void read_row(struct unit_reader *reader, const struct table_plan *plan,
                                                          size_t field_count, bool has_quoted, bool indexed)
{
    struct sighting *sighting = &reader->sighting;
    struct detect *detect = reader->detect;
    const char *bytes = reader->block->bytes;
    const uint32_t *bounds = reader->rows.bounds;
    sighting_reset(sighting);
    for (const struct acting_column *acting = plan->acting; acting->column < field_count; acting++) {
        uint32_t start = bounds[acting->column], end = bounds[acting->column + 1] - 1;
        if (start == end) continue;
        struct span value = {bytes + start, end - start};
        if (has_quoted && reader->rows.quoted[acting->column]) value = column_value(reader, acting->column, true);
        if (has_quoted && value.len == 0) continue;
        if (!detect_field(detect, &acting->plan, value, sighting) &&
            (acting->plan.role == ROLE_IDENTIFIER || acting->plan.role == ROLE_CODE || acting->plan.role == ROLE_TIME))
            search_column(reader, acting->column);
    }
    for (size_t i = 0; i < plan->pair_count; i++) {
        struct axis_columns pair = plan->pairs[i];
        if (pair.latitude < field_count && pair.longitude < field_count)
            detect_pair(detect, column_value(reader, pair.latitude, has_quoted), column_value(reader, pair.longitude, has_quoted), sighting);
    }
    if (plan->special_count > 0) take_specials(reader, plan, field_count);
    search_others(reader, plan, field_count, has_quoted, indexed);
}

static __attribute__((noinline)) void read_indexed_row(struct unit_reader *reader, const struct table_plan *plan, size_t field_count)
{
    read_row(reader, plan, field_count, false, true);
}

static __attribute__((noinline)) void read_plain_row(struct unit_reader *reader, const struct table_plan *plan, size_t field_count)
{
    read_row(reader, plan, field_count, false, false);
}

static __attribute__((noinline)) void read_quoted_row(struct unit_reader *reader, const struct table_plan *plan, size_t field_count)
{
    read_row(reader, plan, field_count, true, false);
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
    static const char mark[] = "\xEF\xBB\xBF"; /* which each of the files had */
    const char *bytes = reader->block->bytes + row->start;
    size_t length = row->end - row->start;
    if (length == plan->header_length + sizeof mark - 1 && memcmp(bytes, mark, sizeof mark - 1) == 0) bytes += sizeof mark - 1, length -= sizeof mark - 1;
    return reader->block->layout->has_header && length == plan->header_length && memcmp(bytes, plan->header, length) == 0;
}

/* The row in hand. */
static inline enum status table_row(struct unit_reader *reader, size_t before_header, struct fault *fault)
{
    const struct table_plan *plan = reader->block->plan;
    const struct csv_row *row = &reader->row;
    if (row->end == row->start) return STATUS_OK;
    bool in_table = plan != NULL && row->start >= before_header;
    if (plan != NULL && is_header(reader, plan, row)) return STATUS_OK; /* again at the head of a joined file */
    if (in_table && row_fits(reader, plan->column_count)) {
        size_t field_count = plan->column_count;
        if (row->field_count < field_count) {
            field_count = row->field_count;
            reader->counts->short_row = true;
        }
        if (reader->indexed) read_indexed_row(reader, plan, field_count);
        else if (row->has_quoted) read_quoted_row(reader, plan, field_count);
        else read_plain_row(reader, plan, field_count);
        return book_one(reader, fault);
    }
    reader->counts->broken += in_table;
    reader->counts->short_row |= plan == NULL && row->field_count < reader->block->layout->column_count;
    row_shapes_want(reader);
    return text_unit(reader, row->start, row->end, fault);
}

/* How much of the block lies before the end of the header row. */
static size_t before_header_bytes(const struct block *block)
{
    if (!block->layout->has_header || block->offset >= block->layout->header_end) return 0;
    return (size_t)(block->layout->header_end - block->offset);
}

/* The last rows of a table, as far as they tell whether it breaks off in one. */
struct last_rows {
    struct csv_row row;     /* the last one that is not empty */
    bool short_before;      /* a row before it lacks columns */
    bool has_unclosed, fits_behind; /* it, or one before it, has a quote that never closes; one behind that has all columns */
};

static void last_rows_note(const struct unit_reader *reader, struct last_rows *last, bool short_before)
{
    if (reader->row.end == reader->row.start) return;
    last->fits_behind |= last->has_unclosed && reader->row.field_count == reader->block->layout->column_count;
    last->has_unclosed |= reader->rows.unclosed > 0;
    last->row = reader->row;
    last->short_before = short_before;
}

/* "Total: 17", "(17 rows)" */
static bool is_footer(const struct block *block, const struct csv_row *row)
{
    const char *text = block->bytes + row->start;
    bool is_digit = (unsigned char)(text[0] - '0') <= 9;
    return row->field_count == 1 && !is_digit && text[0] != '"' && memchr(text, ' ', row->end - row->start) != NULL;
}

/* A table that ends with a row in which a quoted cell is open breaks off; so does one whose last row alone lacks columns and its line
 * end, which is known once all rows are read. */
static void table_end(struct unit_reader *reader, const struct last_rows *last)
{
    const struct block *block = reader->block;
    size_t columns = block->layout->column_count, length = block->length;
    bool has_line_end = block->bytes[length - 1] == '\n' || block->bytes[length - 1] == '\r', is_short = last->row.field_count < columns;
    if (last->row.end == last->row.start || block->offset + last->row.start < block->layout->header_end) return;
    bool is_open = last->has_unclosed && !last->fits_behind && (!has_line_end || last->row.field_count != columns);
    reader->counts->broke_off |= is_open;
    if (!is_short || has_line_end || is_footer(block, &last->row)) return;
    reader->counts->cut_row = true;
    reader->counts->short_row = last->short_before;
}

static enum status table_units(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    const struct block *block = reader->block;
    size_t columns = block->plan != NULL ? block->plan->column_count : 0, room = columns + SPARE_FIELDS + CSV_FIELDS_AT_ONCE;
    size_t before_header = before_header_bytes(block);
    if (!rows_open(reader, room)) return unit_no_memory(fault);
    reader->rows = (struct csv_rows){block->bytes, reader->words, start, end, block->layout->delimiter,
                                     reader->rows.bounds, reader->rows.quoted, room, 0};
    bool ends = block->ends && end == block->length;
    struct last_rows last = {.short_before = false};
    while (csv_next(&reader->rows, &reader->row)) {
        bool short_before = reader->counts->short_row;
        enum status status = table_row(reader, before_header, fault);
        if (status != STATUS_OK) return status;
        if (ends) last_rows_note(reader, &last, short_before);
    }
    if (ends) table_end(reader, &last);
    return STATUS_OK;
}

/* The same from the front for rows without quotes, up to the first one with them. */
static enum status indexed_units(struct unit_reader *reader, struct fault *fault)
{
    const struct block *block = reader->block;
    const struct csv_index *index = &reader->index;
    size_t before_header = before_header_bytes(block), first = 0;
    struct csv_rows rows = reader->rows;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < index->row_count && status == STATUS_OK; i++) {
        size_t last = index->row_ends[i];
        uint32_t behind = index->bounds[last], start = index->bounds[first], end = behind - 1;
        if (end > start && block->bytes[end - 1] == '\r') index->bounds[last] = end--;
        reader->rows.bounds = index->bounds + first;
        reader->row = (struct csv_row){start, end, last - first, false};
        status = table_row(reader, before_header, fault);
        index->bounds[last] = behind;
        first = last;
    }
    reader->rows = rows;
    return status;
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

/* Reads what of a table can be read by its index; *end becomes where that ends. */
static enum status indexed_read(struct unit_reader *reader, size_t *end, struct fault *fault)
{
    const struct block *block = reader->block;
    if (!csv_index_reserve(&reader->index, block->length)) return unit_no_memory(fault);
    reader->index_rows(block->bytes, block->length, block->layout->delimiter, &reader->index);
    *end = reader->index.length;
    reader->indexed = true;
    reader->shaped_end = 0;
    enum status status = indexed_units(reader, fault);
    reader->indexed = false;
    return status;
}

static struct field_plan key_plan(const void *context, const char *name, size_t length, bool one_component)
{
    const struct unit_reader *reader = context;
    const struct field_plan *own = sampled_plan(reader->block->sampled, name, length);
    return own != NULL ? *own : roles_plan(unit_roles(reader), name, length, one_component);
}

/* Keys of text have the plans that their object's values tell. */
static void set_key_plans(struct unit_reader *reader)
{
    const struct sampled *sampled = reader->block->sampled;
    bool own = sampled != NULL && sampled->changed && sampled->of == FIELDS_OF_TEXT;
    uint32_t roles = roles_number(unit_roles(reader));
    uint64_t of = own ? sampled->id : roles > 0 ? UINT64_MAX - roles : 0; /* objects are numbered from 1 on */
    detect_set_plans(reader->detect, of, &(struct plan_source){key_plan, reader});
    bare_texts_judge(&reader->bare_texts, of);
}

enum status unit_read_bytes(struct unit_reader *reader, const struct block *block, struct fault *fault)
{
    struct block_counts *counts = reader->counts;
    reader->block = block;
    reader->context.place = block->place;
    size_t needed = shape_word_count(block->length) + 1; /* a window may reach into the word behind the last */
    if (needed > reader->word_capacity) {
        struct shape_word *words = aligned_alloc(64, needed * sizeof *words);
        if (words == NULL) return unit_no_memory(fault);
        free(reader->words);
        reader->words = words;
        reader->word_capacity = needed;
    }
    enum shape_kind kind = SHAPE_TEXT;
    if (!block->text_only && block->layout->format == FORMAT_CSV) kind = SHAPE_CSV;
    if (!block->text_only && (block->layout->format == FORMAT_JSON || block->layout->format == FORMAT_NDJSON)) kind = SHAPE_JSON;
    reader->kind = kind;
    detect_block_begin(reader->detect, block->bytes, block->length);
    detect_set_source(reader->detect, block->source);
    set_key_plans(reader);
    reader->marks = detect_marks(reader->detect);
    reader->wordless_lead = reader->marks->any || !reader->marks->ascii ? 0 : FULL_WIDTH_LEAD;
    reader->member_lead = detect_searches_customs(reader->detect) ? 0 : reader->wordless_lead;
    uint64_t findings = detect_counts(reader->detect)->findings;

    size_t start = 0, end = block->length;
    enum status status = STATUS_OK;
    if (kind == SHAPE_CSV && block->plan != NULL && !block->first_partial) status = indexed_read(reader, &start, fault);
    size_t base = shape_base(start);
    reader->shape(block->bytes + base, block->length - base, kind, block->layout->delimiter, reader->words + base / 64);
    reader->words[needed - 1] = (struct shape_word){0};
    bool is_document = kind == SHAPE_JSON && block->layout->format == FORMAT_JSON; /* which says by itself where it breaks */
    if (block->first_partial && is_document && block->context.length == 0) {
        status = json_torn(reader, end, fault);
        start = end;
    } else if (block->first_partial) {
        start = bits_next(&reader->words->newline, 0, end);
        start += start < end;
        status = text_units(reader, 0, start, fault);
        counts->broken++;
    }
    size_t last = end;
    if (block->context.length > 0) {
        status = json_part(reader, fault);
        start = end;
    }
    if (block->last_partial && !is_document) {
        const char *newline = memrchr(block->bytes + start, '\n', end - start);
        last = newline == NULL ? start : (size_t)(newline - block->bytes) + 1;
    }
    if (status == STATUS_OK && start < last) status = read_range(reader, start, last, fault);
    if (status == STATUS_OK && last < end) {
        counts->broken++;
        status = text_units(reader, last, end, fault);
    }
    counts->findings += detect_counts(reader->detect)->findings - findings;
    counts->hit_limit |= detect_take_limit(reader->detect);
    if (status == STATUS_OK && detect_failed(reader->detect)) status = unit_no_memory(fault);
    return status;
}

enum status unit_reader_block(struct unit_reader *reader, const struct block *block, struct block_counts *counts, struct fault *fault)
{
    *counts = (struct block_counts){0};
    reader->counts = counts;
    reader->context = (struct booking_context){block->path_customer, block->source, block->source_set, block->place, 0};
    if (block->layout->format == FORMAT_SQL && !block->text_only) return sql_units(reader, block, fault);
    if (block->layout->format == FORMAT_XML && !block->text_only) return xml_units(reader, block, fault);
    if (block->layout->format == FORMAT_LISTING && !block->text_only) return listing_units(reader, block, fault);
    return unit_read_bytes(reader, block, fault);
}
