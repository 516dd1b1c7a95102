/* Reads any bytes as a listing.
 *
 * Holds    no crash; units take every byte once, in order; where they are cut does not depend on what is in hand; a unit becomes one whole
 *          object, with a member a line that is not blank
 * Shape    LLVMFuzzerTestOneInput for libFuzzer (make fuzz); replay.c calls it for the files of corpus_listing (make test)
 */
#include <cjson/cJSON.h>

#include "../../analyzer/record/record_json.h"
#include "../../analyzer/record/record_listing.h"
#include "insisting.h"

/* Lines that are not blank; whether one may be left out. */
static size_t lines_of(struct span unit, bool *has_position)
{
    size_t count = 0;
    *has_position = memmem(unit.at, unit.len, "GPS Position", 12) != NULL;
    for (size_t at = 0; at < unit.len;) {
        const char *newline = memchr(unit.at + at, '\n', unit.len - at);
        size_t end = newline == NULL ? unit.len : (size_t)(newline - unit.at);
        bool any = false;
        for (; at < end; at++) any |= strchr(" \t\r", unit.at[at]) == NULL || unit.at[at] == '\0';
        count += any;
        at = end + 1;
    }
    return count;
}

static void check_unit(struct span unit)
{
    struct bytes json = {0};
    size_t length = 0;
    bool has_position;
    insist(record_listing_json(unit, &json), "there is memory");
    size_t lines = lines_of(unit, &has_position);
    insist((json.count == 0) == (lines == 0), "a unit of blank lines is nothing, any other something");
    if (lines > 0) {
        insist(record_json_measure(json.at, json.count, &length) == JSON_WHOLE && length == json.count, "a unit is one whole object");
        cJSON *read = cJSON_ParseWithLength(json.at, json.count);
        insist(read != NULL, "another reader takes it for one, too");
        size_t members = (size_t)cJSON_GetArraySize(read);
        insist(members == lines || (has_position && members < lines), "each line is a member");
        cJSON_Delete(read);
    }
    bytes_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = copy_of(data, size, 0);
    size_t last = 0;
    for (size_t at = 0, end; at < size; at = end) {
        end = record_listing_end(bytes, size, at);
        insist(end > at && end <= size, "a unit has bytes");
        check_unit((struct span){bytes + at, end - at});
        if (end < size) last = end;
    }
    insist(record_listing_cut(bytes, size) == last, "a cut is where the last unit begins");
    for (size_t length = 0, before = 0; length <= size; length += 1 + length / 8) {
        char *part = copy_of(bytes, length, 0);
        size_t cut = record_listing_cut(part, length), at = 0;
        insist(cut >= before && cut <= length, "more bytes cut off no less");
        while (at < cut) at = record_listing_end(bytes, size, at);
        insist(at == cut, "a cut is where a unit ends, whatever follows");
        before = cut;
        free(part);
    }
    (void)record_listing_sniff(bytes, size);
    free(bytes);
    return 0;
}
