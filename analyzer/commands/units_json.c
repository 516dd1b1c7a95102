#include "json_maps.h"
#include "sample.h"
#include "unit_reader.h"

#include <stdlib.h>
#include <string.h>

#include "../../detectors/location.h"

enum {
    PENDING_LOOKED_AT = 16, /* axes of one object that wait for their other half */
    JSON_PATH_MAX = 1024,
    JSON_EVENTS = 256,          /* taken from the parser at once */
    INHERITED_PER_BYTE = 16,    /* what all units of one JSON value may inherit, in levels and identifiers: so much */
    INHERITED_FREELY = 1 << 20, /* for each of its bytes and so much more; then each has the identifiers of the */
    INHERITED_AT_LEAST = 256    /* innermost levels that hold no more than so much */
};

/* In place of the number of an object: axes of one level meet that stand, each in an object of its own, in the node with this number. */
#define HOLDER_BIT UINT32_C(0x80000000)

static void sighting_free(struct sighting *sighting)
{
    free(sighting->identifiers);
    free(sighting->cells);
}

enum status json_units_open(struct unit_reader *reader, struct fault *fault)
{
    enum status status = record_json_open(&reader->json, fault);
    if (status == STATUS_OK) reader->events = malloc(JSON_EVENTS * sizeof *reader->events);
    if (status == STATUS_OK && reader->events == NULL) status = unit_no_memory(fault);
    return status;
}

void json_units_close(struct unit_reader *reader)
{
    record_json_close(reader->json);
    for (size_t i = 0; i < reader->level_capacity; i++) sighting_free(&reader->levels[i].sighting);
    for (size_t i = 0; i < reader->outer_capacity; i++) sighting_free(&reader->outer[i].sighting);
    free(reader->levels);
    free(reader->outer);
    free(reader->events);
    free(reader->chain);
    free(reader->pending);
    free(reader->geometry.tuples);
    free(reader->nodes);
    json_again_close(reader);
}

static bool name_ends(const char *path, size_t length, const char *name)
{
    size_t name_length = strlen(name);
    return length >= name_length && memcmp(path + length - name_length, name, name_length) == 0 &&
           (length == name_length || path[length - name_length - 1] == '.');
}

/* Names of arrays that are places: GeoJSON's order is also that of search engines and databases. */
static uint8_t place_kind(const char *path, size_t length)
{
    static const char *const names[] = {"location", "loc", "geo", "geopoint", "geo_point", "geoPoint", "position", "lonlat", "lnglat", "lon_lat", "lngLat", "lonLat", "gps", "coords"};
    static const char *const latitude_first[] = {"latlon", "latlng", "lat_lon", "lat_lng", "latLon", "latLng"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (name_ends(path, length, names[i])) return NODE_PLACE;
    for (size_t i = 0; i < sizeof latitude_first / sizeof latitude_first[0]; i++)
        if (name_ends(path, length, latitude_first[i])) return NODE_PLACE_LATITUDE_FIRST;
    return NODE_PLAIN;
}

static enum plain_take plain_take(const struct node_plan *plan)
{
    if (plan->take == TAKE_TEXT && plan->kind == NODE_PLAIN) return PLAIN_TEXT;
    if (plan->take == TAKE_TEXT && plan->kind == NODE_TYPE) return PLAIN_TYPE;
    if (plan->kind != NODE_PLAIN) return PLAIN_OTHER;
    if (plan->take == TAKE_FIELD) return PLAIN_FIELD;
    return plan->take == TAKE_AXIS && plan->typed_in == 0 ? PLAIN_AXIS : PLAIN_OTHER;
}

static struct node_plan node_plan(const struct unit_reader *reader, uint32_t node)
{
    char path[JSON_PATH_MAX];
    size_t length = record_json_node_path(reader->json, node, path, sizeof path);
    struct node_plan plan = {.kind = NODE_PLAIN, .take = TAKE_TEXT};
    if (length == 0) return plan;
    const struct field_plan *own = sampled_plan(reader->block->sampled, path, length);
    plan.field = own != NULL ? *own : roles_plan(unit_roles(reader), path, length, false);
    if (plan.field.role != ROLE_NONE) plan.take = TAKE_FIELD;
    if (plan.field.role == ROLE_LATITUDE || plan.field.role == ROLE_LONGITUDE || plan.field.role > ROLE_CODE) plan.take = TAKE_AXIS;
    if (plan.field.role >= ROLE_DATUM) plan.take = TAKE_NOTE;
    if (plan.field.role == ROLE_NONE || plan.field.role == ROLE_DATUM) plan.kind = place_kind(path, length); /* "geo" may be either */
    if (plan.take == TAKE_AXIS && plan.field.typed)
        plan.typed_in = HOLDER_BIT | record_json_node_place(reader->json, record_json_node_place(reader->json, node).parent).parent;
    if (name_ends(path, length, "coordinates")) plan.kind = NODE_COORDINATES;
    if (name_ends(path, length, "type")) plan.kind = NODE_TYPE;
    plan.plainly = (uint8_t)plain_take(&plan);
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
    for (; reader->node_count < count; reader->node_count++) {
        struct node_plan *plan = &reader->nodes[reader->node_count];
        *plan = node_plan(reader, reader->node_count);
        if (!twins_add(reader, reader->node_count, plan)) return false;
    }
    return true;
}

/* Plans with what the values of another object told, or of other roles, are made again. */
void json_plans_of_object(struct unit_reader *reader)
{
    const struct sampled *sampled = reader->block->sampled;
    uint64_t wanted = sampled != NULL && sampled->changed ? sampled->id : 0;
    const struct roles *roles = unit_roles(reader);
    if (reader->nodes_of == wanted && reader->nodes_by == roles) return;
    reader->nodes_of = wanted;
    reader->nodes_by = roles;
    reader->node_count = 0;
    twins_forget(reader);
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
        reader->closed_count = 0;
        reader->pending_count = reader->note_count = 0;
        reader->geometry.object = reader->last_pair.object = reader->place_array.object = reader->axis_array.object = 0;
        reader->awaits = false;
    }
    struct level *opened = &reader->levels[level];
    sighting_reset(&opened->sighting);
    opened->parent = parent;
    opened->has_inner = opened->stands_alone = opened->is_kept = false;
    reader->level_count = level + 1;
    return true;
}

