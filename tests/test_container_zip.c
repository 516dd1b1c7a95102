#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <zlib.h>

#include "unpacking.h"

/* ------------------------------------------------------------------ making a zip */

struct bag {
    uint8_t *at;
    size_t length;
};

struct entry {
    const char *name, *text;
    uint16_t flags, method;
    bool zip64;
    size_t offset;  /* once it stands */
    uint32_t crc;
    size_t packed;
};

static void bag_add(struct bag *bag, const void *bytes, size_t length)
{
    bag->at = realloc(bag->at, bag->length + length + 1);
    assert_non_null(bag->at);
    if (length > 0) memcpy(bag->at + bag->length, bytes, length);
    bag->length += length;
}

static void bag_number(struct bag *bag, uint64_t number, size_t bytes)
{
    uint8_t little[8];
    for (size_t i = 0; i < bytes; i++) little[i] = (uint8_t)(number >> 8 * i);
    bag_add(bag, little, bytes);
}

static void bag_numbers(struct bag *bag, const struct entry *entry, bool known)
{
    bag_number(bag, known ? entry->crc : 0, 4);
    bag_number(bag, entry->zip64 ? UINT32_MAX : known ? entry->packed : 0, 4);
    bag_number(bag, entry->zip64 ? UINT32_MAX : known ? strlen(entry->text) : 0, 4);
}

static void bag_zip64(struct bag *bag, const struct entry *entry)
{
    if (!entry->zip64) return;
    bag_number(bag, 1, 2);
    bag_number(bag, 16, 2);
    bag_number(bag, strlen(entry->text), 8);
    bag_number(bag, entry->packed, 8);
}

