#include "unit_reader.h"

#include <string.h>

#include "../record/record_xml_cut.h"

void xml_units_close(struct unit_reader *reader)
{
    record_xml_close(reader->xml);
}

/* Elements without an end cost a look at all that follows: behind so many of them, none is looked for beyond the next declaration. */
enum { UNENDED_MAX = 8, TYPE_DIGITS_LEAST = 6 };

/* Nor is more than one that is not well formed, behind so many of them, looked for what follows its end. */
enum { MENDED_MAX = 64 };

/* A block of XML as it is taken apart. */
struct xml_reading {
    struct unit_reader *reader;
    const struct block *block;
    struct fault *fault;
    size_t mended; /* documents */
};

static enum status read_text(const struct xml_reading *reading, size_t start, size_t end)
{
    return unit_read_text(reading->reader, reading->block, (struct span){reading->block->bytes + start, end - start}, reading->fault);
}

static enum status read_json(const struct xml_reading *reading, const struct part_context *context)
{
    return unit_read_json(reading->reader, reading->block, context, reading->fault);
}

/* What a document type defines is nobody's: where it may hold an identifier, it is text. */
static enum status read_type(const struct xml_reading *reading, struct span type)
{
    size_t digits = 0;
    for (size_t i = 0; i < type.len; i++) digits += (unsigned char)(type.at[i] - '0') <= 9;
    if (type.len == 0 || (digits < TYPE_DIGITS_LEAST && memchr(type.at, '@', type.len) == NULL)) return STATUS_OK;
    return unit_read_text(reading->reader, reading->block, type, reading->fault);
}

/* ------------------------------------------------------------------ whole elements */

/* The next start tag of a name behind a place; the end where there is none. */
static size_t start_find(const char *bytes, size_t end, size_t at, struct span name)
{
    const char *found;
    for (at++; name.len > 0 && at < end && (found = memmem(bytes + at, end - at, name.at, name.len)) != NULL; at++) {
        at = (size_t)(found - bytes);
        if (bytes[at - 1] == '<' && at + name.len < end && memchr(" \t\r\n/>", bytes[at + name.len], 6) != NULL) return at - 1;
    }
    return end;
}

/* What was given up of a document, as text: each element of the name that it begins with is told from the next. */
static enum status read_gap(const struct xml_reading *reading, size_t at, size_t end)
{
    const char *bytes = reading->block->bytes;
    struct span name = bytes[at] == '<' ? record_xml_name(bytes, end, at) : (struct span){"", 0};
    enum status status = STATUS_OK;
    for (size_t next; at < end && status == STATUS_OK; at = next) {
        next = start_find(bytes, end, at + 1, name);
        status = read_text(reading, at, next);
    }
    return status;
}

/* What of a document, or an element of a part, can be told although it is not well formed, and the rest as text. *taken is how many
 * bytes it has by its brackets, and becomes how many it has. */
static enum status read_mended(const struct xml_reading *reading, const struct span *part_type, size_t start, size_t end, const struct part_context *context,
                               size_t *taken)
{
    struct unit_reader *reader = reading->reader;
    struct xml_mended mended;
    struct span type = {"", 0}, document = {reading->block->bytes + start, end - start};
    enum status status = record_xml_mend(reader->xml, part_type, document, &reader->made_json, &mended, reading->fault);
    reader->counts->broke_off |= mended.broke_off;
    if (status == STATUS_DAMAGED) {
        if (mended.end < *taken) *taken = mended.end;
        reader->counts->broken++;
        status = read_text(reading, start, start + *taken);
    } else if (status == STATUS_OK) {
        *taken = mended.end;
        status = read_json(reading, context);
        if (part_type == NULL) type = record_xml_type(document);
        bool is_given_up = type.len > 0 && mended.gap_count > 0 && mended.gaps[0].start < (size_t)(type.at + type.len - document.at);
        if (status == STATUS_OK && !is_given_up) status = read_type(reading, type);
        for (size_t i = 0; i < mended.gap_count && status == STATUS_OK; i++) {
            reader->counts->broken++;
            status = read_gap(reading, start + mended.gaps[i].start, start + mended.gaps[i].end);
        }
    }
    record_xml_mended_free(&mended);
    return status;
}

/* Where another document is declared; the end where none is. */
static size_t declaration_find(const char *bytes, size_t end, size_t at)
{
    const char *found = at < end ? memmem(bytes + at, end - at, "<?xml ", 6) : NULL;
    return found == NULL ? end : (size_t)(found - bytes);
}

/* An outermost element and what belongs to it. *end, where it ends by its brackets, becomes where it does: one that is not well formed
 * may go on up to `limit`. */
static enum status read_document(struct xml_reading *reading, size_t start, size_t limit, size_t *end)
{
    static const struct part_context none = {0};
    struct unit_reader *reader = reading->reader;
    size_t taken = *end - start;
    struct span document = {reading->block->bytes + start, *end - start};
    reader->made_json.count = 0;
    enum status status = record_xml_document(reader->xml, document, &reader->made_json, reading->fault);
    if (status == STATUS_OK) {
        status = read_json(reading, &none);
        return status == STATUS_OK ? read_type(reading, record_xml_type(document)) : status;
    }
    if (status != STATUS_DAMAGED) return status;
    struct span type = record_xml_type(document);
    if (reading->mended++ < MENDED_MAX) status = read_mended(reading, NULL, start, declaration_find(reading->block->bytes, limit, start + 1), &none, &taken);
    else status = read_mended(reading, &type, start, *end, &none, &taken);
    *end = start + taken;
    return status;
}

/* Outermost elements one behind the other, with text between them. What stands before one and is neither text nor an
 * element belongs to it; an element that does not end goes to the end. */
