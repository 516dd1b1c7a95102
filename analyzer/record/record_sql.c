#include "record_sql.h"

#include <stdlib.h>
#include <string.h>

#include "../support/hash.h"
#include "record_csv.h"
#include "record_sql_inner.h"

enum mode {
    MODE_STATEMENTS, /* between statements: where one may begin */
    MODE_TUPLES,     /* behind VALUES */
    MODE_ROWS,       /* behind the line of COPY */
    MODE_GAP,        /* bytes are missing before */
    MODE_LONG_TUPLE, /* amid a tuple that is handed out in pieces */
    MODE_LONG_LINE   /* amid a line that is */
};

/* What a dump begins with a line of and ends with another. */
enum { OPEN_DUMP = 1, OPEN_CLUSTER = 2, OPEN_TRANSACTION = 4 };

struct state {
    enum mode mode, behind_line; /* behind_line: MODE_LONG_LINE ends in it */
    const struct sql_table *table;
    struct sql_copy copy; /* MODE_ROWS */
    struct sql_depth depth;
    bool awaits_tuple; /* MODE_TUPLES: behind VALUES or a comma */
    bool broke_off;    /* a statement was open where all ended */
    uint8_t announced; /* what says by itself that it has not ended: OPEN_ */
    size_t blind; /* so many bytes from here on hold no CREATE TABLE: see sql_names */
};

/* What a key stands for; tables are found by name and by header row. */
struct known {
    char *key; /* NULL: free */
    size_t length;
    struct sql_table *table;
};

struct directory {
    struct known *slots;
    size_t count, capacity; /* capacity is a power of two, or 0 */
};

struct sql {
    bool backslash;
    struct sql_plan_source plans;
    struct state state;
    uint64_t offset;     /* of the bytes in hand among all */
    uint64_t last_end;   /* of the last statement with a semicolon, among all bytes; once it is known */
    bool knows_last_end;
    uint64_t altered_to; /* what ALTER TABLE says before that place is noted: a step that is not kept is done again */
    struct directory by_name, by_header, own; /* the tables belong to the latter two */
    size_t column_count;                 /* of all tables */
    struct sql_names names;              /* of the head in hand */
    struct bytes key;                    /* of its table */
    char *head;                          /* the last head of an INSERT, and the table it is for */
    size_t head_length, head_capacity;
    const struct sql_table *head_table;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory for the tables of an SQL dump");
}

enum status sql_open(bool backslash, struct sql_plan_source plans, struct sql **sql, struct fault *fault)
{
    struct sql *made = calloc(1, sizeof *made);
    *sql = made;
    if (made == NULL) return no_memory(fault);
    made->backslash = backslash;
    made->plans = plans;
    return STATUS_OK;
}

static void directory_free(struct directory *directory, bool has_tables)
{
    for (size_t i = 0; i < directory->capacity && has_tables; i++) free(directory->slots[i].table);
    for (size_t i = 0; i < directory->capacity; i++) free(directory->slots[i].key);
    free(directory->slots);
}

void sql_close(struct sql *sql)
{
    if (sql == NULL) return;
    directory_free(&sql->by_header, true);
    directory_free(&sql->own, true);
    directory_free(&sql->by_name, false);
    sql_names_free(&sql->names);
    bytes_free(&sql->key);
    free(sql->head);
    free(sql);
}

/* ------------------------------------------------------------------ tables */

/* The slot of a key: its own, or the free one where it belongs. */
static struct known *slot_of(const struct directory *directory, const char *key, size_t length)
{
    size_t at = hash_bytes(key, length, 0) & (directory->capacity - 1);
    while (directory->slots[at].key != NULL && (directory->slots[at].length != length || memcmp(directory->slots[at].key, key, length) != 0))
        at = (at + 1) & (directory->capacity - 1);
    return &directory->slots[at];
}

static struct sql_table *directory_find(const struct directory *directory, const char *key, size_t length)
{
    return directory->capacity == 0 ? NULL : slot_of(directory, key, length)->table;
}

static bool directory_grow(struct directory *directory)
{
    enum { CAPACITY_FIRST = 64 };
    struct directory larger = {.count = directory->count, .capacity = directory->capacity == 0 ? CAPACITY_FIRST : 2 * directory->capacity};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) return false;
    for (size_t i = 0; i < directory->capacity; i++)
        if (directory->slots[i].key != NULL) *slot_of(&larger, directory->slots[i].key, directory->slots[i].length) = directory->slots[i];
    free(directory->slots);
    *directory = larger;
    return true;
}

