#include "sample_made.h"

#include "../record/record_listing.h"
#include "../record/record_xml_cut.h"

/* A document, or what of it is whole. *end becomes where it ends. */
static enum status document_make(struct xml_reader *xml, struct span bytes, size_t start, size_t *end, struct bytes *json, struct fault *fault)
{
    struct xml_mended mended;
    struct span document = {bytes.at + start, *end - start};
    enum status status = record_xml_document(xml, document, json, fault);
    if (status != STATUS_DAMAGED) return status;
    status = record_xml_mend(xml, NULL, document, json, &mended, fault);
    *end = start + mended.end;
    record_xml_mended_free(&mended);
    return status == STATUS_DAMAGED ? STATUS_OK : status;
}

/* A document that others follow is mended, too: it says where it ends. */
static enum status documents_make(struct xml_reader *xml, struct span bytes, struct bytes *json, struct fault *fault)
{
    enum status status = STATUS_OK;
    size_t at = record_xml_find(bytes.at, bytes.len), end;
    for (; at < bytes.len && status == STATUS_OK; at = end + record_xml_find(bytes.at + end, bytes.len - end)) {
        end = bytes.len;
        status = document_make(xml, bytes, at, &end, json, fault);
    }
    return status;
}

static bool listings_make(struct span bytes, bool at_end, struct bytes *json)
{
    size_t whole = at_end ? bytes.len : record_listing_cut(bytes.at, bytes.len);
    for (size_t at = 0, end; at < whole; at = end) {
        end = record_listing_end(bytes.at, whole, at);
        if (!record_listing_json((struct span){bytes.at + at, end - at}, json)) return false;
    }
    return true;
}

enum status sample_make_json(struct xml_reader **xml, struct span bytes, bool at_end, const struct layout *layout, struct bytes *json,
                             struct fault *fault)
{
    enum status status = STATUS_OK;
    if (layout->format == FORMAT_LISTING)
        return listings_make(bytes, at_end, json) ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory left to look at fields");
    if (*xml == NULL) status = record_xml_open(xml, fault);
    return status == STATUS_OK ? documents_make(*xml, bytes, json, fault) : status;
}
