#include "feed.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../record/record_csv.h"
#include "../record/record_json.h"
#include "../support/checksum.h"
#include "../support/hash.h"
#include "changed.h"
#include "feed_sql.h"
#include "sample.h"

enum {
    READ_ROOM_MIN = 64 * 1024, /* what stream_read wants to have */
    FORMAT_NAME_ROOM = 32,     /* behind a chain that is too long for its room */
    PIECE_LOOKBACK = 64 * 1024 /* where a unit that is too long is cut: behind the last byte that is no word */
};

/* An object that has begun and of which not all is told: the file itself, or one in it. */
struct open_object {
    struct object object;      /* a copy of the ledger's entry; what became of it goes back at the end */
    size_t index;              /* in the ledger */
    uint32_t number;           /* within the file; the file is 0 */
    struct open_file *file;
    struct open_object *next;  /* of the file's */
    struct charset *charset;
    struct layout layout;
    struct feed_sql *sql;      /* NULL unless it is SQL */
    struct table_plan *own_plan;      /* freed with the object */
    const struct table_plan *plan;    /* its own, or one of the feed's */
    struct sampled *sampled;          /* what its fields are; NULL where it has none */
    struct span path_customer;
    bool laid_out, oversized, oversized_seen;
    bool path_limit;           /* a path rule gave up on the object's path */
    bool is_known;             /* an earlier run finished it: it is only passed over */
    bool has_ended;            /* outcome says what became of it */
    uint64_t offset;           /* of what is to come in the decoded object */
    uint64_t known_to;         /* an earlier run counted up to here */
    uint32_t block_count, blocks_out;
    uint64_t *block_units;     /* units of each block; summed up at the end */
    size_t block_units_capacity;
    struct block_counts counts;
    struct stream_outcome outcome;
};

/* A file that is read, and the objects in it. */
struct open_file {
    uint32_t index;            /* in the ledger */
    struct open_file *next;    /* of the feed's open ones */
    uint32_t holders;          /* threads at work on it; under the feed's lock */
    atomic_bool drained;       /* there is nothing more to join for */
    pthread_mutex_t lock;      /* over all below; taken before the feed's, where both are */
    struct stream *stream;
    struct open_object *objects; /* begun and not told; the last one begun comes first */
    struct open_object *current; /* whose bytes are read; NULL between two of them, where a stop may leave it */
    char *rest;                /* read, not handed out yet */
    size_t rest_length, rest_capacity;
    bool rest_after_gap, ended; /* ended: nothing more comes of the current object */
    bool check_begun;
    uint64_t offset;           /* of what is to come, in all that its objects gave */
    const struct object_progress *earlier; /* how far an earlier run came; NULL where it did not, or that is passed over */
    enum progress_check check; /* of what was handed out */
    struct checksum *checksum; /* NULL unless of all */
    uint64_t stored_seen;
    uint32_t source, source_set; /* its own; all that it is counted for; source_sets.h. A member may have another */
    uint64_t *names;           /* hashes of the names of what it holds, each with what it lies in; 0: free */
    size_t name_count, name_capacity;
};

/* Units of a finished object, summed up by block, for the numbers of places; NULL where one block was all. */
struct finished {
    bool begun;             /* by an earlier run */
    uint64_t base;          /* units that it read */
    uint32_t twin;          /* a duplicate of it, which is not read; 0: none, since the first object is no duplicate */
    uint64_t *units_before; /* [i]: units of the blocks up to and with i */
    uint32_t block_count;
    uint32_t *pieces;       /* of a file: [i] is the ledger index of its piece i + 1 */
    uint32_t piece_count, piece_capacity;
};

/* First lines that decided a layout, with the plan of the table: a dump often has thousands of files with one header. */
struct known_header {
    char *line; /* NULL: free */
    size_t length;
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
    size_t *order;            /* ledger indexes of files still to open, in working order */
    size_t order_count, order_next;
    struct open_file *open;
    struct finished *finished; /* by ledger index */
    size_t finished_capacity;
    struct object_piece *pieces;
    size_t piece_count, piece_capacity;
    struct field_sums fields; /* of finished objects */
    atomic_bool short_of_memory; /* to tell of one */
    struct feed_progress progress;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory left to read the evidence");
}

/* ------------------------------------------------------------------ open, close */

/* Notes where a file's piece stands in the ledger. False: no memory, or numbers that no run of ours gives. */
static bool piece_note(struct feed *feed, const struct object_piece *piece)
{
    struct finished *file = &feed->finished[piece->file];
    if (piece->number == 0 || piece->number > OBJECT_PIECES_MAX) return false;
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
    const struct finished *finished = &feed->finished[file];
    return number > 0 && number <= finished->piece_count ? finished->pieces[number - 1] : 0;
}

/* What was begun comes first: if it has changed, that is soon known. */
static int by_size(const void *a, const void *b, void *context)
{
    const struct feed *feed = context;
    const struct object *objects = feed->options.list->objects;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    bool x_begun = feed->finished[x].begun, y_begun = feed->finished[y].begun;
    if (x_begun != y_begun) return x_begun ? -1 : 1;
    if (objects[x].size_bytes != objects[y].size_bytes) return objects[x].size_bytes < objects[y].size_bytes ? 1 : -1;
    return x < y ? -1 : x > y;
}