/* A key that is there already stands for the new table from here on. */
static bool directory_put(struct directory *directory, const char *key, size_t length, struct sql_table *table)
{
    if (2 * directory->count >= directory->capacity && !directory_grow(directory)) return false;
    struct known *slot = slot_of(directory, key, length);
    slot->table = table;
    if (slot->key != NULL) return true;
    slot->key = malloc(length + 1);
    if (slot->key == NULL) {
        slot->table = NULL;
        return false;
    }
    memcpy(slot->key, key, length);
    slot->length = length;
    directory->count++;
    return true;
}

/* The table of the head in hand if it has a plan of its own, else NULL. False: no memory. */
static bool table_of_its_own(struct sql *sql, struct sql_table **table)
{
    const struct sql_names *names = &sql->names;
    struct bytes *key = &sql->key;
    *table = NULL;
    if (sql->plans.own == NULL) return true;
    key->count = 0;
    if (!bytes_reserve(key, names->table.count + 1 + names->header.count)) return false;
    bytes_put(key, names->table.at, names->table.count);
    bytes_put_byte(key, names->column_count > 0 ? '\n' : '\t');
    bytes_put(key, names->header.at, names->header.count);
    *table = directory_find(&sql->own, key->at, key->count);
    if (*table != NULL || sql->own.count >= SQL_TABLES_MAX || sql->column_count + names->column_count > SQL_COLUMNS_MAX) return true;
    struct span header_row = {names->header.count > 0 ? names->header.at : "", names->header.count};
    struct sql_columns columns = {{key->at, key->count}, header_row, names->column_count};
    struct sql_table of_plan = {.column_count = names->column_count};
    if (!sql->plans.own(sql->plans.context, &columns, &of_plan.column_count, &of_plan.plan)) return false;
    if (of_plan.plan == NULL) return true;
    struct sql_table *made = malloc(sizeof *made);
    if (made == NULL) return false;
    *made = of_plan;
    if (!directory_put(&sql->own, key->at, key->count, made)) {
        free(made);
        return false;
    }
    sql->column_count += made->column_count;
    made->header = (struct span){slot_of(&sql->own, key->at, key->count)->key + names->table.count + 1, names->header.count};
    *table = made;
    return true;
}

/* The table with the columns of the head in hand; *table stays NULL where there are too many tables. False: no memory. */
static bool table_of_header(struct sql *sql, struct sql_table **table)
{
    if (!table_of_its_own(sql, table)) return false;
    if (*table != NULL) return true;
    const struct bytes *header = &sql->names.header;
    *table = directory_find(&sql->by_header, header->at, header->count);
    if (*table != NULL || sql->by_header.count >= SQL_TABLES_MAX || sql->column_count + sql->names.column_count > SQL_COLUMNS_MAX) return true;
    struct sql_table *made = malloc(sizeof *made);
    if (made == NULL) return false;
    made->column_count = sql->names.column_count;
    made->plan = sql->plans.plan(sql->plans.context, (struct span){header->at, header->count}, made->column_count);
    if (made->plan == NULL || !directory_put(&sql->by_header, header->at, header->count, made)) {
        free(made);
        return false;
    }
    sql->column_count += made->column_count;
    made->header = (struct span){slot_of(&sql->by_header, header->at, header->count)->key, header->count};
    *table = made;
    return true;
}

/* Notes what table a name stands for; NULL: one whose columns nobody knows. Names without a schema find the last table of that
 * name. */
static bool name_note(struct sql *sql, struct sql_table *table)
{
    const struct sql_names *names = &sql->names;
    sql->head_length = 0; /* the last head may be for another table from here on */
    if (sql->by_name.count + 2 > SQL_TABLES_MAX) return true;
    return directory_put(&sql->by_name, names->table.at, names->table.count, table) &&
           directory_put(&sql->by_name, names->table.at + names->last_component, names->table.count - names->last_component, table);
}

/* Notes what CREATE TABLE says. */
static bool create_note(struct sql *sql)
{
    struct sql_table *table = NULL;
    if (sql->names.column_count > 0 && !table_of_header(sql, &table)) return false;
    return name_note(sql, table);
}

