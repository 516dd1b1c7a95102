#include "json_maps.h"
#include "unit_reader.h"

#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"

enum {
    EFFORT_PER_BYTE = 8, /* what is no JSON is looked through for values so many times over at most, and so much more */
    EFFORT_FREELY = 64 * 1024
};

void json_again_close(struct unit_reader *reader)
{
    free(reader->twins.at);
    free(reader->twins.slots);
    free(reader->joint);
    json_maps_close(reader->maps);
}

/* ------------------------------------------------------------------ twins */

void twins_forget(struct unit_reader *reader)
{
    struct twins *twins = &reader->twins;
    if (twins->count == 0) return;
    memset(twins->slots, 0, ((size_t)twins->slot_mask + 1) * sizeof *twins->slots);
    twins->count = 0;
    twins->any = false;
}

static uint32_t *twin_slot(struct twins *twins, uint64_t key)
{
    uint32_t slot = (uint32_t)key & twins->slot_mask;
    while (twins->slots[slot] != 0 && twins->at[twins->slots[slot]].key != key) slot = (slot + 1) & twins->slot_mask;
    return &twins->slots[slot];
}

static bool twins_grow(struct twins *twins)
{
    uint32_t capacity = 2 * twins->capacity + 32;
    struct twin *at = realloc(twins->at, capacity * sizeof *at);
    if (at == NULL) return false;
    twins->at = at;
    uint32_t slot_count = 64;
    while (slot_count < 2 * capacity) slot_count *= 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL) return false;
    free(twins->slots);
    twins->slots = slots;
    twins->slot_mask = slot_count - 1;
    twins->capacity = capacity;
    for (uint32_t i = 1; i < twins->count; i++) *twin_slot(twins, twins->at[i].key) = i;
    return true;
}

bool twins_add(struct unit_reader *reader, uint32_t node, struct node_plan *plan)
{
    struct twins *twins = &reader->twins;
    uint64_t field = json_maps_field(&plan->field);
    plan->twin = 0;
    if (field == 0) return true;
    if (twins->count + 1 >= twins->capacity && !twins_grow(twins)) return false;
    if (twins->count == 0) twins->count = 1;
    struct json_node_place place = record_json_node_place(reader->json, node);
    uint64_t key = hash_bytes((const char *)&place.level, sizeof place.level, field);
    uint32_t *slot = twin_slot(twins, key);
    if (*slot == 0) {
        *slot = twins->count++;
        twins->at[*slot] = (struct twin){.key = key, .parent = place.parent, .value = UINT64_MAX};
    }
    plan->twin = *slot;
    struct twin *twin = &twins->at[*slot];
    bool around = record_json_node_encloses(reader->json, place.parent, twin->parent);
    bool within = record_json_node_encloses(reader->json, twin->parent, place.parent);
    twin->has_several |= twin->parent != place.parent && (plan->field.role == ROLE_CUSTOMER || (!around && !within));
    twin->has_several |= record_json_node_is_shared(reader->json, node);
    if (within) twin->parent = place.parent;
    twins->any |= twin->has_several;
    return true;
}

void twins_meet(struct unit_reader *reader, const struct json_event *event, const struct json_event *end)
{
    struct twins *twins = &reader->twins;
    for (; event < end; event++) {
        if (event->kind != JSON_STRING && event->kind != JSON_SCALAR) continue;
        uint32_t number = reader->nodes[event->node].twin;
        if (number == 0 || !twins->at[number].has_several) continue;
        struct twin *twin = &twins->at[number];
        twins->met |= twin->value == twins->value && twin->level == event->level && twin->object != event->object;
        twin->value = twins->value;
        twin->level = event->level;
        twin->object = event->object;
    }
}

/* ------------------------------------------------------------------ customers named together */

static int by_level_and_customer(const void *a, const void *b)
{
    const struct joint *left = a, *right = b;
    if (left->level != right->level) return left->level < right->level ? -1 : 1;
    size_t shorter = left->customer.len < right->customer.len ? left->customer.len : right->customer.len;
    int order = memcmp(left->customer.at, right->customer.at, shorter);
    return order != 0 ? order : (left->customer.len > right->customer.len) - (left->customer.len < right->customer.len);
}

/* Where those of a level begin, or what is behind them. */
static size_t joint_find(const struct unit_reader *reader, uint32_t level)
{
    size_t low = 0;
    for (size_t high = reader->joint_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (reader->joint[middle].level < level) low = middle + 1;
        else high = middle;
    }
    return low;
}

