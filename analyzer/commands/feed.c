#include "feed.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../evidence/piece_order.h"
#include "../record/record_csv.h"
#include "../record/record_json.h"
#include "../record/record_json_parts.h"
#include "../record/record_listing.h"
#include "../record/record_xml_cut.h"
#include "../record/record_xml_parts.h"
#include "../support/checksum.h"
#include "../support/hash.h"
#include "changed.h"
#include "feed_sql.h"
#include "first_look.h"
#include "name_set.h"
#include "ranges.h"
#include "unit_troubles.h"

enum {
    FORMAT_NAME_ROOM = 32,     /* behind a chain that is too long for its room */
    READ_ROOM_MIN = 64 * 1024, /* what stream_read wants to have */
    HASH_BYTES = 1 << 20,      /* of a file that is only hashed: one read, between two looks at whether all threads are to rest */
    MEMBERS_BETWEEN = 1024,    /* that are passed without a unit, between two looks at the same */
    BREAKS_MAX = 8             /* values that are too long and broken; then no more are begun, since each costs a look at UNIT_BYTES_MAX */
};

#define GAP_NONE SIZE_MAX

/* An object that has begun and of which not all is told: a file, a range of one, or a member of a container in it. */
struct open_object {
    struct object object;      /* a copy of the ledger's entry; what became of it goes back at the end */
    char *own_path;            /* of a piece: its path */
    size_t index;              /* in the ledger */
    uint32_t file, piece;
    bool is_range;             /* then object is the whole file's entry, and these are nominal: */
    uint64_t range_begin, range_bytes;
    struct range_bounds bounds;
    struct open_file *in;
    struct open_object *next;  /* of its file's */
    uint32_t number;           /* in the stream; what was opened is 0 */
    bool is_known;             /* an earlier run finished it: it is only passed over */
    bool has_ended;            /* outcome says what became of it */
    uint32_t blocks_out;       /* handed out and not counted */
    struct stream_outcome outcome;
    struct charset *charset;
    struct layout layout;
    struct feed_sql *sql;      /* NULL unless it is SQL */
    struct table_plan *own_plan;      /* freed with the object */
    const struct table_plan *plan;    /* its own, or one of the feed's */
    struct sampled *sampled;          /* what its fields are; NULL where it has none */
    struct span path_customer;
    char *rest;                /* read, not handed out yet: rest_length bytes from rest_at on */
    size_t rest_at, rest_length, rest_capacity;
    size_t rest_gap;           /* bytes are missing before this one of them; GAP_NONE */
    bool ended, laid_out, oversized, oversized_seen, late_seen, broke_off, cut_row, short_row;
    bool has_cr_lines;         /* carriage returns become line feeds: sniff_has_cr_lines */
    uint64_t offset;           /* of the rest in the decoded object */
    void *parts;               /* of a value that is too long to be read as a whole; NULL: there was none yet */
    uint64_t parts_from;       /* its offset, while within one; else PARTS_NONE */
    uint64_t breaks;           /* of such values */
    uint32_t arrays;           /* JSON: around outermost objects, open behind what was handed out */
    const struct object_progress *earlier; /* how far an earlier run came; NULL where it did not, or that is passed over */
    enum progress_check check; /* of what was handed out */
    struct checksum *checksum; /* NULL unless of all */
    bool path_limit;           /* a path rule gave up on the object's path */
    uint32_t block_count;
    uint64_t *block_units;     /* units of each block; summed up at the end */
    size_t block_units_capacity;
    struct block_counts counts;
};

/* A file that is read, or a range of one, and the objects in it. */
struct open_file {
    size_t index;              /* in the ledger */
    uint32_t file;             /* the ledger index of the file; of a range another one */
    struct open_file *next;    /* of the feed's open ones */
    uint32_t holders;          /* threads at work on it; under the feed's lock */
    atomic_bool drained;       /* there is nothing more to join for */
    bool is_cut;               /* it is only hashed: nobody can help */
    pthread_mutex_t lock;      /* over all below; taken before the feed's, where both are */
    struct stream *stream;
    struct open_object *objects; /* begun and not told; the last one begun comes first */
    struct open_object *current; /* whose bytes are read; NULL between two of them, where a stop may leave it */
    uint64_t stored_seen;
    uint32_t source, source_set; /* its own; all that it is counted for; source_sets.h. A member may have another */
    struct name_set names;     /* of what it holds */
    uint32_t members_passed;   /* since something was handed out */
};

/* What is known of an object besides the ledger: of a file, or of what had more than one block. */
struct finished {
    bool begun;             /* by an earlier run */
    uint64_t base;          /* units that it read */
    uint32_t twin;          /* a duplicate of it, which is not read; 0: none, since the first object is no duplicate */
    uint64_t *units_before; /* [i]: units of the blocks up to and with i, for the numbers of places; NULL where one block was all */
    uint32_t block_count;
    uint32_t *pieces;       /* of a file: [i] is the index in the list of its range i + 1 */
    uint32_t piece_count, piece_capacity;
};

/* What is known of pieces in the ledger, of which there may be many: those alone of which something is. */
struct finished_piece {
    size_t index; /* 0: free */
    struct finished *finished;
};
struct finished_pieces {
    struct finished_piece *slots;
    size_t count, capacity; /* a power of two */
};

/* First lines that decided a layout, with the plan of the table: a dump often has thousands of files with one header. */
struct known_header {
    char *line; /* NULL: free */
    size_t length;
    const struct roles *roles; /* by which its names were planned */
    struct layout layout;
    struct table_plan *plan;
};

enum { HEADERS_KNOWN_MAX = 512, HEADER_SLOTS = 1024 };

struct feed {
    struct feed_options options;
    pthread_mutex_t headers_lock;
    struct known_header headers[HEADER_SLOTS];
    size_t header_count;
    pthread_mutex_t lock;     /* over the queue, the list of open files, the ledger, pieces */
    size_t *order;            /* ledger indexes of files and ranges still to open, in working order */
    size_t order_count, order_next;
    struct open_file *open;
    struct finished **finished; /* by index in the list; NULL: nothing is known */
    size_t finished_capacity;
    struct finished_pieces of_pieces; /* the same of pieces in the ledger */
    struct object_piece *pieces; /* ranges */
    size_t piece_count;
    struct object_reader known, parents; /* pieces of an earlier run; what others lie in, where it is not open */
    struct piece_order *order_of_pieces;
    struct field_sums fields; /* of finished objects */
    atomic_bool short_of_memory; /* to tell of one */
    struct feed_progress progress;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory left to read the evidence");
}

/* ------------------------------------------------------------------ open, close */

static struct finished_piece *piece_slot(const struct finished_pieces *pieces, size_t index)
{
    size_t at = mix64(index) & (pieces->capacity - 1);
    while (pieces->slots[at].index != 0 && pieces->slots[at].index != index) at = (at + 1) & (pieces->capacity - 1);
    return &pieces->slots[at];
}

static bool pieces_grow(struct finished_pieces *pieces)
{
    struct finished_pieces larger = {.capacity = pieces->capacity > 0 ? 2 * pieces->capacity : 64, .count = pieces->count};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) return false;
    for (size_t i = 0; i < pieces->capacity; i++)
        if (pieces->slots[i].index != 0) *piece_slot(&larger, pieces->slots[i].index) = pieces->slots[i];
    free(pieces->slots);
    *pieces = larger;
    return true;
}

static const struct finished *finished_at(const struct feed *feed, size_t index)
{
    static const struct finished nothing;
    const struct finished *found = NULL;
    if (index < feed->finished_capacity) found = feed->finished[index];
    else if (feed->of_pieces.count > 0) found = piece_slot(&feed->of_pieces, index)->finished;
    return found != NULL ? found : &nothing;
}

/* NULL: no memory. */
static struct finished *finished_make(struct feed *feed, size_t index)
{
    struct finished **found = index < feed->finished_capacity ? &feed->finished[index] : NULL;
    struct finished_pieces *pieces = &feed->of_pieces;
    if (found == NULL) {
        if (2 * (pieces->count + 1) > pieces->capacity && !pieces_grow(pieces)) return NULL;
        struct finished_piece *slot = piece_slot(pieces, index);
        pieces->count += slot->index == 0;
        slot->index = index;
        found = &slot->finished;
    }
    if (*found == NULL) *found = calloc(1, sizeof **found);
    return *found;
}

/* Notes where a file's range stands in the list. False: no memory, or numbers that no run of ours gives. */
static bool piece_note(struct feed *feed, const struct object_piece *piece)
{
    struct finished *file = finished_make(feed, piece->file);
    if (file == NULL || piece->number == 0 || piece->number > OBJECT_PIECES_MAX) return false;
    if (piece->number > file->piece_capacity) {
        uint32_t capacity = 2 * piece->number;
        uint32_t *pieces = realloc(file->pieces, capacity * sizeof *pieces);
        if (pieces == NULL) return false;
        memset(pieces + file->piece_capacity, 0, (capacity - file->piece_capacity) * sizeof *pieces);
        file->pieces = pieces;
        file->piece_capacity = capacity;
    }
    file->pieces[piece->number - 1] = (uint32_t)piece->index;
    if (piece->number > file->piece_count) file->piece_count = piece->number;
    return true;
}

/* The ledger index of a file's piece; 0, which no piece has: it is not known. */
static uint32_t piece_find(const struct feed *feed, uint32_t file, uint32_t number)
{
    const struct finished *finished = finished_at(feed, file);
    if (number == 0) return 0;
    if (number <= finished->piece_count) return finished->pieces[number - 1];
    return (uint32_t)object_list_find_piece(feed->options.list, file, number);
}

/* What was begun comes first: if it has changed, that is soon known. */
static int by_size(const void *a, const void *b, void *context)
{
    const struct feed *feed = context;
    const struct object *objects = feed->options.list->objects;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    bool x_begun = finished_at(feed, x)->begun, y_begun = finished_at(feed, y)->begun;
    if (x_begun != y_begun) return x_begun ? -1 : 1;
    if (objects[x].size_bytes != objects[y].size_bytes) return objects[x].size_bytes < objects[y].size_bytes ? 1 : -1;
    return x < y ? -1 : x > y;
}