static struct sql_table *table_named(const struct sql *sql)
{
    const struct sql_names *names = &sql->names;
    struct sql_table *found = directory_find(&sql->by_name, names->table.at, names->table.count);
    if (found != NULL) return found;
    return directory_find(&sql->by_name, names->table.at + names->last_component, names->table.count - names->last_component);
}

/* Notes under what other name the table in hand is known from here on. */
static bool rename_note(struct sql *sql, const struct bytes *name)
{
    struct bytes *table = &sql->names.table;
    table->count = sql->names.last_component;
    if (!bytes_reserve(table, name->count)) return false;
    for (size_t i = 0; i < name->count; i++) {
        bool is_upper = name->at[i] >= 'A' && name->at[i] <= 'Z';
        bytes_put_byte(table, (unsigned char)(is_upper ? name->at[i] | 0x20 : name->at[i]));
    }
    return create_note(sql);
}

/* Notes what ALTER TABLE, if it stands there, makes of the columns that a table was created with. False: no memory. */
static bool alter_note(struct sql *sql, struct sql_scan scan, bool *wants_more)
{
    struct sql_names *names = &sql->names;
    struct bytes name = {0};
    bool renames_table = false, enough = true;
    bool cut_off = scan.length - scan.at > SQL_HEAD_BYTES_MAX;
    const uint64_t place = sql->offset + scan.at;
    *wants_more = false;
    if (place < sql->altered_to) return true;
    if (cut_off) scan.length = scan.at + SQL_HEAD_BYTES_MAX, scan.at_end = true;
    const struct sql_table *table = sql_alter_begins(&scan, names) ? table_named(sql) : NULL;
    *wants_more = scan.ran_out;
    if (table == NULL || table->column_count == 0 || table->header.len == 0 || *wants_more) return true;
    names->header.count = 0;
    if (!bytes_reserve(&names->header, table->header.len)) return false;
    bytes_put(&names->header, table->header.at, table->header.len);
    names->column_count = table->column_count;
    bool known = sql_alter_read(&scan, names, &name, &renames_table);
    *wants_more = scan.ran_out;
    if (!known) names->column_count = 0;
    if (!*wants_more) sql->altered_to = place + 1;
    if (!*wants_more) enough = known && renames_table ? rename_note(sql, &name) : create_note(sql);
    bytes_free(&name);
    return enough && !names->failed;
}

/* The table that the head in hand speaks of; NULL where nobody said what its columns are, and it has no plan of its own. */
static bool head_table(struct sql *sql, const struct sql_table **table)
{
    const struct sql_names *names = &sql->names;
    *table = NULL;
    if (names->column_count > 0) {
        struct sql_table *found;
        if (!table_of_header(sql, &found)) return false;
        *table = found;
        return true;
    }
    *table = table_named(sql);
    if (*table != NULL) return true;
    struct sql_table *own;
    if (!table_of_its_own(sql, &own)) return false;
    *table = own;
    return true;
}

/* Dumps that have a statement for each row say the same words each time. */
static bool head_keep(struct sql *sql, const char *head, size_t length, const struct sql_table *table)
{
    if (length > sql->head_capacity) {
        char *kept = realloc(sql->head, length);
        if (kept == NULL) return false;
        sql->head = kept;
        sql->head_capacity = length;
    }
    memcpy(sql->head, head, length);
    sql->head_length = length;
    sql->head_table = table;
    return true;
}

/* ------------------------------------------------------------------ one step of a cut */

enum step { STEP_ON, STEP_MORE, STEP_NO_MEMORY };

/* A block on its way to be cut. */
struct cutting {
    struct sql *sql;
    struct sql_scan scan;
    struct sql_stretches *stretches;
};

static enum step stretch_add(struct cutting *cutting, size_t end, enum sql_kind kind, const struct sql_table *table)
{
    struct sql_stretches *stretches = cutting->stretches;
    size_t start = cutting->scan.at;
    cutting->scan.at = end;
    struct sql_stretch *last = stretches->count > 0 ? &stretches->at[stretches->count - 1] : NULL;
    bool lines = (kind == SQL_TEXT || kind == SQL_ROWS) && start > 0 && cutting->scan.bytes[start - 1] == '\n';
    if (lines && last != NULL && last->end == start && last->kind == kind && last->table == table) {
        last->end = (uint32_t)end;
        return STEP_ON;
    }
    if (stretches->count == stretches->capacity) {
        size_t capacity = 2 * stretches->capacity + 64;
        struct sql_stretch *at = realloc(stretches->at, capacity * sizeof *at);
        if (at == NULL) return STEP_NO_MEMORY;
        stretches->at = at;
        stretches->capacity = capacity;
    }
    stretches->at[stretches->count++] = (struct sql_stretch){.start = (uint32_t)start, .end = (uint32_t)end, .kind = kind, .table = table};
    return STEP_ON;
}

