/* Reads any bytes as JSON: value by value, many events at once, in blocks, and in parts of all sizes.
 *
 * Holds    no crash; what is text, a value or broken stands in order, and between that nothing but separators; however many events are asked
 *          for, and whatever was read before, they are the same; of what cJSON takes for an object, so do we, with its strings and as many
 *          scalars; what is well formed ends where its brackets say; parts take bytes once, in order, each with a context that is one
 *          whole object, and do not depend on how many bytes are at hand
 * Input    its first byte says how many events are asked for; in parts, where it is high, the first '$' is half a MiB, from which on an object may be a
 *          map
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_json (make test)
 */
#include <cjson/cJSON.h>

#include "../../analyzer/record/record_json.h"
#include "../../analyzer/record/record_json_parts.h"
#include "insisting.h"

struct reading {
    char *bytes;
    struct shape_word *words;
    size_t length;
    struct json_parser *parser;
};

static struct reading reading_make(const char *text, size_t length)
{
    struct reading reading = {copy_of(text, length, SHAPE_PADDING), calloc(shape_word_count(length) + 1, sizeof(struct shape_word)), length, NULL};
    struct fault fault;
    insist(reading.words != NULL && record_json_open(&reading.parser, &fault) == STATUS_OK, "there is memory");
    shape_portable(reading.bytes, length, SHAPE_JSON, 0, reading.words);
    return reading;
}

static void reading_free(struct reading *reading)
{
    record_json_close(reading->parser);
    free(reading->bytes);
    free(reading->words);
}

/* ------------------------------------------------------------------ events */

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '[' || c == ']' || c == ',';
}

/* What events say in all. */
struct events {
    size_t strings, scalars, values, broken, texts;
    uint64_t hash; /* of strings, unescaped, in order */
};

static uint64_t hash_add(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001B3u;
    return (hash ^ 0xFF) * 0x100000001B3u;
}

static void value_take(const struct reading *reading, const struct json_event *event, struct events *events)
{
    struct span value = {reading->bytes + event->start, event->end - event->start};
    char *exact = copy_of(value.at, value.len, 0), *plain = malloc(value.len + 1), path[256];
    insist(plain != NULL, "there is memory");
    size_t length = record_json_unescape((struct span){exact, value.len}, plain);
    insist(length <= value.len, "an escape is no shorter than what it says");
    insist(record_json_node_path(reading->parser, event->node, path, sizeof path) <= sizeof path, "a path has a length");
    events->scalars += event->kind == JSON_SCALAR;
    events->strings += event->kind == JSON_STRING;
    if (event->kind == JSON_STRING) events->hash = hash_add(events->hash, plain, length);
    free(plain);
    free(exact);
}

static struct events check_events(const struct reading *reading)
{
    struct events events = {.hash = 1};
    size_t covered = 0, taken = 0;
    uint32_t levels = 0;
    record_json_begin(reading->parser, reading->bytes, reading->words, 0, reading->length);
    for (;;) {
        struct json_event event = {0};
        enum json_event_kind kind = record_json_next(reading->parser, &event);
        insist(kind == event.kind && kind != JSON_NO_MEMORY, "an event is what it is");
        if (kind == JSON_END) break;
        bool is_value = kind == JSON_STRING || kind == JSON_SCALAR || kind == JSON_NAME;
        if (is_value || kind == JSON_TEXT || kind == JSON_VALUE_END || kind == JSON_BROKEN)
            insist(event.start <= event.end && event.end <= reading->length, "an event is in the bytes");
        if (is_value) {
            insist(event.start >= taken && event.level < levels, "a value stands behind the one before, in a level that is open");
            taken = event.end;
            if (kind != JSON_NAME) value_take(reading, &event, &events);
        } else if (kind == JSON_LEVEL_OPEN) {
            insist(event.level == 0 || (event.level == levels && event.parent < levels), "levels are numbered as they come");
            levels = event.level + 1;
        } else if (kind == JSON_TEXT || kind == JSON_VALUE_END || kind == JSON_BROKEN) {
            insist(event.start >= covered, "nothing is said twice");
            for (; covered < event.start; covered++) insist(is_separator(reading->bytes[covered]), "nothing but separators is left out");
            covered = event.end;
            events.texts += kind == JSON_TEXT;
            events.values += kind == JSON_VALUE_END;
            events.broken += kind == JSON_BROKEN;
        }
    }
    for (; covered < reading->length; covered++) insist(is_separator(reading->bytes[covered]), "nothing but separators is left out at the end");
    return events;
}

