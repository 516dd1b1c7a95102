/* roster.c: reads the file on all threads, and answers.
 *
 * Blocks of whole lines go around a ring. Whoever is free does the next thing that there is to do:
 *
 *     add     the block that is next in the file goes into the tables     one thread at a time, first of all
 *     fill    the next block is read, hashed and cut at whole lines       one thread at a time
 *     parse   it is judged by whoever has filled it                       all at once
 *
 * so that the rows of the tables are those of the file in its order. A thread waits only for another that is at work on
 * something, never for one that has yet to begin. The ring is short: what is filled, parsed and added is still near.
 */
#include "roster.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../detectors/refused.h"
#include "../support/csv.h"
#include "../support/escape.h"
#include "../support/parallel.h"
#include "../tally/table.h"
#include "roster_table.h"

enum {
    BLOCK_BYTES = ROSTER_LINE_BYTES_MAX, /* so that a whole line always fits */
    BLOCKS_A_THREAD = 4,
    BLOCKS_MAX = 1024,
    ROWS_AHEAD = 8 /* whose memory is fetched while another is added */
};

struct roster {
    struct roster_columns columns;
    struct roster_table table;
    uint64_t line_count, bad_count, placeholder_count, interval_count;
    struct roster_bad bad[ROSTER_BAD_LISTED_MAX];
    size_t bad_listed;
    const char *ignored[ROSTER_COLUMNS_MAX];
    size_t ignored_count;
    uint8_t sha256[SHA256_DIGEST_BYTES];
    struct refused_marks marks; /* of what a check refuses or doubts */
};

struct block {
    char *bytes; /* BLOCK_BYTES, and room for a last LF */
    size_t count;
    bool torn;   /* one line, whose quotes never close */
    bool parsed;
    struct roster_lines lines;
};

struct reading {
    const struct roster_options *options;
    struct roster *roster;
    struct roster_parser **parsers; /* one a thread */
    int thread_count;
    char delimiter;
    int descriptor;
    struct sha256 *hash;
    char *left; /* BLOCK_BYTES: read, but in no block yet */
    size_t left_count;
    bool at_end;   /* of the file */
    uint64_t line; /* where the next block to be added begins, from 1 */
    struct block *ring;
    size_t ring_count;

    /* Under the lock: how many blocks came how far, and what somebody is at. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t filled, added;
    bool filling, adding, ended; /* ended: no block is to be filled any more */
    enum status status;
    struct fault fault;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to read the roster");
}

/* ------------------------------------------------------------------ bytes into blocks */

static enum status unreadable(const struct reading *reading, int error, struct fault *fault)
{
    char name[256];
    escape_write(name, sizeof name, reading->options->path, strlen(reading->options->path));
    return fault_set(fault, STATUS_USAGE, "the roster %s cannot be read: %s", name, strerror(error));
}

static enum status block_fill(struct reading *reading, struct block *block, struct fault *fault)
{
    memcpy(block->bytes, reading->left, reading->left_count);
    block->count = reading->left_count;
    reading->left_count = 0;
    while (!reading->at_end && block->count < BLOCK_BYTES) {
        ssize_t got = read(reading->descriptor, block->bytes + block->count, BLOCK_BYTES - block->count);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(reading, errno, fault);
        if (got == 0) reading->at_end = true;
        sha256_add(reading->hash, block->bytes + block->count, (size_t)got);
        block->count += (size_t)got;
    }
    if (reading->at_end && block->count > 0 && block->bytes[block->count - 1] != '\n') block->bytes[block->count++] = '\n';
    return STATUS_OK;
}

