#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../record/record_csv.h"
#include "../record/record_json.h"
#include "../record/record_sql_sample.h"
#include "../support/hash.h"
#include "sample_made.h"

enum {
    PATH_BYTES_MAX = 1024,   /* of a JSON key path */
    KEY_BYTES_MAX = 64,
    TEXT_VALUE_MAX = 64,     /* longer values under keys of text are sentences */
    MEMO_SLOTS = 512,
    MEMO_NAME_MAX = 47,      /* longer names are asked for each time */
    SPARE_FIELDS = 8,
    SAMPLE_UNITS_FEW = 2,
    SHAPES_LOOKED_AT = 16    /* different shapes come early or not at all */
};

#define NO_FIELD UINT32_MAX

/* What is known of a JSON node: its plan for as long as the parser keeps it, its field in the object in hand. */
struct sample_node {
    struct field_plan plan;
    uint64_t hash;
    uint64_t object;
    uint32_t field;
};

/* The plan of a name that is no path. */
struct memo {
    uint8_t length; /* 0: free */
    char name[MEMO_NAME_MAX];
    struct field_plan plan;
};

struct sampler {
    const struct roles *roles;
    shape_function *shape;
    struct json_parser *json;
    struct sample_node *nodes;
    uint32_t node_count, node_capacity;
    struct memo memos[MEMO_SLOTS]; /* of columns and keys of text */
    char *bytes, *plain;           /* the sample, and a value without quotes or escapes */
    struct shape_word *words;
    size_t room;                   /* in these; SAMPLE_BYTES or more, and padding */
    struct xml_reader *xml;        /* NULL: there was no XML yet */
    struct bytes made;             /* what other formats became */
    uint32_t *bounds;
    bool *quoted;
    size_t field_capacity;
    uint64_t object;               /* counts those that were sampled */
    size_t units_max;              /* of the object in hand */
    bool keep_shapes;
    /* The value before this one in the same unit, if it may be half of a position. */
    bool last_is_fine;
    uint32_t last_field, last_object;
    struct span last;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory left to look at fields");
}

static bool room_make(struct sampler *sampler, size_t length)
{
    if (length <= sampler->room) return true;
    free(sampler->bytes);
    free(sampler->plain);
    free(sampler->words);
    sampler->bytes = malloc(length + SHAPE_PADDING);
    sampler->plain = malloc(length + SHAPE_PADDING);
    sampler->words = aligned_alloc(64, (length / 64 + 2) * sizeof *sampler->words);
    bool enough = sampler->bytes != NULL && sampler->plain != NULL && sampler->words != NULL;
    sampler->room = enough ? length : 0;
    return enough;
}

enum status sampler_open(const struct roles *roles, struct sampler **sampler, struct fault *fault)
{
    struct sampler *made = calloc(1, sizeof *made);
    const char *path;
    *sampler = made;
    if (made == NULL) return no_memory(fault);
    made->roles = roles;
    made->shape = shape_choose(NULL, &path);
    enum status status = record_json_open(&made->json, fault);
    if (status == STATUS_OK && !room_make(made, SAMPLE_BYTES)) status = no_memory(fault);
    if (status == STATUS_OK) return status;
    sampler_close(made);
    *sampler = NULL;
    return status;
}

void sampler_set_roles(struct sampler *sampler, const struct roles *roles)
{
    if (sampler->roles == roles) return;
    sampler->roles = roles;
    sampler->node_count = 0;
    memset(sampler->memos, 0, sizeof sampler->memos);
}

void sampler_close(struct sampler *sampler)
{
    if (sampler == NULL) return;
    record_json_close(sampler->json);
    free(sampler->nodes);
    free(sampler->bytes);
    free(sampler->plain);
    free(sampler->words);
    free(sampler->bounds);
    free(sampler->quoted);
    record_xml_close(sampler->xml);
    bytes_free(&sampler->made);
    free(sampler);
}

void sampler_keep_shapes(struct sampler *sampler, bool keep)
{
    sampler->keep_shapes = keep;
}

void sampled_free(struct sampled *sampled)
{
    while (sampled != NULL) {
        struct sampled *next = sampled->next;
        free(sampled->fields);
        free(sampled->places);
        free(sampled->names);
        free(sampled->stars);
        free(sampled->shapes);
        bytes_free(&sampled->table);
        free(sampled);
        sampled = next;
    }
}