/* The end of the line at hand, its line end included; 0: it is not there yet. */
static size_t line_end(const struct sql_scan *scan)
{
    const char *newline = memchr(scan->bytes + scan->at, '\n', scan->length - scan->at);
    if (newline != NULL) return (size_t)(newline - scan->bytes) + 1;
    return scan->at_end ? scan->length : 0;
}

static enum step take_line(struct cutting *cutting, enum sql_kind kind)
{
    size_t end = line_end(&cutting->scan);
    return end == 0 ? STEP_MORE : stretch_add(cutting, end, kind, NULL);
}

static bool stands(const struct sql_scan *scan, const char *text)
{
    size_t length = strlen(text);
    return scan->length - scan->at >= length && memcmp(scan->bytes + scan->at, text, length) == 0;
}

/* Behind the comment that begins here, if it ends on its line: what stands behind it may be a statement. Else at the line end;
 * `length`: neither is there yet. */
static size_t comment_end(const struct sql_scan *scan)
{
    for (size_t at = scan->at + 2; at < scan->length; at++) {
        if (scan->bytes[at] == '\n') return at;
        if (scan->bytes[at] == '/' && scan->bytes[at - 1] == '*' && at > scan->at + 2) return at + 1;
    }
    return scan->length;
}

/* Whether a statement that may have tuples stands behind a semicolon, on the same line. */
static enum sql_end begins_behind(const struct sql_scan *scan, size_t at)
{
    static const char *const words[] = {"insert", "replace", "create"};
    enum { WORD_BYTES = 8 };
    while (at < scan->length && (scan->bytes[at] == ' ' || scan->bytes[at] == '\t')) at++;
    if (scan->length - at < WORD_BYTES && !scan->at_end && memchr(scan->bytes + at, '\n', scan->length - at) == NULL) return SQL_MORE;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sql_word_is(scan, at, words[i])) return SQL_WHOLE;
    return SQL_BROKEN;
}

/* Behind the statement at hand, if another one begins on its line; else at the line end. `length`: neither is there yet. */
static size_t statement_end(const struct sql_scan *scan)
{
    for (size_t at = scan->at; at < scan->length; at++) {
        if (scan->bytes[at] == '\n') return at;
        if (scan->bytes[at] != ';') continue;
        enum sql_end behind = begins_behind(scan, at + 1);
        if (behind == SQL_WHOLE) return at + 1;
        if (behind == SQL_MORE) break;
    }
    return scan->length;
}

/* Whether a line of mysqldump is from one that ends what it writes with a line, which all do from 10.13 on. */
static bool is_late_version(const struct sql_scan *scan, size_t at)
{
    static const char least[] = "10.13";
    size_t length = sizeof least - 1;
    return scan->length - at >= length && memcmp(scan->bytes + at, least, 3) == 0 && memcmp(scan->bytes + at, least, length) >= 0 &&
           (unsigned char)(scan->bytes[at + length - 1] - '0') <= 9;
}

/* What the line at hand says of where the dump begins or ends. */
static void bounds_note(const struct sql_scan *scan, struct state *state)
{
    static const struct {
        const char *words;
        uint8_t opens, closes;
    } lines[] = {{"-- PostgreSQL database dump complete", 0, OPEN_DUMP},
                 {"-- PostgreSQL database dump", OPEN_DUMP, 0},
                 {"-- PostgreSQL database cluster dump complete", 0, OPEN_CLUSTER},
                 {"-- PostgreSQL database cluster dump", OPEN_CLUSTER, 0},
                 {"-- Dump completed", 0, OPEN_DUMP},
                 {"BEGIN TRANSACTION;", OPEN_TRANSACTION, 0},
                 {"START TRANSACTION;", OPEN_TRANSACTION, 0},
                 {"COMMIT", 0, OPEN_TRANSACTION},
                 {"ROLLBACK", 0, OPEN_TRANSACTION}};
    static const char *const versions[] = {"-- MySQL dump ", "-- MariaDB dump "};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (!stands(scan, lines[i].words)) continue;
        state->announced = (uint8_t)((state->announced | lines[i].opens) & ~lines[i].closes);
        return;
    }
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (stands(scan, versions[i]) && is_late_version(scan, scan->at + strlen(versions[i]))) state->announced |= OPEN_DUMP;
}

