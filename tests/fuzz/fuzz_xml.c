/* Reads any bytes as XML: as a document, and in parts of all sizes.
 *
 * Holds    no crash; what becomes of a document, well formed or mended, and of a context is one whole JSON object; what is given
 *          up of a document lies in it, in order; the parts of a document take
 *          every byte once, in order, up to where it ends or breaks, and do not depend on how many bytes are at hand
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_xml (make test)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/record/record_json.h"
#include "../../analyzer/record/record_xml.h"
#include "../../analyzer/record/record_xml_cut.h"
#include "../../analyzer/record/record_xml_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "fuzz_xml: %s\n", what);
    abort();
}

static void insist_object(const char *bytes, size_t length, const char *what)
{
    size_t value_length = 0;
    enum json_form form = record_json_measure(bytes, length, &value_length);
    insist(form == JSON_PREFIX || (form == JSON_WHOLE && value_length == length), what); /* PREFIX: too deep to be measured */
}

static void check_mended(struct xml_reader *reader, const struct span *part_type, struct span document)
{
    struct bytes json = {0};
    struct xml_mended mended;
    struct fault fault;
    size_t behind = 0;
    enum status status = record_xml_mend(reader, part_type, document, &json, &mended, &fault);
    insist(status == STATUS_OK || status == STATUS_DAMAGED, "a mended document ends in another way");
    if (status == STATUS_OK) insist_object(json.at, json.count, "a mended document becomes no object");
    insist(status == STATUS_OK || json.count == 0, "a document that cannot be mended leaves something");
    insist(mended.end == document.len || (part_type == NULL && mended.end > 0 && mended.end < document.len), "a mended document ends elsewhere");
    for (size_t i = 0; i < mended.gap_count && status == STATUS_OK; i++) {
        insist(mended.gaps[i].start >= behind && mended.gaps[i].end > mended.gaps[i].start, "what is given up is in no order");
        behind = mended.gaps[i].end;
    }
    insist(behind <= mended.end, "more is given up than there is");
    record_xml_mended_free(&mended);
    bytes_free(&json);
}

static void check_document(struct xml_reader *reader, struct span document)
{
    struct bytes json = {0};
    struct fault fault;
    enum status status = record_xml_document(reader, document, &json, &fault);
    insist(status == STATUS_OK || status == STATUS_DAMAGED, "a document ends in another way");
    if (status == STATUS_OK) insist_object(json.at, json.count, "a document becomes no object");
    insist(status == STATUS_OK || json.count == 0, "a damaged document leaves something");
    bytes_free(&json);
    if (status != STATUS_DAMAGED) return;
    check_mended(reader, NULL, document);
    check_mended(reader, &(struct span){"", 0}, document);
}

static void check_context(struct xml_reader *reader, const char *bytes, struct part_context context, struct span name)
{
    struct bytes json = {0};
    struct fault fault;
    enum status status = record_xml_context(reader, (struct span){bytes, context.length}, name, &context, &json, &fault);
    insist(status == STATUS_OK || status == STATUS_DAMAGED, "a context ends in another way");
    if (status == STATUS_OK) {
        insist_object(json.at, json.count, "a context becomes no object");
        insist(context.length == json.count && context.inside <= json.count, "a context is not as long as it says");
        insist(name.len == 0 || memcmp(json.at + context.inside, "null", 4) == 0, "no place for elements");
    }
    bytes_free(&json);
}

/* Reads a document in parts, with so many bytes more at hand each time. Returns a sum over the parts. */
static uint64_t check_parts(struct xml_reader *reader, const char *bytes, size_t length, size_t step, size_t element_max)
{
    const struct part_format *format = &record_xml_parts;
    void *parts = format->open();
    size_t at = format->find(bytes, length), taken = 0, seen;
    uint64_t sum = 0;
    insist(parts != NULL && format->begin(parts, &taken), "no memory");
    for (seen = at + step; format->inside(parts);) {
        if (seen > length) seen = length;
        struct part part = format->next(parts, bytes + at, seen - at, seen == length ? EDGE_END : EDGE_OPEN, 1, element_max);
        insist(part.kind != PART_NO_MEMORY && part.taken <= seen - at, "a part takes what is not there");
        if (part.kind == PART_MORE) {
            insist(seen < length, "more is wanted behind the end");
            seen += step;
        } else {
            struct part_context context;
            char *copy = malloc(format->context_room(parts) + 1);
            insist(copy != NULL, "no memory");
            format->context(parts, &part, copy, &context);
            insist(part.start <= part.end && part.end <= part.taken, "a part's elements are not in it");
            bool has_elements = part.kind == PART_ELEMENTS;
            struct span name = has_elements ? record_xml_name(bytes + at, length - at, part.start) : (struct span){"", 0};
            if (step == length) check_context(reader, copy, context, name);
            sum = sum * 31 + context.length * 7 + part.kind + (has_elements ? at + part.start + 3 * (at + part.end) : 0);
            free(copy);
            format->leave(parts, &part);
        }
        at += part.taken;
    }
    format->close(parts);
    return sum * 31 + at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xml_reader *reader = NULL;
    struct fault fault;
    char *bytes = malloc(size + 1);
    insist(bytes != NULL && record_xml_open(&reader, &fault) == STATUS_OK, "no memory");
    if (size > 0) memcpy(bytes, data, size);
    check_document(reader, (struct span){bytes, size});
    size_t cut = record_xml_cut(bytes, size);
    insist(cut <= size && (cut == 0 || bytes[cut - 1] != '>' || record_xml_cut(bytes, cut) == cut), "a cut is no cut");
    (void)record_xml_sniff(bytes, size);
    bool any = record_xml_find(bytes, size) < size;
    for (size_t element_max = 8; any && element_max <= 512; element_max *= 4) {
        uint64_t whole = check_parts(reader, bytes, size, size, element_max);
        insist(whole == check_parts(reader, bytes, size, 1, element_max) && whole == check_parts(reader, bytes, size, 13, element_max),
               "parts depend on the bytes at hand");
    }
    record_xml_close(reader);
    free(bytes);
    return 0;
}