enum status feed_open(const struct feed_options *options, struct feed **feed, struct fault *fault)
{
    struct object_list *list = options->list;
    struct feed *made = calloc(1, sizeof *made);
    *feed = made;
    if (made == NULL) return no_memory(fault);
    made->options = *options;
    uint64_t *members_max = &made->options.stream.members_max;
    if (*members_max >= OBJECT_PIECES_MAX) *members_max = OBJECT_PIECES_MAX - 1;
    if (made->options.block_bytes == 0) made->options.block_bytes = BLOCK_BYTES_DEFAULT;
    pthread_mutex_init(&made->lock, NULL);
    pthread_mutex_init(&made->headers_lock, NULL);
    made->finished_capacity = list->count + 16;
    made->order = malloc((list->count + 1) * sizeof *made->order);
    made->finished = calloc(made->finished_capacity, sizeof *made->finished);
    if (made->order == NULL || made->finished == NULL) {
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
        made->piece_count = made->piece_capacity = options->piece_count;
    }
    for (size_t i = 0; i < options->piece_count; i++) {
        if (piece_note(made, &options->pieces[i])) continue;
        feed_close(made);
        *feed = NULL;
        return no_memory(fault);
    }
    for (size_t i = 0; i < list->walked_count; i++)
        if (list->objects[i].status == OBJECT_PENDING && !list->objects[i].elsewhere) made->order[made->order_count++] = i;
    for (size_t i = 0; i < options->progress_count; i++) {
        struct finished *begun = &made->finished[options->progress[i].index];
        begun->begun = true;
        begun->base = options->progress[i].units;
    }
    for (size_t i = 1; i < list->walked_count; i++)
        if (list->objects[i].status == OBJECT_DUPLICATE) made->finished[list->objects[i].duplicate_of].twin = (uint32_t)i;
    qsort_r(made->order, made->order_count, sizeof *made->order, by_size, made);
    return STATUS_OK;
}

static void object_free(struct open_object *object)
{
    if (object == NULL) return;
    charset_close(object->charset);
    table_plan_close(object->own_plan);
    feed_sql_close(object->sql);
    sampled_free(object->sampled);
    free(object->block_units);
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
    checksum_close(file->checksum);
    pthread_mutex_destroy(&file->lock);
    free(file->names);
    free(file->rest);
    free(file);
}

