/* roster_read.c: reads the file on all threads.
 *
 * Blocks of whole lines go around a ring. Whoever is free does the next thing that there is to do:
 *
 *     add     the block that is next in the file goes into the tables     one thread at a time, first of all
 *     touch   memory that the tables will need soon is had from the system, which may take as long as many blocks
 *     fill    the next block is read, hashed and cut at whole lines       one thread at a time
 *     parse   it is judged by whoever has filled it                       all at once
 *
 * so that the rows of the tables are those of the file in its order. A thread waits only for another that is at work on
 * something, never for one that has yet to begin. The ring is long enough for a while in which nothing can be added; the blocks that
 * were used last are used next, so that what is filled, parsed and added is still near.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/csv.h"
#include "../support/escape.h"
#include "../support/parallel.h"
#include "../tally/table.h"
#include "roster_inner.h"

enum {
    BLOCK_BYTES = ROSTER_LINE_BYTES_MAX, /* so that a whole line always fits */
    PAGE_BYTES = 4096,
    BLOCKS_A_THREAD = 16,
    BLOCKS_MAX = 1024,
    ROWS_AHEAD = 8 /* whose memory is fetched while another is added */
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
    char *read; /* BLOCK_BYTES at the beginning of a page: whole pages of the file are copied there several times as fast as anywhere */
    size_t read_at, read_count; /* of these, what is in no block yet */
    char *left; /* BLOCK_BYTES: read, but in no block yet */
    size_t left_count;
    bool at_end;   /* of the file */
    uint64_t line; /* where the next block to be added begins, from 1 */
    struct block *blocks;
    size_t block_count;

    /* Under the lock: how many blocks came how far, which ones, and what somebody is at. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t filled, added;
    struct block **ring; /* block_count: the one that was filled as the n-th stands at n modulo that */
    struct block **free; /* a stack */
    size_t free_count;
    struct roster_frontier frontiers[ROSTER_FRONTIERS]; /* of the tables, as it was when a block had been added */
    size_t touched[ROSTER_FRONTIERS];                   /* so many bytes of each are touched, or being touched */
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

static enum status read_more(struct reading *reading, struct fault *fault)
{
    ssize_t got;
    do got = read(reading->descriptor, reading->read, BLOCK_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0) return unreadable(reading, errno, fault);
    reading->at_end = got == 0;
    sha256_add(reading->hash, reading->read, (size_t)got);
    reading->read_at = 0;
    reading->read_count = (size_t)got;
    return STATUS_OK;
}