size_t joint_of(const struct unit_reader *reader, uint32_t level, const struct joint **first)
{
    *first = NULL;
    if (reader->joint_count == 0) return 0;
    size_t begin = joint_find(reader, level), count = joint_find(reader, level + 1) - begin;
    *first = reader->joint + begin;
    return count > 1 ? count : 0;
}

static bool joint_add(struct unit_reader *reader, uint32_t level, const struct sighting *sighting, struct span customer)
{
    if (reader->joint_count == reader->joint_capacity) {
        size_t capacity = 2 * reader->joint_capacity + 16;
        struct joint *joint = realloc(reader->joint, capacity * sizeof *joint);
        if (joint == NULL) return false;
        reader->joint = joint;
        reader->joint_capacity = capacity;
    }
    reader->joint[reader->joint_count++] = (struct joint){level, sighting->customer_rank, customer};
    return true;
}

/* Sorts them; each counts once, and by the field alone that names the customer of its level. */
static void joint_sort(struct unit_reader *reader)
{
    size_t kept = 0;
    for (size_t i = 0; i < reader->joint_count; i++) {
        const struct joint *joint = &reader->joint[i];
        if (joint->level < reader->level_count && reader->levels[joint->level].sighting.customer_rank == joint->rank) reader->joint[kept++] = *joint;
    }
    reader->joint_count = kept;
    if (kept > 1) qsort(reader->joint, kept, sizeof *reader->joint, by_level_and_customer);
    kept = 0;
    for (size_t i = 0; i < reader->joint_count; i++)
        if (kept == 0 || by_level_and_customer(&reader->joint[kept - 1], &reader->joint[i]) != 0) reader->joint[kept++] = reader->joint[i];
    reader->joint_count = kept;
}

/* ------------------------------------------------------------------ object by object */

/* Whom a value names under a field of customers; len 0: nobody. False: no memory. */
static bool customer_of(struct unit_reader *reader, const struct json_event *event, struct span *customer)
{
    struct sighting named = {0};
    struct span value = {reader->block->bytes + event->start, event->end - event->start};
    *customer = (struct span){value.at, 0};
    if (event->has_escape) {
        char *plain = detect_scratch(reader->detect, value.len);
        if (plain == NULL) return false;
        value = (struct span){plain, record_json_unescape(value, plain)};
    }
    bool is_word = event->kind == JSON_SCALAR && (value.at[0] == 'n' || value.at[0] == 't' || value.at[0] == 'f');
    if (!is_word && detect_customer(0, value, &named)) *customer = named.customer;
    return true;
}

static bool maps_event(struct unit_reader *reader, const struct json_event *event)
{
    struct json_maps *maps = reader->maps;
    struct span customer = {"", 0};
    switch ((enum json_event_kind)event->kind) {
    case JSON_LEVEL_OPEN:
    case JSON_OBJECT_OPEN:
        return json_maps_open_object(maps, event->start, event->kind == JSON_LEVEL_OPEN);
    case JSON_OBJECT_CLOSE:
    case JSON_VALUE_END:
        return json_maps_close_object(maps, event->end);
    case JSON_STRING:
    case JSON_SCALAR:
        if (reader->nodes[event->node].field.role == ROLE_CUSTOMER && !customer_of(reader, event, &customer)) return false;
        return json_maps_value(maps, &reader->nodes[event->node].field, customer);
    default:
        return true;
    }
}

static bool is_last(const struct json_event *event)
{
    return event->kind == JSON_VALUE_END || event->kind == JSON_END;
}

static bool is_taken(const struct json_event *event)
{
    return event->kind != JSON_OBJECT_OPEN && event->kind != JSON_CUT && event->kind != JSON_END;
}

bool json_maps_find(struct unit_reader *reader, size_t start, size_t end, const uint32_t *levels, size_t level_count, const uint32_t **found,
                    size_t *found_count)
{
    if (reader->maps == NULL) reader->maps = json_maps_open();
    if (reader->maps == NULL) return false;
    json_maps_begin(reader->maps);
    record_json_begin_objects(reader->json, reader->block->bytes, reader->words, start, end, levels, level_count);
    for (;;) {
        size_t first, count = json_fill(reader, &first);
        if (count == 0) return false;
        for (const struct json_event *event = reader->events; event < reader->events + count; event++) {
            if (event->kind == JSON_NO_MEMORY || !maps_event(reader, event)) return false;
            if (is_taken(event) && !json_take(reader, event)) return false;
            if (is_last(event)) return json_maps_end(reader->maps, reader->context.path_customer.len == 0, found, found_count);
        }
    }
}

