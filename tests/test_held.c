/* Tests of analyzer/decode/held.c: bytes that come front to back, read at any place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../analyzer/decode/held.h"

/* Bytes in pieces, some of them missing before one. */
struct source {
    const char *bytes;
    size_t length, at, piece, hole;
};

static enum status source_read(void *context, char *bytes, size_t capacity, bool joined, size_t *count, bool *gap)
{
    struct source *source = context;
    *count = 0;
    *gap = source->hole > 0 && source->at == source->hole;
    if (*gap && joined) return STATUS_OK;
    size_t left = source->length - source->at;
    if (left == 0) return STATUS_END;
    if (source->hole > source->at && left > source->hole - source->at) left = source->hole - source->at;
    if (left > source->piece) left = source->piece;
    if (left > capacity) left = capacity;
    memcpy(bytes, source->bytes + source->at, left);
    source->at += left;
    *count = left;
    return STATUS_OK;
}

/* All that a reader gives, '|' where bytes are missing. */
static void expect_all(const struct byte_reader *reader, const char *expected)
{
    char all[64] = "", some[8];
    size_t count;
    bool gap;
    while (reader->read(reader->context, some, sizeof some, false, &count, &gap) == STATUS_OK) {
        if (gap) strcat(all, "|");
        strncat(all, some, count);
    }
    assert_string_equal(all, expected);
}

static struct held *hold(struct source *source, size_t most)
{
    struct byte_reader below = {.context = source, .read = source_read};
    struct held *held = held_open(&below, "0123", 4, most);
    assert_non_null(held);
    return held;
}

static void what_is_whole_is_read_at_any_place(void **unused)
{
    (void)unused;
    struct source source = {"456789", 6, 0, 2, 0};
    struct held *held = hold(&source, 100);
    struct byte_reader reader = held_reader(held);
    char some[4] = "";
    assert_int_equal(reader.size, 10);
    assert_true(reader.read_at(reader.context, 3, some, 3));
    assert_string_equal(some, "345");
    assert_false(reader.read_at(reader.context, 8, some, 3));
    expect_all(&reader, "0123456789");
    assert_true(reader.seek(reader.context, 7));
    assert_false(reader.seek(reader.context, 11));
    expect_all(&reader, "789");
    held_close(held);
}

static void what_is_too_much_or_not_all_there_is_read_on(void **unused)
{
    (void)unused;
    struct source source = {"456789", 6, 0, 2, 0};
    struct held *held = hold(&source, 5);
    struct byte_reader reader = held_reader(held);
    assert_null(reader.read_at);
    assert_null(reader.seek);
    expect_all(&reader, "0123456789");
    held_close(held);
    source = (struct source){"456789", 6, 0, 2, 3};
    held = hold(&source, 100);
    reader = held_reader(held);
    assert_null(reader.read_at);
    size_t count;
    bool gap;
    char some[8];
    assert_int_equal(reader.read(reader.context, some, 8, true, &count, &gap), STATUS_OK);
    assert_int_equal(count, 7);
    assert_int_equal(reader.read(reader.context, some, 8, true, &count, &gap), STATUS_OK);
    assert_int_equal(count, 0);
    assert_true(gap);
    source.hole = 0;
    expect_all(&reader, "789");
    held_close(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_is_read_at_any_place),
        cmocka_unit_test(what_is_too_much_or_not_all_there_is_read_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