/* What is no head: a line, or a part of one with a statement behind it. */
static enum step take_other(struct cutting *cutting, struct state *state)
{
    struct sql_scan *scan = &cutting->scan;
    bounds_note(scan, state);
    if (scan->bytes[scan->at] == '#' || stands(scan, "--")) return take_line(cutting, SQL_TEXT);
    size_t end = stands(scan, "/*") ? comment_end(scan) : statement_end(scan);
    if (end == scan->length && !scan->at_end) return STEP_MORE;
    bool at_line_end = end < scan->length && scan->bytes[end] == '\n';
    return stretch_add(cutting, end + at_line_end, SQL_TEXT, NULL);
}

/* Whether no statement ends from the one at hand on, up to the end of all: else it is broken amid, and not at the end. */
static bool is_last_statement(struct sql *sql, const struct sql_scan *scan)
{
    if (!sql->knows_last_end) {
        size_t at = scan->length;
        while (at > 0 && sql_is_blank(scan->bytes[at - 1])) at--;
        while (at > 0 && !(scan->bytes[at - 1] == ';' && (at == scan->length || sql_is_blank(scan->bytes[at])))) at--;
        sql->knows_last_end = true;
        sql->last_end = sql->offset + at;
    }
    return sql->offset + scan->at >= sql->last_end;
}

/* Whether what is no head might be one if more came: its first word stands there. */
static bool head_lacks_end(struct sql *sql, const struct sql_scan *scan)
{
    static const char *const words[] = {"insert", "replace", "create"};
    bool any = false;
    if (!scan->at_end || !scan->met_end) return false;
    if (sql_word_is(scan, scan->at, "copy")) return true; /* whose rows stand behind its semicolon */
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) any |= sql_word_is(scan, scan->at, words[i]);
    return any && is_last_statement(sql, scan);
}

static enum step step_statements(struct cutting *cutting, struct state *state)
{
    struct sql *sql = cutting->sql;
    struct sql_scan *scan = &cutting->scan;
    size_t start = scan->at, left = scan->length - start;
    if (scan->bytes[start] == ';') {
        scan->at++;
        return STEP_ON;
    }
    bool again = sql->head_length > 0 && left > sql->head_length && memcmp(scan->bytes + start, sql->head, sql->head_length) == 0;
    enum sql_head head = SQL_HEAD_INSERT;
    state->table = sql->head_table;
    sql->names.blind = start + state->blind;
    scan->has_comment = scan->met_end = false;
    if (again) scan->at += sql->head_length;
    else head = sql_head_read(scan, &sql->names);
    if (sql->names.failed) return STEP_NO_MEMORY;
    if (head == SQL_HEAD_MORE) return STEP_MORE;
    state->broke_off |= head == SQL_HEAD_NONE && head_lacks_end(sql, scan);
    state->blind = sql->names.blind - start;
    if (head == SQL_HEAD_CREATE) {
        scan->at = start;
        if (!create_note(sql)) return STEP_NO_MEMORY;
    }
    if (head == SQL_HEAD_NONE) {
        bool wants_more;
        if (!alter_note(sql, *scan, &wants_more)) return STEP_NO_MEMORY;
        if (wants_more) return STEP_MORE;
    }
    if (head == SQL_HEAD_NONE || head == SQL_HEAD_CREATE) return take_other(cutting, state);
    state->mode = head == SQL_HEAD_INSERT ? MODE_TUPLES : MODE_ROWS;
    state->awaits_tuple = true;
    if (head == SQL_HEAD_COPY) state->copy = sql->names.copy;
    if (!again && !head_table(sql, &state->table)) return STEP_NO_MEMORY;
    if (scan->has_comment) { /* what it says is text */
        size_t behind = scan->at;
        scan->at = start;
        sql->head_length = 0;
        return stretch_add(cutting, behind, SQL_TEXT, NULL);
    }
    if (!again && head == SQL_HEAD_INSERT && !head_keep(sql, scan->bytes + start, scan->at - start, state->table)) return STEP_NO_MEMORY;
    return STEP_ON;
}

