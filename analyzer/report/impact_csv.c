#include "impact_csv.h"

#include <endian.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../attribute/exposures.h"
#include "../attribute/jurisdictions.h"
#include "../support/file.h"
#include "../support/parallel.h"
#include "cell.h"

enum {
    CHUNK_ROWS = 2048, /* so few that a chunk is still in the cache when it is written */
    CHUNK_BYTES = CHUNK_ROWS * 256,
    MADE_PER_THREAD = 4, /* chunks that wait for one that takes longer */
    KEPT_SOURCES_MAX = 16,
    PATH_PLAIN = 1,
    PATH_OTHER = 2,
    PATH_SHIFT = 2,
    /* What a row takes besides its texts: all numbers, times, names and commas, generously. */
    ROW_FIXED_BYTES = 32 * (KIND_COUNT + 16)
};

#define OTHER_COLUMN "other_ids"

/* Rows that are made and wait for those before them to be written. */
struct made_rows {
    char *bytes; /* room stays for the next */
    size_t count, capacity;
    bool ready;
};

/* A cell that many rows share, ready with its comma. */
struct shared_cell {
    char text[47];
    uint8_t len;
};

struct impact_csv {
    const struct case_files *files;
    struct impact_rows rows;
    atomic_uint *paths; /* of each object of the list itself: PATH_PLAIN and PATH_OTHER, length shifted by PATH_SHIFT; 0: not looked at */
    struct shared_cell basis[1 << 5];
    struct shared_cell elements[1 << ELEMENT_COUNT];
    struct exposure *exposures; /* of each source */
    size_t own_columns;         /* of the first so many kinds; the others share one */
    struct file *file;
    struct chunk *chunks; /* of each thread */
    int thread_count;
    size_t customer_count; /* of the part of them that is in memory */
    size_t part_chunk;     /* the first of the part */
    atomic_size_t chunk_next; /* to be made */

    pthread_mutex_t lock; /* over all that follows; the file is whose `writing` is */
    pthread_cond_t moved;
    struct made_rows *made; /* chunk n is at n % made_max */
    size_t made_max;
    size_t chunk_turn;       /* whose turn it is to be written: with made_max from here on there is room for it */
    bool writing;            /* a thread writes what is made, one chunk after another */
    enum status status;
    struct fault fault;
};

struct chunk {
    char *bytes;
    size_t count, capacity;

    /* The sources of one row are mostly those of the row before: their cells, with those of the exposure that
     * follows from them, are kept. */
    uint32_t kept[KEPT_SOURCES_MAX];
    uint32_t kept_count; /* 0 where nothing is kept */
    char *joined, *cell;
    size_t joined_capacity, cell_capacity, cell_len;

    struct object_reader objects;
    enum status status; /* of the rows so far */
    struct fault fault;
};

static bool grow(char **bytes, size_t *capacity, size_t wanted)
{
    if (wanted <= *capacity)
        return true;
    size_t larger = wanted + wanted / 2;
    char *grown = realloc(*bytes, larger);
    if (grown == NULL)
        return false;
    *bytes = grown;
    *capacity = larger;
    return true;
}

static void share_cells(struct impact_csv *impact)
{
    for (unsigned basis = 0; basis < sizeof impact->basis / sizeof impact->basis[0]; basis++) {
        struct shared_cell *cell = &impact->basis[basis];
        char *at = cell_write_basis(cell->text, basis);
        *at++ = ',';
        cell->len = (uint8_t)(at - cell->text);
    }
    for (unsigned elements = 0; elements < sizeof impact->elements / sizeof impact->elements[0]; elements++) {
        struct shared_cell *cell = &impact->elements[elements];
        char *at = cell_write_elements(cell->text, (uint16_t)elements);
        *at++ = ',';
        cell->len = (uint8_t)(at - cell->text);
    }
}

static void look_up_exposures(struct impact_csv *impact)
{
    const struct case_files *files = impact->files;
    for (size_t i = 0; i < files->list->source_count; i++)
        impact->exposures[i] = source_exposure(files->profile, files->list->sources[i]);
}

/* Kinds without a column of their own are the last of the table; those of a profile stand behind them. */
static size_t count_own_columns(void)
{
    size_t own = 0;
    while (own < KIND_COUNT && strcmp(detectors[own]->column, OTHER_COLUMN) != 0)
        own++;
    return own;
}

static inline char *write_shared(char *at, const struct shared_cell *cell)
{
    memcpy(at, cell->text, sizeof cell->text); /* of fixed size: the room is there, and it is faster */
    return at + cell->len;
}