static enum status block_fill(struct reading *reading, struct block *block, struct fault *fault)
{
    memcpy(block->bytes, reading->left, reading->left_count);
    block->count = reading->left_count;
    reading->left_count = 0;
    while (block->count < BLOCK_BYTES) {
        enum status status = reading->read_count == 0 && !reading->at_end ? read_more(reading, fault) : STATUS_OK;
        if (status != STATUS_OK) return status;
        if (reading->read_count == 0) break;
        size_t some = BLOCK_BYTES - block->count < reading->read_count ? BLOCK_BYTES - block->count : reading->read_count;
        memcpy(block->bytes + block->count, reading->read + reading->read_at, some);
        block->count += some;
        reading->read_at += some;
        reading->read_count -= some;
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

enum job { JOB_ADD, JOB_TOUCH, JOB_FILL, JOB_PARSE, JOB_WAIT, JOB_NONE };

/* What a job is at: its block, or memory. */
struct work {
    struct block *block;
    char *at;
    size_t bytes;
};

/* Under the lock. The next part of memory that is to be touched; false: none is. Where there is but one thread it touches what it
 * needs when it does. */
static bool touch_take(struct reading *reading, struct work *work)
{
    for (size_t i = 0; reading->thread_count > 1 && i < ROSTER_FRONTIERS; i++) {
        const struct roster_frontier *frontier = &reading->frontiers[i];
        size_t from = reading->touched[i] > frontier->used ? reading->touched[i] : frontier->used, to = frontier->used + frontier->ahead;
        if (to > frontier->capacity) to = frontier->capacity;
        if (from >= to) continue;
        size_t in_page = ((uintptr_t)frontier->at + from) % PAGES_TOUCHED_BYTES, bytes = PAGES_TOUCHED_BYTES - in_page; /* to the end of a page */
        if (bytes > frontier->capacity - from) bytes = frontier->capacity - from;
        *work = (struct work){.at = frontier->at + from, .bytes = bytes};
        reading->touched[i] = from + bytes;
        return true;
    }
    return false;
}

/* Under the lock. *work is what is to be worked on. */
static enum job job_take(struct reading *reading, struct work *work)
{
    bool stopped = reading->options->stop != NULL && *reading->options->stop != 0;
    if (stopped && reading->status == STATUS_OK) reading->status = STATUS_END;
    if (reading->status != STATUS_OK || (reading->ended && reading->added == reading->filled)) return JOB_NONE;
    work->block = reading->ring[reading->added % reading->block_count];
    if (!reading->adding && reading->added < reading->filled && work->block->parsed) {
        reading->adding = true;
        return JOB_ADD;
    }
    if (!reading->ended && touch_take(reading, work)) return JOB_TOUCH;
    if (reading->filling || reading->ended || reading->free_count == 0) return JOB_WAIT;
    reading->filling = true;
    work->block = reading->free[--reading->free_count];
    return JOB_FILL;
}

static enum status job_do(struct reading *reading, int thread, enum job job, const struct work *work, struct fault *fault)
{
    struct block *block = work->block;
    if (job == JOB_ADD) return lines_add(reading, &block->lines, fault);
    if (job == JOB_FILL) return block_read(reading, block, fault);
    if (job == JOB_PARSE) return roster_parser_read(reading->parsers[thread], block->bytes, block->count, block->torn, &block->lines, fault);
    pages_touch(work->at, work->bytes);
    return STATUS_OK;
}

/* Under the lock. What the thread goes on with at once, JOB_NONE for nothing. */
static enum job job_end(struct reading *reading, enum job job, struct block *block)
{
    if (job == JOB_ADD) {
        reading->adding = false;
        reading->added++;
        reading->free[reading->free_count++] = block;
        roster_table_frontiers(&reading->roster->table, reading->frontiers);
    } else if (job == JOB_FILL && block->count == 0) {
        reading->filling = false;
        reading->ended = true;
        reading->free[reading->free_count++] = block;
    } else if (job == JOB_FILL) {
        reading->filling = false;
        reading->ring[reading->filled++ % reading->block_count] = block;
        block->parsed = false;
        return JOB_PARSE;
    } else if (job == JOB_PARSE) {
        block->parsed = true;
    }
    return JOB_NONE;
}

static void work(void *context, int thread)
{
    struct reading *reading = context;
    struct work at = {0};
    pthread_mutex_lock(&reading->lock);
    for (enum job job, next = JOB_NONE; (job = next != JOB_NONE ? next : job_take(reading, &at)) != JOB_NONE;) {
        if (job == JOB_WAIT) {
            pthread_cond_wait(&reading->changed, &reading->lock);
            continue;
        }
        struct fault fault;
        pthread_mutex_unlock(&reading->lock);
        enum status status = job_do(reading, thread, job, &at, &fault);
        pthread_mutex_lock(&reading->lock);
        next = job_end(reading, job, at.block);
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
    roster_table_frontiers(&reading->roster->table, reading->frontiers);
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
    enum status status = csv_open(reading->delimiter, &(struct csv_told){.cell = name_see, .line = names_end, .context = &heading}, &csv, fault);
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
    reading->read = aligned_alloc(PAGE_BYTES, BLOCK_BYTES);
    reading->left = malloc(BLOCK_BYTES + 1);
    reading->parsers = calloc((size_t)reading->thread_count, sizeof *reading->parsers);
    if (reading->read == NULL || reading->left == NULL || reading->parsers == NULL) return no_memory(fault);
    reading->blocks = calloc(reading->block_count, sizeof *reading->blocks);
    reading->ring = calloc(reading->block_count, sizeof(struct block *));
    reading->free = calloc(reading->block_count, sizeof(struct block *));
    if (reading->blocks == NULL || reading->ring == NULL || reading->free == NULL) return no_memory(fault);
    for (size_t i = 0; i < reading->block_count; i++) {
        struct block *block = reading->ring[i] = reading->free[reading->free_count++] = &reading->blocks[i];
        block->bytes = malloc(BLOCK_BYTES + 1);
        if (block->bytes == NULL) return no_memory(fault);
    }
    return STATUS_OK;
}

static void reading_close(struct reading *reading)
{
    for (size_t i = 0; reading->blocks != NULL && i < reading->block_count; i++) {
        free(reading->blocks[i].bytes);
        bytes_free(&reading->blocks[i].lines.rows);
    }
    free(reading->blocks);
    free(reading->ring);
    free(reading->free);
    for (int i = 0; reading->parsers != NULL && i < reading->thread_count; i++) roster_parser_close(reading->parsers[i]);
    free(reading->parsers);
    free(reading->left);
    free(reading->read);
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

static size_t lines_count(const char *bytes, size_t count)
{
    size_t lines = 0;
    for (const char *at = bytes, *end = bytes + count; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) lines++;
    return lines;
}

/* By the size of the file, and its lines in places all over it: the first ones may be longer or shorter than most. */
static struct roster_expected expected_of(const struct reading *reading)
{
    enum { SAMPLES = 16, SAMPLE_BYTES = 4096 };
    struct stat about;
    struct roster_expected expected = {.births = reading->roster->columns.of_role[ROSTER_BIRTH] != ROSTER_NO_COLUMN};
    if (fstat(reading->descriptor, &about) == 0 && S_ISREG(about.st_mode)) expected.file_bytes = (uint64_t)about.st_size;
    bool large = expected.file_bytes > BLOCK_BYTES;
    size_t bytes = large && reading->left_count > SAMPLE_BYTES ? SAMPLE_BYTES : reading->left_count, lines = lines_count(reading->left, bytes);
    for (uint64_t i = 1; large && i < SAMPLES; i++) {
        char sample[SAMPLE_BYTES];
        ssize_t got = pread(reading->descriptor, sample, sizeof sample, (off_t)(expected.file_bytes / SAMPLES * i));
        if (got <= 0) continue;
        bytes += (size_t)got;
        lines += lines_count(sample, (size_t)got);
    }
    if (lines > 0) expected.lines = expected.file_bytes / (bytes / lines);
    return expected;
}

/* What parsers noted of all lines. */
static void marks_take(struct reading *reading)
{
    struct refused_marks *marks = &reading->roster->marks;
    for (int i = 0; i < reading->thread_count; i++) {
        const struct refused_marks *of = roster_parser_marks(reading->parsers[i]);
        marks->any |= of->any;
        for (size_t w = 0; w < REFUSED_MARKS / 64; w++) marks->words[w] |= of->words[w];
        const bool *kinds = roster_parser_kinds(reading->parsers[i]);
        for (size_t k = 0; k <= UINT8_MAX; k++) reading->roster->kinds[k] |= kinds[k];
    }
}

static void totals_take(struct roster *roster)
{
    for (size_t i = 0; i < ROSTER_SHARES; i++) roster->interval_count += roster->table.index.shares[i].count;
    for (size_t i = 0; i < roster->columns.count; i++)
        if (roster->columns.columns[i].role == ROSTER_IGNORED) roster->ignored[roster->ignored_count++] = roster->columns.columns[i].name;
}

enum status roster_read(const struct roster_options *options, struct roster *roster, struct fault *fault)
{
    struct reading reading = {.options = options, .roster = roster, .descriptor = -1, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    enum status status = roster_columns_open(&roster->columns, fault);
    if (status == STATUS_OK) status = reading_open(&reading, fault);
    if (status == STATUS_OK) status = header_read(&reading, &reading.blocks[0], fault);
    if (status == STATUS_OK) {
        struct roster_expected expected = expected_of(&reading);
        status = roster_table_open(&roster->table, hash_seed(), options->profile->timezone_offset_s, &expected, fault);
    }
    if (status == STATUS_OK) status = parsers_open(&reading, fault);
    if (status == STATUS_OK) status = lines_read(&reading, fault);
    if (status == STATUS_OK) sha256_take(reading.hash, roster->sha256), marks_take(&reading);
    int thread_count = reading.thread_count;
    reading_close(&reading);
    if (status == STATUS_OK) status = roster_table_finish(&roster->table, thread_count, fault);
    if (status == STATUS_OK) totals_take(roster);
    return status;
}