/* Whole lines stay in the block. Where there are none, a quote is open: it costs the line that it stands in. */
static enum status block_cut(struct reading *reading, struct block *block, struct fault *fault)
{
    size_t whole = csv_whole_lines(block->bytes, block->count, reading->delimiter);
    block->torn = whole == 0 && block->count > 0;
    if (block->torn) {
        const char *newline = memchr(block->bytes, '\n', block->count);
        if (newline == NULL)
            return fault_set(fault, STATUS_USAGE, "the roster has a line of more than %d bytes: it is no CSV file of customers", ROSTER_LINE_BYTES_MAX);
        whole = (size_t)(newline - block->bytes) + 1;
    }
    reading->left_count = block->count - whole;
    memcpy(reading->left, block->bytes + whole, reading->left_count);
    block->count = whole;
    return STATUS_OK;
}

static enum status block_read(struct reading *reading, struct block *block, struct fault *fault)
{
    enum status status = block_fill(reading, block, fault);
    return status == STATUS_OK && block->count > 0 ? block_cut(reading, block, fault) : status;
}

/* ------------------------------------------------------------------ lines into tables */

static void bad_list(struct roster *roster, uint64_t line, size_t column, const char *reason)
{
    if (roster->bad_listed == ROSTER_BAD_LISTED_MAX) return;
    struct roster_bad *bad = &roster->bad[roster->bad_listed++];
    bad->line = line;
    bad->reason = reason;
    if (column != ROSTER_NO_COLUMN) memcpy(bad->column, roster->columns.columns[column].name, sizeof bad->column);
}

/* Lists the block's bad lines before a line, in the order of the file. */
static size_t bad_list_until(struct reading *reading, const struct roster_lines *lines, size_t from, uint64_t line)
{
    size_t listed = lines->bad_count < ROSTER_BAD_LISTED_MAX ? (size_t)lines->bad_count : ROSTER_BAD_LISTED_MAX;
    for (; from < listed && lines->bad[from].line < line; from++)
        bad_list(reading->roster, reading->line + lines->bad[from].line, lines->bad[from].column, lines->bad[from].reason);
    return from;
}

static enum status lines_add(struct reading *reading, const struct roster_lines *lines, struct fault *fault)
{
    struct roster *roster = reading->roster;
    enum status status = STATUS_OK;
    size_t listed = 0, ahead = 0, at = 0;
    for (size_t i = 0; i < ROWS_AHEAD && ahead < lines->rows.count; i++) ahead += ((const struct roster_row *)(const void *)(lines->rows.at + ahead))->bytes;
    for (const struct roster_row *row; at < lines->rows.count && status == STATUS_OK; at += row->bytes) {
        row = (const struct roster_row *)(const void *)(lines->rows.at + at);
        if (ahead < lines->rows.count) {
            const struct roster_row *coming = (const struct roster_row *)(const void *)(lines->rows.at + ahead);
            roster_table_expect(&roster->table, coming);
            ahead += coming->bytes;
        }
        enum roster_role contradicted = ROSTER_ROLE_COUNT;
        status = roster_table_add(&roster->table, row, &contradicted, fault);
        if (contradicted == ROSTER_ROLE_COUNT) {
            roster->line_count++;
            roster->placeholder_count += row->placeholder_count;
            continue;
        }
        listed = bad_list_until(reading, lines, listed, row->line);
        bad_list(roster, reading->line + row->line, roster->columns.of_role[contradicted], "is not what an earlier line says of this customer");
        roster->bad_count++;
    }
    bad_list_until(reading, lines, listed, UINT64_MAX);
    roster->bad_count += lines->bad_count;
    reading->line += lines->line_count;
    return status;
}

/* ------------------------------------------------------------------ threads */

enum job { JOB_ADD, JOB_FILL, JOB_PARSE, JOB_WAIT, JOB_NONE };

static struct block *block_at(const struct reading *reading, size_t number)
{
    return &reading->ring[number % reading->ring_count];
}