static enum status read_documents(struct xml_reading *reading, size_t at, size_t end)
{
    const char *bytes = reading->block->bytes;
    size_t text = at, document = at, unended = 0;
    bool has_prolog = false, is_plain;
    enum status status = STATUS_OK;
    while (at < end && status == STATUS_OK) {
        if (bytes[at] != '<') {
            bool blank = bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n';
            has_prolog = has_prolog && blank;
            at++;
            continue;
        }
        struct xml_token token = record_xml_token(bytes, end, at);
        bool is_element = token.kind == XML_START || token.kind == XML_EMPTY, is_prolog = token.kind == XML_ASIDE || token.kind == XML_DOCTYPE;
        if (!has_prolog) document = at;
        has_prolog = is_prolog;
        if (token.kind == XML_SHORT) break;
        if (!is_element) {
            at = token.end;
            continue;
        }
        size_t reach = unended < UNENDED_MAX ? end : declaration_find(bytes, end, token.end);
        size_t behind = record_xml_element_end(bytes, reach, at, &is_plain);
        unended += behind == 0;
        at = behind == 0 ? reach : behind;
        status = read_text(reading, text, document);
        if (status == STATUS_OK) status = read_document(reading, document, end, &at);
        text = document = at;
    }
    return status == STATUS_OK ? read_text(reading, text, end) : status;
}

/* ------------------------------------------------------------------ parts */

/* The context of the block as JSON; DAMAGED where it is none. */
static enum status make_context(const struct xml_reading *reading, struct span name, struct part_context *context)
{
    struct unit_reader *reader = reading->reader;
    *context = reading->block->context;
    reader->made_json.count = 0;
    return record_xml_context(reader->xml, (struct span){reading->block->bytes, context->length}, name, context, &reader->made_json, reading->fault);
}

/* Elements of [start, end) behind the context in made_json. */
static enum status read_elements(const struct xml_reading *reading, struct span type, size_t start, size_t end, const struct part_context *context)
{
    struct unit_reader *reader = reading->reader;
    size_t context_end = context->length;
    struct span elements = {reading->block->bytes + start, end - start};
    reader->made_json.count = context_end;
    enum status status = record_xml_elements(reader->xml, type, elements, &reader->made_json, reading->fault);
    return status == STATUS_OK ? read_json(reading, context) : status;
}

/* The same one by one, since not all of them are well formed. */
static enum status read_each(const struct xml_reading *reading, struct span type, size_t at, size_t end, const struct part_context *context)
{
    const char *bytes = reading->block->bytes;
    bool is_plain;
    enum status status = STATUS_OK;
    while (at < end && status == STATUS_OK) {
        struct xml_token token = bytes[at] == '<' ? record_xml_token(bytes, end, at) : (struct xml_token){XML_NONE, at + 1};
        if (token.kind != XML_START && token.kind != XML_EMPTY) {
            at = token.kind == XML_SHORT ? end : token.end;
            continue;
        }
        size_t behind = record_xml_element_end(bytes, end, at, &is_plain);
        if (behind == 0) behind = end;
        status = read_elements(reading, type, at, behind, context);
        size_t taken = behind - at;
        reading->reader->made_json.count = context->length;
        if (status == STATUS_DAMAGED) status = read_mended(reading, &type, at, behind, context, &taken);
        at += taken;
    }
    return status;
}

static enum status read_part(const struct xml_reading *reading)
{
    const struct block *block = reading->block;
    struct span type = record_xml_type((struct span){block->bytes, block->context.length}), name = {"", 0};
    struct part_context context;
    size_t start = block->context.length;
    reading->reader->counts->broke_off |= block->context.is_broken;
    while (start < block->length && block->bytes[start] != '<') start++;
    if (start < block->length) name = record_xml_name(block->bytes, block->length, start);
    bool all_ends = block->context.ending_count > 0 && block->context.ending_count == block->context.level_count;
    enum status status = make_context(reading, name, &context);
    if (status == STATUS_DAMAGED) {
        /* Nothing is inherited; what it says is text, once. */
        context = (struct part_context){0};
        reading->reader->made_json.count = 0;
        bool ends = block->context.ending_count > 0;
        reading->reader->counts->broken += ends;
        status = ends ? read_text(reading, 0, block->context.length) : STATUS_OK;
    } else if (status == STATUS_OK && start == block->length) {
        status = read_json(reading, &context);
        if (status == STATUS_OK && all_ends) status = read_type(reading, type);
    }
    if (status != STATUS_OK || start == block->length) return status;
    status = read_elements(reading, type, start, block->length, &context);
    return status == STATUS_DAMAGED ? read_each(reading, type, start, block->length, &context) : status;
}

enum status xml_units(struct unit_reader *reader, const struct block *block, struct fault *fault)
{
    struct xml_reading reading = {reader, block, fault, 0};
    if (reader->xml == NULL) {
        enum status status = record_xml_open(&reader->xml, fault);
        if (status != STATUS_OK) return status;
    }
    if (block->context.length > 0) return read_part(&reading);
    size_t start = 0, end = block->length, last = end;
    if (block->first_partial) {
        const char *newline = memchr(block->bytes, '\n', end);
        start = newline == NULL ? end : (size_t)(newline - block->bytes) + 1;
        reader->counts->broken++;
    }
    if (block->last_partial) {
        const char *newline = memrchr(block->bytes + start, '\n', end - start);
        last = newline == NULL ? start : (size_t)(newline - block->bytes) + 1;
        reader->counts->broken += last < end;
    }
    enum status status = read_text(&reading, 0, start);
    if (status == STATUS_OK) status = read_documents(&reading, start, last);
    if (status == STATUS_OK) status = read_text(&reading, last, end);
    return status;
}