/* A tuple that is none: up to where the next one may begin. */
static enum step take_broken(struct cutting *cutting, size_t from)
{
    struct sql_scan *scan = &cutting->scan;
    size_t end;
    if (sql_tuple_resume(scan->bytes, from, scan->length, &end) == SQL_MORE && !scan->at_end) return STEP_MORE;
    return stretch_add(cutting, end > scan->at ? end : scan->at + 1, SQL_ODD, NULL);
}

static enum step tuple_add(struct cutting *cutting, size_t end, const struct sql_table *table, bool has_comment)
{
    enum step taken = stretch_add(cutting, end, SQL_TUPLE, table);
    if (taken == STEP_ON) cutting->stretches->at[cutting->stretches->count - 1].has_comment = has_comment;
    return taken;
}

static enum step step_tuples(struct cutting *cutting, struct state *state)
{
    struct sql_scan *scan = &cutting->scan;
    size_t end;
    struct sql_depth depth = {0};
    char c = scan->bytes[scan->at];
    if (c == '(') {
        enum sql_end found = sql_tuple_end(scan->bytes, scan->at, scan->length, cutting->sql->backslash, &depth, &end);
        state->awaits_tuple = false;
        state->broke_off |= found == SQL_MORE && scan->at_end && is_last_statement(cutting->sql, scan);
        if (found == SQL_WHOLE) return tuple_add(cutting, end, state->table, depth.has_comment);
        if (found == SQL_BROKEN) return take_broken(cutting, end);
        /* What never ends is not looked into once more. */
        return scan->at_end ? stretch_add(cutting, scan->length, SQL_ODD, NULL) : STEP_MORE;
    }
    if (c == ',') {
        scan->at++;
        state->awaits_tuple = true;
        return STEP_ON;
    }
    if (c == ';' || (unsigned char)((c | 0x20) - 'a') < 26) { /* another statement, or what belongs to the end of this one */
        state->mode = MODE_STATEMENTS;
        return STEP_ON;
    }
    if ((c == '/' || c == '-') && scan->length - scan->at < 2 && !scan->at_end) return STEP_MORE;
    if (c == '#' || stands(scan, "--") || stands(scan, "/*")) return take_other(cutting, state);
    return take_broken(cutting, scan->at);
}

static enum step rows_add(struct cutting *cutting, size_t end, const struct state *state)
{
    enum step taken = stretch_add(cutting, end, SQL_ROWS, state->table);
    if (taken == STEP_ON) cutting->stretches->at[cutting->stretches->count - 1].copy = state->copy;
    return taken;
}

static enum step step_rows(struct cutting *cutting, struct state *state)
{
    struct sql_scan *scan = &cutting->scan;
    size_t end = line_end(scan), text_end = end;
    if (end == 0) return STEP_MORE;
    const struct sql_copy *copy = &state->copy;
    while (text_end > scan->at && (scan->bytes[text_end - 1] == '\n' || scan->bytes[text_end - 1] == '\r')) text_end--;
    if (text_end - scan->at != 2 || !stands(scan, "\\.")) {
        if (copy->is_csv) end = scan->at + csv_row_end(scan->bytes + scan->at, scan->length - scan->at, copy->delimiter, scan->at_end);
        return end == scan->at ? STEP_MORE : rows_add(cutting, end, state);
    }
    scan->at = end;
    state->mode = MODE_STATEMENTS;
    return STEP_ON;
}

static enum step step_long_tuple(struct cutting *cutting, struct state *state)
{
    struct sql_scan *scan = &cutting->scan;
    struct sql_depth depth = state->depth;
    size_t at = scan->at, end = at;
    enum sql_end found;
    do {
        found = sql_tuple_end(scan->bytes, at, scan->length, cutting->sql->backslash, &depth, &end);
        at = end + (end < scan->length && scan->bytes[end] == ';');
    } while (found == SQL_BROKEN && at < scan->length);
    if (found != SQL_WHOLE && !scan->at_end) return STEP_MORE;
    state->broke_off |= found == SQL_MORE;
    state->awaits_tuple = false;
    state->mode = MODE_TUPLES;
    return stretch_add(cutting, found == SQL_WHOLE ? end : scan->length, SQL_ODD, NULL);
}

static enum step step(struct cutting *cutting, struct state *state)
{
    enum step taken;
    switch (state->mode) {
    case MODE_STATEMENTS:
        return step_statements(cutting, state);
    case MODE_TUPLES:
        return step_tuples(cutting, state);
    case MODE_ROWS:
        return step_rows(cutting, state);
    case MODE_LONG_TUPLE:
        return step_long_tuple(cutting, state);
    default:
        taken = take_line(cutting, SQL_ODD);
        if (taken == STEP_ON) state->mode = state->mode == MODE_GAP ? MODE_STATEMENTS : state->behind_line;
        return taken;
    }
}