/* What the notes of an object say of the axes of a pair: a side that stands under its name, or under one that says no axis. */
static __attribute__((noinline)) void pair_book_noted(struct unit_reader *reader, const struct axis_pair *pair, struct sighting *sighting)
{
    struct axis_notes notes = {false, false, {'\0', '\0'}};
    for (size_t i = 0; i < reader->note_count; i++) {
        const struct axis_note *note = &reader->notes[i];
        bool is_side = note->plan.role == ROLE_LATITUDE_SIDE || note->plan.role == ROLE_LONGITUDE_SIDE;
        if (note->object != pair->object || (is_side && note->plan.notation == 0 && note->plan.pair != pair->pair)) continue;
        (void)detect_note(&note->plan, note->value, &notes);
    }
    detect_pair_as(reader->detect, pair->latitude, pair->longitude, pair->scale, &notes, sighting);
}

/* Books the pair that waits, if there is one. */
static inline void pair_book(struct unit_reader *reader)
{
    const struct axis_pair *pair = &reader->last_pair;
    if (pair->object == 0) return;
    struct sighting *sighting = &reader->levels[pair->level].sighting;
    if (pair->composite) sighting->fixes_are = FIX_FIELD;
    if (pair->scale == 0 && reader->note_count == 0) detect_pair(reader->detect, pair->latitude, pair->longitude, sighting);
    else pair_book_noted(reader, pair, sighting);
    sighting->fixes_are = FIX_AXES;
    reader->last_pair.object = 0;
}

/* A note holds for the pairs of its object that stand behind it and for the last one before it. */
static bool take_note(struct unit_reader *reader, const struct json_event *event, const struct field_plan *plan, struct span value)
{
    struct axis_notes said = {false, false, {'\0', '\0'}};
    if (!detect_note(plan, value, &said)) return false;
    reader->awaits = true;
    if (reader->note_count < AXIS_NOTES_MAX) reader->notes[reader->note_count++] = (struct axis_note){event->object, *plan, value};
    return true;
}

static __attribute__((noinline)) bool pending_grow(struct unit_reader *reader)
{
    size_t capacity = 2 * reader->pending_capacity + 16;
    struct pending_axis *pending = realloc(reader->pending, capacity * sizeof *pending);
    if (pending == NULL) return false;
    reader->pending = pending;
    reader->pending_capacity = capacity;
    return true;
}

/* An axis meets its other half in the same object, or waits for it. */
static inline __attribute__((always_inline)) bool take_axis(struct unit_reader *reader, const struct json_event *event, const struct field_plan *plan,
                             struct span value)
{
    bool latitude = plan->role == ROLE_LATITUDE || plan->role == ROLE_SCALED_LATITUDE;
    size_t looked = 0;
    reader->awaits = true;
    for (size_t i = reader->pending_count; i > 0 && looked < PENDING_LOOKED_AT; i--, looked++) {
        struct pending_axis *other = &reader->pending[i - 1];
        if (other->object != event->object || other->level != event->level || other->pair != plan->pair || other->latitude == latitude) continue;
        pair_book(reader);
        reader->last_pair = (struct axis_pair){event->object, event->level, plan->pair, plan->notation, plan->composite,
                                               latitude ? value : other->value, latitude ? other->value : value};
        *other = reader->pending[--reader->pending_count];
        return true;
    }
    if (reader->pending_count == reader->pending_capacity && !pending_grow(reader)) return false;
    reader->pending[reader->pending_count++] = (struct pending_axis){event->object, event->level, plan->pair, latitude, value};
    return true;
}

/* How many brackets stand right before a value, to two. */
static int brackets_before(const struct unit_reader *reader, const struct json_event *event)
{
    const char *at = reader->block->bytes + event->start;
    int count = 0;
    for (; at > reader->block->bytes && count < 2; at--) {
        if (at[-1] == '[') count++;
        else if (at[-1] == '\0' || strchr(" \t\r\n\"", at[-1]) == NULL) break;
    }
    return count;
}

/* The parts of an angle as "35,41,22.2" or "35/1,41/1,222/10". */
static struct span angle_join(struct unit_reader *reader, const struct axis_array *array)
{
    size_t length = 0;
    for (size_t i = 0; i < array->count; i++) length += array->parts[i].len + 1;
    char *joined = detect_scratch(reader->detect, length), *to = joined;
    if (joined == NULL) return (struct span){NULL, 0};
    for (size_t i = 0; i < array->count; i++) {
        if (i > 0) *to++ = array->nested && i % 2 == 1 ? '/' : ',';
        memcpy(to, array->parts[i].at, array->parts[i].len);
        to += array->parts[i].len;
    }
    return (struct span){joined, (size_t)(to - joined)};
}