/* ------------------------------------------------------------------ fields of an object */

static uint64_t name_hash(struct span name)
{
    return hash_bytes(name.at, name.len, 2);
}

static bool fields_reserve(struct sampled *sampled, size_t count, bool with_shapes)
{
    if (count <= sampled->capacity) return true;
    size_t capacity = 2 * sampled->capacity > count ? 2 * sampled->capacity : count;
    struct field *fields = realloc(sampled->fields, capacity * sizeof *fields);
    if (fields != NULL) sampled->fields = fields;
    struct field_place *places = realloc(sampled->places, capacity * sizeof *places);
    if (places != NULL) sampled->places = places;
    void *shapes = with_shapes ? realloc(sampled->shapes, capacity * sizeof *sampled->shapes) : NULL;
    if (shapes != NULL) sampled->shapes = shapes;
    if (fields == NULL || places == NULL || (with_shapes && shapes == NULL)) return false;
    sampled->capacity = capacity;
    return true;
}

static bool name_keep(struct sampled *sampled, struct span name, struct field_place *place)
{
    if (sampled->names_length + name.len > sampled->names_capacity) {
        size_t capacity = 2 * sampled->names_capacity + name.len + 256;
        char *names = realloc(sampled->names, capacity);
        if (names == NULL) return false;
        sampled->names = names;
        sampled->names_capacity = capacity;
    }
    *place = (struct field_place){name_hash(name), (uint32_t)sampled->names_length, (uint32_t)name.len};
    if (name.len > 0) memcpy(sampled->names + sampled->names_length, name.at, name.len);
    sampled->names_length += name.len;
    return true;
}

/* Of a key path the key itself. */
static struct span last_component(struct span name, enum fields_of of)
{
    const char *dot = of == FIELDS_OF_TREE && name.len > 0 ? memrchr(name.at, '.', name.len) : NULL;
    return dot == NULL ? name : (struct span){dot + 1, (size_t)(name.at + name.len - dot) - 1};
}

static bool field_append(struct sampler *sampler, struct sampled *sampled, struct span name, const struct field_plan *plan)
{
    if (!fields_reserve(sampled, sampled->count + 1, sampler->keep_shapes) || !name_keep(sampled, name, &sampled->places[sampled->count])) return false;
    memset(&sampled->fields[sampled->count], 0, sizeof *sampled->fields);
    if (sampled->shapes != NULL) memset(sampled->shapes[sampled->count], 0, sizeof *sampled->shapes);
    sampled->fields[sampled->count].nameless = field_is_nameless(last_component(name, sampled->of));
    sampled->fields[sampled->count++].named = *plan;
    return true;
}

static bool memo_holds(const struct memo *memo, struct span name)
{
    return memo->length == name.len && memcmp(memo->name, name.at, name.len) == 0;
}

static struct field_plan name_plan(struct sampler *sampler, struct span name)
{
    size_t slot = name_hash(name) % MEMO_SLOTS;
    if (name.len == 0) return (struct field_plan){.role = ROLE_NONE};
    if (name.len > MEMO_NAME_MAX) return roles_plan(sampler->roles, name.at, name.len, true);
    /* The next one serves two names of one slot. */
    struct memo *first = &sampler->memos[slot], *second = &sampler->memos[(slot + 1) % MEMO_SLOTS];
    if (memo_holds(first, name)) return first->plan;
    if (memo_holds(second, name)) return second->plan;
    struct memo *memo = first->length == 0 ? first : second;
    memo->length = (uint8_t)name.len;
    memcpy(memo->name, name.at, name.len);
    memo->plan = roles_plan(sampler->roles, name.at, name.len, true);
    return memo->plan;
}

struct field_plan sampler_plan(struct sampler *sampler, struct span name)
{
    return name.len == 0 ? roles_plan(sampler->roles, name.at, 0, true) : name_plan(sampler, name);
}

static struct span name_of(const struct sampled *sampled, size_t field)
{
    const struct field_place *place = &sampled->places[field];
    return (struct span){sampled->names + place->at, place->length};
}

static uint32_t field_find(const struct sampled *sampled, uint64_t hash, struct span name)
{
    for (size_t i = 0; i < sampled->count; i++) {
        if (sampled->places[i].hash != hash) continue;
        struct span other = name_of(sampled, i);
        if (other.len == name.len && memcmp(other.at, name.at, name.len) == 0) return (uint32_t)i;
    }
    return NO_FIELD;
}

