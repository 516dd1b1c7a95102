/* Tests of analyzer/record/csv_index.h: every path against rows that are read one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/record/bits.h"
#include "../analyzer/record/csv_index.h"
#include "../analyzer/record/record_csv.h"
#include "random.h"

#ifdef WITH_SIMDE
csv_index_function csv_index_avx512_emulated;
#endif

enum { FIELDS_MAX = 512, LENGTH_MAX = 1024, PATHS_MAX = 4 };

struct path {
    const char *name;
    csv_index_function *index;
};

static size_t paths_here(struct path *paths)
{
    size_t count = 0;
    const char *const names[] = {"portable", "avx2", "avx512"};
    for (size_t i = 0; i < 3; i++) {
        const char *name;
        shape_function *shape = shape_choose(names[i], &name);
        if (shape != NULL) paths[count++] = (struct path){name, csv_index_of(shape)};
    }
#ifdef WITH_SIMDE
    paths[count++] = (struct path){"avx512 emulated", csv_index_avx512_emulated};
#endif
    return count;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the rows end that can be read by their line ends alone: before the row of the first quote. */
static size_t plain_length(const char *block, size_t length)
{
    const char *quote = memchr(block, '"', length);
    size_t end = quote == NULL ? length : (size_t)(quote - block);
    while (end > 0 && block[end - 1] != '\n') end--;
    return end;
}

static void expect_rows(const struct path *path, const struct csv_index *index, const char *block, char delimiter)
{
    struct shape_word words[LENGTH_MAX / 64 + 1];
    uint32_t bounds[FIELDS_MAX + 1];
    bool quoted[FIELDS_MAX];
    shape_portable(block, index->length, SHAPE_CSV, delimiter, words);
    struct csv_rows rows = {block, words, 0, index->length, delimiter, bounds, quoted, FIELDS_MAX, 0};
    struct csv_row row;
    size_t first = 0;
    for (size_t i = 0; csv_next(&rows, &row); i++) {
        assert_true(i < index->row_count);
        const uint32_t *own = index->bounds + first;
        size_t count = index->row_ends[i] - first;
        if (count != row.field_count) fail_msg("%s: row %zu has %zu fields, not %zu: %s", path->name, i, count, row.field_count, block);
        for (size_t k = 0; k < count; k++)
            if (own[k] != bounds[k]) fail_msg("%s: field %zu of row %zu starts at %u, not %u", path->name, k, i, own[k], bounds[k]);
        assert_int_equal(own[count], rows.at);
        first = index->row_ends[i];
    }
    assert_int_equal(index->row_count == 0 ? 0 : index->row_ends[index->row_count - 1], first);
}

static void check(const char *bytes, size_t length, char delimiter)
{
    struct path paths[PATHS_MAX];
    size_t count = paths_here(paths);
    char *block = calloc(length + SHAPE_PADDING, 1);
    memcpy(block, bytes, length);
    for (size_t i = 0; i < count; i++) {
        struct csv_index index = {0};
        assert_true(csv_index_reserve(&index, length));
        paths[i].index(block, length, delimiter, &index);
        assert_int_equal(index.length, plain_length(block, length));
        assert_int_equal(index.bounds[0], 0);
        expect_rows(&paths[i], &index, block, delimiter);
        for (size_t at = 0; at < index.length; at++)
            if ((csv_index_alnum(&index, at) & 1) != is_alnum(block[at])) fail_msg("%s: byte %zu of %s", paths[i].name, at, block);
        csv_index_free(&index);
    }
    free(block);
}

static void rows_and_fields_are_those_that_are_read_one_by_one(void **unused)
{
    (void)unused;
    check("", 0, ',');
    check("a,b\n", 4, ',');
    check("a,b", 3, ',');
    check("\n\n,\n", 4, ',');
    check("a,b\r\nc,d\r\n", 10, ',');
    check("a;b,c\n1;2\n", 10, ';');
}

static void what_stands_from_the_row_of_the_first_quote_on_is_left(void **unused)
{
    (void)unused;
    struct csv_index index = {0};
    char block[128] = "a,b\nc,\"d\"\ne,f\n";
    assert_true(csv_index_reserve(&index, 14));
    csv_index_portable(block, 14, ',', &index);
    assert_int_equal(index.length, 4);
    assert_int_equal(index.row_count, 1);
    block[0] = '"';
    csv_index_portable(block, 14, ',', &index);
    assert_int_equal(index.length, 0);
    assert_int_equal(index.row_count, 0);
    csv_index_free(&index);
}

static void a_window_of_letters_and_digits_begins_at_any_byte(void **unused)
{
    (void)unused;
    struct csv_index index = {0};
    char block[256] = "";
    memset(block, 'a', 150);
    block[70] = block[149] = '\n';
    assert_true(csv_index_reserve(&index, 150));
    csv_index_portable(block, 150, ',', &index);
    for (size_t start = 14; start <= 70; start++)
        assert_int_equal(__builtin_ctzll(~csv_index_alnum(&index, start) & ((UINT64_C(1) << INDEX_WINDOW) - 1)), 70 - start);
    csv_index_free(&index);
}

static void random_bytes_of_every_length_are_read_alike_by_all_paths(void **unused)
{
    (void)unused;
    static const char *const alphabets[] = {",\n", "a1,\n\r", "09AZaz/:@[`{,;\t\n", "abcdefghijklmnopqrst,\n", "abcdefghijklmnopqrstuvwxyz0123456789,,,\n\""};
    enum { ALPHABETS = sizeof alphabets / sizeof alphabets[0] };
    char text[LENGTH_MAX];
    for (size_t length = 0; length <= 330; length++) {
        for (size_t a = 0; a <= ALPHABETS; a++) {
            uint32_t size = a < ALPHABETS ? (uint32_t)strlen(alphabets[a]) : 256;
            for (size_t i = 0; i < length; i++) {
                uint32_t drawn = random_below(size);
                text[i] = a < ALPHABETS ? alphabets[a][drawn] : (char)drawn;
            }
            check(text, length, ',');
            check(text, length, '\t');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_fields_are_those_that_are_read_one_by_one),
        cmocka_unit_test(what_stands_from_the_row_of_the_first_quote_on_is_left),
        cmocka_unit_test(a_window_of_letters_and_digits_begins_at_any_byte),
        cmocka_unit_test(random_bytes_of_every_length_are_read_alike_by_all_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