/* An element of an array under the name of an axis: three of them, with a hemisphere beside them, are an angle, as in
 * EXIF. Which elements of two longer arrays belong together is not said. */
static __attribute__((noinline)) bool take_axis_part(struct unit_reader *reader, const struct json_event *event, const struct field_plan *plan,
                                                     struct span value)
{
    struct axis_array *array = &reader->axis_array;
    int brackets = brackets_before(reader, event);
    bool goes_on = array->object == event->object && array->node == event->node && (brackets == 0 || (brackets == 1 && array->nested));
    if (!goes_on) *array = (struct axis_array){event->object, event->node, brackets == 2, 0, {{NULL, 0}}};
    if (array->count < AXIS_PARTS_MAX) array->parts[array->count] = value;
    array->count++;
    if (plan->role > ROLE_LONGITUDE || array->count != (array->nested ? AXIS_PARTS_MAX : AXIS_PARTS_MAX / 2)) return true;
    struct span angle = angle_join(reader, array);
    return angle.at != NULL && take_axis(reader, event, plan, angle);
}

static struct geometry *geometry_of(struct unit_reader *reader, uint32_t object)
{
    struct geometry *geometry = &reader->geometry;
    if (geometry->object != object) {
        reader->awaits = true;
        geometry->object = object;
        geometry->is_point = geometry->is_line = false;
        geometry->count = 0;
    }
    return geometry;
}

static __attribute__((noinline)) void geometry_book(struct unit_reader *reader, struct sighting *sighting)
{
    struct geometry *geometry = &reader->geometry;
    size_t wanted = geometry->is_line || (geometry->is_point && geometry->count == 1) ? geometry->count : 0;
    sighting->fixes_are = geometry->is_line ? FIX_LISTED : FIX_FIELD;
    for (size_t i = 0; i < wanted; i++) {
        const struct tuple *tuple = &geometry->tuples[i];
        if (tuple->count == 2 || tuple->count == 3) detect_pair(reader->detect, tuple->axes[1], tuple->axes[0], sighting);
    }
    sighting->fixes_are = FIX_AXES;
    geometry->object = 0;
    geometry->count = 0;
}

/* Two numbers with a fraction, of which the one that can be no latitude is the longitude. */
static __attribute__((noinline)) void place_book(struct unit_reader *reader)
{
    struct place_array *place = &reader->place_array;
    const struct span *axes = place->tuple.axes;
    if (place->tuple.count == 2) {
        struct coordinate first = coordinate_read(axes[0]), second = coordinate_read(axes[1]);
        bool swaps = place->latitude_first ? first.value_e7 > INT64_C(90) * DEGREE_E7 || first.value_e7 < INT64_C(-90) * DEGREE_E7
                                           : second.value_e7 > INT64_C(90) * DEGREE_E7 || second.value_e7 < INT64_C(-90) * DEGREE_E7;
        bool latitude_first = place->latitude_first != swaps;
        struct sighting *sighting = &reader->levels[place->level].sighting;
        sighting->fixes_are = place->several ? FIX_LISTED : FIX_FIELD;
        if (first.valid && second.valid && first.decimals > 0 && second.decimals > 0)
            detect_pair(reader->detect, axes[latitude_first ? 0 : 1], axes[latitude_first ? 1 : 0], sighting);
        sighting->fixes_are = FIX_AXES;
    }
    place->object = 0;
}

/* Whether a value is more than a number of degrees. */
static bool exceeds_a_number(struct span value)
{
    enum { DEGREES_BYTES_MAX = 13 };
    if (value.len > DEGREES_BYTES_MAX) return true;
    size_t i = 0;
    while (i < value.len && ((unsigned char)(value.at[i] - '0') <= 9 || memchr("+-. ", value.at[i], 4) != NULL)) i++;
    return i < value.len;
}

/* An axis that met no other half is a value like any other. */
static __attribute__((noinline)) void axis_search(struct unit_reader *reader, const struct pending_axis *axis)
{
    if (exceeds_a_number(axis->value)) detect_bytes(reader->detect, axis->value, false, &reader->levels[axis->level].sighting);
}

static inline __attribute__((always_inline)) void object_close(struct unit_reader *reader, uint32_t object, uint32_t level)
{
    if (!reader->awaits) return;
    if (reader->last_pair.object == object || (reader->last_pair.object & HOLDER_BIT) != 0) pair_book(reader);
    while (reader->note_count > 0 && reader->notes[reader->note_count - 1].object == object) reader->note_count--;
    while (reader->pending_count > 0 && reader->pending[reader->pending_count - 1].object == object) axis_search(reader, &reader->pending[--reader->pending_count]);
    if (reader->place_array.object == object) place_book(reader);
    if (reader->geometry.object == object) geometry_book(reader, &reader->levels[level].sighting);
    reader->awaits = (reader->last_pair.object | reader->place_array.object | reader->geometry.object) != 0 || reader->note_count > 0 || reader->pending_count > 0;
}

/* Whether a value in the block has anything to look for. A candidate's bit may stand on the byte behind it; those of others do not, since
 * no value ends before such a byte. */
