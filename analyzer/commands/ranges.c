#include "ranges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../decode/charset_guess.h"
#include "../evidence/object_open.h"
#include "unit_troubles.h"

/* ------------------------------------------------------------------ first bytes */

enum status range_sample(const struct object *file, const struct stream_options *options, char *bytes, struct range_sample *sample,
                         struct fault *fault)
{
    struct stream_options plain = *options;
    struct stream *stream = NULL;
    struct charset *charset = NULL;
    struct fault inner;
    *sample = (struct range_sample){.first = {.at = bytes}};
    plain.hash = false;
    enum status status = stream_open(file, &plain, &stream, &inner);
    if (status == STATUS_OK) status = charset_open(&charset, &inner);
    if (status == STATUS_OK) status = first_read(charset, stream, bytes, &sample->first, &inner);
    if (status == STATUS_OK && !stream_interrupted(stream)) {
        sample->is_plain = !sample->first.has_gap && stream_can_jump(stream) && charset_is_plain(charset);
        sample->is_settled = charset_is_settled(charset);
        sample->set = charset_kind(charset);
    }
    charset_close(charset);
    stream_close(stream);
    if (status == STATUS_FATAL) *fault = inner;
    return status == STATUS_FATAL ? status : STATUS_OK;
}

enum { PROBES = 16, PROBE_BYTES = 64 * 1024 };

/* Whether a sample of what follows the first bytes is of another set, or of wide characters. */
static bool is_of_other_set(const char *bytes, size_t count, bool is_settled)
{
    size_t at = 0;
    enum charset_kind kind;
    if (memchr(bytes, 0, count) != NULL) return true;
    while (at < 3 && at < count && ((unsigned char)bytes[at] & 0xC0) == 0x80) at++; /* of a character that began before */
    while (at < count && (unsigned char)bytes[at] < 0x80) at++;
    if (is_settled || at == count) return false;
    return charset_guess((struct span){bytes + at, count - at}, &kind) != STATUS_OK || kind != CHARSET_NONE;
}

/* Whether all samples of the file look like its first bytes. */
static bool stays_plain(const struct object *object, bool is_settled, char *bytes)
{
    struct stat about;
    enum coverage_reason reason;
    int descriptor = object_open(object, &about, &reason);
    bool plain = descriptor >= 0;
    for (int i = 0; i < PROBES && plain; i++) {
        ssize_t count = pread(descriptor, bytes, PROBE_BYTES, about.st_size / PROBES * i);
        plain = count >= 0 && !is_of_other_set(bytes, (size_t)count, is_settled);
    }
    if (descriptor >= 0) close(descriptor);
    return plain;
}

bool ranges_can_cut(void *context, const struct object *object)
{
    const struct range_looking *looking = context;
    struct layout layout;
    struct fault fault;
    struct range_sample sample = {.is_plain = false};
    char *bytes = object->open_path != NULL ? malloc(FIRST_BYTES_ROOM) : NULL;
    bool can = bytes != NULL && range_sample(object, &looking->stream, bytes, &sample, &fault) == STATUS_OK && sample.is_plain;
    if (can) {
        const struct object_list *list = looking->list;
        first_layout(&sample.first, list != NULL ? roles_of_source(looking->roles, list->sources[object->source]) : looking->roles, &layout);
        can = unit_start_is_known(&layout) && stays_plain(object, sample.is_settled, bytes);
    }
    free(bytes);
    return can;
}

/* ------------------------------------------------------------------ bounds */

struct file_reading {
    int descriptor;
    bool has_cr_lines;
    const struct stop *stop;
};

static long file_read_at(void *context, uint64_t offset, char *bytes, size_t count)
{
    const struct file_reading *reading = context;
    for (;;) {
        if (stop_is_wanted(reading->stop)) return 0;
        ssize_t got = pread(reading->descriptor, bytes, count, (off_t)offset);
        if (got > 0 && reading->has_cr_lines) sniff_turn_line_ends(bytes, (size_t)got);
        if (got >= 0 || errno != EINTR) return (long)got;
    }
}