/* Names joined by '+', one text of which the cell is made. */
static bool join_sources(struct chunk *chunk, const struct customer_row *row, char *const *names,
                         struct span *joined)
{
    size_t count = 0;
    for (uint32_t i = 0; i < row->source_count; i++) {
        const char *name = names[row->sources[i]];
        size_t len = strlen(name);
        if (!grow(&chunk->joined, &chunk->joined_capacity, count + len + 1))
            return false;
        if (i > 0)
            chunk->joined[count++] = '+';
        memcpy(chunk->joined + count, name, len);
        count += len;
    }
    *joined = (struct span){count > 0 ? chunk->joined : "", count};
    return true;
}

/* The cells ",first,last" of the sources; empty where the profile knows of no date. */
static char *write_exposure(char *at, const struct customer_row *row, const struct exposure *exposures)
{
    struct exposure all = {"", ""};
    for (uint32_t i = 0; i < row->source_count; i++)
        exposure_widen(&all, &exposures[row->sources[i]]);
    *at++ = ',';
    at = cell_write_name(at, all.from);
    *at++ = ',';
    return cell_write_name(at, all.to);
}

static bool keep_sources(struct chunk *chunk, const struct customer_row *row, const struct impact_csv *impact)
{
    if (row->source_count == 1 && chunk->kept_count == 1 && row->sources[0] == chunk->kept[0])
        return true;
    if (row->source_count > 0 && row->source_count == chunk->kept_count &&
        memcmp(row->sources, chunk->kept, row->source_count * sizeof *row->sources) == 0)
        return true;
    struct span joined;
    if (!join_sources(chunk, row, impact->files->list->sources, &joined) ||
        !grow(&chunk->cell, &chunk->cell_capacity, cell_text_room(joined.len) + sizeof(struct exposure)))
        return false;
    char *end = write_exposure(cell_write_path(chunk->cell, joined, 0), row, impact->exposures);
    chunk->cell_len = (size_t)(end - chunk->cell);
    chunk->kept_count = row->source_count <= KEPT_SOURCES_MAX ? row->source_count : 0;
    if (chunk->kept_count > 0)
        memcpy(chunk->kept, row->sources, chunk->kept_count * sizeof *row->sources);
    return true;
}

enum { OWN_COLUMNS_MAX = 16, PAIR_BYTES = 2 };

/* A digit and the comma behind it. */
static inline char *write_digit(char *at, uint64_t digit)
{
    at[0] = (char)('0' + digit);
    at[1] = ',';
    return at + PAIR_BYTES;
}

/* Where every number has one digit, as in most rows, all stand in places that are known before: *at is moved behind them. False: some
 * number has more, and nothing that counts is written. Pairs behind those of own columns are written over. */
static inline bool write_digits(char **at, const struct customer_row *row, size_t own_columns, uint64_t others)
{
    uint64_t seen = row->records | row->records_possible | others | row->loc_fixes | row->loc_points.count | row->loc_cells.count | row->loc_days.count;
    uint32_t identifiers = 0;
    if (seen >= 8 || own_columns > OWN_COLUMNS_MAX) /* of 8 and 9, too: one look at all bits */
        return false;
    char *to = write_digit(write_digit(*at, row->records), row->records_possible);
    for (size_t i = 0; i < OWN_COLUMNS_MAX; i++) {
        identifiers |= row->identifiers[i];
        uint16_t pair = htole16((uint16_t)((row->identifiers[i] & 7) + ('0' | ',' << 8)));
        memcpy(to + i * PAIR_BYTES, &pair, sizeof pair);
    }
    to = write_digit(write_digit(to + own_columns * PAIR_BYTES, others), row->loc_fixes);
    to = write_digit(write_digit(write_digit(to, row->loc_points.count), row->loc_cells.count), row->loc_days.count);
    *at = to;
    return identifiers < 8;
}

_Static_assert((int)KIND_COUNT >= (int)OWN_COLUMNS_MAX, "so many identifiers are counted in each row");

static char *write_counts(char *at, const struct customer_row *row, size_t own_columns, uint64_t others)
{
    char *digits = at;
    if (!row->loc_points.estimated && write_digits(&digits, row, own_columns, others))
        return digits;
    at = cell_write_unsigned(at, row->records);
    *at++ = ',';
    at = cell_write_unsigned(at, row->records_possible);
    *at++ = ',';
    for (size_t i = 0; i < own_columns; i++) {
        at = cell_write_unsigned(at, row->identifiers[i]);
        *at++ = ',';
    }
    at = cell_write_unsigned(at, others);
    *at++ = ',';
    at = cell_write_unsigned(at, row->loc_fixes);
    *at++ = ',';
    at = cell_write_distinct(at, row->loc_points);
    *at++ = ',';
    at = cell_write_distinct(at, row->loc_cells);
    *at++ = ',';
    at = cell_write_distinct(at, row->loc_days);
    *at++ = ',';
    return at;
}