/* Notes what is known before anything is read: what an earlier run began, what has duplicates. False: no memory. */
static bool finished_begin(struct feed *feed)
{
    const struct feed_options *options = &feed->options;
    for (size_t i = 0; i < options->progress_count; i++) {
        struct finished *begun = finished_make(feed, options->progress[i].index);
        if (begun == NULL) return false;
        begun->begun = true;
        begun->base = options->progress[i].units;
    }
    for (size_t i = 1; i < options->list->walked_count; i++) {
        if (options->list->objects[i].status != OBJECT_DUPLICATE) continue;
        struct finished *first = finished_make(feed, options->list->objects[i].duplicate_of);
        if (first == NULL) return false;
        first->twin = (uint32_t)i;
    }
    return true;
}

enum status feed_open(const struct feed_options *options, struct feed **feed, struct fault *fault)
{
    struct object_list *list = options->list;
    struct feed *made = calloc(1, sizeof *made);
    *feed = made;
    if (made == NULL) return no_memory(fault);
    made->options = *options;
    if (made->options.block_bytes == 0) made->options.block_bytes = BLOCK_BYTES_DEFAULT;
    if (made->options.unit_bytes_max == 0) made->options.unit_bytes_max = UNIT_BYTES_MAX;
    /* Else units that are too long would be whole in a block that is longer. */
    if (made->options.block_bytes > made->options.unit_bytes_max) made->options.block_bytes = made->options.unit_bytes_max;
    pthread_mutex_init(&made->lock, NULL);
    pthread_mutex_init(&made->headers_lock, NULL);
    uint64_t *members_max = &made->options.stream.members_max;
    if (*members_max >= OBJECT_PIECES_MAX) *members_max = OBJECT_PIECES_MAX - 1;
    made->finished_capacity = list->count;
    made->known.list = made->parents.list = list;
    made->order_of_pieces = piece_order_open(list);
    made->order = malloc((list->count + 1) * sizeof *made->order);
    made->finished = calloc(made->finished_capacity + 1, sizeof *made->finished);
    if (made->order == NULL || made->finished == NULL || made->order_of_pieces == NULL) {
        feed_close(made);
        *feed = NULL;
        return no_memory(fault);
    }
    if (options->piece_count > 0) {
        made->pieces = malloc(options->piece_count * sizeof *made->pieces);
        if (made->pieces == NULL) {
            feed_close(made);
            *feed = NULL;
            return no_memory(fault);
        }
        memcpy(made->pieces, options->pieces, options->piece_count * sizeof *made->pieces);
        made->piece_count = options->piece_count;
    }
    for (size_t i = 0; i < options->piece_count; i++) {
        struct object *piece = &list->objects[options->pieces[i].index];
        piece->file = options->pieces[i].file;
        piece->piece = options->pieces[i].number;
        if (piece_note(made, &options->pieces[i])) continue;
        feed_close(made);
        *feed = NULL;
        return no_memory(fault);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct object *object = &list->objects[i];
        bool by_itself = !object->is_piece || object->is_range; /* all else comes with its file */
        if (object->status == OBJECT_PENDING && !object->elsewhere && by_itself) made->order[made->order_count++] = i;
    }
    if (!finished_begin(made)) {
        feed_close(made);
        *feed = NULL;
        return no_memory(fault);
    }
    qsort_r(made->order, made->order_count, sizeof *made->order, by_size, made);
    return STATUS_OK;
}

/* How values of the object that are too long are divided; NULL: not at all. */
static const struct part_format *part_format_of(const struct open_object *object)
{
    switch (object->layout.format) {
    case FORMAT_JSON:
    case FORMAT_NDJSON:
        return &record_json_parts;
    case FORMAT_XML:
        return &record_xml_parts;
    default:
        return NULL;
    }
}

static void object_free(struct open_object *object)
{
    charset_close(object->charset);
    checksum_close(object->checksum);
    if (object->parts != NULL) part_format_of(object)->close(object->parts);
    table_plan_close(object->own_plan);
    feed_sql_close(object->sql);
    sampled_free(object->sampled);
    free(object->rest);
    free(object->block_units);
    free(object->own_path);
    free(object);
}

static void open_file_free(struct open_file *file)
{
    while (file->objects != NULL) {
        struct open_object *next = file->objects->next;
        object_free(file->objects);
        file->objects = next;
    }
    stream_close(file->stream);
    pthread_mutex_destroy(&file->lock);
    name_set_free(&file->names);
    free(file);
}

static void finished_free(struct finished *finished)
{
    if (finished == NULL) return;
    free(finished->units_before);
    free(finished->pieces);
    free(finished);
}

void feed_close(struct feed *feed)
{
    if (feed == NULL) return;
    while (feed->open != NULL) {
        struct open_file *next = feed->open->next;
        open_file_free(feed->open);
        feed->open = next;
    }
    for (size_t i = 0; i < feed->finished_capacity && feed->finished != NULL; i++) finished_free(feed->finished[i]);
    for (size_t i = 0; i < feed->of_pieces.capacity; i++) finished_free(feed->of_pieces.slots[i].finished);
    free(feed->finished);
    free(feed->of_pieces.slots);
    object_reader_close(&feed->known);
    object_reader_close(&feed->parents);
    piece_order_close(feed->order_of_pieces);
    free(feed->order);
    free(feed->pieces);
    field_sums_free(&feed->fields);
    for (size_t i = 0; i < HEADER_SLOTS; i++) {
        free(feed->headers[i].line);
        table_plan_close(feed->headers[i].plan);
    }
    pthread_mutex_destroy(&feed->headers_lock);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}

void feed_buffer_free(struct feed_buffer *buffer)
{
    free(buffer->bytes);
    free(buffer->stretches.at);
    sampler_close(buffer->sampler);
}

const struct field_sums *feed_fields(const struct feed *feed)
{
    return &feed->fields;
}

const struct feed_progress *feed_progress(const struct feed *feed)
{
    return &feed->progress;
}

/* ------------------------------------------------------------------ the end of an object */

/* Whether it is written in characters that could not be decoded here. */
static bool is_unread_charset(const struct open_object *object)
{
    return object->charset != NULL && charset_is_missing(object->charset);
}

/* What its name says that it is, and its bytes do not: packed, of which the first bytes may be damaged; or the XML in a zip of which an
 * office document is made, which is encrypted where that has a password. NULL: it is what its name says, or that says nothing. */
static const char *named_other(const struct open_object *object)
{
    static const char *const ends[] = {".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".tzst", ".lz4", ".zip", ".7z", ".tar", ".rar", ".lzma"};
    const char *dot = strrchr(object->object.path, '.'), *last = object->outcome.layers; /* "zip>" of "gzip>zip>" */
    for (const char *at = last; *at != '\0'; at++)
        if (at[0] == '>' && at[1] != '\0') last = at + 1;
    bool is_bare = *last == '\0' || strcmp(last, "tar>") == 0 || strcmp(last, "zip>") == 0 || strcmp(last, "7z>") == 0;
    if (dot == NULL || !is_bare || !object->laid_out || object->layout.format != FORMAT_BINARY) return NULL;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcasecmp(dot, ends[i]) == 0) return "something packed";
    return strcmp(last, "zip>") == 0 && strcasecmp(dot, ".xml") == 0 ? "XML" : NULL;
}

static void describe(const struct open_object *object, const struct stream_outcome *outcome, bool other_than_twin, char *detail, size_t detail_size)
{
    char layout[OBJECT_DETAIL_SIZE];
    layout_describe(&object->layout, layout, sizeof layout);
    const char *charset = object->charset == NULL ? "" : charset_kind_name(charset_kind(object->charset));
    uint64_t undecodable = object->charset == NULL ? 0 : charset_undecodable(object->charset);
    uint64_t joined = object->charset == NULL ? 0 : charset_joined(object->charset);
    snprintf(detail, detail_size, "%s", outcome->detail);
    if (other_than_twin) detail_add(detail, detail_size, "changed after it was compared with files of the same content, which were not read");
    if (object->layout.format == FORMAT_UNSUPPORTED) detail_add(detail, detail_size, "%s: contents not unpacked, bytes searched as they are", object->layout.name);
    if (named_other(object) != NULL) detail_add(detail, detail_size, "named like %s, which it is not: bytes searched as they are", named_other(object));
    if (is_unread_charset(object)) detail_add(detail, detail_size, "%s: cannot be decoded on this machine, bytes searched as they are", charset);
    bool foreign = object->charset != NULL && charset_kind(object->charset) == CHARSET_UNKNOWN;
    if (object->is_range) undecodable = joined = foreign = 0; /* its file's line tells them */
    if (foreign) detail_add(detail, detail_size, "%s", CHARSET_FOREIGN);
    if (undecodable > 0) detail_add(detail, detail_size, "%llu byte%s %s", (unsigned long long)undecodable, undecodable == 1 ? " that is no" : "s that are no", charset);
    if (joined > 0) detail_add(detail, detail_size, "%llu bytes of UTF-16 joined to other text", (unsigned long long)joined);
    if (layout[0] != '\0') detail_add(detail, detail_size, "%s", layout);
    unsigned long long lost = object->charset == NULL ? 0 : charset_lost_cells(object->charset);
    if (lost > 0) detail_add(detail, detail_size, "%llu cells without their texts, which stand in another part of the archive", lost);
    if (object->has_cr_lines) detail_add(detail, detail_size, "lines end in carriage returns");
    if (object->sql != NULL && feed_sql_is_nameless(object->sql)) detail_add(detail, detail_size, "columns of some tables not said");
}

/* Whether it is not what its duplicates, which nobody reads, were held against. */
static bool left_its_twin(const struct feed *feed, const struct open_object *object, const struct stream_outcome *outcome)
{
    uint32_t twin = finished_at(feed, object->index)->twin;
    return twin != 0 && outcome->hashed && memcmp(outcome->sha256, feed->options.list->objects[twin].sha256, SHA256_BYTES) != 0;
}