static inline __attribute__((always_inline)) bool is_worth(const struct unit_reader *reader, const struct json_event *event)
{
    size_t start = event->start, length = event->end - start;
    if (length >= BITS_WINDOW) return bits_any(&reader->words->worth, start, start + length + 1);
    return bits_window(&reader->words->worth, start) << (BITS_WINDOW - 1 - length) != 0;
}

static void search_plain(struct unit_reader *reader, const struct json_event *event, struct span value, struct sighting *sighting)
{
    const char *bytes = reader->block->bytes;
    sighting->fixes_are = event->in_array ? FIX_LISTED : FIX_AXES;
    if (value.at != bytes + event->start) detect_bytes(reader->detect, value, false, sighting);
    else detect_text(reader->detect, &(struct shaped_text){bytes, reader->words, event->start, event->end, false}, false, sighting);
    sighting->fixes_are = FIX_AXES;
}

/* Searches a text that came before, for the sake of what the next time will be known of it. Returns whether it holds nothing, nor
 * anything that is counted. */
static __attribute__((noinline)) bool is_bare(struct unit_reader *reader, const struct json_event *event, struct span value)
{
    const struct detect_counts before = *detect_counts(reader->detect);
    const struct sighting *sighting = &reader->sighting;
    sighting_reset(&reader->sighting); /* what is known already would hide what a text says again */
    search_plain(reader, event, value, &reader->sighting);
    bool finds = sighting->has_customer || sighting->has_time || sighting->identifier_count > 0 || sighting->fix_count > 0 || sighting->findings > 0;
    bool bare = !finds && memcmp(&before, detect_counts(reader->detect), sizeof before) == 0;
    detect_counts_restore(reader->detect, &before);
    return bare;
}

/* What is known of a text as it stands, but for kinds of the profile's own, whose patterns may reach a limit; NULL: nothing. */
static struct bare_text *bare_find(struct unit_reader *reader, const struct json_event *event)
{
    size_t length = event->end - event->start;
    if (event->kind != JSON_STRING || length == 0 || length > BARE_TEXT_MAX || !detect_is_repeatable(reader->detect)) return NULL;
    return bare_text_find(&reader->bare_texts, (struct span){reader->block->bytes + event->start, length});
}

static void search_worthy(struct unit_reader *reader, const struct json_event *event, struct bare_text *known, struct span value,
                          struct sighting *sighting)
{
    if (known != NULL && known->state == BARE_MET) known->state = is_bare(reader, event, value) ? BARE_KNOWN : BARE_HOLDS;
    if (known == NULL || known->state != BARE_KNOWN) search_plain(reader, event, value, sighting);
}

/* A string with escapes, which are undone. False: no memory. */
static __attribute__((noinline)) bool search_escaped(struct unit_reader *reader, const struct json_event *event, struct sighting *sighting)
{
    struct bare_text *known = bare_find(reader, event);
    if (known != NULL && known->state == BARE_KNOWN) return true;
    struct span value = {reader->block->bytes + event->start, event->end - event->start};
    char *plain = detect_scratch(reader->detect, value.len);
    if (plain == NULL) return false;
    search_worthy(reader, event, known, (struct span){plain, record_json_unescape(value, plain)}, sighting);
    return true;
}

static __attribute__((noinline)) void search_value(struct unit_reader *reader, const struct json_event *event, struct span value, struct sighting *sighting)
{
    if (value.at != reader->block->bytes + event->start) {
        search_plain(reader, event, value, sighting);
        return;
    }
    bool wanted = event->kind != JSON_SCALAR ? is_worth(reader, event) || (unsigned char)value.at[0] >= FULL_WIDTH_LEAD ||
                                                   marks_any(reader->marks, event->start, event->end) ||
                                                   unit_has_other_bytes(reader, event->start, event->end)
                                             : bits_any(&reader->words->candidate, event->start, event->end + 1);
    bool custom = detect_searches_customs(reader->detect) && event->end > event->start &&
                  (detect_may_be_custom(reader->detect, event->start, event->end) || unit_has_other_bytes(reader, event->start, event->end));
    if (!custom && (!wanted || unit_is_long_word(reader, event->start, event->end))) return;
    search_worthy(reader, event, bare_find(reader, event), value, sighting);
}

/* Whether a value is the first of its array: a bracket stands before it. */
static bool is_first(const struct unit_reader *reader, const struct json_event *event)
{
    const char *at = reader->block->bytes + event->start;
    while (at > reader->block->bytes && strchr(" \t\r\n", at[-1]) != NULL && at[-1] != '\0') at--;
    return at > reader->block->bytes && at[-1] == '[';
}

/* null, true or false. */
static bool is_word(struct span scalar)
{
    return scalar.at[0] == 'n' || scalar.at[0] == 't' || scalar.at[0] == 'f';
}

static void tuple_add(struct tuple *tuple, struct span value)
{
    if (tuple->count < 2) tuple->axes[tuple->count] = value;
    tuple->count++;
}

static bool take_coordinate(struct unit_reader *reader, const struct json_event *event, struct span value)
{
    struct geometry *geometry = geometry_of(reader, event->object);
    if (geometry->count == 0 || is_first(reader, event)) {
        if (geometry->count == geometry->capacity) {
            size_t capacity = 2 * geometry->capacity + 4;
            struct tuple *tuples = realloc(geometry->tuples, capacity * sizeof *tuples);
            if (tuples == NULL) return false;
            geometry->tuples = tuples;
            geometry->capacity = capacity;
        }
        geometry->tuples[geometry->count++].count = 0;
    }
    tuple_add(&geometry->tuples[geometry->count - 1], value);
    return true;
}

