#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unpacking.h"

/* ------------------------------------------------------------------ making a tar */

struct tape {
    char *at;
    size_t length;
};

static void tape_add(struct tape *tape, const void *bytes, size_t length)
{
    tape->at = realloc(tape->at, tape->length + length + 1);
    assert_non_null(tape->at);
    if (length > 0) memcpy(tape->at + tape->length, bytes, length);
    tape->length += length;
}

static void tape_header(struct tape *tape, const char *name, char type, uint64_t size)
{
    char block[512] = {0};
    memcpy(block, name, strlen(name) < 100 ? strlen(name) : 100);
    snprintf(block + 100, 8, "%07o", 0644);
    snprintf(block + 124, 12, "%011o", (unsigned)size);
    block[156] = type;
    memcpy(block + 257, "ustar\0" "00", 8);
    memset(block + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof block; i++) sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    tape_add(tape, block, sizeof block);
}

static void tape_member(struct tape *tape, const char *name, char type, const char *text)
{
    static const char zeros[512];
    size_t length = strlen(text);
    tape_header(tape, name, type, length);
    tape_add(tape, text, length);
    tape_add(tape, zeros, (512 - length % 512) % 512);
}

static void tape_end(struct tape *tape)
{
    static const char zeros[1024];
    tape_add(tape, zeros, sizeof zeros);
}

static const struct stream_options standard = {.hash = true, .depth_max = 8};

static struct unpacked open_tape(const struct tape *tape)
{
    return unpack(tape->at, tape->length, &standard, 256 << 10);
}

static const struct unpacked_object *named(const struct unpacked *all, const char *name)
{
    for (size_t i = 1; i < all->count; i++)
        if (strcmp(all->objects[i].name, name) == 0) return &all->objects[i];
    fail_msg("no member %s", name);
    return NULL;
}

/* ------------------------------------------------------------------ tests */

static void members_come_in_their_order_with_their_bytes(void **state)
{
    (void)state;
    struct tape tape = {0};
    tape_member(&tape, "one", '0', "first\n");
    tape_member(&tape, "folder/", '5', "");
    tape_member(&tape, "folder/two", '\0', "second\n");
    tape_member(&tape, "empty", '0', "");
    tape_end(&tape);
    struct unpacked all = open_tape(&tape);
    assert_int_equal(all.count, 4);
    assert_string_equal(all.objects[0].outcome.layers, "tar>");
    assert_true(all.objects[0].outcome.is_container);
    assert_int_equal(all.objects[0].outcome.status, OBJECT_COMPLETE);
    assert_string_equal(all.objects[1].name, "one");
    assert_string_equal(all.objects[1].bytes, "first\n");
    assert_true(all.objects[1].outcome.hashed);
    assert_string_equal(all.objects[2].name, "folder/two");
    assert_string_equal(all.objects[2].bytes, "second\n");
    assert_int_equal(all.objects[3].length, 0);
    assert_int_equal(all.objects[3].outcome.status, OBJECT_COMPLETE);
    unpacked_free(&all);
    free(tape.at);
}

static void long_names_and_sizes_stand_in_headers_before(void **state)
{
    (void)state;
    struct tape tape = {0};
    tape_member(&tape, "././@LongLink", 'L', "a/very/long/name");
    tape_member(&tape, "a/very", '0', "gnu");
    tape_member(&tape, "pax", 'x', "25 path=another/name.csv\n13 mtime=1.5\n9 size=5\n");
    tape_header(&tape, "another", '0', 0); /* pax says the size */
    char block[512] = "pax!!";
    tape_add(&tape, block, sizeof block);
    tape_member(&tape, "global", 'g', "20 comment=anything\n");
    tape_member(&tape, "plain", '0', "plain");
    tape_end(&tape);
    struct unpacked all = open_tape(&tape);
    assert_int_equal(all.count, 4);
    assert_string_equal(named(&all, "a/very/long/name")->bytes, "gnu");
    assert_string_equal(named(&all, "another/name.csv")->bytes, "pax!!");
    assert_string_equal(named(&all, "plain")->bytes, "plain");
    assert_int_equal(all.objects[0].outcome.status, OBJECT_COMPLETE);
    unpacked_free(&all);
    free(tape.at);
}