/* Whether a list of JSON, a document of tables or an SQL dump is still open where the object ends, of which no bytes are known to be missing. */
static bool lacks_end(const struct open_object *object)
{
    const struct stream_outcome *outcome = &object->outcome;
    bool is_open = object->arrays > 0 || (object->charset != NULL && charset_broke_off(object->charset)) || (object->sql != NULL && feed_sql_broke_off(object->sql));
    return is_open && (outcome->status == OBJECT_COMPLETE || outcome->reason == COVERAGE_RESIDUE_SCANNED_RAW);
}

static struct unit_troubles troubles_of(const struct open_object *object)
{
    bool path_limit = object->path_limit && !object->object.is_cut; /* which the ranges of a cut file say */
    unsigned bits = (path_limit ? TROUBLE_PATH_LIMIT : 0u) | (object->counts.hit_limit ? TROUBLE_MATCH_LIMIT : 0u) |
                    (object->oversized_seen ? TROUBLE_OVERSIZED : 0u) | (object->late_seen ? TROUBLE_LATE : 0u) |
                    (object->broke_off || lacks_end(object) ? TROUBLE_BROKE_OFF : 0u) |
                    (object->cut_row ? TROUBLE_CUT_ROW : 0u) | (object->short_row ? TROUBLE_SHORT_ROW : 0u);
    return (struct unit_troubles){(uint8_t)bits, object->counts.broken, object->counts.cut_off};
}

/* The chain of layers and what is in the innermost: "tar>gzip>csv"; of a container, up to itself. */
static void format_write(const struct open_object *object, char *text, size_t size)
{
    const char *name = object->laid_out ? object->layout.name : "";
    const char *charset = object->charset == NULL ? "" : charset_kind_name(charset_kind(object->charset));
    int length = (int)strlen(object->outcome.layers);
    bool ends_there = object->outcome.is_container || object->outcome.is_listed;
    if (ends_there && length > 0) snprintf(text, size, "%.*s", length - 1, object->outcome.layers);
    else snprintf(text, size, "%.*s%s%s%s", (int)size - FORMAT_NAME_ROOM, object->outcome.layers, charset, charset[0] != '\0' ? ">" : "", name);
}

/* How an object was read; lent to its entry until that is in the ledger. */
struct told_texts {
    char format[OBJECT_FORMAT_SIZE], detail[OBJECT_DETAIL_SIZE];
};

static void conclude_texts(const struct feed *feed, const struct open_object *object, const struct unit_troubles *troubles, struct told_texts *texts,
                           struct object *entry)
{
    format_write(object, texts->format, sizeof texts->format);
    describe(object, &object->outcome, left_its_twin(feed, object, &object->outcome), texts->detail, sizeof texts->detail);
    if (!object->is_range) unit_troubles_tell(troubles, texts->detail, sizeof texts->detail); /* else its file's line tells them, with those of the other ranges */
    entry->format = texts->format;
    entry->detail = texts->detail;
}

/* Writes into an entry what became of the object. */
static void conclude(const struct feed *feed, struct open_object *object, struct told_texts *texts, struct object *entry)
{
    const struct stream_outcome *outcome = &object->outcome;
    const struct unit_troubles troubles = troubles_of(object);
    entry->status = outcome->status;
    entry->reason = outcome->reason;
    entry->bytes_examined = outcome->stored_examined;
    entry->bytes_unexamined = outcome->stored_unexamined;
    entry->hashed = outcome->hashed; /* never a range: what shares memory with the digest is written last */
    memcpy(entry->sha256, outcome->sha256, sizeof entry->sha256);
    entry->units = object->counts.units;
    entry->records = object->counts.records;
    entry->findings = object->counts.findings;
    int64_t accounted = (int64_t)(outcome->stored_examined + outcome->stored_unexamined);
    if (!object->is_range && entry->size_bytes < accounted) entry->size_bytes = accounted; /* standard input, or it grew since it was listed */
    if (entry->status == OBJECT_COMPLETE || entry->status == OBJECT_PARTIAL) {
        if (left_its_twin(feed, object, outcome)) object_mark(entry, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ, NULL);
        unit_troubles_mark(&troubles, entry);
        if (object->charset != NULL && charset_lost_cells(object->charset) > 0) object_mark(entry, OBJECT_PARTIAL, COVERAGE_RESIDUE_SCANNED_RAW, NULL);
        if ((object->laid_out && object->layout.format == FORMAT_UNSUPPORTED) || is_unread_charset(object) || named_other(object) != NULL) {
            object_mark(entry, OBJECT_PARTIAL, COVERAGE_UNSUPPORTED_FORMAT, NULL);
            entry->bytes_unexamined += entry->bytes_examined;
            entry->bytes_examined = 0;
        }
    }
    conclude_texts(feed, object, &troubles, texts, entry);
    if (!object->is_range) return;
    entry->troubles = troubles.bits;
    entry->range = (struct range_read){.begin = object->bounds.begin.offset, .end = object->bounds.end.offset,
                                       .broken = troubles.broken, .cut_off = troubles.cut_off};
    range_set_note(object->charset, &object->layout, &entry->range);
    if (entry->status == OBJECT_FAILED) entry->bytes_unexamined = object->range_bytes;
}

/* Under the feed's lock: puts what became of the object into the ledger, and says with which reason. False: no memory. */
static bool entry_put(struct feed *feed, struct open_object *object, enum coverage_reason *reason)
{
    struct object_list *list = feed->options.list;
    struct told_texts texts;
    struct fault ignored;
    if (object->own_path == NULL) {
        struct object *entry = &list->objects[object->index];
        conclude(feed, object, &texts, entry);
        *reason = entry->reason;
        entry->format = texts_keep(&list->texts, texts.format);
        entry->detail = texts_keep(&list->texts, texts.detail);
        return entry->format != NULL && entry->detail != NULL;
    }
    struct object entry = object->object;
    conclude(feed, object, &texts, &entry);
    *reason = entry.reason;
    return ledger_put(list->ledger, object->index - list->ledger_begin, &entry, &ignored) == STATUS_OK;
}

/* Under the feed's lock: writes down what became of an object and takes it out of memory. */
static void tell(struct feed *feed, struct open_object *object)
{
    if (!object->is_known) {
        enum coverage_reason reason;
        bool concluded = entry_put(feed, object, &reason);
        /* The fields of a cut file are told once. */
        bool tells_fields = !object->is_range || object->range_begin == 0;
        bool told = !tells_fields || sampled_sum(object->sampled, object->object.source, object->layout.name, &feed->fields);
        if (!told || !concluded) atomic_store(&feed->short_of_memory, true);
        atomic_fetch_add_explicit(&feed->progress.objects, 1, memory_order_relaxed);
        if (coverage_reason_is_incomplete(reason)) atomic_fetch_add_explicit(&feed->progress.attention, 1, memory_order_relaxed);
    }
    if (object->block_count > 1) {
        for (uint32_t i = 1; i < object->block_count; i++) object->block_units[i] += object->block_units[i - 1];
        struct finished *finished = finished_make(feed, object->index);
        if (finished == NULL) {
            atomic_store(&feed->short_of_memory, true);
        } else {
            free(finished->units_before);
            finished->units_before = object->block_units;
            finished->block_count = object->block_count;
            object->block_units = NULL;
        }
    }
    struct open_object **link = &object->in->objects;
    while (*link != object) link = &(*link)->next;
    *link = object->next;
    if (object->in->current == object) object->in->current = NULL;
    object_free(object);
}

/* Under the feed's lock: takes the file off the list and out of memory. */
static void finish(struct feed *feed, struct open_file *file)
{
    for (struct open_object *object = file->objects, *next; object != NULL; object = next) {
        next = object->next;
        if (object->number == 0) object->outcome = *stream_outcome(file->stream);
        tell(feed, object);
    }
    struct open_file **link = &feed->open;
    while (*link != file) link = &(*link)->next;
    *link = file->next;
    open_file_free(file);
}

/* The name that an object gets: its own, or, where another in the same container has it, that with its number behind. NULL: no
 * memory. The caller frees it. */
static char *name_make(struct open_file *file, const struct stream_event *event)
{
    char *name = strdup(event->name);
    while (name != NULL) {
        enum name_outcome outcome = name_set_add(&file->names, event->parent, name);
        if (outcome == NAME_NEW) break;
        char *longer = NULL;
        if (outcome == NAME_NO_MEMORY || asprintf(&longer, "%s~%u", name, event->number) < 0) longer = NULL;
        free(name);
        name = longer;
    }
    return name;
}

/* What an object that begins in a file lies in: the file, or a container that is open. Under both locks. */
static enum status within_find(struct feed *feed, const struct open_file *file, uint32_t parent, const struct object **within, struct fault *fault)
{
    *within = &feed->options.list->objects[file->file];
    for (const struct open_object *object = file->objects; object != NULL && parent != 0; object = object->next)
        if (object->number == parent) return *within = &object->object, STATUS_OK;
    uint32_t index = parent == 0 ? 0 : piece_find(feed, file->file, parent);
    return index != 0 ? object_list_read(&feed->parents, index, within, fault) : STATUS_OK;
}

/* Whether a piece of an earlier run is the one that begins now. */
static bool is_same_piece(const struct object *then, const struct object *within, const char *name)
{
    size_t length = strlen(within->path);
    return strlen(name) > OBJECT_PATH_MAX / 2 || length > OBJECT_PATH_MAX / 2 ||
           (strncmp(then->path, within->path, length) == 0 && then->path[length] == '!' && strcmp(then->path + length + 1, name) == 0);
}

/* Under the feed's lock: an object that begins in a file, and its index; of one that an earlier run met, as it stands. Its path is
 * lent until the ledger changes. */