static void bag_member(struct bag *bag, struct entry *entry)
{
    size_t length = strlen(entry->text);
    uint8_t *data = malloc(length + 64);
    entry->packed = length;
    if (entry->method == 8) {
        z_stream zlib = {0};
        deflateInit2(&zlib, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
        zlib.next_in = (Bytef *)(uintptr_t)entry->text;
        zlib.avail_in = (uInt)length;
        zlib.next_out = data;
        zlib.avail_out = (uInt)length + 64;
        assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
        entry->packed = zlib.total_out;
        deflateEnd(&zlib);
    } else {
        memcpy(data, entry->text, length);
    }
    entry->crc = (uint32_t)crc32(0, (const Bytef *)entry->text, (uInt)length);
    entry->offset = bag->length;
    bag_add(bag, "PK\3\4\x14\0", 6);
    bag_number(bag, entry->flags, 2);
    bag_number(bag, entry->method, 2);
    bag_number(bag, 0, 4);
    bag_numbers(bag, entry, (entry->flags & 8) == 0);
    bag_number(bag, strlen(entry->name), 2);
    bag_number(bag, entry->zip64 ? 20 : 0, 2);
    bag_add(bag, entry->name, strlen(entry->name));
    bag_zip64(bag, entry);
    bag_add(bag, data, entry->packed);
    free(data);
    if ((entry->flags & 8) == 0) return;
    bag_add(bag, "PK\7\10", 4);
    bag_number(bag, entry->crc, 4);
    bag_number(bag, entry->packed, 4);
    bag_number(bag, length, 4);
}

static void bag_directory(struct bag *bag, const struct entry *entries, size_t count)
{
    size_t begin = bag->length;
    for (size_t i = 0; i < count; i++) {
        bag_add(bag, "PK\1\2\x14\0\x14\0", 8);
        bag_number(bag, entries[i].flags, 2);
        bag_number(bag, entries[i].method, 2);
        bag_number(bag, 0, 4);
        bag_numbers(bag, &entries[i], true);
        bag_number(bag, strlen(entries[i].name), 2);
        bag_number(bag, entries[i].zip64 ? 20 : 0, 2);
        bag_number(bag, 0, 2); /* comment, disk, attributes */
        bag_number(bag, 0, 8);
        bag_number(bag, entries[i].offset, 4);
        bag_add(bag, entries[i].name, strlen(entries[i].name));
        bag_zip64(bag, &entries[i]);
    }
    size_t size = bag->length - begin;
    bag_add(bag, "PK\5\6\0\0\0\0", 8);
    bag_number(bag, count, 2);
    bag_number(bag, count, 2);
    bag_number(bag, size, 4);
    bag_number(bag, begin, 4);
    bag_number(bag, 0, 2);
}

static const struct stream_options standard = {.hash = true, .depth_max = 8};

/* As a file, whose directory is read, and as what a gzip holds, whose headers are. */
static struct unpacked open_bag(const struct bag *bag, bool in_stream)
{
    if (!in_stream) return unpack(bag->at, bag->length, &standard, 256 << 10);
    struct bag packed = {0};
    z_stream zlib = {0};
    deflateInit2(&zlib, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    packed.length = deflateBound(&zlib, bag->length) + 32;
    packed.at = malloc(packed.length);
    zlib.next_in = bag->at;
    zlib.avail_in = (uInt)bag->length;
    zlib.next_out = packed.at;
    zlib.avail_out = (uInt)packed.length;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    struct unpacked all = unpack(packed.at, zlib.total_out, &standard, 256 << 10);
    deflateEnd(&zlib);
    free(packed.at);
    return all;
}

static const char text[] = "customer_id,imei\nC-1,868123450011227\nC-1,868123450011227\nC-1,868123450011227\n";

/* ------------------------------------------------------------------ tests */

static void members_of_every_form_come_with_their_bytes(void **state)
{
    (void)state;
    struct entry entries[] = {{"folder/", "", .method = 0}, {"stored", text, .method = 0}, {"deflated", text, .method = 8}, {"behind", text, .flags = 8, .method = 8},
                              {"open", text, .flags = 8, .method = 0}, {"large", text, .method = 8, .zip64 = true}, {"empty", "", .method = 0}};
    enum { COUNT = sizeof entries / sizeof entries[0] };
    struct bag bag = {0};
    for (size_t i = 0; i < COUNT; i++) bag_member(&bag, &entries[i]);
    bag_directory(&bag, entries, COUNT);
    for (int in_stream = 0; in_stream < 2; in_stream++) {
        struct unpacked all = open_bag(&bag, in_stream);
        assert_int_equal(all.count, COUNT); /* the file in place of the folder */
        assert_string_equal(all.objects[0].outcome.layers, in_stream ? "gzip>zip>" : "zip>");
        assert_int_equal(all.objects[0].outcome.status, OBJECT_COMPLETE);
        for (size_t i = 1; i < COUNT; i++) {
            assert_string_equal(all.objects[i].name, entries[i].name);
            assert_string_equal(all.objects[i].bytes, entries[i].text);
            assert_int_equal(all.objects[i].outcome.status, OBJECT_COMPLETE);
            assert_int_equal(all.objects[i].outcome.stored_examined, strlen(entries[i].text));
            assert_true(all.objects[i].outcome.hashed);
        }
        unpacked_free(&all);
    }
    free(bag.at);
}

static void encrypted_and_unknown_members_are_listed_and_passed_over(void **state)
{
    (void)state;
    struct entry entries[] = {{"secret", text, .flags = 1, .method = 0}, {"odd", text, .method = 6}, {"plain", text, .method = 8}};
    struct bag bag = {0};
    for (size_t i = 0; i < 3; i++) bag_member(&bag, &entries[i]);
    bag_directory(&bag, entries, 3);
    for (int in_stream = 0; in_stream < 2; in_stream++) {
        struct unpacked all = open_bag(&bag, in_stream);
        assert_int_equal(all.count, 4);
        assert_int_equal(all.objects[1].outcome.reason, COVERAGE_ENCRYPTED);
        assert_int_equal(all.objects[1].outcome.stored_unexamined, strlen(text));
        assert_int_equal(all.objects[2].outcome.reason, COVERAGE_UNSUPPORTED_METHOD);
        assert_string_equal(all.objects[3].bytes, text);
        assert_int_equal(all.objects[0].outcome.reason, COVERAGE_ENCRYPTED);
        if (!in_stream) assert_int_equal(all.objects[0].outcome.stored_unexamined, 2 * strlen(text));
        unpacked_free(&all);
    }
    free(bag.at);
}

static void wrong_checksums_and_data_are_told_and_others_read(void **state)
{
    (void)state;
    for (int in_stream = 0; in_stream < 2; in_stream++) {
        for (int damage = 0; damage < 2; damage++) {
            struct entry entries[] = {{"first", text, .method = 8}, {"second", text, .method = 8}};
            struct bag bag = {0};
            bag_member(&bag, &entries[0]);
            size_t data = 30 + strlen(entries[0].name);
            if (damage == 1) memset(bag.at + data, 0xFF, entries[0].packed); /* no deflate */
            bag_member(&bag, &entries[1]);
            if (damage == 0) entries[0].crc ^= 1, bag.at[14] ^= 1;
            bag_directory(&bag, entries, 2);
            struct unpacked all = open_bag(&bag, in_stream);
            assert_int_equal(all.objects[1].outcome.reason, damage == 0 ? COVERAGE_BAD_CHECKSUM : COVERAGE_CORRUPT_STREAM);
            if (damage == 0) assert_string_equal(all.objects[1].bytes, text);
            assert_string_equal(all.objects[all.count - 1].bytes, text);
            unpacked_free(&all);
            free(bag.at);
        }
    }
}

static void bytes_before_between_and_behind_are_residues(void **state)
{
    (void)state;
    struct entry entries[] = {{"first", text, .method = 8}, {"second", text, .method = 0}};
    struct bag bag = {0};
    bag_add(&bag, "before it\n", 10);
    bag_member(&bag, &entries[0]);
    size_t between = bag.length;
    bag_add(&bag, "between\n", 8);
    bag_member(&bag, &entries[1]);
    bag_directory(&bag, entries, 2);
    struct unpacked all = open_bag(&bag, false); /* the directory is looked for at its end */
    assert_int_equal(all.count, 5);
    assert_string_equal(all.objects[1].name, "~0");
    assert_string_equal(all.objects[1].bytes, "before it\n");
    assert_string_equal(all.objects[2].bytes, text);
    char name[32];
    snprintf(name, sizeof name, "~%zu", between);
    assert_string_equal(all.objects[3].name, name);
    assert_string_equal(all.objects[3].bytes, "between\n");
    assert_string_equal(all.objects[4].bytes, text);
    assert_int_equal(all.objects[0].outcome.reason, COVERAGE_RESIDUE_SCANNED_RAW);
    assert_int_equal(all.objects[0].outcome.stored_unexamined, 0);
    unpacked_free(&all);
    free(bag.at);
}

static void members_over_one_another_are_read_once(void **state)
{
    (void)state;
    enum { TIMES = 50 };
    struct entry entries[TIMES];
    struct bag bag = {0};
    entries[0] = (struct entry){"name", text, .method = 8};
    bag_member(&bag, &entries[0]);
    for (size_t i = 1; i < TIMES; i++) entries[i] = entries[0];
    bag_directory(&bag, entries, TIMES);
    struct unpacked all = open_bag(&bag, false);
    assert_int_equal(all.count, TIMES + 1);
    size_t read = 0;
    for (size_t i = 1; i < all.count; i++) {
        read += all.objects[i].length;
        assert_int_equal(all.objects[i].outcome.reason, i == 1 ? COVERAGE_NONE : COVERAGE_CORRUPT_STREAM);
    }
    assert_int_equal(read, strlen(text));
    unpacked_free(&all);
    free(bag.at);
}

static void a_member_that_the_directory_forgot_is_found(void **state)
{
    (void)state;
    struct entry entries[] = {{"kept", text, .method = 8}, {"forgotten", text, .method = 8}};
    struct bag bag = {0};
    bag_member(&bag, &entries[0]);
    bag_member(&bag, &entries[1]);
    bag_directory(&bag, entries, 1);
    struct unpacked all = open_bag(&bag, false);
    bool found = false;
    for (size_t i = 1; i < all.count; i++) found |= strcmp(all.objects[i].name, "forgotten") == 0 && strcmp(all.objects[i].bytes, text) == 0;
    assert_true(found);
    unpacked_free(&all);
    free(bag.at);
}

static void sizes_that_cannot_be_are_not_believed(void **state)
{
    (void)state;
    for (size_t at = 0; at < 4; at++) {
        struct entry entries[] = {{"first", text, .method = 0}, {"second", text, .method = 8}};
        struct bag bag = {0};
        bag_member(&bag, &entries[0]);
        bag_member(&bag, &entries[1]);
        bag_directory(&bag, entries, 2);
        bag.at[bag.length - 10 + at] = 0xFF; /* the size of the directory, which leads nowhere then */
        struct unpacked all = open_bag(&bag, false);
        assert_int_equal(all.count, 3);
        assert_string_equal(all.objects[2].bytes, text);
        unpacked_free(&all);
        free(bag.at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_every_form_come_with_their_bytes),
        cmocka_unit_test(encrypted_and_unknown_members_are_listed_and_passed_over),
        cmocka_unit_test(wrong_checksums_and_data_are_told_and_others_read),
        cmocka_unit_test(bytes_before_between_and_behind_are_residues),
        cmocka_unit_test(members_over_one_another_are_read_once),
        cmocka_unit_test(a_member_that_the_directory_forgot_is_found),
        cmocka_unit_test(sizes_that_cannot_be_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