enum status range_bounds_find(const struct object *file, const struct range_layout *layout, const struct stop *stop, uint64_t begin,
                              uint64_t end, struct range_bounds *bounds, struct fault *fault)
{
    struct stat about;
    enum coverage_reason reason;
    struct file_reading reading = {object_open(file, &about, &reason), layout->has_cr_lines, stop};
    uint64_t size = (uint64_t)file->size_bytes;
    const struct unit_bytes bytes = {file_read_at, &reading, size};
    *bounds = (struct range_bounds){{0, false}, {size, false}};
    enum status status = STATUS_OK;
    if (reading.descriptor < 0) status = STATUS_END;
    if (status == STATUS_OK && (uint64_t)about.st_size != size) status = STATUS_END;
    if (status == STATUS_OK && begin > 0) status = unit_start_find(&bytes, layout->layout, begin, &bounds->begin, fault);
    if (status == STATUS_OK && end < size) status = unit_start_find(&bytes, layout->layout, end, &bounds->end, fault);
    if (reading.descriptor >= 0) close(reading.descriptor);
    return status == STATUS_END ? fault_set(fault, STATUS_DAMAGED, "is not what was listed any more") : status;
}

/* ------------------------------------------------------------------ the ledger */

bool ranges_pieces(const struct object_list *list, struct object_piece **pieces, size_t *count)
{
    *count = 0;
    *pieces = calloc(list->count - list->walked_count + 1, sizeof **pieces);
    if (*pieces == NULL) return false;
    size_t file = 0;
    uint32_t number = 0;
    for (size_t i = list->walked_count; i < list->count; i++) {
        if (!list->objects[i].is_range) continue;
        bool first = list->objects[i].start_bytes == 0;
        if (first && *count > 0) file++;
        while (first && file < list->walked_count && !list->objects[file].is_cut) file++;
        number = first ? 1 : number + 1;
        (*pieces)[(*count)++] = (struct object_piece){(uint32_t)file, number, i};
    }
    return true;
}

/* What the bytes of an entry are, without what is wrong with its units, which its troubles tell. */
static bool is_of_bytes(const struct object *entry)
{
    return entry->status != OBJECT_PENDING && entry->status != OBJECT_COMPLETE && entry->reason != COVERAGE_REGEX_LIMIT &&
           entry->reason != COVERAGE_LIMIT_DEPTH && entry->reason != COVERAGE_OVERSIZED_RECORD;
}

void range_set_note(const struct charset *charset, const struct layout *layout, struct range_read *range)
{
    if (charset == NULL) return;
    enum charset_kind kind = charset_kind(charset);
    /* Bytes of a character that may be taken for a quote, or for a delimiter before one. */
    bool is_delimiter = (kind == CHARSET_CP932 || kind == CHARSET_GB18030 || kind == CHARSET_BIG5) && layout->format == FORMAT_CSV && layout->delimiter >= 0x40;
    range->undecodable = charset_undecodable(charset);
    range->set = (uint8_t)kind;
    range->set_known = charset_is_settled(charset);
    range->set_unsure = charset_joined(charset) > 0 || charset_is_missing(charset) || kind == CHARSET_ISO_2022_JP || is_delimiter;
}

/* The character set of a file. */
struct set_joined {
    bool is_known, differs;
    uint8_t set;
    uint64_t undecodable;
};

static struct set_joined join_sets(const struct object *const *ranges, size_t count)
{
    struct set_joined joined = {false, false, CHARSET_NONE, 0};
    for (size_t i = 0; i < count; i++) {
        const struct range_read *range = &ranges[i]->range;
        if (ranges[i]->elsewhere) continue;
        joined.undecodable += range->undecodable;
        joined.differs |= range->set_unsure || (range->set_known && joined.is_known && range->set != joined.set);
        if (range->set_known && !joined.is_known) joined.set = range->set;
        joined.is_known |= range->set_known;
    }
    return joined;
}

static bool has_set(const char *format)
{
    return strchr(format, '>') != NULL;
}