static void links_and_devices_are_listed_and_have_no_bytes(void **state)
{
    (void)state;
    static const struct {
        char type;
        enum coverage_reason reason;
    } kinds[] = {{'1', COVERAGE_DUPLICATE_CONTENT}, {'2', COVERAGE_SYMLINK_NOT_FOLLOWED}, {'3', COVERAGE_NOT_REGULAR}, {'4', COVERAGE_NOT_REGULAR}, {'6', COVERAGE_NOT_REGULAR}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct tape tape = {0};
        tape_header(&tape, "odd", kinds[i].type, kinds[i].type == '1' ? 0 : 999); /* a size that nothing follows */
        tape_member(&tape, "after", '0', "text");
        tape_end(&tape);
        struct unpacked all = open_tape(&tape);
        assert_int_equal(all.count, 3);
        assert_int_equal(all.objects[1].outcome.status, OBJECT_SKIPPED);
        assert_int_equal(all.objects[1].outcome.reason, kinds[i].reason);
        assert_true(all.objects[1].outcome.is_listed);
        assert_string_equal(all.objects[2].bytes, "text");
        unpacked_free(&all);
        free(tape.at);
    }
}

static void what_is_no_header_is_a_residue_up_to_the_next(void **state)
{
    (void)state;
    struct tape tape = {0};
    char junk[1024];
    memset(junk, 'j', sizeof junk);
    tape_member(&tape, "one", '0', "first\n");
    tape_add(&tape, junk, sizeof junk);
    tape_member(&tape, "two", '0', "second\n");
    tape_end(&tape);
    size_t behind = tape.length;
    tape_add(&tape, "behind it all", 13);
    struct unpacked all = open_tape(&tape);
    assert_int_equal(all.count, 5);
    assert_string_equal(all.objects[2].name, "~1024");
    assert_int_equal(all.objects[2].length, sizeof junk);
    assert_memory_equal(all.objects[2].bytes, junk, sizeof junk);
    assert_string_equal(all.objects[3].bytes, "second\n");
    char name[32];
    snprintf(name, sizeof name, "~%zu", behind);
    assert_string_equal(all.objects[4].name, name);
    assert_string_equal(all.objects[4].bytes, "behind it all");
    assert_int_equal(all.objects[0].outcome.reason, COVERAGE_CORRUPT_STREAM);
    unpacked_free(&all);
    free(tape.at);
}

static void a_tape_cut_anywhere_gives_what_is_before(void **state)
{
    (void)state;
    struct tape tape = {0};
    char text[700];
    memset(text, 't', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    tape_member(&tape, "one", '0', text);
    tape_member(&tape, "two", '0', "second\n");
    size_t data_end = 512 + 1024 + 512 + 7;
    for (size_t cut = 513; cut < data_end; cut += 37) {
        struct tape part = {tape.at, cut};
        struct unpacked all = open_tape(&part);
        assert_string_equal(all.objects[1].name, "one");
        size_t wanted = cut - 512 < sizeof text - 1 ? cut - 512 : sizeof text - 1;
        assert_int_equal(all.objects[1].length, wanted);
        assert_int_equal(all.objects[1].outcome.stored_examined, wanted);
        assert_int_equal(all.objects[1].outcome.stored_unexamined, sizeof text - 1 - wanted);
        assert_int_equal(all.objects[1].outcome.reason, wanted < sizeof text - 1 ? COVERAGE_TRUNCATED : COVERAGE_NONE);
        assert_int_equal(all.objects[0].outcome.status, OBJECT_PARTIAL);
        unpacked_free(&all);
    }
    free(tape.at);
}

static void a_name_with_nul_shows_it(void **state)
{
    (void)state;
    struct tape tape = {0};
    tape_header(&tape, "pax", 'x', 17);
    char block[512] = "17 path=a\0b\0c.d\n\n";
    tape_add(&tape, block, sizeof block);
    tape_member(&tape, "short", '0', "text");
    tape_end(&tape);
    struct unpacked all = open_tape(&tape);
    assert_string_equal(all.objects[1].name, "a\xE2\x90\x80" "b\xE2\x90\x80" "c.d\n");
    unpacked_free(&all);
    free(tape.at);
}

static void text_is_no_tar(void **state)
{
    (void)state;
    char text[4096];
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 64 == 63 ? '\n' : '0';
    struct unpacked all = unpack(text, sizeof text, &standard, 256 << 10);
    assert_int_equal(all.count, 1);
    assert_int_equal(all.objects[0].length, sizeof text);
    unpacked_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_in_their_order_with_their_bytes),
        cmocka_unit_test(long_names_and_sizes_stand_in_headers_before),
        cmocka_unit_test(links_and_devices_are_listed_and_have_no_bytes),
        cmocka_unit_test(what_is_no_header_is_a_residue_up_to_the_next),
        cmocka_unit_test(a_tape_cut_anywhere_gives_what_is_before),
        cmocka_unit_test(a_name_with_nul_shows_it),
        cmocka_unit_test(text_is_no_tar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