static char *write_numbers(char *at, const struct customer_row *row, size_t own_columns)
{
    uint64_t others = 0;
    for (size_t i = own_columns; i < kind_count; i++)
        others += row->identifiers[i];
    at = write_counts(at, row, own_columns, others);
    *at++ = 'L';
    *at++ = (char)('0' + row->loc_level.level);
    *at++ = ',';
    *at++ = row->loc_level.precise ? '1' : '0';
    *at++ = ',';
    at = cell_write_time(at, row->time_first);
    *at++ = ',';
    at = cell_write_time(at, row->time_last);
    *at++ = ',';
    return at;
}

/* A path, and whether it is a cell as it stands. */
struct path_seen {
    struct span text;
    bool plain;
};

/* Paths are looked at once an object, not once a row; two threads that do it at the same time find the same. */
static struct path_seen path_known(const struct impact_csv *impact, uint32_t object)
{
    unsigned known = atomic_load_explicit(&impact->paths[object], memory_order_relaxed);
    const char *path = impact->files->list->objects[object].path;
    if (known == 0) {
        struct span text = {path, strlen(path)};
        known = (unsigned)text.len << PATH_SHIFT | (cell_path_is_plain(text) ? PATH_PLAIN : PATH_OTHER);
        atomic_store_explicit(&impact->paths[object], known, memory_order_relaxed);
    }
    return (struct path_seen){{path, known >> PATH_SHIFT}, (known & PATH_PLAIN) != 0};
}

/* The path of an object, until the thread's next one. False: see chunk->status. */
static bool path_find(struct chunk *chunk, const struct impact_csv *impact, uint32_t index, struct path_seen *seen)
{
    const struct object *object;
    if (index < impact->files->list->count) {
        *seen = path_known(impact, index);
        return true;
    }
    chunk->objects.list = impact->files->list;
    chunk->status = object_list_read(&chunk->objects, index, &object, &chunk->fault);
    if (chunk->status != STATUS_OK)
        return false;
    seen->text = (struct span){object->path, strlen(object->path)};
    seen->plain = cell_path_is_plain(seen->text);
    return true;
}

static char *write_reference(char *at, struct span path, bool plain, uint64_t unit)
{
    if (!plain || unit == 0)
        return cell_write_path(at, path, unit);
    memcpy(at, path.at, path.len);
    at += path.len;
    *at++ = '#';
    return cell_write_unsigned(at, unit);
}

/* The cells ",country,subdivision" of a customer; empty where the roster does not say. */
static inline char *write_residence(char *at, const struct jurisdictions *jurisdictions, uint32_t number)
{
    if (jurisdictions == NULL || number == 0) {
        memcpy(at, ",,", 2);
        return at + 2;
    }
    const struct jurisdiction *residence = &jurisdictions->all[number];
    *at++ = ',';
    at = cell_write_name(at, residence->country);
    *at++ = ',';
    return cell_write_name(at, residence->subdivision);
}

static bool add_row(struct chunk *chunk, const struct impact_csv *impact, int thread, size_t index)
{
    const struct case_files *files = impact->files;
    struct customer_row row;
    if (!impact->rows.row(impact->rows.context, thread, index, &row))
        return true;
    if (!keep_sources(chunk, &row, impact))
        return false;
    struct path_seen reference;
    if (!path_find(chunk, impact, row.first_object, &reference))
        return false;
    size_t room = ROW_FIXED_BYTES + cell_text_room(row.customer_id.len) + chunk->cell_len +
                  cell_text_room(reference.text.len);
    if (!grow(&chunk->bytes, &chunk->capacity, chunk->count + room))
        return false;

    char *at = cell_write_text(chunk->bytes + chunk->count, row.customer_id);
    *at++ = ',';
    *at++ = 'T';
    *at++ = (char)('0' + row.tier);
    *at++ = ',';
    at = write_shared(at, &impact->basis[row.basis & 31]);
    at = write_shared(at, &impact->elements[row.elements & ((1 << ELEMENT_COUNT) - 1)]);
    at = write_numbers(at, &row, impact->own_columns);
    memcpy(at, chunk->cell, chunk->cell_len);
    at += chunk->cell_len;
    at = write_residence(at, files->jurisdictions, row.jurisdiction);
    *at++ = ',';
    at = cell_write_severity(at, row.severity);
    *at++ = ',';
    at = write_reference(at, reference.text, reference.plain, row.first_unit);
    *at++ = '\n';
    chunk->count = (size_t)(at - chunk->bytes);
    return true;
}