/* Under the lock. *block is what is to be worked on. */
static enum job job_take(struct reading *reading, struct block **block)
{
    bool stopped = reading->options->stop != NULL && *reading->options->stop != 0;
    if (stopped && reading->status == STATUS_OK) reading->status = STATUS_END;
    if (reading->status != STATUS_OK || (reading->ended && reading->added == reading->filled)) return JOB_NONE;
    *block = block_at(reading, reading->added);
    if (!reading->adding && reading->added < reading->filled && (*block)->parsed) {
        reading->adding = true;
        return JOB_ADD;
    }
    *block = block_at(reading, reading->filled);
    if (reading->filling || reading->ended || reading->filled - reading->added == reading->ring_count) return JOB_WAIT;
    reading->filling = true;
    return JOB_FILL;
}

static enum status job_do(struct reading *reading, int thread, enum job job, struct block *block, struct fault *fault)
{
    if (job == JOB_ADD) return lines_add(reading, &block->lines, fault);
    if (job == JOB_FILL) return block_read(reading, block, fault);
    return roster_parser_read(reading->parsers[thread], block->bytes, block->count, block->torn, &block->lines, fault);
}

/* Under the lock. What the thread goes on with at once, JOB_NONE for nothing. */
static enum job job_end(struct reading *reading, enum job job, struct block *block)
{
    if (job == JOB_ADD) {
        reading->adding = false;
        reading->added++;
    } else if (job == JOB_FILL) {
        reading->filling = false;
        reading->ended = block->count == 0;
        reading->filled += block->count > 0;
        block->parsed = false;
        return block->count > 0 ? JOB_PARSE : JOB_NONE;
    } else {
        block->parsed = true;
    }
    return JOB_NONE;
}

static void work(void *context, int thread)
{
    struct reading *reading = context;
    struct block *block = NULL;
    pthread_mutex_lock(&reading->lock);
    for (enum job job, next = JOB_NONE; (job = next != JOB_NONE ? next : job_take(reading, &block)) != JOB_NONE;) {
        if (job == JOB_WAIT) {
            pthread_cond_wait(&reading->changed, &reading->lock);
            continue;
        }
        struct fault fault;
        pthread_mutex_unlock(&reading->lock);
        enum status status = job_do(reading, thread, job, block, &fault);
        pthread_mutex_lock(&reading->lock);
        next = job_end(reading, job, block);
        if (status != STATUS_OK && reading->status == STATUS_OK) {
            reading->status = status;
            reading->fault = fault;
        }
        if (status != STATUS_OK) next = JOB_NONE;
        pthread_cond_broadcast(&reading->changed);
    }
    pthread_cond_broadcast(&reading->changed);
    pthread_mutex_unlock(&reading->lock);
}

static enum status lines_read(struct reading *reading, struct fault *fault)
{
    parallel_run(reading->thread_count, work, reading);
    if (reading->status != STATUS_OK) *fault = reading->fault;
    return reading->status;
}

/* ------------------------------------------------------------------ the header */

/* Of comma, semicolon and tab the one that the line has most of, outside of quotes. */
static char delimiter_of(const char *line, size_t count)
{
    static const char delimiters[] = {',', ';', '\t'};
    size_t found[sizeof delimiters] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < count; i++) {
        quoted ^= line[i] == '"';
        for (size_t d = 0; d < sizeof delimiters; d++) found[d] += !quoted && line[i] == delimiters[d];
    }
    for (size_t d = 1; d < sizeof delimiters; d++)
        if (found[d] > found[best]) best = d;
    return delimiters[best];
}

struct heading {
    struct reading *reading;
    enum status status;
    struct fault *fault;
};

static void name_see(void *context, const char *bytes, size_t length)
{
    struct heading *heading = context;
    struct reading *reading = heading->reading;
    if (heading->status == STATUS_OK)
        heading->status = roster_columns_add(&reading->roster->columns, reading->options->roles, (struct span){bytes, length}, heading->fault);
}

static void names_end(void *context, uint64_t line, bool damaged)
{
    struct heading *heading = context;
    (void)line;
    if (damaged && heading->status == STATUS_OK)
        heading->status = fault_set(heading->fault, STATUS_USAGE, "the header of the roster has a quote in the wrong place");
}