/* What reading object by object is at. */
struct again {
    struct json_event name;    /* that of the next object, if its kind is JSON_NAME */
    struct detect_counts before; /* the level that opened last */
    uint32_t last_start, last_object; /* where that begins, and its object */
    bool last_is_open, is_dropped;
    uint32_t end;              /* of the value, or where it goes no further */
};

static bool again_value(struct unit_reader *reader, const struct json_event *event)
{
    if (!json_take(reader, event)) return false;
    const struct sighting *sighting = &reader->levels[event->level].sighting;
    if (event->kind == JSON_NAME || !sighting->several || reader->nodes[event->node].field.role != ROLE_CUSTOMER) return true;
    struct span customer;
    if (!customer_of(reader, event, &customer)) return false;
    return customer.len == 0 || (joint_add(reader, event->level, sighting, sighting->customer) && joint_add(reader, event->level, sighting, customer));
}

/* Takes back the level that was read last, with all it has. */
static void level_drop(struct unit_reader *reader, struct again *again)
{
    uint32_t parent = reader->levels[--reader->level_count].parent;
    bool has_inner = false;
    for (size_t i = parent + 1; i < reader->level_count && !has_inner; i++) has_inner = reader->levels[i].parent == parent;
    if (reader->level_count > 0) reader->levels[parent].has_inner = has_inner;
    json_objects_forget(reader, again->last_object);
    detect_counts_restore(reader->detect, &again->before);
    again->is_dropped = true;
}

/* What is wrong may be amid the record that was read last: then that is no unit of JSON. */
static void again_cut(struct unit_reader *reader, struct again *again, const struct json_event *cut)
{
    again->end = cut->end;
    if (!cut->at_end && again->last_is_open) level_drop(reader, again);
}

/* A name of an object that opens a level is that level's. */
static bool again_event(struct unit_reader *reader, struct again *again, const struct json_event *event)
{
    struct json_event name = again->name;
    again->name.kind = JSON_END;
    if (event->kind == JSON_OBJECT_CLOSE && again->is_dropped && event->object >= again->last_object) return true;
    if (event->kind == JSON_NAME) again->name = *event;
    if (event->kind == JSON_LEVEL_OPEN) {
        again->before = *detect_counts(reader->detect);
        again->last_start = event->start;
        again->last_object = event->object;
        again->last_is_open = true;
        if (!json_take(reader, event)) return false;
        name.place = event->place;
    }
    if (event->kind == JSON_OBJECT_CLOSE && event->object == again->last_object) again->last_is_open = false;
    if (name.kind == JSON_NAME && !json_take(reader, &name)) return false;
    if (event->kind == JSON_CUT) again_cut(reader, again, event);
    if (event->kind == JSON_VALUE_END) again->end = event->end;
    if (event->kind == JSON_STRING || event->kind == JSON_SCALAR) return again_value(reader, event);
    return (event->kind != JSON_OBJECT_CLOSE && event->kind != JSON_VALUE_END) || json_take(reader, event);
}

static bool objects_read(struct unit_reader *reader, struct again *again, size_t start, size_t end, const uint32_t *levels, size_t level_count)
{
    reader->joint_count = 0;
    *again = (struct again){.name.kind = JSON_END};
    record_json_begin_objects(reader->json, reader->block->bytes, reader->words, start, end, levels, level_count);
    for (;;) {
        size_t first, count = json_fill(reader, &first);
        if (count == 0) return false;
        for (const struct json_event *event = reader->events; event < reader->events + count; event++) {
            if (event->kind == JSON_NO_MEMORY || !again_event(reader, again, event)) return false;
            if (is_last(event)) return true;
        }
    }
}

/* What was counted of a value before it was counted a second time. */
static struct detect_counts counts_before(const struct detect_counts *once, const struct detect_counts *twice)
{
    struct detect_counts before;
    enum { NUMBERS = sizeof before / sizeof(uint64_t) };
    uint64_t numbers[2][NUMBERS];
    memcpy(numbers[0], once, sizeof numbers[0]);
    memcpy(numbers[1], twice, sizeof numbers[1]);
    for (size_t i = 0; i < NUMBERS; i++) numbers[0][i] -= numbers[1][i] - numbers[0][i];
    memcpy(&before, numbers[0], sizeof before);
    return before;
}

static enum status again_book(struct unit_reader *reader, size_t length, struct fault *fault)
{
    joint_sort(reader);
    enum status status = json_book(reader, length, fault);
    reader->joint_count = 0;
    return status;
}

enum status json_again(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    const uint32_t *levels;
    size_t level_count;
    struct again again;
    const struct detect_counts once = *detect_counts(reader->detect);
    if (!json_maps_find(reader, start, end, NULL, 0, &levels, &level_count)) return unit_no_memory(fault);
    const struct detect_counts before = counts_before(&once, detect_counts(reader->detect));
    detect_counts_restore(reader->detect, &before);
    if (!objects_read(reader, &again, start, end, levels, level_count)) return unit_no_memory(fault);
    return again_book(reader, end - start, fault);
}