static void add_header(struct chunk *chunk, size_t own_columns)
{
    char *at = cell_write_name(chunk->bytes, "customer_id,tier,link_basis,elements,records,records_possible,");
    for (size_t i = 0; i < own_columns; i++) {
        at = cell_write_name(at, detectors[i]->column);
        *at++ = ',';
    }
    at = cell_write_name(at, OTHER_COLUMN ",loc_fixes,loc_points,loc_cells,loc_days,loc_level,loc_precise,data_time_first,data_time_last,sources,"
                             "exposure_first,exposure_last,country,subdivision,severity,evidence_ref\n");
    chunk->count = (size_t)(at - chunk->bytes);
}

static bool make_chunk(const struct impact_csv *impact, int thread, size_t number, size_t first, size_t last)
{
    struct chunk *chunk = &impact->chunks[thread];
    chunk->count = 0;
    if (!grow(&chunk->bytes, &chunk->capacity, CHUNK_BYTES))
        return false;
    if (number == 0)
        add_header(chunk, impact->own_columns);
    for (size_t i = first; i < last; i++) {
        if (!add_row(chunk, impact, thread, i))
            return false;
    }
    return true;
}

static void note_failure(struct impact_csv *impact, const struct fault *fault)
{
    pthread_mutex_lock(&impact->lock);
    if (impact->status == STATUS_OK) {
        impact->status = fault->status;
        impact->fault = *fault;
    }
    pthread_cond_broadcast(&impact->moved);
    pthread_mutex_unlock(&impact->lock);
}

static bool has_failed(struct impact_csv *impact)
{
    pthread_mutex_lock(&impact->lock);
    bool failed = impact->status != STATUS_OK;
    pthread_mutex_unlock(&impact->lock);
    return failed;
}

/* Appends the chunk whose turn it is. The lock is held but while it writes. */
static void write_next(struct impact_csv *impact, const char *bytes, size_t count)
{
    struct fault fault;
    pthread_mutex_unlock(&impact->lock);
    enum status status = file_write(impact->file, bytes, count, &fault); /* a copy into its buffer, mostly */
    if (status != STATUS_OK)
        note_failure(impact, &fault);
    pthread_mutex_lock(&impact->lock);
    impact->chunk_turn += status == STATUS_OK;
    pthread_cond_broadcast(&impact->moved);
}

/* Appends the chunks that are made, as far as none before them is missing. */
static void write_made(struct impact_csv *impact)
{
    for (struct made_rows *made; (made = &impact->made[impact->chunk_turn % impact->made_max])->ready && impact->status == STATUS_OK;) {
        write_next(impact, made->bytes, made->count);
        made->ready = false;
    }
}

/* Writes the chunk if it is its turn, and those behind it that are made: then its room, which is near, is at once that of the next. Else it is
 * left for its turn, so that no thread waits for the next but where it is far ahead, and there is empty room for it. */
static void write_in_turn(struct impact_csv *impact, size_t number, struct chunk *chunk)
{
    pthread_mutex_lock(&impact->lock);
    while (number - impact->chunk_turn >= impact->made_max && impact->status == STATUS_OK)
        pthread_cond_wait(&impact->moved, &impact->lock);
    if (impact->status == STATUS_OK && number == impact->chunk_turn && !impact->writing) {
        impact->writing = true;
        write_next(impact, chunk->bytes, chunk->count);
        write_made(impact);
        impact->writing = false;
    } else if (impact->status == STATUS_OK) {
        struct made_rows *made = &impact->made[number % impact->made_max], empty = *made;
        *made = (struct made_rows){chunk->bytes, chunk->count, chunk->capacity, true};
        chunk->bytes = empty.bytes;
        chunk->capacity = empty.capacity;
        if (!impact->writing) { /* those before it were written in between */
            impact->writing = true;
            write_made(impact);
            impact->writing = false;
        }
    }
    pthread_mutex_unlock(&impact->lock);
}

void impact_csv_add(struct impact_csv *impact, int thread, size_t number, size_t first, size_t last)
{
    if (has_failed(impact))
        return;
    if (make_chunk(impact, thread, number, first, last)) {
        write_in_turn(impact, number, &impact->chunks[thread]);
    } else {
        struct chunk *failed = &impact->chunks[thread];
        if (failed->status == STATUS_OK)
            (void)fault_set(&failed->fault, STATUS_FATAL, "no memory to write impact.csv");
        note_failure(impact, &failed->fault);
    }
}