static void shape_keep(struct sampled *sampled, uint32_t field, struct span value)
{
    char shape[FIELD_SHAPE_SIZE];
    if (sampled->fields[field].evidence.distinct > SHAPES_LOOKED_AT || value.len == 0) return;
    field_show_shape(value, shape);
    for (size_t i = 0; i < SAMPLE_SHAPES; i++) {
        char *kept = sampled->shapes[field][i];
        if (strcmp(kept, shape) == 0) return;
        if (kept[0] != '\0') continue;
        memcpy(kept, shape, sizeof shape);
        return;
    }
}

/* A value of a field, which is not in `sampler->plain` for longer than this call. object tells units apart. */
static void value_add(struct sampler *sampler, struct sampled *sampled, uint32_t field, struct span value, uint32_t object)
{
    struct field *at = &sampled->fields[field];
    field_add(at, value);
    if (sampled->shapes != NULL) shape_keep(sampled, field, value);
    bool fine = at->named.role == ROLE_NONE && value.at != sampler->plain && field_may_be_axis(value);
    if (fine && sampler->last_is_fine && sampler->last_object == object && sampler->last_field + 1 == field) field_add_pair(at - 1, sampler->last, value);
    sampler->last_is_fine = fine;
    sampler->last_field = field;
    sampler->last_object = object;
    sampler->last = value;
}

/* ------------------------------------------------------------------ tables */

static bool columns_reserve(struct sampler *sampler, size_t room)
{
    if (sampler->field_capacity >= room) return true;
    free(sampler->bounds);
    free(sampler->quoted);
    sampler->bounds = malloc((room + 1) * sizeof *sampler->bounds);
    sampler->quoted = malloc(room * sizeof *sampler->quoted);
    sampler->field_capacity = sampler->bounds != NULL && sampler->quoted != NULL ? room : 0;
    return sampler->field_capacity > 0;
}

static struct span cell_of(struct sampler *sampler, const struct csv_rows *rows, const struct csv_row *row, size_t column)
{
    struct csv_field field = csv_field_at(rows, row->has_quoted, column);
    struct span value = {rows->bytes + field.start, field.end - field.start};
    if (!field.quoted || memchr(value.at, '"', value.len) == NULL) return value;
    return (struct span){sampler->plain, csv_unquote(value, sampler->plain)};
}

/* The columns of a table by its header, which stands before the sample; without one, by their places. */
static bool columns_name(struct sampler *sampler, struct sampled *sampled, struct csv_rows *rows, size_t columns)
{
    struct csv_row row = {0};
    bool has_row = sampled->named && csv_next(rows, &row);
    for (size_t i = 0; i < columns; i++) {
        struct span name = has_row && i < row.field_count ? cell_of(sampler, rows, &row, i) : (struct span){"", 0};
        struct field_plan plan = name_plan(sampler, name);
        if (!field_append(sampler, sampled, name, &plan)) return false;
    }
    return true;
}

static void rows_read(struct sampler *sampler, struct sampled *sampled, struct csv_rows *rows)
{
    struct csv_row row = {0};
    while (sampled->units < sampler->units_max && csv_next(rows, &row)) {
        if (row.end == row.start || row.field_count > sampled->count + SPARE_FIELDS) continue;
        size_t count = row.field_count < sampled->count ? row.field_count : sampled->count;
        sampler->last_is_fine = false;
        for (size_t i = 0; i < count; i++) value_add(sampler, sampled, (uint32_t)i, cell_of(sampler, rows, &row, i), 0);
        sampled->units++;
    }
}

/* Reads the bytes, which begin with the header, if there is one. */
static bool table_read(struct sampler *sampler, struct sampled *sampled, size_t length, const struct layout *layout)
{
    size_t columns = layout->column_count < CSV_COLUMNS_MAX ? layout->column_count : CSV_COLUMNS_MAX;
    size_t room = columns + SPARE_FIELDS + CSV_FIELDS_AT_ONCE;
    if (!columns_reserve(sampler, room) || !fields_reserve(sampled, columns + 1, sampler->keep_shapes)) return false;
    sampler->shape(sampler->bytes, length, SHAPE_CSV, layout->delimiter, sampler->words);
    struct csv_rows rows = {sampler->bytes, sampler->words, 0, length, layout->delimiter, sampler->bounds, sampler->quoted, room, 0};
    if (!columns_name(sampler, sampled, &rows, columns)) return false;
    rows_read(sampler, sampled, &rows);
    return true;
}

