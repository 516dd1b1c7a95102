/* roster.c: reads the file in rounds, and answers.
 *
 *     round n   blocks n are parsed, a block a thread
 *               blocks n + 1 are read, hashed and cut at whole lines
 *               blocks n - 1 go into the tables, in the order of the file
 *
 * In a round nobody waits for another; between two all meet. The rows of the tables are thus those of the file in its order.
 */
#include "roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/csv.h"
#include "../support/escape.h"
#include "../support/parallel.h"
#include "roster_table.h"

enum {
    BLOCK_BYTES = ROSTER_LINE_BYTES_MAX, /* so that a whole line always fits */
    BLOCKS_A_THREAD = 4,
    BLOCKS_MAX = 32,
    SETS = 3,
    ROWS_AHEAD = 8, /* whose memory is fetched while another is added */
    TYPE_COUNT = ROSTER_ORGANISATION + 1
};

struct roster {
    struct roster_columns columns;
    struct roster_table table;
    uint64_t line_count, bad_count, placeholder_count, interval_count;
    struct roster_bad bad[ROSTER_BAD_LISTED_MAX];
    size_t bad_listed;
    const char *ignored[ROSTER_COLUMNS_MAX];
    size_t ignored_count;
    uint32_t types[TYPE_COUNT];
    uint8_t sha256[SHA256_DIGEST_BYTES];
};

struct block {
    char *bytes; /* BLOCK_BYTES, and room for a last LF */
    size_t count;
    bool torn;   /* one line, whose quotes never close */
    struct roster_lines lines;
};

struct set {
    struct block *blocks; /* block_count of them */
    size_t used;
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
    bool at_end, began; /* of the file; some byte was read */
    uint64_t line;      /* where the next block to be added begins, from 1 */
    struct set sets[SETS];
    size_t block_count;
    size_t round;
    atomic_uint next_task;
    atomic_int failed; /* enum status */
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

static enum status set_fill(struct reading *reading, struct set *set, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (set->used = 0; set->used < reading->block_count && status == STATUS_OK; set->used++) {
        struct block *block = &set->blocks[set->used];
        status = block_fill(reading, block, fault);
        if (status == STATUS_OK && block->count == 0) break;
        if (status == STATUS_OK) status = block_cut(reading, block, fault);
    }
    return status;
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
            continue;
        }
        listed = bad_list_until(reading, lines, listed, row->line);
        bad_list(roster, reading->line + row->line, roster->columns.of_role[contradicted], "is not what an earlier line says of this customer");
        roster->bad_count++;
    }
    bad_list_until(reading, lines, listed, UINT64_MAX);
    roster->bad_count += lines->bad_count;
    roster->placeholder_count += lines->placeholder_count;
    reading->line += lines->line_count;
    return status;
}

static enum status set_add(struct reading *reading, struct set *set, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < set->used && status == STATUS_OK; i++) status = lines_add(reading, &set->blocks[i].lines, fault);
    set->used = 0;
    return status;
}

/* ------------------------------------------------------------------ rounds */

enum { TASK_ADD, TASK_FILL, TASK_PARSE };

static enum status task_do(struct reading *reading, int thread, unsigned task, struct fault *fault)
{
    struct set *parsed = &reading->sets[reading->round % SETS];
    if (task == TASK_ADD) return set_add(reading, &reading->sets[(reading->round + SETS - 1) % SETS], fault);
    if (task == TASK_FILL) return set_fill(reading, &reading->sets[(reading->round + 1) % SETS], fault);
    struct block *block = &parsed->blocks[task - TASK_PARSE];
    return roster_parser_read(reading->parsers[thread], block->bytes, block->count, block->torn, &block->lines, fault);
}

static void round_work(void *context, int thread)
{
    struct reading *reading = context;
    size_t tasks = TASK_PARSE + reading->sets[reading->round % SETS].used;
    for (unsigned task; (task = atomic_fetch_add(&reading->next_task, 1)) < tasks;) {
        struct fault fault;
        enum status status = task_do(reading, thread, task, &fault);
        int none = STATUS_OK;
        if (status != STATUS_OK && atomic_compare_exchange_strong(&reading->failed, &none, (int)status)) reading->fault = fault;
    }
}