void feed_close(struct feed *feed)
{
    if (feed == NULL) return;
    while (feed->open != NULL) {
        struct open_file *next = feed->open->next;
        open_file_free(feed->open);
        feed->open = next;
    }
    for (size_t i = 0; i < feed->finished_capacity && feed->finished != NULL; i++) {
        free(feed->finished[i].units_before);
        free(feed->finished[i].pieces);
    }
    free(feed->finished);
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

static void describe(const struct open_object *object, const struct stream_outcome *outcome, bool other_than_twin, char *detail, size_t detail_size)
{
    char layout[OBJECT_DETAIL_SIZE];
    layout_describe(&object->layout, layout, sizeof layout);
    int used = snprintf(detail, detail_size, "%s", outcome->detail);
    size_t at = used < 0 || (size_t)used >= detail_size ? detail_size - 1 : (size_t)used;
    if (other_than_twin && at < detail_size)
        at += (size_t)snprintf(detail + at, detail_size - at, "%schanged after it was compared with files of the same content, which were not read", at > 0 ? "; " : "");
    if (object->layout.format == FORMAT_UNSUPPORTED && at < detail_size)
        at += (size_t)snprintf(detail + at, detail_size - at, "%s%s: contents not unpacked, bytes searched as they are",
                               at > 0 ? "; " : "", object->layout.name);
    const char *charset = object->charset == NULL ? "" : charset_kind_name(charset_kind(object->charset));
    uint64_t undecodable = object->charset == NULL ? 0 : charset_undecodable(object->charset);
    if (is_unread_charset(object) && at < detail_size)
        at += (size_t)snprintf(detail + at, detail_size - at, "%s%s: cannot be decoded on this machine, bytes searched as they are", at > 0 ? "; " : "", charset);
    if (undecodable > 0 && at < detail_size)
        at += (size_t)snprintf(detail + at, detail_size - at, "%s%llu bytes that are no %s", at > 0 ? "; " : "", (unsigned long long)undecodable, charset);
    if (layout[0] != '\0' && at < detail_size) at += (size_t)snprintf(detail + at, detail_size - at, "%s%s", at > 0 ? "; " : "", layout);
    if (object->oversized_seen && at < detail_size)
        at += (size_t)snprintf(detail + at, detail_size - at, "%sa unit of over %d bytes read in pieces", at > 0 ? "; " : "", UNIT_BYTES_MAX);
    if (object->counts.broken > 0 && at < detail_size)
        at += (size_t)snprintf(detail + at, detail_size - at, "%s%llu units read as text", at > 0 ? "; " : "",
                               (unsigned long long)object->counts.broken);
    if (object->counts.cut_off > 0 && at < detail_size)
        snprintf(detail + at, detail_size - at, "%s%llu units inherit the identifiers of the innermost enclosing levels alone", at > 0 ? "; " : "",
                 (unsigned long long)object->counts.cut_off);
}

/* Whether it is not what its duplicates, which nobody reads, were held against. */
static bool left_its_twin(const struct feed *feed, const struct open_object *object, const struct stream_outcome *outcome)
{
    uint32_t twin = feed->finished[object->index].twin;
    return twin != 0 && outcome->hashed && memcmp(outcome->sha256, feed->options.list->objects[twin].sha256, SHA256_BYTES) != 0;
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

/* Writes into the ledger's entry what became of the object. */
static void conclude(const struct feed *feed, struct open_object *object, struct object *entry)
{
    const struct stream_outcome *outcome = &object->outcome;
    entry->status = outcome->status;
    entry->reason = outcome->reason;
    entry->bytes_examined = outcome->stored_examined;
    entry->bytes_unexamined = outcome->stored_unexamined;
    entry->hashed = outcome->hashed;
    memcpy(entry->sha256, outcome->sha256, sizeof entry->sha256);
    entry->units = object->counts.units;
    entry->records = object->counts.records;
    entry->findings = object->counts.findings;
    int64_t accounted = (int64_t)(outcome->stored_examined + outcome->stored_unexamined);
    if (entry->size_bytes < accounted) entry->size_bytes = accounted; /* standard input, or it grew since it was listed */
    format_write(object, entry->format, sizeof entry->format);
    if (entry->status == OBJECT_COMPLETE || entry->status == OBJECT_PARTIAL) {
        if (left_its_twin(feed, object, outcome)) object_mark(entry, OBJECT_PARTIAL, COVERAGE_CHANGED_DURING_READ, NULL);
        if (object->path_limit) object_mark(entry, OBJECT_PARTIAL, COVERAGE_REGEX_LIMIT, "a path rule reached its match limit");
        if (object->counts.cut_off > 0) object_mark(entry, OBJECT_PARTIAL, COVERAGE_LIMIT_DEPTH, NULL);
        if (object->counts.hit_limit) object_mark(entry, OBJECT_PARTIAL, COVERAGE_REGEX_LIMIT, NULL);
        if (object->oversized_seen) object_mark(entry, OBJECT_PARTIAL, COVERAGE_OVERSIZED_RECORD, NULL);
        if ((object->laid_out && object->layout.format == FORMAT_UNSUPPORTED) || is_unread_charset(object)) {
            object_mark(entry, OBJECT_PARTIAL, COVERAGE_UNSUPPORTED_FORMAT, NULL);
            entry->bytes_unexamined += entry->bytes_examined;
            entry->bytes_examined = 0;
        }
    }
    describe(object, outcome, left_its_twin(feed, object, outcome), entry->detail, sizeof entry->detail);
}

/* Under the feed's lock: writes down what became of an object and takes it out of memory. */
static void tell(struct feed *feed, struct open_object *object)
{
    struct object *entry = &feed->options.list->objects[object->index];
    if (!object->is_known) {
        conclude(feed, object, entry);
        if (!sampled_sum(object->sampled, object->object.source, object->layout.name, &feed->fields)) atomic_store(&feed->short_of_memory, true);
        atomic_fetch_add_explicit(&feed->progress.objects, 1, memory_order_relaxed);
        if (coverage_reason_is_incomplete(entry->reason)) atomic_fetch_add_explicit(&feed->progress.attention, 1, memory_order_relaxed);
    }
    if (object->block_count > 1) {
        for (uint32_t i = 1; i < object->block_count; i++) object->block_units[i] += object->block_units[i - 1];
        free(feed->finished[object->index].units_before);
        feed->finished[object->index].units_before = object->block_units;
        feed->finished[object->index].block_count = object->block_count;
        object->block_units = NULL;
    }
    struct open_object **link = &object->file->objects;
    while (*link != object) link = &(*link)->next;
    *link = object->next;
    if (object->file->current == object) object->file->current = NULL;
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

/* Makes room for one more piece in everything that goes by the ledger's numbers. */
static bool pieces_reserve(struct feed *feed)
{
    size_t wanted = feed->options.list->count + 1;
    if (wanted > feed->finished_capacity) {
        size_t capacity = 2 * wanted;
        struct finished *finished = realloc(feed->finished, capacity * sizeof *finished);
        if (finished == NULL) return false;
        memset(finished + feed->finished_capacity, 0, (capacity - feed->finished_capacity) * sizeof *finished);
        feed->finished = finished;
        feed->finished_capacity = capacity;
    }
    if (feed->piece_count == feed->piece_capacity) {
        size_t capacity = 2 * feed->piece_capacity + 16;
        struct object_piece *pieces = realloc(feed->pieces, capacity * sizeof *pieces);
        if (pieces == NULL) return false;
        feed->pieces = pieces;
        feed->piece_capacity = capacity;
    }
    return true;
}

static void name_put(uint64_t *names, size_t capacity, uint64_t hash)
{
    size_t at = hash % capacity;
    while (names[at] != 0) at = (at + 1) % capacity;
    names[at] = hash;
}

/* Notes a name in the file. False: there is one like it already, or, with *enough cleared, no memory. */
static bool name_note(struct open_file *file, uint32_t parent, const char *name, bool *enough)
{
    uint64_t hash = hash_bytes(name, strlen(name), parent + UINT64_C(1)) | 1;
    if (2 * (file->name_count + 1) > file->name_capacity) {
        size_t capacity = 2 * file->name_capacity + 64;
        uint64_t *names = calloc(capacity, sizeof *names);
        if (names == NULL) return *enough = false;
        for (size_t i = 0; i < file->name_capacity; i++)
            if (file->names[i] != 0) name_put(names, capacity, file->names[i]);
        free(file->names);
        file->names = names;
        file->name_capacity = capacity;
    }
    for (size_t at = hash % file->name_capacity; file->names[at] != 0; at = (at + 1) % file->name_capacity)
        if (file->names[at] == hash) return false;
    name_put(file->names, file->name_capacity, hash);
    file->name_count++;
    return true;
}

/* The name that an object gets: its own, or, where another in the same container has it, that with its number behind. NULL: no
 * memory. The caller frees it. */
static char *name_make(struct open_file *file, const struct stream_event *event)
{
    bool enough = true;
    char *name = strdup(event->name);
    while (name != NULL && !name_note(file, event->parent, name, &enough)) {
        char *longer = NULL;
        if (!enough || asprintf(&longer, "%s~%u", name, event->number) < 0) longer = NULL;
        free(name);
        name = longer;
    }
    return name;
}

/* Under the feed's lock: the ledger index of an object that begins in a file; of one that an earlier run met, as it stands. */
static enum status piece_index(struct feed *feed, const struct open_file *file, const struct stream_event *event, const char *name, size_t *index,
                               struct fault *fault)
{
    struct object_list *list = feed->options.list;
    size_t parent = event->parent == 0 ? file->index : piece_find(feed, file->index, event->parent);
    *index = piece_find(feed, file->index, event->number);
    if (*index != 0) {
        const char *path = list->objects[*index].path, *within = list->objects[parent].path;
        size_t length = strlen(within);
        bool same = strlen(name) > OBJECT_PATH_MAX / 2 || length > OBJECT_PATH_MAX / 2 ||
                    (strncmp(path, within, length) == 0 && path[length] == '!' && strcmp(path + length + 1, name) == 0);
        return same ? STATUS_OK : resume_evidence_changed(&list->objects[file->index], "holds other members than were counted", fault);
    }
    if (!pieces_reserve(feed)) return no_memory(fault);
    enum status status = object_list_add_piece(list, parent, name, event->number, index, fault);
    if (status != STATUS_OK) return status;
    struct object_piece piece = {file->index, event->number, *index};
    feed->pieces[feed->piece_count++] = piece;
    return piece_note(feed, &piece) ? STATUS_OK : no_memory(fault);
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

static bool keep_rest(struct open_file *file, const char *bytes, size_t length)
{
    if (length > file->rest_capacity) {
        char *rest = realloc(file->rest, length);
        if (rest == NULL) return false;
        file->rest = rest;
        file->rest_capacity = length;
    }
    memcpy(file->rest, bytes, length);
    file->rest_length = length;
    return true;
}

/* Bytes of an object in a thread's buffer, on their way to be a block. */
struct filling {
    size_t length;
    bool after_gap, before_gap; /* bytes are missing on this side */
};

/* Reads until the buffer holds `wanted` bytes, the object ends or bytes are missing. END: the run is to stop. */
static enum status fill(struct feed *feed, struct open_file *file, struct feed_buffer *buffer, size_t wanted,
                        struct filling *filling, struct fault *fault)
{
    while (filling->length < wanted && !file->ended && !filling->before_gap) {
        size_t room = wanted - filling->length < READ_ROOM_MIN ? READ_ROOM_MIN : wanted - filling->length;
        if (!buffer_reserve(buffer, filling->length + room)) return no_memory(fault);
        size_t count = 0;
        bool gap = false;
        enum status status = charset_read(file->current->charset, file->stream, buffer->bytes + filling->length, room, &count, &gap, fault);
        if (status == STATUS_END && !stream_interrupted(file->stream)) {
            file->ended = true;
            break;
        }
        if (status != STATUS_OK) return status;
        uint64_t stored = stream_stored_position(file->stream);
        atomic_fetch_add_explicit(&feed->progress.bytes, stored - file->stored_seen, memory_order_relaxed);
        file->stored_seen = stored;
        if (gap && filling->length == 0) filling->after_gap = true;
        if (gap && filling->length > 0) {
            if (!keep_rest(file, buffer->bytes + filling->length, count)) return no_memory(fault);
            file->rest_after_gap = true;
            filling->before_gap = true;
            break;
        }
        filling->length += count;
    }
    return STATUS_OK;
}

static enum status take_rest(struct open_file *file, struct feed_buffer *buffer, struct filling *filling, struct fault *fault)
{
    *filling = (struct filling){.after_gap = file->rest_after_gap};
    file->rest_after_gap = false;
    if (!buffer_reserve(buffer, file->rest_length)) return no_memory(fault);
    if (file->rest_length > 0) memcpy(buffer->bytes, file->rest, file->rest_length);
    filling->length = file->rest_length;
    file->rest_length = 0;
    return STATUS_OK;
}

static size_t cut_units(const struct layout *layout, const char *bytes, size_t length, bool at_end)
{
    if (at_end) return length;
    if (layout->format == FORMAT_CSV) return csv_cut(bytes, length, layout->delimiter, false);
    if (layout->format == FORMAT_JSON) return record_json_cut(bytes, length, false);
    const char *newline = memrchr(bytes, '\n', length);
    return newline == NULL ? 0 : (size_t)(newline - bytes) + 1;
}

static bool is_word(char c)
{
    return (unsigned char)(c - '0') <= 9 || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* A place in a unit that is too long where no word is cut. */
static size_t cut_piece(const char *bytes, size_t length)
{
    size_t at = length;
    while (at > length - PIECE_LOOKBACK && is_word(bytes[at - 1])) at--;
    return at > length - PIECE_LOOKBACK ? at : length;
}

/* How much of the buffer makes the next block: whole units within block_bytes, one longer unit, or a
 * piece of one that is too long. 0: more must be read. */
static size_t cut(struct feed *feed, struct open_object *object, const char *bytes, const struct filling *filling, bool *piece)
{
    bool at_end = object->file->ended;
    size_t length = filling->length, block_bytes = feed->options.block_bytes;
    *piece = object->oversized;
    if (filling->before_gap) { /* nothing that follows belongs to it */
        object->oversized = false;
        return length;
    }
    if (object->oversized) {
        size_t looked = length < UNIT_BYTES_MAX ? length : UNIT_BYTES_MAX;
        const char *newline = memchr(bytes, '\n', looked);
        if (newline != NULL || (at_end && length <= UNIT_BYTES_MAX)) {
            object->oversized = false;
            return newline != NULL ? (size_t)(newline - bytes) + 1 : length;
        }
        return looked == UNIT_BYTES_MAX ? cut_piece(bytes, UNIT_BYTES_MAX) : 0;
    }
    if (length > block_bytes) {
        size_t within = cut_units(&object->layout, bytes, block_bytes, false);
        if (within > 0) return within;
    }
    size_t limit = length < UNIT_BYTES_MAX ? length : UNIT_BYTES_MAX;
    size_t whole = cut_units(&object->layout, bytes, limit, at_end && limit == length);
    if (whole > 0 || limit < UNIT_BYTES_MAX) return whole;
    object->oversized = object->oversized_seen = *piece = true;
    return cut_piece(bytes, UNIT_BYTES_MAX);
}

/* The same for SQL, where what is cut also says what the bytes are; not beyond `most` bytes. */
static enum status cut_sql(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, const struct filling *filling,
                           uint64_t most, size_t *length, bool *piece, struct fault *fault)
{
    struct feed_sql_view view = {buffer->bytes, filling->length, filling->after_gap, filling->before_gap, object->file->ended};
    enum status status = feed_sql_cut(object->sql, &view, feed->options.block_bytes, most, &buffer->stretches, length, piece, fault);
    object->oversized_seen |= *piece;
    return status;
}

/* How much must be in hand where nothing in `length` bytes is whole. */
static size_t more_than(size_t length)
{
    size_t wanted = 2 * length < UNIT_BYTES_MAX ? 2 * length : UNIT_BYTES_MAX;
    return wanted > length ? wanted : length + READ_ROOM_MIN;
}

static bool name_known(const void *roles, struct span name)
{
    struct field_plan plan = roles_plan(roles, name.at, name.len, true);
    return plan.role != ROLE_NONE;
}

/* The slot of a first line, under the lock: its own, or the free one where it belongs. */
static struct known_header *header_slot(struct feed *feed, struct span line)
{
    size_t at = hash_bytes(line.at, line.len, 0) % HEADER_SLOTS;
    while (feed->headers[at].line != NULL &&
           (feed->headers[at].length != line.len || memcmp(feed->headers[at].line, line.at, line.len) != 0))
        at = (at + 1) % HEADER_SLOTS;
    return &feed->headers[at];
}

static bool lay_out_as_known(struct feed *feed, struct open_object *object, struct span sample)
{
    struct span line = sniff_first_line(sample);
    if (line.len == 0) return false;
    pthread_mutex_lock(&feed->headers_lock);
    const struct known_header *known = header_slot(feed, line);
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
    struct known_header *known = header_slot(feed, line);
    char *copy = known->line == NULL && feed->header_count < HEADERS_KNOWN_MAX ? malloc(line.len) : NULL;
    if (copy != NULL) {
        memcpy(copy, line.at, line.len);
        *known = (struct known_header){copy, line.len, object->layout, object->own_plan};
        object->own_plan = NULL;
        feed->header_count++;
    }
    pthread_mutex_unlock(&feed->headers_lock);
}

/* The plan of a table: that of all with its header, but where its own values say otherwise. */
static enum status plan_columns(struct feed *feed, struct open_object *object, struct span sample, struct fault *fault)
{
    const struct layout *layout = &object->layout;
    if (layout->format == FORMAT_SQL) return feed_sql_open(layout, feed->options.roles, &object->sql, fault);
    const struct sampled *own = object->sampled != NULL && object->sampled->changed ? object->sampled : NULL;
    bool table = layout->format == FORMAT_CSV && (layout->has_header || own != NULL);
    if (!table || (own == NULL && object->plan != NULL)) return STATUS_OK;
    struct span header = {sample.at + layout->header_start, layout->header_end - layout->header_start};
    enum status status = table_plan_open(layout, header, feed->options.roles, own, &object->own_plan, fault);
    object->plan = object->own_plan;
    if (status == STATUS_OK && own == NULL && layout->by_first_line) remember_header(feed, object, sniff_first_line(sample));
    return status;
}

/* Looks at the first bytes: layout, fields, columns. */
static enum status lay_out(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, size_t length, struct fault *fault)
{
    struct span sample = {buffer->bytes, length < SNIFF_BYTES ? length : SNIFF_BYTES};
    bool at_end = object->file->ended && sample.len == length;
    enum status status = STATUS_OK;
    object->laid_out = true;
    if (!lay_out_as_known(feed, object, sample)) {
        struct name_source names = {name_known, feed->options.roles};
        sniff(sample, at_end, &names, &object->layout);
    }
    if (buffer->sampler == NULL) status = sampler_open(feed->options.roles, &buffer->sampler, fault);
    if (status == STATUS_OK) status = sample_fields(buffer->sampler, sample, at_end, &object->layout, object->index + 1, &object->sampled, fault);
    return status == STATUS_OK ? plan_columns(feed, object, sample, fault) : status;
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
static bool can_jump(const struct open_file *file)
{
    return stream_can_jump(file->stream) && charset_is_plain(file->current->charset) && file->current->sql == NULL;
}

/* Says what is to be kept for a run that goes on, once it is known how the file is read. */
static enum status check_begin(struct open_file *file, struct fault *fault)
{
    if (file->check_begun) return STATUS_OK;
    file->check_begun = true;
    if (file->current->object.open_path == NULL) return STATUS_OK; /* nobody can go on with standard input */
    if (file->earlier != NULL) file->check = file->earlier->check;
    else file->check = can_jump(file) ? PROGRESS_CHECK_ENDS : PROGRESS_CHECK_ALL;
    if (file->check != PROGRESS_CHECK_ALL) return STATUS_OK;
    file->checksum = checksum_open();
    return file->checksum != NULL ? STATUS_OK : no_memory(fault);
}

static bool is_as_counted(const struct open_file *file)
{
    const struct object_progress *earlier = file->earlier;
    uint64_t now = 0;
    if (earlier->check == PROGRESS_CHECK_NONE) return true;
    if (earlier->check == PROGRESS_CHECK_ALL) return file->checksum != NULL && checksum_value(file->checksum) == earlier->checksum;
    return can_jump(file) && stream_ends_checksum(file->stream, earlier->offset, &now) && now == earlier->checksum;
}

/* How much of what is in hand is passed over next. SQL goes by units: what follows hangs on what they say. 0: more must be read. */
static enum status pass_next(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, const struct filling *filling, size_t *passed,
                             struct fault *fault)
{
    uint64_t left = object->known_to - object->offset;
    bool piece, all = object->file->ended || filling->before_gap || filling->length > UNIT_BYTES_MAX;
    *passed = left < filling->length ? (size_t)left : filling->length;
    if (object->sql == NULL || *passed == 0) return STATUS_OK;
    size_t at_most = *passed;
    enum status status = cut_sql(feed, object, buffer, filling, left, passed, &piece, fault);
    /* Where no unit ends, it is not what was counted, as its checksum will show. */
    if (status == STATUS_OK && *passed == 0 && all) *passed = at_most;
    return status;
}

static enum status ends_too_early(const struct open_object *object, struct fault *fault)
{
    return resume_evidence_changed(&object->object, "ends before what was counted", fault);
}

/* Passes over what an earlier run has counted of the object: reads it, and looks at nothing of it but whether it is the same. */
static enum status pass_over(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct filling *filling, struct fault *fault)
{
    struct open_file *file = object->file;
    enum status status = STATUS_OK;
    while (object->offset < object->known_to) {
        size_t passed = 0, before = filling->length;
        status = pass_next(feed, object, buffer, filling, &passed, fault);
        if (status != STATUS_OK) return status;
        if (file->checksum != NULL) checksum_add(file->checksum, buffer->bytes, passed);
        memmove(buffer->bytes, buffer->bytes + passed, filling->length - passed);
        filling->length -= passed;
        object->offset += passed;
        file->offset += passed;
        if (passed > 0) filling->after_gap = false;
        if (object->offset == object->known_to) break;
        if (filling->before_gap) status = take_rest(file, buffer, filling, fault);
        else if (file->ended && filling->length == 0) return object->is_known ? STATUS_OK : ends_too_early(object, fault);
        bool more = filling->length == 0 || passed == 0;
        if (status == STATUS_OK && more) status = fill(feed, file, buffer, passed == 0 && before > 0 ? more_than(before) : READ_ROOM_MIN, filling, fault);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

/* Gets behind what an earlier run has counted of the object. END: the run is to stop. */
static enum status go_on(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct filling *filling, struct fault *fault)
{
    struct open_file *file = object->file;
    const struct object_progress *earlier = file->earlier;
    enum status status = STATUS_OK;
    bool jumps = earlier != NULL && earlier->check == PROGRESS_CHECK_ENDS && !file->ended;
    if (!jumps) status = pass_over(feed, object, buffer, filling, fault);
    if (status != STATUS_OK) return status;
    if (earlier != NULL && (jumps || file->offset >= earlier->offset)) {
        if (!is_as_counted(file)) return resume_evidence_changed(&object->object, "other content than was counted", fault);
        if (jumps) {
            if (!stream_jump(file->stream, earlier->offset)) return ends_too_early(object, fault);
            charset_jump(object->charset, earlier->charset_settled);
            *filling = (struct filling){0};
            object->offset = file->offset = earlier->offset;
        }
        file->earlier = NULL;
    }
    object->known_to = 0;
    /* Where the units end just before a gap, what follows is that gap's. */
    if (filling->length == 0 && filling->before_gap) status = take_rest(file, buffer, filling, fault);
    if (status == STATUS_OK && filling->length == 0 && !file->ended) status = fill(feed, file, buffer, feed->options.block_bytes, filling, fault);
    return status;
}

/* Under the file's lock: the next block of the object in hand, or END once nothing is left of it, or the run is to stop. */
static enum status object_next(struct feed *feed, struct open_object *object, struct feed_buffer *buffer, struct block *block, struct fault *fault)
{
    struct open_file *file = object->file;
    struct filling filling;
    size_t wanted = object->laid_out ? feed->options.block_bytes : feed->options.block_bytes > SNIFF_BYTES ? feed->options.block_bytes : SNIFF_BYTES;
    bool piece = false;
    size_t length = 0;
    enum status status = take_rest(file, buffer, &filling, fault);
    while (status == STATUS_OK) {
        status = fill(feed, file, buffer, wanted, &filling, fault);
        const struct stream_outcome *so_far = stream_current(file->stream);
        if (status == STATUS_OK && file->ended && filling.length == 0 && (so_far->is_container || so_far->is_listed)) return STATUS_END;
        if (status == STATUS_OK && !object->laid_out) {
            status = lay_out(feed, object, buffer, filling.length, fault);
            if (status == STATUS_OK) status = check_begin(file, fault);
            size_t skipped = object->layout.text_start; /* a byte-order mark belongs to no unit */
            memmove(buffer->bytes, buffer->bytes + skipped, filling.length - skipped);
            filling.length -= skipped;
            object->offset += skipped;
            file->offset += skipped;
        }
        if (status == STATUS_OK && object->known_to > 0) status = go_on(feed, object, buffer, &filling, fault);
        if (status != STATUS_OK) break;
        if (filling.length == 0 && file->ended) return STATUS_END;
        if (object->sql == NULL) length = cut(feed, object, buffer->bytes, &filling, &piece);
        else status = cut_sql(feed, object, buffer, &filling, UINT64_MAX, &length, &piece, fault);
        if (length > 0 || filling.length == 0) break;
        wanted = more_than(filling.length);
    }
    if (status == STATUS_OK) status = keep_units(object, fault);
    if (status != STATUS_OK) return status;
    bool last = length == filling.length;
    if (!last && !keep_rest(file, buffer->bytes + length, filling.length - length)) return no_memory(fault);
    const struct stream_outcome *outcome = stream_current(file->stream);
    bool damaged = filling.before_gap || (file->ended && outcome->status == OBJECT_PARTIAL && outcome->reason != COVERAGE_RESIDUE_SCANNED_RAW &&
                                          outcome->reason != COVERAGE_BAD_CHECKSUM);
    *block = (struct block){.bytes = buffer->bytes,
                            .length = length,
                            .offset = object->offset,
                            .layout = &object->layout,
                            .plan = object->plan,
                            .stretches = buffer->stretches.at,
                            .stretch_count = object->sql != NULL ? buffer->stretches.count : 0,
                            .sampled = object->sampled,
                            .path_customer = object->path_customer,
                            .source = object->object.source,
                            .source_set = object->object.source == file->source ? file->source_set : object->object.source,
                            .place = {file->index, object->number, object->block_count, 0},
                            .text_only = piece,
                            .first_partial = filling.after_gap,
                            .last_partial = damaged && last};
    if (file->checksum != NULL) checksum_add(file->checksum, buffer->bytes, length);
    object->offset += length;
    file->offset += length;
    object->block_units[object->block_count++] = 0;
    object->blocks_out++;
    memset(buffer->bytes + length, 0, SHAPE_PADDING);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ from object to object */

/* What of an object an earlier run read. */
static void restore(const struct feed *feed, struct open_object *object)
{
    for (size_t i = 0; i < feed->options.progress_count; i++) {
        const struct object_progress *progress = &feed->options.progress[i];
        if (progress->index != object->index) continue;
        object->known_to = object->number == 0 || progress->offset > 0 ? progress->offset : 0;
        if (object->number == 0 && progress->offset > 0) object->file->earlier = progress;
        object->oversized = progress->oversized;
        object->oversized_seen = progress->oversized_seen;
        object->counts = (struct block_counts){.units = progress->units, .records = progress->records, .findings = progress->findings,
                                               .broken = progress->broken, .cut_off = progress->cut_off, .hit_limit = progress->hit_limit};
    }
}

/* Makes an object the one in hand. Not under the feed's lock. */
static enum status object_begin(const struct feed *feed, struct open_file *file, struct path_matcher *matcher, const struct object *entry,
                                size_t index, uint32_t number, struct fault *fault)
{
    struct open_object *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    made->object = *entry;
    made->index = index;
    made->number = number;
    made->file = file;
    made->next = file->objects;
    file->objects = file->current = made;
    file->ended = false;
    restore(feed, made);
    if (number != 0 && entry->status != OBJECT_PENDING) {
        made->is_known = true;
        made->known_to = UINT64_MAX;
    }
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
    enum status status = piece_index(feed, file, event, name, &index, fault);
    if (status == STATUS_OK) entry = feed->options.list->objects[index];
    pthread_mutex_unlock(&feed->lock);
    free(name);
    if (status != STATUS_OK) return status;
    return object_begin(feed, file, matcher, &entry, index, event->number, fault);
}

/* An object has ended and all its blocks are counted. */
static void tell_when_done(struct feed *feed, struct open_object *object)
{
    if (!object->has_ended || object->blocks_out > 0 || object->number == 0) return;
    pthread_mutex_lock(&feed->lock);
    tell(feed, object);
    pthread_mutex_unlock(&feed->lock);
}

static void member_ends(struct feed *feed, struct open_file *file, const struct stream_event *event)
{
    for (struct open_object *object = file->objects; object != NULL; object = object->next) {
        if (object->number != event->number) continue;
        object->outcome = *event->outcome;
        object->has_ended = true;
        tell_when_done(feed, object);
        return;
    }
}

/* Goes on from the object in hand to the next one that has begun. END: the file has none, or the run is to stop. */
static enum status advance(struct feed *feed, struct open_file *file, struct path_matcher *matcher, struct fault *fault)
{
    struct stream_event event;
    for (;;) {
        enum status status = stream_next(file->stream, &event, fault);
        if (status == STATUS_END && !stream_interrupted(file->stream)) {
            const struct open_object *whole = file->objects;
            while (whole->number != 0) whole = whole->next;
            if (file->earlier != NULL) return ends_too_early(whole, fault);
            atomic_store(&file->drained, true);
        }
        if (status != STATUS_OK) return status;
        if (!event.is_end) return member_begins(feed, file, matcher, &event, fault);
        member_ends(feed, file, &event);
    }
}

/* Under the file's lock: its next block, or END once nothing is left of it, or the run is to stop. */
static enum status file_next(struct feed *feed, struct open_file *file, struct feed_buffer *buffer, struct path_matcher *matcher, struct block *block,
                             struct open_object **object, struct fault *fault)
{
    for (;;) {
        if (atomic_load(&file->drained) || file->current == NULL) return STATUS_END;
        *object = file->current;
        enum status status = object_next(feed, *object, buffer, block, fault);
        if (status != STATUS_END || stream_interrupted(file->stream)) return status;
        if (!file->ended) return status; /* the run is to stop */
        status = advance(feed, file, matcher, fault);
        if (status != STATUS_OK) return status;
    }
}

/* ------------------------------------------------------------------ handing out */

/* Takes the next file of the queue for this thread; NULL where the queue is empty. */
static enum status take_next(struct feed *feed, struct open_file **file, struct object *entry, struct fault *fault)
{
    *file = NULL;
    if (feed->order_next == feed->order_count) return STATUS_OK;
    struct open_file *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    made->index = (uint32_t)feed->order[feed->order_next++];
    made->source_set = source_set_of(feed->options.source_sets, feed->options.list, made->index);
    *entry = feed->options.list->objects[made->index];
    made->source = entry->source;
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
        if (atomic_load(&file->drained)) continue;
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

/* Gives the thread a file to work on, with its lock held; END where there is none left. */
static enum status choose(struct feed *feed, struct feed_buffer *buffer, struct path_matcher *matcher, struct fault *fault)
{
    struct open_file *file;
    struct object entry;
    pthread_mutex_lock(&feed->lock);
    enum status status = take_next(feed, &file, &entry, fault);
    bool own = file != NULL;
    if (status == STATUS_OK && !own) file = join(feed);
    pthread_mutex_unlock(&feed->lock);
    buffer->current = file;
    if (status != STATUS_OK) return status;
    if (file == NULL) return STATUS_END;
    if (!own) {
        pthread_mutex_lock(&file->lock);
        return STATUS_OK;
    }

    status = stream_open(&entry, &feed->options.stream, &file->stream, fault);
    if (status == STATUS_DAMAGED) {
        atomic_store(&file->drained, true); /* its outcome says why */
        status = STATUS_OK;
    }
    if (status == STATUS_OK) status = object_begin(feed, file, matcher, &entry, file->index, 0, fault);
    return status;
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
    struct open_file *file = object->file;
    pthread_mutex_lock(&file->lock);
    object->block_units[block->place.block] = counts->units;
    object->counts.units += counts->units;
    object->counts.records += counts->records;
    object->counts.findings += counts->findings;
    object->counts.broken += counts->broken;
    object->counts.cut_off += counts->cut_off;
    object->counts.hit_limit |= counts->hit_limit;
    object->blocks_out--;
    tell_when_done(feed, object);
    pthread_mutex_unlock(&file->lock);
}

static enum status object_number_units(struct feed *feed, const struct open_object *object, struct fault *fault)
{
    if (object->block_count < 2) return STATUS_OK;
    struct finished *numbers = &feed->finished[object->index];
    uint64_t *units = realloc(numbers->units_before, object->block_count * sizeof *units);
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
    return (struct object_progress){.index = object->index,
                                    .offset = object->offset,
                                    .units = object->counts.units,
                                    .records = object->counts.records,
                                    .findings = object->counts.findings,
                                    .broken = object->counts.broken,
                                    .cut_off = object->counts.cut_off,
                                    .hit_limit = object->counts.hit_limit,
                                    .path_limit = object->path_limit,
                                    .oversized = object->oversized,
                                    .oversized_seen = object->oversized_seen,
                                    .charset_settled = charset_is_settled(object->charset)};
}

/* And of the file, which says how far all of its objects were read. */
static struct object_progress file_progress_of(const struct open_file *file, const struct open_object *object)
{
    struct object_progress progress = progress_of(object);
    progress.offset = file->offset;
    progress.check = file->check;
    if (file->check == PROGRESS_CHECK_ALL) progress.checksum = checksum_value(file->checksum);
    bool again = file->check == PROGRESS_CHECK_ENDS && can_jump(file) &&
                 stream_ends_checksum(file->stream, file->offset, &progress.checksum);
    if (file->check == PROGRESS_CHECK_ENDS && !again) progress.check = PROGRESS_CHECK_NONE;
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
        for (const struct open_object *object = file->objects; object != NULL && file->earlier == NULL; object = object->next) {
            if (object->is_known) continue;
            (*progress)[(*progress_count)++] = object->number == 0 ? file_progress_of(file, object) : progress_of(object);
        }
    /* What an earlier run began and this one has not got behind yet stands where it stood. */
    for (size_t i = 0; i < feed->options.progress_count; i++) {
        const struct object_progress *earlier = &feed->options.progress[i];
        bool seen = feed->options.list->objects[earlier->index].status != OBJECT_PENDING;
        for (size_t k = 0; k < *progress_count; k++) seen |= (*progress)[k].index == earlier->index;
        if (!seen) (*progress)[(*progress_count)++] = *earlier;
    }
    return STATUS_OK;
}

uint32_t feed_object(const struct feed *feed, uint32_t file, uint32_t piece)
{
    uint32_t found = piece_find(feed, file, piece);
    return found != 0 ? found : file;
}

uint64_t feed_unit(const struct feed *feed, const struct place *place)
{
    uint64_t number = (uint64_t)place->unit + 1;
    const struct finished *finished = &feed->finished[feed_object(feed, place->file, place->piece)];
    number += finished->base;
    if (place->block >= finished->block_count) return number;
    return number + (place->block > 0 ? finished->units_before[place->block - 1] : 0);
}

bool feed_piece_before(const void *context, uint32_t file, uint32_t a, uint32_t b)
{
    struct feed *feed = *(struct feed *const *)context;
    pthread_mutex_lock(&feed->lock);
    const struct object *objects = feed->options.list->objects;
    const char *left = objects[feed_object(feed, file, a)].path, *right = objects[feed_object(feed, file, b)].path;
    pthread_mutex_unlock(&feed->lock); /* paths stay where they are */
    int order = strcmp(left, right);
    return order != 0 ? order < 0 : a < b;
}