/* Reads the names of the columns from the line at the beginning of what is left. Blank lines before it do not count. */
static enum status header_line(struct reading *reading, const char *bytes, size_t count, struct fault *fault)
{
    struct heading heading = {reading, STATUS_OK, fault};
    struct csv *csv;
    uint64_t lines;
    enum status status = csv_open(reading->delimiter, &(struct csv_told){name_see, names_end, &heading}, &csv, fault);
    if (status != STATUS_OK) return status;
    status = csv_read(csv, bytes, count, &lines, fault);
    csv_close(csv);
    reading->line += lines;
    return status == STATUS_OK ? heading.status : status;
}

static enum status encoding_judge(const char *bytes, size_t count, size_t *mark_bytes, struct fault *fault)
{
    *mark_bytes = count >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    bool utf16 = count >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0);
    const char *end = memchr(bytes, '\n', count);
    size_t first = end != NULL ? (size_t)(end - bytes) : count;
    if (utf16 || memchr(bytes, '\0', first) != NULL)
        return fault_set(fault, STATUS_USAGE, "the roster is UTF-16 or no text: save it as CSV in UTF-8");
    return STATUS_OK;
}

/* What is behind the header is left for the first block. */
static enum status header_read(struct reading *reading, struct block *block, struct fault *fault)
{
    size_t at = 0;
    enum status status = block_fill(reading, block, fault);
    if (status == STATUS_OK && block->count == 0) status = fault_set(fault, STATUS_USAGE, "the roster is empty");
    if (status == STATUS_OK) status = encoding_judge(block->bytes, block->count, &at, fault);
    reading->line = 1;
    while (status == STATUS_OK && reading->roster->columns.count == 0) {
        const char *newline = memchr(block->bytes + at, '\n', block->count - at);
        if (newline == NULL)
            return fault_set(fault, STATUS_USAGE, "the roster has no header: a line with the names of its columns, ended by a line feed");
        size_t length = (size_t)(newline - block->bytes) + 1 - at;
        reading->delimiter = delimiter_of(block->bytes + at, length);
        /* A name may have a line feed in it. */
        while (csv_whole_lines(block->bytes + at, length, reading->delimiter) != length) {
            newline = memchr(block->bytes + at + length, '\n', block->count - at - length);
            if (newline == NULL) return fault_set(fault, STATUS_USAGE, "the header of the roster has a quote that is not closed");
            length = (size_t)(newline - block->bytes) + 1 - at;
        }
        status = header_line(reading, block->bytes + at, length, fault);
        at += length;
    }
    if (status == STATUS_OK) status = roster_columns_judge(&reading->roster->columns, fault);
    reading->left_count = block->count - at;
    memcpy(reading->left, block->bytes + at, reading->left_count);
    return status;
}

/* ------------------------------------------------------------------ open, close */

static enum status reading_open(struct reading *reading, struct fault *fault)
{
    const struct roster_options *options = reading->options;
    reading->thread_count = options->thread_count > 0 ? options->thread_count : 1;
    size_t blocks = (size_t)reading->thread_count * BLOCKS_A_THREAD;
    reading->ring_count = blocks < BLOCKS_MAX ? blocks : BLOCKS_MAX;
    reading->descriptor = open(options->path, O_RDONLY | O_CLOEXEC);
    if (reading->descriptor < 0) return unreadable(reading, errno, fault);
    reading->hash = sha256_open();
    if (reading->hash == NULL) return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    reading->left = malloc(BLOCK_BYTES + 1);
    reading->parsers = calloc((size_t)reading->thread_count, sizeof *reading->parsers);
    if (reading->left == NULL || reading->parsers == NULL) return no_memory(fault);
    reading->ring = calloc(reading->ring_count, sizeof *reading->ring);
    for (size_t i = 0; reading->ring != NULL && i < reading->ring_count; i++) {
        reading->ring[i].bytes = malloc(BLOCK_BYTES + 1);
        if (reading->ring[i].bytes == NULL) return no_memory(fault);
    }
    if (reading->ring == NULL) return no_memory(fault);
    return STATUS_OK;
}