static enum status rounds_run(struct reading *reading, struct fault *fault)
{
    const volatile sig_atomic_t *stop = reading->options->stop;
    enum status status = set_fill(reading, &reading->sets[0], fault);
    for (bool more = true; status == STATUS_OK && more; reading->round++) {
        if (stop != NULL && *stop != 0) return STATUS_END;
        more = reading->sets[reading->round % SETS].used > 0; /* without a block to parse, the last ones are added yet */
        atomic_store(&reading->next_task, 0);
        parallel_run(reading->thread_count, round_work, reading);
        status = (enum status)atomic_load(&reading->failed);
        if (status != STATUS_OK) *fault = reading->fault;
    }
    return status;
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
    reading->block_count = blocks < BLOCKS_MAX ? blocks : BLOCKS_MAX;
    reading->descriptor = open(options->path, O_RDONLY | O_CLOEXEC);
    if (reading->descriptor < 0) return unreadable(reading, errno, fault);
    reading->hash = sha256_open();
    if (reading->hash == NULL) return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    reading->left = malloc(BLOCK_BYTES + 1);
    reading->parsers = calloc((size_t)reading->thread_count, sizeof *reading->parsers);
    if (reading->left == NULL || reading->parsers == NULL) return no_memory(fault);
    for (size_t s = 0; s < SETS; s++) {
        struct set *set = &reading->sets[s];
        set->blocks = calloc(reading->block_count, sizeof *set->blocks);
        if (set->blocks == NULL) return no_memory(fault);
        for (size_t b = 0; b < reading->block_count; b++) {
            set->blocks[b].bytes = malloc(BLOCK_BYTES + 1);
            if (set->blocks[b].bytes == NULL) return no_memory(fault);
        }
    }
    return STATUS_OK;
}

static void reading_close(struct reading *reading)
{
    for (size_t s = 0; s < SETS; s++) {
        for (size_t b = 0; reading->sets[s].blocks != NULL && b < reading->block_count; b++) {
            free(reading->sets[s].blocks[b].bytes);
            bytes_free(&reading->sets[s].blocks[b].lines.rows);
        }
        free(reading->sets[s].blocks);
    }
    for (int i = 0; reading->parsers != NULL && i < reading->thread_count; i++) roster_parser_close(reading->parsers[i]);
    free(reading->parsers);
    free(reading->left);
    sha256_close(reading->hash);
    if (reading->descriptor >= 0) close(reading->descriptor);
}

static enum status parsers_open(struct reading *reading, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < reading->thread_count && status == STATUS_OK; i++)
        status = roster_parser_open(&reading->roster->columns, reading->delimiter, reading->options->profile, reading->roster->table.seed,
                                    &reading->parsers[i], fault);
    return status;
}

static void totals_take(struct roster *roster)
{
    for (uint32_t i = 0; i < roster->table.customer_count; i++) roster->types[roster->table.customers[i].type]++;
    for (size_t i = 0; i < ROSTER_SHARES; i++) roster->interval_count += roster->table.shares[i].count;
    for (size_t i = 0; i < roster->columns.count; i++)
        if (roster->columns.columns[i].role == ROSTER_IGNORED) roster->ignored[roster->ignored_count++] = roster->columns.columns[i].name;
}

enum status roster_open(const struct roster_options *options, struct roster **roster, struct fault *fault)
{
    *roster = NULL;
    struct roster *made = calloc(1, sizeof *made);
    if (made == NULL) return no_memory(fault);
    struct reading reading = {.options = options, .roster = made, .descriptor = -1};
    enum status status = roster_columns_open(&made->columns, fault);
    if (status == STATUS_OK) status = roster_table_open(&made->table, hash_seed(), fault);
    if (status == STATUS_OK) status = reading_open(&reading, fault);
    if (status == STATUS_OK) status = header_read(&reading, &reading.sets[0].blocks[0], fault);
    if (status == STATUS_OK) status = parsers_open(&reading, fault);
    if (status == STATUS_OK) status = rounds_run(&reading, fault);
    if (status == STATUS_OK) sha256_take(reading.hash, made->sha256);
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
    return roster_table_find(&roster->table, id, hash_bytes(id.at, id.len, roster->table.seed));
}

