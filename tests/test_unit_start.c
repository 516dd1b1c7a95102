/* Tests of analyzer/record/unit_start.c, against a reader from the front that looks at one byte after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../analyzer/record/record_csv.h"
#include "../analyzer/record/unit_start.h"
#include "run_making.h"

/* A file in memory, a part of which cannot be read. */
struct memory {
    char *bytes;
    size_t length, capacity;
    uint64_t hole_begin, hole_end; /* equal: there is none */
    struct chance chance;
    bool short_reads;
    uint64_t bytes_read;
};

static void memory_add(struct memory *memory, const char *bytes, size_t length)
{
    if (memory->length + length > memory->capacity) {
        memory->capacity = 2 * (memory->length + length);
        memory->bytes = realloc(memory->bytes, memory->capacity);
        assert_non_null(memory->bytes);
    }
    memcpy(memory->bytes + memory->length, bytes, length);
    memory->length += length;
}

static void memory_add_text(struct memory *memory, const char *text)
{
    memory_add(memory, text, strlen(text));
}

static void memory_fill(struct memory *memory, char c, size_t count)
{
    char piece[1024];
    memset(piece, c, sizeof piece);
    for (size_t left = count; left > 0; left -= left < sizeof piece ? left : sizeof piece) memory_add(memory, piece, left < sizeof piece ? left : sizeof piece);
}

static long memory_read(void *context, uint64_t offset, char *bytes, size_t count)
{
    struct memory *memory = context;
    if (offset >= memory->length) return 0;
    if (count > memory->length - offset) count = (size_t)(memory->length - offset);
    if (memory->short_reads && count > 1) count = 1 + chance_below(&memory->chance, (uint32_t)(count < 200000 ? count : 200000));
    if (offset >= memory->hole_begin && offset < memory->hole_end) return -1;
    if (offset < memory->hole_begin && memory->hole_begin < memory->hole_end && offset + count > memory->hole_begin) count = (size_t)(memory->hole_begin - offset);
    memcpy(bytes, memory->bytes + offset, count);
    memory->bytes_read += count;
    return (long)count;
}

/* ------------------------------------------------------------------ the reader from the front */

/* Whether the quote at `open` opens a field; *close is its other one. -1: what is there does not say. */
static int quoted_field(const struct memory *memory, size_t open, size_t limit, bool at_end, char delimiter, size_t *close)
{
    const char *bytes = memory->bytes;
    size_t at = open + 1;
    for (; at < limit && at - open < CSV_QUOTED_MAX; at++) {
        if (bytes[at] != '"') continue;
        if (at + 1 < limit && bytes[at + 1] == '"') {
            at++;
            continue;
        }
        *close = at;
        if (at + 1 == limit) return at_end ? 1 : -1;
        if (bytes[at + 1] == delimiter || bytes[at + 1] == '\n') return 1;
        if (bytes[at + 1] != '\r') return 0;
        if (at + 2 == limit) return at_end ? 1 : -1;
        return bytes[at + 2] == '\n';
    }
    return at_end || at < limit || limit - open > CSV_QUOTED_MAX ? 0 : -1;
}

/* 0: not within limit. */
static size_t row_end_slowly(const struct memory *memory, size_t at, size_t limit, bool at_end, char delimiter)
{
    bool begins = true;
    while (at < limit) {
        char c = memory->bytes[at];
        if (c == '\n') return at + 1;
        size_t close = at;
        int quoted = begins && c == '"' ? quoted_field(memory, at, limit, at_end, delimiter, &close) : 0;
        if (quoted < 0) return 0;
        at = quoted ? close + 1 : at + 1;
        begins = !quoted && c == delimiter;
    }
    return at_end ? limit : 0;
}

/* Where units begin: all of them, in order. */
struct starts {
    struct unit_start *at;
    size_t count, capacity;
};

static void starts_add(struct starts *starts, uint64_t offset, bool after_hole)
{
    if (starts->count == starts->capacity) {
        starts->capacity = 2 * starts->capacity + 1024;
        starts->at = realloc(starts->at, starts->capacity * sizeof *starts->at);
        assert_non_null(starts->at);
    }
    starts->at[starts->count++] = (struct unit_start){offset, after_hole};
}