/* Whether many at once are the same, less those of values that turn out broken. */
static void check_fill(const struct reading *one, const struct reading *many, size_t room)
{
    struct json_event events[256], event = {0};
    bool goes_on = false;
    record_json_begin(one->parser, one->bytes, one->words, 0, one->length);
    record_json_begin(many->parser, many->bytes, many->words, 0, many->length);
    for (enum json_event_kind kind = JSON_STRING; kind != JSON_END;) {
        size_t first, count = record_json_fill(many->parser, events, room, &first);
        insist(count >= 1 && count <= room, "some events are given, and no more than there is room for");
        for (size_t i = 0; i < count; i++) {
            do kind = record_json_next(one->parser, &event);
            while (!goes_on && events[i].kind == JSON_BROKEN && kind != JSON_BROKEN && kind != JSON_END);
            insist(kind == events[i].kind, "many at once are of the same kinds");
            bool has_place = kind != JSON_LEVEL_OPEN && kind != JSON_OBJECT_CLOSE && kind != JSON_END;
            insist(!has_place || (event.start == events[i].start && event.end == events[i].end), "many at once stand in the same places");
            goes_on = (goes_on || i == first) && kind != JSON_VALUE_END && kind != JSON_BROKEN;
        }
    }
}

/* ------------------------------------------------------------------ another reader */

static void oracle_take(const cJSON *value, struct events *events)
{
    const cJSON *child;
    if (cJSON_IsArray(value) || cJSON_IsObject(value)) {
        cJSON_ArrayForEach(child, value) oracle_take(child, events);
    } else if (cJSON_IsString(value)) {
        events->strings++;
        events->hash = hash_add(events->hash, value->valuestring, strlen(value->valuestring));
    } else {
        events->scalars++;
    }
}

static void check_oracle(const struct reading *reading, const struct events *own)
{
    size_t first = 0;
    while (first < reading->length && memchr(" \t\r\n", reading->bytes[first], 4) != NULL) first++;
    if (first == reading->length || reading->bytes[first] != '{' || memmem(reading->bytes, reading->length, "\\u0000", 6) != NULL) return;
    for (size_t i = 0; i < reading->length; i++) /* which cJSON takes for blanks */
        if ((unsigned char)reading->bytes[i] < ' ' && strchr("\t\r\n", reading->bytes[i]) == NULL) return;
    if (memchr(reading->bytes, '\0', reading->length) != NULL) return;
    cJSON *document = cJSON_ParseWithOpts(reading->bytes, NULL, true);
    if (document == NULL) return;
    struct events theirs = {.hash = 1};
    oracle_take(document, &theirs);
    insist(own->values == 1 && own->broken == 0 && own->texts == 0, "what cJSON takes for an object is one");
    insist(own->strings == theirs.strings && own->hash == theirs.hash, "it has the strings that cJSON finds");
    insist(own->scalars == theirs.scalars, "it has as many scalars as cJSON finds");
    cJSON_Delete(document);
}

/* ------------------------------------------------------------------ where values begin and end */

static void check_places(const char *text, size_t length)
{
    size_t value_length = 0, effort = 1 << 20, before = 0, resumed_length = 0;
    uint32_t arrays = 0, arrays_in_parts = 0;
    if (length > 0 && text[0] == '{' && record_json_measure(text, length, &value_length) == JSON_WHOLE) {
        insist(value_length <= length && record_json_value_end(text, 0, length) == value_length, "a value ends where its brackets say");
        for (size_t part = 1; part < value_length; part += 1 + part / 8) {
            size_t looked;
            char *copy = copy_of(text, part, 0);
            insist(record_json_measure(copy, part, &looked) == JSON_PREFIX, "a part of what is well formed is well formed as far as it goes");
            insist(record_json_value_end(copy, 0, part) == 0, "no part of a value has its end");
            free(copy);
        }
    }
    for (size_t part = 0; part <= length; part += 1 + part / 8) {
        char *copy = copy_of(text, part, 0);
        uint32_t open = 0;
        size_t cut = record_json_cut(copy, part, false, NULL);
        insist(cut <= part && cut >= before, "more bytes cut off no less");
        insist(cut == record_json_cut(copy, part, false, &open) && open <= part, "a cut is the same with arrays counted");
        before = cut;
        (void)record_json_breaks_off(copy, 0, part);
        free(copy);
    }
    insist(record_json_cut(text, length, true, &arrays) == length, "all is a cut at the end");
    if (before > 0 && before <= length) {
        (void)record_json_cut(text, before, false, &arrays_in_parts);
        (void)record_json_cut(text + before, length - before, true, &arrays_in_parts);
        insist(arrays == arrays_in_parts, "as many arrays are open behind two blocks as behind one");
    }
    size_t start = record_json_resume(text, 0, length, &effort, &resumed_length);
    insist(start == length || (start + resumed_length <= length && text[start] == '{' && text[start + resumed_length - 1] == '}'), "reading is resumed at an object");
}