/* ------------------------------------------------------------------ JSON */

static bool nodes_reserve(struct sampler *sampler, uint32_t count)
{
    if (count <= sampler->node_capacity) return true;
    struct sample_node *nodes = realloc(sampler->nodes, 2 * (size_t)count * sizeof *nodes);
    if (nodes == NULL) return false;
    sampler->nodes = nodes;
    sampler->node_capacity = 2 * count;
    return true;
}

/* Plans of nodes that the parser has made since. */
static bool nodes_plan(struct sampler *sampler)
{
    uint32_t count = record_json_node_count(sampler->json);
    if (!nodes_reserve(sampler, count)) return false;
    for (; sampler->node_count < count; sampler->node_count++) {
        char path[PATH_BYTES_MAX];
        size_t length = record_json_node_path(sampler->json, sampler->node_count, path, sizeof path);
        struct sample_node node = {.plan = {.role = ROLE_NONE}, .hash = name_hash((struct span){path, length})};
        if (length > 0) node.plan = roles_plan(sampler->roles, path, length, false);
        sampler->nodes[sampler->node_count] = node;
    }
    return true;
}

/* The field of a node in the object in hand; its elements in arrays are of the same path. NO_FIELD in *field: there are too
 * many. False: no memory. */
static bool node_field(struct sampler *sampler, struct sampled *sampled, uint32_t number, uint32_t *field)
{
    struct sample_node *node = &sampler->nodes[number];
    if (node->object != sampler->object) {
        char path[PATH_BYTES_MAX];
        struct span name = {path, record_json_node_path(sampler->json, number, path, sizeof path)};
        node->object = sampler->object;
        node->field = field_find(sampled, node->hash, name);
        if (node->field == NO_FIELD && sampled->count < SAMPLE_FIELDS_MAX) {
            node->field = (uint32_t)sampled->count;
            if (!field_append(sampler, sampled, name, &node->plan)) return false;
        }
    }
    *field = node->field;
    return true;
}

static bool json_value(struct sampler *sampler, struct sampled *sampled, const struct json_event *event)
{
    struct span value = {sampler->bytes + event->start, event->end - event->start};
    uint32_t field;
    if (event->kind == JSON_SCALAR && (value.len == 0 || value.at[0] == 'n' || value.at[0] == 't' || value.at[0] == 'f')) return true;
    if (event->node >= sampler->node_count && !nodes_plan(sampler)) return false;
    if (!node_field(sampler, sampled, event->node, &field)) return false;
    if (field == NO_FIELD) return true;
    if (event->has_escape && event->kind == JSON_STRING)
        value = (struct span){sampler->plain, record_json_unescape(value, sampler->plain)};
    value_add(sampler, sampled, field, value, event->object);
    if (event->in_array) sampler->last_is_fine = false;
    return true;
}

static bool json_read(struct sampler *sampler, struct sampled *sampled, size_t length, bool lines)
{
    struct json_parser *json = sampler->json;
    if (record_json_node_count(json) >= JSON_NODES_MAX) record_json_nodes_reset(json), sampler->node_count = 0;
    sampler->shape(sampler->bytes, length, SHAPE_JSON, 0, sampler->words);
    sampler->words[shape_word_count(length)] = (struct shape_word){0};
    if (lines) record_json_begin_lines(json, sampler->bytes, sampler->words, 0, length);
    else record_json_begin(json, sampler->bytes, sampler->words, 0, length);
    size_t levels = 0;
    for (;;) {
        struct json_event event = {0};
        switch (record_json_next(json, &event)) {
        case JSON_STRING:
        case JSON_SCALAR:
            if (!json_value(sampler, sampled, &event)) return false;
            break;
        case JSON_LEVEL_OPEN:
            sampler->last_is_fine = false;
            if (levels++ == sampler->units_max) return true;
            sampled->units = levels;
            break;
        case JSON_NAME: break;
        case JSON_END: return true;
        case JSON_NO_MEMORY: return false;
        default: sampler->last_is_fine = false;
        }
    }
}