static size_t line_end_slowly(const struct memory *memory, size_t at, size_t limit)
{
    while (at < limit && memory->bytes[at] != '\n') at++;
    return at < limit ? at + 1 : 0;
}

static struct starts starts_find(const struct memory *memory, const struct layout *layout)
{
    struct starts starts = {0};
    bool has_hole = memory->hole_begin < memory->hole_end, part = false;
    for (size_t at = layout->text_start; at < memory->length;) {
        starts_add(&starts, at, part);
        bool hole_ahead = has_hole && at <= memory->hole_begin;
        size_t end = hole_ahead ? (size_t)memory->hole_begin : memory->length, next;
        if (layout->format != FORMAT_CSV || part) {
            next = line_end_slowly(memory, at, end);
        } else {
            size_t limit = end - at < UNIT_BYTES_MAX ? end : at + UNIT_BYTES_MAX;
            next = row_end_slowly(memory, at, limit, limit == end, layout->delimiter);
            if (next == 0) next = line_end_slowly(memory, at + unit_piece_cut(memory->bytes + at, UNIT_BYTES_MAX), end);
            if (next == end && memory->bytes[next - 1] != '\n') next = 0;
        }
        if (next == 0 && !hole_ahead) break;
        part = next == 0 || (hole_ahead && next == end);
        at = part ? (size_t)memory->hole_end : next;
    }
    return starts;
}

static void check_offset(struct memory *memory, const struct layout *layout, const struct starts *starts, uint64_t offset)
{
    const struct unit_bytes from = {memory_read, memory, memory->length};
    struct unit_start found, expected = {memory->length, false};
    struct fault fault;
    size_t low = 0, high = starts->count;
    uint64_t least = offset > layout->text_start ? offset : layout->text_start + 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (starts->at[middle].offset < least) low = middle + 1;
        else high = middle;
    }
    if (low < starts->count) expected = starts->at[low];
    assert_int_equal(unit_start_find(&from, layout, offset, &found, &fault), STATUS_OK);
    if (found.offset != expected.offset) print_error("at %llu of %zu\n", (unsigned long long)offset, memory->length);
    assert_int_equal(found.offset, expected.offset);
    assert_int_equal(found.after_hole, expected.after_hole);
}

/* Many offsets, and those around some units' begins. */
static void check(struct memory *memory, const struct layout *layout, size_t count)
{
    struct starts starts = starts_find(memory, layout);
    for (size_t i = 0; i < count; i++) {
        uint64_t offset = chance_below(&memory->chance, (uint32_t)memory->length + 2);
        if (i % 2 == 0 && starts.count > 0) {
            offset = starts.at[chance_below(&memory->chance, (uint32_t)starts.count)].offset + chance_below(&memory->chance, 3);
            offset -= offset > 0;
        }
        check_offset(memory, layout, &starts, offset);
    }
    free(starts.at);
}

static const struct layout rows = {.format = FORMAT_CSV, .name = "csv", .delimiter = ','}, lines = {.format = FORMAT_TEXT, .name = "text"};

/* ------------------------------------------------------------------ tables */

/* Tokens drawn by weight. */
struct token {
    const char *text;
    uint32_t weight;
};

static void memory_draw(struct memory *memory, const struct token *tokens, size_t length)
{
    uint32_t sum = 0;
    for (const struct token *token = tokens; token->text != NULL; token++) sum += token->weight;
    while (memory->length < length) {
        uint32_t drawn = chance_below(&memory->chance, sum);
        const struct token *token = tokens;
        while (drawn >= token->weight) drawn -= token++->weight;
        memory_add_text(memory, token->text);
    }
}

enum { TABLE_BYTES = 5 << 19, OFFSETS = 10 };