/* ------------------------------------------------------------------ cuts */

static void blind_less(struct state *state, size_t passed)
{
    state->blind -= state->blind < passed ? state->blind : passed;
}

/* Blanks between statements and tuples belong to nothing. */
static void pass_blanks(struct sql_scan *scan, const struct state *state, size_t most)
{
    if (state->mode != MODE_STATEMENTS && state->mode != MODE_TUPLES) return;
    while (scan->at < scan->length && scan->at < most && sql_is_blank(scan->bytes[scan->at])) scan->at++;
}

enum status sql_cut(struct sql *sql, const char *bytes, size_t length, size_t most, bool at_end, struct sql_stretches *stretches,
                    size_t *cut, struct fault *fault)
{
    struct cutting cutting = {sql, {.bytes = bytes, .length = length, .at_end = at_end}, stretches};
    struct state state = sql->state;
    enum step taken = STEP_ON;
    size_t kept_count = stretches->count = 0;
    uint32_t kept_end = 0;
    *cut = 0;
    for (;;) {
        size_t blanks = cutting.scan.at;
        pass_blanks(&cutting.scan, &state, most);
        blind_less(&state, cutting.scan.at - blanks);
        if (cutting.scan.at > most) break;
        sql->state = state;
        *cut = cutting.scan.at;
        kept_count = stretches->count;
        kept_end = kept_count > 0 ? stretches->at[kept_count - 1].end : 0;
        if (cutting.scan.at == most || cutting.scan.at == length) break;
        size_t before = cutting.scan.at;
        taken = step(&cutting, &state);
        if (taken != STEP_ON) break;
        blind_less(&state, cutting.scan.at - before);
    }
    /* What was found beyond is found again; it may have been added to the last stretch. */
    stretches->count = kept_count;
    if (kept_count > 0) stretches->at[kept_count - 1].end = kept_end;
    sql->offset += *cut;
    return taken == STEP_NO_MEMORY ? no_memory(fault) : STATUS_OK;
}

void sql_gap(struct sql *sql)
{
    sql->state.mode = MODE_GAP;
    sql->state.broke_off = false;
    sql->state.announced = 0;
    sql->knows_last_end = false;
    sql->state.blind = 0;
}

bool sql_broke_off(const struct sql *sql)
{
    const struct state *state = &sql->state;
    bool is_open = state->mode == MODE_ROWS || state->mode == MODE_LONG_TUPLE || (state->mode == MODE_TUPLES && state->awaits_tuple);
    return is_open || state->broke_off || state->announced != 0;
}

/* Quotes, backslashes and what comments begin and end with are not parted from what decides on them. */
static size_t piece_end(const char *bytes, size_t most)
{
    enum { LOOKBACK = 64 * 1024 };
    size_t at = most, least = most > LOOKBACK ? most - LOOKBACK : 0;
    while (at > least && (sql_is_name(bytes[at - 1]) || bytes[at - 1] == '\'' || bytes[at - 1] == '"' || bytes[at - 1] == '`' ||
                                    bytes[at - 1] == '\\' || bytes[at - 1] == '/' || bytes[at - 1] == '*' || bytes[at - 1] == '-'))
        at--;
    return at > least ? at : most;
}

size_t sql_cut_piece(struct sql *sql, const char *bytes, size_t most)
{
    struct state *state = &sql->state;
    size_t end, piece = piece_end(bytes, most), at = 0;
    sql->offset += piece;
    blind_less(state, piece);
    bool tuple = state->mode == MODE_LONG_TUPLE || (state->mode == MODE_TUPLES && bytes[0] == '(');
    if (!tuple) {
        if (state->mode != MODE_LONG_LINE) state->behind_line = state->mode == MODE_GAP ? MODE_STATEMENTS : state->mode;
        state->mode = MODE_LONG_LINE;
        return piece;
    }
    if (state->mode == MODE_TUPLES) state->depth = (struct sql_depth){0};
    state->mode = MODE_LONG_TUPLE;
    while (at < piece && sql_tuple_end(bytes, at, piece, sql->backslash, &state->depth, &end) == SQL_BROKEN) at = end + (bytes[end] == ';');
    return piece;
}