/* ------------------------------------------------------------------ text */

static bool is_key_byte(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)c >= 0x80 || c == '_' || c == '.' || c == '-';
}

static bool is_hex(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 6;
}

/* Not what stands before the colons of clocks and addresses. */
static bool is_key(struct span name)
{
    if (name.len < 2 || name.len > KEY_BYTES_MAX || (unsigned char)(name.at[0] - '0') <= 9) return false;
    return name.len > 2 || !is_hex(name.at[0]) || !is_hex(name.at[1]);
}

static bool ends_value(char c)
{
    return c == ' ' || c == ',' || c == ';' || c == '&' || c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' || c == '<' || c == '>' ||
           c == '\t' || c == '|' || c == '\r';
}

/* The value of a key whose sign stands at `sign`, within a line. Returns where it ends. */
static size_t text_value(const char *bytes, size_t sign, size_t end, struct span *value)
{
    size_t from = sign + 1;
    while (from < end && (bytes[from] == ' ' || bytes[from] == '"' || bytes[from] == '\'')) from++;
    size_t to = from;
    while (to < end && to - from <= TEXT_VALUE_MAX && !ends_value(bytes[to])) to++;
    *value = (struct span){bytes + from, to - from};
    return to;
}

static bool key_add(struct sampler *sampler, struct sampled *sampled, struct span name, struct span value)
{
    uint64_t hash = name_hash(name);
    uint32_t field = field_find(sampled, hash, name);
    if (field == NO_FIELD && sampled->count == SAMPLE_FIELDS_MAX) return true;
    if (field == NO_FIELD) {
        struct field_plan plan = name_plan(sampler, name);
        field = (uint32_t)sampled->count;
        if (!field_append(sampler, sampled, name, &plan)) return false;
    }
    sampler->last_is_fine = false;
    value_add(sampler, sampled, field, value, 0);
    return true;
}

static bool line_read(struct sampler *sampler, struct sampled *sampled, size_t start, size_t end)
{
    const char *bytes = sampler->bytes;
    for (size_t at = start; at < end; at++) {
        if (bytes[at] != '=' && bytes[at] != ':') continue;
        size_t from, to = at;
        while (to > start && (bytes[to - 1] == '"' || bytes[to - 1] == '\'')) to--;
        from = to;
        while (from > start && to - from <= KEY_BYTES_MAX && is_key_byte(bytes[from - 1])) from--;
        struct span value;
        if (!is_key((struct span){bytes + from, to - from})) continue;
        size_t behind = text_value(bytes, at, end, &value);
        if (value.len == 0 || value.len > TEXT_VALUE_MAX) continue;
        if (!key_add(sampler, sampled, (struct span){bytes + from, to - from}, value)) return false;
        at = behind - 1;
    }
    return true;
}

static bool text_read(struct sampler *sampler, struct sampled *sampled, size_t length)
{
    for (size_t at = 0; at < length && sampled->units < sampler->units_max;) {
        const char *newline = memchr(sampler->bytes + at, '\n', length - at);
        size_t end = newline == NULL ? length : (size_t)(newline - sampler->bytes);
        if (!line_read(sampler, sampled, at, end)) return false;
        sampled->units += end > at;
        at = end + 1;
    }
    return true;
}

/* ------------------------------------------------------------------ a sample */

/* How many of the bytes are whole lines, `lines` of them at most; *lines becomes how many there are. */
static size_t lines_end(struct span bytes, bool at_end, size_t *lines)
{
    size_t at = 0, count = 0;
    for (; count < *lines && at < bytes.len; count++) {
        const char *newline = memchr(bytes.at + at, '\n', bytes.len - at);
        if (newline == NULL && !at_end) break;
        at = newline == NULL ? bytes.len : (size_t)(newline - bytes.at) + 1;
    }
    *lines = count;
    return at;
}

/* Whether its units become JSON before they are read. */
static bool is_made(const struct layout *layout)
{
    return layout->format == FORMAT_XML || layout->format == FORMAT_LISTING;
}

/* What of the bytes is read. Too few rows or lines tell nothing, so that some are enough to know the values by: where there are
 * such small objects, there are many. Of a table, whose rows have one value of a column each, people are shown all. */