struct roster_customer roster_customer(const struct roster *roster, uint32_t customer)
{
    const struct roster_stored *stored = &roster->table.customers[customer];
    const struct roster_place *place = &roster->table.places[stored->place];
    struct roster_customer told = {.id = roster_table_id(&roster->table, customer),
                                   .type = (enum roster_type)stored->type,
                                   .contact_known = stored->contact_known,
                                   .contact = stored->contact,
                                   .birth_day = stored->birth_day};
    memcpy(told.country, place->country, sizeof place->country);
    if (place->subdivision[0] == '\0') return told;
    memcpy(told.subdivision, place->country, sizeof place->country);
    told.subdivision[sizeof place->country] = '-';
    memcpy(told.subdivision + sizeof place->country + 1, place->subdivision, sizeof place->subdivision);
    return told;
}

uint32_t roster_customer_count(const struct roster *roster)
{
    return roster->table.customer_count;
}

uint32_t roster_type_count(const struct roster *roster, enum roster_type type)
{
    return roster->types[type];
}

void roster_look(const struct roster *roster, const struct tally_identifier *identifier, struct roster_look *look)
{
    size_t length = roster_key(identifier, look->key);
    uint64_t hash = hash_bytes(look->key, length, roster->table.seed);
    look->roster = roster;
    look->share = &roster->table.shares[roster_share(hash)];
    uint32_t bucket = roster_bucket(look->share, hash);
    look->next = look->share->buckets[bucket];
    look->end = look->share->buckets[bucket + 1];
}

bool roster_next(struct roster_look *look, struct roster_interval *interval)
{
    while (look->next < look->end) {
        const char *entry = roster_entry(look->share, look->next++), *key = entry + ROSTER_ENTRY_HEAD;
        if (memcmp(key, look->key, ROSTER_KEY_HEAD) != 0 || memcmp(key, look->key, roster_key_length(key)) != 0) continue;
        uint32_t head[2];
        memcpy(head, entry, sizeof head);
        const struct roster_table *table = &look->roster->table;
        *interval = (struct roster_interval){head[0], table->intervals[head[1]].from_s, table->intervals[head[1]].to_s};
        return true;
    }
    return false;
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
    const struct roster_table *table = context;
    struct span left_id = roster_table_id(table, left->customer), right_id = roster_table_id(table, right->customer);
    int order = memcmp(left_id.at, right_id.at, left_id.len < right_id.len ? left_id.len : right_id.len);
    return order != 0 ? order : (left_id.len > right_id.len) - (left_id.len < right_id.len);
}

enum status roster_order(const struct roster *roster, uint32_t **order, struct fault *fault)
{
    const struct roster_table *table = &roster->table;
    struct ordered *sorted = malloc((table->customer_count + (size_t)1) * sizeof *sorted);
    *order = malloc((table->customer_count + (size_t)1) * sizeof **order);
    if (sorted == NULL || *order == NULL) {
        free(sorted);
        free(*order);
        *order = NULL;
        return no_memory(fault);
    }
    for (uint32_t i = 0; i < table->customer_count; i++) {
        struct span id = roster_table_id(table, i);
        uint64_t beginning = 0;
        for (size_t b = 0; b < 8; b++) beginning = beginning << 8 | (b < id.len ? (unsigned char)id.at[b] : 0u);
        sorted[i] = (struct ordered){beginning, i};
    }
    qsort_r(sorted, table->customer_count, sizeof *sorted, ordered_compare, (void *)(uintptr_t)table);
    for (uint32_t i = 0; i < table->customer_count; i++) (*order)[i] = sorted[i].customer;
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

uint64_t roster_interval_count(const struct roster *roster)
{
    return roster->interval_count;
}

const uint8_t *roster_sha256(const struct roster *roster)
{
    return roster->sha256;
}