/* ------------------------------------------------------------------ what is no JSON */

/* Reads an object as far as it goes, which is to *cut; *text is where it is no unit of JSON from: a record that is broken amid is
 * text from its start. */
static enum status salvage_value(struct unit_reader *reader, size_t start, size_t end, size_t *cut, size_t *text, struct fault *fault)
{
    const uint32_t *levels;
    size_t level_count;
    struct again again;
    const struct detect_counts before = *detect_counts(reader->detect);
    if (!json_maps_find(reader, start, end, NULL, 0, &levels, &level_count)) return unit_no_memory(fault);
    detect_counts_restore(reader->detect, &before);
    if (!objects_read(reader, &again, start, end, levels, level_count)) return unit_no_memory(fault);
    *cut = again.end;
    *text = again.is_dropped ? again.last_start : again.end;
    return reader->level_count > 0 ? again_book(reader, end - start, fault) : STATUS_OK;
}

/* Text outside of values, whose units are said to be text. What may be two records is two units. */
static enum status salvage_text(struct unit_reader *reader, size_t start, size_t end, struct fault *fault)
{
    uint64_t units = reader->counts->units;
    enum status status = STATUS_OK;
    for (size_t from = start, to; from < end && status == STATUS_OK; from = to) {
        to = from + 1 + record_json_start(reader->block->bytes + from + 1, 0, end - from - 1);
        status = json_outside(reader, from, to, fault);
    }
    reader->counts->broken += reader->counts->units - units;
    return status;
}

/* Whether a line may stay a unit though it is broken, since it names one customer at most. */
static bool is_of_one(struct unit_reader *reader, size_t start, size_t end)
{
    const char *bytes = reader->block->bytes;
    if (!reader->by_lines || (start > 0 && bytes[start - 1] != '\n')) return false;
    const struct detect_counts before = *detect_counts(reader->detect);
    sighting_reset(&reader->sighting);
    detect_text(reader->detect, &(struct shaped_text){bytes, reader->words, start, end, false}, true, &reader->sighting);
    detect_counts_restore(reader->detect, &before);
    return !reader->sighting.several;
}

/* Whether nothing but the object's end keeps a value from being whole that begins at `start`, or somewhere from `cut` on. */
static bool is_broken_off(const struct unit_reader *reader, size_t start, bool begins, size_t cut, size_t end)
{
    const struct block *block = reader->block;
    size_t length;
    if (!block->ends || end < block->length) return false;
    return (begins && record_json_measure(block->bytes + start, end - start, &length) == JSON_PREFIX) || record_json_breaks_off(block->bytes, cut, end);
}

enum status json_salvage(struct unit_reader *reader, size_t start, size_t end, bool begins, struct fault *fault)
{
    const char *bytes = reader->block->bytes + start;
    size_t length = end - start, effort = EFFORT_PER_BYTE * length + EFFORT_FREELY, at = 0, text = 0, cut = 0, value_length = length;
    uint64_t broken = reader->counts->broken;
    enum status status = STATUS_OK;
    if (begins && is_of_one(reader, start, end)) {
        reader->counts->broken++;
        reader->counts->broke_off |= is_broken_off(reader, start, true, end, end);
        return text_units(reader, start, end, fault);
    }
    if (!begins) at = record_json_resume(bytes, 0, length, &effort, &value_length);
    size_t outer_count = reader->outer_count;
    while (at < length && status == STATUS_OK) {
        status = salvage_text(reader, start + text, start + at, fault);
        reader->outer_count = at == 0 && begins ? outer_count : 0; /* what encloses a value behind a damage is not known */
        if (status == STATUS_OK) status = salvage_value(reader, start + at, start + at + value_length, &cut, &text, fault);
        text -= start;
        at = record_json_resume(bytes, cut - start, length, &effort, &value_length);
    }
    reader->outer_count = outer_count;
    if (status == STATUS_OK) status = salvage_text(reader, start + text, end, fault);
    reader->counts->broken += begins && reader->counts->broken == broken;
    reader->counts->broke_off |= is_broken_off(reader, start, begins, cut > 0 ? cut : start, end);
    return status;
}

enum status json_torn(struct unit_reader *reader, size_t end, struct fault *fault)
{
    json_plans_of_object(reader);
    json_forget_nodes(reader);
    reader->goes_on = false;
    return json_salvage(reader, 0, end, false, fault);
}