static const struct token plain[] = {{"value", 30}, {",", 10}, {"1.25", 10}, {"\n", 2}, {"\r\n", 2}, {NULL, 0}};
static const struct token quoted[] = {{"\"a field\"", 20}, {",", 20}, {"\"with\nlines\"", 3}, {"\"\"", 2}, {"\"doubled \"\" quotes\"", 4}, {"\n", 4}, {NULL, 0}};
static const struct token stray[] = {{"5\" pipe", 3}, {",\"open", 1}, {",", 20}, {"word", 20}, {"\"a\nb\"", 3}, {"\"x\"y", 3}, {"\n", 4}, {"\r\n", 1}, {NULL, 0}};
/* Quotes that mean the other thing to who comes from within: ways stay apart for long. */
static const struct token mirrored[] = {{",\"", 10}, {"\",", 10}, {"\n\"", 5}, {"\"\n", 5}, {"x", 6}, {"\"\"", 5}, {NULL, 0}};
static const struct token two_readings[] = {{"\",\"", 100}, {"\",\"\n", 10}, {"\"\n,\"", 10}, {NULL, 0}};
static const struct token quotes_alone[] = {{"\"", 100}, {",", 1}, {"\n", 1}, {NULL, 0}};
static const struct token *const tables[] = {plain, quoted, stray, mirrored, two_readings, quotes_alone};

static void rows_begin_where_a_reader_from_the_front_comes_to(void **unused)
{
    (void)unused;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        struct memory memory = {.chance = {7 + t}, .short_reads = t % 2 == 1};
        memory_add_text(&memory, "id,name\n");
        memory_draw(&memory, tables[t], TABLE_BYTES);
        check(&memory, &rows, OFFSETS);
        free(memory.bytes);
    }
}

static void what_is_sure_nearby_is_read_from_nearby(void **unused)
{
    (void)unused;
    for (size_t t = 0; t < 3; t++) {
        struct memory memory = {.chance = {70 + t}};
        memory_draw(&memory, tables[t], TABLE_BYTES);
        struct starts starts = starts_find(&memory, &rows);
        check_offset(&memory, &rows, &starts, TABLE_BYTES - 1000);
        assert_in_range(memory.bytes_read, 1, 2 << 20);
        free(starts.at);
        free(memory.bytes);
    }
}

/* Fields around the longest one that quotes can hold. */
static void long_fields_are_quoted_up_to_their_limit(void **unused)
{
    (void)unused;
    for (int more = -1; more <= 2; more++) {
        struct memory memory = {.chance = {99}};
        for (int i = 0; i < 4; i++) {
            memory_draw(&memory, quoted, memory.length + (900 << 10));
            memory_add_text(&memory, "\nx,\"line\n");
            memory_fill(&memory, 'f', (size_t)(CSV_QUOTED_MAX - 7 + more));
            memory_add_text(&memory, "\n\"\nnext,1\n");
        }
        check(&memory, &rows, OFFSETS);
        free(memory.bytes);
    }
}

/* A unit over UNIT_BYTES_MAX ends with the next line end, in quotes too. */
static void units_too_long_end_at_any_line_end(void **unused)
{
    (void)unused;
    struct memory memory = {.chance = {5}};
    memory_draw(&memory, plain, 2 << 20);
    memory_add_text(&memory, "\n");
    size_t begin = memory.length;
    while (memory.length < begin + UNIT_BYTES_MAX - (300 << 10)) memory_add_text(&memory, "\"a field of\nmany\",");
    /* A quote that closes nothing: who has come to the limit does not know that yet. */
    memory_add_text(&memory, "\"stray\n");
    memory_draw(&memory, plain, memory.length + (700 << 10));
    memory_add_text(&memory, "\"here\nit\nends\",");
    memory_draw(&memory, quoted, memory.length + (3 << 20));
    struct starts starts = starts_find(&memory, &rows);
    for (size_t offset = begin; offset < memory.length; offset += 2997 << 10) check_offset(&memory, &rows, &starts, offset);
    for (size_t offset = begin + UNIT_BYTES_MAX - (1 << 20); offset < begin + UNIT_BYTES_MAX + (1 << 20); offset += 171 << 10)
        check_offset(&memory, &rows, &starts, offset);
    free(starts.at);
    free(memory.bytes);
}