static enum status piece_begins(struct feed *feed, const struct open_file *file, const struct stream_event *event, const char *name, size_t *index,
                                struct object *piece, struct fault *fault)
{
    struct object_list *list = feed->options.list;
    const struct object *within, *found;
    enum status status = within_find(feed, file, event->parent, &within, fault);
    *index = piece_find(feed, file->file, event->number);
    bool is_known = *index != 0;
    if (status == STATUS_OK && !is_known) status = object_list_add_piece(list, within, file->file, name, event->number, index, fault);
    if (status == STATUS_OK) status = object_list_read(&feed->known, *index, &found, fault);
    if (status != STATUS_OK) return status;
    *piece = *found;
    if (is_known && !is_same_piece(found, within, name))
        return resume_evidence_changed(&list->objects[file->file], "holds other members than were counted", fault);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ filling and cutting */

static bool buffer_reserve(struct feed_buffer *buffer, size_t needed)
{
    if (needed + SHAPE_PADDING <= buffer->capacity) return true;
    size_t capacity = needed + needed / 4 + SHAPE_PADDING;
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) return false;
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

/* Puts bytes in front of the rest. Those that came from there are still in their places. */
static bool keep_rest(struct open_object *object, const char *bytes, size_t length)
{
    if (length <= object->rest_at) {
        object->rest_at -= length;
        memcpy(object->rest + object->rest_at, bytes, length);
    } else {
        size_t needed = length + object->rest_length;
        char *rest = object->rest;
        if (needed > object->rest_capacity) rest = malloc(needed);
        if (rest == NULL) return false;
        if (object->rest_length > 0) memmove(rest + length, object->rest + object->rest_at, object->rest_length);
        memcpy(rest, bytes, length);
        if (rest != object->rest) {
            free(object->rest);
            object->rest = rest;
            object->rest_capacity = needed;
        }
        object->rest_at = 0;
    }
    object->rest_length += length;
    if (object->rest_gap != GAP_NONE) object->rest_gap += length;
    return true;
}

/* Whether nothing comes behind what is in the buffer. */
static bool is_at_end(const struct open_object *object)
{
    return object->ended && object->rest_length == 0;
}

/* Bytes of an object in a thread's buffer, on their way to be a block. */
struct filling {
    size_t length;
    bool after_gap, before_gap; /* bytes are missing on this side */
};

/* Moves up to `wanted` bytes of the rest, as far as none are missing, behind those of the buffer. */
static bool take_rest(struct open_object *object, struct feed_buffer *buffer, size_t wanted, struct filling *filling)
{
    if (object->rest_gap == 0) {
        filling->before_gap = filling->length > 0;
        if (filling->before_gap) return true;
        filling->after_gap = true;
        object->rest_gap = GAP_NONE;
    }
    size_t count = object->rest_gap < object->rest_length ? object->rest_gap : object->rest_length;
    if (count > wanted - filling->length) count = wanted - filling->length;
    if (!buffer_reserve(buffer, filling->length + count)) return false;
    if (count > 0) memcpy(buffer->bytes + filling->length, object->rest + object->rest_at, count);
    filling->length += count;
    object->rest_at += count;
    object->rest_length -= count;
    if (object->rest_gap != GAP_NONE) object->rest_gap -= count;
    filling->before_gap = object->rest_gap == 0 && filling->length > 0;
    return true;
}

/* Room for the next read: for `wanted` bytes, and for what a decoder makes at once. */
static size_t read_room(const struct open_object *object, size_t wanted)
{
    size_t room = stream_room(object->in->stream);
    if (room < READ_ROOM_MIN) room = READ_ROOM_MIN;
    return wanted > room ? wanted : room;
}

/* How many bytes are enough for a block of an object that is laid out: what is decoded comes in steps, and to ask for the last few
 * would bring a step that is not wanted. */
static size_t enough_for_block(const struct feed *feed, const struct open_object *object)
{
    size_t block_bytes = feed->options.block_bytes;
    return stream_room(object->in->stream) > 0 ? block_bytes - block_bytes / 2 : block_bytes;
}

/* Reads until the buffer holds `wanted` bytes, the object ends or bytes are missing. END: the run is to stop. */
static enum status fill(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, size_t wanted,
                        struct filling *filling, struct fault *fault)
{
    if (filling->length < wanted && !filling->before_gap && !take_rest(object, buffer, wanted, filling)) return no_memory(fault);
    while (filling->length < wanted && !object->ended && !filling->before_gap) {
        size_t room = read_room(object, wanted - filling->length);
        if (!buffer_reserve(buffer, filling->length + room)) return no_memory(fault);
        size_t count = 0;
        bool gap = false;
        enum status status = charset_read(object->charset, object->in->stream, buffer->bytes + filling->length, room, &count, &gap, fault);
        if (status == STATUS_END && !stream_interrupted(object->in->stream)) {
            object->ended = true;
            break;
        }
        if (status != STATUS_OK) return status;
        uint64_t stored = stream_stored_position(object->in->stream);
        atomic_fetch_add_explicit(&feed->progress.bytes, stored - object->in->stored_seen, memory_order_relaxed);
        object->in->stored_seen = stored;
        if (object->has_cr_lines) sniff_turn_line_ends(buffer->bytes + filling->length, count);
        if (gap && filling->length == 0) filling->after_gap = true;
        if (gap && filling->length > 0) {
            if (!keep_rest(object, buffer->bytes + filling->length, count)) return no_memory(fault);
            object->rest_gap = 0;
            filling->before_gap = true;
            break;
        }
        filling->length += count;
    }
    return STATUS_OK;
}

static size_t cut_units(struct open_object *object, const char *bytes, size_t length, bool at_end)
{
    const struct layout *layout = &object->layout;
    if (layout->format == FORMAT_JSON) return record_json_cut(bytes, length, at_end, &object->arrays);
    if (at_end) return length;
    if (layout->format == FORMAT_CSV) return csv_cut(bytes, length, layout->delimiter, false);
    if (layout->format == FORMAT_XML) return record_xml_cut(bytes, length);
    if (layout->format == FORMAT_LISTING) return record_listing_cut(bytes, length);
    const char *newline = memrchr(bytes, '\n', length);
    return newline == NULL ? 0 : (size_t)(newline - bytes) + 1;
}

/* What of the buffer makes the next block. */
struct cutting {
    size_t length;    /* bytes that are done with; 0 and no part: more must be read */
    bool piece;       /* of a unit that is too long */
    struct part part; /* of a value that is too long; kind PART_MORE: none */
};

/* How many of the bytes in hand may belong to a value that is too long: in JSON lines it ends with its line. */
static size_t value_reach(const struct open_object *object, const char *bytes, size_t length, bool *ends)
{
    const char *newline = object->layout.format == FORMAT_NDJSON && length > 0 ? memchr(bytes, '\n', length) : NULL;
    *ends = newline != NULL;
    return newline == NULL ? length : (size_t)(newline - bytes);
}

/* Within a value that is too long: what of it can be read by itself. */
static void cut_part(const struct feed *feed, struct open_object *object, const char *bytes, const struct filling *filling, struct cutting *cutting)
{
    bool ends, is_last = is_at_end(object) || filling->before_gap;
    size_t reach = value_reach(object, bytes, filling->length, &ends);
    struct part *part = &cutting->part;
    *part = part_format_of(object)->next(object->parts, bytes, reach, ends || is_last ? EDGE_END : EDGE_OPEN, feed->options.block_bytes,
                                         feed->options.unit_bytes_max);
    part->runs_out &= !ends && !filling->before_gap;
    cutting->length = part->taken;
}

/* Begins a value of which parts can be read, at the object's offset. False: no memory. */
static bool begin_parts(struct open_object *object, size_t *taken)
{
    const struct part_format *format = part_format_of(object);
    if (object->parts == NULL) object->parts = format->open();
    object->parts_from = object->offset;
    return object->parts != NULL && format->begin(object->parts, taken);
}

/* At a unit that is too long: begins its parts, if it can be read so. What stands before it comes first. */
static bool cut_first_part(struct open_object *object, const char *bytes, size_t length, struct cutting *cutting)
{
    const struct part_format *format = part_format_of(object);
    size_t start = format == NULL || object->breaks >= BREAKS_MAX ? length : format->find(bytes, length);
    if (start == length) return false;
    cutting->length = start;
    if (object->layout.format == FORMAT_JSON) (void)record_json_cut(bytes, start, true, &object->arrays);
    if (start == 0 && !begin_parts(object, &cutting->length)) cutting->part.kind = PART_NO_MEMORY;
    return true;
}

/* Lines do not know of one another what was broken in them, so that it is the same where a range of a file begins. */
static void lines_end(struct open_object *object)
{
    if (object->layout.format == FORMAT_NDJSON) object->breaks = 0;
}

/* What of so many bytes is cut first: block_bytes, or all where that is half of that again at most. */
static size_t block_limit(const struct feed *feed, size_t length)
{
    size_t block_bytes = feed->options.block_bytes;
    return length > block_bytes + block_bytes / 2 ? block_bytes : length;
}

/* Whole units within block_limit, one longer unit, a piece of one that is too long, or a part of a value. */
static void cut(const struct feed *feed, struct open_object *object, const char *bytes, const struct filling *filling, struct cutting *cutting)
{
    size_t length = filling->length, block_bytes = block_limit(feed, length), unit_bytes_max = feed->options.unit_bytes_max;
    *cutting = (struct cutting){.length = length, .piece = object->oversized};
    if (object->parts_from != PARTS_NONE) {
        cut_part(feed, object, bytes, filling, cutting);
        return;
    }
    if (filling->before_gap) { /* nothing that follows belongs to it */
        object->oversized = false;
        object->arrays = 0;
        return;
    }
    bool at_end = is_at_end(object);
    size_t limit = length < unit_bytes_max ? length : unit_bytes_max;
    if (object->oversized) {
        const char *newline = memchr(bytes, '\n', limit);
        bool ends = newline != NULL || (at_end && length <= unit_bytes_max);
        object->oversized = !ends;
        if (ends) lines_end(object);
        if (ends) cutting->length = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
        else cutting->length = limit == unit_bytes_max ? unit_piece_cut(bytes, unit_bytes_max) : 0;
        return;
    }
    if (length > block_bytes) {
        cutting->length = cut_units(object, bytes, block_bytes, false);
        if (cutting->length > 0) lines_end(object);
        if (cutting->length > 0) return;
    }
    cutting->length = cut_units(object, bytes, limit, at_end && limit == length);
    if (cutting->length > 0) lines_end(object);
    if (cutting->length > 0 || limit < unit_bytes_max || cut_first_part(object, bytes, limit, cutting)) return;
    object->oversized = object->oversized_seen = cutting->piece = true;
    cutting->length = unit_piece_cut(bytes, unit_bytes_max);
}

/* The same for SQL, where what is cut also says what the bytes are; not beyond `most` bytes. */
static enum status cut_sql(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, const struct filling *filling,
                           uint64_t most, size_t *length, bool *piece, struct fault *fault)
{
    struct feed_sql_view view = {buffer->bytes, filling->length, filling->after_gap, filling->before_gap, is_at_end(object)};
    enum status status = feed_sql_cut(object->sql, &view, block_limit(feed, filling->length), most, &buffer->stretches, length, piece, fault);
    object->oversized_seen |= *piece;
    return status;
}

/* The slot of a first line, under the lock: its own, or the free one where it belongs. */
static const struct roles *roles_of(const struct feed *feed, const struct open_object *object)
{
    const struct object_list *list = feed->options.list;
    return object->object.source < list->source_count ? roles_of_source(feed->options.roles, list->sources[object->object.source]) : feed->options.roles;
}

static struct known_header *header_slot(struct feed *feed, const struct roles *roles, struct span line)
{
    size_t at = hash_bytes(line.at, line.len, 0) % HEADER_SLOTS;
    while (feed->headers[at].line != NULL &&
           (feed->headers[at].roles != roles || feed->headers[at].length != line.len || memcmp(feed->headers[at].line, line.at, line.len) != 0))
        at = (at + 1) % HEADER_SLOTS;
    return &feed->headers[at];
}

static bool lay_out_as_known(struct feed *feed, struct open_object *object, struct span sample)
{
    struct span line = sniff_first_line(sample);
    if (line.len == 0) return false;
    pthread_mutex_lock(&feed->headers_lock);
    const struct known_header *known = header_slot(feed, roles_of(feed, object), line);
    bool found = known->line != NULL;
    if (found) {
        object->layout = known->layout;
        object->plan = known->plan;
    }
    pthread_mutex_unlock(&feed->headers_lock);
    if (found && sniff_same_layout(sample, &object->layout)) return true;
    object->plan = NULL;
    return false;
}

/* Gives the object's plan to the feed, for the next object with this first line. */
static void remember_header(struct feed *feed, struct open_object *object, struct span line)
{
    pthread_mutex_lock(&feed->headers_lock);
    const struct roles *roles = roles_of(feed, object);
    struct known_header *known = header_slot(feed, roles, line);
    char *copy = known->line == NULL && feed->header_count < HEADERS_KNOWN_MAX ? malloc(line.len) : NULL;
    if (copy != NULL) {
        memcpy(copy, line.at, line.len);
        *known = (struct known_header){copy, line.len, roles, object->layout, object->own_plan};
        object->own_plan = NULL;
        feed->header_count++;
    }
    pthread_mutex_unlock(&feed->headers_lock);
}

/* The plan of a table: that of all with its header, but where its own values say otherwise. */
static enum status plan_columns(struct feed *feed, struct open_object *object, const struct feed_buffer *buffer, struct span sample, struct fault *fault)
{
    const struct layout *layout = &object->layout;
    const struct roles *roles = roles_of(feed, object);
    if (layout->format == FORMAT_SQL) return feed_sql_open(layout, roles, object->sampled, &object->sql, fault);
    const struct sampled *own = object->sampled != NULL && object->sampled->changed ? object->sampled : NULL;
    bool table = layout->format == FORMAT_CSV && (layout->has_header || own != NULL);
    if (!table || (own == NULL && object->plan != NULL)) return STATUS_OK;
    struct span header = {sample.at + layout->header_start, layout->header_end - layout->header_start};
    enum status status = table_plan_open(layout, header, roles, buffer->sampler, own, &object->own_plan, fault);
    object->plan = object->own_plan;
    if (status == STATUS_OK && own == NULL && layout->by_first_line) remember_header(feed, object, sniff_first_line(sample));
    return status;
}

/* Looks at the first bytes, which are in the thread's buffer: layout, fields, columns. */
static enum status lay_out(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, size_t length, struct fault *fault)
{
    struct span sample = {buffer->bytes, length < SNIFF_BYTES ? length : SNIFF_BYTES};
    struct first_bytes first = {.at = buffer->bytes, .length = length, .ended = object->ended, .form = charset_form(object->charset)};
    enum status status = STATUS_OK;
    object->laid_out = true;
    object->has_cr_lines = first_turn_line_ends(buffer->bytes, length);
    if (object->has_cr_lines && object->rest_length > 0) sniff_turn_line_ends(object->rest + object->rest_at, object->rest_length);
    bool known = first.form == NULL && lay_out_as_known(feed, object, sample);
    if (buffer->sampler == NULL) status = sampler_open(feed->options.roles, &buffer->sampler, fault);
    if (status == STATUS_OK) sampler_set_roles(buffer->sampler, roles_of(feed, object));
    if (status == STATUS_OK)
        status = first_look(buffer->sampler, &first, object->index + 1, known, &object->layout, &object->sampled, fault);
    return status == STATUS_OK ? plan_columns(feed, object, buffer, sample, fault) : status;
}

static enum status keep_units(struct open_object *object, struct fault *fault)
{
    if (object->block_count < object->block_units_capacity) return STATUS_OK;
    size_t capacity = 2 * object->block_units_capacity + 4;
    uint64_t *units = realloc(object->block_units, capacity * sizeof *units);
    if (units == NULL) return no_memory(fault);
    object->block_units = units;
    object->block_units_capacity = capacity;
    return STATUS_OK;
}

/* Whether what was counted of it need not be read again: its bytes are those of the file, and nothing before them is needed. */
static bool can_jump(const struct open_object *object)
{
    return stream_can_jump(object->in->stream) && charset_is_plain(object->charset) && object->sql == NULL;
}

/* An offset in the object as one in what its stream gives. */
static uint64_t stream_offset(const struct open_object *object, uint64_t offset)
{
    return offset - (object->is_range ? object->bounds.begin.offset : 0);
}

/* Says what is to be kept for a run that goes on, once it is known how the object is read. */
static enum status check_begin(struct open_object *object, bool hash, struct fault *fault)
{
    if (object->object.open_path == NULL) return STATUS_OK; /* nobody can go on with standard input */
    if (object->earlier != NULL) object->check = object->earlier->check;
    else object->check = can_jump(object) && !hash ? PROGRESS_CHECK_ENDS : PROGRESS_CHECK_ALL;
    if (object->check != PROGRESS_CHECK_ALL) return STATUS_OK;
    object->checksum = checksum_open();
    return object->checksum != NULL ? STATUS_OK : no_memory(fault);
}

static bool is_as_counted(const struct open_object *object)
{
    const struct object_progress *earlier = object->earlier;
    uint64_t now = 0;
    if (earlier->check == PROGRESS_CHECK_NONE) return true;
    if (earlier->check == PROGRESS_CHECK_ALL) return checksum_value(object->checksum) == earlier->checksum;
    return can_jump(object) && stream_ends_checksum(object->in->stream, stream_offset(object, earlier->offset), &now) &&
           now == earlier->checksum;
}

/* Is done with the first bytes of the buffer. */
static void drop(struct open_object *object, struct feed_buffer *buffer, struct filling *filling, size_t count)
{
    if (count == 0) return;
    if (object->checksum != NULL) checksum_add(object->checksum, buffer->bytes, count);
    memmove(buffer->bytes, buffer->bytes + count, filling->length - count);
    filling->length -= count;
    filling->after_gap = false;
    object->offset += count;
}

/* How many bytes to have in the buffer where those that are there were not enough. */
static size_t more_wanted(const struct feed *feed, const struct filling *filling)
{
    size_t more = 8 * filling->length, unit_bytes_max = feed->options.unit_bytes_max;
    size_t wanted = more < unit_bytes_max ? more : unit_bytes_max;
    return wanted > filling->length ? wanted : filling->length + READ_ROOM_MIN;
}

/* Passes over what an earlier run has counted up to an offset: reads it, and looks at nothing of it but whether it is the same. */
static enum status pass_over(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, uint64_t end, struct filling *filling,
                             struct fault *fault)
{
    enum status status = STATUS_OK;
    while (object->offset < end) {
        uint64_t left = end - object->offset;
        drop(object, buffer, filling, left < filling->length ? (size_t)left : filling->length);
        if (object->offset == end) break;
        filling->before_gap = false;
        status = fill(feed, object, buffer, READ_ROOM_MIN, filling, fault);
        if (status == STATUS_OK && filling->length == 0) return resume_evidence_changed(&object->object, "ends before what was counted", fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* The same for SQL, which goes by units: what follows hangs on what they say. */
static enum status pass_sql(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, uint64_t end, struct filling *filling,
                            struct fault *fault)
{
    enum status status = STATUS_OK;
    size_t wanted = READ_ROOM_MIN;
    while (status == STATUS_OK && object->offset < end) {
        bool piece;
        size_t passed = 0;
        uint64_t left = end - object->offset;
        status = fill(feed, object, buffer, wanted, filling, fault);
        if (status == STATUS_OK && filling->length == 0) return resume_evidence_changed(&object->object, "ends before what was counted", fault);
        if (status == STATUS_OK) status = cut_sql(feed, object, buffer, filling, left, &passed, &piece, fault);
        if (status != STATUS_OK) break;
        bool all = is_at_end(object) || filling->before_gap || filling->length > feed->options.unit_bytes_max;
        /* Where no unit ends, it is not what was counted, as its checksum will show. */
        if (passed == 0 && all) passed = left < filling->length ? (size_t)left : filling->length;
        wanted = passed == 0 ? more_wanted(feed, filling) : READ_ROOM_MIN;
        drop(object, buffer, filling, passed);
        if (filling->length == 0) filling->before_gap = false;
    }
    return status;
}

/* How many bytes behind `left` of a value that is too long there are to be looked at. */
static size_t ahead_of(const struct open_object *object, const char *bytes, size_t length, size_t left)
{
    bool ends;
    return value_reach(object, bytes + left, length - left, &ends);
}

/* The same within a value that is too long, from its start: what encloses the parts that follow has to be known. */
static enum status pass_parts(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, uint64_t end, struct filling *filling,
                              struct fault *fault)
{
    const struct part_format *format = part_format_of(object);
    size_t first = 0;
    if (format == NULL) return resume_evidence_changed(&object->object, "other content than was counted", fault);
    if (!begin_parts(object, &first)) return no_memory(fault);
    enum status status = pass_over(feed, object, buffer, object->offset + first, filling, fault);
    size_t wanted = feed->options.block_bytes;
    while (status == STATUS_OK && object->offset < end) {
        status = fill(feed, object, buffer, wanted, filling, fault);
        if (status != STATUS_OK) break;
        uint64_t left = end - object->offset;
        bool reaches = left <= filling->length;
        if (reaches && filling->length - left < PART_MAP_MIN && !is_at_end(object) && !filling->before_gap) {
            status = fill(feed, object, buffer, (size_t)left + PART_MAP_MIN, filling, fault);
            if (status != STATUS_OK) break;
        }
        if (format->look_ahead != NULL) format->look_ahead(object->parts, reaches ? ahead_of(object, buffer->bytes, filling->length, (size_t)left) : 0);
        struct part part = format->next(object->parts, buffer->bytes, reaches ? (size_t)left : filling->length,
                                        reaches ? EDGE_CUT : EDGE_OPEN, SIZE_MAX, feed->options.unit_bytes_max);
        bool stands = part.taken == 0 && (reaches || is_at_end(object) || filling->before_gap);
        if (part.kind == PART_NO_MEMORY) return no_memory(fault);
        if (part.kind == PART_BREAK || stands) return resume_evidence_changed(&object->object, "other content than was counted", fault);
        format->leave(object->parts, &part);
        drop(object, buffer, filling, part.taken);
        wanted = part.kind == PART_MORE ? more_wanted(feed, filling) : feed->options.block_bytes;
    }
    return status;
}

/* Gets behind what an earlier run has counted. END: the run is to stop. */
static enum status go_on(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct filling *filling, struct fault *fault)
{
    const struct object_progress *earlier = object->earlier;
    enum status status = STATUS_OK;
    bool in_parts = earlier->parts_from != PARTS_NONE;
    uint64_t plain_end = in_parts ? earlier->parts_from : earlier->offset;
    bool jumps = earlier->check == PROGRESS_CHECK_ENDS && !object->ended;
    if (jumps && !is_as_counted(object)) return resume_evidence_changed(&object->object, "other content than was counted", fault);
    if (jumps) {
        if (!stream_jump(object->in->stream, stream_offset(object, plain_end)))
            return resume_evidence_changed(&object->object, "ends before what was counted", fault);
        charset_jump(object->charset, earlier->charset_settled, earlier->charset_foreign ? CHARSET_UNKNOWN : CHARSET_NONE);
        *filling = (struct filling){0};
        object->rest_length = 0;
        object->rest_gap = GAP_NONE;
        object->offset = plain_end;
    }
    status = object->sql != NULL ? pass_sql(feed, object, buffer, plain_end, filling, fault) : pass_over(feed, object, buffer, plain_end, filling, fault);
    if (status == STATUS_OK && in_parts) status = pass_parts(feed, object, buffer, earlier->offset, filling, fault);
    if (status == STATUS_OK && in_parts && part_format_of(object)->look_ahead != NULL) part_format_of(object)->look_ahead(object->parts, 0);
    if (status != STATUS_OK) return status;
    if (!jumps && !is_as_counted(object)) return resume_evidence_changed(&object->object, "other content than was counted", fault);
    object->oversized = earlier->oversized;
    object->earlier = NULL;
    /* Where the units end just before a gap, what follows is that gap's. */
    if (filling->length == 0) {
        filling->before_gap = false;
        status = fill(feed, object, buffer, feed->options.block_bytes, filling, fault);
    }
    return status;
}

/* Looks at the buffer of an object that is new to this run. END: the run is to stop. */
static enum status object_look(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct filling *filling, struct fault *fault)
{
    enum status status = lay_out(feed, object, buffer, filling->length, fault);
    if (status == STATUS_OK) status = check_begin(object, feed->options.stream.hash, fault);
    size_t skipped = object->layout.text_start; /* what stands before the text belongs to no unit */
    memmove(buffer->bytes, buffer->bytes + skipped, filling->length - skipped);
    filling->length -= skipped;
    object->offset += skipped;
    return status;
}

/* Puts the context of a part before its elements, in the buffer. Returns the bytes of both; 0: no memory. */
static size_t part_assemble(struct open_object *object, struct feed_buffer *buffer, const struct part *part, struct part_context *context)
{
    const struct part_format *format = part_format_of(object);
    size_t room = format->context_room(object->parts), length = part->end - part->start;
    if (!buffer_reserve(buffer, part->end + room + 2 * length)) return 0;
    char *elements = buffer->bytes + room + (part->is_members ? 2 * length : 0);
    memmove(elements, buffer->bytes + part->start, length);
    if (part->is_members) length = format->elements(elements, length, buffer->bytes + room);
    format->context(object->parts, part, buffer->bytes, context);
    memset(buffer->bytes + context->length, ' ', room - context->length);
    return room + length;
}

/* Passes over an object that an earlier run has finished. */
static enum status pass_known(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct filling *filling, struct fault *fault)
{
    for (;;) {
        drop(object, buffer, filling, filling->length);
        filling->before_gap = false;
        if (is_at_end(object)) return STATUS_OK;
        enum status status = fill(feed, object, buffer, feed->options.block_bytes, filling, fault);
        if (status != STATUS_OK) return status;
    }
}

/* Whether it has no bytes of its own to be read: a container, or a member that is only listed. */
static bool holds_others(const struct open_object *object)
{
    const struct stream_outcome *outcome = stream_current(object->in->stream);
    return outcome->is_container || outcome->is_listed;
}

/* Fills and cuts until there is something to hand out. END: the run is to stop, or nothing is left. */
static enum status next_cut(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct filling *filling, struct cutting *cutting,
                            struct fault *fault)
{
    size_t wanted = object->laid_out ? enough_for_block(feed, object) : feed->options.block_bytes > SNIFF_BYTES ? feed->options.block_bytes : SNIFF_BYTES;
    for (;;) {
        enum status status = fill(feed, object, buffer, wanted, filling, fault);
        if (status == STATUS_OK && object->ended && filling->length == 0 && holds_others(object)) return STATUS_END;
        if (status == STATUS_OK && !object->laid_out) status = object_look(feed, object, buffer, filling, fault);
        if (status == STATUS_OK && object->is_known) status = pass_known(feed, object, buffer, filling, fault);
        if (status == STATUS_OK && object->earlier != NULL) status = go_on(feed, object, buffer, filling, fault);
        if (status != STATUS_OK) return status;
        if (filling->length == 0 && object->ended && object->parts_from == PARTS_NONE) return STATUS_END;
        *cutting = (struct cutting){0};
        if (object->sql == NULL) cut(feed, object, buffer->bytes, filling, cutting);
        else status = cut_sql(feed, object, buffer, filling, UINT64_MAX, &cutting->length, &cutting->piece, fault);
        if (status != STATUS_OK) return status;
        if (cutting->part.kind == PART_NO_MEMORY) return no_memory(fault);
        if (cutting->part.kind != PART_MORE) return STATUS_OK;
        if (object->parts_from == PARTS_NONE && (cutting->length > 0 || filling->length == 0)) return STATUS_OK;
        drop(object, buffer, filling, cutting->length);
        wanted = more_wanted(feed, filling);
    }
}

/* A block without a unit: all threads may be to rest, which is looked at between two blocks alone. */
static enum status nothing_next(struct open_object *object, struct feed_buffer *buffer, struct block *block, struct fault *fault)
{
    enum status status = keep_units(object, fault);
    if (status == STATUS_OK && !buffer_reserve(buffer, 1)) status = no_memory(fault);
    if (status != STATUS_OK) return status;
    *block = (struct block){.bytes = buffer->bytes, .layout = &object->layout, .place = {object->file, object->piece, object->block_count, 0}};
    object->block_units[object->block_count++] = 0;
    object->blocks_out++;
    return STATUS_OK;
}

/* A part of a file that is only hashed, as a block without a unit. */
static enum status hash_next(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct block *block, struct fault *fault)
{
    if (!buffer_reserve(buffer, HASH_BYTES)) return no_memory(fault);
    size_t count = 0;
    bool gap = false;
    enum status status = stream_read(object->in->stream, buffer->bytes, HASH_BYTES, &count, &gap, fault);
    uint64_t stored = stream_stored_position(object->in->stream);
    atomic_fetch_add_explicit(&feed->progress.bytes, stored - object->in->stored_seen, memory_order_relaxed);
    object->in->stored_seen = stored;
    object->ended = status == STATUS_END && !stream_interrupted(object->in->stream);
    return status == STATUS_OK ? nothing_next(object, buffer, block, fault) : status;
}

/* Under the object's lock: the next block, or END once nothing is left of the object, or the run is to stop. */
static enum status object_next(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct block *block, struct fault *fault)
{
    if (object->object.is_cut) return hash_next(feed, object, buffer, block, fault);
    struct filling filling = {0};
    struct cutting cutting;
    enum status status = next_cut(feed, object, buffer, &filling, &cutting, fault);
    if (status == STATUS_OK) status = keep_units(object, fault);
    if (status != STATUS_OK) return status;
    size_t length = cutting.length;
    bool last = length == filling.length, at_end = is_at_end(object);
    if (!last && !keep_rest(object, buffer->bytes + length, filling.length - length)) return no_memory(fault);
    const struct stream_outcome *outcome = stream_current(object->in->stream);
    bool damaged = filling.before_gap || (at_end && outcome->status == OBJECT_PARTIAL && outcome->reason != COVERAGE_RESIDUE_SCANNED_RAW &&
                                          outcome->reason != COVERAGE_BAD_CHECKSUM);
    if (object->checksum != NULL) checksum_add(object->checksum, buffer->bytes, length);
    object->offset += length;
    bool is_part = cutting.part.kind != PART_MORE;
    *block = (struct block){.offset = object->offset - length,
                            .layout = &object->layout,
                            .plan = object->plan,
                            .stretches = buffer->stretches.at,
                            .stretch_count = object->sql != NULL ? buffer->stretches.count : 0,
                            .sampled = object->sampled,
                            .roles = roles_of(feed, object),
                            .path_customer = object->path_customer,
                            .source = object->object.source,
                            .source_set = object->object.source == object->in->source ? object->in->source_set : object->object.source,
                            .place = {object->file, object->piece, object->block_count, 0},
                            .text_only = cutting.piece,
                            .first_partial = filling.after_gap,
                            .last_partial = damaged && last && !is_part,
                            .ends = at_end && last && !damaged && !is_part && !cutting.piece};
    if (is_part) {
        length = part_assemble(object, buffer, &cutting.part, &block->context);
        if (length == 0) return no_memory(fault);
        part_format_of(object)->leave(object->parts, &cutting.part);
        if (!part_format_of(object)->inside(object->parts)) object->parts_from = PARTS_NONE;
        object->oversized_seen |= cutting.part.oversized;
        object->breaks += cutting.part.kind == PART_BREAK;
        object->broke_off |= cutting.part.runs_out && !damaged;
    }
    block->bytes = buffer->bytes;
    block->length = length;
    object->block_units[object->block_count++] = 0;
    object->blocks_out++;
    memset(buffer->bytes + length, 0, SHAPE_PADDING);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ from object to object */

/* Takes over what an earlier run read of the object. */
static void restore(const struct feed *feed, struct open_object *object)
{
    for (size_t i = 0; i < feed->options.progress_count; i++) {
        const struct object_progress *progress = &feed->options.progress[i];
        if (progress->index != object->index) continue;
        if (progress->offset > 0) object->earlier = progress;
        object->oversized_seen = progress->oversized_seen;
        object->late_seen = progress->late_seen;
        object->broke_off = progress->broke_off;
        object->cut_row = progress->cut_row;
        object->short_row = progress->short_row;
        object->breaks = progress->breaks;
        object->arrays = progress->arrays;
        object->counts = (struct block_counts){.units = progress->units, .records = progress->records, .findings = progress->findings,
                                               .broken = progress->broken, .cut_off = progress->cut_off, .hit_limit = progress->hit_limit};
    }
}

/* Makes an object the one in hand, and takes over its own path, NULL for a file. Not under the feed's lock. */
static enum status object_begin(const struct feed *feed, struct open_file *file, struct path_matcher *matcher, const struct object *entry,
                                char *own_path, size_t index, uint32_t number, struct fault *fault)
{
    struct open_object *made = calloc(1, sizeof *made);
    if (made == NULL) {
        free(own_path);
        return no_memory(fault);
    }
    made->object = *entry;
    made->own_path = own_path;
    made->index = index;
    made->file = file->file;
    made->piece = number;
    made->number = number;
    made->in = file;
    made->rest_gap = GAP_NONE;
    made->parts_from = PARTS_NONE;
    made->next = file->objects;
    file->objects = file->current = made;
    restore(feed, made);
    made->is_known = number != 0 && entry->status != OBJECT_PENDING;
    if (!path_matcher_customer_within(matcher, made->object.below_root, &made->path_customer)) made->path_customer = (struct span){NULL, 0};
    made->path_limit = path_matcher_hit_limit(matcher);
    return charset_open(&made->charset, fault);
}

static enum status member_begins(struct feed *feed, struct open_file *file, struct path_matcher *matcher, const struct stream_event *event, struct fault *fault)
{
    size_t index = 0;
    struct object entry = {0};
    char *name = name_make(file, event);
    if (name == NULL) return no_memory(fault);
    pthread_mutex_lock(&feed->lock);
    enum status status = piece_begins(feed, file, event, name, &index, &entry, fault);
    char *path = status == STATUS_OK ? strdup(entry.path) : NULL;
    pthread_mutex_unlock(&feed->lock);
    free(name);
    if (status != STATUS_OK) return status;
    if (path == NULL) return no_memory(fault);
    entry.below_root = path + (entry.below_root - entry.path);
    entry.path = path;
    entry.format = entry.detail = NULL; /* lent, and of no use here */
    return object_begin(feed, file, matcher, &entry, path, index, event->number, fault);
}

/* An object has ended and all its blocks are counted. */
static void tell_when_done(struct feed *feed, struct open_object *object)
{
    if (!object->has_ended || object->blocks_out > 0 || object->number == 0) return;
    pthread_mutex_lock(&feed->lock);
    tell(feed, object);
    pthread_mutex_unlock(&feed->lock);
}

/* What an earlier run finished must be what it was: its digest, or its size, says so. */
static enum status known_compare(const struct open_object *object, struct fault *fault)
{
    const struct object *then = &object->object;
    const struct stream_outcome *now = &object->outcome;
    bool same = then->hashed == now->hashed && (!now->hashed || memcmp(then->sha256, now->sha256, SHA256_BYTES) == 0) &&
                then->size_bytes == (int64_t)(now->stored_examined + now->stored_unexamined);
    return same ? STATUS_OK : resume_evidence_changed(&object->object, "other content than was counted", fault);
}

static enum status member_ends(struct feed *feed, struct open_file *file, const struct stream_event *event, struct fault *fault)
{
    struct open_object *object = file->objects;
    while (object != NULL && object->number != event->number) object = object->next;
    if (object == NULL) return STATUS_OK;
    object->outcome = *event->outcome;
    object->has_ended = true;
    enum status status = object->is_known ? known_compare(object, fault) : STATUS_OK;
    if (status == STATUS_OK && object->earlier != NULL) status = resume_evidence_changed(&object->object, "ends before what was counted", fault);
    if (status == STATUS_OK) tell_when_done(feed, object);
    return status;
}

/* Goes on from the object in hand to the next one that has begun. END: the file has none, or the run is to stop. */
static enum status advance(struct feed *feed, struct open_file *file, struct path_matcher *matcher, struct fault *fault)
{
    struct stream_event event;
    for (;;) {
        enum status status = stream_next(file->stream, &event, fault);
        if (status == STATUS_END && !stream_interrupted(file->stream)) atomic_store(&file->drained, true);
        if (status != STATUS_OK) return status;
        if (!event.is_end) return member_begins(feed, file, matcher, &event, fault);
        status = member_ends(feed, file, &event, fault);
        if (status != STATUS_OK) return status;
    }
}

/* Under the file's lock: its next block, or END once nothing is left of it, or the run is to stop. */
static enum status file_next(struct feed *feed, struct open_file *file, struct feed_buffer *buffer, struct path_matcher *matcher, struct block *block,
                             struct open_object **object, struct fault *fault)
{
    for (;;) {
        if (atomic_load(&file->drained) || file->current == NULL) return STATUS_END;
        *object = file->current;
        bool is_long = file->members_passed >= MEMBERS_BETWEEN;
        enum status status = is_long ? nothing_next(*object, buffer, block, fault) : object_next(feed, *object, buffer, block, fault);
        if (status == STATUS_OK) file->members_passed = 0;
        if (status != STATUS_END || stream_interrupted(file->stream)) return status;
        if (!(*object)->ended) return status; /* the run is to stop */
        status = advance(feed, file, matcher, fault);
        if (status != STATUS_OK) return status;
        file->members_passed++;
    }
}

/* ------------------------------------------------------------------ handing out */

/* Takes the next file or range of the queue for this thread; NULL where the queue is empty. */
static enum status take_next(struct feed *feed, struct open_file **file, struct object *entry, struct fault *fault)
{
    *file = NULL;
    if (feed->order_next == feed->order_count) return STATUS_OK;
    struct open_file *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    const struct object_list *list = feed->options.list;
    made->index = feed->order[feed->order_next++];
    *entry = list->objects[made->index];
    made->file = entry->is_range ? entry->file : (uint32_t)made->index;
    made->is_cut = entry->is_cut && !entry->is_range;
    made->source = entry->source;
    made->source_set = source_set_of(feed->options.source_sets, list, made->file);
    pthread_mutex_init(&made->lock, NULL);
    (void)pthread_mutex_trylock(&made->lock); /* it is free; until its first block is cut, who joins meanwhile waits */
    made->holders = 1;
    made->next = feed->open;
    feed->open = made;
    *file = made;
    return STATUS_OK;
}

/* A file that another thread reads and that is worth a hand; NULL for none. */
static struct open_file *join(struct feed *feed)
{
    for (struct open_file *file = feed->open; file != NULL; file = file->next) {
        if (atomic_load(&file->drained) || file->is_cut) continue;
        file->holders++;
        return file;
    }
    return NULL;
}

/* Ends this thread's part in its file; the last one to leave finishes it. */
static void leave(struct feed *feed, struct open_file *file)
{
    pthread_mutex_lock(&feed->lock);
    if (--file->holders == 0) finish(feed, file);
    pthread_mutex_unlock(&feed->lock);
}

/* A range is read by its file's entry, with bounds of its own. */
static void range_begin(struct open_object *object, const struct object *range)
{
    object->is_range = true;
    object->piece = range->piece;
    object->range_begin = (uint64_t)range->start_bytes;
    object->range_bytes = (uint64_t)range->size_bytes;
    object->object.is_cut = false;
}

/* Restricts an object to the units of its range. */
static enum status range_enter(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct fault *fault)
{
    struct range_sample sample;
    struct fault inner;
    if (!buffer_reserve(buffer, FIRST_BYTES_ROOM)) return no_memory(fault);
    enum status status = range_sample(&object->object, &feed->options.stream, buffer->bytes, &sample, fault);
    object->ended = sample.first.ended;
    if (status == STATUS_OK) status = lay_out(feed, object, buffer, sample.first.length, fault);
    object->ended = false;
    object->has_cr_lines = sample.first.has_cr_lines; /* those of the sample are turned already */
    if (status != STATUS_OK) return status;
    const struct range_layout layout = {&object->layout, object->has_cr_lines};
    bool fits = sample.is_plain && unit_start_is_known(&object->layout);
    struct range_bounds *bounds = &object->bounds;
    status = !fits ? STATUS_DAMAGED : range_bounds_find(&object->object, &layout, &feed->options.stream.stop, object->range_begin,
                                                        object->range_begin + object->range_bytes, bounds, &inner);
    if (status == STATUS_FATAL) *fault = inner;
    if (status == STATUS_FATAL) return status;
    if (status != STATUS_OK || !stream_restrict(object->in->stream, bounds->begin.offset, bounds->end.offset)) {
        stream_give_up(object->in->stream, COVERAGE_CHANGED_DURING_READ, "not what was listed any more");
        return STATUS_OK;
    }
    charset_jump(object->charset, sample.is_settled, sample.set);
    object->offset = bounds->begin.offset;
    if (object->offset == 0) object->offset = object->layout.text_start; /* what stands before the text belongs to no unit */
    if (!stream_jump(object->in->stream, stream_offset(object, object->offset))) object->offset = bounds->begin.offset;
    object->rest_gap = bounds->begin.after_hole ? 0 : GAP_NONE;
    if (object->earlier != NULL && (object->earlier->offset < object->offset || object->earlier->offset > bounds->end.offset))
        return resume_evidence_changed(&object->object, "other content than was counted", fault);
    return check_begin(object, feed->options.stream.hash, fault);
}

/* Opens a file or a range that this thread has taken. */
static enum status file_open_stream(struct feed *feed, struct open_file *file, const struct object *entry, const struct object *whole,
                                    struct feed_buffer *buffer, struct path_matcher *matcher, struct fault *fault)
{
    struct stream_options options = feed->options.stream;
    options.hash &= !entry->is_range;
    enum status opened = stream_open(entry->is_range ? whole : entry, &options, &file->stream, fault);
    if (opened == STATUS_FATAL) return opened;
    enum status status = object_begin(feed, file, matcher, entry->is_range ? whole : entry, NULL, file->index, 0, fault);
    if (status != STATUS_OK) return status;
    struct open_object *object = file->current;
    if (entry->is_range) range_begin(object, entry);
    if (opened == STATUS_DAMAGED) {
        atomic_store(&file->drained, true); /* its outcome says why */
        return STATUS_OK;
    }
    if (file->is_cut && !options.hash && !stream_restrict(file->stream, 0, 0))
        stream_give_up(file->stream, COVERAGE_CHANGED_DURING_READ, "not what was listed any more");
    return entry->is_range ? range_enter(feed, object, buffer, fault) : STATUS_OK;
}

/* Gives the thread a file to work on, with its lock held; END where there is none left. */
static enum status choose(struct feed *feed, struct feed_buffer *buffer, struct path_matcher *matcher, struct fault *fault)
{
    struct open_file *file;
    struct object entry, whole = {0};
    pthread_mutex_lock(&feed->lock);
    enum status status = take_next(feed, &file, &entry, fault);
    bool own = file != NULL;
    if (own) whole = feed->options.list->objects[file->file];
    if (status == STATUS_OK && !own) file = join(feed);
    pthread_mutex_unlock(&feed->lock);
    buffer->current = file;
    if (status != STATUS_OK) return status;
    if (file == NULL) return STATUS_END;
    if (own) return file_open_stream(feed, file, &entry, &whole, buffer, matcher, fault);
    pthread_mutex_lock(&file->lock);
    return STATUS_OK;
}

enum status feed_next(struct feed *feed, struct feed_buffer *buffer, struct path_matcher *matcher, struct block *block,
                      struct open_object **object, struct fault *fault)
{
    const struct stop *stop = &feed->options.stream.stop;
    while (!stop_is_wanted(stop)) {
        enum status status = STATUS_OK;
        if (atomic_load(&feed->short_of_memory)) return no_memory(fault);
        if (buffer->current != NULL) pthread_mutex_lock(&buffer->current->lock);
        else status = choose(feed, buffer, matcher, fault);
        struct open_file *file = buffer->current;
        if (status == STATUS_OK) status = file_next(feed, file, buffer, matcher, block, object, fault);
        if (file != NULL) pthread_mutex_unlock(&file->lock);
        if (file == NULL) return status;
        if (status != STATUS_END) return status;
        if (stop_is_wanted(stop)) break; /* what it said of the end may not be true */
        buffer->current = NULL;
        leave(feed, file);
    }
    return STATUS_END;
}

void feed_done(struct feed *feed, struct open_object *object, const struct block *block, const struct block_counts *counts)
{
    struct open_file *file = object->in;
    pthread_mutex_lock(&file->lock);
    object->block_units[block->place.block] = counts->units;
    object->counts.units += counts->units;
    object->counts.records += counts->records;
    object->counts.findings += counts->findings;
    object->counts.broken += counts->broken;
    object->counts.cut_off += counts->cut_off;
    object->counts.hit_limit |= counts->hit_limit;
    object->late_seen |= counts->late;
    object->broke_off |= counts->broke_off;
    object->cut_row |= counts->cut_row;
    object->short_row |= counts->short_row;
    object->blocks_out--;
    tell_when_done(feed, object);
    pthread_mutex_unlock(&file->lock);
}

static enum status object_number_units(struct feed *feed, const struct open_object *object, struct fault *fault)
{
    if (object->block_count < 2) return STATUS_OK;
    struct finished *numbers = finished_make(feed, object->index);
    uint64_t *units = numbers == NULL ? NULL : realloc(numbers->units_before, object->block_count * sizeof *units);
    if (units == NULL) return no_memory(fault);
    numbers->units_before = units;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < object->block_count; i++) units[i] = sum += object->block_units[i];
    numbers->block_count = object->block_count;
    return STATUS_OK;
}

enum status feed_number_units(struct feed *feed, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (const struct open_file *file = feed->open; file != NULL; file = file->next)
        for (const struct open_object *object = file->objects; object != NULL && status == STATUS_OK; object = object->next)
            status = object_number_units(feed, object, fault);
    return status;
}

/* What is kept of an open object. What an earlier run counted stands as it stood until it is passed over. */
static struct object_progress progress_of(const struct open_object *object)
{
    if (object->earlier != NULL) return *object->earlier;
    struct object_progress progress = {.index = object->index,
                                       .offset = object->offset,
                                       .units = object->counts.units,
                                       .records = object->counts.records,
                                       .findings = object->counts.findings,
                                       .broken = object->counts.broken,
                                       .cut_off = object->counts.cut_off,
                                       .hit_limit = object->counts.hit_limit,
                                       .path_limit = object->path_limit,
                                       .parts_from = object->parts_from,
                                       .breaks = object->breaks,
                                       .arrays = object->arrays,
                                       .late_seen = object->late_seen,
                                       .broke_off = object->broke_off,
                                       .cut_row = object->cut_row,
                                       .short_row = object->short_row,
                                       .oversized = object->oversized,
                                       .oversized_seen = object->oversized_seen,
                                       .charset_settled = charset_is_settled(object->charset),
                                       .charset_foreign = charset_kind(object->charset) == CHARSET_UNKNOWN,
                                       .check = object->check};
    if (object->check == PROGRESS_CHECK_ALL) progress.checksum = checksum_value(object->checksum);
    bool again = object->check == PROGRESS_CHECK_ENDS && can_jump(object) &&
                 stream_ends_checksum(object->in->stream, stream_offset(object, object->offset), &progress.checksum);
    if (object->check == PROGRESS_CHECK_ENDS && !again) progress.check = PROGRESS_CHECK_NONE;
    return progress;
}

enum status feed_state(const struct feed *feed, struct object_progress **progress, size_t *progress_count,
                       const struct object_piece **pieces, size_t *piece_count, struct fault *fault)
{
    size_t count = 0;
    for (const struct open_file *file = feed->open; file != NULL; file = file->next)
        for (const struct open_object *object = file->objects; object != NULL; object = object->next) count++;
    *pieces = feed->pieces;
    *piece_count = feed->piece_count;
    *progress_count = 0;
    *progress = calloc(count + feed->options.progress_count + 1, sizeof **progress);
    if (*progress == NULL) return no_memory(fault);
    for (const struct open_file *file = feed->open; file != NULL; file = file->next)
        for (const struct open_object *object = file->objects; object != NULL; object = object->next)
            if (!object->is_known) (*progress)[(*progress_count)++] = progress_of(object);
    /* What an earlier run began and this one has not opened yet stands where it stood. */
    struct object_reader reader = {.list = feed->options.list};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < feed->options.progress_count && status == STATUS_OK; i++) {
        const struct object_progress *earlier = &feed->options.progress[i];
        const struct object *object;
        status = object_list_read(&reader, earlier->index, &object, fault);
        bool seen = status != STATUS_OK || object->status != OBJECT_PENDING;
        for (size_t k = 0; k < *progress_count; k++) seen |= (*progress)[k].index == earlier->index;
        if (!seen) (*progress)[(*progress_count)++] = *earlier;
    }
    object_reader_close(&reader);
    return status;
}

uint32_t feed_object(const struct feed *feed, uint32_t file, uint32_t piece)
{
    uint32_t found = piece_find(feed, file, piece);
    return found != 0 ? found : file;
}

uint64_t feed_unit(const struct feed *feed, const struct place *place)
{
    uint64_t number = (uint64_t)place->unit + 1;
    const struct finished *finished = finished_at(feed, feed_object(feed, place->file, place->piece));
    number += finished->base;
    if (place->block >= finished->block_count) return number;
    return number + (place->block > 0 ? finished->units_before[place->block - 1] : 0);
}

bool feed_piece_before(const void *context, uint32_t file, uint32_t a, uint32_t b)
{
    struct feed *feed = *(struct feed *const *)context;
    pthread_mutex_lock(&feed->lock);
    bool ranges = finished_at(feed, file)->piece_count > 0, before = ranges ? a < b : piece_order_before(feed->order_of_pieces, file, a, b);
    pthread_mutex_unlock(&feed->lock);
    return before;
}

enum status feed_failure(struct feed *feed, struct fault *fault)
{
    pthread_mutex_lock(&feed->lock);
    enum status status = piece_order_failure(feed->order_of_pieces, fault);
    pthread_mutex_unlock(&feed->lock);
    return status;
}