static void reading_close(struct reading *reading)
{
    for (size_t i = 0; reading->ring != NULL && i < reading->ring_count; i++) {
        free(reading->ring[i].bytes);
        bytes_free(&reading->ring[i].lines.rows);
    }
    free(reading->ring);
    for (int i = 0; reading->parsers != NULL && i < reading->thread_count; i++) roster_parser_close(reading->parsers[i]);
    free(reading->parsers);
    free(reading->left);
    sha256_close(reading->hash);
    if (reading->descriptor >= 0) close(reading->descriptor);
    pthread_cond_destroy(&reading->changed);
    pthread_mutex_destroy(&reading->lock);
}

static enum status parsers_open(struct reading *reading, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < reading->thread_count && status == STATUS_OK; i++)
        status = roster_parser_open(&reading->roster->columns, reading->delimiter, reading->options->profile, reading->roster->table.seed,
                                    &reading->parsers[i], fault);
    return status;
}

/* By the size of the file, and the lines of its first block. */
static struct roster_expected expected_of(const struct reading *reading)
{
    struct stat about;
    struct roster_expected expected = {.births = reading->roster->columns.of_role[ROSTER_BIRTH] != ROSTER_NO_COLUMN};
    if (fstat(reading->descriptor, &about) == 0 && S_ISREG(about.st_mode)) expected.file_bytes = (uint64_t)about.st_size;
    size_t lines = 0;
    for (const char *at = reading->left, *end = at + reading->left_count; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) lines++;
    if (lines > 0) expected.lines = expected.file_bytes / (reading->left_count / lines);
    return expected;
}

static void marks_take(struct reading *reading)
{
    struct refused_marks *marks = &reading->roster->marks;
    for (int i = 0; i < reading->thread_count; i++) {
        const struct refused_marks *of = roster_parser_marks(reading->parsers[i]);
        marks->any |= of->any;
        for (size_t w = 0; w < REFUSED_MARKS / 64; w++) marks->words[w] |= of->words[w];
    }
}

static void totals_take(struct roster *roster)
{
    for (size_t i = 0; i < ROSTER_SHARES; i++) roster->interval_count += roster->table.index.shares[i].count;
    for (size_t i = 0; i < roster->columns.count; i++)
        if (roster->columns.columns[i].role == ROSTER_IGNORED) roster->ignored[roster->ignored_count++] = roster->columns.columns[i].name;
}