/* ------------------------------------------------------------------ lines, marks, ends */

static void lines_begin_behind_line_ends(void **unused)
{
    (void)unused;
    static const struct token some[] = {{"a word ", 20}, {"\n", 2}, {"\r\n", 2}, {"\n\n", 1}, {"\"", 1}, {NULL, 0}};
    struct memory memory = {.chance = {3}, .short_reads = true};
    memory_draw(&memory, some, 300 << 10);
    memory_fill(&memory, '.', 500 << 10);
    memory_draw(&memory, some, 900 << 10);
    check(&memory, &lines, 200);
    free(memory.bytes);
}

static void a_mark_and_what_is_empty_belong_to_the_first_range(void **unused)
{
    (void)unused;
    for (int format = 0; format < 2; format++) {
        struct layout layout = format == 0 ? rows : lines;
        layout.text_start = 3;
        struct memory memory = {.chance = {4}};
        memory_add_text(&memory, "\xEF\xBB\xBF\n\"a\nb\",c\r\n\r\n\nlast");
        struct starts starts = starts_find(&memory, &layout);
        for (uint64_t offset = 0; offset <= memory.length + 1; offset++) check_offset(&memory, &layout, &starts, offset);
        free(starts.at);
        free(memory.bytes);
    }
}

static void holes_part_units(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < 20; i++) {
        struct memory memory = {.chance = {40 + i}};
        memory_draw(&memory, tables[i % 4], 3 << 20);
        memory.hole_begin = (uint64_t)chance_below(&memory.chance, 700) * 4096;
        memory.hole_end = memory.hole_begin + 4096 * (1 + chance_below(&memory.chance, 3));
        if (memory.hole_end > memory.length) memory.hole_end = memory.length;
        const struct layout *layout = i % 5 == 4 ? &lines : &rows;
        struct starts starts = starts_find(&memory, layout);
        for (int k = 0; k < 6; k++) {
            uint64_t offset = memory.hole_begin + chance_below(&memory.chance, 40000);
            check_offset(&memory, layout, &starts, offset > 20000 ? offset - 20000 : offset);
        }
        check_offset(&memory, layout, &starts, memory.length - 5);
        free(starts.at);
        free(memory.bytes);
    }
}

static void a_file_that_has_become_shorter_is_told(void **unused)
{
    (void)unused;
    struct memory memory = {.chance = {4}};
    memory_fill(&memory, 'x', 5000);
    const struct unit_bytes from = {memory_read, &memory, memory.length + 1};
    struct unit_start start;
    struct fault fault;
    assert_int_equal(unit_start_find(&from, &lines, 100, &start, &fault), STATUS_END);
    assert_int_equal(unit_start_find(&from, &rows, 100, &start, &fault), STATUS_END);
    free(memory.bytes);
}

static void only_formats_of_lines_and_rows_are_known(void **unused)
{
    (void)unused;
    static const bool known[] = {[FORMAT_CSV] = true, [FORMAT_NDJSON] = true, [FORMAT_TEXT] = true, [FORMAT_BINARY] = true, [FORMAT_UNSUPPORTED] = false};
    for (size_t format = FORMAT_EMPTY; format <= FORMAT_UNSUPPORTED; format++) {
        const struct layout layout = {.format = (enum format)format};
        assert_int_equal(unit_start_is_known(&layout), known[format]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_begin_where_a_reader_from_the_front_comes_to),
        cmocka_unit_test(what_is_sure_nearby_is_read_from_nearby),
        cmocka_unit_test(long_fields_are_quoted_up_to_their_limit),
        cmocka_unit_test(units_too_long_end_at_any_line_end),
        cmocka_unit_test(lines_begin_behind_line_ends),
        cmocka_unit_test(a_mark_and_what_is_empty_belong_to_the_first_range),
        cmocka_unit_test(holes_part_units),
        cmocka_unit_test(a_file_that_has_become_shorter_is_told),
        cmocka_unit_test(only_formats_of_lines_and_rows_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