static struct span sample_cut(struct sampler *sampler, struct span bytes, bool at_end, const struct layout *layout)
{
    const size_t header_lines = 4, all = bytes.len; /* a header that is quoted may have some */
    if (bytes.len > SAMPLE_BYTES) bytes.len = SAMPLE_BYTES, at_end = false;
    sampler->units_max = SAMPLE_UNITS;
    if (layout->format == FORMAT_JSON || is_made(layout)) return bytes;
    size_t lines = SAMPLE_UNITS + header_lines, few = SAMPLE_UNITS_FEW + header_lines;
    bytes.len = lines_end(bytes, at_end, &lines);
    bool few_rows = layout->format == FORMAT_CSV && lines < STRUCTURE_VALUES_MIN && !sampler->keep_shapes;
    if (few_rows) sampler->units_max = SAMPLE_UNITS_FEW;
    if (layout->format == FORMAT_NDJSON) few = SAMPLE_UNITS_FEW; /* one of which may be a list of many units */
    if (few_rows || (layout->format == FORMAT_NDJSON && lines < STRUCTURE_VALUES_MIN)) bytes.len = lines_end(bytes, at_end, &few);
    bool cut = !at_end || bytes.len < all;
    if (layout->format == FORMAT_CSV && cut) bytes.len = csv_cut(bytes.at, bytes.len, layout->delimiter, false);
    return bytes;
}

static bool object_read(struct sampler *sampler, struct sampled *sampled, struct span bytes, const struct layout *layout)
{
    if (!room_make(sampler, bytes.len)) return false;
    if (bytes.len > 0) memcpy(sampler->bytes, bytes.at, bytes.len);
    memset(sampler->bytes + bytes.len, 0, SHAPE_PADDING);
    if (layout->format == FORMAT_CSV) return table_read(sampler, sampled, bytes.len, layout);
    if (layout->format == FORMAT_TEXT) return text_read(sampler, sampled, bytes.len);
    return json_read(sampler, sampled, bytes.len, layout->format == FORMAT_NDJSON);
}

/* Makes JSON of the bytes, which become that. */
static enum status made_make(struct sampler *sampler, struct span *bytes, bool at_end, const struct layout *layout, struct fault *fault)
{
    sampler->made.count = 0;
    enum status status = sample_make_json(&sampler->xml, *bytes, at_end, layout, &sampler->made, fault);
    *bytes = (struct span){sampler->made.at, sampler->made.count};
    return status;
}

/* ------------------------------------------------------------------ keys that are values */

enum { COMPONENTS_MAX = 8 };

/* Where a component of a path begins and ends; false: there are not so many. */
static bool component_find(struct span path, size_t number, size_t *from, size_t *to)
{
    *from = 0;
    for (;; number--) {
        const char *dot = *from < path.len ? memchr(path.at + *from, '.', path.len - *from) : NULL;
        *to = dot == NULL ? path.len : (size_t)(dot - path.at);
        if (number == 0) return true;
        if (dot == NULL) return false;
        *from = *to + 1;
    }
}

/* How often a path was seen with anything in place of a component. */
struct star {
    uint64_t hash;
    uint32_t count;
};

static struct star *star_find(struct star *stars, size_t slot_count, struct span path, size_t number, size_t from, size_t to)
{
    uint64_t hash = (hash_bytes(path.at, from, number + 3) ^ mix64(hash_bytes(path.at + to, path.len - to, number))) | 1;
    size_t slot = (size_t)(hash % slot_count);
    while (stars[slot].hash != 0 && stars[slot].hash != hash) slot = (slot + 1) % slot_count;
    stars[slot].hash = hash;
    return &stars[slot];
}

static bool stars_find(struct sampled *sampled)
{
    if (sampled->of != FIELDS_OF_TREE || sampled->count <= SAMPLE_SIBLINGS_MAX) return true;
    size_t slot_count = 2 * sampled->count * COMPONENTS_MAX;
    struct star *stars = calloc(slot_count, sizeof *stars);
    sampled->stars = calloc(sampled->count, sizeof *sampled->stars);
    bool enough = stars != NULL && sampled->stars != NULL;
    for (int turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < sampled->count && enough; i++) {
            struct span path = name_of(sampled, i);
            size_t from, to;
            /* What ends a path names a field, however many there are of them. */
            for (size_t number = 0; number < COMPONENTS_MAX && component_find(path, number, &from, &to) && to < path.len; number++) {
                struct star *star = star_find(stars, slot_count, path, number, from, to);
                if (turn == 0) star->count++;
                else if (star->count > SAMPLE_SIBLINGS_MAX) sampled->stars[i] |= UINT32_C(1) << number;
            }
        }
    free(stars);
    return enough;
}