static void take_place(struct unit_reader *reader, const struct json_event *event, uint8_t kind, struct span value)
{
    struct place_array *place = &reader->place_array;
    if (is_first(reader, event)) {
        bool several = place->object == event->object;
        if (place->object != 0) place_book(reader);
        reader->awaits = true;
        *place = (struct place_array){event->object, event->level, kind == NODE_PLACE_LATITUDE_FIRST, several, {0}};
    }
    if (place->object == event->object) tuple_add(&place->tuple, value);
}

/* Names of geometries whose positions count. */
static bool may_be_geometry(size_t length)
{
    return length == 5 || length == 10 || length == 15;
}

static void take_type(struct unit_reader *reader, const struct json_event *event, struct span value)
{
    static const char *const lines[] = {"LineString", "MultiPoint", "MultiLineString"};
    if (!may_be_geometry(value.len)) return;
    if (value.len == 5 && memcmp(value.at, "Point", 5) == 0) geometry_of(reader, event->object)->is_point = true;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (value.len == strlen(lines[i]) && memcmp(value.at, lines[i], value.len) == 0) geometry_of(reader, event->object)->is_line = true;
}

/* What a place is made of. Returns whether the value is nothing else; *enough: false where there is no memory. */
static bool take_geometry(struct unit_reader *reader, const struct json_event *event, uint8_t kind, struct span value, bool *enough)
{
    *enough = true;
    if (kind == NODE_TYPE) {
        take_type(reader, event, value);
        return false;
    }
    if (event->kind != JSON_SCALAR) return false;
    if (kind == NODE_COORDINATES) {
        *enough = take_coordinate(reader, event, value);
        return true;
    }
    if (event->in_array) take_place(reader, event, kind, value);
    return event->in_array && memchr(value.at, '.', value.len) != NULL; /* whole numbers may be something else */
}

static __attribute__((noinline)) bool take_value(struct unit_reader *reader, const struct json_event *event)
{
    const struct node_plan *plan = &reader->nodes[event->node];
    struct span value = {reader->block->bytes + event->start, event->end - event->start};
    struct sighting *sighting = &reader->levels[event->level].sighting;
    if (event->has_escape && plan->plainly == PLAIN_TEXT) return search_escaped(reader, event, sighting);
    if (event->has_escape) {
        char *plain = detect_scratch(reader->detect, value.len);
        if (plain == NULL) return false;
        value = (struct span){plain, record_json_unescape(value, plain)};
    }
    if (event->kind == JSON_SCALAR && is_word(value)) return true;
    bool enough;
    if (plan->kind != NODE_PLAIN && take_geometry(reader, event, plan->kind, value, &enough)) return enough;
    if (plan->take == TAKE_NOTE && take_note(reader, event, &plan->field, value)) return true;
    if (plan->take == TAKE_AXIS && event->in_array) return take_axis_part(reader, event, &plan->field, value);
    if (plan->take == TAKE_AXIS && plan->typed_in != 0) {
        struct json_event held = *event;
        held.object = plan->typed_in;
        return take_axis(reader, &held, &plan->field, value);
    }
    if (plan->take == TAKE_AXIS) return take_axis(reader, event, &plan->field, value);
    if (plan->take == TAKE_FIELD) {
        bool understood = detect_field(reader->detect, &plan->field, value, sighting);
        bool other = plan->field.role != ROLE_IDENTIFIER && plan->field.role != ROLE_CODE && plan->field.role != ROLE_TIME;
        if (understood || other) return true;
    }
    search_value(reader, event, value, sighting);
    return true;
}

/* Whether a text without escapes is passed over at a glance. */
static inline __attribute__((always_inline)) bool is_nothing(const struct unit_reader *reader, const struct json_event *event, struct span value)
{
    return (unsigned char)value.at[0] < reader->member_lead && !is_worth(reader, event);
}