static void write_chunks(void *context, int thread)
{
    struct impact_csv *impact = context;
    size_t end = impact->part_chunk + impact->customer_count / CHUNK_ROWS + 1;
    for (size_t number; (number = atomic_fetch_add(&impact->chunk_next, 1)) < end;) {
        size_t first = (number - impact->part_chunk) * CHUNK_ROWS, last = first + CHUNK_ROWS;
        impact_csv_add(impact, thread, number, first, last < impact->customer_count ? last : impact->customer_count);
    }
}

/* Parts follow one another; within one, all threads work. */
static enum status write_parts(struct impact_csv *impact, struct fault *fault)
{
    const struct case_files *files = impact->files;
    for (size_t part = 0; part < resolved_part_count(files->resolved) && !has_failed(impact); part++) {
        enum status status = resolved_part_open(files->resolved, part, &impact->customer_count, fault);
        if (status != STATUS_OK)
            return status;
        impact->part_chunk = impact->chunk_turn;
        atomic_store(&impact->chunk_next, impact->part_chunk);
        parallel_run(impact->thread_count, write_chunks, impact);
    }
    return STATUS_OK;
}

static void impact_free(struct impact_csv *impact)
{
    for (int t = 0; impact->chunks != NULL && t < impact->thread_count; t++) {
        free(impact->chunks[t].bytes);
        free(impact->chunks[t].joined);
        free(impact->chunks[t].cell);
        object_reader_close(&impact->chunks[t].objects);
    }
    for (size_t i = 0; impact->made != NULL && i < impact->made_max; i++)
        free(impact->made[i].bytes);
    free(impact->chunks);
    free(impact->made);
    free(impact->paths);
    free(impact->exposures);
    pthread_mutex_destroy(&impact->lock);
    pthread_cond_destroy(&impact->moved);
    free(impact);
}

static bool rooms_open(struct impact_csv *impact)
{
    const struct object_list *list = impact->files->list;
    impact->paths = calloc(list->count + 1, sizeof *impact->paths);
    impact->exposures = calloc(list->source_count + 1, sizeof *impact->exposures);
    impact->chunks = calloc((size_t)impact->thread_count, sizeof *impact->chunks);
    impact->made_max = (size_t)impact->thread_count * MADE_PER_THREAD;
    impact->made = calloc(impact->made_max, sizeof *impact->made);
    return impact->paths != NULL && impact->exposures != NULL && impact->chunks != NULL && impact->made != NULL;
}

enum status impact_csv_open(const struct case_files *files, struct impact_rows rows, struct impact_csv **impact, struct fault *fault)
{
    struct impact_csv *made = calloc(1, sizeof *made);
    *impact = NULL;
    if (made == NULL)
        return fault_set(fault, STATUS_FATAL, "no memory to write impact.csv");
    made->files = files;
    made->rows = rows;
    made->thread_count = files->thread_count > 0 ? files->thread_count : 1;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->moved, NULL);
    enum status status = rooms_open(made) ? STATUS_OK : fault_set(fault, STATUS_FATAL, "no memory to write impact.csv");
    if (status == STATUS_OK)
        status = file_open(files->folder, "impact.csv", &made->file, fault);
    if (status != STATUS_OK) {
        impact_free(made);
        return status;
    }
    share_cells(made);
    look_up_exposures(made);
    made->own_columns = count_own_columns();
    *impact = made;
    return STATUS_OK;
}

enum status impact_csv_close(struct impact_csv *impact, struct file **made, struct fault *fault)
{
    *made = NULL;
    if (impact->chunk_turn == 0)
        impact_csv_add(impact, 0, 0, 0, 0); /* the header */
    enum status status = impact->status;
    if (status != STATUS_OK)
        *fault = impact->fault;
    if (status == STATUS_OK)
        status = file_seal(impact->file, fault);
    if (status == STATUS_OK)
        *made = impact->file;
    else
        file_abandon(impact->file);
    impact_free(impact);
    return status;
}

static bool resolved_row(void *context, int thread, size_t index, struct customer_row *row)
{
    (void)thread;
    resolved_customer(context, index, row);
    return true;
}

enum status impact_csv_write(const struct case_files *files, struct file **made, struct fault *fault)
{
    struct impact_csv *impact = NULL;
    struct fault closing;
    *made = NULL;
    enum status status = impact_csv_open(files, (struct impact_rows){resolved_row, files->resolved}, &impact, fault);
    if (status != STATUS_OK)
        return status;
    status = write_parts(impact, fault);
    if (status == STATUS_OK)
        return impact_csv_close(impact, made, fault);
    if (impact_csv_close(impact, made, &closing) == STATUS_OK)
        file_abandon(*made);
    *made = NULL;
    return status;
}