/* What only all entries together tell. */
static void join_marks(struct object *line, const struct object *const *ranges, size_t count, bool set_differs, bool digest_missing)
{
    size_t missing = 0;
    uint64_t at = 0;
    bool fits = true;
    for (size_t i = 0; i < count; i++) {
        missing += ranges[i]->elsewhere;
        bool known = !ranges[i]->elsewhere && (ranges[i]->status == OBJECT_COMPLETE || ranges[i]->status == OBJECT_PARTIAL);
        fits &= !known || at == UINT64_MAX || ranges[i]->range.begin == at;
        at = known ? ranges[i]->range.end : UINT64_MAX;
    }
    fits &= at == UINT64_MAX || at == (uint64_t)line->size_bytes;
    if (!fits) object_mark(line, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ, "not the same for all shards that read it");
    if (set_differs)
        object_mark(line, OBJECT_PARTIAL, COVERAGE_UNSUPPORTED_FORMAT, "its character set shows only far behind its begin: read as each shard found it");
    if (missing == count && digest_missing) object_mark(line, OBJECT_FAILED, COVERAGE_VANISHED, "its shard is missing");
    else if (missing > 0)
        object_mark(line, OBJECT_PARTIAL, COVERAGE_VANISHED, "shards that have parts of it are missing: units behind these are numbered without theirs");
    else if (digest_missing) object_mark(line, OBJECT_PARTIAL, COVERAGE_VANISHED, "the shard that has its digest is missing");
}

bool ranges_join(struct object *file, const struct object *const *ranges, size_t count, struct texts **texts)
{
    const struct object own = *file;
    struct unit_troubles troubles = {0, 0, 0};
    const char *layout = "";
    file->status = OBJECT_COMPLETE;
    file->reason = COVERAGE_NONE;
    file->detail = file->format = NULL;
    file->bytes_examined = file->units = file->records = file->findings = 0;
    bool is_read = false; /* some of it; then no failure is the whole file's */
    for (size_t i = 0; i < count; i++)
        is_read |= !ranges[i]->elsewhere && (ranges[i]->status == OBJECT_COMPLETE || ranges[i]->status == OBJECT_PARTIAL);
    if (!own.elsewhere && is_of_bytes(&own)) object_mark(file, is_read ? OBJECT_PARTIAL : own.status, own.reason, own.detail);
    bool of_own = file->status != OBJECT_COMPLETE, of_range = false;
    for (size_t i = 0; i < count; i++) {
        const struct object *range = ranges[i];
        if (range->elsewhere) continue;
        if (is_of_bytes(range)) object_mark(file, is_read ? OBJECT_PARTIAL : range->status, range->reason, range->detail);
        of_range |= !of_own && file->status != OBJECT_COMPLETE;
        if (layout[0] == '\0' && !is_of_bytes(range)) layout = object_detail(range);
        if (file->format == NULL || (has_set(object_format(range)) && !has_set(file->format))) file->format = object_format(range);
        file->bytes_examined += range->bytes_examined;
        file->units += range->units;
        file->records += range->records;
        file->findings += range->findings;
        troubles.bits = (uint8_t)(troubles.bits | range->troubles);
        troubles.broken += range->range.broken;
        troubles.cut_off += range->range.cut_off;
    }
    const struct set_joined set = join_sets(ranges, count);
    join_marks(file, ranges, count, set.differs, own.elsewhere);
    char detail[OBJECT_DETAIL_SIZE];
    snprintf(detail, sizeof detail, "%s", object_detail(file));
    if (set.set == CHARSET_UNKNOWN) detail_add(detail, sizeof detail, "%s", CHARSET_FOREIGN);
    if (set.undecodable > 0)
        detail_add(detail, sizeof detail, "%llu byte%s %s", (unsigned long long)set.undecodable,
                   set.undecodable == 1 ? " that is no" : "s that are no", charset_kind_name((enum charset_kind)set.set));
    if (layout[0] != '\0' && !of_range) detail_add(detail, sizeof detail, "%s", layout);
    unit_troubles_mark(&troubles, file);
    unit_troubles_tell(&troubles, detail, sizeof detail);
    file->detail = texts_keep(texts, detail);
    uint64_t size = file->size_bytes > 0 ? (uint64_t)file->size_bytes : 0;
    file->bytes_unexamined = size > file->bytes_examined ? size - file->bytes_examined : 0;
    file->elsewhere = false;
    return file->detail != NULL;
}