/* take_value for the values that are most by far: they mean what their bytes say, and so do their nodes. */
static inline __attribute__((always_inline)) bool take_quickly(struct unit_reader *reader, const struct json_event *event, const char *bytes)
{
    const struct node_plan *plan = &reader->nodes[event->node];
    struct span value = {bytes + event->start, event->end - event->start};
    bool has_other_form = event->has_escape || event->in_array || (event->kind == JSON_SCALAR && is_word(value));
    if (has_other_form) return take_value(reader, event);
    switch ((enum plain_take)plan->plainly) {
    case PLAIN_TEXT:
        if (!is_nothing(reader, event, value)) search_value(reader, event, value, &reader->levels[event->level].sighting);
        return true;
    case PLAIN_TYPE:
        if (may_be_geometry(value.len)) take_type(reader, event, value);
        if (!is_nothing(reader, event, value)) search_value(reader, event, value, &reader->levels[event->level].sighting);
        return true;
    case PLAIN_FIELD: {
        struct sighting *sighting = &reader->levels[event->level].sighting;
        bool understood = detect_field(reader->detect, &plan->field, value, sighting);
        bool other = plan->field.role != ROLE_IDENTIFIER && plan->field.role != ROLE_CODE && plan->field.role != ROLE_TIME;
        if (!understood && !other) search_value(reader, event, value, sighting);
        return true;
    }
    case PLAIN_AXIS:
        return take_axis(reader, event, &plan->field, value);
    default:
        return take_value(reader, event);
    }
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

static bool has_name(const struct sighting *sighting)
{
    return sighting->has_customer && sighting->customer_rank < ROLE_RANK_EMAIL;
}

/* Which level names the customer and the time of each, once somebody asks. Levels stand behind those around them. */
static void headings_find(struct unit_reader *reader)
{
    if (reader->chains_cut) return;
    reader->chains_cut = true;
    for (size_t i = 0; i < reader->level_count; i++) {
        struct level *level = &reader->levels[i];
        const struct sighting *own = &level->sighting;
        level->named_by = has_name(own) ? (uint32_t)i : i > 0 ? reader->levels[level->parent].named_by : UINT32_MAX;
        level->timed_by = own->has_time ? (uint32_t)i : i > 0 ? reader->levels[level->parent].timed_by : UINT32_MAX;
    }
}

static void heading_name(struct sighting *heading, const struct sighting *named)
{
    if (heading->has_customer || !has_name(named)) return;
    heading->has_customer = true;
    heading->customer_rank = named->customer_rank;
    heading->customer = named->customer;
}

static void heading_time(struct sighting *heading, const struct sighting *timed)
{
    if (heading->has_time || !timed->has_time) return;
    heading->has_time = true;
    heading->time_s = timed->time_s;
}

/* Ends a chain before a level (UINT32_MAX: none of the value in hand) or before one of the outer ones: of it and those
 * around it the customer and the time alone are inherited. */
static bool chain_cut(struct unit_reader *reader, size_t *depth, uint32_t level, size_t outer_count)
{
    reader->counts->cut_off++;
    reader->heading = (struct sighting){0};
    if (level != UINT32_MAX) {
        headings_find(reader);
        uint32_t named_by = reader->levels[level].named_by, timed_by = reader->levels[level].timed_by;
        if (named_by != UINT32_MAX) heading_name(&reader->heading, &reader->levels[named_by].sighting);
        if (timed_by != UINT32_MAX) heading_time(&reader->heading, &reader->levels[timed_by].sighting);
    }
    for (size_t i = outer_count; i > 0; i--) {
        heading_name(&reader->heading, &reader->outer[i - 1].sighting);
        heading_time(&reader->heading, &reader->outer[i - 1].sighting);
    }
    return chain_push(reader, depth, &reader->heading);
}

/* Whether a unit may inherit so much. */
static bool may_inherit(const struct unit_reader *reader, uint64_t cost)
{
    return cost <= INHERITED_AT_LEAST || cost <= reader->inherited_left;
}

/* Puts a level and those it inherits from into the chain. Returns how many; 0: no memory. What many units inherit from
 * many levels grows as the square of their number, so the value in hand has a bound for it. */
static size_t chain_make(struct unit_reader *reader, uint32_t level)
{
    size_t depth = 0, outer = reader->outer_count;
    uint64_t cost = 0;
    for (; level != UINT32_MAX; level = reader->levels[level].heir_of) {
        const struct sighting *sighting = &reader->levels[level].sighting;
        uint64_t more = depth > 0 ? 1 + sighting->identifier_count : 0;
        if (!may_inherit(reader, cost + more)) {
            if (!chain_cut(reader, &depth, level, outer)) return 0;
            outer = 0;
            break;
        }
        cost += more;
        if (!chain_push(reader, &depth, sighting)) return 0;
    }
    for (; outer > 0; outer--) {
        const struct sighting *sighting = &reader->outer[outer - 1].sighting;
        uint64_t more = 1 + sighting->identifier_count;
        if (!has_heritage(sighting)) continue;
        if (!may_inherit(reader, cost + more)) {
            if (!chain_cut(reader, &depth, UINT32_MAX, outer)) return 0;
            break;
        }
        cost += more;
        if (!chain_push(reader, &depth, sighting)) return 0;
    }
    reader->inherited_left -= cost < reader->inherited_left ? cost : reader->inherited_left;
    return depth;
}

/* The level that says whose a unit is whose chain this is; UINT32_MAX: none, or one that this value does not have. */
static uint32_t naming_level(const struct unit_reader *reader, size_t depth)
{
    const struct sighting *naming = NULL;
    for (size_t i = 0; i < depth && (naming == NULL || !has_name(naming)); i++)
        if (has_name(reader->chain[i]) || (naming == NULL && reader->chain[i]->has_customer)) naming = reader->chain[i];
    uintptr_t at = (uintptr_t)naming, first = (uintptr_t)reader->levels, behind = (uintptr_t)(reader->levels + reader->level_count);
    return at >= first && at < behind ? (uint32_t)((at - first) / sizeof *reader->levels) : UINT32_MAX;
}

/* Books the unit that the chain is of: on each of the customers who are named together. Where these are many, units inside of what
 * they are named by are nobody's. */
static enum status book_chain(struct unit_reader *reader, uint32_t unit, size_t depth, struct fault *fault)
{
    uint32_t level = reader->joint_count == 0 ? UINT32_MAX : naming_level(reader, depth);
    const struct joint *joint = NULL;
    size_t count = level == UINT32_MAX ? 0 : joint_of(reader, level, &joint);
    if (count == 0) return unit_book(reader, reader->chain, depth, fault);
    struct sighting *naming = &reader->levels[level].sighting;
    const struct span first = naming->customer;
    enum status status = STATUS_OK;
    if (count > JOINT_INHERITED_MAX && unit != level) {
        naming->has_customer = false;
        status = unit_book(reader, reader->chain, depth, fault);
        naming->has_customer = true;
        return status;
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        naming->customer = joint[i].customer;
        status = unit_book(reader, reader->chain, depth, fault);
    }
    naming->customer = first;
    return status;
}

enum status json_book_levels(struct unit_reader *reader, uint64_t inherited, struct fault *fault)
{
    reader->inherited_left = inherited;
    reader->chains_cut = false;
    for (size_t i = 0; i < reader->level_count; i++) {
        struct level *level = &reader->levels[i];
        const struct level *parent = &reader->levels[level->parent];
        level->heir_of = i == 0 ? UINT32_MAX : has_heritage(&parent->sighting) ? level->parent : parent->heir_of;
        if (level->is_kept || (level->has_inner && level->sighting.fix_count == 0 && !level->stands_alone)) continue;
        size_t depth = chain_make(reader, (uint32_t)i);
        if (depth == 0) return unit_no_memory(fault);
        enum status status = book_chain(reader, (uint32_t)i, depth, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* What all units of a value may inherit. An element of a part has no more than its own bytes give it, since how many
 * elements a part has is by chance. */
static uint64_t inherited_of(const struct unit_reader *reader, size_t value_length)
{
    return (reader->outer_count > 0 ? 0 : INHERITED_FREELY) + (uint64_t)INHERITED_PER_BYTE * value_length;
}

/* Finds the levels that name somebody whom no unit inside of them is booked on. */
static void levels_stand(struct unit_reader *reader)
{
    const struct joint *joint;
    reader->chains_cut = false;
    headings_find(reader);
    for (uint32_t i = 0; i < reader->level_count; i++) reader->levels[i].stands_alone = reader->levels[i].has_inner && reader->levels[i].named_by == i;
    for (uint32_t i = 0; i < reader->level_count; i++) {
        const struct level *level = &reader->levels[i];
        bool is_unit = !level->has_inner || level->sighting.fix_count > 0;
        if (is_unit && level->named_by != UINT32_MAX && joint_of(reader, level->named_by, &joint) <= JOINT_INHERITED_MAX)
            reader->levels[level->named_by].stands_alone = false;
    }
}

/* The events behind the value were lost with reading it. */
static enum status read_again(struct unit_reader *reader, enum status status, size_t behind)
{
    reader->behind = behind;
    return status == STATUS_OK ? STATUS_END : status;
}

/* What the levels of the value in hand name. */
struct levels_named {
    bool several; /* one of them two customers by one field */
    bool inner;   /* some but the outermost a customer */
};

static inline struct levels_named levels_named(const struct unit_reader *reader)
{
    struct levels_named named = {reader->levels[0].sighting.several, false};
    for (const struct level *level = reader->levels + 1, *end = reader->levels + reader->level_count; level < end; level++) {
        named.several |= level->sighting.several;
        named.inner |= level->sighting.has_customer;
    }
    return named;
}

enum status json_book(struct unit_reader *reader, size_t value_length, struct fault *fault)
{
    if (reader->joint_count > 0 || levels_named(reader).inner) levels_stand(reader);
    return json_book_levels(reader, inherited_of(reader, value_length), fault);
}

/* A value that has ended: it may have to be read object by object, if a level names several customers, there are twins in it, or
 * objects in a value so long that one of them may be a map for its length. */
static enum status value_end(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    struct levels_named named = levels_named(reader);
    bool may_be_long = end - start > MAP_BYTES_MIN && reader->closed_count >= reader->level_count;
    if (named.several || reader->twins.met || may_be_long) return read_again(reader, json_again(reader, start, end, fault), end);
    if (named.inner) levels_stand(reader);
    return json_book_levels(reader, inherited_of(reader, end - start), fault);
}

static bool is_separators(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r,[]{}", *at) != NULL && *at != '\0') at++;
    return at == end;
}

enum status json_outside(struct unit_reader *reader, size_t at, size_t end, struct fault *fault)
{
    const char *bytes = reader->block->bytes;
    enum status status = STATUS_OK;
    while (at < end && status == STATUS_OK) {
        size_t line_end = bits_next(&reader->words->newline, at, end);
        if (!is_separators(bytes + at, bytes + line_end)) status = text_units(reader, at, line_end, fault);
        at = line_end + 1;
    }
    return status;
}

/* Text outside of objects in which one may be hidden, behind a quote that is none: line by line, as blocks may be cut, so that it does
 * not show where they are. */
static enum status json_hidden(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    const char *bytes = reader->block->bytes;
    enum status status = STATUS_OK;
    for (size_t at = start, next; at < end && status == STATUS_OK; at = next) {
        next = record_json_text_line(bytes, at, end);
        bool may_hide = memchr(bytes + at, '{', next - at) != NULL;
        status = may_hide ? json_salvage(reader, at, next, false, fault) : json_outside(reader, at, next, fault);
    }
    return status;
}

/* What is not a field. STATUS_END: the range is done, or its events are to be made anew. */
static enum status json_event(struct unit_reader *reader, const struct json_event *event, struct fault *fault)
{
    size_t start = event->start, end = event->end; /* reading again has events of its own in its place */
    switch ((enum json_event_kind)event->kind) {
    case JSON_VALUE_END:
        object_close(reader, event->object, event->level);
        reader->goes_on = false;
        return value_end(reader, start, end, fault);
    case JSON_BROKEN:
        if (reader->goes_on) detect_counts_restore(reader->detect, &reader->counts_before);
        reader->goes_on = false;
        return read_again(reader, json_salvage(reader, start, end, true, fault), end);
    case JSON_TEXT:
        if (memchr(reader->block->bytes + start, '{', end - start) == NULL) return json_outside(reader, start, end, fault);
        return read_again(reader, json_hidden(reader, start, end, fault), end);
    case JSON_END:
        return STATUS_END;
    default:
        return unit_no_memory(fault);
    }
}

bool json_take(struct unit_reader *reader, const struct json_event *event)
{
    if (event->kind == JSON_LEVEL_OPEN) return level_open(reader, event->level, event->parent);
    if (event->kind != JSON_OBJECT_CLOSE && event->kind != JSON_VALUE_END) return take_value(reader, event);
    object_close(reader, event->object, event->level);
    return true;
}

void json_objects_forget(struct unit_reader *reader, uint32_t first)
{
    while (reader->note_count > 0 && reader->notes[reader->note_count - 1].object >= first) reader->note_count--;
    while (reader->pending_count > 0 && reader->pending[reader->pending_count - 1].object >= first) reader->pending_count--;
    if (reader->last_pair.object >= first) reader->last_pair.object = 0;
    if (reader->place_array.object >= first) reader->place_array.object = 0;
    if (reader->geometry.object >= first) reader->geometry.object = 0;
}

static enum status json_events(struct unit_reader *reader, const struct json_event *event, const struct json_event *end,
                               struct fault *fault)
{
    const struct json_event *from = event;
    const char *bytes = reader->block->bytes;
    for (; event < end; event++) {
        if (event->kind == JSON_STRING || event->kind == JSON_SCALAR) {
            if (!take_quickly(reader, event, bytes)) return unit_no_memory(fault);
        } else if (event->kind == JSON_OBJECT_CLOSE) {
            reader->closed_count++;
            object_close(reader, event->object, event->level);
        } else if (event->kind == JSON_LEVEL_OPEN) {
            if (!level_open(reader, event->level, event->parent)) return unit_no_memory(fault);
        } else if (event->kind == JSON_NAME) {
            if (!take_value(reader, event)) return unit_no_memory(fault);
        } else {
            if (reader->twins.any) twins_meet(reader, from, event);
            from = event + 1;
            enum status status = json_event(reader, event, fault);
            reader->twins.met = false;
            reader->twins.value++;
            if (status != STATUS_OK) return status;
        }
    }
    if (reader->twins.any) twins_meet(reader, from, end);
    return STATUS_OK;
}

/* Once a dump with ever new keys has made many. */
void json_forget_nodes(struct unit_reader *reader)
{
    if (record_json_node_count(reader->json) < JSON_NODES_MAX) return;
    record_json_nodes_reset(reader->json);
    reader->node_count = 0;
    twins_forget(reader);
}

size_t json_fill(struct unit_reader *reader, size_t *unfinished)
{
    size_t count = record_json_fill(reader->json, reader->events, JSON_EVENTS, unfinished);
    if (record_json_node_count(reader->json) == reader->node_count) return count;
    bool had_twins = reader->twins.any;
    if (!plan_nodes(reader)) return 0;
    reader->twins.met |= reader->goes_on && !had_twins && reader->twins.any; /* the events before were not held against it */
    return count;
}

static void json_begin(struct unit_reader *reader, size_t start)
{
    if (reader->by_lines) record_json_begin_lines(reader->json, reader->block->bytes, reader->words, start, reader->range_end);
    else record_json_begin(reader->json, reader->block->bytes, reader->words, start, reader->range_end);
}

/* Counts are kept from before the first event of a value that goes on behind those in hand, since it may still turn out
 * to be none. */
static enum status json_read(struct unit_reader *reader, struct fault *fault)
{
    json_plans_of_object(reader);
    const struct json_event *events = reader->events;
    reader->goes_on = false;
    for (;;) {
        if (!reader->goes_on && reader->block->context.length == 0) json_forget_nodes(reader);
        size_t first, count = json_fill(reader, &first);
        if (count == 0) return unit_no_memory(fault);
        enum status status = json_events(reader, events, events + (first < count ? first : count), fault);
        if (first < count && status == STATUS_OK) {
            reader->counts_before = *detect_counts(reader->detect);
            reader->goes_on = true;
            status = json_events(reader, events + first, events + count, fault);
        }
        if (status == STATUS_END && reader->behind > 0) {
            json_begin(reader, reader->behind);
            reader->behind = 0;
            reader->goes_on = false;
            status = STATUS_OK;
        }
        if (status != STATUS_OK) return status == STATUS_END ? STATUS_OK : status;
    }
}

static enum status json_range(struct unit_reader *reader, size_t start, size_t end, bool by_lines, struct fault *fault)
{
    reader->range_end = end;
    reader->by_lines = by_lines;
    json_begin(reader, start);
    return json_read(reader, fault);
}

enum status json_units(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    return json_range(reader, start, end, false, fault);
}

enum status json_lines(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    return json_range(reader, start, end, true, fault);
}
