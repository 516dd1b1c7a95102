#include "unit_reader.h"

#include <stdlib.h>

enum { EFFORT_PER_BYTE = 16 }; /* objects of a context, one in the other, are looked through so many times over at most */

/* The context of a part, in hand. Its chain are the levels that enclose the part; the others are elements among what a level has
 * of its own, and count with it. */
struct context_reading {
    const struct part_context *context;
    struct detect_counts before;
    uint32_t chain[PART_LEVELS_MAX], chain_count; /* levels */
    size_t effort;          /* bytes that may still be looked through */
    uint32_t kept;          /* of the chain: levels that go on behind the part */
    uint32_t root;          /* the node of the elements */
    struct json_event name; /* the event before, if its kind is JSON_NAME: that of a level which begins is the level's */
    bool is_late;           /* what comes now stands behind elements of earlier parts */
    bool had_customer, had_time; /* of the innermost of the chain, before that */
    size_t had_identifiers;
};

static int by_place(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static struct level *innermost(const struct unit_reader *reader, const struct context_reading *reading)
{
    return &reader->levels[reading->chain[reading->chain_count - 1]];
}

/* The byte behind the object that begins at a place; 0 where too much was looked through before. */
static size_t object_end(const struct unit_reader *reader, struct context_reading *reading, uint32_t start)
{
    size_t left = reading->context->length - start, reach = left < reading->effort ? left : reading->effort;
    size_t end = record_json_value_end(reader->block->bytes, start, start + reach);
    reading->effort -= end > 0 ? end - start : reach;
    return end;
}

/* Whether elements stood in the object that begins at a place. */
static bool had_elements(const struct unit_reader *reader, struct context_reading *reading, uint32_t start)
{
    const struct part_context *context = reading->context;
    bool had = false;
    if (context->stood_count == 0 || context->stood[context->stood_count - 1] < start) return false;
    size_t end = object_end(reader, reading, start);
    for (uint32_t i = 0; i < context->stood_count; i++) had |= start < context->stood[i] && context->stood[i] < end;
    return had;
}

/* A level's own fields are counted once, where it ends. */
static bool context_level(struct unit_reader *reader, struct context_reading *reading, const struct json_event *event)
{
    const struct part_context *context = reading->context;
    bool is_other = reading->chain_count == context->level_count;
    if (context->level_start_count > 0) is_other |= event->start != context->level_starts[reading->chain_count];
    if (!is_other && reading->chain_count == reading->kept && reading->kept > 0) detect_counts_restore(reader->detect, &reading->before);
    if (!json_take(reader, event)) return false;
    reader->levels[event->level].is_kept = is_other ? reader->levels[event->parent].is_kept : reading->chain_count < reading->kept;
    if (is_other) reader->levels[event->level].has_inner = had_elements(reader, reading, event->start);
    else reading->chain[reading->chain_count++] = event->level;
    return true;
}

static bool context_value(struct unit_reader *reader, struct context_reading *reading, const struct json_event *event)
{
    if (reading->kept == reading->context->level_count && event->start == reading->context->inside) {
        /* Members of an object stand where the one of no meaning does, which is a member then. */
        reading->root = event->in_array ? event->node : record_json_node_place(reader->json, event->node).parent;
        return true;
    }
    if (!reading->is_late && event->start >= reading->context->late) {
        const struct sighting *sighting = &innermost(reader, reading)->sighting;
        reading->is_late = true;
        reading->had_customer = sighting->has_customer;
        reading->had_time = sighting->has_time;
        reading->had_identifiers = sighting->identifier_count;
    }
    return json_take(reader, event);
}

/* Moves the levels that go on to the front. */
static void chain_move(struct unit_reader *reader, const struct context_reading *reading)
{
    for (uint32_t i = 0; i < reading->kept; i++) {
        struct level level = reader->levels[i];
        reader->levels[i] = reader->levels[reading->chain[i]];
        reader->levels[reading->chain[i]] = level;
    }
}

/* Lends the levels that go on to the units of the part, and books those that end. */
static enum status context_end(struct unit_reader *reader, const struct context_reading *reading, struct fault *fault)
{
    const struct part_context *context = reading->context;
    struct level *level = innermost(reader, reading);
    const struct sighting *sighting = &level->sighting;
    enum status status = STATUS_OK;
    bool is_late = reading->is_late && (sighting->has_customer != reading->had_customer || sighting->has_time != reading->had_time ||
                                        sighting->identifier_count != reading->had_identifiers);
    reader->counts->late |= is_late;
    level->has_inner |= context->has_inner;
    level->stands_alone |= is_late; /* what is not inherited counts as a unit of its own */
    if (context->ending_count == 0) detect_counts_restore(reader->detect, &reading->before);
    else status = json_book_levels(reader, 0, fault);
    chain_move(reader, reading);
    struct level *levels = reader->levels;
    size_t capacity = reader->level_capacity;
    reader->levels = reader->outer;
    reader->level_capacity = reader->outer_capacity;
    reader->outer = levels;
    reader->outer_capacity = capacity;
    reader->outer_count = reading->kept;
    return status;
}

/* False: no memory. */
static bool context_event(struct unit_reader *reader, struct context_reading *reading, const struct json_event *event)
{
    struct json_event name = reading->name;
    reading->name.kind = JSON_END;
    if (event->kind == JSON_LEVEL_OPEN) {
        if (!context_level(reader, reading, event)) return false;
        name.place = event->place;
    }
    if (name.kind == JSON_NAME && !context_value(reader, reading, &name)) return false;
    switch ((enum json_event_kind)event->kind) {
    case JSON_STRING:
    case JSON_SCALAR:
        return context_value(reader, reading, event);
    case JSON_NAME:
        reading->name = *event;
        return true;
    case JSON_OBJECT_CLOSE:
    case JSON_VALUE_END:
        return json_take(reader, event);
    default:
        return event->kind != JSON_NO_MEMORY;
    }
}

/* Reads the context up to its levels. *is_whole: it is one. False: no memory. */
static bool context_read(struct unit_reader *reader, struct context_reading *reading, const uint32_t *levels, size_t level_count, bool *is_whole)
{
    const char *bytes = reader->block->bytes;
    *is_whole = false;
    if (level_count == 0) record_json_begin(reader->json, bytes, reader->words, 0, reading->context->length);
    else record_json_begin_objects(reader->json, bytes, reader->words, 0, reading->context->length, levels, level_count);
    for (;;) {
        size_t first, count = json_fill(reader, &first);
        if (count == 0) return false;
        if (reader->twins.any) twins_meet(reader, reader->events, reader->events + count);
        for (const struct json_event *event = reader->events; event < reader->events + count; event++) {
            if (!context_event(reader, reading, event)) return false;
            *is_whole = event->kind == JSON_VALUE_END;
            if (*is_whole || event->kind == JSON_BROKEN || event->kind == JSON_CUT || event->kind == JSON_TEXT || event->kind == JSON_END) return true;
        }
    }
}

/* The levels of a context that are not elements of arrays: those of its chain, and elements of maps but for what holds the part
 * itself. NULL: no memory. */
static uint32_t *levels_join(const struct unit_reader *reader, struct context_reading *reading, const uint32_t *found, size_t found_count, size_t *count)
{
    const struct part_context *context = reading->context;
    uint32_t *levels = malloc((found_count + PART_LEVELS_MAX) * sizeof *levels);
    *count = 0;
    for (size_t i = 0; i < found_count && levels != NULL; i++) {
        size_t end = object_end(reader, reading, found[i]);
        bool holds = end == 0 || (reading->kept == context->level_count && found[i] < context->inside && context->inside < end);
        for (size_t k = 0; k < context->level_start_count; k++) holds |= found[i] <= context->level_starts[k] && context->level_starts[k] < end;
        if (!holds) levels[(*count)++] = found[i];
    }
    for (size_t k = 0; k < context->level_start_count && levels != NULL; k++) levels[(*count)++] = context->level_starts[k];
    if (levels != NULL) qsort(levels, *count, sizeof *levels, by_place);
    return levels;
}

/* Reads the context again, where objects in it may be a map's. */
static bool context_again(struct unit_reader *reader, struct context_reading *reading)
{
    const struct part_context *context = reading->context;
    const uint32_t *found;
    size_t found_count, count;
    bool is_whole = false;
    detect_counts_restore(reader->detect, &reading->before);
    if (!json_maps_find(reader, 0, context->length, context->level_starts, context->level_start_count, &found, &found_count)) return false;
    detect_counts_restore(reader->detect, &reading->before);
    uint32_t *levels = levels_join(reader, reading, found, found_count, &count);
    reading->chain_count = 0;
    reading->is_late = false;
    bool enough = levels != NULL && context_read(reader, reading, levels, count, &is_whole);
    free(levels);
    return enough;
}

static bool names_several(const struct unit_reader *reader)
{
    bool several = false;
    for (size_t i = 0; i < reader->level_count; i++) several |= reader->levels[i].sighting.several;
    return several;
}

static enum status context_take(struct unit_reader *reader, struct context_reading *reading, struct fault *fault)
{
    bool is_whole = false;
    const struct part_context *context = reading->context;
    json_plans_of_object(reader);
    reader->twins.met = false;
    reader->goes_on = true; /* for twins that are found among later events */
    bool enough = context_read(reader, reading, context->level_starts, context->level_start_count, &is_whole);
    reader->goes_on = false;
    if (enough && is_whole && (reader->twins.met || names_several(reader))) enough = context_again(reader, reading);
    reader->twins.met = false;
    reader->twins.value++;
    if (!enough) return unit_no_memory(fault);
    if (is_whole) return context_end(reader, reading, fault);
    detect_counts_restore(reader->detect, &reading->before);
    return STATUS_OK;
}

enum status json_part(struct unit_reader *reader, struct fault *fault)
{
    const struct block *block = reader->block;
    struct context_reading reading = {.context = &block->context, .before = *detect_counts(reader->detect),
                                      .effort = EFFORT_PER_BYTE * block->context.length,
                                      .kept = block->context.level_count - block->context.ending_count, .name.kind = JSON_END};
    json_forget_nodes(reader);
    reader->counts->broken += block->context.is_broken;
    enum status status = context_take(reader, &reading, fault);
    if (status != STATUS_OK) return status;
    record_json_set_root(reader->json, reading.root);
    status = json_units(reader, block->context.length, block->length, fault);
    record_json_set_root(reader->json, 0);
    reader->outer_count = 0;
    return status;
}