static struct span starred(const struct sampled *sampled, size_t field, char path[PATH_BYTES_MAX + COMPONENTS_MAX])
{
    struct span whole = name_of(sampled, field), made = {path, 0};
    size_t from, to;
    for (size_t number = 0; component_find(whole, number, &from, &to); number++) {
        bool star = number < COMPONENTS_MAX && (sampled->stars[field] >> number & 1) != 0;
        if (number > 0) path[made.len++] = '.';
        if (star) path[made.len++] = '*';
        else memcpy(path + made.len, whole.at + from, to - from), made.len += to - from;
    }
    return made;
}

/* ------------------------------------------------------------------ SQL */

/* The fields of one table; *sampled is NULL where it has no rows. It takes the table's key. False: no memory. */
static bool sql_table_read(struct sampler *sampler, struct sql_sample_table *table, uint64_t id, struct sampled **sampled)
{
    struct layout layout = {.format = FORMAT_CSV, .name = "sql", .delimiter = SQL_DELIMITER, .has_header = table->has_header,
                            .column_count = table->column_count};
    *sampled = NULL;
    if (table->rows == 0 || table->column_count > CSV_COLUMNS_MAX) return true;
    struct sampled *made = calloc(1, sizeof *made);
    if (made == NULL) return false;
    *made = (struct sampled){.id = id, .named = table->has_header, .of = table->has_header ? FIELDS_OF_TABLE : FIELDS_OF_ROWS, .table = table->key};
    table->key = (struct bytes){0};
    sampler->object++;
    sampler->last_is_fine = false;
    sampler->units_max = table->rows < STRUCTURE_VALUES_MIN && !sampler->keep_shapes ? SAMPLE_UNITS_FEW : SAMPLE_UNITS; /* as of other tables */
    *sampled = made;
    if (!object_read(sampler, made, (struct span){table->text.at, table->text.count}, &layout)) return false;
    made->changed = fields_decide(made->fields, made->count, made->of);
    return true;
}

static enum status sql_read(struct sampler *sampler, struct span bytes, bool at_end, bool backslash, uint64_t id, struct sampled **sampled,
                            struct fault *fault)
{
    struct sql_sample *tables;
    struct sampled **last = sampled;
    enum status status = sql_sample_open(bytes, at_end, backslash, SAMPLE_UNITS, SAMPLE_BYTES, &tables, fault);
    if (status != STATUS_OK) return status;
    for (size_t i = 0; i < tables->count && status == STATUS_OK; i++) {
        if (!sql_table_read(sampler, tables->tables[i], id, last)) status = no_memory(fault);
        while (*last != NULL) last = &(*last)->next;
    }
    sql_sample_close(tables);
    if (status == STATUS_OK) return STATUS_OK;
    sampled_free(*sampled);
    *sampled = NULL;
    return status;
}

/* ------------------------------------------------------------------ all of an object */

enum status sample_fields(struct sampler *sampler, struct span sample, bool at_end, const struct layout *layout, uint64_t id,
                          struct sampled **sampled, struct fault *fault)
{
    *sampled = NULL;
    if (sample.len >= SNIFF_BYTES) sample.len = SNIFF_BYTES, at_end = false;
    if (layout->format == FORMAT_SQL) {
        struct span dump = {sample.at + layout->text_start, sample.len - layout->text_start};
        return sql_read(sampler, dump, at_end, layout->backslash, id, sampled, fault);
    }
    bool has_fields = layout->format == FORMAT_CSV || layout->format == FORMAT_NDJSON || layout->format == FORMAT_JSON || layout->format == FORMAT_TEXT ||
                      is_made(layout);
    if (!has_fields) return STATUS_OK;
    struct sampled *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    made->id = id;
    made->named = layout->format != FORMAT_CSV || layout->has_header;
    made->of = layout->format == FORMAT_TEXT ? FIELDS_OF_TEXT : layout->format != FORMAT_CSV ? FIELDS_OF_TREE : made->named ? FIELDS_OF_TABLE : FIELDS_OF_ROWS;
    size_t start = layout->format == FORMAT_CSV && layout->has_header ? layout->header_start : layout->text_start;
    sampler->object++;
    sampler->last_is_fine = false;
    if (start > sample.len) start = sample.len;
    struct span bytes = sample_cut(sampler, (struct span){sample.at + start, sample.len - start}, at_end, layout);
    enum status status = is_made(layout) ? made_make(sampler, &bytes, at_end && bytes.len == sample.len - start, layout, fault) : STATUS_OK;
    if (status != STATUS_OK) {
        sampled_free(made);
        return status;
    }
    if (!object_read(sampler, made, bytes, layout) || !stars_find(made)) {
        sampled_free(made);
        return no_memory(fault);
    }
    made->changed = fields_decide(made->fields, made->count, made->of);
    *sampled = made;
    return STATUS_OK;
}