/* ------------------------------------------------------------------ parts */

/* Reads a value in parts, with so many bytes more at hand each time. Returns a sum over the parts. */
static uint64_t check_parts(const char *bytes, size_t length, size_t step, size_t element_max)
{
    const struct part_format *format = &record_json_parts;
    void *parts = format->open();
    size_t at = format->find(bytes, length), taken = 0, seen;
    uint64_t sum = 0;
    insist(parts != NULL && at < length && format->begin(parts, &taken), "there is memory");
    at += taken;
    for (seen = at + step; format->inside(parts);) {
        if (seen > length) seen = length;
        struct part part = format->next(parts, bytes + at, seen - at, seen == length ? EDGE_END : EDGE_OPEN, 1, element_max);
        insist(part.kind != PART_NO_MEMORY && part.taken <= seen - at, "a part takes what is there");
        if (part.kind == PART_MORE) {
            insist(seen < length, "no more is wanted behind the end");
            seen += step;
        } else {
            struct part_context context;
            size_t room = format->context_room(parts), whole = 0;
            char *copy = malloc(room + 1);
            insist(copy != NULL, "there is memory");
            format->context(parts, &part, copy, &context);
            insist(context.length <= room && part.start <= part.end && part.end <= part.taken, "a part's elements are in it");
            if (!context.is_broken && context.level_count < 64 && record_json_measure(copy, context.length, &whole) != JSON_PREFIX)
                insist(record_json_value_end(copy, 0, context.length) == context.length, "a context is closed as it is opened");
            if (part.kind == PART_ELEMENTS) {
                insist(part.end > part.start && memcmp(copy + context.inside, "null", 4) == 0, "a part has elements, and a place for them");
                const char *elements = bytes + at + part.start;
                if (part.is_members) {
                    char *made = malloc(2 * (part.end - part.start) + 2), *exact = copy_of(elements, part.end - part.start, 0);
                    insist(made != NULL, "there is memory");
                    insist(format->elements(exact, part.end - part.start, made) <= 2 * (part.end - part.start), "elements have room");
                    free(made);
                    free(exact);
                } else {
                    char last = elements[part.end - part.start - 1];
                    insist(*elements == '{' && (last == '}' || last == ']'), "elements are objects, by their brackets");
                }
                sum = sum * 31 + at + part.start + 3 * (at + part.end);
            }
            sum = sum * 31 + hash_add(context.length, copy, context.length) + part.kind;
            free(copy);
            format->leave(parts, &part);
        }
        at += part.taken;
    }
    insist(at <= length, "no more is taken than there is");
    format->close(parts);
    return sum * 31 + at;
}

static void check_parts_of(const char *text, size_t length)
{
    if (record_json_parts.find(text, length) == length) return;
    for (size_t element_max = 8; element_max <= 512; element_max *= 4) {
        uint64_t whole = check_parts(text, length, length, element_max);
        insist(whole == check_parts(text, length, 1, element_max) && whole == check_parts(text, length, 13, element_max), "parts do not depend on the bytes at hand");
    }
}

/* The same where the first '$' is long. */
static void check_long_parts(const char *text, size_t length)
{
    const char *place = memchr(text, '$', length);
    if (place == NULL) return;
    size_t before = (size_t)(place - text), all = length - 1 + PART_MAP_MIN;
    char *bytes = malloc(all);
    insist(bytes != NULL, "there is memory");
    memcpy(bytes, text, before);
    memset(bytes + before, 'x', PART_MAP_MIN);
    memcpy(bytes + before + PART_MAP_MIN, place + 1, length - before - 1);
    if (record_json_parts.find(bytes, all) < all)
        insist(check_parts(bytes, all, all, 2 * PART_MAP_MIN) == check_parts(bytes, all, PART_MAP_MIN / 3, 2 * PART_MAP_MIN), "long parts do not depend on the bytes at hand");
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LONG_FROM = 240 };
    if (size < 1) return 0;
    const char *text = (const char *)data + 1;
    size_t length = size - 1, room = 1 + data[0];
    struct reading reading = reading_make(text, length), other = reading_make(text, length);
    struct events events = check_events(&reading), again = check_events(&reading);
    insist(memcmp(&events, &again, sizeof events) == 0, "what was read before does not show");
    check_oracle(&reading, &events);
    for (int round = 0; round < 2; round++) check_fill(&reading, &other, room);
    reading_free(&reading);
    reading_free(&other);
    check_places(text, length);
    check_parts_of(text, length);
    if (data[0] >= LONG_FROM) check_long_parts(text, length);
    return 0;
}
