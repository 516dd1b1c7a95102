#include "unit_reader.h"

#include "../record/record_listing.h"

enum status listing_units(struct unit_reader *reader, const struct block *block, struct fault *fault)
{
    static const struct part_context none = {0};
    enum status status = STATUS_OK;
    for (size_t at = 0; at < block->length && status == STATUS_OK;) {
        size_t end = record_listing_end(block->bytes, block->length, at);
        reader->made_json.count = 0;
        if (!record_listing_json((struct span){block->bytes + at, end - at}, &reader->made_json)) return unit_no_memory(fault);
        if (reader->made_json.count > 0) status = unit_read_json(reader, block, &none, fault);
        at = end;
    }
    return status;
}