const struct sampled *sampled_table(const struct sampled *sampled, struct span key)
{
    for (; sampled != NULL; sampled = sampled->next)
        if (sampled->changed && sampled->table.count == key.len && memcmp(sampled->table.at, key.at, key.len) == 0) return sampled;
    return NULL;
}

const struct field_plan *sampled_plan(const struct sampled *sampled, const char *path, size_t length)
{
    if (sampled == NULL || !sampled->changed) return NULL;
    struct span name = {path, length};
    uint32_t field = field_find(sampled, name_hash(name), name);
    bool other = field != NO_FIELD && sampled->fields[field].how >= FIELD_BY_STRUCTURE;
    return other ? &sampled->fields[field].plan : NULL;
}

bool sampled_name(const struct sampled *sampled, size_t field, char shown[FIELD_NAME_SIZE])
{
    char path[PATH_BYTES_MAX + COMPONENTS_MAX];
    if (sampled->stars != NULL && sampled->stars[field] != 0) return field_show_name(starred(sampled, field, path), false, shown), false;
    if (sampled->named && sampled->places[field].length > 0) return field_show_name(name_of(sampled, field), sampled->of != FIELDS_OF_TREE, shown);
    snprintf(shown, FIELD_NAME_SIZE, "#%zu", field + 1);
    return false;
}

/* Whether something is among the first `count` of a list; else it becomes the next. */
static bool is_known(uint64_t *known, size_t *count, uint64_t one)
{
    for (size_t i = 0; i < *count; i++)
        if (known[i] == one) return true;
    known[(*count)++] = one;
    return false;
}

/* What fields of an object were summed up: of those whose names are not all shown, and of those of several tables, more than
 * one may be the same to who reads of them. */
struct summed {
    uint64_t *known;
    size_t count, capacity;
};

static bool sum_one(const struct sampled *sampled, size_t at, uint32_t source, const char *format, struct summed *summed, struct field_sums *sums)
{
    const struct field *field = &sampled->fields[at];
    char name[FIELD_NAME_SIZE], role[ROLE_NAME_SIZE];
    bool alone = sampled_name(sampled, at, name) && sampled->table.count == 0, again = false;
    field_role_name(&field->plan, role);
    if (!alone && summed->known == NULL) summed->known = malloc(summed->capacity * sizeof *summed->known);
    if (!alone && summed->known == NULL) return false;
    if (!alone) again = is_known(summed->known, &summed->count, hash_bytes(name, strlen(name), hash_bytes(role, strlen(role), (uint64_t)field->how)));
    struct field_seen seen = {name, format, role, field_how_name(field->how), source, field->checked, field->evidence.seen,
                              field->checked ? field->evidence.valid : 0, !again};
    return field_sums_see(sums, &seen);
}

bool sampled_sum(const struct sampled *sampled, uint32_t source, const char *format, struct field_sums *sums)
{
    struct summed summed = {0};
    bool enough = true;
    for (const struct sampled *one = sampled; one != NULL; one = one->next) summed.capacity += one->count;
    for (; sampled != NULL && enough; sampled = sampled->next)
        for (size_t i = 0; i < sampled->count && enough; i++)
            if (sampled->fields[i].plan.role != ROLE_NONE || sampled->fields[i].how == FIELD_REFUSED) enough = sum_one(sampled, i, source, format, &summed, sums);
    free(summed.known);
    return enough;
}