enum status roster_open(const struct roster_options *options, struct roster **roster, struct fault *fault)
{
    *roster = NULL;
    struct roster *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    struct reading reading = {.options = options, .roster = made, .descriptor = -1, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    enum status status = roster_columns_open(&made->columns, fault);
    if (status == STATUS_OK) status = reading_open(&reading, fault);
    if (status == STATUS_OK) status = header_read(&reading, &reading.ring[0], fault);
    if (status == STATUS_OK) {
        struct roster_expected expected = expected_of(&reading);
        status = roster_table_open(&made->table, hash_seed(), options->profile->timezone_offset_s, &expected, fault);
    }
    if (status == STATUS_OK) status = parsers_open(&reading, fault);
    if (status == STATUS_OK) status = lines_read(&reading, fault);
    if (status == STATUS_OK) sha256_take(reading.hash, made->sha256), marks_take(&reading);
    int thread_count = reading.thread_count;
    reading_close(&reading);
    if (status == STATUS_OK) status = roster_table_finish(&made->table, thread_count, fault);
    if (status != STATUS_OK) {
        roster_close(made);
        return status;
    }
    totals_take(made);
    *roster = made;
    return STATUS_OK;
}

void roster_close(struct roster *roster)
{
    if (roster == NULL) return;
    roster_table_free(&roster->table);
    roster_columns_free(&roster->columns);
    free(roster);
}

/* ------------------------------------------------------------------ answers */

uint32_t roster_find(const struct roster *roster, struct span id)
{
    return roster_table_find(&roster->table, id, roster_id_hash(id, roster->table.seed));
}

void roster_find_all(const struct roster *roster, const struct span *ids, size_t count, uint32_t *customers)
{
    roster_table_find_all(&roster->table, ids, count, customers);
}

/* "CA" of the US becomes "US-CA". */
static void place_write(const struct roster_place *place, char country[3], char subdivision[7])
{
    memset(country, 0, 3);
    memset(subdivision, 0, 7);
    memcpy(country, place->country, sizeof place->country);
    if (place->subdivision[0] == '\0') return;
    memcpy(subdivision, place->country, sizeof place->country);
    subdivision[sizeof place->country] = '-';
    memcpy(subdivision + sizeof place->country + 1, place->subdivision, sizeof place->subdivision);
}

struct roster_customer roster_customer(const struct roster *roster, uint32_t customer)
{
    const struct roster_table *table = &roster->table;
    const struct roster_item item = roster_item_read(roster_item_at(&table->items, customer));
    struct roster_customer told = {.id = roster_items_id(&table->items, customer),
                                   .type = (enum roster_type)item.type,
                                   .contact_known = item.contact_known,
                                   .contact = item.contact,
                                   .birth_day = roster_items_birth(&table->items, customer),
                                   .residence = item.place};
    place_write(&table->places[item.place], told.country, told.subdivision);
    return told;
}

uint32_t roster_residence_count(const struct roster *roster)
{
    return roster->table.place_count;
}

struct roster_residence roster_residence(const struct roster *roster, uint32_t residence)
{
    struct roster_residence told = {.any = roster->table.place_customers[residence] > 0};
    place_write(&roster->table.places[residence], told.country, told.subdivision);
    return told;
}

uint32_t roster_customer_count(const struct roster *roster)
{
    return roster->table.items.customer_count;
}

uint32_t roster_type_count(const struct roster *roster, enum roster_type type)
{
    return roster->table.types[type];
}

static inline void look_begin(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look)
{
    const struct roster_index *index = &roster->table.index;
    (void)roster_key(identifier, look->key);
    look->roster = roster;
    roster_index_begin(index, roster_identifier_hash(look->key, look->key + ROSTER_KEY_HEAD, index->seed), &look->found);
}

void roster_look(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look)
{
    look_begin(roster, identifier, look);
    roster_index_entries(&roster->table.index, &look->found);
}

void roster_look_ahead(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look)
{
    look_begin(roster, identifier, look);
}

void roster_look_all(struct roster_look *looks, size_t count)
{
    for (size_t i = 0; i < count; i++) roster_index_entries(&looks[i].roster->table.index, &looks[i].found);
    for (size_t i = 0; i < count; i++) roster_index_fetch(&looks[i].roster->table.index, &looks[i].roster->table.items, &looks[i].found);
}

bool roster_has_kind(const struct roster *roster, uint8_t kind)
{
    return roster->table.kinds[kind];
}

bool roster_has_alone(const struct roster *roster, uint32_t customer, uint8_t kind, uint8_t packing, struct span packed)
{
    const struct roster_items *items = &roster->table.items;
    const char *item = roster_item_at(items, customer), form = roster_key_form(packing, packed.len);
    if (roster_item_read(item).shared) return false;
    struct span keys = roster_item_keys(items, item);
    for (const char *at = keys.at, *end = at + keys.len; at < end; at += roster_key_length(at))
        if (at[0] == (char)kind && at[1] == form && bytes_equal(at + ROSTER_KEY_HEAD, packed.at, packed.len)) return true;
    return false;
}

bool roster_others(struct roster_look *look, uint32_t customer)
{
    const struct roster_index *index = &look->roster->table.index;
    const struct roster_items *items = &look->roster->table.items;
    roster_index_resolve(index, items, look->key, &look->found);
    struct roster_found walk = look->found;
    for (uint32_t item; (item = roster_index_next(index, items, look->key, &walk)) != 0;)
        if (roster_item_customer(items, item) != customer) return true;
    return false;
}

bool roster_next(struct roster_look *look, struct roster_interval *interval)
{
    const struct roster_table *table = &look->roster->table;
    roster_index_resolve(&table->index, &table->items, look->key, &look->found);
    uint32_t item = roster_index_next(&table->index, &table->items, look->key, &look->found);
    if (item == 0) return false;
    struct roster_times times = roster_interval_times(&table->intervals, roster_item_read(roster_item_at(&table->items, item)).interval);
    *interval = (struct roster_interval){roster_item_customer(&table->items, item), times.from_s, times.to_s};
    return true;
}

static bool roster_has(const void *roster, const struct tally_identifier *identifier)
{
    struct roster_look look;
    struct roster_interval interval;
    roster_look(roster, identifier, &look);
    return roster_next(&look, &interval);
}

struct known_values roster_known(const struct roster *roster)
{
    bool any = roster != NULL && roster->marks.any;
    return (struct known_values){any ? roster_has : NULL, roster, any ? &roster->marks : NULL};
}

/* A customer and the first bytes of its ID as a number of the same order, which decides most comparisons. */
struct ordered {
    uint64_t beginning;
    uint32_t customer;
};

static int ordered_compare(const void *a, const void *b, void *context)
{
    const struct ordered *left = a, *right = b;
    if (left->beginning != right->beginning) return left->beginning < right->beginning ? -1 : 1;
    const struct roster_items *items = context;
    struct span left_id = roster_items_id(items, left->customer), right_id = roster_items_id(items, right->customer);
    int order = memcmp(left_id.at, right_id.at, left_id.len < right_id.len ? left_id.len : right_id.len);
    return order != 0 ? order : (left_id.len > right_id.len) - (left_id.len < right_id.len);
}

enum status roster_order(const struct roster *roster, uint32_t **order, struct fault *fault)
{
    const struct roster_items *items = &roster->table.items;
    struct ordered *sorted = malloc((items->customer_count + (size_t)1) * sizeof *sorted);
    *order = malloc((items->customer_count + (size_t)1) * sizeof **order);
    if (sorted == NULL || *order == NULL) {
        free(sorted);
        free(*order);
        *order = NULL;
        return no_memory(fault);
    }
    uint32_t count = 0;
    for (uint32_t item = 0; (item = roster_items_next(items, item)) != 0;) {
        struct span id = roster_items_id(items, item);
        uint64_t beginning = 0;
        if (id.len == 0) continue;
        for (size_t b = 0; b < 8; b++) beginning = beginning << 8 | (b < id.len ? (unsigned char)id.at[b] : 0u);
        sorted[count++] = (struct ordered){beginning, item};
    }
    qsort_r(sorted, count, sizeof *sorted, ordered_compare, (void *)(uintptr_t)items);
    for (uint32_t i = 0; i < count; i++) (*order)[i] = sorted[i].customer;
    free(sorted);
    return STATUS_OK;
}

uint64_t roster_line_count(const struct roster *roster)
{
    return roster->line_count;
}

uint64_t roster_bad_count(const struct roster *roster)
{
    return roster->bad_count;
}

size_t roster_bad_listed(const struct roster *roster, const struct roster_bad **listed)
{
    *listed = roster->bad;
    return roster->bad_listed;
}

size_t roster_ignored(const struct roster *roster, const char *const **names)
{
    *names = roster->ignored;
    return roster->ignored_count;
}

uint64_t roster_placeholder_count(const struct roster *roster)
{
    return roster->placeholder_count;
}

bool roster_has_times_of_day(const struct roster *roster)
{
    return roster->table.intervals.count > 0;
}

uint64_t roster_interval_count(const struct roster *roster)
{
    return roster->interval_count;
}

const uint8_t *roster_sha256(const struct roster *roster)
{
    return roster->sha256;
}
